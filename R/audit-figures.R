# Published figures with their intervals, and the differences between two of them.

# A row per printed percentage of a table.
table_figures <- function(rows, questions) {
  bind_rows(lapply(questions, function(q) {
    mine <- q$rows
    each <- function(value) rep(value, nrow(mine))
    figures <- list_frame(list(
      source = each("table"), table = mine$table, question = mine$question, item = mine$answer, count = mine$n,
      base = each(q$base), pct = mine$pct, digits = mine$digits, exact = 100 * mine$n / q$base, rounded = each(NA_real_),
      rule = each(NA_character_), half.width = 0.5 / 10^mine$digits, reason = each(NA_character_)
    ))
    if (is.na(q$base) && !is.null(q$stated)) figures$base <- q$stated
    if (!is.na(q$base)) {
      figures$rounded[q$known] <- q$rules[, "half-up"]
      figures$rule[q$known] <- apply(q$gives, 1L, rule_name)
    }
    figures
  }))
}

# Of the rules that give a percentage, the one to name.
rule_name <- function(gives) {
  if (all(gives[nearest_rules])) "nearest" else c(names(gives)[gives], NA_character_)[1L]
}

claim_figures <- function(claims, claimed) {
  bind_rows(lapply(claimed, function(said) {
    claim <- said$claim
    base <- if (is.na(said$base)) claim$n else said$base
    bound <- claim$relation %in% c(">", "<")
    rules <- if (!is.na(said$count) && claim$relation == "=") round_by_rule(said$count, base, claim$digits)[1L, ]
    data.frame(
      source = "claim", table = if (is.null(said$question)) NA_character_ else said$question$rows$table[1L],
      question = if (is.null(said$question)) NA_character_ else said$question$label, item = claim$id, count = said$count,
      base = base, pct = claim$pct, digits = claim$digits, exact = said$exact,
      rounded = if (is.null(rules)) NA_real_ else rules[["half-up"]],
      rule = if (is.null(rules)) NA_character_ else rule_name(same_percent(rules, claim$pct)),
      half.width = if (claim$relation == "about") 2.5 else 0.5 / 10^claim$digits,
      reason = if (bound && is.na(said$count)) reason_words("bound") else NA_character_
    )
  }))
}

# estimate, conf.low and conf.high for each figure, and a reason where there is none.
add_intervals <- function(figures, deff, level) {
  if (nrow(figures) == 0L) return(figures)
  counted <- !is.na(figures$count) & !is.na(figures$base)
  figures$estimate <- ifelse(counted, figures$count / figures$base, figures$pct / 100)
  slack <- ifelse(counted, 0, figures$half.width / 100)
  n <- figures$base / (if (is.null(deff)) 1 else deff)
  figures$conf.low <- wilson_limit(pmax(figures$estimate - slack, 0), n, level, -1)
  figures$conf.high <- wilson_limit(pmin(figures$estimate + slack, 1), n, level, 1)
  figures$reason[is.na(figures$reason) & is.na(n)] <- reason_words("unknown-base")
  figures[!is.na(figures$reason), c("conf.low", "conf.high")] <- NA_real_
  shown <- c("source", "table", "question", "item", "count", "base", "pct", "digits", "exact", "rounded", "rule", "estimate",
             "conf.low", "conf.high", "reason")
  rownames(figures) <- NULL
  figures[shown]
}

# Wilson's lower (side -1) or upper (side 1) limit of a proportion.
wilson_limit <- function(p, n, level, side) {
  z2 <- stats::qnorm((1 + level) / 2)^2
  limit <- (p + z2 / (2 * n) + side * sqrt(z2 * p * (1 - p) / n + z2^2 / (4 * n^2))) / (1 + z2 / n)
  # 0 and 1 to the last digit
  limit[!is.na(p) & p == 0 & side < 0] <- 0
  limit[!is.na(p) & p == 1 & side > 0] <- 1
  limit
}

# ---- differences -----------------------------------------------------------------------------------------------------

audit_differences <- function(pairs, figures, rows, questions, claimed, deff, level) {
  pairs <- if (is.list(pairs)) lapply(unclass(pairs), bare) else bare(pairs)
  if (is.null(pairs)) return(data.frame())
  if (!is.list(pairs)) pairs <- list(pairs)
  bind_rows(lapply(pairs, function(pair) {
    if (!is.character(pair) || length(pair) != 2L || anyNA(pair)) {
      abort("argument", "`pairs` must be c(\"a\", \"b\") or a list of such pairs: two ids of claims, or answers of tables")
    }
    at <- vapply(pair, find_figure_row, 0L, figures)
    places <- lapply(at, function(i) if (i <= nrow(rows)) i else claimed[[i - nrow(rows)]]$at)
    two <- figures[at, ]
    difference_row(two, shared_answers(two, places, rows, questions), if (is.null(deff)) 1 else deff, level)
  }))
}

