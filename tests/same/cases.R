# The same analyses through every front end: R on a data frame, on a CSV file, on an SPSS file and on a tally file; the program
# on the same three files (CSV and JSON); the page, that is the program in WebAssembly, on the SPSS file; CSTABULATE in PSPP; and
# package survey as the independent reference.
#   cases.R make DIR     writes the data and what R says of them: DIR/*.args for the program, *.sps for PSPP, *.txt, r.rds
#   cases.R check DIR    compares it with what the program and PSPP wrote there: "ok ...", "not ok ...", and a table
#
# Tolerances. A front end of weeg against R on the data frame: none, every bit is the same, because sums are exact whatever
# their order, and the same code does the rest; only p-values of residuals, for which R takes stats::pt() and the program the
# core's own tail, and of the law of few PSUs, for which GSL finds eigenvectors by the BLAS of R or its own, agree within a
# relative 1e-12, the accuracy of both. The page: relative 1e-9, or 1e-12 of a number that is 0 by the arithmetic, for what its C
# library makes of exp, log and pow (an ulp or so), multiplied by what is solved for. Package survey: relative 1e-9, as in
# test-differential.R. PSPP prints rounded numbers: half a unit of the last printed place.
library(weeg)
options(width = 80)
arguments <- commandArgs(TRUE)
dir <- arguments[2L]
source("tests/pspp/tables.R")

# ---- the data: levels in bytewise order, no labels of variables, so that every front end prints the same ------------------

health <- function() {
  where <- new.env()
  utils::data("nhanes", package = "survey", envir = where)
  n <- where$nhanes
  race <- c("Hispanic", "White", "Black", "Other")[as.numeric(n$race)]
  race[seq_len(nrow(n)) %% 97 == 0] <- NA
  data.frame(psu = n$SDMVPSU, s = n$SDMVSTRA, w = n$WTMEC2YR, race = factor(race, sort(unique(race))),
             chol = factor(c("normal", "high")[n$HI_CHOL + 1], c("high", "normal")),
             sex = factor(c("Male", "Female")[n$RIAGENDR], c("Female", "Male")))
}

schools <- function() {
  where <- new.env()
  utils::data("api", package = "survey", envir = where)
  d <- where$apistrat
  meals <- cut(d$meals, c(-1, 30, 60, 100), c("few", "some", "many"))
  meals[seq(7, 200, 11)] <- NA
  data.frame(w = d$pw, s = d$stype, f = d$fpc, race = factor(meals, sort(levels(meals))),
             chol = factor(ifelse(d$api00 > 650, "high", "low")), sex = factor(ifelse(d$sch.wide == "Yes", "met", "not met")))
}

# Two strata of three of 8 and 10 districts, four of some schools in each, of which half are girls' schools, three of some rows.
districts <- function() {
  x <- expand.grid(row = 1:3, school = 1:4, district = 1:3, s = c("north", "south"), stringsAsFactors = FALSE)
  k <- seq_len(nrow(x))
  race <- factor(c("few", "many", "some")[(k * 7) %% 3 + 1])
  race[k %% 13 == 0] <- NA
  data.frame(w = 1 + k %% 5 / 8, s = x$s, kind = c("boys", "girls")[x$school %% 2 + 1], district = x$district,
             school = x$school, row = x$row, f1 = ifelse(x$s == "north", 8, 10), f2 = 5 + x$district, f3 = 20, race = race,
             pi = x$district / ifelse(x$s == "north", 4, 8),
             chol = factor(c("low", "high")[(k %/% 2 + k %/% 7) %% 2 + 1]), sex = factor(c("f", "m")[k %% 4 %/% 2 + 1]))
}

# With two numbers, of which one is missing here and there.
with_numbers <- function(data) {
  x <- data()
  k <- seq_len(nrow(x))
  x$amount <- round(1000 * ((k * 7919) %% 1009 / 1009)^3, 2) - 20
  x$amount[k %% 31 == 0] <- NA
  x$hours <- 1 + (k * 104729) %% 613 / 7
  x$score <- (k * 31) %% 47 * 0.5 + 0.25 * (k %% 3)
  function() x
}
health <- with_numbers(health)
schools <- with_numbers(schools)
districts <- with_numbers(districts)

# Without missing values: residuals of survey's calibrated designs are missing with them, also outside the domain.
known <- function(data) function() stats::na.omit(data())

