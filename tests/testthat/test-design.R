# Bad and awkward input of designs: each has one documented answer.

d <- data.frame(
  y = factor(c("yes", "no", "yes", "no", "yes", "no", "yes", "yes")),
  g = factor(c("a", "a", "b", "b", "a", "b", "a", "b"), levels = c("a", "b", "unused")),
  w = c(1, 2, 3, 4, 1, 2, 3, 4), s = rep(c("s1", "s2"), each = 4), p = c(1, 1, 2, 2, 3, 3, 4, 4)
)

test_that("weights that are missing, negative or infinite are errors that name the row", {
  cases <- list(list(NA, "missing"), list(NaN, "missing"), list(-1, "negative"), list(Inf, "infinite"),
                list(-Inf, "negative"), list(1e200, "larger than 2\\^480"))
  for (case in cases) {
    bad <- transform(d, w = replace(w, 3, case[[1L]]))
    expect_error(weeg_design(bad, weights = ~w), paste0("row 3 is ", case[[2L]]), class = "weeg_error_weight")
  }
  expect_error(weeg_design(d, weights = ~s), "weights must be numbers, but s is a character", class = "weeg_error_weight")
  expect_error(weeg_design(d, weights = ~g), "weights must be numbers, but g is a factor", class = "weeg_error_weight")
  expect_error(weeg_design(transform(d, w = NA), weights = ~w), class = "weeg_error_weight")
  expect_error(weeg_design(transform(d, w = NA_integer_), weights = ~w), "8 rows", class = "weeg_error_weight")
})

test_that("weights of zero are allowed: their rows count nowhere, their PSUs stay", {
  zero <- transform(d, w = replace(w, 1:2, 0)) # all of PSU 1
  p <- weeg_proportion(weeg_design(zero, weights = ~w, strata = ~s, cluster = ~p, conventions = "nchs"), ~y)
  expect_identical(p$n.base, c(6, 6))
  expect_identical(p$df, c(1, 1)) # 3 PSUs with weight minus 2 strata
  share <- sum(zero$w[zero$y == "yes"]) / sum(zero$w)
  expect_equal(p$estimate[2L], share, tolerance = 1e-15)
  # Taylor by hand: PSU 1 has score 0 and is still one of two in its stratum
  z <- tapply(zero$w * ((zero$y == "yes") - share) / sum(zero$w), zero$p, sum)
  expect_equal(p$std.error[2L]^2, unname((z[1] - z[2])^2 + (z[3] - z[4])^2), tolerance = 1e-14)
  by_default <- function(data) weeg_design(data, weights = ~w, strata = ~s, cluster = ~p)
  outside <- subset(by_default(transform(zero, w = replace(w, 1:2, 5))), w < 5) # the same rows, by a domain
  expect_identical(weeg_proportion(by_default(zero), ~y)$df, weeg_proportion(outside, ~y)$df)
  nothing <- weeg_proportion(weeg_design(transform(d, w = 0), weights = ~w), ~y)
  expect_true(all(is.na(nothing$estimate)))
  expect_identical(nothing$n, c(0, 0))
  expect_match(nothing$reason, "no observations")
})

test_that("missing strata, clusters and fpc are errors that name the row", {
  gap <- function(name) {
    d$n <- 10
    d[[name]][5] <- NA
    d
  }
  expect_error(weeg_design(gap("s"), strata = ~s), "the stratum in row 5 is missing.*Every row needs",
               class = "weeg_error_missing")
  expect_error(weeg_design(gap("s"), strata = ~s, cluster = ~p), "the stratum in row 5", class = "weeg_error_missing")
  expect_error(weeg_design(gap("p"), strata = ~s, cluster = ~p), "the PSU in row 5", class = "weeg_error_missing")
  expect_error(weeg_design(gap("p"), strata = ~s, cluster = ~p, nest = TRUE), "the PSU in row 5", class = "weeg_error_missing")
  expect_error(weeg_design(gap("n"), strata = ~s, fpc = ~n), "the fpc in row 5 is missing", class = "weeg_error_fpc")
  expect_error(weeg_design(transform(d, s = NA), strata = ~s), "row 1", class = "weeg_error_missing")
})

