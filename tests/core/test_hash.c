/* Tables that hash: crafted keys cost no more than others, and nothing depends on the secrets. */
#define _GNU_SOURCE
#include <math.h>
#include <sys/random.h>

#include "failing_calls.h"
#include "base/hash.h"
#include "io/bytes.h"
#include "io/reader.h"
#include "io/sav_column.h"
#include "tally/combos.h"
#include "base/memory.h"
#include "sample.h"
#include "tally/tally.h"

/* The system has no random numbers to give, or always the same ones. */
static bool fixed;
ssize_t getrandom(void *to, size_t size, unsigned flags) {
  ssize_t (*real)(void *, size_t, unsigned) = NULL;
  void *const found = dlsym(RTLD_NEXT, "getrandom");
  if (call_fails("getrandom")) return -1;
  memcpy(&real, &found, sizeof real);
  if (!fixed) return real(to, size, flags);
  memset(to, 0, size);
  return (ssize_t)size;
}

enum { TEXTS = 80000, LENGTH = 16, MOST_RUN = 1024 };

/* hash() of Python 3.11 for bytes, under PYTHONHASHSEED=0: SipHash-1-3 by a key of zeros. */
static void check_siphash(void) {
  static const struct { const char *text; uint64_t hash; } known[] = {
    {"a", 0x407448d2b89b1813u},
    {"weeg", 0x785ee7760374f21du},
    {"1234567", 0xa33d651594fdae81u},
    {"12345678", 0x3489982430560a87u},
    {"0123456789abcdef", 0x1d42b30f7e060c24u},
    {"a text of more than two words", 0xc5004e0cfb6cea9au},
  };
  const weeg_secret zero = {0};
  for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
    CHECK(weeg_i_siphash(&zero, known[k].text, strlen(known[k].text)) == known[k].hash);
  }
  const weeg_secret strong = {.strong = true};
  CHECK(weeg_i_scatter(&strong, 0x3837363534333231u) == weeg_i_siphash(&zero, "12345678", 8));
}

static void check_secrets(void) {
  weeg_secret one, other;
  weeg_i_secret_draw(&one, false);
  weeg_i_secret_draw(&other, true);
  CHECK(one.added != other.added && one.first != other.first && one.second != other.second);
  CHECK(!one.strong && other.strong && (one.first & one.second & other.first & other.second & 1) == 1);
}

/* By what else there is: other numbers each time. */
static void check_poor_secrets(void) {
  enum { COUNT = 100 };
  weeg_secret drawn[COUNT];
  let_fail("getrandom", EVERY, EAGAIN);
  for (int k = 0; k < COUNT; k++) weeg_i_secret_draw(&drawn[k], false);
  let_fail(NULL, 0, 0);
  for (int k = 0; k < COUNT; k++) {
    CHECK((drawn[k].first & drawn[k].second & 1) == 1 && !drawn[k].strong);
    CHECK(drawn[k].first != drawn[k].second && drawn[k].added != drawn[k].first);
    for (int j = 0; j < k; j++) CHECK(drawn[j].added != drawn[k].added && drawn[j].first != drawn[k].first);
  }
}

/* ---- texts ---- */

