# Estimates for areas with few respondents, shrunken towards the figure of all areas together.

#' Small area estimates
#'
#' The percentage of a municipality with 32 respondents is mostly noise: municipalities seem to differ where they do not.
#' A shrinkage estimate is a weighted mean of the area's direct estimate and that of all areas together. The weight
#' follows from the number of respondents and from how much the areas really differ, as estimated from all of them
#' together. On average such estimates are nearer to the truth; a single area that truly differs from the others is
#' pulled too far towards them.
#'
#' @section Model:
#' An area-level model for each answer, on the scale of proportions: with n the effective number of respondents of an area
#' and p its direct (weighted) estimate, n p is taken to be binomial given the area's true proportion, and the true proportions
#' to be spread around their mean m as a beta distribution with variance m (1 - m) / (K + 1) (beta-binomial; Skellam 1948). The
#' shrunken estimate is w p + (1 - w) m with w = n / (n + K), averaged over the posterior distribution of m and K. Limits are
#' quantiles of the area's posterior distribution, a mixture of beta distributions.
#'
#' The prior of m is uniform between 0 and 1. The prior of the variation between areas is set on the logit scale, where a
#' difference means the same for rare and for frequent answers: there the variance between areas is about s2 = 1 / (K m
#' (1 - m)), and s2 / (1 + s2) is uniform between 0 and 1, so that the median of the standard deviation is 1 (a uniform
#' shrinkage prior; Daniels 1999). So it is never estimated as 0, and the interval accounts for the uncertainty about it. A
#' prior that is uniform in the intraclass correlation would instead treat areas without a single rare answer as areas in
#' which it cannot occur. Integrals are computed on a grid, so that results are reproducible.
#'
#' Fay and Herriot's (1979) normal model, on four scales, was evaluated too: see Simulation.
#'
#' The model is one of counts of answers. Means of numbers are not shrunken: the distribution of a number is not known, and its
#' variance within an area of few respondents is too uncertain to weigh the area's mean by. Classes of the number, such as
#' `cut(income, breaks) ~ area`, are answers, and so is `income > 3000`.
#'
#' @section Effective numbers of respondents:
#' n is Kish's, (sum w)^2 / sum w^2, divided by the design effect beyond that of unequal weights: the sum of the
#' design-based variances of all areas and answers over that of p (1 - p) / n (a generalised variance function with one
#' parameter), if that is more than 1. Both are first corrected for the bias caused by having few PSUs: with two PSUs in
#' a stratum of many, the variance of an area is estimated at half of what it should be. Only areas with two or more PSUs
#' contribute. An area that is itself a PSU, as where municipalities were sampled and respondents within them, has no
#' design-based variance: respondents are then assumed to be drawn independently within it, without clustering. Where
#' that is too optimistic, state `deff`. [weeg_compare()] does not compare such areas, because the design gives no basis
#' for it. The figures here rest on the model, of respondents who are drawn within areas and areas that differ at random
#' (Rao and Molina 2015, chapter 4), not on how PSUs differ.
#'
#' @section Simulation:
#' 50 areas with 16 to 60 respondents, logits of proportions normal around that of m with standard deviation s; m = .001,
#' .003, .01, .03, .07, .3, .5 and s = 0, .25, .5, 1. `bench/shrink.R` in the package's repository makes the table; MSE
#' is relative to that of the direct estimate, coverage is that of 95 % intervals over all areas, both from 250 samples
#' in each of the 28 settings.
#'
#' | m = .03 to .5: model | MSE, mean | largest | coverage, lowest | mean | largest bias in points |
#' |---|---|---|---|---|---|
#' | Fay-Herriot, proportions as they are | 0.38 | 0.87 | 92.3 | 95.8 | 0.2 |
#' | Fay-Herriot, arcsine | 0.43 | 0.87 | 92.6 | 95.1 | 0.7 |
#' | Fay-Herriot, arcsine of Anscombe's proportions | 0.41 | 0.89 | 78.9 | 93.9 | 0.5 |
#' | Fay-Herriot, logit | 0.43 | 1.13 | 73.4 | 91.9 | 0.4 |
#' | **beta-binomial** | 0.39 | 0.86 | 94.3 | 96.6 | 0.2 |
#'
#' | m = .001, .003, .01: model | MSE, mean | largest | coverage, lowest | mean | largest bias in points |
#' |---|---|---|---|---|---|
#' | Fay-Herriot, proportions as they are | 0.10 | 0.46 | 93.4 | 97.2 | 0.0 |
#' | Fay-Herriot, arcsine | 0.15 | 0.57 | 74.6 | 86.9 | 0.6 |
#' | Fay-Herriot, arcsine of Anscombe's proportions | 1.22 | 3.24 | 0.0 | 37.7 | 1.0 |
#' | Fay-Herriot, logit | 3.61 | 13.03 | 43.2 | 65.7 | 1.8 |
#' | **beta-binomial** | 0.11 | 0.46 | 95.0 | 98.7 | 0.1 |
#'
#' The interval of an area without respondents covers in 94 % of the samples or more. Where all areas are the same (s =
#' 0), intervals cover nearly always. In samples in which nobody gives the answer, 99 to 100 % of the areas are covered
#' for s up to .5 and m = .001, 85 % for s = 1: if the answer is far from rare in some areas, a sample without them
#' cannot show it.
#'
#' @inheritParams weeg_proportion
#' @param formula `outcome ~ area`. With several groups, the areas are their combinations.
#' @param answers Which answers, and nets of them: see [weeg_nets]. `NULL`: all. Each has its own model, so that shrunken
#'   proportions need not add up to exactly 1; a design effect is pooled over all answers, and over a net and the others.
#' @param deff The design effect of the areas' estimates: their effective number of respondents is n / `deff`. `NULL`:
#'   from the design, as above. It cannot be computed from a tally with clusters and unequal weights, so it must then be
#'   stated.
#' @return A data frame of class `weeg_shrink` with a row per area and answer: the groups; `outcome`, `level`; `estimate`
#'   (shrunken), `std.error` (root of the posterior variance, the mean squared error), `conf.low`, `conf.high`; `direct`, the
#'   area's own figure, with `direct.low` and `direct.high`, Clopper and Pearson's limits with the effective n; `weight`, the
#'   share of the area's own figure in the shrunken one; `n` (rows with this answer), `n.base` (rows with an answer),
#'   `n.effective`; and `reason`. An area without respondents gets the figure of all areas, with the interval of an area not
#'   seen; `reason` says so. `glance()` gives a row per answer: `areas`, `mean` (m), `between.sd`, the standard deviation of
#'   true proportions between areas, with `between.low` and `between.high`, `deff` (the design effect beyond that of
#'   unequal weights), `nobs` and `conf.level`.
#' @seealso [weeg_funnel()] for areas that stand out.
#' @references Skellam (1948), JRSS B 10, 257-261. Daniels (1999), Canadian Journal of Statistics 27, 567-578. Fay and
#'   Herriot (1979), JASA 74, 269-277. Yoshimori and Lahiri (2014), Journal of Multivariate Analysis 124, 281-294. Kish
#'   (1965), Survey Sampling. Rao and Molina (2015), Small Area Estimation, chapters 6 and 10.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' s <- weeg_shrink(d, strengths ~ gemeente, answers = "niet")
#' head(s)
#' glance(s)
#' @export
weeg_shrink <- function(data, formula, answers = NULL, deff = NULL, level = 0.95, missing = NULL) {
  need_given(data)
  parts <- parse_areas(formula, data)
  level <- check_level(level)
  if (!is.null(deff)) deff <- check_positive(deff, "deff")
  data <- weeg_design(data)
  asked <- asked_answers(answers)
  tables <- lapply(names(parts$outcomes), function(outcome) {
    with_nets(data, parts, outcome, asked, missing, function(data, parts, answers, missing) {
      table <- area_table(data, parts, outcome, answers, missing, deff)
      fit <- shrink_answers(table, level)
      replace(table, c("rows", "models"), fit[c("rows", "models")])
    }, again = TRUE)
  })
  rows <- bind_tables(lapply(tables, `[[`, "rows"))
  info <- tables_info(tables, parts)
  info$level <- level
  info$alone <- areas_alone(tables)
  info$models <- do.call(rbind, lapply(unlist(lapply(tables, tables_of), FALSE), `[[`, "models"))
  if (length(asked$nets) > 0L) info$nets <- asked$nets
  new_result(rows, "weeg_shrink", info, c(area_conventions(tables[[1L]], deff), interval = interval_text("beta", level),
                                          model = "beta-binomial, uniform mean, uniform shrinkage on the logit scale"))
}

