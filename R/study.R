#' A study: data with a codebook
#'
#' Reads a codebook, harmonises the answers of all rounds to the same levels, and checks the data against it. The result
#' records the role of each variable, so that [weeg_report()] can write about it, and every verb takes it as a design.
#'
#' @section The codebook:
#' A table with one row per variable and, under it, one row per level: a CSV file that a spreadsheet can edit (delimiter and
#' decimal mark are found, as [weeg_csv] says; UTF-8 or Windows-1252), or a data frame. Columns, in any order; only
#' `variable` and one language are required:
#' * `variable`: the name of the column in the data. On rows of levels it may be left blank.
#' * `role`: on the row of the variable, its role; see Roles. Several roles are separated by blanks.
#' * `code`: on the row of a level, its code in the data. Blank: the text of the level in the first language.
#' * `code ROUND`: the code in one round, where it differs; ROUND is the code of that round in the data. A level that has
#'   codes in such columns only was not an option in the other rounds.
#' * `meaning`: what a level means to the report; see Meanings. Blank for most.
#' * `external`, `source`: a published percentage that this answer is compared with, and where it was published.
#' * `nl`, `en`, ...: question and levels in a language, by its two letters. A blank is filled from the first language.
#' * `remark`: anything; it is not read. Other columns are an error, and so is an entry in a row where it has no effect,
#'   such as a code on the row of the variable, or a code shared by two levels.
#'
#' A variable without rows of levels takes the values that occur as levels: group a number such as age into classes.
#' Answers of a variable with levels are matched exactly, by code or text; failing that, ignoring case and blanks, which
#' is reported. Rows with the roles `title` and `note` hold the name of the study and a remark that every report repeats.
#'
#' @section Roles:
#' \describe{
#'   \item{`id`}{the respondent's number; checked for duplicates}
#'   \item{`weight`, `stratum`, `cluster`}{the sample design; see [weeg_design()]. All may be left out}
#'   \item{`round`}{which round of the study; rounds are compared}
#'   \item{`area`}{the municipality or other area that gets its own report. Reports speak of municipalities and the
#'     country if its name or question contains municipality or gemeente, otherwise of areas}
#'   \item{`organisation`}{who interviewed}
#'   \item{`outcome`}{a question that is compared between groups and rounds; add `ordered` if levels go from low to high}
#'   \item{`question`}{a question whose answers are shown}
#'   \item{`group`}{a variable by which outcomes are compared}
#'   \item{`background`}{who the respondents are}
#'   \item{`covariate`}{what comparisons of groups are adjusted for}
#'   \item{`multiple`}{a multiple-response question. It is not a column itself: the code of each of its levels is the
#'     name of a column that shows whether the level was named: `TRUE` or `FALSE`, 1 or 0, ja or nee, yes or no; or it
#'     holds the text of the level where it was named. Add `blank` if a blank means that it was not: a respondent with
#'     only blanks then answered, and named nothing. Without that word, items with only yes and blanks are an error}
#'   \item{`battery`}{a title for questions with one scale, such as statements to agree with, which the national report shows
#'     in one table and one figure, in order of the share of the `focus`. It is not a column: the code of each of its levels is
#'     the name of a variable that has the role `question` or `outcome`, and its text a short one for the item; without text, it
#'     is the question. All have the same levels and meanings}
#'   \item{`ignore`}{a column that the study leaves out: it is not read, not checked and not reported as unknown, and may be
#'     absent}
#' }
#'
#' @section Meanings:
#' * `focus`: the answers whose combined share the text discusses. Without it: those that mean `unmet`, else the first
#'   level.
#' * `compare`: on two levels of a group: this pair is compared first.
#' * `met`, `unmet`, `unneeded`, `none`: for a question about a need: receives it and wants it, wants it but does not
#'   receive it, receives it but does not need it, neither receives nor needs it.
#' * `missing`: nonresponse.
#'
#' @section What is checked:
#' `weeg_problems()` lists each difference between data and codebook with its row and what was done. Nothing is changed
#' and no row dropped silently: a code that is not in the codebook becomes missing, a row without weight, stratum or
#' cluster is left out, duplicates and respondents in two areas are kept and named. Only what makes the analysis
#' impossible is an error: a weight or cluster variable that is not there, or a codebook that cannot be read.
#' User-missing values of SPSS are missing, and not reported, unless the codebook names their code as a level.
#'
#' @section Reliability:
#' In reports a dagger stands by a percentage that is to be reviewed first, and a double dagger by one that is too uncertain to
#' rely on, by the rule `reliability`, of which notes and methods speak:
#' * `"nchs"`: the standards of the US National Center for Health Statistics, see [weeg_reliability].
#' * `"cv"`: the coefficient of variation, the standard error divided by the percentage, as Statistics Canada has it: a
#'   dagger above 16.5%; a double dagger above 33.3%, or where fewer than 10 respondents gave the answer. Of small percentages it
#'   is always large, of those near 100 small.
#' * `"base"`: the number of respondents who answered the question, as the Health Survey for England has it: a dagger
#'   below 50, a double dagger below 30.
#' * `"none"`: no signs.
#'
#' Columns `reliability` of results are those of NCHS whatever the rule.
#'
#' @param data For `weeg_study()`: a data frame, or the path of a CSV file or of an SPSS file (needs package haven); or a list of
#'   these, one per round, named by the codes of the rounds (then no variable with the rounds is needed in them). For
#'   `weeg_design()`: a study.
#' @param codebook The path of a CSV file, or a data frame.
#' @param language The language of levels and labels in the data; `NULL` for the first one of the codebook.
#' @param conventions Those of designs of the study, and so of its reports: see [weeg_conventions()]. For designs `NULL` takes
#'   those of the study.
#' @param reliability Which percentages of its reports have a sign: see Reliability.
#' @param study,x A study.
#' @param ... For designs: passed on to [weeg_design()], such as `lonely`.
#' @return `weeg_study()`: an object of class `weeg_study`, a list with `data` (harmonised, with the codebook's levels and
#'   labels), `codebook`, `problems`, `language`, `conventions` and `reliability`. Every verb takes it in place of a design,
#'   and so does [subset()][subset.weeg_design], which returns the design of some of its rows.
#'
#'   `weeg_problems()`: a data frame with `part` (which of several data frames or files), `row` (`NA` where it is about a whole
#'   variable; of a file: rows after the header), `variable`, `value`, `problem` and `action`.
#' @seealso [weeg_report()]
#' @examples
#' codebook <- system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg")
#' study <- weeg_study(openvoorwerk, codebook)
#' study
#' weeg_proportion(study, strengths ~ provider)
#'
#' # Mistakes are reported by row
#' wrong <- openvoorwerk
#' wrong$geslacht <- as.character(wrong$geslacht)
#' wrong$geslacht[7] <- "vruow"
#' weeg_problems(weeg_study(wrong, codebook))
#' @export
weeg_study <- function(data, codebook, language = NULL, conventions = "weeg", reliability = "nchs") {
  need_given(data, codebook)
  book <- read_codebook(codebook)
  if (is.null(language)) language <- book$languages[1L]
  language <- one_of(language, book$languages, "language")
  conventions <- one_of(conventions, profiles$profile, "conventions")
  reliability <- one_of(reliability, report_rules, "reliability")
  parts <- study_parts(data, book)
  check_rounds(parts, book)
  found <- Map(harmonise_part, parts, names(parts), MoreArgs = list(book = book))
  problems <- do.call(rbind, lapply(found, `[[`, "problems"))
  whole <- bind_parts(lapply(found, `[[`, "data"), book)
  sources <- lapply(found, `[[`, "source")
  source <- lapply(c(part = "part", row = "row"), function(what) unlist(lapply(sources, `[[`, what), use.names = FALSE))
  checks <- check_rows(whole, source, book)
  problems <- rbind(problems, checks$problems)
  if (length(parts) == 1L) problems$part <- NULL
  rows <- whole[!checks$left_out, , drop = FALSE]
  for (name in names(rows)) attr(rows[[name]], "values") <- attr(whole[[name]], "values", exact = TRUE)
  if (nrow(rows) == 0L) abort("study", "no row of the data can be used; what is wrong with the first: ",
                             problems$variable[1L], ": ", problems$problem[1L])
  rownames(rows) <- NULL
  rownames(problems) <- NULL
  study <- structure(list(data = rows, codebook = book, problems = problems, language = language, conventions = conventions,
                          reliability = reliability), class = "weeg_study")
  in_language(study, language)
}

