# How the columns of a release hang together. What is known of one from others is a way, list(name, of, at, to, levels): a
# row that has the levels `at` of the columns `of` has the level `to` of the column `name`. An expression follows from its
# variables; of all other columns it is found in the rows that one is a function of another, as a column is that somebody
# made of it. So nothing is concluded from texts. A way with `all` tells of all combinations that there can be.
#
# Each outcome is crossed with the columns that it follows from, its roots; those whose roots hang together are a block,
# of which the release's counts are sums. Blocks in which the same column is known have its counts in common. Items of a
# set have their base in common, and nothing else: whatever numbers of those who answered name each item, there are
# respondents who do.

# list(groups, ways, block = c(outcome = name of its block, NA: it follows from the groups), roots = list(block =
# columns), shared = list(block = columns known in it), mixed: whether what is in a block is known from groups as well,
# sizes = of columns, sets = c(item = set)); `merged`: columns whose relation is known, list(name = list(of, levels, to)).
outcome_relations <- function(data, patterns, merged, items = list(), classes = NULL) {
  outcomes <- unique(vapply(patterns, `[[`, "", "outcome"))
  item <- startsWith(outcomes, item_mark)
  sets <- stats::setNames(sub("^[.][.]item [0-9]+ of ", item_mark, outcomes[item]), outcomes[item])
  groups <- unique(unlist(lapply(patterns, pattern_groups, list(sets = sets))))
  names <- unique(c(groups, outcomes, names(classes$columns)))
  known <- if (inherits(data, "weeg_tally")) names(data$variables) else source_names(data$data)
  known <- c(names(items), names(classes$columns), known)
  merged <- merged[names(merged) %in% names]
  said <- c(Map(function(m, name) list(name = name, of = m$of, at = list(m$levels), to = m$to), merged, names(merged)),
            lapply(setdiff(names, known), said_way, data))
  plain <- union(setdiff(names, vapply(said, `[[`, "", "name")), unlist(lapply(said, `[[`, "of")))
  plain <- setdiff(plain, names(classes$columns)) # of classes all is said
  columns <- release_columns(data, union(plain, names), known)
  lapply(said, check_way, columns)
  found <- found_ways(columns[setdiff(names(columns), names(classes$columns))], plain, groups)
  varied <- Filter(function(way) length(unique(way$to)) > 1L, found)
  near <- union(groups, known_from(groups, c(said, varied), character()))
  found <- Filter(function(way) !has_zero(patterns, zero_columns(way, said, varied, near, groups)), found)
  base <- Map(function(set, item) {
    list(name = set, of = item, at = list(c("FALSE", "TRUE", NA)), to = c("answered", "answered", NA), levels = "answered")
  }, sets, names(sets))
  ways <- lapply(c(classes$ways, said, found, unname(base)), function(way) c(way, of_group = any(way$of %in% groups)))
  partly <- item_ways(items[names(items) %in% outcomes], columns)
  c(list(groups = groups, ways = ways, partly = partly, sizes = vapply(columns, function(x) length(x$levels) + 1, 0),
         sets = sets), release_blocks(outcomes, groups, ways, partly))
}

# Of which columns no count may be 0 where a way is found in the rows: those of which it tells that a combination with another
# column cannot be. For nobody but those who know how the columns were made can tell it from one that happens not to be, so the 0
# must be protected. So it is of columns that follow from groups (`near`) or groups from them, and of expressions of several
# columns.
zero_columns <- function(way, said, found, near, groups) {
  both <- c(way$name, way$of)
  made <- vapply(said, `[[`, "", "name")
  name <- vapply(found, `[[`, "", "name")
  of <- vapply(found, `[[`, "", "of")
  crossed <- vapply(said, function(x) {
    others <- setdiff(x$of, both)
    alike <- any(of %in% others & name %in% way$of, of %in% way$of & name %in% others)
    (way$name %in% x$of && (way$of %in% x$of || alike)) || (way$of %in% x$of && any(name == way$name & of %in% others))
  }, NA)
  # one onto an expression of several variables tells of their combinations
  several <- unlist(lapply(said[made == way$name], function(x) if (length(x$of) > 1L) x$of))
  c(if (any(both %in% near)) setdiff(both, groups), intersect(way$name, made), made[crossed],
    several, if (length(several) > 0L) known_from(several, c(said, found), character()))
}

