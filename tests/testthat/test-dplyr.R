# dplyr's verbs for designs: the same numbers as by subset(), by variables that are in the data, by groups in the formula.

skip_if_not_installed("dplyr")

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
same <- function(a, b) expect_identical(as.data.frame(a), as.data.frame(b))

test_that("filter() selects a domain", {
  age <- 36
  same(weeg_proportion(dplyr::filter(d, leeftijd < !!age, provider == "werkplein"), strengths ~ ronde),
       weeg_proportion(subset(subset(d, leeftijd < 36), provider == "werkplein"), strengths ~ ronde))
  same(weeg_proportion(dplyr::filter(d, .data$leeftijd < .env$age), ~strengths),
       weeg_proportion(subset(d, leeftijd < 36), ~strengths))
  expect_identical(dplyr::filter(d), d)
  x <- 30 # as the argument of subset() is called
  same(weeg_proportion(dplyr::filter(d, leeftijd < x), ~strengths), weeg_proportion(subset(d, leeftijd < 30), ~strengths))
  young <- function(design, condition) dplyr::filter(design, {{ condition }})
  same(weeg_proportion(young(d, leeftijd < 30), ~strengths), weeg_proportion(subset(d, leeftijd < 30), ~strengths))
  tally <- weeg_tally(d, ~ strengths + provider)
  same(weeg_proportion(dplyr::filter(tally, provider == "werkplein"), ~strengths),
       weeg_proportion(subset(d, provider == "werkplein"), ~strengths))
  expect_error(dplyr::filter(d, leeftijd = 3), "gives an argument, not a condition.*==", class = "weeg_error")
  expect_error(dplyr::filter(d, leeftyd < 3), "no variable `leeftyd`.*leeftijd", class = "weeg_error")
  expect_error(dplyr::filter(d, leeftijd), "not logical", class = "weeg_error")
  expect_error(dplyr::filter(d, leeftijd < 3, .by = ronde), "`.by`", class = "weeg_error")
})

