#' Log-linear models
#'
#' Which associations does a table of several variables need, and which can be left out? Design-based log-linear models of
#' the proportions of a table, and Rao-Scott tests of nested models. They are computed from the tally of all variables, not
#' from the rows.
#'
#' @section The model:
#' The logarithm of the proportion of each cell is a constant plus an effect for each term and its levels; the effects of a
#' term sum to 0 over the levels of each of its variables, so they do not depend on the order of levels. With two levels,
#' four times the effect of an interaction is a log odds ratio. Terms are hierarchical: with `a:b` come `a` and `b`. The
#' variables of the formula, and only they, define the table: to ask whether `c` matters, it must be in both models.
#'
#' Let p be the weighted proportions of the cells and V their design covariance. Estimates maximise the weighted likelihood
#' (the fitted proportions pi have the margins of p that the model's terms name); with X the model matrix and
#' H = X'(diag(pi) - pi pi')X, their covariance is H^-1 X'VX H^-1 (Rao and Scott 1984). This is `svyloglin()` of package
#' survey for factors without an order, with the effect of the last level added; for ordered factors survey uses
#' polynomial contrasts, whereas here effects are those of levels all the same. Tests and intervals are those of the t
#' distribution with the design degrees of freedom nu of all rows of the domain, as [weeg_test()] counts them.
#'
#' @section Tests:
#' `anova(smaller, larger)` tests whether the smaller of two nested models fits as well; `anova(fit)` tests each
#' interaction that no other one contains, and then the model against the saturated one, which has all interactions: its
#' lack of fit. With fitted proportions pi0 and pi1, X2 = n sum (pi1 - pi0)^2 / pi0 and G2 = 2 n sum pi1 log(pi1 / pi0),
#' the difference of deviances. Under the smaller model each is distributed as the sum of delta_i times independent
#' chi-squared variables, where delta are the eigenvalues of
#'
#' Delta = n (W'(diag(p) - pp')W)^-1 W'VW, W = B - A (A'PA)^-1 A'PB, P = diag(pi1) - pi1 pi1'
#'
#' with A the columns of the smaller model and B those that the larger one adds (Rao and Scott 1984). With two
#' variables, `a + b` against `a * b` is the test of independence of [weeg_test()]. The argument `method` of `anova()` is one
#' of its methods:
#' * `"rao-scott-f"`, the default, and `"rao-scott-lr"`: X2 or G2 over tr(Delta) on F(d, d nu), d = tr(Delta)^2 / tr(Delta^2);
#' * `"rao-scott-chisq"`: X2 over the mean of delta on chi-squared;
#' * `"lincom"`, `"saddlepoint"`: X2 on the distribution of that sum over a chi-squared variable with d nu degrees of freedom
#'   over d nu (under replicate weights on that of the sum), exactly or by the saddlepoint approximation;
#' * `"wald"`: b'V^-1 b / k on F(k, nu), with b the k free effects that the larger model adds and V their covariance in it, as
#'   survey's `regTermTest()`; `"adjusted-wald"`: the same times (nu - k + 1) / nu on F(k, nu - k + 1). With large k these
#'   reject too often, or rarely. The larger model must have estimates, also where it is the saturated one.
#'
#' X2, G2, delta and the first-order p-values are those of survey's `anova()`, if no row has a missing value: it counts these
#' in n. Its other p-values differ. For second-order p-values survey 4.5 uses the sum of all elements of Delta in place
#' of tr(Delta^2), and for X2 multiplies the degrees of freedom by their number; its mixtures are not divided.
#'
#' @section What has no estimates:
#' Where a margin that the model names is empty, or cells are empty in some other pattern, the likelihood has no maximum: all
#' estimates are `NA` with a reason, and so are tests of the model. The saturated model can still serve as the
#' alternative of a test. A level without data is left out of the table, and its effect is `NA` with a reason. A variable
#' with one level is an error.
#'
#' @inheritParams weeg_proportion
#' @param formula The model, one-sided: `~ a * b + c`. `a:b` is an interaction, `a * b` stands for `a + b + a:b`, and
#'   `(a + b + c)^2` for all interactions of two variables.
#' @return A data frame of class `weeg_loglinear` with one row per effect: `term` and `level` (for an interaction, levels joined
#'   by `":"`), `estimate`, `std.error`, `statistic` (t), `p.value`, `conf.low`, `conf.high`, `df` (nu) and `reason`. `coef()`,
#'   `vcov()` and `confint()` work on it. `glance()` gives the rows used, nu, the number of free effects, the residual
#'   degrees of freedom (`df.residual`), `deviance` and `chisq` (G2 and X2 against the saturated model) and the test of
#'   lack of fit. Where a level of a variable is in one PSU and in several cells (see [weeg_test()]), there are no
#'   standard errors and no tests.
#'
#'   `anova()` gives a data frame of class `weeg_anova` with one row per test: `model` and `against`, the smaller and the
#'   larger model, `method`, `statistic`, `num.df`, `den.df`, `p.value`, `chisq` (X2), `deviance` (G2), `deff.mean` (mean of
#'   delta), `n`, `df` (nu) and `reason`.
#'
#'   A result holds the tally, for `anova()`: it is as confidential as the tally.
#' @references Rao and Scott (1984), Annals of Statistics 12, 46-60. Haberman (1974), The Analysis of Frequency Data,
#'   University of Chicago Press. Lumley, vignettes and source of package survey.
#' @seealso [weeg_test()] for two variables, also conditional on a third; [weeg_logistic()] where one variable is the
#'   answer.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' # strengths and growth are associated; is that the same for every provider?
#' same <- weeg_loglinear(d, ~ (strengths + growth + provider)^2)
#' glance(same)$p.value
#' # can the provider be left out of it?
#' anova(same)
#' weeg_loglinear(d, ~ geslacht * ronde + vertrouwen)
#' @export
weeg_loglinear <- function(data, formula, level = 0.95, missing = NULL) {
  parts <- parse_loglinear(formula)
  level <- check_level(level)
  # in the order of their names, so that two models of one table have the same tally
  variables <- parts$variables[sort_values(names(parts$variables))]
  tally <- table_tally(weeg_design(data), variables, parts$envir, missing)
  found <- .Call(C_frame_loglinear, tally, terms_at(parts$terms, tally), level)
  found <- checked_estimate(checked_model(found, tally, role = "in the model"), tally)
  table <- loglinear_table(tally, found)
  info <- table_info(tally, names(parts$variables), character())
  method <- loglinear_method(NULL, tally)
  info <- c(info, list(
    level = level, terms = parts$terms, table = table, covariance = matrix(found$covariance, length(found$effects$term)),
    fit = found$fit, places = found[c("n", "weighted", "fitted")], test = lack_of_fit(table, parts$terms, method)
  ))
  conventions <- c(model = "log-linear, effects sum to 0", interval = paste0(format(100 * level), "% t"), test = method,
                   design_conventions(tally))
  new_result(effect_rows(names(parts$terms), found), "weeg_loglinear", info, conventions)
}

