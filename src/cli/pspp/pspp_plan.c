/*
 * CSPLAN: the design of a sample in a file, for CSTABULATE /PLAN. The file is what was typed, in a fixed order, so that it can be
 * read by people; SPSS's own plan files are something else.
 */
#include <string.h>

#include "pspp/pspp.h"

static const char marker[] = "* A plan by weeg, for CSTABULATE /PLAN FILE= in PSPP.\n";

enum { PLAN, PLANVARS, SRSESTIMATOR, PRINT, DESIGN, ESTIMATOR, POPSIZE, INCLPROB, SUBCOMMANDS };

static const char *const subcommands[] = {"PLAN", "PLANVARS", "SRSESTIMATOR", "PRINT", "DESIGN", "ESTIMATOR",
                                          "POPSIZE", "INCLPROB", NULL};

enum { WR, EQUAL_WOR };

static void read_design(pspp_words *w, pspp_stage *stage) {
  static const char *const known[] = {"STRATA", "CLUSTER", "STAGELABEL", NULL};
  while (!pspp_at_end(w)) {
    const int which = pspp_one_of(w, known);
    pspp_need(w, "=");
    if (which == 0) stage->strata = pspp_one_name(w, "STRATA");
    else if (which == 1) stage->cluster = pspp_one_name(w, "CLUSTER");
    else w->at++;
  }
}

/* WR, or EQUAL_WOR. */
static int read_type(pspp_words *w) {
  static const char *const known[] = {"WR", "EQUAL_WOR", NULL};
  pspp_need(w, "TYPE");
  pspp_need(w, "=");
  if (pspp_same(pspp_peek(w), "UNEQUAL_WOR")) {
    cli_fail("%s: TYPE=UNEQUAL_WOR needs joint probabilities, which weeg does not have; TYPE=WR is the usual approximation",
             w->command);
  }
  return pspp_one_of(w, known);
}

static void read_srs(pspp_words *w) {
  static const char *const known[] = {"WR", NULL};
  pspp_need(w, "TYPE");
  pspp_need(w, "=");
  if (pspp_same(pspp_peek(w), "WOR")) {
    cli_fail("%s: design effects are against simple random sampling with replacement here: /SRSESTIMATOR TYPE=WR", w->command);
  }
  (void)pspp_one_of(w, known);
}

/* POPSIZE and INCLPROB: a variable. */
static const char *read_fpc(pspp_words *w) {
  if (pspp_same(pspp_peek(w), "VALUE") || pspp_same(pspp_peek(w), "MATRIX")) {
    cli_fail("%s: /%s %s= is not supported; COMPUTE a variable and give /%s VARIABLE=", w->command, w->subcommand, pspp_peek(w),
             w->subcommand);
  }
  pspp_need(w, "VARIABLE");
  pspp_need(w, "=");
  return pspp_one_name(w, "VARIABLE");
}

static void read_subcommand(pspp_words *w, pspp_plan *plan, int which, int *estimator) {
  pspp_stage *stage = &plan->stage[plan->stages > 0 ? plan->stages - 1 : 0];
  switch (which) {
  case PLAN: plan->file = pspp_file(w); break;
  case PLANVARS:
    pspp_need(w, "ANALYSISWEIGHT");
    pspp_need(w, "=");
    plan->weight = pspp_one_name(w, "ANALYSISWEIGHT");
    break;
  case SRSESTIMATOR: read_srs(w); break;
  case PRINT: (void)pspp_take(w, "PLAN"); break;  /* it always is */
  case DESIGN: read_design(w, stage); break;
  case ESTIMATOR: *estimator = read_type(w); break;
  case POPSIZE:
  case INCLPROB:
    stage->fpc = read_fpc(w);
    stage->probabilities = which == INCLPROB;
    break;
  }
  pspp_need_end(w);
}

