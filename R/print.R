# Each kind of result as lines of text; print() writes them.

# ---- which results can be printed as such -----------------------------------------------------------------------------

needed_columns <- list(
  weeg_proportion = c("outcome", "level", "estimate", "std.error", "conf.low", "conf.high", "n", "n.base",
                      "n.effective", "deff", "df", "reason", "reliability"),
  weeg_multiple = c("outcome", "level", "estimate", "std.error", "conf.low", "conf.high", "n", "n.base", "n.effective", "deff",
                    "df", "reason", "reliability"),
  weeg_battery = c("outcome", "label", "statistic", "level", "estimate", "conf.low", "conf.high", "n.base", "df", "reason",
                   "reliability"),
  weeg_item_tests = c("item", "method", "statistic", "num.df", "den.df", "p.value", "p.adjusted", "n", "df", "reason"),
  weeg_total = c("estimate", "std.error", "conf.low", "conf.high", "n", "cv", "df", "reason", "reliability"),
  weeg_contrast = c("contrast", "estimate", "std.error", "conf.low", "conf.high", "df", "p.value", "n", "reason"),
  weeg_mean = c("outcome", "estimate", "std.error", "conf.low", "conf.high", "n", "cv", "df", "reason"),
  weeg_quantile = c("outcome", "prob", "estimate", "std.error", "conf.low", "conf.high", "n", "df", "reason"),
  weeg_test = c("outcome", "group", "method", "statistic", "num.df", "den.df", "p.value", "deff.mean", "cramers.v", "n",
                "df", "reason"),
  weeg_compare = c("outcome", "level", "measure", "group1", "group2", "estimate", "conf.low", "conf.high", "p.value",
                   "p.adjusted", "estimate1", "estimate2", "df", "reason"),
  weeg_compare_means = c("outcome", "measure", "group1", "group2", "estimate", "conf.low", "conf.high", "p.value", "p.adjusted",
                         "estimate1", "estimate2", "df", "reason"),
  weeg_letters = c("outcome", "measure", "level", "group", "estimate", "n", "letters"),
  weeg_decompose = c("outcome", "level", "component", "group1", "group2", "estimate", "conf.low", "conf.high", "df", "p.value",
                     "reason"),
  weeg_standardise = c("outcome", "level", "estimate", "std.error", "conf.low", "conf.high", "crude", "n", "df", "reason"),
  weeg_association = c("outcome", "group", "measure", "estimate", "std.error", "conf.low", "conf.high", "n", "df", "reason"),
  weeg_logistic = c("term", "level", "estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high", "odds.ratio",
                    "df", "reason"),
  weeg_loglinear = c("term", "level", "estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high", "df", "reason"),
  weeg_anova = c("model", "against", "method", "statistic", "num.df", "den.df", "p.value", "chisq", "deviance", "deff.mean",
                 "n", "df", "reason"),
  weeg_weights = c("weights", "n", "sum", "min", "q25", "median", "q75", "max", "cv", "deff.kish", "n.effective",
                   "largest.share", "reason"),
  weeg_sensitivity = c("lonely", "reason"),
  weeg_shrink = c("outcome", "level", "estimate", "conf.low", "conf.high", "direct", "direct.low", "direct.high", "weight",
                  "n.base", "reason"),
  weeg_funnel = c("outcome", "level", "estimate", "n.base", "n.effective", "total", "inner.low", "inner.high", "outer.low",
                  "outer.high", "outside", "reason")
)

# Subsetting and renaming may have taken away what a result needs.
is_complete <- function(x) {
  if (!is_intact(x)) return(FALSE)
  needed <- c(needed_columns[[class(x)[1L]]], attr(x, "info")$columns)
  all(needed %in% names(x))
}

#' @rdname weeg_print
#' @export
as.data.frame.weeg_result <- function(x, ...) {
  attr(x, "info") <- NULL
  attr(x, "conventions") <- NULL
  class(x) <- "data.frame"
  x
}

