# What every query of a tally rests on: parts of a weight by FLOOR, and groups of texts by their bytes.

test_that("FLOOR cuts a double where R does", {
  w <- c(0.1, 1 / 3, 1, 4097 / 4096, 999.9999999999999, 2^16 - 2^-37, 2^-60)
  load_rows(con, "cut", data.frame(id = seq_along(w), w = w))
  cut <- if (engine == "sqlite") "CAST(%s AS INTEGER)" else "FLOOR(%s)"
  found <- get_sql(con, sprintf("SELECT id, 1.0 * %s AS f FROM cut ORDER BY id", sprintf(cut, "w * 1048576 / 65536")))
  expect_identical(as.double(found$f), floor(w * 16))
})

test_that("texts are grouped by their bytes", {
  texts <- c("ja", "Ja", "ja ", "j\u00e1", "ja", NA, "", "Ja", NA)
  load_rows(con, "texts", data.frame(t = texts))
  found <- get_sql(con, sprintf("SELECT k, COUNT(*) AS n FROM (SELECT %s AS k FROM texts) q GROUP BY k", bytewise(engine, "t")))
  expected <- table(texts, useNA = "always")
  at <- match(enc2utf8(names(expected)), found$k)
  expect_identical(nrow(found), length(expected))
  expect_identical(as.integer(found$n[at]), as.vector(expected))
})
