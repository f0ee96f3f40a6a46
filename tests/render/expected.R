# What every document of results.Rmd must have in it, by package survey: a text a line.
suppressPackageStartupMessages(library(survey))
data(openvoorwerk, package = "weeg")
openvoorwerk$income <- 900 + 25 * openvoorwerk$leeftijd + 300 * as.integer(openvoorwerk$strengths)
d <- svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = openvoorwerk, nest = TRUE)
one <- function(x) sprintf("%.1f", 100 * x)
shares <- function(variable, of = d) unname(coef(svymean(variable, of, na.rm = TRUE)))
test <- regTermTest(svyglm(leeftijd ~ provider, d), ~provider)
answered <- subset(d, !is.na(strengths))

writeLines(unique(c(
  one(unlist(lapply(levels(openvoorwerk$provider), function(g) shares(~strengths, subset(d, provider == g))))),
  one(unlist(lapply(levels(openvoorwerk$ronde), function(g) shares(~relapse, subset(d, ronde == g))))),
  sprintf("%.1f", coef(svytotal(~provider, d, na.rm = TRUE))),
  sprintf("%.2f", coef(svyby(~leeftijd, ~provider, d, svymean, na.rm = TRUE))),
  sprintf("%.2f", coef(svyby(~income, ~provider, subset(d, !is.na(income)), svyratio, denominator = ~leeftijd))),
  sprintf("%.0f", unlist(lapply(levels(openvoorwerk$provider), function(g) {
    coef(svyquantile(~leeftijd, subset(d, provider == g), c(0.25, 0.5, 0.75)))
  }))),
  sprintf("F(%.0f, %.0f) = %.2f", test$df, test$ddf, test$Ftest),
  sprintf("%.3f", diff(t(vapply(levels(openvoorwerk$ronde), function(g) shares(~strengths, subset(answered, ronde == g)),
                                numeric(4)))[1L, c(1L, 4L)]))
)))
