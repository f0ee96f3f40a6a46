#' Describe a sample design
#'
#' Describes how the rows of a data frame were sampled: weights, strata, clusters (primary sampling units) and finite
#' population. All other functions start from the result, so that nothing has to be repeated and every estimate accounts
#' for the design.
#'
#' The data frame is referred to, not copied. Weights, strata and clusters are checked once, here. Functions that
#' change data in place (`setorder()`, `:=` and `set()` of package data.table) change the data of a design too. The
#' variables of weights, strata, clusters, population sizes, margins and domains have fingerprints (of more than 8192
#' texts or 65 536 numbers, from rows spread over all, which shows another order but may miss single cells). If one
#' has changed, every verb raises an error of class `weeg_error_argument`. Other variables are read when a verb needs
#' them. Where rows are identified by position alone (a design of package survey, a matrix of replicate weights, a
#' condition on something other than a variable of the data), all variables have fingerprints; new ones may still be
#' added.
#'
#' Do not change the other parts of a design or [weeg_tally()] by hand: a verb that is given a changed one raises an
#' error of the same class (of a design that was saved and read again, single cells of as long vectors may be missed). To
#' change a design, make it again.
#'
#' @section Stages:
#' Several cluster variables make a multistage design, from the first stage to the last, as in `survey::svydesign()`:
#' `cluster = ~ school + pupil`. Numbers of a later stage may start again in each unit of the previous stage. `strata` and
#' `fpc` then have a variable per stage too; `1` stands for a stage without strata (`strata = ~ 1 + sex`), and stages at
#' the end may be left out. To cross two variables, write `strata = ~ interaction(region, size)`.
#'
#' Without `fpc`, the PSUs are treated as drawn with replacement, and the first stage alone determines the variance,
#' whatever the sampling within them. With `fpc` the variances of all stages are added, each within the units of the
#' previous stage and multiplied by the sampling fractions of the stages before it (Cochran 1977, chapter 11; Sarndal,
#' Swensson and Wretman 1992, section 4.3); the first stage without an fpc is treated as drawn with replacement and is
#' the last one used. A stratum or PSU taken with certainty has an fpc equal to its sampled number and adds nothing at
#' its stage. Degrees of freedom are those of the first stage. For PSUs drawn with unequal probabilities, give the
#' weights and leave out `fpc`: the with-replacement variance is the usual, slightly conservative choice. Or see below.
#'
#' @section Unequal probabilities:
#' With `pps`, the first variable of `fpc` is the probability with which the row's PSU came into the sample, and the variance
#' between PSUs is one for samples without replacement. Without `cluster` each row is a PSU. In a stratum with n PSUs, with
#' \eqn{z_i}{z} the sum of the weighted scores of a PSU, \eqn{\bar z}{zbar} their mean and \eqn{c_i = 1 - \pi_i}{c = 1 - pi}:
#' * `"brewer"`: \eqn{\frac{n}{n-1} \sum c_i (z_i - \bar z)^2}{n/(n-1) sum c (z - zbar)^2} (Brewer 2002, chapter 9). Never below
#'   0, and the one to take where nothing else speaks.
#' * `"overton"` and `"hartley-rao"`: Horvitz and Thompson's variance, with joint probabilities approximated as Overton (1985),
#'   and as Hartley and Rao (1962) with the sum of squared probabilities estimated from the sample. They can be below 0; a
#'   standard error then is `NA`.
#' * `"poisson"`: PSUs were drawn independently of each other, so that their number was left to chance:
#'   \eqn{\sum c_i z_i^2}{sum c z^2}. Strata make no difference to it.
#'
#' Where joint inclusion probabilities \eqn{\pi_{ij}}{pi_ij} of all pairs of PSUs are known, `pps` is the matrix of them, with
#' \eqn{\pi_i}{pi_i}, which `fpc` has too, on the diagonal: rows and columns are the rows of the data, or with `cluster` are
#' named as the PSUs (also as `survey::ppsmat()` has it). The variance is Horvitz and Thompson's,
#' \eqn{\sum_{ij} (1 - \pi_i \pi_j / \pi_{ij}) z_i z_j}{sum_ij (1 - pi_i pi_j / pi_ij) z_i z_j}; with
#' `pps = list(matrix = , variance = "YG")` it is that of Yates and Grundy, for samples of a fixed size. Tallies with such a
#' matrix are not added and not written to files.
#'
#' Later stages are as in Stages, the sampling fraction of a PSU being its probability. A PSU with a probability of 1 adds nothing
#' at the first stage. Standard errors are those of package survey; intervals and tests use Student's t with PSUs less strata as
#' degrees of freedom under all conventions. Calibration accounts for `pps`; replicates cannot be made.
#'
#' @section What happens to awkward input:
#' * Weights that are missing, negative or infinite are an error that names the first row. Find out why they occur;
#'   `na_weights = "omit"` leaves out the rows without a weight. A weight of zero is allowed: the row's PSU stays in the
#'   design, but the row enters no estimate, no `n` and no degrees of freedom.
#' * Missing strata, clusters or fpc are an error that names the first row.
#' * A cluster that occurs in two strata is an error, unless `nest = TRUE` says that cluster numbers start again in each
#'   stratum.
#' * A stratum with one PSU is allowed here; estimates treat it by the `lonely` rule.
#'
#' @param data A data frame, the path of a CSV file (see [weeg_csv]), an SPSS file (see [weeg_sav]) or a Parquet file (see
#'   [weeg_database]), several of these that are waves of a survey (see [weeg_waves]), a [weeg_tally()], or a design made by
#'   package survey or srvyr (see [as_weeg_design()]).
#' @param weights,strata,cluster,fpc One-sided formulas such as `~weight`, evaluated in `data`; `NULL` or `~1` for none. Several
#'   variables of `strata`, `cluster` and `fpc` are stages: see Stages. `fpc` is the number of units in the population of
#'   the stratum (numbers of at least 1), or the sampling fraction (numbers of at most 1), constant within a stratum (of
#'   a later stage: within a unit of the stage before, and its stratum). Without `weights`, each row has the weight that follows
#'   from `fpc`, as in package survey: units in the population by units in the sample, multiplied over the stages;
#'   `weights = ~1` gives all rows equal weight. Results say which weights were used.
#' @param nest Whether cluster numbers start again in each stratum.
#' @param lonely What a stratum with one sampled PSU contributes to the variance. `"fail"`: an error; `"remove"` and
#'   `"certainty"`: nothing; `"adjust"`: its squared distance from the mean over all PSUs; `"average"`: the average
#'   contribution of the other strata. As `options(survey.lonely.psu)` in package survey. At a later stage, "other
#'   strata" are those within the same unit. `NULL`: by the conventions, `r usual("lonely")` by default.
#'   [weeg_sensitivity()] shows the effect of the choice.
#' @param lonely_domain Whether `"adjust"` and `"average"` also apply to a stratum with several PSUs when an estimate's
#'   domain (for a proportion, its group) has rows in only one of them. As `options(survey.adjust.domain.lonely)` in
#'   package survey.
#' @param df Degrees of freedom of every domain, for all intervals and tests, as some surveys publish them; in place of those
#'   that the conventions count, also of effective ones. `NULL`: by the conventions. For an existing design or tally, `NULL`
#'   keeps what it has.
#' @param na_weights What to do with rows without a weight. `"fail"`: an error. `"omit"`: they are left out of the
#'   design, as if they were not in the data, and every result says how many there were.
#' @param conventions Whose conventions for degrees of freedom, intervals, tests and missing values apply unless you
#'   specify otherwise: `"weeg"`, `"survey"`, `"sas"`, `"stata"`, `"sudaan"` or
#'   `"nchs"`; see [weeg_conventions()]. For an existing design or tally, `NULL` keeps its own.
#' @param pps How PSUs were drawn, where that was without replacement and with unequal probabilities, which `fpc` then has: see
#'   Unequal probabilities. `"brewer"`, `"overton"`, `"hartley-rao"` or `"poisson"`; or a matrix of joint inclusion
#'   probabilities; `NULL`: they were not.
#' @param ... Not used.
#' @return An object of class `weeg_design`. `subset()` selects a domain: the rows for which a condition holds, while the
#'   design keeps all its PSUs.
#' @references Brewer (2002), Combined Survey Sampling Inference. Cochran (1977), Sampling Techniques. Hartley and Rao (1962),
#'   Annals of Mathematical Statistics 33, 350-374. Overton (1985), A Sampling Plan for Streams in the National Stream Survey.
#'   Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling.
#' @seealso [as_weeg_design()], [weeg_tally()], [weeg_two_phase()]
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' d
#' subset(d, leeftijd < 36)
#'
#' # 10 of 40 schools, and 5 of the pupils of each
#' pupils <- data.frame(
#'   school = rep(1:10, each = 5), pupil = 1:5, schools = 40, pupils = rep(21:30, each = 5)
#' )
#' pupils$smokes <- (pupils$school + pupils$pupil) %% 3 == 0
#' pupils$weight <- with(pupils, schools / 10 * pupils / 5)
#' d <- weeg_design(pupils, weights = ~weight, cluster = ~ school + pupil, fpc = ~ schools + pupils)
#' weeg_proportion(d, ~smokes)
#' @export
weeg_design <- function(data, ...) {
  if (missing(data)) abort("argument", "`data` is missing: a data frame, or the path of a file")
  UseMethod("weeg_design")
}

