/*
 * Logistic regression on the cells of a tally: binary, and proportional odds for ordered answers (McCullagh 1980), by
 * pseudo maximum likelihood (Binder 1983).
 *
 * One model serves both: P(Y <= k) = F(cut_k - eta), F the logistic function, eta = x'beta. With two levels that is binary
 * logistic regression with the intercept -cut. The log-likelihood is concave in (beta, cuts) (Pratt 1981).
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "math/linear.h"
#include "stats/logistic.h"
#include "stats/table.h"
#include "variance/scores.h"
#include "weeg.h"

enum { MAX_ITERATIONS = 100, MAX_HALVINGS = 40, POLISHING_STEPS = 2, MAX_PROJECTIONS = 10000 };
static const double RANK_TOLERANCE = 1e-9;   /* of a pivot against its diagonal; the matrix holds counts */
static const double PIVOT_TOLERANCE = 1e-14; /* of the information */
static const double SLACK = 1e-7;            /* of a direction that separates; slacks start from 1 */
static const double SMALL_STEP = 1e-4;       /* on the logit scale; the next steps are of size 1e-8 and 1e-16 */
static const double REACH = 3;               /* of a step, on the logit scale */

/* Derivatives of log(F(a) - F(b)), a and b the cut points around a level minus eta. */
typedef struct derivatives {
  double value;     /* log(F(a) - F(b)) = log F(a) + log F(-b) + log(1 - exp(b - a)) */
  double eta, a, b; /* first; 0 for a = Inf or b = -Inf */
  double va, vb;    /* F(a) F(-a), F(b) F(-b): minus the second derivative by eta is their sum */
  double between;   /* second derivative by a and b */
} derivatives;

double weeg_i_inverse_logit(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }

static double log_logistic(double x) { return x >= 0 ? -log1p(exp(-x)) : x - log1p(exp(x)); }

static derivatives derive(double eta, const double *cut, int32_t level, int32_t cuts) {
  derivatives d = {0};
  const double a = level < cuts ? cut[level] - eta : INFINITY, b = level > 0 ? cut[level - 1] - eta : -INFINITY;
  if (level < cuts) {
    const double above = weeg_i_inverse_logit(-a);
    d.value += log_logistic(a);
    d.va = weeg_i_inverse_logit(a) * above;
    d.a = above;
    d.eta -= above;
  }
  if (level > 0) {
    const double below = weeg_i_inverse_logit(b);
    d.value += log_logistic(-b);
    d.vb = below * weeg_i_inverse_logit(-b);
    d.b = -below;
    d.eta += below;
  }
  if (level < cuts && level > 0) {
    const double gap = cut[level] - cut[level - 1];
    d.value += log(-expm1(-gap));
    d.a += 1 / expm1(gap);
    d.b -= 1 / expm1(gap);
    const double half = 2 * sinh(gap / 2);
    d.between = 1 / (half * half);
  }
  return d;
}

/* ---- preparation ------------------------------------------------------------------------------------------------ */

static weeg_status check_model(const weeg_tally *tally, const weeg_model *m, weeg_error *err) {
  if (m->levels < 2) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the outcome has fewer than two levels");
  if ((int64_t)m->columns + m->levels > WEEG_MODEL_SIZE) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the model has more than %d parameters", WEEG_MODEL_SIZE);
  }
  for (int32_t c = 0; c < tally->cells; c++) {
    if (m->cell_pattern[c] >= m->patterns || m->cell_level[c] >= m->levels) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, c, "cell %d is placed outside the model", c + 1);
    }
  }
  for (int64_t i = 0; i < m->start[m->patterns]; i++) {
    if (m->column[i] < 0 || m->column[i] >= m->columns) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "a pattern has column %d of %d", m->column[i] + 1, m->columns);
    }
  }
  return WEEG_OK;
}

bool weeg_i_is_modelled(const weeg_model *m, int32_t cell) {
  return m->cell_pattern[cell] >= 0 && m->cell_level[cell] >= 0;
}

/* Rows and shares of weight per pattern and level. */
static weeg_status gather(fit *f, const weeg_tally *tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_model *m = f->model;
  const weeg_places at = {m->cell_pattern, m->patterns, m->cell_level, m->levels, NULL, 0};
  table t = {0};
  WEEG_TRY(weeg_i_table_make(&t, tally, &at, err));
  f->rows = t.total_n;
  f->total = t.exact_w;
  memcpy(f->n, t.group_n, (size_t)t.groups * sizeof *f->n);
  for (int32_t i = 0; i < t.places; i++) f->share[i] = t.w[i] / t.exact_w;
cleanup:
  weeg_i_table_clear(&t);
  return status;
}

