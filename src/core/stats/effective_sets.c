#include "stats/effective_sets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/order.h"
#include "stats/mean_sets.h"
#include "stats/shares.h"
#include "tally/places.h"

/* Of an output: the time of a law grows with their third power. Contrasts of more stay with Student's t. */
enum { MOST_SETS = 16 };

weeg_status weeg_i_effective_sets_make(effective_sets *x, const weeg_survey *survey, const weeg_sets *sets, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_places *places = sets->places;
  const int32_t groups = weeg_i_groups(places);
  mean_sets of = {.sets = NULL};
  double *value = NULL;
  *x = (effective_sets){.sets = sets};
  WEEG_TRY(weeg_i_check_places(survey->tally, places, err));
  WEEG_NEW(x->part_of, groups);
  WEEG_NEW(x->touched, groups);
  WEEG_NEW(x->child, (int64_t)groups + 2);
  WEEG_NEW(x->one, groups);
  WEEG_NEW(x->part, groups);
  WEEG_NEW(x->of_group, groups);
  WEEG_NEW(x->has_group, groups);
  WEEG_NEW(x->borrowed, groups);
  WEEG_NEW(x->used, groups);
  for (int32_t g = 0; g < groups; g++) x->part_of[g] = -1;
  if (sets->measure > 0) {
    WEEG_NEW(value, survey->tally->entries);
    WEEG_TRY(weeg_i_mean_sets_make(&of, survey, sets, err));
    weeg_i_set_values(&of, value);
  }
  WEEG_TRY(weeg_i_psu_table_make(&x->table, survey, places, value == NULL ? NULL : &(psu_numbers){value, NULL}, err));
cleanup:
  weeg_i_mean_sets_clear(&of);
  weeg_free(value);
  return status;
}

static void clear_part(effective_sets *x, int32_t part) {
  if (x->part[part].place != x->of_group[x->one[part]].place) weeg_i_psu_set_clear(&x->part[part]);
  x->part[part] = (psu_set){0};
}

static void forget_parts(effective_sets *x) {
  weeg_i_effective_pair_clear(&x->pair);
  weeg_i_effective_frame_clear(&x->frame);
  for (int32_t k = 0; k < x->parts; k++) clear_part(x, k);
  for (int32_t k = 0; k < x->touches; k++) x->part_of[x->touched[k]] = -1;
  x->parts = x->touches = 0;
}

void weeg_i_effective_sets_clear(effective_sets *x) {
  forget_parts(x);
  for (int32_t g = 0; x->of_group != NULL && g < x->table.groups; g++) weeg_i_psu_set_clear(&x->of_group[g]);
  weeg_i_psu_table_clear(&x->table);
  weeg_free(x->part_of);
  weeg_free(x->touched);
  weeg_free(x->child);
  weeg_free(x->one);
  weeg_free(x->part);
  weeg_free(x->of_group);
  weeg_free(x->has_group);
  weeg_free(x->borrowed);
  weeg_free(x->used);
  *x = (effective_sets){0};
}

/* Refines the parts by one more set: its groups leave their part for one of their own. Returns how many numbers are in use. */
static int32_t split_parts(effective_sets *x, int32_t set, int32_t used) {
  for (int32_t k = 0; k <= used; k++) x->child[k] = -1;
  int32_t now = used;
  for (int64_t j = x->sets->start[set]; j < x->sets->start[set + 1]; j++) {
    const int32_t g = x->sets->group[j], old = x->part_of[g] + 1; /* 0: of no set so far */
    if (old == 0) x->touched[x->touches++] = g;
    if (x->child[old] < 0) x->child[old] = now++;
    x->part_of[g] = x->child[old];
  }
  return now;
}

/* Numbers the parts that still have groups from 0 on, in order of their first group. */
static int32_t number_parts(effective_sets *x) {
  int32_t parts = 0;
  qsort(x->touched, (size_t)x->touches, sizeof *x->touched, weeg_i_by_number);
  for (int32_t k = 0; k < x->touches; k++) { /* parts so far are few: sets of an output are */
    const int32_t old = x->part_of[x->touched[k]];
    int32_t at = 0;
    while (at < parts && x->child[at] != old) at++;
    if (at == parts) {
      x->child[parts] = old;
      x->one[parts++] = x->touched[k];
    }
  }
  for (int32_t k = 0; k < x->touches; k++) {
    int32_t at = 0;
    while (x->child[at] != x->part_of[x->touched[k]]) at++;
    x->part_of[x->touched[k]] = at;
  }
  return parts;
}

