# Rscript cases.R make DIR: writes tallies, and for each case NAME of the program its arguments (NAME.args, one a line) and
# what weeg's R functions give: all columns (NAME.csv) and the print (NAME.txt).
# Rscript cases.R check DIR: compares NAME.csv with the program's NAME.out.csv, and says "ok NAME" or "not ok NAME: why".
#
# That the R functions are right is tested elsewhere, against package survey. Numbers are compared to the last of 17 digits;
# only residual.p, for which R takes stats::pt() and the program the core's own tail, and p-values by lincom, saddlepoint or the
# law of few PSUs, an adaptive integral, a root and eigenvectors that two builds of the core round differently, within a
# relative 1e-12: the core promises that, and 1e-10. den.df of that law is the root of an equation with such a p-value: 1e-10.

library(weeg)
options(width = 80)
arguments <- commandArgs(TRUE)
dir <- arguments[2L]

digits <- function(x) {
  text <- sprintf("%.17g", x)
  text[is.nan(x) | is.na(x)] <- "NA"
  text
}

quoted <- function(text) {
  special <- !is.na(text) & grepl("[,\"\r\n]", text)
  text[special] <- paste0("\"", gsub("\"", "\"\"", text[special], fixed = TRUE), "\"")
  text[is.na(text)] <- "NA"
  text
}

as_csv <- function(frame) {
  cells <- lapply(frame, function(x) if (is.numeric(x)) digits(x) else quoted(as.character(x)))
  c(paste(quoted(names(frame)), collapse = ","), do.call(paste, c(unname(cells), sep = ",")))
}

rows_of <- function(result) if (inherits(result, "weeg_crosstab")) tidy(result) else as.data.frame(result)

write_case <- function(name, arguments, result, shown = result) {
  put <- function(lines, ending) writeLines(enc2utf8(lines), file.path(dir, paste0(name, ending)), useBytes = TRUE)
  put(arguments, ".args")
  if (!is.null(result)) put(as_csv(rows_of(result)), ".csv")
  if (!is.null(shown)) put(format(shown), ".txt")
}

# Schools without clusters, with a finite population, missing values and a number as a variable.
schools <- function() {
  where <- new.env()
  utils::data("api", package = "survey", envir = where)
  data <- where$apistrat
  data$meals3 <- cut(data$meals, c(-1, 30, 60, 100), c("few", "some", "a \"lot\", or all"))
  data$meals3[seq(7, 200, 11)] <- NA
  data$tens <- data$api00 %/% 100 * 100
  data$ell2 <- factor(ifelse(data$ell > 20, "yes", "no"))
  data
}

tallies <- function() {
  sent <- function(organisation, sender) {
    rows <- openvoorwerk[openvoorwerk$organisatie == levels(openvoorwerk$organisatie)[organisation], ]
    weeg_protect_tally(weeg_tally(weeg_design(rows, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente), ~provider), sender)
  }
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  s <- schools()
  list(
    "sent-a" = sent(1L, "a"), "sent-a-too" = sent(2L, "a"), "sent-b" = sent(3L, "b"),
    ovw = weeg_tally(d, ~ provider + strengths + ronde + leeftijdsgroep),
    one = weeg_tally(weeg_design(openvoorwerk[openvoorwerk$ronde == "ronde 1", ], weights = ~gewicht, strata = ~ronde,
                                 cluster = ~gemeente), ~ provider + strengths),
    two = weeg_tally(weeg_design(openvoorwerk[openvoorwerk$ronde == "ronde 2", ], weights = ~gewicht, strata = ~ronde,
                                 cluster = ~gemeente), ~ provider + strengths),
    api = weeg_tally(weeg_design(s, weights = ~pw, strata = ~stype, fpc = ~fpc), ~ meals3 + stype + tens + ell2),
    low = weeg_tally(weeg_design(s[s$tens < 600, ], weights = ~pw, strata = ~stype), ~ tens + ell2),
    high = weeg_tally(weeg_design(s[s$tens >= 500, ], weights = ~pw, strata = ~stype), ~ tens + ell2),
    lonely = lonely_tally()
  )
}

# One school in a stratum.
lonely_tally <- function(rule = NULL) {
  s <- schools()
  lonely <- s[s$stype != "H" | seq_len(nrow(s)) == match("H", s$stype), ]
  weeg_tally(weeg_design(lonely, weights = ~pw, strata = ~stype, lonely = rule), ~ meals3 + ell2)
}

make_tables <- function(t) {
  ovw <- t$ovw
  api <- t$api
  write_case("proportion", c("proportion", "ovw.weeg", "strengths ~ provider"), weeg_proportion(ovw, strengths ~ provider))
  write_case("overall", c("proportion", "ovw.weeg", "~ strengths"), weeg_proportion(ovw, ~strengths))
  write_case("crossed", c("proportion", "--level=0.9", "ovw.weeg", "strengths + ronde ~ provider + leeftijdsgroep"),
             weeg_proportion(ovw, strengths + ronde ~ provider + leeftijdsgroep, level = 0.9))
  for (interval in c("logit", "wald", "wilson", "beta", "clopper-pearson", "arcsine", "agresti-coull", "jeffreys")) {
    write_case(paste0("interval-", interval), c("proportion", "api.weeg", "meals3 ~ stype", "--interval", interval),
               weeg_proportion(api, meals3 ~ stype, interval = interval))
  }
  for (profile in c("weeg", "survey", "sas", "stata", "sudaan", "nchs")) {
    as_asked <- weeg_design(api, conventions = profile)
    write_case(paste0("proportion-", profile), c("proportion", "api.weeg", "meals3 ~ ell2", "--conventions", profile),
               weeg_proportion(as_asked, meals3 ~ ell2))
    write_case(paste0("test-", profile), c("test", "api.weeg", "meals3 ~ ell2", "--conventions", profile),
               weeg_test(as_asked, meals3 ~ ell2))
  }
  few <- weeg_design(ovw, conventions = "weeg")
  as_few <- c("--conventions", "weeg")
  write_case("few", c("proportion", "ovw.weeg", "strengths ~ provider", as_few), weeg_proportion(few, strengths ~ provider))
  write_case("few-compare", c("compare", "ovw.weeg", "strengths ~ provider", as_few), weeg_compare(few, strengths ~ provider))
  # den.df is found by bisection, to fewer digits than figures have: the print only
  write_case("few-test", c("test", "ovw.weeg", "strengths ~ leeftijdsgroep", as_few), NULL,
             weeg_test(few, strengths ~ leeftijdsgroep))
  write_case("few-crosstab", c("crosstab", "ovw.weeg", "strengths ~ leeftijdsgroep", as_few),
             weeg_crosstab(few, strengths ~ leeftijdsgroep))
  write_case("few-association", c("association", "ovw.weeg", "strengths ~ provider", as_few), NULL,
             weeg_association(few, strengths ~ provider))
  write_case("few-association-none", c("association", "ovw.weeg", "strengths ~ provider", as_few, "--domain",
                                       "ronde == 'ronde 1' & ronde == 'ronde 2'"),
             weeg_association(subset(few, ronde == "ronde 1" & ronde == "ronde 2"), strengths ~ provider))
  write_case("few-total", c("total", "ovw.weeg", "~ strengths", as_few), weeg_total(few, ~strengths))
  for (percent in c("row", "column", "total")) {
    write_case(paste0("crosstab-", percent), c("crosstab", "ovw.weeg", "strengths ~ provider", "--percent", percent),
               weeg_crosstab(ovw, strengths ~ provider, percent = percent))
    write_case(paste0("crosstab-api-", percent), c("crosstab", "--percent", percent, "api.weeg", "tens ~ meals3"),
               weeg_crosstab(api, tens ~ meals3, percent = percent))
  }
  for (missing in c("domain", "omit", "level")) {
    write_case(paste0("missing-", missing), c("crosstab", "api.weeg", "meals3 ~ stype", "--missing", missing),
               weeg_crosstab(api, meals3 ~ stype, missing = missing))
  }
}

