# Published worked examples: figures as books, manuals and web pages print them, in tests/reference/published; where each
# comes from, and what is not compared, stands in the README there. Tolerance: half a unit of the last printed digit.
#
# Several examples are about sums and means of numbers, not shares. A sum of a count, pupils of schools or unemployed of
# municipalities, is a total of people: one row per unit with the number of them as a factor of its weight. The mean of a score
# from 0 to `most` is most times the share of `most` points that was scored: as_points() makes two rows of a unit, points
# scored and points not scored. With the units as clusters, variances are those of the numbers.

published_file <- function(name) {
  folder <- test_path("..", "reference", "published")
  skip_if_not(dir.exists(folder), "tests/reference is not there: tests run outside the sources")
  utils::read.csv(file.path(folder, name), stringsAsFactors = FALSE)
}

# got: the figures by name, all that are in the file, so that none goes without a comparison. twice: the source rounds to one
# more digit first, as R's printCoefmat() does, which survey prints with: 23.92049 becomes 23.9205 and then 23.921.
expect_published <- function(example, got, twice = FALSE) {
  figures <- published_file(paste0(example, ".csv"))
  got <- unlist(got)
  expect_identical(sort(names(got)), sort(figures$quantity))
  value <- got[figures$quantity]
  units <- abs(value - figures$published) * 10^figures$digits
  # 1e-6 of a unit for decimal figures that have no double
  wrong <- is.na(units) | units > (if (twice) 0.55 else 0.5) + 1e-6
  expect_identical(sprintf("%s: %.12g, published %s", figures$quantity, value, figures$published)[wrong], character())
}

survey_data <- function(name, file = name) {
  skip_if_not_installed("survey")
  where <- new.env()
  utils::data(list = file, package = "survey", envir = where)
  where[[name]]
}

# "name", "name SE" and, if asked for, limits, of one row of a result.
figures_of <- function(name, row, limits = FALSE, factor = 1) {
  stopifnot(nrow(row) == 1L)
  values <- c(row$estimate, row$std.error, if (limits) c(row$conf.low, row$conf.high))
  stats::setNames(factor * values, paste0(name, c("", " SE", if (limits) c(" low", " high"))))
}

# A row per unit and kind of point: `yes` of `most` points, of weight w each.
as_points <- function(data, w, yes, most = 1) {
  data$unit <- seq_len(nrow(data))
  both <- rbind(data, data)
  both$scored <- rep(c(TRUE, FALSE), each = nrow(data))
  both$w <- c(w * yes, w * (most - yes))
  both
}

scored <- function(result) {
  result <- as.data.frame(result)
  result[if (is.null(result$level)) result$scored %in% c(TRUE, "TRUE") else result$level == "TRUE", ]
}

share_of <- function(design, name, limits = FALSE, most = 1, ...) {
  figures_of(name, scored(weeg_proportion(design, ~scored, ...)), limits, most)
}

total_of <- function(design, name, limits = FALSE, most = 1) {
  figures_of(name, scored(weeg_total(design, ~scored)), limits, most)
}

# ---- Academic Performance Index: tests and tables of survey's site and vignette -----------------------------------------

api_clusters <- function(data) weeg_design(data, weights = ~pw, cluster = ~dnum, fpc = ~fpc, conventions = "survey")

test_that("Rao-Scott and Wald tests of the school survey", {
  d <- api_clusters(survey_data("apiclus1", "api"))
  totals <- as.data.frame(weeg_total(d, ~ sch.wide + stype))
  test <- function(method) as.data.frame(weeg_test(d, stype ~ sch.wide, method = method))
  f <- test("rao-scott-f")
  first <- test("rao-scott-chisq")
  wald <- test("adjusted-wald")
  expect_published("api_test", c(
    stats::setNames(totals$estimate, paste("total", totals$sch.wide, totals$stype)),
    "second order: F" = f$statistic, "second order: ndf" = f$num.df, "second order: ddf" = f$den.df,
    "second order: p" = f$p.value,
    "first order: X-squared" = first$chisq, "first order: df" = first$num.df, "first order: p" = first$p.value,
    "adjusted Wald: F" = wald$statistic, "adjusted Wald: ndf" = wald$num.df, "adjusted Wald: ddf" = wald$den.df,
    "adjusted Wald: p" = wald$p.value
  ))
})

