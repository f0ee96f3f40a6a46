/*
 * The words by which people choose, and whose conventions hold: said here for every front end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stddef.h>

#include "weeg.h"

enum { MOST_WORDS = 11 };

static const char *const words[WEEG_VOCABULARIES][MOST_WORDS] = {
    [WEEG_WORDS_LONELY] = {"fail", "remove", "certainty", "adjust", "average"},
    [WEEG_WORDS_PPS] = {"brewer", "overton", "hartley-rao", "poisson"},
    [WEEG_TITLES_PPS] = {"Brewer", "Overton", "Hartley-Rao", "Poisson", "Horvitz-Thompson", "Yates-Grundy", "two-phase"},
    [WEEG_WORDS_DF] = {"domain", "strata", "design", "effective"},
    [WEEG_WORDS_MISSING] = {"domain", "omit", "level"},
    [WEEG_WORDS_NA_WEIGHTS] = {"fail", "omit"},
    [WEEG_WORDS_ON_ERROR] = {"fail", "skip"},
    [WEEG_WORDS_ENCODING] = {"UTF-8", "windows-1252"},
    [WEEG_WORDS_CALIBRATION] = {"linear", "raking", "logit"},
    [WEEG_WORDS_REPLICATES] = {"brr", "fay", "jk1", "jkn", "jk2", "bootstrap", "sdr", "acs", "other"},
    [WEEG_WORDS_MADE_REPLICATES] = {"jkn", "jk1", "brr", "fay", "rao-wu", "preston"},
    [WEEG_WORDS_INTERVAL] = {"logit", "wald", "wilson", "beta", "beta-nchs", "clopper-pearson", "arcsine", "agresti-coull",
                             "jeffreys"},
    [WEEG_WORDS_TEST] = {"rao-scott-f", "rao-scott-chisq", "wald", "adjusted-wald", "rao-scott-lr", "saddlepoint", "lincom",
                         "rao-scott-deff", "rao-scott-exact", "rao-scott-effective"},
    [WEEG_WORDS_ORDER_TEST] = {"wilcoxon", "kruskal-wallis", "van-der-waerden", "median", "trend"},
    [WEEG_WORDS_PROPORTIONS] = {"observed", "null"},
    [WEEG_WORDS_PERCENT] = {"row", "column", "total"},
    [WEEG_WORDS_MEASURE] = {"difference", "risk-ratio", "odds-ratio", "number-needed"},
    [WEEG_WORDS_MEAN_MEASURE] = {"mean-difference", "mean-ratio"},
    [WEEG_WORDS_AGAINST] = {"total", "rest", "previous", "first"},
    [WEEG_WORDS_ADJUSTMENT] = {"none", "holm", "hochberg", "BH", "bonferroni"},
    [WEEG_WORDS_EFFECT] = {"cramers-v", "cramers-v-corrected", "gamma", "tau-b", "somers-d", "kappa", "kappa-linear",
                           "kappa-quadratic"},
    [WEEG_WORDS_BASE] = {"respondents", "any", "responses"},
    [WEEG_WORDS_CODING] = {"items", "categories"},
    [WEEG_WORDS_RULE] = {"math", "school", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"},
    [WEEG_WORDS_LIMITS] = {"test", "woodruff"},
    [WEEG_TEXTS_DF] = {"PSUs - strata", "PSUs - strata, of whole strata", "PSUs - strata, of the design", "effective"},
    [WEEG_TEXTS_MISSING] = {"left out, as a domain", "omitted from the design", "a level"},
    [WEEG_TEXTS_REPLICATES] = {"BRR", "Fay's BRR", "jackknife (JK1)", "jackknife (JKn)", "jackknife (JK2)", "bootstrap",
                               "successive-difference", "ACS", "replicates"},
    [WEEG_TEXTS_MADE_REPLICATES] = {"jackknife (JKn)", "jackknife (JK1)", "BRR", "Fay's BRR", "Rao-Wu bootstrap",
                                    "Preston bootstrap"},
    [WEEG_TITLES_TEST] = {"Rao\u2013Scott", "Rao\u2013Scott", "Wald", "Adjusted Wald", "Rao\u2013Scott LR",
                          "Rao\u2013Scott saddlepoint", "Rao\u2013Scott mixture", "Rao\u2013Scott", "Rao\u2013Scott exact",
                          "Rao\u2013Scott effective"},
    [WEEG_TITLES_ORDER_TEST] = {"Wilcoxon", "Kruskal\u2013Wallis", "Van der Waerden", "Median test", "Linear trend"},
    [WEEG_TITLES_EFFECT] = {"Cram\u00e9r's V", "Cram\u00e9r's V, bias-corrected", "Gamma", "Kendall's tau-b", "Somers' D",
                            "Kappa", "Kappa, linear weights", "Kappa, quadratic weights"},
    [WEEG_TITLES_MEASURE] = {"Difference", "Risk ratio", "Odds ratio", "Number needed", "Contrast", "Difference of means",
                             "Ratio of means"},
    [WEEG_HEADERS_MEASURE] = {"diff.", "ratio", "ratio", "number", "estimate", "diff.", "ratio"},
};

const char *const *weeg_words(weeg_vocabulary which) {
  return which >= 0 && which < WEEG_VOCABULARIES ? words[which] : NULL;
}

static const weeg_profile profiles[] = {
    {"weeg", "this package", WEEG_DF_EFFECTIVE, WEEG_LONELY_FAIL, WEEG_INTERVAL_BETA, WEEG_TEST_RAO_SCOTT_EXACT, false,
     WEEG_MISSING_DOMAIN},
    {"survey", "R package survey", WEEG_DF_DOMAIN, WEEG_LONELY_FAIL, WEEG_INTERVAL_LOGIT, WEEG_TEST_RAO_SCOTT_F, false,
     WEEG_MISSING_DOMAIN},
    {"sas", "SAS PROC SURVEYFREQ", WEEG_DF_DESIGN, WEEG_LONELY_REMOVE, WEEG_INTERVAL_WALD, WEEG_TEST_RAO_SCOTT_DEFF, false,
     WEEG_MISSING_OMIT},
    {"stata", "Stata svy:", WEEG_DF_STRATA, WEEG_LONELY_FAIL, WEEG_INTERVAL_LOGIT, WEEG_TEST_RAO_SCOTT_F, false,
     WEEG_MISSING_OMIT},
    {"sudaan", "SUDAAN PROC CROSSTAB", WEEG_DF_DESIGN, WEEG_LONELY_FAIL, WEEG_INTERVAL_LOGIT, WEEG_TEST_WALD, false,
     WEEG_MISSING_DOMAIN},
    {"nchs", "NCHS reports", WEEG_DF_DOMAIN, WEEG_LONELY_FAIL, WEEG_INTERVAL_BETA_NCHS, WEEG_TEST_RAO_SCOTT_F, false,
     WEEG_MISSING_DOMAIN},
};

const weeg_profile *weeg_profiles(int32_t *count) {
  *count = (int32_t)(sizeof profiles / sizeof *profiles);
  return profiles;
}
