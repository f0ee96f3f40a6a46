study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))

words_files <- vapply(c("nl", "en"), function(language) {
  system.file("report", paste0("words-", language, ".txt"), package = "weeg")
}, "")

# A report as a document, without pandoc.
# Protected figures take long, and are kept.
page_of <- function(study, language, threshold = NULL) {
  r <- if (is.null(threshold)) national_base(study, language, as.Date("2026-05-04")) else kept_base(study, language, threshold)
  count <- new.env()
  body <- unlist(lapply(national_sections, function(name) blocks_html(report_section(r, name), r, count)))
  xml2::read_html(page_html(body, r, r$title, say(r, "national.subtitle")))
}

# The cells of the table whose caption has these words, as text: rows without those of headings.
table_of <- function(page, words) {
  tables <- xml2::xml_find_all(page, "//table")
  captions <- vapply(tables, function(t) xml2::xml_text(xml2::xml_find_first(t, "caption")), "")
  table <- tables[[grep(words, captions, fixed = TRUE)[1]]]
  rows <- xml2::xml_find_all(table, "tbody/tr[not(@class)]")
  do.call(rbind, lapply(rows, function(row) xml2::xml_text(xml2::xml_find_all(row, "th|td"))))
}

# "50,5 (42,9-58,0)" as numbers
dutch_numbers <- function(text) {
  found <- regmatches(text, gregexpr("\u2212?[0-9]+(,[0-9]+)?", text))
  lapply(found, function(x) as.double(sub(",", ".", sub("\u2212", "-", x))))
}

skip_if_not_installed("xml2")
dutch <- page_of(study, "nl")
english <- page_of(study, "en")

test_that("both languages have the same words, with the same names in them", {
  words <- lapply(c(nl = "nl", en = "en"), read_words)
  expect_identical(names(words$nl), names(words$en))
  names_in <- function(text) lapply(regmatches(text, gregexpr("[{][a-z0-9]+[}]", text)), function(x) sort(unique(x)))
  expect_identical(names_in(words$nl), names_in(words$en))
  expect_true(all(nzchar(unlist(words))))
  expect_false(anyDuplicated(names(words$nl)) > 0)
})

test_that("numbers have the style of the language", {
  r <- list(nl = list(words = read_words("nl")), en = list(words = read_words("en")))
  cases <- list(
    list(number_text, 1234.56, 1L, "1234,6", "1234.6"), list(number_text, 12345.6, 0L, "12.346", "12,346"),
    list(number_text, -0.04, 1L, "0,0", "0.0"), list(number_text, -3.14, 1L, "\u22123,1", "\u22123.1"),
    list(number_text, NA, 1L, "\u2013", "\u2013"), list(percent_text, 0.505, 1L, "50,5%", "50.5%"),
    list(percent_text, 0.0001, 0L, "<1%", "<1%"), list(percent_text, 0, 0L, "0%", "0%"),
    list(percent_text, 0.9999, 0L, ">99%", ">99%"), list(percent_text, 1, 0L, "100%", "100%"),
    list(percent_text, 0.0001, 1L, "<0,1%", "<0.1%")
  )
  for (case in cases) {
    expect_identical(case[[1]](r$nl, case[[2]], case[[3]]), case[[4]])
    expect_identical(case[[1]](r$en, case[[2]], case[[3]]), case[[5]])
  }
  expect_identical(p_cell(r$nl, c(0.0004, 0.0312, 1, NA)), c("< 0,001", "0,031", "> 0,999", "\u2013"))
  expect_identical(points_range(r$nl, -0.031, 0.052, 1L), "\u22123,1 tot 5,2")
  expect_identical(date_text(r$nl, as.Date("2026-03-09")), "9 maart 2026")
})

test_that("counts of the tables are the published ones", {
  for (page in list(dutch, english)) {
    tables <- list(table_of(page, xml2::xml_text(xml2::xml_find_all(page, "//caption"))[3]))
    expect_equal(as.integer(c(tables[[1]][1:6, 2], tail(tables[[1]][, 2], 8))), published$tables$n[published$tables$table == 1])
  }
  fits <- c("Vindt u dat de werkzaamheden", "Waarom passen", "Heeft u ondersteuning van")
  questions <- unique(published$tables$question[published$tables$table > 1])
  for (i in seq_along(fits)) {
    figures <- published$tables[published$tables$question == questions[i], ]
    table <- table_of(dutch, fits[i])
    expect_identical(table[, 1], figures$answer)
    expect_equal(as.integer(table[, 2]), figures$n)
  }
})

