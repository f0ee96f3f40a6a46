#' Multiple-response questions
#'
#' The proportion naming each item of a "choose all that apply" question, with intervals, and tests of whether these
#' differ between groups, item by item and for all items together.
#'
#' @section Who names what:
#' An item is named, not named, or missing. It can be coded as follows:
#' * A column per item (`coding = "items"`): logical, 0 or 1, or with the level `yes`; every other answer is "not named".
#'   A blank (a missing value or an empty text) is no answer, unless `unnamed = "blank"` declares that it means "not
#'   named". Then an item may also hold its own text or nothing, without `yes`. Items with no values but `yes` and blanks
#'   are an error: it is not known whether the others were asked.
#' * First, second and third answers in columns of their own (`coding = "categories"`): each answer that occurs in any of the
#'   columns is an item, and counts once even if it is given twice. Blanks follow the last answer.
#' * All answers in one text (`separator = ";"`): the parts are the items. Blanks around them are ignored.
#'
#' A multiple-response set of an SPSS file that is read by its path has this information itself: `~ media` stands for the
#' set $media, whose counted value names an item; see [weeg_sav].
#'
#' A row in which everything is blank counts as nonresponse, unless `unnamed = "blank"`: then it is a respondent who
#' names nothing, and counts in the base `"respondents"`; the print says how many there are. Those who were not asked can
#' be excluded by `subset()`, or, together with all who name nothing, by `base = "any"`. User-missing values of SPSS are
#' not blank, but no answer; a tally does not distinguish them from blanks.
#'
#' @section Base:
#' * `"respondents"`: the share of all respondents who name the item. The shares add up to more than 1.
#' * `"any"`: the same among respondents who name at least one item, the "percent of cases" of SPSS.
#' * `"responses"`: the share of all answers that is this item, a ratio of two weighted sums; the shares add up to 1. `n.base`
#'   then counts answers. No test is made: answers of one person are not independent.
#'
#' A row in which any item is missing is left out; for answers in columns of their own or in one text, a row without an
#' answer. Standard errors are those of [weeg_proportion()], with PSU totals of the scores w (x - s p) / B, x being 1
#' where the item is named, s what the row adds to the base and B the sum of w s. With replicate weights, shares of
#' answers are linearised in each replicate; other shares are recomputed. In samples of few PSUs shares of persons have the
#' interval of any proportion, shares of answers one by PSUs minus strata degrees of freedom: see [weeg_conventions()].
#'
#' @section Tests:
#' Each item is tested against the group as [weeg_test()] does with `"rao-scott-f"`; p-values are adjusted for the number of
#' items by Holm's method; an item counts once with one that the same rows name, or all others. The test of all items
#' together adds up the items' Pearson statistics and corrects the sum, to
#' the second order of Rao and Scott, by the design covariance of the differences between groups, which has rank (groups - 1) x
#' items at most (multiple marginal independence: Thomas and Decady 2004, Bilder and Loughin 2004); it accounts for the
#' association between answers of one person.
#'
#' @inheritParams weeg_proportion
#' @param formula `item1 + item2 + item3 ~ group`; without groups `~ item1 + item2 + item3`. See Who names what.
#' @param yes The level that means that an item is named, where items are neither logical nor 0 and 1.
#' @param unnamed `"blank"`: a blank means that an item is not named. `NULL`: a blank is no answer.
#' @param coding `"items"`, a column per item, or `"categories"`, a column for the first answer, one for the second and so on.
#'   `NULL`: `"items"`, or `"categories"` with a `separator`.
#' @param separator The separator of answers in one text, such as `";"`.
#' @param labels Texts of items: `c(a = "Television", b = "Radio")`, by the variables of the formula or by the answers.
#'   Answers appear in this order, including those that nobody gave. By default variable labels, value labels or names.
#' @param base What the shares are of: `"respondents"`, `"any"` or `"responses"`; see Base.
#' @param missing `"domain"` or `"omit"`; see [weeg_missing].
#' @param x A result of `weeg_multiple()`.
#' @return `weeg_multiple()`: a data frame of class `weeg_multiple` with one row per group and item and the columns of
#'   [weeg_proportion()]; `level` is the item (its label where it has one).
#'
#'   `weeg_item_tests()`: a data frame of class `weeg_item_tests` with one row per item and a last one for `"all items"`:
#'   `item`, `method`, `statistic`,
#'   `num.df`, `den.df`, `p.value`, `p.adjusted` (`NA` for all items), `n`, `df` and `reason`. No rows
#'   where there are no groups or the base is not one of respondents. `glance()` gives the last row.
#' @references Bilder and Loughin (2004), Biometrics 60, 241-248. Thomas and Decady (2004), Educational and Psychological
#'   Measurement 64, 43-59.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' m <- weeg_multiple(d, knelpunt_banen + knelpunt_leeftijd + knelpunt_schulden ~ ronde)
#' m
#' weeg_item_tests(m)
#' weeg_multiple(d, ~ knelpunt_banen + knelpunt_leeftijd + knelpunt_schulden, base = "responses")
#'
#' # A blank means that an item is not named
#' asked <- data.frame(tv = c("Y", NA, "Y", NA), radio = c(NA, "Y", "Y", NA))
#' weeg_multiple(asked, ~ tv + radio, yes = "Y", unnamed = "blank", labels = c(tv = "Television"))
#'
#' # First and second answers, and answers in one text
#' weeg_multiple(data.frame(first = c("tv", "radio"), second = c(NA, "tv")), ~ first + second, coding = "categories")
#' weeg_multiple(data.frame(media = c("tv", "radio; tv")), ~media, separator = ";")
#' @export
weeg_multiple <- function(data, formula, yes = NULL, unnamed = NULL, coding = NULL, separator = NULL, labels = NULL,
                          base = "respondents", interval = NULL, threshold = NULL, level = 0.95, missing = NULL) {
  need_given(data)
  several <- is_imputed(data)
  parts <- parse_formula(given_formula(formula, one_sided = TRUE), if (several) data[[1L]] else data)
  base <- one_of(base, base_choices, "base")
  level <- check_level(level)
  threshold <- check_threshold(threshold, data,
                               "a `base` of \"any\" or \"responses\"" = base != "respondents")
  make <- function(data) {
    multiple_result(data, parts, yes, unnamed, coding, separator, labels, base, interval, threshold, level, missing, several)
  }
  if (several) pooled(data, make) else make(weeg_design(data))
}

