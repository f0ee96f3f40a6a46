/*
 * With y = z - zbar the deviation of a PSU's score from the stratum's mean, a quadratic form z'Dz is
 * sum_ij D_ij y_i y_j + 2 zbar sum_i r_i y_i + (sum_i r_i) zbar^2, where r_i is the sum of row i of D. In all forms of weeg_pps
 * the first sum is one of squares, as the rest of it has sum_i y_i = 0 for a factor. The product is a difference of two squares,
 * so that squares of vectors are all that is added.
 */
#include "variance/unequal.h"

/* Of a PSU: what its squared deviation is multiplied by, and r. */
typedef struct weight {
  double square, row;
} weight;

/* left: c of the PSU, and its mean over the n of the stratum. */
static weight weight_of(weeg_pps pps, double left, double mean, double n) {
  switch (pps) {
  case WEEG_PPS_BREWER: return (weight){n * left / (n - 1), 0};
  case WEEG_PPS_OVERTON: return (weight){n * left / (n - 1), n * (left - mean) / (2 * (n - 1))};
  case WEEG_PPS_HARTLEY_RAO: return (weight){((n + 1) * left - mean) / (n - 1), (left - mean) / (n - 1)};
  case WEEG_PPS_POISSON: return (weight){left, left};
  case WEEG_PPS_HORVITZ_THOMPSON:
  case WEEG_PPS_YATES_GRUNDY:
  case WEEG_PPS_TWO_PHASE:
  case WEEG_PPS_NONE: break;
  }
  return (weight){0, 0};
}

static double mean_left(const walk *w) {
  double sum = 0;
  for (int32_t k = w->nest.stratum_start[w->stratum]; k < w->nest.stratum_start[w->stratum + 1]; k++) {
    sum += 1 - w->nest.probability[w->nest.order[k]];
  }
  return sum / w->n_h;
}

/* cross += the scores of a PSU, times a factor. False: it has no rows of a domain. */
static bool sum_psu(walk *w, int32_t u, double factor) {
  const nest *p = &w->nest;
  bool any = false;
  for (int64_t i = p->unit_start[u]; i < p->unit_start[u + 1] && factor != 0; i++) {
    if (w->of->domains.cell[p->cell[i]] < 0) continue;
    weeg_scores_sum(w->of->scores, &w->segments, p->cell[i], factor * p->w[i], w->cross);
    any = true;
  }
  (void)weeg_i_stops(&w->pulse, (p->unit_start[u + 1] - p->unit_start[u]) * w->terms);
  return any;
}

/* cross = the sum over all PSUs of their scores by a row of the form. */
static void sum_row(walk *w, const double *row) {
  for (int32_t u = 0; u < w->nest.units && !w->pulse.stopped; u++) (void)sum_psu(w, u, row[u]);
}

void weeg_i_add_blocks(walk *w, const accumulator *to, void *sums) {
  const weeg_blocks *blocks = w->nest.blocks;
  const int32_t outputs = w->of->scores->outputs;
  for (int32_t b = 0; b < blocks->count && !w->pulse.stopped; b++) {
    bool any = false;
    for (int32_t k = blocks->start[b]; k < blocks->start[b + 1] && !w->pulse.stopped; k++) {
      any |= sum_psu(w, blocks->psu[k], 1);
    }
    if (!any) continue;
    to->add_square(sums, w, w->cross, blocks->factor[b]);
    for (int32_t o = 0; o < outputs; o++) w->cross[o] = 0;
    (void)weeg_i_stops(&w->pulse, outputs);
  }
}

/* The stratum's rows of the whole sample's form: of each PSU the product of its score and what sum_row() has. */
static void add_form(walk *w, const accumulator *to, void *sums) {
  const int32_t outputs = w->of->scores->outputs;
  for (int32_t k = w->nest.stratum_start[w->stratum]; k < w->nest.stratum_start[w->stratum + 1] && !w->pulse.stopped; k++) {
    (void)weeg_walk_psu(w, k);
    for (int32_t o = 0; o < outputs; o++) {
      w->vector[o] = w->z[o];
      w->cross[o] = 0;
    }
    sum_row(w, w->nest.form + (int64_t)w->nest.order[k] * w->nest.units);
    for (int sign = -1; sign <= 1; sign += 2) {
      for (int32_t o = 0; o < outputs; o++) w->z[o] = w->vector[o] + sign * w->cross[o];
      to->add_square(sums, w, w->z, 0.25 * sign);
    }
    for (int32_t o = 0; o < outputs; o++) w->z[o] = 0;
  }
}

void weeg_i_add_unequal(walk *w, const accumulator *to, void *sums) {
  const int32_t outputs = w->of->scores->outputs;
  const double mean = mean_left(w);
  double rows = 0;
  if (w->nest.form != NULL) {
    add_form(w, to, sums);
    return;
  }
  for (int32_t o = 0; o < outputs; o++) w->cross[o] = 0;
  for (int32_t k = w->nest.stratum_start[w->stratum]; k < w->nest.stratum_start[w->stratum + 1] && !w->pulse.stopped; k++) {
    const weight by = weight_of(w->nest.pps, 1 - w->nest.probability[w->nest.order[k]], mean, w->n_h);
    (void)weeg_walk_psu(w, k);
    for (int32_t o = 0; o < outputs; o++) {
      w->vector[o] = w->z[o] - w->mean[o];
      w->cross[o] += by.row * w->vector[o];
      w->z[o] = 0;
    }
    rows += by.row;
    to->add_square(sums, w, w->vector, by.square);
    (void)weeg_i_stops(&w->pulse, outputs);
  }
  if (w->nest.pps == WEEG_PPS_BREWER) return;
  for (int sign = -1; sign <= 1; sign += 2) {
    for (int32_t o = 0; o < outputs; o++) w->vector[o] = w->mean[o] + sign * w->cross[o];
    to->add_square(sums, w, w->vector, 0.5 * sign);
  }
  if (w->nest.pps == WEEG_PPS_POISSON) to->add_square(sums, w, w->mean, rows);
}
