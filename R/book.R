#' A book of tables
#'
#' Many questions by many background variables in one call, as statistical offices and market researchers deliver them: the
#' answers of each question as rows (the stub), the levels of the background variables side by side as columns (the banner),
#' with a total, bases, letters of columns that differ, and a test for each variable of the banner. [weeg_save()] writes it to a
#' workbook, a page of HTML, Word, Markdown, LaTeX or CSV.
#'
#' @section Figures:
#' A variable of `rows` has answers, whose shares are those of [weeg_proportion()]; of a number without labels of its values,
#' in a database and in a tally with its sums too, it is the mean of [weeg_mean()]: make it a factor for shares. Each figure is
#' that of the function for one table, with its standard error, interval, degrees of freedom and reason; shares have the
#' verdict of the NCHS standards ([weeg_reliability]), with its signs in print.
#'
#' Bases are those of the question: `n.base`, rows with an answer; `base.weighted`, their sum of weights; `base.effective`,
#' Kish's effective base, the square of that sum divided by the sum of squared weights, which says what unequal weights cost,
#' for all answers alike (that of one answer, with strata and clusters, is `n.effective`). A tally does not have the
#' weights of rows: there it is `NA`.
#'
#' @section Letters:
#' The columns of each variable of the banner are A, B, C, and so on. The letter of a column stands at each share, or mean, of
#' another column of this variable that is higher and differs from it: the adjusted p-value of [weeg_compare()] for their
#' difference is below 1 - `level`. So comparisons are design-based, with the covariance of columns that share PSUs, and p-values
#' are adjusted for all pairs of columns and all answers of one question and one variable together, two answers of a yes/no
#' question counted once.
#' There are no letters in a variable with one column, nor in one with more than 26.
#'
#' The test of a question and a variable is that of [weeg_test()], of a mean with `method = "mean"`.
#'
#' @section What is asked of some:
#' `filters` names the questions of which only some rows are shown: `filters = list(q3 = ~ q2 == "yes")`. These rows are the
#' domain of the question, as with `subset()`.
#'
#' @section Several answers:
#' `sets` names multiple-response questions and their items: `sets = list(media = ~ tv + radio + press)`, with arguments of
#' [weeg_multiple()] where these are needed: `list(media = list(~ first + second, coding = "categories"))`. A set of an SPSS file
#' that is read by its path needs none of this: `~ media`. The items are the rows of such a question, each with the share of
#' respondents who name it, of all who answered (cases, so that the shares add up to more than 100 %); its test by a
#' variable is that of all items together ([weeg_item_tests()]), and the p-values of columns are adjusted for all items and
#' pairs of columns. A net of items is the share of those who name any of them.
#'
#' As a variable of the banner, a set has a column for each item, of those who name it. These columns overlap: who names two items
#' is in two columns. Their letters are those of differences with the covariance of the two columns, to which respondents in both
#' contribute twice, so that they are as right as between columns that do not overlap. There is no test of the question by such a
#' variable, as its columns are no groups; the tests of a question by each item are `weeg_test(data, question ~ item)`.
#'
#' @section Small counts:
#' A book has all figures. `weeg_protect(d, book)` gives the book that may be published: counts below a threshold are suppressed
#' in it, and all that would reveal them, by subtraction from the total or from another column, or by a letter, a test or an
#' interval. All tables of the book, and whatever else is given in the same call, are one release, so that a question is
#' suppressed alike in all its tables. A figure that is not shown is a dash in print and in documents, `NA` in the data frame,
#' with a reason and a note; of a question with such figures `base.weighted` and `base.effective` are not shown where weights
#' differ.
#'
#' A net is the sum of its answers, and so is what is outside of it. So a net of which few gave an answer is suppressed, and so is
#' one outside of which there are few. Any other is shown where the answers that are suppressed are together in it, or together
#' outside of it, or where no sums and differences lead from it to one of them; else the net is suppressed too, although it is
#' large. Make nets of which small answers are together, such as "other", and the nets can stay.
#'
#' A mean is shown with its standard error, test and letters where all bases of its question are shown, in all columns, and no
#' count is hidden of anything in the release that is a class of the number, or of which the number is a class, such as
#' `factor(score)` beside `score`: else nothing is shown of the question but its bases. That suppresses more than it must, but a
#' mean of a scale is one more equation for the counts of its answers. A number of two or three values is refused, as mean and
#' standard error tell how many have each: make it a factor. Means need a design with rows, without replicate weights. Whether
#' one respondent makes most of a sum (dominance), as in incomes of firms, is not looked at.
#'
#' Refused are `filters`: the base of such a question is the number of those who met the condition, and so an answer to the
#' questions that the condition is made of, with which it would have to be protected. Make a variable of the data in which those
#' who were not asked have an answer of their own: where the condition is one answer of a yes/no question, the rows show that
#' this question follows from it, and both are protected jointly, with those who were not asked.
#'
#' Refused are multiple-response questions, too: their letters tell of who is in two columns, or named two items, which nothing
#' that is protected counts. Leave them out of the book that is protected, and give [weeg_multiple()] of the items in the same
#' call.
#'
#' A few questions by two or three variables take seconds; the time, and what is suppressed, grow with the number of
#' combinations of the levels of all variables of the banner, and with more than some ten thousand of these it is an
#' error. A variable that a few respondents have no level of costs most: they are a small group, the total less all columns.
#'
#' @section Multiple imputations:
#' Of several completed data sets ([weeg_imputed]) each figure, test and comparison is pooled, and so is what letters follow from.
#' Bases are means over the data sets, and `cells`, `tests` and `comparisons` have the fraction of missing information, `fmi`.
#'
#' @section Long work:
#' A book that takes more than a second has a progress bar where R is used interactively (`options(weeg.progress = FALSE)`:
#' never, `TRUE`: always).
#'
#' @inheritParams weeg_proportion
#' @param rows The questions, `~ q1 + q2 + q3`.
#' @param columns The variables of the banner, `~ region + age + sex`.
#' @param filters A named list of conditions, `list(q3 = ~ q2 == "yes")`. `NULL`: none.
#' @param sets A named list of multiple-response questions, `list(media = ~ tv + radio)`; see Several answers. `NULL`: none but
#'   those of the data.
#' @param title The title of the book. `NULL`: none but what it is of.
#' @param answers Nets, `list("top 2" = c("agree", "strongly agree"))`: see [weeg_nets]. A net stands below the answers of each
#'   question that has all of its answers. `NULL`: none.
#' @param adjust How p-values of pairs of columns are adjusted, as in [weeg_compare()].
#' @param x A book.
#' @param ... Not used.
#' @return An object of class `weeg_book`, a list of data frames:
#'   * `cells`, with a row per question, answer and column: `outcome`; `level`, the answer (`NA` of a mean); `statistic`,
#'     `"share"`, `"item"`, `"net"` or `"mean"`; `banner`, the variable of the column, `""` for the total; `column`, its level,
#'     and `letter`;
#'     `estimate`, `std.error`, `conf.low`, `conf.high`, `n`, `n.base`, `n.weighted`, `n.effective`, `deff`, `df`, `reason`,
#'     `reliability` and `reliability.reason`, as [weeg_proportion()] has them; `base.weighted` and `base.effective`;
#'     `cv`, the coefficient of variation: the standard error divided by the estimate (`NA` of an estimate of 0); and
#'     `higher`, the letters of the columns that it is higher than (`""`: none; `NA`: not compared);
#'   * `tests`, with a row per question and variable: `banner` and the columns of [weeg_test()];
#'   * `comparisons`: `banner` and the columns of [weeg_compare()];
#'   * `questions`: `outcome`, its `label`, the `statistic`, the condition of its `filter`, and the rows `n` with an answer.
#'
#'   `as.data.frame()` and [tidy()] give `cells`. `book["q1"]` is the book of some questions.
#' @seealso [weeg_save()], [weeg_protect()]
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' book <- weeg_book(d, ~ strengths + relapse + leeftijd, ~ provider + ronde, filters = list(relapse = ~ provider != "werkplein"))
#' book
#' head(as.data.frame(book))
#' book$tests
#' weeg_book(d, ~barriers, ~ronde, sets = list(barriers = ~ knelpunt_banen + knelpunt_leeftijd + knelpunt_schulden))
#' weeg_save(book, tempfile(fileext = ".html"))
#' @examplesIf requireNamespace("lpSolve", quietly = TRUE)
#' weeg_protect(d, weeg_book(d, ~ strengths + waarom_niet, ~ronde))
#' @export
weeg_book <- function(data, rows, columns, filters = NULL, sets = NULL, title = NULL, interval = NULL, answers = NULL,
                      adjust = "holm", level = 0.95, missing = NULL) {
  if (missing(rows) || missing(columns)) refuse_one_formula(if (!missing(rows)) tryCatch(rows, error = function(e) NULL))
  rows <- given_formula(rows, "the questions must be given as `rows`, ~ q1 + q2", one_sided = TRUE)
  columns <- given_formula(columns, "the variables of the banner must be given as `columns`, ~ region + age", one_sided = TRUE)
  need_given(data)
  several <- is_imputed(data)
  first <- if (several) data[[1L]] else data
  refuse_grouped(first)
  asked <- list(rows = book_terms(rows, "rows"), columns = book_terms(columns, "columns"))
  twice <- intersect(names(asked$rows), names(asked$columns))
  if (length(twice) > 0L) {
    abort("formula", twice[1L], " is in `rows` and in `columns` at once", hint = "Leave it out of one of them")
  }
  first <- weeg_design(first)
  if (!is.null(missing)) missing <- one_of(missing, missing_choices, "missing")
  usual <- is.null(interval)
  interval <- one_of(usual_interval(interval, first), interval_methods, "interval")
  settings <- list(adjust = one_of(adjust, adjustments, "adjust"), interval = interval,
                   usual_interval = usual, level = check_level(level), missing = by_convention(missing, first, "missing"),
                   test = if (several) "adjusted-wald" else test_done(by_convention(NULL, first, "test"), first),
                   proportions = by_convention(NULL, first, "proportions"), title = check_title(title), pieces = several)
  settings$nets <- asked_nets(answers)
  filters <- check_filters(filters, names(asked$rows))
  sets <- check_sets(sets, asked)
  of_design <- function(design) {
    made <- with_sets(design, asked, sets, environment(rows))
    settings$sets <- made$sets
    book_tables(made$data, made$asked, filters, environment(rows), environment(columns), settings)
  }
  if (!several) return(new_book(first, of_design(first), asked, filters, settings))
  new_book(first, pool_book(over_sets(data$designs, of_design), data, settings), asked, filters, settings)
}

