# Conventions of other software: what a profile sets, and that it computes what it says.
#
# Reference: counts of the data by hand for degrees of freedom; package survey for the standard errors that SAS's design
# correction is made of. Tolerance 1e-9, relative: both compute in doubles.

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
profiles <- weeg_conventions()

# Three strata of 3, 2 and 4 PSUs; the domain has rows in 2 PSUs of the first and 3 of the last.
small <- data.frame(
  stratum = rep(c("a", "b", "c"), c(12, 8, 16)), psu = rep(1:9, each = 4), w = rep(c(1, 2, 1, 3), 9),
  y = rep(c("no", "yes", "yes", "no", "yes", "no"), 6), g = rep(c("x", "y", "x", "x", "y", "y", "x", "y", "y"), 4)
)
small$inside <- small$psu %in% c(1, 2, 6, 7, 9)
small_design <- function(conventions) weeg_design(small, ~w, ~stratum, ~psu, conventions = conventions)

test_that("the table has a row per profile, and every setting is one that exists", {
  expect_identical(profiles$profile, c("weeg", "survey", "sas", "stata", "sudaan", "nchs"))
  expect_true(all(profiles$interval %in% weeg:::interval_methods))
  expect_true(all(profiles$test %in% weeg:::test_methods))
  expect_true(all(profiles$lonely %in% weeg:::lonely_rules))
  expect_true(all(profiles$missing %in% weeg:::missing_choices))
  expect_true(all(profiles$df %in% names(weeg:::df_texts)))
})

test_that("degrees of freedom are of the domain, of its strata or of the design", {
  want <- c(domain = 5 - 2, strata = (3 + 4) - 2, design = 9 - 3)
  for (i in which(profiles$df != "effective")) {
    x <- subset(small_design(profiles$profile[i]), inside)
    rule <- profiles$df[i]
    expect_identical(unique(weeg_proportion(x, ~y, missing = "domain")$df), want[[rule]], info = rule)
    expect_identical(unique(weeg_total(x, ~y, missing = "domain")$df), want[[rule]], info = rule)
    expect_identical(weeg_test(x, y ~ g, missing = "domain")$df, want[[rule]], info = rule)
    expect_identical(unique(weeg_compare(x, y ~ g, missing = "domain")$df), want[[rule]], info = rule)
    tally <- weeg_tally(x, ~ y + g)
    expect_identical(unique(weeg_proportion(tally, ~y, missing = "domain")$df), want[[rule]], info = rule)
  }
  # without clusters rows take the place of PSUs
  rows <- c(domain = 20 - 2, strata = 28 - 2, design = 36 - 3, effective = 20 - 2)
  for (i in seq_len(nrow(profiles))) {
    x <- subset(weeg_design(small, ~w, ~stratum, conventions = profiles$profile[i]), inside)
    expect_identical(unique(weeg_proportion(x, ~y, missing = "domain")$df), rows[[profiles$df[i]]])
  }
})

test_that("a profile chooses interval, test, rule for single-PSU strata and missing values, and says so", {
  for (i in seq_len(nrow(profiles))) {
    profile <- profiles[i, ]
    x <- small_design(profile$profile)
    p <- weeg_proportion(x, y ~ g)
    explicit <- weeg_proportion(x, y ~ g, interval = profile$interval)
    expect_identical(as.data.frame(p), as.data.frame(explicit), info = profile$profile)
    expect_identical(attr(p, "conventions"), attr(explicit, "conventions"), info = profile$profile)
    said <- attr(p, "conventions")
    expect_identical(said[["profile"]], profile$profile)
    expect_identical(said[["interval"]], paste("95%", profile$interval))
    expect_identical(said[["lonely"]], profile$lonely)
    expect_identical(said[["df"]], weeg:::df_texts[[profile$df]])
    expect_identical(said[["missing"]], weeg:::missing_texts[[profile$missing]])
    expect_identical(weeg_test(x, y ~ g)$method, profile$test)
    expect_identical(weeg_crosstab(x, y ~ g)$test$method, profile$test)
    lines <- paste(format(p), collapse = " ")
    expect_match(lines, paste0("Conventions: ", profile$profile, ";"), fixed = TRUE)
  }
})

