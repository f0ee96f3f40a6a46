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
    expect_error(weeg_proportion(x, ~y), "changed or reordered", class = "weeg_error_argument")
  }
})

test_that("what is kept of a design's vectors is no part of it, and goes with it", {
  one <- weeg_design(d, weights = ~w, cluster = ~p)
  other <- weeg_design(d, weights = ~w, cluster = ~p)
  expect_true(identical(one, other))
  expect_identical(unserialize(serialize(one, NULL)), one)
  expect_identical(weeg_proportion(unserialize(serialize(one, NULL)), ~y), weeg_proportion(one, ~y))
  other$seal$key <- one$seal$key
  expect_identical(weeg_proportion(other, ~y), weeg_proportion(one, ~y))
  other$unit$codes[1L] <- other$unit$codes[12L]
  expect_error(weeg_proportion(other, ~y), "was changed", class = "weeg_error_argument")
  one$unit$codes[1L] <- one$unit$codes[12L]
  expect_error(weeg_proportion(one, ~y), "was changed", class = "weeg_error_argument")
  lists <- function() length(weeg:::held$lists)
  gc()
  invisible(weeg_design(d))
  before <- lists()
  for (i in 1:20) one <- weeg_design(d, weights = ~w)
  rm(one, other)
  gc()
  invisible(weeg_design(d))
  expect_lte(lists(), before + 1L)
})

test_that("of long vectors a single number that was changed is seen, and a design that was loaded is what it was", {
  n <- 70000L
  x <- data.frame(w = rep(c(1, 2), n / 2), p = factor(rep(1:70, each = 1000L)), y = rep(c("no", "no", "yes", "yes"), n / 4))
  whole <- weeg_design(x, weights = ~w, cluster = ~p)
  for (row in c(1L, 100L, 45678L, n)) { # by row 100 and 45678 no fingerprint goes
    changed <- whole
    changed$weights[row] <- 1.5
    expect_error(weeg_proportion(changed, ~y), "`weights`", class = "weeg_error_argument")
    changed <- whole
    changed$unit$codes[row] <- if (row < n) "70" else "1"
    expect_error(weeg_proportion(changed, ~y), "`unit`", class = "weeg_error_argument")
  }
  same <- whole
  same$weights <- same$weights + 0 # other vectors with the same numbers
  expect_identical(weeg_proportion(same, ~y), weeg_proportion(whole, ~y))
  loaded <- unserialize(serialize(whole, NULL))
  expect_identical(weeg_proportion(loaded, ~y), weeg_proportion(whole, ~y))
  loaded$weights <- rev(loaded$weights)
  expect_error(weeg_proportion(loaded, ~y), "`weights`", class = "weeg_error_argument")
})

# ---- every member, changed in every way --------------------------------------------------------------------------------

rows <- function(seed) {
  set.seed(seed)
  n <- 60L
  data.frame(
    w = round(stats::runif(n, 1, 5), 2), s = rep(c("a", "b", "c"), each = 20L), p = rep(1:12, each = 5L),
    q = rep(1:30, each = 2L), N = 40, M = 6, y = factor(sample(c("no", "some", "yes"), n, TRUE)),
    o = factor(sample(1:3, n, TRUE), ordered = TRUE),
    g = sample(c("m", "f"), n, TRUE), age = sample(20:70, n, TRUE)
  )
}

objects <- function() {
  x <- rows(4)
  path <- withr::local_tempfile(fileext = ".csv", .local_envir = parent.frame())
  utils::write.csv(x, path, row.names = FALSE)
  strata <- weeg_design(x, weights = ~w, strata = ~s)
  cluster <- weeg_design(x, weights = ~w, strata = ~s, cluster = ~p)
  halves <- list(g = c(m = 0.5, f = 0.5))
  designs <- list(
    strata = strata, fpc = weeg_design(x, weights = ~w, cluster = ~p, fpc = ~N), domain = subset(cluster, age > 30),
    stages = weeg_design(x, cluster = ~ p + q, fpc = ~ N + M), raked = weeg_rake(cluster, halves),
    rows = subset(weeg_rake(strata, halves), age > 30), jkn = weeg_replicates(cluster, "jkn"), trimmed = weeg_trim(strata, 4.5),
    given = weeg_replicate_design(x, ~w, cbind(x$w * 1.1, x$w * 0.9, rev(x$w)), "other", scale = 0.3),
    csv = weeg_design(path, weights = ~w, strata = ~s, cluster = ~p)
  )
  tallies <- lapply(designs, weeg_tally, ~ y + g + o)
  list(designs = designs, tallies = tallies)
}

