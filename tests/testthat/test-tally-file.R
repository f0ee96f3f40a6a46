# Tallies in files. The format itself, and damaged files, are tested in tests/core/test_tally_file.c.

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
there_and_back <- function(tally) {
  file <- tempfile(fileext = ".weeg")
  on.exit(unlink(file))
  expect_identical(weeg_write_tally(tally, file), tally)
  weeg_read_tally(file)
}
# In any order, and without what is NULL.
plain <- function(x) {
  if (!is.list(x)) return(x)
  x$seal <- NULL # of members in their order
  x <- lapply(Filter(Negate(is.null), unclass(x)), plain)
  if (is.null(names(x))) x else x[order(names(x), method = "radix")]
}

test_that("a tally comes back as it was", {
  where <- new.env()
  utils::data("api", package = "survey", envir = where)
  schools <- where$apistrat
  schools$stype <- factor(schools$stype, ordered = TRUE)
  attr(schools$awards, "label") <- "Pr\u00eds"
  latin1 <- "caf\xe9"
  Encoding(latin1) <- "latin1"
  schools$text <- rep(c(latin1, "z", NA, "\u20ac"), 50)
  cases <- list(
    weeg_tally(d, ~ provider + strengths + ronde), weeg_tally(subset(subset(d, leeftijd < 36), provider != "werkplein"), ~growth),
    weeg_tally(weeg_design(schools, weights = ~pw, strata = ~stype, fpc = ~fpc), ~ awards + stype + text),
    weeg_tally(weeg_design(schools, conventions = "sas"), ~ stype + cnum),
    weeg_tally(weeg_design(schools, cluster = ~dnum, lonely = "average", lonely_domain = TRUE), ~stype),
    weeg_tally(weeg_design(data.frame(w = c(1, 1, 1e-30), g = c("a", "a", "b")), weights = ~w), ~g) # b has nothing in the sums
  )
  for (tally in cases) {
    back <- there_and_back(tally)
    expect_identical(plain(back), plain(tally))
    expect_identical(as.data.frame(back), as.data.frame(tally))
    expect_identical(format(back), format(tally))
  }
  tested <- function(tally) weeg_crosstab(tally, strengths ~ provider)
  expect_identical(tested(there_and_back(cases[[1L]])), tested(cases[[1L]]))
})

test_that("tallies of organisations add up to that of all, to the last bit", {
  tally_of <- function(data) {
    weeg_tally(weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente), ~ provider + strengths)
  }
  parts <- lapply(split(openvoorwerk, openvoorwerk$organisatie), function(data) there_and_back(tally_of(data)))
  pooled <- Reduce(`+`, parts)
  whole <- tally_of(openvoorwerk)
  expect_identical(weeg_test(pooled, strengths ~ provider)$p.value, weeg_test(whole, strengths ~ provider)$p.value)
  got <- weeg_proportion(pooled, strengths ~ provider)
  want <- weeg_proportion(whole, strengths ~ provider)
  expect_identical(got$estimate, want$estimate)
  expect_equal(got$std.error, want$std.error, tolerance = 1e-14) # PSUs may stand in another order
})

test_that("what cannot be written, or is no tally file, is an error that says so", {
  file <- tempfile()
  t <- weeg_tally(d, ~provider)
  expect_error(weeg_write_tally(d, file), "`tally` must be made by weeg_tally", class = "weeg_error_argument")
  expect_error(weeg_write_tally(t, c("a", "b")), "`path` must be the name of one file", class = "weeg_error_argument")
  expect_error(weeg_write_tally(t, file.path(file, "none")), "cannot write .*No such file", class = "weeg_error_file")
  for (ending in c(".csv", ".xlsx", ".TXT")) {
    expect_error(weeg_write_tally(t, paste0(file, ending)), paste0("`path` must end in .weeg, or .* no ", ending, " file"),
                 class = "weeg_error_argument")
    expect_false(file.exists(paste0(file, ending)))
  }
  capitals <- withr::local_tempfile(fileext = ".WEEG")
  weeg_write_tally(t, capitals)
  expect_true(file.exists(capitals))
  margin <- list(ronde = table(openvoorwerk$ronde))
  expect_error(weeg_write_tally(weeg_tally(weeg_rake(d, margin), ~growth), file), "calibrated", class = "weeg_error_unsupported")
  replicated <- weeg_tally(weeg_replicates(d, "jkn"), ~growth)
  expect_error(weeg_write_tally(replicated, file), "replicate", class = "weeg_error_unsupported")
  expect_false(file.exists(file))
  expect_error(weeg_read_tally(file), "cannot open .*No such file", class = "weeg_error_file")
  writeLines("provider,n\nwerkplein,3", file)
  expect_error(weeg_read_tally(file), paste0("not a tally file.*: .*", basename(file), "$"), class = "weeg_error_file")
  weeg_write_tally(t, file)
  if (.Platform$OS.type == "unix") expect_identical(format(file.mode(file)), "600")
  bytes <- readBin(file, "raw", 1e6)
  bytes[100] <- xor(bytes[100], as.raw(1))
  writeBin(bytes, file)
  expect_error(weeg_read_tally(file), "checksum", class = "weeg_error_file")
  writeBin(bytes[1:200], file)
  expect_error(weeg_read_tally(file), "truncated", class = "weeg_error_file")
})
