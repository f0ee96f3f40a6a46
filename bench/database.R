# Tallies made inside databases: against the engine's own GROUP BY, which is not exact, and against the designs of packages survey
# and srvyr whose data are in a database. Results are checked first. `make bench` runs this, after tests/engines/run.sh could.
# Of servers, the processor seconds of their processes are the measure; SQLite and DuckDB work in R's own process.
# WEEG_BENCH=quick takes a tenth of the rows, WEEG_ENGINES="sqlite duckdb" some of the engines.

suppressPackageStartupMessages({
  library(weeg)
  library(survey)
})
source("tests/engines/connect.R")
source("tests/engines/rows.R")
quick <- identical(Sys.getenv("WEEG_BENCH"), "quick")
rows <- if (quick) 1e5L else 1e6L
asked <- strsplit(Sys.getenv("WEEG_ENGINES", "sqlite duckdb postgresql clickhouse"), " ")[[1L]]

# ---- servers ----------------------------------------------------------------------------------------------------------

system2("tests/engines/servers.sh", "sweep")
home <- tempfile("weeg-engines.", dirname(tempdir()))
dir.create(home)
writeLines(as.character(Sys.getpid()), file.path(home, "owner"))
servers <- intersect(asked, c("postgresql", "clickhouse"))
system2("tests/engines/servers.sh", c("start", home, servers))
said <- readLines(file.path(home, "environment"))
do.call(Sys.setenv, as.list(stats::setNames(gsub("^[^=]*='|'$", "", said), sub("=.*", "", said))))
Sys.setenv(WEEG_DUCKDB_LIBRARY = Sys.glob(".deps/engines/node_modules/@duckdb/*/libduckdb.*")[1L])
invisible(reg.finalizer(globalenv(), function(e) {
  system2("tests/engines/servers.sh", c("stop", home))
  unlink(home, recursive = TRUE)
}, onexit = TRUE))

# Processor seconds of the processes that answer a connection.
process_seconds <- function(pid) {
  fields <- strsplit(sub("^.*[)] ", "", readLines(file.path("/proc", pid, "stat"))), " ")[[1L]]
  sum(as.double(fields[12:13])) / 100
}
clock_of <- function(engine, con, server = 1L) {
  if (!engine %in% servers) return(function() sum(proc.time()[1:2]))
  pid <- if (engine == "postgresql") get_sql(con, "SELECT pg_backend_pid() AS p")$p else {
    readLines(file.path(home, paste0(engine, server), "pid"))
  }
  function() process_seconds(pid)
}

# c(processor seconds, seconds), medians
cost <- function(clock, f, runs = 5L) {
  apply(replicate(runs, {
    invisible(gc(FALSE))
    start <- c(clock(), as.double(Sys.time()))
    f()
    c(clock(), as.double(Sys.time())) - start
  }), 1L, stats::median)
}

report <- function(what, took, against = NA, target = NULL, met = NA) {
  cat(sprintf("%-58s %7.2f s (wall %6.2f) %s  %s\n", what, took[1L], took[2L],
              if (is.na(against[1L])) "" else sprintf("against %7.2f s: %5.2f times", against[1L], took[1L] / against[1L]),
              if (is.null(target)) "" else sprintf("(%s: %s)", target, if (met) "yes" else "NO")))
}

# ---- one engine -------------------------------------------------------------------------------------------------------

data <- sample_rows(rows)
data$region <- NULL
terms <- ~ answer + member
designs <- list(
  clusters = function(x, ...) weeg_design(x, ..., weights = ~weight, strata = ~stratum, cluster = ~psu),
  none = function(x, ...) weeg_design(x, ..., weights = ~weight, strata = ~stratum)
)
memory <- lapply(designs, function(design) weeg_tally(design(data), terms)$entries)

