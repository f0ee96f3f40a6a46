# Multiple-response questions in books: their items are the rows of a question, or columns of the banner, which then overlap. All
# items of a question are one variable, of which the levels are the combinations that occur (item_patterns()), so that its tallies
# are those of any other; what names an item is said of their levels.

set_arguments <- c("yes", "unnamed", "coding", "separator", "labels")

# sets: of each its formula and arguments of weeg_multiple().
check_sets <- function(sets, asked) {
  if (is.null(sets)) return(list())
  named <- is.list(sets) && !is.object(sets) && length(names2(sets)) == length(sets) && all(nzchar(names2(sets)))
  sets <- if (named) lapply(sets, function(set) if (is.list(set)) set else list(set))
  good <- vapply(sets, function(set) {
    length(set) > 0L && inherits(set[[1L]], "formula") && length(set[[1L]]) == 2L && all(names2(set)[-1L] %in% set_arguments)
  }, NA)
  if (!named || !all(good)) {
    abort("argument", "`sets` must be items by question: list(media = ~ tv + radio)",
          hint = paste0("With arguments of weeg_multiple() (", listed(set_arguments),
                        "): list(media = list(~ tv + radio, yes = \"Y\"))"))
  }
  twice <- anyDuplicated(names(sets))
  if (twice > 0L) abort("argument", "`sets` has ", names(sets)[twice], " twice")
  unused <- setdiff(names(sets), unlist(lapply(asked, names)))
  if (length(unused) > 0L) {
    abort("argument", "`sets` has ", unused[1L], ", which is neither in `rows` nor in `columns`",
          hint = near_hint(unused[1L], unlist(lapply(asked, names))))
  }
  sets
}

# The data with a variable for each set, those of `sets` and those that the data have themselves: list(data, asked: with these
# variables, sets: of each its label, labels of items, levels of the variable, and named: items x levels).
with_sets <- function(data, asked, sets, envir) {
  found <- list()
  made <- character()
  known <- if (inherits(data, "weeg_tally")) names(data$variables) else source_names(data$data)
  for (side in names(asked)) for (name in names(asked[[side]])) {
    given <- sets[[name]]
    if (!is.null(given) && name %in% known) {
      abort("argument", "`sets` has ", name, ", which is a variable of the data, too", hint = "Give the set another name")
    }
    parts <- list(outcomes = if (is.null(given)) asked[[side]][name] else name_terms(plus_terms(given[[1L]][[2L]]), "sets"))
    own <- answer_set(data$data, parts, given$yes, given$coding, given$separator)
    if (is.null(given) && is.null(own)) next
    question <- item_question(parts, given$yes, given$unnamed, given$coding, given$separator, given$labels, own)
    patterns <- item_patterns(data, question, lapply(stats::setNames(nm = others_of(data, question, made)), as.name),
                              if (is.null(given)) envir else environment(given[[1L]]))
    data <- patterns$data
    made <- c(made, patterns$name)
    if (inherits(data, "weeg_tally")) {
      at <- match(patterns$name, names(data$variables))
      names(data$variables)[at] <- data$variables[[at]]$name <- name
    }
    asked[[side]][[name]] <- as.name(if (inherits(data, "weeg_tally")) name else patterns$name)
    label <- if (is.null(own) || is.na(own$label)) name else own$label
    found[[name]] <- list(label = label, labels = patterns$labels, levels = patterns$levels, named = patterns$named)
  }
  list(data = data, asked = asked, sets = found)
}

# What stays beside the items of a set: of a tally its other variables; else the names that are taken.
others_of <- function(data, question, made) {
  if (!inherits(data, "weeg_tally")) return(made)
  setdiff(names(data$variables), c(names(question$terms), measures_of(data)))
}

# A set of which the levels are those of a tally's variable; asked: levels of those who answered.
place_set <- function(set, variable) {
  if (is.null(set)) return(NULL)
  at <- match(variable$levels, set$levels)
  set$asked <- !is.na(at)
  set$named <- set$named[, at, drop = FALSE]
  set$named[is.na(set$named)] <- FALSE
  set
}

# Tables with what they have of sets: set, over, and with items the sum of weights of each column.
with_items <- function(tables, settings) {
  sets <- names(settings$sets)
  for (k in which(tables$outcome %in% sets | tables$by %in% sets)) {
    table <- table_at(tables, k)
    set <- set_of(table, table$outcome, settings)
    over <- if (table$by != "") set_of(table, table$by, settings)
    if (!is.null(over)) {
      tables$labels[[k]] <- over$labels
      tables$by_label[k] <- over$label
      tables$over[[k]] <- over
    }
    if (is.null(set)) next
    tables$statistic[k] <- "item"
    tables$label[k] <- set$label
    tables$levels[[k]] <- set$labels
    tables$weighted[[k]] <- column_weights(table, set, over)
    tables$set[[k]] <- set
  }
  tables
}

# Which of two answers the places of a table are: named and not named.
item_place <- function(table, named) {
  level <- table$places$level
  level[level >= 0L] <- ifelse(table$set$asked, ifelse(named, 0L, 1L), -1L)[level[level >= 0L] + 1L]
  list(tally = table$tally, places = replace(table$places, c("level", "levels"), list(level, 2L)))
}

# The table of one of the columns that overlap.
column_table <- function(table, column) {
  group <- table$places$group
  group[group >= 0L] <- ifelse(table$over$named[column, ], 0L, -1L)[group[group >= 0L] + 1L]
  replace(table, "places", list(replace(table$places, c("group", "groups"), list(group, 1L))))
}

