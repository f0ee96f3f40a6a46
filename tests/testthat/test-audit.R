# Published figures held against their counts: tables whose faults are known by hand, and random ones.

table_of <- function(n, pct, question = "Q", ...) {
  data.frame(question = question, answer = paste0("a", seq_along(n)), n = n, pct = pct, ...)
}

kinds <- function(x) sort(x$findings$kind)

# Percentages by whole-number division; count, base and 100 count 10^digits stay below 2^31.
percent_of <- function(count, base, rule, digits = 0L) {
  count <- as.integer(count)
  base <- as.integer(base)
  scaled <- 100L * as.integer(10^digits) * count
  below <- scaled %/% base
  rest <- scaled %% base
  tie <- 2L * rest == base
  up <- switch(rule, "half-up" = 2L * rest >= base, "half-even" = 2L * rest > base | (tie & below %% 2L == 1L),
               "half-down" = 2L * rest > base, truncation = FALSE, up = rest > 0L)
  (below + up) / 10^digits
}

test_that("the study's published figures: every discrepancy, as found by hand", {
  x <- weeg_audit(published$tables, published$claims, n = 1582)
  # 380/1568 = 24.23, 447/1568 = 28.51, 175/1566 = 11.17, 22/1566 = 1.40, 86/1500 = 5.73, 558/1500 = 37.20
  wrong <- x$findings[x$findings$kind == "percentage", ]
  expect_identical(wrong$item, c("36 tot en met 45 jaar", "46 tot en met 55 jaar", "Vrijwilligerswerk met vergoeding",
                                 "Met pensioen", "Ja, maar wat mij betreft is dit niet nodig",
                                 "Nee, daar heb ik ook geen behoefte aan"))
  expect_identical(wrong$printed, c(25, 28, 12, 2, 5, 38))
  expect_identical(wrong$correct, c(24, 29, 11, 1, 6, 37))
  # 9 + 20 + 24 + 28 + 15 + 3 = 99 on 1582; 19 + 24 + 11 + 15 + 4 + 7 + 1 + 17 = 98 on 1566
  sums <- x$findings[x$findings$kind == "sum", ]
  expect_identical(sums$question, c("Leeftijd", "Arbeidssituatie"))
  expect_match(sums$text[1L], "of 1582 add up to 99, the printed ones to 100: 36 tot en met 45 jaar (25 printed for 24)",
               fixed = TRUE)
  expect_match(sums$text[2L], "of 1566 add up to 98, the printed ones to 100", fixed = TRUE)
  bases <- x$findings$text[x$findings$kind == "base"]
  for (text in c("1568, 14 fewer", "1566, 16 fewer", "1050, 532 fewer", "440, 1142 fewer", "1500, 82 fewer",
                 "4 of 6 percentages follow from a base of 1568; a base of 1569 to 1615 (the stated 1582 among them)",
                 "6 of 8 percentages follow from a base of 1566; no other base",
                 "2 of 4 percentages follow from a base of 1500; no other base",
                 "regular_paid_work: said to be of 1582 respondents, but its table has a base of 1566")) {
    expect_length(grep(text, bases, fixed = TRUE), 1L)
  }
  expect_length(bases, 9L)
  claims <- x$findings[x$findings$kind == "claim", ]
  expect_identical(claims$item, c("peer_expert_valued", "misfit_too_easy"))
  expect_match(claims$text[1L], "461 + 395 = 856 of 1500 is 57.07%, so 57%", fixed = TRUE)
  expect_match(claims$text[1L], "no other combination of answers gives it", fixed = TRUE)
  expect_match(claims$text[2L], "77 of 440 is 17.50%; \"Anders\" has 200; \"Ik heb andere interesses\" has 106", fixed = TRUE)
  expect_identical(nrow(x$findings), 19L)
  expect_identical(x$claims$holds[match(c("peer_expert_received", "peer_expert_wanted", "regular_paid_work", "age_26_55",
                                          "activities_fit"), x$claims$id)], rep(TRUE, 5L))
  expect_identical(x$checks$checked[x$checks$kind %in% c("percentage", "claim")], c(27, 7))
})