taking <- list(
  proportion = function(x) weeg_proportion(x, y ~ g), crosstab = function(x) weeg_crosstab(x, y ~ g),
  given = function(x) weeg_test(x, y ~ g, given = ~o), omit = function(x) weeg_total(x, ~ y + g, missing = "omit"),
  compare = function(x) weeg_compare(x, y ~ g), logistic = function(x) weeg_logistic(x, y ~ g, answers = "yes"),
  tally = function(x) weeg_tally(x, ~ y + g), subset = function(x) subset(x, g == "m"), format = format,
  sensitivity = function(x) weeg_sensitivity(x, y ~ g), conventions = function(x) weeg_design(x, conventions = "sas")
)
of_designs <- list(weights = weeg_weights, survey = function(x) as_svydesign(x), rake = function(x) {
  weeg_rake(x, list(o = c("1" = 0.3, "2" = 0.3, "3" = 0.4)))
})
of_tallies <- list(
  frame = as.data.frame, add = function(x) x + weeg_tally(weeg_design(rows(5), weights = ~w), ~ y + g + o),
  send = function(x) weeg_protect_tally(x, "me", threshold = 2), write = function(x) weeg_write_tally(x, tempfile())
)

# Of some changes (of all with WEEG_HOSTILE=all) a verb, in turn; with all, every verb. The outcomes that are wrong, by member
# and change. `forge`: the seal is made to fit.
wrong_outcomes <- function(x, verbs, changes = edits, forge = FALSE, attribute = NULL, allowed = c("error", "same"), every = 9L) {
  before <- lapply(verbs, function(verb) {
    tryCatch(suppressWarnings(suppressMessages(numbers_in(verb(x)))), error = identity)
  })
  verbs <- verbs[!vapply(before, inherits, NA, "error")]
  if (all_edits) every <- 1L
  found <- character()
  turn <- 0L
  for (path in member_paths(x, attribute)) {
    name <- path_name(if (is.null(attribute)) unclass(x) else attr(x, attribute), path)
    if (name[1L] == "data" && length(path) > 1L && is.data.frame(x$data)) next
    for (change in names(changes)) {
      turn <- turn + 1L
      if (turn %% every != 0L) next
      edited <- suppressWarnings(edit_member(x, path, changes[[change]], attribute))
      if (identical(edited, x)) next
      if (forge) edited <- suppressWarnings(tryCatch(seal(edited), error = function(e) NULL))
      if (is.null(edited)) next
      for (verb in if (all_edits) names(verbs) else names(verbs)[1L + (turn %/% every) %% length(verbs)]) {
        outcome <- outcome_of(function() verbs[[verb]](edited), before[[verb]])
        count_outcome(outcome)
        if (!outcome %in% allowed) found <- c(found, paste(paste(name, collapse = "$"), change, verb, outcome))
      }
    }
  }
  found
}

test_that("designs and tallies of which any member was changed are refused, or give the figures that they gave", {
  all <- objects()
  wrong <- c(lapply(all$designs, wrong_outcomes, c(taking, of_designs)),
             lapply(all$tallies, wrong_outcomes, c(taking, of_tallies)))
  expect_identical(Filter(length, wrong), stats::setNames(list(), character()))
})

