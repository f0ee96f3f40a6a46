# Files that are written are there whole, and follow nothing that others have laid; src/core/io/file.c, test_writing.c.

# A folder of its own, with a file that nothing may change.
with_folder <- function(code) {
  folder <- tempfile("files")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  writeLines("mine", file.path(folder, "mine"))
  code(folder)
  expect_identical(readLines(file.path(folder, "mine")), "mine")
  # nothing half written is left
  expect_length(grep("^[.]weeg-", list.files(folder, all.files = TRUE)), 0L)
}

test_that("a municipal report follows no link that stands where its file would be made", {
  with_folder(function(folder) {
    out <- file.path(folder, "out")
    dir.create(out)
    codebook <- system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg")
    study <- weeg_study(openvoorwerk, codebook)
    file.symlink(file.path(folder, "mine"), file.path(out, "delft-nl.html.part"))
    path <- weeg_report(study, "municipal", area = "Delft", output = out, threshold = NULL, quiet = TRUE)
    expect_identical(basename(path), "delft-nl.html")
    expect_gt(file.size(path), 10000)
    expect_identical(Sys.readlink(path), "")
  })
})

test_that("names of 255 bytes can be written, longer ones and folders that are not there are errors", {
  with_folder(function(folder) {
    long <- file.path(folder, strrep("a", 255L))
    weeg:::write_whole("text", long)
    expect_identical(readLines(long), "text")
    expect_error(weeg:::write_whole("text", paste0(long, "a")), "too long", class = "weeg_error_file")
    expect_error(weeg:::write_whole("text", file.path(folder, "none", "x")), "cannot write .*none/x: No such file",
                 class = "weeg_error_file")
    expect_error(weeg:::write_whole("text", folder), "cannot write", class = "weeg_error_file")
    tally <- weeg_tally(weeg_design(data.frame(a = c("x", "y"))), ~a)
    long <- file.path(folder, paste0(strrep("b", 250L), ".weeg"))
    weeg_write_tally(tally, long)
    expect_identical(weeg_read_tally(long)$entries, tally$entries)
  })
  expect_lte(max(nchar(weeg:::file_names(strrep(c("Ab", "Ab"), 200L), "nl"), "bytes")), 255L)
  expect_identical(anyDuplicated(weeg:::file_names(strrep(c("Ab", "Ab"), 200L), "nl")), 0L)
})

test_that("a full disk is an error", {
  skip_if_not(file.exists("/dev/full"))
  expect_error(weeg:::write_whole("text", "/dev/full"), "cannot write /dev/full: No space left", class = "weeg_error_file")
  tally <- weeg_tally(weeg_design(data.frame(a = c("x", "y"))), ~a)
  expect_error(weeg_write_tally(tally, "/dev/full"), "cannot write /dev/full: No space left", class = "weeg_error_file")
})

test_that("a hard link is cut, and the other name keeps its file", {
  with_folder(function(folder) {
    other <- file.path(folder, "other")
    skip_if_not(file.link(file.path(folder, "mine"), other))
    weeg:::write_whole("text", other)
    expect_identical(readLines(other), "text")
  })
})

test_that("of a pipe that nobody writes to, a tally is an error at once", {
  with_folder(function(folder) {
    pipe <- file.path(folder, "pipe.weeg")
    skip_if(system2("mkfifo", shQuote(pipe)) != 0L)
    system(paste0("(sleep 10; : <>", shQuote(pipe), ") >/dev/null 2>&1 &")) # else this test would never end where it fails
    waited <- system.time(expect_error(weeg_read_tally(pipe), "is not a file", class = "weeg_error_file"))
    expect_lt(waited[["elapsed"]], 8)
  })
})

test_that("pipes and devices are no files to read, and are refused at once", {
  with_folder(function(folder) {
    for (name in c("pipe.csv", "pipe.sav")) {
      pipe <- file.path(folder, name)
      skip_if(system2("mkfifo", shQuote(pipe)) != 0L)
      system(paste0("(sleep 20; : <>", shQuote(pipe), ") >/dev/null 2>&1 &")) # else this test would never end where it fails
      calls <- list(quote(weeg_design(pipe)), quote(weeg_tally(pipe, ~a)), quote(weeg_study(openvoorwerk, pipe)),
                    quote(weeg_study(pipe, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))))
      for (call in if (name == "pipe.csv") calls else calls[1:2]) {
        waited <- system.time(expect_error(eval(call), "is a pipe or a device, not a file", class = "weeg_error_file"))
        expect_lt(waited[["elapsed"]], 8)
      }
    }
    expect_error(weeg_design("/dev/null"), "is a pipe or a device", class = "weeg_error_file")
  })
})

test_that("Ctrl-C ends the wait for somebody who reads a pipe", {
  skip_on_os("windows")
  skip_if_not_installed("processx")
  with_folder(function(folder) {
    script <- file.path(folder, "script.R")
    pipe <- file.path(folder, "pipe.weeg")
    skip_if(system2("mkfifo", shQuote(pipe)) != 0L)
    writeLines(c(
      sprintf(".libPaths(c(%s))", paste(deparse(.libPaths()), collapse = "")),
      sprintf("pipe <- '%s'", pipe),
      "t <- weeg::weeg_tally(weeg::weeg_design(data.frame(a = c('x', 'y'))), ~a)",
      "for (write in list(function() weeg::weeg_write_tally(t, pipe), function() weeg:::write_whole('text', pipe))) {",
      "  cat('ready\n')",
      "  cat(tryCatch({ write(); 'done' }, interrupt = function(i) 'interrupt'), '\n')",
      "}"
    ), script)
    child <- processx::process$new(file.path(R.home("bin"), "Rscript"), c("--vanilla", script), stdout = "|", stderr = "|")
    on.exit(child$kill())
    line <- function() {
      until <- Sys.time() + 30
      while (length(found <- child$read_output_lines(1L)) == 0L && Sys.time() < until) child$poll_io(100L)
      trimws(found)
    }
    for (turn in 1:2) {
      expect_identical(line(), "ready")
      Sys.sleep(0.5)
      sent <- Sys.time()
      child$interrupt()
      expect_identical(line(), "interrupt")
      expect_lt(as.numeric(Sys.time() - sent, units = "secs"), 5) # on a busy machine; else never
    }
  })
})

test_that("links and pipes of somebody else in a folder for everybody are not followed", {
  skip_on_os("windows")
  skip_if(system2("id", "-u", stdout = TRUE) != "0", "only root can make files of somebody else")
  with_folder(function(folder) {
    shared <- file.path(folder, "shared")
    dir.create(shared)
    Sys.chmod(shared, "1777", use_umask = FALSE)
    link <- file.path(shared, "report.html")
    file.symlink(file.path(folder, "mine"), link)
    expect_identical(system2("chown", c("-h", "61002", shQuote(link))), 0L)
    expect_error(weeg:::write_whole("text", link), "report.html: .*belongs to somebody else", class = "weeg_error_file")
    tally <- weeg_tally(weeg_design(data.frame(a = c("x", "y"))), ~a)
    link <- file.path(shared, "t.weeg")
    file.symlink(file.path(folder, "mine"), link)
    expect_identical(system2("chown", c("-h", "61002", shQuote(link))), 0L)
    expect_error(weeg_write_tally(tally, link), "belongs to somebody else", class = "weeg_error_file")
  })
})
