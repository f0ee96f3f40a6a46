# The national report as one release: what it shows, against counts of the data and against the attacker of helper-attacker.R.

skip_if_not_installed("lpSolve")
skip_if_not_installed("xml2")

study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))

# Sections as a document, and the text of the cells of each table.
page_of_report <- function(r) {
  count <- new.env()
  body <- unlist(lapply(national_sections, function(name) blocks_html(report_section(r, name), r, count)))
  xml2::read_html(page_html(body, r, r$title, say(r, "national.subtitle")))
}
text_of <- function(page) xml2::xml_text(xml2::xml_find_first(page, "//main"))
table_rows <- function(page, words) {
  tables <- xml2::xml_find_all(page, "//table")
  captions <- vapply(tables, function(t) xml2::xml_text(xml2::xml_find_first(t, "caption")), "")
  rows <- xml2::xml_find_all(tables[[grep(words, captions, fixed = TRUE)[1]]], "tbody/tr[not(@class)]")
  do.call(rbind, lapply(rows, function(row) xml2::xml_text(xml2::xml_find_all(row, "th|td"))))
}
dash <- "\u2013"

# to protect it takes long: it is kept for all tests here
real <- kept_base(study, "nl", 10)
page <- page_of_report(real)

# ---- as files: first, while the release is kept -------------------------------------------------------------------------

# Numbers, with their margins, that do not fit on one line of their cell in Word: digits of common sans serif type are 0.56 em
# wide, cells have type of 9 points and 2.85 points left and right.
broken_numbers <- function(document) {
  unlist(lapply(xml2::xml_find_all(document, "//w:tbl"), function(table) {
    width <- as.numeric(xml2::xml_attr(xml2::xml_find_all(table, "w:tblGrid/w:gridCol"), "w")) / 20
    width <- width / sum(width) * (11906 - 2 * 1134) / 20
    rows <- lapply(xml2::xml_find_all(table, "w:tr")[-1], function(row) xml2::xml_text(xml2::xml_find_all(row, "w:tc")))
    cells <- do.call(rbind, rows)[, -1, drop = FALSE]
    cells[nchar(cells) * 9 * 0.56 + 2 * 2.85 > rep(width[-1], each = nrow(cells))]
  }))
}

test_that("weeg_report() writes HTML and Word through R Markdown, with the same tables", {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.0"), "pandoc is not there")
  html <- tempfile(fileext = ".html")
  on.exit(unlink(html))
  cells <- function(page) xml2::xml_text(xml2::xml_find_all(page, "//table//th|//table//td|//caption"))
  written <- function(language, threshold) {
    path <- weeg_report(study, language = language, output = html, date = as.Date("2026-05-04"), threshold = threshold)
    expect_identical(basename(path), basename(html))
    xml2::read_html(html)
  }
  here <- written("nl", 10)
  expect_identical(cells(here), cells(page))
  expect_identical(gsub("\\s+", " ", xml2::xml_text(xml2::xml_find_all(here, "//h1|//h2|//h3"))),
                   xml2::xml_text(xml2::xml_find_all(page, "//h1|//h2|//h3")))
  expect_length(xml2::xml_find_all(here, "//script|//link|//img"), 0)
  links <- sub("#", "", xml2::xml_attr(xml2::xml_find_all(here, "//nav//a"), "href"))
  expect_gt(length(links), 9)
  expect_identical(setdiff(links, xml2::xml_attr(xml2::xml_find_all(here, "//*[@id]"), "id")), character())
  # so does a section that is printed
  lines <- format(weeg_section(study, "needs", "nl"), width = 80)
  expect_identical(lines[1], "Wat mensen hebben en wat zij missen")
  expect_match(paste(lines, collapse = "\n"), "Tabel 1. Hebben en willen", fixed = TRUE)
  # Dutch words are longer in Word
  word <- tempfile(fileext = ".docx")
  folder <- tempfile()
  weeg_report(study, language = "nl", output = word, date = as.Date("2026-05-04"), threshold = 10)
  utils::unzip(word, "word/document.xml", exdir = folder)
  dutch <- xml2::read_xml(file.path(folder, "word", "document.xml"))
  expect_length(xml2::xml_find_all(dutch, "//w:tbl"), length(xml2::xml_find_all(page, "//table")))
  expect_identical(broken_numbers(dutch), character())
  unlink(c(folder, word), recursive = TRUE)
  # in the other language, with all counts
  english <- page_of_report(national_base(study, "en", as.Date("2026-05-04")))
  expect_identical(cells(written("en", NULL)), cells(english))
  weeg_report(study, language = "en", output = word, threshold = NULL)
  utils::unzip(word, exdir = folder)
  document <- xml2::read_xml(file.path(folder, "word", "document.xml"))
  expect_false(grepl(basename(tempdir()), as.character(document), fixed = TRUE)) # no path of this machine
  unlink(c(folder, word), recursive = TRUE)
  expect_length(xml2::xml_find_all(document, "//w:tbl"), length(xml2::xml_find_all(english, "//table")))
  expect_identical(xml2::xml_attr(xml2::xml_find_all(document, "//wp:docPr"), "descr"),
                   xml2::xml_attr(xml2::xml_find_all(english, "//svg"), "aria-label"))
  expect_identical(xml2::xml_attr(xml2::xml_find_all(document, "//w:pgSz"), "h"), "16838") # A4, in 1/20 point
  expect_identical(broken_numbers(document), character())
  for (level in 1:2) { # the title is no heading in Word
    expect_length(xml2::xml_find_all(document, sprintf("//w:pStyle[@w:val='Heading%d']", level)),
                  length(xml2::xml_find_all(english, paste0("//main//h", level + 1))))
  }
  text <- xml2::xml_text(document)
  expect_match(text, "Main results", fixed = TRUE)
  expect_false(grepl("&#|\\b(NA|NaN|NULL)\\b", text))
})

