/* Reads a CSTABULATE request. */
#include <stdlib.h>

#include "pspp/pspp.h"

static void read_tables(pspp_words *w, pspp_request *r) {
  pspp_need(w, "VARIABLES");
  pspp_need(w, "=");
  while (!pspp_at_end(w) && !pspp_same(pspp_peek(w), "BY")) {
    const char *added = pspp_name(w);
    if (pspp_same(added, "TO")) cli_fail("CSTABULATE: TO is not supported in /TABLES (word %d); name each variable", (int)w->at);
    for (int32_t i = 0; i < r->variables.count; i++) {
      if (pspp_same(added, r->variables.item[i])) cli_fail("CSTABULATE: %s is named twice in /TABLES", added);
    }
    cli_push(&r->variables, added);
  }
  if (r->variables.count == 0) cli_fail("CSTABULATE: /TABLES names no variable");
  if (pspp_take(w, "BY")) r->by = pspp_name(w);
  for (int32_t i = 0; i < r->variables.count && r->by != NULL; i++) {
    if (pspp_same(r->by, r->variables.item[i])) cli_fail("CSTABULATE: %s is crossed with itself in /TABLES", r->by);
  }
}

static void read_cells(pspp_words *w, pspp_request *r) {
  static const char *const known[] = {"POPSIZE", "ROWPCT", "COLPCT", "TABLEPCT", NULL};
  while (!pspp_at_end(w)) r->cell[pspp_one_of(w, known)] = true;
}

/* CIN(95) */
static double read_level(pspp_words *w) {
  char *end = NULL;
  if (!pspp_take(w, "(")) return 0.95;
  const char *word = pspp_peek(w);
  const double level = strtod(word, &end);
  const bool number = end != word && *end == '\0' && level > 0 && level < 100;
  w->at++;
  if (!number || !pspp_take(w, ")")) {
    cli_fail("CSTABULATE: CIN needs a level between 0 and 100 with a decimal point, as in CIN(95) or CIN(97.5), not \"%s%s\"",
             word, number ? pspp_peek(w) : "");
  }
  return level / 100;
}

static void read_statistics(pspp_words *w, pspp_request *r) {
  static const char *const known[] = {"SE", "CV", "DEFF", "DEFFSQRT", "CIN", "COUNT", "CUMULATIVE", NULL};
  while (!pspp_at_end(w)) {
    const int which = pspp_one_of(w, known);
    r->statistic[which] = true;
    if (which == PSPP_CIN) r->level = read_level(w);
  }
}

static void read_test(pspp_words *w, pspp_request *r) {
  static const char *const known[] = {"INDEPENDENCE", "HOMOGENEITY", NULL};
  while (!pspp_at_end(w)) *(pspp_one_of(w, known) == 0 ? &r->independence : &r->homogeneity) = true;
}

static void read_missing(pspp_words *w, pspp_request *r) {
  static const char *const known[] = {"SCOPE", "CLASSMISSING", "WEIGHT", NULL}, *const scopes[] = {"TABLE", "LISTWISE", NULL};
  static const char *const classes[] = {"EXCLUDE", "INCLUDE", NULL}, *const weights[] = {"FAIL", "OMIT", NULL};
  while (!pspp_at_end(w)) {
    const int which = pspp_one_of(w, known);
    pspp_need(w, "=");
    if (which == 0) r->listwise = pspp_one_of(w, scopes) == 1;
    else if (which == 1) r->user_missing = pspp_one_of(w, classes) == 1;
    else r->omit_unweighted = pspp_one_of(w, weights) == 1;
  }
}

static void read_lonely(pspp_words *w, pspp_request *r) {
  static const char *const known[] = {"FAIL", "REMOVE", "CERTAINTY", "ADJUST", "AVERAGE", NULL};
  r->lonely = weeg_words(WEEG_WORDS_LONELY)[pspp_one_of(w, known)];
}

/* TABLE= a BY b DISPLAY=...: each subpopulation has tables of its own, however they are to be displayed. */
static void read_subpop(pspp_words *w, pspp_request *r) {
  static const char *const displays[] = {"LAYERED", "SEPARATE", NULL};
  pspp_need(w, "TABLE");
  pspp_need(w, "=");
  do cli_push(&r->subpop, pspp_name(w));
  while (pspp_take(w, "BY"));
  if (!pspp_take(w, "DISPLAY")) return;
  pspp_need(w, "=");
  (void)pspp_one_of(w, displays);
}

