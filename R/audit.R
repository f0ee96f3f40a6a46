# Published tables and claims held against their own counts. Texts of the findings are in audit-text.R.

#' Audit published tables and claims
#'
#' Do the percentages of a published table follow from its counts, and the claims of a text from its tables? What are
#' their bases? How precise are the figures, and do two of them differ? No microdata are needed.
#'
#' @section What is checked:
#' * **Percentages.** Each printed percentage against 100 n / base, in whole-number arithmetic, so that ties are ties. A
#'   question's base is what its counts add up to, or its stated `base` where that explains more of the percentages (as
#'   in a multiple-response question, or where not all answers are printed). The base of a single printed answer is the
#'   stated one, else `n`; without either its percentage is not checked. A percentage follows if rounding to the nearest
#'   gives it, ties either way. If not, the finding says whether truncation, rounding up, or the base `n` would give it.
#'   A question of which all percentages were truncated, or all rounded up, is one finding. Percentages are taken to be
#'   those of the counts: weighted percentages cannot be audited in this way.
#' * **Sums.** Rounded percentages may add up to 99 or 101, which is no finding. It is a finding if the printed ones add
#'   up to 100 because some were altered, or to a sum that no rounding explains.
#' * **Bases.** The sum of the counts, against the question's stated `base`, else against `n`; without either, the bases
#'   of the questions against each other. If percentages do not follow: the bases that give
#'   all of them, or most.
#' * **Claims** about a table (`question`, `answers`) against the counts that they combine. Of a claim that states its
#'   question but not its answers, all combinations of answers are tried, and it is a finding that none gives it. Of a
#'   claim without a question, the combinations of answers of any question that give it are in `claims`, and are no
#'   finding either way: among hundreds of combinations, some match any percentage.
#' * **Possible counts.** A percentage with `n` but without a count: is there a whole number out of `n` that gives it? See
#'   [weeg_possible_n()], which also gives the smallest `n` of percentages without one, in `sets`.
#'
#' @section Intervals and differences:
#' Intervals are Wilson's (1927), with n / `deff` for n. For a percentage without a count they run from the lower limit
#' of the lowest to the upper limit of the highest proportion that rounds to it. The design effect of a published figure
#' is not known without the microdata: where `deff` is not given the intervals are those of a simple random sample, too
#' narrow where clustering or weights matter, and `print()` says so.
#'
#' Differences (`pairs`) have score intervals: Newcombe's (1998) hybrid, for figures from one question with their correlation
#' (Zou and Donner 2008), and p-values of score tests: with pooled variance for two samples, against a fixed figure where the
#' other has no `n`, and McNemar's for figures from one question. Two answers to a multiple-response question are not
#' tested, as it is not known how many gave both. Figures from different questions are treated as independent, which
#' those of the same respondents are not: regard the p-value as a rough guide then. `n.needed` is the smallest number of
#' respondents behind a figure without `n` (behind both, if both have none) at which the test would be significant.
#'
#' @param tables A data frame with a row per printed answer: `question`, `answer`, `pct` (a percentage: a number, or text such
#'   as `"12,0"`), and where they are known `n` (the count), `base` (the stated base of the question) and `table` (its number).
#'   `NULL` for none.
#' @param claims A data frame with a row per claim: `id`, `pct`, and where they are known `n` (the stated base); `question`
#'   and `answers` (what it combines, joined by `" + "`); `relation`, one of `"="` (or `NA`), `">"`, `"<"`, `"about"` (to the
#'   nearest 5) and `"largest"` (the most frequent answer, `pct` may be `NA`); and `set`, a name shared by claims with a
#'   common base. `NULL` for none.
#' @param n The stated number of respondents. `NULL`: not stated.
#' @param pairs Which figures to compare: `c("a", "b")` or a list of such pairs, of claims by `id` and of answers by their text.
#' @param deff The design effect of all figures. `NULL`: unknown.
#' @param digits Decimals of the percentages. `NULL`: the most that one in its question, or the claim, has.
#' @param level Confidence level.
#' @param language Of the findings: `"en"` or `"nl"` (Dutch, with decimal commas).
#' @return An object of class `weeg_audit`, a list of data frames:
#'   * `findings`: a row per finding: `kind` (`"percentage"`, `"rounding"`, `"sum"`, `"base"`, `"claim"`, `"possible"`),
#'     `table`, `question`, `item` (the answer or claim), `printed`, `correct` and `text`, a sentence;
#'   * `checks`: how many of each kind were `checked` and how many `found`;
#'   * `figures`: a row per published figure: `source` (`"table"` or `"claim"`), `table`, `question`, `item`, `count`, `base`,
#'     `pct`, `digits`, `exact` (100 count / base), `rounded`, `rule` (what gives it: `"half-up"`, `"half-even"`, `"half-down"`,
#'     `"nearest"` where all three do, `"truncation"`, `"up"`, or `NA`), `estimate`, `conf.low`, `conf.high` and `reason`;
#'   * `questions`: a row per question: `answers`, `counted` (what the counts add up to), `stated`, `base` (on which the
#'     percentages were checked), `follow` (percentages that follow on it), `follow.n` (on `n`), `sum` (of the printed ones),
#'     `sum.rounded`, `bases.low` to `bases.high` (the bases that give most, `bases.follow` of the percentages);
#'   * `claims`: a row per claim: `combined` (the answers), `count`, `base`, `exact`, `holds`, `combinations` (how many were
#'     tried), `matches` (how many give it) and `match` (the one of fewest answers);
#'   * `sets`: a row per question or set of claims without counts: `percentages`, `n.min`, the smallest number of respondents
#'     that could give all of them, and `n.min.whole`, with counts that add up to it (where they could be all answers);
#'   * `differences`: a row per pair.
#'
#'   `tidy()` gives the findings, `augment()` the figures, `glance()` the totals of `checks`.
#' @references Newcombe (1998), Statistics in Medicine 17, 857-872 and 873-890. Wilson (1927), JASA 22, 209-212. Zou and Donner
#'   (2008), Statistics in Medicine 27, 1693-1702. Brown and Heathers (2017), Social Psychological and Personality Science 8,
#'   363-369, for possible counts.
#' @seealso [published], [weeg_compare()] with `against` where there are microdata.
#' @examples
#' weeg_audit(published$tables, published$claims, n = 1582)
#'
#' # Fewer with regular paid work than in the external panel? With a design effect of 2
#' x <- weeg_audit(published$tables, published$claims, n = 1582, deff = 2,
#'                 pairs = c("regular_paid_work", "panel_paid_work"))
#' x$differences
#' subset(augment(x), source == "claim", c(item, pct, conf.low, conf.high, reason))
#'
#' # Your own table: 7 of 31 is not 22 %
#' weeg_audit(data.frame(question = "Trust", answer = c("yes", "no"), n = c(24, 7), pct = c(77, 22)))
#' @export
weeg_audit <- function(tables = NULL, claims = NULL, n = NULL, pairs = NULL, deff = NULL, digits = NULL, level = 0.95,
                       language = "en") {
  if (is.null(tables) && is.null(claims)) abort("argument", "there is nothing to audit: give `tables`, `claims` or both")
  if (!is.null(n)) n <- check_whole(n, "n", 1)
  if (!is.null(deff)) deff <- check_positive(deff, "deff")
  if (!is.null(digits)) digits <- check_whole(digits, "digits", 0, 15)
  level <- check_level(level)
  language <- one_of(language, report_languages, "language")
  rows <- read_tables(tables, digits)
  claims <- read_claims(claims, rows, digits)
  questions <- lapply(split(seq_len(nrow(rows)), rows$key), function(at) audit_question(rows[at, ], at, n))
  claimed <- lapply(seq_len(nrow(claims)), function(i) audit_claim(claims[i, ], rows, questions))
  sets <- audit_sets(rows, claims, questions)
  figures <- add_intervals(rbind(table_figures(rows, questions), claim_figures(claims, claimed)), deff, level)
  findings <- audit_findings(questions, claimed, sets, rows, n, audit_speaker(language))
  structure(list(
    findings = findings, checks = count_checks(questions, claimed, sets, findings, n), figures = figures,
    questions = bind_rows(lapply(questions, question_row)), claims = bind_rows(lapply(claimed, claim_row, rows)),
    sets = set_rows(sets), differences = audit_differences(pairs, figures, rows, questions, claimed, deff, level)
  ), class = "weeg_audit", info = list(n = n, deff = deff, level = level, language = language))
}