/* What was said of the last stage so far. */
static void check_stage(const pspp_words *w, const pspp_plan *plan, const bool *seen, int estimator) {
  const pspp_stage *stage = &plan->stage[plan->stages - 1];
  if (estimator < 0) cli_fail("%s: /ESTIMATOR TYPE= is missing: WR, or EQUAL_WOR with /POPSIZE or /INCLPROB", w->command);
  if (seen[POPSIZE] && seen[INCLPROB]) cli_fail("%s: /POPSIZE and /INCLPROB mean the same; give one of them", w->command);
  if (estimator == WR && stage->fpc != NULL) {
    cli_fail("%s: with TYPE=WR the population is infinite; give TYPE=EQUAL_WOR, or no /POPSIZE and /INCLPROB", w->command);
  }
  if (estimator == EQUAL_WOR && stage->fpc == NULL) {
    cli_fail("%s: TYPE=EQUAL_WOR needs /POPSIZE VARIABLE= (clusters in the population of the stratum) or /INCLPROB VARIABLE=",
             w->command);
  }
  if (plan->stages > 1 && stage->cluster == NULL) {
    cli_fail("%s: stage %d has no CLUSTER=; where it samples cases, number them and name that variable: COMPUTE id=$CASENUM",
             w->command, plan->stages);
  }
}

/* Another /DESIGN is another stage, behind one of EQUAL_WOR that samples clusters. */
static void start_stage(const pspp_words *w, pspp_plan *plan, bool *seen, int *estimator) {
  if (!seen[DESIGN] || *estimator != EQUAL_WOR) return;
  check_stage(w, plan, seen, *estimator);
  if (plan->stage[plan->stages - 1].cluster == NULL) cli_fail("%s: a stage before the last has no CLUSTER=", w->command);
  if (plan->stages == PSPP_STAGES) cli_fail("%s: there are more than %d stages", w->command, PSPP_STAGES);
  seen[DESIGN] = seen[ESTIMATOR] = seen[POPSIZE] = seen[INCLPROB] = false;
  *estimator = -1;
}

/* What comes after CSPLAN ANALYSIS. */
static pspp_plan parse(pspp_words *w) {
  pspp_plan plan = {0};
  bool seen[SUBCOMMANDS] = {false};
  int which = 0, estimator = -1;
  for (;;) {
    (void)pspp_take(w, "/");
    if (pspp_same(pspp_peek(w), subcommands[DESIGN])) start_stage(w, &plan, seen, &estimator);
    which = pspp_next_subcommand(w, subcommands, seen);
    if (which < 0) break;
    if (which == DESIGN) plan.stages++;
    read_subcommand(w, &plan, which, &estimator);
    if (which >= ESTIMATOR && !seen[DESIGN]) cli_fail("%s: /%s comes after its /DESIGN", w->command, subcommands[which]);
  }
  if (plan.file == NULL) cli_fail("%s: /PLAN FILE='...' is missing", w->command);
  if (plan.weight == NULL) cli_fail("%s: /PLANVARS ANALYSISWEIGHT= is missing", w->command);
  if (plan.stages == 0) cli_fail("%s: /DESIGN is missing, as in /DESIGN STRATA=s CLUSTER=psu", w->command);
  check_stage(w, &plan, seen, estimator);
  return plan;
}

static const char *joined(const char *first, const char *between, const char *next, int stage) {
  if (stage == 0) return next;
  if (first == NULL && next == NULL) return NULL;
  cli_text text = {0};
  for (int k = 0; k < stage && first == NULL; k++) cli_addf(&text, "%s%s", k > 0 ? between : "", "1"); /* none at a stage */
  cli_addf(&text, "%s%s%s", first == NULL ? "" : first, between, next == NULL ? "1" : next);
  return text.bytes;
}

pspp_stage pspp_all_stages(const pspp_plan *plan, const char *between) {
  pspp_stage all = {0};
  for (int k = 0; k < plan->stages; k++) {
    const pspp_stage *stage = &plan->stage[k];
    all.strata = joined(all.strata, between, stage->strata, k);
    all.cluster = joined(all.cluster, between, stage->cluster, k);
    if (stage->fpc != NULL) all.fpc = joined(all.fpc, between, stage->fpc, k);
  }
  return all;
}

