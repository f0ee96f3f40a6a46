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

# ---- names, order, values, other tables ----------------------------------------------------------------------------------

test_that("rename(), rename_with() and relocate() change names and order, and figures stay", {
  r <- dplyr::rename(d, help = provider, Sterk = strengths)
  expect_identical(names(r$data), sub("^provider$", "help", sub("^strengths$", "Sterk", names(d$data))))
  expect_identical(weeg_proportion(r, Sterk ~ help)$std.error, weeg_proportion(d, strengths ~ provider)$std.error)
  g <- dplyr::rename(dplyr::group_by(d, provider), help = provider)
  same(weeg_mean(g, ~leeftijd), weeg_mean(r, leeftijd ~ help))
  expect_error(dplyr::rename(d, w = gewicht), "`gewicht` cannot be changed or renamed", class = "weeg_error_unsupported")
  expect_error(dplyr::rename(subset(d, leeftijd < 36), age = leeftijd), "`leeftijd` cannot be changed", class = "weeg_error")
  expect_error(dplyr::rename(d, help = no_such_name))
  expect_error(dplyr::rename(d, growth = provider))
  # all but what the design was made of
  upper <- dplyr::rename_with(d, toupper)
  kept <- names(d$data) %in% c("gewicht", "ronde", "gemeente")
  expect_identical(names(upper$data), ifelse(kept, names(d$data), toupper(names(d$data))))
  expect_identical(weeg_proportion(upper, STRENGTHS ~ ronde)$estimate, weeg_proportion(d, strengths ~ ronde)$estimate)
  some <- dplyr::rename_with(d, ~ paste0(.x, "_1"), dplyr::starts_with("str"))
  expect_identical(setdiff(names(some$data), names(d$data)), "strengths_1")
  expect_error(dplyr::rename_with(d, toupper, gewicht), "`gewicht` cannot be changed", class = "weeg_error_unsupported")
  expect_error(dplyr::rename_with(d, ~ rep("one", length(.x))), "several variables `one`", class = "weeg_error_argument")
  expect_error(dplyr::rename_with(d, ~1), "`.fn` must give a name", class = "weeg_error_argument")
  first <- dplyr::relocate(d, leeftijd, strengths)
  expect_identical(names(first$data)[1:3], c("leeftijd", "strengths", "id"))
  same(weeg_mean(first, ~leeftijd), weeg_mean(d, ~leeftijd))
  last <- dplyr::relocate(d, id, .after = dplyr::last_col())
  expect_identical(names(last$data)[length(last$data)], "id")
  expect_error(dplyr::relocate(d, age = leeftijd), "rename\\(\\)", class = "weeg_error_argument")
})

test_that("transmute() keeps what it makes, and what the design was made of", {
  t <- dplyr::transmute(subset(d, leeftijd < 60), young = leeftijd < 36, strengths)
  expect_setequal(names(t$data), c("young", "strengths", "gewicht", "ronde", "gemeente", "leeftijd"))
  same(weeg_proportion(t, ~young), weeg_proportion(dplyr::mutate(subset(d, leeftijd < 60), young = leeftijd < 36), ~young))
})

test_that("pull() gives the values of the rows in the domain, as that of package srvyr", {
  expect_identical(dplyr::pull(d, leeftijd), openvoorwerk$leeftijd)
  expect_identical(dplyr::pull(d), openvoorwerk[[ncol(openvoorwerk)]])
  expect_identical(dplyr::pull(d, "gewicht"), openvoorwerk$gewicht)
  young <- which(openvoorwerk$leeftijd < 36)
  expect_identical(dplyr::pull(dplyr::filter(d, leeftijd < 36), provider), openvoorwerk$provider[young])
  named <- dplyr::pull(dplyr::filter(d, leeftijd < 36), leeftijd, id)
  expect_identical(names(named), as.character(openvoorwerk$id[young]))
  skip_if_not_installed("srvyr")
  s <- srvyr::as_survey_design(openvoorwerk, gemeente, strata = ronde, weights = gewicht)
  of <- getExportedValue("dplyr", "filter")(s, leeftijd < 36)
  expect_equal(as.character(dplyr::pull(dplyr::filter(d, leeftijd < 36), provider)), as.character(dplyr::pull(of, provider)))
})

