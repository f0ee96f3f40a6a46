/* Marginal standardisation: what the answers would be if all groups had the covariates of all rows. */
#include <math.h>

#include "base/memory.h"
#include "stats/logistic.h"

/*
 * estimate[groups]; own[groups * patterns]: F(eta) of a pattern moved to the group, minus the estimate;
 * direction[groups * size]: the derivative of the estimate, solved by the information.
 */
static void standardise(const fit *f, int32_t groups, double *estimate, double *own, double *direction) {
  const weeg_model *m = f->model;
  const int32_t others = m->patterns / groups;
  for (int32_t g = 0; g < groups; g++) {
    double *slope = direction + (int64_t)g * f->size, *mine = own + (int64_t)g * m->patterns;
    estimate[g] = 0;
    for (int32_t a = 0; a < others && !weeg_i_stops(f->pulse, 64 + 4 * (int64_t)groups); a++) {
      double share = 0;
      for (int32_t h = 0; h < groups; h++) {
        const double *from = f->share + ((int64_t)h * others + a) * m->levels;
        share += from[0] + from[1];
      }
      const int32_t moved = g * others + a;
      const double logit = weeg_i_predictor(f, f->theta, moved) - f->theta[f->slopes], mean = weeg_i_inverse_logit(logit);
      const double change = share * mean * weeg_i_inverse_logit(-logit);
      estimate[g] += share * mean;
      for (int32_t h = 0; h < groups; h++) mine[h * others + a] = mean;
      for (int64_t i = m->start[moved]; i < m->start[moved + 1]; i++) {
        if (f->place[m->column[i]] >= 0) slope[f->place[m->column[i]]] += change;
      }
      slope[f->slopes] -= change;
    }
    for (int32_t p = 0; p < m->patterns; p++) mine[p] -= estimate[g];
    weeg_i_fit_solve(f, slope);
  }
}

/* A column of the groups that depends on those of the covariates; covariates that depend on each other do no harm. */
static bool is_confounded(const fit *f, int32_t groups) {
  for (int32_t j = f->model->columns - groups + 1; j < f->model->columns; j++) {
    if (f->place[j] < 0) return true;
  }
  return false;
}

/* No covariance of a group without a variance of its own. */
static weeg_status withhold(const fit *f, const weeg_survey *survey, int32_t groups, double *covariance,
                            weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_model *m = f->model;
  int32_t *domain_of = NULL;
  uint8_t *has = NULL;
  WEEG_NEW(domain_of, survey->tally->cells);
  WEEG_NEW(has, groups);
  for (int32_t c = 0; c < survey->tally->cells; c++)
    domain_of[c] = weeg_i_is_modelled(m, c) ? m->cell_pattern[c] / (m->patterns / groups) : -1;
  WEEG_TRY(weeg_own_variance(survey, domain_of, groups, has, err));
  for (int64_t g = 0; g < groups; g++) {
    for (int64_t h = 0; h < groups && !has[g]; h++) covariance[g * groups + h] = covariance[h * groups + g] = NAN;
  }
cleanup:
  weeg_free(domain_of);
  weeg_free(has);
  return status;
}

weeg_status weeg_predictive_margins(const weeg_survey *survey, const weeg_model *model, int32_t groups,
                                    const weeg_fitted *to, weeg_fit *info, weeg_error *err) {
  weeg_status status = WEEG_OK;
  fit f = {0};
  pulse beat = {.hooks = survey->design->hooks};
  double *own = NULL, *direction = NULL;
  if (model->levels != 2 || groups < 1 || model->columns < groups - 1 || model->patterns % groups != 0) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "standardisation needs two levels, and patterns by group");
  }
  WEEG_TRY(weeg_i_fit_make(&f, survey->tally, model, &beat, err));
  if (is_confounded(&f, groups)) {
    for (int64_t i = 0; i < groups; i++) to->estimate[i] = NAN;
    for (int64_t i = 0; i < (int64_t)groups * groups; i++) to->covariance[i] = NAN;
  } else {
    WEEG_TRY(weeg_i_fit_maximise(&f, err));
    WEEG_NEW(own, (int64_t)groups * model->patterns);
    WEEG_NEW(direction, (int64_t)groups * f.size);
    standardise(&f, groups, to->estimate, own, direction);
    WEEG_TRY(weeg_i_pulse_status(&beat, err));
    WEEG_TRY(weeg_i_fit_linearised(&f, survey, groups, own, direction, to->covariance, err));
    WEEG_TRY(withhold(&f, survey, groups, to->covariance, err));
  }
  WEEG_TRY(weeg_i_fit_describe(&f, survey, info, err));
cleanup:
  weeg_i_fit_clear(&f);
  weeg_free(own);
  weeg_free(direction);
  return status;
}
