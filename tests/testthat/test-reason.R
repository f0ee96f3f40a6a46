# Codes of reasons. Each table has by its making what the code says: a level without rows, one PSU, and so on; the limits of
# sizes are those of weeg.h. Which rows have no figures, other tests say.

known <- weeg:::all_reasons()

# Data as a design; p: PSUs.
rows <- function(...) weeg_design(data.frame(...))
psus <- function(..., p) weeg_design(data.frame(..., p = p), cluster = ~p)

y <- rep(c("no", "yes"), 4)
g <- rep(c("a", "b"), each = 4)
ones <- rep("yes", 8)
few <- function(..., p) weeg_design(data.frame(..., p = p), cluster = ~p, conventions = "weeg")
pairs_of <- function(m) rows(y = factor(rep(row(m), m)), x = rep(factor(col(m)), m))

cases <- list(
  # ---- of the core ----
  "empty" = quote(weeg_proportion(rows(y = y, g = factor(g, c("a", "b", "c"))), y ~ g)[5:6, ]),
  "no-variation" = quote(weeg_proportion(rows(y = ones), ~y)),
  # two PSUs, each the only one with rows in its stratum
  "no-df" = quote(weeg_proportion(subset(weeg_design(data.frame(y = y, s = g, p = rep(1:4, each = 2)), strata = ~s, cluster = ~p),
                                         p %in% c(1, 3)), ~y)),
  "no-variance" = quote(weeg_compare(psus(y = y, g = g, p = g), y ~ g)),
  "no-variance" = quote(weeg_test(psus(y = y, g = g, p = g), y ~ g)), # with the groups' names behind it
  "zero-variance" = quote(weeg_compare(rows(y = ones, g = g), y ~ g, measures = "difference")),
  "one-level" = quote(weeg_test(rows(y = factor(ones, c("yes", "no")), g = g), y ~ g)),
  # three PSUs give two differences, for four residuals
  "singular" = quote(weeg_test(psus(y = strsplit("aabcccbabcabbcaacb", "")[[1L]], g = rep(c("a", "b", "c"), 6),
                                    p = rep(1:3, each = 6)), y ~ g, method = "wald")),
  "few-df" = quote(weeg_test(psus(y = rep(c("a", "b", "c"), each = 3, length.out = 18), g = rep(c("a", "b", "c"), 6),
                                  p = rep(1:3, each = 6)), y ~ g, method = "adjusted-wald")),
  "zero-base" = quote(weeg_compare(rows(y = c(ones[1:4], y[5:8]), g = g), y ~ g, measures = "odds-ratio")),
  "at-bound" = quote(weeg_association(pairs_of(diag(c(10, 20))), y ~ x, measures = "kappa")),
  "no-excess" = quote(weeg_association(pairs_of(matrix(10, 2, 2)), y ~ x, measures = "cramers-v-corrected")),
  # nearly all weight is in two PSUs: less than two rows are left for three levels
  "few-rows" = quote(weeg_association(weeg_design(
    data.frame(p = rep(1:4, each = 2), y = factor(c(3, 3, 1, 1, 1, 1, 3, 3), 1:3), x = factor(c(3, 1, 1, 3, 1, 1, 3, 2)),
               w = c(0.67, 0.0004, 0.016, 0.0007, 0.0045, 0.001, 0.42, 0.91)), weights = ~w, cluster = ~p
  ), y ~ x, measures = "cramers-v-corrected")),
  "spans-zero" = quote(weeg_compare(rows(y = c(y, y), g = rep(c("a", "b"), c(7, 9))), y ~ g, measures = "number-needed")),
  "empty-category" = quote(weeg_decompose(rows(y = y, g = g, k = rep(c("p", "q", "p"), c(2, 2, 4))), y ~ g, by = ~k)),
  "not-finite" = quote(weeg_loglinear(rows(y = c("n", "n", "y", "y"), x = c("p", "p", "q", "q")), ~ y * x)),
  "too-large" = quote(tail(weeg_item_tests(weeg_multiple(data.frame(i = TRUE, j = FALSE, g = seq_len(4100)), i + j ~ g)), 1)),
  # b is 1e600 times as large: beside it, no digit of a is in range
  "lost-digits" = quote(weeg_mean(rows(v = rep(c(1e-300, 1e300), 4), g = rep(c("a", "b"), 4)), v ~ g)[1, ]),
  "zero-denominator" = quote(weeg_ratio(rows(v = seq_along(y), u = rep(c(-1, 1), 4), g = g), v / u ~ 1)),
  "open-limit" = quote(weeg_quantile(rows(v = 1:8), ~v, probs = 0.99)),
  "same-limits" = quote(weeg_quantile(rows(v = rep(c(1, 2), c(2, 98))), ~v)),
  "not-positive" = quote(weeg_compare(rows(v = c(-4, -3, -2, -5, 4, 3, 2, 5), g = g), v ~ g, measures = "mean-ratio")),
  # ---- of samples of few PSUs ----
  "no-variation-kish" = quote(weeg_proportion(few(y = ones, p = rep(1:4, 2)), ~y)),
  # 200 rows of 230 are in one PSU
  "one-psu" = quote(weeg_proportion(few(y = rep(y, length.out = 230), p = rep(1:6, c(200, 5, 6, 4, 8, 7))), ~y)),
  "one-psu" = quote(weeg_compare(few(y = rep(y, length.out = 230), g = rep(g, length.out = 230),
                                     p = rep(1:6, c(200, 5, 6, 4, 8, 7))), y ~ g)),
  # PSUs that are alike: PSUs - 1
  "few-effective-df" = quote(weeg_proportion(few(y = rep(c(y, ones), each = 5), p = rep(1:4, 20)), ~y)),
  "few-answers" = quote(weeg_proportion(few(y = replace(rep("no", 100), 1:4, "yes"), p = rep(1:20, 5)), ~y)),
  # ---- of R ----
  "many-groups" = quote(head(weeg_item_tests(weeg_multiple(data.frame(i = c(TRUE, FALSE), g = rep(seq_len(4100), each = 2)),
                                                           i ~ g)), 1)),
  "no-limits" = quote(weeg_standardise(rows(y = y, g = y, k = g), y ~ g, by = ~k, population = c(a = 1, b = 1))),
  "empty-standard" = quote(weeg_standardise(rows(y = y, g = g, k = rep(c("p", "q", "p"), c(2, 2, 4))), y ~ g, by = ~k,
                                            population = c(p = 1, q = 1))[3:4, ]),
  "empty" = quote(weeg_logistic(rows(y = y, g = factor(c(g[1:7], "a"), c("a", "b", "c"))), y ~ g)[3, ]),
  "aliased" = quote(weeg_logistic(rows(y = y, g = c(g[1:7], "a"), h = c(g[1:7], "a")), y ~ g + h)[3, ]),
  "all-aliased" = quote(anova(weeg_logistic(rows(y = y, g = c(g[1:7], "a"), h = c(g[1:7], "a")), y ~ g + h))[2, ]),
  "separated" = quote(weeg_proportion(rows(y = c(rep("no", 4), y[5:8]), g = g, h = y), y ~ g, adjust_for = ~h)),
  "confounded" = quote(weeg_proportion(rows(y = y, g = c(g[1:7], "a"), h = c(g[1:7], "a")), y ~ g, adjust_for = ~h)),
  "saturated" = quote(weeg:::info_of(weeg_loglinear(rows(y = y, g = c(g[1:7], "a")), ~ y * g))$test),
  "no-respondents" = quote(weeg_funnel(rows(y = c(y, y), g = factor(c(g, rep("c", 8)), c("a", "b", "c", "d"))), y ~ g)[7:8, ]),
  "unseen-area" = quote(weeg_shrink(rows(y = c(y, y), g = factor(c(g, rep("c", 8)), c("a", "b", "c", "d"))), y ~ g)[7:8, ]),
  "no-weights" = quote(weeg_weights(weeg_design(data.frame(y = y, w = 0), weights = ~w))),
  "no-logarithm" = quote(weeg_ratio(rows(v = c(-5, 1, -2, -4, -3, 2, -1, -6), u = rep(1:2, 4)), v / u ~ 1, interval = "log")),
  "bound" = quote(augment(weeg_audit(claims = data.frame(id = "a", pct = 40, n = 100, relation = "<")))),
  "unknown-base" = quote(augment(weeg_audit(claims = data.frame(id = "a", pct = 40, n = NA)))),
  "unknown-bases" = quote(weeg_audit(claims = data.frame(id = c("a", "b"), pct = 40:41, n = NA),
                                     pairs = c("a", "b"))$differences),
  "several-answers" = quote(weeg_audit(data.frame(question = "Q", answer = c("a", "b"), pct = c(60, 70), base = 100),
                                       pairs = c("a", "b"))$differences),
  "overlapping" = quote(weeg_book(rows(y = y, g = g, a = y == y[1L]), ~y, ~set, sets = list(set = ~a))$tests),
  "protected" = quote(weeg_protect(rows(y = y, g = g), weeg_proportion(rows(y = y, g = g), y ~ g)))
)

