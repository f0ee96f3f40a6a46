# Weights that are computed on each engine, items, and rows that are read in pieces: as in memory, of the same rows.

people <- function(n = 500L) {
  rows <- sample_rows(n)
  rows$psu <- (rows$psu - 1L) %% 24L + 1L
  rows$stratum <- (rows$psu - 1L) %/% 6L + 1L
  rows$first <- sample(c(0:1, NA), n, TRUE)
  rows$second <- sample(0:1, n, TRUE)
  multipliers <- matrix(24 / 23, 24L, 24L)
  diag(multipliers) <- 0
  replicates <- rows$weight * multipliers[rows$psu, ]
  colnames(replicates) <- paste0("rw", 1:24)
  cbind(rows[c("weight", "psu", "stratum", "age", "answer", "region", "score", "first", "second")], replicates)
}

plain <- function(tally) {
  tally$seal <- NULL
  tally$names["data"] <- list(NULL)
  tally
}

test_that("calibrated weights and their squares, and items, have the bytes that they have in memory", {
  rows <- people()
  load_rows(con, "people", rows)
  raked <- function(data, ...) {
    d <- weeg_design(data, ..., weights = ~weight, strata = ~stratum, cluster = ~psu)
    regions <- data.frame(region = sort(unique(rows$region)), n = 1e5)
    age <- data.frame(age = c("(0,36]", "(36,65]", "(65,Inf]"), n = 5e5)
    names(age)[1L] <- "cut(age, c(0, 36, 65, Inf))"
    weeg_rake(d, list(~region, ~ cut(age, c(0, 36, 65, Inf))), list(regions, age))
  }
  memory <- raked(rows)
  database <- raked(con, table = "people")
  expect_identical(database$calibration[c("g", "units")], memory$calibration[c("g", "units")])
  expect_identical(database$max_weight, memory$max_weight)
  for (tally in list(function(d) weeg_tally(d, ~ answer + score), function(d) weeg_tally(subset(d, age > 40), ~answer))) {
    expect_same(plain(tally(database)), plain(tally(memory)), design = "calibrated")
  }
  verbs <- list(
    function(d) weeg_shrink(d, answer ~ stratum, answers = "ja"), function(d) weeg_multiple(d, first + second ~ stratum)
  )
  for (verb in verbs) expect_identical(as.data.frame(verb(database)), as.data.frame(verb(memory)))
})

test_that("replicate weights give what they give in memory", {
  rows <- people()
  load_rows(con, "people", rows)
  of <- function(data, ...) weeg_replicate_design(data, weights = ~weight, repweights = "^rw[0-9]+$", type = "jk1", ...)
  memory <- of(rows)
  database <- of(con, table = "people")
  for (verb in list(function(d) weeg_proportion(d, answer ~ stratum), function(d) weeg_total(subset(d, age > 40), ~answer))) {
    expect_equal(as.data.frame(verb(database)), as.data.frame(verb(memory)), tolerance = 1e-12) # of sums of doubles
    note("streamed", design = "given replicates")
  }
})
