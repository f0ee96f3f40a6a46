# What is released beside protected counts: standard errors, and shares where weights differ. They are functions of the counts
# in each sampling unit, so that they reveal hidden counts, in a small release exactly. Where a count of a question is
# hidden, all figures of the question's tables are made of few coarse ones: shares to 3 digits where weights differ, standard
# errors to 2; limits, effective sizes, design effects, verdicts and p-values follow from these. Then tables of whole
# respondents in their sampling units are listed, or searched for, that agree with every count shown and give the same
# coarse figures (worlds.R): for each hidden count two that are far enough apart. Where there are none, figures become
# coarser, and at last are not shown.

# A function that makes the figures of a result (x, of which counts are hidden, with its tables and its number) reveal no
# more than its counts do. release: see hidden_release().
precision_keeper <- function(release, tally_of, squares_of) {
  all <- release$all
  patterns <- release$hidden
  relations <- release$relations
  same <- function(x, tables, number) x
  of <- vapply(patterns, `[[`, "", "outcome")
  # a question is a block of columns that hang together; what follows from groups is each by itself
  question <- unname(relations$block[of])
  grouping <- is.na(question)
  question[grouping] <- of[grouping]
  linked <- linked_blocks(relations)
  set <- ifelse(grouping, question, unname(linked[question]))
  hidden <- vapply(patterns, function(p) any(p$hidden), NA)
  free <- relations$mixed || any(hidden & grouping) || isTRUE(attr(patterns, "groups"))
  touched <- if (free) unique(question) else unique(question[set %in% set[hidden]])
  # by question, the least of what is said of its outcomes; see areas_limit()
  said <- release$limits[names(release$limits) %in% of]
  asked <- question[match(names(said), of)]
  limits <- lapply(stats::setNames(nm = unique(asked)), function(one) {
    all <- said[asked == one]
    few <- any(vapply(all, `[[`, NA, "few"))
    list(digits = min(vapply(all, `[[`, 0, "digits")), share = min(vapply(all, `[[`, 0L, "share")), few = few,
         ample = !few && all(vapply(all, `[[`, NA, "ample")), outcomes = names(all))
  })
  if (!any(hidden)) {
    touched <- character()
    if (length(limits) == 0L) return(same)
  }
  blocks <- lapply(seq_along(all), function(i) {
    found <- result_blocks(all[[i]]$x, all[[i]]$tables, release$design_of(i))
    Map(function(block, j) c(block, list(id = paste(i, j), number = i)), found, seq_along(found))
  })
  if (all(vapply(unlist(blocks, FALSE), follows_from_counts, NA))) return(same)
  own <- if (free) setdiff(question, question[grouping]) else touched
  # questions that hang together are one system, but for items, which have no more in common than a base that is shown
  several <- tapply(question, set, function(x) length(unique(x)))[set] > 1L
  based <- set %in% set[hidden & vapply(patterns, `[[`, NA, "base")]
  shared <- unique(question[several & (based | !of %in% names(relations$sets))])
  # other tables by a question are made of its answers too, and in no system with it
  crossed <- Filter(function(one) {
    mine <- of[question == one]
    any(vapply(unlist(blocks, FALSE), function(b) !b$outcome %in% mine && any(b$by %in% mine), NA))
  }, unique(question))
  if (!(free && length(own) == 1L)) shared <- union(shared, crossed)
  heard <- unlist(blocks[setdiff(seq_along(blocks), release$silent)], FALSE)
  decide <- function(one) {
    mine <- if (free && length(own) == 1L) rep(TRUE, length(of)) else question == one
    limit <- limits[[one]]
    how <- if (one %in% touched) {
      decide_precision(release$data, if (free && length(own) == 1L) own else one, patterns[mine], heard, release$threshold,
                       relations, tally_of, squares_of, free, broad = one %in% attr(patterns, "broad"),
                       provable = !(free && length(own) > 1L) && !one %in% c(shared, attr(patterns, "broad")),
                       of[mine], attr(patterns, "again")[[one]], release$country)
    } else {
      limited_precision(release$data, one, patterns[mine], Filter(function(b) b$outcome %in% of[mine], heard), relations,
                        tally_of, squares_of, limit)
    }
    within_limit(how, limit, heard)
  }
  decided <- lapply(stats::setNames(nm = union(touched, names(limits))), decide)
  question_of <- stats::setNames(question, of)
  coarse <- function(x, tables, number) {
    # nothing is known of these
    if (number %in% release$silent) {
      decided <- lapply(decided, function(how) replace(how, c("share", "ample"), list(how$least, FALSE)))
    }
    coarse_result(x, tables, blocks[[number]], decided, question_of, tally_of, free)
  }
  structure(coarse, limits = lapply(question_of[question_of %in% names(decided)], function(q) decided[[q]]$limit))
}

