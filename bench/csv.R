# A CSV file of five million rows, from path to a tested cross-tab, against data.table::fread() that merely loads it; and from
# path to sums of weights by stratum, PSU, group and answer, a tally, against DuckDB that sums the same.
# `make bench` runs this; needs about 500 MB of disk, and memory for fread(). WEEG_BENCH=quick takes a tenth of the rows.
#
# Every program is a process of its own, so that memory is that of one job. Ratios are of medians measured in turn.

arguments <- commandArgs(TRUE)

status <- function(field) {
  line <- grep(paste0("^", field), readLines("/proc/self/status"), value = TRUE)
  as.double(gsub("[^0-9]", "", line)) / 1024
}

# One job in this process: "seconds megabytes", the peak above what R and the packages held before.
run_job <- function(who, path, threads) {
  if (who == "weeg") {
    suppressPackageStartupMessages(library(weeg))
    options(weeg.threads = threads)
    job <- function() {
      d <- weeg_design(path, weights = ~w, strata = ~stratum, cluster = ~psu)
      weeg_crosstab(d, answer ~ group)
    }
  } else if (who == "tally") {
    suppressPackageStartupMessages(library(weeg))
    options(weeg.threads = threads)
    job <- function() weeg_tally(path, ~ group + answer, weights = ~w, strata = ~stratum, cluster = ~psu)
  } else if (who == "duckdb") {
    library <- Sys.glob(".deps/engines/node_modules/@duckdb/*/libduckdb.*")[1L]
    driver <- adbcdrivermanager::adbc_driver(library, "duckdb_adbc_init")
    con <- DBI::dbConnect(adbi::adbi(driver), path = ":memory:")
    invisible(DBI::dbExecute(con, paste("SET threads =", threads)))
    job <- function() {
      DBI::dbGetQuery(con, sprintf("SELECT stratum, psu, \"group\", answer, count(*) AS n, sum(w) AS w, sum(w * w) AS s
                                    FROM read_csv('%s') GROUP BY ALL", path))
    }
  } else {
    suppressPackageStartupMessages(library(data.table))
    setDTthreads(threads)
    job <- function() fread(path, showProgress = FALSE)
  }
  invisible(gc(FALSE))
  peak <- file.exists("/proc/self/clear_refs")
  if (peak) writeLines("5", "/proc/self/clear_refs") # VmHWM starts anew
  before <- if (peak) status("VmRSS") else NA
  start <- as.double(Sys.time())
  job()
  seconds <- as.double(Sys.time()) - start
  cat(seconds, if (peak) status("VmHWM") - before else NA, "\n")
}

if (length(arguments) == 3L) {
  run_job(arguments[1L], arguments[2L], as.integer(arguments[3L]))
  quit()
}

write_file <- function(path, rows) {
  set.seed(20132)
  psu <- sample.int(500L, rows, TRUE)
  data.table::fwrite(list(
    id = seq_len(rows), w = round(runif(rows, 0.5, 3), 6), psu = psu, stratum = (psu - 1L) %/% 10L + 1L,
    group = sample(c("werkplein", "sociale dienst", "re-integratie", "dagbesteding"), rows, TRUE),
    answer = sample(c("niet", "een beetje", "grotendeels", "helemaal"), rows, TRUE)
  ), path)
}

in_process <- function(who, path, threads) {
  answer <- system2(file.path(R.home("bin"), "Rscript"), c("bench/csv.R", who, path, threads), stdout = TRUE)
  as.double(strsplit(trimws(answer[length(answer)]), " ")[[1L]])
}

rows <- if (identical(Sys.getenv("WEEG_BENCH"), "quick")) 5e5L else 5e6L
path <- tempfile(fileext = ".csv")
write_file(path, rows)
cores <- parallel::detectCores()
cat(sprintf("\nCSV: %d rows, 6 columns, %.0f MB; data.table %s\n", rows, file.size(path) / 1e6,
            as.character(packageVersion("data.table"))))
seconds <- list()
with_duckdb <- length(Sys.glob(".deps/engines/node_modules/@duckdb/*/libduckdb.*")) > 0L
programs <- c("weeg", "fread", "tally", if (with_duckdb) "duckdb")
for (threads in unique(c(1L, cores))) {
  runs <- replicate(5, vapply(programs, in_process, numeric(2L), path, threads))
  middle <- apply(runs, 1:2, stats::median)
  took <- middle[1L, ]
  peak <- middle[2L, ]
  seconds[[as.character(threads)]] <- took[["weeg"]]
  cat(sprintf("  %d thread(s): path to tested cross-tab %.2f s, peak memory %.0f MB; fread() only %.2f s, %.0f MB: ratio %.2f\n",
              threads, took[["weeg"]], peak[["weeg"]], took[["fread"]], peak[["fread"]], took[["fread"]] / took[["weeg"]]))
  if (with_duckdb) {
    cat(sprintf("  %d thread(s): path to tally %.2f s, peak memory %.0f MB; DuckDB's grouped sums %.2f s, %.0f MB: ratio %.2f\n",
                threads, took[["tally"]], peak[["tally"]], took[["duckdb"]], peak[["duckdb"]],
                took[["duckdb"]] / took[["tally"]]))
  }
}
if (cores > 1L) cat(sprintf("  %d threads against 1: %.2f times as fast\n", cores, seconds[[1L]] / seconds[[2L]]))
unlink(path)
