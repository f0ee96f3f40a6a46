# Nets of answers: the figures of the variable recoded so, in every verb; what cannot be a net.
#
# Reference: the same verb on the data with the net as a variable, bit for bit, in random designs; package survey on that
# variable, relative error below 1e-9. WEEG_DESIGNS sets the number of designs (150), WEEG_SEED the first seed (1).

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
answers <- levels(openvoorwerk$strengths)
low <- answers[1:2]
high <- answers[2:4]
recoded <- function(x, net, name) factor(ifelse(is.na(x), NA, ifelse(x %in% net, name, "no")), c(name, "no"))
with_net <- function(data) {
  data$low <- recoded(data$strengths, low, "low two")
  attr(data$low, "label") <- attr(data$strengths, "label")
  data
}
own <- weeg_design(with_net(openvoorwerk), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
nets <- list("low two" = low, "some" = high)

# Rows of a net, and those of the recoded variable: without what they are called.
plain <- function(x, level = "low two") {
  rows <- as.data.frame(x)
  if (!is.null(rows$level)) rows <- rows[rows$level %in% level, ]
  for (name in intersect(c("low", "strengths", "y"), names(rows))) rows <- rows[rows[[name]] %in% level, names(rows) != name]
  rows$outcome <- rows$level <- rows$p.adjusted <- NULL
  rownames(rows) <- NULL
  rows
}

# ---- random designs --------------------------------------------------------------------------------------------------

# A net of one answer or more of y, and the data with y recoded.
random_net <- function(x) {
  levels <- levels(x$data$fy)
  net <- levels[sort(sample.int(length(levels), sample.int(length(levels), 1L)))]
  again <- x
  again$data$y <- recoded(as.character(x$data$y), net, "low two")
  list(net = list("low two" = net), again = again)
}

# Either both figures, or the same refusal.
attempted <- function(code) tryCatch(code, weeg_error = function(e) conditionMessage(e))

net_cases <- list(
  proportion = function(d, answers) weeg_proportion(d, y ~ g, answers = answers),
  total = function(d, answers) weeg_total(d, y ~ g, answers = answers),
  compare = function(d, answers) weeg_compare(d, y ~ g, answers = if (is.null(answers)) "low two" else answers),
  against = function(d, answers) weeg_compare(d, y ~ g, answers = if (is.null(answers)) "low two" else answers, against = "rest"),
  figure = function(d, answers) {
    weeg_compare(d, ~y, answers = if (is.null(answers)) "low two" else answers, against = list(estimate = 0.3, n = 50))
  },
  test = function(d, answers) weeg_test(d, y ~ g, answers = answers),
  crosstab = function(d, answers) {
    x <- weeg_crosstab(d, y ~ g, answers = answers)
    if (is.null(answers)) x[c("row", "column", "total", "margin")] else x$nets
  }
)

test_that("the figures of a net are, bit for bit, those of the variable recoded, in random designs", {
  count <- number_from("WEEG_DESIGNS", 150L)
  compared <- 0L
  for (seed in number_from("WEEG_SEED", 1L) + seq_len(count) - 1L) {
    x <- random_design(seed)
    made <- random_net(x)
    # a level that no row of the domain has is none of a text or number
    if (!all(made$net[[1L]] %in% as.character(x$data$y[!is.na(x$data$y)])) || !is.factor(x$data$y)) next
    views <- lapply(list(x, made$again), weeg_view)
    for (name in names(net_cases)) {
      got <- attempted(net_cases[[name]](views[[1L]], made$net))
      want <- attempted(net_cases[[name]](views[[2L]], NULL))
      if (is.character(got) || is.character(want)) {
        expect_identical(is.character(got), is.character(want), info = paste(name, seed, got, want))
        next
      }
      if (name == "crosstab") {
        for (base in names(got)) expect_identical(plain(got[[base]]), plain(want[[base]]), info = paste(name, base, seed))
      } else {
        expect_identical(plain(got), plain(want), info = paste(name, seed))
      }
      compared <- compared + 1L
    }
  }
  expect_gt(compared, 2 * count)
})

test_that("estimates, standard errors, design effects and differences of nets are survey's", {
  needs_survey()
  compared <- 0L
  for (seed in seq_len(number_from("WEEG_DESIGNS", 150L) %/% 3L)) {
    x <- random_design(seed + 5000L)
    if (x$lonely == "fail" || x$domain || !is.factor(x$data$y)) next
    made <- random_net(x)
    before <- options(survey.lonely.psu = x$lonely)
    p <- attempted(weeg_proportion(weeg_view(x), ~y, answers = made$net, interval = "wald"))
    options(before)
    if (is.character(p) || is.na(p$std.error) || p$std.error < 1e-6) next
    x$data$inside_net <- x$data$fy %in% made$net[[1L]]
    before <- options(survey.lonely.psu = x$lonely)
    known <- subset(survey_view(x), !is.na(fy))
    m <- suppressWarnings(survey::svymean(~inside_net, known, deff = "replace"))
    options(before)
    at <- match("inside_netTRUE", names(stats::coef(m)))
    if (is.na(at) || unname(survey::SE(m))[at] < 1e-6) next
    expect_lt(relative_error(p$estimate, stats::coef(m)[[at]]), 1e-9, label = seed)
    expect_lt(relative_error(p$std.error, unname(survey::SE(m))[at]), 1e-9, label = seed)
    expect_lt(relative_error(p$deff, unname(diag(as.matrix(attr(m, "deff"))))[at]), 1e-9, label = seed)
    compared <- compared + 1L
  }
  expect_gt(compared, 5L)
  s <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = with_net(openvoorwerk), nest = TRUE)
  by <- survey::svyby(~ I(low == "low two"), ~ronde, subset(s, !is.na(low)), survey::svymean, covmat = TRUE)
  names <- paste0(levels(openvoorwerk$ronde), ":I(low == \"low two\")TRUE")
  v <- stats::vcov(by)[names, names]
  x <- weeg_compare(d, strengths ~ ronde, answers = nets["low two"], measures = "difference")
  expect_equal(x$estimate, stats::coef(by)[[names[1L]]] - stats::coef(by)[[names[2L]]], tolerance = 1e-9)
  expect_equal(x$std.error, sqrt(v[1L, 1L] + v[2L, 2L] - 2 * v[1L, 2L]), tolerance = 1e-9)
})

