# Results as tables of documents: cells against R's own rounding of the numbers of the result.

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
percent <- function(x) sprintf("%.1f", 100 * x)
bare_cells <- function(x) gsub("[a-z*\u2020\u2021]", "", x)
dashed <- function(low, high) paste0(percent(low), utf8("\u2013", "-"), percent(high))

test_that("every class of results has a table", {
  results <- some_results()
  kinds <- unique(unlist(lapply(results, function(x) class(x)[1L])))
  expect_setequal(setdiff(c(names(needed_columns), "weeg_crosstab", "weeg_audit"), kinds), character())
  for (name in names(results)) {
    x <- weeg_table(results[[name]])
    expect_identical(class(x), "data.frame", info = name)
    expect_true(all(vapply(x, is.character, NA)) && !anyNA(x), info = name)
    expect_true(nzchar(attr(x, "caption")), info = name)
    expect_false(anyDuplicated(names(x)) > 0 || any(names(x) == ""), info = name)
    # nothing of the marks by which tables are found
    expect_false(any(grepl("[\r\n]", c(unlist(x), attr(x, "caption"), attr(x, "note"), names(x)))), info = name)
    if (!name %in% c("nobody", "audit")) expect_gt(nrow(x), 0L)
    if (!is.null(attr(results[[name]], "conventions"))) expect_match(attr(x, "note"), "^Conventions: ", all = FALSE, info = name)
  }
  # prints are what they were
  expect_false(any(grepl("[\r\n]", format(results$proportion))))
})

test_that("cells are the figures of the result, in the place of their row and column", {
  p <- as.data.frame(weeg_proportion(d, strengths ~ provider))
  x <- weeg_table(weeg_proportion(d, strengths ~ provider))
  expect_identical(names(x), c("provider / strengths", "%", "95% CI", "SE", "n", "n eff.", "deff"))
  band <- grepl("^[^\u00a0]", x[[1L]])
  expect_identical(sum(band), nlevels(p$provider))
  expect_identical(sub("^\u00a0+", "", x[[1L]][!band]), as.character(p$level))
  expect_identical(x$`%`[!band], percent(p$estimate))
  expect_identical(x$`95% CI`[!band], dashed(p$conf.low, p$conf.high))
  expect_identical(x$n[!band], sprintf("%.0f", p$n))

  crosstab <- weeg_crosstab(d, strengths ~ provider)
  x <- weeg_table(crosstab)
  expect_identical(names(x), c("provider", colnames(crosstab$counts), "n (N)"))
  expect_identical(x$provider, c(rownames(crosstab$counts), "Total"))
  cells <- as.data.frame(crosstab)
  want <- paste0(percent(cells$estimate), " (", dashed(cells$conf.low, cells$conf.high), ")")
  got <- as.matrix(x[seq_len(nrow(crosstab$counts)), colnames(crosstab$counts)])
  expect_identical(c(t(bare_cells(got))), want)
  expect_identical(sub(" .*", "", x$`n (N)`), sprintf("%.0f", c(rowSums(crosstab$counts), sum(crosstab$counts))))

  means <- weeg_mean(d, leeftijd ~ provider)
  x <- weeg_table(means, digits = 2)
  expect_identical(x$mean, sprintf("%.2f", means$estimate))
  test <- weeg_table(weeg_test(d, strengths ~ provider))
  expect_identical(test$n, sprintf("%.0f", weeg_test(d, strengths ~ provider)$n))
})

test_that("several tables are one, with what each is of", {
  x <- weeg_table(weeg_compare(d, strengths ~ ronde, answers = "niet", measures = c("difference", "odds-ratio")))
  expect_length(unique(x$table), 2L)
  expect_match(unique(x$table), "^Contactpersoon ziet sterke .*(ifference in percentage points|dds ratio); answer: niet$")
  expect_true("estimate" %in% names(x))
  odds <- weeg_compare(d, strengths ~ ronde, answers = "niet", measures = "odds-ratio")
  expect_identical(x$estimate[nrow(x)], sprintf("%.2f", odds$estimate))
  both <- weeg_table(weeg_proportion(d, strengths + relapse ~ ronde))
  expect_length(unique(both$table), 2L)
  expect_identical(anyDuplicated(attr(both, "note")), 0L)
})

test_that("what is no result is refused, and a part of one is a table", {
  expect_error(weeg_table(openvoorwerk), "`x` must be a result", class = "weeg_error_argument")
  expect_error(weeg_table(d), "`x` must be a result", class = "weeg_error_argument")
  expect_error(as_gt(1), "`x` must be a result", class = "weeg_error_argument")
  p <- weeg_proportion(d, strengths ~ provider)
  expect_identical(sum(grepl("^\u00a0", weeg_table(p[p$level == "niet", ])[[1L]])), 0L)
  expect_identical(nrow(weeg_table(p[0, ])), 0L)
  expect_identical(nrow(as.data.frame(weeg_crosstab(d, strengths ~ provider))), nrow(p))
})

# A document with some results, knit by knitr and made by pandoc.
render <- function(results, format, options = "") {
  folder <- withr::local_tempdir(.local_envir = parent.frame())
  env <- list2env(results)
  chunks <- sprintf("## %s\n\n```{r, echo=FALSE%s}\n%s\n```\n", names(results), options, names(results))
  input <- file.path(folder, "doc.Rmd")
  writeLines(c("---", "title: T", "---", "", chunks), input)
  rmarkdown::render(input, format, envir = env, quiet = TRUE)
}

skip_pandoc <- function() {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
}

