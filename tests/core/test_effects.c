/*
 * Which effect sizes two variables can have.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

static char a[] = "a", b[] = "b", c[] = "c", one[] = "1", two_of[] = "2", ten[] = "10";
static char *const abc[] = {a, b, c}, *const acb[] = {a, c, b}, *const numbers[] = {one, two_of, ten};

static weeg_variable make(char *const *levels, int32_t count, bool ordered, bool number) {
  static char name[] = "v";
  return (weeg_variable){.name = name, .ordered = ordered, .number = number, .levels = {count, (char **)(uintptr_t)levels}};
}

int main(void) {
  const weeg_variable plain = make(abc, 3, false, false), ordered = make(abc, 3, true, false);
  const weeg_variable number = make(numbers, 3, false, true);
  const weeg_variable two = make(abc, 2, false, false), swapped = make(acb, 3, true, false);
  weeg_effect_kind kind[WEEG_USUAL_EFFECTS];
  weeg_error err = {0};
  CHECK(!weeg_has_order(&plain) && weeg_has_order(&ordered) && weeg_has_order(&number) && weeg_has_order(&two));
  CHECK(weeg_usual_effects(&plain, &ordered, kind) == 2 && kind[0] == WEEG_CRAMERS_V && kind[1] == WEEG_CRAMERS_V_CORRECTED);
  CHECK(weeg_usual_effects(&ordered, &plain, kind) == 2);
  CHECK(weeg_usual_effects(&number, &two, kind) == 5 && kind[2] == WEEG_GAMMA && kind[4] == WEEG_SOMERS_D);
  for (int k = WEEG_CRAMERS_V; k <= WEEG_KAPPA_QUADRATIC; k++) {
    const weeg_effect_kind at = (weeg_effect_kind)k;
    const bool ranks = k >= WEEG_GAMMA && k <= WEEG_SOMERS_D, weighted = k > WEEG_KAPPA;
    const weeg_status refused = ranks || weighted ? WEEG_ERR_ARGUMENT : WEEG_OK;
    CHECK_STATUS(weeg_check_effect(at, &plain, &plain, &err), refused);
    CHECK(refused == WEEG_OK || err.where == 0);
    CHECK_STATUS(weeg_check_effect(at, &ordered, &plain, &err), refused);
    CHECK(refused == WEEG_OK || err.where == 1);
    CHECK_OK(weeg_check_effect(at, &ordered, &ordered, &err));
    const weeg_variable *const others[] = {&swapped, &number, &two};
    for (int i = 0; i < 3; i++) {
      CHECK_STATUS(weeg_check_effect(at, &ordered, others[i], &err), k >= WEEG_KAPPA ? WEEG_ERR_ARGUMENT : WEEG_OK);
      CHECK(k < WEEG_KAPPA || err.where == -1);
    }
  }
  return test_report("effects");
}
