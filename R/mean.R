#' Weighted means with confidence intervals
#'
#' Means of numeric variables within groups, with standard errors and confidence intervals that account for the design.
#'
#' The variance is by Taylor linearisation: with W the sum of the weights of a group's rows, the score of a row is
#' w (y - mean) / W, and the variance is that of PSU totals of the scores within strata (Cochran 1977, eq. 6.5; Wolter 2007,
#' section 6.3). Each group is a domain: PSUs without rows in it count as zeros.
#'
#' The interval is the mean plus and minus t standard errors: under the conventions of this package the quantile of the mean's own
#' distribution in samples of few PSUs ([weeg_conventions], section "Few PSUs"), else Student's t with PSUs minus strata degrees
#' of freedom. Where values are skewed, and few large ones make the mean, an interval of this kind has lower
#' coverage than its level.
#'
#' Sums of weight times value are exact, and so are the deviations from the mean that the variance is made of: they keep
#' their digits where the mean is many times larger than its standard error. A standard error is 0 where all values are equal.
#' The unit of the sums is \eqn{2^{-70}}{2^-70} of the largest product of weight and value, or less. A group whose values are
#' so much smaller that these sums do not have nine digits has no estimate, and `reason` says so.
#' Where such values, of both signs, cancel in every PSU once they are cut to the unit (what is smaller counts as one unit), the
#' group cannot be told from one of zeros: its mean is 0, with a standard error of 0, and `reason` says that the estimated
#' variance is 0. Where such a group matters, compute its mean from its own rows.
#'
#' So values, and figures they are compared with, may be as small or as large as numbers are (5e-324 to 1.8e308). A total beyond
#' that is `Inf`.
#'
#' A group of which all rows are in one PSU has no standard error: see "Groups in one PSU" in [weeg_compare()].
#'
#' Rows whose value is missing (`NA`, `NaN`, user-missing) are as for proportions: see [weeg_missing]. An infinite value is
#' an error.
#'
#' With calibrated weights scores are residuals, as in [weeg_calibrate()]; a number that the margins determine has a standard
#' error of 0. With replicate weights the mean of each replicate is computed anew: these sums are not exact, and digits are lost
#' where the mean is many times larger than its standard error.
#'
#' Means of several numbers by the same groups take one pass over the rows where these are in clusters. Means are made of the
#' rows of a data frame, of a CSV or SPSS file (whose column must have numbers in all rows that have a value), of a table in a
#' database ([weeg_database], section "Numbers"), or of a tally that has sums of the number: `weeg_tally(d, income ~ region)`.
#'
#' @inheritParams weeg_proportion
#' @param data A [weeg_design()], [weeg_tally()], or a design of package survey or srvyr.
#' @param formula `outcome ~ group`, where the outcome is a number. Several outcomes: `a + b ~ g`; several groups: `a ~ g + h`; no
#'   group: `~ a`. A term may be an expression of variables, such as `log(income)`.
#' @return A data frame with one row per group, of class `weeg_mean`: the groups (a variable that has the name of a column below:
#'   see [weeg_print]); `outcome`; `estimate`; `std.error`; `conf.low`, `conf.high`; `n`, the rows of the group with a
#'   value; `n.weighted`, the sum of their weights; `cv`, the coefficient of variation of the estimate: the standard error divided
#'   by the size of the mean; `df`, degrees of freedom of the interval: effective ones, or PSUs minus strata among the group's
#'   rows; `reason`, why an estimate or interval does not exist, has no width, or calls for care ([weeg_conventions]), else `NA`.
#' @seealso [weeg_ratio()], and [weeg_total()] for totals of numbers; [weeg_compare()] for differences and ratios of means, and
#'   [weeg_test()] for a test that they are equal.
#' @references Cochran (1977), Sampling Techniques. Wolter (2007), Introduction to Variance Estimation.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_mean(d, leeftijd ~ provider)
#' weeg_mean(d, ~ leeftijd)
#' weeg_mean(weeg_tally(d, leeftijd ~ provider + ronde), leeftijd ~ ronde)
#' @export
weeg_mean <- function(data, formula, covariance = FALSE, threshold = NULL, level = 0.95, missing = NULL) {
  if (is_imputed(data)) check_threshold(threshold, data)
  if (is_imputed(data)) {
    return(pooled(data, function(data) weeg_mean(data, formula, covariance, NULL, level, missing)))
  }
  need_given(data)
  parts <- parse_formula(formula, data, grouped = TRUE)
  number_result(weeg_design(data), parts, split_terms(parts$outcomes), "mean", "wald", covariance, level, missing,
                threshold = threshold)
}