bind_rows <- function(rows) {
  bound <- do.call(rbind, unname(rows))
  if (is.null(bound)) data.frame() else bound
}

# ---- what is given ---------------------------------------------------------------------------------------------------

# A column of a data frame, or NA for each row where there is none.
column_or <- function(data, name, missing) if (is.null(data[[name]])) rep(missing, nrow(data)) else data[[name]]

need_columns <- function(data, columns, argument) {
  if (!is.data.frame(data)) abort("argument", "`", argument, "` must be a data frame, not ", class(data)[1L])
  absent <- setdiff(columns, names(data))
  if (length(absent) > 0L) abort("argument", "`", argument, "` has no column `", absent[1L], "`")
  list_frame(Map(function(x, name) {
    name <- paste0(argument, "$", name)
    x <- plain_column(x, name)
    if (is.list(x) || is.expression(x) || length(attr(x, "dim", exact = TRUE)) > 1L || value_rows(x) != nrow(data)) {
      abort("argument", "`", name, "` must be a column with a value in each of the ", nrow(data), " rows, not a ", class(x)[1L])
    }
    if (is.factor(x)) return(level_names(x, name))
    if (inherits(x, c("Date", "POSIXct"))) x <- column_texts(x)
    if (!inherits(x, "difftime")) x <- bare(x)
    if (is.character(x)) as_utf8(x) else x
  }, unclass(data)[audit_columns[audit_columns %in% names(data)]], intersect(audit_columns, names(data))))
}

