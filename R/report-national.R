# The sections of the national report. Each is a list of blocks, empty where the codebook has nothing for it.

national_sections <- c("summary", "response", "background", "groups", "rounds", "needs", "questions", "multiple", "adjusted",
                       "external", "methods")

report_section <- function(r, name) {
  switch(name,
    summary = section_summary(r), response = section_response(r), background = section_background(r),
    groups = section_groups(r), rounds = section_rounds(r), needs = section_needs(r), questions = section_questions(r),
    multiple = section_multiple(r), adjusted = section_adjusted(r), external = section_external(r), methods = section_methods(r)
  )
}

# ---- summary ---------------------------------------------------------------------------------------------------------

section_summary <- function(r) {
  main <- c(having(r, "outcome"), setdiff(need_variables(r), having(r, "outcome")))
  main <- intersect(main, asked_variables(r))
  area <- first_having(r, "area")
  rows <- nrow(r$study$data)
  intro <- say_some(r, "summary.intro", rows, n = people_words(r, rows))
  if (!is.null(area)) {
    areas <- length(unique(stats::na.omit(r$study$data[[area]])))
    intro <- c(intro, say_some(r, "summary.intro.areas", areas, areas = count_words(r, areas)), area_gap(r, area))
  }
  shares <- if (length(main) > 0L) focus_shares(r, main)
  shares <- shares[!is.na(shares$estimate), , drop = FALSE]
  c(
    heading(2L, say(r, "summary.heading"), "summary"),
    callout(c(unname(r$study$codebook$note[r$study$language]), protect_words(r))),
    para(intro, say(r, "summary.read")),
    if (NROW(shares) > 0L) {
      answers <- vapply(shares$variable, function(name) focus_text(r, name), "")
      tiles(percent_text(r, shares$estimate),
            say(r, "summary.tile", question = vapply(shares$variable, function(v) question_text(r, v), ""), answers = answers))
    },
    bullets(c(summary_pairs(r), summary_rounds(r)))
  )
}

outcomes_of <- function(r) intersect(having(r, "outcome"), asked_variables(r))

# An outcome may be a group of others, not of itself.
outcomes_by <- function(r, group) setdiff(outcomes_of(r), group)

# The pair that is compared first, for each outcome. Where it does not differ but the groups do, that is not passed over.
summary_pairs <- function(r) {
  unlist(lapply(having(r, "group"), function(group) {
    pair <- first_pair(r, group)
    if (is.null(pair)) return(NULL)
    unlist(lapply(outcomes_by(r, group), function(name) {
      x <- pair_differences(r, name, group)
      x <- x[x$group1 == pair[1L] & x$group2 == pair[2L], ]
      if (NROW(x) == 0L || is.na(x$p.adjusted)) return(NULL)
      differ <- shown(figures(r, "weeg_test", formula_of(name, group))$p.value)
      key <- if (shown(x$p.adjusted)) "shown" else if (differ) "others" else "none"
      p <- percent_pair(r, x$estimate1, x$estimate2)
      say(r, paste0("summary.pair.", key), question = question_line(r, name), answers = focus_text(r, name), p1 = p[1L],
          p2 = p[2L], group1 = quoted(pair[1L]), group2 = quoted(pair[2L]))
    }))
  }))
}

# Questions that differ between rounds by any of their tests; that none does is said of those only whose whole test there is.
summary_rounds <- function(r) {
  x <- round_differences(r)
  if (is.null(x)) return(NULL)
  tests <- round_tests(r)
  differ <- shown(tests$p.value) | shown(tests$p.trend) | tests$variable %in% x$variable[shown(x$p.adjusted)]
  tested <- differ | !is.na(tests$p.value)
  if (!any(tested)) return(NULL)
  all <- sum(tested)
  said <- if (any(differ)) differ else tested
  key <- if (any(differ)) "summary.rounds.some" else "summary.rounds.none"
  untested <- quoted(question_text(r, tests$variable[!tested]))
  paste(c(say_some(r, key, all, count = sum(differ), all = all,
                   questions = paste(quoted(question_text(r, tests$variable[said])), collapse = ", ")),
          if (!all(tested)) say(r, "summary.rounds.untested", questions = list_text(r, untested))), collapse = " ")
}

