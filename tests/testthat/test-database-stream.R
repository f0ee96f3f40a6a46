# Rows that are read in pieces: replicate weights, and engines that do not compute exactly.

skip_if_not_installed("RSQLite")

# Replicate weights (rw1, ...) and multipliers (f1, ...) of a jackknife of 30 PSUs.
with_replicates <- function(rows) {
  multipliers <- matrix(30 / 29, 30L, 30L)
  diag(multipliers) <- 0
  f <- as.data.frame(multipliers[rows$psu, ])
  rw <- rows$w * f
  cbind(rows, stats::setNames(rw, paste0("rw", 1:30)), stats::setNames(f, paste0("f", 1:30)))
}

verbs_of_replicates <- list(
  function(d) weeg_proportion(d, help ~ sex), function(d) weeg_total(subset(d, age > 30), ~help),
  function(d) weeg_proportion(subset(d, psu < 4 & age > 40), help ~ sex), function(d) weeg_test(d, help ~ sex),
  function(d) weeg_multiple(d, I(score == 1) + I(age > 30) ~ sex), function(d) weeg_proportion(d, help ~ sex, missing = "omit")
)

test_that("replicate weights in a database give what they give in memory", {
  rows <- with_replicates(interviews())
  whole <- local_table(rows)
  parts <- lapply(0:1, function(k) local_table(rows[rows$id %% 2 == k, ], envir = parent.frame(2L)))
  asked <- list(
    list(repweights = "^rw[0-9]+$", type = "jk1"), list(repweights = "^f[0-9]+$", type = "jkn", combined = FALSE),
    list(repweights = ~ rw1 + rw2 + rw3, type = "other", scale = 0.1, df = 7)
  )
  of <- function(data, arguments, ...) do.call(weeg_replicate_design, c(list(data, weights = ~w), arguments, list(...)))
  for (arguments in asked) {
    memory <- of(rows, arguments)
    database <- of(whole, arguments, table = "interviews")
    expect_identical(database$frame, memory$frame)
    settings <- c("combined", "type", "scale", "rscales", "mse", "df")
    expect_identical(database$replicates[settings], memory$replicates[settings])
    pieces <- of(parts, arguments, table = "interviews")
    for (verb in verbs_of_replicates[if (identical(arguments$type, "jk1")) TRUE else 1:2]) {
      expected <- as.data.frame(verb(memory))
      # sums of doubles in another order: 1e-12
      expect_equal(as.data.frame(verb(database)), expected, tolerance = 1e-12)
      expect_equal(with_inside(list(stream_rows = 70L), as.data.frame(verb(pieces))), expected, tolerance = 1e-12)
    }
  }
})

test_that("standard errors and degrees of freedom are those of package survey", {
  skip_if_not_installed("survey")
  rows <- with_replicates(interviews())
  d <- weeg_replicate_design(local_table(rows), table = "interviews", weights = ~w, repweights = "^rw[0-9]+$", type = "jk1")
  s <- survey::svrepdesign(data = rows, weights = ~w, repweights = "^rw[0-9]+$", type = "JK1", scale = 29 / 30)
  found <- weeg_proportion(subset(d, psu < 8), ~help)
  expected <- survey::svymean(~help, subset(s, psu < 8))
  at <- match(paste0("help", found$level), names(coef(expected)))
  expect_equal(found$std.error, unname(survey::SE(expected)[at]), tolerance = 1e-10)
  expect_equal(found$df[1L], survey::degf(subset(s, psu < 8)), tolerance = 0)
})

test_that("columns that are no replicate weights are found in all rows", {
  rows <- with_replicates(interviews())
  design <- function(repweights, type = "jk1", rows_changed = rows, ...) {
    con <- local_table(rows_changed, envir = parent.frame())
    with_inside(list(stream_rows = 70L), {
      weeg_replicate_design(con, table = "interviews", weights = ~w, repweights = repweights, type = type, ...)
    })
  }
  expect_no_warning(design("^f[0-9]+$", combined = FALSE))
  expect_warning(design("^f[0-9]+$", "other", scale = 1), "look like multipliers of the weights",
                 class = "weeg_warning_replicates")
  expect_error(design("^(w|rw[0-9]+)$"), "has w, which is the weights themselves", class = "weeg_error_weight")
  expect_error(design(~ rw1 + size + rw2), "size .* is 40 in every row, but replicate weights differ",
               class = "weeg_error_weight")
  changed <- rows
  changed$rw7 <- 3 * changed$w
  expect_warning(design("^rw", rows_changed = changed), "rw7 .* is 3 times the weights", class = "weeg_warning_replicates")
  changed$rw7 <- 12 * rows$rw7
  expect_warning(design("^rw", rows_changed = changed), "the total of rw7 .* is 12 times", class = "weeg_warning_replicates")
  changed$rw7 <- replace(rows$rw7, 333L, NA)
  expect_error(design("^rw", rows_changed = changed), "replicate weight rw7 is missing", class = "weeg_error_weight")
  expect_error(design(~ rw1 + help), "must be numbers, but help is a character", class = "weeg_error_weight")
  expect_error(design("^zz"), "no variable matches", class = "weeg_error_variable")
  expect_error(design("^rw", sep = ";"), "unknown argument `sep`", class = "weeg_error_argument")
  expect_error(weeg_replicate_design(local_table(rows), ~w, "^rw", "jk1"), "`table` is missing", class = "weeg_error_argument")
})

