# What an audit says: findings as sentences in English and Dutch, and print().

# How to say things in a language: say(key, ...) with the words of "audit.KEY", in which {1}, {2}, ... are filled in;
# number(x, digits); count(x).
audit_speaker <- function(language) {
  r <- list(words = read_words(language))
  mark <- r$words[["decimal.mark"]]
  list(
    mark = mark,
    say = function(key, ...) {
      values <- list(...)
      do.call(say, c(list(r, paste0("audit.", key)), stats::setNames(values, seq_along(values))))
    },
    number = function(x, digits) format_pct(x, digits, mark),
    count = format_count,
    exact = function(x, digits) format_pct(x, digits + if (shows_as_tie(x, digits)) 5 else 2, mark)
  )
}

# Would two more decimals show a tie that is none?
shows_as_tie <- function(x, digits) {
  beyond <- round(x, digits + 2) * 10^digits
  abs(beyond %% 1 - 0.5) < 1e-6 && abs((x * 10^digits) %% 1 - 0.5) > 1e-9
}

# ---- findings --------------------------------------------------------------------------------------------------------

new_finding <- function(kind = character(), table = NA_character_, question = NA_character_, item = NA_character_,
                        printed = NA_real_, correct = NA_real_, text = character()) {
  count <- length(kind)
  list_frame(list(kind = kind, table = rep(table, count), question = rep(question, count), item = rep(item, count),
                  printed = rep(as.double(printed), count), correct = rep(as.double(correct), count), text = text))
}

audit_findings <- function(questions, claimed, sets, rows, n, speak) {
  found <- c(
    lapply(questions, question_findings, n, speak), if (is.null(n)) list(bases_finding(questions, speak)),
    lapply(claimed, claim_findings, rows, speak), lapply(sets, set_finding, speak)
  )
  findings <- do.call(rbind, c(list(new_finding()), unname(found)))
  rownames(findings) <- NULL
  findings
}

question_name <- function(q, speak) {
  table <- q$rows$table[1L]
  if (is.na(table)) q$label else speak$say("table", table, q$label)
}

question_findings <- function(q, n, speak) {
  found <- function(kind, text) new_finding(kind, q$rows$table[1L], q$label, text = text)
  counts <- if (!is.null(q$counted) && !q$several) count_finding(q, n, found, speak)
  if (is.na(q$base)) return(rbind(counts, odd_sum_finding(q, found, speak)))
  if (!is.null(q$one.rule)) {
    text <- speak$say(paste0("rounding.", q$one.rule), question_name(q, speak), sum(!q$follows), length(q$follows))
    return(rbind(counts, found("rounding", text)))
  }
  wrong <- lapply(which(!q$follows), percentage_finding, q, n, speak)
  rbind(counts, do.call(rbind, wrong), if (length(wrong) > 0L) base_finding(q, n, found, speak),
        if (sums_up(q)) rbind(forced_findings(q, n, found, speak), odd_sum_finding(q, found, speak)))
}

percentage_finding <- function(i, q, n, speak) {
  row <- q$rows[q$known[i], ]
  printed <- speak$number(row$pct, row$digits)
  correct <- q$rules[i, "half-up"]
  by <- intersect(c("truncation", "up"), colnames(q$gives)[q$gives[i, ]])
  of_n <- !is.null(q$n.follows) && q$n.follows[i]
  tail <- c(if (length(by) > 0L) speak$say(by[1L], printed), if (of_n) speak$say("other.base", speak$count(n)),
            if (length(by) == 0L && !of_n) speak$say("none", printed))
  text <- speak$say("percentage", question_name(q, speak), row$answer, printed, speak$count(row$n), speak$count(q$base),
                    speak$exact(100 * row$n / q$base, row$digits), speak$number(correct, row$digits),
                    paste(tail, collapse = ""))
  new_finding("percentage", row$table, row$question, row$answer, row$pct, correct, text)
}

# What the counts add up to, against the stated base of the question, else the stated n.
count_finding <- function(q, n, found, speak) {
  # not all answers are printed: the percentages say so
  partial <- !is.na(q$base) && q$base != q$counted && all(q$follows)
  base <- if (is.null(q$stated)) n else if (!partial) q$stated
  if (is.null(base) || base == q$counted) return(NULL)
  gap <- abs(base - q$counted)
  found("base", speak$say(if (q$counted < base) "fewer" else "more", question_name(q, speak), speak$count(q$counted),
                          speak$count(gap), speak$count(base), speak$number(100 * gap / base, 1L)))
}

