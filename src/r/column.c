/* Turning R vectors into coded columns: distinct values numbered in order of appearance, then renumbered. */
#include <string.h>

#include "glue.h"

/*
 * Codes in the narrowest type that fits, widened when a new value makes it too small: most categorical variables take a
 * byte a row. Distinct values are found by open addressing on their bits; slot[] holds value numbers, 0 when free.
 */
typedef struct coder {
  R_xlen_t rows;
  int width;         /* bytes per code: 1, 2 or 4 */
  SEXP codes;        /* RAWSXP, or INTSXP when width is 4 */
  PROTECT_INDEX codes_index;
  uint64_t *key;     /* [values] */
  uint32_t *slot;    /* [slots] */
  uint64_t slots;    /* a power of two */
  uint32_t values;
} coder;

static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

static SEXP allocate_codes(R_xlen_t rows, int width) {
  return width == 4 ? Rf_allocVector(INTSXP, rows) : Rf_allocVector(RAWSXP, rows * width);
}

static void start(coder *c, R_xlen_t rows) {
  *c = (coder){.rows = rows, .width = 1, .slots = 1024};
  PROTECT_WITH_INDEX(c->codes = allocate_codes(rows, 1), &c->codes_index);
  c->key = (uint64_t *)R_alloc(c->slots / 2, sizeof *c->key);
  c->slot = (uint32_t *)R_alloc(c->slots, sizeof *c->slot);
  memset(c->slot, 0, c->slots * sizeof *c->slot);
}

