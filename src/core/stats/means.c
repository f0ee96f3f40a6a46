/* Means, ratios and totals of measures within groups, with their variances. */
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "stats/centred.h"
#include "stats/effective.h"
#include "stats/shares.h"
#include "stats/table.h"
#include "tally/places.h"
#include "variance/alone.h"
#include "variance/scores.h"
#include "weeg.h"

/* Scores (p - mean v) / sum of v. */
static weeg_status score(const means *m, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t cells = m->tally->cells, groups = m->table.groups;
  WEEG_TRY(weeg_i_scores_new(list, cells, groups, cells, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  if (m->figure != WEEG_FIGURE_TOTAL) WEEG_TRY(weeg_i_scores_ratio(list, groups, err));
  list->scores.value = m->value;
  list->scores.within = m->within;
  list->scores.deviations = &m->of;
  for (int32_t c = 0; c < cells; c++) {
    const int32_t g = m->table.group[c];
    if (g >= 0 && m->sums[g].exists) weeg_i_scores_add(list, g, 1 / m->sums[g].base);
    weeg_i_scores_close(list, c);
    if (list->cell_base != NULL) list->cell_base[c] = g;
  }
  for (int32_t g = 0; g < groups && list->output_base != NULL; g++) list->output_base[g] = g;
  /* what was cut off is rounding too: weeg_i_rounding() takes 64 units in the last place of a size, or more */
  for (int32_t g = 0; g < groups; g++) {
    if (m->sums[g].exists) list->size[g] = m->sums[g].off / fabs(m->sums[g].base) / (64 * DBL_EPSILON);
  }
cleanup:
  return status;
}

/* What figures of all measures have in common: who is in which group, and how the design sees the groups. */
typedef struct common {
  table table;
  double *weight;     /* [entries] sums of weights in units of the tally */
  int32_t *domain;    /* [cells], of `domains`: the groups, or all of them together */
  int32_t domains;
  int32_t *own;       /* [groups] the domain of each */
  uint8_t *has;       /* [domains] whether it has a variance of its own */
  int64_t *df;        /* [domains] */
} common;

static void forget(common *c) {
  weeg_i_table_clear(&c->table);
  weeg_free(c->weight);
  weeg_free(c->domain);
  weeg_free(c->own);
  weeg_free(c->has);
  weeg_free(c->df);
}

/* total: of totals. */
static weeg_status find_common(common *c, const weeg_survey *survey, const weeg_places *places, bool total, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = survey->tally;
  int32_t *group = NULL;
  WEEG_TRY(weeg_i_table_make(&c->table, t, places, err));
  c->domains = total ? 1 : c->table.groups;
  WEEG_NEW(c->weight, t->entries);
  WEEG_NEW(c->domain, t->cells);
  WEEG_NEW(c->own, c->table.groups);
  WEEG_NEW(c->has, c->domains);
  WEEG_NEW(c->df, c->domains);
  WEEG_NEW(group, t->cells);
  for (int64_t i = 0; i < t->entries; i++) c->weight[i] = weeg_i_sum_value(t->w[i], 0);
  for (int32_t k = 0; k < t->cells; k++) {
    group[k] = total ? 0 : weeg_i_group_of(places, k);
    c->domain[k] = total && c->table.group[k] >= 0 ? 0 : c->table.group[k];
  }
  for (int32_t g = 0; g < c->table.groups; g++) c->own[g] = total ? 0 : g;
  WEEG_TRY(weeg_own_variance(survey, c->domain, c->domains, c->has, err));
  WEEG_TRY(weeg_design_df(survey, group, c->domains, c->df, err));
cleanup:
  weeg_free(group);
  return status;
}

static weeg_status vary(means *m, const weeg_survey *survey, const common *c, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  WEEG_TRY(weeg_i_means_deviate(m, err));
  WEEG_TRY(score(m, &list, err));
  WEEG_TRY(weeg_variance(survey, &list.scores, &(weeg_domains){c->domain, c->domains, c->own}, variance, err));
  for (int32_t g = 0; g < m->table.groups; g++) {
    /* that rows outside the table are in other PSUs gives a total a variance which a mean does not have: it is not 0 */
    const bool known = c->has[c->own[g]] || (m->figure == WEEG_FIGURE_TOTAL && variance[g] > 0);
    variance[g] = known ? variance[g] : NAN;
  }
cleanup:
  weeg_i_scores_clear(&list);
  return status;
}

/* What limits are made by. */
typedef struct mean_law {
  double variance; /* of the mean, in units of the tally */
  int64_t df;
  weeg_few few;
  double level;
  int64_t t_df;    /* 0, or of which t is the quantile: mostly that of the next group too */
  double t;
} mean_law;

static weeg_status find_t(mean_law *law, weeg_error *err) {
  if (law->t_df == law->df) return WEEG_OK;
  law->t_df = law->df;
  return weeg_t_quantile(1 - (1 - law->level) / 2, (double)law->df, &law->t, err);
}

/* Why a group has no estimate. */
static weeg_reason obstacle(const means *m, int32_t g) {
  const mean_sums *c = &m->sums[g];
  if (m->figure != WEEG_FIGURE_TOTAL && m->table.group_n[g] == 0) return WEEG_REASON_EMPTY;
  if (weeg_i_mean_is_lost(c, m->figure == WEEG_FIGURE_RATIO ? m->table.group_n[g] : 0)) return WEEG_REASON_LOST_DIGITS;
  if (!c->exists) return m->figure == WEEG_FIGURE_RATIO ? WEEG_REASON_ZERO_DENOMINATOR : WEEG_REASON_EMPTY;
  return WEEG_REASON_NONE;
}

/* By the law of few PSUs. Totals have none: their scores have no estimate that they are deviations from. */
static weeg_status refer(const means *m, const weeg_survey *survey, const weeg_places *places, double level, weeg_few *few,
                         weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *base = NULL;
  if (m->figure == WEEG_FIGURE_TOTAL || !weeg_i_is_effective(survey->design)) return WEEG_OK;
  if (m->base > 0) WEEG_NEW(base, m->tally->entries);
  for (int64_t i = 0; base != NULL && i < m->tally->entries; i++) {
    base[i] = weeg_signed_value(weeg_i_base_sum(m->tally, i, m->base), 0);
  }
  WEEG_TRY(weeg_i_effective_means(survey, places, &(psu_numbers){m->value, base}, level, few, err));
cleanup:
  weeg_free(base);
  return status;
}

/*
 * Where the law has a smaller quantile than t with `df`, its working model does not fit: of a ratio whose denominator few rows
 * have, or which has both signs, deviations are not of one size. Limits are then those of t.
 */
static weeg_status limit_few(const means *m, mean_law *law, weeg_few *few, weeg_error *err) {
  *few = law->few;
  if (m->figure != WEEG_FIGURE_RATIO || law->df < 1 || !(few->quantile > 0)) return WEEG_OK;
  const weeg_status status = find_t(law, err);
  if (status == WEEG_OK && few->quantile < law->t) {
    few->quantile = law->t;
    few->df_used = (double)law->df;
  }
  return status;
}

static weeg_status report(const means *m, int32_t g, mean_law *law, weeg_mean *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const mean_sums *c = &m->sums[g];
  const int scale = weeg_i_mean_scale(m);
  const int64_t df = law->df;
  double quantile = NAN;
  weeg_few few;
  weeg_mean x = {.n = m->table.group_n[g], .df = df, .df_used = (double)df, .weighted = m->table.group_w[g],
                 .estimate = NAN, .std_error = NAN, .low = NAN, .high = NAN, .cv = NAN, .reason = obstacle(m, g)};
  WEEG_TRY(limit_few(m, law, &few, err));
  if (x.reason == WEEG_REASON_NONE) {
    x.estimate = ldexp(c->mean, scale);
    x.std_error = ldexp(sqrt(law->variance), scale);
    x.cv = c->mean == 0 ? NAN : sqrt(law->variance) / fabs(c->mean);
    x.reason = isnan(x.std_error) ? WEEG_REASON_NO_VARIANCE : df < 1 ? WEEG_REASON_NO_DF
               : x.std_error == 0 ? WEEG_REASON_ZERO_VARIANCE : WEEG_REASON_NONE;
  }
  if (!isnan(x.std_error) && df >= 1) {
    if (few.quantile > 0 && x.reason == WEEG_REASON_NONE) {
      quantile = few.quantile;
      x.df_used = few.df_used;
      x.reason = weeg_i_caution(few.df_used, few.largest);
    } else {
      WEEG_TRY(find_t(law, err));
      quantile = law->t;
    }
    x.low = x.estimate - quantile * x.std_error;
    x.high = x.estimate + quantile * x.std_error;
  }
  *to = x;
cleanup:
  return status;
}

static weeg_status check_choice(const weeg_tally *t, const weeg_mean_choice *choice, weeg_error *err) {
  if (!(choice->level > 0 && choice->level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  const int32_t wanted[] = {choice->measure, choice->figure == WEEG_FIGURE_RATIO ? choice->denominator : 0};
  for (int k = 0; k < 2; k++) {
    if (wanted[k] >= 0 && wanted[k] < t->measures) continue;
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the tally has no measure %d", wanted[k] + 1);
  }
  return WEEG_OK;
}

static weeg_status find_figures(const weeg_survey *survey, const weeg_places *places, const weeg_mean_choice *choice,
                                const common *c, weeg_mean *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = c->table.groups;
  means m = {.measure = choice->measure, .figure = choice->figure,
             .base = choice->figure == WEEG_FIGURE_RATIO ? choice->denominator + 1 : 0};
  mean_law law = {.level = choice->level};
  double *variance = NULL;
  weeg_few *few = NULL;
  WEEG_NEW(variance, groups);
  WEEG_NEW(few, groups);
  WEEG_TRY(weeg_i_means_of(&m, &c->table, c->weight, err));
  WEEG_TRY(vary(&m, survey, c, variance, err));
  WEEG_TRY(refer(&m, survey, places, choice->level, few, err));
  for (int32_t g = 0; g < groups; g++) {
    law.variance = variance[g];
    law.df = c->df[c->own[g]];
    law.few = few[g];
    WEEG_TRY(report(&m, g, &law, &to[g], err));
  }
cleanup:
  weeg_i_means_clear(&m);
  weeg_free(variance);
  weeg_free(few);
  return status;
}

weeg_status weeg_means(const weeg_survey *survey, const weeg_places *places, const weeg_mean_choice *choice, weeg_mean *to,
                       weeg_error *err) {
  weeg_status status = WEEG_OK;
  common c = {.domains = 0};
  WEEG_TRY(check_choice(survey->tally, choice, err));
  WEEG_TRY(find_common(&c, survey, places, choice->figure == WEEG_FIGURE_TOTAL, err));
  WEEG_TRY(find_figures(survey, places, choice, &c, to, err));
cleanup:
  forget(&c);
  return status;
}

/* Several choices, each with an error of its own. */
typedef struct each_mean {
  const weeg_survey *survey;
  const weeg_places *places;
  const weeg_mean_choice *choices;
  common common[2];  /* of means and ratios, and of totals */
  weeg_mean *to;
  weeg_error *err;
} each_mean;

static weeg_status one_mean(void *ctx, int thread, int64_t from, int64_t to) {
  const each_mean *e = ctx;
  const weeg_mean_choice *choice = &e->choices[from];
  weeg_design design = *e->survey->design;
  const weeg_survey survey = {e->survey->tally, &design};
  (void)to;
  if (thread > 0) design.hooks = NULL; /* the caller is asked on its own thread alone */
  return find_figures(&survey, e->places, choice, &e->common[choice->figure == WEEG_FIGURE_TOTAL],
                      e->to + from * e->places->groups, &e->err[from]);
}

weeg_status weeg_means_each(const weeg_survey *survey, const weeg_places *places, const weeg_mean_choice *choices, int32_t count,
                            const weeg_hooks *hooks, weeg_mean *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  each_mean e = {.survey = survey, .places = places, .choices = choices, .to = to};
  WEEG_NEW(e.err, count);
  for (int32_t k = 0; k < count; k++) {
    const bool total = choices[k].figure == WEEG_FIGURE_TOTAL;
    WEEG_TRY(check_choice(survey->tally, &choices[k], err));
    if (e.common[total].domain == NULL) WEEG_TRY(find_common(&e.common[total], survey, places, total, err));
  }
  const int threads = hooks == NULL ? 1 : hooks->threads < count ? hooks->threads : count;
  status = weeg_i_for_items(count, threads, hooks, one_mean, &e);
  if (status == WEEG_ERR_INTERRUPTED) (void)weeg_fail(err, status, -1, "stopped by the caller");
  for (int32_t k = count - 1; k >= 0 && err != NULL; k--) {
    if (e.err[k].code != WEEG_OK) *err = e.err[k]; /* the first one's */
  }
  if (status != WEEG_OK && err != NULL && err->code != WEEG_OK) status = err->code;
cleanup:
  forget(&e.common[0]);
  forget(&e.common[1]);
  weeg_free(e.err);
  return status;
}

weeg_status weeg_mean_covariance(const weeg_survey *survey, const weeg_places *places, const weeg_mean_choice *choice,
                                 double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  means m = {.measure = choice->measure, .figure = choice->figure,
             .base = choice->figure == WEEG_FIGURE_RATIO ? choice->denominator + 1 : 0};
  score_list list = {0};
  WEEG_TRY(check_choice(survey->tally, choice, err));
  WEEG_TRY(weeg_i_means_make(&m, survey->tally, places, err));
  WEEG_TRY(weeg_i_means_deviate(&m, err));
  WEEG_TRY(score(&m, &list, err));
  WEEG_TRY(weeg_covariance(survey, &list.scores, m.table.use, covariance, err));
  const int64_t size = (int64_t)m.table.groups * m.table.groups;
  for (int64_t k = 0; k < size; k++) covariance[k] = ldexp(covariance[k], 2 * weeg_i_mean_scale(&m));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_i_means_clear(&m);
  return status;
}
