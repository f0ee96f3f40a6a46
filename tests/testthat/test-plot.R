# Plots are made, drawn, and show the numbers of the result.

skip_if_not_installed("ggplot2")

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
crosstab <- weeg_crosstab(d, strengths ~ provider)
shares <- prop.table(table(openvoorwerk$provider))
standardised <- weeg_standardise(d, strengths ~ ronde, by = ~provider, standard = c(shares))

layer_values <- function(plot, i) ggplot2::layer_data(plot, i)

# Draws into nothing; warnings of ggplot2 fail the test.
expect_drawn <- function(x) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  drawing <- NULL
  expect_warning(drawing <- plot(x), NA)
  expect_s3_class(drawing, "ggplot")
}

test_that("every kind of result that has a plot can be drawn", {
  cases <- list(
    weeg_proportion(d, strengths ~ provider), weeg_proportion(d, ~ strengths), weeg_proportion(d, ~ strengths + growth),
    weeg_proportion(d, strengths ~ provider + ronde), weeg_proportion(d, strengths + growth ~ ronde),
    weeg_proportion(d, relapse_important ~ provider), weeg_proportion(d, knelpunt_banen ~ geslacht),
    crosstab, weeg_crosstab(d, strengths ~ provider, percent = "column"),
    weeg_crosstab(d, strengths ~ provider, percent = "total"), weeg_crosstab(d, gemeente ~ ronde),
    weeg_crosstab(d, strengths ~ provider + ronde), weeg_crosstab(d, relapse_important ~ provider),
    weeg_compare(d, strengths ~ provider, answers = "niet", measure = "difference"),
    weeg_compare(d, strengths ~ ronde, measure = "odds-ratio"),
    weeg_compare(d, strengths ~ ronde, measure = c("risk-ratio", "odds-ratio")),
    weeg_compare(d, strengths + growth ~ ronde, measure = "difference"),
    weeg_multiple(d, knelpunt_banen + knelpunt_leeftijd ~ ronde), weeg_multiple(d, ~ knelpunt_banen + knelpunt_leeftijd),
    weeg_multiple(d, knelpunt_banen + knelpunt_leeftijd ~ geslacht + ronde),
    weeg_association(d, strengths ~ provider), weeg_association(d, strengths + growth ~ ronde),
    weeg_decompose(d, strengths ~ ronde, by = ~provider), weeg_logistic(d, strengths ~ provider * ronde, answers = "niet"),
    standardised, weeg_logistic(d, strengths ~ provider + ronde), weeg_loglinear(d, ~ strengths * ronde + geslacht),
    weeg_shrink(d, strengths ~ gemeente, answers = "niet"), weeg_funnel(d, strengths ~ gemeente, answers = "niet"),
    weeg_shrink(d, strengths ~ organisatie), weeg_funnel(d, strengths + relapse ~ gemeente)
  )
  for (case in cases) expect_drawn(case)
})

test_that("bars are the percentages, in the order of groups and answers", {
  drawing <- ggplot2::autoplot(crosstab)
  bars <- layer_values(drawing, 1)
  widths <- matrix((bars$xmax - bars$xmin)[order(-bars$y, bars$xmin)], nrow = 5, byrow = TRUE)
  expect_equal(widths, matrix(crosstab$row$estimate, nrow = 5, byrow = TRUE))
  expect_length(unique(bars$fill), 4L)
  texts <- layer_values(drawing, 2)
  expect_identical(texts$label[order(-texts$y, texts$x)][1:4], c("50%", "22%", "18%", "9%"))
  expect_identical(rev(levels(drawing$data$bar))[1], "werkplein (n = 324)")
  expect_identical(levels(drawing$data$part), c("niet", "een beetje", "grotendeels", "helemaal"))
})

test_that("narrow parts have no figure", {
  drawing <- ggplot2::autoplot(weeg_crosstab(d, arbeidssituatie ~ provider))
  narrow <- drawing$data$estimate < 0.04
  expect_true(any(narrow))
  expect_identical(is.na(drawing$data$text), narrow)
})

