#' Disclosure control: suppress small counts
#'
#' Suppresses the figures in a set of tables that concern fewer than `threshold` respondents (primary suppression), and
#' further figures that would reveal these (secondary suppression): by subtraction from a total, from another level of a
#' hierarchy such as municipality, organisation and nation, or from another round.
#'
#' @section What is promised:
#' The tables given in one call are one *release*. Within a release, no sums and differences of the counts shown,
#' whatever totals and margins they use, narrow a suppressed count to a range smaller than 0 to `threshold` - 1, and
#' nobody can conclude that several suppressed counts together are less than `threshold`. Where weights differ, sums of
#' weights do not reveal that a suppressed count is not 0 either. The tests of this package attack random releases by
#' linear programming, and by search among whole numbers, to verify this.
#'
#' Standard errors, and shares where weights differ, are functions of the counts in each sampling unit, and could reveal
#' these. So where a count of a question is suppressed, all figures of its tables are coarsened (see Precision), and this
#' is promised of them: even to somebody who knows which respondents are in which sampling unit, their weights, and every
#' formula, a suppressed count below the threshold can still be 0, and `threshold` - 1 or more; any other suppressed
#' count can still have two values that far apart. This is shown by tables of whole respondents, found for each
#' suppressed count separately, question by question. Where weights differ within sampling units, which respondent of a
#' unit gave which answer is assumed unknown.
#'
#' That is all. It is not anonymity, and not a statement about any law. It does not cover outside knowledge (a second
#' release, an earlier report, a respondent who subtracts their own answer), what can be inferred about single persons
#' from a figure about many, such as 100 %, or figures that are not counts but follow from counts in ways other than
#' sums. So make one release of all tables that will be published, and protect them in one call.
#'
#' @section What is suppressed:
#' * A count below the threshold, *zero included*. A zero reveals an answer that nobody in the group gave; and if zeros
#'   were shown, every suppressed count would be known to be positive. Structurally impossible combinations of groups are
#'   marked as such: where each level of one grouping variable lies within one level of another, as municipalities in
#'   organisations, this is assumed to be public. So are the levels of grouping variables, and which questions everybody
#'   answered. That two groups happen to have nobody in common is not: if that is public, include a table of a variable
#'   nested within both.
#' * Further counts, concerning as few respondents as a search finds. Since these cannot be distinguished from small
#'   ones, the promise holds for each of them as well: even a large count, once suppressed, could be anything from 0 up.
#'   In a small release this can be most of it, especially for a question with two answers: where "yes" is rare and
#'   suppressed, so is "no", and it must remain possible that nobody said no. Leave out, or merge, levels of a hierarchy
#'   that nobody needs.
#' * With a count, everything about its cell: percentage, standard error, interval, effective sample size, design effect, sum
#'   of weights. With the base of a group, all its percentages. With any cell of a table, tests of the table. With a group or the
#'   total, its comparisons. All have the same `reason`, which does not say which counts are small.
#'
#' A [net][weeg_nets] is a sum of answers: it is protected as these are, jointly with them and with other nets of the question,
#' and so is the number of those who gave none of its answers. A suppressed net that is not small may have answers that are
#' shown: then everybody knows that it has at least as many, and nothing is promised of it but that it does not tell of the
#' suppressed ones.
#'
#' Of a number of which [means][weeg_mean] are given, the bases are counts. Where all of them are shown, and nothing is hidden of
#' a column that is a function of the number, or of which it is a function, or of groups, means, standard errors, tests and
#' comparisons are shown as they are; else none. Sums over few respondents do not follow from these by subtraction; that one
#' respondent makes most of a sum (dominance) is not looked at, nor that a number follows from several columns together, as a
#' score from its items.
#'
#' In multiple-response questions, those who do not name an item are protected too. Respondents whose group is missing
#' are treated as one more group: a total minus all groups would reveal them. Item nonresponse is not treated as
#' confidential.
#'
#' Which column follows from which is found in the rows, not in names. Outcomes and groups that are expressions, such as
#' `I(relapse == "niet")` or `interaction(a, b)`, are crossed with the variables that they are made of. A column that is
#' a function of one other column of the release, as one is that you made of it, is taken to follow from it, even if that
#' is so by chance: then a little more is suppressed. In which class of it a level lies that nobody has, no row shows: the
#' promise holds whichever it is, also one that is not listed (unless the column is a factor or has labels). This costs
#' figures: drop levels that nobody needs. Not detected is that a column follows from two others together (write the
#' expression), and that one follows from a group, or a group from it, where one of its counts is 0 (then an impossible
#' combination is protected as one that happens to be empty). Only expressions of variables of the data, constants and
#' simple functions of base R are evaluated: results may come from a file, and no text in them is run as code. For any
#' other, make a column first.
#'
#' Several classifications of the same respondents reveal those between them: the difference between tables of ages up to
#' 40 and up to 41 is those aged 41. So the classes that the columns of a release define jointly are counts to protect,
#' though no table shows them: of expressions of the same variables, and of columns whose cross-classification follows
#' cell by cell from the sums, as with two groupings of ages (unless this may well be by chance). This suppresses much of
#' such tables: use one classification in a release, or a table of the finer one.
#'
#' One table alone is protected by `threshold` of the function that makes it, which hides less: [weeg_threshold].
#'
#' Do not publish how many counts were small: that would reveal which.
#'
#' @section Precision:
#' Where a count of a question is suppressed, its standard errors are rounded to 2 digits, and shares and sums of
#' weights, where weights differ, to 3. Everything else is computed from these rounded figures: limits, effective sample
#' sizes, design effects, [reliability][weeg_reliability], statistics and p-values of comparisons. Degrees of freedom
#' count the sampling units of the domain with any member of the group, whatever they answered, under all
#' conventions. With these, an `interval` that was not chosen is `"beta-nchs"`. P-values are adjusted for
#' all comparisons of the table, also those that are not shown. Where that is not coarse enough,
#' standard errors are shown of groups in many sampling units only, or have 1 digit, or are not shown, with a `reason`; a
#' line of the conventions says which. In releases with few sampling units they are mostly not shown. Tests, effect
#' sizes, contrasts, residuals and adjusted figures of such a question are suppressed, and so are its standard errors in
#' multistage designs, with calibrated or replicate weights, or where groups themselves are suppressed and several
#' questions are released. Without clusters, in one stratum and with equal weights, standard errors follow from the
#' counts shown, and nothing changes. Which figures are shown is decided alike for all tables that have the counts shown, so
#' that it reveals nothing to somebody who makes the release of each of them, where these are not too many to list.
#'
#' @section How:
#' A suppressed count is safe if there are tables that agree with everything shown in which it is 0, and others in which
#' it is `threshold` or more. Linear programs (package lpSolve) look for such tables; where there is none, they find the
#' change of shown counts that would produce one at the lowest cost, where each respondent moved costs the logarithm of
#' the count, and suppress these too. Then counts are shown again where that is safe, the largest first. In small
#' releases, where all patterns can be tried, the suppression is the least possible in 86 of 100, and on the whole covers
#' about 2 % more respondents than the least possible (`bench/protect.R` in the package's repository). Tables found are
#' checked here, so that the promise does not rest on the solver. A question by 50 municipalities, 13 organisations and 2
#' rounds takes a few seconds. Where groups themselves are small, as in a fine crossing, all questions must be protected
#' together, which takes much longer: leave such crossings out.
#'
#' Where the groups of a question have too many combinations for this, as those of a [book][weeg_book] with a broad banner
#' mostly have, whole answers are suppressed, with their totals or without, but for columns in which that is safe: those who gave
#' one of these answers may have given another, whatever is known of them besides. This suppresses more, needs no linear
#' programs, and takes a second or so per question. Percentages that are shown stay as they are (to 3 digits where weights
#' differ); their standard errors are shown without clusters, in one stratum and with equal weights only. No column may have
#' fewer respondents than `threshold`.
#'
#' @param data The [weeg_design()] or [weeg_tally()] that the results were made from: it shows which municipality lies in
#'   which organisation, and so on.
#' @param ... Results of [weeg_proportion()], [weeg_mean()], [weeg_multiple()], [weeg_crosstab()], [weeg_total()], [weeg_test()],
#'   [weeg_compare()] and [weeg_association()], books of [weeg_book()], and lists of them. They must be everything that is
#'   published.
#' @param threshold Counts of fewer respondents are not shown. Some use 10, some 5 or 3.
#' @return The results, in the same list or lists, with `NA` for suppressed figures and a `reason`. A single result is
#'   returned as such. They print, plot and tidy as before.
#' @references Cox (1980), JASA 75, 377-385. Fischetti and Salazar (2001), Management Science 47, 1008-1027.
#' @examplesIf requireNamespace("lpSolve", quietly = TRUE)
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' release <- weeg_protect(
#'   d,
#'   nation = weeg_proportion(d, ~ vertrouwen),
#'   organisations = weeg_proportion(d, vertrouwen ~ organisatie)
#' )
#' release$organisations
#' @export
weeg_protect <- function(data, ..., threshold = 10) {
  results <- list(...)
  unfolded <- unfold_books(results, data)
  protected <- fold_books(results, protect_results(data, unfolded, threshold, list())$shown, threshold)
  if (length(protected) == 1L && is.null(names(protected))) protected[[1L]] else protected
}

