# Every sentence of the reports that says something about the data, with data that make it true and data that make it false.
# Which side of 0.05 a scene is on is known from base R's chisq.test(), prop.trend.test() and prop.test(): the samples are simple
# random ones, in which the tests of weeg are those but for n / (n - 1).

# A codebook: per variable its role and, as a vector named by codes, the meanings of its levels.
book_of <- function(...) {
  rows <- Map(function(x, name) {
    levels <- if (is.list(x)) x[[2L]]
    data.frame(variable = c(name, rep("", length(levels))), role = c(x[[1L]], rep("", length(levels))),
               code = c("", names(levels)), meaning = c("", unname(levels)), external = "",
               en = c(paste0("On ", name, "?"), paste0("ans ", names(levels)))[seq_len(1L + length(levels))])
  }, list(...), names(list(...)))
  do.call(rbind, rows)
}

# Rows of persons from counts of answers: tables(a = c(yes = 3, no = 2), ...) has a column `by` with the names of the vectors.
tables <- function(..., answer = "q", by = "g") {
  counts <- list(...)
  data <- do.call(rbind, Map(function(n, name) data.frame(rep(names(n), n), rep(name, sum(n))), counts, names(counts)))
  rownames(data) <- NULL
  stats::setNames(data, c(answer, by))
}

rep_named <- function(names, x) stats::setNames(rep(list(x), length(names)), names)

counts_of <- function(data, answer = "q", by = "g") table(data[[by]], data[[answer]])
whole_p <- function(...) suppressWarnings(stats::chisq.test(counts_of(...), correct = FALSE)$p.value)
# Holm over pairs of groups (rows of `pairs`), of the share of one answer; without pooling, as a difference is tested.
pair_p <- function(data, pairs, focus, answer = "q", by = "g") {
  p <- vapply(pairs, function(pair) {
    n <- vapply(pair, function(g) sum(data[[by]] == g), 0)
    s <- vapply(pair, function(g) mean(data[[answer]][data[[by]] == g] == focus), 0)
    2 * stats::pnorm(-abs(diff(s)) / sqrt(sum(s * (1 - s) / n)))
  }, 0)
  stats::p.adjust(p, "holm")
}
steps <- function(levels) {
  pairs <- Map(c, levels[-1], levels[-length(levels)])
  if (length(levels) > 2) c(pairs, list(levels[c(length(levels), 1)])) else pairs
}

yes_no <- c(no = "focus", yes = "")
three <- c(a = "focus", b = "", c = "")
wave_book <- function(levels = yes_no, role = "outcome") book_of(q = list(role, levels), wave = "round")
group_book <- function(levels = three, compare = TRUE) {
  groups <- c(k = if (compare) "compare" else "", l = if (compare) "compare" else "", m = "", n = "")
  book_of(q = list("outcome", levels), g = list("group", groups))
}

# All text of blocks, a line per paragraph.
said_in <- function(blocks) {
  texts <- c("text", "items", "values", "labels", "note", "caption", "alt")
  unlist(lapply(blocks, function(b) unlist(b[texts])), use.names = FALSE)
}

# What is said in both languages; figures are computed once.
in_both <- function(r, study, blocks) {
  r$release <- if (is.null(r$release)) new.env() else r$release
  lapply(c(en = "en", nl = "nl"), function(language) {
    r$words <- words_for_areas(read_words(language), study)
    said_in(blocks(r))
  })
}

national <- function(book, data, sections, threshold = NULL, conventions = "weeg") {
  study <- weeg_study(data, book, conventions = conventions)
  r <- national_base(study, "en", as.Date("2026-05-04"), threshold)
  in_both(r, study, function(r) unlist(lapply(sections, function(s) report_section(r, s)), recursive = FALSE))
}

municipal <- function(book, data, area, threshold = NULL) {
  study <- weeg_study(data, book)
  r <- municipal_base(study, "en", as.Date("2026-05-04"), threshold)
  r$release <- NULL
  in_both(r, study, function(r) municipal_sections(r, area))
}

# ---- data ------------------------------------------------------------------------------------------------------------

wave <- function(...) tables(..., by = "wave")
eleven <- function(first, others) stats::setNames(c(first, rep(others, 10)), letters[1:11])
data <- list(
  trend = wave("1" = c(no = 200, yes = 300), "2" = c(no = 170, yes = 330), "3" = c(no = 145, yes = 355)),
  rise = wave("1" = c(no = 145, yes = 355), "2" = c(no = 170, yes = 330), "3" = c(no = 200, yes = 300)),
  flat = wave("1" = c(no = 200, yes = 300), "2" = c(no = 205, yes = 295), "3" = c(no = 200, yes = 300)),
  # as many say a; who does not moves from b to c and back
  others = wave("1" = c(a = 200, b = 200, c = 100), "2" = c(a = 200, b = 100, c = 200), "3" = c(a = 200, b = 200, c = 100)),
  # one of eleven answers goes up, little by little
  hidden_trend = wave("1" = eleven(100, 40), "2" = eleven(110, 39), "3" = eleven(120, 38), "4" = eleven(130, 37)),
  same_groups = tables(k = c(a = 80, b = 60, c = 60), l = c(a = 78, b = 62, c = 60), m = c(a = 82, b = 58, c = 60)),
  far_groups = tables(k = c(a = 150, b = 30, c = 20), l = c(a = 50, b = 80, c = 70), m = c(a = 100, b = 50, c = 50)),
  one_apart = tables(k = c(a = 82, b = 54, c = 64), l = c(a = 52, b = 80, c = 68), m = c(a = 66, b = 70, c = 64)),
  other_answer = tables(k = c(a = 80, b = 100, c = 20), l = c(a = 80, b = 60, c = 60), m = c(a = 80, b = 20, c = 100)),
  # six groups, of which one differs; six, of which none does: 15 pairs
  six_groups = do.call(tables, c(list(k = c(a = 150, b = 50)), rep_named(c("l", "m", "n", "o", "p"), c(a = 80, b = 120)))),
  six_the_same = do.call(tables, rep_named(c("k", "l", "m", "n", "o", "p"), c(a = 80, b = 120))),
  # two of four groups differ in one of eleven answers
  lost_pair = tables(k = eleven(75, 30), l = eleven(43, 33), m = eleven(58, 32), n = eleven(58, 32))
)
letters11 <- stats::setNames(c("focus", rep("", 10)), letters[1:11])

