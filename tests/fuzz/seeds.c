/*
 * The first inputs of the fuzzers, from files that are sound: seeds FOLDER writes FOLDER/csv, FOLDER/sav and FOLDER/tally.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "io/bytes.h"
#include "io/file.h"
#include "io/sav.h"
#include "labelled_sample.h"

static char folder[256];

static void put_seed(const char *kind, int number, const void *bytes, size_t size) {
  char path[320];
  snprintf(path, sizeof path, "%s/%s", folder, kind);
  (void)mkdir(path, 0777);
  snprintf(path, sizeof path, "%s/%s/seed-%d", folder, kind, number);
  CHECK_OK(weeg_file_write(path, bytes, (int64_t)size, 0644, NULL));
}

/* The first byte is of fuzz_csv.c's: which options. */
static void make_csv(void) {
  static const char *const files[] = {
      "\x00" "g,x\na,1\nb,2.5\n", "\x10" "g;x\n\"a\";1,5\n\"b \"\"c\"\"\";-2e3\nNA;\n", "\x11" "g\tx\r\n \"a\nb\" \t1\r\n\tz\r\n",
      "\x05" "a|b|c\n1|2|3\n4|5\n6|7|8|9\n", "\x02" "g,x\n\x80 5,\xe9t\xe9\n", "\x00" "\xef\xbb\xbfg\n\na\n\"\"\n",
      "\x01" "sep=;\ng;x\n\"open;1\nb;2\nc;\"3\"4\n", "\x19" "g,x\ra,1\rlong text,2\r",
      "\x10" "x,g\n1,0.1234567890123456789e-300\n+7,1e400\n"};
  for (size_t k = 0; k < sizeof files / sizeof *files; k++) put_seed("csv", (int)k, files[k], 1 + strlen(files[k] + 1));
}

/* ---- SPSS files ---- */

/* What the reading process says of a file, in the form that fuzz_sav.c takes. */
static void put_said(byte_writer *w, const char *path, const sav_request *request) {
  uint8_t *bytes = NULL;
  int64_t size = 0;
  char name[320];
  snprintf(name, sizeof name, "%s/said", folder);
  const int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
  CHECK(file >= 0 && weeg_i_sav_child(path, request, file) && close(file) == 0);
  CHECK_OK(weeg_i_file_read(name, &bytes, &size, NULL));
  byte_reader r = {.bytes = bytes, .size = (size_t)size};
  while (r.at < r.size) {
    weeg_i_put_u8(w, (uint8_t)weeg_i_get_u32(&r));
    const uint32_t length = weeg_i_get_u32(&r);
    if (!CHECK(!r.failed && length <= r.size - r.at)) break;
    weeg_i_put_bytes(w, r.bytes + r.at, length);
    r.at += length;
    if (r.at < r.size) weeg_i_put_bytes(w, fuzz_next, sizeof fuzz_next);
  }
  weeg_free(bytes);
  CHECK(unlink(name) == 0);
}

static void make_sav(void) {
  static const int32_t variables[] = {0, 1, 2, 3};
  static const char *const paths[] = {WEEG_TEST_REFERENCE "/sav/small.sav", WEEG_TEST_REFERENCE "/sav/small.zsav",
                                     WEEG_TEST_REFERENCE "/sav/mrsets.sav"};
  const sav_request open = {.last = -1}, read = {.count = 4, .last = 3, .variable = variables};
  for (int numbers = 0; numbers < 3; numbers++) {
    byte_writer w = {0};
    weeg_i_put_u8(&w, numbers ? 0xff : 0);
    put_said(&w, paths[numbers], &open);
    weeg_i_put_bytes(&w, fuzz_second, sizeof fuzz_second);
    put_said(&w, paths[numbers], &read);
    CHECK(!w.failed && w.used < 4096);
    put_seed("sav", numbers, w.bytes, w.used);
    weeg_free(w.bytes);
  }
}

static void make_sets(void) {
  static const char *const paths[] = {WEEG_TEST_REFERENCE "/sav/mrsets.sav", WEEG_TEST_REFERENCE "/sav/pspp.sav"};
  for (int k = 0; k < 2; k++) {
    uint8_t bytes[4096];
    FILE *file = fopen(paths[k], "rb");
    if (!CHECK(file != NULL)) continue;
    put_seed("sets", k, bytes, fread(bytes, 1, sizeof bytes, file));
    CHECK(fclose(file) == 0);
  }
}

/* ---- tallies ---- */

static void make_tally(int number, bool element, bool with_fpc, bool staged) {
  enum { FRAME = 20, CHECKSUM = 8 };
  static const double fpc[] = {1e3, (double)INFINITY, 50};
  weeg_labelled_tally x;
  weeg_variable v[2];
  weeg_stage second;
  weeg_stage_names names;
  sample s;
  weeg_labelled_tally *back = NULL;
  uint8_t *bytes = NULL;
  int64_t size = 0;
  labelled_sample(&x, v, &s, element);
  if (staged) labelled_stages(&x, &second, &names, with_fpc ? fpc : NULL);
  else if (with_fpc) x.design.stratum_fpc = fpc;
  x.design.lonely = WEEG_LONELY_ADJUST;
  CHECK_OK(weeg_tally_encode(&x, &bytes, &size, NULL));
  CHECK_OK(weeg_tally_decode(bytes, size, &back, NULL)); /* a fuzzer begins with what is read to its end */
  put_seed("tally", 2 * number, bytes + FRAME, (size_t)size - FRAME - CHECKSUM);
  put_seed("tally", 2 * number + 1, bytes, (size_t)size);
  weeg_labelled_tally_free(back);
  weeg_free(bytes);
  weeg_tally_free(s.tally);
}

int main(int count, char **arguments) {
  if (count != 2 || strlen(arguments[1]) >= sizeof folder) return EXIT_FAILURE;
  strcpy(folder, arguments[1]);
  make_csv();
  if (weeg_sav_available()) make_sav();
  make_sets();
  for (int k = 0; k < 8; k++) make_tally(k, k / 2 % 2, k % 2, k >= 4);
  return test_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