test_that("the tables have the verbs' numbers", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  p <- weeg_proportion(d, relapse ~ provider)
  table <- table_of(dutch, "Let uw contactpersoon op het risico van terugval? Aandeel van elk")
  numbers <- unlist(dutch_numbers(t(table[1:5, 3:6])))
  # half a unit of the last digit
  expect_lt(max(abs(numbers - 100 * t(cbind(p$estimate, p$conf.low, p$conf.high)))), 0.0501)
  pairs <- list(c("werkplein", "re-integratiebureau"))
  x <- weeg_compare(d, strengths ~ provider, pairs = pairs, answers = "niet", measures = "difference", adjust = "none")
  table <- table_of(dutch, "Verschillen tussen groepen in het antwoord \u2018niet\u2019")
  expect_identical(table[1, 1], "werkplein tegen re-integratiebureau")
  expect_identical(nrow(table), 10L)
  expect_lt(max(abs(unlist(dutch_numbers(table[1, 2:3])) - 100 * c(x$estimate, x$conf.low, x$conf.high))), 0.0501)
  all <- weeg_compare(d, strengths ~ provider, answers = "niet", measures = "difference")
  told <- as.double(sub(",", ".", table[!grepl("<", table[, 4]), 4]))
  expect_lt(max(abs(sort(told) - sort(all$p.adjusted[all$p.adjusted >= 0.001]))), 0.000501)
  m <- weeg_multiple(d, stats::reformulate(grep("^knelpunt", names(openvoorwerk), value = TRUE)))
  table <- table_of(dutch, "Aandeel van de deelnemers dat het noemt")
  expect_equal(as.integer(table[, 2]), as.integer(m$n[order(-m$estimate)]))
  expect_lt(max(abs(unlist(dutch_numbers(table[, 3])) - 100 * sort(m$estimate, decreasing = TRUE))), 0.0501)
  external <- table_of(dutch, "Dit onderzoek naast ander onderzoek")
  work <- weeg_compare(d, ~arbeidssituatie, answers = "Regulier betaald werk", against = 0.19, measures = "difference")
  expect_lt(max(abs(dutch_numbers(external[1, 4])[[1]] - 100 * c(work$estimate, work$conf.low, work$conf.high))), 0.0501)
  expect_identical(external[1, 3], "19,0")
})

test_that("adjusted differences and those between rounds are the verbs'", {
  data <- openvoorwerk
  data$short <- data$relapse %in% c("niet", "te weinig")
  data$short[is.na(data$relapse)] <- NA
  d <- weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  x <- weeg_compare(d, short ~ provider, pairs = c("werkplein", "re-integratiebureau"), answers = "TRUE",
                    measures = "difference", adjust_for = ~ leeftijdsgroep + geslacht)
  table <- table_of(dutch, "zonder en met correctie")
  expect_lt(max(abs(dutch_numbers(table[3, 3])[[1]] - 100 * c(x$estimate, x$conf.low, x$conf.high))), 0.0501)
  x <- weeg_compare(d, short ~ ronde, pairs = c("ronde 2", "ronde 1"), answers = "TRUE", measures = "difference")
  table <- table_of(dutch, "Aandeel per ronde, en het verschil")
  expect_lt(max(abs(unlist(dutch_numbers(table[3, 2:5])) -
                      100 * c(x$estimate2, x$estimate1, x$estimate, x$conf.low, x$conf.high))), 0.0501)
})

test_that("the text has no missing values, no gaps, and no points in Dutch numbers", {
  for (page in list(dutch, english)) {
    said <- xml2::xml_text(xml2::xml_find_all(page, "//main"))
    expect_false(grepl("\\b(NA|NaN|NULL|Inf|TRUE|FALSE)\\b|[{}]|  - ", said))
    labels <- xml2::xml_attr(xml2::xml_find_all(page, "//svg"), "aria-label")
    expect_false(any(grepl("\\b(NA|NaN|NULL)\\b", labels)))
  }
  said <- xml2::xml_text(xml2::xml_find_all(dutch, "//main//p|//main//li|//main//td|//main//th"))
  expect_identical(grep("[0-9][.][0-9]", said, value = TRUE), character())
  expect_match(xml2::xml_text(xml2::xml_find_first(dutch, "//main")), "50% \u2018niet\u2019", fixed = TRUE)
})

test_that("the page can be read by everyone", {
  for (page in list(dutch, english)) {
    levels <- as.integer(sub("h", "", xml2::xml_name(xml2::xml_find_all(page, "//h1|//h2|//h3|//h4"))))
    expect_identical(sum(levels == 1L), 1L)
    expect_true(all(diff(levels) <= 1L))
    ids <- xml2::xml_attr(xml2::xml_find_all(page, "//*[@id]"), "id")
    expect_identical(anyDuplicated(ids), 0L)
    links <- sub("#", "", xml2::xml_attr(xml2::xml_find_all(page, "//a"), "href"))
    expect_identical(setdiff(links, ids), character())
    tables <- xml2::xml_find_all(page, "//table")
    expect_gt(length(tables), 15)
    expect_length(xml2::xml_find_all(page, "//table/caption"), length(tables))
    expect_length(xml2::xml_find_all(page, "//th[not(@scope)]"), 0)
    figures <- xml2::xml_find_all(page, "//figure//svg")
    expect_gt(length(figures), 5)
    expect_true(all(nchar(xml2::xml_attr(figures, "aria-label")) > 60))
    expect_identical(unique(xml2::xml_attr(figures, "role")), "img")
    expect_length(xml2::xml_find_all(page, "//figure/figcaption"), length(figures))
    expect_length(xml2::xml_find_all(page, "//script|//link|//img|//iframe"), 0)
  }
  expect_identical(xml2::xml_attr(xml2::xml_find_first(dutch, "/html"), "lang"), "nl")
  expect_identical(xml2::xml_attr(xml2::xml_find_first(english, "/html"), "lang"), "en")
})