test_that("left_join() adds the variables of a table with one row for each value of the key", {
  regions <- data.frame(gemeente = levels(openvoorwerk$gemeente), region = rep(c("north", "south", NA), length.out = 50))
  joined <- dplyr::left_join(d, regions, by = "gemeente")
  with <- openvoorwerk
  with$region <- regions$region[match(with$gemeente, regions$gemeente)]
  expect_identical(joined$data$region, with$region)
  theirs <- weeg_design(with, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  expect_identical(weeg_proportion(joined, strengths ~ region)$std.error, weeg_proportion(theirs, strengths ~ region)$std.error)
  expect_message(dplyr::left_join(d, regions), "gemeente")
  # the domain and groups stay
  part <- dplyr::left_join(dplyr::group_by(subset(d, leeftijd < 36), provider), regions, by = "gemeente")
  same(weeg_proportion(part, ~region), weeg_proportion(subset(theirs, leeftijd < 36), region ~ provider))
  # a key without a row is missing
  few <- dplyr::left_join(d, regions[1:3, ], by = "gemeente")
  expect_identical(is.na(few$data$region), !openvoorwerk$gemeente %in% regions$gemeente[1:2])
  expect_error(dplyr::left_join(d, rbind(regions, regions[1, ]), by = "gemeente"), "row 1 of the design",
               class = "weeg_error_argument")
  expect_error(dplyr::left_join(d, data.frame(id = 1, gewicht = 2), by = "id"), "`gewicht` of the design",
               class = "weeg_error_argument")
  expect_error(dplyr::left_join(d, 3), "`y` must be a data frame", class = "weeg_error_argument")
})

test_that("across(), if_any() and if_all() are what they would be written out", {
  problems <- grep("^knelpunt", names(openvoorwerk), value = TRUE)
  a <- dplyr::mutate(d, dplyr::across(dplyr::starts_with("knelpunt"), ~ ifelse(.x, "yes", "no")))
  for (name in problems) expect_identical(a$data[[name]], ifelse(openvoorwerk[[name]], "yes", "no"), ignore_attr = TRUE)
  limit <- 40
  cases <- list(
    dplyr::mutate(d, dplyr::across(leeftijd, ~ .x > limit, .names = "{.col}_old")),
    dplyr::mutate(d, dplyr::across(leeftijd, function(x) x > limit, .names = "{.col}_old")),
    dplyr::mutate(d, dplyr::across("leeftijd", function(x) { y <- x > limit; y }, .names = "{col}_old")),
    dplyr::mutate(d, dplyr::across(dplyr::all_of("leeftijd"), list(old = ~ .x > limit))),
    dplyr::mutate(d, dplyr::across(c(leeftijd), c(old = `>`), limit)),
    dplyr::mutate(d, dplyr::across(leeftijd, !!(function(x) x > 40), .names = "{.col}_old"))
  )
  for (case in cases) expect_identical(case$data$leeftijd_old, openvoorwerk$leeftijd > 40, ignore_attr = TRUE)
  numbers <- dplyr::mutate(d, dplyr::across(where(is.integer), as.double))
  expect_type(numbers$data$leeftijd, "double")
  two <- dplyr::mutate(d, dplyr::across(c(id, leeftijd), list(sqrt, half = ~ .x / 2)))
  expect_identical(setdiff(names(two$data), names(d$data)), c("id_1", "id_half", "leeftijd_1", "leeftijd_half"))
  any <- Reduce(`|`, openvoorwerk[problems])
  same(weeg_proportion(dplyr::filter(d, dplyr::if_any(dplyr::starts_with("knelpunt"))), ~strengths),
       weeg_proportion(subset(dplyr::mutate(d, any = !!unname(any)), any), ~strengths))
  all <- with(openvoorwerk, leeftijd > 30 & id > 30)
  for (filtered in list(dplyr::filter(d, dplyr::if_all(c(leeftijd, id), ~ .x > 30)),
                        dplyr::filter(d, dplyr::across(c(leeftijd, id), ~ .x > 30)))) {
    expect_identical(dplyr::pull(filtered, id), openvoorwerk$id[which(all)])
  }
  expect_identical(dplyr::mutate(d, some = dplyr::if_any(dplyr::starts_with("knelpunt"), ~ .x) & leeftijd > 30)$data$some,
                   any & openvoorwerk$leeftijd > 30, ignore_attr = TRUE)
  none <- dplyr::filter(d, dplyr::if_all(dplyr::starts_with("nothing")), leeftijd < 36)
  same(weeg_proportion(none, ~strengths), weeg_proportion(subset(d, leeftijd < 36), ~strengths))
  same(weeg_mean(dplyr::group_by(d, dplyr::across(c(ronde, provider))), ~leeftijd), weeg_mean(d, leeftijd ~ ronde + provider))
  expect_error(dplyr::mutate(d, dplyr::across(gewicht, sqrt)), "`gewicht` cannot be changed", class = "weeg_error_unsupported")
  for (call in alist(n(), row_number(), cur_group_id(), n() + 1)) {
    expect_error(eval(bquote(dplyr::mutate(d, x = .(call)))), "rows of a table or of a group", class = "weeg_error_unsupported")
  }
  # functions of the user by these names, and ranks
  n <- function() 3
  expect_identical(dplyr::mutate(d, x = n())$data$x, rep(3, nrow(openvoorwerk)))
  rm(n)
  expect_identical(dplyr::mutate(d, x = dplyr::row_number(leeftijd))$data$x, dplyr::row_number(openvoorwerk$leeftijd))
})

test_that("a database is asked for if_any() and if_all(), and the other verbs say that rows are elsewhere", {
  skip_if_not_installed("RSQLite")
  data <- interviews()
  con <- local_table(data)
  of_table <- weeg_design(con, table = "interviews", weights = ~w, strata = ~stratum, cluster = ~psu)
  of_rows <- weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu)
  estimates <- function(x) as.data.frame(weeg_proportion(x, ~help))[c("level", "estimate", "std.error")]
  for (two in list(of_table, of_rows)) {
    expect_identical(estimates(dplyr::filter(two, dplyr::if_any(c(age, score), ~ .x > 50))),
                     estimates(subset(of_rows, age > 50 | score > 50)))
    expect_identical(estimates(dplyr::filter(two, dplyr::if_all(c(age, score), function(v) v > 3))),
                     estimates(subset(of_rows, age > 3 & score > 3)))
    expect_identical(estimates(dplyr::filter(two, dplyr::if_all(c(age, score), is.na))),
                     estimates(subset(of_rows, is.na(age) & is.na(score))))
  }
  refused <- function(expression) expect_error(expression, "data frames alone", class = "weeg_error_unsupported")
  refused(dplyr::rename(of_table, years = age))
  refused(dplyr::rename_with(of_table, toupper))
  refused(dplyr::relocate(of_table, age))
  refused(dplyr::pull(of_table, age))
  refused(dplyr::transmute(of_table, x = age))
  refused(dplyr::left_join(of_table, data.frame(age = 16, x = 1), by = "age"))
})

