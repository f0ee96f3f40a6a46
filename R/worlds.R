# Tables of whole respondents, in their sampling units, that agree with all that a release shows. A world: `x`, the respondents of
# each atom (a sampling unit, groups and an answer), `w` their sum of weights and `w2` that of squares; `num` and `den`
# (atoms x parts), what shares are made of (of a sum, den is 0); `frames`, the designs that figures are of, each with `unit` of
# the atoms, `unit_stratum`, `element`, `size` (units in each stratum) and `factor`, and `figure`: its standard errors, as part1,
# part2 (NA: none) and measure; `member`, pairs of a count and an atom; `shown`, TRUE for each count that is; `from` and `to`,
# the steps that a respondent can take from atom to atom; `pair`, one step or two in one unit, and `class`, what they change in
# the counts shown (`opposite`: the class that makes up for it, `alone`: nothing). The search is the core's (world_search.c).

# list(value, num: of the parts, errors: of the figures of each frame) of the table itself.
world_figures <- function(world) checked(.Call(C_world_figures, core_world(world)))

# A world as the core has it; open: the limits of figures, see shown_precision(). Frames of one design are one.
core_world <- function(world, open = NULL) {
  from_0 <- function(x) as.integer(x) - 1L
  or_none <- function(x) replace(from_0(x), is.na(x), -1L)
  design <- lapply(world$frames, `[`, c("element", "size", "factor", "unit", "unit_stratum"))
  frames <- lapply(seq_along(world$frames), function(i) {
    f <- world$frames[[i]]
    zero <- numeric(length(f$figure$part1))
    list(element = f$element, unit = from_0(f$unit), unit_stratum = from_0(f$unit_stratum), size = as.double(f$size),
         factor = as.double(f$factor), part1 = from_0(f$figure$part1), part2 = or_none(f$figure$part2),
         measure = pmax(match(f$figure$measure, compare_measures) - 1L, 0L, na.rm = TRUE),
         low = if (is.null(open)) zero else open$low[[i]], high = if (is.null(open)) zero else open$high[[i]])
  })
  if (!is.null(open)) frames <- lapply(split(frames, match(design, unique(design))), joined_frame)
  list(x = world$x, w = world$w, w2 = world$w2, num = world$num, den = world$den, is_sum = as.integer(world$is_sum),
       frames = unname(frames), member_count = from_0(world$member$count), member_atom = from_0(world$member$atom),
       n = as.integer(world$n), shown = as.integer(world$shown), from = from_0(world$from), to = from_0(world$to),
       pair = from_0(world$pair), class = from_0(world$class), opposite = or_none(world$opposite),
       alone = as.integer(world$alone), limits = open$limits)
}

joined_frame <- function(frames) {
  columns <- c("part1", "part2", "measure", "low", "high")
  joined <- lapply(stats::setNames(nm = columns), function(name) unlist(lapply(frames, `[[`, name)))
  replace(frames[[1L]], columns, joined)
}

# Of the scale on which a comparison has its standard error; see weeg_contrast_slopes().
measure_slopes <- function(measure, p1, p2) {
  one <- rep(1, length(p1))
  list(first = ifelse(measure == "risk-ratio", 1 / p1, ifelse(measure == "odds-ratio", 1 / (p1 * (1 - p1)), one)),
       second = ifelse(measure == "risk-ratio", -1 / p2, ifelse(measure == "odds-ratio", -1 / (p2 * (1 - p2)), -one)))
}

# ---- what rounding leaves open ---------------------------------------------------------------------------------------

