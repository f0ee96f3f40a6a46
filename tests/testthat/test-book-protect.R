# Books in a release: what is shown is what weeg_protect() shows of the verbs' results; an attacker who reads a whole book learns
# no hidden count (helper-attacker.R); and no file has what the book has not.

skip_if_not_installed("lpSolve")

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
whole <- weeg_book(d, ~ strengths + ervaringsdeskundige + arbeidssituatie, ~provider)
release <- weeg_protect(d, whole)
saved_book <- function(x, kind) {
  path <- withr::local_tempfile(fileext = paste0(".", kind), .local_envir = parent.frame())
  weeg_save(x, path)
  path
}
protected_words <- "not shown, to protect small groups"

# All that the verbs make of the tables of the book, in a release.
by_hand <- function(design, questions, banner, threshold, ..., answers = NULL) {
  made <- list()
  for (q in questions) {
    made[[paste(q, "")]] <- list(cells = weeg_proportion(design, stats::reformulate(q), answers = answers, ...))
    for (b in banner) {
      formula <- stats::reformulate(b, q)
      made[[paste(q, b)]] <- list(cells = weeg_proportion(design, formula, answers = answers, ...),
                                  tests = weeg_test(design, formula),
                                  comparisons = weeg_compare(design, formula, measures = "difference", answers = answers))
    }
  }
  weeg_protect(design, made, threshold = threshold)
}

# The book's rows of each kind against these; tests of books have the columns of weeg_test() and one more.
expect_by_hand <- function(book, made) {
  plain <- function(rows) lapply(as.list(as.data.frame(rows)), function(x) if (is.factor(x)) as.character(x) else x)
  for (name in names(made)) {
    asked <- strsplit(paste0(name, " "), " ")[[1L]]
    mine <- function(rows) as.list(rows[rows$outcome == asked[1L] & rows$banner == asked[2L], ])
    for (kind in names(made[[name]])) {
      want <- plain(made[[name]][[kind]])
      got <- mine(book[[kind]])
      columns <- setdiff(intersect(names(want), names(got)), asked)
      expect_true(all(c("reason", if (kind == "tests") "p.value" else c("estimate", "std.error", "conf.low")) %in% columns))
      expect_identical(got[columns], want[columns], info = paste(name, kind))
    }
  }
}

test_that("a book shows what a release of all its tables, tests and comparisons shows", {
  made <- by_hand(d, c("strengths", "ervaringsdeskundige", "arbeidssituatie"), "provider", 10)
  expect_by_hand(release, made)
  hidden <- is.na(release$cells$n)
  # something is hidden, and not all of that question, nor of the others
  expect_identical(unique(release$cells$outcome[hidden]), c("ervaringsdeskundige", "arbeidssituatie"))
  for (name in unique(release$cells$outcome[hidden])) expect_false(all(hidden[release$cells$outcome == name]))
  expect_true(all(hidden[whole$cells$n < 10]))
  expect_identical(release["strengths"]$cells, whole["strengths"]$cells)
  # weighted bases of the question go, those of others stay; levels, columns and texts are public
  mine <- release$cells$outcome != "strengths"
  expect_true(all(is.na(release$cells[mine, c("base.weighted", "base.effective")])))
  # a coefficient of variation is that of the coarse figures
  told <- !is.na(release$cells$std.error) & release$cells$estimate > 0
  expect_equal(release$cells$cv[told], (release$cells$std.error / release$cells$estimate)[told], tolerance = 1e-14)
  expect_true(all(is.na(release$cells$cv[is.na(release$cells$std.error)])))
  expect_false(isTRUE(all.equal(release$cells$cv[mine & told], whole$cells$cv[mine & told], tolerance = 1e-9)))
  kept <- c("outcome", "level", "statistic", "banner", "column", "letter")
  expect_identical(release$cells[kept], whole$cells[kept])
  expect_identical(release$columns, whole$columns)
  expect_identical(is.na(release$tests$p.value), release$tests$outcome != "strengths")
  # with other thresholds and intervals, and replicates
  few <- weeg_protect(d, weeg_book(d, ~waarom_niet, ~ronde, interval = "logit"))
  expect_by_hand(few, by_hand(d, "waarom_niet", "ronde", 10, interval = "logit"))
  expect_true(anyNA(few$cells$n) && any(!is.na(few$cells$std.error)))
  r <- weeg_replicates(d, "jkn")
  expect_by_hand(weeg_protect(r, weeg_book(r, ~waarom_niet, ~ronde)), by_hand(r, "waarom_niet", "ronde", 10))
  t <- weeg_tally(d, ~ waarom_niet + ronde)
  expect_by_hand(weeg_protect(t, weeg_book(t, ~waarom_niet, ~ronde)), by_hand(t, "waarom_niet", "ronde", 10))
})

