#' Tally
#'
#' The small table that everything else is computed from: for each PSU (without clusters: each stratum) and each
#' combination of the variables' levels, the number of rows and the sum of weights (without clusters also of squared
#' weights). It is made in one pass over the rows. All estimates, tests and comparisons of its variables can be computed
#' from it, without the rows.
#'
#' Sums are exact 128-bit integers, so a tally has the same bytes for any number of threads and any order of rows; and
#' the sum of the tallies of two files is the tally of their rows together. `+` adds two tallies. Strata and PSUs are
#' matched by their labels, levels of the variables too. Two tallies with the same PSU, or without clusters the same stratum, are
#' taken to hold different rows of it. But adding a tally to itself, or to a sum that contains it, is refused as far as
#' it can be detected: where each of its PSUs (strata) has the same sums in the other, and there are 20 sums or more.
#'
#' The path of a CSV or SPSS file in place of a design gives the tally of its rows, without keeping them: memory use does
#' not grow with the number of rows. Result and errors are those of the tally of the file's design, see [weeg_csv] and
#' [weeg_sav]. (If weights are less than \eqn{2^{-18}}{2^-18} of the largest one, the last bits of their sum may differ.)
#' Multistage designs, and `on_error = "skip"`, still keep the columns of the design.
#'
#' @param data A [weeg_design()]; a tally, whose other variables are then summed out; or the path of a file.
#' @param formula The variables, as a one-sided formula: `~ a + b + c`.
#' @param ... For a file: weights, strata, cluster and the other arguments of [weeg_design()].
#' @return An object of class `weeg_tally`. `as.data.frame()` gives its rows: `stratum`, `psu`, the variables (`NA` where
#'   missing; one with the name of another column is prefixed with `group.`), `n` and `n.weighted`. For a multistage
#'   design with finite populations, `unit` is the unit of the last stage, or where those are rows, the stratum that they
#'   were drawn from.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' t <- weeg_tally(d, ~ provider + strengths + ronde)
#' t
#' weeg_proportion(t, strengths ~ provider)
#'
#' # the tallies of two halves add up to that of the whole
#' half <- split(openvoorwerk, openvoorwerk$ronde)
#' tally_of <- function(data) {
#'   d <- weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#'   weeg_tally(d, ~ provider + strengths)
#' }
#' weeg_test(tally_of(half[[1]]) + tally_of(half[[2]]), strengths ~ provider)
#'
#' # a file, of which no rows are kept
#' path <- tempfile(fileext = ".csv")
#' write.csv(openvoorwerk, path, row.names = FALSE)
#' weeg_tally(path, ~ provider + strengths, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' unlink(path)
#' @export
weeg_tally <- function(data, formula, ...) {
  formula <- given_formula(formula, "the variables of a tally are given as ~ a + b", one_sided = TRUE)
  need_given(data)
  if (is.character(data)) data <- bare(data) else no_dots(...)
  if (length(formula) != 2L) {
    abort("formula", "the variables of a tally are given as ~ a + b")
  }
  terms <- name_terms(plus_terms(formula[[2L]]))
  if (is.character(data)) {
    given <- given_list(as.list(substitute(list(...)))[-1L], parent.frame(), data_names(open_for_tally(data, list())))
    return(file_tally(data, terms, environment(formula), given))
  }
  seal(make_tally(weeg_design(data), terms, environment(formula)))
}

make_tally <- function(x, terms, envir) UseMethod("make_tally")

