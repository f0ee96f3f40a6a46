/*
 * Checking designs: weights, strata, nesting, finite populations. Expected values are counted by hand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

/* rows that several threads share, and several polls of the interrupt hook */
enum { MANY = 500000 };

static int always(void *ctx) {
  ++*(int *)ctx;
  return 1;
}

static int never(void *ctx) {
  ++*(int *)ctx;
  return 0;
}

static void test_weights(void) {
  static const struct {
    double bad;
    const char *what;
  } cases[] = {{NAN, "missing"}, {-1, "negative"}, {-5e-324, "negative"}, {INFINITY, "infinite"},
               {-INFINITY, "negative"}, {0x1.0000000000001p480, "larger than 2^480"}};
  double *w = malloc(sizeof *w * MANY);
  for (int i = 0; i < MANY; i++) w[i] = 1 + i % 10;
  static const int64_t sizes[] = {1, 3, 4, 5, 2049, MANY};
  for (int threads = 0; threads <= 8; threads += 4) {
    int polls = 0;
    const weeg_hooks hooks = {never, &polls, threads};
    for (size_t s = 0; s < 6; s++) {
      const int64_t rows = sizes[s];
      double largest = -1;
      weeg_error err = {0};
      CHECK_OK(weeg_check_weights(w, rows, &hooks, &largest, &err));
      CHECK(largest == (rows > 10 ? 10 : (double)rows));
      CHECK(polls > 0);
      for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const int64_t first = rows / 2, last = rows - 1;
        const double kept_first = w[first], kept_last = w[last];
        w[first] = w[last] = cases[k].bad;
        largest = -1;
        CHECK_STATUS(weeg_check_weights(w, rows, &hooks, &largest, &err), WEEG_ERR_WEIGHT);
        CHECK(largest == -1);
        CHECK(err.code == WEEG_ERR_WEIGHT && err.where == first && err.count == (first == last ? 1 : 2));
        char message[WEEG_MESSAGE_SIZE];
        snprintf(message, sizeof message, "the weight in row %lld is %s", (long long)first + 1, cases[k].what);
        CHECK_TEXT(err.message, message);
        CHECK_STATUS(weeg_check_weights(w, rows, NULL, &largest, NULL), WEEG_ERR_WEIGHT);
        w[last] = kept_last;
        w[first] = kept_first;
      }
    }
  }
  double largest = -1;
  static const double edge[] = {0, -0.0, 0x1p480, 5e-324}, zeros[] = {0, 0};
  CHECK_OK(weeg_check_weights(edge, 4, NULL, &largest, NULL));
  CHECK(largest == 0x1p480);
  CHECK_OK(weeg_check_weights(zeros, 2, NULL, &largest, NULL));
  CHECK(largest == 0);
  largest = -1;
  CHECK_OK(weeg_check_weights(edge, 0, NULL, &largest, NULL));
  CHECK(largest == 0);
  int polls = 0;
  const weeg_hooks stop = {always, &polls, 1};
  weeg_error err = {0};
  CHECK_STATUS(weeg_check_weights(w, MANY, &stop, &largest, &err), WEEG_ERR_INTERRUPTED);
  CHECK(polls == 1 && err.code == WEEG_ERR_INTERRUPTED);
  free(w);
}

static void test_levels(void) {
  static const int32_t codes[] = {2, 1, 2, 2, 4, 1};
  const weeg_column column = sample_column(codes, 4), narrow = sample_column(codes, 3);
  const weeg_column whole = {NULL, WEEG_CODE_I32, 1};
  int64_t counts[4] = {-1, -1, -1, -1};
  weeg_error err = {0};
  CHECK_OK(weeg_count_levels(&column, 6, NULL, counts, &err));
  CHECK(counts[0] == 2 && counts[1] == 3 && counts[2] == 0 && counts[3] == 1);
  CHECK_STATUS(weeg_count_levels(&narrow, 6, NULL, counts, &err), WEEG_ERR_MISSING);
  CHECK(err.where == 4);
  CHECK_TEXT(err.message, "the stratum in row 5 is missing");
  CHECK_OK(weeg_count_levels(&whole, 17, NULL, counts, &err));
  CHECK(counts[0] == 17);
  CHECK_OK(weeg_count_levels(&column, 0, NULL, counts, &err));
  CHECK(counts[0] == 0 && counts[3] == 0);
}

