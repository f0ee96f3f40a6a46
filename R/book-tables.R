# The tables of a book: tallies of each question, alone and by each variable; from these the core makes the figures, tests and
# comparisons of several questions at once; and the columns of the book are those of all tables together.

# Of which progress is shown, and which the core gets together: more where rows are few, so that there is little to wait for.
questions_at_once <- function(data) if (inherits(data, "weeg_design") && data$rows <= 20000) 64L else 8L

# list(tables, columns, cells, tests, comparisons, n), n by question.
book_tables <- function(data, asked, filters, envir, by_envir, settings) {
  ready <- ready_book(data, asked, envir, by_envir)
  with_columns <- function(x) if (is.null(ready$columns)) x else replace(x, "data", list(ready$columns))
  designs <- lapply(filters, function(f) with_columns(eval(as.call(list(subset, data, f[[2L]])), environment(f))))
  whole <- with_columns(data)
  whole_squares <- squares_design(whole)
  questions <- names(asked$rows)
  by <- c("", names(asked$columns))
  step <- progress(length(questions))
  on.exit(step(NULL))
  batches <- split(questions, (seq_along(questions) - 1L) %/% questions_at_once(whole))
  made <- lapply(unname(batches), function(batch) {
    filtered <- batch %in% names(designs)
    # those of all rows together
    found <- c(question_tables(whole, whole_squares, batch[!filtered], by, ready, settings),
               unlist(lapply(batch[filtered], function(name) {
                 question_tables(designs[[name]], squares_design(designs[[name]]), name, by, ready, settings)
               }), recursive = FALSE))
    tables <- unlist(unname(found[batch]), recursive = FALSE)
    filled <- fill_tables(tables, settings)
    .Call(C_tallies_release, lapply(tables, function(table) table$tally$entries))
    for (name in batch) step(name)
    list(tables = tables, filled = filled)
  })
  tables <- unlist(lapply(made, `[[`, "tables"), recursive = FALSE)
  join_tables(tables, lapply(made, `[[`, "filled"), lengths(lapply(made, `[[`, "tables")), by, settings)
}

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
  number <- vapply(asked$rows, function(term) is_plain_number(evaluate(term, data$data, envir, "rows")), NA)
  coded <- c(code_columns(asked$rows[!number], data$data, envir, "rows"),
             code_columns(asked$columns, data$data, by_envir, "columns"))
  columns <- c(lapply(coded, new_coded), lapply(asked$rows[number], function(term) source_number(data$data, term, envir)))
  columns <- structure(columns, class = "data.frame", row.names = .set_row_names(data$rows))
  list(places = new.env(), columns = columns, coded = coded, terms = named, numbers = names(asked$rows)[number], envir = envir)
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

