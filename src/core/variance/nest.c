#include "variance/nest.h"

#include <math.h>

#include "base/memory.h"
#include "base/sum.h"
#include "variance/prepared.h"
#include "variance/stage.h"

static inline double value_of(const weeg_tally *tally, const double *value, int64_t i) {
  return value != NULL ? value[i] : weeg_i_sum_value(tally->w[i], tally->scale);
}

/* The tally's own order is that of the units of the last stage: where a unit ends is seen sooner than its entries are counted. */
static weeg_status take_order(nest *p, const weeg_tally *tally, const double *value, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(p->unit_start, (int64_t)p->units + 1);
  for (int64_t i = 0; i < tally->entries && p->w != NULL; i++) p->w[i] = value_of(tally, value, i);
  int32_t u = 0;
  for (int64_t i = 0; i < tally->entries; i++) {
    while (u < tally->unit[i]) p->unit_start[++u] = i;
  }
  while (u < p->units) p->unit_start[++u] = tally->entries;
  p->cell = tally->cell;
cleanup:
  return status;
}

/* For an earlier stage, a counting sort of the entries by its units. */
static weeg_status sort_entries(nest *p, const weeg_survey *survey, const double *value, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *tally = survey->tally;
  int32_t *unit_of = NULL;
  WEEG_NEW(p->unit_start, (int64_t)p->units + 1);
  WEEG_NEW(p->own_cell, tally->entries);
  WEEG_NEW(unit_of, tally->units);
  for (int32_t u = 0; u < tally->units; u++) unit_of[u] = weeg_i_stage_unit(survey->design, p->stage, u);
  for (int64_t i = 0; i < tally->entries; i++) {
    if (unit_of[tally->unit[i]] < 0) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, i, "entry %lld is of a unit without stratum", (long long)i + 1);
      goto cleanup;
    }
    p->unit_start[unit_of[tally->unit[i]] + 1]++;
  }
  for (int32_t u = 0; u < p->units; u++) p->unit_start[u + 1] += p->unit_start[u];
  for (int64_t i = 0; i < tally->entries; i++) {
    const int64_t place = p->unit_start[unit_of[tally->unit[i]]]++;
    if (p->w != NULL) p->w[place] = value_of(tally, value, i);
    p->own_cell[place] = tally->cell[i];
  }
  for (int32_t u = p->units; u > 0; u--) p->unit_start[u] = p->unit_start[u - 1];
  p->unit_start[0] = 0;
  p->cell = p->own_cell;
cleanup:
  weeg_free(unit_of);
  return status;
}

static weeg_status make_nest(nest *p, const weeg_survey *survey, const double *value, int32_t stage, bool weighted,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_design *design = survey->design;
  const weeg_stage at = weeg_i_stage_view(design, stage);
  const nest *made = value == NULL ? weeg_i_prepared_nest(survey->tally) : NULL;
  if (made != NULL) {
    *p = *made;
    p->borrowed = true;
    return WEEG_OK;
  }
  *p = (nest){.stage = stage,
              .element = at.element,
              .strata = at.strata,
              .units = at.element ? at.strata : at.units,
              .stratum_units = at.stratum_units,
              .stratum_fpc = at.stratum_fpc,
              .parent = at.stratum_parent};
  WEEG_TRY(weeg_i_check_stages(design, survey->tally, err));
  if (stage == 0 && design->pps != WEEG_PPS_NONE) {
    if (design->element || design->psu_probability == NULL) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "unequal probabilities are those of PSUs, of which the design has none");
    }
    p->pps = design->pps;
    p->probability = design->psu_probability;
    p->form = design->psu_form;
    p->blocks = design->psu_blocks;
    if ((p->form != NULL) != (p->pps == WEEG_PPS_HORVITZ_THOMPSON || p->pps == WEEG_PPS_YATES_GRUNDY) ||
        (p->blocks != NULL) != (p->pps == WEEG_PPS_TWO_PHASE)) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "joint probabilities and their form do not go together");
    }
  }
  if (weighted) WEEG_ROOM(p->w, survey->tally->entries);
  WEEG_TRY(stage == design->later ? take_order(p, survey->tally, value, err) : sort_entries(p, survey, value, err));
  if (stage > 0) {
    WEEG_NEW(p->share, p->strata);
    weeg_i_stage_shares(design, stage, p->share);
  }
  WEEG_NEW(p->order, p->units);
  WEEG_NEW(p->stratum_start, (int64_t)p->strata + 1);
  /* counting sort of units by stratum; units without rows (stratum < 0) are in no stratum */
  for (int32_t u = 0; u < p->units; u++) {
    const int32_t h = at.element ? u : at.unit_stratum[u];
    if (h >= 0) p->stratum_start[h + 1]++;
  }
  for (int32_t h = 0; h < p->strata; h++) p->stratum_start[h + 1] += p->stratum_start[h];
  for (int32_t u = 0; u < p->units; u++) {
    const int32_t h = at.element ? u : at.unit_stratum[u];
    if (h >= 0) p->order[p->stratum_start[h]++] = u;
  }
  for (int32_t h = p->strata; h > 0; h--) p->stratum_start[h] = p->stratum_start[h - 1];
  p->stratum_start[0] = 0;
