/* Tests of independence in a two-way table. */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "math/whiten.h"
#include "stats/effective.h"
#include "stats/independence_exact.h"
#include "stats/rao_scott.h"
#include "stats/table.h"
#include "variance/alone.h"
#include "variance/prepared.h"
#include "variance/scores.h"
#include "weeg.h"

/* A table of groups and answers with data. */
typedef struct crossed {
  table t;
  double *p;                  /* [t.places] observed proportions */
  double *group_p, *answer_p;
  int32_t interaction;        /* (groups - 1) * (answers - 1) */
} crossed;

static void clear_crossed(crossed *x) {
  weeg_i_table_clear(&x->t);
  weeg_free(x->p);
  weeg_free(x->group_p);
  weeg_free(x->answer_p);
}

static weeg_status make_crossed(crossed *x, const weeg_tally *tally, const weeg_places *places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(weeg_i_table_make(&x->t, tally, places, err));
  WEEG_TRY(weeg_i_table_shrink(&x->t, err));
  WEEG_NEW(x->p, x->t.places);
  WEEG_NEW(x->group_p, x->t.groups);
  WEEG_NEW(x->answer_p, x->t.answers);
  weeg_i_table_proportions(&x->t, x->p, x->group_p, x->answer_p);
  x->interaction = x->t.places > 0 ? (x->t.groups - 1) * (x->t.answers - 1) : 0;
cleanup:
  return status;
}

/* The proportion of a place under independence. */
static double expected(const crossed *x, int32_t place) {
  return x->group_p[place / x->t.answers] * x->answer_p[place % x->t.answers];
}

static double pearson(const crossed *x) {
  double sum = 0;
  for (int32_t i = 0; i < x->t.places; i++) {
    const double e = expected(x, i);
    sum += (x->p[i] - e) * (x->p[i] - e) / e;
  }
  return (double)x->t.total_n * sum;
}

/* G^2 = 2 n sum p log(p / (p_r. p_.c)) */
static double likelihood_ratio(const crossed *x) {
  double sum = 0;
  for (int32_t i = 0; i < x->t.places; i++) {
    const double e = expected(x, i);
    if (x->p[i] > 0) sum += x->p[i] * log(x->p[i] / e);
  }
  return 2 * (double)x->t.total_n * fmax(0, sum);
}

