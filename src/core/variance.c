/* Taylor variances of many outputs at once: the diagonal only, so that thousands of cells stay cheap. */
#include <math.h>

#include "calibrate.h"
#include "interrupt.h"
#include "memory.h"
#include "plan.h"
#include "replicates.h"
#include "scores.h"
#include "sum.h"
#include "vector.h"
#include "weeg.h"

typedef struct state {
  const weeg_tally *tally;
  const weeg_design *design;
  const weeg_scores *scores;
  const int32_t *domain_of, *output_domain;
  int32_t domains;
  plan plan;          /* of the stage at hand. Below, "PSU" is a unit of that stage */
  segment_list segments;
  double *cell_w;     /* [cells] sum of weights over the stratum */
  int32_t *cells;     /* [cells] cells with entries in the stratum, in order of appearance */
  bool *is_listed;    /* [cells] */
  double *sum;        /* [outputs] sum of z over the stratum */
  double *mean;       /* [outputs] that, divided by the PSUs */
  double *z;          /* [outputs] z of the PSU at hand; 0 between PSUs */
  double *squares;    /* [outputs] sum of squared deviations over the stratum's PSUs */
  int64_t *seen;      /* [segments] PSUs (rows when element) of the stratum with scores of their own */
  int32_t *touched;   /* [segments] segments with scores in the stratum, in order of appearance */
  int32_t *of_psu;    /* [segments] likewise for the PSU at hand */
  int64_t *stamp;     /* [segments] last PSU that touched the segment */
  bool *is_touched;   /* [segments] */
  int32_t *present;   /* [domains] last stratum + 1 with rows of the domain */
  int32_t *here;      /* [domains] domains with rows in the stratum at hand */
  int32_t heres;
  int64_t *psus;      /* [domains] PSUs (rows when element) of that stratum with rows of the domain */
  int32_t *last_psu;  /* [domains] the last of them + 1 */
  int64_t *strata;    /* [domains] strata with rows of the domain: of the family at hand, see weeg_family_end */
  int64_t *usable;    /* [domains] those that are not lonely */
  int64_t *sampled;   /* [domains] their sampled PSUs */
  double *centre;     /* [outputs] mean score over those: for WEEG_LONELY_ADJUST */
  double *family;     /* [outputs] variances of the family */
  double *variance;   /* [outputs] */
  double *rounding;   /* [outputs] see weeg_scores_rounding */
  pulse pulse;
} state;

static weeg_status allocate(state *s, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t outputs = s->scores->outputs, cells = s->scores->cells;
  WEEG_TRY(weeg_segments_make(&s->segments, s->scores, err));
  WEEG_NEW(s->cell_w, cells);
  WEEG_NEW(s->cells, cells);
  WEEG_NEW(s->is_listed, cells);
  WEEG_NEW(s->sum, outputs);
  WEEG_NEW(s->mean, outputs);
  WEEG_NEW(s->z, outputs);
  WEEG_NEW(s->squares, outputs);
  WEEG_NEW(s->seen, s->segments.count);
  WEEG_NEW(s->touched, s->segments.count);
  WEEG_NEW(s->of_psu, s->segments.count);
  WEEG_NEW(s->stamp, s->segments.count);
  WEEG_NEW(s->is_touched, s->segments.count);
  WEEG_NEW(s->present, s->domains);
  WEEG_NEW(s->here, s->domains);
  WEEG_NEW(s->psus, s->domains);
  WEEG_NEW(s->last_psu, s->domains);
  WEEG_NEW(s->strata, s->domains);
  WEEG_NEW(s->usable, s->domains);
  WEEG_NEW(s->sampled, s->domains);
  WEEG_NEW(s->centre, outputs);
  WEEG_NEW(s->family, outputs);
  WEEG_NEW(s->variance, outputs);
  WEEG_NEW(s->rounding, outputs);
cleanup:
  return status;
}

