# Every estimate, standard error, interval, degrees of freedom, test statistic and p-value of random designs against
# package survey, at least 4.5.
#
# Reference: survey on the same data. Tolerance: relative error below 1e-9, the largest one printed per statistic.
# WEEG_DESIGNS sets the number of designs, WEEG_SEED the first seed (1). `make truth` takes 1000. 250 are enough for what one
# design in fifty shows (found with a chance of 99 %), and have each statistic in 25 or more. A failure names the seed:
# random_design(seed) in helper-designs.R draws that design again.

is_degenerate <- function(p) p <= 1e-12 | p >= 1 - 1e-12

# ---- proportions, their intervals ------------------------------------------------------------------------------------

# Proportions of the levels of `variable` among `rows`, against the same rows of weeg's table.
# Standard errors below 1e-6 of the estimate p, or of 1 - p, are rounding noise of a true 0: the floor.
compare_base <- function(s, what, domain, df, variable, got) {
  log <- s$log
  name <- function(statistic) paste0(what, ": ", statistic)
  log$same(name("df"), got$df, rep(df, nrow(got)))
  if (domain$n == 0L) {
    return(log$except(name("estimate"), "no rows", is.na(got$estimate) & is.na(got$std.error) & !is.na(got$reason)))
  }
  # survey takes long over design effects: in one design of three
  deff <- s$x$seed %% 3L == 0L
  m <- survey::svymean(stats::reformulate(variable), domain$design, deff = if (deff) "replace" else FALSE)
  at <- match(as.character(got$level), sub(variable, "", names(stats::coef(m)), fixed = TRUE))
  p <- unname(stats::coef(m))[at]
  se <- unname(survey::SE(m))[at]
  effect <- if (deff) unname(diag(as.matrix(attr(m, "deff"))))[at]
  log$same(name("n"), got$n.base, rep(domain$n, nrow(got)))
  log$same(name("estimate"), got$estimate, p, reason = domain$reason)
  edge <- is_degenerate(p)
  # NA where survey's is: every stratum lonely under "average"
  zero <- (got$std.error == 0 & se < 1e-12) | (is.na(got$std.error) & is.na(se))
  log$except(name("standard error"), "0 % or 100 %", zero[edge])
  log$except(name("design effect"), "0 % or 100 %", is.na(got$deff[edge]))
  log$except(name("effective n"), "0 % or 100 %", (is.na(se) | got$n.effective == domain$n)[edge])
  if (domain$alone) {
    none <- is.na(got$std.error) & is.na(got$n.effective) & is.na(got$deff) & !is.na(got$reason)
    return(log$except(name("standard error"), "in one PSU", none[!edge]))
  }
  compare_errors(log, name, got[!edge, ], p[!edge], se[!edge], effect[!edge], domain)
}

compare_errors <- function(log, name, got, p, se, effect, domain) {
  near <- 1 / (1 - p) + p / se # rounding of p against 1 - p, and against the scores
  smaller <- pmin(p, 1 - p)
  log$same(name("standard error"), got$std.error, se, 1e-6 * smaller, near, domain$reason)
  none <- se < 1e-6 * smaller
  none[is.na(none)] <- FALSE
  log$except(name("standard error"), "no sampling variance", (got$std.error < 2e-6 * smaller)[none])
  zero <- got$std.error %in% 0
  log$except(name("effective n"), "no sampling variance", is.na(got$n.effective[zero]) & !is.na(got$reason[zero]))
  got <- got[!none, ]
  if (!is.null(effect)) {
    log$same(name("design effect"), got$deff, effect[!none], condition = 2 * near[!none], reason = domain$reason)
  }
  log$same(name("effective n"), got$n.effective, (p * (1 - p) / se^2)[!none], condition = 2 * near[!none],
           reason = domain$reason)
}

group_domains <- function(s, by, of) {
  lapply(levels(s$data[[by]]), function(g) {
    domain <- domain_of(s, s$data[[by]] %in% g & !is.na(s$data[[of]]))
    c(domain, df_all = domain_of(s, s$data[[by]] %in% g)$df)
  })
}

