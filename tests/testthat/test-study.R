# A study of two rounds whose codes differ, small enough to see every answer.
book <- data.frame(
  variable = c("", "id", "town", "round", "", "", "w", "q", "", "", "", "more", "", ""),
  role = c("title", "id", "cluster area", "stratum round", "", "", "weight", "outcome ordered", "", "", "", "multiple", "", ""),
  code = c("", "", "", "", "1", "2", "", "", "1", "2", "9", "", "m1", "m2"),
  `code 2` = c("", "", "", "", "", "", "", "", "2", "1", "", "", "", "m_two"),
  meaning = c(rep("", 10), "missing", "", "", ""),
  nl = c("Proef", "Nummer", "Gemeente", "Ronde", "ronde 1", "ronde 2", "Gewicht", "Gaat het goed?", "ja", "nee", "weet niet",
         "Wat nog meer?", "zon", "maan"),
  en = c("Trial", "", "", "", "", "", "", "Is it well?", "yes", "no", "", "What else?", "sun", "moon"),
  check.names = FALSE
)
answers <- data.frame(
  id = 1:8, town = rep(c("A", "B", "C", "D"), each = 2), round = rep(1:2, each = 4), w = c(1, 2, 1, 1, 1, 1, 3, 1),
  q = c(1, 2, 1, 9, 1, 2, 2, NA), m1 = c(1, 0, 1, 0, 1, 0, 1, 0), m2 = c("ja", "nee", "ja", "nee", NA, NA, NA, NA),
  m_two = c(NA, NA, NA, NA, TRUE, FALSE, TRUE, FALSE)
)
changed <- function(...) {
  data <- answers
  cells <- list(...)
  for (name in names(cells)) for (row in names(cells[[name]])) data[[name]][as.integer(row)] <- cells[[name]][[row]]
  data
}

test_that("rounds whose codes differ come under the same levels", {
  study <- weeg_study(answers, book)
  # in round 2, code 1 means no and code 2 means yes
  expect_identical(as.character(study$data$q), c("ja", "nee", "ja", NA, "nee", "ja", "ja", NA))
  expect_identical(levels(study$data$q), c("ja", "nee"))
  expect_s3_class(study$data$q, "ordered")
  expect_identical(as.vector(study$data$m2), c(TRUE, FALSE, TRUE, FALSE, TRUE, FALSE, TRUE, FALSE))
  expect_identical(as.character(study$data$round), rep(c("ronde 1", "ronde 2"), each = 4))
  expect_identical(nrow(weeg_problems(study)), 0L)
  english <- weeg_study(answers, book, language = "en")
  expect_identical(as.character(english$data$q), c("yes", "no", "yes", NA, "no", "yes", "yes", NA))
  expect_identical(attr(english$data$q, "label"), "Is it well?")
  expect_identical(attr(english$data$m2, "label"), "moon")
  expect_identical(attr(english$data$town, "label"), "Gemeente") # no English: the first language
})

test_that("a study is a design for every verb", {
  study <- weeg_study(answers, book)
  direct <- weeg_design(study$data, weights = ~w, strata = ~round, cluster = ~town)
  expect_equal(as.data.frame(weeg_proportion(study, q ~ round)), as.data.frame(weeg_proportion(direct, q ~ round)))
  # by hand: "ja" in round 1 has weights 1 + 1 of 1 + 2 + 1
  p <- weeg_proportion(study, q ~ round)
  expect_equal(p$estimate[p$level == "ja"], c(2 / 4, 4 / 5))
  expect_identical(weeg_design(study, lonely = "adjust")$frame$lonely, "adjust")
})

