# vignettes/regions.Rmd: its code runs as a reader would run it, and what it says is so, by package survey and plain R.

skip_if_not_installed("knitr")
vignette <- c(file.path("..", "..", "vignettes", "regions.Rmd"), system.file("doc", "regions.Rmd", package = "weeg"))
vignette <- vignette[file.exists(vignette)]
skip_if(length(vignette) == 0L, "the vignette is neither beside the tests nor installed")

# The variables that the vignette's code leaves.
run_vignette <- function() {
  script <- tempfile(fileext = ".R")
  settings <- options()
  on.exit({
    unlink(script)
    options(settings[c("width", "digits")])
  })
  knitr::purl(vignette[1L], script, quiet = TRUE, documentation = 0L)
  made <- new.env(parent = globalenv())
  utils::capture.output(source(script, local = made, echo = FALSE))
  made
}
made <- run_vignette()

test_that("the merged tallies give the national figures of the pooled rows, as package survey has them", {
  skip_if_not_installed("survey")
  s <- survey::svydesign(ids = ~gemeente, strata = ~ronde, weights = ~gewicht, data = openvoorwerk)
  s <- subset(s, !is.na(provider) & !is.na(strengths))
  want <- survey::svyby(~strengths, ~provider, s, survey::svymean)
  got <- weeg_proportion(made$national, strengths ~ provider)
  shares <- matrix(got$estimate, ncol = 4, byrow = TRUE)
  errors <- matrix(got$std.error, ncol = 4, byrow = TRUE)
  # a thousand respondents' sums, in another order and by another program
  expect_equal(shares, unname(as.matrix(want[2:5])), tolerance = 1e-12)
  expect_equal(errors, unname(as.matrix(want[6:9])), tolerance = 1e-10)
  expect_identical(matrix(got$n, ncol = 4, byrow = TRUE),
                   unname(matrix(as.double(table(openvoorwerk$provider, openvoorwerk$strengths)), ncol = 4)))
  expect_s3_class(made$national, "weeg_tally")
})

test_that("what the vignette says of the files and of the release is so", {
  answered <- stats::complete.cases(openvoorwerk[c("provider", "strengths")])
  expect_identical(sum(made$entries$n), as.double(sum(answered)))
  cells <- as.data.frame(table(openvoorwerk[answered, c("gemeente", "provider", "strengths")]))
  expect_identical(sum(made$kept$n), as.double(sum(cells$Freq[cells$Freq >= 10])))
  # percentages of tables without small cells are others
  share <- prop.table(tapply(openvoorwerk$gewicht, openvoorwerk[c("provider", "strengths")], sum), 1)
  expect_lt(max(abs(made$share(made$entries) - 100 * share)), 0.0501)
  skip_if_not_installed("lpSolve")
  # nothing is hidden in the nation, and there the figures are those of the rows
  n <- table(openvoorwerk$geslacht)
  expect_identical(made$release$nation$n, as.double(n))
  shown <- made$release$organisations
  counts <- as.data.frame(table(openvoorwerk[c("organisatie", "ronde", "geslacht")]))
  at <- match(paste(shown$organisatie, shown$ronde, shown$level), paste(counts$organisatie, counts$ronde, counts$geslacht))
  open <- !is.na(shown$n)
  expect_identical(shown$n[open], as.double(counts$Freq[at][open]))
  expect_true(all(shown$n[open] >= 10))
  expect_gt(sum(!open), 0)
})

test_that("a municipality that two organisations share counts as two sampling units: same figures, other margins", {
  skip_if_not_installed("survey")
  data <- openvoorwerk
  data$sender <- as.character(data$organisatie)
  # every second respondent of the largest municipality is another organisation's
  shared <- names(which.max(table(data$gemeente)))
  own <- data$sender[data$gemeente == shared][1]
  moved <- which(data$gemeente == shared)[c(TRUE, FALSE)]
  data$sender[moved] <- setdiff(unique(data$sender), own)[1]
  tally_by <- function(rows, sender) {
    d <- weeg_design(rows, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
    weeg_protect_tally(weeg_tally(d, ~ provider + strengths), sender)
  }
  senders <- split(data, data$sender)
  merged <- Reduce(`+`, Map(tally_by, senders, names(senders)))
  got <- weeg_proportion(merged, strengths ~ provider)
  pooled <- weeg_proportion(weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente), strengths ~ provider)
  expect_identical(got$estimate, pooled$estimate)
  expect_identical(got$n, pooled$n)
  # the names are gone, so that nobody can see that it is one: the margins are those of a sample with one unit more
  data$unit <- interaction(data$gemeente, data$sender, drop = TRUE)
  s <- survey::svydesign(ids = ~unit, strata = ~ronde, weights = ~gewicht, data = data)
  want <- survey::svyby(~strengths, ~provider, subset(s, !is.na(provider) & !is.na(strengths)), survey::svymean)
  expect_equal(matrix(got$std.error, ncol = 4, byrow = TRUE), unname(as.matrix(want[6:9])), tolerance = 1e-10)
  expect_gt(max(abs(got$std.error / pooled$std.error - 1)), 1e-4)
  # sent by one of the two, it is one unit again
  data$sender[moved] <- own
  senders <- split(data, data$sender)
  one <- weeg_proportion(Reduce(`+`, Map(tally_by, senders, names(senders))), strengths ~ provider)
  expect_equal(one$std.error, pooled$std.error, tolerance = 1e-12)
})
