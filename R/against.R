# What every group is compared with: the total, the rest, or a figure from elsewhere.

# Sets of groups and which of them to compare: list(member (per set its groups), names, first, second); for a figure also
# external (per level the proportion and then its variance), external_n and answers.
# waves: the levels of the last group.
find_against <- function(against, answers, levels, labels, groups, each, waves = 1L) {
  count <- length(labels)
  against <- bare(against)
  if (length(groups) == 0L) abort("argument", "there is no group with data to compare")
  if (!is.character(against)) return(find_figure(against, answers, levels, labels, groups))
  against <- one_of(against, against_choices, "against")
  if (against %in% c("previous", "first")) return(find_earlier(against, labels, groups, waves))
  limit_against(groups, each)
  if (against == "total") {
    return(list(member = c(as.list(groups), list(seq_len(count))), names = c(labels[groups], "total"),
                first = seq_along(groups), second = rep(length(groups) + 1L, length(groups)), groups = length(groups)))
  }
  if (length(groups) < 2L) abort("argument", "only one group has data, so there is no rest to compare it with")
  rests <- lapply(groups, function(g) seq_len(count)[-g])
  list(member = c(as.list(groups), rests), names = c(labels[groups], rep("rest", length(groups))), first = seq_along(groups),
       second = length(groups) + seq_along(groups), groups = length(groups))
}

# Each wave with the one before, or the first.
find_earlier <- function(against, labels, groups, waves) {
  n <- numeric(length(labels))
  n[groups] <- 1
  pairs <- .Call(C_wave_pairs, n, waves, against == "first")
  if (length(pairs$first) == 0L) {
    abort("argument", "there is no group with data that has an earlier one to be compared with",
          hint = "The last group of the formula is the time: outcome ~ group + round")
  }
  pair_sets(pairs, labels)
}

# The total and the rest have terms for every pair of a group and a cell of the table.
limit_against <- function(groups, each) {
  most <- floor(sqrt(2^25 / each))
  if (length(groups) <= most) return(invisible())
  abort("too_large", format_count(length(groups)), " groups are too many to compare each with the others; here there can be ",
        format_count(most),
        hint = "Take some of them, ask for one measure, or see weeg_funnel(), which shows which of many areas stand out")
}

find_figure <- function(against, answers, levels, labels, groups) {
  n <- NULL
  if (is.list(against)) {
    if (is.null(against$estimate) || !all(names(against) %in% c("estimate", "n"))) {
      abort("argument", "`against` as a list has elements `estimate` and `n`: list(estimate = 0.62, n = 1200)")
    }
    n <- bare(against$n)
    against <- bare(against$estimate)
  }
  against <- check_figures(against, answers, levels)
  p <- replace(rep(NA_real_, length(levels)), match(names(against), levels), against)
  if (!is.null(n) && (!is.numeric(n) || length(n) != 1L || is.na(n) || n <= 0)) {
    abort("argument", "`n` in `against` must be one positive number: the observations that the figure is based on")
  }
  variance <- if (is.null(n)) 0 * p else p * (1 - p) / n
  count <- length(labels)
  list(member = groups, names = c(labels[groups], "published figure"), first = seq_along(groups),
       second = rep(length(groups) + 1L, length(groups)), external = c(p, variance),
       external_n = if (is.null(n)) NA_real_ else as.double(n), answers = names(against))
}

# Proportions with names of levels.
check_figures <- function(figures, answers, levels) {
  if (!is.numeric(figures) || length(figures) == 0L || anyNA(figures)) {
    abort("argument", "`against` must be \"total\", \"rest\" or proportions, such as 0.62 or c(yes = 0.62, no = 0.3)")
  }
  if (any(figures < 0 | figures > 1)) {
    abort("argument", "a proportion in `against` is ", figures[figures < 0 | figures > 1][1L],
          hint = "Figures are proportions between 0 and 1, not percentages: 0.62 for 62 %")
  }
  if (is.null(names(figures))) {
    if (length(figures) != 1L || length(answers) != 1L) {
      abort("argument", "`against` does not say which answer it refers to",
            hint = paste0("Name them, as in c(\"", levels[1L], "\" = ", figures[1L], "), or choose one answer with `answers`"))
    }
    names(figures) <- answers
  }
  unknown <- setdiff(names(figures), answers)
  if (length(unknown) > 0L) {
    abort("argument", "\"", unknown[1L], "\" in `against` is not one of the answers: ", listed(answers))
  }
  if (anyDuplicated(names(figures))) {
    abort("argument", "\"", names(figures)[duplicated(names(figures))][1L], "\" occurs twice in `against`")
  }
  figures
}

# A figure for each table of a comparison with nets: list(asked: the answers that have one, of: a function that gives `against`
# for the table of a net, or of the levels, NULL).
figures_by_answer <- function(against, asked) {
  if (is.null(against) || is.character(bare(against)) || length(asked$nets) == 0L) {
    return(list(asked = asked, of = function(net) against))
  }
  whole <- is.list(against)
  figures <- bare(if (whole) against$estimate else against)
  if (is.null(names(figures))) {
    if (is.null(asked$levels) || length(asked$levels) + length(asked$nets) > 1L) {
      abort("argument", "`against` does not say which answer it refers to",
            hint = paste0("Name them, as in c(\"", names(asked$nets)[1L], "\" = ", format(figures[1L]), ")"))
    }
    return(list(asked = asked, of = function(net) against))
  }
  of_net <- names(figures) %in% names(asked$nets)
  unknown <- names(figures)[!of_net]
  if (length(unknown) > 0L && !is.null(asked$levels) && length(asked$levels) == 0L) {
    abort("argument", "\"", unknown[1L], "\" in `against` is not one of the answers: ", listed(names(asked$nets)))
  }
  asked$nets <- asked$nets[intersect(names(asked$nets), names(figures))]
  if (all(of_net)) asked$levels <- character()
  list(asked = asked, of = function(net) {
    mine <- figures[if (is.null(net)) !of_net else names(figures) == net$name]
    if (!whole) return(mine)
    against$estimate <- mine
    against
  })
}
