# Results as numbers with headers and formats, for workbooks; and as texts where print() has no table.

# What a column is called in a table, and how its numbers are written; those of the estimate are written as it is.
number_titles <- c(
  outcome = "outcome", level = "answer", estimate = "estimate", std.error = "SE", group1 = "first", group2 = "second",
  estimate1 = "first %", estimate2 = "second %", p.value = "p", p.adjusted = "p (adjusted)", n.base = "n (base)",
  n.weighted = "N (weighted)", n.effective = "n eff.", cramers.v = "Cramer's V", odds.ratio = "odds ratio", num.df = "df 1",
  den.df = "df 2", chisq = "X2", deviance = "G2", deff.mean = "mean deff", deff.kish = "Kish deff", df.used = "df used",
  fmi = "missing information", n1 = "n, first", n2 = "n, second", lonely = "single-PSU strata"
)

number_kinds <- c(
  n = "count", n.base = "count", n.effective = "count", n1 = "count", n2 = "count", p.value = "p", p.adjusted = "p",
  estimate1 = "share", estimate2 = "share", cv = "share", fmi = "share", largest.share = "share", n.weighted = "weighted",
  deff = "two",
  deff.mean = "two", deff.kish = "two", cramers.v = "two", statistic = "two", odds.ratio = "two", chisq = "two",
  deviance = "two"
)

estimate_columns <- c("estimate", "std.error", "conf.low", "conf.high", "crude", "direct", "direct.low", "direct.high", "total",
                      "inner.low", "inner.high", "outer.low", "outer.high")

share_results <- c("weeg_proportion", "weeg_multiple", "weeg_standardise", "weeg_decompose", "weeg_shrink", "weeg_funnel",
                   "weeg_letters")

# In Excel's words, and as texts.
number_styles <- list(
  share = list("0.0%", function(x) format_percent(x, 1L)), count = list("#,##0", function(x) format_count(x)),
  weighted = list("#,##0.0", function(x) format_weighted(x)), two = list("0.00", function(x) format_number(x, 2L)),
  three = list("0.000", function(x) format_number(x, 3L)), general = list("General", function(x) format_general(x)),
  p = list("[<0.001]\"< 0.001\";0.000", function(x) format_p(x))
)

number_style <- function(kind) {
  digits <- suppressWarnings(as.integer(sub("digits", "", kind)))
  if (is.na(digits)) return(number_styles[[kind]])
  list(paste0("#,##0", if (digits > 0L) ".", strrep("0", digits)), function(x) format_number(x, digits))
}

# list(columns, titles, kinds: of each column the kind of its numbers, one for each row or one for all). Columns without a value
# are left out.
result_numbers <- function(x) {
  if (inherits(x, "weeg_crosstab")) return(crosstab_numbers(x))
  if (inherits(x, "weeg_battery") && is_complete(x)) return(battery_numbers(x))
  rows <- if (inherits(x, "weeg_audit")) x$findings else if (inherits(x, "weeg_book")) x$cells else as.data.frame.weeg_result(x)
  if (nrow(rows) > 0L) rows <- rows[!vapply(rows, function(column) all(is.na(column)), NA)]
  if ("method" %in% names(rows)) rows$method <- test_names(rows$method)
  known <- "measure" %in% names(rows) && all(rows$measure %in% names(measure_words))
  if (known) rows$measure <- unname(measure_words[rows$measure])
  info <- attr(x, "info")
  name <- names(rows)
  title <- unname(ifelse(is.na(number_titles[name]), name, number_titles[name]))
  limit <- sub("CI$", "CI,", format_level(if (is.null(info$level)) 0.95 else info$level))
  title[name == "conf.low"] <- paste(limit, "low")
  title[name == "conf.high"] <- paste(limit, "high")
  kinds <- unname(number_kinds[name])
  kinds[is.na(kinds)] <- "general"
  kinds <- as.list(kinds)
  kinds[name %in% estimate_columns] <- list(estimate_kind(x))
  of_df <- name %in% c("df", "df.used", "num.df", "den.df")
  kinds[of_df] <- lapply(rows[of_df], function(df) if (are_whole(df[is.finite(df)])) "count" else "digits1")
  list(columns = unname(as.list(rows)), titles = title, kinds = kinds)
}

estimate_kind <- function(x) {
  class <- class(x)[1L]
  if (class %in% share_results) return("share")
  if (class == "weeg_total") return("weighted")
  if (class == "weeg_compare") return(ifelse(x$measure %in% linear_measures, "share", "two"))
  if (class %in% c("weeg_association", "weeg_logistic", "weeg_loglinear")) return("three")
  error <- if (is.null(x$std.error)) numeric() else x$std.error
  least <- min(error[!error %in% 0], Inf, na.rm = TRUE)
  if (is.finite(least)) paste0("digits", min(max(1 - floor(log10(least)), 0), 10)) else "general"
}

# A row per group, and for each answer its percentage, limits and rows; then those of the group, and a row for all of them.
crosstab_numbers <- function(x) {
  info <- info_of(x)
  weighted <- rowSums(x$weighted)
  x <- beside_nets(x)
  cells <- x[[info$percent]]
  shape <- function(values) matrix(values, nrow(x$counts), byrow = TRUE)
  sums <- crosstab_sums(x)
  share <- info$percent != "column"
  limit <- sub("CI$", "CI,", format_level(info$level))
  bottom <- function(values) if (share) values else rep(NA_real_, ncol(x$counts))
  parts <- list(rbind(shape(cells$estimate), if (share) x$margin$estimate else 1),
                rbind(shape(cells$conf.low), bottom(x$margin$conf.low)),
                rbind(shape(cells$conf.high), bottom(x$margin$conf.high)), rbind(x$counts, sums$column))
  answers <- colnames(x$counts)
  of_answers <- unlist(lapply(seq_along(answers), function(k) lapply(parts, function(part) unname(part[, k]))), recursive = FALSE)
  list(
    columns = c(list(c(rownames(x$counts), "Total")), of_answers, list(c(sums$row, sums$all), c(weighted, sum(weighted)))),
    titles = c(paste(info$groups, collapse = ", "),
               paste0(rep(answers, each = 4L), ": ", c("%", paste(limit, c("low", "high")), "n")), "n", "N (weighted)"),
    kinds = c(list("general"), rep(list("share", "share", "share", "count"), length(answers)), list("count", "weighted"))
  )
}

# The same as columns of texts.
number_columns <- function(x) {
  numbers <- result_numbers(apart_result(x))
  Map(function(column, title, kind) {
    if (!is.numeric(column)) return(table_column(title, ifelse(is.na(column), "", as.character(column)), left = TRUE))
    cells <- character(length(column))
    kind <- rep_len(kind, length(column))
    for (one in unique(kind)) cells[kind == one] <- number_style(one)[[2L]](column[kind == one])
    table_column(title, cells)
  }, numbers$columns, numbers$titles, numbers$kinds, USE.NAMES = FALSE)
}
