#' Batteries of items
#'
#' Items that are answered on one scale, such as statements that people agree or disagree with, as one table: a row per item,
#' with the percentages of the answers, nets of them, the mean, and n. `plot()` draws them as bars that diverge from the middle
#' of the scale.
#'
#' Each item has its own respondents: those who answered it, whose number is its `n`. All items must have the same levels in the
#' same order; an item that has others is an error that names both. Of numbers in a data frame, with or without labels, the scale
#' is that of all items together, so that an answer that nobody gave to one of them is a share of 0 there.
#'
#' Shares and nets are those of [weeg_proportion()]. A mean is that of the answers' codes, a function of the shares as
#' [weeg_contrast()] has them: the estimate and the standard error are those of [weeg_mean()] of the coded item, and the
#' interval is the mean plus and minus t standard errors. `means = TRUE` takes the numbers that the answers are or, in SPSS
#' variables of a data frame, stand for; answers that are none have the codes 1, 2, 3, and so on, in their order. The print says
#' which codes were used. `means = c("disagree" = -1, "neither" = 0, "agree" = 1)` gives others.
#'
#' @section The plot:
#' Negative answers extend to the left of a line in the middle and positive ones to the right, from the mildest to the strongest;
#' half of the neutral answer is on either side. The width of each part is its share of the item, and the figures at the right are
#' n, and the mean where there is one. With groups, a panel for each item has a bar for each group.
#'
#' @inheritParams weeg_proportion
#' @param formula The items, `~ q1 + q2 + q3`, or `q1 + q2 + q3 ~ group`.
#' @param answers Nets of answers ([weeg_nets]), such as `list("top 2" = c("agree", "strongly agree"))`, which stand behind the
#'   answers. `NULL`: none.
#' @param means Whether there are means of the answers' codes; or the codes, a number named by each answer.
#' @param positive The positive answers, at one end of the scale. `NULL`: the upper half of it.
#' @param neutral The answers between the positive and the negative ones. `NULL`: the middle one of an odd number of answers,
#'   where it is not positive.
#' @param sort What items are sorted by, the highest first: `"positive"`, the share of the positive answers (with groups: of
#'   all of them together), `"mean"`, or an answer or net. `"none"`: they stay in the order of the formula.
#' @return A data frame of class `weeg_battery` with a row per item, group and answer, net or mean: the groups; `outcome`, the
#'   item; `label`, its label; `statistic`, `"share"`, `"net"` or `"mean"`; `level`, the answer or net, `NA` of a mean; the
#'   columns of [weeg_proportion()] from `estimate` on, of which a mean has no `n.effective`, `deff` and `reliability`. Items
#'   are in the order by which they are sorted.
#' @seealso [weeg_multiple()] for items that are chosen or not; [weeg_book()] for many questions by many variables.
#' @examples
#' scale <- c("strongly disagree", "disagree", "neither", "agree", "strongly agree")
#' answer <- function(power) factor(scale[1 + floor(5 * (seq_len(300) / 301)^power)], levels = scale)
#' items <- data.frame(clear = answer(0.5), quick = answer(1), kind = answer(1.6), weight = 1 + seq_len(300) %% 3)
#' attr(items$clear, "label") <- "The letter was clear"
#' d <- weeg_design(items, weights = ~weight)
#' top <- list("top 2" = c("agree", "strongly agree"))
#' weeg_battery(d, ~ clear + quick + kind, answers = top, means = TRUE)
#'
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' b <- weeg_battery(d, knelpunt_banen + knelpunt_leeftijd + knelpunt_schulden ~ ronde)
#' b
#' if (requireNamespace("ggplot2", quietly = TRUE)) plot(b)
#' @export
weeg_battery <- function(data, formula, interval = NULL, answers = NULL, means = FALSE, positive = NULL, neutral = NULL,
                         sort = "positive", level = 0.95, missing = NULL) {
  if (is_imputed(data)) {
    return(pooled(data, function(data) {
      weeg_battery(data, formula, interval, answers, means, positive, neutral, sort, level, missing)
    }))
  }
  need_given(data)
  parts <- parse_formula(formula, data, grouped = TRUE)
  asked <- list(levels = NULL, nets = asked_nets(answers))
  data <- weeg_design(data)
  missing <- by_convention(if (!is.null(missing)) one_of(missing, missing_choices, "missing"), data, "missing")
  if (missing == "level") {
    abort("unsupported", "a battery has no level for missing answers: each item has an n of its own",
          hint = "weeg_proportion(..., missing = \"level\")")
  }
  usual <- is.null(interval)
  interval <- one_of(usual_interval(interval, data), interval_methods, "interval")
  level <- check_level(level)
  data <- on_one_scale(data, parts)
  if (!is.null(data$scaled)) parts$outcomes <- by_name(parts$outcomes)
  tables <- lapply(stats::setNames(nm = names(parts$outcomes)), tally_of_outcome, data = data, parts = parts, asked = asked,
                   missing = missing)
  scale <- check_scale(tables)
  codes <- answer_codes(means, scale, tables)
  sides <- answer_sides(positive, neutral, scale)
  sort <- one_of(sort, c("positive", if (!is.null(codes)) "mean", "none", scale, names(asked$nets)), "sort")
  rows <- Map(battery_rows, names(tables), tables, list(asked), list(codes), interval, level)
  shares <- vapply(rows, battery_key, 0, sort, sides)
  info <- tables_info(unname(tables), parts)
  rows <- rows[if (sort == "none") seq_along(rows) else order(-shares)]
  answers <- c(scale, names(asked$nets))
  rows <- lapply(unname(rows), function(one) replace(one, "level", list(factor(as.character(one$level), levels = answers))))
  rows <- bind_frames(rows)
  rows$label <- unname(info$labels[rows$outcome])
  own <- c("groups", "outcome", "label", "statistic", "level")
  rows <- rows[c(own, setdiff(names(rows), own))]
  info[c("level", "interval", "usual_interval", "sort")] <- list(level, interval, usual, sort)
  info$scale <- scale
  info$sides <- sides
  info$codes <- codes
  info <- answers_info(info, asked)
  tally <- tables[[1L]]$tally
  new_result(rows, "weeg_battery", info, c(interval = interval_text(interval, level), design_conventions(tally, TRUE)))
}

