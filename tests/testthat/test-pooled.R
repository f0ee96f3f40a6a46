# Verbs over completed data sets, against MIcombine() of package survey, D1 written out, and figures that OECD published; and each
# verb, whether it works or says why not. Tolerances as in test-imputed.R.

differences <- function(means, covariance) {
  size <- length(means) - 1L
  of <- cbind(diag(size), -1)
  list(estimate = c(of %*% means), covariance = of %*% covariance %*% t(of))
}

test_that("comparisons of means in random designs are MIcombine's of survey's", {
  skip_if_not_installed("survey")
  skip_if_not_installed("mitools")
  tested <- 0
  for (seed in seq_len(number_from("WEEG_IMPUTED", 12L))) {
    sets <- lapply(random_sets(seed), function(x) cbind(x, k = cut(x$w, c(0, 0.7, 1.5, Inf), labels = c("s", "m", "l"))))
    d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu, conventions = "survey")
    s <- lapply(sets, function(x) survey::svydesign(~psu, strata = ~h, weights = ~w, data = x))
    by <- lapply(s, function(one) survey::svyby(~z, ~k, one, survey::svymean, covmat = TRUE))
    means <- lapply(by, function(x) unname(stats::coef(x)))
    covariances <- lapply(by, function(x) unname(stats::vcov(x)))
    got <- weeg_mean(d, z ~ k, covariance = TRUE)
    known <- mitools::MIcombine(means, covariances)
    expect_equal(unname(vcov(got)), unname(stats::vcov(known)), tolerance = 1e-8, info = seed)
    pairs <- utils::combn(3, 2)
    of <- function(f) lapply(seq_along(sets), function(i) apply(pairs, 2, function(p) f(means[[i]][p], covariances[[i]][p, p])))
    got <- weeg_compare(d, z ~ k, measures = c("mean-difference", "mean-ratio"))
    difference <- got[got$measure == "mean-difference", ]
    variances <- of(function(m, v) sum(v * c(1, -1, -1, 1)))
    expect_pooled(difference, of(function(m, v) m[1] - m[2]), variances, seed)
    complete <- weeg_compare(d[[1L]], z ~ k, measures = "mean-difference")$df
    df <- vapply(1:3, function(i) {
      barnard_rubin(vapply(of(function(m, v) m[1] - m[2]), `[`, 0, i), vapply(variances, `[`, 0, i), complete[i])
    }, 0)
    expect_equal(difference$df, df, tolerance = 1e-9, info = seed)
    expect_equal(difference$p.value, 2 * stats::pt(-abs(difference$estimate / difference$std.error), df), tolerance = 1e-9)
    expect_equal(difference$p.adjusted, stats::p.adjust(difference$p.value, "holm"), tolerance = 1e-12)
    ratio <- got[got$measure == "mean-ratio", ]
    logs <- combined(of(function(m, v) log(m[1] / m[2])), of(function(m, v) sum(v * outer(c(1, -1) / m, c(1, -1) / m))))
    expect_equal(log(ratio$estimate), logs$estimate, tolerance = 1e-9, info = seed)
    expect_equal(ratio$std.error, logs$std.error, tolerance = 1e-9, info = seed)
    expect_equal(ratio$conf.high, exp(logs$estimate + stats::qt(0.975, ratio$df) * logs$std.error), tolerance = 1e-9, info = seed)
    # all three means at once
    each <- Map(differences, means, covariances)
    design_df <- survey::degf(s[[1L]])
    test <- weeg_test(d, z ~ k, method = "mean")
    wald <- d1(lapply(each, `[[`, "estimate"), lapply(each, `[[`, "covariance"), design_df - 2)
    expect_equal(test$statistic, wald$statistic, tolerance = 1e-8, info = seed)
    expect_equal(c(test$num.df, test$den.df), c(2, wald$df), tolerance = 1e-8, info = seed)
    expect_equal(test$p.value, stats::pf(wald$statistic, 2, wald$df, lower.tail = FALSE), tolerance = 1e-8, info = seed)
    two <- weeg_test(d, z ~ g, method = "mean")
    pair <- weeg_compare(d, z ~ g, measures = "mean-difference")
    expect_identical(two$p.value, pair$p.value)
    tested <- tested + 1
  }
  expect_gt(tested, 8)
  contrast <- weeg_compare(d, z ~ k, measures = "mean-difference", contrasts = list(ends = c(1, 0, -1)))
  expect_equal(contrast$estimate, difference$estimate[2], tolerance = 1e-9)
  expect_equal(contrast$std.error, difference$std.error[2], tolerance = 1e-9)
  expect_match(paste(format(weeg_test(d, z ~ k, method = "mean")), collapse = " "), "D1 of Li, Raghunathan")
  expect_error(weeg_test(d, ~z, method = "mean"), "needs a group", class = "weeg_error_formula")
  expect_error(weeg_test(d, z ~ k, method = "mean", answers = "a"), "`answers` are of shares", class = "weeg_error_argument")
  fit <- weeg_test(weeg_design(random_sets(3), weights = ~w, strata = ~h, cluster = ~psu), z + w ~ g, method = "mean")
  expect_identical(fit$outcome, c("z", "w"))
})

test_that("means are compared in equal data sets as in one", {
  sets <- random_sets(6)[c(1, 1, 1)]
  d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
  for (formula in list(z ~ y, z ~ g)) {
    one <- weeg_test(d[[1L]], formula, method = "mean")
    all <- weeg_test(d, formula, method = "mean")
    # F of two groups under the law of few PSUs has other degrees of freedom
    expect_equal(all$statistic, one$statistic, tolerance = if (nlevels(sets[[1L]]$y) == 3L && formula[[3L]] == "y") 1e-9 else 0.2)
  }
  one <- weeg_compare(d[[1L]], z ~ h, measures = "mean-difference", contrasts = "trend")
  all <- weeg_compare(d, z ~ h, measures = "mean-difference", contrasts = "trend")
  expect_equal(all[c("estimate", "std.error")], one[c("estimate", "std.error")], tolerance = 1e-9, ignore_attr = TRUE)
  expect_equal(all$df, (one$df + 1) / (one$df + 3) * one$df, tolerance = 1e-9)
})

