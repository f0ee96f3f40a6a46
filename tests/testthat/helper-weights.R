# Random designs with calibrated weights and with replicate weights, as weeg and as package survey have them.

# ---- calibrated ------------------------------------------------------------------------------------------------------

calibration_methods_tested <- c("post-stratified", "linear", "linear, bounds", "raking", "logit")

# A design with calibration variables and targets that some factors between 1/2 and 2 meet.
calibration_scene <- function(seed) {
  x <- random_design(seed)
  data <- x$data
  rows <- nrow(data)
  data$w[data$w == 0] <- 1
  data$w <- data$w / mean(data$w)
  data$a <- sample(c("p", "q", "r"), rows, TRUE, prob = c(0.5, 0.3, 0.2))
  data$b <- factor(ifelse(stats::runif(rows) < 0.3, data$a, sample(c("p", "q"), rows, TRUE)))
  data$c <- sample(seq_len(pick(1:3)), rows, TRUE)
  data$ab <- factor(paste(data$a, data$b))
  data$cell <- interaction(data$fg, data$fy, lex.order = TRUE, sep = "|")
  x$data <- data
  x$by_tally <- FALSE
  wanted <- data$w * 2^stats::runif(rows, -1, 1)
  margin <- function(v) c(tapply(wanted, as.character(data[[v]]), sum))
  list(x = x, data = data, log = new_account(seed), margins = lapply(c(a = "a", b = "b", c = "c"), margin), ab = margin("ab"),
       inside = data$inside %in% TRUE, method = pick(calibration_methods_tested))
}

calibrated_weeg <- function(s, d) {
  switch(s$method,
    "post-stratified" = weeg_poststratify(d, ~ab, s$ab),
    linear = weeg_calibrate(d, s$margins),
    "linear, bounds" = weeg_calibrate(d, s$margins, bounds = c(0.4, 2.5)),
    raking = weeg_rake(d, s$margins),
    logit = weeg_calibrate(d, s$margins, method = "logit", bounds = c(0.2, 4))
  )
}

# NULL where survey cannot: linear calibration with margins that depend on one another.
calibrated_survey <- function(s, design) {
  if (s$method == "post-stratified") {
    return(survey::postStratify(design, ~ab, data.frame(ab = names(s$ab), Freq = c(s$ab))))
  }
  varies <- lengths(s$margins) > 1L
  formula <- stats::reformulate(c("1", paste0("factor(", names(s$margins)[varies], ")")))
  population <- c(sum(s$margins$a), unlist(lapply(s$margins[varies], `[`, -1L)))
  names(population) <- colnames(stats::model.matrix(formula, s$data))
  kind <- sub(",.*", "", s$method)
  bounds <- switch(s$method, logit = c(0.2, 4), "linear, bounds" = c(0.4, 2.5), c(-Inf, Inf))
  tryCatch(
    suppressWarnings(survey::calibrate(design, formula, population, calfun = kind, bounds = bounds, epsilon = 1e-12,
                                       maxit = 500)),
    error = function(e) NULL
  )
}

# numbers: adds columns to the data. list(s, ours, theirs): without the last two where the fits do not have the same weights.
calibrated_pair <- function(seed, numbers) {
  s <- calibration_scene(seed)
  before <- options(survey.lonely.psu = s$x$lonely, survey.use_rcpp = !s$x$fpc)
  on.exit(options(before))
  s$data <- s$x$data <- numbers(seed, s$data)
  x <- s$x
  x$domain <- FALSE
  ours <- tryCatch(calibrated_weeg(s, weeg_view(x)), weeg_error_calibration = function(e) NULL)
  theirs <- calibrated_survey(s, survey_view(x))
  if (is.null(ours) || is.null(theirs)) return(list(s = s))
  if (max(relative_error(ours$weights, stats::weights(theirs))) > 1e-11) return(list(s = s))
  s$data$w <- s$x$data$w <- ours$weights
  s$survey <- theirs
  s[c("stratum", "unit", "census", "alone")] <- units_of(x)[c("stratum", "unit", "census", "alone")]
  if (s$x$domain) ours <- subset(ours, inside) else s$inside[] <- TRUE
  list(s = s, ours = ours, theirs = theirs)
}

is_lonely_error <- function(e) grepl("only one PSU", conditionMessage(e))

# ---- replicates ------------------------------------------------------------------------------------------------------

# list(data, weeg, survey, df, log): the same replicate design as both see it, in a domain. numbers: adds columns to its data, and
# then it is no tally.
replicate_scene <- function(seed, numbers = NULL) {
  x <- random_design(seed)
  data <- if (is.null(numbers)) x$data else numbers(seed, x$data)
  if (seed %% 3L > 0L) data$w <- ifelse(data$w == 0, 0, stats::runif(nrow(data), 0.5, 3))
  log <- new_account(seed)
  made <- if (x$clustered && chance(0.4)) made_replicates(x, data) else random_replicates(data)
  inside <- which(data$inside %in% TRUE)
  s <- made$survey
  w <- made$weeg
  if (x$domain) w <- subset(w, inside)
  if (x$by_tally && is.null(numbers)) w <- weeg_tally(w, ~ g + y)
  list(seed = seed, data = data, log = log, weeg = w, survey = s, inside = data$inside %in% TRUE, set = made$set,
       rows = inside, groups = levels(data$fg), answers = levels(data$fy))
}

