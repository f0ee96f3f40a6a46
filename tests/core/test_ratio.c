/*
 * Laws of few PSUs: reference values of high precision, Student's t where PSUs are alike, the approximation where they are
 * many, and models that are none.
 *
 * Tolerances, relative: 1e-9 for weeg_i_ratio_tail (its rule) and 1e-8 for its quantiles; 1e-10 for weeg_i_ratio_matrix_tail,
 * however small p; 1e-5 for approximations: Student's t, and first terms of series.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "math/ratio.h"
#include "math/ratio_matrix.h"
#include "math/student.h"
#include "test.h"

enum { MOST_PSUS = 1024, MOST_SUMS = 8, MOST_NUMBERS = 4096, MOST_STRATA = 64 };

static ratio_stratum strata[MOST_STRATA];
static double c[MOST_NUMBERS], f[MOST_NUMBERS], l[MOST_NUMBERS], phi[MOST_SUMS * MOST_SUMS], scratch[8 * MOST_NUMBERS];
static pulse beat;

/* Rows of PSUs, as ratio_matrix.h has them, become columns, as ratio.h has. */
static void to_columns(double *x, int32_t psus, int32_t sums) {
  static double rows[MOST_NUMBERS];
  memcpy(rows, x, sizeof *x * (size_t)(psus * sums));
  for (int32_t i = 0; i < psus; i++) {
    for (int32_t a = 0; a < sums; a++) x[a * psus + i] = rows[i * sums + a];
  }
}

/* And back, of two sums. */
static void to_rows(double *x, int32_t psus) { to_columns(x, 2, psus); }

/* ---- reference values ---- */

/* Numbers up to a comma, after which *at is. */
static int read_numbers(char **at, double *to, double unit) {
  int count = 0;
  while (**at != ',' && count < MOST_NUMBERS) to[count++] = unit * strtod(*at, at);
  (*at)++;
  return count;
}

static double read_number(char **at) {
  const double x = strtod(*at, at);
  (*at)++;
  return x;
}

static int read_strata(char **at) {
  int count = 0;
  do {
    ratio_stratum *h = &strata[count++];
    h->first = (int32_t)read_number(at);
    h->count = (int32_t)read_number(at);
    h->units = read_number(at);
    h->factor = read_number(at);
    h->centred = read_number(at) != 0;
  } while ((*at)[-1] == ' ');
  return count;
}

static void test_reference(void) {
  FILE *file = test_open_reference("ratio_tail.csv");
  static char line[1 << 16];
  int rows = 0;
  double worst[4] = {0};
  if (file == NULL || !CHECK(fgets(line, sizeof line, file) != NULL)) return;
  while (fgets(line, sizeof line, file) != NULL) {
    char *at = line;
    const int32_t order = (int32_t)read_number(&at), sums = (int32_t)read_number(&at);
    const double tau = read_number(&at), copies = read_number(&at);
    const int32_t count = read_strata(&at), psus = read_numbers(&at, c, 1) / (order == 0 ? 1 : order * order);
    read_numbers(&at, f, 1);
    read_numbers(&at, l, 1.0 / 1024);
    read_numbers(&at, phi, 1);
    const double expected = strtod(at, NULL);
    double p = -1, t = sqrt(tau), error;
    if (order == 0) {
      to_columns(f, psus, sums);
      to_columns(l, psus, sums);
      ratio r = {.strata = count, .psus = psus, .sums = sums, .stratum = strata, .c = c, .f = f, .l = l, .phi = phi,
                 .scratch = scratch};
      CHECK_OK(weeg_i_ratio_begin(&r, NULL));
      CHECK_OK(weeg_i_ratio_tail(&r, tau, &p, NULL));
      if (expected > 1e-13) CHECK_OK(weeg_i_ratio_quantile(&r, expected, &t, NULL));
      error = fmax(test_error(p, expected), 0.1 * test_error(t, sqrt(tau))) * (psus < 40 ? 1 : 1e-4);
      worst[psus < 40 ? 0 : 3] = fmax(worst[psus < 40 ? 0 : 3], test_error(p, expected));
      worst[1] = fmax(worst[1], psus < 40 ? test_error(t, sqrt(tau)) : 0);
    } else {
      const ratio_matrix r = {count, psus, order, sums, strata, c, f, l, phi, &beat};
      CHECK_OK(weeg_i_ratio_matrix_tail(&r, tau, copies, &p, NULL));
      error = 10 * fabs(p - expected) / expected;
      worst[psus < 40 ? 2 : 3] = fmax(worst[psus < 40 ? 2 : 3], 0.1 * error);
      if (psus >= 40) error *= 1e-5; /* by first terms */
    }
    if (test_count(error <= 1e-9)) {
      printf("order %d, %d sums, %d PSUs, %g copies, tau = %g: %.17g, t = %.17g, expected %.17g (error %.3g)\n", order, sums,
             psus, copies, tau, p, t, expected, error);
    }
    rows++;
  }
  fclose(file);
  CHECK(rows > 320);
  if (getenv("WEEG_TEST_VERBOSE") != NULL) {
    printf("%d rows, largest errors: tail %.1e, quantile %.1e, matrix %.1e, by first terms %.1e\n", rows, worst[0], worst[1],
           worst[2], worst[3]);
  }
}

