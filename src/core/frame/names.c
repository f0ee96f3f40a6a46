/* Names in two frames that are the same: strata, PSUs, levels. */
#include <stdlib.h>
#include <string.h>

#include "frame/frame.h"

/* A name, and its place among those of a and b. */
typedef struct named {
  int32_t parent;
  const char *text;
  int64_t at;
} named;

static int by_name(const void *a, const void *b) {
  const named *x = a, *y = b;
  if (x->parent != y->parent) return x->parent < y->parent ? -1 : 1;
  const int order = strcmp(x->text, y->text);
  return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static named name_at(const frame_names *a, const frame_names *b, int64_t at) {
  const frame_names *of = at < a->count ? a : b;
  const int64_t i = at < a->count ? at : at - a->count;
  return (named){of->parent == NULL ? 0 : of->parent[i], of->text == NULL ? "" : of->text[i], at};
}

weeg_status weeg_i_frame_number(const frame_names *a, const frame_names *b, frame_map *map, int32_t *count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  named *sorted = NULL;
  int64_t *first = NULL; /* where each name occurs first, and then its number */
  const int64_t all = (int64_t)a->count + b->count;
  if (all > INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the tallies have too many labels together");
  WEEG_NEW(sorted, all);
  WEEG_NEW(first, all);
  for (int64_t i = 0; i < all; i++) sorted[i] = name_at(a, b, i);
  qsort(sorted, (size_t)all, sizeof *sorted, by_name);
  for (int64_t k = 0; k < all; k++) {
    const bool again = k > 0 && sorted[k].parent == sorted[k - 1].parent && strcmp(sorted[k].text, sorted[k - 1].text) == 0;
    first[sorted[k].at] = again ? first[sorted[k - 1].at] : sorted[k].at;
  }
  *count = 0;
  for (int64_t i = 0; i < all; i++) {
    first[i] = first[i] == i ? (*count)++ : first[first[i]];
    if (i < a->count) map->a[i] = (int32_t)first[i];
    else map->b[i - a->count] = (int32_t)first[i];
  }
cleanup:
  weeg_free(sorted);
  weeg_free(first);
  return status;
}

/* ---- levels ---- */

/* Fills value[levels] with the numbers that levels stand for; false: a level has two. */
static bool join_values(const weeg_variable *v, const int32_t *level, bool *known, double *value) {
  for (int32_t k = 0; k < v->levels.count; k++) {
    const double found = weeg_level_score(v, k);
    if (known[level[k]] && value[level[k]] != found) return false;
    known[level[k]] = true;
    value[level[k]] = found;
  }
  return true;
}

typedef struct numbered {
  double value;
  int32_t from;
} numbered;

static int by_value(const void *a, const void *b) {
  const double x = ((const numbered *)a)->value, y = ((const numbered *)b)->value;
  return (x > y) - (x < y);
}

/* Puts levels that are numbers in order of size; number: false where that cannot be, and they stay as they are. */
static weeg_status sort_levels(const weeg_variable *a, const weeg_variable *b, weeg_joined_levels *joined,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t levels = joined->count;
  bool *known = NULL;
  double *value = NULL;
  numbered *sorted = NULL;
  int32_t *place = NULL;
  WEEG_NEW(known, levels);
  WEEG_NEW(value, levels);
  WEEG_NEW(sorted, levels);
  WEEG_NEW(place, levels);
  joined->number = join_values(a, joined->a, known, value) && join_values(b, joined->b, known, value);
  for (int32_t k = 0; k < levels; k++) sorted[k] = (numbered){value[k], k};
  qsort(sorted, (size_t)levels, sizeof *sorted, by_value);
  for (int32_t k = 0; k < levels; k++) {
    joined->number = joined->number && (k == 0 || sorted[k].value != sorted[k - 1].value);
    place[sorted[k].from] = k;
  }
  for (int32_t k = 0; k < a->levels.count && joined->number; k++) joined->a[k] = place[joined->a[k]];
  for (int32_t k = 0; k < b->levels.count && joined->number; k++) joined->b[k] = place[joined->b[k]];
cleanup:
  weeg_free(known);
  weeg_free(value);
  weeg_free(sorted);
  weeg_free(place);
  return status;
}

weeg_status weeg_join_levels(const weeg_variable *a, const weeg_variable *b, weeg_joined_levels *joined,
                             weeg_error *err) {
  const frame_names of_a = {a->levels.count, a->levels.text, NULL}, of_b = {b->levels.count, b->levels.text, NULL};
  frame_map map = {joined->a, joined->b};
  const weeg_status status = weeg_i_frame_number(&of_a, &of_b, &map, &joined->count, err);
  joined->number = a->number && b->number;
  if (status != WEEG_OK || !joined->number) return status;
  return sort_levels(a, b, joined, err);
}
