# Designs of tables in SQLite: everything as of a data frame with the same rows. Other engines are in tests/engines.

skip_if_not_installed("RSQLite")

test_that("tallies have the bytes that they have in memory, of every kind of design and term", {
  rows <- interviews()
  con <- local_table(rows)
  terms <- list(~help, ~ sex + help, ~ cut(age, c(0, 30, 45, 99)) + score, ~ I(age > 30) + sex, ~ factor(sex, c("m", "f", "x")))
  for (design in designs) {
    memory <- do.call(weeg_design, c(list(rows), design))
    database <- do.call(weeg_design, c(list(con, "interviews"), design))
    expect_identical(database$frame, memory$frame)
    for (term in terms) {
      expect_identical(bytes(weeg_tally(database, term)), bytes(weeg_tally(memory, term)))
      expect_identical(bytes(weeg_tally(subset(database, age > 25 & sex == "f" & help %in% c("ja", "nee")), term)),
                       bytes(weeg_tally(subset(memory, age > 25 & sex == "f" & help %in% c("ja", "nee")), term)))
    }
  }
})

test_that("every verb of a tally gives what it gives in memory", {
  rows <- interviews()
  con <- local_table(rows)
  of <- function(data, ...) weeg_design(data, ..., weights = ~w, strata = ~stratum, cluster = ~psu)
  memory <- subset(of(rows), age > 20)
  database <- subset(of(con, table = "interviews"), age > 20)
  verbs <- list(
    function(d) weeg_proportion(d, help ~ sex), function(d) weeg_total(d, ~help), function(d) weeg_crosstab(d, help ~ sex)$cells,
    function(d) weeg_test(d, help ~ sex), function(d) weeg_compare(d, help ~ sex), function(d) weeg_association(d, help ~ sex),
    function(d) weeg_proportion(d, help ~ sex, missing = "level"), function(d) weeg_proportion(d, help ~ sex, missing = "omit"),
    function(d) weeg_logistic(d, I(help == "ja") ~ sex + cut(age, c(0, 30, 99))), function(d) weeg_loglinear(d, ~ help * sex),
    function(d) weeg_test(weeg_design(d, conventions = "sas"), help ~ sex)
  )
  for (verb in verbs) expect_equal(as.data.frame(verb(database)), as.data.frame(verb(memory)), tolerance = 0)
})

test_that("tables of dplyr, queries, schemas and several connections are tables", {
  skip_if_not_installed("dbplyr")
  rows <- interviews()
  con <- local_table(rows)
  arguments <- list(weights = ~w, strata = ~stratum, cluster = ~psu)
  memory <- function(data) bytes(weeg_tally(do.call(weeg_design, c(list(data), arguments)), ~ help + sex))
  database <- function(...) bytes(weeg_tally(do.call(weeg_design, c(list(...), arguments)), ~ help + sex))
  some <- rows[rows$id > 50, ]
  expect_identical(database(dplyr::filter(dplyr::tbl(con, "interviews"), id > 50)), memory(some))
  expect_identical(database(con, DBI::SQL("select * from interviews where id > 50;")), memory(some))
  expect_identical(database(con, DBI::Id(schema = "main", table = "interviews")), memory(rows))
  parts <- lapply(0:2, function(k) local_table(rows[rows$id %% 3 == k, ], envir = parent.frame(2L)))
  expect_identical(database(parts, "interviews"), memory(rows))
  expect_identical(database(lapply(parts, dplyr::tbl, "interviews")), memory(rows))
  expect_identical(bytes(do.call(weeg_tally, c(list(parts, ~ help + sex, table = "interviews"), arguments))), memory(rows))
  expect_identical(bytes(weeg_tally(con, ~ help + sex, table = "interviews", weights = ~w, strata = ~stratum, cluster = ~psu)),
                   memory(rows))
})

