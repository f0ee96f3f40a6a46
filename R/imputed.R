# Several completed data sets as one design: multiple imputations, plausible values. Each has a design of its own; pool.R makes
# one result of those that a verb has of them.

#' Multiple imputations and plausible values
#'
#' A list of completed data sets, of which missing values were imputed several times, or columns of plausible values, as one
#' design: estimates, standard errors, intervals and tests are pooled by Rubin's rules, and so account for the imputation.
#'
#' @section Designs:
#' `weeg_design()` takes the data sets as an `imputationList` of package mitools, a `mids` of mice, a plain list of data frames
#' (at least two, of equally many rows), or a list of designs, as in `survey::svydesign(data = imputationList(...))`. Its other
#' arguments are those for a data frame, and hold for each data set. As in survey, weights, strata and clusters may differ
#' between data sets, where they were imputed too. A factor should have the same levels in all; where the values of another
#' variable differ that a table has as levels, that is an error which names it.
#'
#' `weeg_plausible()` takes a design and columns that are drawn values of one quantity, such as `PV1MATH` to `PV5MATH` in PISA:
#' `math ~ PV1MATH + PV2MATH + ...`, as `mitools::withPV()` has it, or an expression that makes their names. The result has
#' the quantity by its new name. Several formulas need equally many columns: the first of each go together.
#'
#' `subset()` makes domains, in each data set of the rows for which its own values meet the condition;
#' [update()][weeg_dplyr] and dplyr's verbs work so, too. `d[[1]]` is the design of
#' the first data set, and `length(d)` the number of them.
#'
#' @section Pooling:
#' With m data sets, W the mean of the variances that the design has in each, and B the variance of the estimates between them,
#' the estimate is their mean, its variance T = W + (1 + 1/m) B (Rubin 1987), and its degrees of freedom are those of Barnard and
#' Rubin (1999), for which the degrees of freedom in a single data set (the mean of the column `df`) are those of complete data.
#' `mitools::MIcombine()` has the same estimates and variances; its degrees of freedom are by default those of infinitely many
#' PSUs, and with `df.complete` larger than Barnard and Rubin's, as it leaves out the factor 1 + 1/m.
#'
#' A result has a column `fmi` more: the fraction of missing information, (r + 2/(u + 3)) / (r + 1) with r = (1 + 1/m) B / W and
#' u = (m - 1) (1 + 1/r)^2 (Rubin 1987, eq. 3.1.10), that of `MIcombine()`. `df` is pooled, and counts of rows are means.
#'
#' * `weeg_proportion()`: estimate and standard error on the scale of proportions. Intervals `"logit"` and `"arcsine"` are of
#'   what is pooled on their scale (in a data set with a proportion of 0 or 1, which has none: of the pooled proportion). All
#'   others put the pooled variance and degrees of freedom in place of the design's, as Lott and Reiter (2020) for Wilson's;
#'   where all data sets have 0, or 1, the limits are the widest of theirs. The design effect is that of the pooled
#'   variance. Verdicts of reliability have the pooled variance and degrees of freedom.
#' * `weeg_mean()`, `weeg_ratio()`, `weeg_total()`, `weeg_contrast()`, `weeg_decompose()`: on their own scale. So is
#'   `weeg_quantile()`, whose limits then are the quantile plus and minus t standard errors, not those of Woodruff.
#'   `weeg_standardise()` is pooled as proportions are, `weeg_battery()` as proportions and means. With `covariance = TRUE`,
#'   `vcov()` is W + (1 + 1/m) B, W and B being matrices.
#' * `weeg_compare()`: differences on their own scale, with limits and test on that of Fisher's z where those of one data set are;
#'   ratios on the logarithm, without the wider sides that they have in one data set under the conventions `"weeg"`;
#'   numbers needed as reciprocals of differences. Differences and contrasts of means are pooled on their own scale, ratios of
#'   means on the logarithm. p-values are adjusted after pooling.
#'
#' * `weeg_test(d, outcome ~ group)`: the adjusted Wald test of independence, pooled as D1 of Li, Raghunathan and Rubin (1991):
#'   the mean residuals are tested with the mean of their covariances, multiplied by 1 + r, r the mean increase of their variances
#'   by the imputation. The denominator has Reiter's (2007) degrees of freedom, with PSUs less strata less (number of residuals
#'   minus 1) for those of complete data; those that Barnard and Rubin's addition of reciprocals gives where Reiter's are not
#'   defined. `chisq` and `cramers.v` are means.
#'
#'   So are tests of `answers`, and goodness of fit, `weeg_test(d, ~ outcome, p = )`: D1 for the differences from the proportions
#'   that are specified, but the last.
#'
#'   Tests of ranks (`method = "kruskal-wallis"` and the like): D1 for the differences between groups of their mean rank scores,
#'   ranks being those in each data set, from 0 to 1; PSUs less strata less the number of differences for complete data. Trends,
#'   and tests conditional on `given`: D1 for observed minus expected, or with scores their covariance within levels of `given`;
#'   degrees of freedom as for independence, also of a trend under the conventions `"weeg"`.
#'
#' * `weeg_association()`: effect sizes are pooled on the scale of Fisher's z, on which their limits are (van Buuren 2018, section
#'   5.2), and transformed back. The lower limit of Cramer's V is 0 where the pooled test of independence does not reject. Where V
#'   is corrected to 0 in a data set, it has no standard error there, and so none at all.
#'
#' * `weeg_test(d, number ~ group, method = "mean")`: of two groups the test of their difference in `weeg_compare()`, F = t^2; of
#'   more D1 for the differences of the means, with PSUs less strata less (number of groups minus 1) for complete data.
#'
#' * `weeg_multiple()`: shares of items as proportions, the test of an item ([weeg_item_tests()]) as that of independence of
#'   naming it and the group, and of all items together D1 for the differences between the groups' shares and those of all, with
#'   the covariance of items that the same people name.
#' * `weeg_book()`: each figure, test and comparison is that of the function for one table, and letters follow from pooled
#'   comparisons, adjusted within a question and a variable of the banner. Bases, Kish's effective ones too, are means over the
#'   data sets; a column without rows in one of these is not compared.
#' * `weeg_crosstab()`: percentages as `weeg_proportion()`, the test as `weeg_test()`. Residuals are pooled as differences from
#'   independence, and divided by the pooled standard error; their p-values have its degrees of freedom. Counts are means.
#' * `weeg_logistic()`: coefficients on their own scale, with PSUs less strata less slopes (or effective ones) as degrees of
#'   freedom of complete data. `vcov()` is W + (1 + 1/m) B, that of `MIcombine()`. `anova()` tests the coefficients of a term by
#'   D1, with Reiter's degrees of freedom. Deviances are means.
#'
#' Where one of the data sets has no estimate or standard error, there is none, and `reason` is that of the first such one.
#'
#' [weeg_rake()], [weeg_calibrate()], [weeg_poststratify()], [weeg_trim()] and [weeg_replicates()] change the weights of each
#' data set, so that margins are met in each, also those of what was imputed; standard errors within data sets account for it.
#' PISA's replicate weights are `weeg_replicate_design(type = "fay", rho = 0.5, mse = TRUE)`, of which `weeg_plausible()` is made.
#'
#' All other functions refuse, and say so: tests with statistics of Rao and Scott, log-linear models, areas, disclosure control,
#' also of a pooled book, tallies, `augment()` of a model. Of one data set: `d[[1]]`.
#'
#' @param data For `weeg_design()`: the data sets. For `weeg_plausible()`: a [weeg_design()] of a data frame, or one of package
#'   survey or srvyr.
#' @param mapping A formula such as `math ~ PV1MATH + PV2MATH` or `math ~ paste0("PV", 1:5, "MATH")`, or a list of these.
#' @param ... Arguments of [weeg_design()], such as `weights`.
#' @param conventions,df As in [weeg_design()].
#' @param x What `weeg_design()` or `weeg_plausible()` gave.
#' @param i The number of a data set.
#' @param subset A condition, as in [subset.weeg_design()].
#' @param digits,width As in [weeg_print].
#' @return An object of class `weeg_imputed`, for the functions above.
#' @references Barnard and Rubin (1999), Biometrika 86, 948-955. Li, Raghunathan and Rubin (1991), JASA 86, 1065-1073. Lott and
#'   Reiter (2020), The American Statistician 74, 109-115. Reiter (2007), Biometrika 94, 502-508. Rubin (1987), Multiple
#'   Imputation for Nonresponse in Surveys. van Buuren (2018), Flexible Imputation of Missing Data, second edition.
#' @examples
#' # ages of which one in ten is not known, imputed five times from the others
#' set.seed(1)
#' unknown <- sample(nrow(openvoorwerk), nrow(openvoorwerk) / 10)
#' sets <- lapply(1:5, function(k) {
#'   x <- openvoorwerk
#'   x$leeftijd[unknown] <- sample(x$leeftijd[-unknown], length(unknown))
#'   x
#' })
#' d <- weeg_design(sets, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' d
#' weeg_mean(d, leeftijd ~ provider)
#' weeg_proportion(d, leeftijd < 36 ~ provider)
#' weeg_test(d, leeftijd < 36 ~ provider)
#'
#' # plausible values
#' if (requireNamespace("mitools", quietly = TRUE)) {
#'   data(pisamaths, package = "mitools")
#'   d <- weeg_design(pisamaths, weights = ~W_FSTUWT, strata = ~STRATUM, cluster = ~SCHOOLID, nest = TRUE, lonely = "certainty")
#'   weeg_mean(weeg_plausible(d, maths ~ paste0("PV", 1:5, "MATH")), maths ~ ST04Q01)
#' }
#' @name weeg_imputed
NULL

