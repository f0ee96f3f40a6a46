#' Calibrate weights to known population margins
#'
#' Changes the weights so that weighted counts equal known population counts: of one classification
#' (`weeg_poststratify()`), of several margins by raking, the solution of iterative proportional fitting (`weeg_rake()`),
#' or of several margins by a distance of your choice (`weeg_calibrate()`). Standard errors of all later estimates, tests
#' and comparisons account for the calibration: variation that the margins explain adds no variance.
#'
#' @section Methods:
#' Each row's weight d becomes w = d g, where g depends on the row's levels of the calibration variables. With x the
#' indicators of these levels and multipliers l that make the weighted counts equal the targets (Deville and Sarndal 1992):
#' * `"linear"`: g = 1 + x'l, generalised regression. With `bounds`, g is truncated there. Without, g may be negative,
#'   which is an error here: a negative weight makes no sense in a table of people.
#' * `"raking"`: g = exp(x'l), always positive; the limit of iterative proportional fitting.
#' * `"logit"`: a logistic curve between `bounds`, which g never reaches.
#'
#' With one margin all methods give the same g, the target divided by the weighted count: post-stratification.
#'
#' Margins add up to the same total, so their indicators are linearly dependent, and others may be so in a small sample;
#' dependent ones are left out. The fit is done by Newton's method on the combinations of levels that occur, until no
#' weighted count differs more than 1e-10 from its target, relatively; `weeg_weights()` shows the resulting weights.
#'
#' @section Variances:
#' Scores are replaced by residuals: w (y - x'B), B being the regression on x with the original weights, over all rows of
#' the sample, including those outside a domain. This is the variance of `survey::calibrate()` and
#' `survey::postStratify()`. `survey::rake()` instead takes residuals from the margins in turn, ten times, with the raked
#' weights, so that its standard errors differ a little from these, and from those of
#' `survey::calibrate(calfun = "raking")`, which equal these. A domain keeps all strata of the sample: the `lonely` rule
#' applies to a stratum with one PSU even where the domain has no rows in it, as in survey.
#'
#' @section What happens to awkward input:
#' * Targets are counts or shares. Shares (a margin that sums to 1) are of the common total of the margins that are counts,
#'   or of the sum of weights where all margins are shares. Totals of counts that differ by more than 1e-6 are an error;
#'   smaller differences (rounding) are scaled away.
#' * A level with rows but without a target, a level with a target but without rows, and a target of 0 for a level with rows
#'   are errors of class `weeg_error_calibration` that name the level. Targets of 0 for levels without rows are left out.
#' * A missing value in a calibration variable is an error that names the first row. (Rows of zero weight may have them.)
#' * Margins that cannot be met simultaneously, or not within the bounds, are an error that says which level misses its
#'   target and by how much.
#' * A domain cannot be calibrated: calibrate the whole design and take `subset()` afterwards. Nor can a design that is
#'   already calibrated (give all margins at once), one with replicate weights in a database, or a tally.
#' * Of a design with replicate weights, each replicate is calibrated as the weights are, as survey does it, and its variances
#'   follow from the replicates. In a replicate linear calibration may give weights below 0. A replicate whose weights cannot
#'   meet the margins, because it leaves out all rows of a level, is an error that names it.
#'
#' @section Limits of raked weights:
#' With `upper` or `lower`, `weeg_rake()` trims the raked weights as [weeg_trim()] does, rakes them again, and so on until all
#' weights are within the limits (to 1e-8) and meet the margins. Standard errors account for the last raking; they treat the
#' weights before it as fixed. Limits that do not hold after 200 rounds are an error. Of designs with replicate weights the
#' limits are refused.
#'
#' @param data A [weeg_design()] of a data frame, a file or a [database][weeg_database], or a survey design.
#' @param formula `~ a`, or `~ a + b` for the cross-classification of several variables.
#' @param population The population counts or shares: a named vector (one variable), a table with named dimensions, or a
#'   data frame with the variables and one column of numbers. With `margins` as formulas: a list of these, one per formula.
#' @param margins A list with an element per margin: `variable = c(level = number, ...)`, or a table with named dimensions, or
#'   a data frame with variables and a column `Freq` or `n`. Or a list of formulas, `~ a` or `~ a + b`, with `population`.
#' @param upper,lower The largest and the smallest weight: see Limits of raked weights.
#' @param method `"linear"`, `"raking"` or `"logit"`.
#' @param bounds The smallest and the largest g, `c(low, high)` with 0 < low < 1 < high; needed for `"logit"`, `NULL` or given
#'   for `"linear"`, not for `"raking"`.
#' @return The design with new weights, and a record of the calibration.
#' @references Deville and Sarndal (1992), JASA 87, 376-382. Deville, Sarndal and Sautory (1993), JASA 88, 1013-1020.
#' @seealso [weeg_weights()] for diagnostics, [weeg_trim()]
#' @examples
#' known <- openvoorwerk[!is.na(openvoorwerk$geslacht), ]
#' d <- weeg_design(known, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' r <- weeg_rake(d, list(
#'   geslacht = c(man = 0.5, vrouw = 0.5),
#'   ronde = c("ronde 1" = 600, "ronde 2" = 400)
#' ))
#' r
#' weeg_proportion(r, strengths ~ provider)
#' weeg_weights(r)
#'
#' p <- as.data.frame(table(known[c("geslacht", "ronde")]))
#' weeg_poststratify(d, ~ geslacht + ronde, p)
#' weeg_calibrate(d, list(p), method = "logit", bounds = c(0.3, 3))
#' @export
weeg_calibrate <- function(data, margins, population = NULL, method = "linear", bounds = NULL) {
  need_given(data, margins)
  if (is_imputed(data)) return(change_imputed(data, weeg_calibrate, margins, population, method, bounds))
  method <- one_of(method, calibration_methods, "method")
  bounds <- check_bounds(bounds, method)
  calibrate_design(data, margins, population, "margins", method, bounds)
}

