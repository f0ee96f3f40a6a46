/*
 * First-order Rao-Scott statistic and its law: X^2 / n = |S|^2, where S are the residuals under independence, e_rc = sum
 * w (1[r] - p_r) (1[c] - p_c) / (T sqrt(p_r p_c)), in an orthonormal basis.
 *
 * Working model, given one margin (shares P, weights W_i and sums of squares Q_i of PSU i by its levels): residuals E_i
 * of an answer have covariance Sigma_i = (1 - rho) diag(Q_i) + rho W_i W_i'. With H an orthonormal basis orthogonal to
 * sqrt(P),
 *
 *     u_i = B E_i,  B = H' P^(-1/2) (I - P 1'),  r = (sum u_i, sum 1'E_i / T),  z_i = u_i - B W_i sum 1'E_i / T
 *
 * and the other margin makes independent copies of it, as many as V has equal design effects.
 *
 * Goodness of fit: u_i of order 1 with variance (1 - rho) Q_i + rho W_i^2, no leverage, and a copy for each of the answers
 * but one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "stats/independence_exact.h"

#include <math.h>

#include "base/memory.h"
#include "math/ratio_matrix.h"
#include "stats/effective.h"
#include "variance/psus.h"

static const double rho = WEEG_WORKING_RHO;

/*
 * A margin of more levels has an F distribution in place of the law, the time of which grows with their third power; so has a
 * model in which V is a multiple of |S|^2, as where one PSU only has rows.
 */
enum { MOST_LEVELS = 16 };

/* PSUs and their strata, with the weights of a margin. */
typedef struct margin {
  int32_t psus, strata, levels;
  const ratio_stratum *stratum;
  const double *left;       /* [psus] square root of 1 - n_h / N_h */
  double total;
  const double *score;      /* [levels] less their mean: B is one row of these; NULL: all contrasts */
  double *p;                /* [levels] */
  double *w, *q;            /* [psus * levels] */
  double *trace;            /* [psus] of B Sigma_i B' */
  double sum;               /* of these */
  double kept;              /* the expectation of tr V over that without leverage */
} margin;

static void clear_margin(margin *m) {
  weeg_free(m->p);
  weeg_free(m->w);
  weeg_free(m->q);
  weeg_free(m->trace);
}

/* ---- a margin ---- */

/* Of a PSU: row sums of Sigma_i into row[levels], and their sum. */
static double sum_sigma(const margin *m, int32_t i, double *row) {
  const double *w = m->w + (int64_t)i * m->levels, *q = m->q + (int64_t)i * m->levels;
  double weight = 0, sum = 0;
  for (int32_t k = 0; k < m->levels; k++) weight += w[k];
  for (int32_t k = 0; k < m->levels; k++) {
    row[k] = (1 - rho) * q[k] + rho * w[k] * weight;
    sum += row[k];
  }
  return sum;
}

/* x becomes P^(-1/2) (x - P sum x), times by; with scores their sum of products with x, and zeros. */
static void contrast(const margin *m, double sum, double by, double *x) {
  if (m->score != NULL) {
    double product = 0;
    for (int32_t k = 0; k < m->levels; k++) product += m->score[k] * x[k];
    for (int32_t k = 0; k < m->levels; k++) x[k] = k == 0 ? by * product : 0;
    return;
  }
  for (int32_t k = 0; k < m->levels; k++) x[k] = by * (x[k] - m->p[k] * sum) / sqrt(m->p[k]);
}

static void find_traces(margin *m, double *row) {
  m->sum = 0;
  for (int32_t i = 0; i < m->psus; i++) {
    const double all = sum_sigma(m, i, row), *w = m->w + (int64_t)i * m->levels, *q = m->q + (int64_t)i * m->levels;
    double trace = 0, product = 0;
    for (int32_t k = 0; k < m->levels && m->score != NULL; k++) {
      trace += (1 - rho) * q[k] * m->score[k] * m->score[k];
      product += w[k] * m->score[k];
    }
    trace += rho * product * product;
    for (int32_t k = 0; k < m->levels && m->score == NULL; k++) {
      const double own = (1 - rho) * q[k] + rho * w[k] * w[k];
      trace += (own - 2 * m->p[k] * row[k] + m->p[k] * m->p[k] * all) / m->p[k];
    }
    m->trace[i] = m->left[i] * m->left[i] * fmax(trace, 0);
    m->sum += m->trace[i];
  }
}

