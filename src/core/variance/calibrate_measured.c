/*
 * Residuals of the deviations of a measure: as calibrate.c, but a row's score is coef (p - mean v), which differs between the
 * rows of a pair. What is regressed on the margins are sums over the rows of pairs, which the calibration's tally has as its
 * cells; and a combination of outputs is one output whose scores and squares are those of its entries.
 */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/sum.h"
#include "variance/calibrate.h"
#include "variance/deviations.h"
#include "variance/taylor.h"

/* How much larger the rounding errors of fitted scores are than those of scores. */
static const double FITTING = 8;

typedef struct measured {
  const weeg_design *design;
  const weeg_calibration *calibration;
  const weeg_tally *tally;  /* the calibration's */
  const weeg_scores *scores;
  weeg_deviations of;       /* in its numbers of measures */
  int32_t outputs;
  double *sum;              /* [cells] deviations by cell of the tally */
  double *size;             /* [cells] their sizes */
  double *w;                /* [cells] weights */
  double *own;              /* [entries] deviations */
  double *fitted;           /* [places * outputs] */
  double *coef;             /* [shown] coefficients of the combination at hand */
  double *fit;              /* [places] likewise */
  double *value, *within;   /* [entries] its scores */
  int32_t *zero;            /* [cells + 1] */
  pulse pulse;
} measured;

static void clear(measured *m) {
  weeg_free(m->sum);
  weeg_free(m->size);
  weeg_free(m->w);
  weeg_free(m->own);
  weeg_free(m->fitted);
  weeg_free(m->coef);
  weeg_free(m->fit);
  weeg_free(m->value);
  weeg_free(m->within);
  weeg_free(m->zero);
}

static weeg_status check(const measured *m, weeg_error *err) {
  const weeg_calibration *k = m->calibration;
  bool fits = k->tally->cells >= k->pairs && m->of.measure < k->tally->measures && m->of.base <= k->tally->measures;
  for (int32_t c = 0; c < k->pairs && fits; c++) fits = k->place[c] >= 0 && k->place[c] < k->cells;
  return fits ? WEEG_OK : weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the calibration has no sums of the measure by its cells");
}

/* The deviations of all entries, each from the mean of its own group. */
static void deviate(measured *m) {
  const weeg_tally *t = m->tally;
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t c = t->cell[i], v = m->calibration->visible[c], g = v < 0 ? -1 : m->of.group[v];
    m->w[c] += weeg_sum_value(t->w[i], t->scale);
    if (g < 0) continue;
    m->own[i] = weeg_i_deviation(t, i, &m->of, &m->of.centre[g]);
    m->sum[c] += m->own[i];
    m->size[c] += fabs(m->own[i]);
  }
}

/* The outputs' fitted scores: the projection of the scores on the basis. b: [columns * outputs] of zeros. */
static void project(measured *m, double *b) {
  const weeg_calibration *k = m->calibration;
  const weeg_scores *s = m->scores;
  const double *dual = k->dual == NULL ? k->value : k->dual;
  for (int32_t c = 0; c < m->tally->cells; c++) {
    const int32_t v = k->visible[c], p = k->place[c];
    if (v < 0 || p < 0 || weeg_i_stops(&m->pulse, (s->start[v + 1] - s->start[v]) * (k->start[p + 1] - k->start[p]))) continue;
    for (int64_t term = s->start[v]; term < s->start[v + 1]; term++) {
      const double score = s->coef[term] * m->sum[c] / k->g[p];
      for (int64_t i = k->start[p]; i < k->start[p + 1]; i++) {
        b[(int64_t)k->index[i] * m->outputs + s->index[term]] += dual[i] * score;
      }
    }
  }
  for (int32_t p = 0; p < k->cells && !weeg_i_stops(&m->pulse, (k->start[p + 1] - k->start[p]) * m->outputs); p++) {
    for (int64_t i = k->start[p]; i < k->start[p + 1]; i++) {
      const double *of = b + (int64_t)k->index[i] * m->outputs;
      for (int32_t o = 0; o < m->outputs; o++) m->fitted[(int64_t)p * m->outputs + o] += k->value[i] * of[o];
    }
  }
}

static weeg_status begin(measured *m, const weeg_design *design, const weeg_scores *scores, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_calibration *k = design->calibration;
  const int32_t cells = k->tally->cells;
  const weeg_deviations *of = scores->deviations;
  double *b = NULL;
  *m = (measured){.design = design, .calibration = k, .tally = k->tally, .scores = scores, .of = *of,
                  .outputs = scores->outputs, .pulse.hooks = design->hooks};
  if (k->measure != NULL) {
    m->of.measure = k->measure[of->measure];
    m->of.base = of->base == 0 ? 0 : k->measure[of->base - 1] + 1;
  }
  WEEG_TRY(check(m, err));
  WEEG_NEW(m->sum, cells);
  WEEG_NEW(m->size, cells);
  WEEG_NEW(m->w, cells);
  WEEG_NEW(m->own, k->tally->entries);
  WEEG_NEW(m->fitted, (int64_t)k->cells * m->outputs);
  WEEG_NEW(m->coef, scores->cells);
  WEEG_NEW(m->fit, k->cells);
  WEEG_NEW(m->value, k->tally->entries);
  WEEG_NEW(m->within, k->tally->entries);
  WEEG_NEW(m->zero, (int64_t)cells + 1);
  WEEG_NEW(b, (int64_t)k->columns * m->outputs);
  deviate(m);
  project(m, b);
  WEEG_TRY(weeg_i_pulse_status(&m->pulse, err));
cleanup:
  weeg_free(b);
  return status;
}

