/*
 * The fields of a part. Those without quotes, and those of which the quotes are the first character and the last, are found
 * here, many bytes at a time; a record with any other quote is libcsv's, which knows whether it is an error. The rules are
 * libcsv's: blanks around a field do not count, CR and LF each end a record, blank lines are none.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/vector.h"
#include "io/reader.h"

/* Bytes that are looked at together, and that are handed to libcsv together, at least. */
enum { BLOCK = 64, LIBCSV_BYTES = 1024 };

typedef struct field_scan {
  char delimiter, quote;
  bool blank;          /* blank lines are records */
  const char *to;
  const char *record;  /* where the record at hand begins */
  const char *start;   /* of the field at hand */
  const char *opened;  /* behind its first quote, or NULL */
  const char *closed;  /* its second one, or NULL */
} field_scan;

/* A field has no delimiter in it, whatever that is. */
WEEG_INLINE bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* A bit for every delimiter, quote, CR and LF of 64 bytes. */
WEEG_INLINE uint64_t marks_of(const char *s, char delimiter, char quote) {
  uint64_t marks = 0;
#ifdef __SSE2__
  const __m128i d = _mm_set1_epi8(delimiter), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
  const __m128i q = _mm_set1_epi8(quote);
  for (int i = 0; i < BLOCK; i += 16) {
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(s + i));
    const __m128i field = _mm_or_si128(_mm_cmpeq_epi8(x, d), _mm_cmpeq_epi8(x, q));
    const __m128i any = _mm_or_si128(field, _mm_or_si128(_mm_cmpeq_epi8(x, lf), _mm_cmpeq_epi8(x, cr)));
    marks |= (uint64_t)(uint32_t)_mm_movemask_epi8(any) << i;
  }
#else
  for (int i = 0; i < BLOCK; i++) {
    marks |= (uint64_t)(s[i] == delimiter || s[i] == quote || s[i] == '\n' || s[i] == '\r') << i;
  }
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

WEEG_INLINE bool all_blank(const char *s, const char *to) {
  while (s < to && is_blank(*s)) s++;
  return s == to;
}

/* The field at hand, which ends at `end`; only those that are wanted or long are looked at. */
WEEG_INLINE void put(weeg_part *part, const field_scan *scan, const char *end) {
  const int32_t field = part->field;
  const char *start = scan->start;
  if (field < part->dialect->columns && part->dialect->wanted[field] < 0 && end - start <= part->dialect->max_field) {
    part->field++;
    return;
  }
  if (scan->closed != NULL) {
    weeg_i_part_put(part, scan->opened, (size_t)(scan->closed - scan->opened));
    return;
  }
  while (start < end && is_blank(*start)) start++;
  while (start < end && is_blank(end[-1])) end--;
  weeg_i_part_put(part, start, (size_t)(end - start));
}

/* A quote; false: the record is libcsv's. */
WEEG_INLINE bool take_quote(field_scan *scan, const char *at) {
  if (scan->closed != NULL) return false;
  if (scan->opened != NULL) {
    scan->closed = at;
    return true;
  }
  scan->opened = at + 1;
  return all_blank(scan->start, at);
}

/* The end of a line, or of the part; false: stop. */
WEEG_INLINE bool end_line(weeg_part *part, field_scan *scan, const char *end) {
  if (part->field == 0 && scan->opened == NULL && (end == scan->to || !scan->blank) &&
      all_blank(scan->start, end)) {
    return true;
  }
  put(part, scan, end);
  return weeg_i_part_end(part);
}

WEEG_INLINE void begin_field(field_scan *scan, const char *start) {
  scan->start = start;
  scan->opened = scan->closed = NULL;
}

WEEG_INLINE void begin_record(weeg_part *part, field_scan *scan, const char *start) {
  begin_field(scan, start);
  scan->record = start;
  part->begun = part->lines;
}

typedef enum scan_end { GO_ON, ODD, STOP } scan_end;

/* What a mark means. */
WEEG_INLINE scan_end take_mark(weeg_part *part, field_scan *scan, const char *at) {
  const char c = *at;
  if (c == scan->quote) return take_quote(scan, at) ? GO_ON : ODD;
  const bool within = scan->opened != NULL && scan->closed == NULL;
  if (c == scan->delimiter) {
    if (within) return GO_ON;
    if (scan->closed != NULL && !all_blank(scan->closed + 1, at)) return ODD;
    put(part, scan, at);
    begin_field(scan, at + 1);
    return GO_ON;
  }
  const bool second_half = c == '\n' && at > part->from && at[-1] == '\r';
  part->lines += !second_half;
  if (within) return GO_ON;
  if (scan->closed != NULL && !all_blank(scan->closed + 1, at)) return ODD;
  if (!(second_half && scan->record == at) && !end_line(part, scan, at)) return STOP;
  begin_record(part, scan, at + 1);
  return GO_ON;
}

/* Reads from s on, until the end or a record that is libcsv's, of which nothing is then kept. */
static scan_end scan_fields(weeg_part *part, field_scan *state, const char *s) {
  field_scan scan = *state; /* of which the compiler sees that nothing else points to it */
  scan_end end = GO_ON;
  begin_record(part, &scan, s);
  for (const char *block = s; block < scan.to && end == GO_ON; block += BLOCK) {
    uint64_t marks = marks_of(block, scan.delimiter, scan.quote);
    if (scan.to - block < BLOCK) marks &= ((uint64_t)1 << (scan.to - block)) - 1;
    for (; marks != 0 && end == GO_ON; marks &= marks - 1) end = take_mark(part, &scan, block + first_mark(marks));
  }
  if (end == GO_ON) { /* without an end of line at the end; "1," has an empty field behind it */
    const bool whole = scan.opened == NULL || (scan.closed != NULL && all_blank(scan.closed + 1, scan.to));
    end = !whole ? ODD : end_line(part, &scan, scan.to) ? GO_ON : STOP;
  }
  *state = scan;
  return end;
}

/* Hands libcsv the record at hand and some after it; where the next one begins, or NULL: stop. */
static const char *by_libcsv(weeg_part *part, const field_scan *scan) {
  const char *from = scan->record, *to = scan->to;
  if (to - from > LIBCSV_BYTES) {
    const int64_t quotes = weeg_i_count_byte(from, from + LIBCSV_BYTES, scan->quote);
    to = weeg_i_next_record(from + LIBCSV_BYTES, to, quotes, scan->quote, '\n');
  }
  part->field = 0;
  part->now.problem = WEEG_PROBLEM_NONE;
  part->lines = part->begun + weeg_i_count_lines(from, to);
  return weeg_i_part_read_quoted(part, from, to) ? to : NULL;
}

void weeg_i_part_scan(weeg_part *part) {
  field_scan scan = {.delimiter = part->dialect->delimiter, .quote = part->dialect->quote, .blank = part->dialect->columns == 1,
                     .to = part->to};
  const char *s = part->from;
  scan_end end = ODD;
  while (s != NULL && s < part->to && end == ODD) {
    end = scan_fields(part, &scan, s);
    if (end == ODD) s = by_libcsv(part, &scan);
  }
}
