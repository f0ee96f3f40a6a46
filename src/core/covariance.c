/* The full Taylor covariance matrix of outputs that share one domain. */
#include <math.h>
#include <string.h>

#include "calibrate.h"
#include "interrupt.h"
#include "memory.h"
#include "plan.h"
#include "replicates.h"
#include "scores.h"
#include "sum.h"
#include "vector.h"
#include "weeg.h"

enum { PANEL = 8 };

typedef struct state {
  const weeg_tally *tally;
  const weeg_design *design;
  const weeg_scores *scores;
  const uint8_t *use;
  int32_t outputs;
  plan plan;                /* of the stage at hand. Below, "PSU" is a unit of that stage */
  segment_list segments;
  double *sum, *z, *centre; /* [outputs] */
  double *family;           /* [outputs * outputs], upper triangle: of the strata at hand, see weeg_family_end */
  double *total;            /* the same over all, unless all are one family */
  double *panel;            /* [PANEL * outputs] vectors whose outer products are still to be added to family */
  double weight[PANEL];
  int32_t panels;
  int64_t strata, usable;   /* of the family with rows in the domain; of which not lonely */
  pulse pulse;
} state;

WEEG_INLINE void add_scores(const state *s, int64_t entry, double *z) {
  weeg_scores_sum(s->scores, &s->segments, s->plan.cell[entry], s->plan.w[entry], z);
}

