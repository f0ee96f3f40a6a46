# Sections of the national report, continued: rounds, needs, multiple response, adjustment, other studies, methods.

# The rounds that are compared, in their order; NULL where there are fewer than two.
compared_rounds <- function(r) {
  round <- first_having(r, "round")
  if (is.null(round)) return(NULL)
  levels <- variable_levels(r, round)
  levels <- levels[levels %in% r$study$data[[round]]]
  if (length(levels) > 1L) levels
}

# Outcomes and needs.
round_questions <- function(r) setdiff(unique(c(outcomes_of(r), need_variables(r))), having(r, "round"))

# Each round against the one before, and of more than two the last against the first; p-values adjusted over all of them.
round_differences <- function(r) {
  levels <- compared_rounds(r)
  names <- round_questions(r)
  if (is.null(levels) || length(names) == 0L) return(NULL)
  pairs <- unname(Map(c, levels[-1L], levels[-length(levels)]))
  if (length(levels) > 2L) pairs <- c(pairs, list(c(levels[length(levels)], levels[1L])))
  x <- bind_frames(Filter(Negate(is.null), lapply(names, function(name) {
    tryCatch(focus_differences(r, name, first_having(r, "round"), pairs = pairs), weeg_error_argument = function(e) NULL)
  })))
  if (!is.null(x)) x$p.adjusted <- stats::p.adjust(x$p.value, "holm")
  x
}

# Whether the rounds differ in the whole question: the test of all answers and rounds (p.value) and, of more than two rounds, the
# trend (p.trend), of all answers where they have an order, else of the focus. Both are adjusted over the questions.
round_tests <- function(r) {
  levels <- compared_rounds(r)
  names <- round_questions(r)
  if (is.null(levels) || length(names) == 0L) return(NULL)
  round <- first_having(r, "round")
  rows <- do.call(rbind, lapply(names, function(name) {
    whole <- figures(r, "weeg_test", formula_of(name, round))
    ordered <- is.ordered(r$study$data[[name]])
    trend <- if (length(levels) > 2L) {
      figures(r, "weeg_test", formula_of(if (ordered) name else focus_name(name), round), method = "trend")
    }
    data.frame(variable = name, ordered = ordered, p.value = whole$p.value, reason = whole$reason,
               p.trend = if (is.null(trend)) NA_real_ else trend$p.value,
               slope = trend_slope(figures(r, "weeg_proportion", formula_of(if (ordered) name else focus_name(name), round))))
  }))
  rows$p.value <- stats::p.adjust(rows$p.value, "holm")
  rows$p.trend <- stats::p.adjust(rows$p.trend, "holm")
  rows
}

section_rounds <- function(r) {
  x <- round_differences(r)
  if (is.null(x)) return(list())
  tests <- round_tests(r)
  c(
    heading(2L, say(r, "rounds.heading"), "rounds"),
    para(say(r, "rounds.text")),
    bullets(unlist(lapply(tests$variable, function(name) {
      mine <- x[x$variable == name & !is.na(x$p.adjusted), ]
      paste(c(round_test_words(r, tests[tests$variable == name, ], mine),
              unlist(lapply(seq_len(nrow(mine)), function(i) round_words(r, mine[i, ])))), collapse = " ")
    }))),
    round_figure(r, x),
    pair_table(r, x, c(say(r, "shown.note"), holm_note(r, sum(!is.na(x$p.adjusted))), round_test_notes(r, tests),
                        left_out_note(r, x$reason, tests$reason))),
    round_groups(r, x)
  )
}

# What the tests of a question show, before its pairs of rounds (x). Where pairs and the test of all do not agree, it is said.
round_test_words <- function(r, test, x) {
  pairs <- any(shown(x$p.adjusted))
  whole <- if (reason_is(test$reason, "protected")) {
    "rounds.test.hidden"
  } else if (is.na(test$p.value)) {
    "rounds.test.na"
  } else if (shown(test$p.value)) {
    if (pairs || shown(test$p.trend)) "rounds.test.shown" else "rounds.test.only"
  } else {
    if (pairs || shown(test$p.trend)) "rounds.test.part" else "rounds.test.none"
  }
  paste(c(say(r, whole, question = question_line(r, test$variable), answers = focus_text(r, test$variable)),
          trend_words(r, test)), collapse = " ")
}

