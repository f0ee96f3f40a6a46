# Random designs with an account of comparisons, and domains of them as weeg and as package survey see them.

new_scene <- function(seed) {
  x <- random_design(seed)
  x$data$cell <- interaction(x$data$fg, x$data$fy, lex.order = TRUE, sep = "|")
  c(list(
    x = x, data = x$data, log = new_account(seed), weeg = weeg_view(x), survey = survey_view(x), groups = levels(x$data$fg),
    answers = levels(x$data$fy)
  ), units_of(x))
}

# Of each row: whether it is inside the domain, its stratum and PSU, whether the stratum is a census, or has one PSU and is none.
units_of <- function(x) {
  data <- x$data
  stratum <- if (x$stratified) as.character(data$stratum) else rep("all", nrow(data))
  unit <- if (x$clustered) data$unit else seq_len(nrow(data))
  sampled <- tapply(unit, stratum, function(u) length(unique(u)))[stratum]
  census <- (x$fpc & (data$fpc == 1 | data$fpc == sampled)) %in% TRUE
  list(inside = data$inside %in% TRUE, stratum = stratum, unit = unit, census = census, alone = sampled == 1 & !census)
}

# A domain of the survey design: rows of zero weight stay in it, as a user of survey would have it, but for one exception:
# survey's rules for single-PSU strata count strata of which the domain has only rows of zero weight, weeg's do not.
domain_of <- function(s, rows) {
  rows <- rows & s$inside
  counted <- rows & s$data$w > 0
  alone <- s$x$lonely %in% c("fail", "adjust", "average") && any(rows & s$alone)
  zero <- alone && !all(s$stratum[rows] %in% s$stratum[counted])
  whole <- s$survey[which(rows), ]
  positive <- if (all(counted == rows)) whole else s$survey[which(counted), ]
  list(design = if (zero) positive else whole, counted = positive, n = sum(counted), df = survey::degf(whole),
       alone = lies_alone(s, rows),
       reason = if (zero) "stratum with zero weights only" else "")
}

# weeg gives no variance to what lies in one PSU (survey: 0 but for rounding), or in strata that the rule for single-PSU strata
# leaves out (survey: 0); unless the PSU's stratum is a census.
lies_alone <- function(s, rows) {
  counted <- rows & s$inside & s$data$w > 0
  if (!any(counted)) return(FALSE)
  if (length(unique(s$unit[counted])) == 1L) return(!any(s$census[counted]))
  s$x$lonely %in% c("remove", "certainty") && all(s$alone[counted])
}

# Levels of two variables so, in two or more cells of their table: it has no test.
table_alone <- function(s, g = s$data$fg, y = s$data$fy, rows = TRUE) {
  known <- rows & s$inside & !is.na(g) & !is.na(y) & s$data$w > 0
  alone <- function(v, other) {
    vapply(levels(v), function(level) {
      here <- known & v %in% level
      length(unique(other[here])) > 1L && lies_alone(s, here)
    }, NA)
  }
  list(g = alone(g, y), y = alone(y, g))
}

is_lonely_failure <- function(domain) {
  tryCatch({
    survey::svytotal(~w, domain$design)
    FALSE
  }, error = function(e) grepl("only one PSU", conditionMessage(e)))
}

# weeg's result; NULL under lonely = "fail" where a domain has a stratum with one PSU. weeg must fail where survey does,
# or say that there is nothing to test.
attempt <- function(s, statistic, domains, compute) {
  got <- tryCatch(compute(), weeg_error_lonely = function(e) NULL)
  expected <- s$x$lonely == "fail" && any(vapply(domains, function(d) d$n > 0L && is_lonely_failure(d), NA))
  holds <- expected && (is.null(got) || all(!is.na(got$reason)))
  if (expected || is.null(got)) s$log$except(statistic, "error: one PSU under \"fail\"", holds)
  if (!expected) got
}

# compare(scene) for `count` random designs from `first` on: every error below the tolerance, every exception as documented,
# and at least `least` comparisons of each statistic that are none.
expect_same_in_designs <- function(compare, count, first = 1L, least = count / 10) {
  compare_seed <- function(seed) {
    s <- new_scene(seed)
    # with an fpc, survey's C++ code gives 0 for variances below about 1e-16: its R code is right
    before <- options(survey.lonely.psu = s$x$lonely, survey.use_rcpp = !s$x$fpc)
    on.exit(options(before))
    compare(s)
    s$log$result()
  }
  errors <- expect_same_accounts(compare_seed, count, first)$errors
  for (i in seq_len(nrow(errors))) {
    testthat::expect_gte(errors$comparisons[i], least, label = paste("comparisons of", errors$statistic[i]))
  }
}

# Totals of influence functions (a matrix, one row per row of the design) and their covariance.
influence_covariance <- function(design, influence) {
  unname(as.matrix(stats::vcov(survey::svytotal(influence, design, na.rm = TRUE))))
}
