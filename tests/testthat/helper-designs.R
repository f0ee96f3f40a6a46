# Random sample designs with awkward features, drawn from a seed, as weeg and as package survey see them.

pick <- function(x, prob = NULL) x[[sample.int(length(x), 1L, prob = prob)]]
chance <- function(p) stats::runif(1L) < p

# One design: list(seed, data, weeg, survey, lonely, ...). The same seed gives the same design everywhere.
random_design <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  plan <- draw_units()
  data <- plan$rows
  data$w <- draw_weights(data)
  data$fpc <- draw_fpc(data)
  answer <- draw_answers(data$unit)
  group <- draw_answers(data$unit)
  data$y <- answer$values
  data$g <- group$values
  data$fy <- factor(as.character(answer$values), levels = answer$levels)
  data$fg <- factor(as.character(group$values), levels = group$levels)
  data$inside <- draw_domain(data)
  list(
    seed = seed, data = data, clustered = plan$clustered, stratified = plan$stratified, nest = plan$nest,
    fpc = !all(is.na(data$fpc)), domain = !all(data$inside %in% TRUE), by_tally = chance(0.3),
    lonely = pick(c("fail", "remove", "certainty", "adjust", "average"), c(1, 2, 2, 3, 3))
  )
}

# Strata, PSUs and rows. `unit` numbers the PSUs (without clusters: the rows) over all strata.
draw_units <- function() {
  stratified <- chance(0.85)
  strata <- if (stratified) sample.int(8L, 1L) else 1L
  clustered <- chance(0.65)
  rows <- round(exp(stats::runif(1L, log(20), log(400))))
  alone <- logical(strata) # strata with one PSU
  if (strata > 1L && chance(0.3)) alone[sample.int(strata, min(strata - 1L, sample.int(2L, 1L)))] <- TRUE
  count <- if (clustered) sample(2:8, strata, replace = TRUE) else spread(rows, strata)
  count[alone] <- 1L
  of <- rep(seq_len(strata), count)
  units <- length(of)
  unit <- seq_len(units)
  if (clustered) unit <- c(unit, sample.int(units, max(0, rows - units), replace = TRUE, prob = stats::rexp(units)))
  unit <- unit[sample.int(length(unit))]
  nest <- clustered && stratified && chance(0.5)
  number <- if (nest) unlist(lapply(count, seq_len)) else unit_numbers(units)
  id <- as_type(number, pick(c("integer", "text", "factor")))
  name <- as_type(sample.int(20L, strata), pick(c("integer", "text", "factor")))
  list(rows = data.frame(unit = unit, stratum = name[of[unit]], psu = id[unit]), clustered = clustered,
       stratified = stratified, nest = nest)
}

unit_numbers <- function(units) sample.int(1000L, units)

as_type <- function(number, type) {
  switch(type, integer = number, text = paste0("u", number), factor = factor(paste0("u", number)))
}

# At least two rows in each stratum.
spread <- function(rows, strata) {
  as.integer(2 + stats::rmultinom(1L, max(0, rows - 2 * strata), stats::rexp(strata)))
}

draw_weights <- function(data) {
  rows <- nrow(data)
  w <- switch(pick(c("wild", "equal", "whole", "stratum"), c(6, 2, 1, 1)),
    wild = 10^stats::runif(rows, -3, 3),
    equal = rep(pick(c(1, 0.1, 317)), rows),
    whole = as.numeric(sample.int(9L, rows, replace = TRUE)),
    stratum = 10^stats::runif(20L, -3, 3)[match(data$stratum, unique(data$stratum))]
  )
  if (chance(0.15)) w[stats::runif(rows) < 0.1] <- 0
  if (!any(w > 0)) w[1L] <- 1
  w
}

# Population sizes or sampling fractions, some strata taken as a whole; NA: with replacement.
draw_fpc <- function(data) {
  kind <- pick(c("none", "size", "fraction"), c(2, 1, 1))
  if (kind == "none") return(rep(NA_real_, nrow(data)))
  stratum <- match(data$stratum, unique(data$stratum))
  sampled <- tapply(data$unit, stratum, function(u) length(unique(u)))
  whole <- stats::runif(length(sampled)) < 0.2
  whole[1L] <- FALSE # survey refuses sizes or fractions that are all 1
  value <- if (kind == "size") {
    sampled + ifelse(whole, 0, sample.int(50L, length(sampled), replace = TRUE))
  } else {
    ifelse(whole, 1, stats::runif(length(sampled), 0.02, 0.98))
  }
  as.numeric(value[stratum])
}

# A categorical variable with skewed probabilities that differ between PSUs, levels that do not occur, missing values.
draw_answers <- function(unit) {
  type <- pick(c("factor", "text", "integer", "logical"), c(3, 1, 1, 1))
  size <- if (type == "logical") 2L else sample(2:4, 1L)
  chances <- matrix(stats::rexp(size)^pick(1:3), max(unit), size, byrow = TRUE) *
    exp(pick(c(0, 0.5, 2)) * stats::rnorm(max(unit) * size))
  code <- apply(chances[unit, , drop = FALSE], 1L, function(p) sample.int(size, 1L, prob = p))
  if (chance(0.5)) code[stats::runif(length(code)) < pick(c(0.03, 0.2))] <- NA
  labels <- switch(type, factor = sample(letters, size), text = sort(sample(letters, size), method = "radix"),
                   integer = c(1, 2, 10, 20)[seq_len(size)], logical = c(FALSE, TRUE))
  values <- labels[code]
  if (type == "factor") values <- factor(values, levels = labels)
  list(values = values, levels = as.character(labels))
}

# TRUE for the rows of the domain; NA, like FALSE, is outside.
draw_domain <- function(data) {
  rows <- nrow(data)
  kind <- pick(c("all", "rows", "strata"), c(6, 3, 1))
  inside <- switch(kind,
    all = rep(TRUE, rows),
    rows = stats::runif(rows) < stats::runif(1L, 0.2, 0.9),
    strata = match(data$stratum, unique(data$stratum)) %% 2L == 1L
  )
  if (kind == "rows" && chance(0.3)) inside[stats::runif(rows) < 0.1] <- NA
  if (!any(inside & data$w > 0, na.rm = TRUE)) inside[] <- TRUE
  inside
}

# ---- the two programs' view of a design ------------------------------------------------------------------------------

# By the conventions whose degrees of freedom, limits and tests are those of survey.
weeg_view <- function(x) {
  d <- weeg_design(
    x$data, weights = ~w, strata = if (x$stratified) ~stratum, cluster = if (x$clustered) ~psu,
    fpc = if (x$fpc) ~fpc, nest = x$nest, lonely = x$lonely, conventions = "nchs"
  )
  if (x$domain) d <- subset(d, inside)
  if (x$by_tally) weeg_tally(d, ~ g + y) else d
}

# The whole design: domains are taken of it by domain_of().
survey_view <- function(x) {
  survey::svydesign(
    ids = if (x$clustered) ~psu else ~1, strata = if (x$stratified) ~stratum, weights = ~w, fpc = if (x$fpc) ~fpc,
    data = x$data, nest = x$nest
  )
}

needs_survey <- function() {
  testthat::skip_if_not_installed("survey", "4.5")
}

with_threads <- function(threads, code) {
  before <- options(weeg.threads = threads)
  on.exit(options(before))
  force(code)
}
