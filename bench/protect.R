# How much weeg_protect() hides, against the pattern that loses least of all that keep the promise, found by trying them all.
# Rscript bench/protect.R [RELEASES] [ATTACKS], 60 and 1000 by default; some minutes.
#
# Small releases: a question of two or three answers by regions, by organisations that the regions lie in, and of the nation;
# sizes of regions are known. What is lost is the number of respondents in hidden counts, over all tables.

suppressMessages(library(weeg))

releases <- as.integer(c(commandArgs(TRUE), "60")[1])
threshold <- 10

# The counts of a release as a system of R/hide.R: cells are region by answer.
random_system <- function() {
  answers <- sample(2:3, 1L)
  regions <- if (answers == 2L) sample(3:8, 1L) else 3L
  organisation <- if (regions > 3L && answers == 2L && runif(1) < 0.4) rep(1:2, length.out = regions) else rep(1L, regions)
  rare <- runif(regions) < 0.4
  n <- matrix(rpois(regions * answers, 40), regions, answers)
  n[, 1L] <- ifelse(rare, rpois(regions, 3), 15L + rpois(regions, 15))
  cell <- matrix(seq_along(n), regions, answers)
  figures <- c(as.list(cell), lapply(seq_len(answers), function(a) cell[, a]))
  if (max(organisation) > 1L) {
    parts <- lapply(1:2, function(o) lapply(seq_len(answers), function(a) cell[organisation == o, a]))
    figures <- c(figures, unlist(parts, FALSE))
  }
  counts <- vapply(figures, function(f) sum(n[f]), 0)
  list(atoms = length(n), figure = rep(seq_along(figures), lengths(figures)), atom = unlist(figures), n = counts,
       cost = log(counts + 2), hidden = counts < threshold, known_row = c(row(n)), known_atom = seq_along(n),
       known_sign = rep(1, length(n)), known = rowSums(n), known_rows = regions,
       table = c(n))
}

lost <- function(system, hidden) sum(system$n[hidden])

# The same question as R/hide.R's, asked of a pattern given: can each hidden count be 0, and threshold - 1?
is_safe <- function(system, hidden) {
  state <- weeg:::proved_still(system, list(hidden = hidden), threshold)
  repeat {
    pending <- weeg:::pending_counts(state)
    if (length(pending) == 0L) return(TRUE)
    low <- !state$low[pending[1L]]
    rows <- weeg:::target_rows(system, weeg:::shown_rows(system, state), pending[1L], if (low) "=" else ">=",
                               if (low) 0 else threshold - 1)
    table <- weeg:::solved_table(system, "min", numeric(system$atoms), rows)
    if (is.null(table)) return(FALSE)
    state <- weeg:::prove(system, state, threshold, table)
    if (!(if (low) state$low else state$high)[pending[1L]]) return(FALSE)
  }
}

least_lost <- function(system) {
  free <- which(!system$hidden)
  sets <- as.matrix(expand.grid(rep(list(c(FALSE, TRUE)), length(free))))
  for (i in order(sets %*% system$n[free])) {
    hidden <- replace(system$hidden, free, sets[i, ])
    if (is_safe(system, hidden)) return(lost(system, hidden))
  }
}

set.seed(20261129)
found <- NULL
while (NROW(found) < releases) {
  system <- random_system()
  if (!any(system$hidden) || sum(!system$hidden) > 13L) next
  greedy <- system
  greedy$hidden <- weeg:::hide_counts(system, threshold)
  stopifnot(is_safe(system, greedy$hidden))
  found <- rbind(found, c(must = lost(system, system$hidden), hidden = lost(system, greedy$hidden), least = least_lost(system),
                          all = sum(system$n)))
}
ratio <- found[, "hidden"] / found[, "least"]
cat(sprintf("%d releases; respondents in hidden counts: %.0f of %.0f, the least %.0f, of counts below %d alone %.0f\n",
            releases, sum(found[, "hidden"]), sum(found[, "all"]), sum(found[, "least"]), threshold, sum(found[, "must"])))
cat(sprintf("hidden to least: together %.3f, mean %.3f, largest %.2f; the least itself in %.0f%%\n",
            sum(found[, "hidden"]) / sum(found[, "least"]), mean(ratio), max(ratio), 100 * mean(ratio < 1 + 1e-9)))

# What standard errors reveal: an attacker on random releases of towns and of their nation, of two regions, or of a
# comparison of these, with equal and with different weights (tests/testthat/helper-precision.R).
source("tests/testthat/helper-precision.R")
attacks <- as.integer(c(commandArgs(TRUE)[-1L], "1000")[1L])
say <- function(what, told) {
  cat(sprintf("%s: %d releases, %d with hidden counts; one follows exactly in %d, one is narrowed in %d\n", what, ncol(told),
              sum(told["hidden", ] > 0), sum(told["exact", ] > 0), sum(told["narrowed", ] > 0)))
}
for (weighted in c(FALSE, TRUE)) {
  weights <- if (weighted) "different weights" else "equal weights"
  many <- function(f, ...) vapply(seq_len(attacks), f, c(0, 0, 0), ..., weighted = weighted)
  say(paste("nation, counts hidden alone,", weights), many(attack_towns, change = hide_counts_alone))
  say(paste("nation,", weights), many(attack_towns, change = protect_towns))
  say(paste("nation and regions,", weights), many(attack_regions, compared = FALSE))
  say(paste("regions compared,", weights), many(attack_regions, compared = TRUE))
}