# Which bases would give the percentages, where some do not follow.
base_finding <- function(q, n, found, speak) {
  name <- question_name(q, speak)
  total <- length(q$follows)
  own <- speak$count(q$base)
  if (is.null(q$bases) || q$bases$follow <= sum(q$follows)) {
    return(if (sum(!q$follows) > 1L) found("base", speak$say("base.own", name, sum(q$follows), total, own)))
  }
  range <- speak$count(q$bases$low)
  if (q$bases$high > q$bases$low && is.finite(q$bases$high)) range <- speak$say("range", range, speak$count(q$bases$high))
  if (!is.null(n) && n >= q$bases$low && n <= q$bases$high) range <- speak$say("with.n", range, speak$count(n))
  all_of_them <- q$bases$all && all(q$rows$n[q$known] > 0)
  found("base", if (all_of_them) speak$say("base.all", name, sum(q$follows), total, own, range)
        else speak$say("base.most", name, sum(q$follows), total, own, range, q$bases$follow))
}

# Percentages that add up to 100 because some were changed: on the question's base, and on n where more follow from it.
forced_findings <- function(q, n, found, speak) {
  if (!same_percent(sum(q$rows$pct), 100)) return(NULL)
  bases <- c(q$base, if (!is.null(q$n.follows) && sum(q$n.follows) > sum(q$follows)) n)
  do.call(rbind, lapply(bases, function(base) forced_finding(q, base, found, speak)))
}

forced_finding <- function(q, base, found, speak) {
  follow <- follows(q$rows, base)
  rounded <- ifelse(follow, q$rows$pct, round_by_rule(q$rows$n, base, q$rows$digits)[, "half-up"])
  if (all(follow) || same_percent(sum(rounded), 100)) return(NULL)
  digits <- q$rows$digits[1L]
  changed <- vapply(which(!follow), function(i) {
    speak$say("changed", q$rows$answer[i], speak$number(q$rows$pct[i], digits), speak$number(rounded[i], digits))
  }, "")
  found("sum", speak$say("forced", question_name(q, speak), speak$count(base), speak$number(sum(rounded), digits),
                         speak$number(100, digits), paste(changed, collapse = ", ")))
}

# A sum that no rounding of percentages that make up 100 has.
odd_sum_finding <- function(q, found, speak) {
  digits <- q$rows$digits[1L]
  if (!sums_up(q) || is_whole(q$rows$pct, digits)) return(NULL)
  # the sum has no more decimals than its terms
  ends <- whole_sums(q$rows$pct, digits) * 10^digits
  ends <- c(ceiling(ends[1L] - 1e-7), floor(ends[2L] + 1e-7)) / 10^digits
  found("sum", speak$say("odd.sum", question_name(q, speak), speak$number(sum(q$rows$pct), digits), nrow(q$rows),
                         speak$number(ends[1L], digits), speak$number(ends[2L], digits)))
}

# Where no n is stated: bases that differ between questions.
bases_finding <- function(questions, speak) {
  counted <- Filter(function(q) !is.na(q$base), questions)
  bases <- vapply(counted, `[[`, 0, "base")
  if (length(unique(bases)) < 2L) return(NULL)
  ends <- counted[c(which.min(bases), which.max(bases))]
  new_finding("base", text = speak$say("bases.differ", speak$count(ends[[1L]]$base), question_name(ends[[1L]], speak),
                                       speak$count(ends[[2L]]$base), question_name(ends[[2L]], speak)))
}

claim_findings <- function(said, rows, speak) {
  claim <- said$claim
  question <- said$question
  found <- function(kind, correct, text) {
    new_finding(kind, if (is.null(question)) NA_character_ else question$rows$table[1L],
                if (is.null(question)) NA_character_ else question$label, claim$id, claim$pct, correct, text)
  }
  base <- if (!is.na(claim$n) && !is.na(said$base) && claim$n != said$base) {
    found("base", NA_real_, speak$say("claim.base", claim$id, speak$count(claim$n), speak$count(said$base)))
  }
  rbind(if (isFALSE(said$holds)) found("claim", claim_correct(said), claim_text(said, rows, speak)), base)
}

claim_correct <- function(said) {
  if (is.na(said$count)) NA_real_ else round_by_rule(said$count, said$base, said$claim$digits)[, "half-up"]
}

claim_text <- function(said, rows, speak) {
  claim <- said$claim
  printed <- if (!is.na(claim$pct)) speak$number(claim$pct, claim$digits)
  if (is.na(said$count)) {
    return(speak$say("claim.none", claim$id, printed, question_name(said$question, speak), speak$count(said$search$tried)))
  }
  counts <- speak$count(rows$n[said$at])
  sum <- if (length(counts) > 1L) paste(paste(counts, collapse = " + "), "=", speak$count(said$count)) else counts
  key <- switch(claim$relation, "=" = "claim", ">" = "claim.more", "<" = "claim.less", about = "claim.about",
                largest = "claim.largest")
  args <- list(key, claim$id, printed, sum, speak$count(said$base), speak$exact(said$exact, claim$digits),
               paste(claim_tail(said, rows, speak), collapse = ""))
  do.call(speak$say, Filter(Negate(is.null), args))
}

