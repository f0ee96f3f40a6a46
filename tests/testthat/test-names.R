# Variables may have any name, also those of columns that results have themselves, and of what the package computes with: every
# result is the same as under a harmless name.

reserved <- c(
  # columns of results
  "outcome", "level", "estimate", "std.error", "conf.low", "conf.high", "n", "n.base", "n.weighted", "n.effective",
  "deff", "df",
  "reason", "reason.code", "reliability.code",
  "reliability", "reliability.reason", "group", "group1", "group2", "method", "statistic", "num.df",
  "den.df", "p.value",
  "p.adjusted", "adj.p.value", "chisq", "deff.mean", "cramers.v", "measure", "estimate1", "estimate2", "n1", "n2",
  "letters",
  "component", "crude", "direct", "direct.low", "direct.high", "weight", "total", "inner.low", "outer.high", "outside",
  "residual",
  "residual.p", "lonely", "term", "odds.ratio", "model", "against", "deviance", "stratum", "psu", "unit", "nobs", "item",
  ".observed", ".weighted", ".prop", ".fitted", ".resid", "group.n",
  # columns that printing, plots, protection and reports compute with
  "mark", "sign", "place", "pair", "label", "text", "bar", "part", "panel", "colour", "series", "share", "side",
  "limit", "groups",
  "variable", "question", "area", "answer", "first", "second", ".n", ".weight", ".missing", "..items", "..part", "at",
  "known",
  # what users call, and R has, besides
  "w", "d", "x", "data", "T", "F", "c", "names", "row.names", ".data", ".weights", "Freq", "in", "a b", "NA.", "sep",
  "collapse", "deparse.level", "Reduce",
  # letters beyond ASCII, which symbols do not mark as UTF-8
  if (l10n_info()[["UTF-8"]]) c("\u00e9\u00e9n", "cli\u00ebnt", "\u20ac per jaar", "\u4eba")
)