audit_columns <- c("table", "question", "answer", "n", "base", "pct", "id", "answers", "relation", "set")

# rows of tables: table, question, answer, n, base, pct, digits, key
read_tables <- function(tables, digits) {
  if (is.null(tables)) tables <- data.frame(question = character(), answer = character(), pct = numeric())
  tables <- need_columns(tables, c("question", "answer", "pct"), "tables")
  parsed <- read_percent(tables$pct, "tables$pct")
  for (column in c("question", "answer", "pct")) {
    absent <- which(is.na(if (column == "pct") parsed$pct else tables[[column]]))
    if (length(absent) > 0L) abort("argument", "`tables$", column, "` is missing in row ", absent[1L])
  }
  table <- as.character(column_or(tables, "table", NA))
  question <- as.character(tables$question)
  key <- level_keys(list(table, question))
  key <- factor(key, unique(key))
  shown <- as.vector(tapply(parsed$digits, key, max))[as.integer(key)]
  rows <- data.frame(
    table = table, question = question, answer = as.character(tables$answer), n = read_counts(tables, "n", "tables"),
    base = read_counts(tables, "base", "tables"), pct = parsed$pct,
    digits = if (is.null(digits)) shown else rep(digits, nrow(tables))
  )
  rows$key <- key
  check_answers(rows)
  rows
}

check_answers <- function(rows) {
  twice <- duplicated(rows[c("key", "answer")])
  if (any(twice)) {
    i <- which(twice)[1L]
    abort("argument", "`tables` has the answer \"", rows$answer[i], "\" of \"", rows$question[i], "\" twice", where = i)
  }
  bases <- tapply(rows$base, rows$key, function(b) length(unique(b)))
  if (any(bases > 1L)) {
    abort("argument", "`tables$base` must be the same in all rows of a question, but differs in \"",
          rows$question[match(names(bases)[bases > 1L][1L], rows$key)], "\"")
  }
  small <- !is.na(rows$base) & !is.na(rows$n) & rows$n > rows$base
  if (any(small)) {
    i <- which(small)[1L]
    abort("argument", "row ", i, " of `tables` counts ", rows$n[i], " of a base of ", rows$base[i])
  }
}

