# Linear functions of the proportions of groups: trends and named contrasts.

contrast_table <- function(data, parts, outcome, contrasts, answers, adjust, level, missing = NULL) {
  table <- prepare_table(data, parts, outcome, missing)
  levels <- table$tally$variables[[outcome]]$levels
  answers <- find_answers(answers, levels, outcome)
  labels <- grid_labels(table$grid)
  n <- group_counts(table)
  coefs <- find_contrasts(contrasts, labels, table$tally$variables[names(parts$groups)], n > 0)
  exists <- drop((coefs != 0) %*% !groups_with_variance(table)) == 0
  used <- lapply(seq_len(nrow(coefs)), function(i) unname(which(coefs[i, ] != 0)))
  found <- contrast_estimates(table, used, t(coefs)[t(coefs) != 0], exists, level)
  count <- nrow(coefs)
  at <- rep(seq_along(levels), count)
  none <- rep(NA_real_, length(at))
  rows <- data.frame(
    outcome = rep(outcome, length(at)), level = level_factor(table$tally, outcome, at), measure = "contrast",
    group1 = rep(rownames(coefs), each = length(levels)), group2 = NA_character_,
    found[c("estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value")], p.adjusted = none,
    estimate1 = none, estimate2 = none, n1 = rep(drop((coefs != 0) %*% n), each = length(levels)), n2 = none,
    reason = found$reason
  )
  list(rows = adjust_rows(rows[rows$level %in% answers, , drop = FALSE], adjust), tally = table$tally)
}

# Linear functions of the groups' proportions, in every level (fastest): the groups of each (a list) and their coefficients, one
# after the other; and whether each has a variance.
contrast_estimates <- function(table, groups, coefs, exists, level) {
  places <- table$places
  checked_estimate(.Call(C_contrasts, table$tally, places, as.list(seq_len(places$groups)), groups, as.double(coefs), exists,
                         level), table$tally)
}

# A matrix of coefficients (contrasts x groups), with names of rows.
find_contrasts <- function(contrasts, labels, groups, has_data) {
  contrasts <- bare(contrasts)
  if (identical(contrasts, "trend")) return(trend_coefficients(labels, groups, has_data))
  named <- is.list(contrasts) && length(contrasts) > 0L && !is.null(names(contrasts)) && all(nzchar(names(contrasts)))
  if (!named || anyDuplicated(names(contrasts))) {
    abort("argument", "`contrasts` must be \"trend\" or a list of coefficients with distinct names, such as ",
          "list(\"last - first\" = c(-1, 0, 1))")
  }
  rows <- Map(function(coef, name) check_contrast(coef, name, labels), contrasts, names(contrasts))
  do.call(rbind, rows)
}

check_contrast <- function(coef, name, labels) {
  coef <- bare(coef)
  refuse <- function(..., hint = NULL) abort("argument", "contrast \"", name, "\" in `contrasts` ", ..., hint = hint)
  if (!is.numeric(coef) || length(coef) == 0L || !all(is.finite(coef))) refuse("must be numbers")
  if (is.null(names(coef))) {
    if (length(coef) != length(labels)) {
      refuse("has ", length(coef), " coefficients for ", length(labels), " groups",
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
  if (all(coef == 0)) refuse("has coefficients that are all 0")
  if (abs(sum(coef)) > 1e-8 * max(abs(coef))) {
    refuse("has coefficients that sum to ", format(sum(coef)), ", not to 0",
           hint = "A contrast is a difference: what it is tested against is 0")
  }
  whole <- rep(0, length(labels))
  whole[match(names(coef), labels)] <- coef
  whole
}

# The slope of the least-squares line through the proportions of groups with data.
trend_coefficients <- function(labels, groups, has_data) {
  if (length(groups) != 1L) abort("formula", "a trend is over one group: outcome ~ group")
  need_order(groups[[1L]], "a trend")
  score <- level_scores(groups[[1L]])
  if (sum(has_data) < 2L) abort("argument", "there are fewer than two groups with data: no trend")
  centred <- ifelse(has_data, score - mean(score[has_data]), 0)
  size <- sum(centred^2)
  if (!is.finite(size) || size < .Machine$double.xmin) {
    abort("variable", "a trend needs levels that are numbers whose squares are finite, but ", groups[[1L]]$name, " has ",
          format(min(score[has_data])), " to ", format(max(score[has_data])))
  }
  matrix(centred / size, 1L, dimnames = list("trend", labels))
}