# pieces: whether there is what the tests are of, too, in info$pieces.
multiple_result <- function(data, parts, yes, unnamed, coding, separator, labels, base, interval, threshold, level, missing,
                            pieces) {
  usual <- is.null(interval)
  interval <- one_of(usual_interval(interval, data, base != "responses"), interval_methods, "interval")
  question <- item_question(parts, yes, unnamed, coding, separator, labels,
                            answer_set(data$data, parts, yes, coding, separator))
  twice <- intersect(names(question$terms), names(parts$groups))
  if (length(twice) > 0L) abort("formula", twice[1L], " is item and group at once")
  if (!is.null(missing)) missing <- one_of(missing, setdiff(missing_choices, "level"), "missing")
  if (by_convention(missing, data, "missing") == "level") missing <- "domain"
  table <- item_table(data, question, parts, base, missing)
  found <- shown_items(table, threshold)
  rows <- protect_rows(item_rows(table, interval, level), found)
  info <- table_info(table$tally, character(), names(parts$groups))
  info$outcomes <- I(paste0(answer_set_title(question$set), counted(length(table$labels), "item"), ", multiple response"))
  info[c("level", "interval", "usual_interval")] <- list(level, interval, usual)
  info$items <- c(question, list(base = base, names = table$names, none = if (is.null(found)) table$none))
  tested <- base == "respondents" && length(parts$groups) > 0L
  info$tests <- item_tests(table)[if (tested) TRUE else 0L, , drop = FALSE]
  if (isTRUE(found$any)) info$tests <- blank(info$tests, rep(TRUE, nrow(info$tests)))
  info$threshold <- threshold
  if (pieces && tested) info$pieces <- item_pieces(table)
  bases <- c(respondents = "respondents", any = "respondents who name any item", responses = "responses")
  blank <- if (!is.null(unnamed)) " (blank: not named)"
  new_result(rows, c("weeg_multiple", "weeg_proportion"), info,
             c(base = paste0(bases[[base]], blank), interval = interval_text(interval, level),
               threshold_convention(threshold),
               design_conventions(table$tally, few = base != "responses")))
}