test_that("totals, shares, ratios and a domain of the school survey", {
  schools <- survey_data("apiclus1", "api")
  d <- api_clusters(schools)
  got <- list()
  totals <- as.data.frame(weeg_total(d, ~stype))
  shares <- as.data.frame(weeg_proportion(d, ~stype))
  jackknife <- as.data.frame(weeg_proportion(weeg_replicates(d, "jk1"), ~stype))
  for (i in 1:3) {
    got <- c(got, figures_of(paste("total", totals$stype[i]), totals[i, ]))
    got <- c(got, figures_of(paste("share", shares$level[i]), shares[i, ]))
    if (i < 3L) got[[paste("jackknife share", jackknife$level[i], "SE")]] <- jackknife$std.error[i]
  }
  # the vignette leaves out schools without any of these variables
  needed <- names(schools)[c(12:13, 16:23, 27:37)]
  schools$complete <- stats::complete.cases(schools[needed])
  complete <- as.data.frame(weeg_proportion(subset(api_clusters(schools), complete),
                                            ~ sch.wide + comp.imp + both + awards + yr.rnd))
  for (i in seq_len(nrow(complete))) {
    got <- c(got, figures_of(paste("complete cases:", complete$outcome[i], complete$level[i]), complete[i, ]))
  }
  # one school has more pupils tested than enrolled: shares are of twice the enrolled
  pupils <- as_points(schools, schools$pw, schools$api.stu, 2 * schools$enroll)
  pupils$pw <- pupils$w
  tested <- api_clusters(pupils)
  expect_published("api_cluster", c(
    got, share_of(tested, "tested of enrolled", most = 2),
    share_of(subset(tested, stype == "H"), "tested of enrolled in high schools", most = 2)
  ))
})

# ---- the same survey: designs, replicates, post-stratification and raking -----------------------------------------------

# The mean of api00 (at most 1000) and the total of enroll, of a design that `design` makes of rows with weights w.
api_figures <- function(name, data, weights, design, what = c("mean api00", "total enroll")) {
  known <- !is.na(data$enroll)
  got <- c()
  if ("mean api00" %in% what) {
    points <- as_points(data, weights, data$api00 / 1000)
    got <- share_of(design(points), paste0(name, ": mean api00"), most = 1000)
  }
  if ("total enroll" %in% what) {
    pupils <- as_points(cbind(data, known = known), weights, ifelse(known, data$enroll, 0) / 5000)
    got <- c(got, total_of(subset(design(pupils), known), paste0(name, ": total enroll"), most = 5000))
  }
  got
}

# Leaves out one district at a time; each replicate is post-stratified by school type, as an office would do that gives out
# such weights. scale: of the jackknife, times the share of the 757 districts that was not sampled.
poststratified_jackknife <- function(x, types) {
  adjusted <- function(w) {
    counted <- tapply(w, x$stype, sum)
    w * unname((types[names(counted)] / counted)[as.character(x$stype)])
  }
  districts <- unique(x$dnum)
  n <- length(districts)
  columns <- vapply(districts, function(out) adjusted(x$w * (x$dnum != out) * n / (n - 1)), x$w)
  x$w <- adjusted(x$w)
  weeg_replicate_design(x, ~w, columns, type = "jk1", scale = (n - 1) / n * (1 - n / 757))
}

test_that("one and two stages, strata, jackknife, post-stratification and raking of the school survey", {
  stratified <- survey_data("apistrat", "api")
  one <- survey_data("apiclus1", "api")
  two <- survey_data("apiclus2", "api")
  population <- survey_data("apipop", "api")
  types <- c(E = 4421, H = 755, M = 1018)
  clusters <- function(x) weeg_design(x, ~w, cluster = ~dnum, fpc = ~fpc)
  margins <- list(stype = types, sch.wide = c(No = 1072, Yes = 5122))
  joint <- list(as.data.frame(table(population[c("stype", "sch.wide")])), comp.imp = c(No = 1712, Yes = 4482))
  raked <- function(margins) function(x) weeg_rake(clusters(x), margins)
  expect_published("api_designs", c(
    api_figures("stratified", stratified, stratified$pw,
                function(x) weeg_design(x, ~w, strata = ~stype, cluster = ~unit, fpc = ~fpc)),
    api_figures("cluster", one, one$pw, clusters),
    api_figures("two stages", two, two$pw, function(x) weeg_design(x, ~w, cluster = ~ dnum + snum, fpc = ~ fpc1 + fpc2)),
    api_figures("two stages with replacement", two, two$pw, function(x) weeg_design(x, ~w, cluster = ~ dnum + snum)),
    api_figures("jackknife", one, one$pw, function(x) weeg_replicates(clusters(x), "jk1")),
    api_figures("post-stratified", one, one$pw, function(x) weeg_poststratify(clusters(x), ~stype, types)),
    api_figures("post-stratified jackknife", one, one$pw, function(x) poststratified_jackknife(x, types)),
    api_figures("raked", one, one$pw, raked(margins)),
    api_figures("raked on a joint margin", one, one$pw, raked(joint), "mean api00")
  ), twice = TRUE)
})

