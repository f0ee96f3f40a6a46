# Waves of a survey in several files or data frames: the results of one data frame of all rows, made by haven and rbind(), in all
# digits; of which package survey has the standard errors.

set.seed(41)
wave_data <- function(year) {
  rows <- 240L
  x <- data.frame(w = round(stats::runif(rows, 0.5, 3), 3), psu = rep(1:24, each = 10), region = rep(c("north", "south"),
              each = 120),
                  age = sample(c(18:60, NA), rows, TRUE), size = 100 + 10 * (year - 2012))
  x$answer <- sample(c(1, 2, 3, 9, NA), rows, TRUE)
  x$group <- sample(1:3, rows, TRUE)
  x$word <- sample(c("a", "b\u00e9", "c d"), rows, TRUE)
  x$r1 <- sample(0:1, rows, TRUE)
  x$r2 <- sample(0:1, rows, TRUE)
  x
}
parts <- list("2013" = wave_data(2013), "2014" = wave_data(2014), "2016" = wave_data(2016))
parts[["2014"]]$word[1:20] <- "only then"
parts[["2016"]]$late <- sample(c("x", "y"), 240L, TRUE)
parts[["2016"]]$r2 <- NULL
all_rows <- local({
  names <- unique(unlist(lapply(parts, names)))
  do.call(rbind, Map(function(part, wave) {
    part[setdiff(names, names(part))] <- NA
    cbind(part[names], year = wave)
  }, parts, names(parts)))
})
all_rows$year <- factor(all_rows$year, names(parts), ordered = TRUE)
all_rows$stratum <- interaction(all_rows$region, all_rows$year)
all_rows$unit <- interaction(all_rows$psu, all_rows$year)
rownames(all_rows) <- NULL
csv <- vapply(names(parts), function(name) {
  path <- file.path(tempdir(), paste0("clients", name, ".csv"))
  utils::write.csv(parts[[name]], path, row.names = FALSE)
  path
}, "")
reference <- weeg_design(all_rows, weights = ~w, strata = ~stratum, cluster = ~unit)
panel_reference <- weeg_design(all_rows, weights = ~w, strata = ~region, cluster = ~psu)

strip <- function(x) {
  attr(x, "info") <- NULL
  as.data.frame(x)
}
verbs <- list(
  proportion = function(d) weeg_proportion(d, word ~ year),
  crosstab = function(d) as.data.frame(weeg_crosstab(d, answer ~ year)),
  compare = function(d) weeg_compare(d, word ~ year, against = "previous"),
  mean = function(d) weeg_mean(d, age ~ year + word),
  quantile = function(d) weeg_quantile(d, age ~ year),
  total = function(d) weeg_total(d, age ~ year),
  test = function(d) weeg_test(d, answer ~ year),
  trend = function(d) weeg_test(d, year ~ answer, method = "trend"),
  multiple = function(d) weeg_multiple(d, r1 + r2 ~ year, yes = "1"),
  domain = function(d) weeg_proportion(subset(d, age < 40 & word != "a" & year >= "2014"), answer ~ year),
  expression = function(d) weeg_proportion(d, ~ I(age > 30)),
  late = function(d) weeg_proportion(d, late ~ 1)
)

same_results <- function(ours, theirs, but = NULL) {
  for (verb in setdiff(names(verbs), but)) {
    expect_identical(strip(verbs[[verb]](ours)), strip(verbs[[verb]](theirs)), info = verb)
  }
}

test_that("several CSV files give the results of one data frame, with PSUs of each wave or in common", {
  same_results(weeg_design(csv, wave = "year", weights = ~w, strata = ~region, cluster = ~psu), reference)
  same_results(weeg_design(csv, wave = "year", weights = ~w, strata = ~region, cluster = ~psu, panel = TRUE), panel_reference)
})

test_that("several data frames give the results of one", {
  same_results(weeg_design(parts, wave = "year", weights = ~w, strata = ~region, cluster = ~psu), reference)
  same_results(weeg_design(parts, wave = "year", weights = ~w, strata = ~region, cluster = ~psu, panel = TRUE), panel_reference)
})

