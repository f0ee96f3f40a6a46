/* Multiple-response questions: the proportion naming each item, and a test of all items together. */
#include <math.h>

#include "base/memory.h"
#include "math/adjust.h"
#include "stats/table.h"
#include "variance/alone.h"
#include "variance/scores.h"
#include "weeg.h"

/* Totals of a question by group. */
typedef struct totals {
  const weeg_answers *a;
  table t;                /* of the groups: with many items few cells have any rows */
  int64_t *n, *base_n;    /* [groups * items] rows naming the item; [groups] of the base */
  double *named, *base;   /* the same, weighted */
} totals;

static bool is_counted(const weeg_answers *a, int32_t cell) { return a->cell_group[cell] >= 0 && a->cell_size[cell] >= 0; }

/* A cell that adds to the scores. */
static bool has_rows(const totals *t, int32_t cell) { return is_counted(t->a, cell) && t->t.cell_n[cell] > 0; }

static bool names_item(const weeg_answers *a, int32_t cell, int32_t item) {
  return a->cell_items[(int64_t)cell * a->items + item] != 0;
}

static void clear_totals(totals *t) {
  weeg_i_table_clear(&t->t);
  weeg_free(t->n);
  weeg_free(t->base_n);
  weeg_free(t->named);
  weeg_free(t->base);
}

static weeg_status make_totals(totals *x, const weeg_tally *tally, const weeg_answers *a, weeg_error *err) {
  weeg_status status = WEEG_OK;
  x->a = a;
  if (a->groups < 0 || a->items < 1 || (int64_t)a->groups * a->items > INT32_MAX) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table is too large: it has more than 2^31 - 1 cells");
  }
  WEEG_TRY(weeg_i_table_make(&x->t, tally, &(weeg_places){.group = a->cell_group, .groups = a->groups}, err));
  WEEG_NEW(x->n, (int64_t)a->groups * a->items);
  WEEG_NEW(x->named, (int64_t)a->groups * a->items);
  WEEG_NEW(x->base_n, a->groups);
  WEEG_NEW(x->base, a->groups);
  for (int32_t c = 0; c < tally->cells; c++) {
    if (!is_counted(a, c)) continue;
    const int32_t g = a->cell_group[c];
    const int64_t rows = x->t.cell_n[c];
    const double w = x->t.cell_w[c];
    x->base_n[g] += rows * a->cell_size[c];
    x->base[g] += w * a->cell_size[c];
    for (int32_t i = 0; i < a->items; i++) {
      if (!names_item(a, c, i)) continue;
      x->n[(int64_t)g * a->items + i] += rows;
      x->named[(int64_t)g * a->items + i] += w;
    }
  }
cleanup:
  return status;
}