# ---- what it tells -----------------------------------------------------------------------------------------------------

# Answers taken together, from the meanings in the codebook, as columns for the attacker: of a need, those that mean it.
book <- utils::read.csv(system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"), encoding = "UTF-8")
with_merged <- function(cells, question, answers, meanings) {
  focus <- if ("focus" %in% meanings) "focus" else if ("unmet" %in% meanings) "unmet" else meanings[1]
  means <- meanings[match(cells[[question]], answers)]
  cells[[paste0(question, "..focus")]] <- as.character(means %in% focus)
  cells[[paste0(question, "..need")]] <- means
  cells[[paste0(question, "..unmet")]] <- as.character(means == "unmet")
  cells[[paste0(question, "..covered")]] <- ifelse(means %in% c("met", "unmet"), as.character(means == "met"), NA)
  cells[is.na(cells[[question]]), paste0(question, c("..focus", "..need", "..unmet", "..covered"))] <- NA
  cells
}

# The results about a question in a release, those with counts, and what the attacker finds about it, with what he sees besides.
attack_question <- function(r, data, question, answers, meanings, groups, besides = NULL) {
  outcomes <- paste0(question, c("", "..focus", "..need", "..unmet", "..covered"))
  results <- Filter(function(x) class(x)[1] == "weeg_proportion" && all(attr(x, "info")$outcomes %in% outcomes),
                    as.list(r$release))
  levels_of <- function(x) c(levels(as.factor(x)), if (anyNA(x)) NA)
  cells <- expand.grid(c(list(c(answers, NA)), lapply(data[groups], levels_of)), stringsAsFactors = FALSE)
  names(cells) <- c(question, groups)
  # a table of which nothing is shown is not in the release
  shown <- Filter(function(x) any(!is.na(x$n)) || length(attr(x, "info")$groups) == 0, results)
  attack(c(shown, besides), with_merged(cells, question, answers, meanings), r$threshold)
}

# 120 people in 3 offices, few in each; one area of 6; questions of every kind.
small_study <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  book <- data.frame(
    variable = c("q", rep("", 4), "h", rep("", 4), "wave", "office", "town", "c", rep("", 3), "b", "", ""),
    role = c("outcome", rep("", 4), "outcome", rep("", 4), "round", "group", "area", "background covariate", rep("", 3),
             "multiple", "", ""),
    code = c("", 1:4, "", 1:4, "", "", "", "", "x", "y", "z", "", "b1", "b2"),
    meaning = c("", "focus", "focus", "", "", "", "met", "unneeded", "unmet", "none", rep("", 10)),
    en = c("Is it good?", "no", "hardly", "quite", "yes", "Do you have help?", "yes", "too much", "want it", "no need",
           "Wave", "Office", "Town", "Kind", "one", "two", "three", "What is hard", "this", "that"),
    external = c("", "", "", "", "40", rep("", 15)), source = ""
  )
  n <- 120
  office <- sample(c("a", "b", "c", NA), n, replace = TRUE, prob = c(50, 30, 12, 4))
  data <- data.frame(
    q = sample(c(1:4, NA), n, replace = TRUE, prob = c(30, 3, 40, 20, 5)),
    h = sample(1:4, n, replace = TRUE, prob = c(5, 1, 3, 3)),
    wave = sample(1:2, n, replace = TRUE), office = office, town = rep(c("u", "v"), c(6, 114)),
    c = sample(c("x", "y", "z"), n, replace = TRUE, prob = c(10, 10, 0.4)),
    b1 = stats::runif(n) < 0.4, b2 = stats::runif(n) < 0.04
  )
  list(book = book, data = data, study = weeg_study(data, book))
}

