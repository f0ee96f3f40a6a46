#' A book of tables
#'
#' Many questions by many background variables in one call, as statistical offices and market researchers deliver them: the
#' answers of each question as rows (the stub), the levels of the background variables side by side as columns (the banner),
#' with a total, bases, letters of columns that differ, and a test for each variable of the banner. [weeg_save()] writes it to a
#' workbook, a page of HTML, Word, Markdown, LaTeX or CSV.
#'
#' @section Figures:
#' A variable of `rows` has answers, whose shares are those of [weeg_proportion()]; of a number without labels of its values, in
#' a data frame, it is the mean of [weeg_mean()]: make it a factor for shares. Each figure is that of the function for one
#' table, with its standard error, interval, degrees of freedom and reason; shares have the verdict of the NCHS standards
#' ([weeg_reliability]), with its signs in print.
#'
#' Bases are those of the question: `n.base`, rows with an answer; `base.weighted`, their sum of weights; `base.effective`,
#' Kish's effective base, the square of that sum divided by the sum of squared weights, which says what unequal weights cost,
#' for all answers alike (that of one answer, with strata and clusters, is `n.effective`). A tally and a database do
#' not have the weights of rows: there it is `NA`.
#'
#' @section Letters:
#' The columns of each variable of the banner are A, B, C, and so on. The letter of a column stands at each share of another
#' column of this variable that is higher and differs from it: the adjusted p-value of [weeg_compare()] for their difference is
#' below 1 - `level`. So comparisons are design-based, with the covariance of columns that share PSUs, and p-values are adjusted
#' for all pairs of columns and all answers of one question and one variable together, two answers of a yes/no question
#' counted once.
#' There are no letters in a variable with one column, nor in one with more than 26. Means have no letters yet.
#'
#' The test of a question and a variable is that of [weeg_test()].
#'
#' @section What is asked of some:
#' `filters` names the questions of which only some rows are shown: `filters = list(q3 = ~ q2 == "yes")`. These rows are the
#' domain of the question, as with `subset()`.
#'
#' @section Small counts:
#' A book has all figures. [weeg_protect()] refuses it: what is to be published with small counts suppressed are results of
#' [weeg_proportion()] and other verbs, all in one call.
#'
#' @section Long work:
#' A book that takes more than a second has a progress bar where R is used interactively (`options(weeg.progress = FALSE)`:
#' never, `TRUE`: always).
#'
#' @inheritParams weeg_proportion
#' @param rows The questions, `~ q1 + q2 + q3`.
#' @param columns The variables of the banner, `~ region + age + sex`.
#' @param filters A named list of conditions, `list(q3 = ~ q2 == "yes")`. `NULL`: none.
#' @param title The title of the book. `NULL`: none but what it is of.
#' @param answers Nets, `list("top 2" = c("agree", "strongly agree"))`: see [weeg_nets]. A net stands below the answers of each
#'   question that has all of its answers. `NULL`: none.
#' @param adjust How p-values of pairs of columns are adjusted, as in [weeg_compare()].
#' @param x A book.
#' @param ... Not used.
#' @return An object of class `weeg_book`, a list of data frames:
#'   * `cells`, with a row per question, answer and column: `outcome`; `level`, the answer (`NA` of a mean); `statistic`,
#'     `"share"`, `"net"` or `"mean"`; `banner`, the variable of the column, `""` for the total; `column`, its level, and
#'     `letter`;
#'     `estimate`, `std.error`, `conf.low`, `conf.high`, `n`, `n.base`, `n.weighted`, `n.effective`, `deff`, `df`, `reason`,
#'     `reliability` and `reliability.reason`, as [weeg_proportion()] has them; `base.weighted` and `base.effective`; and
#'     `higher`, the letters of the columns that it is higher than (`""`: none; `NA`: not compared);
#'   * `tests`, with a row per question and variable: `banner` and the columns of [weeg_test()];
#'   * `comparisons`: `banner` and the columns of [weeg_compare()];
#'   * `questions`: `outcome`, its `label`, the `statistic`, the condition of its `filter`, and the rows `n` with an answer.
#'
#'   `as.data.frame()` and [tidy()] give `cells`. `book["q1"]` is the book of some questions.
#' @seealso [weeg_save()]
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' book <- weeg_book(d, ~ strengths + relapse + leeftijd, ~ provider + ronde, filters = list(relapse = ~ provider != "werkplein"))
#' book
#' head(as.data.frame(book))
#' book$tests
#' weeg_save(book, tempfile(fileext = ".html"))
#' @export
weeg_book <- function(data, rows, columns, filters = NULL, title = NULL, interval = NULL, answers = NULL, adjust = "holm",
                      level = 0.95, missing = NULL) {
  rows <- given_formula(rows, "the questions must be given as `rows`, ~ q1 + q2", one_sided = TRUE)
  columns <- given_formula(columns, "the variables of the banner must be given as `columns`, ~ region + age", one_sided = TRUE)
  need_given(data)
  refuse_grouped(data)
  asked <- list(rows = book_terms(rows, "rows"), columns = book_terms(columns, "columns"))
  twice <- intersect(names(asked$rows), names(asked$columns))
  if (length(twice) > 0L) {
    abort("formula", twice[1L], " is in `rows` and in `columns` at once", hint = "Leave it out of one of them")
  }
  data <- weeg_design(data)
  if (!is.null(missing)) missing <- one_of(missing, missing_choices, "missing")
  usual <- is.null(interval)
  interval <- one_of(usual_interval(interval, data), interval_methods, "interval")
  settings <- list(adjust = one_of(adjust, adjustments, "adjust"), interval = interval,
                   usual_interval = usual, level = check_level(level), missing = by_convention(missing, data, "missing"),
                   test = test_done(by_convention(NULL, data, "test"), data),
                   proportions = by_convention(NULL, data, "proportions"), title = check_title(title))
  settings$nets <- asked_nets(answers)
  filters <- check_filters(filters, names(asked$rows))
  new_book(data, book_tables(data, asked, filters, environment(rows), environment(columns), settings), asked, filters, settings)
}

