# The tables of a book: tallies of each question, alone and by each variable; from these the core makes the figures, tests and
# comparisons of several questions at once; and the columns of the book are those of all tables together. As there are hundreds of
# tables, they are columns too, see question_tables().

# Of which progress is shown, and which the core gets together: more where rows are few, so that there is little to wait for.
questions_at_once <- function(data) if (inherits(data, "weeg_design") && data$rows <= 20000) 64L else 8L

# list(tables, columns, cells, tests, comparisons, n), n by question.
book_tables <- function(data, asked, filters, envir, by_envir, settings) {
  ready <- ready_book(data, asked, envir, by_envir)
  with_columns <- function(x) if (is.null(ready$columns)) x else replace(x, "data", list(ready$columns))
  if (length(filters) > 0L && length(settings$sets) > 0L) data <- seal(data) # it has a variable for each set
  designs <- lapply(filters, function(f) with_columns(eval(as.call(list(subset, data, f[[2L]])), environment(f))))
  whole <- with_columns(data)
  delayedAssign("whole_squares", squares_design(whole)) # few books need it
  questions <- names(asked$rows)
  by <- c("", names(asked$columns))
  step <- progress(length(questions))
  on.exit(step(NULL))
  batches <- split(questions, (seq_along(questions) - 1L) %/% questions_at_once(whole))
  made <- lapply(unname(batches), function(batch) {
    filtered <- batch %in% names(designs)
    # those of all rows together
    tables <- stack_tables(c(
      if (!all(filtered)) list(question_tables(whole, whole_squares, batch[!filtered], by, ready, settings)),
      lapply(batch[filtered], function(name) {
        question_tables(designs[[name]], squares_design(designs[[name]]), name, by, ready, settings)
      })
    ))
    if (any(filtered)) tables <- lapply(tables, `[`, order(match(tables$outcome, batch)))
    filled <- fill_tables(tables, settings)
    .Call(C_tallies_release, lapply(tables$tally, `[[`, "entries"))
    for (name in batch) step(name)
    list(tables = tables, filled = filled)
  })
  tables <- lapply(made, `[[`, "tables")
  join_tables(stack_tables(tables), lapply(made, `[[`, "filled"), vapply(tables, count_tables, 0L), by, settings)
}

count_tables <- function(tables) length(tables$outcome)

# Tables of several parts under each other, and one of them by itself.
stack_tables <- function(parts) {
  if (length(parts) == 1L) return(parts[[1L]])
  lapply(stats::setNames(nm = names(parts[[1L]])), function(name) do.call(c, lapply(parts, `[[`, name)))
}

table_at <- function(tables, k) lapply(tables, `[[`, k)

# The columns, each coded once, of which `coded` is what the core sees; terms: their names; numbers: questions that have means. A
# tally, and a database, have no rows: columns is NULL.
ready_book <- function(data, asked, envir, by_envir) {
  terms <- unlist(unname(asked), recursive = FALSE)
  named <- stats::setNames(lapply(names(terms), as.name), names(terms))
  ready <- list(terms = terms, numbers = character(), envir = envir)
  if (inherits(data, "weeg_tally")) return(replace(ready, "numbers", list(intersect(names(asked$rows), measures_of(data)))))
  if (inherits(data, "weeg_database_design")) {
    number <- vapply(asked$rows, function(term) is_database_number(data$data, term, envir, "rows"), NA)
    return(replace(ready, "numbers", list(names(asked$rows)[number])))
  }
  data$data <- source_ahead(data$data, codes = asked$rows, argument = "rows")
  values <- lapply(asked$rows, evaluate, data$data, envir, "rows")
  number <- vapply(values, is_plain_number, NA)
  coded <- c(code_each(values[!number]), code_columns(asked$columns, data$data, by_envir, "columns"))
  columns <- c(lapply(coded, new_coded), lapply(asked$rows[number], function(term) source_number(data$data, term, envir)))
  columns <- structure(columns, class = "data.frame", row.names = .set_row_names(data$rows))
  list(columns = columns, coded = coded, terms = named, numbers = names(asked$rows)[number], envir = envir)
}

