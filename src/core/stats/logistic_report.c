/* Estimates of logistic models as callers have them, and their laws in samples of few PSUs, by the scores of rows. */
#include <math.h>

#include "base/memory.h"
#include "stats/logistic.h"

void weeg_i_scored_fit_clear(scored_fit *x) {
  weeg_i_scored_table_clear(&x->table);
  weeg_free(x->p);
  weeg_free(x->derivative);
  weeg_free(x->score);
  weeg_free(x->lever);
}

weeg_status weeg_i_scored_fit_make(scored_fit *x, const fit *f, const weeg_survey *survey, int32_t extra, const double *inverse,
                                   weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_model *m = f->model;
  const weeg_places places = {m->cell_pattern, m->patterns, m->cell_level, m->levels, NULL, 0};
  const int64_t cells = (int64_t)m->patterns * m->levels, all = extra + f->size;
  double *one = NULL;
  WEEG_TRY(weeg_i_scored_table_make(&x->table, survey, &places, err));
  WEEG_NEW(x->p, cells);
  WEEG_NEW(x->derivative, f->size * cells);
  WEEG_NEW(x->score, all * cells);
  WEEG_NEW(x->lever, all * m->patterns);
  WEEG_NEW(one, f->size);
  for (int32_t p = 0; p < m->patterns; p++) {
    for (int32_t k = 0; k < m->levels; k++) x->p[(int64_t)p * m->levels + k] = weeg_i_fit_probability(f, p, k);
  }
  for (int32_t a = 0; a < f->size; a++) {
    one[a] = 1;
    for (int64_t i = 0; i < cells; i++) {
      const int32_t p = (int32_t)(i / m->levels), k = (int32_t)(i % m->levels);
      x->derivative[a * cells + i] = weeg_i_row_score(f, one, p, k);
      x->score[(extra + a) * cells + i] = weeg_i_row_score(f, inverse + (int64_t)a * f->size, p, k);
    }
    one[a] = 0;
  }
cleanup:
  weeg_free(one);
  return status;
}

void weeg_i_scored_fit_lever(scored_fit *x, const fit *f, int32_t extra, int32_t of) {
  const int64_t levels = f->model->levels, patterns = f->model->patterns, cells = patterns * levels;
  const double *score = x->score + of * cells;
  for (int32_t a = 0; a < f->size; a++) {
    for (int64_t p = 0; p < patterns; p++) {
      double sum = 0;
      for (int64_t i = p * levels; i < (p + 1) * levels; i++) sum += x->p[i] * score[i] * x->derivative[a * cells + i];
      x->lever[(extra + a) * patterns + p] = sum;
    }
  }
}

/* The laws of all parameters of the fit, as they are numbered there, in designs that ask for them; covariance is theirs. */
static weeg_status find_laws(const fit *f, const weeg_survey *survey, const double *inverse, const double *covariance,
                             const weeg_fitted *to, weeg_few *few, weeg_error *err) {
  weeg_status status = WEEG_OK;
  scored_fit x = {.p = NULL};
  if (to->few == NULL || !weeg_i_is_effective(survey->design) || f->size > WEEG_MOST_PARAMETERS) return WEEG_OK;
  WEEG_TRY(weeg_i_scored_fit_make(&x, f, survey, 0, inverse, err));
  const int64_t steps = 100 * (int64_t)x.table.psus * f->size * f->size;
  for (int32_t a = 0; a < f->size && !weeg_i_stops(f->pulse, steps); a++) {
    const effective_scores of = {f->size, a, x.p, x.score, x.lever};
    const double statistic = f->theta[a] / sqrt(covariance[(int64_t)a * f->size + a]);
    weeg_i_scored_fit_lever(&x, f, 0, a);
    WEEG_TRY(weeg_i_effective_few(&x.table, &of, to->level, statistic, &few[a], err));
  }
  WEEG_TRY(weeg_i_pulse_status(f->pulse, err));
cleanup:
  weeg_i_scored_fit_clear(&x);
  return status;
}

/* Puts the fit's parameters where the caller has them: aliased columns NaN; with two levels the intercept -cut. */
static void spread(const fit *f, const double *found, const weeg_few *few, const weeg_fitted *to) {
  const int64_t columns = f->model->columns, size = columns + f->cuts;
  for (int64_t i = 0; i < size; i++) {
    const int64_t a = i < columns ? f->place[i] : f->slopes + i - columns;
    const double sign_a = i == columns && f->cuts == 1 ? -1 : 1;
    to->estimate[i] = a < 0 ? NAN : sign_a * f->theta[a];
    if (to->few != NULL) to->few[i] = a < 0 ? (weeg_few){.quantile = 0} : few[a];
    for (int64_t k = 0; k < size; k++) {
      const int64_t b = k < columns ? f->place[k] : f->slopes + k - columns;
      const double sign_b = k == columns && f->cuts == 1 ? -1 : 1;
      to->covariance[i * size + k] = a < 0 || b < 0 ? NAN : sign_a * sign_b * found[a * f->size + b];
    }
  }
}

weeg_status weeg_logistic(const weeg_survey *survey, const weeg_model *model, const weeg_fitted *to, weeg_fit *info,
                          weeg_error *err) {
  weeg_status status = WEEG_OK;
  fit f = {0};
  pulse beat = {.hooks = survey->design->hooks};
  double *inverse = NULL, *found = NULL;
  weeg_few *few = NULL;
  WEEG_TRY(weeg_i_fit_make(&f, survey->tally, model, &beat, err));
  WEEG_TRY(weeg_i_fit_maximise(&f, err));
  WEEG_NEW(inverse, (int64_t)f.size * f.size);
  WEEG_NEW(found, (int64_t)f.size * f.size);
  for (int64_t i = 0; i < f.size; i++) {
    inverse[i * f.size + i] = 1;
    weeg_i_fit_solve(&f, inverse + i * f.size);
  }
  WEEG_TRY(weeg_i_fit_linearised(&f, survey, f.size, NULL, inverse, found, err));
  WEEG_NEW(few, f.size);
  WEEG_TRY(find_laws(&f, survey, inverse, found, to, few, err));
  WEEG_TRY(weeg_i_fit_describe(&f, survey, info, err));
  spread(&f, found, few, to);
cleanup:
  weeg_i_fit_clear(&f);
  weeg_free(few);
  weeg_free(inverse);
  weeg_free(found);
  return status;
}