# Columns of a variable that has letters.
most_letters <- length(LETTERS)

book_terms <- function(formula, argument) {
  if (length(formula) == 3L) abort("formula", "`", argument, "` has one side: ~ a + b")
  name_terms(plus_terms(formula[[2L]]), argument)
}

check_title <- function(title) {
  if (is.null(title)) return(NULL)
  title <- bare(title)
  if (!is.character(title) || length(title) != 1L || is.na(title)) abort("argument", "`title` must be one text")
  as_utf8(title)
}

check_filters <- function(filters, questions) {
  if (is.null(filters)) return(list())
  good <- is.list(filters) && !is.object(filters) && length(names2(filters)) == length(filters) && all(nzchar(names2(filters)))
  if (!good || !all(vapply(filters, function(f) inherits(f, "formula") && length(f) == 2L, NA))) {
    abort("argument", "`filters` must be conditions by question: list(q3 = ~ q2 == \"yes\")")
  }
  unknown <- setdiff(names(filters), questions)
  if (length(unknown) > 0L) {
    abort("argument", "`filters` has a condition for ", unknown[1L], ", which is not in `rows`",
          hint = near_hint(unknown[1L], questions))
  }
  twice <- anyDuplicated(names(filters))
  if (twice > 0L) abort("argument", "`filters` has two conditions for ", names(filters)[twice], hint = "Join them with &")
  filters
}

# ---- the tables --------------------------------------------------------------------------------------------------------

