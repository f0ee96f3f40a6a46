# A draft: a report as R Markdown whose sentences are text to edit, and whose tables and figures are chunks.

# blocks: lists of blocks by section.
write_draft <- function(r, blocks, subtitle, path, how, area = NULL) {
  text <- unlist(Map(function(b, section) draft_section(b, section, area), blocks, names(blocks)), use.names = FALSE)
  write_whole(paste(c(draft_header(r, subtitle, how, area), text), collapse = "\n"), path)
}

draft_header <- function(r, subtitle, how, area) {
  given <- function(name, value) if (!is.null(value)) paste0("    ", name, ": ", r_text(value))
  c("---", document_header(r, subtitle, draft_text), "params:", "  study: null", "output:", "  weeg::weeg_html:",
    paste0("    language: ", r$language), given("colour", r$look$colour),
    logo_option(r, how$logo), if (is.null(r$look$colour)) "  weeg::weeg_word: default" else "  weeg::weeg_word:",
    given("colour", r$look$colour), "---", "",
    "```{r study, include = FALSE}", "knitr::opts_chunk$set(echo = FALSE)", "library(weeg)", "",
    "# The study of this report: rmarkdown::render(\"this file\", params = list(study = study)), or make it here instead, by",
    "# weeg_study(\"data.csv\", \"codebook.csv\"). The sentences below are text to edit, with the figures of the day they were",
    "# written; the tables and figures between them are made anew.",
    "study <- params$study",
    "if (is.null(study)) stop(\"give the study: rmarkdown::render(..., params = list(study = study))\")",
    paste0("language <- \"", r$language, "\""),
    paste0("threshold <- ", if (is.null(r$threshold)) "NULL" else r$threshold, " # counts below it are not shown"),
    if (!is.null(area)) paste0("area <- ", r_text(area)), "```", "")
}

logo_option <- function(r, logo) {
  if (is.null(logo)) return(NULL)
  path <- r_text(normalizePath(unname(logo), "/"))
  alt <- r$look$logo$alt
  if (is.null(alt)) return(paste("    logo:", path))
  paste0("    logo: !expr '", gsub("'", "''", paste0("c(", r_text(alt), " = ", path, ")"), fixed = TRUE), "'")
}

draft_section <- function(blocks, section, area) {
  part <- 0L
  text <- draft_text
  call <- paste0("weeg_section(study, \"", section, "\", language, threshold", if (!is.null(area)) ", area", ", part = ")
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