# Standard errors of a table are functions of the counts shown where rows are the units, in one stratum, and weigh the same, but
# for figures of a model, which has other groups.
follows_from_counts <- function(block) {
  design <- block$design
  simple <- is.null(design$replicates) && is.null(design$calibration) && is.null(design$frame$later) && !block$adjusted
  simple && design$frame$element && length(design$frame$stratum_psus) == 1L && has_equal_weights(design)
}

has_equal_weights <- function(design) {
  if (!inherits(design, "weeg_tally")) {
    w <- design$weights
    return(is.null(w) || length(w) == 0L || all(w == w[1L]))
  }
  mean <- entry_weights(design) / design$entries$n
  all(abs(mean - mean[1L]) <= 1e-12 * mean[1L])
}

# ---- the shares and sums in a result ---------------------------------------------------------------------------------

# The tables of rows in a result, each list(outcome, place: where in it, kind, rows, design, adjusted: whether it is of a
# model, groups: the variables of which rows are groups, sets: a function that gives, for which atoms are in a count, what shares
# and sums are made of).
result_blocks <- function(x, tables, design) {
  kind <- class(x)[1L]
  adjusted <- !is.null(attr(x, "info")$adjusted)
  if (kind == "weeg_crosstab") return(crosstab_blocks(x, tables[[1L]], design))
  rows <- result_rows(x)
  lapply(seq_along(tables), function(i) {
    table <- tables[[i]]
    at <- switch(kind, weeg_total = seq_len(nrow(rows)), weeg_multiple = which(rows$level == levels(rows$level)[i]), table$place)
    mine <- rows[at, , drop = FALSE]
    if (!is.null(table$net)) mine$level <- rep("TRUE", length(at))
    each <- seq_along(at)
    p <- table$patterns
    sets <- switch(kind,
      weeg_proportion = , weeg_multiple = function(inside) list(num = inside(p$n, each), den = inside(p$base, each)),
      weeg_total = function(inside) list(num = inside(p$n, each)),
      weeg_compare = function(inside) comparison_sets(mine, table, inside)
    )
    list(outcome = table$outcome, place = at, kind = kind, rows = mine, design = design, sets = sets,
         adjusted = adjusted, by = table$groups,
         groups = if (kind %in% c("weeg_proportion", "weeg_multiple", "weeg_compare")) names(table$rows$groups))
  })
}

crosstab_blocks <- function(x, table, design) {
  p <- table$patterns
  each <- seq_len(nrow(x$row))
  margin <- match(level_keys(list(x$row$level)), p$margin$keys)
  sets <- list(row = function(inside) list(num = inside(p$n, each), den = inside(p$base, each)),
               column = function(inside) list(num = inside(p$n, each), den = inside(p$margin, margin)),
               total = function(inside) list(num = inside(p$n, each), den = inside(p$all, rep(1L, length(each)))),
               margin = function(inside) list(num = inside(p$margin, seq_len(nrow(x$margin))),
                                              den = inside(p$all, rep(1L, nrow(x$margin)))))
  columns <- attr(x, "info")$columns
  lapply(names(sets), function(part) {
    rows <- if (part == "margin") as.data.frame.weeg_result(x$margin) else result_rows(x[[part]], columns)
    list(outcome = table$outcome, place = part, kind = "weeg_proportion", rows = rows, design = design, sets = sets[[part]],
         adjusted = FALSE, by = table$groups, groups = if (part == "row") names(rows$groups))
  })
}

# Of a comparison, the two shares; with the total or the rest, of all groups or of the others. NULL for a contrast.
comparison_sets <- function(rows, table, inside) {
  cell <- paste(grid_labels(table$rows$groups), table$rows$level, sep = "\r")
  level <- as.character(rows$level)
  first <- match(paste(rows$group1, level, sep = "\r"), cell)
  second <- match(paste(rows$group2, level, sep = "\r"), cell)
  of <- function(pattern, at) {
    found <- inside(pattern, ifelse(is.na(at), 1L, at))
    found[, is.na(at)] <- 0
    found
  }
  num <- of(table$patterns$n, first)
  den <- of(table$patterns$base, first)
  others <- is.na(second) & rows$group2 %in% against_choices & !is.na(first)
  num2 <- of(table$patterns$n, second)
  den2 <- of(table$patterns$base, second)
  whole <- rowSums(inside(table$patterns$n, seq_along(table$patterns$n$keys)))
  margin <- of(table$patterns$margin, match(level_keys(list(level)), table$patterns$margin$keys))
  rest <- which(others & rows$group2 %in% "rest")
  num2[, others] <- margin[, others]
  den2[, others] <- whole
  num2[, rest] <- num2[, rest] - num[, rest]
  den2[, rest] <- den2[, rest] - den[, rest]
  list(num = num, den = den, num2 = num2, den2 = den2, none = is.na(first) | is.na(rows$group2),
       one = rows$group2 %in% "published figure" & is.na(second))
}

# ---- how coarse ------------------------------------------------------------------------------------------------------

