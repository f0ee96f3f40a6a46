# Tables of whole respondents, in their sampling units, that agree with all that a release shows. A world: `x`, the respondents of
# each atom (a sampling unit, groups and an answer), `w` their sum of weights and `w2` that of squares; `num` and `den`
# (atoms x parts), what shares are made of (of a sum, den is 0); `frames`, the designs that figures are of, each with `unit`
# and `stratum` of the atoms, `element`, `size` (units in each stratum) and `factor`, and `figure`: its standard errors, as part1,
# part2 (NA: none) and measure; `member`, pairs of a count and an atom; `shown`, TRUE for each count that is; `from` and `to`,
# the steps that a respondent can take from atom to atom; `pair`, one step or two in one unit, and `class`, what they change in
# the counts shown (`opposite`: the class that makes up for it, `alone`: nothing).
#
# Steps that change nothing shown, or pairs of steps that make up for each other, lead from table to table. Those are taken that
# keep shares and standard errors within what rounding leaves open.

world_state <- function(world, x, w, w2) {
  num <- drop(crossprod(world$num, w))
  den <- drop(crossprod(world$den, w))
  value <- ifelse(world$is_sum, num, num / den)
  score <- world$num - world$den * rep(value, each = length(x))
  score <- score * rep(ifelse(world$is_sum, 1, 1 / den), each = length(x))
  frames <- lapply(world$frames, function(f) frame_state(f, score, value, w, w2))
  list(x = x, w = w, w2 = w2, num = num, den = den, value = value, frames = frames)
}

# y: the scores of figures in each atom; z, their sums by unit; s, by stratum.
frame_state <- function(f, score, value, w, w2) {
  slopes <- measure_slopes(f$figure$measure, value[f$figure$part1], value[f$figure$part2])
  y <- score[, f$figure$part1, drop = FALSE] * rep(slopes$first, each = length(w))
  two <- which(!is.na(f$figure$part2))
  y[, two] <- y[, two] + score[, f$figure$part2[two], drop = FALSE] * rep(slopes$second[two], each = length(w))
  z <- group_rows_sum(w * y, f$unit, length(f$unit_stratum))
  s <- group_rows_sum(z, f$unit_stratum, length(f$size))
  q <- if (f$element) group_rows_sum(w2 * y^2, f$unit, length(f$size)) else group_rows_sum(z^2, f$unit_stratum, length(f$size))
  list(y = y, z = z, s = s, variance = colSums(f$factor * (q - s^2 / f$size)))
}

group_rows_sum <- function(x, group, count) {
  sums <- matrix(0, count, ncol(x))
  found <- rowsum(x, group)
  sums[as.integer(rownames(found)), ] <- found
  sums
}

# Of the scale on which a comparison has its standard error; see weeg_contrast_slopes().
measure_slopes <- function(measure, p1, p2) {
  one <- rep(1, length(p1))
  list(first = ifelse(measure == "risk-ratio", 1 / p1, ifelse(measure == "odds-ratio", 1 / (p1 * (1 - p1)), one)),
       second = ifelse(measure == "risk-ratio", -1 / p2, ifelse(measure == "odds-ratio", -1 / (p2 * (1 - p2)), -one)))
}

state_errors <- function(state) lapply(state$frames, function(f) sqrt(pmax(f$variance, 0)))

# ---- what rounding leaves open ---------------------------------------------------------------------------------------

# list(errors: the rounded ones, low and high for each frame; value and num: what is shown of parts, where weights differ), of the
# true table.
shown_precision <- function(world, truth, rung) {
  errors <- lapply(state_errors(truth), round_error, rung[["error"]])
  list(rung = rung, errors = errors, low = lapply(errors, rounding_limit, rung[["error"]], -1),
       high = lapply(errors, rounding_limit, rung[["error"]], 1), value = round_share(truth$value, rung[["share"]]),
       num = round_error(truth$num, rung[["share"]]))
}

round_error <- function(x, digits) if (digits > 0L) signif(x, digits) else x

# To so many digits of the share or of what it leaves of 1, whichever is less.
round_share <- function(p, digits) {
  if (digits == 0L || length(p) == 0L) return(p)
  small <- pmax(pmin(abs(p), abs(1 - p)), 1e-12)
  round(p, pmax(digits, digits - 1L - floor(log10(small))))
}

