/*
 * Association of group and outcome given a third variable: generalised Cochran-Mantel-Haenszel tests with the design's
 * covariance. "Layers" are the levels of the third variable, because strata are those of the design.
 */
#include <math.h>
#include <stdint.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/vector.h"
#include "math/linear.h"
#include "stats/effective.h"
#include "stats/independence_exact.h"
#include "stats/rao_scott.h"
#include "stats/table.h"
#include "tally/places.h"
#include "variance/alone.h"
#include "variance/scores.h"
#include "weeg.h"

/*
 * A margin of the table and what is compared of it: its scores, or an indicator of each level with data but one. That is the
 * one with the most weight: the indicators of two levels that together have nearly all of it would be nearly collinear. Where
 * residuals of several data sets are pooled, it is the first one, which is the same in all.
 */
typedef struct margin {
  int32_t levels, scores;
  int exponent;          /* scores are the given ones over 2^exponent */
  double *score;         /* [levels * scores] */
  double *deviation;     /* [layers * levels * scores] score minus its weighted mean in the layer */
} margin;

typedef struct layers {
  table t;                   /* of its cells, those with rows are used */
  const weeg_places *places;
  int32_t count, outputs;
  margin group, outcome;
  double *share;             /* [count] of all weight */
  bool trend;                /* of all rows, both margins having scores */
  bool first;                /* indicators of all levels but the first */
  pulse *pulse;
} layers;

static void clear_layers(layers *x) {
  weeg_i_table_clear(&x->t);
  weeg_free(x->group.score);
  weeg_free(x->group.deviation);
  weeg_free(x->outcome.score);
  weeg_free(x->outcome.deviation);
  weeg_free(x->share);
}

static weeg_status make_layers(layers *x, const weeg_tally *tally, const weeg_places *places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  x->places = places;
  x->count = weeg_i_layers(places);
  WEEG_TRY(weeg_i_table_make(&x->t, tally, places, err));
  WEEG_NEW(x->share, x->count);
  x->group.levels = x->t.groups;
  x->outcome.levels = x->t.answers;
  for (int32_t c = 0; c < tally->cells; c++) {
    if (x->t.use[c]) x->share[weeg_i_layer_of(places, c)] += x->t.cell_w[c];
    x->t.use[c] = x->t.use[c] && x->t.cell_n[c] > 0;
  }
  for (int32_t s = 0; s < x->count; s++) x->share[s] /= x->t.total_w;
cleanup:
  return status;
}

/* A cell's level in a margin. */
static int32_t level_of(const layers *x, const margin *m, int32_t cell) {
  return m == &x->group ? x->t.group[cell] : x->t.place[cell] % x->t.answers;
}

/* Given scores of levels with weight, times a power of two that keeps their squares in range: no test depends on it. */
static void scale_scores(const double *given, const double *w, margin *m) {
  double most = 0;
  for (int32_t k = 0; k < m->levels; k++) {
    if (w[k] > 0) most = fmax(most, fabs(given[k]));
  }
  if (isfinite(most)) (void)frexp(most, &m->exponent);
  for (int32_t k = 0; k < m->levels; k++) m->score[k] = w[k] > 0 ? ldexp(given[k], -m->exponent) : 0;
}

static weeg_status make_scores(const layers *x, margin *m, const double *given, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *w = NULL;
  int32_t used = 0, left_out = 0, column = 0;
  WEEG_NEW(w, m->levels);
  for (int32_t c = 0; c < x->t.tally->cells; c++) {
    if (x->t.use[c]) w[level_of(x, m, c)] += x->t.cell_w[c];
  }
  for (int32_t k = 0; k < m->levels; k++) {
    used += w[k] > 0;
    if (x->first ? used == 1 && w[k] > 0 : w[k] > w[left_out]) left_out = k;
  }
  m->scores = used < 2 ? 0 : given != NULL ? 1 : used - 1;
  WEEG_NEW(m->score, (int64_t)m->levels * m->scores);
  if (given != NULL && m->scores > 0) scale_scores(given, w, m);
  for (int64_t k = 0; k < m->levels && m->scores > 0 && given == NULL; k++) {
    if (w[k] > 0 && k != left_out) m->score[k * m->scores + column++] = 1;
  }
cleanup:
  weeg_free(w);
  return status;
}

