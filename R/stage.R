# Multistage designs: strata, clusters and population sizes per stage. The frame of a design describes the first
# stage; frame$later is a list of the others whose variance counts, each with the same elements and with
#   stratum_parent  the unit of the stage before that each stratum lies in, from 0, ascending
# and labels (strata, psus) that are unique within it. A stage of rows has element = TRUE, and no units of its own.

# list(strata, clusters, fpc): per stage a column or NULL, fpc numbers. Stages that do not count are left out.
design_stages <- function(data, strata, cluster, fpc) {
  given <- lapply(list(strata = strata, cluster = cluster, fpc = fpc), function(f) if (!stands_for_none(f)) f)
  strata <- given$strata
  cluster <- given$cluster
  fpc <- given$fpc
  clusters <- if (!is.null(cluster)) stage_columns(cluster, data, "cluster")
  strata <- if (!is.null(strata)) stage_columns(strata, data, "strata")
  fpc <- if (!is.null(fpc)) stage_fpc(fpc, data)
  count <- max(1L, length(clusters))
  check_stage_count(strata, count, "strata", ". To cross variables, write strata = ~ interaction(a, b)")
  check_stage_count(fpc, count, "fpc", "")
  used <- if (is.null(fpc)) 1L else min(count, length(fpc) + 1L)
  strata <- lapply(seq_len(used), function(s) if (s <= length(strata)) strata[[s]])
  if (is.null(strata[[1L]])) strata[[1L]] <- whole_column()
  list(strata = strata, clusters = clusters[seq_len(min(used, length(clusters)))], fpc = fpc)
}

check_stage_count <- function(values, count, argument, advice) {
  if (length(values) <= count) return(invisible())
  abort("argument", "`", argument, "` has ", length(values), " variables, one for each stage, but the design has ", count,
        if (count > 1L) " stages" else " stage",
        hint = paste0("The variables of `cluster` are the stages, from large to small", advice))
}

# A coded column per variable; NULL for 1, which stands for no strata.
stage_columns <- function(formula, data, argument) {
  values <- formula_values(formula, data, argument, skip = argument == "strata" & is_one(formula))
  columns <- Map(function(value, name) if (!is.null(value)) code_column(value, name), values, names(values))
  if (length(columns) > 1L) {
    for (column in columns) if (!is.null(column)) refuse_missing(column, argument)
  }
  unname(columns)
}

is_one <- function(formula) {
  if (!inherits(formula, "formula") || length(formula) != 2L) return(FALSE)
  vapply(plus_terms(formula[[2L]]), identical, NA, 1)
}

# Population sizes or sampling fractions, not a mixture.
stage_fpc <- function(formula, data) {
  values <- formula_values(formula, data, "fpc")
  for (name in names(values)) check_one_column(values[[name]], name, "fpc", "fpc")
  values <- lapply(values, plain_values)
  for (name in names(values)) {
    if (!is.numeric(values[[name]])) abort("fpc", "`fpc` must be numeric, but ", name, " is a ", class(values[[name]])[1L])
  }
  values <- lapply(values, as_numbers)
  above <- vapply(values, function(v) any(v > 1, na.rm = TRUE), NA)
  below <- vapply(values, function(v) any(v < 1, na.rm = TRUE), NA)
  if (any(above) && any(below & !above)) {
    abort("fpc", "`fpc` mixes population sizes (", names(values)[above][1L], ") with sampling fractions (",
          names(values)[below & !above][1L], ")", hint = "Give sizes at all stages, or fractions at all stages")
  }
  lapply(values, structure, sizes = any(above))
}

fpc_hint <- list(fpc = "fpc is the number of PSUs in the population of the stratum, or the fraction sampled")
later_fpc_hint <- list(fpc = paste(
  "fpc of a later stage is the number of units in the population of each unit of the stage before (and its stratum),",
  "or the fraction sampled"
))

add_fpc <- function(design, stratum, fpc) {
  if (is.null(fpc)) return(design)
  counts <- design$frame$stratum_psus
  present <- seq_len(stratum$size)
  if (length(counts) != stratum$size) { # levels without rows are no strata
    present <- sort(unique(column_codes(stratum)))
    counts <- numeric(stratum$size)
    counts[present] <- design$frame$stratum_psus
  }
  sizes <- find_fpc(fpc, core_column(stratum), counts, stratum$levels, fpc_hint)
  design$frame$stratum_fpc <- sizes[present]
  design
}

# Population size per stratum; an error names the stage, and the stratum by its label.
find_fpc <- function(fpc, stratum, counts, labels, hints, stage = 1L) {
  sizes <- .Call(C_find_fpc, fpc, stratum, counts)
  at_stage <- if (stage > 1L) paste0("at stage ", stage, ", ")
  sampled <- function(stratum, value, limit) {
    facts <- list(stratum = labels[stratum], value = value, limit = limit, stage = stage)
    abort("fpc", at_stage, "stratum ", facts$stratum, " has ", value, if (stage > 1L) " units" else " PSUs",
          " in the sample but ", limit, " in the population", hint = hints$fpc, facts = facts)
  }
  if (inherits(sizes, "weeg_failure")) {
    facts <- sizes$facts
    if (facts$fault == "more_sampled") sampled(facts$stratum, facts$value, facts$limit)
    return(checked(sizes, hints, before = at_stage))
  }
  # 1 everywhere at this stage, sizes at another: sizes too
  over <- which(attr(fpc, "sizes") & is.finite(sizes) & counts > 1 & sizes == counts & all(fpc == 1))
  if (length(over) > 0L) sampled(over[1L], counts[over[1L]], 1)
  sizes
}

