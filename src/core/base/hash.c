/* getrandom, rand_s */
#define _DEFAULT_SOURCE
#define _CRT_RAND_S

#include "base/hash.h"

#include <string.h>
#include <time.h>

#include "base/memory.h"

#if defined(__linux__)
#include <sys/random.h>
#elif defined(_WIN32)
#include <stdlib.h>
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || defined(__wasi__)
#include <stdlib.h>
#endif

enum { WORDS = 3 };

/* Where the system has no random numbers to give: the time, and where things are in memory. */
static void draw_poorly(uint64_t *word) {
  struct timespec now = {.tv_sec = time(NULL)};
#if defined(TIME_UTC)
  (void)timespec_get(&now, TIME_UTC);
#endif
  uint64_t state = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uint64_t)(uintptr_t)word << 16;
  for (int k = 0; k < WORDS; k++) word[k] ^= weeg_i_mix(state += 0x9e3779b97f4a7c15u);
}

static bool draw(uint64_t *word) {
  const size_t size = sizeof *word * WORDS;
#if defined(__linux__)
  return getrandom(word, size, GRND_NONBLOCK) == (ssize_t)size;
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || defined(__wasi__)
  arc4random_buf(word, size);
  return true;
#elif defined(_WIN32)
  unsigned part[WORDS * 2];
  bool drawn = true;
  for (int k = 0; k < WORDS * 2; k++) drawn = rand_s(&part[k]) == 0 && drawn;
  memcpy(word, part, size);
  return drawn;
#else
  (void)size;
  return false;
#endif
}

void weeg_i_secret_draw(weeg_secret *secret, bool strong) {
  uint64_t word[WORDS] = {0};
  if (!draw(word)) draw_poorly(word);
  *secret = (weeg_secret){.added = word[0], .first = word[1] | 1, .second = word[2] | 1, .strong = strong};
}

/* ---- SipHash-1-3 ---- */

static inline uint64_t turned(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static inline void round_of(uint64_t *v) {
  v[0] += v[1];
  v[2] += v[3];
  v[1] = turned(v[1], 13) ^ v[0];
  v[3] = turned(v[3], 16) ^ v[2];
  v[0] = turned(v[0], 32) + v[3];
  v[2] += v[1];
  v[1] = turned(v[1], 17) ^ v[2];
  v[3] = turned(v[3], 21) ^ v[0];
  v[2] = turned(v[2], 32);
}

/* The next bytes, at most eight, the first of them lowest. */
static uint64_t word_of(const uint8_t *bytes, size_t n) {
  uint64_t word = 0;
  for (size_t k = 0; k < (n < 8 ? n : 8); k++) word |= (uint64_t)bytes[k] << (8 * k);
  return word;
}

uint64_t weeg_i_siphash(const weeg_secret *secret, const void *bytes, size_t n) {
  const uint8_t *at = bytes;
  uint64_t v[4] = {secret->added ^ 0x736f6d6570736575u, secret->first ^ 0x646f72616e646f6du,
                   secret->added ^ 0x6c7967656e657261u, secret->first ^ 0x7465646279746573u};
  for (size_t left = n;; left -= 8, at += 8) {
    const uint64_t word = left < 8 ? word_of(at, left) | (uint64_t)n << 56 : word_of(at, 8);
    v[3] ^= word;
    round_of(v);
    v[0] ^= word;
    if (left < 8) break;
  }
  v[2] ^= 0xff;
  for (int k = 0; k < 3; k++) round_of(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- numbering ---- */

/* Fills the slots, which are empty. */
static void fill_slots(weeg_numbering *n, const weeg_keys *keys, const void *owner) {
  int64_t probes = 0;
  for (int32_t k = 0; k < n->count; k++) n->slot[weeg_i_numbering_slot(n, keys, owner, k, &probes)] = k + 1;
}

weeg_status weeg_i_numbering_grow(weeg_numbering *n, const weeg_keys *keys, const void *owner, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *slot = NULL;
  const int64_t slots = n->slots == 0 ? 256 : 2 * n->slots;
  if (slots > (int64_t)1 << 31) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "there are more than 2^30 different values");
  WEEG_NEW(slot, slots);
  weeg_free(n->slot);
  n->slot = slot;
  if (n->slots == 0) weeg_i_secret_draw(&n->secret, false);
  n->slots = slots;
  fill_slots(n, keys, owner);
cleanup:
  return status;
}

void weeg_i_numbering_turn(weeg_numbering *n, const weeg_keys *keys, const void *owner) {
  weeg_i_secret_draw(&n->secret, true);
  memset(n->slot, 0, (size_t)n->slots * sizeof *n->slot);
  fill_slots(n, keys, owner);
}

void weeg_i_numbering_clear(weeg_numbering *n) {
  weeg_free(n->slot);
  *n = (weeg_numbering){0};
}