static void clear(state *s) {
  weeg_plan_clear(&s->plan);
  weeg_segments_clear(&s->segments);
  weeg_free(s->cell_w);
  weeg_free(s->cells);
  weeg_free(s->is_listed);
  weeg_free(s->sum);
  weeg_free(s->mean);
  weeg_free(s->z);
  weeg_free(s->squares);
  weeg_free(s->seen);
  weeg_free(s->touched);
  weeg_free(s->of_psu);
  weeg_free(s->stamp);
  weeg_free(s->is_touched);
  weeg_free(s->present);
  weeg_free(s->here);
  weeg_free(s->psus);
  weeg_free(s->last_psu);
  weeg_free(s->strata);
  weeg_free(s->usable);
  weeg_free(s->sampled);
  weeg_free(s->centre);
  weeg_free(s->family);
  weeg_free(s->variance);
  weeg_free(s->rounding);
}

/* Terms of an entry's cell. */
static int64_t terms(const state *s, int32_t cell) { return s->scores->start[cell + 1] - s->scores->start[cell]; }

WEEG_INLINE void add_scores(const state *s, int32_t cell, double w, double *z) {
  weeg_scores_sum(s->scores, &s->segments, cell, w, z);
}

/* Notes that entry i, of PSU u in stratum h, is in its domain. */
static void note_domain(state *s, int32_t h, int32_t u, int64_t i) {
  const int32_t k = s->domain_of[s->plan.cell[i]];
  if (k < 0) return;
  if (s->present[k] != h + 1) {
    s->present[k] = h + 1;
    s->psus[k] = 0;
    s->last_psu[k] = 0;
    s->here[s->heres++] = k;
  }
  if (s->plan.element) {
    s->psus[k] += s->tally->n[i];
  } else if (s->last_psu[k] != u + 1) {
    s->last_psu[k] = u + 1;
    s->psus[k]++;
  }
}

/* Whether the rule for single-PSU strata is about stratum h, as domain k sees it. */
static bool is_lonely(const state *s, int32_t h, int32_t k) {
  return s->plan.stratum_units[h] <= 1 || (s->design->lonely_domain && s->psus[k] == 1);
}

/* What two rules for single-PSU strata need beforehand: the strata that each domain has rows in, and the mean score. */
static void survey_family(state *s, int32_t from, int32_t to) {
  for (int32_t k = 0; k < s->domains; k++) s->strata[k] = s->usable[k] = s->sampled[k] = 0;
  for (int32_t o = 0; o < s->scores->outputs; o++) s->centre[o] = 0;
  for (int32_t h = from; h < to; h++) {
    s->heres = 0;
    for (int32_t place = s->plan.stratum_start[h]; place < s->plan.stratum_start[h + 1]; place++) {
      const int32_t u = s->plan.order[place];
      for (int64_t i = s->plan.unit_start[u]; i < s->plan.unit_start[u + 1]; i++) {
        const int32_t cell = s->plan.cell[i];
        if (s->domain_of[cell] < 0) continue;
        if (weeg_stops(&s->pulse, terms(s, cell))) return;
        note_domain(s, h, u, i);
        add_scores(s, cell, s->plan.w[i], s->centre);
      }
    }
    for (int32_t j = 0; j < s->heres; j++) {
      const int32_t k = s->here[j];
      s->strata[k]++;
      s->usable[k] += weeg_adds_nothing(&s->plan, h) || !is_lonely(s, h, k);
      s->sampled[k] += s->plan.stratum_units[h];
    }
  }
  for (int32_t o = 0; o < s->scores->outputs; o++) {
    const int64_t count = s->sampled[s->output_domain[o]];
    s->centre[o] = count > 0 ? s->centre[o] / (double)count : 0;
  }
  for (int32_t k = 0; k < s->domains; k++) s->present[k] = 0;
}

