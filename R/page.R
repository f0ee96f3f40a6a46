#' The page that opens SPSS and CSV files in a browser
#'
#' Writes the page, one HTML file for people without R: opened from disk, by a double click, it takes an SPSS or CSV file or
#' a tally and shows tables, intervals and tests of it, with the lines of R that give the same numbers. It runs the program
#' `weeg` in the browser, needs no network and no server, and sends nothing anywhere: the browser itself refuses it.
#'
#' The page has the version of the package, and the package has it where it was installed after `make web`, which compiles it.
#'
#' @param path The name of the file, which ends in `.html`. One that is there is replaced when the new one is whole.
#' @return `path`, invisibly.
#' @examples
#' file <- tempfile(fileext = ".html")
#' tryCatch(weeg_page(file), weeg_error_unsupported = function(e) message(conditionMessage(e)))
#' if (interactive() && file.exists(file)) utils::browseURL(file)
#' @export
weeg_page <- function(path = "weeg.html") {
  what <- "the name of a file that ends in .html"
  path <- path.expand(one_path(path, "path", what))
  if (!grepl("[.]html?$", path, ignore.case = TRUE)) abort("argument", "`path` must be ", what)
  if (!dir.exists(dirname(path))) abort("file", "there is no folder ", dirname(path), hint = "Make it first: dir.create()")
  write_page(system.file("page", "weeg.html", package = "weeg"), path)
  invisible(path)
}

# page: "" where there is none.
write_page <- function(page, path) {
  if (!nzchar(page)) {
    abort("unsupported", "this installation of weeg has no page: it was installed before the page was compiled",
          hint = "In the sources of weeg: make web install")
  }
  write_whole(readBin(page, "raw", file.size(page)), path)
}