# ---- direct estimates of areas, with effective numbers of respondents -------------------------------------------------

parse_areas <- function(formula, data) {
  parts <- parse_formula(formula, data)
  if (length(parts$groups) == 0L) abort("formula", "the formula needs areas: outcome ~ area")
  parts
}

# A table of areas and answers: list(tally, rows of proportions with n.effective, deff).
area_table <- function(data, parts, outcome, answers, missing, deff) {
  # whether an area has PSUs enough for a variance, whatever the conventions
  data$frame$df <- "domain"
  data$frame$given_df <- NULL
  table <- prepare_table(data, parts, outcome, missing)
  places <- table$places
  rows <- proportion_rows(table$tally, places, table$grid, outcome, "wald", 0.95)
  if (sum(rows$n.base[rows$level == rows$level[1L]] > 0) < 3L) {
    abort("argument", "there are fewer than 3 areas with respondents, too few to estimate how much areas differ")
  }
  area <- rep(seq_len(places$groups), each = places$levels)
  if (is.null(deff)) {
    kish <- kish_numbers(data, parts, outcome, table, missing)[area]
    table$deff <- added_deff(rows, kish, few_psus(table)[area])
    rows$n.effective <- kish / table$deff
  } else {
    table$deff <- deff
    rows$n.effective <- rows$n.base / deff
  }
  rows$n.effective[rows$n.base == 0] <- 0
  asked <- unique(area[rows$n.base > 0])
  table$alone <- if (is.null(deff) && isFALSE(table$tally$frame$element)) sum(!groups_with_variance(table)[asked]) else 0L
  shown <- find_answers(answers, table$tally$variables[[outcome]]$levels, outcome)
  table$total <- area_totals(table, outcome)
  table$rows <- rows[as.character(rows$level) %in% shown, , drop = FALSE]
  table$outcome <- outcome
  table
}