has_zero <- function(patterns, columns) any(vapply(patterns, function(p) any(columns %in% p$vars) && any(p$n == 0), NA))

# ---- ways ------------------------------------------------------------------------------------------------------------

most_combinations <- 1e5

# What an expression makes of each combination of its variables' levels.
said_way <- function(name, data) {
  if (inherits(data, "weeg_tally")) abort("unsupported", "a tally has variables, not expressions: ", name)
  term <- said_term(name, source_names(data$data))
  of <- intersect(all.vars(term), source_names(data$data))
  if (length(of) == 0L) {
    abort("unsupported", "`", name, "` uses no variable of the data", hint = "Take it out of the release")
  }
  frame <- source_frame(data$data, term, baseenv(), "...")
  each <- lapply(stats::setNames(nm = of), function(v) level_values(frame[[v]], v, data))
  size <- lengths(lapply(each, `[[`, "levels"))
  if (prod(size) > most_combinations) {
    abort("too_large", "`", name, "` is made of ", format_count(prod(size)), " combinations of levels", hint = paste(
      "Make it a variable of the data, of classes of fewer levels"
    ))
  }
  at <- rev(expand.grid(rev(lapply(size, seq_len)), KEEP.OUT.ATTRS = FALSE))
  values <- Map(function(x, i) {
    value <- unclass(x$values)[i]
    attributes(value) <- x$attributes
    value
  }, each, at)
  value <- code_column(eval_seen(term, values, baseenv()), name)
  if (column_rows(value) != nrow(at)) {
    abort("unsupported", "`", name, "` is not evaluated row by row", hint = "Make it a variable of the data, and use that")
  }
  to <- value$levels[column_codes(value)]
  list(name = name, of = of, at = unname(Map(function(x, i) x$levels[i], each, at)), to = to,
       levels = unique(to[!is.na(to)]))
}

# list(levels, values, attributes) of a column: all its levels, and missing, with what expressions see of each.
level_values <- function(x, name, data) {
  column <- code_columns(stats::setNames(list(as.name(name)), name), data$data, baseenv(), "...")[[1L]]
  seen <- seen_column(x, name)
  attributes <- attributes(seen)
  at <- match(seq_len(column$size), column_codes(column))
  values <- unclass(seen)[at]
  if (is.factor(seen)) values <- seq_along(at)
  if (is_labelled(seen) && anyNA(at)) {
    found <- labelled_values(seen)
    known <- sort_values(c(unname(found$labels), found$values[!is.na(found$values)]))
    if (length(known) == length(at)) values[is.na(at)] <- known[is.na(at)]
  }
  keep <- !is.na(values)
  list(levels = c(column$levels[keep], NA), values = c(values[keep], NA), attributes = attributes[names(attributes) != "names"])
}

# Each row's level of columns: list(name = list(codes, levels)), the last code for missing. Rows are those that are counted.
release_columns <- function(data, names, known) {
  terms <- lapply(stats::setNames(nm = names), said_term, known)
  if (inherits(data, "weeg_tally")) {
    cells <- sort(unique(data$entries$cell)) + 1L
    position <- cell_positions(data$variables)[names]
    return(Map(function(at, v) {
      codes <- at[cells] + 1L
      list(codes = codes, levels = v$levels, closed = is_closed(v) || !all(seq_along(v$levels) %in% codes))
    }, position, data$variables[names]))
  }
  inside <- counted_rows(data)
  lapply(code_columns(terms, data$data, baseenv(), "..."), function(column) {
    codes <- column_codes(column)[inside]
    codes[is.na(codes)] <- column$size + 1L
    list(codes = codes, levels = column$levels, closed = is_closed(column))
  })
}

# Whether there can be no other levels than those that a column lists: it is a factor, has labels, or is logical.
is_closed <- function(column) {
  is.factor(column$codes) || isTRUE(column$from_codes) || identical(column$levels, c("FALSE", "TRUE"))
}

# What is said must be so in the rows: an expression may look at other rows.
check_way <- function(way, columns) {
  levels <- lapply(columns[c(way$of, way$name)], function(x) factor(x$levels[x$codes], x$levels))
  first <- !duplicated(as.data.frame(lapply(columns[c(way$of, way$name)], `[[`, "codes")))
  levels <- lapply(levels, `[`, first)
  to <- way$to[match(level_keys(levels[-length(levels)]), level_keys(way$at))]
  if (all(level_keys(list(to)) == level_keys(levels[length(levels)]))) return(invisible())
  abort("unsupported", "`", way$name, "` does not follow row by row from ", listed(way$of),
        hint = "Make it a variable of the data, and use that")
}