test_that("standard errors are those of package survey", {
  skip_if_not_installed("survey")
  ours <- list(weeg_design(csv, wave = "year", weights = ~w, strata = ~region, cluster = ~psu),
               weeg_design(csv, wave = "year", weights = ~w, strata = ~region, cluster = ~psu, panel = TRUE))
  theirs <- list(survey::svydesign(id = ~unit, strata = ~ interaction(region, year), weights = ~w, data = all_rows),
                 survey::svydesign(id = ~psu, strata = ~region, weights = ~w, data = all_rows))
  for (k in 1:2) {
    means <- survey::svyby(~age, ~year, theirs[[k]], survey::svymean, na.rm = TRUE)
    found <- weeg_mean(ours[[k]], age ~ year)
    expect_equal(found$estimate, means$age, tolerance = 1e-12)
    expect_equal(found$std.error, unname(survey::SE(means)), tolerance = 1e-12)
  }
  want <- survey::svydesign(id = ~1, strata = ~ interaction(region, year), weights = ~w, fpc = ~ I(10 * size), data = all_rows)
  large <- weeg_design(lapply(parts, function(part) transform(part, size = 10 * size)), wave = "year", weights = ~w,
                       strata = ~region, fpc = ~size)
  expect_equal(weeg_mean(large, ~age)$std.error, unname(drop(survey::SE(survey::svymean(~age, want, na.rm = TRUE)))),
               tolerance = 1e-12)
})

test_that("a tally of files is made in one pass, and is that of their design", {
  tally <- function(x, formula, ...) weeg_tally(x, formula, wave = "year", weights = ~w, strata = ~region, cluster = ~psu, ...)
  for (panel in c(FALSE, TRUE)) {
    d <- weeg_design(csv, wave = "year", weights = ~w, strata = ~region, cluster = ~psu, panel = panel)
    for (formula in list(~ answer + year, ~ late + word, ~ word)) {
      ours <- tally(csv, formula, panel = panel)
      theirs <- weeg_tally(d, formula)
      expect_identical(ours$variables, theirs$variables)
      expect_identical(ours$names, theirs$names)
      expect_equal(ours$frame[c("strata", "psus", "psu_stratum")], theirs$frame[c("strata", "psus", "psu_stratum")])
      outcome <- stats::reformulate("1", all.vars(formula)[1L])
      expect_identical(strip(weeg_proportion(ours, outcome)), strip(weeg_proportion(theirs, outcome)))
    }
    expect_identical(strip(weeg_mean(tally(csv, age ~ year, panel = panel), age ~ year)), strip(weeg_mean(d, age ~ year)))
  }
})

test_that("designs, tables and conditions say what they are of", {
  d <- weeg_design(csv, wave = "year", weights = ~w, strata = ~region, cluster = ~psu)
  shown <- paste(format(d), collapse = "\n")
  expect_match(shown, "clients2013.csv, clients2014.csv, clients2016.csv", fixed = TRUE)
  expect_match(shown, "year:region", fixed = TRUE)
  expect_match(paste(format(weeg_crosstab(d, word ~ year)), collapse = "\n"), "clients2014.csv", fixed = TRUE)
  expect_identical(weeg_tally(d, ~word)$frame$strata[1:2], c("2013/north", "2013/south"))
  expect_identical(weeg_design(csv, wave = "year", weights = ~w)$names$strata, "year")
  expect_null(weeg_design(csv, wave = "year", weights = ~w, panel = TRUE)$names$strata)
  expect_identical(weeg_design(csv, wave = "year", weights = ~w, strata = ~year)$names$strata, "year")
  unnamed <- weeg_design(unname(csv), wave = "file", weights = ~w)
  expect_identical(levels(factor(weeg_proportion(unnamed, ~file)$level)), c("clients2013", "clients2014", "clients2016"))
  expect_error(subset(d, year == "2015"), "2015", class = "weeg_error")
  expect_error(as_svydesign(d), "not in memory", class = "weeg_error_unsupported")
  skip_if_not_installed("survey")
  converted <- as_svydesign(weeg_design(parts, wave = "year", weights = ~w, strata = ~region, cluster = ~psu))
  expect_identical(weeg_mean(as_weeg_design(converted), age ~ year)$std.error, weeg_mean(reference, age ~ year)$std.error)
})

