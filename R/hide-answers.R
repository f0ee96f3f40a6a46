# A question by so many groups that their crossing is too large for linear programs, as that of a broad banner. Here all counts
# of some answers are hidden, but for those of some sets of respondents, such as all, or those in one column. Whoever gave one of
# these answers may then have given another of them: within the strata that the shown sets make, in which so many gave each answer
# as is known, and outside all shown sets as one likes. All other answers, groups and questions stay as they are. Each such table
# is one of whole respondents that agrees with the whole release, whatever is known besides, and how far a count can go in these
# tables is a sum over the strata.

# Whether a question is to be protected so: but for nets of its answers it hangs together with no other outcome, and its cells
# would be too many.
is_broad <- function(patterns, block, used, relations, possible) {
  root <- relations$roots[[block[1L]]]
  outcomes <- vapply(patterns, `[[`, "", "outcome")
  alone <- length(unique(block)) == 1L && length(root) == 1L && all(outcomes == root | startsWith(outcomes, net_mark)) &&
    !is_linked(block[1L], relations) && !any(startsWith(used, "..")) &&
    (startsWith(root, answered_mark) || !startsWith(root, ".."))
  if (!alone) return(FALSE)
  answers <- relations$sizes[[root]] - 1
  groups <- prod(relations$sizes[used])
  if (groups * (answers + 1) <= most_atoms) return(FALSE)
  groups > most_crossed / 5 || possible(used) * answers > most_atoms
}

# The respondents of each combination of groups, and of weights, that there is, by answer: list(at: levels of groups, by
# combination, alike: the number of the weight, answers, n: a matrix). No `alike`: what each respondent weighs is not known here.
answer_counts <- function(data, tally_of, used, root) {
  if (inherits(data, "weeg_tally")) {
    tally <- tally_of(c(used, root))
    cells <- lapply(cell_levels(tally), as.character)
    combination <- level_keys(cells[used], tally$cells)
    combination <- match(combination, unique(combination))
    at <- lapply(cells[used], `[`, !duplicated(combination))
    alike <- if (has_equal_weights(data)) rep(1L, length(at[[1L]]))
  } else {
    known <- source_names(data$data)
    coded <- code_columns(lapply(stats::setNames(nm = used), said_term, known), data$data, baseenv(), "...")
    w <- data$weights
    own <- is.numeric(w) && length(w) == data$rows && is.null(data$calibration) && is.null(data$replicates)
    weight <- if (is.null(w) || !own) rep(1L, data$rows) else match(w, unique(w))
    key <- as.double(weight)
    for (column in coded) { # numbers stay exact
      code <- column_codes(column)
      key <- key * (column$size + 1) + ifelse(is.na(code), column$size, code - 1)
      key <- match(key, unique(key)) - 1
    }
    first <- !duplicated(key)
    at <- lapply(coded, function(column) column$levels[column_codes(column)[first]])
    alike <- if (is.null(w) || own) weight[first]
    name <- free_name("..combination", known)
    tally <- tally_keeper(with_columns(data, stats::setNames(list(factor(key + 1)), name)), name)(c(name, root))
    cells <- lapply(cell_levels(tally), as.character)
    combination <- as.integer(cells[[name]])
  }
  answers <- c(tally$variables[[root]]$levels, NA)
  place <- combination + length(at[[1L]]) * (match(cells[[root]], answers) - 1L)
  n <- sum_by(tally$entries$n, tally$entries$cell + 1L, tally$cells)
  there <- !is.na(place) # no respondent has no combination
  n <- matrix(sum_by(n[there], place[there], length(at[[1L]]) * length(answers)), ncol = length(answers))
  some <- rowSums(n) > 0
  list(at = lapply(at, `[`, some), alike = alike[some], answers = answers, n = n[some, , drop = FALSE])
}

# What a count can be of: an answer, as those of a question, or several, as those of a net and of all outside it. list(outcome,
# level, inside: answers x these).
answer_unions <- function(answers, patterns, root, ways) {
  own <- list(outcome = rep(root, length(answers)), level = ifelse(is.na(answers), missing_level, answers),
              inside = diag(1, length(answers)))
  for (outcome in setdiff(unique(vapply(patterns, `[[`, "", "outcome")), root)) {
    way <- Filter(function(way) way$name == outcome && identical(way$of, root), ways)[[1L]]
    to <- way$to[match(answers, way$at[[1L]])]
    for (level in unique(to[!is.na(to)])) {
      own <- list(outcome = c(own$outcome, outcome), level = c(own$level, level), inside = cbind(own$inside, to %in% level))
    }
  }
  own
}