# The ways from one plain column to another column that is a function of it. Of two that are functions of each other, the later
# one follows from the first, groups before all, then columns with levels that nobody has.
found_ways <- function(columns, plain, groups) {
  found <- list()
  plain <- c(intersect(groups, plain), setdiff(plain, groups))
  determines <- function(x, y) {
    some <- seq_len(min(length(x$codes), 500L))
    is_function(x$codes[some], y$codes[some]) && is_function(x$codes, y$codes)
  }
  unseen <- function(x) !all(seq_along(x$levels) %in% x$codes)
  for (x in plain) for (y in setdiff(names(columns), x)) {
    if (x %in% groups && y %in% groups) next
    from <- columns[[x]]
    to <- columns[[y]]
    # a column of one level tells of those that nobody has, where they may lie in another
    told <- length(unique(to$codes)) > 1L || (unseen(from) && !x %in% groups && !(to$closed && length(to$levels) < 2L))
    if (!told || !determines(from, to)) next
    both <- y %in% plain && determines(to, from)
    before <- if (y %in% groups || unseen(from) == unseen(to)) match(y, plain) < match(x, plain) else unseen(to)
    if (both && before) next
    level <- sort(unique(from$codes))
    answer <- to$codes[match(level, from$codes)]
    found <- c(found, list(list(name = y, of = x, at = list(from$levels[level]), to = to$levels[answer], levels = to$levels,
                               open = !to$closed, of_open = !from$closed, both = both)))
  }
  found
}

is_function <- function(x, y) all(y[match(x, x)] == y)

# What an item is for each level of the column that it is made of, where it is not missing: for those who left out another item it
# is. Only of columns that are in the release, too.
item_ways <- function(items, columns) {
  ways <- Map(function(item, name) {
    of <- attr(item, "term")
    if (is.null(of) || is.null(columns[[of]])) return(NULL)
    from <- columns[[of]]
    to <- columns[[name]]
    some <- to$codes <= length(to$levels)
    if (!is_function(from$codes[some], to$codes[some])) return(NULL)
    level <- sort(unique(from$codes[some]))
    list(name = name, of = of, at = list(from$levels[level]), to = to$levels[to$codes[some][match(level, from$codes[some])]])
  }, items, names(items))
  unname(Filter(Negate(is.null), ways))
}

# ---- blocks ----------------------------------------------------------------------------------------------------------

release_blocks <- function(outcomes, groups, ways, partly) {
  name <- vapply(ways, `[[`, "", "name")
  base <- function(column) {
    if (column %in% groups) return(character())
    mine <- lapply(ways[name == column], function(way) unique(unlist(lapply(way$of, base))))
    if (length(mine) == 0L) return(column)
    if (any(lengths(mine) == 0L)) character() else mine[[1L]]
  }
  bases <- lapply(stats::setNames(nm = setdiff(outcomes, groups)), base)
  together <- lapply(ways, function(way) intersect(unlist(lapply(way$of, base)), unlist(bases)))
  of_groups <- name %in% groups
  items <- lapply(partly, function(way) intersect(c(base(way$name), base(way$of)), unlist(bases)))
  blocks <- connected(unique(c(bases[lengths(bases) > 0L], together[of_groups & lengths(together) > 0L], Filter(length, items))))
  ids <- vapply(blocks, function(roots) if (length(roots) == 1L) roots else paste0("..crossed ", text_key(roots)), "")
  names(blocks) <- ids
  block <- vapply(outcomes, function(o) c(ids[vapply(blocks, function(b) any(base(o) %in% b), NA)], NA)[1L], "")
  by_groups <- known_from(groups, ways, character())
  shared <- lapply(blocks, function(roots) setdiff(known_from(c(groups, roots), ways, roots), by_groups))
  uses <- vapply(ways, function(way) any(way$of %in% groups), NA)
  mixed <- any(of_groups & lengths(together) > 0L, uses & !name %in% by_groups & name %in% outcomes,
               vapply(blocks, function(roots) any(setdiff(known_from(roots, ways, roots), roots) %in% by_groups), NA))
  list(block = block, roots = blocks, shared = shared, mixed = mixed)
}