#' @export
`[.weeg_result` <- function(x, ...) {
  taken <- NextMethod()
  if (!is.data.frame(taken)) return(taken)
  attr(taken, "info") <- attr(x, "info")
  attr(taken, "conventions") <- attr(x, "conventions")
  if (is_complete(taken)) taken else as.data.frame.weeg_result(taken)
}

#' @rdname weeg_print
#' @export
print.weeg_result <- function(x, digits = NULL, ...) {
  if (nrow(x) == 0L || !is_complete(x)) {
    print(visible_result(plain_rows(x)), ...)
    return(invisible(x))
  }
  print_lines(first_rows(x), digits)
  more <- more_rows(x)
  if (!is.null(more)) cat(wrap(more, getOption("width")), sep = "\n")
  invisible(x)
}

# As many rows as R prints of a data frame, and what is said of the others.
most_rows <- function(x) max(1, getOption("max.print", 99999L) %/% length(x))

first_rows <- function(x) if (nrow(x) > most_rows(x)) x[seq_len(most_rows(x)), ] else x

more_rows <- function(x) {
  more <- nrow(x) - most_rows(x)
  if (more <= 0) return(NULL)
  paste0(counted(more, "more row"), " of ", format_count(nrow(x)), ": take some, x[rows, ], or options(max.print = ",
         format(length(x) * nrow(x), scientific = FALSE), ") for all.")
}

# The rows of a result and the parts of a design have no quartiles that anybody asks for: what there is to say is in the print.
#' @export
summary.weeg_result <- function(object, ...) object

#' @export
summary.weeg_crosstab <- summary.weeg_result

#' @export
summary.weeg_design <- summary.weeg_result

#' @export
summary.weeg_tally <- summary.weeg_result

#' @export
summary.weeg_study <- summary.weeg_result

#' @export
summary.weeg_audit <- summary.weeg_result

print_lines <- function(x, digits) {
  if (inherits(x, c("weeg_result", "weeg_crosstab"))) x <- apart_result(x)
  cat(visible(format(x, digits = digits, width = getOption("width"))), sep = "\n")
  invisible(x)
}

#' @export
print.weeg_crosstab <- function(x, digits = NULL, ...) print_lines(x, digits)

#' @export
print.weeg_design <- function(x, digits = NULL, ...) print_lines(x, digits)

#' @export
print.weeg_tally <- function(x, digits = NULL, ...) print_lines(x, digits)

# The rows of what is no longer complete. R shows no factor with codes of no level: the codes.
plain_rows <- function(x) {
  rows <- as.data.frame.weeg_result(x)
  broken <- vapply(unclass(rows), is.factor, NA) & kinds_of(unclass(rows)) != "text"
  rows[broken] <- lapply(unclass(rows)[broken], as.integer)
  rows
}

# Lines of a data frame.
plain_lines <- function(x) {
  x <- format(plain_rows(x))
  if (nrow(x) == 0L || ncol(x) == 0L) return("no rows")
  table_lines(Map(function(name, cells) table_column(name, cells), names(x), x), getOption("width"))
}

# ---- design and tally ------------------------------------------------------------------------------------------------

frame_conventions <- function(x, width) {
  convention_lines(structure(list(), conventions = design_conventions(x, TRUE)), width)
}