# ---- study and response ----------------------------------------------------------------------------------------------

section_response <- function(r) {
  data <- r$study$data
  area <- first_having(r, "area")
  organisation <- first_having(r, "organisation")
  c(
    heading(2L, say(r, "response.heading"), "response"),
    para(say(r, "response.n", n = people_words(r, nrow(data))), if (!is.null(area)) area_words(r, area_sizes(r, area)),
         if (!is.null(area)) area_gap(r, area), if (!is.null(organisation)) organisation_words(r, data[[organisation]])),
    para(say(r, "response.rate")),
    para(weight_words(r)),
    round_table(r, area),
    answered_table(r),
    problem_blocks(r)
  )
}

organisation_words <- function(r, column) {
  count <- length(unique(stats::na.omit(column)))
  say_some(r, "response.organisations", count, count = count)
}

# The largest area is not named beside one that is suppressed: of two, it would follow.
area_words <- function(r, sizes) {
  if (length(sizes) < 2L) return(NULL)
  areas <- count_words(r, length(sizes))
  mean <- number_text(r, mean(sizes), 0L)
  if (!tells_sizes(r, sizes)) {
    return(say(r, "response.areas.small", areas = areas, mean = mean, threshold = r$threshold))
  }
  say(r, "response.areas", areas = areas, min = count_words(r, min(sizes)), max = count_words(r, max(sizes)), mean = mean)
}

area_gap <- function(r, area) if (anyNA(r$study$data[[area]])) say(r, "summary.intro.areas.unknown")

# Weights that are all the same weigh nothing.
is_weighted <- function(r) {
  weight <- first_having(r, "weight")
  !is.null(weight) && any(r$study$data[[weight]] != r$study$data[[weight]][1L])
}

weight_words <- function(r) {
  if (!is_weighted(r)) return(say(r, "response.unweighted"))
  w <- as.data.frame(weeg_weights(r$design))
  digits <- if (w$min > 0) as.integer(min(10, max(2, 1 - floor(log10(w$min))))) else 2L
  say(r, "response.weights", min = number_text(r, w$min, digits), max = number_text(r, w$max, digits),
      effective = count_words(r, w$n.effective))
}

round_table <- function(r, area) {
  round <- first_having(r, "round")
  if (is.null(round)) return(list())
  rounds <- variable_levels(r, round)
  column <- as.character(r$study$data[[round]])
  cells <- list(rounds)
  header <- say(r, "response.round")
  if (!is.null(area)) {
    areas <- vapply(rounds, function(x) length(unique(stats::na.omit(r$study$data[[area]][which(column == x)]))), 0L)
    cells <- c(cells, list(count_words(r, areas)))
    header <- c(header, say(r, "response.areas.col"))
  }
  p <- figures(r, "weeg_proportion", formula_of(round))
  cells <- c(cells, list(count_words(r, p$n[match(rounds, p$level)])))
  grid_block(say(r, "response.rounds.caption"), c(header, say(r, "response.people")), cells, left_out_note(r, p$reason))
}

answered_table <- function(r) {
  names <- unique(c(asked_variables(r), having(r, "group")))
  answered <- vapply(names, function(name) figures(r, "weeg_proportion", formula_of(name))$n.base[1L], 0)
  none <- unanswered(r)
  names <- c(names, none)
  answered <- c(answered, rep(0, length(none)))
  grid_block(say(r, "response.items.caption"), c(say(r, "col.question"), say(r, "col.base"), say(r, "col.unanswered")),
             list(question_text(r, names), count_words(r, answered), count_words(r, nrow(r$study$data) - answered)),
             c(say(r, "response.items.note"), if (anyNA(answered)) say(r, "protect.note")))
}

