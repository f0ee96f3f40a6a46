/* One walk over the strata and PSUs of each stage, for whatever is summed of their scores. Internal to the core. */
#ifndef WEEG_WALK_H
#define WEEG_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/interrupt.h"
#include "base/vector.h"
#include "variance/nest.h"
#include "variance/scores.h"
#include "weeg.h"

/* Scores of a sample, by domain: an output has scores in cells of its own domain, others are passed over. See weeg_variance. */
typedef struct scored_sample {
  weeg_survey survey;
  const weeg_scores *scores;
  weeg_domains domains;
} scored_sample;

typedef struct walk_domain {
  int32_t stratum; /* the last one + 1 that it has rows in */
  int32_t psu;     /* the last one + 1 there */
  int64_t psus;    /* how many there (rows when element) */
  int64_t strata;  /* of the family at hand, see weeg_i_family_end: those that it has rows in */
  int64_t usable;  /* those that are not lonely */
  int64_t sampled; /* their sampled PSUs */
} walk_domain;

/* Where a walk is. "PSU" is a unit of the stage at hand. Of outputs without scores in the stratum, sum and mean are 0. */
typedef struct walk {
  const scored_sample *of;
  nest nest;             /* of the stage */
  segment_list segments;
  walk_domain *domain;   /* [domains] */
  int32_t *here;         /* [domains] those with rows in the stratum, where it matters */
  int32_t heres;
  int32_t lonelies;      /* those to which the stratum is lonely, see weeg_i_walk_is_lonely */
  bool by_family;        /* whether the rule for single-PSU strata needs to know the family */
  int32_t stratum;
  double n_h;            /* its sampled PSUs */
  double scale;          /* of its squared deviations: (1 - n_h/N_h) n_h/(n_h - 1), the last part of several PSUs only */
  double *sum, *mean;    /* [outputs] of z over the stratum, and that divided by n_h */
  double *centre;        /* [outputs] mean z over the PSUs of the family, by family */
  double *z;             /* [outputs] of the PSU: 0 outside its segments */
  double *vector, *cross; /* [outputs] of unequal.c; NULL where it has nothing to do */
  int32_t *touched;      /* [segments] those with scores in the stratum, in order of appearance */
  int32_t touches;
  int32_t *of_psu;       /* [segments] likewise for the PSU */
  int32_t of_psus;
  int64_t *stamp;        /* [segments] the last PSU + 1 with the segment */
  bool *is_touched;      /* [segments] */
  double *cell_w;        /* [cells] sum of weights over the stratum */
  int32_t *cells;        /* [cells] those with entries in the stratum, in order of appearance */
  bool *is_listed;       /* [cells] */
  int64_t terms;         /* of an entry's scores, on average: steps */
  pulse pulse;
} walk;

/* What is made of the scores, in `sums`. */
typedef struct accumulator {
  bool by_cell; /* w->sum is summed by cell first: less work where PSUs share cells, and other last digits */
  /* The PSUs of a stratum of several, one after the other by weeg_walk_psu. */
  void (*add_psus)(void *sums, walk *w);
  /* Where rows are PSUs, those of an entry. within: sum of squared deviations of their weights (values) in weeg_i_walk_unit(). */
  void (*add_rows)(void *sums, walk *w, int64_t entry, double within);
  /* After all of them: the stratum's PSUs without rows of a domain have z = 0. Not for domains to which it is lonely. */
  void (*end_stratum)(void *sums, walk *w);
  /* WEEG_LONELY_ADJUST: deviations from the centre, of one PSU with w->sum and n_h - 1 others with 0, times scale. */
  void (*add_lonely)(void *sums, walk *w);
  void (*end_family)(void *sums, walk *w);
  /* The square of a vector [outputs] times a factor, in a stratum of several PSUs drawn with unequal probabilities. */
  void (*add_square)(void *sums, walk *w, const double *vector, double factor);
} accumulator;

/* Everything but the walk. A walk is cleared whether or not this succeeds. */
weeg_status weeg_i_walk_begin(walk *w, const scored_sample *of, weeg_error *err);
void weeg_i_walk_clear(walk *w);

/* All stages. */
weeg_status weeg_i_walk(walk *w, const accumulator *to, void *sums, weeg_error *err);

/*
 * Sums the scores of the PSU at a place of the nest's order into w->z, which the caller makes 0 again. False: it has no rows of
 * a domain. In this file, as a call for each PSU would take up to a tenth of the time.
 */
WEEG_INLINE bool weeg_walk_psu(walk *w, int32_t place) {
  const weeg_scores *scores = w->of->scores;
  const int32_t u = w->nest.order[place], *domain_of = w->of->domains.cell;
  const int64_t from = w->nest.unit_start[u], end = w->nest.unit_start[u + 1];
  int32_t count = 0;
  bool any = false;
  for (int64_t i = from; i < end; i++) {
    const int32_t cell = w->nest.cell[i];
    if (domain_of[cell] < 0) continue;
    any = true;
    weeg_scores_sum(scores, &w->segments, cell, w->nest.w[i], w->z);
    for (int64_t k = w->segments.start[cell]; k < w->segments.start[cell + 1]; k++) {
      const int32_t segment = w->segments.segment[k];
      if (w->stamp[segment] != (int64_t)u + 1) w->of_psu[count++] = segment;
      w->stamp[segment] = (int64_t)u + 1;
    }
  }
  w->of_psus = count;
  (void)weeg_i_stops(&w->pulse, 2 * (end - from) * w->terms);
  return any;
}

/* That of the weights of the tally; 1 of values in their place. */
double weeg_i_walk_unit(const walk *w);

/* Whether ADJUST or AVERAGE is about the stratum at hand, as a domain with rows there sees it. */
bool weeg_i_walk_is_lonely(const walk *w, int32_t domain);

/* What the family's sum is multiplied by: under WEEG_LONELY_AVERAGE, its strata by those not lonely (NaN: all are), else 1. */
double weeg_i_walk_average(const walk *w, int32_t domain);

#endif