enum { TABLES, CELLS, STATISTICS, TEST, SUBPOP, MISSING, PLAN, WEIGHT, STRATA, CLUSTER, FPC, LONELY, DF, SUBCOMMANDS };

static const char *const subcommands[] = {"TABLES", "CELLS", "STATISTICS", "TEST", "SUBPOP", "MISSING", "PLAN", "WEIGHT",
                                          "STRATA", "CLUSTER", "FPC", "LONELY", "DF", NULL};

static void read_subcommand(pspp_words *w, pspp_request *r, int which) {
  if (which >= WEIGHT) pspp_need(w, "=");
  else if (which == CELLS || which == STATISTICS || which == TEST) (void)pspp_take(w, "=");
  switch (which) {
  case TABLES: read_tables(w, r); break;
  case CELLS: read_cells(w, r); break;
  case STATISTICS: read_statistics(w, r); break;
  case TEST: read_test(w, r); break;
  case SUBPOP: read_subpop(w, r); break;
  case MISSING: read_missing(w, r); break;
  case PLAN: r->plan = pspp_file(w); break;
  case WEIGHT: r->weight = pspp_one_name(w, "the weight"); break;
  case STRATA: r->strata = pspp_one_name(w, "STRATA"); break;
  case CLUSTER: r->cluster = pspp_one_name(w, "CLUSTER"); break;
  case FPC: r->fpc = pspp_one_name(w, "FPC"); break;
  case LONELY: read_lonely(w, r); break;
  case DF: r->df = pspp_one_name(w, "the number of degrees of freedom"); break;
  }
  pspp_need_end(w);
}

/* A variable has one place in a table. */
static void check_names(const pspp_request *r) {
  for (int32_t k = 0; k < r->subpop.count; k++) {
    const char *subpop = r->subpop.item[k];
    bool twice = r->by != NULL && pspp_same(subpop, r->by);
    for (int32_t i = 0; i < r->variables.count; i++) twice = twice || pspp_same(subpop, r->variables.item[i]);
    if (twice) cli_fail("CSTABULATE: %s is in /TABLES and in /SUBPOP", subpop);
    for (int32_t i = 0; i < k; i++) {
      if (pspp_same(subpop, r->subpop.item[i])) cli_fail("CSTABULATE: %s is named twice in /SUBPOP", subpop);
    }
  }
}

/* What does not go together. */
static void check(const pspp_request *r) {
  if (r->variables.count == 0) cli_fail("CSTABULATE: /TABLES VARIABLES= is missing");
  check_names(r);
  if (r->by != NULL && r->homogeneity) cli_fail("CSTABULATE: /TEST HOMOGENEITY is for a table without BY; use INDEPENDENCE");
  if (r->by != NULL && r->statistic[PSPP_CUMULATIVE]) {
    cli_fail("CSTABULATE: /STATISTICS CUMULATIVE is for a table without BY");
  }
  if (r->by != NULL) return;
  if (r->independence) cli_fail("CSTABULATE: /TEST INDEPENDENCE needs a table with BY");
  if (r->cell[PSPP_ROWPCT] || r->cell[PSPP_COLPCT]) {
    cli_fail("CSTABULATE: /CELLS %s needs a table with BY; use TABLEPCT", r->cell[PSPP_ROWPCT] ? "ROWPCT" : "COLPCT");
  }
}

/* The design of the plan file, which cannot be given a second time. */
static void use_plan(pspp_request *r, const bool *seen) {
  for (int which = WEIGHT; which <= FPC; which++) {
    if (seen[which]) cli_fail("CSTABULATE: the plan has the design already: leave /%s out, or /PLAN", subcommands[which]);
  }
  const pspp_plan plan = pspp_read_plan(r->plan);
  r->weight = plan.weight;
  const pspp_stage all = pspp_all_stages(&plan, ",");
  r->strata = all.strata;
  r->cluster = all.cluster;
  r->fpc = all.fpc;
}

pspp_request pspp_parse(pspp_words *w) {
  pspp_request r = {.level = 0.95};
  bool seen[SUBCOMMANDS] = {false}, any = false;
  int which = 0;
  while ((which = pspp_next_subcommand(w, subcommands, seen)) >= 0) read_subcommand(w, &r, which);
  check(&r);
  if (r.plan != NULL) use_plan(&r, seen);
  for (int i = 0; i < PSPP_CELLS; i++) any = any || r.cell[i];
  if (!any) r.cell[PSPP_POPSIZE] = true;
  if (!seen[STATISTICS]) r.statistic[PSPP_SE] = true;
  return r;
}