/* Sums of scores over the stratum, by cell first; returns how many segments it touches. */
static int32_t sum_stratum(state *s, int32_t h) {
  int32_t cells = 0, count = 0;
  const bool noted = s->plan.stratum_units[h] <= 1 || s->design->lonely_domain; /* only these look at domains */
  s->heres = 0;
  for (int32_t place = s->plan.stratum_start[h]; place < s->plan.stratum_start[h + 1]; place++) {
    const int32_t u = s->plan.order[place];
    for (int64_t i = s->plan.unit_start[u]; i < s->plan.unit_start[u + 1]; i++) {
      const int32_t cell = s->plan.cell[i];
      if (noted) note_domain(s, h, u, i);
      if (!s->is_listed[cell]) s->cells[cells++] = cell;
      s->is_listed[cell] = true;
      s->cell_w[cell] += s->plan.w[i];
    }
  }
  for (int32_t j = 0; j < cells; j++) {
    const int32_t cell = s->cells[j];
    if (!weeg_stops(&s->pulse, terms(s, cell))) add_scores(s, cell, s->cell_w[cell], s->sum);
    for (int64_t k = s->segments.start[cell]; k < s->segments.start[cell + 1]; k++) {
      const int32_t segment = s->segments.segment[k];
      if (!s->is_touched[segment]) s->touched[count++] = segment;
      s->is_touched[segment] = true;
    }
    s->cell_w[cell] = 0;
    s->is_listed[cell] = false;
  }
  return count;
}

/* Squared deviations of PSU scores from the stratum mean. */
WEEG_CLONED static void deviate_psus(state *s, int32_t h) {
  for (int32_t place = s->plan.stratum_start[h]; place < s->plan.stratum_start[h + 1]; place++) {
    const int32_t u = s->plan.order[place];
    int32_t count = 0;
    for (int64_t i = s->plan.unit_start[u]; i < s->plan.unit_start[u + 1]; i++) {
      const int32_t cell = s->plan.cell[i];
      if (weeg_stops(&s->pulse, 2 * terms(s, cell))) return;
      add_scores(s, cell, s->plan.w[i], s->z);
      for (int64_t k = s->segments.start[cell]; k < s->segments.start[cell + 1]; k++) {
        const int32_t segment = s->segments.segment[k];
        if (s->stamp[segment] != (int64_t)u + 1) s->of_psu[count++] = segment;
        s->stamp[segment] = (int64_t)u + 1;
      }
    }
    for (int32_t j = 0; j < count; j++) {
      const int32_t segment = s->of_psu[j], first = s->segments.first[segment], size = s->segments.size[segment];
      double *z = s->z + first, *squares = s->squares + first;
      const double *mean = s->mean + first;
      s->seen[segment]++;
      WEEG_VECTORISED
      for (int32_t k = 0; k < size; k++) {
        const double deviation = z[k] - mean[k];
        squares[k] += deviation * deviation;
        z[k] = 0;
      }
    }
  }
}

/* The same where each row is a PSU: rows of a cell differ only in weight, so their moments suffice. */
static void deviate_rows(state *s, int32_t h) {
  const weeg_tally *t = s->tally;
  const double unit = ldexp(1, t->scale);
  for (int64_t i = s->plan.unit_start[h]; i < s->plan.unit_start[h + 1]; i++) {
    const int32_t cell = t->cell[i];
    const double n = (double)t->n[i], mean = s->plan.w[i] / n;
    if (weeg_stops(&s->pulse, 2 * terms(s, cell))) return;
    /* in the tally's units: squares of very small or large weights are no numbers */
    const double within = weeg_sum_deviations(t->w[i], t->w2[i], t->n[i], 0);
    for (int64_t k = s->scores->start[cell]; k < s->scores->start[cell + 1]; k++) {
      const int32_t o = s->scores->index[k];
      const double a = s->scores->coef[k], deviation = mean * a - s->mean[o], in_units = a * unit;
      s->squares[o] += n * deviation * deviation + within * in_units * in_units;
    }
    for (int64_t k = s->segments.start[cell]; k < s->segments.start[cell + 1]; k++) {
      s->seen[s->segments.segment[k]] += t->n[i];
    }
  }
}

/* A stratum with one PSU, by the rule. */
static weeg_status add_lonely(state *s, int32_t h, weeg_error *err) {
  const double factor = weeg_stratum_factor(&s->plan, h);
  for (int32_t o = 0; o < s->scores->outputs; o++) {
    if (s->present[s->output_domain[o]] != h + 1) continue;
    if (s->design->lonely == WEEG_LONELY_FAIL) return weeg_lonely_error(&s->plan, h, err);
    if (s->design->lonely == WEEG_LONELY_ADJUST) {
      const double deviation = s->sum[o] - s->centre[o];
      s->family[o] += factor * deviation * deviation;
    }
  }
  return WEEG_OK;
}

