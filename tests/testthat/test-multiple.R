# Questions with several answers.
#
# Reference: package survey: svymean() and svyratio() for shares, svychisq() for one item, and for all items together the
# second-order correction from the covariance that svytotal() gives of the linearised differences. Tolerance: 1e-9, relative.
# One item in two groups of a simple random sample: Pearson's chi-squared by chisq.test().

items <- c("knelpunt_banen", "knelpunt_ervaring", "knelpunt_leeftijd", "knelpunt_schaamte", "knelpunt_schulden")
with_holes <- function() {
  data <- openvoorwerk
  set.seed(11)
  for (item in items[c(2, 4)]) data[[item]][sample(nrow(data), 40)] <- NA
  data$provider[sample(nrow(data), 60)] <- NA
  data
}
item_formula <- function(group = NULL) {
  stats::as.formula(paste(paste(items, collapse = " + "), "~", if (is.null(group)) "1" else group))
}

weeg_items <- function(data, fpc = NULL) weeg_design(data, ~gewicht, ~ronde, ~gemeente, fpc = fpc)
survey_items <- function(data) survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = data, nest = TRUE)

test_that("shares of respondents, of those who name any item and of answers", {
  skip_if_not_installed("survey", "4.5")
  data <- with_holes()
  data$known <- stats::complete.cases(data[items])
  data$named <- rowSums(data[items])
  whole <- survey_items(data)
  bases <- list(respondents = data$known, any = data$known & data$named > 0)
  for (group in list(NULL, "provider")) {
    levels <- if (is.null(group)) NA else levels(data$provider)
    for (base in c("respondents", "any", "responses")) {
      got <- weeg_multiple(weeg_items(data), item_formula(group), base = base)
      for (g in levels) {
        mine <- if (is.na(g)) got else got[got$provider == g, ]
        inside <- if (is.na(g)) TRUE else data$provider %in% g
        if (base == "responses") {
          s <- subset(whole, known & inside)
          parts <- lapply(items, function(i) survey::svyratio(stats::reformulate(paste0("as.numeric(", i, ")")), ~named, s))
          estimate <- vapply(parts, stats::coef, 0)
          error <- vapply(parts, survey::SE, 0)
          n <- sum(data$named[data$known & inside])
        } else {
          rows <- bases[[base]] & inside
          s <- whole[which(rows), ]
          parts <- lapply(items, function(i) survey::svymean(stats::reformulate(paste0("as.numeric(", i, ")")), s))
          estimate <- vapply(parts, stats::coef, 0)
          error <- vapply(parts, survey::SE, 0)
          n <- sum(rows)
        }
        expect_equal(mine$estimate, unname(estimate), tolerance = 1e-9)
        expect_equal(mine$std.error, unname(error), tolerance = 1e-9)
        expect_identical(unique(mine$n.base), as.double(n))
        df <- survey::degf(whole[which(rep_len(inside, nrow(data))), ])
        expect_identical(unique(mine$df), as.double(df))
      }
    }
  }
  expect_equal(sum(weeg_multiple(weeg_items(data), item_formula(), base = "responses")$estimate), 1, tolerance = 1e-12)
})

test_that("an item on its own is an outcome of weeg_proportion()", {
  data <- openvoorwerk
  got <- weeg_multiple(weeg_items(data), knelpunt_banen ~ provider)
  want <- weeg_proportion(weeg_items(data), knelpunt_banen ~ provider)
  want <- want[want$level == "TRUE", ]
  same <- setdiff(names(want), c("outcome", "level"))
  expect_equal(as.data.frame(got)[same], as.data.frame(want)[same], tolerance = 1e-12, ignore_attr = TRUE)
})

# Second-order test of all items from survey's covariance of the linearised differences p_gi - p_i.
joint_test <- function(data, group) {
  counted <- !is.na(data[[group]]) & stats::complete.cases(data[items])
  w <- data$gewicht * counted
  x <- as.matrix(data[items]) + 0
  x[!counted, ] <- 0
  p <- colSums(w * x) / sum(w)
  scores <- matrix(0, nrow(data), 0)
  chisq <- 0
  a <- numeric()
  for (g in levels(data[[group]])) {
    inside <- counted & data[[group]] %in% g
    share <- sum(w[inside]) / sum(w)
    pg <- colSums(w[inside] * x[inside, , drop = FALSE]) / sum(w[inside])
    factor <- sum(counted) * share / (p * (1 - p))
    chisq <- chisq + sum(factor * (pg - p)^2)
    a <- c(a, factor)
    z <- inside * sweep(x, 2, pg) / sum(w[inside]) - counted * sweep(x, 2, p) / sum(w)
    scores <- cbind(scores, z)
  }
  colnames(scores) <- paste0("z", seq_len(ncol(scores)))
  s <- survey_items(cbind(data, scores))
  v <- stats::vcov(survey::svytotal(stats::reformulate(colnames(scores)), s))
  m <- sqrt(a) * t(sqrt(a) * v)
  trace <- sum(diag(m))
  df1 <- trace^2 / sum(m^2)
  df2 <- df1 * survey::degf(s)
  c(statistic = chisq / trace, num.df = df1, den.df = df2, p.value = stats::pf(chisq / trace, df1, df2, lower.tail = FALSE))
}