test_that("weights of Kalton and Flores-Cervantes", {
  cells <- published_file("kalton_counts.csv")
  people <- cells[rep(seq_len(nrow(cells)), cells$sample), c("a", "b")]
  d <- weeg_design(people)
  population <- stats::xtabs(population ~ a + b, cells)
  margins <- list(a = rowSums(population), b = colSums(population))
  made <- list(
    "post-stratified" = weeg_poststratify(d, ~ a + b, population),
    "raked" = weeg_rake(d, margins),
    "linear" = weeg_calibrate(d, margins),
    "logit in 0.5 to 2.2" = weeg_calibrate(d, margins, method = "logit", bounds = c(0.5, 2.2)),
    "linear in 0.5 to 2.2" = weeg_calibrate(d, margins, bounds = c(0.5, 2.2))
  )
  factors <- lapply(names(made), function(name) {
    total <- as.data.frame(weeg_total(made[[name]], ~ a + b))
    sampled <- cells$sample[match(paste(total$a, total$b), paste(cells$a, cells$b))]
    stats::setNames(total$estimate / sampled, sprintf("%s: a%s b%s", name, total$a, total$b))
  })
  expect_published("kalton", factors)
})

test_that("means of the types of school, and their differences", {
  # figures per type, as shares of `most` points; weeg_proportion(design, scored ~ stype)
  by_type <- function(prefix, data, yes, most, t, ...) {
    design <- weeg_design(as_points(data, data$pw, yes, most), weights = ~w, ..., conventions = "survey")
    x <- scored(weeg_proportion(design, scored ~ stype))
    unlist(lapply(seq_len(nrow(x)), function(i) {
      name <- paste(prefix, x$stype[i])
      c(figures_of(name, x[i, ], factor = most),
        if (t) stats::setNames(x$estimate[i] / x$std.error[i], paste(name, "t")))
    }))
  }
  one <- survey_data("apiclus1", "api")
  two <- survey_data("apiclus2", "api")
  strata <- survey_data("apistrat", "api")
  ell <- by_type("ell", one, one$ell, 100, FALSE, cluster = ~dnum, fpc = ~fpc)
  meals <- by_type("meals", one, one$meals, 100, FALSE, cluster = ~dnum, fpc = ~fpc)
  stages <- by_type("two stages:", two, two$api00, 1000, TRUE, cluster = ~dnum)
  elementary <- by_type("strata:", strata, strata$api99, 1000, TRUE, strata = ~stype, cluster = ~unit)[1:3]
  points <- as_points(strata, strata$pw, strata$api99, 1000)
  design <- weeg_design(points, weights = ~w, strata = ~stype, cluster = ~unit, conventions = "survey")
  pairs <- list(c("H", "E"), c("M", "E"))
  x <- as.data.frame(weeg_compare(design, scored ~ stype, pairs, answers = "TRUE", measures = "difference"))
  differences <- unlist(lapply(1:2, function(i) {
    name <- paste("strata:", x$group1[i], "- E")
    c(figures_of(name, x[i, ], factor = 1000), stats::setNames(x$statistic[i], paste(name, "t")))
  }))
  expect_published("api_groups", c(ell, meals, stages, elementary, differences))
})

# ---- Lehtonen and Pahkinen: unemployment in the municipalities of a Finnish province ------------------------------------

province_totals <- function(name, x, limits = FALSE, ...) {
  stopifnot(all(x$labour_force < 50000))
  design <- function(count) weeg_design(as_points(x, x$weight, count / 50000), ~w, conventions = "stata", ...)
  c(total_of(design(x$unemployed), paste0(name, ": unemployed"), limits, 50000),
    total_of(design(x$labour_force), paste0(name, ": labour force"), FALSE, 50000))
}

