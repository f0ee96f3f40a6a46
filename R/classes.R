# Several classifications of the same rows in one release, such as I(age <= 40) and I(age <= 41): a difference of their counts
# is that of those aged 41. So the classes that they make together are counts to protect, although no table shows them. They
# are a column added to the data, of which the release is taken to have tables, with nothing shown.
#
# Columns are such where they follow from the same variables. So are others whose crossing has so few cells that each
# follows from the sums, as that of two groupings of ages has, unless this can well be by chance.

# What the release is taken to have besides: list(columns = list(name = values), ways, patterns).
shared_classes <- function(data, patterns, relations, tally_of, threshold, columns) {
  made <- list(columns = list(), ways = list(), patterns = list())
  names <- union(relations$groups, unlist(lapply(patterns, pattern_outcome, relations)))
  names <- setdiff(names[!startsWith(names, item_mark)], relations$sets)
  rows <- classified_rows(data, names, names(columns))
  of <- lapply(names, function(x) c(x, sources(x, relations$ways)))
  alike <- alike_columns(rows, connected(of), patterns)
  families <- lapply(connected(c(of, alike)), intersect, names)
  families <- Filter(function(family) length(family) > 1L, families)
  asked <- list()
  for (one in unlist(lapply(families, asked_together, patterns, relations, tally_of), FALSE)) {
    unsaid <- any(vapply(alike, function(pair) all(pair %in% one$members), NA))
    classes <- class_column(one, rows, relations, tally_of, unsaid)
    if (is.null(classes)) next
    one[c("name", "secret")] <- list(paste0("..classes of ", text_key(one$members)), classes$secret)
    asked <- c(asked, list(one))
    if (!is.null(made$columns[[one$name]])) next
    made$columns[[one$name]] <- classes$values
    made$ways <- c(made$ways, class_ways(one, classes, unsaid))
  }
  tally_of <- tally_keeper(with_columns(data, made$columns), c(names(columns), names(made$columns)))
  made$patterns <- Filter(Negate(is.null), lapply(asked, class_pattern, tally_of, relations, threshold))
  made
}

pattern_outcome <- function(pattern, relations) setdiff(pattern$outcome, relations$sets)

# list(levels = list(name = of each row), n: how often it counts); the rows of a tally are its cells.
classified_rows <- function(data, names, added) {
  if (inherits(data, "weeg_tally")) {
    n <- sum_by(data$entries$n, data$entries$cell + 1L, data$cells)
    level_at <- function(at, variable) factor(variable$levels[at + 1L], variable$levels)
    levels <- Map(level_at, cell_positions(data$variables)[names], data$variables[names])
    return(list(levels = levels, n = n, open = !vapply(data$variables[names], is_closed, NA)))
  }
  terms <- lapply(stats::setNames(nm = names), said_term, c(added, source_names(data$data)))
  level <- function(column) factor(column$levels[column_codes(column)], unique(column$levels))
  coded <- code_columns(terms, data$data, baseenv(), "...")
  list(levels = lapply(coded, level), n = as.numeric(counted_rows(data)),
       open = !vapply(coded, is_closed, NA))
}

# Columns added to the data; of a tally variables, of which the values are given by its cells.
with_columns <- function(data, columns) {
  tally <- inherits(data, "weeg_tally")
  finer <- 1L # the cells that each of these has become
  for (name in names(columns)) {
    if (!tally) {
      data$data <- source_with(data$data, name, columns[[name]])
    } else {
      data <- with_variable(data, name, rep(columns[[name]], each = finer))
      finer <- finer * (nlevels(columns[[name]]) + 1L)
    }
  }
  data
}

# values: the level in each cell of the variables before.
with_variable <- function(tally, name, values) {
  size <- nlevels(values) + 1L
  code <- as.integer(values)
  code[is.na(code)] <- size
  before <- seq_along(values)
  variable <- list(name = name, label = NULL, levels = levels(values), ordered = FALSE, number = FALSE, values = NULL)
  seal(with_cells(tally, (before - 1) * size + code - 1, c(tally$variables, stats::setNames(list(variable), name))))
}

