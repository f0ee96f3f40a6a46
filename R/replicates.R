#' Designs with replicate weights
#'
#' Describes a sample by its replicate weights: columns of weights, one per replicate, as statistical offices release
#' them in place of strata and clusters. The result is a design like that of [weeg_design()]: all functions take it.
#'
#' @section Variances:
#' With theta an estimate, theta_r the estimate with the weights of replicate r, and R replicates,
#' v = scale sum_r rscales_r (theta_r - c)^2, where the centre c is the mean of the theta_r with rscales > 0
#' (`mse = FALSE`) or theta itself (`mse = TRUE`); Wolter (2007), chapters 3 to 5. Defaults of `scale` (rscales is 1):
#'
#' | `type` | `scale` |
#' | --- | --- |
#' | `"brr"`: balanced repeated replication | 1 / R |
#' | `"fay"`: Fay's method with factor `rho` | 1 / (R (1 - rho)^2) |
#' | `"jk1"`: jackknife without strata | (R - 1) / R; with multipliers 1 / (the largest of the first column) |
#' | `"jkn"`: jackknife with strata | 1; `rscales` must be given, with multipliers 1 / (the largest of each column) |
#' | `"jk2"`: jackknife of pairs | 1 |
#' | `"bootstrap"` | 1 / (R - 1) |
#' | `"sdr"`, `"acs"`: successive differences, American Community Survey | 4 / R |
#' | `"other"` | must be given |
#'
#' `mse` is `TRUE` for `"acs"` and `FALSE` otherwise. These are the defaults of `survey::svrepdesign()`.
#'
#' Proportions, totals and Wald tests are computed for every replicate. So are the contrasts of Rao-Scott tests. Risk
#' ratios, odds ratios, residuals and intervals use the delta method, from the replicate variances of the proportions: the
#' `"logit"` interval is that of survey's `svyciprop(method = "xlogit")`. Measures of association, tests of ranks and within
#' layers, models, adjusted, standardised and decomposed figures are linearised: the scores of the full sample are summed
#' with the weights of each replicate, which differs from recomputing them by terms of smaller order.
#'
#' Degrees of freedom are the rank of the replicate weights of the domain's rows, minus 1, as in `survey::degf()`: the
#' pass over the rows keeps all rows of small cells and random sums of the rows of large ones, which have the same rank.
#' Where that would take more than 128 MB (many replicates times many cells), the smaller of R and the number of rows is
#' used in place of the rank.
#'
#' @section What happens to awkward input:
#' * Missing or infinite replicate weights are an error that names the column and the first row.
#' * Negative replicate weights are taken as they are: the American Community Survey has them.
#' * A replicate in which a group has no weight at all is left out of the variance of that group's proportions, as survey
#'   does; where none is left, there is no standard error.
#' * A test with more contrasts than replicates is refused as singular.
#' * Columns that are not replicate weights, but may be matched by a pattern: the weights themselves, or a column with
#'   one value other than 0 in all rows while the weights differ, are errors. Other columns with one value, a column that
#'   in all rows is the weights, or the same multiple of them (at least twice, at most half), or (but for
#'   `type = "other"`) one that sums to less than a fifth or more than five times the sum of weights give a warning of
#'   class `weeg_warning_replicates`.
#' * So does `combined` if it seems wrong: the mean of a row's replicate weights is about its weight, that of multipliers
#'   about 1.
#'
#' @section Files:
#' For a CSV or SPSS file, the weights and all columns of replicate weights are read when the design is made and kept as
#' numbers: 8 bytes a row and column. `...` takes the options of CSV files, see [weeg_csv].
#'
#' @param data A data frame, the path of a CSV, SPSS or Parquet file, a table in a [database][weeg_database]; or several data
#'   frames or CSV and SPSS files that are waves of a survey, `c("2013" = "a.sav", "2014" = "b.sav")`: see [weeg_waves].
#' @param weights The weights: a one-sided formula such as `~weight`.
#' @param repweights The columns of replicate weights: a regular expression that their names match, such as
#'   `"^repw[0-9]+$"`; a one-sided formula, `~ r1 + r2 + r3`; or (not of a database) a matrix or data frame with a row per row of
#'   `data`.
#' @param type The method by which the replicates were made. Upper or lower case.
#' @param combined Whether the replicate weights include the weights (the usual case), or must be multiplied by them.
#' @param rho Fay's factor, for `type = "fay"`.
#' @param scale,rscales The factor of the whole sum and of each replicate; `NULL` for the defaults above.
#' @param mse Whether deviations are taken from the estimate (`TRUE`) or from the mean of the replicates.
#' @param df Degrees of freedom of every domain, in place of the rank minus 1: see [weeg_design()].
#' @param na_weights What to do with rows without a weight: see [weeg_design()].
#' @param ... Options of CSV files, or `table` of a connection to a database.
#' @param wave,panel The name of the variable that says which wave a row is of, as in [weeg_design()]. It goes with
#'   `panel = TRUE`: replicates of one number must be of the same PSUs, or replicates of one sample, in all waves.
#' @return A [weeg_design()].
#' @references Wolter (2007), Introduction to Variance Estimation. Judkins (1990), Journal of Official Statistics 6,
#'   223-239 (Fay's method). Fay and Train (1995) (successive differences).
#' @seealso [weeg_replicates()], which creates replicates from strata and clusters.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' made <- weeg_replicates(d, "jkn")
#'
#' # the same, with the replicate weights as columns of the data
#' columns <- openvoorwerk$gewicht * t(made$replicates$multipliers)[openvoorwerk$gemeente, ]
#' r <- weeg_replicate_design(openvoorwerk, weights = ~gewicht, repweights = columns, type = "jkn",
#'                            rscales = made$replicates$rscales)
#' weeg_proportion(r, strengths ~ provider)
#' @export
weeg_replicate_design <- function(data, weights, repweights, type, combined = TRUE, rho = NULL, scale = NULL, rscales = NULL,
                                  mse = NULL, df = NULL, na_weights = "fail", ..., wave = NULL, panel = FALSE) {
  need_given(data, weights, repweights, type)
  wave <- check_replicate_wave(wave, panel)
  if (!is.null(wave)) {
    refuse_lost_names(substitute(data))
    data <- waves_source(data, list(...), wave, TRUE)
  } else if (is_in_database(data) || is_parquet(data)) {
    source <- if (is_parquet(data)) open_file(data, list(...)) else replicate_source(data, list(...))
    given_formulas("weights", source_names(source))
    return(database_replicate_design(source, weights, repweights, type, combined, rho, scale, rscales, mse, df, na_weights))
  }
  if (is.null(wave)) data <- bare(data)
  repweights <- bare(repweights)
  if (is.character(data)) {
    data <- open_file(data, list(...))
  } else if (is.null(wave)) {
    no_dots(...)
    if (!is.data.frame(data)) {
      abort("argument", "`data` must be a data frame or the path of a file, not a ", class(data)[1L], hint = data_hint(data))
    }
    refuse_no_rows(data)
  }
  given_formulas("weights", source_names(data))
  combined <- check_flag(combined, "combined")
  if (!inherits(weights, "formula")) abort("formula", "`weights` must be a one-sided formula such as ~x")
  if (check_na_weights(na_weights, weights)) data <- source_known(data, weights)
  data <- source_begin(data, list(weights = plus_terms(weights[[length(weights)]]), repweights = if (is.character(repweights)) {
    lapply(source_names(data)[matching_columns(repweights, data)], as.name)
  } else if (inherits(repweights, "formula")) {
    plus_terms(repweights[[length(repweights)]])
  }))
  known <- attr(data, "known", exact = TRUE)
  all_rows <- source_rows(data) + max(0, attr(data, "omitted", exact = TRUE))
  if (!is.null(known) && length(dim(repweights)) == 2L && nrow(repweights) == all_rows) {
    repweights <- repweights[known, , drop = FALSE]
  }
  columns <- replicate_columns(repweights, data)
  settings <- replicate_settings(type, columns, scale, rscales, mse, rho, combined)
  made_from <- if (is.character(repweights)) repweights else if (inherits(repweights, "formula")) formula_text(repweights)
  df <- check_df(df)
  names <- list(data = source_label(data), weights = formula_text(weights), replicates = made_from)
  design <- withCallingHandlers(
    new_replicate_design(data, design_weights(weights, data), columns, combined, settings, df, names),
    weeg_error = function(e) stop(error_in_source(e, data))
  )
  check_replicate_sense(columns, row_weights(design, design$weights), all.vars(weights), combined, settings$type)
  design <- end_design(design)
  design$frame$conventions <- "weeg"
  seal(know_columns(design, c(lapply(formula_terms(list(weights)), all.vars), names(columns))))
}

