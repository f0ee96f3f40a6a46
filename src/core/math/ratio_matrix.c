/*
 * D(x) as in ratio.c, with matrices of order k in place of E_i = I + y factor C_i. These are diagonalised once, as C_i =
 * U diag(e) U', so that every phase below is that of numbers with a positive real part, or is followed along the line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "math/ratio_matrix.h"

#include <complex.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/vector.h"
#include "math/ratio_moments.h"

typedef double complex number;

static const double pi = 3.14159265358979323846;

enum { MOST_POINTS = 2000, STEPS = 30 };

static const double tolerance = 1e-5; /* of a tail by moments, relative */

/* What is prepared for all x, and room for one. */
typedef struct prepared {
  const ratio_matrix *r;
  double *value, *vector;  /* [psus * k] eigenvalues of C_i; [psus * k * k] eigenvectors in columns */
  int32_t stride;          /* k + 2q, rounded up to quads */
  double *v;               /* [psus * k * stride] U', U'(F_i, Gamma_i) */
  double *inverse_phi;     /* [q * q] */
  double log_phi;
  double *products;        /* [2 * stride * stride] sums over a stratum: real parts, imaginary parts */
  double *parts, *factors; /* [k * stride] rows of a PSU by their factors; [3 * k] these: squared sizes, real, imaginary parts */
  number *j;               /* [2q * 2q] */
  number *e1, *ev, *work;  /* [k * k], [k * 2q], [(k + 2q) * 4q] */
  number *a, *m;           /* [q * q] */
  double phase[2];         /* of the last two determinants, followed */
  ratio_moments moments;   /* in place of sums over PSUs, if `many` */
  bool many;
} prepared;

static void clear_prepared(prepared *p) {
  weeg_free(p->value);
  weeg_free(p->vector);
  weeg_free(p->v);
  weeg_free(p->inverse_phi);
  weeg_free(p->j);
  weeg_free(p->products);
  weeg_free(p->parts);
  weeg_free(p->factors);
  weeg_free(p->e1);
  weeg_free(p->ev);
  weeg_free(p->work);
  weeg_free(p->a);
  weeg_free(p->m);
  weeg_i_ratio_moments_clear(&p->moments);
}

/* ---- small matrices ---- */

/*
 * Solves a x = b in place, a[n * n] and b[n * columns] overwritten. The determinant of a as its logarithm and *phase, which is
 * that of its pivots. ordered: a is symmetric with a positive definite real part, so that rows need not be exchanged, and all
 * pivots have a positive real part.
 */
static double solve(number *a, int32_t n, bool ordered, number *b, int32_t columns, double *phase) {
  double log_size = 0, angle = 0;
  for (int32_t k = 0; k < n; k++) {
    int32_t pivot = k;
    for (int32_t i = k + 1; i < n && !ordered; i++) pivot = cabs(a[i * n + k]) > cabs(a[pivot * n + k]) ? i : pivot;
    for (int32_t c = 0; c < n && pivot != k; c++) {
      const number other = a[k * n + c];
      a[k * n + c] = a[pivot * n + c];
      a[pivot * n + c] = other;
    }
    for (int32_t c = 0; c < columns && pivot != k; c++) {
      const number other = b[k * columns + c];
      b[k * columns + c] = b[pivot * columns + c];
      b[pivot * columns + c] = other;
    }
    log_size += log(cabs(a[k * n + k]));
    angle += carg(a[k * n + k]) + (pivot == k ? 0 : pi);
    for (int32_t i = 0; i < n; i++) {
      if (i == k) continue;
      const number by = a[i * n + k] / a[k * n + k];
      for (int32_t c = k + 1; c < n; c++) a[i * n + c] -= by * a[k * n + c];
      for (int32_t c = 0; c < columns; c++) b[i * columns + c] -= by * b[k * columns + c];
    }
  }
  for (int32_t i = 0; i < n; i++) {
    for (int32_t c = 0; c < columns; c++) b[i * columns + c] /= a[i * n + i];
  }
  *phase = angle;
  return log_size;
}

/* The phase nearest to the one before that is the same angle. */
static double follow(double *before, double phase) {
  *before = phase - 2 * pi * round((phase - *before) / (2 * pi));
  return *before;
}