test_that("an argument wins from the profile", {
  x <- weeg_design(small, ~w, ~stratum, ~psu, lonely = "adjust", conventions = "sas")
  expect_identical(x$frame$lonely, "adjust")
  p <- weeg_proportion(x, ~y, interval = "wilson", missing = "domain")
  expect_identical(attr(p, "conventions")[["interval"]], "95% wilson")
  expect_identical(attr(p, "conventions")[["missing"]], weeg:::missing_texts[["domain"]])
  expect_identical(weeg_test(x, y ~ g, method = "wald")$method, "wald")
  expect_identical(weeg_crosstab(x, y ~ g, method = "wald")$test$method, "wald")
})

test_that("a design, a tally or a design of survey gets other conventions", {
  tally <- weeg_tally(d, ~ provider + strengths)
  stata <- weeg_design(tally, conventions = "stata")
  expect_identical(attr(weeg_test(stata, strengths ~ provider), "conventions")[["profile"]], "stata")
  expect_identical(weeg_design(tally), tally)
  expect_identical(weeg_design(d, conventions = "sas")$frame$lonely, "remove")
  adjusting <- weeg_design(small, ~w, lonely = "adjust")
  expect_identical(weeg_design(adjusting, conventions = "sas")$frame$lonely, "adjust")
  expect_identical(weeg_design(weeg_design(d, conventions = "sas"), conventions = "weeg"), d)
  expect_error(weeg_design(d, conventions = "spss"), class = "weeg_error_argument")
  expect_error(weeg_design(small, ~w, conventions = NULL), class = "weeg_error_argument")
  skip_if_not_installed("survey")
  s <- survey::svydesign(~psu, strata = ~stratum, weights = ~w, data = small)
  expect_identical(unique(weeg_proportion(weeg_design(s, conventions = "sudaan"), ~y)$df), 6)
  expect_identical(attr(weeg_proportion(s, ~y), "conventions")[["profile"]], "survey")
})

test_that("given degrees of freedom are those of every figure, as df of survey's functions", {
  skip_if_not_installed("survey")
  s <- survey::svydesign(~psu, strata = ~stratum, weights = ~w, data = small)
  x <- weeg_design(s, df = 30)
  p <- weeg_proportion(x, y ~ g)
  expect_identical(unique(p$df), 30)
  one <- function(at) {
    domain <- subset(s, g == p$g[at])
    stats::confint(survey::svyciprop(stats::reformulate(sprintf("I(y == '%s')", p$level[at])), domain, "xlogit", df = 30))
  }
  for (at in which(p$estimate > 0 & p$estimate < 1)) {
    expect_equal(c(p$conf.low[at], p$conf.high[at]), as.vector(one(at)), tolerance = 1e-9)
  }
  total <- weeg_total(x, ~y)
  theirs <- stats::confint(survey::svytotal(~y, s), df = 30)
  expect_equal(total$conf.low, unname(theirs[, 1L]), tolerance = 1e-9)
  test <- weeg_test(x, y ~ g)
  chisq <- survey::svychisq(~ y + g, s)
  expect_equal(test$den.df, chisq$parameter[["ndf"]] * 30, tolerance = 1e-9)
  expect_equal(test$p.value, stats::pf(chisq$statistic[["F"]], test$num.df, test$den.df, lower.tail = FALSE), tolerance = 1e-9)
  difference <- weeg_compare(x, y ~ g, measures = "difference")
  expect_identical(unique(difference$df), 30)
  expect_equal(difference$p.value, 2 * stats::pt(-abs(difference$statistic), 30), tolerance = 1e-9)
})

