# Several classifications of the same respondents in one release: no difference of their counts may tell of few.

skip_if_not_installed("lpSolve")

# 41 is the age of 3 of 320; all others are far from it
ages <- rep(c(25, 35, 41, 45, 55), c(60, 80, 3, 77, 100))
people <- data.frame(age = ages, y = rep(c("yes", "no"), 160), sex = rep(c("f", "m"), each = 2, length.out = 320))
people$tens <- cut(people$age, c(0, 30, 40, 50, 60))
people$other <- cut(people$age, c(0, 30, 41, 50, 60))
d <- weeg_design(people)
counts <- function(x, columns = "n") unlist(as.data.frame(x)[columns], use.names = FALSE)

# Whether a count that is shown in one result is `least` to `most` more than one in another.
differ <- function(x, y, columns = "n", differences = 1:9) {
  any(abs(outer(stats::na.omit(counts(x, columns)), stats::na.omit(counts(y, columns)), `-`)) %in% differences)
}

test_that("cumulative classes do not tell those between two limits", {
  made <- list(weeg_proportion(d, ~ I(age <= 40)), weeg_proportion(d, ~ I(age <= 41)))
  expect_true(differ(made[[1]], made[[2]]))
  shown <- weeg_protect(d, made)
  expect_false(differ(shown[[1]], shown[[2]]))
  for (by in c("sex", "y")) {
    made <- lapply(sprintf("I(age <= %d) ~ %s", 40:41, by), function(f) weeg_proportion(d, stats::as.formula(f)))
    shown <- weeg_protect(d, made)
    expect_false(differ(shown[[1]], shown[[2]]))
  }
  # three of them, each within the next: 3 = those up to 41 less those up to 30 and those from 31 to 40
  made <- lapply(c(~ I(age <= 41), ~ I(age <= 30), ~ I(age > 30 & age <= 40)), function(f) weeg_proportion(d, f))
  n <- lapply(weeg_protect(d, made), counts)
  expect_true(is.na(n[[1]][2] - n[[2]][2] - n[[3]][2]))
})

test_that("the same classes said in two ways, and those far enough apart, are shown", {
  for (other in c(~ I(age < 41), ~ I(age > 40), ~ I(age <= 50), ~tens)) {
    shown <- weeg_protect(d, weeg_proportion(d, ~ I(age <= 40)), weeg_proportion(d, other))
    expect_false(anyNA(c(counts(shown[[1]]), counts(shown[[2]]))))
  }
})

test_that("nor do groups, and groups beside answers", {
  for (f in list(c("y ~ I(age <= 40)", "y ~ I(age <= 41)"), c("y ~ I(age <= 40)", "sex ~ I(age <= 41)"),
                 c("~ I(age <= 40)", "y ~ I(age <= 41)"))) {
    made <- lapply(f, function(f) weeg_proportion(d, stats::as.formula(f)))
    shown <- weeg_protect(d, made)
    of <- c(if (grepl("^~", f[1])) "n" else "n.base", "n.base")
    expect_true(any(outer(counts(made[[1]], of[1]), counts(made[[2]], of[2]), `-`) %in% -3))
    expect_false(any(outer(counts(shown[[1]], of[1]), counts(shown[[2]], of[2]), `-`) %in% c(-3, 3)), info = f[1])
    expect_false(differ(shown[[1]], shown[[2]]))
  }
})

test_that("two groupings with other limits are found in the rows, as columns and as groups", {
  shown <- weeg_protect(d, weeg_proportion(d, ~tens), weeg_proportion(d, ~other))
  expect_false(differ(shown[[1]], shown[[2]]))
  # what is the same in both stays: those up to 30, and over 50
  expect_identical(counts(shown[[1]])[c(1, 4)], c(60, 100))
  shown <- weeg_protect(d, weeg_proportion(d, y ~ tens), weeg_proportion(d, y ~ other))
  expect_false(differ(shown[[1]], shown[[2]], "n.base", c(3, 9)))
  expect_identical(unique(counts(shown[[1]], "n.base")[1:2]), 60)
  shown <- weeg_protect(d, weeg_proportion(d, ~tens), weeg_proportion(d, ~ I(age <= 41)))
  expect_false(any(c(143, 177) %in% counts(shown[[2]])) && identical(counts(shown[[1]]), c(60, 80, 80, 100)))
})

test_that("so it is of tallies, also of those that were made to be sent", {
  people$office <- rep_len(c("a", "b", "c", "d"), nrow(people))
  d <- weeg_design(people, cluster = ~office)
  for (t in list(weeg_tally(weeg_design(people), ~ tens + other), weeg_protect_tally(weeg_tally(d, ~ tens + other), "north"))) {
    shown <- weeg_protect(t, weeg_proportion(t, ~tens), weeg_proportion(t, ~other))
    expect_false(differ(shown[[1]], shown[[2]]))
    expect_identical(counts(shown[[1]])[c(1, 4)], c(60, 100))
  }
})

