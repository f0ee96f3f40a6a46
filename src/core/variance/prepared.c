#include "variance/prepared.h"

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/sum.h"
#include "base/bits.h"

/* ---- made once ---- */

static bool has_one_stage(const weeg_design *d) {
  return d->later == 0 && d->pps == WEEG_PPS_NONE && d->replicates == NULL && d->calibration == NULL;
}

enum { MAX_NUMBERS = 1 << 22 }; /* of a matrix: 32 MiB */

/* Whether the rules for single-PSU strata have nothing to say, and whether PSUs have rows in enough of the cells. */
static bool is_even(const nest *p, const weeg_survey *survey, int64_t columns) {
  if (p->element || survey->design->lonely_domain) return false;
  for (int32_t h = 0; h < p->strata; h++) {
    if (p->stratum_units[h] <= 1 && p->stratum_start[h] < p->stratum_start[h + 1] && !weeg_i_adds_nothing(p, h)) return false;
  }
  const int64_t numbers = columns * survey->tally->cells;
  return numbers <= 16 * survey->tally->entries + 4096 && numbers <= MAX_NUMBERS;
}

/* The sums of weights of a cell less their means, and the means. */
WEEG_CLONED static void centre(const nest *p, double *row) {
  double *means = row + p->stratum_start[p->strata];
  for (int32_t h = 0; h < p->strata; h++) {
    const int32_t from = p->stratum_start[h], end = p->stratum_start[h + 1];
    double sum = 0;
    for (int32_t k = from; k < end; k++) sum += row[k];
    means[h] = end > from ? sum / (double)p->stratum_units[h] : 0;
    WEEG_VECTORISED
    for (int32_t k = from; k < end; k++) row[k] -= means[h];
  }
}

static weeg_status make_matrix(prepared_psus *x, const weeg_tally *tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const nest *p = &x->nest;
  const int32_t psus = p->stratum_start[p->strata];
  x->columns = (psus + p->strata + WEEG_QUAD - 1) / WEEG_QUAD * WEEG_QUAD;
  x->psu_words = (psus + 63) / 64;
  x->words = x->psu_words + (p->strata + 63) / 64;
  WEEG_NEW(x->bits, (int64_t)x->words * tally->cells);
  WEEG_NEW(x->matrix, (int64_t)x->columns * tally->cells);
  WEEG_NEW(x->weight, x->columns);
  for (int32_t h = 0; h < p->strata; h++) {
    const int32_t from = p->stratum_start[h], end = p->stratum_start[h + 1];
    const double n = (double)p->stratum_units[h];
    const double weight = n > 1 && !weeg_i_adds_nothing(p, h) ? weeg_i_stratum_factor(p, h) * n / (n - 1) : 0;
    uint64_t *of_stratum = x->bits + x->psu_words + h / 64;
    const uint64_t stratum_bit = (uint64_t)1 << h % 64;
    for (int32_t k = from; k < end; k++) {
      const int32_t u = p->order[k];
      double *column = x->matrix + k;
      uint64_t *of_psu = x->bits + k / 64;
      const uint64_t bit = (uint64_t)1 << k % 64;
      for (int64_t i = p->unit_start[u]; i < p->unit_start[u + 1]; i++) {
        const int64_t c = p->cell[i];
        column[c * x->columns] += p->w[i];
        of_psu[c * x->words] |= bit;
        of_stratum[c * x->words] |= stratum_bit;
      }
      x->weight[k] = weight;
    }
    x->weight[psus + h] = end > from ? weight * (n - (end - from)) : 0;
  }
  for (int32_t c = 0; c < tally->cells; c++) centre(p, x->matrix + (int64_t)c * x->columns);
cleanup:
  return status;
}