test_that("hand-made tables: each fault is found, and nothing else", {
  cases <- list(
    # right: 2/3 and 1/3; a tie either way, 1/8 = 12.5; all cut off and all rounded up are named as such
    list(table_of(c(20, 10), c(67, 33)), character()),
    list(table_of(c(1, 7), c(13, 88)), character()),
    list(table_of(c(1, 7), c(12, 88)), character()),
    list(table_of(c(1, 7), c("12.5", "87,5")), character()),
    list(table_of(c(5, 1, 1), c(71, 14, 14)), character()),
    list(table_of(c(10, 10, 10), c(33, 33, 33)), character()),
    list(table_of(c(29, 29, 13), c(40, 40, 18)), "rounding"),
    list(table_of(c(10, 10, 10), c(34, 34, 34)), "rounding"),
    # 17/30 = 56.67, 13/30 = 43.33
    list(table_of(c(17, 13), c(56, 43)), "percentage"),
    list(table_of(c(17, 13), c(58, 43)), "percentage"),
    # three thirds made to add up to 100
    list(table_of(c(10, 10, 10), c(34, 33, 33)), c("percentage", "sum")),
    # percentages of 40, 5 of whom gave no answer, to which the counts add up
    list(table_of(c(20, 15), c(50, 37.5)), c("base", "percentage", "percentage", "sum")),
    # the same with the base stated
    list(table_of(c(20, 15), c(50, 37.5), base = 40), character()),
    # several answers: no sum
    list(table_of(c(50, 60, 70), c(50, 60, 70), base = 100), character()),
    # counts that do not make up their base, while the percentages are those of the counts
    list(table_of(c(20, 20), c(50, 50), base = 41), "base"),
    # without counts
    list(data.frame(question = "Q", answer = c("a", "b"), pct = c(60, 47)), "sum"),
    list(data.frame(question = "Q", answer = c("a", "b"), pct = c(35, 65), base = 32), "possible"),
    list(data.frame(question = "Q", answer = c("a", "b"), pct = c(34, 66), base = 32), character()),
    # said to be of 1000, which fits as well as 1001: nobody gave two answers, one number is wrong
    list(table_of(c(500, 501), c(50, 50), base = 1000), "base"),
    # one answer printed: its base is not known, unless said
    list(table_of(10, 50), character()),
    list(table_of(10, 50, base = 20), character()),
    list(table_of(10, 51, base = 20), "percentage"),
    # 0 is not rounded up: six answers of which four are 0 cannot add up to 102, but 0.5 and 100.5 may be 0 and 100
    list(data.frame(question = "Q", answer = letters[1:6], pct = c(0, 0, 0, 0, 50, 52)), "sum"),
    list(data.frame(question = "Q", answer = letters[1:3], pct = c(0, 50, 51)), character()),
    list(data.frame(question = "Q", answer = letters[1:3], pct = c(0, 0, 99)), character()),
    # word processors put a space that does not break before the sign
    list(table_of(c(1, 7), c("12,5\u00a0%", "87,5\u202f%")), character()),
    # two questions with different bases
    list(rbind(table_of(c(20, 10), c(67, 33)), table_of(c(20, 20), c(50, 50), "R")), "base")
  )
  for (case in cases) {
    about <- paste(case[[1L]]$n, case[[1L]]$pct, collapse = " | ")
    expect_identical(kinds(weeg_audit(case[[1L]])), sort(case[[2L]]), info = about)
  }
  expect_identical(kinds(weeg_audit(cases[[1L]][[1L]], n = 31)), "base")
  expect_identical(kinds(weeg_audit(cases[[1L]][[1L]], n = 30)), character())
})

