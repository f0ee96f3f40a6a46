#' Designs of waves of a survey
#'
#' `weeg_design()` takes several CSV and SPSS files, or several data frames, in place of one: the waves (rounds, years) of a
#' survey. Their rows are put under each other, with a variable that says which wave a row is of. Files stay where they are and
#' are read as a single one is: see [weeg_csv] and [weeg_sav]. Results are those of one data frame of all rows.
#'
#' @section Columns:
#' * Columns are those of any wave, by name; the rows of a wave without a column are missing there.
#' * Answers are the same where their value is (SPSS files, labelled columns) or their text (CSV files, texts and factors); a text
#'   of a CSV file that is a label in an SPSS file is that answer. Levels of factors are united; they are ordered if all are,
#'   in one order.
#' * A value with two labels, and a variable that is text in one wave and a number in another, are errors that name the waves,
#'   where a verb asks for the variable. Make the labels the same, or recode the value in one of the waves, before making the
#'   design.
#' * A value that only some waves declare to be missing is missing in these alone.
#' * `on_error = "skip"` is for one CSV file. Parquet files are no waves: read them into data frames; or, where a column says
#'   which wave a row is of, give them to [weeg_design()] as one table, without `wave`.
#'
#' @section Samples:
#' The samples of waves are drawn apart from each other: `wave` is crossed into the strata of the first stage, population sizes
#' (`fpc`) are those of a stratum in its wave, and PSUs of one name in two waves are two PSUs. With `panel = TRUE` the sample is
#' one: strata are as given, and a PSU (a respondent, a municipality) that is there in several waves is one PSU, so that
#' standard errors of differences between waves take account of it.
#'
#' A weight that SPSS files name is used where all waves have one of the same name; if only some do, rows are not weighted, with
#' a warning. Multiple-response sets are those that have the same variables and counted value in all SPSS files.
#'
#' @param data Paths of CSV or SPSS files, or a list of data frames, in order. Their names are the levels of the wave:
#'   `c("2013" = "clients2013.sav", "2014" = "clients2014.sav")`. A file without one is called by its own name without the ending.
#'   (Names `recursive` and `use.names`, which `c()` takes as arguments of its own, need `list()` in place of `c()`.)
#' @param wave The name of the variable that says which wave a row is of: an ordered one, of which all waves are levels. No wave
#'   may have a variable of this name.
#' @param panel Whether PSUs of one name are the same in all waves: see Samples in [weeg_waves].
#' @param ... Other arguments of [weeg_design()]; of CSV files also those of [weeg_csv].
#' @return A design: see [weeg_design()].
#' @seealso [weeg_compare()] with `against = "previous"`
#' @name weeg_waves
#' @examples
#' rounds <- split(openvoorwerk[setdiff(names(openvoorwerk), "ronde")], openvoorwerk$ronde)
#' d <- weeg_design(rounds, wave = "round", weights = ~gewicht, cluster = ~gemeente)
#' weeg_compare(d, strengths ~ round, against = "previous")
#'
#' # files: the municipalities are the same in both
#' paths <- vapply(rounds, function(round) {
#'   path <- tempfile(fileext = ".csv")
#'   write.csv(round, path, row.names = FALSE)
#'   path
#' }, "")
#' d <- weeg_design(paths, wave = "round", panel = TRUE, weights = ~gewicht, cluster = ~gemeente)
#' weeg_proportion(d, strengths ~ round)
#' unlink(paths)
NULL

# ---- what is asked ---------------------------------------------------------------------------------------------------

# The name of the wave; NULL: there are none.
check_wave <- function(wave, panel) {
  wave <- bare(wave)
  panel <- check_flag(panel, "panel")
  if (is.null(wave) && panel) abort("argument", "`panel` is of waves: give `wave`, the name of their variable")
  if (is.null(wave)) return(NULL)
  one <- is.character(wave) && length(wave) == 1L && is.null(dim(wave)) && !is.na(wave) && nzchar(trimws(wave))
  if (!one) {
    abort("argument", "`wave` must be a name for the variable that says which wave a row is of, such as wave = \"year\"")
  }
  as_utf8(as.vector(wave))
}