test_that("tallies of each server alone add up to the figures of a list of them", {
  rows <- interviews() # PSUs have rows on all three
  parts <- lapply(0:2, function(k) local_table(rows[rows$id %% 3 == k, ], envir = parent.frame(2L)))
  for (design in designs[c("clusters", "strata", "weights")]) {
    of <- function(data) do.call(weeg_tally, c(list(data, ~ help + sex, table = "interviews"), design))
    together <- of(parts)
    added <- Reduce(`+`, lapply(parts, of))
    for (verb in list(weeg_proportion, weeg_test, weeg_total)) {
      formula <- if (identical(verb, weeg_total)) ~help else help ~ sex
      expect_identical(as.data.frame(verb(added, formula)), as.data.frame(verb(together, formula)))
    }
  }
})

# The queries of `code` that have to do with the table.
asked_in <- function(code) {
  asked <- character()
  answer <- weeg:::sql_answer
  with_inside(list(sql_answer = function(con, sql) {
    if (grepl("interviews", sql) && !grepl("LIMIT 1000$", sql)) asked <<- c(asked, sql)
    answer(con, sql)
  }), code)
  asked
}

test_that("a tally without a design of its own is one query after the look at the weights, with the same bytes", {
  rows <- interviews()
  rows$w <- rows$w + 0.01
  rows$cell <- rows$id %% 4L
  con <- local_table(rows)
  several <- lapply(0:2, function(k) local_table(rows[rows$id %% 3 == k, ], envir = parent.frame(2L)))
  whole <- rows
  whole$w <- 1.5 # so that parts of weights are whole
  wide <- rows # of which a group of all rows takes more parts than one of an eighth
  wide$w <- 60000 * exp(-(wide$id %% 40))
  wide$cell <- ifelse(wide$id == 1L, 1L, 2L)
  wide$help <- "ja"
  parts <- function(rows) weeg:::cut_weights(60000, min(wide$w), rows, TRUE)$parts
  expect_gt(parts(400), parts(50))
  designs$one <- list(weights = ~w, strata = ~ as.integer(cell == 1L))
  for (data in list(rows, whole, wide)) for (name in names(designs)) {
    memory <- bytes(weeg_tally(do.call(weeg_design, c(list(data), designs[[name]])), ~ help + cell))
    same <- function(from, label) {
      arguments <- c(list(from, ~ help + cell, table = "interviews"), designs[[name]])
      expect_identical(bytes(do.call(weeg_tally, arguments)), memory, label = label)
    }
    same(local_table(data), name)
    if (identical(data, rows)) same(several, paste("several parts,", name))
  }
  direct <- function(...) weeg_tally(con, ~ help + cell, table = "interviews", weights = ~w, ...)
  expect_length(grep(" GROUP BY ", asked_in(direct(strata = ~stratum, cluster = ~psu))), 1L)
  expect_length(grep(" GROUP BY ", asked_in(weeg_tally(weeg_design(con, "interviews", weights = ~w, cluster = ~psu), ~help))), 2L)
  # a row of weight 0, a cluster that is missing, one in two strata
  wrong <- function(column, value, ...) {
    data <- rows
    data[[column]][7L] <- value
    arguments <- list(weights = ~w, strata = ~stratum, cluster = ~psu)
    memory <- tryCatch(bytes(weeg_tally(do.call(weeg_design, c(list(data), arguments)), ~help)), weeg_error = class)
    found <- tryCatch(bytes(do.call(weeg_tally, c(list(local_table(data), ~help, table = "interviews"), arguments))),
                      weeg_error = class)
    expect_identical(found, memory)
  }
  wrong("w", 0)
  wrong("w", NA)
  wrong("psu", NA)
  wrong("psu", if (rows$psu[7L] > 10L) 1L else 30L)
  expect_error(direct(cluster = ~nobody), "no variable `nobody`", class = "weeg_error_variable")
  expect_error(weeg_tally(con, ~nothing, table = "interviews", cluster = ~psu), "no variable `nothing`",
               class = "weeg_error_variable")
})

