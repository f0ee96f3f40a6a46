# Standard errors and other figures beside protected counts: an attacker who knows every formula finds no hidden count, and all
# figures follow from the coarse ones. bench/protect.R attacks 1 000 releases.

skip_if_not_installed("lpSolve")

test_that("no hidden count follows from the nation's standard error", {
  # of these, full standard errors tell hidden counts exactly; the last one keeps standard errors
  found <- vapply(1:8, attack_towns, c(0, 0, 0), change = protect_towns)
  expect_gt(sum(found["hidden", ] > 0), 4)
  expect_identical(sum(found["exact", ]), 0)
  expect_identical(sum(found["narrowed", ]), 0)
})

test_that("no hidden count follows from regions, from their difference, nor where weights differ", {
  found <- cbind(vapply(1:4, attack_towns, c(0, 0, 0), change = protect_towns, weighted = TRUE),
                 vapply(2:5, attack_regions, c(0, 0, 0)),
                 vapply(2:5, attack_regions, c(0, 0, 0), compared = TRUE),
                 vapply(6:9, attack_regions, c(0, 0, 0), compared = TRUE, weighted = TRUE))
  expect_gt(sum(found["hidden", ] > 0), 8)
  expect_identical(sum(found[c("exact", "narrowed"), ]), 0)
})

test_that("hiding counts alone does not withstand the attacker", {
  found <- vapply(1:4, attack_towns, c(0, 0, 0), change = hide_counts_alone)
  expect_gt(sum(found["exact", ]), 0)
})

# 40 towns of 20 respondents, of whom few say yes: towns hide nearly all, the nation keeps its standard error.
many_towns <- function() {
  yes <- rep(c(1, 2, 3, 4, 6, 8, 3, 2), 5)
  answers <- lapply(yes, function(y) rep(c("yes", "no"), c(y, 20 - y)))
  data.frame(town = rep(sprintf("T%02d", 1:40), each = 20), q = factor(unlist(answers)))
}

test_that("figures follow from the share, the rounded standard error and public degrees of freedom", {
  d <- weeg_design(many_towns(), cluster = ~town)
  made <- list(nation = weeg_proportion(d, ~q, interval = "wald"), towns = weeg_proportion(d, q ~ town),
               total = weeg_total(d, ~q))
  shown <- weeg_protect(d, made, threshold = 5)
  nation <- shown$nation
  expect_gt(sum(is.na(shown$towns$n)), 20)
  expect_identical(nation$n, made$nation$n)
  expect_identical(nation$std.error, signif(made$nation$std.error, 2))
  expect_identical(nation$estimate, made$nation$estimate)
  expect_identical(nation$df, c(39, 39))
  p <- nation$estimate
  expect_equal(nation$conf.low, p - qt(0.975, 39) * nation$std.error, tolerance = 1e-12)
  expect_equal(nation$conf.high, p + qt(0.975, 39) * nation$std.error, tolerance = 1e-12)
  expect_equal(nation$n.effective, p * (1 - p) / nation$std.error^2, tolerance = 1e-12)
  total <- shown$total
  expect_identical(total$std.error, signif(made$total$std.error, 2))
  expect_equal(total$conf.high, total$estimate + qt(0.975, 39) * total$std.error, tolerance = 1e-11)
  expect_match(attr(nation, "conventions")[["precision"]], "standard errors to 2 digits")
  expect_match(paste(format(nation), collapse = " "), "standard errors to 2 digits")
})

test_that("tests, residuals and the degrees of freedom of answers do not tell what towns hide", {
  rows <- many_towns()
  rows$sex <- rep(c("f", "m"), 400)
  d <- weeg_design(rows, cluster = ~town)
  made <- list(towns = weeg_proportion(d, q ~ town), sexes = weeg_crosstab(d, q ~ sex), test = weeg_test(d, q ~ sex),
               v = weeg_association(d, q ~ sex), pair = weeg_compare(d, q ~ sex, measures = "difference"))
  shown <- weeg_protect(d, made, threshold = 5)
  sexes <- shown$sexes
  expect_identical(sexes$counts, made$sexes$counts)
  expect_true(all(is.na(sexes$residuals), is.na(sexes$test$statistic), is.na(shown$test$p.value), is.na(shown$v$estimate)))
  # of all 40 towns, not of those in which somebody said yes
  told <- !is.na(sexes$column$df)
  expect_identical(sexes$column$df[told], rep(39, sum(told)))
  pair <- shown$pair
  expect_equal(pair$estimate, made$pair$estimate, tolerance = 1e-11) # shown to 12 digits
  told <- !is.na(pair$std.error)
  expect_identical(pair$std.error[told], signif(made$pair$std.error, 2)[told])
  expect_equal(pair$p.value[told], 2 * pt(-abs(pair$estimate / pair$std.error), 39)[told], tolerance = 1e-9)
})

