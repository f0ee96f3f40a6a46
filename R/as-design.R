#' Designs of survey and srvyr
#'
#' Takes over a design made by `survey::svydesign()` or `srvyr::as_survey_design()`: weights, strata, clusters, finite
#' population, domains made by `subset()` or `filter()`, and the rule for lonely PSUs in
#' `options("survey.lonely.psu")`.
#'
#' Designs of one or more stages, with or without finite populations, are taken over exactly; so are those that were calibrated
#' by survey's `calibrate()` or `postStratify()`, whatever the variables: variances know of it as survey's do. Unequal-probability
#' designs (`pps`), an fpc that varies within a stratum, and designs calibrated by survey's `rake()` (whose residuals are of
#' another kind: use `calibrate(calfun = "raking")`, which gives the same weights), within clusters, with `variance` or more
#' than once raise an error of class `weeg_error_unsupported`. Designs with replicate weights (`svrepdesign()`,
#' `as.svrepdesign()`) are taken over with their scales, centring and degrees of freedom.
#'
#' For the other direction see [as_svydesign()].
#'
#' @param x A design of class `survey.design2`, `svyrep.design` or `tbl_svy`.
#' @param lonely,lonely_domain The rules for strata with one PSU: see [weeg_design()]. By default survey's options, of which
#'   `survey.adjust.domain.lonely` counts for the rules that know it.
#' @param ... Not used.
#' @return A [weeg_design()].
#' @examplesIf requireNamespace("survey", quietly = TRUE)
#' data(api, package = "survey")
#' s <- survey::svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
#' weeg_proportion(as_weeg_design(s), sch.wide ~ stype)
#' @export
as_weeg_design <- function(x, ...) UseMethod("as_weeg_design")

#' @rdname as_weeg_design
#' @export
as_weeg_design.default <- function(x, ...) {
  abort("argument", "`x` must be a survey or srvyr design, not a ", class(x)[1L])
}

refuse_design <- function(what, hint = NULL) {
  abort("unsupported", "this survey design ", what, ", which weeg cannot take over", hint = hint)
}

#' @rdname as_weeg_design
#' @export
as_weeg_design.weeg_design <- function(x, ...) x

#' @rdname as_weeg_design
#' @export
as_weeg_design.survey.design2 <- function(x, lonely = getOption("survey.lonely.psu", "fail"), lonely_domain = NULL, ...) {
  no_dots(...)
  refuse_database(x)
  lonely <- one_of(lonely, lonely_rules, "lonely")
  if (is.null(lonely_domain)) {
    lonely_domain <- isTRUE(getOption("survey.adjust.domain.lonely")) && lonely %in% c("adjust", "average")
  }
  lonely_domain <- check_lonely_domain(lonely_domain, lonely)
  if (!isFALSE(x$pps)) refuse_design("has unequal probabilities (pps)")
  data <- as.data.frame(x$variables)
  design <- list(data = data, rows = nrow(data), domain = NULL, conditions = list(),
                 names = list(data = data_name(data), weights = NULL, strata = survey_name(x$strata),
                              cluster = survey_name(x$cluster), fpc = if (!is.null(x$fpc$popsize)) "from a survey design"))
  if (design$rows == 0L) abort("argument", "the survey design has no rows")
  calibration <- survey_calibration(x)
  weights <- if (is.null(calibration)) 1 / as.double(x$prob) else calibration$weights
  design <- survey_weights(design, weights, names(x$allprob), x$fpc)
  count <- if (is.null(x$fpc$popsize)) 1L else last_finite_stage(x$fpc$popsize)
  design <- survey_first_stage(design, x)
  for (s in seq_len(count)[-1L]) {
    # survey's strata of a later stage already are crossed with the units of the stage before, its clusters too
    stratum <- if (x$has.strata) code_column(x$strata[[s]], "strata")
    design <- add_stage(design, stratum, code_column(x$cluster[[s]], "cluster"), NULL, FALSE, s == count)
    stage <- design$frame$later[[s - 1L]]
    unit <- column_codes(design$unit)
    sizes <- survey_sizes(x, s, if (stage$element) unit else stage$psu_stratum[unit] + 1L, length(stage$stratum_psus))
    design$frame$later[[s - 1L]][c("stratum_psus", "stratum_fpc")] <- sizes
  }
  design$frame$lonely <- lonely
  design$frame$lonely_domain <- lonely_domain
  if (!is.null(calibration)) design <- add_calibration(design, calibration, is.finite(x$prob))
  structure(design, class = "weeg_design")
}

