# Multiple-response sets in books: as questions, every figure is that of weeg_multiple(), which has tests of its own, and
# letters are those of package survey; columns that overlap are domains, compared as survey's linearised differences are.

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
items <- c("knelpunt_banen", "knelpunt_leeftijd", "knelpunt_schulden", "knelpunt_werkdruk")
barriers <- stats::reformulate(items)

figures <- c("estimate", "std.error", "conf.low", "conf.high", "n", "n.base", "n.weighted", "n.effective", "deff", "df", "reason",
             "reliability", "reliability.reason")

# A set as a question against weeg_multiple(), by each variable.
expect_items <- function(book, name, x, formula, ...) {
  for (by in unique(book$columns$banner)) {
    asked <- if (nzchar(by)) stats::as.formula(paste(deparse1(formula[[2L]]), "~", by)) else formula
    made <- weeg_multiple(x, asked, ...)
    want <- as.data.frame(made)
    got <- book$cells[book$cells$outcome == name & book$cells$banner == by & book$cells$statistic == "item", ]
    expect_identical(got$level, as.character(want$level), info = by)
    if (nzchar(by)) expect_identical(got$column, as.character(want[[by]]), info = by)
    for (figure in intersect(figures, names(want))) expect_equal(got[[figure]], want[[figure]], tolerance = 1e-11, info = figure)
    expect_true(all(c("estimate", "std.error", "conf.low", "n.base", "df", "reason") %in% names(want)))
    if (!nzchar(by)) next
    test <- as.list(utils::tail(as.data.frame(weeg_item_tests(made)), 1L))
    got <- as.list(book$tests[book$tests$outcome == name & book$tests$banner == by, ])
    shared <- c("method", "statistic", "num.df", "den.df", "p.value", "n", "df", "reason")
    expect_equal(got[shared], test[shared], tolerance = 1e-11, info = by)
  }
}

test_that("the items of a set are those of weeg_multiple(), with the test of all items", {
  book <- weeg_book(d, ~ strengths + barriers + leeftijd, ~ ronde + provider, sets = list(barriers = barriers))
  expect_items(book, "barriers", d, barriers)
  expect_identical(book$questions$statistic, c("share", "item", "mean"))
  # all else is what it was without
  expect_identical(book[c("strengths", "leeftijd")]$cells, weeg_book(d, ~ strengths + leeftijd, ~ ronde + provider)$cells)
  # Kish's base, of those who answered all items
  known <- stats::complete.cases(openvoorwerk[items])
  w <- openvoorwerk$gewicht[known]
  by <- split(w, openvoorwerk$provider[known])
  cells <- book$cells[book$cells$outcome == "barriers", ]
  got <- cells[cells$banner == "provider" & cells$level == cells$level[1L], ]
  expect_equal(got$base.weighted, unname(vapply(by, sum, 0))[match(got$column, names(by))], tolerance = 1e-12)
  expect_equal(got$base.effective, unname(vapply(by, function(w) sum(w)^2 / sum(w^2), 0))[match(got$column, names(by))],
               tolerance = 1e-12)
  expect_match(format(book), "several answers possible", all = FALSE)
  # other designs, conventions and rules
  for (x in list(weeg_design(openvoorwerk),
                 weeg_design(openvoorwerk, weights = ~gewicht, cluster = ~gemeente, conventions = "sas"),
                 weeg_rake(d, list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5))), weeg_replicates(d, type = "jkn"),
                 weeg_tally(d, stats::reformulate(c(items, "provider"))))) {
    expect_items(weeg_book(x, ~barriers, ~provider, sets = list(barriers = barriers)), "barriers", x, barriers)
  }
  data <- openvoorwerk
  data$knelpunt_banen[1:300] <- NA
  data$provider[100:200] <- NA
  x <- weeg_design(data, weights = ~gewicht, cluster = ~gemeente)
  for (rule in c("domain", "omit")) {
    expect_items(weeg_book(x, ~barriers, ~provider, sets = list(barriers = barriers), missing = rule), "barriers", x, barriers,
                 missing = rule)
  }
  # missing groups are columns, missing answers are none
  book <- weeg_book(x, ~barriers, ~provider, sets = list(barriers = barriers), missing = "level")
  known <- stats::complete.cases(data[items])
  none <- book$cells[book$cells$column == "(missing)", ]
  expect_identical(unique(none$n.base), as.double(sum(known & is.na(data$provider))))
  expect_identical(book$questions$n, as.double(sum(known)))
  # filters, and expressions as items
  y <- subset(x, leeftijd > 40)
  expect_items(weeg_book(x, ~barriers, ~provider, sets = list(barriers = barriers), filters = list(barriers = ~ leeftijd > 40)),
               "barriers", y, barriers)
})