# A claim by its id, else an answer of a table by its text.
find_figure_row <- function(name, figures) {
  at <- which(figures$source == "claim" & figures$item == name)
  if (length(at) == 0L) at <- which(figures$source == "table" & figures$item == name)
  if (length(at) == 1L) return(at)
  abort("argument", "\"", name, "\" in `pairs` is ", if (length(at) == 0L) "no `id` of a claim and no answer of a table"
        else "an answer to several questions", hint = if (length(at) > 1L) "Make it a claim, with `question` and `answers`")
}

# two: the rows of the two figures; shared: see shared_answers().
difference_row <- function(two, shared, deff, level) {
  p <- two$estimate
  n <- two$base / deff
  n[!is.na(two$reason)] <- NA
  low <- ifelse(is.na(n), p, two$conf.low)
  high <- ifelse(is.na(n), p, two$conf.high)
  rho <- if (is.null(shared) || any(p %in% c(0, 1))) 0 else {
    max(-1, min(1, (shared$both - p[1L] * p[2L]) / sqrt(prod(p * (1 - p)))))
  }
  d <- p[1L] - p[2L]
  half <- function(a, b) sqrt(max(0, a^2 + b^2 - 2 * rho * a * b))
  reason <- if (all(is.na(n))) reason_words("unknown-bases") else shared$reason
  tested <- is.null(reason)
  z <- if (is.null(shared)) score_z(p, n) else if (tested) mcnemar_z(p - shared$both, n) else NA_real_
  list_frame(list(
    figure1 = two$item[1L], figure2 = two$item[2L], estimate1 = p[1L], estimate2 = p[2L], n1 = two$base[1L], n2 = two$base[2L],
    estimate = d, conf.low = if (tested) d - half(p[1L] - low[1L], high[2L] - p[2L]) else NA_real_,
    conf.high = if (tested) d + half(high[1L] - p[1L], p[2L] - low[2L]) else NA_real_,
    statistic = z, p.value = 2 * stats::pnorm(-abs(z)), n.needed = if (anyNA(n)) n_needed(p, n, deff, level) else NA_real_,
    reason = if (tested) NA_character_ else reason
  ))
}

# Of two figures from one question, the share of respondents in both: list(both, reason), NA with a reason where several answers
# could be given. NULL for figures from two questions.
shared_answers <- function(two, places, rows, questions) {
  key <- unique(rows$key[unlist(places)])
  if (anyNA(two$base) || !all(is.na(two$reason)) || any(lengths(places) == 0L) || length(key) != 1L) return(NULL)
  question <- questions[[key]]
  common <- intersect(places[[1L]], places[[2L]])
  counted <- !anyNA(two$count)
  # without counts the percentages decide
  over <- sum(question$rows$pct) > whole_sums(question$rows$pct, question$rows$digits[1L])[2L] + 1e-7
  several <- question$several || (!counted && over)
  if (several) return(list(both = NA_real_, reason = reason_words("several-answers")))
  list(both = if (counted) sum(rows$n[common]) / two$base[1L] else sum(rows$pct[common]) / 100)
}

# only: the shares in one of the two figures only.
mcnemar_z <- function(only, n) {
  only <- pmax(only, 0)
  if (sum(only) == 0) 0 else (only[1L] - only[2L]) / sqrt(sum(only) / n[1L])
}

# The score statistic of a difference; a figure without n is taken to be exact.
score_z <- function(p, n) {
  if (all(is.na(n))) return(NA_real_)
  pooled <- if (anyNA(n)) p[is.na(n)] else sum(p * n) / sum(n)
  variance <- pooled * (1 - pooled) * sum(1 / n, na.rm = TRUE)
  if (p[1L] == p[2L]) 0 else (p[1L] - p[2L]) / sqrt(variance)
}

# The smallest number of respondents behind the figures without one at which the difference is found; NA above 100 000.
n_needed <- function(p, n, deff, level) {
  critical <- stats::qnorm((1 + level) / 2)
  found <- function(m) {
    at <- replace(n, is.na(n), m / deff)
    abs(score_z(p, at)) >= critical
  }
  if (!found(1e5)) return(NA_real_)
  # |z| grows with m
  ends <- c(0, 1e5)
  while (ends[2L] - ends[1L] > 1) {
    middle <- floor(mean(ends))
    if (found(middle)) ends[2L] <- middle else ends[1L] <- middle
  }
  ends[2L]
}
