# `outcome ~ group`, `a + b ~ g + h`, `~ a`: the terms on either side, as expressions with their text.

# data: what it is for; grouped: whether the groups that a design has are added to those of the formula (else none is allowed).
parse_formula <- function(formula, data = NULL, grouped = FALSE) {
  formula <- given_formula(formula)
  if (!grouped) refuse_grouped(data)
  if (length(formula) == 2L) {
    outcomes <- plus_terms(formula[[2L]])
    groups <- list()
  } else {
    outcomes <- plus_terms(formula[[2L]])
    groups <- plus_terms(formula[[3L]])
    if (length(groups) == 1L && identical(groups[[1L]], 1)) groups <- list()
  }
  outcomes <- name_terms(outcomes)
  groups <- name_terms(groups)
  if (grouped) groups <- grouped_terms(groups, data, names(outcomes))
  list(outcomes = outcomes, groups = groups, envir = environment(formula), sides = length(formula) - 1L)
}

name_terms <- function(terms, argument = "formula") {
  text <- vapply(terms, term_text, "")
  for (i in seq_along(terms)) check_term(terms[[i]], text[i], argument)
  if (anyDuplicated(text)) abort("formula", text[duplicated(text)][1L], " occurs twice (in `", argument, "`)")
  names(terms) <- text
  terms
}

check_term <- function(term, text, argument) {
  if (is.name(term) && text == ".") abort("formula", "`.` is not understood: name the variables of `", argument, "`")
  if (is.name(term)) return(invisible())
  if (!is.call(term)) abort("formula", text, " is not a variable (in `", argument, "`)")
  operator <- deparse1(term[[1L]])
  if (operator %in% c("*", ":", "^", "-", "/", "|", "~")) {
    abort("formula", "`", operator, "` in ", text, " is not understood",
          hint = "Join variables with +: outcome ~ group1 + group2 crosses the groups")
  }
}

# A formula with exactly one outcome and at least `groups` groups.
parse_table <- function(formula, data) {
  parts <- parse_formula(formula, data)
  if (length(parts$outcomes) != 1L) {
    names <- names(parts$outcomes)
    abort("formula", "the formula must have one outcome here: outcome ~ group",
          hint = if (length(parts$groups) == 0L && length(names) == 2L) paste0("Did you mean ", names[1L], " ~ ", names[2L], "?"))
  }
  if (length(parts$groups) == 0L) abort("formula", "the formula needs a group: outcome ~ group")
  parts
}

# ---- models ----------------------------------------------------------------------------------------------------------

# The right-hand side of a model: list(variables: named expressions; terms: named by their text, the names of each one's
# variables), main effects first.
model_terms <- function(expression) {
  products <- expand_terms(expression)
  names <- lapply(products, function(product) names(name_terms(product)))
  key <- vapply(names, function(n) paste(sort(n), collapse = ":"), "")
  products <- products[!duplicated(key)]
  names <- names[!duplicated(key)]
  order <- order(lengths(names))
  names <- names[order]
  names(names) <- vapply(names, paste, "", collapse = ":")
  single <- lengths(names) == 1L
  variables <- lapply(products[order][single], `[[`, 1L)
  names(variables) <- unlist(names[single])
  alone <- setdiff(unlist(names[!single]), names(variables))
  if (length(alone) > 0L) {
    abort("formula", alone[1L], " is in an interaction, but not by itself", hint = "a * b stands for a + b + a:b")
  }
  list(variables = variables, terms = names)
}

# a + b -> (a), (b); a:b -> (a b); a * b -> (a), (b), (a b); (a + b)^2 -> (a), (b), (a b)
expand_terms <- function(expression) {
  operator <- if (is.call(expression)) deparse1(expression[[1L]]) else ""
  if (operator == "(" && length(expression) == 2L) return(expand_terms(expression[[2L]]))
  if (!operator %in% c("+", ":", "*", "^") || length(expression) != 3L) return(list(list(expression)))
  if (operator == "+") return(unlist(lapply(plus_terms(expression), expand_terms), recursive = FALSE))
  left <- expand_terms(expression[[2L]])
  if (operator == "^") return(expand_power(left, expression))
  right <- expand_terms(expression[[3L]])
  switch(operator, ":" = cross_terms(left, right), "*" = c(left, right, cross_terms(left, right)))
}

cross_terms <- function(left, right) {
  unlist(lapply(left, function(l) lapply(right, function(r) unique(c(l, r)))), recursive = FALSE)
}

expand_power <- function(left, expression) {
  power <- expression[[3L]]
  if (!is.numeric(power) || !power %in% 1:9) {
    abort("formula", deparse1(expression), " is not understood: the power is a whole number, (a + b + c)^2")
  }
  Reduce(function(terms, i) unique(c(terms, cross_terms(terms, left))), seq_len(power - 1), left)
}
