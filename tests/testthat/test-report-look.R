study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))
date <- as.Date("2026-05-04")

one_report <- function(..., folder = withr::local_tempdir(.local_envir = parent.frame())) {
  weeg_report(study, "municipal", output = folder, area = "Delft", date = date, threshold = NULL, cores = 1, quiet = TRUE, ...)
}

# A file that begins as a picture does is one here; the first is a whole one, of 1 by 1.
pixel <- paste0("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d494441",
                "54789c6360606060000000050001a5f645400000000049454e44ae426082")
pixel <- as.raw(strtoi(substring(pixel, seq(1, nchar(pixel), 2), seq(2, nchar(pixel), 2)), 16L))
picture <- function(bytes, name, frame = parent.frame()) {
  path <- file.path(withr::local_tempdir(.local_envir = frame), name)
  writeBin(if (is.character(bytes)) charToRaw(bytes) else bytes, path)
  path
}

skip_if_not_installed("xml2")

test_that("a colour may be any; what text is in it stands out by 4.5 to 1", {
  set.seed(1)
  some <- c("gold", "white", "black", "yellow", "#154273", "grey50", grDevices::rgb(runif(50), runif(50), runif(50)))
  for (colour in some) {
    css <- look_css(check_colour(colour))
    part <- function(name) sub(".*: ", "", regmatches(css, regexpr(paste0("--", name, ": #[0-9a-f]{6}"), css)))
    expect_gte(contrast(part("accent"), "#eef2f6"), 4.5) # --band, the darkest ground of text in this colour
    expect_gte(contrast(part("ground"), part("on")), 4.5)
    expect_identical(part("ground"), tolower(check_colour(colour)))
  }
  expect_identical(text_colour("#154273"), "#154273") # dark enough: as it is
  expect_match(report_css(), paste0("--band: ", band_ground), fixed = TRUE)
})

test_that("the title, the colour and the logo are in the page, and nothing is read from elsewhere", {
  logo <- c("A \"b\" & <c>" = picture(pixel, "logo.bin")) # it is its bytes that count
  path <- one_report(title = " A *b* & <c>\n$body$ ", colour = "gold", logo = logo)
  page <- xml2::read_html(path)
  expect_identical(xml2::xml_text(xml2::xml_find_all(page, "//h1")), "A *b* & <c> $body$")
  expect_match(xml2::xml_text(xml2::xml_find_first(page, "//style")), "--ground: #ffd700; --on: #000000", fixed = TRUE)
  image <- xml2::xml_find_all(page, "//img")
  expect_identical(xml2::xml_attr(image, "alt"), "A \"b\" & <c>")
  source <- xml2::xml_attr(image, "src")
  expect_match(source, "^data:image/png;base64,")
  skip_if_not_installed("jsonlite")
  expect_identical(jsonlite::base64_dec(sub(".*,", "", source)), pixel)
  for (n in 0:7) expect_identical(base64(pixel[seq_len(n)]), jsonlite::base64_enc(pixel[seq_len(n)]))
})

test_that("a picture is known by what it begins with", {
  kinds <- list(png = pixel, jpeg = as.raw(c(0xff, 0xd8, 0xff, 0xe0)), gif = "GIF89a", svg = "<svg xmlns='x'/>",
                svg = "\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <p> --><svg>")
  for (i in seq_along(kinds)) {
    bytes <- if (is.character(kinds[[i]])) charToRaw(kinds[[i]]) else kinds[[i]]
    expect_identical(picture_kind(bytes), names(kinds)[i])
  }
  for (other in list("", "<html><svg>", "a text", "BM", "%PDF-1.5", "<?xml version='1.0'?><svgs/>")) {
    expect_true(is.na(picture_kind(charToRaw(other))))
  }
  expect_true(is.na(picture_kind(as.raw(c(0x89, 0x50)))))
})

