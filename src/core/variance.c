/* Taylor variances of many outputs at once: the diagonal only, so that thousands of cells stay cheap. */
#include <math.h>

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
  const int32_t *domain_of, *output_domain;
  int32_t domains;
  plan plan;
  double *sum;        /* [outputs] sum of z over the stratum */
  double *z;          /* [outputs] z of the PSU at hand */
  double *squares;    /* [outputs] sum of squared deviations over the stratum's PSUs */
  int64_t *seen;      /* [outputs] PSUs (rows when element) of the stratum with a score of their own */
  int32_t *touched;   /* [outputs] outputs with seen > 0 in the stratum, in order of appearance */
  int32_t *of_psu;    /* [outputs] likewise for the PSU at hand */
  int64_t *stamp;     /* [outputs] last PSU that touched the output */
  bool *is_touched;   /* [outputs] */
  int32_t *present;   /* [domains] last stratum + 1 with rows of the domain */
  int64_t *strata;    /* [domains] strata with rows of the domain */
  int64_t *usable;    /* [domains] those that are not lonely */
  double *centre;     /* [outputs] mean score over the PSUs of the domain's strata: for WEEG_LONELY_ADJUST */
  double *variance;   /* [outputs] */
} state;

static weeg_status allocate(state *s, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t outputs = s->scores->outputs;
  WEEG_NEW(s->sum, outputs);
  WEEG_NEW(s->z, outputs);
  WEEG_NEW(s->squares, outputs);
  WEEG_NEW(s->seen, outputs);
  WEEG_NEW(s->touched, outputs);
  WEEG_NEW(s->of_psu, outputs);
  WEEG_NEW(s->stamp, outputs);
  WEEG_NEW(s->is_touched, outputs);
  WEEG_NEW(s->present, s->domains);
  WEEG_NEW(s->strata, s->domains);
  WEEG_NEW(s->usable, s->domains);
  WEEG_NEW(s->centre, outputs);
  WEEG_NEW(s->variance, outputs);
cleanup:
  return status;
}

static void clear(state *s) {
  weeg_plan_clear(&s->plan);
  weeg_free(s->sum);
  weeg_free(s->z);
  weeg_free(s->squares);
  weeg_free(s->seen);
  weeg_free(s->touched);
  weeg_free(s->of_psu);
  weeg_free(s->stamp);
  weeg_free(s->is_touched);
  weeg_free(s->present);
  weeg_free(s->strata);
  weeg_free(s->usable);
  weeg_free(s->centre);
  weeg_free(s->variance);
}

/* What two rules for lonely PSUs need beforehand: the strata that each domain has rows in, and the mean score. */
static weeg_status survey_domains(state *s, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_design *d = s->design;
  int64_t *psus = NULL;
  WEEG_NEW(psus, s->domains);
  for (int32_t h = 0; h < d->strata; h++) {
    for (int32_t place = s->plan.stratum_start[h]; place < s->plan.stratum_start[h + 1]; place++) {
      const int32_t u = s->plan.order[place];
      for (int64_t i = s->plan.unit_start[u]; i < s->plan.unit_start[u + 1]; i++) {
        const int32_t cell = s->tally->cell[i], domain = s->domain_of[cell];
        if (domain < 0) continue;
        if (s->present[domain] != h + 1) {
          s->present[domain] = h + 1;
          s->strata[domain]++;
          s->usable[domain] += d->stratum_psus[h] > 1 || weeg_is_certainty(d, h);
          psus[domain] += d->stratum_psus[h];
        }
        const double w = s->plan.w[i];
        for (int64_t k = s->scores->start[cell]; k < s->scores->start[cell + 1]; k++) {
          s->centre[s->scores->index[k]] += w * s->scores->coef[k];
        }
      }
    }
  }
  for (int32_t o = 0; o < s->scores->outputs; o++) {
    const int64_t count = psus[s->output_domain[o]];
    s->centre[o] = count > 0 ? s->centre[o] / (double)count : 0;
  }
  for (int32_t k = 0; k < s->domains; k++) s->present[k] = 0;
cleanup:
  weeg_free(psus);
  return status;
}

