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
#' `on_error = "skip"` and `na_weights = "omit"` still keep the columns of the design.
#'
#' @param data A [weeg_design()]; a tally, whose other variables are then summed out; the path of a file; or a table in a
#'   [database][weeg_database], or in several.
#' @param formula The variables: `~ a + b + c`. Numbers of which means are wanted stand on the left: `income + age ~ a + b`, or
#'   `income ~ 1` without variables. Of these the tally has no levels, but exact sums of weight times value (without clusters
#'   also of products), and whether the value is known.
#' @param ... For a file, or tables of [databases][weeg_database]: weights, strata, cluster and the other arguments of
#'   [weeg_design()].
#' @return An object of class `weeg_tally`. `as.data.frame()` gives its rows: `stratum`, `psu`, the variables (`NA` where
#'   missing; of a number on the left of the formula the sum of weight times value; one with the name of another column is
#'   prefixed with `group.`), `n` and `n.weighted`. For a multistage
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
  parts <- if (length(formula) == 3L) parse_formula(formula)
  measures <- names(parts$outcomes)
  terms <- if (is.null(parts)) name_terms(plus_terms(formula[[2L]])) else c(parts$groups, parts$outcomes)
  if (anyDuplicated(names(terms))) abort("formula", names(terms)[duplicated(names(terms))][1L], " occurs twice (in `formula`)")
  if (is_in_database(data) || is_parquet(data)) {
    list(...) # what the user computes is no part of what follows
    data <- if (is.null(measures)) with_tally(terms, environment(formula), weeg_design(data, ...)) else weeg_design(data, ...)
  } else if (is.character(data)) {
    data <- bare(data)
  } else {
    no_dots(...)
  }
  refuse_grouped(data)
  if (is.character(data)) {
    given <- given_list(as.list(substitute(list(...)))[-1L], parent.frame(), names_in_files(data))
    return(file_tally(data, terms, environment(formula), given, measures))
  }
  seal(make_tally(weeg_design(data), terms, environment(formula), measures))
}

# measures: the names of terms of which there are to be sums of weight times value; only whether they are known is a variable.
make_tally <- function(x, terms, envir, measures = NULL) UseMethod("make_tally")

#' @export
make_tally.weeg_design <- function(x, terms, envir, measures = NULL) {
  tally_columns(x, if (is.null(measures)) code_columns(terms, x$data, envir, "formula", codes = FALSE) else {
    measure_columns(x, terms, envir, measures)
  })
}

tally_columns <- function(x, columns) {
  cells <- check_cells(columns)
  unsettled <- any(vapply(columns, function(column) isTRUE(column$unsettled), NA))
  in_one_pass <- !last_stage(x$frame)$element && !is.null(x$weights) && is.null(x$calibration) && is.null(x$replicates)
  entries <- if (unsettled && in_one_pass) tally_entries(x, columns, x$domain, settled = FALSE)
  if (unsettled && is.null(entries)) columns <- settled(columns)
  if (!is.null(x$calibration)) {
    both <- calibrated_tally(x, cells, row_tallies(x, columns))
    tally <- new_tally(lapply(columns, tally_variable), both$entries, x$frame, cells, tally_names(x), x$conditions)
    tally$calibration <- both$calibration
    return(tally)
  }
  if (is.null(entries)) entries <- tally_entries(x, columns, x$domain)
  tally <- new_tally(lapply(columns, tally_variable), entries, x$frame, cells, tally_names(x), x$conditions)
  tally$replicates <- tally_replicates(x, tally, columns)
  tally
}

# How many cells a table of columns has.
check_cells <- function(columns) {
  cells <- 1
  for (column in columns) cells <- cells * (column$size + 1)
  if (cells <= .Machine$integer.max) return(cells)
  abort("too_large", "crossing ", listed(names(columns)), " gives ", format(cells, big.mark = " "),
        " cells, more than 2^31 - 1", hint = "Use fewer variables at a time, or combine levels")
}

# The pass over the rows of a domain (NULL: all). Columns that are not settled: NULL where a value is missing that they do not
# have as such.
tally_entries <- function(x, columns, domain, settled = TRUE) {
  measures <- columns[vapply(columns, function(column) isTRUE(column$measure), NA)]
  entries <- .Call(C_tally_build, lapply(unname(columns), core_column), x$unit, last_stage(x$frame)$element, x$weights,
                   x$max_weight, domain, as.double(x$rows), thread_count(),
                   measure_values(measures), NULL)
  refuse_infinite(entries, measures)
  entries <- checked(entries, weight_hints)
  complete <- isTRUE(attr(entries, "complete", exact = TRUE))
  attr(entries, "complete") <- NULL
  if (!settled && !complete && lack_missing(columns)) return(NULL)
  check_tallied(columns, entries)
  entries
}