# ---- the formula and the table ---------------------------------------------------------------------------------------

parse_loglinear <- function(formula) {
  formula <- given_formula(formula, one_sided = TRUE)
  if (length(formula) != 2L) {
    abort("formula", "a log-linear model has variables on the right only: ~ a * b + c")
  }
  parts <- model_terms(formula[[2L]])
  keys <- term_keys(parts$terms)
  for (term in parts$terms[lengths(parts$terms) > 2L]) {
    within <- lapply(seq_along(term), function(i) term[-i])
    absent <- within[!term_keys(within) %in% keys]
    if (length(absent) > 0L) {
      abort("formula", paste(term, collapse = ":"), " is in the model, but not ", paste(absent[[1L]], collapse = ":"),
            hint = "a * b * c stands for all effects of a, b and c")
    }
  }
  c(parts, list(envir = environment(formula)))
}

# The same text for a:b and b:a.
term_keys <- function(terms) vapply(terms, function(v) paste(sort_values(v), collapse = ":"), "")

# The tally, the levels of each variable that have data, and those for which the table has no variance.
loglinear_table <- function(tally, found) {
  levels <- Map(function(variable, from, to) variable$levels[found$level[from + seq_len(to - from)] + 1L],
                tally$variables, found$start[-length(found$start)], found$start[-1L])
  list(tally = tally, labels = levels, alone = paste(rep(names(levels), lengths(levels)), unlist(levels))[found$alone])
}

# ---- effects ---------------------------------------------------------------------------------------------------------

effect_rows <- function(terms, found) {
  contrasts <- found$effects$contrasts
  list_frame(c(list(term = terms[found$effects$term], level = found$effects$level),
               contrasts[c("estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high")],
               list(df = rep(found$fit$df, length(contrasts$estimate)), reason = contrasts$reason)))
}