static void test_strata(void) {
  /* PSUs 1 and 3 in stratum 2, PSU 2 in stratum 1, PSU 4 without rows */
  static const int32_t stratum[] = {2, 1, 2, 2, 1}, psu[] = {1, 2, 3, 1, 2};
  const weeg_column h = sample_column(stratum, 2), j = sample_column(psu, 4);
  int32_t of[4] = {7, 7, 7, 7};
  weeg_error err = {0};
  CHECK_OK(weeg_find_strata(&(weeg_sampled_rows){&h, &j, 5}, of, &err));
  CHECK(of[0] == 1 && of[1] == 0 && of[2] == 1 && of[3] == -1);

  static const int32_t twice[] = {2, 1, 2, 1, 1}; /* PSU 1 in rows 1 and 4 */
  const weeg_column wrong = sample_column(twice, 2);
  CHECK_STATUS(weeg_find_strata(&(weeg_sampled_rows){&wrong, &j, 5}, of, &err), WEEG_ERR_NESTING);
  CHECK(err.where == 0);
  CHECK_TEXT(err.message, "PSU 1 occurs in stratum 2 and in stratum 1 (row 4)");

  static const int32_t gap[] = {2, 1, INT32_MIN, 2, 1};
  const weeg_column no_stratum = sample_column(gap, 2), no_psu = sample_column(psu, 2);
  CHECK_STATUS(weeg_find_strata(&(weeg_sampled_rows){&no_stratum, &j, 5}, of, &err), WEEG_ERR_MISSING);
  CHECK(err.where == 2);
  CHECK_TEXT(err.message, "the stratum in row 3 is missing");
  CHECK_STATUS(weeg_find_strata(&(weeg_sampled_rows){&h, &no_psu, 5}, of, &err), WEEG_ERR_MISSING);
  CHECK(err.where == 2);
  CHECK_TEXT(err.message, "the PSU in row 3 is missing");

  const weeg_column whole = {NULL, WEEG_CODE_I32, 1};
  memset(of, 0, sizeof of);
  CHECK_OK(weeg_find_strata(&(weeg_sampled_rows){&whole, &j, 5}, of, &err));
  CHECK(of[0] == 0 && of[1] == 0 && of[2] == 0 && of[3] == -1);
  int polls = 0;
  const weeg_hooks stop = {always, &polls, 1};
  CHECK_STATUS(weeg_find_strata(&(weeg_sampled_rows){&whole, &whole, MANY, &stop}, of, &err), WEEG_ERR_INTERRUPTED);
  CHECK(polls == 1);
}

static void test_nested(void) {
  /* pairs (1,1) (1,2) (2,1) (2,3): numbered in this order */
  static const int32_t stratum[] = {2, 1, 2, 1, 1, 2}, psu[] = {3, 2, 1, 1, 2, 3};
  static const int32_t expected[] = {4, 2, 3, 1, 2, 4};
  const weeg_column h = sample_column(stratum, 2), j = sample_column(psu, 3), few = sample_column(psu, 2);
  int32_t nested[6];
  weeg_nested_psus pairs = {.psus = -1};
  weeg_error err = {0};
  CHECK_OK(weeg_nest_psus(&(weeg_sampled_rows){&h, &j, 6}, nested, &pairs, &err));
  CHECK(pairs.psus == 4);
  CHECK(memcmp(nested, expected, sizeof expected) == 0);
  CHECK(pairs.stratum[0] == 0 && pairs.stratum[1] == 0 && pairs.stratum[2] == 1 && pairs.stratum[3] == 1);
  CHECK(pairs.psu[0] == 0 && pairs.psu[1] == 1 && pairs.psu[2] == 0 && pairs.psu[3] == 2);
  weeg_free(pairs.stratum);
  weeg_free(pairs.psu);
  pairs = (weeg_nested_psus){0};
  CHECK_STATUS(weeg_nest_psus(&(weeg_sampled_rows){&h, &few, 6}, nested, &pairs, &err), WEEG_ERR_MISSING);
  CHECK(err.where == 0 && pairs.stratum == NULL && pairs.psu == NULL);
  CHECK_OK(weeg_nest_psus(&(weeg_sampled_rows){&h, &j, 0}, nested, &pairs, &err));
  CHECK(pairs.psus == 0);
  weeg_free(pairs.stratum);
  weeg_free(pairs.psu);
}