# Replicates of several waves are of one sample.
check_replicate_wave <- function(wave, panel) {
  wave <- check_wave(wave, panel)
  if (is.null(wave) || isTRUE(bare(panel))) return(wave)
  abort("argument", "replicates of waves whose samples were drawn apart do not belong together by their numbers", hint = c(
    "If they do, as replicates of the same PSUs, give panel = TRUE",
    "If not, make a design of each wave apart: weeg_replicate_design(first, ...), weeg_replicate_design(second, ...)"
  ))
}

# All rows are one PSU: what asks for Taylor variances fails on it.
new_replicate_design <- function(data, weights, columns, combined, settings, df, names) {
  design <- list(data = data, names = names, rows = source_rows(data), domain = NULL, conditions = list())
  design <- add_weights(design, weights)
  check_replicates(columns, design$rows)
  design <- add_stages(design, list(list(stratum = whole_column(), cluster = whole_column())))
  design$frame$lonely <- "fail"
  design$replicates <- c(list(columns = columns, combined = combined), settings, list(df = df))
  new_design(design)
}

# ---- columns and settings --------------------------------------------------------------------------------------------

replicate_columns <- function(repweights, data) {
  columns <- if (is.character(repweights)) {
    source_columns(data, matching_columns(repweights, data), "repweights")
  } else if (inherits(repweights, "formula")) {
    formula_values(repweights, data, "repweights")
  } else if (is.matrix(repweights) && is.numeric(repweights)) {
    stats::setNames(lapply(seq_len(ncol(repweights)), function(k) as.double(repweights[, k])), colnames(repweights))
  } else if (is.data.frame(repweights)) {
    as.list(repweights)
  } else {
    abort("argument", "`repweights` must be a regular expression, a one-sided formula, or a matrix of replicate weights")
  }
  if (is.null(names(columns))) names(columns) <- as.character(seq_along(columns))
  for (name in names(columns)) {
    x <- columns[[name]]
    if (!is.numeric(x) || is.factor(x) || length(attr(x, "dim", exact = TRUE)) > 1L) {
      abort("weight", "`repweights` must be numbers, but ", name, " is a ", class(x)[1L])
    }
    if (value_rows(x) != source_rows(data)) {
      abort("argument", "`repweights` has ", counted(value_rows(x), "row"), ", but the data have ",
            counted(source_rows(data), "row"))
    }
  }
  if (length(columns) < 2L) abort("argument", "`repweights` must be at least two replicates, not ", length(columns))
  columns <- lapply(columns, as_numbers)
  if (is.character(repweights) || is.matrix(repweights)) columns else own(columns, data)
}

