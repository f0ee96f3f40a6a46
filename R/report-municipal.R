# The report for one area beside the rest of the country. What is the same for all areas is computed once.

# r with `design`, in which respondents are the units and areas the strata; for each question and area, the share of its focus
# (shares) and its difference with the rest (rest); and the shrunken estimates. threshold: the threshold of weeg_protect(),
# or NULL.
municipal_base <- function(study, language, date, threshold = NULL) {
  r <- area_report(study, language, date)
  if (is.null(r)) abort("study", "the codebook has no variable with the role area, or the data have none",
                        hint = "Give the municipality, or another area that gets a report of its own, the role area")
  names <- c(r$main, r$items$name)
  if (length(names) == 0L) abort("study", "the study has no questions to report for an area")
  r$threshold <- threshold
  if (is.null(threshold)) return(municipal_release(r, names, names))
  nation <- kept_base(study, language, threshold)
  told <- setdiff(told_nationally(nation), left_out_around(nation))
  municipal_release(r, names, told, nation$areas)
}

# What reports of areas are made of, before any figure; NULL without areas.
area_report <- function(study, language, date) {
  r <- new_report(study, language, date)
  area <- first_having(r, "area")
  if (is.null(area)) return(NULL)
  r$area <- area
  r$items <- municipal_items(r)
  for (set in split(r$items$name, r$items$question)) {
    # as in the national report: who left out one item of a question has answered none
    answered <- stats::complete.cases(r$study$data[set])
    for (name in set) r$study$data[[focus_name(name)]] <- ifelse(answered, as.vector(r$study$data[[name]]), NA)
  }
  r$study$data[[area]] <- as.factor(r$study$data[[area]])
  r$country <- weeg_design(r$study)
  r$design <- area_design(r, !is.na(r$study$data[[area]]))
  r$main <- main_questions(r)
  r
}

area_design <- function(r, rows) {
  weight <- first_having(r, "weight")
  weeg_design(r$study$data[rows, , drop = FALSE], weights = if (!is.null(weight)) formula_of(weight)[-3L],
              strata = formula_of(r$area)[-3L], lonely = "average", conventions = r$study$conventions)
}

# All figures of areas that any report shows are one release: those that are hidden in it are NA. told: of which variables the
# national report shows the country's figure.
#
# Where both releases show how many in the country gave the answers of the focus, a question is as safe in the two together as
# in each: from a table of areas and a table of groups with this sum in common, a table of both can be made. Where one of them
# does not, nothing is shown of areas. Groups that areas lie in, such as provinces, are in the release of areas too, and
# likewise must be shown in both.
municipal_release <- function(r, names, told, release = area_results(r, names)) {
  r[c("shares", "rest", "national")] <- lapply(release[c("shares", "rest", "national")], function(results) {
    rows <- judged_by(bind_frames(lapply(results, result_rows)), r$study$reliability)
    rows$variable <- names[match(rows$outcome, focus_name(names))]
    rows[rows$level == "TRUE", , drop = FALSE]
  })
  told <- setdiff(told, r$national$variable[is_left_out(r$national)])
  around <- bind_frames(lapply(release$around, result_rows))
  told <- setdiff(told, names[focus_name(names) %in% around$outcome[is_left_out(around)]])
  for (part in c("shares", "rest", "national")) r[[part]] <- blank(r[[part]], !r[[part]]$variable %in% told)
  r$shrunken <- shrunken_areas(r)
  r
}

# The results of areas: shares, differences with the rest, shares of the groups around them, and of the country.
area_results <- function(r, names, around = NULL) {
  outcomes <- focus_name(names)
  shares <- lapply(outcomes, function(name) weeg_proportion(r$design, formula_of(name, r$area)))
  rest <- lapply(outcomes, function(name) {
    tryCatch(weeg_compare(r$design, formula_of(name, r$area), answers = "TRUE", measures = "difference", against = "rest"),
             weeg_error_argument = function(e) NULL)
  })
  of_groups <- lapply(as.character(around), function(group) {
    lapply(outcomes, function(name) weeg_proportion(r$country, formula_of(name, group)))
  })
  list(shares = shares, rest = Filter(Negate(is.null), rest), around = do.call(c, c(list(list()), of_groups)),
       national = lapply(outcomes, function(name) weeg_proportion(r$country, formula_of(name))))
}

