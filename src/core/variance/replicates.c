/* Variances and covariances of a statistic over replicates. */
#include "variance/replicates.h"

#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "tally/places.h"
#include "base/vector.h"
#include "variance/deviations.h"
#include "variance/scores.h"

/* Replicates that are worked on at a time: their outputs stay in the cache. Sums over replicates are kept per lane. */
enum { LANES = 64 };

typedef struct state {
  const weeg_replicates *replicates;
  const weeg_scores *scores;
  const double *totals, *base_totals; /* [cells * count] what coefficients are of, and bases: of weights, or of a measure */
  double *own;       /* both, where they are made of the replicates' */
  int32_t bases;     /* at least 1: without ratios, one base that every replicate has */
  double *full;      /* [outputs] the outputs of the weights */
  double *base;      /* [bases] T, the sums of weights */
  double *z;         /* [outputs * LANES] theta_r - full of the replicates at hand */
  double *base_r;    /* [bases * LANES] T_r, then T / T_r */
  double *counts;    /* [bases * LANES] 1 where the replicate counts, else 0 */
  double *mean;      /* [outputs] mean of theta_r - full; 0 under mse */
  int64_t *counted;  /* [bases] replicates that count */
  double *rounding;  /* [outputs] see weeg_i_scores_rounding: of the variance */
  pulse pulse;
} state;

static weeg_status allocate(state *s, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t outputs = s->scores->outputs;
  WEEG_NEW(s->full, outputs);
  WEEG_NEW(s->base, s->bases);
  WEEG_NEW(s->z, outputs * LANES);
  WEEG_NEW(s->base_r, (int64_t)s->bases * LANES);
  WEEG_NEW(s->counts, (int64_t)s->bases * LANES);
  WEEG_NEW(s->mean, outputs);
  WEEG_NEW(s->counted, s->bases);
  WEEG_NEW(s->rounding, outputs);
cleanup:
  return status;
}

static void clear(state *s) {
  weeg_free(s->own);
  weeg_free(s->full);
  weeg_free(s->base);
  weeg_free(s->z);
  weeg_free(s->base_r);
  weeg_free(s->counts);
  weeg_free(s->mean);
  weeg_free(s->counted);
  weeg_free(s->rounding);
}

static int32_t base_of(const state *s, int32_t output) {
  return s->scores->bases > 0 ? s->scores->output_base[output] : 0;
}

/* What coefficients are multiplied by, w[cells], and bases are summed from, v[cells], of the weights themselves. */
static weeg_status find_totals(const state *s, const weeg_tally *tally, double *w, double *v, weeg_error *err) {
  const weeg_deviations *of = s->scores->deviations;
  if (of == NULL) {
    const weeg_status status = weeg_tally_totals(tally, NULL, w, err);
    for (int32_t c = 0; c < tally->cells; c++) v[c] = w[c];
    return status;
  }
  for (int64_t i = 0; i < tally->entries; i++) {
    w[tally->cell[i]] += s->scores->value[i];
    v[tally->cell[i]] += weeg_signed_value(weeg_i_base_sum(tally, i, of->base), 0);
  }
  return WEEG_OK;
}

/* The outputs and bases of the weights themselves. */
static weeg_status sum_weights(state *s, const weeg_tally *tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *w = NULL, *v = NULL;
  WEEG_NEW(w, tally->cells);
  WEEG_NEW(v, tally->cells);
  WEEG_TRY(find_totals(s, tally, w, v, err));
  for (int32_t c = 0; c < s->scores->cells; c++) {
    for (int64_t k = s->scores->start[c]; k < s->scores->start[c + 1]; k++) {
      s->full[s->scores->index[k]] += w[c] * s->scores->coef[k];
    }
    if (s->scores->bases > 0 && s->scores->cell_base[c] >= 0) s->base[s->scores->cell_base[c]] += v[c];
  }
cleanup:
  weeg_free(w);
  weeg_free(v);
  return status;
}