matching_columns <- function(pattern, data) {
  if (length(pattern) != 1L || is.na(pattern)) {
    abort("argument", "`repweights` must be one regular expression",
          hint = "For names of columns: repweights = data[names]")
  }
  found <- tryCatch(suppressWarnings(grep(pattern, source_names(data))), error = function(e) {
    abort("argument", "`repweights` is not a regular expression: ", pattern)
  })
  if (length(found) == 0L) abort("variable", "no variable matches \"", pattern, "\" (in `repweights`)")
  found
}

# ---- whether they are replicate weights ------------------------------------------------------------------------------

# What a wrong pattern or a wrong `combined` gives; see the help. of_weights: names of variables.
check_replicate_sense <- function(columns, weights, of_weights, combined, type) {
  refuse_weights_as_replicates(names(columns), of_weights)
  look <- checked(.Call(C_look_at_replicates, unname(columns), as.double(weights), !combined))
  if (look$constants > 0) look$value <- columns[[look$constant]][1L]
  say_replicate_sense(look, names(columns), length(weights), combined, type)
}

refuse_weights_as_replicates <- function(names, of_weights) {
  taken <- intersect(of_weights, names)
  if (length(taken) == 0L) return(invisible())
  abort("weight", "`repweights` has ", taken[1L], ", which is the weights themselves",
        hint = "Correct the pattern, such as \"^repw[0-9]+$\", or name the columns")
}

