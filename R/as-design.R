#' Designs of survey and srvyr
#'
#' Takes over a design made by `survey::svydesign()` or `srvyr::as_survey_design()`: weights, strata, clusters, finite
#' population, domains made by `subset()` or `filter()`, and the rule for lonely PSUs in
#' `options("survey.lonely.psu")`.
#'
#' Single-stage designs and designs with several stages but no finite population (whose variance depends on the first
#' stage only) are taken over exactly. Designs with finite populations at later stages, unequal-probability designs
#' (`pps`) and calibrated designs raise an error of class `weeg_error_unsupported`. Designs with replicate weights
#' (`svrepdesign()`, `as.svrepdesign()`) are taken over with their scales, centring and degrees of freedom.
#'
#' @param x A design of class `survey.design2`, `svyrep.design` or `tbl_svy`.
#' @param lonely The rule for strata with one PSU: see [weeg_design()].
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

refuse_design <- function(what) {
  abort("unsupported", "this survey design ", what, ", which weeg cannot take over")
}

#' @rdname as_weeg_design
#' @export
as_weeg_design.weeg_design <- function(x, ...) x

#' @rdname as_weeg_design
#' @export
as_weeg_design.survey.design2 <- function(x, lonely = getOption("survey.lonely.psu", "fail"), ...) {
  no_dots(...)
  lonely <- one_of(lonely, lonely_rules, "lonely")
  if (!is.null(x$postStrata)) refuse_design("is calibrated or post-stratified")
  if (!isFALSE(x$pps)) refuse_design("has unequal probabilities (pps)")
  if (ncol(x$cluster) > 1L && !is.null(x$fpc$popsize)) refuse_design("has a finite population at a later stage")
  data <- as.data.frame(x$variables)
  design <- list(data = data, rows = nrow(data), domain = NULL, conditions = list(),
                 names = list(data = data_name(data), weights = "from a survey design", strata = survey_name(x$strata),
                              cluster = survey_name(x$cluster), fpc = if (!is.null(x$fpc$popsize)) "from a survey design"))
  if (design$rows == 0L) abort("argument", "the survey design has no rows")
  weights <- 1 / as.double(x$prob) # a row outside a calibrated domain has probability Inf, so weight 0
  design <- add_weights(design, weights)
  stratum <- code_column(x$strata[[1L]], "strata")
  psu <- code_column(x$cluster[[1L]], "cluster")
  # the sizes that svydesign() found: a domain made by subset() has lost rows, and PSUs with them
  sampled <- as.double(x$fpc$sampsize[, 1L])
  element <- psu$size == design$rows && !anyDuplicated(column_codes(psu))
  design <- add_units(design, stratum, if (element) NULL else psu)
  first <- match(design$frame$strata, stratum$levels[column_codes(stratum)])
  design$frame$stratum_psus <- sampled[first]
  if (!is.null(x$fpc$popsize)) design$frame$stratum_fpc <- as.double(x$fpc$popsize[first, 1L])
  design$frame$lonely <- lonely
  structure(design, class = "weeg_design")
}

survey_name <- function(x) {
  name <- names(x)[1L]
  if (!is.null(name) && !grepl("^V1$", name)) name
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
  names <- list(data = data_name(data), weights = "from a survey design")
  pweights <- as.double(unlist(x$pweights))
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