test_that("lengths that differ and variables that aren't there are errors that name the argument", {
  for (argument in c("weights", "strata", "cluster", "fpc")) {
    with_formula <- function(formula) do.call(weeg_design, c(list(d), structure(list(formula), names = argument)))
    expect_error(with_formula(~nothing), paste0("there is no variable `nothing` \\(in `", argument, "`\\)"),
                 class = "weeg_error_variable")
    expect_error(with_formula(~ w[1:3]), paste0("in `", argument, "` has 3 values, but the data have 8 rows"),
                 class = "weeg_error_variable")
    expect_error(with_formula("w"), paste0("`", argument, "` must be a one-sided formula.*Did you mean ", argument, " = ~w"),
                 class = "weeg_error_formula")
    expect_error(with_formula(y ~ w), "one-sided formula", class = "weeg_error_formula")
    expect_error(with_formula(d$w), "one-sided formula", class = "weeg_error_formula")
  }
  workspace <- d$w
  expect_error(weeg_design(d, weights = ~workspace), "no variable `workspace`", class = "weeg_error_variable")
  expect_error(weeg_design(d, weights = ~ w + p), "`weights` must name one variable", class = "weeg_error_formula")
})

test_that("a PSU in two strata is an error, unless numbers start again", {
  again <- transform(d, p = rep(1:2, 4), s = rep(c("s1", "s2"), each = 4))
  expect_error(weeg_design(again, strata = ~s, cluster = ~p),
               "cluster 1 occurs in stratum s1 and in stratum s2 \\(row 5\\).*nest = TRUE", class = "weeg_error_nesting")
  nested <- weeg_design(again, weights = ~w, strata = ~s, cluster = ~p, nest = TRUE)
  unique_ids <- transform(again, p = paste(s, p))
  expect_identical(as.list(weeg_proportion(nested, y ~ g)),
                   as.list(weeg_proportion(weeg_design(unique_ids, weights = ~w, strata = ~s, cluster = ~p), y ~ g)))
  expect_error(weeg_design(again, strata = ~s, cluster = ~p, nest = NA), "`nest` must be TRUE or FALSE",
               class = "weeg_error_argument")
  # nest changes nothing where ids are unique already
  expect_identical(as.list(weeg_proportion(weeg_design(d, strata = ~s, cluster = ~p, nest = TRUE), ~y)),
                   as.list(weeg_proportion(weeg_design(d, strata = ~s, cluster = ~p), ~y)))
})

test_that("finite populations: sizes, fractions and what is impossible", {
  se <- function(fpc, ...) {
    d$n <- fpc
    weeg_proportion(weeg_design(d, strata = ~s, cluster = ~p, fpc = ~n, ...), ~y)$std.error[1L]
  }
  free <- weeg_proportion(weeg_design(d, strata = ~s, cluster = ~p), ~y)$std.error[1L]
  expect_equal(se(8), free * sqrt(1 - 2 / 8), tolerance = 1e-14)
  expect_equal(se(0.25), se(8), tolerance = 1e-14)
  expect_identical(se(Inf), free)
  expect_identical(se(0), free) # a fraction of 0
  expect_identical(se(2), 0)
  expect_identical(se(1), 0) # 100 %
  expect_error(se(1.5), "2 PSUs in the sample but 1.5 in the population", class = "weeg_error_fpc")
  expect_error(se(-1), "row 1 is negative", class = "weeg_error_fpc")
  expect_error(se(rep(c(8, 0.25), each = 4)), "mixes population sizes", class = "weeg_error_fpc")
  expect_error(se(c(8, 9, rep(8, 6))), "row 2 differs from earlier rows", class = "weeg_error_fpc")
  expect_error(weeg_design(d, strata = ~s, fpc = ~s), "`fpc` must be numeric", class = "weeg_error_fpc")
  expect_error(se(8, fpc2 = ~n), class = "weeg_error_argument")
})

