# weeg_protect(): what is hidden in small tables that can be worked out by hand, and what becomes of each kind of result.
# Whether the promise holds is tested in test-attacker.R.

skip_if_not_installed("lpSolve")

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
shown <- function(x) ifelse(is.na(x$n), "hidden", as.character(x$n))

# rows: a list of answers with counts, by area
survey_of <- function(...) {
  counts <- list(...)
  rows <- do.call(rbind, Map(function(area, n) {
    data.frame(area = area, answer = rep(names(n), n))
  }, names(counts), counts))
  rows$answer <- factor(rows$answer, levels = names(counts[[1L]]))
  weeg_design(rows)
}

test_that("one table hides its small counts, and the least that keeps them from following", {
  # 3 follows from 53 - 20 - 30: 20 goes too, and 3 may then be anything from 0 to 23
  p <- weeg_proportion(survey_of(all = c(a = 3, b = 20, c = 30)), ~answer)
  expect_identical(shown(weeg_protect(survey_of(all = c(a = 3, b = 20, c = 30)), p)), c("hidden", "hidden", "30"))
  # 4 + 8 = 12: each may be 0 or 9
  small <- survey_of(all = c(a = 4, b = 8, c = 30))
  expect_identical(shown(weeg_protect(small, weeg_proportion(small, ~answer))), c("hidden", "hidden", "30"))
  # 4 + 4 = 8 says that neither is 9
  smaller <- survey_of(all = c(a = 4, b = 4, c = 30))
  expect_identical(shown(weeg_protect(smaller, weeg_proportion(smaller, ~answer))), rep("hidden", 3))
  # with a threshold of 5 that is enough
  expect_identical(shown(weeg_protect(smaller, weeg_proportion(smaller, ~answer), threshold = 5)), c("hidden", "hidden", "30"))
  # 0 is small, too
  none <- survey_of(all = c(a = 0, b = 20, c = 30))
  expect_identical(shown(weeg_protect(none, weeg_proportion(none, ~answer))), c("hidden", "hidden", "30"))
})

test_that("a total does not give away what an area hides", {
  # in each area one count is small, and its complement must go; the nation may be shown, as both can be told in two ways:
  # 5 + 20 = 20 + 5 = 25 + 0 = 0 + 25
  two <- survey_of(north = c(a = 5, b = 20), south = c(a = 20, b = 5))
  release <- weeg_protect(two, nation = weeg_proportion(two, ~answer), areas = weeg_proportion(two, answer ~ area))
  expect_named(release, c("nation", "areas"))
  expect_identical(shown(release$nation), c("25", "25"))
  expect_identical(shown(release$areas), rep("hidden", 4))
  expect_identical(release$areas$n.base, rep(25, 4))
  # the others have nothing small, and stay
  four <- survey_of(north = c(a = 5, b = 20), south = c(a = 30, b = 30), east = c(a = 40, b = 40), west = c(a = 20, b = 5))
  release <- weeg_protect(four, weeg_proportion(four, ~answer), weeg_proportion(four, answer ~ area))
  expect_identical(shown(release[[1]]), c("95", "95"))
  expect_identical(is.na(release[[2]]$n), release[[2]]$area %in% c("north", "west"))
})

test_that("where nothing is small, nothing changes but the conventions", {
  p <- weeg_proportion(d, strengths ~ provider)
  q <- weeg_protect(d, p)
  expect_identical(as.data.frame(q), as.data.frame(p))
  expect_match(attr(q, "conventions")[["disclosure"]], "counts below 10")
  expect_match(paste(format(q), collapse = " "), "disclosure counts below 10")
})

test_that("all statistics of a cell go together, with one reason, and the table prints", {
  p <- weeg_proportion(d, waarom_niet ~ provider)
  q <- weeg_protect(d, p)
  expect_identical(lapply(q, class), lapply(p, class))
  expect_identical(names(q), names(p))
  hidden <- is.na(q$n)
  expect_true(all(hidden[p$n < 10]))
  numbers <- c("estimate", "std.error", "conf.low", "conf.high", "n.weighted", "n.effective", "deff", "reliability")
  for (column in numbers) expect_true(all(is.na(q[[column]][hidden])))
  expect_identical(unique(q$reason[hidden]), "not shown, to protect small groups")
  # the others of the question are coarse
  expect_identical(as.data.frame(q)[!hidden, c("provider", "level", "n", "n.base")],
                   as.data.frame(p)[!hidden, c("provider", "level", "n", "n.base")])
  expect_lte(max(abs(q$estimate - p$estimate)[!hidden]), 5.001e-4)
  expect_equal(q$std.error[!hidden], signif(p$std.error[!hidden], 2))
  expect_identical(q$n.base, p$n.base)
  lines <- format(q)
  expect_match(lines, "^[a-z] +not shown, to protect small groups$", all = FALSE)
  expect_match(lines, "n = 435", all = FALSE)
})

test_that("a small group loses its base and degrees of freedom, and its size is not printed", {
  two <- survey_of(north = c(a = 2, b = 3), south = c(a = 20, b = 25), east = c(a = 30, b = 40))
  p <- weeg_protect(two, weeg_proportion(two, answer ~ area))
  north <- p$area == "north"
  expect_true(all(is.na(p[north, c("n", "n.base", "df", "estimate")])))
  expect_match(format(p), "n not shown", all = FALSE)
  expect_match(format(p), "north", all = FALSE)
  expect_no_match(format(p), "No observations")
})