/* Slots in use side by side, at most: no search takes more steps. */
static int64_t longest_text_run(const weeg_strings *t) {
  int64_t run = 0, longest = 0;
  for (int64_t i = 0; i < 2 * t->slots && run <= t->slots; i++) {
    run = t->slot[i % t->slots].code >= 0 ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}

/*
 * Sixteen bytes a, b with the same a ^ b * 0x9e3779b97f4a7c15, which is what texts were once hashed by: 80 000 took a minute. Or
 * texts that only differ in the last bytes of both halves, which multiplication does not spread.
 */
static void craft(char *text, int k, bool halves) {
  uint64_t b = (uint64_t)k + 1, a = b * 0x9e3779b97f4a7c15u ^ 0x1234567887654321u;
  if (halves) {
    a = (uint64_t)(k % 256) << 56;
    b = (uint64_t)(k / 256) << 52;
  }
  memcpy(text, &a, 8);
  memcpy(text + 8, &b, 8);
}

/* broken: after the first text, the secret is one by which all hashes are the same. */
static void check_texts(bool halves, bool broken) {
  weeg_strings t = {0};
  char text[LENGTH + WEEG_PADDING] = "";
  bool in_order = true;
  for (int k = 0; k < TEXTS; k++) {
    craft(text, k, halves);
    weeg_string_slot *slot = weeg_i_strings_find(&t, text, LENGTH);
    if (!CHECK(slot != NULL && slot->code < 0)) break;
    if (weeg_i_strings_add(&t, slot, text, LENGTH, false) != WEEG_OK) break;
    if (broken && k == 0) t.secret = (weeg_secret){0};
  }
  CHECK(t.levels == TEXTS && longest_text_run(&t) < MOST_RUN && t.secret.strong == broken);
  for (int k = 0; k < TEXTS; k++) {
    craft(text, k, halves);
    in_order = in_order && weeg_i_strings_find(&t, text, LENGTH)->code == k + 1 &&
               memcmp(weeg_i_strings_text(&t, k + 1), text, LENGTH) == 0;
  }
  CHECK(in_order);
  weeg_i_strings_clear(&t);
}

/* Texts of any length, twice; also where short ones are keys of themselves. */
static void check_lengths(bool broken) {
  enum { COUNT = 3000 };
  weeg_strings t = {0};
  char text[64 + WEEG_PADDING] = "";
  for (int round = 0; round < 2; round++) {
    for (int k = 0; k < COUNT; k++) {
      memset(text, round == 0 ? 0 : 0xff, sizeof text); /* what stands behind a text is no part of it */
      const size_t n = (size_t)snprintf(text, 64, "%0*d", 1 + k % 40, k);
      text[n] = round == 0 ? '\0' : '\xff';
      weeg_string_slot *slot = weeg_i_strings_find(&t, text, n);
      CHECK(slot != NULL && (slot->code < 0) == (round == 0) && (round == 0 || slot->code == k + 1));
      if (slot != NULL && slot->code < 0) CHECK(weeg_i_strings_add(&t, slot, text, n, false) == WEEG_OK);
      if (broken && round == 0 && k == 0) t.secret = (weeg_secret){0};
    }
  }
  CHECK(t.levels == COUNT && t.secret.strong == broken);
  weeg_i_strings_clear(&t);
}

/* ---- cells ---- */

static void check_cells(bool broken) {
  enum { CELLS = 50000 };
  tally_hash hash = {0};
  int64_t run = 0, longest = 0, right = 0;
  for (int round = 0; round < 2; round++) {
    for (uint64_t k = 0; k < CELLS; k++) {
      tally_entry *entry = weeg_i_hash_find(&hash, k << 20);
      if (!CHECK(entry != NULL && entry->n == round)) return;
      entry->n++;
      if (broken && round == 0 && k == 0) hash.numbers.secret = (weeg_secret){0};
    }
  }
  const weeg_numbering *t = &hash.numbers;
  for (int64_t i = 0; i < 2 * t->slots && run <= t->slots; i++) {
    run = t->slot[i % t->slots] > 0 ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  CHECK(t->count == CELLS && t->slots <= 4 * CELLS && longest < MOST_RUN && t->secret.strong == broken);
  CHECK_OK(weeg_i_hash_sort(&hash));
  for (uint64_t k = 0; k < CELLS; k++) right += hash.entry[k].key == k << 20 && hash.entry[k].n == 2;
  CHECK(right == CELLS);
  weeg_i_hash_clear(&hash);
}

/* ---- combinations ---- */

static void check_combos(bool broken) {
  enum { SIDE = 200, COUNT = SIDE * SIDE };
  static int32_t one[COUNT], two[COUNT], number[COUNT];
  const int32_t *const codes[] = {one, two};
  weeg_combos c = {.width = 2};
  int64_t run = 0, longest = 0, right = 0;
  for (int i = 0; i < COUNT; i++) one[i] = i / SIDE, two[i] = i % SIDE;
  CHECK_OK(weeg_combos_number(&c, codes, 0, 1, number, NULL));
  if (broken) c.table->numbers.secret = (weeg_secret){0};
  for (int round = 0; round < 2; round++) {
    CHECK_OK(weeg_combos_number(&c, codes, 0, COUNT, number, NULL));
    for (int i = 0; i < COUNT; i++) right += number[i] == i + 1;
  }
  CHECK(right == 2 * COUNT && c.count == COUNT && c.table->numbers.secret.strong == broken);
  const weeg_numbering *t = &c.table->numbers;
  for (int64_t i = 0; i < 2 * t->slots && run <= t->slots; i++) {
    run = t->slot[i % t->slots] > 0 ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  CHECK(longest < MOST_RUN);
  weeg_combos_clear(&c);
}

/* ---- values of an SPSS file ---- */

static void check_values(bool text, bool broken) {
  enum { COUNT = 20000 };
  const weeg_sav_variable variable = {.text = text};
  sav_column c = {.variable = &variable};
  byte_writer w = {0};
  char word[24];
  int64_t right = 0;
  for (int k = 0; k <= COUNT; k++) {
    snprintf(word, sizeof word, "value %d", k);
    if (text) weeg_i_put_text(&w, word);
    else weeg_i_put_double(&w, k + 0.5);
  }
  byte_reader r = {.bytes = w.bytes, .size = w.used};
  CHECK_OK(weeg_i_sav_take(&c, &r, 1, NULL));
  if (broken) c.known.secret = (weeg_secret){0};
  const size_t second = r.at;
  for (int round = 0; round < 2; round++) { /* the others, twice */
    r.at = second;
    CHECK_OK(weeg_i_sav_take(&c, &r, COUNT, NULL));
    for (int k = 0; k < COUNT; k++) right += c.code[k] == k + 2;
  }
  CHECK(right == 2 * COUNT && c.known.count == COUNT + 1 && c.known.secret.strong == broken);
  weeg_i_sav_column_free(&c);
  weeg_free(w.bytes);
}

/* The number of a text without blanks at its end, in order of appearance: by looking at all of them. */
static int32_t plain_number(char (*known)[32], int32_t *count, const char *text) {
  char kept[32];
  size_t length = strlen(text);
  while (length > 0 && text[length - 1] == ' ') length--;
  memcpy(kept, text, length);
  kept[length] = '\0';
  for (int32_t k = 0; k < *count; k++) {
    if (strcmp(known[k], kept) == 0) return k + 1;
  }
  memcpy(known[*count], kept, length + 1);
  return ++*count;
}

/* Texts with the same ends and lengths, blanks at their end, and one that stands for a missing value, many times over. */
static void check_recent_texts(void) {
  enum { ROWS = 20000, KINDS = 160 };
  static char known[KINDS][32];
  static int32_t expected[ROWS];
  char declared[] = "no", word[32];
  weeg_sav_value low = {0, declared}, high = {0, declared};
  const weeg_sav_variable variable = {.text = true, .ranges = 1, .low = &low, .high = &high};
  sav_column c = {.variable = &variable};
  byte_writer w = {0};
  int32_t count = 0;
  int64_t right = 0;
  uint64_t state = 1;
  for (int i = 0; i < ROWS; i++) {
    state = weeg_i_mix(state + (uint64_t)i);
    const int kind = (int)(state % KINDS), k = kind / 4;
    if (kind % 4 == 0) snprintf(word, sizeof word, "%.*s", k % 21, "a long text of letters");
    if (kind % 4 == 1) snprintf(word, sizeof word, "the same%04dends are", k);
    if (kind % 4 == 2) snprintf(word, sizeof word, "%d%.*s", k, k % 7, "      ");
    if (kind % 4 == 3) snprintf(word, sizeof word, "%s%.*s", k % 2 == 0 ? "no" : "non", k % 5, "    ");
    const bool missing = word[0] == 'n' && word[1] == 'o' && word[2] != 'n';
    expected[i] = missing ? 0 : plain_number(known, &count, word);
    weeg_i_put_text(&w, word);
  }
  byte_reader r = {.bytes = w.bytes, .size = w.used};
  for (int begin = 0; begin < ROWS; begin += ROWS / 4) {
    CHECK_OK(weeg_i_sav_take(&c, &r, ROWS / 4, NULL));
    for (int i = 0; i < ROWS / 4; i++) right += c.code[i] == expected[begin + i];
  }
  CHECK(right == ROWS && c.known.count == count && count > 80 && r.at == r.size);
  r.at = r.size - 1; /* which is less than a length */
  CHECK_OK(weeg_i_sav_take(&c, &r, 1, NULL));
  CHECK(r.failed);
  weeg_i_sav_column_free(&c);
  weeg_free(w.bytes);
}

/* Zeros of both signs are one value; numbers that are none, and those of a range, are missing. */
static void check_recent_numbers(bool user_missing, weeg_kind kind) {
  static const double value[] = {0, -0.0, 1, 2, NAN, 3, -NAN, 4, 86400, -86400, INFINITY, 1e300, 0, 4, 1e9};
  enum { VALUES = sizeof value / sizeof *value, ROWS = 50 * VALUES };
  weeg_sav_value low = {3, NULL}, high = {4, NULL};
  const weeg_sav_variable variable = {.kind = kind, .ranges = 1, .low = &low, .high = &high};
  sav_column codes = {.variable = &variable, .user_missing = user_missing}, numbers = codes;
  byte_writer w = {0};
  double known[VALUES];
  int32_t count = 0;
  int64_t right = 0;
  numbers.numbers = true;
  for (int i = 0; i < ROWS; i++) weeg_i_put_double(&w, value[i * 7 % VALUES]);
  byte_reader r = {.bytes = w.bytes, .size = w.used}, again = r;
  CHECK_OK(weeg_i_sav_take(&codes, &r, ROWS, NULL));
  CHECK_OK(weeg_i_sav_take(&numbers, &again, ROWS, NULL));
  for (int i = 0; i < ROWS; i++) {
    const double x = weeg_i_sav_number(kind, value[i * 7 % VALUES]) + 0.0;
    const bool missing = isnan(x) || (!user_missing && x >= 3 && x <= 4);
    int32_t k = 0;
    while (!missing && k < count && known[k] != x) k++;
    if (!missing && k == count) known[count++] = x;
    right += missing ? codes.code[i] == 0 && isnan(numbers.number[i]) : codes.code[i] == k + 1 && numbers.number[i] == x;
    right += !missing && x == 0 && signbit(numbers.number[i]);
  }
  CHECK(right == ROWS && codes.known.count == count);
  weeg_i_sav_column_free(&codes);
  weeg_i_sav_column_free(&numbers);
  weeg_free(w.bytes);
}

/* ---- PSUs ---- */

/*
 * By somebody who knows the secret: pairs of a stratum and a PSU whose hashes are the same. With multipliers of 1, that is
 * x ^ x >> 32 ^ x >> 29 of x = stratum << 32 | PSU: those of a stratum h with the PSU h ^ h << 3 are all 0 in their low 32 bits.
 */
static void check_pairs(void) {
  enum { PAIRS = 20000 };
  static int32_t stratum[PAIRS], psu[PAIRS], nested[PAIRS];
  weeg_nested_psus pairs = {0};
  int64_t right = 0;
  for (int32_t h = 0; h < PAIRS; h++) {
    stratum[h] = h + 1;
    psu[h] = (h ^ h << 3) + 1;
  }
  const weeg_column s = sample_column(stratum, PAIRS), p = sample_column(psu, PAIRS * 16);
  fixed = true;
  CHECK_OK(weeg_nest_psus(&(weeg_sampled_rows){&s, &p, PAIRS}, nested, &pairs, NULL));
  fixed = false;
  for (int32_t h = 0; h < PAIRS && pairs.psus == PAIRS; h++) {
    right += nested[h] == h + 1 && pairs.stratum[h] == h && pairs.psu[h] == psu[h] - 1;
  }
  CHECK(right == PAIRS);
  weeg_free(pairs.stratum);
  weeg_free(pairs.psu);
}

int main(void) {
  check_poor_secrets();
  check_pairs();
  check_siphash();
  for (int k = 0; k < 20; k++) check_secrets();
  for (int halves = 0; halves < 2; halves++) {
    check_texts(halves, false);
    check_texts(halves, true);
  }
  for (int broken = 0; broken < 2; broken++) {
    check_lengths(broken);
    check_cells(broken);
    check_combos(broken);
    check_values(false, broken);
    check_values(true, broken);
  }
  check_recent_texts();
  for (int user_missing = 0; user_missing < 2; user_missing++) {
    check_recent_numbers(user_missing, WEEG_KIND_NUMBER);
    check_recent_numbers(user_missing, WEEG_KIND_DATE);
  }
  return test_report("hash");
}
