/* Intervals and tests of estimates with a covariance matrix, by their normality (Wald 1943). */
#include <math.h>

#include "linear.h"
#include "memory.h"
#include "weeg.h"

static const double PIVOT_TOLERANCE = 1e-12; /* of a pivot against its diagonal */

weeg_status weeg_wald_interval(double estimate, double variance, int64_t df, double level, weeg_contrast *contrast,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_contrast c = {.estimate = estimate, .std_error = NAN, .low = NAN, .high = NAN, .statistic = NAN, .p_value = NAN};
  double t = NAN;
  if (!(level > 0 && level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  if (isnan(estimate) || isnan(variance)) {
    c.reason = WEEG_REASON_NO_VARIANCE;
    goto cleanup;
  }
  c.std_error = variance > 0 ? sqrt(variance) : 0;
  if (!(variance > 0)) {
    c.reason = WEEG_REASON_ZERO_VARIANCE;
  } else if (df < 1) {
    c.reason = WEEG_REASON_NO_DF;
  } else {
    WEEG_TRY(weeg_t_quantile(1 - (1 - level) / 2, (double)df, &t, err));
    c.statistic = estimate / c.std_error;
    WEEG_TRY(weeg_t_tail(c.statistic, (double)df, &c.p_value, err));
    c.low = estimate - t * c.std_error;
    c.high = estimate + t * c.std_error;
  }
cleanup:
  if (status == WEEG_OK) *contrast = c;
  return status;
}

weeg_status weeg_wald_test(const double *estimate, const double *covariance, int32_t size, const int32_t *which,
                           int32_t count, int64_t df, double *f, double *p, weeg_reason *reason, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *v = NULL, *b = NULL;
  double statistic = 0;
  if (count < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a Wald test needs an estimate");
  WEEG_NEW(v, (int64_t)count * count);
  WEEG_NEW(b, count);
  for (int32_t i = 0; i < count; i++) {
    b[i] = estimate[which[i]];
    for (int32_t k = 0; k < count; k++) v[(int64_t)i * count + k] = covariance[(int64_t)which[i] * size + which[k]];
  }
  *f = *p = NAN;
  *reason = WEEG_REASON_NONE;
  if (!weeg_cholesky(v, count, PIVOT_TOLERANCE)) {
    *reason = WEEG_REASON_SINGULAR;
  } else if (df < 1) {
    *reason = WEEG_REASON_NO_DF;
  } else {
    weeg_forward_solve(v, count, b);
    for (int32_t i = 0; i < count; i++) statistic += b[i] * b[i];
    *f = statistic / count;
    WEEG_TRY(weeg_f_tail(*f, count, (double)df, p, err));
  }
cleanup:
  weeg_free(v);
  weeg_free(b);
  return status;
}
