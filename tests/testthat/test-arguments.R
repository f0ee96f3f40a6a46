# Arguments agree: what is the same has the same name, place and default in every function. A new function, or a new argument,
# is held to this by itself.

ns <- asNamespace("weeg")
methods_of_design <- paste0("weeg_design.", c("data.frame", "character"))
arguments <- sapply(c(grep("^weeg_", getNamespaceExports("weeg"), value = TRUE), methods_of_design),
                    function(name) formals(get(name, ns)), simplify = FALSE)
arguments <- lapply(arguments[order(names(arguments))], as.list)
named <- lapply(arguments, function(a) setdiff(names(a), "..."))

# Every argument there is, and what it is, whatever the function. Before a name is added: is there one for it?
meanings <- c(
  data = "the sample, in any form, or what becomes one", formula = "the table", x = "a result", tally = "a tally",
  rows = "the questions of a book", columns = "of a book", filters = "domains of questions", title = "of a book",
  sets = "multiple-response questions",
  study = "a study", codebook = "of a study", verb = "the function that makes a table",
  mapping = "what drawn values are of",
  # what is compared
  null = "what functions are under the hypothesis",
  by = "the composition", population = "known counts or shares", margins = "known margins", pairs = "of groups",
  answers = "levels of the outcome", against = "what each group is compared with", contrasts = "coefficients of groups",
  yes = "the answer that names an item", unnamed = "what a blank item is", coding = "how items are coded",
  separator = "of answers in a text", labels = "texts of items", base = "what shares are of", percent = "what percentages are of",
  # of batteries
  means = "whether answers have means of their codes", positive = "answers", neutral = "answers", sort = "of items",
  # how
  probs = "of quantiles", per = "what ratios are multiplied by", rule = "of quantiles", limits = "how they are made",
  covariance = "whether estimates have it",
  measures = "some of those there are", interval = "the kind of interval", method = "one of those there are",
  proportions = "where design effects are evaluated", given = "what a test conditions on", p = "specified proportions",
  adjust = "p-values for their number", adjust_for = "covariates", bounds = "of factors", deff = "the design effect, stated",
  upper = "the largest weight", lower = "the smallest weight", level = "of confidence", missing = "rows without an answer",
  # the design
  weights = "of the rows", strata = "of the sample", cluster = "its PSUs", fpc = "finite populations",
  pps = "how PSUs were drawn with unequal probabilities",
  wave = "the variable of several files", panel = "whether PSUs of waves are the same",
  subset = "rows of the second phase",
  nest = "whether numbers of clusters start again", lonely = "single-PSU strata", lonely_domain = "these in domains",
  na_weights = "rows without a weight", conventions = "whose", reliability = "by whose rule",
  repweights = "columns of replicate weights",
  type = "of replicates, or of reports", combined = "whether replicate weights include the weights", rho = "Fay's factor",
  scale = "of the replicates' variance", rscales = "of each replicate", mse = "around the estimate", df = "degrees of freedom",
  replicates = "how many",
  # files
  delimiter = "of fields", decimal = "mark", thousands = "mark", header = "whether there is one", skip_before = "the header",
  skip_after = "the header", quote = "around fields", encoding = "of texts", na = "texts for missing values",
  text = "columns of text", levels = "of columns, in order", on_error = "in a record", max_field = "bytes", path = "of a file",
  # publishing
  sender = "of a tally", threshold = "the smallest count shown", section = "of a report", language = "of texts",
  output = "the file written", area = "of a report", date = "of a report", cores = "processes", quiet = "no progress",
  format = "of a report", sections = "of a report, in order", logo = "a picture", colour = "of a report", part = "of a section",
  reference_docx = "of rmarkdown", pandoc_args = "of rmarkdown",
  # audits of published figures
  tables = "published", claims = "published", n = "of respondents", digits = "decimals", pct = "percentages",
  whole = "whether all answers are there", limit = "of numbers to try"
)

test_that("every argument is one of those that are known, and each of those is there", {
  expect_setequal(unlist(named), names(meanings))
  expect_true(all(grepl("^[a-z]+(_[a-z]+)*$", names(meanings))))
})

