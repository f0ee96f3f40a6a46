# Rscript workbook.R BOOK.csv BOOK.xlsx: the figures in the sheets of the program's workbook are those of its CSV, to the last
# bit, and its texts are texts. Says "ok ..." or "not ok ...".
files <- commandArgs(TRUE)
rows <- utils::read.csv(files[1L], check.names = FALSE, encoding = "UTF-8")
say <- function(good, ...) cat(if (isTRUE(good)) "ok " else "not ok ", ..., "\n", sep = "")
book <- openxlsx::loadWorkbook(files[2L])
sheets <- names(book)
say(sheets[1L] == "Contents" && all(nchar(sheets) <= 31L) && !anyDuplicated(tolower(sheets)), "sheets have names of their own")
say(!any(grepl("[\\[\\]:*?/\\\\]", sheets, perl = TRUE)), "without odd characters")
read <- function(sheet) openxlsx::read.xlsx(files[2L], sheet, colNames = FALSE, skipEmptyRows = FALSE, skipEmptyCols = FALSE)
number <- function(x) suppressWarnings(as.numeric(x))
for (k in seq_along(unique(rows$outcome))) {
  mine <- rows[rows$outcome == unique(rows$outcome)[k], ]
  level <- unique(mine$level)
  column <- unique(paste(mine$banner, mine$column))
  want <- matrix(mine$estimate[order(match(mine$level, unique(mine$level)), match(paste(mine$banner, mine$column), column))],
                 length(level), byrow = TRUE)
  sheet <- read(k + 1L)
  level[is.na(level)] <- "mean"
  answers <- 5L + 2L * seq_along(level)
  got <- matrix(number(unlist(sheet[answers, -1L])), length(level))
  # a spreadsheet would take some texts of CSV for formulas; and openxlsx leaves what is escaped as it is
  level <- sub("^'(?=[=+@-])", "", level, perl = TRUE)
  shown <- sheet[answers, 1L]
  for (i in 1:5) shown <- gsub(c("_x005F_", "&lt;", "&gt;", "&quot;", "&amp;")[i], c("_", "<", ">", "\"", "&")[i], shown)
  say(identical(shown, level), "answers of ", mine$outcome[1L])
  say(identical(is.na(got), is.na(want)) && all(got == want, na.rm = TRUE), "figures of ", mine$outcome[1L])
  n <- number(unlist(sheet[match("n", sheet[[1L]]), -1L]))
  say(identical(n, as.numeric(mine$n.base[match(column, paste(mine$banner, mine$column))])), "bases of ", mine$outcome[1L])
  links <- book$worksheets[[k + 1L]]$hyperlinks
  say(length(links) == 1L, "a link to the contents")
}
