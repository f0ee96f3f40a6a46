/*
 * The numbering of texts: which of the distinct values of a column a field has. A table of its own, and not that of base/hash.h:
 * slots have key and length beside the code, and so are all that most look-ups read. By numbers, a look-up took 28 % more
 * instructions.
 */
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "io/reader.h"

/* The first eight bytes, with zeros behind a shorter text. */
static inline uint64_t head_of(const char *s, size_t n) {
  uint64_t head = 0;
  if (n == 0) return 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  memcpy(&head, s, sizeof head);
  return n >= 8 ? head : head & (((uint64_t)1 << (8 * n)) - 1);
#else
  memcpy(&head, s, n < 8 ? n : 8);
  return head;
#endif
}

/* The last eight bytes of a text that has as many. */
static inline uint64_t tail_of(const char *s, size_t n) { return head_of(s + n - 8, 8); }

/* A text of up to eight bytes is its own key. */
static inline uint64_t key_of(const weeg_secret *secret, const char *s, size_t n) {
  uint64_t key = head_of(s, n);
  if (n <= 8) return key;
  if (n <= 16) return weeg_i_scatter(secret, key) ^ tail_of(s, n);
  for (size_t i = 8; i < n; i += 8) key = weeg_i_scatter(secret, key) ^ head_of(s + i, n - i);
  return key;
}

/* Whether texts with the same key and length are the same. */
static inline bool same(const char *a, const char *b, size_t n) {
  if (n <= 8) return true;
  if (n <= 16) return head_of(a, n) == head_of(b, n) && tail_of(a, n) == tail_of(b, n);
  return memcmp(a, b, n) == 0;
}

/* The slot of a text; *probes: how many were looked at. */
static inline weeg_string_slot *probe(const weeg_strings *t, uint64_t key, const char *s, size_t n, int64_t *probes) {
  const uint64_t mask = (uint64_t)t->slots - 1;
  const uint64_t home = (weeg_i_scatter(&t->secret, key) + n) & mask;
  for (uint64_t at = home;; at = (at + 1) & mask) {
    weeg_string_slot *slot = &t->slot[at];
    if (slot->code >= 0 && !(slot->key == key && slot->length == n && same(t->bytes + slot->start, s, n))) continue;
    *probes = (int64_t)((at - home) & mask);
    return slot;
  }
}

/* The same texts in so many slots. */
static bool refill(weeg_strings *t, int64_t slots, weeg_secret secret) {
  weeg_strings other = *t;
  int64_t probes = 0;
  other.slots = slots;
  other.secret = secret;
  other.slot = weeg_i_alloc(slots, sizeof *other.slot);
  if (other.slot == NULL) return false;
  for (int64_t i = 0; i < slots; i++) other.slot[i].code = -1;
  for (int64_t i = 0; i < t->slots; i++) {
    weeg_string_slot slot = t->slot[i];
    if (slot.code < 0) continue;
    const char *text = t->bytes + slot.start;
    if (secret.strong && !t->secret.strong) slot.key = key_of(&secret, text, slot.length);
    *probe(&other, slot.key, text, slot.length, &probes) = slot;
  }
  weeg_free(t->slot);
  *t = other;
  return true;
}

static bool grow(weeg_strings *t) {
  if (t->slots == 0) weeg_i_secret_draw(&t->secret, false);
  return refill(t, t->slots == 0 ? 64 : 2 * t->slots, t->secret);
}

weeg_string_slot *weeg_i_strings_find(weeg_strings *t, const char *s, size_t n) {
  int64_t probes = 0;
  if (2 * t->used >= t->slots && !grow(t)) return NULL;
  weeg_string_slot *slot = probe(t, key_of(&t->secret, s, n), s, n, &probes);
  if (!weeg_i_is_flooded(&t->secret, probes)) return slot;
  weeg_secret strong;
  weeg_i_secret_draw(&strong, true);
  return refill(t, t->slots, strong) ? probe(t, key_of(&strong, s, n), s, n, &probes) : NULL;
}

/* Room for `more` bytes and one level. */
static bool make_room(weeg_strings *t, int64_t more) {
  if (t->bytes_used + more > t->bytes_size) {
    const int64_t size = 2 * (t->bytes_used + more);
    char *bytes = weeg_i_larger(t->bytes, t->bytes_used, size + WEEG_PADDING, 1);
    if (bytes == NULL) return false;
    t->bytes = bytes;
    t->bytes_size = size;
  }
  if (t->levels >= t->start_size) {
    const int64_t size = t->start_size == 0 ? 32 : 2 * t->start_size;
    int64_t *start = weeg_i_larger(t->start, t->levels, size, sizeof *start);
    if (start == NULL) return false;
    t->start = start;
    t->start_size = size;
  }
  return true;
}

weeg_status weeg_i_strings_add(weeg_strings *t, weeg_string_slot *slot, const char *s, size_t n, bool missing) {
  if (n >= INT32_MAX || t->levels == INT32_MAX || !make_room(t, (int64_t)n + 1)) return WEEG_ERR_MEMORY;
  *slot = (weeg_string_slot){key_of(&t->secret, s, n), t->bytes_used, (uint32_t)n, missing ? 0 : t->levels + 1};
  if (n > 0) memcpy(t->bytes + t->bytes_used, s, n);
  t->bytes[t->bytes_used + (int64_t)n] = '\0';
  if (!missing) t->start[t->levels++] = t->bytes_used;
  t->bytes_used += (int64_t)n + 1;
  t->used++;
  return WEEG_OK;
}

void weeg_i_strings_clear(weeg_strings *t) {
  weeg_free(t->slot);
  weeg_free(t->bytes);
  weeg_free(t->start);
  *t = (weeg_strings){0};
}