trend_words <- function(r, test) {
  if (is.na(test$p.trend)) return(NULL)
  if (!shown(test$p.trend)) return(say(r, "rounds.trend.none"))
  up <- test$slope > 0
  if (!test$ordered) return(say(r, if (up) "rounds.trend.up" else "rounds.trend.down", answers = focus_text(r, test$variable)))
  levels <- variable_levels(r, test$variable)
  say(r, "rounds.trend.towards", answer = quoted(if (up) levels[length(levels)] else levels[1L]))
}

# With the sign of the trend that is tested: the covariance of answer and round, both numbered, in the weighted table.
trend_slope <- function(p) {
  p <- p[!is.na(p$n.weighted), ]
  u <- as.integer(as.factor(p$level))
  v <- as.integer(p$groups[[1L]])
  mean_of <- function(x) sum(p$n.weighted * x) / sum(p$n.weighted)
  mean_of((u - mean_of(u)) * (v - mean_of(v)))
}

round_test_notes <- function(r, tests) {
  told <- function(key, p) {
    known <- !is.na(p)
    if (!any(known)) return(NULL)
    say(r, key, test = test_name(r),
        tests = paste0(question_text(r, tests$variable[known]), " p ", p_words(r, p[known]), collapse = "; "))
  }
  c(told("rounds.test.note", tests$p.value), told("rounds.trend.note", tests$p.trend),
    if (sum(!is.na(tests$p.value)) > 1L) say(r, "rounds.test.holm", count = sum(!is.na(tests$p.value))))
}

round_words <- function(r, x) {
  p <- percent_pair(r, x$estimate1, x$estimate2)
  values <- list(answers = focus_text(r, x$variable), group1 = x$group1, group2 = x$group2, p1 = p[1L], p2 = p[2L])
  if (shown(x$p.adjusted)) {
    key <- if (x$estimate > 0) "rounds.up" else "rounds.down"
    return(do.call(say, c(list(r, key), values, list(margin = distance_range(r, x)))))
  }
  do.call(say, c(list(r, "rounds.none"), values, list(open = open_words(r, x))))
}

round_label <- function(r, names) {
  vapply(names, function(name) paste0(question_text(r, name), " ", focus_text(r, name)), "", USE.NAMES = FALSE)
}

# A row per question; with more than two rounds, one per pair of rounds under each question.
pair_table <- function(r, x, note) {
  rounds <- unique(c(x$group2, x$group1))
  several <- length(rounds) > 2L
  cells <- cbind(if (several) say(r, "groups.pair", group1 = x$group1, group2 = x$group2) else round_label(r, x$variable),
                 number_text(r, 100 * x$estimate2, 1L), number_text(r, 100 * x$estimate1, 1L),
                 points_cell(r, x), points_range(r, x$conf.low, x$conf.high, 1L), p_cell(r, x$p.adjusted))
  header <- c(if (several) say(r, "col.pair") else say(r, "col.question"),
              if (several) c(say(r, "col.earlier"), say(r, "col.later")) else rounds,
              say(r, "col.difference"), say(r, "col.margin.points"), say(r, "col.p"))
  band <- rep(FALSE, nrow(cells))
  if (several) {
    each <- split(seq_len(nrow(x)), factor(x$variable, unique(x$variable)))
    band <- unlist(lapply(each, function(i) c(TRUE, rep(FALSE, length(i)))), use.names = FALSE)
    cells <- do.call(rbind, unname(Map(function(name, i) {
      rbind(c(round_label(r, name), rep("", ncol(cells) - 1L)), cells[i, , drop = FALSE])
    }, names(each), each)))
  }
  grid_block(say(r, "rounds.caption"), header, lapply(seq_len(ncol(cells)), function(i) cells[, i]), note, band)
}

