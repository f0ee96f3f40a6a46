/* Contrasts of two proportions: difference, risk ratio, odds ratio, number needed. */
#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "stats/measure.h"
#include "stats/shares.h"
#include "weeg.h"

weeg_contrast weeg_i_no_contrast(weeg_reason reason, int64_t df) {
  return (weeg_contrast){.estimate = NAN, .std_error = NAN, .low = NAN, .high = NAN, .statistic = NAN, .p_value = NAN,
                         .df = df, .df_used = (double)df, .reason = reason};
}

weeg_status weeg_i_check_measure(weeg_measure measure, weeg_error *err) {
  if ((int)measure >= WEEG_DIFFERENCE && measure <= WEEG_NUMBER_NEEDED) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "measure %d is not a weeg_measure", (int)measure);
}

weeg_reason weeg_i_contrast_slopes(weeg_measure measure, double p1, double p2, double *value, double *slope1, double *slope2) {
  *value = p1 - p2;
  *slope1 = 1;
  *slope2 = -1;
  if (isnan(p1) || isnan(p2)) return WEEG_REASON_EMPTY;
  switch (measure) {
    case WEEG_DIFFERENCE:
    case WEEG_NUMBER_NEEDED:
      break;
    case WEEG_RISK_RATIO: /* Katz and others (1978): delta method for log p */
      if (p1 <= 0 || p2 <= 0) return WEEG_REASON_ZERO_BASE;
      *value = log(p1 / p2);
      *slope1 = 1 / p1;
      *slope2 = -1 / p2;
      break;
    case WEEG_ODDS_RATIO: /* Woolf (1955): delta method for log(p/(1-p)) */
      if (p1 <= 0 || p2 <= 0 || p1 >= 1 || p2 >= 1) return WEEG_REASON_ZERO_BASE;
      *value = log(p1 / p2) - log((1 - p1) / (1 - p2));
      *slope1 = 1 / (p1 * (1 - p1));
      *slope2 = -1 / (p2 * (1 - p2));
      break;
  }
  return WEEG_REASON_NONE;
}