compare_proportions <- function(s) {
  domains <- group_domains(s, "fg", "fy")
  got <- attempt(s, "proportion: estimate", domains, function() weeg_proportion(s$weeg, y ~ g))
  if (is.null(got)) return(invisible())
  for (i in seq_along(domains)) {
    mine <- got[as.character(got$g) == s$groups[i], ]
    # a level of a text or number that does not occur is no level
    if (nrow(mine) > 0L) compare_base(s, "proportion", domains[[i]], domains[[i]]$df_all, "fy", mine)
  }
  compare_intervals(s, domains)
}

survey_methods <- c(logit = "xlogit", wald = "mean", wilson = "wilson", beta = "beta", arcsine = "asin")

# All methods for one random cell of the table, and 0 % and 100 % for all of them.
compare_intervals <- function(s, domains) {
  sizes <- vapply(domains, `[[`, 0L, "n")
  if (all(sizes == 0L)) return(invisible())
  i <- pick(which(sizes > 0L))
  for (method in names(survey_methods)) {
    got <- weeg_proportion(s$weeg, y ~ g, interval = method)
    exact <- is_degenerate(got$estimate) & !is.na(got$estimate)
    s$log$except(paste("interval:", method), "0 % or 100 %", is_clopper_pearson(got[exact, ]))
    open <- which(as.character(got$g) == s$groups[i] & !exact)
    if (length(open) == 0L) next
    cell <- got[open[1L + s$x$seed %% length(open)], ]
    compare_interval(s, method, domains[[i]], cell)
    if (method == "logit" && s$x$seed %% 4L == 0L) compare_glm(s, domains[[i]], cell)
  }
}

is_clopper_pearson <- function(got) {
  vapply(seq_len(nrow(got)), function(r) {
    want <- stats::binom.test(round(got$n.base[r] * got$estimate[r]), got$n.base[r])$conf.int
    all(relative_error(c(got$conf.low[r], got$conf.high[r]), want) < tolerance) && !is.na(got$reason[r])
  }, NA)
}

compare_interval <- function(s, method, domain, got) {
  statistic <- paste("interval:", method)
  limits <- c(got$conf.low, got$conf.high)
  answer <- stats::as.formula(bquote(~ I(fy == .(as.character(got$level)))), env = globalenv())
  m <- survey::svymean(answer, domain$design)
  p <- unname(stats::coef(m))[2L]
  se <- unname(survey::SE(m))[2L]
  df <- domain$df_all
  if (domain$alone) return(s$log$except(statistic, "in one PSU", all(is.na(limits)) && !is.na(got$reason)))
  if (!is.na(se) && se < 1e-6 * min(p, 1 - p)) {
    return(s$log$except(statistic, "no sampling variance", all(abs(limits - p) < 1e-4 * p) || anyNA(limits)))
  }
  if (df < 1) return(s$log$except(statistic, "no degrees of freedom", all(is.na(limits)) && !is.na(got$reason)))
  want <- switch(method,
    beta = beta_limits(domain, answer, p, se, df),
    wilson = wilson_limits(domain, answer, p, se, df),
    plain_limits(domain, answer, method, p, se, df)
  )
  reason <- ifelse(nzchar(want$reason), want$reason, domain$reason)
  half <- stats::qt(0.975, df) * se / (p * (1 - p))
  s$log$same(statistic, limits, want$limits, floor = want$floor, condition = max(1, half) / (1 - p), reason = reason)
}

ciprop <- function(design, answer, method, df) {
  as.numeric(stats::confint(survey::svyciprop(answer, design, method = method, df = df)))
}

# Limits stay within [0, 1]: survey's Wald limits leave it, its arcsine limits come back from the other side.
# A Wald limit is the difference of numbers of the size of p: the floor.
plain_limits <- function(domain, answer, method, p, se, df) {
  limits <- ciprop(domain$design, answer, survey_methods[[method]], df)
  out <- c(FALSE, FALSE)
  if (method == "wald") out <- c(limits[1L] < 0, limits[2L] > 1)
  if (method == "arcsine") {
    half <- stats::qt(0.975, df) * se / (2 * sqrt(p * (1 - p)))
    out <- c(asin(sqrt(p)) - half < 0, asin(sqrt(p)) + half > pi / 2)
  }
  out <- out %in% TRUE
  limits[out] <- c(0, 1)[out]
  list(limits = limits, reason = ifelse(out, "limit outside [0, 1]", ""),
       floor = if (method == "wald") 1e-6 * p else if (method == "arcsine") 1e-12 * p else 0)
}