plain <- function(con, keys, sums) {
  keys <- vapply(keys, function(name) quoted(con, name), "")
  weight <- quoted(con, "weight")
  sprintf("SELECT %1$s, COUNT(*) AS n, %2$s FROM survey GROUP BY %1$s", paste(keys, collapse = ", "),
          gsub("w", weight, sums, fixed = TRUE))
}

against_plain <- function(engine) {
  con <- connect(engine)
  on.exit(disconnect(con))
  if (engine == "postgresql") do_sql(con, "SET max_parallel_workers_per_gather = 0")
  if (engine == "duckdb") do_sql(con, "SET threads = 1")
  load_rows(con, "survey", data)
  if (engine == "postgresql") do_sql(con, "VACUUM ANALYZE survey")
  if (engine == "clickhouse") { # as tables that are kept are there, sorted and packed, and not one block of memory
    do_sql(con, "CREATE TABLE kept ENGINE = MergeTree ORDER BY id AS SELECT * FROM survey")
    do_sql(con, "DROP TABLE survey")
    do_sql(con, "RENAME TABLE kept TO survey")
  }
  clock <- clock_of(engine, con)
  for (kind in names(designs)) {
    d <- designs[[kind]](con, table = "survey")
    if (!identical(weeg_tally(d, terms)$entries, memory[[kind]])) stop(engine, ", ", kind, ": other bytes than in memory")
    keys <- vapply(c("answer", "member"), function(name) weeg:::sql_key(d$data, name), "")
    tally <- cost(clock, function() weeg:::ask_tally(d, keys))
    of_rows <- c(if (kind == "clusters") "psu", "stratum", "answer", "member")
    sums <- if (kind == "clusters") "SUM(w) AS s" else "SUM(w) AS s, SUM(w * w) AS q"
    own <- cost(clock, function() get_sql(con, plain(con, of_rows, sums)))
    most <- if (kind == "clusters") 2.5 else 4
    met <- tally[1L] / own[1L] <= most
    report(paste0(engine, ", ", kind, ": exact sums, against SUM"), tally, own, paste("at most", most), met)
    report("  the design", cost(clock, function() designs[[kind]](con, table = "survey")))
  }
  report("  the distinct values of a text", cost(clock, function() {
    get_sql(con, paste("SELECT DISTINCT", quoted(con, "answer"), "AS v FROM survey"))
  }))
}
cat(format(rows, big.mark = " ", scientific = FALSE), "rows\n")
for (engine in asked) against_plain(engine)

# ---- three servers ----------------------------------------------------------------------------------------------------

# Three times the rows, so that each server has as many as in the tables above. PostgreSQL plans by what VACUUM ANALYZE says: a
# table that was just loaded is sorted on disk, be it large or small, and not hashed.
if ("postgresql" %in% asked) {
  cons <- lapply(1:3, function(k) connect("postgresql", k))
  for (con in cons) do_sql(con, "SET max_parallel_workers_per_gather = 0")
  all <- sample_rows(3L * rows)
  all$region <- NULL
  for (k in 1:3) load_rows(cons[[k]], "part", all[seq_len(nrow(all)) %% 3L == k - 1L, ])
  load_rows(cons[[1L]], "survey", all)
  for (con in cons) do_sql(con, "VACUUM ANALYZE part")
  do_sql(cons[[1L]], "VACUUM ANALYZE survey")
  clocks <- lapply(cons, clock_of, engine = "postgresql")
  three <- designs$clusters(cons, table = "part")
  one <- designs$clusters(cons[[1L]], table = "survey")
  stopifnot(identical(weeg_tally(three, terms)$entries, weeg_tally(designs$clusters(all), terms)$entries),
            identical(weeg_tally(three, terms)$entries, weeg_tally(one, terms)$entries))
  used <- function() vapply(clocks, function(clock) clock(), 0)
  took <- apply(replicate(7L, { # in turn, so that what else the machine does falls on both
    start <- used()
    weeg_tally(one, terms)
    between <- used()
    weeg_tally(three, terms)
    c(between[1L] - start[1L], used() - between)
  }), 1L, stats::median)
  cat(sprintf("three servers of PostgreSQL, %s rows: %s s each, one: %.2f s: %.2f times the busiest  (at least 2.2: %s)\n",
              format(nrow(all), big.mark = " ", scientific = FALSE), paste(sprintf("%.2f", took[-1L]), collapse = ", "), took[1L],
              took[1L] / max(took[-1L]), if (took[1L] / max(took[-1L]) >= 2.2) "yes" else "NO"))
  for (con in cons) disconnect(con)
  rm(all)
}

