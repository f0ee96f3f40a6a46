/* Quantiles and tails of estimates in samples of few PSUs. Internal to the core. */
#ifndef WEEG_EFFECTIVE_H
#define WEEG_EFFECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "math/ratio.h"
#include "variance/psus.h"
#include "weeg.h"

/* Whether there is a law: with clusters, with variances between them rather than replicates, and without given df. */
bool weeg_i_has_law(const weeg_design *design);

/* Whether the design asks for it too: WEEG_DF_EFFECTIVE. */
bool weeg_i_is_effective(const weeg_design *design);

/* The intracluster correlation of the working model. */
#define WEEG_WORKING_RHO 0.05

/* Whether what PSUs of a stratum contribute varies at all. */
bool weeg_i_stratum_varies(const psu_table *t, int32_t h);

/* The strata of PSUs, whose places ascend, by the design's rule for single-PSU strata: stratum[psus]. Returns how many. */
int32_t weeg_i_effective_strata(const psu_table *t, const int32_t *place, int32_t psus, ratio_stratum *stratum);

/* A linear function of the proportions of sets that share no rows, for one answer: the sum of coef_s p_s. */
typedef struct effective_sum {
  const psu_set *set;   /* [sets] */
  const double *p;      /* [sets] the proportions */
  const double *coef;   /* [sets] not 0 */
  int32_t sets, answer;
} effective_sum;

/*
 * The law of (estimate - value)^2 / variance estimate under a working model: rows of a PSU are alike with an intracluster
 * correlation of 0.05, whatever their weights, and the variance within a stratum is moved towards what was observed there.
 * Cleared by weeg_i_effective_clear.
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
  int32_t *place;
  ratio_stratum *stratum;
  double *c, *z, *f, *l, *own, *phi, *scratch;
} effective;

weeg_status weeg_i_effective_make(effective *e, const psu_table *t, const effective_sum *of, weeg_error *err);

/*
 * The steps of making a law, for estimates of other kinds. Settling, of c and z, moves the shares of the strata in the variance
 * towards those observed: the variances of stratum h become by[h] times what they were, c among them; degrees of freedom
 * follow. Beginning, when all of the law is there, finds whether it exists.
 */
weeg_status weeg_i_effective_settle(effective *e, double *by, weeg_error *err);
void weeg_i_effective_begin(effective *e);
void weeg_i_effective_clear(effective *e);

/* The t with P(|T| > t) = alpha, and the degrees of freedom at which Student's t has it (Inf: the normal distribution). */
weeg_status weeg_i_effective_quantile(const effective *e, double alpha, double *t, double *df, weeg_error *err);

/* P(|T| > |t|) */
weeg_status weeg_i_effective_tail(const effective *e, double t, double *p, weeg_error *err);

/* The degrees of freedom at which the upper tail of Student's t beyond t is half of alpha; Inf beyond the normal one. */
weeg_status weeg_i_equivalent_df(double t, double alpha, double *df, weeg_error *err);

/* Quantiles, their degrees of freedom and Kish's n of shares[groups * answers], whose estimates and variances are there. */
weeg_status weeg_i_effective_shares(const weeg_survey *survey, const weeg_places *places, double level, weeg_share *shares,
                                    weeg_error *err);

#endif
