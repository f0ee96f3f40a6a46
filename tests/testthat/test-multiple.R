# Multiple-response questions.
#
# Reference: package survey: svymean() and svyratio() for shares, svychisq() for one item, and for all items together the
# second-order correction from the covariance that svytotal() gives of the linearised differences. Tolerance: 1e-9, relative.
# One item in two groups of a simple random sample: Pearson's chi-squared by chisq.test().

items <- c("knelpunt_banen", "knelpunt_ervaring", "knelpunt_leeftijd", "knelpunt_schaamte", "knelpunt_schulden")
with_holes <- function() {
  data <- openvoorwerk
  set.seed(11)
  for (item in items[c(2, 4)]) data[[item]][sample(nrow(data), 40)] <- NA
  data$provider[sample(nrow(data), 60)] <- NA
  data
}
item_formula <- function(group = NULL) {
  stats::as.formula(paste(paste(items, collapse = " + "), "~", if (is.null(group)) "1" else group))
}

weeg_items <- function(data, fpc = NULL, conventions = "weeg") {
  weeg_design(data, ~gewicht, ~ronde, ~gemeente, fpc = fpc, conventions = conventions)
}
survey_items <- function(data) survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = data, nest = TRUE)

test_that("shares of respondents, of those who name any item and of answers", {
  skip_if_not_installed("survey", "4.5")
  data <- with_holes()
  data$known <- stats::complete.cases(data[items])
  data$named <- rowSums(data[items])
  whole <- survey_items(data)
  bases <- list(respondents = data$known, any = data$known & data$named > 0)
  for (group in list(NULL, "provider")) {
    levels <- if (is.null(group)) NA else levels(data$provider)
    for (base in c("respondents", "any", "responses")) {
      got <- weeg_multiple(weeg_items(data, conventions = "nchs"), item_formula(group), base = base)
      for (g in levels) {
        mine <- if (is.na(g)) got else got[got$provider == g, ]
        inside <- if (is.na(g)) TRUE else data$provider %in% g
        if (base == "responses") {
          s <- subset(whole, known & inside)
          parts <- lapply(items, function(i) survey::svyratio(stats::reformulate(paste0("as.numeric(", i, ")")), ~named, s))
          estimate <- vapply(parts, stats::coef, 0)
          error <- vapply(parts, survey::SE, 0)
          n <- sum(data$named[data$known & inside])
        } else {
          rows <- bases[[base]] & inside
          s <- whole[which(rows), ]
          parts <- lapply(items, function(i) survey::svymean(stats::reformulate(paste0("as.numeric(", i, ")")), s))
          estimate <- vapply(parts, stats::coef, 0)
          error <- vapply(parts, survey::SE, 0)
          n <- sum(rows)
        }
        expect_equal(mine$estimate, unname(estimate), tolerance = 1e-9)
        expect_equal(mine$std.error, unname(error), tolerance = 1e-9)
        expect_identical(unique(mine$n.base), as.double(n))
        df <- survey::degf(whole[which(rep_len(inside, nrow(data))), ])
        expect_identical(unique(mine$df), as.double(df))
      }
    }
  }
  expect_equal(sum(weeg_multiple(weeg_items(data), item_formula(), base = "responses")$estimate), 1, tolerance = 1e-12)
})

test_that("an item on its own is an outcome of weeg_proportion()", {
  for (conventions in c("weeg", "nchs")) {
    d <- weeg_design(weeg_items(openvoorwerk), conventions = conventions)
    got <- weeg_multiple(d, knelpunt_banen ~ provider)
    want <- weeg_proportion(d, knelpunt_banen ~ provider)
    want <- want[want$level == "TRUE", ]
    same <- setdiff(names(want), c("outcome", "level"))
    if (conventions == "weeg") same <- setdiff(same, c("conf.low", "conf.high", "df", "reason")) # items: by PSUs minus strata
    expect_equal(as.data.frame(got)[same], as.data.frame(want)[same], tolerance = 1e-12, ignore_attr = TRUE)
  }
})

