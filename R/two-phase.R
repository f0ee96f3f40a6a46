#' Two-phase (double) sampling
#'
#' Describes a subsample of a sample: of all respondents (the first phase), some were selected for what is dear to measure
#' (the second phase), mostly within strata that the first phase found, such as cases and controls of a cohort. Estimates are
#' made of the second phase, and their standard errors account for both.
#'
#' `data` describes the first phase with all its rows, as [weeg_design()] does; `subset` says which of them are in the second
#' phase, and the other arguments how these were selected from the first: at random within `strata`, without replacement, by
#' row or by `cluster`. A row's weight is that of the first phase divided by the share of its stratum that was selected.
#' Variables that are known in the second phase alone may be missing elsewhere.
#'
#' @section Variances:
#' With \eqn{z}{z} the weighted scores, the variance is \eqn{\sum_{kl} F_{kl} z_k z_l}{sum_kl F_kl z_k z_l} with \eqn{F = D_1
#' + D_2 - D_1 D_2}{F = D1 + D2 - D1 D2} (element by element), where \eqn{D_{kl} = 1 - \pi_k \pi_l / \pi_{kl}}{D_kl = 1 -
#' pi_k pi_l / pi_kl} of either phase (Sarndal, Swensson and Wretman 1992, result 9.3.1), as by method `"full"` of
#' `survey::twophase()`. It is exact for both phases: nothing is approximated but, as always, ratios by their linear terms.
#' No matrix is made, so that time and memory are proportional to rows.
#'
#' Without `fpc` in the first phase, its PSUs are treated as drawn with replacement within strata, as [weeg_design()] does:
#' the limit of ever larger populations. `survey::twophase()` does not centre there: of a simple random sample of \eqn{n}{n}
#' its standard errors of proportions and means are smaller by up to \eqn{1/(2n)}{1/(2 n)}, those of totals (which mean
#' little without a population) larger. Where strata of the first phase differ in their number of units, survey 4.5 takes
#' that number from other rows. If all of the first phase is selected, standard errors are those of the first phase's design.
#'
#' Degrees of freedom are units less strata of the second phase, as `survey::degf()` has them, with Student's t under all
#' conventions. Where the first phase has few clusters that is generous; give `df` to [weeg_design()] then. The `lonely` rule
#' of the first phase's design holds for both: strata with a single unit are an error, or with `"remove"` and `"certainty"`
#' add nothing.
#'
#' All verbs take the result, also `subset()` and [weeg_tally()]; margins of [weeg_calibrate()] are known totals of the
#' population, not estimates from the first phase. Such tallies are not added and not written to files; replicates are not
#' made. The program has no designs of two phases.
#'
#' @param data The first phase: a [weeg_design()] of a data frame with all its rows, or the data frame itself for a simple
#'   random sample. Not calibrated, without replicates, domain or `pps`. It may have several stages.
#' @param subset The second phase: a one-sided formula with a condition, such as `~ case | subcohort`, that is known in all
#'   rows.
#' @param strata,cluster One-sided formulas: the strata and the clusters that were selected from the first phase; `NULL` for
#'   none. A cluster lies within one sampling unit (of the last stage that counts) of the first phase.
#' @param fpc One-sided formula: units of the stratum in the first phase, or the fraction selected. `NULL`: they are counted,
#'   for which `strata` and `cluster` are known in all rows of the first phase.
#' @param nest Whether cluster numbers start again in each stratum.
#' @return A [weeg_design()] of the rows of the second phase.
#' @references Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, chapter 9. Lumley (2010), Complex
#'   Surveys, chapter 8.
#' @seealso [weeg_design()]
#' @examples
#' # a cohort of 600, from which all with the disease and one in ten others were examined
#' cohort <- data.frame(ill = rep(c(TRUE, FALSE), c(60, 540)), id = 1:600)
#' cohort$examined <- cohort$ill | cohort$id %% 10 == 0
#' cohort$smokes <- ifelse(cohort$examined, (cohort$id %/% 10) %% 3 == 0, NA)
#' d <- weeg_two_phase(weeg_design(cohort), subset = ~examined, strata = ~ill)
#' d
#' weeg_proportion(d, smokes ~ ill)
#'
#' # 3 of 20 schools, and 4 of the pupils of each
#' pupils <- data.frame(school = rep(1:3, c(8, 10, 12)), schools = 20)
#' pupils$tested <- stats::ave(pupils$school, pupils$school, FUN = seq_along) <= 4
#' pupils$passed <- ifelse(pupils$tested, c("yes", "no", "yes"), NA)
#' first <- weeg_design(pupils, cluster = ~school, fpc = ~schools)
#' weeg_total(weeg_two_phase(first, ~tested, strata = ~school), ~passed)
#' @export
weeg_two_phase <- function(data, subset, strata = NULL, cluster = NULL, fpc = NULL, nest = FALSE) {
  need_given(data, subset)
  given_formulas(c("subset", "strata", "cluster", "fpc"), variables_of(data))
  nest <- check_flag(nest, "nest")
  first <- first_phase(data)
  rows <- which(second_phase(subset, first$data))
  if (length(rows) == 0L) abort("argument", "`subset` selects no rows for the second phase")
  formulas <- list(strata = strata, cluster = cluster, fpc = fpc)
  fpc <- phase_fpc(first$data, rows, formulas, nest)
  design <- list(
    data = keep_rows(first$data, rows),
    names = c(first$names["data"], lapply(formulas, formula_text), first$names["omitted"], list(phase = phase_text(first))),
    rows = length(rows), domain = NULL, conditions = list()
  )
  stages <- withCallingHandlers(one_stage(design$data, strata, cluster, fpc), weeg_error = function(e) stop(of_all_rows(e, rows)))
  design <- withCallingHandlers(add_stages(design, stages, nest), weeg_error = function(e) stop(of_all_rows(e, rows)))
  unit <- column_codes(design$unit)
  second <- phase_parts(design$frame, unit, first$frame$lonely, "second")
  parts <- phase_parts(first$frame, first_units(first)[rows], first$frame$lonely, "first", rows)
  check_within(unit, parts$unit, design)
  design$names$weights <- if (is.null(first$names$weights)) "from second phase" else {
    paste(first$names$weights, "and second phase")
  }
  weights <- (if (is.null(first$weights)) 1 else first$weights[rows]) / second$share
  design <- add_weights(design, weights, computed = TRUE)
  design$frame$pps <- "two-phase"
  design$frame["stratum_fpc"] <- NULL
  one <- match(seq_along(design$frame$psus), unit) # a row of each PSU
  chance <- (parts$share * second$share)[one]
  design$frame$psu_probability <- pmax(ifelse(is.na(one), 1, chance), .Machine$double.xmin)
  design$frame$psu_blocks <- two_phase_blocks(lapply(parts$parts, at_units, one), lapply(second$parts, at_units, one))
  kept <- c("conventions", "df", "lonely", "lonely_asked")
  design$frame[kept] <- first$frame[kept]
  design$frame$lonely_domain <- FALSE
  design$grouped <- first$grouped
  seal(new_design(know_columns(design)))
}