# The core's figures of numbers, in its order.
number_figures <- c("mean", "ratio", "total")

split_terms <- function(terms) stats::setNames(lapply(seq_along(terms), function(i) terms[i]), names(terms))

# numbers: per outcome its terms, one, or a ratio's two. per: what ratios are multiplied by.
number_result <- function(data, parts, numbers, figure, interval, covariance, level, missing, per = 1,
                          threshold = NULL) {
  level <- check_level(level)
  covariance <- check_covariance(covariance, numbers)
  threshold <- check_threshold(threshold, data, "`covariance`" = covariance)
  tables <- number_tables(data, parts, numbers, missing)
  found <- number_estimates(tables, lapply(numbers, names), figure, interval, level)
  shown <- lapply(seq_along(tables), function(k) {
    protect_rows(list_frame(found[[k]]$found), shown_cells(tables[[k]], threshold, sizes = TRUE))
  })
  rows <- number_rows(tables, names(numbers), shown)
  info <- tables_info(tables, parts)
  info$threshold <- threshold
  info$level <- level
  info$figure <- figure
  info$interval <- interval
  if (per != 1) {
    info$per <- per
    scaled <- c("estimate", "std.error", "conf.low", "conf.high")
    rows[scaled] <- lapply(rows[scaled], `*`, per)
  }
  if (covariance) info$covariance <- covariance_of(tables[[1L]], figure, found[[1L]]$found, found[[1L]]$measures)
  new_result(rows, "weeg_mean", info,
             c(interval = t_interval_text(level, interval), threshold_convention(threshold),
               design_conventions(tables[[1L]]$tally, few = figure != "total")))
}

# The verdicts on counts, and limits on the scale of the logarithm of any figures.
judged_rows <- function(rows, n, df) {
  checked(.Call(C_judge, as.double(rows$estimate), as.double(rows$std.error), as.double(rows$conf.low), as.double(rows$conf.high),
                as.double(n), as.double(df)))
}

# numbers: per table the names of its one or two. Those of tables that are one are found in one call.
number_estimates <- function(tables, numbers, figure, interval, level) {
  measures <- Map(function(table, names) match(names[c(1L, length(names))], measures_of(table$tally)) - 1L, tables, numbers)
  found <- vector("list", length(tables))
  for (at in unname(split(seq_along(tables), vapply(tables, `[[`, 0L, "number")))) {
    table <- tables[[at[1L]]]
    found[at] <- checked_estimate(.Call(C_means, table$tally, table$places, unlist(measures[at], use.names = FALSE),
                                        match(figure, number_figures) - 1L, interval == "log", level, thread_count()),
                                  table$tally)
  }
  Map(function(found, measures) list(found = found, measures = measures), found, unname(measures))
}

# The rows of all tables under each other, made a column at a time.
number_rows <- function(tables, outcomes, found) {
  groups <- vapply(tables, function(table) table$places$groups, 0L)
  grids <- lapply(unname(tables), `[[`, "grid")
  each <- if (length(grids[[1L]]) == 0L || all_same(vapply(tables, `[[`, 0L, "number"))) {
    group_rows(grids[[1L]], rep.int(seq_len(groups[1L]), length(tables)))
  } else {
    stacked(Map(group_rows, grids, lapply(unname(groups), seq_len)))
  }
  columns <- lapply(seq_along(found[[1L]]), function(k) unlist(lapply(found, .subset2, k), use.names = FALSE))
  list_frame(c(list(groups = each, outcome = rep(outcomes, groups)), stats::setNames(columns, names(found[[1L]]))))
}