# How the figures of a question may be shown: list(share, errors: see safest_figures(); equal: whether weights are, known: see
# add_figures()).
decide_precision <- function(data, question, patterns, blocks, threshold, relations, tally_of, squares_of, free, broad, provable,
                             outcomes, hide_again, country = NULL) {
  equal <- has_equal_weights(data)
  # who of a unit and group gave an answer is not known: where weights differ there, shares to 3 digits reveal nothing of counts
  root <- if (question %in% names(relations$roots)) relations$roots[[question]] else question
  groups <- setdiff(unique(unlist(lapply(patterns, pattern_groups, relations))), root)
  # of a broad banner, shares that are shown are the same in all tables that prove counts safe; see hide_answers()
  weighed <- !equal && !broad && has_alike_weights(c(groups, root), root, tally_of, squares_of)
  least <- if (weighed) 0L else 3L
  none <- list(share = least, equal = equal, least = least, ample = FALSE,
               limit = list(digits = 0, share = least, ample = FALSE))
  if (!provable) return(none)
  world <- question_world(question, patterns, relations, tally_of, if (!equal) squares_of, free)
  if (is.null(world)) return(none)
  world$weighed <- weighed
  blocks <- Filter(function(b) b$outcome %in% outcomes && !is.null(b$sets) && !follows_from_counts(b), blocks)
  # of a release of areas, the country's shares first
  blocks <- blocks[order(!vapply(blocks, `[[`, 0L, "number") %in% country)]
  world <- add_figures(world, blocks)
  found <- safest_figures(world, threshold, hide_again)
  of_country <- vapply(Filter(function(b) b$number %in% country, blocks), `[[`, "", "id")
  limit <- areas_limit(found, intersect(of_country, names(found$errors)))
  c(found, list(equal = equal, least = least, known = world$known, ample = FALSE, limit = limit))
}

# ---- many areas ------------------------------------------------------------------------------------------------------

# Beside counts of areas, the tables of the country have a figure for each answer and group, made of what people of that group
# said in each area, which no table shows. To look for tables that agree with all of them would take minutes. So tables are
# looked for that agree with the country's share of the focus (ids), which is shown with so many `digits`. In few areas,
# other figures of the country have no standard errors; in many, far more is open than such figures, rounded, can tell, and
# they are as fine as that one. Tests and figures of models are shown to 2 digits then, where that one is (`ample`).
many_areas <- 15L

areas_limit <- function(found, ids) {
  digits <- if (length(ids) == 0L) 0 else min(vapply(found$errors[ids], `[[`, 0, "digits"))
  list(digits = digits, share = found$share, ample = digits == 2 && found$share > 0L)
}

# How figures of a question of the country are shown of which no count is hidden, beside those of many areas.
limited_precision <- function(data, question, patterns, blocks, relations, tally_of, squares_of, limit) {
  equal <- has_equal_weights(data)
  found <- list(share = 3L, equal = equal, least = if (equal) 3L else 0L, ample = limit$ample)
  world <- question_world(question, patterns, relations, tally_of, if (!equal) squares_of, FALSE)
  if (is.null(world)) return(found)
  found$known <- add_figures(world, Filter(function(b) !is.null(b$sets) && !follows_from_counts(b), blocks))$known
  found$errors <- lapply(found$known, function(known) c(digits = limit$digits, least = 0))
  found
}

# With no more digits than a limit has.
within_limit <- function(how, limit, blocks) {
  if (is.null(limit)) return(how)
  how$share <- min(how$share, limit$share, if (limit$few && how$least == 0L) 2L)
  is_own <- function(b) b$outcome %in% limit$outcomes && length(b$groups) == 0L && !b$adjusted && b$kind != "weeg_compare"
  own <- Filter(is_own, blocks)
  own <- vapply(own, `[[`, "", "id")
  for (id in names(how$errors)) {
    digits <- if (limit$few && !id %in% own) 0 else min(how$errors[[id]][["digits"]], limit$digits)
    how$errors[[id]][["digits"]] <- digits
  }
  how
}

most_world_atoms <- c(free = 200L, usual = 6000L)

most_spread <- 0.05 # of weights that are as good as the same, as a share of their mean

# Whether weights are alike within each unit and group, or, without their squares, may be.
has_alike_weights <- function(names, answer, tally_of, squares_of) {
  tally <- tally_of(names)
  answers <- length(tally$variables[[answer[1L]]]$levels) + 1L
  slot <- paste(tally$entries$unit, tally$entries$cell %/% answers)
  total <- function(x) rowsum(x, slot)[, 1L]
  n <- total(tally$entries$n)
  mean <- total(entry_weights(tally)) / n
  squares <- if (!is.null(squares_of)) squares_of(names)
  square <- total(if (is.null(squares)) entry_weights(tally)^2 / tally$entries$n else entry_weights(squares)) / n
  all(square <= mean^2 * (1 + most_spread^2))
}