test_that("nets of a book are protected with their answers", {
  nets <- list(no = c("Nee, daar heb ik ook geen behoefte aan", "Nee, maar ik zou dat wel graag willen"),
               want = c("Ja, en dat wil ik ook graag", "Nee, maar ik zou dat wel graag willen"))
  for (x in list(d, weeg_tally(d, ~ ervaringsdeskundige + provider), weeg_design(openvoorwerk))) {
    book <- weeg_book(x, ~ervaringsdeskundige, ~provider, answers = nets)
    safe <- weeg_protect(x, book)
    expect_by_hand(safe, by_hand(x, "ervaringsdeskundige", "provider", 10, answers = c(list(NULL), nets)))
    net <- book$cells$statistic == "net"
    hidden <- is.na(safe$cells$n)
    of <- function(level) hidden[safe$cells$level == level]
    expect_true(any(of(nets$want[1L])))
    # a net that is shown does not tell of one answer alone, in it or outside of it
    answers <- matrix(hidden[!net], 4L, dimnames = list(unique(book$cells$level[!net])))
    for (name in names(nets)) {
      inside <- rownames(answers) %in% nets[[name]]
      tells <- colSums(answers[inside, ]) == 1 | colSums(answers[!inside, ]) == 1
      expect_true(all(of(name)[tells]))
      expect_false(all(of(name)) && all(hidden[net]))
    }
    expect_identical(safe$cells$higher[hidden & net], rep(NA_character_, sum(hidden & net)))
    at <- safe$comparisons$level == "want" & is.na(safe$comparisons$p.value)
    expect_true(all(is.na(safe$comparisons[at, c("estimate", "estimate1", "p.adjusted", "conf.low")])))
  }
  # the family of p-values is that of all answers and nets, also of those that are not shown
  p <- safe$comparisons$p.value
  family <- ifelse(is.na(p), 1, p)
  expect_equal(safe$comparisons$p.adjusted[!is.na(p)], stats::p.adjust(family, "holm")[!is.na(p)],
               tolerance = 1e-11) # shown to 12 digits
  # one outside of which there are few
  rows <- data.frame(q = factor(rep(c("a", "b", "c"), c(60, 50, 4)), c("a", "b", "c")), g = rep_len(c("x", "y"), 114))
  x <- weeg_design(rows)
  safe <- weeg_protect(x, weeg_book(x, ~q, ~g, answers = list(most = c("a", "b"), all = c("a", "b", "c"))), threshold = 5)
  expect_true(all(is.na(safe$cells$n[safe$cells$level == "most"])))
  expect_match(grep("^most", format(safe), value = TRUE), "- +- +-", all = FALSE)
  expect_false(anyNA(safe$cells$n[safe$cells$level == "all"]))
})