# For each of `numbers` its tally and places. A row is in a table where it has all values of it. Tables that are one have one
# `number`: where all rows have all numbers of a shared tally, it is that of each of them.
number_tables <- function(data, parts, numbers, missing) {
  groups <- names(parts$groups)
  twice <- intersect(unlist(lapply(numbers, names)), groups)
  if (length(twice) > 0L) abort("formula", twice[1L], " is outcome and group at once")
  shared <- shared_tallies(data, parts, numbers, missing)
  if (!is.null(shared)) parts$groups <- stats::setNames(lapply(groups, as.name), groups)
  made <- list()
  for (k in seq_along(numbers)) {
    names <- names(numbers[[k]])
    of <- if (is.null(shared)) list(tally = data, known = FALSE) else shared[[k]]
    same <- if (of$known) which(vapply(made, `[[`, 0, "batch") == of$batch)
    if (length(same) > 0L) {
      made[[k]] <- made[[same[1L]]]
      next
    }
    if (of$known) names <- measures_of(of$tally)
    terms <- c(parts$groups, if (is.null(shared)) numbers[[k]] else stats::setNames(lapply(names, as.name), names))
    if (of$known) terms <- terms[names(of$tally$variables)]
    tally <- table_tally(of$tally, terms, parts$envir, missing, names)
    made[[k]] <- list(tally = tally, places = table_places(tally, groups, names), grid = group_grid(tally, groups), number = k,
                      batch = if (of$known) of$batch else 0)
  }
  stats::setNames(made, names(numbers))
}

# Rows in clusters are passed over once for several numbers, as long as their table, to which each of them adds whether it is
# known, is not much larger than the groups' own. Without clusters that has no gain: there are products of each number with each.
# `known`: all rows have all numbers of a tally, which then need not be taken apart.
shared_tallies <- function(data, parts, numbers, missing) {
  if (inherits(data, "weeg_tally")) return(ready_tallies(data, parts, numbers, missing))
  shareable <- length(numbers) > 1L && inherits(data, "weeg_design") && !inherits(data, "weeg_database_design") &&
    !last_stage(data$frame)$element && by_convention(missing, data, "missing") != "omit"
  if (inherits(data, "weeg_database_design") && length(numbers) > 1L) return(read_together(data, parts, numbers, missing))
  if (!shareable) return(NULL)
  terms <- unlist(unname(numbers), recursive = FALSE)
  terms <- terms[!duplicated(names(terms))]
  columns <- measure_columns(data, c(parts$groups, terms), parts$envir, names(terms))
  of_groups <- names(parts$groups)
  places <- prod(vapply(columns[of_groups], `[[`, 0, "size") + 1) * tally_units(data$frame)
  most <- max(floor(log2(2^20 / places)), lengths(numbers))
  batch <- integer(length(numbers))
  in_batch <- character()
  for (k in seq_along(numbers)) {
    both <- union(in_batch, names(numbers[[k]]))
    fits <- k == 1L || length(both) <= most
    batch[k] <- max(batch) + (!fits || k == 1L)
    in_batch <- if (fits) both else names(numbers[[k]])
  }
  tallies <- lapply(split(seq_along(numbers), batch), function(some) {
    measures <- unique(unlist(lapply(numbers[some], names)))
    some_columns <- columns[c(of_groups, measures)]
    tally <- tally_columns(data, some_columns)
    missing <- .Call(C_tally_missing, tally$entries, some_columns)
    list(batch = as.double(batch[some[1L]]), tally = tally, known = !any(missing[length(of_groups) + seq_along(measures)]))
  })
  unname(tallies[batch])
}

