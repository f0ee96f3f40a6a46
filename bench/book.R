# A book of 40 questions by 6 variables against two loops over package survey, whose figures are compared with the book's first,
# and it stops where they differ:
#   lean: shares of answers in each column with standard errors and limits (Wald), a test of each question by each variable (Rao
#     and Scott's, second order), and all pairs of columns compared with their covariance, p-values adjusted by Holm's method;
#     all by Student's t with PSUs minus strata. It has no bases, design effects, letters or verdicts: the book has.
#     "times lean": its time by that of weeg_design() and weeg_book() with the conventions "nchs" and these limits.
#   full: what the book has at its defaults, so besides these rows, sums of weights and Kish's effective base of each column and
#     of the total, effective size and design effect of each share, its limits by Korn and Graubard (svyciprop), of which the
#     verdict of the NCHS is, and letters. "times full": its time by that of the same calls with formulas alone.
# Loops take 2 of the 40 questions (the full one, and of a million rows, 1), and their time is that of these by their number. Of a
# million rows there is no full one. weeg's times are the least of 6, the lean loop's the median of 3 in turn with them (of a
# million rows there is one), the full one's is of one.
# Rscript bench/book.R; five minutes. Rscript bench/book.R 5000 5: of so many rows, so many times.

suppressMessages({
  library(weeg)
  library(survey)
})

questions <- paste0("q", 1:40)
variables <- paste0("b", 1:6)

make <- function(rows) {
  set.seed(rows)
  psu <- c(seq_len(200L), sample.int(200L, rows - 200L, TRUE))
  data <- data.frame(psu = psu, stratum = (psu - 1L) %% 10L, w = stats::rlnorm(rows, 0, 0.5))
  draw <- function(levels) factor(letters[sample.int(levels, rows, TRUE)], letters[seq_len(levels)])
  for (k in 1:6) data[[variables[k]]] <- draw(c(2, 3, 4, 5, 6, 8)[k])
  for (k in 1:40) {
    answer <- draw(c(2, 4, 5, 5)[k %% 4 + 1])
    answer[stats::runif(rows) < 0.05] <- NA
    data[[questions[k]]] <- answer
  }
  data
}

# What survey has of one question by one variable; and of the question alone.
by_survey <- function(s, question, variable) {
  known <- s[!is.na(s$variables[[question]]), ]
  levels <- levels(s$variables[[question]])
  groups <- levels(s$variables[[variable]])
  of <- stats::reformulate(question)
  shares <- svyby(of, stats::reformulate(variable), known, svymean, covmat = TRUE)
  test <- svychisq(stats::reformulate(c(question, variable)), s)
  names <- names(coef(shares))
  pairs <- utils::combn(groups, 2L)
  p <- unlist(lapply(seq_len(ncol(pairs)), function(k) {
    contrasts <- lapply(levels, function(level) {
      replace(numeric(length(names)), match(paste0(pairs[, k], ":", question, level), names), c(1, -1))
    })
    difference <- svycontrast(shares, contrasts)
    in_pair <- s$variables[[variable]] %in% pairs[, k]
    df <- length(unique(s$variables$psu[in_pair])) - length(unique(s$variables$stratum[in_pair]))
    2 * stats::pt(-abs(coef(difference) / SE(difference)), df)
  }))
  list(estimate = matrix(coef(shares), length(groups)), std.error = as.matrix(as.data.frame(SE(shares))),
       limits = confint(shares, df = degf(s)), p.value = test$p.value[[1L]], p = p, p.adjusted = stats::p.adjust(p, "holm"))
}

total_by_survey <- function(s, question) {
  known <- s[!is.na(s$variables[[question]]), ]
  shares <- svymean(stats::reformulate(question), known)
  confint(shares, df = degf(s))
}

# ---- the rest of the book ----

# Of each answer in some rows, as columns of `cells`; s: a design of those in one column who answered.
rest_by_survey <- function(s, question, levels) {
  answer <- s$variables[[question]]
  w <- weights(s)
  shares <- svymean(stats::reformulate(question), s, deff = "replace")
  p <- unname(coef(shares))
  v <- unname(SE(shares)^2)
  limits <- vapply(levels, function(level) {
    confint(svyciprop(stats::as.formula(sprintf("~I(%s == '%s')", question, level)), s, method = "beta"))[1:2]
  }, c(0, 0))
  list(estimate = p, conf.low = limits[1L, ], conf.high = limits[2L, ], n = c(table(answer)), n.base = rep(length(w), length(p)),
       n.weighted = c(tapply(w, answer, sum)), base.weighted = rep(sum(w), length(p)),
       base.effective = rep(sum(w)^2 / sum(w^2), length(p)), n.effective = p * (1 - p) / v, deff = unname(deff(shares)),
       reliability = verdicts(p, p * (1 - p) / v, length(w), limits[2L, ] - limits[1L, ], degf(s)))
}

# The presentation standards for proportions of the National Center for Health Statistics.
verdicts <- function(p, effective, n, width, df) {
  suppressed <- pmin(effective, n) < 30 | width >= 0.3 | (width > 0.05 & width > 1.3 * p)
  ifelse(suppressed, "suppress", ifelse(df < 8, "review", "show"))
}

