# Makes the reference values of tests/core/test_adjust.c: what R's p.adjust gives (see PROVENANCE.md).
#
#     Rscript make_adjust.R > p_adjust.csv
#
# SPDX-License-Identifier: GPL-3.0-or-later
cases <- list(
  one = 0.03,
  small = c(0.01, 0.02, 0.03, 0.04, 0.05),
  unordered = c(0.04, 0.001, 0.2, 0.001, 0.9, 0.013, 0.0499),
  ties = c(0.02, 0.02, 0.02, 1, 0, 0.5, 0.5),
  missing = c(NaN, 0.01, 0.04, NaN, 0.03, NaN, 0.2),
  all_missing = c(NaN, NaN),
  large = c(0.9, 0.95, 0.99, 1),
  many = (1:40 / 41)^3
)
cat("case,method,p,adjusted\n")
for (name in names(cases)) {
  for (method in c("none", "holm", "hochberg", "BH", "bonferroni")) {
    p <- as.numeric(cases[[name]])
    cat(sprintf("%s,%s,%.17g,%.17g\n", name, method, p, p.adjust(p, method)), sep = "")
  }
}