# The atoms of a question and the steps between them; NULL where there are too many.
question_world <- function(question, patterns, relations, tally_of, squares_of, free) {
  if (question %in% names(relations$roots)) question <- relations$roots[[question]]
  if (length(question) != 1L) return(NULL)
  groups <- setdiff(unique(unlist(lapply(patterns, pattern_groups, relations))), question)
  tally <- tally_of(c(groups, question))
  if (!is.null(tally$replicates) || !is.null(tally$frame$later)) return(NULL)
  answers <- length(tally$variables[[question]]$levels) + 1L
  squares <- if (!is.null(squares_of)) squares_of(c(groups, question))
  atoms <- world_atoms(tally, squares, answers, groups, free)
  most <- most_world_atoms[[if (free) "free" else "usual"]]
  if (length(atoms$x) > most) return(NULL)
  at <- lapply(cell_levels(tally), function(x) as.character(x)[atoms$cell + 1L])
  cells <- follow_ways(list(at = at, n = seq_along(atoms$x)), relations$ways)
  atom <- order(cells$n)
  if (!identical(as.integer(cells$n[atom]), seq_along(atoms$x))) return(NULL) # some cannot be, or are several
  cells <- some_cells(cells, atom)
  at <- cells$at
  pairs <- lapply(patterns, pattern_pairs, cells)
  start <- cumsum(c(0L, vapply(patterns, function(p) length(p$n), 0L)))
  count <- unlist(Map(function(p, s) p$count + s, pairs, start[-length(start)]), use.names = FALSE)
  used <- sort(unique(count))
  world <- c(atoms[c("x", "w", "w2")], list(
    member = list(count = match(count, used), atom = unlist(lapply(pairs, `[[`, "cell"), use.names = FALSE)),
    n = unlist(lapply(patterns, `[[`, "n"), use.names = FALSE)[used],
    shown = !unlist(lapply(patterns, `[[`, "hidden"), use.names = FALSE)[used], at = at, design = tally, unit = atoms$unit
  ))
  bases <- any(vapply(patterns, function(p) p$base && any(p$hidden), NA))
  world_steps(world, atoms, free, bases, answers)
}

# A sampling unit (a stratum, where rows are the units), a cell of the groups and an answer each. With `free`, all cells of groups
# that a unit can have, else those that it has.
world_atoms <- function(tally, squares, answers, groups, free) {
  unit <- tally$entries$unit
  slot <- tally$entries$cell %/% answers
  slots <- unique(data.frame(unit = unit, slot = slot))
  if (free && length(groups) > 0L) {
    own <- slots
    slots <- merge(data.frame(unit = unique(unit)), data.frame(slot = unique(slot)))
    cells <- cell_levels(tally)
    level_of <- function(slots, name) as.character(cells[[name]])[slots$slot * answers + 1L]
    for (name in groups) {
      home <- tapply(level_of(own, name), own$unit, function(x) if (length(unique(x)) == 1L) x[1L] else NA)
      if (anyNA(home)) next # a unit has several of them
      slots <- slots[(level_of(slots, name) == home[as.character(slots$unit)]) %in% TRUE, , drop = FALSE]
    }
  }
  slots <- slots[order(slots$unit, slots$slot), ]
  atom <- list(unit = rep(slots$unit, each = answers) + 1L, slot = rep(seq_len(nrow(slots)), each = answers),
               answer = rep(seq_len(answers), nrow(slots)))
  atom$cell <- rep(slots$slot * answers, each = answers) + atom$answer - 1L
  at <- match(paste(unit + 1L, tally$entries$cell), paste(atom$unit, atom$cell))
  weight <- entry_weights(tally)
  atom$x <- atom$w <- atom$w2 <- numeric(length(atom$unit))
  atom$x[at] <- tally$entries$n
  atom$w[at] <- weight
  atom$w2[at] <- if (is.null(squares)) weight^2 / tally$entries$n else entry_weights(squares)
  atom
}

# A respondent may give another answer; where bases are hidden, none; where groups are, in another group or unit.
world_steps <- function(world, atoms, free, bases, answers) {
  can <- which(atoms$answer < answers | bases)
  pairs <- if (free) {
    expand.grid(from = can, to = can)
  } else {
    each <- split(can, atoms$slot[can])
    do.call(rbind, lapply(each, function(i) expand.grid(from = i, to = i)))
  }
  pairs <- pairs[pairs$from != pairs$to, , drop = FALSE]
  # a number for each count that is shown, such that sums of some are those of others by chance only; tables are checked
  mark <- floor((sin(seq_along(world$n) * 12.9898) * 43758.5453) %% 1 * 2^40)
  mark[!world$shown] <- 0
  marks <- sum_by(mark[world$member$count], world$member$atom, length(atoms$x))
  change <- marks[pairs$to] - marks[pairs$from]
  step <- seq_along(change)
  pair <- rbind(cbind(step, 0L), if (!free) step_pairs(pairs, atoms$unit), deparse.level = 0L)
  change <- change[pair[, 1L]] + c(0, change)[pair[, 2L] + 1L]
  kinds <- unique(change)
  c(world, list(from = pairs$from, to = pairs$to, pair = unname(pair), class = match(change, kinds),
                opposite = match(-kinds, kinds), alone = change == 0))
}

