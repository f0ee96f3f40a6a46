/*
 * Rows that come in chunks, as those of a generator or a database: the time a row and the peak memory of their tally, of many
 * rows and of a hundredth of them, and the time a row of the same tally where rows are in memory as columns.
 *
 * stream ROWS THREADS prints, in one line: rows, nanoseconds of the processor a row of a hundredth and of all, of a pass in
 * memory, and megabytes that the process had in use at most after a hundredth of the rows and after all. bench/large.R compares
 * them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "weeg.h"

enum { CHUNK = 1 << 16, MADE = 1 << 20, PSUS = 500, FIELDS = 4, TURNS = 9 };
enum { STRATUM, PSU, GROUP, ANSWER };

static const int32_t levels[FIELDS] = {50, PSUS, 5, 4};

/* Rows that are made once, so that making them takes none of the time: chunks are taken out of them, at changing places. */
typedef struct {
  int32_t *code[FIELDS];
  double *weights;
} made_rows;

static uint64_t state = 20131;

static uint32_t drawn(uint32_t below) { /* Steele, Lea and Flood (2014), splitmix64 */
  uint64_t x = state += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return (uint32_t)(((x ^ x >> 31) >> 32) * below >> 32);
}

static void fail(const char *what) {
  fprintf(stderr, "stream: %s\n", what);
  exit(1);
}

static void make_rows(made_rows *m) {
  for (int f = 0; f < FIELDS; f++) m->code[f] = malloc(sizeof(int32_t) * (MADE + CHUNK));
  m->weights = malloc(sizeof(double) * (MADE + CHUNK));
  for (int i = 0; i < MADE + CHUNK; i++) {
    const uint32_t psu = drawn(PSUS);
    m->code[PSU][i] = (int32_t)psu + 1;
    m->code[STRATUM][i] = (int32_t)psu / 10 + 1;
    m->code[GROUP][i] = (int32_t)drawn(5) + 1;
    m->code[ANSWER][i] = (int32_t)drawn(4) + 1;
    m->weights[i] = 0.5 + drawn(1u << 31) * (2.5 / (1u << 31));
  }
}

static int32_t count_codes(void *ctx, int32_t field) {
  (void)ctx;
  return levels[field];
}

static double now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double megabytes(void) {
  struct rusage used;
  (void)getrusage(RUSAGE_SELF, &used);
  return (double)used.ru_maxrss / 1024;
}

/* Nanoseconds a row. */
static double stream(const made_rows *m, int64_t rows, const weeg_hooks *hooks) {
  static const int32_t variable[] = {GROUP, ANSWER}, key[] = {STRATUM, PSU};
  weeg_error err = {0};
  weeg_stream s = {.variables = 2, .keys = 2, .variable = variable, .key = key, .weight = FIELDS,
                   .code_count = count_codes, .hooks = hooks};
  const double start = now();
  for (int64_t first = 0, left = rows; left > 0; first += CHUNK, left -= CHUNK) {
    const int64_t at = first * 7 % MADE / CHUNK * CHUNK + first / MADE % CHUNK;
    const int32_t *codes[FIELDS + 1] = {0};
    const double *numbers[FIELDS + 1] = {0};
    for (int f = 0; f < FIELDS; f++) codes[f] = m->code[f] + at;
    numbers[FIELDS] = m->weights + at;
    const weeg_chunk chunk = {.first = first, .rows = left < CHUNK ? left : CHUNK, .codes = codes, .numbers = numbers};
    if (weeg_stream_rows(&s, &chunk, &err) != WEEG_OK) fail(err.message);
  }
  if (weeg_stream_end(&s, &err) != WEEG_OK) fail(err.message);
  const double took = now() - start;
  int64_t counted = 0;
  for (int64_t i = 0; i < s.tally->entries; i++) counted += s.tally->n[i];
  if (counted != rows) fail("rows are missing from the tally");
  weeg_stream_clear(&s);
  return took / (double)rows;
}

static double pass(const made_rows *m, const weeg_hooks *hooks) {
  const weeg_column column[] = {{m->code[GROUP], WEEG_CODE_I32, levels[GROUP]}, {m->code[ANSWER], WEEG_CODE_I32, levels[ANSWER]}};
  const weeg_column unit = {m->code[PSU], WEEG_CODE_I32, levels[PSU]};
  const weeg_rows rows = {.rows = MADE, .columns = column, .count = 2, .unit = &unit, .weights = m->weights, .max_weight = 3};
  double least = 0;
  for (int turn = 0; turn < TURNS; turn++) {
    weeg_error err = {0};
    weeg_tally *tally = NULL;
    const double start = now();
    if (weeg_tally_build(&rows, hooks, &tally, &err) != WEEG_OK) fail(err.message);
    const double took = (now() - start) / MADE;
    weeg_tally_free(tally);
    if (turn == 0 || took < least) least = took;
  }
  return least;
}

int main(int count, char **arguments) {
  if (count != 3) fail("ROWS THREADS");
  const int64_t rows = atoll(arguments[1]);
  weeg_pool *pool = weeg_pool_new();
  const weeg_hooks hooks = {.threads = atoi(arguments[2]), .pool = pool};
  made_rows made;
  make_rows(&made);
  const double in_memory = pass(&made, &hooks);
  const double few = stream(&made, rows / 100, &hooks), memory_few = megabytes();
  const double all = stream(&made, rows, &hooks), memory_all = megabytes();
  printf("%lld %.4f %.4f %.4f %.1f %.1f\n", (long long)rows, few, all, in_memory, memory_few, memory_all);
  weeg_pool_free(pool);
  return 0;
}