# Of each question its tables, the total first, then those by each variable: list(cells, test, compare, labels).
book_tables <- function(data, asked, filters, envir, by_envir, settings) {
  ready <- ready_book(data, asked, envir, by_envir)
  designs <- lapply(filters, function(f) {
    inside <- eval(as.call(list(subset, data, f[[2L]])), environment(f))
    if (is.null(ready$columns)) inside else replace(inside, "data", list(ready$columns))
  })
  whole <- if (is.null(ready$columns)) data else replace(data, "data", list(ready$columns))
  step <- progress(length(asked$rows))
  on.exit(step(NULL))
  kish <- squares_design(whole)
  lapply(stats::setNames(nm = names(asked$rows)), function(name) {
    step(name)
    own <- designs[[name]]
    x <- if (is.null(own)) whole else own
    squares <- if (is.null(own)) kish else squares_design(own)
    lapply(c(list(NULL), as.list(names(asked$columns))), function(by) {
      parts <- list(outcomes = ready$terms[name], groups = ready$terms[by], envir = envir)
      if (name %in% ready$numbers) mean_cells(x, parts, squares, settings) else share_cells(x, parts, squares, settings)
    })
  })
}

# The columns, each coded once; terms: their names; numbers: the questions that have means. A tally, and a database, have no rows:
# columns is NULL.
ready_book <- function(data, asked, envir, by_envir) {
  terms <- unlist(unname(asked), recursive = FALSE)
  named <- stats::setNames(lapply(names(terms), as.name), names(terms))
  if (inherits(data, "weeg_tally")) return(list(terms = terms, numbers = intersect(names(asked$rows), measures_of(data))))
  if (inherits(data, "weeg_database_design")) return(list(terms = terms, numbers = character()))
  by_row <- is.data.frame(data$data)
  number <- by_row & vapply(asked$rows, function(term) is_plain_number(evaluate(term, data$data, envir, "rows")), NA)
  numbers <- names(asked$rows)[number]
  coded <- c(lapply(code_columns(asked$rows[!number], data$data, envir, "rows"), new_coded),
             lapply(code_columns(asked$columns, data$data, by_envir, "columns"), new_coded),
             lapply(asked$rows[number], function(term) evaluate(term, data$data, envir, "rows")))
  columns <- structure(coded, class = "data.frame", row.names = .set_row_names(data$rows))
  list(columns = columns, terms = named, numbers = numbers)
}

# A design of the same rows with the squares of the weights, for sums alone: all are one PSU. NULL where rows have
# no weights.
squares_design <- function(x) {
  if (!inherits(x, "weeg_design") || !is.numeric(x$weights)) return(NULL)
  made <- weeg_design(list_frame(list(w = x$weights^2, all = factor(rep(1L, x$rows)))), weights = ~w, cluster = ~all,
                      lonely = "remove")
  made$data <- x$data
  made["domain"] <- list(x$domain)
  made
}

share_cells <- function(x, parts, squares, settings) {
  outcome <- names(parts$outcomes)
  table <- prepare_table(x, parts, outcome, settings$missing)
  levels <- table$tally$variables[[outcome]]$levels
  nets <- Filter(function(net) all(net %in% levels), settings$nets)
  for (name in names(nets)) check_net(nets[[name]], name, levels, outcome)
  folded <- Map(function(net, name) net_table(table, parts, outcome, list(name = name, levels = net)), nets, names(nets))
  groups <- seq_len(table$places$groups)
  found <- lapply(c(list(table), unname(folded)), function(t) {
    checked_estimate(.Call(C_proportions, t$tally, t$places, match(settings$interval, interval_methods) - 1L, settings$level),
                     t$tally)
  })
  sums <- function(name) colSums(matrix(found[[1L]][[name]], length(levels), length(groups)))
  n <- sums("n")
  base <- sums("n.weighted")
  kish <- effective_base(x, table, parts, squares, settings$missing, n, base)
  # answers, and behind them the first of the two levels of each folded table
  figures <- lapply(stats::setNames(nm = figure_columns), function(name) {
    net <- vapply(found[-1L], function(one) one[[name]][2L * groups - 1L], found[[1L]][[name]][rep(NA_integer_, length(groups))])
    as.vector(rbind(matrix(found[[1L]][[name]], length(levels), length(groups)), t(matrix(net, length(groups), length(nets)))))
  })
  answers <- c(levels, names(nets))
  each <- function(values) rep(values, each = length(answers))
  cells <- c(
    list(outcome = rep(outcome, length(answers) * length(groups)), level = rep(answers, length(groups)),
         statistic = rep(rep(c("share", "net"), c(length(levels), length(nets))), length(groups)), group = each(groups)),
    figures, list(base.weighted = each(base), base.effective = each(kish),
                  higher = rep(NA_character_, length(answers) * length(groups)))
  )
  made <- list(cells = cells, labels = if (length(parts$groups) > 0L) grid_labels(table$grid) else "Total", table = table,
               folded = folded, nets = nets, answers = answers, statistic = "share", label = variable_label(table$tally, outcome),
               banner_label = banner_label(table$tally, parts))
  if (length(parts$groups) == 0L) made else tested_cells(made, outcome, names(parts$groups), which(n > 0), settings)
}

