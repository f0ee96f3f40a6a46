# What is printed: facts by pattern, layout by snapshot.

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
p <- weeg_proportion(d, strengths ~ provider)
simulated <- "Open voor Werk (simulated)"

results <- list(
  design = d,
  tally = weeg_tally(d, ~ provider + strengths),
  proportion = p,
  total = weeg_total(d, ~ provider + ronde),
  mean = weeg_mean(d, leeftijd ~ provider),
  quantile = weeg_quantile(d, leeftijd ~ provider, probs = c(0.25, 0.5)),
  battery = weeg_battery(d, ~ knelpunt_banen + knelpunt_leeftijd, means = TRUE),
  test = weeg_test(d, strengths ~ provider),
  tests = weeg_test(d, strengths + growth ~ provider),
  compare = weeg_compare(d, strengths ~ ronde),
  `compare means` = weeg_compare(d, leeftijd ~ provider, measures = "mean-difference"),
  `test means` = weeg_test(d, leeftijd ~ provider, method = "mean"),
  crosstab = weeg_crosstab(d, strengths ~ provider, interval = "logit")
)

# Some groups and answers without observations.
without_desk <- function() {
  data <- openvoorwerk
  data$provider[data$provider %in% "werkplein"] <- NA
  weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
}

one_line <- function(lines) gsub("[[:space:]]+", " ", paste(lines, collapse = " "))

test_that("every result says what the data are, the design and the conventions", {
  for (name in names(results)) {
    text <- one_line(format(results[[name]], width = 80))
    expect_match(text, simulated, fixed = TRUE, info = name)
    expect_match(text, "Conventions: ", fixed = TRUE, info = name)
    expect_match(text, "variance Taylor", fixed = TRUE, info = name)
    if (name != "design") expect_match(text, "50 PSUs in 2 strata", fixed = TRUE, info = name)
  }
})

test_that("every result says which weights were used", {
  shares <- prop.table(table(openvoorwerk$leeftijdsgroep))
  verbs <- list(
    proportion = function(d) weeg_proportion(d, strengths ~ provider), total = function(d) weeg_total(d, ~provider),
    test = function(d) weeg_test(d, strengths ~ provider), tests = function(d) weeg_test(d, strengths + growth ~ provider),
    compare = function(d) weeg_compare(d, strengths ~ ronde), crosstab = function(d) weeg_crosstab(d, strengths ~ provider),
    letters = function(d) weeg_letters(weeg_compare(d, strengths ~ provider, measures = "difference")),
    multiple = function(d) weeg_multiple(d, ~ I(strengths == "niet") + I(growth == "ja")),
    battery = function(d) weeg_battery(d, ~ knelpunt_banen + knelpunt_leeftijd),
    items = function(d) weeg_item_tests(weeg_multiple(d, I(strengths == "niet") + I(growth == "ja") ~ ronde)),
    association = function(d) weeg_association(d, strengths ~ provider),
    decompose = function(d) weeg_decompose(d, strengths ~ ronde, by = ~provider),
    standardise = function(d) weeg_standardise(d, strengths ~ ronde, by = ~leeftijdsgroep, population = shares),
    logistic = function(d) weeg_logistic(d, I(strengths == "niet") ~ ronde),
    loglinear = function(d) weeg_loglinear(d, ~ strengths + provider),
    anova = function(d) anova(weeg_loglinear(d, ~ strengths + provider)),
    sensitivity = function(d) weeg_sensitivity(d, strengths ~ ronde),
    shrink = function(d) weeg_shrink(d, strengths ~ gemeente), funnel = function(d) weeg_funnel(d, strengths ~ gemeente),
    threshold = function(d) weeg_protect(d, weeg_crosstab(d, strengths ~ provider)), tally = function(d) weeg_tally(d, ~strengths)
  )
  designs <- list(
    list(d, "weights gewicht"), list(weeg_design(openvoorwerk, strata = ~ronde, cluster = ~gemeente), "unweighted"),
    list(weeg_trim(d, upper = 2), "weights gewicht, trimmed")
  )
  for (design in designs) {
    for (name in names(verbs)) {
      text <- one_line(format(verbs[[name]](design[[1L]])))
      expect_match(text, paste0("50 PSUs in 2 strata; ", design[[2L]], "( |;)"), info = paste(name, design[[2L]]))
    }
  }
  made <- list(
    "weights gewicht, raked" = weeg_rake(d, list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5))),
    "weights raked" = weeg_rake(designs[[2L]][[1L]], list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5))),
    "weights gewicht" = weeg_replicates(d, "jkn")
  )
  for (name in names(made)) {
    result <- weeg_proportion(made[[name]], ~strengths)
    expect_match(one_line(format(result)), paste0("; ", name, ";"), fixed = TRUE, info = name)
    expect_identical(glance(result)$weights, sub("weights ", "", name), info = name)
    expect_match(one_line(format(made[[name]])), paste0("Weights +", sub("weights ", "", name), ": sum "), info = name)
  }
  expect_identical(glance(weeg_proportion(designs[[2L]][[1L]], ~strengths))$weights, "unweighted")
})

