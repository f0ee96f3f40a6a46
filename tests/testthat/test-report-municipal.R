book <- system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg")
study <- weeg_study(openvoorwerk, book)

# the codebook of few questions, where figures are protected: all of them take ten times as long
of_few <- local({
  rows <- utils::read.csv(book, colClasses = "character", encoding = "UTF-8")
  of <- c("", rows$variable)[cummax(seq_along(rows$variable) * nzchar(rows$variable)) + 1L]
  rows[of %in% c("", "gemeente", "ronde", "gewicht", "provider", "strengths", "growth"), ]
})

skip_if_not_installed("xml2")
base <- municipal_base(study, "nl", as.Date("2026-05-04"))

municipal_page <- function(r, area) {
  xml2::read_html(page_html(blocks_html(municipal_sections(r, area), r, new.env()), r, r$title, area))
}

# "38,2 (16,4-64,1)" as numbers
dutch_numbers <- function(text) {
  found <- regmatches(text, gregexpr("\u2212?[0-9]+(,[0-9]+)?", text))[[1]]
  as.double(sub(",", ".", sub("\u2212", "-", found)))
}

rows_of <- function(page, table) {
  rows <- xml2::xml_find_all(xml2::xml_find_all(page, "//table")[[table]], "tbody/tr")
  do.call(rbind, lapply(rows, function(row) xml2::xml_text(xml2::xml_find_all(row, "th|td"))))
}

delft <- municipal_page(base, "Delft")

test_that("each figure stands beside the rest, as package survey has them", {
  skip_if_not_installed("survey")
  data <- openvoorwerk
  data$here <- data$gemeente == "Delft"
  data$seen <- as.numeric(data$strengths == "niet")
  s <- survey::svydesign(ids = ~1, strata = ~gemeente, weights = ~gewicht, data = data)
  s <- subset(s, !is.na(seen))
  by <- survey::svyby(~seen, ~here, s, survey::svymean, covmat = TRUE)
  difference <- survey::svycontrast(by, c("FALSE" = -1, "TRUE" = 1))
  row <- rows_of(delft, 1)[1, ]
  expect_match(row[1], "sterke en minder sterke kanten", fixed = TRUE)
  expect_identical(as.integer(row[2]), sum(data$here & !is.na(data$strengths)))
  # half a unit of the last digit printed
  expect_lt(abs(dutch_numbers(row[3])[1] - 100 * coef(by)[["TRUE"]]), 0.0501)
  expect_lt(abs(dutch_numbers(row[4])[1] - 100 * coef(by)[["FALSE"]]), 0.0501)
  limits <- coef(difference) + c(0, -1, 1) * sqrt(vcov(difference)[1]) * stats::qt(0.975, 1582 - 50)
  expect_lt(max(abs(dutch_numbers(row[5]) - 100 * limits)), 0.0501)
})

test_that("all answers are there, with their counts", {
  table <- rows_of(delft, 2)
  here <- openvoorwerk[openvoorwerk$gemeente == "Delft", ]
  expect_identical(table[, 1], levels(here$strengths))
  expect_equal(as.integer(table[, 2]), as.vector(table(here$strengths)))
  share <- tapply(here$gewicht, here$strengths, sum) / sum(here$gewicht[!is.na(here$strengths)])
  told <- vapply(table[, 3], function(cell) dutch_numbers(cell)[1], 0)
  expect_lt(max(abs(told - 100 * as.vector(share))), 0.0501)
})

test_that("a difference is said to be shown where p is below 0.05 after Holm, and then only", {
  x <- base$rest[base$rest$variable %in% base$main, ]
  p <- unlist(tapply(x$p.value, x$group1, stats::p.adjust, "holm"))
  names(p) <- rep(sort(unique(x$group1)), each = length(base$main))
  differ <- names(p)[p < 0.05]
  same <- setdiff(names(p), differ)
  expect_gt(length(differ), 0)
  text <- xml2::xml_text(municipal_page(base, differ[1]))
  count <- sum(names(p) == differ[1] & p < 0.05)
  expect_match(text, paste("Bij", count, "van de 8 vragen is een verschil met de rest"), fixed = TRUE)
  text <- xml2::xml_text(municipal_page(base, same[1]))
  expect_match(text, "Bij geen van de 8 vragen is een verschil met de rest van het land aangetoond", fixed = TRUE)
})