# per design: weeg_design's arguments, survey's, the program's, PSPP's (NULL: it cannot say so)
designs <- list(
  clusters = list(
    title = "strata, clusters", data = health, options = c("-w", "w", "-s", "s", "-c", "psu", "--nest"),
    weeg = function(x) weeg_design(x, weights = ~w, strata = ~s, cluster = ~psu, nest = TRUE),
    survey = function(x) survey::svydesign(id = ~psu, strata = ~s, weights = ~w, nest = TRUE, data = x),
    pspp = "/WEIGHT=w /STRATA=s /CLUSTER=psu"
  ),
  few = list( # the law of few PSUs, which package survey and PSPP do not have
    title = "strata, clusters, by default", data = health, options = c("-w", "w", "-s", "s", "-c", "psu", "--nest"),
    weeg = function(x) weeg_design(x, weights = ~w, strata = ~s, cluster = ~psu, nest = TRUE)
  ),
  rows = list( # which rows without clusters do not need
    title = "strata, fpc, by default", data = schools, options = c("-w", "w", "-s", "s", "--fpc", "f"),
    weeg = function(x) weeg_design(x, weights = ~w, strata = ~s, fpc = ~f)
  ),
  fpc = list(
    title = "strata, fpc", data = schools, options = c("-w", "w", "-s", "s", "--fpc", "f"),
    weeg = function(x) weeg_design(x, weights = ~w, strata = ~s, fpc = ~f),
    survey = function(x) survey::svydesign(id = ~1, strata = ~s, weights = ~w, fpc = ~f, data = x),
    pspp = "/WEIGHT=w /STRATA=s /FPC=f"
  ),
  population = list(
    title = "strata, weights from fpc", data = schools, options = c("-s", "s", "--fpc", "f"),
    weeg = function(x) weeg_design(x, strata = ~s, fpc = ~f),
    survey = function(x) survey::svydesign(id = ~1, strata = ~s, fpc = ~f, data = x),
    pspp = "/STRATA=s /FPC=f"
  ),
  weights = list(
    title = "weights only", data = schools, options = c("-w", "w"),
    weeg = function(x) weeg_design(x, weights = ~w),
    survey = function(x) survey::svydesign(id = ~1, weights = ~w, data = x),
    pspp = "/WEIGHT=w"
  ),
  units = list(
    title = "two stages of units", data = districts,
    options = c("-w", "w", "-s", "s,kind", "-c", "district,school", "--fpc", "f1,f2", "--nest"),
    weeg = function(x) {
      weeg_design(x, weights = ~w, strata = ~ s + kind, cluster = ~ district + school, fpc = ~ f1 + f2, nest = TRUE)
    },
    survey = function(x) {
      survey::svydesign(id = ~ district + school, strata = ~ s + kind, weights = ~w, fpc = ~ f1 + f2, nest = TRUE, data = x)
    },
    pspp = "/PLAN FILE='units.csplan'",
    plan = paste("CSPLAN ANALYSIS /PLAN FILE='units.csplan' /PLANVARS ANALYSISWEIGHT=w",
                 "/DESIGN STRATA=s CLUSTER=district /ESTIMATOR TYPE=EQUAL_WOR /POPSIZE VARIABLE=f1",
                 "/DESIGN STRATA=kind CLUSTER=school /ESTIMATOR TYPE=EQUAL_WOR /POPSIZE VARIABLE=f2.")
  ),
  raked = list(
    title = "raked", data = known(health), options = c("-w", "w", "-s", "s", "-c", "psu", "--nest", "--calibrate", "raking"),
    margins = list(data.frame(sex = c("Male", "Female"), Freq = c(0.47, 0.53)),
                   data.frame(s = 75:89, persons = 1e6 * (20 + (75:89 * 7) %% 11))),
    weeg = function(x) {
      weeg_rake(weeg_design(x, weights = ~w, strata = ~s, cluster = ~psu, nest = TRUE), designs$raked$margins)
    },
    survey = function(x) {
      d <- survey::svydesign(id = ~psu, strata = ~s, weights = ~w, nest = TRUE, data = x)
      persons <- designs$raked$margins[[2L]]$persons
      survey::calibrate(d, ~ sex + factor(s), calfun = "raking", epsilon = 1e-14, maxit = 100,
                        population = c(sum(persons), 0.47 * sum(persons), persons[-1L]))
    }
  ),
  post = list(
    title = "fpc, post-stratified", data = known(schools), options = c("-w", "w", "-s", "s", "--fpc", "f"),
    margins = list(expand.grid(sex = c("met", "not met"), s = c("H", "M", "E"), stringsAsFactors = FALSE)),
    weeg = function(x) {
      weeg_poststratify(weeg_design(x, weights = ~w, strata = ~s, fpc = ~f), ~ sex + s, designs$post$margins[[1L]])
    },
    survey = function(x) {
      survey::postStratify(survey::svydesign(id = ~1, strata = ~s, weights = ~w, fpc = ~f, data = x), ~ sex + s,
                           designs$post$margins[[1L]])
    }
  ),
  stages = list(
    title = "three stages, weights from fpc", data = districts,
    options = c("-s", "s", "-c", "district,school,row", "--fpc", "f1,f2,f3", "--nest"),
    weeg = function(x) weeg_design(x, strata = ~s, cluster = ~ district + school + row, fpc = ~ f1 + f2 + f3, nest = TRUE),
    survey = function(x) {
      x <- transform(x, one = 1)
      survey::svydesign(id = ~ district + school + row, strata = ~ s + one + one, fpc = ~ f1 + f2 + f3, nest = TRUE, data = x)
    }
  ),
  unequal = list(
    title = "unequal probabilities", data = known(districts),
    options = c("-w", "w", "-s", "s", "-c", "district", "--fpc", "pi", "--pps", "brewer", "--nest"),
    weeg = function(x) weeg_design(x, weights = ~w, strata = ~s, cluster = ~district, fpc = ~pi, pps = "brewer", nest = TRUE),
    survey = function(x) {
      survey::svydesign(id = ~district, strata = ~s, weights = ~w, fpc = ~pi, pps = "brewer", nest = TRUE, data = x)
    }
  )
)

designs$post$margins[[1L]]$Freq <- c(400, 360, 500, 520, 3600, 820)

# ---- weeg: per analysis the call in R and the arguments of the program ---------------------------------------------------

contrast_of <- list(clusters = c(1, -0.25, -0.75, 0), fpc = c(1, 1, -2)) # of the levels of race
contrast_of[c("few", "raked")] <- contrast_of["clusters"]
contrast_of[c("rows", "population", "weights", "post", "units", "stages", "unequal")] <- contrast_of["fpc"]
specified_of <- list(clusters = c(0.2, 0.15, 0.05, 0.6), fpc = c(0.45, 0.2, 0.35)) # of race, in the order of its levels
specified_of[c("few", "raked")] <- specified_of["clusters"]
specified_of[c("rows", "population", "weights", "post", "units", "stages", "unequal")] <- specified_of["fpc"]
domain_of <- c(clusters = "Female", few = "Female", raked = "Female", fpc = "met", rows = "met", population = "met",
               weights = "met", post = "met", units = "f", stages = "f", unequal = "f") # a level of sex

# of the categories of race, a standard population
meals <- c(few = 20, many = 30, some = 50)
standard_of <- list(clusters = c(Black = 15, Hispanic = 20, Other = 5, White = 60), fpc = meals, rows = meals,
                    population = meals, weights = meals, post = meals, units = meals, stages = meals, unequal = meals)
standard_of[c("few", "raked")] <- standard_of["clusters"]