round_figure <- function(r, x) {
  names <- unique(x$variable)
  round <- first_having(r, "round")
  p <- bind_frames(lapply(names, function(name) focus_shares(r, name, round)))
  p$label <- vapply(p$variable, function(v) round_label(r, v), "")
  p$series <- p$groups[[1L]]
  p <- p[!is.na(p$estimate), ]
  if (nrow(p) == 0L) return(list())
  said <- p
  list <- paste0(said$label, ", ", said$series, ": ", percent_text(r, said$estimate), collapse = "; ")
  figure(svg_dots(r, p), signed_caption(r, say(r, "rounds.figure"), p$reliability), say(r, "rounds.alt", list = list))
}

# The last round against the first within each level of the first group, for each outcome.
round_groups <- function(r, x) {
  group <- first_having(r, "group")
  round <- first_having(r, "round")
  names <- outcomes_by(r, group)
  if (is.null(group) || length(names) == 0L) return(list())
  rounds <- compared_rounds(r)[c(length(compared_rounds(r)), 1L)]
  levels <- variable_levels(r, group)
  found <- do.call(rbind, lapply(names, function(name) {
    do.call(rbind, lapply(levels, function(level) {
      pair <- list(paste(level, rounds, sep = ", "))
      row <- tryCatch(focus_differences(r, name, c(group, round), pairs = pair), weeg_error = function(e) NULL)
      if (is.null(row)) return(NULL)
      cbind(row[c("variable", "estimate", "conf.low", "conf.high", "p.value", "reason")], level = level)
    }))
  }))
  if (is.null(found)) return(list())
  found$p.adjusted <- stats::p.adjust(found$p.value, "holm")
  differ <- found[shown(found$p.adjusted), ]
  count <- sum(!is.na(found$p.adjusted))
  said <- if (nrow(differ) == 0L) {
    if (count > 0L) say_some(r, "rounds.groups.none", count, count = count, group1 = rounds[1L], group2 = rounds[2L])
  } else {
    say_some(r, "rounds.groups.some", count, count = count, group1 = rounds[1L], group2 = rounds[2L],
        list = paste0(differ$level, ": ", vapply(differ$variable, function(v) round_label(r, v), ""), collapse = "; "))
  }
  cells <- lapply(names, function(name) {
    rows <- found[found$variable == name, ]
    rows <- rows[match(levels, rows$level), ]
    difference_cell(r, rows)
  })
  c(heading(3L, say(r, "rounds.groups.heading")),
    para(say(r, "rounds.groups.text", group1 = rounds[1L], group2 = rounds[2L]), said),
    grid_block(say(r, "rounds.groups.caption", group1 = rounds[1L], group2 = rounds[2L]),
               c(question_text(r, group), vapply(names, function(name) round_label(r, name), "")), c(list(levels), cells),
               left_out_note(r, found$reason)))
}

# ---- needs -----------------------------------------------------------------------------------------------------------

# Met, not needed, unmet, none.
need_colours <- c("#1d5c96", "#8cc3dd", "#d9782d", "#d5dbe1")

section_needs <- function(r) {
  names <- need_variables(r)
  if (length(names) == 0L) return(list())
  tables <- lapply(names, function(name) figures(r, "weeg_proportion", formula_of(need_name(name))))
  answers <- vapply(need_meanings, function(m) say(r, paste0("needs.", m)), "")
  shares <- do.call(rbind, lapply(tables, function(p) p$estimate))
  used <- colSums(is.na(shares) | shares > 0) > 0
  n <- vapply(tables, function(p) p$n.base[1L], 0)
  cells <- do.call(rbind, lapply(tables, function(p) ifelse(p$n %in% 0, dash, share_cell(r, p))))
  c(
    heading(2L, say(r, "needs.heading"), "needs"),
    para(say_some(r, "needs.text", length(names))),
    bullets(unlist(Map(function(name, p) need_words(r, name, p), names, tables))),
    need_figure(r, names, n, shares[, used, drop = FALSE], unname(answers[used]), need_colours[used], tables),
    grid_block(say(r, "needs.caption"), c(say(r, "col.question"), "n", unname(answers[used])),
               c(list(question_text(r, names), count_words(r, n)), lapply(which(used), function(i) cells[, i])),
               c(reliability_note(r, unlist(lapply(tables, function(p) p$reliability[p$n > 0]))),
                 left_out_note(r, lapply(tables, `[[`, "reason")))),
    need_groups(r, names)
  )
}

