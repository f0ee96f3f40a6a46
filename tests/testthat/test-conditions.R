# The conditions that weeg raises: classes, messages that name the argument and say what to do, the user's call.

d <- data.frame(
  y = factor(c("yes", "no", "yes", "no", "yes", "no")), g = c("a", "a", "b", "b", "c", "c"), w = c(1, 2, 3, 1, 2, 3),
  s = c(1, 1, 1, 2, 2, 2), p = c(1, 2, 3, 4, 5, 6)
)
design <- weeg_design(d, weights = ~w, strata = ~s, cluster = ~p)

catch <- function(code) tryCatch(code, error = identity)

test_that("each error has the two classes of its kind, a message and the call of the exported function", {
  cases <- list(
    argument = quote(weeg_proportion(design, ~y, level = 2)),
    variable = quote(weeg_proportion(design, ~nothing)),
    formula = quote(weeg_proportion(design, y ~ g * s)),
    weight = quote(weeg_design(transform(d, w = -w), weights = ~w)),
    missing = quote(weeg_design(transform(d, s = replace(s, 2, NA)), strata = ~s)),
    nesting = quote(weeg_design(transform(d, p = c(1, 2, 3, 1, 2, 3)), strata = ~s, cluster = ~p)),
    fpc = quote(weeg_design(transform(d, n = 2), strata = ~s, fpc = ~n)),
    lonely = quote(weeg_proportion(weeg_design(d, strata = ~p), ~y)),
    too_large = quote(weeg_tally(many_levels(), ~a + b + c))
  )
  many_levels <- function() {
    x <- factor(1, levels = seq_len(2000))
    weeg_design(data.frame(a = x, b = x, c = x))
  }
  for (kind in names(cases)) {
    e <- catch(eval(cases[[kind]]))
    expect_s3_class(e, c(paste0("weeg_error_", kind), "weeg_error", "error", "condition"), exact = TRUE)
    expect_true(nzchar(conditionMessage(e)), label = kind)
    expect_match(deparse1(conditionCall(e)), "^weeg_", label = kind)
    expect_error(eval(cases[[kind]]), class = paste0("weeg_error_", kind))
  }
})

test_that("errors about rows say which one, and how many more", {
  bad <- transform(d, w = c(1, NA, 3, NA, NA, 3))
  e <- catch(weeg_design(bad, weights = ~w))
  expect_match(conditionMessage(e), "the weight in row 2 is missing; 3 rows have this problem")
  expect_match(conditionMessage(e), "Remove such rows")
  expect_identical(e$where, 2)
  e <- catch(weeg_design(transform(d, p = replace(p, 5, NA)), cluster = ~p))
  expect_match(conditionMessage(e), "the PSU in row 5 is missing")
  expect_identical(e$where, 5)
  expect_false(grepl("rows have this problem", conditionMessage(e)))
})

test_that("choices are listed where an argument is not one of them", {
  cases <- list(
    interval = quote(weeg_proportion(design, ~y, interval = "Logit")),
    method = quote(weeg_test(design, y ~ g, method = "pearson")),
    proportions = quote(weeg_test(design, y ~ g, proportions = c("observed", "null"))),
    measures = quote(weeg_compare(design, y ~ g, measures = "ratio")),
    adjust = quote(weeg_compare(design, y ~ g, adjust = NULL)),
    percent = quote(weeg_crosstab(design, y ~ g, percent = 1)),
    method = quote(weeg_crosstab(design, y ~ g, method = NA)),
    lonely = quote(weeg_design(d, lonely = "ignore"))
  )
  for (argument in names(cases)) {
    e <- catch(eval(cases[[argument]]))
    expect_s3_class(e, "weeg_error_argument")
    expect_match(conditionMessage(e), paste0("`", argument, "` must be one (or more )?of \""))
  }
  expect_match(conditionMessage(catch(eval(cases$interval))), "not \"Logit\"")
})

