# Texts from data as they may be shown: what moves a terminal's cursor, turns text around or breaks a file of XML is written
# (\u001b), ends of lines are blanks. Each kind of output has one place for it: wrap() and table_lines() for lines of text,
# escape_html() and escape_markdown() for pages, visible_result() for plots, abort(), warn() and tell() for messages.
visible <- function(x) .Call(C_visible, as.character(x))

# A result, or what it is about, with its texts as they may be shown, and told apart. A result gets a seal of these texts, unless
# it was changed by hand.
visible_result <- function(x) {
  apart <- apart_texts(x)
  changed_texts(x, function(texts) visible(apart(texts)))
}

# A result in which texts that look alike are told apart; any other is given back as it is.
apart_result <- function(x) changed_texts(x, apart_texts(x))

changed_texts <- function(x, change) {
  if (identical(change, identity) || (!is.atomic(x) && !is.list(x))) return(x)
  sealed <- is.list(x) && is.list(attr(x, "info")) && is.numeric(attr(x, "info")$seal)
  if (sealed) info_of(x)
  known <- attributes(x)
  if (is.character(x)) x <- change(x)
  if (is.list(x)) x <- lapply(unclass(x), changed_texts, change)
  texts <- intersect(names(known), text_attributes)
  known[texts] <- lapply(known[texts], changed_texts, change)
  if (anyDuplicated(known$levels)) known$levels <- make.unique(known$levels)
  attributes(x) <- known
  if (sealed) seal_result(x) else x
}

text_attributes <- c("names", "dimnames", "levels", "info", "conventions")

# A function that writes what is not seen in those texts of an object that look like another of them, and puts them in quotes:
# "a\u00a0", "a ". It is `identity` where there are none.
apart_texts <- function(x) {
  texts <- .Call(C_texts_of, x, text_attributes) # NULL: all are plain
  if (is.null(texts)) return(identity)
  texts <- unique(texts)
  texts <- texts[validEnc(texts) & !is.na(texts)]
  odd <- grepl("^ | $|  |[^ -~]", texts) # as is_plain() in C has it
  if (!any(odd)) return(identity)
  look <- texts
  look[odd] <- gsub(unseen_letters, "", texts[odd], perl = TRUE)
  look[odd] <- trimws(gsub(paste0(blank_letters, "+"), " ", look[odd], perl = TRUE))
  changed <- odd & look != texts & (duplicated(look) | duplicated(look, fromLast = TRUE))
  if (!any(changed)) return(identity)
  written <- paste0("\"", vapply(texts[changed], write_unseen, ""), "\"")
  function(x) {
    at <- match(x, texts[changed])
    x[!is.na(at)] <- written[at[!is.na(at)]]
    x
  }
}

unseen_letters <- paste0("[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f",
                         "\u3164\ufe00-\ufe0f\ufeff\uffa0]")
blank_letters <- "[\t\n\r \u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]"

write_unseen <- function(text) {
  letters <- strsplit(enc2utf8(text), "")[[1L]]
  is_blank <- grepl(blank_letters, letters, perl = TRUE)
  hidden <- grepl(unseen_letters, letters, perl = TRUE) | (is_blank & (letters != " " | c(FALSE, is_blank[-length(letters)])))
  letters[hidden] <- sprintf("\\u%04x", vapply(letters[hidden], utf8ToInt, 0L))
  paste(letters, collapse = "")
}