# Of a tally too, whose numbers are selected together, and not at all where it has no others.
ready_tallies <- function(tally, parts, numbers, missing) {
  if (length(numbers) < 2L || by_convention(missing, tally, "missing") == "omit") return(NULL)
  terms <- c(parts$groups, unlist(unname(numbers), recursive = FALSE))
  terms <- terms[!duplicated(names(terms))]
  if (setequal(names(terms), names(tally$variables))) terms <- terms[names(tally$variables)]
  tally <- make_tally(tally, terms, parts$envir, setdiff(names(terms), names(parts$groups)))
  columns <- lapply(variable_sizes(tally$variables), function(size) list(size = size))
  if (any(.Call(C_tally_missing, tally$entries, columns)[!names(columns) %in% names(parts$groups)])) return(NULL)
  rep(list(list(batch = 1, tally = tally, known = TRUE)), length(numbers))
}

# ---- columns ---------------------------------------------------------------------------------------------------------

# The columns of a tally's variables and measures. Whether a measure has missing values may be left to the pass: settled().
measure_columns <- function(x, terms, envir, measures) {
  number <- names(terms) %in% measures
  data <- source_ahead(x$data, codes = terms[!number], numbers = Filter(function(term) is_number_in(x$data, term), terms[number]),
                       argument = "formula")
  Map(function(term, name) {
    if (name %in% measures) measure_column(source_number(data, term, envir), name) else {
      code_column(evaluate(term, data, envir, "formula"), name)
    }
  }, terms, names(terms))
}

# Whether a column is read as numbers, as far as is known before it is; expressions read what they name.
is_number_in <- function(data, term) {
  is.name(term) && sum(source_names(data) == as.character(term)) == 1L && is.null(source_about(data, as.character(term))$kind)
}

# The names of those variables of a tally of which it has sums.
measures_of <- function(tally) names(Filter(function(variable) isTRUE(variable$measure), tally$variables))

# Those of a tally that are wanted as numbers have sums, and the others have levels.
check_kinds <- function(variables, measures) {
  for (name in names(variables)) {
    sums <- isTRUE(variables[[name]]$measure)
    if (sums && !name %in% measures) {
      abort("variable", "the tally has sums of ", name, ", which is a number, and no levels of it",
            hint = paste0("weeg_mean(tally, ", name, " ~ group); for its values as levels: weeg_tally(design, ~ ", name, ")"))
    }
    if (!sums && name %in% measures) {
      abort("variable", "the tally has levels of ", name, ", and no sums of its values",
            hint = paste0("Make the tally with it on the left: weeg_tally(design, ", name, " ~ group)"))
    }
  }
}

# A column whose values are summed; that a row has one is its only level. Codes are NULL where all have one. To look for a missing
# value takes about as long as to sum them: where a sample has none, that is left to who sums them.
measure_column <- function(x, name) {
  check_number(x, name)
  values <- if (is.integer(x) && !is_labelled(x)) unclass(x) else as_numbers(x)
  column <- known_column(measure_label(x), name)
  column["codes"] <- list(NULL)
  column[c("values", "unsettled")] <- list(values, TRUE)
  if (.Call(C_seems_missing, values)) settled(list(column))[[1L]] else column
}

# Columns of which it is known whether they have missing values.
settled <- function(columns) {
  lapply(columns, function(column) {
    if (isTRUE(column$unsettled) && anyNA(column$values)) column$codes <- as.raw(!is.na(column$values))
    column$unsettled <- NULL
    column
  })
}

# Without its values, of a tally that has their sums.
known_column <- function(label, name) {
  list(codes = 1L, width = 1L, size = 1L, levels = "known", name = name, label = label, measure = TRUE)
}

is_number <- function(x) {
  if (is_bare(x)) return(is.numeric(x))
  if (inherits(x, "AsIs")) class(x) <- setdiff(class(x), "AsIs")
  is.numeric(unclass(x)) && !is.factor(x) && length(attr(x, "dim", exact = TRUE)) < 2L &&
    !inherits(x, c("Date", "POSIXt", "difftime")) && !inherits(x, "weeg_coded")
}

# Whose values have no labels, which would make them answers.
is_plain_number <- function(x) {
  if (inherits(x, "weeg_coded")) return(isTRUE(x$number) && !isTRUE(x$from_codes))
  is_number(x) && is.null(attr(x, "labels", exact = TRUE))
}