test_that("shares are coarse where weights differ, and nothing is where no count of the question is hidden", {
  rows <- many_towns()
  rows$other <- factor(rep(c("a", "b"), 400))
  rows$w <- rep(c(1, 2.5), each = 400)
  d <- weeg_design(rows, weights = ~w, cluster = ~town)
  made <- list(weeg_proportion(d, ~q), weeg_proportion(d, q ~ town), weeg_proportion(d, ~other))
  shown <- weeg_protect(d, made, threshold = 5)
  expect_identical(as.data.frame(shown[[3L]]), as.data.frame(made[[3L]]))
  told <- !is.na(shown[[1L]]$estimate)
  expect_identical(shown[[1L]]$estimate[told], round(made[[1L]]$estimate, 3)[told])
  expect_identical(shown[[1L]]$n, made[[1L]]$n)
})

test_that("that a model has no estimate, as a town has one answer only, is not told beside hidden counts of towns", {
  rows <- many_towns()
  rows$sex <- rep(c("f", "m"), 400)
  rows$q[rows$town == "T01"] <- "no"
  d <- weeg_design(rows, cluster = ~town)
  made <- list(towns = weeg_proportion(d, q ~ town), sexes = weeg_proportion(d, q ~ sex, adjust_for = ~town),
               pair = weeg_compare(d, q ~ sex, adjust_for = ~town))
  for (x in made[-1L]) expect_match(x$reason, "a group or level of a covariate has only this answer")
  shown <- weeg_protect(d, made, threshold = 5)
  for (x in shown[-1L]) expect_identical(unique(x$reason), "not shown, to protect small groups")
})

# Three regions of which each has its own towns, with few who say yes in each.
region_rows <- function() {
  rows <- many_towns()
  rows$region <- rep(c("north", "east", "south"), c(160, 320, 320))
  rows$sex <- rep(c("f", "m"), 400)
  rows
}

test_that("degrees of freedom are those of the towns of a domain, of groups of towns, and of both groups of a comparison", {
  d <- weeg_design(region_rows(), cluster = ~town, conventions = "nchs")
  north <- subset(d, region == "north") # 8 of the 40 towns
  made <- list(nation = weeg_proportion(north, ~q), towns = weeg_proportion(north, q ~ town),
               sexes = weeg_proportion(north, q ~ sex), pair = weeg_compare(north, q ~ sex, measures = "difference"))
  shown <- weeg_protect(north, made, threshold = 5)
  expect_gt(sum(is.na(shown$towns$n)), 0)
  for (part in c("nation", "sexes", "pair")) expect_identical(unique(made[[part]]$df), 7)
  df <- unlist(lapply(shown[c("nation", "sexes", "pair")], `[[`, "df"))
  expect_true(all(df %in% c(7, NA)))
  whole <- list(regions = weeg_proportion(d, q ~ region), towns = weeg_proportion(d, q ~ town),
                pair = weeg_compare(d, q ~ region, pairs = c("north", "east"), measures = "difference"))
  shown <- weeg_protect(d, whole, threshold = 5)
  expect_identical(whole$regions$df, rep(c(15, 7, 15), each = 2)) # east, north, south: towns less one stratum
  told <- !is.na(shown$regions$df)
  expect_gt(sum(told), 0)
  expect_identical(shown$regions$df[told], whole$regions$df[told])
  expect_identical(unique(whole$pair$df), 23)
  expect_true(all(shown$pair$df %in% c(23, NA)))
})