# The table in which the outcome is a net or another answer.
net_table <- function(table, parts, outcome, net) {
  tally <- net_tally(table$tally, list(net = net), outcome)
  list(tally = tally, places = table_places(tally, names(parts$groups), outcome), grid = table$grid)
}

# Of proportions, in this order; means have some.
figure_columns <- c("estimate", "std.error", "conf.low", "conf.high", "n", "n.base", "n.weighted", "n.effective", "deff", "df",
                    "reason", "reliability", "reliability.reason")

# With the test, and the letters of pairs of columns that differ; group: those with rows.
tested_cells <- function(made, outcome, by, group, settings) {
  table <- made$table
  made$test <- test_row(table, outcome, by, settings$test, settings$proportions)
  if (length(made$labels) > most_letters || length(group) < 2L) return(made)
  levels <- table$tally$variables[[outcome]]$levels
  sets <- pair_sets(find_pairs(NULL, made$labels, made$labels %in% made$labels[group], length(levels)), made$labels)
  rows <- compared_sets(table, outcome, sets, levels, "difference", settings$level)
  nets <- Map(function(folded, name) compared_sets(folded, outcome, sets, name, "difference", settings$level), made$folded,
              names(made$nets))
  if (length(nets) > 0L) {
    rows <- rows_by_block(c(list(rows), unname(nets)), length(sets$first), made$answers)
    rows$groups <- NULL # in group1 and group2
  }
  rows <- adjust_rows(rows, settings$adjust, made$nets)$rows
  made$compare <- rows
  made$cells$higher <- higher_letters(made, rows, 1 - settings$level)
  made
}

# A letter for each column that the cell's is higher than; NA where no comparison of the cell could be made.
higher_letters <- function(made, rows, alpha) {
  levels <- length(made$answers)
  at <- function(group) (match(group, made$labels) - 1L) * levels + match(rows$level, made$answers)
  first <- at(rows$group1)
  second <- at(rows$group2)
  made_pair <- !is.na(rows$p.adjusted)
  letters <- rep(NA_character_, length(made$cells$level))
  letters[c(first, second)[rep(made_pair, 2L)]] <- ""
  differ <- which(made_pair & rows$p.adjusted < alpha & rows$estimate != 0)
  up <- rows$estimate[differ] > 0
  winner <- ifelse(up, first[differ], second[differ])
  loser <- (ifelse(up, second[differ], first[differ]) - 1L) %/% levels + 1L
  for (k in order(loser)) letters[winner[k]] <- paste0(letters[winner[k]], LETTERS[loser[k]])
  letters
}

# Kish's, of each group's rows with an answer.
effective_base <- function(x, table, parts, squares, missing, n, weighted) {
  if (inherits(x, "weeg_design") && is.null(x$weights)) return(ifelse(n > 0, n, NA_real_))
  if (is.null(squares)) return(rep(NA_real_, length(n)))
  if (missing == "omit") missing <- "domain" # the same rows count
  tally <- table_tally(squares, c(parts$groups, parts$outcomes), parts$envir, missing)
  sums <- checked(.Call(C_tally_totals, tally))$weighted
  known <- table$places$group >= 0L & table$places$level >= 0L
  sums <- sum_by(sums[known], table$places$group[known] + 1L, table$places$groups)
  ifelse(sums > 0, weighted^2 / sums, NA_real_)
}

