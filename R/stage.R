# Strata, clusters and population sizes of one stage or more, found by the core (src/core/frame/sample.c). The frame of a design
# describes the first stage; frame$later is a list of the others whose variance counts, each with the same elements and with
#   stratum_parent  the unit of the stage before that each stratum lies in, from 0, ascending
# and labels (strata, psus) that are unique within it. A stage of rows has element = TRUE, and no units of its own.

# Per stage list(stratum, cluster, fpc), each a column, numbers, or NULL, and the name of fpc.
design_stages <- function(data, strata, cluster, fpc, pps = NULL) {
  given <- lapply(list(strata = strata, cluster = cluster, fpc = fpc), function(f) if (!stands_for_none(f)) f)
  strata <- given$strata
  cluster <- given$cluster
  fpc <- given$fpc
  clusters <- if (!is.null(cluster)) stage_columns(cluster, data, "cluster")
  if (!is.null(pps) && is.null(clusters)) clusters <- list(row_column(data))
  strata <- if (!is.null(strata)) stage_columns(strata, data, "strata")
  fpc <- if (!is.null(fpc)) stage_fpc(fpc, data)
  count <- max(1L, length(clusters))
  check_stage_count(strata, count, "strata", ". To cross variables, write strata = ~ interaction(a, b)")
  check_stage_count(fpc, count, "fpc", "")
  at <- function(values, s) if (s <= length(values)) values[[s]]
  stages <- lapply(seq_len(count), function(s) {
    list(stratum = at(strata, s), cluster = at(clusters, s), fpc = at(fpc, s), fpc_name = at(names(fpc), s))
  })
  if (is.null(stages[[1L]]$stratum)) stages[[1L]]$stratum <- whole_column()
  stages
}

check_stage_count <- function(values, count, argument, advice) {
  if (length(values) <= count) return(invisible())
  abort("argument", "`", argument, "` has ", length(values), " variables, one for each stage, but the design has ",
        counted(count, "stage"),
        hint = paste0("The variables of `cluster` are the stages, from large to small", advice))
}

# Each row as a PSU of its own.
row_column <- function(data) {
  if (!is.null(attr(data, "repeats", exact = TRUE))) {
    abort("argument", "`pps` needs `cluster` where rows are not kept: a variable that numbers the PSUs")
  }
  code_column(seq_len(source_rows(data)), "row")
}

# A coded column per variable; NULL for 1, which stands for no strata.
stage_columns <- function(formula, data, argument) {
  values <- formula_values(formula, data, argument, skip = argument == "strata" & is_one(formula))
  columns <- lapply(seq_along(values), function(i) if (!is.null(values[[i]])) code_column(values[[i]], names(values)[i]))
  if (length(columns) > 1L) {
    for (column in columns) if (!is.null(column)) refuse_missing(column, argument, data)
  }
  columns
}

is_one <- function(formula) {
  if (!inherits(formula, "formula") || length(formula) != 2L) return(FALSE)
  vapply(plus_terms(formula[[2L]]), identical, NA, 1)
}

stage_fpc <- function(formula, data) {
  values <- formula_values(formula, data, "fpc")
  for (name in names(values)) check_one_column(values[[name]], name, "fpc", "fpc")
  values <- lapply(values, plain_values)
  for (name in names(values)) {
    if (!is.numeric(values[[name]])) abort("fpc", "`fpc` must be numeric, but ", name, " is a ", class(values[[name]])[1L])
  }
  lapply(values, as_numbers)
}

# ---- what the core finds ---------------------------------------------------------------------------------------------

# Strata, units and population sizes of the stages that count, and the unit by which a tally is made. every: all stages count.
# Units of a stream (stream.R), or of sums of a database, stand for as many rows as their "repeats" say.
add_stages <- function(design, stages, nest = FALSE, every = FALSE, pps = NULL) {
  columns <- lapply(stages, function(s) c(lapply(s[c("stratum", "cluster")], core_column_of), s["fpc"]))
  found <- .Call(C_find_sample, columns, pps, nest, every, attr(design$data, "repeats", exact = TRUE), as.double(design$rows),
                 thread_count())
  if (inherits(found, "weeg_failure")) abort_sampled(found, stages, nest, pps)
  stratum <- stages[[1L]]$stratum
  psu <- stages[[1L]]$cluster
  labels <- psu$levels
  if (!is.null(found$pair_psu)) {
    labels <- paste(stratum$levels[found$psu_stratum + 1L], psu$levels[found$pair_psu + 1L], sep = "/")
  }
  design$unit <- if (!is.null(found$codes)) list(codes = found$codes, width = 4L, size = found$size) else {
    core_column(if (is.null(psu)) stratum else psu)
  }
  design$frame <- list(element = is.null(psu), strata = stratum$levels, psus = labels, psu_stratum = found$psu_stratum,
                       stratum_psus = found$stratum_psus)
  design$frame$stratum_fpc <- found$stratum_fpc
  design$frame$pps <- pps
  design$frame$psu_probability <- found$psu_probability
  if (length(found$later) > 0L) design$frame$later <- Map(named_stage, found$later, stages[seq_along(found$later) + 1L])
  drop_empty_strata(design)
}