/* The replicates' sums of p - mean v, and of v, in units of the tally's. Their rounding errors are those of p and mean v. */
static weeg_status deviate(state *s, const weeg_tally *tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_deviations *of = s->scores->deviations;
  const int64_t size = (int64_t)tally->cells * s->replicates->count, count = s->replicates->count;
  const int p_scale = tally->measure_scale[of->measure];
  const int v_scale = of->base == 0 ? tally->scale : tally->measure_scale[of->base - 1];
  const double *p = s->replicates->totals + (1 + of->measure) * size, *v = s->replicates->totals + of->base * size;
  WEEG_NEW(s->own, 2 * size);
  for (int32_t c = 0; c < tally->cells; c++) {
    if (of->group[c] < 0) continue;
    const double mean = weeg_i_centre_mean(&of->centre[of->group[c]]);
    double largest = 0;
    for (int64_t i = c * count; i < (c + 1) * count; i++) {
      const double of_p = ldexp(p[i], -p_scale), of_v = ldexp(v[i], -v_scale);
      s->own[i] = of_p - mean * of_v;
      s->own[size + i] = of_v;
      largest = fmax(largest, fabs(of_p) + fabs(mean * of_v));
    }
    for (int64_t k = s->scores->start[c]; k < s->scores->start[c + 1]; k++) {
      s->rounding[s->scores->index[k]] += fabs(s->scores->coef[k]) * largest;
    }
  }
  s->totals = s->own;
  s->base_totals = s->own + size;
cleanup:
  return status;
}

/* to[0..lanes-1] += factor * from[0..lanes-1] */
static inline void add_multiple(double *to, const double *from, double factor, int32_t lanes) {
  WEEG_VECTORISED
  for (int32_t j = 0; j < lanes; j++) to[j] += factor * from[j];
}

/* T / T_r of the replicates at hand, and which of them count. */
static void find_factors(state *s, int32_t lanes) {
  for (int64_t b = 0; b < s->bases; b++) {
    double *base = s->base_r + b * LANES, *counts = s->counts + b * LANES;
    for (int32_t j = 0; j < lanes; j++) {
      const bool some = s->scores->bases == 0 || base[j] != 0;
      base[j] = s->scores->bases == 0 ? 1 : some ? s->base[b] / base[j] : 0;
      counts[j] = some ? 1 : 0;
    }
  }
}

/* z of replicates from .. from + lanes - 1. */
static void fill_block(state *s, int32_t from, int32_t lanes) {
  const weeg_scores *scores = s->scores;
  const int64_t outputs = scores->outputs;
  for (int64_t i = 0; i < outputs * LANES; i++) s->z[i] = 0;
  for (int64_t i = 0; i < (int64_t)s->bases * LANES; i++) s->base_r[i] = s->counts[i] = 0;
  for (int32_t c = 0; c < scores->cells && !weeg_i_stops(&s->pulse, (scores->start[c + 1] - scores->start[c]) * lanes); c++) {
    const int64_t at = (int64_t)c * s->replicates->count + from;
    for (int64_t k = scores->start[c]; k < scores->start[c + 1]; k++) {
      add_multiple(s->z + (int64_t)scores->index[k] * LANES, s->totals + at, scores->coef[k], lanes);
    }
    if (scores->bases == 0 || scores->cell_base[c] < 0) continue;
    add_multiple(s->base_r + (int64_t)scores->cell_base[c] * LANES, s->base_totals + at, 1, lanes);
  }
  find_factors(s, lanes);
  for (int32_t o = 0; o < outputs; o++) {
    double *z = s->z + (int64_t)o * LANES;
    const double *factor = s->base_r + (int64_t)base_of(s, o) * LANES, full = s->full[o];
    WEEG_VECTORISED
    for (int32_t j = 0; j < lanes; j++) z[j] = z[j] * factor[j] - full;
  }
}