# list(shown: the results, small: a function that gives the same lists, TRUE where a result has a small count). merged: outcomes
# that are answers to another question taken together, besides those whose names say so; see R/relations.R. designs: of the
# results one by one, where they are not of `data`.
protect_results <- function(data, results, threshold, merged, designs = NULL) {
  release <- hidden_release(data, results, threshold, merged, designs)
  list(shown = precise_release(release), small = release$small)
}

# A release of which counts are hidden, all other figures are as they were: list(data, results, all: of each result, x and its
# tables, hidden: patterns, relations, columns: of items, classes, design_of: the design of a result, by its number, small: see
# protect_results()).
hidden_release <- function(data, results, threshold, merged, designs = NULL) {
  data <- weeg_design(data)
  threshold <- check_whole(threshold, "threshold", 2, 1e6)
  each_result(results, check_released, data)
  columns <- item_columns_of(data, results)
  nets <- net_columns_of(data, results)
  columns <- c(columns, nets$columns, answered_columns_of(data, results))
  merged <- c(merged, nets$merged)
  data <- with_columns(data, columns)
  tally_of <- tally_keeper(data, names(columns))
  patterns <- all <- list()
  each_result(results, function(x) {
    tables <- result_tables(x, tally_of)
    all <<- c(all, list(list(x = x, tables = tables)))
    patterns <<- c(patterns, lapply(tables, `[[`, "patterns"), lapply(tables, unnamed_patterns, tally_of))
  })
  if (length(patterns) == 0L) abort("argument", "there is no result to protect", hint = "weeg_protect(design, result, ...)")
  patterns <- join_patterns(unlist(patterns, recursive = FALSE))
  if (is.null(designs)) each_result(results, check_same_design, tally_of(all[[1L]]$tables[[1L]]$outcome))
  relations <- outcome_relations(data, patterns, merged, columns)
  classes <- shared_classes(data, patterns, relations, tally_of, threshold, columns)
  if (length(classes$columns) > 0L) {
    data <- with_columns(data, classes$columns)
    tally_of <- tally_keeper(data, c(names(columns), names(classes$columns)))
    patterns <- join_patterns(c(patterns, classes$patterns))
    relations <- outcome_relations(data, patterns, merged, columns, classes)
  }
  hidden <- hide_patterns(if (is.null(designs)) data, tally_of, patterns, threshold, relations)
  means <- hidden_means(data, patterns, hidden, relations, c(names(columns), names(classes$columns)))
  all <- lapply(all, function(one) list(x = hide_result(one$x, one$tables, hidden, threshold, means), tables = one$tables))
  list(data = data, results = results, all = all, hidden = hidden, relations = relations, columns = columns, classes = classes,
       merged = merged, threshold = threshold, tally_of = tally_of,
       design_of = function(i) if (is.null(designs)) data else designs[[i]],
       small = function() by_number(results, function(i) has_small_count(all[[i]]$tables, hidden, tally_of)))
}

