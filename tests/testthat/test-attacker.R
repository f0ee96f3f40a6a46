# weeg_protect() against an attacker with a linear programming solver, on random hierarchies: areas in organisations in the
# nation, rounds, several questions, cross-tabs, missing answers, zeros and thresholds. See helper-attacker.R.
#
# WEEG_ATTACKS says how many releases to attack; 10 000 take about an hour. What fails in one of ten is found in 40 with a chance
# of 98 %; that he finds what is there to find, the last two tests show.

skip_if_not_installed("lpSolve")
skip_if_not_installed("Rglpk")

attacks <- as.integer(Sys.getenv("WEEG_ATTACKS", "40"))
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

test_that("nor with levels that nobody has, of which he knows in which class of a column made by hand they lie", {
  told <- vapply(c(412, 452, 841, 906), attack_release, c(0, 0), change = whole, make = random_relations)
  expect_identical(unname(told["violations", ]), numeric(4))
  seeds <- c(2, 3, 9, 10, 11, 12, 16, 18, 22, 28, 29, 30, 64)
  told <- vapply(seeds, attack_release, c(0, 0), change = whole, make = random_unseen)
  expect_identical(which(told["violations", ] > 0), integer())
})

# In which class u lies, which nobody said, he knows.
test_that("it is so in tables of all kinds, of classes nobody is in, and of items", {
  said <- rep(c("x", "y", "z"), c(13, 64, 80))
  rows <- data.frame(a = factor(said, c("x", "y", "z", "u")), g = rep_len(c("1", "2"), 157), w = 1)
  rows$class <- ifelse(rows$a == "y", "out", "in")
  rows$fine <- factor(rows$a, c("x", "y", "z"), c("X", "Y", "Z"))
  rows$listed <- factor(rows$class, c("in", "out", "none"))
  rows$all <- "in"
  rows$m1 <- rows$a == "y"
  rows$m2 <- rep_len(c(TRUE, FALSE, FALSE), 157)
  cells <- function(class, of = c("x", "y", "z", "u"), g = c("1", "2")) {
    known <- data.frame(a = of, class = class, listed = class, fine = c(x = "X", y = "Y", z = "Z", u = class[4L])[of],
                        all = ifelse(of == "u", class[4L], "in"), m1 = as.character(class == "out"))
    merge(known, expand.grid(g = g, m2 = c("FALSE", "TRUE"), stringsAsFactors = FALSE))
  }
  tables <- list(c("~ a", "~ class"), c("~ class", "class ~ g", "a ~ g"), c("~ a", "~ all"), c("~ a", "a ~ g", "all ~ g"),
                 c("~ a", "~ g", "class ~ g"), c("~ a", "~ listed"), c("~ fine", "~ a", "listed ~ g"), c("~ m1 + m2", "~ a"),
                 c("~ a", "m1 + m2 ~ g"))
  for (one in tables) for (u in c("in", "out", if (any(grepl("listed", one))) "none" else if (!any(grepl("m1", one))) "else")) {
    release <- list(data = rows, tables = one, threshold = 10, cells = NULL)
    known <- cells(c("in", "out", "in", u))
    if (any(one == "~ fine")) known$fine[known$a == "u"] <- "U"
    used <- unique(unlist(lapply(one, function(f) all.vars(stats::as.formula(f)))))
    release$cells <- unique(known[used])
    told <- attack_release(1, whole, make = function(seed) release)
    expect_equal(told[["violations"]], 0, info = paste(c(one, u), collapse = "; "))
    expect_gt(told[["hidden"]], 0)
  }
})

test_that("nor with levels that nobody has of one of two classifications with other limits", {
  ages <- rep(c(25, 35, 41, 45, 55), c(60, 80, 3, 77, 100))
  rows <- data.frame(y = rep_len(c("yes", "no"), 320), w = 1, tens = cut(ages, c(0, 30, 40, 50, 60)))
  rows$other <- as.character(cut(ages, c(0, 30, 41, 50, 60)))
  seen <- unique(data.frame(tens = as.character(rows$tens), other = rows$other))
  levels(rows$tens) <- c(levels(rows$tens), "none")
  for (one in c(unique(rows$other), "else")) for (by in c("", " ~ y")) {
    cells <- merge(rbind(seen, data.frame(tens = "none", other = one)), data.frame(y = c("yes", "no")))
    tables <- if (by == "") c("~ tens", "~ other") else paste0(c("tens", "other"), by)
    release <- list(data = rows, tables = tables, threshold = 10, cells = cells)
    expect_equal(attack_release(1, whole, make = function(seed) release)[["violations"]], 0, info = paste(one, by))
  }
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
  told <- vapply(seq_len(15), attack_release, c(0, 0), change = primary)
  expect_gt(mean(told["violations", ] > 0), 0.6)
})

test_that("protecting each table by itself does not withstand him", {
  alone <- function(design, results, threshold) {
    lapply(results, function(x) weeg_protect(design, x, threshold = threshold))
  }
  told <- vapply(seq_len(30), attack_release, c(0, 0), change = alone)
  expect_gt(sum(told["violations", ] > 0), 2)
})
