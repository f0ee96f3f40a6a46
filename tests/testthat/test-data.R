# The two data sets: the simulation has the published margins, and is what its script makes.

load_data <- function(name) {
  where <- new.env()
  utils::data(list = name, package = "weeg", envir = where)
  where[[name]]
}
openvoorwerk <- load_data("openvoorwerk")
published <- load_data("published")

question_columns <- c(
  "Leeftijd" = "leeftijdsgroep",
  "Arbeidssituatie" = "arbeidssituatie",
  "Vindt u dat de werkzaamheden die u nu uitvoert, goed bij u passen?" = "passend",
  "Waarom passen de werkzaamheden niet helemaal?" = "waarom_niet",
  "Heeft u ondersteuning van een ervaringsdeskundige?" = "ervaringsdeskundige"
)

# Run a script in a fresh R, with `root` as its working directory.
run_in <- function(root, script) {
  before <- setwd(root)
  on.exit(setwd(before))
  rscript <- file.path(R.home("bin"), "Rscript")
  status <- system2(rscript, c("--vanilla", script), stdout = FALSE, stderr = FALSE)
  expect_identical(status, 0L, info = script)
}

percent <- function(column, levels, rows = TRUE) {
  answers <- openvoorwerk[[column]][rows]
  stopifnot(all(levels %in% levels(answers)))
  100 * mean(answers[!is.na(answers)] %in% levels)
}

test_that("published has the study's tables and claims", {
  expect_named(published, c("tables", "claims"))
  expect_named(published$tables, c("table", "question", "answer", "n", "pct"))
  expect_named(published$claims, c("id", "pct", "statement", "population", "n", "relation", "question", "answers", "set"))
  expect_identical(dim(published$tables), c(27L, 5L))
  expect_identical(dim(published$claims), c(23L, 9L))
  expect_identical(anyDuplicated(published$claims$id), 0L)
  expect_false(anyNA(published$tables))
  expect_type(published$tables$n, "integer")
  expect_identical(
    c(tapply(published$tables$n, published$tables$question, sum))[names(question_columns)],
    c(1568L, 1566L, 1050L, 440L, 1500L),
    ignore_attr = TRUE
  )
})

test_that("every answer count of the published tables is met exactly", {
  expect_setequal(published$tables$question, names(question_columns))
  for (question in names(question_columns)) {
    answers <- openvoorwerk[[question_columns[[question]]]]
    figures <- published$tables[published$tables$question == question, ]
    expect_identical(levels(answers), figures$answer, info = question)
    expect_identical(as.integer(table(answers)), figures$n, info = question)
  }
})

test_that("the claimed percentages are met after rounding", {
  peer <- levels(openvoorwerk$ervaringsdeskundige)
  municipal <- openvoorwerk$provider %in% c("werkplein", "sociale dienst")
  met <- c(
    growth_attention = percent("growth", c("ja", "soms")),
    growth_no_attention = percent("growth", "nee, wel gewenst"),
    growth_no_need = percent("growth", "geen behoefte"),
    external_support = percent("external_support", "ontvangt"),
    external_support_wanted = percent("external_support", "wil graag"),
    peer_expert_received = percent("ervaringsdeskundige", peer[1:2]),
    peer_expert_wanted = percent("ervaringsdeskundige", peer[4]),
    relapse_important = percent("relapse_important", "ja"),
    support_led_to_work = percent("resultaat", "werk door ondersteuning"),
    found_work_alone = percent("resultaat", "werk op eigen kracht"),
    trust_in_contact = percent("vertrouwen", "ja"),
    contact_lacks_knowledge = percent("vertrouwen", "nee, te weinig kennis"),
    strengths_unseen_municipal = percent("strengths", "niet", municipal),
    regular_paid_work = percent("arbeidssituatie", "Regulier betaald werk")
  )
  claimed <- stats::setNames(published$claims$pct, published$claims$id)
  for (id in names(met)) expect_identical(as.integer(round(met[[id]])), claimed[[id]], info = id)

  # What is left: external figures, claims in words, and the one that the counts of table 3 contradict (856 of 1500 is 57 %).
  expect_setequal(
    setdiff(names(claimed), names(met)),
    c("peer_expert_valued", "panel_paid_work", "panel_wants_work_low", "panel_wants_work_high", "severe_wants_work",
      "severe_works", "age_26_55", "activities_fit", "misfit_too_easy")
  )
  expect_equal(percent("ervaringsdeskundige", peer[c(1, 4)]), 100 * 856 / 1500)
  expect_identical(claimed[["peer_expert_valued"]], 58L)
})

