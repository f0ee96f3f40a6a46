/*
 * The difference between two groups' proportions as a sum of two parts: Kitagawa (1955), Journal of the American Statistical
 * Association 50, 1168-1194. With shares s_gb of the categories b of the composition and rates p_gb within them,
 *
 *     p_1 - p_2 = sum_b (s_1b + s_2b)/2 (p_1b - p_2b) + sum_b (s_1b - s_2b) (p_1b + p_2b)/2
 */
#include <math.h>

#include "alone.h"
#include "memory.h"
#include "scores.h"
#include "weeg.h"

typedef struct parts {
  const weeg_composition *where;
  double *weighted; /* [groups * categories * levels] sums of weights */
  double *base;     /* [groups * categories] */
  double *total;    /* [groups] */
} parts;

static int32_t place_of(const weeg_composition *w, int32_t cell) {
  if (w->cell_group[cell] < 0 || w->cell_category[cell] < 0 || w->cell_level[cell] < 0) return -1;
  return w->cell_group[cell] * w->categories + w->cell_category[cell];
}

static weeg_status make_parts(parts *p, const weeg_tally *tally, const weeg_design *design, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_composition *w = p->where;
  const int64_t bases = (int64_t)w->groups * w->categories;
  int32_t *place = NULL;
  if (bases * w->levels > INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table has more than 2^31 - 1 cells");
  WEEG_NEW(place, tally->cells);
  WEEG_NEW(p->weighted, bases * w->levels);
  WEEG_NEW(p->base, bases);
  WEEG_NEW(p->total, w->groups);
  for (int32_t c = 0; c < tally->cells; c++) {
    if (w->cell_group[c] >= w->groups || w->cell_category[c] >= w->categories || w->cell_level[c] >= w->levels) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, c, "cell %d is placed outside the table", c + 1);
      goto cleanup;
    }
    place[c] = place_of(w, c);
  }
  WEEG_TRY(weeg_proportions(tally, design, place, (int32_t)bases, w->cell_level, w->levels, NULL, p->weighted, NULL, NULL,
                            NULL, NULL, err));
  for (int64_t b = 0; b < bases; b++) {
    for (int32_t k = 0; k < w->levels; k++) p->base[b] += p->weighted[b * w->levels + k];
    p->total[b / w->categories] += p->base[b];
  }
cleanup:
  weeg_free(place);
  return status;
}

static void clear_parts(parts *p) {
  weeg_free(p->weighted);
  weeg_free(p->base);
  weeg_free(p->total);
}

/* Shares and rates of one level in the two groups, their differences, and means over each group's composition. */
typedef struct rates {
  int32_t group[2];
  double *share[2], *rate[2]; /* [categories] */
  double mean_difference[2];  /* sum_b s_gb (p_1b - p_2b) */
  double mean_average[2];     /* sum_b s_gb (p_1b + p_2b) / 2 */
} rates;

static weeg_reason fill_rates(const parts *p, int32_t level, rates *r, double *rate_effect, double *composition_effect) {
  const weeg_composition *w = p->where;
  *rate_effect = *composition_effect = 0;
  for (int g = 0; g < 2; g++) {
    r->mean_difference[g] = r->mean_average[g] = 0;
    if (!(p->total[r->group[g]] > 0)) return WEEG_REASON_EMPTY;
  }
  for (int32_t b = 0; b < w->categories; b++) {
    int empty = 0;
    for (int g = 0; g < 2; g++) {
      const int64_t at = (int64_t)r->group[g] * w->categories + b;
      r->share[g][b] = p->base[at] / p->total[r->group[g]];
      r->rate[g][b] = p->base[at] > 0 ? p->weighted[at * w->levels + level] / p->base[at] : 0;
      empty += !(p->base[at] > 0);
    }
    if (empty == 1) return WEEG_REASON_EMPTY_CATEGORY;
    const double difference = r->rate[0][b] - r->rate[1][b], average = (r->rate[0][b] + r->rate[1][b]) / 2;
    *rate_effect += (r->share[0][b] + r->share[1][b]) / 2 * difference;
    *composition_effect += (r->share[0][b] - r->share[1][b]) * average;
    for (int g = 0; g < 2; g++) {
      r->mean_difference[g] += r->share[g][b] * difference;
      r->mean_average[g] += r->share[g][b] * average;
    }
  }
  return WEEG_REASON_NONE;
}

/* Scores of the rate and the composition effect for a cell of group r->group[g], category b, in level or not. */
static void score(const parts *p, const rates *r, int g, int32_t b, bool in_level, double *rate, double *composition) {
  const double sign = g == 0 ? 1 : -1, total = p->total[r->group[g]];
  const double own = ((in_level ? 1 : 0) - r->rate[g][b]) / p->base[(int64_t)r->group[g] * p->where->categories + b];
  const double difference = r->rate[0][b] - r->rate[1][b], average = (r->rate[0][b] + r->rate[1][b]) / 2;
  *rate = sign * (r->share[0][b] + r->share[1][b]) / 2 * own + (difference - r->mean_difference[g]) / 2 / total;
  *composition = (r->share[0][b] - r->share[1][b]) / 2 * own + sign * (average - r->mean_average[g]) / total;
}