test_that("rows without a weight, and other stages, are as in one data frame", {
  gaps <- lapply(parts, function(part) {
    part$w[c(3, 50)] <- NA
    part
  })
  d <- weeg_design(gaps, wave = "year", weights = ~w, strata = ~region, cluster = ~psu, na_weights = "omit")
  lost <- all_rows
  lost$w[unlist(lapply(c(0, 240, 480), `+`, c(3, 50)))] <- NA
  theirs <- weeg_design(lost, weights = ~w, strata = ~stratum, cluster = ~unit, na_weights = "omit")
  expect_identical(strip(weeg_mean(d, age ~ year)), strip(weeg_mean(theirs, age ~ year)))
  nested <- lapply(parts, function(part) transform(part, psu = (psu - 1) %% 12, pupil = seq_len(240L), psus = 40, pupils = 25))
  by_hand <- transform(all_rows, psu = (psu - 1) %% 12, pupil = rep(seq_len(240L), 3L), psus = 40, pupils = 25)
  ours <- weeg_design(nested, wave = "year", weights = ~w, strata = ~region, cluster = ~ psu + pupil, fpc = ~ psus + pupils,
                      nest = TRUE)
  theirs <- weeg_design(by_hand, weights = ~w, strata = ~stratum, cluster = ~ psu + pupil, fpc = ~ psus + pupils, nest = TRUE)
  expect_identical(strip(weeg_mean(ours, age ~ year)), strip(weeg_mean(theirs, age ~ year)))
  expect_error(weeg_design(nested, wave = "year", weights = ~w, strata = ~region, cluster = ~psu), "occurs in stratum 2013/north",
               class = "weeg_error_nesting")
})

test_that("an error of a row names its file", {
  bad <- file.path(tempdir(), "bad.csv")
  on.exit(unlink(bad))
  utils::write.csv(transform(parts[[2L]], w = replace(w, 7L, -1)), bad, row.names = FALSE)
  e <- expect_error(weeg_design(c("2013" = csv[[1L]], "2014" = bad), wave = "year", weights = ~w), "bad.csv: line 8: ",
                    class = "weeg_error_weight")
  expect_identical(c(e$row, e$line), c(247, 8))
  e <- expect_error(weeg_tally(c("2013" = csv[[1L]], "2014" = bad), ~word, wave = "year", weights = ~w), "bad.csv: line 8: ",
                    class = "weeg_error_weight")
  utils::write.csv(transform(parts[[2L]], w = replace(w, 7L, "much")), bad, row.names = FALSE)
  expect_error(weeg_design(c("2013" = csv[[1L]], "2014" = bad), wave = "year", weights = ~w), "bad.csv: .*line 8",
               class = "weeg_error_csv")
  utils::write.csv(transform(parts[[2L]], age = "old"), bad, row.names = FALSE)
  d <- weeg_design(c("2013" = csv[[1L]], "2014" = bad), wave = "year", weights = ~w)
  expect_error(weeg_proportion(d, ~age), "age is a number in .*clients2013.csv and text in .*bad.csv", class = "weeg_error_file")
  expect_s3_class(weeg_proportion(d, ~word), "data.frame")
  as_text <- weeg_design(c("2013" = csv[[1L]], "2014" = bad), wave = "year", weights = ~w, text = "age")
  expect_true("old" %in% weeg_proportion(as_text, ~age)$level)
  utils::write.csv(parts[[3L]], bad, row.names = FALSE)
  expect_error(weeg_proportion(d, ~word), "bad.csv has changed", class = "weeg_error_file")
})