/* Whether two rules treat a stratum of several PSUs as lonely, because the output's domain has one of them. */
static bool is_lonely_output(const state *s, int32_t h, int32_t o) {
  const int32_t k = s->output_domain[o];
  const weeg_lonely rule = s->design->lonely;
  return s->design->lonely_domain && (rule == WEEG_LONELY_ADJUST || rule == WEEG_LONELY_AVERAGE) &&
         s->present[k] == h + 1 && s->psus[k] == 1;
}

/* A stratum with several PSUs: `count` segments have been touched. */
static void add_several(state *s, int32_t h, int32_t count) {
  const int64_t psus = s->plan.stratum_units[h];
  const double n_h = (double)psus, scale = weeg_stratum_factor(&s->plan, h) * n_h / (n_h - 1);
  for (int32_t j = 0; j < count; j++) {
    const int32_t first = s->segments.first[s->touched[j]], end = first + s->segments.size[s->touched[j]];
    for (int32_t o = first; o < end; o++) s->mean[o] = s->sum[o] / n_h;
  }
  if (s->plan.element) {
    deviate_rows(s, h);
  } else {
    deviate_psus(s, h);
  }
  for (int32_t j = 0; j < count; j++) {
    const int32_t segment = s->touched[j], first = s->segments.first[segment], end = first + s->segments.size[segment];
    const double unseen = (double)(psus - s->seen[segment]);
    for (int32_t o = first; o < end; o++) {
      if (!is_lonely_output(s, h, o)) s->family[o] += scale * (s->squares[o] + unseen * s->mean[o] * s->mean[o]);
    }
  }
  if (!s->design->lonely_domain || s->design->lonely != WEEG_LONELY_ADJUST) return;
  for (int32_t o = 0; o < s->scores->outputs; o++) {
    if (!is_lonely_output(s, h, o)) continue;
    const double deviation = s->sum[o] - s->centre[o];
    s->family[o] += scale * (deviation * deviation + (n_h - 1) * s->centre[o] * s->centre[o]);
  }
}

static weeg_status add_stratum(state *s, int32_t h, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t count = sum_stratum(s, h);
  if (weeg_adds_nothing(&s->plan, h)) {
    /* nothing to add */
  } else if (s->plan.stratum_units[h] <= 1) {
    status = add_lonely(s, h, err);
  } else {
    add_several(s, h, count);
  }
  for (int32_t j = 0; j < count; j++) {
    const int32_t segment = s->touched[j], first = s->segments.first[segment];
    for (int32_t o = first; o < first + s->segments.size[segment]; o++) s->sum[o] = s->squares[o] = 0;
    s->seen[segment] = 0;
    s->is_touched[segment] = false;
  }
  return status;
}

static weeg_status add_stage(state *s, int32_t stage, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_lonely rule = s->design->lonely;
  const bool by_family = rule == WEEG_LONELY_ADJUST || rule == WEEG_LONELY_AVERAGE;
  WEEG_TRY(weeg_plan_make(&s->plan, s->tally, s->design, stage, err));
  for (int32_t k = 0; k < s->domains; k++) s->present[k] = 0;
  for (int32_t k = 0; k < s->segments.count; k++) s->stamp[k] = 0;
  for (int32_t from = 0, to; from < s->plan.strata; from = to) {
    to = by_family ? weeg_family_end(&s->plan, from) : s->plan.strata;
    if (by_family) survey_family(s, from, to);
    for (int32_t h = from; h < to && !s->pulse.stopped; h++) WEEG_TRY(add_stratum(s, h, err));
    (void)weeg_stops(&s->pulse, s->scores->outputs);
    WEEG_TRY(weeg_pulse_status(&s->pulse, err));
    for (int32_t o = 0; o < s->scores->outputs; o++) {
      const double all = (double)s->strata[s->output_domain[o]], usable = (double)s->usable[s->output_domain[o]];
      if (rule == WEEG_LONELY_AVERAGE && usable < all) s->family[o] *= usable > 0 ? all / usable : NAN;
      s->variance[o] += s->family[o];
      s->family[o] = 0;
    }
  }
cleanup:
  weeg_plan_clear(&s->plan);
  return status;
}

