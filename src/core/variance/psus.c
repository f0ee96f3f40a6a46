#include "variance/psus.h"

#include "base/memory.h"
#include "base/order.h"
#include "base/sum.h"
#include "tally/places.h"
#include "variance/stage.h"

/* ---- the table ---- */

/* The PSU of each entry as its place in the order of the nest, -1 where it is in no stratum. */
static weeg_status find_places(psu_table *t, const weeg_survey *survey, int32_t *place_of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *rank = NULL;
  WEEG_ROOM(rank, t->nest.units);
  for (int32_t u = 0; u < t->nest.units; u++) rank[u] = -1;
  for (int32_t h = 0; h < t->nest.strata; h++) {
    for (int32_t k = t->nest.stratum_start[h]; k < t->nest.stratum_start[h + 1]; k++) {
      rank[t->nest.order[k]] = k;
      t->stratum[k] = h;
    }
  }
  for (int32_t u = 0; u < survey->tally->units; u++) {
    const int32_t unit = weeg_i_stage_unit(survey->design, 0, u);
    place_of[u] = unit < 0 ? -1 : rank[unit];
  }
cleanup:
  weeg_free(rank);
  return status;
}

/* Entries sorted by place, then stably by group: two counting sorts. */
static weeg_status sort_entries(psu_table *t, const weeg_survey *survey, const weeg_places *places, const int32_t *place_of,
                                const psu_numbers *numbers, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *tally = survey->tally;
  int64_t *by_place = NULL, *sorted = NULL;
  WEEG_NEW(by_place, (int64_t)t->nest.units + 1);
  WEEG_ROOM(sorted, tally->entries);
  for (int64_t i = 0; i < tally->entries; i++) {
    if (!weeg_i_in_table(places, tally->cell[i]) || place_of[tally->unit[i]] < 0) continue;
    by_place[place_of[tally->unit[i]] + 1]++;
    t->start[weeg_i_group_of(places, tally->cell[i]) + 1]++;
  }
  for (int32_t u = 0; u < t->nest.units; u++) by_place[u + 1] += by_place[u];
  for (int32_t g = 0; g < t->groups; g++) t->start[g + 1] += t->start[g];
  for (int64_t i = 0; i < tally->entries; i++) {
    if (!weeg_i_in_table(places, tally->cell[i]) || place_of[tally->unit[i]] < 0) continue;
    sorted[by_place[place_of[tally->unit[i]]]++] = i;
  }
  const int64_t entries = t->start[t->groups];
  WEEG_ROOM(t->place, entries);
  WEEG_ROOM(t->answer, entries);
  WEEG_ROOM(t->w, entries);
  WEEG_ROOM(t->n, entries);
  if (numbers != NULL) WEEG_ROOM(t->value, entries);
  if (numbers != NULL && numbers->base != NULL) WEEG_ROOM(t->base, entries);
  for (int64_t k = 0; k < entries; k++) {
    const int64_t i = sorted[k], at = t->start[weeg_i_group_of(places, tally->cell[i])]++;
    t->place[at] = place_of[tally->unit[i]];
    t->answer[at] = numbers == NULL ? weeg_i_answer_of(places, tally->cell[i]) : 0;
    t->w[at] = weeg_sum_value(tally->w[i], WEEG_PSU_SCALE);
    t->n[at] = (double)tally->n[i];
    if (t->value != NULL) t->value[at] = numbers->value[i];
    if (t->base != NULL) t->base[at] = numbers->base[i];
  }
  for (int32_t g = t->groups; g > 0; g--) t->start[g] = t->start[g - 1];
  t->start[0] = 0;
cleanup:
  weeg_free(by_place);
  weeg_free(sorted);
  return status;
}

weeg_status weeg_i_psu_table_make(psu_table *t, const weeg_survey *survey, const weeg_places *places, const psu_numbers *numbers,
                                  weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *place_of = NULL;
  *t = (psu_table){.design = survey->design, .groups = weeg_i_groups(places),
                   .answers = numbers == NULL ? weeg_i_answers_of(places) : 1};
  WEEG_TRY(weeg_i_nest_of_counts(&t->nest, survey, 0, err));
  WEEG_NEW(t->stratum, t->nest.units);
  WEEG_NEW(t->start, (int64_t)t->groups + 1);
  WEEG_ROOM(place_of, survey->tally->units);
  WEEG_TRY(find_places(t, survey, place_of, err));
  WEEG_TRY(sort_entries(t, survey, places, place_of, numbers, err));
cleanup:
  weeg_free(place_of);
  return status;
}