# look: weeg_replicate_look as a list, and `value`, that of the first constant column.
say_replicate_sense <- function(look, names, rows, combined, type) {
  if (look$other_kind) {
    kind <- if (combined) "multipliers of the weights" else "weights, not multipliers of them"
    warn("replicates", "`repweights` look like ", kind, ": in most rows their mean is about ",
         if (combined) "1, and not the weight" else "the weight, and not 1", ". If so, use combined = ", !combined)
  }
  leave <- "If it is no replicate weight, leave it out of `repweights`"
  if (look$constants > 0 && look$constants < length(names) && rows > 1) {
    value <- look$value
    text <- paste0(names[look$constant], " (in `repweights`) is ", format(value), " in every row")
    if (combined && value != 0 && look$weights_differ) {
      abort("weight", text, ", but replicate weights differ as the weights do", hint = leave)
    }
    warn("replicates", text, ". ", leave)
  }
  if (look$sames == 1 && length(names) > 2L) {
    times <- if (look$same_ratio == 1) "the same as" else paste(format(look$same_ratio, digits = 3L), "times")
    warn("replicates", names[look$same], " (in `repweights`) is ", times, " the weights in every row. ", leave)
  }
  if (look$odds > 0 && type != "other") {
    others <- if (look$odds > 1) paste(" and", look$odds - 1, if (look$odds > 2) "others" else "other")
    warn("replicates", "the total of ", names[look$odd], others, " (in `repweights`) is ", format(look$odd_ratio, digits = 2L),
         " times that of the weights. Are they replicate weights?")
  }
}

# numbered: whether rows have numbers that are known outside.
check_replicates <- function(columns, rows, numbered = TRUE) {
  result <- .Call(C_check_replicates, unname(columns), as.double(rows), thread_count())
  if (inherits(result, "weeg_failure") && result$code == "weight") {
    facts <- result$facts
    column <- paste("replicate weight", names(columns)[facts$number])
    if (!numbered) abort("weight", column, " ", facts$words, " in a row")
    abort("weight", column, " in row ", in_row(facts$row), " ", facts$words, where = facts$row)
  }
  checked(result)
  invisible()
}

replicate_type <- function(type) {
  type <- bare(type)
  if (is.character(type)) type <- tolower(as_utf8(type))
  one_of(type, replicate_types, "type")
}

replicate_settings <- function(type, columns, scale, rscales, mse, rho, combined) {
  type <- replicate_type(type)
  count <- length(columns)
  if (type == "fay") {
    if (is.null(rho)) abort("argument", "type = \"fay\" needs `rho`, the factor by which the replicates were made")
    rho <- check_rho(rho)
  } else if (!is.null(rho)) {
    abort("argument", "`rho` goes with type = \"fay\" only")
  }
  usual <- .Call(C_replicate_defaults, match(type, replicate_types) - 1L, count, c(rho, 0)[1L],
                 if (!combined) vapply(columns, max, 0))
  if (is.null(scale)) scale <- usual$scale
  if (is.null(rscales)) rscales <- usual$rscales
  if (identical(scale, NaN) && is.nan(usual$scale)) abort("argument", "type = \"other\" needs `scale`")
  if (identical(rscales, usual$rscales) && is.nan(rscales[1L])) {
    abort("argument", "type = \"jkn\" needs `rscales`: (n - 1) / n with n the number of PSUs of the stratum, for each replicate")
  }
  if (!is_numbers(scale, 1L)) abort("argument", "`scale` must be one number of at least 0")
  rscales <- bare(rscales)
  if (is.numeric(rscales) && length(rscales) == 1L) rscales <- rep(rscales, count)
  if (!is_numbers(rscales, count)) {
    abort("argument", "`rscales` must be ", count, " numbers of at least 0, one for each replicate")
  }
  mse <- if (is.null(mse)) usual$mse else check_flag(mse, "mse")
  list(type = type, scale = as.double(scale), rscales = as.double(rscales), mse = mse)
}

