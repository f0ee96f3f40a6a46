#' Functions of proportions
#'
#' The lead of one answer over another, the ratio of two answers, a net score, the difference between two questions that the
#' same people answered, an index of several groups: any smooth function of proportions, with its standard error, interval and
#' test.
#'
#' @section Functions:
#' A function is a formula with nothing on its left, in the names of answers (levels of the outcome): `~ yes - no`. Answers
#' such as "not at all", which are no names in R, stand between backticks. It is computed in each group of `formula`. With several
#' outcomes, answers are named by their question: `~ q1$yes - q2$yes`. With names of groups in front it is one number for all:
#' `~ town$yes - village$yes`; or `town$q1$yes`, where there are several outcomes. Everything is in proportions, from 0 to 1.
#' Other names, such as `k` in `~ yes - k * no`, are numbers that R finds where the formula was written.
#'
#' With several outcomes only rows with an answer to all of them count, so that all proportions are about the same people; that
#' is what survey's `svymean(~ q1 + q2, na.rm = TRUE)` does.
#'
#' @section Formulas:
#' By linearisation (Woodruff 1971): with d the derivatives of the function in the proportions of a group, at the estimates, and D
#' the mean of d over the rows of the group, a row with answer k has the score w (d_k - D) / T, T the sum of weights of the
#' group. The variance is the design's of the sum of scores, as in [weeg_design]. So proportions of one group, of groups
#' that share PSUs and of several questions have the covariance that they have in the sample. Derivatives are those of
#' [stats::D()]; of functions that it does not know, differences.
#'
#' Limits are the estimate plus and minus t times the standard error; under the conventions of this package with effective degrees
#' of freedom ([weeg_conventions], section "Few PSUs") where the function is about 16 groups at most, else with the design's. The
#' interval of a ratio is better on the scale of the logarithm: `~ log(yes / no)`.
#'
#' @inheritParams weeg_proportion
#' @param formula `outcome ~ group`, or `outcome1 + outcome2 ~ group` for functions of several questions; groups may be crossed by
#'   `+`, or absent.
#' @param ... Functions, as `name = ~ expression`; a name is the expression where none is given. [quote()]d expressions will do.
#' @param answers Nets of answers, whose names functions may use as they use answers: `answers = list(promoters = c("9", "10"))`;
#'   see [weeg_nets].
#' @param null What the functions are under the hypothesis that is tested: one number, or one for each function.
#' @return A data frame of class `weeg_contrast` with a row per function and group: the groups, `contrast` (the name), `estimate`,
#'   `std.error`, `conf.low`, `conf.high`, `statistic`, `df`, `p.value` (two-sided, against `null`), `n` (rows with an answer in
#'   the groups that it is about) and `reason`.
#' @seealso [weeg_compare()] for differences, risk ratios and odds ratios between groups, and contrasts with given coefficients
#'   of one answer.
#' @references Woodruff (1971), JASA 66, 411-414. Wolter (2007), Introduction to Variance Estimation, chapter 6.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_contrast(d, strengths ~ provider, lead = ~ helemaal - niet)
#' weeg_contrast(d, strengths ~ 1, `log ratio` = ~ log(helemaal / niet))
#' # a net score
#' weeg_contrast(d, strengths ~ provider, score = ~ high - low,
#'               answers = list(high = c("grotendeels", "helemaal"), low = c("niet", "een beetje")))
#' # two questions to the same people
#' weeg_contrast(d, strengths + relapse ~ provider, ~ strengths$niet - relapse$niet)
#' # between groups
#' weeg_contrast(d, strengths ~ ronde, ~ (`ronde 2`$helemaal - `ronde 2`$niet) - (`ronde 1`$helemaal - `ronde 1`$niet))
#' @export
weeg_contrast <- function(data, formula, ..., answers = NULL, null = 0, level = 0.95, missing = NULL) {
  check_not_partial(names(sys.call()))
  if (is_imputed(data)) {
    call <- as.call(c(list(quote(weeg_contrast), quote(data), quote(formula)), given_functions(list(...)),
                      list(answers = quote(answers), null = quote(null), level = quote(level), missing = quote(missing))))
    return(pooled(data, function(data) eval(call)))
  }
  need_given(data)
  parts <- parse_formula(formula, data)
  level <- check_level(level)
  functions <- given_functions(list(...))
  null <- check_null(null, length(functions))
  data <- weeg_design(data)
  nets <- asked_nets(answers)
  table <- shares_table(data, parts, missing)
  for (outcome in table$outcomes) {
    for (name in names(nets)) check_net(nets[[name]], name, levels(table$answers[[outcome]]), outcome)
  }
  table$nets <- nets
  texts <- vapply(functions, function(f) deparse1(f[[2L]]), "")
  functions <- Map(function(f, name) resolved(f, name, table), functions, names(functions))
  across <- vapply(functions, `[[`, NA, "across")
  if (any(across) && !all(across)) {
    abort("argument", "`", names(functions)[across][1L], "` names groups, and `", names(functions)[!across][1L],
          "` is computed in each group", hint = "Ask for them in two calls")
  }
  rows <- Map(function(f, name, null) contrast_rows(f, name, table, null, level), functions, names(functions), null)
  info <- table_info(table$tally, names(parts$outcomes), if (!any(across)) names(parts$groups))
  info$level <- level
  info$null <- null
  if (length(nets) > 0L) info$nets <- nets
  info$functions <- texts[texts != names(functions)]
  rows <- bind_frames(rows)
  few <- all(is.na(rows$estimate)) || !are_whole(rows$df)
  new_result(rows, "weeg_contrast", info,
             c(interval = t_interval_text(level), design_conventions(table$tally, few)))
}

