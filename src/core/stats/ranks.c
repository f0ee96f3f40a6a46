/* Rank tests: do the groups have the same mean rank? */
#include <math.h>

#include "base/memory.h"
#include "stats/rao_scott.h"
#include "stats/table.h"
#include "variance/alone.h"
#include "variance/scores.h"
#include "weeg.h"

typedef struct ranks {
  table t;
  double *score;       /* [answers] minus that of the heaviest one */
  double *mean;        /* [groups] weighted mean score */
  double *size;        /* [groups] that of the sizes of scores */
  int32_t *number;     /* [groups] of number_groups() */
} ranks;

/* The score of the rows of a cell. */
static double score_of(const ranks *r, int32_t cell) { return r->score[r->t.place[cell] % r->t.answers]; }

/*
 * Only differences of scores count. From the score of the heaviest level they are small where nearly all weight has that level,
 * and so their deviations from a group's mean keep their digits.
 */
static void centre_scores(ranks *r) {
  int32_t heaviest = 0;
  for (int32_t l = 1; l < r->t.answers; l++) {
    if (r->t.answer_w[l] > r->t.answer_w[heaviest]) heaviest = l;
  }
  const double centre = r->score[heaviest];
  for (int32_t l = 0; l < r->t.answers; l++) {
    if (r->t.answer_n[l] > 0) r->score[l] -= centre;
  }
}

/* Scores of the levels from their weighted mid-ranks, and their means in the groups. */
static weeg_status score_levels(weeg_rank_score kind, ranks *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double total = 0, below = 0;
  for (int32_t l = 0; l < r->t.answers; l++) total += r->t.answer_w[l];
  for (int32_t l = 0; l < r->t.answers; l++) {
    const double rank = (below + r->t.answer_w[l] / 2) / total;
    below += r->t.answer_w[l];
    if (r->t.answer_n[l] == 0 || !(r->t.answer_w[l] > 0)) continue; /* no rows, or weights that are nothing beside others */
    if (kind == WEEG_SCORE_NORMAL) {
      WEEG_TRY(weeg_normal_quantile(fmin(rank, 1 - 0x1p-53), &r->score[l], err)); /* small weights may round to nothing */
    } else {
      r->score[l] = kind == WEEG_SCORE_MEDIAN ? (rank > 0.5 ? 1 : 0) : rank;
    }
  }
  centre_scores(r);
  for (int32_t c = 0; c < r->t.tally->cells; c++) {
    const int32_t g = r->t.group[c];
    if (!r->t.use[c] || r->t.group_n[g] == 0) continue;
    r->mean[g] += r->t.cell_w[c] * score_of(r, c) / r->t.group_w[g];
    r->size[g] += r->t.cell_w[c] * fabs(score_of(r, c)) / r->t.group_w[g];
  }
cleanup:
  return status;
}

/*
 * Numbers the groups with data, from 0, which is the group whose mean is known best, were the sample a simple one: differences
 * from a mean that varies much more than the others are nearly collinear. `first`: 0 is the first group, whatever the answers.
 */
static weeg_status number_groups(ranks *r, bool first, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *variance = NULL;
  int32_t base = -1;
  WEEG_NEW(variance, r->t.groups);
  for (int32_t c = 0; c < r->t.tally->cells; c++) {
    const int32_t g = r->t.group[c];
    if (!r->t.use[c] || r->t.group_n[g] == 0) continue;
    const double deviation = (score_of(r, c) - r->mean[g]) / r->t.group_w[g];
    variance[g] += r->t.cell_w[c] * deviation * deviation;
  }
  for (int32_t g = 0; g < r->t.groups; g++) {
    if (r->t.group_n[g] > 0 && (base < 0 || (!first && variance[g] < variance[base]))) base = g;
  }
  for (int32_t g = 0, next = 1; g < r->t.groups; g++) r->number[g] = r->t.group_n[g] == 0 ? -1 : g == base ? 0 : next++;
cleanup:
  weeg_free(variance);
  return status;
}