test_that("combinations that there cannot be are nobody's secret, zeros are", {
  rows <- data.frame(area = rep(c("n1", "n2", "s1"), each = 40), region = rep(c("north", "south"), c(80, 40)),
                     answer = factor(rep(c("a", "b"), 60)))
  design <- weeg_design(rows)
  p <- weeg_protect(design, weeg_proportion(design, answer ~ region + area))
  expect_identical(sum(is.na(p$n)), 0L)
  # sexes are not within regions: that there is no woman in the south is hidden
  rows$sex <- rep(c("f", "m"), 60)
  rows$sex[rows$region == "south"] <- "m"
  design <- weeg_design(rows)
  p <- weeg_protect(design, weeg_proportion(design, answer ~ region + sex))
  expect_true(all(is.na(p$n.base[p$region == "south" & p$sex == "f"])))
})

test_that("which combinations there cannot be follows from the groups of all tables", {
  rows <- data.frame(area = rep(c("n1", "n2", "s1"), each = 40), region = rep(c("north", "south"), c(80, 40)),
                     round = rep(c("1", "2", "1"), each = 40), asked = factor(rep(c("a", "b"), 60)),
                     answer = factor(rep(c("a", "b", "a", "b", "a", "b"), c(38, 2, 20, 20, 15, 25))))
  design <- weeg_design(rows)
  p <- weeg_protect(design, by_round = weeg_proportion(design, answer ~ region + round),
                    by_area = weeg_proportion(design, asked ~ area))$by_round
  nobody <- p$region == "south" & p$round == "2"
  expect_identical(p$n[nobody], c(0, 0))
  expect_identical(is.na(p$n), p$region == "north" & p$round == "1")
})

test_that("a cross-tab hides a cell in all its parts, and its test", {
  x <- weeg_crosstab(d, waarom_niet ~ provider)
  y <- weeg_protect(d, x)
  hidden <- is.na(y$counts)
  expect_true(all(hidden[x$counts < 10]))
  expect_identical(is.na(y$weighted), hidden)
  # they are functions of variances
  for (part in c("residuals", "residual.p")) expect_true(all(is.na(y[[part]])))
  for (part in c("row", "column", "total")) expect_identical(is.na(y[[part]]$n), c(t(hidden)))
  expect_identical(y$margin$n, x$margin$n)
  expect_lte(max(abs(y$margin$estimate - x$margin$estimate)), 5.001e-4)
  expect_identical(y$test$statistic, NA_real_)
  expect_identical(y$test$reason, "not shown, to protect small groups")
  expect_identical(y$missing, NA_real_)
  for (percent in c("row", "column", "total")) {
    lines <- format(weeg_protect(d, weeg_crosstab(d, waarom_niet ~ provider, percent = percent)))
    expect_match(lines, "not shown, to protect small groups", all = FALSE)
  }
  expect_s3_class(tidy(y), "data.frame")
  expect_identical(glance(y)$statistic, NA_real_)
  expect_identical(weeg_protect(d, weeg_crosstab(d, strengths ~ provider))$test,
                   weeg_crosstab(d, strengths ~ provider)$test)
})

test_that("adjusted p-values, tests and residuals do not tell what hidden counts are", {
  # who gave `c` and `d` exchanged these: all counts that are shown are the same
  rows <- data.frame(q = rep(letters[1:4], c(200, 200, 60, 60)),
                     g = rep(rep(c("x", "y", "z"), 4), c(90, 60, 50, 50, 70, 80, 2, 28, 30, 40, 10, 10)))
  other <- rows
  other$q[rows$g == "y" & rows$q == "d"] <- "c"
  other$q[which(rows$g == "z" & rows$q == "c")[1:10]] <- "d"
  expect_identical(table(rows$q), table(other$q))
  release <- function(rows) {
    d <- weeg_design(rows)
    made <- list(pairs = weeg_compare(d, q ~ g, measures = "difference"), table = weeg_crosstab(d, q ~ g),
                 book = weeg_book(d, ~q, ~g))
    list(made = made, shown = weeg_protect(d, made, threshold = 5))
  }
  one <- release(rows)
  two <- release(other)
  expect_identical(is.na(one$shown$table$counts), is.na(two$shown$table$counts))
  told <- !is.na(one$shown$pairs$p.adjusted)
  expect_true(any(told) && !all(told))
  expect_gt(max(abs(one$made$pairs$p.adjusted - two$made$pairs$p.adjusted)[told]), 0)
  # but for the rounding of sums
  same <- function(of) expect_equal(of(one$shown), of(two$shown), tolerance = 1e-12)
  same(function(x) as.data.frame(x$pairs))
  same(function(x) attr(x$pairs, "info")$counted)
  same(function(x) unclass(x$table)[c("counts", "residuals", "residual.p", "missing")])
  for (part in c("row", "column", "total", "margin", "test")) same(function(x) as.data.frame(x$table[[part]]))
  for (part in c("cells", "tests", "comparisons")) same(function(x) unclass(x$book)[[part]])
  # Holm's, where the others are 1
  p <- one$shown$pairs$p.value
  expect_equal(one$shown$pairs$p.adjusted[told], stats::p.adjust(replace(p, is.na(p), 1), "holm")[told], tolerance = 1e-12)
})

