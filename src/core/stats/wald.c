/* Tests of estimates with a covariance matrix, by their normality (Wald 1943). */
#include <math.h>

#include "base/memory.h"
#include "math/linear.h"
#include "stats/rao_scott.h"
#include "weeg.h"

static const double PIVOT_TOLERANCE = 1e-12; /* of a pivot against its diagonal */

weeg_status weeg_wald_test(const double *estimate, const double *covariance, int32_t size, const int32_t *which,
                           int32_t count, int64_t df, double *f, double *p, weeg_reason *reason, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *v = NULL, *b = NULL;
  double statistic = 0;
  pulse none = {0};
  if (count < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a Wald test needs an estimate");
  WEEG_NEW(v, (int64_t)count * count);
  WEEG_NEW(b, count);
  for (int32_t i = 0; i < count; i++) {
    b[i] = estimate[which[i]];
    for (int32_t k = 0; k < count; k++) v[(int64_t)i * count + k] = covariance[(int64_t)which[i] * size + which[k]];
  }
  *f = *p = NAN;
  *reason = WEEG_REASON_NONE;
  for (int32_t i = 0; i < count; i++) {
    if (isnan(v[(int64_t)i * count + i])) *reason = WEEG_REASON_NO_VARIANCE;
  }
  if (*reason != WEEG_REASON_NONE) goto cleanup;
  const weeg_reason without = weeg_i_no_inverse(v, count);
  if (!weeg_i_cholesky(v, count, PIVOT_TOLERANCE, &none)) {
    *reason = without;
  } else if (df < 1) {
    *reason = WEEG_REASON_NO_DF;
  } else {
    weeg_i_forward_solve(v, count, b);
    for (int32_t i = 0; i < count; i++) statistic += b[i] * b[i];
    *f = statistic / count;
    WEEG_TRY(weeg_f_tail(*f, count, (double)df, p, err));
  }
cleanup:
  weeg_free(v);
  weeg_free(b);
  return status;
}