# A function of the number of each result, in a list of results and of lists.
by_number <- function(results, make) {
  at <- 0L
  each_result(results, function(x) make(at <<- at + 1L))
}

# The results of a release, with figures that reveal no more than the counts that are shown.
precise_release <- function(release, keeper = release_keeper(release)) {
  hidden <- release$hidden
  block <- release$relations$block[vapply(hidden, `[[`, "", "outcome")]
  lost <- block[vapply(hidden, function(p) any(p$hidden), NA)]
  by_number(release$results, function(i) {
    one <- release$all[[i]]
    x <- keeper(one$x, one$tables, i)
    own <- release$relations$block[vapply(one$tables, `[[`, "", "outcome")]
    if (anyNA(lost) || any(own %in% lost)) without_last_bits(x) else x
  })
}

# In which order the sums of a figure were made can tell in its last bits who gave a hidden answer: to 12 digits, which all of the
# tables that cannot be told apart have in common.
without_last_bits <- function(x) {
  rounded <- function(part) {
    if (is.data.frame(part)) {
      numbers <- vapply(part, is.double, NA)
      part[numbers] <- lapply(part[numbers], signif, 12L)
    } else if (is.double(part)) {
      part <- signif(part, 12L)
    }
    part
  }
  attributes <- attributes(x)
  x <- if (is.data.frame(x)) rounded(as.data.frame.weeg_result(x)) else {
    lapply(unclass(x), function(part) {
      if (!inherits(part, "weeg_result")) return(rounded(part))
      own <- attributes(part)
      part <- rounded(as.data.frame.weeg_result(part))
      attributes(part) <- own
      seal_result(part)
    })
  }
  attributes(x) <- attributes
  if (!is.null(attributes$info$tests)) attr(x, "info")$tests <- rounded(attributes$info$tests)
  seal_result(x)
}