# A little within the interval of what is rounded to x.
rounding_limit <- function(x, digits, side) {
  unit <- ifelse(x > 0, 10^(floor(log10(pmax(x, 1e-300)) + 1e-9) - digits + 1), 0)
  power <- side < 0 & x > 0 & abs(x / unit - 10^(digits - 1)) < 1e-6
  x + side * 0.499 * ifelse(power, unit / 10, unit)
}

# Whether a state gives all that is shown. Shares and sums are functions of the counts where weights do not differ.
gives_shown <- function(world, state, open) {
  counts <- drop(world_counts(world, state$x))
  same <- all(counts[world$shown] == world$n[world$shown]) && all(state$x >= 0)
  if (same && open$rung[["error"]] > 0L) {
    errors <- lapply(state_errors(state), round_error, open$rung[["error"]])
    same <- all(mapply(function(a, b) all(abs(a - b) <= 1e-9 * b), errors, open$errors))
  }
  if (same && world$weighed && open$rung[["share"]] > 0L) {
    same <- all(abs(round_share(state$value, open$rung[["share"]]) - open$value)[!world$is_sum] < 1e-9) &&
      all(abs(round_error(state$num, open$rung[["share"]]) - open$num) <= 1e-9 * open$num)
  }
  isTRUE(same)
}

world_counts <- function(world, x) sum_by(x[world$member$atom], world$member$count, length(world$n))

# How far figures are from what is shown: 0, where they agree. value and num: candidates x parts.
distance <- function(world, open, variances, value, num) {
  far <- numeric(nrow(value))
  if (open$rung[["error"]] > 0L) {
    for (i in seq_along(variances)) {
      se <- sqrt(pmax(variances[[i]], 1e-300))
      each <- function(x) rep(pmax(x, 1e-150), each = nrow(se))
      far <- far + rowSums(pmax(log(each(open$low[[i]]) / se), log(se / each(open$high[[i]])), 0))
    }
  }
  if (world$weighed && open$rung[["share"]] > 0L) {
    unit <- 10^-open$rung[["share"]]
    each <- function(x) rep(x, each = nrow(value))
    share <- pmax(abs(value - each(open$value)) - 0.49 * unit, 0) / unit
    sums <- pmax(abs(num / each(pmax(open$num, 1e-300)) - 1) - 0.4 * unit, 0) / unit
    far <- far + 0.05 * rowSums(share[, !world$is_sum, drop = FALSE]) + 0.05 * rowSums(sums)
  }
  far
}

# ---- moves -----------------------------------------------------------------------------------------------------------

# Moves: rows of up to four steps (0: none). `first` are those to begin with, and `second` those that may go with them, each a
# row of world$pair: one step, or two in one sampling unit.
some_moves <- function(world, first, second, most, turn) {
  first <- spread(first, 60L, turn)
  partner <- split(second, factor(world$class[second], seq_along(world$opposite)))
  each <- ceiling(most / max(1L, length(first)))
  found <- lapply(first, function(step) {
    mine <- spread(partner[[world$opposite[world$class[step]]]], each, turn + step)
    rbind(if (length(mine) > 0L) cbind(step, mine, deparse.level = 0L), if (world$alone[step]) c(step, 0L))
  })
  found <- do.call(rbind, c(list(matrix(0L, 0L, 2L)), found))
  pair <- rbind(0L, world$pair)
  cbind(pair[found[, 1L] + 1L, , drop = FALSE], pair[found[, 2L] + 1L, , drop = FALSE])
}

# Moves that take nobody from an atom in which there is none, and that change something.
possible_moves <- function(world, state, moves) {
  if (nrow(moves) == 0L) return(moves)
  from <- rbind(0L, cbind(world$from, world$to))
  out <- matrix(from[moves + 1L, 1L], nrow(moves))
  into <- matrix(from[moves + 1L, 2L], nrow(moves))
  fine <- rep(TRUE, nrow(moves))
  idle <- fine
  for (a in 1:4) {
    taken <- rowSums(out == out[, a]) # from this atom
    fine <- fine & (out[, a] == 0L | state$x[pmax(out[, a], 1L)] >= taken)
    idle <- idle & rowSums(out == out[, a]) == rowSums(into == out[, a])
  }
  moves[fine & !idle, , drop = FALSE]
}

# At most `most` of them, from all over; others with another `turn`.
spread <- function(x, most, turn) {
  if (length(x) <= most) return(x)
  x[unique((floor(seq(0, length(x) - 1, length.out = most)) + turn * 7L) %% length(x)) + 1L]
}

