/* Where records begin, by the parity of quotes; lines; where a field is. */
#include <string.h>

#include "base/vector.h"
#include "io/reader.h"

/* Bytes that are counted in one byte. */
enum { BLOCK = 128 };

WEEG_CLONED static int64_t count_byte(const char *from, const char *to, char byte) {
  int64_t count = 0;
  while (to - from >= BLOCK) {
    uint8_t block = 0;
    _Pragma("omp simd reduction(+:block)")
    for (int i = 0; i < BLOCK; i++) block = (uint8_t)(block + (from[i] == byte));
    count += block;
    from += BLOCK;
  }
  for (; from < to; from++) count += *from == byte;
  return count;
}

int64_t weeg_i_count_byte(const char *from, const char *to, char byte) { return count_byte(from, to, byte); }

int64_t weeg_i_count_lines(const char *from, const char *to) {
  int64_t count = weeg_i_count_byte(from, to, '\n');
  const char *cr = from;
  while (cr < to && (cr = memchr(cr, '\r', (size_t)(to - cr))) != NULL) {
    cr++;
    count += cr == to || *cr != '\n';
  }
  return count;
}

const char *weeg_i_next_line(const char *at, const char *to) {
  for (; at < to; at++) {
    if (*at == '\n') return at + 1;
    if (*at == '\r') return to - at > 1 && at[1] == '\n' ? at + 2 : at + 1;
  }
  return to;
}

/* The last `ending` in from..to that an even number of the `quotes` quotes precedes; one past it, or NULL. */
static const char *last_even(const char *from, const char *to, int64_t quotes, char quote, char ending) {
  if (quotes == 0 && ending == '\n') {
    for (; to > from; to--) {
      if (to[-1] == ending) return to;
    }
    return NULL;
  }
  for (const char *s = to; s > from; s--) {
    const char c = s[-1];
    quotes -= c == quote;
    /* a CR at the very end may be the first half of CR LF */
    if (c == ending && quotes % 2 == 0 && (ending == '\n' || (s < to && *s != '\n'))) return s;
  }
  return NULL;
}

const char *weeg_i_last_record(const char *from, const char *to, char quote, int64_t *quotes, char *ending) {
  *quotes = memchr(from, quote, (size_t)(to - from)) == NULL ? 0 : weeg_i_count_byte(from, to, quote); /* often there is none */
  const char *last = last_even(from, to, *quotes, quote, *ending = '\n');
  if (last == NULL) last = last_even(from, to, *quotes, quote, *ending = '\r');
  return last;
}

const char *weeg_i_next_record(const char *at, const char *to, int64_t quotes, char quote, char ending) {
  for (; at < to; at++) {
    quotes += *at == quote;
    if (*at == ending && quotes % 2 == 0 && (ending == '\n' || to - at == 1 || at[1] != '\n')) return at + 1;
  }
  return to;
}

/* ---- walking ---- */

static inline bool is_blank(char c, char delimiter) { return (c == ' ' || c == '\t') && c != delimiter; }

static bool is_blank_line(const weeg_dialect *dialect, const char *s, const char *to) {
  while (s < to && is_blank(*s, dialect->delimiter)) s++;
  return s == to || *s == '\n' || *s == '\r';
}

/* The start of the record after the one at s; counts lines. */
static const char *pass_record(const weeg_dialect *dialect, const char *s, const char *to, int64_t *line) {
  bool quoted = false;
  for (; s < to; s++) {
    if (*s == dialect->quote) quoted = !quoted;
    if (*s != '\n' && *s != '\r') continue;
    if (*s == '\r' && to - s > 1 && s[1] == '\n') s++;
    (*line)++;
    if (!quoted) return s + 1;
  }
  return to;
}

static void pass_blank_lines(weeg_csv_walk *walk, const weeg_dialect *dialect, const char *to) {
  while (dialect->columns != 1 && walk->at < to && is_blank_line(dialect, walk->at, to)) {
    walk->at = pass_record(dialect, walk->at, to, &walk->line);
  }
}

int64_t weeg_i_csv_walk_lines(const weeg_csv_walk *walk, const weeg_dialect *dialect, const char *to) {
  int64_t lines = 0;
  (void)pass_record(dialect, walk->at, to, &lines);
  return lines > 0 ? lines : 1;
}

void weeg_i_csv_walk_to(weeg_csv_walk *walk, const weeg_dialect *dialect, const char *to, int64_t record) {
  pass_blank_lines(walk, dialect, to);
  for (; walk->record < record && walk->at < to; walk->record++) {
    walk->at = pass_record(dialect, walk->at, to, &walk->line);
    pass_blank_lines(walk, dialect, to);
  }
}

const char *weeg_i_csv_walk_field(const weeg_csv_walk *walk, const weeg_dialect *dialect, const char *to, int32_t field,
                                  int64_t *line) {
  const char *s = walk->at;
  *line = walk->line;
  for (int32_t f = 0; s < to; f++) {
    bool quoted = false;
    while (s < to && is_blank(*s, dialect->delimiter)) s++;
    if (f == field) return s;
    for (; s < to && (quoted || *s != dialect->delimiter); s++) {
      if (*s == dialect->quote) quoted = !quoted;
      if (*s != '\n' && *s != '\r') continue;
      if (!quoted) return s; /* fewer fields than that */
      if (*s == '\r' && to - s > 1 && s[1] == '\n') s++;
      (*line)++;
    }
    if (s < to) s++;
  }
  return s;
}

size_t weeg_i_text_of_field(const weeg_dialect *dialect, const char *at, const char *to) {
  enum { MOST = 64 }; /* for a message */
  size_t n = 0;
  if (at < to && *at == dialect->quote) {
    for (n = 1; at + n < to && n < MOST && at[n] != dialect->quote; n++) {}
    return n;
  }
  while (at + n < to && n < MOST && at[n] != dialect->delimiter && at[n] != '\n' && at[n] != '\r') n++;
  return n;
}
