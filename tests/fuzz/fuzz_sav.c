/*
 * Any bytes as what the process that reads an SPSS file says: a failure that says why, or sound variables and columns.
 * ReadStat itself is not fuzzed: it runs in that process so that it may crash. Here sav_process.c is compiled with a fork
 * that makes no process, and a pipe that holds the bytes. For libFuzzer: see `make fuzz`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "base/memory.h"
#include "io/bytes.h"
#include "io/file.h"

static const uint8_t *said;   /* what is yet to be said, and to the next process */
static size_t said_size;

static int fuzz_pipe(int ends[2]);
static pid_t fuzz_fork(void) { return 1; }
static pid_t fuzz_wait(pid_t id, int *how, int options) {
  (void)options;
  *how = 0;
  return id;
}

#define pipe fuzz_pipe
#define fork fuzz_fork
#define waitpid fuzz_wait
#include "io/sav_process.c"
#undef pipe

bool weeg_sav_available(void) { return true; }
bool weeg_i_sav_child(const char *path, const sav_request *request, int end) {
  (void)path;
  (void)request;
  (void)end;
  return false;
}

static const uint8_t *find_mark(const uint8_t *from, const uint8_t *to, const uint8_t *mark) {
  for (; to - from >= 3; from++) {
    if (memcmp(from, mark, 3) == 0) return from;
  }
  return NULL;
}

static void put_frame(byte_writer *w, const uint8_t *from, const uint8_t *to) {
  if (from == to) return;
  weeg_i_put_u32(w, from[0]);
  weeg_i_put_u32(w, (uint32_t)(to - from - 1));
  weeg_i_put_bytes(w, from + 1, (size_t)(to - from - 1));
}

/* The frames of the next process in a pipe: all of them fit, as inputs are smaller than a pipe. */
static int fuzz_pipe(int ends[2]) {
  byte_writer w = {0};
  const uint8_t *const end = said + said_size, *second = find_mark(said, end, fuzz_second);
  const uint8_t *const to = second == NULL ? end : second;
  const uint8_t *at = said;
  for (const uint8_t *next; (next = find_mark(at, to, fuzz_next)) != NULL; at = next + 3) put_frame(&w, at, next);
  put_frame(&w, at, to);
  said = second == NULL ? end : second + 3;
  said_size = (size_t)(end - said);
  if (pipe(ends) != 0) abort();
  REQUIRE(w.used < 32768 && weeg_i_write_all(ends[1], w.bytes, (int64_t)w.used));
  weeg_free(w.bytes);
  return 0;
}

/* ---- what must hold ---- */

static size_t length_of(const char *text) { return text == NULL ? 0 : strlen(text); }

/* All texts are there, and all memory of them. */
static size_t look_at(const weeg_sav *sav) {
  size_t bytes = 0;
  REQUIRE(sav->weight >= -1 && sav->weight < sav->variables);
  for (int32_t i = 0; i < sav->variables; i++) {
    const weeg_sav_variable *v = &sav->variable[i];
    REQUIRE(v->name != NULL && v->label_set != NULL);
    bytes += strlen(v->name) + strlen(v->label_set) + length_of(v->label);
    for (int32_t k = 0; k < v->ranges; k++) {
      REQUIRE((v->low[k].text != NULL) == v->text && (v->high[k].text != NULL) == v->text);
      bytes += length_of(v->low[k].text) + length_of(v->high[k].text);
    }
    for (int32_t k = 0; k < v->labels; k++) {
      REQUIRE((v->value[k].text != NULL) == v->text);
      bytes += strlen(v->value_label[k]) + length_of(v->value[k].text);
    }
  }
  for (int32_t k = 0; k < sav->sets; k++) {
    const weeg_sav_set *set = &sav->set[k];
    bytes += strlen(set->name) + length_of(set->label) + strlen(set->counted);
    REQUIRE(set->count > 0);
    for (int32_t i = 0; i < set->count; i++) REQUIRE(set->variable[i] >= 0 && set->variable[i] < sav->variables);
  }
  return bytes;
}

static int64_t code_at(const weeg_sav_column *c, int64_t i) {
  switch (c->type) {
    case WEEG_CODE_U8: return ((const uint8_t *)c->codes)[i];
    case WEEG_CODE_U16: return ((const uint16_t *)c->codes)[i];
    default: return ((const int32_t *)c->codes)[i];
  }
}

/* Codes are of levels, and no two levels have one name. */
static void check_column(const weeg_sav_column *c) {
  REQUIRE((c->codes == NULL) != (c->numbers == NULL));
  for (int64_t i = 0; i < c->rows && c->codes != NULL; i++) REQUIRE(code_at(c, i) >= 0 && code_at(c, i) <= c->levels.count);
  for (int32_t k = 0; k < c->levels.count && k < 64; k++) {
    for (int32_t j = 0; j < k; j++) REQUIRE(strcmp(c->levels.text[j], c->levels.text[k]) != 0);
  }
}

static void check_share(void *unused, double share) {
  (void)unused;
  REQUIRE(share >= 0 && share <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  enum { MOST_FIELDS = 4 };
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  const weeg_hooks hooks = {.progress = check_share};
  weeg_field fields[MOST_FIELDS];
  weeg_sav_column columns[MOST_FIELDS];
  if (size < 1 || size > 4096) return 0;
  said = bytes + 1;
  said_size = size - 1;
  weeg_status status = weeg_sav_open("fuzz.sav", NULL, &sav, &err);
  REQUIRE((sav == NULL) == (status != WEEG_OK));
  if (status == WEEG_OK) {
    REQUIRE(look_at(sav) < 1 << 24);
    const int count = sav->variables < MOST_FIELDS ? sav->variables : MOST_FIELDS;
    for (int k = 0; k < count; k++) fields[k] = (weeg_field){k, (bytes[0] >> k & 1) != 0 && !sav->variable[k].text};
    status = weeg_sav_collect(sav, &(weeg_fields){fields, count, &hooks}, columns, &err);
    const int64_t rows = status == WEEG_OK && count > 0 ? columns[0].rows : 0;
    for (int k = 0; k < count && status == WEEG_OK; k++) {
      REQUIRE(columns[k].rows == rows);
      check_column(&columns[k]);
      weeg_sav_column_clear(&columns[k]);
    }
  }
  if (status != WEEG_OK) REQUIRE(status == WEEG_ERR_FILE && err.message[0] != '\0');
  weeg_sav_close(sav);
  return 0;
}
