/*
 * Direct standardisation: the proportions that groups would have if all had the composition of one population, sum_b S_b p_gb,
 * as linear functions of the proportions within categories.
 */
#include <math.h>

#include "base/memory.h"
#include "tally/places.h"
#include "variance/alone.h"
#include "weeg.h"

typedef struct standard {
  weeg_places crossed, known;  /* groups by categories; groups, of rows with a category */
  int32_t *place, *level, *domain, groups, answers, layers;
  weeg_sets sets, whole;       /* each group of either */
  weeg_combinations sums;
  int64_t *crossed_start, *known_start, *sum_start, *n;
  int32_t *crossed_group, *known_group, *used;
  double *share, *crude;
  uint8_t *has;
  weeg_contrast *contrast;
} standard;

static void clear(standard *s) {
  void *const all[] = {s->place, s->level, s->domain, s->crossed_start, s->known_start, s->sum_start, s->n, s->crossed_group,
                       s->known_group, s->used, s->share, s->crude, s->has, s->contrast};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) weeg_free(all[i]);
}

static weeg_status check_population(const double *population, int32_t layers, double *sum, weeg_error *err) {
  *sum = 0;
  for (int32_t b = 0; b < layers; b++) {
    if (!(population[b] >= 0) || isinf(population[b])) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, b, "shares of a population are finite and not negative");
    }
    *sum += population[b];
  }
  if (!(*sum > 0) || isinf(*sum)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the shares of the population have no sum");
  return WEEG_OK;
}

static weeg_status find_places(standard *s, const weeg_tally *tally, const weeg_places *places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(weeg_i_check_places(tally, places, err));
  if (s->layers > 0 && s->groups > INT32_MAX / s->layers) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the groups and categories cross to more than 2^31 - 1 combinations");
  }
  WEEG_NEW(s->place, tally->cells);
  WEEG_NEW(s->level, tally->cells);
  WEEG_NEW(s->domain, tally->cells);
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t g = weeg_i_group_of(places, c), b = weeg_i_layer_of(places, c), k = weeg_i_answer_of(places, c);
    s->place[c] = g < 0 || b < 0 ? -1 : g * s->layers + b;
    s->level[c] = b < 0 ? -1 : k;
    s->domain[c] = b < 0 || k < 0 ? -1 : g;
  }
  s->crossed = (weeg_places){s->place, s->groups * s->layers, places->answer, s->answers, NULL, 0};
  s->known = (weeg_places){places->group, places->groups, s->level, s->answers, NULL, 0};
cleanup:
  return status;
}

/* Each group of a table as a set. */
static weeg_status each_group(weeg_sets *sets, const weeg_places *places, int32_t groups, int64_t **start, int32_t **group,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(*start, (int64_t)groups + 1);
  WEEG_NEW(*group, groups);
  for (int32_t g = 0; g < groups; g++) {
    (*group)[g] = g;
    (*start)[g + 1] = g + 1;
  }
  *sets = (weeg_sets){places, groups, *start, *group};
cleanup:
  return status;
}

/* For each group the sum over categories with a share. */
static weeg_status find_sums(standard *s, const double *population, double sum, double level, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t most = (int64_t)s->groups * s->layers;
  int64_t count = 0;
  WEEG_TRY(each_group(&s->sets, &s->crossed, s->groups * s->layers, &s->crossed_start, &s->crossed_group, err));
  WEEG_TRY(each_group(&s->whole, &s->known, s->groups, &s->known_start, &s->known_group, err));
  WEEG_NEW(s->sum_start, (int64_t)s->groups + 1);
  WEEG_NEW(s->used, most);
  WEEG_NEW(s->share, most);
  for (int32_t g = 0; g < s->groups; g++) {
    for (int32_t b = 0; b < s->layers; b++) {
      if (!(population[b] > 0)) continue;
      s->used[count] = g * s->layers + b;
      s->share[count++] = population[b] / sum;
    }
    s->sum_start[g + 1] = count;
  }
  s->sums = (weeg_combinations){s->groups, s->sum_start, s->used, s->share, s->has, level};
cleanup:
  return status;
}

/* Limits on the logit scale. A group with rows has no estimate where a category has none in it. */
static weeg_status set_limits(weeg_standardised *to, const weeg_contrast *c, double level, weeg_error *err) {
  const double p = to->estimate;
  double t = 0;
  if (to->reason == WEEG_REASON_EMPTY && to->n > 0) to->reason = WEEG_REASON_EMPTY_STANDARD;
  if (!isnan(p) && (p <= 1e-12 || p >= 1 - 1e-12)) to->reason = WEEG_REASON_NO_LIMITS;
  if (to->reason == WEEG_REASON_NO_LIMITS || isnan(c->low)) return WEEG_OK;
  const weeg_status status = weeg_t_quantile((1 + level) / 2, (double)to->df, &t, err);
  if (c->df_used != (double)c->df) t = (c->high - c->estimate) / c->std_error; /* by the law of few PSUs */
  const double logit = log(p / (1 - p)), half = t * to->std_error / (p * (1 - p));
  to->low = 1 / (1 + exp(half - logit));
  to->high = 1 / (1 + exp(-half - logit));
  return status;
}

weeg_status weeg_standardise(const weeg_survey *survey, const weeg_places *places, const double *population, double level,
                             weeg_standardised *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  standard s = {.groups = weeg_i_groups(places), .answers = weeg_i_answers_of(places), .layers = weeg_i_layers(places)};
  const int64_t size = (int64_t)s.groups * s.answers;
  double sum = 0;
  WEEG_TRY(check_population(population, s.layers, &sum, err));
  WEEG_TRY(find_places(&s, survey->tally, places, err));
  WEEG_NEW(s.has, s.groups);
  WEEG_TRY(find_sums(&s, population, sum, level, err));
  WEEG_NEW(s.n, s.groups);
  WEEG_NEW(s.crude, size);
  WEEG_NEW(s.contrast, size);
  WEEG_TRY(weeg_own_variance(survey, s.domain, s.groups, s.has, err));
  WEEG_TRY(weeg_set_proportions(survey, &s.whole, s.n, s.crude, err));
  s.sums.level = level;
  WEEG_TRY(weeg_combine_sets(survey, &s.sets, &s.sums, s.contrast, err));
  for (int64_t i = 0; i < size; i++) {
    const weeg_contrast *c = &s.contrast[i];
    to[i] = (weeg_standardised){c->estimate, c->std_error, NAN, NAN, s.crude[i], s.n[i / s.answers], c->df,
                                c->df_used, c->reason};
    WEEG_TRY(set_limits(&to[i], c, level, err));
  }
cleanup:
  clear(&s);
  return status;
}