# What is known of values ahead, by the first 1000 rows or by the sample, may be wrong; the answer is not.
test_that("rows that are grouped by one number have the groups of their keys", {
  rows <- interviews(3000L)
  rows$psu <- rows$psu * 1000000L - 15000000L # so that numbers of groups are above 2^31
  rows$number <- as.double(rows$psu)
  rows$part <- rows$psu / 7
  rows$half <- ifelse(rows$number == 0, 0.5, rows$number)
  rows$answer <- rows$id %% 12L
  rows$small <- c("a", "B", "it's", NA)[rows$id %% 4L + 1L]
  rows$many <- paste("m", rows$id %% 13L)
  late <- function(column, value) { # behind the first 1000
    rows[[column]][2500:2501] <- value
    rows
  }
  one <- function(data, formula, psu = ~psu, packed = TRUE, condition = NULL) {
    con <- local_table(data, envir = parent.frame())
    arguments <- list(weights = ~w, strata = ~stratum, cluster = psu)
    made <- list(do.call(weeg_design, c(list(data), arguments)), do.call(weeg_design, c(list(con, "interviews"), arguments)))
    if (!is.null(condition)) made <- lapply(made, function(d) eval(bquote(subset(d, .(condition)))))
    asked <- asked_in(for (again in 1:2) {
      expect_identical(bytes(weeg_tally(made[[2L]], formula)), bytes(weeg_tally(made[[1L]], formula)), label = deparse1(formula))
    })
    by_one <- sub(".* GROUP BY ", "", grep(" GROUP BY ", asked, value = TRUE)) == "w_k1"
    expect_identical(by_one, packed, label = deparse1(formula))
  }
  both <- c(TRUE, TRUE)
  one(rows, ~ help + answer, packed = both)
  one(rows, ~ sex + small, packed = both)
  one(rows, ~ sex + small, packed = both, condition = quote(age > 30 & sex == "f"))
  one(rows, ~ sex + small, packed = both, condition = quote(age > 1000)) # nobody
  one(rows, ~ help + score, packed = !both) # 2.5 is not whole
  one(rows, ~many, packed = !both)
  one(rows, ~help, psu = ~number, packed = both)
  one(rows, ~help, psu = ~part, packed = !both)
  one(rows, ~help, psu = ~half, packed = !both)
  direct <- weeg_tally(local_table(rows), ~help, table = "interviews", strata = ~stratum, cluster = ~half)
  expect_identical(bytes(direct), bytes(weeg_tally(weeg_design(rows, strata = ~stratum, cluster = ~half), ~help)))
  one(late("help", "since then"), ~help, packed = c(TRUE, FALSE, TRUE)) # known by then
  one(late("answer", 99L), ~answer, packed = c(TRUE, FALSE, FALSE)) # thirteen
  one(late("small", ""), ~ small + help, packed = c(TRUE, FALSE, TRUE), condition = quote(age > 30))
  # a unit that comes later, in the ends and outside
  con <- local_table(rows)
  d <- weeg_design(con, "interviews", weights = ~w, cluster = ~psu)
  weeg_tally(d, ~help)
  for (psu in list(-7000001L, 10^9, 2.5, "x", NA)) {
    DBI::dbExecute(con, "update interviews set psu = ? where id = 17", list(psu))
    expect_error(weeg_tally(d, ~help), class = "weeg_error_database")
  }
  DBI::dbExecute(con, "update interviews set psu = ? where id = 17", list(rows$psu[17L]))
  expect_identical(weeg_tally(d, ~help)$entries, weeg_tally(weeg_design(rows, weights = ~w, cluster = ~psu), ~help)$entries)
})

