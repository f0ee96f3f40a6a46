# The figures that the Open voor Werk study published, from the two CSV files in data-raw/.
# Run from the root of the package: Rscript data-raw/published.R

read_figures <- function(name) {
  utils::read.csv(
    file.path("data-raw", name),
    encoding = "UTF-8", stringsAsFactors = FALSE, na.strings = "", strip.white = TRUE
  )
}

published <- list(
  tables = read_figures("published_tables.csv"),
  claims = read_figures("published_claims.csv")
)
whole_numbers <- c("table", "n", "pct")
for (part in names(published)) {
  for (column in intersect(whole_numbers, names(published[[part]]))) {
    published[[part]][[column]] <- as.integer(published[[part]][[column]])
  }
}

save(published, file = file.path("data", "published.rda"), version = 2, compress = "xz")