#' @rdname weeg_print
#' @export
format.weeg_design <- function(x, digits = NULL, width = getOption("width"), ...) {
  check_unbroken(x)
  width <- line_width(width)
  frame <- x$frame
  inside <- if (is.raw(x$domain)) paste0(": ", counted(sum(x$domain != 0), "row"))
  weights <- if (is.null(x$weights)) {
    c(weights_name(x), "none")[1L]
  } else {
    name <- weights_name(x)
    paste0(if (!is.null(name)) paste0(name, ": "), "sum ", format_weighted(sum(x$weights)), ", from ",
           format_significant(min(x$weights)), " to ", format_significant(max(x$weights)))
  }
  items <- c(
    Data = x$names$data, Rows = format_count(x$rows), "Left out" = left_out_text(x), Weights = weights,
    Strata = named_count(x$names$strata, length(frame$strata)),
    Clusters = named_count(if (!frame$element) x$names$cluster, stage_counts(frame)),
    "Finite population" = if (is.null(frame$pps)) x$names$fpc,
    "First phase" = x$names$phase,
    "PSUs drawn" = if (!is.null(frame$pps) && !is_two_phase(frame)) {
      paste0("with unequal probabilities (", pps_title(frame$pps), ")",
             if (!is.null(x$names$fpc)) paste0(": ", x$names$fpc))
    },
    Trimming = x$changed$text,
    Calibration = calibration_text(calibration_record(x)),
    Replicates = if (!is.null(x$replicates)) replicate_text(x$replicates),
    Domain = if (!is.null(domain_text(x))) paste0(domain_text(x), inside),
    "Grouped by" = if (length(x$grouped) > 0L) paste(x$grouped, collapse = ", ")
  )
  c("Survey design", unlist(Map(hang, pad_right(names(items)), items, width), use.names = FALSE),
    frame_conventions(x, width))
}

left_out_text <- function(design) {
  skipped <- skipped_count(design$data)
  omitted <- as.double(c(design$names$omitted, 0)[1L])
  counted <- function(count, what, rest) if (count > 0) paste0(format_count(count), what, if (count != 1) "s", rest)
  text <- c(counted(skipped, " record", " that cannot be read: weeg_skipped()"), counted(omitted, " row", " without a weight"))
  if (length(text) > 0L) paste(text, collapse = "; ")
}

named_count <- function(name, count) {
  if (is.null(name)) "none" else paste0(name, ": ", paste(format_count(count), collapse = ", "))
}

# Sampled units of each stage that counts.
stage_counts <- function(frame) {
  c(sum(frame$psu_stratum >= 0L), vapply(frame$later, function(stage) sum(stage$stratum_psus), 0))
}

tally_unit_name <- function(frame) {
  if (is.null(frame$later)) return(if (frame$element) "stratum" else "PSU")
  paste0(if (last_stage(frame)$element) "stratum" else "unit", " of stage ", frame_stages(frame))
}

#' @rdname weeg_print
#' @export
format.weeg_tally <- function(x, digits = NULL, width = getOption("width"), ...) {
  check_unbroken(x)
  width <- line_width(width)
  info <- list(data = x$names$data, design = design_text(x), weights = weights_source(x$names), domain = domain_text(x))
  levels <- vapply(x$variables, function(v) {
    if (isTRUE(v$measure)) "a number, of which there are sums" else paste(apart_result(v$levels), collapse = ", ")
  }, "")
  labels <- vapply(names(x$variables), function(name) label_text(list(labels = c(
    stats::setNames(variable_label(x, name), name)
  )), name), "")
  c(
    visible(paste("Tally of", paste(names(x$variables), collapse = ", "))),
    source_lines(info, width, paste0("n = ", format_count(sum(x$entries$n)))),
    paste0(counted(length(x$entries$n), "entry", "entries"), ": ", tally_unit_name(x$frame),
           " by combination of levels"),
    wrap(paste0(labels, ": ", shorten(levels, 3 * width)), width),
    frame_conventions(x, width)
  )
}

shorten <- function(text, width) {
  long <- text_width(text) > width
  text[long] <- paste0(substr(text[long], 1L, width - 4L), " ...")
  text
}

# ---- proportions and totals ------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_proportion <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  rows <- result_rows(x)
  some <- has_rows(rows$n.base)
  notes <- footnotes(rows$reason[some], width)
  rows$mark <- ""
  rows$mark[some] <- notes$marks
  rows$sign <- reliability_marks(rows$reliability)
  blocks <- lapply(unique(rows$outcome), function(outcome) {
    proportion_lines(rows[rows$outcome == outcome, , drop = FALSE], outcome, info, percent_digits(digits), width)
  })
  c(unlist(lapply(blocks, c, "")), notes$lines, reliability_lines(x$reliability, width), convention_lines(x, width))
}