test_that("residuals do not tell a total that is hidden, nor p-values of items those of hidden items", {
  x <- weeg_crosstab(weeg_design(data.frame(q = rep(letters[1:3], 40), g = rep(c("x", "y"), 60))), q ~ g)
  none <- rep(FALSE, 6)
  y <- hide_crosstab(x, list(n = none, base = none, margin = c(TRUE, FALSE, FALSE), all = FALSE))
  expect_identical(is.na(unname(y$residuals)), matrix(c(TRUE, FALSE, FALSE), 2, 3, byrow = TRUE))
  y <- hide_crosstab(x, list(n = none, base = rep(c(TRUE, FALSE), each = 3), margin = rep(FALSE, 3), all = FALSE))
  expect_identical(is.na(unname(y$residuals)), matrix(c(TRUE, FALSE), 2, 3))
  expect_true(all(is.na(y$residual.p)))
  # of the first item few in one group
  rows <- data.frame(a = rep(c(TRUE, FALSE), c(2, 198)), b = rep(rep(c(TRUE, FALSE), 2), c(30, 70, 45, 55)),
                     c = rep(rep(c(TRUE, FALSE), 2), c(50, 50, 20, 80)), g = rep(c("x", "y"), each = 100))
  rows$a[101:140] <- TRUE
  d <- weeg_design(rows)
  made <- weeg_multiple(d, a + b + c ~ g)
  tests <- weeg_item_tests(weeg_protect(d, made, threshold = 5))
  p <- weeg_item_tests(made)$p.value
  expect_identical(is.na(tests$p.value), c(TRUE, FALSE, FALSE, TRUE))
  expect_equal(tests$p.adjusted, c(NA, stats::p.adjust(c(1, p[2:3]), "holm")[2:3], NA), tolerance = 1e-12)
  expect_gt(max(abs(tests$p.adjusted - weeg_item_tests(made)$p.adjusted), na.rm = TRUE), 1e-6)
})

test_that("tests, comparisons, effect sizes and totals follow their tables", {
  release <- weeg_protect(
    d, test = weeg_test(d, waarom_niet + strengths ~ provider),
    rest = weeg_compare(d, waarom_niet ~ provider, against = "rest", measures = "difference"),
    pairs = weeg_compare(d, waarom_niet ~ provider, measures = "odds-ratio"),
    trend = weeg_compare(d, waarom_niet ~ leeftijdsgroep, contrasts = "trend"),
    ages = weeg_proportion(d, waarom_niet ~ leeftijdsgroep),
    total = weeg_total(d, ~ provider + waarom_niet), table = weeg_proportion(d, waarom_niet ~ provider),
    association = weeg_association(d, waarom_niet ~ provider)
  )
  expect_identical(is.na(release$test$p.value), c(TRUE, FALSE))
  table <- release$table
  hidden <- paste(table$provider, table$level)[is.na(table$n)]
  key <- function(x, group) paste(x[[group]], x$level)
  expect_identical(is.na(release$rest$estimate), key(release$rest, "group1") %in% hidden)
  expect_identical(is.na(release$pairs$estimate),
                   key(release$pairs, "group1") %in% hidden | key(release$pairs, "group2") %in% hidden)
  expect_identical(is.na(release$trend$estimate), release$trend$level %in% release$ages$level[is.na(release$ages$n)])
  total <- release$total
  expect_identical(is.na(total$estimate), paste(total$provider, total$waarom_niet) %in% hidden)
  expect_true(all(is.na(release$association$estimate)))
  for (x in release) expect_match(paste(format(x), collapse = " "), "not shown, to protect small groups")
})

test_that("a tally, lists of results, several outcomes and missing as a level are understood", {
  t <- weeg_tally(d, ~ provider + waarom_niet)
  one <- weeg_protect(t, weeg_proportion(t, waarom_niet ~ provider))
  expect_identical(as.data.frame(one), as.data.frame(weeg_protect(d, weeg_proportion(d, waarom_niet ~ provider))))
  two <- weeg_proportion(d, strengths + growth ~ ronde)
  nested <- weeg_protect(d, list(a = list(weeg_proportion(d, ~waarom_niet)), b = two))
  expect_named(nested, c("a", "b"))
  expect_s3_class(nested$a[[1]], "weeg_proportion")
  level <- weeg_protect(d, weeg_proportion(d, geslacht ~ ronde, missing = "level"))
  expect_true(all(is.na(level$n[level$level == "(missing)"])))
})

