# Text that print() and plot() share: numbers, intervals, p-values, titles, footnotes and aligned tables.

#' Printing results
#'
#' `print()` shows a result as a table that can be pasted into a report: a title, the design, percentages with confidence
#' intervals, notes on estimates that do not exist, and the conventions in the last lines. `format()` returns the same as
#' lines of text.
#'
#' `print()` shows as many rows of a result as R does of a data frame (`options("max.print")`), and says how many more
#' there are; `format()` returns all.
#'
#' Groups without observations are named below the table. Columns that do not fit into `width` follow in a second block.
#' The decimal mark is that of `options("OutDec")`. Dashes and accents are used where the locale has UTF-8.
#'
#' Rows of a result can be selected with `[`; without the columns that it needs, a result becomes a plain data frame,
#' which is also what `as.data.frame()` returns. `coef()` gives the estimates and `confint()` the limits, named by group
#' and answer.
#'
#' In texts from data, control characters, bidirectional marks and zero-width characters are written out: `\u001b` for an
#' escape. Line ends become blanks.
#'
#' @section Names of columns:
#' Groups are the first columns of a result, under the names of their variables. A variable with the name of one of the
#' result's own columns is prefixed with `group.`: groups `n` are in a column `group.n`, beside the counts in `n`. Prints
#' and plots use its own name.
#'
#' @section What the columns count:
#' In prints, `n` is a number of rows, without weights: under a title of all rows of the table, behind the name of a group of
#' its rows with an answer, in the column `n` of those with this answer. `N`, in a cross-tab, is the sum of the weights of the
#' rows that `n` counts. `n eff.` is the size of a simple random sample that would be as precise, `deff` the design effect:
#' n / `n eff.`, where `n` is that of the group. In results, `n` is the number of rows with this answer (of tests, totals and
#' measures: all that they are about), `n.base` that with any answer, `n.weighted` the sum of the weights of `n`, `n1` and `n2`
#' the rows of two groups with an answer.
#'
#' `design effects at observed p`, in the conventions of a Rao-Scott test: they are taken at the observed proportions, as in
#' package survey, and not at those of the null hypothesis (`null p`); see `proportions` in [weeg_test()].
#'
#' @param x A design, a tally or a result.
#' @param digits Decimals of percentages. `NULL`: six less than `options("digits")`, so 1 by default.
#' @param width Characters per line.
#' @param ... Not used.
#' @return `print()` gives `x`, invisibly; `format()` a character vector with one element per line.
#' @name weeg_print
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' p <- weeg_proportion(d, strengths ~ provider)
#' p[p$level == "niet", ]
#' print(p[p$provider == "werkplein", ], digits = 2)
#' confint(p[p$level == "niet", ])
#' as.data.frame(p)[1:2, 1:5]
NULL

percent_digits <- function(digits = NULL) {
  digits <- if (is.null(digits)) getOption("digits", 7L) - 6 else check_whole(digits, "digits", -Inf)
  as.integer(min(max(digits, 0), 10))
}

# ---- numbers ---------------------------------------------------------------------------------------------------------

utf8 <- function(text, ascii) if (isTRUE(l10n_info()$`UTF-8`)) text else ascii

# Decimals, in the shape of x. formatC() takes several times as long, and prints are made of thousands of these.
fixed_text <- function(x, digits) {
  text <- sprintf("%.*f", as.integer(digits), as.double(x))
  attributes(text) <- attributes(x)
  text
}

with_mark <- function(text) {
  mark <- getOption("OutDec")
  if (mark == ".") text else sub(".", mark, text, fixed = TRUE)
}

format_number <- function(x, digits) {
  rounded <- round(x, digits) + 0
  text <- with_mark(fixed_text(rounded, digits))
  zero <- which(rounded == 0)
  if (length(zero) > 0L) text[zero] <- sub("-", "", text[zero], fixed = TRUE)
  text[is.na(x)] <- "-"
  text
}

format_percent <- function(x, digits) format_number(100 * x, digits)

