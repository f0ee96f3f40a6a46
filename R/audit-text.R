# What an audit says: findings as sentences in English and Dutch, and print().

# Templates of sprintf(); arguments are texts.%% is a percent sign.
audit_texts <- list(
  en = list(
    table = "Table %s, %s",
    percentage = "%s, %s: %s%% printed, but %s of %s is %s%%, so %s%%%s.",
    truncation = "; cutting off gives %s", up = "; rounding up gives %s", none = "; no way of rounding gives %s",
    other_base = "; of %s it would be right",
    rounding_truncation = "%s: the percentages were cut off, not rounded: %s of %s would be higher.",
    rounding_up = "%s: the percentages were rounded up, not to the nearest: %s of %s would be lower.",
    forced = "%s: rounded percentages of %s add up to %s, the printed ones to %s: %s.", changed = "%s (%s printed for %s)",
    odd_sum = "%s: the printed percentages add up to %s; rounding of %s answers gives %s to %s.",
    fewer = "%s: the counts add up to %s, %s fewer than the stated %s (%s%%).",
    more = "%s: the counts add up to %s, %s more than the stated %s (%s%%).",
    bases_differ = "The bases of the questions differ: from %s (%s) to %s (%s).",
    base_all = "%s: %s of %s percentages follow from a base of %s; a base of %s gives all.",
    base_most = "%s: %s of %s percentages follow from a base of %s; a base of %s gives most, %s; none gives all.",
    base_own = "%s: %s of %s percentages follow from a base of %s; no other base gives more.",
    range = "%s to %s", with_n = "%s (the stated %s among them)",
    claim = "%s: %s%% claimed, but %s of %s is %s%%%s.", so = ", so %s%%",
    claim_more = "%s: more than %s%% claimed, but %s of %s is %s%%%s.",
    claim_less = "%s: less than %s%% claimed, but %s of %s is %s%%%s.",
    claim_about = "%s: about %s%% claimed, but %s of %s is %s%%%s.",
    claim_largest = "%s: said to be the most frequent answer, but %s of %s is %s%%%s.",
    higher = "; \"%s\" has %s", printed_sum = "; the printed percentages add up to %s", no_combination =
      "; no other combination of answers gives it",
    claim_none = "%s: %s%% claimed, but no combination of the answers of %s gives it (%s tried).",
    claim_base = "%s: said to be of %s respondents, but its table has a base of %s.",
    possible = "%s: no whole number out of %s gives %s%%.", possible_set = "%s: no whole numbers out of %s give %s%%.",
    title = "Audit of published figures", n = "stated n: %s", tables = "questions: %s, with %s percentages",
    claims = "claims: %s", ci = "%s%% CI",
    checked = "checked", found = "found", findings = "Findings", no_findings = "Nothing found.",
    differences = "Differences in percentage points",
    difference = "%s (%s) against %s (%s): %s, %s %s to %s, %s.", difference_none = "%s (%s) against %s (%s): %s.",
    of_n = "%s%% of %s", of_exact = "%s%%, taken as exact", n_needed = " It would be found from %s respondents on behind %s.",
    n_one = "the other", n_both = "each", n_never = " No number of respondents up to 100 000 would show it.",
    srs = paste("Intervals are those of a simple random sample: the design effect of published figures is not known without",
                "the microdata, and the intervals are too narrow if it is above 1. State it with `deff`."),
    deff = "Intervals are Wilson's with a stated design effect of %s.",
    kinds = c(percentage = "percentages that follow from their counts", rounding = "questions rounded to the nearest",
              sum = "percentages that add up as rounding would", base = "bases", claim = "claims about a table",
              possible = "percentages possible with their n")
  ),
  nl = list(
    table = "Tabel %s, %s",
    percentage = "%s, %s: er staat %s%%, maar %s van %s is %s%%, dus %s%%%s.",
    truncation = "; afkappen geeft %s", up = "; naar boven afronden geeft %s", none = "; geen manier van afronden geeft %s",
    other_base = "; van %s zou het kloppen",
    rounding_truncation = "%s: de percentages zijn afgekapt in plaats van afgerond: %s van de %s zouden hoger zijn.",
    rounding_up = "%s: de percentages zijn allemaal naar boven afgerond: %s van de %s zouden lager zijn.",
    forced = "%s: de afgeronde percentages van %s tellen op tot %s, de gedrukte tot %s: %s.",
    changed = "%s (er staat %s voor %s)",
    odd_sum = "%s: de percentages tellen op tot %s; door %s antwoorden af te ronden kan dat %s tot %s zijn.",
    fewer = "%s: de aantallen tellen op tot %s, %s minder dan de genoemde %s (%s%%).",
    more = "%s: de aantallen tellen op tot %s, %s meer dan de genoemde %s (%s%%).",
    bases_differ = "Niet alle vragen gaan over evenveel mensen: van %s (%s) tot %s (%s).",
    base_all = "%s: %s van de %s percentages kloppen met een totaal van %s; met een totaal van %s kloppen ze allemaal.",
    base_most = paste("%s: %s van de %s percentages kloppen met een totaal van %s; met een totaal van %s kloppen er meer,",
                      "namelijk %s; met geen enkel totaal kloppen ze allemaal."),
    base_own = "%s: %s van de %s percentages kloppen met een totaal van %s; met een ander totaal kloppen er niet meer.",
    range = "%s tot en met %s", with_n = "%s (ook de genoemde %s)",
    claim = "%s: er staat %s%%, maar %s van %s is %s%%%s.", so = ", dus %s%%",
    claim_more = "%s: er staat meer dan %s%%, maar %s van %s is %s%%%s.",
    claim_less = "%s: er staat minder dan %s%%, maar %s van %s is %s%%%s.",
    claim_about = "%s: er staat ongeveer %s%%, maar %s van %s is %s%%%s.",
    claim_largest = "%s: dit zou het meest gegeven antwoord zijn, maar %s van %s is %s%%%s.",
    higher = "; \"%s\" heeft er %s", printed_sum = "; de gedrukte percentages tellen op tot %s", no_combination =
      "; geen andere combinatie van antwoorden geeft dit",
    claim_none = "%s: er staat %s%%, maar geen combinatie van antwoorden op %s geeft dat (%s geprobeerd).",
    claim_base = "%s: dit zou over %s mensen gaan, maar in de tabel zijn het er %s.",
    possible = "%s: geen enkel aantal van de %s is %s%%.", possible_set = "%s: geen aantallen van de %s zijn %s%%.",
    title = "Controle van gepubliceerde cijfers", n = "genoemd aantal: %s", tables = "vragen: %s, met %s percentages",
    claims = "uitspraken: %s", ci = "%s%%-betrouwbaarheidsinterval", checked = "bekeken", found = "gevonden",
    findings = "Gevonden", no_findings = "Niets gevonden.",
    differences = "Verschillen in procentpunten",
    difference = "%s (%s) tegenover %s (%s): %s, %s %s tot %s, %s.", difference_none = "%s (%s) tegenover %s (%s): %s.",
    of_n = "%s%% van %s", of_exact = "%s%%, gezien als exact", n_needed = " Het is aan te tonen vanaf %s mensen achter %s.",
    n_one = "het andere cijfer", n_both = "elk cijfer", n_never = " Met 100 000 mensen is het nog niet aan te tonen.",
    srs = paste("De intervallen zijn die van een gewone aselecte steekproef: zonder de gegevens zelf is het ontwerpeffect niet",
                "bekend. Is dat groter dan 1, dan zijn de intervallen te smal. Geef het op met `deff`."),
    deff = "De intervallen zijn die van Wilson, met een opgegeven ontwerpeffect van %s.",
    kinds = c(percentage = "percentages die uit de aantallen volgen", rounding = "vragen met gewone afronding",
              sum = "optellingen van percentages", base = "totalen", claim = "uitspraken over een tabel",
              possible = "percentages die bij hun aantal kunnen")
  )
)