# Second-order test of all items from survey's covariance V of the groups' shares, projected: (I - 1q')V(I - 1q')' with q the
# groups' parts of all respondents is that of the differences p_gi - p_i, where no item depends on the group.
joint_test <- function(data, group, items) {
  counted <- !is.na(data[[group]]) & stats::complete.cases(data[items])
  s <- survey_items(data)
  levels <- levels(data[[group]])
  for (g in seq_along(levels)) {
    inside <- counted & data[[group]] %in% levels[g]
    for (i in seq_along(items)) {
      share <- stats::weighted.mean(data[[items[i]]][inside], data$gewicht[inside])
      s$variables[[paste0("z", i, ".", g)]] <- ifelse(inside, (data[[items[i]]] - share) / sum(data$gewicht[inside]), 0)
    }
  }
  # item by item, the groups under each other
  v <- stats::vcov(survey::svytotal(stats::reformulate(paste0("z", rep(seq_along(items), each = length(levels)), ".",
                                                              seq_along(levels))), s))
  by_group <- function(x) as.vector(tapply(x[counted], data[[group]][counted], sum))
  q <- by_group(data$gewicht) / sum(data$gewicht[counted])
  project <- kronecker(diag(length(items)), diag(length(levels)) - rep(1, length(levels)) %*% t(q))
  v <- project %*% v %*% t(project)
  shares <- vapply(items, function(i) by_group(data$gewicht * data[[i]]) / by_group(data$gewicht), q)
  p <- colSums(q * shares)
  a <- c(sum(counted) * outer(q, p * (1 - p), "/"))
  chisq <- sum(a * (c(shares) - rep(p, each = length(levels)))^2)
  m <- sqrt(a) * t(sqrt(a) * v)
  rank <- sum(eigen(m, TRUE, only.values = TRUE)$values > 1e-9)
  trace <- sum(diag(m))
  df1 <- trace^2 / sum(m^2)
  df2 <- df1 * survey::degf(s)
  list(want = c(statistic = chisq / trace, num.df = df1, den.df = df2,
                p.value = stats::pf(chisq / trace, df1, df2, lower.tail = FALSE)), rank = rank)
}

test_that("tests of each item and of all together", {
  skip_if_not_installed("survey", "4.5")
  data <- with_holes()
  for (group in c("provider", "ronde")) {
    got <- weeg_item_tests(weeg_multiple(weeg_items(data), item_formula(group)))
    expect_identical(got$item[length(items) + 1L], "all items")
    joint <- joint_test(data, group, items)
    want <- joint$want
    expect_equal(unlist(got[length(items) + 1L, names(want)]), want, tolerance = 1e-9)
    expect_identical(joint$rank, (nlevels(data[[group]]) - 1L) * length(items))
    expect_lte(got$num.df[length(items) + 1L], joint$rank)
    known <- subset(survey_items(data), stats::complete.cases(data[items]))
    for (i in seq_along(items)) {
      test <- survey::svychisq(stats::as.formula(paste("~", items[i], "+", group)), known)
      expect_equal(got$statistic[i], unname(test$statistic), tolerance = 1e-9)
    }
    expect_equal(got$p.adjusted[seq_along(items)], stats::p.adjust(got$p.value[seq_along(items)], "holm"), tolerance = 1e-12)
    expect_identical(got$p.adjusted[length(items) + 1L], NA_real_)
  }
})

test_that("one item in two groups is a hypothesis of one degree of freedom", {
  skip_if_not_installed("survey", "4.5")
  data <- droplevels(openvoorwerk[openvoorwerk$provider %in% levels(openvoorwerk$provider)[1:2], ])
  got <- weeg_item_tests(weeg_multiple(weeg_items(data), knelpunt_banen ~ provider))[2, ]
  expect_equal(got$num.df, 1, tolerance = 1e-12)
  expect_equal(unlist(got[c("statistic", "num.df", "den.df", "p.value")]),
               joint_test(data, "provider", "knelpunt_banen")$want, tolerance = 1e-9)
  # simple random sample, by hand: X2 / trace = d^2 / (v1 + v2), as the projection has rank 1
  n <- c(60, 90)
  yes <- c(24, 54)
  data <- data.frame(g = rep(c("x", "y"), n), a = unlist(Map(function(k, n) seq_len(n) <= k, yes, n)))
  got <- weeg_item_tests(weeg_multiple(weeg_design(data), a ~ g))[2, ]
  p <- yes / n
  variance <- sum(p * (1 - p) / n) * 150 / 149
  expect_equal(unlist(got[c("statistic", "num.df", "den.df")]), c(statistic = diff(p)^2 / variance, num.df = 1, den.df = 149),
               tolerance = 1e-10)
})