# Levels of the wave: names of the data, and for a part without one what it is called otherwise ("": nothing).
wave_labels <- function(data, otherwise) {
  labels <- names(data)
  if (is.null(labels)) labels <- rep("", length(data))
  labels[is.na(labels)] <- ""
  labels <- as_utf8(ifelse(nzchar(labels), labels, otherwise))
  if (!all(nzchar(labels))) {
    abort("argument", "wave ", which(!nzchar(labels))[1L], " of `data` has no name",
          hint = "Names are the levels of the wave: list(\"2013\" = first, \"2014\" = second)")
  }
  if (anyDuplicated(labels)) {
    abort("argument", "two waves of `data` are called ", labels[duplicated(labels)][1L],
          hint = "Give them names of their own: c(\"2013\" = \"a.csv\", \"2014\" = \"b.csv\")")
  }
  labels
}

# c() would take a wave that is called like an argument of its own for that argument, and leave it out.
refuse_lost_names <- function(data) {
  if (!is.call(data) || !identical(data[[1L]], quote(c))) return(invisible())
  lost <- intersect(names(data), c("recursive", "use.names"))
  lost <- lost[!vapply(lost, function(name) is.logical(data[[name]]), NA)]
  if (length(lost) > 0L) {
    abort("argument", "c() takes the wave ", lost[1L], " for an argument of its own, and leaves it out",
          hint = "Use list() in place of c(); or stats::setNames(paths, labels)")
  }
}

# The design of a list of data frames or of paths.
waves_design <- function(data, ..., wave, panel) {
  wave <- check_wave(wave, panel)
  data <- check_waves(data)
  if (is.list(data)) return(weeg_design.data.frame(bind_waves(data, wave, isTRUE(bare(panel))), ...))
  weeg_design.character(data, ..., wave = wave, panel = panel)
}

# Data frames in a list, or paths.
check_waves <- function(data) {
  kinds <- vapply(data, function(x) if (is.data.frame(x)) "frame" else if (is.character(x) && length(x) == 1L) "path" else "", "")
  if (length(data) == 0L || is.data.frame(data) || !(all(kinds == "frame") || all(kinds == "path"))) {
    abort("argument", "the waves of `data` must be data frames, or paths of CSV and SPSS files")
  }
  if (kinds[1L] == "frame") data else vapply(data, function(x) as.vector(bare(x)), "")
}

# Waves as one source. given: options of CSV files.
waves_source <- function(data, given, wave, panel) {
  data <- check_waves(bare(data))
  if (!is.list(data)) return(open_file(data, given, wave, panel))
  if (length(given) > 0L) abort_unknown_argument(if (is.null(names(given))) "..." else names(given))
  data <- bind_waves(data, wave, panel)
  refuse_no_rows(data)
  data
}

# ---- the sample ------------------------------------------------------------------------------------------------------

# The name of the wave that is crossed into the strata; NULL: none is.
source_crossed <- function(data) if (is.data.frame(data)) attr(data, "crossed", exact = TRUE) else data$crossed

# The first stage of each wave apart; nest: whether PSUs are within their strata anyway.
cross_waves <- function(stages, data, nest) {
  name <- source_crossed(data)
  if (is.null(name)) return(stages)
  wave <- code_column(source_column(data, as.name(name), "wave"), name)
  first <- stages[[1L]]
  whole <- is.null(first$stratum$codes) || identical(first$stratum$name, name)
  if (!whole) refuse_missing(first$stratum, "strata", data)
  if (!is.null(first$cluster)) refuse_missing(first$cluster, "cluster", data)
  first$stratum <- if (whole) wave else cross_column(wave, first$stratum)
  if (!is.null(first$cluster) && !nest) first$cluster <- cross_column(wave, first$cluster)
  stages[[1L]] <- first
  stages
}

# Pairs of levels that occur, those of the second column within those of the first.
cross_column <- function(outer, inner) {
  pair <- (column_codes(outer) - 1) * inner$size + column_codes(inner)
  found <- sort(unique(pair))
  levels <- paste(outer$levels[(found - 1) %/% inner$size + 1], inner$levels[(found - 1) %% inner$size + 1], sep = "/")
  list(codes = match(pair, found), width = 4L, levels = levels, ordered = FALSE, size = length(found),
       name = paste0(outer$name, ":", inner$name))
}

# The strata as they are named in results.
strata_text <- function(strata, data) {
  wave <- source_crossed(data)
  if (is.null(wave) || !(is.null(strata) || inherits(strata, "formula"))) return(formula_text(strata))
  if (is.null(strata) || stands_for_none(strata)) return(wave)
  terms <- vapply(plus_terms(strata[[length(strata)]]), term_text, "")
  own <- is_one(strata)[1L] || terms[1L] == wave
  paste(c(if (own) wave else paste0(wave, ":", terms[1L]), terms[-1L]), collapse = " + ")
}

