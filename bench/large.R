# Large tables: what a cross-tab of a million rows costs beside the pass over them, the pass beside reading its columns, columns
# that are no factors beside factors; 10^8 rows in chunks; peers that make the same sums. `make bench` runs this; a minute.
#
# Rscript bench/large.R [ROWS OF THE STREAM]. With one thread, times are those of the processor, so that other processes add
# little; with two, the least of those measured in turn, which still say little where two processors are never free at once. It
# wants build/plain/bench/stream.

suppressPackageStartupMessages({
  library(weeg)
  library(survey)
  library(data.table)
  library(collapse)
})
streamed <- c(commandArgs(TRUE), "1e8")[1L]
rows <- 1e6L

set.seed(20134)
psu <- sample.int(500L, rows, TRUE)
stratum <- (psu - 1L) %/% 10L + 1L
group <- sample.int(5L, rows, TRUE)
answer <- sample.int(4L, rows, TRUE)
texts <- list(c("werkplein", "sociale dienst", "re-integratie", "dagbesteding", "anders"),
              c("niet", "een beetje", "grotendeels", "helemaal"))
labelled <- function(codes, names) {
  structure(as.double(codes), labels = stats::setNames(as.double(seq_along(names)), names), na_values = 9,
            class = c("haven_labelled_spss", "haven_labelled", "vctrs_vctr", "double"))
}
people <- function(psu, stratum, g, o) {
  structure(list(w = weights, psu = psu, stratum = stratum, g = g, o = o), class = "data.frame", row.names = seq_len(rows))
}
weights <- runif(rows, 0.5, 3)
factors <- people(factor(psu), factor(stratum), factor(group, labels = texts[[1L]]), factor(answer, labels = texts[[2L]]))
text <- people(factors$psu, factors$stratum, texts[[1L]][group], texts[[2L]][answer])
whole <- people(psu, stratum, group, answer)
spss <- people(as.double(psu), as.double(stratum), labelled(group, texts[[1L]]), labelled(answer, texts[[2L]]))
coded <- people(paste0("municipality ", psu), paste("region", stratum), factors$g, factors$o)
design_of <- function(data, conventions = "survey") {
  weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = conventions)
}

# ---- measuring -------------------------------------------------------------------------------------------------------

# Milliseconds of each function, run in turn. proc.time() counts milliseconds, so that there are several calls to each.
in_turn <- function(..., runs = 15L) {
  fs <- list(...)
  for (f in fs) f()
  alone <- identical(getOption("weeg.threads"), 1L)
  calls <- if (alone) 8L else 1L
  clock <- if (alone) function() sum(proc.time()[1:2]) else function() as.numeric(Sys.time())
  once <- function(f) {
    Sys.sleep(0.005)
    start <- clock()
    for (call in seq_len(calls)) f()
    (clock() - start) / calls * 1e3
  }
  times <- matrix(replicate(runs, vapply(fs, once, 0)), nrow = length(fs))
  stats::setNames(apply(times, 1L, if (alone) stats::median else min), names(fs))
}

met <- TRUE
line <- function(what, first, second, most = NA, unit = "ms") {
  ratio <- first / second
  met <<- met && (is.na(most) || ratio <= most)
  cat(sprintf("  %-66s %9.2f %9.2f %s  ratio %6.2f%s\n", what, first, second, unit, ratio,
              if (is.na(most)) "" else paste0("  (at most ", most, if (ratio > most) ": NOT MET", ")")))
}

read_columns <- local({
  folder <- tempfile("read")
  dir.create(folder)
  invisible(file.copy("bench/read.c", folder))
  writeLines(c("PKG_CFLAGS = $(SHLIB_OPENMP_CFLAGS)", "PKG_LIBS = $(SHLIB_OPENMP_CFLAGS)"), file.path(folder, "Makevars"))
  old <- setwd(folder)
  on.exit(setwd(old))
  if (system2(file.path(R.home("bin"), "R"), c("CMD", "SHLIB", "read.c"), stdout = FALSE) != 0L) stop("read.c")
  dyn.load(file.path(folder, paste0("read", .Platform$dynlib.ext)))
  columns <- unname(as.list(factors[c("psu", "g", "o")]))
  function(threads) .Call("read_columns", columns, weights, threads)
})

# ---- a million rows --------------------------------------------------------------------------------------------------

same <- function(x, y) {
  stopifnot(identical(as.vector(x$counts), as.vector(y$counts)), identical(x$test$statistic, y$test$statistic))
}
table_of <- function(data) weeg_crosstab(design_of(data), o ~ g)
first <- table_of(factors)
for (data in list(whole, spss)) same(first, table_of(data))
stopifnot(identical(sort(as.vector(first$weighted)), sort(as.vector(table_of(text)$weighted))))