test_that("files that write numbers in several ways have the same levels; levels are as they are given", {
  comma <- file.path(tempdir(), "comma.csv")
  on.exit(unlink(comma))
  half <- lapply(parts[1:2], function(part) transform(part, age = age / 2))
  utils::write.csv2(half[[2L]], comma, row.names = FALSE)
  point <- file.path(tempdir(), "point.csv")
  utils::write.csv(half[[1L]], point, row.names = FALSE)
  d <- weeg_design(c("2013" = point, "2014" = comma), wave = "year", weights = ~w,
              levels = list(word = sort(unique(all_rows$word))))
  merged <- weeg_design(transform(rbind(half[[1L]], half[[2L]]), year = factor(rep(names(half), each = 240L), ordered = TRUE)),
                        weights = ~w, strata = ~year)
  expect_identical(strip(weeg_proportion(d, age ~ year)), strip(weeg_proportion(merged, age ~ year)))
  expect_identical(strip(weeg_mean(d, age ~ year)), strip(weeg_mean(merged, age ~ year)))
  expect_identical(strip(weeg_proportion(d, ~word))$estimate, strip(weeg_proportion(merged, ~word))$estimate)
})

test_that("arguments of waves are checked", {
  expect_error(weeg_design(csv, weights = ~w), "wave = \"year\"", class = "weeg_error_argument")
  expect_error(weeg_design(as.list(csv), weights = ~w), "wave = \"year\"", class = "weeg_error_argument")
  for (wave in list(1, NA_character_, "", c("a", "b"), character(), list("a"), ~year, TRUE, matrix("a"))) {
    expect_error(weeg_design(csv, wave = wave, weights = ~w), "`wave` must be a name", class = "weeg_error_argument")
    expect_error(weeg_design(parts, wave = wave, weights = ~w), "`wave` must be a name", class = "weeg_error_argument")
  }
  for (panel in list(NA, "yes", NULL, c(TRUE, FALSE))) {
    expect_error(weeg_design(csv, wave = "year", panel = panel), "`panel` must be", class = "weeg_error_argument")
    expect_error(weeg_design(parts, wave = "year", panel = panel), "`panel` must be", class = "weeg_error_argument")
  }
  expect_error(weeg_design(csv[[1L]], panel = TRUE), "`panel` is of waves", class = "weeg_error_argument")
  expect_error(weeg_design(csv, wave = "age"), "has a variable age", class = "weeg_error_argument")
  expect_error(weeg_design(parts, wave = "age"), "has a variable age", class = "weeg_error_argument")
  expect_error(weeg_design(stats::setNames(csv, c("a", "b", "a")), wave = "year"), "two waves of `data` are called a")
  expect_error(weeg_design(stats::setNames(parts, c("a", "b", "a")), wave = "year"), "two waves of `data` are called a")
  expect_error(weeg_design(unname(parts), wave = "year"), "wave 1 of `data` has no name", class = "weeg_error_argument")
  expect_error(weeg_design(c(a = csv[[1L]], b = csv[[1L]]), wave = "year"), "two waves are the same file",
               class = "weeg_error_argument")
  expect_error(weeg_design(c(csv, "nowhere.csv"), wave = "year"), "no file nowhere.csv", class = "weeg_error_file")
  expect_error(weeg_design(c(csv, "some.parquet"), wave = "year"), "waves are CSV and SPSS files.*data frames first",
               class = "weeg_error_argument")
  expect_error(weeg_design(csv, wave = "year", on_error = "skip"), "for one file.*give data frames",
               class = "weeg_error_argument")
  expect_error(weeg_design(csv, wave = "year", text = "nothing"), "nothing", class = "weeg_error_variable")
  expect_error(weeg_design(csv, wave = "year", weights = ~year), "year is text", class = "weeg_error_variable")
  expect_error(weeg_mean(weeg_design(csv, wave = "year"), ~year), "`year` is a wave", class = "weeg_error")
  expect_error(weeg_design(list(parts[[1L]], csv[[2L]]), wave = "year"), "must be data frames, or paths",
               class = "weeg_error_argument")
  expect_error(weeg_design(list(), wave = "year"), "must be data frames, or paths", class = "weeg_error_argument")
  expect_error(weeg_design(parts[1:2], panel = TRUE), "`panel` is of waves", class = "weeg_error_argument")
  named <- list("2013" = csv[[1L]], "2014" = csv[[2L]])
  expect_identical(strip(weeg_proportion(weeg_design(named, wave = "year"), ~year)),
                   strip(weeg_proportion(weeg_design(unlist(named), wave = "year"), ~year)))
})