test_that("batteries, standardised figures and decompositions are pooled row by row", {
  skip_if_not_installed("mitools")
  sets <- lapply(random_sets(8), function(x) cbind(x, item = factor(rev(as.character(x$y)), levels(x$y))))
  d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
  pool <- function(verb, by, fmi = TRUE) {
    got <- verb(d)
    each <- lapply(seq_along(sets), function(k) {
      one <- as.data.frame(verb(d[[k]]))
      one[match(do.call(paste, got[by]), do.call(paste, one[by])), ]
    })
    known <- combined(lapply(each, `[[`, "estimate"), lapply(each, function(x) x$std.error^2))
    for (column in c("estimate", "std.error", if (fmi) "fmi")) {
      expect_equal(got[[column]], known[[column]], tolerance = 1e-9, info = paste(deparse1(body(verb)), column))
    }
    got
  }
  battery <- pool(function(d) weeg_battery(d, y + item ~ g, means = TRUE, answers = list(ab = c("a", "b"))),
                  c("g", "outcome", "statistic", "level"))
  shares <- battery[battery$statistic == "share" & battery$outcome == "y", ]
  expect_equal(shares$conf.low, weeg_proportion(d, y ~ g)$conf.low, tolerance = 1e-12)
  means <- battery[battery$statistic == "mean", ]
  expect_equal(means$conf.high, means$estimate + stats::qt(0.975, means$df) * means$std.error, tolerance = 1e-9)
  expect_match(paste(format(battery), collapse = " "), "imputations, up to.*pooling Rubin")
  # sorted by what is pooled
  up <- vapply(c("y", "item"), function(item) weeg_proportion(d, stats::reformulate(item), answers = "c")$estimate, 0)
  expect_identical(unique(battery$outcome), names(sort(-up)))
  expect_identical(unique(weeg_battery(d, ~ item + y, sort = "none")$outcome), c("item", "y"))
  population <- c("2" = 1, "1" = 2, "3" = 3, "4" = 1)[as.character(sort(unique(sets[[1L]]$h)))]
  for (interval in c("logit", "beta")) {
    standard <- pool(function(d) weeg_standardise(d, y ~ g, by = ~h, population = population, interval = interval),
                     c("g", "level"), fmi = interval == "beta") # that of "logit" is of the logarithm of the odds
    if (interval == "beta") {
      n <- with(standard, estimate * (1 - estimate) / std.error^2 * (stats::qt(0.975, round(n) - 1) / stats::qt(0.975, df))^2)
      x <- n * standard$estimate
      expect_equal(standard$conf.low, stats::qbeta(0.025, x, n - x + 1), tolerance = 1e-9)
    }
  }
  expect_equal(standard$crude, weeg_proportion(d, y ~ g)$estimate, tolerance = 1e-9)
  expect_match(paste(format(standard), collapse = " "), "standardised by h.*pooling Rubin")
  parts <- pool(function(d) weeg_decompose(d, y ~ g, by = ~h), c("level", "component"))
  expect_equal(parts$p.value, 2 * stats::pt(-abs(parts$estimate / parts$std.error), parts$df), tolerance = 1e-9)
})

test_that("calibration, trimming and replicates are those of each data set", {
  sets <- random_sets(9)
  d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
  half <- list(g = c(p = 0.5, q = 0.5))
  pool <- function(change) {
    got <- weeg_mean(change(d), ~z)
    each <- lapply(seq_along(sets), function(k) weeg_mean(change(d[[k]]), ~z))
    expect_equal(got$estimate, mean(vapply(each, `[[`, 0, "estimate")), tolerance = 1e-12)
    within <- mean(vapply(each, `[[`, 0, "std.error")^2)
    between <- stats::var(vapply(each, `[[`, 0, "estimate"))
    expect_equal(got$std.error^2, within + (1 + 1 / length(sets)) * between, tolerance = 1e-9)
  }
  pool(function(d) weeg_rake(d, half))
  pool(function(d) weeg_calibrate(d, half))
  pool(function(d) weeg_poststratify(d, ~g, half$g))
  pool(function(d) weeg_trim(d, upper = 3))
  pool(function(d) weeg_replicates(d, "jkn"))
  expect_identical(weights(d), sets[[1L]]$w)
  # margins of what was imputed
  raked <- weeg_rake(d, list(y = c(a = 0.2, b = 0.3, c = 0.5)))
  expect_equal(weeg_proportion(raked, ~y)$estimate, c(0.2, 0.3, 0.5), tolerance = 1e-9)
  expect_error(weights(raked), "are others than those of data set 1", class = "weeg_error_unsupported")
})

with_items <- function(sets) {
  lapply(sets, function(x) {
    x$k <- cut(x$w, c(0, 0.7, 1.5, Inf), labels = c("s", "m", "l"))
    x$i1 <- x$y == "a"
    x$i2 <- x$z > 9
    x$i3 <- (10 * x$w) %% 1 > 0.5
    x
  })
}

# Survey's means of items in the levels of `by`, all groups of one item behind each other, and their covariance.
svy_items <- function(design, items, by) {
  found <- survey::svyby(items, by, design, survey::svymean, covmat = TRUE)
  list(estimate = unname(stats::coef(found)), covariance = unname(stats::vcov(found)))
}