problem_blocks <- function(r) {
  problems <- r$study$problems[r$study$problems$problem != "many values", , drop = FALSE] # no difference: advice to its maker
  if (nrow(problems) == 0L) return(para(say(r, "response.noproblems")))
  key <- level_keys(list(problems$problem, problems$variable))
  first <- which(!duplicated(key))
  counts <- people_words(r, tabulate(match(key, key[first])))
  c(para(say(r, "response.problems")),
    bullets(unlist(Map(function(problem, variable, count) {
      say(r, paste0("problem.", gsub(" ", ".", problem, fixed = TRUE)), variable = variable, count = count)
    }, problems$problem[first], problems$variable[first], counts), use.names = FALSE)))
}

# ---- tables of answers -----------------------------------------------------------------------------------------------

# One table of shares for several variables, each under its question where the caption is not that.
share_table <- function(r, names, caption) {
  tables <- lapply(names, function(name) figures(r, "weeg_proportion", formula_of(name)))
  bands <- !identical(caption, question_text(r, names))
  rows <- do.call(rbind, Map(function(p, name) {
    share <- paste0(number_text(r, 100 * p$estimate, 1L), reliability_sign(p$reliability), care_sign(p$reason))
    cells <- cbind(as.character(p$level), count_words(r, p$n), share, share_range(r, p$conf.low, p$conf.high))
    if (bands) rbind(c(question_text(r, name), "", "", ""), cells) else cells
  }, tables, names))
  band <- unlist(lapply(tables, function(p) c(if (bands) TRUE, rep(FALSE, nrow(p)))))
  grid_block(caption, c(say(r, "col.answer"), say(r, "col.n"), say(r, "col.share"), say(r, "col.margin")),
             lapply(1:4, function(i) rows[, i]),
             c(reliability_note(r, unlist(lapply(tables, `[[`, "reliability"))),
               left_out_note(r, lapply(tables, `[[`, "reason"))), band)
}

section_background <- function(r) {
  names <- intersect(having(r, "background"), asked_variables(r))
  if (length(names) == 0L) return(list())
  weighted <- if (is_weighted(r)) say(r, "background.weighted")
  c(heading(2L, say(r, "background.heading"), "background"), para(say(r, "background.text"), weighted),
    share_table(r, names, say(r, "background.caption")))
}

# Where there are no groups to compare, the answers to the outcomes have no other place.
section_questions <- function(r) {
  grouped <- !is.null(first_having(r, "group"))
  names <- intersect(having(r, if (grouped) "question" else c("outcome", "question")), asked_variables(r))
  items <- battery_items(r)
  names <- c(setdiff(names, unlist(items)), names(items))
  if (length(names) == 0L) return(list())
  c(heading(2L, say(r, if (grouped) "questions.heading" else "questions.heading.all"), "questions"),
    unlist(lapply(names[order(match(names, names(r$study$codebook$roles)))], function(name) {
      if (name %in% names(items)) return(battery_blocks(r, name, items[[name]]))
      c(heading(3L, question_text(r, name)), para(answer_words(r, name)), share_table(r, name, question_text(r, name)))
    }), recursive = FALSE))
}

# The items of each battery that have answers.
battery_items <- function(r) {
  found <- lapply(stats::setNames(nm = with_role(r$study, "battery")), function(name) {
    intersect(item_columns(r$study$codebook$levels[[name]]), asked_variables(r))
  })
  Filter(length, found)
}

# The text of the item on its row in the battery; where that has none, its own question.
item_text <- function(r, name, items) {
  levels <- r$study$codebook$levels[[name]]
  text <- levels$texts[match(items, item_columns(levels)), r$study$language]
  unname(ifelse(text == items, question_text(r, items), text))
}

