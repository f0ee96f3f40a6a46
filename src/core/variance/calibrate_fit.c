/*
 * Calibration on categorical margins: Deville and Sarndal (1992). Everything is about calibration cells, so that it costs
 * nothing in rows.
 */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "tally/column.h"
#include "weeg.h"

static const double CONVERGED = 1e-10; /* largest relative deviation from a target */
static const double SMALL = 1e-5;      /* of the population: smaller targets are met to the last digits of its total */
enum { MAX_ITERATIONS = 200, MAX_HALVINGS = 60 };
enum { MOST_COLUMNS = 2048 }; /* of several margins: variances take a square of them, times the cells */

/* ---- Newton's method on the multipliers ---- */

typedef struct newton {
  const weeg_margins *m;
  weeg_calibration_method method;
  double lower, upper;
  double *lambda, *trial; /* [columns] */
  double *g, *slope;      /* [cells] g(u) and its derivative */
  double *misfit;         /* [columns] target - calibrated total */
  double *step, *ordered; /* [columns] */
  int32_t *place;         /* [columns] their order: those of the margin with the most come first */
  int32_t wide;           /* how many those are */
  double *own;            /* [wide] of X'WX, or of its Cholesky factor: no cell has two of these columns */
  double *gram;           /* [(columns - wide) * columns] lower triangle of the other rows */
  double population;      /* mean of the totals that the margins ask for */
  int32_t worst;
  double deviation;
  pulse pulse;
} newton;

static weeg_status check_margins(const weeg_margins *m, weeg_error *err) {
  if (m->cells < 1 || m->margins < 1 || m->columns < 1) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "there is nothing to calibrate");
  }
  for (int32_t c = 0; c < m->cells; c++) {
    if (!(m->weight[c] > 0) || !isfinite(m->weight[c])) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, c, "calibration cell %d has no weight", c + 1);
    }
  }
  for (int64_t i = 0; i < (int64_t)m->cells * m->margins; i++) {
    if (m->column[i] < 0 || m->column[i] >= m->columns) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, i / m->margins, "calibration cell %lld is outside a margin",
                       (long long)(i / m->margins) + 1);
    }
  }
  for (int32_t j = 0; j < m->columns; j++) {
    if (!(m->target[j] > 0) || !isfinite(m->target[j])) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, j, "target %d is not a positive number", j + 1);
    }
  }
  return WEEG_OK;
}

/* g and dg/du */
static double distance(const newton *x, double u, double *slope) {
  const double l = x->lower, r = x->upper;
  switch (x->method) {
    case WEEG_CALIBRATION_RAKING: return *slope = exp(u);
    case WEEG_CALIBRATION_LOGIT: {
      const double a = (r - l) / ((1 - l) * (r - 1));
      const double share = 1 / (1 + (r - 1) / (1 - l) * exp(-a * u));
      *slope = (r - l) * a * share * (1 - share);
      return l + (r - l) * share;
    }
    case WEEG_CALIBRATION_LINEAR: break;
  }
  /* beyond the bounds the slope is 0; a little keeps the way back open */
  *slope = 1 + u < l || 1 + u > r ? 1e-6 : 1;
  return 1 + u < l ? l : 1 + u > r ? r : 1 + u;
}

/* g, slope, misfit and the largest deviation at lambda; false when they are not finite. */
static bool evaluate(newton *x, const double *lambda) {
  const weeg_margins *m = x->m;
  bool finite = true;
  for (int32_t j = 0; j < m->columns; j++) x->misfit[j] = m->target[j];
  for (int32_t c = 0; c < m->cells; c++) {
    const int32_t *column = m->column + (int64_t)c * m->margins;
    double u = 0;
    for (int32_t k = 0; k < m->margins; k++) u += lambda[column[k]];
    x->g[c] = distance(x, u, &x->slope[c]);
    finite &= isfinite(x->g[c]) && isfinite(x->slope[c]);
    for (int32_t k = 0; k < m->margins; k++) x->misfit[column[k]] -= m->weight[c] * x->g[c];
  }
  x->deviation = 0;
  for (int32_t j = 0; j < m->columns; j++) {
    const double deviation = fabs(x->misfit[j]) / fmax(m->target[j], SMALL * x->population);
    if (deviation > x->deviation || !isfinite(deviation)) {
      x->deviation = deviation;
      x->worst = j;
    }
  }
  return finite;
}