test_that("an item that few name, or few do not, is hidden with its tests; others stay", {
  rows <- data.frame(a = rep(c(TRUE, FALSE), c(4, 96)), b = rep(c(TRUE, FALSE), c(95, 5)), c = rep(c(TRUE, FALSE), 50),
                     group = rep(c("x", "y"), each = 50))
  design <- weeg_design(rows)
  all <- weeg_multiple(design, ~ a + b + c)
  groups <- weeg_multiple(design, a + b + c ~ group)
  release <- weeg_protect(design, all = all, groups = groups)
  expect_identical(is.na(release$all$n), c(TRUE, TRUE, FALSE))
  expect_identical(release$all$n[3], 50)
  expect_identical(release$all$n.base, rep(100, 3))
  tests <- weeg_item_tests(release$groups)
  expect_identical(is.na(tests$p.value), c(TRUE, TRUE, FALSE, TRUE))
  expect_match(paste(format(release$groups), collapse = " "), "not shown, to protect small groups")
  expect_error(weeg_protect(design, weeg_multiple(design, ~ a + b, base = "responses")), "shares of answers cannot be protected",
               class = "weeg_error_unsupported")
  expect_error(weeg_protect(weeg_tally(design, ~ a + b), weeg_multiple(weeg_tally(design, ~ a + b), ~ a + b)),
               "items of a tally cannot be protected", class = "weeg_error_unsupported")
})

test_that("what follows from an answer taken together, or from those whose group is missing, is hidden too", {
  # a = 60 - 54 would follow, so that one of the two goes
  one <- survey_of(all = c(a = 6, b = 54, c = 40, d = 40))
  release <- weeg_protect(one, weeg_proportion(one, ~answer), weeg_proportion(one, ~ I(answer %in% c("a", "b"))))
  hidden <- is.na(release[[1]]$n)
  expect_true(hidden[1] && sum(hidden) > 1)
  expect_true(hidden[2] || all(is.na(release[[2]]$n)))
  # of 100 who say a, 48 + 47 have a group: 5 have not
  rows <- data.frame(answer = rep(c("a", "b"), c(100, 100)),
                     group = c(rep(c("x", "y", NA), c(48, 47, 5)), rep(c("x", "y", NA), c(40, 40, 20))))
  design <- weeg_design(rows)
  release <- weeg_protect(design, weeg_proportion(design, ~answer), weeg_proportion(design, answer ~ group))
  expect_gt(sum(is.na(release[[1]]$n), is.na(release[[2]]$n)), 0)
  expect_true(anyNA(release[[1]]$n[1]) || anyNA(release[[2]]$n[release[[2]]$level == "a"]))
  # without the total nothing follows
  expect_false(anyNA(weeg_protect(design, weeg_proportion(design, answer ~ group))$n))
})

test_that("wrong arguments are errors that say what to do", {
  p <- weeg_proportion(d, waarom_niet ~ provider)
  expect_error(weeg_protect(d), "no result to protect", class = "weeg_error_argument")
  expect_error(weeg_protect(d, p, threshold = 1), "`threshold` must be one whole number", class = "weeg_error_argument")
  expect_error(weeg_protect(d, p, threshold = 2.5), "`threshold`", class = "weeg_error_argument")
  expect_error(weeg_protect(d, openvoorwerk), "not of a data.frame", class = "weeg_error_argument")
  expect_error(weeg_protect(d, weeg_protect(d, p)), "protected already", class = "weeg_error_argument")
  young <- subset(d, leeftijd < 36)
  expect_error(weeg_protect(d, weeg_proportion(young, ~strengths)), "of the domain leeftijd < 36",
               class = "weeg_error_argument")
  half <- weeg_design(openvoorwerk[1:800, ], weights = ~gewicht)
  expect_error(weeg_protect(half, weeg_proportion(d, waarom_niet ~ provider)), "not of `data`", class = "weeg_error_argument")
  # of the same rows, whose standard errors would not be coarse
  plain <- weeg_design(openvoorwerk)
  expect_error(weeg_protect(plain, weeg_proportion(d, waarom_niet ~ provider)),
               "not of `data`: its design is 50 PSUs in 2 strata, weights gewicht; that of `data` is no clusters, unweighted",
               class = "weeg_error_argument")
  for (x in list(weeg_crosstab(d, strengths ~ ronde), weeg_multiple(d, ~ knelpunt_banen + knelpunt_schulden),
                 weeg_total(d, ~strengths), weeg_test(d, strengths ~ ronde), weeg_compare(d, strengths ~ ronde),
                 weeg_association(d, strengths ~ ronde))) {
    expect_error(weeg_protect(plain, x), "not of `data`", class = "weeg_error_argument")
  }
  expect_error(weeg_protect(d, weeg_logistic(d, strengths ~ ronde)), "cannot be protected", class = "weeg_error_unsupported")
  expect_error(weeg_protect(d, weeg_proportion(d, ~strengths), weeg_proportion(half, ~strengths)), "do not agree",
               class = "weeg_error_argument")
})

test_that("designs with replicate, raked, trimmed and no weights, and finite populations, are protected as such", {
  rows <- openvoorwerk
  rows$size <- 90
  clustered <- weeg_design(rows, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  designs <- list(
    weeg_replicates(clustered, "jkn"), weeg_rake(clustered, list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5))),
    weeg_trim(clustered, upper = 2), weeg_design(rows, cluster = ~gemeente), weeg_design(rows, fpc = ~size, cluster = ~gemeente)
  )
  for (one in designs) {
    made <- list(weeg_proportion(one, waarom_niet ~ provider), weeg_proportion(one, ~waarom_niet))
    shown <- weeg_protect(one, made)
    expect_true(anyNA(shown[[1L]]$n))
    expect_identical(shown[[2L]]$n, ifelse(is.na(shown[[2L]]$n), NA, made[[2L]]$n))
  }
})

