#' Tests of independence
#'
#' Does the answer depend on the group? Tests for two-way tables that respect the design.
#'
#' @section Methods:
#' Let X2 be Pearson's statistic of the weighted proportions, scaled to the n rows with both variables known; V the
#' design covariance of the cell proportions; D their diagonal; C contrasts of interaction; and Delta =
#' (C'D^-1 C / n)^-1 (C'D^-1 V D^-1 C), whose eigenvalues are generalised design effects.
#' * `"rao-scott-f"`: second-order correction, X2 / tr(Delta) on F(d, d nu), d = tr(Delta)^2 / tr(Delta^2), nu the design
#'   degrees of freedom (Rao and Scott 1984; Thomas and Rao 1987). The default in package survey and in Stata.
#' * `"rao-scott-chisq"`: first-order correction, X2 / mean eigenvalue on chi-squared with (r-1)(c-1) degrees of freedom
#'   (Rao and Scott 1981).
#' * `"rao-scott-deff"`: the same with the design correction of SAS's SURVEYFREQ (its default, CHISQ) for the mean
#'   eigenvalue: \[sum (1-p_rc) d_rc - sum (1-p_r.) d_r. - sum (1-p_.c) d_.c\] / ((r-1)(c-1)), with d the design effects of
#'   cells and margins (Rao and Scott 1984). It is X2 / (k F), F being the statistic that SAS refers to F(k, k nu).
#' * `"wald"`: W / k on F(k, nu), with W the Wald statistic of the k = (r-1)(c-1) residuals of the weighted
#'   counts, T_rc - T_r. T_.c / T (Koch, Freeman and Freeman 1975). Too many rejections when nu is not much larger than k.
#' * `"adjusted-wald"`: W (nu - k + 1) / (k nu) on F(k, nu - k + 1) (Fellegi 1980).
#'
#' @inheritParams weeg_proportion
#' @param method The test; `NULL`: that of the design's [conventions][weeg_conventions], `"rao-scott-f"` unless others were
#'   chosen.
#' @param proportions Where the design effects of the Rao-Scott tests are evaluated: at the `"observed"` proportions, or
#'   at those under independence (`"null"`, as SAS's MODIFIED option). `NULL`: by the conventions, which is `"observed"`.
#' @return A data frame of class `weeg_test` with one row per outcome: `outcome`, `group`, `method`, `statistic`,
#'   `num.df`, `den.df` (`NA` for chi-squared), `p.value`, `chisq` (X2), `deff.mean` (mean eigenvalue of Delta),
#'   `cramers.v` (of the weighted proportions, without bias correction), `n`, `df` (nu) and `reason`, which says why a test
#'   does not exist. Rows and columns of the table without data are left out. nu counts all rows of the domain, also those
#'   with a missing answer.
#' @references Rao and Scott (1981), JASA 76, 221-230; (1984), Annals of Statistics 12, 46-60. Thomas and Rao (1987), JASA
#'   82, 630-636. Fellegi (1980), JASA 75, 261-268.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_test(d, strengths ~ provider)
#' weeg_test(d, strengths + growth + relapse ~ provider, method = "adjusted-wald")
#' @export
weeg_test <- function(data, formula, method = NULL, proportions = NULL, missing = NULL) {
  parts <- parse_formula(formula)
  if (length(parts$groups) == 0L) abort("formula", "a test needs a group: outcome ~ group")
  data <- weeg_design(data)
  method <- one_of(by_convention(method, data, "test"), test_methods, "method")
  proportions <- one_of(by_convention(proportions, data, "proportions"), c("observed", "null"), "proportions")
  tables <- lapply(names(parts$outcomes), function(outcome) prepare_table(data, parts, outcome, missing))
  rows <- Map(function(table, outcome) test_row(table, outcome, names(parts$groups), method, proportions), tables,
              names(parts$outcomes))
  result <- do.call(rbind, unname(rows))
  tally <- tables[[1L]]$tally
  info <- tables_info(tables, parts)
  info$method <- method
  new_result(result, "weeg_test", info, test_conventions(tally, method, proportions))
}

# In the order of weeg_test_method in weeg.h; the last one is weeg_test_deff.
test_methods <- c("rao-scott-f", "rao-scott-chisq", "wald", "adjusted-wald", "rao-scott-deff")

test_conventions <- function(tally, method, proportions) {
  text <- if (startsWith(method, "rao")) paste0(method, " (", proportions, " p)") else method
  c(test = text, design_conventions(tally))
}

test_row <- function(table, outcome, groups, method, proportions) {
  places <- table$places
  found <- checked_estimate(.Call(
    C_test, table$tally, places$group, places$groups, places$level, places$levels,
    match(method, test_methods) - 1L, proportions == "null"
  ), table$tally)
  list_frame(list(
    outcome = outcome, group = paste(groups, collapse = " + "), method = method, statistic = found$statistic,
    num.df = found$df1, den.df = found$df2, p.value = found$p.value, chisq = found$chisq, deff.mean = found$deff.mean,
    cramers.v = found$cramers.v, n = found$n, df = found$df, reason = found$reason
  ))
}