# Of questions of which no answer is left out.
need_figure <- function(r, names, n, shares, answers, colours, tables) {
  kept <- stats::complete.cases(shares)
  if (!any(kept)) return(list())
  unmet <- vapply(tables[kept], function(p) p$estimate[p$level == "unmet"], 0)
  said <- say(r, "needs.alt.item", question = question_line(r, names[kept]), p = percent_text(r, unmet))
  figure(svg_bars(r, question_text(r, names[kept]), paste("n =", count_words(r, n[kept])), shares[kept, , drop = FALSE],
                  answers, colours), say(r, "needs.figure"), say(r, "needs.alt", list = paste(said, collapse = "; ")))
}

# Unmet need, and how many of those who want it have it: a share within those who want it.
need_words <- function(r, name, p) {
  unmet <- p[p$level == "unmet", ]
  q <- figures(r, "weeg_proportion", formula_of(covered_name(name)))
  q <- q[q$level == "TRUE", ]
  if (is_left_out(unmet) || any(is_left_out(q))) {
    return(paste(question_line(r, name), say(r, "protect.text")))
  }
  words <- say(r, "needs.words", question = question_line(r, name), p = percent_text(r, unmet$estimate),
               margin = share_margin(r, unmet$conf.low, unmet$conf.high))
  if (nrow(q) == 0L || is.na(q$estimate)) return(words) # nobody wants it
  paste(words, say(r, "needs.covered", covered = percent_text(r, q$estimate),
                   coveredmargin = share_margin(r, q$conf.low, q$conf.high)))
}

need_groups <- function(r, names) {
  group <- first_having(r, "group")
  names <- setdiff(names, group)
  if (is.null(group) || length(names) == 0L) return(list())
  levels <- variable_levels(r, group)
  columns <- lapply(names, function(name) {
    p <- figures(r, "weeg_proportion", formula_of(unmet_name(name), group))
    p <- p[p$level == "TRUE", ]
    p[match(levels, p$groups[[1L]]), ]
  })
  tests <- bind_frames(lapply(names, function(name) {
    figures(r, "weeg_test", formula_of(unmet_name(name), group))
  }))
  p <- stats::p.adjust(tests$p.value, "holm")
  differ <- names[shown(p)]
  tested <- paste0(question_text(r, names), " p ", p_words(r, p), collapse = "; ")
  c(
    para(if (length(differ) == 0L && any(!is.na(p))) say(r, "needs.groups.none"),
         if (length(differ) > 0L) {
           say(r, "needs.groups.shown", questions = paste(quoted(question_text(r, differ)), collapse = ", "))
         },
         if (anyNA(p)) say(r, "needs.groups.untested", questions = list_text(r, quoted(question_text(r, names[is.na(p)]))))),
    grid_block(say(r, "needs.groups.caption"), c(question_text(r, group), question_text(r, names)),
               c(list(levels), lapply(columns, function(p) share_cell(r, p))),
               c(say(r, "needs.groups.note", test = test_name(r), tests = tested), holm_note(r, sum(!is.na(p))),
                 reliability_note(r, unlist(lapply(columns, `[[`, "reliability"))),
                 left_out_note(r, lapply(columns, `[[`, "reason"), tests$reason)))
  )
}

# ---- multiple-response questions -------------------------------------------------------------------------------------