counted_rows <- function(data) {
  inside <- if (is.null(data$domain)) rep(TRUE, data$rows) else data$domain != 0
  if (!is.null(data$weights)) inside <- inside & data$weights > 0
  inside
}

# The columns that a column is made of, and these, and so on.
sources <- function(name, ways, seen = character()) {
  of <- setdiff(unlist(lapply(ways, function(way) if (way$name == name) way$of)), c(name, seen))
  unique(c(of, unlist(lapply(of, sources, ways, c(name, seen)))))
}

# Pairs of columns that are classifications of one thing, though nobody said so: each cell of their crossing follows from
# the sums. As many persons or more would be in the empty cells, if the two had nothing to do with each other.
least_absent <- 10

alike_columns <- function(rows, said, patterns) {
  names <- names(rows$levels)
  together <- function(pair) any(vapply(c(said, lapply(patterns, `[[`, "vars")), function(set) all(pair %in% set), NA))
  pairs <- list()
  codes <- lapply(rows$levels, as.integer)
  for (i in seq_along(names)) for (j in seq_len(i - 1L)) {
    x <- codes[[i]]
    y <- codes[[j]]
    both <- !is.na(x) & !is.na(y) & rows$n > 0
    size <- c(nlevels(rows$levels[[i]]), nlevels(rows$levels[[j]]))
    if (!any(both) || prod(size) > most_combinations) next
    n <- matrix(sum_by(rows$n[both], x[both] + size[1L] * (y[both] - 1L), prod(size)), size[1L])
    n <- n[rowSums(n) > 0, colSums(n) > 0, drop = FALSE]
    absent <- sum(outer(rowSums(n), colSums(n))[n == 0]) / sum(n)
    if (absent >= least_absent && is_forest(n > 0) && !together(names[c(i, j)])) pairs <- c(pairs, list(names[c(j, i)]))
  }
  pairs
}

# Whether a value in each of some cells of a matrix follows from sums of rows and columns: again and again there is a row or
# column with one cell only.
is_forest <- function(cells) {
  while (any(cells)) {
    single <- cells & (rowSums(cells) == 1 | rep(colSums(cells) == 1, each = nrow(cells)))
    if (!any(single)) return(FALSE)
    cells <- cells & !single
  }
  TRUE
}

# With which other variables several columns of a family are crossed: list(members, by, outcome), without those of which a table
# shows the classes that they make.
asked_together <- function(family, patterns, relations, tally_of) {
  patterns <- Filter(function(p) any(family %in% p$vars), patterns)
  others <- lapply(patterns, function(p) setdiff(p$vars, family))
  # groups follow from groups, an answer from one of the same question that is at least as fine
  kin <- function(v, from) {
    if (v %in% relations$groups) intersect(from, relations$groups) else from[relations$block[from] %in% c(relations$block[v])]
  }
  follows <- function(by, from) {
    all(vapply(setdiff(by, from), function(v) any(vapply(kin(v, from), function(g) lies_within(tally_of, g, v), NA)), NA))
  }
  lapply(others[!duplicated(lapply(others, sort))], function(by) {
    of <- which(vapply(others, function(from) follows(by, from), NA))
    members <- lapply(patterns[of], function(p) intersect(family, p$vars))
    outcome <- patterns[[which(vapply(others, setequal, NA, by))[1L]]]$outcome
    list(members = sort_values(unique(unlist(members))), shown = unique(members), by = by, outcome = outcome)
  })
}

