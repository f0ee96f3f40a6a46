/* Estimates that are linear in scores of rows, in samples of few PSUs. Internal to the core. */
#ifndef WEEG_EFFECTIVE_SCORES_H
#define WEEG_EFFECTIVE_SCORES_H

#include "stats/effective.h"

/*
 * Of rows in groups that have the same distribution of answers. A row of group g with answer k adds w score_a / T to the
 * deviation of parameter a, with w its weight and T the sum of all; where a score has a mean within a group, which group a row is
 * in counts as drawn too. The estimate is one of the parameters, or the sum of all. Scores are those at the estimates: on
 * the average a row's score of the estimate is short by w lever_a / T times the deviation of parameter a, summed.
 */
typedef struct effective_scores {
  int32_t parameters, target; /* target: -1, the sum */
  const double *p;            /* [groups * answers] */
  const double *score;        /* [parameters * groups * answers] */
  const double *lever;        /* [parameters * groups] */
} effective_scores;

/* Estimates of more parameters stay with Student's t: the time of a law grows with their third power. */
enum { WEEG_MOST_PARAMETERS = 16 };

/* Room for the law of estimates of one table: made once for all of them. */
typedef struct scored_table {
  psu_table table;
  psu_set all;       /* of all groups */
  int32_t *at;       /* [table.nest.units] the number of a place among those of the PSUs that vary, -1 */
  int32_t *place;    /* [psus] back */
  int32_t psus;
} scored_table;

weeg_status weeg_i_scored_table_make(scored_table *t, const weeg_survey *survey, const weeg_places *places, weeg_error *err);
void weeg_i_scored_table_clear(scored_table *t);

/* The law of the estimate, to be cleared in any case; it does not exist for more parameters than the most. */
weeg_status weeg_i_effective_of_scores(effective *e, const scored_table *t, const effective_scores *of, weeg_error *err);

/* What the law makes of an estimate with this standard error; nothing where it does not exist. */
weeg_status weeg_i_effective_few(const scored_table *t, const effective_scores *of, double level, double statistic, weeg_few *few,
                                 weeg_error *err);

#endif
