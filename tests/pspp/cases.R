# The data of the tests of PSPP, and the figures that its tables must show: those of package survey (percentages, sizes, their
# standard errors and logit or t limits, design effects, tests).
#   cases.R make DIR     writes nhanes.sav, schools.sav, districts.sav and lonely.sav
#   cases.R check DIR    reads what PSPP printed (*.csv), and writes "ok ..." or "not ok ..." for every table
#   cases.R selected DIR likewise, of the tables after selections, filters and transformations
#   cases.R tutorial DIR writes the nhanes.sav of inst/pspp/README.md
#   cases.R same A B     whether two .sav files hold the same
suppressMessages(library(survey))
args <- commandArgs(TRUE)
# it stands beside this file
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "tables.R"))

data(nhanes)
n <- nhanes
race_labels <- c("Hispanic", "Non-Hispanic white", "Non-Hispanic black", "Other, \"rest\"")
chol_labels <- c("Normal", "High")
sex_labels <- c("Male", "Female")

# some answers are user-missing (9), some cholesterol values are missing in the data
make <- function(dir) {
  race <- as.numeric(n$race)
  race[seq_len(nrow(n)) %% 97 == 0] <- 9
  d <- data.frame(psu = n$SDMVPSU, s = n$SDMVSTRA, w = n$WTMEC2YR)
  d$chol <- haven::labelled(as.numeric(n$HI_CHOL), stats::setNames(0:1, chol_labels), "High cholesterol")
  d$race <- haven::labelled_spss(race, stats::setNames(c(1:5, 9), c(race_labels, "Nobody", "Refused")), na_values = 9,
                                 label = "Race")
  d$sex <- haven::labelled(as.numeric(n$RIAGENDR), stats::setNames(1:2, sex_labels), "Sex")
  d$age <- as.character(n$agecat)
  haven::write_sav(d, file.path(dir, "nhanes.sav"))
  haven::write_sav(schools(), file.path(dir, "schools.sav"))
  haven::write_sav(districts(), file.path(dir, "districts.sav"))
  haven::write_sav(lonely_schools(), file.path(dir, "lonely.sav"))
}

# The data of the tutorial: the same without answers that are missing for the sake of the tests.
tutorial <- function(dir) {
  d <- data.frame(psu = n$SDMVPSU, s = n$SDMVSTRA, w = n$WTMEC2YR)
  labels <- c(Hispanic = 1, "Non-Hispanic white" = 2, "Non-Hispanic black" = 3, Other = 4)
  d$race <- haven::labelled(as.numeric(n$race), labels, "Race")
  d$chol <- haven::labelled(as.numeric(n$HI_CHOL), c(Normal = 0, High = 1), "High cholesterol")
  d$sex <- haven::labelled(as.numeric(n$RIAGENDR), c(Male = 1, Female = 2), "Sex")
  haven::write_sav(d, file.path(dir, "nhanes.sav"))
}

# Samples of schools without replacement, with text variables: by kind of school, whole districts, and with one school of a kind.
api <- function(name) {
  where <- new.env()
  data(api, envir = where)
  d <- where[[name]]
  data.frame(kind = as.character(d$stype), district = as.character(d$dnum), w = d$pw, n = d$fpc,
             meals = ifelse(d$meals > 50, "many", "few"), met = ifelse(d$sch.wide == "Yes", "met", "not met"))
}

schools <- function() transform(api("apistrat"), share = 1 / w)

districts <- function() api("apiclus1")

# Those that the request gives: /DF.
df_of <- function(design) if (is.null(design$given)) degf(design) else design$given

lonely_schools <- function() {
  d <- api("apistrat")
  d[d$kind != "H" | seq_len(nrow(d)) == match("H", d$kind), ]
}

frame <- function() {
  race <- factor(race_labels[as.numeric(n$race)], race_labels)
  race[seq_len(nrow(n)) %% 97 == 0] <- NA
  chol <- factor(chol_labels[n$HI_CHOL + 1], chol_labels)
  data.frame(psu = n$SDMVPSU, s = n$SDMVSTRA, w = n$WTMEC2YR, race = race, chol = chol,
             sex = factor(sex_labels[n$RIAGENDR]), age = factor(as.character(n$agecat)))
}

# ---- figures by survey ----

