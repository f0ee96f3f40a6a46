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

/* The length of the rows of an entry, where these are PSUs; else 0. */
static double length_of(const means *m, int64_t entry, int32_t number) {
  return m->tally->element ? sqrt(weeg_i_wide_value(weeg_i_measure_products(m->tally, entry, number, number), 0)) : 0;
}

bool weeg_i_mean_is_lost(const mean_sums *c, int64_t n) {
  return (c->v_size > 0 && c->v_size < DIGITS * (double)n) || (c->size > 0 && c->size < DIGITS * c->off);
}

void weeg_i_mean_find(mean_sums *c, int64_t n, weeg_centre *at) {
  int exponent, cancelled;
  c->base = weeg_signed_value(c->v, 0);
  if (!(fabs(c->base) > CANCELLED * c->v_size)) return;
  (void)frexp(c->v_size / c->base, &cancelled);
  c->mean = weeg_signed_value(c->p, 0) / c->base;
  (void)frexp(c->mean, &exponent);
  const int finest = FINEST + (cancelled > 1 ? cancelled - 1 : 0);
  at->exponent = exponent - BITS < finest ? finest : exponent - BITS;
  at->significand = (int64_t)rint(ldexp(c->mean, -at->exponent));
  at->beyond = weeg_i_less_centre(c->p, c->v, at) / c->base;
  c->mean = weeg_i_centre_mean(at);
  c->off = (double)n * (1 + fabs(c->mean));
  c->exists = true;
}

static void find_total(mean_sums *c, int64_t n) {
  c->base = 1;
  c->mean = weeg_signed_value(c->p, 0);
  c->v_size = 0;
  c->off = (double)n;
  c->exists = true;
}

/*
 * The size of a sum, to be compared with what may be off, for which its last place does not matter. Without branches, as its sign
 * is anyone's guess; and by conversions that a processor has.
 */
static inline double size_of(weeg_sum x) {
  const uint64_t below = 0 - (x.hi >> 63), lo = (x.lo ^ below) - below, hi = (x.hi ^ below) + (below & (lo == 0));
  return (double)(int64_t)hi * 0x1p64 + ((double)(int64_t)(lo >> 1) * 2 + (double)(int64_t)(lo & 1));
}

static void add_lengths(const means *m, int64_t entry, mean_sums *to) {
  to->size += length_of(m, entry, m->measure + 1);
  /* no less than the sum of sizes over rows (Cauchy and Schwarz) */
  to->v_size += sqrt((double)m->tally->n[entry]) * length_of(m, entry, m->base);
}

static weeg_status find_means(means *m, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = m->tally;
  const bool of_weights = m->weight != NULL && m->base == 0;
  WEEG_NEW(m->sums, m->table.groups);
  WEEG_NEW(m->at, m->table.groups);
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t g = m->table.group[t->cell[i]];
    if (g < 0) continue;
    mean_sums *c = &m->sums[g];
    const weeg_sum p = weeg_i_measure_sum(t, i, m->measure), v = weeg_i_base_sum(t, i, m->base);
    weeg_i_sum_add(&c->p, p);
    weeg_i_sum_add(&c->v, v);
    c->size += size_of(p);
    c->v_size += of_weights ? m->weight[i] : size_of(v);
    if (t->element) add_lengths(m, i, c);
  }
  for (int32_t g = 0; g < m->table.groups; g++) {
    const int64_t n = m->table.group_n[g];
    if (m->figure == WEEG_FIGURE_TOTAL) find_total(&m->sums[g], n);
    else if (n > 0) weeg_i_mean_find(&m->sums[g], n, &m->at[g]);
  }
cleanup:
  return status;
}

weeg_status weeg_i_means_deviate(means *m, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = m->tally;
  const bool of_weights = m->weight != NULL && m->base == 0;
  if (m->value == NULL) WEEG_NEW(m->value, t->entries);
  if (t->element && m->within == NULL) WEEG_NEW(m->within, t->entries);
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t g = m->table.group[t->cell[i]];
    if (g < 0 || !m->sums[g].exists) continue;
    const weeg_sum v = weeg_i_base_sum(t, i, m->base);
    const double of_v = of_weights ? m->weight[i] : weeg_signed_value(v, 0);
    m->value[i] = weeg_i_less_centre(weeg_i_measure_sum(t, i, m->measure), v, &m->at[g]) - m->at[g].beyond * of_v;
    if (t->element) m->within[i] = weeg_i_spread(t, i, &m->of, &m->at[g], 0);
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

weeg_status weeg_i_means_of(means *m, const table *of, const double *weight, weeg_error *err) {
  m->tally = of->tally;
  m->table = *of;
  m->weight = weight;
  m->is_shared = true;
  m->of = (weeg_deviations){m->measure, m->base, NULL, of->group};
  const weeg_status status = find_means(m, err);
  m->of.centre = m->at;
  return status;
}

weeg_status weeg_i_means_make(means *m, const weeg_tally *tally, const weeg_places *places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  table own = {.tally = NULL};
  WEEG_TRY(weeg_i_table_make(&own, tally, places, err));
  status = weeg_i_means_of(m, &own, NULL, err);
  m->is_shared = false;
  own = (table){.tally = NULL};
cleanup:
  weeg_i_table_clear(&own);
  return status;
}

void weeg_i_means_clear(means *m) {
  if (!m->is_shared) weeg_i_table_clear(&m->table);
  weeg_free(m->sums);
  weeg_free(m->at);
  weeg_free(m->value);
  weeg_free(m->within);
  *m = (means){.measure = 0};
}