test_that("words say what so few respondents can show", {
  here <- openvoorwerk$gemeente == "Delft"
  text <- xml2::xml_text(xml2::xml_find_first(delft, "//main"))
  expect_match(text, paste("In Delft deden", sum(here), "mensen mee"), fixed = TRUE)
  expect_match(text, paste("de", sum(!here), "deelnemers uit de andere 49 gemeenten"), fixed = TRUE)
  # the smallest difference found with a chance of 80 %, of a share of 30 % among so many: 2,80 standard errors
  points <- as.integer(sub(".*ongeveer ([0-9]+) procentpunten.*", "\\1", text))
  expect_lt(abs(points - 100 * 2.80 * sqrt(0.3 * 0.7 / sum(here))), 6)
  expect_match(text, "geen ranglijst", fixed = TRUE)
  expect_match(text, "in dit rapport kunnen kleine aantallen staan", fixed = TRUE)
  expect_false(grepl(paste(setdiff(levels(openvoorwerk$gemeente), "Delft"), collapse = "|"), text))
})

test_that("an area is outside its funnel in words where weeg_funnel() says so", {
  # all areas have figures, and a municipality's deff in both is that of its weights
  design <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~gemeente, lonely = "average")
  outside <- weeg_funnel(design, strengths ~ gemeente, answers = "niet")
  said <- c("0" = "ligt binnen de grenzen", "0.95" = "ligt tussen de binnenste en de buitenste grens",
            "0.998" = "ligt buiten de buitenste grens")
  areas <- c(outside$gemeente[outside$outside == 0][1:2], outside$gemeente[outside$outside > 0])
  expect_gt(length(areas), 3)
  for (area in as.character(areas)) {
    text <- xml2::xml_text(xml2::xml_find_first(municipal_page(base, area), "//h2[@id='funnel']/following-sibling::p[2]"))
    expect_match(text, paste(area, said[[as.character(outside$outside[outside$gemeente == area])]]), fixed = TRUE)
  }
})

test_that("the shrunken estimate stands beside the area's own figure", {
  design <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~gemeente, lonely = "average")
  want <- weeg_shrink(design, strengths ~ gemeente, answers = "niet")
  want <- want[want$gemeente == "Delft", ]
  table <- xml2::xml_find_first(delft, "//h3[@id='shrunken']/following::table[1]")
  row <- xml2::xml_text(xml2::xml_find_all(xml2::xml_find_first(table, "tbody/tr"), "th|td"))
  told <- lapply(row[2:4], dutch_numbers)
  expect_lt(max(abs(told[[1]] - 100 * unlist(want[c("direct", "direct.low", "direct.high")]))), 0.0501)
  expect_lt(max(abs(told[[2]] - 100 * unlist(want[c("estimate", "conf.low", "conf.high")]))), 0.0501)
  expect_lt(abs(told[[3]] - 100 * want$weight), 0.501)
  # what a reader sees: nearer to the national figure
  all <- base$national$estimate[base$national$variable == "strengths"]
  expect_lt(abs(told[[2]][1] / 100 - all), abs(told[[1]][1] / 100 - all))
})

test_that("words never say that a difference is not shown beside a margin without 0, but say why", {
  x <- base$rest[base$rest$variable %in% base$main, ]
  p <- stats::ave(x$p.value, x$group1, FUN = function(p) stats::p.adjust(p, "holm"))
  doubtful <- which(p >= 0.05 & (x$conf.low > 0 | x$conf.high < 0))
  expect_gt(length(doubtful), 0)
  text <- xml2::xml_text(municipal_page(base, x$group1[doubtful[1]]))
  here <- doubtful[x$group1[doubtful] == x$group1[doubtful[1]]]
  expect_identical(lengths(regmatches(text, gregexpr("Los bekeken lijkt dit meer dan toeval", text))), length(here))
})