test_that("what is no title, colour, logo or section is an error, before anything is written", {
  refused <- function(words, ..., class = "weeg_error_argument") {
    folder <- withr::local_tempdir()
    expect_error(one_report(..., folder = folder), words, class = class)
    expect_identical(list.files(folder), character())
  }
  for (title in list("", " ", NA_character_, 5, c("a", "b"), list("a"))) refused("`title` must be one text", title = title)
  for (colour in list("blurple", "#12345", "5", 5, NA_character_, c("red", "blue"), "", list("red"))) {
    refused("`colour` must be one colour", colour = colour)
  }
  for (colour in c("transparent", "#15427380")) refused("can be seen through", colour = colour)
  refused("`logo`: there is no file", logo = "nowhere.png", class = "weeg_error_file")
  refused("`logo`: there is no file", logo = tempdir(), class = "weeg_error_file")
  refused("a picture: PNG, JPEG, GIF or SVG, which x.png is not", logo = picture("not one", "x.png"))
  refused("`logo` must be the path of one picture", logo = c("a.png", "b.png"))
  refused("at most 2 MB", logo = picture(c(pixel, raw(2e6)), "x.png"))
  refused("no section \"shrot\".*Did you mean short", sections = "shrot")
  refused("no section \"summary\"", sections = "summary")
  for (sections in list(character(), NA_character_, c("short", "short"), 1)) refused("names of sections", sections = sections)
  expect_error(weeg_report(study, "municipal", sections = "answers"), "protected reports have no section",
               class = "weeg_error_argument")
  expect_error(weeg_report(study, output = "x.html", sections = "short"), "no section \"short\"", class = "weeg_error_argument")
  expect_error(weeg_report(study, output = "x.html", format = "word"), "ends in .html, but", class = "weeg_error_argument")
  expect_error(weeg_report(study, "municipal", format = "pdf"), "`format` must be one of", class = "weeg_error_argument")
  few <- weeg_study(openvoorwerk["strengths"], data.frame(variable = "strengths", role = "outcome", nl = ""))
  expect_error(weeg_report(few, output = tempfile(fileext = ".Rmd"), sections = c("rounds", "needs"), threshold = NULL),
               "nothing for \"rounds\", \"needs\"", class = "weeg_error_study")
})

test_that("a report has the sections that are asked for, in that order, as they are in the whole report", {
  ids <- function(path) xml2::xml_attr(xml2::xml_find_all(xml2::read_html(path), "//h2"), "id")
  whole <- one_report()
  some <- one_report(sections = c("methods", "reading"))
  expect_identical(ids(whole)[c(1, 2, 3, length(ids(whole)))], c("reading", "short", "answers", "methods"))
  expect_identical(ids(some), c("methods", "reading"))
  text <- function(path, id) {
    page <- xml2::read_html(path)
    after <- xml2::xml_find_all(page, sprintf("//main/*[not(self::h2)][preceding-sibling::h2[1][@id='%s']]", id))
    expect_gt(length(after), 1)
    xml2::xml_text(after)
  }
  for (id in ids(some)) expect_identical(text(some, id), text(whole, id))
})

# ---- Word ------------------------------------------------------------------------------------------------------------

test_that("an archive has its files, and their bytes", {
  set.seed(2)
  files <- list(a.txt = charToRaw("one"), "b/empty" = raw(), "b/many" = as.raw(sample(0:255, 1e5, TRUE)), "c.xml" = raw(1e5))
  path <- withr::local_tempfile(fileext = ".zip")
  writeBin(zip_bytes(files), path)
  folder <- withr::local_tempdir()
  expect_identical(utils::unzip(path, list = TRUE)$Name, names(files))
  utils::unzip(path, exdir = folder)
  for (name in names(files)) expect_identical(readBin(file.path(folder, name), "raw", 2e5), files[[name]])
  skip_if(Sys.which("unzip") == "") # it looks at checksums too
  expect_identical(system2("unzip", c("-tq", path), stdout = FALSE), 0L)
})

word_part <- function(path, part) {
  folder <- withr::local_tempdir()
  utils::unzip(path, exdir = folder)
  xml2::read_xml(file.path(folder, part))
}

test_that("a municipal report in Word has the words and tables of the page, the colour and the logo", {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
  title <- "A *b* 'c' <d>: \"e\" $f$"
  logo <- c("My logo" = picture(pixel, "logo.png"))
  path <- one_report(format = "word", title = title, colour = "gold", logo = logo)
  expect_identical(basename(path), "delft-nl.docx")
  document <- word_part(path, "word/document.xml")
  page <- xml2::read_html(one_report(title = title))
  words <- function(x) {
    x <- gsub("[^[:alnum:]\u2020\u2021%]+", "", x)
    x[nzchar(x)]
  }
  styled <- function(style) xml2::xml_text(xml2::xml_find_all(document, sprintf("//w:p[w:pPr/w:pStyle/@w:val='%s']", style)))
  expect_identical(styled("Title"), title)
  expect_identical(styled("Subtitle"), "Rapport voor Delft")
  expect_identical(words(styled("Heading1")), words(xml2::xml_text(xml2::xml_find_all(page, "//h2"))))
  expect_identical(words(styled("Heading2")), words(xml2::xml_text(xml2::xml_find_all(page, "//h3"))))
  # a wide table is two in Word: the same cells, but for first columns that stand in both
  cells <- function(x, what) words(xml2::xml_text(xml2::xml_find_all(x, what)))
  expect_setequal(cells(document, "//w:tbl//w:tc"), cells(page, "//table//th|//table//td"))
  paragraphs <- cells(page, "//main/p|//main/div[@class='callout']/p")
  expect_identical(setdiff(paragraphs, words(xml2::xml_text(xml2::xml_find_all(document, "//w:p")))), character())
  described <- xml2::xml_attr(xml2::xml_find_all(document, "//wp:docPr"), "descr")
  expect_identical(described, c("My logo", xml2::xml_attr(xml2::xml_find_all(page, "//figure//svg"), "aria-label")))
  expect_no_match(as.character(document), tempdir(), fixed = TRUE)
  colours <- xml2::xml_find_all(word_part(path, "word/styles.xml"), "//w:style[@w:styleId='Title']//w:color")
  expect_identical(xml2::xml_attr(colours, "val"), sub("#", "", text_colour("gold")))
  # kept while it is up to date, and written again where it is asked for in another way
  folder <- dirname(path)
  said <- function(...) {
    bar <- utils::capture.output(m <- testthat::capture_messages(
      weeg_report(study, "municipal", output = folder, area = "Delft", date = date, threshold = NULL, format = "word", cores = 1,
                  quiet = FALSE, ...)
    ))
    m[length(m)]
  }
  expect_match(said(), "1 report written")
  expect_match(said(), "1 was there")
  expect_match(said(colour = "red"), "1 report written")
})

