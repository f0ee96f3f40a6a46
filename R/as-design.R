#' Designs of survey and srvyr
#'
#' Converts a design made by `survey::svydesign()` or `srvyr::as_survey_design()`: weights, strata, clusters, finite
#' population, domains made by `subset()` or `filter()`, and the rule for strata with a single PSU in
#' `options("survey.lonely.psu")`.
#'
#' Single-stage and multistage designs, with or without finite populations, are converted exactly; so are those that were
#' calibrated by survey's `calibrate()`, `postStratify()` and `rake()`, also several times and whatever the variables:
#' variances account for it as survey's do. Those of `rake()` use residuals from unweighted means, so they differ from
#' those of [weeg_rake()], as they do from those of survey's `calibrate(calfun = "raking")`. Unequal-probability designs
#' (`pps`), those of two phases ([weeg_two_phase()] makes these), an fpc that varies within a stratum, and designs
#' calibrated within clusters, with `sparse = TRUE` or to weights that are not positive raise an error of class
#' `weeg_error_unsupported`. Designs with replicate weights
#' (`svrepdesign()`, `as.svrepdesign()`) are converted with their scales, centring and degrees of freedom; where survey's
#' `calibrate()` has kept the degrees of freedom of the uncalibrated replicates, those of the calibrated ones are used.
#'
#' For the other direction see [as_svydesign()].
#'
#' @param x A design of class `survey.design2`, `svyrep.design` or `tbl_svy`.
#' @param lonely,lonely_domain The rules for strata with one PSU: see [weeg_design()]. By default survey's options, of
#'   which `survey.adjust.domain.lonely` applies to the rules that use it.
#' @param ... Not used.
#' @return A [weeg_design()].
#' @examplesIf requireNamespace("survey", quietly = TRUE)
#' data(api, package = "survey")
#' s <- survey::svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
#' weeg_proportion(as_weeg_design(s), sch.wide ~ stype)
#' @export
as_weeg_design <- function(x, ...) {
  need_given(x)
  UseMethod("as_weeg_design")
}

#' @rdname as_weeg_design
#' @export
as_weeg_design.default <- function(x, ...) {
  if (inherits(x, c("twophase", "twophase2"))) refuse_design("has two phases", hint = "Make it anew: weeg_two_phase()")
  abort("argument", "`x` must be a survey or srvyr design, not a ", class(x)[1L])
}

refuse_design <- function(what, hint = NULL) {
  abort("unsupported", "this survey design ", what, ", which weeg cannot convert", hint = hint)
}

#' @rdname as_weeg_design
#' @export
as_weeg_design.weeg_design <- function(x, ...) weeg_design(x)

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
                 names = list(data = source_label(data), weights = NULL, strata = survey_name(x$strata),
                              cluster = survey_name(x$cluster), fpc = if (!is.null(x$fpc$popsize)) "from a survey design"))
  if (design$rows == 0L) abort("argument", "the survey design has no rows")
  calibration <- survey_calibration(x)
  weights <- if (is.null(calibration)) 1 / as.double(x$prob) else calibration$weights
  design <- survey_weights(design, weights, names(x$allprob), x$fpc)
  count <- if (is.null(x$fpc$popsize)) 1L else last_finite_stage(x$fpc$popsize)
  design <- survey_stages(design, x, count)
  design$frame$lonely <- lonely
  design$frame$lonely_domain <- lonely_domain
  if (!is.null(calibration)) design <- add_calibration(design, calibration, is.finite(x$prob))
  seal(know_columns(new_design(design)))
}

# ---- calibrated designs of survey ------------------------------------------------------------------------------------

