#' Conventions of other software
#'
#' Programs for survey data differ in details: how degrees of freedom are counted, which interval and test are the
#' default, what a stratum with a single PSU contributes to the variance, and how missing answers are treated. A profile
#' sets all of these together, so that a table can be compared with one made elsewhere:
#' `weeg_design(..., conventions = "sas")`. Arguments that are given explicitly always win. Each result prints its
#' conventions.
#'
#' `weeg_design(x, conventions = "stata")` also changes the conventions of an existing design or tally; a `lonely` rule
#' and a `df` that were given explicitly are kept.
#'
#' @section The profiles:
#' `r profile_table()`
#'
#' * **weeg**, the default, is the one whose intervals, comparisons and tests hold their level in samples of few PSUs, too: they
#'   refer an estimate to its own distribution; see the next section. Designs converted from package survey keep `"survey"`.
#' * **nchs** is that of survey except for the interval: Korn and Graubard's with the effective sample size capped at n, which
#'   of the intervals by PSUs minus strata came closest to its nominal level (`vignette("accuracy")`).
#' * **Degrees of freedom**, PSUs minus strata: among rows of non-zero weight in the `domain`; of all sampled PSUs in the
#'   `strata` that have such rows; or of the whole `design`, whatever the domain. `effective`: see the next section. `df` of
#'   [weeg_design()] gives them in place of all of these.
#' * **Effective sample size** of Korn and Graubard's interval: capped at n by `"beta-nchs"`, not by `"beta"`.
#' * **Stata** gives missing standard errors where a stratum has one PSU; `"fail"` is an error that names it.
#' * **Missing values**: see [weeg_missing].
#'
#' @section Few PSUs:
#' A standard error from few PSUs varies itself, the more so the less alike they are in size. Student's t with PSUs minus strata
#' degrees of freedom takes them to be alike, and so 95 % intervals of proportions cover less than 90 % in some
#' designs, those of differences less than 80 %. Under the conventions `"weeg"`
#'
#' * estimates and standard errors are the same;
#' * the quantile of an interval is that of estimate / standard error in a working model of the PSUs: rows of one PSU are alike
#'   with an intracluster correlation of 0.05, the variance of a stratum is between the model's share and the one observed, and
#'   each PSU draws the estimated mean towards itself by its share of the weight. Results hardly depend on the 0.05. The
#'   column `df` has the degrees of freedom at which Student's t has that quantile: the *effective* ones, which differ between
#'   rows of one table and are `Inf` where the quantile is no larger than that of the normal distribution;
#' * intervals of proportions are Korn and Graubard's. Where fewer than eight answers are expected among the effective rows,
#'   their variance is not taken to be smaller than that of the model;
#' * intervals of differences are on the scale of Fisher's z; those of risk ratios and odds ratios on that of the logarithm, on
#'   which each side is widened as much as the 95 % intervals of the two proportions (Korn and Graubard's) are wider
#'   there than by the delta method: variance estimates recovery, Donner and Zou (2012). The column `std.error` is the
#'   design-based one. p-values of comparisons agree with these intervals;
#' * the test, of independence and of goodness of fit, is `"rao-scott-exact"`, of a margin of more than 16 levels
#'   `"rao-scott-effective"`: see [weeg_test()]. A test of trend has a law of this kind too.
#'
#' Means and ratios of numbers have the quantile of this law too, as the standard deviation of the values cancels from it; and so
#' have differences, ratios and contrasts of means.
#'
#' With many PSUs of about the same size all of these become the usual ones. Standardised proportions have this law on the logit
#' scale, coefficients of logistic models on that of log odds, effect sizes on that of Fisher's z. Degrees of freedom are those of
#' the `domain`, as the line of the conventions says, and intervals of proportions `"beta-nchs"`,
#'
#' * where they are given (`df` of [weeg_design()]): these then;
#' * without clusters, under replicate weights and with `pps`, and where one PSU has all rows of a group;
#' * for rank tests, tests given a third variable, tests of more than two means, Wald tests of several coefficients, models of
#'   more than 16, effect sizes of tables of more than 15 groups, log-linear models, adjusted figures, decompositions and
#'   shares of responses, for which the law is not made;
#' * for totals, of which most of the variance is that of the size of PSUs, not of their answers.
#'
#' The law allows for what a rule for single-PSU strata adds to the standard error or leaves out of it: the larger standard error
#' of `lonely = "average"` goes with more effective degrees of freedom, and the interval is about that of `"adjust"`.
#'
#' The derivation, and a simulation of coverage, size and power: `vignette("few-psus")`.
#'
#' Some figures still call for care. Then `reason` says why, in print as a footnote, by the first of these that holds:
#'
#' * `one-psu`: more than half of the variance is that of one PSU;
#' * `few-effective-df`: fewer than 4 effective degrees of freedom, where the quantile of a 95 % interval is more than 1.4
#'   times that of many PSUs;
#' * `few-answers`, of proportions: fewer than 5 effective rows with the answer, or without it (n effective, at most n, times the
#'   smaller of p and 1 - p).
#'
#' Verdicts of [weeg_reliability] are by PSUs minus strata as ever. So are intervals beside counts that [weeg_protect()] hides,
#' because effective degrees of freedom depend on the answers; in multistage samples there are none.
#'
#' @section Sources:
#' * Few PSUs: Satterthwaite (1946), Biometrics Bulletin 2, 110-114; Bell and McCaffrey (2002), Survey Methodology 28, 169-181;
#'   Hansen (2021), "The exact distribution of the White t-ratio"; Craig (1991), Proceedings of MILCOM, for the integral.
#' * survey: source of `degf()`, `svyciprop()`, `svychisq()`, `svymean()` in version 4.5.
#' * SAS: SAS/STAT User's Guide, The SURVEYFREQ Procedure, sections Degrees of Freedom (clusters minus strata of the
#'   observations of the table, without those with missing values; NOMCAR counts them), Missing Values, Confidence Limits
#'   for Proportions (Wald by default), Rao-Scott Chi-Square Test (first order by default) and Design Effect. Zero for a
#'   stratum with one PSU: The SURVEYREG Procedure, Stratum Collapse, under NOCOLLAPSE; SURVEYFREQ does not collapse.
#' * Stata: FAQ "Missing standard error because of stratum with single sampling unit" (missing by default; the example
#'   drops PSUs whose rows are all missing); output of `svy, subpop(): proportion`, which counts all PSUs of the strata
#'   with subpopulation members ("strata omitted because they contain no subpopulation members") and heads its intervals
#'   "Logit"; `svy: tabulate twoway` for the second-order test.
#' * SUDAAN: SAS Usage Note 22961 (missing answers count in the variance, degrees of freedom of the whole design); NHANES
#'   web tutorials of the NCHS. Its manual was not at hand: interval and test are those attributed to it in the
#'   literature, and for a stratum with a single PSU the profile requires you to choose a rule.
#' * NCHS: Parker and others (2017), Vital and Health Statistics 2(175), for the interval; NHANES web tutorial
#'   "Degrees of Freedom" (PSUs and strata of the subgroup).
#'
#' @return A data frame with one row per profile: `profile`, `program`, `df`, `lonely`, `interval`, `test`, `proportions`
#'   and `missing`.
#' @seealso [weeg_design()], [weeg_missing]
#' @examples
#' weeg_conventions()
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_test(weeg_design(d, conventions = "sas"), strengths ~ provider)
#' @export
weeg_conventions <- function() profiles