test_that("a study has the conventions of its designs and reports", {
  path <- system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg")
  plain <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  figures <- function(x) unclass(as.data.frame(weeg_proportion(x, strengths ~ provider)))[c("estimate", "conf.low", "df")]
  expect_identical(figures(weeg_study(openvoorwerk, path)), figures(plain))
  study <- weeg_study(openvoorwerk, path, conventions = "sas")
  expect_identical(figures(study), figures(weeg_design(plain, conventions = "sas")))
  expect_identical(figures(subset(study, ronde == "ronde 1")),
                   figures(subset(weeg_design(plain, conventions = "sas"), ronde == "ronde 1")))
  expect_identical(figures(weeg_design(study, conventions = "nchs")), figures(weeg_design(plain, conventions = "nchs")))
  # 95 % by hand, as SAS does
  x <- as.data.frame(weeg_proportion(study, strengths ~ 1))
  expect_equal(x$conf.low, x$estimate - stats::qt(0.975, 48) * x$std.error, tolerance = 1e-12)
  said <- function(type) paste(unlist(weeg_section(type, "methods", "en", NULL)), collapse = " ")
  expect_match(said(study), "confidence interval (Wald)", fixed = TRUE)
  expect_match(said(study), "profile sas", fixed = TRUE)
  expect_match(said(weeg_study(openvoorwerk, path, conventions = "nchs")), "effective sample size capped", fixed = TRUE)
  expect_error(weeg_study(openvoorwerk, path, conventions = "SAS"), class = "weeg_error_argument")
})

test_that("openvoorwerk and its codebook agree, and its levels are kept", {
  path <- system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg")
  study <- weeg_study(openvoorwerk, path)
  expect_identical(nrow(weeg_problems(study)), 0L)
  for (name in c("strengths", "growth", "provider", "arbeidssituatie")) {
    expect_identical(as.character(study$data[[name]]), as.character(openvoorwerk[[name]]))
  }
  expect_identical(as.integer(study$data$external_support), as.integer(openvoorwerk$external_support))
  english <- weeg_study(openvoorwerk, path, language = "en")
  expect_identical(as.integer(english$data$resultaat), as.integer(openvoorwerk$resultaat))
  direct <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  expect_equal(weeg_proportion(study, growth ~ provider)$conf.low, weeg_proportion(direct, growth ~ provider)$conf.low)
})

test_that("each difference is reported with its row, and what was done", {
  cases <- list(
    list(changed(q = c("3" = 7)), "unknown code", 3L, "q", "7", 8L),
    list(changed(q = c("2" = "Nee ")), "other spelling", 2L, "q", "Nee", 8L),
    list(changed(m2 = c("2" = "soms")), "unknown code", 2L, "m2", "soms", 8L),
    list(changed(id = c("4" = 3L)), "duplicate respondent", 4L, "id", "3", 8L),
    list(changed(id = c("5" = 3L)), "respondent in two areas", 5L, "id", "3", 8L),
    list(changed(w = c("6" = NA)), "no weight", 6L, "w", NA, 7L),
    list(changed(w = c("6" = -1)), "not a weight", 6L, "w", "-1", 7L),
    list(changed(town = c("1" = NA)), "no cluster", 1L, "town", NA, 7L),
    list(changed(round = c("1" = NA)), "no stratum", 1L, "round", NA, 7L),
    list(changed(town = c("1" = "C")), "cluster in two strata", 1L, "town", "C", 8L),
    list(cbind(answers, extra = 1), "not in the codebook", NA_integer_, "extra", NA, 8L),
    list(answers[names(answers) != "id"], "missing variable", NA_integer_, "id", NA, 8L)
  )
  for (case in cases) {
    study <- weeg_study(case[[1]], book)
    problems <- weeg_problems(study)
    expect_identical(nrow(problems), 1L, info = case[[2]])
    expect_identical(problems$problem, case[[2]])
    expect_identical(problems$row, case[[3]], info = case[[2]])
    expect_identical(problems$variable, case[[4]], info = case[[2]])
    expect_identical(problems$value, as.character(case[[5]]), info = case[[2]])
    expect_true(nzchar(problems$action))
    expect_identical(nrow(study$data), case[[6]], info = case[[2]])
  }
})

