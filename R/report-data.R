# What a report computes with: the study in the report's language, with a column for each question's focus and need, its design,
# and the words.

new_report <- function(study, language, date = Sys.Date()) {
  if (!inherits(study, "weeg_study")) abort("argument", "`study` must be a study, made by weeg_study()")
  check_unbroken(study)
  words <- words_for_areas(read_words(language), study)
  known <- language %in% study$codebook$languages
  study <- in_language(study, if (known) language else study$codebook$languages[1L])
  r <- list(study = study, words = words, language = language)
  r$date <- date_text(r, date)
  r$title <- study_title(study)
  if (is.null(r$title)) r$title <- say(r, "untitled")
  yes_no <- Filter(function(name) is.logical(study$data[[name]]), c(asked_variables(r), having(r, c("group", "covariate"))))
  for (name in yes_no) {
    answers <- c(say(r, "yes"), say(r, "no"))
    r$study$data[[name]] <- factor(answers[2L - r$study$data[[name]]], levels = answers)
  }
  round <- first_having(r, "round")
  if (!is.null(round)) r$study$data[[round]] <- factor(r$study$data[[round]], variable_levels(r, round), ordered = TRUE)
  for (name in asked_variables(r)) {
    check_made_names(r, name)
    column <- r$study$data[[name]]
    r$study$data[[focus_name(name)]] <- ifelse(is.na(column), NA, as.character(column) %in% focus_levels(r, name))
    if (name %in% need_variables(r)) {
      need <- need_column(r, name)
      r$study$data[[need_name(name)]] <- need
      r$study$data[[unmet_name(name)]] <- ifelse(is.na(need), NA, need == "unmet")
      r$study$data[[covered_name(name)]] <- ifelse(need %in% c("met", "unmet"), need == "met", NA)
    }
  }
  r$design <- weeg_design(r$study)
  r
}

# Variables with a role that are in the data and have answers; groups and covariates have two that differ, at least.
having <- function(r, role) {
  names <- intersect(with_role(r$study, role), names(r$study$data))
  differ <- any(c("group", "covariate") %in% role)
  names[vapply(names, function(name) has_answers(r$study$data[[name]], differ), NA)]
}

has_answers <- function(x, differ) {
  first <- match(FALSE, is.na(x))
  !is.na(first) && (!differ || any(x != x[first], na.rm = TRUE))
}

# Questions that nobody answered.
unanswered <- function(r) {
  names <- intersect(with_role(r$study, c("outcome", "question", "background", "group")), names(r$study$data))
  names[vapply(names, function(name) !has_answers(r$study$data[[name]], differ = FALSE), NA)]
}

first_having <- function(r, role) {
  names <- having(r, role)
  if (length(names) > 0L) names[1L]
}

# Questions with levels.
asked_variables <- function(r) {
  names <- having(r, c("outcome", "question", "background"))
  names[vapply(names, function(name) is.factor(r$study$data[[name]]) || is.logical(r$study$data[[name]]), NA)]
}

# Questions whose focus a municipal report is about.
main_questions <- function(r) {
  names <- unique(c(having(r, "outcome"), need_variables(r), Filter(function(name) has_focus(r, name), having(r, "question"))))
  intersect(names, asked_variables(r))
}

question_text <- function(r, name) unname(r$study$codebook$questions[name, r$study$language])

# As part of a line: with a mark at its end.
question_line <- function(r, name) {
  text <- question_text(r, name)
  ifelse(grepl("[.?!:]$", text), text, paste0(text, ":"))
}

variable_levels <- function(r, name) {
  column <- r$study$data[[name]]
  if (is.factor(column)) levels(column) else as.character(sort(unique(column)))
}

level_means <- function(r, name) {
  meanings <- kept_meanings(r$study$codebook$levels[[name]])
  if (length(meanings) == 0L) rep(list(character()), length(variable_levels(r, name))) else meanings
}

levels_meaning <- function(r, name, meaning) {
  variable_levels(r, name)[vapply(level_means(r, name), function(m) any(meaning %in% m), NA)]
}

# The answers that the text is about: those with the meaning `focus`, else `unmet`, else the first.
focus_levels <- function(r, name) {
  for (meaning in c("focus", "unmet")) {
    found <- levels_meaning(r, name, meaning)
    if (length(found) > 0L) return(found)
  }
  variable_levels(r, name)[1L]
}

