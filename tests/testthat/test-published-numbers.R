# Published worked examples of means, ratios, totals and quantiles of numbers, and of imputations; more of them are among those of
# test-published.R. Tolerance: half a unit of the last printed digit. Sources: tests/reference/published/README.md.

# ---- Lohr, Sampling: Design and Analysis ---------------------------------------------------------------------------------

counties <- function(sample) {
  x <- published_file("lohr_counties.csv")
  x <- x[x$sample == sample, ]
  x$few <- x$acres92 < 200000
  regions <- c(NC = 1054, NE = 220, S = 1382, W = 422)
  x$size <- if (sample == "random") 3078 else regions[x$region]
  x$w <- x$size / if (sample == "random") 300 else c(table(x$region)[x$region])
  x
}

test_that("counties of the census of agriculture: means, totals, ratio estimates, domains, post-strata", {
  random <- weeg_design(counties("random"), weights = ~w, fpc = ~size)
  acres <- function(name, d, ...) figures_of(name, weeg_mean(d, ~acres92), ...)
  ratio <- weeg_ratio(random, ~ acres92 / acres87)
  # acres of 1987 in all counties, as in the book
  known <- 964470625
  post <- weeg_poststratify(random, ~region, c(NC = 1054, NE = 220, S = 1382, W = 422))
  strata <- weeg_design(counties("stratified"), weights = ~w, strata = ~region, fpc = ~size, conventions = "survey")
  total <- weeg_total(strata, acres92 ~ region)
  share <- weeg_proportion(strata, ~few)
  got <- c(
    acres("random: mean acres", random), figures_of("random: total acres", weeg_total(random, acres92 ~ 1)),
    figures_of("random: total farms", weeg_total(random, farms92 ~ 1)),
    "random: acres of 1987 acres" = ratio$estimate,
    figures_of("random: ratio total", ratio, factor = known),
    acres("random: many farms", subset(random, farms92 >= 600)), acres("random: few farms", subset(random, farms92 < 600)),
    acres("random: West", subset(random, region == "W")),
    "random: median acres" = weeg_quantile(random, ~acres92)$estimate,
    acres("post-stratified: mean acres", post), acres("stratified: mean acres", strata, TRUE),
    figures_of("stratified: total acres", weeg_total(strata, acres92 ~ 1), TRUE),
    figures_by(paste("stratified: total acres", total$region), total),
    figures_of("stratified: below 200000 acres", share[share$level == "TRUE", ])
  )
  clusters <- published_file("lohr_clusters.csv")
  for (example in c("gpa", "algebra", "schools")) {
    x <- clusters[clusters$example == example, ]
    x$all <- c(gpa = 100, algebra = 187, schools = 75)[[example]]
    taken <- length(unique(x$cluster))
    rows <- c(table(x$cluster)[as.character(x$cluster)])
    x$w <- x$all / taken * x$size / rows
    x$unit <- seq_len(nrow(x))
    d <- weeg_design(x, weights = ~w, cluster = ~ cluster + unit, fpc = ~ all + size)
    got <- c(got, figures_of(paste0(example, ": total"), weeg_total(d, value ~ 1)),
             figures_of(paste0(example, ": mean"), weeg_mean(d, ~value)))
  }
  expect_published("lohr", got)
})

# ---- Academic Performance Index ------------------------------------------------------------------------------------------