test_that("fpc belongs to the right stratum, also with unused levels", {
  d$s <- factor(d$s, levels = c("s0", "s2", "none", "s1"))
  d$n <- ifelse(d$s == "s1", 4, 200)
  design <- weeg_design(d, strata = ~s, cluster = ~p, fpc = ~n)
  expect_identical(design$frame$strata, c("s2", "s1"))
  expect_identical(design$frame$stratum_fpc, c(200, 4))
  element <- weeg_design(d, weights = ~1, strata = ~s, fpc = ~n)
  share <- mean(d$y == "yes")
  z <- split(((d$y == "yes") - share) / 8, d$s == "s1")
  v <- function(z, size) (1 - length(z) / size) * length(z) * stats::var(z)
  expect_equal(weeg_proportion(element, ~y)$std.error[2L]^2, v(z[["TRUE"]], 4) + v(z[["FALSE"]], 200), tolerance = 1e-13)
})

test_that("without weights, those that follow from fpc, as in package survey", {
  skip_if_not_installed("survey")
  data <- new.env()
  utils::data("api", package = "survey", envir = data)
  strat <- data$apistrat
  strat$share <- as.vector(table(strat$stype)[as.character(strat$stype)]) / strat$fpc
  two <- data$apiclus2
  cases <- list(
    list(strat, list(strata = ~stype, fpc = ~fpc), list(id = ~1, strata = ~stype, fpc = ~fpc)),
    list(strat, list(strata = ~stype, fpc = ~share), list(id = ~1, strata = ~stype, fpc = ~share)),
    list(data$apiclus1, list(cluster = ~dnum, fpc = ~fpc), list(id = ~dnum, fpc = ~fpc)),
    list(two, list(cluster = ~ dnum + snum, fpc = ~ fpc1 + fpc2), list(id = ~ dnum + snum, fpc = ~ fpc1 + fpc2))
  )
  for (case in cases) {
    s <- do.call(survey::svydesign, c(list(data = case[[1L]]), case[[3L]]))
    design <- do.call(weeg_design, c(list(case[[1L]]), case[[2L]]))
    info <- deparse1(case[[2L]])
    expect_equal(design$weights, unname(1 / s$prob), tolerance = 1e-14, info = info)
    mean <- survey::svymean(~awards, s)
    ours <- weeg_proportion(design, ~awards)
    expect_equal(ours$estimate, as.vector(mean), tolerance = 1e-12, info = info)
    expect_equal(ours$std.error, as.vector(survey::SE(mean)), tolerance = 1e-12, info = info)
    half <- weeg_proportion(subset(design, sch.wide == "Yes"), ~awards)
    expect_equal(half$estimate, as.vector(survey::svymean(~awards, subset(s, sch.wide == "Yes"))), tolerance = 1e-12, info = info)
    total <- weeg_total(design, ~awards)
    expect_equal(total$estimate, as.vector(survey::svytotal(~awards, s)), tolerance = 1e-12, info = info)
    expect_match(format(ours), "; weights from fpc; n = ", fixed = TRUE, all = FALSE, info = info)
    expect_match(format(weeg_proportion(s, ~awards)), "; weights from fpc; n = ", fixed = TRUE, all = FALSE, info = info)
  }
  # as a file, read whole or on the way to a tally
  path <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(strat, path, row.names = FALSE)
  rows <- weeg_tally(weeg_design(strat, strata = ~stype, fpc = ~fpc), ~ awards + stype)
  expect_identical(weeg_tally(path, ~ awards + stype, strata = ~stype, fpc = ~fpc)$entries, rows$entries)
  expect_identical(weeg_tally(weeg_design(path, strata = ~stype, fpc = ~fpc), ~ awards + stype)$entries, rows$entries)
  # the weights of parts are not those of the whole: they follow anew, also from files
  part <- function(rows) {
    file <- withr::local_tempfile()
    weeg_write_tally(weeg_tally(weeg_design(strat[rows, ], strata = ~stype, fpc = ~fpc), ~ awards + stype), file)
    weeg_read_tally(file)
  }
  odd <- seq_len(nrow(strat)) %% 2L == 1L
  expect_identical((part(odd) + part(!odd))$entries, rows$entries)
  expect_error(part(odd) + weeg_tally(weeg_design(strat, weights = ~pw, strata = ~stype, fpc = ~fpc), ~ awards + stype),
               "only one has weights from fpc", class = "weeg_error_tally")
  # ~1 says that all rows count alike; what cannot be known is an error, as in survey
  expect_equal(weeg_proportion(weeg_design(strat, weights = ~1, strata = ~stype, fpc = ~fpc), ~awards)$estimate[2L],
               mean(strat$awards == "Yes"), tolerance = 1e-15)
  expect_error(weeg_design(two, cluster = ~ dnum + snum, fpc = ~fpc1), "weights do not follow from fpc: stage 2 has none",
               class = "weeg_error_fpc")
  strat$fpc[strat$stype == "H"] <- Inf
  expect_error(weeg_design(strat, strata = ~stype, fpc = ~fpc), "the population is infinite at stage 1", class = "weeg_error_fpc")
})

