#' Cross-tabulate
#'
#' A complete weighted cross-tabulation: counts; row, column and total percentages, each with standard errors and
#' confidence intervals; a design-based test, an effect size and residuals.
#'
#' @inheritParams weeg_proportion
#' @param formula `outcome ~ group`: the groups are the rows, the answers the columns. With several groups, the rows are
#'   their combinations.
#' @param percent Which percentages `print()`, `plot()` and `tidy()` show: within the `"row"` (the group, the default),
#'   the `"column"` (the answer) or the `"total"`.
#' @param method,proportions The test and its evaluation, as in [weeg_test()].
#' @param answers Nets of answers ([weeg_nets]), such as `list("top 2" = c("agree", "strongly agree"))`, which stand behind the
#'   answers. Sums, test, residuals and plot are those of the answers. `NULL`: none.
#' @return An object of class `weeg_crosstab`, a list of
#'   * `counts`, `weighted`: matrices (groups x answers) of rows and of sums of weights;
#'   * `row`, `column`, `total`: data frames as [weeg_proportion()] gives them, one row per cell, group by group;
#'   * `margin`: the proportions of the answers over all groups together, the last row of the print;
#'   * `test`: as [weeg_test()] gives it, with Cramer's V;
#'   * `residuals`: a matrix of p_rc - p_r. p_.c divided by its design-based standard error, the adjusted residuals of
#'     Haberman (1973) with the Taylor variance; cells beyond about 2 drive the association; `NA` for a group or answer
#'     in one PSU (see [weeg_test()]);
#'   * `residual.p`: a matrix of their two-sided p-values, from the t distribution with the design degrees of freedom,
#'     adjusted for the number of cells (Holm 1979), where residuals that are each other's negatives,
#'     of two rows or two columns, count once. `print()` names the cells below 1 - `level`;
#'   * `nets`, where `answers` asks for them: a list of the rows that `row`, `column`, `total` and `margin` would have of nets;
#'   * `missing`: rows of the domain that are left out because the group or the answer is missing.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' x <- weeg_crosstab(d, strengths ~ provider)
#' x
#' x$residuals
#' weeg_crosstab(d, strengths ~ provider, answers = list("top 2" = c("grotendeels", "helemaal")))
#' tidy(x)
#' glance(x)
#' @export
weeg_crosstab <- function(data, formula, percent = "row", interval = NULL, method = NULL, proportions = NULL,
                          answers = NULL, threshold = NULL, level = 0.95, missing = NULL) {
  if (is_imputed(data)) check_threshold(threshold, data)
  if (is_imputed(data)) {
    fits <- over_sets(data$designs, function(data) {
      weeg_crosstab(data, formula, percent, interval, NULL, proportions, answers, NULL, level, missing)
    })
    return(pooled_crosstab(data, formula, method, missing, fits))
  }
  need_given(data)
  parts <- parse_table(formula, data)
  data <- weeg_design(data)
  percent <- one_of(percent, percent_choices, "percent")
  usual <- is.null(interval)
  interval <- one_of(usual_interval(interval, data), interval_methods, "interval")
  level <- check_level(level)
  method <- test_done(one_of(by_convention(method, data, "test"), test_methods, "method"), data)
  proportions <- one_of(by_convention(proportions, data, "proportions"), proportion_choices, "proportions")
  outcome <- names(parts$outcomes)
  nets <- asked_nets(answers)
  threshold <- check_threshold(threshold, data, "nets" = length(nets) > 0L)
  table <- prepare_table(data, parts, outcome, missing)
  places <- table$places
  found <- shown_cells(table, threshold)
  labels <- list(grid_labels(table$grid), table$tally$variables[[outcome]]$levels)
  named <- base_names(table, outcome)
  cells <- lapply(c(row = "row", column = "column", total = "total"), function(base) {
    rows <- protect_rows(base_table(table, outcome, base, interval, level, named), found, found[[base]])
    flat_rows(rows, c("residual", "residual.p", json_codes))
  })
  as_matrix <- function(x) matrix(x, places$groups, places$levels, byrow = TRUE, dimnames = labels)
  counts <- as_matrix(cells$row$n)
  info <- table_info(table$tally, outcome, names(parts$groups))
  info[c("level", "interval", "usual_interval", "percent")] <- list(level, interval, usual, percent)
  info$columns <- stats::setNames(names(cells$row)[seq_along(info$groups)], info$groups)
  residuals <- checked_estimate(.Call(C_residuals, table$tally, places), table$tally)
  tested <- test_row(table, outcome, names(parts$groups), method, proportions)
  if (isTRUE(found$any)) { # they are of all cells together
    residuals[] <- lapply(residuals, replace, TRUE, NA_real_)
    tested <- blank(tested, rep(TRUE, nrow(tested)))
  }
  conventions <- test_conventions(table$tally, tested$method, proportions)
  made <- list(
    counts = counts, weighted = as_matrix(cells$row$n.weighted), row = cells$row, column = cells$column,
    total = cells$total, margin = flat_rows(protect_rows(margin_rows(table, outcome, interval, level), found, found$margin)),
    test = new_result(tested, "weeg_test", info, conventions),
    residuals = as_matrix(residuals$z), residual.p = as_matrix(residuals$p.adjusted),
    missing = if (is.null(found)) sum(table$tally$entries$n) - sum(counts) else NA_real_
  )
  if (length(nets) > 0L) {
    made$nets <- crosstab_nets(table$tally, parts, outcome, nets, interval, level)
    info$nets <- nets
  }
  info$threshold <- threshold
  seal_result(structure(
    made, class = "weeg_crosstab", info = info,
    conventions = c(interval = interval_text(interval, level), threshold_convention(threshold), conventions)
  ))
}