# The words by which people choose, in the order of the core's enums, and the table of conventions stand in
# src/core/base/conventions.c, for every front end. They become objects of the package when it is loaded, with the names that
# src/r/conventions.c gives them.
take_conventions <- function(into) {
  found <- .Call(C_conventions)
  names(found$df_texts) <- found$df_rules
  names(found$missing_texts) <- found$missing_choices
  found$replicate_names <- stats::setNames(c(found$replicate_names, found$made_names), c(found$replicate_types, found$made_types))
  names(found$measure_words) <- names(found$measure_headers) <- c(found$compare_measures, "contrast", found$mean_measures)
  found$method_titles <- stats::setNames(c(found$test_titles, found$order_titles, "Wald"),
                                         c(found$test_methods, found$order_tests, mean_tests))
  found$profiles <- as.data.frame(found$profiles)
  # by name: a row of a data frame takes long to find, and every result asks several times
  found$profile_settings <- lapply(split(found$profiles, found$profiles$profile), as.list)
  # by weeg_rank_score
  found$rank_scores <- stats::setNames(c(0L, 0L, 1L, 2L), setdiff(found$order_tests, "trend"))
  for (name in names(found)) assign(name, found[[name]], into)
}

# For help pages, which take their defaults from here: `r usual("interval")` in a comment of roxygen's.
usual <- function(setting) paste0("`\"", profile_settings$weeg[[setting]], "\"`")

