# Benchmarks: weeg against its peers, all in one run, results checked equal first. `make bench` runs this.
#
# Every line is a ratio of medians measured in turn (A B A B ...) on the same data, so that a noisy machine slows both.
# Environment: WEEG_BENCH=quick leaves out what takes minutes (survey on a million rows, ten million rows).

suppressPackageStartupMessages({
  library(weeg)
  library(survey)
  library(data.table)
  library(collapse)
})
quick <- identical(Sys.getenv("WEEG_BENCH"), "quick")
threads <- parallel::detectCores()
setDTthreads(threads)
set_collapse(nthreads = threads)
options(weeg.threads = threads, survey.lonely.psu = "fail")

# Sys.time() counts microseconds, proc.time() only milliseconds. OpenMP's threads wait for more work with a busy processor for
# some milliseconds, so that who comes after a package that uses it has fewer processors: each starts when these are free.
seconds <- function(f) {
  Sys.sleep(0.01)
  start <- as.numeric(Sys.time())
  f()
  as.numeric(Sys.time()) - start
}

# Medians of `runs` runs of each function in turn.
in_turn <- function(..., runs = 21L) {
  fs <- list(...)
  for (f in fs) f()
  times <- replicate(runs, vapply(fs, seconds, 0))
  apply(matrix(times, nrow = length(fs)), 1L, median)
}

results <- list()
report <- function(what, target, ratio, ours, theirs, met) {
  results[[length(results) + 1L]] <<- data.frame(
    what = what, weeg = sprintf("%.4g ms", ours * 1e3), peer = sprintf("%.4g ms", theirs * 1e3),
    ratio = sprintf("%.1f", ratio), target = target, met = if (met) "yes" else "NO"
  )
  cat(sprintf("%-66s %10.2f ms %12.2f ms  ratio %8.1f  (%s)\n", what, ours * 1e3, theirs * 1e3, ratio, target))
}
equal <- function(a, b, tolerance, what) {
  error <- max(abs(a - b) / pmax(abs(b), 1e-300))
  if (!(error <= tolerance)) stop(what, ": results differ by ", signif(error, 3))
  cat(sprintf("  %s: equal, largest relative difference %.1e\n", what, error))
}

cat("R ", as.character(getRversion()), ", survey ", as.character(packageVersion("survey")), ", data.table ",
    as.character(packageVersion("data.table")), ", collapse ", as.character(packageVersion("collapse")), ", ", threads,
    " threads\n", sep = "")

make_data <- function(rows, psus = 500L, strata = 50L) {
  psu <- sample.int(psus, rows, TRUE)
  data.frame(
    w = runif(rows, 0.5, 3), psu = factor(psu), stratum = factor((psu - 1L) %/% (psus %/% strata) + 1L),
    g = factor(sample(letters[1:5], rows, TRUE)), o = factor(sample(LETTERS[1:4], rows, TRUE))
  )
}
set.seed(20131)
x <- make_data(1e6L)
cat(sprintf("\nOne million rows: %d rows, %d PSUs in %d strata, %d x %d cells\n", nrow(x), nlevels(x$psu),
            nlevels(x$stratum), nlevels(x$g), nlevels(x$o)))
# the numbers of survey, which each comparison with it checks
design_of <- function(data, conventions = "survey") {
  weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = conventions)
}
d <- design_of(x)

# ---- the pass against reading the columns ---------------------------------------------------------------------------

folder <- tempfile("read")
dir.create(folder)
invisible(file.copy(file.path("bench", c("read.c")), folder))
writeLines(c("PKG_CFLAGS = $(SHLIB_OPENMP_CFLAGS)", "PKG_LIBS = $(SHLIB_OPENMP_CFLAGS)"), file.path(folder, "Makevars"))
old <- setwd(folder)
if (system2(file.path(R.home("bin"), "R"), c("CMD", "SHLIB", "read.c"), stdout = FALSE) != 0L) stop("read.c")
dyn.load(paste0("read", .Platform$dynlib.ext))
setwd(old)
columns <- unname(as.list(x[c("psu", "g", "o")]))
for (k in unique(c(1L, threads))) {
  options(weeg.threads = k)
  time <- in_turn(function() weeg_tally(d, ~ g + o), function() .Call("read_columns", columns, x$w, k))
  report(sprintf("pass against reading the same columns once, %d thread(s) each", k), "at most 2.5", time[1] / time[2],
         time[1], time[2], time[1] / time[2] <= 2.5)
}
options(weeg.threads = threads)

