# Batteries: shares, nets and means against package survey, the scale, the order, and where bars begin and end.

# Five answers, of which items have different numbers; codes that are not 1 to 5.
battery_data <- function(rows = 400) {
  set.seed(11, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  scale <- c("very bad", "bad", "neither", "good", "very good")
  latent <- stats::rnorm(rows)
  item <- function(shift, lost, label) {
    y <- factor(scale[findInterval(latent + stats::rnorm(rows, shift), c(-1.5, -0.5, 0.5, 1.5)) + 1L], levels = scale)
    y[stats::runif(rows) < lost] <- NA
    structure(y, label = label)
  }
  data.frame(slow = item(-0.8, 0.1, "How fast"), clear = item(0.2, 0, "How clear"), kind = item(0.9, 0.2, "How kind"),
             g = factor(sample(c("north", "south"), rows, TRUE)), w = stats::runif(rows, 0.5, 3),
             s = rep(1:4, each = rows / 4), c = rep(seq_len(rows / 5), each = 5))
}
data <- battery_data()
scale <- levels(data$slow)
top <- list("top 2" = c("good", "very good"), mild = c("bad", "neither", "good"))
d <- weeg_design(data, weights = ~w, strata = ~s, cluster = ~c)

test_that("shares, nets and means are those of package survey, each item with its own n", {
  skip_if_not_installed("survey")
  sv <- survey::svydesign(~c, strata = ~s, weights = ~w, data = data, nest = TRUE)
  codes <- c("very bad" = -2, bad = -1, neither = 0.5, good = 1, "very good" = 7)
  b <- weeg_battery(as_weeg_design(sv), ~ slow + clear + kind, answers = top, means = codes, interval = "wald")
  for (item in c("slow", "clear", "kind")) {
    answer <- as.character(data[[item]])
    columns <- c(lapply(stats::setNames(nm = scale), function(level) answer == level),
                 lapply(top, function(net) answer %in% net | ifelse(is.na(answer), NA, FALSE)), list(unname(codes[answer])))
    mine <- b[b$outcome == item, ]
    expect_identical(as.character(mine$level), c(scale, "top 2", "mild", NA))
    expect_identical(mine$statistic, rep(c("share", "net", "mean"), c(5, 2, 1)))
    expect_true(all(mine$n.base == sum(!is.na(answer))), info = item)
    for (k in seq_along(columns)) {
      here <- update(sv, value = as.numeric(columns[[k]]))
      theirs <- survey::svymean(~value, here, na.rm = TRUE)
      info <- paste(item, k)
      # both are sums of doubles
      expect_equal(mine$estimate[k], coef(theirs)[[1]], tolerance = 1e-12, info = info)
      expect_equal(mine$std.error[k], survey::SE(theirs)[[1]], tolerance = 1e-10, info = info)
    }
    # survey's df of the domain of those who answered
    df <- survey::degf(subset(sv, !is.na(answer)))
    expect_equal(c(mine$conf.low[8], mine$conf.high[8]), c(confint(theirs, df = df)), tolerance = 1e-10, info = item)
  }
})

test_that("by group, figures are those of survey's svyby() of nets and codes", {
  skip_if_not_installed("survey")
  sv <- survey::svydesign(~c, strata = ~s, weights = ~w, data = data, nest = TRUE)
  b <- weeg_battery(d, slow + kind ~ g, answers = top, means = TRUE)
  for (item in c("slow", "kind")) {
    here <- update(sv, code = as.integer(data[[item]]), net = as.numeric(data[[item]] %in% top[[1]] | is.na(data[[item]]) & NA))
    theirs <- survey::svyby(~ code + net, ~g, here, survey::svymean, na.rm = TRUE)
    mean <- b[b$outcome == item & b$statistic == "mean", ]
    net <- b[b$outcome == item & b$level %in% "top 2", ]
    expect_equal(c(mean$estimate, net$estimate), c(theirs$code, theirs$net), tolerance = 1e-12)
    expect_equal(c(mean$std.error, net$std.error), c(theirs$se.code, theirs$se.net), tolerance = 1e-10)
    expect_identical(mean$n, as.double(table(data$g[!is.na(data[[item]])])))
    expect_equal(mean$n.weighted, c(tapply(data$w[!is.na(data[[item]])], data$g[!is.na(data[[item]])], sum)), ignore_attr = TRUE,
                 tolerance = 1e-9)
  }
})

test_that("items are sorted by the share of positive answers, the mean, an answer or a net, or not at all", {
  order_by <- function(...) unique(weeg_battery(d, ~ slow + clear + kind, answers = top, means = TRUE, ...)$outcome)
  share <- function(item, answers) sum(data$w[data[[item]] %in% answers]) / sum(data$w[!is.na(data[[item]])])
  sorted <- function(value) names(sort(-vapply(c(slow = "slow", clear = "clear", kind = "kind"), value, 0)))
  expect_identical(order_by(), sorted(function(item) share(item, top[[1]])))
  expect_identical(order_by(), c("kind", "clear", "slow"))
  expect_identical(order_by(sort = "none"), c("slow", "clear", "kind"))
  expect_identical(order_by(sort = "bad"), sorted(function(item) share(item, "bad")))
  expect_identical(order_by(sort = "mild"), sorted(function(item) share(item, top[[2]])))
  expect_identical(order_by(positive = c("very bad", "bad")), sorted(function(item) share(item, c("very bad", "bad"))))
  expect_identical(order_by(sort = "mean"), sorted(function(item) weighted.mean(as.integer(data[[item]]), data$w, na.rm = TRUE)))
  # of all groups together
  grouped <- weeg_battery(d, slow + clear + kind ~ g, sort = "very good")
  expect_identical(unique(grouped$outcome), sorted(function(item) share(item, "very good")))
})

test_that("numbers, with labels or without, have the scale of all of them, and are their own codes", {
  x <- data.frame(a = c(0, 5, 5, 10, NA), b = c(5, 5, 2.5, 5, 10))
  b <- weeg_battery(weeg_design(x), ~ a + b, means = TRUE, sort = "none")
  expect_identical(as.character(b$level), rep(c("0", "2.5", "5", "10", NA), 2))
  expect_equal(b$estimate, c(1 / 4, 0, 2 / 4, 1 / 4, 5, 0, 1 / 5, 3 / 5, 1 / 5, mean(x$b)))
  expect_identical(b$n, c(1, 0, 2, 1, 4, 0, 1, 3, 1, 5))
  # codes with a gap, one of them given by nobody, one user-missing
  labels <- c(never = 0, now = 2, always = 6, `no idea` = 9)
  labelled <- function(x, label) {
    structure(x, labels = labels, na_values = 9, label = label, class = c("haven_labelled_spss", "haven_labelled"))
  }
  y <- data.frame(p = 1:5)
  y$p <- labelled(c(0, 2, 2, 9, 4), "P")
  y$q <- labelled(c(2, 2, 0, 0, 6), "Q")
  b <- weeg_battery(weeg_design(y), ~ p + q, means = TRUE, sort = "none")
  expect_identical(as.character(b$level), rep(c("never", "now", "4", "always", NA), 2))
  expect_equal(b$estimate[1:5], c(1 / 4, 2 / 4, 1 / 4, 0, mean(c(0, 2, 2, 4))))
  expect_equal(b$estimate[6:10], c(2 / 5, 2 / 5, 0, 1 / 5, mean(c(2, 2, 0, 0, 6))))
  expect_identical(unique(b$label), c("P", "Q"))
  expect_match(paste(format(b), collapse = " "), "Means of codes: never = 0, now = 2, 4 = 4, always = 6.", fixed = TRUE)
})

test_that("a tally, a file and a design of package survey give the same battery", {
  b <- weeg_battery(d, slow + kind ~ g, answers = top, means = TRUE)
  tally <- weeg_tally(d, ~ slow + kind + g)
  expect_identical(as.list(weeg_battery(tally, slow + kind ~ g, answers = top, means = TRUE)), as.list(b))
  file <- tempfile(fileext = ".csv")
  on.exit(unlink(file))
  utils::write.csv(data, file, row.names = FALSE, na = "")
  levels <- list(slow = scale, kind = scale, clear = scale)
  read <- weeg_design(file, weights = ~w, strata = ~s, cluster = ~c, levels = levels)
  columns <- c("outcome", "level", "estimate", "std.error", "conf.low", "conf.high", "n", "n.base")
  # weights are written with 15 digits
  from_file <- weeg_battery(read, slow + kind ~ g, answers = top, means = TRUE)
  expect_equal(as.data.frame(from_file)[columns], as.data.frame(b)[columns], tolerance = 1e-9, ignore_attr = TRUE)
})

test_that("what is no battery is refused by item and level", {
  other <- transform(data, three = factor(c("bad", "neither", "good")[1 + s %% 3], c("bad", "neither", "good")),
                     back = factor(slow, rev(scale)), more = factor("huge", c(scale, "huge")), one = factor("a"))
  other <- weeg_design(other, weights = ~w)
  cases <- list(
    list(quote(weeg_battery(other, ~ slow + three)), "three does not have the level \"very bad\", which slow has"),
    list(quote(weeg_battery(other, ~ three + slow)), "slow has the level \"very bad\", which three does not have"),
    list(quote(weeg_battery(other, ~ slow + clear + more)), "more has the level \"huge\", which slow does not have"),
    list(quote(weeg_battery(other, ~ slow + back)), "back has the levels of slow in another order"),
    list(quote(weeg_battery(other, ~one)), "one has 1 level"),
    list(quote(weeg_battery(d, ~slow, answers = "good")), "`answers`"),
    list(quote(weeg_battery(d, ~slow, answers = list(top = "great"))), "\"great\" in the net \"top\""),
    list(quote(weeg_battery(d, ~slow, means = c(bad = 1))), "`means` must be TRUE, FALSE, or a number for each answer"),
    list(quote(weeg_battery(d, ~slow, means = NA)), "`means`"),
    list(quote(weeg_battery(d, ~slow, positive = "great")), "\"great\" in `positive` is not an answer"),
    list(quote(weeg_battery(d, ~slow, positive = "neither")), "not next to each other"),
    list(quote(weeg_battery(d, ~slow, neutral = "bad")), "not next to each other"),
    list(quote(weeg_battery(d, ~slow, positive = "good", neutral = "good")), "in `positive` and in `neutral`"),
    list(quote(weeg_battery(d, ~slow, sort = "mean")), "`sort`"),
    list(quote(weeg_battery(d, ~slow, missing = "level")), "no level for missing answers"),
    list(quote(weeg_battery(d, slow ~ slow)), "outcome and group at once")
  )
  for (case in cases) expect_error(eval(case[[1]]), case[[2]], fixed = TRUE, class = "weeg_error", info = deparse1(case[[1]]))
  expect_error(weeg_protect(d, weeg_battery(d, ~slow)), class = "weeg_error_unsupported")
})

test_that("bars diverge from the middle of the neutral answer, or from between the sides, whichever end is positive", {
  skip_if_not_installed("ggplot2")
  ends <- function(b) {
    frame <- ggplot2::autoplot(b)$data
    frame[order(frame$item, frame$from), c("item", "level", "from", "to")]
  }
  b <- weeg_battery(d, ~ slow + kind)
  frame <- ends(b)
  p <- stats::setNames(b$estimate[1:5], scale)
  expect_identical(as.character(frame$item[1:5]), rep("How kind", 5))
  expect_identical(as.character(frame$level[1:5]), scale)
  start <- -(p[["very bad"]] + p[["bad"]] + p[["neither"]] / 2)
  expect_equal(frame$from[1:5], start + c(0, cumsum(p)[1:4]), ignore_attr = TRUE)
  expect_equal(frame$to[1:5], start + cumsum(p), ignore_attr = TRUE)
  back <- ends(weeg_battery(d, ~ slow + kind, positive = c("very bad", "bad"), sort = "very good"))
  expect_identical(as.character(back$level[1:5]), rev(scale))
  expect_equal(back$from[1:5], rev(-frame$to[1:5]))
  # without a neutral answer the line is between the sides
  none <- ends(weeg_battery(d, ~kind, positive = c("neither", "good", "very good")))
  expect_equal(none$to[2], 0)
  expect_equal(none$from[3], 0)
  drawing <- ggplot2::autoplot(weeg_battery(d, kind + slow ~ g, means = TRUE))
  expect_match(drawing$labels$alt, "^Stacked bars that diverge")
  built <- ggplot2::ggplot_build(drawing)
  expect_identical(nrow(built$layout$layout), 2L)
  beside <- unlist(lapply(built$data, function(layer) layer$label))
  expect_true(all(c("n", "mean", as.character(table(data$g[!is.na(data$kind)]))) %in% beside))
})

test_that("prints, tables, files and estimates have every item, answer, net and mean", {
  b <- weeg_battery(d, ~ slow + clear + kind, answers = top, means = TRUE)
  text <- paste(format(b, width = 200), collapse = "\n")
  for (word in c("How fast", "How clear", "How kind", scale, "top 2", "mean", "Items sorted by good + very good.",
                 "top 2: good + very good.")) {
    expect_match(text, word, fixed = TRUE)
  }
  expect_identical(names(coef(b)), paste(rep(unique(b$outcome), each = 8), c(scale, names(top), "mean"), sep = ":"))
  expect_identical(unname(confint(b)[, 2]), b$conf.high)
  expect_identical(glance(b)[c("items", "n.min", "n.max")],
                   data.frame(items = 3L, n.min = as.double(sum(!is.na(data$kind))), n.max = 400))
  table <- weeg_table(b)
  expect_identical(names(table), c("item", scale, names(top), "mean", "n"))
  expect_identical(table$item, c("How kind", "How clear", "How fast"))
  expect_identical(table$n, format(b$n.base[b$statistic == "mean"]))
  some <- b[b$outcome == "slow" & b$level %in% c("bad", "top 2"), ]
  expect_match(paste(format(some, width = 200), collapse = "\n"), "item +bad +top 2 +n")
  two <- weeg_battery(transform(d, fast = slow), ~ slow + fast)
  expect_match(format(two), "How fast (fast)", fixed = TRUE, all = FALSE)
  none <- weeg_battery(subset(d, w > 1000), ~slow)
  expect_match(format(none), "No observations: How fast.", fixed = TRUE, all = FALSE)
  skip_if_not_installed("openxlsx")
  file <- tempfile(fileext = ".xlsx")
  on.exit(unlink(file))
  weeg_save(b, file)
  read <- openxlsx::read.xlsx(file, startRow = 2, rows = 2:5)
  expect_equal(as.vector(t(as.matrix(read[seq(2, 23, 3)]))), b$estimate, tolerance = 1e-14)
  expect_identical(read$n, as.double(unique(b$n.base)))
})

test_that("a battery to which nobody answered says so", {
  none <- data.frame(b = rep(NA_real_, 4), q = rep(NA_integer_, 4), g = 1:4)
  d <- weeg_design(none, weights = ~1)
  expect_error(weeg_battery(d, ~b), "all answers of b are missing", class = "weeg_error_variable")
  expect_error(weeg_battery(d, b + q ~ g), "all answers of b, q are missing", class = "weeg_error_variable")
  none$b <- NA_character_
  expect_error(weeg_battery(weeg_design(none, weights = ~1), ~b), "all answers of b are missing", class = "weeg_error_variable")
})
