/* Variances by the design: from replicates, by residuals of a calibration, or Taylor's; and their degrees of freedom. */
#include <math.h>

#include "base/memory.h"
#include "variance/calibrate.h"
#include "variance/nest.h"
#include "variance/prepared.h"
#include "variance/replicates.h"
#include "variance/scores.h"
#include "variance/taylor.h"
#include "weeg.h"

/* Scores that any variance can be made of. */
static weeg_status check_scores(const weeg_survey *survey, const weeg_scores *scores, weeg_error *err) {
  const weeg_design *d = survey->design;
  if (scores->cells != survey->tally->cells) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "scores and tally differ in cells");
  if (scores->value != NULL && scores->deviations == NULL && (d->replicates != NULL || d->calibration != NULL)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "sums of values that are not of a measure have no variance by replicates or "
                     "with calibrated weights");
  }
  return WEEG_OK;
}

/* Of a calibration's residuals, some outputs at a time. All rows of the sample are one domain. */
static weeg_status calibrated_variance(const weeg_design *design, const weeg_scores *scores, double *variance,
                                       weeg_error *err) {
  if (scores->deviations != NULL) return weeg_i_measured_variance(design, scores, variance, err);
  weeg_status status = WEEG_OK;
  const weeg_tally *tally = design->calibration->tally;
  const int32_t most = weeg_i_residual_block(design->calibration);
  score_list list = {0};
  int32_t *zero = NULL; /* domain 0: all cells and all outputs */
  WEEG_NEW(zero, (int64_t)tally->cells + scores->outputs);
  for (int32_t from = 0, count; from < scores->outputs; from += count) {
    count = scores->outputs - from < most ? scores->outputs - from : most;
    weeg_i_scores_clear(&list);
    WEEG_TRY(weeg_i_residual_scores(design, scores, from, count, &list, err));
    const scored_sample x = {{tally, design}, &list.scores, {zero, 1, zero}};
    WEEG_TRY(weeg_i_taylor_variance(&x, variance + from, err));
  }
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(zero);
  return status;
}

weeg_status weeg_variance(const weeg_survey *survey, const weeg_scores *scores, const weeg_domains *domains,
                          double *variance, weeg_error *err) {
  const weeg_design *design = survey->design;
  const scored_sample x = {*survey, scores, *domains};
  weeg_status status = check_scores(survey, scores, err);
  if (status != WEEG_OK) return status;
  status = design->replicates != NULL    ? weeg_i_replicate_variance(survey, scores, variance, err)
           : design->calibration != NULL ? calibrated_variance(design, scores, variance, err)
                                         : weeg_i_taylor_variance(&x, variance, err);
  if (status != WEEG_OK) return status;
  /* one that passes the largest number, as with sums of weights at the ends of their range, does not exist */
  for (int32_t o = 0; o < scores->outputs; o++) {
    if (isinf(variance[o])) variance[o] = NAN;
  }
  return WEEG_OK;
}

/* Largest number of outputs with a full covariance matrix: 132 MiB, and as much again under two rules for single-PSU strata. */
enum { MAX_OUTPUTS = 4160 };

weeg_status weeg_covariance(const weeg_survey *survey, const weeg_scores *scores, const uint8_t *use,
                            double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *tally = survey->tally;
  const weeg_design *design = survey->design;
  score_list residuals = {0};
  int32_t *domain_of = NULL, *output_domain = NULL; /* one domain: 0 */
  WEEG_TRY(check_scores(survey, scores, err));
  if (scores->outputs > MAX_OUTPUTS) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "a covariance matrix of %d estimates is too large (at most %d)",
                     scores->outputs, MAX_OUTPUTS);
  }
  if (design->replicates != NULL) return weeg_i_replicate_covariance(survey, scores, covariance, err);
  if (design->calibration != NULL && scores->deviations != NULL) {
    return weeg_i_measured_covariance(design, scores, covariance, err);
  }
  const weeg_tally *own = design->calibration == NULL ? tally : design->calibration->tally;
  WEEG_NEW(domain_of, own->cells);
  WEEG_NEW(output_domain, scores->outputs);
  if (design->calibration != NULL) { /* as above */
    WEEG_TRY(weeg_i_residual_scores(design, scores, 0, scores->outputs, &residuals, err));
  } else {
    for (int32_t c = 0; c < tally->cells; c++) domain_of[c] = use[c] ? 0 : -1;
  }
  const scored_sample x = {
      {own, design}, design->calibration == NULL ? scores : &residuals.scores, {domain_of, 1, output_domain}};
  WEEG_TRY(weeg_i_taylor_covariance(&x, covariance, err));
cleanup:
  weeg_i_scores_clear(&residuals);
  weeg_free(domain_of);
  weeg_free(output_domain);
  return status;
}

static weeg_status df_by_bits(const weeg_tally *tally, const int32_t *domain_of, int32_t domains, int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const prepared_psus *p = tally->prepared->psus;
  uint64_t *bits = NULL;
  WEEG_NEW(bits, (int64_t)domains * p->words);
  weeg_i_join_bits(tally, domain_of, bits);
  for (int32_t k = 0; k < domains; k++) df[k] = weeg_i_df_of_bits(p, bits + (int64_t)k * p->words);
cleanup:
  weeg_free(bits);
  return status;
}

weeg_status weeg_design_df(const weeg_survey *survey, const int32_t *domain_of, int32_t domains, int64_t *df,
                           weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_design *design = survey->design;
  nest p = {0};
  int32_t *psu = NULL, *stratum = NULL;
  if (design->given_df > 0) {
    for (int32_t k = 0; k < domains; k++) df[k] = 0;
    for (int64_t i = 0; i < survey->tally->entries; i++) {
      const int32_t k = domain_of[survey->tally->cell[i]];
      if (k >= 0 && survey->tally->n[i] > 0) df[k] = design->given_df;
    }
    return WEEG_OK;
  }
  if (design->replicates != NULL) return weeg_i_replicate_df(survey, domain_of, domains, df, err);
  if (weeg_i_has_bits(survey->tally) && design->df != WEEG_DF_STRATA && design->df != WEEG_DF_DESIGN) {
    return df_by_bits(survey->tally, domain_of, domains, df, err);
  }
  WEEG_NEW(psu, domains);
  WEEG_NEW(stratum, domains);
  WEEG_TRY(weeg_i_nest_of_counts(&p, survey, 0, err));
  int64_t whole = 0;
  for (int32_t h = 0; h < design->strata; h++) whole += weeg_i_stratum_df(design, h);
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
          if (first) df[k] += weeg_i_stratum_df(design, h);
          continue;
        }
        if (p.element) {
          df[k] += survey->tally->n[i];
        } else if (psu[k] != u + 1) {
          psu[k] = u + 1;
          df[k]++;
        }
        df[k] -= first;
      }
    }
  }
cleanup:
  weeg_i_nest_clear(&p);
  weeg_free(psu);
  weeg_free(stratum);
  return status;
}