# Sets of names, joined where they have one in common.
connected <- function(sets) {
  joined <- list()
  for (set in sets) {
    touches <- vapply(joined, function(x) any(x %in% set), NA)
    joined <- c(joined[!touches], list(unique(c(unlist(joined[touches]), set))))
  }
  joined
}

# The groups that a column follows from.
group_sources <- function(columns, relations) {
  for (way in relations$ways) {
    known <- known_from(relations$groups, relations$ways, relations$groups)
    if (way$name %in% columns && !way$name %in% relations$groups && all(way$of %in% known)) {
      return(unique(unlist(lapply(way$of, function(x) if (x %in% relations$groups) x else group_sources(x, relations)))))
    }
  }
}

# What follows from columns, besides these.
known_from <- function(columns, ways, known) {
  repeat {
    more <- unlist(lapply(ways, function(way) if (all(way$of %in% columns) && !way$name %in% columns) way$name))
    if (length(more) == 0L) return(known)
    known <- unique(c(known, more))
    columns <- c(columns, more)
  }
}

# The blocks that have something in common, which are protected together: a number for each.
linked_blocks <- function(relations) {
  ids <- names(relations$roots)
  sets <- lapply(ids, function(id) c(id, paste0("..known ", relations$shared[[id]])))
  joined <- connected(sets)
  vapply(stats::setNames(ids, ids), function(id) which(vapply(joined, function(x) id %in% x, NA))[1L], 0L)
}

# Whether blocks are more than the answers to one question: they have several roots, or something in common with another.
is_linked <- function(blocks, relations) {
  together <- linked_blocks(relations)
  lengths(relations$roots[blocks]) > 1L | together[blocks] %in% together[duplicated(together)]
}

# ---- cells -----------------------------------------------------------------------------------------------------------

# The cells of blocks crossed with groups, list(block = cells), at levels of each outcome that follows too, and `missing`. Where
# a root itself is not shown, cells that are in the same counts are one.
cells_of_blocks <- function(tally_of, blocks, outcomes, groups, relations) {
  if (length(blocks) == 0L) return(list(follow_ways(possible_cells(tally_of(groups), groups), relations$ways)))
  lapply(stats::setNames(nm = blocks), function(id) {
    roots <- relations$roots[[id]]
    if (prod(relations$sizes[c(groups, roots)]) > most_crossed) {
      abort("too_large", "the release needs the crossing of ", listed(c(groups, roots)), ", which has too many cells",
            hint = "Take variables out that are not needed together")
    }
    cells <- possible_cells(tally_of(c(groups, roots)), groups)
    cells$missing <- length(roots) == 1L & is.na(cells$at[[roots[1L]]])
    cells <- follow_ways(cells, relations$ways)
    for (way in relations$partly) if (all(c(way$name, way$of) %in% names(cells$at))) cells <- follow_partly(cells, way)
    shown <- intersect(names(cells$at), c(groups, outcomes, relations$sets))
    if (all(roots %in% shown)) cells else joined_cells(cells, shown)
  })
}

most_crossed <- 5e6

# Cells at the levels of what follows from theirs, without those that cannot be.
follow_ways <- function(cells, ways) {
  first <- vapply(ways, function(way) all(way$of %in% names(cells$at)), NA)
  ways <- c(ways[first], ways[!first])
  repeat {
    ready <- vapply(ways, function(way) all(way$of %in% names(cells$at)), NA)
    if (!any(ready)) break
    cells <- follow_way(cells, ways[[which(ready)[1L]]])
    ways <- ways[-which(ready)[1L]]
  }
  # of the others, what is known of a part of their variables
  for (way in ways) {
    part <- intersect(way$of, names(cells$at))
    if (length(part) == 0L || is.null(cells$at[[way$name]])) next
    possible <- level_keys(c(way$at[match(part, way$of)], list(way$to)))
    cells <- some_cells(cells, level_keys(c(cells$at[part], cells$at[way$name])) %in% possible)
  }
  cells
}

follow_partly <- function(cells, way) {
  at <- match(level_keys(cells$at[way$of]), level_keys(way$at))
  item <- cells$at[[way$name]]
  some_cells(cells, is.na(at) | is.na(item) | way$to[at] == item)
}