/* ---- preparation ---- */

static weeg_status diagonalise(prepared *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const ratio_matrix *r = p->r;
  const int32_t k = r->order;
  gsl_eigen_symmv_workspace space = {.size = (size_t)k};
  double *copy = NULL;
  WEEG_NEW(copy, (int64_t)k * k);
  WEEG_NEW(space.d, k);
  WEEG_NEW(space.sd, k);
  WEEG_NEW(space.gc, k);
  WEEG_NEW(space.gs, k);
  for (int32_t i = 0; i < r->psus; i++) {
    memcpy(copy, r->c + (int64_t)i * k * k, sizeof *copy * (size_t)k * (size_t)k);
    gsl_matrix_view matrix = gsl_matrix_view_array(copy, (size_t)k, (size_t)k);
    gsl_matrix_view vectors = gsl_matrix_view_array(p->vector + (int64_t)i * k * k, (size_t)k, (size_t)k);
    gsl_vector_view values = gsl_vector_view_array(p->value + (int64_t)i * k, (size_t)k);
    if (gsl_eigen_symmv(&matrix.matrix, &values.vector, &vectors.matrix, &space) != GSL_SUCCESS) {
      status = weeg_fail(err, WEEG_ERR_NUMERIC, -1, "the eigenvalues of a PSU's covariance were not found");
      goto cleanup;
    }
    for (int32_t a = 0; a < k; a++) p->value[(int64_t)i * k + a] = fmax(0, p->value[(int64_t)i * k + a]);
  }
cleanup:
  weeg_free(copy);
  weeg_free(space.d);
  weeg_free(space.sd);
  weeg_free(space.gc);
  weeg_free(space.gs);
  return status;
}

static weeg_status invert_phi(prepared *p, weeg_error *err) {
  const int32_t q = p->r->sums;
  double phase = 0;
  for (int32_t a = 0; a < q * q; a++) p->a[a] = p->r->phi[a];
  for (int32_t a = 0; a < q * q; a++) p->m[a] = a % (q + 1) == 0 ? 1 : 0;
  p->log_phi = solve(p->a, q, true, p->m, q, &phase);
  for (int32_t a = 0; a < q * q; a++) p->inverse_phi[a] = creal(p->m[a]);
  const bool definite = isfinite(p->log_phi) && phase == 0; /* a pivot below 0 has another phase */
  return definite ? WEEG_OK : weeg_fail(err, WEEG_ERR_NUMERIC, -1, "the sums of a working model are dependent");
}

/* U' and U'(F, F Phi^-1 - L) of all PSUs. */
static void rotate(prepared *p, double *gamma) {
  const ratio_matrix *r = p->r;
  const int32_t k = r->order, q = r->sums;
  for (int32_t i = 0; i < r->psus; i++) {
    const double *f = r->f + (int64_t)i * k * q, *l = r->l + (int64_t)i * k * q, *u = p->vector + (int64_t)i * k * k;
    double *v = p->v + (int64_t)i * k * p->stride;
    for (int32_t a = 0; a < k; a++) {
      for (int32_t b = 0; b < q; b++) {
        double sum = -l[a * q + b];
        for (int32_t c = 0; c < q; c++) sum += f[a * q + c] * p->inverse_phi[c * q + b];
        gamma[a * q + b] = sum;
      }
    }
    for (int32_t a = 0; a < k; a++, v += p->stride) {
      for (int32_t b = 0; b < k; b++) v[b] = u[b * k + a];
      for (int32_t b = 0; b < q; b++) {
        double one = 0, other = 0;
        for (int32_t c = 0; c < k; c++) {
          one += u[c * k + a] * f[c * q + b];
          other += u[c * k + a] * gamma[c * q + b];
        }
        v[k + b] = one;
        v[k + q + b] = other;
      }
    }
  }
}

static weeg_status prepare(prepared *p, const ratio_matrix *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t k = r->order, q = r->sums;
  p->r = r;
  WEEG_NEW(p->inverse_phi, q * q);
  WEEG_NEW(p->j, 4 * q * q);
  WEEG_NEW(p->work, (k + 2 * q) * 4 * q);
  WEEG_NEW(p->a, q * q);
  WEEG_NEW(p->m, q * q);
  WEEG_TRY(invert_phi(p, err));
cleanup:
  return status;
}