test_that("sets have the codings of weeg_multiple()", {
  set.seed(5)
  n <- 300
  data <- data.frame(a = sample(c("Y", NA), n, TRUE), b = sample(c("Y", "N"), n, TRUE), g = sample(c("x", "y"), n, TRUE),
                     one = sample(c("tv", "radio", NA), n, TRUE), text = sample(c("tv; web", "web", "radio", NA), n, TRUE))
  data$two <- ifelse(is.na(data$one), NA, sample(c("web", "tv", NA), n, TRUE))
  x <- weeg_design(data)
  book <- weeg_book(x, ~ yes + first + joined, ~g, sets = list(
    yes = list(~ a + b, yes = "Y", unnamed = "blank", labels = c(a = "Television")),
    first = list(~ one + two, coding = "categories"), joined = list(~text, separator = ";")
  ))
  expect_items(book["yes"], "yes", x, ~ a + b, yes = "Y", unnamed = "blank", labels = c(a = "Television"))
  expect_items(book["first"], "first", x, ~ one + two, coding = "categories")
  expect_items(book["joined"], "joined", x, ~text, separator = ";")
})

test_that("a set of an SPSS file is a question, and a variable of the banner, by its name", {
  path <- testthat::test_path("..", "reference", "sav", "mrsets.sav")
  skip_if_not(file.exists(path), "tests/reference is not there: tests run outside the sources")
  skip_if(inherits(try(weeg_design(path), silent = TRUE), "try-error"), "built without ReadStat")
  x <- weeg_design(path)
  book <- weeg_book(x, ~colours, ~media, sets = list(media = list(~media, unnamed = "blank")))
  expect_identical(book$columns$column, c("Total", "Watches television", "Bought a television", "radio"))
  total <- as.data.frame(weeg_multiple(x, ~colours))
  expect_identical(book$cells$estimate[book$cells$banner == ""], total$estimate)
})

test_that("a set of a table in a database is that of the rows", {
  skip_if_not_installed("RSQLite")
  set.seed(6)
  n <- 500
  data <- data.frame(w = stats::runif(n, 0.5, 3), psu = rep(1:25, 20), a = sample(c("Y", "N", NA), n, TRUE, c(4, 4, 1)),
                     b = sample(c("Y", "N"), n, TRUE), q = sample(c("p", "q", NA), n, TRUE), y = sample(1:9, n, TRUE),
                     g = sample(c("x", "y", "z"), n, TRUE))
  con <- local_table(data)
  local <- weeg_design(data, weights = ~w, cluster = ~psu)
  there <- weeg_design(con, "interviews", weights = ~w, cluster = ~psu)
  made <- function(x) {
    weeg_book(x, ~ set + q + y, ~ g + other, sets = list(set = list(~ a + b, yes = "Y"), other = list(~ b + a, yes = "Y")))
  }
  got <- made(there)
  want <- made(local)
  expect_identical(got$questions$statistic, c("item", "share", "mean"))
  expect_equal(got$tests$p.value, want$tests$p.value, tolerance = 1e-10)
  for (figure in c("estimate", "std.error", "base.weighted")) {
    expect_equal(got$cells[[figure]], want$cells[[figure]], tolerance = 1e-12, info = figure)
  }
  expect_equal(got$cells$base.effective, want$cells$base.effective, tolerance = 1e-12)
})

# Random designs, where answers depend on what is named.
set_sample <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  psus <- 12L + 2L * sample(0:10, 1L)
  n <- psus * sample(15:40, 1L)
  psu <- rep(seq_len(psus), length.out = n)
  data <- data.frame(psu = psu, stratum = psu %% 2L, w = stats::rlnorm(n, 0, 0.5), g = factor(sample(c("x", "y", "z"), n, TRUE)))
  count <- sample(2:4, 1L)
  for (i in seq_len(count)) data[[paste0("m", i)]] <- stats::runif(n) < 0.2 + 0.15 * i + 0.2 * (data$g == "x")
  if (seed %% 2L == 0L) data$m1[stats::runif(n) < 0.1] <- NA
  levels <- sample(2:4, 1L)
  score <- outer((data$m1 %in% TRUE) - data$m2, seq_len(levels)) * stats::runif(1L, 0, 2) + matrix(stats::rlogis(n * levels), n)
  data$q <- factor(letters[max.col(score)], letters[seq_len(levels)])
  data$q[stats::runif(n) < 0.05] <- NA
  data$y <- stats::rnorm(n) + 0.5 * (data$m1 %in% TRUE) + stats::rnorm(psus, 0, 0.2)[psu]
  list(data = data, items = paste0("m", seq_len(count)))
}