/* The next part, of groups[count], unless it has no rows. */
static weeg_status make_part(effective_sets *x, const int32_t *groups, int32_t count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t one = groups[0];
  psu_set *part = &x->part[x->parts];
  x->one[x->parts] = one;
  if (count > 1) {
    WEEG_TRY(weeg_i_psu_set_make(part, &x->table, groups, count, err));
  } else {
    if (!x->has_group[one]) WEEG_TRY(weeg_i_psu_set_make(&x->of_group[one], &x->table, groups, 1, err));
    x->has_group[one] = true;
    *part = x->of_group[one];
  }
  if (part->psus > 0) x->parts++;
  else clear_part(x, x->parts);
cleanup:
  return status;
}

weeg_status weeg_i_effective_sets_take(effective_sets *x, const int32_t *set, int32_t count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t used = 0, *groups = NULL;
  forget_parts(x);
  if (count > MOST_SETS) return WEEG_OK;
  /* after each set no more numbers are in use than groups: those of parts without groups are taken again */
  for (int32_t s = 0; s < count; s++) {
    used = split_parts(x, set[s], used);
    used = number_parts(x);
  }
  WEEG_NEW(groups, x->touches);
  for (int32_t part = 0, parts = used; part < parts; part++) {
    int32_t mine = 0;
    for (int32_t k = 0; k < x->touches; k++) {
      if (x->part_of[x->touched[k]] == part) groups[mine++] = x->touched[k];
    }
    WEEG_TRY(make_part(x, groups, mine, err));
  }
cleanup:
  weeg_free(groups);
  return status;
}

/* Whether a set has a group. */
static bool has_group(const weeg_sets *sets, int32_t set, int32_t group) {
  int64_t low = sets->start[set], high = sets->start[set + 1];
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (sets->group[middle] < group) low = middle + 1;
    else high = middle;
  }
  return low < sets->start[set + 1] && sets->group[low] == group;
}

/* Whether a part has PSUs that vary: one that was sampled whole is a constant. */
static bool varies(const effective_sets *x, int32_t part) {
  for (int32_t i = 0; i < x->part[part].psus; i++) {
    if (weeg_i_stratum_varies(&x->table, x->table.stratum[x->part[part].place[i]])) return true;
  }
  return false;
}

/*
 * The coefficient of each part's proportion, and that proportion: sum_s slope_s p_s = sum_s slope_s sum_parts (T_part /
 * T_s) p_part. Those that cancel but for rounding are 0.
 */
static void spread_slopes(const effective_sets *x, const effective_slopes *of, double *coef, double *p) {
  double most = 0;
  for (int32_t k = 0; k < x->parts; k++) {
    p[k] = x->part[k].sum[of->answer] / x->part[k].total;
    coef[k] = 0;
  }
  for (int32_t s = 0; s < of->count; s++) {
    double total = 0;
    for (int32_t k = 0; k < x->parts; k++) total += has_group(x->sets, of->set[s], x->one[k]) ? x->part[k].total : 0;
    for (int32_t k = 0; k < x->parts; k++) {
      if (has_group(x->sets, of->set[s], x->one[k])) coef[k] += of->slope[s] * x->part[k].total / total;
    }
  }
  for (int32_t k = 0; k < x->parts; k++) most = fmax(most, fabs(coef[k]));
  for (int32_t k = 0; k < x->parts; k++) coef[k] = fabs(coef[k]) > 1e-12 * most ? coef[k] : 0;
}

/* Makes the frame of used[count], unless it is there. */
static weeg_status use_parts(effective_sets *x, const int32_t *used, int32_t count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (count == x->frame.sets && memcmp(used, x->used, sizeof *used * (size_t)count) == 0) return WEEG_OK;
  weeg_i_effective_pair_clear(&x->pair);
  weeg_i_effective_frame_clear(&x->frame);
  for (int32_t k = 0; k < count; k++) {
    x->used[k] = used[k];
    x->borrowed[k] = x->part[used[k]];
  }
  WEEG_TRY(weeg_i_effective_frame_make(&x->frame, &x->table, x->borrowed, count, err));
  if (count == 2) WEEG_TRY(weeg_i_effective_pair_new(&x->pair, &x->frame, err));
cleanup:
  return status;
}

