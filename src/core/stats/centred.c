#include "stats/centred.h"

#include <math.h>

#include "base/memory.h"
#include "base/sum.h"
#include "base/wide.h"

/* The centre has an exponent of no less, and a significand of no more bits. */
enum { FINEST = -64, BITS = 53 };

/* What may be off in the sums, in relation to their rows' last bits, before figures are withheld: 2^-30 of a figure is 1e-9. */
static const double DIGITS = 0x1p30;
/* A sum that is less than this part of the sizes of its terms is no denominator. */
static const double CANCELLED = 0x1p-30;

static weeg_sum wy_of(const means *m, int64_t entry) { return m->tally->wy[entry * m->tally->measures + m->measure]; }

weeg_sum weeg_i_mean_base(const means *m, int64_t entry) {
  return m->base == 0 ? m->tally->w[entry] : m->tally->wy[entry * m->tally->measures + m->base - 1];
}

/* The sum of products of two by their numbers. */
static wide product_of(const means *m, int64_t entry, int32_t a, int32_t b) {
  const int32_t low = a < b ? a : b, high = a < b ? b : a;
  if (high == 0) return weeg_i_wide_of_square(m->tally->w2[entry]);
  const weeg_product *products = m->tally->products + entry * weeg_tally_pairs(m->tally->measures);
  return weeg_i_wide_of_product(products[weeg_tally_pairs(high - 1) + low]);
}

/* The length of the rows of an entry, where these are PSUs; else 0. */
static double length_of(const means *m, int64_t entry, int32_t number) {
  return m->tally->element ? sqrt(weeg_i_wide_value(product_of(m, entry, number, number), 0)) : 0;
}

/* In units of 2^-point(c): the centre, and numbers. */
static int point(const mean_centre *c) { return c->exponent < 0 ? -c->exponent : 0; }

static wide times_centre(wide x, const mean_centre *c) {
  return weeg_i_wide_shift(weeg_i_wide_times(x, weeg_i_wide_of(c->significand)), c->exponent > 0 ? c->exponent : 0);
}

/* p - centre v, times 2^point. */
static wide deviation(weeg_sum p, weeg_sum v, const mean_centre *c) {
  return weeg_i_wide_less(weeg_i_wide_shift(weeg_i_wide_of_sum(p), point(c)), times_centre(weeg_i_wide_of_sum(v), c));
}

double weeg_i_mean_deviation(weeg_sum p, weeg_sum v, const mean_centre *c) {
  return weeg_i_wide_value(deviation(p, v, c), -point(c));
}

bool weeg_i_mean_is_lost(const mean_centre *c, int64_t n) {
  return (c->v_size > 0 && c->v_size < DIGITS * (double)n) || (c->size > 0 && c->size < DIGITS * c->off);
}

void weeg_i_mean_centre(weeg_sum p, weeg_sum v, int64_t n, mean_centre *c) {
  int exponent, cancelled;
  c->v = weeg_signed_value(v, 0);
  if (!(fabs(c->v) > CANCELLED * c->v_size)) return;
  (void)frexp(c->v_size / c->v, &cancelled);
  c->mean = weeg_signed_value(p, 0) / c->v;
  (void)frexp(c->mean, &exponent);
  const int finest = FINEST + (cancelled > 1 ? cancelled - 1 : 0);
  c->exponent = exponent - BITS < finest ? finest : exponent - BITS;
  c->significand = (int64_t)rint(ldexp(c->mean, -c->exponent));
  c->beyond = weeg_i_mean_deviation(p, v, c) / c->v;
  c->mean = ldexp((double)c->significand, c->exponent) + c->beyond;
  c->off = (double)n * (1 + fabs(c->mean));
  c->exists = true;
}

static void find_total(weeg_sum p, int64_t n, mean_centre *c) {
  *c = (mean_centre){.v = 1, .mean = weeg_signed_value(p, 0), .size = c->size, .off = (double)n, .exists = true};
}