#' @rdname weeg_calibrate
#' @export
weeg_rake <- function(data, margins, population = NULL, upper = Inf, lower = 0) {
  need_given(data, margins)
  if (is_imputed(data)) return(change_imputed(data, weeg_rake, margins, population, upper, lower))
  limits <- weight_limits(upper, lower)
  rake <- function(design) calibrate_design(design, margins, population, "margins", "raking", c(-Inf, Inf))
  if (limits$upper == Inf && limits$lower == 0) rake(data) else rake_within(calibratable(data, "trimmed"), rake, limits)
}

# Raked, trimmed, and raked again, until both hold.
rake_within <- function(design, rake, limits) {
  start <- design
  for (round in seq_len(200L)) {
    raked <- rake(design)
    weights <- row_weights(raked, raked$weights)
    counted <- weights > 0
    w <- weights[counted]
    if (all(w <= limits$upper * (1 + 1e-8) & w >= limits$lower * (1 - 1e-8))) break
    if (round == 200L) {
      abort("calibration", "raked weights are not within the limits after 200 rounds: the largest is ",
            format(max(w), digits = 5L), ", the smallest ", format(min(w), digits = 5L),
            hint = "Choose wider limits, or combine levels of few rows")
    }
    check_mean_weight(w, limits)
    weights[counted] <- trim_weights(w, limits$upper, limits$lower)
    design <- seal(change_weights(start, weights))
  }
  if (round > 1L) {
    raked$changed$text <- paste0("trimmed to ", limits$text, ", in ", round, " rounds")
    raked <- seal(raked)
  }
  raked
}

#' @rdname weeg_calibrate
#' @export
weeg_poststratify <- function(data, formula, population) {
  need_given(data, formula)
  if (is_imputed(data)) return(change_imputed(data, weeg_poststratify, formula, population))
  if (!inherits(formula, "formula")) abort("formula", "`formula` is the classification, given as ~ a or ~ a + b")
  need_given(population)
  calibrate_design(data, list(formula), list(population), "formula", "linear", c(-Inf, Inf), "post-stratified")
}

check_bounds <- function(bounds, method) {
  if (method == "raking" && !is.null(bounds)) {
    abort("argument", "raking takes no `bounds`", hint = "Use method = \"logit\" or \"linear\"")
  }
  if (method == "logit" && is.null(bounds)) {
    abort("argument", "method \"logit\" needs `bounds`, such as c(0.3, 3): the smallest and the largest factor for a weight")
  }
  if (is.null(bounds)) return(c(-Inf, Inf))
  if (!is.numeric(bounds) || length(bounds) != 2L || !all(is.finite(bounds)) || bounds[1L] <= 0 || bounds[1L] >= 1 ||
      bounds[2L] <= 1) {
    abort("argument", "`bounds` must be two factors for the weights, c(low, high) with 0 < low < 1 < high")
  }
  as.double(bounds)
}