test_that("a level of confidence is one number between 0 and 1", {
  for (level in list(0, 1, 95, -0.5, NA, NA_real_, NULL, "0.95", c(0.9, 0.95), TRUE, Inf, NaN)) {
    for (f in list(weeg_proportion, weeg_compare, weeg_crosstab, weeg_total)) {
      expect_error(f(design, y ~ g, level = level), "`level` must be one number between 0 and 1",
                   class = "weeg_error_argument")
    }
  }
})

test_that("an interrupt of the core becomes R's interrupt condition, not an error", {
  failure <- structure(list(code = "interrupt", message = "", where = -1, count = 0), class = "weeg_failure")
  caught <- tryCatch(weeg:::checked(failure), interrupt = function(c) "interrupt", error = function(e) "error")
  expect_identical(caught, "interrupt")
})

test_that("a missing suggested package is named with its purpose", {
  expect_error(weeg:::need_package("notapackageatall", "to fly"), "package notapackageatall is needed to fly",
               class = "weeg_error_package")
})

test_that("lists of many are cut short with their number, before R cuts the message", {
  many <- weeg_design(data.frame(y = rep(c("yes", "no"), 200), g = sprintf("municipality %03d", rep(1:200, each = 2))))
  messages <- c(
    conditionMessage(catch(weeg_compare(many, y ~ g, pairs = c("municipality 001", "Z")))),
    conditionMessage(catch(weeg_compare(many, g ~ y, answers = "Z"))),
    conditionMessage(catch(weeg_calibrate(many, list(g = stats::setNames(rep(c(0.1, 0.9) / 100, 100), unique(many$data$g))),
                                          method = "logit", bounds = c(0.9, 1.1))))
  )
  for (message in messages) {
    expect_lt(nchar(message), 1000) # options("warning.length")
    expect_match(message, "; ... \\([0-9]+ more\\)|, ... \\([0-9]+ more\\)")
  }
  expect_match(messages[3], "g = municipality 00[0-9] has .* instead of .* \\([-+][0-9.]+%\\)")
})

test_that("a factor is no number, and a class that lies about a number does not matter", {
  d <- weeg_design(data.frame(y = c("a", "b"), w = 1), weights = ~w)
  expect_error(weeg_protect(d, weeg_proportion(d, ~y), threshold = factor(c("a", "b"))[2L]), "`threshold` must be",
               class = "weeg_error_argument")
  expect_error(weeg_shrink(d, y ~ w, deff = factor("a")), "`deff` must be one positive number", class = "weeg_error_argument")
  expect_identical(weeg_proportion(d, ~y, level = structure(0.9, class = "unknown")), weeg_proportion(d, ~y, level = 0.9))
})

one <- function(e) eval(call("~", e))

test_that("messages do not grow with the texts and lists of the data", {
  long <- strrep("x", 1e6)
  named <- paste0("column", 1:25000)
  d <- data.frame(y = factor(c("a", "b", "a", "b"), labels = c(long, paste0(long, "2"))), g = c("p", "q", "q", "p"))
  wide <- as.data.frame(matrix(1, 2L, 25000L, dimnames = list(NULL, named)))
  codebook <- tempfile(fileext = ".csv")
  on.exit(unlink(codebook))
  writeLines(c(paste(named[1:2000], collapse = ";"), paste(rep("1", 2000L), collapse = ";")), codebook)
  condition <- str2lang(paste(rep("zz == 'y'", 6000L), collapse = " | "))
  design <- weeg_design(d)
  cases <- list(
    function() weeg_compare(design, y ~ g, answers = "z"),
    function() weeg_compare(design, y ~ g, answers = paste0(long, "3")),
    function() weeg_compare(design, g ~ y, pairs = c(long, "z")),
    function() weeg_proportion(subset(design, y == paste0(long, "3")), ~g),
    function() weeg_proportion(design, ~g, interval = long),
    function() weeg_proportion(design, one(as.name(strrep("v", 9000L)))),
    function() eval(bquote(weeg_proportion(subset(design, .(condition)), ~g))),
    function() weeg_design(wide, weights = ~zebra),
    function() weeg_study(d, codebook),
    function() weeg_read_tally(long),
    function() weeg_tally(weeg_design(wide), stats::reformulate(named[1:200])) + weeg_tally(design, ~g)
  )
  for (case in cases) {
    error <- catch(case())
    expect_s3_class(error, "weeg_error")
    expect_lt(nchar(conditionMessage(error)), 2500)
  }
  # both ends of what is cut are shown
  expect_match(conditionMessage(catch(weeg_design(d, weights = one(as.name(paste0("be", strrep("v", 9000L), "gin")))))),
               "no variable `bev+ [.]{3} v+gin` [(]in `weights`[)]")
  expect_match(conditionMessage(catch(weeg_study(d, codebook))), "column12`, ... (1988 more)", fixed = TRUE)
})