static int32_t lanes_at(const state *s, int32_t from) {
  const int32_t left = s->replicates->count - from;
  return left < LANES ? left : LANES;
}

/* counted, and unless mse the means: of replicates with rscales > 0, as survey has it. */
static weeg_status find_means(state *s, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_replicates *r = s->replicates;
  int64_t *taken = NULL; /* [bases] */
  WEEG_NEW(taken, s->bases);
  for (int32_t from = 0; from < r->count; from += LANES) {
    const int32_t lanes = lanes_at(s, from);
    fill_block(s, from, lanes);
    WEEG_TRY(weeg_i_pulse_status(&s->pulse, err));
    for (int64_t b = 0; b < s->bases; b++) {
      for (int32_t j = 0; j < lanes; j++) {
        const bool counts = s->counts[b * LANES + j] > 0;
        s->counted[b] += counts;
        taken[b] += counts && r->rscales[from + j] > 0;
      }
    }
    for (int32_t o = 0; o < s->scores->outputs && !r->mse; o++) {
      const double *z = s->z + (int64_t)o * LANES, *counts = s->counts + (int64_t)base_of(s, o) * LANES;
      for (int32_t j = 0; j < lanes; j++) {
        if (counts[j] > 0 && r->rscales[from + j] > 0) s->mean[o] += z[j];
      }
    }
  }
  for (int32_t o = 0; o < s->scores->outputs; o++) {
    const int64_t count = taken[base_of(s, o)];
    s->mean[o] = count > 0 ? s->mean[o] / (double)count : 0;
  }
cleanup:
  weeg_free(taken);
  return status;
}

/* Turns z of the block into deviations from the centre times sqrt(rscales), 0 where a replicate does not count. */
static void weigh_block(state *s, int32_t from, int32_t lanes) {
  double root[LANES];
  for (int32_t j = 0; j < lanes; j++) root[j] = sqrt(s->replicates->rscales[from + j]);
  for (int32_t o = 0; o < s->scores->outputs; o++) {
    double *z = s->z + (int64_t)o * LANES;
    const double *counts = s->counts + (int64_t)base_of(s, o) * LANES, mean = s->mean[o];
    WEEG_VECTORISED
    for (int32_t j = 0; j < lanes; j++) z[j] = counts[j] * root[j] * (z[j] - mean);
  }
}

/* By how much the variance of values that are off by 1 in each replicate is off. */
static double replicate_factor(const weeg_replicates *r) {
  double sum = 0;
  for (int32_t i = 0; i < r->count; i++) sum += r->rscales[i];
  return r->scale * sum;
}

static weeg_status begin(state *s, const weeg_tally *tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  s->bases = s->scores->bases > 0 ? s->scores->bases : 1;
  double *bound = NULL;
  WEEG_TRY(allocate(s, err));
  WEEG_NEW(bound, s->scores->outputs);
  s->totals = s->base_totals = s->replicates->totals;
  if (s->scores->deviations != NULL) WEEG_TRY(deviate(s, tally, err));
  WEEG_TRY(sum_weights(s, tally, err));
  WEEG_TRY(find_means(s, err));
  WEEG_TRY(weeg_i_scores_rounding(s->scores, tally, bound, err));
  const double factor = replicate_factor(s->replicates);
  for (int32_t o = 0; o < s->scores->outputs; o++) {
    s->rounding[o] = factor * fmax(bound[o], weeg_i_rounding(s->rounding[o], tally->entries));
  }
cleanup:
  weeg_free(bound);
  return status;
}

