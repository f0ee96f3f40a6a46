/* PSPP: `weeg pspp`, the other half of inst/pspp/cstabulate.sps. */
#ifndef WEEG_CLI_PSPP_H
#define WEEG_CLI_PSPP_H

#include "cli.h"

enum { PSPP_POPSIZE, PSPP_ROWPCT, PSPP_COLPCT, PSPP_TABLEPCT, PSPP_CELLS };
enum { PSPP_SE, PSPP_CV, PSPP_DEFF, PSPP_DEFFSQRT, PSPP_CIN, PSPP_COUNT, PSPP_STATISTICS };

/* What a CSTABULATE command asks for. */
typedef struct pspp_request {
  cli_list variables;
  const char *by, *subpop;    /* NULL: none */
  const char *weight, *strata, *cluster, *fpc, *lonely;
  bool cell[PSPP_CELLS], statistic[PSPP_STATISTICS];
  bool independence, homogeneity, listwise;
  double level;
} pspp_request;

/* Reads what follows CSTABULATE; what is not known ends the program, with its name and place. */
pspp_request pspp_parse(const char *text);

/* The syntax that prints the answer. */
void pspp_answer(const pspp_request *request, const char *path, cli_text *out);

#endif