check_number <- function(x, name) {
  if (is_number(x)) return(invisible())
  kind <- if (is.character(x)) "text" else if (is.ordered(x)) "an ordered factor" else paste("a", class(x)[1L])
  abort_no_number(name, kind, is.logical(x))
}

abort_no_number <- function(name, kind, logical = FALSE) {
  abort("variable", "variable `", name, "` is ", kind, ", and sums and means are of numbers",
        hint = paste0("For the shares of its answers: weeg_proportion(data, ~ ", name, "); among the variables of a tally: ~ ",
                      name, " + ...",
                      if (logical) "; for the mean of 0 and 1, as.numeric()"))
}

refuse_infinite <- function(result, measures) {
  if (!inherits(result, "weeg_failure") || result$facts$fault != "infinite" || is.na(result$facts$number)) return(invisible())
  column <- measures[[result$facts$number]]
  row <- result$facts$row
  value <- if (is.null(column$values)) "infinite" else format(column$values[row])
  abort("variable", "variable `", column$name, "` is ", value, " in row ", in_row(row),
        ", and there is no mean of that",
        hint = "Make it NA, or leave such rows out: subset(design, is.finite(...))", where = row)
}

# ---- print -------------------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_mean <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (!is.null(digits)) digits <- check_whole(digits, "digits", 0, 15)
  outcome_lines(x, width, function(rows, info, width) mean_lines(rows, info, digits, width),
                !has_rows(x[["n"]]))
}

mean_lines <- function(rows, info, digits, width) {
  empty <- !has_rows(rows$n)
  groups <- if (length(info$groups) > 0L) grid_labels(rows$groups)
  outcome <- rows$outcome[1L]
  lines <- c(title_lines(info, outcome, width, paste0(number_title(info), if (info$figure != "ratio") " of", " ")),
             source_lines(info, width, n_text(rows$n), if (!all(empty)) df_text(rows$df[!empty], info)))
  shown <- rows[!empty, , drop = FALSE]
  number <- mean_format(shown, digits)
  interval <- add_marks(format_interval(shown$conf.low, shown$conf.high, number, " to "), shown$mark)
  key <- if (is.null(groups)) table_column("", outcome[nrow(shown) > 0L], left = TRUE) else {
    table_column(paste(info$groups, collapse = ", "), groups[!empty], left = TRUE)
  }
  columns <- list(key, table_column(if (is.null(info$per)) info$figure else "rate", number(shown$estimate)),
                  table_column(format_level(info$level), interval),
                  table_column("SE", number(shown$std.error)), table_column("cv %", format_percent(shown$cv, 1L)),
                  table_column("n", format_count(shown$n)))
  c(lines, if (nrow(shown) > 0L) c("", table_lines(columns, width)),
    empty_line(if (any(empty)) (if (is.null(groups)) outcome else groups[empty]), width))
}

# "Mean", or "Rate per 1000:"
number_title <- function(info) {
  if (is.null(info$per)) return(number_words(info)$title)
  paste0("Rate per ", if (info$per == trunc(info$per)) format_count(info$per) else format_general(info$per), ":")
}

number_words <- function(info) {
  switch(info$figure, mean = list(title = "Mean", several = "means"), ratio = list(title = "Ratio", several = "ratios"),
         total = list(title = "Total", several = "totals"))
}

# Numbers with as many decimals as give the smallest standard error two digits; those that would be long, and those without
# standard errors, with five digits.
mean_format <- function(rows, digits) {
  least <- min(rows$std.error[!rows$std.error %in% 0], Inf, na.rm = TRUE)
  if (is.null(digits) && is.finite(least)) digits <- max(1 - floor(log10(least)), 0)
  largest <- max(abs(c(rows$estimate, rows$conf.low, rows$conf.high, 0)), na.rm = TRUE)
  if (is.null(digits) || digits > 15 || largest >= 1e15) return(function(x) format_general(x))
  function(x) if (digits == 0) format_count(x) else format_number(x, as.integer(digits))
}

format_general <- function(x) {
  text <- formatC(x, digits = 5L, format = "g", decimal.mark = getOption("OutDec"))
  text[is.na(x)] <- "-"
  trimws(text)
}