test_that("without design the sum of the items is that of Pearson's statistics", {
  set.seed(4)
  data <- data.frame(g = rep(c("x", "y", "z"), c(150, 100, 120)), a = stats::runif(370) < 0.4, b = stats::runif(370) < 0.2)
  data$c <- data$a & stats::runif(370) < 0.7
  got <- weeg_item_tests(weeg_multiple(weeg_design(data), a + b + c ~ g))
  pearson <- vapply(c("a", "b", "c"), function(i) {
    unname(stats::chisq.test(table(data$g, data[[i]]), correct = FALSE)$statistic)
  }, 0)
  # X2 = statistic x trace; under independence of items and groups the trace is close to the sum of the df, 3 x 2
  trace <- sum(pearson) / got$statistic[4]
  expect_gt(trace, 5.5)
  expect_lt(trace, 6.5)
  # items a and c hang together, so that there are fewer than 6 degrees of freedom's worth of information
  expect_lt(got$num.df[4], 5.5)
  expect_gt(got$num.df[4], 4)
})

test_that("size of the joint test under multiple marginal independence", {
  # independence of items and groups by construction: 400 samples of 25 PSUs with 12 rows each; nominal 5 %.
  # Binomial standard error of the rate 1.1 %: 0 to 9.4 % is four of them.
  set.seed(8)
  reject <- replicate(400, {
    psu <- rep(1:25, each = 12)
    taste <- stats::rnorm(25)[psu]
    data <- data.frame(psu, g = sample(c("x", "y"), 300, TRUE), a = taste + stats::rnorm(300) > 0, b = stats::runif(300) < 0.3)
    data$c <- data$a & stats::runif(300) < 0.6
    glance(weeg_multiple(weeg_design(data, cluster = ~psu), a + b + c ~ g))$p.value < 0.05
  })
  expect_gt(mean(reject), 0.01)
  expect_lt(mean(reject), 0.094)
})

test_that("a tally gives the same as the design, and other codings of yes too", {
  data <- with_holes()
  x <- weeg_items(data)
  formula <- knelpunt_banen + knelpunt_ervaring ~ ronde
  got <- weeg_multiple(x, formula)
  expect_equal(weeg_multiple(weeg_tally(x, ~ ronde + knelpunt_banen + knelpunt_ervaring), formula), got, tolerance = 1e-13)
  coded <- data
  coded$knelpunt_banen <- as.integer(coded$knelpunt_banen)
  expect_equal(weeg_multiple(weeg_items(coded), formula)$std.error, got$std.error)
  for (item in items) coded[[item]] <- ifelse(data[[item]], "ja", "nee")
  expect_equal(weeg_multiple(weeg_items(coded), formula, yes = "ja")$estimate, got$estimate)
  expect_equal(weeg_multiple(weeg_tally(weeg_items(coded), ~ ronde + knelpunt_banen + knelpunt_ervaring), formula,
                             yes = "ja")$estimate, got$estimate)
  expect_error(weeg_multiple(weeg_items(coded), formula), "is not an item", class = "weeg_error_variable")
  expect_error(weeg_multiple(weeg_items(coded), formula, yes = "yes"), "is not an item", class = "weeg_error_variable")
  expect_error(weeg_multiple(x, formula, base = "all"), "`base` must be one of", class = "weeg_error_argument")
  expect_error(weeg_multiple(x, ronde ~ ronde), "item and group at once", class = "weeg_error_formula")
  expect_error(weeg_multiple(x, formula, missing = "level"), "`missing` must be one of", class = "weeg_error_argument")
  expect_error(weeg_item_tests(data), class = "weeg_error_argument")
})

test_that("what does not exist is NA with a reason", {
  data <- data.frame(a = c(TRUE, FALSE, NA, TRUE, FALSE, TRUE), b = FALSE, g = c("x", "x", "y", "x", "x", "x"), psu = 1:6)
  got <- weeg_multiple(weeg_design(data, cluster = ~psu), a + b ~ g)
  expect_identical(is.na(got$estimate), rep(c(FALSE, TRUE), each = 2))
  expect_false(anyNA(got$reason[is.na(got$estimate)]))
  expect_identical(got$reliability[got$g == "y"], c(NA_character_, NA_character_))
  tests <- weeg_item_tests(got)
  expect_true(all(is.na(tests$p.value)))
  expect_false(anyNA(tests$reason))
  none <- weeg_multiple(subset(weeg_design(data), psu == 3), ~ a + b)
  expect_true(all(is.na(none$estimate)))
  expect_true(all(is.na(weeg_multiple(weeg_design(data), ~ b, base = "any")$estimate)))
})

