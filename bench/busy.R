# Two threads where other processes have the processors too, as on a server that is shared: design and test of 300 000 rows, with
# a process that spins on each core and without, and in a process that was forked. `make bench` runs this; 20 s.
#
# One thread and two are measured in turn, each after a pause, so that neither pays for the time slice that the other has used
# up; ratios are medians of pairs. Two threads may never take more than 1.2 times as long as one.

suppressPackageStartupMessages(library(weeg))
pairs <- 40L
most <- 1.2

set.seed(20131)
rows <- 3e5L
psu <- sample.int(500L, rows, TRUE)
people <- data.frame(
  w = runif(rows, 0.5, 3), psu = factor(psu), stratum = factor((psu - 1L) %/% 10L + 1L),
  group = factor(sample(letters[1:5], rows, TRUE)), answer = factor(sample(LETTERS[1:4], rows, TRUE))
)

seconds <- function(threads) {
  options(weeg.threads = threads)
  Sys.sleep(0.02)
  start <- as.numeric(Sys.time())
  d <- weeg_design(people, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = "survey")
  weeg_test(d, answer ~ group)
  as.numeric(Sys.time()) - start
}

measure <- function(where) {
  for (threads in 1:2) seconds(threads)
  times <- vapply(seq_len(pairs), function(pair) {
    took <- numeric(2L)
    for (threads in if (pair %% 2L) 1:2 else 2:1) took[threads] <- seconds(threads)
    took
  }, numeric(2L))
  ratio <- stats::median(times[2L, ] / times[1L, ])
  middle <- apply(times, 1L, stats::median) * 1e3
  cat(sprintf("  %-22s 1 thread %6.2f ms, 2 threads %6.2f ms; ratio of pairs %.2f\n", where, middle[1L], middle[2L], ratio))
  ratio
}

spin <- function() {
  command <- "timeout 60 sh -c 'while :; do :; done' >/dev/null 2>&1 & echo $!"
  as.integer(system(command, intern = TRUE))
}

cat("\nDesign and test of 300 000 rows\n")
ratios <- measure("as the machine is")
spinning <- replicate(parallel::detectCores(), spin())
Sys.sleep(0.3)
ratios <- tryCatch({
  busy <- measure("each core busy")
  forked <- parallel::mccollect(parallel::mcparallel(measure("each core busy, forked")))[[1L]]
  c(ratios, busy, forked)
}, finally = tools::pskill(spinning))
if (any(ratios > most)) stop("two threads take more than ", most, " times as long as one")