test_that("a seal that was made to fit cannot have the core read past the end", {
  all <- objects()
  core <- c("frame", "entries", "calibration", "replicates", "cells", "unit", "variables", "weights", "domain", "rows",
            "max_weight")
  index <- c(edits[c("shorter", "longer", "missing", "negative", "empty", "text", "removed")], beyond = function(x) {
    if (is.integer(x) || is.double(x)) x + 1L else x
  })
  for (x in all$tallies) {
    x <- structure(unclass(x)[intersect(names(x), c(core, "names", "conditions", "seal"))], class = class(x))
    outcomes <- wrong_outcomes(x, taking[c("proportion", "crosstab", "compare")], index, TRUE, allowed = character(), every = 3L)
    expect_gt(length(outcomes), 20L) # R is still there
  }
})

test_that("results that were changed print their rows, or say that they were changed", {
  x <- weeg_design(rows(4), weights = ~w, strata = ~s, cluster = ~p)
  loglinear <- weeg_loglinear(x, ~ y + g + o)
  results <- list(
    proportion = weeg_proportion(x, y ~ g), total = weeg_total(x, ~ y + g), test = weeg_test(x, y ~ g), loglinear = loglinear,
    compare = weeg_compare(x, y ~ g), logistic = weeg_logistic(x, y ~ g, answers = "yes"), crosstab = weeg_crosstab(x, y ~ g),
    multiple = weeg_multiple(x, ~ I(g == "m") + I(y == "yes")),
    battery = weeg_battery(x, ~ I(g == "m") + I(y == "yes"), means = TRUE),
    weights = weeg_weights(x)
  )
  verbs <- list(
    format = format, print = function(r) utils::capture.output(print(r)), glance = glance, tidy = tidy,
    threshold = function(r) weeg_protect(x, r), coef = stats::coef,
    vcov = stats::vcov, confint = stats::confint, anova = stats::anova, letters = weeg_letters, augment = augment
  )
  for (name in names(results)) {
    result <- results[[name]]
    own <- Filter(function(verb) !inherits(try(suppressMessages(verb(result)), silent = TRUE), "try-error"), verbs)
    expect_gt(length(own), 2L)
    # of rows that were changed, they are shown; of the rest of an object, nothing is used
    wrong <- wrong_outcomes(result, own, attribute = "info")
    if (name == "crosstab") wrong <- c(wrong, wrong_outcomes(result, own))
    expect_identical(wrong[!grepl(" (format|print) other$| tidy ", wrong)], character(), info = name)
    if (is.data.frame(result)) {
      wrong <- wrong_outcomes(result, own, edits[names(edits) != "infinite"], every = 3L, allowed = c("error", "same", "other"))
      expect_identical(wrong, character(), info = name)
    }
  }
  expect_error(stats::anova(edit_member(loglinear, 1L, edits$removed, "info")), "result was changed",
               class = "weeg_error_argument")
  part <- results$proportion[results$proportion$level == "yes", ]
  expect_match(format(part), "yes", all = FALSE)
  expect_identical(unname(stats::coef(part)), part$estimate)
})

test_that("a study that was changed is refused, save for its data, which are read anew", {
  study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))
  study$data$long <- study$data$leeftijd > 40
  before <- weeg_proportion(study, strengths ~ provider)
  expect_identical(before$n.base[1L], as.double(sum(study$data$provider == levels(study$data$provider)[1L] &
                                                      !is.na(study$data$strengths), na.rm = TRUE)))
  verbs <- list(proportion = function(s) weeg_proportion(s, strengths ~ provider), problems = weeg_problems, format = format)
  wrong <- wrong_outcomes(study, verbs, every = 41L)
  expect_identical(wrong[!grepl("^data [a-z]+ format other$", wrong)], character()) # how many there are now
  study$data <- study$data[rev(seq_len(nrow(study$data))), ]
  expect_equal(weeg_proportion(study, strengths ~ provider)$std.error, before$std.error, tolerance = 1e-13)
})

if (all_edits) cat("Verbs of changed objects:", paste(unlist(mget(ls(outcomes), outcomes)), ls(outcomes), collapse = ", "), "\n")
