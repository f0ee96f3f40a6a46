#include "stats/table.h"

#include "base/memory.h"
#include "base/sum.h"
#include "tally/places.h"
#include "tally/made.h"

void weeg_i_table_clear(table *t) {
  weeg_free(t->place);
  weeg_free(t->group);
  weeg_free(t->use);
  weeg_free(t->cell_n);
  weeg_free(t->cell_w);
  weeg_free(t->n);
  weeg_free(t->group_n);
  weeg_free(t->answer_n);
  weeg_free(t->w);
  weeg_free(t->group_w);
  weeg_free(t->answer_w);
}

/* Sums of weights are added as integers, so that they are the same in whatever cells of the tally the rows are. */
static weeg_status add_weights(table *t, const weeg_sum *cell, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_sum *sum = NULL, all = {0}; /* places, then groups, then answers */
  const int64_t groups = t->groups, places = t->places;
  WEEG_NEW(sum, places + groups + t->answers);
  for (int32_t c = 0; c < t->tally->cells; c++) {
    if (t->place[c] >= 0) weeg_i_sum_add(&sum[t->place[c]], cell[c]);
  }
  for (int32_t g = 0, i = 0; g < t->groups; g++) {
    for (int32_t k = 0; k < t->answers; k++, i++) {
      weeg_i_sum_add(&sum[places + g], sum[i]);
      weeg_i_sum_add(&sum[places + groups + k], sum[i]);
      t->w[i] = weeg_sum_value(sum[i], t->tally->scale);
    }
    weeg_i_sum_add(&all, sum[places + g]);
  }
  for (int64_t g = 0; g < groups; g++) t->group_w[g] = weeg_sum_value(sum[places + g], t->tally->scale);
  for (int64_t k = 0; k < t->answers; k++) {
    t->answer_w[k] = groups == 1 ? t->w[k] : weeg_sum_value(sum[places + groups + k], t->tally->scale);
  }
  t->exact_w = weeg_sum_value(all, t->tally->scale);
cleanup:
  weeg_free(sum);
  return status;
}

static void add_rows(table *t) {
  for (int32_t c = 0; c < t->tally->cells; c++) {
    if (t->place[c] < 0) continue;
    t->n[t->place[c]] += t->cell_n[c];
    t->group_n[t->group[c]] += t->cell_n[c];
    t->answer_n[t->place[c] % t->answers] += t->cell_n[c];
    t->total_n += t->cell_n[c];
    t->total_w += t->cell_w[c];
  }
  for (int32_t g = 0; g < t->groups; g++) t->groups_used += t->group_n[g] > 0;
  for (int32_t k = 0; k < t->answers; k++) t->answers_used += t->answer_n[k] > 0;
}

weeg_status weeg_i_table_make(table *t, const weeg_tally *tally, const weeg_places *places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_sum *sum = NULL; /* of cells */
  WEEG_TRY(weeg_i_check_places(tally, places, err));
  *t = (table){.tally = tally, .groups = weeg_i_groups(places), .answers = weeg_i_answers_of(places)};
  t->places = t->groups * t->answers;
  WEEG_NEW(t->place, tally->cells);
  WEEG_NEW(t->group, tally->cells);
  WEEG_NEW(t->use, tally->cells);
  WEEG_NEW(t->cell_n, tally->cells);
  WEEG_NEW(t->cell_w, tally->cells);
  WEEG_NEW(t->n, t->places);
  WEEG_NEW(t->w, t->places);
  WEEG_NEW(t->group_n, t->groups);
  WEEG_NEW(t->group_w, t->groups);
  WEEG_NEW(t->answer_n, t->answers);
  WEEG_NEW(t->answer_w, t->answers);
  WEEG_NEW(sum, tally->cells);
  weeg_i_tally_sums(tally, t->cell_n, sum);
  for (int32_t c = 0; c < tally->cells; c++) t->cell_w[c] = weeg_sum_value(sum[c], tally->scale);
  weeg_i_groups_in_table(tally, places, t->group);
  for (int32_t c = 0; c < tally->cells; c++) {
    t->use[c] = t->group[c] >= 0;
    t->place[c] = t->use[c] ? t->group[c] * t->answers + weeg_i_answer_of(places, c) : -1;
  }
  add_rows(t);
  WEEG_TRY(add_weights(t, sum, err));
cleanup:
  weeg_free(sum);
  return status;
}

/* Moves the items that have rows to the front; number[size] gets their new numbers, -1 for the others. */
static void compact(int64_t *n, double *w, int32_t size, int32_t *number) {
  int32_t used = 0;
  for (int32_t k = 0; k < size; k++) {
    number[k] = n[k] > 0 ? used : -1;
    if (n[k] == 0) continue;
    n[used] = n[k];
    w[used++] = w[k];
  }
}

weeg_status weeg_i_table_shrink(table *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *group = NULL, *answer = NULL;
  WEEG_NEW(group, t->groups);
  WEEG_NEW(answer, t->answers);
  compact(t->group_n, t->group_w, t->groups, group);
  compact(t->answer_n, t->answer_w, t->answers, answer);
  for (int32_t i = 0; i < t->places; i++) {
    const int32_t g = group[i / t->answers], k = answer[i % t->answers];
    if (g < 0 || k < 0) continue;
    t->n[g * t->answers_used + k] = t->n[i]; /* never behind i */
    t->w[g * t->answers_used + k] = t->w[i];
  }
  for (int32_t c = 0; c < t->tally->cells; c++) {
    if (t->place[c] < 0) continue;
    const int32_t g = group[t->group[c]], k = answer[t->place[c] % t->answers];
    t->use[c] = g >= 0 && k >= 0;
    t->group[c] = t->use[c] ? g : -1;
    t->place[c] = t->use[c] ? g * t->answers_used + k : -1;
  }
  t->groups = t->groups_used;
  t->answers = t->answers_used;
  t->places = t->groups * t->answers;
cleanup:
  weeg_free(group);
  weeg_free(answer);
  return status;
}

void weeg_i_table_proportions(const table *t, double *p, double *group_p, double *answer_p) {
  for (int32_t i = 0; i < t->places; i++) {
    p[i] = t->w[i] / t->total_w;
    group_p[i / t->answers] += p[i];
    answer_p[i % t->answers] += p[i];
  }
}