test_that("printing gives its argument, invisibly", {
  for (name in names(results)) {
    utils::capture.output(shown <- withVisible(print(results[[name]])))
    expect_false(shown$visible, info = name)
    expect_identical(shown$value, results[[name]], info = name)
  }
})

test_that("print() writes the lines of format()", {
  for (name in names(results)) {
    expect_identical(utils::capture.output(print(results[[name]])), format(results[[name]]), info = name)
  }
})

test_that("lines keep within the width, and nothing is lost in blocks", {
  for (name in names(results)) {
    for (width in c(60L, 80L, 120L)) {
      expect_lte(max(nchar(format(results[[name]], width = width), "width")), width, label = paste(name, width))
    }
  }
  numbers <- function(width) {
    text <- one_line(format(results$crosstab, width = width))
    sort(regmatches(text, gregexpr("[0-9]+\\.[0-9]+", text))[[1]])
  }
  expect_identical(numbers(60), numbers(200))
})

test_that("variable labels are in the title", {
  title <- one_line(format(p)[1:2])
  expect_match(title, "Contactpersoon ziet sterke en minder sterke kanten (strengths)", fixed = TRUE)
  expect_match(title, "by Organisatie die de respondent begeleidt (provider)", fixed = TRUE)
})

test_that("percentages have one decimal by default, and follow digits", {
  row <- p[p$provider == "werkplein" & p$level == "niet", ]
  line <- function(...) grep("^werkplein ", format(row, ...), value = TRUE)
  expect_match(line(), "werkplein +50\\.5 ")
  expect_match(line(digits = 0), "werkplein +50 ")
  expect_match(line(digits = 3), "werkplein +50\\.491 ")
  before <- options(digits = 8)
  on.exit(options(before))
  expect_match(line(), "werkplein +50\\.49 ")
})

test_that("decimal marks follow OutDec", {
  before <- options(OutDec = ",")
  on.exit(options(before))
  expect_match(grep("^werkplein", format(results$crosstab), value = TRUE), "50,5")
  test <- one_line(format(results$test))
  expect_match(test, "F(9,72; 965) = 13,8, p < ,001;", fixed = TRUE)
  expect_match(test, "= 0,23;", fixed = TRUE)
})

test_that("p-values are never 0 or 1", {
  cases <- c("1e-22" = "< .001", "0.00099" = "< .001", "0.001" = ".0010", "0.0587" = ".0587", "0.09996" = ".100",
             "0.1" = ".100", "0.97677" = ".977", "0.9999" = "> .999", "1" = "> .999")
  for (p in names(cases)) expect_identical(weeg:::format_p(as.numeric(p)), cases[[p]], info = p)
  expect_identical(weeg:::format_p(c(NA, 0)), c("-", "< .001"))
  expect_identical(weeg:::p_text(c(0.5, 0)), c("p = .500", "p < .001"))
})

test_that("numbers are formatted for reading", {
  expect_identical(weeg:::format_number(c(-0.04, 1.25, NA), 1L), c("0.0", "1.2", "-"))
  expect_identical(weeg:::format_count(c(0, 999, 9999, 10000, 1234567, NA)), c("0", "999", "9999", "10 000", "1 234 567", "-"))
  expect_identical(weeg:::format_significant(c(0.012345, 1, 17.249, 396.4, 12345.6, NA)),
                   c("0.0123", "1.00", "17.2", "396", "12 346", "-"))
  expect_identical(weeg:::format_df(c(1, 12, 8.26, 395.9, Inf, NA)), c("1", "12", "8.26", "396", "Inf", "-"))
  # those of PSUs minus strata are whole; effective ones are infinite where a limit is nearer than the normal one
  expect_identical(weeg:::df_text(c(47, NA, 47)), "design df 47")
  expect_match(weeg:::df_text(c(Inf, 30.08)), "^effective df 30.1.Inf$")
  expect_identical(weeg:::df_text(Inf), "effective df Inf")
})

