# The counts that a release shows, and the cells that they are sums of.

# ---- counts ----------------------------------------------------------------------------------------------------------

# Counts are kept by pattern: a pattern is the variables of which a count fixes the level (`vars`, sorted) and those that
# must not be missing besides (`known`, sorted). list(vars, known, outcome, base, keys, n), keys and n one per count.
count_pattern <- function(levels, n, outcome, known = NULL, base = FALSE) {
  vars <- sort(as.character(names(levels)), method = "radix")
  known <- sort(setdiff(as.character(known), vars), method = "radix")
  keys <- level_keys(levels[vars], length(n))
  list(vars = vars, known = known, outcome = outcome, base = base, keys = keys, n = n,
       name = paste(c(vars, "|", known), collapse = "\r"))
}

# One text per row of columns of levels; `count` rows where there are no columns.
level_keys <- function(levels, count) {
  if (length(levels) == 0L) return(rep("", count))
  do.call(paste, c(unname(lapply(levels, as.character)), sep = "\r"))
}

# The counts of one table of a result, as patterns: `n` of its rows and, of proportions, their base.
table_patterns <- function(rows, outcome, groups) {
  answered <- if (!missing_level %in% rows$level) outcome # a base has the missing where they are a level
  levels <- c(lapply(stats::setNames(nm = groups), function(g) rows[[g]]),
              stats::setNames(list(rows$level), outcome))
  list(n = count_pattern(levels, rows$n, outcome),
       base = count_pattern(levels[groups], rows$n.base, outcome, known = answered, base = TRUE))
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
            hint = "One release is of one design: make all results from `data`")
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

# The cells of a crossing of variables that there can be: a list of levels (NA: missing), `.n` and `.weight`, the sum of weights
# over their mean. A variable without missing values has no missing level, and a grouping variable only the levels that occur.
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
  cells <- lapply(cells, as.character)
  lapply(c(cells, list(.n = n, .weight = weight)), `[`, possible)
}

# Which cells lie in the level of `other` that their level of `inner` lies in; all, where a level of `inner` lies in several.
within_one <- function(inner, other, n) {
  counts <- tapply(n, list(inner, addNA(other)), sum, default = 0)
  counts <- counts[rowSums(counts) > 0, , drop = FALSE]
  if (nrow(counts) < 2L || any(rowSums(counts > 0) > 1)) return(rep(TRUE, length(n)))
  home <- max.col(counts, "first")[match(inner, rownames(counts))]
  is.na(home) | home == as.integer(addNA(other))
}

# Which cells are in which counts of a pattern: pairs of numbers.
pattern_pairs <- function(pattern, cells) {
  labels <- lapply(cells[pattern$vars], function(x) ifelse(is.na(x), missing_level, x))
  count <- match(level_keys(labels, length(cells$.n)), pattern$keys)
  for (name in pattern$known) count[is.na(cells[[name]])] <- NA
  list(count = count[!is.na(count)], cell = which(!is.na(count)))
}

# ---- what to hide ----------------------------------------------------------------------------------------------------

# The patterns with `hidden`, TRUE or FALSE for each count. `tally_of` gives the tally of variables by their names.
#
# Sums over the answers to one question are the groups, and the same for all questions. Where no group is small, the
# attacker is taken to know them all, cell by cell, so that each question can be protected by itself; without a small group
# this hides no more. Small groups must be hidden themselves, and then all questions are one system.
hide_patterns <- function(tally_of, patterns, threshold) {
  groups <- unique(unlist(lapply(patterns, pattern_groups)))
  of <- vapply(patterns, `[[`, "", "outcome")
  grouping <- of %in% groups # groups are answers too: tables of provider, and others by provider
  patterns <- lapply(patterns, function(p) c(p, list(hidden = rep(FALSE, length(p$n)))))
  small <- vapply(seq_along(patterns), function(i) has_small_group(tally_of, patterns[[i]], groups, grouping[i], threshold), NA)
  if (any(small)) {
    cells <- joint_cells(tally_of, unique(of[!grouping]), groups)
    return(hide_in(cells, patterns, of, threshold, free = TRUE))
  }
  for (outcome in unique(of[!grouping])) {
    mine <- which(of == outcome)
    cells <- outcome_cells(tally_of, patterns[mine], outcome, threshold)
    patterns[mine] <- hide_in(stats::setNames(list(cells), outcome), patterns[mine], of[mine], threshold, free = FALSE)
  }
  patterns
}

pattern_groups <- function(pattern) setdiff(c(pattern$vars, pattern$known), pattern$outcome)

# Which combinations of groups there can be follows from all groups: an organisation without a municipality in a round has
# nobody in that round, and everybody knows.
has_small_group <- function(tally_of, pattern, groups, grouping, threshold) {
  variables <- intersect(c(pattern$vars, pattern$known), groups)
  if (length(variables) == 0L) return(sum(pattern$n) < threshold)
  finer <- Filter(function(g) any(vapply(variables, function(v) lies_within(tally_of, g, v), NA)), setdiff(groups, variables))
  cells <- possible_cells(tally_of(c(variables, finer)), c(variables, finer))
  whole <- !Reduce(`|`, lapply(cells[variables], is.na))
  sizes <- tapply(cells$.n[whole], level_keys(lapply(cells[variables], `[`, whole)), sum)
  if (any(sizes < threshold)) return(TRUE)
  grouping && any(pattern$n[unique(pattern_pairs(pattern, cells)$count)] < threshold)
}