test_that("mutate(), update() and transform() add variables", {
  with <- openvoorwerk
  with$young <- with$leeftijd < 36
  with$group <- ifelse(with$young, paste("young", with$ronde), "other")
  e <- weeg_design(with, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  limit <- 36
  f <- dplyr::mutate(d, young = leeftijd < limit, group = ifelse(young, paste("young", ronde), "other"))
  same(weeg_proportion(f, strengths ~ group), weeg_proportion(e, strengths ~ group))
  same(weeg_proportion(f, young ~ ronde), weeg_proportion(e, young ~ ronde))
  same(weeg_proportion(update(d, young = leeftijd < limit), young ~ ronde), weeg_proportion(e, young ~ ronde))
  same(weeg_proportion(transform(d, young = leeftijd < limit), young ~ ronde), weeg_proportion(e, young ~ ronde))
  # all rows, also those outside a domain; domains stay
  g <- dplyr::mutate(subset(d, leeftijd < 30), young = leeftijd < 36)
  same(weeg_proportion(g, ~young), weeg_proportion(subset(e, leeftijd < 30), ~young))
  # another value of a variable that was added, and one that is taken away again
  h <- dplyr::mutate(f, young = NULL, group = 1)
  expect_false("young" %in% names(h$data))
  expect_error(weeg_proportion(h, ~young), "no variable `young`", class = "weeg_error")
  expect_identical(weeg_proportion(h, ~group)$estimate, 1)
  expect_false("young" %in% names(d$data))
  # labels count, as in formulas
  labelled <- data.frame(psu = 1:5)
  labelled$sat <- structure(c(1, 2, 1, 2, 2), labels = c(no = 1, yes = 2), class = "haven_labelled")
  l <- dplyr::mutate(weeg_design(labelled, cluster = ~psu), happy = sat == "yes", copy = sat)
  expect_equal(weeg_proportion(l, ~happy)$estimate, c(0.4, 0.6))
  expect_identical(as.character(weeg_proportion(l, ~copy)$level), c("no", "yes"))
})

test_that("what the design was made of stays", {
  for (name in c("gewicht", "ronde", "gemeente")) {
    given <- stats::setNames(list(1), name)
    expect_error(do.call(dplyr::mutate, c(list(d), given)), paste0("`", name, "` cannot be changed"), class = "weeg_error")
    expect_error(do.call(update, c(list(d), given)), paste0("`", name, "` cannot be changed"), class = "weeg_error")
  }
  young <- subset(d, leeftijd < 36)
  expect_error(dplyr::mutate(young, leeftijd = 3), "`leeftijd` cannot be changed", class = "weeg_error")
  expect_error(dplyr::select(d, w = gewicht), "`gewicht` cannot be changed or renamed", class = "weeg_error")
  expect_error(dplyr::select(d, gewicht = leeftijd), "`gewicht` cannot be changed", class = "weeg_error")
  expect_error(dplyr::mutate(d, x = 1:3), "3 values", class = "weeg_error")
  expect_error(dplyr::mutate(d, x = leeftyd + 1), "no variable `leeftyd`", class = "weeg_error")
  expect_error(update(d, 3), "name = expression", class = "weeg_error")
  expect_error(dplyr::summarise(d, x = 1), "summarise\\(\\) does not work", class = "weeg_error")
})

test_that("select() keeps what the design was made of", {
  s <- dplyr::select(d, strengths, help = provider)
  expect_identical(names(s$data), c("strengths", "help", "gewicht", "ronde", "gemeente"))
  expect_identical(weeg_proportion(s, strengths ~ help)$estimate, weeg_proportion(d, strengths ~ provider)$estimate)
  expect_identical(names(dplyr::select(d, dplyr::starts_with("str"))$data), c("strengths", "gewicht", "ronde", "gemeente"))
  same(weeg_proportion(dplyr::select(subset(d, leeftijd < 36), strengths), ~strengths),
       weeg_proportion(subset(d, leeftijd < 36), ~strengths))
})

test_that("group_by() adds groups to formulas", {
  g <- dplyr::group_by(d, ronde)
  expect_output(print(g), "Grouped by *ronde")
  same(weeg_proportion(g, ~strengths), weeg_proportion(d, strengths ~ ronde))
  same(weeg_proportion(g, strengths ~ provider), weeg_proportion(d, strengths ~ ronde + provider))
  same(weeg_mean(g, ~leeftijd), weeg_mean(d, leeftijd ~ ronde))
  same(weeg_quantile(g, ~leeftijd), weeg_quantile(d, leeftijd ~ ronde))
  same(weeg_total(g, ~strengths), weeg_total(d, ~ ronde + strengths))
  same(weeg_ratio(g, leeftijd / gewicht ~ 1), weeg_ratio(d, leeftijd / gewicht ~ ronde))
  same(weeg_proportion(dplyr::group_by(d, young = leeftijd < 36), ~strengths),
       weeg_proportion(dplyr::mutate(d, young = leeftijd < 36), strengths ~ young))
  same(weeg_proportion(dplyr::group_by(g, provider, .add = TRUE), ~strengths), weeg_proportion(d, strengths ~ ronde + provider))
  same(weeg_proportion(dplyr::group_by(g, provider), ~strengths), weeg_proportion(d, strengths ~ provider))
  same(weeg_proportion(dplyr::ungroup(g), ~strengths), weeg_proportion(d, ~strengths))
  same(weeg_proportion(subset(g, leeftijd < 36), ~strengths), weeg_proportion(subset(d, leeftijd < 36), strengths ~ ronde))
  expect_error(dplyr::group_by(d, rondes), "no variable `rondes`", class = "weeg_error")
  expect_error(weeg_proportion(g, ~ronde), "grouped by it", class = "weeg_error")
  for (verb in c("weeg_test", "weeg_compare", "weeg_crosstab", "weeg_association", "weeg_contrast")) {
    expect_error(get(verb)(g, strengths ~ provider), "grouped by ronde.*ungroup", class = "weeg_error", info = verb)
  }
  expect_error(weeg_tally(g, ~strengths), "grouped by ronde", class = "weeg_error")
})

test_that("files and calibrated designs", {
  file <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(openvoorwerk, file, row.names = FALSE)
  of_file <- weeg_design(file, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  expect_error(dplyr::mutate(of_file, x = 1), "designs of data frames alone.*formula", class = "weeg_error")
  expect_error(dplyr::select(of_file, strengths), "designs of data frames alone", class = "weeg_error")
  same(weeg_proportion(dplyr::filter(of_file, leeftijd == "30"), ~strengths),
       weeg_proportion(subset(of_file, leeftijd == "30"), ~strengths))
  raked <- weeg_rake(d, list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5)))
  young <- dplyr::group_by(dplyr::mutate(raked, young = leeftijd < 36), young)
  expect_identical(weeg_proportion(young, ~strengths)$std.error,
                   weeg_proportion(raked, strengths ~ I(leeftijd < 36))$std.error)
})

