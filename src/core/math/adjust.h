/* Adjustment of p-values some of which are of one hypothesis. */
#ifndef WEEG_MATH_ADJUST_H
#define WEEG_MATH_ADJUST_H

#include "weeg.h"

/* p-values [count], and the first that each is the same as: same_as[i] == i where it counts, which p is then known. */
typedef struct weeg_distinct {
  const double *p;
  const int64_t *same_as;
  int64_t count;
} weeg_distinct;

/* As weeg_adjust_p, with the adjusted value of the first for all that are the same. *counted may be NULL. */
weeg_status weeg_i_adjust_distinct(weeg_adjustment method, weeg_distinct of, double *adjusted, int64_t *counted,
                                   weeg_error *err);

#endif
