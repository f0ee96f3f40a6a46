# Groups in one PSU: by every verb, of twelve rows and of the study. Reference: scores of such a group sum to 0 in its PSU, so
# that nothing can be estimated of them; package survey for those of which something can.

twelve <- data.frame(
  town = rep(c("A", "B", "C"), each = 4L), y = factor(c("a", "b", "a", "b", "b", "b", "a", "b", "a", "a", "b", "b")),
  x = factor(c("p", "p", "q", "q", "p", "q", "q", "p", "q", "p", "p", "q")), i = c(1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1),
  j = c(0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0), o = ordered(c(1, 2, 3, 1, 2, 2, 3, 1, 3, 2, 1, 1)),
  w = c(1.1, 2.3, 0.7, 1.9, 3.1, 1.7, 2.2, 0.3, 1.3, 2.9, 0.1, 1.5)
)

study <- function() {
  data <- openvoorwerk
  data <- transform(data, town = gemeente, y = strengths, x = geslacht, i = relapse == "niet", j = growth == "niet", o = relapse)
  weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
}

designs <- function() {
  d <- weeg_design(twelve, weights = ~w, cluster = ~town)
  list("twelve rows" = d, "the study" = study(), "a tally" = weeg_tally(d, ~ town + y + x + o),
       "jackknife" = weeg_replicates(d, "jk1"))
}

# Standard errors, limits and p-values of what there is to compare of towns, and that there are reasons.
expect_none <- function(result, label) {
  rows <- as.data.frame(result)
  shown <- intersect(names(rows), c("std.error", "conf.low", "conf.high", "statistic", "p.value", "p.adjusted"))
  expect_gt(length(shown), 1L)
  for (column in shown) expect_true(all(is.na(rows[[column]])), label = paste(label, column))
  expect_true(all(!is.na(rows$reason)), label = paste(label, "reason"))
  expect_match(rows$reason, "variance cannot be estimated|proportion to compare with is 0", label = paste(label, "reason"))
  text <- format(result)
  expect_match(paste(gsub("\\s+", " ", text), collapse = " "), "variance cannot be estimated", label = paste(label, "print"))
  expect_false(any(grepl("< .001|e-1[0-9]", text)), label = paste(label, "print"))
}

verbs <- list(
  pairs = quote(weeg_compare(d, y ~ town)),
  "number needed" = quote(weeg_compare(d, y ~ town, measures = "number-needed")),
  total = quote(weeg_compare(d, y ~ town, against = "total")),
  rest = quote(weeg_compare(d, y ~ town, against = "rest")),
  figure = quote(weeg_compare(d, y ~ town, against = c(first = 0.4), answers = "first")),
  contrast = quote(weeg_compare(d, y ~ town, contrasts = list(one = one))),
  adjusted = quote(weeg_compare(d, y ~ town, adjust_for = ~x)),
  decompose = quote(weeg_decompose(d, y ~ town, by = ~x)),
  "V" = quote(weeg_association(d, y ~ town, measures = "cramers-v")),
  "of town" = quote(weeg_test(d, town ~ y))
)
for (method in c("rao-scott-f", "rao-scott-chisq", "rao-scott-deff", "rao-scott-lr", "lincom", "saddlepoint", "wald",
                 "adjusted-wald")) {
  verbs[[method]] <- bquote(weeg_test(d, y ~ town, method = .(method)))
}
for (method in c("kruskal-wallis", "van-der-waerden", "median")) {
  verbs[[method]] <- bquote(weeg_test(d, o ~ town, method = .(method)))
}
for (method in c("rao-scott-f", "wald", "lincom")) {
  verbs[[paste("given", method)]] <- bquote(weeg_test(d, y ~ town, given = ~x, method = .(method)))
}

test_that("groups in one PSU have no comparison, no test and no effect size, in any verb and print", {
  each <- designs()
  for (name in names(each)) {
    d <- each[[name]]
    labels <- levels(weeg_proportion(d, ~town)$level)
    first <- levels(weeg_proportion(d, ~y)$level)[1L]
    one <- stats::setNames(c(1, -0.5, -0.5), labels[1:3])
    for (verb in names(verbs)) {
      call <- verbs[[verb]]
      figure <- stats::setNames(0.4, first)
      if (verb == "figure") call <- quote(weeg_compare(d, y ~ town, against = figure, answers = first))
      # 5000 pairs take a while: some of them
      if (name == "the study" && verb %in% c("pairs", "number needed", "adjusted", "decompose")) {
        call$pairs <- list(labels[1:2], labels[3:4])
        if (verb == "adjusted") call$answers <- first
      }
      got <- tryCatch(eval(call), weeg_error_argument = identity, weeg_error_unsupported = identity)
      if (inherits(got, "condition")) { # towns without rows of a category
        expect_match(conditionMessage(got), "pairs", label = paste(name, verb))
        next
      }
      if (verb == "decompose") got <- got[!grepl("category", got$reason), ]
      if (verb == "adjusted") got <- got[!grepl("no finite", got$reason), ]
      if (nrow(got) > 0L) expect_none(got, paste(name, verb))
    }
  }
})

