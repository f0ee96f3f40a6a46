/*
 * The difference between two groups' proportions as a sum of two parts: Kitagawa (1955), Journal of the American Statistical
 * Association 50, 1168-1194. With shares s_gb of the categories b of the composition and rates p_gb within them,
 *
 *     p_1 - p_2 = sum_b (s_1b + s_2b)/2 (p_1b - p_2b) + sum_b (s_1b - s_2b) (p_1b + p_2b)/2
 */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "stats/sets.h"
#include "tally/places.h"
#include "variance/alone.h"
#include "variance/scores.h"
#include "weeg.h"

typedef struct parts {
  const weeg_places *where; /* groups, answers, and as layers the categories */
  double *weighted; /* [groups * categories * levels] sums of weights */
  double *base;     /* [groups * categories] */
  double *total;    /* [groups] */
  int64_t *start;   /* [groups + 1] of each group's cells of the tally */
  int32_t *cell;    /* [start[groups]] those with a category and a level */
  uint8_t *has;     /* [groups] weeg_own_variance */
  pulse pulse;
} parts;

static int32_t place_of(const weeg_places *w, int32_t cell) {
  return weeg_i_in_table(w, cell) ? weeg_i_group_of(w, cell) * w->layers + weeg_i_layer_of(w, cell) : -1;
}

/* The cells of each group, and whether it has a variance. */
static weeg_status list_groups(parts *p, const weeg_survey *survey, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_places *const w = p->where;
  int32_t *domain_of = NULL;
  WEEG_NEW(domain_of, survey->tally->cells);
  WEEG_NEW(p->start, (int64_t)w->groups + 2);
  WEEG_NEW(p->has, w->groups);
  for (int32_t c = 0; c < survey->tally->cells; c++) {
    domain_of[c] = place_of(w, c) < 0 ? -1 : weeg_i_group_of(w, c);
    if (domain_of[c] >= 0) p->start[domain_of[c] + 2]++;
  }
  for (int32_t g = 0; g < w->groups; g++) p->start[g + 2] += p->start[g + 1];
  WEEG_NEW(p->cell, p->start[w->groups + 1]);
  for (int32_t c = 0; c < survey->tally->cells; c++) {
    if (domain_of[c] >= 0) p->cell[p->start[domain_of[c] + 1]++] = c;
  }
  WEEG_TRY(weeg_own_variance(survey, domain_of, w->groups, p->has, err));
cleanup:
  weeg_free(domain_of);
  return status;
}

static weeg_status make_parts(parts *p, const weeg_survey *survey, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_places *const w = p->where;
  const int64_t bases = (int64_t)w->groups * w->layers;
  int32_t *place = NULL;
  WEEG_TRY(weeg_i_check_places(survey->tally, w, err));
  WEEG_NEW(place, survey->tally->cells);
  WEEG_NEW(p->weighted, bases * w->answers);
  WEEG_NEW(p->base, bases);
  WEEG_NEW(p->total, w->groups);
  for (int32_t c = 0; c < survey->tally->cells; c++) place[c] = place_of(w, c);
  const weeg_places rates = {place, (int32_t)bases, w->answer, w->answers, NULL, 0};
  WEEG_TRY(weeg_proportions(survey, &rates, &(weeg_estimates){.weighted = p->weighted}, err));
  for (int64_t b = 0; b < bases; b++) {
    for (int32_t k = 0; k < w->answers; k++) p->base[b] += p->weighted[b * w->answers + k];
    p->total[b / w->layers] += p->base[b];
  }
  WEEG_TRY(list_groups(p, survey, err));
cleanup:
  weeg_free(place);
  return status;
}

static void clear_parts(parts *p) {
  weeg_free(p->weighted);
  weeg_free(p->base);
  weeg_free(p->total);
  weeg_free(p->start);
  weeg_free(p->cell);
  weeg_free(p->has);
}

