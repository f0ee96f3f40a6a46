# weeg_protect() against an attacker with a linear programming solver, on random hierarchies: areas in organisations in the
# nation, rounds, several questions, cross-tabs, missing answers, zeros and thresholds. See helper-attacker.R.
#
# WEEG_ATTACKS says how many releases to attack; 10 000 take about an hour.

skip_if_not_installed("lpSolve")
skip_if_not_installed("Rglpk")

attacks <- as.integer(Sys.getenv("WEEG_ATTACKS", "100"))
whole <- function(design, results, threshold) weeg_protect(design, results, threshold = threshold)[seq_along(results)]

test_that("no hidden count is narrowed below 0 to threshold - 1", {
  told <- vapply(seq_len(attacks), attack_release, c(0, 0), change = whole)
  expect_identical(which(told["violations", ] > 0), integer())
  # there was something to attack
  expect_gt(mean(told["hidden", ] > 0), 0.8)
})

test_that("nor with several answers, answers taken together, and groups that are missing for some", {
  told <- vapply(seq_len(attacks %/% 8L), attack_release, c(0, 0), change = whole, rich = TRUE)
  expect_identical(which(told["violations", ] > 0), integer())
  expect_gt(mean(told["hidden", ] > 0), 0.8)
})

test_that("nor with columns that follow from others, of which he knows how", {
  told <- vapply(seq_len(attacks %/% 3L), attack_release, c(0, 0), change = whole, make = random_relations)
  expect_identical(which(told["violations", ] > 0), integer())
  expect_gt(mean(told["hidden", ] > 0), 0.4)
})

test_that("nor with differences of counts that are shown, in releases of all that there is", {
  told <- vapply(seq_len(attacks %/% 5L), attack_mixture, c(0, 0, 0), change = whole, whole = TRUE)
  expect_identical(which(told["narrowed", ] > 0 | told["exact", ] > 0), integer())
  expect_gt(sum(told["hidden", ]), 0)
})

# The attacker must find what is there to find.
test_that("hiding small counts alone does not withstand him", {
  primary <- function(design, results, threshold) {
    small <- function(rows) {
      rows[which(rows$n < threshold), c("n.weighted", "n")] <- NA
      rows$n.base[rows$n.base < threshold] <- NA
      rows
    }
    lapply(results, function(x) {
      if (!inherits(x, "weeg_crosstab")) return(small(x))
      for (part in c("row", "column", "total", "margin")) x[[part]] <- small(x[[part]])
      x$weighted[x$counts < threshold] <- NA
      x$counts[x$counts < threshold] <- NA
      x
    })
  }
  told <- vapply(seq_len(30), attack_release, c(0, 0), change = primary)
  expect_gt(mean(told["violations", ] > 0), 0.6)
})

test_that("protecting each table by itself does not withstand him", {
  alone <- function(design, results, threshold) {
    lapply(results, function(x) weeg_protect(design, x, threshold = threshold))
  }
  told <- vapply(seq_len(30), attack_release, c(0, 0), change = alone)
  expect_gt(sum(told["violations", ] > 0), 2)
})
