# Means in a release, and their tests and comparisons. A mean is no count: its base is one, of those who answered, and is
# protected as all counts. Where all bases of a number are shown, and nothing is hidden of whatever hangs together with it, each
# hidden count of the release is shown to be safe by tables in which respondents change other answers, and keep their groups and
# this number. So all of its means, standard errors and tests are the same in these tables, to the last digit. Where that is not
# so, no mean of this number is shown, nor anything else of it but its bases: a mean of a scale of which an answer is hidden is
# one more equation for it.
#
# A difference of sums is one over the respondents of a difference of bases, and these are counts: none that is hidden, nor
# several together, is known to be less than the threshold. What a single large value makes of a sum is not looked at.

answered_mark <- "..answered "

is_of_means <- function(x) {
  switch(class(x)[1L], weeg_mean = , weeg_compare_means = TRUE,
         weeg_test = is.character(x$method) && all(x$method %in% mean_tests), FALSE)
}

check_means <- function(x, data) {
  if (!is_of_means(x)) return(invisible())
  info <- info_of(x)
  if (class(x)[1L] == "weeg_mean" && !identical(info$figure, "mean")) {
    abort("unsupported", "ratios and totals of numbers cannot be protected", hint = "Means can: weeg_mean()")
  }
  if (inherits(data, c("weeg_tally", "weeg_database_design")) || !is.null(data$replicates)) {
    abort("unsupported", "means can be protected of a design with rows and without replicate weights only",
          hint = "Make the number a variable of classes, such as cut(age, c(0, 30, 60))")
  }
  for (outcome in unique(x$outcome)) {
    values <- number_values(data, outcome)
    if (length(unique(values[counted_rows(data) & !is.na(values)])) > 3L) next
    abort("unsupported", outcome, " has three values or fewer: its mean and standard error tell how many have each",
          hint = paste0("Make it a factor, whose counts are protected: factor(", outcome, ")"))
  }
}

number_values <- function(data, outcome) {
  as.double(source_number(data$data, said_term(outcome, source_names(data$data)), baseenv()))
}

# The columns of who has a number.
answered_columns_of <- function(data, results) {
  made <- list()
  each_result(results, function(x) {
    for (outcome in if (is_of_means(x)) unique(x$outcome)) {
      made[[paste0(answered_mark, outcome)]] <<- factor(ifelse(is.na(number_values(data, outcome)), NA, "answered"))
    }
  })
  made
}

# Of numbers that have means, whether these are hidden: hidden, the patterns of a release.
hidden_means <- function(data, patterns, hidden, relations, added) {
  of <- vapply(hidden, `[[`, "", "outcome")
  any_hidden <- vapply(hidden, function(p) any(p$hidden), NA)
  grouping <- is.na(relations$block[of])
  # groups that are not as they are shown
  free <- any(any_hidden) && (relations$mixed || any(any_hidden & grouping) || isTRUE(attr(hidden, "groups")))
  linked <- linked_blocks(relations)
  set <- unname(linked[relations$block[of]])
  lost <- set[any_hidden & !grouping]
  vapply(stats::setNames(nm = grep(answered_mark, unique(of), fixed = TRUE, value = TRUE)), function(answered) {
    outcome <- substring(answered, nchar(answered_mark) + 1L)
    near <- c(answered, related_columns(data, outcome, setdiff(c(of, relations$groups), relations$sets), relations, added))
    sets <- unname(linked[relations$block[near[near %in% names(relations$block)]]])
    by <- vapply(hidden, function(p) any(near %in% c(p$vars, p$known)), NA)
    free || any(sets %in% lost) || any(any_hidden & by)
  }, NA)
}

# The columns of a release that a number is a function of, or that are a function of it, in the rows that have both.
related_columns <- function(data, outcome, names, relations, added) {
  names <- unique(names[!startsWith(names, item_mark) & !startsWith(names, answered_mark)])
  value <- number_values(data, outcome)
  code <- match(value, unique(value))
  levels <- classified_rows(data, names, added)$levels
  counted <- counted_rows(data) & !is.na(value)
  Filter(function(name) {
    if (name == outcome || outcome %in% sources(name, relations$ways)) return(TRUE)
    other <- as.integer(levels[[name]])
    both <- counted & !is.na(other)
    other <- other[both]
    length(unique(other)) > 1L && (is_function(code[both], other) || is_function(other, code[both]))
  }, names)
}

# A result of means: all that there is, or its bases.
hide_means <- function(x, tables, hidden, means) {
  rows <- as.data.frame.weeg_result(x)
  groups <- attr(x, "info")$columns
  for (table in tables) {
    if (!means[[table$outcome]]) next
    at <- table$place
    base <- if (class(x)[1L] == "weeg_mean") {
      pattern <- table$patterns$base
      labels <- stats::setNames(lapply(rows[at, groups, drop = FALSE], as.character), names(groups))
      known <- hidden[[pattern$name]]
      known$hidden[match(level_keys(labels[pattern$vars], length(at)), known$keys)] %in% FALSE
    }
    n <- rows$n[at]
    rows <- blank(rows, at)
    if (!is.null(base)) rows$n[at] <- ifelse(base, n, NA)
  }
  attributes <- attributes(x)
  attributes$names <- names(rows)
  attributes(rows) <- attributes
  rows
}
