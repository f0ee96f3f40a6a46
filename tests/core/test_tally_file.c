/*
 * Tally files: the bytes are those of the documented format, go there and back, and whatever is wrong with them is noticed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L

#include <sys/stat.h>
#include <unistd.h>

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
  }
  CHECK(d->element == e->element && d->strata == e->strata && d->psus == e->psus && d->lonely == e->lonely);
  CHECK(d->lonely_domain == e->lonely_domain && d->df == e->df && (d->stratum_fpc == NULL) == (e->stratum_fpc == NULL));
  for (int32_t h = 0; h < d->strata; h++) {
    CHECK(d->stratum_psus[h] == e->stratum_psus[h]);
    if (d->stratum_fpc != NULL) CHECK(d->stratum_fpc[h] == e->stratum_fpc[h]);
  }
  for (int32_t u = 0; u < d->psus; u++) CHECK(d->psu_stratum[u] == e->psu_stratum[u]);
  CHECK(same_tally(&x->tally, &y->tally));
}

/* Puts the right checksum at the end, so that what is wrong is found by what follows it. */
static void seal(uint8_t *bytes, int64_t size) {
  const uint64_t crc = weeg_crc64(bytes, (size_t)size - 8);
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
    CHECK_OK(weeg_proportions(&x->tally, &x->design, zero, 1, zero, 1, NULL, NULL, &estimate, &variance, NULL, NULL, NULL));
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
  CHECK(y == NULL && strstr(err.message, "not a tally file") != NULL);
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
  CHECK(y == NULL && strstr(err.message, "a stratum has more rows than it says") != NULL);
  s->stratum_psus[1]++;
  weeg_free(bytes);
}

int main(void) {
  /* the check value of CRC-64/XZ in the catalogue of parametrised CRC algorithms */
  CHECK(weeg_crc64((const uint8_t *)"123456789", 9) == 0x995dc9bbdf1939fau);
  for (int element = 0; element < 2; element++) {
    const double fpc[] = {4, 1e6, (double)INFINITY};
    sample s;
    weeg_labelled_tally x, *y = NULL;
    weeg_variable v[2];
    uint8_t *bytes = NULL;
    int64_t size = 0;
    labelled_sample(&x, v, &s, element != 0);
    if (!element) x.design.stratum_fpc = fpc;
    x.design.lonely = WEEG_LONELY_AVERAGE;
    x.design.lonely_domain = element != 0;
    x.design.df = WEEG_DF_STRATA;
    CHECK_OK(weeg_tally_encode(&x, &bytes, &size, NULL));
    if (bytes == NULL) continue;
    /* by hand: magic, version 1, the length of what lies between header and checksum, two notes of 11 and 4 bytes */
    static const uint8_t start[] = {0x89, 0x57, 0x47, 0x54, 0x0d, 0x0a, 0x1a, 0x0a, 1, 0, 0, 0};
    CHECK(memcmp(bytes, start, sizeof start) == 0 && bytes[12] + 256 * bytes[13] == size - 28);
    CHECK(bytes[20] == 2 && bytes[24] == 11 && memcmp(bytes + 28, "conventions", 11) == 0 && bytes[39] == 4);
    CHECK_OK(weeg_tally_decode(bytes, size, &y, NULL));
    if (y != NULL) check_same(&x, y);
    weeg_labelled_tally_free(y);
    check_damage(bytes, size);
    check_files(&x);
    if (element) check_too_many_rows(&x, &s);
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