test_that("weights that are wrong are counted, or left out as asked", {
  rows <- interviews()
  design <- function(w, ...) {
    rows$w <- w
    weeg_design(local_table(rows, envir = parent.frame()), "interviews", weights = ~w, cluster = ~psu, ...)
  }
  refused <- function(w, message) expect_error(design(w), message, class = "weeg_error_weight")
  refused(replace(rows$w, 3:5, NA), "the weight w is missing in 3 rows")
  refused(replace(rows$w, 7, -1), "the weight w is negative in 1 row")
  refused(replace(rows$w, 7, Inf), "the weight w is infinite in 1 row")
  refused(replace(rows$w, 7, 1e200), "above 2\\^480 in 1 row")
  refused(rep(NA_real_, nrow(rows)), "missing in 400 rows")
  memory <- rows
  memory$w[memory$psu == 3L] <- NA
  memory$help[which(memory$psu == 3L)[1:2]] <- "of nobody with a weight"
  omitted <- weeg_design(local_table(memory), "interviews", weights = ~w, cluster = ~psu, na_weights = "omit")
  expect_identical(bytes(weeg_tally(omitted, ~help)),
                   bytes(weeg_tally(weeg_design(memory, weights = ~w, cluster = ~psu, na_weights = "omit"), ~help)))
})

test_that("what is wrong with the sample is said without rows, which have no numbers", {
  rows <- interviews()
  wrong <- function(change, message, class, ...) {
    data <- change(rows)
    expect_error(weeg_design(local_table(data, envir = parent.frame()), "interviews", weights = ~w, ...), message, class = class)
  }
  wrong(function(x) replace(x, "stratum", list(replace(x$stratum, which(x$psu == 4L)[1L], "s 2"))),
        "cluster 4 occurs in stratum s . and in stratum s .[.]", "weeg_error_nesting", strata = ~stratum, cluster = ~psu)
  wrong(function(x) replace(x, "psu", list(replace(x$psu, 5L, NA))), "psu \\(in `cluster`\\) is missing in 1 row",
        "weeg_error_missing", cluster = ~psu)
  wrong(identity, "no variable `strtum`.*Did you mean stratum", "weeg_error_variable", strata = ~strtum)
  con <- local_table(rows)
  expect_error(weeg_design(con, "interview"), "there is no table `interview`.*Did you mean interviews",
               class = "weeg_error_database")
  expect_error(weeg_design(con), "`table` is missing", class = "weeg_error_argument")
  expect_error(weeg_design(con, "interviews", weights = ~ I(w * 2)), "must be a column", class = "weeg_error_unsupported")
  expect_error(weeg_design(con, "interviews", weights = ~help), "weights must be numbers", class = "weeg_error_weight")
  expect_error(weeg_design(con, DBI::SQL("select * from interviews where id < 0")), "has no rows", class = "weeg_error_argument")
  expect_error(weeg_design(list(1, 2)), "not a list", class = "weeg_error_argument")
})

test_that("a table that changed, and a server that is gone, give errors and no figures", {
  rows <- interviews()
  con <- local_table(rows)
  d <- weeg_design(con, "interviews", weights = ~w, strata = ~stratum, cluster = ~psu)
  before <- weeg_proportion(d, ~help)
  DBI::dbExecute(con, "delete from interviews where id = 17")
  expect_error(weeg_proportion(d, ~sex), "has other rows than when the design was made", class = "weeg_error_database")
  expect_error(weeg_proportion(subset(d, age > 30), ~sex), "has other rows", class = "weeg_error_database")
  DBI::dbWriteTable(con, "interviews", rows[17L, ], append = TRUE)
  expect_identical(weeg_proportion(d, ~help), before)
  DBI::dbExecute(con, "update interviews set help = 'since then' where id = 17")
  expect_error(weeg_proportion(d, ~help), "a value of `help` now (since then) that it did not have", fixed = TRUE,
               class = "weeg_error_database")
  DBI::dbExecute(con, "update interviews set stratum = 's 1', psu = 11 where psu = 1")
  expect_error(weeg_proportion(d, ~sex), "as many, but of other strata and clusters", class = "weeg_error_database")
  parts <- lapply(0:1, function(k) local_table(rows[rows$id %% 2 == k, ], envir = parent.frame(2L)))
  both <- weeg_design(parts, "interviews", weights = ~w, strata = ~stratum, cluster = ~psu)
  DBI::dbExecute(parts[[2L]], "delete from interviews where id = 17")
  counted <- sum(rows$id %% 2 == 1 & rows$w > 0)
  expect_error(weeg_proportion(both, ~help), class = "weeg_error_database",
               paste0("part 2 of 2, .*has other rows .*\\(", counted, " with a weight then, ", counted - 1, " now\\)"))
  DBI::dbExecute(parts[[2L]], "drop table interviews")
  expect_error(weeg_proportion(both, ~help), "part 2 of 2, without which there is no result", class = "weeg_error_database")
  DBI::dbExecute(parts[[1L]], "alter table interviews rename column help to hulp")
  expect_error(weeg_design(list(con, parts[[1L]]), "interviews"), "column `help` is character in part 1, and not there in part 2",
               class = "weeg_error_variable")
})

