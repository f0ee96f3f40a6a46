#include "glue.h"

#include <string.h>

/* The largest weight, or a failure. */
SEXP glue_check_weights(SEXP weights, SEXP threads) {
  weeg_error err = {0};
  double largest = 0;
  const weeg_hooks hooks = glue_hooks(threads);
  if (weeg_check_weights(REAL_RO(weights), Rf_xlength(weights), &hooks, &largest, &err) != WEEG_OK) {
    return glue_failure(&err);
  }
  return Rf_ScalarReal(largest);
}

/* Rows per level, as doubles. */
SEXP glue_count_levels(SEXP column, SEXP rows, SEXP threads) {
  weeg_error err = {0};
  const weeg_column c = glue_column(column);
  const weeg_hooks hooks = glue_hooks(threads);
  SEXP counts = PROTECT(Rf_allocVector(REALSXP, c.levels));
  int64_t *n = (int64_t *)R_alloc((size_t)c.levels + 1, sizeof *n);
  const weeg_status status = weeg_count_levels(&c, (int64_t)Rf_asReal(rows), &hooks, n, &err);
  for (int k = 0; k < c.levels && status == WEEG_OK; k++) REAL(counts)[k] = (double)n[k];
  UNPROTECT(1);
  return status == WEEG_OK ? counts : glue_failure(&err);
}

