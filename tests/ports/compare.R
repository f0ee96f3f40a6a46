# Answers of the program on another system against those on this one: Rscript tests/ports/compare.R PORT FOLDER
#
# Texts are the same; numbers may differ by what the two C libraries make of exp, log and pow (an ulp or so), multiplied by
# what is solved for: 1e-9 of a number, or 1e-12 where it is 0 by the arithmetic.
args <- commandArgs(TRUE)
files <- Sys.glob(file.path(args[2], "*", "*.here")) # not in all folders: a drive of Wine is the whole disk
largest <- 0
numbers <- 0L

differ <- function(a, b) {
  if (is.numeric(a) && is.numeric(b)) {
    by <- abs(a - b)
    numbers <<- numbers + 1L
    if (by > 1e-12) largest <<- max(largest, by / max(abs(a), abs(b)))
    return(by > 1e-12 && by > 1e-9 * max(abs(a), abs(b)))
  }
  if (!is.list(a) || !is.list(b)) return(!identical(a, b))
  if (!identical(names(a), names(b)) || length(a) != length(b)) return(TRUE)
  any(vapply(seq_along(a), function(k) differ(a[[k]], b[[k]]), NA))
}

read <- function(file) {
  text <- paste(gsub("\r", "", readLines(file, warn = FALSE, encoding = "UTF-8")), collapse = "\n")
  if (!nzchar(text)) return("")
  tryCatch(jsonlite::fromJSON(text, simplifyVector = FALSE), error = function(e) paste("not JSON:", text))
}

for (file in files) {
  where <- paste0(args[1], ": ", sub("[.]here$", "", substring(file, nchar(args[2]) + 2L)))
  here <- read(file)
  wrong <- identical(here, "") || differ(here, read(sub("here$", "there", file)))
  cat(if (wrong) "not ok " else "ok ", where, "\n", sep = "")
}
cat(sprintf("%s: %d numbers, largest relative difference %.1g\n", args[1], numbers, largest))