small_questions <- list(q = list(c("no", "hardly", "quite", "yes"), c("focus", "focus", "other", "other")),
                        h = list(c("yes", "too much", "want it", "no need"), c("met", "unneeded", "unmet", "none")))

test_that("standard errors are kept, to 2 digits, beside answers taken together that are hidden", {
  d <- real$design
  made <- list(weeg_proportion(d, external_support..focus ~ ronde), weeg_proportion(d, external_support..unmet ~ provider))
  shown <- protect_results(d, made, 10, merged_in_report(real))$shown
  errors <- unlist(lapply(shown, `[[`, "std.error"))
  expect_true(anyNA(errors))
  expect_true(any(!is.na(errors)))
  expect_identical(errors, signif(errors, 2))
})

test_that("nothing in the report of the real study's shape narrows a hidden count", {
  skip_if_not_installed("Rglpk")
  starts <- which(nzchar(book$variable))
  of <- function(name) {
    at <- which(book$variable == name)
    rows <- book[seq(at + 1, min(c(starts[starts > at], nrow(book) + 1)) - 1), ]
    list(answers = rows$nl, meanings = ifelse(nzchar(rows$meaning), rows$meaning, "other"))
  }
  hidden <- 0
  for (name in c("strengths", "growth", "relapse", "external_support", "ervaringsdeskundige", "relapse_important", "passend")) {
    question <- of(name)
    bounds <- attack_question(real, openvoorwerk, name, question$answers, question$meanings, c("provider", "ronde"))
    expect_identical(violations(bounds, 10), 0L, info = name)
    hidden <- hidden + nrow(bounds)
  }
  expect_gt(hidden, 0)
})

test_that("tables by groups show no cell of fewer than 10, and most of the report stays", {
  for (name in c("strengths", "growth", "relapse")) {
    n <- table(openvoorwerk$provider, openvoorwerk[[name]])
    rows <- table_rows(page, paste(attr(real$study$data[[name]], "label"), "Aandeel van elk antwoord per groep"))
    expect_identical(rows[1:5, 1], rownames(n))
    shown <- rows[1:5, 2 + seq_len(ncol(n))] != dash
    expect_true(all(n[shown] >= 10))
    expect_gt(mean(shown), 0.9)
  }
  # nobody said no, so that yes tells of everybody
  expect_identical(unique(c(table_rows(page, "aandacht voor terugval belangrijk")[, 2:4])), dash)
  figures <- unlist(lapply(as.list(real$release), function(x) as.data.frame(x)$estimate))
  expect_lt(mean(is.na(figures)), 0.2)
})

test_that("words say what is left out, in both languages, and the text has no gaps", {
  text <- text_of(page)
  expect_match(text, "Cijfers over minder dan 10 mensen staan niet in dit rapport", fixed = TRUE)
  expect_match(text, "Weggelaten om kleine groepen te beschermen", fixed = TRUE)
  expect_match(text, "niet nauwkeuriger bepalen dan 0 tot en met 9", fixed = TRUE)
  expect_no_match(text, "\\b(NA|NaN|NULL|Inf|TRUE|FALSE)\\b|[{}]")
  expect_no_match(gsub("[^.]*kleine groepen te beschermen", "", text), paste0("(antwoordt|wil dit|is) ", dash))
  english <- text_of(page_of_report(national_base(small_study(1)$study, "en", threshold = 5)))
  expect_match(english, "Figures about fewer than 5 people are not in this report", fixed = TRUE)
  expect_match(english, "to less than 0 to 4", fixed = TRUE)
  open <- text_of(page_of_report(national_base(study, "nl", threshold = NULL)))
  expect_match(open, "in dit rapport kunnen kleine aantallen staan", fixed = TRUE)
  expect_no_match(open, "Weggelaten", fixed = TRUE)
})

