# Rscript tools/lint.R FILE...
# Prints "FILE:LINE: what" for R files that do not parse, that use T or F for TRUE or FALSE, or code of the package that
# is not ASCII.

check_file <- function(file) {
  lines <- readLines(file, warn = FALSE, encoding = "UTF-8")
  found <- character()
  if (startsWith(file, "R/")) {
    other <- grep("[^ -~\t]", lines, useBytes = TRUE)
    if (length(other)) found <- sprintf("%s:%d: not ASCII", file, other)
  }
  parsed <- tryCatch(parse(text = lines, keep.source = TRUE), error = identity)
  if (inherits(parsed, "error")) {
    return(c(found, sprintf("%s: does not parse: %s", file, strsplit(conditionMessage(parsed), "\n")[[1]][1])))
  }
  tokens <- utils::getParseData(parsed)
  short <- tokens[tokens$token == "SYMBOL" & tokens$text %in% c("T", "F"), ]
  if (NROW(short)) found <- c(found, sprintf("%s:%d: %s instead of TRUE or FALSE", file, short$line1, short$text))
  found
}

writeLines(as.character(unlist(lapply(commandArgs(TRUE), check_file))))