test_that("given degrees of freedom reach all verbs, and win from effective ones", {
  given <- weeg_design(openvoorwerk, ~gewicht, ~ronde, ~gemeente, df = 9)
  few <- weeg_design(given, conventions = "weeg")
  equal <- stats::setNames(rep(1, 5), levels(openvoorwerk$provider))
  all_nine <- function(rows) expect_identical(unique(as.double(rows$df)), 9)
  tally <- weeg_tally(given, ~ provider + ronde + strengths)
  for (x in list(given, weeg_design(tally, conventions = "weeg"), weeg_replicates(tally))) {
    all_nine(weeg_proportion(x, strengths ~ provider))
    all_nine(weeg_total(x, strengths ~ provider))
    all_nine(weeg_compare(x, strengths ~ ronde))
    all_nine(weeg_compare(x, strengths ~ provider, contrasts = list(ends = c(1, 0, 0, 0, -1))))
    for (method in c("rao-scott-f", "rao-scott-exact", "wald", "wilcoxon", "trend")) {
      all_nine(weeg_test(x, strengths ~ ronde, method = method))
    }
    all_nine(weeg_test(x, ~strengths))
    all_nine(weeg_test(x, strengths ~ provider, given = ~ronde))
    all_nine(weeg_crosstab(x, strengths ~ provider)$test)
    all_nine(weeg_association(x, strengths ~ provider))
    all_nine(weeg_standardise(x, strengths ~ ronde, by = ~provider, population = equal))
    all_nine(weeg_decompose(x, strengths ~ ronde, by = ~provider))
    all_nine(weeg_proportion(x, strengths ~ ronde, adjust_for = ~provider))
    all_nine(weeg_loglinear(x, ~ provider + strengths))
    expect_identical(unique(as.double(weeg_logistic(x, ronde ~ provider)$df)), 5) # less four slopes
    expect_match(paste(format(weeg_proportion(x, ~strengths)), collapse = " "), "df given;", fixed = TRUE)
  }
  columns <- c("estimate", "std.error", "conf.low", "conf.high", "statistic", "p.value", "num.df", "den.df", "df")
  same <- function(verb, ...) {
    one <- as.data.frame(verb(few, strengths ~ ronde, ...))
    other <- as.data.frame(verb(given, strengths ~ ronde, ...))
    expect_identical(one[intersect(columns, names(one))], other[intersect(columns, names(other))])
  }
  same(weeg_proportion, interval = "logit")
  same(weeg_compare)
  same(weeg_test, method = "rao-scott-exact")
  expect_identical(as.data.frame(weeg_test(few, strengths ~ ronde))$den.df,
                   as.data.frame(weeg_test(given, strengths ~ ronde, method = "rao-scott-f"))$den.df)
  expect_identical(weeg_design(weeg_replicates(given), df = 4)$replicates$df, 4)
})

test_that("given degrees of freedom are kept in files and sums, and checked", {
  given <- weeg_tally(weeg_design(openvoorwerk, ~gewicht, ~ronde, ~gemeente, df = 9), ~strengths)
  path <- withr::local_tempfile(fileext = ".weeg")
  weeg_write_tally(given, path)
  expect_identical(weeg_proportion(weeg_read_tally(path), ~strengths), weeg_proportion(given, ~strengths))
  halves <- lapply(split(openvoorwerk, openvoorwerk$ronde), function(rows) {
    weeg_tally(weeg_design(rows, ~gewicht, cluster = ~ paste(ronde, gemeente), df = 9), ~strengths)
  })
  expect_identical(unique(weeg_proportion(halves[[1L]] + halves[[2L]], ~strengths)$df), 9)
  expect_error(halves[[1L]] + weeg_design(halves[[2L]], df = 8), "the degrees of freedom that they were given differ",
               class = "weeg_error_tally")
  expect_identical(unique(weeg_proportion(weeg_design(given, df = 300), ~strengths)$df), 300)
  # one PSU in each of four strata: a variance by the rule, but no degrees of freedom of its own
  alone <- data.frame(y = c("a", "b", "a", "a"), h = 1:4)
  lonely <- function(df) weeg_proportion(weeg_design(alone, strata = ~h, cluster = ~h, lonely = "adjust", df = df), ~y)
  expect_true(all(is.na(lonely(NULL)$conf.low)))
  expect_false(anyNA(lonely(300)$conf.low))
  for (bad in list(0, -1, 2.5, NA, Inf, "9", c(3, 4), 2^31, TRUE)) {
    expect_error(weeg_design(small, df = bad), "`df` must be one whole number, between 1 and", class = "weeg_error_argument")
  }
  expect_error(weeg_design(d, df = 0), "`df` must be one whole number", class = "weeg_error_argument")
  skip_if_not_installed("survey")
  expect_message(as_svydesign(weeg_design(small, ~w, df = 9)), "df = 9")
})

test_that("only tallies of the same conventions are added", {
  sas <- weeg_tally(weeg_design(d, conventions = "sas"), ~ strengths)
  expect_error(weeg_tally(d, ~ strengths) + sas, "conventions differ (weeg, sas)", fixed = TRUE, class = "weeg_error_tally")
  half <- function(round) {
    rows <- openvoorwerk[openvoorwerk$ronde == round, ]
    weeg_tally(weeg_design(rows, weights = ~gewicht, cluster = ~ paste(ronde, gemeente), conventions = "sas"), ~ strengths)
  }
  both <- half(levels(openvoorwerk$ronde)[1]) + half(levels(openvoorwerk$ronde)[2])
  expect_identical(attr(weeg_proportion(both, ~ strengths), "conventions")[["profile"]], "sas")
})

