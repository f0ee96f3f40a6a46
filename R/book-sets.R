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

# A table as those that the core fills: list(tally, places, of: the table's number; net: 0 for its answers, else the number of the
# item or net behind these, of which the first of two answers is it; measure: of which there are means, or 0; members: of columns
# that overlap, the groups in each; tested and compared).
table_entries <- function(table, number, measure) {
  nets <- table$nets
  named <- set_answers(table, nets)
  parts <- if (is.null(table$set)) {
    c(list(table), lapply(names(nets), function(net) net_table(table, net, nets[[net]])))
  } else {
    lapply(named, function(named) item_place(table, named))
  }
  at <- seq_along(parts) - is.null(table$set)
  members <- if (!is.null(table$over)) apply(table$over$named, 1L, which, simplify = FALSE)
  Map(function(part, net) {
    list(tally = part$tally, places = part$places, of = number, net = net, measure = measure, members = unname(members),
         tested = net == 0L && table$by != "" && is.null(table$over), compared = table$compared)
  }, parts, at)
}

# Of each item and net of a set, which levels name it.
set_answers <- function(table, nets) {
  set <- table$set
  if (is.null(set)) return(NULL)
  each <- lapply(seq_along(set$labels), function(item) set$named[item, ])
  c(each, lapply(unname(nets), function(net) colSums(set$named[set$labels %in% net, , drop = FALSE]) > 0))
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