is_two_phase <- function(frame) identical(frame$pps, "two-phase")

# ---- what is given ---------------------------------------------------------------------------------------------------

first_phase <- function(data) {
  x <- weeg_design(data)
  refuse <- function(..., hint = NULL) abort("unsupported", "the first phase (`data`) ", ..., hint = hint)
  if (!inherits(x, "weeg_design") || !is.data.frame(x$data)) {
    refuse("must have its rows in memory", hint = "Read them, and make the design of a data frame")
  }
  if (!is.null(x$replicates)) refuse("has replicates")
  if (!is.null(x$calibration)) refuse("is calibrated", hint = "Calibrate the design of two phases")
  if (!is.null(x$domain)) refuse("is a domain", hint = "Take the domain of the result: subset(weeg_two_phase(...), condition)")
  if (is_two_phase(x$frame)) refuse("has two phases already")
  if (!is.null(x$frame$pps)) refuse("has unequal probabilities (`pps`)")
  x
}

second_phase <- function(subset, data) {
  condition <- subset[[length(subset)]]
  value <- condition_value(condition, data, environment(subset), "`subset`, ")
  row <- which(is.na(value))[1L]
  if (!is.na(row)) abort_missing(deparse1(condition), "subset", row)
  value
}

one_stage <- function(data, strata, cluster, fpc) {
  stages <- design_stages(data, strata, cluster, NULL)
  if (length(stages) > 1L) {
    abort("argument", "`cluster` has ", length(stages), " variables, but the second phase is of one stage")
  }
  stages[[1L]]$fpc <- fpc
  if (is.null(stages[[1L]]$cluster)) stages[[1L]]$cluster <- row_column(data)
  stages
}