# Differences of a figure between pairs of domains, which may overlap, with survey's standard error of their linearised values,
# and t with the PSUs minus strata of rows in either. x: a value of each row, NA for those that are not in the base.
survey_differences <- function(s, x, domains) {
  w <- stats::weights(s)
  pairs <- utils::combn(ncol(domains), 2L)
  t(apply(pairs, 2L, function(pair) {
    deviation <- function(k) {
      use <- domains[, k] & !is.na(x)
      mean <- sum((w * x)[use]) / sum(w[use])
      list(mean = mean, z = ifelse(use, (x - mean) / sum(w[use]), 0))
    }
    a <- deviation(pair[1L])
    b <- deviation(pair[2L])
    s$variables$..z <- a$z - b$z
    se <- as.numeric(survey::SE(survey::svytotal(~..z, s)))
    df <- survey::degf(s[domains[, pair[1L]] | domains[, pair[2L]], ])
    c(first = pair[1L], second = pair[2L], estimate = a$mean - b$mean, se = se, p = 2 * stats::pt(-abs(a$mean - b$mean) / se, df))
  }))
}

# Letters of a table of columns, of differences of each answer.
letters_of <- function(differences, p, answer, columns, answers) {
  letters <- matrix("", answers, columns)
  for (loser in seq_len(columns)) for (k in which(p < 0.05)) {
    up <- differences[k, "estimate"] > 0
    of <- differences[k, c("first", "second")]
    if (of[[if (up) 2L else 1L]] != loser) next
    winner <- of[[if (up) 1L else 2L]]
    letters[answer[k], winner] <- paste0(letters[answer[k], winner], LETTERS[loser])
  }
  as.vector(letters)
}

test_that("letters of columns that overlap, and of items, are those of survey's linearised differences, on random designs", {
  skip_if_not_installed("survey")
  seen <- c(share = 0, item = 0, mean = 0)
  for (seed in 1:20) {
    made <- set_sample(seed)
    data <- made$data
    x <- weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = "nchs")
    s <- survey::svydesign(~psu, strata = ~stratum, weights = ~w, data = data, nest = TRUE)
    adjust <- c("holm", "none", "BH", "bonferroni")[seed %% 4L + 1L]
    book <- weeg_book(x, ~ q + y + set, ~ g + by, adjust = adjust,
                      sets = list(set = stats::reformulate(made$items), by = stats::reformulate(made$items)))
    known <- stats::complete.cases(data[made$items])
    over <- vapply(made$items, function(item) known & data[[item]] %in% TRUE, logical(nrow(data)))
    apart <- vapply(levels(data$g), function(level) data$g == level, logical(nrow(data)))
    values <- list(q = lapply(levels(data$q), function(level) as.numeric(data$q == level)), y = list(data$y),
                   set = lapply(made$items, function(item) ifelse(known, as.numeric(data[[item]]), NA)))
    for (by in c("g", "by")) for (question in names(values)) {
      if (question == "set" && by == "by") next # who is in the column of an item names it: no variance
      domains <- if (by == "by") over else apart
      all <- lapply(values[[question]], function(v) survey_differences(s, v, domains))
      answer <- rep(seq_along(all), vapply(all, nrow, 0L))
      all <- do.call(rbind, all)
      # with two answers, the second is the first one's complement
      once <- question != "q" | length(values$q) > 2L
      p <- if (once) stats::p.adjust(all[, "p"], adjust) else {
        rep(stats::p.adjust(all[answer == 1L, "p"], adjust), length(unique(answer)))
      }
      mine <- function(rows) rows[rows$outcome == question & rows$banner == by, ]
      got <- mine(book$comparisons)
      order <- order(all[, "first"], all[, "second"], answer)
      expect_equal(got$estimate, unname(all[order, "estimate"]), tolerance = 1e-9, info = paste(seed, by, question))
      expect_equal(got$std.error, unname(all[order, "se"]), tolerance = 1e-9, info = paste(seed, by, question))
      expect_equal(got$p.adjusted, unname(p[order]), tolerance = 1e-8, info = paste(seed, by, question))
      want <- letters_of(all, p, answer, ncol(domains), length(values[[question]]))
      expect_identical(mine(book$cells)$higher, want, info = paste(seed, by, question))
      kind <- c(q = "share", y = "mean", set = "item")[[question]]
      seen[kind] <- seen[kind] + sum(nzchar(want))
    }
  }
  expect_true(all(seen > 10))
})