analyses <- function(design) {
  domain <- domain_of[[design]]
  in_domain <- function(d) eval(bquote(subset(d, sex == .(domain))))
  # which the program has not of weights that follow from fpc
  numbers <- function(args) if (any(c("-w", "--weights") %in% designs[[design]]$options)) args
  crosstab <- function(percent) {
    list(r = function(d) weeg_crosstab(d, chol ~ race, percent = percent, interval = "logit"),
         args = c("crosstab", "FILE", "chol ~ race", "--percent", percent, "--interval", "logit"))
  }
  list(
    "one variable" = list(r = function(d) weeg_proportion(d, ~chol, interval = "logit"),
                          args = c("proportion", "FILE", "~ chol", "--interval", "logit")),
    "row %" = crosstab("row"), "column %" = crosstab("column"), "total %" = crosstab("total"),
    "sizes" = list(r = function(d) weeg_total(d, ~ race + chol), args = c("total", "FILE", "~ race + chol")),
    "means" = list(r = function(d) weeg_mean(d, amount ~ race), args = numbers(c("mean", "FILE", "amount ~ race"))),
    "rates" = list(r = function(d) weeg_ratio(d, amount / hours ~ race, per = 1000, interval = "log"),
                   args = numbers(c("ratio", "FILE", "amount / hours ~ race", "--per", "1000", "--interval", "log"))),
    "ratios" = list(r = function(d) weeg_ratio(d, amount / hours ~ race),
                    args = numbers(c("ratio", "FILE", "amount / hours ~ race"))),
    "sums" = list(r = function(d) weeg_total(d, amount ~ race), args = numbers(c("total", "FILE", "amount ~ race"))),
    "differences of means" = list(r = function(d) weeg_compare(d, hours ~ race, measures = "mean-difference"),
                                  args = numbers(c("compare", "FILE", "hours ~ race", "--measures", "mean-difference"))),
    "equal means" = list(r = function(d) weeg_test(d, hours ~ race, method = "mean"),
                         args = numbers(c("test", "FILE", "hours ~ race", "--method", "mean"))),
    "quantiles" = list(r = function(d) weeg_quantile(d, score ~ race, probs = c(0.25, 0.5, 0.75)),
                       args = c("quantile", "FILE", "score ~ race", "--probs", ".25,.5,.75")),
    "test" = list(r = function(d) weeg_test(d, chol ~ race), args = c("test", "FILE", "chol ~ race")),
    "two groups" = list(r = function(d) weeg_compare(d, chol ~ sex, answers = "high"),
                        args = c("compare", "FILE", "chol ~ sex", "--answers", "high")),
    "standardised" = list(
      r = function(d) weeg_standardise(d, chol ~ sex, by = ~race, population = standard_of[[design]]),
      args = c("standardise", "FILE", "chol ~ sex", "--by", "race",
               rbind("--population", paste0(names(standard_of[[design]]), "=", standard_of[[design]])))
    ),
    "decomposed" = list(r = function(d) weeg_decompose(d, chol ~ sex, by = ~race, answers = "high"),
                        args = c("decompose", "FILE", "chol ~ sex", "--by", "race", "--answers", "high")),
    "logistic" = list(r = function(d) weeg_logistic(d, chol ~ sex + race, answers = "high"),
                      args = c("logistic", "FILE", "chol ~ sex + race", "--answers", "high")),
    "loglinear" = list(r = function(d) weeg_loglinear(d, ~ sex * chol + race),
                       args = c("loglinear", "FILE", "~ sex * chol + race")),
    "nested" = list(r = function(d) anova(weeg_loglinear(d, ~ sex + chol), method = "rao-scott-chisq"),
                    args = c("loglinear-tests", "FILE", "~ sex + chol", "--method", "rao-scott-chisq")),
    "adjusted" = list(r = function(d) weeg_proportion(d, chol ~ sex, adjust_for = ~race, interval = "logit"),
                      args = c("proportion", "FILE", "chol ~ sex", "--adjust-for", "race", "--interval", "logit")),
    "adjusted, two groups" = list(
      r = function(d) weeg_compare(d, chol ~ sex, answers = "high", adjust_for = ~race, measures = "difference"),
      args = c("compare", "FILE", "chol ~ sex", "--answers", "high", "--adjust-for", "race", "--measures", "difference")
    ),
    "domain" = list(r = function(d) weeg_proportion(in_domain(d), chol ~ race, interval = "logit"),
                    args = c("proportion", "FILE", "chol ~ race", "--interval", "logit", "--domain",
                             paste0("sex == '", domain, "'"))),
    "association" = list(r = function(d) weeg_association(d, chol ~ sex), args = c("association", "FILE", "chol ~ sex")),
    "contrast" = list(r = function(d) weeg_compare(d, chol ~ race, answers = "high", contrasts = list(x = contrast_of[[design]])),
                      args = c("compare", "FILE", "chol ~ race", "--answers", "high", "--contrasts",
                               paste0("x=", paste(contrast_of[[design]], collapse = ",")))),
    "specified" = list(r = function(d) weeg_test(d, ~race, p = specified_of[[design]]),
                       args = c("test", "FILE", "~ race", "--p", paste(specified_of[[design]], collapse = ","))),
    "book" = list(r = function(d) weeg_book(d, ~chol, ~ race + sex, interval = "logit"),
                  args = c("book", "FILE", "--rows", "chol", "--columns", "race + sex", "--interval", "logit"))
  ) |> c(if (is.null(designs[[design]]$margins)) protected(design, numbers))
}

# With the threshold one above the smallest cell, or group, so that something is hidden.
protected <- function(design, numbers) {
  x <- designs[[design]]$data()
  cell <- min(table(x$race, x$chol)) + 1
  size <- min(table(x$race[!is.na(x$amount)])) + 1
  crosstab <- function(percent) {
    list(r = function(d) weeg_crosstab(d, chol ~ race, percent = percent, interval = "logit", threshold = cell),
         args = c("crosstab", "FILE", "chol ~ race", "--percent", percent, "--interval", "logit", "--threshold", cell))
  }
  compared <- function(against) {
    list(r = function(d) weeg_compare(d, chol ~ race, against = against, threshold = cell),
         args = c("compare", "FILE", "chol ~ race", if (!is.null(against)) c("--against", against), "--threshold", cell))
  }
  list(
    "protected, row %" = crosstab("row"), "protected, column %" = crosstab("column"), "protected, total %" = crosstab("total"),
    "protected, proportions" = list(
      r = function(d) weeg_proportion(d, chol ~ race + sex, interval = "logit", threshold = cell),
      args = c("proportion", "FILE", "chol ~ race + sex", "--interval", "logit", "--threshold", cell)
    ),
    "protected, all pairs" = compared(NULL), "protected, the total" = compared("total"), "protected, the rest" = compared("rest"),
    "protected, means" = list(r = function(d) weeg_mean(d, amount ~ race, threshold = size),
                              args = numbers(c("mean", "FILE", "amount ~ race", "--threshold", size))),
    "protected, quantiles" = list(
      r = function(d) weeg_quantile(d, score ~ race, probs = c(0.25, 0.5), threshold = size),
      args = c("quantile", "FILE", "score ~ race", "--probs", ".25,.5", "--threshold", size)
    ),
    "protected, differences of means" = list(
      r = function(d) weeg_compare(d, amount ~ race, measures = c("mean-difference", "mean-ratio"), threshold = size),
      args = numbers(c("compare", "FILE", "amount ~ race", "--measures", "mean-difference", "--measures", "mean-ratio",
                       "--threshold", size))
    ),
    "protected, means against the rest" = list(
      r = function(d) weeg_compare(d, amount ~ race, measures = "mean-difference", against = "rest", threshold = size),
      args = numbers(c("compare", "FILE", "amount ~ race", "--measures", "mean-difference", "--against", "rest",
                       "--threshold", size))
    )
  )
}

rows_of <- function(result) if (inherits(result, "weeg_crosstab")) tidy(result) else as.data.frame(result)

# Numbers by name (what the row is about, and the column), as texts of 17 digits, which are the numbers to the last bit: R's own
# reading of digits can be one bit off.
# Effective bases are of rows, which a tally does not have: tests/cli compares them.
not_key <- c("letter", "base.effective", "outcome", "group", "method", "reason", "reason.code", "reliability",
             "reliability.reason", "reliability.code")
columns <- c("estimate", "std.error", "conf.low", "conf.high", "cv", "crude",
             "n", "n.base", "n.weighted", "n.effective", "deff", "df",
             "residual", "residual.p", "statistic", "num.df", "den.df", "p.value", "p.adjusted", "chisq", "deviance", "deff.mean",
             "cramers.v", "odds.ratio", "estimate1", "estimate2", "n1", "n2", "base.weighted", "higher")

numbers_of <- function(rows) {
  number <- names(rows) %in% columns
  about <- lapply(rows[!number & !names(rows) %in% not_key], as.character)
  key <- do.call(paste, c(about, list(rep("", nrow(rows))), sep = "|"))
  values <- lapply(rows[number], function(x) ifelse(is.na(x), "NA", if (is.numeric(x)) sprintf("%.17g", x) else x))
  stats::setNames(unlist(values, use.names = FALSE), paste0(rep(key, sum(number)), rep(names(rows)[number], each = nrow(rows))))
}

# ---- package survey ------------------------------------------------------------------------------------------------------