/* Adds an output times a factor to the combination. */
static void combine(measured *m, int32_t output, double factor) {
  const weeg_scores *s = m->scores;
  for (int32_t v = 0; v < s->cells; v++) {
    for (int64_t term = s->start[v]; term < s->start[v + 1]; term++) {
      if (s->index[term] == output) m->coef[v] += factor * s->coef[term];
    }
  }
  for (int32_t p = 0; p < m->calibration->cells; p++) m->fit[p] += factor * m->fitted[(int64_t)p * m->outputs + output];
}

/* The sum of squares of an entry, whose rows are PSUs, of a (p - mean v) - f w, with f in units of the tally's weights. */
static double within(const measured *m, int64_t entry, double a, double f) {
  const weeg_tally *t = m->tally;
  if (a == 0) return f * f * weeg_i_sum_deviations(t->w[entry], t->w2[entry], t->n[entry], 0);
  const weeg_centre *centre = &m->of.centre[m->of.group[m->calibration->visible[t->cell[entry]]]];
  return a * a * weeg_i_spread(t, entry, &m->of, centre, f / a);
}

/* The variance of the combination, of which the terms have this size, or more; it is 0 again. */
static weeg_status vary(measured *m, double size, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = m->tally;
  const double unit = ldexp(1, t->scale);
  score_list list = {0};
  double terms = 0;
  WEEG_TRY(weeg_i_scores_new(&list, t->cells, 1, t->cells, err));
  WEEG_TRY(weeg_i_scores_size(&list, err));
  for (int32_t c = 0; c < t->cells; c++) {
    const int32_t v = m->calibration->visible[c], p = m->calibration->place[c];
    const double a = v < 0 ? 0 : m->coef[v], f = p < 0 ? 0 : m->fit[p];
    terms += fabs(a) * m->size[c] + fabs(f) * m->w[c];
    weeg_i_scores_add(&list, 0, 1);
    weeg_i_scores_close(&list, c);
  }
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t c = t->cell[i], v = m->calibration->visible[c], p = m->calibration->place[c];
    const double a = v < 0 ? 0 : m->coef[v], f = p < 0 ? 0 : m->fit[p];
    m->value[i] = a * m->own[i] - f * weeg_sum_value(t->w[i], t->scale);
    if (t->element) m->within[i] = within(m, i, a, f * unit);
  }
  list.size[0] = fmax(FITTING * terms, size);
  list.scores.value = m->value;
  list.scores.within = m->within;
  const scored_sample x = {{t, m->design}, &list.scores, {m->zero, 1, m->zero}};
  WEEG_TRY(weeg_i_taylor_variance(&x, variance, err));
  for (int32_t v = 0; v < m->scores->cells; v++) m->coef[v] = 0;
  for (int32_t p = 0; p < m->calibration->cells; p++) m->fit[p] = 0;
cleanup:
  weeg_i_scores_clear(&list);
  return status;
}

static double size_of(const weeg_scores *scores, int32_t output) { return scores->size == NULL ? 0 : scores->size[output]; }

weeg_status weeg_i_measured_variance(const weeg_design *design, const weeg_scores *scores, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  measured m;
  WEEG_TRY(begin(&m, design, scores, err));
  for (int32_t o = 0; o < scores->outputs; o++) {
    combine(&m, o, 1);
    WEEG_TRY(vary(&m, size_of(scores, o), &variance[o], err));
  }
cleanup:
  clear(&m);
  return status;
}

/* Of outputs in units of their standard errors: a quarter of what the variances of sum and difference differ by. */
weeg_status weeg_i_measured_covariance(const weeg_design *design, const weeg_scores *scores, double *covariance,
                                       weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t outputs = scores->outputs;
  double *error = NULL;
  measured m;
  WEEG_TRY(begin(&m, design, scores, err));
  WEEG_NEW(error, outputs);
  for (int32_t a = 0; a < outputs; a++) {
    combine(&m, a, 1);
    WEEG_TRY(vary(&m, size_of(scores, a), &covariance[a * outputs + a], err));
    error[a] = sqrt(covariance[a * outputs + a]);
  }
  for (int32_t a = 0; a < outputs; a++) {
    for (int32_t b = a + 1; b < outputs; b++) {
      double both[2] = {0, 0};
      const bool exists = error[a] > 0 && error[b] > 0;
      for (int k = 0; k < 2 && exists; k++) {
        combine(&m, a, 1 / error[a]);
        combine(&m, b, (k == 0 ? 1 : -1) / error[b]);
        WEEG_TRY(vary(&m, 0, &both[k], err));
      }
      const double none = isnan(error[a]) || isnan(error[b]) ? NAN : 0;
      covariance[a * outputs + b] = exists ? (both[0] - both[1]) / 4 * error[a] * error[b] : none;
      covariance[b * outputs + a] = covariance[a * outputs + b];
    }
  }
cleanup:
  clear(&m);
  weeg_free(error);
  return status;
}
