# The counts that a release shows, and the cells that they are sums of.

# ---- counts ----------------------------------------------------------------------------------------------------------

# Counts are kept by pattern: a pattern is the variables of which a count fixes the level (`vars`, sorted) and those that
# must not be missing besides (`known`, sorted). list(vars, known, outcome, base, keys, n), keys and n one per count.
count_pattern <- function(levels, n, outcome, known = NULL, base = FALSE) {
  vars <- sort_values(as.character(names(levels)))
  known <- sort_values(setdiff(as.character(known), vars))
  keys <- level_keys(levels[vars], length(n))
  list(vars = vars, known = known, outcome = outcome, base = base, keys = keys, n = n,
       name = paste0(text_key(vars), "|", text_key(known)))
}


# The counts of one table of a result, as patterns: `n` of its rows and, of proportions, their base.
# The base of an item is that of its set. rows: groups (columns of levels by variable), level, n and n.base.
table_patterns <- function(rows, outcome, groups, set = NULL) {
  answered <- if (!is.null(set)) set else if (!missing_level %in% rows$level) outcome # where missing is a level, a base has it
  levels <- as.list(rows$groups)[groups]
  list(n = count_pattern(c(levels, stats::setNames(list(rows$level), outcome)), rows$n, outcome),
       base = count_pattern(levels, rows$n.base, outcome, known = answered, base = TRUE))
}

# All patterns of a release, each count once.
join_patterns <- function(patterns) {
  names <- vapply(patterns, `[[`, "", "name")
  all <- lapply(unique(names), function(name) {
    same <- patterns[names == name]
    keys <- unlist(lapply(same, `[[`, "keys"))
    n <- unlist(lapply(same, `[[`, "n"))
    if (any(tapply(n, keys, function(x) any(x != x[1L])))) {
      abort("argument", "the results do not agree on a count of ", name_pattern(same[[1L]]),
            hint = "A release belongs to one design: make all results from `data`")
    }
    joined <- same[[1L]]
    joined$keys <- unique(keys)
    joined$n <- n[match(joined$keys, keys)]
    joined
  })
  stats::setNames(all, unique(names))
}

name_pattern <- function(pattern) {
  if (length(pattern$vars) == 0L) return("all rows")
  paste(pattern$vars, collapse = ", ")
}

# ---- cells -----------------------------------------------------------------------------------------------------------

# The cells of a crossing of variables that there can be: list(at: levels by variable (NA: missing), n, weight: the sum of weights
# over their mean). A variable without missing values has no missing level, and a grouping variable only the levels that occur.
# Where each level of a grouping variable lies within one level of another, as municipalities in organisations, everybody
# knows that.
possible_cells <- function(tally, groups) {
  cells <- cell_levels(tally)
  n <- sum_by(tally$entries$n, tally$entries$cell + 1L, tally$cells)
  possible <- rep(TRUE, tally$cells)
  for (name in names(cells)) {
    levels <- addNA(cells[[name]])
    used <- tapply(n, levels, sum) > 0
    outcome <- !name %in% groups
    if (outcome) used[!is.na(levels(levels))] <- TRUE
    possible <- possible & used[as.integer(levels)]
  }
  for (name in groups) {
    for (other in setdiff(groups, name)) possible <- possible & within_one(cells[[name]], cells[[other]], n)
  }
  weight <- checked(.Call(C_tally_totals, tally))$weighted
  weight <- if (sum(weight) > 0) weight / (sum(weight) / sum(n)) else n
  some_cells(list(at = lapply(cells, as.character), n = n, weight = weight), possible)
}

# cells: list(at, and vectors).
some_cells <- function(cells, which) {
  cells$at <- lapply(cells$at, `[`, which)
  others <- names(cells) != "at"
  cells[others] <- lapply(cells[others], `[`, which)
  cells
}

# Which cells lie in the level of `other` that their level of `inner` lies in; all, where a level of `inner` lies in several.
within_one <- function(inner, other, n) {
  counts <- tapply(n, list(inner, addNA(other)), sum, default = 0)
  counts <- counts[rowSums(counts) > 0, , drop = FALSE]
  if (nrow(counts) < 2L || any(rowSums(counts > 0) > 1)) return(rep(TRUE, length(n)))
  home <- max.col(counts, "first")[match(inner, rownames(counts))]
  # of those whose level is missing, the other one may be, too
  unnamed <- is.na(inner) & !is.na(other) & !any(n[is.na(inner) & !is.na(other)] > 0)
  (is.na(home) | home == as.integer(addNA(other))) & !unnamed
}