# A design of the same rows with the squares of the weights, for sums alone: all are one PSU, but in a database, where weights
# are shares of the largest one. NULL where rows have no weights.
squares_design <- function(x) {
  if (inherits(x, "weeg_database_design") && !is_unweighted(x)) {
    x[c("calibration", "replicates")] <- NULL
    return(squared_weights(x))
  }
  if (!inherits(x, "weeg_design") || !is.numeric(x$weights)) return(NULL)
  made <- weeg_design(list_frame(list(w = x$weights^2, all = factor(rep(1L, x$rows)))), weights = ~w, cluster = ~all,
                      lonely = "remove")
  made$data <- x$data
  made["domain"] <- list(x$domain)
  made
}

is_unweighted <- function(x) {
  if (inherits(x, "weeg_database_design")) return(all(vapply(x$data[c("weight", "of_unit", "factors")], is.null, NA)))
  inherits(x, "weeg_design") && is.null(x$weights)
}

# ---- tallies -----------------------------------------------------------------------------------------------------------

# Of questions, with rows of x, their tables by each of `by` ("": alone), as columns: tally and places; outcome, by, their labels,
# and of `by` those of its levels; levels, the answers; nets of these; what the figures are of; sums of squared weights by column;
# and of multiple-response questions set, over and weighted (with_items()). squares: see squares_design().
question_tables <- function(x, squares, names, by, ready, settings) {
  together <- is_together(x, ready, settings)
  squared <- together && is.numeric(x$weights)
  number <- names %in% ready$numbers
  alone <- function(name) {
    mean <- name %in% ready$numbers
    made <- if (mean) mean_tables(name, x, by, ready, settings) else share_tables(name, x, by, ready, settings)
    tables_alone(made, name, by, if (mean) "mean" else "share")
  }
  tables <- stack_tables(c(
    if (together && !all(number)) list(tables_together(x, names[!number], by, ready, squared)),
    lapply(if (together) names[number] else names, alone)
  ))
  tables <- lapply(tables, `[`, order(match(tables$outcome, names)))
  found <- squared & !number & !names %in% names(settings$sets) & !any(by %in% names(settings$sets))
  for (name in names[!found]) {
    if (is.null(squares)) break
    tables$squares[tables$outcome == name] <- square_sums(x, squares, name, by, ready, settings)
  }
  count <- count_tables(tables)
  tables$unweighted <- rep(is_unweighted(x), count)
  tables[c("set", "over", "weighted")] <- list(vector("list", count))
  if (length(settings$sets) > 0L) tables <- with_items(tables, settings)
  tables$compared <- nzchar(tables$by) & lengths(tables$labels) <= most_letters
  tables$nets <- if (length(settings$nets) == 0L) rep(list(list()), count) else {
    Map(question_nets, tables$levels, tables$outcome, MoreArgs = list(nets = settings$nets))
  }
  tables
}

# The tables of one question, list(tally, places) by each of `by`, as columns.
tables_alone <- function(made, name, by, statistic) {
  variables <- lapply(made, function(table) table$tally$variables)
  text <- function(of) unname(vapply(seq_along(by), of, ""))
  list(
    tally = lapply(made, `[[`, "tally"), places = lapply(made, `[[`, "places"), outcome = rep(name, length(by)), by = by,
    statistic = rep(statistic, length(by)), label = text(function(k) variable_label(made[[k]]$tally, name)),
    by_label = text(function(k) if (by[k] == "") "" else variable_label(made[[k]]$tally, by[k])),
    labels = lapply(seq_along(by), function(k) if (by[k] == "") "Total" else variables[[k]][[by[k]]]$levels),
    levels = lapply(variables, function(of) if (statistic == "mean") NA_character_ else of[[name]]$levels),
    squares = vector("list", length(by))
  )
}

# See place_set(); NULL for a variable that is none.
set_of <- function(table, name, settings) {
  if (length(settings$sets) > 0L) place_set(settings$sets[name][[1L]], table$tally$variables[[name]])
}

# The sums of squared weights of the columns of a question's tables.
square_sums <- function(x, squares, name, by, ready, settings) {
  # the same rows count where others are left out
  missing <- list(missing = if (settings$missing == "omit") "domain" else settings$missing)
  tables <- if (name %in% ready$numbers) {
    mean_tables(name, squares, by, ready, missing)
  } else if (is_together(squares, ready, missing)) {
    made <- tables_together(squares, name, by, ready, FALSE)[c("tally", "places")]
    lapply(seq_along(by), table_at, tables = made)
  } else {
    share_tables(name, squares, by, ready, missing)
  }
  unit <- if (inherits(x, "weeg_database_design")) x$max_weight^2 else 1
  Map(function(table, b) {
    column_weights(table, set_of(table, name, settings), if (b != "") set_of(table, b, settings)) * unit
  }, tables, by)
}