test_that("columns of data frames are put together by what they mean, and what cannot be is an error that names the waves", {
  two <- function(a, b) weeg_design(list("2013" = data.frame(x = I(a), z = 1:4), "2014" = data.frame(x = I(b), z = 1:4)),
              wave = "year")
  levels_of <- function(d) levels(weeg_proportion(d, ~x)$level)
  shown <- function(a, b) weeg_proportion(two(a, b), ~x)$level
  f <- function(x, levels = sort(unique(x)), ...) factor(x, levels, ...)
  expect_identical(as.character(shown(f(c("b", "a", "a", "b"), c("b", "a")), f(c("c", "a", "b", "b"), c("b", "a", "c")))),
              c("b", "a", "c"))
  expect_identical(as.character(shown(f(c("b", "a", "a", "b"), c("b", "a")), c("d", "a", "b", "b"))), c("b", "a", "d"))
  ordered <- two(f(c("lo", "hi", "hi", "lo"), c("lo", "hi"), ordered = TRUE),
                 f(c("lo", "mid", "hi", "hi"), c("lo", "mid", "hi"), ordered = TRUE))
  expect_identical(as.character(weeg_proportion(ordered, ~x)$level), c("lo", "mid", "hi"))
  expect_s3_class(weeg_test(ordered, x ~ year, method = "trend"), "data.frame")
  conflict <- two(f(c("lo", "hi", "hi", "lo"), c("lo", "hi"), ordered = TRUE),
                  f(c("lo", "hi", "hi", "lo"), c("hi", "lo"), ordered = TRUE))
  expect_error(weeg_proportion(conflict, ~x), "levels of x have another order in wave 2014 than in wave 2013",
               class = "weeg_error_variable")
  expect_s3_class(weeg_mean(conflict, ~z), "data.frame")
  expect_error(subset(conflict, x == "lo"), "another order", class = "weeg_error_variable")
  expect_error(weeg_proportion(two(1:4, letters[1:4]), ~x), "x is a number in wave 2013 and text in wave 2014",
               class = "weeg_error_variable")
  expect_error(weeg_proportion(two(1:4, c(TRUE, FALSE, TRUE, TRUE)), ~ I(x > 1)),
              "a number in wave 2013 and a logical in wave 2014")
  expect_error(weeg_proportion(two(as.Date("2020-01-01") + 0:3, 1:4), ~x), "x is a date in wave 2013 and a number in wave 2014")
  expect_identical(weeg_mean(two(1:4, c(NA, NA, NA, NA)), ~x)$estimate, 2.5)
  expect_identical(weeg_mean(two(1:4, c(0.5, NA, 1, 2)), ~x)$n, 7)
  dates <- weeg_proportion(two(as.Date("2020-01-01") + 0:3, as.Date("2020-01-02") + 0:3), ~x)
  expect_identical(as.character(dates$level), as.character(as.Date("2020-01-01") + 0:4))
})

# ---- SPSS files ------------------------------------------------------------------------------------------------------

has_sav <- function() {
  skip_if_not_installed("haven")
  path <- tempfile(fileext = ".sav")
  on.exit(unlink(path))
  haven::write_sav(data.frame(x = 1), path)
  skip_if(inherits(try(weeg_design(path), silent = TRUE), "try-error"), "built without ReadStat")
}

answers <- c(yes = 1, maybe = 2, no = 3, "does not know" = 9)
coded_part <- function(part, labels = answers, na = 9, weight = FALSE) {
  part$answer <- haven::labelled_spss(part$answer, labels, na_values = na, label = "A question")
  part$group <- haven::labelled(as.double(part$group), c(small = 1, large = 3, none = 4))
  for (item in intersect(c("r1", "r2"), names(part))) {
    part[[item]] <- haven::labelled_spss(as.double(part[[item]]), c("0" = 0, "1" = 1), label = toupper(item))
  }
  part
}
write_parts <- function(parts, files = paste0("clients", names(parts), ".sav")) {
  paths <- file.path(tempdir(), files)
  for (k in seq_along(parts)) haven::write_sav(parts[[k]], paths[k])
  stats::setNames(paths, names(parts))
}

