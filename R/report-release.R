# The national report as one release. It is made twice: first its sections ask for their figures, which are then protected
# together; then they are given what is shown. So no figure of the report is outside the release.

# r, with the figures of all sections that may be shown; threshold: the threshold of weeg_protect(), or NULL for all figures.
# `areas`: what municipal reports show of areas, see area_results(), or NULL.
national_base <- function(study, language, date = Sys.Date(), threshold = NULL) {
  if (!is.null(threshold)) threshold <- check_whole(threshold, "threshold", 2, 1e6)
  r <- new_report(study, language, date)
  if (is.null(threshold)) return(r)
  need_package("lpSolve", "to suppress small counts; or use threshold = NULL")
  r$threshold <- threshold
  r$release <- new.env()
  for (section in national_sections) report_section(r, section)
  told_nationally(r)
  made <- as.list(r$release, sorted = TRUE)
  errors <- vapply(made, inherits, NA, "condition")
  found <- protect_by_detail(r, made[!errors])
  counted <- c(stats::setNames(lapply(found$release$all, `[[`, "x"), names(found$release$results)), found$left.out, made[errors])
  r$release <- list2env(counted)
  r$protected <- TRUE
  areas <- hidden_areas(r, study)
  shown <- precise_reports(found$release, areas)
  r$release <- list2env(c(shown$nation, found$left.out, made[errors]))
  r$areas <- shown$areas
  r
}

# The results of the national report, and those of areas (NULL: there are none), that tell no more together than the counts that
# one of both shows.
#
# How many respondents an area has is taken to be known, so that of a count in one of fewer than the threshold nothing can be
# shown; where there is such an area, no standard errors of areas are shown at all (`silent`).
precise_reports <- function(nation, areas) {
  if (is.null(areas)) return(list(nation = precise_release(nation)))
  small <- isTRUE(attr(areas$hidden, "groups"))
  areas$hidden <- sized_patterns(areas)
  country <- utils::tail(seq_along(areas$all), length(areas$results$national))
  areas$silent <- if (small) setdiff(seq_along(areas$all), country)
  areas <- with_told_country(areas, nation, country)
  areas$country <- country
  keeper <- release_keeper(areas)
  limits <- Filter(Negate(is.null), attr(keeper, "limits"))
  items <- match(names(limits), areas$items)
  names(limits)[!is.na(items)] <- names(areas$items)[items[!is.na(items)]]
  nation$limits <- lapply(limits, c, list(few = areas$count < many_areas))
  list(nation = precise_release(nation), areas = precise_release(areas, keeper))
}

# Where only the release of areas hides how many in the country gave the answers of the focus, municipal reports show nothing of a
# question, and the national report shows that: of areas all is hidden, of the country nothing.
with_told_country <- function(areas, nation, country) {
  for (i in country) {
    table <- areas$all[[i]]$tables[[1L]]
    total <- table$patterns$n$name
    item <- names(areas$items)[match(table$outcome, areas$items)]
    name <- if (is.na(item)) total else count_pattern(stats::setNames(list("TRUE"), item), 0, item)$name
    shown <- nation$hidden[[name]]
    if (!any(areas$hidden[[total]]$hidden) || is.null(shown) || any(shown$hidden)) next
    mine <- vapply(areas$hidden, function(p) p$outcome == table$outcome && !p$base, NA)
    areas$hidden[mine] <- lapply(areas$hidden[mine], function(p) replace(p, "hidden", list(rep(p$name != total, length(p$n)))))
    attr(areas$hidden, "again")[[table$outcome]] <- NULL
    at <- which(vapply(areas$all, function(one) one$tables[[1L]]$outcome == table$outcome, NA))
    made <- unlist(unname(areas$results), FALSE)
    areas$all[at] <- lapply(at, function(j) {
      one <- areas$all[[j]]
      replace(one, "x", list(hide_result(made[[j]], one$tables, if (j == i) areas$hidden, areas$threshold)))
    })
  }
  areas
}

# The patterns of areas with their bases as if they were shown, and without the counts of small ones.
sized_patterns <- function(areas) {
  patterns <- areas$hidden
  if (!isTRUE(attr(patterns, "groups"))) return(patterns)
  tables <- unlist(lapply(areas$all, `[[`, "tables"), FALSE)
  pairs <- c(lapply(tables, `[[`, "patterns"), lapply(tables, unnamed_patterns, areas$tally_of))
  few <- lapply(Filter(Negate(is.null), pairs), function(p) {
    list(name = p$n$name, keys = p$n$keys[p$base$n < areas$threshold])
  })
  lapply(patterns, function(p) {
    if (p$base) return(replace(p, "hidden", list(rep(FALSE, length(p$n)))))
    kept <- !p$keys %in% unlist(lapply(few, function(f) if (f$name == p$name) f$keys))
    replace(p, c("keys", "n", "hidden", "small"), lapply(p[c("keys", "n", "hidden", "small")], `[`, kept))
  })
}

# A finer table never costs a coarser one. Where small counts in a table by groups would take figures out of a table of the same
# question with fewer groups that has no small counts itself, the finer table is left out as a whole, and is not in the release.
# list(release: see hidden_release(), left.out: these tables, with nothing in them).
protect_by_detail <- function(r, made) {
  merged <- merged_in_report(r)
  detail <- vapply(made, function(x) length(c(attr(x, "info")$groups, attr(x, "info")$given)), 0L)
  question <- lapply(made, result_questions, merged)
  kept <- rep(TRUE, length(made))
  before <- NULL
  for (level in max(detail):0) {
    if (!identical(kept, before)) found <- hidden_release(r$design, made[kept], r$threshold, merged)
    before <- kept
    small <- hidden <- rep(FALSE, length(made))
    small[kept] <- unlist(found$small())
    hidden[kept] <- vapply(found$all, function(one) any(is_left_out(as.data.frame(one$x))), NA)
    # the last round protects what is left
    hurt <- unique(unlist(question[kept & hidden & !small & detail < level]))
    drop <- kept & small & detail == level & vapply(question, function(q) any(q %in% hurt), NA)
    if (level > 0L) kept[kept] <- !drop[kept]
  }
  tally_of <- tally_keeper(r$design)
  list(release = found, left.out = lapply(made[!kept], function(x) hide_result(x, result_tables(x, tally_of), NULL, r$threshold)))
}