follow_way <- function(cells, way) {
  at <- match(level_keys(cells$at[way$of], length(cells$n)), level_keys(way$at))
  if (isTRUE(way$all)) cells <- some_cells(cells, !is.na(at)) # no others can be
  if (isTRUE(way$all)) at <- at[!is.na(at)]
  to <- way$to[at]
  own <- cells$at[[way$of[1L]]]
  parts <- function(own, value) level_keys(list(way$of[1L], own, way$name, value), length(own))
  if (!is.null(way$assumed)) cells <- assume(cells, way$assumed[at] %in% TRUE, level_keys(list(way$of, own), length(own)))
  if (!is.null(cells$at[[way$name]])) {
    value <- cells$at[[way$name]]
    if (!way$of_group) cells <- assume(cells, is.na(at) & !is.na(own), parts(own, value))
    # a way that was found is one of levels that somebody has
    beyond <- is.na(at) | (!is.null(way$open) & lengths(assumed_of(cells)) > 0L)
    return(some_cells(cells, beyond | level_keys(list(to)) == level_keys(list(value))))
  }
  # levels that no row has: of one of the same name, or of any, also one that the other column does not show
  new <- setdiff(way$levels, way$to)
  alike <- is.na(at) & own %in% new
  to[alike] <- own[alike]
  free <- which(is.na(at) & !alike)
  other <- if (isTRUE(way$open)) free_name("..other", way$levels)
  any_level <- lapply(own[free], function(x) c(way$levels, if (is.na(x)) NA else other)) # that of a level is not missing
  from <- seq_along(at)
  if (!way$of_group) from <- from[!duplicated(level_keys(cells$at[setdiff(names(cells$at), way$of[1L])], length(at)))]
  more <- if (length(new) > 0L && !any(alike) && (length(free) == 0L || !isFALSE(way$of_open))) rep(from, each = length(new))
  # of two that are functions of each other, a new one may be of any level, too
  back <- if (isTRUE(way$both) && !way$of_group && !any(alike)) rep(which(!is.na(at) & !is.na(own)), each = length(new))
  rows <- c(setdiff(seq_along(at), free), rep(free, lengths(any_level)), back, more)
  value <- c(to[setdiff(seq_along(at), free)], unlist(any_level), rep(new, length.out = length(back) + length(more)))
  added <- length(rows) - length(more) < seq_along(rows)
  empty <- length(rows) - length(more) - length(back) < seq_along(rows)
  unknown <- empty | rows %in% free[lengths(any_level) > 1L]
  cells <- some_cells(cells, rows)
  cells$n[empty] <- 0
  cells$weight[empty] <- 0
  if (!way$of_group) {
    cells$at[[way$of[1L]]][added] <- paste0("..for ", value[added])
    if (!is.null(cells$missing)) cells$missing[added] <- FALSE
    cells <- assume(cells, unknown, parts(cells$at[[way$of[1L]]], value))
  }
  cells$at[[way$name]] <- value
  cells
}

# Cells that there are if something is so that no row shows: what, of each, besides what was assumed before.
assume <- function(cells, which, what) {
  cells$assumed <- assumed_of(cells)
  cells$assumed[which] <- Map(function(x, y) sort_values(c(x, y)), cells$assumed[which], what[which])
  cells
}

assumed_of <- function(cells) if (is.null(cells$assumed)) rep(list(character()), length(cells$n)) else cells$assumed

joined_cells <- function(cells, names) {
  key <- level_keys(c(cells$at[names], list(cells$missing, vapply(cells$assumed, text_key, ""))), length(cells$n))
  at <- match(key, unique(key))
  sums <- lapply(cells[c("n", "weight")], sum_by, at, max(at))
  cells$at <- cells$at[names]
  cells <- some_cells(cells, !duplicated(key))
  cells[names(sums)] <- sums
  cells
}

# ---- those whose group is missing ------------------------------------------------------------------------------------

# The counts of respondents who answered but whose group is missing: no result shows them, a total less all groups does, where
# the groups' counts are shown.
unnamed_patterns <- function(table, tally_of) {
  if (length(table$groups) == 0L || !table$counted) return(NULL)
  tally <- tally_of(c(table$groups, table$outcome))
  cells <- cell_levels(tally)
  n <- sum_by(tally$entries$n, tally$entries$cell + 1L, tally$cells)
  kept <- !stats::complete.cases(cells[table$groups]) & !is.na(cells[[table$outcome]])
  if (!any(n[kept] > 0)) return(NULL)
  labels <- lapply(cells[kept, , drop = FALSE], function(x) ifelse(is.na(x), missing_level, as.character(x)))
  group <- level_keys(labels[table$groups], sum(kept))
  base <- as.vector(tapply(n[kept], group, sum)[group])
  some <- base > 0
  labels <- lapply(labels, `[`, some)
  rows <- list(groups = labels[table$groups], level = labels[[table$outcome]], n = n[kept][some], n.base = base[some])
  table_patterns(rows, table$outcome, table$groups, table$set)
}