# Items from the highest share of the answers of the focus to the lowest; those of which it is not shown last.
battery_blocks <- function(r, name, items) {
  answers <- variable_levels(r, items[1L])
  focus <- answers %in% focus_levels(r, items[1L])
  tables <- lapply(items, function(item) {
    p <- figures(r, "weeg_proportion", formula_of(item))
    p[match(answers, p$level), ]
  })
  share <- vapply(tables, function(p) sum(p$estimate[focus]), 0)
  by <- order(-share)
  tables <- tables[by]
  share <- share[by]
  label <- item_text(r, name, items)[by]
  n <- vapply(tables, function(p) p$n.base[1L], 0)
  cells <- do.call(rbind, lapply(tables, function(p) share_cell(r, p)))
  p <- bind_frames(tables)
  question <- question_line(r, name)
  c(heading(3L, question_text(r, name)),
    para(battery_words(r, items[1L], label, share), left_out_words(r, p)),
    battery_figure(r, items[1L], question, label, n, tables, share),
    grid_block(say(r, "battery.caption", question = question), c(say(r, "battery.item"), "n", answers),
               c(list(label, count_words(r, n)), lapply(seq_along(answers), function(i) cells[, i])),
               c(reliability_note(r, p$reliability), left_out_note(r, p$reason))))
}

battery_words <- function(r, item, label, share) {
  known <- which(!is.na(share))
  if (length(known) == 0L) return(NULL)
  last <- known[length(known)]
  if (percent_text(r, share[1L]) == percent_text(r, share[last])) {
    return(say(r, "battery.same", answers = focus_text(r, item), p = percent_text(r, share[1L])))
  }
  say(r, "battery.order", answers = focus_text(r, item), p1 = percent_text(r, share[1L]), item1 = quoted(label[1L]),
      p2 = percent_text(r, share[last]), item2 = quoted(label[last]))
}

# A bar with a gap would say what is not there.
battery_figure <- function(r, item, question, label, n, tables, share) {
  shares <- do.call(rbind, lapply(tables, `[[`, "estimate"))
  signs <- do.call(rbind, lapply(tables, `[[`, "reliability"))
  kept <- stats::complete.cases(shares)
  if (!any(kept)) return(list())
  said <- say(r, "groups.alt.item", group = label[kept], p = percent_text(r, share[kept]), answers = focus_text(r, item))
  figure(svg_bars(r, label[kept], paste("n =", count_words(r, n[kept])), shares[kept, , drop = FALSE], variable_levels(r, item),
                  reliability = signs[kept, , drop = FALSE]),
         signed_caption(r, say(r, "battery.figure", question = question), signs[kept, ]),
         say(r, "battery.alt", list = paste(said, collapse = "; ")))
}

# What is said of one question: the share of its focus, or of the answer given most, of which there may be several.
answer_words <- function(r, name) {
  p <- figures(r, "weeg_proportion", formula_of(name))
  share <- if (has_focus(r, name)) focus_shares(r, name)
  if (if (is.null(share)) anyNA(p$estimate) else is.na(share$estimate)) return(c(left_out_words(r, p), "")[1L])
  top <- p[which(p$estimate == max(p$estimate)), ]
  if (nrow(top) == 0L) return("")
  # an answer of people without weight does not count, but was given
  given <- unique(stats::na.omit(r$study$data[[name]]))
  if (top$estimate[1L] == 1 && length(given) == 1L) return(say(r, "questions.all", answer = quoted(top$level)))
  if (!is.null(share)) {
    return(say(r, "questions.focus", answers = focus_text(r, name), p = percent_text(r, share$estimate),
               margin = share_margin(r, share$conf.low, share$conf.high)))
  }
  if (nrow(top) > 1L) {
    return(say(r, "questions.most.several", answers = list_text(r, quoted(top$level)), p = percent_text(r, top$estimate[1L])))
  }
  say(r, "questions.most", answer = quoted(top$level), p = percent_text(r, top$estimate),
      margin = share_margin(r, top$conf.low, top$conf.high))
}

# ---- groups ----------------------------------------------------------------------------------------------------------

section_groups <- function(r) {
  unlist(lapply(having(r, "group"), function(group) {
    outcomes <- outcomes_by(r, group)
    if (length(outcomes) == 0L) return(list())
    c(heading(2L, say(r, "groups.heading", group = question_text(r, group)), plain_id("groups", group)),
      para(say(r, "groups.text")),
      unlist(lapply(outcomes, function(name) group_blocks(r, name, group)), recursive = FALSE))
  }), recursive = FALSE)
}

