/*
 * Tally files: the bytes are those of the documented format, go there and back, and whatever is wrong with them is noticed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L

#include <sys/stat.h>
#include <unistd.h>

#include "base/sum.h"
#include "io/bytes.h"
#include "labelled_sample.h"

static bool same_texts(const weeg_texts *a, const weeg_texts *b) {
  if (a->count != b->count) return false;
  for (int32_t i = 0; i < a->count; i++) {
    if (strcmp(a->text[i], b->text[i]) != 0) return false;
  }
  return true;
}

static void check_same(const weeg_labelled_tally *x, const weeg_labelled_tally *y) {
  const weeg_design *d = &x->design, *e = &y->design;
  CHECK(same_texts(&x->strata, &y->strata) && same_texts(&x->psus, &y->psus) && same_texts(&x->notes, &y->notes));
  CHECK(x->variables == y->variables);
  for (int32_t v = 0; v < x->variables; v++) {
    const weeg_variable *a = &x->variable[v], *b = &y->variable[v];
    CHECK(strcmp(a->name, b->name) == 0 && same_texts(&a->levels, &b->levels));
    CHECK(a->ordered == b->ordered && a->number == b->number && (a->label == NULL) == (b->label == NULL));
    if (a->label != NULL) CHECK(strcmp(a->label, b->label) == 0);
    CHECK((a->values == NULL) == (b->values == NULL));
    for (int32_t k = 0; a->values != NULL && k < a->levels.count; k++) CHECK(a->values[k] == b->values[k]);
  }
  CHECK(d->element == e->element && d->strata == e->strata && d->psus == e->psus && d->lonely == e->lonely);
  CHECK(d->lonely_domain == e->lonely_domain && d->df == e->df && d->given_df == e->given_df);
  CHECK((d->stratum_fpc == NULL) == (e->stratum_fpc == NULL));
  for (int32_t h = 0; h < d->strata; h++) {
    CHECK(d->stratum_psus[h] == e->stratum_psus[h]);
    if (d->stratum_fpc != NULL) CHECK(d->stratum_fpc[h] == e->stratum_fpc[h]);
  }
  CHECK(d->pps == e->pps && (d->psu_probability == NULL) == (e->psu_probability == NULL));
  for (int32_t u = 0; u < d->psus; u++) {
    CHECK(d->psu_stratum[u] == e->psu_stratum[u]);
    if (d->psu_probability != NULL) CHECK(d->psu_probability[u] == e->psu_probability[u]);
  }
  CHECK(d->later == e->later);
  for (int32_t k = 0; k < d->later && k < e->later; k++) {
    const weeg_stage *a = &d->stages[k], *b = &e->stages[k];
    CHECK(same_texts(&x->stages[k].strata, &y->stages[k].strata) && same_texts(&x->stages[k].units, &y->stages[k].units));
    CHECK(a->element == b->element && a->strata == b->strata && a->units == b->units);
    CHECK((a->stratum_fpc == NULL) == (b->stratum_fpc == NULL));
    for (int32_t h = 0; h < a->strata; h++) {
      CHECK(a->stratum_parent[h] == b->stratum_parent[h] && a->stratum_units[h] == b->stratum_units[h]);
      if (a->stratum_fpc != NULL) CHECK(a->stratum_fpc[h] == b->stratum_fpc[h]);
    }
    for (int32_t u = 0; u < a->units; u++) CHECK(a->unit_stratum[u] == b->unit_stratum[u]);
  }
  CHECK(same_tally(&x->tally, &y->tally) && x->tally.measures == y->tally.measures);
  for (int32_t v = 0; v < x->variables; v++) CHECK(x->variable[v].measure == y->variable[v].measure);
  if (x->tally.measures == 0) return;
  const size_t entries = (size_t)x->tally.entries, pairs = entries * (size_t)weeg_tally_pairs(x->tally.measures);
  for (int32_t k = 0; k < x->tally.measures; k++) CHECK(x->tally.measure_scale[k] == y->tally.measure_scale[k]);
  CHECK(memcmp(x->tally.wy, y->tally.wy, entries * (size_t)x->tally.measures * sizeof *x->tally.wy) == 0);
  CHECK((x->tally.products == NULL) == (y->tally.products == NULL));
  if (x->tally.products != NULL) CHECK(memcmp(x->tally.products, y->tally.products, pairs * sizeof *x->tally.products) == 0);
}

/* Puts the right checksum at the end, so that what is wrong is found by what follows it. */
static void seal(uint8_t *bytes, int64_t size) {
  const uint64_t crc = weeg_i_crc64(bytes, (size_t)size - 8);
  for (int k = 0; k < 8; k++) bytes[size - 8 + k] = (uint8_t)(crc >> (8 * k));
}