void weeg_i_psu_table_clear(psu_table *t) {
  weeg_i_nest_clear(&t->nest);
  weeg_free(t->stratum);
  weeg_free(t->start);
  weeg_free(t->place);
  weeg_free(t->answer);
  weeg_free(t->w);
  weeg_free(t->n);
  weeg_free(t->value);
  weeg_free(t->base);
  *t = (psu_table){0};
}

/* ---- a set of groups ---- */

/* The places of the PSUs of all groups, ascending, each once. */
static weeg_status list_places(psu_set *s, const psu_table *t, const int32_t *groups, int64_t count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t entries = 0;
  for (int64_t k = 0; k < count; k++) entries += t->start[groups[k] + 1] - t->start[groups[k]];
  WEEG_ROOM(s->place, entries);
  int64_t found = 0;
  for (int64_t k = 0; k < count; k++) {
    for (int64_t i = t->start[groups[k]]; i < t->start[groups[k] + 1]; i++) {
      if (i == t->start[groups[k]] || t->place[i] != t->place[i - 1]) s->place[found++] = t->place[i];
    }
  }
  s->psus = (int32_t)(count > 1 ? weeg_i_sort_distinct(s->place, found) : found); /* those of one group are in order */
cleanup:
  return status;
}

/* Adds what a PSU has of a group: entries from .. end - 1. x and n[answers] are scratch. */
static void add_group(psu_set *s, const psu_table *t, int64_t from, int64_t end, int32_t psu, double *x, double *n) {
  double w = 0, rows = 0, value = 0;
  for (int32_t k = 0; k < t->answers; k++) x[k] = n[k] = 0;
  for (int64_t i = from; i < end; i++) {
    x[t->answer[i]] += t->w[i];
    n[t->answer[i]] += t->n[i];
    w += t->w[i];
    rows += t->n[i];
    if (t->value != NULL) value += t->value[i];
    if (t->base != NULL) s->base[psu] += t->base[i];
  }
  s->w[psu] += w;
  s->rows += rows;
  for (int32_t k = 0; k < t->answers; k++) {
    const int64_t at = (int64_t)psu * t->answers + k;
    s->x[at] += t->value == NULL ? x[k] : value;
    s->n[at] += n[k];
    s->q[at] += weeg_i_even_squares(x[k], n[k]) + weeg_i_even_squares(w - x[k], rows - n[k]);
  }
}

weeg_status weeg_i_psu_set_make(psu_set *s, const psu_table *t, const int32_t *groups, int64_t count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *x = NULL, *n = NULL;
  *s = (psu_set){0};
  WEEG_TRY(list_places(s, t, groups, count, err));
  WEEG_NEW(s->w, s->psus);
  WEEG_NEW(s->x, (int64_t)s->psus * t->answers);
  WEEG_NEW(s->n, (int64_t)s->psus * t->answers);
  WEEG_NEW(s->q, (int64_t)s->psus * t->answers);
  if (t->base != NULL) WEEG_NEW(s->base, s->psus);
  WEEG_NEW(s->sum, t->answers);
  WEEG_ROOM(x, t->answers);
  WEEG_ROOM(n, t->answers);
  for (int64_t k = 0; k < count; k++) {
    int32_t psu = 0;
    for (int64_t from = t->start[groups[k]], end; from < t->start[groups[k] + 1]; from = end) {
      for (end = from + 1; end < t->start[groups[k] + 1] && t->place[end] == t->place[from];) end++;
      while (s->place[psu] != t->place[from]) psu++;
      add_group(s, t, from, end, psu, x, n);
    }
  }
  for (int32_t i = 0; i < s->psus; i++) {
    s->total += s->w[i];
    s->base_total += s->base == NULL ? 0 : s->base[i];
    for (int32_t k = 0; k < t->answers; k++) s->sum[k] += s->x[(int64_t)i * t->answers + k];
  }
cleanup:
  weeg_free(x);
  weeg_free(n);
  if (status != WEEG_OK) weeg_i_psu_set_clear(s);
  return status;
}

void weeg_i_psu_set_clear(psu_set *s) {
  weeg_free(s->place);
  weeg_free(s->w);
  weeg_free(s->x);
  weeg_free(s->n);
  weeg_free(s->q);
  weeg_free(s->base);
  weeg_free(s->sum);
  *s = (psu_set){0};
}