#' @rawNamespace S3method(stats::coef, weeg_loglinear)
coef.weeg_loglinear <- function(object, ...) named_estimates(object)

#' @rawNamespace S3method(stats::confint, weeg_loglinear)
confint.weeg_loglinear <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)

#' @rawNamespace S3method(stats::vcov, weeg_loglinear)
vcov.weeg_loglinear <- function(object, ...) vcov.weeg_logistic(object)

#' @rdname weeg_tidy
#' @export
glance.weeg_loglinear <- function(x, ...) {
  fit <- info_of(x)$fit
  test <- info_of(x)$test
  data.frame(nobs = fit$n, df.design = fit$df, parameters = fit$parameters, df.residual = fit$cells - 1L - fit$parameters,
             deviance = fit$deviance, chisq = fit$chisq, test[c("statistic", "num.df", "den.df", "p.value")],
             iterations = fit$iterations, conf.level = info_of(x)$level)
}

#' @rdname weeg_tidy
#' @export
augment.weeg_loglinear <- function(x, ...) {
  info <- info_of(x)
  at <- info$places
  prop <- at$weighted / sum(at$weighted)
  # the last variable is the fastest
  levels <- rev(expand.grid(rev(lapply(info$table$labels, function(labels) factor(labels, labels))), KEEP.OUT.ATTRS = FALSE))
  flat_rows(list_frame(list(
    groups = list_frame(levels), .observed = at$n, .weighted = at$weighted, .prop = prop, .fitted = at$fitted,
    .resid = sqrt(info$fit$n / at$fitted) * (prop - at$fitted)
  )))
}

# ---- tests of nested models ------------------------------------------------------------------------------------------

loglinear_methods <- c("rao-scott-f", "rao-scott-chisq", "rao-scott-lr", "saddlepoint", "lincom", "wald", "adjusted-wald")

# SAS's first-order correction and the Wald tests of the conventions are of two-way tables.
loglinear_method <- function(method, tally) {
  if (!is.null(method)) return(one_of(method, loglinear_methods, "method"))
  usual <- by_convention(NULL, tally, "test")
  if (usual == "rao-scott-deff") return("rao-scott-chisq")
  if (usual %in% loglinear_methods && !usual %in% c("wald", "adjusted-wald")) usual else "rao-scott-f"
}

# Terms that no other one contains.
largest_terms <- function(terms) {
  inside <- function(i) any(vapply(terms[-i], function(other) all(terms[[i]] %in% other), NA))
  terms[!vapply(seq_along(terms), inside, NA)]
}

model_text <- function(terms) paste(vapply(largest_terms(terms), paste, "", collapse = " * "), collapse = " + ")

# One row: the smaller model against the larger one, which has all terms of the smaller one and others.
nested_row <- function(table, smaller, larger, method) {
  terms <- c(smaller, larger[!term_keys(larger) %in% term_keys(smaller)])
  nested_test(table, terms, length(smaller), method, model_text(smaller), model_text(larger))
}

# A saturated model fits whatever the table.
lack_of_fit <- function(table, terms, method) {
  saturated <- paste(unlist(terms[lengths(terms) == 1L], use.names = FALSE), collapse = " * ")
  nested_test(table, terms, length(terms), method, model_text(terms), saturated)
}

# The model of the first `base` terms against that of all; of all of them against the saturated one.
nested_test <- function(table, terms, base, method, model, against) {
  found <- .Call(C_frame_loglinear_test, table$tally, terms_at(terms, table$tally), base, method_number(method))
  found <- checked_estimate(found, table$tally)
  row <- test_frame(name_alone(found$test, table$alone), NA_character_, NA_character_, method)
  list_frame(c(list(model = model, against = against),
               row[c("method", "statistic", "num.df", "den.df", "p.value", "chisq")], list(deviance = found$deviance),
               row[c("deff.mean", "n", "df", "reason")]))
}

#' @rawNamespace S3method(stats::anova, weeg_loglinear)
anova.weeg_loglinear <- function(object, ..., method = NULL) {
  others <- list(...)
  info <- info_of(object)
  table <- info$table
  if (length(others) > 1L || (length(others) == 1L && !inherits(others[[1L]], "weeg_loglinear"))) {
    abort("argument", "anova() compares a log-linear model with one other: anova(smaller, larger)")
  }
  method <- loglinear_method(method, table$tally)
  rows <- if (length(others) == 1L) two_models(info, info_of(others[[1L]]), method) else one_model(info, method)
  about <- c(info[c("data", "outcomes", "groups", "labels", "domain", "design", "weights")], info$fit[c("n", "df")])
  new_result(rows, "weeg_anova", about, c(test = method, design_conventions(table$tally)))
}