/* Of what takes a step for each pair of a pattern's columns. */
static int64_t pattern_steps(const weeg_model *m, int32_t pattern) {
  const int64_t columns = m->start[pattern + 1] - m->start[pattern];
  return 1 + columns * columns;
}

/*
 * Which columns are linear combinations of the intercept and the columns before them, in the patterns with rows: a
 * Cholesky factorisation of X'X that skips them.
 */
static weeg_status find_rank(fit *f, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_model *m = f->model;
  const int64_t size = (int64_t)m->columns + 1;
  double *gram = NULL;
  WEEG_NEW(gram, size * size);
  for (int32_t p = 0; p < m->patterns && !weeg_i_stops(f->pulse, pattern_steps(m, p)); p++) {
    if (f->n[p] == 0) continue;
    gram[0] += 1;
    for (int64_t i = m->start[p]; i < m->start[p + 1]; i++) {
      const int64_t row = m->column[i] + 1;
      gram[row * size] += 1;
      for (int64_t k = m->start[p]; k < m->start[p + 1]; k++) {
        if (m->column[k] < row) gram[row * size + m->column[k] + 1] += 1;
      }
    }
  }
  for (int64_t j = 0; j < size; j++) { /* columns of the factor; those skipped become 0 */
    const double diagonal = gram[j * size + j];
    double pivot = diagonal;
    for (int64_t k = 0; k < j; k++) pivot -= gram[j * size + k] * gram[j * size + k];
    const bool aliased = !(pivot > RANK_TOLERANCE * diagonal);
    gram[j * size + j] = aliased ? 0 : sqrt(pivot);
    for (int64_t i = j + 1; i < size && !weeg_i_stops(f->pulse, j); i++) {
      double value = aliased ? 0 : gram[i * size + j];
      for (int64_t k = 0; k < j && !aliased; k++) value -= gram[i * size + k] * gram[j * size + k];
      gram[i * size + j] = aliased ? 0 : value / gram[j * size + j];
    }
    if (j > 0) f->place[j - 1] = aliased ? -1 : f->slopes++;
  }
  WEEG_TRY(weeg_i_pulse_status(f->pulse, err));
cleanup:
  weeg_free(gram);
  return status;
}

void weeg_i_fit_clear(fit *f) {
  weeg_free(f->place);
  weeg_free(f->share);
  weeg_free(f->n);
  weeg_free(f->theta);
  weeg_free(f->next);
  weeg_free(f->step);
  weeg_free(f->gradient);
  weeg_free(f->information);
  weeg_free(f->cross);
}

/* Room, data and rank; starts without covariates, where the cuts are logits of the cumulative shares. */
weeg_status weeg_i_fit_make(fit *f, const weeg_tally *tally, const weeg_model *model, pulse *beat, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *f = (fit){.model = model, .cuts = model->levels - 1, .pulse = beat};
  WEEG_TRY(check_model(tally, model, err));
  WEEG_NEW(f->place, model->columns);
  WEEG_NEW(f->share, (int64_t)model->patterns * model->levels);
  WEEG_NEW(f->n, model->patterns);
  WEEG_TRY(gather(f, tally, err));
  WEEG_TRY(find_rank(f, err));
  f->size = f->slopes + f->cuts;
  WEEG_NEW(f->theta, f->size);
  WEEG_NEW(f->next, f->size);
  WEEG_NEW(f->step, f->size);
  WEEG_NEW(f->gradient, f->size);
  WEEG_NEW(f->information, (int64_t)f->size * f->size);
  WEEG_NEW(f->cross, f->cuts);
  double below = 0;
  for (int32_t k = 0; k <= f->cuts; k++) {
    double level = 0, above = 0;
    for (int32_t p = 0; p < model->patterns; p++) {
      const double *share = f->share + (int64_t)p * model->levels;
      level += share[k];
      for (int32_t l = k + 1; l < model->levels; l++) above += share[l];
    }
    if (!(level > 0)) {
      WEEG_TRY(weeg_fail(err, WEEG_ERR_ARGUMENT, k, "level %d of the outcome has no observations whose weights count", k + 1));
    }
    below += level;
    if (k < f->cuts) f->theta[f->slopes + k] = log(below / above);
  }
cleanup:
  return status;
}