weeg_status weeg_i_prepare(prepared_tally *p, const weeg_survey *survey, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *tally = survey->tally;
  *p = (prepared_tally){.tally = *tally};
  if (tally->prepared != NULL || !has_one_stage(survey->design)) return WEEG_OK;
  WEEG_NEW(p->made.cell_n, tally->cells);
  WEEG_NEW(p->made.cell_sum, tally->cells);
  WEEG_NEW(p->made.cell_w, tally->cells);
  weeg_i_tally_sums(tally, p->made.cell_n, p->made.cell_sum);
  for (int32_t c = 0; c < tally->cells; c++) p->made.cell_w[c] = weeg_sum_value(p->made.cell_sum[c], tally->scale);
  WEEG_TRY(weeg_i_nest_make(&p->psus.nest, survey, NULL, 0, err));
  const nest *x = &p->psus.nest;
  if (is_even(x, survey, (int64_t)x->stratum_start[x->strata] + x->strata)) WEEG_TRY(make_matrix(&p->psus, tally, err));
  p->made.psus = &p->psus;
  p->tally.prepared = &p->made;
cleanup:
  return status;
}

void weeg_i_prepared_clear(prepared_tally *p) {
  weeg_i_nest_clear(&p->psus.nest);
  weeg_free(p->psus.matrix);
  weeg_free(p->psus.weight);
  weeg_free(p->psus.bits);
  weeg_free(p->made.cell_n);
  weeg_free(p->made.cell_sum);
  weeg_free(p->made.cell_w);
  *p = (prepared_tally){0};
}

/* ---- which PSUs have rows ---- */

bool weeg_i_has_bits(const weeg_tally *tally) { return tally->prepared != NULL && tally->prepared->psus->bits != NULL; }

void weeg_i_join_bits(const weeg_tally *tally, const int32_t *domain_of, uint64_t *bits) {
  const prepared_psus *p = tally->prepared->psus;
  for (int32_t c = 0; c < tally->cells; c++) {
    if (domain_of[c] < 0) continue;
    uint64_t *to = bits + (int64_t)domain_of[c] * p->words;
    for (int32_t k = 0; k < p->words; k++) to[k] |= p->bits[(int64_t)c * p->words + k];
  }
}

int64_t weeg_i_count_bits(const uint64_t *bits, int32_t from, int32_t end) {
  int64_t count = 0;
  for (int32_t k = from; k < end; k++) count += weeg_i_ones(bits[k]);
  return count;
}

int64_t weeg_i_df_of_bits(const prepared_psus *p, const uint64_t *bits) {
  return weeg_i_count_bits(bits, 0, p->psu_words) - weeg_i_count_bits(bits, p->psu_words, p->words);
}

/* ---- variances ---- */

bool weeg_i_has_matrix(const scored_sample *x) {
  const weeg_prepared *made = x->survey.tally->prepared;
  return made != NULL && made->psus->matrix != NULL && x->scores->value == NULL;
}

/* The scores by output: of each output the rows of its cells in the matrix. */
typedef struct by_output {
  int64_t *start; /* [outputs + 1] */
  const double **row;
  double *coef;
} by_output;

static void clear_by_output(by_output *t) {
  weeg_free(t->start);
  weeg_free((void *)t->row);
  weeg_free(t->coef);
}

static weeg_status sort_scores(by_output *t, const scored_sample *x, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_scores *s = x->scores;
  const prepared_psus *psus = x->survey.tally->prepared->psus;
  WEEG_NEW(t->start, (int64_t)s->outputs + 2);
  WEEG_ROOM(t->row, s->start[s->cells]);
  WEEG_ROOM(t->coef, s->start[s->cells]);
  for (int32_t c = 0; c < s->cells; c++) {
    for (int64_t k = s->start[c]; k < s->start[c + 1] && x->domains.cell[c] >= 0; k++) t->start[s->index[k] + 2]++;
  }
  for (int32_t o = 0; o < s->outputs; o++) t->start[o + 2] += t->start[o + 1];
  for (int32_t c = 0; c < s->cells; c++) {
    for (int64_t k = s->start[c]; k < s->start[c + 1] && x->domains.cell[c] >= 0; k++) {
      const int64_t at = t->start[s->index[k] + 1]++;
      t->row[at] = psus->matrix + (int64_t)c * psus->columns;
      t->coef[at] = s->coef[k];
    }
  }
cleanup:
  return status;
}