test_that("a stratum with one PSU: by the rule", {
  lonely <- d[d$p != 4, ]
  design <- function(rule) weeg_design(lonely, weights = ~w, strata = ~s, cluster = ~p, lonely = rule)
  expect_error(weeg_proportion(design("fail"), ~y), "stratum s2 has only one PSU.*lonely = \"adjust\"",
               class = "weeg_error_lonely")
  expect_error(weeg_test(design("fail"), y ~ g), "stratum s2", class = "weeg_error_lonely")
  expect_error(weeg_compare(design("fail"), y ~ g), "stratum s2", class = "weeg_error_lonely")
  expect_error(weeg_total(design("fail"), ~y), "stratum s2", class = "weeg_error_lonely")
  expect_error(weeg_crosstab(design("fail"), y ~ g), "stratum s2", class = "weeg_error_lonely")
  share <- sum(lonely$w[lonely$y == "yes"]) / sum(lonely$w)
  z <- unname(c(tapply(lonely$w * ((lonely$y == "yes") - share) / sum(lonely$w), lonely$p, sum)))
  v <- function(rule) weeg_proportion(design(rule), ~y)$std.error[2L]^2
  expect_equal(v("remove"), (z[1] - z[2])^2, tolerance = 1e-13)
  expect_equal(v("certainty"), (z[1] - z[2])^2, tolerance = 1e-13)
  expect_equal(v("adjust"), (z[1] - z[2])^2 + (z[3] - mean(z))^2, tolerance = 1e-13)
  expect_equal(v("average"), 2 * (z[1] - z[2])^2, tolerance = 1e-13)
  # outside the domain it is not missed
  expect_silent(weeg_proportion(subset(design("fail"), s == "s1"), ~y))
  # all of them lonely
  apart <- weeg_proportion(weeg_design(d, strata = ~p, cluster = ~p, lonely = "average"), ~y)
  expect_true(all(is.na(apart$std.error)))
  expect_match(apart$reason, "variance cannot be estimated")
  expect_false(anyNA(apart$estimate))
})

test_that("one PSU and one row: estimates without standard errors, with a reason", {
  one <- weeg_proportion(weeg_design(d[1, ], lonely = "remove"), ~y)
  expect_identical(one$estimate, c(0, 1))
  together <- weeg_proportion(weeg_design(transform(d, p = 1), cluster = ~p, lonely = "average"), ~y)
  expect_identical(together$df, c(0, 0))
  expect_true(all(is.na(together$conf.low)))
  expect_false(anyNA(together$reason))
})

test_that("data that are no data", {
  expect_error(weeg_design(d[0, ]), "`data` has no rows", class = "weeg_error_argument")
  expect_error(weeg_design(data.frame()), "`data` has no rows", class = "weeg_error_argument")
  expect_error(weeg_design(NULL), "not NULL", class = "weeg_error_argument")
  expect_error(weeg_design(1:3), "`data` must be a data frame", class = "weeg_error_argument")
  expect_error(weeg_design(list(a = 1)), "not a list", class = "weeg_error_argument")
  expect_error(weeg_proportion(1:3, ~y), "`data` must be a data frame", class = "weeg_error_argument")
  expect_error(weeg_design(d, wieghts = ~w), "unknown argument `wieghts`", class = "weeg_error_argument")
  expect_error(weeg_design(d, ~w, ~s, ~p, NULL, FALSE, "fail", "survey", FALSE, NULL, "fail", 3), "unknown argument",
               class = "weeg_error_argument")
  expect_error(as_weeg_design(d), "must be a survey or srvyr design", class = "weeg_error_argument")
})

