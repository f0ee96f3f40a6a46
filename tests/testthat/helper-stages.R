# Random designs of two or three stages, drawn from a seed, as weeg and as package survey see them.

# One design: list(seed, data, stages, rows_last, stratified, strata2, fpc, nest, lonely, lonely_domain, ...).
random_stages <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  stages <- sample(2:3, 1L)
  stratified <- chance(0.7)
  strata2 <- chance(0.4)
  alone <- pick(c(0, 0.1, 0.3)) # chance of a stratum with one unit
  fractions <- chance(0.5)
  data <- draw_stages(stages, if (stratified) sample(2:4, 1L) else 1L, strata2, alone)
  data <- draw_sizes(data, stages, fractions)
  known <- if (chance(0.2)) stages - 1L else stages # stages with an fpc
  x <- list(seed = seed, stages = stages, stratified = stratified, strata2 = strata2, fpc = known, nest = chance(0.5))
  data <- number_units(data, stages, x$nest, strata2)
  rows <- nrow(data)
  data$w <- switch(pick(c("wild", "equal", "inclusion")),
    wild = 10^stats::runif(rows, -2, 2), equal = rep(317, rows), inclusion = data$inverse
  )
  answer <- draw_answers(data$c1)
  group <- draw_answers(data$c1)
  data$y <- answer$values
  data$g <- group$values
  data$fy <- factor(as.character(answer$values), levels = answer$levels)
  data$fg <- factor(as.character(group$values), levels = group$levels)
  data$inside <- if (chance(0.5)) rep(TRUE, rows) else stats::runif(rows) < stats::runif(1L, 0.3, 0.9)
  if (!any(data$inside)) data$inside[] <- TRUE
  x$lonely <- pick(c("fail", "remove", "certainty", "adjust", "average"), c(1, 1, 1, 4, 3))
  x$lonely_domain <- x$lonely %in% c("adjust", "average") && chance(0.5)
  x$data <- data[sample.int(rows), ]
  x
}

few <- function(alone, most) if (chance(alone)) 1L else sample(2:most, 1L)

# A row per row of the sample, with the numbers of its units (c1, c2, c3) and strata (s1, s2), each unique in the design.
# The last stage may be of rows or of clusters with several.
draw_stages <- function(stages, strata, strata2, alone) {
  c1 <- unlist(lapply(seq_len(strata), function(h) rep(h, few(alone, 5L))))
  if (length(c1) < 2L) c1 <- rep(c1, 2L)
  table <- data.frame(s1 = c1, c1 = seq_along(c1))
  parts <- if (strata2) sample.int(2L, nrow(table), replace = TRUE) else rep(1L, nrow(table))
  table <- table[rep(seq_len(nrow(table)), parts), ]
  table$s2 <- seq_len(nrow(table))
  table <- table[rep(seq_len(nrow(table)), vapply(seq_len(nrow(table)), function(i) few(alone, 4L), 0L)), ]
  table$c2 <- seq_len(nrow(table))
  if (stages == 3L) {
    table <- table[rep(seq_len(nrow(table)), vapply(seq_len(nrow(table)), function(i) few(alone, 3L), 0L)), ]
    table$c3 <- seq_len(nrow(table))
  }
  if (!chance(0.4)) return(table)
  drawn <- table[sample.int(nrow(table), 2L * nrow(table), replace = TRUE), ]
  rownames(drawn) <- NULL
  if (length(unique(drawn$c1)) < 2L) table else drawn # survey refuses designs of one cluster
}

# n1, n2, n3: population size of the stratum of each stage, or fractions; inverse: the product of their inverses.
draw_sizes <- function(data, stages, fractions) {
  within <- list(data$s1, data$s2, data$c2)
  data$inverse <- 1
  for (s in seq_len(stages)) {
    unit <- data[[paste0("c", s)]]
    stratum <- match(within[[s]], unique(within[[s]]))
    sampled <- as.vector(tapply(unit, stratum, function(u) length(unique(u))))
    size <- sampled + ifelse(stats::runif(length(sampled)) < 0.2, 0, sample.int(20L, length(sampled), replace = TRUE))
    size[1L] <- sampled[1L] + 1 # survey refuses sizes or fractions that are all 1
    data[[paste0("n", s)]] <- as.numeric((if (fractions) sampled / size else size)[stratum])
    data$inverse <- data$inverse * (size / sampled)[stratum]
  }
  data
}

# Numbers as they stand in data: those of later stages start again in each unit; with nest, all in each stratum. k1, k2, k3
# are clusters, h1, h2 strata.
number_units <- function(data, stages, nest, strata2) {
  again <- function(unit, within) as.integer(stats::ave(unit, within, FUN = function(u) match(u, sort(unique(u)))))
  data$h1 <- as_type(data$s1, pick(c("integer", "text", "factor")))
  data$h2 <- again(data$s2, data$c1)
  data$k1 <- if (nest) again(data$c1, data$s1) else as_type(data$c1, pick(c("integer", "text", "factor")))
  data$k2 <- again(data$c2, if (nest && strata2) data$s2 else data$c1)
  if (stages == 3L) data$k3 <- again(data$c3, data$c2)
  data
}

stage_formula <- function(names) stats::reformulate(names, env = globalenv())

# By the conventions whose degrees of freedom, limits and tests are those of survey.
stages_weeg <- function(x) {
  d <- weeg_design(
    x$data, weights = ~w, cluster = stage_formula(paste0("k", seq_len(x$stages))),
    strata = if (x$stratified) stage_formula(c("h1", if (x$strata2) "h2")) else if (x$strata2) ~ 1 + h2,
    fpc = stage_formula(paste0("n", seq_len(x$fpc))), nest = x$nest, lonely = x$lonely, lonely_domain = x$lonely_domain,
    conventions = "nchs"
  )
  if (all(x$data$inside)) d else subset(d, inside)
}

# The whole design: domains are taken of it.
stages_survey <- function(x) {
  x$data$one <- 1L
  strata <- if (x$stratified || x$strata2) stage_formula(c(if (x$stratified) "h1" else "one", if (x$strata2) "h2"))
  suppressWarnings(survey::svydesign( # "stages without fpc were treated as with replacement"
    ids = stage_formula(paste0("k", seq_len(x$stages))), strata = strata, weights = ~w,
    fpc = stage_formula(paste0("n", seq_len(x$fpc))), data = x$data, nest = x$nest
  ))
}
