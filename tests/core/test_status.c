/*
 * Error structs, names of statuses and reasons.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

static void test_fail(void) {
  weeg_error err = {0};
  memset(&err, 'x', sizeof err);
  err.say = NULL;
  CHECK_STATUS(weeg_fail(&err, WEEG_ERR_WEIGHT, 41, "weight %d is %s", 42, "negative"), WEEG_ERR_WEIGHT);
  CHECK(err.code == WEEG_ERR_WEIGHT && err.where == 41 && err.count == 0 && err.line == 0 && err.column == 0);
  CHECK_TEXT(err.message, "weight 42 is negative");

  CHECK_STATUS(weeg_fail(NULL, WEEG_ERR_MEMORY, -1, "no one listens to %s", "this"), WEEG_ERR_MEMORY);

  char text[600];
  memset(text, 'a', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  memset(&err, 'x', sizeof err);
  err.say = NULL;
  CHECK_STATUS(weeg_fail(&err, WEEG_ERR_NUMERIC, -1, "%s", text), WEEG_ERR_NUMERIC);
  CHECK(strlen(err.message) == WEEG_MESSAGE_SIZE - 1 && err.where == -1);
}

/* Facts are those of the last error, and a row can be said again. */
static void test_facts(void) {
  weeg_error err = {0};
  memset(&err, 'x', sizeof err);
  err.say = NULL;
  CHECK_STATUS(weeg_fail(&err, WEEG_ERR_MEMORY, -1, "no memory"), WEEG_ERR_MEMORY);
  const weeg_facts *f = &err.facts;
  CHECK(f->fault == WEEG_FAULT_NONE && f->subject == NULL && f->row == -1 && f->unit == -1 && f->stratum == -1 && f->other == -1);
  CHECK(f->stage == -1 && f->number == -1 && isnan(f->value) && isnan(f->limit));
  weeg_error_move(&err, 7);
  CHECK(err.where == -1 && f->row == -1);
  CHECK_TEXT(err.message, "no memory");

  CHECK_STATUS(weeg_fail_row(NULL, WEEG_ERR_FPC, "fpc", 1, WEEG_FAULT_DIFFERS), WEEG_ERR_FPC);
  CHECK_STATUS(weeg_fail_row(&err, WEEG_ERR_WEIGHT, "weight", 2, WEEG_FAULT_NEGATIVE), WEEG_ERR_WEIGHT);
  CHECK_TEXT(err.message, "the weight in row 3 is negative");
  err.count = 4;
  weeg_error_move(&err, 11);
  CHECK(err.code == WEEG_ERR_WEIGHT && err.where == 11 && err.count == 4 && f->row == 11 && f->fault == WEEG_FAULT_NEGATIVE);
  CHECK_TEXT(err.message, "the weight in row 12 is negative");
  err.facts.number = 1;
  weeg_error_move(&err, 0);
  CHECK(err.facts.number == 1);
  CHECK_TEXT(err.message, "weight 2 in row 1 is negative");
  for (int i = WEEG_FAULT_MISSING; i <= WEEG_FAULT_DIFFERS; i++) CHECK(strlen(weeg_fault_text((weeg_fault)i)) > 8);
  CHECK_TEXT(weeg_fault_text(WEEG_FAULT_TWO_STRATA), "");
  CHECK_TEXT(weeg_fault_text((weeg_fault)1000), "");
}

/* Some words of another language. */
static const char *say(const char *english) {
  static const char *const words[][2] = {{"the %s in row %lld %s", "%s in rij %lld %s"},
                                         {"%s %d in row %lld %s", "%s %d, rij %lld, %s"},
                                         {"weight", "het gewicht"},
                                         {"is negative", "is negatief"},
                                         {"%d rows", "%d rijen"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcmp(words[i][0], english) == 0) return words[i][1];
  }
  return strcmp(english, "nothing") == 0 ? NULL : english;
}

