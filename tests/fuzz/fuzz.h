/* What the fuzzers, and the program that makes their first inputs (seeds.c), agree on. */
#ifndef WEEG_FUZZ_H
#define WEEG_FUZZ_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "weeg.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A condition that does not hold ends the program, as libFuzzer wants it. */
#define REQUIRE(condition)                                                          \
  do {                                                                              \
    if (condition) break;                                                           \
    fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
    abort();                                                                        \
  } while (0)

static const uint8_t fuzz_tally_mark[8] = {0x89, 'W', 'G', 'T', 0x0d, 0x0a, 0x1a, 0x0a};

/*
 * An input of fuzz_sav: what the reading process writes when a file is opened, FUZZ_SECOND, and what it writes when the
 * values are read. A frame is its tag, one byte, and its content; frames have FUZZ_NEXT between them instead of lengths, so
 * that bytes can be added to one without the others being lost. The first byte of all chooses what is asked for.
 */
static const uint8_t fuzz_next[3] = {0xf7, 0xfe, 0xf1}, fuzz_second[3] = {0xf7, 0xfe, 0xf2};

#endif