#' @rdname weeg_study
#' @export
weeg_problems <- function(study) {
  need_given(study)
  if (!inherits(study, "weeg_study")) abort("argument", "`study` must be a study, made by weeg_study()")
  check_unbroken(study)
  study$problems
}

#' @rdname weeg_study
#' @export
weeg_design.weeg_study <- function(data, conventions = NULL, ...) {
  check_unbroken(data)
  book <- data$codebook
  clash <- data$problems$problem == "cluster in two strata"
  if (any(clash)) {
    abort("study", "the design is not clear: ", data$problems$variable[clash][1L], " ", data$problems$value[clash][1L],
          " is in two strata", hint = paste("Correct it in the data: weeg_problems() has the rows.",
                                            "If clusters were sampled in both, take the role stratum out of the codebook"))
  }
  term <- function(role) {
    name <- with_role(book, role)
    if (length(name) > 0L) stats::as.formula(call("~", as.name(name)), env = baseenv())
  }
  weeg_design(data$data, weights = term("weight"), strata = term("stratum"), cluster = term("cluster"),
              conventions = if (is.null(conventions)) data$conventions else conventions, ...)
}

#' @export
subset.weeg_study <- function(x, subset, ...) {
  call <- match.call()
  call[[1L]] <- quote(base::subset)
  call$x <- weeg_design(x)
  eval(call, parent.frame())
}