test_that("what is hidden without need is shown again", {
  # 2, 3, 2, 3 of 100 say yes, and 25, 30, 40, 22: that nobody of the first said no needs 92 of these, so 22 can be shown
  yes <- c(2, 3, 2, 3, 25, 30, 40, 22)
  answers <- unlist(lapply(yes, function(n) rep(c("yes", "no"), c(n, 100 - n))))
  data <- data.frame(region = rep(LETTERS[1:8], each = 100), y = answers)
  d <- weeg_design(data)
  shown <- weeg_protect(d, weeg_proportion(d, ~y), weeg_proportion(d, y ~ region))
  expect_false(anyNA(shown[[1L]]$n))
  expect_identical(as.character(unique(shown[[2L]]$region[!is.na(shown[[2L]]$n)])), "H")
})

test_that("no text of an object is run", {
  file <- tempfile("made-")
  on.exit(unlink(file))
  data <- data.frame(a = rep(c("x", "y"), 30), b = rep(c("p", "q"), each = 30), m = rep(c(TRUE, FALSE), 30),
                     n = rep(c(FALSE, TRUE), 30))
  design <- weeg_design(data)
  bad <- c(paste0("file.create(\"", file, "\")"), paste0("I(a == file.create(\"", file, "\"))"),
           paste0("(function() file.create(\"", file, "\"))()"), paste0("base::file.create(\"", file, "\")"),
           paste0("I({ file.create(\"", file, "\"); a })"), paste0("paste(a, sapply(\"", file, "\", \"file.create\"))"),
           paste0("ifelse(get(\"file.create\")(\"", file, "\"), a, a)"), paste0("a[file.create(\"", file, "\")]"),
           paste0("I(a == `file.create`(\"", file, "\"))"))
  refused <- function(...) expect_error(weeg_protect(design, ..., threshold = 5), class = "weeg_error")
  saved <- function(x) {
    path <- tempfile(fileext = ".rds")
    on.exit(unlink(path))
    saveRDS(seal_result(x), path) # whoever writes an object can seal it
    readRDS(path)
  }
  for (text in bad) {
    p <- weeg_proportion(design, a ~ b)
    p$outcome <- rep(text, nrow(p))
    attr(p, "info")$outcomes <- text
    refused(saved(p))
    g <- weeg_proportion(design, a ~ b)
    names(g)[names(g) == "b"] <- text
    attr(g, "info")$groups <- text
    refused(saved(g))
    t <- weeg_test(design, a ~ b)
    t$outcome <- text
    attr(t, "info")$outcomes <- text
    refused(saved(t))
    m <- weeg_multiple(design, ~ m + n)
    names(attr(m, "info")$items$terms)[1] <- text
    attr(m, "info")$items$terms[[1]] <- str2lang(text)
    refused(saved(m))
    expect_error(weeg_calibrate(design, stats::setNames(list(c(1, 1)), text)), class = "weeg_error")
    table <- stats::setNames(data.frame(c("1", "2"), c(30, 30)), c(text, "Freq"))
    expect_error(weeg_calibrate(design, list(table)), class = "weeg_error")
  }
  # a term that is not what its name says is not run either
  m <- weeg_multiple(design, ~m)
  attr(m, "info")$items$terms[[1]] <- str2lang(bad[1])
  expect_error(weeg_protect(design, m, threshold = 5), "result was changed", class = "weeg_error_argument")
  expect_error(weeg_protect(design, seal_result(m), threshold = 5), NA)
  # nor is a column that is a function, in place of one that is called
  holed <- design
  holed$data <- c(as.list(data), list("%in%" = function(...) file.create(file)))
  try(weeg_proportion(holed, I(a %in% "x") ~ b), silent = TRUE)
  expect_false(file.exists(file))
})

test_that("expressions of simple functions are known by their text, others say what to do", {
  data <- data.frame(age = rep(c(20, 35, 50, 65), each = 30), b = rep(c("p", "q"), 60))
  design <- weeg_design(data)
  p <- weeg_protect(design, weeg_proportion(design, cut(age, c(0, 40, 100)) ~ b), weeg_proportion(design, I(age > 30) ~ b))
  expect_identical(p[[1]]$n, c(30, 30, 30, 30))
  limit <- 30
  expect_error(weeg_protect(design, weeg_proportion(design, I(age > limit) ~ b)), "`limit`, which is no variable of the data",
               class = "weeg_error_unsupported")
  older <- function(x) x > 30
  expect_error(weeg_protect(design, weeg_proportion(design, I(older(age)) ~ b)), "the function `older`",
               class = "weeg_error_unsupported")
})