# How far from what is shown each move leads.
move_distance <- function(world, state, moves, open) {
  moves <- moves[, colSums(moves) > 0L, drop = FALSE]
  on <- moves > 0L
  step <- pmax(moves, 1L)
  atom <- from <- NULL
  for (a in seq_len(ncol(moves))) atom <- cbind(atom, world$from[step[, a]], world$to[step[, a]])
  for (a in seq_len(ncol(moves))) from <- cbind(from, world$from[step[, a]], world$from[step[, a]])
  twice <- rep(seq_len(ncol(moves)), each = 2L)
  sign <- matrix(rep(c(-1, 1), each = nrow(moves)), nrow(moves), ncol(atom)) * on[, twice, drop = FALSE]
  people <- pmax(state$x, 1)
  weight <- sign * matrix((state$w / people)[from], nrow(moves))
  square <- sign * matrix((state$w2 / people)[from], nrow(moves))
  variances <- if (open$rung[["error"]] > 0L) {
    Map(function(f, at) moved_variance(f, at, atom, weight, square), world$frames, state$frames)
  }
  num <- matrix(state$num, nrow(moves), length(state$num), byrow = TRUE)
  den <- matrix(state$den, nrow(moves), length(state$den), byrow = TRUE)
  if (world$weighed) {
    for (a in seq_len(ncol(atom))) {
      num <- num + weight[, a] * world$num[atom[, a], , drop = FALSE]
      den <- den + weight[, a] * world$den[atom[, a], , drop = FALSE]
    }
  }
  distance(world, open, variances, num / pmax(den, 1e-300), num)
}

moved_variance <- function(f, at, atom, weight, square) {
  rows <- nrow(atom)
  h <- matrix(f$stratum[atom], rows)
  u <- matrix(f$unit[atom], rows)
  factor <- matrix(f$factor[h], rows)
  size <- matrix(f$size[h], rows)
  variance <- matrix(at$variance, rows, length(at$variance), byrow = TRUE)
  d <- lapply(seq_len(ncol(atom)), function(a) weight[, a] * at$y[atom[, a], , drop = FALSE])
  for (a in seq_along(d)) {
    line <- -at$s[h[, a], , drop = FALSE] / size[, a]
    if (f$element) {
      variance <- variance + factor[, a] * square[, a] * at$y[atom[, a], , drop = FALSE]^2
    } else {
      line <- line + at$z[u[, a], , drop = FALSE]
    }
    variance <- variance + factor[, a] * d[[a]] * (2 * line + (!f$element) * d[[a]] - d[[a]] / size[, a])
    for (b in seq_len(a - 1L)) {
      both <- 2 * factor[, a] * ((!f$element & u[, a] == u[, b]) - (h[, a] == h[, b]) / size[, a])
      variance <- variance + both * d[[a]] * d[[b]]
    }
  }
  variance
}

moved_state <- function(world, state, move) {
  x <- state$x
  w <- state$w
  w2 <- state$w2
  for (step in move[move > 0L]) {
    from <- world$from[step]
    to <- world$to[step]
    carried <- c(w[from], w2[from]) / x[from]
    x[c(from, to)] <- x[c(from, to)] + c(-1, 1)
    w[c(from, to)] <- w[c(from, to)] + c(-1, 1) * carried[1L]
    w2[c(from, to)] <- w2[c(from, to)] + c(-1, 1) * carried[2L]
  }
  world_state(world, x, w, w2)
}

# ---- the search ------------------------------------------------------------------------------------------------------

# Leads from a table to one that gives a count the value `goal`, and all that is shown: then its state, else NULL.
reach_count <- function(world, state, open, count, goal, spent) {
  inside <- seq_along(world$x) %in% world$member$atom[world$member$count == count]
  change <- c(0L, inside[world$to] - inside[world$from])
  change <- change[world$pair[, 1L] + 1L] + change[world$pair[, 2L] + 1L]
  single <- world$pair[, 2L] == 0L
  far <- Inf
  stuck <- 0L
  wide <- FALSE
  for (turn in 1:80) {
    left <- goal - sum(state$x[inside])
    if (left == 0 && gives_shown(world, state, open)) return(state)
    if (spent$moves >= spent$limit || stuck > 12L) return(NULL)
    spent$moves <- spent$moves + 1L
    some <- c(TRUE, state$x[world$from] > 0)
    there <- which(some[world$pair[, 1L] + 1L] & some[world$pair[, 2L] + 1L] & (wide | single))
    first <- there[if (left == 0) change[there] == 0 else sign(change[there]) == sign(left) & abs(change[there]) <= abs(left)]
    moves <- some_moves(world, first, there[change[there] == 0], if (left == 0) 150L else 80L, turn)
    moves <- possible_moves(world, state, moves)
    if (nrow(moves) == 0L && (wide || all(single))) return(NULL)
    wide <- wide || nrow(moves) == 0L || stuck > 4L
    if (nrow(moves) == 0L) next
    to <- move_distance(world, state, moves, open)
    best <- which.min(to)
    state <- moved_state(world, state, moves[best, ])
    if (left == 0) stuck <- if (to[best] < far - 1e-9) 0L else stuck + 1L
    if (left == 0) far <- min(far, to[best])
  }
  NULL
}