# ---- margins as the user gives them ----------------------------------------------------------------------------------

# list(terms = expressions, levels = character vectors per variable, value): one row per level or combination.
read_margins <- function(margins, population, data, argument) {
  margins <- tryCatch(margins, weeg_error = stop, error = function(e) {
    abort("argument", "`", argument, "` must be a list with an element per margin, such as list(sex = c(m = 0.5, f = 0.5)) (",
          conditionMessage(e), ")")
  })
  margins <- bare(margins)
  population <- bare(population)
  formulas <- if (inherits(margins, "formula")) list(margins) else margins
  if (!is.list(formulas) || is.data.frame(formulas) || length(formulas) == 0L) {
    abort("argument", "`", argument, "` must be a list with an element per margin, such as list(sex = c(m = 0.5, f = 0.5))")
  }
  is_formula <- vapply(formulas, inherits, NA, what = "formula")
  if (!any(is_formula)) {
    if (!is.null(population)) abort("argument", "`population` is for margins given as formulas: here `margins` has the numbers")
    names <- names(margins)
    if (is.null(names)) names <- rep("", length(margins))
    return(Map(function(target, name) read_named(target, name, data), unname(margins), names))
  }
  if (!all(is_formula)) abort("argument", "either all elements of `", argument, "` are formulas or none")
  if (inherits(margins, "formula")) population <- list(population)
  if (!is.list(population) || is.data.frame(population) || length(population) != length(formulas)) {
    abort("argument", "`population` must be a list with the numbers of each of the ", length(formulas), " formulas")
  }
  Map(function(formula, target) {
    if (length(formula) != 2L) abort("formula", "a margin (in `", argument, "`) is a one-sided formula such as ~ a + b")
    terms <- name_terms(plus_terms(formula[[2L]]), argument)
    need_variables_of(formula, argument, source_names(data))
    read_target(target, terms, paste(names(terms), collapse = " + "), environment(formula))
  }, unname(formulas), unname(population))
}

read_named <- function(target, name, data) {
  target <- bare(target)
  variables <- if (is.data.frame(target)) {
    setdiff(names(target), count_column(target, name, data))
  } else if (nzchar(name) && length(dim(target)) < 2L) {
    name
  } else {
    names(dimnames(target))
  }
  if (is.null(variables) || !all(nzchar(variables))) {
    abort("argument", "a margin has no name: give margins = list(variable = c(level = number, ...)), or a table or data frame ",
          "whose dimensions or columns are named")
  }
  terms <- lapply(stats::setNames(nm = variables), said_term, source_names(data), "margins")
  read_target(target, terms, paste(variables, collapse = " + "), baseenv())
}

# The column of numbers: the only one that is no variable of the data, else Freq or n, which may be variables as well.
count_column <- function(target, name, data) {
  others <- setdiff(names(target), c(source_names(data), name))
  if (length(others) == 1L) return(others)
  usual <- setdiff(intersect(c("Freq", "n"), names(target)), name)
  if (length(usual) == 1L) return(usual)
  abort("argument", "cannot tell which column of a margin has the numbers (", listed(names(target)), ")",
        hint = "Call it Freq or n")
}

read_target <- function(target, terms, label, envir) {
  variables <- names(terms)
  target <- bare(target)
  wrong <- function(...) abort("argument", "the population of ", label, " ", ...)
  if (is.data.frame(target)) {
    absent <- setdiff(variables, names(target))
    if (length(absent) > 0L) wrong("has no column ", absent[1L], ", a term of the formula")
    numbers <- setdiff(names(target), variables)
    if (length(numbers) != 1L) wrong("must have one column of numbers beside ", paste(variables, collapse = ", "))
    levels <- lapply(unclass(target)[variables], level_text)
    value <- target[[numbers]]
  } else if (length(dim(target)) > 0L) {
    if (is.null(dimnames(target))) wrong("is a table without names of levels")
    if (length(dim(target)) == 1L && length(variables) == 1L) names(dimnames(target)) <- variables
    dimensions <- names(dimnames(target))
    if (!setequal(dimensions, variables)) {
      wrong("is a table by ", if (is.null(dimensions)) "unnamed variables" else listed(dimensions))
    }
    levels <- expand.grid(dimnames(target), KEEP.OUT.ATTRS = FALSE, stringsAsFactors = FALSE)[variables]
    value <- as.vector(target)
  } else {
    if (!is.numeric(target) || is.null(names(target))) {
      wrong("must be a vector with names, a table, or a data frame with a column of numbers")
    }
    if (length(variables) != 1L) wrong("must be a table or a data frame: it crosses ", length(variables), " variables")
    levels <- stats::setNames(list(names(target)), variables)
    value <- as.vector(target)
  }
  check_target(list(terms = terms, envir = envir, label = label, levels = lapply(levels, as.character), value = value), wrong)
}

