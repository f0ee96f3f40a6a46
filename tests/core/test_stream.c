/*
 * Rows in chunks become the tally that weeg_tally_build() makes of all of them, byte for byte, with units numbered here by
 * looking each combination up in a table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/sum.h"
#include "sample.h"

enum { ROWS = 300000, STRATA = 5, PSUS = 40 };
enum { FIELD_A, FIELD_B, FIELD_STRATUM, FIELD_PSU, FIELD_W, FIELD_FPC, FIELD_Y, FIELD_X, FIELDS };

static int32_t code[4][ROWS], class_of[ROWS], unit[ROWS];
static double weight[ROWS], fpc[ROWS], y[ROWS], x[ROWS];
static weeg_csv_place places_of[ROWS]; /* of a chunk */
static int64_t line[ROWS], row[ROWS]; /* of the file, where rows were left out */
static bool left_out;
static int32_t met[4];     /* codes so far */
static int32_t classes;
static int64_t unit_rows[STRATA * PSUS], unit_first[STRATA * PSUS];
static int32_t units;

static int32_t codes_met(void *ctx, int32_t field) {
  (void)ctx;
  return field < 0 ? classes : met[field];
}

static weeg_status give_classes(void *ctx, const weeg_chunk *chunk, int64_t from, int64_t rows, int32_t *number,
                                weeg_error *err) {
  (void)ctx;
  (void)err;
  for (int64_t i = 0; i < rows; i++) {
    number[i] = class_of[chunk->first + from + i];
    if (number[i] > classes) classes = number[i];
  }
  return WEEG_OK;
}

/* Codes are met in order: a new one is at most one more than those before. Some come late. */
static void make_rows(void) {
  static const int32_t most[] = {7, 12, STRATA, PSUS};
  int32_t known[4] = {0}, known_class = 0, number[STRATA][PSUS] = {{0}};
  for (int i = 0; i < ROWS; i++) {
    for (int f = 0; f < 4; f++) {
      const int32_t drawn = sample_draw(f < 2 ? most[f] + 1 : most[f]) + (f >= 2);
      const bool late = drawn > 3 && i < 200000 && f < 2;
      code[f][i] = late ? 1 : drawn > known[f] + 1 ? known[f] + 1 : drawn;
      if (code[f][i] > known[f]) known[f] = code[f][i];
    }
    const int32_t drawn = 1 + sample_draw(4);
    class_of[i] = drawn > known_class + 1 ? known_class + 1 : drawn;
    if (class_of[i] > known_class) known_class = class_of[i];
    weight[i] = ldexp(1 + sample_draw(1 << 20), i < 250000 ? -12 : -10); /* the largest come late */
    int32_t *at = &number[code[FIELD_STRATUM][i] - 1][code[FIELD_PSU][i] - 1];
    if (*at == 0) {
      unit_first[units] = i;
      *at = ++units;
    }
    unit[i] = *at;
    unit_rows[*at - 1]++;
    fpc[i] = 100 + *at;
    line[i] = 3 * i + 2;
    row[i] = 2 * i + 1;
    y[i] = sample_draw(7) == 0 ? NAN : sample_draw(1 << 20) / 3.0 - 1000; /* with weights, of more bits than sums have room for */
    x[i] = sample_draw(9) == 0 ? NAN : sample_draw(100);
  }
}

/* Hands rows 0 .. rows - 1 to a stream, in chunks of some size. */
static weeg_status feed(weeg_stream *s, int64_t rows, int64_t size, weeg_error *err) {
  weeg_status status = WEEG_OK;
  memset(met, 0, sizeof met);
  classes = 0;
  for (int64_t from = 0; from < rows && status == WEEG_OK; from += size) {
    const int64_t some = rows - from < size ? rows - from : size;
    for (int64_t i = 0; i < some; i++) places_of[i] = (weeg_csv_place){i, line[from + i]};
    const int32_t *codes[FIELDS] = {NULL};
    const double *numbers[FIELDS] = {[FIELD_W] = weight + from, [FIELD_FPC] = fpc + from,
                                     [FIELD_Y] = y + from, [FIELD_X] = x + from};
    for (int f = 0; f < 4; f++) {
      codes[f] = code[f] + from;
      for (int64_t i = 0; i < some; i++) met[f] = codes[f][i] > met[f] ? codes[f][i] : met[f];
    }
    const weeg_chunk chunk = {from, some, codes, numbers, left_out ? row + from : NULL, places_of, some};
    status = weeg_stream_rows(s, &chunk, err);
  }
  return status == WEEG_OK ? weeg_stream_end(s, err) : status;
}