# ---- the scale ---------------------------------------------------------------------------------------------------------

# Numbers of a data frame, with or without labels: factors of all values that any item has. Its `scaled` says that it was done.
on_one_scale <- function(data, parts) {
  if (!inherits(data, "weeg_design") || !is.data.frame(data$data)) return(data)
  columns <- Map(function(term, name) plain_column(evaluate(term, data$data, parts$envir, "formula"), name), parts$outcomes,
                 names(parts$outcomes))
  if (!all(vapply(columns, is_scale_number, NA))) return(data)
  labels <- lapply(columns, function(x) if (is_labelled(x)) labelled_values(x)$labels)
  if (length(unique(labels)) > 1L) return(data)
  numbers <- lapply(columns, as_numbers)
  values <- sort(unique(c(unlist(numbers), labels[[1L]])))
  scale <- code_column(if (is.null(labels[[1L]])) values else structure(values, labels = labels[[1L]]), "scale")
  if (length(scale$levels) != length(values)) return(data)
  data$data[names(columns)] <- Map(function(x, column) {
    structure(match(x, values), levels = scale$levels, class = "factor", values = as.double(values),
              label = attr(column, "label", exact = TRUE))
  }, numbers, columns)
  data$scaled <- TRUE
  data
}

# Integers of package bit64 are no doubles.
is_scale_number <- function(x) {
  is_number(x) && !inherits(x, "integer64") && (!is.object(x) || is_labelled(x)) &&
    is.null(attr(x, "format.spss", exact = TRUE)[spss_kind(attr(x, "format.spss", exact = TRUE)) != "number"])
}

