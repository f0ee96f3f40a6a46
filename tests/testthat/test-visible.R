# Texts from data, with what moves a terminal's cursor, turns text around or breaks files of XML: in names, levels, labels,
# titles, codebooks, paths and messages, in every kind of output.

skip_if_not(l10n_info()[["UTF-8"]])

# From numbers, as a parser of R makes no text of some of them.
point <- function(...) intToUtf8(c(...))
hostile <- c(
  escape = "\033[31mred", link = "\033]8;;http://example.org\007here", bell = "a\007b", csi = point(0x9b, 0x33, 0x31, 0x6d),
  delete = "a\177b", return = "safe\rgone", lines = "a\n\nb", tab = "a\tb", bidi = point(0x202e, 0x61), isolate = point(0x2066),
  mark = point(0x61, 0x61c), nothing = point(0x61, 0x200b), order = point(0xfeff, 0x61), separator = point(0x61, 0x2028),
  none = point(0x61, 0xffff), tag = point(0x61, 0xe0041), control = "a\001b\037"
)
sets <- split(hostile, rep(1:2, length.out = length(hostile)))

# Numbers of the characters that may not be shown; -1 for what is not UTF-8.
unshown <- function(x) {
  x <- as.character(x)
  if (!all(validUTF8(x))) return(-1L)
  x <- utf8ToInt(enc2utf8(paste(x, collapse = "\n")))
  bad <- c(0:9, 11:31, 127:159, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028:0x202e, 0x2060:0x206f, 0xfeff, 0xffff, 0xe0041)
  intersect(x, bad)
}
expect_shown <- function(x, label) expect_identical(length(unshown(x)), 0L, label = paste(label, "shows", toString(unshown(x))))