test_that("what the study says in words holds", {
  by_provider <- function(column, levels) {
    asked <- !is.na(openvoorwerk$provider) & !is.na(openvoorwerk[[column]])
    tapply(openvoorwerk[[column]][asked] %in% levels, openvoorwerk$provider[asked], mean)
  }
  unseen <- by_provider("strengths", "niet")
  expect_true(all(abs(unseen[1:2] - 0.5) < 0.03))
  expect_true(all(unseen[3:5] < 0.3))

  growth <- by_provider("growth", c("ja", "soms"))
  expect_identical(names(which.min(growth)), "werkplein")

  short <- by_provider("relapse", c("niet", "te weinig"))
  expect_gt(min(short[1:2]), max(short[3:5]) + 0.05)

  trust <- by_provider("vertrouwen", "ja")
  expect_gt(min(trust[3:5]), max(trust[1:2]))
})

test_that("the werkplein improves between the rounds", {
  desk <- openvoorwerk[openvoorwerk$provider %in% "werkplein" & !is.na(openvoorwerk$strengths), ]
  unseen <- tapply(desk$strengths == "niet", desk$ronde, mean)
  expect_gt(unseen[["ronde 1"]] - unseen[["ronde 2"]], 0.1)
})

test_that("the design has 50 municipalities nested in 2 rounds and 13 organisations", {
  expect_s3_class(openvoorwerk, "data.frame", exact = TRUE)
  expect_identical(dim(openvoorwerk), c(1582L, 28L))
  expect_identical(as.integer(openvoorwerk$id), 1:1582)
  expect_identical(nlevels(openvoorwerk$gemeente), 50L)
  expect_identical(nlevels(openvoorwerk$organisatie), 13L)
  expect_identical(levels(openvoorwerk$ronde), c("ronde 1", "ronde 2"))
  for (column in c("gemeente", "organisatie", "ronde")) expect_false(anyNA(openvoorwerk[[column]]), info = column)
  expect_gte(min(table(openvoorwerk$gemeente)), 16L)

  in_round <- table(openvoorwerk$gemeente, openvoorwerk$ronde) > 0
  expect_identical(unname(rowSums(in_round)), rep(1, 50))
  expect_identical(unname(colSums(in_round)), c(30, 20))
  in_organisation <- table(openvoorwerk$gemeente, openvoorwerk$organisatie) > 0
  expect_identical(unname(rowSums(in_organisation)), rep(1, 50))
  expect_true(all(colSums(in_organisation) > 0))
  named <- c(
    "Tytsjerksteradiel", "Leeuwarden", "Nunspeet", "Alkmaar", "Harderwijk", "Doetinchem", "Franekeradeel", "Nijmegen"
  )
  expect_true(all(named %in% levels(openvoorwerk$gemeente)))
})

test_that("weights are positive, moderate and have mean 1", {
  expect_type(openvoorwerk$gewicht, "double")
  expect_false(anyNA(openvoorwerk$gewicht))
  expect_gte(min(openvoorwerk$gewicht), 0.4)
  expect_lte(max(openvoorwerk$gewicht), 3)
  expect_equal(mean(openvoorwerk$gewicht), 1, tolerance = 1e-12)
  expect_gt(stats::sd(openvoorwerk$gewicht), 0.2)
})

