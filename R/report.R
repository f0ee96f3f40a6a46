#' Reports of a study
#'
#' Writes a complete report of a study, with text, tables and figures; all numbers come from weeg's verbs. Its sections
#' follow from the roles and meanings in the codebook; see [weeg_study()].
#'
#' @details
#' `"national"` is about all respondents: the study and its response, who took part, groups compared with tests and pairwise
#' comparisons, rounds compared, met and unmet needs, the answers to all questions, multiple-response questions,
#' comparisons adjusted for covariates, comparison with published figures, and a methods annex. It is made from an R
#' Markdown document (needs packages rmarkdown and knitr, and pandoc).
#'
#' `"municipal"` is about one municipality, or whatever area has the role `area` in the codebook, beside the rest of the country:
#' what so few respondents can and cannot show, differences with their margins of error, all answers, and funnel plots in
#' which the other areas are not named. Without `area`, every area gets a report, several at a time. What was written
#' before in the same session and is still up to date is kept, so that an interrupted run can be resumed. Counts of fewer
#' than `threshold` respondents are suppressed, with everything that would reveal them; see Small groups.
#'
#' To edit the words of a report, write a draft of it: `output = "report.Rmd"`, or `format = "draft"` for municipal reports. Its
#' sentences are text, with the figures of that day; its tables and figures are made when
#' `rmarkdown::render("report.Rmd", params = list(study = study))` makes HTML or Word of it. It changes no variable of yours.
#' A copy of the `logo` lies beside the draft and is named after it, such as `report-logo.png`: move the two together. A
#' document of sections whose sentences follow the data comes from
#' `rmarkdown::draft("report.Rmd", template = "national", package = "weeg")`.
#'
#' A report states that groups, rounds or an area do not differ in a question only where the test of all its answers
#' finds no difference (as in [weeg_test()]), nor does any pair of groups or rounds that the report compares,
#' nor, with three or more rounds, the trend. Where these disagree, the report says so. Rounds are compared with the one
#' before, and the last with the first. Protected municipal reports have one figure per question, so their statements
#' concern that answer only.
#'
#' The margins of error of `"national"` are those of the study's design, by the conventions of [weeg_study()]; a `*` stands by a
#' figure that calls for care, and a note says why: see [weeg_conventions]. Those of `"municipal"` are for the people in the
#' participating areas: respondents are the sampling units, areas the strata.
#'
#' HTML reports are one file without scripts, with figures as SVG. They can be read with a keyboard and by screen readers
#' (ordered headings, captions and scopes of tables, alternative texts for figures), and print well. Word files have the
#' figures as pictures where package rsvg is there, else as SVG.
#'
#' `colour` is that of the page's heading, with black or white text, whichever stands out more. Titles of sections and other
#' words and lines in this colour are darkened until they stand out from their ground by 4.5 to 1, as WCAG asks. Figures keep
#' their own colours, which colour-blind readers can tell apart. Word has the colour in its titles, and the logo above the
#' text.
#'
#' `weeg_section()` gives one section, for a document of your own: in R Markdown it becomes text, tables and figures, whatever the
#' document becomes (HTML, Word, PDF, PowerPoint, ...), at the console it prints. With `area` it is a section of a municipal
#' report. Pictures in PDF need package rsvg;
#' without it their alternative text takes their place. `weeg_html()` and `weeg_word()` are the output formats of the
#' template. `weeg_html()` has its own page style, which `css` can change; theme options do not apply.
#'
#' @section Small groups:
#' Reports are protected by [weeg_protect()], whose help page says what is promised. The counts of the national report
#' are one release, and those of areas in all municipal reports another, with groups in which whole areas lie, such as
#' rounds; what a municipal report shows of areas is suppressed where the figure of the country, or of such a group, is.
#' Made with the same `threshold`, the two together promise the same of the counts of each question by itself. Where
#' areas are the sampling units, margins of error of the national report follow from the answers in each area, so these
#' are decided with the counts that municipal reports suppress, whether or not you publish both. For each suppressed
#' count, tables of whole respondents must agree with the figures of a question in all municipal reports and with the
#' country's share of its focus and the standard error of that, which is rounded, mostly to 2 digits, or not shown. Of
#' such a question, other figures of the national report (of groups, rounds and other answers)
#' * with fewer than 15 areas have no margins of error, and there are no tests and adjusted figures;
#' * with 15 areas or more have standard errors with as many digits as that of the share of the focus and, where these are 2,
#'   tests and adjusted figures, also to 2. No tables are searched for that agree with all of these.
#'
#' Areas with fewer respondents than `threshold` are taken to have a known size: how many of them gave an answer is suppressed,
#' but not promised to be uncertain up to `threshold` - 1. A dash stands for a suppressed figure, a note under the table says
#' so, and so does the methods annex. Where small counts in a table by groups would cause suppression in a table with
#' fewer groups, which has no small counts itself, the finer table is left out as a whole. With `threshold = NULL` small
#' counts are in the report, and it says so.
#'
#' @param study A study, made by [weeg_study()].
#' @param type `"national"` or `"municipal"`.
#' @param language `"nl"` or `"en"`. Texts that the codebook does not have in it stay in the codebook's first language.
#' @param threshold The smallest count that is shown (needs package lpSolve); `NULL` shows all.
#' @param output The file to write: `.html`, `.docx` for Word, or `.Rmd` for a draft. `NULL`: the type and language, such as
#'   `national-nl.html`, in the working directory. For `"municipal"` a folder, by default `municipal`, which is created if
#'   necessary.
#' @param format For `"municipal"`, what the reports are: `"html"`, `"word"` or `"draft"`. `"national"` takes it from `output`.
#' @param area For `"municipal"`, which areas; `NULL` for all. For `weeg_section()` one area, of whose report the section is.
#' @param sections Which sections the report has, in this order; `NULL` for all. `"national"` has those listed at `section`;
#'   `"municipal"` has `"reading"` (what the figures can show), `"short"` (main results), `"answers"` (only with
#'   `threshold = NULL`), `"multiple"`, `"funnel"` and `"methods"`. What is suppressed does not depend on it. That small counts
#'   are suppressed is said in `"summary"`, `"reading"` and `"methods"`.
#' @param title The title of the report; `NULL` for that of the codebook.
#' @param logo The path of a picture above the title: PNG, JPEG, GIF or SVG, of at most 2 MB. Name the path
#'   to give the picture an alternative text: `c("Province of Zeeland" = "logo.svg")`.
#' @param colour The colour of the report, by name or as `"#154273"`; see Details.
#' @param date The date on the report.
#' @param cores For `"municipal"`, how many reports are made at a time. On Windows, one.
#' @param quiet Whether to suppress progress messages.
#' @param section Which section: one of `"summary"`, `"response"`, `"background"`, `"groups"`, `"rounds"`, `"needs"`,
#'   `"questions"`, `"multiple"`, `"adjusted"`, `"external"`, `"methods"`. With `area`, one of the sections of `"municipal"`.
#' @param part Which of the section's tables and figures, counted together; `NULL` for all of the section.
#' @param x A section.
#' @param ...,pandoc_args For the output formats: passed on to [rmarkdown::html_document()] or [rmarkdown::word_document()].
#' @param reference_docx A Word document that the report takes its styles and paper from, such as one of your organisation;
#'   `NULL` for the package's own, which can have a `colour`.
#' @return `weeg_report()`: the path of the report, or of each report, invisibly. `weeg_section()`: an object of class
#'   `weeg_section`.
#' @seealso [weeg_study()]
#' @examplesIf requireNamespace("lpSolve", quietly = TRUE)
#' codebook <- system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg")
#' study <- weeg_study(openvoorwerk, codebook)
#' # with a threshold, the search for what must be suppressed takes most of the time
#' weeg_section(study, "needs", language = "en", threshold = NULL)
#' path <- weeg_report(study, "municipal", area = "Delft", output = tempdir(), threshold = NULL)
#' # in the colours of an organisation, without its funnel plots; logo = "logo.png" would put a picture above the title
#' weeg_report(study, "municipal", area = "Delft", output = tempdir(), threshold = NULL, title = "Work in Delft",
#'             colour = "darkgreen", sections = c("short", "reading", "methods"))
#' # a draft: sentences to edit, as text
#' draft <- weeg_report(study, "municipal", "en", area = "Delft", output = tempdir(), threshold = NULL, format = "draft")
#' writeLines(readLines(draft)[36:48])
#' \dontrun{
#' weeg_section(study, "needs", language = "en")
#' weeg_report(study, "national", language = "nl")
#' weeg_report(study, "municipal")
#' weeg_report(study, "municipal", format = "word")
#' rmarkdown::render(draft, params = list(study = study))
#' browseURL(path)
#' }
#' @export
weeg_report <- function(study, type = "national", language = "nl", threshold = 10, output = NULL, format = NULL, area = NULL,
                        sections = NULL, title = NULL, logo = NULL, colour = NULL, date = Sys.Date(),
                        cores = getOption("mc.cores", 2L), quiet = !interactive()) {
  need_given(study)
  if (!inherits(study, "weeg_study")) abort("argument", "`study` must be a study, made by weeg_study()")
  check_unbroken(study)
  type <- one_of(type, c("national", "municipal"), "type")
  quiet <- check_flag(quiet, "quiet")
  municipal <- type == "municipal"
  if (!is.null(format)) format <- one_of(format, names(report_endings), "format")
  how <- list(language = one_of(language, report_languages, "language"), threshold = threshold, date = check_date(date),
              sections = check_sections(sections, if (municipal) municipal_section_names else national_sections, threshold),
              title = if (!is.null(title)) check_report_title(title), look = report_look(colour, logo))
  if (municipal) {
    how$format <- c(format, "html")[1L]
    cores <- check_cores(cores) # before a folder is made
    return(invisible(municipal_reports(study, area, output, how, cores, quiet)))
  }
  if (!is.null(area)) abort("argument", "`area` is for type = \"municipal\"")
  output <- report_path(output, type, language, format)
  if (report_format(output) != "draft") need_pandoc()
  national_report(study, output, how, quiet)
  invisible(output)
}

