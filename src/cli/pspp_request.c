/* Reads a CSTABULATE request, as PSPP writes it: words with blanks between them, in any case. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pspp.h"

typedef struct words {
  cli_list list;
  int32_t at;
  const char *subcommand;
} words;

static bool same(const char *a, const char *b) {
  for (; *a != '\0' && toupper((unsigned char)*a) == toupper((unsigned char)*b); a++) b++;
  return *a == *b;
}

static bool is_mark(char c) { return c != '\0' && strchr("/=(),", c) != NULL; }

static words split(const char *text) {
  words w = {0};
  while (*text != '\0') {
    size_t length = 0;
    if (isspace((unsigned char)*text)) {
      text++;
      continue;
    }
    if (is_mark(*text)) length = 1;
    while (length == 0 || (!is_mark(*text) && text[length] != '\0' && !isspace((unsigned char)text[length]) &&
                           !is_mark(text[length]))) {
      length++;
    }
    cli_push(&w.list, cli_copy(text, length));
    text += length;
  }
  return w;
}

/* The word that comes next, or "" at the end. */
static const char *peek(const words *w) { return w->at < w->list.count ? w->list.item[w->at] : ""; }

static bool take(words *w, const char *word) {
  if (!same(peek(w), word)) return false;
  w->at++;
  return true;
}

static _Noreturn void unknown(const words *w, const char *const *known) {
  cli_list names = {0};
  for (int i = 0; known[i] != NULL; i++) cli_push(&names, known[i]);
  const char *word = peek(w), *place = w->subcommand == NULL ? "as a subcommand" : cli_format("in /%s", w->subcommand);
  if (*word == '\0') cli_fail("CSTABULATE: it ends too early %s; there may come %s", place, cli_join(&names, ", "));
  cli_fail("CSTABULATE: \"%s\" (word %d) is not known %s; known are %s", word, (int)w->at + 1, place, cli_join(&names, ", "));
}

/* One of several words, which is taken. */
static int one_of(words *w, const char *const *known) {
  for (int i = 0; known[i] != NULL; i++) {
    if (take(w, known[i])) return i;
  }
  unknown(w, known);
}

static bool at_end(const words *w) { return *peek(w) == '\0' || *peek(w) == '/'; }

static const char *name(words *w) {
  const char *word = peek(w);
  if (at_end(w) || is_mark(*word) || strchr("'\"", *word) != NULL) {
    cli_fail("CSTABULATE: /%s needs the name of a variable, not \"%s\" (word %d)", w->subcommand, word, (int)w->at + 1);
  }
  w->at++;
  return word;
}

static void need_end(const words *w) {
  if (at_end(w)) return;
  cli_fail("CSTABULATE: \"%s\" (word %d) is not known in /%s", peek(w), (int)w->at + 1, w->subcommand);
}

static void need(words *w, const char *word) {
  if (take(w, word)) return;
  cli_fail("CSTABULATE: /%s needs %s where \"%s\" stands (word %d)", w->subcommand, word, peek(w), (int)w->at + 1);
}

static void read_tables(words *w, pspp_request *r) {
  need(w, "VARIABLES");
  need(w, "=");
  while (!at_end(w) && !same(peek(w), "BY")) {
    const char *added = name(w);
    if (same(added, "TO")) cli_fail("CSTABULATE: TO is not supported in /TABLES (word %d); name each variable", (int)w->at);
    for (int32_t i = 0; i < r->variables.count; i++) {
      if (same(added, r->variables.item[i])) cli_fail("CSTABULATE: %s is named twice in /TABLES", added);
    }
    cli_push(&r->variables, added);
  }
  if (r->variables.count == 0) cli_fail("CSTABULATE: /TABLES names no variable");
  if (take(w, "BY")) r->by = name(w);
  for (int32_t i = 0; i < r->variables.count && r->by != NULL; i++) {
    if (same(r->by, r->variables.item[i])) cli_fail("CSTABULATE: %s is crossed with itself in /TABLES", r->by);
  }
}

static void read_cells(words *w, pspp_request *r) {
  static const char *const known[] = {"POPSIZE", "ROWPCT", "COLPCT", "TABLEPCT", NULL};
  while (!at_end(w)) r->cell[one_of(w, known)] = true;
}

/* CIN(95) */
static double read_level(words *w) {
  char *end = NULL;
  if (!take(w, "(")) return 0.95;
  const double level = strtod(peek(w), &end);
  if (end == peek(w) || *end != '\0' || !(level > 0 && level < 100)) {
    cli_fail("CSTABULATE: CIN needs a level between 0 and 100, as in CIN(95), not \"%s\"", peek(w));
  }
  w->at++;
  need(w, ")");
  return level / 100;
}