cleanup:
  if (status != WEEG_OK) weeg_i_nest_clear(p);
  return status;
}

weeg_status weeg_i_nest_make(nest *p, const weeg_survey *survey, const double *value, int32_t stage, weeg_error *err) {
  return make_nest(p, survey, value, stage, true, err);
}

weeg_status weeg_i_nest_of_counts(nest *p, const weeg_survey *survey, int32_t stage, weeg_error *err) {
  return make_nest(p, survey, NULL, stage, false, err);
}

void weeg_i_nest_clear(nest *p) {
  if (p->borrowed) *p = (nest){0};
  weeg_free(p->share);
  weeg_free(p->w);
  weeg_free(p->unit_start);
  weeg_free(p->order);
  weeg_free(p->stratum_start);
  weeg_free(p->own_cell);
  *p = (nest){0};
}

double weeg_i_sampling_left(const nest *p, int32_t stratum) {
  double left = 0;
  for (int32_t k = p->stratum_start[stratum]; p->probability != NULL && k < p->stratum_start[stratum + 1]; k++) {
    left = fmax(left, 1 - p->probability[p->order[k]]);
  }
  if (p->probability != NULL) return left;
  if (p->stratum_fpc == NULL || !isfinite(p->stratum_fpc[stratum])) return 1;
  const double size = p->stratum_fpc[stratum];
  return (size - (double)p->stratum_units[stratum]) / size;
}

double weeg_i_stratum_factor(const nest *p, int32_t stratum) {
  return (p->share == NULL ? 1 : p->share[stratum]) * weeg_i_sampling_left(p, stratum);
}

bool weeg_i_adds_nothing(const nest *p, int32_t stratum) {
  return weeg_i_sampling_left(p, stratum) < 1e-7 || (p->share != NULL && p->share[stratum] <= 0);
}

bool weeg_i_is_lonely(const nest *p, int32_t stratum) {
  return p->stratum_units[stratum] <= 1 && p->pps < WEEG_PPS_POISSON;
}

int32_t weeg_i_family_end(const nest *p, int32_t from) {
  if (p->parent == NULL) return p->strata;
  int32_t to = from + 1;
  while (to < p->strata && p->parent[to] == p->parent[from]) to++;
  return to;
}

int64_t weeg_i_stratum_df(const weeg_design *design, int32_t h) {
  return design->stratum_psus[h] > 0 ? design->stratum_psus[h] - 1 : 0;
}

weeg_status weeg_i_lonely_error(const nest *p, int32_t stratum, weeg_error *err) {
  if (p->stage == 0) (void)weeg_fail(err, WEEG_ERR_LONELY_PSU, stratum, "stratum %d has only one PSU", stratum + 1);
  else (void)weeg_fail(err, WEEG_ERR_LONELY_PSU, stratum, "at stage %d, stratum %d has only one sampled unit", p->stage + 1,
                       stratum + 1);
  if (err != NULL) {
    err->facts.stage = p->stage;
    err->facts.stratum = stratum;
  }
  return WEEG_ERR_LONELY_PSU;
}