# ---- calibrated designs of survey ------------------------------------------------------------------------------------

# list(weights = before it, g = factors, basis = a matrix of a row per row, orthonormal in these weights; text), or NULL.
survey_calibration <- function(x) {
  if (length(x$postStrata) == 0L) return(NULL)
  if (length(x$postStrata) > 1L) refuse_design("is calibrated more than once")
  how <- x$postStrata[[1L]]
  if (inherits(how, "raking")) {
    refuse_design("was raked by rake()", "calibrate(calfun = \"raking\") gives the same weights, and can be taken over")
  }
  found <- if (inherits(how, "greg_calibration")) of_greg(how, x) else if (is.atomic(how)) of_poststrata(how)
  if (is.null(found)) refuse_design("is calibrated in a way")
  if (any(!is.finite(found$g) | found$g <= 0)) refuse_design("has calibrated weights that are not positive")
  after <- 1 / as.double(x$prob)
  inside <- after > 0
  if (any(abs(found$weights * found$g / after - 1)[inside] > 1e-8)) {
    refuse_design("is calibrated with variances or totals of units, or had its weights changed after that")
  }
  found
}

# The QR decomposition is that of the model's variables times the root of the weights; w is the factor times that root.
of_greg <- function(how, x) {
  if (!identical(as.numeric(how$stage), 0)) refuse_design("is calibrated within clusters")
  if (!inherits(how$qr, "qr")) return(NULL)
  weights <- 1 / apply(as.matrix(x$allprob), 1L, prod)
  counted <- weights > 0
  basis <- qr.Q(how$qr)[, seq_len(how$qr$rank), drop = FALSE] / sqrt(weights)
  basis[!counted, ] <- 0
  list(weights = weights, g = ifelse(counted, as.double(how$w) / sqrt(weights), 1), basis = basis,
       text = "calibrated by package survey")
}

of_poststrata <- function(how) {
  weights <- as.double(attr(how, "oldweights"))
  if (length(weights) != length(how)) return(NULL)
  stratum <- match(how, unique(how))
  totals <- as.vector(rowsum(weights, stratum))
  basis <- matrix(0, length(how), length(totals))
  basis[cbind(seq_along(how), stratum)] <- ifelse(weights > 0, 1 / sqrt(totals[stratum]), 0)
  list(weights = weights, g = ifelse(weights > 0, as.double(attr(how, "weights")) / weights, 1), basis = basis,
       text = "post-stratified by package survey")
}

# Rows with the same variables and factor are a calibration cell.
add_calibration <- function(design, found, inside) {
  rows <- which(found$weights > 0)
  key <- cbind(found$g, found$basis)[rows, , drop = FALSE]
  scale <- apply(abs(key), 2L, max)
  cell <- do.call(paste, c(lapply(which(scale > 0), function(k) round(key[, k] / scale[k], 10L)), sep = "\r"))
  code <- integer(design$rows)
  code[rows] <- match(cell, unique(cell))
  first <- match(seq_len(max(code)), code)
  basis <- found$basis[first, , drop = FALSE]
  known <- which(t(basis) != 0, arr.ind = TRUE)
  design$calibration <- list(
    g = found$g[first], code = code, iterations = 0L, deviation = NA_real_, margins = NULL, text = found$text,
    basis = list(columns = ncol(basis), start = c(0, cumsum(as.double(tabulate(known[, 2L], nrow(basis))))),
                 index = as.integer(known[, 1L] - 1L), value = t(basis)[known])
  )
  design <- change_weights(design, found$weights * found$g)
  design$calibration$units <- tally_entries(design, list(list(codes = code, width = 4L, size = length(first))), NULL)
  if (!all(inside)) design$domain <- as.raw(inside)
  design
}