static const int32_t variables[] = {FIELD_A, FIELD_B}, keys[] = {FIELD_STRATUM, FIELD_PSU}, sizes[] = {FIELD_FPC};

static weeg_stream new_stream(bool weighted, bool element, bool with_classes) {
  return (weeg_stream){.variables = 2, .variable = variables, .keys = 2, .key = keys, .fpcs = 1,
                       .fpc = sizes, .weight = weighted ? FIELD_W : -1, .element = element, .code_count = codes_met,
                       .classify = with_classes ? give_classes : NULL};
}

static void check_tally(bool weighted, bool element, bool with_classes, int64_t rows, int64_t size) {
  weeg_stream s = new_stream(weighted, element, with_classes);
  weeg_tally *whole = NULL;
  weeg_error err = {0};
  double largest = 1;
  if (CHECK_OK(feed(&s, rows, size, &err)) && CHECK(s.tally != NULL)) {
    const weeg_column u = sample_column(unit, s.units.count);
    const weeg_column columns[] = {sample_column(code[0], met[0]), sample_column(code[1], met[1]),
                                   sample_column(class_of, classes)};
    if (weighted) CHECK_OK(weeg_check_weights(weight, rows, NULL, &largest, NULL));
    CHECK_OK(weeg_tally_build(
        ROWS_OF(columns, with_classes ? 3 : 2, &u, element, weighted ? weight : NULL, largest, NULL, rows), NULL,
        &whole, &err));
    CHECK(whole != NULL && same_tally(s.tally, whole));
    CHECK(s.count == rows && s.levels[0] == met[0] && s.levels[1] == met[1]);
  }
  if (rows == ROWS && CHECK(s.units.count == units)) {
    for (int32_t k = 0; k < units; k++) {
      CHECK(s.units.rows[k] == unit_rows[k] && s.units.first[k] == unit_first[k] && s.fpc_of[k] == 101 + k);
      CHECK(s.unit_row[k] == unit_first[k] && s.unit_line[k] == 3 * unit_first[k] + 2);
      CHECK(s.units.key[2 * k] == code[FIELD_STRATUM][unit_first[k]] && s.units.key[2 * k + 1] == code[FIELD_PSU][unit_first[k]]);
    }
  }
  weeg_tally_free(whole);
  weeg_stream_clear(&s);
  CHECK(s.tally == NULL && s.units.count == 0);
}

/* Codes that one byte has no room for any more after some rows, in the middle of a chunk, between two, in a later window. */
static void check_many_codes(void) {
  static const int from[] = {0, 1000, 4096, 5000, 270000};
  static int32_t before[ROWS];
  memcpy(before, code[FIELD_A], sizeof before);
  for (size_t k = 0; k < sizeof from / sizeof *from; k++) {
    for (int most = 254; most <= 258; most += 1) {
      for (int i = 0; i < ROWS; i++) code[FIELD_A][i] = i < from[k] ? before[i] : i % (most + 1);
      check_tally(true, false, k % 2 == 0, k < 4 ? 20000 : 280000, 4096);
    }
  }
  memcpy(code[FIELD_A], before, sizeof before);
}

/* Sums of numbers, whose largest product with a weight is in the first window. */
static bool same_measures(const weeg_tally *a, const weeg_tally *b) {
  const int32_t pairs = weeg_tally_pairs(a->measures);
  if (a->measures != b->measures || (a->products == NULL) != (b->products == NULL)) return false;
  const size_t sums = (size_t)(a->entries * a->measures) * sizeof *a->wy;
  return memcmp(a->measure_scale, b->measure_scale, (size_t)a->measures * sizeof *a->measure_scale) == 0 &&
         memcmp(a->wy, b->wy, sums) == 0 &&
         (a->products == NULL || memcmp(a->products, b->products, (size_t)(a->entries * pairs) * sizeof *a->products) == 0);
}

