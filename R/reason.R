# Reasons: why a number does not exist, or calls for care. Results have the words, which nothing compares: code asks for the
# code, reason_is(). The words stand once: those of the core in status.c and reliability.c, the others here.

own_reasons <- c(
  "protected-error" = "standard error not shown, to protect small groups",
  "no-respondents" = "no respondents",
  "unseen-area" = "no respondents: the figure of all areas",
  "no-weights" = "no rows of non-zero weight",
  "ratio" = "a ratio of weights has no sum and no design effect",
  "bound" = "the claim is a bound",
  "unknown-base" = "no number of respondents",
  "unknown-bases" = "neither figure has a number of respondents",
  "several-answers" = "a multiple-response question: how many gave both is not known"
)

# Why to read with care a figure that has limits.
cautions <- c("one-psu", "few-effective-df", "few-answers", "open-limit", "same-limits")

all_reasons <- function() c(.Call(C_reasons), own_reasons)

reason_words <- function(code) all_reasons()[[code]]

# Columns that JSON has beside reasons: a group of such a name gets another one everywhere.
json_codes <- c("reason.code", "reliability.code")

# The code of each reason. What is said behind the words, such as names of groups, stands after a full stop.
reason_codes <- function(reason) {
  reason <- as.character(reason)
  known <- all_reasons()
  at <- match(reason, known)
  more <- is.na(at) & !is.na(reason)
  at[more] <- match(sub("[.] .*", "", reason[more]), known)
  replace(names(known)[at], is.na(at) & !is.na(reason), "other")
}

# Whether each reason is one of these; where there is none, it is not.
reason_is <- function(reason, codes) {
  if (all(is.na(reason))) return(logical(length(reason)))
  unknown <- setdiff(codes, names(all_reasons()))
  if (length(unknown) > 0L) stop("there is no reason ", unknown[1L])
  reason_codes(reason) %in% codes
}

#' Reasons by code
#'
#' Where an estimate, interval or test does not exist, or is not shown, the column `reason` of a result says why, in words that
#' may change; under the conventions of this package also why a figure with an interval calls for care ([weeg_conventions]).
#' `reliability.reason` names a rule of [weeg_reliability]. `weeg_reason_code()` gives the code of each, for a program to compare.
#' JSON of the shell's program has these codes as `reason.code` and `reliability.code`.
#'
#' The codes, and their words:
#'
#' `r reason_table()`
#'
#' @param x A result, a data frame with a column `reason` such as `tidy()` gives, or such a column, also `reliability.reason`.
#' @return A character vector, one per row: the code, `NA` where there is no reason, and `"other"` for words that are none of
#'   these, such as the strata named by [weeg_sensitivity()].
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' x <- weeg_compare(d, strengths ~ gemeente, pairs = list(c("Alkmaar", "Almelo")))
#' table(weeg_reason_code(x), useNA = "ifany")
#' @export
weeg_reason_code <- function(x) {
  need_given(x)
  if (inherits(x, "weeg_crosstab")) x <- tidy(x)
  reason <- if (is.data.frame(x)) as.list(x)[["reason"]] else x
  if (is.factor(reason)) reason <- levels(reason)[as.integer(reason)] # NULL, or NA, of a broken one
  if (is.logical(reason) && all(is.na(reason))) reason <- as.character(reason)
  if (!is.character(reason)) abort("argument", "`x` must be a result with a column `reason`, or that column")
  reason_codes(bare(reason))
}

# For the help page.
reason_table <- function() {
  known <- all_reasons()
  paste0("\\tabular{ll}{\n", paste0("`", names(known), "` \\tab ", known, collapse = " \\cr\n"), "\n}")
}