# ---- files -----------------------------------------------------------------------------------------------------------

# Several files as one source, which the core reads (weeg_waves_source()). given: options of the CSV files.
open_waves <- function(paths, given, wave, panel) {
  paths <- bare(paths)
  csv <- !vapply(paths, is_sav, NA)
  other <- which(vapply(paths, is_parquet, NA))[1L]
  if (!is.na(other)) {
    abort("argument", "waves are CSV and SPSS files; ", paths[other], " is neither", hint = c(
      "Read them into data frames first: list(\"2013\" = arrow::read_parquet(first), \"2014\" = arrow::read_parquet(second))",
      "If they have a column that says which wave a row is of, no `wave` is needed: weeg_design(c(first, second), ...)"
    ))
  }
  if (!any(csv)) refuse_csv_options(paths, names(given))
  again <- which(duplicated(normalizePath(path.expand(paths), mustWork = FALSE)))[1L]
  if (!is.na(again)) abort("argument", "two waves are the same file, ", paths[again])
  options <- do.call(csv_options, given, quote = TRUE)
  if (options$skip) {
    abort("argument", "on_error = \"skip\" is for one file, not for several", hint = paste(
      "Correct the records, or their file, first; or read each wave without them, and give data frames:",
      "list(\"2013\" = read.csv(first), \"2014\" = read.csv(second))"
    ))
  }
  each <- options
  each[c("text", "levels")] <- list(character(), list())
  files <- Map(function(path, csv) if (csv) open_csv(path, each) else open_sav(path), paths, csv, USE.NAMES = FALSE)
  path <- vapply(files, `[[`, "", "path")
  labels <- wave_labels(paths, sub("[.][^.]*$", "", sub("[.](gz|zst)$", "", basename(path))))
  spec <- list(wave = wave, path = path, name = path, label = labels,
               options = Map(function(file, csv) if (csv) file$options, files, csv))
  found <- checked(.Call(C_waves_open, spec, thread_count()))
  source <- new_source("weeg_waves", paste(path, collapse = ", "), paste(basename(path), collapse = ", "), found$names,
                       files = files, spec = spec, wave = wave, crossed = if (!panel) wave, options = list())
  source$path <- source$title
  source[c("plain", "labels", "kind")] <- found[c("plain", "label", "kind")]
  source$text <- ifelse(found$plain, NA, found$text)
  source$sets <- lapply(found$sets, function(set) {
    set$variables <- found$names[set$variables]
    set
  })
  if (found$weight > 0L) source$weight <- found$names[found$weight]
  source$options <- waves_options(options, source, files[csv])
  source
}

# Those of the columns that no SPSS file has: what they are is as for one CSV file. Where numbers are written in several ways, the
# core has them with a point.
waves_options <- function(options, source, files) {
  for (argument in c("text", "levels")) {
    asked <- options[[argument]]
    names <- if (is.list(asked)) names(asked) else asked
    unknown <- setdiff(names, source$columns)
    if (length(unknown) > 0L) abort_unknown(unknown[1L], source$columns, argument)
    coded <- setdiff(names, source$columns[source$plain])
    if (length(coded) > 0L) abort("argument", "`", argument, "` is of CSV files, but ", coded[1L], " is in an SPSS file too")
  }
  marks <- unique(lapply(files, function(file) file$options[c("decimal", "thousands")]))
  options[c("decimal", "thousands")] <- if (length(marks) == 1L) marks[[1L]] else list(".", NULL)
  options
}

#' @export
source_weights.weeg_waves <- function(data) {
  if (!is.null(data$weight)) return(stats::as.formula(call("~", as.name(data$weight)), baseenv()))
  weighted <- Filter(function(file) !is.null(file$weight), data$files)
  if (length(weighted) > 0L) {
    warn("weight", weighted[[1L]]$path, " is weighted by ", weighted[[1L]]$weight, ", and not all files are: rows are not ",
         "weighted. Give `weights`, or weights = ~1")
  }
  NULL
}

#' @export
source_sets.weeg_waves <- function(data) data$sets

