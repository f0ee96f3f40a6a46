/* Do groups have the same mean? */
#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "stats/effective_sets.h"
#include "stats/mean_sets.h"
#include "stats/rao_scott.h"
#include "variance/alone.h"
#include "variance/scores.h"
#include "weeg.h"

typedef struct equality {
  const weeg_survey *survey;
  weeg_sets sets;      /* a set for each group with rows */
  int64_t *start;
  int32_t *group;
  mean_sets means;
  int64_t *n;
  double *base, *mean, *variance; /* [sets] */
  uint8_t *lost;
  int32_t first;       /* the set whose mean is known best */
} equality;

static void clear(equality *e) {
  weeg_free(e->start);
  weeg_free(e->group);
  weeg_i_mean_sets_clear(&e->means);
  weeg_free(e->n);
  weeg_free(e->base);
  weeg_free(e->mean);
  weeg_free(e->variance);
  weeg_free(e->lost);
}

/* Coefficients of differences of all sets from one of them (-1: of the means themselves). */
typedef struct differences {
  int64_t *start;
  int32_t *set;
  double *coef;
  int32_t outputs;
} differences;

static void clear_differences(differences *d) {
  weeg_free(d->start);
  weeg_free(d->set);
  weeg_free(d->coef);
}

static weeg_status make_differences(differences *d, int32_t sets, int32_t from, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(d->start, (int64_t)sets + 1);
  WEEG_NEW(d->set, 2 * (int64_t)sets);
  WEEG_NEW(d->coef, 2 * (int64_t)sets);
  for (int32_t s = 0; s < sets; s++) {
    int64_t used = d->start[d->outputs];
    if (s == from) continue;
    d->set[used] = s;
    d->coef[used++] = 1;
    if (from >= 0) {
      d->set[used] = from;
      d->coef[used++] = -1;
    }
    d->start[++d->outputs] = used;
  }
cleanup:
  return status;
}

static weeg_status begin(equality *e, const table *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(e->start, (int64_t)t->groups + 1);
  WEEG_NEW(e->group, t->groups);
  for (int32_t g = 0; g < t->groups; g++) {
    if (t->group_n[g] > 0) e->group[e->sets.sets++] = g;
  }
  for (int32_t s = 0; s < e->sets.sets; s++) e->start[s + 1] = s + 1;
  e->sets.start = e->start;
  e->sets.group = e->group;
  WEEG_NEW(e->n, e->sets.sets);
  WEEG_NEW(e->base, e->sets.sets);
  WEEG_NEW(e->mean, e->sets.sets);
  WEEG_NEW(e->variance, e->sets.sets);
  WEEG_NEW(e->lost, e->sets.sets);
  WEEG_TRY(weeg_i_mean_sets_make(&e->means, e->survey, &e->sets, err));
  weeg_i_set_means(&e->means, e->n, e->base, e->mean, e->lost);
cleanup:
  return status;
}

static bool any_lost(const equality *e) {
  for (int32_t s = 0; s < e->sets.sets; s++) {
    if (e->lost[s]) return true;
  }
  return false;
}

/* Differences from a mean that varies much more than the others are nearly collinear. */
static weeg_status find_first(equality *e, weeg_error *err) {
  weeg_status status = WEEG_OK;
  differences d = {.outputs = 0};
  WEEG_TRY(make_differences(&d, e->sets.sets, -1, err));
  const weeg_combinations each = {.outputs = d.outputs, .start = d.start, .set = d.set, .coef = d.coef};
  WEEG_TRY(weeg_i_set_mean_variance(&e->means, e->survey, e->base, e->mean, &each, e->variance, err));
  for (int32_t s = 1; s < e->sets.sets; s++) e->first = e->variance[s] < e->variance[e->first] ? s : e->first;
cleanup:
  clear_differences(&d);
  return status;
}

/* Two groups by the law of few PSUs: false where it does not exist. */
static weeg_status refer(equality *e, weeg_test *test, bool *done, weeg_error *err) {
  weeg_status status = WEEG_OK;
  static const int32_t set[] = {0, 1};
  static const double coef[] = {1, -1};
  static const int64_t start[] = {0, 2};
  const weeg_combinations difference = {.outputs = 1, .start = start, .set = set, .coef = coef, .level = 0.95};
  weeg_contrast c;
  WEEG_TRY(weeg_combine_sets(e->survey, &e->sets, &difference, &c, err));
  *done = !isnan(c.p_value) && c.df_used != (double)c.df; /* else by Student's t with these */
  if (!*done) goto cleanup;
  test->statistic = c.statistic * c.statistic;
  test->df1 = 1;
  test->p_value = c.p_value;
  WEEG_TRY(weeg_i_equivalent_df(c.statistic, c.p_value, &test->df2, err));
cleanup:
  return status;
}

/* The design loses a degree of freedom for each difference, as a regression on the groups would. */
static weeg_status test_differences(equality *e, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  differences d = {.outputs = 0};
  double *difference = NULL, *covariance = NULL;
  const int32_t size = e->sets.sets - 1;
  const int64_t df = test->df;
  if (df < size + 1) {
    test->reason = df < 1 ? WEEG_REASON_NO_DF : WEEG_REASON_FEW_DF;
    return WEEG_OK;
  }
  WEEG_TRY(weeg_i_test_factored(e->sets.sets, 2, size, err));
  WEEG_NEW(difference, size);
  WEEG_NEW(covariance, (int64_t)size * size);
  WEEG_TRY(find_first(e, err));
  WEEG_TRY(make_differences(&d, e->sets.sets, e->first, err));
  for (int32_t o = 0; o < size; o++) difference[o] = e->mean[d.set[d.start[o]]] - e->mean[e->first];
  const weeg_combinations all = {.outputs = size, .start = d.start, .set = d.set, .coef = d.coef};
  WEEG_TRY(weeg_i_group_mean_covariance(&e->means, e->survey, e->base, e->mean, &all, covariance, err));
  test->df = df - size;
  status = weeg_i_test_wald(false, e->survey->design, difference, covariance, size, test, err);
  test->df = df;
cleanup:
  clear_differences(&d);
  weeg_free(difference);
  weeg_free(covariance);
  return status;
}

weeg_status weeg_test_means(const weeg_survey *survey, const weeg_places *places, int32_t measure, weeg_test *test,
                            weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_test result = weeg_i_test_none();
  equality e = {.survey = survey, .sets = {.places = places, .measure = measure}};
  table t = {0};
  bool alone = false, done = false;
  WEEG_TRY(weeg_i_table_make(&t, survey->tally, places, err));
  WEEG_TRY(weeg_i_test_df(survey, t.use, &result.df, err));
  WEEG_TRY(weeg_i_any_alone(survey, t.group, t.groups, &alone, err));
  WEEG_TRY(begin(&e, &t, err));
  result.n = t.total_n;
  result.rows = t.groups_used;
  result.columns = t.answers_used;
  if (result.n == 0) {
    result.reason = WEEG_REASON_EMPTY;
  } else if (result.rows < 2) {
    result.reason = WEEG_REASON_ONE_LEVEL;
  } else if (alone || any_lost(&e)) {
    result.reason = alone ? WEEG_REASON_NO_VARIANCE : WEEG_REASON_LOST_DIGITS;
  } else {
    if (result.rows == 2 && weeg_i_is_effective(survey->design)) WEEG_TRY(refer(&e, &result, &done, err));
    if (!done) WEEG_TRY(test_differences(&e, &result, err));
  }
  *test = weeg_i_test_finish(&result);
cleanup:
  clear(&e);
  weeg_i_table_clear(&t);
  return status;
}
