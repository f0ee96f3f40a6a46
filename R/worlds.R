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

# A little is added, so that what is half way goes up, wherever it was computed.
round_error <- function(x, digits) if (digits > 0L) signif(x * (1 + half_way), digits) else x

half_way <- 1e-11

# To so many digits of the share or of what it leaves of 1, whichever is less.
round_share <- function(p, digits) if (digits == 0L || length(p) == 0L) p else round(p + half_way * 0.1, share_digits(p, digits))

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

# ---- how fine figures may be -----------------------------------------------------------------------------------------

# The finest figures with which all hidden counts of a world are safe: list(share: digits of shares and sums where weights differ;
# errors: for each frame, by its id, the digits of standard errors, and `least`, of how many sampling units a group must
# be for one). Tables with the largest groups, such as that of the nation, come first.
#
# Which figures are shown tells something itself: that all finer ones were not safe. So where all tables that have the counts
# shown can be listed, the choice is made for all of them (listed_figures()); where there are too many to go through, for
# an attacker as well, tables are searched for that give the same figures (searched_figures()).
#
# hide_again: NULL, or a function that tells which counts the release would hide of another table; see hide_in().
safest_figures <- function(world, threshold, hide_again = NULL) {
  if (length(world$frames) == 0L && !world$weighed) return(list(share = 3L, errors = figure_errors(world, 2L)))
  listed <- list_tables(world)
  if (is.null(listed)) searched_figures(world, threshold) else listed_figures(world, listed, threshold, hide_again)
}

# So many digits of all standard errors.
figure_errors <- function(world, digits) {
  ids <- vapply(world$frames, `[[`, "", "id")
  stats::setNames(rep(list(c(digits = digits, least = 0)), length(ids)), ids)
}

frame_order <- function(world) order(-vapply(world$frames, function(f) max(f$figure$units), 0))

# ---- of all tables ---------------------------------------------------------------------------------------------------

most_tables <- c(tables = 1e5, numbers = 1e7, additions = 3e9)

# list(value, num, errors: of each frame, matrices of figures by table; people: by table and atom; weight: of a respondent of each
# atom; itself) of all tables that have the counts shown; NULL where these are too many.
list_tables <- function(world) {
  parts <- length(world$is_sum)
  sizes <- vapply(world$frames, function(f) length(f$figure$units), 0L)
  figures <- 2 * parts + sum(sizes)
  most <- min(most_tables[["tables"]], most_tables[["numbers"]] / (figures + length(world$x)),
              most_tables[["additions"]] / ((2 * figures + 8) * length(world$x)))
  found <- checked(.Call(C_world_tables, core_world(world), as.integer(max(most, 1))))
  if (is.null(found) || found$itself < 1L) return(NULL)
  frame <- rep(c("value", "num", seq_along(sizes)), c(parts, parts, sizes))
  part <- function(name) found$figures[, frame == name, drop = FALSE]
  c(list(value = part("value"), num = part("num"), errors = lapply(seq_along(sizes), part)),
    found[c("people", "weight", "itself")])
}

# Figures step by step, each as fine as can be: at each step the tables that are possible fall into classes of those with the same
# figures. Those in which a hidden count would be known too narrowly, and some others, are together the rest, of which the
# figures are not shown so finely. All depends on the set of possible tables only, so that it is the same for each in it.
listed_figures <- function(world, listed, threshold, hide_again) {
  tables <- seq_len(nrow(listed$people))
  counts <- hidden_counts(world, listed)
  finest <- cbind(if (world$weighed) shown_sums(listed, 3L), round_error(do.call(cbind, listed$errors), 2L))
  spare <- 0L
  if (max(row_classes(finest, tables)) > 1L) {
    found <- tables_as_hidden(world, listed, counts, threshold, hide_again)
    tables <- found$tables
    spare <- found$spare
  }
  told <- function(figures) {
    class <- row_classes(figures, tables)
    apart <- checked(.Call(C_world_classes, class, max(class), counts[tables, , drop = FALSE], as.integer(threshold),
                           spare))
    own <- class[match(listed$itself, tables)]
    tables <<- tables[if (apart[own]) class == own else !apart[class]]
    apart[own]
  }
  share <- 3L
  if (world$weighed) for (share in c(3L, 2L, 0L)) if (share == 0L || told(shown_sums(listed, share))) break
  shown <- figure_errors(world, 0L)
  if (share == 0L || length(shown) == 0L) return(list(share = share, errors = shown))
  if (told(round_error(do.call(cbind, listed$errors), 2L))) return(list(share = share, errors = figure_errors(world, 2L)))
  for (i in frame_order(world)) {
    units <- world$frames[[i]]$figure$units
    for (how in error_choices(units)) {
      if (!told(round_error(listed$errors[[i]][, units >= how[["least"]], drop = FALSE], how[["digits"]]))) next
      shown[[i]] <- how
      break
    }
  }
  list(share = share, errors = shown)
}

shown_sums <- function(listed, share) cbind(round_share(listed$value, share), round_error(listed$num, share))

hidden_counts <- function(world, listed) {
  hidden <- which(!world$shown)
  vapply(hidden, function(j) as.integer(rowSums(listed$people[, world$member$atom[world$member$count == j], drop = FALSE])),
         integer(nrow(listed$people)))
}

most_hidden_again <- c(tables = 300, cells = 20000)

# Where it is not asked which tables the release would hide the same counts of, some that a class needs may be others.
spare_tables <- 4L

# Of which tables the release would hide the same counts: at least one that is small, and where it does not take long, all.
# list(tables, spare: how many of a class may be others).
tables_as_hidden <- function(world, listed, counts, threshold, hide_again) {
  is_small <- rowSums(counts < threshold) > 0
  # where none is, counts are hidden for those of another question
  tables <- if (is_small[listed$itself]) which(is_small) else seq_along(is_small)
  most <- min(most_hidden_again[["tables"]], most_hidden_again[["cells"]] / length(world$x))
  if (is.null(hide_again) || length(tables) > most) return(list(tables = tables, spare = spare_tables))
  hides <- hide_again(world$at)
  same <- vapply(tables, function(t) t == listed$itself || hides(listed$people[t, ], listed$people[t, ] * listed$weight), NA)
  list(tables = tables[same], spare = 0L)
}

# From fine to coarse.
error_choices <- function(units) {
  sizes <- sort(unique(units))
  c(lapply(sizes, function(least) c(digits = 2, least = least)), lapply(sizes, function(least) c(digits = 1, least = least)))
}

# Numbers from 1 of the different rows of a matrix, of these.
row_classes <- function(x, rows) {
  class <- rep(1L, length(rows))
  for (j in seq_len(ncol(x))) {
    value <- x[rows, j]
    class <- class + length(rows) * (match(value, unique(value)) - 1)
    class <- match(class, unique(class))
  }
  class
}

# ---- by a search -----------------------------------------------------------------------------------------------------

searched_figures <- function(world, threshold) {
  is_safe <- function(share, errors) is_world_safe(with_errors(world, errors), share, threshold)
  for (share in c(3L, 2L, 0L)) if (share == 0L || is_safe(share, figure_errors(world, 0L))) break
  if (share == 0L || is_safe(share, figure_errors(world, 2L))) {
    return(list(share = share, errors = figure_errors(world, if (share == 0L) 0L else 2L)))
  }
  shown <- figure_errors(world, 0L)
  for (i in frame_order(world)) {
    sizes <- sort(unique(world$frames[[i]]$figure$units), decreasing = TRUE)
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
