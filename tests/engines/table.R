# Rscript tests/engines/table.R ENGINES...: what tests/engines/run.sh compared with memory on each engine, from build/engines: how
# often each had the same bytes; with ~ where rows were read, of replicate weights the figures to 1e-12.

engines <- commandArgs(TRUE)
files <- file.path("build", "engines", paste0(engines, ".csv"))
all <- do.call(rbind, lapply(files[file.exists(files)], utils::read.csv, colClasses = "character"))
if (is.null(all)) quit()
engines <- intersect(engines, all$engine)
tables <- c(design = "designs", type = "types and terms", weights = "weights", "random designs" = "random designs",
            "random sums of numbers" = "random sums of numbers",
            kills = "servers killed")

cell <- function(result) {
  if (length(result) == 0L) return("-")
  wrong <- sum(result == "DIFFERENT")
  if (wrong > 0L) return(paste(wrong, "DIFFER"))
  refused <- startsWith(result, "refused")
  paste0(if ("streamed" %in% result) "~", sum(!refused), if (any(refused)) "*")
}

# Rows of the same counts are one, with the names after them.
say <- function(cells, names) {
  cells <- paste(formatC(cells, width = 11L), collapse = "")
  lines <- strwrap(paste(names, collapse = "; "), 118 - nchar(cells))
  cat(paste0(formatC(c(cells, rep("", length(lines) - 1L)), width = nchar(cells)), "  ", lines, "\n"), sep = "")
}
for (table in names(tables)) {
  rows <- all[all$table == table, ]
  if (nrow(rows) == 0L) next
  say(engines, toupper(tables[[table]]))
  of <- function(name) vapply(engines, function(engine) cell(rows$result[rows$name == name & rows$engine == engine]), "")
  cells <- lapply(stats::setNames(nm = unique(rows$name)), of)
  for (same in unique(cells)) say(same, names(cells)[vapply(cells, identical, NA, same)])
}
why <- unique(all[startsWith(all$result, "refused"), c("name", "result")])
if (nrow(why) > 0L) cat(paste0("* ", why$name, " ", why$result, "; as texts they are the same\n"), sep = "")