# Kinds of reports, and how the names of their files end.
report_endings <- c(html = "html", word = "docx", draft = "Rmd")

report_format <- function(path) names(report_endings)[tolower(report_endings) == tolower(sub(".*[.]", "", path))]

# Which sections a report has, in their order; named: those that were asked for.
check_sections <- function(sections, known, threshold) {
  if (is.null(sections)) return(NULL)
  sections <- bare(sections)
  if (!is.character(sections) || length(sections) == 0L || anyNA(sections) || anyDuplicated(sections)) {
    abort("argument", "`sections` must be names of sections, each once: ", paste0("\"", known, "\"", collapse = ", "))
  }
  unknown <- setdiff(sections, known)
  if (length(unknown) > 0L) {
    abort("argument", "`sections`: there is no section \"", unknown[1L], "\" in this type of report; there are ",
          paste0("\"", known, "\"", collapse = ", "), hint = near_hint(unknown[1L], known))
  }
  if ("answers" %in% sections && !is.null(threshold)) {
    abort("argument", "`sections`: protected reports have no section \"answers\", with all answers of an area",
          hint = "threshold = NULL has all counts in the report, small ones too")
  }
  as.vector(sections)
}

# r as it is asked for.
dressed <- function(r, how) {
  if (!is.null(how$title)) r$title <- how$title
  r[c("look", "sections")] <- how[c("look", "sections")]
  r$date <- date_text(r, how$date)
  r
}