test_that("print, tidy, glance and plot are those of proportions, with the tests", {
  m <- weeg_multiple(weeg_items(openvoorwerk), item_formula("provider"))
  lines <- paste(format(m, width = 80), collapse = " ")
  expect_match(lines, "5 items, multiple response", fixed = TRUE)
  expect_match(lines, "All items: ", fixed = TRUE)
  expect_match(lines, "base respondents", fixed = TRUE)
  expect_lte(max(nchar(format(m, width = 70), "width")), 70)
  expect_identical(utils::capture.output(print(m)), format(m))
  expect_identical(class(tidy(m)), "data.frame")
  expect_identical(nrow(tidy(m)), 25L)
  expect_identical(glance(m)$p.value, weeg_item_tests(m)$p.value[6])
  expect_identical(names(coef(m))[1], paste0("werkplein:", attr(openvoorwerk$knelpunt_banen, "label")))
  expect_identical(nrow(weeg_item_tests(weeg_multiple(weeg_items(openvoorwerk), item_formula()))), 0L)
  expect_false(any(grepl("All items", format(weeg_multiple(weeg_items(openvoorwerk), item_formula("ronde"), base = "any")))))
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(m), "ggplot")
})

test_that("many items by many groups take the memory of the answers that occur", {
  set.seed(2)
  items <- paste0("k", 1:30)
  data <- as.data.frame(lapply(stats::setNames(nm = items), function(i) stats::rbinom(12000, 1L, 0.3)))
  data$g <- sample(12, 12000, TRUE)
  tests <- weeg_item_tests(weeg_multiple(data, stats::as.formula(paste(paste(items, collapse = "+"), "~ g"))))
  # Pearson's X2 / df, but for n / (n - 1) and the estimated design effects of equal weights, which are 1 within 1 %
  x2 <- vapply(data[items], function(x) unname(stats::chisq.test(x, data$g, correct = FALSE)$statistic), 0)
  expect_lt(max(abs(tests$statistic[1:30] / (x2 / 11) - 1)), 0.01)
  expect_lt(abs(tests$statistic[31] / (sum(x2) / 330) - 1), 0.01)
  # 6 000 shares are too many to test together, but each item is tested
  items <- paste0("k", 1:120)
  data <- as.data.frame(lapply(stats::setNames(nm = items), function(i) stats::rbinom(400, 1L, 0.3)))
  data$g <- rep_len(1:50, 400)
  tests <- weeg_item_tests(weeg_multiple(data, stats::as.formula(paste(paste(items, collapse = "+"), "~ g"))))
  expect_identical(is.na(tests$p.value), rep(c(FALSE, TRUE), c(120, 1)))
  expect_match(tests$reason[121], "too many")
})

# ---- who names what --------------------------------------------------------------------------------------------------

# Items that are named or blank, in one row in ten with nothing named; the reference is svymean() of an indicator.
named_or_blank <- function() {
  set.seed(5)
  data <- openvoorwerk[c("gewicht", "ronde", "gemeente", "provider")]
  for (item in c("tv", "radio", "web")) data[[item]] <- stats::runif(nrow(data)) < c(tv = 0.6, radio = 0.2, web = 0.4)[[item]]
  data[sample(nrow(data), 150), c("tv", "radio", "web")] <- FALSE
  data
}
media <- c("tv", "radio", "web")

survey_shares <- function(data, inside = TRUE) {
  s <- survey_items(cbind(data[c("gewicht", "ronde", "gemeente")], lapply(data[media], as.numeric), .in = inside))
  found <- survey::svymean(stats::reformulate(media), s[which(rep_len(inside, nrow(data))), ])
  list(estimate = unname(stats::coef(found)), std.error = unname(survey::SE(found)))
}
expect_shares <- function(got, want, n) {
  expect_equal(got$estimate, want$estimate, tolerance = 1e-9)
  expect_equal(got$std.error, want$std.error, tolerance = 1e-9)
  expect_identical(unique(got$n.base), as.double(n))
}