test_that("unemployed and unemployment rates of Province'91", {
  rows <- published_file("province91_rows.csv")
  of <- split(rows, rows$sample)
  got <- c(
    province_totals("random", of$random, cluster = ~cluster, fpc = ~size),
    province_totals("systematic", of$systematic, strata = ~stratum, cluster = ~cluster, fpc = ~size),
    province_totals("systematic without finite population", of$systematic, strata = ~stratum, cluster = ~cluster),
    province_totals("certainty", of$certainty, strata = ~stratum, cluster = ~cluster, fpc = ~size),
    province_totals("certainty without finite population", of$certainty, strata = ~stratum, cluster = ~cluster,
                    lonely = "certainty"),
    province_totals("stratified", of$stratified, TRUE, strata = ~stratum, cluster = ~cluster, fpc = ~size),
    province_totals("clusters", of$clusters, cluster = ~cluster, fpc = ~size)
  )
  people <- function(x) as_points(x, x$weight, x$unemployed, x$labour_force)
  stratified <- weeg_design(people(of$stratified), ~w, strata = ~stratum, cluster = ~cluster, fpc = ~size)
  clusters <- weeg_design(people(of$clusters), ~w, cluster = ~cluster, fpc = ~size)
  jackknife <- share_of(weeg_replicates(clusters, "jk1"), "clusters: rate jackknife")
  got <- c(got, share_of(stratified, "stratified: rate"), share_of(clusters, "clusters: rate"), jackknife[2L])
  x <- of$random
  design <- weeg_design(as_points(x, x$weight, x$unemployed / 50000), ~w, cluster = ~cluster, fpc = ~size)
  design <- weeg_poststratify(design, ~poststratum, c("1" = 7, "2" = 25))
  got <- c(got, total_of(design, "post-stratified: unemployed", most = 50000),
           total_of(subset(design, poststratum == 1), "post-stratified: unemployed in towns", most = 50000),
           total_of(subset(design, poststratum == 2), "post-stratified: unemployed elsewhere", most = 50000))
  # the sources print the labour force of two of the samples only, and no second time an estimate that stays the same
  expect_published("province91", got[names(got) %in% published_file("province91.csv")$quantity])
})

# ---- Levy and Lemeshow: births in hospitals -----------------------------------------------------------------------------

test_that("births by hospital level: totals, domains and limits", {
  hospital <- survey_data("hospital")
  design <- function(x) weeg_design(x, ~w, strata = ~oblevel, cluster = ~unit, fpc = ~tothosp, conventions = "stata")
  exact <- design(as_points(hospital, hospital$weighta, hospital$births / 10000))
  jackknife <- total_of(weeg_replicates(exact, "jkn"), "births", FALSE, 10000)
  # UCLA's copy of the data has weights in single precision
  births <- design(as_points(hospital, hospital$weightats, hospital$births / 10000))
  got <- c(total_of(births, "births", TRUE, 10000), "births jackknife SE" = unname(jackknife["births SE"]))
  levels <- as.data.frame(weeg_total(births, ~ oblevel + scored))
  for (level in 1:3) {
    row <- levels[levels$oblevel == level & levels$scored %in% c(TRUE, "TRUE"), ]
    got <- c(got, figures_of(paste("births", level), row, TRUE, 10000))
  }
  expect_published("hospital", got)
})

# ---- Sarndal, Swensson and Wretman; Stata's example of finite populations -----------------------------------------------

test_that("two stages of MU284, and domains and finite populations of a small sample", {
  mu284 <- survey_data("mu284")
  towns <- as_points(mu284, mu284$n1 / 5 * mu284$n2 / 3, mu284$y1 / 100)
  design <- weeg_design(towns, ~w, cluster = ~ id1 + id2, fpc = ~ n1 + n2)
  total <- total_of(design, "mu284: total", most = 100)
  got <- c(total["mu284: total"], "mu284: variance of total" = unname(total["mu284: total SE"])^2,
           share_of(subset(design, y1 > 40), "mu284: mean above 40", most = 100))
  small <- survey_data("fpc")
  points <- as_points(small, small$weight, small$x / 10)
  mean_of <- function(name, ...) share_of(weeg_design(points, ~w, cluster = ~psuid, nest = TRUE, ...), name, most = 10)
  strata <- weeg_design(points, ~w, strata = ~stratid, cluster = ~psuid, nest = TRUE)
  points$size <- 27
  got <- c(got, mean_of("fpc: mean", strata = ~stratid, fpc = ~Nh),
           mean_of("fpc: mean with replacement", strata = ~stratid)[2L],
           mean_of("fpc: mean without strata", fpc = ~size)[2L],
           mean_of("fpc: mean without strata with replacement")[2L],
           share_of(subset(strata, x > 4), "fpc: mean above 4", most = 10),
           share_of(subset(strata, x <= 4), "fpc: mean up to 4", most = 10))
  expect_published("stages", got)
})