# Proportions of y among the rows of `part`; a row without an answer counts for the degrees of freedom.
survey_shares <- function(design, part, y, key) {
  df <- survey::degf(subset(design, part))
  known <- subset(design, part & !is.na(y))
  m <- survey::svymean(~.y, known, deff = "replace")
  p <- unname(stats::coef(m))
  se <- unname(survey::SE(m))
  z <- stats::qt(0.975, df) * se / (p * (1 - p))
  use <- part & !is.na(y)
  numbers_of(data.frame(
    key = key, estimate = p, std.error = se, conf.low = stats::plogis(stats::qlogis(p) - z),
    conf.high = stats::plogis(stats::qlogis(p) + z), n = as.numeric(table(y[use])), n.base = sum(use),
    n.weighted = as.numeric(tapply(stats::weights(design)[use], y[use], sum)), deff = unname(diag(as.matrix(attr(m, "deff")))),
    n.effective = p * (1 - p) / se^2, df = df
  ))
}

# For each level of `group` the shares of y in it; key(level of group, levels of y).
survey_groups <- function(design, inside, group, y, key) {
  design <- stats::update(design, .y = y)
  unlist(lapply(levels(group), function(g) {
    survey_shares(design, inside & !is.na(group) & group == g, y, key(g, levels(y)))
  }))
}

survey_sizes <- function(design, both) {
  total <- survey::svytotal(~.y, subset(stats::update(design, .y = both), !is.na(both)))
  limits <- stats::confint(total, df = survey::degf(design))
  numbers_of(data.frame(key = levels(both), estimate = as.numeric(stats::coef(total)),
                        std.error = as.numeric(survey::SE(total)), conf.low = limits[, 1L],
                        conf.high = limits[, 2L], n = as.numeric(table(both))))
}

# Of one number, svymean(); of two, svyratio(). per: instead, rates per so many with limits of the logarithm.
survey_figures <- function(design, x, y, z = NULL, per = NULL) {
  unlist(lapply(levels(x$race), function(g) {
    inside <- x$race %in% g
    known <- inside & !is.na(x[[y]])
    use <- subset(design, known)
    found <- if (is.null(z)) survey::svymean(stats::reformulate(y), use) else {
      survey::svyratio(stats::reformulate(y), stats::reformulate(z), use)
    }
    value <- as.numeric(stats::coef(found))
    se <- as.numeric(survey::SE(found))
    df <- survey::degf(subset(design, inside))
    limits <- value + c(-1, 1) * stats::qt(0.975, df) * se
    if (!is.null(per)) {
      limits <- per * exp(log(value) + c(-1, 1) * stats::qt(0.975, df) * se / value)
      value <- per * value
      se <- per * se
    }
    numbers_of(data.frame(key = g, estimate = value, std.error = se,
                          conf.low = limits[1L], conf.high = limits[2L], n = sum(known),
                          n.weighted = sum(stats::weights(design)[known]), cv = se / abs(value), df = df))
  }))
}

survey_sums <- function(design, x, y) {
  unlist(lapply(levels(x$race), function(g) {
    known <- x$race %in% g & !is.na(x[[y]])
    found <- survey::svytotal(stats::reformulate(y), subset(design, known))
    value <- as.numeric(stats::coef(found))
    se <- as.numeric(survey::SE(found))
    numbers_of(data.frame(key = g, estimate = value, std.error = se, n = sum(known), cv = se / abs(value),
                          n.weighted = sum(stats::weights(design)[known])))
  }))
}

# Means of y by race, with their covariance, and the degrees of freedom of rows with both.
survey_means <- function(design, x, y) {
  known <- !is.na(x$race) & !is.na(x[[y]])
  by <- survey::svyby(stats::reformulate(y), ~race, subset(design, known), survey::svymean, covmat = TRUE)
  list(mean = unname(stats::coef(by)), v = unname(stats::vcov(by)), names = names(stats::coef(by)),
       df = survey::degf(subset(design, known)), n = sum(known))
}

survey_mean_differences <- function(design, x, y) {
  m <- survey_means(design, x, y)
  pairs <- utils::combn(length(m$mean), 2L)
  a <- pairs[1L, ]
  b <- pairs[2L, ]
  value <- m$mean[a] - m$mean[b]
  se <- sqrt(m$v[cbind(a, a)] + m$v[cbind(b, b)] - 2 * m$v[cbind(a, b)])
  numbers_of(data.frame(key = paste("mean-difference", m$names[a], m$names[b], sep = "|"), estimate = value, std.error = se,
                        statistic = value / se, estimate1 = m$mean[a], estimate2 = m$mean[b]))
}

survey_equal_means <- function(design, x, y) {
  m <- survey_means(design, x, y)
  k <- length(m$mean) - 1L
  contrast <- cbind(-1, diag(k))
  wald <- drop(t(contrast %*% m$mean) %*% solve(contrast %*% m$v %*% t(contrast), contrast %*% m$mean))
  numbers_of(data.frame(statistic = wald / k, num.df = k, den.df = m$df - k, n = m$n,
                        p.value = stats::pf(wald / k, k, m$df - k, lower.tail = FALSE)))
}

survey_quantiles <- function(design, x, y, probs) {
  unlist(lapply(levels(x$race), function(g) {
    inside <- x$race %in% g
    df <- survey::degf(subset(design, inside))
    found <- survey::svyquantile(stats::reformulate(y), subset(design, inside), probs, qrule = "math", interval.type = "mean",
                                 df = df)[[1L]]
    numbers_of(data.frame(key = paste(g, probs, sep = "|"), estimate = found[, 1L], std.error = found[, 4L],
                          conf.low = found[, 2L], conf.high = found[, 3L], n = sum(inside),
                          n.weighted = sum(stats::weights(design)[inside]), df = df))
  }))
}

survey_test <- function(design, x) {
  test <- suppressWarnings(survey::svychisq(~chol + race, design))
  known <- stats::complete.cases(x[c("chol", "race")])
  # survey scales its chi-square to all rows, also those without an answer; Pearson's is of those in the table
  shares <- survey::svytable(~chol + race, design, Ntotal = sum(known))
  pearson <- suppressWarnings(stats::chisq.test(unclass(shares), correct = FALSE)$statistic)
  numbers_of(data.frame(statistic = test$statistic, num.df = test$parameter[1L], den.df = test$parameter[2L],
                        p.value = as.numeric(test$p.value), chisq = pearson, n = sum(known)))
}

# Rao and Scott (1981), section 2, of survey's covariance of the proportions.
survey_specified <- function(design, x, q) {
  known <- !is.na(x$race)
  m <- survey::svymean(~race, subset(design, known))
  p <- unname(stats::coef(m))
  chisq <- sum(known) * sum((p - q)^2 / q)
  free <- seq_along(q)[-1L]
  delta <- solve((diag(q) - tcrossprod(q))[free, free] / sum(known), stats::vcov(m)[free, free])
  trace <- sum(diag(delta))
  df1 <- trace^2 / sum(diag(delta %*% delta))
  df2 <- df1 * survey::degf(design)
  numbers_of(data.frame(statistic = chisq / trace, num.df = df1, den.df = df2, n = sum(known), chisq = chisq,
                        p.value = stats::pf(chisq / trace, df1, df2, lower.tail = FALSE)))
}

