/*
 * Log-linear models of a table of proportions, and Rao-Scott tests of nested ones (Rao and Scott 1984).
 *
 * Constants drop out of everything: the proportions of a model are softmax(X theta), and covariances are of centred columns.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "math/linear.h"
#include "stats/rao_scott.h"
#include "stats/table.h"
#include "variance/scores.h"
#include "weeg.h"

enum { MAX_ITERATIONS = 100, MAX_HALVINGS = 40, POLISHING_STEPS = 2 };
static const double PIVOT_TOLERANCE = 1e-14; /* of the information */
static const double SMALL_STEP = 1e-4;       /* of a log proportion; the next steps are of size 1e-8 and 1e-16 */

/* The observed table. */
typedef struct observed {
  table counted; /* its answers are the places */
  const weeg_loglinear_model *model;
  double *p;     /* [places] */
  pulse *pulse;
} observed;

static void clear_observed(observed *t) {
  weeg_i_table_clear(&t->counted);
  weeg_free(t->p);
}

static weeg_status check_model(const weeg_loglinear_model *m, weeg_error *err) {
  if (m->places < 2 || m->columns < 1 || m->columns >= m->places) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a log-linear model of %d cells cannot have %d columns", m->places,
                     m->columns);
  }
  if (m->places > WEEG_MODEL_SIZE) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table has %d cells, more than %d", m->places, WEEG_MODEL_SIZE);
  }
  return WEEG_OK;
}

/* p is all 0 where there are no rows. */
static weeg_status observe(observed *t, const weeg_tally *tally, const weeg_loglinear_model *model, pulse *beat,
                           weeg_error *err) {
  weeg_status status = WEEG_OK;
  *t = (observed){.model = model, .pulse = beat};
  WEEG_TRY(check_model(model, err));
  WEEG_TRY(weeg_i_table_make(&t->counted, tally, &(weeg_places){.answer = model->cell_place, .answers = model->places}, err));
  WEEG_NEW(t->p, model->places);
  for (int32_t i = 0; i < model->places && t->counted.total_n > 0; i++) t->p[i] = t->counted.w[i] / t->counted.total_w;
cleanup:
  return status;
}

/* ---- maximum likelihood ----------------------------------------------------------------------------------------- */

/* The model of the first columns of the table's. */
typedef struct fit {
  const observed *table;
  int32_t columns;
  double *theta, *next, *step, *mean; /* [columns]; mean: of the columns under pi */
  double *information;                /* [columns * columns]; after the fit its Cholesky factor */
  double *pi;                         /* [places] */
  double likelihood;                  /* sum p log pi */
  int32_t iterations;
  bool converged;
} fit;

static void fit_clear(fit *f) {
  weeg_free(f->theta);
  weeg_free(f->next);
  weeg_free(f->step);
  weeg_free(f->mean);
  weeg_free(f->information);
  weeg_free(f->pi);
}

static weeg_status fit_new(fit *f, const observed *t, int32_t columns, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *f = (fit){.table = t, .columns = columns};
  WEEG_NEW(f->theta, columns);
  WEEG_NEW(f->next, columns);
  WEEG_NEW(f->step, columns);
  WEEG_NEW(f->mean, columns);
  WEEG_NEW(f->information, (int64_t)columns * columns);
  WEEG_NEW(f->pi, t->model->places);
cleanup:
  return status;
}

/* Row i of the model matrix. */
static const double *row_of(const fit *f, int32_t i) {
  return f->table->model->x + (int64_t)i * f->table->model->columns;
}

static double product(const double *a, const double *b, int32_t size) {
  double sum = 0;
  for (int32_t j = 0; j < size; j++) sum += a[j] * b[j];
  return sum;
}

/* Fills f->pi from theta; gives the log-likelihood. */
static double evaluate(fit *f, const double *theta) {
  const int32_t places = f->table->model->places;
  double largest = -INFINITY, sum = 0, value = 0;
  for (int32_t i = 0; i < places; i++) {
    f->pi[i] = product(row_of(f, i), theta, f->columns);
    largest = fmax(largest, f->pi[i]);
  }
  for (int32_t i = 0; i < places; i++) {
    value += f->table->p[i] * (f->pi[i] - largest);
    f->pi[i] = exp(f->pi[i] - largest);
    sum += f->pi[i];
  }
  for (int32_t i = 0; i < places; i++) f->pi[i] /= sum;
  return value - log(sum);
}

