#include "glue.h"

#include <limits.h>
#include <string.h>

SEXP glue_list(int size, const char *const *names) {
  SEXP list = PROTECT(Rf_allocVector(VECSXP, size));
  SEXP labels = PROTECT(Rf_allocVector(STRSXP, size));
  for (int i = 0; i < size; i++) SET_STRING_ELT(labels, i, Rf_mkChar(names[i]));
  Rf_setAttrib(list, R_NamesSymbol, labels);
  UNPROTECT(2);
  return list;
}

/* Numbers from 1; NA where there is none. */
static SEXP facts_list(const weeg_facts *f) {
  static const char *const names[] = {"fault", "subject", "row", "unit", "stratum", "other", "stage", "number", "value", "limit",
                                      "words"};
  static const char *const faults[] = {
      "none", "missing", "negative", "infinite", "too_large", "differs", "two_strata", "more_sampled", "missing_level",
      "variables", "calibrated", "clusters", "conventions", "sender", "lonely", "domains", "one_finite", "one_weighted",
      "one_weighted_by_fpc", "one_replicated", "made_apart", "replicates", "lonely_domain", "given_df", "stages",
      "ordered_levels", "populations", "same_psus", "twice", "inexact",
      "many_cells", "no_rows", "one_level", "many_values", "unordered", "one_side",
      "many_columns", "same_answer", "separated", "mixed_stages",
      "nothing_varies", "one_psu", "has_strata", "has_population", "not_two",
      "unequal", "no_probability", "differs_in_psu", "drawn", "joint", "probabilities"};
  const double numbers[] = {(double)f->row, f->unit, f->stratum, f->other, f->stage, f->number};
  SEXP facts = PROTECT(glue_list(11, names));
  SET_VECTOR_ELT(facts, 0, Rf_mkString(faults[f->fault]));
  SET_VECTOR_ELT(facts, 1, Rf_ScalarString(f->subject == NULL ? NA_STRING : Rf_mkCharCE(f->subject, CE_UTF8)));
  for (int i = 0; i < 6; i++) SET_VECTOR_ELT(facts, 2 + i, Rf_ScalarReal(numbers[i] < 0 ? NA_REAL : numbers[i] + 1));
  SET_VECTOR_ELT(facts, 8, Rf_ScalarReal(glue_or_na(f->value)));
  SET_VECTOR_ELT(facts, 9, Rf_ScalarReal(glue_or_na(f->limit)));
  SET_VECTOR_ELT(facts, 10, Rf_mkString(weeg_fault_text(f->fault)));
  UNPROTECT(1);
  return facts;
}

/* What R said when it was last asked whether to go on: a condition other than Ctrl-C, such as a time limit's; or NULL. */
static SEXP objection;
static double asked; /* when, in seconds */

