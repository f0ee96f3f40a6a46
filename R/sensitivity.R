#' Sensitivity to the rule for strata with a single PSU
#'
#' A stratum with a single sampled PSU gives no information on its variance; the argument `lonely` of [weeg_design()]
#' chooses how to treat it. This shows how the choice affects standard errors, intervals and tests. Estimates do not
#' depend on it.
#'
#' @param data A [weeg_design()], [weeg_tally()], or a design of package survey or srvyr. Its own rule does not matter.
#' @param formula The formula of the table, as `verb` requires it.
#' @param verb The function that makes the table: [weeg_proportion()], [weeg_total()], [weeg_test()], [weeg_compare()] or
#'   another that returns a data frame for a design and a formula.
#' @param ... Arguments of `verb`, such as `interval = "wilson"`.
#' @return A data frame of class `weeg_sensitivity`: the result of `verb` with a column `lonely` in front, one row per
#'   estimate and rule, the rules of an estimate together. The rules are those of [weeg_design()], and `"adjust, domains"`
#'   and `"average, domains"` with `lonely_domain = TRUE`. Where a rule gives no variance, its columns are `NA` and
#'   `reason` says why: under `"fail"` it names the first stratum with one PSU.
#' @seealso [weeg_design()]
#' @examples
#' # one municipality is a stratum of its own
#' alone <- transform(openvoorwerk, stratum = paste(ronde, gemeente == gemeente[1]))
#' d <- weeg_design(alone, weights = ~gewicht, strata = ~stratum, cluster = ~gemeente)
#' weeg_sensitivity(d, strengths ~ ronde)
#' weeg_sensitivity(d, strengths ~ ronde, verb = weeg_test)
#' @export
weeg_sensitivity <- function(data, formula, verb = weeg_proportion, ...) {
  formula <- given_formula(formula)
  if (!is.function(verb)) abort("argument", "`verb` must be a function, such as weeg_proportion")
  x <- weeg_design(data)
  if (!is.null(x$replicates)) abort("unsupported", "replicate weights have no rule for single-PSU strata")
  if (is_two_phase(x$frame)) {
    abort("unsupported", "a design of two phases has no rule for single-PSU strata", hint = "See ?weeg_two_phase")
  }
  results <- lapply(lonely_variants(x$frame), function(variant) {
    x$frame$lonely <- variant$lonely
    x$frame$lonely_domain <- variant$domain
    tryCatch(verb(seal(x), formula, ...), weeg_error_lonely = identity, error = function(e) {
      if (inherits(e, "weeg_error") || identical(environment(verb), topenv())) stop(e)
      abort("argument", "cannot evaluate `verb`(design, formula): ", conditionMessage(e))
    })
  })
  whole <- results[[match("remove", names(results))]] # which always gives a result
  if (!is.data.frame(whole)) abort("unsupported", "`verb` must return a data frame, not a ", class(whole)[1L])
  tables <- Map(function(result, rule) sensitivity_rows(result, whole, rule), results, names(results))
  rows <- bind_frames(tables)
  rows <- rows[order(rep(seq_len(nrow(whole)), length(tables))), , drop = FALSE]
  rownames(rows) <- NULL
  rows$lonely <- factor(rows$lonely, levels = names(results))
  info <- c(info_of(whole), list(of = class(whole)[1L]))
  conventions <- attr(whole, "conventions")
  result <- new_result(rows, "weeg_sensitivity", info, conventions[names(conventions) != "lonely"])
  result[c("lonely", setdiff(names(result), "lonely"))]
}

# All rules, and then those that differ in domains.
lonely_variants <- function(frame) {
  variants <- function(rules, domain) lapply(rules, function(rule) list(lonely = rule, domain = domain))
  in_domains <- if (is.null(frame$pps)) c("adjust", "average")
  stats::setNames(c(variants(lonely_rules, FALSE), variants(in_domains, TRUE)),
                  c(lonely_rules, paste0(in_domains, ", domains", recycle0 = TRUE)))
}

# What depends on variances: NA where a rule gives none.
uncertain_columns <- c("std.error", "conf.low", "conf.high", "n.effective", "deff", "statistic", "num.df", "den.df", "p.value",
                       "p.adjusted", "deff.mean")

sensitivity_rows <- function(result, whole, rule) {
  rows <- result_rows(if (is.data.frame(result)) result else whole)
  if (is.null(rows[["reason"]])) rows$reason <- rep(NA_character_, nrow(rows))
  if (!is.data.frame(result)) {
    rows[intersect(uncertain_columns, names(rows))] <- NA_real_
    if (!is.null(whole[["df"]]) && !are_whole(whole$df)) rows$df <- NA_real_ # effective ones depend on variances, too
    rows$reason <- do.call(message_text, result$said) # without the hint
  }
  rows$lonely <- rep(rule, nrow(rows))
  rows
}

#' @rdname weeg_tidy
#' @export
glance.weeg_sensitivity <- function(x, ...) {
  info_of_all(x)
  rules <- unique(x$lonely)
  failed <- unique(x$lonely[!is.na(x$reason) & !reason_is(x$reason, cautions)])
  data.frame(estimates = nrow(x) / length(rules), rules = length(rules), failed = length(failed))
}

#' @rdname weeg_print
#' @export
format.weeg_sensitivity <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  rows <- result_rows(x)
  notes <- footnotes(rows$reason, width)
  keys <- as.list(rows[intersect(c("outcome", "level", "measure", "group1", "group2"), names(rows))])
  keys <- c(as.list(rows$groups), keys[vapply(keys, function(key) length(unique(key)) > 1L, NA)])
  again <- duplicated(cumsum(rows$lonely == rows$lonely[1L]))
  rule <- paste(rows$lonely, pad_right(notes$marks))
  columns <- c(
    unname(Map(function(name, key) table_column(name, blank_rows(key, again), left = TRUE), names(keys), keys)),
    list(table_column("lonely", rule, left = TRUE)), sensitivity_columns(rows, info, percent_digits(digits))
  )
  c(
    title_lines(info, info$outcomes, width, "Rules for single-PSU strata: "), source_lines(info, width), "",
    table_lines(columns, width, keys = length(keys) + 1L), notes$lines, "", convention_lines(x, width)
  )
}

# An estimate's labels stand in the first of its rows.
blank_rows <- function(key, again) {
  text <- as.character(key)
  text[is.na(text)] <- "-"
  text[again] <- ""
  text
}

sensitivity_columns <- function(rows, info, digits) {
  number <- switch(info$of, weeg_proportion = function(x) format_percent(x, digits), weeg_total = format_weighted,
                   format_significant)
  column <- function(name, header, format) if (!is.null(rows[[name]])) table_column(header, format(rows[[name]]))
  between <- if (info$of == "weeg_proportion") utf8("\u2013", "-") else " to "
  interval <- if (!is.null(rows[["conf.low"]])) {
    table_column(format_level(info$level), format_interval(rows$conf.low, rows$conf.high, number, between))
  }
  Filter(Negate(is.null), list(
    column("estimate", if (info$of == "weeg_proportion") "%" else "estimate", number), column("std.error", "SE", number),
    interval, column("statistic", "statistic", format_significant), column("p.value", "p", format_p),
    column("df", "df", format_df)
  ))
}
