/* --contrasts of weeg compare. */
#ifndef WEEG_CLI_CONTRASTS_H
#define WEEG_CLI_CONTRASTS_H

#include "results.h"

typedef struct cli_contrasts {
  int32_t count;
  const char **name;
  double *coef;          /* [count * groups]; NULL: one, the trend */
  int32_t *same_as;      /* [count] the first that each is a multiple of */
  weeg_contrast *found;  /* [count * levels] */
  int64_t *n;            /* [count] rows of their groups */
} cli_contrasts;

/* measure: from 1, the number of whose means they are; 0: of proportions. */
const cli_contrasts *cli_find_contrasts(const cli_options *options, const cli_places *places, int32_t measure);
/* What the estimate of a trend is per, "per 1 in age"; NULL: no trend is asked for. */
const char *cli_trend_unit(const cli_options *options, const cli_places *places);

#endif
