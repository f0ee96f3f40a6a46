/* Sums over PSUs by the first terms of their series in -y: those of products of columns are sum c^n v v', and so on. */
#include <math.h>

#include "base/vector.h"
#include "math/ratio_space.h"

enum { TERMS = WEEG_TERMS };

/* The lower triangle of to[wide * wide]: products of columns of x and y. */
static void cross(const ratio_space *s, int32_t wide, const double *x, const double *y, double *to) {
  for (int32_t a = 0; a < wide; a++) {
    for (int32_t b = 0; b <= a; b++) to[a * wide + b] = weeg_i_dot(x + a * s->rows, y + b * s->rows, s->rows);
  }
}

/* A stratum's part of the terms: with A_n = sum c^n v, S_n = sum c^n and B = 1 + sum_n (-y)^n S_n / m, that of A'B^-1 A / m. */
static void add_stratum_terms(const ratio_space *s, const ratio_stratum *at, int32_t wide, double *log_det) {
  const double share = at->centred ? 1 / at->units : 0;
  double power[TERMS + 2] = {0}, inverse[TERMS + 1] = {1};
  for (int64_t i = at->first; i < at->first + at->count; i++) {
    double by = s->c[i];
    for (int n = 1; n <= TERMS + 1; n++, by *= s->c[i]) power[n] += by;
  }
  for (int n = 1; n <= TERMS; n++) {
    for (int i = 1; i <= n; i++) inverse[n] -= share * power[i] * inverse[n - i];
  }
  for (int n = 1; n <= TERMS + 1; n++) {
    double own = -power[n];
    for (int i = 1; i <= n && share > 0; i++) own += i * share * power[i] * (i < n ? inverse[n - i] : 1);
    log_det[n] += (n % 2 == 1 ? -1 : 1) * own / n;
  }
  for (int32_t a = 0; a < wide && share > 0; a++) {
    const double *v = s->v + a * s->rows, *cv = s->by_c[0] + a * s->rows, *c2v = s->by_c[1] + a * s->rows;
    double sum[TERMS] = {0};
    for (int64_t i = at->first; i < at->first + at->count; i++) {
      sum[0] += v[i];
      sum[1] += cv[i];
      sum[2] += c2v[i];
      sum[3] += c2v[i] * s->c[i];
    }
    for (int n = 0; n < TERMS; n++) s->sums[n * wide + a] = sum[n];
    for (int n = 0; n < TERMS; n++) { /* a term of B^-1 A of this column, with all terms of the others */
      double solved = 0;
      for (int i = 0; i <= n; i++) solved += share * inverse[i] * sum[n - i];
      for (int i = 0; n + i < TERMS; i++) {
        double *to = s->terms + (n + i) * wide * wide + a * wide;
        for (int32_t b = 0; b <= a; b++) to[b] -= solved * s->sums[i * wide + b];
      }
    }
  }
}

/* Terms of the logarithm of G's factors of PSUs and strata, and of J. */
void weeg_i_ratio_find_terms(ratio *r, const ratio_space *s, const double *inverse_phi) {
  const int32_t q = r->sums, wide = 2 * q;
  const int64_t size = (int64_t)wide * wide;
  double log_det[TERMS + 2] = {0};
  for (int32_t a = 0; a < wide; a++) {
    const double *v = s->v + a * s->rows;
    double *restrict cv = s->by_c[0] + a * s->rows, *restrict c2v = s->by_c[1] + a * s->rows;
    WEEG_VECTORISED
    for (int64_t i = 0; i < s->rows; i++) {
      cv[i] = s->c[i] * v[i];
      c2v[i] = s->c[i] * cv[i];
    }
  }
  for (int n = 0; n < TERMS; n++) {
    cross(s, wide, n < 2 ? s->v : s->by_c[0], n == 0 ? s->v : s->by_c[n == 3], s->terms + n * size);
  }
  for (int32_t h = 0; h < r->strata; h++) {
    if (r->stratum[h].factor > 0) add_stratum_terms(s, &r->stratum[h], wide, log_det);
  }
  for (int n = 1; n < TERMS; n += 2) { /* those of odd powers of -y */
    for (int64_t e = 0; e < size; e++) s->terms[n * size + e] *= -1;
  }
  r->has_terms = true;
  r->terms.leverage = 0;
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) {
      const int32_t high = a > b ? a : b, low = a > b ? b : a;
      r->terms.leverage += inverse_phi[a * q + b] * s->terms[high * wide + low];
      r->terms.leverage += r->phi[a * q + b] * s->terms[(q + high) * wide + q + low];
    }
  }
  weeg_i_ratio_terms_make(&r->terms, log_det, s->terms, size);
}

double weeg_i_ratio_sum_terms(const ratio *r, const ratio_space *s, double y) {
  const ratio_terms *t = &r->terms;
  const double part = 1 / (1 + y * t->mean), w = y * part;
  const int64_t wide = 2 * (int64_t)r->sums, size = wide * wide;
  double log_det = 0;
  for (int n = TERMS + 1; n > 2; n--) log_det = log_det * w + t->log_term[n];
  for (int64_t a = 0; a < wide; a++) {
    for (int64_t e = a * wide; e <= a * wide + a; e++) {
      double sum = 0;
      for (int n = TERMS - 1; n >= 0; n--) sum = sum * w + s->terms[n * size + e];
      s->j[e] = part * sum;
    }
  }
  return -t->df * log(part) + w * w * w * log_det;
}