#' @rdname weeg_design
#' @export
weeg_design.data.frame <- function(data, weights = NULL, strata = NULL, cluster = NULL, fpc = NULL, nest = FALSE,
                                   lonely = NULL, lonely_domain = FALSE, df = NULL, na_weights = "fail", conventions = "weeg",
                                   ..., pps = NULL) {
  no_dots(...)
  refuse_no_rows(data)
  if ((is.null(names(data)) && length(data) > 0L) || anyNA(names(data))) abort("argument", "`data` has columns without names")
  given_formulas(c("weights", "strata", "cluster", "fpc"), names(data))
  source_design(data, na_weights, weights, strata, cluster, fpc, nest, lonely, conventions, lonely_domain, df, pps)
}

# A design of the rows of a source, whose columns are read in one pass.
source_design <- function(data, na_weights, weights, strata, cluster, fpc, nest, lonely, conventions, lonely_domain, df = NULL,
                          pps = NULL) {
  if (is.null(weights)) weights <- source_weights(data)
  if (check_na_weights(na_weights, weights)) data <- source_known(data, weights)
  formulas <- list(weights = weights, strata = strata, cluster = cluster, fpc = fpc)
  terms <- lapply(formulas, function(formula) {
    if (inherits(formula, "formula") && !stands_for_none(formula)) plus_terms(formula[[length(formula)]])
  })
  data <- source_begin(data, c(terms, list(wave = lapply(source_crossed(data), as.name))))
  design <- withCallingHandlers(
    make_design(data, weights, strata, cluster, fpc, nest, lonely, conventions, lonely_domain, df, pps),
    weeg_error = function(e) stop(error_in_source(e, data))
  )
  seal(end_design(design))
}

