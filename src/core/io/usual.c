/*
 * Records of the usual shape: as many fields as there are columns, quotes around whole fields only, each on a line of its own.
 * Ends of fields are listed first (marks.c); then one wanted column after the other is read, of many records. What is not usual
 * is left to scan.c, from the beginning of its record on; what is wrong, too, which it then finds and notes.
 */
#include <math.h>
#include <string.h>

#include "base/bits.h"
#include "base/memory.h"
#include "io/marks.h"
#include "io/reader.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define WEEG_LITTLE_ENDIAN 1
#else
#define WEEG_LITTLE_ENDIAN 0
#endif

/* Some records of a part. */
typedef struct usual_records {
  weeg_part *part;
  const char *from;
  const field_marks *m;
  int columns, count;  /* count: records */
} usual_records;

/* ---- fields ---- */

WEEG_INLINE bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The text of a field: without the CR of the line, and without quotes or blanks around it. */
static const char *trim(const weeg_dialect *dialect, const char *s, size_t *n) {
  const char *end = s + *n;
  if (end > s && end[-1] == '\r') end--;
  if (end > s && *s == dialect->quote) {
    *n = (size_t)(end - s - 2);
    return s + 1;
  }
  while (s < end && is_blank(*s)) s++;
  while (s < end && is_blank(end[-1])) end--;
  *n = (size_t)(end - s);
  return s;
}

/* ---- texts ---- */

/* The first bytes of a text, with zeros behind a shorter one. */
WEEG_INLINE uint64_t first_bytes(const char *s, size_t n) {
#if WEEG_LITTLE_ENDIAN
  static const uint64_t mask[9] = {0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff,
                                   0xffffffffffffffff};
  uint64_t head;
  memcpy(&head, s, sizeof head);
  return head & mask[n];
#else
  return weeg_i_head(s, n);
#endif
}

/*
 * Texts of 1 to 16 bytes again, each in one of the two places that it can have: two words and a length say whether it is there,
 * of which a text of up to eight bytes has no second word. Whoever knows the factor can make up texts that share their places.
 * Those are found where all are, by a secret.
 */
enum { NEAR_LONGEST = 16, NEAR_LEAST = 8, NEAR_MOST = 13 };

WEEG_INLINE uint64_t near_place(int shift, uint64_t head, uint64_t tail) {
  return weeg_i_place(head + 2 * tail, 64 - shift);
}

/* Room for texts in many more places than there are texts, while these are few. False: no memory. */
static bool make_near(weeg_part_field *field) {
  int bits = NEAR_LEAST;
  while (bits < NEAR_MOST && (int64_t)1 << bits < 8 * ((int64_t)field->strings.levels + 1)) bits++;
  if (field->near != NULL && field->near_shift <= 64 - bits) return true;
  weeg_free(field->near);
  field->near = weeg_i_alloc((int64_t)1 << bits, sizeof *field->near);
  field->near_shift = 64 - bits;
  return field->near != NULL;
}

/* The code of a text that is not in its place: it is in the next one, or comes into one of them, if one is free. Or -1. */
static int32_t other_code(weeg_part *part, weeg_part_field *field, const char *s, size_t n) {
  const bool is_near = n - 1 < NEAR_LONGEST;
  const uint64_t head = is_near ? weeg_i_head(s, n) : 0, tail = is_near && n > 8 ? weeg_i_tail(s, n) : 0;
  if (is_near && field->near != NULL) {
    const weeg_string_slot *near = &field->near[near_place(field->near_shift, head, tail) ^ 1];
    if (near->head == head && near->tail == tail && near->length == n) return near->code;
  }
  weeg_problem problem;
  const int32_t code = weeg_i_part_code(part, field, s, n, &problem);
  const bool memory = problem != WEEG_PROBLEM_MEMORY && make_near(field);
  if (!memory) part->fatal.problem = WEEG_PROBLEM_MEMORY;
  if (!memory || code < 0) return -1;
  weeg_string_slot *near = &field->near[near_place(field->near_shift, head, tail)];
  if (near->length != 0) near = &field->near[near_place(field->near_shift, head, tail) ^ 1];
  if (is_near && near->length == 0) *near = (weeg_string_slot){head, tail, 0, (uint32_t)n, code};
  return code;
}