# The number of areas that are one PSU, by outcome.
areas_alone <- function(tables) {
  stats::setNames(vapply(tables, `[[`, 0L, "alone"), vapply(tables, `[[`, "", "outcome"))
}

# What is to be known of areas that are one PSU, NULL if there are none; see "Effective numbers of respondents".
alone_lines <- function(info, outcome, width) {
  count <- info$alone[[outcome]]
  if (count == 0L) return(NULL)
  areas <- if (count == 1L) "1 area is" else paste(format_count(count), "areas are each")
  text <- c(areas, "in one PSU, for which the design gives no variance: respondents are assumed to be drawn",
            "independently within it, which may be too optimistic; `deff` states another design effect.")
  c("", wrap(paste(text, collapse = " "), width))
}

# Sums over cells by area and answer, as a matrix.
place_sums <- function(places, values) {
  known <- places$group >= 0L & places$level >= 0L
  sums <- rowsum(values[known], places$group[known] * places$levels + places$level[known] + 1L)
  all <- numeric(places$groups * places$levels)
  all[as.integer(rownames(sums))] <- sums
  matrix(all, places$groups, places$levels, byrow = TRUE)
}

# The proportion of each answer over all areas together.
area_totals <- function(table, outcome) {
  sums <- place_sums(table$places, checked(.Call(C_tally_totals, table$tally))$weighted)
  stats::setNames(colSums(sums) / sum(sums), table$tally$variables[[outcome]]$levels)
}

# Kish's effective number of respondents of each area.
kish_numbers <- function(data, parts, outcome, table, missing) {
  totals <- checked(.Call(C_tally_totals, table$tally))
  sums <- rowSums(place_sums(table$places, totals$weighted))
  if (inherits(data, "weeg_tally")) {
    ratio <- totals$weighted[totals$n > 0] / totals$n[totals$n > 0]
    if (max(ratio) - min(ratio) <= 1e-12 * max(ratio)) return(rowSums(place_sums(table$places, totals$n)))
    abort("argument", "a tally has sums of weights, not the weights, so the effective numbers of respondents are not known",
          hint = "Give the design, or state the design effect of the areas, as deff = 1.3")
  }
  squared <- squared_weights(data)
  squared[c("calibration", "replicates")] <- NULL
  again <- prepare_table(squared, parts, outcome, missing)
  squares <- rowSums(place_sums(again$places, checked(.Call(C_tally_totals, again$tally))$weighted))
  ifelse(squares > 0, (sums / data$max_weight)^2 / squares, 0)
}

# The design with squares of shares of the largest weight as weights.
squared_weights <- function(design) UseMethod("squared_weights")

#' @export
squared_weights.weeg_design <- function(design) {
  design$weights <- (row_weights(design, design$weights) / design$max_weight)^2
  design$max_weight <- 1
  design
}