/*
 * kept = [tr - 2 sum b (l - mean)(f - mean) + sum b |l - mean|^2 var(e)] / tr, with f = cov(u, e), l = B W and e = sum 1'E / T.
 * scratch[4 * levels]
 */
static void find_leverage(margin *m, double *scratch) {
  const int32_t n = m->levels;
  double *f = scratch, *l = f + n, *f_sum = l + n, *l_sum = f_sum + n, cross = 0, squares = 0, variance = 0;
  for (int32_t h = 0; h < m->strata; h++) {
    const ratio_stratum *at = &m->stratum[h];
    double own_cross = 0, own_squares = 0;
    for (int32_t k = 0; k < n; k++) f_sum[k] = l_sum[k] = 0;
    for (int32_t i = at->first; i < at->first + at->count; i++) {
      const double all = sum_sigma(m, i, f);
      double weight = 0;
      for (int32_t k = 0; k < n; k++) weight += l[k] = m->w[(int64_t)i * n + k];
      contrast(m, all, m->left[i] * m->left[i] / m->total, f);
      contrast(m, weight, m->left[i], l);
      variance += m->left[i] * m->left[i] * all / (m->total * m->total);
      for (int32_t k = 0; k < n; k++) {
        own_cross += f[k] * l[k];
        own_squares += l[k] * l[k];
        f_sum[k] += f[k];
        l_sum[k] += l[k];
      }
    }
    for (int32_t k = 0; k < n && at->centred; k++) {
      own_cross -= f_sum[k] * l_sum[k] / at->units;
      own_squares -= l_sum[k] * l_sum[k] / at->units;
    }
    cross += at->factor * own_cross;
    squares += at->factor * own_squares;
  }
  m->kept = (m->sum - 2 * cross + squares * variance) / m->sum;
}

/* by_group: of groups, else of answers. */
static weeg_status make_margin(margin *m, const exact_table *x, const psu_set *set, const int32_t *psu, bool by_group,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t answers = x->t->answers;
  double *scratch = NULL;
  m->levels = by_group ? x->t->groups : answers;
  m->total = set->total;
  WEEG_NEW(m->p, m->levels);
  WEEG_NEW(m->w, (int64_t)m->psus * m->levels);
  WEEG_NEW(m->q, (int64_t)m->psus * m->levels);
  WEEG_NEW(m->trace, m->psus);
  WEEG_NEW(scratch, 4 * (int64_t)m->levels);
  m->score = by_group ? x->group_score : x->answer_score;
  for (int32_t k = 0; k < m->levels && m->score == NULL; k++) m->p[k] = by_group ? x->group_p[k] : x->answer_p[k];
  for (int32_t i = 0; i < m->psus; i++) {
    for (int32_t place = 0; place < x->t->places; place++) {
      const int64_t from = (int64_t)psu[i] * x->t->places + place;
      const int64_t to = (int64_t)i * m->levels + (by_group ? place / answers : place % answers);
      m->w[to] += set->x[from];
      m->q[to] += weeg_i_even_squares(set->x[from], set->n[from]);
    }
  }
  find_traces(m, scratch);
  find_leverage(m, scratch);
cleanup:
  weeg_free(scratch);
  return status;
}

/* ---- the law given a margin ---- */

typedef struct matrices {
  int32_t order;             /* k */
  double *b, *sigma, *half;  /* [k * levels], [levels * levels], [k * levels] */
  double *c, *f, *l, *phi;   /* as in ratio_matrix, q = k + 1 */
} matrices;

static void clear_matrices(matrices *x) {
  weeg_free(x->b);
  weeg_free(x->sigma);
  weeg_free(x->half);
  weeg_free(x->c);
  weeg_free(x->f);
  weeg_free(x->l);
  weeg_free(x->phi);
}

/* B = H' P^(-1/2) (I - P 1'); H are the last columns of the reflection that takes sqrt(P) to the first axis. */
static void fill_basis(const margin *m, double *b) {
  const int32_t n = m->levels;
  const double first = sqrt(m->p[0]) + 1, scale = 1 / first; /* |sqrt(P) + e_1|^2 / 2 */
  for (int32_t a = 0; a < n - 1; a++) {
    double sum = 0; /* row a of H' P^(-1/2), times P */
    for (int32_t k = 0; k < n; k++) {
      const double axis = k == a + 1 ? 1 : 0, v = k == 0 ? first : sqrt(m->p[k]);
      b[a * n + k] = (axis - scale * v * sqrt(m->p[a + 1])) / sqrt(m->p[k]);
      sum += b[a * n + k] * m->p[k];
    }
    for (int32_t k = 0; k < n; k++) b[a * n + k] -= sum;
  }
}