/* ---- Student's t ---- */

/* One stratum of equal PSUs, each with its share of the weight: t with PSUs - 1 degrees of freedom. */
static void test_student(void) {
  static const double ps[] = {0.99, 0.5, 0.05, 1e-3, 1e-6, 1e-12, 1e-22, 1e-60};
  for (int32_t psus = 2; psus <= 1000; psus = psus < 12 ? psus + 1 : psus * 3) {
    for (int32_t i = 0; i < psus; i++) c[i] = f[i] = 0.3, l[i] = 1.0 / psus;
    phi[0] = 0.3 * psus;
    strata[0] = (ratio_stratum){0, psus, psus, psus / (psus - 1.0), true};
    ratio r = {.strata = 1, .psus = psus, .sums = 1, .stratum = strata, .c = c, .f = f, .l = l, .phi = phi, .scratch = scratch};
    const ratio_matrix one = {1, psus, 1, 1, strata, c, f, l, phi, &beat};
    CHECK_OK(weeg_i_ratio_begin(&r, NULL));
    for (size_t k = 0; k < sizeof ps / sizeof *ps; k++) {
      double t = -1, at = -1, p = -1;
      /* 1 - p has no digits of a small one */
      CHECK_OK(weeg_t_quantile(ps[k] < 1e-9 ? 0.5 * ps[k] : 1 - 0.5 * ps[k], psus - 1, &t, NULL));
      t = fabs(t);
      CHECK_OK(weeg_i_ratio_tail(&r, t * t, &p, NULL));
      if (!CHECK_CLOSE(p, ps[k], 1e-9)) printf("  %d PSUs, p = %g\n", psus, ps[k]);
      CHECK_OK(weeg_i_ratio_quantile(&r, ps[k], &at, NULL));
      if (!CHECK_CLOSE(at, t, 1e-8)) printf("  %d PSUs, p = %g\n", psus, ps[k]);
      CHECK_OK(weeg_i_ratio_matrix_tail(&one, t * t, 1, &p, NULL));
      if (!CHECK_CLOSE(p, ps[k], 1e-10)) printf("  %d PSUs, p = %g, %.17g\n", psus, ps[k], p);
    }
  }
}