static void read_statistics(words *w, pspp_request *r) {
  static const char *const known[] = {"SE", "CV", "DEFF", "DEFFSQRT", "CIN", "COUNT", NULL};
  while (!at_end(w)) {
    const int which = one_of(w, known);
    r->statistic[which] = true;
    if (which == PSPP_CIN) r->level = read_level(w);
  }
}

static void read_test(words *w, pspp_request *r) {
  static const char *const known[] = {"INDEPENDENCE", "HOMOGENEITY", NULL};
  while (!at_end(w)) *(one_of(w, known) == 0 ? &r->independence : &r->homogeneity) = true;
}

static void read_missing(words *w, pspp_request *r) {
  static const char *const known[] = {"SCOPE", "CLASSMISSING", NULL}, *const scopes[] = {"TABLE", "LISTWISE", NULL};
  static const char *const classes[] = {"EXCLUDE", NULL};
  while (!at_end(w)) {
    const bool scope = one_of(w, known) == 0;
    need(w, "=");
    if (scope) r->listwise = one_of(w, scopes) == 1;
    else (void)one_of(w, classes);
  }
}

static void read_lonely(words *w, pspp_request *r) {
  static const char *const known[] = {"FAIL", "REMOVE", "CERTAINTY", "ADJUST", "AVERAGE", NULL};
  r->lonely = cli_lonely_rules[one_of(w, known)];
}

enum { TABLES, CELLS, STATISTICS, TEST, SUBPOP, MISSING, WEIGHT, STRATA, CLUSTER, FPC, LONELY, SUBCOMMANDS };

static const char *const subcommands[] = {"TABLES", "CELLS", "STATISTICS", "TEST", "SUBPOP", "MISSING", "WEIGHT", "STRATA",
                                          "CLUSTER", "FPC", "LONELY", NULL};

static void read_subcommand(words *w, pspp_request *r, int which) {
  if (which != TABLES && which != CELLS && which != STATISTICS && which != TEST && which != SUBPOP && which != MISSING) {
    need(w, "=");
  } else if (which == CELLS || which == STATISTICS || which == TEST) {
    (void)take(w, "=");
  }
  switch (which) {
  case TABLES: read_tables(w, r); break;
  case CELLS: read_cells(w, r); break;
  case STATISTICS: read_statistics(w, r); break;
  case TEST: read_test(w, r); break;
  case SUBPOP:
    need(w, "TABLE");
    need(w, "=");
    r->subpop = name(w);
    break;
  case MISSING: read_missing(w, r); break;
  case WEIGHT: r->weight = name(w); break;
  case STRATA: r->strata = name(w); break;
  case CLUSTER: r->cluster = name(w); break;
  case FPC: r->fpc = name(w); break;
  case LONELY: read_lonely(w, r); break;
  }
  need_end(w);
}

/* What does not go together. */
static void check(const pspp_request *r) {
  if (r->variables.count == 0) cli_fail("CSTABULATE: /TABLES VARIABLES= is missing");
  for (int32_t i = 0; i < r->variables.count && r->subpop != NULL; i++) {
    if (same(r->subpop, r->variables.item[i])) cli_fail("CSTABULATE: %s is in /TABLES and in /SUBPOP", r->subpop);
  }
  if (r->subpop != NULL && r->by != NULL && same(r->subpop, r->by)) {
    cli_fail("CSTABULATE: %s is in /TABLES and in /SUBPOP", r->subpop);
  }
  if (r->by != NULL && r->homogeneity) cli_fail("CSTABULATE: /TEST HOMOGENEITY is of a table without BY; use INDEPENDENCE");
  if (r->by != NULL) return;
  if (r->independence) cli_fail("CSTABULATE: /TEST INDEPENDENCE needs a table with BY");
  if (r->cell[PSPP_ROWPCT] || r->cell[PSPP_COLPCT]) {
    cli_fail("CSTABULATE: /CELLS %s needs a table with BY; use TABLEPCT", r->cell[PSPP_ROWPCT] ? "ROWPCT" : "COLPCT");
  }
}

pspp_request pspp_parse(const char *text) {
  pspp_request r = {.level = 0.95};
  words w = split(text);
  bool seen[SUBCOMMANDS] = {false}, any = false;
  (void)take(&w, "/");
  while (*peek(&w) != '\0') {
    w.subcommand = NULL;
    const int which = one_of(&w, subcommands);
    w.subcommand = subcommands[which];
    if (seen[which]) cli_fail("CSTABULATE: /%s is given twice", subcommands[which]);
    seen[which] = true;
    read_subcommand(&w, &r, which);
    if (*peek(&w) != '\0') w.at++;
  }
  check(&r);
  for (int i = 0; i < PSPP_CELLS; i++) any = any || r.cell[i];
  if (!any) r.cell[PSPP_POPSIZE] = true;
  return r;
}