# A table as those that the core fills: list(tally, places, of: the table's number; net: 0 for its answers, else the number of the
# item or net behind these, of which the first of two answers is it; column: the number of a column that overlaps others, else 0;
# tested and compared; whole: the places of all of such columns).
table_entries <- function(table, number) {
  nets <- table$nets
  named <- set_answers(table, nets)
  parts <- if (is.null(table$set)) {
    c(list(table), lapply(names(nets), function(net) net_table(table, net, nets[[net]])))
  } else {
    lapply(named, function(named) item_place(table, named))
  }
  at <- seq_along(parts) - is.null(table$set)
  entries <- Map(function(part, net) {
    list(tally = part$tally, places = part$places, of = number, net = net, column = 0L,
         tested = net == 0L && table$by != "" && is.null(table$over), compared = table$compared && is.null(table$over))
  }, parts, at)
  if (is.null(table$over)) return(entries)
  unlist(lapply(seq_along(table$labels), function(column) {
    lapply(entries, function(entry) {
      place <- column_table(list(places = entry$places, over = table$over), column)$places
      c(replace(entry, c("places", "column"), list(place, column)), list(whole = entry$places))
    })
  }), recursive = FALSE)
}

# Of each item and net of a set, which levels name it.
set_answers <- function(table, nets) {
  set <- table$set
  if (is.null(set)) return(NULL)
  each <- lapply(seq_along(set$labels), function(item) set$named[item, ])
  c(each, lapply(unname(nets), function(net) colSums(set$named[set$labels %in% net, , drop = FALSE]) > 0))
}

# The tests and comparisons of a table of shares that the core has not made with all others: list(tests, comparisons).
fill_sets <- function(table, number, entries, answers, level) {
  if (table$by == "") return(NULL)
  if (is.null(table$over)) return(list(tests = if (!is.null(table$set)) set_test(table, number)))
  first <- Filter(function(entry) entry$column == 1L, entries)
  list(tests = overlap_test(table, number),
       comparisons = if (table$compared && length(table$labels) > 1L) compare_overlaps(table, first, answers, level))
}

# The test of all items of a set; residuals: what it is of.
set_test <- function(table, number, residuals = FALSE) {
  places <- table$places
  size <- rep(-1L, length(places$level))
  known <- places$level >= 0L
  size[known] <- ifelse(table$set$asked, 1L, -1L)[places$level[known] + 1L]
  items <- matrix(0L, length(table$set$labels), length(size))
  items[, known] <- as.integer(table$set$named[, places$level[known] + 1L])
  if (residuals) return(item_residuals(list(tally = table$tally, group = places$group, groups = places$groups, items = items,
                                            size = size)))
  found <- checked_estimate(.Call(C_item_tests, table$tally, places$group, places$groups, items, size), table$tally)
  last <- lapply(found, function(column) column[length(table$set$labels) + 1L])
  test_rows(table, number, last[c("statistic", "num.df", "den.df", "p.value", "n", "df", "reason")])
}

# Columns that overlap are no groups whose independence of a question could be tested.
overlap_test <- function(table, number) test_rows(table, number, list(reason = reason_words("overlapping")))

test_rows <- function(table, number, found) {
  none <- stats::setNames(as.list(rep(NA_real_, 9L)), c("statistic", "num.df", "den.df", "p.value", "chisq", "deff.mean",
                                                        "cramers.v", "n", "df"))
  method <- if (is.null(found$statistic)) NA_character_ else "rao-scott-f"
  c(list(table = number, banner = table$by, outcome = table$outcome, group = table$by, method = method),
    utils::modifyList(none, found[names(found) != "reason"]), found["reason"])
}

# All pairs of columns that overlap, of each answer: differences with the covariance of what those in both columns said.
compare_overlaps <- function(table, entries, answers, level) {
  count <- length(table$labels)
  pairs <- utils::combn(count, 2L)
  members <- lapply(seq_len(count), function(column) which(table$over$named[column, ]))
  bind_columns(lapply(entries, function(entry) {
    places <- entry$whole
    found <- checked_estimate(.Call(C_compare, entry$tally, places, members, pairs[1L, ] - 1L, pairs[2L, ] - 1L, NULL,
                                    match("difference", compare_measures) - 1L, level, 0L), entry$tally)
    share <- checked(.Call(C_sets, entry$tally, places, members, 0L))
    levels <- places$levels
    at <- rep(seq_len(levels), ncol(pairs))
    first <- rep(pairs[1L, ], each = levels)
    second <- rep(pairs[2L, ], each = levels)
    kept <- which((entry$net == 0L | at == 1L) & share$n[first] > 0 & share$n[second] > 0)
    answer <- if (entry$net == 0L) at else rep(answers + entry$net, length(at))
    columns <- c(list(table = rep(entry$of, length(at)), answer = answer, measure = rep("difference", length(at)), group1 = first,
                      group2 = second, estimate1 = share$estimate[(first - 1L) * levels + at],
                      estimate2 = share$estimate[(second - 1L) * levels + at], n1 = share$n[first], n2 = share$n[second]),
                 found[contrast_columns], list(reason = found$reason))
    lapply(columns, `[`, kept)
  }))
}

# Means in columns that overlap.
fill_overlapping_means <- function(table, number, settings) {
  columns <- seq_along(table$labels)
  filled <- lapply(columns, function(column) {
    one <- replace(column_table(table, column), "over", list(NULL))
    cells <- fill_means(replace(one, "by", ""), number, settings)$cells
    replace(cells, "group", list(column))
  })
  filled <- list(cells = bind_columns(filled), tests = overlap_test(table, number))
  groups <- columns[filled$cells$n > 0]
  if (table$compared && length(groups) > 1L) {
    members <- lapply(groups, function(column) which(table$over$named[column, ]))
    measure <- match(table$outcome, measures_of(table$tally))
    filled$comparisons <- compare_group_means(table, number, groups, measure, settings$level, members)
  }
  filled
}