# ---- every verb and every kind of design ------------------------------------------------------------------------------

standard <- prop.table(table(openvoorwerk$leeftijdsgroep))
every_verb <- list(
  proportion = function(d, f, a) weeg_proportion(d, f(~ provider), answers = a),
  whole = function(d, f, a) weeg_proportion(d, f(~ 1), answers = a, interval = "logit"),
  adjusted = function(d, f, a) weeg_proportion(d, f(~ provider), answers = a, adjust_for = ~ronde),
  total = function(d, f, a) weeg_total(d, f(~ provider + ronde), answers = a),
  pairs = function(d, f, a) weeg_compare(d, f(~ provider), answers = a, measures = four_measures),
  rest = function(d, f, a) weeg_compare(d, f(~ provider), answers = a, against = "rest"),
  trend = function(d, f, a) weeg_compare(d, f(~ leeftijdsgroep), answers = a, contrasts = "trend"),
  `adjusted pairs` = function(d, f, a) weeg_compare(d, f(~ provider), answers = a, adjust_for = ~ronde, adjust = "none"),
  decompose = function(d, f, a) weeg_decompose(d, f(~ ronde), by = ~provider, answers = a),
  standardise = function(d, f, a) weeg_standardise(d, f(~ ronde), by = ~leeftijdsgroep, population = standard, answers = a),
  shrink = function(d, f, a) weeg_shrink(d, f(~ gemeente), answers = a),
  funnel = function(d, f, a) weeg_funnel(d, f(~ gemeente), answers = a)
)
tests <- list(
  exact = function(d, f, a) weeg_test(d, f(~ provider), answers = a),
  `rao-scott` = function(d, f, a) weeg_test(d, f(~ provider), answers = a, method = "rao-scott-f"),
  wald = function(d, f, a) weeg_test(d, f(~ provider), answers = a, method = "adjusted-wald"),
  given = function(d, f, a) weeg_test(d, f(~ provider), answers = a, given = ~ronde),
  trend = function(d, f, a) weeg_test(d, f(~ leeftijdsgroep), answers = a, method = "trend"),
  ranks = function(d, f, a) weeg_test(d, f(~ provider), answers = a, method = "kruskal-wallis")
)
# left ~ right, of the question and of its net
of_question <- function(right) as.formula(paste("strengths", deparse1(right)), globalenv())
of_net <- function(right) as.formula(paste("low", deparse1(right)), globalenv())
four_measures <- c("difference", "risk-ratio", "odds-ratio", "number-needed")