no_sections <- function(sections) {
  abort("study", "the study has nothing for ", paste0("\"", sections, "\"", collapse = ", "), ": the report would be empty",
        hint = "?weeg_study says which roles a section needs")
}

check_date <- function(date) {
  if (is.character(date)) date <- tryCatch(as.Date(as_utf8(bare(date))), error = function(e) NULL)
  if (inherits(date, "POSIXct")) date <- as.Date(date)
  if (inherits(date, "Date") && is.numeric(unclass(date)) && length(unclass(date)) == 1L && is.finite(unclass(date))) {
    return(structure(as.double(unclass(date)), class = "Date"))
  }
  abort("argument", "`date` must be one date, such as as.Date(\"2026-01-31\")")
}

check_cores <- function(cores) {
  cores <- check_whole(cores, "cores", 1)
  if (.Platform$OS.type == "windows") 1L else as.integer(cores)
}

# The full path of a file that can be written.
report_path <- function(output, type, language, format = NULL) {
  if (is.null(output)) output <- paste0(type, "-", language, ".", report_endings[c(format, "html")[1L]])
  what <- "the path of a file that ends in .html or .docx, or in .Rmd for a draft"
  hint <- "For other formats put weeg_section() into a document of R Markdown"
  output <- one_path(output, "output", what, hint)
  if (!grepl("[.](html|docx|rmd)$", output, ignore.case = TRUE)) abort("argument", "`output` must be ", what, hint = hint)
  if (!is.null(format) && report_format(output) != format) {
    abort("argument", "`output` ends in ", sub(".*[.]", ".", output), ", but `format` is \"", format, "\"",
          hint = "Leave out `format`: it is for municipal reports, and follows from `output` here")
  }
  folder <- dirname(path.expand(output))
  if (!dir.exists(folder)) abort("file", "there is no folder ", folder, hint = "Make it first: dir.create()")
  file.path(normalizePath(folder), basename(output))
}