#' @export
source_read.weeg_waves <- function(source, names, numbers) {
  check_unchanged(source)
  at <- match(names, source$columns)
  text <- which(numbers & (source$text[at] %in% TRUE | at == 1L))
  if (length(text) > 0L) abort("variable", names[text[1L]], " is text, not a number")
  found <- checked(.Call(C_waves_read, source$spec, at, as.logical(numbers), names %in% source$options$text, show_progress(),
                         thread_count()), csv_hints)
  check_unchanged(source)
  columns <- Map(function(column, name, at) {
    if (!is.list(column)) return(column)
    if (at == 1L) return(wave_column(column))
    if (source$plain[at]) csv_column(source, column, name) else waves_column(checked(column))
  }, found$columns, names, at)
  list(rows = found$rows, columns = unname(columns), places = c(found$places, found["first"]))
}

# Of the wave all levels are there.
wave_column <- function(found) {
  new_coded(list(codes = found$codes, width = found$width, levels = found$values, ordered = TRUE, from_codes = TRUE,
                 plain = factor(found$values, found$values, ordered = TRUE), declared = rep(TRUE, length(found$values))))
}

# That range is none of the files: the core has it for values that are missing in some of them alone.
waves_column <- function(found) {
  own <- found$missing_ranges$low > -.Machine$double.xmax
  found$missing_ranges <- lapply(found$missing_ranges, `[`, own)
  sav_column(found)
}

#' @export
source_refused.weeg_waves <- function(data, terms, codes, wanted, envir) {
  refused <- source_refused.weeg_sav(data, terms, codes, wanted, envir)
  names <- vapply(terms, function(term) if (is.name(term)) as.character(term) else "", "")
  text <- which(wanted & data$text[match(names, data$columns)] %in% TRUE)
  lacking <- lapply(names[text], function(name) which(!vapply(data$files, function(file) name %in% file$columns, NA)))
  if (!any(lengths(lacking) > 0L)) return(refused)
  wave <- read_source(data, data$wave, FALSE)$columns[[1L]]
  wave$size <- length(wave$levels)
  of <- column_codes(wave)
  refused[text] <- Map(function(refused, lacking) refused & !of %in% lacking, refused[text], lacking)
  refused
}

#' @export
source_about.weeg_waves <- function(source, name) {
  at <- match(name, source$columns)
  if (at == 1L) return(list(kind = "a wave"))
  if (source$plain[at]) list() else source_about.weeg_sav(source, name)
}

#' @export
source_stream.weeg_waves <- function(source, plan) {
  columns <- plan$columns
  measured <- columns[plan$variable[plan$measured] + 1L]
  if (any(source$text[columns[plan$numbers]] %in% TRUE) || any(columns[plan$numbers] == 1L)) return(NULL)
  if (any(source$kind[measured] != "number")) return(NULL)
  plan$text <- source$columns[columns] %in% source$options$text
  with_given_levels(source, plan, stream_file(source, NULL, plan))
}

# What is wrong goes by the design, which knows the files of rows.
#' @export
source_tally.weeg_waves <- function(data, terms, arguments, measures = NULL) {
  tryCatch(source_tally.weeg_source(data, terms, arguments, measures), weeg_error = function(e) NULL)
}

# "clients2014.sav: row 3": where a row is, of which the line is not known.
place_in_waves <- function(data, row) {
  first <- attr(data, "places", exact = TRUE)$first
  if (is.null(first) || is.null(data$files)) return(NULL)
  at <- max(which(first <= row)) # of empty files the last
  places <- attr(data, "places", exact = TRUE)[c("row", "line")]
  inside <- places$row >= first[at]
  line <- if (inherits(data$files[[at]], "weeg_csv")) line_of(lapply(places, `[`, inside), row)
  list(title = data$files[[at]]$path, row = row - first[at] + 1, line = line)
}

# ---- data frames -----------------------------------------------------------------------------------------------------