core_column_of <- function(column) if (!is.null(column)) core_column(column)

# A stage with labels in the place of levels, without what it does not have.
named_stage <- function(found, stage) {
  if (!is.null(found$strata)) found$strata <- stage$stratum$levels[found$strata + 1L]
  if (!is.null(found$psus)) found$psus <- stage$cluster$levels[found$psus + 1L]
  Filter(Negate(is.null), found)
}

# A level of a factor without rows is not a stratum. (For element designs its number is the unit, so it stays there; it
# has no rows and adds nothing.)
drop_empty_strata <- function(design) {
  frame <- design$frame
  empty <- frame$stratum_psus == 0
  if (!any(empty) || frame$element) return(design)
  number <- cumsum(!empty) - 1L
  kept <- frame$psu_stratum >= 0L
  frame$psu_stratum[kept] <- number[frame$psu_stratum[kept] + 1L]
  frame$psu_stratum <- as.integer(frame$psu_stratum)
  for (member in c("strata", "stratum_psus", "stratum_fpc")) frame[[member]] <- frame[[member]][!empty]
  design$frame <- frame
  design
}

missing_hint <- "Every row needs a stratum and a cluster. Remove such rows before making the design"
fpc_hint <- "fpc is the number of PSUs in the population of the stratum, or the fraction sampled"
pps_hint <- paste(
  "With `pps`, fpc of the first stage is the probability that the PSU is in the sample: above 0 and at most 1, the same in all",
  "rows of a PSU"
)
later_fpc_hint <- paste(
  "fpc of a later stage is the number of units in the population of each unit of the stage before (and its stratum),",
  "or the fraction sampled"
)

# What is wrong with a sample, by the labels of its columns.
abort_sampled <- function(failure, stages, nest, pps) {
  if (failure$code == "missing") {
    for (column in do.call(c, lapply(stages, `[`, c("stratum", "cluster")))) check_codes(column$codes, column$name)
  }
  facts <- failure$facts
  number <- if (is.na(facts$stage)) 1 else facts$stage
  stage <- stages[[number]]
  at_stage <- if (number > 1) paste0("at stage ", number, ", ")
  hint <- if (number > 1) later_fpc_hint else if (!is.null(pps)) pps_hint else fpc_hint
  switch(facts$fault,
    two_strata = {
      strata <- stage$stratum$levels
      facts <- list(unit = stage$cluster$levels[facts$unit], stratum = strata[facts$stratum], other = strata[facts$other],
                    row = facts$row)
      abort("nesting", at_stage, "cluster ", facts$unit, " occurs in stratum ", facts$stratum, " and in stratum ", facts$other,
            " (row ", in_row(facts$row), ")", where = failure$where + 1, facts = facts,
            hint = "If cluster numbers start again in each stratum, use nest = TRUE")
    },
    more_sampled = {
      facts <- list(stratum = stratum_label_at(stages, number, facts$row, nest), value = facts$value, limit = facts$limit,
                    stage = number)
      abort("fpc", at_stage, "stratum ", facts$stratum, " has ", counted(facts$value, if (number > 1) "unit" else "PSU"),
            " in the sample but ", facts$limit, " in the population", hint = hint, facts = facts)
    },
    mixed_stages = abort("fpc", "`fpc` mixes population sizes (", stage$fpc_name, ") with sampling fractions (",
                         stages[[facts$number]]$fpc_name, ")", hint = "Give sizes at all stages, or fractions at all stages"),
    differs = if (is.null(pps) || number > 1) {
      checked(failure, list(fpc = hint), before = at_stage)
    } else {
      abort("fpc", "the inclusion probability in row ", in_row(facts$row), " (", stage$fpc_name,
            ", in `fpc`) differs from earlier rows of the same PSU", hint = hint, where = facts$row)
    },
    no_probability = abort("fpc", "the inclusion probability in row ", in_row(facts$row), " (", stage$fpc_name,
                           ", in `fpc`) is ", facts$value, ", not above 0 and at most 1", hint = hint, where = facts$row,
                           facts = list(value = facts$value)),
    checked(failure, list(missing = missing_hint, fpc = hint), before = at_stage)
  )
}

# As stratum_labels() has it, of the stratum that a row is in.
stratum_label_at <- function(stages, number, row, nest) {
  at <- function(s, column) stages[[s]][[column]]$levels[column_codes(stages[[s]][[column]])[row]]
  if (number == 1) return(at(1L, "stratum"))
  nested <- nest && !is.null(stages[[1L]]$stratum$codes)
  paste(c(if (nested) at(1L, "stratum"), vapply(seq_len(number - 1L), at, "", "cluster"),
          if (!is.null(stages[[number]]$stratum)) at(number, "stratum")), collapse = "/")
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