# Two questions, a group and another, weights: the texts are part of every name, level and label.
hostile_data <- function(texts) {
  set.seed(5, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  all <- paste(texts, collapse = " ")
  factor_of <- function(levels) structure(factor(sample(levels, 240, TRUE)), label = paste("label", all))
  d <- data.frame(factor_of(paste0(letters[1:3], all)), factor_of(paste0(c("v", "w"), all)), factor_of(texts[1:2]),
                  runif(240) < 0.4, runif(240, 1, 2), rep(1:24, each = 10))
  names(d) <- paste0(c("A", "B", "C", "D", "W", "P"), all)
  attr(d, "name") <- paste("data", all)
  d
}
f <- function(text, names) {
  terms <- stats::setNames(lapply(names, as.name), substr(names, 1L, 1L))
  eval(do.call(substitute, list(str2lang(text), terms)))
}

results_of <- function(d) {
  n <- names(d)
  design <- weeg_design(d, weights = f("~ W", n), cluster = f("~ P", n))
  both <- unname(c(v = 0.5, w = 0.5))
  names(both) <- levels(d[[2]])
  compare <- weeg_compare(design, f("A ~ B", n))
  list(
    design = design, tally = weeg_tally(design, f("~ A + B", n)), proportion = weeg_proportion(design, f("A ~ B", n)),
    domain = weeg_proportion(eval(call("subset", design, call("==", as.name(n[3]), levels(d[[3]])[1]))), f("A ~ B", n)),
    total = weeg_total(design, f("~ A + B", n)), crosstab = weeg_crosstab(design, f("A ~ B", n)),
    test = weeg_test(design, f("A ~ B", n)), tests = weeg_test(design, f("A + C ~ B", n)), compare = compare,
    letters = weeg_letters(weeg_compare(design, f("A ~ B", n), measures = "difference")),
    association = weeg_association(design, f("A ~ B", n)), battery = weeg_battery(design, f("A ~ B", n), means = TRUE),
    multiple = weeg_multiple(design, f("D ~ B", n)),
    decompose = weeg_decompose(design, f("A ~ B", n), by = f("~ C", n)),
    standardise = weeg_standardise(design, f("A ~ C", n), by = f("~ B", n), population = both),
    sensitivity = weeg_sensitivity(design, f("A ~ B", n)), weights = weeg_weights(design),
    logistic = weeg_logistic(design, f("D ~ A + B", n)), loglinear = weeg_loglinear(design, f("~ A * B", n)),
    shrink = weeg_shrink(design, f("C ~ P", n), answers = levels(d[[3]])[1], deff = 1),
    funnel = weeg_funnel(design, f("C ~ P", n), answers = levels(d[[3]])[1])
  )
}
results <- suppressWarnings(lapply(sets, function(texts) results_of(hostile_data(texts))))

test_that("lines of every result, whole and in part, can be shown", {
  for (set in results) {
    for (verb in names(set)) {
      x <- set[[verb]]
      expect_shown(format(x), paste("format of", verb))
      expect_shown(capture.output(print(x)), paste("print of", verb))
      if (!inherits(x, c("weeg_design", "weeg_tally"))) {
        table <- weeg_table(x)
        expect_shown(c(unlist(table), names(table), attr(table, "caption"), attr(table, "note")), paste("table of", verb))
      }
      if (!is.data.frame(x)) next
      x$reason <- NULL
      expect_shown(c(format(x), capture.output(print(x))), paste("print without a column of", verb))
    }
  }
})

test_that("what is written has the width that columns are aligned by", {
  d <- data.frame(a = factor(rep(c("\033[31mx", "plain"), 20)), b = factor(rep(c("p", "q", "q", "p"), 10)))
  lines <- format(weeg_proportion(weeg_design(d), a ~ b))
  rows <- grep("^  (.u001b.31mx|plain) ", lines, value = TRUE)
  expect_length(rows, 4L)
  expect_length(unique(nchar(rows)), 1L)
})

test_that("every character comes out as weeg.h says, and stays as it is", {
  expect_identical(visible(hostile[["escape"]]), "\\u001b[31mred")
  expect_identical(visible(c(NA, "caf\u00e9", "")), c(NA, "caf\u00e9", ""))
  expect_identical(visible("a\r\n\tb"), "a   b")
  bad <- "a\xff"
  Encoding(bad) <- "bytes"
  latin <- "caf\xe9"
  Encoding(latin) <- "latin1"
  expect_identical(visible(c(bad, latin)), c("a\\xff", "caf\u00e9"))
  # bytes of no character in a text that is said to be one: an 8-bit terminal takes 9b for a command
  broken <- rawToChar(as.raw(c(0x78, 0xff, 0x9b, 0x33, 0x31, 0x6d)))
  expect_true(all(charToRaw(visible(broken)) < as.raw(0x7f)))
  message <- conditionMessage(expect_error(weeg_proportion(weeg_design(data.frame(w = 1:2)), broken), class = "weeg_error"))
  expect_true(validUTF8(message) && !grepl("\x9b", message, fixed = TRUE, useBytes = TRUE))
  expect_identical(visible(visible(hostile)), visible(hostile))
  codes <- c(1:0xd7ff, 0xe000:0xffff, 0x1f600, 0xe0041)
  expect_shown(visible(vapply(codes, intToUtf8, "")), "visible()")
})

# Every text of a plot.
plot_texts <- function(x) {
  texts <- function(x) {
    if (is.factor(x)) return(levels(x))
    if (is.list(x)) return(unlist(lapply(unclass(x), texts)))
    if (is.character(x)) c(x, names(x))
  }
  built <- ggplot2::ggplot_build(x)
  scales <- lapply(built$plot$scales$scales, function(scale) list(scale$name, if (!is.function(scale$labels)) scale$labels))
  data <- ggplot2::layer_data
  gsub("\n", " ", c(texts(built$plot$data), texts(lapply(names(built$plot$labels), function(k) built$plot$labels[[k]])),
                    ggplot2::get_alt_text(built), texts(scales),
                    unlist(lapply(seq_along(x$layers), function(i) texts(data(x, i))))), fixed = TRUE)
}

test_that("levels that differ in blanks and in what takes no place are told apart", {
  # by two variables, in tables whose stubs, headers and texts have them
  a <- c("a", "a\u00a0", " a", "a ", "a\u200d", "a\ufe0f", "a b", "a\u2009b", "a  b", "z\u00a0y")
  told <- c("a", "\"a\\u00a0\"", "\" a\"", "\"a \"", "\"a\\u200d\"", "\"a\\ufe0f\"", "a b", "\"a\\u2009b\"",
            "\"a \\u0020b\"", "z\u00a0y") # the last is like no other
  expect_identical(apart_result(a), told)
  expect_identical(apart_result(factor(a[c(1, 2, 2)], a[1:2])), factor(told[c(1, 2, 2)], told[1:2]))
  for (alone in list(a[10L], a[1L], c("b", "a "), character(), NA_character_, 1:3)) expect_identical(apart_result(alone), alone)
  set.seed(3, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  d <- weeg_design(data.frame(y = sample(a[c(1, 2, 7)], 300, TRUE), g = sample(a[c(7:8, 10)], 300, TRUE),
                               h = sample(a[5:6], 300, TRUE)))
  results <- list(
    weeg_proportion(d, y ~ g), weeg_proportion(d, y ~ g + h), weeg_crosstab(d, y ~ g), weeg_crosstab(d, g ~ y),
    weeg_compare(d, y ~ g), weeg_compare(d, y ~ g, answers = a[2L]), weeg_total(d, ~ y + g), weeg_decompose(d, y ~ g, by = ~h),
    weeg_letters(weeg_compare(d, y ~ g, measures = "difference")),
    weeg_battery(d, y ~ g), weeg_sensitivity(d, y ~ g), weeg_tally(d, ~ y + g),
    weeg_logistic(d, I(y == "a") ~ g), weeg_shrink(d, y ~ g, answers = "a")
  )
  for (x in results) {
    lines <- paste(capture.output(print(x)), collapse = " ")
    expect_match(lines, "a\\\\u(00a0|2009b)\"", label = class(x)[1L])
    expect_false(grepl("a[\u00a0\u2009]", lines), label = class(x)[1L])
  }
  expect_setequal(levels(results[[1L]]$level), a[c(1, 2, 7)]) # the data stay
  skip_if_not_installed("ggplot2")
  drawn <- plot_texts(suppressMessages(ggplot2::autoplot(results[[1L]], page = c(12, 12))))
  expect_true("\"a\\u00a0\"" %in% drawn && !any(grepl("a\u00a0", drawn)))
})

test_that("messages, with their hints, can be shown", {
  for (texts in sets) {
    d <- hostile_data(texts)
    n <- names(d)
    design <- weeg_design(d, weights = f("~ W", n), cluster = f("~ P", n))
    missing <- d
    missing[[5]][3] <- NA
    negative <- d
    negative[[5]][3] <- -1
    path <- file.path(tempdir(), texts[[1]])
    calls <- list(
      quote(weeg_proportion(design, as.formula(call("~", as.name(texts[[1]]))))),
      quote(weeg_proportion(design, f("A ~ B", n), interval = texts[[1]])),
      quote(weeg_proportion(design, as.formula(call("~", as.name(sub(".$", "", n[1])))))),
      quote(weeg_compare(design, f("A ~ B", n), pairs = c(texts[[1]], texts[[2]]))),
      quote(weeg_compare(design, f("A ~ B", n), answers = texts[[2]])),
      quote(weeg_design(missing, weights = f("~ W", n))), quote(weeg_design(negative, weights = f("~ W", n))),
      quote(weeg_design(d, strata = f("~ A", n), cluster = f("~ B", n))),
      quote(weeg_multiple(design, f("A ~ B", n))), quote(weeg_design(path)), quote(weeg_read_tally(path)),
      quote(weeg_write_tally(weeg_tally(design, f("~ A", n)), file.path(path, "x.weeg"))),
      quote(weeg_study(d, data.frame(variable = texts[[1]], role = texts[[2]]))),
      quote(weeg_rake(design, stats::setNames(list(c(no = 1)), n[1])))
    )
    for (call in calls) {
      e <- tryCatch(eval(call), error = identity)
      expect_s3_class(e, "weeg_error")
      expect_shown(c(conditionMessage(e), e$hint), deparse1(call))
    }
    numbers <- structure(data.frame(as.double(1:40)), names = n[1])
    expect_shown(conditionMessage(tryCatch(weeg_proportion(weeg_design(numbers), f("~ A", n)), message = identity)), "a message")
  }
  e <- tryCatch(warn("replicates", "of ", hostile[["escape"]]), warning = identity)
  expect_identical(conditionMessage(e), "of \\u001b[31mred")
  expect_identical(conditionMessage(tryCatch(tell(hostile[["escape"]]), message = identity)), "\\u001b[31mred\n")
})

test_that("plots, and their texts for who cannot see them, can be shown", {
  skip_if_not_installed("ggplot2")
  set <- results[[1]]
  for (verb in c("proportion", "crosstab", "compare", "tests", "multiple", "funnel", "logistic")) {
    drawing <- suppressMessages(ggplot2::autoplot(set[[verb]], page = c(30, 30)))
    texts <- plot_texts(drawing)
    expect_gt(length(texts), 3L)
    expect_shown(texts, paste("plot of", verb))
  }
})

hostile_study <- function(texts) {
  all <- paste0(paste(texts, collapse = " "), "|`c` <i>d</i> [x](http://y) **b** \"q\" & ")
  set.seed(6, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  codebook <- data.frame(
    variable = c("", "", "q", "", "", "g", "", "", "r", "", "", "w", "i", "", ""),
    role = c("title", "note", "outcome ordered", "", "", "group", "", "", "stratum round", "", "", "weight", "multiple", "", ""),
    code = c("", "", "", "1", "2", "", "1", "2", "", "1", "2", "", "", "i1", "i2"),
    en = paste0(c("Title", "Note", "Question", "no", "yes", "Group", "one", "two", "Round", "first", "second", "Weight",
                  "Several", "item", "other"), " ", all)
  )
  data <- data.frame(q = sample(1:2, 200, TRUE), g = sample(1:2, 200, TRUE), r = rep(1:2, each = 100), w = runif(200, 1, 2),
                     i1 = sample(0:1, 200, TRUE), i2 = sample(0:1, 200, TRUE))
  weeg_study(data, codebook)
}

test_that("reports of a hostile codebook are text, HTML that is XML, SVG and Markdown without any of it", {
  skip_if_not_installed("xml2")
  skip_if_not_installed("lpSolve")
  study <- hostile_study(hostile)
  expect_shown(format(study), "format of a study")
  expect_shown(capture.output(print(study)), "print of a study")
  r <- national_base(study, "en", as.Date("2026-05-04"), NULL)
  for (section in setdiff(national_sections, c("external", "adjusted"))) {
    x <- weeg_section(study, section, language = "en", threshold = NULL)
    expect_shown(format(x), section)
    html <- paste(blocks_html(x$blocks, r, new.env()), collapse = "\n")
    expect_shown(html, paste("HTML of", section))
    page <- xml2::read_xml(paste0("<div>", gsub("<br>", "<br/>", html, fixed = TRUE), "</div>"))
    expect_length(xml2::xml_find_all(page, "//*[local-name() = 'i' or local-name() = 'b' or local-name() = 'code']"), 0L)
    expect_length(xml2::xml_find_all(page, "//a[contains(@href, '//y')]"), 0L)
    for (to in c("docx", "latex", "epub")) {
      text <- blocks_markdown(x$blocks, r, new.env(), withr::local_tempdir(), to)
      expect_shown(text, paste("Markdown of", section))
      expect_false(any(grepl("[x](", text, fixed = TRUE) | grepl("<i>", text, fixed = TRUE)), label = section)
    }
  }
})

test_that("Word files of it can be read", {
  skip_if_not_installed("xml2")
  skip_if_not_installed("lpSolve")
  skip_if_not(rmarkdown::pandoc_available("2.8"))
  path <- withr::local_tempfile(fileext = ".docx")
  suppressWarnings(weeg_report(hostile_study(hostile), language = "en", output = path, threshold = NULL, quiet = TRUE))
  folder <- withr::local_tempdir()
  utils::unzip(path, exdir = folder)
  parts <- list.files(folder, "[.](xml|svg|rels)$", recursive = TRUE, full.names = TRUE)
  expect_gt(length(parts), 5L)
  for (part in parts) {
    expect_error(xml2::read_xml(part), NA)
    expect_shown(readLines(part, encoding = "UTF-8", warn = FALSE), basename(part))
  }
  expect_match(xml2::xml_text(xml2::read_xml(file.path(folder, "word", "document.xml"))), "\\u001b[31mred", fixed = TRUE)
})
