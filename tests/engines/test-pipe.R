# What a database's own client writes goes to the program by a pipe, as the manual of the program says.

program <- file.path("..", "..", "build", "plain", "weeg")
columns <- c("id", "stratum", "psu", "weight", "score", "answer")

# A client's command that writes the rows as CSV, and what the program has to be told of it.
client <- function(rows) {
  if (engine == "sqlite") { # its connection is in memory, where no other program comes
    file <- tempfile(fileext = ".sqlite")
    other <- DBI::dbConnect(RSQLite::SQLite(), file)
    load_rows(other, "piped", rows)
    DBI::dbDisconnect(other)
    sql <- "select stratum, psu, printf('%!.17g', weight) as weight, score, answer from piped"
    return(list(command = paste("sqlite3 -csv -header", file, shQuote(sql))))
  }
  load_rows(con, "piped", rows)
  sql <- "select stratum, psu, weight, score, answer from piped"
  if (engine == "clickhouse") {
    command <- sprintf("clickhouse-client --config-file=%s --port %d --format CSVWithNames --query %s",
                       file.path(setting("ENGINES"), "clickhouse.xml"), ports("CLICKHOUSE")[1L], shQuote(sql))
    return(list(command = command, more = "--na '\\N'"))
  }
  list(command = sprintf("psql -X --csv -h 127.0.0.1 -p %d -U weeg postgres -c %s", ports("POSTGRESQL")[1L], shQuote(sql)))
}

test_that("a client's CSV, tallied from a pipe, has the bytes of the rows", {
  if (!engine %in% c("sqlite", "postgresql", "clickhouse") || !file.exists(program)) skip("no client, or no program")
  if (engine == "sqlite" && !nzchar(Sys.which("sqlite3"))) skip("sqlite3 is not there")
  rows <- sample_rows(2000)[columns]
  from <- client(rows)
  made <- tempfile(fileext = ".weeg")
  weeg <- paste(program, "tally - 'score + answer' -w weight -s stratum -c psu --output", made, from$more)
  script <- paste("set -o pipefail;", from$command, "|", weeg)
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