test_that("two arguments stand in the same order wherever both are", {
  order <- do.call(rbind, lapply(named, function(names) {
    if (length(names) > 1L) t(utils::combn(names, 2L))
  }))
  both_ways <- order[paste(order[, 2L], order[, 1L]) %in% paste(order[, 1L], order[, 2L]), , drop = FALSE]
  expect_identical(unique(both_ways[, 1L]), character())
})

test_that("the sample comes first, then the table; what names one kind of object does so", {
  first <- vapply(named, function(names) c(names, "")[1L], "")
  others <- split(names(first), first)
  expect_identical(others[["x"]], c("weeg_item_tests", "weeg_letters", "weeg_reason_code", "weeg_save", "weeg_table"))
  expect_identical(others[["tally"]], c("weeg_protect_tally", "weeg_write_tally"))
  expect_identical(others[["study"]], c("weeg_problems", "weeg_report", "weeg_section"))
  rest <- names(first)[!first %in% c("data", "x", "tally", "study")]
  expect_setequal(rest, c("weeg_audit", "weeg_conventions", "weeg_html", "weeg_page", "weeg_possible_n", "weeg_read_tally",
                          "weeg_word"))
  for (names in named) {
    if ("data" %in% names) expect_identical(names[1L], "data")
    if ("formula" %in% names) expect_identical(names[2L], "formula")
  }
})

test_that("the level and the treatment of missing values come last", {
  for (name in names(named)) {
    tail <- intersect(c("level", "missing"), named[[name]])
    if (name == "weeg_audit") tail <- c("level", "language")
    if (length(tail) > 0L) expect_identical(utils::tail(named[[name]], length(tail)), tail, info = name)
  }
  with_formula <- Filter(function(names) "formula" %in% names, named)
  without <- names(Filter(function(names) !"missing" %in% names, with_formula))
  expect_identical(without, c("weeg_poststratify", "weeg_sensitivity", "weeg_tally")) # the last two hand on what is in `...`
})

test_that("a default is what is used, and the same everywhere", {
  defaults <- lapply(arguments, function(a) vapply(a[names(a) != "..."], deparse1, ""))
  all <- data.frame(name = unlist(lapply(defaults, names)), value = unlist(defaults),
                    of = rep(names(defaults), lengths(defaults)))
  all <- all[all$value != "", ]
  several <- Filter(function(values) length(unique(values)) > 1L, split(all$value, all$name))
  # NULL is what follows from data and conventions; where there are two values, the functions are of different things:
  # two levels of a funnel, the language of reports and of audits, measures of comparisons and of association, a method of
  # calibration, replicates that came and that are made
  # a release and a tally that is sent have a threshold always, one table where it is asked for
  expect_setequal(names(several), c("level", "language", "measures", "method", "mse", "rho", "threshold", "type"))
  of_funnel <- all$value[all$name == "level" & all$of == "weeg_funnel"]
  expect_identical(c(setdiff(several$level, c(of_funnel, "NULL")), of_funnel), c("0.95", "c(0.95, 0.998)"))
  # a vector of words is all of them, never a list to choose from
  words <- all[grepl("^c[(]\"", all$value), ]
  expect_setequal(words$name, c("measures", "na"))
})

test_that("methods of other packages' generics have their arguments", {
  of <- function(name) setdiff(names(formals(get(name, ns))), "...")
  formats <- grep("^format[.]weeg_", ls(ns), value = TRUE)
  for (name in setdiff(formats, "format.weeg_section")) expect_identical(of(name), c("x", "digits", "width"), info = name)
  for (name in grep("^confint[.]weeg_", ls(ns), value = TRUE)) expect_identical(of(name), c("object", "parm", "level"))
  over_time <- paste0("autoplot.weeg_", c("proportion", "total", "mean", "quantile"))
  for (name in grep("^autoplot[.]weeg_", ls(ns), value = TRUE)) {
    expect_identical(of(name), c("object", "page", if (name %in% over_time) "over"), info = name)
  }
  for (name in grep("^(glance|augment)[.]weeg_", ls(ns), value = TRUE)) expect_identical(of(name), "x", info = name)
  for (name in grep("^tidy[.]weeg_", ls(ns), value = TRUE)) {
    expect_identical(intersect(c("x", "exponentiate", "conf.int", "conf.level"), of(name)), of(name), info = name)
  }
})