# Percentages and their decimals, from numbers or text.
read_percent <- function(x, argument) {
  x <- if (is.factor(x)) level_names(x, argument) else bare(x)
  if (is.character(x)) {
    x <- as_utf8(as.vector(x))
    # word processors put a space that does not break before the sign
    text <- sub(",", ".", trimws(sub("%", "", x, fixed = TRUE), whitespace = "[[:space:]\u00a0\u202f]"), fixed = TRUE)
    bad <- !is.na(text) & !grepl("^[0-9]+([.][0-9]+)?$", text)
    if (any(bad)) abort("argument", "\"", x[bad][1L], "\" in `", argument, "` (row ", which(bad)[1L], ") is not a percentage")
    digits <- nchar(sub("^[0-9]+[.]?", "", text))
    value <- as.numeric(text)
  } else if (is.numeric(x) || (is.logical(x) && all(is.na(x)))) {
    value <- as.double(x)
    digits <- decimals(value)
  } else {
    abort("argument", "`", argument, "` must be numbers or text, not ", class(x)[1L])
  }
  wrong <- !is.na(value) & (value < 0 | value > 100)
  if (any(wrong)) {
    abort("argument", "row ", which(wrong)[1L], " of `", argument, "` is ", x[wrong][1L], ", not between 0 and 100")
  }
  list(pct = value, digits = ifelse(is.na(value), 0, digits))
}

# Decimals that numbers need, at most 6: beyond that they are not printed percentages.
decimals <- function(x) {
  vapply(ifelse(is.na(x), 0, x), function(value) which(c(abs(round(value, 0:5) - value) < 1e-9, TRUE))[1L] - 1, 0)
}

read_counts <- function(data, name, argument) {
  counts <- column_or(data, name, NA_real_)
  if (!is.numeric(counts) && !all(is.na(counts))) abort("argument", "`", argument, "$", name, "` must be numbers")
  counts <- as.double(counts)
  wrong <- !is.na(counts) & (counts < 0 | counts != floor(counts))
  if (any(wrong)) {
    abort("argument", "row ", which(wrong)[1L], " of `", argument, "$", name, "` is ", counts[wrong][1L], ", not a count")
  }
  counts
}

claim_relations <- c("=", ">", "<", "about", "largest")

# rows of claims: id, pct, digits, n, question, answers, relation, set, key (of the question), rows (list of rows of tables)
read_claims <- function(claims, rows, digits) {
  if (is.null(claims)) claims <- data.frame(id = character(), pct = numeric())
  claims <- need_columns(claims, c("id", "pct"), "claims")
  parsed <- read_percent(claims$pct, "claims$pct")
  relation <- as.character(column_or(claims, "relation", "="))
  relation[is.na(relation)] <- "="
  unknown <- setdiff(relation, claim_relations)
  if (length(unknown) > 0L) {
    abort("argument", "\"", unknown[1L], "\" in `claims$relation` is not one of ", paste(claim_relations, collapse = ", "))
  }
  bare <- is.na(parsed$pct) & relation != "largest"
  if (any(bare)) abort("argument", "`claims$pct` is missing in row ", which(bare)[1L])
  read <- data.frame(
    id = as.character(claims$id), pct = parsed$pct, digits = if (is.null(digits)) parsed$digits else rep(digits, nrow(claims)),
    n = read_counts(claims, "n", "claims"), question = as.character(column_or(claims, "question", NA)),
    answers = as.character(column_or(claims, "answers", NA)), relation = relation,
    set = as.character(column_or(claims, "set", NA))
  )
  if (anyDuplicated(read$id)) abort("argument", "\"", read$id[duplicated(read$id)][1L], "\" occurs twice in `claims$id`")
  found <- lapply(seq_len(nrow(read)), function(i) claim_place(read[i, ], rows))
  read$key <- vapply(found, `[[`, NA_integer_, "key")
  read$rows <- lapply(found, `[[`, "rows")
  read
}

# The question that a claim is about, and its answers: list(key, rows), NA and NULL where the claim does not say.
claim_place <- function(claim, rows) {
  if (is.na(claim$question) && is.na(claim$answers)) {
    if (claim$relation == "largest") {
      abort("argument", "claim \"", claim$id, "\" is about the largest answer, but has no `answers`")
    }
    return(list(key = NA_integer_, rows = NULL))
  }
  keys <- seq_len(nlevels(rows$key))
  answers <- lapply(keys, function(k) {
    if (!is.na(claim$answers)) split_answers(claim$answers, rows$answer[as.integer(rows$key) == k])
  })
  asked <- vapply(keys, function(k) {
    mine <- as.integer(rows$key) == k
    (is.na(claim$question) || rows$question[mine][1L] == claim$question) && all(answers[[k]] %in% rows$answer[mine])
  }, NA)
  if (sum(asked) != 1L) {
    abort("argument", "claim \"", claim$id, "\" fits ", if (any(asked)) "several questions" else "no question", " of `tables`",
          hint = "`question` and `answers` must be those of `tables`, to the letter; answers are joined by \" + \"")
  }
  at <- which(as.integer(rows$key) == keys[asked])
  answers <- answers[[keys[asked]]]
  list(key = keys[asked], rows = if (!is.null(answers)) at[match(answers, rows$answer[at])])
}