test_that("tests name the groups that cannot be told", {
  expect_match(weeg_test(weeg_design(twelve, ~w, cluster = ~town), y ~ town)$reason, "Leave out or combine: A, B, C$")
  expect_match(weeg_test(study(), y ~ town)$reason, "Alkmaar, Almelo, Amersfoort and 47 more$")
  # one of three: the other two have two PSUs each
  data <- transform(twelve, psu = c(1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5))
  d <- weeg_design(data, weights = ~w, cluster = ~psu)
  expect_match(weeg_test(d, y ~ town)$reason, "Leave out or combine: C$")
  expect_match(weeg_test(d, o ~ town, method = "kruskal-wallis")$reason, "Leave out or combine: C$")
  without <- weeg_test(subset(d, town != "C"), y ~ town)
  expect_false(is.na(without$p.value))
  pairs <- as.data.frame(weeg_compare(d, y ~ town, measures = "difference", answers = "a"))
  expect_identical(is.na(pairs$p.value), c(FALSE, TRUE, TRUE))
  letters <- weeg_letters(weeg_compare(d, y ~ town, measures = "difference", answers = "a"))
  expect_identical(is.na(letters$letters), c(FALSE, FALSE, TRUE))
  expect_match(format(letters), "Groups without a letter", all = FALSE)
  expect_identical(glance(letters)$groups, 3L)
})

test_that("proportions, adjusted and standardised ones, several answers: no standard error, no n.effective of 39 digits", {
  for (d in designs()[c("twelve rows", "the study", "jackknife")]) {
    for (call in alist(weeg_proportion(d, y ~ town), weeg_proportion(d, y ~ town, adjust_for = ~x),
                       weeg_multiple(d, i + j ~ town))) {
      got <- as.data.frame(eval(call))
      open <- !is.na(got$estimate) & got$estimate > 0 & got$estimate < 1
      expect_gt(sum(open), 5L)
      expect_true(all(is.na(got[open, c("std.error", "conf.low", "conf.high", "n.effective", "deff")])), label = deparse1(call))
      expect_match(got$reason[open], "variance cannot be estimated", all = TRUE)
      # where a share is 0 or 1 the limits are those of its rows, as ever
      edge <- !is.na(got$estimate) & !open
      expect_true(all(is.na(got$reason[edge]) | grepl("Clopper|no finite", got$reason[edge])), label = deparse1(call))
      expect_false(any(nchar(format(eval(call))) > getOption("width") + 40L))
    }
  }
  tests <- weeg_item_tests(weeg_multiple(weeg_design(twelve, ~w, cluster = ~town), i + j ~ town))
  expect_true(all(is.na(tests$p.value)) && all(grepl("variance", tests$reason)))
  known <- weeg_standardise(weeg_design(twelve, ~w, cluster = ~town), y ~ town, by = ~x, population = c(p = 1, q = 1))
  expect_true(all(is.na(known$std.error)) && all(is.na(known$conf.low)) && all(grepl("variance", known$reason)))
})

test_that("models: coefficients of such levels, those compared with one, and tests of terms", {
  d <- weeg_design(transform(twelve, psu = c(1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5)), weights = ~w, cluster = ~psu)
  fit <- weeg_logistic(d, y ~ town)
  expect_identical(is.na(fit$std.error), c(FALSE, FALSE, TRUE))
  expect_true(is.na(anova(fit)$p.value) && grepl("variance", anova(fit)$reason))
  first <- weeg_logistic(d, y ~ factor(town, c("C", "A", "B")))
  expect_true(all(is.na(first$std.error)))
  model <- weeg_loglinear(d, ~ y + town)
  expect_true(all(is.na(model$std.error)) && is.na(glance(model)$p.value))
  expect_true(all(!is.na(weeg_loglinear(d, ~ y + x)$std.error)))
  cells <- weeg_crosstab(d, y ~ town)
  expect_identical(unname(rowSums(is.na(cells$residuals))), c(0, 0, 2))
  expect_true(all(is.na(weeg_crosstab(d, town ~ y)$residuals[, 3L])))
})

