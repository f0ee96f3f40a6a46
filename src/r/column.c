/* Turning R vectors into coded columns: distinct values numbered in order of appearance, then renumbered. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/parallel.h"
#include "base/vector.h"
#include "glue.h"

/*
 * Codes in the narrowest type that fits, widened when a new value makes it too small: most categorical variables take a
 * byte a row. Distinct values are numbered by their bits.
 */
typedef struct coder {
  R_xlen_t rows;
  int width;         /* bytes per code: 1, 2 or 4 */
  SEXP codes;        /* RAWSXP, or INTSXP when width is 4 */
  PROTECT_INDEX codes_index;
  uint64_t missing_key;
  weeg_numbering *numbers; /* released by R, should something jump */
  uint64_t *key;     /* [numbers->slots / 2 + 1] values in order of appearance; behind them the one that is looked up */
} coder;

static uint64_t hash_of(const void *owner, int32_t number, const weeg_secret *secret) {
  return weeg_i_scatter(secret, ((const coder *)owner)->key[number]);
}

static bool are_same(const void *owner, int32_t number, int32_t other) {
  const coder *c = owner;
  return c->key[number] == c->key[other];
}

static const weeg_keys keys_of = {hash_of, are_same};

static void release(SEXP pointer) {
  weeg_numbering *numbers = (weeg_numbering *)R_ExternalPtrAddr(pointer);
  if (numbers != NULL) weeg_i_numbering_clear(numbers);
}

static SEXP allocate_codes(R_xlen_t rows, int width) {
  return width == 4 ? Rf_allocVector(INTSXP, rows) : Rf_allocVector(RAWSXP, rows * width);
}

static void more_room(coder *c) {
  weeg_error err = {0};
  if (weeg_i_numbering_grow(c->numbers, &keys_of, c, &err) != WEEG_OK) Rf_error("%s", err.message);
  uint64_t *key = (uint64_t *)R_alloc((size_t)c->numbers->slots / 2 + 1, sizeof *key);
  if (c->numbers->count > 0) memcpy(key, c->key, (size_t)c->numbers->count * sizeof *key);
  c->key = key;
}

/* Protects two. */
static void start(coder *c, R_xlen_t rows, uint64_t missing_key) {
  *c = (coder){.rows = rows, .width = 1, .missing_key = missing_key};
  PROTECT_WITH_INDEX(c->codes = allocate_codes(rows, 1), &c->codes_index);
  SEXP bytes = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)sizeof *c->numbers)); /* which the pointer keeps */
  c->numbers = (weeg_numbering *)(void *)RAW(bytes);
  *c->numbers = (weeg_numbering){0};
  SEXP pointer = R_MakeExternalPtr(c->numbers, R_NilValue, bytes);
  UNPROTECT(1);
  PROTECT(pointer);
  R_RegisterCFinalizer(pointer, release);
  more_room(c);
}

static void widen(coder *c, R_xlen_t done) {
  const int width = c->width * 2;
  SEXP wide = PROTECT(allocate_codes(c->rows, width));
  for (R_xlen_t i = 0; i < done; i++) {
    if (width == 2) {
      ((uint16_t *)(void *)RAW(wide))[i] = RAW(c->codes)[i];
    } else {
      INTEGER(wide)[i] = ((uint16_t *)(void *)RAW(c->codes))[i];
    }
  }
  REPROTECT(c->codes = wide, c->codes_index);
  UNPROTECT(1);
  c->width = width;
}

/* The number of a value that is not in its first slot; a new one gets the next. `done` rows have codes. */
static uint32_t number_elsewhere(coder *c, uint64_t key, R_xlen_t done) {
  weeg_numbering *numbers = c->numbers;
  const int32_t before = numbers->count;
  if (2 * ((int64_t)before + 1) > numbers->slots) more_room(c);
  c->key[before] = key;
  const int32_t found = weeg_i_numbering_find(numbers, &keys_of, c);
  if (found == before && ((c->width == 1 && found == UINT8_MAX) || (c->width == 2 && found == UINT16_MAX))) widen(c, done);
  return (uint32_t)found + 1;
}