# survey counts nrow(design) and its df, also rows without answer or weight: those of the rows that count.
# R's qbeta gives up far in the tails; there the probability beyond the limit is checked instead.
beta_limits <- function(domain, answer, p, se, df) {
  n <- domain$n
  size <- p * (1 - p) / se^2 * (stats::qt(0.025, n - 1) / stats::qt(0.025, df))^2
  if (is.na(size)) return(list(limits = c(NA_real_, NA_real_), reason = "", floor = 0))
  shapes <- list(c(size * p, size * (1 - p) + 1), c(size * p + 1, size * (1 - p)))
  same_df <- survey::degf(domain$counted) == df && !nzchar(domain$reason)
  limits <- suppressWarnings(if (same_df) {
    ciprop(domain$counted, answer, "beta", df)
  } else {
    c(stats::qbeta(0.025, shapes[[1L]][1L], shapes[[1L]][2L]), stats::qbeta(0.975, shapes[[2L]][1L], shapes[[2L]][2L]))
  })
  list(limits = limits, reason = if (same_df) "" else "beta: missing answers change survey's df", floor = 0)
}

# survey's lower limit is a difference that cancels where p is small against t^2/n; the product of the two limits is
# p^2 / (1 + t^2/n), which gives it from the upper one.
wilson_limits <- function(domain, answer, p, se, df) {
  limits <- ciprop(domain$design, answer, "wilson", df)
  t2n <- stats::qt(0.975, df)^2 * se^2 / (p * (1 - p))
  cancels <- (t2n / p)^2 > 1e4
  if (cancels) limits[1L] <- p^2 / (1 + t2n) / limits[2L]
  list(limits = limits, reason = c(if (cancels) "wilson: survey's lower limit cancels" else "", ""), floor = 0)
}

# svyciprop's method "logit" as it stands, but iterated to convergence.
compare_glm <- function(s, domain, got) {
  df <- domain$df_all
  none <- is.na(got$std.error) || got$std.error < 1e-6 * got$estimate
  if (abs(got$estimate - 0.5) > 0.499 || df < 1 || none) return(invisible())
  formula <- stats::as.formula(bquote(I(fy == .(as.character(got$level))) ~ 1), env = globalenv())
  fit <- suppressWarnings(survey::svyglm(
    formula, domain$design, family = stats::quasibinomial(), control = stats::glm.control(epsilon = 1e-15, maxit = 200L)
  ))
  if (df == 1) { # the quantile goes through a normal probability, which then is 0
    return(s$log$except("interval: logit, by svyglm", "svyglm with 1 df: (0, 1)", fit$converged))
  }
  limits <- stats::plogis(as.numeric(suppressMessages(stats::confint(fit, 1, method = "Wald", ddf = df))))
  s$log$same("interval: logit, by svyglm", c(got$conf.low, got$conf.high), limits, reason = domain$reason)
}

# ---- totals and the cross-table --------------------------------------------------------------------------------------

compare_totals <- function(s) {
  known <- domain_of(s, !is.na(s$data$cell))
  got <- attempt(s, "total: estimate", list(known), function() weeg_total(s$weeg, ~ g + y))
  if (is.null(got) || known$n == 0L) return(invisible())
  got <- got[match(levels(s$data$cell), paste(got$g, got$y, sep = "|")), ]
  here <- !is.na(got$estimate)
  want <- survey::svytotal(~cell, known$design)
  df <- domain_of(s, s$inside)$df
  estimate <- unname(stats::coef(want))
  se <- unname(survey::SE(want))
  limits <- estimate + outer(se, stats::qt(c(0.025, 0.975), df))
  if (df >= 1) limits <- unname(stats::confint(want, df = df))
  limits[is.nan(limits)] <- NA # no degrees of freedom
  s$log$except("total: estimate", "level that does not occur", estimate[!here] == 0)
  floor <- 1e-6 * estimate[here]
  s$log$same("total: estimate", got$estimate[here], estimate[here], reason = known$reason)
  s$log$same("total: standard error", got$std.error[here], se[here], floor, reason = known$reason)
  s$log$same("total: interval", c(got$conf.low[here], got$conf.high[here]), as.vector(limits[here, ]), rep(floor, 2L),
             reason = known$reason)
  s$log$same("total: df", got$df[here], rep(df, sum(here)))
}

