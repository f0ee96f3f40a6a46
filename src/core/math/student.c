/*
 * The quantile of Student's t as a series in 1 / df from that of the normal distribution: Abramowitz and Stegun (1964), 26.7.5.
 * It is a start that one step by the density and its derivative mends.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "math/student.h"

#include <math.h>
#include <stdbool.h>

#include "math/distribution.h"

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

/* ---- degrees of freedom that many figures share ------------------------------------------------------------------ */

weeg_status weeg_i_student_quantile(students *known, double p, int64_t df, double *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int k = 0;
  if (known == NULL) return weeg_t_quantile(p, (double)df, t, err);
  while (k < WEEG_STUDENT_PROBABILITIES - 1 && known->quantiles[k].p != p && known->quantiles[k].p > 0) k++;
  student_quantiles *q = &known->quantiles[k];
  const int64_t at = df % WEEG_STUDENT_DF;
  if (q->p != p) *q = (student_quantiles){.p = p};
  if (q->df[at] != df) {
    q->df[at] = 0;
    status = weeg_t_quantile(p, (double)df, &q->t[at], err);
    if (status != WEEG_OK) return status;
    q->df[at] = df;
  }
  *t = q->t[at];
  return WEEG_OK;
}

static const double POINTS_IN_ONE = 8;

/*
 * Where the singularities of the density are 1.7 or more away, and its logarithm has a slope of 6 at most: terms of the series
 * then fall fast, and degrees of freedom are exact.
 */
static const double last_point = 6;
static const int64_t fewest_df = 3, most_exact_df = (int64_t)1 << 40;

/*
 * The tail a step from t: the integral of the density by its Taylor series, whose terms follow from each other by its
 * differential equation, (df + t^2) f' = -(df + 1) t f.
 */
static double tail_from(double t, double df, double tail, double slope, double step) {
  static const double inverse[] = {1,        1.0 / 2,  1.0 / 3,  1.0 / 4,  1.0 / 5,  1.0 / 6,  1.0 / 7,  1.0 / 8,  1.0 / 9,
                                   1.0 / 10, 1.0 / 11, 1.0 / 12, 1.0 / 13, 1.0 / 14, 1.0 / 15, 1.0 / 16, 1.0 / 17, 1.0 / 18,
                                   1.0 / 19, 1.0 / 20, 1.0 / 21, 1.0 / 22, 1.0 / 23, 1.0 / 24};
  enum { LAST = sizeof inverse / sizeof *inverse - 1 };
  const double part = step / (df + t * t);
  double before = 0, term = slope, sum = slope, last = slope;
  for (int k = 0; k < LAST; k++) { /* term: that of the density, times step to its power */
    const double next = -((2 * k + df + 1) * t * term + (k + df) * step * before) * part * inverse[k];
    const double added = next * inverse[k + 1];
    before = term;
    term = next;
    sum += added;
    if ((fabs(added) + fabs(last)) * fabs(step) < 1e-17 * tail) break;
    last = added;
  }
  return tail - step * sum;
}

weeg_status weeg_i_student_tail(students *known, double t, int64_t df, double *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double size = fabs(t);
  if (!(size < last_point && df >= fewest_df && df <= most_exact_df)) return weeg_t_tail(t, (double)df, p, err);
  const int k = (int)(size * POINTS_IN_ONE + 0.5);
  const double at = k / POINTS_IN_ONE;
  student_tails *of = &known->tails[df % WEEG_STUDENT_TAILS];
  if (of->df != df) *of = (student_tails){.df = df};
  if (!(of->slope[k] > 0)) {
    status = weeg_t_tail(at, (double)df, &of->tail[k], err);
    if (status != WEEG_OK) return status;
    of->slope[k] = 2 * weeg_i_t_density(at, (double)df);
  }
  *p = tail_from(at, (double)df, of->tail[k], of->slope[k], size - at);
  return WEEG_OK;
}
