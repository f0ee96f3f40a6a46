/* Tests of estimates with a covariance matrix, by their normality (Wald 1943). */
#include <math.h>

#include "base/memory.h"
#include "math/linear.h"
#include "stats/rao_scott.h"
#include "weeg.h"

static const double PIVOT_TOLERANCE = 1e-12; /* of a pivot against its diagonal */

weeg_status weeg_wald_test(const weeg_parameters *of, const int32_t *which, int32_t count, weeg_wald *wald,
                           weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *v = NULL, *b = NULL;
  weeg_wald found = {NAN, NAN, WEEG_REASON_NONE};
  double statistic = 0;
  pulse none = {0};
  if (count < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a Wald test needs an estimate");
  WEEG_NEW(v, (int64_t)count * count);
  WEEG_NEW(b, count);
  for (int32_t i = 0; i < count; i++) {
    b[i] = of->estimate[which[i]];
    for (int32_t k = 0; k < count; k++) {
      v[(int64_t)i * count + k] = of->covariance[(int64_t)which[i] * of->size + which[k]];
    }
  }
  for (int32_t i = 0; i < count; i++) {
    if (isnan(v[(int64_t)i * count + i])) found.reason = WEEG_REASON_NO_VARIANCE;
  }
  if (found.reason != WEEG_REASON_NONE) goto finish;
  const weeg_reason without = weeg_i_no_inverse(v, count);
  if (!weeg_i_cholesky(v, count, PIVOT_TOLERANCE, &none)) {
    found.reason = without;
  } else if (of->df < 1) {
    found.reason = WEEG_REASON_NO_DF;
  } else {
    weeg_i_forward_solve(v, count, b);
    for (int32_t i = 0; i < count; i++) statistic += b[i] * b[i];
    found.f = statistic / count;
    WEEG_TRY(weeg_f_tail(found.f, count, (double)of->df, &found.p_value, err));
  }
finish:
  *wald = found;
cleanup:
  weeg_free(v);
  weeg_free(b);
  return status;
}