test_that("dashes and accents only where the locale has UTF-8", {
  before <- Sys.getlocale("LC_CTYPE")
  on.exit(Sys.setlocale("LC_CTYPE", before))
  skip_if(Sys.setlocale("LC_CTYPE", "C") != "C")
  lines <- c(format(results$crosstab), format(p))
  expect_false(any(grepl("[^ -~]", lines, useBytes = TRUE)))
  expect_match(one_line(lines), "Rao-Scott exact F(9.72, 965) = 13.8, p < .001; Cramer's V = 0.23; n = 1492", fixed = TRUE)
})

test_that("a domain is named", {
  young <- subset(d, leeftijd < 36)
  for (result in list(young, weeg_proportion(young, ~ strengths), weeg_test(young, strengths ~ provider),
                      weeg_compare(young, strengths ~ ronde), weeg_crosstab(young, strengths ~ provider),
                      weeg_total(young, ~ ronde), weeg_tally(young, ~ provider))) {
    expect_match(one_line(format(result)), "Domain:? +leeftijd < 36", info = class(result)[1])
  }
  expect_match(one_line(format(young)), "462 rows", fixed = TRUE)
})

test_that("groups without observations are named and take no rows", {
  for (result in list(weeg_proportion(without_desk(), strengths ~ provider),
                      weeg_crosstab(without_desk(), strengths ~ provider))) {
    lines <- format(result)
    expect_match(one_line(lines), "No observations: werkplein.", fixed = TRUE)
    expect_false(any(grepl("^werkplein", lines)))
    expect_false(any(grepl("NA|NaN", lines)))
  }
  empty <- weeg_proportion(subset(without_desk(), provider == "werkplein"), ~ strengths)
  expect_match(one_line(format(empty)), "No observations: strengths.", fixed = TRUE)
})

test_that("results of an empty domain say so", {
  nobody <- subset(d, leeftijd > 200)
  for (result in list(weeg_crosstab(nobody, strengths ~ provider), weeg_proportion(nobody, strengths ~ provider),
                      weeg_total(nobody, ~ provider))) {
    text <- one_line(format(result))
    expect_match(text, "No observations: werkplein; sociale dienst; re-integratiebureau;", fixed = TRUE)
    expect_false(grepl("NA|NaN", text))
  }
  expect_match(one_line(format(weeg_test(nobody, strengths ~ provider))), "No test: ", fixed = TRUE)
})

test_that("reasons are footnotes", {
  lines <- format(weeg_proportion(d, ~ relapse_important))
  # Clopper and Pearson's, of as many rows as the weights are worth: 99.7
  kish <- with(openvoorwerk, sum(gewicht)^2 / sum(gewicht^2))
  expect_match(grep("^ja", lines, value = TRUE), sprintf("100\\.0[^ ]+ +%.1f.100\\.0 a", 100 * 0.025^(1 / kish)))
  expect_match(one_line(lines), "a the estimate is 0 or 1", fixed = TRUE)
  crosstab <- format(weeg_crosstab(d, relapse_important ~ provider))
  expect_match(one_line(crosstab), "100.0a", fixed = TRUE)
  expect_match(one_line(crosstab), "No test: fewer than two rows or columns with data; n = 1530", fixed = TRUE)
  compared <- format(weeg_compare(without_desk(), strengths ~ provider, pairs = c("werkplein", "sociale dienst")))
  expect_match(one_line(compared), "a no observations", fixed = TRUE)
})