profile_table <- function() {
  quoted <- function(x) paste0("`\"", x, "\"`")
  rows <- list(
    "program" = c("this package", "R package survey 4.5", "PROC SURVEYFREQ", "`svy:`", "PROC CROSSTAB",
                  "NCHS reports"),
    "degrees of freedom" = profiles$df, "stratum with one PSU" = quoted(profiles$lonely), "interval" = quoted(profiles$interval),
    "test" = quoted(profiles$test),
    "design effects of the test at" = ifelse(profiles$test == "wald", "-", paste(profiles$proportions, "p")),
    "missing values" = quoted(profiles$missing)
  )
  lines <- c(paste(c("", quoted(profiles$profile)), collapse = " \\tab "),
             vapply(names(rows), function(name) paste(c(name, rows[[name]]), collapse = " \\tab "), ""))
  paste0("\\tabular{lllllll}{\n", paste(lines, collapse = " \\cr\n"), "\n}")
}

# The profile of a design or tally, as a list.
profile_of <- function(x) {
  name <- x$frame$conventions
  profile_settings[[if (is.null(name)) "survey" else name]]
}

# What an argument is where it is not given: by the conventions of the design or tally x.
by_convention <- function(value, x, setting) if (is.null(value)) profile_of(x)[[setting]] else value

# Whether a design or tally has what the law of few PSUs needs.
has_law <- function(x) !x$frame$element && is.null(x$replicates) && is.null(x$frame$given_df) && is.null(x$frame$pps)

# Whether its figures refer to that law, those that can.
is_effective <- function(x) profile_of(x)$df == "effective" && has_law(x)

# Only effective degrees of freedom do without the cap of the effective sample size. few: of what refers to the law of few PSUs.
usual_interval <- function(interval, x, few = TRUE) {
  effective <- profile_of(x)$df == "effective"
  if (is.null(interval) && effective && !(few && has_law(x))) "beta-nchs" else by_convention(interval, x, "interval")
}

# Gives a design or tally other conventions. lonely: the rule that was asked for, NULL for the profile's.
set_conventions <- function(x, conventions, lonely = NULL) {
  conventions <- one_of(conventions, profiles$profile, "conventions")
  x$frame$conventions <- conventions
  profile <- profile_of(x)
  x$frame$df <- profile$df
  x$frame$lonely <- if (is.null(lonely)) profile$lonely else lonely
  x$frame$lonely_asked <- !is.null(lonely)
  x
}

# Those of an existing design or tally; what is NULL stays.
change_rules <- function(x, conventions, df) {
  df <- check_df(df)
  if (is.null(conventions) && is.null(df)) return(x)
  # a frame that does not say so was taken over from elsewhere, with its rule
  if (!is.null(conventions)) x <- set_conventions(x, conventions, if (!isFALSE(x$frame$lonely_asked)) x$frame$lonely)
  if (!is.null(df) && is.null(x$replicates)) x$frame$given_df <- df
  if (!is.null(df) && !is.null(x$replicates)) x$replicates$df <- df
  seal(x)
}