static weeg_status linearised(const weeg_tally *tally, const weeg_design *design, const weeg_scores *scores,
                              const int32_t *domain_of, int32_t domains, const int32_t *output_domain, double *variance,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  state s = {.tally = tally, .design = design, .scores = scores, .domain_of = domain_of, .domains = domains,
             .output_domain = output_domain, .pulse.hooks = design->hooks};
  WEEG_TRY(allocate(&s, err));
  WEEG_TRY(weeg_scores_rounding(scores, tally, s.rounding, err));
  for (int32_t stage = 0; stage <= design->later; stage++) WEEG_TRY(add_stage(&s, stage, err));
  for (int32_t o = 0; o < scores->outputs; o++) variance[o] = s.variance[o] <= s.rounding[o] ? 0 : s.variance[o];
cleanup:
  clear(&s);
  return status;
}

weeg_status weeg_variance(const weeg_tally *tally, const weeg_design *design, const weeg_scores *scores,
                          const int32_t *domain_of, int32_t domains, const int32_t *output_domain, double *variance,
                          weeg_error *err) {
  if (scores->cells != tally->cells) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "scores and tally differ in cells");
  const weeg_status status =
      design->replicates != NULL    ? weeg_replicate_variance(tally, design, scores, variance, err)
      : design->calibration != NULL ? weeg_calibrated_variance(design, scores, variance, err)
                                    : linearised(tally, design, scores, domain_of, domains, output_domain, variance, err);
  if (status != WEEG_OK) return status;
  /* one that passes the largest number, as with sums of weights at the ends of their range, does not exist */
  for (int32_t o = 0; o < scores->outputs; o++) {
    if (isinf(variance[o])) variance[o] = NAN;
  }
  return WEEG_OK;
}

int64_t weeg_stratum_df(const weeg_design *design, int32_t h) {
  return design->stratum_psus[h] > 0 ? design->stratum_psus[h] - 1 : 0;
}

weeg_status weeg_design_df(const weeg_tally *tally, const weeg_design *design, const int32_t *domain_of,
                           int32_t domains, int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  plan p = {0};
  int32_t *psu = NULL, *stratum = NULL;
  if (design->replicates != NULL) return weeg_replicate_df(tally, design, domain_of, domains, df, err);
  WEEG_NEW(psu, domains);
  WEEG_NEW(stratum, domains);
  WEEG_TRY(weeg_plan_of_counts(&p, tally, design, 0, err));
  int64_t whole = 0;
  for (int32_t h = 0; h < design->strata; h++) whole += weeg_stratum_df(design, h);
  for (int32_t k = 0; k < domains; k++) df[k] = design->df == WEEG_DF_DESIGN ? whole : 0;
  for (int32_t h = 0; h < design->strata && design->df != WEEG_DF_DESIGN; h++) {
    for (int32_t place = p.stratum_start[h]; place < p.stratum_start[h + 1]; place++) {
      const int32_t u = p.order[place];
      for (int64_t i = p.unit_start[u]; i < p.unit_start[u + 1]; i++) {
        const int32_t k = domain_of[p.cell[i]];
        if (k < 0) continue;
        const bool first = stratum[k] != h + 1;
        stratum[k] = h + 1;
        if (design->df == WEEG_DF_STRATA) {
          if (first) df[k] += weeg_stratum_df(design, h);
          continue;
        }
        if (p.element) {
          df[k] += tally->n[i];
        } else if (psu[k] != u + 1) {
          psu[k] = u + 1;
          df[k]++;
        }
        df[k] -= first;
      }
    }
  }
cleanup:
  weeg_plan_clear(&p);
  weeg_free(psu);
  weeg_free(stratum);
  return status;
}