test_that("a cross-tab has row percentages, intervals, n, weighted N, totals, the test and what is missing", {
  lines <- format(results$crosstab)
  desk <- grep("^werkplein", lines)
  expect_match(lines[desk], "50\\.5 +22\\.2 +18\\.4 +8\\.9 +324$")
  expect_match(lines[desk + 1], "43\\.0.58\\.0 +16\\.8.28\\.7 +14\\.7.22\\.9 +6\\.3.12\\.4 +324\\.0$")
  total <- grep("^Total", lines)
  share <- 100 * colSums(results$crosstab$weighted) / sum(results$crosstab$weighted)
  expect_match(lines[total], paste(c(sprintf("%.1f", share), "1492"), collapse = " +"))
  expect_match(one_line(lines), "90 rows left out: provider or strengths is missing.", fixed = TRUE)
  expect_match(one_line(lines), "F(9.72, 965) = 13.8, p < .001;", fixed = TRUE)
})

test_that("other bases of a cross-tab have their margins", {
  by_answer <- format(weeg_crosstab(d, strengths ~ provider, percent = "column"))
  expect_match(grep("^Total", by_answer, value = TRUE), "(100\\.0 +){4}100\\.0$")
  expect_match(grep("^n ", by_answer, value = TRUE), "475 +320 +423 +274 +1492$")
  of_total <- format(weeg_crosstab(d, vertrouwen ~ ronde, percent = "total"))
  expect_match(grep("^Total", of_total, value = TRUE), "100\\.0 +1510$")
})

test_that("comparisons are in percentage points, ratios as ratios", {
  lines <- format(weeg_compare(d, strengths ~ provider, pairs = c("werkplein", "re-integratiebureau"), answers = "niet"))
  expect_length(grep("^werkplein vs$", lines), 3L)
  shown <- grep("^  re-integratiebureau", lines, value = TRUE)
  expect_length(shown, 3L)
  expect_match(shown[1], "50\\.5 +17\\.2 +33\\.3 +24\\.1 to 41\\.9 +< \\.001 +< \\.001")
  expect_match(shown[2], "2\\.93 +2\\.14.4\\.09")
  expect_match(shown[3], "4\\.90 +3\\.10.7\\.86")
  unadjusted <- format(weeg_compare(d, strengths ~ ronde, adjust = "none"))
  expect_false(any(grepl("(none)", unadjusted, fixed = TRUE)))
})

test_that("tests other than Rao-Scott F are named", {
  cases <- c("rao-scott-chisq" = "(12) = ", "wald" = "Wald F(12, 48) = ", "adjusted-wald" = "Adjusted Wald F(12, 37) = ")
  for (method in names(cases)) {
    expect_match(one_line(format(weeg_test(d, strengths ~ provider, method))), cases[[method]], fixed = TRUE, info = method)
  }
})

test_that("rows of a result stay a result", {
  part <- p[p$level == "niet", ]
  expect_s3_class(part, "weeg_proportion")
  expect_identical(attr(part, "info"), attr(p, "info"))
  expect_match(one_line(format(part)), "Answer: niet", fixed = TRUE)
  expect_match(grep("^werkplein", format(part), value = TRUE), "163 of 324")
  expect_s3_class(utils::head(results$compare, 2), "weeg_compare")
})

test_that("a result without the columns it needs is a data frame", {
  for (taken in list(p["estimate"], p[, c("provider", "estimate")], p[1:2, names(p) != "reason"], p[-1])) {
    expect_identical(class(taken), "data.frame")
    expect_null(attr(taken, "info"))
  }
  expect_identical(p[, "estimate"], p$estimate)
  expect_identical(p[["estimate"]], p$estimate)

  renamed <- p
  names(renamed)[names(renamed) == "estimate"] <- "share"
  expect_identical(utils::capture.output(print(renamed)), utils::capture.output(print(as.data.frame(renamed))))
  expect_type(format(renamed), "character")
  expect_output(print(p[0, ]), "0 rows")
})

test_that("as.data.frame() gives a plain data frame", {
  for (name in c("proportion", "total", "test", "compare")) {
    plain <- as.data.frame(results[[name]])
    expect_identical(class(plain), "data.frame", info = name)
    expect_setequal(names(attributes(plain)), c("names", "row.names", "class"))
    expect_identical(names(plain), names(results[[name]]), info = name)
  }
})

test_that("designs say what they are made of", {
  text <- one_line(format(weeg_design(openvoorwerk)))
  expect_match(text, "Weights none Strata none Clusters none", fixed = TRUE)
  expect_match(one_line(format(d)), "Weights gewicht: sum 1582.0", fixed = TRUE)
  expect_match(one_line(format(d)), "Strata ronde: 2 Clusters gemeente: 50", fixed = TRUE)
})

