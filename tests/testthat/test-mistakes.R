# Frequent mistakes: each is told of in words of its own, which name what was given and what to write.

o <- openvoorwerk
o$comma <- sub(".", ",", sprintf("%.3f", o$gewicht), fixed = TRUE)
o$text <- as.character(o$gewicht)
o$word <- replace(o$text, 7L, "many")
o$wide <- cbind(o$gewicht, 1)
o$day <- as.Date("2020-01-01") + seq_len(nrow(o)) %% 60
d <- weeg_design(o, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
s <- structure(list(variables = o), class = c("DBIsvydesign", "survey.design2", "survey.design"))
remote <- structure(list(), class = c("tbl_SQLiteConnection", "tbl_dbi", "tbl_sql", "tbl_lazy", "tbl"))

# The call, words of its message, and its class
check_messages <- function(cases) {
  for (case in cases) {
    info <- deparse1(case[[1L]])
    e <- tryCatch(eval(case[[1L]], parent.frame()), error = identity)
    expect_s3_class(e, paste0("weeg_error_", case[[3L]]))
    for (words in case[[2L]]) expect_match(conditionMessage(e), words, fixed = TRUE, info = info)
  }
}

test_that("arguments of a design that are not as weeg has them", {
  check_messages(list(
    list(quote(weeg_design(o, ids = ~gemeente)), c("unknown argument `ids`", "`ids` is called `cluster` here"), "argument"),
    list(quote(weeg_design(o, id = ~1)), c("unknown argument `id`", "leave it out where there are none"), "argument"),
    list(quote(weeg_design(o, stratum = ~ronde)), "`stratum` is called `strata` here", "argument"),
    list(quote(weeg_design(o, wt = ~gewicht)), "`wt` is called `weights` here", "argument"),
    list(quote(weeg_design(o, probs = ~gewicht)), "weights = ~ I(1 / probability)", "argument"),
    list(quote(weeg_design(o, repweights = "r[0-9]")), "weeg_replicate_design()", "argument"),
    list(quote(weeg_design(o, weights = NWEIGHT)), c("`weights` must be", "The data have no variable NWEIGHT"), "formula"),
    list(quote(weeg_design(o, weights = gewicht)), "Did you mean weights = ~gewicht?", "formula"),
    list(quote(weeg_design(o, weights = gewichten)), "Did you mean gewicht?", "formula"),
    list(quote(weeg_design(o, weights = o$gewicht)), "Did you mean weights = ~gewicht?", "formula"),
    list(quote(weeg_design(o, weights = o[["gewicht"]])), "Did you mean weights = ~gewicht?", "formula"),
    list(quote(weeg_design(o, weights = "gewicht")), "Did you mean weights = ~gewicht?", "formula"),
    list(quote(weeg_design(o, strata = ronde)), "Did you mean strata = ~ronde?", "formula"),
    list(quote(weeg_design(o, cluster = c("ronde", "gemeente"))), "Did you mean cluster = ~ronde + gemeente?", "formula"),
    list(quote(weeg_design(o, weights = strengths ~ gewicht)), "Did you mean weights = ~gewicht?", "formula"),
    list(quote(weeg_design(o, weights = ~comma)), c("decimal commas, such as \"0,9", "decimal = \",\"", "sub("), "weight"),
    list(quote(weeg_design(o, weights = ~text)), "as.numeric(as.character(data$text))", "weight"),
    list(quote(weeg_design(o, weights = ~word)), "the value \"many\"", "weight"),
    list(quote(weeg_design(o, weights = ~wide)), c("is a matrix of 2 columns", "~ I(wide[, 1])"), "weight"),
    list(quote(weeg_replicate_design(o, weights = gewicht, repweights = "x", type = "brr")), "Did you mean weights = ~gewicht?",
         "formula")
  ))
})

test_that("a column that is several, or none, is refused in every role", {
  d <- data.frame(y = rep(c("a", "b"), 6), one = 1, s = rep(1:2, each = 6))
  d$matrix <- matrix(100, 12, 2)
  d$narrow <- matrix(100, 12, 1)
  d$frame <- data.frame(x = rep(100, 12))
  d$wide <- data.frame(x = rep(100, 12), y = 1)
  d$list <- as.list(rep(100, 12))
  d$mixed <- rep(list(100, "a", NULL), 4)
  d$complex <- complex(real = rep(100, 12))
  d$raw <- as.raw(rep(100, 12))
  d$time <- as.POSIXct("2020-01-01", tz = "UTC") + 1:12
  d$times <- as.POSIXlt(d$time)
  kind <- c(matrix = "is a matrix", narrow = "is a matrix", frame = "is a data.frame", wide = "is a data.frame",
            list = "is a list", mixed = "is a list", complex = "is a complex", raw = "is a raw", time = "is a POSIX",
            times = "is a POSIX")
  for (name in names(kind)) {
    v <- as.name(name)
    one <- eval(bquote(~ .(v)))
    refused <- function(call) expect_error(call, paste0("\\b", name, "`? ", kind[[name]]), class = "weeg_error")
    refused(weeg_design(d, weights = one))
    refused(weeg_design(d, fpc = one))
    refused(weeg_design(d, weights = ~one, fpc = one))
    refused(weeg_design(d, weights = ~one, cluster = ~ y + s, fpc = eval(bquote(~ one + .(v)))))
    refused(weeg_replicate_design(d, one, ~ one + s, "bootstrap"))
    refused(weeg_replicate_design(d, ~one, eval(bquote(~ one + .(v))), "bootstrap"))
    refused(weeg_replicate_design(d, ~one, d[c("one", name)], "bootstrap"))
    refused(weeg_replicate_design(d, ~one, paste0("^s$|^", name, "$"), "bootstrap"))
    if (name %in% c("time", "times")) next # these have categories
    refused(weeg_design(d, weights = ~one, strata = one))
    refused(weeg_design(d, weights = ~one, cluster = one))
    refused(weeg_design(d, weights = ~one, cluster = eval(bquote(~ s + .(v)))))
    refused(weeg_proportion(weeg_design(d), one))
    refused(weeg_proportion(weeg_design(d), eval(bquote(y ~ .(v)))))
    refused(weeg_tally(weeg_design(d), eval(bquote(~ y + .(v)))))
  }
  # one of its columns is a column
  expect_identical(weeg_design(d, weights = ~ I(matrix[, 1]))$weights, d$matrix[, 1])
  error <- expect_error(weeg_design(d, weights = ~one, fpc = ~matrix), class = "weeg_error_fpc")
  expect_match(conditionMessage(error), "fpc must be one column of numbers, but matrix is a matrix of 2 columns", fixed = TRUE)
  expect_match(conditionMessage(error), "fpc = ~ I(matrix[, 1])", fixed = TRUE)
})

test_that("~1 stands for none", {
  plain <- weeg_proportion(weeg_design(o), ~strengths)
  for (design in list(weeg_design(o, cluster = ~1), weeg_design(o, weights = ~1), weeg_design(o, strata = ~1),
                      weeg_design(o, weights = ~1, strata = ~1, cluster = ~1, fpc = ~1), weeg_design(o, cluster = ~0))) {
    expect_identical(weeg_proportion(design, ~strengths), plain)
  }
  expect_match(format(weeg_design(o, cluster = ~1)), "^Clusters +none", all = FALSE)
})

test_that("data that are not there, not here, or a design already", {
  check_messages(list(
    list(quote(weeg_design()), "`data` is missing", "argument"),
    list(quote(weeg_design(~gewicht, o)), "The data come first", "argument"),
    list(quote(weeg_design(list("a.csv", "b.csv"))), "Tallies of files add up: weeg_tally(weeg_design(first", "argument"),
    list(quote(weeg_design(c("a.csv", "b.csv"))), "or read them into one data frame: rbind(read.csv(first)", "argument"),
    list(quote(weeg_design(as.list(o))), "as.data.frame(data)", "argument"),
    list(quote(weeg_design(as.matrix(o[1:3]))), "as.data.frame(data)", "argument"),
    list(quote(weeg_design(d, weights = ~gewicht)), "already is a design, whose `weights` cannot be given again", "argument"),
    list(quote(weeg_design(remote, weights = ~gewicht)), "finds no table of a database", "argument"),
    list(quote(weeg_proportion(remote, ~strengths)), "finds no table of a database", "argument"),
    list(quote(weeg_proportion(s, ~strengths)), c("in a database", "into a data frame"), "unsupported"),
    list(quote(weeg_tally(d, ~strengths, weights = ~gewicht)), "unknown argument `weights`", "argument")
  ))
})

test_that("verbs without a formula, with names in its place, or with two designs", {
  verbs <- c("proportion", "crosstab", "test", "compare", "total", "tally", "multiple", "logistic", "loglinear", "shrink",
             "funnel", "association", "decompose", "standardise", "sensitivity")
  for (verb in paste0("weeg_", verbs)) {
    one_sided <- verb %in% paste0("weeg_", c("tally", "loglinear", "multiple"))
    meant <- if (one_sided) "~ strengths + provider" else "strengths ~ provider"
    check_messages(lapply(list(
      list(call(verb, quote(d), quote(strengths), quote(provider)), c("'strengths' not found", paste("Did you mean", meant))),
      list(call(verb, quote(d), "strengths"), c("not character", "Did you mean ~ strengths?")),
      list(call(verb, quote(d)), "and none was given"),
      list(call(verb, quote(d), quote(d), ~strengths), "Was the design given twice?"),
      list(call(verb, ~strengths, quote(d)), "The design comes first")
    ), c, "formula"))
  }
  check_messages(list(
    list(quote(weeg_proportion(d, ~strengths, d)), "not a design: was it given twice?", "argument"),
    list(quote(weeg_test(d, strengths ~ provider, given = ronde)), "Did you mean given = ~ronde?", "formula"),
    list(quote(weeg_decompose(d, strengths ~ ronde)), c("`by` must be", "none was given"), "formula"),
    list(quote(weeg_standardise(d, strengths ~ ronde)), c("`by` must be", "none was given"), "formula"),
    list(quote(weeg_decompose(d, strengths ~ ronde, by = provider)), "Did you mean by = ~provider?", "formula"),
    list(quote(weeg_compare(d, strengths ~ provider, adjust_for = ronde)), "Did you mean adjust_for = ~ronde?", "formula"),
    list(quote(weeg_proportion(o, strengths ~ provider, adjust_for = ronde)), "Did you mean adjust_for = ~ronde?", "formula")
  ))
})

test_that("files", {
  path <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(o[c("gewicht", "ronde", "strengths", "comma")], path, row.names = FALSE)
  check_messages(list(
    list(bquote(weeg_design(.(path), weights = gewicht)), "Did you mean weights = ~gewicht?", "formula"),
    list(bquote(weeg_design(.(path), weights = "gewicht")), "Did you mean weights = ~gewicht?", "formula"),
    list(bquote(weeg_design(.(path), ids = ~1)), "`ids` is called `cluster` here", "argument"),
    list(bquote(weeg_tally(.(path), ~strengths, ids = ~1)), "`ids` is called `cluster` here", "argument"),
    list(bquote(weeg_tally(.(path), ~strengths, weights = gewicht)), "Did you mean weights = ~gewicht?", "formula"),
    list(bquote(weeg_tally(.(path), ~strengths, strata = o$ronde)), "Did you mean strata = ~ronde?", "formula"),
    list(bquote(weeg_design(.(path), weights = ~comma)), c("is not a number", "`decimal`"), "csv")
  ))
})

test_that("margins that may be percentages", {
  check_messages(list(
    list(quote(weeg_rake(d, list(ronde = c("ronde 1" = 49.5, "ronde 2" = 50.5)))), c("sum to 100, as percentages do", "Divide"),
         "calibration"),
    list(quote(weeg_poststratify(d, ~ronde, c("ronde 1" = 49.4, "ronde 2" = 50.5))), "sum to 99.9, as percent", "calibration"),
    list(quote(weeg_rake(d, ronde)), c("`margins` must be a list", "'ronde'"), "argument")
  ))
  # of about 100 people they are counts
  ten <- data.frame(a = rep(c("x", "y"), 55L))
  expect_equal(sum(weeg_rake(weeg_design(ten), list(a = c(x = 60, y = 40)))$weights), 100, tolerance = 1e-12)
})

test_that("what designs are not", {
  check_messages(list(
    list(quote(d[o$leeftijd < 36, ]), "subset(design, condition)", "unsupported"),
    list(quote(weeg_crosstab(d, ~ strengths + provider)), "Did you mean strengths ~ provider?", "formula"),
    list(quote(subset(d, leeftijd = 36)), "`==`", "argument")
  ))
  skip_if_not_installed("dplyr")
  check_messages(list(
    list(quote(stats::filter(d, leeftijd < 36)), "subset(design, condition)", "unsupported"),
    list(quote(dplyr::summarise(d, mean(leeftijd))), "outcome ~ group", "unsupported")
  ))
})

test_that("numbers and dates with many values are told of, once", {
  said <- function(code) {
    lines <- character()
    withCallingHandlers(code, weeg_many_values = function(m) {
      lines <<- c(lines, conditionMessage(m))
      invokeRestart("muffleMessage")
    })
    lines
  }
  values <- length(unique(stats::na.omit(o$leeftijd)))
  expect_match(said(weeg_proportion(d, ~leeftijd)), paste0("leeftijd has ", values, " values.*cut\\(leeftijd, 5\\).*weeg_mean"))
  expect_match(said(weeg_crosstab(d, leeftijd ~ ronde)), "leeftijd has")
  expect_match(said(weeg_total(d, ~leeftijd)), "for the total: weeg_total(design, leeftijd ~ 1)", fixed = TRUE)
  expect_no_match(said(weeg_proportion(d, ~leeftijd)), "for the total")
  expect_match(said(weeg_compare(d, leeftijd ~ ronde)), "; to compare means: measures = \"mean-difference\"", fixed = TRUE)
  blanks <- structure(list(1:30 + 0.5), names = "Duration (in seconds)", class = "data.frame", row.names = 1:30)
  expect_match(said(weeg_proportion(weeg_design(blanks), ~ `Duration (in seconds)`)), "cut(`Duration (in seconds)`, 5)",
               fixed = TRUE)
  expect_match(said(weeg_total(d, ~ strengths + day)), "day has 60 values.*\"month\"")
  expect_length(said(weeg_test(d, strengths + leeftijd ~ ronde)), 1L)
  expect_length(said(weeg_proportion(d, strengths ~ leeftijd)), 0L) # groups may be many
  expect_match(said(weeg_book(d, ~strengths, ~ ronde + leeftijd)), "leeftijd has [0-9]+ values, each a column of its own")
  expect_length(said(weeg_book(d, ~ strengths + leeftijd, ~ronde)), 0L) # a mean
  expect_length(said(weeg_proportion(d, ~gemeente)), 0L) # so may names
  expect_length(said(weeg_proportion(d, ~ cut(leeftijd, 5))), 0L)
  expect_length(said(weeg_tally(d, ~leeftijd)), 0L)
  expect_length(said(weeg_test(d, leeftijd ~ ronde, method = "wilcoxon")), 0L)
})
