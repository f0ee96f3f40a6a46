# Objects that were changed after they were made: right figures or an error that says so, whatever is in them.

d <- data.frame(
  w = c(1, 2, 1, 3, 2, 2, 1, 1, 4, 2, 1, 3), s = rep(c("a", "b"), each = 6), p = rep(1:6, each = 2),
  y = factor(c("no", "yes", "no", "no", "yes", "yes", "no", "yes", "no", "yes", "yes", "no")),
  g = rep(c("m", "f", "f"), 4), n = 12
)

test_that("a design whose rows are known by their place refuses rows in another order, and takes new variables", {
  skip_if_not_installed("survey")
  turned <- d[rev(seq_len(nrow(d))), ]
  outside <- rep(c(TRUE, FALSE, TRUE), 4)
  designs <- list(
    survey = as_weeg_design(survey::svydesign(~p, strata = ~s, weights = ~w, data = d)),
    matrix = weeg_replicate_design(d, ~1, cbind(d$w, rev(d$w), d$p), "other", scale = 1),
    domain = subset(weeg_design(d), outside), raked = weeg_rake(weeg_design(d), list(g = c(m = 0.5, f = 0.5))),
    expression = weeg_design(d, cluster = ~ I(c(1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6)))
  )
  for (x in designs) {
    before <- weeg_proportion(x, ~y)
    more <- x
    more$data$z <- d$y
    expect_equal(weeg_proportion(more, ~z)$std.error, before$std.error, tolerance = 0)
    x$data <- turned
    expect_error(weeg_proportion(x, ~y), "changed or put in another order", class = "weeg_error_argument")
  }
})