test_that("claims: what they combine, bounds, the largest, and combinations searched", {
  t <- table_of(c(30, 25, 25, 20), c(30, 25, 25, 20))
  claim <- function(pct, answers = NA, question = NA, relation = "=", n = NA) {
    x <- weeg_audit(t, data.frame(id = "c", pct = pct, answers = answers, question = question, relation = relation, n = n))
    c(kinds(x), x$claims$holds)
  }
  expect_identical(claim(55, "a1 + a2"), "TRUE")
  expect_identical(claim(56, "a1 + a2"), c("claim", "FALSE"))
  expect_identical(claim(45, question = "Q"), "TRUE")
  expect_identical(claim(35, question = "Q"), c("claim", "FALSE"))
  expect_identical(claim(50, "a1 + a2", relation = ">"), "TRUE")
  expect_identical(claim(55, "a1 + a2", relation = ">"), c("claim", "FALSE"))
  expect_identical(claim(55, "a1 + a2", relation = "<"), c("claim", "FALSE"))
  expect_identical(claim(56, "a1 + a2", relation = "<"), "TRUE")
  expect_identical(claim(57, "a1 + a2", relation = "about"), "TRUE")
  expect_identical(claim(58, "a1 + a2", relation = "about"), c("claim", "FALSE"))
  expect_identical(claim(NA, "a1", relation = "largest"), "TRUE")
  expect_identical(claim(NA, "a2", relation = "largest"), c("claim", "FALSE"))
  expect_identical(claim(30, "a1", n = 90), c("base", "TRUE"))
  # 69 of 375 is 18.4 %, 33 of 375 is 8.8 %: neither more nor less
  t <- table_of(c(69, 33, 273), c(18.4, 8.8, 72.8))
  expect_identical(claim(18.4, "a1", relation = ">"), c("claim", "FALSE"))
  expect_identical(claim(8.8, "a2", relation = "<"), c("claim", "FALSE"))
  expect_identical(claim(72.8, "a3", relation = "<"), c("claim", "FALSE"))
  # names of answers that look like a combination
  t <- data.frame(question = "Q", answer = c("a + b", "c", "a"), n = c(30, 25, 45), pct = c(30, 25, 45))
  expect_identical(claim(30, "a + b"), "TRUE")
  expect_identical(claim(55, "c + a + b"), "TRUE")
  expect_identical(claim(70, "a + c"), "TRUE")
  t <- table_of(c(30, 25, 25, 20), c(30, 25, 25, 20))
  # without a question: 30 is a1 alone; 14 combinations of 4 answers but none and all
  x <- weeg_audit(t, data.frame(id = c("c", "d"), pct = c(30, 31)))
  expect_identical(x$claims$combinations, c(14L, 14L))
  expect_identical(x$claims$matches, c(1L, 0L))
  expect_identical(x$claims$match, c("a1", NA))
  expect_identical(nrow(x$findings), 0L)
  # 45 and 50 are each two combinations, 75 is three
  x <- weeg_audit(t, data.frame(id = c("c", "d", "e"), pct = c(45, 50, 75), question = "Q"))
  expect_identical(x$claims$matches, c(2L, 2L, 2L))
  expect_identical(x$claims$match, c("a2 + a4", "a1 + a4", "a1 + a2 + a4"))
})

test_that("correctly rounded percentages of random tables give no finding", {
  set.seed(41)
  bad <- 0L
  tables <- lapply(seq_len(1500L), function(i) {
    answers <- sample(2:9, 1L)
    n <- c(stats::rmultinom(1L, sample(c(7L, 32L, 100L, 500L, 1582L), 1L), stats::rexp(answers)))
    digits <- sample(0:1, 1L)
    table_of(n, percent_of(n, sum(n), sample(c("half-up", "half-even", "half-down"), 1L), digits), question = i)
  })
  x <- weeg_audit(do.call(rbind, tables), n = NULL)
  # tables of different size have different bases, which is one finding about all of them
  expect_identical(kinds(x), "base")
  expect_identical(x$checks$checked[x$checks$kind == "percentage"], as.double(sum(vapply(tables, nrow, 0L))))
  expect_gt(nrow(x$figures), 7000L)
})

test_that("a changed percentage is found whenever no rounding could give it", {
  set.seed(42)
  rules <- c("half-up", "half-even", "half-down", "truncation", "up")
  tables <- lapply(seq_len(1200L), function(i) {
    n <- 1L + c(stats::rmultinom(1L, sample(c(20L, 100L, 1582L), 1L), rep(1, sample(3:8, 1L))))
    digits <- sample(0:1, 1L)
    pct <- percent_of(n, sum(n), "half-up", digits)
    at <- sample(length(n), 1L)
    pct[at] <- pmin(100, pmax(0, pct[at] + sample(c(-2:-1, 1:2), 1L) / 10^digits))
    cbind(table_of(n, formatC(pct, digits = digits, format = "f"), question = i),
          possible = Reduce(`|`, lapply(rules, function(rule) abs(percent_of(n, sum(n), rule, digits) - pct) < 1e-9)))
  })
  tables <- do.call(rbind, tables)
  x <- weeg_audit(tables)
  found <- x$findings[x$findings$kind == "percentage", ]
  impossible <- paste(tables$question, tables$answer)[!tables$possible]
  expect_gt(length(impossible), 600L)
  expect_identical(setdiff(impossible, paste(found$question, found$item)), character())
  # what no rule gives is said to be so, and has no rule in the figures
  expect_true(all(grepl("no way of rounding", found$text[paste(found$question, found$item) %in% impossible])))
  expect_identical(is.na(x$figures$rule), !tables$possible)
})