/* Puts the columns of the widest margin first. */
static weeg_status order_columns(newton *x, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_margins *m = x->m;
  int32_t *margin_of = NULL, *count = NULL, widest = 0, next = 0;
  WEEG_NEW(x->place, m->columns);
  WEEG_NEW(margin_of, m->columns);
  WEEG_NEW(count, m->margins);
  for (int32_t j = 0; j < m->columns; j++) margin_of[j] = -1;
  for (int64_t i = 0; i < (int64_t)m->cells * m->margins; i++) margin_of[m->column[i]] = (int32_t)(i % m->margins);
  for (int32_t j = 0; j < m->columns; j++) {
    if (margin_of[j] >= 0 && ++count[margin_of[j]] > count[widest]) widest = margin_of[j];
  }
  for (int32_t j = 0; j < m->columns; j++) {
    if (margin_of[j] == widest) x->place[j] = next++;
  }
  x->wide = next;
  for (int32_t j = 0; j < m->columns; j++) {
    if (margin_of[j] != widest) x->place[j] = next++;
  }
cleanup:
  weeg_free(margin_of);
  weeg_free(count);
  return status;
}

static void fill_gram(newton *x) {
  const weeg_margins *m = x->m;
  const int64_t size = m->columns, wide = x->wide;
  for (int64_t j = 0; j < wide; j++) x->own[j] = 0;
  for (int64_t i = 0; i < (size - wide) * size; i++) x->gram[i] = 0;
  for (int32_t c = 0; c < m->cells; c++) {
    const int32_t *column = m->column + (int64_t)c * m->margins;
    const double weight = m->weight[c] * x->slope[c];
    for (int32_t k = 0; k < m->margins; k++) {
      const int64_t row = x->place[column[k]];
      if (row < wide) x->own[row] += weight;
      for (int32_t l = 0; l < m->margins && row >= wide; l++) {
        const int64_t at = x->place[column[l]];
        if (at <= row) x->gram[(row - wide) * size + at] += weight;
      }
    }
  }
}

/* Cholesky factor of X' diag(weight * slope) X; a column that depends on those before it becomes 0, diagonal and all. */
static void factor(newton *x) {
  const int64_t size = x->m->columns, wide = x->wide;
  fill_gram(x);
  for (int64_t j = 0; j < wide; j++) {
    x->own[j] = sqrt(x->own[j]);
    for (int64_t i = wide; i < size; i++) {
      double *value = x->gram + (i - wide) * size + j;
      *value = x->own[j] > 0 ? *value / x->own[j] : 0;
    }
  }
  for (int64_t j = wide; j < size; j++) {
    double *row_j = x->gram + (j - wide) * size;
    double pivot = row_j[j];
    for (int64_t k = 0; k < j; k++) pivot -= row_j[k] * row_j[k];
    const double root = pivot > 1e-12 * row_j[j] ? sqrt(pivot) : 0;
    for (int64_t i = j + 1; i < size && !weeg_i_stops(&x->pulse, j); i++) {
      double *row_i = x->gram + (i - wide) * size, value = row_i[j];
      for (int64_t k = 0; k < j; k++) value -= row_i[k] * row_j[k];
      row_i[j] = root > 0 ? value / root : 0;
    }
    row_j[j] = root;
  }
}

/* step = inverse of the factored matrix times misfit; 0 for columns left out. */
static void solve(newton *x) {
  const int64_t size = x->m->columns, wide = x->wide;
  double *y = x->ordered;
  for (int64_t j = 0; j < size; j++) y[x->place[j]] = x->misfit[j];
  for (int64_t i = 0; i < wide; i++) y[i] = x->own[i] > 0 ? y[i] / x->own[i] : 0;
  for (int64_t i = wide; i < size; i++) {
    const double *row = x->gram + (i - wide) * size;
    for (int64_t k = 0; k < i; k++) y[i] -= row[k] * y[k];
    y[i] = row[i] > 0 ? y[i] / row[i] : 0;
  }
  for (int64_t i = size - 1; i >= 0; i--) {
    const double pivot = i < wide ? x->own[i] : x->gram[(i - wide) * size + i];
    for (int64_t k = i < wide ? wide : i + 1; k < size; k++) y[i] -= x->gram[(k - wide) * size + i] * y[k];
    y[i] = pivot > 0 ? y[i] / pivot : 0;
  }
  for (int64_t j = 0; j < size; j++) x->step[j] = y[x->place[j]];
}

static double along(const newton *x) {
  double sum = 0;
  for (int32_t j = 0; j < x->m->columns; j++) sum += x->misfit[j] * x->step[j];
  return sum;
}