/* c, f and l of a PSU, and what it adds to phi. */
static void fill_psu(const margin *m, int32_t i, matrices *x) {
  const int32_t n = m->levels, k = x->order, sums = k + 1;
  const double *w = m->w + (int64_t)i * n, *q = m->q + (int64_t)i * n, left = m->left[i];
  double *c = x->c + (int64_t)i * k * k, *f = x->f + (int64_t)i * k * sums, *l = x->l + (int64_t)i * k * sums, all = 0;
  for (int32_t a = 0; a < n; a++) {
    for (int32_t b = 0; b < n; b++) {
      x->sigma[a * n + b] = left * left * ((a == b ? (1 - rho) * q[a] : 0) + rho * w[a] * w[b]);
      all += x->sigma[a * n + b];
    }
  }
  for (int32_t a = 0; a < k; a++) {
    double to_e = 0;
    for (int32_t b = 0; b < n; b++) {
      double sum = 0;
      for (int32_t s = 0; s < n; s++) sum += x->b[a * n + s] * x->sigma[s * n + b];
      x->half[a * n + b] = sum;
      to_e += sum;
      l[a * sums + k] += left * x->b[a * n + b] * w[b];
    }
    f[a * sums + k] = to_e / m->total;
    x->phi[a * sums + k] += f[a * sums + k];
    x->phi[k * sums + a] += f[a * sums + k];
  }
  for (int32_t a = 0; a < k; a++) {
    for (int32_t b = 0; b < k; b++) {
      double sum = 0;
      for (int32_t s = 0; s < n; s++) sum += x->half[a * n + s] * x->b[b * n + s];
      c[a * k + b] = f[a * sums + b] = sum;
      x->phi[a * sums + b] += sum;
    }
  }
  x->phi[k * sums + k] += all / (m->total * m->total);
}

static weeg_status law_tail(const margin *m, double tau, double copies, pulse *beat, double *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t n = m->levels, k = m->score == NULL ? n - 1 : 1, sums = k + 1;
  matrices x = {.order = (int32_t)k};
  WEEG_NEW(x.b, k * n);
  WEEG_NEW(x.sigma, n * n);
  WEEG_NEW(x.half, k * n);
  WEEG_NEW(x.c, m->psus * k * k);
  WEEG_NEW(x.f, m->psus * k * sums);
  WEEG_NEW(x.l, m->psus * k * sums);
  WEEG_NEW(x.phi, sums * sums);
  if (m->score == NULL) fill_basis(m, x.b);
  for (int64_t j = 0; j < n && m->score != NULL; j++) x.b[j] = m->score[j];
  for (int32_t i = 0; i < m->psus; i++) fill_psu(m, i, &x);
  const ratio_matrix r = {m->strata, m->psus, (int32_t)k, (int32_t)sums, m->stratum, x.c, x.f, x.l, x.phi, beat};
  WEEG_TRY(weeg_i_ratio_matrix_tail(&r, tau, copies, p, err));
cleanup:
  clear_matrices(&x);
  return status;
}

/* ---- the test ---- */

/* Degrees of freedom of tr V by Satterthwaite's formula, with the traces of the PSUs. */
static double variance_df(const margin *m) {
  double spread = 0;
  for (int32_t h = 0; h < m->strata; h++) {
    const ratio_stratum *at = &m->stratum[h];
    const double u = at->units;
    double c = 0, c2 = 0;
    for (int32_t i = at->first; i < at->first + at->count; i++) {
      c += m->trace[i];
      c2 += m->trace[i] * m->trace[i];
    }
    if (at->factor > 0) spread += at->centred ? ((1 - 2 / u) * c2 + c * c / (u * u)) * u * u / ((u - 1) * (u - 1)) : c2;
  }
  return spread > 0 ? m->sum * m->sum / spread : 0;
}

/*
 * How many equal design effects V is worth: tr(V)^2 / tr(V^2) without what the noise of V adds to it, drawn to their
 * number in the model with weight 2.
 */