weeg_status weeg_i_contrast_begin(double value, double variance, int64_t df, double level, weeg_contrast *contrast,
                                  weeg_error *err) {
  if (!(level > 0 && level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  *contrast = weeg_i_no_contrast(WEEG_REASON_NONE, df);
  contrast->estimate = value;
  if (isnan(value)) {
    contrast->reason = WEEG_REASON_EMPTY;
  } else if (isnan(variance)) {
    contrast->reason = WEEG_REASON_NO_VARIANCE;
  } else {
    contrast->std_error = variance > 0 ? sqrt(variance) : 0;
    contrast->reason = !(variance > 0) ? WEEG_REASON_ZERO_VARIANCE : df < 1 ? WEEG_REASON_NO_DF : WEEG_REASON_NONE;
  }
  return WEEG_OK;
}

weeg_status weeg_i_contrast_student(double level, students *known, weeg_contrast *contrast, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_contrast c = *contrast;
  double t = 0;
  if (c.reason != WEEG_REASON_NONE) return WEEG_OK;
  WEEG_TRY(weeg_i_student_quantile(known, 1 - (1 - level) / 2, c.df, &t, err));
  c.statistic = c.estimate / c.std_error;
  WEEG_TRY(weeg_i_student_tail(known, c.statistic, c.df, &c.p_value, err));
  c.low = c.estimate - t * c.std_error;
  c.high = c.estimate + t * c.std_error;
  *contrast = c;
cleanup:
  return status;
}

weeg_status weeg_contrast_value(double value, double variance, int64_t df, double level, weeg_contrast *contrast,
                                weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_contrast c;
  students known = {0};
  WEEG_TRY(weeg_i_contrast_begin(value, variance, df, level, &c, err));
  WEEG_TRY(weeg_i_contrast_student(level, &known, &c, err));
  *contrast = c;
cleanup:
  return status;
}

void weeg_i_contrast_few(weeg_contrast *c, const weeg_few *few) {
  if (!(few->quantile > 0) || isnan(c->low)) return;
  c->low = c->estimate - few->quantile * c->std_error;
  c->high = c->estimate + few->quantile * c->std_error;
  c->p_value = few->p_value;
  c->df_used = few->df_used;
  c->reason = weeg_i_caution(few->df_used, few->largest);
}

/* From p down to its lower limit, and up to its upper one, on the scale of a ratio: that of 1 - p has all digits, too. */
static weeg_status distances(const two_shares *two, int i, double t, double *down, double *up, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double p = two->p[i], q = 1 - p, t_rows = isinf(two->t_rows[i]) ? t : two->t_rows[i];
  double low = 0, above = 0;
  WEEG_TRY(weeg_i_korn_graubard_low(p, two->variance[i], t, t_rows, &low, err));
  WEEG_TRY(weeg_i_korn_graubard_low(q, two->variance[i], t, t_rows, &above, err));
  low = fmax(low, DBL_MIN);
  above = fmax(above, DBL_MIN);
  *down = log(p / low);
  *up = log1p(-above) - log(p);
  if (two->measure == WEEG_ODDS_RATIO) {
    *down += log1p(-low) - log1p(-p);
    *up += log(q / above);
  }
cleanup:
  return status;
}

weeg_status weeg_i_ratio_factors(const two_shares *two, double t, double factor[2], weeg_error *err) {
  weeg_status status = WEEG_OK;
  double own = 0, square[2] = {0, 0}, value = 0, slope[2] = {0, 0};
  (void)weeg_i_contrast_slopes(two->measure, two->p[0], two->p[1], &value, &slope[0], &slope[1]);
  for (int i = 0; i < 2; i++) {
    const double wald = slope[i] * slope[i] * two->variance[i];
    double down = t * sqrt(wald), up = down;
    if (!(wald > 0)) continue;
    if (two->t_rows[i] > 0) WEEG_TRY(distances(two, i, t, &down, &up, err));
    own += t * t * wald;
    square[i] += down * down;
    square[1 - i] += up * up;
  }
  for (int i = 0; i < 2; i++) factor[i] = own > 0 ? sqrt(square[i] / own) : 1;
cleanup:
  return status;
}

/* From a difference to its reciprocal; std_error by the delta method. */
static void invert(weeg_contrast *c) {
  const double low = c->low, high = c->high;
  c->std_error = c->estimate == 0 ? NAN : c->std_error / (c->estimate * c->estimate);
  c->estimate = c->estimate == 0 ? INFINITY : 1 / c->estimate;
  if (isnan(low)) return;
  const bool spans = low <= 0 && high >= 0;
  c->low = !spans ? 1 / high : low < 0 ? 1 / low : -INFINITY;
  c->high = !spans ? 1 / low : high > 0 ? 1 / high : INFINITY;
  if (spans) c->reason = WEEG_REASON_SPANS_ZERO;
}

void weeg_i_contrast_back(weeg_measure measure, weeg_contrast *contrast) {
  if (measure == WEEG_NUMBER_NEEDED) {
    invert(contrast);
  } else if (measure != WEEG_DIFFERENCE) {
    contrast->estimate = exp(contrast->estimate);
    contrast->low = exp(contrast->low);
    contrast->high = exp(contrast->high);
  }
}

weeg_status weeg_compare_proportions(weeg_measure measure, const weeg_two_proportions *two, int64_t df, double level,
                                     weeg_contrast *contrast, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_contrast c = weeg_i_no_contrast(WEEG_REASON_NONE, df);
  double value = NAN, a = NAN, b = NAN;
  WEEG_TRY(weeg_i_check_measure(measure, err));
  if (!(level > 0 && level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  c.reason = weeg_i_contrast_slopes(measure, two->p1, two->p2, &value, &a, &b);
  if (c.reason != WEEG_REASON_NONE) goto cleanup;
  const double own = a * a * two->v11 + b * b * two->v22, variance = own + 2 * a * b * two->v12;
  /* what cancels but for rounding is 0 */
  const bool cancels = variance <= 64 * DBL_EPSILON * (own + fabs(2 * a * b * two->v12));
  WEEG_TRY(weeg_contrast_value(value, cancels ? 0 : variance, df, level, &c, err));
  weeg_i_contrast_back(measure, &c);
cleanup:
  if (status == WEEG_OK) *contrast = c;
  return status;
}
