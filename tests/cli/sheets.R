# Rscript sheets.R TABLE.csv TABLE.xlsx: the figures of a table's workbook are those of its CSV, to the last bit, in the sheet of
# all figures and in that which has groups in rows and answers in columns. Says "ok ..." or "not ok ...".
files <- commandArgs(TRUE)
say <- function(good, ...) cat(if (isTRUE(good)) "ok " else "not ok ", ..., "\n", sep = "")
rows <- utils::read.csv(files[1L], check.names = FALSE, encoding = "UTF-8")
sheets <- openxlsx::getSheetNames(files[2L])
figures <- openxlsx::read.xlsx(files[2L], "Figures", sep.names = " ")
numbers <- names(rows)[vapply(rows, is.numeric, NA)]
say(nrow(figures) == nrow(rows) && all(names(figures) %in% names(rows)), "all rows are in a sheet")
numbers <- intersect(numbers, names(figures)) # a column without any number is no column for openxlsx
say(length(numbers) > 5L && all(vapply(numbers, function(x) identical(as.numeric(figures[[x]]), as.numeric(rows[[x]])), NA)),
    "with their figures")
if ("Table" %in% sheets) {
  table <- openxlsx::read.xlsx(files[2L], "Table", colNames = FALSE, skipEmptyRows = FALSE, skipEmptyCols = FALSE)
  levels <- unique(rows$level)
  groups <- names(rows)[seq_len(match("outcome", names(rows)) - 1L)]
  keys <- max(1L, length(groups))
  count <- nrow(rows) / length(levels)
  say(identical(unlist(table[2L, keys + seq_along(levels)], use.names = FALSE), as.character(levels)), "answers are columns")
  cells <- as.matrix(table[2L + seq_len(count), keys + seq_along(levels)])
  got <- suppressWarnings(as.numeric(t(cells)))
  say(identical(got, as.numeric(rows$estimate)), "shares are cells")
  hidden <- rows$reason %in% "not shown, to protect small groups"
  say(identical(which(t(cells) == "x"), which(hidden)), sum(hidden), " hidden ones have a sign")
  n <- as.numeric(table[2L + seq_len(count), keys + length(levels) + 1L])
  say(identical(n, as.numeric(rows$n.base[(seq_len(count) - 1L) * length(levels) + 1L])), "bases stand behind them")
  if (length(groups) > 0L) {
    say(identical(table[2L + seq_len(count), 1L], as.character(rows[[groups[1L]]][(seq_len(count) - 1L) * length(levels) + 1L])),
        "groups stand before them")
  }
}
