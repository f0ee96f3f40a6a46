# Linear functions of the proportions of groups: trends and named contrasts.

contrast_table <- function(data, parts, outcome, contrasts, answers, level, missing = NULL) {
  table <- prepare_table(data, parts, outcome, missing)
  levels <- table$tally$variables[[outcome]]$levels
  answers <- find_answers(answers, levels, outcome)
  labels <- grid_labels(table$grid)
  coefs <- find_contrasts(contrasts, labels)
  score <- if (is.null(coefs)) trend_scores(table$tally$variables[names(parts$groups)])
  names <- if (is.null(coefs)) "trend" else colnames(coefs)
  found <- checked_contrasts(.Call(C_compare_contrasts, table$tally, table$places, coefs, score, level, 0L), names, table$tally)
  at <- rep(seq_along(levels), length(names))
  none <- rep(NA_real_, length(at))
  rows <- data.frame(
    outcome = rep(outcome, length(at)), level = level_factor(table$tally, outcome, at), measure = "contrast",
    group1 = rep(names, each = length(levels)), group2 = NA_character_,
    found$rows[c("estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value")], p.adjusted = none,
    estimate1 = none, estimate2 = none, n1 = rep(found$n, each = length(levels)), n2 = none, reason = found$rows$reason
  )
  rows$share <- set_proportions(table, list(seq_along(labels)))$estimate[at]
  rows$same <- rep(same_contrasts(coefs), each = length(levels))
  list(rows = rows[rows$level %in% answers, , drop = FALSE], tally = table$tally)
}

# The first contrast that each is a multiple of.
same_contrasts <- function(coefs) {
  if (is.null(coefs)) return(1L)
  units <- lapply(seq_len(ncol(coefs)), function(i) {
    x <- coefs[, i]
    x / x[which.max(abs(x) >= max(abs(x)) * (1 - 1e-9))]
  })
  vapply(units, function(x) which(vapply(units, function(y) all(abs(x - y) < 1e-9), NA))[1L], 0L)
}

# Names the contrast that the core refuses.
checked_contrasts <- function(found, names, tally) {
  if (inherits(found, "weeg_failure") && found$code == "argument" && found$where >= 0) {
    checked(found, hints = list(argument = "A contrast is a difference: what it is tested against is 0"),
            before = list("contrast \"", names[found$where + 1], "\" in `contrasts` "))
  }
  checked_estimate(found, tally)
}

# A matrix of coefficients (groups x contrasts), with names of columns; NULL: the trend.
find_contrasts <- function(contrasts, labels) {
  contrasts <- bare(contrasts)
  if (identical(contrasts, "trend")) return(NULL)
  named <- is.list(contrasts) && length(contrasts) > 0L && !is.null(names(contrasts)) && all(nzchar(names(contrasts)))
  if (!named || anyDuplicated(names(contrasts))) {
    abort("argument", "`contrasts` must be \"trend\" or a list of coefficients with distinct names, such as ",
          "list(\"last - first\" = c(-1, 0, 1))")
  }
  columns <- Map(function(coef, name) check_contrast(coef, name, labels), contrasts, names(contrasts))
  do.call(cbind, columns)
}

check_contrast <- function(coef, name, labels) {
  coef <- bare(coef)
  refuse <- function(..., hint = NULL) abort("argument", "contrast \"", name, "\" in `contrasts` ", ..., hint = hint)
  if (!is.numeric(coef) || length(coef) == 0L || !all(is.finite(coef))) refuse("must be numbers")
  if (is.null(names(coef))) {
    if (length(coef) != length(labels)) {
      refuse("has ", counted(length(coef), "coefficient"), " for ", counted(length(labels), "group"),
             hint = paste0("The groups: ", listed(labels, "; ")))
    }
    names(coef) <- labels
  }
  unknown <- setdiff(names(coef), labels)
  if (length(unknown) > 0L) {
    refuse("has a coefficient for \"", unknown[1L], "\", which is not a group",
           hint = paste0("The groups: ", listed(labels, "; ")))
  }
  if (anyDuplicated(names(coef))) refuse("has two coefficients for \"", names(coef)[duplicated(names(coef))][1L], "\"")
  whole <- rep(0, length(labels))
  whole[match(names(coef), labels)] <- coef
  whole
}

# What the estimate of a trend is per: 1 in the scores of the groups.
trend_unit <- function(tally, group) {
  if (isTRUE(tally$variables[[group]]$number)) paste("per 1 in", group) else "per step from one group to the next"
}

# Scores of the groups in a trend.
trend_scores <- function(groups) {
  if (length(groups) != 1L) abort("formula", "a trend is over one group: outcome ~ group")
  need_order(groups[[1L]], "a trend")
  level_scores(groups[[1L]])
}