#' @export
make_tally.weeg_design <- function(x, terms, envir) {
  columns <- code_columns(terms, x$data, envir, "formula")
  cells <- prod(vapply(columns, `[[`, 0, "size") + 1)
  if (cells > .Machine$integer.max) {
    abort("too_large", "crossing ", listed(names(terms)), " gives ", format(cells, big.mark = " "),
          " cells, more than 2^31 - 1", hint = "Use fewer variables at a time, or combine levels")
  }
  if (!is.null(x$calibration)) {
    both <- calibrated_tally(x, columns, cells)
    tally <- new_tally(lapply(columns, tally_variable), both$entries, x$frame, cells, tally_names(x), x$conditions)
    tally$calibration <- both$calibration
    return(tally)
  }
  tally <- new_tally(lapply(columns, tally_variable), tally_entries(x, columns, x$domain), x$frame, cells,
                     tally_names(x), x$conditions)
  tally$replicates <- tally_replicates(x, tally, columns)
  tally
}

# The pass over the rows of a domain (NULL: all).
tally_entries <- function(x, columns, domain) {
  checked(.Call(C_tally_build, lapply(unname(columns), core_column), x$unit, last_stage(x$frame)$element, x$weights, x$max_weight,
                domain, as.double(x$rows), thread_count()), weight_hints)
}

tally_names <- function(design) {
  design$names["weights"] <- list(weights_name(design))
  design$names
}

tally_variable <- function(column) {
  c(list(name = column$name, label = column$label, levels = column$levels, ordered = column$ordered,
         number = isTRUE(column$number), values = column$values), if (isTRUE(column$from_codes)) list(from_codes = TRUE))
}

new_tally <- function(variables, entries, frame, cells, names, conditions) {
  structure(list(variables = variables, entries = entries, frame = frame, cells = as.integer(cells), names = names,
                 conditions = conditions), class = "weeg_tally")
}

# Sums out the variables that are not asked for.
#' @export
make_tally.weeg_tally <- function(x, terms, envir) {
  for (term in terms) {
    if (!is.name(term)) abort("formula", "a tally has variables, not expressions: ", deparse1(term), " (in the formula)")
    if (!as.character(term) %in% names(x$variables)) abort_unknown(as.character(term), names(x$variables), "formula")
  }
  wanted <- vapply(terms, as.character, "")
  if (identical(unname(wanted), names(x$variables))) return(x)
  sizes <- variable_sizes(x$variables[wanted])
  position <- cell_positions(x$variables)[wanted]
  cell <- integer(x$cells)
  for (v in seq_along(position)) cell <- cell * (sizes[v] + 1L) + position[[v]]
  with_cells(x, cell, x$variables[wanted])
}

# The tally with its cells renumbered, for other variables; -1 drops a cell.
with_cells <- function(x, cell, variables) {
  cells <- prod(variable_sizes(variables) + 1)
  if (cells > .Machine$integer.max) abort("too_large", "the table has more than 2^31 - 1 cells")
  cell <- as.integer(cell)
  x$entries <- checked(.Call(C_tally_merge, x, NULL, cell, NULL, NULL, NULL, tally_units(x$frame), as.integer(cells)))
  x$calibration <- renumber_visible(x$calibration, cell)
  x$replicates <- fold_replicates(x$replicates, cell, cells)
  x$variables <- variables
  x$cells <- as.integer(cells)
  x
}

tally_units <- function(frame) {
  last <- last_stage(frame)
  if (last$element) length(last$stratum_psus) else length(last$psu_stratum)
}

variable_sizes <- function(variables) vapply(variables, function(v) length(v$levels), 0L)

# For each variable, the position (0 .. size, size = missing) of every cell.
cell_positions <- function(variables) {
  sizes <- variable_sizes(variables) + 1L
  cells <- prod(sizes)
  each <- rev(cumprod(c(1, rev(sizes))))[-1L]
  positions <- Map(function(size, repeats) rep(rep(seq_len(size) - 1L, each = repeats), length.out = cells), sizes, each)
  names(positions) <- names(variables)
  positions
}