test_that("bases that give the percentages are those found by trying each", {
  set.seed(43)
  for (i in 1:60) {
    n <- 1L + c(stats::rmultinom(1L, sample(30:300, 1L), rep(1, sample(3:6, 1L))))
    base <- sum(n) + sample(0:20, 1L)
    pct <- percent_of(n, base, "half-up")
    tried <- max(n):1000
    follow <- vapply(tried, function(b) {
      sum(percent_of(n, b, "half-up") == pct | percent_of(n, b, "half-down") == pct)
    }, 0L)
    row <- weeg_audit(table_of(n, pct))$questions
    expect_identical(row$bases.follow, as.double(max(follow)))
    expect_true(all(follow[tried >= row$bases.low & tried <= row$bases.high] == max(follow)))
    outside <- follow[tried %in% c(row$bases.low - 1, row$bases.high + 1)]
    expect_true(all(outside < max(follow)))
  }
})

test_that("numbers that could give percentages are those found by trying all counts", {
  printable <- function(n, digits) {
    k <- 0:n
    unique(c(percent_of(k, rep(n, n + 1L), "half-up", digits), percent_of(k, rep(n, n + 1L), "half-down", digits)))
  }
  for (digits in 0:1) {
    values <- lapply(1:150, printable, digits)
    for (pct in list(0, 100, 35, 66, c(58, 19), c(12.5, 33.3), c(99.5, 0.5), 50)) {
      if (digits == 0 && any(pct %% 1 != 0)) next
      expected <- which(vapply(values, function(v) all(vapply(pct, function(p) any(abs(v - p) < 1e-9), NA)), NA))
      expect_identical(weeg_possible_n(pct, digits, limit = 150), expected, info = paste(pct, collapse = " "))
    }
  }
  # 58, 19 and 23: the counts k1 + k2 + k3 = n, by trying all
  whole <- Filter(function(n) {
    k1 <- which(percent_of(0:n, rep(n, n + 1L), "half-up") == 58 | percent_of(0:n, rep(n, n + 1L), "half-down") == 58) - 1L
    k2 <- which(percent_of(0:n, rep(n, n + 1L), "half-up") == 19 | percent_of(0:n, rep(n, n + 1L), "half-down") == 19) - 1L
    k3 <- c(outer(k1, k2, function(a, b) n - a - b))
    k3 <- k3[k3 >= 0]
    any(percent_of(k3, rep(n, length(k3)), "half-up") == 23 | percent_of(k3, rep(n, length(k3)), "half-down") == 23)
  }, 1:120)
  expect_identical(weeg_possible_n(c(58, 19, 23), whole = TRUE, limit = 120), whole)
  # five of 9 and five of 10 add up to 95, so all are rounded down from a tie: 9.5 % and 10.5 %, first whole of 200
  expect_identical(weeg_audit(data.frame(question = "Q", answer = letters[1:10], pct = rep(9:10, 5)))$sets$n.min.whole, 200)
  # Brown and Heathers' idea: of 32 persons 34.4 and 37.5 are possible, 35 is not
  expect_false(32 %in% weeg_possible_n(35))
  expect_true(32 %in% weeg_possible_n("34,4"))
})

test_that("a stated n that cannot give a percentage is found, by itself and in a set", {
  x <- weeg_audit(claims = data.frame(id = c("a", "b", "c"), pct = c(35, 34, 38), n = 32, set = c(NA, "s", "s")))
  expect_identical(x$findings$item, "a")
  expect_identical(x$sets$possible, c(FALSE, TRUE))
  expect_identical(x$sets$n.min, as.double(c(weeg_possible_n(35)[1L], weeg_possible_n(c(34, 38))[1L])))
})

