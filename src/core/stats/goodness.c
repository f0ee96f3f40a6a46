/* Goodness of fit: proportions against specified proportions. */
#include <math.h>

#include "base/memory.h"
#include "stats/effective.h"
#include "stats/independence_exact.h"
#include "stats/rao_scott.h"
#include "tally/places.h"
#include "variance/scores.h"
#include "weeg.h"

/* Below it 1 / q, squared, times a variance, is infinite. */
static const double smallest = 1e-100;

static weeg_status check_shares(const double *shares, int32_t levels, weeg_error *err) {
  double sum = 0;
  for (int32_t k = 0; k < levels; k++) {
    if (isnan(shares[k])) continue; /* not in the test */
    if (!(shares[k] >= smallest) || !isfinite(shares[k])) {
      (void)weeg_fail(err, WEEG_ERR_ARGUMENT, k, "the proportion of level %d is %g, less than %g", k + 1, shares[k], smallest);
      if (err != NULL) {
        err->facts.value = shares[k];
        err->facts.limit = smallest;
      }
      return WEEG_ERR_ARGUMENT;
    }
    sum += shares[k];
  }
  if (levels > 0 && fabs(sum - 1) > 1e-6) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the proportions add up to %.10g, not 1", sum);
  }
  return WEEG_OK;
}

/* The answers in the test: where each cell is among them, and the proportions q[answers] that are specified for them. */
typedef struct specified {
  weeg_places at;
  int32_t *answer;
  double *q;
} specified;

static weeg_status specify(const weeg_tally *tally, const weeg_places *places, const double *shares, specified *s,
                           weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_places all = {.answer = places->answer, .answers = places->answers}; /* one group */
  const int32_t levels = weeg_i_answers_of(&all);
  int32_t *number = NULL, kept = 0;
  WEEG_TRY(weeg_i_check_places(tally, &all, err));
  if (shares != NULL) WEEG_TRY(check_shares(shares, levels, err));
  WEEG_NEW(number, levels);
  WEEG_NEW(s->answer, tally->cells);
  WEEG_NEW(s->q, levels);
  for (int32_t k = 0; k < levels; k++) {
    number[k] = shares != NULL && isnan(shares[k]) ? -1 : kept;
    if (number[k] >= 0) s->q[kept++] = shares == NULL ? 1.0 / levels : shares[k];
  }
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t k = weeg_i_answer_of(&all, c);
    s->answer[c] = k < 0 ? -1 : number[k];
  }
  for (int64_t e = 0; e < tally->entries; e++) {
    const int32_t k = weeg_i_answer_of(&all, tally->cell[e]);
    if (k < 0 || number[k] >= 0 || tally->n[e] == 0) continue;
    WEEG_TRY(weeg_fail(err, WEEG_ERR_ARGUMENT, k, "no proportion is specified for level %d, which has rows", k + 1));
  }
  s->at = (weeg_places){.answer = s->answer, .answers = kept};
cleanup:
  weeg_free(number);
  return status;
}

/* X^2 = n sum (p - q)^2 / q */
static double pearson(const double *p, const double *q, int32_t levels, int64_t n) {
  double sum = 0;
  for (int32_t k = 0; k < levels; k++) sum += (double)n * (p[k] - q[k]) * (p[k] - q[k]) / q[k];
  return sum;
}