/*
 * One step. lambda minimises a convex function with gradient -misfit: a step that overshoots so far that the slope along
 * it, once down, is up by more than half of that is halved. False when no step helps.
 */
static bool advance(newton *x) {
  if (weeg_i_stops(&x->pulse, (int64_t)x->m->cells * x->m->margins * x->m->margins)) return false;
  factor(x);
  solve(x);
  const double descent = along(x);
  if (!(descent > 0)) return false;
  double length = 1;
  for (int halving = 0; halving < MAX_HALVINGS && !weeg_i_stops(&x->pulse, 8 * (int64_t)x->m->cells * x->m->margins);
       halving++, length /= 2) {
    for (int32_t j = 0; j < x->m->columns; j++) x->trial[j] = x->lambda[j] + length * x->step[j];
    if (evaluate(x, x->trial) && -along(x) <= 0.5 * descent) {
      for (int32_t j = 0; j < x->m->columns; j++) x->lambda[j] = x->trial[j];
      return true;
    }
  }
  return false;
}

/* With one margin g is target / weight, whatever the method; bounds permitting. */
static void fit_single(newton *x) {
  const weeg_margins *m = x->m;
  for (int32_t c = 0; c < m->cells; c++) x->misfit[m->column[c]] += m->weight[c];
  x->deviation = 0;
  x->worst = 0;
  for (int32_t c = 0; c < m->cells; c++) {
    const int32_t j = m->column[c];
    const double wanted = m->target[j] / x->misfit[j];
    x->g[c] = wanted < x->lower ? x->lower : wanted > x->upper ? x->upper : wanted;
    const double deviation = fabs(x->g[c] / wanted - 1);
    if (deviation > x->deviation) {
      x->deviation = deviation;
      x->worst = j;
    }
  }
}

static void fit_newton(newton *x, weeg_calibration_fit *fit) {
  double total = 0;
  const weeg_margins *m = x->m;
  for (int32_t c = 0; c < m->cells; c++) total += m->weight[c];
  for (int32_t j = 0; j < m->columns; j++) x->population += m->target[j] / m->margins;
  if (x->method == WEEG_CALIBRATION_RAKING) { /* starts from the mean g: margins each have one column per cell */
    for (int32_t j = 0; j < m->columns; j++) x->lambda[j] = log(x->population / total) / m->margins;
  }
  (void)evaluate(x, x->lambda);
  while (fit->iterations < MAX_ITERATIONS && !(x->deviation < CONVERGED) && advance(x)) fit->iterations++;
  /* to the last digits: near the solution each step squares the deviation */
  for (int polish = 0; polish < 2 && x->deviation < CONVERGED && advance(x); polish++) { }
  (void)evaluate(x, x->lambda);
}

weeg_status weeg_calibrate(const weeg_margins *margins, const weeg_calibration_choice *choice, double *g,
                           weeg_calibration_fit *fit, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_calibration_method method = choice->method;
  const double lower = choice->lower, upper = choice->upper;
  const int64_t columns = margins->columns;
  newton x = {.m = margins, .method = method, .lower = lower, .upper = upper, .pulse.hooks = margins->hooks};
  weeg_calibration_fit result = {0};
  if (!(lower < 1) || !(upper > 1) || (method == WEEG_CALIBRATION_LOGIT && (!isfinite(lower) || !isfinite(upper)))) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 2, method == WEEG_CALIBRATION_LOGIT
                     ? "bounds must be on either side of 1, and finite" : "bounds must be on either side of 1");
  }
  if (method == WEEG_CALIBRATION_RAKING) {
    x.lower = 0;
    x.upper = INFINITY;
  }
  WEEG_TRY(check_margins(margins, err));
  if (margins->margins > 1 && columns > MOST_COLUMNS) {
    status = weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the margins have %d levels together, and several can have at most %d; "
                       "combine levels, or calibrate on the margin with most of them alone", margins->columns,
                       (int)MOST_COLUMNS);
    goto cleanup;
  }
  WEEG_NEW(x.g, margins->cells);
  WEEG_NEW(x.misfit, columns);
  if (margins->margins == 1) {
    fit_single(&x);
  } else {
    WEEG_NEW(x.lambda, columns);
    WEEG_NEW(x.trial, columns);
    WEEG_NEW(x.slope, margins->cells);
    WEEG_NEW(x.step, columns);
    WEEG_NEW(x.ordered, columns);
    WEEG_TRY(order_columns(&x, err));
    WEEG_NEW(x.own, x.wide);
    WEEG_NEW(x.gram, (columns - x.wide) * columns);
    fit_newton(&x, &result);
    WEEG_TRY(weeg_i_pulse_status(&x.pulse, err));
  }
  result.deviation = x.deviation;
  result.worst = x.worst;
  result.converged = x.deviation < CONVERGED;
  for (int32_t c = 0; c < margins->cells; c++) g[c] = x.g[c];
  *fit = result;