# Answers joined by " + ", which may stand in an answer too: the longest known one first.
split_answers <- function(text, known) {
  parts <- trimws(strsplit(text, " + ", fixed = TRUE)[[1L]])
  answers <- character()
  while (length(parts) > 0L) {
    starts <- vapply(seq_along(parts), function(k) paste(parts[seq_len(k)], collapse = " + "), "")
    k <- max(1L, which(starts %in% known))
    answers <- c(answers, starts[k])
    parts <- parts[-seq_len(k)]
  }
  answers
}

# ---- arithmetic of rounded percentages -------------------------------------------------------------------------------

# 100 count / base, rounded by each rule; whole numbers all the way, so that ties are found.
round_by_rule <- function(count, base, digits) {
  unit <- 10^digits
  scaled <- 100 * unit * count
  below <- floor(scaled / base)
  below <- below - (below * base > scaled) + ((below + 1) * base <= scaled)
  rest <- scaled - below * base
  up <- below + (rest > 0)
  tie <- 2 * rest == base
  near <- below + (2 * rest > base)
  even <- near + (tie & below %% 2 == 1)
  cbind("half-up" = near + tie, "half-even" = even, "half-down" = near, truncation = below, up = up) / unit
}

same_percent <- function(a, b) abs(a - b) < 1e-7

# What rounded percentages of all answers add up to: each is off by half a unit at most, but 0 is not too high, nor 100 too low.
whole_sums <- function(pct, digits) {
  half <- 0.5 / 10^digits
  c(100 - half * sum(pct < 100), 100 + half * sum(pct > 0))
}

is_whole <- function(pct, digits) {
  ends <- whole_sums(pct, digits)
  sum(pct) >= ends[1L] - 1e-7 && sum(pct) <= ends[2L] + 1e-7
}

nearest_rules <- c("half-up", "half-even", "half-down")

# The counts out of n that could be printed as pct: list(low, high), with ties either way; low > high if there is none.
possible_counts <- function(pct, n, digits) {
  unit <- 10^digits
  twice <- 2 * round(pct * unit)
  low <- ceiling_ratio((twice - 1) * n, 200 * unit)
  high <- -ceiling_ratio(-(twice + 1) * n, 200 * unit)
  list(low = pmax(low, 0), high = pmin(high, n))
}

# The ceiling of a / b of whole numbers, where a / b may be off in its last digit.
ceiling_ratio <- function(a, b) {
  q <- ceiling(a / b)
  q + (q * b < a) - ((q - 1) * b >= a)
}

#' Numbers of respondents that could give these percentages
#'
#' A percentage of few respondents can take only a few values: 35 % cannot be a percentage of 32 persons. This gives
#' every number of respondents, up to a limit, for which all the percentages are possible after rounding.
#'
#' @param pct Percentages of one base: numbers, or text such as `"12,0"`.
#' @param digits Decimals of the percentages. `NULL`: the most that one of them has.
#' @param whole Are the percentages those of all answers to a single-response question? Their counts then add up to
#'   the number of respondents.
#' @param limit The largest number of respondents to try, up to 10 million.
#' @return Whole numbers, the smallest first; none if no number up to `limit` is possible. Ties may have been rounded either
#'   way. From 100 respondents on (1000 with one decimal, and so on) every single percentage is possible.
#' @seealso [weeg_audit()]
#' @references Brown and Heathers (2017), Social Psychological and Personality Science 8, 363-369.
#' @examples
#' weeg_possible_n(66)[1:5]
#' weeg_possible_n(c(58, 19, 23), whole = TRUE)[1:5]
#' 32 %in% weeg_possible_n(35)
#' @export
weeg_possible_n <- function(pct, digits = NULL, whole = FALSE, limit = 1000) {
  need_given(pct)
  parsed <- read_percent(pct, "pct")
  if (length(pct) == 0L || anyNA(parsed$pct)) abort("argument", "`pct` must be percentages, without missing ones")
  if (!is.null(digits)) digits <- check_whole(digits, "digits", 0, 15)
  whole <- check_flag(whole, "whole")
  limit <- check_whole(limit, "limit", 1, most_respondents)
  possible_n(parsed$pct, if (is.null(digits)) max(parsed$digits) else digits, whole, seq_len(limit))
}

