# Nets: several answers taken as one, such as "top 2" of a scale. The figures of a net are those of the table in which the
# outcome is it or another answer, so that nets may overlap, and have the variances, limits and tests of a variable recoded so.

#' Nets of answers
#'
#' Several answers taken as one, such as the top two of a scale, the promoters of a recommendation score, or all kinds of paid
#' work. The argument `answers` says which answers a result is of, and nets of them:
#'
#' * `"agree"`, `c("agree", "neither")`: these answers;
#' * `list("top 2" = c("agree", "strongly agree"))`: a net, by its name;
#' * `list("neither", "top 2" = c("agree", "strongly agree"))`: an answer and a net;
#' * `list(NULL, "top 2" = c("agree", "strongly agree"))`: all answers and a net;
#' * `NULL`: all answers.
#'
#' Answers come in the order of their levels, nets behind them in the order given. Nets may overlap. With several outcomes, all of
#' them have the answers of a net.
#'
#' @section Figures:
#' A net's estimates, standard errors, limits, design effects, comparisons and tests are those of the variable recoded into the
#' net and all other answers, to the last bit: the tally is folded so, without another pass over the rows. Adjusted and shrunken
#' proportions, and logistic models, are those of the net's own model. P-values are adjusted for all answers and nets that are
#' compared, where what is one hypothesis, as a net and the only answer outside it, counts once.
#'
#' @section Where:
#' [weeg_proportion()], [weeg_total()], [weeg_compare()], [weeg_decompose()], [weeg_standardise()], [weeg_shrink()] and
#' [weeg_funnel()] have rows of answers and nets, and [weeg_battery()] has columns of them. [weeg_test()] tests each of them
#' against all other answers.
#' [weeg_crosstab()] has nets behind all its answers. [weeg_contrast()] knows nets by name in its functions, and [weeg_logistic()]
#' models one. [weeg_protect()] protects nets in results of [weeg_proportion()] and [weeg_compare()] and in books: a net is shown
#' where it does not tell of its answers that are not.
#'
#' @name weeg_nets
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' top <- list("top 2" = c("grotendeels", "helemaal"))
#' weeg_proportion(d, strengths ~ ronde, answers = c(list(NULL), top))
#' weeg_compare(d, strengths ~ ronde, answers = top, measures = "difference")
#' weeg_test(d, strengths ~ provider, answers = top)
NULL

# What `answers` asks for: levels (NULL: all of them; none: character()) and nets (each the names of its levels).
asked_answers <- function(answers) {
  if (!is.list(answers) || is.data.frame(answers)) return(list(levels = bare(answers), nets = list()))
  answers <- unclass(answers)
  named <- nzchar(names2(answers))
  levels <- character()
  if (any(vapply(answers[!named], is.null, NA))) levels <- NULL
  if (!is.null(levels)) levels <- unique(as.character(unlist(lapply(unname(answers[!named]), level_names, "answers"))))
  nets <- lapply(answers[named], function(net) if (is.null(net)) character() else unique(level_names(net, "answers")))
  names(nets) <- as_utf8(names2(nets))
  for (name in names(nets)) {
    if (length(nets[[name]]) == 0L) {
      abort("argument", "the net \"", name, "\" in `answers` has no answers",
            hint = "Name those that it takes together: list(\"top 2\" = c(\"agree\", \"strongly agree\"))")
    }
  }
  if (anyDuplicated(names(nets))) {
    abort("argument", "two nets in `answers` are named \"", names(nets)[duplicated(names(nets))][1L], "\"")
  }
  if (length(nets) == 0L && !is.null(levels) && length(levels) == 0L) abort("argument", "`answers` names no answer and no net")
  list(levels = levels, nets = nets)
}

# Only nets, for what has all answers anyway.
asked_nets <- function(answers) {
  asked <- asked_answers(answers)
  if (length(asked$levels) > 0L) {
    abort("argument", "all answers are there: `answers` is for nets of them here",
          hint = "Such as answers = list(\"top 2\" = c(\"agree\", \"strongly agree\"))")
  }
  asked$nets
}

# Levels of a net, known to be such.
check_net <- function(net, name, levels, outcome) {
  if (name %in% levels) {
    abort("argument", "the net \"", name, "\" in `answers` has the name of an answer of ", outcome, hint = "Give it another name")
  }
  unknown <- setdiff(net, levels)
  if (length(unknown) > 0L) {
    abort("argument", "\"", unknown[1L], "\" in the net \"", name, "\" (in `answers`) is not a level of ", outcome,
          hint = unknown_answer_hint(unknown[1L], levels))
  }
}

unknown_answer_hint <- function(unknown, levels) {
  c(if (!is.na(unknown)) near_hint(unknown, levels), paste0("Its levels: ", listed(levels)))
}

# The tally with an outcome that is a net, the first level, or not: by `parts$net`, a list of its name and levels.
net_tally <- function(tally, parts, outcome) {
  net <- parts$net
  if (is.null(net)) return(tally)
  at <- match(outcome, names(tally$variables))
  inside <- tally$variables[[outcome]]$levels %in% net$levels
  found <- checked(.Call(C_frame_net, tally, at - 1L, inside, net$name))
  moved(tally, found, Map(said_anew, tally$variables, found$variables))
}