/* f->mean and the lower triangle of f->information, X'(diag(pi) - pi pi')X. */
static void inform(fit *f) {
  const int32_t places = f->table->model->places, size = f->columns;
  memset(f->mean, 0, sizeof *f->mean * (size_t)size);
  memset(f->information, 0, sizeof *f->information * (size_t)size * (size_t)size);
  for (int32_t i = 0; i < places; i++) {
    for (int32_t j = 0; j < size; j++) f->mean[j] += f->pi[i] * row_of(f, i)[j];
  }
  for (int32_t i = 0; i < places; i++) {
    const double *x = row_of(f, i);
    if (weeg_i_stops(f->table->pulse, (int64_t)size * size)) return;
    for (int32_t j = 0; j < size; j++) {
      const double value = f->pi[i] * (x[j] - f->mean[j]);
      double *row = f->information + (int64_t)j * size;
      for (int32_t k = 0; k <= j; k++) row[k] += value * (x[k] - f->mean[k]);
    }
  }
}

/* Solves information * x = b in place, by its factor. */
static void solve(const fit *f, double *b) {
  weeg_i_forward_solve(f->information, f->columns, b);
  weeg_i_backward_solve(f->information, f->columns, b);
}

/* pi, factor of the information and Newton step at theta; false where the information is singular. */
static bool newton_step(fit *f) {
  const observed *t = f->table;
  f->likelihood = evaluate(f, f->theta);
  inform(f);
  if (!weeg_i_cholesky(f->information, f->columns, PIVOT_TOLERANCE, t->pulse)) return false;
  memset(f->step, 0, sizeof *f->step * (size_t)f->columns);
  for (int32_t i = 0; i < t->model->places; i++) {
    for (int32_t j = 0; j < f->columns; j++) f->step[j] += (t->p[i] - f->pi[i]) * row_of(f, i)[j];
  }
  solve(f, f->step);
  return true;
}

static bool is_small(const fit *f) {
  for (int32_t i = 0; i < f->table->model->places; i++) {
    if (!(fabs(product(row_of(f, i), f->step, f->columns)) <= SMALL_STEP)) return false;
  }
  return true;
}

/* Moves theta along the step, halved until the likelihood does not fall (by more than rounding). */
static bool line_search(fit *f) {
  double length = 1;
  for (int32_t halving = 0; halving < MAX_HALVINGS && !f->table->pulse->stopped; halving++, length /= 2) {
    for (int32_t j = 0; j < f->columns; j++) f->next[j] = f->theta[j] + length * f->step[j];
    if (evaluate(f, f->next) >= f->likelihood - 1e-13 * fabs(f->likelihood)) {
      memcpy(f->theta, f->next, sizeof *f->theta * (size_t)f->columns);
      return true;
    }
  }
  return false;
}

/*
 * Newton's method from equal proportions. Where there is no maximum (Haberman 1974: an empty margin of the model, or a
 * pattern of empty cells), the log proportions of some cells fall by about 1 in each step, until the information is singular:
 * steps never become small, and f->converged stays false.
 */
static void maximise(fit *f) {
  int32_t polishing = 0;
  for (f->iterations = 0; f->iterations < MAX_ITERATIONS; f->iterations++) {
    if (!newton_step(f)) return;
    if (polishing > POLISHING_STEPS) { /* pi and the information are those of the estimates */
      f->converged = true;
      return;
    }
    if (polishing > 0 || is_small(f)) {
      for (int32_t j = 0; j < f->columns; j++) f->theta[j] += f->step[j];
      polishing++;
    } else if (!line_search(f)) {
      return;
    }
  }
}

/* G^2 and X^2 of proportions p against pi, all pi > 0. */
static double likelihood_ratio(const observed *t, const double *p, const double *pi) {
  double sum = 0;
  for (int32_t i = 0; i < t->model->places; i++) {
    if (p[i] > 0) sum += p[i] * log(p[i] / pi[i]);
  }
  return 2 * (double)t->counted.total_n * fmax(0, sum);
}

