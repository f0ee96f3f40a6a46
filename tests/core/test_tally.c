/*
 * The tally: what it holds (counted by hand, or by 128-bit integers), and that it has the same bytes for every way of
 * making it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

__extension__ typedef unsigned __int128 u128;

static u128 whole(weeg_sum s) { return (u128)s.hi << 64 | s.lo; }

/* Two variables with 2 and 3 levels: cells (a, b) = a * 4 + b, a of 0..2 and b of 0..3, the last ones missing. */
enum { A = 2, B = 3, CELLS = 12 };

/* ---- by hand ---- */

static const int32_t hand_a[] = {1, 1, 2, 0, 1, 2, 1};
static const int32_t hand_b[] = {3, 3, 1, 2, 0, 1, 3};
static const int32_t hand_psu[] = {2, 2, 1, 3, 1, 1, 2};
static const double hand_w[] = {1.5, 2, 0.25, 4, 8, 0, 0.5};
static const uint8_t hand_domain[] = {1, 0, 1, 1, 7, 1, 1};
enum { HAND_ROWS = 7 };

typedef struct entry {
  int32_t unit, cell;
  int64_t n;
  double w, w2;
} entry;

static void check_entries(const weeg_tally *t, const entry *expected, int64_t count) {
  if (!CHECK(t->entries == count)) return;
  for (int64_t i = 0; i < count; i++) {
    CHECK(t->unit[i] == expected[i].unit && t->cell[i] == expected[i].cell && t->n[i] == expected[i].n);
    CHECK(weeg_sum_value(t->w[i], t->scale) == expected[i].w);
    if (t->element) CHECK(weeg_square_value(t->w2[i], t->scale) == expected[i].w2);
  }
}

static void test_by_hand(void) {
  const weeg_column columns[] = {sample_column(hand_a, A), sample_column(hand_b, B)};
  const weeg_column unit = sample_column(hand_psu, 3);
  /* the row of zero weight (PSU 1, a = 2, b = 1) is not counted */
  static const entry clustered[] = {{0, 3, 1, 8, 0}, {0, 4, 1, 0.25, 0}, {1, 2, 3, 4, 0}, {2, 9, 1, 4, 0}};
  static const entry element[] = {{0, 3, 1, 8, 64}, {0, 4, 1, 0.25, 0.0625}, {1, 2, 3, 4, 6.5}, {2, 9, 1, 4, 16}};
  static const entry domain[] = {{0, 3, 1, 8, 64}, {0, 4, 1, 0.25, 0.0625}, {1, 2, 2, 2, 2.5}, {2, 9, 1, 4, 16}};
  static const entry counts[] = {{0, 3, 1, 1, 1}, {0, 4, 2, 2, 2}, {1, 2, 3, 3, 3}, {2, 9, 1, 1, 1}};
  static const entry no_variables[] = {{0, 0, 2, 8.25, 64.0625}, {1, 0, 3, 4, 6.5}, {2, 0, 1, 4, 16}};
  const struct {
    bool element;
    const double *weights;
    const uint8_t *domain;
    int count;
    const entry *expected;
    int64_t entries;
  } cases[] = {{false, hand_w, NULL, 2, clustered, 4}, {true, hand_w, NULL, 2, element, 4},
               {true, hand_w, hand_domain, 2, domain, 4}, {true, NULL, NULL, 2, counts, 4},
               {false, NULL, NULL, 2, counts, 4}, {true, hand_w, NULL, 0, no_variables, 3}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_tally *t = NULL;
    CHECK_OK(weeg_tally_build(ROWS_OF(columns, cases[k].count, &unit, cases[k].element, cases[k].weights,
                                      cases[k].weights == NULL ? 1 : 8, cases[k].domain, HAND_ROWS),
                              NULL, &t, NULL));
    CHECK(t->element == cases[k].element && t->units == 3 && t->cells == (cases[k].count == 0 ? 1 : CELLS));
    CHECK((t->w2 != NULL) == cases[k].element);
    check_entries(t, cases[k].expected, cases[k].entries);
    weeg_tally_free(t);
  }
  /* weights of 1 and no weights: the same bytes */
  static const double ones[] = {1, 1, 1, 1, 1, 1, 1};
  weeg_tally *with = NULL, *without = NULL;
  CHECK_OK(weeg_tally_build(ROWS_OF(columns, 2, &unit, true, ones, 1, NULL, HAND_ROWS), NULL, &with, NULL));
  CHECK_OK(weeg_tally_build(ROWS_OF(columns, 2, &unit, true, NULL, 1, NULL, HAND_ROWS), NULL, &without, NULL));
  CHECK(same_tally(with, without));
  weeg_tally_free(with);
  weeg_tally_free(without);
}

static void test_totals(void) {
  const weeg_column columns[] = {sample_column(hand_a, A), sample_column(hand_b, B)};
  const weeg_column unit = sample_column(hand_psu, 3);
  weeg_tally *t = NULL;
  int64_t n[CELLS];
  double w[CELLS];
  CHECK_OK(weeg_tally_build(ROWS_OF(columns, 2, &unit, true, hand_w, 8, NULL, HAND_ROWS), NULL, &t, NULL));
  CHECK_OK(weeg_tally_totals(t, n, w, NULL));
  for (int c = 0; c < CELLS; c++) {
    CHECK(n[c] == (c == 2 ? 3 : c == 3 || c == 4 || c == 9));
    CHECK(w[c] == (c == 2 || c == 9 ? 4 : c == 3 ? 8 : c == 4 ? 0.25 : 0));
  }
  CHECK_OK(weeg_tally_totals(t, n, NULL, NULL));
  CHECK_OK(weeg_tally_totals(t, NULL, w, NULL));
  weeg_tally_free(t);
}

/* ---- many rows ---- */

/* enough for eight threads: one is started per 131072 rows */
enum { ROWS = 1100000, UNITS = 50 };

typedef struct data {
  uint8_t *a;
  uint16_t *b;
  int32_t *unit;
  double *w;
  uint8_t *domain;
  double max;
} data;

