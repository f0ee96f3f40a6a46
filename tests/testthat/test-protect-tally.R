# Tallies that organisations send: nothing of the national figures changes, names go, and persons are not sent.

tally_of <- function(data, terms = ~ provider + strengths) {
  weeg_tally(weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente), terms)
}
organisations <- split(openvoorwerk, openvoorwerk$organisatie)

test_that("the tallies of all organisations, sent and added, give the figures of all rows", {
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  for (name in names(organisations)) {
    weeg_write_tally(weeg_protect_tally(tally_of(organisations[[name]]), name), file.path(folder, paste0(name, ".weeg")))
  }
  files <- list.files(folder, full.names = TRUE)
  expect_length(files, 13L)
  merged <- Reduce(`+`, lapply(files, weeg_read_tally))
  pooled <- tally_of(openvoorwerk)
  got <- weeg_proportion(merged, strengths ~ provider)
  want <- weeg_proportion(pooled, strengths ~ provider)
  for (column in c("estimate", "n", "n.base", "n.weighted")) expect_identical(got[[column]], want[[column]])
  # the same PSU totals, summed in another order
  for (column in c("std.error", "conf.low", "conf.high", "df")) expect_equal(got[[column]], want[[column]], tolerance = 1e-13)
  tested <- function(tally) weeg_test(tally, strengths ~ provider)$p.value
  expect_equal(tested(merged), tested(pooled), tolerance = 1e-12)
  # no name of a municipality is in a file
  bytes <- unlist(lapply(files, function(f) rawToChar(replace(b <- readBin(f, "raw", file.size(f)), b == 0, as.raw(32)))))
  for (name in levels(openvoorwerk$gemeente)) expect_false(any(grepl(name, bytes, fixed = TRUE, useBytes = TRUE)), name)
})

test_that("PSUs are numbered by size", {
  counts <- sort(table(droplevels(organisations[[1]]$gemeente)), decreasing = TRUE)
  t <- weeg_protect_tally(tally_of(organisations[[1]], ~ronde), "one")
  rows <- as.data.frame(t)
  got <- tapply(rows$n, as.character(rows$psu), sum)
  expect_identical(unname(c(got[paste0("one: ", seq_along(counts))])), as.numeric(counts))
})

test_that("the order of PSUs does not tell their names, also where they are as large", {
  set.seed(61)
  data <- data.frame(ronde = rep(c("1", "2"), c(40, 60)), gemeente = rep(c("a", "b", "c", "d", "e"), each = 20),
                     gewicht = stats::runif(100), strengths = sample(c("yes", "no"), 100, TRUE))
  protected <- function(names) {
    data$gemeente <- unname(c(a = names[1], b = names[2], c = names[3], d = names[4], e = names[5])[data$gemeente])
    weeg_protect_tally(tally_of(data, ~strengths), "one")
  }
  first <- protected(c("Assen", "Breda", "Delft", "Ede", "Goes"))
  for (names in list(c("Goes", "Ede", "Delft", "Breda", "Assen"), c("Delft", "Goes", "Assen", "Ede", "Breda"))) {
    expect_identical(protected(names), first)
  }
  # and the largest is the first
  data <- data[-(1:3), ]
  t <- protected(c("Assen", "Breda", "Delft", "Ede", "Goes"))
  expect_identical(t$frame$psus, paste0("one: ", 1:5))
  expect_identical(unname(c(tapply(t$entries$n, t$entries$unit, sum))), c(20, 20, 20, 20, 17))
  figures <- function(tally) as.data.frame(weeg_proportion(tally, ~strengths))
  expect_equal(figures(t), figures(tally_of(data, ~strengths)), tolerance = 1e-13)
})

test_that("persons and small cells are refused", {
  persons <- weeg_tally(weeg_design(openvoorwerk, weights = ~gewicht, cluster = ~id), ~strengths)
  expect_error(weeg_protect_tally(persons, "all"), "has 1 row, fewer than 10 \\(`threshold`\\); 1582 PSUs have so few",
               class = "weeg_error_argument")
  rows <- weeg_design(openvoorwerk, weights = ~gewicht)
  expect_error(weeg_protect_tally(weeg_tally(rows, ~ waarom_niet + provider), "all"),
               "the cell .* fewer than 10 \\(`threshold`\\); [0-9]+ cells", class = "weeg_error_argument")
  large <- weeg_tally(rows, ~strengths)
  expect_identical(weeg_protect_tally(large, "all"), large)
})

test_that("wrong arguments are errors", {
  t <- tally_of(organisations[[1]])
  expect_error(weeg_protect_tally(openvoorwerk, "a"), "must be made by weeg_tally", class = "weeg_error_argument")
  expect_error(weeg_protect_tally(t), "`sender` must be one name", class = "weeg_error_argument")
  expect_error(weeg_protect_tally(t, c("a", "b")), "`sender`", class = "weeg_error_argument")
  expect_error(weeg_protect_tally(t, "a", threshold = 1000), "fewer than 1000", class = "weeg_error_argument")
  # two senders of one name: the sum would take their PSUs for the same ones
  other <- tally_of(organisations[[2]])
  expect_length(unique(as.data.frame(weeg_protect_tally(t, "a") + weeg_protect_tally(other, "b"))$psu),
                length(unique(c(as.character(organisations[[1]]$gemeente), as.character(organisations[[2]]$gemeente)))))
  replicates <- weeg_tally(weeg_replicates(weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)),
                           ~strengths)
  expect_error(weeg_protect_tally(replicates, "a"), "replicate weights", class = "weeg_error_unsupported")
})

test_that("two tallies of one sender are not added: their numbers are of other PSUs", {
  sent <- function(at, ...) weeg_protect_tally(tally_of(organisations[[at]]), ...)
  one <- sent(1, "one")
  two <- sent(2, "two")
  again <- sent(3, "one")
  refused <- function(x) expect_error(x, "PSUs that one numbered", class = "weeg_error_tally")
  refused(one + again)
  refused((one + two) + again)
  file <- tempfile(fileext = ".weeg")
  on.exit(unlink(file))
  weeg_write_tally(one + two, file)
  read <- weeg_read_tally(file)
  expect_identical(read$senders, c("one", "two"))
  refused(again + read)
  expect_s3_class(read + sent(3, "three"), "weeg_tally")
})