/* 200 strata with PSUs 1..30: more pairs than the table starts with; row i is in pair (i mod 200, i mod 30). */
static void test_many_nested(void) {
  enum { ROWS = 100000 };
  int32_t *stratum = malloc(sizeof *stratum * ROWS), *psu = malloc(sizeof *psu * ROWS);
  int32_t *nested = malloc(sizeof *nested * ROWS);
  weeg_nested_psus pairs = {0};
  for (int i = 0; i < ROWS; i++) {
    stratum[i] = sample_draw(200) + 1;
    psu[i] = sample_draw(30) + 1;
  }
  stratum[0] = psu[0] = 1; /* the first pair there is, so that the table grows with it */
  const weeg_column h = sample_column(stratum, 200), j = sample_column(psu, 30);
  CHECK_OK(weeg_nest_psus(&(weeg_sampled_rows){&h, &j, ROWS}, nested, &pairs, NULL));
  CHECK(pairs.psus == 6000); /* 100000 rows leave none of 6000 pairs empty: expected 6000 exp(-16.7) = 0.0003 */
  bool right = true;
  for (int i = 0; i < ROWS; i++) right = right && nested[i] == (stratum[i] - 1) * 30 + psu[i];
  CHECK(right);
  for (int32_t k = 0; k < pairs.psus; k++) right = right && pairs.stratum[k] == k / 30 && pairs.psu[k] == k % 30;
  CHECK(right);
  weeg_free(pairs.stratum);
  weeg_free(pairs.psu);
  int polls = 0;
  const weeg_hooks stop = {always, &polls, 1};
  weeg_column whole = {NULL, WEEG_CODE_I32, 1};
  int32_t *long_nested = malloc(sizeof *long_nested * MANY);
  CHECK_STATUS(weeg_nest_psus(&(weeg_sampled_rows){&whole, &whole, MANY, &stop}, long_nested, &pairs, NULL),
               WEEG_ERR_INTERRUPTED);
  free(long_nested);
  free(stratum);
  free(psu);
  free(nested);
}

/* Strata of 2, 3 and 0 sampled PSUs; five rows. */
static void test_fpc(void) {
  static const int32_t stratum[] = {1, 2, 1, 2, 2};
  static const int64_t psus[] = {2, 3, 0};
  const weeg_column h = sample_column(stratum, 3);
  static const struct {
    double fpc[5];
    weeg_status status;
    double size[2];
    int64_t where;
  } cases[] = {
      {{10, 30, 10, 30, 30}, WEEG_OK, {10, 30}, 0},
      {{2, 3, 2, 3, 3}, WEEG_OK, {2, 3}, 0},                      /* all sampled */
      {{0.5, 0.25, 0.5, 0.25, 0.25}, WEEG_OK, {4, 12}, 0},        /* fractions */
      {{1, 0.5, 1, 0.5, 0.5}, WEEG_OK, {2, 6}, 0},                /* 1 is 100 % among fractions */
      {{1, 1, 1, 1, 1}, WEEG_OK, {2, 3}, 0},                      /* 1 everywhere: 100 % */
      {{0, 0.5, 0, 0.5, 0.5}, WEEG_OK, {HUGE_VAL, 6}, 0},         /* a fraction of 0: an infinite population */
      {{HUGE_VAL, 30, HUGE_VAL, 30, 30}, WEEG_OK, {HUGE_VAL, 30}, 0},
      {{10.5, 30, 10.5, 30, 30}, WEEG_OK, {10.5, 30}, 0},         /* sizes need not be whole */
      {{0.5, 30, 0.5, 30, 30}, WEEG_ERR_FPC, {0, 0}, -1},         /* mixed */
      {{10, 2, 10, 2, 2}, WEEG_ERR_FPC, {0, 0}, -1},              /* 3 PSUs of 2 */
      {{1, 30, 1, 30, 30}, WEEG_ERR_FPC, {0, 0}, -1},             /* 2 PSUs of 1 */
      {{10, 30, 11, 30, 30}, WEEG_ERR_FPC, {0, 0}, 2},            /* varies within stratum 1 */
      {{10, 30, 10, -1, 30}, WEEG_ERR_FPC, {0, 0}, 3},
      {{10, 30, 10, 30, -HUGE_VAL}, WEEG_ERR_FPC, {0, 0}, 4},
      {{10, NAN, 10, 30, 30}, WEEG_ERR_FPC, {0, 0}, 1},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    double sizes[3];
    weeg_error err = {0};
    CHECK_STATUS(weeg_find_fpc(cases[k].fpc, &h, 5, psus, sizes, &err), cases[k].status);
    if (cases[k].status == WEEG_OK) {
      CHECK_CLOSE(sizes[0], cases[k].size[0], 1e-15);
      CHECK_CLOSE(sizes[1], cases[k].size[1], 1e-15);
      CHECK(isnan(sizes[2])); /* no rows */
    } else {
      CHECK(err.where == cases[k].where && err.message[0] != '\0');
    }
  }
  double sizes[1];
  const weeg_column narrow = sample_column(stratum, 1);
  weeg_error err = {0};
  CHECK_STATUS(weeg_find_fpc(cases[0].fpc, &narrow, 5, psus, sizes, &err), WEEG_ERR_MISSING);
  CHECK(err.where == 1);
}