# An id that pandoc and addresses of pages can have.
plain_id <- function(what, name) paste0(what, "-", gsub("^-|-$", "", gsub("[^a-z0-9]+", "-", tolower(visible(name)))))

# Differences of all pairs, the pair marked `compare` first.
pair_differences <- function(r, name, group) {
  levels <- variable_levels(r, group)
  used <- levels[levels %in% r$study$data[[group]][!is.na(r$study$data[[name]])]]
  if (length(used) < 2L) return(NULL)
  pairs <- utils::combn(used, 2L, simplify = FALSE)
  first <- first_pair(r, group)
  if (!is.null(first) && all(first %in% used)) {
    pairs <- c(list(first), pairs[!vapply(pairs, function(p) all(first %in% p), NA)])
  }
  x <- focus_differences(r, name, group, pairs = pairs)
  x$p.adjusted <- stats::p.adjust(x$p.value, "holm") # over those that are shown
  x
}

group_blocks <- function(r, name, group) {
  question <- question_line(r, name)
  total <- focus_shares(r, name)
  p <- figures(r, "weeg_proportion", formula_of(name, group))
  all <- figures(r, "weeg_proportion", formula_of(name))
  focus <- focus_shares(r, name, group)
  test <- figures(r, "weeg_test", formula_of(name, group))
  pairs <- pair_differences(r, name, group)
  outcome <- if (is_left_out(test)) "hidden" else if (is.na(test$p.value)) "na" else if (shown(test$p.value)) "shown" else
    if (any(shown(pairs$p.adjusted))) "part" else "none"
  c(
    heading(3L, question_text(r, name)),
    para(if (!is_left_out(total)) {
           say(r, "groups.all", p = percent_text(r, total$estimate), answers = focus_text(r, name),
               margin = share_margin(r, total$conf.low, total$conf.high))
         },
         say(r, paste0("groups.test.", outcome), answers = focus_text(r, name))),
    group_figure(r, name, group, p, all, focus),
    group_table(r, name, group, p, all, test, question),
    pair_blocks(r, name, group, pairs, question, outcome == "shown")
  )
}

answer_matrix <- function(p, answers) matrix(p$estimate, ncol = length(answers), byrow = TRUE)

group_figure <- function(r, name, group, p, all, focus) {
  answers <- unique(as.character(all$level))
  groups <- unique(as.character(p$groups[[1L]]))
  n <- p$n.base[match(groups, p$groups[[1L]])]
  shares <- answer_matrix(p, answers)
  signs <- matrix(p$reliability, ncol = length(answers), byrow = TRUE)
  # a bar with a gap would say what is not there
  kept <- !is.na(n) & n > 0 & stats::complete.cases(shares)
  total <- !anyNA(all$estimate)
  if (!any(kept)) return(list())
  known <- focus[!is.na(focus$estimate), ]
  list <- paste(say(r, "groups.alt.item", group = as.character(known$groups[[1L]]), p = percent_text(r, known$estimate),
                    answers = focus_text(r, name)), collapse = "; ")
  figure(svg_bars(r, c(groups[kept], if (total) say(r, "total")),
                  paste("n =", count_words(r, c(n[kept], if (total) all$n.base[1L]))),
                  rbind(shares[kept, , drop = FALSE], if (total) answer_matrix(all, answers)), answers,
                  reliability = rbind(signs[kept, , drop = FALSE], if (total) all$reliability)),
         signed_caption(r, say(r, "groups.figure", question = question_line(r, name)), c(signs[kept, ], all$reliability)),
         say(r, "groups.alt", list = list))
}