test_that("a tally says what it is made of", {
  text <- one_line(format(results$tally))
  expect_match(text, "Tally of provider, strengths", fixed = TRUE)
  expect_match(text, "n = 1582", fixed = TRUE)
  expect_match(text, "(strengths): niet, een beetje, grotendeels, helemaal", fixed = TRUE)
})

# The lines between the title and the conventions.
table_of <- function(result) {
  lines <- format(result, width = 80)
  lines[seq(which(lines == "")[1] + 1, grep("^Conventions", lines) - 1)]
}

test_that("the layout of a cross-tab", {
  skip_if_not(l10n_info()$`UTF-8`)
  expect_identical(table_of(results$crosstab), c(
    "                                                                          n",
    "provider                   niet  een beetje  grotendeels   helemaal       N",
    "werkplein                  50.5        22.2         18.4        8.9     324",
    "                      43.0\u201358.0   16.8\u201328.7    14.7\u201322.9   6.3\u201312.4   324.0",
    "sociale dienst             48.8        22.7         19.7        8.9     349",
    "                      42.2\u201355.4   18.6\u201327.4    15.7\u201324.4   6.1\u201312.9   349.7",
    "re-integratiebureau        17.2        22.1         32.3       28.4     291",
    "                      13.0\u201322.4   17.0\u201328.2    27.7\u201337.3  22.4\u201335.1   297.3",
    "sociale werkplaats         21.5        23.3         32.5       22.8     275",
    "                      16.2\u201327.9   18.7\u201328.6    27.1\u201338.4  17.6\u201328.9   271.0",
    "dagbestedingscentrum       11.3        18.2         41.2       29.3     253",
    "                       7.8\u201316.0   11.7\u201327.2    34.1\u201348.8  21.0\u201339.2   250.1",
    "Total                      31.6        21.8         27.9       18.7    1492",
    "                      27.9–35.5   19.5–24.3    25.5–30.4  15.9–21.9  1492.2",
    "",
    "Rao\u2013Scott exact F(9.72, 965) = 13.8, p < .001; Cram\u00e9r's V = 0.23; n = 1492",
    "More than under independence (p Holm < .05): sociale dienst: niet; werkplein:",
    "  niet; dagbestedingscentrum: grotendeels; re-integratiebureau: helemaal.",
    "Fewer than under independence (p Holm < .05): dagbestedingscentrum: niet;",
    "  sociale dienst: helemaal; werkplein: helemaal; re-integratiebureau: niet;",
    "  werkplein: grotendeels; sociale werkplaats: niet; sociale dienst: grotendeels.",
    "90 rows left out: provider or strengths is missing."
  ))
})

test_that("the layout of a comparison", {
  expect_identical(table_of(weeg_compare(d, strengths ~ ronde, measures = "difference")), c(
    "Difference in percentage points",
    "ronde          first  second                                    p",
    "  strengths        %       %  diff.       95% CI        p  (holm)",
    "ronde 1 vs ronde 2",
    "  niet          31.4    31.9   -0.6  -8.1 to 7.0    .880   > .999",
    "  een beetje    20.2    24.2   -4.0  -8.8 to 0.8    .0972    .389",
    "  grotendeels   29.1    26.2    2.9  -2.3 to 8.1    .261     .784",
    "  helemaal      19.4    17.7    1.7  -4.5 to 7.8    .583   > .999",
    ""
  ))
})

test_that("the layout of totals: repeated levels are blank", {
  expect_identical(table_of(results$total)[1:4], c(
    "provider              ronde    total          95% CI    SE  cv %    n",
    "werkplein             ronde 1  175.4  124.5 to 226.3  25.3  14.4  180",
    "                      ronde 2  157.5  116.0 to 199.0  20.6  13.1  152",
    "sociale dienst        ronde 1  203.1  157.3 to 248.9  22.8  11.2  202"
  ))
})

