# SPSS files: weeg against package haven and survey, from the file to a tested cross-tab. `make bench` runs this.
# Environment: WEEG_BENCH=quick takes a tenth of the rows.

suppressPackageStartupMessages({
  library(weeg)
  library(haven)
  library(survey)
})
rows <- if (identical(Sys.getenv("WEEG_BENCH"), "quick")) 30000L else 300000L
options(weeg.threads = parallel::detectCores(), survey.lonely.psu = "fail")

set.seed(20133)
psu <- sample.int(500L, rows, TRUE)
data <- data.frame(w = runif(rows, 0.5, 3), psu = psu, stratum = (psu - 1L) %/% 10L + 1L)
answers <- c(nooit = 1, soms = 2, vaak = 3, altijd = 4, nvt = 5)
for (k in 1:21) data[[paste0("v", k)]] <- labelled(sample(1:5, rows, TRUE), answers)
path <- tempfile(fileext = ".sav")
write_sav(data, path)
rm(data)

seconds <- function(f) {
  start <- as.numeric(Sys.time())
  f()
  as.numeric(Sys.time()) - start
}
ours <- function() {
  d <- weeg_design(path, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = "survey")
  weeg_crosstab(d, v1 ~ v2)$test
}
theirs <- function() {
  data <- as_factor(read_sav(path, col_select = c("w", "psu", "stratum", "v1", "v2")))
  d <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = data)
  svychisq(~ v2 + v1, d, statistic = "F")
}
want <- theirs()
got <- ours()
error <- abs(got$p.value - want$p.value) / want$p.value
if (!(error < 1e-9)) stop("p differs by ", error)
times <- replicate(5, c(seconds(ours), seconds(theirs)))
median_times <- apply(times, 1, median)
read <- median(replicate(5, seconds(function() read_sav(path, col_select = c("w", "psu", "stratum", "v1", "v2")))))
cat(sprintf("%d rows, 24 variables, %.0f MB; p equal, relative difference %.1e\n", rows, file.size(path) / 1e6, error))
cat(sprintf("%-66s %10.1f ms %12.1f ms  ratio %8.1f  (at least 3: %s)\n",
            "SPSS file to a tested cross-tab, against haven and survey", median_times[1] * 1e3, median_times[2] * 1e3,
            median_times[2] / median_times[1], if (median_times[2] >= 3 * median_times[1]) "yes" else "NO"))
cat(sprintf("%-66s %10.1f ms %12.1f ms  ratio %8.1f  (-)\n", "the same, against haven's reading of the five variables alone",
            median_times[1] * 1e3, read * 1e3, read / median_times[1]))
unlink(path)