test_that("groups whose labels would be pasted to one text are told apart", {
  n <- c(4, 40, 40, 40, 40, 30)
  data <- data.frame(g = rep(c("a, b", "a", "z"), c(44, 80, 70)), h = rep(c("c", "b, c", "c"), c(44, 80, 70)),
                     y = rep(c("yes", "no", "yes", "no", "yes", "no"), n))
  design <- weeg_design(data)
  p <- weeg_proportion(design, y ~ g + h)
  x <- weeg_compare(design, y ~ g + h, measures = "difference")
  release <- weeg_protect(design, p, x)
  hidden <- release[[1]]$g == "a, b" & release[[1]]$h == "c"
  expect_true(all(is.na(release[[1]]$n[hidden])))
  expect_identical(sort(unique(c(x$group1, x$group2))), sort(c("\"a\", \"b, c\"", "\"a, b\", \"c\"", "z, c")))
  of <- release[[2]]$group1 == "\"a, b\", \"c\"" | release[[2]]$group2 == "\"a, b\", \"c\""
  expect_true(all(is.na(release[[2]]$estimate[of])))
  expect_error(weeg_compare(design, y ~ g + h, pairs = list(c("a, b, c", "z, c"))), "is not a group",
               class = "weeg_error_argument")
  # with breaks of lines in them, too
  data$g <- rep(c("c\ra", "c", "z"), c(44, 80, 70))
  data$y <- ifelse(data$y == "yes", "yes", "a\ryes")
  design <- weeg_design(data)
  release <- weeg_protect(design, weeg_proportion(design, y ~ g), weeg_compare(design, y ~ g, measures = "difference"))
  of <- release[[2]]$group1 == "c\ra" | release[[2]]$group2 == "c\ra"
  expect_true(all(is.na(release[[2]]$estimate[of])))
  expect_true(all(is.na(release[[1]]$n[release[[1]]$g == "c\ra"])))
})

# 3, 44 and 60 say x, y and z; to hide 3, 60 is the costlier one to hide besides. 3 = 63 - 60 must not follow from the answers x
# and z taken together.
told <- function(x) as.numeric(x$n)
answers <- rep(1:3, c(3, 44, 60))

test_that("answers taken together are known to be so, whatever the type of the column", {
  labelled <- structure(c(1, 2, 3)[answers], labels = c(one = 1, two = 2, three = 3),
                        class = c("haven_labelled", "vctrs_vctr", "double"))
  columns <- list(
    list(factor(c("x", "y", "z"))[answers], ~ I(a %in% c("x", "z"))), list((1e5 * 1:3)[answers], ~ I(a %in% c(1e5, 3e5))),
    list((1e5 * 1:3)[answers], ~ cut(abs(a - 2e5), c(-1, 0, 1e6))), list(labelled, ~ I(a %in% c(1, 3))),
    list(labelled, ~ I(a != 2)),
    list(factor(c("1e+05", "a, b", "NA"))[answers], ~ I(a != "a, b")),
    list((as.Date("2020-01-01") + 0:2)[answers], ~ I(a == "2020-01-02")),
    list(c(0.1, 0.2, 0.3)[answers], ~ ifelse(abs(a - 0.2) > 0.05, "x or z", "y")),
    list(c("x", "y", "z")[answers], ~ factor(a, levels = c("x", "y", "z"), labels = c("u", "v", "u"))),
    list(factor(c("x", "y", "z"))[answers], ~made)
  )
  for (column in columns) {
    d <- weeg_design(data.frame(a = column[[1]], made = answers != 2))
    r <- weeg_protect(d, weeg_proportion(d, ~a), weeg_proportion(d, column[[2]]))
    expect_true(is.na(told(r[[1]])[1]), info = deparse(column[[2]]))
    expect_false(60 %in% told(r[[1]]) && any(c(44, 63) %in% told(r[[2]])), info = deparse(column[[2]]))
  }
  file <- tempfile(fileext = ".csv")
  on.exit(unlink(file))
  utils::write.csv(data.frame(a = 1e5 * answers), file, row.names = FALSE)
  d <- weeg_design(file)
  r <- weeg_protect(d, weeg_proportion(d, ~a), weeg_proportion(d, ~ I(a %in% c(1e5, 3e5))))
  expect_false(60 %in% told(r[[1]]) && any(c(44, 63) %in% told(r[[2]])))
  # a tally has no expressions, but columns that somebody made
  t <- weeg_tally(weeg_design(data.frame(a = letters[answers], made = answers != 2)), ~ a + made)
  r <- weeg_protect(t, weeg_proportion(t, ~a), weeg_proportion(t, ~made))
  expect_false(60 %in% told(r[[1]]) && any(c(44, 63) %in% told(r[[2]])))
})

test_that("what is made of two columns is crossed with them, groups too", {
  data <- data.frame(a = factor(c("x", "y", "z"))[rep(answers, 2)], b = rep(c("p", "q"), each = 107),
                     w = rep(c("u", "v"), 107))
  d <- weeg_design(data)
  # of p and of q, 3 say x: not the count itself, nor 63 or 44, where 60 say z
  for (f in list(~ interaction(a, b), ~ paste(a, b), ~ I(a != "y" & b == "p"), ~ I(a %in% c("x", "z") & b == "p"))) {
    r <- weeg_protect(d, weeg_proportion(d, a ~ b), weeg_proportion(d, f))
    n <- told(r[[1]])
    expect_true(all(is.na(n[c(1, 4)])), info = deparse(f))
    expect_false(3 %in% told(r[[2]]), info = deparse(f))
    shown <- as.character(r[[2]]$level)[!is.na(r[[2]]$n)]
    expect_false("TRUE" %in% shown && 60 %in% n[1:3], info = deparse(f))
    # z and y would tell x
    expect_lt(sum(c("y.p", "z.p", "y p", "z p") %in% shown | c(n[2:3], n[2:3]) %in% c(44, 60)), 4)
  }
  # nor by how many are in a group that is made of them
  r <- weeg_protect(d, weeg_proportion(d, a ~ b), weeg_proportion(d, w ~ I(a != "y" & b == "p")))
  expect_false(60 %in% told(r[[1]])[1:3] && 63 %in% r[[2]]$n.base)
})

