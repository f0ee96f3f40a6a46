# Waves: each with the one before or the first, and lines over time.

set.seed(4)
waves <- data.frame(psu = rep(1:40, each = 12), wave = rep(c(2010, 2012, 2013, 2017), 120L), w = stats::runif(480, 1, 3),
                    g = sample(c("a", "b"), 480L, TRUE))
waves$y <- ifelse(stats::runif(480) < 0.3 + 0.05 * (waves$wave - 2010), "yes", "no")
waves <- waves[!(waves$g == "b" & waves$wave == 2012), ] # nobody of group b in 2012
d <- weeg_design(waves, weights = ~w, cluster = ~psu)
columns <- c("level", "measure", "group1", "group2", "estimate", "std.error", "conf.low", "conf.high", "df", "p.value", "n1",
             "n2")
same <- function(a, b) expect_identical(as.data.frame(a)[columns], as.data.frame(b)[columns])

test_that("against the previous and the first wave", {
  same(weeg_compare(d, y ~ wave, against = "previous"),
       weeg_compare(d, y ~ wave, pairs = list(c("2012", "2010"), c("2013", "2012"), c("2017", "2013"))))
  same(weeg_compare(d, y ~ wave, against = "first"),
       weeg_compare(d, y ~ wave, pairs = list(c("2012", "2010"), c("2013", "2010"), c("2017", "2010"))))
  pair <- function(group, later, earlier) paste0(group, ", ", c(later, earlier))
  previous <- list(pair("a", 2012, 2010), pair("a", 2013, 2012), pair("a", 2017, 2013), pair("b", 2013, 2010),
                   pair("b", 2017, 2013))
  same(weeg_compare(d, y ~ g + wave, against = "previous", measures = "difference"),
       weeg_compare(d, y ~ g + wave, pairs = previous, measures = "difference"))
  # Holm within the family of these pairs, an answer and the other one counted once
  found <- weeg_compare(d, y ~ wave, against = "previous", answers = "yes", measures = "difference")
  expect_equal(found$p.adjusted, stats::p.adjust(found$p.value, "holm"), tolerance = 1e-14)
  expect_error(weeg_compare(subset(d, wave == 2010), y ~ wave, against = "first"), "no group with data that has an earlier one",
               class = "weeg_error")
  expect_error(weeg_compare(d, y ~ wave, against = "last"), "\"total\", \"rest\", \"previous\", \"first\"",
               class = "weeg_error")
})

test_that("lines over time", {
  skip_if_not_installed("ggplot2")
  drawn <- ggplot2::autoplot(weeg_proportion(d, y ~ g + wave), over = "wave")
  lines <- ggplot2::layer_data(drawn, 2L)
  by_hand <- weeg_proportion(d, y ~ g + wave)
  by_hand <- by_hand[by_hand$n.base > 0, ]
  expect_setequal(lines$x, c(2010, 2012, 2013, 2017)) # at their distance
  expect_equal(sort(lines$y), sort(by_hand$estimate))
  expect_identical(length(unique(lines$PANEL)), 2L)
  expect_identical(length(unique(lines$colour)), 2L)
  band <- ggplot2::layer_data(drawn, 1L)
  expect_equal(sort(band$ymin), sort(by_hand$conf.low))
  expect_equal(sort(band$ymax), sort(by_hand$conf.high))
  dates <- transform(waves, day = as.Date(paste0(wave, "-01-01")))
  dated <- ggplot2::autoplot(weeg_mean(weeg_design(dates, weights = ~w, cluster = ~psu), w ~ day), over = "day")
  expect_setequal(ggplot2::layer_data(dated, 2L)$x, as.numeric(unique(dates$day)))
  named <- ggplot2::autoplot(weeg_quantile(weeg_design(openvoorwerk, weights = ~gewicht), leeftijd ~ ronde), over = "ronde")
  expect_identical(sort(ggplot2::layer_data(named, 2L)$x), c(1, 2))
  expect_no_error(ggplot2::ggplotGrob(ggplot2::autoplot(weeg_total(d, ~ g + wave), over = "wave")))
  expect_error(ggplot2::autoplot(weeg_proportion(d, y ~ g), over = "wave"), "`over` must be one of \"g\"", class = "weeg_error")
  expect_error(plot(weeg_compare(d, y ~ wave, against = "first"), over = "wave"), "estimates over time", class = "weeg_error")
  expect_error(ggplot2::autoplot(weeg_mean(d, ~w), over = "wave"), "there is no group", class = "weeg_error")
})

test_that("figures without limits have lines without bands", {
  skip_if_not_installed("ggplot2")
  alone <- ggplot2::autoplot(weeg_mean(subset(d, psu %in% 1:3), w ~ psu), over = "psu")
  expect_no_error(ggplot2::ggplotGrob(alone))
})