# What the design adds to the variances of unequal weights: pooled over areas that have a design-based variance, at least 1.
added_deff <- function(rows, kish, few) {
  variance <- few * rows$std.error^2
  # p (1 - p) is too low by the variance of p, on average
  plain <- (rows$estimate * (1 - rows$estimate) + variance) / kish
  usable <- !is.na(variance) & rows$df >= 1 & kish > 0 & !is.na(plain) & plain > 0
  if (!any(usable)) return(1)
  max(1, sum(variance[usable]) / sum(plain[usable]))
}

# By what an area's variance is too low because its m PSUs are set against their own mean, and not all of a stratum's M PSUs are
# its own: M / (M - 1) in the variance makes up for one of M.
few_psus <- function(table) {
  frame <- table$tally$frame
  entries <- table$tally$entries
  places <- table$places
  cell <- entries$cell + 1L
  used <- which(places$group[cell] >= 0L & places$level[cell] >= 0L & entries$n > 0)
  group <- places$group[cell[used]] + 1L
  psu <- tally_unit_at(frame, 1L)[entries$unit[used] + 1L]
  stratum <- if (frame$element) psu else frame$psu_stratum[psu] + 1L
  count <- if (frame$element) entries$n[used] else as.double(!duplicated(data.frame(group, psu)))
  own <- sum_by(count, group, places$groups)
  freedom <- sum_by(count * (1 - 1 / frame$stratum_psus[stratum]), group, places$groups)
  ifelse(own > 1, pmax(1, freedom / (own - 1)), 1)
}

area_conventions <- function(table, deff) {
  from <- if (is.null(deff)) "Kish" else "rows"
  added <- unique(vapply(tables_of(table), function(one) format(one$deff, digits = 3L), ""))
  if (!identical(added, "1")) from <- paste0(from, " / ", paste(added, collapse = ", "))
  conventions <- design_conventions(table$tally)
  c(conventions["profile"], effective_n = from, conventions["missing"])
}

# ---- the model -------------------------------------------------------------------------------------------------------

shrink_answers <- function(table, level) {
  answers <- unique(as.character(table$rows$level))
  each <- lapply(answers, function(answer) {
    rows <- table$rows[as.character(table$rows$level) == answer, , drop = FALSE]
    n <- rows$n.effective
    x <- ifelse(n > 0, n * rows$estimate, 0)
    fit <- fit_areas(x, n, level)
    list(rows = shrunken_rows(rows, fit, x, level), model = model_row(table, answer, rows, fit, level))
  })
  rows <- bind_frames(lapply(each, `[[`, "rows"))
  # area by area, as proportions are
  count <- nrow(each[[1L]]$rows)
  rows <- rows[order(rep(seq_len(count), length(answers))), , drop = FALSE]
  rownames(rows) <- NULL
  list(rows = rows, models = do.call(rbind, lapply(each, `[[`, "model")))
}

shrunken_rows <- function(rows, fit, x, level) {
  tail <- (1 - level) / 2
  n <- rows$n.effective
  seen <- n > 0
  # Beta(0, b) is at 0, Beta(a, 0) at 1
  limit <- function(p, a, b) {
    inside <- seen & a > 0 & b > 0
    limits <- ifelse(seen, as.double(a > 0), NA)
    limits[inside] <- stats::qbeta(p, a[inside], b[inside])
    limits
  }
  list_frame(list(
    groups = rows$groups, outcome = rows$outcome, level = rows$level, estimate = fit$estimate,
    std.error = fit$std.error, conf.low = fit$conf.low,
    conf.high = fit$conf.high, direct = rows$estimate, direct.low = limit(tail, x, n - x + 1),
    direct.high = limit(1 - tail, x + 1, n - x), weight = fit$weight, n = rows$n, n.base = rows$n.base, n.effective = n,
    reason = ifelse(seen, NA_character_, reason_words("unseen-area"))
  ))
}

model_row <- function(table, answer, rows, fit, level) {
  list_frame(c(list(outcome = table$outcome, level = answer, areas = sum(rows$n.base > 0)), fit$model,
               list(deff = table$deff, nobs = sum(rows$n.base), conf.level = level)))
}

# Log density of K given m, where s2 / (1 + s2) is uniform between 0 and 1 for s2 = 1 / (K m (1 - m)), by the delta method the
# variance of logits.
uniform_shrinkage <- function(k, m) {
  spread <- m * (1 - m)
  log(spread) - 2 * log1p(spread * k)
}