static double equal_effects(const exact_table *x, double trace, double df) {
  const int64_t size = (int64_t)x->outputs * x->outputs;
  double norm = 0;
  for (int64_t i = 0; i < size; i++) norm += x->covariance[i] * x->covariance[i];
  const double share = norm / (trace * trace), one = 1.0 / x->interaction;
  const double bare = (share - 1 / df) / fmax(1 + 1 / df - 2 * share / df, 1e-6);
  return (df + 2) / (df * fmin(fmax(bare, one), 1) + 2 * one);
}

/* The denominator df with which an F distribution has the p-value; Inf where none has, or it has no tail to speak of. */
static weeg_status equivalent_f(weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double low = -7, high = 18, p = 0;
  WEEG_TRY(weeg_f_tail(test->statistic, test->df1, exp(high), &p, err));
  test->df2 = INFINITY;
  if (p >= test->p_value) goto cleanup;
  for (int k = 0; k < 60; k++) {
    const double middle = 0.5 * (low + high);
    WEEG_TRY(weeg_f_tail(test->statistic, test->df1, exp(middle), &p, err));
    *(p > test->p_value ? &low : &high) = middle;
  }
  test->df2 = exp(0.5 * (low + high));
cleanup:
  return status;
}

/* Whether all levels have rows in PSUs that vary: else the model's sums are dependent. */
static bool has_law(const margin *m) {
  for (int32_t k = 0; k < m->levels && m->score == NULL; k++) {
    double squares = 0;
    for (int32_t i = 0; i < m->psus; i++) squares += m->left[i] * m->left[i] * m->q[(int64_t)i * m->levels + k];
    if (!(squares > 0)) return false;
  }
  return true;
}

/* Why there is no test with this trace of V and its degrees of freedom. */
static weeg_reason why_none(double trace, double df) {
  if (trace > 0 && df > 0) return WEEG_REASON_NONE;
  return isnan(trace) ? WEEG_REASON_NO_VARIANCE : df > 0 ? WEEG_REASON_ZERO_VARIANCE : WEEG_REASON_NO_DF;
}

/* To the F distribution with what degrees of freedom tr V has. */
static weeg_status refer_f(weeg_test *test, double df, weeg_error *err) {
  test->method = WEEG_TEST_RAO_SCOTT_EFFECTIVE;
  test->df2 = test->df1 * df;
  return weeg_f_tail(test->statistic, test->df1, test->df2, &test->p_value, err);
}

static weeg_status refer(const exact_table *x, margin *m, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  pulse beat = {.hooks = x->survey->design->hooks};
  double trace = 0;
  for (int64_t k = 0; k < x->outputs; k++) trace += x->covariance[k * x->outputs + k];
  const double df = variance_df(m);
  test->reason = why_none(trace, df);
  if (test->reason != WEEG_REASON_NONE) return WEEG_OK;
  test->statistic = test->chisq / (double)test->n / trace;
  test->df1 = equal_effects(x, trace, df);
  test->delta_mean = trace * (double)test->n / x->interaction;
  test->delta_cv2 = x->interaction / test->df1 - 1;
  const int32_t order = m->score == NULL ? m->levels - 1 : 1;
  status = WEEG_ERR_NUMERIC;
  if (test->method != WEEG_TEST_RAO_SCOTT_EFFECTIVE && order < MOST_LEVELS && has_law(m)) {
    status = law_tail(m, test->statistic, test->df1 / order, &beat, &test->p_value, err);
  }
  if (status == WEEG_ERR_NUMERIC) return refer_f(test, df, err);
  if (status == WEEG_OK) WEEG_TRY(equivalent_f(test, err));
cleanup:
  return status;
}

/* PSUs whose contributions vary: psu[] their numbers in the set, place[], left[]. Returns how many. */
static int32_t choose_psus(const psu_table *t, const psu_set *set, int32_t *psu, int32_t *place, double *left) {
  int32_t count = 0;
  for (int32_t i = 0; i < set->psus; i++) {
    const int32_t h = t->stratum[set->place[i]];
    if (!weeg_i_stratum_varies(t, h)) continue;
    psu[count] = i;
    place[count] = set->place[i];
    left[count++] = sqrt(weeg_i_sampling_left(&t->nest, h));
  }
  return count;
}

/* The PSUs of a table that vary: what each has of the answers, all in one group, and the strata they are in. */
typedef struct varying {
  psu_table table;
  psu_set set;
  int32_t count, strata;
  int32_t *psu;           /* [count] of the set */
  int32_t *place;
  double *left;           /* as in margin, as are strata and stratum */
  ratio_stratum *stratum;
} varying;