#' @rdname weeg_multiple
#' @export
weeg_item_tests <- function(x) {
  need_given(x)
  if (!inherits(x, "weeg_multiple")) abort("argument", "`x` must be a result of weeg_multiple()")
  info <- info_of(x)
  tests <- info$tests
  conventions <- attr(x, "conventions")
  info[c("tests", "items", "level", "interval", "usual_interval", "columns", "kinds", "naming")] <- NULL
  test <- if (is.null(info$pooled)) observed_test("rao-scott-f") else "adjusted-wald"
  new_result(tests, "weeg_item_tests", info,
             c(test = test, without_effective(conventions[setdiff(names(conventions), c("base", "interval"))])))
}

answer_set_title <- function(set) {
  if (!is.null(set)) paste0(if (is.na(set$label)) set$name else paste0(set$label, " (", set$name, ")"), ": ")
}

# Which cells of the tally of groups and items name which items, and what they add to the base.
item_table <- function(data, question, parts, base, missing) {
  patterns <- item_patterns(data, question, parts$groups, parts$envir)
  name <- patterns$name
  tally <- table_tally(patterns$data, c(parts$groups, stats::setNames(list(as.name(name)), name)), parts$envir, missing)
  position <- cell_positions(tally$variables)[[name]]
  levels <- tally$variables[[name]]$levels
  items <- cbind(patterns$named[, match(levels, patterns$levels), drop = FALSE], FALSE)[, position + 1L, drop = FALSE]
  groups <- names(parts$groups)
  places <- table_places(tally, groups, name)
  named <- colSums(items)
  size <- switch(base, respondents = rep(1L, length(named)), any = ifelse(named > 0, 1L, -1L), responses = named)
  size[position == length(levels)] <- -1L
  storage.mode(items) <- "integer"
  none <- sum(tally$entries$n[(named == 0 & size >= 0L & places$group >= 0L)[tally$entries$cell + 1L]])
  list(tally = tally, group = places$group, groups = places$groups, items = items, size = as.integer(size),
       names = patterns$names, labels = patterns$labels, grid = group_grid(tally, groups), none = none)
}

item_rows <- function(table, interval, level) {
  found <- checked_estimate(.Call(C_multiple, table$tally, table$group, table$groups, table$items, table$size,
                                  match(interval, interval_methods) - 1L, level), table$tally)
  count <- length(table$labels)
  each <- rep(seq_len(table$groups), each = count)
  list_frame(c(
    list(groups = group_rows(table$grid, each), outcome = rep("item", length(each)),
         level = factor(rep(table$labels, table$groups), levels = unique(table$labels))),
    found
  ))
}

# Each item as a question of its own, of those who name it and those who do not: as shown_cells().
shown_items <- function(table, threshold) {
  if (is.null(threshold)) return(NULL)
  each <- lapply(seq_along(table$labels), function(item) {
    checked(.Call(C_suppress_item, table$tally, table$group, table$groups, table$items, table$size, item - 1L,
                  as.double(threshold)))
  })
  named <- vapply(each, function(found) matrix(found$row, 2L)[1L, ], integer(table$groups))
  list(row = c(t(matrix(named, table$groups))), any = any(vapply(each, `[[`, NA, "any")))
}

# Each item against the groups, and all together.
item_tests <- function(table) {
  found <- checked_estimate(.Call(C_item_tests, table$tally, table$group, table$groups, table$items, table$size), table$tally)
  items <- c(table$labels, "all items")
  list_frame(c(list(item = items, method = rep("rao-scott-f", length(items))), found))
}

# What the tests of each item and of all are of, and of each item the first that is the same, in all rows, or its opposite.
item_pieces <- function(table) {
  each <- lapply(seq_along(table$labels), function(item) {
    level <- ifelse(table$size < 0L, -1L, 1L - table$items[item, ])
    places <- list(group = table$group, groups = table$groups, level = level, levels = 2L)
    test_residuals(list(tally = table$tally, places = places))
  })
  cells <- unique(table$tally$entries$cell) + 1L
  cells <- cells[table$size[cells] >= 0L & table$group[cells] >= 0L]
  sides <- table$items[, cells, drop = FALSE]
  keys <- apply(sides, 1L, function(named) paste(if (length(named) > 0L && named[1L] == 1L) 1L - named else named, collapse = ""))
  list(each = each, all = item_residuals(table), same = match(keys, keys))
}