# Difference, risk ratio and odds ratio of the two groups, the ratios by their logarithms.
survey_compare <- function(design, x) {
  design <- stats::update(design, .y = as.numeric(chol == "high"))
  by <- survey::svyby(~.y, ~sex, subset(design, !is.na(x$chol)), survey::svymean, covmat = TRUE)
  names <- as.character(by$sex)
  a <- as.name(names[1L])
  b <- as.name(names[2L])
  measures <- list(difference = bquote(.(a) - .(b)), "risk ratio" = bquote(log(.(a) / .(b))),
                   "odds ratio" = bquote(log(.(a) / (1 - .(a)) / (.(b) / (1 - .(b))))))
  df <- survey::degf(design)
  unlist(lapply(seq_along(measures), function(i) {
    found <- survey::svycontrast(by, measures[[i]])
    value <- as.numeric(stats::coef(found))
    se <- sqrt(as.numeric(stats::vcov(found)))
    back <- if (i == 1L) identity else exp
    limits <- back(value + c(-1, 1) * stats::qt(0.975, df) * se)
    key <- paste("high", c("difference", "risk-ratio", "odds-ratio")[i], names[1L], names[2L], sep = "|")
    numbers_of(data.frame(key = key, estimate = back(value), conf.low = limits[1L], conf.high = limits[2L],
                          statistic = value / se, df = df, p.value = 2 * stats::pt(-abs(value / se), df),
                          estimate1 = by$.y[1L], estimate2 = by$.y[2L]))
  }))
}

# V and, of two variables with two levels, gamma (Yule's Q), tau-b (phi) and Somers' D (a difference): functions of svymean()'s
# proportions of the four cells, by the delta method; those of V and tau-b agree but for the sign.
survey_association <- function(design, x) {
  known <- subset(stats::update(design, .y = interaction(x$sex, x$chol)), !is.na(x$chol) & !is.na(x$sex))
  m <- survey::svymean(~.y, known)
  p <- stats::setNames(as.list(stats::coef(m)), c("a", "b", "c", "d")) # (1, 1), (2, 1), (1, 2), (2, 2)
  phi <- quote((a * d - b * c) / sqrt((a + b) * (c + d) * (a + c) * (b + d)))
  measures <- list("cramers-v" = bquote(.(if (eval(phi, p) < 0) -1 else 1) * .(phi)),
                   gamma = quote((a * d - b * c) / (a * d + b * c)), "tau-b" = phi, "somers-d" = quote(d / (b + d) - c / (a + c)))
  unlist(lapply(names(measures), function(name) {
    value <- eval(stats::deriv(measures[[name]], names(p)), p)
    slope <- attr(value, "gradient")
    value <- as.numeric(value)
    se <- sqrt(drop(slope %*% stats::vcov(m) %*% t(slope)))
    z <- atanh(value) + c(-1, 1) * stats::qt(0.975, survey::degf(design)) * se / (1 - value^2)
    rows <- data.frame(measure = name, estimate = value, std.error = se, conf.low = tanh(z[1L]), conf.high = tanh(z[2L]),
                       n = sum(!is.na(x$chol) & !is.na(x$sex)), df = survey::degf(design))
    # the lower limit of V is 0 where a test says so
    numbers_of(rows[if (name == "cramers-v") -4L else TRUE])
  }))
}

survey_contrast <- function(design, x, coef) {
  inside <- x$race %in% levels(x$race)[coef != 0]
  by <- survey::svyby(~.y, ~race, subset(stats::update(design, .y = as.numeric(chol == "high")), !is.na(x$chol)), survey::svymean,
                      covmat = TRUE)
  found <- survey::svycontrast(by, stats::setNames(coef, as.character(by$race)))
  value <- as.numeric(stats::coef(found))
  se <- as.numeric(survey::SE(found))
  df <- survey::degf(subset(design, inside)) # rows without an answer count
  limits <- value + c(-1, 1) * stats::qt(0.975, df) * se
  numbers_of(data.frame(level = "high", measure = "contrast", group1 = "x", group2 = NA, estimate = value, std.error = se,
                        conf.low = limits[1L], conf.high = limits[2L], statistic = value / se, df = df,
                        p.value = 2 * stats::pt(-abs(value / se), df), n1 = sum(inside & !is.na(x$chol))))
}

# Sums of shares times proportions within categories, by svyby(); limits on the logit scale.
survey_standardised <- function(design, x, shares) {
  unlist(lapply(levels(x$sex), function(g) {
    inside <- x$sex == g & !is.na(x$race)
    unlist(lapply(levels(x$chol), function(k) {
      known <- subset(stats::update(design, .y = as.numeric(chol == k)), inside & !is.na(x$chol))
      by <- survey::svyby(~.y, ~race, known, survey::svymean, covmat = TRUE)
      found <- survey::svycontrast(by, shares[as.character(by$race)] / sum(shares))
      p <- as.numeric(stats::coef(found))
      se <- as.numeric(survey::SE(found))
      df <- survey::degf(subset(design, inside))
      z <- stats::qt(0.975, df) * se / (p * (1 - p))
      numbers_of(data.frame(key = paste(g, k, sep = "|"), estimate = p, std.error = se,
                            conf.low = stats::plogis(stats::qlogis(p) - z), conf.high = stats::plogis(stats::qlogis(p) + z),
                            df = df, n = sum(inside & !is.na(x$chol))))
    }))
  }))
}

# Kitagawa's components as expressions of the totals of all cells.
survey_decomposed <- function(design, x) {
  known <- stats::complete.cases(x[c("sex", "race", "chol")])
  cells <- expand.grid(k = levels(x$chol), b = seq_along(levels(x$race)), g = seq_along(levels(x$sex)))
  name <- function(g, b, k) paste0("t", g, "_", b, "_", ifelse(k == "high", 1, 0))
  cell <- name(as.integer(x$sex), as.integer(x$race), x$chol)
  total <- survey::svytotal(~.y, subset(stats::update(design, .y = factor(cell, name(cells$g, cells$b, cells$k))), known))
  names(total) <- dimnames(attr(total, "var"))[[1L]] <- dimnames(attr(total, "var"))[[2L]] <- name(cells$g, cells$b, cells$k)
  both <- function(g, b) paste0("(", name(g, b, "high"), " + ", name(g, b, ""), ")")
  all <- seq_along(levels(x$race))
  share <- function(g) paste0(both(g, all), " / (", paste(both(g, all), collapse = " + "), ")")
  rate <- function(g) paste0(name(g, all, "high"), " / ", both(g, all))
  parts <- list(rate = paste0("(", share(1), " + ", share(2), ") / 2 * (", rate(1), " - ", rate(2), ")"),
                composition = paste0("(", share(1), " - ", share(2), ") * (", rate(1), " + ", rate(2), ") / 2"))
  parts <- c(list(total = unlist(parts)), parts)
  df <- survey::degf(design)
  unlist(lapply(names(parts), function(component) {
    found <- survey::svycontrast(total, str2lang(paste(parts[[component]], collapse = " + ")))
    value <- as.numeric(stats::coef(found))
    se <- as.numeric(survey::SE(found))
    limits <- value + c(-1, 1) * stats::qt(0.975, df) * se
    numbers_of(data.frame(key = paste("high", component, levels(x$sex)[1L], levels(x$sex)[2L], sep = "|"), estimate = value,
                          std.error = se, conf.low = limits[1L], conf.high = limits[2L], statistic = value / se, df = df,
                          p.value = 2 * stats::pt(-abs(value / se), df)))
  }))
}

