# Results for test-tables.R and test-save.R.

# Packages that Debian does not have.
skip_without <- function(package) {
  skip_if_not(requireNamespace(package, quietly = TRUE), paste0(package, " is not there: make test-cran"))
}

# One of each class, and of those of which the print has several tables or none.
some_results <- function() {
  set.seed(5, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  data <- data.frame(y = factor(sample(c("a", "b", "c"), 300, TRUE)), g = factor(sample(c("p", "q", "r"), 300, TRUE)),
                     h = sample(c("s", "t"), 300, TRUE), x = round(stats::rnorm(300, 50, 9), 1), i = stats::runif(300) < 0.3,
                     j = stats::runif(300) < 0.6, w = stats::runif(300, 1, 2), c = rep(1:60, each = 5))
  d <- weeg_design(data, weights = ~w, cluster = ~c)
  compare <- weeg_compare(d, y ~ g, measures = "difference")
  list(
    proportion = weeg_proportion(d, y ~ g), proportions = weeg_proportion(d, y + i ~ g), total = weeg_total(d, ~ y + g),
    mean = weeg_mean(d, x ~ g), compare_means = weeg_compare(d, x ~ g, measures = "mean-difference"),
    test_means = weeg_test(d, x ~ g, method = "mean"), quantile = weeg_quantile(d, x ~ g, probs = c(0.25, 0.5)),
    contrast = weeg_contrast(d, y ~ g, ~ a - b), crosstab = weeg_crosstab(d, y ~ g),
    column = weeg_crosstab(d, y ~ g, percent = "column"),
    of_total = weeg_crosstab(d, y ~ g, percent = "total"), test = weeg_test(d, y ~ g), tests = weeg_test(d, y + i ~ g),
    compare = compare, measures = weeg_compare(d, y ~ h), letters = weeg_letters(compare), multiple = weeg_multiple(d, i + j ~ g),
    items = weeg_item_tests(weeg_multiple(d, i + j ~ g)), association = weeg_association(d, y ~ g),
    battery = weeg_battery(d, i + j ~ g, means = TRUE),
    decompose = weeg_decompose(d, y ~ h, by = ~g), logistic = weeg_logistic(d, i ~ g + h), loglinear = weeg_loglinear(d, ~ y * g),
    anova = stats::anova(weeg_loglinear(d, ~ y * g)), weights = weeg_weights(d), sensitivity = weeg_sensitivity(d, y ~ g),
    standardise = weeg_standardise(d, y ~ h, by = ~g, population = c(p = 0.2, q = 0.3, r = 0.5)),
    shrink = weeg_shrink(d, y ~ g, answers = "a", deff = 1), funnel = weeg_funnel(d, y ~ c, answers = "a"),
    nobody = weeg_proportion(subset(d, x > 1000), y ~ g),
    book = weeg_book(d, ~ y + x, ~ g + h, filters = list(x = ~i)),
    audit = weeg_audit(claims = data.frame(id = c("a", "b"), pct = c(77, 23)), n = 31)
  )
}