test_that("items are pooled by Rubin's rules and their tests by D1, with the covariance of items that the same people name", {
  skip_if_not_installed("survey")
  skip_if_not_installed("mitools")
  tested <- 0
  for (seed in seq_len(number_from("WEEG_IMPUTED", 12L))) {
    sets <- lapply(with_items(random_sets(seed)), function(x) cbind(x, a = x$i1 + 0, b = x$i2 + 0, c = x$i3 + 0))
    d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu, conventions = "survey")
    s <- lapply(sets, function(x) survey::svydesign(~psu, strata = ~h, weights = ~w, data = x))
    got <- weeg_multiple(d, i1 + i2 + i3 ~ k, interval = "wald")
    each <- lapply(s, svy_items, ~ a + b + c, ~k)
    row <- c(matrix(1:9, 3, byrow = TRUE)) # items fastest
    expect_pooled(got, lapply(each, function(x) x$estimate[row]), lapply(each, function(x) diag(x$covariance)[row]), seed)
    # d_gi = p_gi - sum_h q_h p_hi, the shares q of the groups being known
    complete <- survey::degf(s[[1L]])
    q <- c(tapply(sets[[1L]]$w, sets[[1L]]$k, sum)) / sum(sets[[1L]]$w)
    of <- kronecker(diag(3), (diag(3) - outer(rep(1, 3), q))[-1L, ])
    known <- d1(lapply(each, function(x) c(of %*% x$estimate)), lapply(each, function(x) of %*% x$covariance %*% t(of)),
                complete - 5)
    tests <- weeg_item_tests(got)
    all <- tests[4L, ]
    if (complete < 6) {
      expect_true(reason_of(all) %in% c("few-df", "no-df"), info = seed)
      next
    }
    expect_equal(all$statistic, known$statistic * (complete - 5) / complete, tolerance = 1e-7, info = seed)
    expect_equal(c(all$num.df, all$den.df), c(6, known$df), tolerance = 1e-7, info = seed)
    expect_equal(all$p.value, stats::pf(all$statistic, 6, known$df, lower.tail = FALSE), tolerance = 1e-9, info = seed)
    items <- lapply(list(i1 ~ k, i2 ~ k, i3 ~ k), function(formula) weeg_test(d, formula))
    expect_equal(tests$p.value[1:3], vapply(items, `[[`, 0, "p.value"), tolerance = 1e-12, info = seed)
    expect_equal(tests$p.adjusted, c(stats::p.adjust(tests$p.value[1:3], "holm"), NA), tolerance = 1e-12, info = seed)
    tested <- tested + 1
  }
  expect_gt(tested, 5)
  # an item that is the opposite of another in all data sets counts once
  d <- weeg_design(lapply(sets, function(x) cbind(x, no = !x$i1)), weights = ~w, strata = ~h, cluster = ~psu)
  tests <- weeg_item_tests(weeg_multiple(d, i1 + no + i2 ~ g))
  expect_equal(tests$p.adjusted[1:3], stats::p.adjust(tests$p.value[c(1, 3)], "holm")[c(1, 1, 2)], tolerance = 1e-9)
  expect_equal(tests$p.value[2L], tests$p.value[1L], tolerance = 1e-9)
  expect_identical(weeg_reason_code(tests)[4L], "singular") # the one follows from the other
  expect_match(paste(format(tests), collapse = " "), "adjusted-wald.*D1, df of Reiter")
  shares <- weeg_multiple(d, ~ i1 + i2, base = "responses")
  each <- lapply(seq_along(sets), function(k) weeg_multiple(d[[k]], ~ i1 + i2, base = "responses"))
  expect_pooled(shares, lapply(each, `[[`, "estimate"), lapply(each, function(x) x$std.error^2), "responses")
  expect_identical(nrow(weeg_item_tests(shares)), 0L)
})