# The answer of an expression for a value that comes later is known of none: R is asked about distinct values once.
test_that("values that come into a column later are noticed wherever R was asked about its values", {
  rows <- interviews(300L)
  rows$age[is.na(rows$age)] <- 30
  con <- local_table(rows)
  make <- function() weeg_design(con, "interviews", weights = ~w, strata = ~stratum, cluster = ~psu)
  d <- make()
  at <- rows$id[rows$w > 0][1L]
  set <- function(column, value) {
    DBI::dbExecute(con, sprintf("update interviews set %s = ? where id = %d", column, at), list(value))
  }
  raked <- weeg_poststratify(d, ~ cut(age, c(0, 36, 65)), c("(0,36]" = 10, "(36,65]" = 10))
  cases <- list(
    list("age", 38.5, "38.5", function() weeg_tally(d, ~ I(age %% 2 == 0))),
    list("age", 99L, "99", function() weeg_tally(d, ~ cut(age, c(0, 36, 65)))),
    list("age", NA, "NULL", function() weeg_tally(d, ~ factor(age > 36))),
    list("score", 3, "3", function() weeg_tally(d, ~ I(sqrt(score) > 1.8))),
    list("score", Inf, "Inf", function() weeg_tally(d, ~ sqrt(score))),
    list("help", "JA", "JA", function() weeg_tally(d, ~ toupper(help) + sex)),
    list("help", "misschien", "misschien", function() weeg_tally(few, ~sex)),
    list("help", "misschien", "misschien", function() weeg_proportion(subset(few, age > 20), ~sex)),
    list("age", 30.5, "30.5", function() weeg_tally(raked, ~sex)),
    list("sex", "x", "x", function() weeg_multiple(d, I(sex == "m") + I(sex == "f") ~ 1))
  )
  few <- subset(d, nchar(help) > 3)
  for (case in cases) {
    expected <- case[[4L]]()
    old <- rows[[case[[1L]]]][rows$id == at]
    set(case[[1L]], case[[2L]])
    expect_error(case[[4L]](), paste0("a value of `", case[[1L]], "` now (", case[[3L]], ") that it did not have"), fixed = TRUE,
                 class = "weeg_error_database", label = deparse1(body(case[[4L]])))
    set(case[[1L]], old)
    expect_identical(case[[4L]](), expected)
  }
  # what the database compares by itself holds for any value
  others <- subset(make(), help != "ja" & !(help %in% c("nee", NA)))
  set("help", "JA")
  rows$help[rows$id == at] <- "JA"
  memory <- subset(weeg_design(rows, weights = ~w, strata = ~stratum, cluster = ~psu), help != "ja" & !(help %in% c("nee", NA)))
  expect_identical(weeg_tally(others, ~sex)$entries, weeg_tally(memory, ~sex)$entries)
})

