/*
 * Error structs, names of statuses and reasons.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

static void test_fail(void) {
  weeg_error err;
  memset(&err, 'x', sizeof err);
  CHECK_STATUS(weeg_fail(&err, WEEG_ERR_WEIGHT, 41, "weight %d is %s", 42, "negative"), WEEG_ERR_WEIGHT);
  CHECK(err.code == WEEG_ERR_WEIGHT && err.where == 41 && err.count == 0 && err.line == 0 && err.column == 0);
  CHECK_TEXT(err.message, "weight 42 is negative");

  CHECK_STATUS(weeg_fail(NULL, WEEG_ERR_MEMORY, -1, "no one listens to %s", "this"), WEEG_ERR_MEMORY);

  char text[600];
  memset(text, 'a', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  memset(&err, 'x', sizeof err);
  CHECK_STATUS(weeg_fail(&err, WEEG_ERR_NUMERIC, -1, "%s", text), WEEG_ERR_NUMERIC);
  CHECK(strlen(err.message) == WEEG_MESSAGE_SIZE - 1 && err.where == -1);
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

static void test_reasons(void) {
  CHECK_TEXT(weeg_reason_text(WEEG_REASON_NONE), "");
  for (int i = WEEG_REASON_EMPTY; i <= WEEG_REASON_NOT_FINITE; i++) {
    const char *text = weeg_reason_text((weeg_reason)i);
    CHECK(text != NULL && strlen(text) > 10 && text[strlen(text) - 1] != '.' && strncmp(text, "unknown", 7) != 0);
    for (int j = 0; j < i; j++) CHECK(strcmp(text, weeg_reason_text((weeg_reason)j)) != 0);
  }
  CHECK_TEXT(weeg_reason_text((weeg_reason)1000), "unknown reason");
}

int main(void) {
  test_fail();
  test_names();
  test_reasons();
  weeg_free(NULL);
  return test_report("status");
}