test_that("answers do not contradict each other", {
  expect_type(openvoorwerk$leeftijd, "integer")
  bands <- cut(openvoorwerk$leeftijd, c(15, 25, 35, 45, 55, 65, Inf), labels = FALSE)
  expect_identical(bands, as.integer(openvoorwerk$leeftijdsgroep))

  reasons <- !is.na(openvoorwerk$waarom_niet)
  expect_true(all(openvoorwerk$passend[reasons] %in% levels(openvoorwerk$passend)[1:3]))
  without_activities <- openvoorwerk$arbeidssituatie %in% c("Geen werk", "Met pensioen")
  expect_true(all(is.na(openvoorwerk$passend[without_activities])))
  expect_true(all(is.na(openvoorwerk$external_support[without_activities])))
  expect_true(all(openvoorwerk$resultaat[without_activities] %in% c("geen werk", NA)))
  expect_gt(min(openvoorwerk$leeftijd[openvoorwerk$arbeidssituatie %in% "Met pensioen"], na.rm = TRUE), 55)
  for (column in c("strengths", "growth", "relapse", "vertrouwen")) {
    expect_true(all(is.na(openvoorwerk[[column]][is.na(openvoorwerk$provider)])), info = column)
  }
})

test_that("columns have the documented types", {
  ordered <- c("leeftijdsgroep", "strengths", "relapse", "passend")
  factors <- c(
    "gemeente", "organisatie", "ronde", "geslacht", "arbeidssituatie", "provider", "growth", "relapse_important",
    "vertrouwen", "external_support", "resultaat", "waarom_niet", "ervaringsdeskundige"
  )
  bottlenecks <- grep("^knelpunt_", names(openvoorwerk), value = TRUE)
  expect_length(bottlenecks, 8)
  expect_setequal(names(openvoorwerk), c("id", "gewicht", "leeftijd", ordered, factors, bottlenecks))
  for (column in ordered) expect_s3_class(openvoorwerk[[column]], c("ordered", "factor"), exact = TRUE)
  for (column in factors) expect_s3_class(openvoorwerk[[column]], "factor", exact = TRUE)
  for (column in bottlenecks) expect_type(openvoorwerk[[column]], "logical")
  expect_true(any(rowSums(openvoorwerk[bottlenecks]) > 1, na.rm = TRUE))
  expect_identical(
    levels(openvoorwerk$provider),
    c("werkplein", "sociale dienst", "re-integratiebureau", "sociale werkplaats", "dagbestedingscentrum")
  )
  for (column in names(Filter(is.factor, openvoorwerk))) {
    expect_false(any(grepl("[^ -~]", levels(openvoorwerk[[column]]))), info = column)
  }
})

test_that("the data say that they are simulated, and what every column is", {
  expect_identical(attr(openvoorwerk, "name"), "Open voor Werk (simulated)")
  expect_true(attr(openvoorwerk, "simulated"))
  labels <- lapply(openvoorwerk, attr, "label")
  for (column in names(labels)) {
    expect_type(labels[[column]], "character")
    expect_true(isTRUE(nzchar(labels[[column]])), info = column)
  }
  expect_identical(anyDuplicated(unlist(labels)), 0L)
})

test_that("base R takes subsets", {
  young <- subset(openvoorwerk, leeftijd < 36)
  expect_identical(nrow(young), 147L + 315L)
  expect_identical(levels(young$gemeente), levels(openvoorwerk$gemeente))
})

test_that("the scripts in data-raw make the same data", {
  scripts <- test_path("..", "..", "data-raw")
  skip_if_not(dir.exists(scripts), "data-raw/ is not part of the installed package")

  root <- tempfile("data-raw-")
  dir.create(root)
  on.exit(unlink(root, recursive = TRUE))
  dir.create(file.path(root, "data"))
  dir.create(file.path(root, "data-raw"))
  needed <- c("openvoorwerk.R", "published.R", "published_tables.csv", "published_claims.csv")
  expect_true(all(file.copy(file.path(scripts, needed), file.path(root, "data-raw"))))

  for (name in c("openvoorwerk", "published")) {
    script <- file.path("data-raw", paste0(name, ".R"))
    run_in(root, script)
    made <- new.env()
    load(file.path(root, "data", paste0(name, ".rda")), envir = made)
    expect_identical(made[[name]], load_data(name), info = name)
  }
})