# Replicates that survey makes of the design; as_weeg_design() takes them over.
made_replicates <- function(x, data) {
  unit <- interaction(if (x$stratified) data$stratum else 1, data$psu, drop = TRUE)
  alone <- tapply(as.integer(unit), if (x$stratified) data$stratum else rep(1, nrow(data)), function(u) length(unique(u))) < 2
  data$layer <- if (x$stratified && !any(alone)) data$stratum else 1
  s <- survey::svydesign(ids = ~unit, strata = if (length(unique(data$layer)) > 1L) ~layer, weights = ~w,
                         data = cbind(data, unit = as.integer(unit)))
  type <- pick(c(if (s$has.strata) "JKn" else "JK1", "bootstrap", "subbootstrap", "mrbbootstrap"))
  arguments <- list(s, type = type, compress = chance(0.5), mse = chance(0.5))
  if (grepl("boot", type)) arguments$replicates <- sample(5:40, 1L)
  if (type == "mrbbootstrap") arguments$compress <- NULL
  r <- suppressWarnings(do.call(survey::as.svrepdesign, arguments))
  list(survey = r, weeg = as_weeg_design(r), set = NULL)
}

random_replicates <- function(data) {
  rows <- nrow(data)
  count <- sample(2:40, 1L)
  unit <- if (chance(0.5)) data$unit else seq_len(rows)
  factors <- switch(pick(1:3),
    matrix(stats::runif(max(unit) * count, 0, 2), max(unit)),
    matrix(sample(c(0, 1, 2), max(unit) * count, TRUE), max(unit)),
    matrix(stats::rnorm(max(unit) * count, 1, 0.5), max(unit))
  )[unit, , drop = FALSE]
  combined <- chance(0.7)
  columns <- if (combined) factors * data$w else factors
  type <- pick(c("BRR", "Fay", "JK1", "JKn", "bootstrap", "successive-difference", "ACS", "JK2", "other"))
  rho <- if (type == "Fay") 0.3
  scale <- if (type == "other" || (type == "JK1" && chance(0.5))) stats::runif(1L, 0.1, 2)
  rscales <- if (type == "JKn" || (type == "other" && chance(0.5))) stats::runif(count, 0, 2)
  if (!is.null(rscales)) rscales[stats::runif(count) < 0.1] <- 0
  if (!is.null(rscales) && all(rscales == 0)) rscales[1L] <- 1
  mse <- if (chance(0.5)) chance(0.5)
  set <- if (chance(0.2)) sample(2:50, 1L)
  arguments <- list(data = data, weights = data$w, repweights = columns, type = type, combined.weights = combined, rho = rho,
                    scale = scale, rscales = rscales, degf = set)
  if (!is.null(mse)) arguments$mse <- mse
  s <- suppressMessages(suppressWarnings(do.call(survey::svrepdesign, arguments)))
  kind <- if (type == "successive-difference") "sdr" else pick(c(type, tolower(type)))
  named <- data
  colnames(columns) <- sprintf("rep_%02d", seq_len(count))
  how <- pick(c("regex", "formula", "matrix"))
  named <- if (how == "matrix") data else cbind(data, columns)
  given <- switch(how, regex = "^rep_[0-9]+$", formula = stats::reformulate(colnames(columns)), matrix = columns)
  w <- weeg_replicate_design(named, weights = ~w, repweights = given, type = kind, scale = scale, rscales = rscales,
                             mse = mse, rho = rho, combined = combined, df = set)
  list(survey = s, weeg = w, set = set)
}

# Rows of the survey design. ranks: of the replicate weights, at tolerances around that of survey's qr().
part_of <- function(s, rows) {
  rows <- which(rows & s$inside)
  design <- suppressWarnings(s$survey[rows, ])
  weights <- stats::weights(design, "analysis")
  counted <- s$data$w[rows] > 0
  n <- sum(counted)
  found <- if (n == 0L) 0 else vapply(c(1e-3, 1e-5, 1e-8), function(tol) qr(weights, tol = tol)$rank, 0)
  list(design = design, n = n, df = if (is.null(s$set)) max(found[min(2L, length(found))] - 1, 0) else s$set,
       ranks = range(found), alone = n > 0L && found[min(2L, length(found))] == 1,
       clear = !is.null(s$set) || length(unique(found)) == 1L, empty = any(colSums(weights) == 0))
}

quiet <- function(expression) suppressMessages(suppressWarnings(expression))