# One call of the core passes over the rows for each of them.
share_tables <- function(name, x, by, ready, settings) {
  lapply(by, function(b) {
    tally <- table_tally(x, ready$terms[c(if (b != "") b, name)], ready$envir, settings$missing)
    list(tally = tally, places = table_places(tally, if (b != "") b, name))
  })
}

# Whether one call can make the tallies of several questions.
is_together <- function(x, ready, settings) {
  !is.null(ready$columns) && settings$missing == "domain" && is.null(x$calibration) && is.null(x$replicates)
}

# Tables of shares of several questions, and sums of squared weights where these are asked for.
tables_together <- function(x, names, by, ready, squared) {
  others <- by[by != ""]
  columns <- ready$coded[c(names, others)]
  count <- length(names) * length(by)
  outcome <- rep(seq_along(names), each = length(by))
  group <- rep(match(by, others, 0L) + length(names), length(names))
  group[by == ""] <- 0L
  size <- c(1, vapply(columns, `[[`, 0, "size", USE.NAMES = FALSE) + 1)
  cells <- size[outcome + 1L] * size[group + 1L]
  for (k in which(cells > .Machine$integer.max)) check_cells(columns[c(group[k], outcome[k])])
  cores <- lapply(unname(columns), core_column)
  threads <- thread_count()
  entries <- checked(.Call(C_tally_builds, cores, group, outcome, x$unit, last_stage(x$frame)$element, x$weights, x$max_weight,
                           x$domain, as.double(x$rows), threads), weight_hints)
  squares <- if (!squared) vector("list", count) else {
    checked(.Call(C_group_squares, cores, group, outcome, x$weights, x$domain, as.double(x$rows), threads))
  }
  variables <- lapply(columns, tally_variable)
  levels <- lapply(unname(variables), `[[`, "levels")
  text <- function(variable, name) if (is.null(variable$label)) name else variable$label
  labels <- c("", unlist(Map(text, variables, names(variables)), use.names = FALSE))
  said <- new_tally(list(), list(), x$frame, 0L, tally_names(x), x$conditions)
  said$missing <- "domain"
  tally <- .Call(C_tallies_like, said, variables, group, outcome, entries, as.integer(cells))
  key <- size[outcome + 1L] + ifelse(group > 0L, size[group + 1L], 0) * 2^32
  first <- which(!duplicated(key))
  places <- lapply(first, function(k) crossed_places(if (group[k] > 0L) size[[group[k] + 1L]], size[[outcome[k] + 1L]]))
  list(tally = tally, places = places[match(key, key[first])], outcome = names[outcome], by = rep(by, length(names)),
       statistic = rep("share", count), label = labels[outcome + 1L], by_label = labels[group + 1L],
       labels = c(list("Total"), levels)[group + 1L], levels = levels[outcome], squares = squares)
}

# What table_places() has of a variable, by another or alone (`groups` is NULL), by their levels and one for what is missing: the
# answer varies fastest, and what is missing is last.
crossed_places <- function(groups, levels) {
  place <- function(size) c(seq_len(size - 1) - 1L, -1L)
  if (is.null(groups)) return(list(group = integer(levels), groups = 1L, level = place(levels), levels = as.integer(levels) - 1L))
  list(group = rep(place(groups), each = levels), groups = as.integer(groups) - 1L, level = rep(place(levels), groups),
       levels = as.integer(levels) - 1L)
}

mean_tables <- function(name, x, by, ready, settings) {
  lapply(by, function(b) {
    parts <- list(outcomes = ready$terms[name], groups = ready$terms[b[b != ""]], envir = ready$envir)
    number_tables(x, parts, list(parts$outcomes), settings$missing)[[1L]]
  })
}

# The sum of weights of each column's rows with an answer. set, over: see place_set().
column_weights <- function(table, set = NULL, over = NULL) {
  sums <- checked(.Call(C_tally_totals, table$tally))$weighted
  levels <- seq_len(table$places$levels)
  # cells: the answer varies fastest, and of each variable the last place is that of what is missing
  cells <- matrix(sums, nrow = length(levels) + 1L)
  if (!is.null(set)) levels <- which(set$asked)
  by_group <- colSums(cells[levels, seq_len(table$places$groups), drop = FALSE])
  if (is.null(over)) by_group else drop(over$named %*% by_group)
}