test_that("quantiles, means and gains of the school survey", {
  schools <- survey_data("apiclus1", "api")
  names <- setdiff(base::names(schools)[c(12:13, 16:23, 27:37)], c("sch.wide", "comp.imp", "both", "awards", "yr.rnd"))
  schools$complete <- stats::complete.cases(schools[c(12:13, 16:23, 27:37)])
  d <- weeg_design(schools, weights = ~pw, cluster = ~dnum, fpc = ~fpc, conventions = "survey")
  quartiles <- weeg_quantile(d, ~api00, probs = c(0.25, 0.5, 0.75))
  complete <- weeg_mean(subset(d, complete), stats::reformulate(names))
  strata <- survey_data("apistrat", "api")
  strata$gain <- strata$api00 - strata$api99
  strata$gained <- strata$gain >= 0
  strata$above <- strata$api99 > 700
  s <- weeg_design(strata, weights = ~pw, strata = ~stype, fpc = ~fpc, conventions = "survey")
  quarters <- weeg_quantile(s, ~ api00 + api99, probs = c(0.25, 0.75))
  above <- weeg_mean(s, api00 ~ above)
  gained <- as.data.frame(weeg_total(s, ~ gained + stype))
  gained <- gained[gained$gained %in% c(TRUE, "TRUE"), ]
  expect_published("api_numbers", c(
    figures_by(paste("cluster:", quartiles$prob), quartiles, TRUE),
    figures_by(paste("complete cases:", complete$outcome), complete),
    stats::setNames(quarters$estimate, paste("strata:", quarters$outcome, quarters$prob)),
    figures_of("strata: gain", weeg_mean(s, ~gain)), figures_of("strata: api99", weeg_mean(s, ~api99), TRUE)[-2L],
    figures_by(paste("strata: api99 above 700:", above$above), above), figures_of("strata: api.stu", weeg_mean(s, ~api.stu)),
    figures_by(paste("strata: gained", gained$stype), gained)
  ))
})

# ---- unequal probabilities -------------------------------------------------------------------------------------------------

test_that("companies and counties drawn with unequal probabilities", {
  companies <- published_file("companies_rows.csv")
  of <- function(name, weights) {
    d <- weeg_design(companies, weights = weights)
    c(figures_of(paste0(name, ": mean"), weeg_mean(d, ~sales)), figures_of(paste0(name, ": total"), weeg_total(d, sales ~ 1)))
  }
  votes <- weeg_total(weeg_design(survey_data("election_pps", "election"), weights = ~wt), Bush + Kerry + Nader ~ 1)
  expect_published("unequal", c(of("equal", ~equal), of("unequal", ~unequal), figures_by(paste("votes:", votes$outcome), votes)),
                   twice = TRUE)
})

# ---- plausible values and imputations ---------------------------------------------------------------------------------------

test_that("mathematics of New Zealand in PISA 2012", {
  skip_if_not_installed("mitools")
  where <- new.env()
  utils::data("pisamaths", package = "mitools", envir = where)
  d <- weeg_design(where$pisamaths, weights = ~W_FSTUWT, strata = ~STRATUM, cluster = ~SCHOOLID, lonely = "adjust")
  d <- weeg_plausible(d, maths ~ paste0("PV", 1:5, "MATH"))
  sexes <- weeg_mean(d, maths ~ ST04Q01)
  quantiles <- weeg_quantile(d, ~maths, probs = c(0.1, 0.25, 0.75, 0.9))
  expect_published("pisa", c(
    mean = weeg_mean(d, ~maths)$estimate,
    stats::setNames(sexes$estimate, c(Female = "girls", Male = "boys")[as.character(sexes$ST04Q01)]),
    stats::setNames(quantiles$estimate, quantiles$prob)
  ))
})

test_that("mathematics and reading of the Netherlands in PISA 2003, with its replicate weights", {
  path <- test_path("..", "reference", "published", "pisa2003_nld.rds")
  skip_if_not(file.exists(path), "tests/reference is not there: tests run outside the sources")
  d <- weeg_replicate_design(readRDS(path), weights = ~W_FSTUWT, repweights = "^W_FSTR[0-9]+$", type = "fay", rho = 0.5,
                             mse = TRUE)
  d <- weeg_plausible(d, list(maths ~ paste0("PV", 1:5, "MATH"), reading ~ paste0("PV", 1:5, "READ")))
  sexes <- c("girls", "boys") # codes 1 and 2
  of <- function(name, x) stats::setNames(c(x$estimate, x$std.error), c(name, paste(name, "SE")))
  maths <- weeg_mean(d, maths ~ ST03Q01)
  difference <- weeg_compare(d, maths ~ ST03Q01, measures = "mean-difference") # girls less boys
  difference$estimate <- -difference$estimate
  cuts <- c(-Inf, 334.75, 407.47, 480.18, 552.89, 625.61, Inf) # as NCES prints them: a level has its upper end
  levels <- weeg_proportion(d, ~ cut(reading, cuts, labels = FALSE),
                            answers = list("levels 2 to 4" = c("3", "4", "5")))
  alone <- weeg_proportion(d, ~ cut(reading, cuts, labels = FALSE))
  percent <- function(x, level, what) 100 * x[[what]][x$level == level]
  expect_published("pisa2003", c(
    of("mathematics", weeg_mean(d, ~maths)), of("mathematics girls", maths[1L, ]), of("mathematics boys", maths[2L, ]),
    of("mathematics boys - girls", difference), of("reading", weeg_mean(d, ~reading)),
    stats::setNames(weeg_mean(d, reading ~ ST03Q01)$estimate, paste("reading", sexes)),
    "reading level 3" = percent(alone, "4", "estimate"), "reading level 5" = percent(alone, "6", "estimate"),
    "reading below level 1 SE" = percent(alone, "1", "std.error"), "reading level 1 SE" = percent(alone, "2", "std.error"),
    "reading levels 2 to 4 SE" = percent(levels, "levels 2 to 4", "std.error"),
    "reading level 5 SE" = percent(alone, "6", "std.error")
  ))
})