for (threads in 1:2) {
  options(weeg.threads = threads)
  setDTthreads(threads)
  set_collapse(nthreads = threads)
  cat("\nA million rows, 500 PSUs in 50 strata, 5 x 4 cells; threads: ", threads, "\n", sep = "")
  d <- design_of(factors)
  usual <- design_of(factors, "weeg")
  of_text <- design_of(text)
  time <- in_turn(tally = function() weeg_tally(d, ~ g + o), crosstab = function() weeg_crosstab(d, o ~ g),
                  usual = function() weeg_crosstab(usual, o ~ g), read = function() read_columns(threads),
                  tally_text = function() weeg_tally(of_text, ~ g + o), crosstab_text = function() weeg_crosstab(of_text, o ~ g))
  line("cross-tab, beside its tally", time["crosstab"], time["tally"], 1.6)
  line("the same with intervals and test for few PSUs", time["usual"], time["tally"])
  line("tally, beside reading its columns", time["tally"], time["read"], if (threads == 2L) 1.3 else NA)
  line("tally of texts, beside factors", time["tally_text"], time["tally"])
  line("cross-tab of texts, beside factors", time["crosstab_text"], time["crosstab"], 1.5)

  inside <- subset(d, o != "niet")
  in_spss <- design_of(spss)
  time <- in_turn(factors = function() table_of(factors), text = function() table_of(text), whole = function() table_of(whole),
                  spss = function() table_of(spss), coded = function() table_of(coded),
                  domain = function() weeg_tally(inside, ~ g + o), tally = function() weeg_tally(d, ~ g + o),
                  subset = function() subset(in_spss, o > 1 & g == "anders"), runs = 5L)
  line("design and cross-tab: group and answer texts, beside factors", time["text"], time["factors"], 1.5)
  line("  all whole numbers", time["whole"], time["factors"])
  line("  SPSS labels and user-missing values, PSUs numbers", time["spss"], time["factors"])
  line("  PSUs and strata texts", time["coded"], time["factors"])
  line("tally of a domain, beside that of all", time["domain"], time["tally"], 1.3)
  line("subset() by two variables with SPSS labels, beside a tally", time["subset"], time["tally"])

  dt <- as.data.table(factors)
  dt_text <- as.data.table(text)
  time <- in_turn(
    tally = function() weeg_tally(d, ~ g + o), data.table = function() dt[, .(n = .N, w = sum(w)), by = .(psu, g, o)],
    collapse = function() fsum(factors$w, GRP(factors, c("psu", "g", "o"))), tally_text = function() weeg_tally(of_text, ~ g + o),
    dt_text = function() dt_text[, .(n = .N, w = sum(w)), by = .(psu, g, o)],
    collapse_text = function() fsum(text$w, GRP(text, c("psu", "g", "o"))), runs = 3L
  )
  line("data.table's sums, beside the tally", time["data.table"], time["tally"])
  line("collapse's sums, beside the tally", time["collapse"], time["tally"])
  line("data.table's sums by texts, beside the tally", time["dt_text"], time["tally_text"])
  line("collapse's sums by texts, beside the tally", time["collapse_text"], time["tally_text"])
}

part <- factors[seq_len(1e5L), ]
s <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = part)
d <- design_of(part)
found <- weeg_test(d, o ~ g)
theirs <- svychisq(~ o + g, s)
stopifnot(abs(found$statistic / theirs$statistic - 1) < 1e-9) # the same formula, summed in another order
time <- in_turn(ours = function() weeg_test(d, o ~ g), svytable = function() svytable(~ o + g, s),
                svychisq = function() svychisq(~ o + g, s), runs = 2L)
cat("\n100 000 rows\n")
line("survey's svychisq(), beside weeg_test()", time["svychisq"], time["ours"])
line("survey's svytable(), beside weeg_test()", time["svytable"], time["ours"])

# ---- memory ----------------------------------------------------------------------------------------------------------

cat("\nPeak memory above the input, each in a process of its own\n")
for (kind in c("factors", "text")) {
  said <- system2(file.path(R.home("bin"), "Rscript"), c("bench/peak.R", "4000000", kind), stdout = TRUE)
  took <- as.double(strsplit(said[length(said)], " ")[[1L]])
  cat(sprintf("  4 000 000 rows, %-8s %6.1f ns a row, %5.1f MB\n", kind, took[1L] / 4e6 * 1e9, took[2L]))
}

# ---- rows in chunks --------------------------------------------------------------------------------------------------

program <- "build/plain/bench/stream"
if (!file.exists(program)) stop("make ", program)
cat("\nRows in chunks, as of a generator; time of the processor\n")
for (threads in 1:2) {
  said <- system2(program, c(format(as.double(streamed), scientific = FALSE), threads), stdout = TRUE)
  x <- as.double(strsplit(said, " ")[[1L]])
  line(sprintf("%.0e rows, beside a hundredth of them; %d threads", x[1L], threads), x[3L], x[2L], 1.2, "ns")
  line("  beside the pass over rows in memory", x[3L], x[4L], NA, "ns")
  line("  peak memory after all, and after a hundredth", x[6L], x[5L], 1.1, "MB")
}
if (!met) cat("\nNot all targets were met in this run.\n")
