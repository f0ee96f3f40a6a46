# Books of tables: every figure is that of the verb for one table; letters against package survey; files read back.

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
book <- weeg_book(d, ~ strengths + relapse + leeftijd, ~ provider + ronde, filters = list(relapse = ~ provider != "werkplein"))

plain <- function(rows) lapply(as.list(as.data.frame(rows)), function(x) if (is.factor(x)) as.character(x) else x)

# A book against the verbs, table by table: `design` of each question.
expect_verbs <- function(book, design, ...) {
  for (k in seq_len(nrow(book$questions))) {
    name <- book$questions$outcome[k]
    share <- book$questions$statistic[k] == "share"
    verb <- if (share) weeg_proportion else weeg_mean
    x <- design(name)
    for (by in unique(book$columns$banner)) {
      formula <- stats::as.formula(paste(if (nzchar(by)) name, "~", if (nzchar(by)) by else name))
      want <- plain(verb(x, formula, ...))
      got <- book$cells[book$cells$outcome == name & book$cells$banner == by, ]
      shared <- setdiff(intersect(names(got), names(want)), c("outcome", by))
      expect_identical(as.list(got[shared]), want[shared], info = paste(name, by))
      expect_true(all(c("estimate", "std.error", "conf.low", "conf.high", "n", "df", "reason") %in% shared))
      if (nzchar(by)) expect_identical(got$column, want[[by]], info = paste(name, by))
      if (!nzchar(by)) next
      test <- plain(if (share) weeg_test(x, formula, ...) else weeg_test(x, formula, method = "mean", ...))
      got_test <- book$tests[book$tests$outcome == name & book$tests$banner == by, ]
      expect_identical(as.list(got_test[names(test)]), test, info = paste(name, by))
      if (length(unique(got$column)) > 26L) next
      compared <- plain(weeg_compare(x, formula, measures = if (share) "difference" else "mean-difference", ...))
      got_pairs <- book$comparisons[book$comparisons$outcome == name & book$comparisons$banner == by, ]
      expect_identical(as.list(got_pairs[names(compared)]), compared, info = paste(name, by))
    }
  }
}

test_that("every figure is that of the verb for one table", {
  expect_verbs(book, function(name) if (name == "relapse") subset(d, provider != "werkplein") else d)
  expect_identical(book$questions$filter, c(NA, "provider != \"werkplein\"", NA))
  expect_identical(book$questions$statistic, c("share", "share", "mean"))
  expect_identical(book$columns$letter, c(NA, LETTERS[1:5], LETTERS[1:2]))
})

test_that("figures are the verbs' under other conventions, missing rules, weights, calibration and replicates", {
  set.seed(2)
  data <- openvoorwerk
  data$strengths[sample(nrow(data), 200)] <- NA
  data$provider[sample(nrow(data), 100)] <- NA
  x <- weeg_design(data, weights = ~gewicht, cluster = ~gemeente, conventions = "sas")
  expect_verbs(weeg_book(x, ~strengths, ~ provider + ronde), function(name) x)
  expect_verbs(weeg_book(x, ~strengths, ~ provider + ronde, missing = "level"), function(name) x, missing = "level")
  same <- list(
    unweighted = weeg_design(data), elements = weeg_design(data, weights = ~gewicht),
    raked = weeg_rake(d, list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5))),
    replicates = weeg_replicates(d, type = "jkn"), tally = weeg_tally(d, ~ strengths + provider + ronde)
  )
  for (x in same) expect_verbs(weeg_book(x, ~strengths, ~ provider + ronde), function(name) x)
  x <- weeg_design(data)
  expect_identical(weeg_book(x, ~ I(leeftijd < 30) + strengths, ~ ronde)$cells$base.effective,
                   weeg_book(x, ~ I(leeftijd < 30) + strengths, ~ ronde)$cells$n.base)
})