# The classes that some columns make together: list(values, of each row, at: their levels, secret: which have a level of each
# column). NULL where one table has them all, unless it is not known otherwise that they hang together.
class_column <- function(one, rows, relations, tally_of, unsaid) {
  if (length(one$members) < 2L) return(NULL)
  levels <- rows$levels[one$members]
  at <- lapply(levels, function(x) as.character(x[rows$n > 0]))
  at <- lapply(at, `[`, !duplicated(level_keys(at)))
  outcomes <- setdiff(one$members, relations$groups)
  had <- level_keys(at)
  if (unsaid) {
    # a level that no row has may be with any of the others, also with one that is not listed
    other <- lapply(one$members, function(x) if (rows$open[[x]] && x %in% outcomes) free_name("..other", levels(levels[[x]])))
    some <- lapply(at, `[`, 1L)
    some[lengths(other) > 0L] <- other[lengths(other) > 0L]
    for (name in outcomes) for (unused in setdiff(levels(levels[[name]]), at[[name]])) {
      at <- Map(c, at, replace(at, name, list(rep(unused, length(at[[1L]])))))
      if (any(lengths(other[one$members != name]) > 0L)) at <- Map(c, at, replace(some, name, unused))
    }
  } else if (length(outcomes) > 0L) {
    at <- Map(c, at, possible_classes(one$members, relations, tally_of)[one$members])
  }
  at <- lapply(at, `[`, !duplicated(level_keys(at)) & !Reduce(`&`, lapply(at, is.na)))
  assumed <- unsaid & !level_keys(at) %in% had
  listed <- Map(function(x, name) is.na(x) | x %in% levels(levels[[name]]), at, one$members)
  secret <- stats::complete.cases(as.data.frame(at, optional = TRUE)) & (!unsaid | Reduce(`&`, listed))
  classes <- function(members) length(unique(level_keys(lapply(at[members], `[`, secret))))
  shown <- any(vapply(one$shown, classes, 0L) == sum(secret))
  if (shown && (!unsaid || length(outcomes) == 0L)) return(NULL)
  values <- factor(match(level_keys(levels), level_keys(at)), seq_along(secret))
  list(values = values, at = at, secret = as.character(which(secret & !shown)), assumed = assumed)
}

# The levels of columns for each combination of levels of what they are made of.
possible_classes <- function(members, relations, tally_of) {
  made <- vapply(relations$ways, `[[`, "", "name")
  of <- unique(c(members, unlist(lapply(members, sources, relations$ways))))
  roots <- setdiff(of, made)
  follow_ways(possible_cells(tally_of(roots), character()), relations$ways)$at
}

# Classes follow from their columns; of columns of which nobody said how they hang together, these follow from the classes.
class_ways <- function(one, classes, unsaid) {
  each <- c(levels(classes$values), NA)
  at <- lapply(classes$at[one$members], c, NA)
  way <- function(name, of, at, to) list(name = name, of = of, at = unname(at), to = to, levels = unique(to[!is.na(to)]))
  if (!unsaid) return(list(c(way(one$name, one$members, at, each), all = TRUE)))
  lapply(one$members, function(member) {
    c(way(member, one$name, list(each), at[[member]]), list(assumed = c(classes$assumed, FALSE)))
  })
}

# The small counts of classes, also of those whose group is missing.
class_pattern <- function(one, tally_of, relations, threshold) {
  by <- one$by
  tally <- tally_of(c(by, one$name))
  cells <- lapply(cell_levels(tally), as.character)
  n <- sum_by(tally$entries$n, tally$entries$cell + 1L, tally$cells)
  keys <- level_keys(cells[by], length(n))
  group <- match(keys, unique(keys))
  there <- (sum_by(n, group, max(group)) > 0)[group]
  unnamed <- Reduce(`|`, lapply(cells[by], is.na), FALSE)
  answer <- intersect(by, one$outcome)
  if (length(answer) > 0L) there <- !is.na(cells[[answer]])
  kept <- cells[[one$name]] %in% one$secret & n < threshold & there & (!unnamed | any(n[unnamed] > 0))
  if (!any(kept)) return(NULL)
  levels <- lapply(cells, function(x) ifelse(is.na(x), missing_level, x)[kept])
  outcome <- if (one$outcome %in% one$members) one$name else one$outcome
  count_pattern(levels[c(by, one$name)], n[kept], outcome)
}
