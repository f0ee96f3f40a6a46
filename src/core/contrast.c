/* Proportions in sets of groups that may overlap: a group, the total that it is part of, the rest. */
#include <math.h>

#include "memory.h"
#include "replicates.h"
#include "scores.h"
#include "weeg.h"

weeg_status weeg_set_proportions(const weeg_tally *tally, const weeg_design *design, const weeg_sets *sets, int64_t *n,
                                 double *base, double *estimate, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t levels = sets->levels;
  int64_t *base_n = NULL;
  double *weighted = NULL;
  WEEG_NEW(base_n, sets->groups);
  WEEG_NEW(weighted, (int64_t)sets->groups * levels);
  WEEG_TRY(weeg_proportions(tally, design, sets->cell_group, sets->groups, sets->cell_level, levels, NULL, weighted, NULL,
                            NULL, base_n, NULL, err));
  for (int32_t s = 0; s < sets->sets; s++) {
    double *sum = estimate + (int64_t)s * levels;
    n[s] = 0;
    base[s] = 0;
    for (int32_t k = 0; k < levels; k++) sum[k] = 0;
    for (int32_t g = 0; g < sets->groups; g++) {
      if (!sets->member[(int64_t)s * sets->groups + g]) continue;
      n[s] += base_n[g];
      for (int32_t k = 0; k < levels; k++) sum[k] += weighted[(int64_t)g * levels + k];
    }
    for (int32_t k = 0; k < levels; k++) base[s] += sum[k];
    for (int32_t k = 0; k < levels; k++) sum[k] = base[s] > 0 ? sum[k] / base[s] : NAN;
  }
cleanup:
  weeg_free(base_n);
  weeg_free(weighted);
  return status;
}

/* The outputs of each set: start[sets + 1], output[], coef[]. */
typedef struct by_set {
  int64_t *start;
  int32_t *output;
  double *coef;
} by_set;

static void clear_by_set(by_set *t) {
  weeg_free(t->start);
  weeg_free(t->output);
  weeg_free(t->coef);
}

static weeg_status transpose(const weeg_combinations *c, int32_t sets, by_set *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t terms = c->start[c->outputs];
  WEEG_NEW(t->start, (int64_t)sets + 2);
  WEEG_NEW(t->output, terms);
  WEEG_NEW(t->coef, terms);
  for (int64_t i = 0; i < terms; i++) {
    if (c->set[i] < 0 || c->set[i] >= sets) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, i, "term %lld names set %d of %d", (long long)i + 1, c->set[i] + 1, sets);
      goto cleanup;
    }
    t->start[c->set[i] + 2]++;
  }
  for (int32_t s = 0; s < sets; s++) t->start[s + 2] += t->start[s + 1];
  for (int32_t o = 0; o < c->outputs; o++) {
    for (int64_t i = c->start[o]; i < c->start[o + 1]; i++) {
      const int64_t at = t->start[c->set[i] + 1]++;
      t->output[at] = o;
      t->coef[at] = c->coef[i];
    }
  }
cleanup:
  return status;
}

static bool is_member(const weeg_sets *sets, int32_t set, int32_t group) {
  return sets->member[(int64_t)set * sets->groups + group];
}

/*
 * Scores sum_s coef_s (1[level] - p_s) / base_s over the sets s of the cell's group, added up before any weight comes in:
 * those of a group and of the total that it is most of all but cancel.
 */
static weeg_status score_combinations(const weeg_tally *tally, const weeg_sets *sets, const double *base,
                                      const double *estimate, int32_t level, const weeg_combinations *c, score_list *list,
                                      weeg_error *err) {
  weeg_status status = WEEG_OK;
  by_set t = {0};
  double *sum = NULL;
  int64_t terms = 0;
  WEEG_NEW(sum, c->outputs);
  WEEG_TRY(transpose(c, sets->sets, &t, err));
  for (int32_t i = 0; i < tally->cells; i++) {
    for (int32_t s = 0; s < sets->sets && sets->cell_group[i] >= 0 && sets->cell_level[i] >= 0; s++) {
      if (is_member(sets, s, sets->cell_group[i])) terms += t.start[s + 1] - t.start[s];
    }
  }
  WEEG_TRY(weeg_scores_new(list, tally->cells, c->outputs, terms, err));
  for (int32_t i = 0; i < tally->cells; i++) {
    const int64_t first = list->used;
    for (int32_t s = 0; s < sets->sets && sets->cell_group[i] >= 0 && sets->cell_level[i] >= 0; s++) {
      if (!is_member(sets, s, sets->cell_group[i]) || !(base[s] > 0)) continue;
      const double own = (sets->cell_level[i] == level ? 1 : 0) - estimate[(int64_t)s * sets->levels + level];
      for (int64_t k = t.start[s]; k < t.start[s + 1]; k++) {
        if (sum[t.output[k]] == 0) weeg_scores_add(list, t.output[k], 0);
        sum[t.output[k]] += t.coef[k] * own / base[s];
      }
    }
    for (int64_t k = first; k < list->used; k++) { /* an output that is there twice gets its sum once */
      list->coef[k] = sum[list->index[k]];
      sum[list->index[k]] = 0;
    }
    weeg_scores_close(list, i);
  }
  WEEG_TRY(weeg_scores_size(list, err));
  for (int32_t o = 0; o < c->outputs; o++) {
    for (int64_t k = c->start[o]; k < c->start[o + 1]; k++) {
      if (base[c->set[k]] > 0) list->size[o] += 2 * fabs(c->coef[k]) * estimate[(int64_t)c->set[k] * sets->levels + level];
    }
  }
cleanup:
  clear_by_set(&t);
  weeg_free(sum);
  return status;
}

weeg_status weeg_set_variance(const weeg_tally *tally, const weeg_design *design, const weeg_sets *sets, const double *base,
                              const double *estimate, int32_t level, const weeg_combinations *combinations,
                              double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *domain_of = NULL, *output_domain = NULL;
  if (design->replicates != NULL) {
    return weeg_replicate_set_variance(tally, design->replicates, sets, estimate, level, combinations, variance, err);
  }
  WEEG_NEW(domain_of, tally->cells);
  WEEG_NEW(output_domain, combinations->outputs);
  for (int32_t c = 0; c < tally->cells; c++) {
    domain_of[c] = sets->cell_group[c] >= 0 && sets->cell_level[c] >= 0 ? 0 : -1;
  }
  WEEG_TRY(score_combinations(tally, sets, base, estimate, level, combinations, &list, err));
  WEEG_TRY(weeg_variance(tally, design, &list.scores, domain_of, 1, output_domain, variance, err));
cleanup:
  weeg_scores_clear(&list);
  weeg_free(domain_of);
  weeg_free(output_domain);
  return status;
}

weeg_status weeg_set_df(const weeg_tally *tally, const weeg_design *design, const weeg_sets *sets, const uint8_t *group_use,
                        int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *domain_of = NULL;
  WEEG_NEW(domain_of, tally->cells);
  for (int32_t c = 0; c < tally->cells; c++) {
    domain_of[c] = sets->cell_group[c] >= 0 && group_use[sets->cell_group[c]] ? 0 : -1;
  }
  WEEG_TRY(weeg_design_df(tally, design, domain_of, 1, df, err));
cleanup:
  weeg_free(domain_of);
  return status;
}
