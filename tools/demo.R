# The questions of the study Open voor Werk, answered with weeg; and one real survey, next to package survey.
# Run by `make demo`; takes a few seconds and writes nothing.

library(weeg)

heading <- function(...) {
  text <- paste0(...)
  cat("\n\n", strrep("=", 80), "\n", text, "\n", strrep("=", 80), "\n\n", sep = "")
}

say <- function(...) cat(strwrap(paste0(...), 80), "", sep = "\n")

simulated <- paste(
  "The data are SIMULATED: openvoorwerk has the published margins of the study, but no row is a real person, and the",
  "differences between groups are made up where the study gives no figures."
)

points <- function(x) sprintf("%.1f points (95%% CI %.1f to %.1f)", 100 * x$estimate, 100 * x$conf.low, 100 * x$conf.high)

cat("weeg", format(utils::packageVersion("weeg")), "\n")
d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)

# ---- a. two providers ------------------------------------------------------------------------------------------------

heading("A  Do re-integratiebureau and werkplein differ in attention for strengths?")
say(simulated)
print(weeg_crosstab(d, strengths ~ provider))

two <- weeg_compare(d, strengths ~ provider, pairs = c("werkplein", "re-integratiebureau"), measures = "difference")
cat("\nThe two against each other\n\n")
print(two)
cat("\n")
print(weeg_test(subset(d, provider %in% c("werkplein", "re-integratiebureau")), strengths ~ provider))
cat("\n")
say("Answer: in these simulated data, yes. The share whose strong and weak sides are not seen ('niet') is ",
    points(two[two$level == "niet", ]), " larger at the werkplein.")

# ---- b. two rounds ---------------------------------------------------------------------------------------------------

heading("B  Do rounds 1 and 2 differ?")
say(simulated)
all_clients <- weeg_compare(d, strengths ~ ronde, measures = "difference")
print(all_clients)
print(weeg_test(d, strengths ~ ronde))

desk <- subset(d, provider == "werkplein")
at_desk <- weeg_compare(desk, strengths ~ ronde, measures = "difference")
cat("\nWithin the werkplein\n\n")
print(at_desk)
print(weeg_test(desk, strengths ~ ronde))
cat("\n")
say("Answer: in these simulated data, 'niet' in round 1 minus 'niet' in round 2 is ",
    points(all_clients[all_clients$level == "niet", ]), " overall, and ",
    points(at_desk[at_desk$level == "niet", ]), " within the werkplein.")

# ---- c. the published tables -----------------------------------------------------------------------------------------

heading("C  The study's tables 1-3, with confidence intervals")
say("The first two columns of numbers are real: the factsheet's. The others are of openvoorwerk, which is SIMULATED so ",
    "that it has these counts; without weights, as the factsheet. Strata: rounds; clusters: municipalities. The ",
    "intervals show what the simulated clustering of answers within municipalities would mean. A * marks a published ",
    "percentage that is not that of the published counts, rounded.")

variables <- c("leeftijdsgroep", "arbeidssituatie", "passend", "waarom_niet", "ervaringsdeskundige")
unweighted <- weeg_design(openvoorwerk, strata = ~ronde, cluster = ~gemeente)
questions <- split(published$tables, factor(published$tables$question, unique(published$tables$question)))
for (i in seq_along(questions)) {
  figures <- questions[[i]]
  p <- weeg_proportion(unweighted, stats::reformulate(variables[i]))
  stopifnot(identical(as.character(p$level), figures$answer), identical(as.integer(p$n), figures$n))
  exact <- 100 * figures$n / sum(figures$n)
  cat(sprintf("Table %d  %s\n", figures$table[1], names(questions)[i]))
  cat(sprintf("%-47s %6s %5s %7s %6s %13s\n", "", "publ.n", "%", "n", "%", "95% CI"))
  cat(sprintf("%-47s %6d %4d%s %7d %6.1f %13s\n", figures$answer, figures$n, figures$pct,
              ifelse(abs(figures$pct - exact) > 0.5, "*", " "), as.integer(p$n), 100 * p$estimate,
              sprintf("%.1f-%.1f", 100 * p$conf.low, 100 * p$conf.high)), sep = "")
  cat("\n")
}
cat("Open voor Werk (simulated); ", attr(p, "conventions")[["interval"]], " intervals; 50 municipalities in 2 rounds\n", sep = "")

# ---- d. a real survey ------------------------------------------------------------------------------------------------

heading("D  A real survey: NHANES, race and high cholesterol")
if (requireNamespace("survey", quietly = TRUE)) {
  say("These are real data, of the US National Health and Nutrition Examination Survey, in package survey. (Only ",
      "openvoorwerk, above, is simulated.)")
  utils::data(nhanes, package = "survey")
  nhanes$race <- factor(nhanes$race, 1:4, c("Hispanic", "non-Hispanic white", "non-Hispanic black", "other"))
  nhanes$HI_CHOL <- factor(nhanes$HI_CHOL, 0:1, c("no", "yes"))
  attr(nhanes$HI_CHOL, "label") <- "Total cholesterol over 240 mg/dl"
  attr(nhanes, "name") <- "NHANES (package survey)"
  design <- weeg_design(nhanes, weights = ~WTMEC2YR, strata = ~SDMVSTRA, cluster = ~SDMVPSU, nest = TRUE)
  print(weeg_crosstab(design, HI_CHOL ~ race))

  ours <- weeg_test(weeg_design(design, conventions = "survey"), HI_CHOL ~ race)
  theirs <- survey::svychisq(~race + HI_CHOL, survey::svydesign(
    id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nhanes
  ))
  line <- function(name, f, df1, df2, p) cat(sprintf("%-25s F = %.4f (%.4f, %.4f), p = %.5f\n", name, f, df1, df2, p))
  cat("\nThe test of package survey, by its conventions and by itself\n")
  line("weeg_test()", ours$statistic, ours$num.df, ours$den.df, ours$p.value)
  line(paste0("survey::svychisq() ", utils::packageVersion("survey")), theirs$statistic, theirs$parameter[[1]],
       theirs$parameter[[2]], theirs$p.value)
} else {
  say("This part needs package survey, which has the data: install.packages(\"survey\"). (Only openvoorwerk, above, is ",
      "simulated.)")
}