# Whether a column that is not settled has missing values.
lack_missing <- function(columns) {
  any(vapply(columns, function(column) isTRUE(column$unsettled) && anyNA(column$values), NA))
}

# The values of those columns that are summed; NULL where none is.
measure_values <- function(columns) {
  measures <- Filter(function(column) isTRUE(column$measure), unname(columns))
  if (length(measures) > 0L) lapply(measures, `[[`, "values")
}

tally_names <- function(design) {
  design$names["weights"] <- list(weights_name(design))
  design$names
}

tally_variable <- function(column) {
  variable <- list(name = column$name, label = column$label, levels = column$levels, ordered = column$ordered,
                   number = isTRUE(column$number), values = if (!isTRUE(column$measure)) column$values)
  if (isTRUE(column$from_codes)) variable$from_codes <- TRUE
  if (isTRUE(column$measure)) variable$measure <- TRUE
  variable
}

new_tally <- function(variables, entries, frame, cells, names, conditions) {
  structure(list(variables = variables, entries = entries, frame = frame, cells = as.integer(cells), names = names,
                 conditions = conditions), class = "weeg_tally")
}

# Sums out the variables that are not asked for.
#' @export
make_tally.weeg_tally <- function(x, terms, envir, measures = NULL) {
  for (term in terms) {
    if (!is.name(term)) abort("formula", "a tally has variables, not expressions: ", deparse1(term), " (in the formula)")
    if (!as.character(term) %in% names(x$variables)) abort_unknown(as.character(term), names(x$variables), "formula")
  }
  wanted <- vapply(terms, as.character, "")
  check_kinds(x$variables[wanted], measures)
  if (identical(unname(wanted), names(x$variables))) return(x)
  which <- match(wanted, names(x$variables)) - 1L
  moved(x, .Call(C_frame_select, x, which), x$variables[wanted])
}

# The tally with its cells renumbered, for other variables; -1 drops a cell.
with_cells <- function(x, cell, variables) moved(x, .Call(C_frame_recell, x, cell, variables), variables)

# What the core made of the cells of a tally, and their variables.
moved <- function(x, found, variables) {
  found <- checked(found)
  x$entries <- found$entries
  if (!is.null(found$calibration)) {
    x$calibration["measure"] <- found$calibration["measure"]
    x$calibration$visible <- found$calibration$visible
    x$calibration$pairs$visible <- found$calibration$pair_visible
  }
  replicates <- Filter(Negate(is.null), found$replicates)
  if (length(replicates) > 0L) x$replicates[names(replicates)] <- replicates
  x$variables <- variables
  x$cells <- found$cells
  x
}

tally_units <- function(frame) {
  last <- last_stage(frame)
  if (last$element) length(last$stratum_psus) else length(last$psu_stratum)
}

variable_sizes <- function(variables) vapply(variables, function(v) length(v$levels), 0L)

# For each variable, the position (0 .. size, size = missing) of every cell.
cell_positions <- function(variables) {
  stats::setNames(checked(.Call(C_frame_positions, variable_sizes(variables))), names(variables))
}

# The cells' places in a table of groups x levels, -1 where missing, for variables of a tally.
table_places <- function(tally, groups, outcome) {
  places <- function(names) {
    checked(.Call(C_frame_places, variable_sizes(tally$variables), match(names, names(tally$variables)) - 1L))
  }
  group <- places(groups)
  level <- places(outcome)
  list(group = group$place, groups = group$places, level = level$place, levels = level$places)
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
  found <- .Call(C_frame_join, a, b, c(tally_notes(a), replicate_note(a)), c(tally_notes(b), replicate_note(b)))
  if (inherits(found, "weeg_failure")) abort_join(found, a, b)
  notes <- split_notes(found$notes)
  names <- a$names
  if (is.null(notes$data)) names["data"] <- list(NULL)
  if (!is.null(notes$omitted)) names$omitted <- notes$omitted
  if (!is.null(a$replicates)) a$replicates[c("basis", "start")] <- list(NULL)
  sum <- moved(a, found, Map(said_anew, a$variables, found$variables))
  tally <- new_tally(sum$variables, sum$entries, frame_of_stages(found$stages, a$frame), sum$cells, names, a$conditions)
  tally$senders <- notes$sender
  tally$replicates <- sum$replicates
  tally
}

# A variable whose levels, and what they are, the core has changed.
said_anew <- function(variable, new) {
  variable[names(new)] <- new
  variable
}

replicate_note <- function(x) if (!is.null(x$replicates)) c("replicates", x$replicates$type)

# Strata and units as the core joined them, with the rules of the first frame.
frame_of_stages <- function(stages, a) {
  stages <- lapply(stages, function(stage) Filter(Negate(is.null), stage))
  first <- stages[[1L]]
  kept <- c("lonely", "lonely_asked", "lonely_domain", "conventions", "df", "given_df", "pps")
  own <- c("element", "strata")
  frame <- c(first[own], a[intersect(kept, names(a))], first[setdiff(names(first), own)])
  if (length(stages) > 1L) frame$later <- stages[-1L]
  frame
}

