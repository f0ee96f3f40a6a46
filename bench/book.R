# A book of 40 questions by 6 variables against a loop over package survey that has the same figures: shares of answers in each
# column with standard errors and limits, a test of each question by each variable (Rao and Scott's, second order), and all pairs
# of columns compared with their covariance, p-values adjusted by Holm's method. Both are by Student's t with PSUs minus strata:
# weeg_book() has the bases, letters and reliability of shares too. Figures are compared first, and it stops where they differ.
# The loop takes 2 of the 40 questions (of a million rows 1), and its time is that of these by their number.
# Rscript bench/book.R; three minutes.

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

cat(sprintf("%8s %10s %10s %14s %8s\n", "rows", "weeg", "nchs", "survey", "times"))
for (rows in c(5000, 50000, 1e6)) {
  data <- make(rows)
  design <- function(conventions) {
    weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = conventions)
  }
  book <- function(x) weeg_book(x, stats::reformulate(questions), stats::reformulate(variables), interval = "wald")
  s <- svydesign(~psu, strata = ~stratum, weights = ~w, data = data, nest = TRUE)
  asked <- if (rows > 1e5) "q2" else c("q2", "q4")
  plain <- design("nchs")
  made <- book(plain)
  for (question in asked) check(made, s, question)
  took <- c(seconds(function() book(design("weeg")), 3L), seconds(function() book(design("nchs")), 3L))
  loop <- seconds(function() for (question in asked) {
    total_by_survey(s, question)
    for (variable in variables) by_survey(s, question, variable)
  }, 1L) * length(questions) / length(asked)
  cat(sprintf("%8.0f %8.2f s %8.2f s %12.1f s %8.0f\n", rows, took[1L], took[2L], loop, loop / took[2L]))
}
