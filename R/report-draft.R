# A draft: a report as R Markdown whose sentences are text to edit, and whose tables and figures are chunks.

# blocks: lists of blocks by section.
write_draft <- function(r, blocks, subtitle, path, area = NULL) {
  text <- unlist(Map(function(b, section) draft_section(b, section, area), blocks, names(blocks)), use.names = FALSE)
  if (!is.null(r$look$logo)) write_whole(r$look$logo$bytes, file.path(dirname(path), logo_of_draft(r, path)))
  write_whole(paste(c(draft_header(r, subtitle, path), text), collapse = "\n"), path)
}

# The study and the like are in params: rmarkdown runs chunks where it is called, so that a variable here would take the place
# of the user's.
draft_header <- function(r, subtitle, path) {
  given <- function(name, value) if (!is.null(value)) paste0("    ", name, ": ", r_text(value))
  c("---", document_header(r, subtitle, draft_text), "params:", "  study: null", paste("  language:", r$language),
    paste0("  threshold: ", if (is.null(r$threshold)) "null" else r$threshold, " # counts below it are not shown"), "output:",
    "  weeg::weeg_html:", paste0("    language: ", r$language), given("colour", r$look$colour), logo_option(r, path),
    if (is.null(r$look$colour)) "  weeg::weeg_word: default" else "  weeg::weeg_word:",
    given("colour", r$look$colour), "---", "",
    "```{r study, include = FALSE}",
    "if (is.null(params$study)) stop(\"give the study: rmarkdown::render(..., params = list(study = study))\")",
    "knitr::opts_chunk$set(echo = FALSE)", "library(weeg)", "",
    "# The study of this report: rmarkdown::render(\"this file\", params = list(study = study)), or in the header, in place",
    "# of null: !r weeg::weeg_study(\"data.csv\", \"codebook.csv\"). The sentences below are text to edit, with the figures of",
    "# the day they were written; the tables and figures between them are made anew.", "```", "")
}

# The logo lies beside the draft, and has its name, so that the two can be moved together and no other picture is overwritten.
logo_of_draft <- function(r, path) paste0(sub("[.][^.]*$", "", basename(path)), "-logo.", r$look$logo$kind)

logo_option <- function(r, path) {
  if (is.null(r$look$logo)) return(NULL)
  path <- r_text(logo_of_draft(r, path))
  alt <- r$look$logo$alt
  if (is.null(alt)) return(paste("    logo:", path))
  paste0("    logo: !expr '", gsub("'", "''", paste0("c(", r_text(alt), " = ", path, ")"), fixed = TRUE), "'")
}

draft_section <- function(blocks, section, area) {
  part <- 0L
  text <- draft_text
  call <- paste0("weeg_section(params$study, \"", section, "\", params$language, params$threshold",
                 if (!is.null(area)) paste0(", area = ", r_text(area)), ", part = ")
  unlist(lapply(blocks, function(b) {
    lines <- switch(b$type,
      heading = paste0(strrep("#", b$level), " ", text(b$text), if (!is.null(b$id)) paste0(" {#", b$id, "}")),
      para = text(b$text), bullets = paste0("- ", text(b$items)), callout = paste0("> ", text(b$text), collapse = "\n>\n"),
      {
        part <<- part + 1L
        c("```{r}", paste0(call, part, ")"), "```")
      }
    )
    c(lines, "")
  }))
}

# Markdown that people can read. As numbers: backticks, between which there could be R, and brackets, which rmarkdown takes for
# formulas with a backslash before them.
draft_text <- function(x) {
  x <- gsub("([\\\\*_<>{}|~^$@#&])", "\\\\\\1", visible(x), perl = TRUE)
  for (sign in c("`", "[", "]")) x <- gsub(sign, paste0("&#", utf8ToInt(sign), ";"), x, fixed = TRUE)
  # what would begin a list or the like at the start of a line
  gsub("^([(]?)([0-9a-zA-Z]*)([-+.):=%])", "\\1\\2\\\\\\3", x, perl = TRUE)
}

# As R and YAML write it.
r_text <- function(x) {
  x <- gsub("([\\\\\"])", "\\\\\\1", x)
  paste0("\"", gsub("\r", "\\r", gsub("\n", "\\n", x, fixed = TRUE), fixed = TRUE), "\"")
}