static inline uint32_t number_of(coder *c, uint64_t key, R_xlen_t done) {
  const weeg_numbering *numbers = c->numbers;
  const int32_t found = numbers->slot[weeg_i_scatter(&numbers->secret, key) & ((uint64_t)numbers->slots - 1)];
  return found != 0 && c->key[found - 1] == key ? (uint32_t)found : number_elsewhere(c, key, done);
}

static inline void put(coder *c, R_xlen_t row, uint32_t code) {
  switch (c->width) {
    case 2: ((uint16_t *)(void *)RAW(c->codes))[row] = (uint16_t)code; break;
    default: INTEGER(c->codes)[row] = (int)code;
  }
}

/* The bits of row `row`; of one that is missing those of the coder's missing_key. */
typedef uint64_t (*key_function)(const void *data, R_xlen_t row);

enum { ROWS_AT_A_TIME = 1024 };

#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

/* Numbers of rows start..end-1, then their codes: the first loop touches no R object, which makes it fast. */
static ALWAYS_INLINE void code_rows(coder *c, const void *data, key_function key_of, R_xlen_t start, R_xlen_t end) {
  uint32_t number[ROWS_AT_A_TIME];
  for (R_xlen_t from = start; from < end; from += ROWS_AT_A_TIME) {
    const R_xlen_t count = end - from < ROWS_AT_A_TIME ? end - from : ROWS_AT_A_TIME;
    for (R_xlen_t i = 0; i < count; i++) {
      const uint64_t key = key_of(data, from + i);
      number[i] = key == c->missing_key ? 0 : number_of(c, key, from);
    }
    uint8_t *bytes = c->width == 1 ? RAW(c->codes) + from : NULL;
    for (R_xlen_t i = 0; i < count && bytes != NULL; i++) bytes[i] = (uint8_t)number[i];
    for (R_xlen_t i = 0; i < count && bytes == NULL; i++) put(c, from + i, number[i]);
    if (from % (ROWS_AT_A_TIME * 256) == 0) R_CheckUserInterrupt(); /* R knows all memory here: a jump leaks nothing */
  }
}

/* ---- values that are known beforehand ---- */

/*
 * Threads only look them up. Rows with another value get the largest code that there is, which stands for what is unknown, and
 * are coded afterwards, in order. Codes have two bytes where values are many.
 */
enum { MOST_KNOWN = 1 << 11, LOOKUP_BITS = 9, TRIES = 16 };

/* Key and code side by side, and one multiplication, as there is a look-up for every row. */
typedef struct slot {
  uint64_t key;
  uint32_t code; /* 0: of missing values; of a free slot what is unknown */
  bool taken;
} slot;

typedef struct lookup {
  const void *data;
  void *codes;
  uint64_t multiplier;
  int bits;
  bool apart; /* each key is in its home */
  slot *slot; /* [2^bits] */
} lookup;

static inline uint32_t unknown_of(const coder *c) { return c->width == 1 ? UINT8_MAX : UINT16_MAX; }

/* Where the search for a key begins. Fibonacci hashing, by a secret number: Knuth (1998), volume 3, section 6.4. */
static inline uint64_t home_of(const lookup *l, uint64_t key) { return (key * l->multiplier) >> (64 - l->bits); }

static void put_key(lookup *l, uint64_t key, uint32_t code) {
  uint64_t s = home_of(l, key);
  l->apart = l->apart && !l->slot[s].taken;
  while (l->slot[s].taken) s = (s + 1) & (((uint64_t)1 << l->bits) - 1);
  l->slot[s] = (slot){key, code, true};
}