test_that("order between PSUs: a trend and measures of order have a variance", {
  data <- transform(twelve, size = c(5, 9, 20)[match(town, unique(town))])
  d <- weeg_design(data, weights = ~w, cluster = ~town)
  expect_false(is.na(weeg_test(d, o ~ size, method = "trend")$p.value))
  expect_false(anyNA(weeg_association(d, o ~ ordered(size), measures = c("gamma", "tau-b", "somers-d"))$conf.low))
  # but not the line through the towns' own proportions
  expect_true(all(is.na(weeg_compare(d, y ~ size, contrasts = "trend")$p.value)))
})

test_that("one PSU of each group in each stratum: no degrees of freedom of its own, but a variance", {
  skip_if_not_installed("survey")
  share <- list(a = c(3, 5, 6, 2, 7, 4), b = c(5, 6, 9, 2, 9, 8)) # of 10, in six strata
  rows <- expand.grid(row = 1:10, pair = 1:6, g = c("a", "b"))
  rows$y <- factor(ifelse(rows$row <= unlist(share)[(rows$g == "b") * 6 + rows$pair], "yes", "no"), c("yes", "no"))
  rows$village <- paste(rows$g, rows$pair)
  d <- weeg_design(rows, strata = ~pair, cluster = ~village, conventions = "nchs")
  got <- as.data.frame(weeg_compare(d, y ~ g, measures = "difference", answers = "yes"))
  s <- survey::svydesign(ids = ~village, strata = ~pair, weights = ~1, data = rows)
  s <- stats::update(s, yes = as.numeric(y == "yes"))
  want <- survey::svycontrast(survey::svyby(~yes, ~g, s, survey::svymean, covmat = TRUE), c(1, -1))
  expect_equal(got$estimate, -12 / 60, tolerance = 1e-12)
  expect_equal(got$std.error, as.numeric(survey::SE(want)), tolerance = 1e-12)
  expect_identical(got$df, 6)
})

test_that("PSUs that were all taken leave nothing to estimate of the first stage", {
  data <- transform(twelve, N = 3, M = 40, id = 1:12)
  d <- weeg_design(data, weights = ~w, cluster = ~ town + id, fpc = ~ N + M)
  got <- weeg_compare(d, y ~ town, measures = "difference", answers = "a")
  expect_false(anyNA(got$p.value))
  skip_if_not_installed("survey")
  s <- survey::svydesign(ids = ~ town + id, weights = ~w, fpc = ~ N + M, data = data)
  score <- function(town) {
    inside <- data$town == town
    inside * ((data$y == "a") - sum(data$w[inside & data$y == "a"]) / sum(data$w[inside])) / sum(data$w[inside])
  }
  se <- survey::SE(survey::svytotal(~u, stats::update(s, u = score("A") - score("B"))))
  expect_equal(got$std.error[1L], as.numeric(se), tolerance = 1e-12)
})

test_that("a share that is the same in all PSUs has a variance of 0, a reason, and no effective number", {
  data <- data.frame(psu = rep(1:9, each = 3), y = rep(c("a", "b", "c"), 9), w = rep(1:9, each = 3) * c(0.1, 0.7, 55.5))
  d <- weeg_design(data, weights = ~w, cluster = ~psu)
  got <- as.data.frame(weeg_proportion(d, ~y))
  expect_identical(got$std.error, c(0, 0, 0))
  expect_identical(got$n.effective, rep(NA_real_, 3))
  expect_match(got$reason, "variance is 0")
  by_psus <- as.data.frame(weeg_proportion(weeg_design(d, conventions = "nchs"), ~y))
  expect_identical(by_psus$conf.low, by_psus$conf.high)
  # by default as wide as by the variance of the working model, in which rows of a PSU are alike with a correlation of 0.05
  for (i in 1:3) {
    cells <- list(data$psu, data$y == got$level[i])
    rows <- sum(tapply(data$w, cells, sum)^2 / tapply(data$w, cells, length))
    model <- sum(data$w)^2 / (0.95 * rows + 0.05 * sum(tapply(data$w, data$psu, sum)^2))
    n <- model * (stats::qt(0.975, 26) / stats::qt(0.975, got$df[i]))^2
    x <- n * got$estimate[i]
    expect_equal(got$conf.low[i], stats::qbeta(0.025, x, n - x + 1), tolerance = 1e-8)
    expect_equal(got$conf.high[i], stats::qbeta(0.975, x + 1, n - x), tolerance = 1e-8)
  }
  figure <- weeg_compare(d, ~y, against = c(a = 0.2), measures = "difference")
  expect_true(is.na(figure$p.value) && grepl("variance is 0", figure$reason))
})
