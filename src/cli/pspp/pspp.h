/* PSPP: `weeg pspp`, the other half of inst/pspp/cstabulate.sps. */
#ifndef WEEG_CLI_PSPP_H
#define WEEG_CLI_PSPP_H

#include "results.h"

/* ---- the words of a request (pspp_tokens.c); what does not fit ends the program, with its name and place -------------- */

typedef struct pspp_words {
  cli_list list;
  int32_t at;
  const char *command, *subcommand; /* for messages; subcommand NULL: between two */
} pspp_words;

pspp_words pspp_split(const char *text);
/* The same in upper and lower case. */
bool pspp_same(const char *a, const char *b);
/* The word that comes next, or "" at the end. */
const char *pspp_peek(const pspp_words *w);
/* Whether the next word is this one, which then is taken. */
bool pspp_take(pspp_words *w, const char *word);
/* Takes this word, which must come. */
void pspp_need(pspp_words *w, const char *word);
/* One of several words, which is taken: its number. */
int pspp_one_of(pspp_words *w, const char *const *known);
/* The name of a variable; pspp_one_name: no second one follows, what says what it is for. */
const char *pspp_name(pspp_words *w);
const char *pspp_one_name(pspp_words *w, const char *what);
/* FILE='name' */
const char *pspp_file(pspp_words *w);
/* Whether the subcommand ends here; pspp_need_end: it must. */
bool pspp_at_end(const pspp_words *w);
void pspp_need_end(const pspp_words *w);
/* The number of the next subcommand, -1 at the end; seen[]: which there were, each at most once. */
int pspp_next_subcommand(pspp_words *w, const char *const *known, bool *seen);

/* ---- CSPLAN (pspp_plan.c) --------------------------------------------------------------------------------------------- */

enum { PSPP_STAGES = 3 }; /* as in SPSS */

typedef struct pspp_stage {
  const char *strata, *cluster, *fpc; /* NULL: none */
  bool probabilities;                 /* fpc is /INCLPROB, not /POPSIZE */
} pspp_stage;

typedef struct pspp_plan {
  const char *file, *weight;
  pspp_stage stage[PSPP_STAGES];
  int stages;
} pspp_plan;

/* Strata, clusters and population sizes of the stages, with `between` between them; NULL: of none. */
pspp_stage pspp_all_stages(const pspp_plan *plan, const char *between);

pspp_plan pspp_read_plan(const char *file);
void pspp_answer_plan(pspp_words *w, cli_text *out);

/* ---- CSTABULATE (pspp_request.c, pspp_result.c) ------------------------------------------------------------------------- */

enum { PSPP_POPSIZE, PSPP_ROWPCT, PSPP_COLPCT, PSPP_TABLEPCT, PSPP_CELLS };
enum { PSPP_SE, PSPP_CV, PSPP_DEFF, PSPP_DEFFSQRT, PSPP_CIN, PSPP_COUNT, PSPP_CUMULATIVE, PSPP_STATISTICS };

/* What a CSTABULATE command asks for. */
typedef struct pspp_request {
  cli_list variables, subpop;
  const char *by;             /* NULL: none */
  const char *plan, *weight, *strata, *cluster, *fpc, *lonely, *df;
  bool cell[PSPP_CELLS], statistic[PSPP_STATISTICS];
  bool independence, homogeneity, listwise, user_missing, omit_unweighted;
  double level;
} pspp_request;

pspp_request pspp_parse(pspp_words *w);

/* The syntax that prints the answer. */
void pspp_answer(const pspp_request *request, const char *path, cli_text *out);
void pspp_add_note(cli_text *out, const char *text);

#endif