/* Few keys are all in their homes by one of some multipliers: no look-up then goes further than that. */
static void fill_lookup(lookup *l, const coder *c) {
  const int32_t count = c->numbers->count;
  const weeg_secret *secret = &c->numbers->secret;
  for (l->bits = LOOKUP_BITS; (1 << l->bits) < 4 * count; l->bits++) continue;
  const uint64_t slots = (uint64_t)1 << l->bits, pairs = (uint64_t)count * (uint64_t)count / 2;
  const uint64_t tries = pairs < 2 * slots ? TRIES : 1; /* the chance that all are apart is exp(-pairs / slots) */
  l->slot = (slot *)(void *)R_alloc((size_t)slots, sizeof *l->slot);
  for (uint64_t try = 0; try < tries && !l->apart; try++) {
    l->multiplier = weeg_i_scatter(secret, try + 1) | 1;
    l->apart = true;
    for (uint64_t s = 0; s < slots; s++) l->slot[s] = (slot){0, unknown_of(c), false};
    put_key(l, c->missing_key, 0);
    for (int32_t v = 0; v < count; v++) put_key(l, c->key[v], (uint32_t)v + 1);
  }
}

static ALWAYS_INLINE uint32_t look_up(const lookup *l, key_function key_of, int64_t row, bool apart, uint32_t unknown) {
  const uint64_t key = key_of(l->data, (R_xlen_t)row), last = ((uint64_t)1 << l->bits) - 1;
  uint64_t s = home_of(l, key);
  while (!apart && l->slot[s].key != key && l->slot[s].taken) s = (s + 1) & last;
  return l->slot[s].key == key ? l->slot[s].code : unknown;
}

static ALWAYS_INLINE weeg_status look_up_rows(const lookup *l, int64_t from, int64_t to, key_function key_of, bool apart,
                                              bool wide) {
  const lookup here = *l; /* codes are bytes, which could be those of anything */
  uint8_t *byte = l->codes;
  uint16_t *two = l->codes;
  for (int64_t i = from; i < to && !wide; i++) byte[i] = (uint8_t)look_up(&here, key_of, i, apart, UINT8_MAX);
  for (int64_t i = from; i < to && wide; i++) two[i] = (uint16_t)look_up(&here, key_of, i, apart, UINT16_MAX);
  return WEEG_OK;
}

/* The first row from `at` on whose value is unknown; rows where there is none. */
static R_xlen_t next_unknown(const coder *c, R_xlen_t at) {
  const R_xlen_t rows = c->rows;
  if (c->width == 1) {
    const uint8_t *code = RAW_RO(c->codes), *found = at < rows ? memchr(code + at, UINT8_MAX, (size_t)(rows - at)) : NULL;
    return found == NULL ? rows : found - code;
  }
  const uint16_t *code = (const uint16_t *)(const void *)RAW_RO(c->codes);
  while (at < rows && code[at] != UINT16_MAX) at++;
  return at;
}

/* Until the code of what is unknown is that of a value, from where on all rows are looked at. */
static ALWAYS_INLINE void code_unknown(coder *c, const void *data, key_function key_of) {
  for (R_xlen_t at = next_unknown(c, 0); at < c->rows; at = next_unknown(c, at + 1)) {
    const uint32_t number = number_of(c, key_of(data, at), at);
    if ((uint32_t)c->numbers->count >= unknown_of(c)) {
      code_rows(c, data, key_of, at, c->rows);
      return;
    }
    if (c->width == 1) RAW(c->codes)[at] = (uint8_t)number;
    else put(c, at, number);
  }
}

/* Loops over rows of one kind of values: of few that are apart, of others, of so many that codes have two bytes. */
typedef struct loops {
  weeg_chunk_function few, some, many;
} loops;

