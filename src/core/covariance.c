/* The full Taylor covariance matrix of outputs that share one domain. */
#include <math.h>
#include <string.h>

#include "calibrate.h"
#include "memory.h"
#include "plan.h"
#include "replicates.h"
#include "sum.h"
#include "weeg.h"

typedef struct state {
  const weeg_tally *tally;
  const weeg_design *design;
  const weeg_scores *scores;
  const uint8_t *use;
  int32_t outputs;
  plan plan;
  double *sum, *z, *centre; /* [outputs] */
  double *within;           /* [outputs * outputs], upper triangle: of the stratum at hand */
  double *total;            /* the same over strata */
  int64_t strata, usable;   /* with rows in the domain; of which not lonely */
} state;

static void add_scores(const state *s, int64_t entry, double *z) {
  const int32_t cell = s->tally->cell[entry];
  const double w = s->plan.w[entry];
  for (int64_t k = s->scores->start[cell]; k < s->scores->start[cell + 1]; k++) {
    z[s->scores->index[k]] += w * s->scores->coef[k];
  }
}

/* matrix += weight * z z' (upper triangle) */
static void add_outer(double *matrix, int32_t size, const double *z, double weight) {
  for (int32_t a = 0; a < size; a++) {
    const double za = weight * z[a];
    if (za == 0) continue;
    double *row = matrix + (int64_t)a * size;
    for (int32_t b = a; b < size; b++) row[b] += za * z[b];
  }
}

/* Adds the scores of stratum h to sum; returns whether it has rows of the domain. */
static bool sum_stratum(const state *s, int32_t h, double *sum) {
  bool present = false;
  for (int32_t place = s->plan.stratum_start[h]; place < s->plan.stratum_start[h + 1]; place++) {
    const int32_t u = s->plan.order[place];
    for (int64_t i = s->plan.unit_start[u]; i < s->plan.unit_start[u + 1]; i++) {
      if (!s->use[s->tally->cell[i]]) continue;
      present = true;
      add_scores(s, i, sum);
    }
  }
  return present;
}

/* What two rules for lonely PSUs need beforehand: how many strata have rows of the domain, and the mean score. */
static void survey_domain(state *s) {
  int64_t psus = 0;
  for (int32_t h = 0; h < s->design->strata; h++) {
    if (!sum_stratum(s, h, s->centre)) continue;
    s->strata++;
    s->usable += s->design->stratum_psus[h] > 1 || weeg_is_certainty(s->design, h);
    psus += s->design->stratum_psus[h];
  }
  for (int32_t o = 0; o < s->outputs && psus > 0; o++) s->centre[o] /= (double)psus;
}

static void deviate_psus(state *s, int32_t h, double n_h) {
  int64_t seen = 0;
  for (int32_t place = s->plan.stratum_start[h]; place < s->plan.stratum_start[h + 1]; place++) {
    const int32_t u = s->plan.order[place];
    bool any = false;
    for (int32_t o = 0; o < s->outputs; o++) s->z[o] = 0;
    for (int64_t i = s->plan.unit_start[u]; i < s->plan.unit_start[u + 1]; i++) {
      if (!s->use[s->tally->cell[i]]) continue;
      any = true;
      add_scores(s, i, s->z);
    }
    if (!any) continue;
    seen++;
    for (int32_t o = 0; o < s->outputs; o++) s->z[o] -= s->sum[o] / n_h;
    add_outer(s->within, s->outputs, s->z, 1);
  }
  for (int32_t o = 0; o < s->outputs; o++) s->z[o] = s->sum[o] / n_h;
  add_outer(s->within, s->outputs, s->z, n_h - (double)seen);
}

static void deviate_rows(state *s, int32_t h, double n_h) {
  const weeg_tally *t = s->tally;
  double seen = 0;
  for (int64_t i = s->plan.unit_start[h]; i < s->plan.unit_start[h + 1]; i++) {
    if (!s->use[t->cell[i]]) continue;
    const double n = (double)t->n[i];
    for (int32_t o = 0; o < s->outputs; o++) s->z[o] = 0;
    add_scores(s, i, s->z); /* of all rows of the cell together */
    const double w = s->plan.w[i];
    const double within = weeg_sum_deviations(t->w[i], t->w2[i], t->n[i], t->scale);
    add_outer(s->within, s->outputs, s->z, within / (w * w));
    for (int32_t o = 0; o < s->outputs; o++) s->z[o] = s->z[o] / n - s->sum[o] / n_h;
    add_outer(s->within, s->outputs, s->z, n);
    seen += n;
  }
  for (int32_t o = 0; o < s->outputs; o++) s->z[o] = s->sum[o] / n_h;
  add_outer(s->within, s->outputs, s->z, n_h - seen);
}