compare_crosstab <- function(s) {
  known <- domain_of(s, !is.na(s$data$cell))
  domains <- c(list(known), group_domains(s, "fg", "fy"), columns <- group_domains(s, "fy", "fg"))
  got <- attempt(s, "column %: estimate", domains, function() weeg_crosstab(s$weeg, y ~ g))
  if (is.null(got)) return(invisible())
  for (i in seq_along(columns)) {
    mine <- got$column[as.character(got$column$level) == s$answers[i], ]
    mine$level <- mine$g
    if (nrow(mine) > 0L) compare_base(s, "column %", columns[[i]], columns[[i]]$df_all, "fg", mine)
  }
  total <- got$total
  total$level <- paste(total$g, total$level, sep = "|")
  compare_base(s, "total %", known, domain_of(s, s$inside)$df, "cell", total)
  compare_residuals(s, known, got$residuals)
}

# Residuals over their standard errors, from the total of their influence functions.
compare_residuals <- function(s, known, got) {
  if (known$n == 0L) return(s$log$except("residual", "no rows", is.na(got)))
  rows <- known$design$variables
  w <- stats::weights(known$design)
  p <- residual_parts(rows, w)
  influence <- matrix(0, nrow(rows), length(got))
  at <- expand.grid(r = match(rownames(got), s$groups), k = match(colnames(got), s$answers))
  for (o in seq_along(got)) {
    r <- at$r[o]
    k <- at$k[o]
    row <- rows$fg == s$groups[r]
    column <- rows$fy == s$answers[k]
    own <- (row & column) - row * p$column[k] - column * p$row[r]
    influence[, o] <- own - (p$cell[r, k] - 2 * p$row[r] * p$column[k])
  }
  se <- unname(survey::SE(survey::svytotal(influence / sum(w), known$design)))
  expected <- p$row[at$r] * p$column[at$k]
  if (sum(p$row > 0) < 2L || sum(p$column > 0) < 2L) {
    return(s$log$except("residual", "fewer than two rows or columns", is.na(got)))
  }
  value <- p$cell[cbind(at$r, at$k)] - expected
  scale <- p$cell[cbind(at$r, at$k)] + expected # terms of this size cancel
  none <- !((se > 1e-13 * scale) %in% TRUE) | expected == 0 # also where survey has no SE
  alone <- table_alone(s)
  alone <- alone$g[at$r] | alone$y[at$k]
  s$log$except("residual", "in one PSU", is.na(got)[alone])
  none <- none & !alone
  noise <- is.na(got) | abs(got) > 1e3 | abs(value) < 1e-13 * scale # 0 over 0, or a number over 0
  s$log$except("residual", "no sampling variance", noise[none])
  none <- none | alone
  value <- value[!none]
  scale <- scale[!none]
  s$log$same("residual", got[!none], value / se[!none], floor = 1e-6 * scale / se[!none],
             condition = scale / se[!none], reason = known$reason)
}

residual_parts <- function(rows, w) {
  cell <- tapply(w, list(rows$fg, rows$fy), sum, default = 0) / sum(w)
  list(cell = cell, row = rowSums(cell), column = colSums(cell))
}

# ---- tests -----------------------------------------------------------------------------------------------------------

survey_tests <- c("rao-scott-f" = "F", "rao-scott-chisq" = "Chisq", wald = "Wald", "adjusted-wald" = "adjWald")

compare_tests <- function(s) {
  known <- domain_of(s, !is.na(s$data$cell))
  all <- domain_of(s, s$inside)
  methods <- if (s$x$seed %% 2L == 0L) c("rao-scott-f", "wald") else c("rao-scott-chisq", "adjusted-wald")
  for (method in methods) {
    statistic <- paste("test:", method)
    got <- attempt(s, paste0(statistic, ", statistic"), list(known), function() weeg_test(s$weeg, y ~ g, method = method))
    if (!is.null(got)) compare_test(s, method, statistic, got, known, all)
  }
}

