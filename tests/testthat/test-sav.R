# SPSS files: the same results as with a data frame by package haven, whose reader is ReadStat too, used in another way.

skip_if_not_installed("haven")

data <- local({
  set.seed(8)
  rows <- 400L
  x <- data.frame(
    w = round(stats::runif(rows, 0.5, 3), 3), psu = rep(1:40, each = 10), stratum = rep(c("noord", "zuid"), each = 200),
    leeftijd = sample(c(18:65, NA), rows, TRUE)
  )
  answers <- c(ja = 1, soms = 2, nee = 3, "wil niet" = 8, "weet niet" = 9)
  x$antwoord <- haven::labelled_spss(sample(c(1, 2, 3, 8, 9, NA), rows, TRUE), answers, na_range = c(8, 9), label = "Een vraag")
  x$groep <- haven::labelled(sample(1:3, rows, TRUE), c("gro\u00dfe" = 1, kleine = 3, geen = 4), label = "Een groep")
  x$tekst <- sample(c("a", "b\u00e9", "lange tekst van meer dan acht tekens"), rows, TRUE)
  x$dubbel <- haven::labelled(sample(1:3, rows, TRUE), c(a = 1, a = 2, b = 3))
  x$getal <- sample(c(0.1, 1e6, -2.5, 1 / 3), rows, TRUE)
  x
})
file <- tempfile(fileext = ".sav")
haven::write_sav(data, file)
back <- haven::read_sav(file, user_na = TRUE)
has_readstat <- !inherits(try(weeg_design(file), silent = TRUE), "try-error")

design_of <- function(source, ...) weeg_design(source, weights = ~w, strata = ~stratum, cluster = ~psu, ...)

one_sided <- function(formula) stats::reformulate(all.vars(formula))

test_that("without ReadStat, the error says how to get it", {
  if (has_readstat) {
    expect_s3_class(weeg_design(file), "weeg_design")
  } else {
    expect_error(weeg_design(file), "libreadstat-dev", class = "weeg_error_file")
  }
})

test_that("tables, tests and comparisons are those of the data frame", {
  skip_if_not(has_readstat, "built without ReadStat")
  ours <- design_of(file)
  theirs <- design_of(back)
  strip <- function(x) {
    attr(x, "info") <- NULL
    as.data.frame(x)
  }
  for (formula in list(antwoord ~ groep, tekst ~ antwoord, dubbel ~ stratum, getal ~ groep, ~leeftijd, groep ~ tekst + dubbel)) {
    expect_identical(strip(weeg_proportion(ours, formula)), strip(weeg_proportion(theirs, formula)))
    expect_identical(weeg_tally(ours, one_sided(formula))$entries, weeg_tally(theirs, one_sided(formula))$entries)
  }
  expect_identical(weeg_test(ours, antwoord ~ groep)$p.value, weeg_test(theirs, antwoord ~ groep)$p.value)
  lines <- format(weeg_crosstab(ours, antwoord ~ groep))
  expect_match(lines[2], basename(file), fixed = TRUE) # the name of the data
  expect_identical(lines[-2], format(weeg_crosstab(theirs, antwoord ~ groep))[-2])
  young <- subset(ours, leeftijd < 30 & groep != 2)
  expect_identical(strip(weeg_proportion(young, antwoord ~ groep)),
                   strip(weeg_proportion(subset(theirs, leeftijd < 30 & groep != 2), antwoord ~ groep)))
  expect_identical(weeg_proportion(weeg_design(file), ~tekst)$n, weeg_proportion(weeg_design(back), ~tekst)$n)
})

test_that("a file of more rows than come at a time is the same, whether or not it is told how far it is", {
  skip_if_not(has_readstat, "built without ReadStat")
  set.seed(2)
  rows <- 20000L
  many <- data.frame(w = stats::runif(rows), psu = sample.int(300L, rows, TRUE), text = sample(letters, rows, TRUE))
  late <- ifelse(seq_len(rows) < 19000L, 1, sample(2:9, rows, TRUE))
  many$late <- haven::labelled_spss(late, c(one = 1, ten = 10), na_values = 9)
  path <- tempfile(fileext = ".sav")
  on.exit(unlink(path))
  haven::write_sav(many, path)
  old <- options(weeg.progress = TRUE)
  ours <- weeg_tally(weeg_design(path, weights = ~w, cluster = ~psu), ~ late + text)
  options(old)
  theirs <- weeg_tally(weeg_design(haven::read_sav(path, user_na = TRUE), weights = ~w, cluster = ~psu), ~ late + text)
  expect_identical(ours$entries, theirs$entries)
  expect_identical(lapply(ours$variables, `[[`, "levels"), lapply(theirs$variables, `[[`, "levels"))
})

test_that("compressed and portable files are read too", {
  skip_if_not(has_readstat, "built without ReadStat")
  zsav <- tempfile(fileext = ".zsav")
  on.exit(unlink(zsav))
  haven::write_sav(data, zsav, compress = "zsav")
  want <- weeg_proportion(design_of(back), antwoord ~ groep)$std.error
  expect_identical(weeg_proportion(design_of(zsav), antwoord ~ groep)$std.error, want)
})

test_that("the file's weight variable is taken where none is given", {
  skip_if_not(has_readstat, "built without ReadStat")
  # haven cannot write one: it is the number of the variable's first element, 4 bytes at place 76 of the header
  weighted <- tempfile(fileext = ".sav")
  on.exit(unlink(weighted))
  bytes <- readBin(file, "raw", file.size(file))
  bytes[77:80] <- writeBin(1L, raw(), endian = "little")
  writeBin(bytes, weighted)
  taken <- weeg_design(weighted, strata = ~stratum, cluster = ~psu)
  expect_match(paste(format(taken), collapse = " "), "Weights *w: sum")
  expect_identical(weeg_proportion(taken, ~antwoord)$std.error, weeg_proportion(design_of(back), ~antwoord)$std.error)
  plain <- weeg_design(weighted, weights = ~1, strata = ~stratum, cluster = ~psu)
  want <- weeg_proportion(weeg_design(back, strata = ~stratum, cluster = ~psu), ~antwoord)
  expect_identical(weeg_proportion(plain, ~antwoord)$std.error, want$std.error)
})

test_that("what cannot be read is an error that names the file", {
  skip_if_not(has_readstat, "built without ReadStat")
  expect_error(weeg_design("nowhere.sav"), "there is no file nowhere.sav", class = "weeg_error_file")
  damaged <- tempfile(fileext = ".sav")
  on.exit(unlink(damaged))
  writeBin(readBin(file, "raw", 700), damaged)
  expect_error(weeg_design(damaged), paste0(basename(damaged), " cannot be read"), class = "weeg_error_file")
  expect_error(design_of(file, delimiter = ";"), "`delimiter` is for CSV files", class = "weeg_error_argument")
  expect_error(weeg_design(file, weights = ~tekst), "tekst is text, not a number", class = "weeg_error_variable")
  expect_error(weeg_proportion(design_of(file), ~niets), "niets", class = "weeg_error_variable")
  changed <- tempfile(fileext = ".sav")
  file.copy(file, changed)
  d <- design_of(changed)
  haven::write_sav(data[1:10, ], changed)
  expect_error(weeg_proportion(d, ~antwoord), "has changed", class = "weeg_error_file")
  unlink(changed)
})
