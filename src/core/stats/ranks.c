/* Rank tests: do the groups have the same mean rank? */
#include <math.h>

#include "base/memory.h"
#include "stats/rao_scott.h"
#include "variance/alone.h"
#include "variance/scores.h"
#include "weeg.h"

typedef struct ranks {
  const int32_t *cell_group, *cell_level;
  int32_t groups, levels;
  uint8_t *use;        /* [tally->cells] group and level known */
  int64_t *group_n, *level_n;
  double *group_total, *level_total;
  double *score;       /* [levels] minus that of the heaviest level */
  double *mean;        /* [groups] weighted mean score */
  double *size;        /* [groups] that of the sizes of scores */
  int32_t *number;     /* [groups] of number_groups() */
  int32_t used, used_levels;
  int64_t n;
} ranks;

static weeg_status sum_margins(const weeg_tally *tally, ranks *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *n = NULL;
  double *w = NULL;
  WEEG_NEW(n, tally->cells);
  WEEG_NEW(w, tally->cells);
  WEEG_TRY(weeg_tally_totals(tally, n, w, err));
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t g = r->cell_group[c], l = r->cell_level[c];
    if (g >= r->groups || l >= r->levels) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, c, "cell %d is placed outside the table", c + 1);
      goto cleanup;
    }
    if (g < 0 || l < 0) continue;
    r->use[c] = 1;
    r->n += n[c];
    r->group_n[g] += n[c];
    r->level_n[l] += n[c];
    r->group_total[g] += w[c];
    r->level_total[l] += w[c];
  }
  for (int32_t g = 0; g < r->groups; g++) r->used += r->group_n[g] > 0;
  for (int32_t l = 0; l < r->levels; l++) r->used_levels += r->level_n[l] > 0;
cleanup:
  weeg_free(n);
  weeg_free(w);
  return status;
}

/*
 * Only differences of scores count. From the score of the heaviest level they are small where nearly all weight has that level,
 * and so their deviations from a group's mean keep their digits.
 */
static void centre_scores(ranks *r) {
  int32_t heaviest = 0;
  for (int32_t l = 1; l < r->levels; l++) {
    if (r->level_total[l] > r->level_total[heaviest]) heaviest = l;
  }
  const double centre = r->score[heaviest];
  for (int32_t l = 0; l < r->levels; l++) {
    if (r->level_n[l] > 0) r->score[l] -= centre;
  }
}

/* Scores of the levels from their weighted mid-ranks, and their means in the groups. */
static weeg_status score_levels(const weeg_tally *tally, weeg_rank_score kind, ranks *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *w = NULL, total = 0, below = 0;
  WEEG_NEW(w, tally->cells);
  WEEG_TRY(weeg_tally_totals(tally, NULL, w, err));
  for (int32_t l = 0; l < r->levels; l++) total += r->level_total[l];
  for (int32_t l = 0; l < r->levels; l++) {
    const double rank = (below + r->level_total[l] / 2) / total;
    below += r->level_total[l];
    if (r->level_n[l] == 0) continue;
    if (kind == WEEG_SCORE_NORMAL) {
      WEEG_TRY(weeg_normal_quantile(rank, &r->score[l], err));
    } else {
      r->score[l] = kind == WEEG_SCORE_MEDIAN ? (rank > 0.5 ? 1 : 0) : rank;
    }
  }
  centre_scores(r);
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t g = r->cell_group[c];
    if (!r->use[c] || r->group_n[g] == 0) continue;
    r->mean[g] += w[c] * r->score[r->cell_level[c]] / r->group_total[g];
    r->size[g] += w[c] * fabs(r->score[r->cell_level[c]]) / r->group_total[g];
  }
cleanup:
  weeg_free(w);
  return status;
}

/*
 * Numbers the groups with data, from 0, which is the group whose mean is known best, were the sample a simple one: differences
 * from a mean that varies much more than the others are nearly collinear.
 */
static weeg_status number_groups(const weeg_tally *tally, ranks *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *w = NULL, *variance = NULL;
  int32_t base = -1;
  WEEG_NEW(w, tally->cells);
  WEEG_NEW(variance, r->groups);
  WEEG_TRY(weeg_tally_totals(tally, NULL, w, err));
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t g = r->cell_group[c];
    if (!r->use[c] || r->group_n[g] == 0) continue;
    const double deviation = (r->score[r->cell_level[c]] - r->mean[g]) / r->group_total[g];
    variance[g] += w[c] * deviation * deviation;
  }
  for (int32_t g = 0; g < r->groups; g++) {
    if (r->group_n[g] > 0 && (base < 0 || variance[g] < variance[base])) base = g;
  }
  for (int32_t g = 0, next = 1; g < r->groups; g++) r->number[g] = r->group_n[g] == 0 ? -1 : g == base ? 0 : next++;
cleanup:
  weeg_free(w);
  weeg_free(variance);
  return status;
}