# ---- few PSUs ---------------------------------------------------------------------------------------------------------

few_psus <- function(sizes, yes, conventions = "weeg") {
  rows <- data.frame(p = rep(seq_along(sizes), sizes), g = rep(c("a", "b"), length.out = sum(sizes)))
  rows$y <- ifelse(seq_len(sum(sizes)) %in% yes, "yes", "no")
  weeg_design(rows, cluster = ~p, conventions = conventions)
}

test_that("figures of few PSUs say which of them call for care, by limits that follow from sizes", {
  code <- function(...) unique(weeg_reason_code(weeg_proportion(few_psus(...), ~y)))
  # PSUs of one size: PSUs - 1 degrees of freedom
  expect_identical(code(rep(20, 4), c(1:3, 21:30, 41:46, 61)), "few-effective-df")
  expect_identical(code(rep(20, 5), c(1:3, 21:30, 41:46, 61, 81:90)), NA_character_)
  # a PSU of n rows has .95 n + .05 n^2 of the variance: 14.5 of 10 rows, 85.8 of 33, 90.1 of 34
  some <- seq(1, 90, 3)
  expect_identical(code(c(34, rep(10, 6)), some), "one-psu")
  expect_false("one-psu" %in% code(c(33, rep(10, 6)), some))
  # answers in PSUs of their own
  expect_identical(code(rep(5, 20), seq(1, 16, 5)), "few-answers")
  expect_identical(code(rep(5, 20), seq(1, 36, 5)), NA_character_)
  # no other conventions, no cautions; nor without clusters
  for (profile in setdiff(profiles$profile, "weeg")) expect_identical(code(c(34, rep(10, 6)), some, profile), NA_character_)
  rows <- weeg_design(data.frame(y = c("yes", rep("no", 9))), conventions = "weeg")
  expect_identical(weeg_proportion(rows, ~y)$reason, rep(NA_character_, 2))
  pair <- function(sizes) weeg_compare(few_psus(sizes, some), y ~ g, measures = c("difference", "odds-ratio"))
  expect_identical(unique(weeg_reason_code(pair(c(80, rep(10, 6))))), "one-psu")
  expect_identical(unique(weeg_reason_code(pair(rep(10, 12)))), NA_character_)
  # a caution is no failure
  expect_identical(glance(weeg_sensitivity(few_psus(c(34, rep(10, 6)), some), ~y))$failed, 0L)
})

test_that("prints say effective degrees of freedom once, with three digits, and conventions whose they are", {
  d <- few_psus(c(200, 5, 6, 4, 8, 7), seq(1, 230, 3))
  p <- weeg_proportion(d, ~y)
  text <- paste(format(p, width = 200), collapse = "\n")
  expect_match(text, paste0("effective df ", formatC(p$df[1L], digits = 3, format = "fg", flag = "#"), "\n"), fixed = TRUE)
  expect_match(text, "\na  one PSU has more than half of the variance", fixed = TRUE)
  said <- function(x) attr(x, "conventions")[["df"]]
  expect_identical(said(p), "effective")
  expect_identical(said(weeg_compare(d, y ~ g)), "effective")
  expect_identical(said(weeg_test(d, y ~ g)), "effective")
  expect_identical(said(weeg_test(d, y ~ g, method = "wald")), "PSUs - strata")
  expect_identical(said(weeg_total(d, ~y)), "PSUs - strata")
  expect_identical(said(weeg_association(d, y ~ g)), "effective")
  none <- subset(weeg_tally(d, ~ y + g), y == "yes" & y == "no") # the same where nobody is
  expect_identical(weeg_association(none, y ~ g)$n[1L], 0)
  expect_identical(said(weeg_association(none, y ~ g)), "effective")
  expect_identical(said(weeg_test(none, y ~ g)), "effective")
  expect_identical(said(weeg_test(none, y ~ g)), said(weeg_test(d, y ~ g)))
  expect_identical(said(weeg_proportion(weeg_design(data.frame(y = c("a", "b", "b")), conventions = "weeg"), ~y)),
                   "PSUs - strata")
  expect_match(paste(format(weeg_proportion(few_psus(rep(20, 5), seq(1, 90, 7)), ~y)), collapse = "\n"), "design df 4\n")
  expect_identical(weeg:::df_text(c(2, 2.0001)), "effective df 2.00")
  exact <- list(method = "rao-scott-exact", statistic = 13.8, num.df = 9.72, den.df = Inf)
  expect_identical(weeg:::statistic_text(exact), paste0("F(9.72, ", weeg:::utf8("\u221e", "Inf"), ") = 13.8"))
  expect_identical(weeg:::df_text(c(47, 48)), paste0("design df 47", weeg:::utf8("\u2013", "-"), "48"))
})