/* Two strata of rows, then of PSUs; PSU 3 has no rows; and 3 of 6 and 2 of 2 rows of the first two PSUs. */
static void test_fpc_weights(void) {
  static const int64_t psus[] = {2, 3, 0}, rows[] = {3, 2, 1, 1, 1};
  static const int32_t psu_stratum[] = {0, 0, -1, 1, 1, 1}, parent[] = {0, 1, 3, 4, 5}, row_psu[] = {0, 0, 0, 1, 1, 2, 3, 4};
  static const double sizes[] = {4, 30, NAN}, endless[] = {4, HUGE_VAL, NAN}, row_sizes[] = {6, 2, 1, 5, 1};
  static const double of_strata[] = {2, 10, 0}, of_psus[] = {2, 2, 0, 10, 10, 10}, of_later[] = {4, 2, 10, 50, 10};
  static const double of_rows[] = {4, 4, 4, 2, 2, 10, 50, 10};
  const weeg_stage element = {.element = true, .strata = 5, .stratum_parent = parent, .stratum_units = rows,
                              .stratum_fpc = row_sizes};
  const weeg_stage units = {.strata = 5, .units = 8, .stratum_parent = parent, .unit_stratum = row_psu, .stratum_units = rows,
                            .stratum_fpc = row_sizes};
  const weeg_stage none = {.element = true, .strata = 5, .stratum_parent = parent, .stratum_units = rows};
  const struct {
    bool element;
    const double *sizes;
    const weeg_stage *stage;
    weeg_status status;
    int count;
    const double *weights;
  } cases[] = {
      {true, sizes, NULL, WEEG_OK, 3, of_strata},   {false, sizes, NULL, WEEG_OK, 6, of_psus},
      {false, sizes, &element, WEEG_OK, 5, of_later}, {false, sizes, &units, WEEG_OK, 8, of_rows},
      {false, sizes, &none, WEEG_ERR_FPC, 0, NULL}, {true, NULL, NULL, WEEG_ERR_FPC, 0, NULL},
      {true, endless, NULL, WEEG_ERR_FPC, 0, NULL},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const weeg_design design = {.element = cases[k].element, .strata = 3, .psus = cases[k].element ? 0 : 6,
                                .psu_stratum = cases[k].element ? NULL : psu_stratum, .stratum_psus = psus,
                                .stratum_fpc = cases[k].sizes, .later = cases[k].stage != NULL, .stages = cases[k].stage};
    double weight[8] = {0};
    weeg_error err = {0};
    CHECK_STATUS(weeg_fpc_weights(&design, weight, &err), cases[k].status);
    for (int u = 0; u < cases[k].count; u++) CHECK(weight[u] == cases[k].weights[u]);
  }
}

int main(void) {
  test_weights();
  test_levels();
  test_strata();
  test_nested();
  test_many_nested();
  test_fpc();
  test_fpc_weights();
  return test_report("design");
}