section_multiple <- function(r) {
  unlist(lapply(with_role(r$study, "multiple"), function(name) {
    items <- intersect(item_columns(r$study$codebook$levels[[name]]), names(r$study$data))
    if (length(items) == 0L) return(list())
    p <- figures(r, "weeg_multiple", formula_of(items))
    p <- p[order(-p$estimate), ]
    p$label <- as.character(p$level)
    known <- p[!is.na(p$estimate), ]
    said <- say(r, "multiple.item", item = known$label, p = percent_text(r, known$estimate))
    question <- question_line(r, name)
    c(
      heading(2L, question_text(r, name), plain_id("multiple", name)),
      para(say(r, "multiple.text"), top_words(r, p, said)),
      if (nrow(known) > 0L) {
        figure(svg_dots(r, known), signed_caption(r, say(r, "multiple.figure", question = question), known$reliability),
               say(r, "multiple.alt", list = paste(said, collapse = "; ")))
      },
      grid_block(say(r, "multiple.caption", question = question),
                 c(say(r, "col.answer"), say(r, "col.n"), say(r, "col.share"), say(r, "col.margin")),
                 list(p$label, count_words(r, p$n),
                      paste0(number_text(r, 100 * p$estimate, 1L), reliability_sign(p$reliability), care_sign(p$reason)),
                      share_range(r, p$conf.low, p$conf.high)),
                 c(paste("n =", count_words(r, p$n.base[1L])),
                   if ("blank" %in% r$study$codebook$roles[[name]]) say(r, "multiple.blank"),
                   multiple_note(r, items), reliability_note(r, p$reliability), left_out_note(r, p$reason))),
      para(multiple_words(r, items))
    )
  }), recursive = FALSE)
}

# The items named most, three or, where these are all, fewer, with those named as often. What is left out may be named more often.
top_words <- function(r, p, said) {
  if (length(said) == 0L) return(left_out_words(r, p))
  known <- p$estimate[!is.na(p$estimate)]
  top <- known >= known[min(3L, max(1L, length(known) - 1L))] & known > 0
  if (all(top) && length(known) > 1L && !anyNA(p$estimate)) top <- known == known[1L] & known > 0
  if (all(top) && length(known) > 1L || !any(top)) return(NULL)
  say(r, if (anyNA(p$estimate)) "multiple.top.shown" else "multiple.top", items = list_text(r, said[top]))
}

item_tests_of <- function(r, items) {
  group <- first_having(r, "group")
  if (!is.null(group)) figures(r, "weeg_multiple", formula_of(items, group), tests = TRUE)
}

# The tests of items, and that of all items together, the last.
multiple_words <- function(r, items) {
  tests <- item_tests_of(r, items)
  if (is.null(tests)) return("")
  if (any(is_left_out(tests))) return(left_out_words(r, tests))
  group <- question_text(r, first_having(r, "group"))
  all <- tests[nrow(tests), ]
  each <- tests[-nrow(tests), ]
  differ <- each$item[shown(each$p.adjusted)]
  if (length(differ) > 0L) return(say(r, "multiple.tests.some", group = group, items = list_text(r, quoted(differ))))
  if (shown(all$p.value)) return(say(r, "multiple.tests.whole", group = group))
  say(r, if (is.na(all$p.value)) "multiple.tests.na" else "multiple.tests.none", group = group)
}

multiple_note <- function(r, items) {
  tests <- item_tests_of(r, items)
  if (is.null(tests)) return(NULL)
  all <- tests[nrow(tests), ]
  if (is.na(all$p.value)) return(NULL)
  c(say(r, "multiple.tests.note", group = question_text(r, first_having(r, "group")), df1 = number_text(r, all$num.df, 1L),
      df2 = number_text(r, all$den.df, 0L), f = number_text(r, all$statistic, 2L), p = p_words(r, all$p.value)),
    holm_note(r, sum(!is.na(tests$p.adjusted[-nrow(tests)]))))
}

# ---- adjusted --------------------------------------------------------------------------------------------------------