/* Scores of (p - q) / sqrt(q), at q rather than at p. */
static weeg_status score_fit(const specified *s, const weeg_tally *tally, double total, const double *p, score_list *list,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t levels = s->at.answers;
  int64_t counted = 0;
  for (int32_t c = 0; c < tally->cells; c++) counted += s->answer[c] >= 0;
  WEEG_TRY(weeg_i_scores_new(list, tally->cells, levels, counted * levels, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t k = 0; k < levels; k++) list->size[k] = (p[k] + s->q[k]) / sqrt(s->q[k]);
  for (int32_t c = 0; c < tally->cells; c++) {
    for (int32_t k = 0; k < levels && s->answer[c] >= 0; k++) {
      weeg_i_scores_add(list, k, ((s->answer[c] == k ? 1 : 0) - s->q[k]) / (total * sqrt(s->q[k])));
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

/* By the law of few PSUs: independence_exact.h. */
static weeg_status exact(const weeg_survey *survey, const specified *s, const double *p, double total, weeg_test *test,
                         weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *domain_of = NULL, *zero = NULL;
  double *variance = NULL, trace = 0;
  const int32_t levels = s->at.answers, cells = survey->tally->cells;
  WEEG_NEW(domain_of, cells);
  WEEG_NEW(zero, levels);
  WEEG_NEW(variance, levels);
  for (int32_t c = 0; c < cells; c++) domain_of[c] = s->answer[c] < 0 ? -1 : 0;
  WEEG_TRY(score_fit(s, survey->tally, total, p, &list, err));
  WEEG_TRY(weeg_variance(survey, &list.scores, &(weeg_domains){domain_of, 1, zero}, variance, err));
  for (int32_t k = 0; k < levels; k++) trace += variance[k];
  test->chisq = pearson(p, s->q, levels, test->n);
  WEEG_TRY(weeg_i_test_fit(survey, &s->at, trace, test, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(domain_of);
  weeg_free(zero);
  weeg_free(variance);
  return status;
}

/* Tests p[levels] with covariance [levels * levels] against q; the last level follows from the others. */
static weeg_status test_levels(const weeg_design *design, const double *p, const double *q, const double *covariance,
                               int32_t levels, weeg_test_method method, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *numerator = NULL, *denominator = NULL, *difference = NULL, likelihood = 0;
  const int32_t size = levels - 1;
  WEEG_NEW(numerator, (int64_t)size * size);
  WEEG_NEW(denominator, (int64_t)size * size);
  WEEG_NEW(difference, size);
  test->chisq = pearson(p, q, levels, test->n);
  for (int32_t k = 0; k < levels; k++) {
    if (p[k] > 0) likelihood += 2 * (double)test->n * p[k] * log(p[k] / q[k]);
  }
  for (int64_t a = 0; a < size; a++) {
    difference[a] = p[a] - q[a];
    for (int64_t b = 0; b < size; b++) {
      numerator[a * size + b] = covariance[a * levels + b];
      denominator[a * size + b] = ((a == b ? q[a] : 0) - q[a] * q[b]) / (double)test->n;
    }
  }
  if (method == WEEG_TEST_WALD || method == WEEG_TEST_ADJUSTED_WALD) {
    WEEG_TRY(weeg_i_test_wald(method == WEEG_TEST_ADJUSTED_WALD, design, difference, numerator, size, test, err));
  } else {
    const double statistic = method == WEEG_TEST_RAO_SCOTT_LR ? fmax(0, likelihood) : test->chisq;
    WEEG_TRY(weeg_i_test_rao_scott(method, design, statistic, numerator, denominator, size, test, err));
  }
cleanup:
  weeg_free(numerator);
  weeg_free(denominator);
  weeg_free(difference);
  return status;
}

weeg_status weeg_test_shares(const weeg_survey *survey, const weeg_places *places, const weeg_test_choice *choice,
                             weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_test result = weeg_i_test_none();
  specified s = {.answer = NULL};
  double *p = NULL, *covariance = NULL, *weighted = NULL, total = 0;
  weeg_test_method method = choice->method;
  if (!weeg_i_test_by_model(method)) WEEG_TRY(weeg_i_check_method(method, WEEG_TEST_LINCOM, err));
  else if (!weeg_has_law(survey->design)) method = WEEG_TEST_RAO_SCOTT_F;
  WEEG_TRY(specify(survey->tally, places, choice->shares, &s, err));
  const int32_t levels = s.at.answers;
  WEEG_NEW(p, levels);
  WEEG_NEW(weighted, levels);
  WEEG_TRY(weeg_proportions(survey, &s.at, &(weeg_estimates){.estimate = p, .base_n = &result.n, .weighted = weighted}, err));
  for (int32_t k = 0; k < levels; k++) total += weighted[k];
  WEEG_TRY(weeg_i_test_df(survey, NULL, &result.df, err));
  result.rows = 1;
  result.method = method;
  result.columns = levels;
  if (result.n == 0) {
    result.reason = WEEG_REASON_EMPTY;
  } else if (levels < 2) {
    result.reason = WEEG_REASON_ONE_LEVEL;
  } else if (weeg_i_test_by_model(method)) {
    WEEG_TRY(exact(survey, &s, p, total, &result, err));
  } else {
    WEEG_NEW(covariance, (int64_t)levels * levels);
    WEEG_TRY(weeg_proportion_covariance(survey, &s.at, covariance, err));
    WEEG_TRY(test_levels(survey->design, p, s.q, covariance, levels, method, &result, err));
  }
  *test = weeg_i_test_finish(&result);
cleanup:
  weeg_free(s.answer);
  weeg_free(s.q);
  weeg_free(p);
  weeg_free(weighted);
  weeg_free(covariance);
  return status;
}