test_that("text stands out from its ground by 4.5 to 1 at least", {
  # WCAG 2.2's own examples: black on white 21, #777777 on white 4.48
  expect_equal(contrast(c("#000000", "#777777"), "#ffffff"), c(21, 4.478), tolerance = 1e-3)
  css <- report_css()
  colour <- function(name) sub(".*#", "#", regmatches(css, regexpr(paste0("--", name, ": #[0-9a-f]{6}"), css)))
  pairs <- list(c(colour("ink"), "#ffffff"), c(colour("soft"), "#ffffff"), c(colour("accent"), "#ffffff"),
                c(colour("accent"), colour("band")), c(colour("ink"), colour("band")), c("#0b5a8a", colour("band")),
                c(colour("ink"), "#fdf4ec"))
  for (pair in pairs) expect_gt(contrast(pair[1], pair[2]), 4.5)
  for (count in 1:6) expect_true(all(contrast(ink_on(shades(count)), shades(count)) > 4.5))
  expect_true(all(contrast(ink_on(need_colours), need_colours) > 4.5))
})

test_that("another study has its own report: few roles, no weights, three rounds, an empty answer", {
  book <- data.frame(
    variable = c("q", "", "", "", "wave", "g", "w", "a", ""),
    role = c("outcome", "", "", "", "round", "group", "outcome", "multiple", ""),
    code = c("", "1", "2", "3", "", "", "", "", "a1"), meaning = c("", "", "focus", "", "", "", "", "", ""),
    en = c("Is it *good*?", "yes & no", "no <b>", "never", "Wave", "Where", "Warm", "What", "this")
  )
  data <- data.frame(q = rep(c(1, 2, 1, 2, 2), 24), wave = rep(1:3, each = 40), g = rep(c("x", "y"), 60),
                     w = rep(c(TRUE, FALSE, NA), 40), a1 = rep(c(0, 1, 1), 40))
  data$g <- as.factor(data$g)
  page <- page_of(weeg_study(data, book), "en")
  headings <- xml2::xml_text(xml2::xml_find_all(page, "//h2"))
  expect_identical(headings, c("Main results", "The study", "Differences by: Where", "Differences between the rounds", "What",
                               "How this was computed"))
  text <- xml2::xml_text(xml2::xml_find_first(page, "//main"))
  expect_match(text, "Is it *good*?", fixed = TRUE)
  expect_match(text, "60% answer \u2018no <b>\u2019", fixed = TRUE)
  expect_match(text, "50% answer \u2018yes\u2019", fixed = TRUE)
  # one comparison of two groups needs no adjustment; those of rounds do, and the tests of two questions over rounds
  expect_identical(lengths(regmatches(text, gregexpr("adjusted, because", text))), 2L)
  expect_false(grepl("\\b(NA|NaN|NULL)\\b", text))
  only <- page_of(weeg_study(data["q"], book[1:4, ]), "nl")
  expect_identical(xml2::xml_text(xml2::xml_find_all(only, "//h2")),
                   c("Het belangrijkste", "Het onderzoek", "Antwoorden op de vragen", "Hoe dit is berekend"))
})

# ---- other people's studies -------------------------------------------------------------------------------------------

text_of <- function(page) xml2::xml_text(xml2::xml_find_first(page, "//main"))
headings_of <- function(page) xml2::xml_text(xml2::xml_find_all(page, "//h2"))

test_that("names and texts of any kind are in the page as they are, and ids are plain", {
  label <- "A/B & <c> \"d\" 50% *e* _f_"
  book <- data.frame(variable = c("if", "a/b {c}", "many things", "", ""), role = c("outcome", "group", "multiple", "", ""),
                     code = c("", "", "", "x 1", "x 2"), nl = c(label, "Team/plaats", "Wat?", "Tijd & geld", "<niets>"))
  data <- data.frame(rep(c("ja", label, "ja"), 40), rep(c("x", "y"), 60), rep(0:1, 60), rep(c(0, 1, 1), 40))
  names(data) <- c("if", "a/b {c}", "x 1", "x 2")
  study <- weeg_study(data, book)
  page <- page_of(study, "nl")
  expect_identical(headings_of(page)[3:4], c("Verschillen naar: Team/plaats", "Wat?"))
  expect_true(all(grepl("^[a-z0-9-]+$", xml2::xml_attr(xml2::xml_find_all(page, "//@id/.."), "id"))))
  table <- table_of(page, "Aandeel van elk antwoord per groep")
  expect_identical(dim(table), c(3L, 4L))
  head <- xml2::xml_find_all(page, "//table[.//caption[contains(., 'elk antwoord')]]//thead//th")
  expect_identical(xml2::xml_text(head)[3:4], c(label, "ja"))
  markdown <- knit_html(weeg_section(study, "groups", threshold = NULL)$blocks[1], list(), new.env())
  expect_match(markdown, "{#groups-a-b-c}", fixed = TRUE)
})