test_that("a data frame is a design of equal weights", {
  expect_identical(as.list(weeg_proportion(d, y ~ g)), as.list(weeg_proportion(weeg_design(d), y ~ g)))
})

test_that("the design refers to the data as they were", {
  own <- d
  design <- weeg_design(own, weights = ~w)
  before <- weeg_proportion(design, ~y)
  own$w <- 100
  own$y <- "yes"
  expect_identical(weeg_proportion(design, ~y), before)
})

# ---- domains ----

test_that("a domain keeps the design; a domain of a domain is the intersection", {
  design <- weeg_design(d, weights = ~w, strata = ~s, cluster = ~p)
  one <- subset(design, g == "a")
  two <- subset(one, w > 1)
  both <- subset(design, g == "a" & w > 1)
  columns <- function(x) lapply(x, identity) # how the domain is worded may differ
  expect_identical(columns(weeg_proportion(two, ~y)), columns(weeg_proportion(both, ~y)))
  expect_identical(weeg_proportion(two, ~y)$n, c(1, 1))
  # the same numbers as the group
  a <- weeg_proportion(design, y ~ g)
  expect_identical(weeg_proportion(one, ~y)$std.error, a$std.error[a$g == "a"])
  # not those of the rows alone
  expect_identical(one$frame, design$frame)
})

test_that("rows whose condition is missing are outside; a condition may use the workspace", {
  d$w2 <- replace(d$w, 1, NA)
  design <- weeg_design(d, weights = ~w)
  limit <- 1
  expect_identical(sum(weeg_proportion(subset(design, w2 > limit), ~y)$n), sum(d$w2 > limit, na.rm = TRUE) + 0)
  inner <- function(most) subset(design, w <= most)
  expect_identical(sum(weeg_proportion(inner(2), ~y)$n), 4)
  expect_identical(weeg_proportion(subset(design, TRUE), ~y)$estimate, weeg_proportion(design, ~y)$estimate)
  expect_identical(sum(weeg_proportion(subset(design, NA), ~y)$n), 0)
})

test_that("no rows in a domain: NA with a reason", {
  empty <- subset(weeg_design(d, weights = ~w, strata = ~s, cluster = ~p), w > 100)
  p <- weeg_proportion(empty, y ~ g)
  expect_identical(nrow(p), 6L)
  expect_true(all(is.na(p$estimate)) && all(is.na(p$std.error)) && all(is.na(p$conf.low)))
  expect_match(p$reason, "no observations")
  expect_identical(p$n, rep(0, 6))
  t <- weeg_test(empty, y ~ g)
  expect_true(is.na(t$statistic) && is.na(t$p.value))
  expect_match(t$reason, "no observations")
  expect_error(weeg_compare(empty, y ~ g), "fewer than two groups", class = "weeg_error_argument")
  total <- weeg_total(empty, ~y)
  expect_identical(total$estimate, c(0, 0))
  x <- weeg_crosstab(empty, y ~ g)
  expect_true(all(is.na(x$residuals)))
  expect_identical(sum(x$counts), 0)
})

test_that("conditions that are none", {
  design <- weeg_design(d)
  expect_error(subset(design), "needs a condition", class = "weeg_error_argument")
  expect_error(subset(design, w), "is not logical, but numeric", class = "weeg_error_argument")
  expect_error(subset(design, y), "is not logical, but factor", class = "weeg_error_argument")
  expect_error(subset(design, c(TRUE, FALSE)), "has 2 values for 8 rows", class = "weeg_error_argument")
  expect_error(subset(design, nothing > 1), "no variable `nothing` \\(in `subset`\\)", class = "weeg_error_variable")
  expect_error(subset(design, stop("boo")), "boo", class = "weeg_error_variable")
  expect_error(subset(design, w > 1, select = y), "unknown argument `select`", class = "weeg_error_argument")
})

