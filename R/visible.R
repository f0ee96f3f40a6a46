# Texts from data as they may be shown: what moves a terminal's cursor, turns text around or breaks a file of XML is written
# (\u001b), ends of lines are blanks. Each kind of output has one place for it: wrap() and table_lines() for lines of text,
# escape_html() and escape_markdown() for pages, visible_result() for plots, abort(), warn() and tell() for messages.
visible <- function(x) .Call(C_visible, as.character(x))

# A result, or what it is about, with its texts as they may be shown. Levels that differ go on differing. A result gets a seal of
# these texts, unless it was changed by hand.
visible_result <- function(x) {
  if (!is.atomic(x) && !is.list(x)) return(x)
  sealed <- is.list(x) && is.list(attr(x, "info")) && is.numeric(attr(x, "info")$seal)
  if (sealed) info_of(x)
  known <- attributes(x)
  if (is.character(x)) x <- visible(x)
  if (is.list(x)) x <- lapply(unclass(x), visible_result)
  texts <- intersect(names(known), c("names", "dimnames", "levels", "info", "conventions"))
  known[texts] <- lapply(known[texts], visible_result)
  if (anyDuplicated(known$levels)) known$levels <- make.unique(known$levels)
  attributes(x) <- known
  if (sealed) seal_result(x) else x
}
