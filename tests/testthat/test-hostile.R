# Whatever an argument or a variable is, a verb gives a result, which prints, or an error of weeg's own that says which argument.
# A sample of all; `make hostile` takes all.

quietly <- function(cases) {
  home <- setwd(tempdir())
  if (capabilities("cairo")) grDevices::svg(nullfile()) else grDevices::pdf(NULL) # pdf() has few letters, and warns
  on.exit({
    setwd(home)
    grDevices::dev.off()
  })
  hostile_faults(cases)
}

test_that("every exported function has a valid call here, which works", {
  called <- vapply(hostile_calls(), function(call) as.character(call[[1L]]), "")
  without <- c(if (!requireNamespace("gt", quietly = TRUE)) "as_gt", if (!has_page()) "weeg_page")
  expect_identical(setdiff(own_exports(), c(called, without)), character())
  scene <- hostile_scene()
  for (call in c(hostile_calls(), hostile_method_calls())) {
    expect_identical(judge(call, scene, character()), character(), info = deparse(call)[1L])
  }
})

test_that("hostile values of arguments are refused by name, or do no harm", {
  expect_identical(quietly(hostile_sample(argument_cases(), 31L)), character())
})

test_that("hostile columns are refused by name, or do no harm, in every role of a variable", {
  expect_identical(quietly(hostile_sample(column_cases(), 41L)), character())
})

test_that("values that once ended in R's own words are refused by name", {
  scene <- hostile_scene()
  values <- hostile_values()
  refused <- function(call, value, said) {
    expect_error(eval(call, list2env(list(hostile = values[[value]]), parent = scene)), said, class = "weeg_error", info = value)
  }
  for (value in c("liar_length", "bytes", "invalid")) {
    refused(quote(weeg_replicate_design(data, weights = ~w, repweights = replicates, type = hostile)), value, "`type` must be")
    refused(quote(weeg_replicate_design(hostile, weights = ~w, repweights = replicates, type = "jk1")), value, "no file")
    refused(quote(weeg_replicate_design(data, weights = ~w, repweights = hostile, type = "jk1")), value, "repweights`")
    refused(quote(weeg_report(study, date = hostile, output = file.path(folder, "r.html"))), value, "`date` must be")
    refused(quote(weeg_study(hostile, book)), value, "no file")
  }
  for (value in c("symbol", "call")) {
    refused(quote(weeg_design(csv, delimiter = hostile)), value, "`delimiter` must be")
    refused(quote(weeg_design(csv, skip_before = hostile)), value, "`skip_before` must be")
  }
  refused(quote(weeg_compare(hostile, w ~ g, measures = "mean-difference", against = list(estimate = 2, std.error = 1))),
    "liar_length", "`data` must be")
  expect_error(weeg_study(scene$answers, data.frame()), "no rows", class = "weeg_error_study")
  expect_error(weeg_study(asNamespace("stats"), scene$book), "`data` must be", class = "weeg_error_argument")
  answers <- scene$answers
  for (value in c("bytes", "invalid")) {
    answers$w <- values[[value]]
    expect_error(weeg_study(answers, scene$book), "w: not a weight", class = "weeg_error_study")
  }
  expect_error(weeg_poststratify(scene$d, ~nothing, scene$population), "no variable `nothing` \\(in `formula`",
    class = "weeg_error_variable")
  refused(quote(weeg_tally(hostile, ~y)), "liar_length", "no file")
  refused(quote(weeg_test(d, ~g, p = hostile)), "liar_na", "`p` has 1 proportion")
  refused(quote(weeg_protect_tally(t, "North", threshold = hostile)), "date", "fewer than 18262 \\(`threshold`\\)")
  refused(quote(weeg_proportion(t, y ~ g, adjust_for = hostile)), "formula_empty", "not expressions: .* \\(in the formula\\)")
  refused(quote(weeg_poststratify(d, hostile, population)), "formula_fun", "a term of the formula")
  expect_error(weeg_proportion(scene$t, y ~ g, adjust_for = ~nothing), "in `adjust_for`", class = "weeg_error_variable")
})

test_that("a factor whose codes are none of its levels is refused with its row", {
  x <- structure(c(1L, NA, 9L, 0L), levels = c("a", "b"), class = "factor")
  e <- expect_error(weeg_proportion(data.frame(x = x), ~x), "`x` is a factor with 9 in row 3, but it has 2 levels",
    class = "weeg_error_variable")
  expect_identical(e$where, 3)
  expect_s3_class(weeg_proportion(data.frame(x = x[1:2]), ~x), "weeg_proportion")
  data <- data.frame(x = x, y = c("a", "b", "a", "b"), p = 1:4, q = 1:4, w = 1)
  d <- weeg_design(data)
  halves <- c(a = 0.5, b = 0.5)
  roles <- list(
    quote(weeg_design(data, strata = ~x)), quote(weeg_design(data, cluster = ~x)),
    quote(weeg_design(data, strata = ~y, cluster = ~x)), quote(weeg_design(data, strata = ~y, cluster = ~x, nest = TRUE)),
    quote(weeg_design(data, cluster = ~ p + x, fpc = ~ I(9 * w))), quote(weeg_rake(d, list(x = halves))),
    quote(weeg_tally(weeg_rake(d, list(y = halves)), ~x)), quote(weeg_proportion(d, y ~ x)),
    quote(weeg_proportion(d, ~ I(x == "a"))), quote(subset(d, x == "a")), quote(weeg_test(d, y ~ x)),
    quote(weeg_multiple(d, ~ I(y == "a") + I(x == "a"))), quote(weeg_logistic(d, y ~ x, answers = "a")),
    quote(weeg_proportion(weeg_replicates(weeg_design(data, cluster = ~p), "jk1"), y ~ x)),
    quote(weeg_proportion(d, y ~ x, missing = "omit"))
  )
  for (role in roles) {
    expect_error(eval(role), "`x` is a factor with 9 in row 3", class = "weeg_error_variable", info = deparse1(role))
  }
})

test_that("a result whose label has control characters is drawn", {
  data <- data.frame(x = structure(rep(1:2, 5L), label = "a\033[31mb"))
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_no_error(plot(weeg_proportion(data, ~x)))
})