/* Weights from 1e-4 to 1, times a million: within the range in which sums are exact. */
static void make_data(data *d) {
  d->a = malloc(ROWS);
  d->b = malloc(sizeof *d->b * ROWS);
  d->unit = malloc(sizeof *d->unit * ROWS);
  d->w = malloc(sizeof *d->w * ROWS);
  d->domain = malloc(ROWS);
  d->max = 0;
  for (int i = 0; i < ROWS; i++) {
    d->a[i] = (uint8_t)sample_draw(A + 1);
    d->b[i] = (uint16_t)sample_draw(B + 2);
    d->unit[i] = sample_draw(UNITS) + 1;
    d->w[i] = sample_draw(20) == 0 ? 0 : 1e6 / (1 + sample_draw(9999)) / 3;
    d->domain[i] = (uint8_t)sample_draw(3);
    if (d->w[i] > d->max) d->max = d->w[i];
  }
}

static void free_data(data *d) {
  free(d->a);
  free(d->b);
  free(d->unit);
  free(d->w);
  free(d->domain);
}

/* Rows from..to-1. units above UNITS only make the table larger: beyond a million slots it is a sparse one. */
static weeg_tally *build(const data *d, int64_t from, int64_t to, bool element, bool weighted, bool domain, int32_t units,
                         int threads) {
  const weeg_column columns[] = {{d->a + from, WEEG_CODE_U8, A}, {d->b + from, WEEG_CODE_U16, B}};
  const weeg_column unit = sample_column(d->unit + from, units);
  const weeg_hooks hooks = {NULL, NULL, threads};
  weeg_tally *t = NULL;
  CHECK_OK(weeg_tally_build(ROWS_OF(columns, 2, &unit, element, weighted ? d->w + from : NULL, weighted ? d->max : 1,
                                    domain ? d->domain + from : NULL, to - from),
                            &hooks, &t, NULL));
  return t;
}

/* Integer sums of significands by cell and unit, the way the definition of the tally says. */
static void test_against_definition(const data *d) {
  static int64_t n[UNITS][CELLS];
  static u128 w[UNITS][CELLS];
  weeg_tally *t = build(d, 0, ROWS, true, true, true, UNITS, 1);
  for (int i = 0; i < ROWS; i++) {
    if (d->domain[i] == 0 || d->w[i] == 0) continue;
    const int a = d->a[i] >= 1 && d->a[i] <= A ? d->a[i] - 1 : A, b = d->b[i] >= 1 && d->b[i] <= B ? d->b[i] - 1 : B;
    int exponent;
    const u128 significand = (u128)ldexp(frexp(d->w[i], &exponent), 53);
    n[d->unit[i] - 1][a * (B + 1) + b]++;
    w[d->unit[i] - 1][a * (B + 1) + b] += significand << (exponent - 53 - t->scale);
  }
  int64_t at = 0;
  for (int u = 0; u < UNITS; u++) {
    for (int c = 0; c < CELLS; c++) {
      if (n[u][c] == 0) continue;
      if (!CHECK(at < t->entries)) return;
      CHECK(t->unit[at] == u && t->cell[at] == c && t->n[at] == n[u][c] && whole(t->w[at]) == w[u][c]);
      at++;
    }
  }
  CHECK(at == t->entries);
  weeg_tally_free(t);
}

/* Threads, dense and sparse. */
static void test_same_bytes(const data *d) {
  for (int kind = 0; kind < 8; kind++) {
    const bool element = kind & 1, weighted = kind & 2, domain = kind & 4;
    weeg_tally *dense = build(d, 0, ROWS, element, weighted, domain, UNITS, 0);
    weeg_tally *sparse = build(d, 0, ROWS, element, weighted, domain, 3000000, 1);
    for (int threads = 2; threads <= 8; threads += kind == 3 ? 1 : 3) {
      weeg_tally *t = build(d, 0, ROWS, element, weighted, domain, UNITS, threads);
      CHECK(same_tally(t, dense));
      weeg_tally_free(t);
      t = build(d, 0, ROWS, element, weighted, domain, 3000000, threads);
      CHECK(same_tally(t, sparse));
      weeg_tally_free(t);
    }
    CHECK(sparse->units == 3000000);
    sparse->units = UNITS;
    CHECK(same_tally(sparse, dense));
    sparse->units = 2000; /* so many slots, most of them empty, that threads make entries of them together */
    for (int threads = 1; threads <= 3; threads++) {
      weeg_tally *t = build(d, 0, ROWS, element, weighted, domain, 2000, threads);
      CHECK(same_tally(t, sparse));
      weeg_tally_free(t);
    }
    weeg_tally_free(dense);
    weeg_tally_free(sparse);
  }
}

/* ---- the one form of a sum of squares ---- */

/* A sum in digits of 43 bits, the lowest first: two of them are the 86 bits of `low`. */
enum { DIGIT = 43, DIGITS = 6 };
typedef struct digits {
  u128 digit[DIGITS];
} digits;

/* x 2^shift more. */
static void add_shifted(digits *sum, u128 x, int shift) {
  for (int bit = 0; bit < 128; bit++) {
    const int place = bit + shift;
    if (x >> bit & 1) sum->digit[place / DIGIT] += (u128)1 << place % DIGIT;
  }
}

static weeg_square form_of(const digits *sum) {
  const u128 mask = ((u128)1 << DIGIT) - 1;
  u128 carry = 0, digit[DIGITS];
  for (int k = 0; k < DIGITS; k++) {
    carry += sum->digit[k];
    digit[k] = carry & mask;
    carry >>= DIGIT;
  }
  const u128 low = digit[0] | digit[1] << DIGIT, high = digit[2] | digit[3] << DIGIT | digit[4] << 2 * DIGIT;
  return (weeg_square){{(uint64_t)(high >> 64), (uint64_t)high}, {(uint64_t)(low >> 64), (uint64_t)low}};
}