# Coefficients, and tests with the degrees of freedom that svyglm() leaves.
survey_logistic <- function(design, x) {
  use <- subset(design, stats::complete.cases(x[c("chol", "sex", "race")]))
  fit <- survey::svyglm(I(chol == "high") ~ sex + race, use, family = stats::quasibinomial(), epsilon = 1e-14, maxit = 100)
  b <- stats::coef(fit)
  se <- sqrt(diag(stats::vcov(fit)))
  df <- fit$df.residual
  names <- c("(Intercept)|NA", paste0("sex|", levels(x$sex)[-1L]), paste0("race|", levels(x$race)[-1L]))
  limits <- b + outer(se, c(-1, 1) * stats::qt(0.975, df))
  numbers_of(data.frame(key = names, estimate = b, std.error = se, statistic = b / se, p.value = 2 * stats::pt(-abs(b / se), df),
                        conf.low = limits[, 1L], conf.high = limits[, 2L], odds.ratio = replace(exp(b), 1L, NA), df = df))
}

# svyloglin() of the rows without missing values, its model refitted to the last digit; tests and limits have the degrees of
# freedom of all rows.
survey_fit <- function(design, formula) {
  before <- options(contrasts = c("contr.sum", "contr.poly"))
  on.exit(options(before))
  fit <- suppressWarnings(survey::svyloglin(formula, design))
  dat <- fit$model$data
  fit$model <- suppressWarnings(stats::glm(stats::update(formula, y ~ .), data = dat, family = stats::quasipoisson(),
                                           control = stats::glm.control(epsilon = 1e-15, maxit = 300L)))
  fit$pi <- as.vector(stats::fitted(fit$model)) / fit$n
  m <- stats::model.matrix(fit$model)[, -1L, drop = FALSE]
  m <- sweep(m, 2L, colSums(fit$pi * m))
  h <- solve(crossprod(m, fit$pi * m), t(m))
  fit$var <- h %*% stats::vcov(fit$prob.table) %*% t(h)
  fit
}

survey_loglinear <- function(design, x) {
  fit <- survey_fit(subset(design, stats::complete.cases(x[c("sex", "chol", "race")])), ~ sex * chol + race)
  b <- stats::coef(fit$model)[-1L]
  se <- sqrt(diag(fit$var))
  df <- survey::degf(design)
  free <- function(v) levels(x[[v]])[-nlevels(x[[v]])]
  names <- c(paste0("sex|", free("sex")), paste0("chol|", free("chol")), paste0("race|", free("race")),
             paste0("sex:chol|", free("sex"), ":", free("chol")))
  limits <- b + outer(se, c(-1, 1) * stats::qt(0.975, df))
  numbers_of(data.frame(key = names, estimate = b, std.error = se, statistic = b / se, p.value = 2 * stats::pt(-abs(b / se), df),
                        conf.low = limits[, 1L], conf.high = limits[, 2L], df = df))
}

# Main effects against all terms: the test of independence, its first-order correction.
survey_nested <- function(design, x) {
  use <- subset(design, stats::complete.cases(x[c("sex", "chol")]))
  test <- suppressWarnings(survey::svychisq(~ sex + chol, use, statistic = "Chisq"))
  n <- sum(stats::complete.cases(x[c("sex", "chol")]))
  shares <- survey::svytable(~ sex + chol, use, Ntotal = n)
  pearson <- as.numeric(suppressWarnings(stats::chisq.test(unclass(shares), correct = FALSE)$statistic))
  numbers_of(data.frame(key = "sex + chol|sex * chol", p.value = as.numeric(test$p.value), chisq = pearson,
                        deviance = 2 * sum(shares * log(shares / outer(rowSums(shares), colSums(shares)) * n)), n = n,
                        df = survey::degf(design)))
}

# Predictive margins of "high" by their formula, and the covariance of svytotal() of their influence functions.
survey_margins <- function(design, x) {
  known <- stats::complete.cases(x[c("chol", "sex", "race")])
  fit <- survey::svyglm(I(chol == "high") ~ sex + race, subset(design, known), family = stats::quasibinomial(), epsilon = 1e-14,
                        maxit = 100)
  b <- stats::coef(fit)
  w <- stats::weights(design)
  w[!known] <- 0
  y <- as.numeric(x$chol %in% "high")
  filled <- x
  for (v in c("sex", "race")) filled[[v]][!known] <- levels(x[[v]])[1L]
  m <- stats::model.matrix(~ sex + race, filled)
  mu <- stats::plogis(drop(m %*% b))
  information <- crossprod(m, w * mu * (1 - mu) * m)
  found <- lapply(levels(x$sex), function(g) {
    filled$sex[] <- g
    at <- stats::model.matrix(~ sex + race, filled)
    f <- stats::plogis(drop(at %*% b))
    p <- sum(w * f) / sum(w)
    slope <- colSums(w * f * (1 - f) * at) / sum(w)
    list(p = p, u = ifelse(known, (f - p) / sum(w) + drop(m %*% solve(information, slope)) * (y - mu), 0))
  })
  design <- stats::update(design, .u1 = found[[1L]]$u, .u2 = found[[2L]]$u)
  list(p = vapply(found, `[[`, 0, "p"), v = unclass(stats::vcov(survey::svytotal(~ .u1 + .u2, design))),
       n = as.numeric(table(x$sex[known])), df = survey::degf(subset(design, known)))
}

survey_adjusted <- function(design, x) {
  m <- survey_margins(design, x)
  se <- sqrt(diag(m$v))
  unlist(lapply(levels(x$chol), function(k) {
    p <- if (k == "high") m$p else 1 - m$p
    z <- stats::qt(0.975, m$df) * se / (p * (1 - p))
    numbers_of(data.frame(key = paste(levels(x$sex), k, sep = "|"), estimate = p, std.error = se, n.base = m$n, df = m$df,
                          conf.low = stats::plogis(stats::qlogis(p) - z), conf.high = stats::plogis(stats::qlogis(p) + z)))
  }))
}

survey_adjusted_compare <- function(design, x) {
  m <- survey_margins(design, x)
  value <- m$p[1L] - m$p[2L]
  se <- sqrt(m$v[1L, 1L] + m$v[2L, 2L] - 2 * m$v[1L, 2L])
  limits <- value + c(-1, 1) * stats::qt(0.975, m$df) * se
  numbers_of(data.frame(key = paste(c("high", "difference", levels(x$sex)), collapse = "|"), estimate = value,
                        conf.low = limits[1L], conf.high = limits[2L], statistic = value / se, df = m$df,
                        p.value = 2 * stats::pt(-abs(value / se), m$df), estimate1 = m$p[1L], estimate2 = m$p[2L],
                        n1 = m$n[1L], n2 = m$n[2L]))
}