test_that("items with no answer but yes are an error, and unnamed = \"blank\" says what blanks mean, on every road", {
  skip_if_not_installed("survey", "4.5")
  truth <- named_or_blank()
  want <- survey_shares(truth)
  some <- rowSums(truth[media]) > 0
  want_any <- survey_shares(truth, some)
  refused <- function(x, formula, yes) {
    expect_error(weeg_multiple(x, formula, yes = yes), "no answer but .* blanks.*unnamed = \"blank\"",
                 class = "weeg_error_variable")
  }
  roads <- list(
    text = list(function(x) ifelse(x, "Y", NA), "Y"), empty = list(function(x) ifelse(x, "Y", " "), "Y"),
    one = list(function(x) ifelse(x, 1, NA)), true = list(function(x) ifelse(x, TRUE, NA)),
    factor = list(function(x) factor(ifelse(x, "Y", NA), levels = c("N", "Y")), "Y"),
    blank_level = list(function(x) factor(ifelse(x, "Y", "")), "Y"),
    labelled = list(function(x) structure(ifelse(x, 1, NA), labels = c(yes = 1), class = "haven_labelled"), "yes"),
    labelled_no = list(function(x) structure(ifelse(x, 1, NA), labels = c(no = 0, yes = 1), class = "haven_labelled"), "yes"),
    labelled_text = list(function(x) structure(ifelse(x, "Y", ""), labels = c(yes = "Y"), class = "haven_labelled"), "yes")
  )
  formula <- tv + radio + web ~ 1
  for (road in roads) {
    data <- truth
    data[media] <- lapply(truth[media], road[[1L]])
    yes <- if (length(road) > 1L) road[[2L]]
    designs <- list(weeg_items(data), weeg_tally(weeg_items(data), ~ tv + radio + web))
    if (is.null(attr(data$tv, "labels"))) {
      path <- withr::local_tempfile(fileext = ".csv")
      utils::write.csv(data, path, row.names = FALSE, na = "", quote = FALSE)
      designs <- c(designs, list(weeg_items(path)))
    }
    for (x in designs) {
      refused(x, formula, yes)
      expect_shares(weeg_multiple(x, formula, yes = yes, unnamed = "blank"), want, nrow(data))
      expect_shares(weeg_multiple(x, formula, yes = yes, unnamed = "blank", base = "any"), want_any, sum(some))
    }
  }
  printed <- format(weeg_multiple(weeg_items(data), formula, yes = "yes", unnamed = "blank"), width = 200)
  expect_true(any(startsWith(printed, paste(sum(!some), "respondents name no item and count in the base"))))
  expect_match(paste(printed, collapse = " "), "base respondents (blank: not named)", fixed = TRUE)
})

test_that("SPSS files: a blank is system-missing or empty text, a user-missing value is no answer", {
  skip_if_not_installed("survey", "4.5")
  skip_if_not_installed("haven")
  truth <- named_or_blank()
  refusers <- seq_len(nrow(truth)) %% 17L == 0L
  number <- lapply(truth[media], function(x) {
    haven::labelled_spss(ifelse(refusers, 99, ifelse(x, 1, NA)), labels = c(yes = 1, refused = 99), na_values = 99)
  })
  text <- lapply(truth[media], function(x) {
    haven::labelled_spss(ifelse(refusers, "R", ifelse(x, "Y", "")), labels = c(yes = "Y"), na_values = "R")
  })
  want <- survey_shares(truth, !refusers)
  for (items in list(number, text)) {
    data <- truth
    data[media] <- items
    path <- withr::local_tempfile(fileext = ".sav")
    haven::write_sav(data, path)
    for (x in list(weeg_items(data), weeg_items(path))) {
      got <- weeg_multiple(x, tv + radio + web ~ 1, yes = "yes", unnamed = "blank")
      expect_shares(got, want, sum(!refusers))
      expect_error(weeg_multiple(x, tv + radio + web ~ 1, yes = "yes"), "no answer but", class = "weeg_error_variable")
    }
  }
  # refused or yes, without a blank, needs no word for blanks
  all <- data.frame(a = haven::labelled_spss(c(1, 99, 1), c(yes = 1), 99), b = haven::labelled_spss(c(1, 1, 1), c(yes = 1), 99))
  path <- withr::local_tempfile(fileext = ".sav")
  haven::write_sav(all, path)
  for (x in list(all, path)) expect_identical(weeg_multiple(x, ~ a + b, yes = "yes")$n.base, c(2, 2))
})

test_that("what is no sign of blanks that mean no", {
  # the same respondents did not answer any item, and no was an answer that they had
  data <- data.frame(a = c(TRUE, TRUE, NA), b = c(FALSE, TRUE, NA))
  expect_identical(weeg_multiple(data, ~ a + b)$estimate, c(1, 0.5))
  # nothing is blank
  expect_identical(weeg_multiple(data.frame(a = c("Y", "Y"), b = c("Y", "N")), ~ a + b, yes = "Y")$estimate, c(1, 0.5))
  # nobody names b; blanks beside no are missing
  data <- data.frame(a = c("Y", "N", NA, "Y"), b = c("N", "N", "N", "N"))
  expect_identical(weeg_multiple(data, ~ a + b, yes = "Y")$estimate, c(2 / 3, 0))
  expect_error(weeg_multiple(data, ~ a + b, yes = "y"), "is not an item", class = "weeg_error_variable")
  # items that nobody names: a column without any value, of a file too
  data <- data.frame(a = c("Y", NA, "Y"), b = NA, c = c("", "", ""))
  path <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(data, path, row.names = FALSE, na = "")
  for (x in list(data, path)) {
    expect_identical(weeg_multiple(x, ~ a + b + c, yes = "Y", unnamed = "blank")$estimate, c(2 / 3, 0, 0))
  }
})

