# A first codebook of data: what their labels say, and roles by the usual names.

#' A draft of a codebook
#'
#' Makes the codebook that [weeg_study()] reads, from what data say of themselves: labels of variables and values, user-missing
#' values of SPSS, levels of factors, and values that occur. It is a draft: look at the roles, and at the column `remark`, which
#' says what was guessed.
#'
#' * Roles by the usual names, in English and Dutch, each for one variable: `id`, `weight`, `stratum`, `cluster`, `round`, `area`
#'   and `organisation`. Where the design is not said by such names, give these roles yourself.
#' * Factors, logical values, labelled values and texts of at most 25 different values become questions, with a row for each
#'   level; ordered factors are `ordered`. Change `question` into `outcome`, `group`, `background` or `covariate` as the report
#'   needs it.
#' * User-missing values have the meaning `missing`.
#' * Other numbers, and dates, have no role; texts of more values are ignored.
#'
#' @param data A data frame, or the path of a CSV file or of an SPSS file (needs package haven).
#' @param language The language of the texts, two letters: the name of their column.
#' @return A data frame with the columns `variable`, `role`, `code`, `meaning`, one named by `language`, and `remark`.
#' @seealso [weeg_study()]
#' @examples
#' draft <- weeg_codebook(openvoorwerk)
#' head(draft, 12)
#' study <- weeg_study(openvoorwerk, draft)
#'
#' # to be edited in a spreadsheet, and read by weeg_study(data, "codebook.csv")
#' file <- file.path(tempdir(), "codebook.csv")
#' write.csv2(draft, file, row.names = FALSE, fileEncoding = "UTF-8")
#' @export
weeg_codebook <- function(data, language = "nl") {
  need_given(data)
  language <- bare(language)
  if (!is.character(language) || length(language) != 1L || !grepl("^[a-z]{2}$", language)) {
    abort("argument", "`language` must be two letters, such as \"nl\" or \"en\"")
  }
  data <- draft_data(data)
  if (ncol(data) == 0L || nrow(data) == 0L) abort("argument", "`data` has no ", if (ncol(data) == 0L) "columns" else "rows")
  of_design <- roles_by_name(data)
  rows <- Map(function(x, name) draft_rows(x, name, of_design[[name]]), unclass(data)[names(data)], names(data))
  draft <- do.call(rbind, unname(rows))
  names(draft)[names(draft) == "text"] <- language
  draft
}

draft_data <- function(data) {
  if (is.character(data)) data <- bare(data)
  if (is.character(data) && length(data) == 1L) {
    if (!is_sav(data)) return(without_blank_end(read_csv_frame(data)))
    need_package("haven", "to read an SPSS file for a codebook")
    if (!file.exists(data)) abort("file", "there is no file ", data)
    return(haven::read_spss(data, user_na = TRUE))
  }
  if (!is.data.frame(data)) abort("argument", "`data` must be a data frame, or the path of a CSV or SPSS file")
  data
}

usual_names <- c(
  id = "id|nr|respnr|resp(ondent)?_?(id|nr|nummer|number)?|case_?id|volgnummer|seqn",
  weight = "w|wt|wgt|weight|weights|pweight|(final|person|sampling)_?w(eigh)?t|gewicht|weegfactor|weging|w_fstuwt",
  stratum = "strat|strata|stratum|sdmvstra", cluster = "psu|cluster|clusters|cluster_?id|sdmvpsu|primary_?unit",
  round = "round|ronde|wave|golf|meting", area = "gemeente|municipality|area|region|regio",
  organisation = "organisatie|organi[sz]ation"
)