/* Scores of Y p-hat, Y of the whitening. */
static weeg_status score_whitened(const crossed *x, const weeg_design *design, whitening *w, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *y = NULL, *mean = NULL, *size = NULL; /* y[places * outputs]: no more numbers than the list has */
  int64_t counted = 0;
  pulse beat = {.hooks = design->hooks};
  for (int32_t c = 0; c < x->t.tally->cells; c++) counted += x->t.use[c];
  WEEG_TRY(weeg_i_scores_new(list, x->t.tally->cells, w->outputs, counted * w->outputs, err));
  WEEG_TRY(weeg_i_scores_ratio(list, 1, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  WEEG_ROOM(y, (int64_t)x->t.places * w->outputs);
  WEEG_NEW(mean, w->outputs);
  WEEG_NEW(size, w->lines);
  for (int32_t i = 0; i < x->t.places; i++) { /* in the order of the table, whatever that of the tally */
    if (!(x->p[i] > 0) || weeg_i_stops(&beat, 8 * (int64_t)x->t.places)) continue;
    double *own = y + (int64_t)i * w->outputs;
    weeg_i_whiten(w, i, own, size);
    for (int32_t o = 0; o < w->outputs; o++) mean[o] += x->p[i] * own[o];
    for (int32_t k = 0; k < w->lines; k++) {
      for (int32_t o = w->first[k]; o < w->first[k + 1]; o++) list->size[o] += 4 * x->p[i] * size[k];
    }
  }
  for (int32_t c = 0; c < x->t.tally->cells; c++) {
    list->cell_base[c] = x->t.use[c] ? 0 : -1;
    if (x->t.use[c] && x->p[x->t.place[c]] > 0 && !weeg_i_stops(&beat, w->outputs)) {
      const double *own = y + (int64_t)x->t.place[c] * w->outputs;
      for (int32_t o = 0; o < w->outputs; o++) weeg_i_scores_add(list, o, (own[o] - mean[o]) / x->t.total_w);
    }
    weeg_i_scores_close(list, c);
  }
  WEEG_TRY(weeg_i_pulse_status(&beat, err));
cleanup:
  weeg_free(y);
  weeg_free(mean);
  weeg_free(size);
  return status;
}

/*
 * Rao and Scott (1984), section 3; D = diag(d), d the observed proportions or those under independence. See whiten.h for how
 * their Delta is found.
 */
static weeg_status rao_scott(const crossed *x, const weeg_design *design, const weeg_test_choice *choice, weeg_test *test,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_test_method method = choice->method;
  whitening w = {0};
  score_list list = {0};
  double *d = NULL, *delta = NULL;
  WEEG_TRY(weeg_i_test_limit(method, x->t.groups, x->t.answers, x->interaction, err));
  WEEG_NEW(d, x->t.places);
  for (int32_t i = 0; i < x->t.places; i++) {
    d[i] = choice->null_proportions ? expected(x, i) : x->p[i];
  }
  WEEG_TRY(weeg_i_whitening_make(&w, d, x->t.groups, x->t.answers, err));
  if (w.singular) {
    test->reason = WEEG_REASON_SINGULAR;
    goto cleanup;
  }
  WEEG_NEW(delta, (int64_t)w.outputs * w.outputs);
  WEEG_TRY(score_whitened(x, design, &w, &list, err));
  WEEG_TRY(weeg_covariance(&(weeg_survey){x->t.tally, design}, &list.scores, x->t.use, delta, err));
  for (int64_t i = 0; i < (int64_t)w.outputs * w.outputs; i++) delta[i] *= (double)x->t.total_n;
  const double statistic = method == WEEG_TEST_RAO_SCOTT_LR ? likelihood_ratio(x) : test->chisq;
  WEEG_TRY(weeg_i_test_delta(method, design, statistic, delta, w.outputs, x->interaction, test, err));
cleanup:
  weeg_i_whitening_clear(&w);
  weeg_i_scores_clear(&list);
  weeg_free(d);
  weeg_free(delta);
  return status;
}

/* Scores of Y times the residuals under independence, which are not centred at what is observed. */
static weeg_status score_exact(const crossed *x, whitening *w, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *y = NULL, *size = NULL;
  int64_t counted = 0;
  for (int32_t c = 0; c < x->t.tally->cells; c++) counted += x->t.use[c];
  WEEG_TRY(weeg_i_scores_new(list, x->t.tally->cells, w->outputs, counted * w->outputs, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  WEEG_NEW(y, w->outputs);
  WEEG_NEW(size, w->lines);
  for (int32_t i = 0; i < x->t.places; i++) {
    if (!(x->p[i] > 0)) continue;
    weeg_i_whiten(w, i, y, size);
    for (int32_t k = 0; k < w->lines; k++) {
      for (int32_t o = w->first[k]; o < w->first[k + 1]; o++) list->size[o] += 4 * x->p[i] * size[k];
    }
  }
  for (int32_t c = 0; c < x->t.tally->cells; c++) {
    if (x->t.use[c]) {
      weeg_i_whiten(w, x->t.place[c], y, size);
      for (int32_t o = 0; o < w->outputs; o++) weeg_i_scores_add(list, o, y[o] / x->t.total_w);
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  weeg_free(y);
  weeg_free(size);
  return status;
}

/* By the law of few PSUs: independence_exact.h. */
static weeg_status exact(const crossed *x, const weeg_design *design, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_survey survey = {x->t.tally, design};
  whitening w = {0};
  score_list list = {0};
  double *d = NULL, *covariance = NULL;
  WEEG_TRY(weeg_i_test_limit(WEEG_TEST_RAO_SCOTT_EXACT, x->t.groups, x->t.answers, x->interaction, err));
  WEEG_NEW(d, x->t.places);
  for (int32_t i = 0; i < x->t.places; i++) d[i] = expected(x, i);
  WEEG_TRY(weeg_i_whitening_make(&w, d, x->t.groups, x->t.answers, err));
  if (w.singular) {
    test->reason = WEEG_REASON_SINGULAR;
    goto cleanup;
  }
  WEEG_NEW(covariance, (int64_t)w.outputs * w.outputs);
  WEEG_TRY(score_exact(x, &w, &list, err));
  WEEG_TRY(weeg_covariance(&survey, &list.scores, x->t.use, covariance, err));
  WEEG_TRY(weeg_i_test_exact(&(exact_table){&survey, &x->t, x->group_p, x->answer_p, covariance, NULL, NULL,
                                           w.outputs, x->interaction}, test, err));
cleanup:
  weeg_i_whitening_clear(&w);
  weeg_i_scores_clear(&list);
  weeg_free(d);
  weeg_free(covariance);
  return status;
}

/*
 * Scores of the residuals T_ab - T_a. T_.b / T of the weighted counts, divided by T; first row and column left out: Thomas
 * and Rao (1987). Residuals of counts, not of proportions, as in survey and SUDAAN: the scores need not sum to 0. Under
 * independence the two are the same.
 */
static weeg_status score_residuals(const crossed *x, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t counted = 0;
  for (int32_t c = 0; c < x->t.tally->cells; c++) counted += x->t.use[c];
  WEEG_TRY(weeg_i_scores_new(list, x->t.tally->cells, x->interaction, counted * x->interaction, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t k = 0; k < x->interaction; k++) {
    const int32_t a = 1 + k / (x->t.answers - 1), b = 1 + k % (x->t.answers - 1);
    list->size[k] = x->p[a * x->t.answers + b] + 3 * x->group_p[a] * x->answer_p[b];
  }
  for (int32_t c = 0; c < x->t.tally->cells; c++) {
    for (int32_t k = 0; k < x->interaction && x->t.use[c]; k++) {
      const int32_t i = x->t.place[c] / x->t.answers, j = x->t.place[c] % x->t.answers;
      const int32_t a = 1 + k / (x->t.answers - 1), b = 1 + k % (x->t.answers - 1);
      const double row = x->group_p[a], column = x->answer_p[b];
      const double own = (i == a && j == b ? 1 : 0) - (i == a ? column : 0) - (j == b ? row : 0) + row * column;
      weeg_i_scores_add(list, k, own / x->t.total_w);
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

static weeg_status find_residuals(const crossed *x, const weeg_design *design, weeg_test_residuals *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  const int64_t size = x->interaction;
  to->size = x->interaction;
  WEEG_TRY(weeg_i_test_limit(WEEG_TEST_ADJUSTED_WALD, x->t.groups, x->t.answers, size, err));
  WEEG_NEW(to->covariance, size * size);
  WEEG_NEW(to->estimate, size);
  WEEG_TRY(score_residuals(x, &list, err));
  WEEG_TRY(weeg_covariance(&(weeg_survey){x->t.tally, design}, &list.scores, x->t.use, to->covariance, err));
  for (int32_t j = 0; j < size; j++) {
    const int32_t a = 1 + j / (x->t.answers - 1), b = 1 + j % (x->t.answers - 1);
    to->estimate[j] = x->p[a * x->t.answers + b] - x->group_p[a] * x->answer_p[b];
  }
cleanup:
  weeg_i_scores_clear(&list);
  return status;
}

static weeg_status wald(const crossed *x, const weeg_design *design, bool adjusted, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_test_residuals found = {0};
  WEEG_TRY(find_residuals(x, design, &found, err));
  WEEG_TRY(weeg_i_test_wald(adjusted, design, found.estimate, found.covariance, x->interaction, test, err));
cleanup:
  weeg_free(found.estimate);
  weeg_free(found.covariance);
  return status;
}

/* Makes the table; what is known of it without a covariance, and why there may be no test. */
static weeg_status describe_table(crossed *x, const weeg_survey *survey, const weeg_places *places, weeg_test *test,
                                  weeg_error *err) {
  weeg_status status = WEEG_OK;
  bool alone = false;
  WEEG_TRY(make_crossed(x, survey->tally, places, err));
  WEEG_TRY(weeg_i_test_df(survey, NULL, &test->df, err));
  test->n = x->t.total_n;
  test->rows = x->t.groups;
  test->columns = x->t.answers;
  if (x->t.total_n == 0) {
    test->reason = WEEG_REASON_EMPTY;
  } else if (x->interaction == 0) {
    test->reason = WEEG_REASON_ONE_LEVEL;
  } else {
    const double smaller = x->t.groups < x->t.answers ? x->t.groups - 1 : x->t.answers - 1;
    test->chisq = pearson(x);
    test->cramers_v = sqrt(test->chisq / ((double)x->t.total_n * smaller));
    WEEG_TRY(weeg_i_table_alone(survey, places, &alone, err));
    if (alone) test->reason = WEEG_REASON_NO_VARIANCE;
    /* a level all of whose weights are nothing beside those of the others, which a tally rounds to 0 */
    else if (!isfinite(test->chisq)) test->reason = WEEG_REASON_SINGULAR;
  }
cleanup:
  return status;
}

weeg_status weeg_test_independence(const weeg_survey *of, const weeg_places *places, const weeg_test_choice *choice,
                                   weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  prepared_tally p = {0};
  const weeg_survey own = {&p.tally, of->design}, *survey = &own;
  crossed x = {0};
  weeg_test result = weeg_i_test_none();
  const weeg_design *design = survey->design;
  weeg_test_choice used = *choice;
  WEEG_TRY(weeg_i_check_method(choice->method, WEEG_TEST_RAO_SCOTT_EFFECTIVE, err));
  if (weeg_i_test_by_model(choice->method) && !weeg_has_law(design)) used.method = WEEG_TEST_RAO_SCOTT_F;
  const weeg_test_method method = result.method = used.method;
  WEEG_TRY(weeg_i_prepare(&p, of, err));
  WEEG_TRY(describe_table(&x, survey, places, &result, err));
  if (result.reason != WEEG_REASON_NONE) {
    /* there is nothing to test */
  } else if (method == WEEG_TEST_RAO_SCOTT_DEFF) {
    WEEG_TRY(weeg_i_test_deff(survey, places, choice->null_proportions, &result, err));
  } else if (method == WEEG_TEST_WALD || method == WEEG_TEST_ADJUSTED_WALD) {
    WEEG_TRY(wald(&x, design, method == WEEG_TEST_ADJUSTED_WALD, &result, err));
  } else if (weeg_i_test_by_model(method)) {
    WEEG_TRY(exact(&x, design, &result, err));
  } else {
    WEEG_TRY(rao_scott(&x, design, &used, &result, err));
  }
  *test = weeg_i_test_finish(&result);
cleanup:
  clear_crossed(&x);
  weeg_i_prepared_clear(&p);
  return status;
}

weeg_status weeg_independence_residuals(const weeg_survey *survey, const weeg_places *places,
                                        weeg_test_residuals *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  crossed x = {0};
  weeg_test result = weeg_i_test_none();
  weeg_test_residuals found = {0};
  WEEG_TRY(describe_table(&x, survey, places, &result, err));
  if (result.reason == WEEG_REASON_NONE) WEEG_TRY(find_residuals(&x, survey->design, &found, err));
  found.test = result;
  *to = found;
  found = (weeg_test_residuals){0};
cleanup:
  weeg_free(found.estimate);
  weeg_free(found.covariance);
  clear_crossed(&x);
  return status;
}
