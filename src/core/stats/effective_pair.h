/* Laws of functions of two proportions: one pass over the PSUs for each. Internal to the core. */
#ifndef WEEG_EFFECTIVE_PAIR_H
#define WEEG_EFFECTIVE_PAIR_H

#include "stats/effective.h"

/* Sums of a stratum before its variances are settled, by their places. */
enum {
  WEEG_PAIR_C,           /* c, c^2, c^3 */
  WEEG_PAIR_F = 3,       /* F_1, F_2 */
  WEEG_PAIR_FF = 5,      /* F_1 F_1, F_1 F_2, F_2 F_2 */
  WEEG_PAIR_LF = 8,      /* L_1 F_1, L_1 F_2, L_2 F_1, L_2 F_2 */
  WEEG_PAIR_SUMS = 12
};

/* What a stratum has of a frame of two sets. L and residuals are the same for all functions of an answer's two proportions. */
typedef struct pair_stratum {
  double l[2], l12;           /* sums of L, and of L_1 L_2 */
  double r[3];                /* factor times products of the residuals' deviations: r_1 r_1, r_1 r_2, r_2 r_2 */
  double sum[WEEG_PAIR_SUMS]; /* of the law at hand */
  double most;                /* its largest c */
} pair_stratum;

/* A frame of two sets, borrowed, and its strata. Cleared by weeg_i_effective_pair_clear. */
typedef struct effective_pair {
  effective_frame *frame;
  pair_stratum *stratum; /* [strata] */
  double ll[3];          /* sums over strata of factor times products of L: L_1 L_1, L_1 L_2, L_2 L_2 */
  int32_t answer;        /* of r, -1: none so far */
} effective_pair;

weeg_status weeg_i_effective_pair_new(effective_pair *pair, effective_frame *frame, weeg_error *err);
void weeg_i_effective_pair_clear(effective_pair *pair);

/* As weeg_i_effective_make. c and F stay as they are before settling. */
void weeg_i_effective_pair_make(effective *e, effective_pair *pair, const effective_sum *of);

#endif