# Whole numbers, with a space between thousands from five digits on.
# "1 row", "2 rows"
counted <- function(n, one, many = paste0(one, "s")) paste(format_count(n), ifelse(n %in% 1, one, many))

format_count <- function(x) {
  text <- fixed_text(x, 0L)
  big <- has_five_digits(x)
  if (any(big)) text[big] <- formatC(x[big], digits = 0L, format = "f", big.mark = " ")
  text[is.na(x)] <- "-"
  text
}

has_five_digits <- function(x) !is.na(x) & abs(x) >= 9999.5

# Sums of weights: a decimal where they are small.
format_weighted <- function(x) {
  if (all(is.na(x)) || any(has_five_digits(x))) format_count(x) else format_number(x, 1L)
}

# Three significant digits, but all digits before the decimal mark; thousands as in counts.
format_significant <- function(x, digits = 3L) {
  size <- abs(x)
  usual <- is.double(x) && !anyNA(x) && all(size >= 1e-3 & size < 0.99 * 10^digits) && is.null(attributes(x))
  text <- if (usual) with_mark(sprintf("%#.*g", digits, x)) else {
    formatC(x, digits = digits, format = "fg", flag = "#", decimal.mark = getOption("OutDec"))
  }
  if (!usual && any(grepl(" ", text, fixed = TRUE))) text <- trimws(text)
  bare <- endsWith(text, ".") | endsWith(text, ",")
  if (any(bare)) text[bare] <- substr(text[bare], 1L, nchar(text[bare]) - 1L)
  big <- has_five_digits(x)
  if (any(big)) text[big] <- format_count(x[big])
  text[is.na(x)] <- "-"
  text
}

# "< .001", ".0123", ".345": no more than three significant digits, and never 0 or 1.
format_p <- function(p) {
  text <- fixed_text(p, 4L)
  large <- !is.na(p) & round(p, 4L) >= 0.1
  text[large] <- fixed_text(p[large], 3L)
  text <- sub("^0", "", text)
  text[!is.na(p) & p < 0.001] <- "< .001"
  text[!is.na(p) & p > 0.9995] <- "> .999"
  text[is.na(p)] <- "-"
  with_mark(text)
}

# Whether format_p() gives a bound.
is_p_bound <- function(p) !is.na(p) & (p < 0.001 | p > 0.9995)

p_text <- function(p) paste0("p ", ifelse(is_p_bound(p), "", "= "), format_p(p))

# "43.2-57.8", or "-3.1 to 4.2" where limits may be negative. Lower limits are padded, so that the dashes align.
# pad: whether all are as wide as the widest.
format_interval <- function(low, high, format, between = utf8("\u2013", "-"), pad = TRUE) {
  text <- paste0(pad_left(format(low)), between, format(high))
  text[is.na(low) | is.na(high)] <- ""
  if (pad) pad_right(text) else text
}

format_level <- function(level) paste0(sub(".", getOption("OutDec"), format(100 * level), fixed = TRUE), "% CI")

# ---- text ------------------------------------------------------------------------------------------------------------

text_width <- function(x) nchar(visible(x), type = "width")

blanks <- function(n) {
  n[n < 0L] <- 0L
  strrep(" ", n)
}

pad_left <- function(x, width = max(0L, own), own = text_width(x)) paste0(blanks(width - own), x)

pad_right <- function(x, width = max(0L, own), own = text_width(x)) paste0(x, blanks(width - own))

# Without the blanks at the end.
trim_right <- function(x) {
  long <- endsWith(x, " ")
  if (any(long)) x[long] <- sub(" +$", "", x[long], perl = TRUE)
  x
}

wrap <- function(text, width, exdent = 2L) {
  if (length(text) == 0L) return(character())
  text <- visible(text)
  if (!all(has_single_blanks(text))) return(strwrap(text, width = width + 1L, exdent = exdent))
  long <- nchar(text, type = "width") >= width
  if (any(long)) unlist(lapply(text, wrap_words, width, exdent), use.names = FALSE) else text
}