test_that("nets are those of the verbs", {
  nets <- list("top 2" = c("grotendeels", "helemaal"), "bottom 2" = c("niet", "een beetje"))
  b <- weeg_book(d, ~ strengths + relapse + leeftijd, ~ provider + ronde, answers = nets)
  answers <- c(list(NULL), nets)
  expect_identical(sort(unique(b$cells$level[b$cells$statistic == "net"])), sort(names(nets)))
  expect_identical(unique(b$cells$outcome[b$cells$statistic == "net"]), "strengths")
  for (by in c("provider", "ronde")) {
    formula <- stats::reformulate(by, "strengths")
    want <- plain(weeg_proportion(d, formula, answers = answers))
    got <- b$cells[b$cells$outcome == "strengths" & b$cells$banner == by, ]
    shared <- setdiff(intersect(names(got), names(want)), by)
    expect_identical(as.list(got[shared]), want[shared])
    pairs <- plain(weeg_compare(d, formula, answers = answers, measures = "difference"))
    got_pairs <- b$comparisons[b$comparisons$outcome == "strengths" & b$comparisons$banner == by, ]
    expect_identical(as.list(got_pairs[names(pairs)]), pairs)
    # the letters are those of the adjusted p-values
    for (k in seq_len(nrow(got))) {
      mine <- got_pairs[got_pairs$level == got$level[k] & !is.na(got_pairs$p.adjusted) & got_pairs$p.adjusted < 0.05, ]
      lower <- c(mine$group2[mine$group1 == got$column[k] & mine$estimate > 0],
                 mine$group1[mine$group2 == got$column[k] & mine$estimate < 0])
      letters <- sort(b$columns$letter[b$columns$banner == by & b$columns$column %in% lower])
      expect_identical(got$higher[k], paste(letters, collapse = ""))
    }
  }
  expect_identical(b$tests, weeg_book(d, ~ strengths + relapse + leeftijd, ~ provider + ronde)$tests)
  expect_match(format(b), "top 2: grotendeels + helemaal.", fixed = TRUE, all = FALSE)
  expect_error(weeg_book(d, ~relapse, ~ronde, answers = nets), "no question has all answers of the net \"top 2\"", fixed = TRUE)
})

test_that("the effective base is Kish's", {
  w <- openvoorwerk$gewicht
  known <- !is.na(openvoorwerk$strengths)
  for (by in c("", "provider", "ronde")) {
    group <- if (nzchar(by)) openvoorwerk[[by]] else factor(rep("Total", length(w)))
    cells <- book$cells[book$cells$outcome == "strengths" & book$cells$banner == by, ]
    sums <- tapply(w[known], group[known], sum)
    squares <- tapply(w[known]^2, group[known], sum)
    expect_equal(cells$base.weighted, as.vector(sums[cells$column]), tolerance = 1e-13)
    expect_equal(cells$base.effective, as.vector((sums^2 / squares)[cells$column]), tolerance = 1e-13)
  }
  ages <- openvoorwerk$leeftijd
  total <- book$cells[book$cells$outcome == "leeftijd" & book$cells$banner == "", ]
  expect_equal(total$base.effective, sum(w[!is.na(ages)])^2 / sum(w[!is.na(ages)]^2), tolerance = 1e-13)
})

test_that("coefficients of variation are those of package survey", {
  skip_if_not_installed("survey")
  sv <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = openvoorwerk)
  for (at in c("", levels(openvoorwerk$ronde))) {
    one <- if (nzchar(at)) subset(sv, ronde == at) else sv
    column <- if (nzchar(at)) at else "Total"
    cv <- function(outcome) book$cells$cv[book$cells$outcome == outcome & book$cells$column == column]
    of <- function(outcome) as.vector(survey::cv(survey::svymean(stats::reformulate(outcome), one, na.rm = TRUE)))
    expect_equal(cv("strengths"), of("strengths"), tolerance = 1e-10)
    expect_equal(cv("leeftijd"), of("leeftijd"), tolerance = 1e-10)
  }
  none <- weeg_book(weeg_design(data.frame(q = factor(rep("a", 9), c("a", "b")), g = gl(2, 4, 9))), ~q, ~g)$cells
  expect_identical(none$cv, ifelse(none$level == "a", 0, NA))
})