static const char *text_of(const pspp_plan *plan) {
  cli_text out = {0};
  for (int k = 0; k < plan->stages; k++) {
    const pspp_stage *stage = &plan->stage[k];
    cli_add(&out, k > 0 ? " /DESIGN" : "/DESIGN");
    if (stage->strata != NULL) cli_addf(&out, " STRATA=%s", stage->strata);
    if (stage->cluster != NULL) cli_addf(&out, " CLUSTER=%s", stage->cluster);
    cli_addf(&out, " /ESTIMATOR TYPE=%s", stage->fpc == NULL ? "WR" : "EQUAL_WOR");
    if (stage->fpc != NULL) cli_addf(&out, " /%s VARIABLE=%s", stage->probabilities ? "INCLPROB" : "POPSIZE", stage->fpc);
  }
  return cli_format("/PLANVARS ANALYSISWEIGHT=%s %s", plan->weight, out.bytes);
}

static void write_plan(const pspp_plan *plan) {
  weeg_error err = cli_error();
  cli_text quoted = {0};
  for (const char *c = plan->file; *c != '\0'; c++) {
    if (*c == '\'') cli_add(&quoted, "'");
    cli_add_bytes(&quoted, c, 1);
  }
  const char *text = cli_format("%sCSPLAN ANALYSIS /PLAN FILE='%s' %s.\n", marker, quoted.bytes, text_of(plan));
  cli_check(weeg_file_write(plan->file, text, (int64_t)strlen(text), 0644, &err), &err);
}

pspp_plan pspp_read_plan(const char *file) {
  size_t size = 0;
  char *text = cli_read_all(file, &size);
  const size_t length = strlen(marker);
  while (size > 0 && strchr(" .\r\n", text[size - 1]) != NULL) text[--size] = '\0';
  if (size < length || strncmp(text, marker, length) != 0) {
    cli_fail("the plan %s was not written by CSPLAN in PSPP; plan files of SPSS cannot be read: type its CSPLAN ANALYSIS here",
             file);
  }
  pspp_words w = pspp_split(text + length);
  w.command = cli_format("the plan %s", file);
  if (!pspp_take(&w, "CSPLAN") || !pspp_take(&w, "ANALYSIS")) cli_fail("%s is damaged: it does not begin as one", w.command);
  pspp_plan plan = parse(&w);
  plan.file = file;
  return plan;
}

void pspp_answer_plan(pspp_words *w, cli_text *out) {
  static const char *const kinds[] = {"ANALYSIS", "VIEW", "SAMPLE", NULL}, *const only[] = {"PLAN", "PRINT", NULL};
  pspp_plan plan = {0};
  const int kind = pspp_one_of(w, kinds);
  if (kind == 2) cli_fail("CSPLAN SAMPLE draws samples, which weeg does not; CSPLAN ANALYSIS describes one that was drawn");
  if (kind == 0) {
    plan = parse(w);
    write_plan(&plan);
  } else {
    bool seen[2] = {false};
    int which = 0;
    while ((which = pspp_next_subcommand(w, only, seen)) >= 0) {
      if (which == 0) plan.file = pspp_file(w);
      else (void)pspp_take(w, "PLAN");
      pspp_need_end(w);
    }
    if (plan.file == NULL) cli_fail("CSPLAN: /PLAN FILE='...' is missing");
    plan = pspp_read_plan(plan.file);
  }
  const pspp_stage all = pspp_all_stages(&plan, " + ");
  pspp_add_note(out, cli_format("Plan %s%s: weight %s; strata %s; clusters %s; population %s.", plan.file,
                                kind == 0 ? " is written" : "", plan.weight, all.strata == NULL ? "none" : all.strata,
                                all.cluster == NULL ? "none (cases)" : all.cluster,
                                all.fpc == NULL ? "infinite (with replacement)" : cli_format("by %s", all.fpc)));
}