# ---- the tally against grouping and summing --------------------------------------------------------------------------

dt <- as.data.table(x)
by_dt <- function() dt[, .(n = .N, w = sum(w)), by = .(psu, g, o)]
by_collapse <- function() {
  groups <- GRP(x, c("psu", "g", "o"))
  list(groups = groups$groups, n = groups$group.sizes, w = fsum(x$w, groups))
}
ours <- as.data.frame(weeg_tally(d, ~ g + o))
ours <- ours[order(ours$psu, ours$g, ours$o), ]
theirs <- by_dt()[order(psu, g, o)]
equal(ours$n.weighted, theirs$w, 1e-12, "tally and data.table")
equal(ours$n.weighted, by_collapse()$w, 1e-12, "tally and collapse")
time <- in_turn(function() weeg_tally(d, ~ g + o), by_dt, by_collapse)
report("tally against data.table, factors", "at least 10", time[2] / time[1], time[1], time[2], time[2] / time[1] >= 10)
report("tally against collapse, factors", "at least 10", time[3] / time[1], time[1], time[3], time[3] / time[1] >= 10)
x_text <- x
x_text$g <- as.character(x$g)
x_text$o <- as.character(x$o)
dt_text <- as.data.table(x_text)
d_text <- design_of(x_text)
time <- in_turn(
  function() weeg_tally(d_text, ~ g + o),
  function() dt_text[, .(n = .N, w = sum(w)), by = .(psu, g, o)],
  function() fsum(x_text$w, GRP(x_text, c("psu", "g", "o")))
)
report("tally against data.table, text", "-", time[2] / time[1], time[1], time[2], TRUE)
report("tally against collapse, text", "-", time[3] / time[1], time[1], time[3], TRUE)

# ---- the whole job against survey ------------------------------------------------------------------------------------

whole <- function(data, conventions = "survey") weeg_crosstab(design_of(data, conventions), o ~ g)
whole_survey <- function(data) {
  s <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = data)
  svychisq(~ g + o, s, statistic = "F")
}
size <- if (quick) 1e5L else nrow(x)
part <- x[seq_len(size), ]
gc(FALSE)
theirs_time <- seconds(function() theirs <<- whole_survey(part))
crosstab <- whole(part)
equal(c(crosstab$test$statistic, crosstab$test$num.df, crosstab$test$den.df, crosstab$test$p.value),
      c(theirs$statistic, theirs$parameter, theirs$p.value), 1e-9, "Rao-Scott F, its df and p")
ours_time <- in_turn(function() whole(part))
rows <- format(size, big.mark = " ", scientific = FALSE)
report(paste0("design + cross-tab + Rao-Scott F against svydesign + svychisq, ", rows, " rows"), "at least 500",
       theirs_time / ours_time, ours_time, theirs_time, theirs_time / ours_time >= 500)
ours_time <- in_turn(function() whole(part, "weeg"))
report("the same by weeg's own conventions: its intervals, its exact test", "at least 200", theirs_time / ours_time, ours_time,
       theirs_time, theirs_time / ours_time >= 200)
ours_time <- in_turn(function() weeg_test(design_of(part), o ~ g))
report(paste0("design + Rao-Scott F only, ", rows, " rows"), "-", theirs_time / ours_time, ours_time, theirs_time, TRUE)
part_text <- x_text[seq_len(size), ]
ours_time <- in_turn(function() whole(part_text))
report("the same, group and answer as text", "at least 500", theirs_time / ours_time, ours_time, theirs_time,
       theirs_time / ours_time >= 500)
rm(part, part_text, x_text, dt_text, d_text)

# ---- many cells: srvyr issue 164 -------------------------------------------------------------------------------------

set.seed(123)
N <- if (quick) 5000L else 50000L
many <- data.frame(
  grp1 = sample(letters, N, TRUE), grp2 = sample(LETTERS, N, TRUE), grp3 = sample(1:10, N, TRUE),
  weight = sample(seq(0.01, 1, 0.01), N, TRUE), one = 1
)
cat(sprintf("\nMany cells (srvyr issue 164): %d rows, 26 x 26 x 10 cells, each row a PSU\n", N))
s <- svydesign(ids = ~1, weights = ~weight, data = many)
count_survey <- function() svyby(~one, ~ grp1 + grp2 + grp3, s, svytotal)
theirs_time <- seconds(function() theirs <<- count_survey())
count <- function() weeg_total(weeg_design(many, weights = ~weight), ~ grp1 + grp2 + grp3)
ours <- count()
place <- match(paste(theirs$grp1, theirs$grp2, theirs$grp3), paste(ours$grp1, ours$grp2, ours$grp3))
equal(ours$estimate[place], theirs$one, 1e-12, "totals")
equal(ours$std.error[place], theirs$se, 1e-9, "standard errors")
ours_time <- in_turn(count)
report("counts with standard errors against survey's svyby(svytotal)", "at least 1000", theirs_time / ours_time, ours_time,
       theirs_time, theirs_time / ours_time >= 1000)

