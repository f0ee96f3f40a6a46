#' Letters for groups that do not differ
#'
#' A compact letter display of all pairwise comparisons: two groups share a letter if and only if the test did not find a
#' difference between them.
#'
#' Each letter stands for a maximal set of groups of which no two differ (Piepho 2004): every such set has one. A pair
#' without a test (`p.adjusted` is `NA`) counts as a pair without a difference; a group of which no pair has a test, such
#' as a group in one PSU (see [weeg_compare()]), gets no letter (`NA`). Sharing a letter is no evidence that groups are
#' the same.
#'
#' @param x A result of [weeg_compare()] with all pairs of groups.
#' @param level Groups differ if `p.adjusted` is below 1 - `level`. `NULL`: the confidence level of `x`.
#' @return A data frame of class `weeg_letters` with one row per outcome, measure, answer and group: `outcome`, `measure`,
#'   `level`, `group`, `estimate` (the proportion), `n` and `letters`. The group with the highest proportion has an `a`.
#' @references Piepho (2004), Journal of Computational and Graphical Statistics 13, 456-466.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_letters(weeg_compare(d, strengths ~ provider, answers = "niet", measures = "difference"))
#' @export
weeg_letters <- function(x, level = NULL) {
  need_given(x)
  if (!inherits(x, "weeg_compare")) {
    abort("argument", "`x` must be a result of weeg_compare() with all pairs of groups, not ", class(x)[1L])
  }
  info <- info_of_all(x)
  alpha <- 1 - if (is.null(level)) info$level else check_level(level)
  rows <- as.data.frame.weeg_result(x)
  key <- paste(match(rows$outcome, unique(rows$outcome)), match(rows$measure, unique(rows$measure)), as.integer(rows$level))
  parts <- lapply(split(seq_len(nrow(rows)), factor(key, unique(key))), function(at) letter_rows(rows[at, ], alpha))
  result <- do.call(rbind, unname(parts))
  rownames(result) <- NULL
  info$alpha <- alpha
  new_result(result, "weeg_letters", info, attr(x, "conventions"))
}

# The groups of one outcome, measure and answer.
letter_rows <- function(rows, alpha) {
  groups <- unique(c(rows$group1, rows$group2))
  first <- match(rows$group1, groups)
  second <- match(rows$group2, groups)
  pairs <- unique(cbind(pmin(first, second), pmax(first, second)))
  if (anyNA(groups) || nrow(pairs) != choose(length(groups), 2) || nrow(rows) != nrow(pairs)) {
    abort("argument", "letters need every pair of groups once: leave out `pairs`, `against` and `contrasts`")
  }
  at <- match(groups, c(rows$group1, rows$group2))
  estimate <- c(rows$estimate1, rows$estimate2)[at]
  tested <- groups %in% c(rows$group1, rows$group2)[rep(!is.na(rows$p.adjusted), 2L)]
  different <- matrix(FALSE, length(groups), length(groups))
  different[cbind(first, second)] <- !is.na(rows$p.adjusted) & rows$p.adjusted < alpha
  list_frame(list(
    outcome = rep(rows$outcome[1L], length(groups)), measure = rep(rows$measure[1L], length(groups)),
    level = rep(rows$level[1L], length(groups)), group = groups, estimate = estimate, n = c(rows$n1, rows$n2)[at],
    letters = replace(rep(NA_character_, length(groups)), tested,
                      find_letters((different | t(different))[tested, tested, drop = FALSE], order(-estimate[tested])))
  ))
}

# different: a symmetric matrix. A set of groups per letter; those first in `ranking` come first.
find_letters <- function(different, ranking) {
  if (length(ranking) == 0L) return(character())
  names <- c(letters, LETTERS)
  sets <- largest_sets(!different, length(names))
  sets <- lapply(sets, function(set) sort(match(set, ranking)))
  member <- t(vapply(sets, function(set) seq_len(nrow(different)) %in% set, logical(nrow(different))))
  sets <- sets[do.call(order, as.data.frame(!member))]
  text <- vapply(seq_len(nrow(different)), function(place) {
    paste(names[seq_along(sets)][vapply(sets, function(set) place %in% set, NA)], collapse = "")
  }, "")
  text[match(seq_len(nrow(different)), ranking)]
}

# All sets of groups of which no two differ, and to which no other can be added: Bron and Kerbosch (1973), with a pivot. There can
# be very many, so it ends when there are more than `most`.
largest_sets <- function(same, most) {
  diag(same) <- FALSE
  found <- list()
  extend <- function(set, candidates, done) {
    others <- c(candidates, done)
    if (length(others) == 0L) {
      if (length(found) == most) {
        abort("too_large", "the display needs more than the ", most, " letters that there are",
              hint = "Compare fewer groups, or take the differences as a list: those of weeg_compare()")
      }
      found[[length(found) + 1L]] <<- set
      return(invisible())
    }
    pivot <- others[which.max(colSums(same[candidates, others, drop = FALSE]))]
    for (v in candidates[!same[candidates, pivot]]) {
      extend(c(set, v), candidates[same[candidates, v]], done[same[done, v]])
      candidates <- setdiff(candidates, v)
      done <- c(done, v)
    }
  }
  everywhere <- rowSums(same) == nrow(same) - 1L # what is the same as all others is in each set
  extend(which(everywhere), which(!everywhere), integer())
  found
}

#' @rdname weeg_print
#' @export
format.weeg_letters <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  rows <- as.data.frame.weeg_result(x)
  key <- paste(rows$outcome, rows$measure, rows$level)
  blocks <- lapply(split(rows, factor(key, unique(key))), function(mine) {
    columns <- list(
      table_column(paste(info$groups, collapse = ", "), mine$group, left = TRUE),
      table_column("n", format_count(mine$n)),
      table_column("%", format_percent(mine$estimate, percent_digits(digits))),
      table_column("letters", ifelse(is.na(mine$letters), "-", mine$letters), left = TRUE)
    )
    c(title_lines(info, mine$outcome[1L], width), source_lines(info, width),
      wrap(paste0("Answer: ", mine$level[1L], "; tests of the ", tolower(measure_words[[mine$measure[1L]]])),
           width), "", table_lines(columns, width), "")
  })
  c(unlist(blocks, use.names = FALSE),
    wrap(paste0("No difference found at ", format_significant(info$alpha, 1L), " between groups with a letter in common."),
         width),
    if (anyNA(x$letters)) wrap("Groups without a letter were not tested: weeg_compare() gives the reason.", width),
    convention_lines(x, width))
}

#' @rdname weeg_tidy
#' @export
glance.weeg_letters <- function(x, ...) {
  data.frame(groups = length(unique(x$group)), alpha = info_of(x)$alpha)
}