test_that("an item follows from its own column, but for those who left out another item", {
  # 12 say yes to m2; of the 5 who left out m1, 3. That 9 of the others do must not be known to be 7 at least
  data <- data.frame(m1 = c(rep(NA, 5), rep(c(TRUE, FALSE), c(45, 50))),
                     m2 = c(TRUE, TRUE, TRUE, FALSE, FALSE, rep(c(TRUE, FALSE), c(9, 86))))
  d <- weeg_design(data)
  r <- weeg_protect(d, weeg_multiple(d, ~ m1 + m2), weeg_proportion(d, ~m2))
  expect_true(is.na(told(r[[1]])[2]))
  expect_false(95 %in% r[[1]]$n.base && 12 %in% told(r[[2]]))
})

test_that("that an expression is not made row by row is an error that says what to do", {
  d <- weeg_design(data.frame(a = rep(c(1, 2, 3), 20)))
  expect_error(weeg_protect(d, weeg_proportion(d, ~a), weeg_proportion(d, ~ I(a == c(1, 2)))),
               "does not follow row by row from a",
               class = "weeg_error_unsupported")
})

test_that("a column that happens to follow from groups keeps its zeros hidden", {
  # everybody in north says yes, everybody in south no
  data <- data.frame(area = rep(c("north", "south"), each = 30), y = rep(c("yes", "no"), each = 30))
  d <- weeg_design(data)
  expect_true(all(is.na(told(weeg_protect(d, weeg_proportion(d, y ~ area))))))
  expect_true(all(is.na(told(weeg_protect(d, weeg_proportion(d, y ~ area), weeg_proportion(d, ~y))[[1]]))))
  # nor is it told of a crossing that all x are in p
  data <- data.frame(a = rep(c("x", "y"), c(40, 60)), b = rep(c("p", "q"), c(40, 60)))
  d <- weeg_design(data)
  r <- weeg_protect(d, weeg_proportion(d, ~ interaction(a, b)), weeg_proportion(d, ~a))
  expect_true(all(is.na(told(r[[1]])[c(2, 3)])))
})

test_that("a long linear program is solved in a process that can be ended, with the same result, or else here", {
  skip_if_not_installed("lpSolve")
  here <- Sys.getpid()
  solved <- character()
  solve <- function() {
    solved <<- c(solved, Sys.getpid())
    lpSolve::lp("max", c(1, 2), matrix(c(1, 1, 1, 3), 2L), c("<=", "<="), c(4, 6))
  }
  set.seed(1)
  before <- .Random.seed
  expect_identical(weeg:::stoppable(1e6, solve), weeg:::stoppable(10, solve))
  expect_identical(.Random.seed, before)
  skip_on_os("windows")
  expect_identical(solved, as.character(here)) # the short one
  fails <- function() if (Sys.getpid() == here) list("here") else tools::pskill(Sys.getpid(), tools::SIGKILL)
  expect_identical(weeg:::stoppable(1e6, fails), list("here"))
})

test_that("what is hidden is the same by one linear program for each question, and without most of these", {
  random_system <- function(unit) {
    size <- sample(2:5, 2L, TRUE)
    n <- matrix(rpois(prod(size), sample(c(3, 12), prod(size), TRUE)) * unit, size[1L])
    cell <- array(seq_along(n), size)
    lines <- list(row(n), col(n), pmin(row(n), 2L), 1L + (row(n) + col(n)) %% 2L)[c(TRUE, TRUE, runif(2) < 0.5)]
    figures <- c(as.list(cell), unlist(lapply(lines, function(at) unname(split(cell, at))), FALSE))
    counts <- vapply(figures, function(f) sum(n[f]), 0)
    known <- if (runif(1) < 0.5) c(row(n)) else rep(1L, length(n))
    list(atoms = length(n), figure = rep(seq_along(figures), lengths(figures)), atom = unlist(figures), n = counts,
         cost = log(counts + 2), hidden = counts < 6 * unit & runif(length(counts)) < 0.8, known_row = known,
         known_atom = seq_along(n), known_sign = rep(1, length(n)), known = as.vector(rowsum(c(n), known)), own_rows = max(known),
         net = rep(FALSE, length(counts)), table = c(n))
  }
  # where sums that are known are small, nothing helps
  hide <- function(system, threshold) tryCatch(weeg:::hide_counts(system, threshold), weeg_error_numeric = conditionMessage)
  set.seed(3)
  hidden <- 0
  for (i in 1:60) {
    unit <- c(1, 1, 0.73)[i %% 3 + 1]
    system <- random_system(unit)
    threshold <- c(7, 0)[i %% 2 + 1]
    fast <- hide(system, threshold)
    expect_identical(fast, hide(system[names(system) != "table"], threshold), info = i)
    if (is.logical(fast)) hidden <- hidden + sum(fast & !system$hidden)
  }
  expect_gt(hidden, 100)
})