/* What sums over PSUs need. */
static weeg_status prepare_psus(prepared *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t k = p->r->order, q = p->r->sums, psus = p->r->psus;
  double *gamma = NULL;
  WEEG_NEW(p->value, psus * k);
  WEEG_NEW(p->vector, psus * k * k);
  p->stride = (int32_t)((k + 2 * q + 3) / 4 * 4);
  WEEG_NEW(p->v, psus * k * p->stride);
  WEEG_NEW(p->products, 2 * (int64_t)p->stride * p->stride);
  WEEG_NEW(p->parts, k * p->stride);
  WEEG_NEW(p->factors, 3 * k);
  WEEG_NEW(p->e1, k * k);
  WEEG_NEW(p->ev, k * 2 * q);
  WEEG_NEW(gamma, k * q);
  WEEG_TRY(diagonalise(p, err));
  rotate(p, gamma);
cleanup:
  weeg_free(gamma);
  return status;
}

/* ---- D(x) ---- */

/* part[a] = row[a] / size[a] by[a], rows of `stride` numbers. */
WEEG_CLONED
static void divide_rows(double *part, const double *row, const double *size, const double *by, int32_t count, int32_t stride) {
  for (int32_t a = 0; a < count; a++, part += stride, row += stride) {
    WEEG_VECTORISED
    for (int32_t b = 0; b < stride; b++) part[b] = row[b] / size[a] * by[a];
  }
}

/*
 * Adds the lower triangle of sum_a part_a row_a', four rows and columns at a time: what these have beyond the diagonal is not
 * looked at. A row has `stride` numbers, a multiple of four, and so many there are.
 */
WEEG_CLONED
static void add_squares(double *to, const double *rows, const double *parts, int32_t count, int32_t stride) {
  for (int32_t b = 0; b < stride; b += 4, to += 4 * stride) {
    for (int32_t c = 0; c < b + 4; c += WEEG_QUAD) {
      const double *row = rows + c, *part = parts + b;
      weeg_quad sum[4];
      WEEG_UNROLLED
      for (int k = 0; k < 4; k++) sum[k] = WEEG_QUAD_OF(to + k * stride + c);
      for (int32_t a = 0; a < count; a++, row += stride, part += stride) {
        const weeg_quad of = WEEG_QUAD_OF(row);
        WEEG_UNROLLED
        for (int k = 0; k < 4; k++) sum[k] += part[k] * of;
      }
      WEEG_UNROLLED
      for (int k = 0; k < 4; k++) memcpy(to + k * stride + c, &sum[k], sizeof sum[k]);
    }
  }
}

/*
 * Adds what a PSU has to sums over its stratum: the lower triangle of rows (U', U'(F, Gamma)), each times its 1 / (1 + by e),
 * by itself. Complex numbers by their parts, as plain loops are fast.
 */
static number add_psu(prepared *p, int32_t i, number by) {
  const int32_t k = p->r->order, stride = p->stride;
  const double *e = p->value + (int64_t)i * k, *v = p->v + (int64_t)i * k * stride;
  double log_size = 0, angle = 0, *size = p->factors, *re = size + k, *im = re + k;
  for (int32_t a = 0; a < k; a++) {
    re[a] = 1 + creal(by) * e[a];
    im[a] = -(cimag(by) * e[a]);
    size[a] = re[a] * re[a] + im[a] * im[a];
    log_size += 0.5 * log(size[a]);
    angle += im[a] == 0 && re[a] > 0 ? 0 : atan2(-im[a], re[a]);
  }
  divide_rows(p->parts, v, size, re, k, stride);
  add_squares(p->products, v, p->parts, k, stride);
  if (cimag(by) != 0) {
    divide_rows(p->parts, v, size, im, k, stride);
    add_squares(p->products + (int64_t)stride * stride, v, p->parts, k, stride);
  }
  return log_size + I * angle;
}

/* An element of what add_psu adds up. */
static number product_at(const prepared *p, int32_t row, int32_t column) {
  const int64_t stride = p->stride;
  return p->products[row * stride + column] + I * p->products[(stride + row) * stride + column];
}