test_that("rows that were added or lost their replicate weights are noticed", {
  rows <- with_replicates(interviews())
  con <- local_table(rows)
  d <- weeg_replicate_design(con, table = "interviews", weights = ~w, repweights = "^rw", type = "jk1")
  DBI::dbExecute(con, "update interviews set rw3 = null where id = 9")
  expect_error(weeg_tally(d, ~sex), "replicate weight rw3 is missing", class = "weeg_error_weight")
  DBI::dbExecute(con, "update interviews set rw3 = 1")
  DBI::dbExecute(con, "delete from interviews where id = 1")
  expect_error(weeg_tally(d, ~sex), "has other rows than when the design was made", class = "weeg_error_database")
  parts <- lapply(0:1, function(k) local_table(rows[rows$id %% 2 == k, ], envir = parent.frame(2L)))
  d <- weeg_replicate_design(parts, table = "interviews", weights = ~w, repweights = "^rw", type = "jk1")
  DBI::dbExecute(parts[[2L]], "alter table interviews rename column rw7 to rw")
  expect_error(weeg_tally(d, ~sex), "part 2 of 2, without which there is no result", class = "weeg_error_database")
})

test_that("the rows of an engine that does not compute exactly are read, and give the same bytes", {
  rows <- interviews()
  rows$sex[is.na(rows$sex)] <- "f"
  parts <- lapply(0:1, function(k) local_table(rows[rows$id %% 2 == k, ], envir = parent.frame(2L)))
  margin <- list(sex = c(m = 1000, f = 3e6))
  inside <- function(d) bytes(weeg_tally(subset(d, age > 30), ~help))
  engine <- weeg:::sql_engine
  wrong <- function(con) utils::modifyList(engine(con), list(floor = "ROUND(%s)"))
  with_inside(list(stream_rows = 70L, sql_engine = wrong), {
    for (design in c("clusters", "strata", "from_fpc")) {
      memory <- do.call(weeg_design, c(list(rows), designs[[design]]))
      expect_warning(database <- do.call(weeg_design, c(list(parts, "interviews"), designs[[design]])),
                     "does not compute exactly", class = "weeg_warning_database")
      expect_identical(bytes(weeg_tally(database, ~ score + sex)), bytes(weeg_tally(memory, ~ score + sex)))
      expect_identical(inside(database), inside(memory))
      if (design == "from_fpc") next
      expect_identical(inside(weeg_rake(database, margin)), inside(weeg_rake(memory, margin)))
    }
    expect_identical(weeg_tally(subset(database, age > 1000), ~sex)$entries$n, numeric())
    for (con in parts) DBI::dbExecute(con, "delete from interviews where id = 17")
    expect_error(weeg_tally(database, ~sex), "has other rows", class = "weeg_error_database")
  })
})

test_that("an engine that does not tell texts apart is refused", {
  engine <- weeg:::sql_engine
  wrong <- function(con) utils::modifyList(engine(con), list(binary = "%s COLLATE NOCASE"))
  expect_error(with_inside(list(sql_engine = wrong), weeg_design(local_table(interviews()), "interviews")), "are not kept apart",
               class = "weeg_error_database")
})

# A class that no list has; its connections have SQLite behind them, and `lie` changes what that is asked.
local_unheard_of <- function(envir = parent.frame()) {
  where <- globalenv()
  methods::setClass("UnheardOf", contains = "DBIConnection", slots = c(con = "DBIConnection", lie = "function"), where = where)
  generics <- list(DBI::dbGetQuery, DBI::dbSendQuery)
  for (generic in generics) local({
    ask <- generic
    asked <- function(conn, statement, ...) ask(conn@con, conn@lie(statement), ...)
    methods::setMethod(ask, c("UnheardOf", "character"), asked, where = where)
  })
  withr::defer({
    for (generic in generics) methods::removeMethod(generic, c("UnheardOf", "character"), where = where)
    methods::removeClass("UnheardOf", where = where)
  }, envir)
}