/* Whatever the bytes: a failure with a message, or a tally that the core takes. */
static bool is_refused(const uint8_t *bytes, int64_t size) {
  weeg_labelled_tally *x = NULL;
  weeg_error err = {0};
  const weeg_status status = weeg_tally_decode(bytes, size, &x, &err);
  CHECK((x == NULL) == (status != WEEG_OK));
  if (status != WEEG_OK) {
    CHECK(status == WEEG_ERR_FILE && err.message[0] != '\0');
    return true;
  }
  int64_t *n = malloc(sizeof *n * ((size_t)x->tally.cells + 1));
  double *w = malloc(sizeof *w * ((size_t)x->tally.cells + 1));
  if (n != NULL && w != NULL) CHECK_OK(weeg_tally_totals(&x->tally, n, w, NULL));
  int32_t *zero = calloc((size_t)x->tally.cells + 1, sizeof *zero);
  double variance = 0, estimate = 0;
  if (zero != NULL) {
    x->design.lonely = WEEG_LONELY_REMOVE;
    CHECK_OK(weeg_proportions(&(weeg_survey){&x->tally, &x->design}, TABLE(zero, 1, zero, 1),
                              INTO(.estimate = &estimate, .variance = &variance), NULL));
  }
  free(n);
  free(w);
  free(zero);
  weeg_labelled_tally_free(x);
  return false;
}