test_that("groups without observations have no bar", {
  drawing <- ggplot2::autoplot(weeg_crosstab(subset(d, provider != "werkplein"), strengths ~ provider))
  expect_false(any(grepl("werkplein", drawing$data$bar)))
})

test_that("points and intervals are those of the result", {
  p <- weeg_proportion(d, strengths ~ provider)
  points <- layer_values(ggplot2::autoplot(p), 1)
  expect_setequal(round(points$x, 10), round(p$estimate, 10))
  expect_setequal(round(points$xmin, 10), round(p$conf.low, 10))
  x <- weeg_compare(d, strengths ~ provider, answers = "niet", measure = "difference")
  points <- layer_values(ggplot2::autoplot(x), 2)
  expect_equal(points$x[order(-points$y)], x$estimate)
  odds <- weeg_compare(d, strengths ~ ronde, measure = "odds-ratio")
  points <- layer_values(ggplot2::autoplot(odds), 2)
  expect_equal(10^points$x[order(-points$y)], odds$estimate)
})

test_that("plots say that the data are simulated", {
  for (x in list(crosstab, weeg_proportion(d, ~ strengths), weeg_compare(d, strengths ~ ronde, measure = "difference"))) {
    expect_match(ggplot2::autoplot(x)$labels$caption, "Open voor Werk (simulated)", fixed = TRUE)
  }
})

test_that("differences and ratios are not drawn on one axis", {
  expect_error(ggplot2::autoplot(weeg_compare(d, strengths ~ ronde)), class = "weeg_error_argument")
})

test_that("figures in dark parts are white", {
  expect_identical(weeg:::is_dark(c("#FFFFFF", "#000000", "#253494", "#F0E442")), c(FALSE, TRUE, TRUE, FALSE))
})

test_that("intervals of models, decompositions and standardised figures are those of the result", {
  fit <- weeg_logistic(d, strengths ~ provider + ronde, answers = "niet")
  points <- layer_values(ggplot2::autoplot(fit), 2) # on a logarithmic axis, to base 10
  rows <- fit[fit$term != "(Intercept)", ]
  expect_equal(sort(points$x), sort(rows$estimate) / log(10))
  expect_equal(sort(points$xmax), sort(rows$conf.high) / log(10))
  effects <- weeg_loglinear(d, ~ strengths * ronde + geslacht)
  points <- layer_values(ggplot2::autoplot(effects), 2)
  expect_equal(sort(points$x), sort(effects$estimate))
  expect_equal(sort(points$xmin), sort(effects$conf.low))
  parts <- weeg_decompose(d, strengths ~ ronde, by = ~provider)
  points <- layer_values(ggplot2::autoplot(parts), 2)
  expect_equal(sort(points$x), sort(parts$estimate))
  drawing <- ggplot2::autoplot(standardised)
  expect_equal(sort(layer_values(drawing, 1)$x), sort(standardised$estimate))
  expect_equal(sort(layer_values(drawing, 3)$x), sort(standardised$crude))
  items <- weeg_multiple(d, knelpunt_banen + knelpunt_leeftijd ~ ronde)
  expect_equal(sort(layer_values(ggplot2::autoplot(items), 1)$x), sort(items$estimate))
})

test_that("a funnel shows each area's own figure, within the limits at its number of respondents", {
  f <- weeg_funnel(d, strengths ~ gemeente, answers = "niet")
  drawing <- ggplot2::autoplot(f)
  points <- layer_values(drawing, 3)
  expect_equal(points$y[order(points$x)], f$estimate[order(f$n.effective)])
  curves <- layer_values(drawing, 2)
  expect_equal(range(curves$y), range(f$outer.low, f$outer.high), tolerance = 1e-6)
  s <- weeg_shrink(d, strengths ~ gemeente, answers = "niet")
  expect_equal(sort(layer_values(ggplot2::autoplot(s), 1)$x), sort(s$estimate))
})
