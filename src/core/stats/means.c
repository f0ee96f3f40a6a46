/* Means, ratios and totals of measures within groups, with their variances. */
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "base/sum.h"
#include "base/wide.h"
#include "stats/effective.h"
#include "stats/shares.h"
#include "stats/table.h"
#include "tally/places.h"
#include "variance/alone.h"
#include "variance/deviations.h"
#include "variance/scores.h"
#include "weeg.h"

/*
 * Deviations p - mean v (deviations.h) are in the integers of the tally, and so are means: p / v of the sums of a group. Totals
 * are deviations from 0, with a mean of p / 1. Where v cancels, the mean is that much larger beside p, and the centre has as
 * many bits fewer behind the point: a deviation fits in the same integers.
 */
enum { FINEST = -64, BITS = 53 };

/* What may be off in the sums, in relation to their rows' last bits, before figures are withheld: 2^-30 of a figure is 1e-9. */
static const double DIGITS = 0x1p30;
/* A sum that is less than this part of the sizes of its terms is no denominator. */
static const double CANCELLED = 0x1p-30;

typedef struct centre {
  double mean;
  double v;            /* sum of v; 1 of a total */
  double size;         /* of all p: of the sums of entries, and where rows are PSUs, of their squares */
  double v_size;       /* of all v, or more */
  double off;          /* what cutting off bits can have changed in the sum of p - mean v */
  bool exists;         /* there are rows, and v is not 0 */
} centre;

typedef struct means {
  const weeg_tally *tally;
  table table;
  weeg_mean_figure figure;
  int32_t measure;
  int32_t base;     /* number of what v is: 0 of the weight, from 1 of measures */
  centre *centre;   /* [groups] */
  weeg_centre *at;  /* [groups] their bits, of exponents >= FINEST */
  double *value;    /* [entries] sum of p - mean v */
  double *within;   /* [entries] sum of squared deviations of p - mean v over the rows of an entry; NULL unless element */
  weeg_deviations of; /* what both are */
  double *variance; /* [groups] of p / v */
} means;

static weeg_sum wy_of(const means *m, int64_t entry) { return weeg_i_measure_sum(m->tally, entry, m->measure); }

static weeg_sum base_of(const means *m, int64_t entry) { return weeg_i_base_sum(m->tally, entry, m->base); }

/* The length of the rows of an entry, where these are PSUs; else 0. */
static double length_of(const means *m, int64_t entry, int32_t number) {
  return m->tally->element ? sqrt(weeg_i_wide_value(weeg_i_measure_products(m->tally, entry, number, number), 0)) : 0;
}

static void find_centre(weeg_sum p, weeg_sum v, int64_t n, centre *c, weeg_centre *at) {
  int exponent, cancelled;
  c->v = weeg_signed_value(v, 0);
  if (!(fabs(c->v) > CANCELLED * c->v_size)) return;
  (void)frexp(c->v_size / c->v, &cancelled);
  c->mean = weeg_signed_value(p, 0) / c->v;
  (void)frexp(c->mean, &exponent);
  const int finest = FINEST + (cancelled > 1 ? cancelled - 1 : 0);
  at->exponent = exponent - BITS < finest ? finest : exponent - BITS;
  at->significand = (int64_t)rint(ldexp(c->mean, -at->exponent));
  at->beyond = weeg_i_less_centre(p, v, at) / c->v;
  c->mean = weeg_i_centre_mean(at);
  c->off = (double)n * (1 + fabs(c->mean));
  c->exists = true;
}

static void find_total(weeg_sum p, int64_t n, centre *c) {
  *c = (centre){.v = 1, .mean = weeg_signed_value(p, 0), .size = c->size, .off = (double)n, .exists = true};
}