test_that("weeg_word() has a colour, or a document of one's own", {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
  expect_error(weeg_word(colour = "red", reference_docx = "x.docx"), "has colours itself", class = "weeg_error_argument")
  expect_error(weeg_word(colour = "rood"), "`colour` must be", class = "weeg_error_argument")
  expect_error(weeg_html(logo = "nowhere.png"), "there is no file", class = "weeg_error_file")
})

# ---- drafts ----------------------------------------------------------------------------------------------------------

test_that("a draft becomes the report: same words, tables and figures, and sentences can be changed", {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
  logo <- c("L: #1 'x' \"y\"" = picture(pixel, "logo.png"))
  draft <- one_report(format = "draft", colour = "gold", logo = logo)
  expect_identical(basename(draft), "delft-nl.Rmd")
  lines <- readLines(draft, encoding = "UTF-8")
  at <- grep("^In Delft deden", lines)
  expect_length(at, 1)
  lines[at] <- paste(lines[at], "En dit schreef ik zelf.")
  writeLines(enc2utf8(lines), draft, useBytes = TRUE)
  made <- rmarkdown::render(draft, "weeg::weeg_html", params = list(study = study), quiet = TRUE, envir = new.env())
  page <- xml2::read_html(made)
  plain <- xml2::read_html(one_report())
  text <- function(page) {
    found <- xml2::xml_text(xml2::xml_find_all(page, paste0("//main//", c("p", "li", "h2", "h3", "th", "td"), collapse = "|")))
    found <- gsub("\\s+", " ", trimws(found))
    found[nzchar(found)]
  }
  expect_identical(setdiff(text(page), text(plain)), grep("En dit schreef ik zelf.", text(page), fixed = TRUE, value = TRUE))
  expect_length(setdiff(text(plain), text(page)), 1)
  labels <- function(page) xml2::xml_attr(xml2::xml_find_all(page, "//svg"), "aria-label")
  expect_identical(labels(page), labels(plain))
  expect_identical(xml2::xml_attr(xml2::xml_find_all(page, "//img"), "alt"), names(logo))
  expect_match(xml2::xml_text(xml2::xml_find_first(page, "//style")), "--ground: #ffd700", fixed = TRUE)
  expect_error(rmarkdown::render(draft, params = list(study = NULL), quiet = TRUE, envir = new.env()), "give the study")
})

test_that("a draft changes no variable where it is rendered, and says so before anything where it has no study", {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
  draft <- one_report(format = "draft", sections = "short")
  mine <- list(study = study, language = "fr", threshold = 3, area = "Tiel")
  where <- list2env(mine, parent = globalenv())
  expect_error(rmarkdown::render(draft, quiet = TRUE, envir = where), "give the study")
  expect_identical(mget(sort(ls(where)), where), mine[sort(names(mine))])
  made <- rmarkdown::render(draft, params = list(study = where$study), quiet = TRUE, envir = where)
  expect_identical(mget(sort(ls(where)), where), mine[sort(names(mine))])
  expect_match(xml2::xml_text(xml2::read_html(made)), "Delft naast de rest van het land: aandeel", fixed = TRUE) # not Tiel
  # as the draft says, the study may be made in its header
  lines <- readLines(draft, encoding = "UTF-8")
  call <- "weeg::weeg_study(weeg::openvoorwerk, system.file(\"extdata\", \"openvoorwerk-codebook.csv\", package = \"weeg\"))"
  writeLines(enc2utf8(sub("^  study: null$", paste("  study: !r", call), lines)), draft, useBytes = TRUE)
  again <- rmarkdown::render(draft, output_file = "again.html", quiet = TRUE, envir = where)
  expect_identical(readLines(again), readLines(made))
})

