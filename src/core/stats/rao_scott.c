/* Rao-Scott and Wald tests, given a statistic and its covariance. */
#include "stats/rao_scott.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/said.h"
#include "math/linear.h"

weeg_test weeg_i_test_none(void) {
  return (weeg_test){.statistic = NAN, .df1 = NAN, .df2 = NAN, .p_value = NAN, .chisq = NAN, .delta_mean = NAN,
                     .delta_cv2 = NAN, .cramers_v = NAN};
}

weeg_status weeg_i_check_method(weeg_test_method method, weeg_test_method last, weeg_error *err) {
  if ((int)method >= WEEG_TEST_RAO_SCOTT_F && method <= last) return WEEG_OK;
  if (method == WEEG_TEST_RAO_SCOTT_DEFF) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "the test by design effects is one of independence");
  }
  return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "method %d is not a weeg_test_method", (int)method);
}

weeg_test weeg_i_test_finish(const weeg_test *test) {
  weeg_test result = *test;
  if (result.reason != WEEG_REASON_NONE) result.statistic = result.df1 = result.df2 = result.p_value = NAN;
  return result;
}

/* Contrasts of which a covariance matrix is factored, or its eigenvalues found, in a second or two: its cube of steps. */
enum { MOST_FACTORED = 2048, MOST_EIGENVALUES = 1024, MOST_CONTRASTS = 4096 };

weeg_status weeg_i_test_limit(weeg_test_method method, int32_t rows, int32_t columns, int64_t contrasts, weeg_error *err) {
  const bool mixture = method == WEEG_TEST_LINCOM || method == WEEG_TEST_SADDLEPOINT;
  const bool wald = method == WEEG_TEST_WALD || method == WEEG_TEST_ADJUSTED_WALD;
  const int most = mixture ? MOST_EIGENVALUES : wald ? MOST_FACTORED : MOST_CONTRASTS;
  if (contrasts <= most) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1,
                   "a test of %d groups and %d answers is one of %lld contrasts, and this method does at most %d; %s", rows,
                   columns, (long long)contrasts, most,
                   weeg_i_said(err, contrasts <= MOST_CONTRASTS ? "use \"rao-scott-f\", or combine levels"
                                                                : "combine levels, or take some groups"));
}

weeg_status weeg_i_test_factored(int32_t rows, int32_t columns, int64_t contrasts, weeg_error *err) {
  if (contrasts <= MOST_FACTORED) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1,
                   "a test of %d groups and %d answers is one of %lld contrasts, and this test does at most %d; "
                   "combine levels",
                   rows, columns, (long long)contrasts, MOST_FACTORED);
}

weeg_status weeg_i_test_df(const weeg_survey *survey, const uint8_t *use, int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *domain_of = NULL; /* one domain, number 0 */
  WEEG_NEW(domain_of, survey->tally->cells);
  for (int32_t c = 0; c < survey->tally->cells; c++) domain_of[c] = use == NULL || use[c] ? 0 : -1;
  WEEG_TRY(weeg_design_df(survey, domain_of, 1, df, err));
cleanup:
  weeg_free(domain_of);
  return status;
}

/* Eigenvalues of a symmetric matrix, which is overwritten; those below 0 are rounding noise of a singular one. */
static weeg_status find_eigenvalues(double *matrix, int32_t size, double *value, weeg_error *err) {
  weeg_status status = WEEG_OK;
  gsl_eigen_symm_workspace space = {(size_t)size, NULL, NULL}; /* not GSL's, which ends the program when memory runs out */
  WEEG_NEW(space.d, size);
  WEEG_NEW(space.sd, size);
  gsl_matrix_view view = gsl_matrix_view_array(matrix, (size_t)size, (size_t)size);
  gsl_vector_view values = gsl_vector_view_array(value, (size_t)size);
  if (gsl_eigen_symm(&view.matrix, &values.vector, &space) != GSL_SUCCESS) {
    status = weeg_fail(err, WEEG_ERR_NUMERIC, -1, "the eigenvalues of the design effects were not found");
  }
  for (int32_t k = 0; k < size; k++) value[k] = fmax(0, value[k]);
cleanup:
  weeg_free(space.d);
  weeg_free(space.sd);
  return status;
}

static int by_size(const void *left, const void *right) {
  const double a = *(const double *)left, b = *(const double *)right;
  return (a < b) - (a > b);
}

/* p of sum_i delta_i chi-squared_1 over chi-squared_df2 / df2 */
static weeg_status mixture_p(weeg_test_method method, double *delta, int32_t size, int32_t rank, weeg_test *test,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *value = NULL;
  WEEG_NEW(value, size);
  WEEG_TRY(find_eigenvalues(delta, size, value, err));
  qsort(value, (size_t)size, sizeof *value, by_size); /* those beyond the rank are 0 */
  if (method == WEEG_TEST_LINCOM) {
    WEEG_TRY(weeg_mixture_tail(test->statistic, &(weeg_mixture){value, rank, test->df2}, &test->p_value, err));
  } else {
    WEEG_TRY(weeg_mixture_saddlepoint(test->statistic, &(weeg_mixture){value, rank, test->df2}, &test->p_value, err));
  }
cleanup:
  weeg_free(value);
  return status;
}