cleanup:
  weeg_free(x.lambda);
  weeg_free(x.trial);
  weeg_free(x.g);
  weeg_free(x.slope);
  weeg_free(x.misfit);
  weeg_free(x.step);
  weeg_free(x.ordered);
  weeg_free(x.place);
  weeg_free(x.own);
  weeg_free(x.gram);
  return status;
}

/* ---- basis ---- */

/* A column that keeps less than this part of its length is taken to depend on others, as in R's qr(). */
static const double DEPENDENT = 1e-7;

typedef struct basis {
  const weeg_margins *m;
  int32_t first;       /* the margin with most columns: its indicators are orthogonal as they are */
  double *total;       /* [columns] sums of weights */
  double *mean;        /* [columns] scratch */
  double *q;           /* [kept * cells] other columns, one after the other */
  int32_t kept;
  pulse pulse;
} basis;

static int32_t column_of(const weeg_margins *m, int32_t cell, int32_t margin) {
  return m->column[(int64_t)cell * m->margins + margin];
}

static double product(const weeg_margins *m, const double *a, const double *b) {
  double sum = 0;
  for (int32_t c = 0; c < m->cells; c++) sum += m->weight[c] * a[c] * b[c];
  return sum;
}

/* v less its projections on the first margin and on the columns kept. */
static void orthogonalise(basis *x, double *v) {
  const weeg_margins *m = x->m;
  for (int32_t c = 0; c < m->cells; c++) x->mean[column_of(m, c, x->first)] = 0;
  for (int32_t c = 0; c < m->cells; c++) x->mean[column_of(m, c, x->first)] += m->weight[c] * v[c];
  for (int32_t c = 0; c < m->cells; c++) {
    const int32_t j = column_of(m, c, x->first);
    v[c] -= x->mean[j] / x->total[j];
  }
  for (int32_t k = 0; k < x->kept && !weeg_i_stops(&x->pulse, 2 * (int64_t)m->cells); k++) {
    const double *q = x->q + (int64_t)k * m->cells, part = product(m, q, v);
    for (int32_t c = 0; c < m->cells; c++) v[c] -= part * q[c];
  }
}

static weeg_status make_basis(basis *x, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_margins *m = x->m;
  int32_t *levels = NULL, *margin_of = NULL, most = 0;
  WEEG_NEW(levels, m->margins);
  WEEG_NEW(margin_of, m->columns);
  WEEG_NEW(x->total, m->columns);
  WEEG_NEW(x->mean, m->columns);
  for (int32_t j = 0; j < m->columns; j++) margin_of[j] = -1;
  for (int32_t c = 0; c < m->cells; c++) {
    for (int32_t k = 0; k < m->margins; k++) {
      const int32_t j = column_of(m, c, k);
      levels[k] += margin_of[j] < 0;
      margin_of[j] = k;
      x->total[j] += m->weight[c];
    }
  }
  for (int32_t k = 0; k < m->margins; k++) {
    if (levels[k] > levels[x->first]) x->first = k;
  }
  for (int32_t k = 0; k < m->margins; k++) most += k == x->first ? 0 : levels[k];
  WEEG_NEW(x->q, (int64_t)most * m->cells);
  for (int32_t j = 0; j < m->columns; j++) {
    const int32_t k = margin_of[j];
    if (k < 0 || k == x->first) continue;
    double *v = x->q + (int64_t)x->kept * m->cells;
    for (int32_t c = 0; c < m->cells; c++) v[c] = column_of(m, c, k) == j;
    orthogonalise(x, v);
    WEEG_TRY(weeg_i_pulse_status(&x->pulse, err));
    orthogonalise(x, v); /* once more takes away what rounding left: Giraud and others (2005) */
    const double length = sqrt(product(m, v, v));
    if (length <= DEPENDENT * sqrt(x->total[j])) continue;
    for (int32_t c = 0; c < m->cells; c++) v[c] /= length;
    x->kept++;
  }
cleanup:
  weeg_free(levels);
  weeg_free(margin_of);
  return status;
}