test_that("a title is what it says, in HTML and Word", {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
  title <- "A *b* _c_ <d> 'e' $body$ \\ [f](g) & 5%: \"h\""
  study <- weeg_study(data.frame(q = rep(c("a", "b"), 20), "g/h" = rep(1:2, each = 20), check.names = FALSE),
                     data.frame(variable = c("", "q", "g/h"), role = c("title", "outcome", "group"), en = c(title, "Q", "G")))
  paths <- tempfile(fileext = c(".HTML", ".Docx")) # in capitals or not
  on.exit(unlink(paths))
  for (path in paths) weeg_report(study, language = "en", output = path, threshold = NULL)
  page <- xml2::read_html(paths[1])
  expect_identical(xml2::xml_text(xml2::xml_find_all(page, "//h1")), title)
  expect_true("#groups-g-h" %in% xml2::xml_attr(xml2::xml_find_all(page, "//nav//a"), "href"))
  heading <- xml2::xml_find_first(page, "//*[@id='groups-g-h']/descendant-or-self::h2")
  expect_identical(xml2::xml_text(heading), "Differences by: G")
  expect_identical(xml2::xml_text(xml2::xml_find_all(page_of(study, "en"), "//h1")), title)
  document <- xml2::read_xml(unz(paths[2], "word/document.xml"))
  expect_identical(xml2::xml_text(xml2::xml_find_first(document, "//w:p[w:pPr/w:pStyle/@w:val='Title']")), title)
})

test_that("differences from the codebook are told in the language of the report, each kind of them", {
  book <- data.frame(variable = c("nr", "town", "w", "q", "", "gone", "part"),
                     nl = c("Nr", "Plaats", "W", "V", "ja", "Weg", "Laag"),
                     role = c("id", "cluster area", "weight", "outcome", "", "question", "stratum"))
  data <- data.frame(nr = c(1, 2, 2, 4, NA, 6, 7, 8, 1), town = c("a", "a", "a", "b", "b", NA, "a", "b", "b"),
                     w = c(1, 1, 1, 1, 1, 1, NA, -1, 1), q = c("ja", "JA", "nee", rep("ja", 6)), more = 1, part = "een")
  study <- weeg_study(rbind(data, transform(data[2, ], nr = 11, part = NA)), book)
  kinds <- unique(weeg_problems(study)$problem)
  expect_identical(sort(kinds), sort(c("missing variable", "not in the codebook", "unknown code", "other spelling", "no weight",
                                       "not a weight", "no cluster", "no stratum", "no respondent number",
                                       "duplicate respondent", "respondent in two areas")))
  told <- xml2::xml_text(xml2::xml_find_all(page_of(study, "nl"), "//h2[@id='response']/following-sibling::ul[1]/li"))
  expect_identical(length(told), length(kinds))
  expect_match(told, "more: staat niet in het codeboek", fixed = TRUE, all = FALSE)
  expect_match(told, "q: anders gespeld dan in het codeboek (2 keer)", fixed = TRUE, all = FALSE)
  expect_no_match(told, "\\b(left|read|kept|missing|code;|row)\\b")
  whole <- data.frame(q = rep("ja", 4))
  for (i in 1:10) whole[[paste0("a", i)]] <- c(1, 1, 2, 3)
  rows <- data.frame(variable = names(whole), role = c("outcome", rep("", 10)), en = "x")
  expect_match(text_of(page_of(weeg_study(whole, rows), "en")), "Rows that are the same as an earlier row (1)", fixed = TRUE)
})

# A survey of one question without groups and weights
plain_book <- data.frame(variable = c("q", "", "", "g", "empty", "who", "town"), code = c("", 1, 2, "", "", "", ""),
                         role = c("outcome", "", "", "group covariate", "outcome", "background", "area"),
                         external = c("", "62,5", "", "", "", "", ""), source = c("", "Panel", "", "", "", "", ""),
                         nl = c("Tevreden?", "ja", "nee", "Groep", "Leeg", "Wie", "Gemeente"))
plain_data <- data.frame(q = rep(c(1, 2, 1), 40), g = "x", empty = NA, who = rep(c("m", "v"), 60),
                         town = rep(c("A", "B"), c(112, 8)))

test_that("sentences are true of a survey without weights, clusters and groups to compare", {
  study <- weeg_study(plain_data, plain_book)
  page <- page_of(study, "nl")
  text <- text_of(page)
  expect_identical(headings_of(page), c("Het belangrijkste", "Het onderzoek", "Wie deden mee?", "Antwoorden op de vragen",
                                        "Vergelijking met ander onderzoek", "Hoe dit is berekend"))
  expect_identical(xml2::xml_text(xml2::xml_find_all(page, "//table[contains(caption, 'Achtergrond')]//tr[@class]")), "Wie")
  expect_no_match(text, "zijn gewogen|blijft wel in de steekproef|Groep")
  expect_match(text, "met de 62,5% van Panel", fixed = TRUE)
  rows <- table_of(page, "Hoeveel deelnemers gaven antwoord?")
  expect_identical(rows[rows[, 1] == "Leeg", 2:3], c("0", "120"))
  expect_identical(as.integer(table_of(page, "Tevreden?")[, 2]), c(80L, 40L))
  weighted <- plain_data
  weighted$w <- rep(1:2, 60)
  book <- rbind(plain_book, data.frame(variable = "w", code = "", role = "weight", external = "", source = "", nl = "Gewicht"))
  expect_match(text_of(page_of(weeg_study(weighted, book), "nl")), "De aandelen zijn gewogen", fixed = TRUE)
})