most_step_pairs <- 20000L

# Two steps in one unit, in different cells of its groups.
step_pairs <- function(pairs, unit) {
  each <- split(seq_len(nrow(pairs)), unit[pairs$from])
  if (sum(lengths(each)^2) / 2 > most_step_pairs) return(NULL)
  two <- lapply(each, function(i) if (length(i) > 1L) t(utils::combn(i, 2L)))
  two <- do.call(rbind, two)
  two[!(pairs$from[two[, 1L]] == pairs$to[two[, 2L]] & pairs$to[two[, 1L]] == pairs$from[two[, 2L]]), , drop = FALSE]
}

# What figures are made of; known: for each block, list(value: whether the estimates of
# its rows are understood, units: of how many sampling units those are of which the standard errors are, else -1).
add_figures <- function(world, blocks) {
  member <- function(pattern) {
    found <- pattern_pairs(pattern, list(at = world$at, n = world$x))
    replace(integer(length(world$x)), found$cell, found$count)
  }
  inside <- function(pattern, at) {
    at <- match(pattern$keys, pattern$keys)[at]
    1 * outer(member(pattern), at, `==`)
  }
  world$num <- world$den <- matrix(0, length(world$x), 0L)
  world$is_sum <- logical()
  world$frames <- list()
  world$known <- list()
  for (block in blocks) world <- add_block(world, block, inside)
  world
}

add_block <- function(world, block, inside) {
  sets <- block$sets(inside)
  rows <- block$rows
  live <- which(!is.na(rows$estimate) & !(if (is.null(sets$none)) FALSE else sets$none))
  compared <- !is.null(sets$num2)
  parts <- list(num = sets$num[, live, drop = FALSE],
                den = if (is.null(sets$den)) 0 * sets$num[, live, drop = FALSE] else sets$den[, live, drop = FALSE])
  first <- seq_along(live)
  second <- rep(NA_integer_, length(live))
  if (compared) {
    two <- which(!sets$one[live])
    parts$num <- cbind(parts$num, sets$num2[, live[two], drop = FALSE])
    parts$den <- cbind(parts$den, sets$den2[, live[two], drop = FALSE])
    second[two] <- length(live) + seq_along(two)
  }
  measure <- if (compared) as.character(rows$measure[live]) else rep("share", length(live))
  is_sum <- rep(is.null(sets$den), ncol(parts$num))
  frame <- design_frame(block$design, world)
  frame$id <- block$id
  frame$figure <- list(part1 = first, part2 = second, measure = ifelse(measure == "number-needed", "difference", measure),
                       units = part_units(world, parts, is.null(sets$den), first, second))
  own <- replace(world, c("num", "den", "is_sum"), list(parts$num, parts$den, is_sum))
  own$frames <- if (is.null(frame$unit)) list() else list(frame)
  figures <- world_figures(own)
  error <- if (is.null(frame$unit)) rep(NA_real_, length(live)) else figures$errors[[1L]]
  told <- rows$std.error[live]
  if (compared) told <- ifelse(measure == "number-needed", told / rows$estimate[live]^2, told)
  value <- figures$value[first]
  close <- function(a, b) !is.na(a) & !is.na(b) & abs(a - b) <= 1e-6 * abs(b) + 1e-12
  right <- if (compared) close(value, rows$estimate1[live]) else close(value, rows$estimate[live])
  exact <- right & close(error, told)
  known <- list(value = replace(rep(FALSE, nrow(rows)), live[right], TRUE),
                units = replace(rep(-1, nrow(rows)), live[exact], frame$figure$units[exact]))
  before <- ncol(world$num)
  world$num <- cbind(world$num, parts$num)
  world$den <- cbind(world$den, parts$den)
  world$is_sum <- c(world$is_sum, is_sum)
  if (any(exact)) {
    frame$figure <- lapply(frame$figure, `[`, exact)
    frame$figure[c("part1", "part2")] <- lapply(frame$figure[c("part1", "part2")], `+`, before)
    world$frames <- c(world$frames, list(frame))
  }
  world$known[[block$id]] <- known
  world
}

# In how many sampling units there is anybody of a share's base (or of both bases of a comparison); of a sum, in all.
part_units <- function(world, parts, is_sum, first, second) {
  units <- length(unique(world$unit))
  if (is_sum) return(rep(units, length(first)))
  base <- parts$den[, first, drop = FALSE]
  two <- which(!is.na(second))
  base[, two] <- base[, two] + parts$den[, second[two], drop = FALSE]
  vapply(seq_along(first), function(j) length(unique(world$unit[base[, j] > 0 & world$x > 0])), 0L)
}

