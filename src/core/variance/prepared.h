/*
 * Many statistics of one tally: the order of its PSUs and the sums of its cells are made once, and where most PSUs have rows in
 * most cells the cells' scores too, as a matrix from which Taylor variances are products. Internal to the core.
 */
#ifndef WEEG_PREPARED_H
#define WEEG_PREPARED_H

#include "tally/made.h"
#include "variance/nest.h"
#include "variance/walk.h"
#include "weeg.h"

typedef struct prepared_psus {
  nest nest;      /* of the only stage, with weights */
  double *matrix; /* [cells * columns] or NULL, see below */
  double *weight; /* [columns] */
  int32_t columns;
  uint64_t *bits; /* [cells * words]: the PSUs with rows, by place in the order, then in words of their own the strata */
  int32_t words, psu_words;
} prepared_psus;

/* A tally with what was made of it, which has the arrays of another. */
typedef struct prepared_tally {
  weeg_tally tally;
  weeg_prepared made;
  prepared_psus psus;
} prepared_tally;

/*
 * Of designs of one stage without replicates, calibration and unequal probabilities; of others just the copy. The survey of the
 * copy must have this design, but for its hooks.
 */
weeg_status weeg_i_prepare(prepared_tally *p, const weeg_survey *survey, weeg_error *err);
void weeg_i_prepared_clear(prepared_tally *p);

/* The nest of a tally that is prepared, or NULL. */
static inline const nest *weeg_i_prepared_nest(const weeg_tally *tally) {
  return tally->prepared == NULL ? NULL : &tally->prepared->psus->nest;
}

static inline struct students *weeg_i_prepared_students(const weeg_tally *tally) {
  return tally->prepared == NULL ? NULL : tally->prepared->students;
}

/*
 * The matrix has for each cell the sums of weights of the PSUs, less their mean in the stratum, and behind these the means of the
 * strata, for PSUs without rows; a variance is the sum over columns of weight times the square of a linear function of cells. Not
 * for strata of one PSU, nor where rows are PSUs.
 */
bool weeg_i_has_matrix(const scored_sample *x);

/* variance[outputs]; covariance[outputs * outputs], upper triangle, all outputs in domain 0. */
weeg_status weeg_i_matrix_variance(const scored_sample *x, double *variance, weeg_error *err);
weeg_status weeg_i_matrix_covariance(const scored_sample *x, double *covariance, weeg_error *err);

/* variance[combinations->outputs] of linear functions of outputs, which their `set` numbers; all have been checked. */
weeg_status weeg_i_matrix_combined(const scored_sample *x, const weeg_combinations *combinations, double *variance,
                                   weeg_error *err);

/* Whether a tally knows by cell which PSUs have rows: where it has a matrix. */
bool weeg_i_has_bits(const weeg_tally *tally);

/* The bits of the cells of each domain together: bits[domains * words], all 0 at first. Cells with domain -1 are in none. */
void weeg_i_join_bits(const weeg_tally *tally, const int32_t *domain_of, uint64_t *bits);

/* How many there are in words from .. end - 1. */
int64_t weeg_i_count_bits(const uint64_t *bits, int32_t from, int32_t end);

/* Degrees of freedom of a union: its PSUs less their strata. */
int64_t weeg_i_df_of_bits(const prepared_psus *p, const uint64_t *bits);

#endif
