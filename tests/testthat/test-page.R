test_that("the page is written as it is, in place of an older one", {
  page <- withr::local_tempfile(fileext = ".html")
  bytes <- as.raw(c(0x3c, 0xc3, 0xab, 0x0d, 0x0a, 0x3e, 0x0a))
  writeBin(bytes, page)
  path <- withr::local_tempfile(fileext = ".html")
  writeLines("older", path)
  weeg:::write_page(page, path)
  expect_identical(readBin(path, "raw", 100), bytes)
})

test_that("the package's own page is one file that runs from disk, or it is said how to get it", {
  path <- withr::local_tempfile(fileext = ".html")
  expect_error(weeg:::write_page("", path), "make web install", class = "weeg_error_unsupported")
  page <- system.file("page", "weeg.html", package = "weeg")
  if (!nzchar(page)) {
    expect_error(weeg_page(path), "has no page", class = "weeg_error_unsupported")
    expect_false(file.exists(path))
  } else {
    expect_identical(expect_invisible(weeg_page(path)), path)
    expect_identical(unname(tools::md5sum(path)), unname(tools::md5sum(page)))
    expect_lt(file.size(path), 1.5e6)
    expect_match(paste(readLines(path, encoding = "UTF-8", warn = FALSE), collapse = "\n"), "connect-src 'none'", fixed = TRUE)
  }
})

test_that("mistakes say what to do", {
  expect_error(weeg_page("page.pdf"), "ends in .html", class = "weeg_error_argument")
  expect_error(weeg_page(c("a.html", "b.html")), "`path` must be", class = "weeg_error_argument")
  expect_error(weeg_page(file.path(tempdir(), "none", "page.html")), "there is no folder", class = "weeg_error_file")
})