test_that("intervals and differences are those of prop.test, mcnemar.test and Newcombe's tables", {
  two <- function(x1, n1, x2, n2, ...) {
    part <- function(x, n, question) table_of(c(x, n - x), 100 * c(x, n - x) / n, question)
    t <- rbind(part(x1, n1, "Q"), part(x2, n2, "R"))
    claims <- data.frame(id = c("c", "d"), pct = NA, question = c("Q", "R"), answers = "a1", relation = "largest")
    weeg_audit(t, claims, pairs = c("c", "d"), digits = 6, ...)
  }
  # Newcombe (1998), table II, method 10: four decimals are printed
  newcombe <- list(c(56, 70, 48, 80, 0.0524, 0.3339), c(9, 10, 3, 10, 0.1705, 0.8090), c(6, 7, 2, 7, 0.0582, 0.8062),
                   c(5, 56, 0, 29, -0.0381, 0.1926), c(0, 10, 0, 20, -0.1611, 0.2775), c(0, 10, 0, 10, -0.2775, 0.2775),
                   c(10, 10, 0, 20, 0.6791, 1), c(10, 10, 0, 10, 0.6075, 1))
  for (case in newcombe) {
    d <- two(case[1L], case[2L], case[3L], case[4L])$differences
    expect_lt(max(abs(c(d$conf.low, d$conf.high) - case[5:6])), 5.1e-5)
  }
  # Newcombe (1998), single proportions, method 3
  newcombe <- list(c(81, 263, 0.2553, 0.3662), c(15, 148, 0.0624, 0.1605), c(0, 20, 0, 0.1611), c(1, 29, 0.0061, 0.1718))
  for (case in newcombe) {
    f <- two(case[1L], case[2L], 1, 2)$figures[1L, ]
    expect_lt(max(abs(c(f$conf.low, f$conf.high) - case[3:4])), 5.1e-5)
  }
  x <- two(56, 70, 48, 80)
  r <- stats::prop.test(c(56, 48), c(70, 80), correct = FALSE)
  expect_equal(x$differences$statistic^2, unname(r$statistic), tolerance = 1e-12)
  expect_equal(x$differences$p.value, r$p.value, tolerance = 1e-10)
  limits <- stats::prop.test(56, 70, correct = FALSE)$conf.int
  expect_equal(c(x$figures$conf.low[1L], x$figures$conf.high[1L]), c(limits), tolerance = 1e-12, ignore_attr = TRUE)
  # a stated design effect divides n: 112 of 140 with deff 2 is 56 of 70
  expect_equal(two(112, 140, 96, 160, deff = 2)$differences$p.value, r$p.value, tolerance = 1e-10)
  # against a fixed figure: 109 of 1566 against 19 %
  d <- weeg_audit(published$tables, published$claims, pairs = c("regular_paid_work", "panel_paid_work"))$differences
  r <- stats::prop.test(109, 1566, p = 0.19, correct = FALSE)
  expect_equal(d$statistic^2, unname(r$statistic), tolerance = 1e-12)
  expect_equal(c(d$conf.low, d$conf.high) + 0.19, c(r$conf.int), tolerance = 1e-12, ignore_attr = TRUE)
})

test_that("two figures from one question are not independent", {
  n <- c(40, 25, 20, 15)
  claims <- data.frame(id = c("c", "d"), pct = c(65, 45), answers = c("a1 + a2", "a2 + a3"))
  d <- weeg_audit(table_of(n, n), claims, pairs = list(c("c", "d"), c("a1", "a2")))$differences
  # in c only: 40, in d only: 20
  test <- stats::mcnemar.test(matrix(c(25, 20, 40, 15), 2), correct = FALSE)
  expect_equal(d$statistic[1L]^2, unname(test$statistic), tolerance = 1e-12)
  expect_equal(d$p.value[1L], test$p.value, tolerance = 1e-10)
  expect_equal(d$statistic[2L], (40 - 25) / sqrt(40 + 25), tolerance = 1e-12)
  # Limits by simulation of the multinomial: 95 % of intervals hold the true difference. 1000 samples, so 2.5 times the
  # standard error of the coverage is 1.7 points.
  set.seed(44)
  draws <- stats::rmultinom(1000L, 100L, n / 100)
  covered <- apply(draws, 2L, function(k) {
    count <- c(k[1L] + k[2L], k[2L] + k[3L])
    p <- count / 100
    two <- data.frame(item = c("c", "d"), count = count, base = 100, estimate = p, reason = NA_character_,
                      conf.low = weeg:::wilson_limit(p, 100, 0.95, -1), conf.high = weeg:::wilson_limit(p, 100, 0.95, 1))
    d <- weeg:::difference_row(two, list(both = k[2L] / 100), 1, 0.95)
    d$conf.low <= 0.2 && 0.2 <= d$conf.high
  })
  expect_lt(abs(mean(covered) - 0.95), 0.017)
})