# What a result is about: questions, each with the columns made of it; items are one.
result_questions <- function(x, merged) {
  if (inherits(x, "weeg_multiple")) return(item_mark)
  outcomes <- attr(x, "info")$outcomes
  unique(ifelse(outcomes %in% names(merged), vapply(outcomes, function(o) c(merged[[o]]$of, o)[1L], ""), outcomes))
}

# Of which questions and items the country's figure is shown; see municipal_release().
told_nationally <- function(r) {
  if (is.null(first_having(r, "area"))) return(NULL)
  names <- main_questions(r)
  items <- municipal_items(r)
  c(names[vapply(names, function(name) !is_left_out(focus_shares(r, name)), NA)],
    unlist(lapply(split(items$name, items$question), function(x) x[!is_left_out(figures(r, "weeg_multiple", formula_of(x)))])))
}

# weeg_section() is called section by section: the release of the last study is kept.
kept_release <- new.env()

kept_base <- function(study, language, threshold) {
  wanted <- list(study, language, if (is.numeric(threshold)) as.double(threshold) else threshold)
  if (!identical(kept_release$wanted, wanted)) {
    kept_release$r <- national_base(study, language, threshold = threshold)
    kept_release$wanted <- wanted
    kept_release$blocks <- NULL
  }
  kept_release$r
}

# A figure: the result of a verb, as internal rows; of weeg_multiple() with `tests`, its tests.
figures <- function(r, verb, formula, ..., design = r$design, tests = FALSE) {
  make <- function() {
    x <- do.call(verb, list(design, formula, ...))
    if (!tests) return(x)
    attr(x, "info")$items$tests.only <- TRUE
    seal_result(x)
  }
  x <- if (is.null(r$release)) make() else released_figure(r, paste(deparse(list(verb, formula, ...)), collapse = ""), make)
  if (tests) return(weeg_item_tests(x))
  rows <- judged_by(result_rows(x), r$study$reliability)
  # a sign that a figure is too uncertain to rely on says all
  rows$reason[rows$reliability %in% "suppress" & reason_is(rows$reason, cautions)] <- NA
  rows
}

# What a verb refuses is kept, too.
released_figure <- function(r, key, make) {
  if (is.null(r$release[[key]])) {
    if (isTRUE(r$protected)) stop("report: a figure outside the release: ", key)
    r$release[[key]] <- tryCatch(make(), weeg_error = identity)
  }
  x <- r$release[[key]]
  if (inherits(x, "condition")) stop(x)
  x
}

# The columns of focus, need, and those made of need are answers taken together.
merged_in_report <- function(r) {
  found <- lapply(asked_variables(r), function(name) {
    levels <- variable_levels(r, name)
    of <- function(to) list(of = name, levels = levels, to = to)
    focus <- stats::setNames(list(of(as.character(levels %in% focus_levels(r, name)))), focus_name(name))
    if (!name %in% need_variables(r)) return(focus)
    need <- vapply(level_means(r, name), function(m) c(intersect(need_meanings, m), NA)[1L], "")
    covered <- ifelse(need %in% c("met", "unmet"), need == "met", NA)
    c(focus, stats::setNames(list(of(need), of(as.character(need == "unmet")), of(as.character(covered))),
                             c(need_name(name), unmet_name(name), covered_name(name))))
  })
  unlist(found, recursive = FALSE)
}

# ---- words where something is left out -------------------------------------------------------------------------------

is_left_out <- function(x) reason_is(x$reason, "protected")

# Under a table, about dashes and signs of care.
left_out_note <- function(r, ...) {
  reasons <- unlist(list(...))
  c(if (any(reason_is(reasons, "protected"))) say(r, "protect.note"),
    if (any(reason_is(reasons, "no-variance"))) say(r, "dash.note"), caution_note(r, reasons))
}

# What the sign of care_sign() means, of the reasons that there are.
caution_note <- function(r, reasons) {
  found <- cautions[cautions %in% reason_codes(reasons)]
  if (length(found) == 0L) return(NULL)
  area <- first_having(r, "area")
  if (!is.null(area) && area %in% with_role(r$study, "cluster")) found[found == "one-psu"] <- "one-area"
  say(r, "caution.note", reasons = list_text(r, vapply(paste0("caution.", found), function(key) say(r, key), ""), "or"))
}

# In the text.
left_out_words <- function(r, x) if (any(is_left_out(x))) say(r, "protect.text")

protect_words <- function(r) {
  if (is.null(r$threshold)) say(r, "municipal.read.small") else say(r, "municipal.read.protected", threshold = r$threshold)
}

area_sizes <- function(r, area) table(as.character(r$study$data[[area]]))

# Numbers of people in areas are shown if none of them is small: beside the number in the country, those of the others
# would reveal it.
tells_sizes <- function(r, sizes) is.null(r$threshold) || min(sizes) >= r$threshold

# A number of people that no figure reveals.
people_words <- function(r, n) {
  small <- !is.null(r$threshold) & n > 0 & n < c(r$threshold, 0)[1L]
  ifelse(small, say(r, "municipal.read.fewer", threshold = c(r$threshold, 0)[1L]), count_words(r, n))
}