/* ---- Newton's method -------------------------------------------------------------------------------------------- */

double weeg_i_predictor(const fit *f, const double *theta, int32_t pattern) {
  const weeg_model *m = f->model;
  double eta = 0;
  for (int64_t i = m->start[pattern]; i < m->start[pattern + 1]; i++) {
    if (f->place[m->column[i]] >= 0) eta += theta[f->place[m->column[i]]];
  }
  return eta;
}

/* The mean log-likelihood; -Inf where the cuts are not in order. */
static double log_likelihood(const fit *f, const double *theta) {
  const double *cut = theta + f->slopes;
  double sum = 0;
  for (int32_t k = 1; k < f->cuts; k++) {
    if (!(cut[k] > cut[k - 1])) return -INFINITY;
  }
  for (int32_t p = 0; p < f->model->patterns && !weeg_i_stops(f->pulse, 64 * (int64_t)f->model->levels); p++) {
    if (f->n[p] == 0) continue;
    const double eta = weeg_i_predictor(f, theta, p), *share = f->share + (int64_t)p * f->model->levels;
    for (int32_t k = 0; k <= f->cuts; k++) {
      if (share[k] > 0) sum += share[k] * derive(eta, cut, k, f->cuts).value;
    }
  }
  return sum;
}

/* Adds what one pattern contributes to the gradient and to the lower triangle of the information. */
static void add_pattern(fit *f, int32_t pattern) {
  const weeg_model *m = f->model;
  const double eta = weeg_i_predictor(f, f->theta, pattern), *share = f->share + (int64_t)pattern * m->levels;
  const double *cut = f->theta + f->slopes;
  double first = 0, second = 0;
  memset(f->cross, 0, sizeof *f->cross * (size_t)f->cuts);
  for (int32_t k = 0; k <= f->cuts; k++) {
    if (!(share[k] > 0)) continue;
    const derivatives d = derive(eta, cut, k, f->cuts);
    const int64_t at = f->slopes + k;
    first += share[k] * d.eta;
    second += share[k] * (d.va + d.vb);
    if (k < f->cuts) {
      f->gradient[at] += share[k] * d.a;
      f->information[at * f->size + at] += share[k] * (d.va + d.between);
      f->cross[k] -= share[k] * d.va;
    }
    if (k > 0) {
      f->gradient[at - 1] += share[k] * d.b;
      f->information[(at - 1) * f->size + at - 1] += share[k] * (d.vb + d.between);
      f->cross[k - 1] -= share[k] * d.vb;
    }
    if (k > 0 && k < f->cuts) f->information[at * f->size + at - 1] -= share[k] * d.between;
  }
  for (int64_t i = m->start[pattern]; i < m->start[pattern + 1]; i++) {
    const int64_t row = f->place[m->column[i]];
    if (row < 0) continue;
    f->gradient[row] += first;
    for (int64_t k = m->start[pattern]; k < m->start[pattern + 1]; k++) {
      const int64_t column = f->place[m->column[k]];
      if (column >= 0 && column <= row) f->information[row * f->size + column] += second;
    }
    for (int32_t k = 0; k < f->cuts; k++) f->information[(f->slopes + k) * (int64_t)f->size + row] += f->cross[k];
  }
}

void weeg_i_fit_solve(const fit *f, double *b) {
  weeg_i_forward_solve(f->information, f->size, b);
  weeg_i_backward_solve(f->information, f->size, b);
}

/* Gradient, factor of the information and Newton step at theta; false where the information is singular. */
static bool newton_step(fit *f) {
  memset(f->gradient, 0, sizeof *f->gradient * (size_t)f->size);
  memset(f->information, 0, sizeof *f->information * (size_t)f->size * (size_t)f->size);
  for (int32_t p = 0; p < f->model->patterns; p++) {
    if (weeg_i_stops(f->pulse, 64 * (int64_t)f->model->levels + pattern_steps(f->model, p))) return false;
    if (f->n[p] > 0) add_pattern(f, p);
  }
  if (!weeg_i_cholesky(f->information, f->size, PIVOT_TOLERANCE, f->pulse)) return false;
  memcpy(f->step, f->gradient, sizeof *f->step * (size_t)f->size);
  weeg_i_fit_solve(f, f->step);
  return true;
}