#' @rdname weeg_imputed
#' @export
weeg_design.imputationList <- function(data, ...) imputed_design(data$imputations, ...)

#' @rdname weeg_imputed
#' @export
weeg_design.mids <- function(data, ...) {
  need_package("mice", "for the data sets that it completed")
  imputed_design(mice::complete(data, "all"), ...)
}

#' @rdname weeg_imputed
#' @export
weeg_design.svyimputationList <- function(data, ...) imputed_design(data$designs, ...)

#' @rdname weeg_imputed
#' @export
weeg_design.weeg_imputed <- function(data, conventions = NULL, df = NULL, ...) {
  if (is.null(conventions) && is.null(df) && ...length() == 0L) refuse_imputed()
  change_imputed(data, function(design) weeg_design(design, conventions = conventions, df = df, ...))
}

imputed_design <- function(sets, ...) {
  if (!is.list(sets) || length(sets) == 0L) abort("argument", "`data` has no data sets")
  good <- vapply(sets, function(set) is.data.frame(set) || is_design(set), NA)
  if (!all(good)) {
    bad <- which(!good)[1L]
    abort("argument", "data set ", bad, " in `data` is no data frame, but ", class(sets[[bad]])[1L])
  }
  if (length(sets) == 1L) {
    abort("argument", "`data` has one data set, but imputations are two or more", hint = "Give the data frame itself: data[[1]]")
  }
  frames <- vapply(sets, is.data.frame, NA)
  rows <- vapply(sets[frames], nrow, 0L)
  other <- which(rows != rows[1L])[1L]
  if (!is.na(other)) {
    abort("argument", "data set ", which(frames)[other], " in `data` has ", counted(rows[other], "row"), ", but data set ",
          which(frames)[1L], " has ", counted(rows[1L], "row"),
          hint = "Completed data sets are the same rows, with other values where these were missing")
  }
  new_imputed(over_sets(unname(sets), function(set) weeg_design(set, ...)), "imputations")
}