is_numbers <- function(x, count) is.numeric(bare(x)) && length(bare(x)) == count && all(is.finite(bare(x))) && all(bare(x) >= 0)

check_rho <- function(rho) {
  if (is_numbers(rho, 1L) && rho < 1) return(as.double(rho))
  abort("argument", "`rho` must be one number of at least 0 and below 1")
}

# ---- replicates made from a design -----------------------------------------------------------------------------------

#' Create replicate weights for a design
#'
#' Creates replicates of a design with strata and clusters: each multiplies the weights of whole PSUs, so they are
#' computed from the tally without another pass over the rows; ten thousand bootstrap replicates of a million rows take
#' less than a second.
#'
#' @section Methods:
#' With n the number of PSUs of the stratum and f its sampling fraction (0 without `fpc`):
#' * `"jk1"`: leaves out one PSU at a time, the others times n / (n - 1). Without strata.
#' * `"jkn"`: the same within each stratum.
#' * `"brr"`: half-samples of one of two PSUs per stratum, times 2, balanced by a Hadamard matrix (Sylvester's and Paley's
#'   constructions) of the smallest order above the number of strata. Each stratum must have two PSUs; BRR cannot use a
#'   finite population correction (`fpc`).
#' * `"fay"`: the same with multipliers 2 - rho and rho (Judkins 1990).
#' * `"rao-wu"`: n - 1 PSUs drawn with replacement; multiplier 1 - l + l n / (n - 1) times the number of times drawn,
#'   l = sqrt(1 - f) (Rao and Wu 1988; Rao, Wu and Yue 1992).
#' * `"preston"`: m = floor(n / 2) PSUs drawn without replacement; multiplier 1 - l + l n / m for those, 1 - l for the
#'   others, l = sqrt(m (1 - f) / (n - m)) (Preston 2009), first stage.
#'
#' Deviations are taken from the mean of the replicates unless `mse` is `TRUE`. A stratum with one PSU is an error, unless
#' the design's `lonely` is `"remove"` or `"certainty"`: its PSU then has multiplier 1 throughout, as have all PSUs of a
#' stratum that is sampled completely. `"jkn"` has two other rules, as package survey. With `lonely = "average"` it multiplies
#' variances by the number of all PSUs over that of PSUs that are not alone (survey also leaves out those of strata that are
#' sampled completely). With `"adjust"` it leaves out each PSU that is alone, too, the others times S / (S - 1) with S the number
#' of strata, as if these were PSUs (times 1 - f, which survey does not). Half-samples and bootstraps have neither: what they
#' would do with one PSU is not defined. `lonely_domain` says nothing about replicates. Without clusters each row is a PSU of
#' its own.
#'
#' The bootstraps use R's random numbers: `set.seed()` makes them repeatable. The degrees of freedom are the rank of the
#' replicate weights minus 1, which for all PSUs together is PSUs minus strata (see [weeg_replicate_design()]), unless the
#' design was given others (`df`).
#'
#' @param data A [weeg_design()] or [weeg_tally()].
#' @param type The method.
#' @param replicates How many replicates, for the bootstraps.
#' @param rho Fay's factor, for `"fay"`.
#' @param mse Whether deviations are taken from the estimate (`TRUE`) or from the mean of the replicates.
#' @return `data` with replicates: its standard errors, tests and intervals are those of the replicates.
#' @references Rao and Wu (1988), JASA 83, 231-241. Rao, Wu and Yue (1992), Survey Methodology 18, 209-217. Preston (2009),
#'   Survey Methodology 35, 227-234. Judkins (1990), Journal of Official Statistics 6, 223-239. Wolter (2007), Introduction
#'   to Variance Estimation, chapters 3 to 5.
#' @seealso [weeg_replicate_design()] for replicate weights that come with the data.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_proportion(weeg_replicates(d, "jkn"), ~strengths)
#' set.seed(1)
#' weeg_test(weeg_replicates(d, "rao-wu", replicates = 500), strengths ~ provider)
#' @export
weeg_replicates <- function(data, type = "jkn", replicates = 1000L, rho = 0.5, mse = FALSE) {
  need_given(data)
  if (is_imputed(data)) {
    call <- as.call(c(list(quote(weeg_replicates), quote(design), quote(type)),
                      if (!base::missing(replicates)) list(replicates = replicates), if (!base::missing(rho)) list(rho = rho),
                      list(mse = quote(mse))))
    return(change_imputed(data, function(design) eval(call)))
  }
  type <- one_of(type, made_types, "type")
  mse <- check_flag(mse, "mse")
  x <- weeg_design(data)
  refuse_replicates(x, "`data`", "already has replicates")
  if (!base::missing(rho) && type != "fay") abort("argument", "`rho` goes with type = \"fay\" only")
  bootstrap <- type %in% c("rao-wu", "preston")
  if (!base::missing(replicates) && !bootstrap) {
    abort("argument", "`replicates` goes with the bootstraps: \"", type, "\" has as many as the design asks for",
          hint = "Use type = \"rao-wu\" or \"preston\"")
  }
  if (!is.null(x$calibration)) {
    abort("unsupported", "the calibration of this design cannot be repeated for every replicate",
          hint = "Make the replicates first, and calibrate that design: each replicate is calibrated too")
  }
  if (length(x$frame$later) > 0L) {
    abort("unsupported", "replicates are made of the first stage only, but this design has ", length(x$frame$later) + 1L,
          " stages whose variance counts", hint = "Leave out the fpc of the first stage, or the later stages")
  }
  if (is_two_phase(x$frame)) {
    abort("unsupported", "replicates cannot be made of a design of two phases",
          hint = "Its linearised variances account for both")
  }
  if (!is.null(x$frame$pps)) {
    abort("unsupported", "replicates cannot be made of PSUs drawn with unequal probabilities (`pps`)",
          hint = "Leave out `pps`, and give weights: the design is then treated as drawn with replacement")
  }
  if (x$frame$element) x <- rows_as_psus(x)
  replicates <- if (bootstrap) as.integer(check_whole(replicates, "replicates", 2, 1e6)) else 0L
  made <- make_replicates(x$frame, type, replicates, if (type == "fay") check_rho(rho) else 0)
  x$replicates <- c(list(multipliers = made$multipliers, type = type), made[c("scale", "rscales")],
                    list(mse = mse, df = x$frame$given_df, rank = made$rank))
  x$frame$given_df <- NULL
  if (inherits(x, "weeg_tally")) x$replicates <- tally_replicates(x, x)
  seal(x)
}