# How the sampling units of atoms make a variance; without `unit` where that is not known.
design_frame <- function(design, world) {
  frame <- design$frame
  if (!is.null(design$replicates) || !is.null(design$calibration) || !is.null(frame$later) || !is.null(frame$pps)) return(list())
  size <- frame$stratum_psus
  factor <- ifelse(size > 1, size / pmax(size - 1, 1), 0)
  if (!is.null(frame$stratum_fpc)) factor <- factor * (1 - size / frame$stratum_fpc)
  found <- list(element = frame$element, size = size, factor = factor)
  if (identical(frame[c("strata", "psus")], world$design$frame[c("strata", "psus")])) {
    found$unit <- world$unit
  } else if (frame$element && all(design$names$strata %in% names(world$at)) && length(design$names$strata) == 1L) {
    found$unit <- match(world$at[[design$names$strata]], frame$strata)
    found$unit[is.na(found$unit)] <- 1L # in no figure of the design
  } else {
    return(list())
  }
  found$unit_stratum <- if (frame$element) seq_along(size) else pmax(frame$psu_stratum + 1L, 1L)
  found
}

# ---- coarse figures --------------------------------------------------------------------------------------------------

coarse_result <- function(x, tables, blocks, decided, question_of, tally_of, free) {
  if (is_of_means(x)) return(x) # all that there is, or nothing: see R/protect-mean.R
  kind <- class(x)[1L]
  attributes <- attributes(x)
  # a table that has the counts of another one is of no question of its own
  equal <- has_equal_weights(blocks[[1L]]$design)
  unknown <- list(share = if (equal) 3L else 0L, equal = equal)
  how_of <- function(b) if (b$outcome %in% names(question_of)) decided[[question_of[[b$outcome]]]] else unknown
  said <- unique(unlist(lapply(blocks, function(b) precision_text(how_of(b), b))))
  if (length(said) > 0L) {
    attributes$info$precision <- paste(said, collapse = "; ")
    attributes$conventions <- c(attributes$conventions, precision = attributes$info$precision)
  }
  changes <- !vapply(blocks, function(b) is.null(how_of(b)) || follows_from_counts(b), NA)
  if (kind != "weeg_test" && any(changes)) attributes <- without_law(attributes, all(changes))
  attributes(x) <- attributes
  x <- seal_result(x)
  for (block in blocks) {
    how <- how_of(block)
    if (is.null(how) || follows_from_counts(block)) next
    rows <- coarse_block(block, how, attributes, tally_of, free)
    if (kind == "weeg_crosstab") {
      x[[block$place]][names(rows)] <- rows
    } else {
      plain <- as.data.frame.weeg_result(x)
      plain[block$place, names(rows)] <- rows
      attributes$names <- names(plain)
      x <- plain
      attributes(x) <- attributes
    }
    if (kind == "weeg_multiple") {
      tests <- attributes$info$tests
      attr(x, "info")$tests <- attributes$info$tests <- if (how$ample) coarse_tests(tests) else hide_tests(tests)
    }
    if (kind == "weeg_crosstab") x <- coarse_crosstab(x, how)
    x <- seal_result(x)
  }
  if (kind == "weeg_compare" && any(changes)) x <- adjust_coarse(x, unlist(lapply(blocks[changes], `[[`, "place")))
  x
}

# What a result says of its degrees of freedom, and of an interval that nobody asked for, where figures are made again by PSUs
# minus strata: without the law of few PSUs, limits are those of the effective sample size with a cap. all: or of some outcomes.
without_law <- function(attributes, all) {
  before <- attributes$conventions
  after <- without_effective(before)
  if (identical(before, after)) return(attributes)
  if (isTRUE(attributes$info$usual_interval)) {
    attributes$info$interval <- "beta-nchs"
    after[["interval"]] <- interval_text("beta-nchs", attributes$info$level)
  } else if ("interval" %in% names(after)) {
    after[["interval"]] <- sub(", of .*", "", after[["interval"]])
  }
  changed <- before != after
  if (!all) after[changed] <- paste0(before[changed], " (beside hidden counts ", after[changed], ")")
  attributes$conventions <- after
  attributes
}

hide_tests <- function(tests) blank(tests, rep(TRUE, NROW(tests)))

# To 2 digits, but for what is counted.
coarse_tests <- function(tests) {
  numbers <- setdiff(names(tests)[vapply(tests, is.double, NA)], c("n", "n.base"))
  tests[numbers] <- lapply(tests[numbers], round_error, 2L)
  tests
}

precision_text <- function(how, block) {
  if (is.null(how) || follows_from_counts(block)) return(NULL)
  text <- function(what, digits) if (digits > 0L) paste0(what, " to ", digits, if (digits == 1L) " digit" else " digits")
  digits <- shown_errors(how, block)[["digits"]]
  paste(c(text("standard errors", digits), if (digits == 0L) "no standard errors", if (!how$equal) text("shares", how$share)),
        collapse = ", ")
}

# Of a table, the digits of standard errors, and of how many sampling units a group must be for one.
shown_errors <- function(how, block) {
  if (block$id %in% names(how$errors)) how$errors[[block$id]] else c(digits = 0, least = Inf)
}