test_that("a row without weight is in no estimate, an unknown code is no answer", {
  study <- weeg_study(changed(w = c("2" = NA), q = c("3" = 7)), book)
  expect_identical(as.character(study$data$q[1:3]), c("ja", NA, NA))
  p <- weeg_proportion(weeg_design(study, lonely = "remove"), ~q)
  expect_identical(p$n.base[1], 4L + 0) # rows 1, 5, 6 and 7
})

test_that("an unclear design is an error when it is made, not before", {
  study <- weeg_study(changed(town = c("1" = "C")), book)
  expect_error(weeg_proportion(study, ~q), "town C is in two strata", class = "weeg_error_study")
})

test_that("rounds come as a list, of files too; problems then name the part", {
  first <- answers[1:4, names(answers) != "round"]
  second <- answers[5:8, setdiff(names(answers), c("round", "m2"))]
  first$m_two <- NULL
  second$q[1] <- 8
  paths <- tempfile(fileext = c(".csv", ".csv"))
  on.exit(unlink(paths))
  write.csv(first, paths[1], row.names = FALSE)
  write.csv2(second, paths[2], row.names = FALSE)
  for (data in list(list("1" = first, "2" = second), list("1" = paths[1], "2" = paths[2]))) {
    study <- weeg_study(data, book)
    expect_identical(as.character(study$data$q), c("ja", "nee", "ja", NA, NA, "ja", "ja", NA))
    expect_identical(as.character(study$data$round), rep(c("ronde 1", "ronde 2"), each = 4))
    expect_identical(as.vector(study$data$m2), rep(c(TRUE, FALSE), 4))
    problems <- weeg_problems(study)
    expect_identical(problems[c("part", "row", "value")], data.frame(part = "2", row = 1L, value = "8"))
  }
})

test_that("rounds that come as a list need no variable and no levels of rounds", {
  book <- data.frame(variable = c("q", "", "", "year", "nr"), role = c("outcome", "", "", "round", "id"),
                     "code 2019" = c("", 1, 2, "", ""), "code 2021" = c("", "a", "b", "", ""),
                     en = c("Q", "yes", "no", "Year", "Number"), check.names = FALSE)
  first <- data.frame(nr = 1:2, q = 1:2)
  study <- weeg_study(list("2019" = first, "2021" = data.frame(nr = c(3, 2), q = c("b", "a"))), book)
  expect_identical(as.character(study$data$q), c("yes", "no", "no", "yes"))
  expect_identical(as.character(study$data$year), c("2019", "2019", "2021", "2021"))
  problems <- weeg_problems(study)
  expect_identical(problems$row, 2L)
  expect_match(problems$action, "row 2 of 2019", fixed = TRUE)
  names(book)[4] <- "code 2020"
  expect_error(weeg_study(list("2019" = first, "2021" = first), book), "codes for round 2020, but year has only 2019, 2021")
})

# Blanks of several answers: a report must not say 100 %.
test_that("items with yes and blanks alone are an error that says what to put into the codebook, in one round too", {
  blanked <- function(x) replace(x, x %in% c(0, "nee", FALSE), NA)
  second <- changed(m_two = list("6" = NA, "8" = NA))
  expect_error(weeg_study(second, book), "m_two, an item of more, in round 2, .*\"multiple blank\"", class = "weeg_error_study")
  whole <- answers
  whole[c("m1", "m2", "m_two")] <- lapply(answers[c("m1", "m2", "m_two")], blanked)
  expect_error(weeg_study(whole, book), "\"multiple blank\"", class = "weeg_error_study")
  blank <- book
  blank$role[12] <- "multiple blank"
  study <- weeg_study(whole, blank)
  expect_identical(as.vector(study$data$m1), answers$m1 == 1)
  expect_identical(as.vector(study$data$m2), c(TRUE, FALSE, TRUE, FALSE, TRUE, FALSE, TRUE, FALSE))
  expect_identical(nrow(weeg_problems(study)), 0L)
  # items that hold their own text, and a user-missing value, which is no blank
  skip_if_not_installed("haven")
  texts <- whole
  texts$m1 <- haven::labelled_spss(ifelse(answers$m1 == 1, "zon", ""), c(geweigerd = "R"), "R")
  texts$m1[8] <- "R"
  path <- withr::local_tempfile(fileext = ".sav")
  haven::write_sav(texts, path)
  expect_identical(as.vector(weeg_study(path, blank)$data$m1), c((answers$m1 == 1)[-8], NA))
  expect_error(weeg_study(whole, replace(blank, "role", sub("outcome ordered", "outcome blank", blank$role))), "goes with",
               class = "weeg_error_study")
})