group_table <- function(r, name, group, p, all, test, question) {
  answers <- unique(as.character(all$level))
  groups <- unique(as.character(p$groups[[1L]]))
  n <- c(p$n.base[match(groups, p$groups[[1L]])], all$n.base[1L])
  cells <- rbind(matrix(share_cell(r, p), ncol = length(answers), byrow = TRUE), share_cell(r, all))
  note <- if (!is.na(test$p.value)) {
    say(r, "groups.test.note", test = test_name(r), statistic = test_statistic(r, test), p = p_words(r, test$p.value),
        v = number_text(r, test$cramers.v, 2L))
  }
  grid_block(say(r, "groups.caption", question = question), c(question_text(r, group), "n", answers),
             c(list(c(groups, say(r, "total")), count_words(r, n)), lapply(seq_along(answers), function(i) cells[, i])),
             c(note, reliability_note(r, c(p$reliability, all$reliability)), left_out_note(r, p$reason, all$reason)))
}

# Of more comparisons, the table has those that show a difference.
most_pairs <- 10L

# x: the pairs; differ: whether the test of the whole question shows a difference.
pair_blocks <- function(r, name, group, x, question, differ) {
  if (is.null(x)) return(list())
  known <- x[!is.na(x$p.adjusted), , drop = FALSE]
  first <- first_pair(r, group)
  lead <- known[0L, ]
  if (!is.null(first)) lead <- known[known$group1 == first[1L] & known$group2 == first[2L], ]
  words <- if (nrow(lead) == 1L) {
    p <- percent_pair(r, lead$estimate1, lead$estimate2)
    values <- list(group1 = quoted(lead$group1), group2 = quoted(lead$group2), answers = focus_text(r, name), p1 = p[1L],
                   p2 = p[2L])
    if (shown(lead$p.adjusted)) {
      do.call(say, c(list(r, "groups.pair.shown"), values,
                     list(points = points_text(r, abs(lead$estimate)), margin = distance_range(r, lead))))
    } else {
      do.call(say, c(list(r, "groups.pair.none"), values, list(open = open_words(r, lead))))
    }
  }
  count <- nrow(known)
  chosen <- nrow(x) > most_pairs
  reasons <- x$reason
  if (chosen) x <- x[shown(x$p.adjusted), , drop = FALSE]
  c(para(words, pair_count_words(r, name, known, length(reasons), differ),
         if (chosen && nrow(x) > 0L) say(r, "groups.pairs.chosen")),
    if (nrow(x) > 0L) grid_block(say(r, "groups.pairs.caption", question = question, answers = focus_text(r, name)),
               c(say(r, "col.pair"), say(r, "col.difference"), say(r, "col.margin.points"), say(r, "col.p")),
               list(say(r, "groups.pair", group1 = x$group1, group2 = x$group2), points_cell(r, x),
                    points_range(r, x$conf.low, x$conf.high, 1L), p_cell(r, x$p.adjusted)),
               c(say(r, "shown.note"), holm_note(r, count), left_out_note(r, reasons))))
}

# How many of several pairs differ, of those that could be tested and are shown.
pair_count_words <- function(r, name, known, all, differ) {
  if (nrow(known) < 2L && all < 2L || nrow(known) == 0L) return(NULL)
  count <- sum(shown(known$p.adjusted))
  c(say_some(r, "groups.pairs.count", count, all = nrow(known), count = count, answers = focus_text(r, name)),
    if (count == 0L && differ) say(r, "groups.pairs.only", answers = focus_text(r, name)),
    if (nrow(known) < all) say(r, "groups.pairs.untested"))
}

holm_note <- function(r, count) if (count > 1L) say(r, "holm.note", count = count)

# What remains possible where a difference is not shown. Its margin may leave out 0 all the same: it is of this one difference,
# the p-value is adjusted for all.
open_words <- function(r, x) {
  key <- if (x$conf.low > 0 || x$conf.high < 0) "doubt" else "open"
  say(r, key, low = number_text(r, 100 * x$conf.low), high = number_text(r, 100 * x$conf.high))
}

# Limits of the size of a difference, whatever its sign.
distance_range <- function(r, x) {
  if (x$estimate >= 0) points_range(r, x$conf.low, x$conf.high) else points_range(r, -x$conf.high, -x$conf.low)
}