compare_test <- function(s, method, statistic, got, known, all) {
  main <- paste0(statistic, ", statistic")
  rows <- known$counted$variables
  seen <- table(factor(rows$fg), factor(rows$fy))
  if (known$n == 0L || any(dim(seen) < 2L)) {
    return(s$log$except(main, "fewer than two rows or columns", is.na(got$statistic) && !is.na(got$reason)))
  }
  s$log$same("test: df", got$df, all$df)
  s$log$same("test: n", got$n, known$n)
  if (any(unlist(table_alone(s)))) {
    return(s$log$except(main, "in one PSU", is.na(got$statistic) && is.na(got$p.value) && !is.na(got$reason)))
  }
  k <- prod(dim(seen) - 1L)
  why <- test_trouble(s, method, known, all$df, k, seen)
  if (why$reason == "nearly singular" && is.na(got$p.value)) why$reason <- "singular"
  if (why$reason == "nearly singular") return(s$log$except(main, why$reason, got$statistic >= 0))
  if (nzchar(why$reason)) {
    return(s$log$except(main, why$reason, is.na(got$statistic) && is.na(got$p.value) && !is.na(got$reason)))
  }
  want <- if (why$cancels) wald_by_influence(why$w, method, all$df, k) else survey_test(s, method, known, all)
  reason <- if (nzchar(known$reason)) known$reason else want$reason
  if (want$statistic %in% Inf || want$statistic > 1e15) { # variance 0, but for rounding
    return(s$log$except(main, "no sampling variance", is.na(got$p.value) || got$statistic > 1e12))
  }
  # variances that are far below those of a simple random sample are small sums of large terms
  why$condition <- why$condition * max(1, 1 / got$deff.mean, na.rm = TRUE)
  # squares of residuals that are 0 but for rounding: the floor
  s$log$same(main, got$statistic, want$statistic, 1e-16, why$condition, reason)
  s$log$same(paste0(statistic, ", p"), got$p.value, want$p, condition = why$condition * (1 + want$statistic * k),
             reason = reason)
  s$log$same(paste0(statistic, ", df"), c(got$num.df, got$den.df), want$df, condition = why$condition, reason = reason)
  if (!is.na(want$chisq)) s$log$same("test: X2", got$chisq, want$chisq, 1e-16, condition = why$condition, reason = reason)
}

# survey's test; where a level occurs only in rows that do not count, of the rows that do, with the df of all rows.
survey_test <- function(s, method, known, all) {
  levels_of <- function(rows, v) sort(unique(as.character(rows[[v]][!is.na(rows[[v]])])))
  margins <- function(rows) list(levels_of(rows, "fg"), levels_of(rows, "fy"))
  same <- identical(margins(all$design$variables), margins(known$counted$variables)) && !nzchar(known$reason)
  design <- if (same) all$design else known$counted
  # svychisq() gives NaN for factors with levels that do not occur
  for (v in c("fg", "fy")) design$variables[[v]] <- factor(as.character(design$variables[[v]]))
  want <- suppressWarnings(survey::svychisq(~ fg + fy, design, statistic = survey_tests[[method]]))
  k <- prod(lengths(margins(known$counted$variables)) - 1L)
  result <- list(statistic = unname(want$statistic), p = unname(want$p.value), df = unname(want$parameter), chisq = NA,
                 reason = if (same) "" else "test: a level occurs in incomplete rows only")
  if (method == "rao-scott-chisq") { # survey prints X2 of all rows, also incomplete ones
    result$chisq <- result$statistic * known$n / nrow(design)
    # X2 over the mean design effect it does not give, but F, the same over their sum
    result$statistic <- k * unname(suppressWarnings(survey::svychisq(~ fg + fy, design, statistic = "F"))$statistic)
    result$df <- c(result$df, NA)
  } else if (!same) {
    result <- with_df(result, method, survey::degf(design), all$df, k)
  }
  result
}

with_df <- function(result, method, was, df, k) {
  if (method == "rao-scott-f") {
    result$df[2L] <- result$df[1L] * df
  } else if (method == "wald") {
    result$df[2L] <- df
  } else {
    result$statistic <- result$statistic * (df - k + 1) / df / ((was - k + 1) / was)
    result$df[2L] <- df - k + 1
  }
  result$p <- stats::pf(result$statistic, result$df[1L], result$df[2L], lower.tail = FALSE)
  result
}

