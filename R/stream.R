# Tallies of files that are made while they are read: the core adds up cells by the codes that the file has so far, and units
# by the combinations of strata and clusters; here these get their meaning. A design of the combinations, as if each were a
# row, is the sample; then units and levels are renumbered. Memory depends on units and cells, not on rows.

# The tally of a file by the arguments of weeg_design(). What cannot be made so, and what is wrong with a sample, goes by the
# design, which says what is wrong and where.
file_tally <- function(path, terms, envir, arguments) {
  given <- as.list(match.call(weeg_design.character, as.call(c(list(quote(weeg_design), path), arguments))))[-(1:2)]
  unknown <- setdiff(names(given), names(formals(weeg_design.character)))
  if (length(unknown) > 0L) abort_unknown_argument(unknown)
  asked <- open_for_tally(path, given)
  tally <- do.call(source_tally, c(asked, list(terms = terms)))
  if (!is.null(tally)) return(tally)
  design <- do.call(source_design, c(asked["data"], asked$arguments))
  left_out <- skipped_count(design$data)
  if (left_out > 0L) {
    warning(visible(path), ": ", left_out, if (left_out == 1) " record was" else " records were",
            " left out; weeg_skipped() lists those of a design of the file", call. = FALSE)
  }
  seal(make_tally(design, terms, envir))
}

# list(data, arguments): a source, and all arguments of source_design() but this.
open_for_tally <- function(path, given) {
  of_file <- names(given) %in% names(formals(csv_options))
  source <- open_path(path, given[of_file])
  arguments <- lapply(formals(weeg_design.character)[names(formals(source_design))[-1L]], eval, baseenv())
  arguments[names(given)[!of_file]] <- given[!of_file]
  if (is.null(arguments$weights)) arguments["weights"] <- list(source_weights(source))
  list(data = source, arguments = arguments)
}

# Columns to be read (numbers from 1), which of them as numbers, and what each is for (numbers from 0 among them); NULL for
# multistage designs, and columns that are wanted as numbers and as levels, which only whole columns can be.
stream_plan <- function(file, terms, given) {
  part <- function(argument) {
    formula <- given[[argument]]
    if (is.null(formula) || stands_for_none(formula)) return(character())
    if (!inherits(formula, "formula") || length(formula) != 2L) return(c("", "")) # the design says what is wrong
    vapply(plus_terms(formula[[2L]]), function(term) if (is.name(term)) as.character(term) else "", "")
  }
  variable <- vapply(terms, function(term) if (is.name(term)) as.character(term) else "", "")
  parts <- lapply(stats::setNames(nm = c("weights", "strata", "cluster", "fpc")), part)
  codes <- unique(c(variable, parts$strata, parts$cluster))
  numbers <- unique(c(parts$weights, parts$fpc))
  all <- c(codes, numbers)
  usable <- all %in% source_names(file) & !all %in% source_names(file)[duplicated(source_names(file))]
  if (any(lengths(parts) > 1L) || anyDuplicated(all) || !all(usable)) return(NULL)
  place <- function(names) match(names, all) - 1L
  list(columns = match(all, source_names(file)), numbers = all %in% numbers, variable = place(variable),
       key = place(c(parts$strata, parts$cluster)), key_name = c(parts$strata, parts$cluster), fpc = place(parts$fpc),
       fpc_name = parts$fpc, weight = if (length(parts$weights) > 0L) place(parts$weights) else -1L,
       element = length(parts$cluster) == 0L)
}

finish_stream <- function(file, terms, given, plan, found) {
  columns <- lapply(found$columns, function(column) if (!is.null(column)) new_coded(checked(column)))
  design <- stream_design(file, given, plan, found$units, columns)
  if (is.null(design)) return(NULL)
  variables <- Map(code_column, columns[plan$variable + 1L], names(terms))
  names(variables) <- names(terms)
  sizes <- vapply(variables, `[[`, 0, "size")
  cells <- prod(sizes + 1)
  if (cells > .Machine$integer.max) return(NULL)
  unit <- if (is.null(design$unit$codes)) integer(length(found$units$rows)) else column_codes(design$unit) - 1L
  entries <- checked(.Call(C_stream_finish, found$stream, lapply(unname(variables), `[[`, "codes"), as.integer(sizes), unit,
                           as.integer(design$unit$size)))
  seal(weigh_by_fpc(new_tally(lapply(variables, tally_variable), entries, design$frame, cells, design$names,
                              design$conditions)))
}

# The design of the units: each is a row that stands for so many. NULL where there is something wrong with it.
stream_design <- function(file, given, plan, units, columns) {
  keys <- Map(function(column, k) {
    column$codes <- column$codes[units$key[k, ]]
    column
  }, columns[plan$key + 1L], seq_along(plan$key))
  fpc <- lapply(seq_along(plan$fpc), function(k) units$fpc[k, ])
  file <- source_of_columns(file, length(units$rows), stats::setNames(keys, plan$key_name), stats::setNames(fpc, plan$fpc_name))
  attr(file, "repeats") <- units$rows
  weights <- given$weights
  if (!is.null(weights)) given$weights <- ~1 # combinations have none of their own
  design <- tryCatch(do.call(make_design, c(list(file), given)), weeg_error = function(e) NULL)
  if (!is.null(design) && !is.null(weights)) design$names["weights"] <- list(formula_text(weights))
  design
}
