/* Proportions in sets of groups that may overlap: a group, the total that it is part of, the rest. */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "stats/sets.h"
#include "stats/table.h"
#include "tally/places.h"
#include "variance/nest.h"
#include "variance/prepared.h"
#include "variance/replicates.h"
#include "variance/scores.h"
#include "weeg.h"

weeg_status weeg_i_set_proportions(const weeg_survey *survey, const weeg_sets *sets, int64_t *n, double *base,
                                   double *estimate, weeg_error *err) {
  weeg_status status = WEEG_OK;
  table t = {0};
  WEEG_TRY(weeg_i_table_make(&t, survey->tally, sets->places, err));
  for (int32_t s = 0; s < sets->sets; s++) {
    double *sum = estimate + (int64_t)s * t.answers;
    n[s] = 0;
    base[s] = 0;
    for (int32_t k = 0; k < t.answers; k++) sum[k] = 0;
    for (int64_t j = sets->start[s]; j < sets->start[s + 1]; j++) {
      const int32_t g = sets->group[j];
      n[s] += t.group_n[g];
      for (int32_t k = 0; k < t.answers; k++) sum[k] += t.w[g * t.answers + k];
    }
    for (int32_t k = 0; k < t.answers; k++) base[s] += sum[k];
    for (int32_t k = 0; k < t.answers; k++) sum[k] = base[s] > 0 ? sum[k] / base[s] : NAN;
  }
cleanup:
  weeg_i_table_clear(&t);
  return status;
}

