/*
 * Small samples for the test programs: rows with a stratum, a PSU, a weight and up to three categorical variables, given
 * as arrays, become a tally and a design.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_TEST_SAMPLE_H
#define WEEG_TEST_SAMPLE_H

#include "test.h"

enum { SAMPLE_PSUS = 4096 };

typedef struct sample {
  weeg_tally *tally;
  weeg_design design;
  int32_t psu_stratum[SAMPLE_PSUS];
  int64_t stratum_psus[SAMPLE_PSUS];
} sample;

TEST_UNUSED static weeg_column sample_column(const int32_t *codes, int32_t levels) {
  return (weeg_column){codes, WEEG_CODE_I32, levels};
}

/*
 * stratum: codes 1..strata, or NULL (one stratum). psu: codes 1..psus, or NULL (each row its own). weights: NULL for 1s.
 * The rule for single-PSU strata is WEEG_LONELY_FAIL until the caller sets design.lonely; likewise design.stratum_fpc.
 */
TEST_UNUSED static void sample_make(sample *s, int64_t rows, const int32_t *stratum, int32_t strata,
                                    const int32_t *psu, int32_t psus, const weeg_column *columns, int count,
                                    const double *weights) {
  const weeg_column h = sample_column(stratum, strata), j = sample_column(psu, psus);
  double max_weight = 1;
  s->tally = NULL;
  if (weights != NULL) CHECK_OK(weeg_check_weights(weights, rows, NULL, &max_weight, NULL));
  if (psu == NULL) {
    CHECK_OK(weeg_count_levels(&h, rows, NULL, s->stratum_psus, NULL));
  } else {
    CHECK_OK(weeg_find_strata(&(weeg_sampled_rows){&h, &j, rows}, s->psu_stratum, NULL));
    for (int32_t k = 0; k < strata; k++) s->stratum_psus[k] = 0;
    for (int32_t k = 0; k < psus; k++) {
      if (s->psu_stratum[k] >= 0) s->stratum_psus[s->psu_stratum[k]]++;
    }
  }
  s->design = (weeg_design){.element = psu == NULL, .strata = strata, .psus = psu == NULL ? 0 : psus,
                            .psu_stratum = psu == NULL ? NULL : s->psu_stratum, .stratum_psus = s->stratum_psus};
  CHECK_OK(
      weeg_tally_build(ROWS_OF(columns, count, psu == NULL ? &h : &j, psu == NULL, weights, max_weight, NULL, rows),
                       NULL, &s->tally, NULL));
}

/* Entries, bytes and all. */
TEST_UNUSED static bool same_tally(const weeg_tally *a, const weeg_tally *b) {
  if (a->element != b->element || a->units != b->units || a->cells != b->cells || a->entries != b->entries ||
      a->scale != b->scale || (a->w2 == NULL) != (b->w2 == NULL)) {
    return false;
  }
  const size_t size = (size_t)a->entries;
  return size == 0 || (memcmp(a->unit, b->unit, size * sizeof *a->unit) == 0 &&
                       memcmp(a->cell, b->cell, size * sizeof *a->cell) == 0 &&
                       memcmp(a->n, b->n, size * sizeof *a->n) == 0 && memcmp(a->w, b->w, size * sizeof *a->w) == 0 &&
                       (a->w2 == NULL || memcmp(a->w2, b->w2, size * sizeof *a->w2) == 0));
}

static uint64_t sample_seed = 88172645463325252u;

/* A number in 0 .. below - 1, by xorshift: Marsaglia (2003). */
TEST_UNUSED static int32_t sample_draw(int32_t below) {
  sample_seed ^= sample_seed << 13;
  sample_seed ^= sample_seed >> 7;
  sample_seed ^= sample_seed << 17;
  return (int32_t)((sample_seed >> 16) % (uint64_t)below);
}

#endif
