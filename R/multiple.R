#' Questions to which several answers may be given
#'
#' Shares of each item of a question of the kind "choose all that apply", with intervals, and tests of whether they differ
#' between groups, item by item and for all items together.
#'
#' @section Base:
#' * `"respondents"`: the share of all respondents who name the item. The shares add up to more than 1.
#' * `"any"`: the same among respondents who name at least one item.
#' * `"responses"`: the share of all answers that is this item, a ratio of two weighted sums; the shares add up to 1. `n.base`
#'   then counts answers. No test is made: answers of one person are not independent.
#'
#' A row in which any of the items is missing is left out. Standard errors are those of [weeg_proportion()], with PSU totals of
#' the scores w (x - s p) / B, x being 1 where the item is named, s what the row adds to the base and B the sum of w s. With
#' replicate weights, shares of answers are linearised in each replicate; other shares are computed anew.
#'
#' @section Tests:
#' Each item is tested against the group as [weeg_test()] does with `"rao-scott-f"`; p-values are adjusted for the number of
#' items by Holm's method. The test of all items together adds up the items' Pearson statistics and corrects the sum, to
#' the second order of Rao and Scott, by the design covariance of all shares (multiple marginal independence: Thomas and
#' Decady 2004, Bilder and Loughin 2004); it respects that answers of one person hang together.
#'
#' @inheritParams weeg_proportion
#' @param formula `item1 + item2 + item3 ~ group`; without groups `~ item1 + item2 + item3`. An item is logical, 0 or 1, or has
#'   the level `yes`.
#' @param base What the shares are of: `"respondents"`, `"any"` or `"responses"`; see Base.
#' @param yes The level that says that an item is named, where items are neither logical nor 0 and 1.
#' @param missing `"domain"` or `"omit"`; see [weeg_missing].
#' @param x A result of `weeg_multiple()`.
#' @return `weeg_multiple()`: a data frame of class `weeg_multiple` with one row per group and item and the columns of
#'   [weeg_proportion()]; `level` is the item (its label where it has one).
#'
#'   `weeg_item_tests()`: a data frame with one row per item and a last one for `"all items"`: `item`, `method`, `statistic`,
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
#' @export
weeg_multiple <- function(data, formula, base = "respondents", yes = NULL, interval = NULL, level = 0.95, missing = NULL) {
  parts <- parse_formula(formula)
  base <- one_of(base, c("respondents", "any", "responses"), "base")
  level <- check_level(level)
  data <- weeg_design(data)
  interval <- one_of(by_convention(interval, data, "interval"), interval_methods, "interval")
  twice <- intersect(names(parts$outcomes), names(parts$groups))
  if (length(twice) > 0L) abort("formula", twice[1L], " is item and group at once")
  if (!is.null(missing)) one_of(missing, c("domain", "omit"), "missing")
  if (by_convention(missing, data, "missing") == "level") missing <- "domain"
  table <- item_table(data, parts, base, yes, missing)
  rows <- item_rows(table, interval, level)
  info <- table_info(table$tally, character(), names(parts$groups))
  info$outcomes <- I(paste(length(parts$outcomes), "items, several answers possible"))
  info$level <- level
  info$items <- list(terms = parts$outcomes, yes = yes, base = base)
  tested <- base == "respondents" && length(parts$groups) > 0L
  info$tests <- item_tests(table)[if (tested) TRUE else 0L, , drop = FALSE]
  bases <- c(respondents = "respondents", any = "respondents who name any item", responses = "answers")
  new_result(rows, c("weeg_multiple", "weeg_proportion"), info,
             c(base = bases[[base]], interval = interval_text(interval, level), design_conventions(table$tally)))
}

#' @rdname weeg_multiple
#' @export
weeg_item_tests <- function(x) {
  if (!inherits(x, "weeg_multiple")) abort("argument", "`x` must be a result of weeg_multiple()")
  attr(x, "info")$tests
}