static uint64_t state = 88172645463325252u;
static uint64_t draw(void) { /* Marsaglia's xorshift */
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void check_damage(const uint8_t *bytes, int64_t size) {
  uint8_t *copy = malloc((size_t)size);
  if (!CHECK(copy != NULL)) return;
  for (int64_t i = 0; i < size; i++) { /* every byte changed, every length */
    memcpy(copy, bytes, (size_t)size);
    copy[i] ^= (uint8_t)(1 + draw() % 255);
    CHECK(is_refused(copy, size));
    CHECK(is_refused(bytes, i));
  }
  long refused = 0;
  enum { TRIES = 20000 };
  for (int k = 0; k < TRIES; k++) { /* some bytes changed, under a right checksum */
    memcpy(copy, bytes, (size_t)size);
    for (uint64_t changes = 1 + draw() % 3; changes > 0; changes--) {
      static const uint8_t favourites[] = {0, 1, 2, 3, 127, 128, 255};
      const size_t place = 20 + draw() % ((size_t)size - 28);
      copy[place] = draw() % 2 ? favourites[draw() % 7] : (uint8_t)draw();
    }
    seal(copy, size);
    refused += is_refused(copy, size);
  }
  CHECK(refused > TRIES / 4 && refused < TRIES); /* some changes are of weights or labels, and make another sound file */
  free(copy);
}

static void check_files(const weeg_labelled_tally *x) {
  char folder[] = "/tmp/weeg-test-XXXXXX", path[64], other[80];
  struct stat facts;
  weeg_labelled_tally *y = NULL;
  weeg_error err = {0};
  if (!CHECK(mkdtemp(folder) != NULL)) return;
  snprintf(path, sizeof path, "%s/t.weeg", folder);
  CHECK_OK(weeg_tally_write(x, path, &err));
  CHECK(stat(path, &facts) == 0 && (facts.st_mode & 0777) == 0600);
  CHECK_OK(weeg_tally_read(path, &y, &err));
  if (y != NULL) check_same(x, y);
  weeg_labelled_tally_free(y);
  CHECK_OK(weeg_file_write(path, "other", 5, 0644, &err));
  CHECK(stat(path, &facts) == 0 && facts.st_size == 5 && (facts.st_mode & 0777) == 0644);
  y = NULL;
  CHECK_STATUS(weeg_tally_read(path, &y, &err), WEEG_ERR_FILE);
  CHECK(y == NULL && strstr(err.message, "not a tally file") != NULL && strstr(err.message, path) != NULL);
  snprintf(other, sizeof other, "%s/none/t.weeg", folder);
  CHECK_STATUS(weeg_tally_write(x, other, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "No such file") != NULL);
  CHECK_STATUS(weeg_tally_read(other, &y, &err), WEEG_ERR_FILE);
  CHECK_STATUS(weeg_tally_read(folder, &y, &err), WEEG_ERR_FILE);
  CHECK_STATUS(weeg_file_write(folder, "x", 1, 0600, &err), WEEG_ERR_FILE); /* a folder in its place: left as it is */
  snprintf(other, sizeof other, "%s/", folder);
  CHECK_STATUS(weeg_file_write(other, "x", 1, 0600, &err), WEEG_ERR_FILE);
  CHECK_STATUS(weeg_file_write("/dev/full/x", "x", 1, 0600, &err), WEEG_ERR_FILE);
  CHECK(unlink(path) == 0 && rmdir(folder) == 0); /* nothing else was left behind */
}

/* Each row is a PSU: a stratum of fewer than there are rows would make variances below 0 with a population of its own. */
static void check_too_many_rows(const weeg_labelled_tally *x, sample *s) {
  uint8_t *bytes = NULL;
  int64_t size = 0;
  weeg_labelled_tally *y = NULL;
  weeg_error err = {0};
  s->stratum_psus[1]--;
  CHECK_OK(weeg_tally_encode(x, &bytes, &size, NULL));
  CHECK_STATUS(weeg_tally_decode(bytes, size, &y, &err), WEEG_ERR_FILE);
  CHECK(y == NULL && strstr(err.message, "a stratum has more rows than stated") != NULL);
  s->stratum_psus[1]++;
  weeg_free(bytes);
}

/* A sum of squares whose low carries, as early files have it, is read in its one form. */
static void check_early(const weeg_labelled_tally *x, uint8_t *bytes, int64_t size) {
  weeg_labelled_tally *y = NULL;
  uint8_t *last = bytes + size - 8 - 32, *again = NULL; /* of the last entry: high hi, high lo, low hi, low lo, little-endian */
  uint8_t *kept = malloc((size_t)size);
  int64_t same = 0;
  if (!CHECK(kept != NULL)) return;
  memcpy(kept, bytes, (size_t)size);
  CHECK(last[8] > 0);
  last[8] -= 1;           /* 1 less in high ... */
  last[16 + 2] += 1 << 6; /* ... and 2^22 of low hi, 2^86, more in low */
  seal(bytes, size);
  CHECK_OK(weeg_tally_decode(bytes, size, &y, NULL));
  if (y != NULL) check_same(x, y);
  x->tally.w2[x->tally.entries - 1].high.lo -= 1; /* and so it is written */
  x->tally.w2[x->tally.entries - 1].low.hi += (uint64_t)1 << 22;
  CHECK_OK(weeg_tally_encode(x, &again, &same, NULL));
  CHECK(same == size && memcmp(again, kept, (size_t)size) == 0);
  x->tally.w2[x->tally.entries - 1] = weeg_i_square_settled(x->tally.w2[x->tally.entries - 1]);
  memcpy(bytes, kept, (size_t)size);
  weeg_free(again);
  weeg_labelled_tally_free(y);
  free(kept);
}

/* Given degrees of freedom make it version 2, four bytes longer; version 3 has room for them. */
static void check_given_df(weeg_labelled_tally *x, int64_t size) {
  weeg_labelled_tally *y = NULL;
  uint8_t *bytes = NULL;
  int64_t longer = 0;
  weeg_error err = {0};
  x->design.given_df = 300;
  CHECK_OK(weeg_tally_encode(x, &bytes, &longer, NULL));
  CHECK(bytes != NULL && (bytes[8] == 3 ? longer == size : bytes[8] == 2 && longer == size + 4));
  CHECK_OK(weeg_tally_decode(bytes, longer, &y, NULL));
  if (y != NULL) check_same(x, y);
  weeg_labelled_tally_free(y);
  weeg_free(bytes);
  x->design.given_df = (int64_t)INT32_MAX + 1;
  CHECK_STATUS(weeg_tally_encode(x, &bytes, &longer, &err), WEEG_ERR_ARGUMENT);
  x->design.given_df = 0;
}

/* ---- by hand ---- */

/* A file of one variable, with what can be wrong with it; as it is, it is sound. Clusters: 1 in stratum a, 2 in b. */
typedef struct made_file {
  uint32_t version, notes, variable_flags, design_flags, lonely, df, given_df, place, scale, cell, behind;
  uint64_t psus, count, hi, lo;
  double value, population;
} made_file;

static const made_file sound = {.version = 1, .notes = 2, .variable_flags = 10, .design_flags = 4, .lonely = 1, .df = 1,
                                .place = 2, .scale = 0xfffffffe /* -2 */, .cell = 1, .psus = 2, .count = 3, .lo = 6, .value = 2.5,
                                .population = 2};

static void put_made(byte_writer *all, const made_file *m) {
  static const uint8_t magic[] = {0x89, 'W', 'G', 'T', 0x0d, 0x0a, 0x1a, 0x0a};
  byte_writer w = {0};
  weeg_i_put_u32(&w, m->notes);
  for (uint32_t k = 0; k < m->notes; k++) weeg_i_put_text(&w, "note");
  weeg_i_put_u32(&w, 1);
  weeg_i_put_text(&w, "v");
  weeg_i_put_u8(&w, (uint8_t)m->variable_flags);
  weeg_i_put_u32(&w, 2);
  weeg_i_put_text(&w, "two");
  weeg_i_put_text(&w, "more");
  weeg_i_put_double(&w, 2);
  weeg_i_put_double(&w, m->value);
  weeg_i_put_u8(&w, (uint8_t)m->design_flags);
  weeg_i_put_u8(&w, (uint8_t)m->lonely);
  weeg_i_put_u8(&w, (uint8_t)m->df);
  if (m->version > 1) weeg_i_put_u32(&w, m->given_df);
  weeg_i_put_u32(&w, 2);
  weeg_i_put_text(&w, "a");
  weeg_i_put_u64(&w, 1);
  weeg_i_put_double(&w, HUGE_VAL);
  weeg_i_put_text(&w, "b");
  weeg_i_put_u64(&w, m->psus);
  weeg_i_put_double(&w, m->population);
  weeg_i_put_u32(&w, 3);
  for (uint32_t u = 0; u < 3; u++) {
    weeg_i_put_text(&w, u == 0 ? "p" : u == 1 ? "q" : "r");
    weeg_i_put_u32(&w, u == 0 ? 1 : u == 1 ? 2 : m->place);
  }
  weeg_i_put_u32(&w, m->scale);
  weeg_i_put_u64(&w, m->count);
  for (uint32_t u = 0; u < 3; u++) { /* each PSU has 2 rows in its cell */
    weeg_i_put_u32(&w, u);
    weeg_i_put_u32(&w, u == 1 ? m->cell : 2);
    weeg_i_put_u64(&w, 2);
    weeg_i_put_u64(&w, u == 1 ? m->hi : 0);
    weeg_i_put_u64(&w, u == 1 ? m->lo : 10);
  }
  for (uint32_t k = 0; k < m->behind; k++) weeg_i_put_u8(&w, 0);
  weeg_i_put_bytes(all, magic, sizeof magic);
  weeg_i_put_u32(all, m->version);
  weeg_i_put_u64(all, w.used);
  weeg_i_put_bytes(all, w.bytes, w.used);
  weeg_i_put_u64(all, 0);
  seal(all->bytes, (int64_t)all->used);
  weeg_free(w.bytes);
}

static void check_sound(const weeg_labelled_tally *x) {
  const weeg_variable *v = &x->variable[0];
  int64_t n[3];
  double w[3];
  CHECK(x->notes.count == 2 && x->variables == 1 && !v->ordered && v->number && v->label == NULL && v->levels.count == 2);
  CHECK_TEXT(v->levels.text[1], "more");
  CHECK(v->values != NULL && v->values[0] == 2 && v->values[1] == 2.5);
  CHECK(!x->design.element && !x->design.lonely_domain && x->design.lonely == (weeg_lonely)1 && x->design.df == (weeg_df_rule)1);
  CHECK(x->design.strata == 2 && x->design.psus == 3 && x->design.stratum_psus[1] == 2);
  CHECK(isinf(x->design.stratum_fpc[0]) && x->design.stratum_fpc[1] == 2);
  CHECK(x->design.psu_stratum[0] == 0 && x->design.psu_stratum[1] == 1 && x->design.psu_stratum[2] == 1);
  CHECK(!x->tally.element && x->tally.units == 3 && x->tally.cells == 3 && x->tally.entries == 3);
  CHECK_OK(weeg_tally_totals(&x->tally, n, w, NULL));
  CHECK(n[0] == 0 && n[1] == 2 && n[2] == 4 && w[0] == 0 && w[1] == 1.5 && w[2] == 5); /* 6 and twice 10 quarters */
}

/* Each number of the format just within and just beyond what it may be. */
static void check_made(void) {
  made_file m[36];
  const char *wrong[36]; /* part of the message; NULL: sound */
  int count = 0;
#define MADE(field, is, message) (m[count] = sound, m[count].field = is, wrong[count++] = message)
  MADE(version, 1, NULL);
  MADE(version, 0, "version 0 of the format; this program reads versions 1 to 4");
  MADE(version, 5, "version 5 of the format; this program reads versions 1 to 4");
  MADE(given_df, INT32_MAX, NULL);
  m[count - 1].version = 2;
  MADE(given_df, (uint32_t)INT32_MAX + 1, "impossible");
  m[count - 1].version = 2;
  MADE(notes, 3, "a note has no value");
  MADE(variable_flags, 16, "impossible");
  MADE(value, 2, "do not increase");
  MADE(value, 1, "do not increase");
  MADE(value, HUGE_VAL, "do not increase");
  MADE(value, nextafter(2, 3), NULL);
  MADE(design_flags, 12, "impossible");
  MADE(lonely, WEEG_LONELY_AVERAGE, NULL);
  MADE(lonely, WEEG_LONELY_AVERAGE + 1, "impossible");
  MADE(df, WEEG_DF_EFFECTIVE, NULL);
  MADE(df, WEEG_DF_EFFECTIVE + 1, "impossible");
  MADE(place, 3, "a PSU is in a stratum that is not there");
  MADE(place, 1, "does not have the stated number");
  MADE(place, 0, "does not have the stated number");
  MADE(psus, ((uint64_t)1 << 53) + 1, "more than 2^53 PSUs");
  MADE(psus, (uint64_t)1 << 53, "a population is smaller than its sample");
  MADE(population, nextafter(2, 1), "a population is smaller than its sample");
  MADE(population, NAN, "a population is smaller than its sample");
  MADE(scale, 501, "impossible");
  MADE(scale, 500, NULL);
  MADE(scale, (uint32_t)-1100, NULL);
  MADE(scale, (uint32_t)-1101, "impossible");
  MADE(count, 4, "impossible");
  MADE(count, 2, "bytes after its end");
  MADE(behind, 1, "bytes after its end");
  MADE(cell, 3, "an entry is impossible");
  MADE(lo, 0, NULL); /* weights that are nothing beside the largest */
  MADE(hi, (uint64_t)1 << 63, "an entry is impossible");
  for (int k = 0; k < count; k++) {
    byte_writer w = {0};
    weeg_labelled_tally *x = NULL;
    weeg_error err = {0};
    put_made(&w, &m[k]);
    CHECK_STATUS(weeg_tally_decode(w.bytes, (int64_t)w.used, &x, &err), wrong[k] == NULL ? WEEG_OK : WEEG_ERR_FILE);
    if (!CHECK(wrong[k] == NULL || strstr(err.message, wrong[k]) != NULL)) printf("case %d: %s\n", k, err.message);
    if (k == 0 && x != NULL) check_sound(x);
    if (x != NULL) { /* and back to the same bytes */
      uint8_t *again = NULL;
      int64_t size = 0;
      CHECK_OK(weeg_tally_encode(x, &again, &size, &err));
      CHECK(size == (int64_t)w.used && memcmp(again, w.bytes, w.used) == 0);
      weeg_free(again);
    }
    weeg_labelled_tally_free(x);
    weeg_free(w.bytes);
  }
}

/* Cells: 1290^3 = 2146689000 are, 1291^3 = 2151685171 are more than 2^31 - 1. Labels as many as the design has things. */
static void check_counts(const weeg_labelled_tally *x) {
  static char name[1290][16], *names[1290];
  for (int k = 0; k < 1290; k++) {
    snprintf(name[k], sizeof name[k], "%d", k);
    names[k] = name[k];
  }
  for (int levels = 1289; levels <= 1290; levels++) {
    const weeg_variable v = {.name = names[0], .levels = {levels, names}};
    weeg_variable three[] = {v, v, v};
    weeg_labelled_tally many = *x, *y = NULL;
    uint8_t *bytes = NULL;
    int64_t size = 0;
    weeg_error err = {0};
    many.variables = 3;
    many.variable = three;
    CHECK_OK(weeg_tally_encode(&many, &bytes, &size, &err));
    CHECK_STATUS(weeg_tally_decode(bytes, size, &y, &err), levels == 1289 ? WEEG_OK : WEEG_ERR_FILE);
    if (levels == 1289) CHECK(y != NULL && y->tally.cells == 2146689000);
    else CHECK(strstr(err.message, "more than 2^31 - 1 cells") != NULL);
    weeg_labelled_tally_free(y);
    weeg_free(bytes);
  }
  for (int k = 0; k < 3; k++) {
    weeg_labelled_tally odd = *x;
    uint8_t *bytes = NULL;
    int64_t size = 0;
    weeg_error err = {0};
    *(k == 0 ? &odd.strata.count : k == 1 ? &odd.notes.count : &odd.psus.count) -= 1;
    const bool counts = k < 2 || !x->design.element;
    CHECK_STATUS(weeg_tally_encode(&odd, &bytes, &size, &err), counts ? WEEG_ERR_ARGUMENT : WEEG_OK);
    CHECK((bytes == NULL) == counts && (!counts || strstr(err.message, "labels and design differ in number") != NULL));
    weeg_free(bytes);
  }
}

/* A stratum of a later stage with one unit, of half a unit. */
static void check_small_stratum(const weeg_labelled_tally *x) {
  static const int64_t units[] = {1, 2, 2};
  static const double fpc[] = {0.5, 4, 4};
  weeg_labelled_tally odd = *x, *y = NULL;
  weeg_stage second = x->design.stages[0];
  uint8_t *bytes = NULL;
  int64_t size = 0;
  weeg_error err = {0};
  second.stratum_units = units;
  second.stratum_fpc = fpc;
  odd.design.stages = &second;
  CHECK_OK(weeg_tally_encode(&odd, &bytes, &size, NULL));
  CHECK_STATUS(weeg_tally_decode(bytes, size, &y, &err), WEEG_ERR_FILE);
  CHECK(y == NULL && strstr(err.message, "a population is smaller than its sample") != NULL);
  weeg_free(bytes);
}

/* Probabilities that are none, and a population size besides. */
static void check_probabilities(const weeg_labelled_tally *x) {
  static const double wrong[][6] = {{0, 1, 1, 1, 1, 1}, {1, 1.5, 1, 1, 1, 1}, {1, 1, NAN, 1, 1, 1}}, fpc[] = {4, 4, 4};
  for (int k = 0; k < 4; k++) {
    weeg_labelled_tally odd = *x, *y = NULL;
    uint8_t *bytes = NULL;
    int64_t size = 0;
    weeg_error err = {0};
    if (k < 3) odd.design.psu_probability = wrong[k];
    else odd.design.stratum_fpc = fpc;
    CHECK_OK(weeg_tally_encode(&odd, &bytes, &size, NULL));
    CHECK_STATUS(weeg_tally_decode(bytes, size, &y, &err), WEEG_ERR_FILE);
    CHECK(y == NULL && strstr(err.message, k < 3 ? "an inclusion probability is impossible" : "impossible") != NULL);
    weeg_free(bytes);
  }
}

/* Sums of numbers make it version 4, which has them behind the entries; in one without, or of other levels, they are refused. */
static void check_measured(bool element) {
  enum { ROWS = 60 };
  static char texts[8][8] = {"y", "x", "known", "g", "a", "b", "c", "label"}, *text[8];
  int32_t stratum[ROWS], psu[ROWS], known[ROWS], g[ROWS], all[ROWS];
  double weight[ROWS], y[ROWS], x[ROWS];
  sample s;
  uint8_t *bytes = NULL;
  int64_t size = 0;
  weeg_labelled_tally *back = NULL;
  for (int k = 0; k < 8; k++) text[k] = texts[k];
  for (int i = 0; i < ROWS; i++) {
    psu[i] = i % 6 + 1;
    stratum[i] = (psu[i] + 1) / 2;
    g[i] = i * 5 % 4;
    weight[i] = 0.25 + i * 0.37;
    y[i] = i % 7 == 0 ? NAN : 1000.0 / (i + 1) - 40;
    x[i] = ldexp(i, -40);
    known[i] = i % 7 != 0;
    all[i] = 1;
  }
  const weeg_column columns[] = {sample_column(known, 1), sample_column(g, 3), sample_column(all, 1)};
  const double *const values[] = {y, x};
  sample_make(&s, ROWS, stratum, 3, element ? NULL : psu, 6, columns, 3, weight);
  const weeg_column unit = sample_column(element ? stratum : psu, element ? 3 : 6);
  const weeg_rows *rows = ROWS_OF(columns, 3, &unit, element, weight, weight[ROWS - 1], NULL, ROWS);
  CHECK_OK(weeg_tally_measure(&(weeg_measured){.rows = rows, .measures = 2, .values = values}, NULL, s.tally, NULL));
  weeg_variable v[] = {{.name = text[0], .label = text[7], .measure = true, .levels = {1, text + 2}},
                       {.name = text[3], .number = true, .levels = {3, text + 4}},
                       {.name = text[1], .measure = true, .levels = {1, text + 2}}};
  weeg_labelled_tally t = {.variables = 3, .variable = v, .strata = {3, text + 4}, .psus = {element ? 0 : 6, text + 1},
                           .design = s.design, .tally = *s.tally};
  CHECK_OK(weeg_tally_encode(&t, &bytes, &size, NULL));
  CHECK(bytes != NULL && bytes[8] == 4);
  CHECK_OK(weeg_tally_decode(bytes, size, &back, NULL));
  if (back != NULL) check_same(&t, back);
  weeg_labelled_tally_free(back);
  check_damage(bytes, size);
  bytes[8] = 3;
  seal(bytes, size);
  back = NULL;
  CHECK_STATUS(weeg_tally_decode(bytes, size, &back, NULL), WEEG_ERR_FILE);
  weeg_free(bytes);
  bytes = NULL;
  v[2].levels.count = 2;
  v[2].levels.text = text + 4;
  CHECK_OK(weeg_tally_encode(&t, &bytes, &size, NULL));
  weeg_error err = {0};
  CHECK_STATUS(weeg_tally_decode(bytes, size, &back, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "a number has levels") != NULL);
  weeg_free(bytes);
  bytes = NULL;
  v[2].measure = false;
  CHECK_STATUS(weeg_tally_encode(&t, &bytes, &size, NULL), WEEG_ERR_ARGUMENT);
  weeg_tally_free(s.tally);
}

int main(void) {
  for (int element = 0; element < 2; element++) check_measured(element == 1);
  /* the check value of CRC-64/XZ in the catalogue of parametrised CRC algorithms */
  CHECK(weeg_i_crc64((const uint8_t *)"123456789", 9) == 0x995dc9bbdf1939fau);
  check_made();
  for (int kind = 0; kind < 5; kind++) {
    const bool element = kind % 2 == 1, staged = kind == 2 || kind == 3, unequal = kind == 4;
    weeg_stage second;
    weeg_stage_names names;
    const double fpc[] = {4, 1e6, (double)INFINITY}, probability[] = {0.25, 1, 1e-300, 0.5, 0.5, 0.5, 0.5, 0.5};
    sample s;
    weeg_labelled_tally x, *y = NULL;
    weeg_variable v[2];
    uint8_t *bytes = NULL;
    int64_t size = 0;
    double values[] = {-1.5, 0, 7};
    labelled_sample(&x, v, &s, element);
    if (element) v[1].values = values;
    if (staged) labelled_stages(&x, &second, &names, element ? NULL : fpc);
    else if (!element && !unequal) x.design.stratum_fpc = fpc;
    if (unequal) x.design.pps = WEEG_PPS_POISSON;
    if (unequal) x.design.psu_probability = probability;
    x.design.lonely = WEEG_LONELY_AVERAGE;
    x.design.lonely_domain = element;
    x.design.df = WEEG_DF_STRATA;
    CHECK_OK(weeg_tally_encode(&x, &bytes, &size, NULL));
    if (bytes == NULL) continue;
    /* by hand: magic, version 1 or 2, the length of what lies between header and checksum, two notes of 11 and 4 bytes */
    const uint8_t start[] = {0x89, 0x57, 0x47, 0x54, 0x0d, 0x0a, 0x1a, 0x0a, unequal ? 3 : 1, 0, 0, 0};
    CHECK(memcmp(bytes, start, sizeof start) == 0 && bytes[12] + 256 * bytes[13] == size - 28);
    CHECK(bytes[20] == 2 && bytes[24] == 11 && memcmp(bytes + 28, "conventions", 11) == 0 && bytes[39] == 4);
    CHECK_OK(weeg_tally_decode(bytes, size, &y, NULL));
    if (y != NULL) check_same(&x, y);
    weeg_labelled_tally_free(y);
    check_damage(bytes, size);
    check_given_df(&x, size);
    check_counts(&x);
    check_files(&x);
    if (element && !staged) check_too_many_rows(&x, &s);
    if (element && !staged) check_early(&x, bytes, size);
    if (staged && !element) check_small_stratum(&x);
    if (unequal) check_probabilities(&x);
    v[1].levels.text = (char *[]){v[1].levels.text[0], v[1].levels.text[1], v[1].levels.text[0]};
    uint8_t *alike = NULL;
    weeg_error err = {0};
    CHECK_OK(weeg_tally_encode(&x, &alike, &size, NULL));
    CHECK_STATUS(weeg_tally_decode(alike, size, &y, &err), WEEG_ERR_FILE);
    CHECK(strstr(err.message, "two levels of the same name") != NULL);
    weeg_free(alike);
    const weeg_replicates none = {0};
    x.design.replicates = &none;
    uint8_t *nothing = NULL;
    CHECK_STATUS(weeg_tally_encode(&x, &nothing, &size, NULL), WEEG_ERR_ARGUMENT);
    CHECK(nothing == NULL);
    weeg_free(bytes);
    weeg_tally_free(s.tally);
  }
  return test_report("tally_file");
}
