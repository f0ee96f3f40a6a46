# What conventions "weeg" cost above "nchs": processor time of one thread in ms, the least of a few runs, with a million
# rows in 20, 100, 500 and 5 000 PSUs of equal sizes and of sizes with a coefficient of variation of 1; and a table of 100
# groups of 5 answers in 50 PSUs. A session is design + tally + the verb. Rscript bench/effective.R; half a minute.

suppressMessages(library(weeg))
options(weeg.threads = 1L)

least <- function(f, runs = 5L, each = 4L) {
  min(replicate(runs, system.time(for (k in seq_len(each)) f())[["user.self"]])) / each * 1e3
}
make <- function(rows, psus, strata, groups, answers, cv) {
  set.seed(psus)
  psu <- sample.int(psus, rows, TRUE, if (cv > 0) stats::rlnorm(psus, 0, sqrt(log(1 + cv^2))) else rep(1, psus))
  data.frame(w = stats::runif(rows, 0.5, 3), psu = factor(psu), s = factor((psu - 1L) %% strata),
             g = factor(sample.int(groups, rows, TRUE)), o = factor(sample.int(answers, rows, TRUE)))
}
tally <- function(x, conventions) {
  weeg_tally(weeg_design(x, weights = ~w, strata = ~s, cluster = ~psu, conventions = conventions), ~ o + g)
}
verbs <- list(proportion = weeg_proportion, compare = weeg_compare, test = weeg_test)

cat(sprintf("%5s %2s  %-10s %8s %9s  session\n", "PSUs", "CV", "", "nchs", "weeg"))
for (psus in c(20L, 100L, 500L, 5000L)) {
  for (cv in 0:1) {
    x <- make(1e6, psus, max(2L, psus %/% 10L), 5L, 4L, cv)
    before <- least(function() tally(x, "nchs"), 3L, 1L)
    of <- lapply(c("nchs", "weeg"), function(conventions) tally(x, conventions))
    for (name in names(verbs)) {
      took <- vapply(of, function(t) least(function() verbs[[name]](t, o ~ g)), 0)
      cat(sprintf("%5d %2d  %-10s %8.2f %9.2f  %6.2f times\n", psus, cv, name, took[1L], took[2L],
                  (before + took[2L]) / (before + took[1L])))
    }
  }
}

x <- make(1e5, 50L, 5L, 100L, 5L, 1)
took <- vapply(c("nchs", "weeg"), function(conventions) {
  t <- tally(x, conventions)
  least(function() weeg_proportion(t, o ~ g))
}, 0)
cat(sprintf("100 groups of 5 answers, 50 PSUs: %.4f ms a figure, %.4f under nchs\n", took[2L] / 500, took[1L] / 500))