# How to say things in a language: say(template, ...), number(x, digits), count(x).
audit_speaker <- function(language) {
  texts <- audit_texts[[language]]
  mark <- if (language == "nl") "," else "."
  list(
    texts = texts,
    say = function(key, ...) do.call(sprintf, c(list(texts[[key]]), lapply(list(...), as.character))),
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
    text <- speak$say(paste0("rounding_", q$one.rule), question_name(q, speak), sum(!q$follows), length(q$follows))
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
  tail <- c(if (length(by) > 0L) speak$say(by[1L], printed), if (of_n) speak$say("other_base", speak$count(n)),
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
    return(if (sum(!q$follows) > 1L) found("base", speak$say("base_own", name, sum(q$follows), total, own)))
  }
  range <- speak$count(q$bases$low)
  if (q$bases$high > q$bases$low && is.finite(q$bases$high)) range <- speak$say("range", range, speak$count(q$bases$high))
  if (!is.null(n) && n >= q$bases$low && n <= q$bases$high) range <- speak$say("with_n", range, speak$count(n))
  all_of_them <- q$bases$all && all(q$rows$n[q$known] > 0)
  found("base", if (all_of_them) speak$say("base_all", name, sum(q$follows), total, own, range)
        else speak$say("base_most", name, sum(q$follows), total, own, range, q$bases$follow))
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
  slack <- nrow(q$rows) / 2 / 10^q$rows$digits[1L]
  if (!sums_up(q) || abs(sum(q$rows$pct) - 100) <= slack + 1e-7) return(NULL)
  digits <- q$rows$digits[1L]
  # the sum has no more decimals than its terms
  reach <- floor(slack * 10^digits) / 10^digits
  found("sum", speak$say("odd_sum", question_name(q, speak), speak$number(sum(q$rows$pct), digits), nrow(q$rows),
                         speak$number(100 - reach, digits), speak$number(100 + reach, digits)))
}

# Where no n is stated: bases that differ between questions.
bases_finding <- function(questions, speak) {
  counted <- Filter(function(q) !is.na(q$base), questions)
  bases <- vapply(counted, `[[`, 0, "base")
  if (length(unique(bases)) < 2L) return(NULL)
  ends <- counted[c(which.min(bases), which.max(bases))]
  new_finding("base", text = speak$say("bases_differ", speak$count(ends[[1L]]$base), question_name(ends[[1L]], speak),
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
    found("base", NA_real_, speak$say("claim_base", claim$id, speak$count(claim$n), speak$count(said$base)))
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
    return(speak$say("claim_none", claim$id, printed, question_name(said$question, speak), speak$count(said$search$tried)))
  }
  counts <- speak$count(rows$n[said$at])
  sum <- if (length(counts) > 1L) paste(paste(counts, collapse = " + "), "=", speak$count(said$count)) else counts
  key <- switch(claim$relation, "=" = "claim", ">" = "claim_more", "<" = "claim_less", about = "claim_about",
                largest = "claim_largest")
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
    if (length(said$at) > 1L) speak$say("printed_sum", speak$number(sum(rows$pct[said$at]), claim$digits)),
    if (said$search$tried > 0L && length(said$search$found) == 0L) speak$say("no_combination"))
}

set_finding <- function(set, speak) {
  if (!isFALSE(set$possible)) return(NULL)
  name <- if (is.na(set$table)) set$name else speak$say("table", set$table, set$name)
  text <- speak$say(if (length(set$pct) > 1L) "possible_set" else "possible", name, speak$count(set$n),
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
    speak$say("no_findings")
  } else {
    c(speak$say("findings"), unlist(Map(hang, numbers, x$findings$text, width), use.names = FALSE))
  }
  about <- if (is.null(info$deff)) speak$say("srs") else speak$say("deff", speak$number(info$deff, decimals(info$deff)))
  c(speak$say("title"), audit_source(x, info, speak), "", table_lines(check_columns(x$checks, speak), width), "", findings,
    difference_lines(x$differences, info, speak, percent_digits(digits), width), "", wrap(about, width, 0L))
}

audit_source <- function(x, info, speak) {
  join(if (nrow(x$questions) > 0L) speak$say("tables", nrow(x$questions), sum(x$questions$answers)),
       if (nrow(x$claims) > 0L) speak$say("claims", nrow(x$claims)), if (!is.null(info$n)) speak$say("n", speak$count(info$n)))
}

check_columns <- function(checks, speak) {
  checks <- checks[checks$checked > 0, ]
  list(table_column("", unname(speak$texts$kinds[checks$kind]), left = TRUE),
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
    if (is.na(n)) speak$say("of_exact", points(p)) else speak$say("of_n", points(p), speak$count(n))
  }
  first <- figure(row$estimate1, row$n1)
  second <- figure(row$estimate2, row$n2)
  text <- if (!is.na(row$reason)) {
    speak$say("difference_none", row$figure1, first, row$figure2, second, points(row$estimate))
  } else {
    p <- sub("[.,]", if (info$language == "nl") "," else ".", p_text(row$p.value))
    ci <- speak$say("ci", speak$number(100 * info$level, decimals(100 * info$level)))
    speak$say("difference", row$figure1, first, row$figure2, second, points(row$estimate), ci, points(row$conf.low),
              points(row$conf.high), p)
  }
  if (!anyNA(c(row$n1, row$n2))) return(text)
  if (is.na(row$n.needed)) return(paste0(text, speak$say("n_never")))
  behind <- speak$say(if (is.na(row$n1) && is.na(row$n2)) "n_both" else "n_one")
  paste0(text, speak$say("n_needed", speak$count(row$n.needed), behind))
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
