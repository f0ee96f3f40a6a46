/* Student's t near a quantile, by expansions, and of degrees of freedom that many figures have. Internal to the core. */
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

/*
 * What is known of degrees of freedom that many figures share, of each remainder the last ones; all 0 at first. Quantiles are as
 * weeg_t_quantile() has them. Tails are known at points a step apart, from where Taylor's series leads to those between: to
 * 1e-14, and the same whatever was asked for before.
 */
enum { WEEG_STUDENT_DF = 64, WEEG_STUDENT_TAILS = 8, WEEG_STUDENT_PROBABILITIES = 3, WEEG_STUDENT_POINTS = 49 };

typedef struct student_quantiles {
  double p; /* 0: not yet, as degrees of freedom */
  int64_t df[WEEG_STUDENT_DF];
  double t[WEEG_STUDENT_DF];
} student_quantiles;

typedef struct student_tails {
  int64_t df;
  double tail[WEEG_STUDENT_POINTS], slope[WEEG_STUDENT_POINTS]; /* of both sides; 0: not yet */
} student_tails;

typedef struct students {
  student_quantiles quantiles[WEEG_STUDENT_PROBABILITIES];
  student_tails tails[WEEG_STUDENT_TAILS];
} students;

/* As weeg_t_quantile() and weeg_t_tail(), df > 0. known may be NULL for a quantile. */
weeg_status weeg_i_student_quantile(students *known, double p, int64_t df, double *t, weeg_error *err);
weeg_status weeg_i_student_tail(students *known, double t, int64_t df, double *p, weeg_error *err);

#endif
