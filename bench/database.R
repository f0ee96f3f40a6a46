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
    tally <- cost(clock, function() weeg:::ask_tally(d, unname(keys)))
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

if ("postgresql" %in% asked) {
  cons <- lapply(1:3, function(k) connect("postgresql", k))
  for (con in cons) do_sql(con, "SET max_parallel_workers_per_gather = 0")
  parts <- split(data, rep_len(1:3, rows))
  for (k in 1:3) load_rows(cons[[k]], "part", parts[[k]])
  load_rows(cons[[1L]], "survey", data)
  clocks <- lapply(cons, clock_of, engine = "postgresql")
  three <- designs$clusters(cons, table = "part")
  one <- designs$clusters(cons[[1L]], table = "survey")
  stopifnot(identical(weeg_tally(three, terms)$entries, memory$clusters))
  alone <- cost(clocks[[1L]], function() weeg_tally(one, terms))
  each <- vapply(clocks, function(clock) cost(clock, function() weeg_tally(three, terms))[1L], 0)
  cat(sprintf("three servers of PostgreSQL: %s s each, one: %.2f s: %.2f times the busiest  (at least 2.2: %s)\n",
              paste(sprintf("%.2f", each), collapse = ", "), alone[1L], alone[1L] / max(each),
              if (alone[1L] / max(each) >= 2.2) "yes" else "NO"))
  for (con in cons) disconnect(con)
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

# their designs know rows without missing values alone
known <- data[!is.na(data$answer) & data$weight > 0, c("stratum", "psu", "weight", "answer")]
known$town <- letters[known$psu %% 5L + 1L]
file <- tempfile(fileext = ".sqlite")
con <- DBI::dbConnect(RSQLite::SQLite(), file)
duck <- connect("duckdb")
do_sql(duck, "SET threads = 1")
for (to in list(con, duck)) load_rows(to, "survey", known)
job <- function(con) weeg_proportion(designs$clusters(con, table = "survey"), answer ~ town)
ours <- job(con)
stopifnot(identical(ours$std.error, job(duck)$std.error))
of <- paste(ours$town, ours$level)
here <- c(SQLite = stats::median(replicate(3L, seconds(function() job(con)))),
          DuckDB = stats::median(replicate(3L, seconds(function() job(duck)))))
versus <- function(what, slow) {
  cat(sprintf("%s: %.1f s; of weeg in %s: %.2f s: %.0f times  (at least 100: %s)\n", what, slow, names(here), here, slow / here,
              ifelse(slow / here >= 100, "yes", "NO")), sep = "")
}

theirs <- NULL
slow <- seconds(function() {
  d <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = "survey", dbtype = "SQLite", dbname = file, nest = TRUE)
  theirs <<- svyby(~answer, ~town, d, svymean)
  close(d)
})
at <- match(of, outer(theirs$town, sub("^answer", "", names(theirs)[2:5]), paste))
equal(ours$estimate, as.matrix(theirs[2:5])[at], "survey's shares")
equal(ours$std.error, as.matrix(SE(theirs))[at], "survey's standard errors")
versus("design and 20 proportions, of survey in SQLite", slow)

if (requireNamespace("srvyr", quietly = TRUE) && requireNamespace("dbplyr", quietly = TRUE)) {
  slow <- seconds(function() {
    d <- srvyr::as_survey_design(dplyr::tbl(con, "survey"), ids = psu, strata = stratum, weights = weight, nest = TRUE)
    d <- srvyr::group_by(d, town, answer)
    theirs <<- suppressMessages(srvyr::summarise(d, p = srvyr::survey_prop(vartype = "se", proportion = FALSE)))
  })
  at <- match(of, paste(theirs$town, theirs$answer))
  equal(ours$estimate, theirs$p[at], "srvyr's shares")
  equal(ours$std.error, theirs$p_se[at], "srvyr's standard errors")
  versus("the same of srvyr in SQLite", slow)
}
for (open in list(con, duck)) disconnect(open)