# The levels of all items; an item that has others is refused.
check_scale <- function(tables) {
  levels <- lapply(tables, `[[`, "levels")
  scale <- levels[[1L]]
  first <- names(tables)[1L]
  for (item in names(tables)[-1L]) {
    own <- levels[[item]]
    if (identical(own, scale)) next
    more <- setdiff(own, scale)
    less <- setdiff(scale, own)
    hint <- "A battery has one scale: make its items factors with the same levels, factor(x, levels = ...)"
    abort("variable", item, if (length(more) > 0L) {
      paste0(" has the level \"", more[1L], "\", which ", first, " does not have")
    } else if (length(less) > 0L) {
      paste0(" does not have the level \"", less[1L], "\", which ", first, " has")
    } else {
      paste0(" has the levels of ", first, " in another order: ", listed(own))
    }, hint = hint)
  }
  if (length(scale) == 0L) abort("variable", "all answers of ", listed(names(tables)), " are missing")
  if (length(scale) < 2L) abort("variable", first, " has ", counted(length(scale), "level"), ", and a scale has two at least")
  scale
}

# The code of each answer; NULL: no means.
answer_codes <- function(means, scale, tables) {
  means <- if (is.null(means)) FALSE else means
  if (is.logical(means) && length(means) == 1L && !is.na(means) && is.null(names(means))) {
    if (!means) return(NULL)
    first <- tables[[1L]]$tally$variables[[names(tables)[1L]]]
    return(stats::setNames(level_scores(first), scale))
  }
  codes <- if (is.numeric(means) && !is.object(means)) stats::setNames(as.double(means), as_utf8(names2(means)))
  if (is.null(codes) || !all(is.finite(codes)) || anyDuplicated(names(codes)) || !setequal(names(codes), scale)) {
    abort("argument", "`means` must be TRUE, FALSE, or a number for each answer, by its name",
          hint = paste0("Such as means = c(", paste0("\"", scale, "\" = ", seq_along(scale), collapse = ", "), ")"))
  }
  codes[scale]
}

# -1, 0 or 1 for negative, neutral and positive answers.
answer_sides <- function(positive, neutral, scale) {
  chosen <- function(value, argument) {
    value <- level_names(value, argument)
    unknown <- setdiff(value, scale)
    if (length(unknown) > 0L) {
      abort("argument", "\"", unknown[1L], "\" in `", argument, "` is not an answer of the items",
            hint = unknown_answer_hint(unknown[1L], scale))
    }
    scale %in% value
  }
  place <- seq_along(scale) - (length(scale) + 1) / 2
  up <- if (is.null(positive)) place > 0 else chosen(positive, "positive")
  mid <- if (is.null(neutral)) place == 0 & !up else chosen(neutral, "neutral")
  if (is.null(positive)) up <- up & !mid
  if (any(up & mid)) abort("argument", "\"", scale[up & mid][1L], "\" is in `positive` and in `neutral`")
  sides <- ifelse(mid, 0, ifelse(up, 1, -1))
  if (is.unsorted(sides) && is.unsorted(-sides)) {
    abort("argument", "positive, neutral and negative answers are not next to each other on the scale",
          hint = paste0("The scale is ", listed(scale), "; `positive` names one end of it, and `neutral` what lies beside that"))
  }
  stats::setNames(sides, scale)
}

# ---- the figures -------------------------------------------------------------------------------------------------------

# Of one item, by group: answers, nets, and the mean.
battery_rows <- function(item, table, asked, codes, interval, level) {
  made <- with_nets(table$tally, table$parts, item, asked, "domain", function(data, parts, answers, missing) {
    proportion_table(data, parts, item, answers, interval, level, missing)
  })
  rows <- made$rows
  rows$statistic <- ifelse(as.character(rows$level) %in% names(asked$nets), "net", "share")
  if (is.null(codes)) return(rows)
  answers <- nrow(rows) / max(1, number_of_groups(table))
  means <- code_means(prepare_table(table$tally, table$parts, item, "domain"), codes, level)
  first <- seq(1L, by = answers, length.out = length(means$estimate))
  mean <- rows[first, , drop = FALSE]
  totals <- rowsum(rows$n.weighted[rows$statistic == "share"], rep(seq_along(first), each = length(codes)))
  mean$level <- NA
  mean$statistic <- "mean"
  mean[names(means)] <- means
  mean$n <- mean$n.base
  mean$n.weighted <- as.vector(totals)
  mean[c("n.effective", "deff")] <- NA_real_
  mean[c("reliability", "reliability.reason")] <- NA_character_
  place <- c(seq_len(nrow(rows)), first + answers - 0.5)
  both <- bind_frames(list(rows, mean))[order(place), , drop = FALSE]
  rownames(both) <- NULL
  both
}

