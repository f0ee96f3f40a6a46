#' Logistic regression
#'
#' Does an answer depend on a covariate when others are held constant? Design-based logistic regression on categorical
#' covariates, for answers of two levels, and proportional odds for ordered answers. It is computed from the tally of all
#' variables, not from the rows.
#'
#' @section The model:
#' Two levels: logit P(second level) = intercept + x'b. Ordered answers: logit P(Y > k) = x'b - threshold k, so a positive
#' coefficient means higher answers, and `odds.ratio` is that of any higher answer (McCullagh 1980). x has treatment
#' contrasts: each coefficient compares a level with the first level that has data. Estimates maximise the weighted
#' likelihood; their covariance is the sandwich of the information and the design covariance of the scores (Binder
#' 1983). This agrees with `svyglm(family = quasibinomial)` and `svyolr()` of package survey for unordered factors; for
#' ordered covariates R's models use polynomial contrasts, whereas here levels are compared all the same.
#'
#' The degrees of freedom of tests and intervals are PSUs minus strata, among rows without missing values, minus the number
#' of slopes (coefficients without intercept or thresholds), as in `svyglm()`. Where that leaves none, there are no tests
#' or intervals, and `reason` says so. In samples of few PSUs (see [weeg_conventions()]) limits and tests of a coefficient are
#' by effective degrees of freedom, in models of at most 16 coefficients; Wald tests of several are not.
#'
#' @section What has no estimates:
#' Where one level of a covariate has only one answer, or several covariates together determine it (separation), the
#' likelihood has no maximum: an error of class `weeg_error_numeric` names the level. A coefficient that is a linear
#' combination of earlier ones is not estimable: it is `NA` with a reason, and so is that of a level without data. Levels
#' of the outcome without data are left out. A covariate with one level is an error.
#'
#' @inheritParams weeg_proportion
#' @param formula `outcome ~ a + b`. Each covariate is a variable with categories; `a:b` adds their interaction, `a * b`
#'   stands for `a + b + a:b`. Numbers with more than 20 values must be grouped into classes first, see [cut()].
#' @param answers One or more levels of the outcome, or a net of them ([weeg_nets]), that are modelled against all others; needed
#'   where the outcome has more than two unordered levels. `NULL`: the second of two levels, or proportional odds for an ordered
#'   factor or a number with more.
#' @return A data frame of class `weeg_logistic` with one row per coefficient (without standard error where it concerns a
#'   level of which all rows are in one PSU: see "Groups in one PSU" in [weeg_compare()]): `term` and `level` (for an
#'   interaction, levels joined by `":"`), `estimate` (a log odds ratio), `std.error`, `statistic` (t), `p.value`,
#'   `conf.low`, `conf.high` (of `estimate`), `odds.ratio`, `df` and `reason`. The intercept, or the thresholds between
#'   levels `"a|b"`, come first; they have no odds ratio. `coef()`, `vcov()` and `confint()` work on it; `anova()` gives
#'   a Wald test of each term: F = b'V^-1 b / k on k and `df` degrees of freedom, as survey's `regTermTest()` (of one
#'   coefficient that of its row, with effective ones); `glance()`
#'   the rows used, degrees of freedom, and deviances (weights scaled to a mean of 1 over the rows used).
#' @references Binder (1983), International Statistical Review 51, 279-292. McCullagh (1980), JRSS B 42, 109-142. Albert and
#'   Anderson (1984), Biometrika 71, 1-10.
#' @seealso [as_svyglm()] for emmeans, marginaleffects, gtsummary and other packages.
#'   `adjust_for` in [weeg_proportion()] and [weeg_compare()] for adjusted proportions, differences and ratios.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' fit <- weeg_logistic(d, (strengths == "niet") ~ provider + ronde)
#' fit
#' anova(fit)
#' @export
weeg_logistic <- function(data, formula, answers = NULL, level = 0.95, missing = NULL) {
  if (is_imputed(data)) {
    check_outcome_alike(data, parse_model(formula), missing)
    return(pooled_logistic(data, over_sets(data$designs, function(data) weeg_logistic(data, formula, answers, level, missing))))
  }
  parts <- parse_model(formula)
  level <- check_level(level)
  outcome <- names(parts$outcome)
  tally <- table_tally(weeg_design(data), c(parts$variables, parts$outcome), parts$envir, missing)
  labels <- tally$variables[[outcome]]$levels
  if (!is.null(answers)) answers <- modelled_answers(asked_answers(answers), labels, outcome)
  found <- .Call(C_frame_logistic, tally, terms_at(parts$terms, tally), if (!is.null(answers)) labels %in% answers, level)
  found <- checked_estimate(checked_model(found, tally, answers), tally)
  modelled <- if (!is.null(answers)) answers else if (!found$ordinal) labels[found$answers[2L] + 1L]
  info <- table_info(tally, outcome, names(parts$variables))
  info <- c(info, list(
    level = level, terms = names(parts$terms), crossed = unname(parts$terms), modelled = modelled, ordinal = found$ordinal,
    answers = if (!is.null(found$answers)) labels[found$answers + 1L], reference = first_levels(tally, found),
    covariance = matrix(found$covariance, length(found$coefficients$term)),
    tests = list_frame(c(list(term = names(parts$terms)), found$tests)), cells = fitted_cells(tally, found, modelled),
    fit = found$fit
  ))
  conventions <- c(model = if (found$ordinal) "proportional odds" else "logistic", interval = paste0(format(100 * level), "% t"),
                   design_conventions(tally))
  conventions[["df"]] <- paste(conventions[["df"]], "- slopes")
  if (!are_whole(found$coefficients$df)) {
    conventions[["df"]] <- paste0(df_texts[["effective"]], " (tests of several coefficients: ", conventions[["df"]], ")")
  }
  new_result(coefficient_rows(names(parts$terms), found), "weeg_logistic", info, conventions)
}