# What is not there yet for designs with replicates says so.
refuse_replicates <- function(x, what, why) {
  if (!is.null(x$replicates)) abort("unsupported", what, " ", why)
}

# Doubles that replicates may take, in one matrix: 1 GB.
most_doubles <- 2^27

check_size <- function(replicates, columns, what) {
  if (as.double(replicates) * columns <= most_doubles) return(invisible())
  abort("too_large", format(replicates, big.mark = " "), " replicates of ", format(columns, big.mark = " "), " ", what,
        " take more than a gigabyte", hint = "Make fewer replicates, by a bootstrap, or use fewer variables at a time")
}

rows_as_psus <- function(x) {
  if (inherits(x, "weeg_tally")) {
    abort("unsupported", "this tally has no PSUs: each row was its own",
          hint = "Make replicates of the design, before the tally")
  }
  source_by_row(x$data, "PSUs, which are rows here,")
  old <- x$frame
  stratum <- c(x$unit, list(levels = old$strata))
  psu <- list(codes = seq_len(x$rows), width = 4L, size = x$rows, levels = as.character(seq_len(x$rows)))
  x <- add_stages(x, list(list(stratum = stratum, cluster = psu)))
  kept <- match(x$frame$strata, old$strata)
  x$frame$stratum_psus <- old$stratum_psus[kept]
  x$frame$stratum_fpc <- old$stratum_fpc[kept]
  x$frame$lonely <- old$lonely
  x
}