static weeg_status find_centres(means *m, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = m->tally;
  weeg_sum *p = NULL, *v = NULL;
  WEEG_NEW(m->centre, m->table.groups);
  WEEG_NEW(m->at, m->table.groups);
  WEEG_NEW(p, m->table.groups);
  WEEG_NEW(v, m->table.groups);
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t g = m->table.group[t->cell[i]];
    if (g < 0) continue;
    weeg_i_sum_add(&p[g], wy_of(m, i));
    weeg_i_sum_add(&v[g], base_of(m, i));
    m->centre[g].size += fabs(weeg_signed_value(wy_of(m, i), 0)) + length_of(m, i, m->measure + 1);
    /* no less than the sum of sizes over rows (Cauchy and Schwarz) */
    m->centre[g].v_size += fabs(weeg_signed_value(base_of(m, i), 0)) + sqrt((double)t->n[i]) * length_of(m, i, m->base);
  }
  for (int32_t g = 0; g < m->table.groups; g++) {
    const int64_t n = m->table.group_n[g];
    if (m->figure == WEEG_FIGURE_TOTAL) find_total(p[g], n, &m->centre[g]);
    else if (n > 0) find_centre(p[g], v[g], n, &m->centre[g], &m->at[g]);
  }
cleanup:
  weeg_free(p);
  weeg_free(v);
  return status;
}

/* Deviations of all entries in groups. */
static weeg_status deviate(means *m, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = m->tally;
  WEEG_NEW(m->value, t->entries);
  if (t->element) WEEG_NEW(m->within, t->entries);
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t g = m->table.group[t->cell[i]];
    if (g < 0) continue;
    if (!m->centre[g].exists) continue;
    m->value[i] = weeg_i_deviation(t, i, &m->of, &m->at[g]);
    if (t->element) m->within[i] = weeg_i_spread(t, i, &m->of, &m->at[g], 0);
  }
cleanup:
  return status;
}

