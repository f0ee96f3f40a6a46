/* Student's t near a quantile, by expansions. Internal to the core. */
#ifndef WEEG_STUDENT_H
#define WEEG_STUDENT_H

#include "weeg.h"

/*
 * The t that Student's t exceeds in size with probability alpha, and log p there as it depends on log t: -slope its first
 * derivative, which changes by a factor of exp(bend) with log t.
 */
typedef struct student_line {
  double t, slope, bend;
} student_line;

/* To 1e-9 of itself. */
weeg_status weeg_i_student_line(double alpha, double df, student_line *line, weeg_error *err);

/* By the logarithm of what factor t is larger than where p is alpha, for log(p / alpha): to third order in that. */
double weeg_i_student_width(const student_line *line, double excess);

/* About the 1 / df at which t is that quantile, normal being that of the normal distribution, 0 < normal < t; NaN: above 1/4. */
double weeg_i_student_inverse_df(double t, double normal);

#endif