# drawn: what the data sets differ by.
new_imputed <- function(designs, drawn) structure(list(designs = designs, drawn = drawn), class = "weeg_imputed")

is_imputed <- function(x) !missing(x) && inherits(x, "weeg_imputed")

change_imputed <- function(x, change, ...) {
  x$designs <- over_sets(x$designs, function(design) change(design, ...))
  x
}

# f of each data set; of the second and later ones an error says so, and what is told was told before.
over_sets <- function(sets, f) {
  lapply(seq_along(sets), function(k) {
    if (k == 1L) return(f(sets[[1L]]))
    withCallingHandlers(
      f(sets[[k]]),
      weeg_error = function(e) {
        e$message <- paste0("data set ", k, ": ", e$message)
        stop(e)
      },
      warning = function(w) tryInvokeRestart("muffleWarning"), message = function(m) tryInvokeRestart("muffleMessage")
    )
  })
}

# Of a verb that was given what weeg_design() makes one of.
#' @export
make_tally.weeg_imputed <- function(x, terms, envir, measures = NULL) {
  abort("argument", "`data` are several completed data sets, of which a design is made first", hint = "weeg_design(data)")
}

# What is asked of one data set at a time.
refuse_imputed <- function() {
  called <- vapply(sys.calls(), function(call) if (is.name(call[[1L]])) as.character(call[[1L]]) else "", "")
  verbs <- called[called %in% getNamespaceExports("weeg") & called != "weeg_design"]
  abort("unsupported", if (length(verbs) > 0L) paste0(verbs[length(verbs)], "()") else "this",
        " is not pooled over completed data sets", hint = one_imputed_hint)
}

one_imputed_hint <- "For one of them: data[[1]] is the design of the first"