# ---- means of numbers ------------------------------------------------------------------------------------------------

set.seed(17)
rows <- if (quick) 1e5L else 1e6L
numbers <- make_data(rows)
numbers$g <- factor(sample(sprintf("g%02d", 1:20), rows, TRUE))
numbers$income <- rlnorm(rows, 7)
numbers$age <- sample(18:90, rows, TRUE)
numbers$hours <- round(runif(rows, 0, 50), 1)
numbers$score <- rnorm(rows)
numbers$size <- sample(6L, rows, TRUE)
cat(sprintf("\nMeans of 5 numbers in 20 groups: %d rows, 500 PSUs in 50 strata\n", rows))
s <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = numbers)
theirs_time <- seconds(function() theirs <<- svyby(~ income + age + hours + score + size, ~g, s, svymean))
of_numbers <- function() weeg_mean(design_of(numbers), income + age + hours + score + size ~ g)
ours <- of_numbers()
equal(ours$estimate, unlist(theirs[2:6]), 1e-9, "means")
equal(ours$std.error, unlist(theirs[7:11]), 1e-9, "standard errors")
ours_time <- in_turn(of_numbers)
report("design + means with standard errors against survey's svyby(svymean)", "at least 300", theirs_time / ours_time, ours_time,
       theirs_time, theirs_time / ours_time >= 300)
rm(numbers, s)
# ---- medians ---------------------------------------------------------------------------------------------------------

source(file.path("bench", "quantile.R"))

# ---- calibration -----------------------------------------------------------------------------------------------------

source(file.path("bench", "calibrate.R"))
source(file.path("bench", "logistic.R"))

# ---- ten million rows ------------------------------------------------------------------------------------------------

# In fresh processes: memory that R has freed but kept would hide what a pass takes.
large <- function(rows, text) {
  answer <- system2(file.path(R.home("bin"), "Rscript"), c("bench/peak.R", format(rows, scientific = FALSE), text),
                    stdout = TRUE)
  as.list(setNames(as.double(strsplit(answer[length(answer)], " ")[[1L]]), c("seconds", "megabytes")))
}

if (!quick && file.exists("/proc/self/clear_refs")) {
  cat("\nTen million rows: design + Rao-Scott F, each size in a process of its own\n")
  per_row <- numeric()
  for (rows in c(1e6, 2e6, 5e6, 1e7)) {
    run <- large(rows, "factors")
    per_row <- c(per_row, run$seconds / rows)
    cat(sprintf("  %8.0f rows, factors: %7.1f ms, %4.1f ns a row, peak memory %5.1f MB above the input\n", rows,
                run$seconds * 1e3, run$seconds / rows * 1e9, run$megabytes))
  }
  report("10 000 000 rows: time a row against that at 1 000 000", "linear: at most 1.3", per_row[4] / per_row[1],
         per_row[4] * 1e7, per_row[1] * 1e6, per_row[4] / per_row[1] <= 1.3)
  memory <- function(what, extra) {
    results[[length(results) + 1L]] <<- data.frame(what = what, weeg = sprintf("%.1f MB", extra), peer = "", ratio = "",
                                                   target = "under 50 MB", met = if (extra < 50) "yes" else "NO")
  }
  memory("10 000 000 rows: memory beyond the input, factors", run$megabytes)
  run <- large(1e7, "text")
  cat(sprintf("  %8.0f rows, text and integers: %7.1f ms, peak memory %5.1f MB above the input\n", 1e7, run$seconds * 1e3,
              run$megabytes))
  memory("10 000 000 rows: memory beyond the input, text and integers", run$megabytes)
}

cat("\n")
table <- do.call(rbind, results)
print(table, row.names = FALSE, right = FALSE)
if (any(table$met == "NO")) cat("\nNot all targets were met in this run.\n")