# ---- what is given -----------------------------------------------------------------------------------------------------

given_functions <- function(given) {
  given <- tryCatch(given, error = function(e) {
    abort("argument", "a function cannot be evaluated: ", conditionMessage(e),
          hint = "Give it as a formula with nothing on its left, such as lead = ~ yes - no")
  })
  if (length(given) == 0L) {
    abort("argument", "no function is given", hint = "Give one in the names of answers, such as lead = ~ yes - no")
  }
  named <- names(given)
  if (is.null(named)) named <- character(length(given))
  arguments <- names(formals(weeg_contrast))
  for (k in seq_along(given)) {
    f <- given[[k]]
    if (inherits(f, "formula") && length(f) == 2L) next
    if (is.call(f) && !inherits(f, "formula") || is.name(f)) {
      given[[k]] <- structure(call("~", f), class = "formula", .Environment = parent.frame(2L))
      next
    }
    abort("argument", if (nzchar(named[k])) paste0("`", named[k], "`") else paste("argument", k + 2L),
          " is not a function of answers: ", class(f)[1L],
          hint = "Give it as a formula with nothing on its left, such as lead = ~ yes - no")
  }
  text <- vapply(given, function(f) deparse1(f[[2L]]), "")
  names(given) <- ifelse(nzchar(named), named, text)
  twice <- anyDuplicated(names(given))
  if (twice > 0L) abort("argument", "two functions are named `", names(given)[twice], "`")
  given
}

# R takes `f` for `formula`, and `d` for `data`.
check_not_partial <- function(given) {
  short <- setdiff(as.character(given), c("", "data", "formula"))
  short <- short[startsWith("data", short) | startsWith("formula", short)]
  if (length(short) > 0L) {
    abort("argument", "a function cannot be named `", short[1L], "`, which R takes for another argument",
          hint = "Give it a longer name")
  }
}

check_null <- function(null, count) {
  good <- is.numeric(null) && !is.object(null) && length(null) %in% c(1L, count) && all(is.finite(null))
  if (!good) abort("argument", "`null` must be a number, or one for each function")
  rep_len(as.double(null), count)
}

# ---- the shares ---------------------------------------------------------------------------------------------------------

# Places of groups, and of combinations of the outcomes' answers; `shares` has a row for a combination, a column for a group.
shares_table <- function(data, parts, missing) {
  outcomes <- names(parts$outcomes)
  groups <- names(parts$groups)
  twice <- intersect(outcomes, groups)
  if (length(twice) > 0L) abort("formula", twice[1L], " is outcome and group at once")
  tally <- table_tally(data, c(parts$groups, parts$outcomes), parts$envir, missing)
  places <- table_places(tally, groups, outcomes)
  found <- checked_estimate(.Call(C_proportions, tally, places, 0L, 0.95), tally)
  grid <- group_grid(tally, groups)
  list(tally = tally, places = places, grid = grid, labels = grid_labels(grid), outcomes = outcomes,
       answers = group_grid(tally, outcomes), shares = matrix(found$estimate, places$levels, places$groups))
}