has_focus <- function(r, name) length(levels_meaning(r, name, c("focus", "unmet"))) > 0L

focus_text <- function(r, name) list_text(r, quoted(focus_levels(r, name)), "or")

focus_name <- function(name) paste0(name, "..focus")
need_name <- function(name) paste0(name, "..need")
unmet_name <- function(name) paste0(name, "..unmet")
covered_name <- function(name) paste0(name, "..covered")

check_made_names <- function(r, name) {
  taken <- intersect(c(focus_name(name), need_name(name), unmet_name(name), covered_name(name)), names(r$study$codebook$roles))
  if (length(taken) > 0L) {
    abort("study", "reports make a column ", taken[1L], " of ", name, ", but the codebook has a variable of that name",
          hint = "Give that variable another name, in the data and in the codebook")
  }
}

need_variables <- function(r) {
  names <- asked_variables(r)
  names[vapply(names, function(name) length(levels_meaning(r, name, "unmet")) > 0L, NA)]
}

need_column <- function(r, name) {
  means <- vapply(level_means(r, name), function(m) c(intersect(need_meanings, m), NA)[1L], "")
  factor(means[as.integer(r$study$data[[name]])], levels = need_meanings)
}

# Two levels of a group that are compared first, or NULL.
first_pair <- function(r, group) {
  pair <- levels_meaning(r, group, "compare")
  if (length(pair) == 2L) pair
}

# outcome ~ group, of names.
formula_of <- function(outcomes, groups = NULL) {
  sum_of <- function(names) Reduce(function(a, b) call("+", a, b), lapply(names, as.name))
  right <- if (length(groups) > 0L) sum_of(groups) else 1
  stats::as.formula(call("~", sum_of(outcomes), right), env = baseenv())
}

# Shares of the focus of each variable, one row each or one per group.
focus_shares <- function(r, names, groups = NULL, design = r$design) {
  p <- figures(r, "weeg_proportion", formula_of(focus_name(names), groups), design = design)
  p <- p[p$level == "TRUE", , drop = FALSE]
  p$variable <- names[match(p$outcome, focus_name(names))]
  p
}

focus_differences <- function(r, names, groups, pairs = NULL, against = NULL, adjust_for = NULL, design = r$design) {
  x <- figures(r, "weeg_compare", formula_of(focus_name(names), groups), pairs = pairs, answers = "TRUE",
               measures = "difference", against = against, adjust_for = adjust_for, design = design)
  x$variable <- names[match(x$outcome, focus_name(names))]
  x
}

reliability_sign <- function(reliability) {
  sign <- c(show = "", review = " \u2020", suppress = " \u2021")[reliability]
  ifelse(is.na(sign), "", sign)
}

care_sign <- function(reason) ifelse(reason_is(reason, cautions), " *", "")

reliability_note <- function(r, reliability) {
  unlist(lapply(intersect(c("review", "suppress"), reliability), function(verdict) {
    say(r, paste0("reliability.", verdict, ".", r$study$reliability))
  }))
}

# What the signs mean, in the methods.
reliability_words <- function(r) {
  if (r$study$reliability != "none") say(r, paste0("methods.reliability.", r$study$reliability))
}

# The caption of a figure, and what the signs in it mean.
signed_caption <- function(r, caption, reliability) paste(c(caption, reliability_note(r, reliability)), collapse = " ")

# "50,5 (42,9-58,0)" for a table.
share_cell <- function(r, p) {
  text <- paste0(number_text(r, 100 * p$estimate, 1L), " (", share_range(r, p$conf.low, p$conf.high), ")",
                 reliability_sign(p$reliability), care_sign(p$reason))
  ifelse(is.na(p$estimate), dash, text)
}

points_cell <- function(r, x) paste0(number_text(r, 100 * x$estimate, 1L), care_sign(x$reason))

difference_cell <- function(r, x) {
  text <- paste0(number_text(r, 100 * x$estimate, 1L), " (", points_range(r, x$conf.low, x$conf.high, 1L), ")",
                 care_sign(x$reason))
  ifelse(is.na(x$estimate), dash, text)
}

shown <- function(p) !is.na(p) & p < 0.05