# A sample of clusters, with questions of 2 to 4 answers and variables of 2 to 4 levels.
book_sample <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  strata <- sample(1:4, 1L)
  psus <- strata * sample(8:15, 1L)
  n <- psus * sample(10:30, 1L)
  psu <- c(seq_len(psus), sample.int(psus, n - psus, replace = TRUE))
  data <- data.frame(psu = psu, stratum = (psu - 1L) %% strata, w = stats::rlnorm(n, 0, 0.5))
  draw <- function(levels, effect) {
    score <- outer(stats::rnorm(psus, 0, 0.4)[psu], seq_len(levels)) + effect + matrix(stats::rlogis(n * levels), n)
    answer <- max.col(score)
    answer[stats::runif(n) < 0.05] <- NA
    factor(letters[answer], letters[seq_len(levels)])
  }
  data$g <- draw(sample(2:4, 1L), 0)
  data$h <- draw(2L, 0)
  for (q in c("q1", "q2")) {
    levels <- sample(2:4, 1L)
    g <- ifelse(is.na(data$g), 0, as.integer(data$g))
    data[[q]] <- draw(levels, outer(g, seq_len(levels)) * stats::runif(1L, 0, 1))
  }
  data$y <- stats::rnorm(n, g * stats::runif(1L, 0, 0.5)) + stats::rnorm(psus, 0, 0.2)[psu]
  data$y[stats::runif(n) < 0.05] <- NA
  data
}

# The letters of one table, by survey: differences of domain means with their covariance, t with PSUs minus strata of both
# groups' rows, p-values adjusted within the table; where two groups have only two answers, these are one hypothesis.
survey_letters <- function(s, question, by, adjust) {
  levels <- levels(s$variables[[question]])
  groups <- levels(s$variables[[by]])
  means <- survey::svyby(stats::reformulate(question), stats::reformulate(by), s, survey::svymean, covmat = TRUE, na.rm = TRUE)
  names <- names(stats::coef(means))
  pairs <- utils::combn(seq_along(groups), 2L)
  shares <- matrix(stats::coef(means), length(groups))
  found <- do.call(rbind, lapply(seq_len(ncol(pairs)), function(k) do.call(rbind, lapply(seq_along(levels), function(l) {
    weight <- numeric(length(names))
    weight[match(paste0(groups[pairs[, k]], ":", question, levels[l]), names)] <- c(1, -1)
    contrast <- survey::svycontrast(means, weight)
    df <- survey::degf(s[s$variables[[by]] %in% groups[pairs[, k]], ])
    t <- stats::coef(contrast)[[1L]] / survey::SE(contrast)[[1L]]
    data.frame(a = pairs[1L, k], b = pairs[2L, k], level = l, up = t > 0, p = 2 * stats::pt(-abs(t), df))
  }))))
  of <- vapply(seq_len(nrow(found)), function(k) {
    given <- which(colSums(shares[c(found$a[k], found$b[k]), ]) > 0)
    if (length(given) == 2L && found$level[k] == given[2L]) k - given[2L] + given[1L] else k
  }, 0)
  found$adjusted <- stats::p.adjust(ifelse(of == seq_along(of), found$p, NA), adjust)[of]
  letters <- matrix("", length(levels), length(groups))
  for (b in seq_along(groups)) for (k in which(found$adjusted < 0.05)) {
    higher <- if (found$up[k]) found$a[k] else found$b[k]
    lower <- if (found$up[k]) found$b[k] else found$a[k]
    if (lower == b) letters[found$level[k], higher] <- paste0(letters[found$level[k], higher], LETTERS[b])
  }
  list(letters = as.vector(letters), p = found$adjusted)
}

# The same of means, of which there is one "answer".
survey_mean_letters <- function(s, by, adjust) {
  groups <- levels(s$variables[[by]])
  known <- s[!is.na(s$variables$y), ]
  means <- survey::svyby(~y, stats::reformulate(by), known, survey::svymean, covmat = TRUE)
  pairs <- utils::combn(seq_along(groups), 2L)
  found <- lapply(seq_len(ncol(pairs)), function(k) {
    contrast <- survey::svycontrast(means, replace(numeric(length(groups)), pairs[, k], c(1, -1)))
    c(stats::coef(contrast)[[1L]], survey::SE(contrast)[[1L]], survey::degf(s[s$variables[[by]] %in% groups[pairs[, k]], ]))
  })
  t <- vapply(found, function(x) x[1L] / x[2L], 0)
  p <- stats::p.adjust(2 * stats::pt(-abs(t), vapply(found, `[[`, 0, 3L)), adjust)
  letters <- character(length(groups))
  for (b in seq_along(groups)) for (k in which(p < 0.05)) {
    higher <- if (t[k] > 0) pairs[1L, k] else pairs[2L, k]
    if (b == setdiff(pairs[, k], higher)) letters[higher] <- paste0(letters[higher], LETTERS[b])
  }
  term <- survey::regTermTest(survey::svyglm(stats::reformulate(by, "y"), known), stats::reformulate(by))
  list(letters = letters, p = p, statistic = as.vector(term$Ftest))
}