# ---- items -----------------------------------------------------------------------------------------------------------

item_mark <- "..item "

# The names of the columns that say who names each item of a weeg_multiple(), and of the set.
item_outcomes <- function(items) {
  how <- c(items[c("coding", "yes", "unnamed", "separator")], items$set[c("name", "counted")])
  of <- c(names(items$terms), if (items$coding == "categories") items$names)
  set <- paste0(paste(c(items$base, unlist(how)), collapse = " "), ": ", paste(of, collapse = " + "))
  list(items = paste0(item_mark, seq_along(items$names), " of ", set), set = paste0(item_mark, set))
}

# These columns, missing for those who are not in the base.
item_columns_of <- function(data, results) {
  columns <- list()
  each_result(results, function(x) {
    if (!inherits(x, "weeg_multiple")) return(NULL)
    items <- info_of(x)$items
    items$terms <- lapply(stats::setNames(nm = names(items$terms)), said_term, source_names(data$data))
    found <- item_patterns(data, items, NULL, baseenv())
    named <- found$named[, as.integer(found$items), drop = FALSE]
    if (items$base == "any") named[, colSums(named) %in% 0] <- NA
    for (i in seq_len(nrow(named))) {
      term <- if (items$coding == "items") names(items$terms)[i]
      columns[[item_outcomes(items)$items[i]]] <<- structure(named[i, ], term = term)
    }
  })
  columns
}

free_name <- function(name, taken) {
  while (name %in% taken) name <- paste0(name, ".")
  name
}

# A table per item.
item_tables <- function(rows, info) {
  names <- item_outcomes(info$items)
  lapply(seq_along(names$items), function(i) {
    named <- rows[rows$level == levels(rows$level)[i], c("groups", "level", "n", "n.base"), drop = FALSE]
    table <- named_table(named, names$items[i], info$groups, names$set)
    table$counted <- !isTRUE(info$items$tests.only)
    table
  })
}

# Those who name an item, or gave an answer of a net, then those who do not.
named_table <- function(named, outcome, groups, set = NULL) {
  named <- named[c("groups", "level", "n", "n.base")]
  named$level <- rep("TRUE", nrow(named))
  others <- named
  others$level <- rep("FALSE", nrow(named))
  others$n <- named$n.base - named$n
  release_table(bind_frames(list(named, others)), outcome, groups, set)
}

# ---- nets ------------------------------------------------------------------------------------------------------------

net_mark <- "..net "

# The column that says who gave an answer of a net: that of its answers, whatever it is called.
net_outcome <- function(net, outcome) paste0(net_mark, text_key(sort_values(net)), " of ", outcome)

# These columns, and how each follows from its question: list(columns, merged), see outcome_relations(). So nets of a question,
# its answers and whatever else follows from it are counts of the same cells.
net_columns_of <- function(data, results) {
  made <- list(columns = list(), merged = list())
  each_result(results, function(x) {
    nets <- info_of(x)$nets
    for (outcome in if (length(nets) > 0L) unique(as.character(x$outcome))) {
      coded <- coded_levels(data, outcome)
      for (net in nets) {
        inside <- coded$levels %in% net
        name <- net_outcome(net, outcome)
        made$columns[[name]] <<- factor(inside[coded$codes], c(FALSE, TRUE))
        made$merged[[name]] <<- list(of = outcome, levels = coded$levels, to = as.character(inside))
      }
    }
  })
  made
}

# list(codes, levels) of a variable by row, of a tally by cell.
coded_levels <- function(data, name) {
  if (inherits(data, "weeg_tally")) {
    levels <- data$variables[[name]]$levels
    codes <- cell_positions(data$variables)[[name]] + 1L
    return(list(codes = replace(codes, codes > length(levels), NA), levels = levels))
  }
  if (inherits(data, "weeg_database_design")) need_rows(data$data, name)
  column <- code_columns(list(said_term(name, source_names(data$data))), data$data, baseenv(), "...")[[1L]]
  list(codes = column_codes(column), levels = column$levels)
}