test_that("columns that overlap are the domains of those who name an item", {
  book <- weeg_book(d, ~ strengths + leeftijd + others, ~ ronde + barriers,
                    sets = list(barriers = barriers, others = ~ knelpunt_schaamte + knelpunt_ervaring),
                    answers = list("top 2" = c("grotendeels", "helemaal")))
  labels <- vapply(items, function(item) attr(openvoorwerk[[item]], "label"), "")
  expect_identical(book$columns$column[book$columns$banner == "barriers"], unname(labels))
  expect_identical(book$columns$letter[book$columns$banner == "barriers"], LETTERS[1:4])
  all <- do.call(subset, list(d, Reduce(function(a, b) call("&", a, b), lapply(items, function(item) {
    call("!", call("is.na", as.name(item)))
  }))))
  for (k in seq_along(items)) {
    x <- do.call(subset, list(all, as.name(items[k])))
    same <- function(name, want) {
      got <- book$cells[book$cells$outcome == name & book$cells$column == labels[k], ]
      for (figure in intersect(figures, names(want))) {
        expect_equal(got[[figure]], want[[figure]], tolerance = 1e-11, info = figure)
      }
      got
    }
    net <- weeg_proportion(x, ~strengths, answers = list("top 2" = c("grotendeels", "helemaal")))
    got <- same("strengths", rbind(as.data.frame(weeg_proportion(x, ~strengths)), as.data.frame(net)))
    use <- stats::complete.cases(openvoorwerk[c(items, "strengths")]) & openvoorwerk[[items[k]]]
    w <- openvoorwerk$gewicht[use]
    expect_equal(unique(got$base.effective), sum(w)^2 / sum(w^2), tolerance = 1e-12)
    same("leeftijd", as.data.frame(weeg_mean(x, ~leeftijd)))
    same("others", as.data.frame(weeg_multiple(x, ~ knelpunt_schaamte + knelpunt_ervaring)))
  }
  mine <- book$tests[book$tests$banner == "barriers", ]
  expect_identical(unique(weeg_reason_code(mine$reason)), "overlapping")
  expect_true(all(is.na(mine$p.value)))
  said <- "Columns of barriers overlap, which the letters account for."
  expect_match(paste(format(book, width = 500), collapse = " "), said, fixed = TRUE)
  expect_no_match(attr(book, "conventions")[["test"]], "NA")
  # a net of items: those who name any
  net <- weeg_book(d, ~barriers, ~ronde, sets = list(barriers = barriers), answers = list(money = unname(labels[c(1L, 3L)])))
  rows <- net$cells[net$cells$statistic == "net", ]
  any <- weeg_proportion(all, I(knelpunt_banen | knelpunt_schulden) ~ ronde)
  expect_equal(rows$estimate[rows$banner == "ronde"], any$estimate[any$level == "TRUE"], tolerance = 1e-12)
  expect_equal(rows$std.error[rows$banner == "ronde"], any$std.error[any$level == "TRUE"], tolerance = 1e-12)
})

test_that("books with sets go into files", {
  book <- weeg_book(d, ~ strengths + barriers, ~ ronde + by, sets = list(barriers = barriers, by = barriers))
  for (kind in c("html", "md", "csv", "tex", if (requireNamespace("openxlsx", quietly = TRUE)) "xlsx")) {
    path <- withr::local_tempfile(fileext = paste0(".", kind))
    weeg_save(book, path)
    expect_gt(file.size(path), 1000)
    if (kind == "xlsx") {
      sheet <- openxlsx::readWorkbook(path, "barriers", colNames = FALSE, skipEmptyRows = FALSE, skipEmptyCols = FALSE)
      shares <- as.numeric(sheet[7L + 2L * (seq_along(items) - 1L), 2L])
      expect_equal(shares, book$cells$estimate[book$cells$outcome == "barriers" & book$cells$banner == ""], tolerance = 1e-12)
    }
  }
})

test_that("sets that are given wrongly are refused", {
  said <- function(code, class, text) expect_error(code, text, class = paste0("weeg_error_", class), fixed = TRUE)
  made <- function(sets) weeg_book(d, ~barriers, ~ronde, sets = sets)
  said(made(barriers), "argument", "`sets` must be items by question: list(media = ~ tv + radio)")
  said(made(list(barriers)), "argument", "`sets` must be items by question")
  said(made(list(barriers = y ~ x)), "argument", "`sets` must be items by question")
  said(made(list(barriers = list(barriers, base = "any"))), "argument", "`sets` must be items by question")
  said(made(list(barriers = barriers, barriers = barriers)), "argument", "`sets` has barriers twice")
  said(made(list(barrier = barriers)), "argument", "`sets` has barrier, which is neither in `rows` nor in `columns`")
  said(weeg_book(d, ~strengths, ~ronde, sets = list(strengths = barriers)), "argument", "which is a variable of the data, too")
  said(made(list(barriers = ~ strengths + growth)), "variable", "strengths is not an item")
  said(made(list(barriers = ~ nothing)), "variable", "there is no variable `nothing`")
})