# ---- SAS: SURVEYMEANS and SURVEYFREQ ------------------------------------------------------------------------------------

test_that("shares, totals, limits and design effects of SAS", {
  nhanes <- survey_data("nhanes")
  nhanes$HI_CHOL <- nhanes$HI_CHOL == 1
  sas <- function(data, weights) {
    weeg_design(data, weights, strata = ~SDMVSTRA, cluster = ~SDMVPSU, nest = TRUE, conventions = "sas")
  }
  d <- sas(nhanes, ~WTMEC2YR)
  of <- function(result, level = "TRUE") {
    result <- as.data.frame(result)
    result[result[[if (is.null(result$level)) 1L else "level"]] %in% level, ]
  }
  all <- of(weeg_proportion(d, ~HI_CHOL))
  got <- c(figures_of("HI_CHOL", all, TRUE), "HI_CHOL deff" = all$deff,
           figures_of("HI_CHOL total", of(weeg_total(d, ~HI_CHOL)), TRUE))
  known <- nhanes[!is.na(nhanes$HI_CHOL), ]
  points <- as_points(known, known$WTMEC2YR, as.numeric(known$HI_CHOL), known$RIAGENDR)
  got <- c(got, share_of(sas(points, ~w), "HI_CHOL over RIAGENDR", TRUE))
  races <- of(weeg_proportion(d, HI_CHOL ~ race))
  for (i in 1:4) {
    name <- paste("race", races$race[i])
    got <- c(got, figures_of(name, races[i, ]), stats::setNames(races$deff[i], paste(name, "deff")))
  }
  for (level in levels(nhanes$agecat)) {
    name <- paste("agecat", level)
    got <- c(got, figures_of(name, of(weeg_proportion(d, ~agecat), level), TRUE, 100),
             figures_of(paste(name, "total"), of(weeg_total(d, ~agecat), level)))
  }
  schools <- survey_data("apisrs", "api")
  simple <- function(data, weights) weeg_design(data, weights, cluster = ~unit, fpc = ~fpc, conventions = "sas")
  schools$unit <- seq_len(nrow(schools))
  for (level in c("No", "Yes")) {
    share <- of(weeg_proportion(simple(schools, ~pw), ~sch.wide), level)
    got <- c(got, figures_of(paste("sch.wide", level), share, TRUE, 100))
  }
  points <- as_points(schools, schools$pw, schools$api00 / 1000)
  expect_published("sas_survey", c(got, share_of(simple(points, ~w), "mean api00", TRUE, 1000)))
})

# ---- contingency tables -------------------------------------------------------------------------------------------------

counted_rows <- function(example) {
  cells <- published_file("counts.csv")
  cells <- cells[cells$example == example, ]
  cells[rep(seq_len(nrow(cells)), cells$count), c("row", "column")]
}

test_that("aspirin and heart attacks: difference, relative risk and odds ratio", {
  d <- weeg_design(counted_rows("aspirin"))
  x <- as.data.frame(weeg_compare(d, column ~ row, pairs = c("placebo", "aspirin"), answers = "yes"))
  of <- function(measure) x[x$measure == measure, ]
  limits <- function(name, row, f) stats::setNames(f(c(row$conf.low, row$conf.high)), paste(name, c("low", "high")))
  odds <- of("odds-ratio")
  risk <- of("risk-ratio")
  expect_published("aspirin", c(
    placebo = odds$estimate1, aspirin = odds$estimate2, difference = of("difference")$estimate,
    "relative risk" = risk$estimate,
    "odds ratio" = odds$estimate, limits("odds ratio", odds, identity),
    "log odds ratio" = log(odds$estimate), "log odds ratio SE" = odds$std.error, limits("log odds ratio", odds, log)
  ))
})

test_that("political ideology and party: proportional odds", {
  rows <- counted_rows("ideology")
  rows$ideology <- ordered(rows$column)
  fit <- as.data.frame(weeg_logistic(weeg_design(rows), ideology ~ row))
  expect_published("ideology", c(party = fit$estimate[fit$term == "row" & fit$level == "2"]))
})

test_that("AIDS symptoms by AZT and race: logistic regression", {
  rows <- counted_rows("azt")
  rows$race <- factor(sub(" .*", "", rows$row), c("black", "white"))
  rows$drug <- factor(sub(".* ", "", rows$row), c("later", "AZT"))
  b <- weeg_logistic(weeg_design(rows), column ~ drug + race)$estimate
  # the book's three digits are those of four: -0.71946, -0.7195, -0.720
  got <- c(intercept = b[1], AZT = b[2], white = b[3], "white with AZT" = stats::plogis(sum(b)))
  expect_published("azt", got, twice = TRUE)
})