/* The reference distribution that the method asks for, from the trace of Delta and that of its square. */
static weeg_status refer(weeg_test_method method, const weeg_design *design, double statistic, double *delta, int32_t size,
                         int32_t rank, double trace, double norm2, weeg_test *test, weeg_error *err) {
  const double d0 = trace * trace / norm2;
  if (method == WEEG_TEST_RAO_SCOTT_CHISQ) {
    test->statistic = statistic / test->delta_mean;
    test->df1 = rank;
    return weeg_chisq_tail(test->statistic, test->df1, &test->p_value, err);
  }
  if (test->df < 1) {
    test->reason = WEEG_REASON_NO_DF;
    return WEEG_OK;
  }
  test->df2 = d0 * (double)test->df;
  if (method == WEEG_TEST_LINCOM || method == WEEG_TEST_SADDLEPOINT) {
    test->statistic = statistic;
    test->df1 = rank;
    if (design->replicates != NULL) test->df2 = INFINITY;
    return mixture_p(method, delta, size, rank, test, err);
  }
  test->statistic = statistic / trace;
  test->df1 = d0;
  return weeg_f_tail(test->statistic, test->df1, test->df2, &test->p_value, err);
}

weeg_status weeg_i_test_delta(weeg_test_method method, const weeg_design *design, double statistic, double *delta, int32_t size,
                              int32_t rank, weeg_test *test, weeg_error *err) {
  double trace = 0, norm2 = 0;
  for (int64_t a = 0; a < size; a++) {
    trace += delta[a * size + a];
    for (int64_t b = 0; b < size; b++) norm2 += delta[a * size + b] * delta[a * size + b];
  }
  if (rank == 1) norm2 = trace * trace;
  if (!(trace > 0)) {
    test->reason = isnan(trace) ? WEEG_REASON_NO_VARIANCE : WEEG_REASON_ZERO_VARIANCE;
    return WEEG_OK;
  }
  test->delta_mean = trace / rank;
  test->delta_cv2 = rank > 1 ? rank * norm2 / (trace * trace) - 1 : 0;
  return refer(method, design, statistic, delta, size, rank, trace, norm2, test, err);
}

weeg_status weeg_i_test_rao_scott(weeg_test_method method, const weeg_design *design, double statistic, double *numerator,
                                  double *denominator, int32_t size, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *scratch = NULL;
  pulse beat = {.hooks = design->hooks};
  WEEG_NEW(scratch, (int64_t)size * WEEG_SOLVED);
  if (!weeg_i_cholesky(denominator, size, WEEG_SINGULAR, &beat)) {
    test->reason = WEEG_REASON_SINGULAR;
    status = weeg_i_pulse_status(&beat, err);
    goto cleanup;
  }
  weeg_i_whiten_matrix(denominator, size, numerator, scratch, &beat);
  WEEG_TRY(weeg_i_pulse_status(&beat, err));
  WEEG_TRY(weeg_i_test_delta(method, design, statistic, numerator, size, size, test, err));
cleanup:
  weeg_free(scratch);
  return status;
}

weeg_reason weeg_i_no_inverse(const double *covariance, int32_t size) {
  for (int64_t j = 0; j < size; j++) {
    if (covariance[j * size + j] != 0) return WEEG_REASON_SINGULAR;
  }
  return WEEG_REASON_ZERO_VARIANCE;
}

weeg_status weeg_i_test_wald(bool adjusted, const weeg_design *design, double *estimate, double *covariance, int32_t size,
                             weeg_test *test, weeg_error *err) {
  const double k = size, df = (double)test->df;
  double statistic = 0;
  if (test->df < 1 || (adjusted && df - k + 1 < 1)) {
    test->reason = test->df < 1 ? WEEG_REASON_NO_DF : WEEG_REASON_FEW_DF;
    return WEEG_OK;
  }
  const weeg_reason without = weeg_i_no_inverse(covariance, size);
  pulse beat = {.hooks = design->hooks};
  if (!weeg_i_cholesky(covariance, size, WEEG_SINGULAR, &beat)) {
    test->reason = without;
    return weeg_i_pulse_status(&beat, err);
  }
  weeg_i_forward_solve(covariance, size, estimate);
  for (int32_t j = 0; j < size; j++) statistic += estimate[j] * estimate[j];
  test->df1 = k;
  test->df2 = adjusted ? df - k + 1 : df;
  test->statistic = adjusted ? statistic * test->df2 / (k * df) : statistic / k;
  return weeg_f_tail(test->statistic, test->df1, test->df2, &test->p_value, err);
}