/* Adds a stratum to J, and returns the logarithm of its factors of D. */
static number add_stratum(prepared *p, const ratio_stratum *h, number y) {
  const int32_t k = p->r->order, wide = 2 * p->r->sums;
  const number by = y * h->factor;
  number log_d = 0;
  double phase = 0;
  memset(p->products, 0, sizeof *p->products * 2 * (size_t)p->stride * (size_t)p->stride);
  for (int32_t i = h->first; i < h->first + h->count; i++) log_d += add_psu(p, i, by);
  for (int32_t a = 0; a < wide; a++) {
    for (int32_t b = 0; b <= a; b++) p->j[a * wide + b] += h->factor * product_at(p, k + a, k + b);
  }
  if (!h->centred) return log_d;
  for (int32_t a = 0; a < k; a++) {
    for (int32_t b = 0; b <= a; b++) p->e1[b * k + a] = p->e1[a * k + b] = product_at(p, a, b);
    p->e1[a * k + a] += h->units - h->count;
    for (int32_t b = 0; b < wide; b++) p->work[a * wide + b] = p->ev[a * wide + b] = product_at(p, k + b, a);
  }
  log_d += solve(p->e1, k, true, p->work, wide, &phase) - k * log(h->units);
  for (int32_t a = 0; a < wide; a++) {
    for (int32_t b = 0; b <= a; b++) {
      number sum = 0;
      for (int32_t c = 0; c < k; c++) sum += p->ev[c * wide + a] * p->work[c * wide + b];
      p->j[a * wide + b] -= h->factor * sum;
    }
  }
  return log_d + I * phase;
}

/* log D(x), continued from the last call. */
static number log_determinant(prepared *p, number x, double tau) {
  const int32_t k = p->r->order, q = p->r->sums, wide = 2 * q;
  const number y = x * tau;
  number log_d = -p->log_phi, *right = p->work;
  double phase = 0;
  for (int32_t a = 0; a < wide * wide; a++) p->j[a] = 0;
  if (p->many) log_d += weeg_i_ratio_moments_at(&p->moments, y, p->j);
  for (int32_t h = 0; h < p->r->strata && !p->many; h++) {
    if (p->r->stratum[h].factor > 0) log_d += add_stratum(p, &p->r->stratum[h], y);
  }
  for (int32_t a = 0; a < wide; a++) {
    for (int32_t b = 0; b < a; b++) p->j[b * wide + a] = p->j[a * wide + b];
  }
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) {
      p->a[a * q + b] = p->r->phi[a * q + b] - y * p->j[a * wide + b];
      right[a * q + b] = p->j[a * wide + q + b];
    }
  }
  log_d += solve(p->a, q, false, right, q, &phase);
  log_d += I * follow(&p->phase[0], phase);
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) {
      number sum = 0;
      for (int32_t c = 0; c < q; c++) sum += p->j[(q + a) * wide + c] * right[c * q + b];
      p->m[a * q + b] = y * (p->j[(q + a) * wide + q + b] + y * sum) - (a == b && a < k ? x : 0);
    }
  }
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) {
      number sum = a == b ? 1 : 0;
      for (int32_t c = 0; c < q; c++) sum += p->r->phi[a * q + c] * p->m[c * q + b];
      p->a[a * q + b] = sum;
    }
  }
  log_d += solve(p->a, q, false, right, 0, &phase);
  return log_d + I * follow(&p->phase[1], phase);
}

/* ---- the tail ---- */

/*
 * The derivative of -log D(2 s) / 2 at real s: that of the cumulant function of one copy, which rises with s; from a step into
 * the complex plane. NaN beyond the poles on either side, where D is not positive.
 */
static double slope(prepared *p, double s, double tau) {
  const double step = 1e-8 * fabs(s);
  p->phase[0] = p->phase[1] = 0;
  const double angle = cimag(log_determinant(p, 2 * (s + I * step), tau));
  return fabs(angle) > 1 ? NAN : -angle / (2 * step);
}

/*
 * Whether real s > 0, of the last determinant, is before the first pole: there I - 2 s Sigma M is positive definite, and so is
 * its part of order q.
 */