test_that("a result in a document is a table with a caption and a note, in HTML, Word and slides", {
  skip_pandoc()
  skip_if_not_installed("xml2")
  results <- some_results()
  results$lately <- weeg_proportion(d, strengths ~ provider)
  count <- sum(vapply(results, function(x) length(shown_tables(x)$tables), 0L))
  page <- xml2::read_html(render(results, "html_document"))
  tables <- xml2::xml_find_all(page, "//table")
  expect_length(tables, count)
  expect_length(xml2::xml_find_all(tables, "./caption"), count)
  expect_length(xml2::xml_find_all(page, "//pre"), 0L)
  last <- tables[[length(tables)]]
  joined <- function(x) gsub(paste0("[\u2060", "]"), "", xml2::xml_text(x, trim = TRUE))
  cells <- lapply(xml2::xml_find_all(last, ".//tr"), function(row) joined(xml2::xml_find_all(row, "./td|./th")))
  want <- weeg_table(results$lately)
  expect_identical(cells[[1L]], names(want))
  expect_identical(lapply(cells[-1L], `[`, -1L), unname(lapply(split(as.matrix(want[-1L]), seq_len(nrow(want))), as.vector)))
  expect_match(xml2::xml_text(page), "Conventions: weeg; interval 95% beta", fixed = TRUE)

  for (format in c("word_document", "powerpoint_presentation")) {
    folder <- withr::local_tempdir()
    utils::unzip(render(results, format), exdir = folder)
    parts <- list.files(folder, "^(document|slide[0-9]+)[.]xml$", recursive = TRUE, full.names = TRUE)
    found <- lapply(parts, function(part) xml2::xml_find_all(xml2::read_xml(part), "//*[local-name() = 'tbl']"))
    # those that are wider than the page are several
    expect_gte(sum(lengths(found)), count)
    text_of <- function(part) xml2::xml_text(xml2::xml_find_all(xml2::read_xml(part), "//*[local-name() = 't']"))
    texts <- unlist(lapply(parts, text_of))
    expect_true(all(percent(results$lately$estimate) %in% texts), info = format)
  }
})

test_that("captions of a chunk are those of the table, and Quarto's are left to it", {
  skip_pandoc()
  results <- list(x = weeg_test(d, strengths ~ ronde))
  read <- function(options) paste(readLines(render(results, "md_document", options), encoding = "UTF-8"), collapse = "\n")
  title <- "Independence: Contactpersoon"
  expect_match(read(""), title)
  own <- read(", tab.cap='My own words'")
  expect_match(own, "My own words")
  expect_false(grepl(title, own))
  quarto <- read(", `tbl-cap`='For Quarto'")
  expect_false(grepl("For Quarto", quarto))
  expect_match(quarto, title)
})

test_that("a document in LaTeX can be typeset", {
  skip_pandoc()
  skip_if(!nzchar(Sys.which("pdflatex")), "LaTeX is not there")
  skip_if(system2("kpsewhich", "lmodern.sty", stdout = FALSE) != 0L, "LaTeX has no lmodern.sty")
  path <- render(some_results(), "pdf_document")
  expect_identical(readBin(path, "raw", 5L), charToRaw("%PDF-"))
})

test_that("flextable and gt have the same cells", {
  results <- some_results()
  x <- results$measures
  made <- shown_tables(x)
  rows <- sum(vapply(made$tables, function(table) nrow(table$cells), 0L)) + length(made$tables)
  if (requireNamespace("flextable", quietly = TRUE)) {
    for (name in names(results)) expect_s3_class(flextable::as_flextable(results[[name]]), "flextable")
    flex <- flextable::as_flextable(x)
    expect_identical(flextable::nrow_part(flex, "body"), rows)
    expect_identical(unname(unlist(flex$body$dataset[2:3, 1L])), unname(made$tables[[1L]]$cells[1:2, 1L]))
  }
  skip_without("gt")
  for (name in names(results)) expect_s3_class(as_gt(results[[name]]), "gt_tbl")
  html <- as.character(gt::as_raw_html(as_gt(results$proportion)))
  for (cell in percent(results$proportion$estimate)) expect_match(html, cell, fixed = TRUE)
  for (note in as_gt(x)[["_source_notes"]]) expect_type(note, "character")
  skip_without("gtsummary")
  theirs <- gtsummary::tbl_summary(data.frame(a = c(1, 2, 2)))
  expect_s3_class(as_gt(theirs), "gt_tbl") # which takes the place of theirs
})

test_that("parts of a table are as few as fit, of about the same size, and have all columns and rows once", {
  set.seed(3)
  for (k in 1:50) {
    least <- c(sample(5:30, 1), sample(3:25, sample(1:12, 1), replace = TRUE))
    parts <- column_parts(least, 60L)
    expect_identical(unlist(parts), seq_along(least)[-1L])
    first <- min(least[1L], 20L)
    wide <- vapply(parts, function(part) first + sum(least[part]), 0)
    expect_true(all(wide <= 60L | lengths(parts) == 1L))
    # two neighbours would not have fitted together
    if (length(parts) > 1L) expect_true(all(wide[-1L] + wide[-length(wide)] - first > 60L - max(least[-1L])))
  }
  cells <- cbind(c("a", paste("row", 1:30), "b", "row"), "1.0")
  part <- list(header = c("x", "%"), cells = cells, band = cells[, 1L] %in% c("a", "b"), left = c(TRUE, FALSE),
               width = c(400, 100))
  parts <- row_parts(part, 64L)
  expect_true(all(vapply(parts, function(part) nrow(part$cells), 0L) < slide_lines))
  expect_identical(unlist(lapply(parts, function(part) part$cells[!part$band, 1L])), cells[!part$band, 1L])
  # a heading begins each, and none is at the foot
  expect_true(all(vapply(parts, function(part) part$band[1L] && !part$band[length(part$band)], NA)))
})