test_that("nesting of any depth is an error or an answer", {
  d <- weeg_design(data.frame(a = c("y", "n", "y", "n"), b = c("p", "q", "q", "p"), w = 1:4))
  nested <- function(e, by) {
    for (i in 1:10000) e <- call(by, e)
    e
  }
  for (by in c("(", "!", "-", "I", "factor")) {
    e <- nested(quote(a), by)
    for (case in list(function() weeg_proportion(d, one(e)), function() weeg_compare(d, eval(call("~", quote(b), e))),
                      function() weeg_design(d$data, weights = one(e)), function() weeg_tally(d, one(e)),
                      function() eval(bquote(weeg_proportion(subset(d, .(e)), ~b))))) {
      got <- tryCatch(case(), error = identity)
      if (inherits(got, "error")) expect_s3_class(got, "weeg_error") else expect_s3_class(got, "weeg_proportion")
    }
  }
})

test_that("a whole number without a bound is asked for without one", {
  d <- weeg_design(data.frame(a = c("y", "n", "y", "n")))
  expect_error(print(weeg_proportion(d, ~a), digits = 1e999), "`digits` must be one whole number$", class = "weeg_error_argument")
})

test_that("what is known of a fault is there as data", {
  nested <- catch(weeg_design(transform(d, p = c("A", "B", "C", "A", "D", "E")), strata = ~s, cluster = ~p))
  expect_identical(nested[c("unit", "stratum", "other", "row")], list(unit = "A", stratum = "1", other = "2", row = 4))
  sampled <- catch(weeg_design(transform(d, n = 2), strata = ~s, cluster = ~p, fpc = ~n))
  expect_identical(sampled[c("stratum", "value", "limit")], list(stratum = "1", value = 3, limit = 2))
  lonely <- catch(weeg_proportion(weeg_design(d, strata = ~p), ~y))
  expect_identical(lonely[c("stratum", "stage")], list(stratum = "1", stage = 1))
  weight <- catch(weeg_design(transform(d, w = c(1, NA, 2, -1, 1, 1)), weights = ~w, na_weights = "omit"))
  expect_identical(weight$row, 4L)
  expect_match(conditionMessage(weight), "the weight in row 4 is negative", fixed = TRUE)
  missing <- catch(weeg_design(transform(d, s = replace(s, 3, NA)), strata = ~s))
  expect_identical(as.numeric(missing$row), 3)
  weights <- as.matrix(data.frame(r1 = 1:6, r2 = replace(1:6, 5, NA)))
  replicate <- catch(weeg_replicate_design(d, weights = ~w, repweights = weights, type = "bootstrap"))
  expect_identical(replicate$row, 5)
  expect_match(conditionMessage(replicate), "replicate weight r2 in row 5 is missing", fixed = TRUE)
})

# ---- snapshots: a change of a message is seen in review, and accepted as tools/test-r.R says ------------------

