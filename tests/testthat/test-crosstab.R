# Cross-tabulations against base R (table, xtabs, proportions), to 1e-12: the same sums in another order. Standard errors
# and intervals are those of weeg_proportion(), which test-differential.R compares with package survey.

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
x <- weeg_crosstab(d, strengths ~ provider)
weighted <- unclass(xtabs(gewicht ~ provider + strengths, openvoorwerk))

test_that("counts and weighted counts are those of table() and xtabs()", {
  expect_equal(x$counts, unclass(table(openvoorwerk$provider, openvoorwerk$strengths)), ignore_attr = TRUE)
  expect_equal(x$weighted, weighted, tolerance = 1e-12, ignore_attr = TRUE)
  expect_identical(dimnames(x$counts), list(levels(openvoorwerk$provider), levels(openvoorwerk$strengths)))
  expect_identical(x$missing, as.double(sum(is.na(openvoorwerk$provider) | is.na(openvoorwerk$strengths))))
})

test_that("percentages add up by row, by column and in total", {
  by_row <- function(cells) matrix(cells$estimate, nrow = 5, byrow = TRUE)
  expect_equal(by_row(x$row), proportions(weighted, 1), tolerance = 1e-12, ignore_attr = TRUE)
  expect_equal(by_row(x$column), proportions(weighted, 2), tolerance = 1e-12, ignore_attr = TRUE)
  expect_equal(by_row(x$total), proportions(weighted), tolerance = 1e-12, ignore_attr = TRUE)
  expect_equal(x$margin$estimate, as.vector(colSums(weighted) / sum(weighted)), tolerance = 1e-12)
})

test_that("the parts are what the verbs give", {
  plain <- function(data) as.data.frame(data)
  expect_equal(x$row, plain(weeg_proportion(d, strengths ~ provider)), ignore_attr = "row.names")
  columns <- weeg_proportion(d, provider ~ strengths)
  place <- match(paste(x$column$provider, x$column$level), paste(columns$level, columns$strengths))
  for (name in c("estimate", "std.error", "conf.low", "conf.high", "deff", "df")) {
    expect_equal(x$column[[name]], columns[[name]][place], info = name)
  }
  known <- subset(d, !is.na(provider))
  expect_equal(x$margin, plain(weeg_proportion(known, ~strengths)), ignore_attr = "row.names")
  expect_equal(plain(x$test), plain(weeg_test(d, strengths ~ provider)))
})

test_that("several groups are crossed; one outcome only", {
  two <- weeg_crosstab(d, strengths ~ provider + ronde)
  expect_identical(rownames(two$counts)[1:2], c("werkplein, ronde 1", "werkplein, ronde 2"))
  expect_equal(two$counts, unclass(table(interaction(openvoorwerk$provider, openvoorwerk$ronde, sep = ", ",
                                                     lex.order = TRUE), openvoorwerk$strengths)), ignore_attr = TRUE)
  expect_error(weeg_crosstab(d, strengths + growth ~ provider), class = "weeg_error_formula")
  expect_error(weeg_crosstab(d, ~strengths), class = "weeg_error_formula")
  expect_error(weeg_crosstab(d, strengths ~ provider, percent = "rows"), class = "weeg_error_argument")
})

test_that("a tally gives the same cross-tab", {
  t <- weeg_tally(d, ~ ronde + strengths + provider)
  expect_equal(weeg_crosstab(t, strengths ~ provider), x)
})

test_that("p-values of residuals: t with the design degrees of freedom, Holm over the cells", {
  want <- stats::p.adjust(2 * stats::pt(-abs(x$residuals), 48), "holm")
  expect_equal(c(x$residual.p), want, tolerance = 1e-12)
  expect_identical(dimnames(x$residual.p), dimnames(x$residuals))
  expect_identical(tidy(x)$residual.p, c(t(x$residual.p)))
  # the cells named in the print are those
  lines <- paste(format(x, width = 1000), collapse = "\n")
  named <- function(sign) {
    clear <- which(x$residual.p < 0.05 & sign * x$residuals > 0)
    clear <- clear[order(-abs(x$residuals[clear]))]
    paste(rownames(x$counts)[row(x$counts)[clear]], colnames(x$counts)[col(x$counts)[clear]], sep = ": ", collapse = "; ")
  }
  expect_match(lines, paste0("More than under independence (p Holm < .05): ", named(1), "."), fixed = TRUE)
  expect_match(lines, paste0("Fewer than under independence (p Holm < .05): ", named(-1), "."), fixed = TRUE)
  alone <- weeg_crosstab(weeg_design(data.frame(y = 1:2, g = 1:2, p = 1), cluster = ~p, lonely = "remove"), y ~ g)
  expect_true(all(is.na(alone$residual.p)))
})

test_that("residuals that are each other's negatives are one hypothesis", {
  two <- openvoorwerk
  two$niet <- two$strengths == "niet"
  two$eerste <- two$provider == levels(two$provider)[1L]
  design <- weeg_design(two, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  p <- function(x) unname(2 * stats::pt(-abs(x$residuals), 48))
  x <- weeg_crosstab(design, niet ~ eerste)
  expect_equal(unname(x$residual.p), p(x), tolerance = 1e-9)
  x <- weeg_crosstab(design, niet ~ provider) # a row, one hypothesis
  adjusted <- stats::p.adjust(p(x)[, 1L], "holm")
  expect_equal(unname(x$residual.p), cbind(adjusted, adjusted), tolerance = 1e-9, ignore_attr = TRUE)
  x <- weeg_crosstab(design, strengths ~ eerste) # a column
  adjusted <- stats::p.adjust(p(x)[1L, ], "holm")
  expect_equal(unname(x$residual.p), rbind(adjusted, adjusted), tolerance = 1e-9, ignore_attr = TRUE)
})

test_that("a group or an answer without levels gives an empty table", {
  data <- data.frame(y = c("a", "b", "a"), none = NA_character_)
  for (formula in list(y ~ none, none ~ y, none ~ none2)) {
    data$none2 <- data$none
    x <- weeg_crosstab(weeg_design(data), formula)
    expect_identical(sum(x$counts), 0)
    expect_identical(x$missing, 3)
    expect_match(paste(format(x), collapse = " "), "No test: no observations; n = 0")
    expect_identical(nrow(tidy(x)), length(x$counts))
  }
})