# ---- later stages ----------------------------------------------------------------------------------------------------

add_later_stages <- function(design, stages, nest) {
  count <- length(stages$clusters)
  for (s in seq_len(count)[-1L]) {
    design <- add_stage(design, stages$strata[[s]], stages$clusters[[s]], if (s <= length(stages$fpc)) stages$fpc[[s]], nest,
                        s == count)
  }
  design
}

# design$unit becomes the column that tallies are made by: units of this stage, or its strata when units are rows.
add_stage <- function(design, stratum, cluster, fpc, nest, last) {
  parent <- design$unit
  number <- length(design$frame$later) + 2L
  hints <- list(missing = missing_hint)
  within <- list(codes = parent$codes, width = parent$width, size = parent$size)
  stage <- list(element = FALSE, stratum_parent = seq_len(parent$size) - 1L)
  if (!is.null(stratum)) {
    pairs <- nest_columns(parent, core_column(stratum), design$rows)
    within <- list(codes = pairs$codes, width = 4L, size = length(pairs$stratum))
    stage$stratum_parent <- pairs$stratum
    stage$strata <- stratum$levels[pairs$psu + 1L]
  }
  pairs <- nest_columns(if (nest) within else parent, core_column(cluster), design$rows)
  if (last && length(pairs$stratum) == design$rows) {
    stage$element <- TRUE
    stage$stratum_psus <- checked(.Call(C_count_levels, within, as.double(design$rows), thread_count()), hints)
    design$unit <- within
  } else {
    design$unit <- list(codes = pairs$codes, width = 4L, size = length(pairs$stratum))
    stage$psus <- cluster$levels[pairs$psu + 1L]
    stage$psu_stratum <- pairs$stratum
    if (!nest && !is.null(stratum)) stage$psu_stratum <- stage_strata(design, within, stage, number)
    stage$stratum_psus <- as.double(tabulate(stage$psu_stratum + 1L, nbins = within$size))
  }
  design$frame$later <- c(design$frame$later, list(stage))
  if (!is.null(fpc)) {
    labels <- stratum_labels(design$frame, number)
    sizes <- find_fpc(fpc, within, stage$stratum_psus, labels, later_fpc_hint, number)
    design$frame$later[[number - 1L]]$stratum_fpc <- sizes
  }
  design
}

nest_columns <- function(outer, inner, rows) {
  checked(.Call(C_nest_psus, outer, inner, as.double(rows), thread_count()), list(missing = missing_hint))
}

# Units that are not nested in the strata of their stage by their numbers may be so in fact.
stage_strata <- function(design, within, stage, number) {
  of <- .Call(C_find_strata, within, design$unit, as.double(design$rows), thread_count())
  if (inherits(of, "weeg_failure") && of$code == "nesting") {
    abort_nested(of, stage$strata, stage$psus, "at stage ", number, ", cluster ")
  }
  checked(of)
}

# ---- what others ask of a frame --------------------------------------------------------------------------------------

frame_stages <- function(frame) length(frame$later) + 1L

# The stage whose units (or strata, when those are of rows) a tally is made by.
last_stage <- function(frame) if (is.null(frame$later)) frame else frame$later[[length(frame$later)]]

# The unit of stage `stage` that each unit of the tally lies in, from 1. At the last stage, when units are rows: stratum.
tally_unit_at <- function(frame, stage) {
  unit <- seq_len(tally_units(frame))
  for (s in rev(seq_len(frame_stages(frame))[-seq_len(stage)])) {
    at <- frame$later[[s - 1L]]
    stratum <- if (at$element) unit else at$psu_stratum[unit] + 1L
    unit <- at$stratum_parent[stratum] + 1L
  }
  unit
}

# "school 3, girls": strata of a stage by the units that they lie in.
stratum_labels <- function(frame, stage) {
  if (stage == 1L) return(frame$strata)
  at <- frame$later[[stage - 1L]]
  parents <- unit_labels(frame, stage - 1L)[at$stratum_parent + 1L]
  if (is.null(at$strata)) parents else paste0(parents, "/", at$strata)
}

unit_labels <- function(frame, stage) {
  if (stage == 1L) return(frame$psus)
  at <- frame$later[[stage - 1L]]
  parent <- at$stratum_parent[at$psu_stratum + 1L]
  paste0(unit_labels(frame, stage - 1L)[parent + 1L], "/", at$psus)
}

# Names a lonely stratum by its label.
abort_lonely <- function(failure, frame, hint) {
  stage <- failure$facts$stage
  facts <- list(stage = stage, stratum = stratum_labels(frame, stage)[failure$facts$stratum])
  said <- if (stage == 1L) list("stratum ", facts$stratum, " has only one PSU") else {
    list("at stage ", stage, ", ", facts$stratum, " has only one sampled unit")
  }
  do.call(abort, c(list("lonely"), said, list(hint = hint, where = failure$where + 1, facts = facts)))
}