/* Steps are judged on the logit scale, those of cuts also by the distance to the next cut. */
static bool is_small(const fit *f) {
  const double *cut = f->theta + f->slopes, *step = f->step + f->slopes;
  for (int32_t i = 0; i < f->size; i++) {
    if (!(fabs(f->step[i]) <= SMALL_STEP)) return false;
  }
  for (int32_t k = 1; k < f->cuts; k++) {
    if (!(fabs(step[k] - step[k - 1]) <= SMALL_STEP * (cut[k] - cut[k - 1]))) return false;
  }
  return true;
}

/*
 * The part of the step that changes no logit by more than REACH. With very unequal weights a whole step can raise the likelihood
 * and yet end where all probabilities are 0 or 1 and the information is singular.
 */
static double reach(const fit *f) {
  double largest = 0;
  for (int32_t p = 0; p < f->model->patterns; p++) {
    if (f->n[p] == 0) continue;
    const double eta = weeg_i_predictor(f, f->step, p);
    for (int32_t k = 0; k < f->cuts; k++) largest = fmax(largest, fabs(eta - f->step[f->slopes + k]));
  }
  return largest > REACH ? REACH / largest : 1;
}

/* Moves theta along the step, halved until the likelihood does not fall (by more than rounding). */
static bool line_search(fit *f) {
  double length = reach(f);
  for (int32_t halving = 0; halving < MAX_HALVINGS && !f->pulse->stopped; halving++, length /= 2) {
    for (int32_t i = 0; i < f->size; i++) f->next[i] = f->theta[i] + length * f->step[i];
    const double likelihood = log_likelihood(f, f->next);
    if (likelihood >= f->likelihood - 1e-13 * fabs(f->likelihood)) {
      memcpy(f->theta, f->next, sizeof *f->theta * (size_t)f->size);
      f->likelihood = likelihood;
      return true;
    }
  }
  return false;
}

/* ---- why there is no maximum ------------------------------------------------------------------------------------ */

/* What an observed level asks of a direction: sign * (eta - cut) >= 0. */
typedef struct bound {
  int32_t pattern, cut;
  double sign, slack;
} bound;

static int64_t list_bounds(const fit *f, bound *bounds) {
  int64_t count = 0;
  for (int32_t p = 0; p < f->model->patterns; p++) {
    for (int32_t k = 0; k <= f->cuts && f->n[p] > 0; k++) {
      if (!(f->share[(int64_t)p * f->model->levels + k] > 0)) continue;
      if (k < f->cuts) bounds[count++] = (bound){p, k, -1, 1};
      if (k > 0) bounds[count++] = (bound){p, k - 1, 1, 1};
    }
  }
  return count;
}

/* Adds the outer product of a bound's coefficients to the lower triangle of f->information. */
static void add_bound(fit *f, const bound *b) {
  const weeg_model *m = f->model;
  const int64_t cut = f->slopes + b->cut, size = f->size;
  f->information[cut * size + cut] += 1;
  for (int64_t i = m->start[b->pattern]; i < m->start[b->pattern + 1]; i++) {
    const int64_t row = f->place[m->column[i]];
    if (row < 0) continue;
    f->information[cut * size + row] -= 1;
    for (int64_t k = m->start[b->pattern]; k < m->start[b->pattern + 1]; k++) {
      const int64_t column = f->place[m->column[k]];
      if (column >= 0 && column <= row) f->information[row * size + column] += 1;
    }
  }
}

/* The direction f->step whose slacks are nearest to those of the bounds. */
static void project(fit *f, const bound *bounds, int64_t count) {
  const weeg_model *m = f->model;
  memset(f->step, 0, sizeof *f->step * (size_t)f->size);
  for (int64_t j = 0; j < count; j++) {
    const bound *b = &bounds[j];
    const double amount = b->sign * b->slack;
    f->step[f->slopes + b->cut] -= amount;
    for (int64_t i = m->start[b->pattern]; i < m->start[b->pattern + 1] && amount != 0; i++) {
      if (f->place[m->column[i]] >= 0) f->step[f->place[m->column[i]]] += amount;
    }
  }
  weeg_i_fit_solve(f, f->step);
}