/* Differences of the means of the groups with data from that of group number 0, the ranks taken as known. */
static weeg_status score_differences(const ranks *r, score_list *list, double *difference,
                                     weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t size = r->t.groups_used - 1;
  int32_t base = 0;
  WEEG_TRY(weeg_i_scores_new(list, r->t.tally->cells, size, (int64_t)r->t.tally->cells * size, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t g = 0; g < r->t.groups; g++) base = r->number[g] == 0 ? g : base;
  for (int32_t g = 0; g < r->t.groups; g++) {
    if (r->number[g] <= 0) continue;
    difference[r->number[g] - 1] = r->mean[g] - r->mean[base];
    list->size[r->number[g] - 1] = 2 * (r->size[g] + r->size[base]);
  }
  for (int32_t c = 0; c < r->t.tally->cells; c++) {
    const int32_t g = r->t.group[c], k = r->t.use[c] ? r->number[g] : -1;
    if (k >= 0) {
      const double own = (score_of(r, c) - r->mean[g]) / r->t.group_w[g];
      if (k > 0) weeg_i_scores_add(list, k - 1, own);
      for (int32_t o = 0; o < size && k == 0; o++) weeg_i_scores_add(list, o, -own);
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

/*
 * The design loses a degree of freedom for each difference, as a regression on the groups would (Lumley and Scott 2013).
 * to: NULL, or takes the differences, which then are not tested.
 */
static weeg_status compare_means(const weeg_design *design, const ranks *r, weeg_test *test, weeg_test_residuals *to,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  double *difference = NULL, *covariance = NULL;
  const int32_t size = r->t.groups_used - 1;
  const int64_t df = test->df;
  if (df < size + 1) {
    test->reason = df < 1 ? WEEG_REASON_NO_DF : WEEG_REASON_FEW_DF;
    return WEEG_OK;
  }
  WEEG_TRY(weeg_i_test_factored(r->t.groups_used, 2, size, err));
  WEEG_NEW(difference, size);
  WEEG_NEW(covariance, (int64_t)size * size);
  WEEG_TRY(score_differences(r, &list, difference, err));
  WEEG_TRY(weeg_covariance(&(weeg_survey){r->t.tally, design}, &list.scores, r->t.use, covariance, err));
  if (to != NULL) {
    to->size = size;
    to->estimate = difference;
    to->covariance = covariance;
    difference = covariance = NULL;
    goto cleanup;
  }
  test->df = df - size;
  status = weeg_i_test_wald(false, design, difference, covariance, size, test, err);
  test->df = df;
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(difference);
  weeg_free(covariance);
  return status;
}

static weeg_status compare_groups(const weeg_survey *survey, const weeg_places *places, weeg_rank_score kind, weeg_test *test,
                                  weeg_test_residuals *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_test result = weeg_i_test_none();
  ranks r = {0};
  bool alone = false;
  if ((int)kind < WEEG_SCORE_RIDIT || kind > WEEG_SCORE_MEDIAN) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 6, "score %d is not a weeg_rank_score", (int)kind);
  }
  WEEG_TRY(weeg_i_table_make(&r.t, survey->tally, places, err));
  WEEG_NEW(r.mean, r.t.groups);
  WEEG_NEW(r.size, r.t.groups);
  WEEG_NEW(r.number, r.t.groups);
  WEEG_NEW(r.score, r.t.answers);
  WEEG_TRY(weeg_i_test_df(survey, r.t.use, &result.df, err));
  /* a group without a variance of its own: its mean would count as known */
  WEEG_TRY(weeg_i_any_alone(survey, r.t.group, r.t.groups, &alone, err));
  result.n = r.t.total_n;
  result.rows = r.t.groups_used;
  result.columns = r.t.answers_used;
  if (result.n == 0) {
    result.reason = WEEG_REASON_EMPTY;
  } else if (result.rows < 2 || result.columns < 2) {
    result.reason = WEEG_REASON_ONE_LEVEL;
  } else if (alone) {
    result.reason = WEEG_REASON_NO_VARIANCE;
  } else {
    WEEG_TRY(score_levels(kind, &r, err));
    WEEG_TRY(number_groups(&r, to != NULL, err));
    WEEG_TRY(compare_means(survey->design, &r, &result, to, err));
  }
  *test = weeg_i_test_finish(&result);
cleanup:
  weeg_i_table_clear(&r.t);
  weeg_free(r.mean);
  weeg_free(r.size);
  weeg_free(r.number);
  weeg_free(r.score);
  return status;
}

weeg_status weeg_test_rank(const weeg_survey *survey, const weeg_places *places, weeg_rank_score kind, weeg_test *test,
                           weeg_error *err) {
  return compare_groups(survey, places, kind, test, NULL, err);
}

weeg_status weeg_rank_differences(const weeg_survey *survey, const weeg_places *places, weeg_rank_score kind,
                                  weeg_test_residuals *to, weeg_error *err) {
  weeg_test_residuals found = {0};
  const weeg_status status = compare_groups(survey, places, kind, &found.test, &found, err);
  if (status == WEEG_OK) *to = found;
  return status;
}