# The answers of a net are modelled together, as several levels are.
modelled_answers <- function(asked, levels, outcome) {
  for (name in names(asked$nets)) check_net(asked$nets[[name]], name, levels, outcome)
  if (length(asked$nets) > 1L) {
    abort("argument", "a model is of one set of answers against the others, and `answers` has ", length(asked$nets), " nets",
          hint = "Make a model of each")
  }
  alone <- if (!is.null(asked$levels)) level_names(asked$levels, "answers")
  find_answers(c(alone, unlist(unname(asked$nets))), levels, outcome)
}

# ---- the formula -----------------------------------------------------------------------------------------------------

# list(outcome, variables: named expressions; terms: named by their text, the names of each one's variables; envir).
parse_model <- function(formula) {
  formula <- given_formula(formula)
  if (length(formula) != 3L) {
    abort("formula", "a model needs an outcome and covariates: outcome ~ a + b")
  }
  outcome <- name_terms(plus_terms(formula[[2L]]))
  if (length(outcome) != 1L) abort("formula", "a model has one outcome: outcome ~ a + b")
  if (identical(formula[[3L]], 1)) abort("formula", "a model needs covariates: outcome ~ a + b")
  parts <- model_terms(formula[[3L]])
  if (names(outcome) %in% names(parts$variables)) abort("formula", names(outcome), " is outcome and covariate at once")
  c(list(outcome = outcome), parts, list(envir = environment(formula)))
}

# Terms by the numbers of their variables in a tally, as the core takes them.
terms_at <- function(terms, tally) lapply(unname(terms), match, names(tally$variables))

# ---- what cannot be modelled -----------------------------------------------------------------------------------------