# The finest figures with which all hidden counts of a world are safe, of precision_rungs; `least`: of how many sampling units
# a group must be, for standard errors of it.
safest_rung <- function(world, threshold) {
  sizes <- sort(unique(unlist(lapply(world$frames, function(f) f$figure$units))), decreasing = TRUE)
  for (rung in precision_rungs) {
    rung <- c(rung, least = Inf)
    if (rung[["error"]] == 0L) {
      if (is_world_safe(world, rung, threshold)) return(rung)
      next
    }
    low <- 0L # as many sizes are safe, and `high` are not
    high <- length(sizes) + 1L
    middle <- min(1L, length(sizes))
    while (high - low > 1L) {
      safe <- is_world_safe(with_least(world, sizes[middle]), rung, threshold)
      if (safe) low <- middle else high <- middle
      middle <- (low + high) %/% 2L
    }
    if (low > 0L) return(replace(rung, "least", sizes[low]))
  }
}

with_least <- function(world, least) {
  world$frames <- lapply(world$frames, function(f) {
    f$figure <- lapply(f$figure, `[`, f$figure$units >= least)
    f
  })
  world
}

# Whether all hidden counts of a world are safe with the figures of a rung: a small count can be 0, and threshold - 1 or more;
# any other has values that are threshold - 1 apart.
is_world_safe <- function(world, rung, threshold) {
  if (rung[["error"]] == 0L && (rung[["share"]] == 0L || !world$weighed)) return(TRUE)
  truth <- world_state(world, world$x, world$w, world$w2)
  open <- shown_precision(world, truth, rung)
  found <- list2env(list(least = world$n, most = world$n, last = truth, moves = 0L, limit = 200L + 5L * sum(!world$shown)))
  for (count in which(!world$shown)) {
    n <- world$n[count]
    goals <- if (n < threshold) list(0, threshold - 1) else list(c(n + threshold - 1, n - threshold + 1))
    for (goal in goals) if (!can_reach(world, truth, open, count, goal, threshold, found)) return(FALSE)
  }
  TRUE
}

# Whether a hidden count has been found to be so, or one of the goals can be reached, from the true table or another.
can_reach <- function(world, truth, open, count, goals, threshold, found) {
  n <- world$n[count]
  enough <- function() {
    if (n >= threshold) return(found$most[count] - found$least[count] >= threshold - 1)
    if (goals[1L] == 0) found$least[count] == 0 else found$most[count] >= goals[1L]
  }
  for (start in 0:3) for (goal in goals[goals >= 0]) {
    if (enough()) return(TRUE)
    from <- if (start == 0L) truth else if (start == 1L) found$last else shuffled(world, found$last, open, 10L * start, count)
    state <- reach_count(world, from, open, count, goal, found)
    if (is.null(state)) next
    counts <- world_counts(world, state$x)
    found$least <- pmin(found$least, counts)
    found$most <- pmax(found$most, counts)
    found$last <- state
  }
  enough()
}

# A table some moves away, each the nearest of a few.
shuffled <- function(world, state, open, moves, turn) {
  for (i in seq_len(moves)) {
    some <- c(TRUE, state$x[world$from] > 0)
    there <- which(some[world$pair[, 1L] + 1L] & some[world$pair[, 2L] + 1L])
    few <- possible_moves(world, state, some_moves(world, spread(there, 12L, 31L * i + turn), there, 24L, i + turn))
    if (nrow(few) == 0L) return(state)
    state <- moved_state(world, state, few[which.min(move_distance(world, state, few, open)), ])
  }
  state
}
