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
#include "stats/rao_scott.h"
#include "variance/alone.h"
#include "variance/scores.h"
#include "weeg.h"

/*
 * A margin of the table and what is compared of it: its scores, or an indicator of each level with data but one. That is the
 * one with the most weight: the indicators of two levels that together have nearly all of it would be nearly collinear.
 */
typedef struct margin {
  const int32_t *place;  /* [tally->cells] level, -1 missing */
  int32_t levels, scores;
  double *score;         /* [levels * scores] */
  double *deviation;     /* [layers * levels * scores] score minus its weighted mean in the layer */
} margin;

typedef struct layers {
  const weeg_tally *tally;
  const int32_t *cell_layer;
  int32_t count, outputs;
  margin group, outcome;
  uint8_t *use;      /* [tally->cells] all three known */
  double *w;         /* [tally->cells] */
  double *share;     /* [count] of all weight */
  double total;
  int64_t n;
  pulse *pulse;
} layers;

static void clear_layers(layers *t) {
  weeg_free(t->group.score);
  weeg_free(t->group.deviation);
  weeg_free(t->outcome.score);
  weeg_free(t->outcome.deviation);
  weeg_free(t->use);
  weeg_free(t->w);
  weeg_free(t->share);
}

static weeg_status sum_layers(layers *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *n = NULL;
  WEEG_NEW(n, t->tally->cells);
  WEEG_NEW(t->use, t->tally->cells);
  WEEG_NEW(t->w, t->tally->cells);
  WEEG_NEW(t->share, t->count);
  WEEG_TRY(weeg_tally_totals(t->tally, n, t->w, err));
  for (int32_t c = 0; c < t->tally->cells; c++) {
    const int32_t g = t->group.place[c], l = t->outcome.place[c], s = t->cell_layer[c];
    if (g >= t->group.levels || l >= t->outcome.levels || s >= t->count) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, c, "cell %d is placed outside the table", c + 1);
      goto cleanup;
    }
    if (g < 0 || l < 0 || s < 0) continue;
    t->use[c] = n[c] > 0;
    t->n += n[c];
    t->share[s] += t->w[c];
    t->total += t->w[c];
  }
  for (int32_t s = 0; s < t->count; s++) t->share[s] /= t->total;
cleanup:
  weeg_free(n);
  return status;
}

static weeg_status make_scores(const layers *t, margin *m, const double *given, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *w = NULL;
  int32_t used = 0, heaviest = 0, column = 0;
  WEEG_NEW(w, m->levels);
  for (int32_t c = 0; c < t->tally->cells; c++) {
    if (t->use[c]) w[m->place[c]] += t->w[c];
  }
  for (int32_t k = 0; k < m->levels; k++) {
    used += w[k] > 0;
    if (w[k] > w[heaviest]) heaviest = k;
  }
  m->scores = used < 2 ? 0 : given != NULL ? 1 : used - 1;
  WEEG_NEW(m->score, (int64_t)m->levels * m->scores);
  for (int64_t k = 0; k < m->levels && m->scores > 0; k++) {
    if (given != NULL) m->score[k] = given[k];
    else if (w[k] > 0 && k != heaviest) m->score[k * m->scores + column++] = 1;
  }
cleanup:
  weeg_free(w);
  return status;
}

