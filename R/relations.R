# How the outcomes of a release hang together: answers that are those to another question taken together, and the items of one
# question. relations: list(merged = list(outcome = list(of = question, levels, to)), sets = c(outcome = set)).
#
# Answers taken together are sums of the question's cells. Items of a set have a base in common, and nothing else: whatever
# numbers of those who answered name each item, there are respondents who do.

# The relations of the outcomes of patterns; `merged`, those that are known already.
outcome_relations <- function(data, patterns, merged) {
  outcomes <- unique(vapply(patterns, `[[`, "", "outcome"))
  said <- lapply(stats::setNames(nm = setdiff(outcomes, names(merged))), merged_by_name, data = data)
  item <- startsWith(outcomes, item_mark)
  list(merged = c(merged[names(merged) %in% outcomes], Filter(Negate(is.null), said)),
       sets = stats::setNames(sub("^[.][.]item [0-9]+ of ", item_mark, outcomes[item]), outcomes[item]))
}

# What an expression of one variable makes of each of its values; NULL where the outcome is a variable itself.
merged_by_name <- function(outcome, data) {
  if (!inherits(data, "weeg_design") || !is.data.frame(data$data) || outcome %in% names(data$data)) return(NULL)
  term <- said_term(outcome, names(data$data))
  of <- intersect(all.vars(term), names(data$data))
  if (length(of) != 1L) return(NULL)
  values <- data$data[[of]]
  column <- code_column(values, of)
  at <- c(match(seq_len(column$size), column_codes(column)), NA) # a row of each level, and none
  seen <- stats::setNames(list(unclass(values)[at]), of)
  attributes(seen[[1L]]) <- attributes(values)
  if (is.factor(values)) seen[[1L]][] <- c(levels(values), NA)
  to <- tryCatch(code_column(eval_seen(term, seen, baseenv()), outcome), error = function(e) NULL)
  if (is.null(to) || column_rows(to) != length(at)) return(NULL)
  levels <- column$levels[seq_along(at)]
  kept <- is.na(levels) | !is.na(at) | is.factor(values)
  list(of = of, levels = levels[kept], to = to$levels[column_codes(to)][kept])
}

# The question that each outcome is of: its own, unless groups are made of that.
questions_of <- function(outcomes, relations, groups) {
  of <- vapply(relations$merged[outcomes], function(m) if (is.null(m) || m$of %in% groups) NA_character_ else m$of, "")
  unname(ifelse(is.na(of), outcomes, of))
}

# The set of items that each question is in; each other question by itself.
sets_of <- function(questions, relations) {
  set <- unname(relations$sets[questions])
  if (length(set) == 0L) questions else ifelse(is.na(set), questions, set)
}

# The cells of questions crossed with groups, list(question = cells), at levels of each outcome too, and `missing`. Where the
# question itself is not shown, cells that are in the same counts are one.
cells_of_questions <- function(tally_of, questions, outcomes, groups, relations) {
  if (length(questions) == 0L) return(list(c(possible_cells(tally_of(groups), groups))))
  lapply(stats::setNames(nm = questions), function(question) {
    cells <- possible_cells(tally_of(c(groups, question)), groups)
    cells$missing <- is.na(cells$at[[question]])
    merged <- Filter(function(m) identical(m$of, question), relations$merged[setdiff(unique(outcomes), question)])
    for (name in names(merged)) cells$at[[name]] <- merged[[name]]$to[match(cells$at[[question]], merged[[name]]$levels)]
    set <- relations$sets[question]
    if (length(set) > 0L && !is.na(set)) cells$at[[set]] <- cells$at[[question]]
    if (length(merged) > 0L && !question %in% outcomes) joined_cells(cells, c(groups, names(merged))) else cells
  })
}

joined_cells <- function(cells, names) {
  key <- level_keys(c(cells$at[names], list(cells$missing)), length(cells$n))
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
    items <- attr(x, "info")$items
    items$terms <- lapply(stats::setNames(nm = names(items$terms)), said_term, data_names(data$data))
    found <- item_patterns(data, items, NULL, baseenv())
    named <- found$named[, as.integer(found$items), drop = FALSE]
    if (items$base == "any") named[, colSums(named) %in% 0] <- NA
    for (i in seq_len(nrow(named))) columns[[item_outcomes(items)$items[i]]] <<- named[i, ]
  })
  columns
}

with_column <- function(data, name, values) {
  if (inherits(data, "weeg_csv")) data$ahead[[name]] <- values else data[[name]] <- values
  data
}

free_name <- function(name, taken) {
  while (name %in% taken) name <- paste0(name, ".")
  name
}

# A table per item: those who name it, then those who do not.
item_tables <- function(rows, info) {
  names <- item_outcomes(info$items)
  lapply(seq_along(names$items), function(i) {
    named <- rows[rows$level == levels(rows$level)[i], c("groups", "level", "n", "n.base"), drop = FALSE]
    named$level <- rep("TRUE", nrow(named))
    others <- named
    others$level <- rep("FALSE", nrow(named))
    others$n <- named$n.base - named$n
    table <- release_table(bind_frames(list(named, others)), names$items[i], info$groups, names$set)
    table$counted <- !isTRUE(info$items$tests.only)
    table
  })
}