# The beta-binomial model of x of n (effective numbers, n = 0 for areas without respondents).
fit_areas <- function(x, n, level, prior = uniform_shrinkage) {
  # all or nothing to the last bit: at small K it matters
  x <- ifelse(x < 1e-9 * n, 0, ifelse(n - x < 1e-9 * n, n, x))
  grid <- likely_grid(x, n, prior)
  weight <- exp(grid$log - max(grid$log))
  used <- weight > 1e-9
  weight <- weight[used] / sum(weight[used])
  k <- grid$k[used]
  m <- grid$m[used]
  mean_of <- function(values) drop(weight %*% values)
  total <- outer(k, n, `+`)
  mean <- outer(k * m, x, `+`) / total
  square <- mean * (1 - mean) / (total + 1) + mean^2
  estimate <- mean_of(mean)
  variance <- pmax(mean_of(square) - estimate^2, 0)
  limits <- posterior_limits(k, weight, mean, square, level)
  spread <- sqrt(m * (1 - m) / (k + 1))
  between <- spread_limits(k, m, weight, grid$step, level)
  list(estimate = estimate, std.error = sqrt(variance), conf.low = limits$low, conf.high = limits$high,
       weight = mean_of(outer(k, n, function(k, n) n / (n + k))),
       model = list(mean = mean_of(m), between.sd = mean_of(spread), between.low = between[1L], between.high = between[2L]),
       grid = list(k = k, m = m, weight = weight))
}

# Quantiles of the standard deviation between areas. A cell of the grid is wide in K: its weight is spread over it.
spread_limits <- function(k, m, weight, step, level) {
  parts <- 8L
  within <- exp(step * ((seq_len(parts) - 0.5) / parts - 0.5))
  spread <- sqrt(m * (1 - m) / (outer(k, within) + 1))
  at <- order(spread)
  share <- rep(weight / parts, parts)[at]
  exp(stats::approx(cumsum(share) - share / 2, log(spread[at]), c((1 - level) / 2, (1 + level) / 2), rule = 2)$y)
}

# Quantiles of each area's proportion. Given K its distribution is taken for the beta distribution of its mean and variance, so
# that the mixture has as many components as there are values of K. mean, square: moments of the areas (columns) given each K
# and m (rows).
posterior_limits <- function(k, weight, mean, square, level) {
  at <- match(k, unique(k))
  share <- drop(rowsum(weight, at))
  centre <- rowsum(weight * mean, at) / share
  size <- centre * (1 - centre) / pmax(rowsum(weight * square, at) / share - centre^2, 1e-300) - 1
  a <- centre * size
  b <- (1 - centre) * size
  # Over logits, where the logit of the distribution function is nearly straight: Newton's steps, or halves where these leave the
  # bracket. Beyond the first bracket, limits are at 0 or 1.
  below <- function(at) colSums(share * stats::pbeta(matrix(stats::plogis(at), nrow(a), ncol(a), byrow = TRUE), a, b))
  rise <- function(at) {
    p <- stats::plogis(at)
    colSums(share * stats::dbeta(matrix(p, nrow(a), ncol(a), byrow = TRUE), a, b)) * p * (1 - p)
  }
  quantile <- function(p) {
    low <- rep(-40, ncol(mean))
    high <- rep(40, ncol(mean))
    ends <- ifelse(below(low) >= p, 0, ifelse(below(high) < p, 1, NA))
    at <- stats::qlogis(colSums(share * centre))
    for (i in seq_len(100L)) {
      f <- pmin(below(at), 1)
      under <- f < p
      low[under] <- at[under]
      high[!under] <- at[!under]
      step <- at - (stats::qlogis(f) - stats::qlogis(p)) * f * (1 - f) / rise(at)
      inside <- is.finite(step) & step >= low & step <= high
      following <- ifelse(inside, step, (low + high) / 2)
      moved <- max(abs(following - at)[is.na(ends)], 0)
      at <- following
      if (moved < 1e-9) break
    }
    ifelse(is.na(ends), stats::plogis(at), ends)
  }
  list(low = quantile((1 - level) / 2), high = quantile((1 + level) / 2))
}

# The grid where the posterior is: beyond, K has a tail as exp(-|log K|).
likely_grid <- function(x, n, prior) {
  count <- 60L
  range <- c(-15, log(sum(n)) + 25)
  repeat {
    grid <- area_grid(x, n, prior, range, count)
    step <- diff(range) / count
    likely <- range(grid$u[grid$log > max(grid$log) - 18])
    narrower <- c(max(range[1L], likely[1L] - step), min(range[2L], likely[2L] + step))
    if (diff(narrower) > 0.7 * diff(range)) return(c(grid, step = step))
    range <- narrower
  }
}