test_that("one is not written as many, and an area's size is not told by that of the rest", {
  study <- weeg_study(plain_data, plain_book)
  wrong <- "\\b(andere 1|de 1 vragen|1 gemeenten|1 cijfers|1 mensen|1 organisaties|1 vergelijkingen|1 verschillen)\\b"
  base <- municipal_base(study, "nl", as.Date("2026-05-04"))
  for (area in c("A", "B")) {
    body <- blocks_html(municipal_sections(base, area), base, new.env())
    text <- text_of(xml2::read_html(page_html(body, base, "x", area)))
    expect_no_match(text, wrong)
    expect_match(text, if (area == "B") "Dat is een kleine groep" else "In A deden 112 mensen mee. Met andere", fixed = TRUE)
  }
  expect_no_match(text, "grenzen in de figuren") # two areas have no funnel
  base$threshold <- 10
  body <- blocks_html(municipal_reading(base, "B", base$rest, base$shares), base, new.env())
  expect_match(body, "minder dan 10 mensen", all = FALSE)
  expect_no_match(paste(body, collapse = ""), "112")
  one <- weeg_study(plain_data[1:112, ], plain_book[c(1:3, 7), ])
  expect_no_match(text_of(page_of(one, "nl")), wrong)
})

test_that("a report on wards speaks of no municipality and no country", {
  book <- data.frame(variable = c("q", "g", "ward"), role = c("outcome", "group", "area cluster"),
                     nl = c("Vraag", "Groep", "Wijk"))
  set.seed(3)
  data <- data.frame(q = sample(c("ja", "nee"), 300, TRUE), g = rep(c("a", "b"), 150), ward = rep(letters[1:10], each = 30))
  study <- weeg_study(data, book)
  for (language in c("nl", "en")) {
    base <- municipal_base(study, language, as.Date("2026-05-04"))
    body <- blocks_html(municipal_sections(base, "c"), base, new.env())
    pages <- list(page_of(study, language, threshold = 10), xml2::read_html(page_html(body, base, "x", "c")))
    for (page in pages) {
      words <- xml2::xml_text(xml2::xml_find_first(page, "//body"))
      expect_no_match(words, "gemeente|municipal|\\bland\\b|landelijk|national [rf]|country", ignore.case = TRUE)
    }
  }
  expect_match(text_of(pages[[2]]), "the 270 respondents from the other 9 areas", fixed = TRUE)
})

test_that("an outcome may be a group and a covariate of others", {
  book <- data.frame(variable = c("q", "work", "g"), role = c("outcome group", "outcome group covariate", "group"),
                     en = c("Is it\n good?", "Work", "G"))
  set.seed(5)
  data <- data.frame(q = sample(c("no", "yes"), 200, TRUE), work = sample(c("no", "yes"), 200, TRUE), g = rep(c("a", "b"), 100))
  page <- page_of(weeg_study(data, book), "en")
  below <- xml2::xml_text(xml2::xml_find_all(page, "//h2[starts-with(., 'Differences by')]/following-sibling::h3"))
  expect_identical(below, c("Work", "Is it good?", "Is it good?", "Work"))
  share <- mean(data$q[data$work == "yes"] == "no")
  expect_match(table_of(page, "Is it good? Share")[2, 3], paste0("^", formatC(100 * share, digits = 1, format = "f"), " "))
})

test_that("a group may be a covariate too, and pairs of rounds are rows with an earlier and a later share", {
  book <- data.frame(variable = c("q", "g", "c", "wave"), role = c("outcome", "group covariate", "covariate", "round"),
                     en = c("Q", "G", "C", "Wave"))
  set.seed(4)
  data <- data.frame(q = sample(c("no", "yes"), 600, TRUE), g = sample(c("a", "b"), 600, TRUE), c = sample(1:3, 600, TRUE),
                     wave = rep(1:3, 200))
  study <- weeg_study(data, book)
  page <- page_of(study, "en")
  expect_identical(nrow(table_of(page, "a against b")), 1L)
  rows <- table_of(page, "Share per round")
  expect_identical(rows[, 1], c("2 against 1", "3 against 2", "3 against 1"))
  share <- tapply(data$q == "no", data$wave, mean)
  expect_lt(max(abs(as.double(rows[, 2]) - 100 * share[c(1, 2, 1)])), 0.0501) # half a unit of the last digit
  expect_lt(max(abs(as.double(rows[, 3]) - 100 * share[c(2, 3, 3)])), 0.0501)
})