weeg_status weeg_i_replicate_variance(const weeg_survey *survey, const weeg_scores *scores, double *variance,
                                      weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_replicates *replicates = survey->design->replicates;
  state s = {.replicates = replicates, .scores = scores, .pulse.hooks = survey->design->hooks};
  double *sum = NULL; /* [outputs * LANES] */
  WEEG_NEW(sum, (int64_t)scores->outputs * LANES);
  WEEG_TRY(begin(&s, survey->tally, err));
  for (int32_t from = 0; from < replicates->count; from += LANES) {
    const int32_t lanes = lanes_at(&s, from);
    fill_block(&s, from, lanes);
    WEEG_TRY(weeg_i_pulse_status(&s.pulse, err));
    weigh_block(&s, from, lanes);
    for (int64_t o = 0; o < scores->outputs; o++) {
      double *to = sum + o * LANES;
      const double *z = s.z + o * LANES;
      WEEG_VECTORISED
      for (int32_t j = 0; j < lanes; j++) to[j] += z[j] * z[j];
    }
  }
  for (int32_t o = 0; o < scores->outputs; o++) {
    double all = 0;
    for (int32_t j = 0; j < LANES; j++) all += sum[(int64_t)o * LANES + j];
    const double found = replicates->scale * all <= s.rounding[o] ? 0 : replicates->scale * all;
    variance[o] = s.counted[base_of(&s, o)] > 0 ? found : NAN;
  }
cleanup:
  weeg_free(sum);
  clear(&s);
  return status;
}