# The test, and what else of a cross-tab reveals variances.
coarse_crosstab <- function(x, how) {
  x$test[] <- blank(as.data.frame.weeg_result(x$test), TRUE)
  x$residuals[] <- x$residual.p[] <- NA_real_
  if (!how$equal) x$weighted[] <- coarse_sum(x$weighted, how$share)
  x
}

coarse_sum <- function(x, digits) if (digits > 0L) round_error(x, digits) else NA_real_

# The columns of a table that change.
coarse_block <- function(block, how, attributes, tally_of, free) {
  rows <- block$rows
  if (!block$kind %in% c("weeg_proportion", "weeg_multiple", "weeg_total", "weeg_compare")) {
    return(changed_columns(if (how$ample) coarse_tests(rows) else blank(rows, rep(TRUE, nrow(rows)))))
  }
  known <- how$known[[block$id]]
  there <- !is.na(rows$estimate)
  plain <- is.null(block$design$calibration)
  model <- block$adjusted && !how$ample
  value <- if (is.null(known) || block$adjusted) rep(plain && !model, nrow(rows)) else known$value
  errors <- shown_errors(how, block)
  error <- if (is.null(known)) rep(FALSE, nrow(rows)) else block$adjusted | known$units >= errors[["least"]]
  seen <- there & value & (how$equal || how$share > 0L)
  rows$std.error[!error | errors[["digits"]] == 0] <- NA
  # what rounding leaves of 0 would tell tables apart
  rows$std.error[rows$std.error <= 1e-10 * if (block$kind == "weeg_total") abs(rows$estimate) else 1] <- 0
  rows$std.error <- round_error(rows$std.error, errors[["digits"]])
  level <- attributes$info$level
  rows <- switch(block$kind,
    weeg_total = coarse_totals(rows, how, level, identical(attributes$info$interval, "log")),
    weeg_compare = coarse_comparisons(rows, how, level, block, tally_of),
    coarse_shares(rows, how, level, attributes$info$interval, block, tally_of, free)
  )
  hidden <- there & !seen | model # why a model has no estimate reveals counts, too
  figures <- c(cell_columns, "cv", "estimate1", "estimate2", "statistic", "p.value", "p.adjusted", "df")
  rows[hidden, setdiff(intersect(figures, names(rows)), "n")] <- NA
  rows$reason[hidden] <- reason_words("protected")
  changed_columns(rows)
}

changed_columns <- function(rows) {
  rows[setdiff(names(rows), c("groups", "outcome", "level", "group", "group1", "group2", "measure", "method", "n", "n.base"))]
}

coarse_shares <- function(rows, how, level, method, block, tally_of, free) {
  there <- !is.na(rows$estimate)
  extreme <- there & (rows$estimate <= 1e-12 | rows$estimate >= 1 - 1e-12)
  if (!how$equal) {
    some <- there & !extreme
    rows$estimate[some] <- round_share(rows$estimate[some], how$share)
    rows$n.weighted <- coarse_sum(rows$n.weighted, how$share)
  }
  rows$df <- public_df(rows, block, tally_of, free)
  rows$std.error[extreme] <- 0
  told <- there & !is.na(rows$std.error) & !is.na(rows$df)
  columns <- c("reliability", "reliability.reason")
  follow <- c("conf.low", "conf.high", "n.effective", "deff", "reason", columns)
  at <- which(told)
  rows[at, follow] <- share_columns(rows$estimate[at], rows$std.error[at]^2, rows$n.base[at], rows$df[at], method, level)[follow]
  rows$reason[there & !told] <- reason_words("protected-error") # a reason such as a variance of 0 would reveal counts
  rows[there & !told, c("std.error", "conf.low", "conf.high", "n.effective", "deff", "df", columns)] <- NA
  rows
}

# Degrees of freedom that reveal nothing of answers: of the units of the domain in which there is anybody of the group (or of both
# groups of a comparison), or where groups are hidden, can be; never more than the respondents less 1. Effective ones, which
# depend on the answers, give way to these; of later stages, to none.
public_df <- function(rows, block, tally_of, free) {
  frame <- block$design$frame
  rule <- profile_of(block$design)$df
  counted <- is.null(block$design$replicates) && is.null(frame$given_df) && rule %in% c("domain", "effective")
  if (!counted) return(rows$df)
  if (!is.null(frame$later)) return(if (rule == "domain") rows$df else rep(NA_real_, nrow(rows)))
  units <- group_units(tally_of(if (length(block$groups) > 0L) block$groups else block$outcome), block$groups, free)
  # where rows are the units, those of a tally are strata
  df_of <- function(mine) if (frame$element) -length(mine) else length(mine) - length(unique(frame$psu_stratum[mine]))
  of <- if (block$kind == "weeg_compare") {
    Map(function(one, two) if (two %in% "published figure") units$of(one) else union(units$of(one), units$of(two)),
        as.character(rows$group1), as.character(rows$group2))
  } else if (length(block$groups) > 0L) {
    lapply(grid_labels(lapply(rows$groups, as.character)), units$of)
  } else {
    list(units$all)
  }
  df <- rep_len(vapply(of, df_of, 0), nrow(rows))
  if (frame$element) df <- df + units_counted(rows, units)
  if (!is.null(rows$n.base)) df <- pmax(pmin(df, rows$n.base - 1), 0)
  ifelse(is.na(rows$df), NA_real_, df)
}