test_that("rows of an answer that got lost are missed by the count of all rows", {
  rows <- interviews()
  parts <- lapply(0:1, function(k) local_table(rows[rows$id %% 2 == k, ], envir = parent.frame(2L)))
  answer <- weeg:::sql_answer
  # as a session does that gives a few rows and no more
  limited <- function(con, sql) {
    found <- answer(con, sql)
    if (identical(con, parts[[2L]]) && grepl("interviews", sql)) found$found <- utils::head(found$found, 20L)
    found
  }
  given <- list(parts, "interviews", weights = ~w, strata = ~stratum, cluster = ~psu)
  d <- do.call(weeg_design, given)
  with_inside(list(sql_answer = limited), {
    expect_error(do.call(weeg_design, given), "part 2 of 2, .*has 200 rows, but its strata and clusters have [0-9]+:",
                 class = "weeg_error_database")
    expect_error(weeg_tally(d, ~help), "part 2 of 2, .*has other rows", class = "weeg_error_database")
    expect_error(weeg_tally(parts, ~help, table = "interviews", cluster = ~psu), class = "weeg_error_database",
                 "part 2 of 2, .*has 200 rows, but its strata and clusters have [0-9]+:")
  })
  lost <- function(con, sql) {
    found <- answer(con, sql)
    if (grepl("interviews.* GROUP BY", sql)) found$found <- found$found[0L, , drop = FALSE]
    found
  }
  with_inside(list(sql_answer = lost), {
    expect_error(weeg_design(parts[[1L]], "interviews", cluster = ~psu), "has 200 rows, but its strata and clusters have 0",
                 class = "weeg_error_database")
  })
})

test_that("a table that is given twice, by whichever connections, is refused", {
  rows <- interviews(60L)
  con <- local_table(rows)
  twice <- function(parts, ...) {
    expect_error(weeg_design(parts, "interviews"), ..., class = "weeg_error_argument")
  }
  twice(list(con, con), "parts 1 and 2 are the same table, whose rows would count twice", fixed = TRUE)
  twice(list(local_table(rows), con, local_table(rows), con), "parts 2 and 4 are the same table", fixed = TRUE)
  path <- withr::local_tempfile()
  both <- lapply(1:2, function(k) DBI::dbConnect(RSQLite::SQLite(), path))
  withr::defer(lapply(both, DBI::dbDisconnect))
  DBI::dbWriteTable(both[[1L]], "interviews", rows)
  DBI::dbWriteTable(both[[1L]], "others", rows)
  twice(both, "parts 1 and 2 are the same table", fixed = TRUE)
  # two tables of one database, and two databases that know nothing of each other
  skip_if_not_installed("dbplyr")
  of <- function(con, name) dplyr::tbl(con, name)
  expect_identical(weeg_design(list(of(both[[1L]], "interviews"), of(both[[2L]], "others")))$rows, 120)
  expect_identical(weeg_design(list(con, local_table(rows)), "interviews")$rows, 120)
})

test_that("what needs rows says so, and conditions that have no SQL say why", {
  con <- local_table(interviews())
  d <- weeg_design(con, "interviews", weights = ~w, strata = ~stratum, cluster = ~psu)
  for (verb in list(weeg_weights, function(d) weeg_trim(d, upper = 3), as_svydesign)) {
    expect_error(verb(d), "row by row|not in memory", class = "weeg_error_unsupported")
  }
  expect_error(subset(d, age > mean(age)), "is not evaluated in a database", class = "weeg_error_unsupported")
  expect_error(subset(d, paste(sex, help) == "m ja"), "is of 2 variables", class = "weeg_error_unsupported")
})

test_that("a design of a table prints what it is", {
  d <- weeg_design(local_table(interviews()), "interviews", weights = ~w, strata = ~stratum, cluster = ~psu)
  shown <- format(subset(d, age > 30))
  expect_match(shown, "Data +interviews", all = FALSE)
  expect_match(shown, "Rows +400", all = FALSE)
  expect_match(shown, "Weights +w", all = FALSE)
  expect_match(shown, "Domain +age > 30$", all = FALSE)
})

test_that("a design whose connection is closed, or that was saved, says so", {
  con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  DBI::dbWriteTable(con, "interviews", interviews())
  d <- weeg_design(con, "interviews", weights = ~w, cluster = ~psu)
  saved <- unserialize(serialize(d, NULL))
  expect_error(weeg_proportion(saved, ~help), "connect, and make the design again", class = "weeg_error_database")
  DBI::dbDisconnect(con)
  expect_error(weeg_proportion(d, ~sex), "connect, and make the design again", class = "weeg_error_database")
})