# One data frame of all, with the wave in front. Columns that cannot be put under each other are left out; the attribute
# "conflicts" says why, by name, to those who ask for them.
bind_waves <- function(data, wave, panel) {
  labels <- wave_labels(data, "")
  rows <- vapply(data, function(frame) as.double(.row_names_info(frame, 2L)), 0)
  data <- lapply(data, function(frame) {
    if (is.null(names(frame)) && length(frame) > 0L || anyNA(names(frame))) abort("argument", "`data` has columns without names")
    as.list(frame)
  })
  names <- unique(unlist(lapply(data, names)))
  taken <- labels[vapply(data, function(frame) wave %in% names(frame), NA)]
  if (length(taken) > 0L) {
    abort("argument", "wave ", taken[1L], " has a variable ", wave, ", which is the name of the wave",
          hint = "Give `wave` another name")
  }
  of <- factor(rep(labels, rows), labels, ordered = TRUE)
  bound <- lapply(stats::setNames(nm = names), function(name) {
    tryCatch(bind_column(name, data, labels, rows), weeg_conflict = function(e) e)
  })
  out <- vapply(bound, inherits, NA, "weeg_conflict")
  columns <- c(stats::setNames(list(of), wave), bound[!out])
  structure(columns, class = "data.frame", row.names = .set_row_names(sum(rows)), crossed = if (!panel) wave,
            conflicts = if (any(out)) vapply(bound[out], conditionMessage, ""))
}

conflict <- function(...) {
  stop(structure(class = c("weeg_conflict", "error", "condition"), list(message = paste0(...), call = NULL)))
}

# That a data frame of waves has these in one way.
refuse_conflicts <- function(data, names) {
  said <- attr(data, "conflicts", exact = TRUE)
  found <- intersect(names, names(said))
  if (length(found) > 0L) {
    abort("variable", said[[found[1L]]],
          hint = "Give it one meaning in all waves, before making the design: the same labels, or values recoded in one of them")
  }
}

bind_column <- function(name, data, labels, rows) {
  times <- vapply(data, function(frame) sum(names(frame) == name), 0L)
  if (any(times > 1L)) conflict("wave ", labels[times > 1L][1L], " has several variables ", name)
  there <- which(times == 1L)
  parts <- lapply(data[there], function(frame) {
    x <- frame[[name]]
    if (inherits(x, "AsIs")) class(x) <- setdiff(class(x), "AsIs")
    if (inherits(x, "POSIXlt")) as.POSIXct(x) else x
  })
  said <- labels[there]
  odd <- vapply(parts, function(x) !is.atomic(x) || length(attr(x, "dim", exact = TRUE)) > 1L, NA)
  if (any(odd)) conflict(name, " is a ", class(parts[[which(odd)[1L]]])[1L], " in wave ", said[odd][1L], ", not a vector")
  known <- !vapply(parts, function(x) is.logical(x) && !is.object(x) && all(is.na(x)), NA) # of which nothing is known
  values <- if (any(known)) join_parts(name, parts[known], said[known]) else NULL
  place <- unlist(Map(function(k) sum(rows[seq_len(k - 1L)]) + seq_len(rows[k]), there[known]))
  if (is.null(values)) return(rep(NA, sum(rows)))
  spread(values, match(seq_len(sum(rows)), place))
}

# The values at some places, NA where these are, with their attributes.
spread <- function(values, at) {
  kept <- unclass(values)[at]
  attributes(kept) <- attributes(values)[setdiff(names(attributes(values)), c("names", "dim", "dimnames"))]
  kept
}

# Of each part, in one vector.
join_parts <- function(name, parts, labels) {
  kinds <- vapply(parts, part_kind, "")
  if (length(unique(kinds)) > 1L) {
    other <- which(kinds != kinds[1L])[1L]
    conflict(name, " is ", kinds[1L], " in wave ", labels[1L], " and ", kinds[other], " in wave ", labels[other])
  }
  if (any(vapply(parts, is_labelled, NA))) return(join_labelled(name, parts, labels))
  if (any(vapply(parts, is.factor, NA))) return(join_factors(name, parts, labels))
  first <- parts[[1L]]
  if (kinds[1L] == "a number" && any(vapply(parts, is.object, NA)) && length(unique(lapply(parts, class))) > 1L) {
    other <- which(!vapply(parts, function(x) identical(class(x), class(first)), NA))[1L]
    conflict(name, " is a ", class(first)[1L], " in wave ", labels[1L], " and a ", class(parts[[other]])[1L], " in wave ",
             labels[other])
  }
  values <- unlist(lapply(parts, function(x) {
    attributes(x) <- NULL
    x
  }))
  keep <- attributes(first)[setdiff(names(attributes(first)), c("names", "dim", "dimnames"))]
  attributes(values) <- keep
  values
}