static void touch(state *s, int32_t output, int32_t *count) {
  if (s->is_touched[output]) return;
  s->is_touched[output] = true;
  s->touched[(*count)++] = output;
}

/* Sums of scores over the stratum; returns how many outputs it touches. */
static int32_t sum_stratum(state *s, int32_t h) {
  int32_t count = 0;
  for (int32_t place = s->plan.stratum_start[h]; place < s->plan.stratum_start[h + 1]; place++) {
    const int32_t u = s->plan.order[place];
    for (int64_t i = s->plan.unit_start[u]; i < s->plan.unit_start[u + 1]; i++) {
      const int32_t cell = s->tally->cell[i];
      if (s->domain_of[cell] >= 0) s->present[s->domain_of[cell]] = h + 1;
      const double w = s->plan.w[i];
      for (int64_t k = s->scores->start[cell]; k < s->scores->start[cell + 1]; k++) {
        touch(s, s->scores->index[k], &count);
        s->sum[s->scores->index[k]] += w * s->scores->coef[k];
      }
    }
  }
  return count;
}

/* Squared deviations of PSU scores from the stratum mean. */
static void deviate_psus(state *s, int32_t h, double n_h) {
  for (int32_t place = s->plan.stratum_start[h]; place < s->plan.stratum_start[h + 1]; place++) {
    const int32_t u = s->plan.order[place];
    int32_t count = 0;
    for (int64_t i = s->plan.unit_start[u]; i < s->plan.unit_start[u + 1]; i++) {
      const int32_t cell = s->tally->cell[i];
      const double w = s->plan.w[i];
      for (int64_t k = s->scores->start[cell]; k < s->scores->start[cell + 1]; k++) {
        const int32_t o = s->scores->index[k];
        if (s->stamp[o] != (int64_t)u + 1) {
          s->stamp[o] = (int64_t)u + 1;
          s->z[o] = 0;
          s->of_psu[count++] = o;
        }
        s->z[o] += w * s->scores->coef[k];
      }
    }
    for (int32_t j = 0; j < count; j++) {
      const int32_t o = s->of_psu[j];
      const double deviation = s->z[o] - s->sum[o] / n_h;
      s->squares[o] += deviation * deviation;
      s->seen[o]++;
    }
  }
}

/* The same where each row is a PSU: rows of a cell differ only in weight, so their moments suffice. */
static void deviate_rows(state *s, int32_t h, double n_h) {
  const weeg_tally *t = s->tally;
  for (int64_t i = s->plan.unit_start[h]; i < s->plan.unit_start[h + 1]; i++) {
    const int32_t cell = t->cell[i];
    const double n = (double)t->n[i], mean = s->plan.w[i] / n;
    const double within = weeg_sum_deviations(t->w[i], t->w2[i], t->n[i], t->scale);
    for (int64_t k = s->scores->start[cell]; k < s->scores->start[cell + 1]; k++) {
      const int32_t o = s->scores->index[k];
      const double a = s->scores->coef[k], deviation = mean * a - s->sum[o] / n_h;
      s->squares[o] += n * deviation * deviation + within * a * a;
      s->seen[o] += t->n[i];
    }
  }
}

/* A stratum with one PSU, by the rule. */
static weeg_status add_lonely(state *s, int32_t h, weeg_error *err) {
  const double left = weeg_sampling_left(s->design, h);
  for (int32_t o = 0; o < s->scores->outputs; o++) {
    if (s->present[s->output_domain[o]] != h + 1) continue;
    if (s->design->lonely == WEEG_LONELY_FAIL) {
      return weeg_fail(err, WEEG_ERR_LONELY_PSU, h, "stratum %d has only one PSU", h + 1);
    }
    if (s->design->lonely == WEEG_LONELY_ADJUST) {
      const double deviation = s->sum[o] - s->centre[o];
      s->variance[o] += left * deviation * deviation;
    }
  }
  return WEEG_OK;
}