# The table of an outcome, with rows of nets behind those of its answers in each block of rows. table_of(data, parts, answers,
# missing): list(rows, tally, ...) of some answers; `per`: how many rows it has of an answer in a block. again: whether it needs
# the rows of the data, and not their tally alone.
with_nets <- function(data, parts, outcome, asked, missing, table_of, per = 1L, again = FALSE) {
  if (length(asked$nets) == 0L) return(table_of(data, parts, asked$levels, missing))
  each <- tally_of_outcome(data, parts, outcome, asked, missing)
  if (!again) {
    data <- each$tally
    parts <- each$parts
    missing <- "domain"
  }
  tables <- if (is.null(asked$levels) || length(asked$levels) > 0L) list(table_of(data, parts, asked$levels, missing))
  nets <- lapply(names(asked$nets), function(name) {
    parts$net <- list(name = name, levels = asked$nets[[name]])
    table_of(data, parts, name, missing)
  })
  shown <- c(if (length(tables) > 0L) each$levels, names(asked$nets))
  first <- c(tables, nets)[[1L]]
  first$rows <- rows_by_block(lapply(c(tables, nets), `[[`, "rows"), nrow(nets[[1L]]$rows) / per, shown)
  first$tally <- each$tally
  first$all <- c(tables, nets)
  first
}

# The tally of an outcome and all that it is crossed with, its missing values treated, and parts that name its variables.
tally_of_outcome <- function(data, parts, outcome, asked, missing) {
  if (outcome %in% names(parts$groups)) abort("formula", outcome, " is outcome and group at once")
  others <- c("by", "covariates", "given")
  terms <- c(parts$groups, unlist(unname(parts[others]), recursive = FALSE), parts$outcomes[outcome])
  tally <- table_tally(data, terms, parts$envir, missing)
  levels <- tally$variables[[outcome]]$levels
  for (name in names(asked$nets)) check_net(asked$nets[[name]], name, levels, outcome)
  named <- intersect(c("groups", "outcomes", others), names(parts))
  parts[named] <- lapply(parts[named], by_name)
  list(tally = tally, parts = parts, levels = levels)
}

# The tables that one with nets was made of.
tables_of <- function(table) if (is.null(table$all)) list(table) else table$all

by_name <- function(terms) lapply(stats::setNames(nm = names(terms)), as.name)

# Rows of several tables, block by block.
rows_by_block <- function(tables, blocks, levels) {
  rows <- bind_tables(tables)
  at <- lapply(tables, function(rows) rep(seq_len(blocks), each = nrow(rows) / max(1, blocks)))
  rows <- rows[order(unlist(at)), , drop = FALSE]
  rownames(rows) <- NULL
  rows$level <- factor(as.character(rows$level), levels = levels)
  rows
}

# One number for each level, the same where a net has the same answers as another one, or as a level.
answer_numbers <- function(levels, nets) {
  if (length(nets) == 0L) return(seq_along(levels))
  sets <- stats::setNames(as.list(levels), levels)
  sets[names(nets)] <- nets
  keys <- vapply(sets[levels], function(set) text_key(sort(set)), "")
  match(keys, unique(keys))
}

# What a result says of its answers: the nets, and whether there are others that it does not show.
answers_info <- function(info, asked) {
  if (length(asked$nets) > 0L) info$nets <- asked$nets
  if (!is.null(asked$levels)) info$chosen <- TRUE
  info
}

# What each function of proportions and each net is, in a print. info$nets: those that were asked for.
net_lines <- function(info, width) {
  what <- c(info[["functions"]], vapply(info[["nets"]], paste, "", collapse = " + "))
  unlist(Map(function(is, name) wrap(paste0(name, ": ", is, "."), width), what, names(what)), use.names = FALSE)
}

# A cross-tab with its nets as answers behind the others. Sums of rows are those of the cross-tab without.
beside_nets <- function(x) {
  nets <- x$nets
  if (is.null(nets)) return(x)
  names <- levels(nets$row$level)
  answers <- c(colnames(x$counts), names)
  for (base in names(nets)) {
    tables <- lapply(list(x[[base]], nets[[base]]), function(rows) {
      rows$level <- as.character(rows$level)
      rows
    })
    blocks <- nrow(nets[[base]]) / length(names)
    at <- lapply(tables, function(rows) rep(seq_len(blocks), each = nrow(rows) / max(1, blocks)))
    rows <- do.call(rbind, tables)[order(unlist(at)), , drop = FALSE]
    rownames(rows) <- NULL
    rows$level <- factor(rows$level, answers)
    x[[base]] <- rows
  }
  wider <- function(matrix, values) {
    more <- matrix(values, nrow(matrix), length(names), byrow = TRUE, dimnames = list(rownames(matrix), names))
    cbind(matrix, more)
  }
  x$counts <- wider(x$counts, nets$row$n)
  x$weighted <- wider(x$weighted, nets$row$n.weighted)
  x$residuals <- wider(x$residuals, NA_real_)
  x$residual.p <- wider(x$residual.p, NA_real_)
  x
}