test_that("a book of completed data sets has the figures, tests and comparisons of each table, pooled", {
  skip_if_not_installed("survey")
  skip_if_not_installed("mitools")
  tested <- 0
  for (seed in seq_len(number_from("WEEG_IMPUTED", 4L))) {
    sets <- with_items(random_sets(seed))
    d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu, conventions = if (seed %% 2) "survey" else "weeg")
    nets <- list("a, b" = c("a", "b"))
    book <- weeg_book(d, ~ y + z + m, ~ g + k, sets = list(m = ~ i1 + i2 + i3), filters = list(z = ~ w > 0.2), answers = nets,
                      interval = "beta")
    s <- lapply(sets, function(x) survey::svydesign(~psu, strata = ~h, weights = ~w, data = x))
    # the column m of the banner k, by survey and MIcombine()
    cells <- book$cells[book$cells$banner == "k" & book$cells$column == "m", ]
    shares <- cells[cells$outcome == "y" & cells$statistic == "share", ]
    each <- lapply(s, function(one) survey::svymean(~y, subset(one, k == "m")))
    expect_pooled(shares, lapply(each, function(x) unname(stats::coef(x))), lapply(each, function(x) survey::SE(x)^2), seed)
    each <- lapply(s, function(one) survey::svymean(~z, subset(one, k == "m" & w > 0.2)))
    variances <- lapply(each, function(x) c(survey::SE(x)^2))
    expect_pooled(cells[cells$statistic == "mean", ], lapply(each, stats::coef), variances, seed)
    weighted <- mean(vapply(sets, function(x) sum(x$w[x$k == "m"]), 0))
    expect_equal(shares$base.weighted, rep(weighted, 3), tolerance = 1e-12, info = seed)
    kish <- mean(vapply(sets, function(x) sum(x$w[x$k == "m"])^2 / sum(x$w[x$k == "m"]^2), 0))
    expect_equal(shares$base.effective, rep(kish, 3), tolerance = 1e-12, info = seed)
    # differences of g, with the covariance of groups that share PSUs
    by <- lapply(s, function(one) survey::svyby(~ I(y == "a"), ~g, one, survey::svymean, covmat = TRUE))
    pair <- book$comparisons[book$comparisons$outcome == "y" & book$comparisons$banner == "g" & book$comparisons$level == "a", ]
    true <- lapply(by, function(x) match(c("p:I(y == \"a\")TRUE", "q:I(y == \"a\")TRUE"), names(stats::coef(x))))
    expect_pooled(pair, Map(function(x, at) -diff(unname(stats::coef(x)[at])), by, true),
                  Map(function(x, at) sum(stats::vcov(x)[at, at] * c(1, -1, -1, 1)), by, true), seed)
    # and all of it as the functions for one table have it
    for (banner in c("", "g", "k")) {
      of <- function(formula) if (banner == "") formula else stats::reformulate(banner, formula[[2L]])
      of_book <- function(rows, outcome) rows[rows$outcome == outcome & rows$banner == banner, ]
      expect_rows <- function(mine, other, columns) {
        for (name in columns) expect_equal(mine[[name]], other[[name]], tolerance = 1e-9, info = paste(seed, banner, name))
      }
      figures <- c("estimate", "std.error", "conf.low", "conf.high", "df", "fmi", "n", "reason")
      alone <- as.data.frame(weeg_proportion(d, of(~y), answers = c(list("a", "b", "c"), nets), interval = "beta"))
      expect_rows(of_book(book$cells, "y"), alone, c(figures, "n.base", "n.weighted", "n.effective", "deff", "reliability"))
      expect_rows(of_book(book$cells, "m"), weeg_multiple(d, if (banner == "") ~ i1 + i2 + i3 else {
        stats::reformulate(banner, quote(i1 + i2 + i3))
      }, interval = "beta"), c(figures, "n.base", "reliability"))
      expect_rows(of_book(book$cells, "z"), weeg_mean(subset(d, w > 0.2), of(~z)), c(figures, "cv"))
      if (banner == "") next
      tests <- c("statistic", "num.df", "den.df", "p.value", "n", "df", "fmi", "reason")
      expect_rows(of_book(book$tests, "y"), weeg_test(d, of(~y)), c(tests, "method", "chisq", "cramers.v"))
      expect_rows(of_book(book$tests, "z"), weeg_test(subset(d, w > 0.2), of(~z), method = "mean"), c(tests, "method"))
      all <- weeg_item_tests(weeg_multiple(d, stats::reformulate(banner, quote(i1 + i2 + i3))))[4L, ]
      expect_rows(of_book(book$tests, "m"), all, c(tests, "method"))
      compared <- c("estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value", "p.adjusted", "fmi",
                    "estimate1", "estimate2", "n1", "n2", "reason")
      mine <- of_book(book$comparisons, "y")
      other <- as.data.frame(weeg_compare(d, of(~y), answers = c(list("a", "b", "c"), nets), measures = "difference"))
      key <- function(x) paste(x$level, x$group1, x$group2)
      expect_rows(mine, other[match(key(mine), key(other)), ], compared)
      other <- weeg_compare(subset(d, w > 0.2), of(~z), measures = "mean-difference")
      expect_rows(of_book(book$comparisons, "z"), other, compared)
    }
    # letters are those of the comparisons
    columns <- book$columns
    for (i in which(book$cells$banner != "")) {
      cell <- book$cells[i, ]
      same <- book$comparisons$banner == cell$banner & book$comparisons$outcome == cell$outcome &
        (is.na(cell$level) | book$comparisons$level %in% cell$level)
      rows <- book$comparisons[same & (book$comparisons$group1 == cell$column | book$comparisons$group2 == cell$column), ]
      first <- rows$group1 == cell$column
      up <- rows$p.adjusted < 0.05 & (rows$estimate > 0) == first
      beaten <- ifelse(first, rows$group2, rows$group1)[which(up)]
      letters <- columns$letter[columns$banner == cell$banner & columns$column %in% beaten]
      expect_identical(cell$higher, if (all(is.na(rows$p.adjusted))) NA_character_ else paste(sort(letters), collapse = ""))
    }
    tested <- tested + 1
  }
  expect_gt(tested, 3)
  expect_equal(book$questions$n[1L], mean(vapply(sets, function(x) sum(!is.na(x$y)), 0)))
  text <- paste(format(book), collapse = " ")
  expect_match(text, "imputations, up to .* of the information missing")
  expect_match(text, "df of Barnard and Rubin; of tests D1, df of Reiter")
  expect_identical(tidy(book["z"]), book["z"]$cells)
  for (end in c(".html", ".csv", ".md", if (requireNamespace("openxlsx", quietly = TRUE)) ".xlsx")) {
    path <- tempfile(fileext = end)
    weeg_save(book, path)
    expect_gt(file.size(path), 100)
    unlink(path)
  }
})

test_that("a column that some data sets have no rows of is in a pooled book, and is not compared", {
  sets <- with_items(random_sets(5))
  sets[[1L]]$k[sets[[1L]]$k == "l"] <- "s"
  d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
  book <- weeg_book(d, ~ y + z, ~k)
  expect_false("l" %in% c(book$comparisons$group1, book$comparisons$group2))
  expect_setequal(book$comparisons$group2, "m")
  lost <- book$cells[book$cells$column == "l", ]
  expect_true(all(is.na(lost$estimate)) && !anyNA(lost$reason))
  expect_true(all(is.na(book$tests$p.value)) && !anyNA(book$tests$reason))
  sets[[2L]]$y <- factor(sets[[2L]]$y, c("c", "b", "a"))
  expect_error(weeg_book(weeg_design(sets, weights = ~w), ~ z + y, ~k), "data set 2 has other levels of y",
               class = "weeg_error_variable")
  sets[[2L]]$k <- as.character(sets[[2L]]$k)
  expect_error(weeg_book(weeg_design(sets, weights = ~w), ~z, ~k), "data set 2 has other levels of k",
               class = "weeg_error_variable")
})