weeg_status weeg_calibration_basis(const weeg_margins *margins, weeg_calibration_model *made, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_margins *m = margins;
  basis x = {.m = margins, .pulse.hooks = margins->hooks};
  int64_t *starts = NULL;
  int32_t *indices = NULL, *number = NULL, used = 0;
  double *values = NULL;
  WEEG_TRY(check_margins(margins, err));
  WEEG_TRY(make_basis(&x, err));
  WEEG_TRY(weeg_i_pulse_status(&x.pulse, err));
  const int64_t terms = (int64_t)m->cells * (1 + x.kept);
  WEEG_NEW(starts, (int64_t)m->cells + 1);
  WEEG_NEW(indices, terms);
  WEEG_NEW(values, terms);
  WEEG_NEW(number, m->columns);
  for (int32_t j = 0; j < m->columns; j++) number[j] = -1;
  for (int32_t c = 0; c < m->cells; c++) {
    const int32_t j = column_of(m, c, x.first);
    int64_t i = starts[c];
    if (number[j] < 0) number[j] = used++;
    indices[i] = number[j] + x.kept;
    values[i++] = 1 / sqrt(x.total[j]);
    for (int32_t k = 0; k < x.kept; k++) {
      indices[i] = k;
      values[i++] = x.q[(int64_t)k * m->cells + c];
    }
    starts[c + 1] = i;
  }
  *made = (weeg_calibration_model){x.kept + used, starts, indices, values};
  starts = NULL;
  indices = NULL;
  values = NULL;
cleanup:
  weeg_free(x.total);
  weeg_free(x.mean);
  weeg_free(x.q);
  weeg_free(starts);
  weeg_free(indices);
  weeg_free(values);
  weeg_free(number);
  return status;
}

/* ---- rows ---- */

static const int32_t MAX_MAP = (int32_t)1 << 22; /* cells in a table by cell: 16 MB; beyond that cells are searched */

typedef struct row_pass {
  const weeg_column *columns;
  int count;
  weeg_calibration_factors factors;
  const double *weights;
  int32_t *map; /* calibration cell + 1 by cell of the layout, or NULL */
  int32_t *code;
  double *calibrated;
} row_pass;

/* The number of a cell from 1; 0: it is not there. */
static int32_t find_cell(const row_pass *x, int32_t cell) {
  int32_t low = 0, high = x->factors.cells;
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (x->factors.cell[middle] < cell) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < x->factors.cells && x->factors.cell[low] == cell ? low + 1 : 0;
}

static weeg_status calibrate_chunk(void *ctx, int thread, int64_t from, int64_t to) {
  const row_pass *x = ctx;
  int32_t cell[WEEG_CHUNK_ROWS];
  (void)thread;
  for (int64_t row = from; row < to; row += WEEG_CHUNK_ROWS) {
    const int64_t rows = to - row < WEEG_CHUNK_ROWS ? to - row : WEEG_CHUNK_ROWS;
    weeg_i_column_read(&x->columns[0], row, rows, cell);
    for (int v = 1; v < x->count; v++) weeg_i_column_cross(&x->columns[v], row, rows, cell);
    for (int64_t i = 0; i < rows; i++) {
      const int32_t code = x->map != NULL ? x->map[cell[i]] : find_cell(x, cell[i]);
      x->code[row + i] = code;
      x->calibrated[row + i] = code > 0 ? (x->weights != NULL ? x->weights[row + i] : 1) * x->factors.g[code - 1] : 0;
    }
  }
  return WEEG_OK;
}

weeg_status weeg_calibrate_rows(const weeg_rows *of, const weeg_calibration_factors *factors, int32_t *code,
                                double *calibrated, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_hooks *hooks = factors->hooks;
  int32_t layout = 0;
  row_pass x = {.columns = of->columns,
                .count = of->count,
                .factors = *factors,
                .weights = of->weights,
                .code = code,
                .calibrated = calibrated};
  if (of->count < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, 1, "there is no variable to calibrate on");
  WEEG_TRY(weeg_layout_cells(of->columns, of->count, &layout, err));
  if (layout <= MAX_MAP) {
    WEEG_NEW(x.map, layout);
    for (int32_t k = 0; k < factors->cells; k++) x.map[factors->cell[k]] = k + 1;
  }
  status = weeg_i_for_rows(of->rows, weeg_i_threads(hooks, of->rows), hooks, calibrate_chunk, &x);
  if (status != WEEG_OK) status = weeg_fail(err, status, -1, "stopped by the caller");
cleanup:
  weeg_free(x.map);
  return status;
}
