/*
 * Domains without a variance of their own. The scores of a ratio sum to 0 over its domain; where that lies in one PSU, the
 * PSU's score is their sum, so that the variance is 0 whatever the truth.
 */
#include "variance/alone.h"

#include <math.h>

#include "base/memory.h"
#include "tally/places.h"
#include "variance/nest.h"
#include "variance/prepared.h"
#include "variance/scores.h"

enum { NOWHERE = -1, SEVERAL = -2 };

/* Where the rows of a domain are. */
typedef struct place {
  int64_t psu;     /* their PSU (where rows are PSUs: an entry; with given replicates: a row or cell), NOWHERE or SEVERAL */
  bool varies;     /* some are in a stratum that has a variance, or */
  bool whole;      /* in one that was taken as a whole: nothing is unknown but what later stages add */
  int64_t rows;
  int32_t cells;
} place;

static void see(place *x, int64_t psu) { x->psu = x->psu == NOWHERE || x->psu == psu ? psu : SEVERAL; }

/* ---- by PSU ---- */

/* In a tally that knows which PSUs have rows all are in strata of several, or in such as were taken as a whole. */
static weeg_status find_psus_by_bits(const weeg_tally *tally, const int32_t *domain_of, int32_t domains, place *places,
                                     weeg_error *err) {
  weeg_status status = WEEG_OK;
  const prepared_psus *p = tally->prepared->psus;
  uint64_t *bits = NULL;
  WEEG_NEW(bits, (int64_t)domains * p->words);
  weeg_i_join_bits(tally, domain_of, bits);
  for (int32_t k = 0; k < domains; k++) {
    const uint64_t *of = bits + (int64_t)k * p->words, *strata = of + p->psu_words;
    const int64_t count = weeg_i_count_bits(of, 0, p->psu_words);
    int32_t first = 0;
    while (count == 1 && !(of[first / 64] >> first % 64 & 1)) first++;
    places[k].psu = count == 0 ? NOWHERE : count == 1 ? first : SEVERAL;
    places[k].varies = count > 0;
    for (int32_t h = 0; h < p->nest.strata && p->nest.stratum_fpc != NULL; h++) {
      places[k].whole |= (strata[h / 64] >> h % 64 & 1) && weeg_i_adds_nothing(&p->nest, h);
    }
  }
cleanup:
  weeg_free(bits);
  return status;
}

static weeg_status find_psus(const weeg_survey *survey, const int32_t *domain_of, place *places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  nest p = {0};
  const weeg_replicates *made = survey->design->replicates;
  /* made replicates that are alike in each stratum keep the PSU of one with a single PSU as it is */
  const bool dropped = survey->design->lonely == WEEG_LONELY_REMOVE || survey->design->lonely == WEEG_LONELY_CERTAINTY ||
                       (made != NULL && made->rank == WEEG_RANK_DESIGN);
  WEEG_TRY(weeg_i_nest_of_counts(&p, survey, 0, err));
  for (int32_t h = 0; h < p.strata; h++) {
    const bool whole = weeg_i_adds_nothing(&p, h), varies = whole || !weeg_i_is_lonely(&p, h) || !dropped;
    for (int32_t at = p.stratum_start[h]; at < p.stratum_start[h + 1]; at++) {
      const int32_t u = p.order[at];
      for (int64_t i = p.unit_start[u]; i < p.unit_start[u + 1]; i++) {
        const int32_t k = domain_of[p.cell[i]];
        if (k < 0) continue;
        see(&places[k], p.element ? i : u);
        if (p.element && survey->tally->n[i] > 1) places[k].psu = SEVERAL;
        places[k].whole |= whole;
        places[k].varies |= varies;
      }
    }
  }
cleanup:
  weeg_i_nest_clear(&p);
  return status;
}

/* ---- by replicate weights of unknown make ---- */

typedef struct lookout {
  const weeg_design *design;
  double *w;      /* [cells], with given replicates */
  place *places;  /* [domains] */
} lookout;

static bool has_psus(const weeg_design *design) {
  const weeg_replicates *r = design->replicates;
  return r == NULL || r->rank == WEEG_RANK_UNITS || r->rank == WEEG_RANK_DESIGN;
}

static bool has_rows(const weeg_replicates *r) { return r->rank == WEEG_RANK_CELLS; }

/* Replicate weights that are rounded to four digits are in proportion; those of rows in different PSUs are far from it. */
static const double ROUNDED = 1e-3;

static double product(const double *x, const double *y, int32_t count) {
  double sum = 0;
  for (int32_t i = 0; i < count; i++) sum += x[i] * y[i];
  return sum;
}

/* Whether y is a multiple of x, which is not 0, but for rounding. */
static bool is_multiple(const double *x, const double *y, int32_t count) {
  const double xy = product(x, y, count), yy = product(y, y, count);
  return !(yy - xy * (xy / product(x, x, count)) > ROUNDED * ROUNDED * yy);
}