# Which cells of the tally of groups and items name which items, and what they add to the base.
item_table <- function(data, parts, base, yes, missing) {
  names <- names(parts$outcomes)
  patterns <- if (inherits(data, "weeg_tally")) NULL else item_patterns(data, parts, yes)
  if (is.null(patterns)) {
    tally <- table_tally(data, c(parts$groups, parts$outcomes), parts$envir, missing)
    positions <- cell_positions(tally$variables)[names]
    items <- do.call(rbind, unname(Map(function(position, variable) {
      match(position, yes_number(variable$levels, variable$name, yes) - 1L, nomatch = 0L) > 0L
    }, positions, tally$variables[names])))
    known <- Reduce(`&`, Map(function(position, variable) position < length(variable$levels), positions, tally$variables[names]))
    labels <- vapply(names, function(name) variable_label(tally, name), "")
  } else {
    data$data <- patterns$data
    terms <- c(parts$groups, stats::setNames(list(as.name(patterns$name)), patterns$name))
    tally <- table_tally(data, terms, parts$envir, missing)
    position <- cell_positions(tally$variables)[[patterns$name]]
    levels <- tally$variables[[patterns$name]]$levels
    items <- rbind(patterns$named[, match(levels, patterns$levels), drop = FALSE], deparse.level = 0)
    items <- cbind(items, FALSE)[, position + 1L, drop = FALSE]
    known <- position < length(levels)
    labels <- patterns$labels
  }
  groups <- names(parts$groups)
  places <- table_places(tally, groups, utils::tail(base::names(tally$variables), 1L))
  named <- colSums(items)
  size <- switch(base, respondents = rep(1L, length(named)), any = ifelse(named > 0, 1L, -1L), responses = named)
  size[!known] <- -1L
  storage.mode(items) <- "integer"
  if (anyDuplicated(labels)) labels <- names
  list(tally = tally, group = places$group, groups = places$groups, items = items, size = as.integer(size),
       labels = unname(labels), grid = group_grid(tally, groups))
}

# The combinations of items that occur, as one variable of the data: with many items, few of all combinations do.
item_patterns <- function(design, parts, yes) {
  columns <- code_columns(parts$outcomes, design$data, parts$envir, "formula")
  named <- lapply(columns, function(column) column_codes(column) == yes_number(column$levels, column$name, yes))
  text <- paste_columns(lapply(named, function(x) c("0", "1")[x + 1L]), "")
  text[Reduce(`|`, lapply(named, is.na))] <- NA
  levels <- sort(unique(text), method = "radix")
  data <- design$data
  items <- factor(text, levels = levels)
  name <- free_name("..items", c(data_names(data), base::names(parts$groups)))
  named <- matrix(unlist(strsplit(levels, "")) == "1", nrow = length(columns), ncol = length(levels))
  list(data = with_column(data, name, items), name = name, items = items, levels = levels, named = named,
       labels = vapply(columns, function(column) if (is.null(column$label)) column$name else column$label, ""))
}

# Which level of an item says that it is named.
yes_number <- function(levels, name, yes) {
  known <- if (is.null(yes)) list(c("FALSE", "TRUE"), c("0", "1")) else list(c(levels, as.character(yes)))
  fits <- Filter(function(k) all(levels %in% k), known)
  said <- if (is.null(yes)) "TRUE" else as.character(yes)
  if (is.null(yes) && length(fits) > 0L) said <- fits[[1L]][2L]
  if (length(fits) == 0L || (!is.null(yes) && length(levels) > 0L && !said %in% levels)) {
    abort("variable", name, " is not an item: its levels are ", listed(paste0("\"", levels, "\"")),
          hint = "Items are logical, 0 or 1; or give the level that says that an item is named: yes = \"...\"")
  }
  number <- match(said, levels)
  if (is.na(number)) 0L else number
}