test_that("items that hold their own text or nothing need no yes, and have their text", {
  data <- data.frame(q1 = c("Television", "", "Television", ""), q2 = c("", "Radio", "Radio", ""), g = c("x", "x", "y", "y"))
  path <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(data, path, row.names = FALSE)
  for (x in list(data, path)) {
    got <- weeg_multiple(x, ~ q1 + q2, unnamed = "blank")
    expect_identical(as.character(got$level), c("Television", "Radio"))
    expect_identical(got$estimate, c(0.5, 0.5))
    expect_error(weeg_multiple(x, ~ q1 + q2), "hold their own text.*unnamed = \"blank\"", class = "weeg_error_variable")
  }
  data$q2[4] <- "none"
  expect_error(weeg_multiple(data, ~ q1 + q2, unnamed = "blank"), "q2 is not an item", class = "weeg_error_variable")
  got <- weeg_multiple(data, ~ q1 + I(q2 == "Radio"), unnamed = "blank", labels = c(q1 = "TV", "I(q2 == \"Radio\")" = "R"))
  expect_identical(as.character(got$level), c("TV", "R"))
  expect_error(weeg_multiple(data, ~ q1, labels = c(q2 = "x")), "not an item of the formula.*q1", class = "weeg_error_argument")
  expect_error(weeg_multiple(data, ~ q1, labels = "x"), "a text for each item", class = "weeg_error_argument")
})

test_that("blanks that mean no hold in protected releases too", {
  skip_if_not_installed("lpSolve")
  truth <- named_or_blank()[seq(1, 1500, 9), ]
  data <- truth
  data[media] <- lapply(truth[media], function(x) ifelse(x, "Y", NA))
  shown <- function(data, ...) {
    x <- weeg_items(data)
    released <- weeg_protect(list(weeg_multiple(x, tv + radio + web ~ provider, ...)), data = x, threshold = 10)[[1L]]
    expect_false(any(grepl("no item", format(released))))
    as.data.frame(released)[c("estimate", "n", "n.base", "reason")]
  }
  want <- shown(truth)
  expect_true(anyNA(want$n))
  expect_identical(shown(data, yes = "Y", unnamed = "blank"), want)
})

# ---- answers in columns of their own, or in one text -----------------------------------------------------------------

test_that("first, second and third answers, and answers in one text, are the items that they name", {
  skip_if_not_installed("survey", "4.5")
  truth <- named_or_blank()
  some <- rowSums(truth[media]) > 0
  given <- apply(truth[media], 1L, function(x) media[x])
  turned <- lapply(given, rev)
  turned[some] <- lapply(turned[some], function(x) if (length(x) < 3L) c(x, x[1L]) else x) # an answer given twice counts once
  columns <- as.data.frame(lapply(stats::setNames(1:3, c("first", "second", "third")), function(i) vapply(turned, `[`, "", i)))
  data <- cbind(truth[c("gewicht", "ronde", "gemeente", "provider")], columns)
  data$text <- vapply(turned, paste, "", collapse = " ; ")
  data$first <- factor(data$first, levels = c("web", "tv", "radio"))
  path <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(data, path, row.names = FALSE, na = "")
  want <- list(respondents = survey_shares(truth), any = survey_shares(truth, some))
  for (x in list(weeg_items(data), weeg_items(path), weeg_tally(weeg_items(data), ~ first + second + third + text))) {
    for (how in list(list(~ first + second + third, coding = "categories"), list(~text, separator = ";"))) {
      for (unnamed in list(NULL, "blank")) {
        got <- do.call(weeg_multiple, c(list(x), how, list(unnamed = unnamed)))
        got <- got[match(media, got$level), ]
        skipped <- is.null(unnamed)
        expect_shares(got, want[[if (skipped) "any" else "respondents"]], if (skipped) sum(some) else nrow(data))
      }
    }
  }
  got <- weeg_multiple(weeg_items(data), first + second + third ~ provider, coding = "categories")
  expect_identical(levels(got$level), c("web", "tv", "radio"))
  texts <- c(radio = "Radio", paper = "Papers", tv = "Television", web = "Internet")
  got <- weeg_multiple(weeg_items(data), ~text, separator = ";", labels = texts)
  expect_identical(as.character(got$level), unname(texts))
  expect_identical(got$estimate[2], 0)
  expect_error(weeg_multiple(weeg_items(data), ~text, separator = ";", labels = c(TV = "Television")), "none for",
               class = "weeg_error_argument")
  # tests are those of the items as columns
  want <- weeg_item_tests(weeg_multiple(weeg_items(truth), tv + radio + web ~ provider))
  got <- weeg_item_tests(weeg_multiple(weeg_items(data), text ~ provider, separator = ";", unnamed = "blank",
                                       labels = c(tv = "tv", radio = "radio", web = "web")))
  expect_equal(got, want, tolerance = 1e-12)
})