test_that("each kind of reason has its code, in every class of results", {
  for (i in seq_along(cases)) {
    codes <- weeg_reason_code(eval(cases[[i]]))
    expect_gt(length(codes), 0)
    expect_identical(unique(codes), names(cases)[i], label = paste(deparse(cases[[i]])[1L], names(cases)[i]))
  }
  # standard errors beside protected counts (test-precision.R), and ratios of weights, have these words
  rules <- c("small-n", "no-interval", "wide", "wide-relative", "low-df", "extreme", "wide-complement", "few-counted",
             "wide-count")
  expect_identical(setdiff(names(known), c(names(cases), "protected-error", "ratio")), rules)
})

test_that("codes are those of the help page and the man page, each once", {
  expect_identical(anyDuplicated(names(known)), 0L)
  expect_identical(anyDuplicated(unname(known)), 0L)
  expect_match(names(known), "^[a-z]+(-[a-z]+)*$")
  expect_false("other" %in% names(known))
  # what stands behind the words, starts with a full stop
  expect_false(any(grepl("[.] |[.]$", known)))
  expect_identical(weeg_reason_code(unname(known)), names(known))
  help <- tools::Rd_db("weeg")[["weeg_reason_code.Rd"]]
  skip_if(is.null(help), "no help in this library")
  text <- paste(as.character(help), collapse = "")
  for (code in names(known)) expect_match(text, code, fixed = TRUE)
})