limits <- function(p, se, df, level) {
  z <- stats::qt(0.5 + level / 2, df) * se / (p * (1 - p))
  100 * cbind(stats::plogis(stats::qlogis(p) - z), stats::plogis(stats::qlogis(p) + z))
}

# Percentages of the levels of y in a design; rows whose y is missing count for df.
percentages <- function(design, y, level) {
  design <- stats::update(design, .y = y)
  known <- subset(design, !is.na(.y))
  m <- svymean(~.y, known)
  p <- as.numeric(coef(m))
  se <- as.numeric(SE(m))
  cbind(100 * p, 100 * se, se / p, limits(p, se, df_of(design), level))
}

sizes <- function(design, y, level) {
  design <- stats::update(design, .y = y)
  m <- svytotal(~.y, subset(design, !is.na(.y)))
  t <- as.numeric(coef(m))
  se <- as.numeric(SE(m))
  z <- stats::qt(0.5 + level / 2, df_of(design)) * se
  cbind(t, se, se / t, t - z, t + z)
}

# The rows of a two-way table, labels as PSPP prints them. keep: the columns of the statistics that were asked for.
lines_of <- function(kind, design, a, b, level, keep) {
  d <- design$variables
  x <- droplevels(d[[a]])
  y <- droplevels(d[[b]])
  x_known <- x
  y_known <- y
  x_known[is.na(y)] <- NA
  y_known[is.na(x)] <- NA
  cell <- interaction(x, y, lex.order = TRUE)
  result <- list()
  put <- function(label, row) result[[label]] <<- row[keep]
  label <- function(i, k) paste0(i, ": ", k)
  whole <- switch(kind, POPSIZE = sizes, percentages)
  if (kind == "ROWPCT" || kind == "COLPCT") {
    outer_var <- if (kind == "ROWPCT") x else y
    inner <- if (kind == "ROWPCT") y else x
    for (g in levels(outer_var)) {
      part <- subset(design, !is.na(outer_var) & outer_var == g)
      m <- percentages(part, inner[!is.na(outer_var) & outer_var == g], level)
      for (i in seq_along(levels(inner))) {
        put(if (kind == "ROWPCT") label(g, levels(inner)[i]) else label(levels(inner)[i], g), m[i, ])
      }
    }
  } else {
    m <- whole(design, cell, level)
    for (i in seq_along(levels(cell))) {
      put(label(levels(x)[(i - 1) %/% nlevels(y) + 1], levels(y)[(i - 1) %% nlevels(y) + 1]), m[i, ])
    }
  }
  if (kind != "ROWPCT") {
    m <- whole(design, x_known, level)
    for (i in seq_along(levels(x))) put(label(levels(x)[i], "Total"), m[i, ])
  }
  if (kind != "COLPCT") {
    m <- whole(design, y_known, level)
    for (i in seq_along(levels(y))) put(label("Total", levels(y)[i]), m[i, ])
  }
  if (kind == "POPSIZE") {
    # one level, so that svytotal() of a factor does not drop it
    m <- sizes(design, factor(ifelse(is.na(cell), NA, "all"), c("all", "none")), level)
    put("Total: Total", m[1, ])
  }
  result
}

# ---- what PSPP printed ----

worst <- 0
compare <- function(name, table, expected, digits) {
  if (is.null(table)) return(cat("not ok ", name, ": there is no such table\n", sep = ""))
  if (!identical(sort(rownames(table)), sort(names(expected)))) {
    return(cat("not ok ", name, ": rows ", paste(rownames(table), collapse = "; "), "\n", sep = ""))
  }
  bad <- character()
  for (label in names(expected)) {
    row <- unlist(table[label, ])
    if (length(row) != length(expected[[label]])) bad <- c(bad, paste0(label, ": ", length(row), " columns"))
    for (k in seq_len(min(length(row), length(expected[[label]])))) {
      worst <<- max(worst, abs(as.numeric(row[k]) - expected[[label]][k]) * 10^digits, na.rm = TRUE)
      if (abs(as.numeric(row[k]) - expected[[label]][k]) <= half_unit(digits, expected[[label]][k])) next
      bad <- c(bad, paste0(label, ": ", row[k], ", not ", expected[[label]][k]))
    }
  }
  cat(if (length(bad) > 0) paste0("not ok ", name, ": ", bad[1]) else paste0("ok ", name), "\n", sep = "")
}