test_that("pages can be read by everyone and have no gaps, in both languages, for small and large areas", {
  sizes <- sort(table(openvoorwerk$gemeente))
  pages <- c(lapply(names(sizes)[1:2], function(area) municipal_page(base, area)),
             list(municipal_page(municipal_base(study, "en", Sys.Date()), names(sizes)[50])))
  for (page in pages) {
    main <- xml2::xml_find_first(page, "//main")
    expect_false(grepl("\\b(NA|NaN|NULL|Inf|TRUE|FALSE)\\b|[{}]", xml2::xml_text(main)))
    levels <- as.integer(sub("h", "", xml2::xml_name(xml2::xml_find_all(page, "//h1|//h2|//h3"))))
    expect_true(all(diff(levels) <= 1L))
    expect_identical(anyDuplicated(xml2::xml_attr(xml2::xml_find_all(page, "//*[@id]"), "id")), 0L)
    figures <- xml2::xml_find_all(page, "//figure//svg")
    expect_gt(length(figures), 8)
    expect_false(any(grepl("\\b(NA|NaN)\\b", xml2::xml_attr(figures, "aria-label"))))
    expect_length(xml2::xml_find_all(page, "//th[not(@scope)]|//script|//link|//img"), 0)
  }
  said <- xml2::xml_text(xml2::xml_find_all(pages[[1]], "//main//p|//main//td|//main//th|//main//li"))
  expect_identical(grep("[0-9][.][0-9]", said, value = TRUE), character())
})

test_that("an area may have one respondent, or nobody who answered", {
  data <- openvoorwerk[openvoorwerk$gemeente %in% levels(openvoorwerk$gemeente)[1:6], ]
  data <- data[-which(data$gemeente == levels(data$gemeente)[1])[-1], ]
  data$strengths[data$gemeente == levels(data$gemeente)[2]] <- NA
  small <- municipal_base(weeg_study(data, book), "nl", Sys.Date())
  for (area in levels(data$gemeente)[1:2]) {
    page <- municipal_page(small, area)
    expect_false(grepl("\\b(NA|NaN|NULL|Inf)\\b", xml2::xml_text(xml2::xml_find_first(page, "//main"))), info = area)
  }
  expect_match(xml2::xml_text(page), paste("Niemand in", area, "beantwoordde deze vraag"), fixed = TRUE)
})

test_that("reports are kept while they are up to date, and are the same on any number of cores", {
  folder <- tempfile()
  on.exit(unlink(folder, recursive = TRUE))
  areas <- c("Delft", "Den Helder", "Tiel")
  date <- as.Date("2026-05-04")
  paths <- weeg_report(study, "municipal", output = folder, area = areas, date = date, threshold = NULL, cores = 2, quiet = TRUE)
  expect_identical(basename(paths), c("delft-nl.html", "den-helder-nl.html", "tiel-nl.html"))
  expect_identical(list.files(folder), basename(paths))
  bytes <- lapply(paths, readLines)
  times <- file.mtime(paths)
  unlink(paths[2])
  Sys.sleep(1.1)
  bar <- utils::capture.output(expect_message(
    weeg_report(study, "municipal", output = folder, area = areas, date = date, threshold = NULL, cores = 1, quiet = FALSE),
    "1 report written, 2 were there and up to date"
  ))
  expect_match(bar[length(bar)], "100%", fixed = TRUE)
  expect_identical(lapply(paths, readLines), bytes)
  expect_identical(file.mtime(paths)[-2], times[-2])
  expect_gt(file.mtime(paths)[2], times[2])
  # a page that somebody changed is written again
  writeLines("changed", paths[1])
  weeg_report(study, "municipal", output = folder, area = areas, date = date, threshold = NULL, cores = 1, quiet = TRUE)
  expect_identical(readLines(paths[1]), bytes[[1]])
  # other data: none is up to date
  data <- openvoorwerk
  data$strengths[1] <- "niet"
  data$strengths[data$gemeente == "Tiel"] <- "niet"
  other <- weeg_study(data, book)
  weeg_report(other, "municipal", output = folder, area = areas, date = date, threshold = NULL, cores = 1, quiet = TRUE)
  expect_true(all(file.mtime(paths) > times))
  expect_match(paste(readLines(paths[3]), collapse = "\n"), "100,0")
})

# Whoever knows all answers but two must not be able to try theirs against a page.
test_that("no page changes with answers that no figure is made of", {
  page <- function(change) {
    folder <- tempfile()
    on.exit(unlink(folder, recursive = TRUE))
    data <- openvoorwerk
    data$leeftijd[1:2] <- data$leeftijd[1:2] + change # years, in the codebook and in no figure
    readLines(weeg_report(weeg_study(data, book), "municipal", output = folder, area = "Tiel", date = as.Date("2026-05-04"),
                          threshold = NULL, cores = 1, quiet = TRUE))
  }
  expect_identical(page(0), page(1))
})

