# The presentation standards of NCHS.
#
# Reference: the rules of Parker and others (2017) on limits by R's qbeta() and qt(). Verdicts have no tolerance; a design
# whose limits are within 1e-9 of a threshold could differ by rounding, and none of those drawn here is.

judge <- function(p, se, n, df) {
  weeg:::share_columns(p, se^2, n, df, "logit", 0.95)[c("reliability", "reliability.reason")]
}

by_the_rules <- function(p, v, n, df) {
  ne <- ifelse(p == 0 | p == 1, n, p * (1 - p) / v)
  star <- ifelse(p == 0 | p == 1, n, pmin(n, ne * (stats::qt(0.975, n - 1) / stats::qt(0.975, df))^2))
  low <- ifelse(p == 0, 0, stats::qbeta(0.025, star * p, star * (1 - p) + 1))
  high <- ifelse(p == 1, 1, stats::qbeta(0.975, star * p + 1, star * (1 - p)))
  width <- high - low
  verdict <- ifelse(width > 0.05 & (width >= 0.30 | width > 1.30 * p), "suppress",
                    ifelse(df < 8 | p == 0 | p == 1, "review", "show"))
  ifelse(pmin(n, ne) < 30, "suppress", verdict)
}

test_that("random proportions, and those near the thresholds, are judged by the rules", {
  set.seed(2)
  size <- 20000
  p <- c(stats::rbeta(size, 0.7, 1), stats::runif(size, 0.02, 0.3), rep(0:1, c(200, 200)))
  n <- c(sample(25:3000, size, TRUE), sample(40:400, size, TRUE), sample(20:120, 400, TRUE))
  df <- sample(c(1:12, 30, 60, 500), length(p), TRUE)
  v <- p * (1 - p) / n * exp(stats::rnorm(length(p), 0.2, 0.4))
  got <- judge(p, sqrt(v), n, df)
  want <- by_the_rules(p, v, n, df)
  expect_identical(sum(got$reliability != want), 0L)
  expect_identical(sort(unique(got$reliability)), c("review", "show", "suppress"))
  expect_true(all(is.na(got$reliability.reason) | nzchar(got$reliability.reason)))
  expect_false(anyNA(got$reliability.reason[got$reliability != "show"]))
})

test_that("each rule, just before and just after its threshold", {
  # n rows of simple random sampling: v = p(1-p)/n, df = n - 1, so ne = n and the limits are Clopper and Pearson's
  cases <- read.table(header = TRUE, text = "
    x     n   df   verdict   reason
    15    29  28   suppress  size
    15    30  29   suppress  wide
    23    46  45   suppress  wide
    24    48  47   show      -
    0     71  70   suppress  estimate
    0     72  71   review    0%
    72    72  71   review    0%
    71    71  70   review    0%
    5     100 99   suppress  estimate
    12    100 99   show      -
    12    100 8    show      -
    12    100 7    review    degrees
    95    100 99   show      complement
    400   400 3    review    degrees
    10    2000 1999 show     -")
  # 0 of 71: upper limit .0506; 0 of 72: .0499. 23 of 46: width .3019; 24 of 48: .2955. 5 of 100: width .0965 > 1.3 x .05.
  for (i in seq_len(nrow(cases))) {
    case <- cases[i, ]
    p <- case$x / case$n
    # with fewer degrees of freedom a smaller variance makes up for the larger quantile
    v <- p * (1 - p) / case$n * (stats::qt(0.975, case$n - 1) / stats::qt(0.975, case$df))^2
    got <- judge(p, sqrt(v), case$n, case$df)
    expect_identical(got$reliability, case$verdict, info = paste(case, collapse = " "))
    if (case$reason == "-") {
      expect_identical(got$reliability.reason, NA_character_, info = paste(case, collapse = " "))
    } else {
      expect_match(got$reliability.reason, case$reason, fixed = TRUE, info = paste(case, collapse = " "))
    }
  }
})

test_that("no verdict without an estimate; none without an interval is to be shown", {
  expect_identical(judge(NA, NA, 0, 5), list(reliability = NA_character_, reliability.reason = NA_character_))
  expect_identical(judge(0.5, 0.01, 1000, 0)$reliability, "suppress")
  expect_match(judge(0.5, 0.01, 1000, 0)$reliability.reason, "no confidence interval")
  expect_identical(judge(0.5, 0, 1000, 50)$reliability, "show") # a census has no sampling error
})

test_that("tables of proportions have the columns, whatever interval they show", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  young <- subset(d, leeftijd < 25)
  p <- weeg_proportion(young, strengths ~ provider)
  other <- weeg_proportion(young, strengths ~ provider, interval = "wald", level = 0.5)
  expect_identical(p[c("reliability", "reliability.reason")], other[c("reliability", "reliability.reason")],
                   ignore_attr = TRUE)
  x <- weeg_crosstab(young, strengths ~ provider)
  expect_identical(x$row$reliability, p$reliability)
  expect_identical(tidy(x)$reliability, p$reliability)
  for (part in c("column", "total", "margin")) expect_false(anyNA(x[[part]]$reliability))
  want <- by_the_rules(x$margin$estimate, x$margin$std.error^2, x$margin$n.base, x$margin$df)
  expect_identical(x$margin$reliability, want)
})

test_that("what should not just be shown has a sign and a legend, and nothing else has", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  sign <- weeg:::reliability_signs()[["suppress"]]
  for (verb in list(weeg_proportion, weeg_crosstab)) {
    young <- format(verb(subset(d, leeftijd < 25), strengths ~ provider))
    expect_match(young, paste0("^", gsub("*", "\\*", sign, fixed = TRUE), "  NCHS presentation standards"), all = FALSE)
    expect_gt(sum(grepl(sign, young, fixed = TRUE)), 5)
    expect_false(any(grepl("NCHS", format(verb(d, strengths ~ provider)))))
  }
})