# Stages after one that is with replacement throughout add nothing.
last_finite_stage <- function(popsize) {
  finite <- apply(is.finite(popsize), 2L, any)
  min(match(FALSE, finite, nomatch = length(finite)), length(finite))
}

survey_first_stage <- function(design, x) {
  stratum <- code_column(x$strata[[1L]], "strata")
  psu <- code_column(x$cluster[[1L]], "cluster")
  element <- ncol(x$cluster) == 1L && psu$size == design$rows && !anyDuplicated(column_codes(psu))
  design <- add_units(design, stratum, if (element) NULL else psu)
  number <- match(stratum$levels[column_codes(stratum)], design$frame$strata)
  design$frame[c("stratum_psus", "stratum_fpc")] <- survey_sizes(x, 1L, number, length(design$frame$strata))
  design
}

# Sampled units and population of each stratum of a stage, as svydesign() found them: a domain made by subset() has lost
# rows, and PSUs with them. stratum: that of each row, from 1.
survey_sizes <- function(x, stage, stratum, strata) {
  first <- match(seq_len(strata), stratum)
  popsize <- if (!is.null(x$fpc$popsize)) as.double(x$fpc$popsize[, stage])
  if (!is.null(popsize) && any(popsize != popsize[first][stratum])) {
    refuse_design(paste0("has a finite population that varies within a stratum of stage ", stage))
  }
  sampled <- as.double(x$fpc$sampsize[first, stage])
  sampled[is.na(first)] <- 0 # a stratum of which the domain has no rows
  list(stratum_psus = sampled, stratum_fpc = popsize[first])
}

# Weights with their name, as far as survey knows it: `known`, if that variable has these values (or their inverse).
survey_weights <- function(design, weights, known, fpc = NULL) {
  if (isTRUE(all(weights == 1))) return(add_weights(design, NULL))
  same <- function(x) is.numeric(x) && length(x) == length(weights) && isTRUE(all.equal(as_numbers(x), weights, 1e-12))
  values <- if (length(known) == 1L && known %in% names(design$data)) design$data[[known]]
  design$names$weights <- if (same(values)) {
    known
  } else if (!is.null(fpc$popsize) && same(apply(fpc$popsize / fpc$sampsize, 1L, prod))) {
    fpc_weights_name
  } else if (is.numeric(values) && same(1 / values)) {
    paste0("1/", known)
  } else {
    "from a survey design"
  }
  add_weights(design, weights)
}

refuse_database <- function(x) {
  if (inherits(x, c("DBIsvydesign", "DBIrepdesign", "ODBCsvydesign", "ODBCrepdesign"))) {
    abort("unsupported", "the rows of this survey design are in a database",
          hint = "Read the columns that you need into a data frame, and make the design of it: weeg_design(data, weights = ~x)")
  }
}

survey_name <- function(x) {
  name <- unique(names(x))
  if (!is.null(name) && !grepl("^V1$", name[1L])) paste(name, collapse = " + ")
}

# ---- and back --------------------------------------------------------------------------------------------------------

