# The numbers that inst/examples/shares.c prints, once more by package survey from the arrays in that file:
# Rscript reference.R shares.c shares.txt; and those of tests/lib/calibrated.c: reference.R shares.c calibrated.txt calibrated
suppressPackageStartupMessages(library(survey))
arguments <- commandArgs(TRUE)
code <- paste(readLines(arguments[1]), collapse = " ")
printed <- readLines(arguments[2])

# the array of this name in the C code
array_of <- function(name) {
  found <- regmatches(code, regexec(paste0(" ", name, "\\[CLIENTS\\] = \\{([^}]*)\\}"), code))[[1]]
  scan(text = found[2], sep = ",", quiet = TRUE)
}
names <- c("region", "town", "provider", "answer", "weight")
rows <- as.data.frame(lapply(stats::setNames(names, names), array_of))
rows$answer <- factor(rows$answer, 1:3, c("yes", "partly", "no")) # 0 is missing
design <- svydesign(~town, strata = ~region, weights = ~weight, data = rows)

if (length(arguments) == 3L) {
  poststratified <- postStratify(design, ~provider, data.frame(provider = 1:2, Freq = c(60, 40)))
  totals <- svytotal(~ I(answer %in% "yes") + I(answer %in% "partly") + I(answer %in% "no"), poststratified)
  kept <- grep("TRUE", names(totals))
  expected <- c(rbind(unname(totals[kept]), unname(SE(totals)[kept])))
  cat(sum(abs(scan(text = printed, quiet = TRUE) / expected - 1) < 1e-12), "numbers agree\n")
  quit()
}

expected <- NULL
for (p in 1:2) {
  of_p <- subset(design, provider == p)
  for (a in levels(rows$answer)) {
    of_p$variables$is_a <- of_p$variables$answer == a
    share <- svyciprop(~is_a, of_p, method = "logit", df = degf(of_p), na.rm = TRUE)
    expected <- c(expected, share[1], attr(share, "ci"))
  }
}
test <- svychisq(~provider + answer, design, statistic = "F")
expected <- c(expected, test$parameter, test$statistic, test$p.value)

# the last three columns of the six lines of shares, then the four numbers of the test
shares <- lapply(strsplit(trimws(printed[2:7]), " +"), function(line) as.numeric(line[4:6]))
of_test <- regmatches(printed[8], gregexpr("[0-9]+\\.[0-9]+", printed[8]))[[1]]
found <- c(unlist(shares), as.numeric(of_test))
stopifnot(length(found) == length(expected), all(is.finite(found)))

# printed in six decimals
off <- abs(found - expected)
cat("largest difference:", format(max(off)), "\n")
cat(sum(off <= 0.5e-6 * (1 + 1e-6)), "numbers agree\n")