static const int32_t with_numbers[] = {FIELD_Y, FIELD_B, FIELD_X};
static const bool measured[] = {true, false, true};

static weeg_stream new_measured(bool element, bool with_classes) {
  weeg_stream s = new_stream(true, element, with_classes);
  s.variables = 3;
  s.variable = with_numbers;
  s.measured = measured;
  return s;
}

/* Class 2 is left out, levels are other ones, and strata are the units. */
static void check_measures(bool element, bool with_classes) {
  static int32_t known[2][ROWS], b[ROWS], h[ROWS];
  static uint8_t inside[ROWS];
  static const int32_t one[] = {0, 1}, place[] = {0, -1, 0, 0}, levels[] = {1, 12, 1};
  int32_t of_b[13] = {0}, *unit_of = NULL;
  weeg_stream s = new_measured(element, with_classes);
  weeg_tally *whole = NULL, *final = NULL;
  weeg_error err = {0};
  double largest = 1;
  for (int k = 1; k <= 12; k++) of_b[k] = 13 - k;
  if (CHECK_OK(feed(&s, ROWS, 50021, &err))) {
    unit_of = calloc((size_t)s.units.count, sizeof *unit_of);
    for (int32_t k = 0; k < s.units.count && unit_of != NULL; k++) unit_of[k] = s.units.key[2 * k] - 1;
    for (int i = 0; i < ROWS; i++) {
      known[0][i] = !isnan(y[i]);
      known[1][i] = !isnan(x[i]);
      b[i] = of_b[code[1][i]];
      h[i] = code[FIELD_STRATUM][i];
      inside[i] = !with_classes || class_of[i] != 2;
    }
    const weeg_column u = sample_column(h, STRATA);
    const weeg_column columns[] = {sample_column(known[0], 1), sample_column(b, 12), sample_column(known[1], 1)};
    const double *const values[] = {y, x};
    CHECK_OK(weeg_check_weights(weight, ROWS, NULL, &largest, NULL));
    const weeg_rows *rows = ROWS_OF(columns, 3, &u, element, weight, largest, inside, ROWS);
    CHECK_OK(weeg_tally_build(rows, NULL, &whole, &err));
    CHECK_OK(weeg_tally_measure(&(weeg_measured){.rows = rows, .measures = 2, .values = values}, NULL, whole, &err));
    const int32_t *const level[] = {one, of_b, one};
    const weeg_stream_levels by = {level, levels, place, 1, unit_of, STRATA, !element};
    CHECK_OK(weeg_stream_finish(&s, &by, &final, &err));
    CHECK(whole != NULL && final != NULL && same_tally(final, whole) && same_measures(final, whole));
  }
  free(unit_of);
  weeg_tally_free(whole);
  weeg_tally_free(final);
  weeg_stream_clear(&s);
}

/* An infinite value, in a row that counts, is said of its place in the file, when it is known that it does. */
static void check_infinite(bool with_classes, int64_t at, bool counts) {
  static const int32_t one[] = {0, 1}, place[] = {0, -1, 0, 0}, levels[] = {1, 12, 1}, of_b[13] = {0};
  const int32_t *const level[] = {one, of_b, one};
  const weeg_stream_levels by = {level, levels, place, 1, NULL, 0, true};
  weeg_stream s = new_measured(false, with_classes);
  weeg_tally *final = NULL;
  weeg_error err = {0};
  const double was = x[at];
  x[at] = -INFINITY;
  CHECK_OK(feed(&s, ROWS, 7001, &err));
  CHECK_STATUS(weeg_stream_finish(&s, &by, &final, &err), counts ? WEEG_ERR_ARGUMENT : WEEG_OK);
  if (counts) CHECK(err.facts.fault == WEEG_FAULT_INFINITE && err.facts.number == 1);
  if (counts) CHECK(err.facts.row == at && err.line == line[at]);
  x[at] = was;
  weeg_tally_free(final);
  weeg_stream_clear(&s);
}