# The cells' places in a table of groups x levels, -1 where missing, for variables of a tally.
table_places <- function(tally, groups, outcome) {
  positions <- cell_positions(tally$variables)
  level <- positions[[outcome]]
  size <- length(tally$variables[[outcome]]$levels)
  level[level == size] <- -1L
  group <- integer(tally$cells)
  count <- 1
  for (g in groups) {
    levels <- length(tally$variables[[g]]$levels)
    missing <- positions[[g]] == levels | group < 0L
    group <- group * levels + positions[[g]]
    group[missing] <- -1L
    count <- count * levels
  }
  list(group = as.integer(group), groups = as.integer(count), level = as.integer(level), levels = size)
}

# ---- adding ----------------------------------------------------------------------------------------------------------

#' @export
Ops.weeg_tally <- function(e1, e2) {
  if (.Generic != "+" || missing(e2) || !inherits(e1, "weeg_tally") || !inherits(e2, "weeg_tally")) {
    abort("tally", "`", .Generic, "` is not defined for tallies: only two tallies can be added", call = NULL)
  }
  check_unbroken(e1)
  check_unbroken(e2)
  seal(add_tallies(e1, e2))
}

add_tallies <- function(a, b) {
  check_addable(a, b)
  variables <- Map(join_levels, a$variables, b$variables)
  cells <- prod(variable_sizes(variables) + 1)
  if (cells > .Machine$integer.max) abort("too_large", "the sum has more than 2^31 - 1 cells", call = NULL)
  frame <- join_frames(a$frame, b$frame)
  entries <- checked(.Call(C_tally_merge, a, frame$a, cell_map(a$variables, variables), b, frame$b,
                           cell_map(b$variables, variables), tally_units(frame$frame), as.integer(cells)))
  names <- a$names
  if (!identical(a$names$data, b$names$data)) names["data"] <- list(NULL)
  omitted <- as.double(c(a$names$omitted, b$names$omitted))
  if (length(omitted) > 0L) names$omitted <- sprintf("%.0f", sum(omitted))
  tally <- new_tally(variables, entries, frame$frame, cells, names, a$conditions)
  refuse_twice(tally, a, frame$a, b)
  refuse_twice(tally, b, frame$b, a)
  tally$senders <- c(a$senders, b$senders)
  tally$replicates <- add_replicates(a$replicates, b$replicates, cell_map(a$variables, variables),
                                     cell_map(b$variables, variables), cells)
  weigh_by_fpc(tally)
}

refuse_twice <- function(sum, a, unit, b) {
  if (!checked(.Call(C_tally_twice, sum, a, unit, cell_map(a$variables, sum$variables), b))) return(invisible())
  abort("tally", "these tallies cannot be added: all rows of one seem to be in the other, and would be counted twice",
        call = NULL)
}

check_addable <- function(a, b) {
  refuse <- function(...) abort("tally", "these tallies cannot be added: ", ..., call = NULL)
  if (!identical(names(a$variables), names(b$variables))) {
    refuse("one has variables ", listed(names(a$variables)), ", the other ",
           listed(names(b$variables)))
  }
  if (!is.null(a$calibration) || !is.null(b$calibration)) {
    refuse("calibrated weights belong to one sample as a whole. Calibrate the rows of both together")
  }
  if (a$frame$element != b$frame$element) refuse("one has clusters, the other has none")
  if (profile_of(a)$profile != profile_of(b)$profile) {
    refuse("their conventions differ (", profile_of(a)$profile, ", ", profile_of(b)$profile, ")")
  }
  sender <- intersect(a$senders, b$senders)
  if (length(sender) > 0L) {
    refuse("both have PSUs that ", sender[1L], " numbered, and these numbers are not those of the same PSUs. It must send all ",
           "rows in one tally")
  }
  if (a$frame$lonely != b$frame$lonely) {
    refuse("their rules for single-PSU strata differ (", a$frame$lonely, ", ", b$frame$lonely, ")")
  }
  if (!identical(domain_text(a), domain_text(b))) refuse("their domains differ")
  if (is.null(a$frame$stratum_fpc) != is.null(b$frame$stratum_fpc)) refuse("only one has a finite population")
  if (is.null(a$names$weights) != is.null(b$names$weights)) refuse("only one has weights")
  if (identical(a$names$weights, fpc_weights_name) != identical(b$names$weights, fpc_weights_name)) {
    refuse("only one has weights from fpc")
  }
  check_addable_replicates(a$replicates, b$replicates, refuse)
  if (isTRUE(a$frame$lonely_domain) != isTRUE(b$frame$lonely_domain)) {
    refuse("their rules for single-PSU strata in domains differ")
  }
  if (!identical(stage_kinds(a$frame), stage_kinds(b$frame))) refuse("their stages differ")
}