/* Shares and rates of one level in the two groups, their differences, and means over each group's composition. */
typedef struct rates {
  int32_t group[2];
  double *share[2], *rate[2]; /* [categories] */
  double mean_difference[2];  /* sum_b s_gb (p_1b - p_2b) */
  double mean_average[2];     /* sum_b s_gb (p_1b + p_2b) / 2 */
} rates;

static weeg_reason fill_rates(const parts *p, int32_t level, rates *r, double *rate_effect, double *composition_effect) {
  const weeg_places *const w = p->where;
  *rate_effect = *composition_effect = 0;
  for (int g = 0; g < 2; g++) {
    r->mean_difference[g] = r->mean_average[g] = 0;
    if (!(p->total[r->group[g]] > 0)) return WEEG_REASON_EMPTY;
  }
  for (int32_t b = 0; b < w->layers; b++) {
    int empty = 0;
    for (int g = 0; g < 2; g++) {
      const int64_t at = (int64_t)r->group[g] * w->layers + b;
      r->share[g][b] = p->base[at] / p->total[r->group[g]];
      r->rate[g][b] = p->base[at] > 0 ? p->weighted[at * w->answers + level] / p->base[at] : 0;
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
  const double own = ((in_level ? 1 : 0) - r->rate[g][b]) / p->base[(int64_t)r->group[g] * p->where->layers + b];
  const double difference = r->rate[0][b] - r->rate[1][b], average = (r->rate[0][b] + r->rate[1][b]) / 2;
  *rate = sign * (r->share[0][b] + r->share[1][b]) / 2 * own + (difference - r->mean_difference[g]) / 2 / total;
  *composition = (r->share[0][b] - r->share[1][b]) / 2 * own + sign * (average - r->mean_average[g]) / total;
}

/* Pairs of which all variances are found together, of one level at a time. */
typedef struct batch {
  const int32_t *first, *second; /* [pairs] groups */
  int32_t pairs;
  weeg_reason *reason;           /* [pairs] */
  double *value, *variance;      /* [pairs * WEEG_COMPONENTS] */
} batch;

/* Most terms and pairs of a batch: 50 MB each. */
enum { BATCH_TERMS = 1 << 22, BATCH_PAIRS = 1 << 20 };

static int64_t pair_terms(const parts *p, int32_t first, int32_t second) {
  return WEEG_COMPONENTS * (p->start[first + 1] - p->start[first] + p->start[second + 1] - p->start[second]);
}

/* As many of the pairs from `from` on as have room in a batch: one at least. */
static int32_t batch_end(const parts *p, const int32_t *first, const int32_t *second, int32_t from, int32_t pairs) {
  int64_t terms = pair_terms(p, first[from], second[from]);
  int32_t to = from + 1;
  while (to < pairs && to - from < BATCH_PAIRS && terms <= BATCH_TERMS) {
    terms += pair_terms(p, first[to], second[to]);
    to++;
  }
  return to;
}

/* Values of pair i, and its terms: behind those of pairs before it in each cell. */
static void score_pair(const parts *p, batch *b, int32_t i, rates *r, int32_t level, score_list *list, int64_t *next) {
  const weeg_places *const w = p->where;
  double *value = b->value + (int64_t)i * WEEG_COMPONENTS, *size = list->size + (int64_t)i * WEEG_COMPONENTS;
  r->group[0] = b->first[i];
  r->group[1] = b->second[i];
  b->reason[i] = fill_rates(p, level, r, &value[WEEG_COMPONENT_RATE], &value[WEEG_COMPONENT_COMPOSITION]);
  value[WEEG_COMPONENT_TOTAL] = value[WEEG_COMPONENT_RATE] + value[WEEG_COMPONENT_COMPOSITION];
  for (int32_t k = 0; k < w->layers && b->reason[i] == WEEG_REASON_NONE; k++) {
    for (int o = 0; o < WEEG_COMPONENTS; o++) {
      size[o] += 4 * (r->share[0][k] + r->share[1][k]) * (r->rate[0][k] + r->rate[1][k]);
    }
  }
  for (int g = 0; g < 2; g++) {
    for (int64_t j = p->start[r->group[g]]; j < p->start[r->group[g] + 1]; j++) {
      const int32_t c = p->cell[j];
      double rate = 0, composition = 0;
      if (b->reason[i] == WEEG_REASON_NONE && p->base[place_of(w, c)] > 0) {
        score(p, r, g, weeg_i_layer_of(w, c), weeg_i_answer_of(w, c) == level, &rate, &composition);
      }
      const double terms[] = {rate + composition, rate, composition}; /* as the components are numbered */
      for (int o = 0; o < WEEG_COMPONENTS; o++) {
        list->index[next[c]] = i * WEEG_COMPONENTS + o;
        list->coef[next[c]++] = terms[o];
      }
    }
  }
}

static weeg_status score_batch(parts *p, const weeg_tally *tally, batch *b, rates *r, int32_t level, score_list *list,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *next = NULL, terms = 0, *of_group = NULL;
  WEEG_NEW(next, tally->cells);
  WEEG_NEW(of_group, p->where->groups);
  for (int32_t i = 0; i < b->pairs; i++) {
    terms += pair_terms(p, b->first[i], b->second[i]);
    of_group[b->first[i]] += WEEG_COMPONENTS;
    of_group[b->second[i]] += WEEG_COMPONENTS;
  }
  WEEG_TRY(weeg_i_scores_new(list, tally->cells, b->pairs * WEEG_COMPONENTS, terms, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t c = 0; c < tally->cells; c++) {
    next[c] = list->start[c];
    list->start[c + 1] = list->start[c] + (place_of(p->where, c) < 0 ? 0 : of_group[weeg_i_group_of(p->where, c)]);
  }
  for (int32_t i = 0; i < b->pairs; i++) {
    (void)weeg_i_stops(&p->pulse, 8 * (pair_terms(p, b->first[i], b->second[i]) + p->where->layers));
    WEEG_TRY(weeg_i_pulse_status(&p->pulse, err));
    score_pair(p, b, i, r, level, list, next);
  }
cleanup:
  weeg_free(next);
  weeg_free(of_group);
  return status;
}

static weeg_status find_variances(parts *p, const weeg_survey *survey, batch *b, rates *r, int32_t level,
                                  weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *domain_of = NULL, *output_domain = NULL;
  WEEG_NEW(domain_of, survey->tally->cells);
  WEEG_NEW(output_domain, (int64_t)b->pairs * WEEG_COMPONENTS);
  for (int32_t c = 0; c < survey->tally->cells; c++) domain_of[c] = place_of(p->where, c) >= 0 ? 0 : -1;
  WEEG_TRY(score_batch(p, survey->tally, b, r, level, &list, err));
  WEEG_TRY(weeg_variance(survey, &list.scores, &(weeg_domains){domain_of, 1, output_domain}, b->variance, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(domain_of);
  weeg_free(output_domain);
  return status;
}

/* Components of all pairs of the batch, [pairs * levels * WEEG_COMPONENTS]. */
static weeg_status decompose_batch(parts *p, const weeg_survey *survey, batch *b, double level, const int64_t *df,
                                   weeg_contrast *components, weeg_error *err) {
  weeg_status status = WEEG_OK;
  rates r = {0};
  const int32_t levels = p->where->answers, all = WEEG_COMPONENTS;
  for (int g = 0; g < 2; g++) {
    WEEG_NEW(r.share[g], p->where->layers);
    WEEG_NEW(r.rate[g], p->where->layers);
  }
  WEEG_NEW(b->reason, b->pairs);
  WEEG_NEW(b->value, (int64_t)b->pairs * all);
  WEEG_NEW(b->variance, (int64_t)b->pairs * all);
  for (int32_t k = 0; k < levels; k++) {
    WEEG_TRY(find_variances(p, survey, b, &r, k, err));
    for (int64_t i = 0; i < b->pairs; i++) {
      (void)weeg_i_stops(&p->pulse, 1 << 12); /* quantiles */
      WEEG_TRY(weeg_i_pulse_status(&p->pulse, err));
      const bool exists = b->reason[i] == WEEG_REASON_NONE, alone = !p->has[b->first[i]] || !p->has[b->second[i]];
      for (int o = 0; o < all; o++) {
        weeg_contrast *to = &components[(i * levels + k) * all + o];
        WEEG_TRY(weeg_contrast_value(exists ? b->value[i * all + o] : NAN, alone ? NAN : b->variance[i * all + o], df[i],
                                     level, to, err));
        if (!exists) to->reason = b->reason[i];
      }
    }
  }
cleanup:
  for (int g = 0; g < 2; g++) {
    weeg_free(r.share[g]);
    weeg_free(r.rate[g]);
  }
  weeg_free(b->reason);
  weeg_free(b->value);
  weeg_free(b->variance);
  return status;
}

/* Degrees of freedom of all rows of both groups. */
static weeg_status count_df(const weeg_places *w, const weeg_survey *survey, const weeg_comparison *pairs, int64_t *df,
                            weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *one = NULL, *two = NULL;
  int32_t *group = NULL, *set = NULL;
  WEEG_NEW(one, (int64_t)w->groups + 1);
  WEEG_NEW(two, (int64_t)pairs->pairs + 1);
  WEEG_NEW(group, w->groups);
  WEEG_NEW(set, 2 * (int64_t)pairs->pairs);
  for (int32_t g = 0; g < w->groups; g++) {
    group[g] = g;
    one[g + 1] = g + 1;
  }
  for (int64_t i = 0; i < pairs->pairs; i++) {
    two[i + 1] = 2 * (i + 1);
    set[2 * i] = pairs->first[i];
    set[2 * i + 1] = pairs->second[i];
  }
  const weeg_sets sets = {w, w->groups, one, group};
  const weeg_combinations both = {.outputs = pairs->pairs, .start = two, .set = set};
  WEEG_TRY(weeg_i_set_df(survey, &sets, &both, df, err));
cleanup:
  weeg_free(one);
  weeg_free(two);
  weeg_free(group);
  weeg_free(set);
  return status;
}

static weeg_status check_pairs(const weeg_comparison *pairs, int32_t groups, weeg_error *err) {
  for (int32_t i = 0; i < pairs->pairs; i++) {
    const int32_t a = pairs->first[i], b = pairs->second[i];
    if (a >= 0 && b >= 0 && a < groups && b < groups && a != b) continue;
    return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "groups %d and %d of %d", a + 1, b + 1, groups);
  }
  return WEEG_OK;
}

weeg_status weeg_decompose(const weeg_survey *survey, const weeg_places *places, const weeg_comparison *pairs,
                           weeg_contrast *components, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_places where = *places;
  parts p = {.where = &where, .pulse.hooks = survey->design->hooks};
  int64_t *df = NULL;
  where.groups = weeg_i_groups(places);
  where.answers = weeg_i_answers_of(places);
  where.layers = weeg_i_layers(places);
  WEEG_TRY(check_pairs(pairs, where.groups, err));
  WEEG_TRY(make_parts(&p, survey, err));
  WEEG_NEW(df, pairs->pairs);
  WEEG_TRY(count_df(&where, survey, pairs, df, err));
  for (int32_t from = 0, to; from < pairs->pairs; from = to) {
    to = batch_end(&p, pairs->first, pairs->second, from, pairs->pairs);
    batch b = {.first = pairs->first + from, .second = pairs->second + from, .pairs = to - from};
    WEEG_TRY(decompose_batch(&p, survey, &b, pairs->level, df + from,
                             components + (int64_t)from * where.answers * WEEG_COMPONENTS, err));
  }
cleanup:
  clear_parts(&p);
  weeg_free(df);
  return status;
}
