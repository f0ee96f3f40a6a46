# The data of the pages that tests/browser/run.sh looks at, and whether their tables show R's own numbers.
#   tables.R make DIR          writes ovw.csv and ovw.sav
#   tables.R save DIR          writes results.html
#   tables.R check DIR SHOTS   reads what check.mjs found in the pages: "ok ..." and "not ok ..."
library(weeg)
arguments <- commandArgs(TRUE)
used <- c("gewicht", "ronde", "gemeente", "strengths", "relapse", "provider")

make <- function(dir) {
  data <- openvoorwerk[used]
  utils::write.csv(data, file.path(dir, "ovw.csv"), row.names = FALSE, fileEncoding = "UTF-8")
  haven::write_sav(data, file.path(dir, "ovw.sav"))
}

of_file <- function(dir) weeg_design(file.path(dir, "ovw.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)

save <- function(dir) {
  d <- of_file(dir)
  weeg_save(list("A cross-tab" = weeg_crosstab(d, strengths ~ provider), Items = weeg_proportion(d, strengths + relapse ~ ronde),
                 "<Test>" = weeg_test(d, strengths ~ provider)), file.path(dir, "results.html"))
}

say <- function(ok, ...) cat(if (ok) "ok " else "not ok ", ..., "\n", sep = "")

# The rows of table i of a page, the first cell of each as names.
rows_of <- function(shots, page, i) {
  rows <- jsonlite::fromJSON(file.path(shots, paste0(page, ".json")), simplifyVector = FALSE)$tables[[i]]$rows
  stats::setNames(lapply(rows, function(row) unlist(row[-1L])), vapply(rows, function(row) row[[1L]], ""))
}

# Numbers as the pages write them: R's own rounding of the numbers, not the package's print.
percent <- function(x) sprintf("%.1f", 100 * x)
interval <- function(low, high) paste0(percent(low), "\u2013", percent(high))

check <- function(dir, shots) {
  d <- of_file(dir)
  want <- as.data.frame(weeg_crosstab(d, strengths ~ provider)$row)
  cells <- split(paste0(percent(want$estimate), " (", interval(want$conf.low, want$conf.high), ")"), want$provider)
  marks <- "[*\u2020\u2021a-z]"
  for (page in c("weeg-crosstab", "results")) {
    rows <- rows_of(shots, page, 1L)
    for (group in names(cells)) {
      got <- gsub(marks, "", rows[[group]])
      say(identical(got[seq_along(cells[[group]])], cells[[group]]), "the cross-tab of ", page, ": ", group)
    }
  }
  rows <- rows_of(shots, "weeg-compare", 1L)
  want <- as.data.frame(weeg_compare(d, strengths ~ ronde, measures = "difference"))
  for (i in seq_len(nrow(want))) {
    row <- rows[[as.character(want$level[i])]]
    numbers <- percent(c(want$estimate1[i], want$estimate2[i], want$estimate[i]))
    limits <- paste(percent(want$conf.low[i]), "to", percent(want$conf.high[i]))
    say(identical(row[1:4], c(numbers, limits)), "the comparison of the page: ", want$level[i])
  }
  rows <- rows_of(shots, "pspp", 2L)
  s <- survey::svydesign(id = ~gemeente, strata = ~ronde, weights = ~gewicht, nest = TRUE, data = openvoorwerk)
  for (group in levels(openvoorwerk$provider)) {
    m <- survey::svymean(~strengths, subset(s, provider == group & !is.na(strengths)))
    got <- vapply(paste0(group, ": ", levels(openvoorwerk$strengths)), function(row) as.numeric(rows[[row]][1:2]), c(0, 0))
    off <- abs(got - 100 * rbind(stats::coef(m), survey::SE(m)))
    say(all(off <= 0.5e-3 + 1e-9), "PSPP's table of the page, against survey: ", group)
  }
}

switch(arguments[1L], make = make(arguments[2L]), save = save(arguments[2L]), check = check(arguments[2L], arguments[3L]))