test_that("goodness of fit is D1 for differences of survey's proportions, and answers are tested as tables of their own", {
  skip_if_not_installed("survey")
  tested <- 0
  for (seed in seq_len(number_from("WEEG_IMPUTED", 12L))) {
    sets <- random_sets(seed)
    d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
    each <- lapply(sets, function(x) survey::svymean(~y, survey::svydesign(~psu, strata = ~h, weights = ~w, data = x)))
    complete <- weeg_test(d[[1L]], ~y)$df
    if (complete < 3) next
    for (p in list(NULL, c(a = 0.5, b = 0.3, c = 0.2))) {
      q <- if (is.null(p)) rep(1 / 3, 3) else p
      known <- d1(lapply(each, function(x) unname(stats::coef(x) - q)[-3L]),
                  lapply(each, function(x) unname(stats::vcov(x))[-3L, -3L]), complete - 1)
      got <- weeg_test(d, ~y, p = p)
      expect_equal(got$statistic, known$statistic * (complete - 1) / complete, tolerance = 1e-9, info = seed)
      expect_equal(c(got$num.df, got$den.df), c(2, known$df), tolerance = 1e-9, info = seed)
      expect_equal(got$p.value, stats::pf(got$statistic, 2, known$df, lower.tail = FALSE), tolerance = 1e-9, info = seed)
    }
    tested <- tested + 1
  }
  expect_gt(tested, 8)
  text <- paste(format(got), collapse = " ")
  expect_match(text, "imputations.*shares 0.5; 0.3; 0.2.*D1 of Li,")
  # equal data sets: the test of one, but for degrees of freedom
  same <- weeg_test(weeg_design(sets[c(1, 1, 1)], weights = ~w, strata = ~h, cluster = ~psu), ~y, p = p)
  expect_equal(same$statistic, weeg_test(d[[1L]], ~y, p = p, method = "adjusted-wald")$statistic, tolerance = 1e-9)
  expect_error(weeg_test(d, ~y, p = c(0.5, 0.4)), "has 2 proportions, but y has 3 levels", class = "weeg_error_argument")
  expect_error(weeg_test(d, ~y, answers = "a"), "needs a group", class = "weeg_error_argument")
  tests <- weeg_test(d, y ~ g, answers = list("a", "a or b" = c("a", "b")))
  expect_identical(as.character(tests$level), c("a", "a or b"))
  columns <- c("statistic", "num.df", "den.df", "p.value", "n", "fmi")
  expect_equal(as.list(tests[1L, columns]), as.list(weeg_test(d, I(y == "a") ~ g)[columns]), tolerance = 1e-9)
  expect_equal(as.list(tests[2L, columns]), as.list(weeg_test(d, I(y != "c") ~ g)[columns]), tolerance = 1e-9)
})

# D1; of one estimate the degrees of freedom are Barnard and Rubin's.
wald_of <- function(estimates, covariances, complete) {
  known <- d1(estimates, covariances, complete)
  if (length(estimates[[1L]]) == 1L) known$df <- barnard_rubin(unlist(estimates), unlist(covariances), complete)
  known
}

test_that("rank tests are D1 for survey's differences of mean rank scores", {
  skip_if_not_installed("survey")
  tested <- 0
  scores <- list("kruskal-wallis" = identity, wilcoxon = identity, "van-der-waerden" = stats::qnorm,
                 median = function(r) as.numeric(r > 0.5))
  for (seed in seq_len(number_from("WEEG_IMPUTED", 12L))) {
    sets <- lapply(random_sets(seed), function(x) {
      x$k <- cut(x$w, c(0, 0.7, 1.5, Inf), labels = c("s", "m", "l"))
      x$y <- factor(x$y, ordered = TRUE)
      x
    })
    d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu, conventions = if (seed %% 2) "survey" else "weeg")
    for (method in names(scores)) for (outcome in c("y", "z")) for (group in if (method == "wilcoxon") "g" else c("g", "k")) {
      fits <- lapply(sets, function(x) {
        value <- as.numeric(x[[outcome]])
        total <- tapply(x$w, value, sum)
        rank <- (cumsum(total) - total / 2) / sum(total)
        x$score <- scores[[method]](as.numeric(rank[as.character(value)]))
        s <- survey::svydesign(~psu, strata = ~h, weights = ~w, data = x)
        survey::svyglm(stats::reformulate(group, "score"), s)
      })
      size <- nlevels(sets[[1L]][[group]]) - 1
      known <- wald_of(lapply(fits, function(fit) unname(stats::coef(fit))[-1L]),
                  lapply(fits, function(fit) unname(stats::vcov(fit))[-1L, -1L, drop = FALSE]),
                  length(unique(sets[[1L]]$psu)) - length(unique(sets[[1L]]$h)) - size)
      got <- weeg_test(d, stats::reformulate(group, outcome), method = method)
      if (!is.na(got$reason) || known$statistic > 1e6) next
      info <- paste(seed, method, outcome, group)
      expect_equal(got$statistic, known$statistic, tolerance = 1e-7, info = info)
      expect_equal(c(got$num.df, got$den.df), c(size, known$df), tolerance = 1e-7, info = info)
      expect_equal(got$p.value, stats::pf(got$statistic, size, got$den.df, lower.tail = FALSE), tolerance = 1e-9, info = info)
      expect_identical(got$method, method)
      tested <- tested + 1
    }
  }
  expect_gt(tested, 8 * length(scores))
  expect_match(paste(format(got), collapse = " "), "Same median.*imputations.*D1 of Li,")
  # equal data sets: the F of one
  same <- weeg_design(sets[c(1, 1, 1)], weights = ~w, strata = ~h, cluster = ~psu)
  one <- weeg_test(same[[1L]], z ~ k, method = "kruskal-wallis")
  all <- weeg_test(same, z ~ k, method = "kruskal-wallis")
  expect_equal(as.list(all[c("statistic", "num.df", "n", "df")]), as.list(one[c("statistic", "num.df", "n", "df")]),
               tolerance = 1e-9)
  expect_error(weeg_test(d, z ~ k, method = "wilcoxon"), "compares two groups, but there are 3", class = "weeg_error_argument")
  expect_error(weeg_test(d, z ~ k, method = "wilcoxon", given = ~h), "no form conditional", class = "weeg_error_argument")
  expect_error(weeg_test(d, z ~ k, method = "saddlepoint"), "can only be", class = "weeg_error_unsupported")
  # as many groups in each, but others
  sets[[1L]]$k[sets[[1L]]$k == "l"] <- "s"
  for (i in seq_along(sets)[-1L]) sets[[i]]$k[sets[[i]]$k == "m"] <- "s"
  lost <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
  for (method in list("kruskal-wallis", NULL)) {
    expect_identical(weeg_reason_code(weeg_test(lost, y ~ k, method = method)), "singular")
  }
})