named_counts <- function(design, a, b) {
  m <- stats::addmargins(table(droplevels(design$variables[[a]]), droplevels(design$variables[[b]])))
  rownames(m)[nrow(m)] <- "Total"
  lapply(stats::setNames(seq_len(nrow(m)), rownames(m)), function(i) as.numeric(m[i, ]))
}

within <- function(kind, a, b) {
  switch(kind, POPSIZE = "Population Size", ROWPCT = paste("% within", a), COLPCT = paste("% within", b), "% of Total")
}

rows_of <- function(m, labels, keep) lapply(stats::setNames(seq_along(labels), labels), function(i) m[i, keep])

# Cumulative percentages, user-missing values as answers, a crossing of subpopulations.
check_missing <- function(dir, design, d) {
  refused <- d$race
  levels(refused) <- c(race_labels, "Refused")
  refused[is.na(refused)] <- "Refused"
  tables <- read_tables(file.path(dir, "cumulative.csv"))
  for (one_sex in sex_labels) {
    for (one_chol in chol_labels) {
      m <- percentages(subset(design, sex == one_sex & !is.na(chol) & chol == one_chol),
                       refused[d$sex == one_sex & !is.na(d$chol) & d$chol == one_chol], 0.95)
      m <- cbind(m[, 1], cumsum(m[, 1]), m[, 2])
      compare(paste("cumulative, user-missing,", one_sex, one_chol),
              tables[[paste0("Race (race): % of Total. Sex (sex): ", one_sex, "; High cholesterol (chol): ", one_chol)]],
              rows_of(m, levels(refused), 1:3), 3)
    }
  }
}

# Finite populations, and a stratum with one school by each rule, of text variables.
check_schools <- function(dir) {
  title <- "meals by met: % within meals"
  x <- schools()
  of <- function(d) svydesign(id = ~1, strata = ~kind, weights = ~w, fpc = ~n, data = transform(d, meals = factor(meals),
                                                                                            met = factor(met)))
  for (name in c("fpc", "fraction")) {
    compare(paste("finite population,", name), read_tables(file.path(dir, paste0(name, ".csv")))[[title]],
            lines_of("ROWPCT", of(x), "meals", "met", 0.95, c(1, 2, 4, 5)), 3)
  }
  x <- transform(districts(), meals = factor(meals), met = factor(met))
  whole <- svydesign(id = ~district, weights = ~w, fpc = ~n, data = x)
  compare("finite population, clusters", read_tables(file.path(dir, "districts.csv"))[[title]],
          lines_of("ROWPCT", whole, "meals", "met", 0.95, c(1, 2, 4, 5)), 3)
  whole$given <- 7
  compare("given degrees of freedom", read_tables(file.path(dir, "given.csv"))[[title]],
          lines_of("ROWPCT", whole, "meals", "met", 0.95, c(1, 2, 4, 5)), 3)
  x <- transform(lonely_schools(), meals = factor(meals), met = factor(met))
  one <- svydesign(id = ~1, strata = ~kind, weights = ~w, data = x)
  for (rule in c("remove", "certainty", "adjust", "average")) {
    old <- options(survey.lonely.psu = rule)
    compare(paste("one school in a stratum,", rule), read_tables(file.path(dir, paste0("lonely-", rule, ".csv")))[[title]],
            lines_of("ROWPCT", one, "meals", "met", 0.95, c(1, 2, 4, 5)), 3)
    options(old)
  }
}