# Which cells are in which counts of a pattern: pairs of numbers.
pattern_pairs <- function(pattern, cells) {
  labels <- lapply(cells$at[pattern$vars], function(x) ifelse(is.na(x), missing_level, x))
  count <- match(level_keys(labels, length(cells$n)), pattern$keys)
  for (name in pattern$known) count[is.na(cells$at[[name]])] <- NA
  list(count = count[!is.na(count)], cell = which(!is.na(count)))
}

# ---- what to hide ----------------------------------------------------------------------------------------------------

# The patterns with `hidden`, TRUE or FALSE for each count; attributes `groups`: whether sizes of groups may be hidden, and
# `again`: of each question that stands alone, see hide_in(). `tally_of` gives the tally of variables by their names.
#
# Sums over the answers to one question are the groups, and the same for all questions. Where no group is small, the
# attacker is taken to know them all, cell by cell, so that each question can be protected by itself; without a small group
# this hides no more. Small groups must be hidden themselves, and then all questions are one system; so they are where answers
# tell of groups. data: NULL where results are of several designs.
hide_patterns <- function(data, tally_of, patterns, threshold, relations) {
  groups <- relations$groups
  of <- vapply(patterns, `[[`, "", "outcome")
  block <- unname(relations$block[of]) # NA: a group, or what follows from groups: tables of provider, and others by provider
  patterns <- lapply(patterns, function(p) c(p, list(hidden = rep(FALSE, length(p$n)), small = rep(FALSE, length(p$n)))))
  small <- unlist(Map(function(p, grouping) has_small_group(tally_of, p, relations, grouping, threshold), patterns, is.na(block)))
  if (relations$mixed || any(small)) {
    cells <- cells_of_blocks(tally_of, unique(block[!is.na(block)]), of, groups, relations)
    hidden <- hide_in(cells, patterns, block, threshold, groups, relations, free = TRUE)
    return(structure(hidden, groups = any(vapply(hidden, function(p) p$base && any(p$hidden), NA)),
                     again = if (length(cells) == 1L) stats::setNames(list(attr(hidden, "again")), names(cells))))
  }
  again <- list()
  broad <- character()
  together <- linked_blocks(relations)[block]
  possible <- remembered(function(used) length(possible_groups(tally_of, used, groups)$n))
  asked <- unique(together[!is.na(together)])
  step <- progress(length(asked))
  for (one in asked) {
    mine <- which(together == one)
    used <- unique(unlist(lapply(patterns[mine], pattern_groups, relations)))
    step(block[mine[1L]])
    if (!is.null(data) && is_broad(patterns[mine], block[mine], used, relations, possible)) {
      root <- relations$roots[[block[mine[1L]]]]
      patterns[mine] <- hide_answers(answer_counts(data, tally_of, used, root), patterns[mine], root, threshold,
                                     relations$ways)
      broad <- c(broad, block[mine[1L]])
      next
    }
    cells <- within_groups(cells_of_blocks(tally_of, unique(block[mine]), of, used, relations), tally_of, used, groups)
    if (!any(is_linked(unique(block[mine]), relations))) {
      cells <- answered_cells(cells, patterns[mine], block[mine], threshold)
    }
    patterns[mine] <- hidden <- hide_in(cells, patterns[mine], block[mine], threshold, used, relations, free = FALSE)
    if (length(cells) == 1L) again[[names(cells)]] <- attr(hidden, "again")
  }
  step(NULL)
  structure(patterns, again = again, broad = broad)
}

# A function of texts that computes each value once.
remembered <- function(compute) {
  kept <- new.env()
  function(x) {
    key <- text_key(x)
    if (is.null(kept[[key]])) kept[[key]] <- compute(x)
    kept[[key]]
  }
}

pattern_groups <- function(pattern, relations) setdiff(c(pattern$vars, pattern$known), c(pattern$outcome, relations$sets))

has_small_group <- function(tally_of, pattern, relations, grouping, threshold) {
  groups <- relations$groups
  variables <- intersect(c(pattern$vars, pattern$known), groups)
  if (length(variables) == 0L && !grouping) return(sum(pattern$n) < threshold)
  if (length(variables) > 0L) {
    cells <- possible_groups(tally_of, variables, groups)
    whole <- !Reduce(`|`, lapply(cells$at[variables], is.na))
    sizes <- tapply(cells$n, list(level_keys(cells$at[variables]), whole), sum)
    unnamed <- sizes[, colnames(sizes) == "FALSE"][any(grepl(missing_level, pattern$keys, fixed = TRUE))]
    if (any(sizes[, colnames(sizes) == "TRUE"] < threshold, unnamed > 0 & unnamed < threshold, na.rm = TRUE)) return(TRUE)
  }
  if (!grouping) return(FALSE)
  variables <- union(variables, group_sources(setdiff(pattern$outcome, groups), relations))
  cells <- follow_ways(possible_groups(tally_of, variables, groups), relations$ways)
  any(pattern$n[unique(pattern_pairs(pattern, cells)$count)] < threshold)
}