# Why a test does not exist, or how much it magnifies rounding errors.
test_trouble <- function(s, method, known, df, k, seen) {
  wald <- method %in% c("wald", "adjusted-wald")
  if (method != "rao-scott-chisq" && df < 1) return(list(reason = "no degrees of freedom"))
  if (method == "adjusted-wald" && df - k + 1 < 1) return(list(reason = "fewer df than the test needs"))
  found <- interaction_covariance(known, seen)
  if (max(diag(found$v)) == 0 || anyNA(found$v)) return(list(reason = "no sampling variance"))
  if (!wald) {
    inverse <- found$rao_scott
    if (inverse < 1e-14) return(list(reason = "singular"))
    return(list(reason = "", cancels = FALSE, condition = found$cancels + 1 / inverse))
  }
  sd <- sqrt(diag(found$v))
  inverse <- if (all(sd > 0)) rcond(found$v / outer(sd, sd)) else 0
  if (inverse < 1e-11) return(list(reason = if (inverse < 1e-17) "singular" else "nearly singular"))
  w <- drop((found$residual / sd) %*% solve(found$v / outer(sd, sd), found$residual / sd))
  list(reason = "", condition = 1 / inverse + max(found$scale / sd) / sqrt(w), w = w,
       cancels = (found$spread / min(sd))^2 / inverse > 1e5)
}

# survey takes the covariance of the residuals from that of the totals of the cells, which cancels where few rows have
# most of the weight, or cannot invert it unscaled. There: from svytotal() of the residuals' influence functions.
wald_by_influence <- function(w, method, df, k) {
  ddf <- if (method == "wald") df else df - k + 1
  f <- if (method == "wald") w / k else w * ddf / (k * df)
  list(statistic = f, p = stats::pf(f, k, ddf, lower.tail = FALSE), df = c(k, ddf), chisq = NA,
       reason = "wald: survey's covariance cancels")
}

# Residuals p_ab - p_a. p_.b without first row and column, their covariance, and the condition of both kinds of test.
interaction_covariance <- function(known, seen) {
  rows <- known$design$variables
  w <- stats::weights(known$design)
  fg <- factor(rows$fg, rownames(seen))
  fy <- factor(rows$fy, colnames(seen))
  p <- residual_parts(list(fg = fg, fy = fy), w)
  at <- expand.grid(r = seq_len(nrow(seen))[-1L], k = seq_len(ncol(seen))[-1L])
  influence <- vapply(seq_len(nrow(at)), function(o) {
    row <- rows$fg == rownames(seen)[at$r[o]]
    column <- rows$fy == colnames(seen)[at$k[o]]
    pr <- p$row[at$r[o]]
    pk <- p$column[at$k[o]]
    ((row & column) - row * pk - column * pr + pr * pk) / sum(w)
  }, numeric(nrow(rows)))
  dim(influence) <- c(nrow(rows), nrow(at))
  v <- unname(stats::vcov(survey::svytotal(influence, known$design)))
  totals <- survey::svytotal(cbind(1, outer(rows$cell, unique(rows$cell), "==")), known$design)
  expected <- outer(p$row, p$column)
  residual <- p$cell - expected
  at <- as.matrix(at)
  list(v = v, residual = residual[at], scale = (p$cell + expected)[at], rao_scott = rao_scott_condition(p$cell),
       spread = max(survey::SE(totals)) / sum(w),
       cancels = 2 * sum(abs(residual) * (p$cell + expected) / expected) / sum(residual^2 / expected))
}

# 1 / condition of C' D^-1 C; 0 where empty cells make it singular.
rao_scott_condition <- function(cell) {
  at <- expand.grid(r = factor(seq_len(nrow(cell))), k = factor(seq_len(ncol(cell))))
  main <- stats::model.matrix(~ r + k, at)
  both <- stats::model.matrix(~ r * k, at)[, -seq_len(ncol(main)), drop = FALSE]
  contrasts <- qr.resid(qr(main), both)
  used <- as.vector(cell) > 0
  if (qr(contrasts[used, , drop = FALSE])$rank < ncol(contrasts)) return(0)
  rcond(crossprod(contrasts[used, , drop = FALSE] / sqrt(as.vector(cell)[used])))
}

# ---- comparisons of groups -------------------------------------------------------------------------------------------

compare_groups <- function(s) {
  known <- domain_of(s, !is.na(s$data$cell))
  groups <- group_domains(s, "fg", "fy")
  full <- which(vapply(groups, function(d) d$n > 0L, NA))
  if (length(full) < 2L) return(invisible())
  i <- full[sample.int(length(full), 2L)]
  pair <- s$groups[i]
  got <- attempt(s, "compare: difference, estimate", list(known), function() {
    weeg_compare(s$weeg, y ~ g, pairs = pair, adjust = "none")
  })
  if (is.null(got)) return(invisible())
  df <- domain_of(s, s$data$fg %in% pair)$df
  for (measure in c("difference", "risk-ratio", "odds-ratio")) {
    compare_measure(s, measure, got[got$measure == measure, ], pair, known, df)
  }
  if (s$x$seed %% 4L == 1L) compare_contrast(s, got, pair, known)
}