/* Expansions of Student's t against its tail and quantile, which have references of their own (test_distribution.c). */
static void test_student_line(void) {
  static const double alphas[] = {0.95, 0.5, 0.1, 0.05, 0.01, 1e-3, 1e-5, 1e-8};
  static const double dfs[] = {0.7, 2, 4.9, 5, 6.3, 11, 30, 77.7, 1000, 1e6, 1e12, INFINITY};
  for (size_t k = 0; k < sizeof alphas / sizeof *alphas; k++) {
    double normal = 0;
    CHECK_OK(weeg_normal_quantile(0.5 * alphas[k], &normal, NULL));
    for (size_t i = 0; i < sizeof dfs / sizeof *dfs; i++) {
      const double alpha = alphas[k], df = dfs[i];
      double t = 0, lower = 0, upper = 0, at = 0;
      student_line line = {0};
      CHECK_OK(weeg_t_quantile(0.5 * alpha, df, &t, NULL));
      CHECK_OK(weeg_i_student_line(alpha, df, &line, NULL));
      if (!CHECK_CLOSE(line.t, -t, 1e-9)) printf("  alpha = %g, %g df\n", alpha, df);
      CHECK_OK(weeg_t_tail(t * exp(-1e-3), df, &lower, NULL));
      CHECK_OK(weeg_t_tail(t * exp(1e-3), df, &upper, NULL));
      /* the third derivative is what this difference neglects; without a series it is taken by a step of 1e-4 to one side */
      if (!CHECK_CLOSE(line.slope, log(lower / upper) / 2e-3, 2e-3)) printf("  alpha = %g, %g df\n", alpha, df);
      CHECK_OK(weeg_t_tail(-t * exp(0.01), df, &at, NULL));
      if (!CHECK_CLOSE(weeg_i_student_width(&line, log(at / alpha)), 0.01, 1e-3)) printf("  alpha = %g, %g df\n", alpha, df);
      const double x = weeg_i_student_inverse_df(-t, -normal);
      if (df > 5 && df < 1e5 && alpha > 1e-4 && !CHECK_CLOSE(1 / x, df, 2e-2)) printf("  alpha = %g, %g df\n", alpha, df);
    }
  }
  CHECK(isnan(weeg_i_student_inverse_df(12.7, 1.96)));
}

/* ---- many PSUs ---- */

static uint32_t state = 5;

static double draw(void) {
  state = state * 1664525u + 1013904223u;
  return (state >> 8) / 16777216.0;
}

/* Strata of 2 to 20 PSUs whose sizes differ by a factor of up to 1 to 20, and so do their variances; q groups. */
static void draw_design(ratio *r, int32_t psus, int32_t q) {
  const double spread = log(1 + 19 * draw());
  double total[2] = {0, 0};
  int32_t count = 0;
  for (int32_t first = 0, size; first < psus; first += size, count++) {
    size = count == MOST_STRATA - 1 ? psus - first : 2 + (int32_t)(19 * draw());
    if (psus - first - size < 2) size = psus - first;
    strata[count] = (ratio_stratum){first, size, size, size / (size - 1.0), true};
  }
  for (int32_t a = 0; a < q * q; a++) phi[a] = 0;
  for (int32_t i = 0; i < psus; i++) {
    double own[2], sum = 0;
    c[i] = 0;
    for (int32_t a = 0; a < q; a++) {
      const double size = exp(spread * draw());
      l[i * q + a] = size;
      own[a] = (a == 0 ? 1 : -1) * size * 0.2;
      f[i * q + a] = size * (0.5 + draw());
      sum += own[a];
      total[a] += size;
    }
    for (int32_t a = 0; a < q; a++) {
      for (int32_t b = 0; b < q; b++) phi[a * q + b] += own[a] * own[b] + (a == b ? f[i * q + a] : 0);
    }
    for (int32_t a = 0; a < q; a++) {
      f[i * q + a] += own[a] * sum;
      c[i] += f[i * q + a];
    }
  }
  for (int32_t i = 0; i < psus * q; i++) l[i] /= total[i % q];
  to_columns(f, psus, q);
  to_columns(l, psus, q);
  *r = (ratio){.strata = count, .psus = psus, .sums = q, .stratum = strata, .c = c, .f = f, .l = l, .phi = phi,
               .scratch = scratch};
}

/* The same sums as S and the others, as ratio_matrix has them: (r_1 + r_2, r_2), in rows. */
static void change_basis(const ratio *r) {
  if (r->sums == 1) return;
  for (int32_t i = 0; i < r->psus; i++) {
    f[i] += f[r->psus + i];
    l[r->psus + i] -= l[i];
  }
  to_rows(f, r->psus);
  to_rows(l, r->psus);
  phi[0] += phi[1] + phi[2] + phi[3];
  phi[1] = phi[2] = phi[1] + phi[3];
}