/* The largest product comes late: sums differ by no more than what was cut off of their products, less than a unit each. */
static void check_late(void) {
  static int32_t known[2][ROWS];
  weeg_stream s = new_measured(false, false);
  weeg_tally *whole = NULL;
  double largest = 1;
  y[290000] = ldexp(1, 60);
  for (int i = 0; i < ROWS; i++) known[0][i] = !isnan(y[i]), known[1][i] = !isnan(x[i]);
  if (CHECK_OK(feed(&s, ROWS, 50021, NULL))) {
    const weeg_column u = sample_column(unit, s.units.count);
    const weeg_column columns[] = {sample_column(known[0], 1), sample_column(code[1], met[1]), sample_column(known[1], 1)};
    const double *const values[] = {y, x};
    CHECK_OK(weeg_check_weights(weight, ROWS, NULL, &largest, NULL));
    const weeg_rows *rows = ROWS_OF(columns, 3, &u, false, weight, largest, NULL, ROWS);
    CHECK_OK(weeg_tally_build(rows, NULL, &whole, NULL));
    CHECK_OK(weeg_tally_measure(&(weeg_measured){.rows = rows, .measures = 2, .values = values}, NULL, whole, NULL));
    bool near = whole != NULL && same_tally(s.tally, whole), same = true;
    for (int k = 0; k < 2 && near; k++) near = s.tally->measure_scale[k] == whole->measure_scale[k];
    for (int64_t i = 0; near && i < 2 * whole->entries; i++) {
      weeg_sum off = weeg_i_sum_negative(s.tally->wy[i]);
      weeg_i_sum_add(&off, whole->wy[i]);
      near = fabs(weeg_signed_value(off, 0)) <= (double)whole->n[i / 2];
      same = same && off.hi == 0 && off.lo == 0;
    }
    CHECK(near && !same); /* so that the case is that one */
  }
  weeg_tally_free(whole);
  weeg_stream_clear(&s);
}

static void check_numbers(void) {
  weight[10] = ldexp(1, 10);
  y[10] = -ldexp(1, 20);
  x[10] = 99;
  for (int variant = 0; variant < 4; variant++) check_measures((variant & 1) != 0, (variant & 2) != 0);
  int64_t outside = 200000;
  while (class_of[outside] != 2) outside++;
  check_infinite(true, outside, false);
  check_infinite(false, outside, true);
  check_infinite(true, outside + (class_of[outside + 1] != 2 ? 1 : 0), class_of[outside + 1] != 2);
  const double was = weight[140000];
  weight[140000] = 0;
  check_infinite(false, 140000, false);
  weight[140000] = was;
  check_late();
}

/*
 * Levels, classes and units in place of codes, against rows that were recoded one by one: answers in another order, two of them
 * one level and one missing; class 2 left out and class 4 missing; strata as units, which are clusters in any case.
 */
static void check_finish(bool with_classes) {
  enum { LEVELS_A = 4, LEVELS_B = 12, PLACES = 3 };
  static const int32_t of_a[] = {0, 3, 1, 4, 0, 2, 2, 1}, place[] = {1, -1, 0, 2}, levels[] = {LEVELS_A, LEVELS_B};
  static int32_t a[ROWS], b[ROWS], c[ROWS], h[ROWS], of_b[LEVELS_B + 1], *unit_of = NULL;
  static uint8_t inside[ROWS];
  weeg_stream s = new_stream(true, with_classes, with_classes);
  weeg_tally *whole = NULL, *final = NULL;
  weeg_error err = {0};
  double largest = 1;
  for (int k = 1; k <= LEVELS_B; k++) of_b[k] = LEVELS_B + 1 - k;
  if (CHECK_OK(feed(&s, ROWS, 50021, &err)) && CHECK(met[0] == 7 && met[1] == LEVELS_B && classes == (with_classes ? 4 : 0))) {
    unit_of = calloc((size_t)s.units.count, sizeof *unit_of);
    for (int32_t k = 0; k < s.units.count && unit_of != NULL; k++) unit_of[k] = s.units.key[2 * k] - 1;
    for (int i = 0; i < ROWS; i++) {
      a[i] = of_a[code[0][i]];
      b[i] = of_b[code[1][i]];
      c[i] = place[class_of[i] - 1] == 2 ? 0 : place[class_of[i] - 1] + 1;
      h[i] = code[FIELD_STRATUM][i];
      inside[i] = !with_classes || class_of[i] != 2;
    }
    const weeg_column u = sample_column(h, STRATA);
    const weeg_column columns[] = {sample_column(a, LEVELS_A), sample_column(b, LEVELS_B), sample_column(c, PLACES - 1)};
    CHECK_OK(weeg_check_weights(weight, ROWS, NULL, &largest, NULL));
    const weeg_rows *rows = ROWS_OF(columns, with_classes ? 3 : 2, &u, false, weight, largest, inside, ROWS);
    CHECK_OK(weeg_tally_build(rows, NULL, &whole, &err));
    const int32_t *const level[] = {of_a, of_b};
    weeg_stream_levels by = {level, levels, place, PLACES, unit_of, STRATA, with_classes};
    CHECK_OK(weeg_stream_finish(&s, &by, &final, &err));
    CHECK(whole != NULL && final != NULL && same_tally(final, whole));
    static const int32_t many[] = {INT32_MAX / 2, 2};
    by.levels = many;
    CHECK_STATUS(weeg_stream_finish(&s, &by, &final, &err), WEEG_ERR_TOO_LARGE);
  }
  free(unit_of);
  weeg_tally_free(whole);
  weeg_tally_free(final);
  weeg_stream_clear(&s);
}