# Patterns of a question, with `hidden` and `small`.
hide_answers <- function(counts, patterns, root, threshold, ways = list()) {
  counts$unions <- answer_unions(counts$answers, patterns, root, ways)
  with_answer <- function(what) vapply(patterns, function(p) p$outcome %in% p[[what]], NA)
  sets <- counted_sets(counts, patterns, which(with_answer("vars")))
  small <- lapply(patterns, function(p) p$n < threshold)
  hidden <- lapply(patterns, function(p) rep(FALSE, length(p$n)))
  base <- with_answer("known")
  few <- sets$figure$n < threshold
  # where no more than a few gave any answer, and where no search helps, nothing of the question is shown
  if (any(few) || any(unlist(small[base]))) {
    found <- if (!any(unlist(small[base]))) find_hidden(sets, counts, which(!is.na(counts$answers) | !any(base)), threshold)
    if (is.null(found)) {
      of_question <- base | with_answer("vars")
      hidden[of_question] <- lapply(patterns[of_question], function(p) rep(TRUE, length(p$n)))
    }
    for (i in which(as.logical(found))) hidden[[sets$figure$pattern[i]]][sets$figure$count[i]] <- TRUE
  }
  Map(function(p, hidden, small) replace(p, c("hidden", "small"), list(hidden, small)), patterns, hidden, small)
}

# The sets of respondents by whose answers there are counts: list(set, combination: pairs, pattern: of each set,
# figure: of each count its set, answer (a number of counts$unions), pattern, number in the pattern and value).
counted_sets <- function(counts, patterns, which) {
  unions <- counts$unions
  combinations <- nrow(counts$n)
  made <- list(set = integer(), combination = integer(), pattern = integer(), figure = NULL)
  for (i in which) {
    p <- patterns[[i]]
    vars <- setdiff(p$vars, p$outcome)
    labels <- lapply(counts$at[vars], function(x) ifelse(is.na(x), missing_level, x))
    valid <- Reduce(`&`, lapply(counts$at[setdiff(p$known, p$outcome)], Negate(is.na)), rep(TRUE, combinations))
    key <- level_keys(labels, combinations)
    first <- which(valid & !duplicated(ifelse(valid, key, NA)))
    set <- ifelse(valid, match(key, key[first]), NA)
    for (answer in which(unions$outcome == p$outcome)) {
      levels <- c(lapply(labels, `[`, first), stats::setNames(list(rep(unions$level[answer], length(first))), p$outcome))
      count <- match(level_keys(levels[p$vars], length(first)), p$keys)
      n <- sum_by(drop(counts$n[valid, , drop = FALSE] %*% unions$inside[, answer]), set[valid], length(first))
      some <- !is.na(count)
      if (any(p$n[count[some]] != n[some])) {
        abort("argument", "the results are not of `data`: their counts differ",
              hint = "A release belongs to one design: make all results from `data`, and give that")
      }
      made$figure <- rbind(made$figure, data.frame(set = length(made$pattern) + which(some), answer = rep(answer, sum(some)),
                                                   pattern = rep(i, sum(some)), count = count[some], n = n[some]))
    }
    made$set <- c(made$set, length(made$pattern) + set[valid])
    made$combination <- c(made$combination, which(valid))
    made$pattern <- c(made$pattern, rep(i, length(first)))
  }
  made
}

# TRUE for each count to hide; NULL where all must be.
find_hidden <- function(sets, counts, answers, threshold) {
  inside <- counts$unions$inside
  small <- which(rowSums(inside[, unique(sets$figure$answer[sets$figure$n < threshold]), drop = FALSE]) > 0)
  if (!all(small %in% answers)) return(NULL)
  total <- colSums(counts$n)
  more <- setdiff(answers, small)
  more <- more[order(total[more])]
  # the least asked for first; or those of a net with all small ones first, so that the net can be shown
  around <- which(colSums(inside > 0) > 1 & colSums(inside[small, , drop = FALSE]) == length(small))
  orders <- unique(c(list(more), lapply(around, function(u) more[order(inside[more, u] == 0)])))
  combinations <- nrow(counts$n)
  whole <- which(tabulate(sets$set, length(sets$pattern)) == combinations)
  best <- NULL
  for (more in orders) for (with_total in c(if (!is.null(counts$alike)) TRUE, FALSE)) for (k in seq(0L, length(more))) {
    which <- c(small, more[seq_len(k)])
    if (length(which) < 2L) next
    part <- answer_part(sets, counts, which)
    stratum <- rep(if (with_total && length(whole) > 0L) 2L else 1L, combinations)
    state <- repair_shown(stratum, part, threshold)
    if (is.null(state)) next
    if (!is.null(counts$alike)) state <- grow_shown(state, part, threshold)
    cost <- sum(log(sets$figure$n[state$hidden] + 2))
    if (is.null(best) || cost < best$cost) best <- list(hidden = state$hidden, cost = cost)
    if (k > 0L) break
  }
  best$hidden
}

