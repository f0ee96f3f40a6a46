# Time and memory of one job on many rows: Rscript bench/peak.R ROWS factors|text. Prints "seconds megabytes".
# The memory is the peak of the process during the first job above what it held before, which is the input and R itself.

suppressPackageStartupMessages(library(weeg))
arguments <- commandArgs(TRUE)
rows <- as.integer(arguments[1L])
set.seed(20132)
psu <- sample.int(500L, rows, TRUE)
data <- list(w = runif(rows, 0.5, 3), psu = psu, stratum = (psu - 1L) %/% 10L + 1L, g = sample(letters[1:5], rows, TRUE),
             o = sample(LETTERS[1:4], rows, TRUE))
if (arguments[2L] == "factors") data[-1L] <- lapply(data[-1L], factor)
data <- structure(data, class = "data.frame", row.names = seq_len(rows))
rm(psu)
job <- function() weeg_test(weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = "survey"), o ~ g)

status <- function(field) {
  line <- grep(paste0("^", field), readLines("/proc/self/status"), value = TRUE)
  as.double(gsub("[^0-9]", "", line)) / 1024
}
for (i in 1:3) invisible(gc(FALSE))
writeLines("5", "/proc/self/clear_refs") # VmHWM starts anew
before <- status("VmRSS")
invisible(job())
megabytes <- status("VmHWM") - before
seconds <- replicate(7, {
  start <- as.double(Sys.time())
  job()
  as.double(Sys.time()) - start
})
cat(stats::median(seconds), megabytes, "\n")
