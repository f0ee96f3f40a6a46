# Engines that do not tell texts apart.

if (engine %in% c("derby", "hsqldb")) test_that("an engine that takes `ja ` for `ja` is refused, with what to do", {
  padded <- connect(engine, padded = TRUE)
  on.exit(disconnect(padded))
  load_rows(padded, "padded", data.frame(id = 1:3, t = c("ja", "ja ", "nee"), w = c(1, 2, 3)))
  expect_identical(weeg:::sql_wrong_sums(weeg:::sql_behind(padded), c(16, 480, -48)), NULL)
  advice <- if (engine == "hsqldb") "SET DATABASE COLLATION SQL_TEXT NO PAD" else "Fetch the columns"
  expect_error(weeg_design(padded, table = "padded", weights = ~w), paste0("blanks at their ends.*", advice),
               class = "weeg_error_database")
})