test_that("the scenes are on the side of 0.05 that their sentences say", {
  w <- function(name) whole_p(data[[name]], by = "wave")
  g <- function(name) whole_p(data[[name]])
  waves <- function(name, focus, count = 3) pair_p(data[[name]], steps(as.character(seq_len(count))), focus, by = "wave")
  groups <- function(name, all = c("k", "l", "m")) pair_p(data[[name]], utils::combn(all, 2, simplify = FALSE), "a")
  slope <- function(name, focus) {
    n <- counts_of(data[[name]], by = "wave")
    suppressWarnings(stats::prop.trend.test(n[, focus], rowSums(n))$p.value) # of a perfect fit
  }
  expect_lt(w("trend"), 0.01)
  expect_gt(min(waves("trend", "no")[1:2]), 0.05)
  expect_lt(waves("trend", "no")[3], 0.01)
  expect_gt(min(w("flat"), waves("flat", "no"), slope("flat", "no")), 0.3)
  expect_lt(w("others"), 0.01)
  expect_gt(min(waves("others", "a"), slope("others", "a")), 0.3)
  expect_gt(w("hidden_trend"), 0.2)
  expect_lt(slope("hidden_trend", "a"), 0.03)
  expect_gt(min(g("same_groups"), groups("same_groups")), 0.3)
  expect_lt(max(g("far_groups"), groups("far_groups")), 0.01)
  expect_lt(g("other_answer"), 0.01)
  expect_gt(min(groups("other_answer")), 0.3)
  expect_lt(max(g("one_apart"), groups("one_apart")[1]), 0.04)
  expect_gt(min(groups("one_apart")[2:3]), 0.06)
  expect_gt(g("lost_pair"), 0.1)
  expect_lt(groups("lost_pair", c("k", "l", "m", "n"))[1], 0.04)
})

# ---- scenes ----------------------------------------------------------------------------------------------------------

# A group of which one level is another one's opposite in `sex`, so that adjusting for sex matters: counts of no by group and sex.
confounded <- function(k, l, of = list(k = c(v = 100, m = 100), l = c(v = 100, m = 100))) {
  part <- function(no, group) {
    n <- of[[group]]
    data.frame(q = rep(rep(c("no", "yes"), 2), c(no[["v"]], n[["v"]] - no[["v"]], no[["m"]], n[["m"]] - no[["m"]])),
               g = group, sex = rep(names(n), n))
  }
  rbind(part(k, "k"), part(l, "l"))
}
uneven <- list(k = c(v = 160, m = 40), l = c(v = 40, m = 160))
sex_book <- book_of(q = list("outcome", yes_no), g = list("group", c(k = "compare", l = "compare")), sex = "covariate")
adjusted <- function(...) national(sex_book, confounded(...), c("adjusted", "methods"))

need_book <- book_of(h = list("outcome", c(has = "met", wants = "unmet", not = "none")), g = "group")
need <- function(...) national(need_book, tables(..., answer = "h"), "needs")

multiple_book <- data.frame(variable = c("m", rep("", 4), "g"), role = c("multiple", rep("", 4), "group"),
                            code = c("", "a1", "a2", "a3", "a4", ""), en = c("What?", "one", "two", "three", "four", "G"))
# Of 200 in group k and 200 in group l, how many name each item, by turns: who names one is hardly more likely to name another.
named <- function(k, l) {
  data <- data.frame(g = rep(c("k", "l"), each = 200))
  for (i in seq_along(k)) data[[paste0("a", i)]] <- +((0:199 - 50 * (i - 1)) %% 200 < rep(c(k[i], l[i]), each = 200))
  data
}
several <- function(k, l = k, ...) {
  data <- named(k, l)
  national(multiple_book[multiple_book$code %in% c("", names(data)), ], data, "multiple", ...)
}

external <- function(percent, answers) {
  book <- book_of(q = list("question", c(no = "", yes = "")))
  book$external[2] <- percent
  book$source <- c("", "Them", "Them")
  national(book, data.frame(q = answers), c("external", "questions"))
}