item_residuals <- function(table) {
  checked_estimate(.Call(C_item_residuals, table$tally, table$group, table$groups, table$items, table$size), table$tally)
}

#' @rdname weeg_tidy
#' @export
glance.weeg_multiple <- function(x, ...) {
  tests <- weeg_item_tests(x)
  if (nrow(tests) == 0L) return(NextMethod())
  rows <- tests[nrow(tests), c("method", "statistic", "num.df", "den.df", "p.value", "n", "df", "reason")]
  names(rows)[names(rows) == "n"] <- "nobs"
  rownames(rows) <- NULL
  cbind(rows, conf.level = info_of(x)$level)
}

#' @rdname weeg_print
#' @export
format.weeg_multiple <- function(x, digits = NULL, width = getOption("width"), ...) {
  lines <- NextMethod()
  if (nrow(x) == 0L || !is_complete(x)) return(lines)
  width <- line_width(width)
  said <- c(none_text(info_of(x)$items), item_test_texts(info_of(x)$tests))
  at <- length(lines) - length(convention_lines(x, width))
  c(lines[seq_len(at)], unlist(lapply(said, wrap, width)), lines[-seq_len(at)])
}

# Whether those who name nothing were asked, the data do not say where blanks are "not named".
none_text <- function(items) {
  if (is.null(items$unnamed) || items$base != "respondents" || !isTRUE(items$none > 0)) return(NULL)
  paste0(format_count(items$none), if (items$none == 1) " respondent names" else " respondents name",
         " no item and", if (items$none == 1) " counts" else " count", " in the base; base \"any\" leaves them out.")
}

item_test_texts <- function(tests) {
  if (nrow(tests) == 0L) return(NULL)
  all <- tests[nrow(tests), ]
  said <- if (is.na(all$p.value)) {
    paste0("No test of all items: ", all$reason, ".")
  } else {
    paste0("All items: ", test_names(all$method), " ", statistic_text(all), ", ", p_text(all$p.value), ".")
  }
  differ <- tests$item[!is.na(tests$p.adjusted) & tests$p.adjusted < 0.05]
  c(said, if (length(differ) > 0L) paste0("Items that differ (p Holm < .05): ", paste(differ, collapse = "; "), "."))
}

# ---- who names what --------------------------------------------------------------------------------------------------

# What a multiple-response question is: list(terms, coding, yes, unnamed, separator, labels).
item_question <- function(parts, yes, unnamed, coding, separator, labels, set = NULL) {
  if (!is.null(unnamed)) unnamed <- one_of(unnamed, "blank", "unnamed")
  if (!is.null(set)) {
    coding <- if (set$categories) "categories" else "items"
    parts$outcomes <- stats::setNames(lapply(set$variables, as.name), set$variables)
  }
  if (is.null(coding)) coding <- if (is.null(separator)) "items" else "categories"
  coding <- one_of(coding, coding_choices, "coding")
  separator <- bare(separator)
  text <- function(x) is.character(x) && length(x) == 1L && !is.na(x) && validEnc(x)
  if (!is.null(separator) && !(text(separator) && nzchar(separator))) {
    abort("argument", "`separator` must be the text between two answers, such as \";\"")
  }
  if (!is.null(separator) && coding == "items") abort("argument", "`separator` goes with coding = \"categories\"")
  if (!is.null(yes) && coding == "categories") {
    abort("argument", "`yes` is for data with a column per item, but here each answer is an item")
  }
  if (!is.null(yes)) yes <- level_names(yes, "yes")
  if (!is.null(yes) && (length(yes) != 1L || is.na(yes))) {
    abort("argument", "`yes` must be one level, the one that means that an item is named")
  }
  if (!is.null(labels)) {
    named <- is.character(labels) && !anyNA(labels) && !is.null(names(labels)) && all(nzchar(names(labels)))
    if (!named || anyDuplicated(names(labels)) || anyDuplicated(labels)) {
      abort("argument", "`labels` must be a text for each item, by its name: c(a = \"Television\", b = \"Radio\")")
    }
    unknown <- if (coding == "items") setdiff(names(labels), names(parts$outcomes))
    if (length(unknown) > 0L) {
      abort("argument", "`labels` has a text for ", unknown[1L], ", which is not an item of the formula",
            hint = near_hint(unknown[1L], names(parts$outcomes)))
    }
  }
  list(terms = parts$outcomes, coding = coding, yes = yes, unnamed = unnamed, separator = separator, labels = labels, set = set)
}