# Groups and outcomes named as columns of results.
make_names <- function() {
  data <- openvoorwerk[c("gewicht", "ronde", "gemeente", "provider", "strengths", "leeftijdsgroep")]
  names(data)[4:6] <- c("n", "level", "group.n")
  utils::write.csv(data, file.path(dir, "named.csv"), row.names = FALSE, fileEncoding = "UTF-8")
  d <- weeg_design(file.path(dir, "named.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  design <- c("-w", "gewicht", "-s", "ronde", "-c", "gemeente")
  write_case("names", c("proportion", "named.csv", "level ~ n + group.n", design), weeg_proportion(d, level ~ n + group.n))
  write_case("names-outcome", c("proportion", "named.csv", "n ~ level", design), weeg_proportion(d, n ~ level))
  write_case("names-crosstab", c("crosstab", "named.csv", "level ~ n", design), weeg_crosstab(d, level ~ n))
  # and labels that take more than half of a line
  levels(data$n)[1:2] <- c("Het werkplein of de werkwinkel, met een naam die langer is dan een regel van tachtig tekens",
                           "de sociale dienst van de gemeente, of de dienst van meer gemeenten samen")
  data$gewicht <- data$gewicht * 12345.6
  utils::write.csv(data, file.path(dir, "long.csv"), row.names = FALSE, fileEncoding = "UTF-8")
  l <- weeg_design(file.path(dir, "long.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  write_case("long-groups", c("proportion", "long.csv", "level ~ n", design), weeg_proportion(l, level ~ n))
  write_case("long-answers", c("proportion", "long.csv", "n ~ level", design), weeg_proportion(l, n ~ level))
  write_case("long-total", c("total", "long.csv", "~ n + level", design), weeg_total(l, ~ n + level))
  write_case("names-total", c("total", "named.csv", "~ level + n", design), weeg_total(d, ~ level + n))
  write_case("long-crosstab", c("crosstab", "long.csv", "level ~ n", design), weeg_crosstab(l, level ~ n))
  write_case("long-compare", c("compare", "long.csv", "level ~ n", "--answers", "niet", design),
             weeg_compare(l, level ~ n, answers = "niet"))
  write_case("long-rest", c("compare", "long.csv", "n ~ level", "--against", "rest", design),
             weeg_compare(l, n ~ level, against = "rest"))
  write_case("names-compare", c("compare", "named.csv", "n ~ level", design), weeg_compare(d, n ~ level))
}

make_tests <- function(t) {
  for (method in c("rao-scott-f", "rao-scott-chisq", "wald", "adjusted-wald", "rao-scott-lr", "saddlepoint", "lincom",
                   "rao-scott-deff", "rao-scott-effective", "kruskal-wallis", "van-der-waerden", "median")) {
    write_case(paste0("method-", method), c("test", "ovw.weeg", "strengths ~ provider", "--method", method),
               weeg_test(t$ovw, strengths ~ provider, method = method))
  }
  write_case("wilcoxon", c("test", "ovw.weeg", "strengths ~ ronde", "--method", "wilcoxon"),
             weeg_test(t$ovw, strengths ~ ronde, method = "wilcoxon"))
  write_case("trend", c("test", "api.weeg", "ell2 ~ tens", "--method", "trend"),
             weeg_test(t$api, ell2 ~ tens, method = "trend"))
  for (method in c("rao-scott-f", "wald", "saddlepoint")) {
    write_case(paste0("given-", method), c("test", "ovw.weeg", "strengths ~ provider", "--given", "ronde", "--method", method),
               weeg_test(t$ovw, strengths ~ provider, given = ~ronde, method = method))
  }
  write_case("given-two", c("test", "ovw.weeg", "strengths + leeftijdsgroep ~ provider", "--given", "~ ronde"),
             weeg_test(t$ovw, strengths + leeftijdsgroep ~ provider, given = ~ronde))
  write_case("given-sas", c("test", "api.weeg", "meals3 ~ ell2", "--given", "stype + tens", "--conventions", "sas"),
             weeg_test(weeg_design(t$api, conventions = "sas"), meals3 ~ ell2, given = ~ stype + tens))
  write_case("given-trend", c("test", "api.weeg", "ell2 ~ tens", "--given", "stype", "--method", "trend"),
             weeg_test(t$api, ell2 ~ tens, given = ~stype, method = "trend"))
  write_case("null", c("test", "api.weeg", "ell2 ~ tens", "--proportions", "null"),
             weeg_test(t$api, ell2 ~ tens, proportions = "null"))
  write_case("fit", c("test", "ovw.weeg", "~ strengths"), weeg_test(t$ovw, ~strengths))
  write_case("fit-in-order", c("test", "ovw.weeg", "~ strengths", "--p", ".25,.355,.2,0.195"),
             weeg_test(t$ovw, ~strengths, p = c(0.25, 0.355, 0.2, 0.195)))
  for (method in c("rao-scott-f", "rao-scott-lr", "lincom", "adjusted-wald")) {
    write_case(paste0("fit-", method), c("test", "api.weeg", "~ meals3", "--method", method, "--p",
                                         "some=0.3,a \"lot\"\\, or all=0.25,few=0.45"),
               weeg_test(t$api, ~meals3, method = method, p = c(some = 0.3, "a \"lot\", or all" = 0.25, few = 0.45)))
  }
  write_case("fit-some", c("test", "api.weeg", "~ meals3", "--domain", "meals3 != 'some'", "--p",
                           "few=0.6,a \"lot\"\\, or all=0.4"),
             weeg_test(subset(t$api, meals3 != "some"), ~meals3, p = c(few = 0.6, "a \"lot\", or all" = 0.4)))
  write_case("two-tests", c("test", "ovw.weeg", "strengths + leeftijdsgroep ~ provider + ronde"),
             weeg_test(t$ovw, strengths + leeftijdsgroep ~ provider + ronde))
  write_case("compare", c("compare", "ovw.weeg", "strengths ~ provider"), weeg_compare(t$ovw, strengths ~ provider))
  write_case("pair", c("compare", "ovw.weeg", "strengths ~ provider", "--pairs", "werkplein,re-integratiebureau",
                       "--answers", "niet"),
             weeg_compare(t$ovw, strengths ~ provider, pairs = c("werkplein", "re-integratiebureau"), answers = "niet"))
  write_case("compare-many", c("compare", "api.weeg", "meals3 + ell2 ~ stype", "--measures", "number-needed", "--measures",
                               "odds-ratio", "--adjust=BH", "--level", "0.99"),
             weeg_compare(t$api, meals3 + ell2 ~ stype, measures = c("number-needed", "odds-ratio"), adjust = "BH",
                          level = 0.99))
  # a net: that its figures are those of a variable recoded so is tested with the R functions
  low <- weeg:::seal(weeg:::net_tally(t$ovw, list(net = list(name = "low two", levels = c("niet", "een beetje"))), "strengths"))
  of_net <- c("--net", "low two=niet,een beetje")
  write_case("net", c("proportion", "ovw.weeg", "strengths ~ provider", of_net), weeg_proportion(low, strengths ~ provider))
  write_case("net-total", c("total", "ovw.weeg", "strengths ~ ronde", of_net), weeg_total(low, strengths ~ ronde))
  write_case("net-test", c("test", "ovw.weeg", "strengths ~ provider", of_net), weeg_test(low, strengths ~ provider))
  write_case("net-compare", c("compare", "ovw.weeg", "strengths ~ provider", of_net, "--answers", "low two", "--against", "rest"),
             weeg_compare(low, strengths ~ provider, answers = "low two", against = "rest"))
  write_case("net-crosstab", c("crosstab", "ovw.weeg", "strengths ~ provider", of_net), weeg_crosstab(low, strengths ~ provider))
  for (against in c("total", "rest")) {
    write_case(paste0("against-", against), c("compare", "ovw.weeg", "strengths ~ provider", "--against", against),
               weeg_compare(t$ovw, strengths ~ provider, against = against))
    write_case(paste0("against-rows-", against), c("compare", "api.weeg", "meals3 + ell2 ~ stype", "--against", against,
                                                   "--measures", "odds-ratio"),
               weeg_compare(t$api, meals3 + ell2 ~ stype, against = against, measures = "odds-ratio"))
  }
  # both answers of one question, and multiples of a contrast: hypotheses that are counted once
  write_case("compare-two-answers", c("compare", "api.weeg", "meals3 ~ stype", "--against", "rest", "--adjust", "hochberg"),
             weeg_compare(t$api, meals3 ~ stype, against = "rest", adjust = "hochberg"))
  write_case("contrasts-same", c("compare", "ovw.weeg", "ronde ~ provider", "--contrasts", "a=werkplein=-1,sociale dienst=1",
                                 "--contrasts", "b=werkplein=3,sociale dienst=-3"),
             weeg_compare(t$ovw, ronde ~ provider, contrasts = list(a = c(werkplein = -1, "sociale dienst" = 1),
                                                                   b = c(werkplein = 3, "sociale dienst" = -3))))
  write_case("against-figure", c("compare", "ovw.weeg", "strengths ~ provider", "--against", "0.3", "--answers", "helemaal"),
             weeg_compare(t$ovw, strengths ~ provider, against = 0.3, answers = "helemaal"))
  published <- list(estimate = c(helemaal = 0.3, niet = 0.21), n = 900)
  write_case("against-figures", c("compare", "ovw.weeg", "~ strengths", "--against", "helemaal=0.3", "--against", "niet=0.21",
                                  "--against-n", "900", "--measures", "difference", "--measures", "number-needed"),
             weeg_compare(t$ovw, ~strengths, against = published, measures = c("difference", "number-needed")))
  write_case("contrast-trend", c("compare", "api.weeg", "meals3 + ell2 ~ tens", "--contrasts", "trend", "--level", "0.9"),
             weeg_compare(t$api, meals3 + ell2 ~ tens, contrasts = "trend", level = 0.9))
  write_case("contrast-domain", c("compare", "api.weeg", "ell2 ~ tens", "--contrasts=trend", "--answers", "yes", "--domain",
                                  "tens != 600", "--adjust", "none"),
             weeg_compare(subset(t$api, tens != 600), ell2 ~ tens, contrasts = "trend", answers = "yes", adjust = "none"))
  write_case("contrasts", c("compare", "api.weeg", "meals3 ~ stype", "--contrasts", "E - others=1,-.5,-.5", "--contrasts",
                            "H less M=M=-1,H=1", "--measures", "difference"),
             weeg_compare(t$api, meals3 ~ stype,
                          contrasts = list("E - others" = c(1, -0.5, -0.5), "H less M" = c(M = -1, H = 1))))
  write_case("contrasts-answer", c("compare", "ovw.weeg", "strengths ~ provider + ronde", "--answers", "niet", "--contrasts",
                                   "x=werkplein\\, ronde 2=1,werkplein\\, ronde 1=-1", "--contrasts",
                                   "y=sociale dienst\\, ronde 2=1,sociale dienst\\, ronde 1=-1", "--adjust", "BH"),
             weeg_compare(t$ovw, strengths ~ provider + ronde, answers = "niet", adjust = "BH",
                          contrasts = list(x = c("werkplein, ronde 2" = 1, "werkplein, ronde 1" = -1),
                                           y = c("sociale dienst, ronde 2" = 1, "sociale dienst, ronde 1" = -1))))
  crossed <- list(c("werkplein, ronde 1", "werkplein, ronde 2"), c("sociale dienst, ronde 1", "sociale dienst, ronde 2"))
  write_case("pairs", c("compare", "ovw.weeg", "strengths ~ provider + ronde", "--pairs",
                        "werkplein, ronde 1,werkplein, ronde 2", "--pairs",
                        "sociale dienst, ronde 1, sociale dienst, ronde 2", "--adjust", "none"),
             weeg_compare(t$ovw, strengths ~ provider + ronde, pairs = crossed, adjust = "none"))
}

make_models <- function(t) {
  for (formula in c("strengths ~ ronde + provider", "strengths ~ provider * ronde + leeftijdsgroep")) {
    write_case(paste0("logistic-", nchar(formula)), c("logistic", "ovw.weeg", formula, "--answers", "niet"),
               weeg_logistic(t$ovw, stats::as.formula(formula), answers = "niet"))
  }
  write_case("logistic-powers", c("logistic", "ovw.weeg", "strengths ~ leeftijdsgroep + (ronde + provider)^2", "--answers",
                                  "niet", "--answers=helemaal", "--level", "0.9"),
             weeg_logistic(t$ovw, strengths ~ leeftijdsgroep + (ronde + provider)^2, answers = c("niet", "helemaal"),
                           level = 0.9))
  write_case("logistic-two-levels", c("logistic", "api.weeg", "ell2 ~ stype + meals3", "--missing", "omit"),
             weeg_logistic(t$api, ell2 ~ stype + meals3, missing = "omit"))
  write_case("logistic-few", c("logistic", "api.weeg", "tens ~ ell2 + stype", "--conventions", "weeg"), NULL,
             weeg_logistic(weeg_design(t$api, conventions = "weeg"), tens ~ ell2 + stype))
  write_case("logistic-few-one", c("logistic", "ovw.weeg", "strengths ~ ronde + provider", "--answers", "niet", "--conventions",
                                   "weeg"), NULL,
             weeg_logistic(weeg_design(t$ovw, conventions = "weeg"), strengths ~ ronde + provider, answers = "niet"))
  write_case("logistic-ordered", c("logistic", "api.weeg", "tens ~ ell2 + stype"), weeg_logistic(t$api, tens ~ ell2 + stype))
  # a level without data, and a level in one PSU
  write_case("logistic-empty", c("logistic", "ovw.weeg", "strengths ~ provider + ronde", "--answers", "niet", "--domain",
                                 "provider != 'werkplein'"),
             weeg_logistic(subset(t$ovw, provider != "werkplein"), strengths ~ provider + ronde, answers = "niet"))
  make_loglinear(t)
  towns <- weeg_design(file.path(dir, "ovw.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  write_case("logistic-alone", c("logistic", "ovw.csv", "strengths ~ organisatie", "--answers", "niet", "-w", "gewicht",
                                 "-s", "ronde", "-c", "gemeente", "--domain", "gemeente == 'Alkmaar' | ronde == 'ronde 2'"),
             weeg_logistic(subset(towns, gemeente == "Alkmaar" | ronde == "ronde 2"), strengths ~ organisatie,
                           answers = "niet"))
}

# A model as the program asks for it, its effects and its tests; data, and options for these in `words`.
write_loglinear <- function(name, file, x, formula, words = character(), method = NULL, ...) {
  fit <- weeg_loglinear(x, stats::as.formula(formula), ...)
  write_case(paste0("loglinear-", name), c("loglinear", file, formula, words), fit)
  words <- c(words[words != "--level" & words != "0.9"], if (!is.null(method)) c("--method", method))
  write_case(paste0("loglinear-tests-", name), c("loglinear-tests", file, formula, words), anova(fit, method = method))
}

make_loglinear <- function(t) {
  ovw <- t$ovw
  write_loglinear("main", "ovw.weeg", ovw, "~ strengths + provider", c("--level", "0.9"), level = 0.9)
  write_loglinear("some", "ovw.weeg", ovw, "~ strengths * provider + ronde")
  write_loglinear("saddlepoint", "ovw.weeg", ovw, "~ (strengths + ronde + leeftijdsgroep)^2", method = "saddlepoint")
  write_loglinear("wald", "ovw.weeg", ovw, "~ (strengths + ronde + leeftijdsgroep)^2", method = "wald")
  write_loglinear("adjusted", "ovw.weeg", ovw, "~ strengths * ronde", method = "adjusted-wald")
  write_loglinear("saturated", "ovw.weeg", ovw, "~ strengths * ronde")
  write_loglinear("one", "ovw.weeg", ovw, "~ provider")
  for (method in c("rao-scott-chisq", "rao-scott-lr", "lincom")) {
    write_loglinear(method, "ovw.weeg", ovw, "~ ronde + provider * strengths", method = method)
  }
  write_loglinear("omit", "api.weeg", t$api, "~ meals3 * stype + ell2", c("--missing", "omit"), missing = "omit")
  write_loglinear("numbers", "api.weeg", t$api, "~ tens + ell2")
  for (profile in c("sas", "stata")) { # the usual test of one is of two variables only
    write_loglinear(profile, "ovw.weeg", weeg_design(ovw, conventions = profile), "~ strengths * ronde + provider",
                    c("--conventions", profile))
  }
  # a level without data, empty cells, and a level in one PSU
  write_loglinear("empty", "ovw.weeg", subset(ovw, provider != "werkplein"), "~ strengths * ronde + provider",
                  c("--domain", "provider != 'werkplein'"))
  some <- subset(ovw, provider != "werkplein" | strengths == "niet")
  write_loglinear("cells", "ovw.weeg", some, "~ strengths * provider + ronde",
                  c("--domain", "provider != 'werkplein' | strengths == 'niet'"))
  towns <- weeg_design(file.path(dir, "ovw.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  alone <- subset(towns, gemeente == "Alkmaar" | ronde == "ronde 2")
  write_loglinear("alone", "ovw.csv", alone, "~ ronde * strengths + organisatie",
                  c("-w", "gewicht", "-s", "ronde", "-c", "gemeente", "--domain", "gemeente == 'Alkmaar' | ronde == 'ronde 2'"))
  # two models, whichever comes first
  two <- c("~ ronde + strengths * provider", "~ provider + strengths * ronde + provider:strengths")
  fits <- lapply(two, function(formula) weeg_loglinear(ovw, stats::as.formula(formula)))
  write_case("loglinear-tests-two", c("loglinear-tests", "ovw.weeg", two), anova(fits[[1L]], fits[[2L]]))
  write_case("loglinear-tests-owt", c("loglinear-tests", "ovw.weeg", rev(two)), anova(fits[[2L]], fits[[1L]]))
}

make_associations <- function(t) {
  write_case("association", c("association", "ovw.weeg", "strengths + leeftijdsgroep ~ provider"),
             weeg_association(t$ovw, strengths + leeftijdsgroep ~ provider))
  write_case("association-ordered", c("association", "ovw.weeg", "strengths + leeftijdsgroep ~ ronde", "--level", "0.9"),
             weeg_association(t$ovw, strengths + leeftijdsgroep ~ ronde, level = 0.9))
  write_case("association-numbers", c("association", "api.weeg", "ell2 ~ tens", "--missing", "omit"),
             weeg_association(t$api, ell2 ~ tens, missing = "omit"))
  s <- schools()
  rated <- function(x) factor(pmin(pmax(x %/% 200, 2), 4), 2:4, c("low", "middle", "high"), ordered = TRUE)
  s$first <- rated(s$api00)
  s$second <- rated(s$api99)
  weeg_write_tally(weeg_tally(weeg_design(s, weights = ~pw, strata = ~stype, fpc = ~fpc), ~ first + second + stype),
                   file.path(dir, "raters.weeg"))
  raters <- weeg_read_tally(file.path(dir, "raters.weeg"))
  write_case("association-kappa", c("association", "raters.weeg", "first ~ second", "--measures=kappa-linear", "--measures",
                                    "kappa", "--measures=kappa-quadratic", "--measures", "kappa"),
             weeg_association(raters, first ~ second, measures = c("kappa-linear", "kappa", "kappa-quadratic")))
  write_case("association-domain", c("association", "api.weeg", "meals3 ~ stype", "--domain", "stype == 'E'"),
             weeg_association(subset(t$api, stype == "E"), meals3 ~ stype))
}

make_adjusted <- function(t) {
  write_case("adjusted", c("proportion", "ovw.weeg", "strengths ~ provider", "--adjust-for", "ronde + leeftijdsgroep"),
             weeg_proportion(t$ovw, strengths ~ provider, adjust_for = ~ ronde + leeftijdsgroep))
  # missing values, empty groups, and answers that covariates separate
  write_case("adjusted-crossed", c("proportion", "api.weeg", "meals3 ~ stype + ell2", "--adjust-for", "tens",
                                   "--interval", "logit"),
             weeg_proportion(t$api, meals3 ~ stype + ell2, adjust_for = ~tens, interval = "logit"))
  write_case("adjusted-compare", c("compare", "ovw.weeg", "strengths ~ provider", "--adjust-for", "~ ronde", "--answers", "niet"),
             weeg_compare(t$ovw, strengths ~ provider, adjust_for = ~ronde, answers = "niet"))
  write_case("adjusted-pairs", c("compare", "api.weeg", "meals3 + ell2 ~ stype", "--adjust-for", "tens", "--pairs", "E,M",
                                 "--adjust", "none", "--measures", "difference", "--measures", "odds-ratio"),
             weeg_compare(t$api, meals3 + ell2 ~ stype, adjust_for = ~tens, pairs = c("E", "M"), adjust = "none",
                          measures = c("difference", "odds-ratio")))
}

make_compositions <- function(t) {
  shares <- c(1200, 600, 0, 150, 50)
  names(shares) <- t$ovw$variables$provider$levels
  given <- unlist(lapply(names(shares), function(v) c("--population", paste0(v, "=", shares[[v]]))))
  write_case("standardise", c("standardise", "ovw.weeg", "strengths + leeftijdsgroep ~ ronde", "--by", "provider", given),
             weeg_standardise(t$ovw, strengths + leeftijdsgroep ~ ronde, by = ~provider, population = shares))
  write_case("standardise-all", c("standardise", "ovw.weeg", "~ strengths", "--by", "provider", given, "--level", "0.9"),
             weeg_standardise(t$ovw, ~strengths, by = ~provider, population = shares, level = 0.9))
  # two variables, missing values, groups that lack a category, and one that has no rows and no number
  crossed <- c("E, no" = 3, "E, yes" = 1, "H, no" = 2, "H, yes" = 2, "M, no" = 0.5, "M, yes" = 0.25)
  given <- unlist(lapply(names(crossed), function(v) c("--population", paste0(v, "=", crossed[[v]]))))
  write_case("standardise-crossed", c("standardise", "api.weeg", "meals3 ~ tens", "--by", "stype + ell2", given),
             weeg_standardise(t$api, meals3 ~ tens, by = ~ stype + ell2, population = crossed))
  write_case("standardise-domain", c("standardise", "api.weeg", "meals3 ~ ell2", "--by", "stype", "--population", "E=2",
                                     "--population", "H=1", "--domain", "stype != 'M'"),
             weeg_standardise(subset(t$api, stype != "M"), meals3 ~ ell2, by = ~stype, population = c(E = 2, H = 1)))
  write_case("decompose", c("decompose", "ovw.weeg", "strengths + leeftijdsgroep ~ ronde", "--by", "provider"),
             weeg_decompose(t$ovw, strengths + leeftijdsgroep ~ ronde, by = ~provider))
  write_case("decompose-pairs", c("decompose", "api.weeg", "meals3 ~ stype", "--by", "~ ell2 + tens", "--pairs", "M,E",
                                  "--pairs", "E, H", "--answers", "few", "--level", "0.8"),
             weeg_decompose(t$api, meals3 ~ stype, by = ~ ell2 + tens, pairs = list(c("M", "E"), c("E", "H")), answers = "few",
                            level = 0.8))
}

make_totals <- function(t) {
  write_case("total", c("total", "ovw.weeg", "~ strengths"), weeg_total(t$ovw, ~strengths))
  write_case("total-two", c("total", "ovw.weeg", "strengths ~ provider", "--level", "0.9"),
             weeg_total(t$ovw, strengths ~ provider, level = 0.9))
  write_case("total-three", c("total", "ovw.weeg", "~ ronde + provider + strengths"),
             weeg_total(t$ovw, ~ ronde + provider + strengths))
  write_case("total-log", c("total", "ovw.weeg", "strengths ~ provider", "--interval", "log", "--level", "0.9"),
             weeg_total(t$ovw, strengths ~ provider, interval = "log", level = 0.9))
  write_case("total-log-few", c("total", "lonely.weeg", "meals3 ~ ell2", "--interval=log", "--lonely", "remove"),
             weeg_total(lonely_tally("remove"), meals3 ~ ell2, interval = "log"))
  write_case("total-large", c("total", "api.weeg", "~ meals3 + tens", "--missing", "level"),
             weeg_total(t$api, ~ meals3 + tens, missing = "level"))
  write_case("total-domain", c("total", "api.weeg", "meals3 ~ stype", "--domain", "stype == 'E' & meals3 != 'some'"),
             weeg_total(subset(t$api, stype == "E" & meals3 != "some"), meals3 ~ stype))
}

make_domains <- function(t) {
  write_case("domain", c("proportion", "ovw.weeg", "strengths ~ provider", "--domain",
                         "ronde=='ronde 1' &provider != \"werkplein\""),
             weeg_proportion(subset(t$ovw, ronde == "ronde 1" & provider != "werkplein"), strengths ~ provider))
  # R compares the levels of a tally as factors: the same rows by their names
  write_case("domain-number", c("proportion", "api.weeg", "meals3 ~ ell2", "--domain", "!(tens < 600 | tens >= 800)"),
             weeg_proportion(subset(t$api, tens == 600 | tens == 700), meals3 ~ ell2), NULL)
  write_case("domain-missing", c("test", "api.weeg", "ell2 ~ stype", "--domain", "meals3 != \"few\" | stype == 'E'"),
             weeg_test(subset(t$api, meals3 != "few" | stype == "E"), ell2 ~ stype))
  for (rule in c("remove", "certainty", "adjust", "average")) {
    write_case(paste0("lonely-", rule), c("proportion", "lonely.weeg", "meals3 ~ ell2", "--lonely", rule),
               weeg_proportion(lonely_tally(rule), meals3 ~ ell2))
  }
}

# The same files as R reads them: designs of CSV files.
make_files <- function() {
  path <- function(name) file.path(dir, name)
  utils::write.csv(openvoorwerk, path("ovw.csv"), row.names = FALSE, fileEncoding = "UTF-8")
  s <- schools()
  s$odd <- c(10000000000, 9999999999, -3, NA, 7)[seq_len(nrow(s)) %% 5 + 1]
  s$small <- c(0.1, 1e-5, 250000, 0.25)[seq_len(nrow(s)) %% 4 + 1]
  s$flag <- s$ell > 20
  s$place <- c("caf\u00e9", "\u00c5s", "Zed", "zed")[seq_len(nrow(s)) %% 4 + 1]
  s$within <- stats::ave(seq_len(nrow(s)), s$stype, FUN = function(i) (i - i[1L]) %/% 4)
  s <- s[c("pw", "stype", "fpc", "meals3", "tens", "ell2", "odd", "small", "flag", "place", "within", "dnum")]
  utils::write.csv(s, path("api.csv"), row.names = FALSE, fileEncoding = "UTF-8")
  utils::write.csv2(s, path("api2.csv"), row.names = FALSE, fileEncoding = "latin1", na = "-9")
  d <- weeg_design(path("ovw.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  design <- c("--weights", "gewicht", "-s", "ronde", "--cluster=gemeente")
  write_case("csv", c("crosstab", "ovw.csv", "strengths ~ provider", design), weeg_crosstab(d, strengths ~ provider))
  write_case("csv-domain", c("proportion", "ovw.csv", "strengths ~ provider", "--domain", "leeftijd < 36", design),
             weeg_proportion(subset(d, leeftijd < 36), strengths ~ provider))
  for (profile in c("sas", "stata")) {
    as_asked <- weeg_design(path("ovw.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente, conventions = profile)
    write_case(paste0("csv-domain-", profile),
               c("crosstab", "ovw.csv", "strengths ~ provider", "--domain", "leeftijd >= 50 & provider != 'werkplein'",
                 "--conventions", profile, design),
               weeg_crosstab(subset(as_asked, leeftijd >= 50 & provider != "werkplein"), strengths ~ provider))
  }
  write_case("csv-compare", c("compare", "ovw.csv", "strengths ~ ronde", design), weeg_compare(d, strengths ~ ronde))
  # towns are PSUs: none of them has a variance
  write_case("towns", c("proportion", "ovw.csv", "strengths ~ gemeente", design), weeg_proportion(d, strengths ~ gemeente))
  write_case("towns-total", c("total", "ovw.csv", "~ gemeente", design), weeg_total(d, ~gemeente))
  write_case("towns-alone", c("total", "ovw.csv", "~ strengths", design, "--domain", "gemeente == 'Alkmaar'"),
             weeg_total(subset(d, gemeente == "Alkmaar"), ~strengths))
  write_case("towns-pair", c("compare", "ovw.csv", "strengths ~ gemeente", "--pairs", "Alkmaar,Almelo", design),
             weeg_compare(d, strengths ~ gemeente, pairs = c("Alkmaar", "Almelo")))
  write_case("towns-contrast", c("compare", "ovw.csv", "strengths ~ gemeente", "--contrasts", "a=Alkmaar=1,Almelo=-1", design),
             weeg_compare(d, strengths ~ gemeente, contrasts = list(a = c(Alkmaar = 1, Almelo = -1))))
  write_case("towns-rest", c("compare", "ovw.csv", "strengths ~ gemeente", "--against", "rest", "--answers", "niet", design),
             weeg_compare(d, strengths ~ gemeente, against = "rest", answers = "niet"))
  write_case("towns-crosstab", c("crosstab", "ovw.csv", "strengths ~ gemeente", design), weeg_crosstab(d, strengths ~ gemeente))
  write_case("towns-test", c("test", "ovw.csv", "strengths ~ gemeente", design), weeg_test(d, strengths ~ gemeente))
  write_case("towns-given", c("test", "ovw.csv", "strengths ~ gemeente", "--given", "geslacht", design),
             weeg_test(d, strengths ~ gemeente, given = ~geslacht))
  write_case("towns-ranks", c("test", "ovw.csv", "leeftijd ~ gemeente", "--method", "kruskal-wallis", design),
             weeg_test(d, leeftijd ~ gemeente, method = "kruskal-wallis"))
  a <- weeg_design(path("api.csv"), weights = ~pw, strata = ~stype, fpc = ~fpc)
  element <- c("-wpw", "--strata", "stype", "--fpc", "fpc")
  write_case("csv-rows", c("proportion", "api.csv", "meals3 + flag + odd + small ~ place", element),
             weeg_proportion(a, meals3 + flag + odd + small ~ place))
  p <- weeg_design(path("api.csv"), strata = ~stype, fpc = ~fpc)
  write_case("csv-fpc", c("crosstab", "api.csv", "meals3 ~ ell2", "-s", "stype", "--fpc", "fpc"),
             weeg_crosstab(p, meals3 ~ ell2))
  write_case("csv-fpc-domain",
             c("proportion", "api.csv", "meals3 ~ ell2", "-s", "stype", "--fpc", "fpc", "--domain", "tens > 600"),
             weeg_proportion(subset(p, tens > 600), meals3 ~ ell2))
  equal <- weeg_design(path("api.csv"), weights = ~1, strata = ~stype, fpc = ~fpc)
  write_case("csv-fpc-equal", c("compare", "api.csv", "meals3 ~ ell2", "-s", "stype", "--fpc", "fpc", "-w", "1"),
             weeg_compare(equal, meals3 ~ ell2))
  halves <- split(utils::read.csv(path("api.csv"), check.names = FALSE), rep(1:2, length.out = 200))
  for (i in 1:2) {
    weeg_write_tally(weeg_tally(weeg_design(halves[[i]], strata = ~stype, fpc = ~fpc), ~ meals3 + ell2),
                     path(paste0("half", i, ".weeg")))
  }
  weeg_write_tally(weeg_tally(p, ~ meals3 + ell2), path("whole.weeg"))
  # weights that some rows do not have: levels of these alone are none
  lost <- utils::read.csv(path("api.csv"), check.names = FALSE)
  lost$pw[c(4L, 50L, 200L)] <- NA
  lost$place <- replace(as.character(lost$place), 50L, "of one row")
  lost$tens[4L] <- 12345
  utils::write.csv(lost, path("lost.csv"), row.names = FALSE, fileEncoding = "UTF-8")
  haven::write_sav(lost[c("pw", "place", "tens", "stype", "fpc", "meals3", "ell2")], path("lost.sav"))
  for (file in c("lost.csv", "lost.sav")) {
    omit <- weeg_design(path(file), weights = ~pw, strata = ~stype, fpc = ~fpc, na_weights = "omit")
    given <- c(element, "--na-weights", "omit")
    write_case(paste0("known-", file), c("crosstab", file, "place ~ stype", given), weeg_crosstab(omit, place ~ stype))
    write_case(paste0("known-numbers-", file), c("proportion", file, "tens ~ ell2", given), weeg_proportion(omit, tens ~ ell2))
    write_case(paste0("known-domain-", file), c("test", file, "meals3 ~ ell2", given, "--domain", "tens > 600"),
               weeg_test(subset(omit, tens > 600), meals3 ~ ell2))
    weeg_write_tally(weeg_tally(omit, ~ place + tens), path(paste0("known-", file, ".weeg")))
  }
  write_case("csv-none", c("test", "api.csv", "meals3 ~ ell2"), weeg_test(weeg_design(path("api.csv")), meals3 ~ ell2))
  n <- weeg_design(path("api2.csv"), weights = ~pw, strata = ~stype, cluster = ~within, nest = TRUE, na = "-9",
                   encoding = "windows-1252")
  write_case("csv-nested", c("crosstab", "api2.csv", "place ~ small", "-w", "pw", "-s", "stype", "-c", "within", "--nest",
                             "--na", "-9", "--encoding", "windows-1252", "--threads", "1"),
             weeg_crosstab(n, place ~ small))
  lonely <- weeg_design(path("api.csv"), weights = ~pw, cluster = ~dnum, lonely = "average", lonely_domain = TRUE)
  write_case("csv-lonely", c("proportion", "api.csv", "meals3 ~ tens", "-w", "pw", "-c", "dnum", "--lonely", "average",
                             "--lonely-domain"), weeg_proportion(lonely, meals3 ~ tens))
  weeg_write_tally(weeg_tally(d, ~ provider + strengths), path("by-r.weeg"))
  weeg_write_tally(weeg_protect_tally(weeg_tally(d, ~ provider + strengths), "Organisatie 3"), path("sent-r.weeg"))
  given <- weeg_design(d, df = 300)
  sample <- c("-w", "gewicht", "-s", "ronde", "-c", "gemeente")
  write_case("csv-df", c("proportion", "ovw.csv", "strengths ~ provider", sample, "--df", "300"),
             weeg_proportion(given, strengths ~ provider))
  weeg_write_tally(weeg_tally(given, ~ provider + strengths), path("given.weeg"))
  write_case("given-df", c("test", "given.weeg", "strengths ~ provider", "--conventions", "weeg"),
             weeg_test(weeg_design(given, conventions = "weeg"), strengths ~ provider))
  write_case("other-df", c("compare", "given.weeg", "strengths ~ provider", "--df", "7"),
             weeg_compare(weeg_design(given, df = 7), strengths ~ provider))
}

# Records that cannot be read, left out and listed: skipped.csv has the rows, skipped.txt what the program says of the others.
make_ragged <- function() {
  path <- file.path(dir, "ovw-ragged.csv")
  lines <- readLines(file.path(dir, "ovw.csv"), encoding = "UTF-8")
  lines[c(5L, 40L, 700L)] <- c("a,b", paste0(lines[40L], ",1"), sub(",[0-9.]+,", ",heavy,", lines[700L]))
  lines <- append(lines, c("\"two", paste0("lines\"", strrep(",", 3L))), 60L)
  lines[800L] <- paste0("x\"", lines[800L])
  writeLines(enc2utf8(lines), path, useBytes = TRUE)
  d <- weeg_design(path, weights = ~gewicht, on_error = "skip")
  s <- weeg_skipped(d)
  place <- paste0(ifelse(s$lines > 1, "lines ", "line "), s$line, ifelse(s$lines > 1, paste0("-", s$line + s$lines - 1), ""))
  writeLines(c(paste0("weeg: ovw-ragged.csv: ", nrow(s), " records were left out:"),
               paste0("  ", place, ", column ", s$column, ": ", s$reason)), file.path(dir, "skipped.txt"))
  writeLines(enc2utf8(as_csv(as.data.frame(weeg_proportion(d, ~strengths)))), file.path(dir, "skipped.csv"), useBytes = TRUE)
}

# More rows than the program tallies at a time: levels, strata and PSUs that come late, a level in two spellings, a column that
# turns out to be text at the end, weights over six orders of magnitude.
make_large <- function() {
  path <- file.path(dir, "many.csv")
  rows <- 300000L
  i <- seq_len(rows)
  set.seed(4L)
  answer <- sample(c("yes", "no", "some"), rows, TRUE)
  answer[i > 290000L & i %% 3L == 0L] <- "all"
  answer[i %% 101L == 0L] <- ""
  size <- sample(c("1", "10", "2", "02"), rows, TRUE)
  size[i > 200000L] <- sample(c("1.5", "1", "30"), sum(i > 200000L), TRUE)
  mixed <- sample(c("4", "5", "05", "5.0", "6"), rows, TRUE)
  mixed[rows - 10L] <- "none"
  columns <- list(
    answer = answer, size = size, mixed = mixed, age = sample(18:80, rows, TRUE), stratum = (i - 1L) %/% 20000L,
    psu = (i - 1L) %/% 1000L, region = i %% 7L, w = sprintf("%.6g", 10^stats::runif(rows, -3, 3))
  )
  writeLines(c(paste(names(columns), collapse = ","), do.call(paste, c(unname(columns), sep = ","))), path)
  if (requireNamespace("haven", quietly = TRUE)) make_large_sav(columns)
  d <- weeg_design(path, weights = ~w, strata = ~stratum, cluster = ~psu)
  e <- weeg_design(path, weights = ~w, strata = ~region)
  weeg_write_tally(weeg_tally(d, ~ answer + size), file.path(dir, "large-psu.weeg"))
  weeg_write_tally(weeg_tally(e, ~ answer + size), file.path(dir, "large-rows.weeg"))
  design <- c("-w", "w", "-s", "stratum", "-c", "psu")
  write_case("large", c("proportion", "many.csv", "answer ~ size", design), weeg_proportion(d, answer ~ size))
  write_case("large-domain", c("test", "many.csv", "answer ~ size", "--domain", "age < 30 | mixed == 5", design),
             weeg_test(subset(d, age < 30 | mixed == 5), answer ~ size))
  write_case("large-omit", c("proportion", "many.csv", "answer ~ size", "--domain", "age >= 79.5", "--missing", "omit",
                             "-w", "w", "--strata", "region"),
             weeg_proportion(subset(e, age >= 79.5), answer ~ size, missing = "omit"))
}

# The same rows as an SPSS file, and four times as many.
make_large_sav <- function(columns) {
  columns$answer <- factor(columns$answer, setdiff(sort(unique(columns$answer), method = "radix"), ""))
  columns$size <- as.numeric(columns$size)
  columns$w <- as.numeric(columns$w)
  haven::write_sav(as.data.frame(columns), file.path(dir, "many.sav"))
  often <- lapply(columns[c("answer", "size", "stratum", "psu", "w")], rep, 4L)
  haven::write_sav(as.data.frame(often), file.path(dir, "often.sav"))
  values <- as.double(1:60000)
  labels <- list(q = values, s = stats::setNames(values, rep("same", length(values))))
  names(labels$q) <- paste("label", values)
  haven::write_sav(tibble::as_tibble(c(lapply(labels, haven::labelled, x = values), list(g = rep(1:2, 30000L)))),
                   file.path(dir, "labels.sav"))
  for (k in 1:2) {
    swapped <- haven::labelled(c(1, 2), if (k == 1) c(yes = 1, no = 2) else c(no = 1, yes = 2))
    haven::write_sav(data.frame(trust = swapped), file.path(dir, sprintf("swapped-%d.sav", k)))
  }
}

# SPSS files: labels are shown, conditions are about values, and the file may say what it is weighted by.
make_sav <- function() {
  path <- file.path(dir, "ovw.sav")
  data <- openvoorwerk[c("gewicht", "ronde", "gemeente", "strengths", "provider", "leeftijd", "organisatie")]
  data$organisatie <- as.character(data$organisatie)
  haven::write_sav(data, path)
  d <- tryCatch(weeg_design(path, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente),
                weeg_error_file = function(e) NULL)
  if (is.null(d)) return(invisible(unlink(path)))
  design <- c("-w", "gewicht", "-s", "ronde", "-c", "gemeente")
  write_case("sav", c("crosstab", "ovw.sav", "strengths ~ provider", design), weeg_crosstab(d, strengths ~ provider))
  write_case("sav-text", c("proportion", "ovw.sav", "strengths ~ organisatie", design),
             weeg_proportion(d, strengths ~ organisatie))
  write_case("sav-domain", c("test", "ovw.sav", "strengths ~ ronde", "--domain", "leeftijd < 36 & provider != 1", design),
             weeg_test(subset(d, leeftijd < 36 & provider != 1), strengths ~ ronde))
}

# Waves in several files: rows are put together here by rbind(), those of SPSS files as haven reads them; the wave is a column of
# them, with which strata and PSUs are crossed.
make_waves <- function() {
  sav <- file.exists(file.path(dir, "ovw.sav"))
  x <- openvoorwerk[c("gewicht", "ronde", "gemeente", "strengths", "provider", "leeftijd", "relapse", "vertrouwen")]
  x$gemeente <- factor(sprintf("g%02d", as.integer(x$gemeente)))
  x$size <- 60L + 10L * as.integer(x$ronde)
  parts <- list(x[seq(1L, nrow(x), 2L), ], x[seq(2L, nrow(x), 2L), ])
  parts[[2L]] <- parts[[2L]][rev(setdiff(names(x), "relapse"))]
  parts[[2L]]$size <- parts[[2L]]$size + 100L
  path <- function(i, ending) file.path(dir, paste0("wave", i, ".", ending))
  for (i in 1:2) {
    utils::write.csv(parts[[i]], path(i, "csv"), row.names = FALSE, na = "", fileEncoding = "UTF-8")
    if (sav) haven::write_sav(parts[[i]], path(i, "sav"))
  }
  rows_in <- function(i, ending) {
    rows <- if (ending == "sav") as.data.frame(haven::as_factor(haven::read_sav(path(i, "sav")))) else parts[[i]]
    if (is.null(rows$relapse)) rows$relapse <- factor(NA)
    for (v in names(rows)) if (is.factor(rows[[v]])) rows[[v]] <- factor(rows[[v]], ordered = FALSE)
    rows[names(x)]
  }
  labels <- c("first", "second, or last")
  for (endings in list(c("csv", "csv"), if (sav) c("sav", "sav"), if (sav) c("sav", "csv"))) {
    if (is.null(endings)) next
    read <- lapply(1:2, function(i) rows_in(i, endings[i]))
    rows <- do.call(rbind, read)
    texts <- endings[1L] == "csv" # whose order is that of their bytes
    for (v in names(rows)) if (texts && is.factor(rows[[v]])) {
      rows[[v]] <- factor(rows[[v]], sort(unique(as.character(rows[[v]])), method = "radix"))
    }
    rows$wave <- factor(rep(labels, vapply(read, nrow, 1L)), labels, ordered = TRUE)
    rows$stratum <- interaction(rows$wave, rows$ronde, lex.order = TRUE, drop = TRUE)
    rows$psu <- interaction(rows$wave, rows$gemeente, lex.order = TRUE, drop = TRUE)
    ask_waves(paste(c("waves", endings), collapse = "-"),
              paste0("wave=first:wave1.", endings[1L], ",second\\, or last:wave2.", endings[2L]), rows)
  }
  one <- weeg_design(path(1L, "csv"), weights = ~gewicht, cluster = ~gemeente)
  write_case("waves-one", c("proportion", "w=a:wave1.csv", "strengths ~ provider", "-w", "gewicht", "-c", "gemeente"),
             weeg_proportion(one, strengths ~ provider), NULL)
}

ask_waves <- function(name, files, rows) {
  ask <- function(case, command, formula, options, result) {
    write_case(paste0(name, case), c(command, files, formula, "-w", "gewicht", options), result, NULL)
  }
  apart <- c("-s", "ronde", "-c", "gemeente")
  d <- weeg_design(rows, weights = ~gewicht, strata = ~stratum, cluster = ~psu)
  ask("", "crosstab", "strengths ~ wave", apart, weeg_crosstab(d, strengths ~ wave))
  ask("-lacking", "proportion", "relapse ~ wave", apart, weeg_proportion(d, relapse ~ wave))
  ask("-compare", "compare", "vertrouwen ~ wave", apart, weeg_compare(d, vertrouwen ~ wave))
  ask("-mean", "mean", "leeftijd ~ wave + provider", apart, weeg_mean(d, leeftijd ~ wave + provider))
  ask("-quantile", "quantile", "leeftijd ~ wave", apart, weeg_quantile(d, leeftijd ~ wave))
  ask("-domain", "test", "strengths ~ wave", c(apart, "--domain", "provider != 'werkplein' & wave >= 'first' & leeftijd < 40"),
      weeg_test(subset(d, provider != "werkplein" & leeftijd < 40), strengths ~ wave))
  ask("-one-wave", "proportion", "~ strengths", c(apart, "--domain", "wave == 'second, or last'"),
      weeg_proportion(subset(d, wave == "second, or last"), ~strengths))
  sizes <- weeg_design(rows, weights = ~gewicht, strata = ~stratum, cluster = ~psu, fpc = ~size)
  ask("-fpc", "crosstab", "strengths ~ wave", c(apart, "--fpc", "size"), weeg_crosstab(sizes, strengths ~ wave))
  panel <- weeg_design(rows, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  ask("-panel", "compare", "vertrouwen ~ wave", c(apart, "--panel"), weeg_compare(panel, vertrouwen ~ wave))
  alone <- weeg_design(rows, weights = ~gewicht, strata = ~wave)
  ask("-rows", "compare", "vertrouwen ~ wave", character(0L), weeg_compare(alone, vertrouwen ~ wave))
  no_strata <- weeg_design(rows, weights = ~gewicht, strata = ~wave, cluster = ~psu)
  ask("-no-strata", "test", "vertrouwen ~ wave", c("-c", "gemeente"), weeg_test(no_strata, vertrouwen ~ wave))
}

# Random splits of rows into waves, and all of them in one file, whose strata and PSUs are crossed with the wave: see waves.py.
make_splits <- function() {
  sav <- file.exists(file.path(dir, "ovw.sav"))
  items <- c("knelpunt_banen", "knelpunt_schaamte")
  x <- openvoorwerk[c("gewicht", "ronde", "strengths", "provider", "leeftijd", "vertrouwen", items)]
  for (v in items) x[[v]] <- factor(x[[v]], c(FALSE, TRUE), c("no", "yes"))
  x$psu <- factor(sprintf("g%02d", as.integer(openvoorwerk$gemeente)))
  for (count in 2:4) {
    set.seed(count)
    labels <- paste0("w", seq_len(count))
    rows <- x
    rows$wave <- factor(sample(labels, nrow(x), TRUE), labels)
    rows <- rows[order(rows$wave, stats::runif(nrow(x))), ]
    rows$stratum <- interaction(rows$wave, rows$ronde, lex.order = TRUE, drop = TRUE)
    rows$unit <- interaction(rows$wave, rows$psu, lex.order = TRUE, drop = TRUE)
    put <- function(rows, name) {
      utils::write.csv(rows, file.path(dir, paste0(name, ".csv")), row.names = FALSE, na = "", fileEncoding = "UTF-8")
      if (sav) haven::write_sav(rows, file.path(dir, paste0(name, ".sav")))
    }
    put(rows, paste0("split-", count))
    for (i in seq_len(count)) put(rows[rows$wave == labels[i], sample(names(x))], paste0("split-", count, "-", i))
  }
}

# Multiple-response questions, coded in every way, of a CSV file, an SPSS file with refusals and a tally.
make_multiple <- function() {
  data <- openvoorwerk[c("gewicht", "ronde", "gemeente", "provider", "leeftijd")]
  items <- c("knelpunt_banen", "knelpunt_leeftijd", "knelpunt_schulden")
  named <- lapply(openvoorwerk[items], `%in%`, c("ja", "TRUE", 1, TRUE))
  names(named) <- c("jobs", "age", "debts")
  data[names(named)] <- lapply(named, function(x) ifelse(x, "Y", NA))
  given <- do.call(Map, c(function(...) names(named)[c(...)], unname(named)))
  for (i in 1:3) data[[c("first", "second", "third")[i]]] <- vapply(given, function(x) rev(x)[i], "")
  data$text <- vapply(given, paste, "", collapse = " | ")
  data$zero <- ifelse(seq_len(nrow(data)) %% 40 == 0, NA, as.integer(named$jobs))
  data$one <- as.integer(named$age)
  data$first <- replace(data$first, seq(3, 1000, 50), "debts")
  utils::write.csv(data, file.path(dir, "several.csv"), row.names = FALSE, na = "", fileEncoding = "UTF-8")
  design <- c("-w", "gewicht", "-s", "ronde", "-c", "gemeente")
  path <- function(ending) file.path(dir, paste0("several.", ending))
  d <- weeg_design(path("csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  questions <- list(
    blank = list(jobs + age + debts ~ provider, yes = "Y", unnamed = "blank", labels = c(debts = "Debts, or no money")),
    any = list(~ jobs + age + debts, unnamed = "blank", yes = "Y", base = "any", level = 0.9),
    responses = list(jobs + debts ~ provider + ronde, unnamed = "blank", yes = "Y", base = "responses", interval = "wilson"),
    numbers = list(zero + one ~ provider), omit = list(zero + one ~ provider, missing = "omit"),
    protected = list(zero + one ~ provider + ronde, threshold = 50),
    columns = list(first + second + third ~ ronde, coding = "categories"),
    text = list(text ~ provider, separator = "|", unnamed = "blank", labels = c(debts = "D", age = "A", none = "N", jobs = "J"))
  )
  options <- c(yes = "--yes", unnamed = "--unnamed", coding = "--coding", separator = "--separator", base = "--base",
               level = "--level", interval = "--interval", missing = "--missing",
               threshold = "--threshold")
  ask <- function(name, x, file, question, more = NULL) {
    given <- question[setdiff(names(question), c("", "labels"))]
    formula <- deparse(question[[1L]], width.cutoff = 500L)
    words <- unlist(Map(function(option, value) c(options[[option]], value), names(given), given),
                    use.names = FALSE)
    for (of in names(question$labels)) words <- c(words, "--labels", paste0(of, "=", question$labels[[of]]))
    result <- do.call(weeg_multiple, c(list(x), question))
    write_case(name, c("multiple", file, formula, words, more), result)
    tests <- weeg_item_tests(result)
    if (nrow(tests) == 0L || !is.null(given$threshold)) return(invisible()) # item-tests hides nothing, and has no --threshold
    words <- unlist(Map(function(option, value) if (!option %in% c("base", "level", "interval")) c(options[[option]], value),
                        names(given), given), use.names = FALSE)
    for (of in names(question$labels)) words <- c(words, "--labels", paste0(of, "=", question$labels[[of]]))
    write_case(paste0(name, "-tests"), c("item-tests", file, formula, words, more), tests)
  }
  for (name in names(questions)) {
    ask(paste0("several-", name), d, "several.csv", questions[[name]], design)
    ask(paste0("several-domain-", name), subset(d, leeftijd < 45 & provider != "werkplein"), "several.csv", questions[[name]],
        c("--domain", "leeftijd < 45 & provider != 'werkplein'", design))
    t <- weeg_tally(d, stats::reformulate(setdiff(all.vars(questions[[name]][[1L]]), ".")))
    weeg_write_tally(t, file.path(dir, paste0("several-", name, ".weeg")))
    ask(paste0("several-tally-", name), t, paste0("several-", name, ".weeg"), questions[[name]])
  }
  for (name in c("blank", "any", "responses")) {
    ask(paste0("several-few-", name), weeg_design(d, conventions = "weeg"), "several.csv", questions[[name]],
        c("--conventions", "weeg", design))
  }
  # replicate weights, in a domain and out
  set.seed(6)
  weights <- lapply(stats::setNames(nm = paste0("rep", 1:12)), function(i) data$gewicht * stats::runif(nrow(data), 0, 2))
  utils::write.csv(cbind(data, as.data.frame(weights)), path("replicates.csv"), row.names = FALSE, na = "",
                   fileEncoding = "UTF-8")
  r <- weeg_replicate_design(path("replicates.csv"), weights = ~gewicht, repweights = "^rep[0-9]+$", type = "bootstrap")
  made <- c("-w", "gewicht", "--repweights", "^rep[0-9]+$", "--type", "bootstrap")
  for (name in c("blank", "responses", "columns")) {
    ask(paste0("several-replicates-", name), r, "several.replicates.csv", questions[[name]], made)
    ask(paste0("several-replicates-domain-", name), subset(r, leeftijd < 45), "several.replicates.csv", questions[[name]],
        c("--domain", "leeftijd < 45", made))
  }
  if (!requireNamespace("haven", quietly = TRUE)) return(invisible())
  for (item in c("jobs", "age", "debts")) {
    code <- ifelse(seq_len(nrow(data)) %% 17 == 0, 9, ifelse(is.na(data[[item]]), NA, 1))
    data[[item]] <- haven::labelled_spss(code, c(Y = 1, refused = 9), na_values = 9, label = paste("Item", item))
  }
  haven::write_sav(data, path("sav"))
  d <- tryCatch(weeg_design(path("sav"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente),
                weeg_error_file = function(e) NULL)
  if (is.null(d)) return(invisible())
  for (name in c("blank", "any", "responses", "columns", "text")) {
    ask(paste0("several-sav-", name), d, "several.sav", questions[[name]], design)
  }
  ask("several-sav-domain", subset(d, jobs == 1 | leeftijd < 30), "several.sav", questions$blank,
      c("--domain", "jobs == 1 | leeftijd < 30", design))
  file.copy("tests/reference/sav/mrsets.sav", dir)
  m <- weeg_design(file.path(dir, "mrsets.sav"))
  ask("several-set", m, "mrsets.sav", list(~media, unnamed = "blank", labels = c(radio = "The radio")))
  ask("several-set-any", m, "mrsets.sav", list(`$media` ~ town, unnamed = "blank", base = "any"))
  ask("several-set-categories", m, "mrsets.sav", list(COLOURS ~ town))
  ask("several-set-texts", subset(m, town == "a" | radio == 1), "mrsets.sav", list(~`$Reading`, unnamed = "blank"),
      c("--domain", "town == 'a' | radio == 1"))
}

# Replicates that are made of a design, of rows and of a tally, in a domain and out.
make_replicated <- function() {
  path <- function(name) file.path(dir, name)
  pairs <- data.frame(y = c("a", "b", NA, "a", "b")[(1:120 * 7) %% 5 + 1], g = c("p", "q", "r")[(1:120 * 5) %% 11 %% 3 + 1],
                      psu = 1:2, s = rep(1:6, each = 20), w = 1 + 1:120 %% 7 / 4)
  utils::write.csv(pairs, path("paired.csv"), row.names = FALSE)
  paired <- weeg_design(path("paired.csv"), weights = ~w, strata = ~s, cluster = ~psu, nest = TRUE)
  weeg_write_tally(weeg_tally(paired, ~ y + g), path("paired.weeg"))
  sampled <- c("-w", "w", "-s", "s", "-c", "psu", "--nest")
  kinds <- list(jkn = list("jkn"), brr = list("brr", mse = TRUE), fay = list("fay", rho = 0.3))
  for (kind in names(kinds)) {
    r <- do.call(weeg_replicates, c(list(paired), kinds[[kind]]))
    said <- c("--make-replicates", kind, if (kind == "brr") "--mse", if (kind == "fay") c("--rho", "0.3"))
    write_case(paste0("made-", kind), c("proportion", "paired.csv", "y ~ g", sampled, said), weeg_proportion(r, y ~ g))
    write_case(paste0("made-domain-", kind), c("test", "paired.csv", "y ~ g", "--domain", "g != 'r'", sampled, said),
               weeg_test(subset(r, g != "r"), y ~ g))
    write_case(paste0("made-omit-", kind), c("proportion", "paired.csv", "y ~ g", "--missing", "omit", sampled, said),
               weeg_proportion(r, y ~ g, missing = "omit"))
    r <- do.call(weeg_replicates, c(list(weeg_read_tally(path("paired.weeg"))), kinds[[kind]]))
    write_case(paste0("made-tally-", kind), c("crosstab", "paired.weeg", "y ~ g", said), weeg_crosstab(r, y ~ g))
  }
  utils::write.csv(pairs[pairs$s < 6 | pairs$psu == 1, ], path("unpaired.csv"), row.names = FALSE)
  for (rule in c("average", "adjust")) {
    alone <- weeg_design(path("unpaired.csv"), weights = ~w, strata = ~s, cluster = ~psu, nest = TRUE, lonely = rule)
    said <- c("--make-replicates", "jkn", "--lonely", rule)
    write_case(paste0("made-", rule), c("test", "unpaired.csv", "y ~ g", "--domain", "g != 'r'", sampled, said),
               weeg_test(subset(weeg_replicates(alone, "jkn"), g != "r"), y ~ g))
  }
}

# Calibrated weights, of rows some of which have no weight, or none known; raked and post-stratified ones are in tests/same.
make_calibrated <- function() {
  path <- function(name) file.path(dir, name)
  put <- function(x, name) utils::write.csv(x, path(name), row.names = FALSE, fileEncoding = "UTF-8")
  data <- openvoorwerk[!is.na(openvoorwerk$geslacht), ]
  data$gewicht[c(3, 50)] <- 0
  data$geslacht[3] <- NA
  data$partly <- data$gewicht
  data$partly[c(7, 99, 200)] <- NA
  put(data, "uncalibrated.csv")
  margins <- list(data.frame(geslacht = c("vrouw", "man"), Freq = c(0.6, 0.4)),
                  data.frame(ronde = c("ronde 1", "ronde 2"), personen = c(700, 900)))
  put(margins[[1L]], "by-sex.csv")
  put(margins[[2L]], "by-round.csv")
  said <- c("--margins", "by-sex.csv", "--margins", "by-round.csv")
  clusters <- c("-w", "gewicht", "-s", "ronde", "-c", "gemeente")
  d <- weeg_design(path("uncalibrated.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  linear <- weeg_calibrate(d, margins)
  logit <- weeg_calibrate(d, margins, method = "logit", bounds = c(0.3, 3))
  truncated <- weeg_calibrate(weeg_design(path("uncalibrated.csv")), margins[2L], bounds = c(0.2, 5))
  rows <- weeg_rake(weeg_design(path("uncalibrated.csv"), weights = ~partly, strata = ~ronde, na_weights = "omit"), margins)
  write_case("calibrated", c("proportion", "uncalibrated.csv", "strengths ~ provider", clusters, said),
             weeg_proportion(linear, strengths ~ provider))
  write_case("calibrated-logit", c("compare", "uncalibrated.csv", "relapse ~ provider", clusters, said, "--calibrate", "logit",
                                   "--bounds", "0.3,3"), weeg_compare(logit, relapse ~ provider))
  write_case("calibrated-truncated", c("test", "uncalibrated.csv", "relapse ~ provider", said[3:4], "--calibrate", "linear",
                                       "--bounds=0.2,5"), weeg_test(truncated, relapse ~ provider))
  write_case("calibrated-rows", c("crosstab", "uncalibrated.csv", "strengths ~ provider", "-w", "partly", "-s", "ronde",
                                  "--na-weights", "omit", said, "--calibrate", "raking"),
             weeg_crosstab(rows, strengths ~ provider))
  write_case("calibrated-items", c("multiple", "uncalibrated.csv", "knelpunt_banen + knelpunt_schulden ~ provider", clusters,
                                   said, "--domain", "leeftijd < 36"),
             weeg_multiple(subset(linear, leeftijd < 36), knelpunt_banen + knelpunt_schulden ~ provider))
  for (age in c(0, 200)) { # a domain with no rows, and one with all
    write_case(paste0("calibrated-domain", age), c("proportion", "uncalibrated.csv", "strengths ~ provider", clusters, said,
                                                   "--domain", paste("leeftijd <", age)),
               eval(bquote(weeg_proportion(subset(linear, leeftijd < .(age)), strengths ~ provider))))
  }
}

# Means and ratios of numbers: some missing, all equal, large, small, with a denominator of 0.
make_numbers <- function() {
  path <- function(name) file.path(dir, name)
  i <- 1:600
  x <- data.frame(w = 1 + i %% 7 / 4, s = (i - 1) %/% 100, psu = (i - 1) %/% 10, g = c("p", "q", "r")[(i * 5) %% 11 %% 3 + 1],
                  h = c("a", "b")[i %/% 3 %% 2 + 1], "net income" = round(1e4 * ((i * 7919) %% 1009 / 1009)^4, 2), same = 7.25,
                  tiny = ((i * 31) %% 97) * 1e-9, huge = 1e16 + 1e13 * ((i * 13) %% 89), hours = (i * 17) %% 40, low = i %% 5 - 3,
                  check.names = FALSE)
  x$`net income`[i %% 23 == 0] <- NA
  x$hours[x$g == "q"] <- 0
  x$hours[i %% 41 == 0] <- NA
  x$same[x$g == "r" & x$h == "a"] <- NA
  x[c("r1", "r2", "r3", "r4", "r5", "r6")] <- lapply(0:5, function(s) x$w * (x$s != s) * 1.2)
  utils::write.csv(x, path("amounts.csv"), row.names = FALSE, na = "")
  design <- c("-w", "w", "-s", "s", "-c", "psu")
  d <- weeg_design(path("amounts.csv"), weights = ~w, strata = ~s, cluster = ~psu)
  rows <- weeg_design(path("amounts.csv"), weights = ~w, strata = ~s)
  write_case("mean", c("mean", "amounts.csv", "`net income` ~ g", design), weeg_mean(d, `net income` ~ g))
  write_case("mean-several", c("mean", "amounts.csv", "same + tiny + huge + hours ~ g + h", design),
             weeg_mean(d, same + tiny + huge + hours ~ g + h))
  write_case("mean-overall", c("mean", "amounts.csv", "~ hours + `net income`", design, "--level", "0.9"),
             weeg_mean(d, ~ hours + `net income`, level = 0.9))
  write_case("mean-rows", c("mean", "amounts.csv", "hours + same + tiny ~ g", "-w", "w", "-s", "s"),
             weeg_mean(rows, hours + same + tiny ~ g))
  write_case("mean-weights", c("mean", "amounts.csv", "w ~ g", "-w", "w"),
             weeg_mean(weeg_design(path("amounts.csv"), weights = ~w), w ~ g))
  write_case("mean-domain", c("mean", "amounts.csv", "hours ~ g", design, "--domain", "h == 'a' & g != 'r'"),
             weeg_mean(subset(d, h == "a" & g != "r"), hours ~ g))
  for (missing in c("omit", "level")) {
    write_case(paste0("mean-", missing), c("mean", "amounts.csv", "hours + `net income` ~ g", design, "--missing", missing,
                                           "--domain", "h == 'a'"),
               weeg_mean(subset(d, h == "a"), hours + `net income` ~ g, missing = missing))
  }
  for (profile in c("survey", "sas", "stata")) {
    as_asked <- weeg_design(path("amounts.csv"), weights = ~w, strata = ~s, cluster = ~psu, conventions = profile)
    write_case(paste0("mean-", profile), c("mean", "amounts.csv", "hours ~ g", design, "--conventions", profile),
               weeg_mean(as_asked, hours ~ g))
  }
  write_case("mean-made", c("mean", "amounts.csv", "hours + huge ~ g", design, "--make-replicates", "jkn", "--domain",
                            "h == 'a'"),
             weeg_mean(subset(weeg_replicates(d, "jkn"), h == "a"), hours + huge ~ g))
  given <- weeg_replicate_design(utils::read.csv(path("amounts.csv"), check.names = FALSE), weights = ~w, repweights = "^r[0-9]",
                                 type = "jk1")
  write_case("mean-replicates", c("mean", "amounts.csv", "hours + `net income` ~ g", "-w", "w", "--repweights", "^r[0-9]",
                                  "--type", "jk1", "--domain", "h == 'a'"),
             weeg_mean(subset(given, h == "a"), hours + `net income` ~ g), NULL)
  write_case("ratio", c("ratio", "amounts.csv", "`net income` / hours + hours / w ~ h", design),
             weeg_ratio(d, `net income` / hours + hours / w ~ h))
  write_case("ratio-zero", c("ratio", "amounts.csv", "same / hours ~ g", "-w", "w", "-s", "s"),
             weeg_ratio(rows, same / hours ~ g))
  write_case("ratio-log", c("ratio", "amounts.csv", "`net income` / hours + low / hours ~ g + h", design, "--interval", "log"),
             weeg_ratio(d, `net income` / hours + low / hours ~ g + h, interval = "log"))
  for (per in c(1000, 0.25, 2.5e6)) {
    write_case(paste0("ratio-per-", per), c("ratio", "amounts.csv", "`net income` / hours ~ h", design, "--per", per,
                                            "--interval", if (per == 1000) "log" else "wald"),
               weeg_ratio(d, `net income` / hours ~ h, per = per, interval = if (per == 1000) "log" else "wald"))
  }
  write_case("ratio-overall", c("ratio", "amounts.csv", "~ tiny / hours", design), weeg_ratio(d, ~ tiny / hours))
  halves <- lapply(0:1, function(k) weeg_design(x[x$s %% 2 == k, ], weights = ~w, strata = ~s, cluster = ~psu))
  halves <- lapply(halves, weeg_tally, hours + `net income` ~ g + h)
  for (k in 1:2) weeg_write_tally(halves[[k]], path(sprintf("amounts-%d.weeg", k)))
  weeg_write_tally(weeg_tally(rows, hours + `net income` ~ g + h), path("amounts-r.weeg"))
  all <- halves[[1L]] + halves[[2L]]
  write_case("mean-merged", c("mean", "amounts.weeg", "hours + `net income` ~ g", "--domain", "h == 'a'"),
             weeg_mean(subset(all, h == "a"), hours + `net income` ~ g))
  write_case("ratio-merged", c("ratio", "amounts.weeg", "`net income` / hours ~ g"), weeg_ratio(all, `net income` / hours ~ g))
  write_case("describe-numbers", c("describe", "amounts.weeg"), NULL, all)
  data <- "uncalibrated.csv"
  calibrated <- weeg_calibrate(weeg_design(path(data), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente),
                               margins = list(data.frame(geslacht = c("vrouw", "man"), Freq = c(0.6, 0.4))))
  write_case("mean-calibrated", c("mean", data, "leeftijd ~ provider", "-w", "gewicht", "-s", "ronde", "-c", "gemeente",
                                  "--margins", "by-sex.csv", "--calibrate", "linear"),
             weeg_mean(calibrated, leeftijd ~ provider))
  many <- weeg_design(path("many.csv"), weights = ~w, strata = ~stratum, cluster = ~psu)
  write_case("mean-large", c("mean", "many.csv", "age ~ answer", "-w", "w", "-s", "stratum", "-c", "psu"),
             weeg_mean(many, age ~ answer))
}

# Differences and ratios of means, tests of equal means, totals of numbers.
make_means <- function() {
  path <- function(name) file.path(dir, name)
  design <- c("-w", "w", "-s", "s", "-c", "psu")
  d <- weeg_design(path("amounts.csv"), weights = ~w, strata = ~s, cluster = ~psu)
  rows <- weeg_design(path("amounts.csv"), weights = ~w, strata = ~s)
  both <- c("mean-difference", "mean-ratio")
  means <- function(name, formula, said, data, ...) {
    write_case(paste0("means-", name), c("compare", "amounts.csv", paste(deparse(formula), collapse = " "), said),
               weeg_compare(data, formula, ...))
  }
  asked <- c(rbind("--measures", both))
  means("both", `net income` + hours ~ g, c(design, asked), d, measures = both)
  means("ratio", tiny + huge ~ g + h, c("-w", "w", "-s", "s", asked[3:4], "--adjust", "none"), rows, measures = both[2L],
        adjust = "none")
  for (against in c("total", "rest", "previous", "first")) {
    means(against, hours ~ g, c(design, asked[1:2], "--against", against), d, measures = both[1L], against = against)
  }
  means("figure", hours ~ g, c(design, asked, "--against", "12.5", "--level", "0.9"), d, measures = both, against = 12.5,
        level = 0.9)
  means("alone", ~`net income`, c(design, asked[1:2], "--against", "-3"), d, measures = both[1L], against = -3)
  means("pairs", hours ~ g, c(design, asked[1:2], "--pairs", "p,r", "--adjust", "BH"), d, measures = both[1L],
        pairs = list(c("p", "r")), adjust = "BH")
  means("contrasts", hours ~ g, c(design, asked[1:2], "--contrasts", "x=-1,0,1", "--contrasts", "y=2,0,-2"), d,
        measures = both[1L], contrasts = list(x = c(-1, 0, 1), y = c(2, 0, -2)))
  means("trend", hours ~ s, c("-w", "w", "-c", "psu", asked[1:2], "--contrasts", "trend"),
        weeg_design(path("amounts.csv"), weights = ~w, cluster = ~psu), measures = both[1L], contrasts = "trend")
  means("domain", hours ~ g, c(design, asked[1:2], "--domain", "h == 'a' & g != 'r'"), subset(d, h == "a" & g != "r"),
        measures = both[1L])
  means("made", hours ~ g, c(design, asked, "--make-replicates", "jkn"), weeg_replicates(d, "jkn"), measures = both)
  test <- function(name, file, formula, said, data, ...) {
    write_case(paste0("equal-", name), c("test", file, paste(deparse(formula), collapse = " "), said, "--method", "mean"),
               weeg_test(data, formula, method = "mean", ...))
  }
  test("three", "amounts.csv", hours ~ g, design, d)
  test("two", "amounts.csv", hours + `net income` ~ h, design, d)
  test("rows", "amounts.csv", hours + same + tiny ~ g + h, c("-w", "w", "-s", "s"), rows)
  test("survey", "amounts.csv", hours ~ h, c(design, "--conventions", "survey"),
       weeg_design(path("amounts.csv"), weights = ~w, strata = ~s, cluster = ~psu, conventions = "survey"))
  totals <- function(name, file, formula, said, data, ...) {
    write_case(paste0("sums-", name), c("total", file, paste(deparse(formula), collapse = " "), said),
               weeg_total(data, formula, ...))
  }
  totals("several", "amounts.csv", `net income` + hours + same ~ g + h, design, d)
  totals("rows", "amounts.csv", hours ~ g, c("-w", "w", "-s", "s"), rows)
  totals("log", "amounts.csv", `net income` ~ g, c(design, "--interval", "log"), d, interval = "log")
  totals("omit", "amounts.csv", hours ~ g, c(design, "--missing", "omit", "--domain", "h == 'a'"), subset(d, h == "a"),
         missing = "omit")
  tally <- weeg_tally(rows, hours + `net income` ~ g + h)
  totals("tally", "amounts-r.weeg", hours ~ g, NULL, tally)
  write_case("means-tally", c("compare", "amounts-r.weeg", "hours ~ g", asked), weeg_compare(tally, hours ~ g, measures = both))
  test("tally", "amounts-r.weeg", hours ~ g + h, NULL, tally)
}

# Quantiles of numbers with few values and many, with ties, infinite, missing; of a tally, replicates, calibrated weights.
make_quantiles <- function() {
  path <- function(name) file.path(dir, name)
  design <- c("-w", "w", "-s", "s", "-c", "psu")
  d <- weeg_design(path("amounts.csv"), weights = ~w, strata = ~s, cluster = ~psu)
  rows <- weeg_design(path("amounts.csv"), weights = ~w, strata = ~s)
  case <- function(name, file, formula, said, data, ...) {
    write_case(paste0("quantile", name), c("quantile", file, paste(deparse(formula), collapse = " "), said),
               weeg_quantile(data, formula, ...))
  }
  case("", "amounts.csv", hours ~ g, design, d)
  case("-several", "amounts.csv", `net income` + same + tiny + huge ~ g + h, c(design, "--probs", ".1,.5,.9"), d,
       probs = c(0.1, 0.5, 0.9))
  case("-overall", "amounts.csv", ~ hours + `net income`, c(design, "--level", "0.9", "--probs", "0,0.0333333,1"), d, level = 0.9,
       probs = c(0, 0.0333333, 1))
  for (rule in c("school", paste0("hf", 4:9))) {
    case(paste0("-", rule), "amounts.csv", hours + `net income` ~ h, c("-w", "w", "-s", "s", "--rule", rule, "--probs", ".25,.7"),
         rows, probs = c(0.25, 0.7), rule = rule)
  }
  case("-woodruff", "amounts.csv", hours ~ g, c(design, "--limits", "woodruff", "--interval", "wilson"), d, limits = "woodruff",
       interval = "wilson")
  case("-domain", "amounts.csv", hours ~ g, c(design, "--domain", "h == 'a' & g != 'r' & hours > 3"),
       subset(d, h == "a" & g != "r" & hours > 3))
  case("-empty", "amounts.csv", hours ~ g, c(design, "--domain", "hours > 1000"), subset(d, hours > 1000))
  for (missing in c("omit", "level")) {
    case(paste0("-", missing), "amounts.csv", hours ~ g, c(design, "--missing", missing, "--domain", "h == 'a'"),
         subset(d, h == "a"), missing = missing)
  }
  for (profile in c("survey", "sas", "nchs")) {
    case(paste0("-", profile), "amounts.csv", `net income` ~ g, c(design, "--conventions", profile),
         weeg_design(path("amounts.csv"), weights = ~w, strata = ~s, cluster = ~psu, conventions = profile))
  }
  case("-made", "amounts.csv", hours ~ g, c(design, "--make-replicates", "jkn"), weeg_replicates(d, "jkn"))
  calibrated <- weeg_calibrate(weeg_design(path("uncalibrated.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente),
                               margins = list(data.frame(geslacht = c("vrouw", "man"), Freq = c(0.6, 0.4))))
  case("-calibrated", "uncalibrated.csv", leeftijd ~ provider, c("-w", "gewicht", "-s", "ronde", "-c", "gemeente", "--margins",
                                                                 "by-sex.csv", "--calibrate", "linear"), calibrated)
  tally <- weeg_tally(d, ~ g + hours)
  weeg_write_tally(tally, path("hours.weeg"))
  case("-tally", "hours.weeg", hours ~ g, "--probs=.2,.5", tally, probs = c(0.2, 0.5))
  infinite <- data.frame(g = rep(c("a", "b"), each = 40), v = c(1:30, rep("1e999", 10), rep("-1e999", 10), 0.125 * 1:30))
  utils::write.csv(infinite, path("infinite.csv"), row.names = FALSE, quote = FALSE)
  case("-infinite", "infinite.csv", v ~ g, c("--probs", ".1,.5,.8"), weeg_design(path("infinite.csv")), probs = c(0.1, 0.5, 0.8))
}

# Batteries: answers, nets and means, alone and by groups, sorted in each way.
make_batteries <- function() {
  path <- function(name) file.path(dir, name)
  scale <- c("no, never", "rarely", "neither", "often", "always")
  set.seed(7)
  item <- function(p) replace(sample(scale, 300, TRUE, p), seq(3, 300, 41), NA)
  rows <- data.frame(a = item(c(1, 2, 3, 2, 1)), b = item(5:1), c = item(1:5), n1 = sample(1:4, 300, TRUE),
                     n2 = sample(1:4, 300, TRUE, 4:1), g = rep(c("x", "y", "z"), 100), w = 1 + seq_len(300) %% 3,
                     psu = rep(1:30, each = 10))
  rows$a[rows$g == "z"] <- NA
  utils::write.csv(rows, path("battery.csv"), row.names = FALSE, na = "")
  escaped <- paste(gsub(",", "\\\\,", scale), collapse = ",")
  levels <- unlist(lapply(c("a", "b", "c"), function(name) c("--levels", paste0(name, "=", escaped))))
  ask <- function(name, formula, said, ...) {
    d <- weeg_design(path("battery.csv"), weights = ~w, cluster = ~psu, levels = list(a = scale, b = scale, c = scale))
    x <- weeg_battery(d, formula, ...)
    write_case(paste0("battery-", name), c("battery", "battery.csv", deparse1(formula), "-w", "w", "-c", "psu", levels, said), x)
  }
  ask("plain", ~ a + b + c, NULL)
  ask("means", ~ a + b + c, c("--means", "yes", "--net", "top 2=often,always", "--net", "low=no\\, never"), means = TRUE,
      answers = list("top 2" = c("often", "always"), low = "no, never"))
  ask("groups", a + b + c ~ g,
      c("--means", "no\\, never=-2,rarely=-1,neither=0,often=1.5,always=2", "--sort", "mean", "--level", "0.9"),
      means = c("no, never" = -2, rarely = -1, neither = 0, often = 1.5, always = 2), sort = "mean", level = 0.9)
  ask("sides", ~ c + b, c("--positive", "no\\, never", "--neutral", "rarely,neither", "--interval", "wilson"),
      positive = "no, never", neutral = c("rarely", "neither"), interval = "wilson")
  ask("net", ~ c + b + a, c("--net", "mid=rarely,neither,often", "--sort", "mid"),
      answers = list(mid = c("rarely", "neither", "often")), sort = "mid")
  ask("numbers", ~ n1 + n2, c("--means", "yes", "--sort", "none"), means = TRUE, sort = "none")
}

# Books with multiple-response questions as rows, as columns, and as both.
book_sets <- function(book, d, of) {
  path <- function(name) file.path(dir, name)
  few <- ~ knelpunt_banen + knelpunt_leeftijd + knelpunt_schulden
  said <- function(name, items = all.vars(few)) c("--sets", paste0(name, "=", paste(items, collapse = " + ")))
  book("sets", "ovw.csv", c("barriers", "strengths"), c("provider", "ronde"), c(of, said("barriers"), "--net",
       "both=knelpunt_banen,knelpunt_schulden", "--net", "jobs=knelpunt_banen"), d, sets = list(barriers = few),
       answers = list(both = c("knelpunt_banen", "knelpunt_schulden"), jobs = "knelpunt_banen"))
  book("sets-columns", "ovw.csv", c("strengths", "leeftijd", "geslacht"), c("barriers", "ronde"),
       c(of, said("barriers"), "--net", "few=niet,een beetje", "--filters", "strengths=leeftijd < 40"), d,
       sets = list(barriers = few), answers = list(few = c("niet", "een beetje")), filters = list(strengths = ~ leeftijd < 40))
  book("sets-both", "ovw.csv", c("a", "strengths"), c("b", "ronde"),
       c(of, said("a"), said("b", c("knelpunt_werkdruk", "knelpunt_banen")), "--adjust", "BH", "--labels",
         "knelpunt_banen=jobs, too few", "--domain", "leeftijd < 50"), subset(d, leeftijd < 50), adjust = "BH",
       sets = list(a = list(few, labels = c(knelpunt_banen = "jobs, too few")),
                   b = list(~ knelpunt_werkdruk + knelpunt_banen, labels = c(knelpunt_banen = "jobs, too few"))))
  tally <- weeg_tally(d, ~ knelpunt_banen + knelpunt_leeftijd + knelpunt_schulden + strengths)
  weeg_write_tally(tally, path("barriers.weeg"))
  book("sets-tally", "barriers.weeg", "barriers", "strengths", said("barriers"), tally, sets = list(barriers = few))
  book("sets-tally-columns", "barriers.weeg", "strengths", "barriers", said("barriers"), tally, sets = list(barriers = few))
  book("sets-level", "ovw.csv", c("barriers", "strengths"), "b", c(of, said("barriers"), said("b", c("knelpunt_werkdruk",
       "knelpunt_banen")), "--missing", "level"), d, missing = "level",
       sets = list(barriers = few, b = ~ knelpunt_werkdruk + knelpunt_banen))
}

# Table books, of a tally, rows with and without clusters, replicates and calibrated weights.
make_books <- function(t) {
  path <- function(name) file.path(dir, name)
  book <- function(name, file, rows, columns, said, data, ...) {
    write_case(paste0("book-", name), c("book", file, "--rows", paste(rows, collapse = " + "), "--columns",
                                        paste(columns, collapse = " + "), said),
               weeg_book(data, stats::reformulate(rows), stats::reformulate(columns), ...))
  }
  of <- c("-w", "gewicht", "-s", "ronde", "-c", "gemeente")
  d <- weeg_design(path("ovw.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  book("tally", "ovw.weeg", "strengths", c("provider", "ronde", "leeftijdsgroep"), NULL, t$ovw)
  book("csv", "ovw.csv", c("strengths", "relapse"), c("provider", "ronde"), of, d)
  book("settings", "ovw.csv", c("strengths", "geslacht"), "provider",
       c(of, "--level", "0.9", "--adjust", "none", "--interval", "wilson", "--title", "All <questions>"), d,
       level = 0.9, adjust = "none", interval = "wilson", title = "All <questions>")
  book("domain", "ovw.csv", c("strengths", "relapse"), "provider", c(of, "--domain", "leeftijd < 25 & provider != 'werkplein'"),
       subset(d, leeftijd < 25 & provider != "werkplein"))
  book("empty", "ovw.csv", "strengths", c("provider", "ronde"), c(of, "--domain", "leeftijd < 0"), subset(d, leeftijd < 0))
  book("towns", "ovw.csv", "strengths", c("gemeente", "ronde"), of, d) # more than 26, of one PSU each
  book("omit", "ovw.csv", "geslacht", c("provider", "strengths"), c(of, "--missing", "omit"), d, missing = "omit")
  book("level", "ovw.csv", "geslacht", c("provider", "strengths"), c(of, "--missing", "level"), d, missing = "level")
  book("sas", "ovw.csv", "relapse", "provider", c(of, "--conventions", "sas"), weeg_design(
    path("ovw.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente, conventions = "sas"))
  few <- c("niet", "een beetje")
  book("nets", "ovw.csv", c("strengths", "relapse", "geslacht"), c("provider", "ronde"),
       c(of, "--net", "few=niet,een beetje", "--net", "none=niet", "--net", "some=een beetje,grotendeels,helemaal"), d,
       answers = list(few = few, none = "niet", some = c("een beetje", "grotendeels", "helemaal")))
  book("nets-tally", "ovw.weeg", "strengths", "provider", c("--net", "few=niet,een beetje"), t$ovw, answers = list(few = few))
  book("filters", "ovw.csv", c("strengths", "relapse", "geslacht"), c("provider", "ronde"),
       c(of, "--filters", "strengths=leeftijd < 40", "--filters", "relapse=provider != 'werkplein' & geslacht == 'man'"), d,
       filters = list(strengths = ~ leeftijd < 40, relapse = ~ provider != "werkplein" & geslacht == "man"))
  book("filters-domain", "ovw.csv", c("strengths", "relapse"), "ronde",
       c(of, "--filters", "strengths=provider != 'werkplein'", "--domain", "leeftijd < 40 | geslacht == 'man'", "--missing",
         "omit"),
       subset(d, leeftijd < 40 | geslacht == "man"), filters = list(strengths = ~ provider != "werkplein"), missing = "omit")
  book("filters-tally", "ovw.weeg", "strengths", c("provider", "leeftijdsgroep"), c("--filters", "strengths=ronde == 'ronde 1'"),
       t$ovw, filters = list(strengths = ~ ronde == "ronde 1"))
  book("means", "ovw.csv", c("strengths", "leeftijd"), c("provider", "ronde", "gemeente"),
       c(of, "--filters", "leeftijd=geslacht == 'man'"), d, filters = list(leeftijd = ~ geslacht == "man"))
  book("means-alone", "ovw.csv", "leeftijd", "provider", c(of, "--level", "0.9", "--adjust", "BH"), d, level = 0.9, adjust = "BH")
  sums <- weeg_tally(d, leeftijd ~ provider + strengths)
  weeg_write_tally(sums, path("sums.weeg"))
  book("means-tally", "sums.weeg", c("leeftijd", "strengths"), "provider", NULL, sums)
  book_sets(book, d, of)
  a <- weeg_design(path("api.csv"), weights = ~pw, strata = ~stype, fpc = ~fpc)
  book("means-rows", "api.csv", c("tens", "meals3"), c("place", "stype"), c("-w", "pw", "-s", "stype", "--fpc", "fpc"), a)
  book("rows", "api.csv", c("meals3", "flag"), c("place", "ell2", "stype"), c("-w", "pw", "-s", "stype", "--fpc", "fpc"), a)
  book("fpc", "api.csv", c("meals3", "flag"), "place", c("-s", "stype", "--fpc", "fpc"),
       weeg_design(path("api.csv"), strata = ~stype, fpc = ~fpc))
  book("equal", "api.csv", "meals3", "ell2", character(), weeg_design(path("api.csv")))
  omit <- weeg_design(path("lost.csv"), weights = ~pw, strata = ~stype, cluster = ~ell2, nest = TRUE, na_weights = "omit")
  book("known", "lost.csv", "meals3", "place", c("-w", "pw", "-s", "stype", "-c", "ell2", "--nest", "--na-weights", "omit"), omit)
  paired <- weeg_design(path("paired.csv"), weights = ~w, strata = ~s, cluster = ~psu, nest = TRUE)
  book("made", "paired.csv", "y", "g", c("-w", "w", "-s", "s", "-c", "psu", "--nest", "--make-replicates", "fay", "--rho", "0.3"),
       weeg_replicates(paired, "fay", rho = 0.3))
  margins <- lapply(c("by-sex.csv", "by-round.csv"), function(name) utils::read.csv(path(name)))
  raked <- weeg_rake(weeg_design(path("uncalibrated.csv"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente), margins)
  book("calibrated", "uncalibrated.csv", c("strengths", "relapse"), "provider",
       c(of, "--margins", "by-sex.csv", "--margins", "by-round.csv", "--calibrate", "raking"), raked)
  if (file.exists(path("mrsets.sav"))) {
    m <- weeg_design(path("mrsets.sav"))
    book("sets-sav", "mrsets.sav", c("media", "colours"), "town", NULL, m)
    book("sets-sav-columns", "mrsets.sav", "town", c("`$colours`", "Reading"), NULL, m)
    book("sets-sav-both", "mrsets.sav", "colours", c("town", "Reading"), NULL, m)
  }
  if (file.exists(path("ovw.sav"))) {
    book("sav", "ovw.sav", "strengths", c("provider", "ronde"), of,
         weeg_design(path("ovw.sav"), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente))
  }
}

make_cases <- function() {
  make_files()
  make_multiple()
  make_replicated()
  make_calibrated()
  make_names()
  make_ragged()
  make_large()
  make_numbers()
  make_means()
  make_quantiles()
  if (requireNamespace("haven", quietly = TRUE)) make_sav()
  make_waves()
  make_splits()
  t <- tallies()
  for (name in names(t)) weeg_write_tally(t[[name]], file.path(dir, paste0(name, ".weeg")))
  make_tables(t)
  make_tests(t)
  make_models(t)
  make_associations(t)
  make_compositions(t)
  make_totals(t)
  make_adjusted(t)
  make_domains(t)
  make_books(t)
  make_batteries()
  write_case("describe", c("describe", "ovw.weeg"), NULL, t$ovw)
  write_case("describe-api", c("describe", "api.weeg"), NULL, t$api)
  # run.sh merges these before it runs the cases
  write_case("merged", c("crosstab", "both.weeg", "strengths ~ provider"), weeg_crosstab(t$one + t$two, strengths ~ provider))
  write_case("merged-numbers", c("proportion", "numbers.weeg", "tens ~ ell2"), weeg_proportion(t$low + t$high, tens ~ ell2))
  folded <- weeg_tally(t$ovw, ~ ronde + strengths)
  write_case("folded", c("describe", "folded.weeg"), NULL, folded)
  write_case("folded-test", c("test", "folded.weeg", "strengths ~ ronde"), weeg_test(folded, strengths ~ ronde))
}

# How near numbers of a column are that are not the same; NA: they are to be.
allowed <- function(column, name, rows) {
  by_law <- "rao-scott-exact" %in% rows$method
  # R rounds the square of each weight, the program their sum; and R sums those who named some items in more digits
  switch(column, residual.p = 1e-12, base.effective = 1e-13, base.weighted = if (grepl("^book-sets", name)) 1e-13 else NA,
         p.value = if (by_law || grepl("lincom|saddlepoint", name)) 1e-12 else NA, den.df = if (by_law) 1e-10 else NA, NA)
}

compare_case <- function(name) {
  read <- function(ending) {
    utils::read.csv(file.path(dir, paste0(name, ending)), colClasses = "character", check.names = FALSE, encoding = "UTF-8")
  }
  want <- read(".csv")
  got <- tryCatch(read(".out.csv"), error = function(e) data.frame())
  if (!identical(dim(want), dim(got)) || !identical(names(want), names(got))) return("other rows or columns")
  for (column in names(want)) {
    if (identical(want[[column]], got[[column]])) next
    tolerance <- allowed(column, name, want)
    if (is.na(tolerance)) {
      row <- which(want[[column]] != got[[column]] | is.na(want[[column]]) != is.na(got[[column]]))[1L]
      return(paste0(column, "[", row, "] is ", got[[column]][row], ", in R ", want[[column]][row]))
    }
    w <- suppressWarnings(as.numeric(want[[column]]))
    g <- suppressWarnings(as.numeric(got[[column]]))
    if (!identical(is.na(w), is.na(g)) || any(abs(g - w) > tolerance * w, na.rm = TRUE)) return(paste(column, "differs"))
  }
  NULL
}

check_cases <- function() {
  names <- sub("[.]args$", "", list.files(dir, "[.]args$"))
  names <- names[file.exists(file.path(dir, paste0(names, ".csv")))]
  for (name in names) {
    why <- compare_case(name)
    cat(if (is.null(why)) paste("ok", name) else paste0("not ok ", name, ": ", why), "\n", sep = "")
  }
}

if (arguments[1L] == "make") make_cases() else check_cases()