/* The squares of all weights as integers of units 2^(2 scale), by cell, from their significands. */
static void square_rows(const data *d, int rows, int scale, bool weighted, digits *sums) {
  for (int i = 0; i < rows; i++) {
    int exponent;
    const int a = d->a[i] >= 1 && d->a[i] <= A ? d->a[i] - 1 : A;
    const double w = weighted ? d->w[i] : 1;
    if (w == 0) continue;
    const u128 significand = (u128)ldexp(frexp(w, &exponent), 53);
    add_shifted(&sums[a], significand * significand, 2 * (exponent - 53 - scale));
  }
}

/* However a tally is made, its sums of squares are those of the definition, byte for byte. */
static void test_one_form(const data *d) {
  enum { SOME = 30000 };
  const weeg_column a = {d->a, WEEG_CODE_U8, A}, all = {NULL, WEEG_CODE_I32, 1};
  enum { SPARSE = 3000000 };
  const weeg_column sparse = sample_column(d->unit, SPARSE);
  int32_t *to_one = calloc(SPARSE, sizeof *to_one);
  for (int weighted = 0; weighted < 2; weighted++) {
    digits sums[A + 1] = {{{0}}};
    weeg_tally *dense = NULL, *apart = NULL, *merged = NULL, *doubled = NULL;
    const double *w = weighted ? d->w : NULL, max = weighted ? d->max : 1;
    CHECK_OK(weeg_tally_build(ROWS_OF(&a, 1, &all, true, w, max, NULL, SOME), NULL, &dense, NULL));
    CHECK_OK(weeg_tally_build(ROWS_OF(&a, 1, &sparse, true, w, max, NULL, SOME), NULL, &apart, NULL));
    CHECK_OK(weeg_tally_merge(PART(apart, to_one, NULL), NULL, 1, A + 1, &merged, NULL));
    square_rows(d, SOME, dense->scale, weighted, sums);
    CHECK(dense->entries == A + 1);
    for (int c = 0; c <= A && c < dense->entries; c++) {
      const weeg_square expected = form_of(&sums[c]);
      CHECK(memcmp(&dense->w2[c], &expected, sizeof expected) == 0);
    }
    CHECK(same_tally(dense, merged));
    /* a sum of another form, as tallies kept by early versions have it, is taken, and settled */
    for (int c = 0; c <= A; c++) {
      dense->w2[c].high.lo -= 2;
      dense->w2[c].low.hi += (uint64_t)2 << 22;
    }
    CHECK_OK(weeg_tally_check(dense, true, NULL));
    CHECK_OK(weeg_tally_merge(PART(dense, NULL, NULL), PART(merged, NULL, NULL), 1, A + 1, &doubled, NULL));
    for (int c = 0; c <= A; c++) {
      digits twice = sums[c];
      for (int k = 0; k < DIGITS; k++) twice.digit[k] *= 2;
      const weeg_square expected = form_of(&twice);
      CHECK(memcmp(&doubled->w2[c], &expected, sizeof expected) == 0);
    }
    weeg_tally *const made[] = {dense, apart, merged, doubled};
    for (size_t k = 0; k < sizeof made / sizeof *made; k++) weeg_tally_free(made[k]);
  }
  free(to_one);
}

static weeg_tally *add(weeg_tally *a, weeg_tally *b) {
  weeg_tally *sum = NULL;
  CHECK_OK(weeg_tally_merge(PART(a, NULL, NULL), PART(b, NULL, NULL), a->units, a->cells, &sum, NULL));
  weeg_tally_free(a);
  weeg_tally_free(b);
  return sum;
}

/* Any cuts, any order of merging. */
static void test_parts(const data *d) {
  enum { PART_ROWS = 20000 };
  for (int kind = 0; kind < 4; kind++) {
    const bool element = kind & 1, weighted = kind & 2;
    weeg_tally *all = build(d, 0, PART_ROWS, element, weighted, true, UNITS, 1);
    for (int repeat = 0; repeat < 20; repeat++) {
      weeg_tally *part[12];
      int parts = 0;
      for (int64_t from = 0; from < PART_ROWS && parts < 12; parts++) {
        int64_t to = parts == 11 ? PART_ROWS : from + sample_draw(PART_ROWS / 3);
        if (to > PART_ROWS) to = PART_ROWS;
        part[parts] = build(d, from, to, element, weighted, true, UNITS, 1);
        from = to;
      }
      while (parts > 1) { /* two of them, in any order, become one */
        const int i = sample_draw(parts);
        weeg_tally *one = part[i];
        part[i] = part[--parts];
        const int j = sample_draw(parts);
        part[j] = repeat % 2 == 0 ? add(one, part[j]) : add(part[j], one);
      }
      CHECK(same_tally(part[0], all));
      weeg_tally_free(part[0]);
    }
    weeg_tally_free(all);
  }
}

/* The same rows from last to first. */
static void test_reversed(const data *d) {
  enum { SOME = 10000 };
  data r = *d;
  r.a = malloc(SOME);
  r.b = malloc(sizeof *r.b * SOME);
  r.unit = malloc(sizeof *r.unit * SOME);
  r.w = malloc(sizeof *r.w * SOME);
  r.domain = malloc(SOME);
  for (int i = 0; i < SOME; i++) {
    r.a[i] = d->a[SOME - 1 - i];
    r.b[i] = d->b[SOME - 1 - i];
    r.unit[i] = d->unit[SOME - 1 - i];
    r.w[i] = d->w[SOME - 1 - i];
    r.domain[i] = d->domain[SOME - 1 - i];
  }
  weeg_tally *forward = build(d, 0, SOME, true, true, true, UNITS, 1), *back = build(&r, 0, SOME, true, true, true, UNITS, 1);
  CHECK(same_tally(forward, back));
  weeg_tally_free(forward);
  weeg_tally_free(back);
  free_data(&r);
}

/* ---- merging ---- */

/*
 * Parts with different largest weights have different units. Weights of at least 1e-5 of the largest of all stay exact,
 * so their sums have the same bytes in any order; squares may differ by 4 units a row.
 */
