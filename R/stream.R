# Tallies of files that are made while they are read: the core adds up cells by the codes that the file has so far, and units
# by the combinations of strata and clusters; here these get their meaning. A design of the combinations, as if each were a
# row, is the sample; then units and levels are renumbered. Memory depends on units and cells, not on rows.

# The tally of a file by the arguments of weeg_design(). What cannot be made so, and what is wrong with a sample, goes by the
# design, which says what is wrong and where.
file_tally <- function(path, terms, envir, arguments, measures = NULL) {
  given <- as.list(match.call(weeg_design.character, as.call(c(list(quote(weeg_design), path), arguments))))[-(1:2)]
  unknown <- setdiff(names(given), names(formals(weeg_design.character)))
  if (length(unknown) > 0L) abort_unknown_argument(unknown)
  asked <- open_for_tally(path, given)
  tally <- do.call(source_tally, c(asked, list(terms = terms, measures = measures)))
  if (!is.null(tally)) return(tally)
  design <- do.call(source_design, c(asked["data"], asked$arguments))
  left_out <- skipped_count(design$data)
  if (left_out > 0L) {
    warning(visible(path), ": ", left_out, if (left_out == 1) " record was" else " records were",
            " left out; weeg_skipped() lists those of a design of the file", call. = FALSE)
  }
  seal(make_tally(design, terms, envir, measures))
}

# list(data, arguments): a source, and all arguments of source_design() but this.
open_for_tally <- function(path, given) {
  of_file <- names(given) %in% names(formals(csv_options))
  source <- open_path(path, given[of_file], given$wave, if (is.null(given$panel)) FALSE else given$panel)
  of_file <- of_file | names(given) %in% c("wave", "panel")
  arguments <- lapply(formals(weeg_design.character)[names(formals(source_design))[-1L]], eval, baseenv())
  arguments[names(given)[!of_file]] <- given[!of_file]
  if (is.null(arguments$weights)) arguments["weights"] <- list(source_weights(source))
  list(data = source, arguments = arguments)
}

# Columns to be read (numbers from 1), which of them as numbers, and what each is for (numbers from 0 among them); NULL for
# columns that are wanted as numbers and as levels, which only whole columns can be. Stages behind the first one without fpc do
# not count: of their columns (need) it is only known whether rows have them.
stream_plan <- function(file, terms, given, measures = NULL) {
  part <- function(argument) {
    formula <- given[[argument]]
    if (is.null(formula) || stands_for_none(formula)) return(character())
    if (!inherits(formula, "formula") || length(formula) != 2L) return("") # the design says what is wrong
    name <- vapply(plus_terms(formula[[2L]]), function(term) if (is.name(term)) as.character(term) else "", "")
    name[argument == "strata" & is_one(formula)] <- NA # a stage without strata
    name
  }
  variable <- vapply(terms, function(term) if (is.name(term)) as.character(term) else "", "")
  parts <- lapply(stats::setNames(nm = c("weights", "strata", "cluster", "fpc")), part)
  stages <- max(1L, length(parts$cluster))
  if (!is.null(given$pps) && length(parts$cluster) == 0L) return(NULL) # rows are PSUs
  if (length(measures) > 0L && is.null(given$weights) && !is.null(given$fpc)) return(NULL) # weights are known at the end
  if (length(parts$weights) > 1L || max(lengths(parts[c("strata", "fpc")])) > stages) return(NULL)
  counts <- seq_len(min(stages, length(parts$fpc) + 1L))
  keys <- unique(named(c(parts$strata[counts], parts$cluster[counts], source_crossed(file))))
  need <- setdiff(named(c(parts$strata[-counts], parts$cluster[-counts])), keys)
  measured <- names(terms) %in% measures
  codes <- unique(c(variable[!measured], keys, need))
  numbers <- c(variable[measured], unique(c(parts$weights, parts$fpc)))
  all <- c(codes, numbers)
  usable <- all %in% source_names(file) & !all %in% source_names(file)[duplicated(source_names(file))]
  if (anyDuplicated(all) || !all(usable)) return(NULL)
  place <- function(names) match(names, all) - 1L
  list(columns = match(all, source_names(file)), numbers = all %in% numbers, variable = place(variable),
       measured = measured, key = place(keys),
       key_name = keys, need = place(need), need_name = need, fpc = place(parts$fpc), fpc_name = parts$fpc,
       weight = if (length(parts$weights) > 0L) place(parts$weights) else -1L,
       element = length(parts$cluster) == 0L || length(counts) > 1L) # units of several stages may turn out to be rows
}