/* The law of what the parts with a coefficient make. */
static weeg_status make_law(effective_sets *x, const effective_slopes *of, effective *e, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *coef = NULL, *p = NULL;
  int32_t *used = NULL, count = 0;
  WEEG_NEW(coef, x->parts);
  WEEG_NEW(p, x->parts);
  WEEG_NEW(used, x->parts);
  spread_slopes(x, of, coef, p);
  for (int32_t k = 0; k < x->parts; k++) {
    if (coef[k] == 0 || !varies(x, k)) continue;
    used[count] = k;
    coef[count] = coef[k];
    p[count++] = p[k];
  }
  if (count > 0) {
    WEEG_TRY(use_parts(x, used, count, err));
    const effective_sum sum = {p, coef, of->answer};
    if (count == 2) weeg_i_effective_pair_make(e, &x->pair, &sum);
    else weeg_i_effective_make(e, &x->frame, &sum);
  }
cleanup:
  weeg_free(coef);
  weeg_free(p);
  weeg_free(used);
  return status;
}

/* A value and its standard error on the scale of its limits. */
static double to_scale(bool bounded, double value, double *std_error) {
  if (!bounded || fabs(value) >= 1) return value;
  *std_error /= (1 - value) * (1 + value);
  return atanh(value);
}

static double from_scale(bool bounded, double value, double x) { return bounded && fabs(value) < 1 ? tanh(x) : x; }

/* The factors of a ratio, whose quantile at this level is t: those at 95 % are those of all levels, and of the p-value. */
static weeg_status find_factors(effective *e, const two_shares *two, double level, double t, double factor[2],
                                weeg_error *err) {
  weeg_status status = WEEG_OK;
  double df = NAN;
  factor[0] = factor[1] = 1;
  if (two == NULL) return WEEG_OK;
  if (fabs(level - 0.95) > 1e-12) WEEG_TRY(weeg_i_effective_quantile(e, 0.05, &t, &df, err));
  if (e->exists) WEEG_TRY(weeg_i_ratio_factors(two, t, factor, err));
cleanup:
  return status;
}

/* By the law, if it exists. */
static weeg_status refer(effective *e, effective_scale scale, double level, weeg_contrast *contrast, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double t = NAN, factor[2], std_error = contrast->std_error;
  weeg_contrast c = *contrast;
  const double value = to_scale(scale.bounded, c.estimate, &std_error);
  WEEG_TRY(weeg_i_effective_quantile(e, 1 - level, &t, &c.df_used, err));
  if (!e->exists) goto cleanup;
  WEEG_TRY(find_factors(e, scale.two, level, t, factor, err));
  if (!e->exists) goto cleanup;
  c.statistic = value / (std_error * factor[value < 0]); /* by the side on which no difference is */
  WEEG_TRY(weeg_i_effective_tail(e, c.statistic, &c.p_value, err));
  if (!e->exists) goto cleanup;
  c.low = from_scale(scale.bounded, c.estimate, value - t * std_error * factor[0]);
  c.high = from_scale(scale.bounded, c.estimate, value + t * std_error * factor[1]);
  c.reason = weeg_i_caution(c.df_used, e->largest);
  *contrast = c;
cleanup:
  return status;
}

weeg_status weeg_i_effective_contrast(effective_sets *x, const effective_slopes *of, effective_scale scale, double level,
                                      weeg_contrast *contrast, weeg_error *err) {
  weeg_status status = WEEG_OK;
  effective e = {0};
  if (contrast->reason != WEEG_REASON_NONE) return WEEG_OK;
  WEEG_TRY(make_law(x, of, &e, err));
  if (e.exists) WEEG_TRY(refer(&e, scale, level, contrast, err));
  if (!e.exists) WEEG_TRY(weeg_i_contrast_student(level, &(students){0}, contrast, err));
cleanup:
  return status;
}