test_that("figures from one question without counts are not independent, those of several answers are not tested", {
  bare <- data.frame(question = "Q", answer = c("a1", "a2", "a3"), pct = c(40, 25, 35), base = 200)
  d <- weeg_audit(bare, pairs = c("a1", "a2"))$differences
  # 80 of 200 gave the one, 50 the other, nobody both
  test <- stats::mcnemar.test(matrix(c(0, 50, 80, 70), 2), correct = FALSE)
  expect_equal(d$statistic^2, unname(test$statistic), tolerance = 1e-12)
  expect_equal(weeg_audit(bare, pairs = c("a1", "a2"), deff = 2)$differences$statistic, (40 - 25) / sqrt(40 + 25),
               tolerance = 1e-12)
  several <- table_of(c(60, 70, 20), c(60, 70, 20), base = 100)
  for (t in list(several, several[names(several) != "n"])) {
    x <- weeg_audit(t, pairs = c("a1", "a2"))
    expect_equal(x$differences$estimate, -0.1)
    expect_true(all(is.na(x$differences[c("conf.low", "conf.high", "statistic", "p.value")])))
    expect_match(x$differences$reason, "how many gave both is not known")
    expect_match(gsub("[ \n]+", " ", paste(format(x), collapse = " ")), "how many gave both is not known, so there is no test")
  }
})

test_that("how many respondents a figure without n would need", {
  claims <- data.frame(id = c("a", "b", "c", "d"), pct = c(50, 15, 50, 50), n = c(NA, NA, 1000, NA))
  d <- weeg_audit(claims = claims, pairs = list(c("a", "b"), c("c", "b"), c("a", "d")))$differences
  significant <- function(n1, n2, p1 = 0.5, p2 = 0.15) {
    pooled <- (n1 * p1 + n2 * p2) / (n1 + n2)
    abs(p1 - p2) / sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2)) >= 1.959964
  }
  expect_identical(d$n.needed[1L], as.double(which(vapply(1:100, function(n) significant(n, n), NA))[1L]))
  expect_identical(d$n.needed[2L], as.double(which(vapply(1:100, function(n) significant(1000, n), NA))[1L]))
  expect_identical(d$n.needed[3L], NA_real_)
  expect_identical(is.na(d$reason), c(FALSE, TRUE, FALSE))
})

test_that("percentages without counts have intervals that hold their rounding", {
  f <- augment(weeg_audit(claims = data.frame(id = c("a", "b", "c"), pct = c(58, 50, 70), n = c(200, 200, NA),
                                              relation = c("=", "about", "="))))
  # the lower limit of 57.5 %, the upper of 58.5 %; of about 50: 47.5 and 52.5
  limit <- function(x, side) stats::prop.test(x, 200, correct = FALSE)$conf.int[side]
  expect_equal(f$conf.low[1:2], c(limit(115, 1L), limit(95, 1L)), tolerance = 1e-12)
  expect_equal(f$conf.high[1:2], c(limit(117, 2L), limit(105, 2L)), tolerance = 1e-12)
  expect_identical(f$reason, c(NA, NA, "no number of respondents"))
})

test_that("what is printed, in English and in Dutch", {
  pairs <- list(c("regular_paid_work", "panel_paid_work"), c("severe_wants_work", "severe_works"))
  for (language in c("en", "nl")) {
    x <- weeg_audit(published$tables, published$claims, n = 1582, pairs = pairs, language = language)
    shown <- format(x, width = 80L)
    expect_true(all(nchar(shown) <= 80L))
    expect_identical(sum(grepl("^ *[0-9]+  [A-Za-z]", shown)), nrow(x$findings))
  }
  text <- gsub(" +", " ", paste(shown, collapse = " "))
  expect_match(text, "er staat 25%, maar 380 van 1568 is 24,23%, dus 24%")
  expect_match(text, "regular_paid_work \\(7,0% van 1566\\) tegenover panel_paid_work")
  expect_no_match(gsub("\\.( |$)", " ", text), "[0-9]\\.[0-9]")
  expect_match(paste(format(weeg_audit(table_of(c(20, 10), c(67, 33)), deff = 1.5)), collapse = " "),
               "Nothing found.*effect of 1.5")
})