release_keeper <- function(release) {
  added <- c(names(release$columns), names(release$classes$columns))
  precision_keeper(release, release$tally_of, squares_keeper(release$data, added))
}

has_small_count <- function(tables, hidden, tally_of) {
  patterns <- unlist(lapply(tables, function(table) c(table$patterns, unnamed_patterns(table, tally_of))), recursive = FALSE)
  any(vapply(patterns, function(p) any(hidden[[p$name]]$small[match(p$keys, hidden[[p$name]]$keys)]), NA))
}

# A function that gives the tally of variables by name, each made once.
tally_keeper <- function(data, added = NULL) {
  kept <- new.env()
  known <- c(added, if (inherits(data, "weeg_tally")) names(data$variables) else source_names(data$data))
  function(names) {
    key <- text_key(names)
    if (is.null(kept[[key]])) {
      kept[[key]] <- make_tally(data, lapply(stats::setNames(nm = names), said_term, known), baseenv())
    }
    kept[[key]]
  }
}

# The same with the squares of the weights in place of the weights; NULL of what has none by row, and of replicate weights, which
# would be those of other weights.
squares_keeper <- function(data, added) {
  if (!inherits(data, "weeg_design") || !is.numeric(data$weights) || !is.null(data$replicates)) return(NULL)
  data$weights <- data$weights^2
  data$max_weight <- max(data$weights)
  tally_keeper(data, added)
}