# Without what was there to make it.
end_design <- function(design) {
  design <- with_omitted(design, max(0, attr(design$data, "omitted", exact = TRUE)))
  design$data <- source_end(design$data)
  design
}

# What weeg_design(), as_weeg_design() and weeg_replicate_design() give, before it is sealed.
new_design <- function(design) structure(design, class = "weeg_design")

make_design <- function(data, weights, strata, cluster, fpc, nest, lonely, conventions, lonely_domain, df,
                        pps = NULL) {
  nest <- check_flag(nest, "nest")
  if (!is.null(lonely)) lonely <- one_of(lonely, lonely_rules, "lonely")
  lonely_domain <- check_lonely_domain(lonely_domain, lonely)
  df <- check_df(df)
  joint <- check_joint(pps)
  pps <- if (is.null(joint)) check_pps(pps, fpc, lonely_domain) else check_pps("brewer", fpc, lonely_domain)
  design <- list(
    data = data,
    names = list(
      data = source_label(data), weights = formula_text(weights), strata = strata_text(strata, data),
      cluster = formula_text(cluster), fpc = formula_text(fpc)
    ),
    rows = source_rows(data), domain = NULL, conditions = list()
  )
  design <- add_weights(design, design_weights(weights, data))
  design <- add_stages(design, cross_waves(design_stages(data, strata, cluster, fpc, pps), data, nest),
                       nest, pps = pps)
  if (is.null(weights) && (!is.null(pps) || any(is.finite(design$frame$stratum_fpc)))) design <- add_fpc_weights(design)
  if (!is.null(joint)) design <- add_joint(design, joint, is.null(cluster) || stands_for_none(cluster))
  design$frame$lonely_domain <- lonely_domain
  design$frame$given_df <- df
  design <- know_columns(design, c(lapply(formula_terms(list(weights, strata, cluster, fpc)), all.vars), source_crossed(data)))
  new_design(set_conventions(design, conventions, lonely))
}