item_rows <- function(table, interval, level) {
  found <- checked_estimate(.Call(C_multiple, table$tally, table$group, table$groups, table$items, table$size,
                                  match(interval, interval_methods) - 1L, level), table$tally)
  count <- length(table$labels)
  each <- rep(seq_len(table$groups), each = count)
  list_frame(c(
    list(
      groups = group_rows(table$grid, each), outcome = rep("item", length(each)),
      level = factor(rep(table$labels, table$groups), levels = unique(table$labels)),
      estimate = found$estimate, std.error = found$std.error, conf.low = found$conf.low, conf.high = found$conf.high,
      n = found$n, n.base = found$base.n[each], n.weighted = found$n.weighted, n.effective = found$n.effective,
      deff = found$deff, df = found$df[each], reason = found$reason
    ),
    reliability_columns(found$estimate, found$std.error, found$base.n[each], found$df[each])
  ))
}

# Each item against the groups, and all together.
item_tests <- function(table) {
  counted <- table$size >= 0L
  each <- lapply(seq_along(table$labels), function(i) {
    level <- ifelse(counted, table$items[i, ], -1L)
    checked_estimate(.Call(C_test, table$tally, table$group, table$groups, as.integer(level), 2L, 0L, FALSE), table$tally)
  })
  # many items, groups and people: each item can still be tested
  all <- tryCatch(
    checked_estimate(.Call(C_multiple_test, table$tally, table$group, table$groups, table$items, table$size), table$tally),
    weeg_error_too_large = function(e) {
      c(as.list(c(statistic = NA_real_, df1 = NA, df2 = NA, p.value = NA, n = NA, df = NA)),
        reason = "too many items, groups and respondents for a test of all items")
    }
  )
  column <- function(name) c(vapply(each, function(t) as.double(t[[name]]), 0), all[[name]])
  p <- column("p.value")
  last <- length(p)
  adjusted <- c(checked(.Call(C_adjust, p[-last], match("holm", adjustments) - 1L)), NA_real_)
  adjusted[is.na(p)] <- NA_real_
  list_frame(list(
    item = c(table$labels, "all items"), method = rep("rao-scott-f", length(p)), statistic = column("statistic"),
    num.df = column("df1"), den.df = column("df2"),
    p.value = p, p.adjusted = adjusted, n = column("n"), df = column("df"),
    reason = c(vapply(each, function(t) t$reason, ""), all$reason)
  ))
}

#' @rdname weeg_tidy
#' @export
glance.weeg_multiple <- function(x, ...) {
  tests <- weeg_item_tests(x)
  if (nrow(tests) == 0L) return(NextMethod())
  rows <- tests[nrow(tests), c("method", "statistic", "num.df", "den.df", "p.value", "n", "df", "reason")]
  names(rows)[names(rows) == "n"] <- "nobs"
  rownames(rows) <- NULL
  cbind(rows, conf.level = attr(x, "info")$level)
}

#' @rdname weeg_print
#' @export
format.weeg_multiple <- function(x, digits = NULL, width = getOption("width"), ...) {
  lines <- NextMethod()
  tests <- attr(x, "info")$tests
  if (nrow(x) == 0L || !is_complete(x) || nrow(tests) == 0L) return(lines)
  width <- line_width(width)
  all <- tests[nrow(tests), ]
  said <- if (is.na(all$p.value)) {
    paste0("No test of all items: ", all$reason, ".")
  } else {
    paste0("All items: ", test_names("rao-scott-f"), " ", statistic_text(all), ", ", p_text(all$p.value), ".")
  }
  differ <- tests$item[!is.na(tests$p.adjusted) & tests$p.adjusted < 0.05]
  if (length(differ) > 0L) said <- c(said, paste0("Items that differ (p Holm < .05): ", paste(differ, collapse = "; "), "."))
  at <- length(lines) - length(convention_lines(x, line_width(width)))
  c(lines[seq_len(at)], unlist(lapply(said, wrap, width)), lines[-seq_len(at)])
}