mean_cells <- function(x, parts, squares, settings) {
  outcome <- names(parts$outcomes)
  table <- number_tables(x, parts, stats::setNames(list(parts$outcomes), outcome), settings$missing)[[1L]]
  found <- number_rows(table, outcome, outcome, "mean", settings$level)$rows
  each <- seq_len(table$places$groups)
  labels <- if (length(parts$groups) > 0L) grid_labels(table$grid) else "Total"
  kish <- rep(NA_real_, length(each))
  none <- rep(NA_character_, length(each))
  found <- c(as.list(found), list(n.base = found$n, n.effective = rep(NA_real_, length(each)), deff = rep(NA_real_, length(each)),
                                  reliability = none, reliability.reason = none))
  if (inherits(x, "weeg_design") && is.null(x$weights)) kish <- ifelse(found$n > 0, found$n, NA_real_)
  if (!is.null(squares)) kish <- mean_base(squares, parts, table, found$n.weighted, settings$missing)
  cells <- c(list(outcome = rep(outcome, length(each)), level = none, statistic = rep("mean", length(each)), group = each),
             found[figure_columns], list(base.weighted = found$n.weighted, base.effective = kish, higher = none))
  list(cells = cells, labels = labels, table = table, statistic = "mean", label = variable_label(table$tally, outcome),
       banner_label = banner_label(table$tally, parts))
}

banner_label <- function(tally, parts) if (length(parts$groups) > 0L) variable_label(tally, names(parts$groups))

mean_base <- function(squares, parts, table, weighted, missing) {
  if (missing == "omit") missing <- "domain"
  other <- number_tables(squares, parts, list(parts$outcomes), missing)[[1L]]
  sums <- checked(.Call(C_tally_totals, other$tally))$weighted
  known <- other$places$group >= 0L & other$places$level >= 0L
  sums <- sum_by(sums[known], other$places$group[known] + 1L, other$places$groups)
  ifelse(sums > 0, weighted^2 / sums, NA_real_)
}

# ---- the book ----------------------------------------------------------------------------------------------------------

new_book <- function(data, tables, asked, filters, settings) {
  banners <- names(asked$columns)
  columns <- book_columns(tables, banners)
  each <- function(make) {
    bind_columns(unlist(lapply(tables, function(question) lapply(seq_along(question), function(k) {
      make(question[[k]], c("", banners)[k])
    })), recursive = FALSE))
  }
  cells <- each(function(one, banner) {
    label <- one$labels[one$cells$group]
    of <- list(banner = rep(banner, length(label)), column = label)
    c(one$cells[1:3], of, list(letter = columns$letter[match(column_key(of), column_key(columns))]), one$cells[-(1:4)])
  })
  of <- function(what) each(function(one, banner) {
    rows <- one[[what]]
    if (!is.null(rows)) c(list(banner = rep(banner, nrow(rows))), lapply(as.list(rows), plain_texts))
  })
  first <- lapply(tables, `[[`, 1L)
  text <- function(of) unname(vapply(names(tables), of, ""))
  questions <- list_frame(list(
    outcome = names(tables), label = text(function(name) first[[name]]$label),
    statistic = text(function(name) first[[name]]$statistic),
    filter = text(function(name) if (is.null(filters[[name]])) NA_character_ else deparse1(filters[[name]][[2L]])),
    n = unlist(lapply(unname(first), function(one) c(one$cells$n.base, 0)[1L]))
  ))
  info <- table_info(first[[1L]]$table$tally, character(), character())
  info$labels <- stats::setNames(vapply(tables[[1L]][-1L], function(one) one$banner_label, ""), banners)
  info$groups <- banners
  info["domain"] <- list(domain_text(data))
  lost <- setdiff(names(settings$nets), cells$level[cells$statistic == "net"])
  if (length(lost) > 0L) {
    abort("argument", "no question has all answers of the net \"", lost[1L], "\" (in `answers`)")
  }
  info <- c(info, settings[c("title", "nets", "adjust", "level", "interval", "usual_interval")])
  tests <- of("test")
  said <- c(interval = interval_text(settings$interval, settings$level), letters = letters_text(settings),
            test_conventions(first[[1L]]$table$tally, tests$method, settings$proportions))
  compared <- of("compare")
  if (length(compared) == 0L) compared <- list_frame(lapply(stats::setNames(nm = comparison_names), function(name) character()))
  seal_result(structure(list(cells = cells, tests = tests, comparisons = compared, columns = columns, questions = questions),
                        class = "weeg_book", info = info, conventions = said))
}