static void test_scales(const data *d) {
  static const double largest[] = {0.9, 7, 70000};
  enum { EACH = 500 };
  double w[3 * EACH];
  weeg_tally *part[3], *all = NULL;
  const weeg_column columns[] = {{d->a, WEEG_CODE_U8, A}}, unit = sample_column(d->unit, UNITS);
  for (int k = 0; k < 3; k++) {
    const weeg_column own = {d->a + k * EACH, WEEG_CODE_U8, A}, own_unit = sample_column(d->unit + k * EACH, UNITS);
    for (int i = 0; i < EACH; i++) w[k * EACH + i] = i == 0 ? largest[k] : largest[k] * (1 + sample_draw(1000)) / 1001;
    for (int i = 0; i < EACH; i++) w[k * EACH + i] = fmax(w[k * EACH + i], 0.7);
    CHECK_OK(weeg_tally_build(ROWS_OF(&own, 1, &own_unit, true, w + k * EACH, largest[k], NULL, EACH), NULL, &part[k],
                              NULL));
  }
  CHECK(part[0]->scale == -86 && part[1]->scale == -70 && part[2]->scale == -54);
  CHECK_OK(weeg_tally_build(ROWS_OF(columns, 1, &unit, true, w, 70000, NULL, 3 * EACH), NULL, &all, NULL));
  static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (int o = 0; o < 6; o++) {
    weeg_tally *two = NULL, *sum = NULL;
    CHECK_OK(weeg_tally_merge(PART(part[orders[o][0]], NULL, NULL), PART(part[orders[o][1]], NULL, NULL), UNITS, A + 1,
                              &two, NULL));
    CHECK_OK(weeg_tally_merge(PART(two, NULL, NULL), PART(part[orders[o][2]], NULL, NULL), UNITS, A + 1, &sum, NULL));
    CHECK(sum->scale == all->scale && sum->entries == all->entries);
    for (int64_t i = 0; i < all->entries; i++) {
      CHECK(sum->unit[i] == all->unit[i] && sum->cell[i] == all->cell[i] && sum->n[i] == all->n[i]);
      CHECK(whole(sum->w[i]) == whole(all->w[i]));
      CHECK_CLOSE(weeg_square_value(sum->w2[i], sum->scale), weeg_square_value(all->w2[i], all->scale), 1e-15);
    }
    weeg_tally_free(two);
    weeg_tally_free(sum);
  }
  for (int k = 0; k < 3; k++) weeg_tally_free(part[k]);
  weeg_tally_free(all);
}

/* A tally in a sum twice, as itself or in another sum; never one that is alike by chance. */
static void test_twice(const data *d) {
  enum { SOME = 5000 };
  weeg_tally *a = build(d, 0, SOME, false, true, false, UNITS, 1), *b = build(d, SOME, 2 * SOME, false, true, false, UNITS, 1);
  weeg_tally *sum = NULL, *more = NULL, *doubled = NULL, *small = NULL, *pair = NULL;
  int32_t apart[UNITS], none[CELLS] = {0};
  bool twice = true;
  for (int u = 0; u < UNITS; u++) apart[u] = UNITS + u; /* the PSUs of b are others */
  CHECK_OK(weeg_tally_merge(PART(a, NULL, NULL), PART(b, apart, NULL), 2 * UNITS, CELLS, &sum, NULL));
  CHECK_OK(weeg_tally_twice(sum, PART(a, NULL, NULL), &twice, NULL));
  CHECK(!twice);
  CHECK_OK(weeg_tally_twice(sum, PART(b, apart, NULL), &twice, NULL));
  CHECK(!twice);
  CHECK_OK(weeg_tally_merge(PART(sum, NULL, NULL), PART(b, apart, NULL), 2 * UNITS, CELLS, &more, NULL));
  CHECK_OK(weeg_tally_twice(more, PART(b, apart, NULL), &twice, NULL));
  CHECK(twice);
  CHECK_OK(weeg_tally_twice(more, PART(a, NULL, NULL), &twice, NULL));
  CHECK(!twice);
  CHECK_OK(weeg_tally_twice(more, PART(sum, NULL, NULL), &twice, NULL));
  CHECK(!twice);
  CHECK_OK(weeg_tally_merge(PART(a, NULL, NULL), PART(a, NULL, NULL), UNITS, CELLS, &doubled, NULL));
  CHECK_OK(weeg_tally_twice(doubled, PART(a, NULL, NULL), &twice, NULL));
  CHECK(twice);
  doubled->n[7]++; /* the same but for one row, or one weight */
  CHECK_OK(weeg_tally_twice(doubled, PART(a, NULL, NULL), &twice, NULL));
  CHECK(!twice);
  doubled->n[7]--;
  doubled->w[7].lo++;
  CHECK_OK(weeg_tally_twice(doubled, PART(a, NULL, NULL), &twice, NULL));
  CHECK(!twice);
  doubled->w[7].lo--;
  doubled->w[7].hi++;
  CHECK_OK(weeg_tally_twice(doubled, PART(a, NULL, NULL), &twice, NULL));
  CHECK(!twice);
  doubled->w[7].hi--;
  doubled->cell[0]++; /* of the first entry, none */
  CHECK_OK(weeg_tally_twice(doubled, PART(a, NULL, NULL), &twice, NULL));
  CHECK(!twice);
  /* a part of a, twice in a sum in which its PSUs have other cells too */
  int32_t first[CELLS], rest[CELLS];
  for (int c = 0; c < CELLS; c++) first[c] = c < CELLS / 2 ? c : -1, rest[c] = c < CELLS / 2 ? -1 : c;
  weeg_tally *part = NULL, *thrice = NULL, *full = NULL;
  CHECK_OK(weeg_tally_merge(PART(a, NULL, first), NULL, UNITS, CELLS, &part, NULL));
  CHECK_OK(weeg_tally_merge(PART(part, NULL, NULL), PART(a, NULL, first), UNITS, CELLS, &thrice, NULL));
  CHECK_OK(weeg_tally_twice(thrice, PART(part, NULL, NULL), &twice, NULL));
  CHECK(twice);
  CHECK_OK(weeg_tally_merge(PART(thrice, NULL, NULL), PART(a, NULL, rest), UNITS, CELLS, &full, NULL));
  CHECK_OK(weeg_tally_twice(full, PART(part, NULL, NULL), &twice, NULL));
  CHECK(!twice);
  weeg_tally_free(part);
  weeg_tally_free(thrice);
  weeg_tally_free(full);
  /* twice in a sum that is coarser than itself, for the weights of another part */
  const weeg_column columns[] = {{d->a, WEEG_CODE_U8, A}, {d->b, WEEG_CODE_U16, B}}, unit = sample_column(d->unit, UNITS);
  weeg_tally *wide = NULL, *once = NULL, *both = NULL;
  CHECK_OK(weeg_tally_build(ROWS_OF(columns, 2, &unit, false, d->w, 65536 * d->max, NULL, SOME), NULL, &wide, NULL));
  CHECK(wide->scale > a->scale);
  CHECK_OK(weeg_tally_merge(PART(wide, apart, NULL), PART(a, NULL, NULL), 2 * UNITS, CELLS, &once, NULL));
  CHECK_OK(weeg_tally_twice(once, PART(a, NULL, NULL), &twice, NULL));
  CHECK(!twice);
  CHECK_OK(weeg_tally_merge(PART(once, NULL, NULL), PART(a, NULL, NULL), 2 * UNITS, CELLS, &both, NULL));
  CHECK_OK(weeg_tally_twice(both, PART(a, NULL, NULL), &twice, NULL));
  CHECK(twice);
  weeg_tally_free(wide);
  weeg_tally_free(once);
  weeg_tally_free(both);
  /* 12 sums may be alike by chance */
  int32_t few[UNITS];
  for (int u = 0; u < UNITS; u++) few[u] = u % 12;
  CHECK_OK(weeg_tally_merge(PART(a, few, none), NULL, 12, 1, &small, NULL));
  CHECK(small->entries == 12);
  CHECK_OK(weeg_tally_merge(PART(small, NULL, NULL), PART(small, NULL, NULL), 12, 1, &pair, NULL));
  CHECK_OK(weeg_tally_twice(pair, PART(small, NULL, NULL), &twice, NULL));
  CHECK(!twice);
  weeg_tally *const all[] = {a, b, sum, more, doubled, small, pair};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) weeg_tally_free(all[i]);
}