static double pearson(const observed *t, const double *p, const double *pi) {
  double sum = 0;
  for (int32_t i = 0; i < t->model->places; i++) sum += (p[i] - pi[i]) * (p[i] - pi[i]) / pi[i];
  return (double)t->counted.total_n * sum;
}

/* Covariance [size * size] of w'p, w [places * size]. */
static weeg_status covariance_of(const observed *t, const weeg_design *design, const double *w, int32_t size,
                                 double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  double *mean = NULL;
  int64_t counted = 0;
  for (int32_t c = 0; c < t->counted.tally->cells; c++) counted += t->counted.use[c];
  WEEG_TRY(weeg_i_scores_new(&list, t->counted.tally->cells, size, counted * size, err));
  WEEG_TRY(weeg_i_scores_ratio(&list, 1, err));
  WEEG_TRY(weeg_i_scores_size(&list, err));
  WEEG_NEW(mean, size);
  for (int64_t i = 0; i < t->model->places; i++) {
    for (int32_t k = 0; k < size; k++) {
      mean[k] += t->p[i] * w[i * size + k];
      list.size[k] += 2 * t->p[i] * fabs(w[i * size + k]);
    }
  }
  for (int32_t c = 0; c < t->counted.tally->cells; c++) {
    list.cell_base[c] = t->counted.use[c] ? 0 : -1;
    for (int32_t k = 0; k < size && t->counted.use[c]; k++) {
      weeg_i_scores_add(&list, k, (w[(int64_t)t->model->cell_place[c] * size + k] - mean[k]) / t->counted.total_w);
    }
    weeg_i_scores_close(&list, c);
  }
  WEEG_TRY(weeg_covariance(&(weeg_survey){t->counted.tally, design}, &list.scores, t->counted.use, covariance, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(mean);
  return status;
}

/* w[places * (columns - base)]: X H^-1, without its first columns. Of a fit that converged. */
static weeg_status linearise(const fit *f, int32_t base, double *w, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t columns = f->columns, size = columns - base;
  double *row = NULL;
  WEEG_NEW(row, columns);
  for (int32_t i = 0; i < f->table->model->places; i++) {
    if (weeg_i_stops(f->table->pulse, 2 * (int64_t)columns * columns)) break;
    for (int32_t j = 0; j < columns; j++) row[j] = row_of(f, i)[j] - f->mean[j];
    solve(f, row);
    memcpy(w + (int64_t)i * size, row + base, sizeof *w * (size_t)size);
  }
  WEEG_TRY(weeg_i_pulse_status(f->table->pulse, err));
cleanup:
  weeg_free(row);
  return status;
}

weeg_status weeg_loglinear(const weeg_survey *survey, const weeg_loglinear_model *model, const weeg_fitted *to,
                           weeg_loglinear_fit *info, weeg_error *err) {
  weeg_status status = WEEG_OK;
  observed t = {0};
  pulse beat = {.hooks = survey->design->hooks};
  fit f = {0};
  double *w = NULL;
  const int32_t size = model->columns;
  weeg_loglinear_fit result = {.deviance = NAN, .chisq = NAN};
  WEEG_TRY(observe(&t, survey->tally, model, &beat, err));
  WEEG_TRY(fit_new(&f, &t, size, err));
  WEEG_TRY(weeg_i_test_df(survey, NULL, &result.df, err));
  result.n = t.counted.total_n;
  if (t.counted.total_n > 0) maximise(&f);
  WEEG_TRY(weeg_i_pulse_status(&beat, err));
  result.iterations = f.iterations;
  if (f.converged) {
    WEEG_NEW(w, (int64_t)model->places * size);
    WEEG_TRY(linearise(&f, 0, w, err));
    WEEG_TRY(covariance_of(&t, survey->design, w, size, to->covariance, err));
    memcpy(to->estimate, f.theta, sizeof *to->estimate * (size_t)size);
    result.deviance = likelihood_ratio(&t, t.p, f.pi);
    result.chisq = pearson(&t, t.p, f.pi);
  } else {
    result.reason = t.counted.total_n > 0 ? WEEG_REASON_NOT_FINITE : WEEG_REASON_EMPTY;
    for (int64_t k = 0; k < size; k++) to->estimate[k] = NAN;
    for (int64_t k = 0; k < (int64_t)size * size; k++) to->covariance[k] = NAN;
  }
  *info = result;
cleanup:
  clear_observed(&t);
  fit_clear(&f);
  weeg_free(w);
  return status;
}

/* ---- nested models ---------------------------------------------------------------------------------------------- */

/* w[places * size]: the columns after the first `base`, divided by p; 0 where p is. */
static void saturated_contrasts(const observed *t, int32_t base, double *w) {
  const weeg_loglinear_model *m = t->model;
  const int64_t size = m->columns - base;
  for (int64_t i = 0; i < m->places; i++) {
    for (int64_t k = 0; k < size; k++) w[i * size + k] = t->p[i] > 0 ? m->x[i * m->columns + base + k] / t->p[i] : 0;
  }
}

/*
 * w[places * size]: the same columns minus what the first ones explain, in the metric of the larger model's pi. `scratch` is
 * a fit of the first columns, whose pi, mean and information are overwritten; false where these are singular.
 */
static bool project_contrasts(const fit *larger, fit *scratch, double *w) {
  const observed *t = larger->table;
  const int32_t base = scratch->columns, size = larger->columns - base;
  memcpy(scratch->pi, larger->pi, sizeof *larger->pi * (size_t)t->model->places);
  inform(scratch);
  if (!weeg_i_cholesky(scratch->information, base, PIVOT_TOLERANCE, t->pulse)) return false;
  for (int32_t k = 0; k < size && !weeg_i_stops(t->pulse, 2 * (int64_t)t->model->places * base); k++) {
    memset(scratch->step, 0, sizeof *scratch->step * (size_t)base);
    for (int32_t i = 0; i < t->model->places; i++) {
      const double *x = row_of(larger, i);
      for (int32_t j = 0; j < base; j++) scratch->step[j] += larger->pi[i] * (x[j] - scratch->mean[j]) * x[base + k];
    }
    solve(scratch, scratch->step);
    for (int32_t i = 0; i < t->model->places; i++) {
      const double *x = row_of(larger, i);
      w[(int64_t)i * size + k] = x[base + k] - product(x, scratch->step, base);
    }
  }
  return true;
}

/* w'(diag(p) - pp')w / n, lower triangle; without pp' where not centred. */
static weeg_status simple_covariance(const observed *t, const double *w, int32_t size, bool centred, double *covariance,
                                     weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *mean = NULL;
  WEEG_NEW(mean, size);
  for (int64_t i = 0; i < t->model->places && centred; i++) {
    for (int32_t k = 0; k < size; k++) mean[k] += t->p[i] * w[i * size + k];
  }
  for (int64_t i = 0; i < t->model->places; i++) {
    const double *row = w + i * size;
    if (weeg_i_stops(t->pulse, (int64_t)size * size)) break;
    for (int64_t a = 0; a < size; a++) {
      const double value = t->p[i] / (double)t->counted.total_n * (row[a] - mean[a]);
      for (int64_t b = 0; b <= a; b++) covariance[a * size + b] += value * (row[b] - mean[b]);
    }
  }
cleanup:
  weeg_free(mean);
  return status;
}

/* Both models have been fitted. */
static weeg_status compare(const fit *larger, fit *smaller, const weeg_design *design, weeg_test_method method,
                           double deviance, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const observed *t = larger->table;
  const int32_t size = larger->columns - smaller->columns;
  const bool saturated = larger->columns == t->model->places - 1;
  const double statistic = method == WEEG_TEST_RAO_SCOTT_LR ? deviance : test->chisq;
  double *w = NULL, *numerator = NULL, *denominator = NULL;
  WEEG_NEW(w, (int64_t)t->model->places * size);
  WEEG_NEW(numerator, (int64_t)size * size);
  WEEG_NEW(denominator, (int64_t)size * size);
  if (saturated) {
    saturated_contrasts(t, smaller->columns, w);
  } else if (!project_contrasts(larger, smaller, w)) {
    test->reason = WEEG_REASON_SINGULAR;
    status = weeg_i_pulse_status(t->pulse, err);
    goto cleanup;
  }
  WEEG_TRY(weeg_i_pulse_status(t->pulse, err));
  WEEG_TRY(covariance_of(t, design, w, size, numerator, err));
  WEEG_TRY(simple_covariance(t, w, size, !saturated, denominator, err));
  WEEG_TRY(weeg_i_pulse_status(t->pulse, err));
  WEEG_TRY(weeg_i_test_rao_scott(method, design, statistic, numerator, denominator, size, test, err));
cleanup:
  weeg_free(w);
  weeg_free(numerator);
  weeg_free(denominator);
  return status;
}

/* Of the estimates that the smaller model has not. */
static weeg_status wald(const fit *larger, int32_t base, const weeg_design *design, bool adjusted, weeg_test *test,
                        weeg_error *err) {
  weeg_status status = WEEG_OK;
  const observed *t = larger->table;
  const int32_t size = larger->columns - base;
  double *w = NULL, *covariance = NULL, *estimate = NULL;
  WEEG_NEW(w, (int64_t)t->model->places * size);
  WEEG_NEW(covariance, (int64_t)size * size);
  WEEG_NEW(estimate, size);
  WEEG_TRY(linearise(larger, base, w, err));
  WEEG_TRY(covariance_of(t, design, w, size, covariance, err));
  memcpy(estimate, larger->theta + base, sizeof *estimate * (size_t)size);
  WEEG_TRY(weeg_i_test_wald(adjusted, design, estimate, covariance, size, test, err));
cleanup:
  weeg_free(w);
  weeg_free(covariance);
  weeg_free(estimate);
  return status;
}

/* The proportions of a saturated model are those observed, whether or not its estimates, if they are asked for, are finite. */
static void fit_or_copy(fit *f, bool estimates) {
  if (estimates || f->columns < f->table->model->places - 1) {
    maximise(f);
  } else {
    memcpy(f->pi, f->table->p, sizeof *f->pi * (size_t)f->table->model->places);
    f->converged = true;
  }
}

weeg_status weeg_loglinear_test(const weeg_survey *survey, const weeg_loglinear_model *model,
                                const weeg_loglinear_choice *choice, weeg_test *test, double *deviance,
                                weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_test_method method = choice->method;
  const int32_t base = choice->base;
  observed t = {0};
  pulse beat = {.hooks = survey->design->hooks};
  fit smaller = {0}, larger = {0};
  weeg_test result = weeg_i_test_none();
  double g2 = NAN;
  const bool adjusted = method == WEEG_TEST_ADJUSTED_WALD, by_estimates = adjusted || method == WEEG_TEST_WALD;
  if ((int)method < WEEG_TEST_RAO_SCOTT_F || method > WEEG_TEST_LINCOM) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 4, "method %d is not one for nested models", (int)method);
  }
  if (base < 1 || base >= model->columns) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 3, "the smaller model has %d of %d columns", base, model->columns);
  }
  WEEG_TRY(observe(&t, survey->tally, model, &beat, err));
  WEEG_TRY(fit_new(&smaller, &t, base, err));
  WEEG_TRY(fit_new(&larger, &t, model->columns, err));
  WEEG_TRY(weeg_i_test_df(survey, NULL, &result.df, err));
  result.n = t.counted.total_n;
  result.columns = model->places;
  if (t.counted.total_n > 0) {
    maximise(&smaller);
    fit_or_copy(&larger, by_estimates);
    WEEG_TRY(weeg_i_pulse_status(&beat, err));
  }
  if (smaller.converged && larger.converged) {
    result.chisq = pearson(&t, larger.pi, smaller.pi);
    g2 = likelihood_ratio(&t, larger.pi, smaller.pi);
    if (by_estimates) WEEG_TRY(wald(&larger, base, survey->design, adjusted, &result, err));
    else WEEG_TRY(compare(&larger, &smaller, survey->design, method, g2, &result, err));
  } else {
    result.reason = t.counted.total_n > 0 ? WEEG_REASON_NOT_FINITE : WEEG_REASON_EMPTY;
  }
  *test = weeg_i_test_finish(&result);
  *deviance = g2;
cleanup:
  clear_observed(&t);
  fit_clear(&smaller);
  fit_clear(&larger);
  return status;
}
