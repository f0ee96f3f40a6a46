# Areas outside the limits of a funnel plot.

design <- function() weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)

test_that("an area is outside if all areas together are outside its Jeffreys interval", {
  f <- weeg_funnel(design(), strengths + relapse ~ gemeente)
  x <- f$estimate * f$n.effective
  jeffreys <- function(tail) stats::qbeta(tail, x + 0.5, f$n.effective - x + 0.5)
  for (limit in c(0.95, 0.998)) {
    low <- jeffreys((1 - limit) / 2)
    high <- jeffreys((1 + limit) / 2)
    expect_identical(f$outside >= limit, f$total < low | f$total > high)
  }
  # at a limit that is not cut off, the interval just reaches the total
  inside <- f$inner.low > 0 & f$inner.high < 1
  expect_gt(sum(inside), 300L)
  at <- function(share, tail) stats::qbeta(tail, share * f$n.effective + 0.5, (1 - share) * f$n.effective + 0.5)[inside]
  expect_equal(at(f$inner.low, 0.975), f$total[inside], tolerance = 1e-9)
  expect_equal(at(f$inner.high, 0.025), f$total[inside], tolerance = 1e-9)
  expect_true(all(f$outer.low <= f$inner.low & f$inner.low < f$total & f$total < f$inner.high & f$inner.high <= f$outer.high))
  d <- openvoorwerk[!is.na(openvoorwerk$strengths), ]
  total <- sum(d$gewicht[d$strengths == "niet"]) / sum(d$gewicht)
  expect_equal(f$total[f$outcome == "strengths" & f$level == "niet"][1L], total)
})

test_that("by chance alone as many areas are outside as the limits say, on average over numbers of respondents", {
  for (p in c(0.1, 0.3, 0.5)) {
    n <- 16:60
    inner <- weeg:::funnel_limits(rep(p, length(n)), n, 0.95)
    outside <- vapply(seq_along(n), function(i) {
      share <- 0:n[i] / n[i]
      sum(stats::dbinom(0:n[i], n[i], p)[share < inner$low[i] | share > inner$high[i]])
    }, 0)
    expect_lt(abs(mean(outside) - 0.05), 0.006, label = paste("p", p))
  }
})

test_that("areas without respondents, and totals of 0 % and 100 %", {
  data <- data.frame(area = factor(rep(c("a", "b", "c"), c(10, 12, 20)), levels = c("a", "b", "c", "d")),
                     y = factor(rep("no", 42), levels = c("no", "yes")))
  f <- weeg_funnel(weeg_design(data), y ~ area)
  expect_identical(unique(f$outside), 0)
  expect_identical(f$reason[f$area == "d"], rep("no respondents", 2L))
  expect_true(all(is.na(f$estimate[f$area == "d"])))
  expect_identical(f$inner.high[f$level == "yes" & f$area == "a"], 0)
  expect_identical(f$inner.low[f$level == "no" & f$area == "a"], 1)
})

test_that("print names the areas outside in their own order, and says what chance would do", {
  f <- weeg_funnel(design(), strengths ~ gemeente, answers = "niet")
  shown <- format(f, width = 80L)
  expect_true(all(nchar(shown) <= 80L))
  out <- as.character(f$gemeente[f$outside > 0])
  at <- vapply(out, function(name) grep(paste0("^", name, " "), shown), 0L)
  expect_identical(at, sort(at))
  text <- gsub("[ \n]+", " ", paste(shown, collapse = " "))
  expect_match(text, paste0("All 50 areas: 31.6%; outside 95%: ", length(out), " (2.5 expected by chance)"), fixed = TRUE)
  expect_identical(glance(f)$outside, c(length(out), sum(f$outside == 0.998)))
  expect_equal(glance(f)$expected, c(2.5, 0.1))
  expect_s3_class(tidy(f), "data.frame", exact = TRUE)
  none <- weeg_funnel(design(), relapse_important ~ gemeente)
  expect_match(paste(format(none), collapse = " "), "No area is outside the limits")
})

test_that("limits that are none are refused", {
  for (limits in list(0.95, c(0.998, 0.95), c(0, 0.5), c("a", "b"), c(0.95, NA))) {
    expect_error(weeg_funnel(design(), strengths ~ gemeente, level = limits), "`level` must be two",
                 class = "weeg_error_argument")
  }
})

test_that("areas that are one PSU are told of in print, unless a design effect is stated", {
  # of eight areas, two are one town each
  town <- rep(1:14, each = 10)
  data <- data.frame(town, area = c(1, 2, rep(3:8, each = 2))[town], y = rep(c("no", "yes", "yes"), length.out = 140), w = 1)
  clusters <- weeg_design(data, weights = ~w, cluster = ~town)
  for (verb in list(weeg_funnel, weeg_shrink)) {
    text <- function(...) paste(format(verb(...)), collapse = " ")
    expect_match(text(clusters, y ~ area), "2 areas are each in one PSU, for which the design gives no variance")
    expect_match(text(subset(clusters, area != 2), y ~ area), "1 area is in one PSU")
    expect_no_match(text(clusters, y ~ area, deff = 2), "in one PSU")
    expect_no_match(text(subset(clusters, area > 2), y ~ area), "in one PSU")
    expect_no_match(text(weeg_design(data, weights = ~w), y ~ area), "in one PSU")
  }
})