test_that("codes are of columns, of data frames, of what is left of a result, and NA where there is no reason", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  x <- weeg_compare(d, strengths ~ gemeente, pairs = list(c("Alkmaar", "Almelo")), measures = c("difference", "risk-ratio"))
  codes <- weeg_reason_code(x)
  expect_identical(length(codes), nrow(x))
  expect_true(all(codes %in% c("no-variance", "zero-base")))
  expect_identical(weeg_reason_code(tidy(x)), codes)
  expect_identical(weeg_reason_code(x$reason), codes)
  expect_identical(weeg_reason_code(factor(x$reason)), codes)
  expect_identical(weeg_reason_code(x[2:1, ]), codes[2:1])
  expect_identical(weeg_reason_code(weeg_proportion(d, ~strengths)), rep(NA_character_, 4L))
  # rules of reliability: fewer than 30 rows; of 40 half yes; of 200 all yes; of 1 492 one in ten and more
  rule <- function(...) {
    x <- weeg_proportion(data.frame(y = rep(c("no", "yes"), c(...))), ~y)
    unique(weeg_reason_code(x$reliability.reason))
  }
  expect_identical(rule(4, 4), "small-n")
  expect_identical(rule(20, 20), "wide")
  expect_identical(rule(0, 200), "extreme")
  expect_identical(rule(700, 792), NA_character_)
  expect_identical(weeg_reason_code(weeg_crosstab(d, strengths ~ ronde)), rep(NA_character_, 4L * nlevels(openvoorwerk$ronde)))
  expect_identical(weeg_reason_code(character()), character())
  expect_identical(weeg_reason_code(c(NA, "no observations", "of another program")), c(NA, "empty", "other"))
  lonely <- weeg_sensitivity(weeg_design(data.frame(y = y[1:5], s = c(1, 1, 2, 2, 3)), strata = ~s), ~y)
  expect_identical(weeg_reason_code(lonely), ifelse(lonely$lonely == "fail", "other", NA))
  expect_identical(lonely$reason[1L], "stratum 3 has only one PSU")
  for (wrong in list(3, NULL, list("no observations"), data.frame(a = 1), d)) {
    expect_error(weeg_reason_code(wrong), "`x` must be a result with a column `reason`", class = "weeg_error_argument")
  }
  expect_error(weeg_reason_code(), "`x` is missing", class = "weeg_error_argument")
})

test_that("a code that does not exist is a fault of the package, not a reason that nothing has", {
  expect_error(weeg:::reason_is("no observations", "emtpy"), "there is no reason emtpy")
  expect_error(weeg:::reason_words("emtpy"))
})