survey_numbers <- function(name, x) {
  design <- designs[[name]]$survey(x)
  all <- rep(TRUE, nrow(x))
  both <- interaction(x$race, x$chol, sep = "|", lex.order = TRUE)
  of_both <- all & !is.na(both)
  everybody <- function(of) factor(ifelse(of, "all", NA))
  pair <- function(g, y) paste(g, y, sep = "|")
  list(
    "one variable" = survey_groups(design, all, factor(all), x$chol, function(g, y) y),
    "row %" = survey_groups(design, all, x$race, x$chol, pair),
    "column %" = survey_groups(design, all, x$chol, x$race, function(g, y) pair(y, g)),
    "total %" = survey_groups(design, all, factor(all), both, function(g, y) y),
    "means" = survey_figures(design, x, "amount"),
    "rates" = survey_figures(design, x, "amount", "hours", per = 1000),
    "ratios" = survey_figures(design, x, "amount", "hours"),
    "sums" = survey_sums(design, x, "amount"),
    "differences of means" = survey_mean_differences(design, x, "hours"),
    "equal means" = survey_equal_means(design, x, "hours"),
    "quantiles" = survey_quantiles(design, x, "score", c(0.25, 0.5, 0.75)),
    "sizes" = survey_sizes(design, both), "test" = survey_test(design, x), "two groups" = survey_compare(design, x),
    "standardised" = survey_standardised(design, x, standard_of[[name]]), "decomposed" = survey_decomposed(design, x),
    "logistic" = survey_logistic(design, x), "loglinear" = survey_loglinear(design, x), "nested" = survey_nested(design, x),
    "adjusted" = survey_adjusted(design, x), "adjusted, two groups" = survey_adjusted_compare(design, x),
    "domain" = survey_groups(design, x$sex == domain_of[[name]], x$race, x$chol, pair),
    "association" = survey_association(design, x),
    "contrast" = survey_contrast(design, x, contrast_of[[name]]),
    "specified" = survey_specified(design, x, specified_of[[name]]),
    "book" = c(survey_groups(design, all, factor(all), x$chol, function(g, y) paste0(y, "||Total")),
               survey_groups(design, all, x$race, x$chol, function(g, y) paste0(y, "|race|", g)),
               survey_groups(design, all, x$sex, x$chol, function(g, y) paste0(y, "|sex|", g)))
  )
}

# ---- PSPP ----------------------------------------------------------------------------------------------------------------

pspp_syntax <- function(name) {
  start <- paste("CSTABULATE /TABLES VARIABLES=%s", designs[[name]]$pspp)
  figures <- "/STATISTICS SE CIN(95) COUNT DEFF"
  c(sprintf("GET FILE='%s/data.sav'.", name), "INSERT FILE='cstabulate.sps'.", designs[[name]]$plan,
    sprintf(paste(start, "/CELLS TABLEPCT", figures, "."), "chol"),
    sprintf(paste(start, "/CELLS ROWPCT COLPCT TABLEPCT POPSIZE", figures, "/TEST INDEPENDENCE."), "race BY chol"),
    sprintf(paste(start, "/CELLS ROWPCT", figures, "/SUBPOP TABLE=sex."), "race BY chol"))
}

# The texts of a table of figures, by the names of numbers_of(); without its rows of totals.
pspp_figures <- function(table) {
  table <- table[!grepl("(^|: )Total(:|$)", rownames(table)), , drop = FALSE]
  statistic <- c(Estimate = "estimate", "Standard Error" = "std.error", "95% CI Lower" = "conf.low",
                 "95% CI Upper" = "conf.high", "Design Effect" = "deff")[names(table)]
  key <- paste0(sub(": ", "|", rownames(table), fixed = TRUE), "|")
  stats::setNames(unlist(table, use.names = FALSE), paste0(rep(key, ncol(table)), rep(statistic, each = nrow(table))))
}

pspp_counts <- function(table) {
  table <- table[rownames(table) != "Total", names(table) != "Total", drop = FALSE]
  keys <- outer(rownames(table), names(table), function(a, b) if (identical(b, "Count")) a else paste0(a, "|", b))
  if (ncol(table) == 1L) keys <- rownames(table)
  stats::setNames(unlist(table, use.names = FALSE), paste0(keys, "|n"))
}

pspp_numbers <- function(name) {
  tables <- read_tables(file.path(dir, name, "pspp.csv"))
  counts <- pspp_counts(tables[["race by chol: Unweighted Count"]])
  layer <- paste0(". sex: ", domain_of[[name]])
  test <- unlist(tables[["race by chol: Test of Independence"]][1L, ])
  list(
    "one variable" = c(pspp_figures(tables[["chol: % of Total"]]), pspp_counts(tables[["chol: Unweighted Count"]])),
    "row %" = c(pspp_figures(tables[["race by chol: % within race"]]), counts),
    "column %" = c(pspp_figures(tables[["race by chol: % within chol"]]), counts),
    "total %" = c(pspp_figures(tables[["race by chol: % of Total"]]), counts),
    "sizes" = c(pspp_figures(tables[["race by chol: Population Size"]]), counts),
    "test" = stats::setNames(test, c("chisq", "statistic", "num.df", "den.df", "p.value")),
    "domain" = c(pspp_figures(tables[[paste0("race by chol: % within race", layer)]]),
                 pspp_counts(tables[[paste0("race by chol: Unweighted Count", layer)]]))
  )
}

# ---- make: the files, and what R says of them ----------------------------------------------------------------------------

write_data <- function(x, folder) {
  csv <- x
  # 17 digits: the same doubles
  for (v in names(x)[vapply(x, is.double, NA)]) csv[[v]] <- sprintf("%.17g", x[[v]])
  utils::write.csv(csv, file.path(folder, "data.csv"), row.names = FALSE, quote = TRUE)
  x$sex <- as.character(x$sex) # text in SPSS too
  haven::write_sav(x, file.path(folder, "data.sav"))
}

# What is compared with package survey, and with PSPP, has the conventions of survey.
by_survey <- function(name) !is.null(designs[[name]]$survey)

make_design <- function(name) {
  folder <- file.path(dir, name)
  dir.create(folder)
  x <- designs[[name]]$data()
  write_data(x, folder)
  attr(x, "name") <- "data.raw" # as long as data.csv and data.sav, so that lines break alike
  fronts <- lapply(list("R, data frame" = x, "R, CSV" = file.path(folder, "data.csv"), "R, .sav" = file.path(folder, "data.sav")),
                   designs[[name]]$weeg)
  if (by_survey(name)) fronts <- lapply(fronts, weeg_design, conventions = "survey")
  margins <- file.path(folder, sprintf("margin-%d.csv", seq_along(designs[[name]]$margins)))
  for (i in seq_along(margins)) utils::write.csv(designs[[name]]$margins[[i]], margins[i], row.names = FALSE)
  if (length(margins) == 0L) { # no tally file holds calibrated weights
    weeg_write_tally(weeg_tally(fronts[[1L]], amount + hours ~ race + chol + sex + score), file.path(folder, "data.weeg"))
    fronts[["R, tally"]] <- weeg_read_tally(file.path(folder, "data.weeg"))
  }
  if (!is.null(designs[[name]]$pspp)) writeLines(pspp_syntax(name), file.path(dir, paste0(name, ".sps")))
  asked <- analyses(name)
  for (i in seq_along(asked)) if (!is.null(asked[[i]]$args)) writeLines(asked[[i]]$args, file.path(folder, paste0(i, ".args")))
  as_asked <- if (by_survey(name)) c("--conventions", "survey")
  given <- rbind(rep("--margins", length(margins)), margins)
  writeLines(c(designs[[name]]$options, as_asked, given), file.path(folder, "options"))
  results <- lapply(fronts, function(d) lapply(asked, function(a) a$r(d)))
  list(numbers = lapply(results, lapply, function(r) numbers_of(rows_of(r))), texts = lapply(results, lapply, format),
       survey = if (by_survey(name)) survey_numbers(name, x))
}