/* sum_j a[j] b[j] in eight partial sums, so that the order does not depend on the processor. */
static double dot(const double *a, const double *b, int32_t lanes) {
  double part[8] = {0};
  int32_t j = 0;
  for (; j + 8 <= lanes; j += 8) {
    WEEG_VECTORISED
    for (int32_t i = 0; i < 8; i++) part[i] += a[j + i] * b[j + i];
  }
  for (int32_t i = 0; j < lanes; i++, j++) part[i] += a[j] * b[j];
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

weeg_status weeg_i_replicate_covariance(const weeg_survey *survey, const weeg_scores *scores, double *covariance,
                                        weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t outputs = scores->outputs;
  const weeg_replicates *replicates = survey->design->replicates;
  state s = {.replicates = replicates, .scores = scores, .pulse.hooks = survey->design->hooks};
  WEEG_TRY(begin(&s, survey->tally, err));
  for (int64_t k = 0; k < outputs * outputs; k++) covariance[k] = 0;
  for (int32_t from = 0; from < replicates->count; from += LANES) {
    const int32_t lanes = lanes_at(&s, from);
    fill_block(&s, from, lanes);
    WEEG_TRY(weeg_i_pulse_status(&s.pulse, err));
    weigh_block(&s, from, lanes);
    for (int64_t a = 0; a < outputs && !weeg_i_stops(&s.pulse, (outputs - a) * lanes); a++) {
      for (int64_t b = a; b < outputs; b++) {
        covariance[a * outputs + b] += dot(s.z + a * LANES, s.z + b * LANES, lanes);
      }
    }
  }
  WEEG_TRY(weeg_i_pulse_status(&s.pulse, err));
  for (int32_t a = 0; a < outputs; a++) {
    for (int32_t b = a; b < outputs; b++) {
      const bool exists = s.counted[base_of(&s, a)] > 0 && s.counted[base_of(&s, b)] > 0;
      const double value = exists ? replicates->scale * covariance[a * outputs + b] : NAN;
      covariance[a * outputs + b] = covariance[b * outputs + a] = value;
    }
  }
  weeg_i_covariance_round(covariance, outputs, s.rounding);
cleanup:
  clear(&s);
  return status;
}

/* ---- linear functions of proportions, or means, in sets that may overlap ---- */

/* What the figures of sets are in each replicate. */
typedef struct replicated_sets {
  const weeg_replicates *replicates;
  const weeg_sets *sets;
  double *upper, *lower;  /* [groups * count] what figures are ratios of: totals in the level, or of the measure; and of all */
  double *theta;          /* [sets * count] figure less that of the weights, NaN where the replicate has no weight in the set */
  double *size;           /* [sets] of what is subtracted there */
} replicated_sets;

static void clear_sets(replicated_sets *x) {
  weeg_free(x->upper);
  weeg_free(x->lower);
  weeg_free(x->theta);
  weeg_free(x->size);
}

/* Of measures in the units of the tally's sums. */
static void add_groups(const weeg_tally *tally, int32_t level, replicated_sets *x) {
  const weeg_replicates *r = x->replicates;
  const int32_t measure = x->sets->measure;
  const int64_t size = (int64_t)tally->cells * r->count;
  const double of_weight = measure > 0 ? ldexp(1, -tally->scale) : 1;
  const double of_measure = measure > 0 ? ldexp(1, -tally->measure_scale[measure - 1]) : 1;
  for (int32_t c = 0; c < tally->cells; c++) {
    if (!weeg_i_in_table(x->sets->places, c)) continue;
    const int64_t at = (int64_t)weeg_i_group_of(x->sets->places, c) * r->count;
    const double *totals = r->totals + (int64_t)c * r->count;
    const bool counts = measure > 0 || weeg_i_answer_of(x->sets->places, c) == level;
    add_multiple(x->lower + at, totals, of_weight, r->count);
    if (counts) add_multiple(x->upper + at, totals + measure * size, of_measure, r->count);
  }
}

/* theta and size of one set. base[count]: scratch. */
static void deviate_set(replicated_sets *x, int32_t set, double estimate, double *base) {
  const weeg_replicates *r = x->replicates;
  double *theta = x->theta + (int64_t)set * r->count;
  for (int32_t i = 0; i < r->count; i++) theta[i] = base[i] = 0;
  for (int64_t j = x->sets->start[set]; j < x->sets->start[set + 1]; j++) {
    add_multiple(base, x->lower + (int64_t)x->sets->group[j] * r->count, 1, r->count);
    add_multiple(theta, x->upper + (int64_t)x->sets->group[j] * r->count, 1, r->count);
  }
  for (int32_t i = 0; i < r->count; i++) theta[i] = base[i] != 0 ? theta[i] / base[i] - estimate : NAN;
  x->size[set] = 2 * fabs(estimate);
}

static weeg_status make_sets(replicated_sets *x, const weeg_survey *survey, const weeg_set_figures *of, pulse *beat,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_sets *sets = of->sets;
  const int64_t groups = weeg_i_groups(sets->places), answers = weeg_i_answers_of(sets->places);
  const int32_t count = survey->design->replicates->count;
  double *base = NULL;
  *x = (replicated_sets){.replicates = survey->design->replicates, .sets = sets};
  WEEG_NEW(x->theta, (int64_t)sets->sets * count);
  WEEG_NEW(x->size, sets->sets);
  WEEG_NEW(x->upper, groups * count);
  WEEG_NEW(x->lower, groups * count);
  WEEG_NEW(base, count);
  add_groups(survey->tally, of->level, x);
  for (int32_t s = 0; s < sets->sets && !weeg_i_stops(beat, 2 * (sets->start[s + 1] - sets->start[s]) * count); s++) {
    deviate_set(x, s, of->estimate[(int64_t)s * answers + of->level], base);
  }
  WEEG_TRY(weeg_i_pulse_status(beat, err));
cleanup:
  weeg_free(base);
  return status;
}

/* d[count] of output o, and the size of its terms. */
static weeg_status add_sets(const replicated_sets *x, const weeg_set_figures *of, const weeg_combinations *c, int32_t o,
                            double *d, double *size, weeg_error *err) {
  const int32_t count = x->replicates->count;
  const int64_t answers = weeg_i_answers_of(x->sets->places);
  *size = 0;
  for (int32_t i = 0; i < count; i++) d[i] = 0;
  for (int64_t k = c->start[o]; k < c->start[o + 1]; k++) {
    const int32_t s = c->set[k];
    if (s < 0 || s >= x->sets->sets) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "term %lld names set %d of %d", (long long)k + 1, s + 1, x->sets->sets);
    }
    if (isnan(of->estimate[(int64_t)s * answers + of->level])) continue;
    add_multiple(d, x->theta + (int64_t)s * count, c->coef[k], count);
    *size += fabs(c->coef[k]) * x->size[s];
  }
  return WEEG_OK;
}