# ---- figures -----------------------------------------------------------------------------------------------------------

# The figures of tables: list(cells, tests, comparisons), lists of columns of which `table` is the number of the table, and
# `group` and `answer` are numbers in it; and where data sets are pooled, what tests are of, list(table, of) for each.
fill_tables <- function(tables, settings) {
  of <- book_entries(tables)
  found <- checked_estimate(.Call(
    C_book, of$tally, of$places, of$measure, of$members, of$tested, of$compared, match(settings$interval, interval_methods) - 1L,
    settings$level, method_number(settings$test), settings$proportions == "null", thread_count()
  ), tables$tally[[1L]])
  # items, as nets, stand behind the answers, of which they have none
  items <- lengths(lapply(tables$set, `[[`, "labels"))
  answers <- ifelse(items > 0L, 0L, lengths(tables$levels))
  mean <- of$measure > 0L
  means <- if (any(mean)) mean_cells(found$means, lapply(of, `[`, mean))
  by_set <- which(nzchar(tables$by) & (items > 0L | lengths(tables$over) > 0L))
  tests <- c(
    list(share_tests(found$tests, tables, of$of, of$tested & !mean, settings), mean_tests_of(found$tests, tables, of)),
    lapply(by_set, function(k) {
      table <- table_at(tables, k)
      if (is.null(table$over)) set_test(table, k) else overlap_test(table, k)
    })
  )
  c(list(cells = bind_columns(list(if (!all(mean)) share_cells(found$shares, lapply(of, `[`, !mean), answers, items), means)),
         tests = bind_columns(tests), comparisons = book_comparisons(found$comparisons, of, answers)),
    if (settings$pieces) list(pieces = book_pieces(tables, of, by_set, means, tests[[2L]])))
}

# by_set: the tables of sets; means and their tests: columns.
book_pieces <- function(tables, of, by_set, means, mean_tests) {
  c(
    lapply(which(of$tested & of$measure == 0L), function(i) {
      list(table = of$of[i], of = test_residuals(list(tally = of$tally[[i]], places = of$places[[i]])))
    }),
    lapply(by_set[lengths(tables$over[by_set]) == 0L], function(k) {
      list(table = k, of = set_test(table_at(tables, k), k, residuals = TRUE))
    }),
    lapply(which(of$tested & of$measure > 0L), function(i) {
      mean_piece(table_at(tables, of$of[i]), of$measure[i], of$of[i], means, mean_tests)
    })
  )
}

# Tables as those that the core fills, columns of what table_entries() has of each.
book_entries <- function(tables) {
  count <- count_tables(tables)
  mean <- tables$statistic == "mean"
  measure <- integer(count)
  measure[mean] <- vapply(which(mean), function(k) match(tables$outcome[k], measures_of(tables$tally[[k]])), 0L)
  if (all(lengths(tables$nets) == 0L & lengths(tables$set) == 0L & lengths(tables$over) == 0L)) {
    return(list(tally = tables$tally, places = tables$places, of = seq_len(count), net = integer(count), measure = measure,
                members = vector("list", count), tested = nzchar(tables$by), compared = tables$compared))
  }
  all <- unlist(lapply(seq_len(count), function(k) table_entries(table_at(tables, k), k, measure[k])), recursive = FALSE)
  pick <- function(what) unlist(lapply(all, `[[`, what))
  c(lapply(stats::setNames(nm = c("tally", "places", "members")), function(what) lapply(all, `[[`, what)),
    lapply(stats::setNames(nm = c("of", "net", "measure", "tested", "compared")), pick))
}

# The nets that a question has: those of which it has all answers.
question_nets <- function(levels, outcome, nets) {
  nets <- Filter(function(net) all(net %in% levels), nets)
  for (name in names(nets)) check_net(nets[[name]], name, levels, outcome)
  nets
}

# The table in which the outcome is a net or another answer.
net_table <- function(table, name, levels) {
  tally <- net_tally(table$tally, list(net = list(name = name, levels = levels)), table$outcome)
  list(tally = tally, places = table_places(tally, if (table$by != "") table$by, table$outcome))
}

# The columns of each table of the core.
column_counts <- function(of) {
  ifelse(lengths(of$members) > 0L, lengths(of$members), vapply(of$places, `[[`, 0L, "groups"))
}