test_that("a legend stays within its figure, whatever the answers are", {
  long <- paste(rep("heel lang antwoord", 12), collapse = " ")
  for (labels in list(c("ja", long, "nee", "weet niet"), c("ja", "nee"), rep("een antwoord van gewone lengte", 7))) {
    legend <- svg_legend(labels, rep("#000000", length(labels)), 0, svg_width - 20)
    texts <- xml2::xml_find_all(xml2::read_xml(paste0("<g>", paste(legend$svg, collapse = ""), "</g>")), "//text")
    x <- as.double(xml2::xml_attr(texts, "x"))
    y <- as.double(xml2::xml_attr(texts, "y"))
    # letters of 13 pixels are about half as wide
    expect_lt(max(x + 0.52 * 13 * nchar(xml2::xml_text(texts))), svg_width)
    expect_lt(max(y), legend$height)
    expect_identical(anyDuplicated(data.frame(x, y)), 0L)
    expect_identical(paste(xml2::xml_text(texts), collapse = " "), paste(labels, collapse = " "))
  }
})

test_that("each of many answers has a colour of its own, and each of many rounds", {
  for (count in c(1:9, 12, 30)) {
    expect_identical(anyDuplicated(shades(count)), 0L)
    expect_identical(anyDuplicated(series_colours(count)), 0L)
    # on white: 3 to 1 by WCAG, but for the lightest few of many
    expect_gt(min(contrast(series_colours(count), "#ffffff")), if (count <= 4) 3 else 1.8)
  }
})

test_that("figures of points have a legend that fits, and the signs of what is too imprecise", {
  r <- list(words = read_words("en"), language = "en")
  waves <- paste("the questionnaire of the year", 2011:2020)
  p <- data.frame(label = "Good?", series = factor(waves), estimate = 0.5, conf.low = 0.1, conf.high = 1,
                  reliability = rep(c("show", "suppress"), 5))
  svg <- xml2::xml_ns_strip(xml2::read_xml(svg_dots(r, p)))
  texts <- xml2::xml_find_all(svg, "//text")
  said <- xml2::xml_text(texts)
  from <- as.double(xml2::xml_attr(texts, "x"))
  expect_lt(max((from + 0.52 * 13 * nchar(said))[said %in% waves]), svg_width)
  expect_identical(sum(said == "\u2021"), 5L)
  expect_lt(max(from[said == "\u2021"]), svg_width - 10)
  bars <- svg_bars(r, "all", "n = 9", rbind(c(0.6, 0.4)), c("a", "b"), reliability = rbind(c("suppress", "show")))
  expect_match(bars, ">60% \u2021<", fixed = TRUE)
  expect_match(bars, ">40%<", fixed = TRUE)
})

test_that("intervals are on one line in Word; a table that is too wide is two", {
  r <- list(words = read_words("en"), language = "en")
  grid <- function(columns) {
    cells <- c(list(c("werkplein", "elders")), rep(list(c("1.5 (\u22120.5 to 2.5)", "no answer")), columns))
    grid_markdown(grid_block("C", c("Group", rep("Answer", columns)), cells)[[1]], r, new.env())
  }
  few <- grid(3)
  expect_match(few, " &#40;\u22120&#46;5\u00a0to\u00a02&#46;5&#41;", fixed = TRUE)
  expect_match(few, "no answer", fixed = TRUE)
  expect_identical(lengths(regmatches(few, gregexpr("werkplein", few))), 1L)
  many <- grid(6)
  expect_identical(lengths(regmatches(many, gregexpr("werkplein", many))), 2L)
  expect_identical(lengths(regmatches(many, gregexpr("1&#46;5 &#40;", many, fixed = TRUE))), 6L)
  expect_identical(lengths(regmatches(many, gregexpr("\n: ", many, fixed = TRUE))), 1L)
})

test_that("with many groups the table of pairs has those that differ, and is left out where none does", {
  pairs_of <- function(share) {
    counts <- rep(c(60, 60 + share), c(7, 1))
    answers <- unlist(lapply(counts, function(n) rep(c("no", "yes"), c(n, 150 - n))))
    data <- data.frame(q = answers, g = rep(letters[1:8], each = 150))
    book <- data.frame(variable = c("q", "g"), role = c("outcome", "group"), en = c("Q", "G"))
    format(weeg_section(weeg_study(data, book), "groups", language = "en", threshold = NULL), width = 200)
  }
  none <- pairs_of(0)
  expect_match(paste(none, collapse = " "), "None of the 28 comparisons")
  expect_false(any(grepl("^[a-h] against [a-h]", none)))
  apart <- pairs_of(45)
  expect_match(paste(apart, collapse = " "), "The table has only the comparisons that show a clear difference")
  # 105 and 60 of 150: z = 5.5 in each pair with the last group, and the others are the same
  expect_identical(sum(grepl("^[a-h] against [a-h]", apart)), 7L)
  expect_true(all(grepl("against h|^h", grep("^[a-h] against [a-h]", apart, value = TRUE))))
})