test_that("tests of each item and of all together", {
  skip_if_not_installed("survey", "4.5")
  data <- with_holes()
  for (group in c("provider", "ronde")) {
    got <- weeg_item_tests(weeg_multiple(weeg_items(data), item_formula(group)))
    expect_identical(got$item[length(items) + 1L], "all items")
    want <- joint_test(data, group)
    expect_equal(unlist(got[length(items) + 1L, names(want)]), want, tolerance = 1e-9)
    known <- subset(survey_items(data), stats::complete.cases(data[items]))
    for (i in seq_along(items)) {
      test <- survey::svychisq(stats::as.formula(paste("~", items[i], "+", group)), known)
      expect_equal(got$statistic[i], unname(test$statistic), tolerance = 1e-9)
    }
    expect_equal(got$p.adjusted[seq_along(items)], stats::p.adjust(got$p.value[seq_along(items)], "holm"), tolerance = 1e-12)
    expect_identical(got$p.adjusted[length(items) + 1L], NA_real_)
  }
})

test_that("without design the sum of the items is that of Pearson's statistics", {
  set.seed(4)
  data <- data.frame(g = rep(c("x", "y", "z"), c(150, 100, 120)), a = stats::runif(370) < 0.4, b = stats::runif(370) < 0.2)
  data$c <- data$a & stats::runif(370) < 0.7
  got <- weeg_item_tests(weeg_multiple(weeg_design(data), a + b + c ~ g))
  pearson <- vapply(c("a", "b", "c"), function(i) {
    unname(stats::chisq.test(table(data$g, data[[i]]), correct = FALSE)$statistic)
  }, 0)
  # X2 = statistic x trace; under independence of items and groups the trace is close to the sum of the df, 3 x 2
  trace <- sum(pearson) / got$statistic[4]
  expect_gt(trace, 5.5)
  expect_lt(trace, 6.5)
  # items a and c hang together, so that there are fewer than 6 degrees of freedom's worth of information
  expect_lt(got$num.df[4], 5.5)
  expect_gt(got$num.df[4], 4)
})

test_that("size of the joint test under multiple marginal independence", {
  # independence of items and groups by construction: 400 samples of 25 PSUs with 12 rows each; nominal 5 %.
  # Binomial standard error of the rate 1.1 %: 0 to 9.4 % is four of them.
  set.seed(8)
  reject <- replicate(400, {
    psu <- rep(1:25, each = 12)
    taste <- stats::rnorm(25)[psu]
    data <- data.frame(psu, g = sample(c("x", "y"), 300, TRUE), a = taste + stats::rnorm(300) > 0, b = stats::runif(300) < 0.3)
    data$c <- data$a & stats::runif(300) < 0.6
    glance(weeg_multiple(weeg_design(data, cluster = ~psu), a + b + c ~ g))$p.value < 0.05
  })
  expect_gt(mean(reject), 0.01)
  expect_lt(mean(reject), 0.094)
})

test_that("a tally gives the same as the design, and other codings of yes too", {
  data <- with_holes()
  x <- weeg_items(data)
  formula <- knelpunt_banen + knelpunt_ervaring ~ ronde
  got <- weeg_multiple(x, formula)
  expect_equal(weeg_multiple(weeg_tally(x, ~ ronde + knelpunt_banen + knelpunt_ervaring), formula), got, tolerance = 1e-13)
  coded <- data
  coded$knelpunt_banen <- as.integer(coded$knelpunt_banen)
  expect_equal(weeg_multiple(weeg_items(coded), formula)$std.error, got$std.error)
  for (item in items) coded[[item]] <- ifelse(data[[item]], "ja", "nee")
  expect_equal(weeg_multiple(weeg_items(coded), formula, yes = "ja")$estimate, got$estimate)
  expect_equal(weeg_multiple(weeg_tally(weeg_items(coded), ~ ronde + knelpunt_banen + knelpunt_ervaring), formula,
                             yes = "ja")$estimate, got$estimate)
  expect_error(weeg_multiple(weeg_items(coded), formula), "is not an item", class = "weeg_error_variable")
  expect_error(weeg_multiple(weeg_items(coded), formula, yes = "yes"), "is not an item", class = "weeg_error_variable")
  expect_error(weeg_multiple(x, formula, base = "all"), "`base` must be one of", class = "weeg_error_argument")
  expect_error(weeg_multiple(x, ronde ~ ronde), "item and group at once", class = "weeg_error_formula")
  expect_error(weeg_multiple(x, formula, missing = "level"), "`missing` must be one of", class = "weeg_error_argument")
  expect_error(weeg_item_tests(data), class = "weeg_error_argument")
})