# of: the tables of the core; answers: how many each question has, behind which nets are counted.
share_cells <- function(shares, of, answers, items) {
  groups <- column_counts(of)
  levels <- vapply(of$places, `[[`, 0L, "levels")
  at <- rep.int(seq_along(groups), groups * levels)
  level <- sequence(rep.int(levels, groups))
  group <- rep.int(sequence(groups), rep.int(levels, groups))
  table <- of$of[at]
  if (!any(of$net > 0L)) { # they are in order
    return(c(list(table = table, group = group, answer = level, statistic = rep("share", length(table))), shares[figure_columns]))
  }
  net <- of$net[at]
  # of a net's table the first answer is the net
  kept <- which(net == 0L | level == 1L)
  answer <- ifelse(net == 0L, level, answers[table] + net)
  kept <- kept[order(table[kept], group[kept], answer[kept])]
  statistic <- ifelse(net == 0L, "share", ifelse(net <= items[table], "item", "net"))
  c(list(table = table[kept], group = group[kept], answer = answer[kept], statistic = statistic[kept]),
    lapply(shares[figure_columns], `[`, kept))
}

# Of proportions, in this order; means have some.
figure_columns <- c("estimate", "std.error", "conf.low", "conf.high", "n", "n.base", "n.weighted", "n.effective", "deff", "df",
                    "reason", "reliability", "reliability.reason")

share_tests <- function(found, tables, of, tested, settings) {
  found <- lapply(found, function(column) column[tested])
  at <- of[tested]
  for (k in which(reason_is(found$reason, "no-variance"))) {
    table <- table_at(tables, at[k])
    alone <- names_alone(table$tally, table$places, table$labels, table$tally$variables[[table$outcome]]$levels)
    found$reason[k] <- name_alone(list(reason = found$reason[k]), alone)$reason
  }
  c(list(table = at, banner = tables$by[at]),
    as.list(test_frame(found, tables$outcome[at], tables$by[at], settings$test)))
}

mean_cells <- function(means, of) {
  groups <- column_counts(of)
  count <- sum(groups)
  none <- rep(NA_real_, count)
  said <- rep(NA_character_, count)
  figures <- c(means, list(n.base = means$n, n.effective = none, deff = none, reliability = said, reliability.reason = said))
  c(list(table = rep.int(of$of, groups), group = sequence(groups), answer = rep(1L, count), statistic = rep("mean", count)),
    figures[figure_columns])
}

mean_tests_of <- function(found, tables, of) {
  tested <- which(of$tested & of$measure > 0L)
  if (length(tested) == 0L) return(NULL)
  found <- lapply(found, `[`, tested)
  at <- of$of[tested]
  for (k in which(reason_is(found$reason, "no-variance"))) {
    table <- table_at(tables, at[k])
    found$reason[k] <- name_alone(list(reason = found$reason[k]), table$labels[!groups_with_variance(table)])$reason
  }
  c(list(table = at, banner = tables$by[at]), as.list(test_frame(found, tables$outcome[at], tables$by[at], mean_tests)))
}

# What the test of a table's means is of, where data sets are pooled.
mean_piece <- function(table, measure, number, cells, tests) {
  rows <- function(columns) lapply(columns, `[`, columns$table == number)
  means <- rows(cells)
  means$covariance <- covariance_of(table, "mean", means, rep(measure - 1L, 2L))
  list(table = number, of = list(means = means, test = list_frame(rows(tests)[-(1:2)])))
}

book_comparisons <- function(found, of, answers) {
  sides <- found$sides
  of_sides <- c("group1", "group2", "estimate1", "estimate2", "n1", "n2")
  measure <- ifelse(of$measure > 0L, "mean-difference", "difference")[sides$table]
  if (!any(of$net > 0L)) { # they are in order
    return(c(list(table = of$of[sides$table], answer = sides$level, measure = measure), sides[of_sides],
             found$rows[c(contrast_columns, "reason")]))
  }
  net <- of$net[sides$table]
  kept <- which(net == 0L | sides$level == 1L)
  table <- of$of[sides$table]
  answer <- ifelse(net == 0L, sides$level, answers[table] + net)
  sorted <- kept[order(table[kept], sides$group1[kept], sides$group2[kept], answer[kept])]
  c(list(table = table[sorted], answer = answer[sorted], measure = measure[sorted]), lapply(sides[of_sides], `[`, sorted),
    lapply(found$rows[c(contrast_columns, "reason")], `[`, sorted))
}