static double seconds_now(void) {
  struct timespec now = {0, 0};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void forget_objection(void) {
  if (objection != NULL) R_ReleaseObject(objection);
  objection = NULL;
}

SEXP glue_failure(const weeg_error *err) {
  static const char *const names[] = {"code", "message", "where", "count", "line", "column", "facts", "objection"};
  static const char *const codes[] = {"none",    "argument", "memory", "too_large",  "weight",  "missing",
                                      "nesting", "fpc",      "lonely", "numeric", "interrupt", "file", "csv"};
  SEXP failure = PROTECT(glue_list(8, names));
  SET_VECTOR_ELT(failure, 0, Rf_mkString(codes[err->code]));
  SET_VECTOR_ELT(failure, 1, Rf_ScalarString(Rf_mkCharCE(err->message, CE_UTF8)));
  SET_VECTOR_ELT(failure, 2, Rf_ScalarReal((double)err->where));
  SET_VECTOR_ELT(failure, 3, Rf_ScalarReal((double)err->count));
  SET_VECTOR_ELT(failure, 4, Rf_ScalarReal((double)err->line));
  SET_VECTOR_ELT(failure, 5, Rf_ScalarInteger(err->column));
  SET_VECTOR_ELT(failure, 6, facts_list(&err->facts));
  if (err->code == WEEG_ERR_INTERRUPTED && objection != NULL) SET_VECTOR_ELT(failure, 7, objection);
  forget_objection();
  Rf_setAttrib(failure, R_ClassSymbol, Rf_mkString("weeg_failure"));
  UNPROTECT(1);
  return failure;
}

SEXP glue_keeper(R_CFinalizer_t release) {
  SEXP pointer = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
  R_RegisterCFinalizer(pointer, release);
  UNPROTECT(1);
  return pointer;
}

SEXP glue_keep(size_t size, R_CFinalizer_t release) {
  SEXP pointer = PROTECT(glue_keeper(release));
  R_SetExternalPtrAddr(pointer, R_Calloc(size, char));
  UNPROTECT(1);
  return pointer;
}

const char *glue_path(SEXP path) { return R_ExpandFileName(glue_text(path, "a path")); }

SEXP glue_texts(const weeg_texts *texts) {
  SEXP strings = PROTECT(Rf_allocVector(STRSXP, texts->count));
  for (int i = 0; i < texts->count; i++) SET_STRING_ELT(strings, i, Rf_mkCharCE(texts->text[i], CE_UTF8));
  UNPROTECT(1);
  return strings;
}

/* Texts as they may be shown; NA, and all attributes, stay. A vector in which nothing changes is given back itself. */
SEXP glue_visible(SEXP texts) {
  SEXP result = texts;
  PROTECT_INDEX index;
  PROTECT_WITH_INDEX(result, &index);
  for (R_xlen_t i = 0; i < Rf_xlength(texts); i++) {
    SEXP text = STRING_ELT(texts, i);
    if (text == NA_STRING) continue;
    const void *top = vmaxget();
    /* bytes that are declared to be no text are looked at as they are */
    const char *from = Rf_getCharCE(text) == CE_BYTES ? CHAR(text) : Rf_translateCharUTF8(text);
    const size_t length = strlen(from), size = weeg_visible(from, length, NULL);
    /* what R has translated may have had bytes of no character in it; a blank has the length of a tab */
    if (from != CHAR(text) || size != length || strpbrk(from, "\t\n\r") != NULL) {
      if (size > INT_MAX) Rf_error("a text of more than 2^31 bytes cannot be shown");
      char *to = R_alloc(size, 1);
      (void)weeg_visible(from, length, to);
      if (result == texts) REPROTECT(result = Rf_duplicate(texts), index);
      SET_STRING_ELT(result, i, Rf_mkCharLenCE(to, (int)size, CE_UTF8));
    }
    vmaxset(top);
  }
  UNPROTECT(1);
  return result;
}

/* Printable letters of ASCII, with no blanks but single ones between others. */
static bool is_plain(SEXP text) {
  const char *at = CHAR(text);
  if (text == NA_STRING) return true;
  for (char before = ' '; *at != 0; before = *at++) {
    if (*at < ' ' || *at > '~' || (*at == ' ' && before == ' ')) return false;
  }
  return at == CHAR(text) || at[-1] != ' ';
}

/* The texts of a vector or list and of some of its attributes, all the way down. */
typedef struct collector {
  SEXP attributes, texts; /* texts: NULL while they are counted */
  R_xlen_t count;
  bool plain;
} collector;

static void collect(collector *c, SEXP x, int depth) {
  const bool atomic = Rf_isVectorAtomic(x);
  if (depth > 100 || !(atomic || TYPEOF(x) == VECSXP)) return;
  for (R_xlen_t i = 0; i < Rf_xlength(x) && TYPEOF(x) == VECSXP; i++) collect(c, VECTOR_ELT(x, i), depth + 1);
  for (R_xlen_t i = 0; i < Rf_xlength(x) && TYPEOF(x) == STRSXP; i++, c->count++) {
    if (c->texts != NULL) SET_STRING_ELT(c->texts, c->count, STRING_ELT(x, i));
    else c->plain = c->plain && is_plain(STRING_ELT(x, i));
  }
  for (int k = 0; k < Rf_length(c->attributes); k++) {
    SEXP value = PROTECT(Rf_getAttrib(x, Rf_installTrChar(STRING_ELT(c->attributes, k))));
    collect(c, value, depth + 1);
    UNPROTECT(1);
  }
}

/* NULL where all are plain. */
SEXP glue_texts_of(SEXP x, SEXP attributes) {
  collector c = {attributes, NULL, 0, true};
  collect(&c, x, 0);
  if (c.plain) return R_NilValue;
  c.texts = PROTECT(Rf_allocVector(STRSXP, c.count));
  c.count = 0;
  collect(&c, x, 0);
  UNPROTECT(1);
  return c.texts;
}

SEXP glue_integers(const int32_t *from, R_xlen_t count) {
  SEXP to = Rf_allocVector(INTSXP, count);
  if (count > 0) memcpy(INTEGER(to), from, (size_t)count * sizeof *from);
  return to;
}

static SEXP check_interrupt(void *unused) {
  (void)unused;
  R_CheckUserInterrupt();
  return R_NilValue;
}

static SEXP keep_objection(SEXP condition, void *unused) {
  (void)unused;
  forget_objection();
  R_PreserveObject(objection = condition);
  return R_NilValue;
}

static void ask(void *unused) { (void)R_tryCatchError(check_interrupt, unused, keep_objection, unused); }

static const double AT_LEAST = 0.02; /* seconds, between two questions */

/*
 * R_CheckUserInterrupt jumps. Of an error, which would end a process that is not interactive if nothing caught it here, R
 * makes an answer; R_ToplevelExec makes one of Ctrl-C. Both take R longer than rows take the core, so it is asked now and then.
 */
static int interrupted(void *unused) {
  const double now = seconds_now();
  if (objection != NULL) return 1;
  if (now - asked < AT_LEAST) return 0;
  asked = now;
  return !R_ToplevelExec(ask, unused) || objection != NULL;
}

static void start_asking(void) {
  forget_objection();
  asked = seconds_now();
}

void glue_let_interrupt(int64_t i) {
  if (i % GLUE_AT_A_TIME == GLUE_AT_A_TIME - 1) R_CheckUserInterrupt();
}

const weeg_hooks *glue_patience(void) {
  static const weeg_hooks patience = {.interrupt = interrupted};
  start_asking();
  return &patience;
}

/* The threads of this process. What a forked one has of its parent's is memory only, and left alone. */
static weeg_pool *pool;

weeg_hooks glue_hooks(SEXP threads) {
  start_asking();
  if (!weeg_pool_here(pool)) pool = weeg_pool_new();
  return (weeg_hooks){.interrupt = interrupted, .threads = Rf_asInteger(threads), .pool = pool};
}

void R_unload_weeg(DllInfo *info);
void R_unload_weeg(DllInfo *info) {
  (void)info;
  weeg_pool_free(pool);
  pool = NULL;
}

enum { PATIENCE = 2 }; /* seconds before progress is shown */

static void show_progress(void *ctx, double done) {
  glue_progress *line = ctx;
  const time_t now = time(NULL);
  if (difftime(now, line->started) < PATIENCE || now == line->last) return;
  line->last = now;
  line->shown = true;
  REprintf("\rreading: %3.0f %%", 100 * done);
}

void glue_start_progress(glue_progress *line, SEXP wanted, weeg_hooks *hooks) {
  *line = (glue_progress){.started = time(NULL)};
  if (Rf_asLogical(wanted) != TRUE) return;
  hooks->progress = show_progress;
  hooks->ctx = line;
}

void glue_end_progress(const glue_progress *line) {
  if (line->shown) REprintf("\r%16s\r", "");
}

/* list(scale, wy, products) of a tally's measures. */
static SEXP measures_out(const weeg_tally *tally) {
  static const char *const names[] = {"scale", "wy", "products"};
  const size_t sums = (size_t)tally->entries * (size_t)tally->measures * sizeof *tally->wy;
  const size_t products = (size_t)tally->entries * (size_t)weeg_tally_pairs(tally->measures) * sizeof *tally->products;
  SEXP list = PROTECT(glue_list(3, names));
  SET_VECTOR_ELT(list, 0, Rf_allocVector(INTSXP, tally->measures));
  for (int k = 0; k < tally->measures; k++) INTEGER(VECTOR_ELT(list, 0))[k] = tally->measure_scale[k];
  SET_VECTOR_ELT(list, 1, Rf_allocVector(RAWSXP, (R_xlen_t)sums));
  if (sums > 0) memcpy(RAW(VECTOR_ELT(list, 1)), tally->wy, sums);
  if (tally->products != NULL) {
    SET_VECTOR_ELT(list, 2, Rf_allocVector(RAWSXP, (R_xlen_t)products));
    if (products > 0) memcpy(RAW(VECTOR_ELT(list, 2)), tally->products, products);
  }
  UNPROTECT(1);
  return list;
}

SEXP glue_entries(const weeg_tally *tally) {
  static const char *const names[] = {"unit", "cell", "n", "w", "w2", "scale", "measures"};
  const R_xlen_t size = (R_xlen_t)tally->entries;
  SEXP list = PROTECT(glue_list(tally->measures > 0 ? 7 : 6, names));
  SEXP unit = PROTECT(Rf_allocVector(INTSXP, size)), cell = PROTECT(Rf_allocVector(INTSXP, size));
  SEXP n = PROTECT(Rf_allocVector(REALSXP, size));
  SEXP w = PROTECT(Rf_allocVector(RAWSXP, size * (R_xlen_t)sizeof(weeg_sum)));
  if (size > 0) {
    memcpy(INTEGER(unit), tally->unit, (size_t)size * sizeof *tally->unit);
    memcpy(INTEGER(cell), tally->cell, (size_t)size * sizeof *tally->cell);
    memcpy(RAW(w), tally->w, (size_t)size * sizeof *tally->w);
    for (R_xlen_t i = 0; i < size; i++) REAL(n)[i] = (double)tally->n[i];
  }
  SET_VECTOR_ELT(list, 0, unit);
  SET_VECTOR_ELT(list, 1, cell);
  SET_VECTOR_ELT(list, 2, n);
  SET_VECTOR_ELT(list, 3, w);
  if (tally->w2 != NULL) {
    SEXP w2 = PROTECT(Rf_allocVector(RAWSXP, size * (R_xlen_t)sizeof(weeg_square)));
    if (size > 0) memcpy(RAW(w2), tally->w2, (size_t)size * sizeof *tally->w2);
    SET_VECTOR_ELT(list, 4, w2);
    UNPROTECT(1);
  }
  SET_VECTOR_ELT(list, 5, Rf_ScalarInteger(tally->scale));
  if (tally->measures > 0) SET_VECTOR_ELT(list, 6, measures_out(tally));
  UNPROTECT(5);
  return list;
}