# ---- languages -------------------------------------------------------------------------------------------------------

# The same study with levels and labels in another language.
in_language <- function(study, language) {
  book <- study$codebook
  language <- one_of(language, book$languages, "language")
  for (name in names(book$roles)) {
    if (name %in% names(study$data)) {
      if (is.factor(study$data[[name]]) && NROW(book$levels[[name]]$texts) > 0L) {
        levels(study$data[[name]]) <- kept_texts(book$levels[[name]])[, language]
      }
      attr(study$data[[name]], "label") <- unname(book$questions[name, language])
    }
    if ("multiple" %in% book$roles[[name]]) {
      levels <- book$levels[[name]]
      columns <- item_columns(levels)
      for (i in which(columns %in% names(study$data))) {
        attr(study$data[[columns[i]]], "label") <- unname(levels$texts[i, language])
      }
    }
  }
  study$language <- language
  attr(study$data, "name") <- study_title(study)
  seal(study)
}

kept_texts <- function(levels) levels$texts[!levels$missing, , drop = FALSE]

kept_meanings <- function(levels) levels$meanings[!levels$missing]

study_title <- function(study) unname(study$codebook$title[study$language])

# ---- print -----------------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
print.weeg_study <- function(x, width = getOption("width"), ...) {
  writeLines(format(x, width = width))
  invisible(x)
}

#' @rdname weeg_print
#' @export
format.weeg_study <- function(x, digits = NULL, width = getOption("width"), ...) {
  check_unbroken(x)
  width <- line_width(width)
  title <- study_title(x)
  named <- function(what, role) {
    names <- with_role(x, role)
    if (length(names) > 0L) hang(paste0(what, ":"), paste(names, collapse = ", "), width)
  }
  counted <- function(role) {
    name <- with_role(x, role)
    if (length(name) == 0L) return(NULL)
    count <- length(unique(stats::na.omit(x$data[[name]])))
    paste0(name, " (", count, ")")
  }
  has <- c(cluster = "clusters", stratum = "strata", round = "rounds", area = "areas")
  counts <- unlist(Map(function(role, word) if (length(with_role(x, role)) > 0L) paste(word, counted(role)), names(has), has))
  problems <- x$problems
  c(
    if (is.null(title)) "A study" else visible(title),
    wrap(join(paste(format_count(nrow(x$data)), "respondents"), counts,
              if (length(with_role(x, "weight")) > 0L) paste("weights", with_role(x, "weight"))), width),
    named("Outcomes", "outcome"), named("Groups", "group"), named("Questions", "question"), named("Background", "background"),
    named("Multiple response", "multiple"), named("Batteries", "battery"),
    if (nrow(problems) == 0L) "The data agree with the codebook." else problem_lines(problems, width)
  )
}

# Differences, those of one kind together.
problem_lines <- function(problems, width) {
  key <- level_keys(list(problems$problem, problems$variable))
  lines <- vapply(split(problems, factor(key, unique(key))), function(p) {
    values <- unique(stats::na.omit(p$value))
    rows <- stats::na.omit(p$row)
    some <- function(x, n) paste0(paste(utils::head(x, n), collapse = ", "), if (length(x) > n) ", ...")
    where <- if (length(rows) > 1L) paste0(" in ", length(rows), " rows: ") else if (length(rows) > 0L) " in row "
    paste0(p$problem[1L], ": ", p$variable[1L], if (length(values) > 0L) paste0(" ", some(dQuote(values, FALSE), 4L)), where,
           if (length(rows) > 0L) some(rows, 6L), " - ", p$action[1L])
  }, "")
  count <- nrow(problems)
  c(paste0(format_count(count), if (count == 1L) " difference" else " differences",
           " from the codebook (weeg_problems() lists all):"),
    strwrap(visible(lines), width + 1L, indent = 2L, exdent = 4L))
}