# Of a study whose national report (nation) has its counts hidden, the release of its areas; NULL where none has a report.
hidden_areas <- function(nation, study) {
  r <- area_report(study, nation$language, Sys.Date())
  names <- if (!is.null(r)) c(r$main, r$items$name)
  if (length(names) == 0L) return(NULL)
  results <- area_results(r, names, groups_around(nation))
  designs <- rep(list(r$design, r$design, r$country, r$country), lengths(results))
  release <- hidden_release(r$country, results, nation$threshold, list(), designs)
  release$count <- length(area_names(r))
  # the columns of items, by the names that these have in the national report
  release$items <- focus_name(r$items$name)
  names(release$items) <- release$items
  for (set in split(r$items$name, r$items$question)) {
    x <- tryCatch(figures(nation, "weeg_multiple", formula_of(set)), weeg_error = function(e) NULL)
    found <- nation$release[[paste(deparse(list("weeg_multiple", formula_of(set))), collapse = "")]]
    if (!is.null(x)) names(release$items)[match(focus_name(set), release$items)] <- item_outcomes(info_of(found)$items)$items
  }
  release
}

# The groups of the national report's tables in each of which whole areas lie.
groups_around <- function(nation) {
  area <- as.character(nation$study$data[[first_having(nation, "area")]])
  results <- Filter(function(x) !inherits(x, "condition"), as.list(nation$release))
  groups <- unique(unlist(lapply(results, function(x) c(info_of(x)$groups, info_of(x)$given))))
  Filter(function(group) {
    level <- as.character(nation$study$data[[group]])
    there <- unique(data.frame(area, level)[!is.na(area) & !is.na(level), ])
    nrow(there) > 0L && anyDuplicated(there$area) == 0L
  }, intersect(groups, names(nation$study$data)))
}

# The questions, and items, of which the national report leaves out the focus of such a group. Tables by other groups too have the
# sums of these in common with those of areas, and nothing else.
left_out_around <- function(nation) {
  around <- groups_around(nation)
  results <- Filter(function(x) inherits(x, c("weeg_proportion", "weeg_multiple")), as.list(nation$release))
  results <- Filter(function(x) {
    groups <- c(info_of(x)$groups, info_of(x)$given)
    length(groups) > 0L && all(groups %in% around)
  }, results)
  names <- c(main_questions(nation), municipal_items(nation)$name)
  Filter(function(name) {
    any(vapply(results, function(x) {
      rows <- as.data.frame(x)
      if (inherits(x, "weeg_multiple")) return(name %in% info_of(x)$outcomes && any(is_left_out(rows)))
      focus <- if (name %in% asked_variables(nation)) focus_levels(nation, name)
      any(is_left_out(rows[rows$outcome == focus_name(name) | rows$outcome == name & rows$level %in% focus, ]))
    }, NA))
  }, names)
}

# Shrunken estimates for each outcome and need, a data frame by name; none where fewer than 5 areas have a figure. They come
# from areas whose figures are shown alone, so that they reveal nothing of the others.
shrunken_areas <- function(r) {
  names <- unique(c(outcomes_of(r), need_variables(r)))
  column <- r$study$data[[r$area]]
  found <- lapply(stats::setNames(nm = names), function(name) {
    shown <- share_areas(r)[r$shares$variable == name & r$shares$n.base > 0 & !is.na(r$shares$estimate)]
    if (length(shown) < 5L) return(NULL)
    s <- weeg_shrink(area_design(r, column %in% shown), formula_of(focus_name(name), r$area), answers = "TRUE")
    s <- result_rows(s)
    s$area <- s$groups[[1L]]
    s[s$area %in% shown, , drop = FALSE]
  })
  Filter(Negate(is.null), found)
}

