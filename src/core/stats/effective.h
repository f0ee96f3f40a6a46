/* Quantiles and tails of estimates in samples of few PSUs. Internal to the core. */
#ifndef WEEG_EFFECTIVE_H
#define WEEG_EFFECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "math/ratio.h"
#include "variance/psus.h"
#include "weeg.h"

/* Whether there is a law (weeg_has_law), and the design asks for it: WEEG_DF_EFFECTIVE. */
bool weeg_i_is_effective(const weeg_design *design);

/* The intracluster correlation of the working model. */
#define WEEG_WORKING_RHO 0.05

/* Whether what PSUs of a stratum contribute varies at all. */
bool weeg_i_stratum_varies(const psu_table *t, int32_t h);

/* The strata of PSUs, whose places ascend, by the design's rule for single-PSU strata: stratum[psus]. Returns how many. */
int32_t weeg_i_effective_strata(const psu_table *t, const int32_t *place, int32_t psus, ratio_stratum *stratum);

/*
 * What a stratum has of the variance, of the model and by the residuals, and its degrees of freedom; by: what settling makes its
 * variances times what they were.
 */
typedef struct effective_moments {
  double model, observed, df, by;
} effective_moments;

/*
 * The law of (estimate - value)^2 / variance estimate under a working model: rows of a PSU are alike with an intracluster
 * correlation of 0.05, whatever their weights, and the variance within a stratum is moved towards what was observed there.
 * Made by weeg_i_effective_new and cleared by weeg_i_effective_clear, or a frame's, until its next law is made.
 */
typedef struct effective {
  ratio law;
  /*
   * There is something to vary, and variance estimates are not a multiple of the squared deviation alone, as where one PSU
   * only has rows; nor are weights so unequal that their squares are no numbers.
   */
  bool exists;
  double df;            /* of the variance estimate by Satterthwaite's formula, before leverage */
  double largest;       /* share of a PSU in the variance */
  ratio_stratum *stratum;     /* [law.psus] */
  effective_moments *moments; /* [law.psus] of strata */
  double *c, *z;              /* [law.psus] as in ratio; residuals */
  double *f, *l, *phi;        /* as in ratio */
  double *own, *sum;          /* [sums * psus], [psus] room; the latter: of a PSU's sets what rows have in common */
} effective;

/* All zero; strata are to be filled, and their number in the law. */
weeg_status weeg_i_effective_new(effective *e, int32_t psus, int32_t sums, weeg_error *err);
void weeg_i_effective_clear(effective *e);

/*
 * The steps of making a law. Settling, of c and z, moves the shares of the strata in the variance towards those observed: the
 * variances of a stratum become moments[].by times what they were, c among them, and of its PSUs `sum` is that; degrees of
 * freedom follow. Beginning, when all of the law is there, finds whether it exists; sums: NULL, or as weeg_i_ratio_begin_by
 * takes them.
 */
void weeg_i_effective_settle(effective *e);
void weeg_i_effective_begin(effective *e, const ratio_sums *sums);

/*
 * PSUs with rows of sets that share none, and what they have there: prepared for all laws of these sets. Columns of a number per
 * PSU, that of a set after that of another, 0 where a PSU has no rows of it. Cleared by weeg_i_effective_frame_clear.
 */
typedef struct effective_frame {
  const psu_table *table;
  const psu_set *set;        /* [sets] borrowed */
  int32_t sets, psus;
  int32_t *place;            /* [psus] */
  int32_t *row;              /* [sets * psus] the PSU's number in the set, -1 none */
  double *left;              /* [psus] square root of 1 - n_h / N_h */
  int32_t answer;            /* of q and x, -1: none so far */
  double *q, *x;             /* [sets * psus] squares of weights, and weights with the answer, in units of `total` and `left` */
  double *own_w;             /* NULL, or: */
  const double *w;           /* [sets * psus] weights in these units: L of the law, but for ratios */
  double *sd;                /* [sets] of values, in relation to those of other sets; NULL: of answers */
  double *squares;           /* [sets] sums of squared weights in all PSUs of a set */
  effective law;             /* the one at hand, of which L, weights in these units, is the same for all */
} effective_frame;

weeg_status weeg_i_effective_frame_make(effective_frame *e, const psu_table *t, const psu_set *set, int32_t sets,
                                        weeg_error *err);
void weeg_i_effective_frame_clear(effective_frame *e);

/* A linear function of the proportions of a frame's sets for one answer, or of means of numbers: the sum of coef_s p_s. */
typedef struct effective_sum {
  const double *p;      /* [sets] the proportions */
  const double *coef;   /* [sets] not 0 */
  int32_t answer;
} effective_sum;

void weeg_i_effective_make(effective *e, effective_frame *frame, const effective_sum *of);

/* ---- parts of that, for effective_pair.h ---- */

/* Columns q and x of an answer, unless they are there. */
void weeg_i_effective_take_answer(effective_frame *e, int32_t answer);

/* Of set s: the square root of its variance, and what rows of a PSU have in common, for the weight of one. */
void weeg_i_effective_deviation(const effective_frame *frame, const effective_sum *of, int32_t s, double *deviation,
                                double *common);

/* Settling by moments that are there, but for what PSUs have: finds `by`, df and whether there is a law. Returns the variance. */
double weeg_i_effective_settle_strata(effective *e);

/*
 * The t with P(|T| > t) = alpha, and the degrees of freedom at which Student's t has it (Inf: the normal distribution). Both
 * functions find, before they write, that a law does not exist whose PSUs are too unequal for doubles.
 */
weeg_status weeg_i_effective_quantile(effective *e, double alpha, double *t, double *df, weeg_error *err);

/* P(|T| > |t|) */
weeg_status weeg_i_effective_tail(effective *e, double t, double *p, weeg_error *err);

/* The degrees of freedom at which the upper tail of Student's t beyond t is half of alpha; Inf beyond the normal one. */
weeg_status weeg_i_equivalent_df(double t, double alpha, double *df, weeg_error *err);

/* Quantiles, their degrees of freedom and Kish's n of shares[groups * answers], whose estimates and variances are there. */
weeg_status weeg_i_effective_shares(const weeg_survey *survey, const weeg_places *places, double level, weeg_share *shares,
                                    weeg_error *err);

/*
 * Quantiles of means, or ratios, of all groups: few[groups], of which quantile is 0 where there is no law. The values are
 * deviations from the mean, of which the sum is 0 in each group.
 */
weeg_status weeg_i_effective_means(const weeg_survey *survey, const weeg_places *places, const psu_numbers *numbers,
                                   double level, weeg_few *few, weeg_error *err);

#endif