test_that("trends and tests given a third variable are D1 for residuals whose covariance is survey's", {
  skip_if_not_installed("survey")
  # observed minus expected of columns u and v, added over layers
  residuals <- function(x, u, v, layer) {
    for (l in unique(layer)) {
      at <- layer == l
      u[at, ] <- sweep(u[at, , drop = FALSE], 2L, colSums(x$w[at] * u[at, , drop = FALSE]) / sum(x$w[at]))
      v[at, ] <- sweep(v[at, , drop = FALSE], 2L, colSums(x$w[at] * v[at, , drop = FALSE]) / sum(x$w[at]))
    }
    pairs <- expand.grid(v = seq_len(ncol(v)), u = seq_len(ncol(u)))
    influence <- u[, pairs$u, drop = FALSE] * v[, pairs$v, drop = FALSE] / sum(x$w)
    s <- survey::svydesign(~psu, strata = ~h, weights = ~w, data = x)
    list(estimate = colSums(x$w * influence), covariance = unname(as.matrix(stats::vcov(survey::svytotal(influence, s)))))
  }
  dummies <- function(f) outer(as.character(f), levels(f)[-1L], "==") + 0
  tested <- 0
  for (seed in seq_len(number_from("WEEG_IMPUTED", 12L))) {
    sets <- lapply(random_sets(seed), function(x) {
      x$k <- cut(x$w, c(0, 0.7, 1.5, Inf), labels = c("s", "m", "l"), ordered_result = TRUE)
      x$y <- factor(x$y, ordered = TRUE)
      x
    })
    d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu, conventions = if (seed %% 2) "survey" else "weeg")
    complete <- length(unique(sets[[1L]]$psu)) - length(unique(sets[[1L]]$h))
    number <- function(v) cbind(as.numeric(v))
    cases <- list(list(y ~ k, "trend", NULL, function(x) residuals(x, number(x$k), number(x$y), rep(1, nrow(x)))),
                  list(z ~ k, "trend", NULL, function(x) residuals(x, number(x$k), number(x$z), rep(1, nrow(x)))),
                  list(z ~ k, "trend", ~g, function(x) residuals(x, number(x$k), number(x$z), x$g)),
                  list(y ~ k, NULL, ~g, function(x) residuals(x, dummies(x$k), dummies(x$y), x$g)),
                  list(y ~ g, "adjusted-wald", ~k, function(x) residuals(x, dummies(x$g), dummies(x$y), x$k)))
    for (case in cases) {
      got <- weeg_test(d, case[[1L]], method = case[[2L]], given = case[[3L]])
      each <- lapply(sets, case[[4L]])
      size <- length(each[[1L]]$estimate)
      if (!is.na(got$reason)) {
        expect_lt(complete - size + 1, 1)
        next
      }
      nu <- complete - size + 1
      known <- wald_of(lapply(each, `[[`, "estimate"), lapply(each, `[[`, "covariance"), nu)
      info <- paste(seed, deparse1(case[1:3]))
      expect_equal(got$statistic, known$statistic * nu / complete, tolerance = 1e-7, info = info)
      expect_equal(c(got$num.df, got$den.df), c(size, known$df), tolerance = 1e-7, info = info)
      expect_equal(got$p.value, stats::pf(got$statistic, size, got$den.df, lower.tail = FALSE), tolerance = 1e-9, info = info)
      tested <- tested + 1
    }
  }
  expect_gt(tested, 40)
  expect_identical(got$group, "g | k")
  expect_match(paste(format(got), collapse = " "), "imputations.*D1 of Li,")
  # an answer, as a table of its own
  columns <- c("statistic", "num.df", "den.df", "p.value", "n", "fmi")
  expect_equal(as.list(weeg_test(d, y ~ g, given = ~k, answers = "a")[columns]),
               as.list(weeg_test(d, I(y == "a") ~ g, given = ~k)[columns]), tolerance = 1e-9)
  # scores of one size in all data sets: the largest value is in one of them only
  sets[[1L]]$z[1L] <- 1000
  far <- weeg_test(weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu), z ~ k, method = "trend")
  each <- lapply(sets, cases[[2L]][[4L]])
  known <- wald_of(lapply(each, `[[`, "estimate"), lapply(each, `[[`, "covariance"), complete)
  expect_equal(c(far$statistic, far$den.df), c(known$statistic, known$df), tolerance = 1e-7)
})