part_kind <- function(x) {
  if (is.factor(x) || is.character(x)) return("text")
  if (is.logical(x)) return("a logical")
  if (inherits(x, "Date")) return("a date")
  if (inherits(x, "POSIXct")) return("a date with a time")
  if (inherits(x, c("difftime", "hms"))) return(paste("a duration in", attr(x, "units", exact = TRUE)))
  if (inherits(x, "integer64")) return("a number of class integer64")
  if (typeof(x) %in% c("integer", "double")) "a number" else paste("a", class(x)[1L])
}

# Levels in the order of the longest list, those that others have besides behind them; an order only where all agree on it.
join_factors <- function(name, parts, labels) {
  levels <- lapply(parts, function(x) if (is.factor(x)) factor_levels(x) else sort_values(x[!is.na(x)]))
  factor <- vapply(parts, is.factor, NA)
  order <- order(!factor, -lengths(levels))
  all <- unique(unlist(levels[order]))
  ordered <- all(vapply(parts, is.ordered, NA))
  rising <- vapply(levels, function(own) !is.unsorted(match(own, all)), NA)
  if (ordered && !all(rising)) {
    conflict("the levels of ", name, " have another order in wave ", labels[!rising][1L], " than in wave ", labels[order[1L]])
  }
  texts <- unlist(lapply(parts, function(x) if (is.factor(x)) factor_levels(x)[as.integer(x)] else as_utf8(as.vector(x))))
  joined <- factor(texts, all, ordered = ordered)
  attr(joined, "label") <- attr(parts[[1L]], "label", exact = TRUE)
  joined
}

# Values with the labels of all. What all waves declare to be missing stays so; what some do is missing there.
join_labelled <- function(name, parts, labels) {
  labelled <- vapply(parts, is_labelled, NA)
  if (any(vapply(parts, is.factor, NA))) {
    conflict(name, " has labelled values in wave ", labels[labelled][1L], " and is a factor in wave ",
             labels[vapply(parts, is.factor, NA)][1L])
  }
  missing <- lapply(parts, function(x) attributes(x)[intersect(c("na_values", "na_range"), names(attributes(x)))])
  same <- length(unique(missing)) == 1L
  declared <- if (same) rep(list(NULL), length(parts)) else Map(function(x) is.na(labelled_values(x)$values), parts)
  format <- unique(lapply(parts, function(x) attr(x, "format.spss", exact = TRUE)))
  if (length(unique(vapply(format, spss_kind, ""))) > 1L) {
    conflict(name, " is a ", spss_kind(format[[1L]]), " in wave ", labels[1L], " and not in another")
  }
  own <- Map(function(x, gone) {
    found <- attr(x, "labels", exact = TRUE)
    if (is.null(gone) || is.null(found)) return(found)
    valid <- labelled_values(x)$labels
    found[names(found) %in% names(valid) & !is.na(found)]
  }, parts, declared)
  all <- join_value_labels(name, own, labels)
  values <- unlist(Map(function(x, gone) {
    attributes(x) <- NULL
    if (!is.null(gone)) x[gone] <- NA
    x
  }, parts, declared))
  if (is.numeric(values)) values <- as.double(values)
  label <- Find(Negate(is.null), lapply(parts, attr, "label", exact = TRUE))
  classes <- if (same && length(missing[[1L]]) > 0L) c("haven_labelled_spss", "haven_labelled") else "haven_labelled"
  plain <- spss_kind(format[[1L]]) != "number" && !any(vapply(parts, inherits, NA, "haven_labelled"))
  attributes(values) <- c(list(label = label), if (length(all) > 0L) list(labels = all), if (same) missing[[1L]],
                          list(format.spss = format[[1L]]))
  if (!plain) class(values) <- c(classes, "vctrs_vctr", typeof(values)) else class(values) <- oldClass(parts[[1L]])
  values
}

join_value_labels <- function(name, own, labels) {
  all <- NULL
  of <- character()
  for (k in seq_along(own)) {
    found <- own[[k]]
    twice <- found %in% all
    for (value in found[twice]) {
      ours <- names(all)[all %in% value]
      theirs <- names(found)[found %in% value]
      if (!identical(ours, theirs)) {
        conflict("the value ", value, " of ", name, " has two labels, \"", ours[1L], "\" in wave ", of[all %in% value][1L],
                 " and \"", theirs[1L], "\" in wave ", labels[k])
      }
    }
    all <- c(all, found[!twice])
    of <- c(of, rep(labels[k], sum(!twice)))
  }
  if (is.null(all)) NULL else all[order(all)]
}