# A mean is shown beside nothing that is hidden of its number, so that it is the same in all tables in which others change
# answers.
test_that("means of a book are shown where nothing is hidden that hangs together with their number, else not at all", {
  rows <- openvoorwerk
  rows$score <- as.numeric(cut(rows$leeftijd, c(0, 20, 35, 45, 55, 64, 100)))
  rows$class <- factor(rows$score)
  rows$young <- ifelse(rows$leeftijd < 36, "yes", "no")
  x <- weeg_design(rows, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  book <- weeg_book(x, ~ leeftijd + ervaringsdeskundige, ~ provider + ronde)
  safe <- weeg_protect(x, book)
  for (part in c("cells", "tests", "comparisons")) expect_identical(safe["leeftijd"][[part]], book["leeftijd"][[part]])
  expect_true(anyNA(safe$cells$n))
  expect_no_match(format(safe["leeftijd"]), "not shown, to", fixed = TRUE)
  # so of the verbs
  made <- list(weeg_mean(x, leeftijd ~ provider), weeg_test(x, leeftijd ~ provider, method = "mean"),
               weeg_compare(x, leeftijd ~ provider, measures = "mean-difference"))
  shown <- weeg_protect(x, made, weeg_proportion(x, ervaringsdeskundige ~ provider))
  for (k in 1:3) expect_identical(as.data.frame(shown[[1L]][[k]]), as.data.frame(made[[k]]))
  # beside classes of which some are hidden, finer or coarser, no mean; bases stay
  lost <- function(safe, bases = TRUE) {
    mine <- function(rows) rows[rows$outcome == "score", ]
    numbers <- setdiff(names(Filter(is.numeric, safe$cells)), c("n", "n.base"))
    expect_true(all(is.na(mine(safe$cells)[c(numbers, "higher")])))
    if (bases) expect_false(anyNA(mine(safe$cells)$n.base))
    expect_true(all(is.na(Filter(is.numeric, mine(safe$tests)))))
    expect_true(all(is.na(Filter(is.numeric, mine(safe$comparisons)))))
    expect_match(format(safe["score"]), protected_words, fixed = TRUE, all = FALSE)
  }
  lost(weeg_protect(x, weeg_book(x, ~ score + class, ~provider)))
  lost(weeg_protect(x, book = weeg_book(x, ~score, ~ronde), weeg_proportion(x, class ~ provider))$book)
  shown <- weeg_protect(x, weeg_book(x, ~ score + young, ~provider))
  expect_false(anyNA(shown$cells$estimate[shown$cells$outcome == "score"]))
  # a column in which few have a number hides those of others, too: their difference from the total would tell
  few <- which(rows$provider == "werkplein" & !is.na(rows$score))[-(1:4)]
  rows$score[few] <- NA
  x <- weeg_design(rows, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  small <- weeg_protect(x, weeg_book(x, ~score, ~provider))
  lost(small, FALSE)
  expect_true(is.na(small$cells$n.base[small$cells$column == "werkplein"]))
  expect_true(sum(is.na(small$cells$n.base)) > 1)
})

test_that("letters are those of the comparisons that are shown", {
  alpha <- 0.05
  book <- release
  for (k in seq_len(nrow(book$cells))) {
    cell <- book$cells[k, ]
    pairs <- book$comparisons[book$comparisons$outcome == cell$outcome & book$comparisons$banner == cell$banner &
                                book$comparisons$level == cell$level & !is.na(book$comparisons$p.adjusted), ]
    mine <- pairs[pairs$group1 == cell$column | pairs$group2 == cell$column, ]
    lower <- c(mine$group2[mine$group1 == cell$column & mine$estimate > 0 & mine$p.adjusted < alpha],
               mine$group1[mine$group2 == cell$column & mine$estimate < 0 & mine$p.adjusted < alpha])
    letters <- sort(book$columns$letter[book$columns$banner == cell$banner & book$columns$column %in% lower])
    expect_identical(cell$higher, if (nrow(mine) == 0L) NA_character_ else paste(letters, collapse = ""))
  }
  key <- function(rows, column) paste(rows$outcome, rows$banner, rows[[column]], rows$level)
  hidden <- key(book$cells, "column")[is.na(book$cells$n)]
  lost <- key(book$comparisons, "group1") %in% hidden | key(book$comparisons, "group2") %in% hidden
  expect_true(any(lost) && any(!is.na(book$cells$higher) & nzchar(book$cells$higher)))
  expect_true(all(is.na(book$comparisons$p.value[lost])) && all(is.na(book$comparisons$n1[lost])))
})

test_that("a book and other results are one release", {
  # the nation's count less that of all columns but one is that one
  rows <- data.frame(q = factor(rep(c("a", "b", "a", "b", "a", "b"), c(5, 40, 50, 50, 60, 60))),
                     g = rep(c("x", "y", "z"), c(45, 100, 120)))
  x <- weeg_design(rows)
  both <- weeg_protect(x, book = weeg_book(x, ~q, ~g), more = list(weeg_total(x, ~ g + q)))
  expect_named(both, c("book", "more"))
  expect_s3_class(both$book, "weeg_book")
  of_book <- both$book$cells[both$book$cells$banner == "g", ]
  total <- as.data.frame(both$more[[1L]])
  expect_identical(is.na(total$n), is.na(of_book$n[match(paste(total$g, total$q), paste(of_book$column, of_book$level))]))
  expect_true(anyNA(total$n))
  # two books, of which one has the questions of the other as columns
  rows$h <- rep(c("u", "v"), length.out = nrow(rows))
  x <- weeg_design(rows)
  two <- weeg_protect(x, weeg_book(x, ~q, ~h), weeg_book(x, ~h, ~q))
  n <- function(book, a, b) book$cells$n[match(paste(a, b), paste(book$cells$column, book$cells$level))]
  expect_identical(is.na(n(two[[1L]], "u", c("a", "b"))), is.na(n(two[[2L]], c("a", "b"), "u")))
})

test_that("no hidden count of a book is narrowed below 0 to threshold - 1, whatever is read in it", {
  skip_if_not_installed("Rglpk")
  attacks <- as.integer(Sys.getenv("WEEG_ATTACKS", "100"))
  for (nets in c(FALSE, TRUE)) {
    seeds <- seq_len(attacks %/% if (nets) 12L else 8L) + if (nets) 1000L else 0L
    told <- vapply(seeds, attack_book, c(0, 0), nets = nets)
    expect_identical(seeds[told["violations", ] > 0], integer())
    expect_gt(mean(told["hidden", ] > 0), 0.6)
  }
  # small counts alone, or with the tests and comparisons as they were, do not withstand him
  alone <- function(x, book, threshold) {
    members <- unclass(book)
    members$cells[members$cells$n < threshold, c("n", "estimate", "n.weighted")] <- NA
    replace(members, "comparisons", list(without_numbers(members$comparisons)))
  }
  expect_gt(mean(vapply(1:6, attack_book, c(0, 0), change = alone)["violations", ] > 0), 0.5)
  leaking <- function(x, book, threshold) {
    members <- unclass(weeg_protect(x, book, threshold = threshold))
    members$comparisons <- book$comparisons
    members
  }
  expect_gt(mean(vapply(1:6, attack_book, c(0, 0), change = leaking)["violations", ] > 0), 0.1)
  # nor do nets that are shown whatever is hidden of their answers
  with_nets <- function(x, book, threshold) {
    plain <- weeg_protect(x, book_without_nets(book), threshold = threshold)
    members <- unclass(book)
    answer <- members$cells$statistic == "share"
    members$cells[answer, names(plain$cells)] <- plain$cells
    members$cells[!answer & members$cells$n < threshold, c("n", "estimate", "n.weighted")] <- NA
    replace(members, c("comparisons", "tests"), list(without_numbers(members$comparisons), plain$tests))
  }
  expect_gt(mean(vapply(1000L + 1:12, attack_book, c(0, 0), change = with_nets, nets = TRUE)["violations", ] > 0), 0.2)
})

test_that("no hidden count by a broad banner is narrowed", {
  skip_if_not_installed("Rglpk")
  seeds <- seq_len(max(10L, as.integer(Sys.getenv("WEEG_ATTACKS", "100")) %/% 8L))
  told <- do.call(rbind, c(lapply(seeds, attack_banner), lapply(1000L + seeds[seeds %% 4L == 0L], attack_banner, nets = TRUE)))
  expect_gt(nrow(told), length(seeds) / 2)
  expect_identical(sum(told[, c("violations", "small")]), 0L)
  # the same attacker finds small counts that alone are not shown
  expect_gt(mean(told[, "alone"] > 0), 0.1)
  expect_gt(mean(told[, "hidden"] > 0 & told[, "shown"] > 0), 0.3)
})

# Of a broad banner, nets are shown that have all hidden answers, or none of them.
test_that("nets of a broad banner are shown where the hidden answers are together in them, or outside", {
  skip_if_not_installed("Rglpk")
  size <- c(8, 40, 90, 70, 6, 60, 50, 80)
  rows <- data.frame(q = factor(rep(letters[c(1:4, 1:4)], size)), g = rep(c("x", "y"), c(208, 196)))
  rows$h <- rep_len(c("u", "v", "v"), 404)
  x <- weeg_design(rows)
  nets <- list(ab = c("a", "b"), cd = c("c", "d"), bc = c("b", "c"), abc = c("a", "b", "c"), "only b" = "b")
  book <- weeg_book(x, ~q, ~ g + h, answers = nets)
  safe <- with_inside(list(most_atoms = 0L), weeg_protect(x, book))
  hidden <- is.na(safe$cells$n) & safe$cells$banner == "g"
  expect_setequal(unique(safe$cells$level[hidden]), c("a", "b", "bc", "only b"))
  for (level in c("a", "b", "bc", "only b")) expect_true(all(is.na(safe$cells$n[safe$cells$level == level])[-1L]))
  # a rule that shows all nets is found out
  everything <- function(sets, counts, which) {
    part <- answer_part(sets, counts, which)
    part$column[part$net[sets$figure$answer]] <- NA
    part
  }
  broken <- with_inside(list(most_atoms = 0L, answer_part = everything), weeg_protect(x, book))
  cells <- net_cells(expand.grid(q = letters[1:4], g = c("x", "y"), h = c("u", "v"), stringsAsFactors = FALSE), nets, rows, "q")
  told <- function(book) book_violations(told_by_book(book), cells, 11, true_counts(rows, cells))[["violations"]]
  expect_equal(told(safe), 0)
  expect_gt(told(broken), 0)
})

test_that("no figure of a book tells of hidden counts, in all books that there are", {
  nets <- list(ab = c("a", "b"))
  clusters <- function(rows) weeg_design(rows, cluster = ~town)
  seeds <- if (as.integer(Sys.getenv("WEEG_ATTACKS", "100")) > 100L) 1:20 else 3:4
  told <- vapply(seeds, attack_figures, c(0, 0, 0), 3, 5, 2, clusters, nets)
  expect_identical(sum(told["narrowed", ]), 0)
  expect_true(all(told["hidden", ] > 0) && any(told["errors", ] > 0))
  # he learns of a book of which nets, or standard errors, stay as they are
  leave <- function(columns, which) function(x, book, threshold) {
    members <- unclass(weeg_protect(x, book, threshold = threshold))
    at <- book$cells$statistic %in% which
    members$cells[at, columns] <- book$cells[at, columns]
    members
  }
  expect_gt(attack_figures(3, 3, 5, 2, clusters, nets, leave("n", "net"))[["narrowed"]], 0)
  errors <- leave(c("std.error", "n.effective"), c("share", "net"))
  expect_gt(attack_figures(4, 3, 5, 2, clusters, nets, errors)[["narrowed"]], 0)
})

test_that("nor do means of a number of which the answers are in the book, which are left out", {
  clusters <- function(rows) weeg_design(rows, cluster = ~town)
  scores <- c(a = 0, b = 1, c = 3, d = 7)
  told <- attack_figures(4, 2, 6, 2, clusters, scores = scores)
  expect_gt(told[["hidden"]], 0)
  expect_equal(told[["narrowed"]], 0)
  means <- function(x, book, threshold) {
    members <- unclass(weeg_protect(x, book, threshold = threshold))
    at <- book$cells$outcome == "score"
    members$cells[at, ] <- book$cells[at, ]
    members
  }
  expect_gt(attack_figures(4, 2, 6, 2, clusters, change = means, scores = scores)[["narrowed"]], 0)
})

test_that("a banner whose crossing is too large for linear programs is protected", {
  set.seed(1)
  draw <- function(k) factor(sample(letters[seq_len(k)], 2000, TRUE, prob = (k + 2):3))
  rows <- data.frame(a = draw(6), b = draw(7), c = draw(5), d = draw(6), e = draw(4), q = draw(4))
  rows$q[which(rows$q == "d")[-(1:20)]] <- "a"
  x <- weeg_design(rows)
  book <- weeg_book(x, ~q, ~ a + b + c + d + e)
  safe <- weeg_protect(x, book)
  hidden <- is.na(safe$cells$n)
  expect_true(all(hidden[book$cells$n < 10]))
  expect_true(any(hidden) && !all(hidden))
  # those who gave an answer of which something is hidden are together as many as before, so that none stands alone
  lost <- tapply(hidden, paste(safe$cells$banner, safe$cells$column), sum)
  expect_true(all(lost != 1L))
})

test_that("books whose broad banners hide different counts are the same but for these", {
  size <- c(90, 60, 50, 50, 70, 80, 2, 28, 30, 40, 10, 10)
  within <- unlist(lapply(size, seq_len))
  rows <- data.frame(q = rep(rep(letters[1:4], each = 3), size), g = rep(rep(c("x", "y", "z"), 4), size),
                     h = c("u", "u", "v", "v")[1 + within %% 4], w = c(1, 3)[1 + within %% 2])
  other <- rows # ten in y and ten in z, who are alike, exchange their answers
  other$q[rows$g == "y" & rows$q == "d"] <- "c"
  other$q[which(rows$g == "z" & rows$q == "c")[1:10]] <- "d"
  for (weights in list(NULL, ~w)) {
    shown <- lapply(list(rows, other), function(rows) {
      d <- weeg_design(rows, weights = weights)
      made <- list(book = weeg_book(d, ~q, ~ g + h), table = weeg_crosstab(d, q ~ g),
                   rest = weeg_compare(d, q ~ g, against = "rest"), test = weeg_test(d, q ~ g), total = weeg_total(d, ~ g + q))
      with_inside(list(most_atoms = 0L), weeg_protect(d, made, threshold = 5))
    })
    n <- shown[[1L]]$book$cells$n
    expect_true(anyNA(n) && !all(is.na(n)))
    expect_true(is.na(shown[[1L]]$test$p.value))
    same <- function(of) expect_identical(of(shown[[1L]]), of(shown[[2L]]))
    for (part in c("cells", "tests", "comparisons", "questions")) same(function(x) unclass(x$book)[[part]])
    for (part in c("rest", "test", "total")) same(function(x) as.data.frame(x[[part]]))
    same(function(x) unclass(x$table)[c("counts", "weighted", "residuals", "residual.p", "missing")])
    for (part in c("row", "column", "total", "margin")) same(function(x) as.data.frame(x$table[[part]]))
  }
})

test_that("a book says what it does not show, and how coarse the rest is", {
  lines <- format(release, width = 200)
  expect_match(lines, paste0("-: ", protected_words, "."), fixed = TRUE, all = FALSE)
  expect_match(lines, paste0("No test by provider: ", protected_words), fixed = TRUE, all = FALSE)
  text <- paste(lines, collapse = " ")
  expect_match(text, "disclosure counts below 10, and figures that would reveal them, not shown")
  expect_match(text, "precision [a-z0-9, ]+ [(]ervaringsdeskundige, arbeidssituatie[)]")
  expect_match(text, "beta-nchs")
  expect_no_match(paste(format(release["strengths"]), collapse = " "), protected_words, fixed = TRUE)
  # a base that is not shown
  rows <- data.frame(q = factor(rep(c("a", "b", "a", "b", "a", "b"), c(2, 2, 30, 30, 30, 30))),
                     g = rep(c("x", "y", "z"), c(4, 60, 60)))
  x <- weeg_design(rows)
  small <- weeg_protect(x, weeg_book(x, ~q, ~g))
  expect_true(all(is.na(small$cells[small$cells$column == "x", c("n", "n.base", "base.weighted", "base.effective", "df")])))
  expect_match(format(small), "^n .* -", all = FALSE)
})

test_that("no file has what the book does not show", {
  read <- utils::read.csv(saved_book(release, "csv"), encoding = "UTF-8", stringsAsFactors = FALSE)
  hidden <- which(is.na(release$cells$n))
  expect_true(all(is.na(read[hidden, c("estimate", "std.error", "n", "conf.low", "n.weighted", "cv")])))
  expect_true(all(read$higher[hidden] %in% c(NA, "")))
  rows <- release$cells[release$cells$outcome == "ervaringsdeskundige", ]
  at <- cbind(match(rows$level, unique(rows$level)), match(paste(rows$banner, rows$column),
                                                           paste(release$columns$banner, release$columns$column)))
  lost <- matrix(FALSE, max(at[, 1L]), nrow(release$columns))
  lost[at] <- is.na(rows$n)
  expect_true(any(lost) && !all(lost))
  count <- nrow(lost)
  # Markdown: the rows of the question's table that begin with an answer, but for the first cell
  md <- readLines(saved_book(release, "md"), encoding = "UTF-8")
  md <- md[seq(grep("ervaringsdeskundige", md)[1L], length(md))]
  md <- grep("^[|]", md, value = TRUE)[2L + seq_len(count)]
  cells <- do.call(rbind, lapply(strsplit(md, "|", fixed = TRUE), function(x) trimws(x[-(1:2)])))
  expect_identical(cells == "-", lost)
  if (requireNamespace("xml2", quietly = TRUE)) {
    page <- xml2::read_html(saved_book(release, "html"))
    rows_of <- xml2::xml_find_all(xml2::xml_find_all(page, "//table")[[2L]], ".//tbody[1]/tr")
    cells <- t(vapply(rows_of, function(row) xml2::xml_text(xml2::xml_find_all(row, "./td")), character(ncol(lost))))
    expect_identical(cells == "-", lost)
  }
  skip_if_not_installed("openxlsx")
  path <- saved_book(release, "xlsx")
  sheet <- openxlsx::readWorkbook(path, "ervaringsdeskundige", colNames = FALSE, skipEmptyRows = FALSE, skipEmptyCols = FALSE)
  cells <- as.matrix(sheet[7L + 2L * (seq_len(count) - 1L), 1L + seq_len(ncol(lost))])
  expect_identical(unname(cells == "-"), lost)
  expect_true("n" %in% sheet[[1L]] && !any(c("N (weighted)", "n eff.") %in% sheet[[1L]]))
  expect_true("N (weighted)" %in% openxlsx::readWorkbook(path, "strengths", colNames = FALSE)[[1L]])
  contents <- openxlsx::readWorkbook(path, "Contents", colNames = FALSE, skipEmptyRows = FALSE, skipEmptyCols = FALSE)
  expect_true(any(grepl("disclosure counts below 10", unlist(contents))))
})

test_that("what cannot be protected is refused", {
  said <- function(code, class, text) expect_error(code, text, class = paste0("weeg_error_", class), fixed = TRUE)
  said(weeg_protect(d, release), "argument", "a book is protected already")
  two <- weeg_design(transform(openvoorwerk, old = 1 * (leeftijd > 50)))
  said(weeg_protect(two, weeg_book(two, ~old, ~ronde)), "unsupported", "old has three values or fewer")
  t <- weeg_tally(d, leeftijd ~ strengths + ronde)
  said(weeg_protect(t, weeg_book(t, ~leeftijd, ~ronde)), "unsupported", "means can be protected of a design with rows")
  said(weeg_protect(d, weeg_total(d, leeftijd ~ ronde)), "unsupported", "cannot be protected")
  said(weeg_protect(d, weeg_book(d, ~strengths, ~ronde, filters = list(strengths = ~ leeftijd > 30))), "unsupported",
       "cannot be protected: strengths (in `filters`)")
  items <- list(barriers = ~ knelpunt_banen + knelpunt_schulden)
  said(weeg_protect(d, weeg_book(d, ~barriers, ~ronde, sets = items)), "unsupported", "and the book has barriers")
  said(weeg_protect(d, weeg_book(d, ~strengths, ~barriers, sets = items)), "unsupported", "and the book has barriers")
  said(weeg_protect(d, weeg_book(subset(d, leeftijd > 30), ~strengths, ~ronde)), "argument", "of the domain leeftijd > 30")
  said(weeg_protect(weeg_design(openvoorwerk), weeg_book(d, ~strengths, ~ronde)), "argument", "not of `data`: its design is")
  half <- weeg_design(openvoorwerk[1:800, ], weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  said(weeg_protect(half, weeg_book(d, ~strengths, ~ronde)), "argument", "a book is not of `data`: their counts differ")
})