# Applies `change` to each result in a list of results and of lists.
each_result <- function(x, change, ...) {
  if (inherits(x, c("weeg_result", "weeg_crosstab"))) return(change(x, ...))
  if (!is.list(x) || is.object(x)) {
    abort("argument", "a release consists of results such as those of weeg_proportion(), not of a ", class(x)[1L])
  }
  lapply(x, each_result, change, ...)
}

releasable <- c("weeg_proportion", "weeg_mean", "weeg_multiple", "weeg_crosstab", "weeg_total", "weeg_test", "weeg_compare",
                "weeg_compare_means", "weeg_association")

check_released <- function(x, data) {
  if (!class(x)[1L] %in% releasable) {
    abort("unsupported", "results of class ", class(x)[1L], " cannot be protected",
          hint = paste("Show them only where all groups in them are large, or take tables of counts instead:",
                       "weeg_proportion(), weeg_crosstab()"))
  }
  if (inherits(x, "weeg_multiple")) check_items(x, data)
  check_means(x, data)
  if (!inherits(x, "weeg_crosstab") && !all(names(info_of(x)$kinds) %in% names(x))) {
    abort("argument", "columns were taken out of a result before it was protected", hint = "Protect the result as it was made")
  }
  check_nets(x)
  if (isTRUE(info_of(x)$chosen)) {
    abort("unsupported", "a result of some answers only cannot be protected", hint = "Make it without `answers`")
  }
  if (is_protected(x)) abort("argument", "a result is protected already", hint = "Protect all results of a release in one call")
  counts <- if (inherits(x, c("weeg_proportion", "weeg_total"))) unlist(unclass(x)[names(x) %in% c("n", "n.base")])
  if (anyNA(counts)) {
    abort("argument", "a count of a result is missing: it was changed after it was made",
          hint = "Protect the result as it was made")
  }
  check_domain(x, data)
}

check_domain <- function(x, data) {
  if (!is.null(info_of(x)$pooled)) {
    abort("unsupported", "a result pooled over completed data sets cannot be protected, as its counts are no respondents",
          hint = one_imputed_hint)
  }
  if (identical(info_of(x)$domain, domain_text(data))) return(invisible())
  abort("argument", "a result is of the domain ", c(info_of(x)$domain, "(all)")[1L], ", `data` of ",
        c(domain_text(data), "(all)")[1L], hint = "In one release, say ~ outcome + group instead of taking domains")
}

# Figures of another design, of the same rows, would be taken for those of `data`, and be as exact as these may be.
check_same_design <- function(x, tally) same_design(x, list(design = design_text(tally), weights = weights_source(tally$names)))

same_design <- function(x, other) {
  said <- function(info) paste(c(info$design, info$weights), collapse = ", ")
  mine <- said(attr(x, "info"))
  asked <- said(other)
  if (mine == asked) return(invisible())
  abort("argument", "a result is not of `data`: its design is ", mine, "; that of `data` is ", asked,
        hint = "A release belongs to one design: make all results from `data`, and give that")
}

check_items <- function(x, data) {
  if (info_of(x)$items$base == "responses") {
    abort("unsupported", "shares of answers cannot be protected", hint = "Take shares of respondents: base = \"respondents\"")
  }
  if (inherits(data, "weeg_tally")) {
    abort("unsupported", "items of a tally cannot be protected", hint = "Give the design that the tally was made from")
  }
}

check_nets <- function(x) {
  info <- info_of(x)
  if (is.null(info$nets)) return(invisible())
  plain <- class(x)[1L] %in% c("weeg_proportion", "weeg_compare") && is.null(info$adjusted)
  if (!plain || missing_level %in% levels(x$level)) {
    abort("unsupported", "nets are protected in results of weeg_proportion() and weeg_compare(), and in books, only",
          if (plain) paste0(", and not where ", missing_level, " is an answer"),
          hint = "Make the net a variable of the data: relations between variables are found there")
  }
}