test_that("letters are those that survey's differences and p.adjust() give, on random designs", {
  skip_if_not_installed("survey")
  seen <- means <- 0
  for (seed in 1:25) {
    data <- book_sample(seed)
    x <- weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = "nchs")
    s <- survey::svydesign(~psu, strata = ~stratum, weights = ~w, data = data, nest = TRUE)
    adjust <- c("holm", "none", "BH", "bonferroni", "hochberg")[seed %% 5L + 1L]
    got <- weeg_book(x, ~ q1 + q2 + y, ~ g + h, adjust = adjust)
    for (by in c("g", "h")) {
      want <- survey_mean_letters(s, by, adjust)
      mine <- function(rows) rows[rows$outcome == "y" & rows$banner == by, ]
      expect_equal(mine(got$comparisons)$p.adjusted, want$p, tolerance = 1e-8, info = paste(seed, by))
      expect_identical(mine(got$cells)$higher, want$letters, info = paste(seed, by))
      expect_equal(mine(got$tests)$statistic, want$statistic, tolerance = 1e-8, info = paste(seed, by))
      means <- means + sum(nzchar(want$letters))
    }
    for (question in c("q1", "q2")) for (by in c("g", "h")) {
      want <- survey_letters(s, question, by, adjust)
      cells <- got$cells[got$cells$outcome == question & got$cells$banner == by, ]
      pairs <- got$comparisons[got$comparisons$outcome == question & got$comparisons$banner == by, ]
      expect_equal(pairs$p.adjusted, want$p, tolerance = 1e-8, info = paste(seed, question, by))
      expect_identical(cells$higher, want$letters, info = paste(seed, question, by))
      seen <- seen + sum(nzchar(want$letters))
    }
  }
  expect_gt(seen, 40)
  expect_gt(means, 20)
})

test_that("a question without what a figure needs has a reason, and the book is there", {
  set.seed(3)
  n <- 600
  data <- data.frame(
    w = stats::runif(n, 0.5, 2), c = rep(1:60, each = 10), q = factor(sample(letters[1:3], n, TRUE)),
    g = factor(sample(c("x", "y"), n, TRUE)), many = factor(sample(500, n, TRUE), 1:500), constant = "one", nothing = NA,
    levelless = factor(rep(NA, n)), number = stats::rnorm(n), no.number = NA_real_, same.number = 3
  )
  x <- weeg_design(data, weights = ~w, cluster = ~c)
  b <- weeg_book(x, ~ constant + nothing + levelless + no.number + same.number, ~g)
  one <- b$cells[b$cells$outcome == "constant", ]
  expect_identical(one$estimate, c(1, 1, 1))
  expect_match(b$tests$reason[b$tests$outcome == "constant"], "fewer than two rows or columns")
  expect_true(all(is.na(b$cells$estimate[b$cells$outcome %in% c("nothing", "no.number")])))
  expect_identical(unique(b$cells$reason[b$cells$outcome == "nothing"]), "no observations")
  expect_identical(sum(b$cells$outcome == "levelless"), 0L)
  expect_identical(b$cells$std.error[b$cells$outcome == "same.number"], c(0, 0, 0))
  expect_match(format(b), "No answers.", fixed = TRUE, all = FALSE)
  # columns: one, none, 500
  expect_identical(weeg_book(x, ~q, ~constant)$cells$higher, rep(NA_character_, 6L))
  expect_identical(nrow(weeg_book(x, ~q, ~ constant + levelless)$columns), 2L)
  b <- weeg_book(x, ~q, ~ many + g)
  expect_identical(nrow(b$columns), 503L)
  expect_identical(unique(b$columns$letter[b$columns$banner == "many"]), NA_character_)
  expect_identical(unique(b$comparisons$banner), "g")
  expect_verbs(weeg_book(x, ~number, ~many), function(name) x)
  # no rows
  b <- weeg_book(subset(x, number > 100), ~ q + number, ~g)
  expect_true(all(is.na(b$cells$estimate)) && all(b$cells$n.base == 0))
  expect_identical(b$questions$n, c(0, 0))
  for (kind in c("html", "md", "csv")) expect_no_error(weeg_save(b, withr::local_tempfile(fileext = paste0(".", kind))))
})