make_replicates <- function(frame, type, replicates, rho) {
  none <- list(unit = integer(), cell = integer(), n = numeric(), w = raw(), scale = 0L)
  empty <- list(frame = frame, cells = 1L, entries = none)
  made <- .Call(C_make_replicates, empty, match(type, made_types) - 1L, replicates, rho)
  if (inherits(made, "weeg_failure")) abort_making(made, frame, length(frame$psu_stratum))
  made
}

# Why a design cannot be replicated so.
abort_making <- function(failure, frame, psus) {
  facts <- failure$facts
  stratum <- frame$strata[facts$stratum]
  if (failure$code == "too_large" && !is.na(facts$value)) check_size(facts$value, psus, "PSUs")
  switch(facts$fault,
    nothing_varies = abort("lonely", "no stratum has two PSUs or more that were sampled from a larger population: there is ",
                           "nothing to replicate",
                           hint = if (any(frame$stratum_psus == 1)) {
                             "Where strata have one PSU each, lonely = \"adjust\" with type = \"jkn\" leaves out one at a time"
                           }),
    one_psu = abort("lonely", "stratum ", stratum, " has only one PSU, for which replicates have no rule \"", frame$lonely, "\"",
                    where = facts$stratum,
                    hint = paste0("Combine it with a similar stratum, or use weeg_design(..., lonely = \"certainty\"), or ",
                                  "lonely = \"average\" or \"adjust\" with type = \"jkn\"")),
    has_strata = abort("argument", "type = \"jk1\" is for designs without strata", hint = "Use type = \"jkn\""),
    has_population = abort("unsupported", "half-samples (BRR) cannot use a finite population correction (`fpc`)",
                           hint = "Use type = \"jkn\", or a design without fpc"),
    not_two = abort("argument", "half-samples (BRR) need two PSUs in each stratum, but stratum ", stratum, " has ",
                    facts$value, hint = "Use type = \"jkn\", or a bootstrap", where = facts$stratum)
  )
  checked(failure)
}

# ---- replicates of a tally -------------------------------------------------------------------------------------------

# In the order of weeg_replicate_rank in weeg.h.
replicate_ranks <- c("bound", "cells", "units", "design")

# What the tally of a design with replicates keeps of them: see replicates_of() in glue.c. columns: of the variables.
tally_replicates <- function(x, tally, columns = NULL) {
  r <- x$replicates
  if (is.null(r)) return(NULL)
  check_size(length(r$rscales), tally$cells * (1 + length(measures_of(tally))), "cells")
  if (!is.null(r$columns)) {
    found <- replicate_totals(x, columns)
    found$rank <- if (is.null(found$basis)) "bound" else "cells"
  } else {
    tally$replicates <- NULL
    found <- list(totals = checked(.Call(C_replicate_multiply, tally, r$multipliers, thread_count())), rank = r$rank)
    if (r$rank == "units") found$basis <- r$multipliers
  }
  found$rank <- match(found$rank, replicate_ranks) - 1L
  c(r[c("type", "scale", "rscales", "mse", "df")], found)
}

# list(totals, basis, start): see glue_replicate_totals().
replicate_totals <- function(x, columns) UseMethod("replicate_totals")

#' @export
replicate_totals.weeg_design <- function(x, columns) {
  r <- x$replicates
  checked(.Call(C_replicate_totals, lapply(unname(columns), core_column), unname(r$columns), if (!r$combined) x$weights,
                x$domain, as.double(x$rows), thread_count(), lapply(measure_values(columns), as.double)))
}

# ---- words -----------------------------------------------------------------------------------------------------------

replicate_text <- function(r) {
  paste0(replicate_names[[r$type]], ", ", format(length(r$rscales), big.mark = " "), " replicates")
}

replicate_conventions <- function(x) {
  r <- x$replicates
  c(
    profile = profile_of(x)$profile, df = if (is.null(r$df)) "rank of the replicates - 1" else "given",
    variance = replicate_text(r), centre = if (r$mse) "estimate" else "mean of the replicates", missing = missing_text(x)
  )
}