# ---- all together ------------------------------------------------------------------------------------------------------

# parts: of batches of tables, of which there are `count` in each.
join_tables <- function(tables, parts, count, by, settings) {
  before <- cumsum(count) - count
  bound <- function(what, or) {
    columns <- bind_columns(Map(function(part, before) {
      columns <- part[[what]]
      if (length(columns) > 0L) columns$table <- columns$table + before
      columns
    }, parts, before))
    if (length(columns) == 0L) columns <- or
    if (is.unsorted(columns$table)) lapply(columns, `[`, order(columns$table)) else columns
  }
  cells <- bound("cells", list(table = integer()))
  pieces <- unlist(Map(function(part, before) {
    lapply(part$pieces, function(piece) replace(piece, "table", piece$table + before))
  }, parts, before), recursive = FALSE)
  compared <- bound("comparisons", no_comparisons)
  tests <- bound("tests", list(table = integer()))
  columns <- book_columns(tables, by)
  shown <- if (length(settings$nets) == 0L) tables$levels else Map(c, tables$levels, lapply(tables$nets, names))
  compared$p.adjusted <- adjust_book(compared, shown, settings)
  cells <- c(cells, base_columns(cells, tables))
  cells$higher <- book_letters(cells, compared, tables, shown, 1 - settings$level)
  texts <- text_columns(tables, shown, columns)
  n <- cells$n.base[match(which(tables$by == ""), cells$table)]
  list(tables = tables, columns = columns, n = ifelse(is.na(n), 0, n), cells = cell_frame(cells, texts),
       tests = list_frame(tests[names(tests) != "table"]), comparisons = comparison_frame(compared, texts),
       pieces = lapply(pieces, `[[`, "of")[match(tests$table, vapply(pieces, `[[`, 0, "table"))])
}

no_comparisons <- c(list(table = integer(), answer = integer(), measure = character(), group1 = integer(), group2 = integer()),
                    lapply(stats::setNames(nm = c("estimate1", "estimate2", "n1", "n2", "estimate", "std.error", "conf.low",
                                                  "conf.high", "statistic", "df", "p.value")), function(name) numeric()),
                    list(reason = character()))

# Which of some lists or vectors are those before them, as of tables of one question: mostly the very same.
same_as_before <- function(x) {
  if (length(x) == 0L) return(logical())
  same <- c(FALSE, .Call(C_same, x[-1L], x[-length(x)]))
  for (k in which(!same)[-1L]) same[k] <- identical(x[[k]], x[[k - 1L]])
  same
}

# p-values adjusted within each table.
adjust_book <- function(compared, shown, settings) {
  first <- !same_as_before(shown)
  numbers <- lapply(shown[first], function(levels) {
    if (anyNA(levels)) 1L else answer_numbers(levels, settings$nets[names(settings$nets) %in% levels])
  })[cumsum(first)]
  start <- cumsum(c(0L, tabulate(compared$table, length(shown))))
  offset <- cumsum(lengths(numbers)) - lengths(numbers)
  answer <- unlist(numbers)[offset[compared$table] + compared$answer]
  mean <- compared$measure == "mean-difference"
  share <- function(x) replace(x, mean, 0)
  p <- checked(.Call(C_adjust, compared$p.value, match(settings$adjust, adjustments) - 1L, as.integer(start), compared$group1,
                     compared$group2, as.integer(answer), share(compared$estimate1), share(compared$estimate2)))$adjusted
  replace(p, is.na(compared$p.value), NA_real_)
}

# Of each cell the bases of its group.
base_columns <- function(cells, tables) {
  groups <- lengths(tables$labels)
  offset <- cumsum(groups) - groups
  key <- offset[cells$table] + cells$group
  whole <- !cells$statistic %in% c("net", "item")
  sums <- function(x) sum_by(x[whole], key[whole], sum(groups))
  weighted <- sums(cells$n.weighted)
  of_set <- rep(lengths(tables$set) > 0L, groups)
  weighted[of_set] <- unlist(tables$weighted)
  none <- lengths(tables$squares) == 0L
  squares <- unlist(replace(tables$squares, none, lapply(groups[none], rep, x = NA_real_)))
  kish <- ifelse(squares > 0, weighted^2 / squares, NA_real_)
  unweighted <- rep(tables$unweighted, groups)
  if (any(unweighted)) {
    n <- cells$n.base[match(seq_along(unweighted), key)]
    kish[unweighted] <- ifelse(n > 0, n, NA_real_)[unweighted]
  }
  list(base.weighted = weighted[key], base.effective = kish[key])
}