test_that("p-values are adjusted for all comparisons of the table, also for those that are not shown", {
  rows <- region_rows()
  rows$answer <- factor(ifelse(rows$q == "yes", "yes", rep(c("no", "rather not"), 400)))
  d <- weeg_design(rows, cluster = ~town)
  made <- list(towns = weeg_proportion(d, answer ~ town), pair = weeg_compare(d, answer ~ sex, measures = "difference"))
  made$pair <- weeg_compare(d, answer ~ region, measures = "difference")
  shown <- weeg_protect(d, made, threshold = 5)$pair
  told <- !is.na(shown$p.value)
  expect_gt(sum(told), 0)
  expect_equal(shown$p.adjusted[told], p.adjust(shown$p.value[told], "holm", n = nrow(shown)), tolerance = 1e-12)
})

twelve <- function(yes) factor(unlist(lapply(yes, function(y) rep(c("yes", "no"), c(y, 12 - y)))), levels = c("yes", "no"))

test_that("no reason is told of a figure that is not shown but that it is not", {
  # each town has the same: the variance is 0
  rows <- data.frame(town = rep(sprintf("T%d", 1:6), each = 12), sex = c("f", "m"), q = twelve(rep(2, 6)))
  d <- weeg_design(rows, cluster = ~town)
  made <- list(towns = weeg_proportion(d, q ~ town), nation = weeg_proportion(d, ~q), total = weeg_total(d, ~q),
               pair = weeg_compare(d, q ~ sex), sexes = weeg_proportion(d, q ~ sex))
  expect_match(made$nation$reason, "the estimated variance is 0")
  shown <- weeg_protect(d, made, threshold = 5)
  # that of a difference of 0 follows from its standard error, which other tables have, too: as many women as men in each town
  for (part in names(shown)[-1L]) {
    quiet <- grepl("to protect small groups", shown[[part]]$reason)
    expect_true(all(quiet | part == "pair" & shown[[part]]$std.error %in% 0), label = part)
  }
  # all who say yes are in one town
  rows <- data.frame(town = rep(sprintf("T%02d", 1:10), times = c(60, rep(40, 9))), sex = rep(c("f", "m"), 210))
  rows$q <- factor(rep(c("yes", "no"), c(60, 360)))
  d <- weeg_design(rows, cluster = ~town)
  made <- list(weeg_proportion(d, q ~ town), weeg_crosstab(d, q ~ sex))
  expect_match(made[[2L]]$column$reason, "are in one PSU", all = FALSE)
  shown <- weeg_protect(d, made, threshold = 5)[[2L]]
  for (part in c("row", "column", "total", "margin")) expect_no_match(shown[[part]]$reason, "PSU")
})

test_that("where rows are the units, degrees of freedom do not count the strata in which somebody gave an answer", {
  rows <- data.frame(town = rep(sprintf("T%d", 1:6), each = 12), sex = c("f", "m"), q = twelve(c(0, 2, 1, 3, 0, 4)))
  d <- weeg_design(rows, strata = ~town)
  made <- list(weeg_proportion(d, q ~ town), weeg_crosstab(d, q ~ sex))
  yes <- made[[2L]]$column$level == "yes"
  expect_identical(unique(made[[2L]]$column$df[yes]), 10 - 4) # four towns with a yes
  shown <- weeg_protect(d, made, threshold = 5)[[2L]]$column
  expect_true(all(shown$df[yes] %in% c(10 - 6, NA)))
})

test_that("adjusted figures are not shown beside hidden counts, nor whether there are any, in simple random samples", {
  rows <- data.frame(town = rep(sprintf("T%d", 1:6), each = 12), sex = c("f", "m"), q = twelve(c(5, 2, 5, 3, 7, 4)))
  for (none in c(FALSE, TRUE)) {
    if (none) rows$q[1:12] <- "no"
    d <- weeg_design(rows)
    made <- list(towns = weeg_proportion(d, q ~ town), adjusted = weeg_proportion(d, q ~ sex, adjust_for = ~town),
                 pair = weeg_compare(d, q ~ sex, adjust_for = ~town), sexes = weeg_proportion(d, q ~ sex))
    shown <- weeg_protect(d, made, threshold = 5)
    for (part in c("adjusted", "pair")) {
      expect_true(all(is.na(shown[[part]]$estimate)))
      expect_identical(unique(shown[[part]]$reason), "not shown, to protect small groups")
    }
    told <- !is.na(shown$sexes$n)
    expect_gt(sum(told), 0)
    # follow from their own counts; shown to 12 digits
    expect_equal(shown$sexes$std.error[told], made$sexes$std.error[told], tolerance = 1e-11)
  }
})