most_respondents <- 1e7

# Those of the numbers n that could give all of pct. Some at a time, as each percentage has counts for all of them.
possible_n <- function(pct, digits, whole, n) {
  starts <- seq(1, length(n), by = 1e5)
  unlist(lapply(starts, function(from) possible_among(pct, digits, whole, n[from:min(from + 1e5 - 1, length(n))])))
}

possible_among <- function(pct, digits, whole, n) {
  each <- lapply(pct, possible_counts, n, digits)
  possible <- Reduce(`&`, lapply(each, function(k) k$low <= k$high))
  if (whole) {
    possible <- possible & Reduce(`+`, lapply(each, `[[`, "low")) <= n & Reduce(`+`, lapply(each, `[[`, "high")) >= n
  }
  n[possible]
}

# ---- questions -------------------------------------------------------------------------------------------------------

# One question: its rows, the bases that its percentages may have, and what follows on each.
audit_question <- function(rows, at, n) {
  known <- which(!is.na(rows$n))
  stated <- if (!is.na(rows$base[1L])) rows$base[1L]
  # one answer alone does not tell what the others add
  counted <- if (!anyNA(rows$n) && (nrow(rows) > 1L || same_percent(rows$pct, 100))) sum(rows$n)
  more <- !is.null(counted) && !is.null(stated) && counted > stated
  several <- more && sum(follows(rows, stated)) > sum(follows(rows, counted))
  candidates <- c(if (!several) counted, stated, if (nrow(rows) == 1L) n)
  question <- list(rows = rows, at = at, known = known, counted = counted, stated = stated, several = several, base = NA_real_,
                   label = rows$question[1L])
  if (length(known) == 0L || length(candidates) == 0L || max(candidates) == 0) return(question)
  candidates <- candidates[candidates > 0]
  follow <- vapply(candidates, function(base) sum(follows(rows[known, ], base)), 0)
  question$base <- candidates[which.max(follow)]
  rules <- round_by_rule(rows$n[known], question$base, rows$digits[known])
  gives <- same_percent(rules, rows$pct[known])
  question$rules <- rules
  question$gives <- gives
  question$follows <- rowSums(gives[, nearest_rules, drop = FALSE]) > 0
  question$n.follows <- if (!is.null(n) && n != question$base && n >= max(rows$n[known])) follows(rows[known, ], n)
  question$one.rule <- one_rule(gives, question$follows)
  question$bases <- covering_bases(rows[known, ], c(question$base, n))
  question
}

# Does rounding to the nearest give the percentages on this base?
follows <- function(rows, base) {
  rules <- round_by_rule(rows$n, base, rows$digits)
  rowSums(same_percent(rules[, nearest_rules, drop = FALSE], rows$pct)) > 0
}

# "truncation" or "up" where it gives all percentages, of which two or more do not follow by rounding to the nearest.
one_rule <- function(gives, follows) {
  if (sum(!follows) < 2L) return(NULL)
  all_by <- vapply(c("truncation", "up"), function(rule) all(gives[, rule]), NA)
  if (any(all_by)) names(all_by)[all_by][1L]
}

# The bases that give the most percentages by rounding to the nearest: list(low, high, follow); of several ranges the one with
# a preferred base in it, else the lowest.
covering_bases <- function(rows, preferred) {
  rows <- rows[rows$n > 0, , drop = FALSE]
  if (nrow(rows) == 0L) return(NULL)
  unit <- 10^rows$digits
  twice <- 2 * round(rows$pct * unit)
  low <- pmax(ceiling_ratio(200 * unit * rows$n, twice + 1), rows$n)
  high <- ifelse(twice > 0, -ceiling_ratio(-200 * unit * rows$n, pmax(twice - 1, 1)), Inf)
  if (all(low > high)) return(NULL)
  starts <- c(preferred, sort(unique(low[low <= high])))
  count <- vapply(starts, function(base) sum(low <= base & base <= high), 0)
  best <- starts[which.max(count)]
  covers <- low <= best & best <= high
  list(low = max(low[covers]), high = min(high[covers]), follow = sum(covers), all = all(covers))
}