# A letter for each column that the cell's is higher than; NA where no comparison of the cell could be made.
book_letters <- function(cells, compared, tables, shown, alpha) {
  levels <- lengths(shown)
  size <- levels * lengths(tables$labels)
  offset <- cumsum(size) - size
  at <- function(group) offset[compared$table] + (group - 1L) * levels[compared$table] + compared$answer
  place_letters(length(cells$table), at(compared$group1), at(compared$group2), compared$group1, compared$group2, compared, alpha)
}

# first, second: the cells, of `count`, that are compared; number1, number2: those of their columns.
place_letters <- function(count, first, second, number1, number2, compared, alpha) {
  made <- !is.na(compared$p.adjusted)
  letters <- rep(NA_character_, count)
  letters[c(first[made], second[made])] <- ""
  differ <- which(made & compared$p.adjusted < alpha & compared$estimate != 0)
  up <- compared$estimate[differ] > 0
  winner <- ifelse(up, first[differ], second[differ])
  loser <- ifelse(up, number2[differ], number1[differ])
  for (k in order(loser)) letters[winner[k]] <- paste0(letters[winner[k]], LETTERS[loser[k]])
  letters
}

# The columns of the book: those that any question has.
book_columns <- function(tables, by) {
  of <- lapply(by[by != ""], function(b) {
    labels <- unique(unlist(unique(tables$labels[tables$by == b])))
    list(banner = rep(b, length(labels)), column = labels,
         letter = if (length(labels) > most_letters) rep(NA_character_, length(labels)) else LETTERS[seq_along(labels)])
  })
  list_frame(bind_columns(c(list(list(banner = "", column = "Total", letter = NA_character_)), of)))
}

# What stands in the place of numbers: of a table, of an answer in it, and of a group (the row of the book's columns).
text_columns <- function(tables, shown, columns) {
  groups <- vector("list", count_tables(tables))
  for (by in unique(tables$by)) { # tables of a variable have the same columns, but where a domain has other levels
    mine <- which(columns$banner == by)
    at <- which(tables$by == by)
    first <- !same_as_before(tables$labels[at])
    groups[at] <- lapply(tables$labels[at][first], function(labels) mine[match(labels, columns$column[mine])])[cumsum(first)]
  }
  pick <- function(lists) {
    all <- unlist(lists)
    offset <- cumsum(lengths(lists)) - lengths(lists)
    function(table, number) all[offset[table] + number]
  }
  list(outcome = tables$outcome, by = tables$by, answer = pick(shown), column = pick(groups), columns = columns)
}

cell_frame <- function(cells, texts) {
  column <- texts$column(cells$table, cells$group)
  figures <- c(figure_columns, "base.weighted", "base.effective", "cv", "higher")
  cells$cv <- cell_cv(cells)
  list_frame(c(
    list(outcome = texts$outcome[cells$table], level = texts$answer(cells$table, cells$answer), statistic = cells$statistic,
         banner = texts$by[cells$table], column = texts$columns$column[column], letter = texts$columns$letter[column]),
    cells[figures]
  ))
}

# Coefficients of variation, of the figures that are shown.
cell_cv <- function(cells) ifelse(cells$estimate == 0, NA, cells$std.error / abs(cells$estimate))

comparison_frame <- function(compared, texts) {
  label <- function(group) texts$columns$column[texts$column(compared$table, group)]
  list_frame(c(
    list(banner = texts$by[compared$table], outcome = texts$outcome[compared$table],
         level = texts$answer(compared$table, compared$answer), measure = compared$measure, group1 = label(compared$group1),
         group2 = label(compared$group2)),
    compared[c(contrast_columns, "p.adjusted", "estimate1", "estimate2", "n1", "n2", "reason")]
  ))
}

# Lists of columns with the same names under each other.
bind_columns <- function(parts) {
  parts <- unname(parts[!vapply(parts, is.null, NA)])
  if (length(parts) == 1L) return(parts[[1L]])
  names <- stats::setNames(nm = if (length(parts) > 0L) names(parts[[1L]]))
  lapply(names, function(name) unlist(lapply(parts, `[[`, name), use.names = FALSE))
}