/* Rows of one PSU have the same multiplier in each replicate. Totals of calibrated margins have, too, but their rows have not. */
static void see_row(const weeg_replicates *r, place *x, int64_t row) {
  const double *y = r->basis + row * r->count;
  if (x->psu == NOWHERE && product(y, y, r->count) > 0) x->psu = row;
  if (x->psu >= 0 && !is_multiple(r->basis + x->psu * r->count, y, r->count)) x->psu = SEVERAL;
}

/* As survey::degf() takes columns of weights to depend on each other: see replicates_rank.c. */
static const double SAME = 1e-5;

/* What can be seen of rows in one PSU where what they span is not known: their cells' totals are in proportion. */
static bool in_proportion(const weeg_replicates *r, const double *w, int64_t a, int64_t b) {
  const double *x = r->totals + a * r->count, *y = r->totals + b * r->count;
  for (int32_t i = 0; i < r->count; i++) {
    const double one = x[i] / w[a], other = y[i] / w[b];
    if (!(fabs(one - other) <= SAME * (fabs(one) + fabs(other)))) return false;
  }
  return true;
}

static void see_cell(const lookout *l, place *x, int64_t cell) {
  const weeg_replicates *r = l->design->replicates;
  if (has_rows(r)) {
    for (int64_t i = r->basis_start[cell]; i < r->basis_start[cell + 1]; i++) see_row(r, x, i);
  } else if (x->psu == NOWHERE) {
    x->psu = cell;
  } else if (x->psu != SEVERAL && !in_proportion(r, l->w, x->psu, cell)) {
    x->psu = SEVERAL;
  }
}

static weeg_status find_proportions(lookout *l, const weeg_tally *tally, const int32_t *domain_of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *n = NULL;
  WEEG_NEW(n, tally->cells);
  WEEG_NEW(l->w, tally->cells);
  WEEG_TRY(weeg_tally_totals(tally, n, l->w, err));
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t k = domain_of[c];
    if (k < 0 || n[c] == 0) continue;
    see_cell(l, &l->places[k], c);
    l->places[k].rows += n[c];
    l->places[k].cells++;
    l->places[k].varies = true;
  }
cleanup:
  weeg_free(n);
  return status;
}

/* ---- of domains and sets of them ---- */

static void clear(lookout *l) {
  weeg_free(l->w);
  weeg_free(l->places);
}

static weeg_status look(lookout *l, const weeg_survey *survey, const int32_t *domain_of, int32_t domains,
                        weeg_error *err) {
  weeg_status status = WEEG_OK;
  l->design = survey->design;
  WEEG_NEW(l->places, domains);
  for (int32_t k = 0; k < domains; k++) l->places[k].psu = NOWHERE;
  if (has_psus(survey->design)) {
    status = weeg_i_has_bits(survey->tally) ? find_psus_by_bits(survey->tally, domain_of, domains, l->places, err)
                                            : find_psus(survey, domain_of, l->places, err);
  } else {
    status = find_proportions(l, survey->tally, domain_of, err);
  }
cleanup:
  return status;
}

static void join(const lookout *l, place *x, const place *other) {
  if (other->psu == NOWHERE) return;
  if (other->psu == SEVERAL) x->psu = SEVERAL;
  else if (has_psus(l->design)) see(x, other->psu);
  else if (has_rows(l->design->replicates)) see_row(l->design->replicates, x, other->psu);
  else see_cell(l, x, other->psu);
  x->varies |= other->varies;
  x->whole |= other->whole;
  x->rows += other->rows;
  x->cells += other->cells;
}

static bool has_own(const lookout *l, const place *x) {
  if (x->psu == NOWHERE) return true;
  if (x->psu == SEVERAL) return x->varies;
  if (has_psus(l->design)) return x->whole;
  /* the totals of one cell are in proportion with themselves: that of a single row says something, that of several does not */
  return !has_rows(l->design->replicates) && x->cells == 1 && x->rows > 1;
}

weeg_status weeg_own_variance(const weeg_survey *survey, const int32_t *domain_of, int32_t domains, uint8_t *has,
                              weeg_error *err) {
  lookout l = {0};
  const weeg_status status = look(&l, survey, domain_of, domains, err);
  for (int32_t k = 0; k < domains && status == WEEG_OK; k++) has[k] = has_own(&l, &l.places[k]);
  clear(&l);
  return status;
}

weeg_status weeg_i_withhold(const weeg_survey *survey, const int32_t *domain_of, int32_t domains, int32_t levels,
                            const double *estimate, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint8_t *has = NULL;
  WEEG_NEW(has, domains);
  WEEG_TRY(weeg_own_variance(survey, domain_of, domains, has, err));
  for (int32_t o = 0; o < domains * levels; o++) {
    const bool open = estimate[o] > 1e-12 && fabs(estimate[o] - 1) > 1e-12;
    if (isnan(estimate[o]) || (open && !has[o / levels])) variance[o] = NAN;
  }
cleanup:
  weeg_free(has);
  return status;
}