# Delta method by the influence functions of both proportions.
compare_measure <- function(s, measure, got, pair, known, df) {
  alone <- any(vapply(pair, function(g) lies_alone(s, s$data$fg %in% g & !is.na(s$data$fy)), NA))
  rows <- known$design$variables
  w <- stats::weights(known$design)
  score <- function(g, k) {
    inside <- rows$fg == g
    p <- sum(w[inside & rows$fy == k]) / sum(w[inside])
    list(p = p, u = inside * ((rows$fy == k) - p) / sum(w[inside]))
  }
  for (r in seq_len(nrow(got))) {
    a <- score(pair[1L], as.character(got$level[r]))
    b <- score(pair[2L], as.character(got$level[r]))
    compare_contrast_row(s, measure, got[r, ], a, b, known, df, alone)
  }
}

compare_contrast_row <- function(s, measure, got, a, b, known, df, alone) {
  name <- function(what) paste0("compare: ", measure, ", ", what)
  ratio <- measure != "difference"
  edge <- c(a$p, b$p) <= 1e-12 | (measure == "odds-ratio" & c(a$p, b$p) >= 1 - 1e-12)
  if (ratio && any(edge)) {
    return(s$log$except(name("estimate"), "0 % or 100 %", is.na(got$estimate) && !is.na(got$reason)))
  }
  slope <- function(p) switch(measure, difference = 1, `risk-ratio` = 1 / p, 1 / (p * (1 - p)))
  value <- switch(measure, difference = a$p - b$p, `risk-ratio` = log(a$p / b$p), stats::qlogis(a$p) - stats::qlogis(b$p))
  u <- cbind(slope(a$p) * a$u, slope(b$p) * b$u)
  u <- cbind(u[, 1L] - u[, 2L], u)
  se <- unname(survey::SE(survey::svytotal(u, known$design)))
  parts <- max(se[-1L]) / se[1L] # v11 + v22 - 2 v12 cancels
  se <- se[1L]
  scale <- if (ratio) 1 else max(a$p, b$p) # of the terms of a difference
  near <- 1 / (1 - max(a$p, b$p))
  if (!ratio || !is.finite(near)) near <- 1
  terms <- near * (1 + parts^2 + max(scale, sum(stats::weights(known$design) * abs(u[, 1L]))) / se)
  s$log$same(name("estimate"), got$estimate, if (ratio) exp(value) else value, 1e-6 * scale, near, known$reason)
  if (alone) {
    return(s$log$except(name("standard error"), "in one PSU", is.na(got$std.error) && is.na(got$p.value) && !is.na(got$reason)))
  }
  if (is.na(se) || se <= 1e-7 * scale) {
    return(s$log$except(name("standard error"), "no sampling variance", is.na(got$p.value) || got$std.error < 1e-6))
  }
  s$log$same(name("standard error"), got$std.error, se, condition = terms, reason = known$reason)
  if (df < 1) return(s$log$except(name("p"), "no degrees of freedom", is.na(got$p.value) && !is.na(got$reason)))
  t <- value / se
  limits <- value + c(-1, 1) * stats::qt(0.975, df) * se
  size <- max(abs(limits)) # of an exponent
  s$log$same(name("interval"), c(got$conf.low, got$conf.high), if (ratio) exp(limits) else limits, 1e-6 * scale,
             condition = near * (if (ratio) max(1, size) else 1), reason = known$reason)
  if (ratio) limits <- exp(limits)
  s$log$same(name("statistic"), got$statistic, t, 1e-6 * scale / se, terms, known$reason)
  s$log$same(name("p"), got$p.value, 2 * stats::pt(-abs(t), df), 0, terms * (1 + t^2), known$reason)
  s$log$same(name("df"), got$df, df)
}