test_that("weights()", {
  expect_identical(weights(d), as.double(openvoorwerk$gewicht))
  expect_identical(weights(subset(d, leeftijd < 36)), as.double(openvoorwerk$gewicht))
  expect_identical(weights(weeg_design(openvoorwerk)), rep(1, nrow(openvoorwerk)))
  margins <- list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5))
  raked <- weeg_rake(d, margins)
  s <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = openvoorwerk)
  half <- sum(openvoorwerk$gewicht) / 2
  theirs <- survey::postStratify(s, ~ronde, data.frame(ronde = names(margins$ronde), Freq = half))
  expect_equal(weights(raked), as.vector(weights(theirs)), tolerance = 1e-12) # both divide and multiply once a row
  expect_identical(weeg_design(cbind(openvoorwerk, w = weights(raked)), weights = ~w)$weights, weights(raked))
  expect_error(weights(d, 1), class = "weeg_error")
})

test_that("what functions bring in has its own environment", {
  twice <- function(design, value) {
    k <- 5
    dplyr::mutate(design, q = {{ value }} * k)
  }
  k <- 2
  same(weeg_mean(twice(d, leeftijd + k), ~q), weeg_mean(dplyr::mutate(d, q = (leeftijd + 2) * 5), ~q))
  above <- function(design, value) {
    k <- 50
    dplyr::filter(design, {{ value }} > k)
  }
  same(weeg_proportion(above(d, leeftijd + k), ~strengths), weeg_proportion(subset(d, leeftijd + 2 > 50), ~strengths))
  half <- function(x) x / 2
  k <- 25
  own <- function(design, value) {
    half <- function(x) x
    dplyr::filter(design, {{ value }} < half(50))
  }
  same(weeg_proportion(own(d, half(leeftijd)), ~strengths), weeg_proportion(subset(d, leeftijd / 2 < 50), ~strengths))
  expect_error(dplyr::filter(d, leeftijd > .env$no_such_thing), "no `no_such_thing` where the verb was", class = "weeg_error")
})

test_that("a value is that of every row, several are those of the rows", {
  rows <- nrow(openvoorwerk)
  expect_identical(dplyr::mutate(d, q = -1)$data$q, rep(-1, rows))
  expect_identical(update(d, q = c(1))$data$q, rep(1, rows))
  expect_identical(dplyr::mutate(d, q = as.Date("2013-05-01"))$data$q, rep(as.Date("2013-05-01"), rows))
  average <- mean(openvoorwerk$leeftijd, na.rm = TRUE)
  expect_identical(dplyr::mutate(d, q = mean(leeftijd, na.rm = TRUE))$data$q, rep(average, rows))
  v <- c(1, 2, 3)
  expect_error(dplyr::mutate(d, q = !!v), "3 values", class = "weeg_error")
  expect_error(dplyr::mutate(d, q = .env$v), "3 values", class = "weeg_error")
  expect_error(dplyr::mutate(d, q = !!numeric(0)), "0 values", class = "weeg_error")
  expect_error(dplyr::mutate(d, q = !!mean), class = "weeg_error")
})

test_that("group_by() with a name makes a variable", {
  named <- dplyr::group_by(d, r = ronde)
  expect_identical(weeg_mean(named, ~leeftijd)$estimate, weeg_mean(d, leeftijd ~ ronde)$estimate)
  same(weeg_mean(dplyr::group_by(d, provider = ronde), ~leeftijd),
       stats::setNames(weeg_mean(d, leeftijd ~ ronde), names(weeg_mean(d, leeftijd ~ provider))))
  expect_error(dplyr::group_by(d, gewicht = ronde), "`gewicht` cannot be changed", class = "weeg_error")
  two <- weeg_two_phase(dplyr::group_by(weeg_design(openvoorwerk, cluster = ~gemeente), ronde), ~ !is.na(leeftijd))
  expect_identical(nrow(weeg_mean(two, ~leeftijd)), 2L)
})

