# Tallies and designs of tables on each engine: the bytes that they have in memory, of the same rows.

# A survey of `n` interviews in a few PSUs, in two stages, with texts, keys and types that engines find hard.
survey_rows <- function(n, seed = 1L) {
  rows <- sample_rows(n, seed)
  rows$psu <- (rows$psu - 1L) %% 24L + 1L
  rows$stratum <- (rows$psu - 1L) %/% 6L + 1L
  rows$town <- hard_texts[(rows$psu - 1L) %% 6L + 1L] # starts again in each stratum
  rows$key <- bit64::as.integer64("9007199254740992") + rows$psu # above 2^53: doubles have only the even ones
  rows$house <- rows$psu * 100L + sample(4L, n, TRUE)
  rows$houses <- 8
  rows$order <- sample(c("new", "old", NA), n, TRUE) # a reserved word
  rows$`"a" b` <- sample(2L, n, TRUE)
  rows
}

# As the driver reads these columns
as_read <- function(rows) {
  days <- vapply(rows, inherits, NA, what = "Date")
  flags <- vapply(rows, is.logical, NA)
  if (engine %in% c("sqlite", "mariadb")) rows[days] <- lapply(rows[days], format)
  if (reads_doubles) rows$key <- as.character(rows$key)
  if (engine %in% c("sqlite", "mariadb", "clickhouse")) rows[flags] <- lapply(rows[flags], as.integer)
  rows
}

bytes <- function(tally) {
  tally$seal <- NULL
  tally$names["data"] <- list(NULL)
  tally
}

designs <- list(
  clusters = list(weights = ~weight, strata = ~stratum, cluster = ~psu),
  fpc = list(weights = ~weight, strata = ~stratum, cluster = ~psu, fpc = ~population),
  strata = list(weights = ~weight, strata = ~stratum),
  weights = list(weights = ~weight),
  none = list(),
  from_fpc = list(cluster = ~psu, fpc = ~population),
  stages = list(weights = ~weight, strata = ~stratum, cluster = ~ psu + house, fpc = ~ population + houses),
  last_stage = list(weights = ~weight, cluster = ~ psu + id, fpc = ~ population + population),
  nest = list(weights = ~weight, strata = ~stratum, cluster = ~town, nest = TRUE),
  texts = list(weights = ~weight, cluster = ~region),
  crossed = list(weights = ~weight, cluster = ~ interaction(stratum, town)),
  computed = list(weights = ~weight, cluster = ~ as.character(age > 40)),
  keys = list(weights = ~weight, strata = ~stratum, cluster = ~key)
)

terms <- list(
  ~answer, ~ answer + region, ~ member + day, ~ cut(age, c(0, 36, 65, Inf)) + score, ~ I(age > 30 & score < 3) + answer,
  ~ factor(answer, c("soms", "ja", "nee")), ~ key + answer, ~ order + `"a" b`
)

# RPostgreSQL and RMySQL read whole numbers of 64 bits as doubles, and so keys have to be texts
reads_doubles <- engine %in% c("postgresql", "mariadb")

survey_table <- function(rows) {
  load_rows(con, "survey", rows)
  if (!reads_doubles) return("survey")
  columns <- vapply(names(rows), function(v) quoted(con, v), "")
  text <- if (engine == "mariadb") "CHAR(20)" else "VARCHAR(20)"
  columns["key"] <- sprintf("CAST(%1$s AS %2$s) AS %1$s", columns[["key"]], text)
  DBI::SQL(paste("SELECT", paste(columns, collapse = ", "), "FROM survey"))
}

of_rows <- function(rows, design) do.call(weeg_design, c(list(rows), design))
of_table <- function(table, design, from = con) do.call(weeg_design, c(list(from, table = table), design))

test_that("keys that the driver does not keep apart are refused", {
  load_rows(con, "keys", survey_rows(50))
  if (!reads_doubles) return(expect_identical(of_table("keys", designs$keys)$frame, of_rows(survey_rows(50), designs$keys)$frame))
  expect_error(of_table("keys", designs$keys), "`key` as numbers of double precision", class = "weeg_error_unsupported")
  expect_error(weeg_tally(of_table("keys", designs$none), ~key), "`key` as numbers of double", class = "weeg_error_unsupported")
})

test_that("every design and every kind of term has its bytes", {
  rows <- survey_rows(500)
  table <- survey_table(rows)
  rows <- as_read(rows)
  for (name in names(designs)) {
    memory <- of_rows(rows, designs[[name]])
    database <- of_table(table, designs[[name]])
    expect_identical(database$frame, memory$frame, label = name)
    for (term in terms) {
      label <- paste(name, deparse1(term))
      expect_identical(bytes(weeg_tally(database, term)), bytes(weeg_tally(memory, term)), label = label)
    }
    inside <- function(d) weeg_tally(subset(subset(d, age > 25 & !(region %in% c("a", "\u00e4"))), score < 5), ~ answer + order)
    expect_identical(bytes(inside(database)), bytes(inside(memory)), label = name)
  }
})