static weeg_status find_centres(means *m, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = m->tally;
  WEEG_NEW(m->centre, m->table.groups);
  WEEG_NEW(m->p, m->table.groups);
  WEEG_NEW(m->v, m->table.groups);
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t g = m->table.group[t->cell[i]];
    if (g < 0) continue;
    weeg_i_sum_add(&m->p[g], wy_of(m, i));
    weeg_i_sum_add(&m->v[g], weeg_i_mean_base(m, i));
    m->centre[g].size += fabs(weeg_signed_value(wy_of(m, i), 0)) + length_of(m, i, m->measure + 1);
    /* no less than the sum of sizes over rows (Cauchy and Schwarz) */
    m->centre[g].v_size += fabs(weeg_signed_value(weeg_i_mean_base(m, i), 0)) + sqrt((double)t->n[i]) * length_of(m, i, m->base);
  }
  for (int32_t g = 0; g < m->table.groups; g++) {
    const int64_t n = m->table.group_n[g];
    if (m->figure == WEEG_FIGURE_TOTAL) find_total(m->p[g], n, &m->centre[g]);
    else if (n > 0) weeg_i_mean_centre(m->p[g], m->v[g], n, &m->centre[g]);
  }
cleanup:
  return status;
}

/* n sum of x y - sum of x sum of y */
static wide scaled_moment(wide xy, wide x, wide y, int64_t n) {
  return weeg_i_wide_less(weeg_i_wide_times(weeg_i_wide_of(n), xy), weeg_i_wide_times(x, y));
}

/* Sum of squared deviations of p - mean v of n rows from their mean; from that of p - centre v. */
static double spread(const means *m, int64_t i, const mean_centre *c) {
  const weeg_tally *t = m->tally;
  const int64_t n = t->n[i];
  if (n <= 1) return 0;
  const int shift = point(c);
  const int32_t measure = m->measure + 1;
  const wide v = weeg_i_wide_of_sum(weeg_i_mean_base(m, i)), d = deviation(wy_of(m, i), weeg_i_mean_base(m, i), c);
  const wide vv = product_of(m, i, m->base, m->base), pv = product_of(m, i, m->base, measure);
  const wide pp = product_of(m, i, measure, measure);
  const wide cv = times_centre(vv, c);                                /* sum of centre v v, times 2^point, */
  const wide dv = weeg_i_wide_less(weeg_i_wide_shift(pv, shift), cv); /* of d v, */
  const wide dp = weeg_i_wide_less(weeg_i_wide_shift(pp, shift), times_centre(pv, c)); /* d p, and d d twice that */
  const wide dd = weeg_i_wide_less(weeg_i_wide_shift(dp, shift), times_centre(dv, c));
  const double squares = weeg_i_wide_value(scaled_moment(dd, d, d, n), -2 * shift);
  const double cross = weeg_i_wide_value(scaled_moment(dv, d, v, n), -shift);
  const double weights = weeg_i_wide_value(scaled_moment(vv, v, v, n), 0);
  const double sum = squares - 2 * c->beyond * cross + c->beyond * c->beyond * weights;
  return sum > 0 ? sum / (double)n : 0;
}

weeg_status weeg_i_means_deviate(means *m, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = m->tally;
  if (m->value == NULL) WEEG_NEW(m->value, t->entries);
  if (t->element && m->within == NULL) WEEG_NEW(m->within, t->entries);
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t g = m->table.group[t->cell[i]];
    if (g < 0) continue;
    const mean_centre *c = &m->centre[g];
    if (!c->exists) continue;
    const weeg_sum v = weeg_i_mean_base(m, i);
    m->value[i] = weeg_i_mean_deviation(wy_of(m, i), v, c) - c->beyond * weeg_signed_value(v, 0);
    if (t->element) m->within[i] = spread(m, i, c);
  }
cleanup:
  return status;
}

int weeg_i_mean_scale(const means *m) {
  const weeg_tally *t = m->tally;
  const int scale = t->measure_scale[m->measure];
  if (m->figure == WEEG_FIGURE_TOTAL) return scale;
  return scale - (m->base == 0 ? t->scale : t->measure_scale[m->base - 1]);
}

weeg_status weeg_i_means_make(means *m, const weeg_tally *tally, const weeg_places *places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  m->tally = tally;
  WEEG_TRY(weeg_i_table_make(&m->table, tally, places, err));
  WEEG_TRY(find_centres(m, err));
cleanup:
  return status;
}

void weeg_i_means_clear(means *m) {
  weeg_i_table_clear(&m->table);
  weeg_free(m->p);
  weeg_free(m->v);
  weeg_free(m->centre);
  weeg_free(m->value);
  weeg_free(m->within);
  *m = (means){.measure = 0};
}