test_that("shares are coarse where one weight of a town differs, and where towns are not in the design", {
  yes <- c(1, 3, 2, 1, 4, 4)
  rows <- data.frame(town = rep(sprintf("T%02d", 1:6), each = 6), w = rep(c(1, 1.31, 1.73, 2.27, 2.91, 3.77), each = 6))
  rows$q <- factor(unlist(lapply(yes, function(v) rep(c("yes", "no"), c(v, 6 - v)))), levels = c("no", "yes"))
  other <- transform(rows, w = replace(w, 1, 1.02))
  designs <- list(weeg_design(rows, weights = ~w), weeg_design(other, weights = ~w, cluster = ~town))
  for (d in designs) {
    shown <- weeg_protect(d, list(nation = weeg_proportion(d, ~q), towns = weeg_proportion(d, q ~ town)), threshold = 3)
    # of the tables of these towns, those that give what is shown of the nation
    told <- shown$nation[shown$nation$level == "yes", ]
    digits <- if (grepl("shares to 3", attr(shown$nation, "conventions")[["precision"]])) 5e-4 else 5e-3
    towns <- as.matrix(expand.grid(rep(list(0:6), 6)))
    w <- c(1, 1.31, 1.73, 2.27, 2.91, 3.77)
    fits <- rowSums(towns) == told$n
    if (!is.na(told$estimate)) fits <- fits & abs(towns %*% w / (6 * sum(w)) - told$estimate) < digits + 1e-3
    hidden <- which(is.na(shown$towns$n[shown$towns$level == "yes"]))
    for (i in setdiff(1:6, hidden)) fits <- fits & towns[, i] == yes[i]
    for (i in hidden) {
      expect_lte(min(towns[fits, i]), if (yes[i] < 3) 0 else yes[i])
      expect_gte(max(towns[fits, i]), if (yes[i] < 3) 2 else yes[i])
    }
  }
})

test_that("a table that has the counts of another one, said the other way round, is protected like it", {
  rows <- data.frame(town = rep(sprintf("T%d", 1:6), each = 12), sex = c("f", "m"), q = twelve(rep(4, 6)))
  d <- weeg_design(rows, cluster = ~town)
  shown <- weeg_protect(d, weeg_proportion(d, q ~ town), weeg_crosstab(d, q ~ sex), weeg_crosstab(d, sex ~ q), threshold = 5)
  expect_true(all(is.na(shown[[1L]]$n)))
  expect_true(all(is.na(shown[[3L]]$row$std.error)))
})

test_that("a number needed has the standard error of its difference, rounded once", {
  rows <- region_rows()
  rows$q[rows$region == "south"][seq(1, 320, 7)] <- "yes"
  d <- weeg_design(rows, cluster = ~town)
  pair <- weeg_compare(d, q ~ region, pairs = c("north", "south"), measures = c("difference", "number-needed"))
  shown <- weeg_protect(d, weeg_proportion(d, q ~ town), pair, threshold = 5)[[2L]]
  told <- which(!is.na(shown$std.error[shown$measure == "difference"]))
  expect_gt(length(told), 0)
  difference <- shown[shown$measure == "difference", ][told, ]
  needed <- shown[shown$measure == "number-needed", ][told, ]
  expect_equal(needed$std.error * difference$estimate^2, difference$std.error, tolerance = 1e-9)
})

test_that("which figures are shown reveals nothing to somebody who makes the release of every table", {
  protect_by <- function(design) function(rows, threshold) {
    d <- design(rows)
    weeg_protect(d, nation = weeg_proportion(d, ~q), towns = weeg_proportion(d, q ~ town), threshold = threshold)
  }
  clusters <- protect_by(function(rows) weeg_design(rows, cluster = ~town))
  strata <- protect_by(function(rows) weeg_design(rows, strata = ~town))
  for (found in list(replay_releases(3, 5, 2, 7, clusters), replay_releases(3, 5, 2, 7, strata))) {
    expect_identical(found[["narrowed"]], 0)
    expect_gt(found[["errors"]], 0)
  }
})