# NULL, or list(weights = before it, g = factors, u, v = matrices with a row per row; text, steps). survey replaces the scores z
# of rows by residuals, a calibration at a time; all of them together make of z (by the last weights) z - u v'z.
survey_calibration <- function(x) {
  if (length(x$postStrata) == 0L) return(NULL)
  before <- 1 / unname(apply(as.matrix(x$allprob), 1L, prod))
  after <- 1 / as.double(x$prob)
  at <- before
  for (how in x$postStrata) at <- weights_after(how, at)
  # rows outside a domain have weight 0 in survey; their residuals are sums of weights times these, so that any will do
  after <- ifelse(after > 0 | before == 0, after, at)
  if (any(!is.finite(after) | after < 0 | (after == 0) != (before == 0))) {
    refuse_design("has calibrated weights that are not positive")
  }
  fit <- list(u = matrix(0, length(after), 0L), v = matrix(0, length(after), 0L))
  for (how in x$postStrata) fit <- add_residuals(fit, how, after)
  fit$u[after == 0, ] <- 0
  fit$v[after == 0, ] <- 0
  kind <- unique(vapply(x$postStrata, calibration_kind, ""))
  c(list(weights = before, g = ifelse(after == 0, 1, after / before), steps = x$postStrata,
         how = kind[1L], text = paste(paste(kind, collapse = " and "), "by package survey")), fit)
}

calibration_kind <- function(how) {
  if (inherits(how, "raking")) return("raked")
  if (is.atomic(how) && !is.null(attr(how, "weights"))) return("post-stratified")
  if (!inherits(how, "greg_calibration")) refuse_design("is calibrated in an unknown way")
  if (!identical(as.numeric(how$stage), 0)) refuse_design("is calibrated within clusters")
  if (!inherits(how$qr, "qr")) refuse_design("is calibrated with sparse = TRUE", "Without it the weights are the same")
  "calibrated"
}

weights_after <- function(how, before) {
  switch(calibration_kind(how), raked = as.double(attr(how[[length(how)]], "weights")),
         "post-stratified" = as.double(attr(how, "weights")), as.double(how$w) * sqrt(before))
}

# The algebra of survey's svyrecvar().
add_residuals <- function(fit, how, w) {
  kind <- calibration_kind(how)
  if (kind == "calibrated") {
    root <- replace(as.double(how$w) / w, w == 0, 1) # the QR decomposition is that of the variables times a root of weights
    q <- qr.Q(how$qr)[, seq_len(how$qr$rank), drop = FALSE]
    return(then_project(fit, list(u = root * q, v = q / root)))
  }
  if (kind == "post-stratified") return(then_project(fit, project_on_cells(how, w, as.double(attr(how, "oldweights")))))
  # means over rows, not weighted, ten times in turn: by then they are, but for rounding, a regression on the margins
  margins <- lapply(how, project_on_cells, w, as.double(w > 0))
  u <- do.call(cbind, lapply(margins, `[[`, "u"))
  columns <- split(seq_len(ncol(u)), rep(seq_along(margins), vapply(margins, function(m) ncol(m$u), 0L)))
  overlap <- lapply(margins, function(m) crossprod(u, m$v))
  v <- 0 * u
  for (m in rep(seq_along(margins), 10L)) v[, columns[[m]]] <- v[, columns[[m]]] + margins[[m]]$v - v %*% overlap[[m]]
  then_project(fit, list(u = u, v = v))
}

then_project <- function(fit, by) {
  list(u = cbind(fit$u, by$u), v = cbind(fit$v, by$v - fit$v %*% crossprod(fit$u, by$v)))
}

# From scores by the weights after this step, their means by cell are subtracted, weighted by `shares`.
project_on_cells <- function(step, w, shares) {
  cell <- match(step, unique(step))
  scale <- replace(as.double(attr(step, "weights")) / w, w == 0, 1)
  u <- v <- matrix(0, length(w), max(cell))
  at <- cbind(seq_along(w), cell)
  u[at] <- scale
  v[at] <- shares / scale / as.vector(rowsum(shares, cell))[cell]
  list(u = u, v = v)
}

