/* Whether objects and data are what they were when they were made: numbers that change with what vectors and lists hold. */
#include <string.h>

#include "base/vector.h"
#include "glue.h"

static inline uint64_t mixed(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u; /* as home_of() in column.c */
  return hash ^ hash >> 29;
}

/* Eight chains, so that no multiplication waits for another: variables, since gcc -O2 keeps an array of them in memory. */
typedef struct chains {
  uint64_t a, b, c, d, e, f, g, h;
} chains;

enum { BLOCK = 64 }; /* bytes */

static inline uint64_t word_at(const char *at) {
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

static chains start_chains(uint64_t hash) {
  return (chains){hash, hash + 1, hash + 2, hash + 3, hash + 4, hash + 5, hash + 6, hash + 7};
}

static inline void print_block(chains *x, const char *at) {
  x->a = mixed(x->a, word_at(at));
  x->b = mixed(x->b, word_at(at + 8));
  x->c = mixed(x->c, word_at(at + 16));
  x->d = mixed(x->d, word_at(at + 24));
  x->e = mixed(x->e, word_at(at + 32));
  x->f = mixed(x->f, word_at(at + 40));
  x->g = mixed(x->g, word_at(at + 48));
  x->h = mixed(x->h, word_at(at + 56));
}

static uint64_t end_chains(const chains *x) {
  const uint64_t left = mixed(mixed(x->a, x->b), mixed(x->c, x->d)), right = mixed(mixed(x->e, x->f), mixed(x->g, x->h));
  return mixed(left, right);
}

/* Of so few that a block is not worth while: one word at a time. */
static uint64_t print_few(uint64_t hash, const char *at, size_t size) {
  uint64_t word = 0;
  for (; size >= sizeof word; at += sizeof word, size -= sizeof word) {
    memcpy(&word, at, sizeof word);
    hash = mixed(hash, word);
  }
  word = 0;
  memcpy(&word, at, size);
  return mixed(hash, word);
}

static uint64_t print_bytes(uint64_t hash, const void *bytes, size_t size) {
  const char *at = bytes;
  if (size >= BLOCK) {
    chains x = start_chains(hash);
    for (; size >= BLOCK; at += BLOCK, size -= BLOCK) print_block(&x, at);
    hash = end_chains(&x);
  }
  return print_few(hash, at, size);
}

static bool is_ascii(const char *at, size_t size) {
  uint64_t word = 0, high = 0;
  for (; size >= sizeof word; at += sizeof word, size -= sizeof word) high |= word_at(at);
  memcpy(&word, at, size); /* behind these bytes are zeros */
  high |= word;
  return (high & 0x8080808080808080u) == 0;
}

/* By its bytes in UTF-8: addresses would differ after an object was saved and loaded, encodings on another computer. */
static uint64_t print_text(uint64_t hash, SEXP text) {
  if (text == NA_STRING) return mixed(hash, ~(uint64_t)0);
  const size_t size = (size_t)LENGTH(text);
  if (is_ascii(CHAR(text), size)) return print_bytes(hash, CHAR(text), size); /* the same in every encoding */
  const char *bytes = Rf_getCharCE(text) == CE_BYTES ? CHAR(text) : Rf_translateCharUTF8(text);
  return print_bytes(hash, bytes, strlen(bytes));
}

/* Of short texts that were met before, by their address, what print_text() mixes: a column says few things many times. */
enum { TEXTS_KNOWN = 64, SHORT_WORDS = 2 };

typedef struct known_text {
  SEXP text;
  size_t words;
  uint64_t word[SHORT_WORDS];
} known_text;

static uint64_t print_known_text(known_text *known, uint64_t hash, SEXP text) {
  known_text *k = &known[(uintptr_t)text / 32 % TEXTS_KNOWN];
  if (k->text != text) {
    const size_t size = (size_t)LENGTH(text);
    if (text == NA_STRING || size >= sizeof k->word || !is_ascii(CHAR(text), size)) return print_text(hash, text);
    *k = (known_text){.text = text, .words = size / sizeof *k->word + 1};
    memcpy(k->word, CHAR(text), size);
  }
  for (size_t w = 0; w < k->words; w++) hash = mixed(hash, k->word[w]);
  return hash;
}

/* Texts take long, so of many of them some are looked at: blocks spread over all, the first and the last among them. */
enum { TEXTS_ALL = 1 << 13, TEXT_BLOCK = 64, TEXT_BLOCKS = 64 };

static uint64_t print_texts(uint64_t hash, SEXP x) {
  const void *top = vmaxget();
  const R_xlen_t length = Rf_xlength(x);
  const bool all = length <= TEXTS_ALL;
  const R_xlen_t blocks = all ? 1 : TEXT_BLOCKS, size = all ? length : TEXT_BLOCK;
  known_text known[TEXTS_KNOWN];
  for (int k = 0; k < TEXTS_KNOWN && size >= TEXTS_KNOWN; k++) known[k].text = NULL;
  for (R_xlen_t b = 0; b < blocks; b++) {
    const R_xlen_t from = all ? 0 : (R_xlen_t)((double)(length - TEXT_BLOCK) * (double)b / (TEXT_BLOCKS - 1));
    for (R_xlen_t i = from; i < from + size; i++) {
      SEXP text = STRING_ELT(x, i);
      hash = size >= TEXTS_KNOWN ? print_known_text(known, hash, text) : print_text(hash, text);
    }
    vmaxset(top);
  }
  return hash;
}

/* Columns of data, and what designs have by row, are many numbers too: blocks of those, as of texts. */
enum { NUMBERS_ALL = 1 << 15, NUMBER_BLOCKS = 128, BLOCKS_AHEAD = 16 };

static uint64_t print_some(uint64_t hash, const char *bytes, R_xlen_t length, size_t each) {
  const double last = (double)(length - (R_xlen_t)(BLOCK / each)), step = last / (NUMBER_BLOCKS - 1);
  chains x = start_chains(hash);
  for (int b = 0; b < NUMBER_BLOCKS; b++) {
    const int ahead = b + BLOCKS_AHEAD < NUMBER_BLOCKS ? b + BLOCKS_AHEAD : NUMBER_BLOCKS - 1;
    WEEG_PREFETCH(bytes + (size_t)(step * ahead) * each); /* memory is waited for, not arithmetic */
    print_block(&x, bytes + (size_t)(b < NUMBER_BLOCKS - 1 ? step * b : last) * each);
  }
  return end_chains(&x);
}

enum { BYTES = 4096 }; /* taken out of a vector at a time, where it does not lie in memory as such */

static size_t number_size(SEXP x) { return TYPEOF(x) == REALSXP ? sizeof(double) : TYPEOF(x) == RAWSXP ? 1 : sizeof(int); }

static uint64_t print_numbers(uint64_t hash, SEXP x) {
  union {
    double number[BYTES / sizeof(double)];
    int whole[BYTES / sizeof(int)];
    Rbyte byte[BYTES];
  } copy;
  const char *plain = DATAPTR_OR_NULL(x);
  const R_xlen_t length = Rf_xlength(x);
  const size_t each = number_size(x);
  const R_xlen_t most = (R_xlen_t)(BYTES / each);
  for (R_xlen_t from = 0, taken = 0; from < length; from += taken) {
    taken = length - from < most ? length - from : most;
    if (plain == NULL) {
      switch (TYPEOF(x)) {
        case REALSXP: taken = REAL_GET_REGION(x, from, most, copy.number); break;
        case INTSXP: taken = INTEGER_GET_REGION(x, from, most, copy.whole); break;
        case LGLSXP: taken = LOGICAL_GET_REGION(x, from, most, copy.whole); break;
        default: taken = RAW_GET_REGION(x, from, most, copy.byte);
      }
      if (taken < 1) break;
    }
    hash = print_bytes(hash, plain == NULL ? (const void *)&copy : plain + (size_t)from * each, (size_t)taken * each);
  }
  return hash;
}

/* What was seen of an object so far: long vectors often are there twice, as a column and as weights. */
enum { KNOWN = 16, DEEPEST = 100 };

typedef struct printer {
  SEXP vector[KNOWN];
  uint64_t print[KNOWN];
  int known;
  bool some; /* of long vectors, not all numbers */
  int64_t left; /* parts to look at: a list may hold itself many times over */
} printer;

static uint64_t print_vector(printer *p, SEXP x) {
  const bool numbers = TYPEOF(x) == REALSXP || TYPEOF(x) == INTSXP || TYPEOF(x) == LGLSXP || TYPEOF(x) == RAWSXP;
  const uint64_t first = mixed((uint64_t)TYPEOF(x), (uint64_t)Rf_xlength(x));
  if (!numbers) return print_texts(first, x);
  for (int k = 0; k < p->known; k++) {
    if (p->vector[k] == x) return p->print[k];
  }
  const char *plain = p->some && Rf_xlength(x) > NUMBERS_ALL ? DATAPTR_OR_NULL(x) : NULL;
  const uint64_t print = plain != NULL ? print_some(first, plain, Rf_xlength(x), number_size(x)) : print_numbers(first, x);
  if (Rf_xlength(x) > TEXTS_ALL && p->known < KNOWN) {
    p->vector[p->known] = x;
    p->print[p->known++] = print;
  }
  return print;
}

static uint64_t print_any(printer *p, uint64_t hash, SEXP x, int depth);

/* What a vector means to R depends on these. */
static uint64_t print_attributes(printer *p, uint64_t hash, SEXP x, int depth) {
  SEXP kinds[] = {R_NamesSymbol, R_ClassSymbol, R_DimSymbol, R_DimNamesSymbol, R_LevelsSymbol};
  for (int k = 0; k < 5; k++) {
    SEXP value = PROTECT(Rf_getAttrib(x, kinds[k]));
    if (value != R_NilValue) hash = print_any(p, mixed(hash, (uint64_t)k + 1), value, depth + 1);
    UNPROTECT(1);
  }
  return hash;
}

/* Expressions by their parts; functions and environments, which no computation reads, by their type alone. */
static uint64_t print_any(printer *p, uint64_t hash, SEXP x, int depth) {
  hash = mixed(hash, (uint64_t)TYPEOF(x) + 1);
  if (depth > DEEPEST || p->left-- <= 0) return hash;
  switch (TYPEOF(x)) {
    case REALSXP:
    case INTSXP:
    case LGLSXP:
    case RAWSXP:
    case STRSXP: return print_attributes(p, mixed(hash, print_vector(p, x)), x, depth);
    case VECSXP:
      hash = mixed(hash, (uint64_t)Rf_xlength(x));
      for (R_xlen_t i = 0; i < Rf_xlength(x); i++) hash = print_any(p, hash, VECTOR_ELT(x, i), depth + 1);
      return print_attributes(p, hash, x, depth);
    case SYMSXP: return x == R_MissingArg ? hash : print_text(hash, PRINTNAME(x));
    case LANGSXP:
    case LISTSXP:
      for (; (TYPEOF(x) == LANGSXP || TYPEOF(x) == LISTSXP) && p->left > 0; x = CDR(x)) {
        if (TAG(x) != R_NilValue) hash = print_any(p, hash, TAG(x), depth + 1);
        hash = print_any(p, hash, CAR(x), depth + 1);
      }
      return hash;
    default: return hash;
  }
}

/*
 * A list that is held cannot be changed but by C, and no other vectors get the addresses of its own. It is let go with its
 * key: an external pointer to nothing, since identical() takes all of these for equal, as it does data.table's. Gives the
 * references, those of dropped keys and of this one left out, with a new one in front. An environment that is held by what is
 * the key of a connection is not copied.
 */
SEXP glue_hold(SEXP held, SEXP key, SEXP list) {
  SEXP own = PROTECT(Rf_shallow_duplicate(list)); /* R_MakeWeakRef() copies vectors of what a variable has */
  SEXP kept = PROTECT(Rf_cons(R_MakeWeakRef(key, own, R_NilValue, FALSE), R_NilValue));
  for (SEXP last = kept; TYPEOF(held) == LISTSXP; held = CDR(held)) {
    SEXP other = R_WeakRefKey(CAR(held));
    if (other != R_NilValue && other != key) last = SETCDR(last, Rf_cons(CAR(held), R_NilValue));
  }
  UNPROTECT(2);
  return kept;
}

SEXP glue_key(void) { return R_MakeExternalPtr(NULL, R_NilValue, R_NilValue); }

/* What is held by a key; NULL where nothing is, as of an object that was loaded. */
static SEXP held_by(SEXP held, SEXP key) {
  for (; TYPEOF(held) == LISTSXP && key != R_NilValue; held = CDR(held)) {
    if (R_WeakRefKey(CAR(held)) == key) return R_WeakRefValue(CAR(held));
  }
  return R_NilValue;
}

SEXP glue_held(SEXP held, SEXP key) { return held_by(held, key); }

/* Which elements of a list are those of another one, in order; all FALSE where that has another length. */
SEXP glue_same(SEXP list, SEXP other) {
  if (TYPEOF(list) != VECSXP || TYPEOF(other) != VECSXP) glue_broken("an object");
  const bool any = Rf_xlength(list) == Rf_xlength(other);
  SEXP same = PROTECT(Rf_allocVector(LGLSXP, Rf_xlength(list)));
  for (R_xlen_t v = 0; v < Rf_xlength(list); v++) LOGICAL(same)[v] = any && VECTOR_ELT(other, v) == VECTOR_ELT(list, v);
  UNPROTECT(1);
  return same;
}

static printer printer_of(bool some) { return (printer){.some = some, .left = (int64_t)1 << 24}; }

static double print_of(printer *p, SEXP x) { return (double)(print_any(p, 0, x, 0) >> 11); } /* 53 bits */

/* A number for each element of a list; some: of long vectors, from some of their numbers. */
SEXP glue_fingerprint(SEXP list, SEXP some) {
  printer p = printer_of(Rf_asLogical(some) == TRUE);
  if (TYPEOF(list) != VECSXP) glue_broken("an object");
  SEXP prints = PROTECT(Rf_allocVector(REALSXP, Rf_xlength(list)));
  for (R_xlen_t v = 0; v < Rf_xlength(list); v++) REAL(prints)[v] = print_of(&p, VECTOR_ELT(list, v));
  UNPROTECT(1);
  return prints;
}

/*
 * The fingerprints of a tally or study, as glue_unbroken() goes through its members: named by them, and last that of the class.
 * One that has no seal yet gets it behind its members.
 */
SEXP glue_prints(SEXP x) {
  SEXP names = TYPEOF(x) == VECSXP ? Rf_getAttrib(x, R_NamesSymbol) : R_NilValue;
  if (TYPEOF(names) != STRSXP) glue_broken("an object");
  SEXP seal = glue_element(x, "seal"), data = glue_element(x, "data"), columns = glue_element(seal, "columns");
  const bool frame = Rf_inherits(data, "data.frame");
  const R_xlen_t members = Rf_xlength(x), count = members + (seal == R_NilValue) - frame + 1;
  SEXP prints = PROTECT(Rf_allocVector(REALSXP, count)), of = PROTECT(Rf_allocVector(STRSXP, count));
  printer p = printer_of(false);
  R_xlen_t at = 0;
  for (R_xlen_t v = 0; v < members && at < count; v++) {
    SEXP part = VECTOR_ELT(x, v), name = STRING_ELT(names, v);
    if (frame && part == data && strcmp(CHAR(name), "data") == 0) continue;
    SET_STRING_ELT(of, at, name);
    REAL(prints)[at++] = print_of(&p, part == seal && strcmp(CHAR(name), "seal") == 0 ? columns : part);
  }
  if (at + 1 < count) {
    SET_STRING_ELT(of, at, Rf_mkChar("seal"));
    REAL(prints)[at++] = print_of(&p, R_NilValue);
  }
  SET_STRING_ELT(of, at, R_BlankString);
  REAL(prints)[at] = print_of(&p, Rf_getAttrib(x, R_ClassSymbol));
  Rf_setAttrib(prints, R_NamesSymbol, of);
  UNPROTECT(2);
  return prints;
}

/* Whether an element has the known fingerprint. What a key holds needs none, and another in its place is compared with it. */
static bool is_same(printer *p, SEXP x, double known, SEXP first) {
  if (x == first) return true;
  if (print_of(p, x) != known) return false;
  if (first == NULL) return true;
  printer now = printer_of(false), before = printer_of(false); /* all numbers */
  return print_of(&now, x) == print_of(&before, first);
}

/* Which elements of a list have other fingerprints than the known ones; some: of long vectors, from some of their numbers. */
SEXP glue_differ(SEXP list, SEXP known, SEXP some, SEXP held, SEXP key) {
  printer p = printer_of(Rf_asLogical(some) == TRUE);
  if (TYPEOF(list) != VECSXP) glue_broken("an object");
  const R_xlen_t count = Rf_xlength(list);
  const bool comparable = TYPEOF(known) == REALSXP && Rf_xlength(known) == count;
  SEXP differ = PROTECT(Rf_allocVector(LGLSXP, count)), own = PROTECT(held_by(held, key));
  const bool holds = TYPEOF(own) == VECSXP && Rf_xlength(own) == count;
  for (R_xlen_t v = 0; v < count; v++) {
    LOGICAL(differ)[v] = !comparable || !is_same(&p, VECTOR_ELT(list, v), REAL(known)[v], holds ? VECTOR_ELT(own, v) : NULL);
  }
  UNPROTECT(2);
  return differ;
}

static SEXP names_of(SEXP x, int type) {
  SEXP names = TYPEOF(x) == type ? Rf_getAttrib(x, R_NamesSymbol) : R_NilValue;
  return TYPEOF(names) == STRSXP ? names : NULL;
}

/* The columns of data that have fingerprints. */
static bool has_columns(SEXP data, SEXP known) {
  if (known == R_NilValue) return true;
  printer p = printer_of(true);
  SEXP names = names_of(known, REALSXP), there = names_of(data, VECSXP);
  if (names == NULL || there == NULL) return false;
  bool same = true;
  for (R_xlen_t k = 0; k < Rf_xlength(known) && same; k++) {
    R_xlen_t at = 0;
    while (at < Rf_xlength(there) && STRING_ELT(there, at) != STRING_ELT(names, k)) at++;
    same = at < Rf_xlength(there) && is_same(&p, VECTOR_ELT(data, at), REAL(known)[k], NULL);
  }
  return same;
}

/*
 * Whether an object has the seal of what is in it, as R/seal.R makes it: a fingerprint of each member in order, in place of the
 * seal that of its columns, none of the data, the class last. FALSE where it may not: R then finds out what is wrong.
 */
SEXP glue_unbroken(SEXP x, SEXP held) {
  const bool design = Rf_inherits(x, "weeg_design");
  SEXP names = names_of(x, VECSXP), seal = glue_element(x, "seal"), data = glue_element(x, "data");
  SEXP known = glue_element(seal, "parts"), columns = glue_element(seal, "columns"), known_names = names_of(known, REALSXP);
  if (names == NULL || known_names == NULL) return Rf_ScalarLogical(FALSE);
  SEXP own = PROTECT(held_by(held, glue_element(seal, "key")));
  const R_xlen_t count = Rf_xlength(known), members = Rf_xlength(x);
  const bool holds = TYPEOF(own) == VECSXP && Rf_xlength(own) == count, frame = Rf_inherits(data, "data.frame");
  printer p = printer_of(design);
  R_xlen_t at = 0;
  bool same = !design || (frame ? has_columns(data, columns) : columns == R_NilValue);
  for (R_xlen_t v = 0; v <= members && same; v++) {
    SEXP name = v < members ? STRING_ELT(names, v) : R_BlankString;
    SEXP part = v < members ? VECTOR_ELT(x, v) : Rf_getAttrib(x, R_ClassSymbol);
    if (frame && part == data && strcmp(CHAR(name), "data") == 0) continue;
    if (part == seal && strcmp(CHAR(name), "seal") == 0) part = columns;
    same = at < count && STRING_ELT(known_names, at) == name &&
           is_same(&p, part, REAL(known)[at], holds ? VECTOR_ELT(own, at) : NULL);
    at++;
  }
  UNPROTECT(1);
  return Rf_ScalarLogical(same && at == count);
}

static bool has_levels(SEXP factor) {
  const int levels = Rf_length(Rf_getAttrib(factor, R_LevelsSymbol));
  const int *code = TYPEOF(factor) == INTSXP ? INTEGER_RO(factor) : NULL;
  const R_xlen_t size = Rf_xlength(factor);
  unsigned wrong = 0;
  for (R_xlen_t i = 0; i < size && code != NULL; i++) {
    wrong |= (unsigned)(code[i] != NA_INTEGER) & (unsigned)((unsigned)code[i] - 1U >= (unsigned)levels);
  }
  return code != NULL && wrong == 0;
}

/* What each column of a result is: "text", "number" or "other"; NA: a number with a class of its own. */
SEXP glue_kinds(SEXP columns) {
  if (TYPEOF(columns) != VECSXP) glue_broken("an object");
  SEXP kinds = PROTECT(Rf_allocVector(STRSXP, Rf_xlength(columns))), other = PROTECT(Rf_mkChar("other"));
  SEXP text = PROTECT(Rf_mkChar("text")), number = PROTECT(Rf_mkChar("number"));
  for (R_xlen_t v = 0; v < Rf_xlength(columns); v++) {
    SEXP x = VECTOR_ELT(columns, v), kind = other;
    const bool flat = Rf_getAttrib(x, R_DimSymbol) == R_NilValue, numeric = TYPEOF(x) == INTSXP || TYPEOF(x) == REALSXP;
    if (flat && Rf_inherits(x, "factor")) kind = has_levels(x) ? text : other;
    else if (flat && TYPEOF(x) == STRSXP) kind = text;
    else if (flat && (TYPEOF(x) == LGLSXP || numeric)) kind = numeric && Rf_isObject(x) ? NA_STRING : number;
    SET_STRING_ELT(kinds, v, kind);
  }
  UNPROTECT(4);
  return kinds;
}
