#' Reports of a study
#'
#' Writes a complete report of a study, with text, tables and figures; all numbers come from weeg's verbs. Its sections
#' follow from the roles and meanings in the codebook; see [weeg_study()].
#'
#' @details
#' `"national"` is about all respondents: the study and its response, who took part, groups compared with tests and pairwise
#' comparisons, rounds compared, met and unmet needs, the answers to all questions, multiple-response questions,
#' comparisons adjusted for covariates, comparison with published figures, and a methods annex. It is made from an R
#' Markdown template (needs packages rmarkdown and knitr, and pandoc). To edit it, start from the same template:
#' `rmarkdown::draft("report.Rmd", template = "national", package = "weeg")`.
#'
#' `"municipal"` is about one municipality, or whatever area has the role `area` in the codebook, beside the rest of the country:
#' what so few respondents can and cannot show, differences with their margins of error, all answers, and funnel plots in
#' which the other areas are not named. Without `area`, every area gets a report, several at a time. What was written
#' before in the same session and is still up to date is kept, so that an interrupted run can be resumed. Counts of fewer
#' than `threshold` respondents are suppressed, with everything that would reveal them; see Small groups.
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
#' `weeg_section()` gives one section, for a document of your own: in R Markdown it becomes text, tables and figures, whatever the
#' document becomes (HTML, Word, PDF, PowerPoint, ...), at the console it prints. Pictures in PDF need package rsvg;
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
#' @param output The file to write: `.html`, or `.docx` for Word. `NULL`: the type and language, such as `national-nl.html`, in
#'   the working directory. For `"municipal"` a folder, by default `municipal`, which is created if necessary.
#' @param area For `"municipal"`, which areas; `NULL` for all.
#' @param date The date on the report.
#' @param cores For `"municipal"`, how many reports are made at a time. On Windows, one.
#' @param quiet Whether to suppress progress messages.
#' @param section Which section: one of `"summary"`, `"response"`, `"background"`, `"groups"`, `"rounds"`, `"needs"`,
#'   `"questions"`, `"multiple"`, `"adjusted"`, `"external"`, `"methods"`.
#' @param x A section.
#' @param ...,pandoc_args For the output formats: passed on to [rmarkdown::html_document()] or [rmarkdown::word_document()].
#' @param reference_docx A Word document that the report takes its styles and paper from, such as one of your organisation.
#' @return `weeg_report()`: the path of the report, or of each report, invisibly. `weeg_section()`: an object of class
#'   `weeg_section`.
#' @seealso [weeg_study()]
#' @examplesIf requireNamespace("lpSolve", quietly = TRUE)
#' codebook <- system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg")
#' study <- weeg_study(openvoorwerk, codebook)
#' # with a threshold, the search for what must be suppressed takes most of the time
#' weeg_section(study, "needs", language = "en", threshold = NULL)
#' path <- weeg_report(study, "municipal", area = "Delft", output = tempdir(), threshold = NULL)
#' \dontrun{
#' weeg_section(study, "needs", language = "en")
#' weeg_report(study, "national", language = "nl")
#' weeg_report(study, "municipal")
#' browseURL(path)
#' }
#' @export
weeg_report <- function(study, type = "national", language = "nl", threshold = 10, output = NULL, area = NULL,
                        date = Sys.Date(), cores = getOption("mc.cores", 2L), quiet = !interactive()) {
  need_given(study)
  if (!inherits(study, "weeg_study")) abort("argument", "`study` must be a study, made by weeg_study()")
  check_unbroken(study)
  type <- one_of(type, c("national", "municipal"), "type")
  date <- check_date(date)
  quiet <- check_flag(quiet, "quiet")
  language <- one_of(language, report_languages, "language")
  if (type == "municipal") {
    cores <- check_cores(cores) # before a folder is made
    return(invisible(municipal_reports(study, area, language, output, date, cores, quiet, threshold)))
  }
  if (!is.null(area)) abort("argument", "`area` is for type = \"municipal\"")
  output <- report_path(output, type, language)
  need_pandoc()
  national_report(study, language, output, date, quiet, threshold)
  invisible(output)
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
report_path <- function(output, type, language) {
  if (is.null(output)) output <- paste0(type, "-", language, ".html")
  what <- "the path of a file that ends in .html or .docx"
  hint <- "For other formats put weeg_section() into a document of R Markdown"
  output <- one_path(output, "output", what, hint)
  if (!grepl("[.](html|docx)$", output, ignore.case = TRUE)) abort("argument", "`output` must be ", what, hint = hint)
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

# The template with its own header, rendered.
national_report <- function(study, language, output, date, quiet, threshold) {
  r <- kept_base(study, language, threshold)
  folder <- tempfile("weeg-report")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  template <- readLines(system.file("rmarkdown", "templates", "national", "skeleton", "skeleton.Rmd", package = "weeg"),
                        encoding = "UTF-8")
  body <- template[-seq_len(which(template == "---")[2L])]
  quote <- function(text) paste0("'", gsub("'", "''", text, fixed = TRUE), "'")
  header <- c("---", paste("title:", quote(escape_markdown(r$title))), paste("subtitle:", quote(say(r, "national.subtitle"))),
              paste("date:", quote(date_text(r, date))), paste("lang:", language), "params:", "  study: null", "  language: null",
              paste("  threshold:", if (is.null(threshold)) "null" else threshold), "---")
  input <- file.path(folder, "report.Rmd")
  con <- file(input, open = "w", encoding = "UTF-8")
  writeLines(c(header, body), con)
  close(con)
  kind <- tolower(sub(".*[.]", "", output))
  format <- if (kind == "docx") weeg_word() else weeg_html(language)
  # made beside the template, so that no path of this machine gets into it, and moved when it is whole
  made <- rmarkdown::render(input, output_format = format, output_file = paste0("made.", kind), quiet = quiet,
                            params = list(study = study, language = language), envir = new.env(parent = globalenv()),
                            encoding = "UTF-8")
  write_whole(readBin(made, "raw", file.size(made)), output)
}

# ---- sections --------------------------------------------------------------------------------------------------------

#' @rdname weeg_report
#' @export
weeg_section <- function(study, section, language = "nl", threshold = 10) {
  need_given(study, section)
  section <- one_of(section, national_sections, "section")
  r <- kept_base(study, language, threshold)
  structure(list(blocks = report_section(r, section), report = r[c("words", "language", "date")]), class = "weeg_section")
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
weeg_html <- function(language = "nl", ...) {
  need_pandoc()
  language <- one_of(language, report_languages, "language")
  mine <- list(...)
  taken <- intersect(names(mine), c("theme", "template", "mathjax", "math_method", "toc_float", "code_folding", "code_download"))
  if (length(taken) > 0L) {
    abort("argument", "weeg_html() has a page of its own, for which `", taken[1L], "` does nothing",
          hint = "Change its looks by `css`, or use rmarkdown::html_document(), which weeg_section() works in as well")
  }
  r <- list(words = read_words(language), language = language)
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
weeg_word <- function(..., reference_docx = system.file("report", "word.docx", package = "weeg"), pandoc_args = NULL) {
  need_pandoc()
  reference_docx <- one_path(reference_docx, "reference_docx")
  if (!is.null(pandoc_args) && (!is.character(pandoc_args) || anyNA(pandoc_args))) {
    abort("argument", "`pandoc_args` must be texts: options of pandoc")
  }
  # the title is no heading in Word, so that those of sections are the first level there
  rmarkdown::word_document(..., reference_docx = reference_docx, pandoc_args = c("--shift-heading-level-by=-1", pandoc_args))
}