test_that("effect sizes are pooled on the scale of Fisher's z", {
  skip_if_not_installed("mitools")
  for (seed in c(2, 3, 5, 7)) {
    sets <- lapply(random_sets(seed), function(x) {
      other <- sample(levels(x$y), nrow(x), TRUE)
      x$k <- factor(ifelse(stats::runif(nrow(x)) < 0.4, as.character(x$y), other), levels(x$y), ordered = TRUE)
      x$y <- factor(x$y, ordered = TRUE)
      x
    })
    d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
    measures <- c("cramers-v", "gamma", "tau-b", "somers-d", "kappa")
    got <- weeg_association(d, y ~ k, measures = measures)
    each <- lapply(seq_along(sets), function(i) weeg_association(d[[i]], y ~ k, measures = measures))
    known <- combined(lapply(each, function(x) atanh(x$estimate)), lapply(each, function(x) (x$std.error / (1 - x$estimate^2))^2))
    df <- vapply(seq_along(measures), function(i) {
      z <- vapply(each, function(x) atanh(x$estimate[i]), 0)
      barnard_rubin(z, vapply(each, function(x) (x$std.error[i] / (1 - x$estimate[i]^2))^2, 0),
                    mean(vapply(each, function(x) x$df[i], 0)))
    }, 0)
    expect_equal(got$estimate, tanh(known$estimate), tolerance = 1e-9, info = seed)
    expect_equal(got$std.error, known$std.error * (1 - tanh(known$estimate)^2), tolerance = 1e-9, info = seed)
    expect_equal(got$df, df, tolerance = 1e-9, info = seed)
    expect_equal(got$fmi, as.double(known$fmi), tolerance = 1e-9, info = seed)
    expect_equal(got$conf.high, tanh(known$estimate + stats::qt(0.975, df) * known$std.error), tolerance = 1e-9, info = seed)
    low <- tanh(known$estimate - stats::qt(0.975, df) * known$std.error)
    p <- weeg_test(d, y ~ k)$p.value
    if (!(p < 0.05)) low[1L] <- 0
    expect_equal(got$conf.low, low, tolerance = 1e-9, info = seed)
  }
  none <- weeg_association(weeg_design(random_sets(3), weights = ~w, strata = ~h, cluster = ~psu), y ~ g, measures = "cramers-v")
  expect_identical(none$conf.low, 0)
  expect_match(paste(format(got), collapse = " "), "imputations.*Fisher's z.*pooling Rubin")
  # at 1 in one data set: no value on the scale of z, which all have
  sets[[1L]]$k <- sets[[1L]]$y
  lost <- weeg_association(weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu), y ~ k, measures = "gamma")
  expect_true(is.na(lost$estimate) && is.na(lost$std.error) && !is.na(lost$reason))
})

# What each exported function does with completed data sets `d`, of which y is an answer, z a number, g and h groups and u a
# number that does not differ: NA where it works, else words of its refusal.
no_pooling <- "is not pooled over completed data sets"
verbs <- function() {
  file <- function(end) tempfile(fileext = end)
  list(
    as_gt = list(quote(as_gt(d)), "applicable method|must be a result|gt"),
    as_svydesign = list(quote(as_svydesign(d)), "must be a weeg_design"),
    as_svyglm = list(quote(as_svyglm(weeg_logistic(d, I(z > 10) ~ g))), "a model that was pooled has no rows"),
    as_weeg_design = list(quote(as_weeg_design(d)), "must be a survey or srvyr design"),
    augment = list(quote(augment(weeg_logistic(d, I(z > 10) ~ g))), "a model that was pooled has no cells"),
    augment = list(quote(augment(d)), "is of results"),
    augment = list(quote(augment(weeg_crosstab(d, y ~ g))), NA),
    glance = list(quote(glance(weeg_mean(d, z ~ g))), NA), glance = list(quote(glance(d)), "is of results"),
    tidy = list(quote(tidy(weeg_mean(d, z ~ g))), NA), tidy = list(quote(tidy(d)), "is of results"),
    weeg_association = list(quote(weeg_association(d, y ~ g)), NA),
    weeg_audit = list(quote(weeg_audit(d)), "must be a data frame"),
    weeg_battery = list(quote(weeg_battery(d, ~ y + item, means = TRUE)), NA),
    weeg_book = list(quote(weeg_book(d, ~ y + z, ~g)), NA),
    weeg_book = list(quote(weeg_book(d, ~ m + y, ~ g + b, sets = list(m = list(~ y + item, yes = "a"),
                                                                      b = list(~ y + item, yes = "b")))), NA),
    weeg_calibrate = list(quote(weeg_calibrate(d, list(g = c(p = 0.5, q = 0.5)))), NA),
    weeg_compare = list(quote(weeg_compare(d, y ~ g)), NA),
    weeg_compare = list(quote(weeg_compare(d, y ~ h, against = "previous")), NA),
    weeg_compare = list(quote(weeg_compare(d, y ~ h, contrasts = "trend")), NA),
    weeg_compare = list(quote(weeg_compare(d, y ~ g, against = "rest")), NA),
    weeg_compare = list(quote(weeg_compare(d, z ~ g, measures = c("mean-difference", "mean-ratio"))), NA),
    weeg_compare = list(quote(weeg_compare(d, z ~ h, measures = "mean-difference", against = "first")), NA),
    weeg_compare = list(quote(weeg_compare(d, z ~ h, measures = "mean-difference", contrasts = "trend")), NA),
    weeg_compare = list(quote(weeg_compare(d, z ~ g, measures = "mean-difference", against = 10)), NA),
    weeg_contrast = list(quote(weeg_contrast(d, y ~ g, ~ a - b)), NA),
    weeg_conventions = list(quote(weeg_conventions()), NA),
    weeg_crosstab = list(quote(weeg_crosstab(d, y ~ g)), NA),
    weeg_decompose = list(quote(weeg_decompose(d, y ~ g, by = ~h)), NA),
    weeg_design = list(quote(weeg_design(d)), no_pooling), weeg_design = list(quote(weeg_design(d, conventions = "sas")), NA),
    weeg_funnel = list(quote(weeg_funnel(d, y ~ g)), no_pooling), weeg_html = list(quote(weeg_html(d)), "must be"),
    weeg_item_tests = list(quote(weeg_item_tests(d)), "must be"),
    weeg_letters = list(quote(weeg_letters(weeg_compare(d, y ~ g))), NA),
    weeg_letters = list(quote(weeg_letters(d)), "must be a result of weeg_compare"),
    weeg_logistic = list(quote(weeg_logistic(d, I(z > 10) ~ g + y)), NA),
    weeg_loglinear = list(quote(weeg_loglinear(d, ~ y + g)), no_pooling), weeg_mean = list(quote(weeg_mean(d, z ~ g)), NA),
    weeg_mean = list(quote(vcov(weeg_mean(d, z ~ g, covariance = TRUE))), NA),
    weeg_multiple = list(quote(weeg_multiple(d, ~ y + item, yes = "a")), NA),
    weeg_item_tests = list(quote(weeg_item_tests(weeg_multiple(d, y + item ~ g, yes = "a"))), NA),
    weeg_plausible = list(quote(weeg_plausible(d, new ~ z + u)), no_pooling),
    weeg_possible_n = list(quote(weeg_possible_n(d)), "must be numbers"),
    weeg_poststratify = list(quote(weeg_poststratify(d, ~g, c(p = 0.5, q = 0.5))), NA),
    weeg_problems = list(quote(weeg_problems(d)), "must be a study"),
    weeg_proportion = list(quote(weeg_proportion(d, y ~ g, adjust_for = ~h)), NA),
    weeg_proportion = list(quote(vcov(weeg_proportion(d, y ~ g, covariance = TRUE))), NA),
    weeg_protect = list(quote(weeg_protect(d, weeg_crosstab(d, y ~ g))), "not pooled|completed data sets"),
    weeg_protect = list(quote(weeg_protect(d, weeg_book(d, ~y, ~g))), no_pooling),
    weeg_protect = list(quote(weeg_protect(d[[1L]], weeg_book(d, ~y, ~g))), "pooled over completed data sets cannot be"),
    weeg_protect = list(quote(weeg_protect(d[[1L]], weeg_proportion(d, y ~ g))), "pooled over completed data sets cannot be"),
    weeg_protect_tally = list(quote(weeg_protect_tally(d)), "made by weeg_tally"),
    weeg_quantile = list(quote(weeg_quantile(d, z ~ g)), NA),
    weeg_rake = list(quote(weeg_rake(d, list(g = c(p = 0.5, q = 0.5)))), NA),
    weeg_ratio = list(quote(weeg_ratio(d, z / u ~ g)), NA), weeg_read_tally = list(quote(weeg_read_tally(d)), "must be"),
    weeg_reason_code = list(quote(weeg_reason_code(d)), "must be"),
    weeg_replicate_design = list(quote(weeg_replicate_design(d, ~w, "w", "fay")), "must be"),
    weeg_replicates = list(quote(weeg_replicates(d, "jkn")), NA),
    weeg_report = list(quote(weeg_report(d)), "must be a study"),
    weeg_save = list(bquote(weeg_save(weeg_mean(d, z ~ g), .(file(".csv")))), NA),
    weeg_save = list(bquote(weeg_save(d, .(file(".csv")))), "must be a result"),
    weeg_section = list(quote(weeg_section(d, "a")), "must be"),
    weeg_sensitivity = list(quote(weeg_sensitivity(d, y ~ g)), no_pooling),
    weeg_shrink = list(quote(weeg_shrink(d, y ~ g)), no_pooling), weeg_skipped = list(quote(weeg_skipped(d)), "must be"),
    weeg_standardise = list(quote(weeg_standardise(d, y ~ g, by = ~item, population = c(a = 1, b = 1, c = 1))), NA),
    weeg_study = list(quote(weeg_study(d, list())), "must be|codebook"),
    weeg_codebook = list(quote(weeg_codebook(d)), "must be a data frame"),
    weeg_page = list(quote(weeg_page(d)), "`path` must be"),
    weeg_table = list(quote(weeg_table(weeg_battery(d, ~ y + item))), NA),
    weeg_table = list(quote(weeg_table(d)), "must be a result"),
    weeg_tally = list(quote(weeg_tally(d, ~y)), no_pooling), weeg_test = list(quote(weeg_test(d, y ~ g)), NA),
    weeg_test = list(quote(weeg_test(d, z ~ g, method = "mean")), NA),
    weeg_test = list(quote(weeg_test(d, ~y)), NA), weeg_test = list(quote(weeg_test(d, y ~ g, answers = "a")), NA),
    weeg_test = list(quote(weeg_test(d, y ~ g, given = ~h)), NA),
    weeg_test = list(quote(weeg_test(d, z ~ h, method = "trend")), NA),
    weeg_test = list(quote(weeg_test(d, z ~ g, method = "wilcoxon")), NA),
    weeg_test = list(quote(weeg_test(d, y ~ g, method = "rao-scott-f")), "can only be \"adjusted-wald\", "),
    weeg_total = list(quote(weeg_total(d, z ~ g)), NA), weeg_total = list(quote(weeg_total(d, ~y)), NA),
    weeg_trim = list(quote(weeg_trim(d, 3)), NA),
    weeg_two_phase = list(quote(weeg_two_phase(d, subset = ~ u > 0)), no_pooling),
    weeg_weights = list(quote(weeg_weights(d)), no_pooling), weeg_word = list(quote(weeg_word(d)), "have names"),
    weeg_write_tally = list(bquote(weeg_write_tally(d, .(file(".tally")))), "made by weeg_tally")
  )
}