/* Shares of the levels in the weight of each layer: [count * levels] */
static weeg_status layer_shares(const layers *x, const margin *m, double **share, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(*share, (int64_t)x->count * m->levels);
  for (int32_t c = 0; c < x->t.tally->cells; c++) {
    const int64_t s = weeg_i_layer_of(x->places, c);
    if (x->t.use[c]) (*share)[s * m->levels + level_of(x, m, c)] += x->t.cell_w[c] / (x->share[s] * x->t.total_w);
  }
cleanup:
  return status;
}

/* to[size] += p (a - b) */
WEEG_CLONED static void add_difference(double *to, const double *a, const double *b, int64_t size, double p) {
  WEEG_VECTORISED
  for (int64_t k = 0; k < size; k++) to[k] += p * (a[k] - b[k]);
}

/*
 * Deviations as sums of differences of scores, which keep their digits where one level has nearly all the weight of a layer;
 * a score minus the mean would not.
 */
static weeg_status deviate_scores(const layers *x, margin *m, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *share = NULL;
  const int64_t levels = m->levels, q = m->scores;
  WEEG_TRY(layer_shares(x, m, &share, err));
  WEEG_NEW(m->deviation, x->count * levels * q);
  for (int64_t s = 0; s < x->count; s++) {
    for (int64_t other = 0; other < levels; other++) {
      const double p = share[s * levels + other];
      for (int64_t k = 0; k < levels && p > 0 && !weeg_i_stops(x->pulse, q); k++) {
        add_difference(m->deviation + (s * levels + k) * q, m->score + k * q, m->score + other * q, q, p);
      }
    }
  }
cleanup:
  weeg_free(share);
  return status;
}

/* Score a of a cell's level minus its mean in the cell's layer */
static double centred(const layers *x, const margin *m, int32_t cell, int64_t a) {
  return m->deviation[((int64_t)weeg_i_layer_of(x->places, cell) * m->levels + level_of(x, m, cell)) * m->scores + a];
}

/*
 * residual = sum over rows of w (u - mean u)(v - mean v) / sum w, means within layers, u and v the scores of group and
 * outcome: observed minus expected, added over layers. The influence of a row is its own term: the means contribute
 * multiples of sums of deviations, which are 0 (as in score_residuals of test.c).
 */