# ---- against survey and srvyr -----------------------------------------------------------------------------------------

# processor seconds of this process, in which SQLite and DuckDB work, on one thread
seconds <- function(f) {
  invisible(gc(FALSE))
  start <- sum(proc.time()[1:2])
  f()
  sum(proc.time()[1:2]) - start
}
equal <- function(ours, theirs, what) {
  error <- max(abs(ours - theirs) / abs(theirs))
  if (!(error < 1e-9)) stop(what, ": results differ by ", signif(error, 3))
  cat(sprintf("  %s: equal, largest relative difference %.1e\n", what, error))
}
versus <- function(what, slow, here) {
  cat(sprintf("%s: %.1f s, weeg %.2f s: %.0f times  (at least 100: %s)\n", what, slow, here, slow / here,
              if (slow / here >= 100) "yes" else "NO"))
}

# their designs know rows without missing values alone
known <- sample_rows(2L * rows)[c("stratum", "psu", "weight", "answer", "member")]
known <- known[!is.na(known$answer) & !is.na(known$member) & known$weight > 0, ][seq_len(rows), ]
stopifnot(!anyNA(known))
known$member <- ifelse(known$member, "yes", "no")
known$town <- letters[known$psu %% 5L + 1L]
file <- tempfile(fileext = ".sqlite")
lite <- DBI::dbConnect(RSQLite::SQLite(), file)
duck <- connect("duckdb")
do_sql(duck, "SET threads = 1")
for (to in list(lite, duck)) load_rows(to, "survey", known)

# survey connects by itself, by a driver that it finds by its name
methods::setClass("HeldDriver", contains = "DBIDriver", slots = c(con = "ANY"))
invisible(methods::setMethod(DBI::dbConnect, "HeldDriver", function(drv, ...) drv@con))
Held <- function() methods::new("HeldDriver", con = held)

# Twenty tables of three variables: of everybody, and within the levels of the third.
three <- list(c("answer", "town", "member"), c("answer", "member", "town"), c("member", "town", "answer"),
              c("town", "answer", "member"), c("member", "answer", "town"))
tables <- do.call(c, lapply(three, function(v) {
  within <- lapply(sort(unique(known[[v[3L]]])), function(level) list(of = v[1:2], by = v[3L], level = level))
  c(list(list(of = v[1:2])), within)
}))[1:20]
inside <- function(d, table) {
  if (is.null(table$by)) return(d)
  eval(call("subset", quote(d), call("==", as.name(table$by), table$level)))
}
our_tally <- function(con, formula) {
  weeg_tally(con, formula, table = "survey", weights = ~weight, strata = ~stratum, cluster = ~psu, conventions = "survey")
}
our_session <- function(con) {
  tally <- our_tally(con, ~ answer + town + member)
  lapply(tables, function(table) {
    some <- inside(tally, table)
    formula <- stats::reformulate(table$of[2L], table$of[1L])
    list(shares = weeg_proportion(some, formula), test = weeg_test(some, formula))
  })
}
their_design <- function(con) {
  held <<- con
  svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = "survey", dbtype = "Held",
            dbname = "", nest = TRUE)
}
their_session <- function(con) {
  d <- their_design(con)
  lapply(tables, function(table) {
    some <- inside(d, table)
    list(shares = svyby(stats::reformulate(table$of[1L]), stats::reformulate(table$of[2L]), some, svymean),
         test = svychisq(stats::reformulate(table$of), some))
  })
}
shares_at <- function(ours, theirs, o) {
  columns <- seq_along(grep(paste0("^", o), names(theirs)[-1L])) + 1L
  list(columns = columns, at = match(paste(ours[[1L]], ours$level),
                                     outer(theirs[[1L]], sub(paste0("^", o), "", names(theirs)[columns]), paste)))
}
check_tables <- function(ours, theirs, what) {
  error <- 0
  for (i in seq_along(ours)) {
    a <- ours[[i]]$shares
    b <- theirs[[i]]$shares
    at <- shares_at(a, b, tables[[i]]$of[1L])
    estimates <- as.matrix(b[at$columns])[at$at]
    errors <- as.matrix(SE(b))[at$at]
    p <- if (is.null(theirs[[i]]$test)) 0 else theirs[[i]]$test$p.value / ours[[i]]$test$p.value - 1
    error <- max(error, abs(a$estimate / estimates - 1), abs(a$std.error / errors - 1)[errors > 1e-12], abs(p))
  }
  if (!(error < 1e-7)) stop(what, ": results differ by ", signif(error, 3))
  cat(sprintf("  %s: shares, standard errors and p-values equal, largest relative difference %.1e\n", what, error))
}