# The area of each row of the shares.
share_areas <- function(r) r$shares$groups[[1L]]

# The variables whose figure for the area is shown, of these.
released <- function(r, area, variables) {
  own <- r$shares[share_areas(r) == area & !is.na(r$shares$estimate), ]
  if (is.null(r$threshold)) variables else intersect(variables, own$variable)
}

# The items of multiple-response questions, with the question they belong to.
municipal_items <- function(r) {
  found <- lapply(with_role(r$study, "multiple"), function(name) {
    items <- intersect(item_columns(r$study$codebook$levels[[name]]), names(r$study$data))
    data.frame(question = rep(name, length(items)), name = items)
  })
  do.call(rbind, c(list(data.frame(question = character(), name = character())), found))
}

area_names <- function(r) {
  column <- r$study$data[[r$area]]
  levels(column)[levels(column) %in% column]
}

municipal_section_names <- c("reading", "short", "answers", "multiple", "funnel", "methods")

municipal_sections <- function(r, area) unlist(unname(municipal_by_section(r, area)), recursive = FALSE)

# Blocks by section: those that are asked for, or all.
municipal_by_section <- function(r, area, sections = r$sections) {
  if (is.null(sections)) sections <- municipal_section_names
  x <- r$rest[r$rest$group1 == area & r$rest$variable %in% r$main, , drop = FALSE]
  x$p.adjusted <- stats::p.adjust(x$p.value, "holm")
  own <- r$shares[share_areas(r) == area, , drop = FALSE]
  column <- r$study$data[[r$area]]
  parts <- c(area, say(r, "municipal.rest"))
  r$part <- free_name("..part", names(r$study$data))
  r$study$data[[r$part]] <- factor(ifelse(column == area, parts[1L], parts[2L]), levels = parts)
  r$design$data[[r$part]] <- r$study$data[[r$part]][!is.na(column)]
  x$p.whole <- whole_tests(r, x$variable)
  lapply(stats::setNames(nm = sections), function(name) {
    switch(name,
      reading = municipal_reading(r, area, x, own), short = municipal_short(r, area, x, own),
      answers = if (is.null(r$threshold)) municipal_answers(r, area, x), multiple = municipal_multiple(r, area),
      funnel = municipal_funnels(r, area), methods = municipal_methods(r)
    )
  })
}

check_area <- function(r, area) {
  known <- area_names(r)
  area <- bare(area)
  if (is.character(area) && length(area) == 1L && area %in% known) return(as.vector(area))
  one <- is.character(area) && length(area) == 1L && !is.na(area)
  abort("argument", "`area` must be one ", r$area, " of the study", if (one) paste0(", and \"", area, "\" is none"),
        hint = if (one) near_hint(area, known))
}

# weeg_section() is called section by section: what the last study has for its areas is kept.
kept_area_release <- new.env()

kept_areas <- function(study, language, threshold) {
  wanted <- list(study, language, if (is.numeric(threshold)) as.double(threshold) else threshold)
  if (!identical(kept_area_release$wanted, wanted)) {
    kept_area_release$r <- municipal_base(study, language, Sys.Date(), threshold)
    kept_area_release$wanted <- wanted
    kept_area_release$blocks <- NULL
  }
  kept_area_release$r
}

# The tests of all answers of questions, area against the rest, adjusted over the questions. They reveal each answer, so
# there are none where small counts are protected: then it is said that the reports are about one answer to a question.
whole_tests <- function(r, names) {
  if (!is.null(r$threshold)) return(rep(NA_real_, length(names)))
  p <- vapply(names, function(name) as.data.frame(weeg_test(r$design, formula_of(name, r$part)))$p.value, 0)
  stats::p.adjust(unname(p), "holm")
}

