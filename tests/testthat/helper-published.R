# Figures as others printed them, in tests/reference/published, and data of package survey.

published_file <- function(name) {
  folder <- test_path("..", "reference", "published")
  skip_if_not(dir.exists(folder), "tests/reference is not there: tests run outside the sources")
  utils::read.csv(file.path(folder, name), stringsAsFactors = FALSE)
}

# got: the figures by name, all that are in the file, so that none goes without a comparison. twice: the source rounds to one
# more digit first, as R's printCoefmat() does, which survey prints with: 23.92049 becomes 23.9205 and then 23.921.
expect_published <- function(example, got, twice = FALSE) {
  figures <- published_file(paste0(example, ".csv"))
  got <- unlist(got)
  expect_identical(sort(names(got)), sort(figures$quantity))
  value <- got[figures$quantity]
  units <- abs(value - figures$published) * 10^figures$digits
  # 1e-6 of a unit for decimal figures that have no double
  wrong <- is.na(units) | units > (if (twice) 0.55 else 0.5) + 1e-6
  expect_identical(sprintf("%s: %.12g, published %s", figures$quantity, value, figures$published)[wrong], character())
}

survey_data <- function(name, file = name) {
  skip_if_not_installed("survey")
  where <- new.env()
  utils::data(list = file, package = "survey", envir = where)
  where[[name]]
}

figure_columns <- c("estimate", "std.error", "conf.low", "conf.high")

# "name", "name SE" and, if asked for, limits, of one row of a result.
figures_of <- function(name, row, limits = FALSE, factor = 1) {
  stopifnot(nrow(row) == 1L)
  values <- c(row$estimate, row$std.error, if (limits) c(row$conf.low, row$conf.high))
  stats::setNames(factor * values, paste0(name, c("", " SE", if (limits) c(" low", " high"))))
}

# The same of each row; names: one a row.
figures_by <- function(names, x, limits = FALSE) {
  x <- as.data.frame(x)
  stopifnot(length(names) == nrow(x))
  unlist(lapply(seq_along(names), function(i) figures_of(names[i], x[i, ], limits)))
}