# The multiple-response set of the data that the formula names, with its $ or without; NULL: none.
answer_set <- function(data, parts, yes, coding, separator) {
  sets <- source_sets(data)
  if (length(sets) == 0L) return(NULL)
  own <- vapply(sets, `[[`, "", "name")
  asked <- gsub("`", "", names(parts$outcomes), fixed = TRUE)
  at <- match(tolower(visible(sub("^[$]", "", asked))), tolower(visible(sub("^[$]", "", own))))
  at[asked %in% source_names(data)] <- NA
  if (all(is.na(at))) {
    unknown <- asked[startsWith(asked, "$")]
    if (length(unknown) == 0L) return(NULL)
    abort("formula", "the file has no set ", unknown[1L], "; there are ", listed(own))
  }
  set <- sets[[at[!is.na(at)][1L]]]
  if (length(asked) > 1L) abort("formula", "the set ", set$name, " has items of its own: use it alone")
  given <- c("yes", "coding", "separator")[!c(is.null(yes), is.null(coding), is.null(separator))]
  if (length(given) > 0L) abort("argument", "`", given[1L], "` is defined by the set ", set$name, ": leave it out")
  set
}

# The combinations of items that occur, as one variable of the data: with many items, few of all combinations do.
# list(data, name = that of the variable, levels, named = items x levels, items = of each row its level, names, labels)
item_patterns <- function(x, question, groups, envir) UseMethod("item_patterns")

#' @export
item_patterns.weeg_design <- function(x, question, groups, envir) {
  columns <- code_columns(question$terms, x$data, envir, "formula")
  codes <- lapply(columns, column_codes)
  refused <- declared_missing(x$data, codes, question, envir)
  answers <- item_answers(Map(item_column, columns, codes, refused), question)
  found <- answer_patterns(answers)
  items <- factor(found$level, levels = found$levels)
  name <- free_name("..items", c(source_names(x$data), names(groups)))
  x$data <- source_with(x$data, name, items)
  c(list(data = x, name = name, items = items), found[c("levels", "named")], answers[c("names", "labels")])
}

#' @export
item_patterns.weeg_tally <- function(x, question, groups, envir) {
  tally <- make_tally(x, c(groups, question$terms), envir)
  cells <- sort(unique(tally$entries$cell)) + 1L
  positions <- lapply(cell_positions(tally$variables), `[`, cells)
  codes <- Map(function(position, variable) {
    position[position == length(variable$levels)] <- NA
    position + 1L
  }, positions, tally$variables)
  names <- names(question$terms)
  answers <- item_answers(Map(item_column, tally$variables[names], codes[names], list(FALSE)), question)
  found <- answer_patterns(answers)
  items <- list(name = free_name("..items", names(groups)), label = NULL, levels = found$levels, ordered = FALSE,
                number = FALSE)
  variables <- c(tally$variables[names(groups)], stats::setNames(list(items), items$name))
  level <- match(found$level, found$levels, nomatch = length(found$levels) + 1L) - 1L
  to <- 0L
  for (name in names(groups)) to <- to * (length(variables[[name]]$levels) + 1L) + positions[[name]]
  cell <- rep(-1L, tally$cells)
  cell[cells] <- to * (length(found$levels) + 1L) + level
  c(list(data = with_cells(tally, cell, variables), name = items$name), found[c("levels", "named")],
    answers[c("names", "labels")])
}

# A variable of a question: its levels, the code of each row or cell, NA for a blank, and which of these are not blank, but
# declared to be no answer. A column without any value has the levels of a logical one, which are no answers.
item_column <- function(variable, codes, refused) {
  variable[c("codes", "width", "size")] <- NULL
  variable$blank <- !nzchar(trimws(variable$levels))
  codes[variable$blank[codes]] <- NA
  if (all(is.na(codes)) && all(variable$levels %in% c("FALSE", "TRUE"))) variable$blank[] <- TRUE
  c(variable, list(codes = codes, refused = refused))
}