# ---- what the numbers can show ---------------------------------------------------------------------------------------

municipal_reading <- function(r, area, x, own) {
  own <- own[own$variable %in% r$main & !is.na(own$conf.low), , drop = FALSE]
  # the example is the question whose share is nearest to a half: there the margin is widest
  example <- own[order(abs(own$estimate - 0.5))[1L], ]
  error <- stats::median(x$std.error[!is.na(x$std.error) & x$std.error > 0])
  points <- 100 * (stats::qnorm(0.975) + stats::qnorm(0.8)) * error
  c(
    heading(2L, say(r, "municipal.read.heading"), "reading"),
    callout(c(unname(r$study$codebook$note[r$study$language]), protect_words(r))),
    para(area_size_words(r, area),
         if (nrow(own) > 0L) {
           say(r, "municipal.read.example", area = area, p = percent_text(r, example$estimate),
               low = percent_text(r, example$conf.low), high = percent_text(r, example$conf.high))
         },
         if (!is.na(points)) say(r, "municipal.read.power", points = number_text(r, points))),
    para(rest_words(r, area), say(r, "municipal.read.use"))
  )
}

told_sizes <- function(r) {
  sizes <- area_sizes(r, r$area)
  if (tells_sizes(r, sizes)) sizes
}

area_size_words <- function(r, area) {
  sizes <- told_sizes(r)
  if (is.null(sizes)) return(say(r, "municipal.read.n.untold", area = area))
  n <- sizes[[area]]
  say(r, paste0("municipal.read.n", if (n >= 100) ".large" else if (n == 1) ".one"), area = area, n = count_words(r, n))
}

rest_words <- function(r, area) {
  areas <- length(area_names(r)) - 1L
  sizes <- told_sizes(r)
  key <- paste0("municipal.read.rest", if (areas == 1L) ".one" else if (is.null(sizes)) ".untold")
  say(r, key, n = count_words(r, sum(sizes[names(sizes) != area])), areas = areas)
}

# ---- main results ----------------------------------------------------------------------------------------------------

municipal_short <- function(r, area, x, own) {
  flags <- own$reliability[match(r$main, own$variable)]
  unsure <- sum(flags %in% "suppress")
  labels <- vapply(r$main, function(v) round_label(r, v), "")
  c(
    heading(2L, say(r, "municipal.short.heading"), "short"),
    short_words(r, area, x),
    if (unsure > 0L) {
      para(say_some(r, "municipal.short.unsure", length(r$main), count = unsure, all = length(r$main), area = area))
    },
    beside_figure(r, area, r$main, labels, say(r, "municipal.short.figure", area = area)),
    beside_table(r, area, r$main, labels, say(r, "municipal.short.caption", area = area), x)
  )
}

# In which questions a difference is shown, by the test of all answers or that of the answers of the focus. That none is shown is
# said of the whole question where it could be tested as a whole, else of the answers of the focus.
short_words <- function(r, area, x) {
  hidden <- setdiff(r$main, released(r, area, r$main))
  by_answer <- !is.null(r$threshold)
  tested <- if (by_answer) !is.na(x$p.adjusted) else !is.na(x$p.whole)
  x <- x[tested | shown(x$p.adjusted), , drop = FALSE]
  untested <- setdiff(r$main, c(x$variable, hidden))
  differ <- x[shown(x$p.adjusted) | shown(x$p.whole), , drop = FALSE]
  questions <- function(names) list_text(r, quoted(question_text(r, names)))
  key <- if (nrow(differ) > 0L) "some" else if (by_answer) "none.answers" else "none"
  c(
    if (nrow(x) > 0L) {
      para(say_some(r, paste0("municipal.short.", key), nrow(x), count = nrow(differ), all = nrow(x), area = area,
                    questions = questions(x$variable)))
    },
    bullets(vapply(seq_len(nrow(differ)), function(i) difference_words(r, area, differ[i, ]), "")),
    if (length(untested) > 0L) para(say(r, "municipal.short.untested", questions = questions(untested))),
    if (length(hidden) > 0L) {
      para(if (length(hidden) == length(r$main)) say(r, "municipal.short.hidden", area = area) else
        say_some(r, "municipal.short.some.hidden", length(hidden), count = length(hidden)))
    }
  )
}