/* family += sum over the panel of weight * z z' (upper triangle): several at a time, so that the matrix is read less often */
WEEG_CLONED static void flush(state *s) {
  const int64_t size = s->outputs;
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

static void add_outer(state *s, const double *z, double weight) {
  if (weight == 0) return;
  memcpy(s->panel + (int64_t)s->panels * s->outputs, z, sizeof *z * (size_t)s->outputs);
  s->weight[s->panels++] = weight;
  if (s->panels == PANEL) flush(s);
}

/* Adds the scores of stratum h to sum; returns how many of its PSUs (rows when element) have rows of the domain. */
WEEG_CLONED static int64_t sum_stratum(state *s, int32_t h, double *sum) {
  int64_t psus = 0;
  for (int32_t place = s->plan.stratum_start[h]; place < s->plan.stratum_start[h + 1]; place++) {
    const int32_t u = s->plan.order[place];
    bool any = false;
    if (weeg_stops(&s->pulse, (s->plan.unit_start[u + 1] - s->plan.unit_start[u]) * s->outputs)) return psus;
    for (int64_t i = s->plan.unit_start[u]; i < s->plan.unit_start[u + 1]; i++) {
      if (!s->use[s->plan.cell[i]]) continue;
      if (s->plan.element) psus += s->tally->n[i];
      any = true;
      add_scores(s, i, sum);
    }
    psus += any && !s->plan.element;
  }
  return psus;
}

/* Whether the rule for single-PSU strata is about stratum h, of which the domain has `psus` PSUs. */
static bool is_lonely(const state *s, int32_t h, int64_t psus) {
  return s->plan.stratum_units[h] <= 1 || (s->design->lonely_domain && psus == 1);
}

/* What two rules for single-PSU strata need beforehand: how many strata have rows of the domain, and the mean score. */
static void survey_family(state *s, int32_t from, int32_t to) {
  int64_t sampled = 0;
  s->strata = s->usable = 0;
  memset(s->centre, 0, sizeof *s->centre * (size_t)s->outputs);
  for (int32_t h = from; h < to; h++) {
    const int64_t psus = sum_stratum(s, h, s->centre);
    if (psus == 0) continue;
    s->strata++;
    s->usable += weeg_adds_nothing(&s->plan, h) || !is_lonely(s, h, psus);
    sampled += s->plan.stratum_units[h];
  }
  for (int32_t o = 0; o < s->outputs && sampled > 0; o++) s->centre[o] /= (double)sampled;
}

WEEG_CLONED static void deviate_psus(state *s, int32_t h, double n_h, double scale) {
  int64_t seen = 0;
  for (int32_t place = s->plan.stratum_start[h]; place < s->plan.stratum_start[h + 1]; place++) {
    const int32_t u = s->plan.order[place];
    bool any = false;
    if (weeg_stops(&s->pulse, (int64_t)s->outputs * s->outputs)) return;
    for (int32_t o = 0; o < s->outputs; o++) s->z[o] = 0;
    for (int64_t i = s->plan.unit_start[u]; i < s->plan.unit_start[u + 1]; i++) {
      if (!s->use[s->plan.cell[i]]) continue;
      any = true;
      add_scores(s, i, s->z);
    }
    if (!any) continue;
    seen++;
    for (int32_t o = 0; o < s->outputs; o++) s->z[o] -= s->sum[o] / n_h;
    add_outer(s, s->z, scale);
  }
  for (int32_t o = 0; o < s->outputs; o++) s->z[o] = s->sum[o] / n_h;
  add_outer(s, s->z, scale * (n_h - (double)seen));
}

static void deviate_rows(state *s, int32_t h, double n_h, double scale) {
  const weeg_tally *t = s->tally;
  double seen = 0;
  for (int64_t i = s->plan.unit_start[h]; i < s->plan.unit_start[h + 1]; i++) {
    if (!s->use[t->cell[i]]) continue;
    if (weeg_stops(&s->pulse, 2 * (int64_t)s->outputs * s->outputs)) return;
    const double n = (double)t->n[i];
    for (int32_t o = 0; o < s->outputs; o++) s->z[o] = 0;
    add_scores(s, i, s->z); /* of all rows of the cell together */
    /* both in the tally's units: squares of very small or large weights are no numbers */
    const double w = weeg_sum_value(t->w[i], 0);
    const double within = weeg_sum_deviations(t->w[i], t->w2[i], t->n[i], 0);
    add_outer(s, s->z, scale * (within / (w * w)));
    for (int32_t o = 0; o < s->outputs; o++) s->z[o] = s->z[o] / n - s->sum[o] / n_h;
    add_outer(s, s->z, scale * n);
    seen += n;
  }
  for (int32_t o = 0; o < s->outputs; o++) s->z[o] = s->sum[o] / n_h;
  add_outer(s, s->z, scale * (n_h - seen));
}

/* A stratum with one PSU, or of several of which the domain has one. */
static weeg_status add_lonely(state *s, int32_t h, weeg_error *err) {
  const double n_h = (double)s->plan.stratum_units[h];
  const double scale = weeg_stratum_factor(&s->plan, h) * (n_h > 1 ? n_h / (n_h - 1) : 1);
  if (s->design->lonely == WEEG_LONELY_FAIL) return weeg_lonely_error(&s->plan, h, err);
  if (s->design->lonely != WEEG_LONELY_ADJUST) return WEEG_OK;
  for (int32_t o = 0; o < s->outputs; o++) s->z[o] = s->sum[o] - s->centre[o];
  add_outer(s, s->z, scale);
  if (n_h > 1) add_outer(s, s->centre, scale * (n_h - 1));
  return WEEG_OK;
}

static weeg_status add_stratum(state *s, int32_t h, weeg_error *err) {
  memset(s->sum, 0, sizeof *s->sum * (size_t)s->outputs);
  const int64_t psus = sum_stratum(s, h, s->sum), sampled = s->plan.stratum_units[h];
  const bool by_rule = s->design->lonely == WEEG_LONELY_ADJUST || s->design->lonely == WEEG_LONELY_AVERAGE;
  if (psus == 0 || weeg_adds_nothing(&s->plan, h)) return WEEG_OK;
  if (sampled <= 1 || (by_rule && is_lonely(s, h, psus))) return add_lonely(s, h, err);
  const double n_h = (double)sampled, scale = weeg_stratum_factor(&s->plan, h) * n_h / (n_h - 1);
  if (s->plan.element) {
    deviate_rows(s, h, n_h, scale);
  } else {
    deviate_psus(s, h, n_h, scale);
  }
  return WEEG_OK;
}

static weeg_status add_stage(state *s, int32_t stage, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t size = (int64_t)s->outputs * s->outputs;
  const weeg_lonely rule = s->design->lonely;
  const bool by_family = rule == WEEG_LONELY_ADJUST || rule == WEEG_LONELY_AVERAGE;
  WEEG_TRY(weeg_plan_make(&s->plan, s->tally, s->design, stage, err));
  for (int32_t from = 0, to; from < s->plan.strata; from = to) {
    to = by_family ? weeg_family_end(&s->plan, from) : s->plan.strata;
    if (by_family) survey_family(s, from, to);
    if (s->total != NULL) memset(s->family, 0, sizeof *s->family * (size_t)size);
    for (int32_t h = from; h < to && !s->pulse.stopped; h++) WEEG_TRY(add_stratum(s, h, err));
    flush(s);
    (void)weeg_stops(&s->pulse, size);
    WEEG_TRY(weeg_pulse_status(&s->pulse, err));
    if (s->total == NULL) continue;
    double factor = 1;
    if (rule == WEEG_LONELY_AVERAGE && s->usable < s->strata) {
      factor = s->usable > 0 ? (double)s->strata / (double)s->usable : NAN;
    }
    for (int64_t k = 0; k < size; k++) s->total[k] += factor * s->family[k];
  }
cleanup:
  weeg_plan_clear(&s->plan);
  return status;
}

void weeg_covariance_round(double *covariance, int64_t outputs, const double *rounding) {
  for (int64_t a = 0; a < outputs; a++) {
    if (!(covariance[a * outputs + a] <= rounding[a])) continue;
    for (int64_t b = 0; b < outputs; b++) covariance[a * outputs + b] = covariance[b * outputs + a] = 0;
  }
}

/* Largest number of outputs with a full covariance matrix: 132 MiB, and as much again under two rules for single-PSU strata. */
enum { MAX_OUTPUTS = 4160 };

weeg_status weeg_covariance(const weeg_tally *tally, const weeg_design *design, const weeg_scores *scores,
                            const uint8_t *use, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t outputs = scores->outputs;
  double *rounding = NULL, *own_family = NULL;
  state s = {.tally = tally, .design = design, .scores = scores, .use = use, .outputs = outputs,
             .pulse.hooks = design->hooks};
  if (scores->cells != tally->cells) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "scores and tally differ in cells");
  if (outputs > MAX_OUTPUTS) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "a covariance matrix of %d estimates is too large (at most %d)",
                     outputs, MAX_OUTPUTS);
  }
  if (design->replicates != NULL) return weeg_replicate_covariance(tally, design, scores, covariance, err);
  if (design->calibration != NULL) return weeg_calibrated_covariance(design, scores, covariance, err);
  WEEG_TRY(weeg_segments_make(&s.segments, scores, err));
  WEEG_NEW(s.sum, outputs);
  WEEG_NEW(s.z, outputs);
  WEEG_NEW(s.centre, outputs);
  WEEG_NEW(s.panel, (int64_t)PANEL * outputs);
  s.family = covariance;
  memset(covariance, 0, sizeof *covariance * (size_t)outputs * (size_t)outputs);
  if (design->lonely == WEEG_LONELY_ADJUST || design->lonely == WEEG_LONELY_AVERAGE) {
    WEEG_NEW(own_family, (int64_t)outputs * outputs);
    s.family = own_family;
    s.total = covariance;
  }
  WEEG_NEW(rounding, outputs);
  WEEG_TRY(weeg_scores_rounding(scores, tally, rounding, err));
  for (int32_t stage = 0; stage <= design->later; stage++) WEEG_TRY(add_stage(&s, stage, err));
  for (int64_t a = 0; a < outputs; a++) {
    for (int64_t b = a; b < outputs; b++) covariance[b * outputs + a] = covariance[a * outputs + b];
  }
  weeg_covariance_round(covariance, outputs, rounding);
cleanup:
  weeg_free(rounding);
  weeg_segments_clear(&s.segments);
  weeg_free(s.sum);
  weeg_free(s.z);
  weeg_free(s.centre);
  weeg_free(s.panel);
  weeg_free(own_family);
  return status;
}