test_that("messages of errors of every class are those that were looked at", {
  skip_if_not(l10n_info()$`UTF-8`)
  folder <- tempfile("messages")
  dir.create(folder)
  old <- setwd(folder)
  on.exit({
    setwd(old)
    unlink(folder, recursive = TRUE)
  })
  writeLines(c("y,w", "yes,1", "no,one"), "answers.csv")
  writeLines("no tally", "north.weeg")
  tally <- weeg_tally(design, ~y)
  wide <- weeg_design(as.data.frame(lapply(c(a = 1, b = 2, c = 3), function(i) factor(1, levels = seq_len(2000)))))
  apart <- weeg_design(data.frame(y = rep(c("yes", "no"), each = 3), g = rep(c("a", "b"), each = 3)))
  con <- structure(list(), class = "SQLiteConnection")
  memory <- structure(list(code = "memory", message = "out of memory", where = -1, count = 0), class = "weeg_failure")
  cases <- list(
    argument = list(
      quote(weeg_proportion(design, ~y, level = 2)), quote(weeg_proportion(design, ~y, interval = "Logit")),
      quote(weeg_write_tally(tally, "x.csv")), quote(as_svydesign(tally))
    ),
    variable = list(quote(weeg_proportion(design, ~nothing)), quote(weeg_test(design, y ~ w + nothing))),
    formula = list(
      quote(weeg_proportion(design, y ~ g * s)), quote(weeg_crosstab(design, ~y)), quote(weeg_design(d, weights = w)),
      quote(weeg_proportion(~y))
    ),
    weight = list(
      quote(weeg_design(transform(d, w = -w), weights = ~w)), quote(weeg_design(d, weights = ~y)),
      quote(weeg_design(transform(d, w = c(1, NA, 3, NA, NA, 3)), weights = ~w))
    ),
    missing = list(quote(weeg_design(transform(d, s = replace(s, 2, NA)), strata = ~s))),
    nesting = list(quote(weeg_design(transform(d, p = c(1, 2, 3, 1, 2, 3)), strata = ~s, cluster = ~p))),
    fpc = list(quote(weeg_design(transform(d, n = 2), strata = ~s, fpc = ~n))),
    lonely = list(quote(weeg_proportion(weeg_design(d, strata = ~p), ~y))),
    tally = list(quote(tally + weeg_tally(design, ~g)), quote(tally + 1)),
    calibration = list(
      quote(weeg_rake(design, list(g = c(a = 0.5, b = 0.6, c = 0.1)))), quote(weeg_rake(design, list(g = c(a = 0.5, b = 0.5))))
    ),
    file = list(quote(weeg_design("nowhere.csv")), quote(weeg_read_tally("north.weeg"))),
    csv = list(quote(weeg_design("answers.csv", weights = ~w, decimal = "."))),
    database = list(quote(weeg:::abort_database(con, "list the values of `y`", simpleError("no such column: y")))),
    study = list(
      quote(weeg_study(d, data.frame(variable = "y", role = "result", en = "Answer"))),
      quote(weeg_study(d, data.frame(name = "y")))
    ),
    unsupported = list(quote(plot(design)), quote(weeg_calibrate(tally, list(g = c(a = 1))))),
    too_large = list(quote(weeg_tally(wide, ~ a + b + c))),
    numeric = list(quote(weeg_logistic(apart, y ~ g))),
    package = list(quote(weeg:::need_package("notapackage", "to fly"))),
    memory = list(quote(weeg:::checked(memory)))
  )
  for (kind in names(cases)) {
    for (case in cases[[kind]]) {
      expect_s3_class(catch(eval(case)), paste0("weeg_error_", kind))
      eval(bquote(expect_snapshot(.(case), error = TRUE, cnd_class = TRUE)))
    }
  }
  # as help lists them
  rd <- paste(unlist(tools::Rd_db("weeg")[["weeg_error.Rd"]]), collapse = "")
  named <- unique(regmatches(rd, gregexpr("weeg_error_[a-z_]+", rd))[[1L]])
  expect_setequal(paste0("weeg_error_", names(cases)), named)
})