test_that("reports of small studies can be made, tell nothing of few, and have no gaps", {
  skip_if_not_installed("Rglpk")
  hidden <- 0
  for (seed in 1:2) {
    made <- small_study(seed)
    r <- national_base(made$study, "en", threshold = 10)
    text <- text_of(page_of_report(r))
    expect_no_match(text, "\\b(NA|NaN|NULL|Inf|TRUE|FALSE)\\b|[{}]")
    expect_match(text, "The smallest group has fewer than 10 respondents", fixed = TRUE)
    data <- made$study$data
    for (name in names(small_questions)) {
      x <- small_questions[[name]]
      bounds <- attack_question(r, data, name, x[[1]], x[[2]], c("office", "wave"))
      hidden <- hidden + nrow(bounds)
      expect_identical(violations(bounds, 10), 0L, info = paste(seed, name))
    }
    # the item that few name
    few <- table_rows(page_of_report(r), "What is hard")
    expect_identical(few[few[, 1] == "that", 2], dash)
  }
  expect_gt(hidden, 0)
})

test_that("sections are those of the protected report, and figures outside of the release are refused", {
  small <- small_study(1)$study
  lines <- paste(format(weeg_section(small, "background", "nl"), width = 100), collapse = "\n")
  expect_match(lines, "Weggelaten om kleine groepen te beschermen", fixed = TRUE)
  open <- paste(format(weeg_section(small, "background", "nl", threshold = NULL), width = 100), collapse = "\n")
  expect_no_match(open, "Weggelaten", fixed = TRUE)
  expect_error(figures(real, "weeg_proportion", geslacht ~ gemeente), "outside the release")
  expect_error(weeg_section(study, "needs", threshold = 1), "`threshold` must be", class = "weeg_error_argument")
})

# ---- beside the municipal reports ------------------------------------------------------------------------------------

# What municipal reports tell of a question, as a result.
municipal_results <- function(m, name) {
  rows <- flat_rows(m$shares[m$shares$variable == name, ])
  others <- rows
  others$level <- "FALSE"
  others$n <- rows$n.base - rows$n
  others$estimate <- 1 - rows$estimate
  list(structure(rbind(rows, others), info = list(groups = m$area)))
}

test_that("the national and the municipal reports together tell no more of a question", {
  skip_if_not_installed("Rglpk")
  hidden <- shown <- 0
  for (seed in 1:6) {
    made <- small_study(seed)
    data <- made$data[sample.int(120, 400, replace = TRUE), ]
    data$town <- sample(c(letters[1:8], if (seed %% 2) NA), 400, replace = TRUE)
    study <- weeg_study(data, made$book)
    m <- municipal_base(study, "en", Sys.Date(), 10)
    for (name in names(small_questions)) {
      x <- small_questions[[name]]
      bounds <- attack_question(kept_base(study, "en", 10), study$data, name, x[[1]], x[[2]], c("office", "wave", "town"),
                                municipal_results(m, name))
      expect_identical(violations(bounds, 10), 0L, info = paste(seed, name))
      hidden <- hidden + nrow(bounds)
      shown <- shown + sum(!is.na(m$shares$n[m$shares$variable == name]))
    }
  }
  expect_gt(hidden, 50)
  expect_gt(shown, 20)
})

test_that("where the country's figure is left out, those of areas are", {
  book <- data.frame(variable = c("q", "", "", "town"), role = c("question", "", "", "area"), code = c("", 1:2, ""),
                     meaning = c("", "focus", "", ""), en = c("Is it good?", "no", "yes", "Town"))
  study <- weeg_study(data.frame(q = rep(1:2, 200), town = rep(c("a", "b"), each = 200)), book)
  m <- municipal_base(study, "en", Sys.Date(), 10)
  expect_identical(m$shares$n, c(100, 100))
  expect_identical(told_nationally(kept_base(study, "en", 10)), "q")
  # three said no
  few <- weeg_study(data.frame(q = rep(2:1, c(397, 3)), town = rep(c("a", "b"), each = 200)), book)
  expect_identical(told_nationally(kept_base(few, "en", 10)), character())
  m <- municipal_release(m, "q", character())
  expect_identical(m$shares$n, c(NA_real_, NA_real_))
  expect_true(all(is.na(unlist(m$rest[c("estimate", "estimate1", "estimate2")]))))
  page <- xml2::read_html(page_html(blocks_html(municipal_sections(m, "a"), m, new.env()), m, m$title, ""))
  expect_no_match(text_of(page), "\\b(NA|NaN|NULL|Inf)\\b|[{}]")
})

