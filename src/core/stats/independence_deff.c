/* The first-order Rao-Scott test whose design correction needs design effects only: as SAS has it. */
#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "stats/rao_scott.h"
#include "stats/table.h"
#include "weeg.h"

/* Proportions of the levels of a variable among the rows of the table, and their variances. */
typedef struct margin {
  int32_t size;
  double *p, *variance;     /* [size] */
} margin;

static void clear_margin(margin *m) {
  weeg_free(m->p);
  weeg_free(m->variance);
}

/* place[tally->cells]: 0 .. size - 1, or -1 for cells that are not in the table. */
static weeg_status make_margin(margin *m, const weeg_survey *survey, const int32_t *place, int32_t size,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  m->size = size;
  WEEG_NEW(m->p, size);
  WEEG_NEW(m->variance, size);
  const weeg_estimates to = {.estimate = m->p, .variance = m->variance};
  WEEG_TRY(weeg_proportions(survey, &(weeg_places){.answer = place, .answers = size}, &to, err));
cleanup:
  return status;
}

/* 1 - f, f being the part of the population's PSUs that is in the sample. */
static double part_left(const weeg_design *design) {
  double sampled = 0, population = 0;
  if (design->stratum_fpc == NULL) return 1;
  for (int32_t h = 0; h < design->strata; h++) {
    sampled += (double)design->stratum_psus[h];
    population += design->stratum_psus[h] > 0 ? design->stratum_fpc[h] : 0;
  }
  return isfinite(population) && population > 0 ? 1 - sampled / population : 1;
}

/* sum (1 - p) d = sum v (n - 1) / ((1 - f) p), with `at` for p; levels without data have no part in it. */
static double sum_effects(const margin *m, const double *at, double rows_left) {
  double sum = 0;
  for (int32_t k = 0; k < m->size; k++) {
    if (at[k] > 0) sum += m->variance[k] * rows_left / at[k];
  }
  return sum;
}

weeg_status weeg_i_test_deff(const weeg_survey *survey, const weeg_places *places, bool null_proportions,
                             weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  table t = {0};
  margin cell = {0}, row = {0}, column = {0};
  int32_t *answer = NULL;
  double *at = NULL;
  WEEG_TRY(weeg_i_table_make(&t, survey->tally, places, err));
  WEEG_NEW(answer, survey->tally->cells);
  WEEG_NEW(at, t.places);
  for (int32_t c = 0; c < survey->tally->cells; c++) answer[c] = t.use[c] ? t.place[c] % t.answers : -1;
  WEEG_TRY(make_margin(&cell, survey, t.place, t.places, err)); /* an empty cell is no obstacle here */
  WEEG_TRY(make_margin(&row, survey, t.group, t.groups, err));
  WEEG_TRY(make_margin(&column, survey, answer, t.answers, err));
  for (int32_t i = 0; i < t.places; i++) {
    at[i] = null_proportions ? row.p[i / t.answers] * column.p[i % t.answers] : cell.p[i];
  }
  const double k = (double)(test->rows - 1) * (test->columns - 1), left = part_left(survey->design);
  const double rows_left = ((double)test->n - 1) / left;
  const double of_cells = sum_effects(&cell, at, rows_left);
  const double of_margins = sum_effects(&row, row.p, rows_left) + sum_effects(&column, column.p, rows_left);
  const double correction = (of_cells - of_margins) / k;
  /* a difference that is no more than the rounding of its terms is 0 */
  if (!(correction * k > 64 * DBL_EPSILON * (of_cells + of_margins)) || !isfinite(correction)) {
    test->reason = isnan(correction) ? WEEG_REASON_NO_VARIANCE : WEEG_REASON_ZERO_VARIANCE;
    goto cleanup;
  }
  test->delta_mean = correction;
  test->statistic = test->chisq / correction;
  test->df1 = k;
  WEEG_TRY(weeg_chisq_tail(test->statistic, test->df1, &test->p_value, err));
cleanup:
  weeg_i_table_clear(&t);
  clear_margin(&cell);
  clear_margin(&row);
  clear_margin(&column);
  weeg_free(answer);
  weeg_free(at);
  return status;
}