question_row <- function(q) {
  known <- !is.na(q$base)
  or_na <- function(x) if (is.null(x)) NA_real_ else as.double(x)
  list_frame(list(
    table = q$rows$table[1L], question = q$label, answers = nrow(q$rows), counted = or_na(q$counted), stated = or_na(q$stated),
    base = q$base, follow = if (known) sum(q$follows) else NA_real_,
    follow.n = if (is.null(q$n.follows)) NA_real_ else sum(q$n.follows), sum = sum(q$rows$pct),
    sum.rounded = if (known) sum(q$rules[, "half-up"]) else NA_real_, bases.low = or_na(q$bases$low),
    bases.high = or_na(q$bases$high), bases.follow = or_na(q$bases$follow)
  ))
}

# ---- claims ----------------------------------------------------------------------------------------------------------

# A claim with what it combines: count, base, exact, holds, and the combinations of answers that would give it.
audit_claim <- function(claim, rows, questions) {
  at <- claim$rows[[1L]]
  question <- if (!is.na(claim$key)) questions[[claim$key]]
  base <- if (is.null(question)) NA_real_ else question$base
  count <- if (is.null(at) || is.na(base)) NA_real_ else sum(rows$n[at])
  if (is.null(question$counted) || question$several) count <- if (length(at) == 1L) count else NA_real_
  said <- list(claim = claim, at = at, question = question, base = base, count = count, exact = 100 * count / base, holds = NA)
  said$search <- search_answers(claim, rows, if (is.null(question)) questions else list(question))
  if (!is.na(count)) {
    said$holds <- claim_holds(claim, count, base, rows, at, question)
  } else if (is.null(at) && !is.null(question) && said$search$tried > 0L) {
    said$holds <- length(said$search$found) > 0L
  }
  said
}

claim_holds <- function(claim, count, base, rows, at, question) {
  if (claim$relation == "largest") return(all(count > rows$n[setdiff(question$at, at)]))
  gives_claim(claim, count, base)
}

gives_claim <- function(claim, count, base) {
  # in units of the last printed decimal, so that 69 of 375 is 18.4 % and not more
  unit <- 10^claim$digits
  beyond <- 100 * unit * count - round(unit * claim$pct) * base
  switch(claim$relation,
    "=" = {
      possible <- possible_counts(claim$pct, base, claim$digits)
      count >= possible$low & count <= possible$high
    },
    ">" = beyond > 0,
    "<" = beyond < 0,
    about = abs(beyond) <= 2.5 * unit * base,
    largest = NA
  )
}

# All combinations of answers of these questions that give a claim: list(tried, found: rows of tables, fewest answers first).
search_answers <- function(claim, rows, questions) {
  questions <- Filter(function(q) !is.na(q$base) && !is.null(q$counted) && !q$several, questions)
  if (claim$relation == "largest" || length(questions) == 0L) return(list(tried = 0L, found = list()))
  each <- lapply(questions, function(q) {
    sets <- answer_sets(q$at)
    counts <- vapply(sets, function(set) sum(rows$n[set]), 0)
    list(tried = length(sets), found = sets[gives_claim(claim, counts, q$base)])
  })
  found <- unlist(unname(lapply(each, `[[`, "found")), recursive = FALSE)
  list(tried = sum(vapply(each, `[[`, 0L, "tried")), found = found[order(lengths(found))])
}

# All combinations of up to 12 answers, not all at once; of more answers those of up to 3.
answer_sets <- function(at) {
  sizes <- seq_len(max(1L, if (length(at) <= 12L) length(at) - 1L else 3L))
  unlist(lapply(sizes, function(size) utils::combn(length(at), size, function(i) at[i], simplify = FALSE)), recursive = FALSE)
}