static void test_renumbering(const data *d) {
  enum { SOME = 5000 };
  weeg_tally *t = build(d, 0, SOME, true, true, false, UNITS, 1), *out = NULL, *direct = NULL;
  /* without b: cell a * 4 + b becomes a */
  int32_t cell[CELLS], unit[UNITS];
  for (int c = 0; c < CELLS; c++) cell[c] = c / (B + 1);
  CHECK_OK(weeg_tally_merge(PART(t, NULL, cell), NULL, UNITS, A + 1, &out, NULL));
  const weeg_column a = {d->a, WEEG_CODE_U8, A}, b = {d->b, WEEG_CODE_U16, B}, units = sample_column(d->unit, UNITS);
  CHECK_OK(weeg_tally_build(ROWS_OF(&a, 1, &units, true, d->w, d->max, NULL, SOME), NULL, &direct, NULL));
  CHECK(same_tally(out, direct));
  weeg_tally_free(out);
  weeg_tally_free(direct);
  /* without a, units reversed: as if the unit codes were */
  int32_t codes[SOME];
  for (int c = 0; c < CELLS; c++) cell[c] = c % (B + 1);
  for (int u = 0; u < UNITS; u++) unit[u] = UNITS - 1 - u;
  for (int i = 0; i < SOME; i++) codes[i] = UNITS + 1 - d->unit[i];
  const weeg_column reversed = sample_column(codes, UNITS);
  CHECK_OK(weeg_tally_merge(PART(t, unit, cell), NULL, UNITS, B + 1, &out, NULL));
  CHECK_OK(weeg_tally_build(ROWS_OF(&b, 1, &reversed, true, d->w, d->max, NULL, SOME), NULL, &direct, NULL));
  CHECK(same_tally(out, direct));
  weeg_tally_free(out);
  /* the same entries among so many units and cells that these have no places of their own: the numbers alone are others */
  enum { APART = 1000 };
  for (int u = 0; u < UNITS; u++) unit[u] = (UNITS - 1 - u) * APART;
  for (int c = 0; c < CELLS; c++) cell[c] = c % (B + 1) * APART;
  CHECK_OK(weeg_tally_merge(PART(t, unit, cell), NULL, UNITS * APART, (B + 1) * APART, &out, NULL));
  CHECK(out->units == UNITS * APART && out->cells == (B + 1) * APART);
  out->units = UNITS;
  out->cells = B + 1;
  for (int64_t i = 0; i < out->entries; i++) {
    CHECK(out->unit[i] % APART == 0 && out->cell[i] % APART == 0);
    out->unit[i] /= APART;
    out->cell[i] /= APART;
  }
  CHECK(same_tally(out, direct));
  weeg_tally_free(out);
  weeg_tally_free(direct);
  /* all units into one; cells with missing values dropped: the rest has their totals */
  int64_t n[CELLS], kept = 0, of_t = 0;
  CHECK_OK(weeg_tally_totals(t, n, NULL, NULL));
  for (int u = 0; u < UNITS; u++) unit[u] = 0;
  for (int c = 0; c < CELLS; c++) {
    cell[c] = c / (B + 1) == A || c % (B + 1) == B ? -1 : 0;
    of_t += cell[c] == 0 ? n[c] : 0;
  }
  CHECK_OK(weeg_tally_merge(PART(t, unit, cell), NULL, 1, 1, &out, NULL));
  CHECK(out->entries == 1 && out->units == 1 && out->cells == 1);
  kept = out->n[0];
  CHECK(kept == of_t);
  weeg_tally_free(out);
  /* everything dropped */
  for (int c = 0; c < CELLS; c++) cell[c] = -1;
  CHECK_OK(weeg_tally_merge(PART(t, NULL, cell), NULL, UNITS, 1, &out, NULL));
  CHECK(out->entries == 0);
  weeg_tally_free(out);
  weeg_tally_free(t);
}