# The same by survey's own delta method, of the totals of the cells; their covariance cancels more.
compare_contrast <- function(s, got, pair, known) {
  got <- got[got$measure == "difference", ][1L, ]
  cells <- as.vector(outer(s$answers, pair, function(k, g) paste0("cell", g, "|", k)))
  total <- survey::svytotal(~cell, known$design)
  names <- make.names(names(stats::coef(total)))
  names(total) <- names
  attr(total, "var") <- structure(attr(total, "var"), dimnames = list(names, names))
  part <- function(g) {
    all <- lapply(make.names(paste0("cell", g, "|", s$answers)), as.name)
    one <- as.name(make.names(paste0("cell", g, "|", as.character(got$level))))
    bquote(.(one) / .(Reduce(function(x, y) bquote(.(x) + .(y)), all)))
  }
  want <- survey::svycontrast(total, bquote(.(part(pair[1L])) - .(part(pair[2L]))))
  relative <- max(got$estimate1, got$estimate2)
  spread <- max(unname(survey::SE(total))[match(make.names(cells), names)] / sum(stats::coef(total)[make.names(cells)]))
  se <- as.numeric(survey::SE(want))
  if (is.na(se) || se < 1e-6 * relative || is.na(got$std.error)) return(invisible()) # compared above
  s$log$same("compare: difference, by svycontrast", got$estimate, as.numeric(stats::coef(want)), 1e-6 * relative)
  s$log$same("compare: difference, by svycontrast", got$std.error, se, condition = 1 + (spread / se)^2, reason = known$reason)
}

# ---- the run ---------------------------------------------------------------------------------------------------------

# Everything for one design; statistics that take survey long are compared in every other design.
compare_design <- function(seed) {
  s <- new_scene(seed)
  # with an fpc, survey's C++ code gives 0 for variances below about 1e-16: its R code is right
  before <- options(survey.lonely.psu = s$x$lonely, survey.use_rcpp = !s$x$fpc)
  on.exit(options(before))
  compare_proportions(s)
  compare_tests(s)
  compare_totals(s)
  if (seed %% 2L == 0L) compare_crosstab(s) else compare_groups(s)
  s$log$result()
}

# The largest share of the comparisons that each kind of exception may have, a few times what 5000 designs show: an
# exception cannot grow into a way to pass. What is checked instead stands where the exception is made; the cases
# themselves have one answer each in test-truth-table.R.
most <- c(
  "0 % or 100 %" = 0.25, # no design variance: SE 0, Clopper-Pearson limits
  "no rows" = 0.02, # NA and a reason
  "level that does not occur" = 0.02, # survey has the level from a factor, weeg's text or number has not; total 0
  "no degrees of freedom" = 0.004, # NA and a reason
  "no sampling variance" = 0.02, # census: SE 0; no statistic, or the limits are p itself
  "in one PSU" = 0.01, # a group is, or is in strata without a variance: no SE, comparison or test, NA and a reason
  "fewer than two rows or columns" = 0.015, # no test, no residuals
  "fewer df than the test needs" = 0.001, # adjusted Wald with k > df: NA and a reason
  "singular" = 0.001, # Wald and Rao-Scott: NA and a reason
  "nearly singular" = 0.0005, # Wald, reciprocal condition below 1e-11: no digits to compare; "singular" where weeg says so
  "error: one PSU under \"fail\"" = 0.002, # both raise an error
  "limit outside [0, 1]" = 0.015, # survey's Wald and arcsine limits, moved to 0 or 1
  "stratum with zero weights only" = 0.015, # compared with survey on the rows of non-zero weight
  "beta: missing answers change survey's df" = 0.006, # compared with the formula
  "wilson: survey's lower limit cancels" = 0.001, # compared with the stable form
  "wald: survey's covariance cancels" = 0.025, # compared with svytotal() of the influence functions
  "test: a level occurs in incomplete rows only" = 0.005, # compared with survey on complete rows
  "svyglm with 1 df: (0, 1)" = 0.001, # svyglm's quantile overflows; xlogit is compared
  "rounding" = 0.003 # the condition explains the difference
)

test_that("random designs give what package survey gives", {
  skip_on_cran()
  needs_survey()
  count <- number_from("WEEG_DESIGNS", 250L)
  found <- expect_same_accounts(compare_design, count)
  expect_few_exceptions(found$exceptions, most, count, 250L)
  skip_if(count < 250L, "shares are judged on 250 designs or more")
  expect_true(all(found$errors$designs > count / 10))
})