# Of each variable, which rows have a value that is declared to be missing; FALSE: none. What has to be read for these is, only
# where blanks have a meaning, or could have one.
declared_missing <- function(data, codes, question, envir) {
  wanted <- vapply(codes, anyNA, NA)
  if (is.null(question$unnamed)) wanted <- wanted & vapply(codes, function(x) all(x == x[!is.na(x)][1L], na.rm = TRUE), NA)
  source_refused(data, question$terms, codes, wanted, envir)
}

# list(named = a logical vector for each item, known = whether the row answers the question, names, labels)
item_answers <- function(columns, question) {
  if (question$coding == "items") yes_answers(columns, question) else category_answers(columns, question)
}

yes_answers <- function(columns, question) {
  yes <- yes_numbers(columns, question)
  named <- Map(function(column, number) {
    said <- column$codes == number
    if (!is.null(question$unnamed)) said[is.na(said) & !column$refused] <- FALSE
    said
  }, columns, yes)
  if (is.null(question$unnamed)) refuse_only_yes(columns, named, yes)
  known <- Reduce(`&`, lapply(named, function(said) !is.na(said)))
  own <- unlist(Map(function(column, number) {
    text <- column$levels[number]
    own <- if (is.null(question$set)) is.null(question$yes) && !text %in% c("TRUE", "1") else question$set$value_labels
    if (own && !is.na(text)) text else c(column$label, column$name)[1L]
  }, columns, yes))
  item_texts(list(named = lapply(named, `%in%`, TRUE), known = known, names = unname(vapply(columns, `[[`, "", "name"))), own,
             question)
}

# The number of the level that says that an item is named; beyond all levels where nobody names it.
yes_numbers <- function(columns, question) {
  if (!is.null(question$set)) return(unlist(lapply(columns, counted_number, question$set$counted)))
  yes <- as.character(question$yes)
  answers <- lapply(columns, function(column) column$levels[!column$blank])
  has <- vapply(answers, function(levels) any(yes %in% levels), NA)
  others <- unlist(answers[has]) # what those who do not name an item say
  said <- Map(function(column, levels) {
    if (length(levels) == 0L) return(NA)
    if (length(yes) > 0L && (yes %in% levels || all(levels %in% others))) return(yes)
    if (length(yes) == 0L && all(levels %in% c("FALSE", "TRUE"))) return("TRUE")
    if (length(yes) == 0L && all(levels %in% c("0", "1"))) return("1")
    if (length(yes) == 0L && !is.null(question$unnamed) && length(levels) == 1L) return(levels)
    abort("variable", column$name, " is not an item: its levels are ", listed(paste0("\"", levels, "\"")),
          hint = c("Items are logical, 0 or 1; or give the level that means that an item is named: yes = \"...\".",
                   paste0(if (length(levels) == 1L) {
                            "For items that hold their own text or nothing, use unnamed = \"blank\"; for "
                          } else {
                            "For "
                          },
                          "first, second and third answers in columns, use coding = \"categories\"; for answers in one text, ",
                          "separator = \";\"")))
  }, columns, answers)
  unlist(Map(function(column, said) {
    match(said, column$levels, nomatch = length(column$levels) + 1L, incomparables = NA)
  }, columns, said))
}

# The level with the counted value of a set.
counted_number <- function(column, counted) {
  found <- match(if (is.numeric(column$plain)) as.numeric(counted) else counted, column$plain)
  if (is.na(found)) length(column$levels) + 1L else found
}

refuse_only_yes <- function(columns, named, yes) {
  only <- only_yes(columns, named)
  if (!any(only)) return(invisible())
  names <- vapply(columns[only], `[[`, "", "name")
  said <- unique(unlist(Map(function(column, number) column$levels[number], columns[only], yes[only])))
  abort("variable", listed(names), if (length(names) == 1L) " has" else " have", " no answer but ",
        listed(paste0("\"", said, "\"")), " and blanks, so that all who answered would name it",
        hint = paste("If a blank (a missing value, an empty text) means that an item is not named, use unnamed = \"blank\".",
                     "If it is no answer, give the item a level for those who do not name it, such as FALSE"))
}

