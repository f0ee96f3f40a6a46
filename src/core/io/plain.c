/*
 * A part without quotes: fields end at the next delimiter or end of line, so libcsv's states are not needed. The rules are
 * libcsv's: blanks around a field do not count, CR and LF each end a record, blank lines are none.
 */
#include "io/reader.h"

enum { ORDINARY = 0, DELIMITER, ENDING };

/* The byte at `to` is not of the part and may be anything: nothing is read there before it is compared with the end. */
typedef struct plain_scan {
  uint8_t class[256];
  char delimiter;
  bool blank;       /* blank lines are records */
  const char *to;
} plain_scan;

static inline bool is_blank(char c, char delimiter) { return (c == ' ' || c == '\t') && c != delimiter; }

static inline const char *end_of_field(const plain_scan *scan, const char *s) {
  const char *const to = scan->to;
  const uint8_t *class = scan->class;
  while (to - s >= 4) {
    if (class[(uint8_t)s[0]]) return s;
    if (class[(uint8_t)s[1]]) return s + 1;
    if (class[(uint8_t)s[2]]) return s + 2;
    if (class[(uint8_t)s[3]]) return s + 3;
    s += 4;
  }
  while (s < to && !class[(uint8_t)*s]) s++;
  return s;
}

/* The start of the next record, or NULL where the part stops. */
static const char *read_record(weeg_part *part, const plain_scan *scan, const char *s) {
  const char *const to = scan->to;
  for (;;) {
    while (s < to && is_blank(*s, scan->delimiter)) s++;
    const char *const start = s;
    s = end_of_field(scan, s);
    const bool at_end = s == to, more = !at_end && scan->class[(uint8_t)*s] == DELIMITER;
    if (!more && start == s && part->field == 0 && (at_end || !scan->blank)) break; /* a blank line */
    const char *last = s;
    while (last > start && is_blank(last[-1], scan->delimiter)) last--;
    weeg_part_put(part, start, (size_t)(last - start));
    if (more) {
      s++;
      continue;
    }
    if (!weeg_part_end(part)) return NULL;
    break;
  }
  if (s == to) return to;
  return s[0] == '\r' && to - s > 1 && s[1] == '\n' ? s + 2 : s + 1;
}

void weeg_part_read_plain(weeg_part *part) {
  plain_scan scan = {.delimiter = part->plan->delimiter, .blank = part->plan->columns == 1, .to = part->to};
  scan.class['\r'] = scan.class['\n'] = ENDING;
  scan.class[(uint8_t)scan.delimiter] = DELIMITER;
  const char *s = part->from;
  while (s != NULL && s < part->to) s = read_record(part, &scan, s);
}
