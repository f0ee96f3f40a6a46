# Formulas: what is understood, and what is refused with a reason.

d <- data.frame(
  y = factor(c("yes", "no", "yes", "no", "yes", "no", "no", "yes")), z = c(1, 2, 1, 2, 2, 2, 1, 1),
  g = rep(c("a", "b"), 4), h = rep(c("u", "v"), each = 4), age = c(20, 30, 40, 50, 20, 30, 40, 50)
)
design <- weeg_design(d)

test_that("formulas that make no sense are refused, saying why", {
  cases <- list(
    list(y ~ g * h, "`\\*` in g \\* h is not understood"),
    list(y ~ g:h, "`:` in g:h is not understood"),
    list(y ~ g - 1, "`-` in g - 1 is not understood"),
    list(y ~ g | h, "`\\|` in g \\| h is not understood"),
    list(y ~ g / h, "`/` in"),
    list(y ~ g^2, "`\\^` in"),
    list(~ -y, "`-` in -y"),
    list(y ~ ., "`\\.` is not understood: name the variables"),
    list(~., "`\\.` is not understood"),
    list(~1, "1 is not a variable"),
    list(y ~ 0, "0 is not a variable"),
    list(y ~ g + 1, "1 is not a variable"),
    list(~"y", "is not a variable"),
    list(~ y + y, "y occurs twice"),
    list(y ~ g + g, "g occurs twice"),
    list(y ~ y, "y is outcome and group at once"),
    list("y ~ g", "must look like outcome ~ group"),
    list(NULL, "must look like outcome ~ group"),
    list(d, "must look like outcome ~ group"),
    list(quote(y), "must look like outcome ~ group")
  )
  for (case in cases) {
    expect_error(weeg_proportion(design, case[[1L]]), case[[2L]], class = "weeg_error_formula")
  }
  for (verb in list(weeg_proportion, weeg_compare)) {
    expect_error(verb(design, y + g ~ g, adjust_for = ~z), "g is outcome and group at once", class = "weeg_error_formula")
  }
  expect_error(weeg_proportion(design, y ~ g * h), "Join variables with \\+")
})

test_that("variables that are not there are named, with a guess", {
  expect_error(weeg_proportion(design, y ~ nothing), "there is no variable `nothing`", class = "weeg_error_variable")
  expect_error(weeg_proportion(design, ~aeg), "Did you mean age\\?", class = "weeg_error_variable")
  elsewhere <- d$g
  expect_error(weeg_proportion(design, y ~ elsewhere), "there is no variable `elsewhere`", class = "weeg_error_variable")
  expect_error(weeg_proportion(design, y ~ nothing > 3), "there is no variable `nothing`", class = "weeg_error_variable")
  expect_error(weeg_proportion(design, ~ stop("boo")), "cannot evaluate stop\\(\"boo\"\\).*boo", class = "weeg_error_variable")
  expect_error(weeg_proportion(design, ~ age[1:3]), "has 3 values, but the data have 8 rows", class = "weeg_error_variable")
})

test_that("names after $ and @ and of arguments of functions are no variables, also in conditions and of files", {
  path <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(d, path, row.names = FALSE, na = "")
  other <- list(half = rep(c("one", "two"), 4L), list = list(weight = seq_len(8L)), place = matrix(1:16, 8L))
  methods::setClass("weeg_test_of_slots", representation(half = "character"), where = environment())
  slots <- methods::new("weeg_test_of_slots", half = other$half)
  for (x in list(d, path)) {
    x <- weeg_design(x, weights = ~ other$list$weight)
    expect_equal(weeg_proportion(x, ~ other$half)$estimate, c(1 + 3 + 5 + 7, 2 + 4 + 6 + 8) / 36, tolerance = 1e-14)
    expect_equal(weeg_proportion(x, ~ slots@half)$estimate, c(16, 20) / 36, tolerance = 1e-14)
    expect_equal(weeg_proportion(x, ~ vapply(age, function(v) v * 0 + 1, 0))$estimate, 1)
    expect_equal(weeg_proportion(subset(x, other$place[, 1] > 4), ~ other$half)$estimate, c(12, 14) / 26, tolerance = 1e-14)
    expect_error(weeg_proportion(x, ~ nothing$half), "there is no variable `nothing`", class = "weeg_error_variable")
    expect_error(weeg_proportion(x, ~ vapply(age, function(v) v + nothing, 0)), "there is no variable `nothing`",
                 class = "weeg_error_variable")
    expect_error(subset(x, other$half == nothing), "there is no variable `nothing`", class = "weeg_error_variable")
  }
})

test_that("functions with other needs say so", {
  expect_error(weeg_test(design, ~y, method = "wilcoxon"), "needs a group", class = "weeg_error_formula")
  expect_error(weeg_compare(design, ~y), "needs a group", class = "weeg_error_formula")
  expect_error(weeg_crosstab(design, ~y), "needs a group", class = "weeg_error_formula")
  expect_error(weeg_crosstab(design, y + z ~ g), "one outcome", class = "weeg_error_formula")
  expect_error(weeg_tally(design, y ~ g), "sums and means are of numbers(.|\n)*of a tally: ~ y", class = "weeg_error_variable")
  expect_error(weeg_tally(design, "y"), "~ a \\+ b", class = "weeg_error_formula")
  expect_error(weeg_total(design, y ~ y), "y occurs twice", class = "weeg_error_formula")
  expect_error(weeg_proportion(weeg_tally(design, ~ y + g), ~ y == "yes"), "variables, not expressions",
               class = "weeg_error_formula")
})

test_that("terms may be expressions, with values of the workspace in them", {
  limit <- 35
  by_expression <- weeg_proportion(design, y ~ age < limit)
  d$young <- d$age < limit
  by_column <- weeg_proportion(weeg_design(d), y ~ young)
  expect_identical(by_expression$estimate, by_column$estimate)
  expect_identical(names(by_expression)[1L], "age < limit")
  expect_identical(levels(by_expression[[1L]]), c("FALSE", "TRUE"))
  expect_identical(weeg_proportion(design, ~ (age < 30 | age > 40))$n, c(4, 4))
  expect_identical(as.character(weeg_proportion(design, ~ I(age / 10))$level), c("2", "3", "4", "5"))
})

test_that("no group, several groups, several outcomes", {
  expect_identical(weeg_proportion(design, y ~ 1)$estimate, weeg_proportion(design, ~y)$estimate)
  two <- weeg_proportion(design, y ~ g + h)
  expect_identical(nrow(two), 8L)
  expect_identical(as.character(two$g), rep(c("a", "b"), each = 4))
  expect_identical(as.character(two$h), rep(rep(c("u", "v"), each = 2), 2))
  both <- weeg_proportion(design, y + z ~ g)
  expect_identical(both$outcome, rep(c("y", "z"), each = 4))
  expect_identical(both$estimate, c(weeg_proportion(design, y ~ g)$estimate, weeg_proportion(design, z ~ g)$estimate))
})

test_that("a formula may have thousands of terms", {
  names <- paste0("v", 1:5000)
  terms <- Reduce(function(sum, name) call("+", sum, as.name(name)), names[-1], as.name("v1"))
  expect_identical(plus_terms(terms), lapply(names, as.name))
  expect_identical(plus_terms(quote(a + (b + c) + -d)), list(quote(a), quote((b + c)), quote(-d)))
  expect_identical(plus_terms(call("+", quote(a), call("+", quote(b), quote(c)))), list(quote(a), quote(b), quote(c)))
  expect_identical(plus_terms(NULL), list(NULL))
  expect_length(expand_terms(terms), 5000L)
})