number_of_groups <- function(table) {
  prod(lengths(lapply(table$tally$variables[names(table$parts$groups)], `[[`, "levels")))
}

# Means of codes by group, as functions of shares.
code_means <- function(table, codes, level) {
  columns <- .Call(C_code_means, table$tally, table$places, as.double(codes), level)
  checked_estimate(columns, table$tally)[c("estimate", "std.error", "conf.low", "conf.high", "df", "reason")]
}

# What an item is sorted by, of all groups together.
battery_key <- function(rows, sort, sides) {
  weight <- rows$n.weighted
  answers <- rows$statistic == "share"
  of <- switch(sort, none = 0, mean = sum((rows$estimate * weight)[rows$statistic == "mean"], na.rm = TRUE),
               positive = sum(weight[answers & rows$level %in% names(sides)[sides > 0]]),
               sum(weight[rows$statistic != "mean" & rows$level %in% sort]))
  of / max(sum(weight[answers]), .Machine$double.xmin)
}

# ---- what users see ----------------------------------------------------------------------------------------------------

# Items and groups in the order of the rows, and a function that gives the rows of one answer, net or mean (NA).
battery_grid <- function(rows) {
  group <- if (length(rows$groups) > 0L) grid_labels(rows$groups) else rep("", nrow(rows))
  key <- paste(match(rows$outcome, unique(rows$outcome)), match(group, unique(group)))
  first <- which(!duplicated(key))
  list(rows = rows[first, , drop = FALSE], group = group[first], of = function(level) {
    chosen <- if (is.na(level)) rows$statistic == "mean" else rows$statistic != "mean" & rows$level %in% level
    which(chosen)[match(key[first], key[chosen])]
  })
}

# Labels of items; the name behind those that are the same.
item_labels <- function(rows) {
  label <- ifelse(is.na(rows$label), rows$outcome, rows$label)
  twice <- label %in% label[!duplicated(rows$outcome)][duplicated(label[!duplicated(rows$outcome)])]
  ifelse(twice & label != rows$outcome, paste0(label, " (", rows$outcome, ")"), label)
}

# The answers, nets and NA for the mean that rows have, in order.
battery_levels <- function(rows) {
  c(levels(rows$level)[levels(rows$level) %in% rows$level], if (any(rows$statistic == "mean")) NA)
}

#' @rdname weeg_print
#' @export
format.weeg_battery <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  rows <- result_rows(x)
  empty <- !has_rows(rows$n.base)
  shown <- rows[!empty, , drop = FALSE]
  items <- unique(rows$outcome)
  nobody <- item_labels(rows)[empty]
  if (length(info$groups) > 0L) nobody <- paste0(nobody, ": ", grid_labels(rows$groups[empty, , drop = FALSE]), recycle0 = TRUE)
  c(title_lines(info, I(paste("Battery of", counted(length(items), "item"))), width),
    source_lines(info, width, if (nrow(shown) > 0L) df_text(shown$df, info)),
    paste0("Percentages", if (any(rows$statistic == "mean")) " and means", " with ", format_level(info$level)), "",
    if (nrow(shown) > 0L) battery_table_lines(shown, info, digits, width),
    empty_line(unique(nobody), width), "", code_line(info, width), sort_line(info, width),
    convention_lines(x, width))
}