# Respondents of whom the rows of a table are; of a comparison, of both.
units_counted <- function(rows, units) {
  if (!is.null(rows$n.base)) return(rows$n.base)
  if (is.null(rows$group2)) return(rep(units$rows, nrow(rows)))
  second <- ifelse(rows$group2 %in% "published figure", 0, rows$n2)
  n <- ifelse(rows$group2 %in% against_choices, units$rows, rows$n1 + second)
  ifelse(is.na(n), units$rows, n)
}

# list(all: the units of a tally, rows: respondents in it, of: a function of a label of groups that gives theirs). With `free`,
# those that can have the group: of a variable of which each unit has one level, that is known.
group_units <- function(tally, groups, free) {
  unit <- tally$entries$unit + 1L
  all <- unique(unit)
  rows <- sum(tally$entries$n)
  if (length(groups) == 0L) return(list(all = all, rows = rows, of = function(label) all))
  level <- lapply(cell_levels(tally)[groups], function(x) as.character(x)[tally$entries$cell + 1L])
  if (free) level <- Filter(function(x) all(tapply(x, unit, function(v) length(unique(v)) == 1L)), level)
  if (length(level) < length(groups)) {
    # of some variables only: each unit can have every level of the others
    label <- grid_labels(cell_levels(tally)[groups])
    part <- grid_labels(lapply(cell_levels(tally)[names(level)], as.character))
    there <- if (length(level) == 0L) rep(list(all), length(label)) else split(unit, grid_labels(level))[part]
    return(list(all = all, rows = rows, of = function(one) if (one %in% label) unique(there[[match(one, label)]]) else all))
  }
  there <- split(unit, grid_labels(level))
  list(all = all, rows = rows, of = function(one) if (one %in% names(there)) unique(there[[one]]) else all)
}

coarse_totals <- function(rows, how, level, log) {
  there <- !is.na(rows$estimate)
  if (!how$equal) rows$estimate <- coarse_sum(rows$estimate, how$share)
  t <- stats::qt((1 + level) / 2, rows$df)
  rows$conf.low <- rows$estimate - t * rows$std.error
  rows$conf.high <- rows$estimate + t * rows$std.error
  judged <- judged_rows(rows, rows$n, rows$df)
  if (log) rows[c("conf.low", "conf.high")] <- judged[c("conf.low", "conf.high")]
  columns <- c("cv", "reliability", "reliability.reason")
  rows[columns] <- judged[columns]
  # without a standard error there is no verdict, and a count is no reason for one
  rows[there & is.na(rows$std.error) | is.na(rows$n), columns] <- NA
  rows$reason[there & is.na(rows$std.error)] <- reason_words("protected-error")
  rows
}

coarse_comparisons <- function(rows, how, level, block, tally_of) {
  there <- !is.na(rows$estimate)
  external <- rows$group2 %in% "published figure"
  if (!how$equal) {
    rows$estimate1 <- round_share(rows$estimate1, how$share)
    rows$estimate2[!external] <- round_share(rows$estimate2[!external], how$share)
  }
  number <- match(as.character(rows$measure), compare_measures)
  needed <- rows$measure == "number-needed"
  # of a number needed, the standard error of its difference, rounded once
  error <- ifelse(is.na(rows$std.error), NA, block$rows$std.error / ifelse(needed, block$rows$estimate^2, 1))
  error <- round_error(error, max(shown_errors(how, block)[["digits"]], 1))
  rows$df <- public_df(rows, block, tally_of, TRUE)
  at <- which(there & !is.na(number) & !is.na(rows$estimate1) & !is.na(rows$estimate2))
  slope <- measure_slopes(rows$measure[at], rows$estimate1[at], rows$estimate2[at])$first
  columns <- c("estimate", "std.error", "conf.low", "conf.high", "statistic", "p.value")
  shown <- replace(error[at], is.na(error[at]), 1)
  for (df in unique(rows$df[at])) {
    mine <- rows$df[at] %in% df
    found <- checked(.Call(C_proportion_contrasts, number[at][mine] - 1L, rows$estimate1[at][mine], rows$estimate2[at][mine],
                           (shown / slope)[mine]^2, 0 * shown[mine], 0 * shown[mine], df, level))
    rows[at[mine], columns] <- found[columns]
  }
  rows$reason[reason_is(rows$reason, cautions)] <- NA # they depend on the answers
  none <- there & is.na(error)
  rows[none, setdiff(columns, "estimate")] <- NA
  rows$df[none] <- NA
  rows$reason[none] <- reason_words("protected-error")
  rows
}