need_pandoc <- function(purpose = "to make reports") {
  need_package("rmarkdown", purpose)
  need_package("knitr", purpose)
  if (!rmarkdown::pandoc_available("2.8")) {
    abort("package", "pandoc is needed ", purpose,
          hint = "apt-get install pandoc, or see https://pandoc.org/installing.html")
  }
}

# The sections as chunks under a header of their own, rendered; or a draft.
national_report <- function(study, output, how, quiet) {
  r <- dressed(kept_base(study, how$language, how$threshold), how)
  sections <- if (is.null(r$sections)) national_sections else r$sections
  draft <- report_format(output) == "draft"
  if (draft || !is.null(r$sections)) {
    blocks <- lapply(stats::setNames(nm = sections), report_section, r = r)
    if (sum(lengths(blocks)) == 0L) no_sections(sections)
  }
  if (draft) return(write_draft(r, blocks, say(r, "national.subtitle"), output))
  folder <- tempfile("weeg-report")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  word <- report_format(output) == "word"
  body <- c("```{r, include = FALSE}", "knitr::opts_chunk$set(echo = FALSE)", "library(weeg)", "```", "",
            if (word) c(logo_markdown(r, folder), ""),
            paste0("```{r ", sections, "}\nweeg_section(params$study, \"", sections,
                   "\", params$language, params$threshold)\n```\n"))
  header <- c("---", document_header(r, say(r, "national.subtitle")), "params:", "  study: null", "  language: null",
              paste("  threshold:", if (is.null(how$threshold)) "null" else how$threshold), "---", "")
  write_whole(paste(c(header, body), collapse = "\n"), file.path(folder, "report.Rmd"))
  format <- if (word) word_format(r$look, folder) else html_format(r$language, r$look)
  # made beside the template, so that no path of this machine gets into it, and moved when it is whole
  made <- rmarkdown::render(file.path(folder, "report.Rmd"), output_format = format,
                            output_file = paste0("made.", if (word) "docx" else "html"), quiet = quiet,
                            params = list(study = study, language = how$language), envir = new.env(parent = globalenv()),
                            encoding = "UTF-8")
  write_whole(readBin(made, "raw", file.size(made)), output)
}