# Texts whose words have one blank between them.
has_single_blanks <- function(text) {
  !is.na(text) & !startsWith(text, " ") & !endsWith(text, " ") & !grepl("  ", text, fixed = TRUE) & !grepl("[\t\n]", text)
}

# As strwrap(), which takes ten times as long, of one such text.
wrap_words <- function(text, width, exdent) {
  if (nchar(text, type = "width") < width) return(text)
  words <- strsplit(text, " ", fixed = TRUE)[[1L]]
  widths <- nchar(words, type = "width")
  if (any(widths == 0L)) return(strwrap(text, width = width + 1L, exdent = exdent))
  ends <- cumsum(widths + 1L)
  lines <- character()
  room <- width + 1L
  first <- 1L
  while (first <= length(words)) {
    last <- max(findInterval(room + c(0L, ends)[first], ends), first)
    lines[length(lines) + 1L] <- paste(words[first:last], collapse = " ")
    room <- width + 1L - exdent
    first <- last + 1L
  }
  paste0(rep(c("", blanks(exdent)), c(1L, length(lines) - 1L)), lines)
}

# A label and its text, which hangs under itself where it takes several lines.
hang <- function(label, text, width) {
  lines <- wrap(text, width - text_width(label) - 2L, 0L)
  paste0(c(label, rep(blanks(text_width(label)), length(lines) - 1L)), "  ", lines)
}

# Wraps "a = 1; b = 2; ..." between its pieces where it can.
wrap_pieces <- function(text, width) {
  text <- visible(text)
  if (nzchar(text) && has_single_blanks(text) && nchar(text, type = "width") < width) return(text)
  pieces <- strsplit(text, "; ", fixed = TRUE)[[1L]]
  pieces[-length(pieces)] <- paste0(pieces[-length(pieces)], ";")
  lines <- character()
  widths <- text_width(pieces)
  used <- 0L # by the last line
  for (i in seq_along(pieces)) {
    last <- length(lines)
    if (last > 0L && used + 1L + widths[i] <= width) {
      lines[last] <- paste(lines[last], pieces[i])
      used <- used + 1L + widths[i]
    } else {
      lines <- c(lines, paste0(if (last > 0L) "  ", pieces[i]))
      used <- widths[i] + if (last > 0L) 2L else 0L
    }
  }
  long <- text_width(lines) > width
  if (any(long)) unlist(ifelse(long, lapply(lines, wrap, width), lines)) else lines
}

line_width <- function(width) {
  width <- bare(width)
  if (!is.numeric(width) || length(width) != 1L || is.na(width)) abort("argument", "`width` must be one number of characters")
  as.integer(min(max(40, width), 1e6))
}

join <- function(...) paste(c(...), collapse = "; ")

# "Aandacht voor terugvalmogelijkheden (relapse)", or only the name where there is no label.
# What is no variable, such as I("3 outcomes"), is said as it is.
label_text <- function(info, names) {
  if (inherits(names, "AsIs")) return(unclass(names))
  labels <- info$labels[names]
  labels[is.na(labels)] <- names[is.na(labels)]
  unname(ifelse(labels == names, names, paste0(labels, " (", names, ")")))
}

# "outcome by group", on two lines where it is long.
title_lines <- function(info, outcome, width, before = "") {
  what <- paste0(before, paste(label_text(info, outcome), collapse = " and "))
  if (length(info$groups) == 0L) return(wrap(what, width))
  by <- paste("by", paste(label_text(info, info$groups), collapse = " and "))
  if (length(info$given) > 0L) by <- paste(by, "given", paste(label_text(info, info$given), collapse = " and "))
  if (!is.null(info$adjusted)) by <- paste0(by, ", adjusted for ", paste(label_text(info, info$adjusted), collapse = ", "))
  if (text_width(paste(what, by)) <= width) return(visible(paste(what, by)))
  c(wrap(what, width), paste0("  ", wrap(by, width - 2L)))
}

# Those that are not whole are effective ones.
are_whole <- function(df) all(is.na(df) | is.finite(df) & abs(df - round(df)) < 1e-8)