# ---- names of answers ---------------------------------------------------------------------------------------------------

# The expression with symbols of its own for proportions; `refs` has the group (NA: each), outcome and level of each.
resolved <- function(f, name, table) {
  refs <- list()
  walk <- function(e) {
    path <- path_of(e)
    if (!is.null(path)) {
      ref <- reference(path, table, name, environment(f))
      if (is.null(ref)) return(e)
      refs[[length(refs) + 1L]] <<- ref
      return(as.name(paste0(".share", length(refs))))
    }
    if (is.call(e)) for (k in seq_along(e)[-1L]) if (!identical(e[[k]], quote(expr = ))) e[[k]] <- walk(e[[k]])
    e
  }
  expression <- walk(f[[2L]])
  if (length(refs) == 0L) {
    abort("argument", "the function `", name, "` has no answer in it", hint = answers_text(table))
  }
  group <- vapply(refs, `[[`, 0L, "group")
  if (anyNA(group) && !all(is.na(group))) {
    abort("argument", "the function `", name, "` has answers with a group and without",
          hint = "Put the group in front of all: town$yes - village$yes")
  }
  list(expression = expression, refs = refs, across = !anyNA(group), envir = environment(f))
}

# c("town", "yes") of town$yes or town[["yes"]]; NULL of what is no name.
path_of <- function(e) {
  if (is.name(e)) return(as.character(e))
  inner <- is.call(e) && length(e) == 3L && is.name(e[[1L]]) && as.character(e[[1L]]) %in% c("$", "[[")
  if (!inner) return(NULL)
  first <- path_of(e[[2L]])
  last <- if (is.name(e[[3L]]) || is.character(e[[3L]])) as.character(e[[3L]])
  if (is.null(first) || is.null(last)) NULL else c(first, last)
}

# The proportion that a path stands for; NULL of a name that is none.
reference <- function(path, table, name, envir) {
  full <- path
  group <- NA_integer_
  outcome <- 1L
  several <- length(table$outcomes) > 1L
  if (length(path) > 1L + several && path[1L] %in% table$labels) {
    group <- match(path[1L], table$labels)
    path <- path[-1L]
  }
  if (length(path) == 2L && path[1L] %in% table$outcomes) {
    outcome <- match(path[1L], table$outcomes)
    path <- path[-1L]
    several <- FALSE
  }
  levels <- levels(table$answers[[outcome]])
  if (length(path) == 1L && !several && path %in% c(levels, names(table$nets))) {
    net <- table$nets[[path]]
    return(list(group = group, outcome = outcome, level = match(if (is.null(net)) path else net, levels)))
  }
  if (length(full) == 1L) return(unknown_name(full, table, name, envir))
  abort("argument", "`", paste(full, collapse = "$"), "` in the function `", name, "` is no answer",
        hint = paste0(answers_text(table), if (length(table$grid) > 0L) paste0("; groups ", listed(sQuote(table$labels, FALSE)))))
}

# A number that is found where the formula was written; else a misspelt answer.
unknown_name <- function(text, table, name, envir) {
  value <- get0(text, envir = envir, mode = "numeric")
  if (is.numeric(value) && length(value) == 1L) return(NULL)
  abort("argument", "`", text, "` in the function `", name, "` is neither an answer nor a number",
        hint = answers_text(table))
}

answers_text <- function(table) paste("Answers are", listed(sQuote(known_answers(table), FALSE)))

known_answers <- function(table) {
  if (length(table$outcomes) == 1L) return(c(levels(table$answers[[1L]]), names(table$nets)))
  unlist(lapply(table$outcomes, function(v) paste0(v, "$", c(levels(table$answers[[v]]), names(table$nets)))), use.names = FALSE)
}

# ---- values and slopes --------------------------------------------------------------------------------------------------