difference_words <- function(r, area, x) {
  p <- percent_pair(r, x$estimate1, x$estimate2)
  key <- if (!shown(x$p.adjusted)) "whole" else if (x$estimate > 0) "higher" else "lower"
  say(r, paste0("municipal.short.", key), question = question_line(r, x$variable), area = area, p1 = p[1L], p2 = p[2L],
      answers = focus_text(r, x$variable), points = points_text(r, abs(x$estimate)), margin = distance_range(r, x))
}

# Shares of the area and of the rest, for each variable: two rows each.
beside_shares <- function(r, names) {
  p <- focus_shares(r, names, r$part)
  p$part <- p$groups[[1L]]
  p[order(match(p$variable, names), p$part), ]
}

beside_figure <- function(r, area, names, labels, caption) {
  labels <- unname(labels[names %in% released(r, area, names)])
  names <- released(r, area, names)
  if (length(names) == 0L) return(list())
  p <- beside_shares(r, names)
  p$label <- labels[match(p$variable, names)]
  p$series <- p$part
  own <- p[p$part == area, ]
  rest <- p[p$part != area, ]
  list <- paste(say(r, "municipal.short.alt.item", question = own$label, p1 = percent_text(r, own$estimate),
                    p2 = percent_text(r, rest$estimate)), collapse = "; ")
  figure(svg_dots(r, p), signed_caption(r, caption, p$reliability[!is.na(p$estimate)]),
         say(r, "municipal.short.alt", area = area, list = list))
}

beside_table <- function(r, area, names, labels, caption, x) {
  p <- beside_shares(r, names)
  # what is hidden of the area is hidden of the rest too: the two make the whole
  p[!p$variable %in% released(r, area, names), c("estimate", "conf.low", "conf.high", "n.base", "reliability")] <- NA
  own <- p[p$part == area, ]
  rest <- p[p$part != area, ]
  x <- x[match(names, x$variable), ]
  grid_block(caption, c(say(r, "col.question"), "n", area, say(r, "municipal.rest"), say(r, "col.difference")),
             list(labels, count_words(r, own$n.base), share_cell(r, own), share_cell(r, rest), difference_cell(r, x)),
             reliability_note(r, c(own$reliability[!is.na(own$estimate)], rest$reliability)))
}

# ---- all answers -----------------------------------------------------------------------------------------------------

municipal_answers <- function(r, area, x) {
  names <- unique(c(r$main, intersect(having(r, c("question", "background")), asked_variables(r))))
  c(heading(2L, say(r, "municipal.answers.heading"), "answers"),
    unlist(lapply(names, function(name) {
      c(heading(3L, question_text(r, name)), answer_blocks(r, area, name, x[x$variable == name, , drop = FALSE]))
    }), recursive = FALSE))
}

answer_blocks <- function(r, area, name, x) {
  p <- judged_by(result_rows(weeg_proportion(r$design, formula_of(name, r$part))), r$study$reliability)
  own <- p[p$groups[[1L]] == area, ]
  rest <- p[p$groups[[1L]] != area, ]
  n <- own$n.base[1L]
  if (is.na(n) || n == 0) return(para(say(r, "municipal.answers.none", area = area)))
  answers <- as.character(own$level)
  question <- question_line(r, name)
  said <- say(r, "municipal.answers.alt.item", group = area, p = percent_text(r, own$estimate), answers = quoted(answers))
  c(
    para(say_some(r, "municipal.answers.few", n, n = count_words(r, n), area = area), if (nrow(x) == 1L) shown_words(r, x)),
    if (length(answers) <= 6L) {
      figure(svg_bars(r, c(area, say(r, "municipal.rest")), paste("n =", count_words(r, c(n, rest$n.base[1L]))),
                      rbind(own$estimate, rest$estimate), answers, reliability = rbind(own$reliability, rest$reliability)),
             signed_caption(r, say(r, "municipal.answers.figure", question = question, area = area),
                            c(own$reliability, rest$reliability)),
             say(r, "municipal.answers.alt", list = paste(said, collapse = "; ")))
    },
    grid_block(say(r, "municipal.answers.caption", question = question),
               c(say(r, "col.answer"), say(r, "municipal.col.n", area = area), area, say(r, "municipal.rest")),
               list(answers, count_words(r, own$n), share_cell(r, own), share_cell(r, rest)),
               reliability_note(r, c(own$reliability, rest$reliability)))
  )
}