static int stop(void *ctx) {
  (void)ctx;
  return 1;
}

static int32_t many_codes(void *ctx, int32_t field) {
  (void)ctx;
  return field < 0 ? 0 : 1 << 17;
}

/* A caller who stops is told no more than that; of two variables with 2^17 levels each, that they are too many. */
static void check_stopped(void) {
  const weeg_hooks hooks = {.interrupt = stop};
  weeg_stream s = new_stream(true, false, false);
  weeg_error err = {0};
  s.hooks = &hooks;
  CHECK_STATUS(feed(&s, ROWS, 7001, &err), WEEG_ERR_INTERRUPTED);
  CHECK_TEXT(err.message, "stopped by the caller");
  weeg_stream_clear(&s);
  s = new_stream(true, false, false);
  s.code_count = many_codes;
  CHECK_STATUS(feed(&s, ROWS, 7001, &err), WEEG_ERR_TOO_LARGE);
  CHECK(strstr(err.message, "the table has more than 2^31 - 1 cells") != NULL);
  weeg_stream_clear(&s);
}

/* What is wrong with a row is said of that row, in whatever chunk, and of its place in the file. */
static void check_words(weeg_error err, const char *words, int64_t at) {
  if (!CHECK(err.facts.row == (left_out ? row[at] : at) && err.line == line[at] && strcmp(err.message, words) == 0)) {
    printf("row %lld, line %lld: %s\n", (long long)err.facts.row, (long long)err.line, err.message);
  }
}

/* All weights are looked at; what is wrong first is said. */
static void check_weights(const char *words, int64_t at, int64_t count) {
  weeg_stream s = new_stream(true, false, false);
  weeg_error err = {0};
  CHECK_STATUS(feed(&s, ROWS, 7001, &err), WEEG_ERR_WEIGHT);
  check_words(err, words, at);
  CHECK(err.count == count);
  weeg_stream_clear(&s);
}

/* The odd population size, if there is one, beside what is said of the units: of one by its number, or of none. */
static void check_said(weeg_status status, int64_t number, weeg_fault fault, weeg_status expected, const char *words,
                       int64_t at) {
  weeg_stream s = new_stream(true, false, false);
  weeg_error err = {0};
  CHECK_OK(feed(&s, ROWS, 7001, &err));
  if (status != WEEG_OK) (void)weeg_fail_row(&err, status, "fpc", number, fault);
  CHECK_STATUS(weeg_stream_said(&s, status, &err), expected);
  if (expected != WEEG_OK && at >= 0) check_words(err, words, at);
  if (at < 0) CHECK(err.facts.row == number);
  weeg_stream_clear(&s);
}

