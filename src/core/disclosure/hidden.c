/* What of a result is not shown where some counts of its table are not: the same in every front end. See weeg.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "weeg.h"

weeg_status weeg_suppress_table(const weeg_tally *tally, const weeg_places *places, const weeg_suppressed *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t last = to->groups - 1;
  int64_t *n = NULL;
  if (last != places->groups || (to->answers != 1 && to->answers != places->answers)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 2, "a table has one group more than its places, and their answers or one");
  }
  WEEG_NEW(n, to->groups * (int64_t)to->answers + 1);
  for (int64_t e = 0; e < tally->entries; e++) {
    const int32_t c = tally->cell[e], g = places->group == NULL ? 0 : places->group[c];
    const int32_t a = places->answer == NULL ? 0 : places->answer[c];
    if (a >= 0) n[(g < 0 ? last : g) * (int64_t)to->answers + (to->answers == 1 ? 0 : a)] += tally->n[e];
  }
  WEEG_TRY(weeg_suppress(n, to, err));
cleanup:
  weeg_free(n);
  return status;
}

weeg_status weeg_suppress_item(const weeg_tally *tally, const weeg_answers *of, int32_t item, const weeg_suppressed *to,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *n = NULL;
  if (to->groups != of->groups + 1 || to->answers != 2 || item < 0 || item >= of->items) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 2, "a table of an item has one group more than the question, and two answers");
  }
  WEEG_NEW(n, 2 * (int64_t)to->groups);
  for (int64_t e = 0; e < tally->entries; e++) {
    const int32_t c = tally->cell[e], g = of->cell_group[c] < 0 ? of->groups : of->cell_group[c];
    if (of->cell_size[c] < 0) continue;
    n[2 * (int64_t)g + (of->cell_items[(int64_t)c * of->items + item] == 0)] += tally->n[e];
  }
  WEEG_TRY(weeg_suppress(n, to, err));
cleanup:
  weeg_free(n);
  return status;
}

static bool hides_group(const weeg_suppressed *of) {
  bool any = false;
  for (int32_t g = 0; g < of->groups; g++) any = any || of->group[g];
  return any;
}

bool weeg_hides_any(const weeg_suppressed *of) {
  bool any = hides_group(of);
  for (int32_t a = 0; a < of->answers; a++) any = any || of->answer[a];
  return any;
}

weeg_shown weeg_shown_cell(const weeg_suppressed *of, weeg_percent percent, int32_t group, int32_t answer) {
  if (percent == WEEG_OF_COLUMN && weeg_shown_margin(of, answer) != WEEG_SHOWN) return WEEG_NOTHING_SHOWN;
  if (percent == WEEG_OF_TOTAL && of->group[of->groups - 1]) return WEEG_NOTHING_SHOWN;
  if (!of->cell[(int64_t)group * of->answers + answer]) return WEEG_SHOWN;
  return percent == WEEG_OF_ROW && !of->group[group] ? WEEG_BASE_SHOWN : WEEG_NOTHING_SHOWN;
}

/* Where respondents without a group are hidden, the total would tell how many they are. */
weeg_shown weeg_shown_margin(const weeg_suppressed *of, int32_t answer) {
  if (of->group[of->groups - 1]) return WEEG_NOTHING_SHOWN;
  return of->answer[answer] ? WEEG_BASE_SHOWN : WEEG_SHOWN;
}

bool weeg_tells_empty(const weeg_suppressed *of, int32_t group) { return !of->group[group]; }

bool weeg_hides_side(const weeg_suppressed *of, int32_t group, int32_t answer) {
  if (group >= 0) return of->cell[(int64_t)group * of->answers + answer] != 0;
  return of->answer[answer] || hides_group(of);
}

double weeg_shown_number(double x) {
  enum { DIGITS = 9, ROOM = 32 };
  char text[ROOM];
  if (!isfinite(x) || x == round(x)) return x;
  (void)snprintf(text, sizeof text, "%.*g", DIGITS, x);
  return strtod(text, NULL);
}