# Without each interaction that may be left out, and lack of fit, if there can be any.
one_model <- function(info, method) {
  drop <- Filter(function(v) length(v) > 1L, largest_terms(info$terms))
  dropped <- do.call(rbind, lapply(unname(drop), function(v) {
    nested_row(info$table, info$terms[term_keys(info$terms) != term_keys(list(v))], info$terms, method)
  }))
  saturated <- info$fit$parameters == info$fit$cells - 1
  if (saturated && !is.null(dropped)) dropped else rbind(dropped, lack_of_fit(info$table, info$terms, method))
}

two_models <- function(a, b, method) {
  if (!setequal(a$outcomes, b$outcomes)) {
    abort("argument", "the models are of different tables, of ", listed(a$outcomes), " and of ",
          listed(b$outcomes), hint = "A variable that is in one model must be in the other: + a")
  }
  if (!identical(a$table, b$table)) {
    abort("argument", "the models are of different data: their tallies differ", hint = "Fit both to the same design")
  }
  if (length(a$terms) > length(b$terms)) return(two_models(b, a, method))
  if (setequal(term_keys(a$terms), term_keys(b$terms))) abort("argument", "the models are the same: ", model_text(a$terms))
  if (!all(term_keys(a$terms) %in% term_keys(b$terms))) {
    abort("argument", "neither model contains the other: ", model_text(a$terms), ", and ", model_text(b$terms))
  }
  nested_row(a$table, a$terms, b$terms, method)
}

#' @rdname weeg_tidy
#' @export
glance.weeg_anova <- function(x, ...) glance.weeg_test(x)

# ---- printing --------------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_loglinear <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  found <- effect_parts(x)
  rows <- found$rows
  notes <- footnotes(rows$reason, width)
  nest <- nest_rows(rows$term, rows$level, c("term", "level"), flat = FALSE)
  column <- function(header, cells) nested_column(nest, header, cells)
  three <- function(x) format_number(x, 3L)
  interval <- add_marks(format_interval(rows$conf.low, rows$conf.high, three, " to "), notes$marks)
  table <- table_lines(list(
    nest$stub, column("effect", three(rows$estimate)), column(format_level(info$level), interval),
    column("SE", three(rows$std.error)), column("t", format_number(rows$statistic, 2L)), column("p", p_column(rows$p.value))
  ), width)
  c(
    title_lines(info, info$outcomes, width, "Log-linear model: "),
    source_lines(info, width, paste0("n = ", format_count(info$fit$n)), df_text(info$fit$df, info)),
    wrap(paste0("Model: ", model_text(info$terms)), width), "",
    table, notes$lines, empty_line(found$nobody, width), "",
    wrap_pieces(fit_text(info$test), width), convention_lines(x, width)
  )
}

fit_text <- function(test) {
  if (test$model == test$against) return("Saturated: it fits every table.")
  paste0("Lack of fit: ", nested_text(test))
}

nested_text <- function(test) {
  distances <- c(paste0(utf8("X\u00b2", "X2"), " = ", format_significant(test$chisq)),
                 paste0(utf8("G\u00b2", "G2"), " = ", format_significant(test$deviance)))
  if (is.na(test$statistic)) return(join(paste0("no test: ", test$reason), if (!is.na(test$chisq)) distances))
  if (test$method %in% c("lincom", "saddlepoint")) distances <- distances[2L] # the statistic is X2 itself
  join(paste0(test_names(test$method), " ", statistic_text(test), ", ", p_text(test$p.value)), distances)
}

#' @rdname weeg_print
#' @export
format.weeg_anova <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  rows <- as.data.frame.weeg_result(x)
  tests <- lapply(seq_len(nrow(rows)), function(i) {
    test <- rows[i, ]
    same <- test$model == test$against
    c(wrap(if (same) test$model else paste0(test$model, " against ", test$against), width),
      paste0("  ", wrap_pieces(if (same) fit_text(test) else nested_text(test), width - 2L)))
  })
  c(title_lines(info, info$outcomes, width, "Log-linear models: "),
    source_lines(info, width, paste0("n = ", format_count(info$n)), df_text(info$df, info)),
    "", unlist(tests), "", convention_lines(x, width))
}