shown_words <- function(r, x) {
  answers <- focus_text(r, x$variable)
  whole <- if (shown(x$p.whole) && !shown(x$p.adjusted)) say(r, "municipal.answers.whole")
  if (is.na(x$p.adjusted)) return(whole)
  if (shown(x$p.adjusted)) return(say(r, "municipal.answers.shown", answers = answers))
  c(whole, say(r, "municipal.answers.notshown", answers = answers, open = open_words(r, x)))
}

municipal_multiple <- function(r, area) {
  unlist(lapply(unique(r$items$question), function(name) {
    items <- r$items$name[r$items$question == name]
    labels <- vapply(items, function(item) attr(r$study$data[[item]], "label"), "")
    x <- r$rest[r$rest$group1 == area & r$rest$variable %in% items, , drop = FALSE]
    question <- question_line(r, name)
    c(heading(2L, question_text(r, name), plain_id("multiple", name)),
      para(say(r, "multiple.text")),
      beside_figure(r, area, items, labels, say(r, "municipal.multiple.figure", question = question, area = area)),
      beside_table(r, area, items, labels, say(r, "municipal.multiple.caption", question = question), x))
  }), recursive = FALSE)
}

# ---- among the other areas -------------------------------------------------------------------------------------------

municipal_funnels <- function(r, area) {
  names <- Filter(function(name) area %in% r$shrunken[[name]]$area, names(r$shrunken))
  if (length(names) == 0L) return(list())
  c(heading(2L, say(r, "municipal.funnel.heading", area = area), "funnel"),
    para(say(r, "municipal.funnel.text")),
    unlist(lapply(names, function(name) funnel_blocks(r, area, name)), recursive = FALSE),
    shrunken_blocks(r, area, names))
}

funnel_blocks <- function(r, area, name) {
  s <- r$shrunken[[name]]
  own <- s$area == area
  mean <- r$national$estimate[r$national$variable == name]
  if (is.na(mean) || mean %in% c(0, 1)) return(list())
  beyond <- function(level) {
    limits <- funnel_limits(mean, s$n.effective[own], level)
    s$direct[own] < limits$low || s$direct[own] > limits$high
  }
  key <- if (beyond(0.998)) "outside" else if (beyond(0.95)) "between" else "inside"
  words <- say(r, paste0("municipal.funnel.", key), question = question_line(r, name), area = area, p = percent_text(r, mean))
  c(para(words),
    figure(svg_funnel(r, s$n.effective, s$direct, mean, own),
           say(r, "municipal.funnel.figure", question = question_line(r, name), answers = focus_text(r, name)),
           say(r, "municipal.funnel.alt", words = words)))
}