test_that("numbers that need classes are told", {
  book <- data.frame(variable = c("q", "age"), role = c("outcome", "background"), en = "")
  data <- data.frame(q = rep(c("yes", "no"), 31), age = 1:62)
  problems <- weeg_problems(weeg_study(data, book))
  expect_identical(problems[c("variable", "problem")], data.frame(variable = "age", problem = "many values"))
  expect_identical(nrow(weeg_problems(weeg_study(data[1:30, ], book))), 0L)
})

test_that("a study in one language has its title", {
  book <- data.frame(variable = c("", "q"), role = c("title", "outcome"), nl = c("Naam", "Vraag"))
  study <- weeg_study(data.frame(q = c("ja", "nee")), book)
  expect_identical(format(study)[1], "Naam")
})

test_that("values of SPSS are known by code or label, blank text is no answer, dates are levels", {
  skip_if_not_installed("haven")
  q <- haven::labelled(c(1, 2, 9, 1), c(Ja = 1, Nee = 2))
  data <- data.frame(a = I(q), t = c("x ", "", " ", "y"), day = as.Date("2024-05-01") + c(0, 1, 1, 0), c = I(q))
  class(data$a) <- class(data$c) <- class(q)
  book <- data.frame(variable = c("a", "t", "day", "c", "", ""), role = c("outcome", "question", "group", "question", "", ""),
                     nl = c("A", "T", "Dag", "C", "nee", "ja"))
  study <- weeg_study(data, book)
  expect_identical(levels(study$data$a), c("Ja", "Nee", "9"))
  expect_identical(as.character(study$data$t), c("x", NA, NA, "y"))
  expect_identical(levels(study$data$day), c("2024-05-01", "2024-05-02"))
  expect_identical(as.character(study$data$c), c("ja", "nee", NA, "ja"))
  problems <- weeg_problems(study)
  expect_identical(problems$row[problems$problem == "unknown code"], 3L)
  file <- tempfile(fileext = ".sav")
  on.exit(unlink(file))
  haven::write_sav(data[c("a", "c")], file)
  expect_identical(as.character(weeg_study(file, book[c(1, 4:6), ])$data$a), c("Ja", "Nee", "9", "Ja"))
  expect_error(weeg_study("none.sav", book), "there is no file none.sav", class = "weeg_error_file")
  expect_error(weeg_study(data[0, ], book), "the data have no rows")
})

test_that("files of spreadsheets are read: semicolons, decimal commas, Windows-1252, names with capitals", {
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  lines <- c("Variable;Role;Code;NL", "q;outcome;;Cli\u00ebnt?", ";;1;ja", ";;2;nee", ";;;", "w;weight;;Gewicht")
  writeLines(iconv(lines, "UTF-8", "windows-1252"), path, useBytes = TRUE)
  data <- tempfile(fileext = ".csv")
  writeLines(c("q;w", "1;0,5", ";1", "2;1,5", ";", ";"), data) # with empty rows below
  study <- weeg_study(data, path)
  expect_identical(nrow(study$data), 3L)
  expect_identical(nrow(weeg_problems(study)), 0L)
  unlink(data)
  expect_identical(attr(study$data$q, "label"), "Cli\u00ebnt?")
  expect_identical(as.vector(study$data$w), c(0.5, 1, 1.5))
  expect_equal(weeg_proportion(study, ~q)$estimate, c(0.25, 0.75))
})