# Groups with rows, or whose number of rows is not shown.
has_rows <- function(n) is.na(n) | n > 0

n_text <- function(n) if (anyNA(n)) "n not shown" else paste0("n = ", format_count(sum(n)))

proportion_lines <- function(x, outcome, info, digits, width) {
  groups <- if (length(info$groups) > 0L) grid_labels(x$groups)
  bases <- if (is.null(groups)) x$n.base[1L] else x$n.base[!duplicated(groups)]
  empty <- !has_rows(x$n.base)
  lines <- c(title_lines(info, if (is.null(info$items)) outcome else info$outcomes, width),
             source_lines(info, width, n_text(bases), if (!all(empty)) df_text(x$df[!empty], info)))
  if (!all(empty)) lines <- c(lines, proportion_table_lines(x[!empty, ], groups[!empty], outcome, info, digits, width))
  c(lines, if (any(empty)) empty_line(if (is.null(groups)) outcome else unique(groups[empty]), width))
}

proportion_table_lines <- function(rows, groups, outcome, info, digits, width) {
  bases <- ifelse(is.na(rows$n.base), " (n not shown)", paste0(" (n = ", format_count(rows$n.base), ")"))
  nest <- nest_rows(groups, rows$level, c(paste(info$groups, collapse = ", "), outcome), bases)
  percent <- function(x) format_percent(x, digits)
  column <- function(header, cells) nested_column(nest, header, cells)
  interval <- format_interval(rows$conf.low, rows$conf.high, percent)
  interval <- add_marks(interval, rows$mark)
  n <- format_count(rows$n)
  if (!is.null(nest$answer)) n <- paste(n, "of", pad_left(format_count(rows$n.base)))
  columns <- list(
    nest$stub, column("%", paste0(percent(rows$estimate), pad_right(rows$sign))), column(format_level(info$level), interval),
    column("SE", percent(rows$std.error)), column("n", n), column("n eff.", format_count(rows$n.effective)),
    column("deff", format_number(rows$deff, 2L))
  )
  c(if (!is.null(nest$answer)) wrap(paste("Answer:", nest$answer), width), "", table_lines(columns, width))
}

#' @rdname weeg_print
#' @export
format.weeg_total <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  rows <- result_rows(x)
  variables <- names(rows$groups)
  empty <- !has_rows(rows$n)
  shown <- rows[!empty, , drop = FALSE]
  weighted <- function(x) format_weighted(x)
  notes <- footnotes(shown$reason, width)
  keys <- lapply(seq_along(variables), function(i) table_column(variables[i], blank_repeats(shown$groups, i), left = TRUE))
  columns <- c(keys, list(
    table_column("total", paste0(weighted(shown$estimate), pad_right(reliability_marks(shown$reliability)))),
    table_column(format_level(info$level), add_marks(format_interval(shown$conf.low, shown$conf.high, weighted, " to "),
                                                     notes$marks)),
    table_column("SE", weighted(shown$std.error)),
    table_column("cv %", format_percent(shown$cv, 1L)),
    table_column("n", format_count(shown$n))
  ))
  c(
    wrap(paste("Totals:", paste(label_text(info, variables), collapse = " and ")), width),
    source_lines(info, width, n_text(if (is.null(info$nobs)) rows$n else info$nobs), df_text(rows$df, info)), "",
    if (nrow(shown) > 0L) table_lines(columns, width, keys = length(variables)), notes$lines,
    reliability_lines(shown$reliability, width),
    empty_line(if (any(empty)) grid_labels(rows$groups[empty, , drop = FALSE]), width), "", convention_lines(x, width)
  )
}

# The levels of a variable by number, blank where this and the variables before it are those of the row above.
blank_repeats <- function(groups, number) {
  text <- as.character(groups[[number]])
  if (number == length(groups)) return(text)
  labels <- grid_labels(groups[seq_len(number)])
  text[c(FALSE, labels[-1L] == labels[-length(labels)])] <- ""
  text
}