# Words for a model that the core refuses; role: of its variables.
checked_model <- function(found, tally, answers = NULL, role = "a covariate") {
  fault <- if (inherits(found, "weeg_failure")) found$facts$fault else "none"
  if (fault == "none") return(found)
  facts <- found$facts
  said <- found$message
  variable <- tally$variables[found$where + 1]
  v <- names(variable)
  label <- if (!is.na(facts$number)) paste0("\"", variable[[1L]]$levels[facts$number], "\"")
  last <- found$where + 1 == length(tally$variables)
  switch(fault,
    many_cells = abort("too_large", "crossing ", listed(names(tally$variables)), " gives ", format(facts$value, big.mark = " "),
                       " cells, more than ", format(facts$limit, big.mark = " "),
                       hint = "Combine levels, or use fewer variables"),
    many_columns = abort("too_large", "the model has ", facts$value, " coefficients, more than ", facts$limit,
                         hint = "Combine levels, or use fewer variables"),
    no_rows = abort("variable", "no rows have a value of all of ", listed(names(tally$variables))),
    one_level = if (last && role == "a covariate") {
      abort("variable", v, " has one level with data, ", label, ": there is nothing to model")
    } else {
      abort("variable", v, " has one level with data, ", label, ": it cannot be ", role, hint = "Leave it out of the formula")
    },
    many_values = abort("variable", v, " is a number with ", facts$value, " values, but covariates are categories",
                        hint = paste0("Make classes of it first: cut(", v, ", breaks)")),
    unordered = abort("variable", v, " has ", facts$value, " levels without an order",
                      hint = paste0("Choose which are modelled against the others, answers = ", label,
                                    ", or make it an ordered factor for proportional odds")),
    one_side = abort("argument", "`answers` leaves one side without data: ", listed(paste0("\"", answers, "\""))),
    same_answer = abort("numeric", "the model has no finite estimates: all ", counted(facts$value, "row"), " with ",
                        v, " ", label,
                        " have the same answer", hint = separated_hint),
    separated = abort("numeric", said, hint = separated_hint),
    found
  )
}

separated_hint <- "Combine levels, leave the term out, or take rows with both answers: subset()"

# ---- the result ------------------------------------------------------------------------------------------------------

coefficient_rows <- function(terms, found) {
  rows <- found$coefficients
  contrasts <- rows$contrasts
  term <- c(if (found$ordinal) "(Threshold)" else "(Intercept)", terms)[rows$term + 1L]
  list_frame(c(list(term = term, level = rows$level),
               contrasts[c("estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high")],
               list(odds.ratio = rows$odds.ratio, df = rows$df, reason = contrasts$reason)))
}

# The level of each covariate that others are compared with.
first_levels <- function(tally, found) {
  levels <- Map(function(variable, k) variable$levels[k + 1L], tally$variables, found$reference)
  unlist(levels[-length(levels)])
}

# What augment() gives: of each pattern of covariates that occurs and each answer, what was seen and what the model makes of it.
fitted_cells <- function(tally, found, modelled) {
  outcome <- tally$variables[[length(tally$variables)]]
  covariates <- tally$variables[-length(tally$variables)]
  at <- matrix(found$patterns, ncol = length(covariates), byrow = TRUE)
  patterns <- Map(function(variable, k) {
    levels <- sort(unique(at[, k]))
    factor(match(at[, k], levels), seq_along(levels), variable$levels[levels + 1L])
  }, covariates, seq_along(covariates))
  answers <- if (is.null(found$answers)) c("other", paste(modelled, collapse = ", ")) else outcome$levels[found$answers + 1L]
  each <- rep(seq_len(nrow(at)), each = length(answers))
  flat_rows(list_frame(list(
    groups = group_rows(patterns, each), level = factor(rep(answers, nrow(at)), answers), .observed = found$n,
    .weighted = found$weighted, .prop = found$weighted / rep(rowsum(found$weighted, each), each = length(answers)),
    .fitted = found$fitted
  )))
}

#' @rdname weeg_tidy
#' @export
augment.weeg_logistic <- function(x, ...) {
  cells <- info_of(x)$cells
  if (is.null(cells)) {
    abort("unsupported", "a model that was pooled has no cells",
          hint = "Those of one data set: augment(weeg_logistic(data[[1]], ...))")
  }
  cells
}

logistic_names <- function(x) {
  names <- paste0(x$term, ifelse(is.na(x$level), "", paste0(":", x$level)))
  ifelse(x$term == "(Threshold)", x$level, names)
}

#' @rawNamespace S3method(stats::coef, weeg_logistic)
coef.weeg_logistic <- function(object, ...) named_estimates(object)

#' @rawNamespace S3method(stats::confint, weeg_logistic)
confint.weeg_logistic <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)

