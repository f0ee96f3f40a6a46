/*
 * The quantile of Student's t as a series in 1 / df from that of the normal distribution: Abramowitz and Stegun (1964), 26.7.5.
 * It is a start that one step by the density and its derivative mends.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "math/student.h"

#include <math.h>
#include <stdbool.h>

enum { TERMS = 5, MOST_STEPS = 4 };

static const double few = 5, far = 1e-6; /* series are for as many degrees of freedom, and for larger probabilities */
static const double most_df = 1e15;      /* more are the normal distribution */

/* Coefficients of powers of 1 / df. */
static void expand(double z, double *to) {
  const double x = z * z;
  to[0] = z;
  to[1] = z * (x + 1) / 4;
  to[2] = z * ((5 * x + 16) * x + 3) / 96;
  to[3] = z * (((3 * x + 19) * x + 17) * x - 15) / 384;
  to[4] = z * ((((79 * x + 776) * x + 1482) * x - 1920) * x - 945) / 92160;
}

/* The series at x, and its derivative. */
static double series_at(const double *term, double x, double *slope) {
  double sum = 0;
  *slope = 0;
  for (int k = TERMS - 1; k >= 0; k--) {
    *slope = *slope * x + sum;
    sum = sum * x + term[k];
  }
  return sum;
}

/* 2 t f(t), f the density, by Stirling's series: to 1e-5 at 5 degrees of freedom. */
static double scaled_density(double t, double df) {
  const double x = 2 / df, x2 = x * x; /* log of Gamma((df + 1) / 2) / (Gamma(df / 2) sqrt(df / 2)) */
  const double log_gamma = x * (-1.0 / 8 + x2 * (1.0 / 192 + x2 * (-1.0 / 640 + x2 * 17.0 / 14336)));
  return 0.79788456080286535588 * t * exp(log_gamma - 0.5 * (df + 1) * log1p(t * t / df));
}

static double bend_at(double t, double df, double slope) { return 1 - (df + 1) * t * t / (df + t * t) + slope; }

double weeg_i_student_width(const student_line *line, double excess) {
  const double first = -excess / line->slope;
  return first * (1 - 0.5 * line->bend * first);
}

/* Where there is no series: the slope by a small step. */
static weeg_status line_of_quantile(double alpha, double df, student_line *line, weeg_error *err) {
  const double step = 1e-4;
  double t = 0, p = 0;
  weeg_status status = weeg_t_quantile(0.5 * alpha, df, &t, err);
  if (status == WEEG_OK) status = weeg_t_tail(t * exp(step), df, &p, err);
  line->t = -t;
  line->slope = log(alpha / p) / step;
  line->bend = bend_at(t, df, line->slope);
  return status;
}

weeg_status weeg_i_student_line(double alpha, double df, student_line *line, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double term[TERMS], z = 0, slope = 0, p = 0;
  df = fmin(df, most_df);
  if (!(df >= few && alpha > far && alpha < 0.9)) return line_of_quantile(alpha, df, line, err);
  status = weeg_normal_quantile(0.5 * alpha, &z, err);
  expand(-z, term);
  line->t = series_at(term, 1 / df, &slope);
  for (int k = 0; k < MOST_STEPS && status == WEEG_OK; k++) {
    status = weeg_t_tail(line->t, df, &p, err);
    const double excess = log(p / alpha);
    line->slope = scaled_density(line->t, df) / p;
    line->bend = bend_at(line->t, df, line->slope);
    line->t *= exp(-weeg_i_student_width(line, excess));
    line->slope = scaled_density(line->t, df) / alpha;
    if (fabs(excess) < 1e-5) return status;
  }
  return status == WEEG_OK ? line_of_quantile(alpha, df, line, err) : status;
}

double weeg_i_student_inverse_df(double t, double normal) {
  double term[TERMS], slope = 0, x;
  expand(normal, term);
  x = (t - normal) / term[1]; /* the series rises and is convex, so that steps go down to it */
  for (int k = 0; k < MOST_STEPS && x > 0; k++) x -= (series_at(term, x, &slope) - t) / slope;
  return x > 0 && x < 0.25 ? x : NAN;
}