test_that("what is asked wrongly is said", {
  said <- function(code, class, text) expect_error(code, text, class = paste0("weeg_error_", class), fixed = TRUE)
  said(weeg_book(d, ~strengths, ~strengths), "formula", "strengths is in `rows` and in `columns` at once")
  said(weeg_book(d, strengths ~ ronde, ~provider), "formula", "`rows` has one side")
  said(weeg_book(d, ~strength, ~provider), "variable", "there is no variable `strength` (in `rows`)")
  said(weeg_book(d, ~strengths, ~provide), "variable", "there is no variable `provide` (in `columns`)")
  said(weeg_book(d, ~strengths, ~ provider * ronde), "formula", "`*` in provider * ronde is not understood")
  said(weeg_book(d, ~strengths), "formula",
       "the variables of the banner as `columns`, ~ region + age.\n  weeg_book(data, ~ q1 + q2")
  said(weeg_book(d), "formula", "the questions must be given as `rows`")
  said(weeg_book(d, columns = ~ronde), "formula", "the questions must be given as `rows`")
  said(weeg_book(d, strengths ~ ronde), "formula", "Did you mean weeg_book(data, ~ strengths, ~ ronde)?")
  said(weeg_book(d, ~strengths, NULL), "formula", "the variables of the banner must be given as `columns`")
  for (wrong in list(quote(weeg_book(d, strengths ~ ronde)), quote(weeg_book(d, ~strengths)), quote(weeg_book(d)))) {
    expect_no_match(conditionMessage(tryCatch(eval(wrong), error = identity)), "is missing", fixed = TRUE)
  }
  said(weeg_book(d, ~strengths, ~ronde, filters = list(growth = ~ leeftijd > 30)), "argument", "growth, which is not in `rows`")
  said(weeg_book(d, ~strengths, ~ronde, filters = list(~ leeftijd > 30)), "argument", "`filters` must be conditions by question")
  said(weeg_book(d, ~strengths, ~ronde, adjust = "tukey"), "argument", "`adjust` must be one of")
  said(weeg_book(d, ~strengths, ~ronde, title = 1), "argument", "`title` must be one text")
  said(book["nothing"], "argument", "a book is cut by the names or numbers of its questions")
  said(book["strenghts"], "argument", "Did you mean strengths?\n  They are strengths")
  said(weeg_book(d, c("strengths", "relapse"), "ronde"), "formula", "not character.\n  Did you mean ~ strengths + relapse?")
  said(weeg_book(d, ~strengths, ~ronde, answers = list(top = c("niet", "helemal"))), "argument",
       "and none has \"helemal\".\n  Did you mean helemaal?\n  Answers are niet, een beetje, grotendeels, helemaal")
  said(weeg_book(d, ~ strengths + relapse, ~ronde, answers = list(top = c("helemaal", "voldoende"))), "argument",
       "Its answers are of different questions")
  said(weeg_mean(book, leeftijd ~ ronde), "argument", "give the design that it is of")
  changed <- book
  changed$cells$estimate <- 1
  said(as.data.frame(changed), "argument", "the result was changed after it was made")
})

test_that("a book is cut, tidied and printed", {
  part <- book[c("leeftijd", "strengths")]
  expect_identical(part$questions$outcome, c("leeftijd", "strengths"))
  expect_identical(part$cells$estimate[part$cells$outcome == "strengths"],
                   book$cells$estimate[book$cells$outcome == "strengths"])
  expect_identical(book[2:3]$questions$outcome, c("relapse", "leeftijd"))
  expect_identical(as.data.frame(book), book$cells)
  expect_identical(tidy(book), book$cells)
  expect_identical(glance(book)[1:2], data.frame(questions = 3L, columns = 8L))
  many <- weeg_book(d, ~ strengths + relapse + growth + ronde + vertrouwen + leeftijdsgroep, ~provider)
  expect_output(print(many), "1 more question: book[\"leeftijdsgroep\"]", fixed = TRUE)
})

test_that("long work has a bar, where it is asked for", {
  withr::local_options(weeg.progress = TRUE)
  expect_silent(weeg_book(d, ~strengths, ~ronde)) # which is not long
  step <- progress(2)
  environment(step)$begun <- -1e6
  said <- utils::capture.output(for (name in list("a", "b", NULL)) step(name), type = "message")
  expect_match(paste(said, collapse = ""), "100%", fixed = TRUE)
  withr::local_options(weeg.progress = FALSE)
  expect_identical(progress(2)("a"), NULL)
})