test_that("an engine of which nothing is known is taken for what its self-test shows", {
  skip_if_not_installed("RSQLite")
  con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  withr::defer(DBI::dbDisconnect(con))
  set.seed(4)
  rows <- data.frame(w = exp(stats::runif(300, -7, 7)), s = rep(1:3, 100), y = sample(c("ja", "Ja", "ja ", NA), 300, TRUE))
  DBI::dbWriteTable(con, "t", rows)
  bytes <- function(d) weeg_tally(subset(d, w > 0.01), ~y)$entries
  memory <- bytes(weeg_design(rows, weights = ~w, strata = ~s))
  floor_of <- function(as) function(sql) gsub("FLOOR(", as, sql, fixed = TRUE) # SQLite may have none
  cut <- function(sql) {
    one <- "FLOOR\\(([^()]*(\\([^()]*\\))?[^()]*)\\)"
    while (grepl(one, sql)) sql <- sub(one, "CAST(\\1 AS INTEGER)", sql)
    sql
  }
  local_unheard_of()
  unheard_of <- function(con, lie) methods::new("UnheardOf", con = con, lie = lie)
  exact <- unheard_of(con, cut)
  expect_identical(weeg:::sql_engine(exact)$name, "generic")
  expect_warning(d <- weeg_design(exact, "t", weights = ~w, strata = ~s), NA)
  expect_identical(bytes(d), memory)
  for (as in c("ROUND(", "NO_SUCH_FUNCTION(")) {
    expect_warning(d <- weeg_design(unheard_of(con, floor_of(as)), "t", weights = ~w, strata = ~s), "read for each tally",
                   class = "weeg_warning_database")
    expect_identical(bytes(d), memory)
  }
  blind <- function(sql) gsub("\\bv AS ([w]+_k1)", "v COLLATE NOCASE AS \\1", cut(sql))
  expect_error(weeg_design(unheard_of(con, blind), "t", weights = ~w), "not kept apart", class = "weeg_error_database")
})

# A connection that is told things in a session: `state` has what changes queries and answers, and the queries that were asked.
local_told <- function(con, envir = parent.frame()) {
  where <- globalenv()
  methods::setClass("Told", contains = "DBIConnection", slots = c(con = "DBIConnection", state = "environment"), where = where)
  asked <- function(conn, statement, ...) {
    conn@state$asked <- c(conn@state$asked, statement)
    conn@state$answer(DBI::dbGetQuery(conn@con, conn@state$query(statement), ...))
  }
  methods::setMethod(DBI::dbGetQuery, c("Told", "character"), asked, where = where)
  withr::defer({
    methods::removeMethod(DBI::dbGetQuery, c("Told", "character"), where = where)
    methods::removeClass("Told", where = where)
  }, envir)
  methods::new("Told", con = con, state = list2env(list(query = identity, answer = identity), parent = emptyenv()))
}

test_that("the long self-test is made once a connection, and the short one shows what a session was told since", {
  engine <- weeg:::sql_engine
  exact <- function(con) utils::modifyList(engine(con), list(floor = "CAST(%s AS INTEGER)"))
  rows <- interviews()
  with_inside(list(sql_engine = exact), {
    con <- local_told(local_table(rows))
    design <- function() do.call(weeg_design, c(list(con, "interviews"), designs$clusters))
    queries <- function(code) {
      con@state$asked <- NULL
      force(code)
      length(con@state$asked)
    }
    memory <- bytes(weeg_tally(do.call(weeg_design, c(list(rows), designs$clusters)), ~ help + sex))
    first <- queries(expect_identical(bytes(weeg_tally(design(), ~ help + sex)), memory))
    again <- queries(expect_identical(bytes(weeg_tally(design(), ~ help + sex)), memory))
    expect_identical(first - again, 3L)
    digits <- function(found) {
      numbers <- vapply(found, is.double, NA)
      found[numbers] <- lapply(found[numbers], function(x) as.double(sprintf("%.15g", x)))
      found
    }
    told <- list(
      query = function(sql) gsub("\\bv AS (w+_k1)", "v COLLATE NOCASE AS \\1", sql), answer = digits,
      query = function(sql) gsub("CAST\\((w+_r[01]) AS INTEGER\\)", "ROUND(\\1)", sql)
    )
    for (k in seq_along(told)) {
      expect_identical(weeg:::sql_is_exact(weeg:::sql_table(con, "interviews")), TRUE)
      assign(names(told)[k], told[[k]], con@state)
      expect_match(weeg:::sql_is_exact(weeg:::sql_table(con, "interviews")), c("kept apart", "not exact", "not exact")[k])
      assign(names(told)[k], identity, con@state)
    }
  })
  # an engine that is taken for another one is tested anew
  other <- function(con) utils::modifyList(engine(con), list(floor = "ROUND(%s)"))
  expect_match(with_inside(list(sql_engine = other), weeg:::sql_is_exact(weeg:::sql_table(con, "interviews"))), "not exact")
})

test_that("what is known of a connection is of it alone, and keeps no connection", {
  skip_if_not_installed("RSQLite")
  connect <- function() DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  con <- connect()
  other <- connect()
  withr::defer(DBI::dbDisconnect(other))
  memory <- weeg:::connection_memory(con)
  for (i in 1:3) expect_identical(weeg:::connection_memory(con), memory)
  expect_false(identical(weeg:::connection_memory(other), memory))
  expect_identical(weeg:::connection_memory(con), memory)
  with_other_types <- con # the same connection, which makes other columns of whole numbers
  with_other_types@bigint <- "character"
  expect_false(identical(weeg:::connection_memory(with_other_types), memory))
  memory <- weeg:::connection_memory(con)
  expect_false(identical(weeg:::connection_memory(structure(list(), class = "plain")), weeg:::connection_memory(list())))
  gone <- FALSE
  reg.finalizer(memory, function(e) gone <<- TRUE)
  DBI::dbDisconnect(con)
  rm(con, memory, with_other_types)
  for (i in 1:3) invisible(gc())
  expect_true(gone)
})