test_that("weights and replicates that are no columns of the data stay what they were where these are changed in place", {
  skip_if_not_installed("data.table")
  x <- data.frame(help = rep(c("yes", "no", "no"), 40L), town = rep(1:12, each = 10L))
  w <- 1 + seq_len(120L) %% 11
  other <- function() data.table::data.table(w = w + 0, r1 = rev(w), r2 = w * 2)
  share <- sum(w[x$help == "yes"]) / sum(w)
  error <- stats::sd(vapply(other()[, c("r1", "r2")], function(r) sum(r[x$help == "yes"]) / sum(r), 0)) # mse = FALSE
  makers <- list(
    design = function(o) weeg_design(x, weights = ~ o$w, cluster = ~town),
    inside = function(o) weeg_design(x, weights = ~ (o$w), cluster = ~town),
    columns = function(o) weeg_replicate_design(x, weights = ~ o$w, repweights = o[, 2:3], type = "bootstrap", scale = 1),
    formula = function(o) weeg_replicate_design(x, weights = ~ o$w, repweights = ~ o$r1 + o$r2, type = "bootstrap", scale = 1),
    # of the names that columns of the data have
    named = function(o) {
      weeg_replicate_design(cbind(x, r1 = 1, r2 = 2), weights = ~ o$w, repweights = o[, c("r1", "r2")], type = "bootstrap",
                            scale = 1)
    },
    whole = function(o) weeg_replicate_design(x, weights = ~ o$w, repweights = replicates, type = "bootstrap", scale = 1)
  )
  for (maker in names(makers)) {
    o <- other()
    replicates <- data.table::copy(o)[, c("r1", "r2")]
    d <- makers[[maker]](o)
    for (column in names(o)) data.table::set(o, 1:60, column, 50)
    for (column in names(replicates)) data.table::set(replicates, 1:60, column, 50)
    p <- weeg_proportion(d, ~help)
    expect_equal(p$estimate[2L], share, tolerance = 1e-14, info = maker)
    if (!is.null(d$replicates)) expect_equal(p$std.error[2L], error, tolerance = 1e-12, info = maker)
  }
})