test_that("what does not exist is NA with a reason", {
  data <- data.frame(a = c(TRUE, FALSE, NA, TRUE, FALSE, TRUE), b = FALSE, g = c("x", "x", "y", "x", "x", "x"), psu = 1:6)
  got <- weeg_multiple(weeg_design(data, cluster = ~psu), a + b ~ g)
  expect_identical(is.na(got$estimate), rep(c(FALSE, TRUE), each = 2))
  expect_false(anyNA(got$reason[is.na(got$estimate)]))
  expect_identical(got$reliability[got$g == "y"], c(NA_character_, NA_character_))
  tests <- weeg_item_tests(got)
  expect_true(all(is.na(tests$p.value)))
  expect_false(anyNA(tests$reason))
  none <- weeg_multiple(subset(weeg_design(data), psu == 3), ~ a + b)
  expect_true(all(is.na(none$estimate)))
  expect_true(all(is.na(weeg_multiple(weeg_design(data), ~ b, base = "any")$estimate)))
})

test_that("print, tidy, glance and plot are those of proportions, with the tests", {
  m <- weeg_multiple(weeg_items(openvoorwerk), item_formula("provider"))
  lines <- paste(format(m, width = 80), collapse = " ")
  expect_match(lines, "5 items, several answers possible", fixed = TRUE)
  expect_match(lines, "All items: ", fixed = TRUE)
  expect_match(lines, "base respondents", fixed = TRUE)
  expect_lte(max(nchar(format(m, width = 70), "width")), 70)
  expect_identical(utils::capture.output(print(m)), format(m))
  expect_identical(class(tidy(m)), "data.frame")
  expect_identical(nrow(tidy(m)), 25L)
  expect_identical(glance(m)$p.value, weeg_item_tests(m)$p.value[6])
  expect_identical(names(coef(m))[1], paste0("werkplein:", attr(openvoorwerk$knelpunt_banen, "label")))
  expect_identical(nrow(weeg_item_tests(weeg_multiple(weeg_items(openvoorwerk), item_formula()))), 0L)
  expect_false(any(grepl("All items", format(weeg_multiple(weeg_items(openvoorwerk), item_formula("ronde"), base = "any")))))
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(m), "ggplot")
})

test_that("many items by many groups take the memory of the answers that occur", {
  set.seed(2)
  items <- paste0("k", 1:30)
  data <- as.data.frame(lapply(stats::setNames(nm = items), function(i) stats::rbinom(12000, 1L, 0.3)))
  data$g <- sample(12, 12000, TRUE)
  tests <- weeg_item_tests(weeg_multiple(data, stats::as.formula(paste(paste(items, collapse = "+"), "~ g"))))
  # Pearson's X2 / df, but for n / (n - 1) and the estimated design effects of equal weights, which are 1 within 1 %
  x2 <- vapply(data[items], function(x) unname(stats::chisq.test(x, data$g, correct = FALSE)$statistic), 0)
  expect_lt(max(abs(tests$statistic[1:30] / (x2 / 11) - 1)), 0.01)
  expect_lt(abs(tests$statistic[31] / (sum(x2) / 330) - 1), 0.01)
  # 6 000 shares are too many to test together, but each item is tested
  items <- paste0("k", 1:120)
  data <- as.data.frame(lapply(stats::setNames(nm = items), function(i) stats::rbinom(400, 1L, 0.3)))
  data$g <- rep_len(1:50, 400)
  tests <- weeg_item_tests(weeg_multiple(data, stats::as.formula(paste(paste(items, collapse = "+"), "~ g"))))
  expect_identical(is.na(tests$p.value), rep(c(FALSE, TRUE), c(120, 1)))
  expect_match(tests$reason[121], "too many")
})