# Columns of a variable that has letters.
most_letters <- length(LETTERS)

# A book of which the questions or the banner are not given; rows: what was given alone.
refuse_one_formula <- function(rows) {
  needed <- "the questions must be given as `rows`, ~ q1 + q2, and the variables of the banner as `columns`, ~ region + age"
  both <- inherits(rows, "formula") && length(rows) == 3L
  abort("formula", needed, hint = if (both) {
    paste0("Did you mean weeg_book(data, ~ ", deparse1(rows[[2L]]), ", ~ ", deparse1(rows[[3L]]), ")?")
  } else {
    "weeg_book(data, ~ q1 + q2, ~ region + age)"
  })
}

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

# ---- the book ----------------------------------------------------------------------------------------------------------

new_book <- function(data, made, asked, filters, settings) {
  tables <- made$tables
  first <- tables$by == "" # of each question
  questions <- list_frame(list(
    outcome = names(asked$rows), label = tables$label[first], statistic = tables$statistic[first],
    filter = unname(vapply(names(asked$rows), function(name) {
      if (is.null(filters[[name]])) NA_character_ else deparse1(filters[[name]][[2L]])
    }, "")),
    n = made$n
  ))
  tally <- tables$tally[[1L]]
  info <- table_info(tally, character(), character())
  info$groups <- names(asked$columns)
  info$labels <- stats::setNames(tables$by_label[1L + seq_along(info$groups)], info$groups)
  info["domain"] <- list(domain_text(data))
  lost <- setdiff(names(settings$nets), made$cells$level[made$cells$statistic == "net"])
  if (length(lost) > 0L) {
    there <- unique(unlist(tables$levels))
    wrong <- setdiff(settings$nets[[lost[1L]]], there)
    abort("argument", "no question has all answers of the net \"", lost[1L], "\" (in `answers`)",
          if (length(wrong) > 0L) paste0(", and none has \"", wrong[1L], "\""),
          hint = if (length(wrong) == 0L) "Its answers are of different questions" else {
            c(near_hint(wrong[1L], there), paste0("Answers are ", listed(there[!is.na(there)])))
          })
  }
  by <- which(!first)[seq_along(info$groups)]
  say_many_values(Map(function(tally, name) tally$variables[[name]], tables$tally[by], tables$by[by]), "column")
  info <- c(info, settings[c("title", "nets", "adjust", "level", "missing", "interval", "usual_interval")])
  info$pooled <- made$pooled
  methods <- made$tests$method[!is.na(made$tests$method)]
  said <- c(interval = interval_text(settings$interval, settings$level), letters = letters_text(settings),
            test_conventions(tally, methods, settings$proportions))
  if (!is.null(made$pooled)) {
    of_design <- design_conventions(tally, few = TRUE)
    said <- c(replace(said, names(of_design), of_design), pooling = pooling_text)
  }
  seal_result(structure(list(cells = made$cells, tests = made$tests, comparisons = made$comparisons, columns = made$columns,
                             questions = questions), class = "weeg_book", info = info, conventions = said))
}

letters_text <- function(settings) {
  paste0("differences at ", format_significant(1 - settings$level, 1L), " (", settings$adjust,
         ", within a question and a variable)")
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
    wrong <- if (is.character(i)) i[is.na(at)] else character()
    abort("argument", "a book is cut by the names or numbers of its questions",
          hint = c(if (length(wrong) > 0L) near_hint(wrong[1L], known), paste0("They are ", listed(known))))
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