test_that("a codebook of names and roles alone is enough", {
  study <- weeg_study(data.frame(q = c("yes", "no", "yes", "no"), g = c("a", "a", "b", "b")),
                      data.frame(variable = c("q", "g"), role = c("outcome", "group"), en = ""))
  expect_identical(levels(study$data$q), c("no", "yes"))
  expect_identical(attr(study$data$q, "label"), "q")
  expect_identical(nrow(weeg_problems(study)), 0L)
})

test_that("a codebook that cannot be used is an error that says where", {
  with <- function(row, column, value) {
    book[row, column] <- value
    book
  }
  cases <- list(
    list(with(8, "role", "outcom"), "line 9: \"outcom\" is not a role"),
    list(with(9, "meaning", "fokus"), "line 10: \"fokus\" is not a meaning"),
    list(with(10, "nl", "ja"), "two levels of q are called \"ja\""),
    list(with(2, "role", "weight"), "id and w both have the role weight"),
    list(with(12, "variable", "q"), "line 13: q has a row of its own already"),
    list(with(c(8, 12), "role", ""), "no variable with the role outcome"),
    list(book[names(book) != "variable"], "needs a column `variable`"),
    list(cbind(book, external = c(rep("", 8), "120", rep("", 5))), "line 10: `external` must be a percentage")
  )
  for (case in cases) expect_error(weeg_study(answers, case[[1]]), case[[2]], fixed = TRUE, class = "weeg_error_study")
  gone <- answers
  names(gone)[4] <- "W"
  expect_error(weeg_study(gone, book), "no variable w, which the codebook says is the weight.*Did you mean W[?]",
               class = "weeg_error_study")
  rounds <- book
  names(rounds)[4] <- "code 3"
  expect_error(weeg_study(answers, rounds), "codes for round 3, but round has only 1, 2", class = "weeg_error_study")
  expect_error(weeg_study(3, book), "`data` must be data frames", class = "weeg_error_argument")
  expect_error(weeg_study(answers, book, language = "fr"), "\"nl\", \"en\"", class = "weeg_error_argument")
})

test_that("what would be lost of a codebook is an error with its line", {
  small <- data.frame(variable = c("q", "", "", "g", "", ""), role = c("outcome", "", "", "group", "", ""),
                      code = c("", "1", "2", "", "1", "2"), meaning = "", external = "", source = "", `code A` = "", remark = "",
                      en = c("Q", "no", "yes", "G", "k", "l"), check.names = FALSE)
  data <- data.frame(q = c(1, 2, 1, 2), g = c(1, 1, 2, 2))
  expect_identical(as.character(weeg_study(data, small)$data$q), c("no", "yes", "no", "yes"))
  with <- function(row, column, value, from = small) {
    from[[column]][row] <- value
    from
  }
  cases <- list(
    # as people write it: the first level on the row of its variable, whose answers would be missing
    list(with(1, "code", "1", small[-2, ]), "line 2: `code` is \"1\" on the row of the variable q"),
    list(with(1:3, "role", "outcome", with(2:3, "variable", "q")), "line 3: the role \"outcome\" is on the row of a level of q"),
    list(with(4, "code A", "1"), "line 5: `code A` is \"1\" on the row of the variable g"),
    list(with(1, "meaning", "focus"), "line 2: `meaning` is \"focus\" on the row of the variable q"),
    list(with(1, "external", "12"), "line 2: `external` is \"12\""),
    list(with(3, "variable", "qq"), "line 4: `code` is \"2\" on the row of the variable qq"), # a slip
    list(with(3, "role", "background"), "line 4: the role \"background\""),
    list(with(3, "code", "1"), "line 4: two levels of q have the code \"1\""),
    list(with(3, "code A", "1"), "line 4: two levels of q have the code \"1\" in round A"), # no has 1 in all rounds
    list(with(3, "code", "no", with(2, "code", "")), "line 4: two levels of q have the code \"no\""), # the other by its text
    list(with(3, "meaning", "missing", with(3, "code", "", with(3, "en", ""))), "line 4: a level of q has neither code nor text"),
    list(with(5, "meaning", "compare"), "line 6: compare stands on two levels of a variable, but g has it on 1"),
    list(with(2, "meaning", "met unmet"), "line 3: a level has only one of the meanings met, unneeded, unmet, none"),
    list(cbind(small, codes = "1"), "a column `codes`, which is not a known one"),
    list(cbind(small, betekenis = c("", "focus", "", "", "", "")), "a column `betekenis`, which is not a known one"),
    list(stats::setNames(with(2, "code A", "1"), sub("code A", "code.A", names(small))), "a column `code.a`, which is not"),
    list(stats::setNames(small, sub("remark", "EN ", names(small))), "two columns `en`")
  )
  for (case in cases) expect_error(weeg_study(data, case[[1]]), case[[2]], fixed = TRUE, class = "weeg_error_study")
  titles <- rbind(within(small[1, ], role <- "title"), within(small[1, ], role <- "title"), small)
  expect_error(weeg_study(data, titles), "line 3: the study has a title already", class = "weeg_error_study")
  # a column `Code 1` is one of round 1; a level with a code in a round only has that for its text
  rounds <- stats::setNames(rbind(small, small[c(1, 2), ]), sub("code A", "Code  1", names(small)))
  rounds[7:8, c("variable", "role", "code", "Code  1", "en")] <- list(c("r", "q"), c("round", ""), "", c("", "3"), c("R", ""))
  study <- weeg_study(data.frame(q = c(1, 3, 3, 2), g = 1:2, r = c(1, 1, 2, 2)), rounds)
  expect_identical(as.character(study$data$q), c("no", "3", NA, "yes"))
})

