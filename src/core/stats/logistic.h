/* A logistic model while it is fitted, and what is made of it. Internal to the core. */
#ifndef WEEG_LOGISTIC_H
#define WEEG_LOGISTIC_H

#include "base/interrupt.h"
#include "stats/effective_scores.h"
#include "weeg.h"

typedef struct fit {
  const weeg_model *model;
  int32_t slopes, cuts, size; /* parameters: slopes of the columns that are not aliased, then cuts */
  int32_t *place;             /* [columns] its parameter, -1 when aliased */
  double *share;              /* [patterns * levels] of the total weight */
  int64_t *n;                 /* [patterns] rows */
  double total;               /* weight */
  int64_t rows;
  double *theta, *next, *step, *gradient; /* [size] */
  double *information;                    /* [size * size], of shares; after the fit its Cholesky factor */
  double *cross;                          /* [cuts] */
  double likelihood, null_likelihood;     /* mean log-likelihood */
  int32_t iterations;
  pulse *pulse;
} fit;

/* Room, data and rank; starts without covariates. Cleared by weeg_i_fit_clear, in any case. */
weeg_status weeg_i_fit_make(fit *f, const weeg_tally *tally, const weeg_model *model, pulse *beat, weeg_error *err);
void weeg_i_fit_clear(fit *f);

/* The estimates. WEEG_ERR_NUMERIC: there are none, where = the parameter in which that shows. */
weeg_status weeg_i_fit_maximise(fit *f, weeg_error *err);

bool weeg_i_is_modelled(const weeg_model *m, int32_t cell);
double weeg_i_inverse_logit(double x);
double weeg_i_predictor(const fit *f, const double *theta, int32_t pattern);

/* The probability of a level in a pattern. */
double weeg_i_fit_probability(const fit *f, int32_t pattern, int32_t level);

/* direction' times the derivative of the log-likelihood of one row of a pattern with a level. */
double weeg_i_row_score(const fit *f, const double *direction, int32_t pattern, int32_t level);

/* Solves information * x = b in place, by its factor. */
void weeg_i_fit_solve(const fit *f, double *b);

/*
 * Covariance [outputs * outputs] of outputs with scores (own[output * patterns + pattern] + direction' derivative) / total,
 * own may be NULL, directions [outputs * size].
 */
weeg_status weeg_i_fit_linearised(const fit *f, const weeg_survey *survey, int32_t outputs, const double *own,
                                  const double *directions, double *covariance, weeg_error *err);

weeg_status weeg_i_fit_describe(const fit *f, const weeg_survey *survey, weeg_fit *info, weeg_error *err);

/* ---- few PSUs: logistic_report.c ---- */

/* What the law of few PSUs needs of a fit: of patterns and levels. */
typedef struct scored_fit {
  scored_table table;
  double *p;          /* [patterns * levels] of the model */
  double *derivative; /* [size][patterns * levels] of a row's log-likelihood by each parameter */
  double *score;      /* [parameters][patterns * levels] */
  double *lever;      /* [parameters][patterns] */
} scored_fit;

/*
 * With room for `extra` parameters before those of the fit, of which the scores are filled: inverse[size * size] of the
 * information times the derivatives.
 */
weeg_status weeg_i_scored_fit_make(scored_fit *x, const fit *f, const weeg_survey *survey, int32_t extra, const double *inverse,
                                   weeg_error *err);
void weeg_i_scored_fit_clear(scored_fit *x);

/*
 * The lever of score `of` for the parameters of the fit: minus the expectation of its derivative, which is that of its product
 * with the derivative of the log-likelihood.
 */
void weeg_i_scored_fit_lever(scored_fit *x, const fit *f, int32_t extra, int32_t of);

#endif
