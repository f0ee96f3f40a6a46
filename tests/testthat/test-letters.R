# Letters: the property that defines them, on random sets of differences and on comparisons, and an example by hand.

shares_letter <- function(text) {
  each <- strsplit(text, "")
  outer(seq_along(text), seq_along(text), Vectorize(function(i, j) length(intersect(each[[i]], each[[j]])) > 0L))
}

test_that("two groups share a letter if and only if they do not differ", {
  set.seed(4)
  for (run in 1:300) {
    size <- sample(2:8, 1L)
    different <- matrix(stats::runif(size^2) < stats::runif(1L), size)
    different <- different & upper.tri(different)
    different <- different | t(different)
    text <- find_letters(different, sample(size))
    expect_identical(shares_letter(text), !different)
    # no letter can be left out, and none is a part of another
    each <- strsplit(text, "")
    sets <- lapply(unique(unlist(each)), function(letter) which(vapply(each, function(e) letter %in% e, NA)))
    inside <- outer(seq_along(sets), seq_along(sets), Vectorize(function(i, j) i != j && all(sets[[i]] %in% sets[[j]])))
    expect_false(any(inside))
  }
})

test_that("by hand: a chain, all the same, all different", {
  chain <- matrix(FALSE, 4, 4)
  chain[cbind(c(1, 1, 2), c(3, 4, 4))] <- TRUE # neighbours do not differ
  expect_identical(find_letters(chain | t(chain), 1:4), c("a", "ab", "bc", "c"))
  expect_identical(find_letters(chain | t(chain), 4:1), c("c", "bc", "ab", "a"))
  expect_identical(find_letters(matrix(FALSE, 3, 3), 1:3), c("a", "a", "a"))
  expect_identical(find_letters(!diag(3) == 1, c(2, 3, 1)), c("c", "a", "b"))
})

test_that("more letters than there are is said before they are all found", {
  set.seed(1)
  for (share in c(0.1, 0.5, 0.9)) {
    different <- matrix(stats::runif(100^2) < share, 100L)
    different <- (different & upper.tri(different)) | t(different & upper.tri(different))
    took <- system.time(expect_error(find_letters(different, 1:100), "more than the 52 letters", class = "weeg_error_too_large"))
    expect_lt(took[["elapsed"]], 5)
  }
  expect_identical(find_letters(matrix(FALSE, 600L, 600L), 1:600), rep("a", 600L))
})

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)

test_that("letters of a comparison", {
  x <- weeg_compare(d, strengths ~ provider, measures = c("difference", "odds-ratio"))
  l <- weeg_letters(x)
  expect_identical(names(l), c("outcome", "measure", "level", "group", "estimate", "n", "letters"))
  expect_identical(nrow(l), 40L)
  for (k in seq_len(nrow(x))) {
    mine <- l[l$measure == x$measure[k] & l$level == x$level[k], ]
    pair <- mine$letters[match(c(x$group1[k], x$group2[k]), mine$group)]
    expect_identical(shares_letter(pair)[1L, 2L], x$p.adjusted[k] >= 0.05)
  }
  highest <- l[l$level == "niet" & l$measure == "difference", ]
  expect_match(highest$letters[which.max(highest$estimate)], "a")
  expect_match(format(l), "letter in common", all = FALSE)
  expect_equal(tidy(l), as.data.frame(l), ignore_attr = TRUE) # but for the order of levels
  expect_false(is.ordered(tidy(l)$level))
  expect_true(all(weeg_letters(x, level = 1 - 1e-12)$letters[l$level == "een beetje"] == "a"))
})

test_that("bad input", {
  x <- weeg_compare(d, strengths ~ provider, measures = "difference")
  cases <- list(
    list(quote(weeg_letters(d)), "must be a result of weeg_compare"),
    list(quote(weeg_letters(x, level = 5)), "between 0 and 1"),
    list(quote(weeg_letters(x[-1, ])), "every pair of groups once"),
    list(quote(weeg_letters(weeg_compare(d, strengths ~ provider, against = "total"))), "every pair of groups once"),
    list(quote(weeg_letters(weeg_compare(d, strengths ~ ronde, contrasts = "trend"))), "every pair of groups once")
  )
  for (case in cases) expect_error(eval(case[[1L]]), case[[2L]], class = "weeg_error_argument", info = deparse1(case[[1L]]))
})