# What a pass costs in the engine itself: without groups, and in those of the design and `of`, less than which no design can take
# that asks for these.
report_least <- function(con, of, slow) {
  least <- function(sql) stats::median(replicate(3L, seconds(function() get_sql(con, sql))))
  alone <- least("SELECT SUM(weight) AS s FROM survey")
  groups <- least(plain(con, c("psu", "stratum", of), "SUM(w) AS s"))
  cat(sprintf("  the engine alone: SUM(weight) %.3f s, and by PSU, stratum, %s %.2f s, survey takes %.0f times as long\n", alone,
              paste(of, collapse = ", "), groups, slow / groups))
}

for (name in c("SQLite", "DuckDB")) {
  con <- list(SQLite = lite, DuckDB = duck)[[name]]
  ours <- theirs <- NULL
  one <- stats::median(replicate(3L, seconds(function() {
    ours <<- weeg_proportion(our_tally(con, ~ answer + town), answer ~ town)
  })))
  slow <- seconds(function() theirs <<- svyby(~answer, ~town, their_design(con), svymean))
  check_tables(list(list(shares = ours)), list(list(shares = theirs)), paste("one table in", name))
  versus(paste0(name, ", a design and one table of 20 proportions: survey"), slow, one)
  report_least(con, c("answer", "town"), slow)
  session <- stats::median(replicate(3L, seconds(function() ours <<- our_session(con))))
  slow <- seconds(function() theirs <<- their_session(con))
  check_tables(ours, theirs, paste("twenty tables in", name))
  versus(paste0(name, ", a session of a design and twenty tables with tests: survey"), slow, session)
  report_least(con, c("answer", "town", "member"), slow)
}

if (requireNamespace("srvyr", quietly = TRUE) && requireNamespace("dbplyr", quietly = TRUE)) {
  ours <- NULL
  one <- seconds(function() ours <<- weeg_proportion(our_tally(lite, ~ answer + town), answer ~ town))
  slow <- seconds(function() {
    d <- srvyr::as_survey_design(dplyr::tbl(lite, "survey"), ids = psu, strata = stratum, weights = weight, nest = TRUE)
    d <- srvyr::group_by(d, town, answer)
    theirs <<- suppressMessages(srvyr::summarise(d, p = srvyr::survey_prop(vartype = "se", proportion = FALSE)))
  })
  at <- match(paste(ours$town, ours$level), paste(theirs$town, theirs$answer))
  equal(ours$estimate, theirs$p[at], "srvyr's shares")
  equal(ours$std.error, theirs$p_se[at], "srvyr's standard errors")
  versus("SQLite, a design and one table: srvyr", slow, one)
}
for (open in list(lite, duck)) disconnect(open)