test_that("each function works over completed data sets and plausible values, or refuses in words", {
  expect_setequal(unique(names(verbs())), getNamespaceExports("weeg"))
  set.seed(3)
  sets <- lapply(random_sets(3), function(x) cbind(x, item = factor(rev(as.character(x$y)), levels(x$y)), u = 1))
  imputed <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
  plain <- sets[[1L]]
  for (k in seq_along(sets)) plain[paste0(c("z", "y", "item"), k)] <- sets[[k]][c("z", "y", "item")]
  plain[c("z", "y", "item")] <- NULL
  columns <- function(name) paste0(name, seq_along(sets))
  drawn <- weeg_plausible(weeg_design(plain, weights = ~w, strata = ~h, cluster = ~psu),
                          list(z ~ columns("z"), y ~ columns("y"), item ~ columns("item")))
  for (d in list(imputed, drawn)) {
    list2env(list(d = d), environment())
    for (k in seq_along(verbs())) {
      verb <- verbs()[[k]]
      call <- deparse1(verb[[1L]])
      said <- tryCatch({
        suppressWarnings(suppressMessages(eval(verb[[1L]])))
        NA_character_
      }, weeg_error = conditionMessage, error = function(e) paste("not in words:", conditionMessage(e)))
      if (is.na(verb[[2L]])) expect_identical(said, NA_character_, info = call) else {
        expect_match(said, verb[[2L]], info = call)
        expect_false(grepl("^not in words", said), info = paste(call, said))
      }
    }
  }
})
