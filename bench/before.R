# Two builds of weeg in one run: Rscript bench/before.R BEFORE AFTER [LINE...], two libraries of R packages that hold weeg.
#
# Each build has an R process of its own with the same data. They are asked in turn (A B A B ...), so that whatever else the
# machine does slows both; a call is timed after a pause, as between the questions of a user. Prints medians and their ratio.

library(parallel)
given <- commandArgs(TRUE)
if (length(given) < 2L) stop("usage: Rscript bench/before.R BEFORE AFTER [LINE...]: two libraries that hold a weeg each")
libraries <- normalizePath(given[1:2], mustWork = TRUE)
wanted <- given[-(1:2)]
runs <- as.integer(Sys.getenv("WEEG_RUNS", "41"))

start <- function(library) {
  Sys.setenv(R_LIBS = paste(c(library, .libPaths()), collapse = .Platform$path.sep))
  node <- makePSOCKcluster(1L)
  clusterEvalQ(node, {
    suppressPackageStartupMessages(library(weeg))
    options(weeg.threads = 2L)
    set.seed(20131)
    rows <- 1e6L
    psu <- sample.int(500L, rows, TRUE)
    x <- data.frame(
      w = runif(rows, 0.5, 3), psu = factor(psu), stratum = factor((psu - 1L) %/% 10L + 1L),
      g = factor(sample(letters[1:5], rows, TRUE)), o = factor(sample(LETTERS[1:4], rows, TRUE))
    )
    text <- transform(x, psu = as.character(psu), stratum = as.character(stratum), g = as.character(g), o = as.character(o))
    design_of <- function(data) {
      weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = "survey")
    }
    d <- design_of(x)
    e <- design_of(text)
    set.seed(123)
    many <- data.frame(grp1 = sample(letters, 5e4, TRUE), grp2 = sample(LETTERS, 5e4, TRUE), grp3 = sample(1:10, 5e4, TRUE),
                       weight = sample(seq(0.01, 1, 0.01), 5e4, TRUE))
    levels_of <- function(size) factor(sample(letters[seq_len(size)], rows, TRUE))
    model <- cbind(x[c("w", "psu", "stratum", "o")], a = levels_of(5L), b = levels_of(4L), c = levels_of(3L), d = levels_of(2L))
    model$y <- factor(ifelse(runif(rows) < plogis(0.3 * as.integer(model$a) - 1), "yes", "no"))
    wanted <- model$w * runif(5L, 0.8, 1.2)[model$a] * runif(4L, 0.8, 1.2)[model$b]
    margins <- lapply(model[c("a", "b", "c")], function(f) c(tapply(wanted, f, sum)))
    m <- design_of(model)
    raked <- weeg_rake(m, margins)
    fifth <- x[seq_len(2e5L), ]
    fifth[sprintf("r%02d", 1:20)] <- fifth$w * sample(c(0, 0.5, 1, 2), 20L * 2e5L, TRUE)
    file <- tempfile(fileext = ".csv")
    utils::write.csv(x[seq_len(3e5L), ], file, row.names = FALSE, quote = FALSE)
    crowd <- design_of(data.frame(x[seq_len(18000L), c("w", "psu", "stratum", "o")], g = rep_len(1:150, 18000L)))
    with_threads <- function(threads, f) {
      function() {
        old <- options(weeg.threads = threads)
        f()
        options(old)
      }
    }
    job <- function(data) weeg_crosstab(design_of(data), o ~ g)
    lines <- list(
      "tally, 1 thread" = with_threads(1L, function() weeg_tally(d, ~ g + o)),
      "tally, 2 threads" = function() weeg_tally(d, ~ g + o),
      "tally of text" = function() weeg_tally(e, ~ g + o),
      "design + cross-tab + Rao-Scott F" = function() job(x),
      "design + Rao-Scott F only" = function() weeg_test(design_of(x), o ~ g),
      "the same, text" = function() job(text),
      "counts with standard errors" = function() weeg_total(
        weeg_design(many, weights = ~weight, conventions = "survey"), ~ grp1 + grp2 + grp3
      ),
      "raking" = function() weeg_rake(m, margins),
      "proportions after raking" = function() weeg_proportion(raked, ~o),
      "design + logistic regression" = function() weeg_logistic(design_of(model), y ~ a + b + c + d),
      "replicate weights" = function() {
        weeg_proportion(weeg_replicate_design(fifth, ~w, "^r[0-9]+$", type = "sdr"), o ~ g)
      },
      "Rao-Wu replicates" = function() weeg_proportion(weeg_replicates(d, "rao-wu", 1000L), o ~ g),
      "CSV file, 1 thread" = with_threads(1L, function() job(file)),
      "CSV file, 2 threads" = function() job(file),
      "150 groups: cross-tab" = function() weeg_crosstab(crowd, o ~ g),
      "150 groups: comparisons" = function() weeg_compare(crowd, o ~ g, against = "rest")
    )
    # Seconds of one call, after a pause or after two others; OpenMP's threads, of which earlier builds have some, go on
    # waiting with a busy processor for some milliseconds, which the other build should not pay for.
    ask <- function(line, pause) {
      f <- lines[[line]]
      Sys.sleep(0.02)
      if (!pause) {
        f()
        f()
      }
      start <- as.numeric(Sys.time())
      f()
      as.numeric(Sys.time()) - start
    }
    names(lines)
  })
  node
}
nodes <- lapply(libraries, start)
for (i in 1:2) {
  found <- clusterEvalQ(nodes[[i]], dirname(find.package("weeg")))[[1L]]
  if (normalizePath(found) != libraries[i]) stop("the process of ", libraries[i], " has weeg from ", found)
}
lines <- clusterEvalQ(nodes[[1L]], names(lines))[[1L]]
if (length(wanted)) lines <- lines[lines %in% wanted]
for (line in lines) {
  for (pause in c(TRUE, FALSE)) {
    one <- function(node) clusterCall(node, function(...) ask(...), line, pause)[[1L]]
    once <- vapply(nodes, one, 0)
    times <- replicate(if (max(once) > 0.1) 11L else runs, vapply(nodes, one, 0))
    median <- apply(times, 1L, stats::median) * 1e3
    cat(sprintf("%-36s %-14s %8.2f ms %8.2f ms  ratio %.2f (of pairs %.2f)\n", line, if (pause) "after a pause" else "at once",
                median[1L], median[2L], median[2L] / median[1L], stats::median(times[2L, ] / times[1L, ])))
  }
}
for (node in nodes) stopCluster(node)
