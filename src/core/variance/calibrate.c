/*
 * Variances of calibrated estimates: Deville and Sarndal (1992), section 3. The score w_i y_i of a row is replaced by
 * w_i (y_i - x_i' B), w the calibrated weight, x the margins' indicators and B the regression of y on x with the original
 * weights, over all rows of the sample: rows outside a domain have y = 0, but a residual of their own.
 */
#include "variance/calibrate.h"

#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"

/* Terms of residual scores at a time: 16 MB. */
static const int64_t BLOCK_TERMS = (int64_t)1 << 20;

/* A residual that is this much smaller than the largest score is the rounding error of 0. */
static const double ROUNDING = 1e-13;

/* How much larger the rounding errors of fitted scores are than those of scores. */
static const double FITTING = 8;

/* The outputs from `from` on, `count` of them. Tables with a column per output are row-major. */
typedef struct block {
  const weeg_calibration *calibration;
  const weeg_scores *scores;
  int32_t from, count;
  double *sum;       /* [cells * count] sums of scores by calibration cell, later the fitted scores */
  double *b;         /* [columns * count] regression coefficients */
  double *largest;   /* [count] largest score */
  double *own;       /* [count] scores of a plain cell */
  bool *varies;      /* [count] whether some residual is not 0 */
  pulse pulse;
} block;

static weeg_status allocate(block *x, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(x->sum, (int64_t)x->calibration->cells * x->count);
  WEEG_NEW(x->b, (int64_t)x->calibration->columns * x->count);
  WEEG_NEW(x->largest, x->count);
  WEEG_NEW(x->own, x->count);
  WEEG_NEW(x->varies, x->count);
cleanup:
  return status;
}

static void clear(block *x) {
  weeg_free(x->sum);
  weeg_free(x->b);
  weeg_free(x->largest);
  weeg_free(x->own);
  weeg_free(x->varies);
}

/* The scores of a plain cell; -1: none. */
static void own_scores(block *x, int32_t visible) {
  for (int32_t o = 0; o < x->count; o++) x->own[o] = 0;
  if (visible < 0) return;
  for (int64_t k = x->scores->start[visible]; k < x->scores->start[visible + 1]; k++) {
    const int32_t o = x->scores->index[k] - x->from;
    if (o >= 0 && o < x->count) x->own[o] += x->scores->coef[k];
  }
}

/* to += weight * from */
static void add(double *to, const double *from, int32_t count, double weight) {
  for (int32_t o = 0; o < count; o++) to[o] += weight * from[o];
}

/* Fitted scores of all calibration cells: the projection of the scores on the basis. */
static void fit(block *x) {
  const weeg_calibration *k = x->calibration;
  const double *dual = k->dual == NULL ? k->value : k->dual;
  for (int64_t i = 0; i < k->pairs; i++) {
    if (k->pair_visible[i] < 0) continue;
    if (weeg_i_stops(&x->pulse, 4 * (int64_t)x->count)) return;
    const int32_t p = k->pair_place[i];
    own_scores(x, k->pair_visible[i]);
    add(x->sum + (int64_t)p * x->count, x->own, x->count, k->pair_weight[i] / k->g[p]);
    for (int32_t o = 0; o < x->count; o++) x->largest[o] = fmax(x->largest[o], fabs(x->own[o]));
  }
  for (int32_t p = 0; p < k->cells; p++) {
    if (weeg_i_stops(&x->pulse, (k->start[p + 1] - k->start[p]) * x->count)) return;
    for (int64_t i = k->start[p]; i < k->start[p + 1]; i++) {
      add(x->b + (int64_t)k->index[i] * x->count, x->sum + (int64_t)p * x->count, x->count, dual[i]);
    }
  }
  for (int32_t p = 0; p < k->cells; p++) {
    double *fitted = x->sum + (int64_t)p * x->count;
    if (weeg_i_stops(&x->pulse, (k->start[p + 1] - k->start[p]) * x->count)) return;
    for (int32_t o = 0; o < x->count; o++) fitted[o] = 0;
    for (int64_t i = k->start[p]; i < k->start[p + 1]; i++) {
      add(fitted, x->b + (int64_t)k->index[i] * x->count, x->count, k->value[i]);
    }
  }
  for (int64_t i = 0; i < k->pairs; i++) {
    const double *fitted = x->sum + (int64_t)k->pair_place[i] * x->count;
    if (weeg_i_stops(&x->pulse, 4 * (int64_t)x->count)) return;
    own_scores(x, k->pair_visible[i]);
    for (int32_t o = 0; o < x->count; o++) x->varies[o] |= fabs(x->own[o] - fitted[o]) > ROUNDING * x->largest[o];
  }
}

int32_t weeg_i_residual_block(const weeg_calibration *calibration) {
  return 1 + (int32_t)(BLOCK_TERMS / ((int64_t)calibration->tally->cells + 1));
}

weeg_status weeg_i_residual_scores(const weeg_design *design, const weeg_scores *scores, int32_t from, int32_t count,
                                   score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_calibration *k = design->calibration;
  block x = {.calibration = k, .scores = scores, .from = from, .count = count, .pulse.hooks = design->hooks};
  double *w = NULL;
  WEEG_TRY(weeg_i_scores_new(list, k->tally->cells, count, (int64_t)k->tally->cells * count, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  WEEG_TRY(allocate(&x, err));
  WEEG_NEW(w, k->tally->cells);
  WEEG_TRY(weeg_tally_totals(k->tally, NULL, w, err));
  fit(&x);
  WEEG_TRY(weeg_i_pulse_status(&x.pulse, err));
  for (int32_t c = 0; c < k->tally->cells; c++) {
    const double *fitted = k->place[c] < 0 ? NULL : x.sum + (int64_t)k->place[c] * count;
    own_scores(&x, k->visible[c]);
    for (int32_t o = 0; o < count; o++) {
      const double residual = x.own[o] - (fitted == NULL ? 0 : fitted[o]);
      list->size[o] += FITTING * w[c] * (fabs(x.own[o]) + (fitted == NULL ? 0 : fabs(fitted[o])));
      if (x.varies[o] && fabs(residual) > ROUNDING * x.largest[o]) weeg_i_scores_add(list, o, residual);
    }
    weeg_i_scores_close(list, c);
  }
  for (int32_t o = 0; o < count && scores->size != NULL; o++) list->size[o] = fmax(list->size[o], scores->size[from + o]);
cleanup:
  weeg_free(w);
  clear(&x);
  return status;
}
