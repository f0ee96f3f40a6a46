# Reading what PSPP prints as CSV: sourced by tests/pspp/cases.R and tests/same/cases.R.

# Its tables by their titles: data frames of texts, with row names.
read_tables <- function(path) {
  lines <- readLines(path, encoding = "UTF-8")
  tables <- list()
  for (at in grep("^\"?Table: ", lines)) {
    # PSPP quotes a title only where it begins or ends oddly, not where there is a comma in it
    quoted <- startsWith(lines[at], "\"")
    title <- if (quoted) utils::read.csv(text = lines[at], header = FALSE, stringsAsFactors = FALSE)[[1]] else lines[at]
    end <- at + 1
    while (end <= length(lines) && nzchar(lines[end])) end <- end + 1
    tables[[sub("^Table: ", "", title)]] <- utils::read.csv(text = lines[(at + 1):(end - 1)], check.names = FALSE,
                                                            row.names = 1, colClasses = "character")
  }
  tables
}

# Half a unit of the last printed place, and what doubles of this size may differ.
half_unit <- function(digits, expected) 0.5 * 10^-digits + 1e-11 * abs(expected)