plain <- data.frame(q = rep(c("no", "yes"), c(40, 60)), g = rep(c("k", "l"), 50))
plain_book <- book_of(q = list("outcome", yes_no), g = "group")
with_column <- function(..., data = plain) cbind(data, data.frame(...))
all_sections <- c("summary", "response", "background", "groups", "questions", "methods")
designed <- function(data, ..., sections = all_sections, threshold = NULL) {
  national(rbind(plain_book, book_of(...)), data, sections, threshold)
}

by_conventions <- function(conventions) national(plain_book, plain, c("groups", "methods"), conventions = conventions)

# PSUs of `size` persons, `no` of whom say no.
in_psus <- function(size, no, role = "cluster", sections = "questions", ...) {
  psu <- rep(seq_along(size), size)
  q <- unlist(Map(function(size, no) rep(c("no", "yes"), c(no, size - no)), size, no))
  national(book_of(q = list("question", c(no = "", yes = "")), c = role), data.frame(q = q, c = psu), sections, ...)
}

abc_book <- book_of(q = list("question", c(a = "", b = "", c = "")))

# Many areas, of which A is `own` and the others are alike.
area_book <- book_of(q = list("outcome", c(a = "focus", b = "", c = "")), u = list("outcome", yes_no), town = "area")
areas <- function(own, other = c(a = 40, b = 30, c = 30), count = 6, u = 0.5) {
  others <- stats::setNames(rep(list(other), count - 1), LETTERS[seq_len(count)][-1])
  data <- do.call(tables, c(list(A = own), others, by = "town"))
  data$u <- unlist(lapply(split(seq_len(nrow(data)), data$town), function(i) {
    rep(c("no", "yes"), round(c(u, 1 - u) * length(i)) + c(0, length(i) - sum(round(c(u, 1 - u) * length(i)))))
  }))
  data
}