# Items without an answer but yes: their blanks seem to be what others call no. Those of respondents who left out the whole
# question carry no information, if there is a level for no.
only_yes <- function(columns, named) {
  blank <- lapply(columns, function(column) is.na(column$codes) & !column$refused)
  skipped <- Reduce(`&`, blank)
  unlist(Map(function(column, blank, named) {
    no <- sum(!column$blank) > 1L
    any(named, na.rm = TRUE) && all(named, na.rm = TRUE) && any(if (no) blank & !skipped else blank)
  }, columns, blank, named))
}

category_answers <- function(columns, question) {
  pieces <- lapply(columns, level_pieces, question$separator)
  items <- category_order(columns, pieces, question)
  if (length(items) == 0L) abort("variable", "there is no answer in ", listed(names(question$terms)))
  having <- lapply(pieces, function(p) split(rep(seq_along(p), lengths(p)), factor(unlist(p), items))) # levels, by item
  named <- lapply(seq_along(items), function(i) {
    Reduce(`|`, Map(function(column, levels) column$codes %in% levels[[i]], columns, having))
  })
  known <- Reduce(`|`, named)
  if (!is.null(question$unnamed)) known <- known | !Reduce(`|`, lapply(columns, `[[`, "refused"))
  item_texts(list(named = named, known = known, names = items), items, question)
}

# The answers that each level of a variable stands for.
level_pieces <- function(column, separator) {
  pieces <- if (is.null(separator)) as.list(column$levels) else strsplit(column$levels, separator, fixed = TRUE)
  pieces <- lapply(pieces, function(p) if (is.null(separator)) p else unique(trimws(p)))
  pieces[column$blank] <- list(character())
  lapply(pieces, function(p) p[nzchar(trimws(p))])
}

# Answers of all variables: those of `labels`, in their order, then the others.
category_order <- function(columns, pieces, question) {
  all <- unique(unlist(pieces))
  numbers <- vapply(columns, function(column) (isTRUE(column$number) && is.null(column$values)) || all(column$blank), NA)
  if (all(numbers) || (!is.null(question$separator) && all(grepl("^-?[0-9]+([.][0-9]+)?$", all)))) {
    all <- all[order(as.numeric(all))]
  } else {
    all <- if (is.null(question$separator)) joined_order(lapply(pieces, unlist)) else sort_values(all)
  }
  unlabelled <- setdiff(all, names(question$labels))
  unknown <- setdiff(names(question$labels), all)
  if (length(unknown) > 0L && length(unlabelled) > 0L) {
    abort("argument", "`labels` has a text for \"", unknown[1L], "\", which nobody answers, and none for \"",
          unlabelled[1L], "\"",
          hint = "Answers that nobody gave can have labels if all others have one")
  }
  c(names(question$labels), unlabelled)
}

# All levels of several variables: sorted where each variable's are, else new ones of the next variable come before the one
# that they precede there.
joined_order <- function(levels) {
  all <- sort_values(unlist(levels))
  if (all(vapply(levels, function(l) !is.unsorted(match(l, all)), NA))) return(all)
  order <- character()
  for (of in levels) {
    known <- of %in% order
    new <- split(of[!known], factor(cumsum(known)[!known], 0:sum(known)))
    order <- as.list(order)
    at <- match(of[known], order)
    order[at] <- Map(c, new[seq_along(at)], order[at])
    order <- unlist(c(order, new[length(at) + 1L]), use.names = FALSE)
  }
  order
}

# With the texts of the items: those of the user, else their own, else their names.
item_texts <- function(answers, own, question) {
  labels <- unname(question$labels[answers$names])
  if (is.null(question$labels)) labels <- rep(NA_character_, length(answers$names))
  labels[is.na(labels)] <- own[is.na(labels)]
  if (anyDuplicated(labels)) labels <- answers$names
  c(answers, list(labels = unname(labels)))
}

# The level of each row: the numbers of the items that it names, each after a comma.
answer_patterns <- function(answers) {
  level <- rep("", length(answers$known))
  for (i in seq_along(answers$named)) {
    at <- which(answers$named[[i]])
    level[at] <- paste0(level[at], ",", i)
  }
  level[!answers$known] <- NA
  levels <- sort(unique(level), method = "radix")
  named <- matrix(FALSE, length(answers$named), length(levels))
  numbers <- lapply(strsplit(levels, ","), function(x) as.integer(x[-1L]))
  named[cbind(unlist(numbers), rep(seq_along(levels), lengths(numbers)))] <- TRUE
  list(level = level, levels = levels, named = named)
}