test_that("data that were changed in place after the design was made of them are seen", {
  skip_if_not_installed("data.table")
  people <- function(rows = 1200L) {
    town <- paste("town", seq_len(rows) %% 7L)
    w <- 1 + seq_len(rows) %% 11L
    data.table::data.table(town, w, age = seq_len(rows) %% 90L, sex = rep_len(c("m", "f", "m"), rows),
                           help = ifelse(town %in% c("town 1", "town 2"), "yes", "no"))
  }
  changes <- list(
    order = function(x) data.table::setorder(x, sex, age), key = function(x) data.table::setkeyv(x, "age"),
    cell = function(x) data.table::set(x, 600L, "w", 99), column = function(x) data.table::set(x, NULL, "w", x$w * 2),
    swap = function(x) data.table::set(x, 3:4, "town", x$town[4:3]), drop = function(x) data.table::set(x, NULL, "town", NULL)
  )
  verbs <- list(
    proportion = function(d) weeg_proportion(d, ~help), test = function(d) weeg_test(d, help ~ sex),
    tally = function(d) weeg_tally(d, ~help), subset = function(d) subset(d, sex == "m"), weights = weeg_weights,
    trim = function(d) weeg_trim(d, upper = 9), replicates = weeg_replicates,
    multiple = function(d) weeg_multiple(d, ~ I(help == "yes")),
    rake = function(d) weeg_rake(d, list(sex = c(m = 0.5, f = 0.5))), shrink = function(d) weeg_shrink(d, help ~ sex)
  )
  for (change in names(changes)) {
    x <- people()
    d <- weeg_design(x, weights = ~w, strata = ~town)
    changes[[change]](x)
    for (verb in names(verbs)) expect_error(verbs[[verb]](d), "changed or reordered", class = "weeg_error_argument")
  }
  # of long columns a cell may go unseen: weights count as they are, and are checked again by the pass over the rows
  long <- people(200000L)
  d <- weeg_design(long, weights = ~w, strata = ~town)
  data.table::set(long, 777L, "w", 9.5)
  again <- weeg_proportion(weeg_design(long, weights = ~w, strata = ~town), ~help)
  expect_equal(weeg_proportion(d, ~help)$estimate, again$estimate, tolerance = 0)
  for (wrong in c(-1, NaN, 1e9)) {
    data.table::set(long, 777L, "w", wrong)
    expect_error(weeg_proportion(d, ~help), "weight is not between 0 and the largest", class = "weeg_error_weight")
  }
  data.table::setorder(long, sex)
  expect_error(weeg_proportion(d, ~help), "changed or reordered", class = "weeg_error_argument")
  # long data, plain data frames and what a domain was made of too
  x <- people(50000L)
  d <- weeg_design(x, cluster = ~town)
  data.table::setorder(x, -age)
  expect_error(weeg_proportion(d, ~help), "town is not what it was", class = "weeg_error_argument")
  x <- as.data.frame(people())
  d <- weeg_design(x, weights = ~ I(w * 2), strata = ~town)
  data.table::setorder(x, age)
  expect_error(weeg_proportion(d, ~help), "w is not what it was", class = "weeg_error_argument")
  x <- people()
  d <- subset(weeg_design(x), age > 60)
  data.table::setorder(x, sex)
  expect_error(weeg_proportion(d, ~help), "age is not what it was", class = "weeg_error_argument")
  x <- people()
  x$r1 <- rev(x$w)
  x$r2 <- x$w
  d <- weeg_replicate_design(x, weights = ~w, repweights = ~ r1 + r2, type = "brr")
  data.table::set(x, 7L, "r1", 3)
  expect_error(weeg_proportion(d, ~help), "r1 is not what it was", class = "weeg_error_argument")
  # new variables are no harm; a copy is what it was, also after it was saved
  x <- people()
  y <- data.table::copy(x)
  d <- weeg_design(y, weights = ~w, strata = ~town)
  share <- sum(x$w[x$help == "yes"]) / sum(x$w)
  data.table::setorder(x, sex)
  data.table::set(y, NULL, "old", y$age > 60)
  path <- withr::local_tempfile()
  saveRDS(d, path)
  for (design in list(d, readRDS(path))) {
    expect_equal(weeg_proportion(design, ~help)$estimate, c(1 - share, share), tolerance = 1e-14)
    expect_equal(weeg_proportion(design, ~old)$estimate[2L], sum(y$w[y$age > 60]) / sum(y$w), tolerance = 1e-14)
  }
})

test_that("a design that was changed by hand is refused: nothing is read past its end", {
  whole <- subset(weeg_design(d, weights = ~w, strata = ~s, cluster = ~p), p > 0)
  changes <- list(
    "3 weights" = list("weights", c(1, 2, 3)), "4 rows of data" = list("data", d[1:4, ]),
    "no longer a data frame" = list("data", "d"),
    "no longer numbers" = list("weights", rep("1", nrow(d))), "2 rows in or out" = list("domain", as.raw(1:0)),
    "is not what it was" = list("data", d[rev(seq_len(nrow(d))), ]), "`weights`" = list("weights", rep(1e9, nrow(d)))
  )
  for (message in names(changes)) {
    changed <- whole
    changed[[changes[[message]][[1L]]]] <- changes[[message]][[2L]]
    expect_error(weeg_proportion(changed, ~y), message, class = "weeg_error")
  }
  short <- d
  short$z <- I(as.list(seq_len(nrow(d))))
  expect_error(weeg_proportion(weeg_design(short), ~z), "not a vector of categories", class = "weeg_error_variable")
  column <- list(codes = 1:3, width = 4L, size = 3L)
  expect_error(.Call(weeg:::C_tally_build, list(column), whole$unit, FALSE, NULL, 1, NULL, as.double(nrow(d)), 1L,
                     NULL, NULL), "another number of rows", class = "weeg_error_argument")
})