weeg_status weeg_i_set_own_variance(const weeg_survey *survey, const weeg_sets *sets, uint8_t *has, weeg_error *err) {
  weeg_status status = WEEG_OK;
  lookout l = {0};
  int32_t *domain_of = NULL;
  WEEG_NEW(domain_of, survey->tally->cells);
  weeg_i_groups_in_table(survey->tally, sets->places, domain_of);
  WEEG_TRY(look(&l, survey, domain_of, weeg_i_groups(sets->places), err));
  for (int32_t s = 0; s < sets->sets; s++) {
    place all = {.psu = NOWHERE};
    for (int64_t j = sets->start[s]; j < sets->start[s + 1]; j++) join(&l, &all, &l.places[sets->group[j]]);
    has[s] = has_own(&l, &all);
  }
cleanup:
  clear(&l);
  weeg_free(domain_of);
  return status;
}

/* A stratum with one PSU under WEEG_LONELY_FAIL is an error, whether or not there is a group to compare. */
static weeg_status check_lonely(const weeg_survey *survey, const int32_t *domain_of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list none = {0};
  uint8_t *use = NULL;
  double covariance = 0;
  WEEG_NEW(use, survey->tally->cells);
  for (int32_t c = 0; c < survey->tally->cells; c++) use[c] = domain_of[c] >= 0;
  WEEG_TRY(weeg_i_scores_new(&none, survey->tally->cells, 0, 0, err));
  WEEG_TRY(weeg_covariance(survey, &none.scores, use, &covariance, err));
cleanup:
  weeg_i_scores_clear(&none);
  weeg_free(use);
  return status;
}

weeg_status weeg_i_any_alone(const weeg_survey *survey, const int32_t *domain_of, int32_t domains, bool *any,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint8_t *has = NULL;
  WEEG_NEW(has, domains);
  WEEG_TRY(weeg_own_variance(survey, domain_of, domains, has, err));
  *any = false;
  for (int32_t k = 0; k < domains; k++) *any |= !has[k];
  if (*any) WEEG_TRY(check_lonely(survey, domain_of, err));
cleanup:
  weeg_free(has);
  return status;
}

/* ---- margins of a table ---- */

/* alone[levels] of one margin. seen[levels]: the one level of the other margin that it goes with, or NOWHERE, or SEVERAL. */
static weeg_status find_alone(const weeg_survey *survey, const weeg_places *places, bool of_answers, uint8_t *alone,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *tally = survey->tally;
  int32_t *domain_of = NULL, *seen = NULL;
  int64_t *n = NULL;
  const int32_t levels = of_answers ? weeg_i_answers_of(places) : weeg_i_groups(places);
  WEEG_NEW(domain_of, tally->cells);
  WEEG_NEW(seen, levels);
  WEEG_NEW(n, tally->cells);
  WEEG_TRY(weeg_tally_totals(tally, n, NULL, err));
  for (int32_t k = 0; k < levels; k++) seen[k] = NOWHERE;
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t group = weeg_i_group_of(places, c), answer = weeg_i_answer_of(places, c);
    domain_of[c] = !weeg_i_in_table(places, c) || n[c] == 0 ? -1 : of_answers ? answer : group;
    if (domain_of[c] < 0) continue;
    int32_t *with = &seen[domain_of[c]];
    const int32_t other = of_answers ? group : answer;
    *with = *with == NOWHERE || *with == other ? other : SEVERAL;
  }
  WEEG_TRY(weeg_own_variance(survey, domain_of, levels, alone, err));
  for (int32_t k = 0; k < levels; k++) alone[k] = !alone[k] && seen[k] == SEVERAL;
cleanup:
  weeg_free(domain_of);
  weeg_free(seen);
  weeg_free(n);
  return status;
}

weeg_status weeg_levels_alone(const weeg_survey *survey, const weeg_places *places, uint8_t *alone, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(weeg_i_check_places(survey->tally, places, err));
  WEEG_TRY(find_alone(survey, places, false, alone, err));
  WEEG_TRY(find_alone(survey, places, true, alone + weeg_i_groups(places), err));
cleanup:
  return status;
}

weeg_status weeg_i_table_alone(const weeg_survey *survey, const weeg_places *places, bool *any, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint8_t *alone = NULL;
  int32_t *group_of = NULL;
  const int64_t levels = (int64_t)weeg_i_groups(places) + weeg_i_answers_of(places);
  WEEG_NEW(alone, levels);
  WEEG_NEW(group_of, survey->tally->cells);
  WEEG_TRY(weeg_levels_alone(survey, places, alone, err));
  *any = false;
  for (int64_t k = 0; k < levels; k++) *any |= alone[k];
  weeg_i_groups_in_table(survey->tally, places, group_of);
  if (*any) WEEG_TRY(check_lonely(survey, group_of, err));
cleanup:
  weeg_free(alone);
  weeg_free(group_of);
  return status;
}