# ---- tests -----------------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_test <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  of <- unique(x$outcome)
  # the degrees of freedom are those that p rests on, in the statistic
  c(
    title_lines(info, if (length(of) == 1L) of else I(paste(length(of), "outcomes")), width, test_title(info)),
    source_lines(info, width), "",
    if (nrow(x) == 1L && is.null(x[["level"]]) && is.null(kept_tables())) {
      wrap_pieces(test_line(as.data.frame.weeg_result(x)), width)
    } else test_table(x, info, width),
    "", convention_lines(x, width)
  )
}

# What a test asks.
test_title <- function(info) {
  kind <- if (is.null(info[["kind"]])) "independence" else info[["kind"]] # a cross-tabulation has `kinds`
  if (kind == "rank" && identical(info$method, "median")) return("Same median: ")
  switch(kind, shares = "Goodness of fit: ", rank = "Same distribution: ", mean = "Same mean: ", trend = "Trend: ",
         "Independence: ")
}

# The core's, in what the terminal can show.
test_names <- function(method) {
  found <- unname(method_titles[method])
  gsub("\u2013", utf8("\u2013", "-"), ifelse(is.na(found), method, found), fixed = TRUE)
}

# "F(8.26, 396) = 17.2" or "chi-squared(12) = 207"
statistic_text <- function(test) {
  if (test$method %in% c("lincom", "saddlepoint")) {
    return(paste0(utf8("X\u00b2", "X2"), " = ", format_significant(test$statistic)))
  }
  ratio <- !is.na(test$den.df)
  letter <- if (ratio) "F" else utf8("\u03c7\u00b2", "chi-squared")
  df <- c(format_df(test$num.df), if (ratio) if (is.infinite(test$den.df)) utf8("\u221e", "Inf") else format_df(test$den.df))
  separator <- if (getOption("OutDec") == ",") "; " else ", "
  paste0(letter, "(", paste(df, collapse = separator), ") = ", format_significant(test$statistic))
}

format_df <- function(df) {
  text <- format_significant(df)
  whole <- is.finite(df) & abs(df - round(df)) < 1e-8
  text[whole] <- format_count(df[whole])
  text
}

cramer <- function() utf8("Cram\u00e9r's V", "Cramer's V")

# One test in a line: "Rao-Scott F(8.26, 396) = 17.2, p < .001; Cramer's V = 0.23; n = 1492".
test_line <- function(test) {
  n <- n_text(test$n)
  if (is.na(test$statistic)) return(join(paste0("No test: ", test$reason), n))
  join(
    paste0(test_names(test$method), " ", statistic_text(test), ", ", p_text(test$p.value)),
    if (!is.na(test$cramers.v)) paste0(cramer(), " = ", format_number(test$cramers.v, 2L)), n
  )
}

test_table <- function(x, info, width) {
  rows <- as.data.frame.weeg_result(x)
  notes <- footnotes(rows$reason, width)
  each <- lapply(seq_len(nrow(rows)), function(i) rows[i, ])
  statistics <- vapply(each, function(test) if (is.na(test$statistic)) "-" else statistic_text(test), "")
  statistics <- add_marks(statistics, notes$marks)
  by_answer <- !is.null(rows[["level"]])
  single <- by_answer && length(unique(rows$outcome)) == 1L
  means <- identical(info[["kind"]], "mean")
  columns <- Filter(Negate(is.null), list(
    if (!single) table_column("outcome", rows$outcome, left = TRUE),
    if (by_answer) table_column(if (single) rows$outcome[1L] else "answer", as.character(rows$level), left = TRUE),
    table_column(paste(unique(test_names(rows$method)), collapse = ", "), statistics),
    table_column("p", p_column(rows$p.value)),
    if (!means) table_column(cramer(), format_number(rows$cramers.v, 2L)),
    if (!means) table_column(c("mean", "deff"), format_number(rows$deff.mean, 2L)),
    table_column("n", format_count(rows$n))
  ))
  if (single || nrow(rows) == 1L) return(c(table_lines(columns, width), notes$lines))
  labels <- info$labels[rows$outcome]
  labelled <- !is.na(labels) & labels != rows$outcome
  c(table_lines(columns, width), notes$lines,
    wrap(paste0(rows$outcome[labelled], ": ", labels[labelled], recycle0 = TRUE), width))
}