test_that("several SPSS files give the results of what haven reads, put under each other", {
  has_sav()
  coded <- lapply(parts, coded_part)
  paths <- write_parts(coded)
  on.exit(unlink(paths))
  back <- coded_part(all_rows)
  back$late[is.na(back$late)] <- NA
  back$word <- as.character(back$word)
  theirs <- function(...) weeg_design(back, weights = ~w, ...)
  ours <- function(...) weeg_design(paths, wave = "year", weights = ~w, ...)
  frames <- function(...) weeg_design(lapply(paths, haven::read_sav, user_na = TRUE), wave = "year", weights = ~w, ...)
  for (of in list(ours, frames)) {
    same_results(of(strata = ~region, cluster = ~psu), theirs(strata = ~stratum, cluster = ~unit), but = "trend")
    same_results(of(strata = ~region, cluster = ~psu, panel = TRUE), theirs(strata = ~region, cluster = ~psu), but = "trend")
  }
  d <- ours(strata = ~region, cluster = ~psu)
  want <- theirs(strata = ~stratum, cluster = ~unit)
  expect_identical(strip(weeg_proportion(subset(d, answer %in% c("yes", "no") & group != "none"), answer ~ group)),
                   strip(weeg_proportion(subset(want, answer %in% c("yes", "no") & group != "none"), answer ~ group)))
  expect_error(subset(d, answer == 9), "missing", class = "weeg_error")
  ours_tally <- weeg_tally(paths, ~ answer + year, wave = "year", weights = ~w, strata = ~region, cluster = ~psu)
  expect_identical(as.data.frame(weeg_crosstab(ours_tally, answer ~ year)), as.data.frame(weeg_crosstab(want, answer ~ year)))
})

test_that("labels of all files count; what one declares to be missing is missing there alone", {
  has_sav()
  a <- data.frame(x = haven::labelled_spss(c(1, 2, 8, 8), c(a = 1, b = 2, refused = 8), na_values = 8))
  b <- data.frame(x = haven::labelled(c(1, 3, 8, 8), c(a = 1, c = 3, eight = 8)))
  paths <- write_parts(list("1" = a, "2" = b), c("declared1.sav", "declared2.sav"))
  on.exit(unlink(paths))
  want <- weeg_design(data.frame(x = haven::labelled(c(1, 2, NA, NA, 1, 3, 8, 8), c(a = 1, b = 2, c = 3, eight = 8)),
              year = rep(1:2, each = 4)),
                      strata = ~year)
  for (data in list(paths, list("1" = a, "2" = b))) {
    found <- weeg_design(data, wave = "year")
    expect_identical(strip(weeg_proportion(found, ~x)), strip(weeg_proportion(want, ~x)))
    expect_identical(weeg_mean(found, ~x)$estimate, weeg_mean(want, ~x)$estimate)
  }
})

test_that("a value with two labels, and text against a number, are errors of who asks for them, which name the files", {
  has_sav()
  a <- data.frame(x = haven::labelled(c(1, 2), c(yes = 1, no = 2)), y = c(1, 2), z = 1:2)
  b <- data.frame(x = haven::labelled(c(1, 2), c(no = 1, yes = 2)), y = c("p", "q"), z = 1:2)
  parts <- list("1" = a, "2" = b)
  paths <- write_parts(parts, c("conflict1.sav", "conflict2.sav"))
  on.exit(unlink(paths))
  d <- weeg_design(paths, wave = "year")
  expect_error(weeg_proportion(d, ~x), paste0("value 1 of x has two labels, \"yes\" in .*conflict1.sav and \"no\" in ",
               ".*conflict2.sav: make the labels the same in the files, or recode the value in one of them"),
               class = "weeg_error_file")
  expect_error(weeg_proportion(d, ~y), "y is a number in .*conflict1.sav and text in .*conflict2.sav", class = "weeg_error_file")
  expect_identical(weeg_mean(d, ~z)$estimate, 1.5)
  d <- weeg_design(parts, wave = "year")
  expect_error(weeg_proportion(d, ~x), paste0("value 1 of x has two labels, \"yes\" in wave 1 and \"no\" in wave 2.*",
               "the same labels, or values recoded in one of them"),
               class = "weeg_error_variable")
  expect_error(weeg_proportion(d, ~y), "y is a number in wave 1 and text in wave 2", class = "weeg_error_variable")
})