static bool was_before_pole(prepared *p) {
  const int32_t q = p->r->sums;
  double phase = 0;
  for (int32_t a = 0; a < q * q; a++) p->a[a] = p->inverse_phi[a] + creal(p->m[a]);
  return isfinite(solve(p->a, q, true, p->work, 0, &phase)) && phase == 0;
}

static bool before_pole(prepared *p, double s, double tau) {
  p->phase[0] = p->phase[1] = 0;
  (void)log_determinant(p, 2 * s, tau);
  return was_before_pole(p);
}

/* The slope before the first pole; NaN beyond it. */
static double slope_before_pole(prepared *p, double s, double tau) {
  const double rises = slope(p, s, tau);
  return was_before_pole(p) ? rises : NAN;
}

/* Between two points on one side of 0: the slope is below 0, or there is none, at `below`, and above 0 at `above`. */
static double bisect(prepared *p, double tau, double below, double above) {
  for (int k = 0; k < 30 && fabs(above - below) > 0.02 * fabs(above + below); k++) {
    const double middle = 0.5 * (below + above);
    *(slope(p, middle, tau) > 0 ? &above : &below) = middle;
  }
  return above;
}

/* A point of the real axis, with the nearest singularities of the integrand at `left` and `right` or beyond. */
typedef struct crossing {
  double at, left, right;
} crossing;

/* The largest eigenvalue of var S, or up to k^(1/16) times that: the root of the trace of its sixteenth power. */
static double largest_variance(prepared *p) {
  const int32_t k = p->r->order, q = p->r->sums;
  double log_scale = 0, power = 1;
  for (int32_t a = 0; a < k; a++) {
    for (int32_t b = 0; b < k; b++) p->a[a * k + b] = p->r->phi[a * q + b];
  }
  for (int i = 0; i < 4; i++, power *= 2) {
    double trace = 0;
    for (int32_t a = 0; a < k; a++) trace += creal(p->a[a * k + a]);
    log_scale += log(trace) / power;
    for (int32_t e = 0; e < k * k; e++) p->a[e] /= trace;
    for (int32_t a = 0; a < k; a++) {
      for (int32_t b = 0; b < k; b++) {
        number sum = 0;
        for (int32_t c = 0; c < k; c++) sum += p->a[a * k + c] * p->a[c * k + b];
        p->m[a * k + b] = sum;
      }
    }
    memcpy(p->a, p->m, sizeof *p->a * (size_t)(k * k));
  }
  double trace = 0;
  for (int32_t a = 0; a < k; a++) trace += creal(p->a[a * k + a]);
  return exp(log_scale + log(trace) / power);
}

/*
 * Far in the tail, where the saddlepoint is beyond `far`: near enough to it for the integrand to be of the size of the tail,
 * or the sum would lose all digits of that, and with the pole known by a part of the distance to it. Infinite where there is no
 * pole: V is never so small beside S'S.
 */
static crossing find_far(prepared *p, double tau, double copies, double far) {
  double at = far, above = 2 * far, falls = -slope(p, far, tau);
  while (above < 1e15 * far && slope_before_pole(p, above, tau) < 0) above *= 2;
  if (!(above < 1e15 * far)) return (crossing){INFINITY, 0, INFINITY};
  double beyond = above;
  for (int k = 0; k < 60 && copies * falls * (above - at) > 0.5; k++) {
    const double middle = 0.5 * (at + above), rises = slope_before_pole(p, middle, tau);
    if (isnan(rises)) beyond = middle;
    if (rises < 0) {
      at = middle;
      falls = -rises;
    } else {
      above = middle;
    }
  }
  double inside = at;
  for (int k = 0; k < 60 && beyond - inside > 0.5 * (inside - at); k++) {
    const double middle = 0.5 * (inside + beyond);
    *(before_pole(p, middle, tau) ? &inside : &beyond) = middle;
  }
  return (crossing){at, 0, inside};
}

/*
 * Near the saddlepoint. On the right of 0 the first pole is at 1 / 2 of the largest eigenvalue of var S or beyond; on the left
 * it is found on the way, and half-way to it is taken. Not too near to 0, where there is another.
 */