# Why two tallies cannot be added, with the names of what differs.
abort_join <- function(failure, a, b) {
  facts <- failure$facts
  refuse <- function(...) abort("tally", "these tallies cannot be added: ", ..., call = NULL)
  switch(facts$fault,
    variables = if (identical(names(a$variables), names(b$variables))) {
      refuse("of ", listed(setdiff(union(measures_of(a), measures_of(b)), intersect(measures_of(a), measures_of(b)))),
             " one has sums, the other levels")
    } else refuse("one has variables ", listed(names(a$variables)), ", the other ", listed(names(b$variables))),
    calibrated = refuse(facts$words, ". Calibrate the rows of both together"),
    conventions = refuse(facts$words, " (", profile_of(a)$profile, ", ", profile_of(b)$profile, ")"),
    sender = refuse("both have PSUs that ", facts$subject, " numbered, and these numbers are not those of the same PSUs. ",
                    "It must send all rows in one tally"),
    lonely = refuse(facts$words, " (", a$frame$lonely, ", ", b$frame$lonely, ")"),
    made_apart = refuse(facts$words, ". Add the tallies first, then make replicates of the sum"),
    probabilities = refuse("the inclusion probability of PSU ", a$frame$psus[facts$unit], " differs"),
    ordered_levels = abort("tally", "the ordered levels of ", a$variables[[failure$where + 1]]$name, " differ", call = NULL),
    populations = , same_psus = , two_strata = , more_sampled = abort_sample(facts, a$frame, b$frame)
  )
  if (facts$fault != "none") refuse(facts$words)
  cells <- failure$code == "too_large" && failure$where >= 0
  if (cells) abort("too_large", "the sum has more than 2^31 - 1 cells", call = NULL)
  checked(failure, fpc_weights_hint)
}

# Strata and PSUs that cannot be those of one sample.
abort_sample <- function(facts, a, b) {
  of <- if (facts$number %in% 2) b else a
  stage <- facts$stage
  later <- paste("a stratum of stage", stage)
  switch(facts$fault,
    populations = abort("tally", "the population size of ", if (stage > 1) later else paste("stratum", a$strata[facts$stratum]),
                        " differs between the tallies", call = NULL),
    same_psus = abort("tally", "a tally has two PSUs called ", of$psus[facts$unit], ", which cannot be told apart", call = NULL,
                      hint = "Give strata or PSUs names without / before the design is made"),
    two_strata = abort("tally", "PSU ", a$psus[facts$unit], " is in stratum ", a$strata[facts$stratum], " of one tally and in ",
                       b$strata[facts$other], " of the other", call = NULL)
  )
  if (stage > 1) abort("tally", later, " has more sampled units in both tallies together than in the population", call = NULL)
  abort("tally", "stratum ", of$strata[facts$stratum], " has ", facts$value, " sampled PSUs in both tallies together, but ",
        format(facts$limit), " in the population", call = NULL)
}

# The levels of two variables together: those of a, then those of b that are new; numbers by size. Numbers no more where a level
# stands for two numbers, or two levels for one.
join_levels <- function(a, b) {
  found <- checked(.Call(C_frame_levels, a, b))
  values <- if (found$number && !(is.null(a$values) && is.null(b$values))) c(level_scores(a), level_scores(b))[found$from]
  a[c("levels", "number", "values")] <- list(c(a$levels, b$levels)[found$from], found$number, values)
  a
}

# ---- a domain of a tally, rows of a tally ---------------------------------------------------------------------------

#' @rdname subset.weeg_design
#' @export
subset.weeg_tally <- function(x, subset, ...) {
  no_dots(...)
  if (missing(subset)) abort("argument", "`subset` needs a condition on the tally's variables")
  check_unbroken(x)
  condition <- substitute(subset)
  numbers <- intersect(all.vars(condition), measures_of(x))
  if (length(numbers) > 0L) {
    abort("unsupported", "a tally has sums of ", numbers[1L], ", not its values, which a domain needs",
          hint = "Take the domain of the design, before the tally is made")
  }
  inside <- domain_condition(condition, cell_values(x), parent.frame())
  x <- moved(x, .Call(C_frame_domain, x, inside), x$variables)
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
  numbers <- measures_of(x)
  if (length(numbers) > 0L) {
    levels[numbers] <- Map(function(known, sum) ifelse(is.na(known), NA, sum), levels[numbers], .Call(C_tally_sums, x))
  }
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

# Names of the variables of files; NULL: they are not known before these are read as one.
names_in_files <- function(paths) if (length(paths) == 1L || is_parquet(paths)) source_names(open_path(paths))
