/* Words of choices: as many as their enums have, none twice; and the table of conventions. */
#include "test.h"

static const struct {
  weeg_vocabulary which;
  int last;          /* of the enum */
  const char *word;  /* the one of it */
} enums[] = {
    {WEEG_WORDS_LONELY, WEEG_LONELY_AVERAGE, "average"},
    {WEEG_WORDS_DF, WEEG_DF_EFFECTIVE, "effective"},
    {WEEG_TEXTS_DF, WEEG_DF_EFFECTIVE, "effective"},
    {WEEG_WORDS_MISSING, WEEG_MISSING_LEVEL, "level"},
    {WEEG_TEXTS_MISSING, WEEG_MISSING_LEVEL, "a level"},
    {WEEG_WORDS_ENCODING, WEEG_WINDOWS_1252, "windows-1252"},
    {WEEG_WORDS_CALIBRATION, WEEG_CALIBRATION_LOGIT, "logit"},
    {WEEG_WORDS_REPLICATES, WEEG_REPLICATES_OTHER, "other"},
    {WEEG_TEXTS_REPLICATES, WEEG_REPLICATES_OTHER, "replicates"},
    {WEEG_WORDS_MADE_REPLICATES, WEEG_REPLICATION_PRESTON, "preston"},
    {WEEG_TEXTS_MADE_REPLICATES, WEEG_REPLICATION_PRESTON, "Preston bootstrap"},
    {WEEG_WORDS_INTERVAL, WEEG_INTERVAL_JEFFREYS, "jeffreys"},
    {WEEG_WORDS_TEST, WEEG_TEST_RAO_SCOTT_EFFECTIVE, "rao-scott-effective"},
    {WEEG_WORDS_MEASURE, WEEG_NUMBER_NEEDED, "number-needed"},
    {WEEG_TITLES_MEASURE, WEEG_NUMBER_NEEDED + 3, "Ratio of means"},
    {WEEG_HEADERS_MEASURE, WEEG_NUMBER_NEEDED + 3, "ratio"},
    {WEEG_WORDS_MEAN_MEASURE, WEEG_RISK_RATIO, "mean-ratio"},
    {WEEG_WORDS_ADJUSTMENT, WEEG_ADJUST_BONFERRONI, "bonferroni"},
    {WEEG_WORDS_EFFECT, WEEG_KAPPA_QUADRATIC, "kappa-quadratic"},
};

static void words_of_enums(void) {
  for (size_t i = 0; i < sizeof enums / sizeof *enums; i++) {
    const char *const *words = weeg_words(enums[i].which);
    CHECK(strcmp(words[enums[i].last], enums[i].word) == 0);
    CHECK(words[enums[i].last + 1] == NULL);
  }
  CHECK(strcmp(weeg_words(WEEG_WORDS_INTERVAL)[WEEG_INTERVAL_BETA_NCHS], "beta-nchs") == 0);
  CHECK(strcmp(weeg_words(WEEG_WORDS_TEST)[WEEG_TEST_ADJUSTED_WALD], "adjusted-wald") == 0);
  CHECK(strcmp(weeg_words(WEEG_WORDS_ADJUSTMENT)[WEEG_ADJUST_BH], "BH") == 0);
  CHECK(strcmp(weeg_words(WEEG_WORDS_REPLICATES)[WEEG_REPLICATES_JKN], "jkn") == 0);
  CHECK(strcmp(weeg_words(WEEG_TEXTS_MADE_REPLICATES)[WEEG_REPLICATION_JK1], "jackknife (JK1)") == 0);
  CHECK(strcmp(weeg_words(WEEG_TITLES_MEASURE)[WEEG_ODDS_RATIO], "Odds ratio") == 0);
}

static void no_word_twice(void) {
  for (int k = 0; k < WEEG_VOCABULARIES; k++) {
    const char *const *words = weeg_words((weeg_vocabulary)k);
    CHECK(words[0] != NULL && words[1] != NULL);
    for (int i = 0; words[i] != NULL; i++) {
      CHECK(words[i][0] != '\0');
      /* titles may be shared */
      for (int j = 0; j < i; j++) CHECK(k >= WEEG_TITLES_TEST || strcmp(words[i], words[j]) != 0);
    }
  }
  const weeg_vocabulary titled[] = {WEEG_WORDS_TEST, WEEG_WORDS_ORDER_TEST};
  const weeg_vocabulary titles[] = {WEEG_TITLES_TEST, WEEG_TITLES_ORDER_TEST};
  for (int k = 0; k < 2; k++) {
    for (int i = 0; weeg_words(titled[k])[i] != NULL || weeg_words(titles[k])[i] != NULL; i++) {
      CHECK(weeg_words(titled[k])[i] != NULL && weeg_words(titles[k])[i] != NULL);
    }
  }
  CHECK(weeg_words(WEEG_VOCABULARIES) == NULL);
}

/* What the sources of ?weeg_conventions say. */
static void conventions_of_programs(void) {
  int32_t count = 0;
  const weeg_profile *p = weeg_profiles(&count);
  CHECK(count == 6);
  CHECK(strcmp(p[0].name, "weeg") == 0);
  for (int32_t i = 0; i < count; i++) {
    const bool whole = strcmp(p[i].name, "sas") == 0 || strcmp(p[i].name, "sudaan") == 0;
    const bool omits = strcmp(p[i].name, "sas") == 0 || strcmp(p[i].name, "stata") == 0;
    CHECK((p[i].df == WEEG_DF_DESIGN) == whole);
    /* the law of few PSUs is this package's alone */
    CHECK((p[i].df == WEEG_DF_EFFECTIVE) == (i == 0) && (p[i].test == WEEG_TEST_RAO_SCOTT_EXACT) == (i == 0));
    CHECK((p[i].interval == WEEG_INTERVAL_BETA) == (i == 0));
    CHECK((p[i].missing == WEEG_MISSING_OMIT) == omits);
    CHECK((p[i].lonely == WEEG_LONELY_REMOVE) == (strcmp(p[i].name, "sas") == 0));
    CHECK(!p[i].null_proportions);
  }
}

int main(void) {
  words_of_enums();
  no_word_twice();
  conventions_of_programs();
  return test_report("conventions");
}