is_protected <- function(x) !is.null(attr(x, "info")$threshold)

# ---- the tables in a result ------------------------------------------------------------------------------------------

# One per outcome and net: list(outcome, groups, rows: of the groups, level, n and n.base, patterns: their counts, counted:
# whether they are shown; a test has none; place: the rows of the result that are of it, NULL: those of its outcome; net: its
# name).
result_tables <- function(x, tally_of) {
  info <- info_of(x)
  kind <- class(x)[1L]
  if (kind == "weeg_crosstab") return(list(crosstab_table(x, info)))
  rows <- result_rows(x)
  if (kind == "weeg_total") return(list(total_table(rows, info)))
  if (kind == "weeg_multiple") return(item_tables(rows, info))
  groups <- c(info$groups, info$given)
  means <- is_of_means(x)
  table_of <- function(outcome, place) {
    if (means) outcome <- paste0(answered_mark, outcome)
    if (kind == "weeg_proportion") return(c(release_table(rows[place, , drop = FALSE], outcome, groups), list(place = place)))
    table <- c(behind_table(tally_of, outcome, groups), list(place = place))
    table$counted <- kind != "weeg_test"
    table
  }
  unlist(lapply(unique(rows$outcome), function(outcome) {
    mine <- which(rows$outcome == outcome)
    of_net <- if (is.null(info$nets)) rep(NA, length(mine)) else match(rows$level[mine], names(info$nets))
    own <- mine[is.na(of_net)]
    answers <- if (length(own) > 0L || length(info$nets) == 0L) list(table_of(outcome, own))
    nets <- lapply(unique(of_net[!is.na(of_net)]), function(k) {
      name <- net_outcome(info$nets[[k]], outcome)
      place <- mine[of_net %in% k]
      table <- if (kind == "weeg_proportion") named_table(rows[place, , drop = FALSE], name, groups) else table_of(name, place)
      replace(table, c("place", "net"), list(place, names(info$nets)[k]))
    })
    c(answers, nets)
  }), FALSE)
}

release_table <- function(rows, outcome, groups, set = NULL) {
  list(outcome = outcome, groups = groups, set = set, rows = rows, patterns = table_patterns(rows, outcome, groups, set),
       counted = TRUE)
}

# A cross-tab has the sums of its rows, of its columns and of all.
crosstab_table <- function(x, info) {
  outcome <- info$outcomes
  table <- release_table(result_rows(x$row, info$columns), outcome, info$groups)
  margin <- stats::setNames(list(x$margin$level), outcome)
  table$patterns$margin <- count_pattern(margin, x$margin$n, outcome, known = info$groups)
  table$patterns$all <- count_pattern(list(), x$margin$n.base[1L], outcome, known = c(outcome, info$groups), base = TRUE)
  table
}

# A count of all variables together has no base.
total_table <- function(rows, info) {
  variables <- names(rows$groups)
  outcome <- variables[length(variables)]
  list(outcome = outcome, groups = setdiff(variables, outcome), rows = rows, counted = TRUE,
       patterns = list(n = count_pattern(rows$groups, rows$n, outcome)))
}

# The table that a test or a comparison is of, with the sum of its groups.
behind_table <- function(tally_of, outcome, groups) {
  tally <- tally_of(c(groups, outcome))
  cells <- cell_levels(tally)
  known <- stats::complete.cases(cells)
  n <- sum_by(tally$entries$n, tally$entries$cell + 1L, tally$cells)[known]
  rows <- list(groups = cells[known, groups, drop = FALSE], level = cells[[outcome]][known], n = n)
  base <- level_keys(rows$groups, length(n))
  rows$n.base <- sum_by(n, match(base, unique(base)), length(unique(base)))[match(base, unique(base))]
  table <- release_table(rows, outcome, groups)
  margin <- tapply(n, rows$level, sum)
  table$patterns$margin <- count_pattern(stats::setNames(list(names(margin)), outcome), as.numeric(margin), outcome,
                                         known = groups)
  table
}