# Letters of the columns that each share, [answers, columns], is higher than.
letters_by_survey <- function(shares, p.adjusted) {
  answers <- nrow(shares)
  pairs <- utils::combn(ncol(shares), 2L)
  higher <- array("", dim(shares))
  for (k in seq_along(p.adjusted)) if (p.adjusted[k] < 0.05) {
    pair <- pairs[, (k - 1L) %/% answers + 1L]
    answer <- (k - 1L) %% answers + 1L
    if (shares[answer, pair[1L]] < shares[answer, pair[2L]]) pair <- rev(pair)
    higher[answer, pair[1L]] <- paste(sort(c(strsplit(higher[answer, pair[1L]], "")[[1L]], LETTERS[pair[2L]])), collapse = "")
  }
  higher
}

# All of a question: by variable ("": the total) what stands in the book.
all_by_survey <- function(s, question) {
  known <- s[!is.na(s$variables[[question]]), ]
  levels <- levels(s$variables[[question]])
  bind <- function(columns) do.call(Map, c(list(f = c), columns))
  by <- lapply(stats::setNames(nm = variables), function(variable) {
    found <- by_survey(s, question, variable)
    of <- known$variables[[variable]]
    cells <- bind(lapply(levels(of), function(group) rest_by_survey(known[of == group, ], question, levels)))
    c(cells, list(higher = c(letters_by_survey(t(found$estimate), found$p.adjusted))))
  })
  c(list(total = rest_by_survey(known, question, levels)), by)
}

# Limits of the book are of an effective size that is at most the number of rows, which in these data few are at, and by the PSUs
# of a column's rows, where svyciprop() has those with an answer: some 2 of 170 fewer, which changes limits by 2e-5 of themselves.
check_all <- function(book, s, question) {
  want <- all_by_survey(s, question)
  for (by in names(want)) {
    cells <- book$cells[book$cells$outcome == question & book$cells$banner == if (by == "total") "" else by, ]
    for (name in setdiff(names(want[[by]]), c("reliability", "higher", "conf.low", "conf.high"))) {
      same(name, cells[[name]], unname(want[[by]][[name]]))
    }
    free <- cells$n.effective < 0.95 * cells$n.base
    if (mean(free) < 0.5) stop("few limits can be compared")
    for (name in c("conf.low", "conf.high")) same(name, cells[[name]][free], unname(want[[by]][[name]])[free], 1e-4)
    if (!identical(cells$reliability[free], unname(want[[by]]$reliability)[free])) stop("verdicts differ")
    if (by != "total" && nlevels(s$variables[[question]]) > 2L && !identical(cells$higher, want[[by]]$higher)) {
      stop("letters differ")
    }
  }
}

same <- function(name, got, want, tolerance = 1e-9) {
  off <- max(abs(got - want) / pmax(abs(want), 1e-3))
  if (!is.finite(off) || off > tolerance) stop(name, " differ by ", format(off), ", relative")
}

# The same figures. Of yes/no questions survey's p-values are of twice as many hypotheses, and so not adjusted alike.
check <- function(book, s, question) {
  for (variable in variables) {
    want <- by_survey(s, question, variable)
    mine <- function(rows) rows[rows$outcome == question & rows$banner == variable, ]
    cells <- mine(book$cells)
    same("shares", matrix(cells$estimate, ncol = ncol(want$estimate), byrow = TRUE), want$estimate)
    same("standard errors", matrix(cells$std.error, ncol = ncol(want$estimate), byrow = TRUE), want$std.error)
    same("tests", mine(book$tests)$p.value, want$p.value, 1e-7)
    pairs <- mine(book$comparisons)
    same("p-values of pairs", pairs$p.value, want$p, 1e-7)
    if (ncol(want$estimate) > 2L) same("adjusted p-values", pairs$p.adjusted, want$p.adjusted, 1e-7)
  }
}

seconds <- function(code, runs) min(replicate(runs, system.time(code())[["elapsed"]]))

given <- as.numeric(commandArgs(TRUE))
sizes <- if (length(given) > 0L) rep(given[1L], c(given, 1)[2L]) else c(5000, 50000, 1e6)
cat(sprintf("%8s %10s %10s %10s %12s %12s %12s %12s\n", "rows", "weeg", "nchs", "defaults", "survey lean", "times lean",
            "survey full", "times full"))
for (rows in sizes) {
  data <- make(rows)
  design <- function(conventions) {
    weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = conventions)
  }
  book <- function(x, ...) weeg_book(x, stats::reformulate(questions), stats::reformulate(variables), ...)
  s <- svydesign(~psu, strata = ~stratum, weights = ~w, data = data, nest = TRUE)
  asked <- if (rows > 1e5) "q2" else c("q2", "q4")
  full <- rows <= 1e5
  made <- book(design("nchs"), interval = "wald")
  for (question in asked) check(made, s, question)
  if (full) check_all(book(design("nchs")), s, "q2")
  loop <- function() for (question in asked) {
    total_by_survey(s, question)
    for (variable in variables) by_survey(s, question, variable)
  }
  turns <- vapply(1:3, function(turn) {
    c(seconds(function() book(design("weeg"), interval = "wald"), 2L),
      seconds(function() book(design("nchs"), interval = "wald"), 2L), seconds(function() book(design("nchs")), 2L),
      if (full || turn == 1L) seconds(loop, 1L) else NA)
  }, numeric(4L))
  took <- apply(turns[1:3, ], 1L, min)
  lean <- stats::median(turns[4L, ], na.rm = TRUE) * length(questions) / length(asked)
  all <- if (full) seconds(function() all_by_survey(s, "q2"), 1L) * length(questions) else NA
  cat(sprintf("%8.0f %8.3f s %8.3f s %8.3f s %10.1f s %12.0f %10.1f s %12.0f\n", rows, took[1L], took[2L], took[3L], lean,
              lean / took[2L], all, all / took[3L]))
}