# A name for each variable that has one: the first column of each role that can have it.
roles_by_name <- function(data) {
  found <- list()
  for (role in names(usual_names)) {
    like <- names(data)[grepl(paste0("^(", usual_names[[role]], ")$"), names(data), ignore.case = TRUE)]
    like <- setdiff(like, names(found))
    can <- vapply(unclass(data)[like], function(x) {
      plain <- if (is.factor(x)) as.character(x) else as.vector(unclass(x))
      switch(role, weight = is.numeric(x) && !is.factor(x) && all(is.na(plain) | plain >= 0), id = !anyDuplicated(plain), TRUE)
    }, NA)
    if (any(can)) found[[like[can][1L]]] <- role
  }
  found
}

most_draft_levels <- 25L

# The row of a variable, and those of its levels.
draft_rows <- function(x, name, role) {
  question <- attr(x, "label", exact = TRUE)
  question <- if (is.character(question) && length(question) == 1L && !is.na(question)) one_line(as_utf8(question)) else name
  remark <- if (!is.null(role)) "role by its name"
  levels <- if (is.null(role) || role %in% c("round", "area", "organisation")) draft_levels(x)
  if (is.null(role)) {
    role <- if (!is.null(levels)) paste0("question", if (is.ordered(x)) " ordered") else if (is_free_text(x)) "ignore" else ""
    remark <- if (role == "ignore") "texts" else if (!nzchar(role)) number_remark(x)
  } else if (role != "round") {
    levels <- NULL # areas and organisations are named by their values
  }
  row <- function(variable, role, code, meaning, text, remark) {
    data.frame(variable = variable, role = role, code = code, meaning = meaning, text = text, remark = remark)
  }
  head <- row(name, role, "", "", if (nzchar(question)) question else name, if (is.null(remark)) "" else remark)
  if (is.null(levels)) return(head)
  rbind(head, row("", "", levels$code, ifelse(levels$missing, "missing", ""), levels$text, ""))
}

is_free_text <- function(x) is.list(x) || is.character(x) || is.factor(x)

number_remark <- function(x) {
  labels <- if (is_labelled(x)) attr(x, "labels", exact = TRUE)
  if (length(labels) == 0L) return(NULL)
  paste("values with labels:", paste0(value_texts(unname(labels)), " = ", one_line(as_utf8(names(labels))), collapse = "; "))
}

# data.frame(code, text, missing), or NULL of what has no levels.
draft_levels <- function(x) {
  if (is.list(x)) return(NULL)
  if (is.factor(x)) {
    if (nlevels(x) == 0L || nlevels(x) > most_draft_levels) return(NULL)
    return(distinct_levels(data.frame(code = "", text = one_line(as_utf8(levels(x))), missing = FALSE)))
  }
  if (is.logical(x)) return(data.frame(code = c("FALSE", "TRUE"), text = c("FALSE", "TRUE"), missing = FALSE))
  labelled <- if (is_labelled(x)) labelled_values(x)
  if (is.null(labelled)) {
    text <- if (is.character(x)) sort(unique(value_texts(x)))
    if (length(text) == 0L || length(text) > most_draft_levels) return(NULL)
    return(data.frame(code = "", text = text, missing = FALSE))
  }
  others <- setdiff(labelled$values, c(labelled$labels, NA))
  if (!is.null(labelled$kind) || length(labelled$labels) == 0L || length(labelled$labels) + length(others) > most_draft_levels ||
      length(others) > length(labelled$labels)) {
    return(NULL)
  }
  values <- sort(c(unname(labelled$labels), others))
  value <- c(values, unname(labelled$missing_labels))
  text <- names(c(labelled$labels, labelled$missing_labels))[match(value, c(labelled$labels, labelled$missing_labels))]
  code <- value_texts(value)
  text <- one_line(as_utf8(text))
  text <- ifelse(is.na(text) | !nzchar(text), code, text)
  distinct_levels(data.frame(code = code, text = text, missing = seq_along(value) > length(values)))
}

# Two levels with one text are told apart by their codes.
distinct_levels <- function(levels) {
  twice <- levels$text %in% levels$text[duplicated(levels$text)] & nzchar(levels$code)
  levels$text[twice] <- paste0(levels$text[twice], " [", levels$code[twice], "]")
  levels
}