level_text <- function(x) if (is.numeric(x) && !is.factor(x)) number_labels(x) else as.character(x)

check_target <- function(margin, wrong) {
  if (!is.numeric(margin$value)) wrong("must be numbers, not ", class(margin$value)[1L])
  margin$value <- as.double(margin$value)
  margin$name <- paste_columns(margin$levels[names(margin$terms)], ", ")
  if (length(margin$name) == 0L) wrong("has no levels")
  if (anyNA(unlist(margin$levels))) wrong("has a missing level")
  twice <- anyDuplicated(margin$name)
  if (twice > 0L) wrong("has ", margin$name[twice], " twice")
  bad <- which(!is.finite(margin$value) | margin$value < 0)
  if (length(bad) > 0L) wrong("has ", format(margin$value[bad[1L]]), " for ", margin$name[bad[1L]])
  if (!any(margin$value > 0)) wrong("is 0 for all levels")
  margin
}

# Counts of all margins, on one total.
common_total <- function(margins, weights) {
  labels <- vapply(margins, `[[`, "", "label")
  totals <- vapply(margins, function(m) sum(m$value), 0)
  shares <- abs(totals - 1) < 1e-6
  like_shares <- !shares & vapply(margins, function(m) all(m$value <= 1), NA)
  if (any(like_shares)) {
    first <- which(like_shares)[1L]
    abort("calibration", "the shares of ", labels[first], " sum to ", format(totals[first], digits = 6L), ", not 1",
          hint = "Divide them by their sum, if that is what you mean")
  }
  total <- if (all(shares)) weights else totals[!shares][1L]
  differ <- which(!shares & abs(totals / total - 1) > 1e-6)
  if (length(differ) > 0L) {
    abort("calibration", "the margins contradict one another: their totals are ",
          paste0(format(totals[!shares], digits = 10L, trim = TRUE), " (", labels[!shares], ")", collapse = ", "),
          hint = "Margins are about the same population. Give shares, or scale the counts to one total")
  }
  # rounded percentages; of about 100 people they may be counts
  like_percentages <- abs(totals - 100) < 0.55 & abs(log(weights / 100)) > log(1.5)
  if (any(like_percentages)) {
    first <- which(like_percentages)[1L]
    abort("calibration", "the numbers of ", labels[first], " sum to ", format(totals[first], digits = 6L),
          ", as percentages do, but are taken as counts of people",
          hint = "Divide percentages by their sum: shares, which sum to 1, are understood")
  }
  lapply(margins, function(m) {
    m$value <- m$value / sum(m$value) * total
    m
  })
}

# ---- the sample by calibration cell ----------------------------------------------------------------------------------

# The combinations of levels that occur: list(columns, cell, position = a code from 1 per variable, n, weight).
calibration_cells <- function(design, terms) UseMethod("calibration_cells")

#' @export
calibration_cells.weeg_design <- function(design, terms) {
  data <- source_ahead(design$data, codes = lapply(terms, `[[`, "term"), argument = "margins")
  columns <- Map(function(of, name) code_column(evaluate(of$term, data, of$envir, "margins"), name), terms, names(terms))
  layout <- calibration_layout(columns)
  entries <- checked(.Call(C_tally_build, lapply(unname(columns), core_column), core_column(whole_column()), TRUE,
                           design$weights, design$max_weight, NULL, as.double(design$rows), thread_count(), NULL, NULL),
                    weight_hints)
  check_tallied(columns, entries)
  frame <- list(element = TRUE, stratum_psus = 0, lonely = "fail")
  cells_of_entries(columns, layout, entries, frame, function(column) refuse_missing_level(column, design$weights))
}