/* Shares of the levels in the weight of each layer: [count * levels] */
static weeg_status layer_shares(const layers *t, const margin *m, double **share, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(*share, (int64_t)t->count * m->levels);
  for (int32_t c = 0; c < t->tally->cells; c++) {
    const int64_t s = t->cell_layer[c];
    if (t->use[c]) (*share)[s * m->levels + m->place[c]] += t->w[c] / (t->share[s] * t->total);
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
static weeg_status deviate_scores(const layers *t, margin *m, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *share = NULL;
  const int64_t levels = m->levels, q = m->scores;
  WEEG_TRY(layer_shares(t, m, &share, err));
  WEEG_NEW(m->deviation, t->count * levels * q);
  for (int64_t s = 0; s < t->count; s++) {
    for (int64_t other = 0; other < levels; other++) {
      const double p = share[s * levels + other];
      for (int64_t k = 0; k < levels && p > 0 && !weeg_i_stops(t->pulse, q); k++) {
        add_difference(m->deviation + (s * levels + k) * q, m->score + k * q, m->score + other * q, q, p);
      }
    }
  }
cleanup:
  weeg_free(share);
  return status;
}

/* Score a of a cell's level minus its mean in the cell's layer */
static double centred(const layers *t, const margin *m, int32_t cell, int64_t a) {
  return m->deviation[((int64_t)t->cell_layer[cell] * m->levels + m->place[cell]) * m->scores + a];
}

/*
 * residual = sum over rows of w (u - mean u)(v - mean v) / sum w, means within layers, u and v the scores of group and
 * outcome: observed minus expected, added over layers. The influence of a row is its own term: the means contribute
 * multiples of sums of deviations, which are 0 (as in score_residuals of test.c).
 */
static weeg_status score_association(const layers *t, score_list *list, double *residual, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t counted = 0;
  for (int32_t c = 0; c < t->tally->cells; c++) counted += t->use[c];
  WEEG_TRY(weeg_i_scores_new(list, t->tally->cells, t->outputs, counted * t->outputs, err));
  for (int32_t c = 0; c < t->tally->cells; c++) {
    for (int32_t o = 0; o < t->outputs && t->use[c]; o++) {
      const double term = centred(t, &t->group, c, o / t->outcome.scores) * centred(t, &t->outcome, c, o % t->outcome.scores);
      residual[o] += t->w[c] / t->total * term;
      weeg_i_scores_add(list, o, term / t->total);
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

/* covariance[size * size] += weight * x x' */
WEEG_CLONED static void add_square(double *covariance, int64_t size, const double *x, double weight) {
  for (int64_t a = 0; a < size; a++) {
    const double value = weight * x[a];
    double *row = covariance + a * size;
    WEEG_VECTORISED
    for (int64_t b = 0; b < size; b++) row[b] += value * x[b];
  }
}

/* Covariances of the scores of a margin within each layer: [count * scores * scores] */
static weeg_status layer_covariances(const layers *t, const margin *m, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *share = NULL; /* [count * levels] of the weight of the layer */
  const int64_t q = m->scores, places = (int64_t)t->count * m->levels;
  WEEG_TRY(layer_shares(t, m, &share, err));
  for (int64_t i = 0; i < places; i++) {
    if (!(share[i] > 0) || weeg_i_stops(t->pulse, q * q)) continue;
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
static weeg_status simple_covariance(const layers *t, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *u = NULL, *v = NULL;
  const int64_t qu = t->group.scores, qv = t->outcome.scores, size = t->outputs;
  WEEG_NEW(u, t->count * qu * qu);
  WEEG_NEW(v, t->count * qv * qv);
  WEEG_TRY(layer_covariances(t, &t->group, u, err));
  WEEG_TRY(layer_covariances(t, &t->outcome, v, err));
  for (int64_t s = 0; s < t->count; s++) {
    for (int64_t a = 0; a < size && !weeg_i_stops(t->pulse, size); a++) {
      for (int64_t b = 0; b < size; b++) {
        covariance[a * size + b] += t->share[s] / (double)t->n * u[(s * qu + a / qv) * qu + b / qv] *
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
static weeg_status mantel_haenszel(const layers *t, const double *residual, const double *simple, double *chisq,
                                   weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *factor = NULL, *solved = NULL;
  const int32_t size = t->outputs;
  WEEG_NEW(factor, (int64_t)size * size);
  WEEG_NEW(solved, size);
  for (int64_t k = 0; k < (int64_t)size * size; k++) factor[k] = simple[k];
  for (int32_t k = 0; k < size; k++) solved[k] = residual[k];
  if (weeg_i_cholesky(factor, size, WEEG_SINGULAR, t->pulse)) {
    weeg_i_forward_solve(factor, size, solved);
    *chisq = 0;
    for (int32_t k = 0; k < size; k++) *chisq += solved[k] * solved[k];
  }
cleanup:
  weeg_free(factor);
  weeg_free(solved);
  return status;
}

static weeg_status test_layers(const layers *t, const weeg_design *design, weeg_test_method method, weeg_test *test,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  double *residual = NULL, *covariance = NULL, *simple = NULL;
  const int64_t size = t->outputs;
  WEEG_NEW(residual, size);
  WEEG_NEW(covariance, size * size);
  WEEG_NEW(simple, size * size);
  WEEG_TRY(score_association(t, &list, residual, err));
  WEEG_TRY(weeg_covariance(t->tally, design, &list.scores, t->use, covariance, err));
  WEEG_TRY(simple_covariance(t, simple, err));
  WEEG_TRY(mantel_haenszel(t, residual, simple, &test->chisq, err));
  WEEG_TRY(weeg_i_pulse_status(t->pulse, err));
  if (method == WEEG_TEST_WALD || method == WEEG_TEST_ADJUSTED_WALD) {
    WEEG_TRY(weeg_i_test_wald(method == WEEG_TEST_ADJUSTED_WALD, design, residual, covariance, t->outputs, test, err));
  } else {
    WEEG_TRY(weeg_i_test_rao_scott(method, design, test->chisq, covariance, simple, t->outputs, test, err));
  }
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(residual);
  weeg_free(covariance);
  weeg_free(simple);
  return status;
}

weeg_status weeg_test_given(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_layer,
                            int32_t count, const int32_t *cell_group, int32_t groups, const double *group_score,
                            const int32_t *cell_level, int32_t levels, const double *level_score,
                            weeg_test_method method, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_test result = weeg_i_test_none();
  pulse beat = {.hooks = design->hooks};
  layers t = {.tally = tally, .cell_layer = cell_layer, .count = count, .group = {.place = cell_group, .levels = groups},
              .outcome = {.place = cell_level, .levels = levels}, .pulse = &beat};
  if ((int)method < WEEG_TEST_RAO_SCOTT_F || method > WEEG_TEST_LINCOM || method == WEEG_TEST_RAO_SCOTT_LR) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 10, "method %d is not a test given a third variable", (int)method);
  }
  WEEG_TRY(sum_layers(&t, err));
  WEEG_TRY(make_scores(&t, &t.group, group_score, err));
  WEEG_TRY(make_scores(&t, &t.outcome, level_score, err));
  bool alone = false;
  if (group_score == NULL && level_score == NULL) {
    WEEG_TRY(weeg_i_table_alone(tally, design, t.use, cell_group, groups, cell_level, levels, &alone, err));
  }
  WEEG_TRY(weeg_i_test_factored(t.group.scores + 1, t.outcome.scores + 1, (int64_t)t.group.scores * t.outcome.scores, err));
  t.outputs = t.group.scores * t.outcome.scores;
  WEEG_TRY(weeg_i_test_df(tally, design, NULL, &result.df, err));
  result.n = t.n;
  result.rows = t.group.scores + 1;
  result.columns = t.outcome.scores + 1;
  if (t.n == 0) {
    result.reason = WEEG_REASON_EMPTY;
  } else if (t.outputs == 0) {
    result.reason = WEEG_REASON_ONE_LEVEL;
  } else if (alone) {
    result.reason = WEEG_REASON_NO_VARIANCE;
  } else {
    WEEG_TRY(deviate_scores(&t, &t.group, err));
    WEEG_TRY(deviate_scores(&t, &t.outcome, err));
    WEEG_TRY(test_layers(&t, design, method, &result, err));
  }
  *test = weeg_i_test_finish(&result);
cleanup:
  clear_layers(&t);
  return status;
}