static weeg_status add_stratum(state *s, int32_t h, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t psus = s->design->stratum_psus[h];
  const int32_t count = sum_stratum(s, h);
  if (weeg_is_certainty(s->design, h)) {
    /* nothing to add */
  } else if (psus <= 1) {
    status = add_lonely(s, h, err);
  } else {
    const double n_h = (double)psus, scale = weeg_sampling_left(s->design, h) * n_h / (n_h - 1);
    if (s->tally->element) {
      deviate_rows(s, h, n_h);
    } else {
      deviate_psus(s, h, n_h);
    }
    for (int32_t j = 0; j < count; j++) {
      const int32_t o = s->touched[j];
      const double mean = s->sum[o] / n_h;
      s->variance[o] += scale * (s->squares[o] + (double)(psus - s->seen[o]) * mean * mean);
    }
  }
  for (int32_t j = 0; j < count; j++) {
    const int32_t o = s->touched[j];
    s->sum[o] = s->squares[o] = 0;
    s->seen[o] = 0;
    s->is_touched[o] = false;
  }
  return status;
}

weeg_status weeg_variance(const weeg_tally *tally, const weeg_design *design, const weeg_scores *scores,
                          const int32_t *domain_of, int32_t domains, const int32_t *output_domain, double *variance,
                          weeg_error *err) {
  weeg_status status = WEEG_OK;
  state s = {.tally = tally, .design = design, .scores = scores, .domain_of = domain_of, .domains = domains,
             .output_domain = output_domain};
  if (scores->cells != tally->cells) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "scores and tally differ in cells");
  if (design->replicates != NULL) return weeg_replicate_variance(tally, design->replicates, scores, variance, err);
  if (design->calibration != NULL) return weeg_calibrated_variance(design, scores, variance, err);
  WEEG_TRY(allocate(&s, err));
  WEEG_TRY(weeg_plan_make(&s.plan, tally, design, err));
  if (design->lonely == WEEG_LONELY_ADJUST || design->lonely == WEEG_LONELY_AVERAGE) WEEG_TRY(survey_domains(&s, err));
  for (int32_t h = 0; h < design->strata; h++) WEEG_TRY(add_stratum(&s, h, err));
  for (int32_t o = 0; o < scores->outputs; o++) {
    const int32_t k = output_domain[o];
    const double all = (double)s.strata[k], usable = (double)s.usable[k];
    variance[o] = s.variance[o];
    if (design->lonely == WEEG_LONELY_AVERAGE && usable < all) variance[o] *= usable > 0 ? all / usable : NAN;
  }
cleanup:
  clear(&s);
  return status;
}

weeg_status weeg_design_df(const weeg_tally *tally, const weeg_design *design, const int32_t *domain_of,
                           int32_t domains, int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  plan p = {0};
  int32_t *psu = NULL, *stratum = NULL;
  if (design->replicates != NULL) return weeg_replicate_df(tally, design, domain_of, domains, df, err);
  WEEG_NEW(psu, domains);
  WEEG_NEW(stratum, domains);
  WEEG_TRY(weeg_plan_make(&p, tally, design, err));
  for (int32_t k = 0; k < domains; k++) df[k] = 0;
  for (int32_t h = 0; h < design->strata; h++) {
    for (int32_t place = p.stratum_start[h]; place < p.stratum_start[h + 1]; place++) {
      const int32_t u = p.order[place];
      for (int64_t i = p.unit_start[u]; i < p.unit_start[u + 1]; i++) {
        const int32_t k = domain_of[tally->cell[i]];
        if (k < 0) continue;
        if (tally->element) {
          df[k] += tally->n[i];
        } else if (psu[k] != u + 1) {
          psu[k] = u + 1;
          df[k]++;
        }
        if (stratum[k] != h + 1) {
          stratum[k] = h + 1;
          df[k]--;
        }
      }
    }
  }
cleanup:
  weeg_plan_clear(&p);
  weeg_free(psu);
  weeg_free(stratum);
  return status;
}
