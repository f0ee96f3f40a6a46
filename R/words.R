# The words and the number style of reports. The words are in inst/report/words-LANGUAGE.txt: "key = text", with {names} for
# what is filled in.

report_languages <- c("nl", "en")

read_words <- function(language) {
  language <- one_of(language, report_languages, "language")
  path <- system.file("report", paste0("words-", language, ".txt"), package = "weeg")
  lines <- readLines(path, encoding = "UTF-8", warn = FALSE)
  lines <- lines[grepl("^[a-z]", lines)]
  at <- regexpr(" = ", lines, fixed = TRUE)
  stats::setNames(substring(lines, at + 3L), substr(lines, 1L, at - 1L))
}

# The words for a study whose areas are no municipalities: neither its towns nor its wards make up a country.
words_for_areas <- function(words, study) {
  area <- with_role(study, "area")
  if (any(grepl("gemeente|municipal", c(area, study$codebook$questions[area, ]), ignore.case = TRUE))) return(words)
  for (swap in strsplit(words[startsWith(names(words), "swap.")], " > ", fixed = TRUE)) {
    words[] <- gsub(swap[1L], swap[2L], words, fixed = TRUE)
  }
  words
}

# The text of a key with its {names} filled in; one per value where values are vectors.
say <- function(r, key, ...) {
  template <- unname(r$words[key])
  if (is.na(template)) stop("report: no words for ", key)
  values <- lapply(list(...), as.character)
  for (name in names(values)) if (anyNA(values[[name]])) stop("report: ", name, " is missing in ", key)
  if (any(lengths(values) == 0L)) return(character())
  at <- gregexpr("[{][a-z0-9]+[}]", template)
  wanted <- gsub("[{}]", "", regmatches(template, at)[[1L]])
  unknown <- setdiff(wanted, names(values))
  if (length(unknown) > 0L) stop("report: {", unknown[1L], "} is not filled in in ", key)
  between <- regmatches(template, at, invert = TRUE)[[1L]]
  pieces <- c(rbind(as.list(between), c(unname(values[wanted]), "")))
  rep_len(do.call(paste0, pieces), max(1L, lengths(values)))
}

# The same of some things: one of them, or none, may have a text of its own.
say_some <- function(r, key, .of, ...) {
  given <- list(...)
  own <- paste0(key, if (.of == 0) ".none" else if (.of == 1) ".one" else if (isTRUE(given$count == given$all)) ".all")
  say(r, if (own %in% names(r$words)) own else key, ...)
}

# ---- numbers ---------------------------------------------------------------------------------------------------------

minus <- "\u2212"
dash <- "\u2013"

number_text <- function(r, x, digits = 0L) {
  text <- formatC(abs(round(x, digits)), digits = digits, format = "f", decimal.mark = r$words[["decimal.mark"]])
  big <- !is.na(x) & abs(round(x, digits)) >= 10000 # four digits are easy to read without a mark
  text[big] <- formatC(abs(round(x[big], digits)), digits = digits, format = "f", decimal.mark = r$words[["decimal.mark"]],
                       big.mark = r$words[["big.mark"]])
  text <- paste0(ifelse(!is.na(x) & round(x, digits) < 0, minus, ""), text)
  text[is.na(x)] <- dash
  text
}

count_words <- function(r, x) number_text(r, x, 0L)

# A share as a percentage. Without decimals it is never rounded to 0 or 100 unless it is that.
percent_text <- function(r, x, digits = 0L) {
  text <- paste0(number_text(r, 100 * x, digits), "%")
  least <- 10^-digits
  small <- !is.na(x) & x > 0 & round(100 * x, digits) < least
  large <- !is.na(x) & x < 1 & round(100 * x, digits) > 100 - least
  text[small] <- paste0("<", number_text(r, least, digits), "%")
  text[large] <- paste0(">", number_text(r, 100 - least, digits), "%")
  text[is.na(x)] <- dash
  text
}

# Two shares that are compared: with a decimal where they would look the same but are not.
percent_pair <- function(r, p1, p2) {
  text <- percent_text(r, c(p1, p2))
  if (isTRUE(p1 != p2) && text[1L] == text[2L]) percent_text(r, c(p1, p2), 1L) else text
}

# The size of a difference in percentage points, with a decimal where it would be 0 but is not.
points_text <- function(r, x) {
  text <- number_text(r, 100 * x)
  ifelse(!is.na(x) & x != 0 & text == number_text(r, 0), number_text(r, 100 * x, 1L), text)
}

# Limits of a share: "43% tot 58%" in text, "42,9-58,0" with an en dash in tables.
share_margin <- function(r, low, high) say(r, "range", low = percent_text(r, low), high = percent_text(r, high))

share_range <- function(r, low, high) {
  text <- paste0(number_text(r, 100 * low, 1L), dash, number_text(r, 100 * high, 1L))
  text[is.na(low) | is.na(high)] <- dash
  text
}

# Limits of a difference, in percentage points.
points_range <- function(r, low, high, digits = 0L) {
  if (length(low) == 0L) return(character())
  text <- say(r, "range", low = number_text(r, 100 * low, digits), high = number_text(r, 100 * high, digits))
  text[is.na(low) | is.na(high)] <- dash
  text
}

p_words <- function(r, p, equals = "= ") {
  text <- paste0(equals, number_text(r, p, 3L))
  text[!is.na(p) & p < 0.05 & round(p, 3L) == 0.05] <- paste("<", number_text(r, 0.05, 3L)) # which side it is on matters
  text[!is.na(p) & p < 0.001] <- paste("<", number_text(r, 0.001, 3L))
  text[!is.na(p) & p > 0.999] <- paste(">", number_text(r, 0.999, 3L))
  text[is.na(p)] <- dash
  text
}

# A published percentage with as many decimals as it has, one at most.
published_text <- function(r, x) {
  whole <- abs(100 * x - round(100 * x)) < 1e-6
  ifelse(whole, percent_text(r, x), percent_text(r, x, 1L))
}

p_cell <- function(r, p) p_words(r, p, "")

# "a, b en c"
list_text <- function(r, x, last = "and") {
  if (length(x) < 2L) return(x)
  paste(paste(x[-length(x)], collapse = ", "), r$words[[last]], x[length(x)])
}

quoted <- function(x) paste0("\u2018", x, "\u2019")

date_text <- function(r, date) {
  month <- strsplit(r$words[["months"]], " ", fixed = TRUE)[[1L]][as.integer(format(date, "%m"))]
  paste(as.integer(format(date, "%d")), month, format(date, "%Y"))
}