test_that("a dash is explained where a test names the groups for which it does not exist, too", {
  r <- list(words = weeg:::read_words("en"))
  data <- data.frame(y = rep(c("no", "yes"), 6), g = rep(c("a", "b", "c"), each = 4), p = rep(c(1, 2, 3, 3, 4, 5), each = 2))
  test <- weeg_test(weeg_design(data, cluster = ~p), y ~ g)
  expect_match(test$reason, "Leave out or combine: b$")
  expect_identical(weeg:::left_out_note(r, test$reason), unname(r$words["dash.note"]))
  expect_identical(weeg:::left_out_note(r, weeg:::reason_words("protected"), NA), unname(r$words["protect.note"]))
  expect_null(weeg:::left_out_note(r, NA_character_, weeg:::reason_words("zero-variance")))
})

test_that("no count that municipal reports hide follows from the national report's margins of error", {
  # with full standard errors of the nation, each of these studies has counts that follow exactly
  found <- cbind(vapply(c(1, 12, 14, 15, 16, 21), attack_reports, c(0, 0, 0)),
                 vapply(c(1, 5, 6, 19, 37), attack_reports, c(0, 0, 0), weighted = TRUE))
  expect_true(all(found["hidden", ] > 0))
  expect_identical(sum(found[c("exact", "narrowed"), ]), 0)
})

test_that("nor from its tables by groups that whole municipalities lie in", {
  for (seed in c(2, 39)) {
    told <- attack_provinces(nested_study(random_towns(seed)))
    expect_gt(told[["hidden"]], 0)
    expect_identical(told[["narrowed"]], 0)
  }
  # where nothing is small, all is shown; where one town is, those of the other province still are
  rows <- data.frame(town = rep(sprintf("T%d", 1:8), each = 40))
  for (small in c(FALSE, TRUE)) {
    yes <- c(15, 16, 17, 18, 15, 16, if (small) 2 else 17, 18)
    rows$q <- factor(unlist(lapply(yes, function(y) rep(c("yes", "no"), c(y, 40 - y)))), c("yes", "no"))
    told <- attack_provinces(nested_study(list(rows = rows, threshold = 5)))
    expect_identical(told[["narrowed"]], 0)
    if (small) expect_true(told[["hidden"]] >= 2 && told[["shown"]] >= 4) else expect_identical(told[["shown"]], 8)
  }
})

test_that("beside many municipalities that hide counts, the national report loses digits alone", {
  yes <- rep(c(1, 2, 3, 4, 6, 8, 3, 2), 5)
  rows <- data.frame(town = rep(sprintf("T%02d", 1:40), each = 20), sex = rep(c("f", "m"), 400),
                     q = unlist(lapply(yes, function(y) rep(c("yes", "no"), c(y, 20 - y)))))
  book <- data.frame(variable = c("q", "", "", "town", "sex", "", ""),
                     role = c("outcome", "", "", "area cluster", "group", "", ""),
                     code = c("", "yes", "no", "", "", "f", "m"), meaning = c("", "focus", rep("", 5)),
                     en = c("Is it good?", "yes", "no", "Town", "Sex", "f", "m"))
  study <- weeg_study(rows, book)
  nation <- national_base(study, "en", threshold = 5)
  hidden <- is.na(municipal_base(study, "en", Sys.Date(), 5)$shares$n)
  expect_gt(sum(hidden), 20)
  for (groups in list(NULL, "sex")) {
    exact <- result_rows(weeg_proportion(nation$design, formula_of("q..focus", groups)))
    told <- figures(nation, "weeg_proportion", formula_of("q..focus", groups))
    expect_identical(told$std.error, signif(exact$std.error, 2))
    expect_identical(told[c("n", "estimate")], exact[c("n", "estimate")])
  }
  test <- figures(nation, "weeg_test", formula_of("q", "sex"))
  expect_identical(test$p.value, signif(as.data.frame(weeg_test(nation$design, formula_of("q", "sex")))$p.value, 2))
  # without areas, all digits
  open <- national_base(weeg_study(rows, replace(book, "role", list(sub("area ", "", book$role)))), "en", threshold = 5)
  exact <- weeg_proportion(nation$design, q..focus ~ sex)$std.error
  expect_identical(figures(open, "weeg_proportion", formula_of("q..focus", "sex"))$std.error, exact)
})
