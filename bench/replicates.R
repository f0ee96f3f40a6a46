# Replicate weights against package survey, results checked equal first. `make bench` runs this.
# WEEG_BENCH=quick takes a tenth of the rows for survey.

suppressPackageStartupMessages({
  library(weeg)
  library(survey)
})
quick <- identical(Sys.getenv("WEEG_BENCH"), "quick")
options(weeg.threads = parallel::detectCores())

seconds <- function(f) {
  gc(FALSE)
  start <- as.numeric(Sys.time())
  f()
  as.numeric(Sys.time()) - start
}
median_of <- function(f, runs = 5L) stats::median(replicate(runs, seconds(f)))
report <- function(what, ours, theirs, target, met) {
  cat(sprintf("%-72s %9.1f ms %11s  ratio %8s  (%s: %s)\n", what, ours * 1e3,
              if (is.na(theirs)) "" else sprintf("%.0f ms", theirs * 1e3),
              if (is.na(theirs)) "" else sprintf("%.0f", theirs / ours), target, if (met) "yes" else "NO"))
}
equal <- function(a, b, what) {
  error <- max(abs(a - b) / abs(b))
  if (!(error < 1e-9)) stop(what, ": results differ by ", signif(error, 3))
  cat(sprintf("  %s: equal, largest relative difference %.1e\n", what, error))
}

set.seed(20131)
rows <- if (quick) 1e5L else 1e6L
psu <- sample.int(500L, rows, TRUE)
x <- data.frame(w = runif(rows, 0.5, 3), psu = factor(psu), stratum = factor((psu - 1L) %/% 10L + 1L),
                g = factor(sample(letters[1:5], rows, TRUE)), o = factor(sample(LETTERS[1:4], rows, TRUE)))

# ---- columns that come with the data ---------------------------------------------------------------------------------

columns <- as.data.frame(matrix(x$w * sample(c(0, 0.5, 1, 2), 80L * rows, TRUE), rows))
names(columns) <- paste0("r", seq_len(80L))
whole <- cbind(x, columns)
ours <- function() {
  d <- weeg_replicate_design(whole, weights = ~w, repweights = "^r[0-9]+$", type = "sdr")
  weeg_proportion(d, o ~ g)
}
theirs <- function() {
  s <- svrepdesign(weights = ~w, repweights = "^r[0-9]+$", type = "successive-difference", data = whole)
  svyby(~o, ~g, s, svymean)
}
got <- ours()
want <- NULL
slow <- seconds(function() want <<- theirs())
equal(got$std.error, as.vector(t(as.matrix(SE(want)))), "standard errors of 20 proportions")
fast <- median_of(ours)
report(sprintf("%d rows x 80 columns: design and 20 proportions", rows), fast, slow, "at least 50", slow / fast >= 50)

# ---- replicates made from the design ---------------------------------------------------------------------------------

d <- weeg_design(x, weights = ~w, strata = ~stratum, cluster = ~psu)
made <- function(replicates) weeg_proportion(weeg_replicates(d, "rao-wu", replicates), o ~ g)
taylor <- median_of(function() weeg_proportion(d, o ~ g))
time <- median_of(function() made(10000L))
report("10 000 Rao-Wu replicates and 20 proportions, beyond the tally", time - taylor, NA, "under 1 s", time - taylor < 1)
t <- weeg_tally(d, ~ g + o)
time <- median_of(function() weeg_proportion(weeg_replicates(t, "rao-wu", 10000L), o ~ g))
report("10 000 Rao-Wu replicates of the tally and 20 proportions", time, NA, "under 1 s", time < 1)

# survey takes minutes for a thousand replicates of a hundred thousand rows: a fifth of those
few <- x[seq_len(2e4L), ]
d <- weeg_design(few, weights = ~w, strata = ~stratum, cluster = ~psu)
s <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = few)
count <- if (quick) 100L else 1000L
replicates <- NULL
slow <- seconds(function() {
  replicates <<- as.svrepdesign(s, type = "subbootstrap", replicates = count)
  want <<- svyby(~o, ~g, replicates, svymean)
})
got <- weeg_proportion(as_weeg_design(replicates), o ~ g)
equal(got$std.error, as.vector(t(as.matrix(SE(want)))), "standard errors of survey's replicates")
fast <- median_of(function() made(count))
report(sprintf("%d Rao-Wu replicates of %d rows and 20 proportions", count, nrow(few)), fast, slow, "at least 1 000",
       slow / fast >= 1000)
