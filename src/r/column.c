/* Turning R vectors into coded columns: distinct values numbered in order of appearance, then renumbered. */
#include <inttypes.h>
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
static void start(coder *c, R_xlen_t rows) {
  *c = (coder){.rows = rows, .width = 1};
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

/* The bits of row `row`; *missing is set for NA. */
typedef uint64_t (*key_function)(const void *data, R_xlen_t row, bool *missing);

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
      bool missing = false;
      const uint64_t key = key_of(data, from + i, &missing);
      number[i] = missing ? 0 : number_of(c, key, from);
    }
    uint8_t *bytes = c->width == 1 ? RAW(c->codes) + from : NULL;
    for (R_xlen_t i = 0; i < count && bytes != NULL; i++) bytes[i] = (uint8_t)number[i];
    for (R_xlen_t i = 0; i < count && bytes == NULL; i++) put(c, from + i, number[i]);
    if (from % (ROWS_AT_A_TIME * 256) == 0) R_CheckUserInterrupt(); /* R knows all memory here: a jump leaks nothing */
  }
}

/*
 * Where values are known beforehand, threads only look them up. Rows with another value get the code UNKNOWN, and their
 * blocks are coded afterwards, in order. Only for codes of one byte: a column with more values is seldom a category.
 */
enum { UNKNOWN = UINT8_MAX, LOOKUP_BITS = 9, LOOKUP_SLOTS = 1 << LOOKUP_BITS };

/* Key and number side by side, and one multiplication, as there is a look-up for every row; the values are fewer than UNKNOWN. */
typedef struct lookup {
  const void *data;
  uint8_t *code;  /* [rows] */
  uint64_t multiplier;
  struct {
    uint64_t key;
    uint32_t number; /* 0: free */
  } slot[LOOKUP_SLOTS];
} lookup;

/* Where the search for a key begins. Fibonacci hashing, by a secret number: Knuth (1998), volume 3, section 6.4. */
static inline uint64_t home_of(const lookup *l, uint64_t key) { return (key * l->multiplier) >> (64 - LOOKUP_BITS); }

static void fill_lookup(lookup *l, const coder *c) {
  l->multiplier = c->numbers->secret.first | 1;
  for (int32_t v = 0; v < c->numbers->count; v++) {
    uint64_t s = home_of(l, c->key[v]);
    while (l->slot[s].number != 0) s = (s + 1) % LOOKUP_SLOTS;
    l->slot[s].key = c->key[v];
    l->slot[s].number = (uint32_t)v + 1;
  }
}

static ALWAYS_INLINE weeg_status look_up(void *ctx, int64_t from, int64_t to, key_function key_of) {
  const lookup *l = ctx;
  for (int64_t i = from; i < to; i++) {
    bool missing = false;
    const uint64_t key = key_of(l->data, (R_xlen_t)i, &missing);
    uint64_t s = home_of(l, key);
    while (l->slot[s].key != key && l->slot[s].number != 0) s = (s + 1) % LOOKUP_SLOTS;
    l->code[i] = missing ? 0 : l->slot[s].number == 0 ? UNKNOWN : (uint8_t)l->slot[s].number;
  }
  return WEEG_OK;
}

static ALWAYS_INLINE void code_unknown(coder *c, const void *data, key_function key_of) {
  for (R_xlen_t at = 0; at < c->rows;) {
    const uint8_t *code = RAW_RO(c->codes), *found = memchr(code + at, UNKNOWN, (size_t)(c->rows - at));
    if (found == NULL) return;
    at = found - code;
    const R_xlen_t end = c->rows - at < ROWS_AT_A_TIME ? c->rows : at + ROWS_AT_A_TIME;
    code_rows(c, data, key_of, at, end);
    at = end;
    if (c->numbers->count < UNKNOWN) continue; /* else UNKNOWN is a code like any other from here on */
    code_rows(c, data, key_of, at, c->rows);
    return;
  }
}