/*
 * z[columns]: the sum of rows times their coefficients, so many quads at a time that no sum waits for another, and each
 * coefficient is read once for all of them.
 */
WEEG_CLONED static void combine(const double *const *row, const double *coefs, int64_t rows, int32_t columns, double *z) {
  int32_t i = 0;
  for (; i + 4 * WEEG_QUAD <= columns; i += 4 * WEEG_QUAD) {
    weeg_quad a = {0}, b = {0}, c = {0}, d = {0};
    for (int64_t k = 0; k < rows; k++) {
      const double *x = row[k] + i, coef = coefs[k];
      a += coef * WEEG_QUAD_OF(x);
      b += coef * WEEG_QUAD_OF(x + WEEG_QUAD);
      c += coef * WEEG_QUAD_OF(x + 2 * WEEG_QUAD);
      d += coef * WEEG_QUAD_OF(x + 3 * WEEG_QUAD);
    }
    memcpy(z + i, &a, sizeof a);
    memcpy(z + i + WEEG_QUAD, &b, sizeof b);
    memcpy(z + i + 2 * WEEG_QUAD, &c, sizeof c);
    memcpy(z + i + 3 * WEEG_QUAD, &d, sizeof d);
  }
  for (; i < columns; i += WEEG_QUAD) {
    weeg_quad sum = {0}, x;
    for (int64_t k = 0; k < rows; k++) {
      memcpy(&x, row[k] + i, sizeof x);
      sum += coefs[k] * x;
    }
    memcpy(z + i, &sum, sizeof sum);
  }
}

static void score(const by_output *t, int64_t output, int32_t columns, double *z) {
  const int64_t from = t->start[output];
  combine(t->row + from, t->coef + from, t->start[output + 1] - from, columns, z);
}

/* The sum over columns of weight times squared scores: two sums, neither of which waits for the other. */
WEEG_CLONED static double sum_squares(const double *z, const double *weight, int32_t columns) {
  weeg_quad sum = {0}, other = {0};
  int32_t i = 0;
  for (; i + 2 * WEEG_QUAD <= columns; i += 2 * WEEG_QUAD) {
    const weeg_quad x = WEEG_QUAD_OF(z + i), y = WEEG_QUAD_OF(z + i + WEEG_QUAD);
    sum += WEEG_QUAD_OF(weight + i) * (x * x);
    other += WEEG_QUAD_OF(weight + i + WEEG_QUAD) * (y * y);
  }
  for (; i < columns; i += WEEG_QUAD) sum += WEEG_QUAD_OF(weight + i) * (WEEG_QUAD_OF(z + i) * WEEG_QUAD_OF(z + i));
  sum += other;
  return WEEG_QUAD_SUM(sum);
}

/* One output with each of those from it on: row[from .. outputs - 1]. weighted[columns] is scratch. Some at a time. */
WEEG_CLONED static void multiply(const double *z, const double *weight, int64_t from, int64_t outputs, int32_t columns,
                                 double *weighted, double *row) {
  int64_t k = from;
  for (int32_t i = 0; i < columns; i++) weighted[i] = weight[i] * z[from * columns + i];
  for (; k + 4 <= outputs; k += 4) {
    const double *first = z + k * columns;
    weeg_quad a = {0}, b = {0}, c = {0}, d = {0};
    for (int32_t i = 0; i < columns; i += WEEG_QUAD) {
      const weeg_quad x = WEEG_QUAD_OF(weighted + i);
      const double *y = first + i;
      a += x * WEEG_QUAD_OF(y);
      b += x * WEEG_QUAD_OF(y + columns);
      c += x * WEEG_QUAD_OF(y + 2 * (int64_t)columns);
      d += x * WEEG_QUAD_OF(y + 3 * (int64_t)columns);
    }
    row[k] = WEEG_QUAD_SUM(a);
    row[k + 1] = WEEG_QUAD_SUM(b);
    row[k + 2] = WEEG_QUAD_SUM(c);
    row[k + 3] = WEEG_QUAD_SUM(d);
  }
  for (; k < outputs; k++) {
    weeg_quad sum = {0};
    for (int32_t i = 0; i < columns; i += WEEG_QUAD) {
      weeg_quad x, y;
      memcpy(&x, weighted + i, sizeof x);
      memcpy(&y, z + k * columns + i, sizeof y);
      sum += x * y;
    }
    row[k] = WEEG_QUAD_SUM(sum);
  }
}

