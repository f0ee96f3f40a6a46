# Drafts of codebooks: what they say of data, and that the study of a draft has the answers of the data.

test_that("the draft of openvoorwerk makes a study with the figures of its data", {
  draft <- weeg_codebook(openvoorwerk)
  roles <- stats::setNames(draft$role, draft$variable)
  expect_identical(roles[["id"]], "id")
  expect_identical(roles[["gewicht"]], "weight")
  expect_identical(roles[["ronde"]], "round")
  expect_identical(roles[["gemeente"]], "area")
  expect_identical(roles[["leeftijd"]], "")
  expect_identical(roles[["geslacht"]], "question")
  expect_identical(draft$nl[draft$variable == "geslacht"], "Geslacht") # its label
  expect_setequal(setdiff(draft$variable, ""), names(openvoorwerk))
  study <- weeg_study(openvoorwerk, draft)
  expect_identical(nrow(weeg_problems(study)), 0L)
  d <- weeg_design(openvoorwerk, weights = ~gewicht)
  for (question in c("geslacht", "strengths", "arbeidssituatie")) {
    formula <- stats::as.formula(paste("~", question))
    ours <- weeg_proportion(study, formula)
    theirs <- weeg_proportion(d, formula)
    expect_identical(as.character(ours$level), as.character(theirs$level))
    expect_equal(ours$estimate, theirs$estimate, tolerance = 1e-12)
  }
  # through a file, as a spreadsheet has it
  file <- tempfile(fileext = ".csv")
  on.exit(unlink(file))
  utils::write.csv2(draft, file, row.names = FALSE, fileEncoding = "UTF-8")
  again <- weeg_study(openvoorwerk, file)
  expect_identical(again$data, study$data)
  expect_identical(again$codebook$levels, study$codebook$levels)
})

test_that("labels and missing values of an SPSS file are in its draft", {
  skip_if_not_installed("haven")
  x <- data.frame(respnr = 1:8, wgt = c(1, 2, 1, 2, 1, 2, 1, 2), psu = rep(1:4, 2))
  x$help <- haven::labelled_spss(c(1, 2, 2, 3, 9, 1, 2, 8), c(no = 1, some = 2, yes = 3, refused = 8, "no answer" = 9),
                                 na_values = c(8, 9), label = "Do you get help?")
  x$age <- haven::labelled_spss(c(20, 31, 42, 53, 64, 75, 99, 86), c(unknown = 99), na_values = 99, label = "Age")
  x$same <- haven::labelled(c(1, 2, 1, 2, 1, 2, 1, 2), c(other = 1, other = 2))
  file <- tempfile(fileext = ".sav")
  on.exit(unlink(file))
  haven::write_sav(x, file)
  draft <- weeg_codebook(file, language = "en")
  expect_named(draft, c("variable", "role", "code", "meaning", "en", "remark"))
  head <- draft[draft$variable != "", ]
  expect_identical(head$role, c("id", "weight", "cluster", "question", "", "question"))
  expect_identical(head$en, c("respnr", "wgt", "psu", "Do you get help?", "Age", "same"))
  expect_identical(head$remark[5L], "values with labels: 99 = unknown")
  levels <- draft[5:9, ]
  expect_identical(levels$code, c("1", "2", "3", "8", "9"))
  expect_identical(levels$en, c("no", "some", "yes", "refused", "no answer"))
  expect_identical(levels$meaning, c("", "", "", "missing", "missing"))
  expect_identical(utils::tail(draft$en, 2L), c("other [1]", "other [2]"))
  study <- weeg_study(file, draft)
  expect_identical(nrow(weeg_problems(study)), 0L)
  expect_equal(weeg_proportion(study, ~help)$estimate, c(3, 4, 2) / 9, tolerance = 1e-12)
})

test_that("what has no codebook is refused, texts of many values are ignored", {
  expect_error(weeg_codebook(1:3), "must be a data frame", class = "weeg_error_argument")
  expect_error(weeg_codebook(data.frame()), "has no columns", class = "weeg_error_argument")
  expect_error(weeg_codebook(openvoorwerk, language = "Dutch"), "two letters", class = "weeg_error_argument")
  x <- data.frame(w = c("a", rep("b", 29)), said = as.character(1:30), yes = rep(c(TRUE, FALSE), 15))
  draft <- weeg_codebook(x)
  expect_identical(draft$role[draft$variable != ""], c("question", "ignore", "question")) # texts are no weights
})
