/*
 * The numbering of texts: which of the distinct values of a column a field has. A table of its own, and not that of base/hash.h:
 * slots have the first and last bytes and the length beside the code, and so are all that most look-ups read.
 */
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "io/reader.h"

enum { FEW_SLOTS = 1 << 15 };

/* What a slot has of a text besides its first bytes. */
static inline uint64_t tail_of(const weeg_secret *secret, const char *s, size_t n) {
  if (n <= 16) return n <= 8 ? 0 : weeg_i_tail(s, n);
  uint64_t hash = 0;
  for (size_t i = 8; i < n; i += 8) hash = weeg_i_scatter(secret, hash) ^ weeg_i_head(s + i, n - i);
  return weeg_i_scatter(secret, hash);
}

/* The slot of a text, as a slot has it; *probes: how many were looked at. */
static inline weeg_string_slot *probe(const weeg_strings *t, weeg_string_slot as, const char *s, int64_t *probes) {
  const uint64_t mask = (uint64_t)t->slots - 1, home = weeg_i_strings_home(&t->secret, t->shift, &as);
  for (uint64_t at = home;; at = (at + 1) & mask) {
    weeg_string_slot *slot = &t->slot[at];
    const bool alike = slot->head == as.head && slot->tail == as.tail && slot->length == as.length;
    if (slot->code >= 0 && !(alike && (as.length <= 16 || memcmp(t->bytes + slot->start, s, as.length) == 0))) continue;
    *probes = (int64_t)((at - home) & mask);
    return slot;
  }
}

/* The same texts in so many slots. */
static bool refill(weeg_strings *t, int64_t slots, weeg_secret secret) {
  weeg_strings other = *t;
  int64_t probes = 0;
  other.slots = slots;
  for (other.shift = 64; slots >> (64 - other.shift) > 1;) other.shift--;
  other.secret = secret;
  other.slot = weeg_i_alloc(slots, sizeof *other.slot);
  if (other.slot == NULL) return false;
  for (int64_t i = 0; i < slots; i++) other.slot[i].code = -1;
  for (int64_t i = 0; i < t->slots; i++) {
    weeg_string_slot slot = t->slot[i];
    if (slot.code < 0) continue;
    const char *text = t->bytes + slot.start;
    if (secret.strong && !t->secret.strong) slot.tail = tail_of(&secret, text, slot.length);
    *probe(&other, slot, text, &probes) = slot;
  }
  weeg_free(t->slot);
  *t = other;
  return true;
}

static bool grow(weeg_strings *t) {
  if (t->slots == 0) weeg_i_secret_draw(&t->secret, false);
  return refill(t, t->slots == 0 ? 64 : 2 * t->slots, t->secret);
}

/* Whether so many texts are the most for the slots: few have more room, as those are looked up at one glance. */
static bool is_full(const weeg_strings *t) { return (t->slots < FEW_SLOTS ? 4 : 2) * t->used >= t->slots; }

weeg_string_slot *weeg_i_strings_find(weeg_strings *t, const char *s, size_t n) {
  int64_t probes = 0;
  if (is_full(t) && !grow(t)) return NULL;
  weeg_string_slot as = {weeg_i_head(s, n), tail_of(&t->secret, s, n), 0, (uint32_t)n, 0};
  weeg_string_slot *slot = probe(t, as, s, &probes);
  if (!weeg_i_is_flooded(&t->secret, probes)) return slot;
  weeg_secret strong;
  weeg_i_secret_draw(&strong, true);
  as.tail = tail_of(&strong, s, n);
  return refill(t, t->slots, strong) ? probe(t, as, s, &probes) : NULL;
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
  *slot = (weeg_string_slot){weeg_i_head(s, n), tail_of(&t->secret, s, n), t->bytes_used, (uint32_t)n,
                             missing ? 0 : t->levels + 1};
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