df_text <- function(df, info = NULL) {
  df <- df[!is.na(df)]
  if (length(df) == 0L) return(NULL)
  whole <- are_whole(df)
  text <- if (whole) format_df(range(df)) else format_significant(range(df))
  what <- if (!is.null(info$pooled)) "df" else if (whole) "design df" else "effective df"
  paste(what, paste(unique(text), collapse = utf8("\u2013", "-")))
}

# What the numbers are from: data, design, n, domain.
source_lines <- function(info, width, ...) {
  lines <- wrap_pieces(join(info$data, pooled_text(info$pooled), info$design, info$weights, ...), width)
  if (!is.null(info$domain)) lines <- c(lines, wrap(paste("Domain:", info$domain), width))
  if (is.null(kept_tables())) lines else paste0(source_mark, lines)
}

# "5 imputations, up to 12% of the information missing"
pooled_text <- function(pooled) {
  if (is.null(pooled)) return(NULL)
  paste0(pooled$sets, " ", pooled$drawn,
         if (is.finite(pooled$fmi)) paste0(", up to ", format_percent(pooled$fmi, 0L), "% of the information missing"))
}

convention_lines <- function(x, width) c(net_lines(attr(x, "info"), width), wrap(conventions_line(x), width))

# ---- footnotes -------------------------------------------------------------------------------------------------------

# The lines of a result, outcome by outcome: lines_of(rows, info, width) gives those of one, whose rows have the marks of
# their footnotes in `mark`. hidden: rows that stand in no table, whose reasons have no mark.
outcome_lines <- function(x, width, lines_of, hidden = FALSE) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  rows <- result_rows(x)
  notes <- footnotes(replace(rows$reason, hidden, NA), width)
  rows$mark <- notes$marks
  lines <- lapply(unique(rows$outcome), function(outcome) {
    lines_of(rows[rows$outcome == outcome, , drop = FALSE], attr(x, "info"), width)
  })
  c(unlist(lapply(lines, c, "")), notes$lines, convention_lines(x, width))
}

add_marks <- function(cells, marks) if (any(nzchar(marks))) paste0(cells, " ", pad_right(marks)) else cells

# A letter for each different reason: list(marks, one per reason; lines).
footnotes <- function(reason, width) {
  distinct <- unique(reason[!is.na(reason)])
  marks <- letters[match(reason, distinct)]
  marks[is.na(marks)] <- ""
  lines <- unlist(lapply(seq_along(distinct), function(i) hang(letters[i], distinct[i], width)))
  list(marks = marks, lines = as.character(lines))
}

empty_line <- function(names, width) {
  if (length(names) > 0L) wrap(paste0("No observations: ", paste(names, collapse = "; "), "."), width)
}

# ---- tables ----------------------------------------------------------------------------------------------------------

# One column of a table. The header may have several lines. `spill` marks cells that may run on into the columns to the
# right, which are empty there.
table_column <- function(header, cells, left = FALSE, spill = rep(FALSE, length(cells))) {
  list(header = header, cells = cells, left = left, spill = spill)
}

column_lines <- function(column, height) {
  header <- c(rep("", height - length(column$header)), column$header)
  cells <- c(header, ifelse(column$spill, "", column$cells))
  lines <- if (column$left) pad_right(cells) else pad_left(cells)
  lines[height + which(column$spill)] <- column$cells[column$spill]
  lines
}

column_width <- function(column) max(text_width(c(column$header, column$cells[!column$spill])))

# Columns side by side. Where they do not fit, more blocks follow, each with the first `keys` columns, which take no more than
# half of the width.
table_lines <- function(columns, width, keys = 1L) {
  kept <- kept_tables()
  if (!is.null(kept)) return(keep_columns(kept, columns))
  columns <- wrap_keys(columns, width, keys)
  height <- max(vapply(columns, function(column) length(column$header), 0L))
  texts <- lapply(columns, column_lines, height)
  widths <- vapply(columns, column_width, 0L)
  first <- seq_len(keys)
  blocks <- column_blocks(widths[-first], sum(widths[first] + 2L), width)
  lines <- lapply(blocks, function(block) {
    block_lines <- trim_right(visible(do.call(paste, c(texts[c(first, keys + block)], sep = "  "))))
    block_lines[nzchar(block_lines)]
  })
  unlist(lapply(seq_along(lines), function(i) c(if (i > 1L) "", lines[[i]])))
}