#' @rdname weeg_print
#' @export
format.weeg_item_tests <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  rows <- as.data.frame.weeg_result(x)
  notes <- footnotes(rows$reason, width)
  statistics <- vapply(seq_len(nrow(rows)), function(i) if (is.na(rows$statistic[i])) "-" else statistic_text(rows[i, ]), "")
  columns <- list(
    table_column("item", rows$item, left = TRUE), table_column(test_names(rows$method[1L]), add_marks(statistics, notes$marks)),
    table_column("p", p_column(rows$p.value)),
    table_column(c("p", "(holm)"), pad_right(ifelse(rows$item == "all items", "", p_column(rows$p.adjusted)))),
    table_column("n", format_count(rows$n))
  )
  c(title_lines(info, info$outcomes, width, "Independence: "), source_lines(info, width), "",
    table_lines(columns, width), notes$lines, "", convention_lines(x, width))
}

# ---- comparisons -----------------------------------------------------------------------------------------------------

linear_measures <- c("difference", "contrast")

measure_title <- function(measure) {
  paste0(measure_words[measure], ifelse(measure %in% linear_measures, " in percentage points", ""))
}

#' @rdname weeg_print
#' @export
format.weeg_compare <- function(x, digits = NULL, width = getOption("width"), ...) {
  outcome_lines(x, width, function(mine, info, width) {
    blocks <- lapply(unique(mine$measure), function(measure) {
      compare_lines(mine[mine$measure == measure, , drop = FALSE], info, percent_digits(digits), width)
    })
    c(title_lines(info, mine$outcome[1L], width), source_lines(info, width, df_text(mine$df, info)), unlist(blocks))
  })
}

compare_lines <- function(rows, info, digits, width) {
  measure <- rows$measure[1L]
  nest <- nest_pairs(rows, info)
  title <- paste0(measure_title(measure), if (!is.null(info$unit)) paste0(", ", info$unit),
                  if (!is.null(nest$answer)) paste0("; answer: ", nest$answer))
  number <- if (measure %in% linear_measures) {
    function(x) format_percent(x, digits)
  } else if (measure == "number-needed") {
    function(x) format_number(x, 1L)
  } else {
    format_ratio
  }
  column <- function(header, cells) nested_column(nest, header, cells)
  ratio <- measure %in% c("risk-ratio", "odds-ratio")
  between <- if (ratio) utf8("\u2013", "-") else " to "
  interval <- add_marks(format_interval(rows$conf.low, rows$conf.high, number, between), rows$mark)
  columns <- list(
    nest$stub,
    if (measure != "contrast") column(c("first", "%"), format_percent(rows$estimate1, digits)),
    if (measure != "contrast") column(c("second", "%"), format_percent(rows$estimate2, digits)),
    column(measure_headers[[measure]], number(rows$estimate)),
    column(format_level(info$level), interval),
    column("p", p_column(rows$p.value)),
    if (info$adjust != "none") column(c("p", paste0("(", info$adjust, ")")), p_column(rows$p.adjusted))
  )
  c("", wrap(title, width), table_lines(Filter(Negate(is.null), columns), width), counted_line(rows, info, width))
}

# How many hypotheses the p-values are adjusted for, where they are fewer than these.
counted_line <- function(rows, info, width) {
  number <- info$counted[[rows$outcome[1L]]][rows$measure[1L]]
  tested <- sum(!is.na(rows$p.value))
  if (info$adjust == "none" || is.null(number) || is.na(number) || number >= tested) return(NULL)
  wrap(paste0("p (", info$adjust, "): ", counted(number, "hypothesis", "hypotheses"), " in ", format_count(tested), " tests."),
       width)
}