static void test_many(void) {
  static const double alphas[] = {0.2, 0.05, 0.001};
  double worst = 0;
  for (int trial = 0; trial < 200; trial++) {
    const int32_t psus = (int32_t)(60 * pow(1000.0 / 60, draw())), q = 1 + trial % 2;
    double t[3], p[3];
    ratio r;
    draw_design(&r, psus, q);
    CHECK_OK(weeg_i_ratio_begin(&r, NULL));
    for (int k = 0; k < 3; k++) {
      CHECK_OK(weeg_i_ratio_quantile(&r, alphas[k], &t[k], NULL));
      CHECK_OK(weeg_i_ratio_tail(&r, t[k] * t[k], &p[k], NULL));
    }
    change_basis(&r);
    const ratio_matrix matrix = {r.strata, psus, 1, q, strata, c, f, l, phi, &beat};
    for (int k = trial % 3; k < 3; k += 2) {
      double exact = -1, at = 0, student = 0, wider = 0;
      CHECK_OK(weeg_i_ratio_matrix_tail(&matrix, t[k] * t[k], 1, &exact, NULL));
      /* d log p / d log t, from Student's t */
      CHECK_OK(weeg_t_quantile(1 - 0.5 * alphas[k], r.df, &student, NULL));
      CHECK_OK(weeg_t_tail(student, r.df, &at, NULL));
      CHECK_OK(weeg_t_tail(student * 1.0001, r.df, &wider, NULL));
      const double of_t = fabs(log(alphas[k] / exact) / (log(at / wider) / 1e-4)), of_p = fabs(p[k] / exact - 1);
      worst = fmax(worst, fmax(of_t, of_p));
      if (test_count(of_t <= 1e-5 && of_p <= 2e-5)) {
        printf("%d PSUs, %d sums, df %g, skew %g, alpha %g: t = %.9g, error %.3g; p %.9g, exact %.9g\n", psus, q, r.df, r.skew,
               alphas[k], t[k], of_t, p[k], exact);
      }
    }
  }
  if (getenv("WEEG_TEST_VERBOSE") != NULL) printf("many PSUs: largest error %.1e\n", worst);
}

/* Sums by the first terms of series as ratio.h and ratio_matrix.h have them, where PSUs are neither few nor many. */
static void test_terms(void) {
  double worst = 0;
  for (int trial = 0; trial < 300; trial++) {
    const int32_t psus = (int32_t)(15 * pow(10, draw())), q = 1 + trial % 2;
    const double tau = 0.2 * pow(60, draw());
    double p = -1, exact = -2;
    ratio r;
    draw_design(&r, psus, q);
    CHECK_OK(weeg_i_ratio_begin(&r, NULL));
    CHECK_OK(weeg_i_ratio_tail(&r, tau, &exact, NULL));
    change_basis(&r);
    CHECK_OK(weeg_i_ratio_matrix_tail(&(ratio_matrix){r.strata, psus, 1, q, strata, c, f, l, phi, &beat}, tau, 1, &p, NULL));
    const double error = fabs(p / exact - 1);
    worst = fmax(worst, error);
    if (test_count(error <= 1e-5)) {
      printf("%d PSUs, %d sums, df %g, tau %g: %.9g, exact %.9g (error %.3g)\n", psus, q, r.df, tau, p, exact, error);
    }
  }
  if (getenv("WEEG_TEST_VERBOSE") != NULL) printf("first terms: largest error %.1e\n", worst);
}

/* ---- models that are none, or nearly so ---- */