#' @rdname weeg_design
#' @export
weeg_design.weeg_tally <- function(data, conventions = NULL, df = NULL, ...) {
  no_dots(...)
  check_unbroken(data)
  change_rules(data, conventions, df)
}

#' @rdname weeg_design
#' @export
weeg_design.weeg_design <- function(data, conventions = NULL, df = NULL, ...) {
  given <- intersect(...names(), names(formals(make_design)))
  if (length(given) > 0L) {
    abort("argument", "`data` already is a design, whose `", given[1L], "` cannot be given again",
          hint = "Start from the data frame or file")
  }
  no_dots(...)
  check_unbroken(data)
  change_rules(data, conventions, df)
}

#' @rdname weeg_design
#' @export
weeg_design.default <- function(data, conventions = NULL, df = NULL, ...) {
  if (inherits(data, c("survey.design", "svyrep.design", "tbl_svy"))) {
    return(change_rules(as_weeg_design(data, ...), conventions, df))
  }
  abort("argument", "`data` must be a data frame, the path of a CSV file, a tally, a survey or srvyr design, or a table ",
        "in a database, not ", if (is.null(data)) "NULL" else paste0("a ", class(data)[1L]), hint = data_hint(data))
}

check_lonely_domain <- function(value, lonely) {
  value <- check_flag(value, "lonely_domain")
  if (value && !any(lonely %in% c("adjust", "average"))) {
    abort("argument", "`lonely_domain` goes with lonely = \"adjust\" and \"average\" only")
  }
  value
}

check_df <- function(df) if (!is.null(df)) as.double(check_whole(df, "df", 1, .Machine$integer.max))

# ---- joint inclusion probabilities -----------------------------------------------------------------------------------

# A matrix of them, or what survey::ppsmat() makes of one; NULL: none. list(matrix, variance)
check_joint <- function(value) {
  variance <- "HT"
  if (is.list(value) && !is.null(value[["matrix"]])) {
    if (!is.null(value[["variance"]])) variance <- one_of(value[["variance"]], c("HT", "YG"), "pps$variance")
    value <- value[["matrix"]]
  }
  if (inherits(value, "ppsmat")) value <- value[["pij"]]
  if (!is.matrix(value)) return(NULL)
  refuse <- function(...) abort("fpc", "the matrix of joint inclusion probabilities (`pps`) ", ...)
  if (!is.numeric(value) || nrow(value) != ncol(value)) {
    refuse("must be square, with a number for each pair of PSUs, not ", nrow(value), " by ", ncol(value))
  }
  at <- which(!(is.finite(value) & value > 0 & value <= 1), arr.ind = TRUE)
  if (nrow(at) > 0L) {
    refuse("has ", value[at[1L, , drop = FALSE]], " in row ", at[1L, 1L], ", column ", at[1L, 2L],
           hint = "Each pair of PSUs must have had a chance to be in the sample: above 0 and at most 1")
  }
  at <- which(abs(value - t(value)) > 1e-9 * value, arr.ind = TRUE)
  if (nrow(at) > 0L) refuse("is not symmetric: row ", at[1L, 1L], ", column ", at[1L, 2L], " differs from the reverse")
  list(matrix = unname((value + t(value)) / 2), names = rownames(value), variance = variance)
}