static crossing find_crossing(prepared *p, double tau, double copies) {
  const double pole = 1 / (2 * largest_variance(p)), near = 0.05 * pole, far = 0.999 * pole;
  if (slope(p, near, tau) > 0) {
    double s = -near;
    for (int k = 0; k < 40 && slope(p, s, tau) > 0; k++) s *= 2;
    if (s != -near) s = bisect(p, tau, s, 0.5 * s);
    else if (!(slope(p, s, tau) < 0)) s = bisect(p, tau, s, 1e-3 * s);
    return (crossing){0.5 * s, s, 0};
  }
  if (slope(p, far, tau) < 0) return find_far(p, tau, copies, far);
  const double s = bisect(p, tau, near, far);
  return (crossing){s, 0, pole};
}

/*
 * Along the right branch of a hyperbola, s = centre + i scale sinh(v - i pi/4), as the integrand decreases to the right like
 * exp(-s) where V has many degrees of freedom. It is analytic in v up to pi/4 on either side, and its peak at 0 is not narrower
 * than 0.4 / sqrt(copies k / 2) or so: the sum over equal steps has all digits of it.
 * doubt: about the relative error that moments make.
 */
static weeg_status integrate(prepared *p, const crossing *line, double tau, double copies, double *tail, double *doubt,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double slant = sqrt(0.5), step = 1 / sqrt(STEPS + 1.8 * copies * p->r->order);
  const double scale = fmin((line->at - line->left) / (1 + slant), (line->right - line->at) / (1 - slant));
  const double centre = line->at - slant * scale;
  const int64_t work = p->many ? 1 : (int64_t)p->r->psus * p->r->order * p->r->sums * p->r->sums;
  double sum = 0, size = 0, unsure = 0, last = INFINITY;
  *doubt = *tail = 0;
  if (isinf(line->at)) goto cleanup;
  p->phase[0] = p->phase[1] = 0;
  (void)log_determinant(p, 2 * line->at, tau); /* real: phases begin at 0 */
  for (int32_t i = 0; i < MOST_POINTS && last > 1e-12 * size; i++) {
    const double v = (i + 0.5) * step;
    const number z = centre + scale * slant * (cosh(v) + I * sinh(v)), turn = scale * slant * (cosh(v) - I * sinh(v));
    const number part = cexp(-0.5 * copies * log_determinant(p, 2 * z, tau)) / z * turn; /* dz = i turn dv */
    sum += creal(part);
    last = cabs(part);
    size += last;
    if (p->many) unsure += last * 0.5 * copies * weeg_i_ratio_moments_doubt(&p->moments, 2 * z * tau);
    (void)weeg_i_stops(p->r->beat, work);
    WEEG_TRY(weeg_i_pulse_status(p->r->beat, err));
  }
  sum = sum * step / pi + (line->at < 0 ? 1 : 0); /* on the left the integral is the other tail, below 0 */
  if (isnan(sum)) return weeg_fail(err, WEEG_ERR_NUMERIC, -1, "a p-value was not found");
  *tail = fmin(fmax(sum, 0), 1);
  *doubt = unsure * step / pi / *tail;
cleanup:
  return status;
}

/* By moments where their error is small; else they have found where the line is to cross, unless they are of no use. */
weeg_status weeg_i_ratio_matrix_tail(const ratio_matrix *r, double tau, double copies, double *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  prepared at = {.many = true};
  WEEG_TRY(prepare(&at, r, err));
  WEEG_TRY(weeg_i_ratio_moments_make(&at.moments, r, at.inverse_phi, err));
  crossing line = find_crossing(&at, tau, copies);
  double doubt = 0.5 * copies * weeg_i_ratio_moments_doubt(&at.moments, 2 * line.at * tau);
  const bool crosses = doubt < 0.1;
  if (doubt < 10 * tolerance) WEEG_TRY(integrate(&at, &line, tau, copies, p, &doubt, err));
  if (doubt < tolerance) goto cleanup;
  at.many = false;
  WEEG_TRY(prepare_psus(&at, err));
  if (!crosses) line = find_crossing(&at, tau, copies);
  WEEG_TRY(integrate(&at, &line, tau, copies, p, &doubt, err));
cleanup:
  clear_prepared(&at);
  return status;
}