# "a vs b", or the name of a contrast.
pair_names <- function(rows, between = " vs ") ifelse(is.na(rows$group2), rows$group1, paste0(rows$group1, between, rows$group2))

# Answers under pairs; where all pairs are about one answer, the second groups under the first.
nest_pairs <- function(rows, info) {
  groups <- paste(info$groups, collapse = ", ")
  if (length(unique(rows$level)) > 1L) {
    return(nest_rows(pair_names(rows), rows$level, c(groups, rows$outcome[1L])))
  }
  # contrasts, and groups that are all compared with the same: a line each
  same <- !anyDuplicated(rows$group1) && length(unique(rows$group2)) == 1L && nrow(rows) > 1L
  if (same || anyNA(rows$group2)) {
    return(nest_rows(pair_names(rows), rows$level, c(groups, rows$outcome[1L])))
  }
  nest <- nest_rows(paste(rows$group1, "vs"), rows$group2, c(groups, groups), flat = FALSE)
  nest$stub$header <- groups
  nest$answer <- as.character(rows$level[1L])
  nest
}

# Ratios: two decimals, more below 0.1
format_ratio <- function(x) {
  text <- format_number(x, 2L)
  small <- !is.na(x) & x < 0.1
  text[small] <- format_significant(x[small], 2L)
  text
}

# p-values under each other: decimal marks align.
p_column <- function(p) {
  pad_right(paste0(ifelse(is_p_bound(p) | is.na(p), "", "  "), format_p(p)))
}

# ---- cross-tabs ------------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_crosstab <- function(x, digits = NULL, width = getOption("width"), ...) {
  width <- line_width(width)
  info <- info_of(x)
  kinds <- c(row = "Percentages within groups (rows)", column = "Percentages within answers (columns)",
             total = "Percentages of the total")
  all <- beside_nets(x)
  sums <- crosstab_sums(all)
  groups <- has_rows(sums$row)
  answers <- info$percent != "column" | has_rows(sums$column)
  cells <- if (any(groups)) crosstab_cells(all, x$weighted, info, percent_digits(digits), width, groups, answers)
  missing <- paste0(counted(x$missing, "row"), " left out: ",
                    paste(c(info$groups, info$outcomes), collapse = " or "),
                    " is missing.")
  c(
    title_lines(info, info$outcomes, width),
    source_lines(info, width, df_text(crosstab_df(all, info$percent, groups, answers), info)),
    paste0(kinds[[info$percent]], " with ", format_level(info$level)), "",
    if (any(groups)) table_lines(cells$columns, width), cells$notes,
    empty_line(c(rownames(x$counts)[!groups], if (!all(answers)) colnames(all$counts)[!answers]), width), "",
    wrap_pieces(test_line(as.data.frame.weeg_result(x$test)), width), driving_lines(x, info, width),
    if (isTRUE(x$missing > 0)) wrap(missing, width),
    convention_lines(x, width)
  )
}

# Degrees of freedom of what is shown, those of the test where nothing is.
crosstab_df <- function(x, percent, groups, answers) {
  if (!any(groups)) return(x$test$df)
  cells <- matrix(x[[percent]]$df, nrow(x$counts), byrow = TRUE)[groups, answers]
  if (length(cells) == 0L) x$test$df else c(cells, if (percent != "column") x$margin$df)
}

# The cells whose residuals differ from 0, most of all first.
driving_lines <- function(x, info, width) {
  by_size <- order(-abs(x$residuals))
  named <- function(text, at) {
    at <- intersect(by_size, which(at))
    cells <- paste(rownames(x$residuals)[row(x$residuals)[at]], colnames(x$residuals)[col(x$residuals)[at]], sep = ": ")
    if (length(at) > 0L) wrap(paste0(text, " (p Holm < ", sub("^0", "", format_significant(1 - info$level, 1L)), "): ",
                                     paste(cells, collapse = "; "), "."), width)
  }
  clear <- !is.na(x$residual.p) & x$residual.p < 1 - info$level
  c(named("More than under independence", clear & x$residuals > 0),
    named("Fewer than under independence", clear & x$residuals < 0))
}