test_that("answers in columns: order, codes and what is refused", {
  order <- function(..., coding = "categories") {
    data <- data.frame(...)
    as.character(weeg_multiple(data, stats::reformulate(names(data)), coding = coding)$level)
  }
  expect_identical(order(a = c(10, 2), b = c(1, NA)), c("1", "2", "10"))
  expect_identical(order(a = c(10, 2), b = c(3, NA), c = NA), c("2", "3", "10"))
  expect_identical(order(a = c("c", "a"), b = c("b", "d")), c("a", "b", "c", "d"))
  expect_identical(order(a = factor(c("low", "high"), c("low", "high")), b = factor(c("mid", "high"), c("mid", "high"))),
                   c("low", "mid", "high"))
  expect_identical(order(a = c("x", "y"), b = NA, c = c("", "x")), c("x", "y"))
  expect_identical(as.character(weeg_multiple(data.frame(a = c("10, 9", "1,10,")), ~a, separator = ",")$level), c("1", "9", "10"))
  data <- data.frame(a = c("x", "y"), b = c("y", NA))
  expect_error(weeg_multiple(data, ~ a + b), "coding = \"categories\"", class = "weeg_error_variable")
  expect_error(weeg_multiple(data, ~ a + b, coding = "categories", yes = "x"), "`yes`", class = "weeg_error_argument")
  expect_error(weeg_multiple(data, ~ a, coding = "items", separator = ";"), "`separator`", class = "weeg_error_argument")
  expect_error(weeg_multiple(data, ~ a, separator = ""), "`separator`", class = "weeg_error_argument")
  expect_error(weeg_multiple(data, ~ a, unnamed = "no"), "`unnamed` must be", class = "weeg_error_argument")
  expect_error(weeg_multiple(data, ~ a, yes = c("x", "y")), "one level", class = "weeg_error_argument")
  expect_error(weeg_multiple(data.frame(a = c(NA, "")), ~a, separator = ";"), "no answer in a", class = "weeg_error_variable")
})

# ---- sets of SPSS files ----------------------------------------------------------------------------------------------