# The quadratic form of the scores of PSUs. by_row: these are the rows of the data, in order.
add_joint <- function(design, joint, by_row) {
  frame <- design$frame
  refuse <- function(...) abort("fpc", "the matrix of joint inclusion probabilities (`pps`) ", ...)
  count <- length(frame$psus)
  if (nrow(joint$matrix) != count) {
    refuse("has ", counted(nrow(joint$matrix), "row"), ", but the sample has ", counted(count, "PSU"))
  }
  order <- if (by_row) seq_len(count) else match(frame$psus, joint$names)
  if (anyNA(order)) {
    refuse("must have the names of the PSUs as names of its rows: there is none for PSU ", frame$psus[which(is.na(order))[1L]])
  }
  p <- joint$matrix[order, order, drop = FALSE]
  off <- which(!(abs(diag(p) - frame$psu_probability) <= 1e-6 * diag(p)))
  if (length(off) > 0L) {
    refuse("has ", format(diag(p)[off[1L]]), " for PSU ", frame$psus[off[1L]], ", and `fpc` has ",
           format(frame$psu_probability[off[1L]]), hint = "Its diagonal has the inclusion probabilities")
  }
  form <- (p - tcrossprod(diag(p))) / p
  if (joint$variance == "YG") diag(form) <- diag(form) - rowSums(form)
  design$frame$pps <- joint$variance
  design$frame$psu_form <- as.vector(form)
  design
}

# fpc, lonely_domain: given with it.
check_pps <- function(value, fpc, lonely_domain) {
  if (is.null(value)) return(NULL)
  value <- one_of(value, pps_methods, "pps")
  if (is.null(fpc) || stands_for_none(fpc)) {
    abort("argument", "`pps` needs the inclusion probabilities of the PSUs, as `fpc`", hint = "fpc = ~probability")
  }
  if (lonely_domain) abort("argument", "`lonely_domain` does not go with `pps`")
  value
}

no_dots <- function(...) {
  if (...length() == 0L) return(invisible())
  names <- ...names()
  if (is.null(names)) names <- ""
  abort_unknown_argument(ifelse(nzchar(names), names, "..."))
}

formula_text <- function(formula) {
  if (inherits(formula, "formula") && !stands_for_none(formula)) term_text(formula[[length(formula)]])
}

# Of a name itself: deparse() takes ten times as long.
term_text <- function(term) if (is.name(term)) as.character(term) else deparse1(term)

# ~1 (and ~0, as package survey has it): no weights, strata, clusters or population sizes.
stands_for_none <- function(formula) {
  inherits(formula, "formula") && length(formula) == 2L && is.numeric(term <- formula[[2L]]) &&
    (identical(term, 1) || identical(term, 0))
}

# ---- parts of a design -----------------------------------------------------------------------------------------------

# The values of a one-sided formula's terms, as a named list.
# skip: terms that are not evaluated, but NULL.
formula_values <- function(formula, data, argument, skip = FALSE) {
  if (!inherits(formula, "formula") || length(formula) != 2L) {
    abort("formula", "`", argument, "` must be a one-sided formula such as ~x",
          hint = if (is.character(formula) && length(formula) == 1L) paste0("Did you mean ", argument, " = ~", formula, "?"))
  }
  terms <- plus_terms(formula[[2L]])
  skip <- rep_len(skip, length(terms))
  values <- vector("list", length(terms))
  envir <- environment(formula)
  for (i in which(!skip)) values[i] <- list(evaluate(terms[[i]], data, envir, argument))
  names(values) <- vapply(terms, term_text, "")
  values
}