# Labels that are too long have several lines: what stands beside them is on the last.
wrap_keys <- function(columns, width, keys) {
  widths <- vapply(columns, column_width, 0L)
  first <- seq_len(keys)
  most <- width
  if (sum(widths + 2L) - 2L > width) while (sum(pmin(widths[first], most)) > width %/% 2L && most > 20L) most <- most - 1L
  cut <- lapply(columns[first], function(column) {
    Map(function(cell, spill) indented_lines(cell, if (spill) width else most), column$cells, column$spill)
  })
  count <- do.call(pmax, lapply(cut, lengths))
  if (all(count <= 1L)) return(columns)
  row <- rep(seq_along(count), count)
  columns[-first] <- lapply(columns[-first], function(column) {
    column$cells <- replace(column$cells[row], duplicated(row, fromLast = TRUE), "")
    column$spill <- column$spill[row]
    column
  })
  columns[first] <- Map(function(column, lines) {
    column$header <- unlist(lapply(column$header, indented_lines, most))
    column$cells <- unlist(Map(function(line, count) c(line, rep("", count - length(line))), lines, count))
    column$spill <- column$spill[row]
    column
  }, columns[first], cut)
  columns
}

# The lines of a text that begins with blanks.
indented_lines <- function(text, width) {
  if (text_width(text) <= width) return(text)
  indent <- attr(regexpr("^ *", text), "match.length")
  paste0(blanks(indent), wrap(text, width - indent))
}

# Numbers of the columns in each block; one column at least.
column_blocks <- function(widths, used, width) {
  blocks <- list()
  block <- integer()
  for (i in seq_along(widths)) {
    if (length(block) > 0L && used + sum(widths[block] + 2L) + widths[i] > width) {
      blocks <- c(blocks, list(block))
      block <- integer()
    }
    block <- c(block, i)
  }
  c(blocks, list(block))
}

# The stub of a table with rows in two levels: a heading per group and indented answers under it; one line per group
# where each has one row (unless `flat` is FALSE). Gives the column `stub`, `row` (which row of the data each line shows,
# NA for a heading) and `answer`, where it is the same on all lines.
nest_rows <- function(outer, inner, names, note = NULL, flat = TRUE) {
  inner <- as.character(inner)
  if (is.null(outer)) return(list(stub = table_column(names[2L], inner, left = TRUE), row = seq_along(inner)))
  outer <- as.character(outer)
  if (flat && !anyDuplicated(outer)) {
    same <- length(unique(inner)) == 1L
    text <- if (same) outer else paste0(outer, ": ", inner)
    return(list(stub = table_column(names[1L], text, left = TRUE), row = seq_along(outer), answer = if (same) inner[1L]))
  }
  at <- split(seq_along(outer), factor(outer, levels = unique(outer)))
  row <- unlist(lapply(at, function(rows) c(NA, rows)), use.names = FALSE)
  text <- paste0("  ", inner[row])
  text[is.na(row)] <- paste0(names(at), note[vapply(at, `[`, 0L, 1L)])
  list(stub = table_column(c(names[1L], paste0("  ", names[2L])), text, left = TRUE, spill = is.na(row)), row = row)
}

# A column of what nest_rows() gave the stub of.
nested_column <- function(nest, header, cells) {
  text <- cells[nest$row]
  text[is.na(nest$row)] <- ""
  table_column(header, text)
}

# A header of several lines where it is long.
header_lines <- function(header, width = 16L) {
  lines <- wrap(header, width, 0L)
  if (length(lines) == 0L) "" else lines
}