# tests/reference/make_mrsets.sps says what is in the file; the indicators are read off it by hand, NA for who is not in the base.
test_that("multiple-response sets of SPSS files are asked for by name", {
  skip_if_not_installed("survey", "4.5")
  path <- testthat::test_path("..", "reference", "sav", "mrsets.sav")
  skip_if_not(file.exists(path), "tests/reference is not there: tests run outside the sources")
  skip_if(inherits(try(weeg_design(path), silent = TRUE), "try-error"), "built without ReadStat")
  d <- weeg_design(path)
  w <- c(1.5, 2, 1, 3, 0.5, 2.5, 1, 2)
  same <- function(got, labels, ...) {
    named <- data.frame(w = w, ...)
    use <- stats::complete.cases(named)
    s <- suppressWarnings(survey::svydesign(ids = ~1, weights = ~w, data = named))
    want <- survey::svymean(stats::reformulate(names(named)[-1L]), subset(s, use))
    expect_identical(as.character(got$level), labels)
    expect_equal(got$estimate, unname(stats::coef(want)), tolerance = 1e-9)
    expect_equal(got$std.error, unname(survey::SE(want)), tolerance = 1e-9)
    expect_identical(unique(got$n.base), as.double(sum(use)))
  }
  media <- c("Watches television", "Bought a television", "radio")
  all <- weeg_multiple(d, ~media, unnamed = "blank")
  same(all, media, a = c(1, 0, 1, 0, 1, NA, 0, 1), b = c(0, 1, 1, 0, 0, NA, 0, 1), c = c(0, 0, 1, 0, 1, NA, 0, 0))
  expect_match(format(all)[1L], "Which m\u00e9dium? (1 = one) ($media): 3 items", fixed = TRUE)
  same(weeg_multiple(d, ~`$MEDIA`), media, a = c(NA, NA, 1, NA, 1, NA, NA, NA), b = c(NA, NA, 1, NA, 0, NA, NA, NA),
       c = c(NA, NA, 1, NA, 1, NA, NA, NA))
  same(weeg_multiple(d, ~colours), c("red", "green", "blue"), a = c(1, 0, 0, NA, 1, NA, 1, 1),
       b = c(1, 1, 0, NA, 1, NA, 1, 0), c = c(0, 1, 1, NA, 1, NA, 0, 0))
  same(weeg_multiple(d, ~reading, unnamed = "blank", labels = c(website = "On a site")), c("On paper", "On a site"),
       a = c(1, 0, 0, 0, 1, NA, 0, NA), b = c(0, 1, 0, 0, 1, NA, 0, NA))
  refused <- function(class, regexp, ...) expect_error(weeg_multiple(d, ...), regexp, class = class)
  refused("weeg_error_formula", "no set \\$x; there are \\$media, \\$colours, \\$Reading", ~`$x`)
  refused("weeg_error_formula", "use it alone", ~ media + radio)
  refused("weeg_error_argument", "`yes` is defined by the set \\$media", ~media, yes = "chosen")
  refused("weeg_error_argument", "`separator` is defined by the set", ~colours, separator = ";")
  refused("weeg_error_argument", "not an item of the formula", ~media, labels = c(paper = "x"))
})

test_that("answers in columns whose labels have numbers that rise keep the order of the values", {
  skip_if_not_installed("haven")
  rounds <- c("round 2" = 1, "round 10" = 2, "round 11" = 3)
  data <- data.frame(a = haven::labelled(c(2, 1), rounds), b = haven::labelled(c(3, NA), rounds))
  expect_identical(as.character(weeg_multiple(data, ~ a + b, coding = "categories")$level), names(rounds))
})

test_that("an item and its complement are one hypothesis", {
  data <- openvoorwerk
  data$anders <- !data$knelpunt_banen
  data$weer <- data$knelpunt_leeftijd
  x <- weeg_items(data)
  got <- weeg_item_tests(weeg_multiple(x, knelpunt_banen + anders + knelpunt_leeftijd + weer + knelpunt_schulden ~ provider))
  want <- stats::p.adjust(got$p.value[c(1, 3, 5)], "holm")
  expect_equal(got$p.adjusted, c(want[c(1, 1, 2, 2, 3)], NA), tolerance = 1e-9)
})

# ---- few PSUs: test-effective.R has the law of a proportion by its definition

test_that("shares of persons who name an item have the interval of a proportion in few PSUs", {
  d <- few_psus(7)
  d$one <- d$y == "a"
  d$two <- d$y == "b"
  columns <- c("estimate", "std.error", "conf.low", "conf.high", "df", "reason")
  for (base in c("respondents", "any")) {
    got <- weeg_multiple(few_design(d), one + two ~ g, base = base)
    expect_match(gsub(" +", " ", paste(format(got), collapse = " ")), "df effective", fixed = TRUE)
    got <- as.data.frame(got)
    expect_true(all(got$df != round(got$df)))
    for (item in c("one", "two")) {
      single <- as.data.frame(weeg_proportion(subset(few_design(d), one | two | base == "respondents"),
                                              stats::reformulate("g", item)))
      single <- single[single$level == "TRUE", columns]
      expect_equal(got[got$level == item, columns], single, tolerance = 1e-10, ignore_attr = TRUE)
    }
  }
})

test_that("shares of responses and tests of items say that they are by PSUs minus strata", {
  d <- few_psus(7)
  d$one <- d$y == "a"
  d$two <- d$y != "c"
  shares <- weeg_multiple(few_design(d), one + two ~ g, base = "responses")
  expect_equal(shares$df, round(shares$df))
  items <- weeg_multiple(few_design(d), one + two ~ g)
  domain <- unname(df_texts["domain"])
  for (x in list(shares, weeg_item_tests(items))) expect_identical(unname(attr(x, "conventions")["df"]), domain)
  expect_false(identical(unname(attr(items, "conventions")["df"]), domain))
})
