#include "variance/deviations.h"

#include <math.h>

wide weeg_i_measure_products(const weeg_tally *tally, int64_t entry, int32_t a, int32_t b) {
  const int32_t low = a < b ? a : b, high = a < b ? b : a;
  if (high == 0) return weeg_i_wide_of_square(tally->w2[entry]);
  const weeg_product *products = tally->products + entry * weeg_tally_pairs(tally->measures);
  return weeg_i_wide_of_product(products[weeg_tally_pairs(high - 1) + low]);
}

/* What is beyond the point in the units of deviations: 2^-point. */
static int point_of(const weeg_centre *centre) { return centre->exponent < 0 ? -centre->exponent : 0; }

double weeg_i_centre_mean(const weeg_centre *centre) {
  return ldexp((double)centre->significand, centre->exponent) + centre->beyond;
}

static wide times_centre(wide x, const weeg_centre *c) {
  return weeg_i_wide_shift(weeg_i_wide_times(x, weeg_i_wide_of(c->significand)), c->exponent > 0 ? c->exponent : 0);
}

double weeg_i_less_centre(weeg_sum p, weeg_sum v, const weeg_centre *c) {
  if (c->exponent <= 0) return weeg_i_wide_deviation(p, v, c->significand, -c->exponent);
  return weeg_i_wide_value(weeg_i_wide_less(weeg_i_wide_of_sum(p), times_centre(weeg_i_wide_of_sum(v), c)), 0);
}

double weeg_i_deviation(const weeg_tally *tally, int64_t entry, const weeg_deviations *of, const weeg_centre *centre) {
  const weeg_sum v = weeg_i_base_sum(tally, entry, of->base);
  const double from_centre = weeg_i_less_centre(weeg_i_measure_sum(tally, entry, of->measure), v, centre);
  return from_centre - centre->beyond * weeg_signed_value(v, 0);
}

/* n sum of x y - sum of x sum of y, over n. */
static double moment(wide xy, wide x, wide y, int64_t n, int exponent) {
  const wide scaled = weeg_i_wide_less(weeg_i_wide_times(weeg_i_wide_of(n), xy), weeg_i_wide_times(x, y));
  return weeg_i_wide_value(scaled, exponent) / (double)n;
}

enum { BITS = 53 };

/* The bits of a slope that count in units of 2^-point, and what it has beyond them. */
static weeg_centre bits_of(double slope, int point) {
  int exponent;
  (void)frexp(slope, &exponent);
  weeg_centre c = {.exponent = exponent - BITS < -point ? -point : exponent - BITS};
  c.significand = (int64_t)rint(ldexp(slope, -c.exponent));
  c.beyond = slope - ldexp((double)c.significand, c.exponent);
  return c;
}

/* Of sums of products with x: px - centre vx - slope wx, in units of 2^-point. */
static wide times_deviation(wide px, wide vx, wide wx, const weeg_centre *centre, const weeg_centre *slope) {
  const int point = point_of(centre);
  const wide from_centre = weeg_i_wide_less(weeg_i_wide_shift(px, point), times_centre(vx, centre));
  if (slope->significand == 0) return from_centre;
  const wide fitted = weeg_i_wide_times(wx, weeg_i_wide_of(slope->significand));
  return weeg_i_wide_less(from_centre, weeg_i_wide_shift(fitted, slope->exponent + point));
}

double weeg_i_spread(const weeg_tally *tally, int64_t entry, const weeg_deviations *of, const weeg_centre *centre, double slope) {
  const int64_t n = tally->n[entry];
  const int32_t base = of->base, measure = of->measure + 1;
  const int point = point_of(centre);
  const weeg_centre s = bits_of(slope, point);
  const double b = centre->beyond, c = s.beyond;
  if (n <= 1) return 0;
  const wide p = weeg_i_wide_of_sum(weeg_i_measure_sum(tally, entry, of->measure)), w = weeg_i_wide_of_sum(tally->w[entry]);
  const wide v = weeg_i_wide_of_sum(weeg_i_base_sum(tally, entry, base));
  const wide pp = weeg_i_measure_products(tally, entry, measure, measure);
  const wide pv = weeg_i_measure_products(tally, entry, measure, base), vv = weeg_i_measure_products(tally, entry, base, base);
  const wide pw = weeg_i_measure_products(tally, entry, measure, 0), vw = weeg_i_measure_products(tally, entry, base, 0);
  const wide ww = weeg_i_measure_products(tally, entry, 0, 0);
  const wide d = times_deviation(p, v, w, centre, &s), dp = times_deviation(pp, pv, pw, centre, &s);
  const wide dv = times_deviation(pv, vv, vw, centre, &s), dw = times_deviation(pw, vw, ww, centre, &s);
  const wide dd = times_deviation(dp, dv, dw, centre, &s);
  double sum = moment(dd, d, d, n, -2 * point) - 2 * b * moment(dv, d, v, n, -point) + b * b * moment(vv, v, v, n, 0);
  if (c != 0) { /* of d, b v and c w are left */
    sum += c * (c * moment(ww, w, w, n, 0) + 2 * b * moment(vw, v, w, n, 0) - 2 * moment(dw, d, w, n, -point));
  }
  return fmax(sum, 0);
}
