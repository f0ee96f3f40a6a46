#' Is a proportion or a count fit to be published?
#'
#' Every table of proportions or counts has a column `reliability` with the verdict of the presentation standards of the US
#' National Center for Health Statistics (NCHS) on the estimate: `"show"`, `"review"` (by a statistician, before
#' publication) or `"suppress"`; and a column `reliability.reason`. Nothing is suppressed: the standards are advice.
#' Figures to review or to suppress are flagged in print.
#'
#' The first rule that applies decides. ne is the effective sample size p(1-p)/v, at most the number of rows
#' n (n itself where p is 0 or 1); the width is that of the 95% interval of Korn and Graubard with ne capped at n
#' (`interval = "beta-nchs"`), whatever interval and level the table shows:
#' 1. ne below 30: suppress.
#' 2. Width of 0.30 or more: suppress.
#' 3. Width above 0.05 and above 1.30 p: suppress. (So is an estimate of 0 with an interval wider than 0.05.)
#' 4. Fewer than 8 design degrees of freedom: review.
#' 5. An estimate of 0 or 1: review.
#' 6. Otherwise: show; the reason notes where the width is above 0.05 and above 1.30 (1-p), so that the complement would be
#'    suppressed.
#'
#' Counts ([weeg_total()] of answers) have verdicts by the standards of 2023 for counts and rates. The width is that of
#' the 95% interval of the logarithm, estimate exp(-t cv) to estimate exp(t cv) with the t of the design's degrees of freedom,
#' relative to the estimate:
#' 1. Fewer than 10 observations: suppress.
#' 2. Width above 1.60 of the estimate: suppress. So is an estimate without an interval, or one that is not above 0.
#' 3. Fewer than 8 design degrees of freedom: review.
#' 4. Otherwise: show.
#'
#' The standards also ask for an effective number of 10 "when applicable", which is not looked at here. NCHS's package
#' surveytable takes Kish's, of the weights of the rows counted (a tally does not have their squares), and t with that number less
#' 1 degrees of freedom: where weights differ much, it suppresses counts of few observations that are shown here.
#'
#' Verdicts are those of PSUs minus strata, not of effective degrees of freedom, under all conventions.
#'
#' An estimate without an interval is to be suppressed; without an estimate there is no verdict (`NA`).
#'
#' @references Parker, Talih, Malec and others (2017), National Center for Health Statistics Data Presentation Standards for
#'   Proportions. Vital and Health Statistics 2(175). Parker, Talih, Irimata and others (2023), National Center for Health
#'   Statistics Data Presentation Standards for Rates and Counts. Vital and Health Statistics 2(200).
#' @name weeg_reliability
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' p <- weeg_proportion(subset(d, leeftijd < 25), strengths ~ provider)
#' table(p$reliability, p$reliability.reason)
NULL

# By which reports can judge their percentages. The last judges none.
report_rules <- c("nchs", "cv", "base", "none")

# Rows of proportions with the verdicts of a rule on what they show: of a figure that is not shown there is none.
judged_by <- function(rows, rule) {
  if (rule == "nchs" || is.null(rows[["reliability"]])) return(rows)
  verdict <- function(suppress, review) ifelse(suppress, "suppress", ifelse(review, "review", "show"))
  cv <- round(100 * rows$std.error / rows$estimate, 1L)
  found <- switch(rule, cv = verdict(rows$n < 10 | cv > 33.3, cv > 16.5), base = verdict(rows$n.base < 30, rows$n.base < 50),
                  none = NA)
  rows$reliability <- ifelse(is.na(rows$estimate), NA_character_, as.character(found))
  rows$reliability.reason <- NA_character_
  rows
}

# Signs beside figures that should not just be shown, and what they mean.
reliability_signs <- function() c(review = utf8("\u2020", "*"), suppress = utf8("\u2021", "**"))

reliability_marks <- function(reliability) {
  marks <- unname(reliability_signs()[reliability])
  marks[is.na(marks)] <- ""
  marks
}

reliability_lines <- function(reliability, width) {
  signs <- reliability_signs()
  meaning <- c(review = "NCHS presentation standards: to be reviewed before publication",
               suppress = "NCHS presentation standards: too imprecise to publish")
  used <- names(signs)[names(signs) %in% reliability]
  unlist(lapply(used, function(verdict) hang(signs[[verdict]], meaning[[verdict]], width)))
}
