# Rscript tools/lint.R FILE...
# Prints "FILE:LINE: what" for R files that do not parse, that use T or F for TRUE or FALSE, or code of the package that
# is not ASCII, or reads back words that it wrote itself: reasons, messages and conventions are for people. Code asks for the code
# of a reason (reason_is()), a field of a condition, or what a result is about (its info).

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

# ---- words that are read back ----------------------------------------------------------------------------------------

comparing <- c("==", "!=", "%in%", "identical", "match", "startsWith", "endsWith", "grepl", "grep", "regexpr", "gregexpr",
               "regmatches", "regexec", "sub", "gsub", "switch", "strsplit", "substr", "substring", "nchar")
taking <- c("[", "[[", "$", "names")

# The words of all reasons: those of the core, and R's own, which may stand in R/reason.R alone.
reason_words <- function() {
  lines <- c(readLines("src/core/base/status.c"), readLines("src/core/stats/reliability.c"))
  core <- grep("[{]\"[a-z-]+\", \"", lines, value = TRUE)
  own <- Filter(function(e) identical(e[[2L]], quote(own_reasons)), as.list(parse("R/reason.R")))
  c(sub("\"[}].*", "", sub(".*[{]\"[a-z-]+\", \"", "", core)), unlist(eval(own[[1L]][[3L]])))
}

# Whether any part of an expression is so.
any_part <- function(e, is) {
  if (is(e)) return(TRUE)
  if (is.call(e)) for (part in as.list(e)) if (!missing(part) && any_part(part, is)) return(TRUE)
  FALSE
}

is_words <- function(e) {
  said <- if (is.name(e)) as.character(e) else if (is.call(e) && identical(e[[1L]], quote(`$`))) as.character(e[[3L]]) else ""
  said[1L] %in% c("reason", "reasons", "why", "message") || (is.call(e) && identical(e[[1L]], quote(conditionMessage)))
}

# of a result; those of a design or tally are the name of a profile
is_conventions <- function(e) {
  (is.call(e) && identical(e[[1L]], quote(attr)) && length(e) > 2L && identical(e[[3L]], "conventions")) ||
    (is.call(e) && identical(e[[1L]], quote(`$`)) && identical(e[[2L]], quote(attributes)) &&
       identical(e[[3L]], quote(conventions)))
}

# What a call does that it should not, or nothing.
read_back <- function(e) {
  verb <- if (is.name(e[[1L]])) as.character(e[[1L]]) else ""
  parts <- Filter(function(part) !missing(part), as.list(e)[-1L])
  has <- function(is) vapply(parts, any_part, NA, is = is)
  if (verb %in% taking && length(parts) > 0L && is_conventions(parts[[1L]])) return("takes a text of conventions: see info")
  if (!verb %in% comparing) return(NULL)
  words <- has(is_words)
  texts <- has(is.character)
  if (any(words) && any(texts[!words])) return("compares words for people: see R/reason.R")
  NULL
}

calls_of <- function(e, check) {
  if (!is.call(e)) return(NULL)
  c(check(e), unlist(lapply(as.list(e), function(part) if (!missing(part)) calls_of(part, check))))
}

check_words <- function(file, known = reason_words()) {
  if (!startsWith(file, "R/") || file == "R/reason.R") return(NULL)
  parsed <- tryCatch(parse(file, keep.source = TRUE), error = function(e) NULL)
  lines <- vapply(attr(parsed, "srcref"), function(x) as.integer(x)[1L], 0L)
  found <- lapply(as.list(parsed), calls_of, read_back)
  tokens <- utils::getParseData(parsed)
  texts <- tokens[tokens$token == "STR_CONST", ]
  twice <- texts[vapply(texts$text, function(x) eval(parse(text = x)), "") %in% known, ]
  c(sprintf("%s: after line %d: %s", file, rep(lines, lengths(found)), unlist(found)),
    sprintf("%s:%d: the words of a reason: see R/reason.R", file, twice$line1))
}

known <- reason_words()
writeLines(as.character(unlist(lapply(commandArgs(TRUE), check_words, known))))
writeLines(as.character(unlist(lapply(commandArgs(TRUE), check_file))))