# A study of two questions, and a document about it: file(s) of one format, rendered in a folder of their own.
small_study <- function() {
  book <- data.frame(variable = c("q", "", "", "g", "m", "", ""), role = c("outcome", "", "", "group", "multiple", "", ""),
                     code = c("", "1", "2", "", "", "a", "b"),
                     en = c("Is it well?", "no", "yes", "Office", "What?", "sun", "moon"))
  weeg_study(data.frame(q = rep(1:2, 60), g = rep(c("north", "south"), each = 60), a = rep(0:1, 60), b = rep(c(0, 1, 1), 40)),
             book)
}

rendered <- function(format, ending, header = "title: T", sections = c("groups", "multiple"), frame = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = frame)
  input <- file.path(folder, "mine.Rmd")
  calls <- sprintf("weeg_section(study, \"%s\", \"en\", threshold = NULL)", sections)
  writeLines(c("---", header, "---", "", "```{r, echo = FALSE}", calls, "```", "", "```{r}", "1 + 1", "```"), input)
  if (is.character(format)) format <- rmarkdown::output_format(rmarkdown::knitr_options(), rmarkdown::pandoc_options(to = format))
  rmarkdown::render(input, format, output_file = paste0("mine", ending), quiet = TRUE,
                    envir = list2env(list(study = small_study()), parent = asNamespace("weeg")))
}

# The text of a document, without the words of its format, and how many pictures are in it.
document_of <- function(path) {
  ending <- sub(".*[.]", "", path)
  words <- function(x) gsub("[^[:alnum:]]+", " ", paste(x, collapse = " "))
  parts <- c(pptx = "slide[0-9]+[.]xml$", odt = "content[.]xml$", docx = "document[.]xml$", epub = "ch[0-9]+[.]xhtml$")
  if (ending %in% names(parts)) {
    folder <- withr::local_tempdir()
    utils::unzip(path, exdir = folder)
    files <- list.files(folder, recursive = TRUE, full.names = TRUE)
    pages <- lapply(files[grepl(parts[[ending]], basename(files))], xml2::read_xml)
    texts <- unlist(lapply(pages, function(page) xml2::xml_text(xml2::xml_find_all(page, "//text()"))))
    return(list(text = words(texts), pictures = sum(grepl("[.](png|svg)$", files) & !grepl("humbnail", files))))
  }
  if (ending == "html") {
    page <- xml2::read_html(path)
    return(list(text = words(xml2::xml_text(xml2::xml_find_all(page, "//text()"))),
                pictures = length(xml2::xml_find_all(page, "//*[local-name() = 'svg']"))))
  }
  text <- paste(readLines(path, encoding = "UTF-8", warn = FALSE), collapse = "\n")
  found <- gregexpr("includegraphics[{[]|externalfigure|[\\\\]pict|<img|image::?[^:]", text)[[1]]
  list(text = words(gsub("[\\\\][a-z]+", " ", text)), pictures = sum(found > 0))
}

test_that("a section is in documents of every format, with its text, tables and pictures", {
  skip_if_not_installed("rmarkdown")
  skip_if_not_installed("rsvg") # without it, LaTeX has the text of a picture
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
  said <- c("Is it well", "The study does not show that the groups differ", "Office", "north", "50 0 ", "Table 1 Is it well",
            "Figure 1 Is it well", "What", "People could give several answers", "moon", "66 7 ", "Table 3 What", "Figure 2 What")
  formats <- c(latex = "tex", rtf = "rtf", gfm = "md", slidy = "html", epub = "epub", pptx = "pptx", odt = "odt")
  for (format in names(formats)) {
    path <- rendered(format, paste0(".", formats[[format]]))
    found <- document_of(path)
    lost <- said[!vapply(said, grepl, NA, x = found$text, fixed = TRUE)]
    expect_identical(c(format, lost), format)
    expect_identical(c(format, found$pictures), c(format, 2))
    if (format == "latex") { # pdflatex does not know all signs as they are
      text <- paste(readLines(path, encoding = "UTF-8"), collapse = "\n")
      expect_false(grepl("[\u2212\u2011]", text))
      expect_match(text, "\\ensuremath{-}18", fixed = TRUE)
    }
  }
})

