# vignettes/databases.Rmd: its code runs, and gives what package survey gives of the data frame.

skip_if_not_installed("knitr")
skip_if_not_installed("RSQLite")
vignette <- c(file.path("..", "..", "vignettes", "databases.Rmd"), system.file("doc", "databases.Rmd", package = "weeg"))
vignette <- vignette[file.exists(vignette)]
skip_if(length(vignette) == 0L, "the vignette is neither beside the tests nor installed")

test_that("the vignette's figures of a table, and of three servers, are those of the rows", {
  settings <- options()
  withr::defer(options(settings[c("width", "digits")]))
  made <- new.env(parent = globalenv())
  knitr::knit(vignette[1L], withr::local_tempfile(fileext = ".md"), envir = made, quiet = TRUE)
  expect_identical(made$on_three$std.error, made$in_database$std.error)
  expect_identical(made$after_loss$std.error, made$in_database$std.error)
  expect_identical(as.character(made$order_matters$level), levels(openvoorwerk$strengths))
  second <- rep_len(1:3, nrow(openvoorwerk)) == 2
  left <- second & !(openvoorwerk$leeftijd > 60) %in% TRUE
  expect_match(made$lost, sprintf("part 2 of 3, .*(%d with a weight then, %d now)", sum(second), sum(left)))
  skip_if_not_installed("survey")
  s <- survey::svydesign(ids = ~gemeente, strata = ~ronde, weights = ~gewicht, data = openvoorwerk)
  # sums in another order
  for (of in list(list(made$on_three, s), list(made$young, subset(s, leeftijd < 36)))) {
    theirs <- survey::svymean(~geslacht, subset(of[[2L]], !is.na(geslacht)))
    expect_equal(of[[1L]]$estimate, as.vector(theirs), tolerance = 1e-12)
    expect_equal(of[[1L]]$std.error, as.vector(survey::SE(theirs)), tolerance = 1e-10)
  }
})