test_that("an SPSS file and a CSV file are waves of one survey, by labels", {
  has_sav()
  coded <- coded_part(parts[[1L]])
  paths <- c(write_parts(list("2013" = coded), "mixed.sav"), "2014" = file.path(tempdir(), "mixed.csv"))
  on.exit(unlink(paths))
  second <- parts[[2L]]
  second$answer <- c("yes", "maybe", "no", NA)[match(second$answer, c(1, 2, 3))]
  utils::write.csv(second, paths[[2L]], row.names = FALSE)
  d <- weeg_design(paths, wave = "year", weights = ~w, strata = ~region, cluster = ~psu)
  known <- all_rows[all_rows$year < "2016", ]
  known$year <- factor(known$year, c("2013", "2014"), ordered = TRUE)
  want <- weeg_design(coded_part(known), weights = ~w, strata = ~stratum, cluster = ~unit)
  for (formula in list(answer ~ year, group ~ answer, word ~ year)) {
    expect_identical(strip(weeg_proportion(d, formula)), strip(weeg_proportion(want, formula)))
  }
  expect_error(weeg_design(paths, wave = "year", levels = list(answer = c("yes", "no"))), "answer is in an SPSS file",
               class = "weeg_error_argument")
})

test_that("the weight of SPSS files is taken where all have it", {
  has_sav()
  weighted <- function(path) { # haven cannot write one: the number of the variable's first element, at place 76 of the header
    bytes <- readBin(path, "raw", file.size(path))
    bytes[77:80] <- writeBin(1L, raw(), endian = "little")
    writeBin(bytes, path)
  }
  paths <- write_parts(lapply(parts[1:2], coded_part), c("weighted1.sav", "weighted2.sav"))
  on.exit(unlink(paths))
  weighted(paths[[1L]])
  expect_warning(d <- weeg_design(paths, wave = "year"), "weighted1.sav is weighted by w, and not all files are",
                 class = "weeg_warning_weight")
  expect_null(d$names$weights)
  expect_no_warning(weeg_design(paths, wave = "year", weights = ~1))
  weighted(paths[[2L]])
  expect_identical(weeg_design(paths, wave = "year")$names$weights, "w")
})