/* Differences of the means of the groups with data from that of group number 0, the ranks taken as known. */
static weeg_status score_differences(const weeg_tally *tally, const ranks *r, score_list *list, double *difference,
                                     weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t size = r->used - 1;
  int32_t base = 0;
  WEEG_TRY(weeg_i_scores_new(list, tally->cells, size, (int64_t)tally->cells * size, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t g = 0; g < r->groups; g++) base = r->number[g] == 0 ? g : base;
  for (int32_t g = 0; g < r->groups; g++) {
    if (r->number[g] <= 0) continue;
    difference[r->number[g] - 1] = r->mean[g] - r->mean[base];
    list->size[r->number[g] - 1] = 2 * (r->size[g] + r->size[base]);
  }
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t g = r->cell_group[c], k = r->use[c] ? r->number[g] : -1;
    if (k >= 0) {
      const double own = (r->score[r->cell_level[c]] - r->mean[g]) / r->group_total[g];
      if (k > 0) weeg_i_scores_add(list, k - 1, own);
      for (int32_t o = 0; o < size && k == 0; o++) weeg_i_scores_add(list, o, -own);
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

/* The design loses a degree of freedom for each difference, as a regression on the groups would (Lumley and Scott 2013). */
static weeg_status compare_means(const weeg_tally *tally, const weeg_design *design, const ranks *r, weeg_test *test,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  double *difference = NULL, *covariance = NULL;
  const int32_t size = r->used - 1;
  const int64_t df = test->df;
  if (df < size + 1) {
    test->reason = df < 1 ? WEEG_REASON_NO_DF : WEEG_REASON_FEW_DF;
    return WEEG_OK;
  }
  WEEG_TRY(weeg_i_test_factored(r->used, 2, size, err));
  WEEG_NEW(difference, size);
  WEEG_NEW(covariance, (int64_t)size * size);
  WEEG_TRY(score_differences(tally, r, &list, difference, err));
  WEEG_TRY(weeg_covariance(tally, design, &list.scores, r->use, covariance, err));
  test->df = df - size;
  status = weeg_i_test_wald(false, design, difference, covariance, size, test, err);
  test->df = df;
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(difference);
  weeg_free(covariance);
  return status;
}

/* Whether a group has no variance of its own: its mean would count as known. */
static weeg_status any_alone(const weeg_tally *tally, const weeg_design *design, const ranks *r, bool *alone,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *domain_of = NULL;
  WEEG_NEW(domain_of, tally->cells);
  for (int32_t c = 0; c < tally->cells; c++) domain_of[c] = r->use[c] ? r->cell_group[c] : -1;
  WEEG_TRY(weeg_i_any_alone(tally, design, domain_of, r->groups, alone, err));
cleanup:
  weeg_free(domain_of);
  return status;
}

weeg_status weeg_test_rank(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_group,
                           int32_t groups, const int32_t *cell_level, int32_t levels, weeg_rank_score kind,
                           weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_test result = weeg_i_test_none();
  ranks r = {.cell_group = cell_group, .cell_level = cell_level, .groups = groups, .levels = levels};
  bool alone = false;
  if ((int)kind < WEEG_SCORE_RIDIT || kind > WEEG_SCORE_MEDIAN) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 6, "score %d is not a weeg_rank_score", (int)kind);
  }
  WEEG_NEW(r.use, tally->cells);
  WEEG_NEW(r.group_n, groups);
  WEEG_NEW(r.group_total, groups);
  WEEG_NEW(r.mean, groups);
  WEEG_NEW(r.size, groups);
  WEEG_NEW(r.number, groups);
  WEEG_NEW(r.level_n, levels);
  WEEG_NEW(r.level_total, levels);
  WEEG_NEW(r.score, levels);
  WEEG_TRY(sum_margins(tally, &r, err));
  WEEG_TRY(weeg_i_test_df(tally, design, r.use, &result.df, err));
  WEEG_TRY(any_alone(tally, design, &r, &alone, err));
  result.n = r.n;
  result.rows = r.used;
  result.columns = r.used_levels;
  if (r.n == 0) {
    result.reason = WEEG_REASON_EMPTY;
  } else if (r.used < 2 || r.used_levels < 2) {
    result.reason = WEEG_REASON_ONE_LEVEL;
  } else if (alone) {
    result.reason = WEEG_REASON_NO_VARIANCE;
  } else {
    WEEG_TRY(score_levels(tally, kind, &r, err));
    WEEG_TRY(number_groups(tally, &r, err));
    WEEG_TRY(compare_means(tally, design, &r, &result, err));
  }
  *test = weeg_i_test_finish(&result);
cleanup:
  weeg_free(r.use);
  weeg_free(r.group_n);
  weeg_free(r.group_total);
  weeg_free(r.mean);
  weeg_free(r.size);
  weeg_free(r.number);
  weeg_free(r.level_n);
  weeg_free(r.level_total);
  weeg_free(r.score);
  return status;
}