/*
 * Is there a direction in which no row's level becomes less likely, and some become more so (Albert and Anderson 1984)? By
 * alternating projections between the slacks of directions and those >= 0. Started from 1s, they end in a common point
 * that is 0 only if there is no other: a projection never lowers the inner product with one (Correia, Guimaraes and Zylkin
 * 2019 do the same for Poisson models). The direction is left in f->step.
 */
static weeg_status find_separation(fit *f, bool *separated, weeg_error *err) {
  weeg_status status = WEEG_OK;
  bound *bounds = NULL;
  *separated = false;
  WEEG_NEW(bounds, 2 * (int64_t)f->model->patterns * f->model->levels);
  const int64_t count = list_bounds(f, bounds);
  memset(f->information, 0, sizeof *f->information * (size_t)f->size * (size_t)f->size);
  for (int64_t j = 0; j < count && !weeg_i_stops(f->pulse, pattern_steps(f->model, bounds[j].pattern)); j++) {
    add_bound(f, &bounds[j]);
  }
  WEEG_TRY(weeg_i_pulse_status(f->pulse, err));
  if (!weeg_i_cholesky(f->information, f->size, PIVOT_TOLERANCE, f->pulse)) goto cleanup;
  for (int32_t round = 0; round < MAX_PROJECTIONS; round++) {
    (void)weeg_i_stops(f->pulse, count * 8 + (int64_t)f->size * f->size);
    WEEG_TRY(weeg_i_pulse_status(f->pulse, err));
    double low = 0, high = 0;
    project(f, bounds, count);
    for (int64_t j = 0; j < count; j++) {
      bound *b = &bounds[j];
      const double slack = b->sign * (weeg_i_predictor(f, f->step, b->pattern) - f->step[f->slopes + b->cut]);
      low = fmin(low, slack);
      high = fmax(high, slack);
      b->slack = fmax(slack, 0);
    }
    *separated = high > SLACK && low >= -SLACK * high;
    if (*separated || high <= SLACK) break;
  }
cleanup:
  weeg_free(bounds);
  return status;
}

/* The parameter that runs away fastest, numbered as in the result: columns, then cuts. */
static int32_t fastest(const fit *f) {
  int32_t found = 0;
  for (int32_t i = 1; i < f->size; i++) {
    if (fabs(f->step[i]) > 1.01 * fabs(f->step[found])) found = i;
  }
  if (found >= f->slopes) return f->model->columns + found - f->slopes;
  for (int32_t j = 0; j < f->model->columns; j++) {
    if (f->place[j] == found) return j;
  }
  return -1;
}

static weeg_status diagnose(fit *f, weeg_error *err) {
  bool separated = false;
  weeg_status status = weeg_i_pulse_status(f->pulse, err);
  if (status == WEEG_OK) status = find_separation(f, &separated, err);
  if (status != WEEG_OK) return status;
  if (!separated)
    return weeg_fail(err, WEEG_ERR_NUMERIC, -1, "the model did not converge in %d iterations", f->iterations);
  return weeg_fail(err, WEEG_ERR_NUMERIC, fastest(f),
                   "the model has no finite estimates: a combination of its terms separates the answers");
}

weeg_status weeg_i_fit_maximise(fit *f, weeg_error *err) {
  int32_t polishing = 0;
  f->null_likelihood = f->likelihood = log_likelihood(f, f->theta);
  for (f->iterations = 1; f->iterations <= MAX_ITERATIONS; f->iterations++) {
    if (!newton_step(f)) break;
    if (polishing > POLISHING_STEPS) return WEEG_OK; /* the information is that of the estimates */
    if (polishing > 0 || is_small(f)) {
      for (int32_t i = 0; i < f->size; i++) f->theta[i] += f->step[i];
      polishing++;
    } else if (!line_search(f)) {
      break;
    }
  }
  return diagnose(f, err);
}

/* ---- scores ----------------------------------------------------------------------------------------------------- */

double weeg_i_row_score(const fit *f, const double *direction, int32_t pattern, int32_t level) {
  const derivatives d = derive(weeg_i_predictor(f, f->theta, pattern), f->theta + f->slopes, level, f->cuts);
  double sum = d.eta * weeg_i_predictor(f, direction, pattern);
  if (level < f->cuts) sum += d.a * direction[f->slopes + level];
  if (level > 0) sum += d.b * direction[f->slopes + level - 1];
  return sum;
}