plus_terms <- function(expression) {
  if (!is.call(expression)) return(list(expression))
  terms <- list() # the last first, without recursion: thousands of them are deeper than R's stack
  todo <- list(expression)
  while (length(todo) > 0L) {
    last <- todo[[length(todo)]]
    todo <- todo[-length(todo)]
    if (is.call(last) && identical(last[[1L]], quote(`+`)) && length(last) == 3L) {
      todo <- c(todo, as.list(last)[-1L])
    } else {
      terms[length(terms) + 1L] <- list(last)
    }
  }
  rev(terms)
}

# A variable of data, or an expression of its variables. A name is looked up in data only: a variable of the same name
# in the user's workspace would be a silent mistake.
# repeats: whether one value may stand for that of every row.
evaluate <- function(expression, data, envir, argument, repeats = FALSE) {
  if (is.name(expression)) return(source_column(data, expression, argument))
  if (!is.call(expression)) abort("formula", deparse1(expression), " is not a variable (in `", argument, "`)")
  data <- source_frame(data, expression, envir, argument)
  twice <- intersect(all.vars(expression), names(data)[duplicated(names(data))])
  if (length(twice) > 0L) abort("variable", "the data have several variables `", twice[1L], "` (in `", argument, "`)")
  check_names_in(expression, names(data), envir, argument)
  value <- tryCatch(eval_seen(expression, data, envir), error = function(e) {
    if (inherits(e, "weeg_error")) stop(e)
    abort("variable", "cannot evaluate ", deparse1(expression), " in `", argument, "`: ", conditionMessage(e))
  })
  if (repeats) value <- repeated(value, nrow(data))
  without_label(value_of_rows(value, deparse1(expression), data, argument), expression, data)
}

# Functions keep the label of what they are given, but log(age) is not the age: it goes by its expression.
without_label <- function(value, expression, data) {
  label <- attr(value, "label", exact = TRUE)
  if (is.null(label)) return(value)
  theirs <- lapply(intersect(all.vars(expression), names(data)), function(name) attr(data[[name]], "label", exact = TRUE))
  if (any(vapply(theirs, identical, NA, label))) attr(value, "label") <- NULL
  value
}

repeated <- function(value, rows) {
  if (is.atomic(value) && length(value) == 1L && is.null(dim(value))) rep(value, rows) else value
}

# A value for each row of a data frame.
value_of_rows <- function(value, text, data, argument, codes = TRUE) {
  value <- plain_column(value, text, codes)
  if (value_rows(value) != nrow(data)) {
    abort("variable", text, " in `", argument, "` has ", counted(value_rows(value), "value"), ", but the data have ",
          counted(nrow(data), "row"))
  }
  value
}

# That the names in an expression are variables or in the workspace; what follows `$` and the arguments of functions are neither.
check_names_in <- function(expression, known, envir, argument) {
  unknown <- setdiff(free_names(expression), known)
  unknown <- unknown[!vapply(unknown, exists, NA, envir = envir)]
  if (length(unknown) > 0L) abort_unknown(unknown[1L], known, argument)
}

free_names <- function(expression) {
  if (!is.call(expression) || !any(c("$", "@", "function") %in% all.names(expression))) return(all.vars(expression))
  parts <- as.list(expression)
  called <- if (is.name(parts[[1L]])) as.character(parts[[1L]]) else ""
  if (called %in% c("$", "@")) return(free_names(parts[[2L]]))
  if (called == "function") return(setdiff(free_names(parts[[3L]]), names(parts[[2L]])))
  there <- vapply(seq_along(parts), function(i) length(all.names(as.expression(parts[i]))) > 0L, NA) # not that of x[, 1]
  unique(unlist(lapply(parts[there], free_names)))
}

abort_unknown <- function(name, known, argument) {
  abort("variable", "there is no variable `", name, "` (in `", argument, "`)", hint = near_hint(name, known))
}

# "Did you mean ...?": at most two edits away, but not every letter; of equally near names the one of the same length.
near_hint <- function(name, known) {
  known <- known[nchar(visible(known)) <= 63L] # the distance takes the product of two lengths
  if (nchar(visible(name)) > 63L || length(known) == 0L) return(NULL)
  edits <- drop(utils::adist(visible(name), visible(known), ignore.case = TRUE))
  near <- known[order(edits, abs(nchar(known) - nchar(name)))]
  near <- near[sort(edits) <= min(2, nchar(name) - 1)]
  if (length(near) > 0L) paste0("Did you mean ", near[1L], "?")
}