test_that("a draft has its logo beside it, and no path of this machine", {
  skip_if_not_installed("rmarkdown")
  logo <- picture(pixel, "mine.png")
  folder <- withr::local_tempdir()
  writeLines("another", file.path(folder, "mine.png"))
  draft <- one_report(format = "draft", sections = "reading", logo = logo, folder = folder)
  expect_setequal(list.files(folder), c("delft-nl.Rmd", "delft-nl-logo.png", "mine.png"))
  expect_identical(readBin(file.path(folder, "delft-nl-logo.png"), "raw", 1000), pixel)
  lines <- readLines(draft, encoding = "UTF-8")
  expect_identical(grep("logo", lines, value = TRUE), "    logo: \"delft-nl-logo.png\"")
  expect_false(any(grepl(basename(tempdir()), lines, fixed = TRUE)))
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
  # moved together, to where the picture itself is not
  elsewhere <- withr::local_tempdir()
  file.copy(file.path(folder, c("delft-nl.Rmd", "delft-nl-logo.png")), elsewhere)
  unlink(c(logo, folder), recursive = TRUE)
  made <- rmarkdown::render(file.path(elsewhere, "delft-nl.Rmd"), params = list(study = study), quiet = TRUE, envir = new.env())
  expect_match(xml2::xml_attr(xml2::xml_find_all(xml2::read_html(made), "//div[@class='logo']//img"), "src"), "^data:image/png")
})

test_that("what a codebook says is text in a draft, and never R", {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
  odd <- c("A `r stop('run')` b", "1. *x* [y](z) \\(q\\) $k$", "- # {a} <b> & c^2^ ~d~ @e", "(a) _f_ | g: h", "```{r} 1",
           "+1 \"q\" \\n")
  book <- data.frame(variable = c("", "", "q", "", "", "g", "p"),
                     role = c("title", "note", "outcome", "", "", "group", "question"),
                     code = c("", "", "", "1", "2", "", ""), en = c(odd[1], odd[2], odd[3], odd[4], odd[5], odd[6], odd[1]))
  data <- data.frame(q = rep(1:2, 60), g = rep(c("`r 1 + 1`", "s"), each = 60), p = rep(odd[1:2], 60))
  mine <- weeg_study(data, book)
  path <- withr::local_tempfile(fileext = ".Rmd")
  weeg_report(mine, "national", "en", output = path, threshold = NULL, sections = c("summary", "groups", "questions"))
  made <- rmarkdown::render(path, "weeg::weeg_html", params = list(study = mine), quiet = TRUE, envir = new.env())
  page <- xml2::read_html(made)
  # pandoc makes quotes curly
  straight <- function(x) gsub("\\s+", " ", gsub("[\u201c\u201d]", "\"", gsub("[\u2018\u2019]", "'", x)))
  expect_identical(straight(xml2::xml_text(xml2::xml_find_all(page, "//h1"))), odd[1])
  said <- straight(xml2::xml_text(xml2::xml_find_all(page, "//main//blockquote//p|//main//h2|//main//h3")))
  r <- national_base(mine, "en", date)
  blocks <- unlist(lapply(c("summary", "groups", "questions"), report_section, r = r), recursive = FALSE)
  wanted <- unlist(lapply(blocks, function(b) if (b$type %in% c("heading", "callout")) b$text))
  expect_identical(said[said != ""], straight(wanted))
})

test_that("a section of an area is that of its report, and parts are its tables and figures", {
  base <- municipal_base(study, "nl", date)
  area <- municipal_by_section(base, "Delft")
  x <- weeg_section(study, "short", "nl", NULL, area = "Delft")
  expect_identical(x$blocks, area$short)
  kinds <- vapply(x$blocks, function(b) b$type, "")
  part <- weeg_section(study, "short", "nl", NULL, area = "Delft", part = 2)
  expect_identical(part$blocks, x$blocks[which(kinds %in% c("grid", "figure"))[2]])
  other <- weeg_section(study, "short", "nl", NULL, area = "Tiel", part = 2)
  expect_identical(other$blocks, weeg_section(study, "short", "nl", NULL, area = "Tiel")$blocks[kinds == "grid"])
  expect_false(identical(other$blocks, part$blocks))
  expect_error(weeg_section(study, "short", "nl", NULL, area = "Delf"), "Did you mean Delft", class = "weeg_error_argument")
  expect_error(weeg_section(study, "short", "nl", NULL, area = 1), "must be one gemeente", class = "weeg_error_argument")
  expect_error(weeg_section(study, "needs", "nl", NULL, area = "Delft"), "must be one of \"reading\"",
               class = "weeg_error_argument")
  expect_error(weeg_section(study, "short", "nl", NULL, area = "Delft", part = 9), "has 2 tables",
               class = "weeg_error_argument")
})