# Units of the row's stratum in the first phase, of the rows of the second.
phase_fpc <- function(data, rows, formulas, nest) {
  if (!is.null(formulas$fpc) && !stands_for_none(formulas$fpc)) {
    values <- stage_fpc(formulas$fpc, data)
    if (length(values) != 1L) abort("argument", "`fpc` must name one variable, as the second phase is of one stage")
    return(values[[1L]][rows])
  }
  all <- add_stages(list(data = data, rows = nrow(data)), one_stage(data, formulas$strata, formulas$cluster, NULL), nest)
  stratum <- all$frame$psu_stratum[column_codes(all$unit)] + 1L
  empty <- setdiff(stratum, stratum[rows])
  if (length(empty) > 0L) {
    abort("argument", "`subset` selects no row of stratum ", all$frame$strata[sort(empty)[1L]], " of the second phase",
          hint = "Join it to a similar stratum")
  }
  as.double(all$frame$stratum_psus[stratum[rows]])
}

phase_text <- function(first) {
  names <- first$names
  paste(c(counted(first$rows, "row"), if (!is.null(names$strata)) paste("strata", names$strata),
          if (!is.null(names$cluster)) paste("clusters", names$cluster), if (!is.null(names$fpc)) paste("fpc", names$fpc)),
        collapse = ", ")
}

# The unit of a tally that each row is in.
first_units <- function(first) {
  if (is.null(first$unit$codes)) rep(1L, first$rows) else column_codes(first$unit)
}

check_within <- function(unit, of, design) {
  other <- which(of != of[match(unit, unit)])[1L]
  if (is.na(other)) return(invisible())
  abort("nesting", design$names$cluster, " (in `cluster`) has a cluster with rows in several sampling units of the first phase: ",
        design$frame$psus[unit[other]],
        hint = "The second phase selects sampling units of the first, or rows or clusters within them")
}

# ---- the variance ----------------------------------------------------------------------------------------------------

# D of a phase is of units, all of whose pairs share a number, and of strata, less one. As for several stages: within the units of
# the stage before, times the fractions sampled so far. unit: of the tally, of each row; rows: numbers of these.
# list(parts = list(list(id, coef)), each [rows]; share = the fraction sampled; unit = that of the last stage)
phase_parts <- function(frame, unit, lonely, phase, rows = seq_along(unit)) {
  parts <- list()
  share <- rep(1, length(unit))
  for (s in seq_len(frame_stages(frame))) {
    at <- if (s == 1L) frame else frame$later[[s - 1L]]
    own <- tally_unit_at(frame, s)[unit]
    stratum <- if (at$element) own else at$psu_stratum[own] + 1L
    n <- as.double(at$stratum_psus[stratum])
    fraction <- if (is.null(at$stratum_fpc)) rep(0, length(n)) else n / at$stratum_fpc[stratum]
    left <- ifelse(1 - fraction < 1e-7, 0, share * (1 - fraction))
    single <- which(n == 1 & left > 0)
    if (length(single) > 0L && !lonely %in% c("remove", "certainty")) {
      abort("lonely", "in the ", phase, " phase, stratum ", stratum_labels(frame, s)[stratum[single[1L]]],
            " has only one sampled unit",
            hint = "Join it to a similar stratum; or make the design of the first phase with lonely = \"remove\"")
    }
    less <- ifelse(n > 1, left / (n - 1), 0)
    if (at$element) own <- rows
    parts <- c(parts, list(list(id = own, coef = n * less), list(id = stratum, coef = -less)))
    share <- share * fraction
  }
  list(parts = parts, share = share, unit = own)
}

at_units <- function(part, one) lapply(part, function(x) x[one])

# Blocks of PSUs and what the square of their sum is multiplied by: of D1, D2, and less those of their product, whose blocks are
# what two blocks share. All are by PSU; those of one PSU become one block.
two_phase_blocks <- function(first, second) {
  products <- unlist(lapply(first, function(p) lapply(second, function(q) {
    key <- match(p$id, p$id) * as.double(length(p$id) + 1L) + match(q$id, q$id)
    list(id = key, coef = -p$coef * q$coef)
  })), recursive = FALSE)
  alone <- rep(0, length(first[[1L]]$id))
  psu <- list()
  size <- list()
  factor <- list()
  for (part in c(first, second, products)) {
    block <- match(part$id, unique(part$id))
    block[is.na(part$id)] <- NA # a PSU without rows
    count <- tabulate(block)
    single <- !is.na(block) & count[block] == 1L
    alone[single] <- alone[single] + part$coef[single]
    rest <- which(!is.na(block) & !single & part$coef != 0)
    rest <- rest[order(block[rest])]
    heads <- rest[!duplicated(block[rest])]
    psu <- c(psu, list(rest))
    size <- c(size, list(count[block[heads]]))
    factor <- c(factor, list(part$coef[heads]))
  }
  own <- which(alone != 0)
  list(start = as.integer(c(0, cumsum(as.double(c(rep(1, length(own)), unlist(size)))))),
       psu = as.integer(c(own, unlist(psu)) - 1L), factor = as.double(c(alone[own], unlist(factor))))
}