# Of questions, with rows of x, their tables by each of `by` ("": alone): a list by question.
question_tables <- function(x, squares, names, by, ready, settings) {
  made <- lapply(stats::setNames(nm = names[names %in% ready$numbers]), mean_tables, x = x, by = by, ready = ready,
                 settings = settings)
  shares <- setdiff(names, ready$numbers)
  together <- is_together(x, ready, settings)
  squared <- together && is.numeric(x$weights)
  made[shares] <- if (together) tables_together(x, shares, by, ready, squared) else {
    lapply(shares, share_tables, x = x, by = by, ready = ready, settings = settings)
  }
  lapply(stats::setNames(nm = names), function(name) {
    number <- name %in% ready$numbers
    found <- squared && !number && !any(c(name, by) %in% names(settings$sets))
    sums <- if (!is.null(squares) && !found) square_sums(x, squares, name, by, ready, settings)
    lapply(seq_along(by), function(k) {
      table <- made[[name]][[k]]
      set <- set_of(table, name, settings)
      over <- if (by[k] != "") set_of(table, by[k], settings)
      levels <- if (is.null(over)) table$tally$variables[[by[k]]]$levels else over$labels
      label <- function(set, name) if (is.null(set)) variable_label(table$tally, name) else set$label
      if (!is.null(sums)) table$squares <- sums[[k]]
      c(table, list(
        outcome = name, by = by[k], statistic = if (number) "mean" else if (is.null(set)) "share" else "item",
        label = label(set, name), labels = if (by[k] == "") "Total" else levels,
        by_label = if (by[k] != "") label(over, by[k]), unweighted = is_unweighted(x),
        set = set, over = over, weighted = if (!is.null(set)) column_weights(table, set, over)
      ))
    })
  })
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
    tables_together(squares, name, by, ready, FALSE)[[1L]]
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

# Tables of shares of several questions, and sums of squared weights where rows have weights.
tables_together <- function(x, names, by, ready, squared = is.numeric(x$weights)) {
  if (length(names) == 0L) return(list())
  others <- by[by != ""]
  columns <- ready$coded[c(names, others)]
  of <- match(by, others) + length(names)
  sets <- unlist(lapply(seq_along(names), function(q) lapply(of, function(k) c(if (!is.na(k)) k, q))), recursive = FALSE)
  cells <- vapply(sets, function(set) check_cells(columns[set]), 0)
  cores <- lapply(unname(columns), core_column)
  entries <- checked(.Call(C_tally_builds, cores, sets, x$unit, last_stage(x$frame)$element, x$weights, x$max_weight, x$domain,
                           as.double(x$rows), thread_count()), weight_hints)
  squares <- if (squared) {
    checked(.Call(C_group_squares, cores, sets, x$weights, x$domain, as.double(x$rows), thread_count()))
  }
  variables <- lapply(columns, tally_variable)
  sizes <- variable_sizes(variables)
  keys <- vapply(sets, function(set) paste(sizes[set], collapse = " "), "")
  said <- new_tally(list(), NULL, x$frame, 0L, tally_names(x), x$conditions)
  said$missing <- "domain"
  tables <- lapply(seq_along(sets), function(k) {
    tally <- said
    tally$variables <- variables[sets[[k]]]
    tally$entries <- entries[[k]]
    tally$cells <- as.integer(cells[[k]])
    key <- keys[[k]]
    if (is.null(ready$places[[key]])) {
      known <- names(tally$variables)
      ready$places[[key]] <- table_places(tally, known[-length(known)], known[[length(known)]])
    }
    list(tally = tally, places = ready$places[[key]], squares = squares[[k]])
  })
  unname(split(tables, rep(seq_along(names), each = length(by))))
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
# `group` and `answer` are numbers in it.
fill_tables <- function(tables, settings) {
  share <- vapply(tables, function(table) table$statistic != "mean", NA)
  parts <- c(if (any(share)) list(fill_shares(tables, which(share), settings)),
             lapply(which(!share), function(k) fill_means(tables[[k]], k, settings)))
  of <- function(what) bind_columns(lapply(parts, `[[`, what))
  list(cells = of("cells"), tests = of("tests"), comparisons = of("comparisons"))
}

# Whether pairs of columns are compared.
is_compared <- function(table) table$by != "" && length(table$labels) <= most_letters

# which: their numbers among the tables.
fill_shares <- function(tables, which, settings) {
  nets <- lapply(tables[which], function(table) question_nets(table, settings$nets))
  entries <- Map(function(table, number, nets) table_entries(table, number, nets), tables[which], which, nets)
  all <- unlist(entries, recursive = FALSE)
  pick <- function(what) unlist(lapply(all, `[[`, what))
  of <- pick("of")
  net <- pick("net")
  tested <- pick("tested")
  found <- checked_estimate(.Call(
    C_book, all, match(settings$interval, interval_methods) - 1L, settings$level, method_number(settings$test),
    settings$proportions == "null", thread_count()
  ), tables[[1L]]$tally)
  # items, as nets, stand behind the answers, of which they have none
  answers <- lengths(lapply(tables, function(table) {
    if (is.null(table$set)) table$tally$variables[[table$outcome]]$levels
  }))
  more <- lapply(seq_along(which), function(k) {
    fill_sets(tables[[which[k]]], which[k], entries[[k]], answers[which[k]], settings$level)
  })
  bind <- function(first, what) bind_columns(c(list(first), lapply(more, `[[`, what)))
  items <- vapply(tables, function(table) length(table$set$labels), 0L)
  list(cells = share_cells(found$shares, all, of, net, answers, items),
       tests = bind(share_tests(found$tests, tables, of, tested, settings), "tests"),
       comparisons = bind(share_comparisons(found$comparisons, of, net, answers), "comparisons"))
}

# The nets that a question has: those of which it has all answers.
question_nets <- function(table, nets) {
  if (length(nets) == 0L) return(list())
  levels <- if (is.null(table$set)) table$tally$variables[[table$outcome]]$levels else table$set$labels
  nets <- Filter(function(net) all(net %in% levels), nets)
  for (name in names(nets)) check_net(nets[[name]], name, levels, table$outcome)
  nets
}

# The table in which the outcome is a net or another answer.
net_table <- function(table, name, levels) {
  tally <- net_tally(table$tally, list(net = list(name = name, levels = levels)), table$outcome)
  list(tally = tally, places = table_places(tally, if (table$by != "") table$by, table$outcome))
}

# answers: how many each question has, behind which nets are counted.
share_cells <- function(shares, all, of, net, answers, items) {
  groups <- vapply(all, function(table) table$places$groups, 0L)
  levels <- vapply(all, function(table) table$places$levels, 0L)
  size <- groups * levels
  at <- rep(seq_along(all), size)
  level <- sequence(rep(levels, groups))
  column <- vapply(all, `[[`, 0L, "column")[at]
  group <- ifelse(column > 0L, column, rep(sequence(groups), rep(levels, groups)))
  # of a net's table the first answer is the net
  kept <- which(net[at] == 0L | level == 1L)
  answer <- ifelse(net[at] == 0L, level, answers[of[at]] + net[at])[kept]
  table <- of[at[kept]]
  group <- group[kept]
  sorted <- order(table, group, answer)
  c(list(table = table[sorted], group = group[sorted], answer = answer[sorted],
         statistic = ifelse(net[at[kept]] == 0L, "share", ifelse(net[at[kept]] <= items[table], "item", "net"))[sorted]),
    lapply(shares[figure_columns], function(column) column[kept[sorted]]))
}

# Of proportions, in this order; means have some.
figure_columns <- c("estimate", "std.error", "conf.low", "conf.high", "n", "n.base", "n.weighted", "n.effective", "deff", "df",
                    "reason", "reliability", "reliability.reason")

share_tests <- function(found, tables, of, tested, settings) {
  found <- lapply(found, function(column) column[tested])
  at <- of[tested]
  for (k in which(reason_is(found$reason, "no-variance"))) {
    table <- tables[[at[k]]]
    alone <- names_alone(table$tally, table$places, table$labels, table$tally$variables[[table$outcome]]$levels)
    found$reason[k] <- name_alone(list(reason = found$reason[k]), alone)$reason
  }
  of_table <- function(what) vapply(tables[at], function(table) table[[what]], "")
  c(list(table = at, banner = of_table("by")),
    as.list(test_frame(found, of_table("outcome"), of_table("by"), settings$test)))
}

share_comparisons <- function(found, of, net, answers) {
  sides <- found$sides
  of_sides <- c("group1", "group2", "estimate1", "estimate2", "n1", "n2")
  if (!any(net > 0L)) { # they are in order
    return(c(list(table = of[sides$table], answer = sides$level, measure = rep("difference", length(sides$table))),
             sides[of_sides], found$rows[c(contrast_columns, "reason")]))
  }
  kept <- which(net[sides$table] == 0L | sides$level == 1L)
  sides <- lapply(sides, function(column) column[kept])
  table <- of[sides$table]
  answer <- ifelse(net[sides$table] == 0L, sides$level, answers[table] + net[sides$table])
  sorted <- order(table, sides$group1, sides$group2, answer)
  c(list(table = table[sorted], answer = answer[sorted], measure = rep("difference", length(sorted))),
    lapply(sides[of_sides], `[`, sorted), lapply(found$rows[c(contrast_columns, "reason")], `[`, kept[sorted]))
}

fill_means <- function(table, number, settings) {
  if (!is.null(table$over)) return(fill_overlapping_means(table, number, settings))
  measure <- match(table$outcome, measures_of(table$tally))
  found <- checked_estimate(.Call(C_means, table$tally, table$places, rep(measure - 1L, 2L),
                                  match("mean", number_figures) - 1L, FALSE, settings$level, thread_count()), table$tally)[[1L]]
  count <- table$places$groups
  none <- rep(NA_real_, count)
  said <- rep(NA_character_, count)
  figures <- c(as.list(found), list(n.base = found$n, n.effective = none, deff = none, reliability = said,
                                    reliability.reason = said))
  filled <- list(cells = c(list(table = rep(number, count), group = seq_len(count), answer = rep(1L, count),
                                statistic = rep("mean", count)), figures[figure_columns]))
  if (table$by == "") return(filled)
  test <- checked_estimate(.Call(C_test_means, table$tally, table$places, measure), table$tally)
  test <- name_alone(test, table$labels[!groups_with_variance(table)])
  filled$tests <- c(list(table = number, banner = table$by), as.list(test_frame(test, table$outcome, table$by, mean_tests)))
  groups <- which(found$n > 0)
  if (is_compared(table) && length(groups) > 1L) {
    filled$comparisons <- compare_group_means(table, number, groups, measure, settings$level)
  }
  filled
}

# Means of all pairs of some groups, or of columns that overlap.
compare_group_means <- function(table, number, groups, measure, level, members = as.list(groups)) {
  pairs <- utils::combn(seq_along(groups), 2L)
  found <- checked_estimate(.Call(C_compare, table$tally, table$places, members, pairs[1L, ] - 1L, pairs[2L, ] - 1L, NULL,
                                  match("difference", compare_measures) - 1L, level, measure), table$tally)
  mean <- set_proportions(table, members, measure)
  count <- ncol(pairs)
  c(list(table = rep(number, count), answer = rep(1L, count), measure = rep("mean-difference", count),
         group1 = groups[pairs[1L, ]], group2 = groups[pairs[2L, ]], estimate1 = mean$estimate[pairs[1L, ]],
         estimate2 = mean$estimate[pairs[2L, ]], n1 = mean$n[pairs[1L, ]], n2 = mean$n[pairs[2L, ]]),
    found[contrast_columns], list(reason = found$reason))
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
  compared <- bound("comparisons", no_comparisons)
  tests <- bound("tests", list(table = integer()))
  columns <- book_columns(tables, by)
  shown <- lapply(tables, function(table) shown_answers(table, settings$nets))
  compared$p.adjusted <- adjust_book(compared, tables, shown, settings)
  cells <- c(cells, base_columns(cells, tables))
  cells$higher <- book_letters(cells, compared, tables, shown, 1 - settings$level)
  texts <- text_columns(tables, shown, columns)
  n <- cells$n.base[match(which(vapply(tables, function(table) table$by == "", NA)), cells$table)]
  list(tables = tables, columns = columns, n = ifelse(is.na(n), 0, n), cells = cell_frame(cells, texts),
       tests = list_frame(tests[names(tests) != "table"]), comparisons = comparison_frame(compared, texts))
}

no_comparisons <- c(list(table = integer(), answer = integer(), measure = character(), group1 = integer(), group2 = integer()),
                    lapply(stats::setNames(nm = c("estimate1", "estimate2", "n1", "n2", "estimate", "std.error", "conf.low",
                                                  "conf.high", "statistic", "df", "p.value")), function(name) numeric()),
                    list(reason = character()))

# The answers that a table shows: levels, then nets; of a mean NA.
shown_answers <- function(table, nets) {
  if (table$statistic == "mean") return(NA_character_)
  c(if (is.null(table$set)) table$tally$variables[[table$outcome]]$levels else table$set$labels,
    names(question_nets(table, nets)))
}

# p-values adjusted within each table.
adjust_book <- function(compared, tables, shown, settings) {
  numbers <- lapply(shown, function(levels) {
    if (anyNA(levels)) 1L else answer_numbers(levels, settings$nets[names(settings$nets) %in% levels])
  })
  start <- cumsum(c(0L, tabulate(compared$table, length(tables))))
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
  groups <- lengths(lapply(tables, `[[`, "labels"))
  offset <- cumsum(groups) - groups
  key <- offset[cells$table] + cells$group
  whole <- !cells$statistic %in% c("net", "item")
  sums <- function(x) sum_by(x[whole], key[whole], sum(groups))
  weighted <- sums(cells$n.weighted)
  of_set <- rep(vapply(tables, function(table) !is.null(table$set), NA), groups)
  weighted[of_set] <- unlist(lapply(tables, `[[`, "weighted"))
  squares <- unlist(lapply(tables, function(table) {
    if (is.null(table$squares)) rep(NA_real_, length(table$labels)) else table$squares
  }))
  kish <- ifelse(squares > 0, weighted^2 / squares, NA_real_)
  unweighted <- rep(vapply(tables, function(table) table$unweighted, NA), groups)
  if (any(unweighted)) {
    n <- cells$n.base[match(seq_along(unweighted), key)]
    kish[unweighted] <- ifelse(n > 0, n, NA_real_)[unweighted]
  }
  list(base.weighted = weighted[key], base.effective = kish[key])
}

# A letter for each column that the cell's is higher than; NA where no comparison of the cell could be made.
book_letters <- function(cells, compared, tables, shown, alpha) {
  levels <- lengths(shown)
  size <- levels * lengths(lapply(tables, `[[`, "labels"))
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
  by_of <- vapply(tables, function(table) table$by, "")
  of <- lapply(by[by != ""], function(b) {
    labels <- unique(unlist(lapply(tables[by_of == b], `[[`, "labels")))
    list(banner = rep(b, length(labels)), column = labels,
         letter = if (length(labels) > most_letters) rep(NA_character_, length(labels)) else LETTERS[seq_along(labels)])
  })
  list_frame(bind_columns(c(list(list(banner = "", column = "Total", letter = NA_character_)), of)))
}

# What stands in the place of numbers: of a table, of an answer in it, and of a group (the row of the book's columns).
text_columns <- function(tables, shown, columns) {
  of_table <- function(what) vapply(tables, function(table) table[[what]], "")
  by <- of_table("by")
  last <- list() # by variable: tables of one have the same columns, but where a domain has other levels
  groups <- lapply(tables, function(table) {
    known <- last[[paste0("=", table$by)]]
    if (identical(known$labels, table$labels)) return(known$columns)
    mine <- which(columns$banner == table$by)
    mine <- mine[match(table$labels, columns$column[mine])]
    last[[paste0("=", table$by)]] <<- list(labels = table$labels, columns = mine)
    mine
  })
  pick <- function(lists) {
    all <- unlist(lists)
    offset <- cumsum(lengths(lists)) - lengths(lists)
    function(table, number) all[offset[table] + number]
  }
  list(outcome = of_table("outcome"), by = by, answer = pick(shown), column = pick(groups), columns = columns)
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