# The variables of margins, once each: list(term, envir) by name.
margin_terms <- function(margins) {
  terms <- do.call(c, lapply(margins, function(m) lapply(m$terms, function(term) list(term = term, envir = m$envir))))
  terms[!duplicated(names(terms))]
}

# Codes of each variable, missing among them.
calibration_layout <- function(columns) {
  for (column in columns) {
    if (column$size == 0L) abort("calibration", column$name, " has no levels: it is missing in every row")
  }
  sizes <- vapply(columns, `[[`, 0L, "size") + 1L
  if (prod(sizes) > .Machine$integer.max) {
    abort("too_large", "crossing the calibration variables gives more than 2^31 - 1 combinations",
          hint = "Use fewer variables, or combine levels")
  }
  sizes
}

# refuse: what to do with a column that is missing in a row with a weight.
cells_of_entries <- function(columns, sizes, entries, frame, refuse) {
  if (length(entries$cell) == 0L) abort("weight", "all weights are 0")
  totals <- entry_weights(list(entries = entries, cells = 0L, frame = frame))
  rest <- entries$cell
  position <- vector("list", length(columns))
  for (v in rev(seq_along(columns))) {
    position[[v]] <- rest %% sizes[v] + 1L
    rest <- rest %/% sizes[v]
    if (any(position[[v]] == sizes[v])) refuse(columns[[v]])
  }
  names(position) <- names(columns)
  list(columns = columns, cell = entries$cell, position = position, n = entries$n, weight = totals)
}

refuse_missing_level <- function(column, weights) {
  missing <- is.na(column_codes(column))
  if (!is.null(weights)) missing <- missing & weights > 0
  rows <- which(missing)
  abort("missing", "calibration variable ", column$name, " is missing in row ", in_row(rows[1L]),
        if (length(rows) > 1L) paste0("; ", length(rows), " rows have this problem"), where = rows[1L],
        hint = "Fill it in, or give missing values a level of their own (addNA) with a target")
}

# "regio + sexe = Noord, man"
label_of <- function(variables, levels) paste(paste(variables, collapse = " + "), "=", levels)

# Which level of the margin each cell is in, after checking that sample and target have the same levels.
match_margin <- function(margin, cells) {
  variables <- names(margin$terms)
  sampled <- lapply(variables, function(v) cells$columns[[v]]$levels[cells$position[[v]]])
  place <- match(paste_columns(sampled, "\r"), paste_columns(margin$levels[variables], "\r"))
  count <- function(which) sum(cells$n[which])
  if (anyNA(place)) {
    text <- paste_columns(sampled, ", ")
    first <- text[is.na(place)][1L]
    others <- length(unique(text[is.na(place)])) - 1L
    abort("calibration", "there is no target for ", label_of(variables, first), ", which ",
          counted(count(text == first), "row has", "rows have"),
          if (others > 0L) paste0(" (nor for ", counted(others, "other level"), ")"),
          hint = "Give it a target, or combine levels")
  }
  absent <- setdiff(which(margin$value > 0), place)
  if (length(absent) > 0L) {
    abort("calibration", "no row has ", label_of(variables, margin$name[absent[1L]]),
          ", for which the target is ", format(margin$value[absent[1L]], digits = 7L),
          hint = "Combine it with another level, in the data and in the target")
  }
  zero <- intersect(which(margin$value == 0), place)
  if (length(zero) > 0L) {
    abort("calibration", "the target for ", label_of(variables, margin$name[zero[1L]]), " is 0, but ",
          counted(count(place == zero[1L]), "row has", "rows have"), " it",
          hint = "Take these rows out before making the design, or give a target")
  }
  kept <- sort(unique(place))
  margin$place <- match(place, kept)
  margin$name <- margin$name[kept]
  margin$value <- margin$value[kept]
  margin
}

# ---- calibrating -----------------------------------------------------------------------------------------------------