/* The code of a text of 1 to 16 bytes if it is in its place, else -1. */
WEEG_INLINE int32_t near_code(const weeg_string_slot *near, int shift, const char *s, size_t n) {
  if (n <= 8) {
    const uint64_t head = first_bytes(s, n);
    near += near_place(shift, head, 0);
    return near->head == head && near->length == n ? near->code : -1;
  }
  const uint64_t head = weeg_i_head(s, 8), tail = weeg_i_tail(s, n);
  near += near_place(shift, head, tail);
  return near->head == head && near->tail == tail && near->length == n ? near->code : -1;
}

/* Records whose text of a column has a code: all, or those before one that is not usual. */
WEEG_INLINE int read_texts(const usual_records *u, weeg_part_field *field, int column, bool plain) {
  static const weeg_string_slot nothing[2];
  const size_t columns = (size_t)u->columns;
  const uint16_t *start = u->m->start + column, *const end = start + columns * (size_t)u->count;
  const char *const from = u->from;
  int32_t *const codes = field->codes + u->part->rows, *to = codes;
  const weeg_string_slot *near = field->near == NULL ? nothing : field->near;
  int shift = field->near == NULL ? 63 : field->near_shift;
  for (; start != end; start += columns) {
    size_t n = (size_t)start[1] - start[0] - 1;
    const char *s = from + start[0];
    if (!plain) s = trim(u->part->dialect, s, &n);
    int32_t code = n - 1 < NEAR_LONGEST ? near_code(near, shift, s, n) : -1;
    if (code < 0) {
      code = other_code(u->part, field, s, n);
      if (code < 0) break;
      near = field->near;
      shift = field->near_shift;
    }
    *to++ = code;
  }
  return (int)(to - codes);
}

/* ---- numbers ---- */

/* Digits in the first up to eight bytes, of which bytes of 0 stand before them: 10 times as much each, in three steps. */
WEEG_INLINE uint64_t value_of(uint64_t digits) {
  const uint64_t pairs = digits * 10 + (digits >> 8), first = pairs & 0x000000ff000000ffu;
  const uint64_t second = (pairs >> 16) & 0x000000ff000000ffu;
  return (first * 0x000f424000000064u + second * 0x0000271000000001u) >> 32;
}

/* Whether all eight bytes are from 0 to 9. */
WEEG_INLINE bool are_digits(uint64_t x) { return (((x + 0x7676767676767676u) | x) & 0x8080808080808080u) == 0; }

/* Eight bytes as digits; other characters become something else. */
WEEG_INLINE uint64_t digits_at(const char *s) {
  uint64_t x;
  memcpy(&x, s, sizeof x);
  return x ^ 0x3030303030303030u;
}

/* Takes the first of eight bytes that is `mark` out of them, and shifts those before it; the bytes behind it, or -1: none is. */
WEEG_INLINE int take_out(uint64_t *x, uint64_t mark) {
  const uint64_t other = *x ^ mark, found = (other - 0x0101010101010101u) & ~other & 0x8080808080808080u;
  if (found == 0) return -1;
  const uint64_t before = ((found & (0 - found)) >> 7) - 1; /* all bits below the byte */
  const int behind = 7 - (weeg_i_first_bit(found) >> 3);
  *x = (*x & before) << 8 | (*x & ~(before << 8 | 0xff));
  return behind;
}

