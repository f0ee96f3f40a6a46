# citation("weeg") and CITATION.cff say what DESCRIPTION says.

of_sources <- function() {
  path <- test_path("..", "..", "CITATION.cff")
  skip_if_not(file.exists(path), "CITATION.cff is not there: tests run outside the sources")
  text <- readLines(path, encoding = "UTF-8")
  value <- function(field) {
    line <- grep(paste0("^[- ]*", field, ":"), text, value = TRUE)
    gsub("^\"|\"$", "", sub("^[- ]*[a-z-]+: *", "", line))
  }
  sapply(c("title", "version", "license", "name", "email", "date-released"), value, simplify = FALSE)
}

described <- utils::packageDescription("weeg")
people <- eval(str2lang(described$`Authors@R`))

test_that("citation() names title, authors and version of DESCRIPTION", {
  entry <- citation("weeg")
  expect_length(entry, 1L)
  expect_identical(entry$title, paste0("weeg: ", gsub("\\s+", " ", described$Title)))
  expect_identical(format(entry$author), format(people))
  expect_match(entry$note, described$Version, fixed = TRUE)
  expect_match(entry$year, if (is.null(described$Date)) "^20[0-9]{2}$" else substr(described$Date, 1L, 4L))
  expect_match(paste(toBibtex(entry), collapse = "\n"), "@Manual.*title = .*Cross-Tabulations.*author = ")
})

test_that("CITATION.cff agrees with DESCRIPTION", {
  cff <- of_sources()
  expect_identical(cff$title, citation("weeg")$title)
  expect_identical(cff$version, described$Version)
  expect_identical(cff$license, c("GPL (>= 3)" = "GPL-3.0-or-later")[[described$License]])
  expect_identical(cff$name, format(people, include = c("given", "family")))
  expect_identical(cff$email, unlist(people$email))
  expect_identical(cff$`date-released`, as.character(described$Date)) # neither has one before the release
})
