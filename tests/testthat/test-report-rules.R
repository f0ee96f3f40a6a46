# Reports: the rule by which percentages have signs, and batteries.

skip_if_not_installed("xml2")

scale <- c("never", "sometimes", "always")
rule_book <- function(...) {
  item <- function(name, role = "question") {
    data.frame(variable = c(name, "", "", ""), role = c(role, "", "", ""), code = c("", 1:3), meaning = c("", "", "", "focus"),
               en = c(paste("How often", name), scale), nl = c(paste("Hoe vaak", name), "nooit", "soms", "altijd"))
  }
  row <- function(variable, role, code, en, nl) data.frame(variable, role, code, meaning = "", en, nl)
  rbind(item("walk"), item("swim"), item("ride"), row("w", "weight", "", "w", "w"), row("s", "stratum", "", "s", "s"),
        row("c", "cluster", "", "c", "c"),
        row(c("moves", "", "", ""), c("battery", "", "", ""), c("", "walk", "swim", "ride"),
            c("How do you move?", "on foot", "in the water", ""), c("Hoe beweegt u?", "te voet", "in het water", "")), ...)
}
rule_data <- function(rows = 400) {
  set.seed(5, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  x <- data.frame(walk = sample(1:3, rows, TRUE, c(0.03, 0.2, 0.77)), swim = sample(1:3, rows, TRUE, c(0.5, 0.47, 0.03)),
                  ride = sample(1:3, rows, TRUE), w = stats::runif(rows, 1, 4), s = rep(1:4, each = rows / 4),
                  c = rep(seq_len(rows / 10), each = 10))
  x$ride[-(1:43)] <- NA # few were asked
  x
}
text_of <- function(section) paste(unlist(section$blocks), collapse = "\n")

# Signs of all answers by item, of which the rules are written out anew, with the figures of package survey.
expected_signs <- function(data, rule) {
  sv <- survey::svydesign(~c, strata = ~s, weights = ~w, data = data)
  lapply(stats::setNames(nm = c("walk", "swim", "ride")), function(item) {
    vapply(1:3, function(k) {
      asked <- !is.na(data[[item]])
      p <- survey::svymean(stats::as.formula(sprintf("~as.numeric(%s == %d)", item, k)), sv[asked, ])
      cv <- 100 * as.numeric(survey::SE(p)) / as.numeric(p)
      answered <- sum(data[[item]] == k, na.rm = TRUE)
      switch(rule, cv = if (answered < 10 || cv > 33.35) "\u2021" else if (cv > 16.55) "\u2020" else "",
             base = if (sum(asked) < 30) "\u2021" else if (sum(asked) < 50) "\u2020" else "", none = "")
    }, "")
  })
}
grid_of <- function(section) Filter(function(b) b$type == "grid", section$blocks)[[1L]]

test_that("signs follow the rule of the study, in tables, notes and methods", {
  skip_if_not_installed("survey")
  seen <- character()
  for (rows in c(400, 280)) {
    data <- rule_data()[seq_len(rows), ]
    if (rows == 280) data$ride[-(1:25)] <- NA
    for (rule in c("cv", "base", "none")) {
      study <- weeg_study(data, rule_book(), language = "en", reliability = rule)
      section <- weeg_section(study, "questions", language = "en", threshold = NULL)
      grid <- grid_of(section)
      want <- expected_signs(data, rule)
      row <- match(c("on foot", "in the water", "How often ride"), grid$cells[, 1])
      for (i in seq_along(want)) {
        cells <- unname(grid$cells[row[i], 3:5])
        expect_identical(gsub("[^\u2020\u2021]", "", cells), want[[i]], label = paste(rows, rule, names(want)[i]))
      }
      signs <- unique(unlist(want))
      seen <- union(seen, paste(rule, signs))
      note <- paste(grid$note, collapse = " ")
      words <- read_words("en")
      for (verdict in c("review", "suppress")) {
        sign <- c(review = "\u2020", suppress = "\u2021")[[verdict]]
        if (!sign %in% signs) expect_no_match(note, sign, fixed = TRUE) else {
          expect_match(note, words[[paste0("reliability.", verdict, ".", rule)]], fixed = TRUE)
        }
      }
      methods <- text_of(weeg_section(study, "methods", language = "en", threshold = NULL))
      if (rule == "none") expect_no_match(methods, "\u2020") else {
        expect_match(methods, words[[paste0("methods.reliability.", rule)]], fixed = TRUE)
      }
      expect_no_match(methods, "NCHS", fixed = TRUE)
    }
  }
  expect_true(all(c("cv ", "cv \u2020", "cv \u2021", "base ", "base \u2020", "base \u2021") %in% seen))
  expect_match(text_of(weeg_section(weeg_study(rule_data(), rule_book()), "methods", "en", threshold = NULL)), "NCHS")
})

test_that("municipal reports have the rule too, and other rules are refused", {
  codebook <- system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg")
  signs <- lapply(c(nchs = "nchs", cv = "cv", base = "base", none = "none"), function(rule) {
    study <- weeg_study(openvoorwerk, codebook, reliability = rule)
    section <- weeg_section(study, "short", "en", threshold = NULL, area = "Delft")
    text <- text_of(section)
    if (rule != "none") {
      expect_match(text_of(weeg_section(study, "methods", "en", threshold = NULL, area = "Delft")),
                   read_words("en")[[paste0("methods.reliability.", rule)]], fixed = TRUE)
    }
    expect_identical(grepl("(NCHS)", text, fixed = TRUE), rule == "nchs")
    grid_of(section)$cells[, 3]
  })
  n <- sum(openvoorwerk$gemeente == "Delft")
  expect_gt(n, 1)
  own <- grepl("\u2021", signs$base, fixed = TRUE)
  answered <- as.numeric(grid_of(weeg_section(weeg_study(openvoorwerk, codebook), "short", "en", threshold = NULL,
                                              area = "Delft"))$cells[, 2])
  expect_identical(own, answered < 30)
  expect_false(any(grepl("[\u2020\u2021]", signs$none)))
  expect_error(weeg_study(openvoorwerk, codebook, reliability = "cvs"), "`reliability`", class = "weeg_error_argument")
})

test_that("results keep the verdicts of NCHS, and hidden figures have none", {
  rows <- data.frame(estimate = c(0.5, NA, 0.5, 0), std.error = c(0.1, NA, NA, 0), n = c(100, NA, NA, 0),
                     n.base = c(200, NA, 45, 100), reliability = rep("show", 4), reliability.reason = NA_character_)
  expect_identical(judged_by(rows, "nchs"), rows)
  expect_identical(judged_by(rows, "cv")$reliability, c("review", NA, NA, "suppress"))
  expect_identical(judged_by(rows, "base")$reliability, c("show", NA, "review", "show"))
  expect_identical(judged_by(rows, "none")$reliability, rep(NA_character_, 4))
  study <- weeg_study(rule_data(), rule_book(), reliability = "none")
  expect_identical(weeg_proportion(study, ~walk)$reliability,
                   weeg_proportion(weeg_study(rule_data(), rule_book()), ~walk)$reliability)
})

test_that("a battery is one table and one figure, in order, with the shares of package survey", {
  skip_if_not_installed("survey")
  data <- rule_data()
  study <- weeg_study(data, rule_book())
  sv <- survey::svydesign(~c, strata = ~s, weights = ~w, data = data)
  share <- function(item, k) {
    asked <- sv[!is.na(data[[item]]), ]
    as.numeric(survey::svymean(stats::as.formula(sprintf("~as.numeric(%s == %d)", item, k)), asked))
  }
  items <- c("walk", "swim", "ride")
  top <- vapply(items, share, 0, 3)
  for (language in c("en", "nl")) {
    section <- weeg_section(study, "questions", language, threshold = NULL)
    expect_length(Filter(function(b) b$type == "grid", section$blocks), 1L)
    grid <- grid_of(section)
    label <- list(en = c("on foot", "in the water", "How often ride"), nl = c("te voet", "in het water", "Hoe vaak ride"))
    label <- label[[language]]
    expect_identical(grid$cells[, 1], label[order(-top)])
    expect_identical(grid$header[-(1:2)], list(en = scale, nl = c("nooit", "soms", "altijd"))[[language]])
    expect_identical(as.numeric(grid$cells[, 2]), unname(colSums(!is.na(data[items]))[order(-top)]))
    for (k in 1:3) {
      shown <- as.numeric(sub(",", ".", sub(" .*", "", grid$cells[, 2 + k])))
      expect_lte(max(abs(shown - 100 * vapply(items, share, 0, k)[order(-top)])), 0.05 + 1e-9)
    }
    percent <- paste0(round(100 * range(top)), "%")
    said <- text_of(section)
    expect_match(said, percent[1], fixed = TRUE)
    expect_match(said, percent[2], fixed = TRUE)
    expect_length(Filter(function(b) b$type == "figure", section$blocks), 1L)
  }
  expect_match(paste(format(study), collapse = "\n"), "Batteries: +moves")
  expect_identical(nrow(weeg_problems(study)), 0L)
})

test_that("items that are the same are not put in an order; those that are left out have no bar", {
  data <- rule_data()
  data$swim <- data$ride <- data$walk
  said <- text_of(weeg_section(weeg_study(data, rule_book()), "questions", "en", threshold = NULL))
  expect_match(said, "For each of the items shown here, ")
  expect_no_match(said, "in order of the share")
  skip_if_not_installed("lpSolve")
  data <- rule_data()
  data$swim[data$swim == 3][-(1:4)] <- 2 # few
  section <- weeg_section(weeg_study(data, rule_book()), "questions", "en", threshold = 10)
  grid <- grid_of(section)
  hidden <- which(grid$cells[, 1] == "in the water")
  expect_identical(hidden, 3L)
  expect_identical(grid$cells[, 5][hidden], dash)
  figure <- Filter(function(b) b$type == "figure", section$blocks)[[1L]]
  expect_no_match(figure$svg, "in the water", fixed = TRUE)
  expect_match(figure$svg, "on foot", fixed = TRUE)
})

test_that("what is wrong with a battery is said", {
  data <- rule_data()
  wrong <- function(change, words) {
    book <- rule_book()
    book <- change(book)
    expect_error(weeg_study(data, book), words, class = "weeg_error_study")
  }
  at <- which(rule_book()$variable == "moves")
  wrong(function(b) replace(b, "role", list(replace(b$role, at, "battery question"))), "moves has the role battery and another")
  wrong(function(b) b[-(at + 2:3), ], "fewer than two items")
  wrong(function(b) replace(b, "code", list(replace(b$code, at + 1, "w"))), "w, an item of the battery moves, is not a question")
  wrong(function(b) replace(b, "code", list(replace(b$code, at + 1, "jump"))), "jump, an item of the battery moves, is not a")
  wrong(function(b) replace(b, "en", list(replace(b$en, 2, "seldom"))), "swim, an item .*other levels than walk")
  wrong(function(b) replace(b, "meaning", list(replace(b$meaning, 4, ""))), "other levels than walk")
  wrong(function(b) b[-(6:8), ], "swim, an item of the battery moves, has no levels")
  twice <- rule_book()[at + 0:3, ]
  twice$variable[1] <- "again"
  wrong(function(b) rbind(b, twice), "walk is an item of a battery twice")
})