static ALWAYS_INLINE weeg_status code_all(coder *c, const void *data, const void *known, R_xlen_t known_count,
                                          key_function key_of, const loops *look, const weeg_hooks *hooks) {
  if (known_count > MOST_KNOWN) known_count = 0;
  for (R_xlen_t v = 0; v < known_count; v++) {
    const uint64_t key = key_of(known, v);
    if (key != c->missing_key) (void)number_of(c, key, 0);
  }
  if (known_count == 0) {
    code_rows(c, data, key_of, 0, c->rows);
    return WEEG_OK;
  }
  if (c->width == 1 && c->numbers->count >= UINT8_MAX) widen(c, 0);
  lookup l = {.data = data, .codes = RAW(c->codes)};
  fill_lookup(&l, c);
  const weeg_chunk_function body = c->width == 2 ? look->many : l.apart ? look->few : look->some;
  const weeg_status status = weeg_i_for_rows(c->rows, weeg_i_threads(hooks, c->rows), hooks, body, &l);
  if (status == WEEG_OK) code_unknown(c, data, key_of);
  return status;
}

static ALWAYS_INLINE uint64_t double_key(const void *data, R_xlen_t row) {
  const double value = ((const double *)data)[row] + 0; /* -0 is 0 */
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return isnan(value) ? UINT64_MAX : bits;
}

static ALWAYS_INLINE uint64_t integer_key(const void *data, R_xlen_t row) {
  return (uint64_t)(uint32_t)((const int *)data)[row];
}

static ALWAYS_INLINE uint64_t integer64_key(const void *data, R_xlen_t row) {
  return (uint64_t)((const int64_t *)data)[row]; /* bit64 keeps 64-bit integers in the bits of doubles */
}

static ALWAYS_INLINE uint64_t string_key(const void *data, R_xlen_t row) {
  return (uint64_t)(uintptr_t)((const SEXP *)data)[row]; /* R keeps one CHARSXP per string and encoding */
}

#define LOOK_UP(name, key_of, apart, wide)                                                     \
  static weeg_status name(void *ctx, int thread, int64_t from, int64_t to) {                   \
    (void)thread;                                                                              \
    return look_up_rows(ctx, from, to, key_of, apart, wide);                                   \
  }