double weeg_i_fit_probability(const fit *f, int32_t pattern, int32_t level) {
  return exp(derive(weeg_i_predictor(f, f->theta, pattern), f->theta + f->slopes, level, f->cuts).value);
}

/* What weeg_i_row_score() adds up, as sizes. */
static double row_size(const fit *f, const double *direction, int32_t pattern, int32_t level) {
  const weeg_model *m = f->model;
  const derivatives d = derive(weeg_i_predictor(f, f->theta, pattern), f->theta + f->slopes, level, f->cuts);
  double sum = 0;
  for (int64_t i = m->start[pattern]; i < m->start[pattern + 1]; i++) {
    if (f->place[m->column[i]] >= 0) sum += fabs(direction[f->place[m->column[i]]]);
  }
  sum *= fabs(d.eta);
  if (level < f->cuts) sum += fabs(d.a * direction[f->slopes + level]);
  if (level > 0) sum += fabs(d.b * direction[f->slopes + level - 1]);
  return sum;
}

/* Of weeg_scores.size. */
static void add_sizes(const fit *f, int32_t outputs, const double *own, const double *directions, double *size) {
  const weeg_model *m = f->model;
  for (int32_t p = 0; p < m->patterns; p++) {
    for (int32_t k = 0; k <= f->cuts && f->n[p] > 0; k++) {
      const double share = f->share[(int64_t)p * m->levels + k];
      for (int32_t o = 0; o < outputs && share > 0 && !weeg_i_stops(f->pulse, 64); o++) {
        size[o] += share * row_size(f, directions + (int64_t)o * f->size, p, k);
        if (own != NULL) size[o] += share * fabs(own[(int64_t)o * m->patterns + p]);
      }
    }
  }
}

weeg_status weeg_i_fit_linearised(const fit *f, const weeg_survey *survey, int32_t outputs, const double *own,
                              const double *directions, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *tally = survey->tally;
  const weeg_model *m = f->model;
  score_list list = {0};
  uint8_t *use = NULL;
  int64_t counted = 0;
  WEEG_NEW(use, tally->cells);
  for (int32_t c = 0; c < tally->cells; c++) {
    use[c] = weeg_i_is_modelled(m, c) && f->n[m->cell_pattern[c]] > 0;
    counted += use[c];
  }
  WEEG_TRY(weeg_i_scores_new(&list, tally->cells, outputs, counted * outputs, err));
  WEEG_TRY(weeg_i_scores_size(&list, err));
  add_sizes(f, outputs, own, directions, list.size);
  for (int32_t c = 0; c < tally->cells; c++) {
    for (int32_t o = 0; o < outputs && use[c] && !weeg_i_stops(f->pulse, 64); o++) {
      const int32_t p = m->cell_pattern[c];
      double score = weeg_i_row_score(f, directions + (int64_t)o * f->size, p, m->cell_level[c]);
      if (own != NULL) score += own[(int64_t)o * m->patterns + p];
      weeg_i_scores_add(&list, o, score / f->total);
    }
    weeg_i_scores_close(&list, c);
  }
  WEEG_TRY(weeg_i_pulse_status(f->pulse, err));
  WEEG_TRY(weeg_covariance(survey, &list.scores, use, covariance, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(use);
  return status;
}

weeg_status weeg_i_fit_describe(const fit *f, const weeg_survey *survey, weeg_fit *info, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *domain_of = NULL;
  int64_t df = 0;
  WEEG_NEW(domain_of, survey->tally->cells);
  for (int32_t c = 0; c < survey->tally->cells; c++) domain_of[c] = weeg_i_is_modelled(f->model, c) ? 0 : -1;
  WEEG_TRY(weeg_design_df(survey, domain_of, 1, &df, err));
  *info = (weeg_fit){.n = f->rows,
                     .df = df,
                     .slopes = f->slopes,
                     .iterations = f->iterations - 1,
                     .weight = f->total,
                     .deviance = -2 * (double)f->rows * log_likelihood(f, f->theta),
                     .null_deviance = -2 * (double)f->rows * f->null_likelihood};
  WEEG_TRY(weeg_i_pulse_status(f->pulse, err)); /* or the likelihood is of a part of the patterns */
cleanup:
  weeg_free(domain_of);
  return status;
}