test_that("comparisons of nets are there, a grouped design is refused", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  top <- list("top 2" = c("grotendeels", "helemaal"))
  book <- weeg_book(d, ~strengths, ~provider, answers = top)
  found <- weeg_compare(d, strengths ~ provider, answers = c(list(NULL), top), measures = "difference")
  expect_identical(nrow(book$comparisons), nrow(found))
  expect_identical(book$comparisons$p.adjusted, found$p.adjusted)
  expect_identical(book$comparisons$level, as.character(found$level))
  expect_identical(glance(book)$comparisons, nrow(found))
  skip_if_not_installed("dplyr")
  expect_error(weeg_book(dplyr::group_by(d, ronde), ~strengths, ~provider), "grouped by ronde", class = "weeg_error")
})

test_that("a book of a table in a database is that of the rows: means of numbers, and Kish's effective bases", {
  skip_if_not_installed("RSQLite")
  set.seed(4)
  n <- 600
  data <- data.frame(
    w = stats::runif(n, 0.5, 3), psu = rep(1:40, each = 15), stratum = rep(c("a", "b"), each = n / 2), size = 90,
    q = sample(c("yes", "no", NA), n, TRUE), income = c(NA, round(stats::rlnorm(n - 1, 7), 2)),
    score = sample(c(1:5, NA), n, TRUE),
    region = sample(c("north", "south", "west"), n, TRUE)
  )
  con <- local_table(data)
  expect_bases <- function(book, w, rows) {
    for (name in book$questions$outcome) for (by in unique(book$columns$banner)) {
      cells <- book$cells[book$cells$outcome == name & book$cells$banner == by, ]
      known <- rows & !is.na(if (name == "I(score * 2)") data$score else data[[name]])
      group <- if (nzchar(by)) data[[by]] else rep("Total", n)
      kish <- tapply(w[known], group[known], function(w) sum(w)^2 / sum(w^2))
      expect_equal(cells$base.effective, as.vector(kish[cells$column]), tolerance = 1e-12)
    }
  }
  terms <- list(weights = list(weights = ~w), clusters = list(weights = ~w, strata = ~stratum, cluster = ~psu),
                fpc = list(strata = ~stratum, cluster = ~psu, fpc = ~size), none = list())
  for (name in names(terms)) {
    local <- do.call(weeg_design, c(list(data), terms[[name]]))
    there <- do.call(weeg_design, c(list(con, "interviews"), terms[[name]]))
    made <- function(x) weeg_book(x, ~ q + income + I(score * 2), ~region, filters = list(q = ~ score > 1))
    got <- made(there)
    want <- made(local)
    expect_identical(got$questions$statistic, c("share", "mean", "mean"))
    expect_identical(got$tests, want$tests)
    expect_identical(got$comparisons, want$comparisons)
    kept <- setdiff(names(got$cells), "base.effective")
    expect_identical(got$cells[kept], want$cells[kept])
    w <- if (is.null(terms[[name]]$weights)) rep(1, n) else data$w
    expect_bases(got["q"], w, !is.na(data$score) & data$score > 1)
    expect_bases(got[2:3], w, rep(TRUE, n))
    expect_bases(want[2:3], w, rep(TRUE, n))
  }
  # calibrated weights are those that count
  targets <- c(a = 300, b = 900)
  d <- weeg_design(con, "interviews", cluster = ~psu, strata = ~stratum)
  expect_bases(weeg_book(weeg_poststratify(d, ~stratum, targets), ~q, ~region), unname(targets[data$stratum]), rep(TRUE, n))
})

test_that("what is below a question is in its notes, and no more", {
  rows <- function(x) format(x, width = 200)
  expect_match(rows(book), "n eff.: Kish's effective base.", fixed = TRUE, all = FALSE)
  tally <- weeg_book(weeg_tally(d, ~ strengths + provider), ~strengths, ~provider)
  expect_no_match(rows(tally), "n eff.", fixed = TRUE)
  expect_match(rows(tally), "p: the test of the question by the variable.", fixed = TRUE, all = FALSE)
  # no letters, no test
  data <- transform(openvoorwerk, one = "all")
  alone <- weeg_book(weeg_tally(weeg_design(data), ~ strengths + one), ~strengths, ~one)
  expect_no_match(rows(alone[1]), "n eff.", fixed = TRUE)
})