join_levels <- function(a, b) {
  if (a$ordered && b$ordered && !identical(a$levels, b$levels)) {
    abort("tally", "the ordered levels of ", a$name, " differ", call = NULL)
  }
  levels <- c(a$levels, b$levels)
  values <- c(level_scores(a), level_scores(b))
  first <- !duplicated(levels)
  # numbers no more where a level stands for two numbers, or two levels for one
  number <- isTRUE(a$number) && isTRUE(b$number) && all(values == values[match(levels, levels)]) &&
    !anyDuplicated(values[first])
  said <- number && !(is.null(a$values) && is.null(b$values))
  order <- if (number) order(values[first]) else seq_len(sum(first))
  a$levels <- levels[first][order]
  a["values"] <- list(if (said) values[first][order])
  a$number <- number
  a$ordered <- a$ordered && b$ordered
  a
}

cell_map <- function(from, to) {
  positions <- cell_positions(from)
  cell <- integer(length(positions[[1L]]))
  for (v in seq_along(from)) {
    size <- length(to[[v]]$levels)
    number <- c(match(from[[v]]$levels, to[[v]]$levels) - 1L, size)
    cell <- cell * (size + 1L) + number[positions[[v]] + 1L]
  }
  as.integer(cell)
}

# Strata and PSUs of both, with the new numbers of the units of each.
join_frames <- function(a, b) {
  strata <- union(a$strata, b$strata)
  in_a <- match(strata, a$strata)
  in_b <- match(strata, b$strata)
  kept <- c("lonely", "lonely_asked", "lonely_domain", "conventions", "df")
  frame <- c(list(element = a$element, strata = strata), a[intersect(kept, names(a))])
  frame$stratum_fpc <- join_fpc(a$stratum_fpc, b$stratum_fpc, in_a, in_b, paste("stratum", strata))
  if (a$element) {
    counts <- function(x, place) ifelse(is.na(place), 0, x$stratum_psus[place])
    frame$stratum_psus <- counts(a, in_a) + counts(b, in_b)
    check_population(frame)
    return(list(frame = frame, a = match(a$strata, strata) - 1L, b = match(b$strata, strata) - 1L))
  }
  twice <- c(a$psus[duplicated(a$psus)], b$psus[duplicated(b$psus)])
  if (length(twice) > 0L) {
    abort("tally", "a tally has two PSUs called ", twice[1L], ", which cannot be told apart", call = NULL,
          hint = "Give strata or PSUs names without / before the design is made")
  }
  psus <- union(a$psus, b$psus)
  of_a <- (match(a$strata, strata) - 1L)[ifelse(a$psu_stratum < 0L, NA, a$psu_stratum) + 1L][match(psus, a$psus)]
  of_b <- (match(b$strata, strata) - 1L)[ifelse(b$psu_stratum < 0L, NA, b$psu_stratum) + 1L][match(psus, b$psus)]
  differ <- which(!is.na(of_a) & !is.na(of_b) & of_a != of_b)
  if (length(differ) > 0L) {
    abort("tally", "PSU ", psus[differ[1L]], " is in stratum ", strata[of_a[differ[1L]] + 1L], " of one tally and in ",
          strata[of_b[differ[1L]] + 1L], " of the other", call = NULL)
  }
  of <- ifelse(is.na(of_a), of_b, of_a)
  of[is.na(of)] <- -1L
  frame$psus <- psus
  frame$psu_stratum <- as.integer(of)
  frame$stratum_psus <- as.double(tabulate(frame$psu_stratum + 1L, nbins = length(strata)))
  check_population(frame)
  join_later(frame, a, b, match(a$psus, psus) - 1L, match(b$psus, psus) - 1L)
}