# Each own figure beside the one that the other areas support.
shrunken_blocks <- function(r, area, names) {
  rows <- bind_frames(lapply(names, function(name) r$shrunken[[name]][r$shrunken[[name]]$area == area, ]))
  own <- data.frame(estimate = rows$direct, conf.low = rows$direct.low, conf.high = rows$direct.high)
  cells <- function(p) paste0(number_text(r, 100 * p$estimate, 1L), " (", share_range(r, p$conf.low, p$conf.high), ")")
  c(heading(3L, say(r, "municipal.shrink.heading"), "shrunken"),
    para(say(r, "municipal.shrink.text", area = area)),
    grid_block(say(r, "municipal.shrink.caption", area = area),
               c(say(r, "col.question"), say(r, "municipal.shrink.own"), say(r, "municipal.shrink.estimate"),
                 say(r, "municipal.shrink.weight")),
               list(vapply(names, function(name) round_label(r, name), ""), cells(own), cells(rows),
                    percent_text(r, rows$weight))))
}

# ---- methods ---------------------------------------------------------------------------------------------------------

municipal_methods <- function(r) {
  c(heading(2L, say(r, "methods.heading"), "methods"),
    bullets(c(say(r, "municipal.methods.area"), weight_words(r), margin_words(r), say(r, "municipal.methods.rest"),
              if (is.null(r$threshold)) say(r, "municipal.methods.whole", test = test_text(r)),
              say(r, "municipal.methods.power"),
              if (length(r$shrunken) > 0L) c(say(r, "municipal.methods.funnel"), say(r, "municipal.methods.shrink")),
              reliability_words(r),
              if (!is.null(r$threshold)) say(r, "municipal.methods.protect", least = r$threshold - 1))),
    convention_para(r))
}

# ---- writing them ----------------------------------------------------------------------------------------------------

# Writes the reports of areas into a folder; gives the paths. Files of the same study that this session wrote are kept.
municipal_reports <- function(study, areas, folder, how, cores, quiet) {
  area <- with_role(study, "area")
  known <- unique(as.character(stats::na.omit(study$data[[c(area, "")[1L]]])))
  unknown <- if (length(area) > 0L) setdiff(areas, known)
  if (length(unknown) > 0L) {
    abort("argument", "there is no ", area, " \"", unknown[1L], "\" in the study", hint = near_hint(unknown[1L], known))
  }
  if (is.null(folder)) folder <- "municipal"
  check_report_folder(folder)
  if (how$format == "word") need_pandoc("to write Word")
  r <- dressed(municipal_base(study, how$language, how$date, how$threshold), how)
  known <- area_names(r)
  if (is.null(areas)) areas <- known
  make_report_folder(folder)
  names <- stats::setNames(file_names(known, how$language, report_endings[[how$format]]), known)
  paths <- file.path(normalizePath(folder), names[areas])
  wanted <- list(study$data, study$codebook, study$conventions, how, read_words(how$language), report_css())
  todo <- which(!are_current(paths, wanted))
  failed <- in_batches(todo, cores, quiet, function(i) write_municipal(r, areas[i], paths[i], how),
                       function(done) keep_written(paths[done], wanted))
  if (length(failed) > 0L) {
    abort("study", counted(length(failed), "report"), " could not be made; the first is that of ", areas[failed[[1L]]$i], ": ",
          failed[[1L]]$error, hint = "The others are complete: run it again after correcting this one")
  }
  if (!quiet) {
    message(counted(length(todo), "report"), " written, ", counted(length(paths) - length(todo), "was", "were"),
            " there and up to date: ", folder)
  }
  paths
}

check_report_folder <- function(folder) {
  file_like <- "[.](html?|docx?|pdf|pptx?|odt|rtf|xlsx?|csv|md|txt)$"
  if (!is.character(folder) || length(folder) != 1L || is.na(folder) || grepl(file_like, folder, ignore.case = TRUE)) {
    abort("argument", "`output` must be a folder for municipal reports")
  }
}

make_report_folder <- function(folder) {
  if (!dir.exists(folder) && !dir.create(folder, recursive = TRUE, showWarnings = FALSE)) {
    abort("file", "the folder ", folder, " cannot be made")
  }
}

