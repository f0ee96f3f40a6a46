# What a database's own client writes goes to the program by a pipe.

program <- file.path("..", "..", "build", "plain", "weeg")
if (engine == "postgresql" && file.exists(program)) test_that("psql's CSV, tallied from a pipe, has the bytes of the rows", {
  rows <- sample_rows(2000)[c("id", "stratum", "psu", "weight", "score", "answer")]
  load_rows(con, "piped", rows)
  sql <- "copy (select stratum, psu, weight, score, answer from piped) to stdout csv header"
  psql <- sprintf("psql -X -h 127.0.0.1 -p %d -U weeg postgres -c %s", ports("POSTGRESQL")[1L], shQuote(sql))
  made <- tempfile(fileext = ".weeg")
  weeg <- paste(program, "tally - 'score + answer' -w weight -s stratum -c psu --output", made)
  script <- paste("set -o pipefail;", psql, "|", weeg)
  status <- system2("bash", c("-c", shQuote(script)), stdout = FALSE, env = paste0("PGPASSWORD=", setting("ENGINES_PASSWORD")))
  expect_identical(status, 0L)
  piped <- weeg::weeg_read_tally(made)
  d <- weeg::weeg_design(rows, weights = ~weight, strata = ~stratum, cluster = ~psu)
  tally <- weeg::weeg_tally(d, ~ score + answer)
  expect_identical(piped$entries, tally$entries)
  expect_identical(lapply(piped$variables, `[[`, "levels"), lapply(tally$variables, `[[`, "levels"))
  again <- weeg::weeg_proportion(piped, answer ~ score)
  expect_identical(again$std.error, weeg::weeg_proportion(d, answer ~ score)$std.error)
})