test_that("of a question that is a group of other tables, no standard errors are shown where its counts are hidden", {
  # three women and three men in each of three towns: each table's standard errors alone reveal nothing, both do
  make <- function(yes) {
    rows <- data.frame(town = rep(c("T1", "T2", "T3"), each = 6), sex = rep(c("f", "m"), each = 3, times = 3))
    rows$q <- factor(unlist(lapply(yes, function(v) rep(c("yes", "no"), c(v, 3 - v)))), c("no", "yes"))
    weeg_design(rows, cluster = ~town)
  }
  d <- make(c(2, 0, 0, 1, 1, 2))
  shown <- weeg_protect(d, weeg_proportion(d, q ~ town), weeg_proportion(d, q ~ sex), weeg_proportion(d, sex ~ q), threshold = 2)
  for (x in shown[2:3]) {
    expect_false(anyNA(as.data.frame(x)$n))
    expect_true(all(is.na(as.data.frame(x)$std.error)))
  }
  d <- make(c(0, 0, 2, 0, 1, 3))
  shown <- weeg_protect(d, weeg_proportion(d, q ~ town), weeg_proportion(d, sex ~ q), threshold = 2)
  expect_identical(as.data.frame(shown[[2L]])$n, c(6, 6, 3, 3))
})

test_that("figures beside hidden counts are by PSUs minus strata under conventions of few PSUs, too", {
  rows <- many_towns()
  rows$sex <- rep(c("f", "m"), 400)
  release <- function(conventions) {
    d <- weeg_design(rows, cluster = ~town, conventions = conventions)
    made <- list(weeg_proportion(d, ~q, interval = "beta"), weeg_compare(d, q ~ sex),
                 weeg_proportion(d, q ~ town, interval = "beta"))
    list(made = made, shown = weeg_protect(d, made, threshold = 5))
  }
  few <- release("weeg")
  usual <- release("survey")
  for (i in 1:3) {
    expect_identical(as.data.frame(few$shown[[i]]), as.data.frame(usual$shown[[i]]))
    expect_identical(attr(few$shown[[i]], "conventions")[["df"]], "PSUs - strata")
  }
  expect_true(all(few$made[[1L]]$df != 39))
  expect_identical(few$shown[[1L]]$df, c(39, 39))
  expect_gt(sum(!is.na(few$shown[[1L]]$conf.low)), 0)
})

test_that("beside hidden counts an interval that nobody chose is the one by PSUs minus strata", {
  rows <- many_towns()
  rows$sex <- rep(c("f", "m"), 400)
  rows$plain <- factor(rep(c("no", "yes"), c(300, 500)))[order(rep(1:20, 40))] # 20 in all, no fewer than 5 in any town
  release <- function(conventions) {
    d <- weeg_design(rows, cluster = ~town, conventions = conventions)
    # the first is of two questions, of which one has no hidden counts
    made <- list(weeg_proportion(d, q + plain ~ 1), weeg_proportion(d, ~q), weeg_crosstab(d, q ~ sex),
                 weeg_proportion(d, q ~ town), weeg_proportion(d, ~plain), weeg_compare(d, q ~ sex))
    list(made = made, shown = weeg_protect(d, made, threshold = 5))
  }
  few <- release("weeg")
  usual <- release("nchs")
  said <- function(x) attr(x, "conventions")[c("interval", "df")]
  for (i in c(2L, 4L)) {
    expect_identical(as.data.frame(few$shown[[i]]), as.data.frame(usual$shown[[i]]))
    expect_identical(said(few$shown[[i]]), c(interval = "95% beta-nchs", df = "PSUs - strata"))
  }
  expect_identical(few$shown[[3L]]$row, usual$shown[[3L]]$row)
  expect_identical(said(few$shown[[3L]]), c(interval = "95% beta-nchs", df = "PSUs - strata"))
  expect_identical(said(few$shown[[6L]]), c(interval = "95% t", df = "PSUs - strata"))
  # what stays as it was says what it did
  expect_identical(few$shown[[5L]]$conf.low, few$made[[5L]]$conf.low)
  expect_identical(said(few$shown[[5L]]), said(few$made[[5L]]))
  expect_identical(said(few$shown[[1L]]), c(interval = "95% beta (beside hidden counts 95% beta-nchs)",
                                            df = "effective (beside hidden counts PSUs - strata)"))
})