check <- function(dir) {
  d <- frame()
  design <- svydesign(id = ~psu, strata = ~s, weights = ~w, nest = TRUE, data = d)
  race <- "Race (race)"
  chol <- "High cholesterol (chol)"
  both <- read_tables(file.path(dir, "both.csv"))
  for (kind in c("POPSIZE", "ROWPCT", "COLPCT", "TABLEPCT")) {
    compare(kind, both[[paste0(race, " by ", chol, ": ", within(kind, race, chol))]],
            lines_of(kind, design, "race", "chol", 0.9, 1:5), 3)
  }
  compare("counts", both[[paste0(race, " by ", chol, ": Unweighted Count")]], named_counts(design, "race", "chol"), 0)
  test <- suppressWarnings(svychisq(~race + chol, design))
  # survey scales its chi-square to all rows, also those without an answer; Pearson's is of those in the table
  shares <- svytable(~race + chol, design, Ntotal = sum(!is.na(d$race) & !is.na(d$chol)))
  pearson <- suppressWarnings(stats::chisq.test(unclass(shares), correct = FALSE)$statistic)
  expected <- list(Independence = c(pearson, test$statistic, test$parameter, test$p.value))
  compare("test", both[[paste0(race, " by ", chol, ": Test of Independence")]], lapply(expected, as.numeric), 4)

  many <- read_tables(file.path(dir, "many.csv"))
  for (one_sex in sex_labels) {
    part <- subset(design, d$sex == one_sex)
    for (a in c("race", "age")) {
      title <- if (a == "race") race else "age"
      full <- paste0(title, " by ", chol, ": % within ", title, ". Sex (sex): ", one_sex)
      compare(paste("subpopulation", one_sex, a), many[[full]],
              lines_of("ROWPCT", part, a, "chol", 0.95, 1:2), 3)
    }
  }

  one <- read_tables(file.path(dir, "one.csv"))
  m <- percentages(design, d$race, 0.95)
  expected <- lapply(stats::setNames(seq_len(4), race_labels), function(i) m[i, c(1, 2, 4, 5)])
  compare("one variable", one[[paste0(race, ": % of Total")]], expected, 3)

  listwise <- read_tables(file.path(dir, "listwise.csv"))
  known <- subset(design, !is.na(d$race) & !is.na(d$chol))
  m <- percentages(known, known$variables$race, 0.95)
  compare("listwise", listwise[[paste0(race, ": % of Total")]],
          lapply(stats::setNames(seq_len(4), race_labels), function(i) m[i, 1:2]), 3)

  deff <- read_tables(file.path(dir, "deff.csv"))[[paste0(race, " by ", chol, ": % within ", race)]]
  deff <- deff[!grepl("^Total", rownames(deff)), ]
  expected <- list()
  for (g in race_labels) {
    m <- svymean(~chol, subset(design, !is.na(race) & race == g & !is.na(chol)), deff = "replace")
    effect <- diag(as.matrix(attr(m, "deff")))
    expected[paste0(g, ": ", chol_labels)] <- lapply(1:2, function(k) c(100 * coef(m)[k], effect[k], sqrt(effect[k])))
  }
  compare("design effects", deff, expected, 3)

  everybody <- read_tables(file.path(dir, "unclustered.csv"))
  plain <- svydesign(id = ~1, strata = ~s, weights = ~w, data = d)
  compare("no clusters", everybody[[paste0(race, " by ", chol, ": % within ", race)]],
          lines_of("ROWPCT", plain, "race", "chol", 0.95, 1:2), 3)
  check_missing(dir, design, d)
  check_schools(dir)
  cat("largest difference: ", format(worst, digits = 6), " units of the last printed place\n", sep = "")
}

# What stands before CSTABULATE says which cases are in the design, and what their weights and answers are.
selected <- function(dir) {
  d <- frame()
  women <- d[d$sex == "Female", ]
  pending <- d
  pending$race[d$sex == "Male"] <- NA
  data <- list(temporary = women, select = women, filter = women, "temporary-filter" = d[d$sex == "Male", ],
               first = d[1:4000, ], weight = transform(d, w = w * psu), pending = pending, split = d)
  for (name in names(data)) {
    design <- svydesign(id = ~psu, strata = ~s, weights = ~w, nest = TRUE, data = data[[name]])
    compare(paste("after", name), read_tables(file.path(dir, paste0(name, ".csv")))[[
      "Race (race) by High cholesterol (chol): % within Race (race)"]],
            lines_of("ROWPCT", design, "race", "chol", 0.95, 1:2), 3)
  }
}

same <- function(a, b) {
  if (!identical(as.list(haven::read_sav(a, user_na = TRUE)), as.list(haven::read_sav(b, user_na = TRUE)))) quit(status = 1)
}

switch(args[1], tutorial = tutorial(args[2]), make = make(args[2]), check = check(args[2]), selected = selected(args[2]),
       same = same(args[2], args[3]))