test_that("a test whose p-value is below that of all F distributions has infinite degrees of freedom, and says so", {
  x <- data.frame(psu = rep(1:7, length.out = 20),
                  g = strsplit("cccccacccaccccbccacb", "")[[1L]], y = strsplit("cccccbcccacaccbccacb", "")[[1L]])
  test <- weeg_test(weeg_design(x, cluster = ~psu), y ~ g)
  expect_identical(c(test$method, test$den.df), c("rao-scott-exact", "Inf"))
  expect_lt(test$p.value, stats::pchisq(test$num.df * test$statistic, test$num.df, lower.tail = FALSE))
  expect_match(paste(format(test), collapse = "\n"), paste0("F(4, ", weeg:::utf8("\u221e", "Inf"), ") = 2.87, p = .0211"),
               fixed = TRUE)
  curve <- stats::df(test$statistic, test$num.df, test$den.df) # what is plotted: of mean squares, not their sum
  expect_equal(curve, test$num.df * stats::dchisq(test$num.df * test$statistic, test$num.df), tolerance = 1e-9)
  f <- weeg_test(weeg_design(x, cluster = ~psu, conventions = "survey"), y ~ g, method = "rao-scott-deff")
  expect_identical(f$den.df, NA_real_)
})

# ---- SAS's first-order test -------------------------------------------------------------------------------------------

# The correction of Rao and Scott (1984) from survey's standard errors.
sas_test <- function(design, row, column, null, left = 1) {
  known <- design[!is.na(design$variables[[row]]) & !is.na(design$variables[[column]]), ]
  known$variables$cell <- interaction(known$variables[[row]], known$variables[[column]], drop = TRUE)
  n <- nrow(known$variables)
  mean_of <- function(v) {
    known$variables$v <- factor(known$variables[[v]])
    survey::svymean(~v, known)
  }
  cell <- mean_of("cell")
  r <- mean_of(row)
  k <- mean_of(column)
  p <- stats::coef(cell)
  expected <- unname(stats::coef(r)[match(sub("[.].*", "", names(p)), sub("^v", "v", names(stats::coef(r))))] *
                       stats::coef(k)[match(sub("^v.*[.]", "v", names(p)), names(stats::coef(k)))])
  effects <- function(m, at = stats::coef(m)) sum(diag(stats::vcov(m)) * (n - 1) / left / at)
  df <- (length(r) - 1) * (length(k) - 1)
  correction <- (effects(cell, if (null) expected else p) - effects(r) - effects(k)) / df
  chisq <- n * (sum(p^2 / expected) - 1) # a cell without rows adds its expected share only
  list(statistic = chisq / correction, num.df = df, p.value = stats::pchisq(chisq / correction, df, lower.tail = FALSE),
       correction = correction)
}

test_that("the first-order test has SAS's design correction", {
  skip_if_not_installed("survey", "4.5")
  data <- openvoorwerk
  data$population <- ifelse(data$ronde == "ronde 1", 60, 100)
  sampled <- tapply(data$gemeente, data$ronde, function(g) length(unique(g)))
  cases <- list(list(fpc = NULL, left = 1), list(fpc = ~population, left = 1 - sum(sampled) / 160))
  for (case in cases) {
    x <- weeg_design(data, ~gewicht, ~ronde, ~gemeente, fpc = case$fpc)
    s <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = data, fpc = case$fpc, nest = TRUE)
    for (outcome in c("strengths", "vertrouwen")) {
      for (null in c(FALSE, TRUE)) {
        want <- sas_test(s, "geslacht", outcome, null, case$left)
        got <- weeg_test(x, stats::reformulate("geslacht", outcome), "rao-scott-deff", if (null) "null" else "observed")
        expect_equal(got$statistic, want$statistic, tolerance = 1e-9)
        expect_equal(got$num.df, want$num.df)
        expect_equal(got$p.value, want$p.value, tolerance = 1e-9)
        expect_equal(got$deff.mean, want$correction, tolerance = 1e-9)
        expect_identical(got$den.df, NA_real_)
      }
    }
  }
  # where every expected share equals the observed one, it is the mean eigenvalue: tables with equal p in all cells
  equal <- data.frame(y = rep(0:1, 40), g = rep(0:1, each = 40), psu = rep(1:8, c(3, 17, 8, 12, 5, 15, 9, 11)))
  x <- weeg_design(equal, cluster = ~psu)
  first <- weeg_test(x, y ~ g, "rao-scott-chisq")
  expect_equal(weeg_test(x, y ~ g, "rao-scott-deff")$deff.mean / first$deff.mean, 79 / 80, tolerance = 1e-12)
})