test_that("columns with the role ignore are left out of a study, whatever they hold, and not reported", {
  data <- data.frame(q = rep(1:2, 5), remark = letters[1:10])
  data$list <- as.list(1:10)
  book <- data.frame(variable = c("q", "", "", "remark", "list", "gone"),
                     role = c("outcome", "", "", "ignore", "Ignore", "ignore"), code = c("", "1", "2", "", "", ""),
                     nl = c("Goed?", "ja", "nee", "", "", ""))
  study <- weeg_study(data, book)
  expect_identical(nrow(weeg_problems(study)), 0L)
  expect_identical(names(study$data), "q")
  # without it, both would be reported
  expect_identical(weeg_problems(weeg_study(data, book[1:3, ]))$variable, c("remark", "list"))
  refused <- function(words, role) {
    book <- data.frame(variable = c("q", "m", "", "a"), role = c("outcome", "multiple", "", role), code = c("", "", "a", ""),
                       nl = "x")
    expect_error(weeg_study(data, book), words, class = "weeg_error_study")
  }
  refused("a has the role ignore and another", "ignore question")
  refused("a has the role ignore, but is an answer of m", "ignore")
})

test_that("a study prints what it is and what differs", {
  lines <- format(weeg_study(answers, book))
  expect_identical(lines[1], "Proef")
  expect_match(lines[2], "8 respondents; clusters town (4); strata round (2)", fixed = TRUE)
  expect_identical(tail(lines, 1), "The data agree with the codebook.")
  lines <- format(weeg_study(changed(q = c("3" = 7, "1" = 7)), book))
  expect_identical(tail(lines, 2), c("2 differences from the codebook (weeg_problems() lists all):",
                                     "  unknown code: q \"7\" in 2 rows: 1, 3 - answer taken as missing"))
})