static const double power[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/* The same where the mark is among the first of 9 to 16 bytes, or there is none. */
static bool read_long(const char *s, size_t n, uint64_t mark, uint64_t *value, int *behind) {
  uint64_t low = digits_at(s + n - 8), high = digits_at(s) << 8 * (16 - n), factor = 100000000u;
  *behind = take_out(&low, mark);
  if (*behind >= 0) {
    factor = 10000000u;
  } else {
    *behind = take_out(&high, mark);
    if (*behind >= 0) *behind += 8;
  }
  *value = value_of(high) * factor + value_of(low);
  return are_digits(low) && are_digits(high) && *value <= (uint64_t)1 << 53;
}

/* Digits with at most one decimal mark, and perhaps a minus: of 2 to 16 bytes. False: it is something else. */
WEEG_INLINE bool read_digits(const char *s, size_t n, uint64_t mark, double *x) {
  uint64_t value;
  int behind;
  const bool negative = *s == '-';
  if (negative) {
    s++;
    if (--n < 2) return false; /* the mark alone would be taken out, and leave nothing */
  }
  if (n <= 8) {
    uint64_t low = digits_at(s) << (64 - 8 * n);
    behind = take_out(&low, mark);
    if (!are_digits(low)) return false;
    value = value_of(low);
  } else if (!read_long(s, n, mark, &value, &behind)) {
    return false;
  }
  /* both are exact doubles, so one rounding: Clinger (1990) */
  double whole = (double)(int64_t)value;
  if (behind > 0) whole /= power[behind];
  *x = negative ? -whole : whole;
  return true;
}

/*
 * How numbers of some length are written in a column: where the mark is, as a bit of each byte, and which bytes stand before it
 * and behind it. Most numbers of a length are written like the one before.
 */
typedef struct number_layout {
  uint64_t marked, before, behind; /* marked: all bits while nothing is known, so that nothing is so written */
  double divisor;
} number_layout;

enum { LAYOUT_LONGEST = 8 };

/* A number of up to eight bytes that is written so; false: it is not. */
WEEG_INLINE bool read_like(const number_layout *layout, const char *s, size_t n, uint64_t mark, double *x) {
  const uint64_t found = digits_at(s) << (64 - 8 * n);
  if (((found ^ mark) & layout->marked) != 0) return false;
  const uint64_t digits = (found & layout->before) << 8 | (found & layout->behind);
  if (!are_digits(digits)) return false;
  *x = (double)(int64_t)value_of(digits) / layout->divisor; /* as in read_digits() */
  return true;
}

/* The layout of a number of up to eight bytes that read_digits() has read. */
static void learn_layout(number_layout *layout, const char *s, size_t n, uint64_t mark) {
  uint64_t digits = digits_at(s) << (64 - 8 * n);
  const int behind = take_out(&digits, mark);
  if (behind < 0) {
    *layout = (number_layout){0, 0, ~(uint64_t)0, 1};
  } else {
    const uint64_t first = (uint64_t)1 << 8 * (7 - behind), marked = first * 0xff;
    *layout = (number_layout){marked, first - 1, ~((first - 1) | marked), power[behind]};
  }
}

/* A number, or missing, that is not written as the one before of its length; false: it is not usual. */
static bool read_other(const usual_records *u, const char *s, size_t n, uint64_t mark, number_layout *layouts, double *x) {
  const bool quick = WEEG_LITTLE_ENDIAN && !u->part->dialect->missing_number;
  if (quick && n - 2 < 15 && read_digits(s, n, mark, x)) {
    if (n <= LAYOUT_LONGEST && *s != '-') learn_layout(&layouts[n], s, n, mark);
    return true;
  }
  return weeg_i_part_number(u->part, s, n, x) == WEEG_PROBLEM_NONE;
}

/* Records whose field of a column is a number, or missing: all, or those before one that is not. */
WEEG_INLINE int read_numbers(const usual_records *u, weeg_part_field *field, int column, bool plain) {
  const weeg_dialect *dialect = u->part->dialect;
  const uint64_t mark = (uint64_t)((unsigned char)dialect->decimal ^ '0') * 0x0101010101010101u;
  const size_t columns = (size_t)u->columns, most = WEEG_LITTLE_ENDIAN && !dialect->missing_number ? LAYOUT_LONGEST : 0;
  const uint16_t *start = u->m->start + column, *const end = start + columns * (size_t)u->count;
  const char *const from = u->from;
  double *const numbers = field->numbers + u->part->rows, *to = numbers;
  number_layout layouts[LAYOUT_LONGEST + 1];
  for (int n = 0; n <= LAYOUT_LONGEST; n++) layouts[n] = (number_layout){~(uint64_t)0, 0, ~(uint64_t)0, 1};
  layouts[1].marked = 0; /* one digit */
  for (; start != end; start += columns, to++) {
    size_t n = (size_t)start[1] - start[0] - 1;
    const char *s = from + start[0];
    if (!plain) s = trim(dialect, s, &n);
    if (n - 1 < most && read_like(&layouts[n], s, n, mark, to)) continue;
    if (!read_other(u, s, n, mark, layouts, to)) break;
  }
  return (int)(to - numbers);
}

/* ---- records ---- */

/* How many of the listed records have as many fields as columns: the first ones. */
static int count_records(const char *from, const field_marks *m, int columns) {
  const int whole = m->count / columns;
  int count = 0;
  for (const uint16_t *next = m->start + columns; count < whole && from[*next - 1] == '\n'; next += columns) count++;
  if (count == whole && m->lines == whole) return whole; /* so that no other end of a field is that of a line */
  for (int i = 0; i < count; i++) {
    for (int c = 1; c < columns; c++) {
      if (from[m->start[i * columns + c] - 1] == '\n') return i;
    }
  }
  return count;
}

typedef int read_column(const usual_records *u, weeg_part_field *field, int column);

/* By which a column is read: of texts or numbers, where fields have quotes, blanks or CR around them and where not. */
typedef struct column_readers {
  read_column *texts[2], *numbers[2]; /* [plain] */
} column_readers;

/* Each a function of its own, so that its loop has the registers. */
#define WEEG_READERS(name, target)                                                                                             \
  target static int name##_texts(const usual_records *u, weeg_part_field *f, int c) { return read_texts(u, f, c, false); }     \
  target static int name##_plain_texts(const usual_records *u, weeg_part_field *f, int c) { return read_texts(u, f, c, true); } \
  target static int name##_numbers(const usual_records *u, weeg_part_field *f, int c) { return read_numbers(u, f, c, false); } \
  target static int name##_plain_numbers(const usual_records *u, weeg_part_field *f, int c) {                                  \
    return read_numbers(u, f, c, true);                                                                                        \
  }                                                                                                                            \
  static const column_readers name = {{name##_texts, name##_plain_texts}, {name##_numbers, name##_plain_numbers}};

#if WEEG_HAS_TARGETS
WEEG_READERS(newer, __attribute__((target("bmi,bmi2,popcnt"))))
#endif
WEEG_READERS(older, )

/* Reads the wanted columns of the listed records, up to one that is not usual. */
static void read_columns(usual_records *u, const column_readers *by) {
  const weeg_dialect *dialect = u->part->dialect;
  for (int c = 0; c < u->columns && u->count > 0; c++) {
    const int32_t wanted = dialect->wanted[c];
    if (wanted < 0) continue;
    read_column *const read = (dialect->fields[wanted].numbers ? by->numbers : by->texts)[u->m->plain];
    u->count = read(u, &u->part->fields[wanted], c);
  }
}

bool weeg_i_part_is_usual(const weeg_part *part) {
  const weeg_dialect *dialect = part->dialect;
  return dialect->columns > 1 && dialect->columns <= WEEG_MARK_BYTES && dialect->max_field >= WEEG_MARK_BYTES;
}

const char *weeg_i_part_scan_usual(weeg_part *part, const char *from, const marks_kind *kind) {
  const weeg_dialect *dialect = part->dialect;
  const column_readers *by = &older;
  field_marks m;
#if WEEG_HAS_TARGETS
  if (kind->newer) by = &newer;
#endif
  while (from < part->to) {
    weeg_i_marks_find(from, part->to, dialect->delimiter, dialect->quote, kind, &m);
    usual_records u = {part, from, &m, dialect->columns, count_records(from, &m, dialect->columns)};
    const int whole = u.count;
    if (whole == 0) break;
    bool room = weeg_i_part_begin_rows(part, whole, m.start[whole * u.columns]);
    if (room) read_columns(&u, by);
    room = room && part->fatal.problem == WEEG_PROBLEM_NONE && weeg_i_part_end_rows(part, u.count);
    if (!room) {
      part->fatal = (weeg_trouble){WEEG_PROBLEM_MEMORY, 0, part->record};
      return NULL;
    }
    from += m.start[u.count * u.columns];
    if (u.count < whole) break;
  }
  return from;
}