#' @rawNamespace S3method(stats::vcov, weeg_logistic)
vcov.weeg_logistic <- function(object, ...) {
  covariance <- info_of(object)$covariance
  if (nrow(covariance) != nrow(object)) {
    abort("argument", "rows were taken from this result: vcov() needs all of them")
  }
  names <- logistic_names(object)
  dimnames(covariance) <- list(names, names)
  covariance
}

#' @rawNamespace S3method(stats::anova, weeg_logistic)
anova.weeg_logistic <- function(object, ...) info_of(object)$tests

#' @rdname weeg_tidy
#' @export
glance.weeg_logistic <- function(x, ...) {
  fit <- info_of(x)$fit
  data.frame(nobs = fit$n, df.design = fit$df, df.residual = fit$df - fit$slopes, deviance = fit$deviance,
             null.deviance = fit$null.deviance, iterations = fit$iterations, conf.level = info_of(x)$level)
}

# ---- printing --------------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_logistic <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  found <- effect_parts(x)
  rows <- found$rows
  notes <- footnotes(rows$reason, width)
  rows$mark <- notes$marks
  what <- if (info$ordinal) {
    paste0("Proportional odds of higher answers: ", paste(info$answers, collapse = " < "))
  } else {
    paste0("Odds of the answer ", paste(info$modelled, collapse = " or "))
  }
  c(
    title_lines(info, info$outcomes, width, "Logistic regression: "),
    source_lines(info, width, paste0("n = ", format_count(info$fit$n)), sub("design ", "", df_text(rows$df, info), fixed = TRUE)),
    wrap(what, width), "",
    logistic_table(rows, info, width), notes$lines, empty_line(found$nobody, width), "",
    unlist(lapply(seq_len(nrow(info$tests)), function(i) wrap_pieces(term_line(info$tests[i, ]), width))),
    convention_lines(x, width)
  )
}

# Of a model: the effects that have data, and names of the others.
effect_parts <- function(x) {
  rows <- as.data.frame.weeg_result(x)
  empty <- reason_is(rows$reason, "empty")
  list(rows = rows[!empty, , drop = FALSE], nobody = paste(rows$term, rows$level)[empty])
}

term_line <- function(test) {
  if (is.na(test$statistic)) return(paste0(test$term, ": no test: ", test$reason))
  paste0(test$term, ": ", statistic_text(c(as.list(test), method = "wald")), ", ", p_text(test$p.value))
}

# One line per coefficient under the name of its term and what its levels are compared with.
logistic_table <- function(rows, info, width) {
  single <- rows$term %in% c("(Intercept)", "(Threshold)")
  first <- !single & c(TRUE, rows$term[-1L] != rows$term[-nrow(rows)])
  reference <- info$reference[rows$term]
  heading <- paste0(rows$term, ifelse(is.na(reference), "", paste0(" (against ", reference, ")")))
  text <- ifelse(rows$term == "(Intercept)", rows$term, ifelse(single, rows$level, paste0("  ", rows$level)))
  row <- unlist(lapply(seq_len(nrow(rows)), function(i) if (first[i]) c(NA, i) else i))
  lines <- unlist(lapply(seq_len(nrow(rows)), function(i) if (first[i]) c(heading[i], text[i]) else text[i]))
  nest <- list(stub = table_column("", lines, left = TRUE, spill = is.na(row)), row = row)
  column <- function(header, cells) nested_column(nest, header, cells)
  ratio <- function(x) ifelse(single, "", format_ratio(x))
  interval <- format_interval(ifelse(single, NA, exp(rows$conf.low)), ifelse(single, NA, exp(rows$conf.high)), format_ratio)
  interval <- add_marks(interval, rows$mark)
  table_lines(list(
    nest$stub, column(c("odds", "ratio"), ratio(rows$odds.ratio)), column(format_level(info$level), interval),
    column(c("log", "odds"), format_number(rows$estimate, 3L)), column("SE", format_number(rows$std.error, 3L)),
    column("t", format_number(rows$statistic, 2L)), column("p", p_column(rows$p.value))
  ), width)
}
