# Rscript tools/install-newest.R LIBRARY package=minimal-version ...
# Builds in LIBRARY the newest release of every package that no library has in at least the version asked for.

args <- commandArgs(TRUE)
library_dir <- normalizePath(args[1])
wanted <- unique(args[-1])
packages <- sub("=.*", "", wanted)
versions <- sub(".*=", "", wanted)

is_there <- function(package, version) {
  nzchar(system.file(package = package)) && utils::packageVersion(package) >= version &&
    requireNamespace(package, quietly = TRUE)
}
missing <- function() packages[!mapply(is_there, packages, versions)]

needed <- missing()
if (length(needed)) {
  if (identical(unname(getOption("repos")["CRAN"]), "@CRAN@")) utils::chooseCRANmirror(ind = 1)
  message("Building ", paste(needed, collapse = ", "), " in ", args[1])
  cores <- max(1L, parallel::detectCores(), na.rm = TRUE)
  options(timeout = 600)
  utils::install.packages(needed, lib = library_dir, Ncpus = cores, quiet = TRUE)
  needed <- missing()
  if (length(needed)) {
    message("Not installed: ", paste(needed, collapse = ", "))
    quit(status = 1)
  }
}