test_that("verbs that a design cannot have say what to write, of every kind of design", {
  table <- data.frame(ronde = "ronde 1", z = 1)
  tally <- weeg_tally(d, ~ strengths + provider)
  study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))
  imputed <- weeg_design(list(openvoorwerk, openvoorwerk), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  says <- c(count = "weeg_total", tally = "weeg_total", arrange = "order\\(", slice = "filter", slice_head = "filter",
            slice_sample = "filter", sample_n = "filter", distinct = "unique\\(dplyr::pull", reframe = "weeg_mean",
            do = "weeg_mean",
            group_split = "weeg_mean", rowwise = "weeg_mean", nest_by = "weeg_mean", collect = "used as it is",
            tbl_vars = "across")
  joins <- c("inner_join", "right_join", "full_join", "semi_join", "anti_join")
  for (x in list(d, tally, study, imputed)) {
    for (verb in names(says)) {
      if (!verb %in% getNamespaceExports("dplyr")) next
      expect_error(getExportedValue("dplyr", verb)(x), says[[verb]], class = "weeg_error_unsupported", info = verb)
    }
    for (verb in joins) {
      expect_error(getExportedValue("dplyr", verb)(x, table, by = "ronde"), "left_join",
                   class = "weeg_error_unsupported", info = verb)
    }
  }
  for (verb in c("rename", "rename_with", "relocate", "transmute", "pull")) {
    expect_error(getExportedValue("dplyr", verb)(tally, provider), "tally that", class = "weeg_error_unsupported", info = verb)
  }
  expect_error(dplyr::left_join(tally, table), "tally that", class = "weeg_error_unsupported")
  expect_error(dplyr::pull(imputed, leeftijd), "values of its own", class = "weeg_error_unsupported")
})

test_that("completed data sets and studies are renamed, joined and ordered as designs are", {
  sets <- list(openvoorwerk, transform(openvoorwerk, leeftijd = leeftijd + 1))
  imputed <- weeg_design(sets, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  table <- data.frame(ronde = c("ronde 1", "ronde 2"), when = c("first", "second"))
  changed <- dplyr::left_join(dplyr::rename(imputed, age = leeftijd), table, by = "ronde")
  expect_equal(weeg_mean(changed, age ~ when)$std.error, weeg_mean(imputed, leeftijd ~ ronde)$std.error)
  expect_identical(names(dplyr::relocate(imputed, leeftijd)$designs[[2]]$data)[1], "leeftijd")
  expect_true("LEEFTIJD" %in% names(dplyr::rename_with(imputed, toupper)$designs[[1]]$data))
  expect_equal(weeg_mean(dplyr::transmute(imputed, ten = leeftijd / 10), ~ten)$estimate,
               weeg_mean(dplyr::mutate(imputed, ten = leeftijd / 10), ~ten)$estimate)
  expect_identical(dplyr::group_vars(dplyr::group_by(imputed, ronde)), "ronde")
  study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))
  of <- weeg_design(study)
  expect_identical(dplyr::pull(study, leeftijd), dplyr::pull(of, leeftijd))
  same(weeg_mean(dplyr::rename(study, age = leeftijd), ~age), weeg_mean(dplyr::rename(of, age = leeftijd), ~age))
  expect_identical(dplyr::group_vars(dplyr::group_by(d, ronde, provider)), c("ronde", "provider"))
  expect_identical(dplyr::groups(dplyr::group_by(d, ronde)), list(as.name("ronde")))
  expect_identical(dplyr::group_vars(d), character())
})
