/* The full Taylor covariance matrix of outputs that share one domain. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/sum.h"
#include "base/vector.h"
#include "variance/nest.h"
#include "variance/prepared.h"
#include "variance/scores.h"
#include "variance/taylor.h"
#include "variance/walk.h"

enum { PANEL = 8 };

typedef struct full {
  int64_t outputs;
  double *family;       /* [outputs * outputs], upper triangle: of the strata at hand, see weeg_i_family_end */
  double *total;        /* the same over all, unless all are one family */
  double *panel;        /* [PANEL * outputs] vectors whose outer products are still to be added to family */
  double weight[PANEL];
  int32_t panels;
  int64_t seen;         /* PSUs (rows when element) of the stratum at hand with rows of the domain */
} full;

/* family += sum over the panel of weight * z z' (upper triangle): several at a time, so that the matrix is read less often */
WEEG_CLONED static void flush(full *s, pulse *beat) {
  const int64_t size = s->outputs;
  if (weeg_i_stops(beat, s->panels * size * size)) s->panels = 0;
  for (int32_t k = s->panels; k < PANEL; k++) s->weight[k] = 0;
  for (int64_t a = 0; a < size && s->panels > 0; a++) {
    const double *z[PANEL];
    double za[PANEL], any = 0;
    for (int k = 0; k < PANEL; k++) {
      z[k] = s->panel + (k < s->panels ? k : 0) * size;
      za[k] = s->weight[k] * z[k][a];
      any += fabs(za[k]);
    }
    if (any == 0) continue;
    double *row = s->family + a * size;
    WEEG_VECTORISED
    for (int64_t b = a; b < size; b++) {
      row[b] += (za[0] * z[0][b] + za[1] * z[1][b]) + (za[2] * z[2][b] + za[3] * z[3][b]) +
                ((za[4] * z[4][b] + za[5] * z[5][b]) + (za[6] * z[6][b] + za[7] * z[7][b]));
    }
  }
  s->panels = 0;
}

/* The next vector of the panel, to be filled; add_next adds its outer product. */
static double *next(const full *s) { return s->panel + s->panels * s->outputs; }

static void add_next(full *s, double weight, pulse *beat) {
  if (weight == 0) return;
  s->weight[s->panels++] = weight;
  if (s->panels == PANEL) flush(s, beat);
}

WEEG_CLONED static void add_psus(void *sums, walk *w) {
  full *s = sums;
  const int32_t end = w->nest.stratum_start[w->stratum + 1];
  for (int32_t place = w->nest.stratum_start[w->stratum]; place < end && !w->pulse.stopped; place++) {
    if (!weeg_walk_psu(w, place)) continue;
    double *z = next(s);
    for (int64_t o = 0; o < s->outputs; o++) z[o] = w->z[o] - w->mean[o];
    memset(w->z, 0, sizeof *w->z * (size_t)s->outputs);
    add_next(s, w->scale, &w->pulse);
    s->seen++;
  }
}

static void add_rows(void *sums, walk *w, int64_t entry, double within) {
  full *s = sums;
  const weeg_tally *t = w->of->survey.tally;
  const double n = (double)t->n[entry];
  weeg_scores_sum(w->of->scores, &w->segments, t->cell[entry], weeg_i_walk_unit(w), w->z); /* as within is */
  memcpy(next(s), w->z, sizeof *w->z * (size_t)s->outputs);
  memset(w->z, 0, sizeof *w->z * (size_t)s->outputs);
  add_next(s, w->scale * within, &w->pulse);
  weeg_scores_sum(w->of->scores, &w->segments, t->cell[entry], w->nest.w[entry], w->z); /* of all its rows together */
  double *z = next(s);
  for (int64_t o = 0; o < s->outputs; o++) z[o] = w->z[o] / n - w->mean[o];
  memset(w->z, 0, sizeof *w->z * (size_t)s->outputs);
  add_next(s, w->scale * n, &w->pulse);
  s->seen += t->n[entry];
}

static void end_stratum(void *sums, walk *w) {
  full *s = sums;
  memcpy(next(s), w->mean, sizeof *w->mean * (size_t)s->outputs);
  add_next(s, w->scale * (w->n_h - (double)s->seen), &w->pulse);
  s->seen = 0;
}

static void add_square(void *sums, walk *w, const double *vector, double factor) {
  full *s = sums;
  memcpy(next(s), vector, sizeof *vector * (size_t)s->outputs);
  add_next(s, factor, &w->pulse);
}

static void add_lonely(void *sums, walk *w) {
  full *s = sums;
  const double scale = weeg_i_stratum_factor(&w->nest, w->stratum) * (w->n_h > 1 ? w->n_h / (w->n_h - 1) : 1);
  double *z = next(s);
  for (int64_t o = 0; o < s->outputs; o++) z[o] = w->sum[o] - w->centre[o];
  add_next(s, scale, &w->pulse);
  memcpy(next(s), w->centre, sizeof *w->centre * (size_t)s->outputs);
  add_next(s, scale * (w->n_h - 1), &w->pulse);
}

static void end_family(void *sums, walk *w) {
  full *s = sums;
  const int64_t size = s->outputs * s->outputs;
  flush(s, &w->pulse);
  if (s->total == NULL) return;
  const double factor = weeg_i_walk_average(w, 0);
  for (int64_t k = 0; k < size; k++) {
    s->total[k] += factor * s->family[k];
    s->family[k] = 0;
  }
}

/* The upper triangle. */
static weeg_status add_all(const scored_sample *x, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const accumulator to = {false, add_psus, add_rows, end_stratum, add_lonely, end_family, add_square};
  const int64_t outputs = x->scores->outputs;
  full s = {.outputs = outputs, .family = covariance};
  walk w;
  double *own_family = NULL;
  WEEG_TRY(weeg_i_walk_begin(&w, x, err));
  WEEG_NEW(s.panel, PANEL * outputs);
  memset(covariance, 0, sizeof *covariance * (size_t)outputs * (size_t)outputs);
  if (w.by_family) {
    WEEG_NEW(own_family, outputs * outputs);
    s.family = own_family;
    s.total = covariance;
  }
  WEEG_TRY(weeg_i_walk(&w, &to, &s, err));
cleanup:
  weeg_i_walk_clear(&w);
  weeg_free(s.panel);
  weeg_free(own_family);
  return status;
}

weeg_status weeg_i_taylor_covariance(const scored_sample *x, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t outputs = x->scores->outputs;
  double *rounding = NULL;
  WEEG_NEW(rounding, outputs);
  WEEG_TRY(weeg_i_scores_rounding(x->scores, x->survey.tally, rounding, err));
  WEEG_TRY(weeg_i_has_matrix(x) ? weeg_i_matrix_covariance(x, covariance, err) : add_all(x, covariance, err));
  for (int64_t a = 0; a < outputs; a++) {
    for (int64_t b = a; b < outputs; b++) covariance[b * outputs + a] = covariance[a * outputs + b];
  }
  weeg_i_covariance_round(covariance, outputs, rounding);
cleanup:
  weeg_free(rounding);
  return status;
}
