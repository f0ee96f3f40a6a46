# `outcome ~ group`, `a + b ~ g + h`, `~ a`: the terms on either side, as expressions with their text.

parse_formula <- function(formula) {
  if (!inherits(formula, "formula")) {
    abort("formula", "the formula must look like outcome ~ group or ~ outcome, not ", class(formula)[1L])
  }
  if (length(formula) == 2L) {
    outcomes <- plus_terms(formula[[2L]])
    groups <- list()
  } else {
    outcomes <- plus_terms(formula[[2L]])
    groups <- plus_terms(formula[[3L]])
    if (length(groups) == 1L && identical(groups[[1L]], 1)) groups <- list()
  }
  list(outcomes = name_terms(outcomes), groups = name_terms(groups), envir = environment(formula))
}

name_terms <- function(terms) {
  text <- vapply(terms, deparse1, "")
  for (i in seq_along(terms)) check_term(terms[[i]], text[i])
  if (anyDuplicated(text)) abort("formula", text[duplicated(text)][1L], " occurs twice in the formula")
  names(terms) <- text
  terms
}

check_term <- function(term, text) {
  if (is.name(term) && text == ".") abort("formula", "`.` is not understood: name the variables")
  if (is.name(term)) return(invisible())
  if (!is.call(term)) abort("formula", text, " is not a variable")
  operator <- deparse1(term[[1L]])
  if (operator %in% c("*", ":", "^", "-", "/", "|", "~")) {
    abort("formula", "`", operator, "` in ", text, " is not understood",
          hint = "Join variables with +: outcome ~ group1 + group2 crosses the groups")
  }
}

# A formula with exactly one outcome and at least `groups` groups.
parse_table <- function(formula) {
  parts <- parse_formula(formula)
  if (length(parts$outcomes) != 1L) abort("formula", "the formula must have one outcome here: outcome ~ group")
  if (length(parts$groups) == 0L) abort("formula", "the formula needs a group: outcome ~ group")
  parts
}