test_that("what a test of specified proportions was against, one profile, and strata without clusters are said", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  text <- function(x) gsub("\\s+", " ", paste(format(x, width = 80L), collapse = " "))
  expect_match(text(weeg_test(d, ~strengths)), "test rao-scott-exact (equal proportions)", fixed = TRUE)
  expect_match(text(weeg_test(d, ~strengths, p = c(0.25, 0.35, 0.2, 0.2))), "(shares 0.25; 0.35; 0.20; 0.20)", fixed = TRUE)
  conventions <- attr(weeg_proportion(weeg_replicates(d, "jkn"), ~strengths), "conventions")
  expect_identical(sum(names(conventions) == "profile"), 1L)
  rows <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde)
  expect_match(text(weeg_proportion(rows, ~strengths)), "no clusters, 2 strata", fixed = TRUE)
})

test_that("what is not there is not printed: pairs of a contrast, labels, a name of weights", {
  trend <- weeg_compare(d, strengths ~ leeftijdsgroep, answers = "niet", contrasts = "trend")
  # numbers as in the object
  p <- sub("^0", "", formatC(trend$p.value, digits = 3, format = "f"))
  lines <- table_of(trend)
  expect_match(lines[4], paste0("^trend +", formatC(100 * trend$estimate, digits = 1, format = "f"), " .* ", p, " +", p, "$"))
  expect_identical(lines[5], "")
  both <- weeg_compare(d, strengths ~ ronde, answers = "niet", contrasts = list("second - first" = c(-1, 1)))
  expect_no_match(paste(format(both), collapse = "\n"), "\\b(NA|vs)\\b")
  plain <- openvoorwerk
  plain[] <- lapply(plain, function(x) replace(x, 0, x[0]))
  for (name in names(plain)) attr(plain[[name]], "label") <- NULL
  expect_false(":" %in% format(weeg_test(weeg_design(plain), strengths + relapse ~ provider)))
  ten <- data.frame(a = rep(c("x", "y"), 5))
  expect_match(format(weeg_rake(weeg_design(ten), list(a = c(x = 17e6 - 17e4, y = 17e4)))),
               "^Weights +raked: sum 17 000 000, from 34 000 to 3 366 000$", all = FALSE)
})

test_that("summary() is the print", {
  for (x in list(d, weeg_tally(d, ~strengths), results$proportion, results$crosstab)) expect_identical(summary(x), x)
})

test_that("long labels of rows have several lines, and columns stand beside the last", {
  long <- c("Een tamelijk lang antwoord over de begeleiding, zoals in vragenlijsten voorkomt", "Kort")
  data <- data.frame(q = factor(long[rep(c(1, 1, 2, 2), 5)], long), g = factor(long[rep(c(1, 2), 10)], long))
  e <- weeg_design(data)
  # the layout: of the numbers, their widths
  expect_identical(gsub("[0-9]", "0", table_of(weeg_proportion(e, ~q))[1:5]), c(
    "q                                          %     00% CI    SE   n  n eff.  deff",
    "Een tamelijk lang antwoord over de",
    "  begeleiding, zoals in vragenlijsten",
    "  voorkomt                             00.0\u2021  00.0\u201300.0  00.0  00      00  0.00",
    "Kort                                   00.0\u2021  00.0\u201300.0  00.0  00      00  0.00"
  ))
  headed <- format(weeg_proportion(e, q ~ g), width = 80L)
  at <- match("Een tamelijk lang antwoord over de begeleiding, zoals in vragenlijsten voorkomt", headed)
  expect_identical(headed[at + 1], "  (n = 10)")
  standard <- stats::setNames(c(0.4, 0.6), long)
  all <- list(
    weeg_proportion(e, q ~ g), weeg_total(e, ~ q + g), weeg_mean(e, nchar(as.character(q)) ~ g),
    weeg_quantile(e, nchar(as.character(q)) ~ g), weeg_crosstab(e, q ~ g),
    weeg_crosstab(e, q ~ g, percent = "column"),
    weeg_compare(e, q ~ g), weeg_compare(e, q ~ g, against = "rest"),
    weeg_letters(weeg_compare(e, q ~ g, measures = "difference")),
    weeg_test(e, q ~ g), weeg_association(e, q ~ g), weeg_sensitivity(e, q ~ g), weeg_logistic(e, q ~ g),
    weeg_loglinear(e, ~ q * g), weeg_rake(e, list(q = standard)), weeg_weights(weeg_rake(e, list(q = standard))),
    weeg_tally(e, ~ q + g)
  )
  for (x in all) expect_lte(max(nchar(format(x, width = 80L), type = "width")), 80L, label = class(x)[1])
})