# Rows with the same variables and factor are a calibration cell: found by two sums of all that they have.
add_calibration <- function(design, found, inside) {
  rows <- which(found$weights > 0)
  key <- cbind(found$g, found$u, found$v / found$weights)[rows, , drop = FALSE]
  key <- sweep(key, 2L, pmax(apply(abs(key), 2L, max), .Machine$double.xmin), "/")
  some <- seq_len(ncol(key))
  cell <- paste(round(key %*% sin(some), 10L), round(key %*% cos(some), 10L))
  code <- integer(design$rows)
  code[rows] <- match(cell, unique(cell))
  first <- match(seq_len(max(code)), code)
  value <- t(found$u[first, , drop = FALSE])
  dual <- t(found$v[first, , drop = FALSE] / found$weights[first])
  known <- which(value != 0 | dual != 0, arr.ind = TRUE)
  design$calibration <- list(
    g = found$g[first], code = code, iterations = 0L, deviation = NA_real_, margins = NULL, how = found$how,
    text = found$text, steps = found$steps,
    basis = list(columns = nrow(value), start = c(0, cumsum(as.double(tabulate(known[, 2L], ncol(value))))),
                 index = as.integer(known[, 1L] - 1L), value = value[known], dual = dual[known])
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

# survey's strata of a later stage already are crossed with the units of the stage before, its clusters too.
survey_stages <- function(design, x, count) {
  stages <- lapply(seq_len(count), function(s) {
    list(stratum = if (s == 1L || x$has.strata) code_column(x$strata[[s]], "strata"),
         cluster = code_column(x$cluster[[s]], "cluster"))
  })
  psu <- stages[[1L]]$cluster
  element <- ncol(x$cluster) == 1L && psu$size == design$rows && !anyDuplicated(column_codes(psu))
  if (element) stages[[1L]]["cluster"] <- list(NULL)
  design <- add_stages(design, stages, every = TRUE)
  stratum <- stages[[1L]]$stratum
  number <- match(stratum$levels[column_codes(stratum)], design$frame$strata)
  design$frame[c("stratum_psus", "stratum_fpc")] <- survey_sizes(x, 1L, number, length(design$frame$strata))
  unit <- column_codes(design$unit)
  for (s in seq_len(count)[-1L]) {
    stage <- design$frame$later[[s - 1L]]
    at <- tally_unit_at(design$frame, s)[unit]
    sizes <- survey_sizes(x, s, if (stage$element) at else stage$psu_stratum[at] + 1L, length(stage$stratum_psus))
    design$frame$later[[s - 1L]][c("stratum_psus", "stratum_fpc")] <- sizes
  }
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
          hint = "Read the columns that you need into a data frame, and make the design from it: weeg_design(data, weights = ~x)")
  }
}

survey_name <- function(x) {
  name <- unique(names(x))
  if (!is.null(name) && !grepl("^V1$", name[1L])) paste(name, collapse = " + ")
}

# ---- and back --------------------------------------------------------------------------------------------------------

#' A design for package survey or srvyr
#'
#' Converts a [weeg_design()] for the functions of package survey: `as_svydesign()` makes a design of class `survey.design2`
#' with the same weights, strata, stages, sampled and population sizes, calibration and domain, and of a design with replicates
#' one of class `svyrep.design`; `srvyr::as_survey()` makes a `tbl_svy`. Estimates and standard errors are the same,
#' [as_weeg_design()] gives the design back. User-missing values of labelled columns are `NA` in it, and dates of SPSS are dates.
#'
#' survey keeps its rule for strata with a single PSU in an option of the session, not in the design. Where that option
#' differs from the design's rule, a message says how to set it.
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
  need_given(x)
  if (!inherits(x, "weeg_design")) {
    abort("argument", "`x` must be a weeg_design, not a ", class(x)[1L],
          hint = if (inherits(x, "weeg_tally")) "The rows of a tally are gone: start from its design" else if (is_imputed(x)) {
            "Of each completed data set: lapply(seq_along(x), function(k) as_svydesign(x[[k]]))"
          })
  }
  need_package("survey", "for its designs")
  check_unbroken(x)
  if (!is.data.frame(x$data)) {
    abort("unsupported", "the rows of ", source_title(x$data), " are not in memory",
          hint = "Read them, and make the design of a data frame")
  }
  if (!is.null(x$replicates)) return(as_svyrepdesign(x))
  if (is_two_phase(x$frame)) {
    abort("unsupported", "designs of two phases are not converted", hint = "Make it anew: survey::twophase()")
  }
  if (!is.null(x$frame$pps)) {
    abort("unsupported", "designs with unequal probabilities (`pps`) are not converted",
          hint = "Make it anew: survey::svydesign(ids = , fpc = , pps = , data = )")
  }
  stages <- lapply(seq_len(frame_stages(x$frame)), function(s) stage_of_rows(x, s))
  part <- function(name) as.data.frame(lapply(stages, `[[`, name), col.names = paste0("stage", seq_along(stages)))
  weights <- if (is.null(x$weights)) rep(1, x$rows) else x$weights
  strata <- if (length(x$frame$strata) > 1L || any(lengths(lapply(x$frame$later, `[[`, "strata")) > 0L)) part("stratum")
  design <- tryCatch(
    survey::svydesign(ids = part("unit"), strata = strata, weights = weights, data = seen_frame(x$data)),
    error = function(e) abort("unsupported", "survey cannot hold this design: ", conditionMessage(e))
  )
  # the sizes as weeg knows them: svydesign() would count the rows at hand, and refuse a population of one PSU
  popsize <- if (!is.null(x$frame$stratum_fpc)) as.matrix(part("population"))
  design$fpc <- structure(list(popsize = popsize, sampsize = as.matrix(part("sampled")), pps = FALSE), class = "survey_fpc")
  design$call <- match.call()
  if (!is.null(x$calibration)) design <- with_calibration(design, x)
  tell_rules(x$frame)
  if (is.null(x$domain)) design else design[which(x$domain != 0), ]
}