int32_t weeg_wave_pairs(const int64_t *n, int32_t groups, int32_t waves, bool to_first, int32_t *first, int32_t *second) {
  int32_t pairs = 0, earlier = -1;
  for (int32_t g = 0; g < groups; g++) {
    if (waves < 1 || g % waves == 0) earlier = -1;
    if (n[g] == 0) continue;
    if (earlier >= 0) {
      first[pairs] = g;
      second[pairs++] = earlier;
    }
    if (earlier < 0 || !to_first) earlier = g;
  }
  return pairs;
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

static weeg_status wrong_set(const weeg_combinations *c, int64_t term, int32_t sets, weeg_error *err) {
  return weeg_fail(err, WEEG_ERR_ARGUMENT, term, "term %lld names set %d of %d", (long long)term + 1, c->set[term] + 1, sets);
}

static weeg_status transpose(const weeg_combinations *c, int32_t sets, by_set *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t terms = c->start[c->outputs];
  WEEG_NEW(t->start, (int64_t)sets + 2);
  WEEG_NEW(t->output, terms);
  WEEG_NEW(t->coef, terms);
  for (int64_t i = 0; i < terms; i++) {
    if (c->set[i] < 0 || c->set[i] >= sets) {
      status = wrong_set(c, i, sets, err);
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

/* The sets of each group: start[groups + 1], set[], ascending. */
typedef struct by_group {
  int64_t *start;
  int32_t *set;
} by_group;

static void clear_by_group(by_group *m) {
  weeg_free(m->start);
  weeg_free(m->set);
}

static weeg_status find_memberships(const weeg_sets *sets, by_group *m, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t groups = weeg_i_groups(sets->places);
  const int64_t terms = sets->start[sets->sets];
  WEEG_NEW(m->start, groups + 2);
  for (int64_t j = 0; j < terms; j++) m->start[sets->group[j] + 2]++;
  for (int64_t g = 0; g < groups; g++) m->start[g + 2] += m->start[g + 1];
  WEEG_NEW(m->set, terms);
  for (int32_t s = 0; s < sets->sets; s++) {
    for (int64_t j = sets->start[s]; j < sets->start[s + 1]; j++) m->set[m->start[sets->group[j] + 1]++] = s;
  }
cleanup:
  return status;
}

/* Of output o, the size of what its scores are computed of. */
static double size_of(const weeg_combinations *c, int32_t o, const double *base, const double *estimate, int64_t answers,
                      int32_t answer) {
  double size = 0;
  for (int64_t k = c->start[o]; k < c->start[o + 1]; k++) {
    if (base[c->set[k]] > 0) size += 2 * fabs(c->coef[k]) * estimate[(int64_t)c->set[k] * answers + answer];
  }
  return size;
}

/*
 * Scores sum_s coef_s (1[level] - p_s) / base_s over the sets s of the cell's group. Those of a group and of a total that it
 * dominates nearly cancel, so they are added before they are weighted.
 */
static weeg_status score_combinations(const weeg_survey *survey, const weeg_sets *sets, const double *base,
                                      const double *estimate, int32_t answer, const weeg_combinations *c,
                                      score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_places *places = sets->places;
  const int64_t answers = weeg_i_answers_of(places);
  pulse beat = {.hooks = survey->design->hooks};
  by_set t = {0};
  by_group m = {0};
  double *sum = NULL;
  int64_t terms = 0;
  WEEG_NEW(sum, c->outputs);
  WEEG_TRY(transpose(c, sets->sets, &t, err));
  WEEG_TRY(find_memberships(sets, &m, err));
  for (int32_t i = 0; i < survey->tally->cells; i++) {
    const int32_t g = weeg_i_in_table(places, i) ? weeg_i_group_of(places, i) : -1;
    for (int64_t j = g < 0 ? 0 : m.start[g]; g >= 0 && j < m.start[g + 1]; j++) {
      terms += t.start[m.set[j] + 1] - t.start[m.set[j]];
    }
  }
  WEEG_TRY(weeg_i_scores_new(list, survey->tally->cells, c->outputs, terms, err));
  for (int32_t i = 0; i < survey->tally->cells; i++) {
    const int64_t first = list->used;
    const int32_t g = weeg_i_in_table(places, i) ? weeg_i_group_of(places, i) : -1;
    for (int64_t j = g < 0 ? 0 : m.start[g]; g >= 0 && j < m.start[g + 1]; j++) {
      const int32_t s = m.set[j];
      if (!(base[s] > 0) || weeg_i_stops(&beat, t.start[s + 1] - t.start[s])) continue;
      const double own = (weeg_i_answer_of(places, i) == answer ? 1 : 0) - estimate[(int64_t)s * answers + answer];
      for (int64_t k = t.start[s]; k < t.start[s + 1]; k++) {
        if (sum[t.output[k]] == 0) weeg_i_scores_add(list, t.output[k], 0);
        sum[t.output[k]] += t.coef[k] * own / base[s];
      }
    }
    for (int64_t k = first; k < list->used; k++) { /* an output that is there twice gets its sum once */
      list->coef[k] = sum[list->index[k]];
      sum[list->index[k]] = 0;
    }
    weeg_i_scores_close(list, i);
  }
  WEEG_TRY(weeg_i_pulse_status(&beat, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t o = 0; o < c->outputs; o++) list->size[o] = size_of(c, o, base, estimate, answers, answer);
cleanup:
  clear_by_set(&t);
  clear_by_group(&m);
  weeg_free(sum);
  return status;
}

/* Whether scores of sets may be made one by one and combined: no group is in two, whose scores might cancel. */
static weeg_status find_apart(const weeg_survey *survey, const weeg_sets *sets, bool *apart, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint8_t *seen = NULL;
  *apart = weeg_i_has_bits(survey->tally);
  if (!*apart) return WEEG_OK;
  WEEG_NEW(seen, weeg_i_groups(sets->places));
  for (int64_t j = 0; j < sets->start[sets->sets]; j++) *apart = *apart && seen[sets->group[j]]++ == 0;
cleanup:
  weeg_free(seen);
  return status;
}

/* The variances of combinations of sets that are apart: pairs of sets are many more than sets. */
static weeg_status combine_apart(const weeg_survey *survey, const weeg_sets *sets, const double *base, const double *estimate,
                                 int32_t answer, const int32_t *domain_of, const weeg_combinations *c, double *variance,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int64_t *start = NULL;
  int32_t *set = NULL; /* each as an output of its own, all in domain 0 */
  double *coef = NULL;
  WEEG_NEW(start, (int64_t)sets->sets + 1);
  WEEG_NEW(set, sets->sets);
  WEEG_NEW(coef, sets->sets);
  for (int32_t s = 0; s < sets->sets; s++) {
    start[s + 1] = s + 1;
    set[s] = s;
    coef[s] = 1;
  }
  const weeg_combinations each = {.outputs = sets->sets, .start = start, .set = set, .coef = coef};
  for (int64_t i = 0; i < c->start[c->outputs]; i++) {
    if (c->set[i] >= 0 && c->set[i] < sets->sets) continue;
    status = wrong_set(c, i, sets->sets, err);
    goto cleanup;
  }
  WEEG_TRY(score_combinations(survey, sets, base, estimate, answer, &each, &list, err));
  const scored_sample x = {*survey, &list.scores, {domain_of, 1, NULL}};
  WEEG_TRY(weeg_i_matrix_combined(&x, c, variance, err));
  for (int32_t o = 0; o < c->outputs; o++) {
    const double size = size_of(c, o, base, estimate, weeg_i_answers_of(sets->places), answer);
    variance[o] = isinf(variance[o]) ? NAN : weeg_i_known_variance(variance[o], weeg_i_rounding(size, survey->tally->entries));
  }
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(start);
  weeg_free(set);
  weeg_free(coef);
  return status;
}

weeg_status weeg_i_set_variance(const weeg_survey *survey, const weeg_sets *sets, const double *base,
                                const double *estimate, int32_t answer, const weeg_combinations *combinations,
                                double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *domain_of = NULL, *output_domain = NULL;
  bool apart = false;
  if (survey->design->replicates != NULL) {
    return weeg_i_replicate_set_variance(survey, &(weeg_set_figures){sets, estimate, answer}, combinations, variance, err);
  }
  WEEG_NEW(domain_of, survey->tally->cells);
  WEEG_NEW(output_domain, combinations->outputs);
  for (int32_t c = 0; c < survey->tally->cells; c++) { domain_of[c] = weeg_i_in_table(sets->places, c) ? 0 : -1; }
  WEEG_TRY(find_apart(survey, sets, &apart, err));
  if (apart) {
    status = combine_apart(survey, sets, base, estimate, answer, domain_of, combinations, variance, err);
    goto cleanup;
  }
  WEEG_TRY(score_combinations(survey, sets, base, estimate, answer, combinations, &list, err));
  WEEG_TRY(weeg_variance(survey, &list.scores, &(weeg_domains){domain_of, 1, output_domain}, variance, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(domain_of);
  weeg_free(output_domain);
  return status;
}

/* ---- degrees of freedom ---- */

/* The PSUs (where rows are PSUs: the strata, with the rows) of each group: start[groups + 1], and lists by group. */
typedef struct incidence {
  const weeg_sets *sets;
  nest p;
  int64_t *start;
  int32_t *unit, *stratum;      /* [start[groups]] */
  int64_t *rows;
  int32_t *unit_at, *stratum_at, *group_at; /* [units], [strata], [groups] the last output that met it, + 1 */
  int32_t *chosen;              /* [groups] scratch: the groups of one output */
  int64_t everything;           /* df of all groups together, -1: not known yet */
  int32_t not_empty;            /* groups with units */
  pulse pulse;
} incidence;

static void clear_incidence(incidence *x) {
  weeg_i_nest_clear(&x->p);
  weeg_free(x->start);
  weeg_free(x->unit);
  weeg_free(x->stratum);
  weeg_free(x->rows);
  weeg_free(x->unit_at);
  weeg_free(x->stratum_at);
  weeg_free(x->group_at);
  weeg_free(x->chosen);
}

/* Lists the units of each group, or (unit == NULL) counts them. */
static void list_units(incidence *x, const weeg_tally *tally, int64_t *next) {
  for (int32_t h = 0; h < x->p.strata; h++) {
    for (int32_t place = x->p.stratum_start[h]; place < x->p.stratum_start[h + 1]; place++) {
      const int32_t u = x->p.order[place];
      for (int64_t i = x->p.unit_start[u]; i < x->p.unit_start[u + 1]; i++) {
        const int32_t g = weeg_i_group_of(x->sets->places, x->p.cell[i]);
        if (g < 0) continue;
        const bool met = x->group_at[g] == u + 1;
        x->group_at[g] = u + 1;
        next[g] += !met;
        if (x->unit == NULL) continue;
        x->unit[next[g] - 1] = u;
        x->stratum[next[g] - 1] = h;
        x->rows[next[g] - 1] += x->p.element ? tally->n[i] : 0;
      }
    }
  }
}

static weeg_status make_incidence(incidence *x, const weeg_survey *survey, const weeg_sets *sets, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *next = NULL;
  const int32_t groups = weeg_i_groups(sets->places);
  *x = (incidence){.sets = sets, .everything = -1, .pulse.hooks = survey->design->hooks};
  WEEG_TRY(weeg_i_nest_of_counts(&x->p, survey, 0, err));
  WEEG_NEW(next, groups);
  WEEG_NEW(x->start, (int64_t)groups + 1);
  WEEG_NEW(x->group_at, groups);
  WEEG_NEW(x->chosen, groups);
  WEEG_NEW(x->unit_at, x->p.units);
  WEEG_NEW(x->stratum_at, x->p.strata);
  list_units(x, survey->tally, next);
  for (int32_t g = 0; g < groups; g++) {
    x->start[g + 1] = x->start[g] + next[g];
    x->not_empty += next[g] > 0;
    next[g] = x->start[g];
    x->group_at[g] = 0;
  }
  WEEG_NEW(x->unit, x->start[groups]);
  WEEG_NEW(x->stratum, x->start[groups]);
  WEEG_NEW(x->rows, x->start[groups]);
  list_units(x, survey->tally, next);
  for (int32_t g = 0; g < groups; g++) x->group_at[g] = 0;
cleanup:
  weeg_free(next);
  return status;
}

/* Units less strata of a group that output number `mark` (from 1) had not met before. */
static int64_t add_group(incidence *x, const weeg_design *design, int32_t group, int32_t mark) {
  int64_t df = 0;
  if (weeg_i_stops(&x->pulse, 4 * (x->start[group + 1] - x->start[group]))) return 0;
  for (int64_t k = x->start[group]; k < x->start[group + 1]; k++) {
    const int32_t u = x->unit[k], h = x->stratum[k];
    const bool first = x->stratum_at[h] != mark;
    x->stratum_at[h] = mark;
    if (design->df == WEEG_DF_STRATA) {
      df += first ? weeg_i_stratum_df(design, h) : 0;
      continue;
    }
    df += x->p.element ? x->rows[k] : x->unit_at[u] != mark;
    df -= first;
    x->unit_at[u] = mark;
  }
  return df;
}

/* The groups with units of output o, each once: chosen[], and how many. */
static int32_t choose(incidence *x, const weeg_combinations *c, int32_t o) {
  int32_t count = 0;
  for (int64_t k = c->start[o]; k < c->start[o + 1]; k++) {
    for (int64_t j = x->sets->start[c->set[k]]; j < x->sets->start[c->set[k] + 1]; j++) {
      const int32_t g = x->sets->group[j];
      if (x->group_at[g] == o + 1 || x->start[g] == x->start[g + 1]) continue;
      x->group_at[g] = o + 1;
      x->chosen[count++] = g;
    }
  }
  return count;
}

static int64_t union_df(incidence *x, const weeg_design *design, const weeg_combinations *c, int32_t o) {
  const int32_t count = choose(x, c, o);
  int64_t df = 0;
  if (count == x->not_empty && x->everything >= 0) return x->everything;
  for (int32_t k = 0; k < count; k++) df += add_group(x, design, x->chosen[k], o + 1);
  if (count == x->not_empty) x->everything = df;
  return df;
}

/* That of replicates, output by output: their ranks have no short cut. */
static weeg_status replicates_df(const weeg_survey *survey, const weeg_sets *sets, const weeg_combinations *c,
                                 int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *domain_of = NULL, *last = NULL;
  pulse beat = {.hooks = survey->design->hooks};
  WEEG_NEW(domain_of, survey->tally->cells);
  WEEG_NEW(last, weeg_i_groups(sets->places));
  for (int32_t o = 0; o < c->outputs; o++) {
    (void)weeg_i_stops(&beat, survey->tally->cells);
    WEEG_TRY(weeg_i_pulse_status(&beat, err));
    for (int64_t k = c->start[o]; k < c->start[o + 1]; k++) {
      for (int64_t j = sets->start[c->set[k]]; j < sets->start[c->set[k] + 1]; j++) last[sets->group[j]] = o + 1;
    }
    for (int32_t i = 0; i < survey->tally->cells; i++) {
      const int32_t g = weeg_i_group_of(sets->places, i);
      domain_of[i] = g >= 0 && last[g] == o + 1 ? 0 : -1;
    }
    WEEG_TRY(weeg_design_df(survey, domain_of, 1, &df[o], err));
  }
cleanup:
  weeg_free(domain_of);
  weeg_free(last);
  return status;
}

/* By the PSUs that each group has rows in. */
static weeg_status df_by_bits(const weeg_tally *tally, const weeg_sets *sets, const weeg_combinations *c, int64_t *df,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  const prepared_psus *p = tally->prepared->psus;
  const weeg_places *places = sets->places;
  uint64_t *of_group = NULL, *bits = NULL;
  int32_t *group_of = NULL;
  WEEG_NEW(group_of, tally->cells);
  WEEG_NEW(of_group, (int64_t)weeg_i_groups(places) * p->words);
  WEEG_NEW(bits, p->words);
  for (int32_t i = 0; i < tally->cells; i++) group_of[i] = weeg_i_group_of(places, i);
  weeg_i_join_bits(tally, group_of, of_group);
  for (int32_t o = 0; o < c->outputs; o++) {
    for (int32_t w = 0; w < p->words; w++) bits[w] = 0;
    for (int64_t k = c->start[o]; k < c->start[o + 1]; k++) {
      for (int64_t j = sets->start[c->set[k]]; j < sets->start[c->set[k] + 1]; j++) {
        const uint64_t *add = of_group + (int64_t)sets->group[j] * p->words;
        for (int32_t w = 0; w < p->words; w++) bits[w] |= add[w];
      }
    }
    df[o] = weeg_i_df_of_bits(p, bits);
  }
cleanup:
  weeg_free(group_of);
  weeg_free(of_group);
  weeg_free(bits);
  return status;
}

weeg_status weeg_i_set_df(const weeg_survey *survey, const weeg_sets *sets, const weeg_combinations *combinations,
                          int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_design *design = survey->design;
  incidence x = {0};
  for (int64_t i = 0; i < combinations->start[combinations->outputs]; i++) {
    if (combinations->set[i] < 0 || combinations->set[i] >= sets->sets) return wrong_set(combinations, i, sets->sets, err);
  }
  if (design->replicates != NULL) return replicates_df(survey, sets, combinations, df, err);
  if (weeg_i_has_bits(survey->tally) && design->given_df <= 0 && design->df != WEEG_DF_STRATA && design->df != WEEG_DF_DESIGN) {
    return df_by_bits(survey->tally, sets, combinations, df, err);
  }
  WEEG_TRY(make_incidence(&x, survey, sets, err));
  int64_t whole = 0;
  for (int32_t h = 0; h < design->strata; h++) whole += weeg_i_stratum_df(design, h);
  for (int32_t o = 0; o < combinations->outputs && !x.pulse.stopped; o++) {
    if (design->given_df > 0) {
      df[o] = choose(&x, combinations, o) > 0 ? design->given_df : 0;
    } else {
      df[o] = design->df == WEEG_DF_DESIGN ? whole : union_df(&x, design, combinations, o);
    }
  }
  WEEG_TRY(weeg_i_pulse_status(&x.pulse, err));
cleanup:
  clear_incidence(&x);
  return status;
}
