#' Small counts of one table
#'
#' With `threshold = 10`, a table shows no count of fewer than 10 respondents, nor anything that would reveal one *in this
#' table*: the same figures as `--threshold 10` of the program, and as the page with its protection on. It is for
#' [weeg_proportion()], [weeg_crosstab()], [weeg_multiple()], [weeg_compare()], [weeg_mean()] and [weeg_quantile()]. Tables
#' that are published together reveal more than each of them: a release of several tables is protected by [weeg_protect()],
#' which hides other figures, and more.
#'
#' @section What is not shown:
#' * Groups of fewer respondents, with their sizes, and others with them where these alone would be one group. Respondents
#'   without a group are treated as one more group: the total minus all groups would reveal them.
#' * In any group that has a small count of an answer, 0 included, all counts of these answers, and of others where they alone
#'   would follow from the size of the group; in further groups, where they would follow from all groups together.
#' * With a count, its percentage, standard error, interval and all else that is of its cell. With any count, test, effect
#'   size, residuals, and how many rows are left out. A comparison of which one side is hidden; with the rest or all groups
#'   together, where any group is.
#'
#' Such figures are `NA`, with a `reason`. Other figures of the table have nine digits. P-values of comparisons are adjusted
#' for all of them, also those that are not shown.
#'
#' @section What is promised:
#' Within one table, whoever is in a group may have given any other of the answers that are hidden there, and everything that
#' is shown stays as it is, to the last digit, whatever is known of weights and sampling units. So a hidden count may be 0, and
#' as many as the hidden answers of its group have together, which is the threshold or more. Of means and quantiles the sizes
#' of groups are protected; that one respondent may make most of a sum is not looked at.
#'
#' It does not cover several tables by different groups, questions or domains of the same respondents, nor outside knowledge.
#' So what depends on answers in other ways is refused: `covariance`, `adjust_for`, `contrasts`, nets beside their answers
#' (make the net the outcome), items of which the base is who names any, and calibrated weights.
#'
#' @references Cox (1980), JASA 75, 377-385.
#' @seealso [weeg_protect()] for releases; [weeg_protect_tally()] for tallies that are sent.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_crosstab(d, vertrouwen ~ arbeidssituatie, threshold = 10)
#' weeg_mean(d, leeftijd ~ gemeente, threshold = 30)
#' @name weeg_threshold
NULL

# What is hidden, the core says: weeg_suppress() in weeg.h.

# What `threshold` cannot be beside: by name whether it is asked for.
check_threshold <- function(threshold, data, ...) {
  if (is.null(threshold)) return(NULL)
  threshold <- check_whole(threshold, "threshold", 2, 1e6)
  asked <- c(...)
  if (any(asked)) {
    abort("unsupported", "tables with `threshold` are without ", names(asked)[asked][1L],
          hint = if ("nets" %in% names(asked)[asked]) {
            "Make the net the outcome: I(answer %in% c(\"agree\", \"strongly agree\")) ~ group"
          })
  }
  if (is_imputed(data)) {
    abort("unsupported", "`threshold` counts respondents, and tables of completed data sets have none", hint = one_imputed_hint)
  }
  if (!is.null(data$calibration)) {
    abort("unsupported", "`threshold` protects tables whose weights do not depend on answers, and these are calibrated",
          hint = "Give the design before calibration; for a release of tables there is weeg_protect()")
  }
  threshold
}

# What is shown of a table: see glue_shown_list(). NULL: everything. sizes: of how many are in each group.
shown_cells <- function(table, threshold, sizes = FALSE) {
  if (is.null(threshold)) return(NULL)
  checked(.Call(C_suppress, table$tally, table$places, sizes, as.double(threshold)))
}

# Groups with rows, and those of which it is not told that they have none. found: of shown_cells().
seem_to_have_data <- function(table, found) {
  has_data <- group_counts(table) > 0
  if (is.null(found)) has_data else has_data | !found$told
}

# Rows of a result with what is shown of each (0: all, 1: its base, 2: nothing); other numbers to 9 digits, as last bits tell.
protect_rows <- function(rows, found, shown = found$row) {
  if (is.null(found)) return(rows)
  if (!is.null(rows[["df"]])) rows$df[reason_is(rows$reason, "empty")] <- NA_real_
  base <- rows[["n.base"]]
  rows <- blank(rows, shown > 0L)
  if (!is.null(base)) rows$n.base[shown == 1L] <- base[shown == 1L]
  if (found$any) shown_digits(rows) else rows
}

shown_digits <- function(rows) {
  numbers <- setdiff(names(rows)[vapply(rows, is.double, NA)], "prob")
  rows[numbers] <- lapply(rows[numbers], function(x) .Call(C_shown_numbers, x))
  rows
}

# p-values adjusted for all, also those that are not shown: as adjust_rows().
adjust_protected <- function(rows, hidden, adjust) {
  rownames(rows) <- NULL
  rows[c("same", "share")] <- NULL
  rows <- shown_digits(blank(rows, hidden))
  counted <- vapply(unique(rows$measure), function(m) {
    family <- rows$measure == m
    by <- match(adjust, adjustments) - 1L
    rows$p.adjusted[family] <<- checked(.Call(C_adjust_shown, rows$p.value[family], as.integer(hidden[family]), by))
    as.double(sum(family))
  }, 0)
  list(rows = rows, counted = counted)
}

# Of comparisons, each measure of each pair of sets, with the same answers, whether one of the sides is hidden. Sets are of a
# group each, or those behind the first sets$groups of several together; a figure from elsewhere is shown.
hidden_pairs <- function(found, sets, measures, answer) {
  several <- seq_along(sets$member) > c(sets$groups, length(sets$member))[1L]
  group <- rep(nrow(found$side), length(sets$member))
  group[!several] <- unlist(sets$member[!several])
  pair <- rep(rep(seq_along(sets$first), measures), each = length(answer) / (length(sets$first) * measures))
  side <- function(sets) found$side[cbind(group[sets[pair]], answer)]
  if (is.null(sets$external)) side(sets$first) | side(sets$second) else side(sets$first)
}

threshold_convention <- function(threshold) {
  if (!is.null(threshold)) c(counts = paste("below", format_count(threshold), "not shown"))
}