lies_within <- function(tally_of, inner, other) {
  tally <- tally_of(c(inner, other))
  cells <- cell_levels(tally)
  n <- sum_by(tally$entries$n, tally$entries$cell + 1L, tally$cells)
  !all(within_one(cells[[inner]], cells[[other]], n))
}

# The cells of one question. Where none of its bases is small, the attacker is taken to know, too, how many did not answer:
# then no base needs to be hidden for another one's sake.
outcome_cells <- function(tally_of, patterns, outcome, threshold) {
  groups <- unique(unlist(lapply(patterns, pattern_groups)))
  cells <- possible_cells(tally_of(c(groups, outcome)), groups)
  bases <- unlist(lapply(patterns, function(p) if (p$base) p$n[unique(pattern_pairs(p, cells)$count)]))
  asked <- unlist(lapply(patterns, function(p) pattern_pairs(p, lapply(cells, `[`, is.na(cells[[outcome]])))$count))
  if (length(asked) > 0L || any(bases < threshold)) return(cells)
  lapply(cells, `[`, !is.na(cells[[outcome]]))
}

# The cells of each question crossed with all groups.
joint_cells <- function(tally_of, outcomes, groups) {
  if (length(outcomes) == 0L) return(list(possible_cells(tally_of(groups), groups)))
  lapply(stats::setNames(nm = outcomes), function(outcome) possible_cells(tally_of(c(groups, outcome)), groups))
}

most_atoms <- 20000L

# Hides in patterns whose counts are sums of cells, list(question = cells). With `free` the groups may be of any size.
hide_in <- function(cells, patterns, of, threshold, free) {
  first <- cumsum(c(0L, vapply(cells, function(x) length(x$.n), 0L)))
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
  system <- c(list(atoms = max(first), figure = match(figure, used), atom = unlist(lapply(pairs, `[[`, "cell")),
                   n = unlist(lapply(patterns, `[[`, "n"))[used]), known_sums(cells, first, free))
  truth <- lapply(c(n = ".n", weight = ".weight"), function(what) unlist(lapply(cells, `[[`, what), use.names = FALSE))
  hidden <- rep(FALSE, start[length(start)])
  hidden[used] <- hide_both(system, truth, threshold)
  Map(function(p, s) replace(p, "hidden", list(hidden[s + seq_along(p$n)])), patterns, start[-length(start)])
}

# Counts, and where weights differ, the sums of weights that are shown beside them: these must not tell of a hidden count that
# it is not 0 either. How large a count can be does not follow from weights.
hide_both <- function(system, truth, threshold) {
  check_counts(system, truth$n)
  system$cost <- log(system$n + 2)
  system$hidden <- system$n < threshold
  system$known <- known_values(system, truth$n)
  system$hidden <- hide_counts(system, threshold)
  if (!any(system$hidden) || max(abs(truth$weight - truth$n)) < 1e-9) return(system$hidden)
  system$n <- counts_of(system, truth$weight)
  system$known <- known_values(system, truth$weight)
  hide_counts(system, 0)
}

known_values <- function(system, truth) {
  sum_by(system$known_sign * truth[system$known_atom], system$known_row, system$known_rows)
}

check_counts <- function(system, truth) {
  if (all(counts_of(system, truth) == system$n)) return(invisible())
  abort("argument", "the results are not of `data`: their counts differ",
        hint = "One release is of one design: make all results from `data`, and give that")
}

# What the attacker is taken to know besides: that the groups are the same for all questions, and unless `free`, their sizes.
known_sums <- function(cells, first, free) {
  groups <- lapply(seq_along(cells), function(b) {
    level_keys(cells[[b]][setdiff(names(cells[[b]]), c(names(cells)[b], ".n", ".weight"))], length(cells[[b]]$.n))
  })
  if (free) return(equal_sums(groups, first))
  group <- match(groups[[1L]], unique(groups[[1L]]))
  list(known_row = group, known_atom = seq_along(group), known_sign = rep(1, length(group)), known_rows = max(group))
}

# In each group, the cells of every question but the first sum to those of the first.
equal_sums <- function(groups, first) {
  keys <- unique(groups[[1L]])
  one <- match(groups[[1L]], keys)
  rows <- lapply(seq_along(groups)[-1L], function(b) {
    at <- (b - 2L) * length(keys)
    list(row = at + c(match(groups[[b]], keys), one), atom = c(first[b] + seq_along(groups[[b]]), seq_along(one)),
         sign = rep(c(1, -1), c(length(groups[[b]]), length(one))))
  })
  list(known_row = unlist(lapply(rows, `[[`, "row")), known_atom = unlist(lapply(rows, `[[`, "atom")),
       known_sign = unlist(lapply(rows, `[[`, "sign")), known_rows = length(rows) * length(keys))
}