/* Scores (p - mean v) / sum of v. */
static weeg_status score(const means *m, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t cells = m->tally->cells, groups = m->table.groups;
  WEEG_TRY(weeg_i_scores_new(list, cells, groups, cells, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  if (m->figure != WEEG_FIGURE_TOTAL) WEEG_TRY(weeg_i_scores_ratio(list, groups, err));
  list->scores.value = m->value;
  list->scores.within = m->within;
  list->scores.deviations = &m->of;
  for (int32_t c = 0; c < cells; c++) {
    const int32_t g = m->table.group[c];
    if (g >= 0 && m->centre[g].exists) weeg_i_scores_add(list, g, 1 / m->centre[g].v);
    weeg_i_scores_close(list, c);
    if (list->cell_base != NULL) list->cell_base[c] = g;
  }
  for (int32_t g = 0; g < groups && list->output_base != NULL; g++) list->output_base[g] = g;
  /* what was cut off is rounding too: weeg_i_rounding() takes 64 units in the last place of a size, or more */
  for (int32_t g = 0; g < groups; g++) {
    if (m->centre[g].exists) list->size[g] = m->centre[g].off / fabs(m->centre[g].v) / (64 * DBL_EPSILON);
  }
cleanup:
  return status;
}

/* domain: of each cell, one of `domains`, which are the groups, or all of them together. */
static weeg_status vary(means *m, const weeg_survey *survey, const int32_t *domain, int32_t domains, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = m->table.groups;
  score_list list = {0};
  int32_t *own = NULL;
  uint8_t *has = NULL;
  WEEG_NEW(own, groups);
  WEEG_NEW(has, domains);
  WEEG_NEW(m->variance, groups);
  for (int32_t g = 0; g < groups; g++) own[g] = domains == groups ? g : 0;
  m->of = (weeg_deviations){m->measure, m->base, m->at, m->table.group};
  WEEG_TRY(deviate(m, err));
  WEEG_TRY(score(m, &list, err));
  WEEG_TRY(weeg_variance(survey, &list.scores, &(weeg_domains){domain, domains, own}, m->variance, err));
  WEEG_TRY(weeg_own_variance(survey, domain, domains, has, err));
  for (int32_t g = 0; g < groups; g++) {
    /* that rows outside the table are in other PSUs gives a total a variance which a mean does not have: it is not 0 */
    const bool known = has[own[g]] || (m->figure == WEEG_FIGURE_TOTAL && m->variance[g] > 0);
    m->variance[g] = known ? m->variance[g] : NAN;
  }
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(own);
  weeg_free(has);
  return status;
}

static int scale_of(const means *m) {
  const weeg_tally *t = m->tally;
  const int scale = t->measure_scale[m->measure];
  if (m->figure == WEEG_FIGURE_TOTAL) return scale;
  return scale - (m->base == 0 ? t->scale : t->measure_scale[m->base - 1]);
}

/* What limits are made by. */
typedef struct mean_law {
  int64_t df;
  weeg_few few;
  double level;
} mean_law;

/* Why a group has no estimate. */
static weeg_reason obstacle(const means *m, int32_t g) {
  const centre *c = &m->centre[g];
  const bool lost = m->figure == WEEG_FIGURE_RATIO && c->v_size > 0 && c->v_size < DIGITS * (double)m->table.group_n[g];
  if (m->figure != WEEG_FIGURE_TOTAL && m->table.group_n[g] == 0) return WEEG_REASON_EMPTY;
  if (lost || (c->size > 0 && c->size < DIGITS * c->off)) return WEEG_REASON_LOST_DIGITS;
  if (!c->exists) return m->figure == WEEG_FIGURE_RATIO ? WEEG_REASON_ZERO_DENOMINATOR : WEEG_REASON_EMPTY;
  return WEEG_REASON_NONE;
}

/* By the law of few PSUs. Totals have none: their scores have no estimate that they are deviations from. */
static weeg_status refer(const means *m, const weeg_survey *survey, const weeg_places *places, double level, weeg_few *few,
                         weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *base = NULL;
  if (m->figure == WEEG_FIGURE_TOTAL || !weeg_i_is_effective(survey->design)) return WEEG_OK;
  if (m->base > 0) WEEG_NEW(base, m->tally->entries);
  for (int64_t i = 0; base != NULL && i < m->tally->entries; i++) base[i] = weeg_signed_value(base_of(m, i), 0);
  WEEG_TRY(weeg_i_effective_means(survey, places, &(psu_numbers){m->value, base}, level, few, err));
cleanup:
  weeg_free(base);
  return status;
}

static weeg_status report(const means *m, int32_t g, const mean_law *law, weeg_mean *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const centre *c = &m->centre[g];
  const int scale = scale_of(m);
  const int64_t df = law->df;
  double quantile = law->few.quantile;
  weeg_mean x = {.n = m->table.group_n[g], .df = df, .df_used = (double)df, .weighted = m->table.group_w[g],
                 .estimate = NAN, .std_error = NAN, .low = NAN, .high = NAN, .cv = NAN, .reason = obstacle(m, g)};
  if (x.reason == WEEG_REASON_NONE) {
    x.estimate = ldexp(c->mean, scale);
    x.std_error = ldexp(sqrt(m->variance[g]), scale);
    x.cv = c->mean == 0 ? NAN : sqrt(m->variance[g]) / fabs(c->mean);
    x.reason = isnan(x.std_error) ? WEEG_REASON_NO_VARIANCE : df < 1 ? WEEG_REASON_NO_DF
               : x.std_error == 0 ? WEEG_REASON_ZERO_VARIANCE : WEEG_REASON_NONE;
  }
  if (!isnan(x.std_error) && df >= 1) {
    if (quantile > 0 && x.reason == WEEG_REASON_NONE) {
      x.df_used = law->few.df_used;
      x.reason = weeg_i_caution(law->few.df_used, law->few.largest);
    } else {
      WEEG_TRY(weeg_t_quantile(1 - (1 - law->level) / 2, (double)df, &quantile, err));
    }
    x.low = x.estimate - quantile * x.std_error;
    x.high = x.estimate + quantile * x.std_error;
  }
  *to = x;
cleanup:
  return status;
}

static weeg_status check_choice(const weeg_tally *t, const weeg_mean_choice *choice, weeg_error *err) {
  if (!(choice->level > 0 && choice->level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  const int32_t wanted[] = {choice->measure, choice->figure == WEEG_FIGURE_RATIO ? choice->denominator : 0};
  for (int k = 0; k < 2; k++) {
    if (wanted[k] >= 0 && wanted[k] < t->measures) continue;
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the tally has no measure %d", wanted[k] + 1);
  }
  return WEEG_OK;
}

weeg_status weeg_means(const weeg_survey *survey, const weeg_places *places, const weeg_mean_choice *choice, weeg_mean *to,
                       weeg_error *err) {
  weeg_status status = WEEG_OK;
  means m = {.tally = survey->tally, .measure = choice->measure, .figure = choice->figure,
             .base = choice->figure == WEEG_FIGURE_RATIO ? choice->denominator + 1 : 0};
  const bool total = m.figure == WEEG_FIGURE_TOTAL;
  int64_t *df = NULL;
  weeg_few *few = NULL;
  int32_t *group = NULL, *domain = NULL;
  WEEG_TRY(check_choice(survey->tally, choice, err));
  WEEG_TRY(weeg_i_table_make(&m.table, survey->tally, places, err));
  const int32_t groups = m.table.groups, domains = total ? 1 : groups;
  WEEG_NEW(df, groups);
  WEEG_NEW(few, groups);
  WEEG_NEW(group, survey->tally->cells);
  WEEG_NEW(domain, survey->tally->cells);
  for (int32_t c = 0; c < survey->tally->cells; c++) {
    group[c] = total ? 0 : weeg_i_group_of(places, c);
    domain[c] = total && m.table.group[c] >= 0 ? 0 : m.table.group[c];
  }
  WEEG_TRY(find_centres(&m, err));
  WEEG_TRY(vary(&m, survey, domain, domains, err));
  WEEG_TRY(weeg_design_df(survey, group, domains, df, err));
  WEEG_TRY(refer(&m, survey, places, choice->level, few, err));
  for (int32_t g = 0; g < groups; g++) {
    WEEG_TRY(report(&m, g, &(mean_law){df[total ? 0 : g], few[g], choice->level}, &to[g], err));
  }
cleanup:
  weeg_i_table_clear(&m.table);
  weeg_free(m.centre);
  weeg_free(m.at);
  weeg_free(m.value);
  weeg_free(m.within);
  weeg_free(m.variance);
  weeg_free(df);
  weeg_free(few);
  weeg_free(group);
  weeg_free(domain);
  return status;
}

weeg_status weeg_mean_covariance(const weeg_survey *survey, const weeg_places *places, const weeg_mean_choice *choice,
                                 double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  means m = {.tally = survey->tally, .measure = choice->measure, .figure = choice->figure,
             .base = choice->figure == WEEG_FIGURE_RATIO ? choice->denominator + 1 : 0};
  score_list list = {0};
  WEEG_TRY(check_choice(survey->tally, choice, err));
  WEEG_TRY(weeg_i_table_make(&m.table, survey->tally, places, err));
  WEEG_TRY(find_centres(&m, err));
  m.of = (weeg_deviations){m.measure, m.base, m.at, m.table.group};
  WEEG_TRY(deviate(&m, err));
  WEEG_TRY(score(&m, &list, err));
  WEEG_TRY(weeg_covariance(survey, &list.scores, m.table.use, covariance, err));
  const int64_t size = (int64_t)m.table.groups * m.table.groups;
  for (int64_t k = 0; k < size; k++) covariance[k] = ldexp(covariance[k], 2 * scale_of(&m));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_i_table_clear(&m.table);
  weeg_free(m.centre);
  weeg_free(m.at);
  weeg_free(m.value);
  weeg_free(m.within);
  return status;
}