# The title and the like as pandoc reads them.
document_header <- function(r, subtitle, text = escape_markdown) {
  quote <- function(x) paste0("'", gsub("'", "''", text(x), fixed = TRUE), "'")
  c(paste("title:", quote(r$title)), paste("subtitle:", quote(subtitle)), paste("date:", quote(r$date)),
    paste("lang:", r$language))
}

# ---- sections --------------------------------------------------------------------------------------------------------

#' @rdname weeg_report
#' @export
weeg_section <- function(study, section, language = "nl", threshold = 10, area = NULL, part = NULL) {
  need_given(study, section)
  if (is.null(area)) {
    section <- one_of(section, national_sections, "section")
    r <- kept_base(study, language, threshold)
  } else {
    r <- kept_areas(study, language, threshold)
    area <- check_area(r, area)
    section <- one_of(section, municipal_section_names, "section")
  }
  blocks <- kept_blocks(if (is.null(area)) kept_release else kept_area_release, c(section, area), function() {
    if (is.null(area)) report_section(r, section) else as.list(municipal_by_section(r, area, section)[[1L]])
  })
  if (!is.null(part)) blocks <- block_part(blocks, part)
  structure(list(blocks = blocks, report = r[c("words", "language", "date")]), class = "weeg_section")
}

# Parts are asked for one by one: the blocks of the last section are kept.
kept_blocks <- function(kept, of, make) {
  if (!identical(kept$blocks$of, of)) kept$blocks <- list(of = of, blocks = make())
  kept$blocks$blocks
}

# Blocks that a draft has as chunks: all but words.
is_part <- function(blocks) vapply(blocks, function(b) b$type %in% c("tiles", "grid", "figure"), NA)

block_part <- function(blocks, part) {
  parts <- blocks[is_part(blocks)]
  part <- check_whole(part, "part", 1)
  if (part > length(parts)) {
    abort("argument", "`part` is ", part, ", but the section has ",
          counted(length(parts), "table or figure", "tables and figures"))
  }
  parts[part]
}

#' @rdname weeg_report
#' @exportS3Method knitr::knit_print
knit_print.weeg_section <- function(x, ...) {
  if (!identical(knitr::opts_knit$get("out.format"), "markdown")) return(knitr::normal_print(x))
  # tables and figures are numbered through the document
  count <- knitr::opts_knit$get("weeg.count")
  if (is.null(count) || !is.environment(count)) {
    count <- new.env()
    knitr::opts_knit$set(weeg.count = count)
  }
  to <- c(sub("[+-].*", "", knitr::pandoc_to()), "markdown")[1L]
  text <- if (to %in% html_formats) {
    knit_html(x$blocks, x$report, count)
  } else {
    folder <- dirname(paste0(knitr::opts_chunk$get("fig.path"), "x"))
    dir.create(folder, recursive = TRUE, showWarnings = FALSE)
    blocks_markdown(x$blocks, x$report, count, folder, to)
  }
  knitr::asis_output(paste0("\n\n", paste(text, collapse = "\n\n"), "\n\n"))
}

# Formats of pandoc that keep HTML as it is; all others get Markdown. Books for readers have XHTML, which this is not.
html_formats <- c("html", "html4", "html5", "revealjs", "slidy", "slideous", "s5", "dzslides")

# HTML as pandoc leaves it alone; headings as Markdown, which pandoc lists in the contents.
knit_html <- function(blocks, r, count) {
  vapply(blocks, function(b) {
    if (b$type != "heading") return(paste0("```{=html}\n", block_html(b, r, count), "\n```"))
    paste0(strrep("#", b$level), " ", escape_markdown(b$text), if (!is.null(b$id)) paste0(" {#", b$id, "}"))
  }, "")
}

#' @rdname weeg_report
#' @export
print.weeg_section <- function(x, ...) {
  writeLines(format(x, ...))
  invisible(x)
}