static weeg_status score_association(const layers *x, score_list *list, double *residual, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t counted = 0;
  for (int32_t c = 0; c < x->t.tally->cells; c++) counted += x->t.use[c];
  WEEG_TRY(weeg_i_scores_new(list, x->t.tally->cells, x->outputs, counted * x->outputs, err));
  for (int32_t c = 0; c < x->t.tally->cells; c++) {
    for (int32_t o = 0; o < x->outputs && x->t.use[c]; o++) {
      const double term = centred(x, &x->group, c, o / x->outcome.scores) * centred(x, &x->outcome, c, o % x->outcome.scores);
      residual[o] += x->t.cell_w[c] / x->t.total_w * term;
      weeg_i_scores_add(list, o, term / x->t.total_w);
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

/* covariance[size * size] += weight * u u' */
WEEG_CLONED static void add_square(double *covariance, int64_t size, const double *u, double weight) {
  for (int64_t a = 0; a < size; a++) {
    const double value = weight * u[a];
    double *row = covariance + a * size;
    WEEG_VECTORISED
    for (int64_t b = 0; b < size; b++) row[b] += value * u[b];
  }
}

/* Covariances of the scores of a margin within each layer: [count * scores * scores] */
static weeg_status layer_covariances(const layers *x, const margin *m, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *share = NULL; /* [count * levels] of the weight of the layer */
  const int64_t q = m->scores, places = (int64_t)x->count * m->levels;
  WEEG_TRY(layer_shares(x, m, &share, err));
  for (int64_t i = 0; i < places; i++) {
    if (!(share[i] > 0) || weeg_i_stops(x->pulse, q * q)) continue;
    add_square(covariance + i / m->levels * q * q, q, m->deviation + i * q, share[i]);
  }
cleanup:
  weeg_free(share);
  return status;
}

/*
 * Covariance of the residuals under simple random sampling and independence within layers, weighted proportions scaled to
 * n rows: 1/n sum_s share_s Cov_s(u) x Cov_s(v), the generalised Mantel-Haenszel covariance (Landis, Heyman and Koch 1978)
 * with n_s in place of n_s - 1.
 */
static weeg_status simple_covariance(const layers *x, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *u = NULL, *v = NULL;
  const int64_t qu = x->group.scores, qv = x->outcome.scores, size = x->outputs;
  WEEG_NEW(u, x->count * qu * qu);
  WEEG_NEW(v, x->count * qv * qv);
  WEEG_TRY(layer_covariances(x, &x->group, u, err));
  WEEG_TRY(layer_covariances(x, &x->outcome, v, err));
  for (int64_t s = 0; s < x->count; s++) {
    for (int64_t a = 0; a < size && !weeg_i_stops(x->pulse, size); a++) {
      for (int64_t b = 0; b < size; b++) {
        covariance[a * size + b] += x->share[s] / (double)x->t.total_n * u[(s * qu + a / qv) * qu + b / qv] *
                                    v[(s * qv + a % qv) * qv + b % qv];
      }
    }
  }
cleanup:
  weeg_free(u);
  weeg_free(v);
  return status;
}

/* chisq = residual' simple^-1 residual; false when simple is singular */
static weeg_status mantel_haenszel(const layers *x, const double *residual, const double *simple, double *chisq,
                                   weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *factor = NULL, *solved = NULL;
  const int32_t size = x->outputs;
  WEEG_NEW(factor, (int64_t)size * size);
  WEEG_NEW(solved, size);
  for (int64_t k = 0; k < (int64_t)size * size; k++) factor[k] = simple[k];
  for (int32_t k = 0; k < size; k++) solved[k] = residual[k];
  if (weeg_i_cholesky(factor, size, WEEG_SINGULAR, x->pulse)) {
    weeg_i_forward_solve(factor, size, solved);
    *chisq = 0;
    for (int32_t k = 0; k < size; k++) *chisq += solved[k] * solved[k];
  }
cleanup:
  weeg_free(factor);
  weeg_free(solved);
  return status;
}

/* Residuals of the scores as they were given: their scale is that of other data sets. */
static void give_residuals(const layers *x, double **residual, double **covariance, weeg_test_residuals *to) {
  const int exponent = x->group.exponent + x->outcome.exponent;
  for (int32_t k = 0; k < x->outputs; k++) (*residual)[k] = ldexp((*residual)[k], exponent);
  for (int64_t k = 0; k < (int64_t)x->outputs * x->outputs; k++) (*covariance)[k] = ldexp((*covariance)[k], 2 * exponent);
  to->size = x->outputs;
  to->estimate = *residual;
  to->covariance = *covariance;
  *residual = *covariance = NULL;
}

/* to: NULL, or takes the residuals, which then are not tested. */
static weeg_status test_layers(const layers *x, const weeg_design *design, weeg_test_method method, weeg_test *test,
                               weeg_test_residuals *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  double *residual = NULL, *covariance = NULL, *simple = NULL;
  const int64_t size = x->outputs;
  WEEG_NEW(residual, size);
  WEEG_NEW(covariance, size * size);
  WEEG_NEW(simple, size * size);
  WEEG_TRY(score_association(x, &list, residual, err));
  WEEG_TRY(weeg_covariance(&(weeg_survey){x->t.tally, design}, &list.scores, x->t.use, covariance, err));
  WEEG_TRY(simple_covariance(x, simple, err));
  WEEG_TRY(mantel_haenszel(x, residual, simple, &test->chisq, err));
  WEEG_TRY(weeg_i_pulse_status(x->pulse, err));
  if (to != NULL) {
    give_residuals(x, &residual, &covariance, to);
  } else if (x->trend && weeg_i_is_effective(design) && simple[0] > 0) { /* by the law of few PSUs: independence_exact.h */
    const weeg_survey survey = {x->t.tally, design};
    const double scaled = covariance[0] / (simple[0] * (double)test->n);
    const exact_table of = {&survey, &x->t, NULL, NULL, &scaled, x->group.deviation, x->outcome.deviation, 1, 1};
    WEEG_TRY(weeg_i_test_exact(&of, test, err));
  } else if (method == WEEG_TEST_WALD || method == WEEG_TEST_ADJUSTED_WALD) {
    WEEG_TRY(weeg_i_test_wald(method == WEEG_TEST_ADJUSTED_WALD, design, residual, covariance, x->outputs, test, err));
  } else {
    WEEG_TRY(weeg_i_test_rao_scott(method, design, test->chisq, covariance, simple, x->outputs, test, err));
  }
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(residual);
  weeg_free(covariance);
  weeg_free(simple);
  return status;
}

static weeg_status associate(const weeg_survey *survey, const weeg_places *places, const weeg_test_choice *choice,
                             weeg_test *test, weeg_test_residuals *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_test result = weeg_i_test_none();
  pulse beat = {.hooks = survey->design->hooks};
  layers x = {.pulse = &beat, .first = to != NULL};
  bool alone = false;
  if (choice->method == WEEG_TEST_RAO_SCOTT_LR) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "method %d is not a test given a third variable", (int)choice->method);
  }
  WEEG_TRY(weeg_i_check_method(choice->method, WEEG_TEST_LINCOM, err));
  WEEG_TRY(make_layers(&x, survey->tally, places, err));
  WEEG_TRY(make_scores(&x, &x.group, choice->group_score, err));
  WEEG_TRY(make_scores(&x, &x.outcome, choice->answer_score, err));
  if (choice->group_score == NULL && choice->answer_score == NULL) {
    WEEG_TRY(weeg_i_table_alone(survey, places, &alone, err));
  }
  WEEG_TRY(weeg_i_test_factored(x.group.scores + 1, x.outcome.scores + 1, (int64_t)x.group.scores * x.outcome.scores, err));
  x.outputs = x.group.scores * x.outcome.scores;
  x.trend = choice->group_score != NULL && choice->answer_score != NULL && x.count == 1;
  WEEG_TRY(weeg_i_test_df(survey, NULL, &result.df, err));
  result.n = x.t.total_n;
  result.rows = x.group.scores + 1;
  result.columns = x.outcome.scores + 1;
  if (result.n == 0) {
    result.reason = WEEG_REASON_EMPTY;
  } else if (x.outputs == 0) {
    result.reason = WEEG_REASON_ONE_LEVEL;
  } else if (alone) {
    result.reason = WEEG_REASON_NO_VARIANCE;
  } else {
    WEEG_TRY(deviate_scores(&x, &x.group, err));
    WEEG_TRY(deviate_scores(&x, &x.outcome, err));
    WEEG_TRY(test_layers(&x, survey->design, choice->method, &result, to, err));
  }
  *test = weeg_i_test_finish(&result);
cleanup:
  clear_layers(&x);
  return status;
}

weeg_status weeg_test_given(const weeg_survey *survey, const weeg_places *places, const weeg_test_choice *choice,
                            weeg_test *test, weeg_error *err) {
  return associate(survey, places, choice, test, NULL, err);
}

weeg_status weeg_given_residuals(const weeg_survey *survey, const weeg_places *places, const weeg_test_choice *choice,
                                 weeg_test_residuals *to, weeg_error *err) {
  weeg_test_residuals found = {0};
  const weeg_status status = associate(survey, places, choice, &found.test, &found, err);
  if (status == WEEG_OK) *to = found;
  return status;
}