claim_tail <- function(said, rows, speak) {
  claim <- said$claim
  if (claim$relation == "largest") {
    others <- setdiff(said$question$at, said$at)
    higher <- others[rows$n[others] >= said$count]
    higher <- higher[order(-rows$n[higher])]
    return(speak$say("higher", rows$answer[higher], speak$count(rows$n[higher])))
  }
  if (claim$relation != "=") return("")
  rules <- round_by_rule(said$count, said$base, claim$digits)[1L, ]
  by <- intersect(c("truncation", "up"), names(rules)[same_percent(rules, claim$pct)])
  c(speak$say("so", speak$number(claim_correct(said), claim$digits)),
    if (length(by) > 0L) speak$say(by[1L], speak$number(claim$pct, claim$digits)),
    if (length(said$at) > 1L) speak$say("printed.sum", speak$number(sum(rows$pct[said$at]), claim$digits)),
    if (said$search$tried > 0L && length(said$search$found) == 0L) speak$say("no.combination"))
}

set_finding <- function(set, speak) {
  if (!isFALSE(set$possible)) return(NULL)
  name <- if (is.na(set$table)) set$name else speak$say("table", set$table, set$name)
  text <- speak$say(if (length(set$pct) > 1L) "possible.set" else "possible", name, speak$count(set$n),
                    paste(speak$number(set$pct, set$digits), collapse = "; "))
  new_finding("possible", set$table, set$question, if (is.na(set$question)) set$name else NA_character_,
              if (length(set$pct) == 1L) set$pct else NA_real_, text = text)
}

# ---- print -----------------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_audit <- function(x, digits = NULL, width = getOption("width"), ...) {
  width <- line_width(width)
  info <- attr(x, "info")
  speak <- audit_speaker(info$language)
  numbers <- pad_left(as.character(seq_len(nrow(x$findings))))
  findings <- if (nrow(x$findings) == 0L) {
    speak$say("no.findings")
  } else {
    c(speak$say("findings"), unlist(Map(hang, numbers, x$findings$text, width), use.names = FALSE))
  }
  about <- if (is.null(info$deff)) speak$say("srs") else speak$say("deff", speak$number(info$deff, decimals(info$deff)))
  c(speak$say("title"), audit_source(x, info, speak), "", table_lines(columns_of_checks(x$checks, speak), width), "", findings,
    difference_lines(x$differences, info, speak, percent_digits(digits), width), "", wrap(about, width, 0L))
}

audit_source <- function(x, info, speak) {
  join(if (nrow(x$questions) > 0L) speak$say("tables", nrow(x$questions), sum(x$questions$answers)),
       if (nrow(x$claims) > 0L) speak$say("claims", nrow(x$claims)), if (!is.null(info$n)) speak$say("n", speak$count(info$n)))
}

columns_of_checks <- function(checks, speak) {
  checks <- checks[checks$checked > 0, ]
  list(table_column("", vapply(paste0("kind.", checks$kind, recycle0 = TRUE), speak$say, ""), left = TRUE),
       table_column(speak$say("checked"), format_count(checks$checked)),
       table_column(speak$say("found"), format_count(checks$found)))
}

difference_lines <- function(rows, info, speak, digits, width) {
  if (nrow(rows) == 0L) return(NULL)
  lines <- lapply(seq_len(nrow(rows)), function(i) wrap(difference_text(rows[i, ], info, speak, digits), width))
  c("", speak$say("differences"), unlist(lines))
}

difference_text <- function(row, info, speak, digits) {
  points <- function(p) speak$number(100 * p, digits)
  figure <- function(p, n) {
    if (is.na(n)) speak$say("of.exact", points(p)) else speak$say("of.n", points(p), speak$count(n))
  }
  first <- figure(row$estimate1, row$n1)
  second <- figure(row$estimate2, row$n2)
  text <- if (!is.na(row$reason)) {
    paste0(speak$say("difference.none", row$figure1, first, row$figure2, second, points(row$estimate)),
           if (reason_is(row$reason, "several-answers")) speak$say("difference.several"))
  } else {
    p <- sub("[.,]", speak$mark, p_text(row$p.value))
    ci <- speak$say("ci", speak$number(100 * info$level, decimals(100 * info$level)))
    speak$say("difference", row$figure1, first, row$figure2, second, points(row$estimate), ci, points(row$conf.low),
              points(row$conf.high), p)
  }
  if (!anyNA(c(row$n1, row$n2))) return(text)
  if (is.na(row$n.needed)) return(paste0(text, speak$say("n.never")))
  behind <- speak$say(if (is.na(row$n1) && is.na(row$n2)) "n.both" else "n.one")
  paste0(text, speak$say("n.needed", speak$count(row$n.needed), behind))
}

#' @export
print.weeg_audit <- function(x, digits = NULL, ...) print_lines(x, digits)

#' @rdname weeg_tidy
#' @export
tidy.weeg_audit <- function(x, ...) x$findings

#' @rdname weeg_tidy
#' @export
augment.weeg_audit <- function(x, ...) x$figures

#' @rdname weeg_tidy
#' @export
glance.weeg_audit <- function(x, ...) {
  data.frame(percentages = sum(x$questions$answers), claims = nrow(x$claims), checked = sum(x$checks$checked),
             found = sum(x$checks$found))
}