static void clear_varying(varying *v) {
  weeg_i_psu_table_clear(&v->table);
  weeg_i_psu_set_clear(&v->set);
  weeg_free(v->psu);
  weeg_free(v->place);
  weeg_free(v->left);
  weeg_free(v->stratum);
}

static weeg_status make_varying(varying *v, const weeg_survey *survey, const weeg_places *answers, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t zero = 0;
  WEEG_TRY(weeg_i_psu_table_make(&v->table, survey, answers, NULL, err));
  WEEG_TRY(weeg_i_psu_set_make(&v->set, &v->table, &zero, 1, err));
  WEEG_NEW(v->psu, v->set.psus);
  WEEG_NEW(v->place, v->set.psus);
  WEEG_NEW(v->left, v->set.psus);
  WEEG_NEW(v->stratum, v->set.psus);
  v->count = choose_psus(&v->table, &v->set, v->psu, v->place, v->left);
  v->strata = weeg_i_effective_strata(&v->table, v->place, v->count, v->stratum);
cleanup:
  return status;
}

/* A margin without levels so far. */
static margin bare_margin(const varying *v) {
  return (margin){.psus = v->count, .strata = v->strata, .stratum = v->stratum, .left = v->left};
}

weeg_status weeg_i_test_exact(const exact_table *x, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  varying v = {0};
  margin groups = {0}, answers = {0};
  WEEG_TRY(make_varying(&v, x->survey, &(weeg_places){.answer = x->t->place, .answers = x->t->places}, err));
  groups = answers = bare_margin(&v);
  WEEG_TRY(make_margin(&groups, x, &v.set, v.psu, true, err));
  WEEG_TRY(make_margin(&answers, x, &v.set, v.psu, false, err));
  WEEG_TRY(refer(x, answers.kept < groups.kept - 0.02 ? &answers : &groups, test, err));
cleanup:
  clear_varying(&v);
  clear_margin(&groups);
  clear_margin(&answers);
  return status;
}

/* ---- goodness of fit ---- */

/* Traces of PSUs in a model of specified proportions: no share is estimated, so that none is drawn towards a PSU. */
static void find_fit_traces(margin *m, const psu_set *set, const int32_t *psu, int32_t answers) {
  for (int32_t i = 0; i < m->psus; i++) {
    const double w = set->w[psu[i]];
    double squares = 0;
    for (int64_t k = (int64_t)psu[i] * answers; k < (int64_t)(psu[i] + 1) * answers; k++) {
      squares += weeg_i_even_squares(set->x[k], set->n[k]);
    }
    m->trace[i] = m->left[i] * m->left[i] * ((1 - rho) * squares + rho * w * w);
    m->sum += m->trace[i];
  }
}

/* test->df1 copies of a law of order 1. */
static weeg_status refer_fit(const margin *m, const weeg_design *design, double trace, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *l = NULL;
  pulse beat = {.hooks = design->hooks};
  const double df = variance_df(m);
  test->reason = why_none(trace, df);
  if (test->reason != WEEG_REASON_NONE) return WEEG_OK;
  test->statistic = test->chisq / (double)test->n / trace;
  test->delta_mean = trace * (double)test->n / test->df1;
  test->delta_cv2 = test->df1 > 1 ? NAN : 0;
  if (test->method == WEEG_TEST_RAO_SCOTT_EFFECTIVE) return refer_f(test, df, err);
  WEEG_NEW(l, m->psus);
  const ratio_matrix r = {m->strata, m->psus, 1, 1, m->stratum, m->trace, m->trace, l, &m->sum, &beat};
  WEEG_TRY(weeg_i_ratio_matrix_tail(&r, test->statistic, test->df1, &test->p_value, err));
  WEEG_TRY(equivalent_f(test, err));
cleanup:
  weeg_free(l);
  return status;
}

weeg_status weeg_i_test_fit(const weeg_survey *survey, const weeg_places *at, double trace, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  varying v = {0};
  margin m = {0};
  WEEG_TRY(make_varying(&v, survey, at, err));
  m = bare_margin(&v);
  WEEG_NEW(m.trace, m.psus);
  find_fit_traces(&m, &v.set, v.psu, at->answers);
  test->df1 = at->answers - 1;
  WEEG_TRY(refer_fit(&m, survey->design, trace, test, err));
cleanup:
  clear_varying(&v);
  clear_margin(&m);
  return status;
}