#' @export
format.weeg_section <- function(x, width = getOption("width"), ...) {
  width <- line_width(width)
  count <- new.env()
  lines <- lapply(x$blocks, function(b) {
    c(switch(b$type,
      heading = c(visible(b$text), strrep(if (b$level == 2L) "=" else "-", text_width(b$text))),
      para = wrap(b$text, width, 0L),
      callout = wrap(b$text, width, 0L),
      bullets = unlist(lapply(b$items, function(item) hang("-", item, width))),
      tiles = unlist(lapply(paste(b$values, b$labels), function(item) hang("-", item, width))),
      grid = c(wrap(paste(say(x$report, "table", number = numbered(count, "tables")), b$caption), width, 0L), "",
               grid_lines(b, width), unlist(lapply(b$note, wrap, width, 0L))),
      figure = wrap(paste(say(x$report, "figure", number = numbered(count, "figures")), b$caption, b$alt), width, 0L)
    ), "")
  })
  as.character(unlist(lines, use.names = FALSE)) # none where the section has nothing to say
}

grid_lines <- function(b, width) {
  columns <- lapply(seq_along(b$header), function(i) {
    table_column(header_lines(b$header[i], if (i == 1L) 30L else 16L), b$cells[, i], left = i == 1L)
  })
  table_lines(columns, width)
}

# ---- output formats --------------------------------------------------------------------------------------------------

#' @rdname weeg_report
#' @export
weeg_html <- function(language = "nl", ..., logo = NULL, colour = NULL) {
  need_pandoc()
  html_format(one_of(language, report_languages, "language"), report_look(colour, logo), ...)
}

html_format <- function(language, look, ...) {
  mine <- list(...)
  taken <- intersect(names(mine), c("theme", "template", "mathjax", "math_method", "toc_float", "code_folding", "code_download"))
  if (length(taken) > 0L) {
    abort("argument", "weeg_html() has a page of its own, for which `", taken[1L], "` does nothing",
          hint = "Change its looks by `css`, or use rmarkdown::html_document(), which weeg_section() works in as well")
  }
  r <- list(words = read_words(language), language = language, look = look)
  page <- page_template(r, paste0("$if(toc)$", contents_frame(r, "$toc$"), "$endif$"), document_parts)
  template <- tempfile(fileext = ".html")
  con <- file(template, open = "wb")
  writeLines(enc2utf8(page), con, useBytes = TRUE)
  close(con)
  usual <- list(toc = TRUE, toc_depth = 2, theme = NULL, highlight = NULL, mathjax = NULL, template = template,
                dependency_resolver = without_scripts)
  do.call(rmarkdown::html_document, c(usual[setdiff(names(usual), names(mine))], mine))
}

# What widgets and the like need is in the page, but not the script that rmarkdown gives to each: a report has none.
without_scripts <- function(all) htmltools::resolveDependencies(Filter(function(x) !identical(x$name, "header-attrs"), all))

#' @rdname weeg_report
#' @export
weeg_word <- function(..., reference_docx = NULL, pandoc_args = NULL, colour = NULL) {
  if (!all(nzchar(names2(list(...))))) {
    abort("argument", "arguments of weeg_word() have names: they are options of rmarkdown::word_document(), such as toc = TRUE")
  }
  need_pandoc()
  look <- report_look(colour)
  if (!is.null(reference_docx) && !is.null(colour)) {
    abort("argument", "`colour` is for the reports' own Word document: `reference_docx` has colours itself")
  }
  if (!is.null(reference_docx)) reference_docx <- one_path(reference_docx, "reference_docx")
  if (!is.null(pandoc_args) && (!is.character(pandoc_args) || anyNA(pandoc_args))) {
    abort("argument", "`pandoc_args` must be texts: options of pandoc")
  }
  word_format(look, tempdir(), reference_docx, pandoc_args, ...)
}

word_format <- function(look, folder, reference_docx = NULL, pandoc_args = NULL, ...) {
  if (is.null(reference_docx)) reference_docx <- look_word(look, folder)
  rmarkdown::word_document(..., reference_docx = reference_docx, pandoc_args = c(word_options, pandoc_args))
}

# the title is no heading in Word, so that those of sections are the first level there
word_options <- "--shift-heading-level-by=-1"
