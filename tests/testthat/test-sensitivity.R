# One estimate under every rule for single-PSU strata.
#
# Reference: survey 4.5 under the same options. Tolerance: relative error 1e-9 (1e-6 of the estimate is a floor: rounding of
# a true 0).

# Eight PSUs in three strata; the last stratum has one, and of the second the group b has one.
lonely_data <- function() {
  d <- data.frame(stratum = rep(c("s1", "s2", "s3"), c(9, 9, 3)), psu = rep(1:7, each = 3), w = c(1:10, 12, 7:3, 9, 2, 8, 5, 6))
  d$y <- factor(c("no", "yes")[1 + (seq_len(21) * 5 %% 7 %% 3 + d$psu * seq_len(21)) %% 2])
  d$g <- factor(ifelse(d$stratum == "s2" & d$psu > 4, "a", c("a", "b")[1 + seq_len(21) %% 2]))
  d
}

test_that("each rule gives survey's standard errors", {
  needs_survey()
  data <- lonely_data()
  s <- survey::svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = data)
  d <- weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu)
  x <- weeg_sensitivity(d, y ~ g)
  expect_identical(levels(x$lonely), c("fail", "remove", "certainty", "adjust", "average", "adjust, domains", "average, domains"))
  expect_identical(nrow(x), 28L)
  expect_true(all(x$lonely[1:7] == levels(x$lonely)) && length(unique(x$estimate[1:7])) == 1L)
  before <- options(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE, survey.use_rcpp = FALSE)
  on.exit(options(before))
  seen <- character()
  for (rule in levels(x$lonely)[-1L]) {
    options(survey.lonely.psu = sub(",.*", "", rule), survey.adjust.domain.lonely = grepl("domains", rule))
    for (g in levels(data$g)) {
      want <- suppressWarnings(survey::SE(survey::svymean(~y, s[which(data$g == g), ])))
      got <- x[x$lonely == rule & x$g == g, ]
      expect_lt(max(relative_error(got$std.error, want, 1e-6 * got$estimate)), 1e-9, label = paste(rule, g))
    }
    seen <- c(seen, format(x$std.error[x$lonely == rule & x$g == "b"][1L], digits = 10L))
  }
  expect_identical(length(unique(seen)), 5L) # all differ but "remove" and "certainty"
})

test_that("\"fail\" says which stratum, and leaves the estimate", {
  d <- weeg_design(lonely_data(), weights = ~w, strata = ~stratum, cluster = ~psu, lonely = "average")
  for (verb in list(weeg_proportion, weeg_total, weeg_test, weeg_compare)) {
    x <- weeg_sensitivity(d, if (identical(verb, weeg_total)) ~ y + g else y ~ g, verb = verb)
    failed <- as.data.frame(x)[x$lonely == "fail", ]
    expect_match(failed$reason, "^stratum s3 has only one PSU$")
    expect_true(all(is.na(unlist(failed[intersect(c("std.error", "conf.low", "p.value", "statistic"), names(failed))]))))
    expect_false(anyNA(failed$estimate))
    expect_true(all(weeg_reason_code(x$reason[x$lonely != "fail"]) %in% c(NA, "one-psu", "few-effective-df", "few-answers")))
    shown <- format(x, width = 78L)
    expect_true(all(nchar(shown) <= 78L))
    expect_match(paste(shown, collapse = "\n"), "Rules for single-PSU strata: .*a  stratum s3 has only one PSU")
    expect_false(grepl("lonely average;", paste(shown, collapse = " ")))
  }
  # effective degrees of freedom follow from variances; those of PSUs minus strata do not
  expect_true(all(is.na(failed$df)))
  by_psus <- as.data.frame(weeg_sensitivity(weeg_design(d, conventions = "nchs"), y ~ g))
  expect_identical(by_psus$df[by_psus$lonely == "fail"], by_psus$df[by_psus$lonely == "remove"])
  expect_identical(as.list(glance(weeg_sensitivity(d, y ~ g))), list(estimates = 4, rules = 7L, failed = 1L))
  expect_s3_class(weeg_sensitivity(weeg_tally(d, ~ y + g), y ~ g, interval = "wald"), "weeg_sensitivity")
})

test_that("what has no rule for single-PSU strata is refused", {
  d <- weeg_design(lonely_data(), weights = ~w, strata = ~stratum, cluster = ~psu, lonely = "remove")
  expect_error(weeg_sensitivity(d, y ~ g, verb = "weeg_test"), "must be a function", class = "weeg_error_argument")
  expect_error(weeg_sensitivity(d, y ~ g, verb = weeg_crosstab), "must return a data frame", class = "weeg_error_unsupported")
  expect_error(weeg_sensitivity(weeg_replicates(d, "jkn"), y ~ g), "replicate weights", class = "weeg_error_unsupported")
  expect_error(weeg_sensitivity(d, nothing ~ g), "no variable `nothing`", class = "weeg_error_variable")
})

test_that("an outcome without answers gives no rows, and no error", {
  data <- data.frame(y = NA_real_, g = c("a", "b"), w = 1)
  expect_identical(nrow(weeg_sensitivity(weeg_design(data, weights = ~w), y ~ g)), 0L)
})