/* Deviations from the centre times sqrt(scale rscales), 0 where there is none. false: where there are none at all. */
static bool centre_sets(const weeg_replicates *r, double *d) {
  double mean = 0;
  int64_t counted = 0, taken = 0;
  for (int32_t i = 0; i < r->count; i++) {
    counted += !isnan(d[i]);
    if (isnan(d[i]) || !(r->rscales[i] > 0)) continue;
    mean += d[i];
    taken++;
  }
  mean = r->mse || taken == 0 ? 0 : mean / (double)taken;
  for (int32_t i = 0; i < r->count; i++) d[i] = isnan(d[i]) ? 0 : sqrt(r->rscales[i]) * (d[i] - mean);
  return counted > 0;
}

weeg_status weeg_i_replicate_set_variance(const weeg_survey *survey, const weeg_set_figures *of,
                                          const weeg_combinations *combinations, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_replicates *r = survey->design->replicates;
  pulse beat = {.hooks = survey->design->hooks};
  const double factor = replicate_factor(r);
  replicated_sets x = {NULL};
  double *d = NULL;
  WEEG_NEW(d, r->count);
  WEEG_TRY(make_sets(&x, survey, of, &beat, err));
  for (int32_t o = 0; o < combinations->outputs; o++) {
    double size = 0;
    (void)weeg_i_stops(&beat, (combinations->start[o + 1] - combinations->start[o] + 4) * r->count);
    WEEG_TRY(weeg_i_pulse_status(&beat, err));
    WEEG_TRY(add_sets(&x, of, combinations, o, d, &size, err));
    variance[o] = centre_sets(r, d) ? r->scale * dot(d, d, r->count) : NAN;
    if (variance[o] <= factor * weeg_i_rounding(size, survey->tally->entries)) variance[o] = 0;
  }
cleanup:
  clear_sets(&x);
  weeg_free(d);
  return status;
}

weeg_status weeg_i_replicate_set_covariance(const weeg_survey *survey, const weeg_set_figures *of,
                                            const weeg_combinations *combinations, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_replicates *r = survey->design->replicates;
  const int64_t outputs = combinations->outputs, count = r->count;
  pulse beat = {.hooks = survey->design->hooks};
  replicated_sets x = {NULL};
  double *d = NULL, *rounding = NULL;
  bool exists = true;
  WEEG_NEW(d, outputs * count);
  WEEG_NEW(rounding, outputs);
  WEEG_TRY(make_sets(&x, survey, of, &beat, err));
  for (int32_t o = 0; o < outputs; o++) {
    double size = 0;
    WEEG_TRY(add_sets(&x, of, combinations, o, d + o * count, &size, err));
    rounding[o] = replicate_factor(r) * weeg_i_rounding(size, survey->tally->entries);
  }
  for (int64_t i = 0; i < count; i++) { /* one domain: of a replicate all outputs or none */
    bool all = true;
    for (int64_t o = 0; o < outputs; o++) all = all && !isnan(d[o * count + i]);
    for (int64_t o = 0; o < outputs && !all; o++) d[o * count + i] = NAN;
  }
  for (int64_t o = 0; o < outputs; o++) exists = centre_sets(r, d + o * count) && exists;
  for (int64_t a = 0; a < outputs; a++) {
    (void)weeg_i_stops(&beat, (outputs - a) * count);
    WEEG_TRY(weeg_i_pulse_status(&beat, err));
    for (int64_t b = a; b < outputs; b++) {
      const double value = exists ? r->scale * dot(d + a * count, d + b * count, r->count) : NAN;
      covariance[a * outputs + b] = covariance[b * outputs + a] = value;
    }
  }
  weeg_i_covariance_round(covariance, combinations->outputs, rounding);
cleanup:
  clear_sets(&x);
  weeg_free(d);
  weeg_free(rounding);
  return status;
}