# The counts are printed; of these the pooled shares follow by Rubin's rules, worked out here.
test_that("regular drinking of adolescents in five imputations", {
  skip_if_not_installed("mitools")
  skip_if_not_installed("haven")
  folder <- system.file("dta", package = "mitools")
  read <- function(pattern, sex) {
    lapply(list.files(folder, pattern, full.names = TRUE), function(file) {
      answer <- as.numeric(haven::read_dta(file)$drkfre) # 2 and 3: in the last week
      data.frame(sex, regular = answer > 1, w = 1)
    })
  }
  sets <- Map(rbind, read("f.\\.dta$", "women"), read("m.\\.dta$", "men"))
  d <- weeg_design(sets, weights = ~w)
  counts <- unlist(lapply(seq_along(sets), function(k) {
    x <- as.data.frame(weeg_total(d[[k]], ~ regular + sex))
    stats::setNames(x$estimate, paste0(k, ": ", x$sex, " ", x$regular))
  }))
  expect_published("drinking", counts)
  printed <- published_file("drinking.csv")
  got <- weeg_proportion(d, regular ~ sex, interval = "wald")
  for (sex in c("women", "men")) {
    of <- function(answer) printed$published[grepl(paste0(": ", sex, " ", answer), printed$quantity)]
    n <- of("TRUE") + of("FALSE")
    p <- of("TRUE") / n
    within <- mean(p * (1 - p) / n * 1170 / 1169) # a domain of a simple random sample of 1170
    row <- got[got$sex == sex & got$level == "TRUE", ]
    expect_equal(row$estimate, mean(p), tolerance = 1e-12)
    expect_equal(row$std.error, sqrt(within + 1.2 * stats::var(p)), tolerance = 1e-12)
  }
})

# ---- National Ambulatory Medical Care Survey ---------------------------------------------------------------------------------

test_that("visits to physicians: counts and means by age", {
  # rows of a PSU and age group, added up
  cells <- published_file("namcs_cells.csv")
  cells$one <- 1
  cells$number <- cells$medications / cells$weight
  d <- weeg_design(cells, weights = ~weight, strata = ~stratum, cluster = ~psu, conventions = "survey")
  groups <- c("", paste0(" ", 1:6))
  both <- function(all, by) rbind(as.data.frame(all)[figure_columns], as.data.frame(by)[figure_columns])
  visits <- both(weeg_total(d, one ~ 1), weeg_total(d, ~age))
  expect_published("namcs", c(
    figures_by(paste0("visits", groups), visits / 1000),
    figures_by(paste0("medications", groups), both(weeg_mean(d, ~number), weeg_mean(d, number ~ age)))
  ))
})

test_that("the list of examples has every file, and as many figures as the file", {
  folder <- test_path("..", "reference", "published")
  skip_if_not(dir.exists(folder), "tests/reference is not there: tests run outside the sources")
  rows <- grep("^\\| `", readLines(file.path(folder, "README.md")), value = TRUE)
  cells <- strsplit(rows, " *\\| *")
  listed <- stats::setNames(as.integer(vapply(cells, `[`, "", 6L)), gsub("`", "", vapply(cells, `[`, "", 2L)))
  files <- list.files(folder, "[.]csv$")
  files <- files[!grepl("_(rows|counts|cells|counties|clusters)[.]csv$|^counts[.]csv$", files)]
  expect_identical(sort(names(listed)), sort(files))
  for (file in files) expect_identical(nrow(published_file(file)), listed[[file]], info = file)
})