letters_text <- function(settings) {
  paste0("differences at ", format_significant(1 - settings$level, 1L), " (", settings$adjust,
         ", within a question and a variable)")
}

plain_texts <- function(column) if (is.factor(column)) as.character(column) else column

# The columns of the book: those that any question has.
book_columns <- function(tables, banners) {
  of <- lapply(seq_along(banners), function(k) {
    labels <- unique(unlist(lapply(tables, function(question) question[[k + 1L]]$labels)))
    list(banner = rep(banners[k], length(labels)), column = labels,
         letter = if (length(labels) > most_letters) rep(NA_character_, length(labels)) else LETTERS[seq_along(labels)])
  })
  bind_columns(c(list(list(banner = "", column = "Total", letter = NA_character_)), of))
}

comparison_names <- c("banner", "outcome", "level", "measure", "group1", "group2", "estimate", "std.error", "conf.low",
                      "conf.high", "statistic", "df", "p.value", "p.adjusted", "estimate1", "estimate2", "n1", "n2", "reason")

# Lists of columns with the same names under each other, as a data frame.
bind_columns <- function(parts) {
  parts <- Filter(Negate(is.null), unname(parts))
  names <- stats::setNames(nm = if (length(parts) > 0L) names(parts[[1L]]))
  list_frame(lapply(names, function(name) unlist(lapply(parts, `[[`, name), use.names = FALSE)))
}

# Called with what is done before it is, and with NULL at the end: a bar for work that takes more than a second.
progress <- function(steps) {
  if (!show_progress()) return(function(name) NULL)
  begun <- proc.time()[[3L]]
  bar <- NULL
  done <- -1
  function(name) {
    done <<- done + 1
    if (is.null(bar) && proc.time()[[3L]] - begun > 1) bar <<- utils::txtProgressBar(max = steps, style = 3L, file = stderr())
    if (!is.null(bar)) utils::setTxtProgressBar(bar, min(done, steps))
    if (!is.null(bar) && is.null(name)) close(bar)
  }
}

# ---- what is in a book ---------------------------------------------------------------------------------------------------

#' @rdname weeg_book
#' @export
as.data.frame.weeg_book <- function(x, ...) {
  info_of(x)
  x$cells
}

#' @rdname weeg_book
#' @export
tidy.weeg_book <- function(x, ...) as.data.frame.weeg_book(x)

#' @rdname weeg_book
#' @export
glance.weeg_book <- function(x, ...) {
  info <- info_of(x)
  data.frame(questions = nrow(x$questions), columns = nrow(x$columns), tests = nrow(x$tests),
             comparisons = nrow(x$comparisons), adjustment = info$adjust, conf.level = info$level)
}

#' @export
summary.weeg_book <- function(object, ...) object

#' @export
`[.weeg_book` <- function(x, i) {
  info <- info_of(x)
  known <- x$questions$outcome
  if (missing(i)) return(x)
  at <- if (is.character(i)) match(i, known) else seq_along(known)[i]
  if (length(at) == 0L || anyNA(at)) {
    abort("argument", "a book is cut by the names or numbers of its questions", hint = paste0("They are ", listed(known)))
  }
  members <- unclass(x)
  kept <- c("cells", "tests", "comparisons", "questions")
  members[kept] <- lapply(members[kept], function(rows) {
    place <- match(rows$outcome, known[at])
    rows <- rows[order(place, na.last = NA), , drop = FALSE]
    rownames(rows) <- NULL
    rows
  })
  info$seal <- NULL
  info$nets <- info$nets[names(info$nets) %in% members$cells$level[members$cells$statistic == "net"]]
  attr(members, "info") <- info
  seal_result(structure(members, class = "weeg_book"))
}