test_that("a function that connects is called again where the connection was lost, and only there", {
  rows <- interviews()
  path <- withr::local_tempfile()
  called <- 0
  connect <- function() {
    called <<- called + 1
    if (!file.exists(path)) stop("nobody listens")
    DBI::dbConnect(RSQLite::SQLite(), path)
  }
  expect_error(weeg_design(connect, "interviews"), "the function that connects gives an error: nobody listens",
               class = "weeg_error_database")
  writer <- DBI::dbConnect(RSQLite::SQLite(), path)
  withr::defer(DBI::dbDisconnect(writer))
  DBI::dbWriteTable(writer, "interviews", rows)
  expected <- bytes(weeg_tally(weeg_design(rows, weights = ~w, strata = ~stratum, cluster = ~psu), ~help))
  called <- 0
  d <- weeg_design(connect, "interviews", weights = ~w, strata = ~stratum, cluster = ~psu)
  behind <- function() d$data$link$opened$con
  lose <- function() DBI::dbDisconnect(behind())
  expect_identical(bytes(weeg_tally(d, ~help)), expected)
  expect_identical(called, 1)
  lose()
  expect_identical(bytes(weeg_tally(d, ~help)), expected)
  expect_identical(called, 2)
  expect_identical(bytes(weeg_tally(unserialize(serialize(d, NULL)), ~help)), expected)
  lose()
  expect_identical(weeg:::sql_query(d$data, "SELECT COUNT(*) AS n FROM interviews")$n, 400L)
  lose()
  n <- 0
  weeg:::sql_stream(d$data, "SELECT id FROM interviews", "read", function(piece) n <<- n + length(piece$id))
  expect_identical(n, 400)

  # the query is wrong, the connection is not
  called <- 0
  expect_error(weeg:::sql_query(d$data, "SELECT x FROM interviews"), "could not answer a query: no such column",
               class = "weeg_error_database")
  expect_identical(called, 0)

  # nobody comes back
  lose()
  unlink(path)
  for (times in 0:2) withr::with_options(list(weeg.retry = times), {
    called <- 0
    words <- c("could not count .* of a tally: ", "with again once: nobody listens", "with again 2 times: nobody listens")
    expect_error(weeg_tally(d, ~sex), words[times + 1L], class = "weeg_error_database")
    expect_identical(called, times + 0)
  })
  withr::with_options(list(weeg.retry = -1), expect_error(weeg_tally(d, ~sex), "weeg.retry", class = "weeg_error_argument"))
})

test_that("the connection that a function made is closed with its last design", {
  path <- withr::local_tempfile()
  made <- NULL
  connect <- function() made <<- DBI::dbConnect(RSQLite::SQLite(), path)
  connect()
  DBI::dbWriteTable(made, "interviews", interviews(50L))
  DBI::dbDisconnect(made)
  d <- weeg_design(connect, "interviews", weights = ~w)
  other <- subset(d, age > 20)
  rm(d)
  gc()
  expect_true(DBI::dbIsValid(made))
  rm(other)
  gc()
  expect_false(DBI::dbIsValid(made))
})

test_that("what connects must be one function, and give a connection", {
  con <- local_table(interviews(50L))
  expect_error(weeg_design(function() con), "`table` is missing", class = "weeg_error_argument")
  expect_error(weeg_design(function() 1, "interviews"), "need a connection of package DBI, not a numeric",
               class = "weeg_error_argument")
  expect_error(weeg_design(stats::df, weights = ~w), "must be a data frame, .* not a function", class = "weeg_error_argument")
  expect_error(weeg_design(sum, "interviews"), "not a function", class = "weeg_error_argument")
  expect_error(weeg_replicate_design(function() con, ~w, "^rw", "jk1"), "`table` is missing", class = "weeg_error_argument")
})