# ~1 stands for none.
design_weights <- function(formula, data) {
  if (is.null(formula) || stands_for_none(formula)) return(NULL)
  values <- formula_values(formula, data, "weights")
  if (length(values) != 1L) abort("formula", "`weights` must name one variable")
  weights <- values[[1L]]
  check_one_column(weights, names(values), "weights", "weight")
  weights <- plain_values(weights)
  if (!is.numeric(weights) || is.factor(weights)) {
    abort("weight", "weights must be numbers, but ", names(values), " is a ", class(weights)[1L],
          hint = weight_hint(weights, names(values)))
  }
  as_numbers(weights)
}

# No matrix, also of one column: its second would be taken for more rows.
check_one_column <- function(x, name, argument, class) {
  if (length(attr(x, "dim", exact = TRUE)) > 1L || is.data.frame(x)) {
    abort(class, argument, " must be one column of numbers, but ", name, " is a ", class(x)[1L], " of ",
          counted(NCOL(x), "column"),
          hint = paste0("Name one of them: ", argument, " = ~ I(", name, "[, 1])"))
  }
  if (is.list(x)) abort(class, argument, " must be one column of numbers, but ", name, " is a ", class(x)[1L])
}

weight_hints <- list(weight = paste(
  "Weights must be finite and not negative. Remove such rows before making the design;",
  "na_weights = \"omit\" leaves out those without a weight, and says how many"
))

# computed: by us, so that nobody else has them.
add_weights <- function(design, weights, computed = FALSE) {
  design$max_weight <- 1
  if (!is.null(weights)) {
    design$max_weight <- checked(.Call(C_check_weights, weights, thread_count()), weight_hints)
    if (!computed) weights <- own(stats::setNames(list(weights), design$names$weights), design$data)[[1L]]
  }
  design["weights"] <- list(weights)
  design
}

# Where population sizes are given and no weights, each row stands for its share of the population.
add_fpc_weights <- function(design) {
  of_unit <- fpc_weights(design$frame)
  design$names$weights <- fpc_weights_name
  codes <- design$unit$codes
  add_weights(design, if (is.null(codes)) rep(of_unit, design$rows) else of_unit[column_codes(design$unit)], computed = TRUE)
}

fpc_weights_name <- "from fpc"

# The weight of each unit of a tally.
fpc_weights <- function(frame) {
  frame$lonely <- "fail"
  checked(.Call(C_fpc_weights, list(frame = frame)), fpc_weights_hint)
}

fpc_weights_hint <- list(fpc = "Give `weights`, or weights = ~1 to weight all rows equally")

# A tally of a design whose weights follow from its population sizes, after its rows or these were changed.
weigh_by_fpc <- function(tally) {
  if (identical(tally$names$weights, fpc_weights_name)) {
    tally$entries <- checked(.Call(C_tally_weigh, tally, fpc_weights(tally$frame)))
  }
  tally
}

# The weights that a design has: the variable or where they come from, and what was done to them; NULL: all are 1.
weights_name <- function(design) {
  parts <- c(design$names$weights, if (!is.null(design$changed$text)) "trimmed", calibration_record(design)$how)
  if (length(parts) > 0L) paste(parts, collapse = ", ")
}

# "weights gewicht", "unweighted": in every result, or a design that was forgotten would not be seen.
weights_source <- function(names) {
  if (is.null(names$weights)) return("unweighted")
  paste0("weights ", names$weights, if (!is.null(names$omitted)) paste0(" (", omitted_text(names$omitted), ")"))
}

omitted_text <- function(count) {
  paste(counted(as.double(count), "row"), "without one left out")
}

refuse_missing <- function(column, argument, data) {
  row <- which(is.na(column_codes(column)))[1L]
  if (is.na(row)) return(invisible())
  check_codes(column$codes, column$name)
  first <- attr(data, "first", exact = TRUE) # of units of a stream, their first rows
  abort_missing(column$name, argument, if (is.null(first)) row else first[row])
}

