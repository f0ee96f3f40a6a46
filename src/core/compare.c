/* Contrasts of two proportions: difference, risk ratio, odds ratio. */
#include <math.h>

#include "memory.h"
#include "weeg.h"

/* Estimate and variance on the scale on which t is used: linear for differences, logarithmic for ratios. */
static weeg_reason linearise(weeg_measure measure, double p1, double p2, double v11, double v22, double v12,
                             double *value, double *variance) {
  double d1 = 1, d2 = 1; /* derivatives of the transformation of p1 and p2 */
  switch (measure) {
    case WEEG_DIFFERENCE:
      *value = p1 - p2;
      break;
    case WEEG_RISK_RATIO: /* Katz and others (1978): delta method for log p */
      if (p1 <= 0 || p2 <= 0) return WEEG_REASON_ZERO_BASE;
      *value = log(p1 / p2);
      d1 = 1 / p1;
      d2 = 1 / p2;
      break;
    case WEEG_ODDS_RATIO: /* Woolf (1955): delta method for log(p/(1-p)) */
      if (p1 <= 0 || p2 <= 0 || p1 >= 1 || p2 >= 1) return WEEG_REASON_ZERO_BASE;
      *value = log(p1 / p2) - log((1 - p1) / (1 - p2));
      d1 = 1 / (p1 * (1 - p1));
      d2 = 1 / (p2 * (1 - p2));
      break;
  }
  *variance = d1 * d1 * v11 + d2 * d2 * v22 - 2 * d1 * d2 * v12;
  return WEEG_REASON_NONE;
}

weeg_status weeg_compare_proportions(weeg_measure measure, double p1, double p2, double v11, double v22, double v12,
                                     int64_t df, double level, weeg_contrast *contrast, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_contrast c = {.estimate = NAN, .std_error = NAN, .low = NAN, .high = NAN, .statistic = NAN, .p_value = NAN};
  double value = NAN, variance = NAN, t = NAN;
  if ((int)measure < WEEG_DIFFERENCE || measure > WEEG_ODDS_RATIO) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "measure %d is not a weeg_measure", (int)measure);
  }
  if (!(level > 0 && level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  if (isnan(p1) || isnan(p2)) {
    c.reason = WEEG_REASON_EMPTY;
    goto cleanup;
  }
  c.reason = linearise(measure, p1, p2, v11, v22, v12, &value, &variance);
  if (c.reason != WEEG_REASON_NONE) goto cleanup;
  c.estimate = measure == WEEG_DIFFERENCE ? value : exp(value);
  if (isnan(variance)) {
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
    c.statistic = value / c.std_error;
    WEEG_TRY(weeg_t_tail(c.statistic, (double)df, &c.p_value, err));
    c.low = value - t * c.std_error;
    c.high = value + t * c.std_error;
    if (measure != WEEG_DIFFERENCE) {
      c.low = exp(c.low);
      c.high = exp(c.high);
    }
  }
cleanup:
  if (status == WEEG_OK) *contrast = c;
  return status;
}