#' @rdname weeg_imputed
#' @export
weeg_plausible <- function(data, mapping) {
  need_given(data, mapping)
  design <- weeg_design(data)
  if (!is.data.frame(design$data)) {
    abort("unsupported", "plausible values are taken from data frames",
          hint = "Read the columns, and make the design of a data frame")
  }
  if (inherits(mapping, "formula")) mapping <- list(mapping)
  if (!is.list(mapping) || length(mapping) == 0L || !all(vapply(mapping, inherits, NA, "formula"))) refuse_mapping()
  columns <- lapply(mapping, plausible_columns, names(design$data))
  names <- vapply(mapping, function(f) as.character(f[[2L]]), "")
  twice <- c(names[duplicated(names)], intersect(names, names(design$data)))
  if (length(twice) > 0L) {
    abort("argument", twice[1L], " in `mapping` is a variable already", hint = "Give the plausible values a name of their own")
  }
  other <- which(lengths(columns) != length(columns[[1L]]))[1L]
  if (!is.na(other)) {
    abort("argument", names[other], " in `mapping` has ", counted(length(columns[[other]]), "column"), ", but ", names[1L],
          " has ", length(columns[[1L]]))
  }
  new_imputed(lapply(seq_along(columns[[1L]]), function(k) {
    for (i in seq_along(names)) {
      values <- source_column(design$data, as.name(columns[[i]][k]), "mapping")
      attr(values, "label") <- NULL # that of a single one
      design$data <- source_with(design$data, names[i], values)
    }
    seal(design)
  }), "plausible values")
}

refuse_mapping <- function() {
  abort("formula", "`mapping` must be a formula such as math ~ PV1MATH + PV2MATH, or a list of these")
}

# Names of the columns of one quantity.
plausible_columns <- function(formula, known) {
  if (length(formula) != 3L || !is.name(formula[[2L]])) refuse_mapping()
  terms <- plus_terms(formula[[3L]])
  columns <- if (length(terms) == 1L && !is.name(terms[[1L]])) {
    tryCatch(eval(terms[[1L]], environment(formula)), error = function(e) {
      abort("formula", "cannot evaluate ", deparse1(terms[[1L]]), " in `mapping`: ", conditionMessage(e))
    })
  } else {
    if (!all(vapply(terms, is.name, NA))) refuse_mapping()
    vapply(terms, as.character, "")
  }
  if (!is.character(columns) || anyNA(columns)) refuse_mapping()
  for (name in setdiff(columns, known)) abort_unknown(name, known, "mapping")
  if (length(columns) < 2L || anyDuplicated(columns)) {
    abort("argument", as.character(formula[[2L]]), " in `mapping` needs two columns or more, each once")
  }
  as.vector(columns)
}

# ---- methods -----------------------------------------------------------------------------------------------------------

#' @rdname weeg_imputed
#' @export
subset.weeg_imputed <- function(x, subset, ...) {
  if (missing(subset)) abort("argument", "`subset` needs a condition, such as leeftijd < 36")
  no_dots(...)
  condition <- substitute(subset)
  envir <- parent.frame()
  change_imputed(x, function(design) eval(as.call(list(quote(subset), design, condition)), envir))
}

#' @rdname weeg_imputed
#' @export
`[[.weeg_imputed` <- function(x, i) {
  sets <- unclass(x)$designs
  sets[[check_whole(i, "i", 1, length(sets))]]
}

#' @export
length.weeg_imputed <- function(x) length(unclass(x)$designs)

#' @rdname weeg_imputed
#' @export
format.weeg_imputed <- function(x, digits = NULL, width = getOption("width"), ...) {
  lines <- format(x$designs[[1L]], digits = digits, width = width)
  c(paste0("Survey design with ", length(x), " ", x$drawn, "; the first:"), lines[-1L])
}

#' @rdname weeg_imputed
#' @export
print.weeg_imputed <- function(x, digits = NULL, ...) print_lines(x, digits)

#' @export
summary.weeg_imputed <- function(object, ...) object

#' @export
plot.weeg_imputed <- function(x, ...) no_plot("a design", "Plot a result: plot(weeg_proportion(d, ~x))")

refuse_as_result <- function(verb) {
  abort("argument", verb, "() is of results, and this is a design of completed data sets",
        hint = paste0(verb, "(weeg_proportion(d, ~x)); the data of one set: data[[1]]"), call = sys.call(-1L))
}

#' @export
tidy.weeg_imputed <- function(x, ...) refuse_as_result("tidy")

#' @export
glance.weeg_imputed <- function(x, ...) refuse_as_result("glance")

#' @export
augment.weeg_imputed <- function(x, ...) refuse_as_result("augment")

#' @export
as.data.frame.weeg_imputed <- function(x, ...) refuse_as_result("as.data.frame")