test_that("a text never shows a tie that is none", {
  # 4999/10002 * 100 = 49.980, 2849/9998 = 28.4957 -> 28.50 with two decimals
  x <- weeg_audit(table_of(c(2849, 7149), c(29, 71)))
  expect_match(x$findings$text[x$findings$kind == "percentage"][1L], "is 28.49570%, so 28%", fixed = TRUE)
})

test_that("findings are tidy, figures augment, and the rest is glanced at", {
  x <- weeg_audit(published$tables, published$claims, n = 1582)
  expect_identical(tidy(x), x$findings)
  expect_identical(augment(x), x$figures)
  expect_identical(nrow(augment(x)), nrow(published$tables) + nrow(published$claims))
  expect_identical(glance(x)$found, sum(x$checks$found))
  expect_identical(glance(x)$found, as.double(nrow(x$findings)))
  expect_identical(names(weeg_audit(table_of(c(20, 10), c(67, 33)))$findings), names(x$findings))
})

test_that("what cannot be audited is refused, and the error says where", {
  t <- table_of(c(20, 10), c(67, 33))
  claim <- function(...) data.frame(id = "c", ...)
  cases <- list(
    list(quote(weeg_audit()), "nothing to audit"),
    list(quote(weeg_audit(1)), "`tables` must be a data frame"),
    list(quote(weeg_audit(t[-1])), "`tables` has no column `question`"),
    list(quote(weeg_audit(transform(t, question = c("Q", NA)))), "`tables\\$question` is missing in row 2"),
    list(quote(weeg_audit(transform(t, answer = c(NA, "b")))), "`tables\\$answer` is missing in row 1"),
    list(quote(weeg_audit(transform(t, pct = c(67, 133)))), "row 2 of `tables\\$pct` is 133"),
    list(quote(weeg_audit(transform(t, pct = c("67", "x")))), "\"x\" in `tables\\$pct` \\(row 2\\)"),
    list(quote(weeg_audit(transform(t, n = c(1.5, 2)))), "row 1 of `tables\\$n` is 1.5"),
    list(quote(weeg_audit(transform(t, base = c(30, 31)))), "the same in all rows"),
    list(quote(weeg_audit(transform(t, base = 15))), "row 1 of `tables` counts 20 of a base of 15"),
    list(quote(weeg_audit(rbind(t, t))), "has the answer \"a1\" of \"Q\" twice"),
    list(quote(weeg_audit(t, claim(pct = 101))), "row 1 of `claims\\$pct` is 101"),
    list(quote(weeg_audit(t, claim(pct = NA))), "`claims\\$pct` is missing in row 1"),
    list(quote(weeg_audit(t, claim(pct = 1, answers = "a9"))), "fits no question"),
    list(quote(weeg_audit(rbind(t, table_of(1, 100, "R")), claim(pct = 1, answers = "a1"))), "fits several questions"),
    list(quote(weeg_audit(t, claim(pct = 1, relation = "most"))), "\"most\" in `claims\\$relation`"),
    list(quote(weeg_audit(t, data.frame(id = c("c", "c"), pct = 1))), "\"c\" occurs twice"),
    list(quote(weeg_audit(claims = data.frame(id = 1:2, pct = 1, n = 3:4, set = "s"))), "set \"s\" have different `n`: 3, 4"),
    list(quote(weeg_audit(t, pairs = c("a1", "z"))), "\"z\" in `pairs` is no `id`"),
    list(quote(weeg_audit(t, pairs = "a1")), "`pairs` must be"),
    list(quote(weeg_audit(t, n = 0)), "`n` must be one whole number, 1 or more"),
    list(quote(weeg_audit(t, deff = -1)), "`deff` must be one positive number"),
    list(quote(weeg_audit(t, language = "de")), "`language` must be one of"),
    list(quote(weeg_possible_n(NA)), "`pct` must be percentages")
  )
  for (case in cases) expect_error(eval(case[[1L]]), case[[2L]], class = "weeg_error_argument")
})

test_that("numbers of respondents are tried some at a time, up to a limit", {
  expect_error(weeg_possible_n(66, limit = 2e9), "between 1 and 10 000 000", class = "weeg_error_argument")
  # in whole numbers: 100 k / n is within .005 of 33.33 where 2 |10000 k - 3333 n| is not more than n
  n <- seq_len(250000)
  k <- round(3333 * n / 10000)
  tried <- n[2 * abs(10000 * k - 3333 * n) <= n]
  expect_identical(weeg_possible_n(33.33, digits = 2, limit = 250000), tried)
})