/* Formats and parts are said in the language of the caller; what is filled in is not looked up. */
static void test_say(void) {
  weeg_error err = {.say = say};
  CHECK_STATUS(weeg_fail(&err, WEEG_ERR_CSV, -1, "%d rows", 3), WEEG_ERR_CSV);
  CHECK_TEXT(err.message, "3 rijen");
  (void)weeg_fail(&err, WEEG_ERR_CSV, -1, "%s", "%d rows");
  CHECK_TEXT(err.message, "%d rows");
  (void)weeg_fail(&err, WEEG_ERR_CSV, -1, "unknown %s", "weight");
  CHECK_TEXT(err.message, "unknown weight");
  (void)weeg_fail(&err, WEEG_ERR_CSV, -1, "nothing");
  CHECK_TEXT(err.message, "nothing");
  (void)weeg_fail_row(&err, WEEG_ERR_WEIGHT, "weight", 2, WEEG_FAULT_NEGATIVE);
  CHECK_TEXT(err.message, "het gewicht in rij 3 is negatief");
  CHECK_TEXT(err.facts.subject, "weight");
  weeg_error_move(&err, 7);
  CHECK_TEXT(err.message, "het gewicht in rij 8 is negatief");
  err.facts.number = 1;
  weeg_error_move(&err, 0);
  CHECK_TEXT(err.message, "het gewicht 2, rij 1, is negatief");
}

static void test_names(void) {
  for (int i = WEEG_OK; i <= WEEG_ERR_CSV; i++) {
    const char *name = weeg_status_name((weeg_status)i);
    CHECK(name != NULL && name[0] != '\0' && strncmp(name, "unknown", 7) != 0);
    for (int j = 0; j < i; j++) CHECK(strcmp(name, weeg_status_name((weeg_status)j)) != 0);
  }
  CHECK_TEXT(weeg_status_name((weeg_status)1000), "unknown status");
  CHECK_TEXT(weeg_status_name((weeg_status)-1), "unknown status");
}

/* The codes of weeg.h's names: programs rely on them. */
static void test_reasons(void) {
  static const char *const codes[] = {"", "empty", "no-variation", "no-df", "no-variance", "zero-variance", "one-level",
                                      "singular", "zero-base", "few-df", "at-bound", "no-excess", "few-rows", "spans-zero",
                                      "empty-category", "not-finite", "too-large", "aliased", "all-aliased",
                                      "empty-standard", "no-limits", "separated", "confounded", "many-groups", "saturated",
                                      "no-variation-kish", "one-psu", "few-effective-df", "few-answers",
                                      "lost-digits", "zero-denominator", "open-limit", "same-limits", "not-positive",
                                      "no-logarithm", "protected"};
  CHECK(sizeof codes / sizeof codes[0] == WEEG_REASON_PROTECTED + 1);
  CHECK_TEXT(weeg_reason_text(WEEG_REASON_NONE), "");
  CHECK_TEXT(weeg_reason_code(WEEG_REASON_NONE), "");
  for (int i = WEEG_REASON_EMPTY; i <= WEEG_REASON_PROTECTED; i++) {
    const char *text = weeg_reason_text((weeg_reason)i);
    CHECK(text != NULL && strlen(text) > 10 && text[strlen(text) - 1] != '.' && strncmp(text, "unknown", 7) != 0);
    for (int j = 0; j < i; j++) CHECK(strcmp(text, weeg_reason_text((weeg_reason)j)) != 0);
    CHECK_TEXT(weeg_reason_code((weeg_reason)i), codes[i]);
  }
  CHECK_TEXT(weeg_reason_text((weeg_reason)1000), "unknown reason");
  CHECK_TEXT(weeg_reason_code((weeg_reason)1000), "unknown");
  CHECK_TEXT(weeg_reason_code((weeg_reason)-1), "unknown");
}

int main(void) {
  test_fail();
  test_facts();
  test_say();
  test_names();
  test_reasons();
  CHECK_TEXT(weeg_version(), WEEG_VERSION);
  weeg_free(NULL);
  return test_report("status");
}