#' A design for package survey or srvyr
#'
#' Gives a [weeg_design()] to the functions of package survey: `as_svydesign()` makes a design of class `survey.design2`
#' with the same weights, strata, stages, sampled and population sizes, calibration and domain, and of a design with replicates
#' one of class `svyrep.design`; `srvyr::as_survey()` makes a `tbl_svy`. Estimates and standard errors are the same,
#' [as_weeg_design()] gives the design back.
#'
#' survey has no rule for lonely PSUs in a design: it is an option of the session. Where that option differs from the
#' design's rule, a message says how to set it.
#'
#' @param x A design made by [weeg_design()] or [as_weeg_design()].
#' @return A design of class `survey.design2` or `svyrep.design`. A design of a file is an error of class
#'   `weeg_error_unsupported`: read the file as a data frame.
#' @examplesIf requireNamespace("survey", quietly = TRUE)
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' s <- suppressMessages(as_svydesign(d))
#' survey::svymean(~strengths, s, na.rm = TRUE)
#' @export
as_svydesign <- function(x) {
  if (!inherits(x, "weeg_design")) {
    abort("argument", "`x` must be a weeg_design, not a ", class(x)[1L],
          hint = if (inherits(x, "weeg_tally")) "The rows of a tally are gone: start from its design")
  }
  need_package("survey", "for its designs")
  check_unbroken(x)
  if (inherits(x$data, "weeg_csv")) {
    abort("unsupported", "the rows of a design of a file are not in memory", hint = "Read the file, and make the design of it")
  }
  if (!is.null(x$replicates)) return(as_svyrepdesign(x))
  stages <- lapply(seq_len(frame_stages(x$frame)), function(s) stage_of_rows(x, s))
  part <- function(name) as.data.frame(lapply(stages, `[[`, name), col.names = paste0("stage", seq_along(stages)))
  weights <- if (is.null(x$weights)) rep(1, x$rows) else x$weights
  strata <- if (length(x$frame$strata) > 1L || any(lengths(lapply(x$frame$later, `[[`, "strata")) > 0L)) part("stratum")
  design <- tryCatch(
    survey::svydesign(ids = part("unit"), strata = strata, weights = weights, data = as.data.frame(x$data)),
    error = function(e) abort("unsupported", "survey cannot hold this design: ", conditionMessage(e))
  )
  # the sizes as weeg knows them: svydesign() would count the rows at hand, and refuse a population of one PSU
  popsize <- if (!is.null(x$frame$stratum_fpc)) as.matrix(part("population"))
  design$fpc <- structure(list(popsize = popsize, sampsize = as.matrix(part("sampled")), pps = FALSE), class = "survey_fpc")
  design$call <- match.call()
  if (!is.null(x$calibration)) design <- with_calibration(design, x)
  tell_lonely(x$frame)
  if (is.null(x$domain)) design else design[which(x$domain != 0), ]
}

# As calibrate() of survey leaves it: see of_greg(). Rows without weight are in no cell, and add nothing.
with_calibration <- function(design, x) {
  k <- x$calibration
  model <- matrix(0, length(k$g), k$basis$columns)
  model[cbind(rep(seq_along(k$g), diff(k$basis$start)), k$basis$index + 1L)] <- k$basis$value
  counted <- k$code > 0L
  g <- ifelse(counted, k$g[replace(k$code, !counted, 1L)], 1)
  root <- ifelse(counted, sqrt(x$weights / g), 0)
  rows <- model[replace(k$code, !counted, 1L), , drop = FALSE] * root
  design$allprob <- as.data.frame(as.matrix(design$allprob) * g)
  calibration <- list(qr = qr(rows), w = ifelse(counted, g * root, 1), stage = 0, index = NULL)
  design$postStrata <- list(structure(calibration, class = c("greg_calibration", "gen_raking")))
  design
}

# type "other" takes any scales; the name of the method is only a name.
as_svyrepdesign <- function(x) {
  r <- x$replicates
  made <- is.null(r$columns)
  weights <- if (made) t(r$multipliers)[column_codes(x$unit), , drop = FALSE] else do.call(cbind, r$columns)
  design <- survey::svrepdesign(
    variables = as.data.frame(x$data), repweights = weights, weights = row_weights(x, x$weights), type = "other", scale = r$scale,
    rscales = r$rscales, mse = r$mse, combined.weights = !made && r$combined, degf = r$df
  )
  design$type <- survey_types[[r$type]]
  design$call <- sys.call(-1L)
  if (is.null(x$domain)) design else design[which(x$domain != 0), ]
}

survey_types <- c(brr = "BRR", fay = "Fay", jk1 = "JK1", jkn = "JKn", jk2 = "JK2", bootstrap = "bootstrap",
                  sdr = "successive-difference", acs = "ACS", other = "other", "rao-wu" = "subbootstrap",
                  preston = "mrbbootstrap")