test_that("a comparison does not show the size of a group that is hidden", {
  # all of the 19 are p, so that these could not be 0 to 9
  data <- data.frame(a = rep(rep(c("w", "x", "y", "z"), 2), c(22, 19, 21, 11, 4, 2, 1, 0)), b = rep(c("p", "q"), c(73, 7)))
  d <- weeg_design(data)
  r <- weeg_protect(d, weeg_proportion(d, a ~ b), weeg_compare(d, a ~ I(a == "x" & b == "p")), threshold = 3)
  expect_false(is.na(r[[1]]$n.base[1]) && 19 %in% r[[2]]$n2)
})

test_that("levels that nobody has cost nothing, and cells that can change places are proved at once", {
  # 5000 hidden counts of 60 people: only the total is shown
  d <- weeg_design(data.frame(a = factor(seq_len(60), seq_len(5000)), c = rep(1:15, each = 4)), cluster = ~c)
  taken <- system.time(p <- weeg_protect(d, weeg_proportion(d, ~a)))
  expect_lt(sum(taken[1:4], na.rm = TRUE), 15)
  expect_true(all(is.na(p$n)))
  expect_identical(unique(p$n.base), 60)
})

test_that("only cells in the same shown counts and known sums can change places", {
  # atoms 1 to 6; counts: 1 to 6 are those of one atom each, 7 of atoms 1 and 2, 8 of 3 to 6
  system <- list(atoms = 6L, figure = c(1:6, 7L, 7L, rep(8L, 4L)), atom = c(1:6, 1:2, 3:6), n = c(1, 2, 3, 4, 5, 20, 3, 32),
                 known_row = c(1L, 1L), known_atom = c(3L, 4L), known_sign = c(1, -1), known = -1)
  hidden <- c(rep(TRUE, 5L), FALSE, FALSE, FALSE)
  expect_identical(weeg:::alike_counts(system, hidden), c(1L, 1L, 3:8)) # 3 and 4 differ in a known sum, 5 is with neither
  system[c("known_row", "known_atom")] <- list(integer(), integer())
  system$known_sign <- system$known <- numeric()
  expect_identical(weeg:::alike_counts(system, hidden), c(1L, 1L, 3L, 3L, 3L, 6:8))
  hidden[7:8] <- TRUE # nothing but one count is shown
  expect_identical(weeg:::alike_counts(system, hidden), c(rep(1L, 5L), 6:8))
  # where 6 can be 0 so can those like it, and no others
  state <- list(alike = c(1L, 1L, 3L, 3L, 3L, 6L), low = logical(6L), high = logical(6L))
  state <- weeg:::prove_counts(state, 10, c(0, 9, 1, 2, 9, 3))
  expect_identical(state$low, c(TRUE, TRUE, rep(FALSE, 4L)))
  expect_identical(state$high, c(rep(TRUE, 5L), FALSE))
})

test_that("a level that nobody has does not make a copy of the column less known", {
  # y is 31, of which 6 and 16 are shown, so that 9 are y and p; d, which nobody has, is in no level of the copy
  data <- data.frame(a = factor(rep(c("y", "z", "y", "z", "x", "y", "z"), c(9, 9, 6, 10, 1, 16, 9)), c("x", "y", "z", "d")),
                     b = rep(c("p", "q", "r"), c(18, 16, 26)))
  data$copy <- as.character(data$a)
  d <- weeg_design(data)
  r <- weeg_protect(d, weeg_proportion(d, ~ interaction(a, b)), weeg_proportion(d, ~copy), threshold = 5)
  n <- stats::setNames(told(r[[1]]), as.character(r[[1]]$level))[c("y.p", "y.q", "y.r")]
  expect_true(is.na(told(r[[2]])[2]) || sum(is.na(n)) != 1)
})

test_that("a zero stays hidden where columns are functions of each other by chance", {
  # the one who said x is p
  data <- data.frame(a = rep(c("x", "z"), c(1, 59)), b = rep(c("p", "q"), c(26, 34)), made = rep(c("in", "out"), c(1, 59)))
  d <- weeg_design(data)
  r <- weeg_protect(d, weeg_proportion(d, ~ I(a == "x" & b == "p")), weeg_proportion(d, ~made),
                    weeg_proportion(d, I(a %in% c("x")) ~ b), threshold = 3)
  expect_true(all(is.na(told(r[[3]])[c(2, 4)])))
  # a level that nobody has, beside a copy in which it is not
  data <- data.frame(a = factor(rep(c("x", "y"), 30), c("x", "y", "none")), g = rep(c("1", "2"), each = 30))
  data$copy <- as.character(data$a)
  d <- weeg_design(data)
  r <- weeg_protect(d, weeg_proportion(d, ~a), weeg_proportion(d, ~ I(a %in% c("x"))), weeg_proportion(d, ~copy))
  expect_true(is.na(told(r[[1]])[3]))
})