section_adjusted <- function(r) {
  group <- first_having(r, "group")
  covariates <- setdiff(having(r, "covariate"), group)
  names <- outcomes_by(r, c(group, covariates))
  if (length(covariates) == 0L || is.null(group) || length(names) == 0L) return(list())
  pair <- first_pair(r, group)
  if (is.null(pair)) pair <- utils::head(variable_levels(r, group), 2L)
  compare <- function(adjust_for) {
    bind_frames(lapply(names, function(name) {
      focus_differences(r, name, group, pairs = list(pair), adjust_for = adjust_for)
    }))
  }
  crude <- compare(NULL)
  adjusted <- compare(stats::as.formula(formula_of(covariates[1L], covariates)[c(1L, 3L)]))
  covered <- list_text(r, tolower(visible(question_text(r, covariates))))
  c(
    heading(2L, say(r, "adjusted.heading"), "adjusted"),
    para(say(r, "adjusted.text", covariates = covered),
         if (anyNA(r$study$data[covariates])) say(r, "adjusted.known", covariates = covered)),
    bullets(vapply(seq_along(names), function(i) adjusted_words(r, crude[i, ], adjusted[i, ], covered), "")),
    grid_block(say(r, "adjusted.caption", group1 = pair[1L], group2 = pair[2L]),
               c(say(r, "col.question"), say(r, "adjusted.crude"), say(r, "adjusted.adjusted")),
               list(vapply(names, function(name) round_label(r, name), ""), difference_cell(r, crude),
                    difference_cell(r, adjusted)), left_out_note(r, crude$reason, adjusted$reason))
  )
}

# Of this pair by itself, so in terms of margins: whether it is shown among all pairs is said where they are compared.
adjusted_words <- function(r, crude, adjusted, covariates) {
  question <- question_line(r, crude$variable)
  if (is_left_out(adjusted) || is_left_out(crude)) return(paste(question, say(r, "protect.text")))
  if (anyNA(c(adjusted$conf.low, crude$conf.low))) return(say(r, "adjusted.na", question = question))
  open <- function(x) x$conf.low <= 0 && x$conf.high >= 0
  ratio <- adjusted$estimate / crude$estimate
  key <- if (open(crude) && open(adjusted)) {
    "none"
  } else if (open(adjusted)) {
    "lost"
  } else if (open(crude)) {
    "gained"
  } else if (ratio < 0) {
    "reversed"
  } else if (ratio > 1.2) {
    "larger"
  } else if (ratio < 0.8) {
    "smaller"
  } else {
    "similar"
  }
  say(r, paste0("adjusted.", key), question = question, adjusted = number_text(r, 100 * adjusted$estimate, 1L),
      crude = number_text(r, 100 * crude$estimate, 1L), covariates = covariates)
}

# ---- other studies ---------------------------------------------------------------------------------------------------

section_external <- function(r) {
  found <- do.call(rbind, lapply(asked_variables(r), function(name) external_rows(r, name)))
  if (is.null(found)) return(list())
  found$p.adjusted <- stats::p.adjust(found$p.value, "holm")
  words <- vapply(seq_len(nrow(found)), function(i) {
    x <- found[i, ]
    if (is_left_out(x)) return(paste(question_line(r, x$variable), say(r, "protect.text")))
    if (is.na(x$estimate1)) return(NA_character_) # nobody answered
    key <- if (is.na(x$p.adjusted)) {
      "external.na"
    } else if (!shown(x$p.adjusted)) {
      "external.same"
    } else if (x$estimate < 0) {
      "external.lower"
    } else {
      "external.higher"
    }
    say(r, key, question = question_line(r, x$variable), p = percent_text(r, x$estimate1), answer = quoted(x$level),
        margin = share_margin(r, x$low, x$high), external = published_text(r, x$estimate2), source = x$source)
  }, "")
  c(
    heading(2L, say(r, "external.heading"), "external"),
    bullets(words[!is.na(words)]),
    para(say(r, "external.text")),
    grid_block(say(r, "external.caption"),
               c(say(r, "col.answer"), say(r, "external.col.ours"), say(r, "external.col.theirs"), say(r, "col.difference")),
               list(paste0(question_text(r, found$variable), ": ", found$level),
                    paste0(number_text(r, 100 * found$estimate1, 1L), " (", share_range(r, found$low, found$high), ")"),
                    number_text(r, 100 * found$estimate2, 1L), difference_cell(r, found)),
               c(holm_note(r, sum(!is.na(found$p.adjusted))),
                 say(r, "external.note", sources = paste(unique(found$source), collapse = "; ")),
                 left_out_note(r, found$reason)))
  )
}