# survey knows no user-missing values, nor the dates of SPSS.
seen_frame <- function(data) {
  data <- as.data.frame(data)
  data[] <- Map(seen_column, data, names(data))
  data
}

# As calibrate() of survey leaves it: see add_residuals(). Rows without weight are in no cell, and add nothing.
with_calibration <- function(design, x) {
  k <- x$calibration
  counted <- k$code > 0L
  g <- ifelse(counted, k$g[replace(k$code, !counted, 1L)], 1)
  design$allprob <- as.data.frame(as.matrix(design$allprob) * g)
  if (!is.null(k$steps)) {
    design$postStrata <- k$steps
    return(design)
  }
  model <- matrix(0, length(k$g), k$basis$columns)
  model[cbind(rep(seq_along(k$g), diff(k$basis$start)), k$basis$index + 1L)] <- k$basis$value
  root <- ifelse(counted, sqrt(x$weights / g), 0)
  rows <- model[replace(k$code, !counted, 1L), , drop = FALSE] * root
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
    variables = seen_frame(x$data), repweights = weights, weights = row_weights(x, x$weights), type = "other", scale = r$scale,
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

# What a design of survey cannot hold.
tell_rules <- function(frame) {
  if (!is.null(frame$given_df)) {
    tell("In package survey degrees of freedom are an argument of functions, not of the design: df = ", format(frame$given_df))
  }
  same <- identical(frame$lonely, getOption("survey.lonely.psu", "fail")) &&
    isTRUE(frame$lonely_domain) == (isTRUE(getOption("survey.adjust.domain.lonely")) && frame$lonely %in% c("adjust", "average"))
  if (same) return(invisible())
  tell("In package survey the rule for single-PSU strata is an option: options(survey.lonely.psu = \"", frame$lonely, "\"",
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
  names <- survey_weights(list(data = data, names = list(data = source_label(data))), pweights, known)$names
  compressed <- inherits(x$repweights, "repweights_compressed")
  if (!compressed || x$combined.weights) {
    columns <- replicate_columns(as.matrix(x$repweights), data)
    return(seal(know_columns(new_replicate_design(data, pweights, columns, x$combined.weights, settings, df, names))))
  }
  # one row of multipliers for each PSU, and the PSU of each row
  multipliers <- t(x$repweights$weights)
  storage.mode(multipliers) <- "double"
  check_replicates(lapply(seq_len(ncol(multipliers)), function(u) multipliers[, u]), nrow(multipliers))
  design <- add_weights(list(data = data, names = names, rows = nrow(data), domain = NULL, conditions = list()), pweights)
  psu <- list(codes = as.integer(x$repweights$index), width = 4L, size = ncol(multipliers),
              levels = as.character(seq_len(ncol(multipliers))))
  design <- add_stages(design, list(list(stratum = whole_column(), cluster = psu)))
  design$frame$lonely <- "fail"
  design$replicates <- c(list(multipliers = multipliers), settings, list(df = df, rank = "units"))
  seal(know_columns(new_design(design)))
}

survey_type <- function(type) {
  type <- tolower(type)
  if (type %in% c("subbootstrap", "mrbbootstrap")) type <- "bootstrap"
  if (type == "successive-difference") type <- "sdr"
  if (type %in% replicate_types) type else "other"
}