# For each row its unit and stratum at a stage, and the sampled and population sizes of that stratum.
stage_of_rows <- function(x, stage) {
  frame <- x$frame
  at <- if (stage == 1L) frame else frame$later[[stage - 1L]]
  code <- if (is.null(x$unit$codes)) rep(1L, x$rows) else column_codes(x$unit)
  unit <- tally_unit_at(frame, stage)[code]
  stratum <- if (at$element) unit else at$psu_stratum[unit] + 1L
  if (at$element) unit <- seq_len(x$rows)
  labels <- if (stage == 1L) frame$strata
  list(
    unit = if (stage == 1L && !at$element && !anyDuplicated(frame$psus)) frame$psus[unit] else unit,
    stratum = if (is.null(labels) || anyDuplicated(labels)) stratum else labels[stratum],
    sampled = at$stratum_psus[stratum], population = if (is.null(at$stratum_fpc)) Inf else at$stratum_fpc[stratum]
  )
}

tell_lonely <- function(frame) {
  same <- identical(frame$lonely, getOption("survey.lonely.psu", "fail")) &&
    isTRUE(frame$lonely_domain) == (isTRUE(getOption("survey.adjust.domain.lonely")) && frame$lonely %in% c("adjust", "average"))
  if (same) return(invisible())
  message("The rule for lonely PSUs is an option of survey: options(survey.lonely.psu = \"", frame$lonely, "\"",
          ", survey.adjust.domain.lonely = ", isTRUE(frame$lonely_domain), ")")
}

#' @rdname as_svydesign
#' @param .data,... For `srvyr::as_survey()`: the design; not used.
#' @exportS3Method srvyr::as_survey
as_survey.weeg_design <- function(.data, ...) {
  no_dots(...)
  srvyr::as_survey(as_svydesign(.data))
}

#' @rdname as_weeg_design
#' @export
as_weeg_design.svyrep.design <- function(x, ...) {
  no_dots(...)
  data <- as.data.frame(x$variables)
  if (nrow(data) == 0L) abort("argument", "the survey design has no rows")
  settings <- list(type = survey_type(x$type), scale = as.double(x$scale), rscales = as.double(x$rscales),
                   mse = isTRUE(x$mse))
  df <- if (!is.null(attr(x$degf, "set-by-user"))) as.double(x$degf)
  pweights <- as.double(unlist(x$pweights))
  known <- if (is.call(x$call)) all.vars(x$call$weights)
  names <- survey_weights(list(data = data, names = list(data = data_name(data))), pweights, known)$names
  compressed <- inherits(x$repweights, "repweights_compressed")
  if (!compressed || x$combined.weights) {
    columns <- replicate_columns(as.matrix(x$repweights), data)
    return(new_replicate_design(data, pweights, columns, x$combined.weights, settings, df, names))
  }
  # one row of multipliers for each PSU, and the PSU of each row
  multipliers <- t(x$repweights$weights)
  storage.mode(multipliers) <- "double"
  check_replicates(lapply(seq_len(ncol(multipliers)), function(u) multipliers[, u]), nrow(multipliers))
  design <- add_weights(list(data = data, names = names, rows = nrow(data), domain = NULL, conditions = list()), pweights)
  psu <- list(codes = as.integer(x$repweights$index), width = 4L, size = ncol(multipliers),
              levels = as.character(seq_len(ncol(multipliers))))
  design <- add_units(design, whole_column(), psu)
  design$frame$lonely <- "fail"
  design$replicates <- c(list(multipliers = multipliers), settings, list(df = df, rank = "units"))
  structure(design, class = "weeg_design")
}

survey_type <- function(type) {
  type <- tolower(type)
  if (type %in% c("subbootstrap", "mrbbootstrap")) type <- "bootstrap"
  if (type == "successive-difference") type <- "sdr"
  if (type %in% replicate_types) type else "other"
}