external_rows <- function(r, name) {
  levels <- r$study$codebook$levels[[name]]
  if (is.null(levels$external)) return(NULL)
  external <- levels$external[!levels$missing]
  at <- which(!is.na(external))
  if (length(at) == 0L) return(NULL)
  published <- stats::setNames(external[at], variable_levels(r, name)[at])
  x <- figures(r, "weeg_compare", formula_of(name), answers = names(published), against = published, measures = "difference")
  p <- figures(r, "weeg_proportion", formula_of(name))
  p <- p[match(x$level, p$level), ]
  x$level <- as.character(x$level)
  source <- levels$source[!levels$missing][at]
  data.frame(variable = name, x[c("level", "estimate", "conf.low", "conf.high", "p.value", "estimate1", "estimate2", "reason")],
             low = p$conf.low, high = p$conf.high, source = ifelse(nzchar(source), source, dash))
}

# ---- methods ---------------------------------------------------------------------------------------------------------

section_methods <- function(r) {
  frame <- r$design$frame
  design <- if (frame$element) {
    say(r, "methods.design.plain")
  } else {
    strata <- sum(frame$stratum_psus > 0)
    clusters <- sum(frame$psu_stratum >= 0L)
    c(say(r, "methods.design.clusters", cluster = question_text(r, with_role(r$study, "cluster")),
          clusters = count_words(r, clusters)),
      if (strata > 1L) say(r, "methods.design.strata", strata = count_words(r, strata), df = count_words(r, clusters - strata)))
  }
  c(
    heading(2L, say(r, "methods.heading"), "methods"),
    para(design),
    bullets(c(margin_words(r), effective_words(r), test_words(r),
              if (length(compared_rounds(r)) > 2L) say(r, "methods.trend"),
              paste(c(say(r, "methods.missing"), if (!frame$element) say(r, "methods.missing.clusters")), collapse = " "),
              if (length(section_adjusted(r)) > 0L) say(r, "methods.adjusted"), reliability_words(r),
              if (!is.null(r$threshold)) say(r, "methods.protect", threshold = r$threshold, least = r$threshold - 1),
              if (!is.null(r$threshold) && !is.null(first_having(r, "area"))) say(r, "methods.protect.areas"))),
    convention_para(r)
  )
}

# Which margins and tests these are, by the conventions of the study.
margin_words <- function(r) {
  say(r, "methods.margin", interval = say(r, paste0("methods.interval.", usual_interval(NULL, r$design))),
      scale = if (is_effective(r$design)) say(r, "methods.scale") else "")
}

effective_words <- function(r) {
  if (!is_effective(r$design)) return(NULL)
  paste(c(say(r, "methods.effective"), if (!is.null(r$threshold)) say(r, "methods.effective.protect")), collapse = " ")
}

test_used <- function(r) test_done(profile_of(r$design)$test, r$design)

test_text <- function(r) say(r, paste0("methods.test.", test_used(r)))

test_words <- function(r) {
  several <- test_used(r) != "rao-scott-f" && length(with_role(r$study, "multiple")) > 0L
  paste(c(say(r, "methods.test", test = test_text(r)), if (several) say(r, "methods.test.multiple")), collapse = " ")
}

# In a note.
test_name <- function(r) if (test_used(r) == "wald") "Wald" else "Rao-Scott"

test_statistic <- function(r, test) {
  ratio <- !is.na(test$den.df)
  say(r, if (ratio) "groups.test.f" else "groups.test.chisq", df1 = number_text(r, test$num.df, 1L),
      df2 = if (is.infinite(test$den.df)) "\u221e" else number_text(r, test$den.df, 0L), f = number_text(r, test$statistic, 2L))
}

convention_para <- function(r) {
  settings <- profile_of(r$design)
  settings$interval <- usual_interval(NULL, r$design)
  weights <- weights_name(r$design)
  para(say(r, "methods.conventions", conventions = say(
    r, "methods.profile", profile = settings$profile, weights = if (is.null(weights)) say(r, "methods.weights.none") else weights,
    interval = settings$interval, test = test_used(r), lonely = r$design$frame$lonely,
    missing = settings$missing
  )))
}
