# The package built without libcsv, ReadStat, zlib and libzstd: what is lacking is said, and the rest works.
library(weeg)
says <- function(name, bytes, pattern) {
  path <- file.path(tempdir(), name)
  writeBin(bytes, path)
  said <- tryCatch({ weeg_design(path); "nothing" }, error = conditionMessage)
  cat(if (grepl(pattern, said)) "ok" else "not ok", " ", name, ": ", said, "\n", sep = "")
}
says("a.csv", charToRaw("a,b\n1,2\n"), "built without libcsv.*libcsv-dev")
says("a.sav", charToRaw("$FL2@(#) SPSS DATA FILE"), "built without ReadStat.*libreadstat-dev")

# survey's figure of the same test: tests/testthat/test-test.R compares with it
design <- weeg_design(openvoorwerk, weights = ~gewicht)
p <- tidy(weeg_test(design, strengths ~ provider))$p.value
model <- survey::svydesign(~1, weights = ~gewicht, data = openvoorwerk)
known <- survey::svychisq(~ strengths + provider, model)$p.value
cat(if (abs(p - known) < 1e-9) "ok" else "not ok", " a test of a data frame: ", p, " and ", known, "\n", sep = "")