test_that("a group whose number of rows is not shown says so", {
  skip_if_not_installed("lpSolve")
  shown <- weeg_protect(d, weeg_proportion(d, strengths ~ gemeente), threshold = 100)
  expect_match(format(shown), "^Alkmaar \\(n not shown\\)$", all = FALSE)
})

test_that("thousands are apart in all numbers", {
  expect_identical(weeg:::format_count(c(9999.4, 9999.5, 10000, -12345.6)), c("9999", "10 000", "10 000", "-12 346"))
  expect_identical(weeg:::format_weighted(c(1, 9999.7)), c("1", "10 000"))
  old <- options(OutDec = ",")
  on.exit(options(old))
  expect_identical(weeg:::format_significant(c(140237909, 17.24)), c("140 237 909", "17,2"))
})

test_that("print() shows as many rows as R does of a data frame, and says how many more there are", {
  d <- weeg_design(data.frame(a = factor(rep(1:60, 4)), b = factor(rep(c("p", "q"), 120))))
  p <- weeg_proportion(d, b ~ a)
  whole <- capture.output(print(p))
  expect_false(any(grepl("more row", whole)))
  withr::local_options(max.print = 10 * ncol(p) + 3)
  some <- capture.output(print(p))
  expect_identical(some[seq_len(length(some) - 2)], capture.output(print(p[1:10, ])))
  more <- paste0("110 more rows of 120: .*options[(]max.print = ", 120 * ncol(p), "[)]")
  expect_match(paste(tail(some, 2), collapse = " "), more)
  expect_length(format(p), length(whole))
  withr::local_options(max.print = 1)
  expect_match(paste(capture.output(print(p)), collapse = " "), "119 more rows of 120")
})

# ---- snapshots: a change of any print is seen in review, and accepted as tools/test-r.R says ----------------------

test_that("prints of every class are those that were looked at", {
  skip_if_not(l10n_info()$`UTF-8`)
  study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))
  alone <- transform(openvoorwerk, stratum = paste(ronde, gemeente == gemeente[1L]))
  towns <- weeg_design(droplevels(subset(openvoorwerk, gemeente %in% c("Delft", "Breda", "Zwolle", "Emmen", "Tilburg"))))
  imputed <- weeg_design(lapply(0:4, function(k) { # the first hundred rows have the answers of others
    transform(openvoorwerk, strengths = replace(strengths, 1:100, strengths[200 + 100 * k + 1:100]))
  }), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  answers <- levels(openvoorwerk$relapse)
  scales <- transform(d, calls = factor(answers[1 + id %% 4 * (id %% 3 > 0)], answers),
                      letters = factor(answers[1 + id %% 3], answers))
  calls <- list(
    quote(d), quote(weeg_tally(d, ~ provider + strengths)), quote(study),
    quote(weeg_proportion(d, strengths ~ provider)), quote(weeg_total(d, ~ronde)), quote(weeg_mean(d, leeftijd ~ provider)),
    quote(weeg_quantile(d, leeftijd ~ provider)), quote(weeg_contrast(d, strengths ~ ronde, lead = ~ helemaal - niet)),
    quote(weeg_test(d, strengths + growth ~ provider)), quote(weeg_crosstab(d, strengths ~ ronde)),
    quote(weeg_compare(d, strengths ~ ronde, answers = "niet")),
    quote(weeg_compare(d, leeftijd ~ provider, pairs = c("werkplein", "sociale dienst"),
                       measures = c("mean-difference", "mean-ratio"))),
    quote(weeg_compare(d, leeftijd ~ provider, against = "rest", measures = "mean-difference")),
    quote(weeg_compare(d, leeftijd ~ factor(leeftijdsgroep, ordered = TRUE), contrasts = "trend", measures = "mean-difference")),
    quote(weeg_test(d, leeftijd ~ ronde, method = "mean")), quote(weeg_test(d, leeftijd + gewicht ~ provider, method = "mean")),
    quote(weeg_letters(weeg_compare(d, strengths ~ provider, answers = "niet", measures = "difference"))),
    quote(weeg_multiple(d, I(strengths == "niet") + I(growth == "ja") ~ ronde)), quote(weeg_association(d, strengths ~ provider)),
    quote(weeg_battery(scales, ~ relapse + calls + letters, answers = list("low 2" = c("niet", "te weinig")), means = TRUE)),
    quote(weeg_battery(d, knelpunt_banen + knelpunt_schulden ~ ronde, sort = "none")),
    quote(weeg_item_tests(weeg_multiple(d, I(strengths == "niet") + I(growth == "ja") ~ ronde))),
    quote(weeg_decompose(d, strengths ~ ronde, by = ~provider, answers = "niet")),
    quote(weeg_standardise(d, strengths ~ ronde, by = ~provider, population = table(openvoorwerk$provider))),
    quote(weeg_logistic(d, I(strengths == "niet") ~ ronde + provider)), quote(weeg_loglinear(d, ~ strengths + ronde)),
    quote(anova(weeg_loglinear(d, ~ strengths + ronde), weeg_loglinear(d, ~ strengths * ronde))),
    quote(weeg_sensitivity(weeg_design(alone, strata = ~stratum, cluster = ~gemeente), I(strengths == "niet") ~ 1)),
    quote(weeg_shrink(towns, strengths ~ gemeente, answers = "niet")),
    quote(weeg_funnel(towns, strengths ~ gemeente, answers = "niet")), quote(weeg_weights(d)),
    quote(weeg_book(d, ~ strengths + leeftijd, ~ provider + ronde, filters = list(strengths = ~ provider != "werkplein"))),
    quote(weeg_section(study, "response", language = "en", threshold = NULL)),
    quote(weeg_audit(data.frame(question = "Trust", answer = c("yes", "no"), n = c(24, 7), pct = c(77, 22)))),
    quote(imputed), quote(weeg_proportion(imputed, strengths ~ ronde)), quote(weeg_book(imputed, ~strengths, ~ronde))
  )
  printed <- vapply(calls, function(call) {
    eval(bquote(expect_snapshot(.(call))))
    class(eval(call))[1L]
  }, "")
  methods <- ls(asNamespace("weeg"), pattern = "^(format|print)[.]weeg_")
  expect_setequal(printed, setdiff(sub("^[a-z]+[.]", "", methods), c("weeg_result")))
})