# ---- taking figures out ----------------------------------------------------------------------------------------------

hide_result <- function(x, tables, patterns, threshold, means = NULL) {
  hidden <- lapply(tables, function(table) lapply(table$patterns, is_hidden, patterns))
  kind <- class(x)[1L]
  if (kind == "weeg_crosstab") {
    x <- hide_crosstab(x, hidden[[1L]])
  } else if (is_of_means(x)) {
    x <- hide_means(x, tables, patterns, means)
  } else {
    attributes <- attributes(x)
    rows <- as.data.frame.weeg_result(x)
    for (i in seq_along(tables)) {
      mine <- switch(kind, weeg_total = seq_len(nrow(rows)), weeg_multiple = which(rows$level == levels(rows$level)[i]),
                     tables[[i]]$place)
      rows[mine, ] <- hide_rows(kind, rows[mine, , drop = FALSE], tables[[i]], hidden[[i]])
    }
    if (kind == "weeg_compare") for (outcome in unique(rows$outcome)) {
      mine <- rows$outcome == outcome
      lost <- reason_is(rows$reason[mine], "protected")
      if (!any(lost)) next
      again <- adjust_shown(rows[mine, , drop = FALSE], lost, attributes$info)
      rows$p.adjusted[mine] <- again$rows$p.adjusted
      attributes$info$counted[[outcome]] <- again$counted
    }
    if (kind == "weeg_multiple") {
      attributes$info$tests <- hide_item_tests(attributes$info$tests, hidden)
      attributes$info$items$none <- NULL
    }
    if (kind == "weeg_total") rows$reason[hidden[[1L]]$n] <- reason_words("protected")
    attributes$names <- names(rows)
    x <- rows
    attributes(x) <- attributes
  }
  attr(x, "info")$threshold <- threshold
  attr(x, "conventions") <- c(attr(x, "conventions"), disclosure = disclosure_text(threshold))
  seal_result(x)
}

disclosure_text <- function(threshold) paste0("counts below ", threshold, ", and figures that would reveal them, not shown")

# Everything, where no patterns are given.
is_hidden <- function(pattern, patterns) {
  if (is.null(patterns)) return(rep(TRUE, length(pattern$keys)))
  found <- patterns[[pattern$name]]
  found$hidden[match(pattern$keys, found$keys)]
}

hide_rows <- function(kind, rows, table, hidden) {
  switch(kind,
    weeg_proportion = , weeg_multiple = hide_cells(rows, hidden$n[seq_len(nrow(rows))], hidden$base[seq_len(nrow(rows))]),
    weeg_total = blank(rows, hidden$n),
    weeg_compare = hide_comparisons(rows, table, hidden),
    blank(rows, rep(any(hidden$n, hidden$base), nrow(rows)))
  )
}

# What is about a cell, and about a group; names of groups and answers stay.
cell_columns <- c("estimate", "std.error", "conf.low", "conf.high", "n", "n.weighted", "n.effective", "deff", "reliability",
                  "reliability.reason")
kept_columns <- c("outcome", "level", "group", "group1", "group2", "measure", "method", "reason", "prob")

# A percentage reveals the base of a count, so that none is shown without its base.
hide_cells <- function(rows, cell, base) {
  rows[cell, cell_columns] <- NA
  rows[base, c("n.base", "df", setdiff(cell_columns, c("n", "n.weighted")))] <- NA
  rows$reason[cell | base] <- reason_words("protected")
  rows
}

# A test of an item reveals all its cells, that of all items all cells; adjusted p-values, where the others lie.
hide_item_tests <- function(tests, hidden) {
  if (nrow(tests) == 0L) return(tests)
  item <- vapply(hidden, function(h) any(h$n, h$base), NA)
  if (!any(item)) return(tests)
  tests <- blank(tests, c(item, TRUE))
  own <- seq_along(item)
  adjusted <- stats::p.adjust(replace(tests$p.value[own], item, 1), "holm")
  tests$p.adjusted[own] <- replace(adjusted, item, NA)
  tests
}