contrast_rows <- function(f, name, table, null, level) {
  each <- if (f$across) 0L else seq_len(table$places$groups)
  found <- lapply(each, function(g) value_and_slope(f, g, table, name))
  slopes <- vapply(found, `[[`, double(length(table$shares)), "slope")
  values <- vapply(found, `[[`, 0, "value")
  columns <- checked_estimate(
    .Call(C_share_functions, table$tally, table$places, as.double(slopes), values, rep(null, length(values)), level), table$tally
  )
  columns <- columns[c("estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value", "n", "reason")]
  list_frame(c(list(groups = group_rows(if (!f$across) table$grid, each), contrast = rep(name, length(each))), columns))
}

# The function in group g (0: groups are named), and its derivatives in all proportions of the table.
value_and_slope <- function(f, g, table, name) {
  group <- vapply(f$refs, function(r) if (is.na(r$group)) g else r$group, 0L)
  rows <- lapply(f$refs, function(r) which(as.integer(table$answers[[r$outcome]]) %in% r$level))
  p <- mapply(function(row, g) sum(table$shares[row, g]), rows, group)
  names(p) <- paste0(".share", seq_along(p))
  slope <- matrix(0, nrow(table$shares), ncol(table$shares))
  if (anyNA(p)) {
    for (h in unique(group)) slope[1L, h] <- 1 # a group without answers, which gives the reason
    return(list(value = NA_real_, slope = as.double(slope)))
  }
  value <- function(p) {
    y <- suppressWarnings(eval(f$expression, as.list(p), f$envir))
    if (!is.numeric(y) || length(y) != 1L) {
      abort("argument", "the function `", name, "` is not one number, but ", class(y)[1L], " of length ", length(y))
    }
    as.double(y)
  }
  y <- value(p)
  if (is.finite(y)) {
    d <- derivatives(f, p, value)
    for (k in seq_along(p)) slope[rows[[k]], group[k]] <- slope[rows[[k]], group[k]] + d[k]
  }
  if (!is.finite(y) || !all(is.finite(slope))) {
    y <- NA_real_
    slope[] <- 0
    slope[1L, unique(group)] <- 1
  }
  list(value = y, slope = as.double(slope))
}

derivatives <- function(f, p, value) {
  exact <- tryCatch({
    of <- lapply(names(p), function(symbol) stats::D(f$expression, symbol))
    vapply(of, function(d) as.double(suppressWarnings(eval(d, as.list(p), f$envir))), 0)
  }, error = function(e) NULL)
  if (!is.null(exact)) return(exact)
  vapply(seq_along(p), function(k) slope_by_differences(function(x) value(replace(p, k, x)), p[[k]]), 0)
}

# Richardson's extrapolation of central differences, error of order step^4.
slope_by_differences <- function(value, at, step = 1e-3) {
  central <- function(h) (value(at + h) - value(at - h)) / (2 * h)
  (4 * central(step / 2) - central(step)) / 3
}

# ---- what users see -----------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_contrast <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (!is.null(digits)) digits <- check_whole(digits, "digits", 0, 15)
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  rows <- result_rows(x)
  number <- mean_format(rows, digits)
  notes <- footnotes(rows$reason, width)
  interval <- add_marks(format_interval(rows$conf.low, rows$conf.high, number, " to "), notes$marks)
  columns <- c(
    list(table_column("contrast", rows$contrast, left = TRUE)),
    if (length(info$groups) > 0L) {
      list(table_column(paste(info$groups, collapse = ", "), grid_labels(rows$groups), left = TRUE))
    },
    list(table_column("estimate", number(rows$estimate)), table_column(format_level(info$level), interval),
         table_column("SE", number(rows$std.error)), table_column("p", format_p(rows$p.value)),
         table_column("n", format_count(rows$n)))
  )
  c(wrap(paste("Functions of proportions:", paste(label_text(info, info$outcomes), collapse = " and ")), width),
    source_lines(info, width, n_text(rows$n[rows$contrast == rows$contrast[1L]]), df_text(rows$df, info)), "",
    table_lines(columns, width), notes$lines, "", convention_lines(x, width))
}

#' @rdname weeg_tidy
#' @export
glance.weeg_contrast <- function(x, ...) glance_row(x, nobs = max(x$n))

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::coef, weeg_contrast)
coef.weeg_contrast <- function(object, ...) named_estimates(object)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::confint, weeg_contrast)
confint.weeg_contrast <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)