static weeg_status add_lonely(state *s, int32_t h, weeg_error *err) {
  if (s->design->lonely == WEEG_LONELY_FAIL) {
    return weeg_fail(err, WEEG_ERR_LONELY_PSU, h, "stratum %d has only one PSU", h + 1);
  }
  if (s->design->lonely == WEEG_LONELY_ADJUST) {
    for (int32_t o = 0; o < s->outputs; o++) s->z[o] = s->sum[o] - s->centre[o];
    add_outer(s->total, s->outputs, s->z, weeg_sampling_left(s->design, h));
  }
  return WEEG_OK;
}

static weeg_status add_stratum(state *s, int32_t h, weeg_error *err) {
  const int64_t size = (int64_t)s->outputs * s->outputs;
  memset(s->sum, 0, sizeof *s->sum * (size_t)s->outputs);
  if (!sum_stratum(s, h, s->sum) || weeg_is_certainty(s->design, h)) return WEEG_OK;
  if (s->design->stratum_psus[h] <= 1) return add_lonely(s, h, err);
  const double n_h = (double)s->design->stratum_psus[h];
  memset(s->within, 0, sizeof *s->within * (size_t)size);
  if (s->tally->element) {
    deviate_rows(s, h, n_h);
  } else {
    deviate_psus(s, h, n_h);
  }
  const double scale = weeg_sampling_left(s->design, h) * n_h / (n_h - 1);
  for (int64_t k = 0; k < size; k++) s->total[k] += scale * s->within[k];
  return WEEG_OK;
}

/* Largest number of outputs with a full covariance matrix: 128 MiB each for two of them. */
enum { MAX_OUTPUTS = 4096 };

weeg_status weeg_covariance(const weeg_tally *tally, const weeg_design *design, const weeg_scores *scores,
                            const uint8_t *use, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t outputs = scores->outputs;
  state s = {.tally = tally, .design = design, .scores = scores, .use = use, .outputs = outputs};
  if (scores->cells != tally->cells) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "scores and tally differ in cells");
  if (outputs > MAX_OUTPUTS) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "a covariance matrix of %d estimates is too large (at most %d)",
                     outputs, MAX_OUTPUTS);
  }
  if (design->replicates != NULL) return weeg_replicate_covariance(tally, design->replicates, scores, covariance, err);
  if (design->calibration != NULL) return weeg_calibrated_covariance(design, scores, covariance, err);
  WEEG_TRY(weeg_plan_make(&s.plan, tally, design, err));
  WEEG_NEW(s.sum, outputs);
  WEEG_NEW(s.z, outputs);
  WEEG_NEW(s.centre, outputs);
  WEEG_NEW(s.within, (int64_t)outputs * outputs);
  WEEG_NEW(s.total, (int64_t)outputs * outputs);
  if (design->lonely == WEEG_LONELY_ADJUST || design->lonely == WEEG_LONELY_AVERAGE) survey_domain(&s);
  for (int32_t h = 0; h < design->strata; h++) WEEG_TRY(add_stratum(&s, h, err));
  double factor = 1;
  if (design->lonely == WEEG_LONELY_AVERAGE && s.usable < s.strata) {
    factor = s.usable > 0 ? (double)s.strata / (double)s.usable : NAN;
  }
  for (int64_t a = 0; a < outputs; a++) {
    for (int64_t b = a; b < outputs; b++) {
      covariance[a * outputs + b] = covariance[b * outputs + a] = factor * s.total[a * outputs + b];
    }
  }
cleanup:
  weeg_plan_clear(&s.plan);
  weeg_free(s.sum);
  weeg_free(s.z);
  weeg_free(s.centre);
  weeg_free(s.within);
  weeg_free(s.total);
  return status;
}