/* Stratum of each PSU from 0, -1 for a PSU without rows. */
SEXP glue_find_strata(SEXP stratum, SEXP psu, SEXP rows, SEXP threads) {
  weeg_error err = {0};
  const weeg_column s = glue_column(stratum), p = glue_column(psu);
  const weeg_hooks hooks = glue_hooks(threads);
  SEXP result = PROTECT(Rf_allocVector(INTSXP, p.levels));
  const weeg_status status = weeg_find_strata(&s, &p, (int64_t)Rf_asReal(rows), &hooks, INTEGER(result), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* list(codes, stratum, psu) of the distinct (stratum, PSU) pairs. */
SEXP glue_nest_psus(SEXP stratum, SEXP psu, SEXP rows, SEXP threads) {
  static const char *const names[] = {"codes", "stratum", "psu"};
  weeg_error err = {0};
  const weeg_column s = glue_column(stratum), p = glue_column(psu);
  const weeg_hooks hooks = glue_hooks(threads);
  int32_t psus = 0, *pair_stratum = NULL, *pair_psu = NULL;
  SEXP result = PROTECT(glue_list(3, names));
  SEXP codes = Rf_allocVector(INTSXP, (R_xlen_t)Rf_asReal(rows));
  SET_VECTOR_ELT(result, 0, codes);
  const weeg_status status =
      weeg_nest_psus(&s, &p, Rf_xlength(codes), &hooks, INTEGER(codes), &psus, &pair_stratum, &pair_psu, &err);
  if (status != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  /* two small vectors: should R run out of memory here, 8 bytes a PSU are lost, and R with them */
  SET_VECTOR_ELT(result, 1, Rf_allocVector(INTSXP, psus));
  SET_VECTOR_ELT(result, 2, Rf_allocVector(INTSXP, psus));
  memcpy(INTEGER(VECTOR_ELT(result, 1)), pair_stratum, sizeof *pair_stratum * (size_t)psus);
  memcpy(INTEGER(VECTOR_ELT(result, 2)), pair_psu, sizeof *pair_psu * (size_t)psus);
  weeg_free(pair_stratum);
  weeg_free(pair_psu);
  UNPROTECT(1);
  return result;
}

/* Population size per stratum. */
SEXP glue_find_fpc(SEXP fpc, SEXP stratum, SEXP stratum_psus) {
  weeg_error err = {0};
  const weeg_column s = glue_column(stratum);
  int64_t *psus = (int64_t *)R_alloc((size_t)s.levels + 1, sizeof *psus);
  for (int h = 0; h < s.levels; h++) psus[h] = (int64_t)REAL_RO(stratum_psus)[h];
  SEXP sizes = PROTECT(Rf_allocVector(REALSXP, s.levels));
  const weeg_status status = weeg_find_fpc(REAL_RO(fpc), &s, Rf_xlength(fpc), psus, REAL(sizes), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? sizes : glue_failure(&err);
}

/* The weight of each of `units` units of a tally of the design. */
SEXP glue_fpc_weights(SEXP object, SEXP units) {
  weeg_error err = {0};
  const weeg_design design = glue_design(object);
  SEXP weights = PROTECT(Rf_allocVector(REALSXP, Rf_asInteger(units)));
  const weeg_status status = weeg_fpc_weights(&design, REAL(weights), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? weights : glue_failure(&err);
}

/* ---- whether data are what they were ---- */

/* Values that are looked at: all of a short vector, of a longer one blocks spread over it, the first and last among them. */
enum { PRINT_ALL = 1 << 13, PRINT_BLOCK = 64, PRINT_BLOCKS = 64 };

static inline uint64_t mixed(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u; /* as home_of() in column.c */
  return hash ^ hash >> 29;
}

/* Four chains, so that one multiplication need not wait for the other. */
static uint64_t print_bytes(uint64_t hash, const void *bytes, size_t size) {
  uint64_t chain[4] = {hash, hash + 1, hash + 2, hash + 3}, word[4];
  const char *at = bytes;
  for (; size >= sizeof word; size -= sizeof word, at += sizeof word) {
    memcpy(word, at, sizeof word);
    for (int k = 0; k < 4; k++) chain[k] = mixed(chain[k], word[k]);
  }
  memset(word, 0, sizeof word);
  memcpy(word, at, size);
  for (int k = 0; k < 4; k++) chain[k] = mixed(chain[k], word[k]);
  return mixed(mixed(chain[0], chain[1]), mixed(chain[2], chain[3]));
}

/* Of texts the length, the first and the last bytes. Addresses would differ after a design was saved and loaded. */
static uint64_t print_text(uint64_t hash, SEXP text) {
  char word[16] = {0};
  const size_t size = (size_t)LENGTH(text), some = size < 8 ? size : 8;
  memcpy(word, CHAR(text), some);
  memcpy(word + 8, CHAR(text) + size - some, some);
  uint64_t part[2];
  memcpy(part, word, sizeof part);
  return mixed(mixed(hash, part[0] ^ (uint64_t)size << 48), text == NA_STRING ? ~part[1] : part[1]);
}

static uint64_t print_block(uint64_t hash, SEXP x, R_xlen_t from, R_xlen_t count) {
  union {
    double number[PRINT_BLOCK];
    int whole[PRINT_BLOCK];
    Rbyte byte[PRINT_BLOCK];
  } copy;
  switch (TYPEOF(x)) {
  case REALSXP: return print_bytes(hash, copy.number, sizeof(double) * (size_t)REAL_GET_REGION(x, from, count, copy.number));
  case INTSXP: return print_bytes(hash, copy.whole, sizeof(int) * (size_t)INTEGER_GET_REGION(x, from, count, copy.whole));
  case LGLSXP: return print_bytes(hash, copy.whole, sizeof(int) * (size_t)LOGICAL_GET_REGION(x, from, count, copy.whole));
  case RAWSXP: return print_bytes(hash, copy.byte, (size_t)RAW_GET_REGION(x, from, count, copy.byte));
  case STRSXP:
    for (R_xlen_t i = from; i < from + count; i++) hash = print_text(hash, STRING_ELT(x, i));
    return hash;
  default: return hash;
  }
}

/* A number for each vector of a list, by which it can be seen to have changed in place. */
SEXP glue_fingerprint(SEXP list) {
  SEXP prints = PROTECT(Rf_allocVector(REALSXP, Rf_xlength(list)));
  for (R_xlen_t v = 0; v < Rf_xlength(list); v++) {
    SEXP x = VECTOR_ELT(list, v);
    const R_xlen_t length = Rf_xlength(x);
    const bool all = length <= PRINT_ALL;
    const R_xlen_t blocks = all ? (length + PRINT_BLOCK - 1) / PRINT_BLOCK : PRINT_BLOCKS;
    uint64_t hash = mixed((uint64_t)TYPEOF(x), (uint64_t)length);
    for (R_xlen_t b = 0; b < blocks; b++) {
      const R_xlen_t from = all ? b * PRINT_BLOCK : (R_xlen_t)((double)(length - PRINT_BLOCK) * (double)b / (PRINT_BLOCKS - 1));
      const R_xlen_t left = length - from;
      hash = print_block(hash, x, from, left < PRINT_BLOCK ? left : PRINT_BLOCK);
    }
    REAL(prints)[v] = (double)(hash >> 11); /* 53 bits */
  }
  UNPROTECT(1);
  return prints;
}