# What is needed of the answers that may be rearranged; into: of which of them what is counted is, column by column, where that is
# of some of them and not of all.
answer_part <- function(sets, counts, which) {
  inside <- counts$unions$inside[which, , drop = FALSE]
  apart <- which(colSums(inside) > 0 & colSums(inside) < length(which))
  list(sets = sets, n = counts$n[, which, drop = FALSE], alike = counts$alike, column = match(sets$figure$answer, apart),
       into = inside[, apart, drop = FALSE], net = startsWith(counts$unions$outcome, net_mark),
       members = split(sets$combination, factor(sets$set, seq_along(sets$pattern))))
}

# Combinations in and out of a set that is shown; stratum 1: in none.
refine <- function(stratum, members) {
  stratum[members] <- stratum[members] + max(stratum)
  match(stratum, c(1L, setdiff(unique(stratum), 1L)))
}

# Counts that cannot be safe are shown, if they may be.
repair_shown <- function(stratum, part, threshold) {
  repeat {
    state <- shown_state(stratum, part, threshold)
    if (is.null(state) || state$safe) return(state)
    if (is.null(part$alike)) return(NULL)
    bad <- unique(part$sets$figure$set[state$bad])
    is_small <- bad %in% part$sets$figure$set[!is.na(part$column) & part$sets$figure$n < threshold]
    if (any(is_small)) return(NULL)
    for (set in bad) stratum <- refine(stratum, part$members[[set]])
  }
}

# Shows sets again: all those of a pattern, then one by one, the largest first.
grow_shown <- function(state, part, threshold) {
  sets <- part$sets
  inside <- !is.na(part$column)
  never <- unique(sets$figure$set[inside & sets$figure$n < threshold])
  size <- vapply(part$members, function(m) sum(part$n[m, ]), 0)
  open <- function() setdiff(unique(sets$figure$set[state$hidden]), never)
  try_sets <- function(which) {
    stratum <- state$stratum
    for (set in which) stratum <- refine(stratum, part$members[[set]])
    other <- shown_state(stratum, part, threshold)
    if (!is.null(other) && other$safe) state <<- other
  }
  for (i in unique(sets$pattern)) {
    mine <- intersect(open(), which(sets$pattern == i))
    if (length(mine) > 1L) try_sets(mine)
  }
  for (set in open()[order(-size[open()])]) if (set %in% open()) try_sets(set)
  state
}

# What is hidden with these strata, and whether that is safe: each hidden count can be 0, and `threshold`. NULL where a
# small count would be shown.
shown_state <- function(stratum, part, threshold) {
  sets <- part$sets
  own <- stratum
  if (any(stratum > 1L)) {
    own <- ifelse(stratum == 1L, 0, stratum + max(stratum) * part$alike)
    own <- match(own, c(0, setdiff(unique(own), 0)))
  }
  people <- rowSums(part$n)
  each <- matrix(apply(part$n, 2L, sum_by, own, max(own)), max(own))
  all <- rowSums(each)
  each <- each %*% part$into
  # pairs of a set and a stratum of which some are in it
  key <- own[sets$combination] + max(own) * (sets$set - 1)
  pair <- unique(key)
  inside <- sum_by(people[sets$combination], match(key, pair), length(pair))
  set <- (pair - 1) %/% max(own) + 1
  at <- (pair - 1) %% max(own) + 1
  free <- at == 1
  over <- function(x) sum_by(x, set, length(sets$pattern))
  least <- most <- matrix(0, length(sets$pattern), ncol(each))
  for (a in seq_len(ncol(each))) {
    least[, a] <- over(ifelse(free, 0, pmax(inside - (all - each[, a])[at], 0)))
    most[, a] <- over(ifelse(free, inside, pmin(inside, each[at, a])))
  }
  known <- over(as.numeric(inside > 0 & (free | inside != all[at]))) == 0
  asked <- !is.na(part$column)
  hidden <- asked & !known[sets$figure$set]
  if (any(!hidden & sets$figure$n < threshold)) return(NULL)
  of <- cbind(sets$figure$set, part$column)
  secret <- hidden & !(part$net[sets$figure$answer] & sets$figure$n >= threshold)
  bad <- which(secret & (least[of] > 0 | most[of] < threshold))
  list(stratum = stratum, hidden = hidden, bad = bad, safe = length(bad) == 0L)
}