write_municipal <- function(r, area, path, how) {
  blocks <- municipal_by_section(r, area)
  if (sum(lengths(blocks)) == 0L) no_sections(names(blocks))
  subtitle <- say(r, "municipal.subtitle", area = area)
  if (how$format == "draft") return(write_draft(r, blocks, subtitle, path, area))
  blocks <- unlist(unname(blocks), recursive = FALSE)
  if (how$format == "word") return(write_word(r, blocks, subtitle, path))
  write_whole(page_html(blocks_html(blocks, r, new.env()), r, r$title, subtitle), path)
}

write_word <- function(r, blocks, subtitle, path) {
  folder <- tempfile("weeg-report")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  text <- blocks_markdown(blocks, r, new.env(), folder)
  text <- gsub(paste0("](", folder, "/"), "](", text, fixed = TRUE) # no path of this machine
  text <- paste(c("---", document_header(r, subtitle), "---", "", logo_markdown(r, folder), "", paste(text, collapse = "\n\n")),
                collapse = "\n")
  write_whole(text, file.path(folder, "report.md"))
  rmarkdown::pandoc_convert("report.md", to = "docx", from = "markdown", output = "made.docx", wd = folder,
                            options = c("--standalone", word_options, paste0("--reference-doc=", look_word(r$look, folder))))
  made <- file.path(folder, "made.docx")
  write_whole(readBin(made, "raw", file.size(made)), path)
}

file_names <- function(areas, language, ending = "html") {
  plain <- iconv(areas, "UTF-8", "ASCII//TRANSLIT", sub = "")
  plain <- gsub("^-|-$", "", gsub("[^a-z0-9]+", "-", tolower(plain)))
  plain[!nzchar(plain)] <- "area"
  plain <- substr(plain, 1L, 200L) # names of files have 255 bytes at most
  paste0(make.unique(plain, "-"), "-", language, ".", ending)
}

# Which reports were written in this session, of what, and what was in them. A page has no mark of its data in it: by any that
# follows from them, guesses about the missing answers of a few respondents can be checked.
written <- new.env()

are_current <- function(paths, wanted) {
  if (!identical(written$of, wanted)) return(rep(FALSE, length(paths)))
  (written$sums[paths] == tools::md5sum(paths)) %in% TRUE
}

keep_written <- function(paths, wanted) {
  if (!identical(written$of, wanted)) written$sums <- NULL
  written$of <- wanted
  written$sums[paths] <- tools::md5sum(paths)
}

# Runs work(i) for each of todo, some at a time, with a progress bar, and done() for those that were done; gives those that
# failed: list(i, error).
in_batches <- function(todo, cores, quiet, work, done) {
  if (length(todo) == 0L) return(list())
  bar <- if (!quiet) utils::txtProgressBar(max = length(todo), style = 3L)
  threads <- options(weeg.threads = 1L)
  on.exit({
    options(threads)
    if (!quiet) close(bar)
  })
  tried <- function(i) tryCatch({
    work(i)
    NULL
  }, error = function(e) list(i = i, error = conditionMessage(e)))
  failed <- list()
  count <- 0L
  for (batch in split(todo, (seq_along(todo) - 1L) %/% (4L * cores))) {
    found <- if (cores > 1L) on_cores(batch, tried, cores) else lapply(batch, tried)
    done(batch[vapply(found, is.null, NA)])
    failed <- c(failed, Filter(Negate(is.null), found))
    count <- count + length(batch)
    if (!quiet) utils::setTxtProgressBar(bar, count)
  }
  failed
}

# NULL is a success: what a process that was ended did not do is a failure.
on_cores <- function(batch, tried, cores) {
  shares <- unname(split(batch, (seq_along(batch) - 1L) %% cores))
  found <- in_forks(lapply(shares, function(share) function() lapply(share, tried)))
  ended <- function(i) list(i = i, error = "the process that made it was ended; try cores = 1, which needs less memory")
  found <- Map(function(share, one) if (is.null(one)) lapply(share, ended) else one, shares, found)
  unlist(found, recursive = FALSE)[match(batch, unlist(shares))]
}