claim_row <- function(said, rows) {
  found <- said$search$found
  names <- function(at) if (length(at) > 0L) paste(rows$answer[at], collapse = " + ") else NA_character_
  list_frame(list(
    id = said$claim$id, pct = said$claim$pct, relation = said$claim$relation, combined = names(said$at), count = said$count,
    base = said$base, exact = said$exact, holds = said$holds, combinations = said$search$tried, matches = length(found),
    match = if (length(found) > 0L) names(found[[1L]]) else NA_character_
  ))
}

# ---- percentages without counts --------------------------------------------------------------------------------------

# Percentages of a common base without counts: the questions without counts, and the claims that are not about a table, by
# `set`. Each a list(name, table, question, pct, digits, n, whole).
audit_sets <- function(rows, claims, questions) {
  bare <- Filter(function(q) length(q$known) == 0L, questions)
  of_tables <- lapply(unname(bare), function(q) {
    new_set(q$label, q$rows$pct, q$rows$digits, q$stated, table = q$rows$table[1L], question = q$label)
  })
  alone <- claims[is.na(claims$key) & claims$relation == "=", , drop = FALSE]
  set <- ifelse(is.na(alone$set), alone$id, alone$set)
  at <- split(seq_along(set), factor(set, unique(set)))
  of_claims <- Map(function(i, name) new_set(name, alone$pct[i], alone$digits[i], set_n(alone$n[i], name)), at, names(at))
  c(of_tables, unname(of_claims))
}

set_n <- function(n, name) {
  n <- unique(n[!is.na(n)])
  if (length(n) > 1L) abort("argument", "the claims of set \"", name, "\" have different `n`: ", listed(n))
  if (length(n) == 1L) n
}

new_set <- function(name, pct, digits, n, table = NA_character_, question = NA_character_) {
  digits <- max(digits)
  whole <- length(pct) > 1L && is_whole(pct, digits)
  # every percentage is possible from 100 respondents on, times ten for each decimal; all together from 200, with ties
  limit <- min(2 * 10^(digits + 2), 1e5)
  first <- function(whole) c(possible_n(pct, digits, whole, seq_len(limit)), NA_real_)[1L]
  list(name = name, table = table, question = question, pct = pct, digits = digits, n = n, whole = whole, n.min = first(FALSE),
       n.min.whole = if (whole) first(TRUE) else NA_real_,
       possible = if (is.null(n)) NA else n > 0 && length(possible_n(pct, digits, FALSE, n)) > 0L)
}

set_rows <- function(sets) {
  bind_rows(lapply(sets, function(set) {
    list_frame(list(name = set$name, percentages = paste(format_pct(set$pct, set$digits), collapse = ", "),
                    n = if (is.null(set$n)) NA_real_ else set$n, possible = set$possible, n.min = set$n.min,
                    n.min.whole = set$n.min.whole))
  }))
}

format_pct <- function(pct, digits, mark = ".") formatC(pct, digits = digits, format = "f", decimal.mark = mark)

# ---- what was checked ------------------------------------------------------------------------------------------------

finding_kinds <- c("percentage", "rounding", "sum", "base", "claim", "possible")

count_checks <- function(questions, claimed, sets, findings, n) {
  counted <- Filter(function(q) !is.na(q$base), questions)
  count <- function(of, holds) sum(vapply(of, function(x) sum(holds(x)), 0))
  bases <- count(counted, function(q) 1 + (!is.null(q$counted) && !q$several && !(is.null(q$stated) && is.null(n))))
  checked <- c(
    percentage = count(counted, function(q) length(q$known)), rounding = length(counted),
    sum = count(questions, sums_up), base = bases + count(claimed, function(s) !is.na(s$claim$n) && !is.na(s$base)),
    claim = count(claimed, function(s) !is.na(s$holds)), possible = count(sets, function(s) !is.na(s$possible))
  )
  found <- vapply(finding_kinds, function(kind) sum(findings$kind == kind), 0)
  list_frame(list(kind = finding_kinds, checked = unname(checked[finding_kinds]), found = unname(found)))
}

# Are the percentages of a question those of all its answers, one for each respondent?
sums_up <- function(q) {
  if (q$several) return(FALSE)
  if (is.na(q$base)) length(q$known) == 0L && nrow(q$rows) > 1L else !is.null(q$counted) && q$base == q$counted
}