static void check_errors(void) {
  weight[140000] = -1;
  weight[3] = NAN;
  check_weights("the weight in row 4 is missing", 3, 2);
  weight[3] = 1;
  check_weights("the weight in row 140001 is negative", 140000, 1);
  left_out = true;
  check_weights("the weight in row 280002 is negative", 140000, 1);
  weight[140000] = 1;
  check_said(WEEG_OK, -1, WEEG_FAULT_NONE, WEEG_OK, NULL, 0);
  char seventh[80];
  snprintf(seventh, sizeof seventh, "the fpc in row %lld is negative", (long long)row[unit_first[7]] + 1);
  check_said(WEEG_ERR_FPC, 7, WEEG_FAULT_NEGATIVE, WEEG_ERR_FPC,
             seventh, unit_first[7]);
  left_out = false;
  const int32_t late = units - 1; /* the unit that began last */
  const int64_t odd = unit_first[late] - 1;
  const double was = fpc[odd];
  fpc[odd] += 1;
  char differs[80], missing[80];
  snprintf(differs, sizeof differs, "the fpc in row %lld differs from earlier rows of the same stratum", (long long)odd + 1);
  snprintf(missing, sizeof missing, "the fpc in row %lld is missing", (long long)odd + 1);
  check_said(WEEG_OK, -1, WEEG_FAULT_NONE, WEEG_ERR_FPC, differs, odd);
  /* before what is wrong further on, but behind what comes earlier, or is wrong with strata and clusters anywhere */
  check_said(WEEG_ERR_FPC, late, WEEG_FAULT_NEGATIVE, WEEG_ERR_FPC, differs, odd);
  check_said(WEEG_ERR_FPC, 2, WEEG_FAULT_MORE_SAMPLED, WEEG_ERR_FPC, differs, odd);
  check_said(WEEG_ERR_FPC, 0, WEEG_FAULT_NEGATIVE, WEEG_ERR_FPC, "the fpc in row 1 is negative", 0);
  snprintf(differs, sizeof differs, "the fpc in row %lld is missing", (long long)unit_first[late] + 1);
  check_said(WEEG_ERR_MISSING, late, WEEG_FAULT_MISSING, WEEG_ERR_MISSING, differs, unit_first[late]);
  fpc[odd] = NAN;
  check_said(WEEG_OK, -1, WEEG_FAULT_NONE, WEEG_ERR_FPC, missing, odd);
  fpc[odd] = was;
  /* a stratum stands for units: its number stays */
  check_said(WEEG_ERR_FPC, 2, WEEG_FAULT_MORE_SAMPLED, WEEG_ERR_FPC, NULL, -1);
  /* 0 is no population, and a stratum may be missing, which is said where all rows are known, as of rows in memory */
  const int32_t psu = code[FIELD_PSU][150000];
  code[FIELD_PSU][150000] = 0;
  for (int i = 0; i < ROWS; i++) fpc[i] = 0;
  weeg_stream s = new_stream(true, false, false);
  CHECK_OK(feed(&s, ROWS, 50021, NULL));
  CHECK(s.fpc_of[0] == 0 && s.fpc_of[s.units.count - 1] == 0 && s.odd_fpc.code == WEEG_OK && s.units.count == units + 1);
  int32_t gaps = 0;
  for (int32_t k = 0; k < s.units.count; k++) {
    if (s.units.key[2 * k + 1] != 0) continue;
    gaps++;
    CHECK(s.units.rows[k] == 1 && s.unit_row[k] == 150000 && s.unit_line[k] == line[150000]);
  }
  CHECK(gaps == 1);
  weeg_stream_clear(&s);
  code[FIELD_PSU][150000] = psu;
}

int main(void) {
  make_rows();
  CHECK(units > PSUS);
  for (int variant = 0; variant < 8; variant++) {
    check_tally((variant & 1) != 0, (variant & 2) != 0, (variant & 4) != 0, ROWS, variant & 1 ? 8192 : 50021);
  }
  check_tally(true, false, false, 1, 1);
  check_tally(true, true, true, 131072, 131072); /* a window exactly */
  check_tally(true, true, true, 131073, 131072);
  check_tally(false, false, true, 262144, ROWS);
  check_many_codes();
  weeg_stream none = new_stream(true, false, false);
  CHECK_OK(weeg_stream_end(&none, NULL));
  CHECK(none.tally == NULL);
  weeg_tally *tally = NULL;
  CHECK_STATUS(weeg_stream_finish(&none, &(weeg_stream_levels){.level = NULL}, &tally, NULL), WEEG_ERR_ARGUMENT);
  weeg_stream_clear(&none);
  for (int with_classes = 0; with_classes < 2; with_classes++) check_finish(with_classes == 1);
  check_errors();
  check_stopped();
  check_numbers();
  return test_report("stream");
}