test_that("admissions to Berkeley: logistic regression and independence", {
  cells <- as.data.frame(datasets::UCBAdmissions)
  cells$Admit <- factor(cells$Admit, c("Rejected", "Admitted"))
  cells$Gender <- factor(cells$Gender, c("Female", "Male"))
  applicants <- cells[rep(seq_len(nrow(cells)), cells$Freq), ]
  n <- nrow(applicants)
  d <- weeg_design(applicants)
  fit <- weeg_logistic(d, Admit ~ Gender)
  deviances <- glance(fit)
  admitted <- as.data.frame(weeg_proportion(d, Admit ~ Gender))
  admitted <- admitted$estimate[admitted$level == "Admitted"]
  # one covariate: the sandwich is the inverse information, but for n - 1 in place of n
  expect_published("berkeley", c(
    women = fit$estimate[1], "women SE" = fit$std.error[1] * sqrt((n - 1) / n),
    "X-squared" = weeg_test(d, Admit ~ Gender)$chisq, "G-squared" = deviances$null.deviance - deviances$deviance,
    V = weeg_association(d, Admit ~ Gender, measures = "cramers-v")$estimate,
    "women admitted" = admitted[1], "men admitted" = admitted[2]
  ))
})

# The sources have multinomial sampling; weeg's rows are drawn with replacement, with n - 1 for n.
effects_of <- function(name, rows, formula, measures) {
  n <- nrow(rows)
  got <- as.data.frame(weeg_association(weeg_design(rows), formula, measures = names(measures)))
  values <- c(rbind(got$estimate, got$std.error * sqrt((n - 1) / n)))
  labels <- measures[got$measure]
  stats::setNames(values, paste0(name, ": ", rep(labels, each = 2L), c("", " ASE")))
}

test_that("Cramer's V, gamma, tau-b, Somers' D and kappa with standard errors", {
  by_row <- c("gamma" = "gamma", "tau-b" = "tau-b", "somers-d" = "Somers' D C|R", "cramers-v" = "Cramer's V")
  both <- function(name, rows) {
    c(effects_of(name, rows, column ~ row, by_row), effects_of(name, rows, row ~ column, c("somers-d" = "Somers' D R|C")))
  }
  titanic <- counted_rows("titanic")
  titanic[] <- lapply(titanic, as.integer)
  raters <- counted_rows("raters")
  raters[] <- lapply(raters, factor, levels = 1:3, ordered = TRUE)
  chisq <- weeg_test(weeg_design(titanic), column ~ row)$chisq
  got <- c(
    "Titanic: X-squared" = chisq, both("Titanic", titanic),
    effects_of("raters", raters, column ~ row, c("kappa" = "kappa", "kappa-linear" = "linear kappa")),
    both("mtcars", data.frame(row = datasets::mtcars$gear, column = datasets::mtcars$cyl))
  )
  # V has no standard error there, and that of tau-b for mtcars is wrong there: see the README
  left_out <- c("Titanic: Cramer's V ASE", "mtcars: Cramer's V ASE", "mtcars: tau-b ASE")
  expect_published("association", got[!names(got) %in% left_out])
})

# ---- intervals ----------------------------------------------------------------------------------------------------------

# Wilson's interval is for variance p (1 - p) / n and a normal quantile: a jackknife with that scale, and so many degrees of
# freedom that the t quantile is the normal one to nine digits.
test_that("Wilson's interval, of Newcombe's examples", {
  cases <- rbind(c(81, 263), c(15, 148), c(1, 29), c(36, 154))
  got <- apply(cases, 1L, function(case) {
    n <- case[2L]
    data <- data.frame(yes = seq_len(n) <= case[1L], w = 1)
    columns <- (1 - diag(n)) * n / (n - 1)
    d <- weeg_replicate_design(data, ~w, columns, type = "jk1", scale = ((n - 1) / n)^2, df = 1e9)
    x <- as.data.frame(weeg_proportion(d, ~yes, interval = "wilson"))
    x <- x[x$level == "TRUE", ]
    stats::setNames(c(x$conf.low, x$conf.high), sprintf("%d of %d %s", case[1L], n, c("low", "high")))
  }, simplify = FALSE)
  expect_published("wilson", got)
})