# In place of each name of a column, one that nothing else has: names must not change what comes out.
people <- local({
  set.seed(11, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  count <- 320
  two <- function(share) factor(ifelse(runif(count) < share, "one", "two"))
  data.frame(
    QG = two(0.5), QH = two(0.4), QI = two(0.5), QJ = two(0.6), QW = factor(rep(1:2, length.out = count)),
    QA = factor(sample(c("no", "some", "yes"), count, TRUE, c(5, 3, 2)), c("no", "some", "yes"), ordered = TRUE),
    QM = runif(count) < 0.3, QN = runif(count) < 0.6, QX = round(runif(count, 0.5, 2), 2), QL = rep(1:4, each = count / 4),
    QC = rep(1:32, each = count / 32)
  )
})

# Formulas with names in place of those of `people`.
named_formula <- function(text, names) {
  terms <- stats::as.formula(text, env = globalenv())
  do.call(substitute, list(terms, lapply(names, as.name))) |> eval()
}

results_of <- function(names) {
  data <- stats::setNames(people, names[base::names(people)])
  f <- function(text) named_formula(text, names)
  d <- weeg_design(data, weights = f("~ QX"), strata = f("~ QL"), cluster = f("~ QC"))
  standard <- c(one = 1, two = 2)
  list(
    design = d, proportion = weeg_proportion(d, f("QA ~ QG + QH + QI + QJ")), several = weeg_proportion(d, f("QA + QM ~ QG")),
    one = weeg_proportion(d, f("~ QA")), adjusted = weeg_proportion(d, f("QA ~ QG"), adjust_for = f("~ QH + QI + QJ")),
    total = weeg_total(d, f("QA ~ QG + QH + QI + QJ")), crosstab = weeg_crosstab(d, f("QA ~ QG + QH + QI + QJ")),
    columns = weeg_crosstab(d, f("QA ~ QG"), percent = "column"), test = weeg_test(d, f("QA ~ QG")),
    tests = weeg_test(d, f("QA + QM + QN ~ QG + QH")), given = weeg_test(d, f("QA ~ QG"), given = f("~ QH + QI")),
    trend = weeg_test(d, f("QA ~ QG"), method = "trend"), shares = weeg_test(d, f("~ QA")),
    compare = weeg_compare(d, f("QA + QM ~ QG")), contrast = weeg_compare(d, f("QA ~ QG"), contrasts = "trend"),
    rest = weeg_compare(d, f("QA ~ QG + QH"), against = "rest", answers = "no"),
    letters = weeg_letters(weeg_compare(d, f("QA ~ QG + QH"), measures = "difference")),
    compare_adjusted = weeg_compare(d, f("QA ~ QG"), adjust_for = f("~ QH + QI + QJ"), measures = "difference"),
    association = weeg_association(d, f("QA ~ QG")), battery = weeg_battery(d, f("QM + QN ~ QG + QH"), means = TRUE),
    multiple = weeg_multiple(d, f("QM + QN ~ QG + QH + QI + QJ")),
    sensitivity = weeg_sensitivity(d, f("QA ~ QG + QH")), totals = weeg_sensitivity(d, f("QA ~ QG + QH"), verb = weeg_total),
    decompose = weeg_decompose(d, f("QA ~ QG"), by = f("~ QH")),
    standardise = weeg_standardise(d, f("QA ~ QG + QI + QJ"), by = f("~ QH"), population = standard),
    shrink = weeg_shrink(d, f("QA ~ QG + QH + QI + QJ"), answers = "no", deff = 1),
    funnel = weeg_funnel(d, f("QA ~ QG + QH + QI + QJ"), answers = "no"), logistic = weeg_logistic(d, f("QM ~ QG + QH * QI")),
    loglinear = weeg_loglinear(d, f("~ QG * QH")),
    domain = weeg_proportion(eval(call("subset", d, f("~ QG == 'one'")[[2]])), f("~ QA")),
    raked = weeg_proportion(weeg_rake(d, stats::setNames(list(standard, standard), names[c("QG", "QH")])), f("~ QA")),
    margins = weeg_proportion(weeg_rake(d, list(stats::setNames(data.frame(c("one", "two"), 1:2), c(names[["QG"]], "count")))),
                              f("~ QA")),
    tally = weeg_tally(d, f("~ QG + QH + QI + QA")),
    from_tally = weeg_proportion(weeg_tally(d, f("~ QG + QH + QA")), f("QA ~ QG + QH"))
  )
}

# Text with the names in place of the harmless ones, in whatever columns.
renamed <- function(text, names) {
  for (q in base::names(names)) text <- gsub(q, names[[q]], text, fixed = TRUE)
  gsub(" +", " ", text)
}

# A log-linear model has its variables in the order of their names, which rounds its sums in another order.
same <- function(x, y) identical(x, y) || is.double(x) && isTRUE(all.equal(x, y, tolerance = 1e-10))

# What differs between a table of a result and that under harmless names: columns of variables by place, others by name too.
frame_differences <- function(x, harmless, names) {
  found <- base::names(x)
  expected <- base::names(harmless)
  mine <- expected %in% base::names(names)
  as_text <- function(column) if (is.factor(column)) as.character(column) else column
  x <- lapply(as.list(x), as_text)
  harmless <- lapply(as.list(harmless), as_text)
  text <- vapply(harmless, is.character, NA)
  harmless[text] <- lapply(harmless[text], renamed, names)
  x[text] <- lapply(x[text], gsub, pattern = " +", replacement = " ")
  c("two columns of one name"[anyDuplicated(found) > 0],
    "names of columns"[!identical(found[!mine], expected[!mine])],
    "names of groups"[!all(found[mine] == names[expected[mine]] | startsWith(found[mine], "group."))],
    expected[!mapply(same, x, harmless)])
}

# What users see of a result: lines, tables and estimates.
seen <- function(x, verb) {
  made <- list(print = format(x, width = 5000))
  if (!verb %in% c("design", "crosstab", "columns")) made$as.data.frame <- as.data.frame(x)
  if (!verb %in% c("design", "tally")) made <- c(made, list(tidy = tidy(x), glance = glance(x)))
  if (verb %in% c("crosstab", "logistic")) made$augment <- augment(x)
  if (verb %in% c("proportion", "total", "multiple", "association", "logistic", "compare")) {
    made <- c(made, list(coef = unname(coef(x)), confint = unname(confint(x))))
  }
  made
}

all_seen <- function(results) Map(seen, results, names(results))

differences <- function(got, harmless, names) {
  wrong <- Map(function(x, y) {
    if (is.data.frame(x)) return(frame_differences(x, y, names))
    if (is.character(x)) return("lines"[!identical(gsub(" +", " ", gsub("`", "", x)), renamed(y, names))])
    "values"[!identical(x, y)]
  }, got, harmless)
  unlist(Map(function(what, which) paste(what, which)[seq_along(which)], names(wrong), wrong), use.names = FALSE)
}

# Rounds in which each of the names is one of four groups in turn; names that follow are those of the other columns.
rounds <- lapply(seq(1, length(reserved), 4), function(first) {
  stats::setNames(reserved[(first + seq_along(people) - 2) %% length(reserved) + 1], names(people))
})

test_that("results are the same under all names", {
  harmless <- all_seen(results_of(stats::setNames(nm = names(people))))
  for (names in rounds) {
    wrong <- Map(differences, all_seen(results_of(names)), harmless, MoreArgs = list(names = names))
    expect_identical(as.character(unlist(wrong)), character(), info = paste(names, collapse = " "))
  }
})

test_that("a group whose name is that of a column of results has a column of its own", {
  data <- stats::setNames(people, replace(names(people), 1:3, c("n", "group.n", "level")))
  d <- weeg_design(data)
  expect_identical(names(weeg_proportion(d, QA ~ n + level))[1:4], c("group.n", "group.level", "outcome", "level"))
  p <- weeg_proportion(d, QA ~ n + group.n)
  expect_identical(names(p)[1:3], c("group.group.n", "group.n", "outcome"))
  expect_identical(as.vector(tapply(p$n, p$group.n, sum)), as.double(table(data$group.n)))
  expect_identical(as.vector(tapply(p$n, p$group.group.n, sum)), as.double(table(data$n)))
  # a result can be taken apart, and is printed as such
  expect_match(format(p[p$group.n == "one", ])[1], "^QA by n and group.n")
  expect_s3_class(p[c("group.n", "estimate")], "data.frame", exact = TRUE)
})

test_that("releases are protected the same under all names", {
  skip_if_not_installed("lpSolve")
  release_of <- function(names) {
    data <- stats::setNames(people, names[base::names(people)])
    data[1, names[["QG"]]] <- NA
    f <- function(text) named_formula(text, names)
    d <- weeg_design(data, weights = f("~ QX"))
    weeg_protect(
      d, weeg_proportion(d, f("QA ~ QL + QG")), weeg_proportion(d, f("~ QA")), weeg_crosstab(d, f("QA ~ QL")),
      weeg_total(d, f("QA ~ QL")), weeg_test(d, f("QA ~ QL")), weeg_compare(d, f("QA ~ QL"), measures = "difference"),
      weeg_association(d, f("QA ~ QL")), weeg_multiple(d, f("QM + QN ~ QL + QG")), threshold = 6
    )
  }
  release <- function(names) {
    results <- release_of(names)
    all_seen(stats::setNames(results, c("proportion", "one", "crosstab", "total", "test", "compare", "association", "multiple")))
  }
  harmless <- release(stats::setNames(nm = names(people)))
  expect_gt(sum(is.na(harmless$crosstab$tidy$estimate)), 0)
  expect_gt(sum(!is.na(harmless$crosstab$tidy$estimate)), 0)
  for (names in rounds) {
    wrong <- Map(differences, release(names), harmless, MoreArgs = list(names = names))
    expect_identical(as.character(unlist(wrong)), character(), info = paste(names, collapse = " "))
  }
})

test_that("plots are the same under all names", {
  skip_if_not_installed("ggplot2")
  drawn <- function(names) {
    results <- results_of(names)[c("proportion", "several", "crosstab", "compare", "association", "multiple", "decompose",
                                   "standardise", "shrink", "funnel", "logistic", "loglinear")]
    results$compare <- results$compare[results$compare$measure == "difference", ]
    lapply(results, function(x) {
      built <- ggplot2::ggplot_build(ggplot2::autoplot(x))
      list(data = lapply(built$data, function(layer) layer[setdiff(names(layer), "label")]), layout = dim(built$layout$layout))
    })
  }
  harmless <- drawn(stats::setNames(nm = names(people)))
  # names of columns that plots make, and some of results
  for (names in rounds[c(1, 4, 15, 16)]) {
    got <- drawn(names)
    same <- mapply(function(x, y) isTRUE(all.equal(x, y, tolerance = 1e-10)), got, harmless)
    expect_identical(base::names(got)[!same], character(), info = paste(names, collapse = " "))
  }
})

test_that("reports are the same under all names", {
  skip_if_not_installed("lpSolve")
  # names of columns, and of roles and words in a report; the text of questions is their own
  report_of <- function(names) {
    role <- c(QA = "outcome ordered", QM = "outcome", QG = "group", QH = "area", QI = "background covariate", QW = "round",
              QJ = "question", QX = "weight", QC = "cluster", QL = "stratum")
    book <- data.frame(variable = unname(names[base::names(role)]), role = role, code = "",
                       en = paste("Text of", base::names(role)))
    several <- data.frame(variable = c("several", "", ""), role = c("multiple", "", ""), code = c("", unname(names["QN"]), "Q2"),
                          en = c("Text of several", "one thing", "another"))
    data <- cbind(stats::setNames(people, names[base::names(people)]), Q2 = rev(people$QN))
    study <- weeg_study(data, rbind(book, several))
    national <- lapply(list(10, NULL), function(threshold) {
      lapply(national_sections, function(section) format(weeg_section(study, section, "en", threshold), width = 200))
    })
    r <- municipal_base(study, "en", as.Date("2026-05-04"))
    # the variable with the weights is the one that a report names
    sub(paste0("weights ", names["QX"], ","), "weights QX,", fixed = TRUE,
        c(unlist(national), blocks_html(municipal_sections(r, "one"), r, new.env())))
  }
  harmless <- report_of(stats::setNames(nm = names(people)))
  for (names in rounds[c(1, 3, 9, 21)]) {
    expect_identical(report_of(names), harmless, info = paste(names, collapse = " "))
  }
})