static ALWAYS_INLINE weeg_status code_all(coder *c, const void *data, const void *known, R_xlen_t known_count,
                                          key_function key_of, weeg_chunk_function look_up_rows, const weeg_hooks *hooks) {
  for (R_xlen_t v = 0; v < known_count; v++) {
    bool missing = false;
    (void)number_of(c, key_of(known, v, &missing), 0);
  }
  if (known_count == 0 || c->numbers->count >= UNKNOWN) {
    code_rows(c, data, key_of, 0, c->rows);
    return WEEG_OK;
  }
  lookup l = {.data = data, .code = RAW(c->codes)};
  fill_lookup(&l, c);
  const weeg_status status = weeg_i_for_rows(c->rows, weeg_i_threads(hooks, c->rows), hooks, look_up_rows, &l);
  if (status == WEEG_OK) code_unknown(c, data, key_of);
  return status;
}

static ALWAYS_INLINE uint64_t double_key(const void *data, R_xlen_t row, bool *missing) {
  const double value = ((const double *)data)[row];
  uint64_t bits;
  *missing = ISNAN(value);
  const double plain = value == 0 ? 0 : value; /* -0 is 0 */
  memcpy(&bits, &plain, sizeof bits);
  return bits;
}

static ALWAYS_INLINE uint64_t integer_key(const void *data, R_xlen_t row, bool *missing) {
  const int value = ((const int *)data)[row];
  *missing = value == NA_INTEGER;
  return (uint64_t)(uint32_t)value;
}

static ALWAYS_INLINE uint64_t integer64_key(const void *data, R_xlen_t row, bool *missing) {
  const int64_t value = ((const int64_t *)data)[row]; /* bit64 keeps 64-bit integers in the bits of doubles */
  *missing = value == INT64_MIN;
  return (uint64_t)value;
}

static ALWAYS_INLINE uint64_t string_key(const void *data, R_xlen_t row, bool *missing) {
  const SEXP value = ((const SEXP *)data)[row];
  *missing = value == NA_STRING;
  return (uint64_t)(uintptr_t)value; /* R keeps one CHARSXP per string and encoding */
}

#define LOOK_UP(name, key_of)                                                                  \
  static weeg_status name(void *ctx, int thread, int64_t from, int64_t to) {                   \
    (void)thread;                                                                              \
    return look_up(ctx, from, to, key_of);                                                     \
  }
LOOK_UP(look_up_doubles, double_key)
LOOK_UP(look_up_integers, integer_key)
LOOK_UP(look_up_integers64, integer64_key)
LOOK_UP(look_up_strings, string_key)

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

/*
 * list(codes, width, values): values in the order of `known` (values of x, of its type, or NULL), then of appearance; codes
 * 0 where missing. x: integer, double or character.
 */
SEXP glue_code(SEXP x, SEXP known, SEXP threads) {
  static const char *const names[] = {"codes", "width", "values"};
  const bool integer64 = Rf_inherits(x, "integer64");
  const weeg_hooks hooks = glue_hooks(threads);
  const R_xlen_t count = TYPEOF(known) == TYPEOF(x) ? Rf_xlength(known) : 0;
  const void *data = elements(x), *from = elements(known);
  weeg_status status = WEEG_OK;
  weeg_error err = {0};
  coder c;
  start(&c, Rf_xlength(x));
  switch (TYPEOF(x)) {
    case INTSXP:
    case LGLSXP: status = code_all(&c, data, from, count, integer_key, look_up_integers, &hooks); break;
    case REALSXP:
      if (integer64) {
        status = code_all(&c, data, from, count, integer64_key, look_up_integers64, &hooks);
      } else {
        status = code_all(&c, data, from, count, double_key, look_up_doubles, &hooks);
      }
      break;
    case STRSXP: status = code_all(&c, data, from, count, string_key, look_up_strings, &hooks); break;
    default: break;
  }
  if (status != WEEG_OK) {
    UNPROTECT(2);
    (void)weeg_fail(&err, status, -1, "stopped by the caller");
    return glue_failure(&err);
  }
  SEXP result = PROTECT(glue_list(3, names));
  SET_VECTOR_ELT(result, 0, c.codes);
  SET_VECTOR_ELT(result, 1, Rf_ScalarInteger(c.width));
  SET_VECTOR_ELT(result, 2, distinct(&c, TYPEOF(x) == LGLSXP ? INTSXP : TYPEOF(x), integer64));
  weeg_i_numbering_clear(c.numbers);
  UNPROTECT(3);
  return result;
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