# Rows by group, by answer and in all. Where cells are not shown, their sums may be; of weights, only without hidden cells.
crosstab_sums <- function(x) {
  first <- seq(1L, by = ncol(x$counts), length.out = nrow(x$counts))
  list(row = x$row$n.base[first], column = x$margin$n, all = x$margin$n.base[1L])
}

# Two lines per group: percentages over intervals, and n over the sum of weights. sums: of weights by answer, without nets.
crosstab_cells <- function(x, sums, info, digits, width, groups, answers) {
  cells <- x[[info$percent]]
  shape <- function(values) matrix(values, nrow(x$counts), byrow = TRUE)[groups, answers, drop = FALSE]
  notes <- footnotes(c(shape(cells$reason)), width)
  by_answer <- info$percent == "column"
  # the last row is that of all groups
  blank <- rep("", ncol(shape(cells$n)))
  signs <- rbind(matrix(reliability_marks(shape(cells$reliability)), sum(groups)),
                 if (by_answer) blank else reliability_marks(x$margin$reliability[answers]))
  marks <- matrix(paste0(rbind(matrix(notes$marks, sum(groups)), blank), signs), sum(groups) + 1L)
  n <- crosstab_sums(x)
  weighted <- x$weighted[groups, answers, drop = FALSE]
  total <- if (by_answer) rep(1, ncol(weighted)) else x$margin$estimate[answers]
  percent <- function(x) format_percent(x, digits)
  estimate <- shape(cells$estimate)
  low <- shape(cells$conf.low)
  high <- shape(cells$conf.high)
  columns <- lapply(seq_len(ncol(weighted)), function(k) {
    beside <- pad_right(marks[, k])
    intervals <- format_interval(low[, k], high[, k], percent, pad = FALSE)
    top <- paste0(percent(c(estimate[, k], total[k])), beside)
    below <- if (by_answer) list(n$column[answers][k], sum(weighted[, k]))
    of_total <- if (by_answer) "" else format_interval(x$margin$conf.low[answers][k], x$margin$conf.high[answers][k], percent,
                                                       pad = FALSE)
    bottom <- paste0(c(intervals, of_total), blanks(text_width(beside)))
    paired_column(header_lines(colnames(weighted)[k]), top, bottom, below)
  })
  names <- c(rbind(c(rownames(weighted), "Total"), ""), if (by_answer) c("n", "N"))
  stub <- table_column(paste(info$groups, collapse = ", "), names, left = TRUE)
  n$row <- n$row[groups]
  list(columns = c(list(stub), columns, crosstab_beside(n, sums[groups, , drop = FALSE], info$percent, percent)),
       notes = c(notes$lines, reliability_lines(c(shape(cells$reliability), if (!by_answer) x$margin$reliability), width)))
}

# A column with two lines per row of the table, and a last row for the sums of what it counts: n and weights.
paired_column <- function(header, top, bottom, sums = NULL) {
  last <- if (!is.null(sums)) c(format_count(sums[[1L]]), format_weighted(sums[[2L]]))
  table_column(header, c(rbind(top, bottom), last))
}

# The shares of the groups, and their n over their sum of weights.
crosstab_beside <- function(n, weighted, base, percent) {
  shares <- percent(c(rowSums(weighted) / sum(weighted), 1))
  share <- paired_column("Total", shares, "", if (base == "column") list(n$all, sum(weighted)))
  sums <- paired_column(c("n", "N"), format_count(c(n$row, n$all)),
                        format_weighted(c(rowSums(weighted), sum(weighted))))
  switch(base, row = list(sums), column = list(share), total = list(share, sums))
}