test_that("one of them is said in the singular", {
  expect_identical(counted(c(0, 1, 2, 12345), "row"), c("0 rows", "1 row", "2 rows", "12 345 rows"))
  expect_identical(counted(NA_real_, "entry", "entries"), "- entries")
  one <- data.frame(y = "a", item = TRUE, psu = 1, w = 1)
  d <- weeg_design(one, cluster = ~psu, lonely = "remove")
  expect_match(format(weeg_tally(d, ~y)), "^1 entry: ", all = FALSE)
  expect_match(format(weeg_proportion(d, ~y)), "^1 PSU; ", all = FALSE)
  expect_match(format(weeg_multiple(d, ~item)), "^1 item, multiple response", all = FALSE)
  expect_error(subset(d, c(TRUE, FALSE)), "has 2 values for 1 row", class = "weeg_error_argument")
  expect_error(weeg_design(one, weights = ~ I(1:2)), "has 2 values, but the data have 1 row$", class = "weeg_error_variable")
  some <- weeg_design(data.frame(y = c("a", "b"), g = c("x", "z"), w = 1), weights = ~w)
  expect_error(weeg_compare(some, y ~ g, contrasts = list(a = 1)), "has 1 coefficient for 2 groups",
               class = "weeg_error_argument")
  expect_error(weeg_poststratify(some, ~g, c(x = 1, z = 0)), "0, but 1 row has it", class = "weeg_error_calibration")
})

test_that("a cross-tab's degrees of freedom are those of its intervals", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  x <- weeg_crosstab(d, strengths ~ provider)
  all <- c(as.data.frame(weeg_proportion(d, strengths ~ provider))$df,
           as.data.frame(weeg_proportion(subset(d, !is.na(provider)), strengths ~ 1))$df)
  expect_match(paste(format(x, width = 200)[1:3], collapse = " "),
               paste("effective df", paste(format(range(all), digits = 3, nsmall = 1, trim = TRUE), collapse = "\u2013")),
               fixed = TRUE)
  nothing <- weeg_crosstab(subset(d, leeftijd > 1000), strengths ~ provider)
  expect_match(paste(format(nothing, width = 200)[1:3], collapse = " "), "design df 0")
})