test_that("SAS's test has an answer for an empty cell, and a reason where there is none", {
  empty <- data.frame(y = c("a", "b", "c", "a", "b", "a"), g = rep(c("x", "y"), c(3, 3)), psu = 1:6)
  got <- weeg_test(weeg_design(empty, cluster = ~psu), y ~ g, "rao-scott-deff")
  expect_identical(got$reason, NA_character_)
  skip_if_not_installed("survey", "4.5")
  s <- survey::svydesign(~psu, weights = ~1, data = empty)
  expect_equal(got$statistic, sas_test(s, "g", "y", FALSE)$statistic, tolerance = 1e-9)
  one <- weeg_test(subset(weeg_design(empty, cluster = ~psu), g == "x"), y ~ g, "rao-scott-deff")
  expect_false(is.na(one$reason))
  expect_identical(one$p.value, NA_real_)
})

test_that("help says what the defaults are", {
  # where nobody chose conventions: what a design does
  chosen <- weeg_conventions()[weeg_conventions()$profile == "weeg", ]
  d <- weeg_design(data.frame(y = c("a", "b", "b")))
  expect_match(attr(weeg_proportion(d, ~y), "conventions")[["interval"]], paste0("95% ", chosen$interval), fixed = TRUE)
  pages <- lapply(tools::Rd_db("weeg"), function(page) {
    gsub("[[:space:]]+", " ", paste(utils::capture.output(tools::Rd2txt(page)), collapse = " "))
  })
  quoted <- function(x) paste0("[\u2018\"']+", x, "[\"'\u2019]+")
  usual <- c(interval = "unless others were chosen", test = "unless others were chosen", lonely = "by default")
  of <- list(interval = c("weeg_proportion.Rd", "weeg_crosstab.Rd", "weeg_multiple.Rd"), test = "weeg_test.Rd",
             lonely = "weeg_design.Rd")
  for (name in names(of)) for (page in of[[name]]) {
    expect_match(pages[[page]], paste(quoted(chosen[[name]]), usual[[name]]), info = page)
  }
  expect_match(pages[["weeg_test.Rd"]], paste("by the conventions, which is", quoted(chosen$proportions)))
  # nowhere else is another interval the usual one
  for (page in names(pages)) expect_no_match(pages[[page]], paste(quoted("logit"), "unless"), info = page)
  for (name in c("interval", "test", "lonely", "missing")) {
    expect_match(pages[["weeg_conventions.Rd"]], paste(quoted(weeg_conventions()[[name]]), collapse = " "), info = name)
  }
  expect_match(pages[["weeg_missing.Rd"]], paste0(quoted(chosen$missing), ": [^*]* This is the default,"))
})

test_that("help has every word that can be chosen", {
  choices <- list(
    weeg_proportion = "interval_methods", weeg_test = c("test_methods", "order_tests", "mean_tests", "proportion_choices"),
    weeg_crosstab = "percent_choices", weeg_compare = c("compare_measures", "mean_measures", "adjustments", "against_choices"),
    weeg_association = "association_measures", weeg_multiple = c("base_choices", "coding_choices"),
    weeg_calibrate = "calibration_methods", weeg_replicate_design = "replicate_types", weeg_replicates = "made_types",
    weeg_design = c("lonely_rules", "weight_rules"), weeg_csv = c("encodings", "error_rules"), weeg_missing = "missing_choices",
    weeg_conventions = "df_rules"
  )
  pages <- tools::Rd_db("weeg")
  for (page in names(choices)) {
    text <- paste(as.character(pages[[paste0(page, ".Rd")]]), collapse = "")
    for (name in choices[[page]]) {
      for (word in get(name, asNamespace("weeg"))) expect_match(text, word, fixed = TRUE, info = paste(page, name))
    }
  }
})