# Which combinations of some groups there can be follows from all groups: an organisation without a municipality in a round has
# nobody in that round, and everybody knows.
possible_groups <- function(tally_of, variables, groups) {
  finer <- Filter(function(g) any(vapply(variables, function(v) lies_within(tally_of, g, v), NA)), setdiff(groups, variables))
  possible_cells(tally_of(c(variables, finer)), c(variables, finer))
}

# The cells of questions, list(question = cells), whose groups there can be.
within_groups <- function(cells, tally_of, used, groups) {
  if (length(used) == 0L) return(cells)
  possible <- level_keys(possible_groups(tally_of, used, groups)$at[used])
  lapply(cells, function(x) some_cells(x, level_keys(x$at[used]) %in% possible))
}

lies_within <- function(tally_of, inner, other) {
  tally <- tally_of(c(inner, other))
  cells <- cell_levels(tally)
  n <- sum_by(tally$entries$n, tally$entries$cell + 1L, tally$cells)
  !all(within_one(cells[[inner]], cells[[other]], n))
}

# Where none of the bases of questions is small, the attacker is taken to know, too, how many did not answer: then no base needs
# to be hidden for another one's sake.
answered_cells <- function(cells, patterns, question, threshold) {
  of <- function(p, i) pattern_pairs(p, some_cells(cells[[question[i]]], cells[[question[i]]]$missing))$count
  asked <- unlist(Map(of, patterns, seq_along(patterns)))
  bases <- unlist(Map(function(p, name) if (p$base) p$n[unique(pattern_pairs(p, cells[[name]])$count)], patterns, question))
  if (length(asked) > 0L || any(bases < threshold)) return(cells)
  lapply(cells, function(x) some_cells(x, !x$missing))
}

most_atoms <- 20000L

# Hides in patterns whose counts are sums of cells, list(question = cells). With `free` the groups may be of any size. Attribute
# `again` of one question: a function that for other atoms (their levels `at`) gives one that tells whether the same counts would
# be hidden, were n respondents in them, with these sums of weights; NULL where atoms are not parts of cells.
hide_in <- function(cells, patterns, of, threshold, groups, relations, free) {
  first <- cumsum(c(0L, vapply(cells, function(x) length(x$n), 0L)))
  if (max(first) > most_atoms) {
    abort("too_large", "the tables of this release are sums of ", max(first), " cells, too many to protect at once",
          hint = "Take variables out that are not needed together")
  }
  pairs <- lapply(seq_along(patterns), function(i) {
    block <- max(1L, match(of[i], names(cells), nomatch = 1L))
    found <- pattern_pairs(patterns[[i]], cells[[block]])
    list(count = found$count, cell = found$cell + first[block])
  })
  start <- cumsum(c(0L, vapply(patterns, function(p) length(p$n), 0L)))
  figure <- unlist(Map(function(p, s) p$count + s, pairs, start[-length(start)]))
  used <- sort(unique(figure))
  net <- rep(vapply(patterns, function(p) startsWith(p$outcome, net_mark) && !p$base, NA), diff(start))[used]
  system <- c(list(atoms = max(first), figure = match(figure, used), atom = unlist(lapply(pairs, `[[`, "cell")), net = net,
                   n = unlist(lapply(patterns, `[[`, "n"))[used], assumed = unlist(lapply(cells, assumed_of), FALSE, FALSE)),
              known_sums(cells, first, groups, relations, free))
  truth <- lapply(c(n = "n", weight = "weight"), function(what) unlist(lapply(cells, `[[`, what), use.names = FALSE))
  hidden <- rep(FALSE, start[length(start)])
  hidden[used] <- hide_both(system, truth, threshold)
  small <- rep(FALSE, length(hidden))
  small[used] <- system$n < threshold
  again <- function(at) {
    cell <- match(level_keys(at[names(cells[[1L]]$at)]), level_keys(cells[[1L]]$at))
    function(n, weight) {
      by_cell <- function(x) sum_by(as.double(x[!is.na(cell)]), cell[!is.na(cell)], max(first))
      other <- list(n = by_cell(n), weight = by_cell(weight) * (sum(truth$n) / sum(by_cell(weight))))
      if (sum(n[is.na(cell)]) > 0) return(TRUE)
      other$weight[is.nan(other$weight)] <- 0
      identical(hide_both(replace(system, "n", list(counts_of(system, other$n))), other, threshold), hidden[used])
    }
  }
  shown <- Map(function(p, s) {
    at <- s + seq_along(p$n)
    replace(p, c("hidden", "small"), list(hidden[at], small[at]))
  }, patterns, start[-length(start)])
  structure(shown, again = if (length(cells) == 1L) again)
}