make <- function() saveRDS(lapply(stats::setNames(nm = names(designs)), make_design), file.path(dir, "r.rds"))

# ---- check ---------------------------------------------------------------------------------------------------------------

# run.sh says where it is not built
by_page <- length(list.files(dir, "[.]page[.]out$", recursive = TRUE)) > 0L

programs <- c("weeg, CSV" = "csv", "weeg, .sav" = "sav", "weeg, tally" = "weeg", "weeg, JSON" = "json", "page" = "page")

program_numbers <- function(folder, i, kind) {
  path <- file.path(folder, paste0(i, ".", kind, ".out"))
  if (kind %in% c("json", "page")) return(numbers_of(jsonlite::fromJSON(path)$rows))
  numbers_of(utils::read.csv(path, check.names = FALSE, encoding = "UTF-8", colClasses = "character"))
}

# With its cross-tabs the program writes the test too.
check_json_test <- function(name, r) {
  at <- match(c("row %", "test"), names(r$numbers[[1L]]))
  test <- jsonlite::fromJSON(file.path(dir, name, paste0(at[1L], ".json.out")))$test
  want <- r$numbers[["R, data frame"]][[at[2L]]]
  got <- numbers_of(test)[names(want)]
  same <- isTRUE(all.equal(as.numeric(got[got != "NA"]), as.numeric(want[want != "NA"]), tolerance = 1e-12))
  say(same && setequal(names(got), names(want)), designs[[name]]$title, ": the test beside a cross-tab")
}

# One text whatever file the numbers are from; tallies have no effective bases.
plain_text <- function(lines) {
  lines <- sub(" n eff[.]: Kish's effective base[.]", "", lines[!startsWith(lines, "n eff.")])
  gsub("data[.](csv|sav|raw)", "data.raw", lines)
}

say <- function(ok, ...) cat(if (ok) "ok " else "not ok ", ..., "\n", sep = "")

shown <- list() # the table at the end: how many numbers, and their largest difference

# got, want: texts by name. Every number of `got` has its like in `want`; all: also the other way round.
compare <- function(analysis, front, got, want, all = TRUE) {
  missing <- c(setdiff(names(got), names(want)), if (all) setdiff(names(want), names(got)))
  what <- paste0(analysis, ", ", front)
  if (length(missing) > 0L || length(got) == 0L) return(say(FALSE, what, ": not in both: ", missing[1L]))
  want <- want[names(got)]
  g <- suppressWarnings(as.numeric(got))
  w <- suppressWarnings(as.numeric(want))
  if (front == "PSPP") {
    digits <- nchar(sub("^[^.]*[.]?", "", got))
    if (grepl("%|one variable|domain", analysis)) w <- w * ifelse(grepl("estimate|std.error|conf", names(got)), 100, 1)
    off <- abs(g - w)
    bad <- is.na(off) | off > half_unit(digits, w)
    largest <- paste0(format(max(off * 10^digits), digits = 2), "u")
  } else {
    off <- ifelse(got == want, 0, abs(g - w) / abs(w))
    of_law <- endsWith(analysis, "clusters, by default: test") & grepl("p.value|den.df", names(got))
    near <- endsWith(names(got), "residual.p") | of_law
    bad <- is.na(off) | off > if (front %in% c("survey", "page")) 1e-9 else ifelse(near, 1e-12, 0)
    if (front == "page") bad <- bad & !(abs(g - w) < 1e-12)
    largest <- format(max(off), digits = 1)
  }
  shown[[analysis]][[front]] <<- paste0(length(got), ": ", largest)
  say(!any(bad), what, if (any(bad)) paste0(": ", names(got)[bad][1L], " is ", got[bad][1L], ", not ", want[bad][1L]))
}

check_analysis <- function(name, i, r, pspp) {
  folder <- file.path(dir, name)
  asked <- names(r$numbers[[1L]])[i]
  analysis <- paste0(designs[[name]]$title, ": ", asked)
  want <- r$numbers[["R, data frame"]][[i]]
  text <- plain_text(r$texts[["R, data frame"]][[i]])
  for (front in names(r$numbers)[-1L]) {
    compare(analysis, front, r$numbers[[front]][[i]], want)
    say(identical(plain_text(r$texts[[front]][[i]]), text), analysis, ", ", front, ": the print of the data frame")
  }
  for (front in if (file.exists(file.path(folder, paste0(i, ".args")))) names(programs)) {
    kind <- programs[[front]]
    if (kind == "weeg" && !is.null(designs[[name]]$margins)) next
    if (kind == "page" && !by_page) next
    compare(analysis, front, program_numbers(folder, i, kind), want)
    if (kind %in% c("json", "page")) next
    printed <- readLines(file.path(folder, paste0(i, ".", kind, ".txt")), encoding = "UTF-8")
    say(identical(plain_text(printed), text), analysis, ", ", front, ": the print of R")
  }
  if (!is.null(pspp[[asked]])) compare(analysis, "PSPP", pspp[[asked]], want, all = FALSE)
  if (!is.null(r$survey[[asked]])) compare(analysis, "survey", r$survey[[asked]], want, all = FALSE)
}

print_table <- function() {
  fronts <- unique(unlist(lapply(shown, names)))
  cells <- t(vapply(shown, function(row) vapply(fronts, function(f) if (is.null(row[[f]])) "-" else row[[f]], ""), fronts))
  lines <- rbind(fronts, cells)
  lines <- cbind(c("numbers: largest difference", names(shown)), lines)
  lines[, 1L] <- formatC(lines[, 1L], width = -max(nchar(lines[, 1L])))
  lines[, -1L] <- apply(lines[, -1L], 2L, function(x) formatC(x, width = max(nchar(x))))
  cat(apply(lines, 1L, paste, collapse = "  "), sep = "\n")
}

check <- function() {
  r <- readRDS(file.path(dir, "r.rds"))
  for (name in names(designs)) {
    pspp <- if (!is.null(designs[[name]]$pspp)) pspp_numbers(name)
    for (i in seq_along(r[[name]]$numbers[[1L]])) check_analysis(name, i, r[[name]], pspp)
    check_json_test(name, r[[name]])
  }
  print_table()
}

# WEEG_SAME: one of the designs alone
if (nzchar(Sys.getenv("WEEG_SAME"))) designs <- designs[Sys.getenv("WEEG_SAME")]
switch(arguments[1L], make = make(), check = check())