# What cells are for answers, for nets: rows group by group, and the nets of all groups together.
crosstab_nets <- function(tally, parts, outcome, nets, interval, level) {
  levels <- tally$variables[[outcome]]$levels
  parts[c("groups", "outcomes")] <- lapply(parts[c("groups", "outcomes")], by_name)
  each <- lapply(names(nets), function(name) {
    check_net(nets[[name]], name, levels, outcome)
    parts$net <- list(name = name, levels = nets[[name]])
    table <- prepare_table(tally, parts, outcome, "domain")
    rows <- lapply(stats::setNames(nm = percent_choices), function(base) base_table(table, outcome, base, interval, level))
    rows$margin <- margin_rows(table, outcome, interval, level)
    lapply(rows, rows_of_answers, name, outcome)
  })
  lapply(stats::setNames(nm = c(percent_choices, "margin")), function(base) {
    tables <- lapply(each, `[[`, base)
    flat_rows(rows_by_block(tables, nrow(tables[[1L]]), names(nets)), c("residual", "residual.p", json_codes))
  })
}

# Proportions of the answers of all groups together.
margin_rows <- function(table, outcome, interval, level) {
  places <- table$places
  places$level[places$group < 0L] <- -1L
  places$group <- ifelse(places$group < 0L, -1L, 0L)
  places$groups <- 1L
  proportion_rows(table$tally, places, NULL, outcome, interval, level)
}

# Proportions of the cells of a table by row, column or total, group by group; named: what base_names() gives, which is the same
# for all of these.
base_table <- function(table, outcome, base, interval, level, named = base_names(table, outcome)) {
  places <- table$places
  groups <- places$groups
  levels <- places$levels
  by <- places
  if (base == "column") by[] <- list(places$level, levels, places$group, groups)
  if (base == "total") {
    known <- places$group >= 0L & places$level >= 0L
    by[] <- list(integer(length(known)), 1L, ifelse(known, places$group * levels + places$level, -1L), groups * levels)
  }
  found <- checked_estimate(.Call(C_proportions, table$tally, by, match(interval, interval_methods) - 1L, level), table$tally)
  if (base == "column") { # C gives the answers one after the other
    from <- rep(seq.int(0L, by = groups, length.out = levels), groups) + rep(seq_len(groups), each = levels)
    found <- lapply(found, `[`, from)
  }
  list_frame(c(named, found))
}

# The columns that say what the cells of a table are.
base_names <- function(table, outcome) {
  groups <- table$places$groups
  levels <- table$places$levels
  list(groups = group_rows(table$grid, rep(seq_len(groups), each = levels)), outcome = rep(outcome, groups * levels),
       level = level_factor(table$tally, outcome, rep(seq_len(levels), groups)))
}
