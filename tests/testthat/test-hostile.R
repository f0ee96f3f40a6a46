# Whatever an argument or a variable is, a verb gives a result, which prints, or an error of weeg's own that says which argument.
# A sample of all; `make hostile` takes all.

quietly <- function(cases) {
  home <- setwd(tempdir())
  grDevices::pdf(NULL)
  on.exit({
    setwd(home)
    grDevices::dev.off()
  })
  hostile_faults(cases)
}

test_that("every exported function has a valid call here, which works", {
  called <- vapply(hostile_calls(), function(call) as.character(call[[1L]]), "")
  expect_identical(setdiff(own_exports(), called), character())
  scene <- hostile_scene()
  for (call in c(hostile_calls(), hostile_method_calls())) {
    expect_identical(judge(call, scene, character()), character(), info = deparse(call)[1L])
  }
})

test_that("hostile values of arguments are refused by name, or do no harm", {
  expect_identical(quietly(hostile_sample(argument_cases(), 31L)), character())
})

test_that("hostile columns are refused by name, or do no harm, in every role of a variable", {
  expect_identical(quietly(hostile_sample(column_cases(), 41L)), character())
})