abort_missing <- function(name, argument, row) {
  abort("missing", name, " (in `", argument, "`) is missing in row ", in_row(row), where = row)
}

# ---- domains ---------------------------------------------------------------------------------------------------------

#' A domain of a design or tally
#'
#' Selects the rows for which a condition holds, as a domain: the design keeps all its PSUs, so standard errors remain
#' correct. Rows for which the condition is missing are outside the domain.
#'
#' @section What conditions and expressions see:
#' In conditions, and in expressions in formulas such as `~ I(age < 30)` or `(q == 1) ~ 1`, columns have the same meaning
#' as in tables:
#' * Labelled values (packages haven and sjlabelled, SPSS files) can be given by code or by label: `sat == 1`,
#'   `sat == "yes"`, `sat %in% c("yes", "no")`. A label that does not exist is an error that lists the codes, and so is a
#'   code that does not exist, if all codes have labels. User-missing values are missing, and selecting one is an error.
#' * A level that a factor does not have, a text that does not occur in a text column (other than `""`), a text where a
#'   number is meant, and comparing the order of unordered levels are errors.
#' * Anything computed from a variable is missing where the variable is. R's `%in%`, `grepl()` and `paste()` would take a
#'   missing value for one that does not match; here they are missing too, so that `!(x %in% "a")` leaves missing answers
#'   out as `x != "a"` does. `is.na(x)` and `x %in% c("a", NA)` ask about missing values, and work as usual. A function
#'   of your own (or a default such as `TRUE ~` in `dplyr::case_when()`) receives missing values as `NA` and decides what
#'   to do with them.
#' * Dates are compared with dates: `day > as.Date("2020-12-31")`, `day == "2020-01-01"`; comparing one with a number is
#'   an error. Where the column has times too, a date stands for the whole day.
#' * Numbers with another class (`difftime`, `integer64`, Hmisc's `labelled`) are numbers.
#'
#' @param x A [weeg_design()] or [weeg_tally()].
#' @param subset A condition on the variables of the data (for a tally: of its variables).
#' @param ... Not used.
#' @return `x` with the domain. A domain of a domain is their intersection.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_proportion(subset(d, leeftijd < 36), strengths ~ 1)
#' @export
subset.weeg_design <- function(x, subset, ...) {
  if (missing(subset) && any(nzchar(...names()))) {
    name <- ...names()[nzchar(...names())][1L]
    abort("argument", "`", name, " = ` gives an argument, not a condition", hint = "For equality use `==`")
  }
  no_dots(...)
  if (missing(subset)) abort("argument", "`subset` needs a condition, such as leeftijd < 36")
  check_unbroken(x)
  condition <- substitute(subset)
  data <- source_frame(x$data, condition, parent.frame(), "subset")
  inside <- condition_value(condition, data, parent.frame())
  if (!isTRUE(all(inside))) x <- know_columns(x, list(all.vars(condition)))
  x$domain <- .Call(C_inside, inside, x$domain)
  x$conditions <- c(x$conditions, list(condition))
  seal(x)
}

# Rows for which it is missing are outside.
domain_condition <- function(condition, data, envir) {
  value <- condition_value(condition, data, envir)
  !is.na(value) & value
}

# For each row of a data frame, NA where it is missing.
condition_value <- function(condition, data, envir, said = "the condition ") {
  check_names_in(condition, names(data), envir, "subset")
  value <- tryCatch(eval_seen(condition, data, envir), error = function(e) {
    if (inherits(e, "weeg_error")) stop(e)
    abort("variable", "cannot evaluate ", said, deparse1(condition), ": ", conditionMessage(e))
  })
  if (!is.logical(value)) abort("argument", said, deparse1(condition), " is not logical, but ", class(value)[1L])
  if (length(value) == 1L) value <- rep(value, nrow(data))
  if (length(value) != nrow(data)) {
    abort("argument", said, deparse1(condition), " has ", counted(length(value), "value"), " for ",
          counted(nrow(data), "row"))
  }
  value
}