test_that("that two columns are one is known where zeros are hidden, too", {
  # of 31 with a known answer, 29 say 1: a total by one column beside shares by the other
  n <- c(29, 0, 1, 1, 22, 0, 1, 0, 24, 1, 0, 1)
  data <- data.frame(a = rep(rep(c("1", "2", "3", "4"), 3), n), one = rep(rep(c("x", "y", "z"), each = 4), n))
  data$two <- data$one
  r <- weeg_design(data)
  shown <- weeg_protect(r, weeg_total(r, ~ a + one), weeg_proportion(r, a ~ two), threshold = 5)
  expect_false(29 %in% counts(shown[[1]]) && 31 %in% counts(shown[[2]], "n.base"))
})

test_that("groups that lie within groups are taken as before, and an unused level stays hidden", {
  data <- data.frame(town = rep(c("a", "b", "c"), each = 40), region = rep(c("n", "s"), c(80, 40)), y = rep(c("p", "q"), 60))
  r <- weeg_design(data)
  shown <- weeg_protect(r, weeg_proportion(r, y ~ town), weeg_proportion(r, y ~ region))
  expect_identical(counts(shown[[1]]), rep(20, 6))
  expect_identical(counts(shown[[2]]), c(40, 40, 20, 20))
  unused <- people
  levels(unused$tens) <- c(levels(people$tens), "none")
  r <- weeg_design(unused)
  shown <- weeg_protect(r, weeg_proportion(r, ~tens), weeg_proportion(r, ~other))
  expect_true(is.na(counts(shown[[1]])[5]))
  expect_false(differ(shown[[1]], shown[[2]]))
})

test_that("rare answers that nobody gave together are no classes of one thing", {
  rare <- data.frame(a = rep(c("yes", "no"), c(30, 70)), b = rep(c("no", "yes", "no"), c(80, 12, 8)))
  r <- weeg_design(rare)
  shown <- weeg_protect(r, weeg_proportion(r, ~a), weeg_proportion(r, ~b))
  expect_identical(counts(shown[[1]]), c(70, 30))
  expect_identical(counts(shown[[2]]), c(88, 12))
})

test_that("one answer of a variable and a combination with another do not tell the rest", {
  # 45 are x, of whom 40 are p
  data <- data.frame(a = rep(c("x", "z"), c(45, 55)), b = rep(c("p", "q", "p"), c(40, 30, 30)))
  r <- weeg_design(data)
  made <- list(weeg_proportion(r, ~a), weeg_proportion(r, ~ I(a == "x" & b == "p")))
  expect_true(differ(made[[1]], made[[2]]))
  shown <- weeg_protect(r, made)
  expect_false(differ(shown[[1]], shown[[2]]))
})

test_that("hidden answers together are not known to be few", {
  # of 17, 13 said one thing; that 4 said something else would follow
  data <- data.frame(b = rep(c("p", "q"), c(183, 17)), a = rep(c("1", "2", "3", "4", "1", "2", "3", "4"),
                                                               c(2, 68, 112, 1, 0, 3, 13, 1)))
  r <- weeg_design(data)
  n <- counts(weeg_protect(r, weeg_proportion(r, a ~ b), threshold = 5))[5:8]
  expect_identical(n, rep(NA_real_, 4))
})

test_that("cumulative classes beside answers that are said in two ways are protected as beside one", {
  set.seed(5)
  rows <- data.frame(age = sample(rep(c(30, 40, 41, 50), c(150, 60, 20, 170))))
  rows$q <- factor(ifelse(runif(400) < 0.5, "yes", "no"), levels = c("no", "yes"))
  rows$q[rows$age == 41] <- rep(c("no", "yes"), c(18, 2))
  rows$said <- factor(rows$q, labels = c("nee", "ja"))
  rows$fine <- factor(ifelse(rows$q == "yes", "yes", rep(c("no", "rather not"), 200)))
  d <- weeg_design(rows)
  pairs <- list(list(q ~ I(age <= 40), I(q == "yes") ~ I(age <= 41), c("yes", "TRUE")),
                list(said ~ I(age <= 40), q ~ I(age <= 41), c("ja", "yes")),
                list(fine ~ I(age <= 40), q ~ I(age <= 41), c("yes", "yes")))
  for (pair in pairs) {
    shown <- weeg_protect(d, weeg_proportion(d, pair[[1L]]), weeg_proportion(d, pair[[2L]]))
    young <- Map(function(x, level) x$n[x$level == level & x[[1L]] == "TRUE"], shown, pair[[3L]])
    expect_true(anyNA(unlist(young)), label = deparse1(pair[[1L]])) # else their difference is 2
  }
})