/* Scores (x_i - s p_gi) / B_g: x_i whether the item is named, s what the row adds to the base B_g. */
static weeg_status score_shares(const totals *t, int32_t cells, const double *estimate, bool ratio, score_list *list,
                                weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_answers *a = t->a;
  int64_t counted = 0;
  for (int32_t c = 0; c < cells; c++) counted += has_rows(t, c) && t->base[a->cell_group[c]] > 0;
  WEEG_TRY(weeg_i_scores_new(list, cells, a->groups * a->items, counted * a->items, err));
  if (ratio) WEEG_TRY(weeg_i_scores_ratio(list, a->groups, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t o = 0; o < a->groups * a->items; o++) list->size[o] = t->base[o / a->items] > 0 ? 2 * estimate[o] : 0;
  for (int32_t o = 0; o < a->groups * a->items && ratio; o++) list->output_base[o] = o / a->items;
  for (int32_t c = 0; c < cells; c++) {
    const int32_t g = a->cell_group[c];
    const bool counts = has_rows(t, c) && t->base[g] > 0;
    if (ratio) list->cell_base[c] = is_counted(a, c) ? g : -1;
    for (int32_t i = 0; i < a->items && counts; i++) {
      const int32_t o = g * a->items + i;
      weeg_i_scores_add(list, o, ((names_item(a, c, i) ? 1 : 0) - a->cell_size[c] * estimate[o]) / t->base[g]);
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

weeg_status weeg_multiple(const weeg_survey *survey, const weeg_answers *answers, const weeg_estimates *to,
                          weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *tally = survey->tally;
  totals t = {0};
  score_list list = {0};
  int32_t *domain_of = NULL, *output_domain = NULL;
  double *estimate = NULL;
  bool persons = true; /* the base is one of persons */
  WEEG_TRY(make_totals(&t, tally, answers, err));
  const int32_t outputs = answers->groups * answers->items;
  WEEG_NEW(domain_of, tally->cells);
  WEEG_NEW(output_domain, outputs);
  WEEG_NEW(estimate, outputs);
  for (int32_t c = 0; c < tally->cells; c++) {
    domain_of[c] = is_counted(answers, c) ? answers->cell_group[c] : -1;
    if (domain_of[c] >= 0 && answers->cell_size[c] != 1) persons = false;
  }
  for (int32_t o = 0; o < outputs; o++) {
    const int32_t g = output_domain[o] = o / answers->items;
    estimate[o] = t.base[g] > 0 ? t.named[o] / t.base[g] : NAN;
    if (to->n != NULL) to->n[o] = t.n[o];
    if (to->weighted != NULL) to->weighted[o] = t.named[o];
    if (to->estimate != NULL) to->estimate[o] = estimate[o];
  }
  for (int32_t g = 0; g < answers->groups && to->base_n != NULL; g++) to->base_n[g] = t.base_n[g];
  if (to->variance != NULL) {
    WEEG_TRY(score_shares(&t, tally->cells, estimate, persons, &list, err));
    WEEG_TRY(weeg_variance(survey, &list.scores, &(weeg_domains){domain_of, answers->groups, output_domain},
                           to->variance, err));
    WEEG_TRY(weeg_i_withhold(survey, domain_of, answers->groups, answers->items, estimate, to->variance, err));
  }
  if (to->df != NULL) WEEG_TRY(weeg_design_df(survey, answers->cell_group, answers->groups, to->df, err));
cleanup:
  clear_totals(&t);
  weeg_i_scores_clear(&list);
  weeg_free(domain_of);
  weeg_free(output_domain);
  weeg_free(estimate);
  return status;
}

/*
 * Scores of d_gi = p_gi - sum_h q_h p_hi with the shares q_h = B_h / B of the groups as they are, since what they vary
 * does not change d under the hypothesis: (1[g] / B_g)(x_i - p_gi) - (x_i - p_hi) / B, h the group of the row. Their
 * covariance is that of the p_gi, projected by I - 1q', of rank (groups - 1) items at most.
 */
static weeg_status score_differences(const totals *t, int32_t cells, const double *p, double base, score_list *list,
                                     weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_answers *a = t->a;
  const int32_t outputs = a->groups * a->items;
  int64_t counted = 0;
  for (int32_t c = 0; c < cells; c++) counted += has_rows(t, c);
  WEEG_TRY(weeg_i_scores_new(list, cells, outputs, counted * outputs, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t o = 0; o < outputs; o++) {
    const double b = t->base[o / a->items];
    list->size[o] = 2 * p[o % a->items] + (b > 0 ? 2 * t->named[o] / b : 0);
  }
  for (int32_t c = 0; c < cells; c++) {
    const int32_t h = a->cell_group[c];
    for (int32_t o = 0; o < outputs && has_rows(t, c); o++) {
      const int32_t i = o % a->items;
      if (!(t->base[h] > 0)) continue; /* rows without weight have no share */
      const double own = (names_item(a, c, i) ? 1 : 0) - t->named[h * a->items + i] / t->base[h];
      weeg_i_scores_add(list, o, own * ((o / a->items == h ? 1 / t->base[h] : 0) - 1 / base));
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

/* X^2 = sum a_gi d_gi^2 with a_gi = n (B_g / B) / (p_i (1 - p_i)): what its design effects make of it. */
static weeg_status judge(const double *covariance, const double *a, int32_t outputs, weeg_test *test, weeg_error *err) {
  double trace = 0, norm2 = 0;
  for (int64_t j = 0; j < outputs; j++) {
    trace += a[j] * covariance[j * outputs + j];
    for (int64_t k = 0; k < outputs; k++) norm2 += a[j] * a[k] * covariance[j * outputs + k] * covariance[j * outputs + k];
  }
  if (!(trace > 0)) {
    test->reason = isnan(trace) ? WEEG_REASON_NO_VARIANCE : WEEG_REASON_ZERO_VARIANCE;
    return WEEG_OK;
  }
  if (test->df < 1) {
    test->reason = WEEG_REASON_NO_DF;
    return WEEG_OK;
  }
  test->statistic = test->chisq / trace;
  test->df1 = trace * trace / norm2;
  test->df2 = test->df1 * (double)test->df;
  return weeg_f_tail(test->statistic, test->df1, test->df2, &test->p_value, err);
}

/* Whether a group has no variance of its own: its shares would count as known. */
static weeg_status any_alone(const weeg_survey *survey, const weeg_answers *a, bool *alone, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *domain_of = NULL;
  WEEG_NEW(domain_of, survey->tally->cells);
  for (int32_t c = 0; c < survey->tally->cells; c++) domain_of[c] = is_counted(a, c) ? a->cell_group[c] : -1;
  WEEG_TRY(weeg_i_any_alone(survey, domain_of, a->groups, alone, err));
cleanup:
  weeg_free(domain_of);
  return status;
}

/* As weeg_covariance allows. */
enum { MOST_OUTPUTS = 4096 };

static weeg_status limit_outputs(const weeg_answers *a, weeg_error *err) {
  if ((int64_t)a->groups * a->items <= MOST_OUTPUTS) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1,
                   "a test of %d groups and %d items is one of %lld differences, and can be one of %d", a->groups, a->items,
                   (long long)a->groups * a->items, MOST_OUTPUTS);
}

/* a_gi of judge(), and X^2. */
static double weigh_differences(const totals *t, const double *p, double base, int64_t n, double *a) {
  const int32_t items = t->a->items;
  double chisq = 0;
  for (int32_t o = 0; o < t->a->groups * items; o++) {
    const double q = t->base[o / items] / base, pi = p[o % items];
    if (!(q > 0) || !(pi > 0 && pi < 1)) continue;
    const double difference = t->named[o] / t->base[o / items] - pi;
    a[o] = (double)n * q / (pi * (1 - pi));
    chisq += a[o] * difference * difference;
  }
  return chisq;
}

/* What a test of all items is of, [groups * items] and their covariance. */
typedef struct differences {
  totals t;
  double *p, *a, *covariance; /* p[items] of all groups together; a: of judge() */
  double base;
} differences;

static void clear_differences(differences *d) {
  clear_totals(&d->t);
  weeg_free(d->p);
  weeg_free(d->a);
  weeg_free(d->covariance);
}

/* What is known of the test without a covariance, and why there may be none. */
static weeg_status describe_differences(const weeg_survey *survey, const weeg_answers *answers, differences *d, weeg_test *test,
                                        weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t items = answers->items, outputs = answers->groups * items;
  int32_t *zero = NULL, varying = 0;
  bool alone = false;
  WEEG_NEW(zero, survey->tally->cells);
  WEEG_TRY(weeg_design_df(survey, zero, 1, &test->df, err));
  WEEG_TRY(limit_outputs(answers, err));
  WEEG_TRY(any_alone(survey, answers, &alone, err));
  for (int32_t g = 0; g < answers->groups; g++) {
    test->n += d->t.base_n[g];
    test->rows += d->t.base_n[g] > 0;
    d->base += d->t.base[g];
  }
  for (int32_t o = 0; o < outputs; o++) d->p[o % items] += d->t.named[o] / d->base;
  for (int32_t i = 0; i < items; i++) varying += d->p[i] > 0 && d->p[i] < 1;
  test->columns = varying;
  if (test->n == 0 || test->rows < 2 || varying == 0) {
    test->chisq = NAN;
    test->reason = test->n == 0 ? WEEG_REASON_EMPTY : WEEG_REASON_ONE_LEVEL;
    goto cleanup;
  }
  test->chisq = weigh_differences(&d->t, d->p, d->base, test->n, d->a);
  if (alone) test->reason = WEEG_REASON_NO_VARIANCE;
cleanup:
  weeg_free(zero);
  return status;
}

static weeg_status find_differences(const weeg_survey *survey, const weeg_answers *answers, differences *d, weeg_test *test,
                                    weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *tally = survey->tally;
  const int64_t outputs = (int64_t)answers->groups * answers->items;
  score_list list = {0};
  uint8_t *use = NULL;
  *test = (weeg_test){.statistic = NAN, .df1 = NAN, .df2 = NAN, .p_value = NAN, .chisq = 0, .delta_mean = NAN,
                      .delta_cv2 = NAN, .cramers_v = NAN};
  WEEG_TRY(make_totals(&d->t, tally, answers, err));
  WEEG_NEW(d->p, answers->items);
  WEEG_NEW(d->a, outputs);
  WEEG_TRY(describe_differences(survey, answers, d, test, err));
  if (test->reason != WEEG_REASON_NONE) goto cleanup;
  WEEG_NEW(use, tally->cells);
  for (int32_t c = 0; c < tally->cells; c++) use[c] = is_counted(answers, c);
  WEEG_TRY(score_differences(&d->t, tally->cells, d->p, d->base, &list, err));
  WEEG_NEW(d->covariance, outputs * outputs);
  WEEG_TRY(weeg_covariance(survey, &list.scores, use, d->covariance, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(use);
  return status;
}

weeg_status weeg_multiple_test(const weeg_survey *survey, const weeg_answers *answers, weeg_test *test,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  differences d = {0};
  weeg_test result;
  WEEG_TRY(find_differences(survey, answers, &d, &result, err));
  if (result.reason == WEEG_REASON_NONE) WEEG_TRY(judge(d.covariance, d.a, answers->groups * answers->items, &result, err));
  *test = result;
cleanup:
  clear_differences(&d);
  return status;
}

weeg_status weeg_multiple_differences(const weeg_survey *survey, const weeg_answers *answers,
                                      weeg_test_residuals *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  differences d = {0};
  weeg_test result;
  weeg_test_residuals found = {0};
  int32_t *which = NULL, first = 0;
  const int32_t items = answers->items, outputs = answers->groups * items;
  WEEG_TRY(find_differences(survey, answers, &d, &result, err));
  if (result.reason == WEEG_REASON_NONE) {
    const int64_t size = (int64_t)(result.rows - 1) * result.columns;
    WEEG_NEW(which, size);
    WEEG_NEW(found.estimate, size);
    WEEG_NEW(found.covariance, size * size);
    while (d.t.base_n[first] == 0) first++;
    for (int32_t o = (first + 1) * items; o < outputs; o++) {
      const double p = d.p[o % items];
      if (d.t.base_n[o / items] > 0 && p > 0 && p < 1) which[found.size++] = o;
    }
    for (int64_t j = 0; j < size; j++) {
      found.estimate[j] = d.t.named[which[j]] / d.t.base[which[j] / items] - d.p[which[j] % items];
      for (int64_t k = 0; k < size; k++) found.covariance[j * size + k] = d.covariance[(int64_t)which[j] * outputs + which[k]];
    }
  }
  found.test = result;
  *to = found;
  found = (weeg_test_residuals){0};
cleanup:
  clear_differences(&d);
  weeg_free(which);
  weeg_free(found.estimate);
  weeg_free(found.covariance);
  return status;
}

/* Where there is too much to test. */
static weeg_test untested(weeg_reason reason) {
  return (weeg_test){.statistic = NAN, .df1 = NAN, .df2 = NAN, .p_value = NAN, .chisq = NAN, .delta_mean = NAN, .delta_cv2 = NAN,
                     .cramers_v = NAN, .n = -1, .df = -1, .reason = reason};
}

/* Whether two items are named by the same rows, or each by those that do not name the other. */
static bool is_one_item(const weeg_answers *a, int32_t cells, int32_t i, int32_t j) {
  bool same = true, opposite = true;
  for (int32_t c = 0; c < cells && (same || opposite); c++) {
    if (!is_counted(a, c)) continue;
    if (names_item(a, c, i) == names_item(a, c, j)) opposite = false;
    else same = false;
  }
  return same || opposite;
}

weeg_status weeg_item_tests(const weeg_survey *survey, const weeg_answers *answers, weeg_test *tests, double *adjusted,
                            weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t cells = survey->tally->cells, items = answers->items;
  const weeg_test_choice choice = {.method = WEEG_TEST_RAO_SCOTT_F};
  int32_t *named = NULL;
  int64_t *same_as = NULL;
  double *p = NULL;
  WEEG_NEW(named, cells);
  WEEG_NEW(same_as, items);
  WEEG_NEW(p, items);
  for (int32_t i = 0; i < items; i++) {
    for (int32_t c = 0; c < cells; c++) {
      named[c] = answers->cell_size[c] < 0 ? -1 : answers->cell_items[(int64_t)c * items + i];
    }
    const weeg_places places = {.group = answers->cell_group, .groups = answers->groups, .answer = named, .answers = 2};
    status = weeg_test_independence(survey, &places, &choice, &tests[i], err);
    if (status == WEEG_ERR_TOO_LARGE) tests[i] = untested(WEEG_REASON_MANY_GROUPS);
    else if (status != WEEG_OK) goto cleanup;
    p[i] = tests[i].p_value;
    same_as[i] = i;
    for (int32_t j = 0; j < i && same_as[i] == i; j++) {
      if (same_as[j] == j && fabs(p[i] - p[j]) <= 1e-6 * p[i] && is_one_item(answers, cells, i, j)) same_as[i] = j;
    }
  }
  status = weeg_multiple_test(survey, answers, &tests[items], err);
  if (status == WEEG_ERR_TOO_LARGE) tests[items] = untested(WEEG_REASON_TOO_LARGE);
  else if (status != WEEG_OK) goto cleanup;
  WEEG_TRY(weeg_i_adjust_distinct(WEEG_ADJUST_HOLM, (weeg_distinct){p, same_as, items}, adjusted, NULL, err));
cleanup:
  weeg_free(named);
  weeg_free(same_as);
  weeg_free(p);
  return status;
}
