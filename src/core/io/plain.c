/*
 * A part without quotes: fields end at the next delimiter or end of line, so libcsv's states are not needed. The rules are
 * libcsv's: blanks around a field do not count, CR and LF each end a record, blank lines are none.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "io/reader.h"
#include "vector.h"

enum { BLOCK = 64 };

typedef struct plain_scan {
  char delimiter;
  bool blank;       /* blank lines are records */
  const char *to;
} plain_scan;

WEEG_INLINE bool is_blank(char c, char delimiter) { return (c == ' ' || c == '\t') && c != delimiter; }

/* A bit for every delimiter, CR and LF of 64 bytes. */
WEEG_INLINE uint64_t marks_of(const char *s, char delimiter) {
  uint64_t marks = 0;
#ifdef __SSE2__
  const __m128i d = _mm_set1_epi8(delimiter), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
  for (int i = 0; i < BLOCK; i += 16) {
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(s + i));
    const __m128i any = _mm_or_si128(_mm_cmpeq_epi8(x, d), _mm_or_si128(_mm_cmpeq_epi8(x, lf), _mm_cmpeq_epi8(x, cr)));
    marks |= (uint64_t)(uint32_t)_mm_movemask_epi8(any) << i;
  }
#else
  for (int i = 0; i < BLOCK; i++) marks |= (uint64_t)(s[i] == delimiter || s[i] == '\n' || s[i] == '\r') << i;
#endif
  return marks;
}

WEEG_INLINE int first_mark(uint64_t marks) {
#ifdef __GNUC__
  return __builtin_ctzll(marks);
#else
  int at = 0;
  while ((marks >> at & 1) == 0) at++;
  return at;
#endif
}

/* A field from start to end; only those that are wanted or long are looked at. */
WEEG_INLINE void put(weeg_part *part, const plain_scan *scan, const char *start, const char *end) {
  const int32_t field = part->field;
  if (field < part->plan->columns && part->plan->wanted[field] < 0 && end - start <= part->plan->max_field) {
    part->field++;
    return;
  }
  while (start < end && is_blank(*start, scan->delimiter)) start++;
  while (start < end && is_blank(end[-1], scan->delimiter)) end--;
  weeg_part_put(part, start, (size_t)(end - start));
}

/* The end of a line, or of the part; false: stop. */
WEEG_INLINE bool end_line(weeg_part *part, const plain_scan *scan, const char *start, const char *end) {
  if (part->field == 0) {
    const char *s = start;
    while (s < end && is_blank(*s, scan->delimiter)) s++;
    if (s == end && (end == scan->to || !scan->blank)) return true;
  }
  put(part, scan, start, end);
  return weeg_part_end(part);
}

void weeg_part_read_plain(weeg_part *part) {
  const plain_scan scan = {part->plan->delimiter, part->plan->columns == 1, part->to};
  const char *start = part->from;
  for (const char *block = part->from; block < scan.to; block += BLOCK) {
    uint64_t marks = marks_of(block, scan.delimiter);
    if (scan.to - block < BLOCK) marks &= ((uint64_t)1 << (scan.to - block)) - 1;
    for (; marks != 0; marks &= marks - 1) {
      const char *at = block + first_mark(marks);
      if (*at == scan.delimiter) {
        put(part, &scan, start, at);
      } else if (*at == '\n' && start == at && at > part->from && at[-1] == '\r') {
        /* the second half of CR LF */
      } else {
        part->lines++;
        if (!end_line(part, &scan, start, at)) return;
      }
      start = at + 1;
    }
  }
  if (start < scan.to || part->field > 0) (void)end_line(part, &scan, start, scan.to); /* "1," has an empty field behind it */
}