# Counts, and where weights differ, the sums of weights that are shown beside them: these must not reveal a hidden count
# that it is not 0 either. How large a count can be does not follow from weights.
hide_both <- function(system, truth, threshold) {
  check_counts(system, truth$n)
  system$cost <- log(system$n + 2)
  system$hidden <- system$n < threshold
  # a net that is not small may have answers that are shown; hidden, it is so for the sake of its others, which are asked about
  system$large <- system$net & !system$hidden
  system$known <- known_values(system, truth$n)
  system$table <- truth$n
  weights <- system
  weights$table <- truth$weight
  weights$n <- counts_of(system, truth$weight)
  weights$known <- known_values(system, truth$weight)
  repeat {
    # each can be `threshold`, too: so no difference of counts shown, a sum of hidden ones, is known to be less
    system$hidden <- hide_counts(system, threshold + 1)
    if (!any(system$hidden) || max(abs(truth$weight - truth$n)) < 1e-9) return(system$hidden)
    weights$hidden <- system$hidden
    weights$hidden <- hide_counts(weights, 0)
    # what is hidden for its weights must be safe as a count too
    if (all(weights$hidden == system$hidden)) return(system$hidden)
    system$hidden <- weights$hidden
  }
}

known_values <- function(system, truth) {
  sum_by(system$known_sign * truth[system$known_atom], system$known_row, system$known_rows)
}

check_counts <- function(system, truth) {
  if (all(counts_of(system, truth) == system$n)) return(invisible())
  abort("argument", "the results are not of `data`: their counts differ",
        hint = "A release belongs to one design: make all results from `data`, and give that")
}

# What the attacker is taken to know besides: that the groups are the same for all questions, and unless `free`, their sizes;
# and that what is known in two blocks, such as who answered the items of a set, is the same in both.
known_sums <- function(cells, first, groups, relations, free) {
  group <- lapply(cells, function(x) level_keys(x$at[groups], length(x$n)))
  sums <- if (free) list(equal_sums(group, first)) else Map(group_sums, group, first[seq_along(cells)])
  shared <- shared_sums(cells, first, groups, relations)
  own <- sum(vapply(sums, `[[`, 0, "rows"))
  sums <- c(sums, shared)
  before <- cumsum(c(0L, vapply(sums, `[[`, 0, "rows")))
  list(known_row = unlist(Map(function(x, b) x$row + b, sums, before[seq_along(sums)]), use.names = FALSE),
       known_atom = unlist(lapply(sums, `[[`, "atom"), use.names = FALSE),
       known_sign = unlist(lapply(sums, `[[`, "sign"), use.names = FALSE), known_rows = before[length(before)], own_rows = own)
}

# For each two blocks, the counts of what is known in both.
shared_sums <- function(cells, first, groups, relations) {
  sums <- list()
  for (b in seq_along(cells)[-1L]) for (a in seq_len(b - 1L)) {
    both <- intersect(relations$shared[[names(cells)[a]]], relations$shared[[names(cells)[b]]])
    both <- intersect(both, intersect(names(cells[[a]]$at), names(cells[[b]]$at)))
    if (length(both) == 0L) next
    keys <- lapply(cells[c(a, b)], function(x) level_keys(x$at[c(groups, both)], length(x$n)))
    sums <- c(sums, list(equal_sums(keys, first[c(a, b)])))
  }
  sums
}

# The size of each group.
group_sums <- function(keys, first) {
  group <- match(keys, unique(keys))
  list(row = group, atom = first + seq_along(group), sign = rep(1, length(group)), rows = as.double(max(group)))
}

# In each group, the cells of every question but the first sum to those of the first. Cells whose group is NA are in none.
equal_sums <- function(groups, first) {
  keys <- unique(stats::na.omit(unlist(groups, use.names = FALSE)))
  one <- match(groups[[1L]], keys)
  rows <- lapply(seq_along(groups)[-1L], function(b) {
    at <- (b - 2L) * length(keys)
    list(row = at + c(match(groups[[b]], keys), one), atom = c(first[b] + seq_along(groups[[b]]), first[1L] + seq_along(one)),
         sign = rep(c(1, -1), c(length(groups[[b]]), length(one))))
  })
  row <- unlist(lapply(rows, `[[`, "row"))
  list(row = row[!is.na(row)], atom = unlist(lapply(rows, `[[`, "atom"))[!is.na(row)],
       sign = unlist(lapply(rows, `[[`, "sign"))[!is.na(row)], rows = as.double(length(rows) * length(keys)))
}