test_that("what the document asks of weeg_html() is in its page, and what would do nothing is refused", {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
  css <- withr::local_tempfile(fileext = ".css", lines = "h2 { color: rgb(1, 2, 3) }")
  head <- withr::local_tempfile(lines = "<meta name=\"mine\" content=\"head\">")
  before <- withr::local_tempfile(lines = "<p id=\"before\">first</p>")
  after <- withr::local_tempfile(lines = "<p id=\"after\">last</p>")
  format <- weeg_html("en", css = css, toc = FALSE, highlight = "tango", number_sections = TRUE,
                      includes = rmarkdown::includes(in_header = head, before_body = before, after_body = after))
  page <- xml2::read_html(rendered(format, ".html", c("title: T", "author: [Anna, Bob]")))
  styles <- xml2::xml_text(xml2::xml_find_all(page, "//style"))
  expect_match(styles, "rgb(1, 2, 3)", fixed = TRUE, all = FALSE)
  expect_true(grepl("rgb(1, 2, 3)", styles[length(styles)], fixed = TRUE)) # after the page's own, which it changes
  expect_match(styles, "code span", fixed = TRUE, all = FALSE)
  expect_identical(xml2::xml_text(xml2::xml_find_all(page, "//header//p[@class='date'][normalize-space()]")), c("Anna", "Bob"))
  expect_identical(xml2::xml_text(xml2::xml_find_first(page, "//title")), "T")
  expect_identical(xml2::xml_attr(xml2::xml_find_first(page, "//meta[@name='mine']"), "content"), "head")
  expect_identical(xml2::xml_text(xml2::xml_find_all(page, "//p[@id='before' or @id='after']")), c("first", "last"))
  expect_length(xml2::xml_find_all(page, "//nav"), 0)
  expect_match(xml2::xml_text(xml2::xml_find_first(page, "//h2")), "^0?[.]?1 ")
  page <- xml2::read_html(rendered(weeg_html("en"), ".html", c("title: T", "subtitle: S")))
  expect_identical(xml2::xml_text(xml2::xml_find_first(page, "//title")), "T \u2013 S")
  expect_length(xml2::xml_find_all(page, "//nav//a"), 2)
  expect_length(xml2::xml_find_all(page, "//script|//link"), 0)
  for (option in c("theme", "template", "mathjax", "toc_float", "code_folding")) {
    expect_error(do.call(weeg_html, stats::setNames(list("x"), option)), paste0("`", option, "` does nothing"),
                 class = "weeg_error_argument")
  }
  expect_error(weeg_html("fr"), "\"nl\", \"en\"", class = "weeg_error_argument")
})

test_that("draft() gives a report to edit", {
  skip_if_not_installed("rmarkdown")
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  path <- rmarkdown::draft(file.path(folder, "mine.Rmd"), template = "national", package = "weeg", edit = FALSE)
  lines <- readLines(path)
  asked <- sub(".*[$]study, \"([a-z]+)\".*", "\\1", grep("weeg_section", lines, value = TRUE))
  expect_identical(asked, national_sections)
})

test_that("a newcomer's own study: a CSV file, a codebook, and the lines of the README", {
  folder <- tempfile()
  dir.create(folder)
  old <- setwd(folder)
  on.exit({
    setwd(old)
    unlink(folder, recursive = TRUE)
  })
  writeLines(c("variable;role;code;meaning;nl", "town;cluster area;;;Gemeente", "weight;weight;;;Gewicht",
               "help;outcome ordered;;;Krijgt u genoeg hulp?", ";;1;focus;nee", ";;2;;een beetje", ";;3;;ja",
               "office;group;;;Loket"), "codebook.csv")
  clients <- data.frame(town = rep(c("Goes", "Hulst", "Tholen", "Veere", "Borsele", "Reimerswaal"), each = 30), weight = 1.5,
                        help = rep(c(1, 2, 3, 1, 3), 36), office = rep(c("noord", "zuid"), 90))
  clients$help[5] <- 4
  utils::write.csv2(clients, "clients.csv", row.names = FALSE)
  study <- weeg_study("clients.csv", "codebook.csv")
  expect_identical(weeg_problems(study)$row, 5L)
  x <- weeg_compare(study, help ~ office, answers = "nee", measures = "difference")
  expect_equal(x$estimate1, with(clients[-5, ], mean(help[office == "noord"] == 1)))
  paths <- weeg_report(study, "municipal", threshold = NULL, cores = 1, quiet = TRUE)
  expect_length(paths, 6)
  said <- paste(readLines(paths[3]), collapse = "\n")
  expect_match(said, "Rapport voor Hulst", fixed = TRUE)
  expect_false(grepl(">(NA|NaN|NULL)<", said))
  page <- page_of(study, "nl")
  expect_match(xml2::xml_text(page), "Van iedereen die antwoordde, zegt 40% \u2018nee\u2019", fixed = TRUE)
})

test_that("a section that has nothing prints nothing, and mistakes are errors", {
  few <- weeg_study(data.frame(q = rep(1:2, 20L)), data.frame(variable = c("q", "", ""), role = c("outcome", "", ""),
                                                            code = c("", "1", "2"), nl = c("Goed?", "ja", "nee")))
  for (section in c("rounds", "external", "multiple")) {
    expect_identical(capture.output(print(weeg_section(few, section))), character(), info = section)
  }
  expect_error(weeg_section(study, "nothing"), "`section` must be one of", class = "weeg_error_argument")
  expect_error(weeg_report(openvoorwerk), "must be a study", class = "weeg_error_argument")
  expect_error(weeg_report(study, "regional"), "`type` must be one of", class = "weeg_error_argument")
  for (output in c("report.pdf", "report.xlsx", "report", "report.html.txt")) {
    expect_error(weeg_report(study, output = output), "ends in .html or .docx", class = "weeg_error_argument")
  }
  expect_error(weeg_report(study, output = file.path(tempfile(), "x.html")), "there is no folder", class = "weeg_error_file")
})