test_that("replicate weights of waves that have their PSUs in common are those of one data frame", {
  skip_if_not_installed("survey")
  set.seed(43)
  kept <- vapply(1:12, function(r) sample(c(0, 2), 24L, TRUE), numeric(24L)) # of PSUs, the same in all waves
  with_replicates <- function(part) {
    columns <- part$w * kept[part$psu, ]
    colnames(columns) <- paste0("rep", 1:12)
    cbind(part, columns)
  }
  each <- lapply(parts[1:2], with_replicates)
  paths <- vapply(names(each), function(name) {
    path <- tempfile(fileext = ".csv")
    utils::write.csv(each[[name]], path, row.names = FALSE)
    path
  }, "")
  on.exit(unlink(paths))
  whole <- do.call(rbind, each)
  whole$year <- factor(rep(names(each), each = 240L), names(each), ordered = TRUE)
  replicates <- function(data, ...) {
    weeg_replicate_design(data, weights = ~w, repweights = "^rep[0-9]+$", type = "brr", ...)
  }
  want <- replicates(whole)
  for (data in list(paths, as.list(paths), each)) {
    d <- replicates(data, wave = "year", panel = TRUE)
    for (verb in verbs[c("proportion", "mean", "compare", "domain")]) expect_identical(strip(verb(d)), strip(verb(want)))
  }
  # survey computes the same from sums in another order
  theirs <- survey::svrepdesign(data = whole, weights = ~w, repweights = "^rep[0-9]+$", type = "BRR", combined.weights = TRUE)
  means <- survey::svyby(~ as.numeric(word == "a"), ~year, theirs, survey::svymean)
  ours <- weeg_proportion(d, word ~ year)
  expect_equal(ours$std.error[ours$level == "a"], as.vector(survey::SE(means)), tolerance = 1e-10)

  expect_error(replicates(paths, wave = "year"), "drawn apart.*panel = TRUE.*each wave apart", class = "weeg_error_argument")
  for (data in list(paths, as.list(paths), each)) {
    expect_error(replicates(data), "weeg_replicate_design(list(\"2013\" = first", fixed = TRUE, class = "weeg_error_argument")
  }
  expect_error(replicates(paths[1L], panel = TRUE), "`panel` is of waves", class = "weeg_error_argument")
  expect_error(replicates(paths, wave = "year", panel = TRUE, wrong = 1), "wrong", class = "weeg_error_argument")
  expect_error(replicates(each, wave = "year", panel = TRUE, decimal = ","), "decimal", class = "weeg_error_argument")
  expect_error(replicates(c(paths, "x.parquet"), wave = "year", panel = TRUE), "CSV and SPSS files",
               class = "weeg_error_argument")
  expect_error(replicates(list(), wave = "year", panel = TRUE), "must be data frames, or paths", class = "weeg_error_argument")
})

test_that("waves may be called as arguments of c() are, which c() itself does not let through", {
  odd <- c("recursive", "use.names")
  for (data in list(stats::setNames(csv[1:2], odd), stats::setNames(parts[1:2], odd))) {
    d <- weeg_design(data, wave = "year", weights = ~w)
    expect_identical(levels(droplevels(weeg_proportion(d, word ~ year)$year)), odd)
    expect_identical(weeg_mean(d, age ~ year)$estimate,
                     vapply(parts[1:2], function(x) stats::weighted.mean(x$age, x$w * !is.na(x$age), na.rm = TRUE), 0,
                            USE.NAMES = FALSE))
  }
  first <- csv[[1L]]
  second <- csv[[2L]]
  expect_error(weeg_design(c(recursive = first, b = second), wave = "year"), "for an argument of its own.*list\\(\\)",
               class = "weeg_error_argument")
  expect_error(weeg_design(c(a = first, use.names = second), wave = "year"), "wave use.names", class = "weeg_error_argument")
  expect_error(weeg_replicate_design(c(recursive = first, b = second), weights = ~w, repweights = "^r", type = "brr",
                                     wave = "year", panel = TRUE), "wave recursive", class = "weeg_error_argument")
  expect_no_error(weeg_design(c(c(a = first), c(b = second), recursive = TRUE), wave = "year"))
})

test_that("a multiple-response set that all waves have is one of the waves", {
  has_sav()
  file <- test_path("..", "reference", "sav", "mrsets.sav")
  skip_if_not(file.exists(file))
  paths <- file.path(tempdir(), c("sets1.sav", "sets2.sav"))
  on.exit(unlink(paths))
  expect_true(all(file.copy(file, paths, overwrite = TRUE)))
  one <- weeg_multiple(weeg_design(file, weights = ~1), ~`$media`)
  d <- weeg_design(stats::setNames(paths, 1:2), wave = "year", weights = ~1)
  both <- weeg_multiple(d, `$media` ~ year)
  for (wave in c("1", "2")) expect_identical(both$estimate[both$year == wave], one$estimate)
  expect_identical(weeg_multiple(d, ~`$media`)$n, one$n * 2)
  other <- write_parts(list(coded_part(parts[[1L]])), "nosets.sav")
  on.exit(unlink(other), add = TRUE)
  mixed <- weeg_design(c("1" = paths[1L], "2" = other[[1L]]), wave = "year", weights = ~1)
  expect_error(weeg_multiple(mixed, ~`$media`), "media", class = "weeg_error")
})