named <- function(names) names[!is.na(names)]

# What glue_stream() gives of a file; NULL: it cannot, and the design says why not. options: of a CSV file. What is wrong with
# the file or its weights is an error, of the one reading that there was.
stream_file <- function(file, options, plan) {
  files <- if (is.null(file$spec)) file$path else file$spec
  found <- .Call(C_stream, files, options, plan$columns, plan$numbers, plan, show_progress(), thread_count())
  if (is.null(found)) {
    file$rows <- 0
    refuse_no_rows(file)
  }
  failed <- inherits(found, "weeg_failure")
  if (failed && !found$code %in% c("interrupt", "csv", "file", "weight")) return(NULL)
  if (failed && found$code == "weight") in_file(checked(found, weight_hints), file)
  found <- if (is.null(options)) checked(found) else csv_checked(found, file$path)
  check_unchanged(file)
  found
}

# Errors of rows of a file, named with it.
in_file <- function(code, file) withCallingHandlers(code, weeg_error = function(e) stop(error_in_source(e, file)))

finish_stream <- function(file, terms, given, plan, found) {
  columns <- lapply(found$columns, function(column) if (!is.null(column)) new_coded(checked(column)))
  refuse_needed(file, given, plan, found$missing)
  design <- stream_design(file, given, plan, found, columns)
  variables <- Map(function(column, term, name) {
    if (is.null(column)) known_column(source_about(file, as.character(term))$label, name) else code_column(column, name)
  }, columns[plan$variable + 1L], terms, names(terms))
  names(variables) <- names(terms)
  cells <- check_cells(variables)
  unit <- if (is.null(design$unit$codes)) integer(length(found$units$row)) else column_codes(design$unit) - 1L
  sizes <- vapply(variables, `[[`, 0, "size")
  entries <- .Call(C_stream_finish, found$stream, lapply(unname(variables), `[[`, "codes"), as.integer(sizes), unit,
                   as.integer(design$unit$size), !last_stage(design$frame)$element)
  refuse_infinite(entries, variables[plan$measured])
  entries <- checked(entries)
  seal(weigh_by_fpc(new_tally(lapply(variables, tally_variable), entries, design$frame, cells, design$names,
                              design$conditions)))
}

# Of columns that only have to be there, the first that is not.
refuse_needed <- function(file, given, plan, missing) {
  k <- which(!is.na(missing$row))[1L]
  if (is.na(k)) return(invisible())
  argument <- if (plan$need_name[k] %in% all.vars(given$cluster)) "cluster" else "strata"
  in_file(abort_missing(plan$need_name[k], argument, missing$row[k]), with_places(file, lapply(missing, `[`, k)))
}

with_places <- function(file, places) {
  if (any(places$line > 0)) attr(file, "places") <- places
  file
}

# The design of the units: each is a row, of which the core knows for which rows of the file it stands.
stream_design <- function(file, given, plan, found, columns) {
  units <- found$units
  keys <- Map(function(column, k) {
    column$codes <- c(0L, column$codes)[units$key[k, ] + 1L]
    column
  }, columns[plan$key + 1L], seq_along(plan$key))
  there <- new_coded(list(codes = rep(1L, length(units$row)), width = 4L, levels = "all", ordered = FALSE))
  needed <- rep(list(there), length(plan$need))
  fpc <- lapply(seq_along(plan$fpc), function(k) units$fpc[k, ])
  file <- source_of_columns(file, length(units$row), stats::setNames(c(keys, needed), c(plan$key_name, plan$need_name)),
                            stats::setNames(fpc, plan$fpc_name))
  attr(file, "repeats") <- found$stream
  attr(file, "first") <- units$row
  file <- with_places(file, units[c("row", "line")])
  weights <- given$weights
  if (!is.null(weights)) given$weights <- ~1 # combinations have none of their own
  design <- in_file(do.call(make_design, c(list(file), given)), file)
  if (!is.null(weights)) design$names["weights"] <- list(formula_text(weights))
  design
}