calibrate_design <- function(data, margins, population, argument, method, bounds, how = calibration_words[[method]]) {
  design <- calibratable(data, "calibrated")
  margins <- read_margins(margins, population, design$data, argument)
  twice <- anyDuplicated(lapply(margins, function(m) sort(names(m$terms))))
  if (twice > 0L) abort("argument", "there are two margins of ", margins[[twice]]$label)
  cells <- calibration_cells(design, margin_terms(margins))
  margins <- lapply(common_total(margins, sum(cells$weight)), match_margin, cells)
  starts <- cumsum(c(0L, vapply(margins, function(m) length(m$value), 0L)))
  column <- do.call(rbind, Map(function(m, start) m$place - 1L + start, margins, starts[-length(starts)]))
  value <- unlist(lapply(margins, `[[`, "value"))
  fit <- checked(.Call(C_calibrate, as.integer(column), cells$weight, value,
                       match(method, calibration_methods) - 1L, bounds))
  if (!fit$converged) abort_unmet(fit, margins, cells, method, bounds)
  if (any(fit$g <= 0)) abort_negative(fit$g, cells)
  labels <- vapply(margins, `[[`, "", "label")
  by <- switch(how, raked = "raked to", calibrated = paste0("calibrated (", method, ") to"), "post-stratified by")
  design$calibration <- list(
    g = fit$g, basis = fit$basis, iterations = fit$iterations, deviation = fit$deviation,
    margins = lapply(margins, margin_totals, cells$weight, fit$g),
    how = how, text = paste0(by, " ", paste(labels, collapse = ", "), if (is.finite(bounds[2L])) {
      paste0(", factors from ", format(bounds[1L]), " to ", format(bounds[2L]))
    })
  )
  before <- design$weights
  design <- weigh_cells(design, cells)
  if (!is.null(design$replicates)) {
    design <- calibrate_replicates(design, before, column, value, method, bounds)
  }
  seal(know_columns(design, unlist(lapply(margins, function(m) lapply(m$terms, all.vars)), recursive = FALSE)))
}

# The weights times the factors of the calibration cells.
weigh_cells <- function(design, cells) UseMethod("weigh_cells")

#' @export
weigh_cells.weeg_design <- function(design, cells) {
  g <- design$calibration$g
  rows <- checked(.Call(C_calibrate_rows, lapply(unname(cells$columns), core_column), cells$cell, g, design$weights,
                        as.double(design$rows), thread_count()))
  design$calibration$code <- rows$code
  design <- change_weights(design, rows$weights)
  design$calibration$units <- tally_entries(design, list(list(codes = rows$code, width = 4L, size = length(g))), NULL)
  design
}

# Weighted counts of a margin before and after.
margin_totals <- function(margin, weight, g) {
  c(margin[c("label", "name", "value")], before = list(as.vector(rowsum(weight, margin$place))),
    after = list(as.vector(rowsum(weight * g, margin$place))))
}

calibration_words <- c(linear = "calibrated", raking = "raked", logit = "calibrated")

# A design whose weights may be changed.
calibratable <- function(data, how) {
  if (inherits(data, "weeg_tally")) {
    abort("unsupported", "a tally cannot be ", how, ": its rows are gone",
          hint = "Change the weights of the design, then make the tally")
  }
  design <- weeg_design(data)
  if (!is.null(design$replicates) && (how == "trimmed" || inherits(design, "weeg_database_design"))) {
    abort("unsupported", "a design with replicate weights ", if (how != "trimmed") "in a database ", "cannot be ", how,
          hint = if (how == "trimmed") {
            "Trim the design, and make its replicates then"
          } else {
            "Each replicate would have to be too: fetch the columns, and make a design of the data frame"
          })
  }
  record <- calibration_record(design)
  if (!is.null(record)) {
    abort("unsupported", "this design already is ", record$text, hint = paste(
      "Start from the design before that:",
      if (how == "trimmed") "trim and calibrate after it, or calibrate within bounds" else "give all margins at once"
    ))
  }
  if (!is.null(design$domain)) {
    abort("unsupported", "a domain cannot be ", how, " by itself",
          hint = "Start from the whole design and take subset() afterwards")
  }
  design
}