static weeg_status find_variances(const parts *p, const weeg_tally *tally, const weeg_design *design, const rates *r,
                                  int32_t level, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *domain_of = NULL;
  const int32_t output_domain[WEEG_COMPONENTS] = {0};
  const weeg_composition *w = p->where;
  WEEG_NEW(domain_of, tally->cells);
  WEEG_TRY(weeg_scores_new(&list, tally->cells, WEEG_COMPONENTS, (int64_t)tally->cells * WEEG_COMPONENTS, err));
  WEEG_TRY(weeg_scores_size(&list, err));
  for (int32_t b = 0; b < w->categories; b++) {
    for (int o = 0; o < WEEG_COMPONENTS; o++) {
      list.size[o] += 4 * (r->share[0][b] + r->share[1][b]) * (r->rate[0][b] + r->rate[1][b]);
    }
  }
  for (int32_t c = 0; c < tally->cells; c++) {
    domain_of[c] = place_of(w, c) >= 0 ? 0 : -1;
    for (int g = 0; g < 2 && domain_of[c] == 0; g++) {
      if (w->cell_group[c] != r->group[g] || !(p->base[place_of(w, c)] > 0)) continue;
      double rate, composition;
      score(p, r, g, w->cell_category[c], w->cell_level[c] == level, &rate, &composition);
      weeg_scores_add(&list, WEEG_COMPONENT_TOTAL, rate + composition);
      weeg_scores_add(&list, WEEG_COMPONENT_RATE, rate);
      weeg_scores_add(&list, WEEG_COMPONENT_COMPOSITION, composition);
    }
    weeg_scores_close(&list, c);
  }
  WEEG_TRY(weeg_variance(tally, design, &list.scores, domain_of, 1, output_domain, variance, err));
cleanup:
  weeg_scores_clear(&list);
  weeg_free(domain_of);
  return status;
}

/* Whether one of the two groups has no variance of its own. */
static weeg_status any_alone(const weeg_composition *w, const weeg_tally *tally, const weeg_design *design,
                             const int32_t *group, bool *alone, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *domain_of = NULL;
  WEEG_NEW(domain_of, tally->cells);
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t g = w->cell_group[c];
    domain_of[c] = place_of(w, c) < 0 ? -1 : g == group[0] ? 0 : g == group[1] ? 1 : -1;
  }
  WEEG_TRY(weeg_any_alone(tally, design, domain_of, 2, alone, err));
cleanup:
  weeg_free(domain_of);
  return status;
}

static weeg_status count_df(const weeg_composition *w, const weeg_tally *tally, const weeg_design *design,
                            const int32_t *group, int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *domain_of = NULL;
  WEEG_NEW(domain_of, tally->cells);
  for (int32_t c = 0; c < tally->cells; c++) {
    domain_of[c] = w->cell_group[c] == group[0] || w->cell_group[c] == group[1] ? 0 : -1;
  }
  WEEG_TRY(weeg_design_df(tally, design, domain_of, 1, df, err));
cleanup:
  weeg_free(domain_of);
  return status;
}

weeg_status weeg_decompose(const weeg_tally *tally, const weeg_design *design, const weeg_composition *where, int32_t first,
                           int32_t second, double level, weeg_contrast *components, int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  parts p = {.where = where};
  rates r = {.group = {first, second}};
  weeg_contrast *found = NULL;
  bool alone = false;
  if (first < 0 || second < 0 || first >= where->groups || second >= where->groups) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "groups %d and %d of %d", first + 1, second + 1, where->groups);
  }
  WEEG_TRY(make_parts(&p, tally, design, err));
  WEEG_TRY(count_df(where, tally, design, r.group, df, err));
  WEEG_TRY(any_alone(where, tally, design, r.group, &alone, err));
  WEEG_NEW(found, (int64_t)where->levels * WEEG_COMPONENTS);
  for (int g = 0; g < 2; g++) {
    WEEG_NEW(r.share[g], where->categories);
    WEEG_NEW(r.rate[g], where->categories);
  }
  for (int32_t k = 0; k < where->levels; k++) {
    double value[WEEG_COMPONENTS] = {NAN, NAN, NAN}, variance[WEEG_COMPONENTS] = {NAN, NAN, NAN};
    const weeg_reason reason = fill_rates(&p, k, &r, &value[WEEG_COMPONENT_RATE], &value[WEEG_COMPONENT_COMPOSITION]);
    value[WEEG_COMPONENT_TOTAL] = value[WEEG_COMPONENT_RATE] + value[WEEG_COMPONENT_COMPOSITION];
    if (reason == WEEG_REASON_NONE && !alone) WEEG_TRY(find_variances(&p, tally, design, &r, k, variance, err));
    for (int o = 0; o < WEEG_COMPONENTS; o++) {
      WEEG_TRY(weeg_contrast_value(reason == WEEG_REASON_NONE ? value[o] : NAN, variance[o], *df, level,
                                   &found[k * WEEG_COMPONENTS + o], err));
      if (reason != WEEG_REASON_NONE) found[k * WEEG_COMPONENTS + o].reason = reason;
    }
  }
  for (int32_t k = 0; k < where->levels * WEEG_COMPONENTS; k++) components[k] = found[k];
cleanup:
  clear_parts(&p);
  for (int g = 0; g < 2; g++) {
    weeg_free(r.share[g]);
    weeg_free(r.rate[g]);
  }
  weeg_free(found);
  return status;
}