test_that("every verb takes nets, and gives what it gives of the variable recoded", {
  for (name in names(every_verb)) {
    got <- every_verb[[name]](d, of_question, nets["low two"])
    expect_identical(plain(got), plain(every_verb[[name]](own, of_net, if (name %in% c("total", "whole", "proportion", "adjusted",
                                                                                       "standardise")) NULL else "low two")),
                     info = name)
    both <- every_verb[[name]](d, of_question, c(list(NULL), nets))
    expect_identical(plain(both), plain(got), info = name)
    expect_identical(unique(as.character(if (is.null(both$level)) both$strengths else both$level)), c(answers, names(nets)))
  }
  for (name in names(tests)) {
    got <- tests[[name]](d, of_question, nets["low two"])
    want <- tests[[name]](own, of_net, NULL)
    expect_identical(plain(got), plain(want), info = name)
  }
})

test_that("a net of one answer is that answer, and one of all is 1", {
  one <- weeg_proportion(d, strengths ~ provider, answers = list(NULL, same = answers[3L], all = answers))
  # the other answers are one level here, and several there
  expect_equal(plain(one, "same"), plain(one, answers[3L]), tolerance = 1e-12)
  expect_equal(one$estimate[one$level == "all"], rep(1, 5L))
})

test_that("nets are those of calibrated, replicated, multistage, two-phase designs, domains, tallies and files, too", {
  tie <- function(d) {
    list(calibrated = weeg_rake(d, margins = list(ronde = table(openvoorwerk$ronde))), trimmed = weeg_trim(d, upper = 2),
         replicates = weeg_replicates(d, type = "jkn"), domain = subset(d, leeftijd < 40))
  }
  made <- Map(list, tie(d), tie(own))
  for (name in names(made)) {
    for (verb in c("proportion", "pairs", "total")) {
      got <- plain(every_verb[[verb]](made[[name]][[1L]], of_question, nets["low two"]))
      want <- plain(every_verb[[verb]](made[[name]][[2L]], of_net, if (verb == "pairs") "low two"))
      # sums of calibrated and replicate weights are doubles
      expect_equal(got, want, tolerance = 1e-9, info = paste(name, verb))
    }
  }
  tally <- weeg_tally(d, ~ provider + strengths)
  expect_identical(plain(weeg_proportion(tally, strengths ~ provider, answers = nets)),
                   plain(weeg_proportion(own, low ~ provider)))
  expect_identical(plain(weeg_compare(tally + weeg_tally(weeg_design(transform(openvoorwerk, gemeente = paste("b", gemeente)),
                                                                     ~gewicht, ~ronde, ~gemeente), ~ provider + strengths),
                                      strengths ~ provider, answers = nets, measures = "difference"), "some")$n1[1L], 648)
  file <- tempfile(fileext = ".csv")
  on.exit(unlink(file))
  utils::write.csv(openvoorwerk, file, row.names = FALSE)
  from_file <- weeg_design(file, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  got <- weeg_proportion(from_file, strengths ~ provider, answers = nets["low two"])
  want <- plain(weeg_proportion(own, low ~ provider))
  expect_identical(got$std.error[match(want$provider, got$provider)], want$std.error)
})

test_that("missing values are what `missing` says, and may be in a net", {
  for (missing in c("domain", "omit")) {
    expect_identical(plain(weeg_proportion(d, strengths ~ provider, answers = nets, missing = missing)),
                     plain(weeg_proportion(own, low ~ provider, missing = missing)), info = missing)
  }
  data <- openvoorwerk
  data$low <- factor(ifelse(data$strengths %in% c(low, NA), "low two", "no"), c("low two", "no"))
  want <- weeg_proportion(weeg_design(data, ~gewicht, ~ronde, ~gemeente), low ~ provider, missing = "level")
  got <- weeg_proportion(d, strengths ~ provider, answers = list("low two" = c(low, "(missing)")), missing = "level")
  expect_identical(plain(got), plain(want))
})

test_that("a contrast of nets is that of the answers in them", {
  one <- weeg_contrast(d, strengths ~ provider, x = ~ `low two` - some, answers = nets)
  two <- weeg_contrast(d, strengths ~ provider, x = ~ (niet + `een beetje`) - (`een beetje` + grotendeels + helemaal))
  columns <- c("estimate", "std.error", "conf.low", "conf.high", "df", "p.value", "n")
  expect_equal(as.data.frame(one)[columns], as.data.frame(two)[columns], tolerance = 1e-12)
  expect_equal(weeg_contrast(d, strengths ~ 1, x = ~ `low two`, answers = nets)$std.error,
               weeg_proportion(d, ~strengths, answers = nets["low two"])$std.error, tolerance = 1e-12)
  expect_error(weeg_contrast(d, strengths ~ 1, x = ~ `low 2`, answers = nets), "low two")
})

test_that("a model of a net is that of its answers", {
  one <- weeg_logistic(d, strengths ~ provider, answers = nets["low two"])
  expect_identical(as.data.frame(one), as.data.frame(weeg_logistic(d, strengths ~ provider, answers = low)))
  expect_error(weeg_logistic(d, strengths ~ provider, answers = nets), "2 nets")
})

test_that("a net and the answer of all others are one hypothesis, and so are two nets of the same answers", {
  x <- weeg_compare(d, strengths ~ ronde, measures = "difference",
                    answers = list(answers[1L], other = answers[-1L], twice = answers[-1L], again = answers[1L]))
  expect_identical(nrow(x), 4L)
  expect_equal(x$p.adjusted, x$p.value, tolerance = 1e-12)
  y <- weeg_compare(d, strengths ~ ronde, measures = "difference", answers = nets)
  expect_equal(y$p.adjusted, stats::p.adjust(y$p.value, "holm"), tolerance = 1e-12)
})

test_that("a published figure is of the net it names", {
  own_figure <- weeg_compare(own, ~low, answers = "low two", against = 0.6, measures = "difference")
  for (against in list(0.6, c("low two" = 0.6))) {
    x <- weeg_compare(d, ~strengths, answers = nets["low two"], against = against, measures = "difference")
    expect_identical(plain(x), plain(own_figure))
  }
  both <- weeg_compare(d, ~strengths, answers = c(list(NULL), nets), against = c("low two" = 0.6, niet = 0.2),
                       measures = "difference")
  expect_identical(as.character(both$level), c("niet", "low two"))
  expect_identical(plain(both), plain(own_figure))
  expect_error(weeg_compare(d, ~strengths, answers = nets, against = 0.6), "which answer")
  expect_error(weeg_compare(d, ~strengths, answers = nets, against = c(niet = 0.6)), "not one of the answers")
})

# ---- cross-tabs ------------------------------------------------------------------------------------------------------

test_that("nets of a cross-tab stand beside its answers, whose sums, test and residuals stay what they are", {
  bare <- weeg_crosstab(d, strengths ~ provider)
  x <- weeg_crosstab(d, strengths ~ provider, answers = nets)
  for (name in setdiff(names(bare), "test")) expect_identical(x[[name]], bare[[name]], info = name)
  expect_identical(as.data.frame(x$test), as.data.frame(bare$test))
  expect_identical(nrow(tidy(x)), 5L * 6L)
  expect_identical(tidy(x)$estimate[tidy(x)$level == "low two"],
                   weeg_proportion(own, low ~ provider)$estimate[c(TRUE, FALSE)])
  text <- format(x, width = 200)
  total <- grep("^Total", text, value = TRUE)
  expect_match(total, "31.6 +21.8 +27.9 +18.7 +53.4 +68.4 +1492", perl = TRUE)
  columns <- format(weeg_crosstab(d, strengths ~ provider, answers = nets, percent = "column"), width = 200)
  expect_match(grep("^Total", columns, value = TRUE), "(100.0 *){7}$", perl = TRUE)
  expect_match(grep("^n ", columns, value = TRUE), "475 +320 +423 +274 +795 +1017 +1492", perl = TRUE)
  expect_error(weeg_crosstab(d, strengths ~ provider, answers = "niet"), "nets")
})

test_that("totals count a respondent once", {
  x <- weeg_total(d, strengths ~ ronde, answers = c(list(NULL), nets))
  expect_match(paste(format(x), collapse = " "), "n = 1492", fixed = TRUE)
  expect_identical(glance(x)$nobs, 1492)
  expect_error(weeg_total(d, ~ strengths + ronde, answers = nets), "one variable")
})

# ---- what cannot be --------------------------------------------------------------------------------------------------

test_that("what is no net is an error that says why", {
  wrong <- list(
    list(list("top 2" = c("helemal", "niet")), "Did you mean helemaal"), list(list("top 2" = character()), "has no answers"),
    list(list("top 2" = NULL), "has no answers"), list(list(a = "niet", a = "helemaal"), "two nets"),
    list(list(niet = c("niet", "helemaal")), "name of an answer"), list(list(), "no answer and no net"),
    list(list("nit", a = "niet"), "Did you mean niet"), list(list(a = list("niet")), "must be names of levels"),
    list(list(a = sum), "must be names of levels")
  )
  for (case in wrong) {
    for (verb in list(weeg_proportion, weeg_compare, weeg_test)) {
      expect_error(verb(d, strengths ~ provider, answers = case[[1L]]), case[[2L]], class = "weeg_error", info = case[[2L]])
    }
  }
  expect_error(weeg_proportion(d, strengths ~ strengths, answers = nets), "outcome and group")
  expect_error(weeg_test(d, ~strengths, answers = nets), "needs a group")
  expect_error(weeg_total(d, leeftijd ~ ronde, answers = nets), "totals of numbers")
})

test_that("nets are released of proportions and comparisons only", {
  skip_if_not_installed("lpSolve")
  expect_error(weeg_protect(d, weeg_crosstab(d, strengths ~ provider, answers = nets)), "nets are protected in results of")
  expect_error(weeg_protect(d, weeg_proportion(d, strengths ~ provider, answers = "niet")), "some answers only")
})

test_that("several outcomes share their nets, which a print says once", {
  data <- transform(openvoorwerk, again = strengths)
  both <- weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  x <- weeg_compare(both, strengths + again ~ ronde, answers = nets, measures = "difference")
  expect_identical(sum(grepl("^low two: niet \\+ een beetje", format(x))), 1L)
  expect_identical(as.character(x$level), rep(names(nets), 2L))
  expect_error(weeg_proportion(d, strengths + relapse ~ 1, answers = nets), "not a level of relapse")
})

test_that("prints say what a net is", {
  expect_snapshot(weeg_proportion(d, strengths ~ ronde, answers = c(list(NULL), nets)))
  expect_snapshot(weeg_compare(d, strengths ~ ronde, answers = nets, measures = "difference"))
  expect_snapshot(weeg_test(d, strengths ~ provider, answers = c("niet", nets)))
  expect_snapshot(weeg_crosstab(d, strengths ~ ronde, answers = nets))
})

test_that("an answer that is given twice is tested once", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  once <- as.data.frame(weeg_test(d, strengths ~ ronde, answers = "niet"))
  expect_identical(as.data.frame(weeg_test(d, strengths ~ ronde, answers = c("niet", "niet"))), once)
  expect_identical(as.data.frame(weeg_test(d, strengths ~ ronde, answers = list("niet", "niet"))), once)
})

test_that("a logistic model of a net is that of the variable recoded", {
  for (conventions in c("weeg", "survey")) {
    question <- weeg_design(d, conventions = conventions)
    recoded_one <- weeg_design(own, conventions = conventions)
    for (right in list(~ ronde, ~ provider + ronde)) {
      got <- weeg_logistic(question, of_question(right), answers = nets["low two"])
      want <- weeg_logistic(recoded_one, of_net(right), answers = "low two")
      expect_identical(as.data.frame(got), as.data.frame(want))
      expect_identical(anova(got), anova(want))
      expect_identical(vcov(got), vcov(want))
    }
  }
  expect_error(weeg_logistic(d, of_question(~ronde), answers = list(all = c(low, high))), "one side without data",
               class = "weeg_error_argument")
})