/* Three PSUs of eight have rows: V is not below S^2 / 15.9, and p is 0 there. One PSU alone has a multiple of S^2 as V. */
static void test_bounded(void) {
  static const double own[] = {8.7040451794042207e-4, 2.8666920672257507e-5, 6.5546214950898017e-4};
  double t = -1, p = -1;
  phi[0] = 0;
  for (int32_t i = 0; i < 3; i++) {
    c[i] = f[i] = own[i];
    l[i] = (double[]){0.158, 0.011, 0.130}[i];
    phi[0] += own[i];
  }
  strata[0] = (ratio_stratum){0, 3, 8, 8.0 / 7, true};
  ratio r = {.strata = 1, .psus = 3, .sums = 1, .stratum = strata, .c = c, .f = f, .l = l, .phi = phi, .scratch = scratch};
  CHECK_OK(weeg_i_ratio_begin(&r, NULL));
  CHECK_OK(weeg_i_ratio_tail(&r, 16, &p, NULL));
  CHECK(p == 0);
  CHECK_OK(weeg_i_ratio_matrix_tail(&(ratio_matrix){1, 3, 1, 1, strata, c, f, l, phi, &beat}, 16, 1, &p, NULL));
  CHECK(p >= 0 && p < 1e-15);
  for (double alpha = 0.1; alpha > 1e-4; alpha *= 0.1) {
    CHECK_OK(weeg_i_ratio_quantile(&r, alpha, &t, NULL));
    CHECK(t > 1 && t < 4);
    CHECK_OK(weeg_i_ratio_matrix_tail(&(ratio_matrix){1, 3, 1, 1, strata, c, f, l, phi, &beat}, t * t, 1, &p, NULL));
    if (!CHECK_CLOSE(p, alpha, 1e-7)) printf("  t = %.9g\n", t);
  }
  r.psus = strata[0].count = 1;
  phi[0] = own[0];
  CHECK_OK(weeg_i_ratio_begin(&r, NULL));
  CHECK(fabs(r.mean) < 1e-12 * phi[0]);
  CHECK_STATUS(weeg_i_ratio_matrix_tail(&(ratio_matrix){1, 1, 1, 1, strata, c, f, l, phi, &beat}, 0.01, 1, &p, NULL),
               WEEG_ERR_NUMERIC);
}

/* Many PSUs, half of which have all of the weight: an S^2 that V's own part of S does not allow has next to no probability. */
static void test_far(void) {
  enum { PSUS = 800 };
  double p = -1, exact = -1;
  for (int32_t i = 0; i < PSUS; i++) c[i] = f[i] = 1, l[i] = i < PSUS / 2 ? 2.0 / PSUS : 0;
  phi[0] = PSUS;
  strata[0] = (ratio_stratum){0, PSUS, PSUS, PSUS / (PSUS - 1.0), true};
  ratio r = {.strata = 1, .psus = PSUS, .sums = 1, .stratum = strata, .c = c, .f = f, .l = l, .phi = phi, .scratch = scratch};
  const ratio_matrix matrix = {1, PSUS, 1, 1, strata, c, f, l, phi, &beat};
  CHECK_OK(weeg_i_ratio_begin(&r, NULL));
  for (double by = 0.5; by < 40; by *= 2) {
    const double tau = by / r.own;
    CHECK_OK(weeg_i_ratio_tail(&r, tau, &p, NULL));
    CHECK_OK(weeg_i_ratio_matrix_tail(&matrix, tau, 1, &exact, NULL));
    if (!CHECK(p >= 0 && p < 1e-50 && exact < 1e-50)) printf("  %g times: %g, %g\n", by, p, exact);
  }
}

static void test_malformed(void) {
  static const double indefinite[] = {1, 2, 2, 1}, singular[] = {1, 1, 1, 1}, nan[] = {1, 0, 0, NAN};
  static const double *const bad[] = {indefinite, singular, nan};
  weeg_error err = {0};
  double p = -1;
  for (int32_t i = 0; i < 6; i++) c[i] = f[2 * i] = f[2 * i + 1] = 1, l[2 * i] = l[2 * i + 1] = 0.1;
  strata[0] = (ratio_stratum){0, 6, 6, 1.2, true};
  for (int k = 0; k < 3; k++) {
    ratio r = {.strata = 1, .psus = 6, .sums = 2, .stratum = strata, .c = c, .f = f, .l = l, .phi = bad[k], .scratch = scratch};
    const ratio_matrix matrix = {1, 6, 1, 2, strata, c, f, l, bad[k], &beat};
    CHECK_STATUS(weeg_i_ratio_begin(&r, &err), WEEG_ERR_NUMERIC);
    CHECK_TEXT(err.message, "the sums of a working model are dependent");
    err = (weeg_error){0};
    CHECK_STATUS(weeg_i_ratio_matrix_tail(&matrix, 4, 1, &p, &err), WEEG_ERR_NUMERIC);
    CHECK_TEXT(err.message, "the sums of a working model are dependent");
    CHECK(p == -1);
  }
}

int main(void) {
  test_reference();
  test_student();
  test_student_line();
  test_many();
  test_terms();
  test_bounded();
  test_far();
  test_malformed();
  return test_report("ratio");
}