# Between which limits figures are, as they are shown: `low` and `high` of the standard errors of each frame; `limits` of parts,
# where weights differ, the least and the largest value and sum. What is true is between them, were it where rounding turns.
shown_precision <- function(world, share) {
  truth <- world_figures(world)
  limit <- function(x, digits, side) {
    limits <- rounding_limit(round_error(x, digits), digits, side)
    if (side < 0) pmin(limits, x * (1 - 1e-12)) else pmax(limits, x * (1 + 1e-12))
  }
  digits <- lapply(world$frames, `[[`, "digits")
  open <- list(low = Map(limit, truth$errors, digits, -1), high = Map(limit, truth$errors, digits, 1))
  if (world$weighed) {
    half <- 0.499 * 10^-share_digits(truth$value, share)
    value <- round_share(truth$value, share)
    open$limits <- c(pmin(value - half, truth$value - 1e-12), pmax(value + half, truth$value + 1e-12),
                     limit(truth$num, share, -1), limit(truth$num, share, 1))
  }
  open
}

round_error <- function(x, digits) if (digits > 0L) signif(x, digits) else x

# To so many digits of the share or of what it leaves of 1, whichever is less.
round_share <- function(p, digits) if (digits == 0L || length(p) == 0L) p else round(p, share_digits(p, digits))

share_digits <- function(p, digits) {
  small <- pmax(pmin(abs(p), abs(1 - p)), 1e-12)
  pmax(digits, digits - 1L - floor(log10(small)))
}

# A little within the interval of what is rounded to x.
rounding_limit <- function(x, digits, side) {
  unit <- ifelse(x > 0, 10^(floor(log10(pmax(x, 1e-300)) + 1e-9) - digits + 1), 0)
  power <- side < 0 & x > 0 & abs(x / unit - 10^(digits - 1)) < 1e-6
  x + side * 0.499 * ifelse(power, unit / 10, unit)
}

# ---- the search ------------------------------------------------------------------------------------------------------

# The finest figures with which all hidden counts of a world are safe: list(share: digits of shares and sums where weights differ;
# errors: for each frame, by its id, the digits of standard errors, and `least`, of how many sampling units a group must
# be for one). Tables with the largest groups, such as that of the nation, come first.
safest_figures <- function(world, threshold) {
  frames <- world$frames
  ids <- vapply(frames, `[[`, "", "id")
  errors <- function(digits) stats::setNames(rep(list(c(digits = digits, least = 0)), length(frames)), ids)
  is_safe <- function(share, errors) is_world_safe(with_errors(world, errors), share, threshold)
  for (share in c(3L, 2L, 0L)) if (share == 0L || is_safe(share, errors(0L))) break
  if (share == 0L || is_safe(share, errors(2L))) return(list(share = share, errors = errors(if (share == 0L) 0L else 2L)))
  shown <- errors(0L)
  for (i in order(-vapply(frames, function(f) max(f$figure$units), 0))) {
    sizes <- sort(unique(frames[[i]]$figure$units), decreasing = TRUE)
    for (digits in 2:1) {
      fits <- function(k) is_safe(share, replace(shown, i, list(c(digits = digits, least = sizes[k]))))
      k <- most_that_fit(length(sizes), fits)
      if (k == 0L) next
      shown[[i]] <- c(digits = digits, least = sizes[k])
      break
    }
  }
  list(share = share, errors = shown)
}

# The largest number up to `most` that fits, where whatever is more than one that does not, does not either; often `most`.
most_that_fit <- function(most, fits) {
  if (fits(most)) return(most)
  low <- 0L
  while (most - low > 1L) {
    middle <- (low + most) %/% 2L
    if (fits(middle)) low <- middle else most <- middle
  }
  low
}

# A world with those standard errors that are shown.
with_errors <- function(world, errors) {
  world$frames <- lapply(world$frames, function(f) {
    how <- errors[[f$id]]
    f$digits <- how[["digits"]]
    f$figure <- lapply(f$figure, `[`, f$digits > 0 & f$figure$units >= how[["least"]])
    f
  })
  world$frames <- Filter(function(f) length(f$figure$units) > 0L, world$frames)
  world
}

# Whether all hidden counts of a world are safe with its figures: a small count can be 0, and threshold - 1 or more;
# any other has values that are threshold - 1 apart.
is_world_safe <- function(world, share, threshold) {
  if (length(world$frames) == 0L && !world$weighed) return(TRUE)
  checked(.Call(C_world_is_safe, core_world(world, shown_precision(world, share)), as.integer(threshold)))
}