test_that("a study is its design, and a tally says what to do", {
  tally <- weeg_tally(d, ~ strengths + provider)
  refused <- function(expression, words) expect_error(expression, words, class = "weeg_error_unsupported")
  refused(dplyr::mutate(tally, a = 1), "weeg_tally\\(mutate\\(design")
  refused(update(tally, a = 1), "weeg_tally\\(update\\(design")
  refused(transform(tally, a = 1), "weeg_tally\\(transform\\(design")
  refused(dplyr::select(tally, provider), "weeg_tally\\(tally, ~ a")
  refused(dplyr::group_by(tally, provider), "in the formula")
  refused(dplyr::summarise(tally, n = 1), "verbs of their own")
  refused(stats::filter(tally, provider == "werkplein"), "To select rows")
  study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))
  of <- weeg_design(study)
  same(weeg_proportion(dplyr::filter(study, leeftijd < 36), ~strengths), weeg_proportion(subset(of, leeftijd < 36), ~strengths))
  young <- weeg_proportion(of, I(leeftijd < 36) ~ provider)$estimate
  expect_identical(weeg_proportion(dplyr::mutate(study, young = leeftijd < 36), young ~ provider)$estimate, young)
  expect_identical(weeg_proportion(update(study, young = leeftijd < 36), young ~ provider)$estimate, young)
  expect_identical(weeg_proportion(transform(study, young = leeftijd < 36), young ~ provider)$estimate, young)
  same(weeg_proportion(dplyr::group_by(study, provider), ~strengths), weeg_proportion(of, strengths ~ provider))
  expect_true("leeftijd" %in% names(dplyr::select(study, leeftijd)$data))
  refused(dplyr::summarise(study, n = 1), "verbs of their own")
})

test_that("what is computed of a variable does not have its label", {
  label <- attr(openvoorwerk$leeftijd, "label")
  own <- function(x) expect_false(any(grepl(label, format(x), fixed = TRUE)))
  kept <- function(x) expect_true(any(grepl(label, format(x), fixed = TRUE)))
  kept(weeg_mean(d, leeftijd ~ ronde))
  own(weeg_mean(d, log(leeftijd) ~ ronde))
  own(weeg_mean(d, ~ I(leeftijd / 10)))
  own(weeg_quantile(d, ~ I(leeftijd + 1)))
  own(weeg_ratio(d, I(leeftijd + 1) / leeftijd ~ ronde))
  own(weeg_total(d, I(leeftijd + 1) ~ ronde))
  own(weeg_proportion(d, cut(leeftijd, c(0, 30, 99)) ~ ronde))
  own(weeg_proportion(d, strengths ~ I(leeftijd > 36)))
  own(weeg_test(d, strengths ~ cut(leeftijd, c(0, 30, 99))))
  own(weeg_crosstab(d, strengths ~ I(leeftijd > 36)))
  own(weeg_compare(d, I(leeftijd + 0) ~ ronde, measures = "mean-difference"))
  own(weeg_logistic(d, I(leeftijd > 36) ~ ronde))
  own(weeg_proportion(weeg_tally(d, ~ I(leeftijd > 36)), ~ `I(leeftijd > 36)`))
  own(weeg_mean(dplyr::mutate(d, tens = leeftijd / 10), ~tens))
  kept(weeg_mean(dplyr::mutate(d, age = leeftijd), ~age))
  named <- dplyr::mutate(d, tens = structure(leeftijd / 10, label = "Tientallen jaren"))
  expect_match(format(weeg_mean(named, ~tens))[1L], "Tientallen jaren (tens)", fixed = TRUE)
  book <- weeg_book(d, rows = ~ I(leeftijd > 36), columns = ~ronde)
  own(book)
  skip_if_not_installed("ggplot2")
  expect_false(any(grepl(label, ggplot2::autoplot(weeg_mean(d, log(leeftijd) ~ ronde))$labels, fixed = TRUE)))
})