test_that("figures of few respondents are left out, with those of the rest and the points of funnels", {
  skip_if_not_installed("lpSolve")
  some <- levels(openvoorwerk$gemeente)[1:20]
  small <- weeg_study(openvoorwerk[openvoorwerk$gemeente %in% some, ], of_few)
  r <- municipal_base(small, "nl", Sys.Date(), threshold = 10)
  counts <- table(openvoorwerk$gemeente, openvoorwerk$strengths == "niet")[some, ]
  shown <- r$shares[r$shares$variable == "strengths" & !is.na(r$shares$estimate), ]
  expect_true(all(counts[as.character(shown$groups$gemeente), ] >= 10))
  expect_lt(nrow(shown), length(some))
  for (area in some[1:3]) {
    page <- municipal_page(r, area)
    main <- xml2::xml_text(xml2::xml_find_first(page, "//main"))
    expect_false(grepl("\\b(NA|NaN|NULL|Inf)\\b", main), info = area)
    expect_match(main, "Cijfers over minder dan 10 mensen staan niet in dit rapport", fixed = TRUE)
    expect_identical(length(xml2::xml_find_all(page, "//h2[@id='answers']")), 0L)
    row <- rows_of(page, 1)[1, ]
    if (area %in% shown$groups$gemeente) expect_match(row[3], "[0-9]") else expect_identical(unname(row[2:5]), rep("\u2013", 4))
  }
  # shrunken estimates too, and they come from what is shown alone
  expect_gt(length(r$shrunken), 0)
  for (name in names(r$shrunken)) {
    seen <- r$shares$groups$gemeente[r$shares$variable == name & !is.na(r$shares$estimate)]
    expect_setequal(r$shrunken[[name]]$groups$gemeente, seen)
    other <- r
    hidden <- !other$study$data$gemeente %in% seen
    other$study$data[[focus_name(name)]][hidden] <- "x"
    expect_identical(shrunken_areas(other)[[name]], r$shrunken[[name]])
  }
})

test_that("one small area keeps the sizes of all from being told: the others and the country would tell it", {
  skip_if_not_installed("lpSolve")
  areas <- levels(openvoorwerk$gemeente)[1:8]
  data <- openvoorwerk[openvoorwerk$gemeente %in% areas, ]
  base <- function(data) municipal_base(weeg_study(data, of_few), "nl", Sys.Date(), 10)
  said <- function(r, area) xml2::xml_text(xml2::xml_find_first(municipal_page(r, area), "//main"))
  n <- table(data$gemeente)[areas]
  expect_match(said(base(data), areas[2]), paste("deden", n[[2]], "mensen mee"), fixed = TRUE)
  few <- data[data$gemeente != areas[1] | seq_len(nrow(data)) %in% which(data$gemeente == areas[1])[1:4], ]
  of_four <- base(few)
  for (area in areas[1:2]) {
    text <- said(of_four, area)
    expect_no_match(text, paste0("\\b(4|", n[[2]], "|", nrow(few) - 4, "|", nrow(few) - n[[2]], ") (mensen|deelnemers)"))
    expect_match(text, "Dat beschermt kleine groepen", fixed = TRUE)
  }
})

test_that("mistakes are errors", {
  expect_error(weeg_report(study, "municipal", area = "Delf", output = tempdir()), "no gemeente \"Delf\".*Did you mean Delft[?]",
               class = "weeg_error_argument")
  for (output in c("x.html", "x.HTML", "x.pdf", "x.xlsx")) {
    expect_error(weeg_report(study, "municipal", output = output), "must be a folder", class = "weeg_error_argument")
    expect_false(file.exists(output))
  }
  expect_error(weeg_report(study, "municipal", cores = 0), "`cores` must be", class = "weeg_error_argument")
  expect_false(dir.exists("municipal")) # nothing was begun
  expect_error(weeg_report(study, "national", area = "Delft"), "`area` is for", class = "weeg_error_argument")
  bare <- weeg_study(openvoorwerk["strengths"], data.frame(variable = "strengths", role = "outcome", nl = ""))
  expect_error(weeg_report(bare, "municipal"), "no variable with the role area", class = "weeg_error_study")
})