static void grow(coder *c) {
  const uint64_t slots = c->slots * 2;
  uint64_t *key = (uint64_t *)R_alloc(slots / 2, sizeof *key);
  uint32_t *slot = (uint32_t *)R_alloc(slots, sizeof *slot);
  memcpy(key, c->key, c->values * sizeof *key);
  memset(slot, 0, slots * sizeof *slot);
  for (uint32_t v = 0; v < c->values; v++) {
    uint64_t s = mix(key[v]) & (slots - 1);
    while (slot[s] != 0) s = (s + 1) & (slots - 1);
    slot[s] = v + 1;
  }
  c->key = key;
  c->slot = slot;
  c->slots = slots;
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

/* The number of a value, from 1; a new value gets the next number. `done` rows have codes already. */
static uint32_t number_of(coder *c, uint64_t key, R_xlen_t done) {
  uint64_t s = mix(key) & (c->slots - 1);
  while (c->slot[s] != 0) {
    if (c->key[c->slot[s] - 1] == key) return c->slot[s];
    s = (s + 1) & (c->slots - 1);
  }
  if (c->values + 1 > c->slots / 2) {
    grow(c);
    return number_of(c, key, done);
  }
  if ((c->width == 1 && c->values == UINT8_MAX) || (c->width == 2 && c->values == UINT16_MAX)) widen(c, done);
  c->key[c->values] = key;
  c->slot[s] = ++c->values;
  return c->values;
}

static void put(coder *c, R_xlen_t row, uint32_t code) {
  switch (c->width) {
    case 1: RAW(c->codes)[row] = (uint8_t)code; break;
    case 2: ((uint16_t *)(void *)RAW(c->codes))[row] = (uint16_t)code; break;
    default: INTEGER(c->codes)[row] = (int)code;
  }
}

/* Codes rows whose key comes from an array of 8 bytes a row (doubles, CHARSXP pointers); `missing` is the key of NA. */
typedef uint64_t (*key_function)(const void *data, R_xlen_t row, bool *missing);

static inline void code_rows(coder *c, const void *data, key_function key_of) {
  uint64_t last_key = 0;
  uint32_t last = 0; /* the code of last_key; 0 when there is none yet */
  for (R_xlen_t i = 0; i < c->rows; i++) {
    bool missing = false;
    const uint64_t key = key_of(data, i, &missing);
    if (missing) {
      put(c, i, 0);
    } else {
      if (last == 0 || key != last_key) {
        last = number_of(c, key, i);
        last_key = key;
      }
      put(c, i, last);
    }
    if (i % (1 << 20) == 0) R_CheckUserInterrupt(); /* all memory here is R's, so a jump leaks nothing */
  }
}

static uint64_t double_key(const void *data, R_xlen_t row, bool *missing) {
  const double value = ((const double *)data)[row];
  uint64_t bits;
  *missing = ISNAN(value);
  const double plain = value == 0 ? 0 : value; /* -0 is 0 */
  memcpy(&bits, &plain, sizeof bits);
  return bits;
}

static uint64_t integer_key(const void *data, R_xlen_t row, bool *missing) {
  const int value = ((const int *)data)[row];
  *missing = value == NA_INTEGER;
  return (uint64_t)(uint32_t)value;
}

static uint64_t integer64_key(const void *data, R_xlen_t row, bool *missing) {
  const int64_t value = ((const int64_t *)data)[row]; /* bit64 keeps 64-bit integers in the bits of doubles */
  *missing = value == INT64_MIN;
  return (uint64_t)value;
}

static uint64_t string_key(const void *data, R_xlen_t row, bool *missing) {
  const SEXP value = ((const SEXP *)data)[row];
  *missing = value == NA_STRING;
  return (uint64_t)(uintptr_t)value; /* R keeps one CHARSXP per string and encoding */
}

static SEXP distinct(const coder *c, SEXPTYPE type, bool integer64) {
  SEXP values = PROTECT(Rf_allocVector(type, c->values));
  for (uint32_t v = 0; v < c->values; v++) {
    switch (type) {
      case INTSXP: INTEGER(values)[v] = (int)(uint32_t)c->key[v]; break;
      case REALSXP:
        if (integer64) {
          REAL(values)[v] = (double)(int64_t)c->key[v];
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

/* list(codes, width, values): values in order of appearance, codes 0 where missing. x: integer, double or character. */
SEXP glue_code(SEXP x) {
  static const char *const names[] = {"codes", "width", "values"};
  const bool integer64 = Rf_inherits(x, "integer64");
  coder c;
  start(&c, Rf_xlength(x));
  switch (TYPEOF(x)) {
    case INTSXP:
    case LGLSXP: code_rows(&c, TYPEOF(x) == INTSXP ? INTEGER_RO(x) : LOGICAL_RO(x), integer_key); break;
    case REALSXP: code_rows(&c, REAL_RO(x), integer64 ? integer64_key : double_key); break;
    case STRSXP: code_rows(&c, STRING_PTR_RO(x), string_key); break;
    default: break;
  }
  SEXP result = PROTECT(glue_list(3, names));
  SET_VECTOR_ELT(result, 0, c.codes);
  SET_VECTOR_ELT(result, 1, Rf_ScalarInteger(c.width));
  SET_VECTOR_ELT(result, 2, distinct(&c, TYPEOF(x) == LGLSXP ? INTSXP : TYPEOF(x), integer64));
  UNPROTECT(2);
  return result;
}

/* Renumbers codes in place: code k becomes number[k - 1] (0: missing). Only for codes that glue_code just made. */
SEXP glue_recode(SEXP codes, SEXP width, SEXP number) {
  const int bytes = Rf_asInteger(width);
  const R_xlen_t rows = bytes == 4 ? Rf_xlength(codes) : Rf_xlength(codes) / bytes;
  const int *to = INTEGER_RO(number);
  for (R_xlen_t i = 0; i < rows; i++) {
    if (bytes == 1) {
      uint8_t *code = &RAW(codes)[i];
      *code = *code == 0 ? 0 : (uint8_t)to[*code - 1];
    } else if (bytes == 2) {
      uint16_t *code = &((uint16_t *)(void *)RAW(codes))[i];
      *code = *code == 0 ? 0 : (uint16_t)to[*code - 1];
    } else {
      int *code = &INTEGER(codes)[i];
      *code = *code == 0 ? 0 : to[*code - 1];
    }
  }
  return codes;
}