static void test_bad_merges(const data *d) {
  weeg_tally *element = build(d, 0, 1000, true, true, false, UNITS, 1);
  weeg_tally *clustered = build(d, 0, 1000, false, true, false, UNITS, 1), *out = NULL;
  int32_t cell[CELLS] = {0}, unit[UNITS] = {0};
  weeg_error err = {0};
  CHECK_STATUS(weeg_tally_merge(PART(element, NULL, NULL), PART(clustered, NULL, NULL), UNITS, CELLS, &out, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_tally_merge(PART(element, NULL, NULL), NULL, UNITS, CELLS - 1, &out, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.where >= 0);
  CHECK_STATUS(weeg_tally_merge(PART(element, NULL, NULL), NULL, UNITS - 1, CELLS, &out, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_tally_merge(PART(element, NULL, NULL), NULL, UNITS, 0, &out, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_tally_merge(PART(element, NULL, NULL), NULL, -1, CELLS, &out, &err), WEEG_ERR_ARGUMENT);
  unit[UNITS - 1] = -1;
  CHECK_STATUS(weeg_tally_merge(PART(element, unit, cell), NULL, 1, 1, &out, &err), WEEG_ERR_ARGUMENT);
  unit[UNITS - 1] = 0;
  cell[0] = 1;
  CHECK_STATUS(weeg_tally_merge(PART(element, unit, cell), NULL, 1, 1, &out, &err), WEEG_ERR_ARGUMENT);
  CHECK(out == NULL);
  weeg_tally_free(element);
  weeg_tally_free(clustered);
  weeg_tally_free(NULL);
}

/* ---- failures and edges ---- */

typedef struct countdown {
  int polls, stop_at;
} countdown;

static int stop_at(void *ctx) {
  countdown *c = ctx;
  return ++c->polls == c->stop_at;
}

static void test_interrupts(const data *d) {
  const weeg_column columns[] = {{d->a, WEEG_CODE_U8, A}, {d->b, WEEG_CODE_U16, B}};
  for (int sparse = 0; sparse < 2; sparse++) {
    const weeg_column unit = sample_column(d->unit, sparse ? 3000000 : UNITS);
    for (int threads = 1; threads <= 4; threads += 3) {
      for (int at = 1; at <= 3; at++) {
        countdown c = {0, at};
        const weeg_hooks hooks = {stop_at, &c, threads};
        weeg_tally *t = NULL;
        weeg_error err = {0};
        const weeg_status status =
            weeg_tally_build(ROWS_OF(columns, 2, &unit, true, d->w, d->max, NULL, ROWS), &hooks, &t, &err);
        /* with several threads the calling one may have few chunks, so few polls */
        if (threads == 1 || c.polls >= at) {
          CHECK(status == WEEG_ERR_INTERRUPTED && t == NULL && err.code == WEEG_ERR_INTERRUPTED);
        }
        weeg_tally_free(t);
      }
    }
  }
}

/* A weight that was changed after it was checked is found, wherever it stands. */
static void test_changed_weights(const data *d) {
  static const double changed[] = {NAN, -1, INFINITY, -INFINITY, 1e30};
  static const int64_t rows[] = {0, 2047, 2048, 65535, 65536, 99999};
  const weeg_column columns[] = {{d->a, WEEG_CODE_U8, A}, {d->b, WEEG_CODE_U16, B}};
  for (int kind = 0; kind < 4; kind++) {
    const weeg_column unit = sample_column(d->unit, kind & 2 ? 3000000 : UNITS);
    for (size_t i = 0; i < 6; i++) {
      for (size_t k = 0; k < sizeof changed / sizeof *changed; k++) {
        const double kept = d->w[rows[i]];
        weeg_tally *t = NULL;
        weeg_error err = {0};
        d->w[rows[i]] = changed[k];
        CHECK_STATUS(weeg_tally_build(ROWS_OF(columns, 2, &unit, kind & 1, d->w, d->max, NULL, 100000), NULL, &t, &err),
                     WEEG_ERR_WEIGHT);
        CHECK(t == NULL && err.code == WEEG_ERR_WEIGHT && err.message[0] != '\0');
        d->w[rows[i]] = kept;
      }
    }
  }
}

/* Weights that are one for each unit: the same bytes as where each row has its own. */
static void test_weigh(const data *d) {
  double of_unit[UNITS], *weights = malloc(sizeof *weights * ROWS), largest = 0;
  data rows = *d;
  for (int u = 0; u < UNITS; u++) {
    of_unit[u] = 1e5 / (1 + sample_draw(9999)) / 3;
    if (of_unit[u] > largest) largest = of_unit[u];
  }
  for (int i = 0; i < ROWS; i++) weights[i] = of_unit[d->unit[i] - 1];
  rows.w = weights;
  rows.max = largest;
  for (int kind = 0; kind < 4; kind++) {
    weeg_tally *t = build(d, 0, 200000, kind & 1, false, kind & 2, UNITS, 1);
    weeg_tally *own = build(&rows, 0, 200000, kind & 1, true, kind & 2, UNITS, 1);
    CHECK_OK(weeg_tally_weigh(t, of_unit, NULL));
    CHECK(same_tally(t, own));
    const double kept = of_unit[3];
    of_unit[3] = -1;
    CHECK_STATUS(weeg_tally_weigh(t, of_unit, NULL), WEEG_ERR_WEIGHT);
    of_unit[3] = kept;
    CHECK(same_tally(t, own));
    weeg_tally_free(t);
    weeg_tally_free(own);
  }
  free(weights);
}

static void test_edges(const data *d) {
  /* no rows; all rows outside the domain; all weights zero: empty tallies */
  static const double zeros[5] = {0};
  static const uint8_t nobody[5] = {0};
  const weeg_column columns[] = {{d->a, WEEG_CODE_U8, A}, {d->b, WEEG_CODE_U16, B}};
  for (int kind = 0; kind < 4; kind++) {
    const weeg_column unit = sample_column(d->unit, kind & 2 ? 3000000 : UNITS);
    for (int which = 0; which < 3; which++) {
      weeg_tally *t = NULL;
      CHECK_OK(weeg_tally_build(ROWS_OF(columns, 2, &unit, kind & 1, which == 2 ? zeros : d->w, which == 2 ? 0 : d->max,
                                        which == 1 ? nobody : NULL, which == 0 ? 0 : 5),
                                NULL, &t, NULL));
      CHECK(t->entries == 0 && t->cells == CELLS && t->units == unit.levels);
      int64_t n[CELLS];
      double w[CELLS];
      CHECK_OK(weeg_tally_totals(t, n, w, NULL));
      for (int c = 0; c < CELLS; c++) CHECK(n[c] == 0 && w[c] == 0);
      weeg_tally *sum = NULL;
      CHECK_OK(weeg_tally_merge(PART(t, NULL, NULL), PART(t, NULL, NULL), t->units, t->cells, &sum, NULL));
      CHECK(sum->entries == 0);
      weeg_tally_free(sum);
      weeg_tally_free(t);
    }
  }
  /* too many cells */
  const weeg_column wide = {d->a, WEEG_CODE_U8, 100000}, unit = sample_column(d->unit, UNITS);
  const weeg_column two[] = {wide, wide};
  weeg_tally *t = NULL;
  weeg_error err = {0};
  CHECK_STATUS(weeg_tally_build(ROWS_OF(two, 2, &unit, true, NULL, 1, NULL, 5), NULL, &t, &err), WEEG_ERR_TOO_LARGE);
  CHECK(t == NULL);
  /* cells and units near their limits: 2^31 - 1 cells of 2^31 - 1 units */
  static const int32_t last[] = {INT32_MAX - 1, INT32_MAX - 1, 1}, last_unit[] = {INT32_MAX, INT32_MAX, 1};
  const weeg_column most = sample_column(last, INT32_MAX - 1), most_units = sample_column(last_unit, INT32_MAX);
  CHECK_OK(weeg_tally_build(ROWS_OF(&most, 1, &most_units, false, NULL, 1, NULL, 3), NULL, &t, NULL));
  CHECK(t->entries == 2 && t->unit[0] == 0 && t->cell[0] == 0 && t->unit[1] == INT32_MAX - 1 &&
        t->cell[1] == INT32_MAX - 2 && t->n[1] == 2);
  weeg_tally_free(t);
  /* an empty tally with room */
  CHECK_OK(weeg_tally_new(&(weeg_tally){false, 3, 4, 5, -70}, &t, NULL));
  CHECK(t->units == 3 && t->cells == 4 && t->entries == 5 && t->scale == -70 && t->w2 == NULL && t->n[4] == 0);
  weeg_tally_free(t);
  t = NULL;
  CHECK_STATUS(weeg_tally_new(&(weeg_tally){true, 3, 4, INT64_MAX, -70}, &t, &err), WEEG_ERR_MEMORY);
  CHECK(t == NULL);
}

/* A weight above 0 is counted, however small it is beside the largest, where the sums have nothing of it. */
static void test_small_weights(void) {
  static const int32_t codes[] = {1, 1, 2, 2, 2, 1};
  static const double weights[] = {0x1p480, 5e-324, 1, 0x1p-600, 0, -0.0};
  const weeg_column column = sample_column(codes, 2);
  for (int kind = 0; kind < 4; kind++) {
    const weeg_column unit = {NULL, WEEG_CODE_I32, kind & 1 ? 3000000 : 1};
    weeg_tally *t = NULL;
    CHECK_OK(weeg_tally_build(ROWS_OF(&column, 1, &unit, kind & 2, weights, 0x1p480, NULL, 6), NULL, &t, NULL));
    CHECK(t->entries == 2 && t->n[0] == 2 && t->n[1] == 2);
    CHECK(weeg_sum_value(t->w[0], t->scale) == 0x1p480 && weeg_sum_value(t->w[1], t->scale) == 0);
    weeg_tally_free(t);
  }
}

/*
 * More rows than are summed in packed slots at a time (2^20): all in three cells, the weights multiples of 1/8, so that
 * the sums are whole numbers of eighths and known.
 */
static void test_many_rows(void) {
  enum { MANY = 5 * (1 << 20) / 2 + 3 };
  uint8_t *codes = malloc(MANY);
  double *weights = malloc(MANY * sizeof *weights);
  int64_t n[3] = {0}, eighths[3] = {0};
  for (int64_t i = 0; i < MANY; i++) {
    const int64_t eighth = i * 7919 % 4001; /* some are 0: such rows are not counted */
    const int cell = (int)(i % 5 == 0 ? 0 : i % 3 == 0 ? 1 : 2);
    codes[i] = (uint8_t)(cell + 1 == 3 ? 0 : cell + 1); /* the third cell is missing */
    weights[i] = (double)eighth / 8;
    n[cell] += eighth > 0;
    eighths[cell] += eighth;
  }
  const weeg_column column = {codes, WEEG_CODE_U8, 2}, unit = {NULL, WEEG_CODE_I32, 1};
  for (int threads = 1; threads <= 2; threads++) {
    const weeg_hooks hooks = {.threads = threads};
    for (int element = 0; element < 2; element++) {
      weeg_tally *t = NULL;
      CHECK_OK(weeg_tally_build(ROWS_OF(&column, 1, &unit, element == 1, weights, 501, NULL, MANY), &hooks, &t, NULL));
      CHECK(t->entries == 3);
      for (int c = 0; c < 3; c++) {
        CHECK(t->n[c] == n[c]);
        CHECK(weeg_sum_value(t->w[c], t->scale) == (double)eighths[c] / 8);
      }
      weeg_tally_free(t);
      CHECK_OK(weeg_tally_build(ROWS_OF(&column, 1, &unit, element == 1, NULL, 1, NULL, MANY), &hooks, &t, NULL));
      CHECK(t->n[0] + t->n[1] + t->n[2] == MANY && weeg_sum_value(t->w[2], t->scale) == (double)t->n[2]);
      weeg_tally_free(t);
    }
  }
  free(codes);
  free(weights);
}

/* What an entry can be: weights of at most 86 bits, at most 2^40 rows, so n of them below n 2^86 = (n 2^22) 2^64. */
static void test_sound(void) {
  static const uint64_t bound = (uint64_t)1 << 62, rows = (uint64_t)1 << 40;
  weeg_tally *t = NULL;
  CHECK_OK(weeg_tally_new(&(weeg_tally){true, 3, 4, 2, -70}, &t, NULL));
  const weeg_square fine = {{0, 1}, {0, 1}};
  const struct {
    int32_t unit, cell; /* of the second entry */
    int64_t n;
    weeg_sum w;
    weeg_square w2;
    bool sound, ordered;
  } cases[] = {{1, 1, 2, {0, 5}, fine, true, true},
               {2, 3, 2, {0, 5}, fine, true, true},
               {1, 0, 2, {0, 5}, fine, true, false},  /* before the first entry */
               {0, 3, 2, {0, 5}, fine, true, false},
               {1, 1, 0, {0, 5}, fine, false, true},
               {1, 1, -1, {0, 5}, fine, false, true},
               {3, 1, 2, {0, 5}, fine, false, true},
               {1, 4, 2, {0, 5}, fine, false, true},
               {1, 1, 2, {3 * 4194304 - 1, 0}, fine, true, true},
               {1, 1, 2, {3 * 4194304, 0}, fine, false, true},
               {1, 1, 2, {0, 5}, {{bound - 1, 0}, {0, 0}}, true, true},
               {1, 1, 2, {0, 5}, {{bound, 0}, {0, 0}}, false, true},
               {1, 1, 2, {0, 5}, {{bound - 1, UINT64_MAX}, {4194303, 0}}, true, true},
               {1, 1, 2, {0, 5}, {{bound - 1, UINT64_MAX}, {4194304, 0}}, false, true}, /* low carries one, into 2^126 */
               {1, 1, 2, {0, 5}, {{0, 0}, {3 * 4194304 - 1, 0}}, true, true},
               {1, 1, 2, {0, 5}, {{0, 0}, {3 * 4194304, 0}}, false, true},
               {1, 1, (int64_t)rows - 1, {0, 5}, fine, true, true}, /* with the one before: 2^40 */
               {1, 1, (int64_t)rows, {0, 5}, fine, false, true},
               {1, 0, 2, {0, 5}, fine, true, false}}; /* the first entry once more */
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_error err = {0};
    t->unit[0] = 1, t->cell[0] = 0, t->n[0] = 1, t->w[0] = (weeg_sum){0, 3}, t->w2[0] = fine;
    if (k == 2) t->cell[0] = 1;
    t->unit[1] = cases[k].unit, t->cell[1] = cases[k].cell, t->n[1] = cases[k].n, t->w[1] = cases[k].w, t->w2[1] = cases[k].w2;
    CHECK_STATUS(weeg_tally_check(t, false, &err), cases[k].sound ? WEEG_OK : WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_tally_check(t, true, &err), cases[k].sound && cases[k].ordered ? WEEG_OK : WEEG_ERR_ARGUMENT);
    if (!cases[k].sound) CHECK(err.where == 1);
  }
  t->n[1] = 2, t->w[1] = (weeg_sum){0, 5}, t->w2[1] = fine;
  for (int k = 0; k < 2; k++) {
    t->unit[1] = t->cell[1] = 1;
    (k == 0 ? t->unit : t->cell)[0] = -1;
    CHECK_STATUS(weeg_tally_check(t, false, NULL), WEEG_ERR_ARGUMENT);
    t->unit[0] = 1, t->cell[0] = 0;
  }
  weeg_tally_free(t);
  /* with clusters there are no squares */
  CHECK_OK(weeg_tally_new(&(weeg_tally){false, 3, 4, 1, -70}, &t, NULL));
  t->unit[0] = 2, t->cell[0] = 3, t->n[0] = 1, t->w[0] = (weeg_sum){0, 3};
  CHECK_OK(weeg_tally_check(t, true, NULL));
  t->n[0] = 0;
  CHECK_STATUS(weeg_tally_check(t, true, NULL), WEEG_ERR_ARGUMENT);
  weeg_tally_free(t);
  /* many entries, which are looked at in blocks: the one that is wrong is named, wherever it is */
  enum { MANY = 3 * 4096 + 5 };
  static const int64_t places[] = {0, 1, 4095, 4096, 4097, 8191, 8192, MANY - 1};
  CHECK_OK(weeg_tally_new(&(weeg_tally){false, MANY, 2, MANY, -70}, &t, NULL));
  for (int32_t i = 0; i < MANY; i++) t->unit[i] = i, t->cell[i] = i % 2, t->n[i] = 1, t->w[i] = (weeg_sum){0, 3};
  CHECK_OK(weeg_tally_check(t, true, NULL));
  for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
    weeg_error err = {0};
    const int64_t at = places[k];
    t->cell[at] = 2;
    CHECK_STATUS(weeg_tally_check(t, true, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == at);
    t->cell[at] = (int32_t)at % 2;
    if (at == 0) continue;
    t->unit[at] = (int32_t)at - 1, t->cell[at] = t->cell[at - 1]; /* the one before once more */
    CHECK_STATUS(weeg_tally_check(t, true, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == at);
    CHECK_OK(weeg_tally_check(t, false, NULL));
    t->unit[at] = (int32_t)at, t->cell[at] = (int32_t)at % 2;
  }
  t->n[5000] = (int64_t)1 << 39, t->n[5001] = (int64_t)1 << 39; /* with the others above 2^40 */
  CHECK_STATUS(weeg_tally_check(t, true, NULL), WEEG_ERR_ARGUMENT);
  weeg_tally_free(t);
}

int main(void) {
  test_sound();
  data d;
  test_by_hand();
  test_totals();
  make_data(&d);
  test_against_definition(&d);
  test_same_bytes(&d);
  test_one_form(&d);
  test_parts(&d);
  test_reversed(&d);
  test_scales(&d);
  test_twice(&d);
  test_renumbering(&d);
  test_bad_merges(&d);
  test_interrupts(&d);
  test_changed_weights(&d);
  test_weigh(&d);
  test_edges(&d);
  test_small_weights();
  test_many_rows();
  free_data(&d);
  return test_report("tally");
}