weeg_status weeg_i_matrix_variance(const scored_sample *x, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const prepared_psus *psus = x->survey.tally->prepared->psus;
  by_output t = {0};
  double *z = NULL;
  pulse beat = {.hooks = x->survey.design->hooks};
  WEEG_TRY(sort_scores(&t, x, err));
  WEEG_ROOM(z, psus->columns);
  for (int32_t o = 0; o < x->scores->outputs; o++) {
    if (weeg_i_stops(&beat, (t.start[o + 1] - t.start[o] + 1) * psus->columns)) break;
    score(&t, o, psus->columns, z);
    variance[o] = sum_squares(z, psus->weight, psus->columns);
  }
  WEEG_TRY(weeg_i_pulse_status(&beat, err));
cleanup:
  clear_by_output(&t);
  weeg_free(z);
  return status;
}

weeg_status weeg_i_matrix_combined(const scored_sample *x, const weeg_combinations *c, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const prepared_psus *psus = x->survey.tally->prepared->psus;
  const int64_t outputs = x->scores->outputs, columns = psus->columns;
  by_output t = {0};
  double *z = NULL, *one = NULL;
  const double **row = NULL;
  pulse beat = {.hooks = x->survey.design->hooks};
  WEEG_TRY(sort_scores(&t, x, err));
  WEEG_ROOM(z, outputs * columns);
  WEEG_ROOM(one, columns);
  WEEG_ROOM(row, c->start[c->outputs]);
  for (int64_t o = 0; o < outputs; o++) {
    if (weeg_i_stops(&beat, (t.start[o + 1] - t.start[o] + 1) * columns)) break;
    score(&t, o, psus->columns, z + o * columns);
  }
  for (int64_t k = 0; k < c->start[c->outputs]; k++) row[k] = z + c->set[k] * columns;
  for (int32_t o = 0; o < c->outputs; o++) {
    const int64_t from = c->start[o], rows = c->start[o + 1] - from;
    if (weeg_i_stops(&beat, (rows + 1) * columns)) break;
    combine(row + from, c->coef + from, rows, psus->columns, one);
    variance[o] = sum_squares(one, psus->weight, psus->columns);
  }
  WEEG_TRY(weeg_i_pulse_status(&beat, err));
cleanup:
  clear_by_output(&t);
  weeg_free(z);
  weeg_free(one);
  weeg_free((void *)row);
  return status;
}

weeg_status weeg_i_matrix_covariance(const scored_sample *x, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const prepared_psus *psus = x->survey.tally->prepared->psus;
  const int64_t outputs = x->scores->outputs, columns = psus->columns;
  by_output t = {0};
  double *z = NULL, *weighted = NULL;
  pulse beat = {.hooks = x->survey.design->hooks};
  WEEG_TRY(sort_scores(&t, x, err));
  WEEG_ROOM(z, outputs * columns);
  WEEG_ROOM(weighted, columns);
  for (int32_t o = 0; o < outputs; o++) {
    if (weeg_i_stops(&beat, (t.start[o + 1] - t.start[o] + 1) * columns)) break;
    score(&t, o, psus->columns, z + o * columns);
  }
  for (int64_t a = 0; a < outputs; a++) {
    if (weeg_i_stops(&beat, (outputs - a) * columns)) break;
    multiply(z, psus->weight, a, outputs, psus->columns, weighted, covariance + a * outputs);
  }
  WEEG_TRY(weeg_i_pulse_status(&beat, err));
cleanup:
  clear_by_output(&t);
  weeg_free(z);
  weeg_free(weighted);
  return status;
}