#define LOOPS(name, key_of)                                                                    \
  LOOK_UP(few_##name, key_of, true, false)                                                     \
  LOOK_UP(some_##name, key_of, false, false)                                                   \
  LOOK_UP(many_##name, key_of, false, true)                                                    \
  static const loops look_up_##name = {few_##name, some_##name, many_##name};
LOOPS(doubles, double_key)
LOOPS(integers, integer_key)
LOOPS(integers64, integer64_key)
LOOPS(strings, string_key)

/* ---- whole numbers ---- */

/*
 * Many whole numbers of a range that is not wide, as those of PSUs are: those that occur are marked, then numbered by size.
 * Behind the places of the range are those of missing values and of all others.
 */
enum { MOST_SPAN = 1 << 20 };

typedef struct whole_range {
  const int *whole;    /* one of these two is the data */
  const double *number;
  double low, high;
  uint32_t span;
  uint8_t *seen;       /* [threads][span + 2] */
  uint32_t *code;      /* [span + 2] */
  void *codes;
  int width;
} whole_range;

static inline uint32_t place_of_integer(const whole_range *r, int value) {
  const uint32_t at = (uint32_t)value - (uint32_t)(int)r->low;
  return value == NA_INTEGER ? r->span : at < r->span ? at : r->span + 1;
}

static inline uint32_t place_of_double(const whole_range *r, double value) {
  const double inside = value >= r->low && value <= r->high ? value - r->low : 0;
  const uint32_t at = (uint32_t)(int32_t)inside;
  return isnan(value) ? r->span : r->low + (double)at == value ? at : r->span + 1;
}

static weeg_status mark_rows(void *ctx, int thread, int64_t from, int64_t to) {
  const whole_range *r = ctx;
  const whole_range here = *r; /* marks are bytes, which could be those of anything */
  uint8_t *seen = r->seen + (size_t)thread * ((size_t)r->span + 2);
  for (int64_t i = from; i < to && here.whole != NULL; i++) seen[place_of_integer(&here, here.whole[i])] = 1;
  for (int64_t i = from; i < to && here.whole == NULL; i++) seen[place_of_double(&here, here.number[i])] = 1;
  return WEEG_OK;
}

#define NUMBER_ROWS(type)                                                                                      \
  do {                                                                                                         \
    type *to_code = here.codes;                                                                                \
    for (int64_t i = from; i < to && here.whole != NULL; i++)                                                  \
      to_code[i] = (type)here.code[place_of_integer(&here, here.whole[i])];                                    \
    for (int64_t i = from; i < to && here.whole == NULL; i++)                                                  \
      to_code[i] = (type)here.code[place_of_double(&here, here.number[i])];                                    \
  } while (0)

static weeg_status number_rows(void *ctx, int thread, int64_t from, int64_t to) {
  const whole_range here = *(const whole_range *)ctx;
  (void)thread;
  switch (here.width) {
    case 1: NUMBER_ROWS(uint8_t); break;
    case 2: NUMBER_ROWS(uint16_t); break;
    default: NUMBER_ROWS(int32_t);
  }
  return WEEG_OK;
}

/* The range of what is known, and a little more; a span of 0 where it is too wide, or some are not whole. */
static whole_range range_of(SEXP x, SEXP known) {
  const bool integers = TYPEOF(x) == INTSXP;
  const double most = integers ? INT32_MAX : 0x1p51;
  whole_range r = {.whole = integers ? INTEGER_RO(x) : NULL, .number = integers ? NULL : REAL_RO(x), .low = most, .high = -most};
  for (R_xlen_t v = 0; v < Rf_xlength(known); v++) {
    const double value = integers ? INTEGER_RO(known)[v] : REAL_RO(known)[v];
    if (!(fabs(value) <= most) || value != floor(value)) return r;
    r.low = fmin(r.low, value);
    r.high = fmax(r.high, value);
  }
  const double more = floor((r.high - r.low) / 8) + 64;
  r.low = fmax(r.low - more, -most);
  r.high = fmin(r.high + more, most);
  if (r.high - r.low < MOST_SPAN) r.span = (uint32_t)(r.high - r.low) + 1;
  return r;
}

/* Numbers what was seen by size, and says how many there are; -1: some are not in the range. */
static int32_t number_seen(whole_range *r, int threads) {
  const size_t places = (size_t)r->span + 2;
  int32_t count = 0;
  for (size_t at = 0; at < places; at++) {
    uint8_t seen = 0;
    for (int t = 0; t < threads; t++) seen |= r->seen[(size_t)t * places + at];
    if (at == (size_t)r->span + 1 && seen != 0) return -1;
    r->code[at] = seen != 0 && at < r->span ? (uint32_t)++count : 0;
  }
  return count;
}

/* False where x is not such numbers; else its codes and their values, in a list. */
static bool code_whole(SEXP x, SEXP known, const weeg_hooks *hooks, SEXP result, weeg_status *status) {
  const R_xlen_t rows = Rf_xlength(x);
  const int threads = weeg_i_threads(hooks, rows);
  whole_range r = range_of(x, known);
  const size_t places = (size_t)r.span + 2;
  if (r.span == 0) return false;
  r.seen = (uint8_t *)R_alloc((size_t)threads * places, 1);
  memset(r.seen, 0, (size_t)threads * places);
  r.code = (uint32_t *)(void *)R_alloc(places, sizeof *r.code);
  *status = weeg_i_for_rows(rows, threads, hooks, mark_rows, &r);
  const int32_t count = *status == WEEG_OK ? number_seen(&r, threads) : 0;
  if (count < 0) return false;
  r.width = count <= UINT8_MAX ? 1 : count <= UINT16_MAX ? 2 : 4;
  SEXP codes = allocate_codes(rows, r.width);
  SET_VECTOR_ELT(result, 0, codes);
  r.codes = r.width == 4 ? (void *)INTEGER(codes) : (void *)RAW(codes);
  SET_VECTOR_ELT(result, 1, Rf_ScalarInteger(r.width));
  SEXP values = Rf_allocVector(TYPEOF(x), count);
  SET_VECTOR_ELT(result, 2, values);
  for (size_t at = 0; at < r.span; at++) {
    if (r.code[at] == 0) continue;
    if (TYPEOF(x) == INTSXP) INTEGER(values)[r.code[at] - 1] = (int)(r.low + (double)at);
    else REAL(values)[r.code[at] - 1] = r.low + (double)at;
  }
  if (*status == WEEG_OK) *status = weeg_i_for_rows(rows, threads, hooks, number_rows, &r);
  return true;
}

/* ---- what R calls ---- */

/* integer64: as text, because doubles hold no more than 53 bits. */
static SEXP distinct(const coder *c, SEXPTYPE type, bool integer64) {
  const int32_t count = c->numbers->count;
  SEXP values = PROTECT(Rf_allocVector(integer64 ? STRSXP : type, count));
  for (int32_t v = 0; v < count; v++) {
    char text[24];
    switch (type) {
      case INTSXP: INTEGER(values)[v] = (int)(uint32_t)c->key[v]; break;
      case REALSXP:
        if (integer64) {
          snprintf(text, sizeof text, "%" PRId64, (int64_t)c->key[v]);
          SET_STRING_ELT(values, v, Rf_mkChar(text));
        } else {
          memcpy(&REAL(values)[v], &c->key[v], sizeof c->key[v]);
        }
        break;
      default: SET_STRING_ELT(values, v, (SEXP)(uintptr_t)c->key[v]);
    }
  }
  UNPROTECT(1);
  return values;
}

static const void *elements(SEXP x) {
  switch (TYPEOF(x)) {
    case INTSXP: return INTEGER_RO(x);
    case LGLSXP: return LOGICAL_RO(x);
    case REALSXP: return REAL_RO(x);
    case STRSXP: return STRING_PTR_RO(x);
    default: return NULL;
  }
}

static uint64_t missing_key(SEXP x, bool integer64) {
  switch (TYPEOF(x)) {
    case REALSXP: return integer64 ? (uint64_t)INT64_MIN : UINT64_MAX;
    case STRSXP: return (uint64_t)(uintptr_t)NA_STRING;
    default: return (uint64_t)(uint32_t)NA_INTEGER;
  }
}

static void code_values(SEXP x, SEXP known, R_xlen_t count, const weeg_hooks *hooks, SEXP result, weeg_status *status) {
  const bool integer64 = Rf_inherits(x, "integer64");
  const void *data = elements(x), *from = elements(known);
  coder c;
  start(&c, Rf_xlength(x), missing_key(x, integer64));
  switch (TYPEOF(x)) {
    case INTSXP:
    case LGLSXP: *status = code_all(&c, data, from, count, integer_key, &look_up_integers, hooks); break;
    case REALSXP:
      if (integer64) *status = code_all(&c, data, from, count, integer64_key, &look_up_integers64, hooks);
      else *status = code_all(&c, data, from, count, double_key, &look_up_doubles, hooks);
      break;
    case STRSXP: *status = code_all(&c, data, from, count, string_key, &look_up_strings, hooks); break;
    default: break;
  }
  SET_VECTOR_ELT(result, 0, c.codes);
  SET_VECTOR_ELT(result, 1, Rf_ScalarInteger(c.width));
  SET_VECTOR_ELT(result, 2, distinct(&c, TYPEOF(x) == LGLSXP ? INTSXP : TYPEOF(x), integer64));
  weeg_i_numbering_clear(c.numbers);
  UNPROTECT(2);
}

/*
 * list(codes, width, values): values in the order of `known` (values of x, of its type, or NULL), then of appearance; many whole
 * numbers by size. Codes are 0 where missing. x: integer, double or character.
 */
SEXP glue_code(SEXP x, SEXP known, SEXP threads) {
  static const char *const names[] = {"codes", "width", "values"};
  const weeg_hooks hooks = glue_hooks(threads);
  const R_xlen_t count = TYPEOF(known) == TYPEOF(x) ? Rf_xlength(known) : 0;
  const bool number = TYPEOF(x) == INTSXP || (TYPEOF(x) == REALSXP && !Rf_inherits(x, "integer64"));
  weeg_status status = WEEG_OK;
  weeg_error err = {0};
  SEXP result = PROTECT(glue_list(3, names));
  if (!(number && count >= UINT8_MAX && code_whole(x, known, &hooks, result, &status))) {
    code_values(x, known, count, &hooks, result, &status);
  }
  if (status != WEEG_OK) {
    (void)weeg_fail(&err, status, -1, "stopped by the caller");
    result = glue_failure(&err);
  }
  UNPROTECT(1);
  return result;
}

/* Some elements of a long vector, spread over it: its distinct values, if these are few. NULL of a short vector. */
SEXP glue_some_values(SEXP x) {
  enum { LONG = 1 << 14, SOME = 1 << 12 };
  static const char *const names[] = {"codes", "width", "values"};
  const R_xlen_t rows = Rf_xlength(x);
  weeg_status status = WEEG_OK;
  if (rows <= LONG || elements(x) == NULL || Rf_inherits(x, "integer64")) return R_NilValue;
  SEXP some = PROTECT(Rf_allocVector(TYPEOF(x), SOME)), result = PROTECT(glue_list(3, names));
  const weeg_hooks hooks = {.threads = 1};
  for (int k = 0; k < SOME; k++) {
    const R_xlen_t at = (R_xlen_t)((double)(rows - 1) / (SOME - 1) * k);
    switch (TYPEOF(x)) {
      case REALSXP: REAL(some)[k] = REAL_RO(x)[at]; break;
      case STRSXP: SET_STRING_ELT(some, k, STRING_ELT(x, at)); break;
      default: INTEGER(some)[k] = ((const int *)elements(x))[at];
    }
  }
  code_values(some, R_NilValue, 0, &hooks, result, &status);
  UNPROTECT(2);
  return VECTOR_ELT(result, 2);
}

static inline int is_no_level(int code, unsigned levels) {
  return ((unsigned)code - 1u >= levels) & (code != NA_INTEGER); /* without a branch, for vector code */
}

WEEG_CLONED static int has_no_level(const int *code, R_xlen_t rows, unsigned levels) {
  int wrong = 0;
  _Pragma("omp simd reduction(|:wrong)")
  for (R_xlen_t i = 0; i < rows; i++) wrong |= is_no_level(code[i], levels);
  return wrong;
}

/* The first row, from 1, of a factor whose code is neither that of one of its levels nor missing; 0: none. */
SEXP glue_no_level(SEXP factor, SEXP levels) {
  const int *code = INTEGER_RO(factor);
  const unsigned count = (unsigned)Rf_asInteger(levels);
  const R_xlen_t rows = Rf_xlength(factor);
  R_xlen_t row = 0;
  if (has_no_level(code, rows, count) == 0) return Rf_ScalarReal(0);
  while (!is_no_level(code[row], count)) row++;
  return Rf_ScalarReal((double)row + 1);
}

/* Whether a sample of numbers, in runs of them, has one that is missing. */
SEXP glue_seems_missing(SEXP values) {
  enum { RUNS = 64, RUN = 16 };
  const R_xlen_t rows = Rf_xlength(values), run = rows < RUNS * RUN ? rows : RUN, runs = rows < RUNS * RUN ? 1 : RUNS;
  bool missing = false;
  if (TYPEOF(values) != INTSXP && TYPEOF(values) != REALSXP) glue_broken("the values of a number");
  for (R_xlen_t k = 0; k < runs; k++) {
    const R_xlen_t from = runs == 1 ? 0 : (rows - run) / (runs - 1) * k;
    for (R_xlen_t i = from; i < from + run; i++) {
      missing |= TYPEOF(values) == INTSXP ? INTEGER_RO(values)[i] == NA_INTEGER : ISNAN(REAL_RO(values)[i]) != 0;
    }
  }
  return Rf_ScalarLogical(missing);
}

/* Whose value each of some rows has: the place of the last one, `last`, where it is missing. */
static void places_of(const void *codes, int bytes, R_xlen_t from, int rows, int last, int *place) {
  const uint8_t *byte = codes;
  const uint16_t *two = codes;
  const int *whole = codes;
  for (int i = 0; i < rows; i++) {
    const int code = bytes == 1 ? byte[from + i] : bytes == 2 ? two[from + i] : whole[from + i];
    place[i] = code >= 1 && code <= last ? code - 1 : last;
  }
}

/* For each code that glue_code made, or a factor has, one of values: the last one where it is missing. */
SEXP glue_spread(SEXP codes, SEXP width, SEXP values) {
  const int bytes = Rf_asInteger(width), last = Rf_length(values) - 1;
  const void *from = bytes == 4 ? (const void *)INTEGER_RO(codes) : (const void *)RAW_RO(codes), *value = elements(values);
  const R_xlen_t rows = bytes == 4 ? Rf_xlength(codes) : Rf_xlength(codes) / bytes;
  SEXP result = PROTECT(Rf_allocVector(TYPEOF(values), rows));
  double *number = TYPEOF(values) == REALSXP ? REAL(result) : NULL;
  int *whole = TYPEOF(values) == INTSXP ? INTEGER(result) : TYPEOF(values) == LGLSXP ? LOGICAL(result) : NULL;
  for (R_xlen_t at = 0; at < rows; at += ROWS_AT_A_TIME) {
    const int count = rows - at < ROWS_AT_A_TIME ? (int)(rows - at) : ROWS_AT_A_TIME;
    int place[ROWS_AT_A_TIME];
    places_of(from, bytes, at, count, last, place);
    for (int i = 0; i < count && number != NULL; i++) number[at + i] = ((const double *)value)[place[i]];
    for (int i = 0; i < count && whole != NULL; i++) whole[at + i] = ((const int *)value)[place[i]];
    for (int i = 0; i < count && number == NULL && whole == NULL; i++) {
      SET_STRING_ELT(result, at + i, STRING_ELT(values, place[i]));
    }
  }
  UNPROTECT(1);
  return result;
}

/* The bytes of a domain: rows where a condition is TRUE, which are in another domain too, if that is not NULL. */
SEXP glue_inside(SEXP condition, SEXP domain) {
  const R_xlen_t rows = Rf_xlength(condition);
  const int *inside = LOGICAL_RO(condition);
  SEXP result = PROTECT(Rf_allocVector(RAWSXP, rows));
  const Rbyte *before = glue_domain(domain, rows);
  Rbyte *to = RAW(result);
  for (R_xlen_t i = 0; i < rows; i++) to[i] = inside[i] == TRUE;
  for (R_xlen_t i = 0; i < rows && before != NULL; i++) to[i] &= before[i] != 0;
  UNPROTECT(1);
  return result;
}

/* Renumbers codes in place: code k becomes number[k - 1] (0: missing). Only for codes that glue_code just made. */
SEXP glue_recode(SEXP codes, SEXP width, SEXP number) {
  const int bytes = Rf_asInteger(width);
  const R_xlen_t rows = bytes == 4 ? Rf_xlength(codes) : Rf_xlength(codes) / bytes;
  const int *to = INTEGER_RO(number);
  if (bytes == 1) {
    uint8_t map[UINT8_MAX + 1] = {0}, *code = RAW(codes);
    for (int k = 0; k < Rf_length(number); k++) map[k + 1] = (uint8_t)to[k];
    for (R_xlen_t i = 0; i < rows; i++) code[i] = map[code[i]];
  } else if (bytes == 2) {
    uint16_t *code = (uint16_t *)(void *)RAW(codes);
    for (R_xlen_t i = 0; i < rows; i++) code[i] = code[i] == 0 ? 0 : (uint16_t)to[code[i] - 1];
  } else {
    int *code = INTEGER(codes);
    for (R_xlen_t i = 0; i < rows; i++) code[i] = code[i] == 0 ? 0 : to[code[i] - 1];
  }
  return codes;
}