battery_table_lines <- function(rows, info, digits, width) {
  notes <- footnotes(rows$reason, width)
  rows$mark <- notes$marks
  grid <- battery_grid(rows)
  means <- rows[rows$statistic == "mean", , drop = FALSE]
  mean_number <- function(x) format_number(x, 2L)
  between <- if (any(means$conf.low < 0, na.rm = TRUE)) " to " else utf8("\u2013", "-")
  percent <- function(x) format_percent(x, percent_digits(digits))
  labels <- item_labels(grid$rows)
  grouped <- length(info$groups) > 0L
  # a row of the item above those of its groups
  above <- grouped & !duplicated(labels)
  place <- rep(seq_along(labels), ifelse(above, 3L, 2L))
  line <- unlist(lapply(above, function(heading) c(if (heading) 0L, 1L, 2L)))
  pair <- function(header, top, bottom) {
    table_column(header, ifelse(line == 1L, top[place], ifelse(line == 2L, bottom[place], "")))
  }
  columns <- lapply(battery_levels(rows), function(level) {
    at <- grid$of(level)
    number <- if (is.na(level)) mean_number else percent
    beside <- pad_right(paste0(ifelse(is.na(at), "", rows$mark[at]), reliability_marks(rows$reliability[at])))
    interval <- trimws(format_interval(rows$conf.low[at], rows$conf.high[at], number,
                                       if (is.na(level)) between else utf8("\u2013", "-")), "right")
    pair(if (is.na(level)) "mean" else header_lines(level), paste0(number(rows$estimate[at]), beside),
         paste0(interval, blanks(text_width(beside))))
  })
  text <- ifelse(line == 0L | !grouped & line == 1L, labels[place], ifelse(line == 1L, paste0("  ", grid$group[place]), ""))
  stub <- table_column(c("item", if (grouped) paste0("  ", paste(info$groups, collapse = ", "))), text, left = TRUE,
                       spill = line == 0L)
  c(table_lines(c(list(stub), columns, list(pair("n", format_count(grid$rows$n.base), rep("", length(labels))))), width),
    notes$lines, reliability_lines(rows$reliability, width))
}

# The codes of means, where these are not the answers themselves.
code_line <- function(info, width) {
  codes <- info$codes
  if (is.null(codes) || identical(names(codes), number_labels(unname(codes)))) return(NULL)
  wrap(paste0("Means of codes: ", paste0(names(codes), " = ", format_axis(unname(codes)), collapse = ", "), "."), width)
}

sort_line <- function(info, width) {
  if (info$sort == "none") return(NULL)
  by <- switch(info$sort, positive = paste(names(info$sides)[info$sides > 0], collapse = " + "), mean = "their means", info$sort)
  wrap(paste0("Items sorted by ", by, "."), width)
}

#' @rdname weeg_tidy
#' @export
glance.weeg_battery <- function(x, ...) {
  glance_row(x, items = length(unique(x$outcome)), n.min = min(x$n.base), n.max = max(x$n.base))
}

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::coef, weeg_battery)
coef.weeg_battery <- function(object, ...) named_estimates(object)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::confint, weeg_battery)
confint.weeg_battery <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)

# A row per item and group, for workbooks: of each answer its percentage and limits.
battery_numbers <- function(x) {
  info <- info_of(x)
  rows <- result_rows(x)
  grid <- battery_grid(rows)
  limit <- sub("CI$", "CI,", format_level(info$level))
  parts <- lapply(battery_levels(rows), function(level) {
    at <- grid$of(level)
    mean <- is.na(level)
    list(columns = lapply(c("estimate", "conf.low", "conf.high"), function(name) rows[[name]][at]),
         titles = paste0(if (mean) "mean" else level, ": ", c(if (mean) "estimate" else "%", paste(limit, c("low", "high")))),
         kinds = as.list(rep(if (mean) "two" else "share", 3L)))
  })
  of <- function(name) unlist(lapply(parts, `[[`, name), recursive = FALSE)
  grouped <- length(info$groups) > 0L
  list(columns = c(list(item_labels(grid$rows)), if (grouped) list(grid$group), of("columns"), list(grid$rows$n.base)),
       titles = c("item", if (grouped) paste(info$groups, collapse = ", "), of("titles"), "n"),
       kinds = c(list("general"), if (grouped) list("general"), of("kinds"), list("count")))
}