# Without an fpc there is nothing to pass.
check_population <- function(frame) {
  over <- which(frame$stratum_psus > frame$stratum_fpc)
  if (length(over) == 0L) return(invisible())
  abort("tally", "stratum ", frame$strata[over[1L]], " has ", frame$stratum_psus[over[1L]],
        " sampled PSUs in both tallies together, but ", format(frame$stratum_fpc[over[1L]]), " in the population",
        call = NULL)
}

# ---- a domain of a tally, rows of a tally ---------------------------------------------------------------------------

#' @rdname subset.weeg_design
#' @export
subset.weeg_tally <- function(x, subset, ...) {
  no_dots(...)
  if (missing(subset)) abort("argument", "`subset` needs a condition on the tally's variables")
  check_unbroken(x)
  condition <- substitute(subset)
  inside <- domain_condition(condition, cell_values(x), parent.frame())
  cell <- seq_len(x$cells) - 1L
  cell[!inside] <- -1L
  x <- with_cells(x, cell, x$variables)
  x$conditions <- c(x$conditions, list(condition))
  seal(x)
}

# The same as conditions see it: numbers, dates and times are such.
cell_values <- function(tally) {
  levels <- cell_levels(tally)
  for (variable in tally$variables) {
    if (!isTRUE(variable$number)) next
    at <- as.integer(levels[[variable$name]])
    levels[[variable$name]] <- seen_levels(at, variable$levels, level_scores(variable), variable$name)
  }
  levels
}

# A data frame with the level of each variable in each cell, NA for missing.
cell_levels <- function(tally) {
  positions <- cell_positions(tally$variables)
  columns <- Map(function(position, variable) {
    factor(variable$levels[position + 1L], levels = variable$levels, ordered = isTRUE(variable$ordered))
  }, positions, tally$variables)
  as.data.frame(columns, optional = TRUE, stringsAsFactors = FALSE)
}

#' @export
as.data.frame.weeg_tally <- function(x, ...) {
  check_unbroken(x)
  frame <- x$frame
  unit <- x$entries$unit + 1L
  psu <- tally_unit_at(frame, 1L)[unit]
  stratum <- if (frame$element) psu else frame$psu_stratum[psu] + 1L
  rows <- list(stratum = factor(frame$strata[stratum], levels = unique(frame$strata)))
  if (!frame$element) rows$psu <- factor(frame$psus[psu], levels = unique(frame$psus))
  if (!is.null(frame$later)) {
    labels <- if (last_stage(frame)$element) stratum_labels else unit_labels
    labels <- labels(frame, frame_stages(frame))
    rows$unit <- factor(labels[unit], levels = unique(labels))
  }
  levels <- cell_levels(x)[x$entries$cell + 1L, , drop = FALSE]
  names(levels) <- column_names(names(levels), c("stratum", "psu", "unit", "n", "n.weighted"))
  rows <- c(rows, as.list(levels), list(n = x$entries$n, n.weighted = entry_weights(x)))
  structure(rows, class = "data.frame", row.names = seq_along(unit))
}

# The sums of weights as doubles: each entry a cell of its own.
entry_weights <- function(x) {
  count <- length(x$entries$cell)
  single <- x
  single["replicates"] <- NULL # whose totals are of the tally's own cells
  single$cells <- count
  single$entries$cell <- seq_len(count) - 1L
  if (count == 0L) return(numeric())
  checked(.Call(C_tally_totals, single))$weighted
}
