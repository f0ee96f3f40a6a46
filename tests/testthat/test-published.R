# Published worked examples: figures as books, manuals and web pages print them, in tests/reference/published; where each
# comes from, and what is not compared, stands in the README there. Tolerance: half a unit of the last printed digit.

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
  tested <- function(d) weeg_ratio(d, ~ api.stu / enroll)
  expect_published("api_cluster", c(
    got, figures_of("tested of enrolled", tested(d)),
    figures_of("tested of enrolled in high schools", tested(subset(d, stype == "H")))
  ))
})

# ---- the same survey: designs, replicates, post-stratification and raking -----------------------------------------------

api_figures <- function(name, design, what = c("mean api00", "total enroll")) {
  c(if ("mean api00" %in% what) figures_of(paste0(name, ": mean api00"), weeg_mean(design, ~api00)),
    if ("total enroll" %in% what) figures_of(paste0(name, ": total enroll"), weeg_total(design, enroll ~ 1)))
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
  columns <- vapply(districts, function(out) adjusted(x$pw * (x$dnum != out) * n / (n - 1)), x$pw)
  x$pw <- adjusted(x$pw)
  weeg_replicate_design(x, ~pw, columns, type = "jk1", scale = (n - 1) / n * (1 - n / 757))
}

test_that("one and two stages, strata, jackknife, post-stratification and raking of the school survey", {
  stratified <- survey_data("apistrat", "api")
  one <- survey_data("apiclus1", "api")
  two <- survey_data("apiclus2", "api")
  population <- survey_data("apipop", "api")
  types <- c(E = 4421, H = 755, M = 1018)
  clusters <- weeg_design(one, ~pw, cluster = ~dnum, fpc = ~fpc)
  margins <- list(stype = types, sch.wide = c(No = 1072, Yes = 5122))
  joint <- list(as.data.frame(table(population[c("stype", "sch.wide")])), comp.imp = c(No = 1712, Yes = 4482))
  expect_published("api_designs", c(
    api_figures("stratified", weeg_design(stratified, ~pw, strata = ~stype, fpc = ~fpc)),
    api_figures("cluster", clusters),
    api_figures("two stages", weeg_design(two, ~pw, cluster = ~ dnum + snum, fpc = ~ fpc1 + fpc2)),
    api_figures("two stages with replacement", weeg_design(two, ~pw, cluster = ~ dnum + snum)),
    api_figures("jackknife", weeg_replicates(clusters, "jk1")),
    api_figures("post-stratified", weeg_poststratify(clusters, ~stype, types)),
    api_figures("post-stratified jackknife", poststratified_jackknife(one, types)),
    api_figures("raked", weeg_rake(clusters, margins)),
    api_figures("raked on a joint margin", weeg_rake(clusters, joint), "mean api00")
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
  of_types <- function(prefix, design, formula, t = FALSE) {
    x <- weeg_mean(design, formula)
    names <- paste(prefix, x$stype)
    c(figures_by(names, x), if (t) stats::setNames(x$estimate / x$std.error, paste(names, "t")))
  }
  one <- api_clusters(survey_data("apiclus1", "api"))
  two <- weeg_design(survey_data("apiclus2", "api"), ~pw, cluster = ~dnum, conventions = "survey")
  strata <- weeg_design(survey_data("apistrat", "api"), ~pw, strata = ~stype, conventions = "survey")
  elementary <- of_types("strata:", strata, api99 ~ stype, TRUE)
  x <- weeg_compare(strata, api99 ~ stype, list(c("H", "E"), c("M", "E")), measures = "mean-difference")
  names <- paste("strata:", x$group1, "- E")
  expect_published("api_groups", c(
    of_types("ell", one, ell ~ stype), of_types("meals", one, meals ~ stype), of_types("two stages:", two, api00 ~ stype, TRUE),
    elementary[grepl(" E", names(elementary))], figures_by(names, x), stats::setNames(x$statistic, paste(names, "t"))
  ))
})

# ---- Lehtonen and Pahkinen: unemployment in the municipalities of a Finnish province ------------------------------------

province_totals <- function(name, x, limits = FALSE, ...) {
  design <- weeg_design(x, ~weight, conventions = "stata", ...)
  c(figures_of(paste0(name, ": unemployed"), weeg_total(design, unemployed ~ 1), limits),
    figures_of(paste0(name, ": labour force"), weeg_total(design, labour_force ~ 1)))
}

test_that("unemployed and unemployment rates of Province'91", {
  rows <- published_file("province91_rows.csv")
  of <- split(rows, rows$sample)
  rate <- function(name, design) figures_of(name, weeg_ratio(design, ~ unemployed / labour_force))
  clusters <- weeg_design(of$clusters, ~weight, cluster = ~cluster, fpc = ~size)
  design <- weeg_poststratify(weeg_design(of$random, ~weight, fpc = ~size), ~poststratum, c("1" = 7, "2" = 25))
  unemployed <- function(design) weeg_total(design, unemployed ~ 1)
  got <- c(
    province_totals("random", of$random, fpc = ~size),
    province_totals("systematic", of$systematic, strata = ~stratum, fpc = ~size),
    province_totals("systematic without finite population", of$systematic, strata = ~stratum),
    province_totals("certainty", of$certainty, strata = ~stratum, fpc = ~size),
    province_totals("certainty without finite population", of$certainty, strata = ~stratum, lonely = "certainty"),
    province_totals("stratified", of$stratified, TRUE, strata = ~stratum, fpc = ~size),
    province_totals("clusters", of$clusters, cluster = ~cluster, fpc = ~size),
    rate("stratified: rate", weeg_design(of$stratified, ~weight, strata = ~stratum, fpc = ~size)),
    rate("clusters: rate", clusters),
    rate("clusters: rate jackknife", weeg_replicates(clusters, "jk1"))[2L],
    figures_of("post-stratified: unemployed", unemployed(design)),
    figures_of("post-stratified: unemployed in towns", unemployed(subset(design, poststratum == 1))),
    figures_of("post-stratified: unemployed elsewhere", unemployed(subset(design, poststratum == 2)))
  )
  # the sources print the labour force of two of the samples only, and no second time an estimate that stays the same
  expect_published("province91", got[names(got) %in% published_file("province91.csv")$quantity])
})

# ---- Levy and Lemeshow: births in hospitals -----------------------------------------------------------------------------

test_that("births by hospital level: totals, domains and limits", {
  hospital <- survey_data("hospital")
  design <- function(weights) weeg_design(hospital, weights, strata = ~oblevel, fpc = ~tothosp, conventions = "stata")
  births <- function(design) weeg_total(design, births ~ 1)
  jackknife <- births(weeg_replicates(design(~weighta), "jkn"))
  # UCLA's copy of the data has weights in single precision
  single <- design(~weightats)
  expect_published("hospital", c(
    figures_of("births", births(single), TRUE), "births jackknife SE" = jackknife$std.error,
    figures_by(paste("births", 1:3), weeg_total(single, births ~ oblevel), TRUE)
  ))
})

# ---- Sarndal, Swensson and Wretman; Stata's example of finite populations -----------------------------------------------

test_that("two stages of MU284, and domains and finite populations of a small sample", {
  mu284 <- survey_data("mu284")
  mu284$w <- mu284$n1 / 5 * mu284$n2 / 3
  towns <- weeg_design(mu284, ~w, cluster = ~ id1 + id2, fpc = ~ n1 + n2)
  total <- weeg_total(towns, y1 ~ 1)
  small <- survey_data("fpc")
  small$size <- 27
  mean_of <- function(name, ...) figures_of(name, weeg_mean(weeg_design(small, ~weight, cluster = ~psuid, nest = TRUE, ...), ~x))
  strata <- weeg_design(small, ~weight, strata = ~stratid, cluster = ~psuid, nest = TRUE)
  expect_published("stages", c(
    "mu284: total" = total$estimate, "mu284: variance of total" = total$std.error^2,
    figures_of("mu284: mean above 40", weeg_mean(subset(towns, y1 > 40), ~y1)),
    mean_of("fpc: mean", strata = ~stratid, fpc = ~Nh),
    mean_of("fpc: mean with replacement", strata = ~stratid)[2L],
    mean_of("fpc: mean without strata", fpc = ~size)[2L],
    mean_of("fpc: mean without strata with replacement")[2L],
    figures_of("fpc: mean above 4", weeg_mean(subset(strata, x > 4), ~x)),
    figures_of("fpc: mean up to 4", weeg_mean(subset(strata, x <= 4), ~x))
  ))
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
  number <- sas(survey_data("nhanes"), ~WTMEC2YR)
  got <- c(got, figures_of("HI_CHOL over RIAGENDR", weeg_ratio(number, ~ HI_CHOL / RIAGENDR), TRUE),
           figures_of("RIAGENDR", weeg_mean(number, ~RIAGENDR), TRUE))
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
  simple <- weeg_design(schools, ~pw, fpc = ~fpc, conventions = "sas")
  for (level in c("No", "Yes")) {
    share <- of(weeg_proportion(simple, ~sch.wide), level)
    got <- c(got, figures_of(paste("sch.wide", level), share, TRUE, 100))
  }
  expect_published("sas_survey", c(got, figures_of("mean api00", weeg_mean(simple, ~api00), TRUE)))
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
