/* Goodness of fit: proportions against specified proportions. */
#include <math.h>

#include "base/memory.h"
#include "stats/rao_scott.h"
#include "tally/places.h"
#include "weeg.h"

static weeg_status check_shares(const double *shares, int32_t levels, weeg_error *err) {
  double sum = 0;
  for (int32_t k = 0; k < levels; k++) {
    if (!(shares[k] > 0) || !isfinite(shares[k])) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "the proportion of level %d is not above 0", k + 1);
    }
    sum += shares[k];
  }
  if (levels > 0 && fabs(sum - 1) > 1e-6) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the proportions add up to %.10g, not 1", sum);
  }
  return WEEG_OK;
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
  test->chisq = 0;
  for (int32_t k = 0; k < levels; k++) {
    test->chisq += (double)test->n * (p[k] - q[k]) * (p[k] - q[k]) / q[k];
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

weeg_status weeg_test_shares(const weeg_tally *tally, const weeg_design *design, const weeg_places *places,
                             const weeg_test_choice *choice, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_test_method method = choice->method;
  const double *shares = choice->shares;
  weeg_test result = weeg_i_test_none();
  const weeg_places at = {.answer = places->answer, .answers = places->answers}; /* one group */
  const int32_t levels = weeg_i_answers_of(&at);
  double *p = NULL, *covariance = NULL;
  WEEG_TRY(weeg_i_check_method(method, WEEG_TEST_LINCOM, err));
  WEEG_TRY(check_shares(shares, levels, err));
  WEEG_NEW(p, levels);
  WEEG_NEW(covariance, (int64_t)levels * levels);
  WEEG_TRY(weeg_proportions(tally, design, &at, &(weeg_estimates){.estimate = p, .base_n = &result.n}, err));
  WEEG_TRY(weeg_i_test_df(tally, design, NULL, &result.df, err));
  result.rows = 1;
  result.columns = levels;
  if (result.n == 0) {
    result.reason = WEEG_REASON_EMPTY;
  } else if (levels < 2) {
    result.reason = WEEG_REASON_ONE_LEVEL;
  } else {
    WEEG_TRY(weeg_proportion_covariance(tally, design, &at, covariance, err));
    WEEG_TRY(test_levels(design, p, shares, covariance, levels, method, &result, err));
  }
  *test = weeg_i_test_finish(&result);
cleanup:
  weeg_free(p);
  weeg_free(covariance);
  return status;
}
