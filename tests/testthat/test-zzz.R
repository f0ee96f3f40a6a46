# Numbers have points whatever LC_NUMERIC says: in names of levels, conditions, files and pictures.

# Runs code in the Dutch locale, made for it if need be; at the end it must still be there.
with_commas <- function(code) {
  before <- Sys.getlocale("LC_NUMERIC")
  path <- Sys.getenv("LOCPATH", NA)
  folder <- tempfile("locales")
  dir.create(folder)
  on.exit({
    suppressWarnings(Sys.setlocale("LC_NUMERIC", before))
    if (is.na(path)) Sys.unsetenv("LOCPATH") else Sys.setenv(LOCPATH = path)
    unlink(folder, recursive = TRUE)
  })
  skip_if(Sys.which("localedef") == "", "no localedef")
  system2("localedef", c("-c", "-i", "nl_NL", "-f", "UTF-8", shQuote(file.path(folder, "nl_NL.UTF-8"))), stdout = FALSE,
          stderr = FALSE)
  Sys.setenv(LOCPATH = folder)
  skip_if(suppressWarnings(Sys.setlocale("LC_NUMERIC", "nl_NL.UTF-8")) == "", "no locale nl_NL.UTF-8")
  expect_identical(sprintf("%.1f", 0.5), "0,5")
  value <- force(code)
  expect_identical(Sys.getlocale("LC_NUMERIC"), "nl_NL.UTF-8")
  value
}

numbered <- data.frame(x = rep(c(1.5, 2.25, 1e5), 20), g = rep(c("a", "b"), 30), w = rep(c(0.5, 1.25, 3, 2), 15))

# What machines read, and what is printed.
answers <- function(csv, file) {
  study <- weeg_design(numbered, weights = ~w)
  known <- weeg_proportion(study, x ~ g)
  tally <- weeg_tally(subset(study, x > 1.6), ~ x + g)
  weeg_write_tally(tally, file)
  again <- weeg_read_tally(file)
  codebook <- system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg")
  section <- weeg_section(weeg_study(openvoorwerk[1:400, ], codebook), "needs", language = "en", threshold = NULL)
  list(known, tidy(known), format(known), format(weeg_test(study, x ~ g)), format(weeg_compare(study, x ~ g)),
       format(study), format(again), readBin(file, "raw", 1e5), weeg_proportion(weeg_design(csv, weights = ~w), x ~ g),
       weeg_proportion(study, I(x > 1.6) ~ g), weeg_proportion(subset(study, x > 1.6), x ~ g), section$blocks,
       vapply(section$blocks, weeg:::block_html, "", section$report, new.env()))
}

test_that("every answer is the same in the Dutch locale", {
  csv <- tempfile(fileext = ".csv")
  file <- tempfile(fileext = ".weeg")
  on.exit(unlink(c(csv, file)))
  write.csv(numbered, csv, row.names = FALSE)
  expected <- answers(csv, file)
  expect_match(expected[[13L]], "<svg", all = FALSE)
  found <- with_commas(answers(csv, file))
  expect_identical(levels(found[[1L]]$level), c("1.5", "2.25", "100000"))
  for (i in seq_along(expected)) expect_equal(found[[i]], expected[[i]], info = i, tolerance = 0)
})

test_that("an error leaves the locale as it was", {
  with_commas(expect_error(weeg_proportion(weeg_design(numbered), ~none), class = "weeg_error"))
})

# Ctrl-C is heard at one of a thousand evaluations: here it waits from the last one of a function on.
test_that("Ctrl-C while a function ends leaves the locale as it was", {
  skip_on_os("windows")
  ends <- function(evaluations) {
    weeg:::plain_numbers()
    for (i in seq_len(evaluations)) NULL
    tools::pskill(Sys.getpid(), tools::SIGINT)
  }
  lost <- 0
  heard <- 0
  with_commas({
    here <- Sys.getlocale("LC_NUMERIC")
    for (evaluations in seq(1, 1000, by = 9)) {
      tryCatch({
        ends(evaluations)
        Sys.sleep(0.001)
      }, interrupt = function(e) heard <<- heard + 1)
      if (!identical(Sys.getlocale("LC_NUMERIC"), here)) {
        lost <- lost + 1
        suppressWarnings(Sys.setlocale("LC_NUMERIC", here))
      }
    }
  })
  expect_gt(heard, 100)
  expect_identical(lost, 0)
})

test_that("whatever is called from outside asks for it", {
  space <- asNamespace("weeg")
  table <- getNamespaceInfo(space, "S3methods")
  inner <- setdiff(ls(space), getNamespaceExports(space)) # generics that only the package calls
  # those of a test's own classes are functions there
  methods <- unlist(Filter(is.character, table[!unlist(table[, 1L]) %in% inner, 3L]))
  names <- c(getNamespaceExports(space), methods)
  outside <- mget(setdiff(names, c("tidy", "glance", "augment", "openvoorwerk")), space)
  asks <- vapply(outside, function(f) is.call(body(f)) && identical(as.list(body(f))[[2L]], quote(plain_numbers())), NA)
  expect_identical(names(outside)[!asks], character())
  expect_gt(length(outside), 100L)
})