small_areas <- function() {
  set.seed(8, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  data.frame(q = sample(c("a", "b", "c"), 330, TRUE), u = sample(c("no", "yes"), 330, TRUE),
             town = rep(LETTERS[1:6], c(5, 25, 60, 80, 80, 80)))
}

scenes <- list(
  trend = function() national(wave_book(), data$trend, c("summary", "rounds", "methods")),
  rise = function() national(wave_book(), data$rise, c("summary", "rounds")),
  flat = function() national(wave_book(), data$flat, c("summary", "rounds")),
  others = function() national(wave_book(three), data$others, c("summary", "rounds")),
  hidden_trend = function() national(wave_book(letters11), data$hidden_trend, c("summary", "rounds")),
  ordered_up = function() {
    book <- wave_book(c(low = "", mid = "focus", high = ""), "outcome ordered")
    x <- wave("1" = c(low = 100, mid = 50, high = 50), "2" = c(low = 75, mid = 50, high = 75),
              "3" = c(low = 50, mid = 50, high = 100))
    national(book, x, c("summary", "rounds"))
  },
  two_rounds = function() {
    x <- with_column(v = rep(c("no", "yes"), 500), data = data$flat[data$flat$wave != "3", ])
    x$q[x$wave == "1"] <- "yes"
    x$q[which(x$wave == "1")[1:30]] <- "no"
    national(rbind(wave_book(), book_of(v = list("outcome", yes_no))), x, c("summary", "rounds", "methods"))
  },
  two_differ = function() {
    x <- with_column(v = rep(c("no", "yes"), 500), data = data$flat[data$flat$wave != "3", ])
    x$v[x$wave == "1"] <- x$q[x$wave == "1"] <- "yes"
    x$v[which(x$wave == "1")[1:30]] <- x$q[which(x$wave == "1")[1:30]] <- "no"
    national(rbind(wave_book(), book_of(v = list("outcome", yes_no))), x, "summary")
  },
  two_flat = function() {
    x <- with_column(v = rep(c("no", "yes"), 750), data = data$flat)
    national(rbind(wave_book(), book_of(v = list("outcome", yes_no))), x, c("summary", "rounds"))
  },
  one_round = function() { # v was asked in one round only
    x <- with_column(v = rep(c("no", "yes"), 750), data = data$flat)
    x$v[x$wave != "2"] <- NA
    national(rbind(wave_book(), book_of(v = list("outcome", yes_no))), x, c("summary", "rounds"))
  },
  one_round_differs = function() {
    x <- with_column(v = rep(c("no", "yes"), 750), data = data$trend)
    x$v[x$wave != "2"] <- NA
    national(rbind(wave_book(), book_of(v = list("outcome", yes_no))), x, "summary")
  },
  groups_in_rounds = function() {
    n <- list("1" = c(no = 100, yes = 100), "2" = c(no = 100, yes = 100), "3" = c(no = 100, yes = 100))
    x <- with_column(g = rep(c("k", "l"), 300), data = do.call(wave, n))
    national(rbind(wave_book(), book_of(g = "group")), x, "rounds")
  },
  groups_in_rounds_differ = function() {
    x <- with_column(g = rep(c("k", "l"), 300), data = wave("1" = c(no = 140, yes = 60), "2" = c(no = 100, yes = 100),
                                                            "3" = c(no = 60, yes = 140)))
    national(rbind(wave_book(), book_of(g = "group")), x, "rounds")
  },
  one_group_in_rounds = function() {
    x <- with_column(g = "k", data = wave("1" = c(no = 100, yes = 100), "2" = c(no = 98, yes = 102)))
    x$g[c(1, 2, 201, 202)] <- c("l", "l", NA, NA) # nobody of l in round 2
    national(rbind(wave_book(), book_of(g = "group")), x, "rounds")
  },
  one_group_differs = function() {
    x <- with_column(g = "k", data = wave("1" = c(no = 150, yes = 50), "2" = c(no = 98, yes = 102)))
    x$g[1:2] <- "l"
    national(rbind(wave_book(), book_of(g = "group")), x, "rounds")
  },
  same_groups = function() national(group_book(), data$same_groups, c("summary", "groups", "methods")),
  far_groups = function() national(group_book(), data$far_groups, c("summary", "groups")),
  one_apart = function() national(group_book(), data$one_apart, c("summary", "groups")),
  six_groups = function() national(book_of(q = list("outcome", three), g = "group"), data$six_groups, "groups"),
  six_the_same = function() national(book_of(q = list("outcome", three), g = "group"), data$six_the_same, "groups"),
  other_answer = function() national(group_book(), data$other_answer, c("summary", "groups")),
  lost_pair = function() national(group_book(letters11), data$lost_pair, c("summary", "groups")),
  all_the_same = function() {
    national(book_of(q = list("outcome question", yes_no), g = "group"), with_column(g = rep(c("k", "l"), 20), data =
      data.frame(q = rep("no", 40))), c("groups", "questions"))
  },
  two_the_same = function() {
    national(group_book(), tables(k = c(a = 50, b = 0), l = c(a = 50, b = 0), m = c(a = 25, b = 25)), "groups")
  },
  needs_differ = function() need(k = c(has = 50, wants = 100, not = 50), l = c(has = 100, wants = 50, not = 50)),
  needs_same = function() need(k = c(has = 50, wants = 100, not = 50), l = c(has = 48, wants = 102, not = 50)),
  needs_none = function() need(k = c(not = 50), l = c(not = 50)),
  items_same = function() several(c(100, 80, 60, 40)),
  items_differ = function() several(c(100, 80, 60, 40), c(100, 80, 60, 90)),
  # each item a little, in one direction: together they differ
  items_whole = function() several(c(70, 70, 70, 70), c(53, 53, 53, 53)),
  items_none = function() several(c(0, 0), c(0, 0)),
  items_two = function() several(c(100, 80)),
  items_blank = function() { # who names nothing has blanks only
    book <- multiple_book[1:3, ]
    book$role[1] <- "multiple blank"
    x <- named(c(100, 80), c(100, 80))[-1]
    x[x == 0] <- NA
    national(book, x, "multiple")
  },
  items_hidden = function() several(c(100, 80, 60, 2), threshold = 10),
  adjusted_similar = function() adjusted(c(v = 70, m = 70), c(v = 30, m = 30)),
  adjusted_smaller = function() adjusted(c(v = 120, m = 16), c(v = 22, m = 48), uneven),
  adjusted_larger = function() adjusted(c(v = 80, m = 40), c(v = 4, m = 84), uneven),
  adjusted_lost = function() adjusted(c(v = 96, m = 8), c(v = 24, m = 32), uneven),
  adjusted_gained = function() adjusted(c(v = 56, m = 32), c(v = 4, m = 84), uneven),
  adjusted_reversed = function() {
    of <- list(k = c(v = 380, m = 20), l = c(v = 20, m = 380))
    adjusted(c(v = 266, m = 1), c(v = 19, m = 114), of)
  },
  adjusted_none = function() adjusted(c(v = 50, m = 50), c(v = 50, m = 50)),
  adjusted_na = function() {
    national(sex_book, data.frame(q = "no", g = rep(c("k", "l"), 20), sex = rep(c("v", "m"), each = 20)), "adjusted")
  },
  adjusted_known = function() {
    x <- confounded(c(v = 70, m = 70), c(v = 30, m = 30))
    x$sex[1:20] <- NA
    national(sex_book, x, "adjusted")
  },
  external_lower = function() external("60", rep(c("no", "yes"), c(40, 60))),
  external_higher = function() external("20", rep(c("no", "yes"), c(40, 60))),
  external_same = function() external("42", rep(c("no", "yes"), c(40, 60))),
  external_na = function() external("60", rep("no", 40)),
  tie = function() national(abc_book, data.frame(q = rep(c("a", "b", "c"), c(40, 40, 20))), "questions"),
  most = function() national(abc_book, data.frame(q = rep(c("a", "b", "c"), c(40, 50, 10))), "questions"),
  focus = function() national(book_of(q = list("question", yes_no)), plain["q"], "questions"),
  unweighed_answer = function() { # who said yes has weight 0
    book <- book_of(q = list("question", yes_no), w = "weight")
    national(book, data.frame(q = rep(c("no", "yes"), c(30, 2)), w = rep(1:0, c(30, 2))), "questions")
  },
  plain = function() national(plain_book, plain, all_sections),
  weighted = function() designed(with_column(w = rep(1:2, 50), b = rep(c("x", "y"), 50)), w = "weight", b = "background"),
  equal_weights = function() designed(with_column(w = 1.5, b = rep(c("x", "y"), 50)), w = "weight", b = "background"),
  one_person = function() national(book_of(q = list("question", yes_no)), data.frame(q = "no"), "summary"),
  clustered = function() designed(with_column(c = rep(1:10, 10)), c = "cluster"),
  strata = function() designed(with_column(c = rep(1:10, 10), s = rep(rep(1:2, each = 5), 10)), c = "cluster", s = "stratum"),
  towns = function() {
    designed(with_column(t = rep(c("A", "B"), c(60, 40)), o = rep(c("x", "y"), 50)), t = "area", o = "organisation")
  },
  one_town = function() designed(with_column(t = "A", o = "x"), t = "area", o = "organisation"),
  unknown_towns = function() designed(with_column(t = rep(c("A", "B", NA), c(60, 30, 10))), t = "area"),
  small_town = function() designed(with_column(t = rep(c("A", "B"), c(94, 6))), t = "area", threshold = 10),
  protected = function() {
    national(rbind(plain_book, book_of(wave = "round")), with_column(wave = rep(1:2, c(96, 4))),
             c("summary", "groups", "rounds", "methods"), 10)
  },
  few_in_group = function() {
    national(plain_book, with_column(g = rep(c("k", "l"), c(96, 4)), data = plain["q"]), c("groups", "methods"), 10)
  },
  group_in_psu = function() {
    grouped <- with_column(g = rep(c("k", "l"), c(90, 10)), data = plain["q"])
    national(rbind(plain_book, book_of(c = "cluster")), with_column(c = rep(1:10, each = 10), data = grouped), "groups")
  },
  nchs = function() by_conventions("nchs"),
  survey = function() by_conventions("survey"),
  sas = function() by_conventions("sas"),
  sudaan = function() by_conventions("sudaan"),
  clustered_protected = function() {
    national(rbind(plain_book, book_of(c = "cluster")), with_column(c = rep(1:10, 10)), "methods", 10)
  },
  clustered_items = function() {
    national(rbind(multiple_book, book_of(c = "cluster")[names(multiple_book)]),
             with_column(c = rep(1:20, 20), data = named(c(100, 80, 60, 40), c(100, 80, 60, 40))), "methods")
  },
  # 400 persons of whom 65 % say no, and 20 PSUs of 40 of whom 60 % do: the first has more than half of the variance
  one_psu = function() in_psus(c(400, rep(40, 20)), c(260, rep(24, 20))),
  one_area = function() in_psus(c(400, rep(40, 20)), c(260, rep(24, 20)), "cluster area"),
  four_psus = function() in_psus(rep(100, 4), c(44, 45, 55, 56)), # 3 degrees of freedom at most
  four_answers = function() in_psus(rep(10, 40), rep(1:0, c(4, 36))),
  four_answers_nchs = function() in_psus(rep(10, 40), rep(1:0, c(4, 36)), conventions = "nchs"),
  unsure_psus = function() in_psus(rep(6, 4), c(1, 2, 4, 5)), # has a double dagger
  unsure = function() national(book_of(q = list("question", yes_no)), data.frame(q = rep(c("no", "yes"), 6)), "questions"),
  mess = function() {
    book <- book_of(nr = "id", q = list("question", yes_no), gone = "question", w = "weight", c = "cluster area", s = "stratum")
    x <- data.frame(nr = c(1, 2, 2, 4, NA, 6, 7, 8, 1, 9, 10), q = c("no", "NO", "what", rep("yes", 8)),
                    w = c(1, 1, 1, 1, 1, 1, NA, -1, 1, 1, 1), c = c("a", "a", "a", "b", "b", NA, "a", "b", "b", "a", "a"),
                    s = c(rep("x", 9), NA, "x"), more = 1)
    national(book, x, "response")
  },
  twice = function() { # many answers, the same in two rows
    rows <- as.data.frame(stats::setNames(rep(list(c("no", "no", "yes")), 10), paste0("q", 1:10)))
    national(do.call(book_of, stats::setNames(rep(list("question"), 10), names(rows))), rows, "response")
  },
  area_same = function() municipal(area_book, areas(c(a = 40, b = 30, c = 30)), "A"),
  area_more = function() municipal(area_book, areas(c(a = 80, b = 10, c = 10)), "A"),
  area_both = function() {
    x <- areas(c(a = 80, b = 10, c = 10))
    x$u[x$town == "A"][1:40] <- "yes"
    municipal(area_book, x, "A")
  },
  area_less = function() municipal(area_book, areas(c(a = 10, b = 45, c = 45)), "A"),
  area_other = function() municipal(area_book, areas(c(a = 40, b = 60, c = 0)), "A"),
  area_one_question = function() municipal(area_book[-(5:7), ], areas(c(a = 40, b = 30, c = 30)), "A"),
  area_one_differs = function() municipal(area_book[-(5:7), ], areas(c(a = 80, b = 10, c = 10)), "A"),
  area_few = function() {
    x <- areas(c(a = 8, b = 6, c = 6))
    x$u[x$town == "A"] <- NA
    x$q[x$town == "A"][-1] <- NA
    municipal(area_book, x, "A")
  },
  area_alone = function() {
    municipal(area_book, rbind(areas(c(a = 40, b = 30, c = 30)), data.frame(q = "a", town = "Z", u = "no")), "Z")
  },
  area_of_two = function() municipal(area_book, areas(c(a = 12, b = 9, c = 9), count = 2), "A"),
  area_unsure_one = function() municipal(area_book[-(5:7), ], areas(c(a = 4, b = 4, c = 4)), "A"),
  area_protected = function() municipal(area_book, areas(c(a = 40, b = 30, c = 30)), "A", 10),
  area_protected_one = function() municipal(area_book[-(5:7), ], areas(c(a = 40, b = 30, c = 30)), "A", 10),
  area_hidden = function() municipal(area_book, small_areas(), "A", 10),
  area_hidden_one = function() municipal(area_book, areas(c(a = 40, b = 30, c = 30), u = 0.02), "A", 10),
  area_hidden_two = function() {
    x <- areas(c(a = 40, b = 30, c = 30), u = 0.02)
    x$v <- x$u
    municipal(rbind(area_book, book_of(v = list("outcome", yes_no))), x, "A", 10)
  },
  area_doubt = function() municipal(area_book, areas(c(a = 53, b = 24, c = 23)), "A")
)
said <- new.env()
say_of <- function(scene) {
  if (is.null(said[[scene]])) said[[scene]] <- scenes[[scene]]()
  said[[scene]]
}

# ---- sentences -------------------------------------------------------------------------------------------------------

# key: a scene in which it is said; one in which it would be false
sentences <- utils::read.table(text = "
summary.intro                 plain              one_person
summary.intro.one             one_person         plain
summary.intro.areas           towns              one_town
summary.intro.areas.one       one_town           towns
summary.intro.areas.unknown   unknown_towns      towns
summary.pair.shown            far_groups         same_groups
summary.pair.none             same_groups        other_answer
summary.pair.others           other_answer       same_groups
summary.rounds.some           two_rounds         two_flat
summary.rounds.some.all       two_differ         two_rounds
summary.rounds.some.one       trend              flat
summary.rounds.some.one       others             flat
summary.rounds.some.one       hidden_trend       flat
summary.rounds.none.one       flat               trend
summary.rounds.none.one       flat               others
summary.rounds.none.one       flat               hidden_trend
summary.rounds.none.one       one_round          one_round_differs
summary.rounds.none           two_flat           two_rounds
summary.rounds.untested       one_round          two_flat
response.n                    plain              -
response.areas                towns              small_town
response.areas.small          small_town         towns
response.organisations        towns              one_town
response.organisations.one    one_town           towns
response.weights              weighted           equal_weights
response.unweighted           equal_weights      weighted
response.problems             mess               plain
response.noproblems           plain              mess
problem.missing.variable      mess               plain
problem.not.in.the.codebook   mess               plain
problem.unknown.code          mess               plain
problem.other.spelling        mess               plain
problem.no.weight             mess               weighted
problem.not.a.weight          mess               weighted
problem.no.cluster            mess               clustered
problem.no.stratum            mess               strata
problem.duplicate.row         twice              plain
problem.no.respondent.number  mess               plain
problem.duplicate.respondent  mess               plain
problem.respondent.in.two.areas  mess            towns
background.weighted           weighted           equal_weights
questions.focus               focus              tie
questions.most                most               tie
questions.most.several        tie                most
questions.all                 all_the_same       unweighed_answer
groups.all                    plain              -
groups.test.shown             far_groups         same_groups
groups.test.none              same_groups        other_answer
groups.test.none              same_groups        lost_pair
groups.test.part              lost_pair          same_groups
groups.test.na                all_the_same       same_groups
groups.test.hidden            few_in_group       plain
groups.test.f                 plain              sas
groups.test.chisq             sas                plain
groups.pair.shown             far_groups         same_groups
groups.pair.none              same_groups        far_groups
groups.pairs.count            six_groups         same_groups
groups.pairs.count            six_groups         far_groups
groups.pairs.count.all        far_groups         six_groups
groups.pairs.count.one        one_apart          far_groups
groups.pairs.count.none       same_groups        one_apart
groups.pairs.only             other_answer       same_groups
groups.pairs.only             other_answer       far_groups
groups.pairs.chosen           six_groups         six_the_same
groups.pairs.chosen           six_groups         far_groups
groups.pairs.untested         two_the_same       same_groups
holm.note                     same_groups        plain
open                          same_groups        far_groups
doubt                         trend              flat
rounds.test.shown             trend              flat
rounds.test.only              others             trend
rounds.test.part              hidden_trend       flat
rounds.test.none              flat               others
rounds.test.none              flat               hidden_trend
rounds.test.na                one_round          two_flat
rounds.test.hidden            protected          flat
rounds.test.holm              two_flat           flat
rounds.trend.up               rise               trend
rounds.trend.down             trend              rise
rounds.trend.towards          ordered_up         two_flat
rounds.trend.none             flat               trend
rounds.up                     rise               trend
rounds.down                   trend              rise
rounds.none                   flat               one_group_differs
rounds.groups.none            groups_in_rounds   groups_in_rounds_differ
rounds.groups.none.one        one_group_in_rounds  one_group_differs
rounds.groups.some            groups_in_rounds_differ  groups_in_rounds
rounds.groups.some.one        one_group_differs  one_group_in_rounds
needs.words                   needs_same         -
needs.covered                 needs_same         needs_none
needs.groups.shown            needs_differ       needs_same
needs.groups.none             needs_same         needs_differ
needs.groups.untested         needs_none         needs_same
multiple.top                  items_same         items_hidden
multiple.top.shown            items_hidden       items_same
multiple.top                  items_two          items_none
multiple.blank                items_blank        items_same
multiple.tests.some           items_differ       items_same
multiple.tests.none           items_same         items_whole
multiple.tests.none           items_same         items_differ
multiple.tests.whole          items_whole        items_same
multiple.tests.na             items_none         items_same
adjusted.similar              adjusted_similar   adjusted_smaller
adjusted.smaller              adjusted_smaller   adjusted_larger
adjusted.larger               adjusted_larger    adjusted_smaller
adjusted.reversed             adjusted_reversed  adjusted_smaller
adjusted.lost                 adjusted_lost      adjusted_gained
adjusted.gained               adjusted_gained    adjusted_lost
adjusted.none                 adjusted_none      adjusted_lost
adjusted.na                   adjusted_na        adjusted_none
adjusted.known                adjusted_known     adjusted_similar
external.lower                external_lower     external_higher
external.higher               external_higher    external_lower
external.same                 external_same      external_lower
external.na                   external_na        external_same
methods.design.clusters       clustered          plain
methods.design.strata         strata             clustered
methods.design.plain          plain              clustered
methods.weights.none          plain              weighted
methods.interval.beta         clustered          sas
methods.interval.beta-nchs    plain              clustered
methods.interval.logit        survey             plain
methods.interval.wald         sas                plain
methods.scale                 clustered          plain
methods.effective             clustered          plain
methods.effective             clustered          four_answers_nchs
methods.effective.protect     clustered_protected  clustered
methods.test.rao-scott-f      plain              clustered
methods.test.rao-scott-exact  clustered          plain
methods.test.rao-scott-deff   sas                plain
methods.test.wald             sudaan             plain
methods.test.multiple         clustered_items    clustered
methods.trend                 trend              two_rounds
methods.missing.clusters      clustered          plain
methods.adjusted              adjusted_similar   plain
methods.protect               small_town         plain
methods.protect.areas         small_town         few_in_group
reliability.review.nchs       all_the_same       plain
reliability.suppress.nchs     unsure             plain
protect.note                  few_in_group       plain
dash.note                     group_in_psu       few_in_group
caution.note                  one_psu            clustered
caution.note                  four_answers       four_answers_nchs
caution.note                  four_answers       unsure_psus
caution.one-psu               one_psu            one_area
caution.one-psu               one_psu            four_psus
caution.one-area              one_area           one_psu
caution.few-effective-df      four_psus          one_psu
caution.few-answers           four_answers       four_psus
protect.text                  items_hidden       items_same
municipal.read.n              area_of_two        area_same
municipal.read.n.one          area_alone         area_same
municipal.read.n.large        area_same          area_of_two
municipal.read.n.untold       area_hidden        area_same
municipal.read.small          area_same          area_protected
municipal.read.protected      area_protected     area_same
municipal.read.rest           area_same          area_of_two
municipal.read.rest.one       area_of_two        area_same
municipal.read.rest.untold    area_hidden        area_same
municipal.short.none          area_same          area_other
municipal.short.none          area_same          area_more
municipal.short.none.one      area_one_question  area_one_differs
municipal.short.none.answers  area_protected     area_same
municipal.short.none.answers.one  area_protected_one  area_one_question
municipal.short.some          area_more          area_same
municipal.short.some          area_other         area_same
municipal.short.some.all      area_both          area_more
municipal.short.some.one      area_one_differs   area_one_question
municipal.short.higher        area_more          area_less
municipal.short.lower         area_less          area_more
municipal.short.whole         area_other         area_more
municipal.short.untested      area_few           area_same
municipal.short.hidden        area_hidden        area_protected
municipal.short.some.hidden.one  area_hidden_one  area_protected
municipal.short.some.hidden   area_hidden_two    area_hidden_one
municipal.short.unsure        area_few           area_same
municipal.short.unsure.all    area_alone         area_few
municipal.short.unsure.one    area_unsure_one    area_one_question
municipal.answers.none        area_few           area_same
municipal.answers.few         area_same          area_alone
municipal.answers.few.one     area_few           area_same
municipal.answers.shown       area_more          area_same
municipal.answers.notshown    area_same          -
municipal.answers.whole       area_other         area_same
municipal.funnel.inside       area_same          -
municipal.funnel.between      area_doubt         area_same
municipal.funnel.outside      area_more          area_same
municipal.methods.whole       area_same          area_protected
municipal.methods.protect     area_protected     area_same
municipal.methods.funnel      area_same          area_of_two
municipal.methods.shrink      area_same          area_of_two
", col.names = c("key", "true", "never"))

# A pattern for a text with anything in place of {names}.
pattern_of <- function(text) {
  plain <- gsub("([][()|?*+^$.])", "\\\\\\1", text)
  gsub("[{][a-z0-9]+[}]", ".*", plain)
}

test_that("each sentence is said where it is true, and not where it would be false, in both languages", {
  skip_if_not_installed("lpSolve")
  wrong <- character()
  for (language in c("en", "nl")) {
    words <- words_for_areas(read_words(language), weeg_study(areas(c(a = 1, b = 1, c = 1)), area_book)) # areas in all scenes
    is_said <- function(key, scene) any(grepl(pattern_of(words[[key]]), say_of(scene)[[language]]))
    for (i in seq_len(nrow(sentences))) {
      x <- sentences[i, ]
      if (!is_said(x$key, x$true)) wrong <- c(wrong, paste(language, x$key, "is not said in", x$true))
      if (x$never != "-" && is_said(x$key, x$never)) wrong <- c(wrong, paste(language, x$key, "is said in", x$never))
    }
  }
  expect_identical(wrong, character())
})

# What says nothing of the data in hand, or what is true of every study: how figures are made, headings, names of columns.
general <- c(
  "decimal.mark", "big.mark", "months", "and", "or", "range", "table", "figure", "logo", "skip", "contents", "made",
  "national.subtitle", "untitled", "yes", "no", "total", "axis.*", "col.*", "swap.*", ".*heading(.all)?", ".*caption",
  ".*figure", ".*[.]text(.one)?",
  ".*[.]alt(.item)?", "needs.(met|unneeded|unmet|none)", "summary.(read|tile)",
  "response.(rate|round|people|areas.col|items.note)",
  "shown.note", "groups.(pair|test.note)", "rounds.(test|trend).note", "needs.groups.note", "multiple.(item|tests.note)",
  "adjusted.(crude|adjusted)", "external.(col.ours|col.theirs|note)",
  "methods.(margin|test|missing|conventions|profile)", "municipal.(subtitle|rest|col.n|read.use)",
  "municipal.shrink.(own|estimate|weight)", "municipal.methods.(area|rest|power)", "municipal.read.fewer", "funnel.*",
  "municipal.read.(example|power)", # test-report-municipal.R has their numbers
  "methods.reliability.*", "reliability.*.(cv|base)", "battery.*" # test-report-rules.R has these
)

test_that("no sentence is left out of this file", {
  keys <- names(read_words("en"))
  rest <- setdiff(keys, sentences$key)
  rest <- rest[!grepl(paste0("^(", paste(general, collapse = "|"), ")$"), rest)]
  expect_identical(grep("^audit[.]", rest, value = TRUE, invert = TRUE), character()) # test-audit.R has those
  expect_identical(setdiff(sentences$key, keys), character())
})

test_that("a pair that is compared first, but has nobody in it, is not spoken of", {
  said <- national(group_book(), data$same_groups[data$same_groups$g != "l", ], c("summary", "groups", "adjusted"))
  expect_false(any(grepl("ans l", said$en)))
})

test_that("shares and differences that are not the same are not printed as if they were", {
  r <- list(words = read_words("nl"))
  expect_identical(percent_pair(r, 0.402, 0.398), c("40,2%", "39,8%"))
  expect_identical(percent_pair(r, 0.4, 0.4), c("40%", "40%"))
  expect_identical(percent_pair(r, 0.45, 0.398), c("45%", "40%"))
  expect_identical(points_text(r, c(0.004, 0.012, 0)), c("0,4", "1", "0"))
  # what is shown at 0.05 is seen to be
  expect_identical(p_words(r, c(0.04996, 0.05, 0.0494)), c("< 0,050", "= 0,050", "= 0,049"))
  weights <- designed(with_column(w = rep(c(0.0004, 0.01), 50)), w = "weight", sections = "response")
  expect_match(weights$nl, "De gewichten lopen van 0,00040 tot 0,01000", fixed = TRUE, all = FALSE)
})

test_that("a sign of care stands by the figures that have a reason for it, but for those with a double dagger", {
  r <- list(words = read_words("en"))
  reason <- c(reason_words("one-psu"), reason_words("protected"), NA, reason_words("few-answers"))
  p <- data.frame(estimate = c(0.5, NA, 0.5, 0.5), conf.low = 0.4, conf.high = 0.6, reliability = "show", reason = reason)
  expect_identical(endsWith(share_cell(r, p), " *"), c(TRUE, FALSE, FALSE, TRUE))
  expect_identical(endsWith(difference_cell(r, p), " *"), c(TRUE, FALSE, FALSE, TRUE))
  expect_identical(endsWith(points_cell(r, p), " *"), c(TRUE, FALSE, FALSE, TRUE))
  # six persons in each of four PSUs: the figure has a reason, and NCHS's rule says more
  unsure <- data.frame(q = rep(rep(c("no", "yes"), 4), c(1, 5, 2, 4, 4, 2, 5, 1)), c = rep(1:4, each = 6))
  d <- weeg_design(unsure, cluster = ~c)
  expect_identical(unique(weeg_reason_code(weeg_proportion(d, ~q))), "few-effective-df")
  rows <- figures(list(design = d, study = list(reliability = "nchs")), "weeg_proportion", ~q)
  expect_identical(rows$reliability, c("suppress", "suppress"))
  expect_identical(rows$reason, c(NA_character_, NA_character_))
})

test_that("p-values are adjusted over those that are shown, as the note under the table says", {
  r <- national_base(weeg_study(data$far_groups, group_book()), "en", as.Date("2026-05-04"))
  r$release <- new.env()
  whole <- pair_differences(r, "q", "g")
  key <- ls(r$release)
  hidden <- which(r$release[[key]]$group2 == "ans l")
  r$release[[key]][hidden, c("estimate", "p.value", "p.adjusted")] <- NA
  part <- pair_differences(r, "q", "g")
  expect_equal(part$p.adjusted, stats::p.adjust(replace(whole$p.value, hidden, NA), "holm"))
  said <- said_in(pair_blocks(r, "q", "g", part, "Q", TRUE))
  expect_match(said, "adjusted, because 2 were looked at", fixed = TRUE, all = FALSE)
  expect_match(said, "Each of the 2 comparisons of two groups", fixed = TRUE, all = FALSE)
})