test_that("numbers, labelled scales, rounds and dates without levels in the codebook stay such in a study", {
  skip_if_not_installed("haven")
  n <- 60L
  rows <- data.frame(nr = as.double(seq_len(n)))
  grade <- rep(c(0, 10, 9, 5, 99), length.out = n)
  rows$grade <- haven::labelled_spss(grade, c(bad = 0, good = 10, refused = 99), na_values = 99)
  rows$wave <- haven::labelled(rep(c(1, 2, 4), each = 20L), c("Wave 1" = 1, "Wave 2" = 2, "Wave 4" = 4))
  rows$day <- as.Date("2020-12-30") + rep(0:3, length.out = n)
  rows$age <- haven::labelled_spss(rep(c(9, 30, 100, 999), length.out = n), na_values = 999)
  rows$sex <- haven::labelled(rep(1:2, length.out = n), label = "Sex")
  book <- data.frame(variable = names(rows), role = c("id", "outcome", "round", "group", "background", "group"), code = "",
                     en = toupper(names(rows)))
  path <- withr::local_tempfile(fileext = ".sav")
  haven::write_sav(rows, path)
  studies <- list(frame = weeg_study(rows, book), file = weeg_study(path, book))
  expect_identical(studies$file$data, studies$frame$data)
  plain <- weeg_design(data.frame(grade = replace(grade, grade == 99, NA), wave = as.double(rows$wave), sex = rows$sex,
                                  day = as.double(rows$day)))
  for (study in studies) {
    expect_identical(nrow(weeg_problems(study)), 0L)
    expect_identical(levels(study$data$age), c("9", "30", "100"))
    expect_identical(levels(study$data$sex), c("1", "2"))
    for (p in list(list(grade ~ sex, "wilcoxon"), list(grade ~ wave, "kruskal-wallis"), list(sex ~ wave, "trend"),
                   list(sex ~ day, "trend"))) {
      expect_identical(weeg_test(study, p[[1L]], method = p[[2L]])$p.value, weeg_test(plain, p[[1L]], method = p[[2L]])$p.value)
    }
    size <- function(x) sum(weeg_proportion(x, ~sex)$n)
    design <- weeg_design(study)
    expect_identical(size(subset(design, age > 30)), 15)
    expect_identical(size(subset(design, grade >= 9)), 24)
    expect_identical(size(subset(design, grade == "good")), 12)
    expect_identical(size(subset(design, wave > 1)), 40)
    expect_identical(size(subset(design, day > as.Date("2020-12-31"))), 30)
  }
  # parts have their levels together, by size
  book$role[3] <- "group"
  parts <- weeg_study(list(b = rows[rows$grade > 8, ], a = rows[rows$grade < 9, ]),
                      rbind(book, data.frame(variable = "part", role = "round", code = "", en = "PART")))
  expect_identical(levels(parts$data$grade), c("bad", "5", "9", "good"))
  expect_identical(sum(weeg_proportion(subset(weeg_design(parts), grade > 8), ~sex)$n), 24)
})

test_that("user-missing values are missing in a study, unless the codebook names their code", {
  skip_if_not_installed("haven")
  rows <- data.frame(w = c(1, 1, 2, 1, 1, 1))
  rows$q <- haven::labelled_spss(c(1, 2, 9, 8, 1, 2), c(yes = 1, no = 2, unsure = 8, refused = 9), na_values = c(8, 9))
  book <- data.frame(variable = c("w", "q", "", "", ""), role = c("weight", "outcome", "", "", ""), code = c("", "", 1, 2, 8),
                     en = c("Weight", "Answer", "yes", "no", "unsure"))
  path <- withr::local_tempfile(fileext = ".sav")
  haven::write_sav(rows, path)
  for (data in list(rows, path)) {
    study <- weeg_study(data, book)
    expect_identical(nrow(weeg_problems(study)), 0L)
    expect_identical(as.vector(weeg_proportion(study, ~q)$n), c(2, 2, 1))
    expect_identical(as.vector(weeg_proportion(weeg_study(data, book[1:4, ]), ~q)$n), c(2, 2))
  }
})

test_that("subset() of a study is the design of some of its rows", {
  study <- weeg_study(answers, book)
  inside <- subset(study, town != "A" & q == "ja")
  expect_s3_class(inside, "weeg_design")
  # round 1: row 3; round 2, whose codes are the other way round: rows 6 and 7
  expect_identical(sum(weeg_proportion(inside, ~town)$n), 3)
  local({
    most <- 2
    expect_identical(sum(weeg_proportion(subset(study, w < most), ~town)$n), 6)
  })
  expect_error(subset(study, nothing == 1), "no variable `nothing`", class = "weeg_error_variable")
  expect_error(subset(study), "needs a condition", class = "weeg_error_argument")
})
