#include "math/ratio_terms.h"

#include <math.h>

enum { TERMS = WEEG_TERMS };

/* y^i has binomial(n - 1, n - i) l^(n - i) of w^n. */
static double power_term(int n, int i, double l) {
  double term = 1;
  for (int j = 1; j <= n - i; j++) term *= l * (n - j) / j;
  return term;
}

void weeg_i_ratio_terms_make(ratio_terms *t, double *log_det, double *j, int64_t size) {
  const double l = -2 * log_det[2] / log_det[1];
  double less = -l * log_det[1]; /* n times the term of df log(1 + y l) */
  t->mean = l;
  t->df = log_det[1] / l;
  t->ratio = -5 * log_det[5] / (4 * log_det[4]);
  for (int n = 2; n <= TERMS + 1; n++, less *= -l) {
    log_det[n] -= less / n;
    t->log_term[n] = 0;
    for (int i = 3; i <= n; i++) t->log_term[n] += log_det[i] * power_term(n, i, l);
  }
  for (int n = TERMS - 1; n > 0; n--) { /* (1 + y l) J, then terms of w */
    for (int64_t e = 0; e < size; e++) j[n * size + e] += l * j[(n - 1) * size + e];
  }
  for (int n = TERMS - 1; n > 1; n--) {
    for (int i = 1; i < n; i++) {
      const double by = power_term(n, i, l);
      for (int64_t e = 0; e < size; e++) j[n * size + e] += by * j[i * size + e];
    }
  }
}

double weeg_i_ratio_terms_doubt(const ratio_terms *t, double w) {
  const double by = w * t->ratio;
  const double last = fmax(fabs(t->log_term[5]), t->ratio * fmax(fabs(t->log_term[4]), t->ratio * fabs(t->log_term[3])));
  return w * w * w * w * w * by * last + t->leverage * w * by * by * by * by;
}