# p-values that are adjusted as if those that are lost were 1: otherwise they would tell how many of these are smaller.
adjust_shown <- function(rows, lost, info) {
  again <- adjust_rows(replace(rows, "p.value", list(replace(rows$p.value, lost, 1))), info$adjust, info$nets)
  again$rows$p.adjusted[lost] <- NA_real_
  again
}

# p-values of which some rows (`changed`) are coarse, adjusted for all of their question: those that are not shown are of the
# family, too.
adjust_coarse <- function(x, changed) {
  attributes <- attributes(x)
  rows <- as.data.frame.weeg_result(x)
  for (outcome in unique(rows$outcome[changed])) {
    mine <- rows$outcome == outcome
    again <- adjust_shown(rows[mine, , drop = FALSE], is.na(rows$p.value[mine]), attributes$info)
    rows$p.adjusted[mine] <- again$rows$p.adjusted
  }
  attributes(rows) <- attributes
  seal_result(rows)
}

# All numbers of rows.
blank <- function(rows, hidden) {
  numbers <- names(rows)[vapply(rows, is.numeric, NA)]
  rows[hidden, c(setdiff(numbers, kept_columns), intersect(c("reliability", "reliability.reason"), names(rows)))] <- NA
  if (!is.null(rows[["reason"]])) rows$reason[hidden] <- reason_words("protected")
  rows
}

# A comparison reveals both its groups, and their sizes; one with the total or the rest, the sum of all; a contrast, all
# groups.
hide_comparisons <- function(rows, table, hidden) {
  if (!is.null(table$net)) {
    level <- rows$level
    rows$level <- rep("TRUE", nrow(rows))
    rows <- hide_comparisons(rows, replace(table, "net", list(NULL)), hidden)
    return(replace(rows, "level", list(level)))
  }
  any_of <- function(keys, asked) tapply(hidden$n | hidden$base, keys, any)[asked]
  of <- function(group) {
    any_of(level_keys(list(grid_labels(table$rows$groups), table$rows$level)), level_keys(list(group, rows$level)))
  }
  margin <- hidden$margin[match(level_keys(list(rows$level)), table$patterns$margin$keys)]
  first <- of(rows$group1)
  second <- of(rows$group2)
  whole <- is.na(second) | rows$group2 %in% c(against_choices, "published figure") # which a group may be called, too
  second[whole] <- second[whole] %in% TRUE | margin[whole]
  contrast <- is.na(rows$group2) | is.na(first)
  blank(rows, ifelse(contrast, any_of(level_keys(list(table$rows$level)), level_keys(list(rows$level))), first | second))
}

hide_crosstab <- function(x, hidden) {
  levels <- nrow(x$margin)
  margin <- rep(hidden$margin, length.out = nrow(x$row))
  x$row <- hide_cells(x$row, hidden$n, hidden$base)
  x$column <- hide_cells(x$column, hidden$n, margin)
  x$total <- hide_cells(x$total, hidden$n, rep(hidden$all, nrow(x$total)))
  x$margin <- hide_cells(x$margin, hidden$margin, rep(hidden$all, levels))
  cells <- matrix(hidden$n, ncol = levels, byrow = TRUE)
  for (name in c("counts", "weighted", "residuals")) x[[name]][cells] <- NA
  if (any(hidden$n, hidden$base, hidden$margin, hidden$all)) {
    # a residual reveals the sums of its row and column, an adjusted p-value where those of others lie
    x$residuals[matrix(hidden$base | margin | hidden$all, ncol = levels, byrow = TRUE)] <- NA
    x$residual.p[] <- NA_real_
    x$test[] <- blank(as.data.frame.weeg_result(x$test), TRUE)
    x$missing <- NA_real_
  }
  x
}