# Says which levels stay off their targets.
abort_unmet <- function(fit, margins, cells, method, bounds) {
  rows <- do.call(rbind, lapply(margins, function(margin) {
    m <- margin_totals(margin, cells$weight, fit$g)
    data.frame(label = m$label, name = m$name, target = m$value, got = m$after)
  }))
  off <- ifelse(rows$got == rows$target, 0, rows$got / rows$target - 1)
  worst <- order(-abs(off))
  worst <- worst[abs(off[worst]) > 0.01 * max(abs(off))]
  number <- function(x) format(x, digits = 6L, trim = TRUE, big.mark = " ")
  text <- paste0(rows$label, " = ", rows$name, " has ", number(rows$got), " instead of ", number(rows$target), " (",
                 ifelse(off > 0, "+", ""), format_significant(100 * off), "%)")[worst]
  ratio <- sum(margins[[1L]]$value) / sum(cells$weight)
  hint <- if (ratio < bounds[1L] || ratio > bounds[2L]) {
    paste0("The targets are ", number(ratio), " times the sum of weights, outside the bounds. Give shares, or scale the weights")
  } else if (is.finite(bounds[2L])) {
    "Widen the bounds, or combine levels"
  } else {
    "The combinations of levels in the sample do not allow these margins together. Combine levels, or leave a margin out"
  }
  abort("calibration", "the margins cannot be met", if (fit$iterations > 0L) paste0(" (", fit$iterations, " iterations)"), ": ",
        listed(text, "; ", 3L), hint = hint)
}

abort_negative <- function(g, cells) {
  worst <- which.min(g)
  levels <- Map(function(column, position) paste(column$name, "=", column$levels[position[worst]]), cells$columns, cells$position)
  abort("calibration", "linear calibration gives ", counted(sum(cells$n[g <= 0]), "row"),
        " a negative weight or 0; the lowest factor is ",
        format(g[worst], digits = 4L), ", for ", paste(unlist(levels), collapse = ", "),
        hint = "Use method = \"raking\" or \"logit\", or bounds such as c(0.1, 10)")
}

# ---- tallies of calibrated designs -----------------------------------------------------------------------------------

# A tally, and beside it what its variances need: see weeg_calibration in weeg.h. tallied: a function of what is tallied, "cells",
# "crossed" with the calibration cells (of these the last is that of rows without one), or those "outside" the domain, and of
# whether the sample is one unit.
calibrated_tally <- function(design, cells, tallied) {
  k <- design$calibration
  size <- length(k$g)
  if (as.double(cells) * (size + 1L) > .Machine$integer.max) {
    abort("too_large", "crossing these variables with the ", size, " calibration cells gives more than 2^31 - 1 cells",
          hint = "Use fewer variables at a time, or combine levels")
  }
  size <- size + 1L
  plain <- tallied("cells", FALSE)
  # where rows are units, or have measures, the record has units of crossed cells; else these need only sums over all rows
  whole <- is.null(plain$w2) && is.null(plain$measures)
  of <- function(entries, cells, design) list(entries = entries, cells = as.integer(cells), frame = design$frame)
  rows <- if (whole) whole_sample(design) else design
  made <- checked(.Call(C_calibration_record, length(k$g), of(tallied("crossed", whole), cells * size, rows),
                        if (!is.null(design$domain)) of(tallied("outside", whole), size, rows),
                        if (whole) of(plain, cells, design), if (whole) of(k$units, size, design)))
  list(entries = plain, calibration = c(k[c("g", "basis")], made, text = k$text))
}

# Of rows in memory.
row_tallies <- function(design, columns) {
  place <- list(codes = design$calibration$code, width = 4L, size = length(design$calibration$g))
  outside <- if (!is.null(design$domain)) as.raw(design$domain == 0)
  function(what, whole) {
    if (whole) design <- whole_sample(design)
    switch(what, cells = tally_entries(design, columns, design$domain),
           crossed = tally_entries(design, c(columns, list(place)), design$domain),
           outside = tally_entries(design, list(place), outside))
  }
}

# The design as one unit, for totals.
whole_sample <- function(design) {
  design$unit <- core_column(whole_column())
  design$frame <- list(element = FALSE, stratum_psus = 1, psu_stratum = 0L, lonely = "fail")
  design
}

# ---- printing --------------------------------------------------------------------------------------------------------

calibration_text <- function(calibration) {
  if (is.null(calibration)) return(NULL)
  paste0(
    calibration$text, if (calibration$iterations > 0L) paste0(" (", format_count(calibration$iterations), " iterations)"),
    if (!is.na(calibration$deviation)) {
      paste0("; largest deviation from a target ", formatC(calibration$deviation, digits = 1L, format = "e"))
    }
  )
}