# The posterior of K and m on a grid: over u = log K within `range`, and for each u over the logit of m around its likely
# value: vectors u, k, m and log (of the posterior times the size of the grid's cell).
area_grid <- function(x, n, prior, range, count) {
  seen <- n > 0
  x <- x[seen]
  n <- n[seen]
  u <- range[1L] + (seq_len(count) - 0.5) / count * diff(range)
  k <- exp(u)
  z <- seq(-6, 6, length.out = 41L)
  place <- lapply(k, likely_mean, x, n)
  centre <- vapply(place, `[[`, 0, "centre")
  spread <- vapply(place, `[[`, 0, "spread")
  logit <- rep(centre, each = length(z)) + rep(spread, each = length(z)) * z
  m <- stats::plogis(logit)
  k.all <- rep(k, each = length(z))
  a <- k.all * m
  b <- k.all * stats::plogis(-logit)
  # the cells' sizes: of u by dK / du, of m by its logit
  log <- prior(k.all, m) + rep(u + log(spread), each = length(z)) +
    stats::plogis(logit, log.p = TRUE) + stats::plogis(-logit, log.p = TRUE)
  none <- lbeta(a, b)
  for (i in seq_along(x)) log <- log + lbeta(a + x[i], b + n[i] - x[i]) - none
  list(u = rep(u, each = length(z)), k = k.all, m = m, log = log)
}

# Where the logit of the mean is likely to be, given K.
likely_mean <- function(k, x, n) {
  precision <- n / (1 + (n - 1) / (k + 1))
  share <- precision / n
  p <- (sum(share * x) + 0.5) / (sum(share * n) + 1)
  list(centre = stats::qlogis(p), spread = 1 / sqrt(sum(precision) * p * (1 - p) + 0.25))
}

# ---- print, glance, plot ---------------------------------------------------------------------------------------------

#' @rdname weeg_tidy
#' @export
glance.weeg_shrink <- function(x, ...) {
  models <- info_of(x)$models
  rownames(models) <- NULL
  models[paste(models$outcome, models$level) %in% paste(x$outcome, x$level), ]
}

#' @rdname weeg_print
#' @export
format.weeg_shrink <- function(x, digits = NULL, width = getOption("width"), ...) {
  digits <- percent_digits(digits)
  outcome_lines(x, width, function(rows, info, width) {
    blocks <- lapply(unique(as.character(rows$level)), function(answer) {
      mine <- rows[as.character(rows$level) == answer, , drop = FALSE]
      model <- info$models[info$models$outcome == mine$outcome[1L] & info$models$level == answer, ]
      c("", wrap(paste("Answer:", answer), width), wrap(between_text(model, digits), width), "",
        table_lines(shrink_columns(mine, info, digits), width))
    })
    c(title_lines(info, rows$outcome[1L], width, "Shrunken estimates: "), source_lines(info, width), unlist(blocks),
      alone_lines(info, rows$outcome[1L], width))
  })
}

between_text <- function(model, digits) {
  percent <- function(p) format_percent(p, digits)
  paste0("All areas: ", percent(model$mean), "%; between areas a standard deviation of ", percent(model$between.sd),
         " points (", format_level(model$conf.level), " ", percent(model$between.low), " to ", percent(model$between.high), ")")
}

shrink_columns <- function(rows, info, digits) {
  percent <- function(p) format_percent(p, digits)
  interval <- function(low, high) format_interval(low, high, percent)
  list(
    table_column(paste(info$groups, collapse = ", "), grid_labels(rows$groups), left = TRUE),
    table_column(c("shrunken", "%"), percent(rows$estimate)),
    table_column(format_level(info$level), add_marks(interval(rows$conf.low, rows$conf.high), rows$mark)),
    table_column(c("own", "%"), percent(rows$direct)),
    table_column(format_level(info$level), interval(rows$direct.low, rows$direct.high)),
    table_column(c("weight", "of own %"), format_percent(rows$weight, 0L)), table_column("n", format_count(rows$n.base))
  )
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_shrink <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  title <- title_pieces(info, unique(rows$outcome), one_answer(rows))
  frame <- dot_frame(rows, in_order(rows$groups),
                     panel = panel_factor(list(outcome_factor(rows, info), rows$level)), other = rows$direct)
  dot_plot(frame, page, interval_axis("Percentage", "percent", info), title, caption_text(page, info),
           kinds = c("shrunken estimate", "own figure of the area"))
}
