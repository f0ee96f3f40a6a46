/*
 * The fields of a part, one after the other, where records are not of the usual shape (usual.c). Those without quotes, and those
 * of which the quotes are the first character and the last, are found here; a record with any other quote is libcsv's, which
 * knows whether it is an error. The rules are libcsv's: blanks around a field do not count, CR and LF each end a record, blank
 * lines are none.
 */
#include "base/bits.h"
#include "io/reader.h"

/* Bytes that are handed to libcsv together, at least; and that are read here before usual records are looked for again. */
enum { LIBCSV_BYTES = 1024, LEAST_HERE = 256, MOST_HERE = 8192 };

typedef struct field_scan {
  char delimiter, quote;
  bool blank;          /* blank lines are records */
  marks_look *look;
  const char *to;
  const char *enough;  /* no record that begins here or later is read */
  const char *record;  /* where the record at hand begins */
  const char *start;   /* of the field at hand */
  const char *opened;  /* behind its first quote, or NULL */
  const char *closed;  /* its second one, or NULL */
} field_scan;

/* A field has no delimiter in it, whatever that is. */
WEEG_INLINE bool is_blank(char c) { return c == ' ' || c == '\t'; }

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

typedef enum scan_end { GO_ON, ODD, STOP, ENOUGH } scan_end;

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
  return at + 1 < scan->enough ? GO_ON : ENOUGH;
}

/* Reads from s on, until the end, or enough, or a record that is libcsv's, of which nothing is then kept. */
static scan_end scan_fields(weeg_part *part, field_scan *state, const char *s) {
  field_scan scan = *state; /* of which the compiler sees that nothing else points to it */
  scan_end end = GO_ON;
  begin_record(part, &scan, s);
  for (const char *block = s; block < scan.to && end == GO_ON; block += WEEG_MARK_BLOCK) {
    mark_bits b;
    scan.look(block, 1, scan.delimiter, scan.quote, &b);
    uint64_t marks = b.delimiter | b.lf | b.cr | b.quote;
    if (scan.to - block < WEEG_MARK_BLOCK) marks &= ((uint64_t)1 << (scan.to - block)) - 1;
    for (; marks != 0 && end == GO_ON; marks &= marks - 1) end = take_mark(part, &scan, block + weeg_i_first_bit(marks));
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

/* Records of any shape, some of them; returns where the next one begins, or NULL: stop. */
static const char *scan_some(weeg_part *part, field_scan *scan, const char *s) {
  switch (scan_fields(part, scan, s)) {
  case ODD: return by_libcsv(part, scan);
  case ENOUGH: return scan->record;
  case STOP: return NULL;
  default: return scan->to;
  }
}

void weeg_i_part_scan(weeg_part *part) {
  marks_kind kinds[WEEG_MARKS_KINDS];
  const int count = weeg_i_marks_kinds(kinds);
  const marks_kind *kind = &kinds[part->dialect->kind < count ? part->dialect->kind : count - 1];
  field_scan scan = {.delimiter = part->dialect->delimiter, .quote = part->dialect->quote, .blank = part->dialect->columns == 1,
                     .look = kind->look, .to = part->to};
  const bool usual = weeg_i_part_is_usual(part);
  int64_t here = LEAST_HERE;
  for (const char *s = part->from; s != NULL && s < part->to;) {
    const char *from = s;
    if (usual) s = weeg_i_part_scan_usual(part, s, kind);
    if (s == NULL) break;
    here = s > from ? LEAST_HERE : here < MOST_HERE ? 2 * here : MOST_HERE; /* where most are not, less is looked at in vain */
    scan.enough = usual && part->to - s > here ? s + here : part->to;
    if (s < part->to) s = scan_some(part, &scan, s);
  }
}
