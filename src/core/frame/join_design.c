/* The sample of two tallies together: strata and units with the same names are the same. */
#include <math.h>
#include <string.h>

#include "frame/frame.h"

static weeg_status new_map(const frame_join *join, int32_t a, int32_t b, frame_map *map, weeg_error *err) {
  weeg_status status = WEEG_OK;
  FRAME_NEW(join->scratch, map->a, a);
  FRAME_NEW(join->scratch, map->b, b);
cleanup:
  return status;
}

/* The names of both by their new numbers, of which there are `count`. Without texts there are none. */
static weeg_status join_texts(const frame_join *join, const frame_names *a, const frame_names *b, const frame_map *map,
                              int32_t count, weeg_texts *texts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *texts = (weeg_texts){0, NULL};
  if (a->text == NULL) return WEEG_OK;
  FRAME_NEW(join->sum, texts->text, count);
  texts->count = count;
  for (int32_t i = 0; i < b->count; i++) texts->text[map->b[i]] = b->text[i];
  for (int32_t i = a->count - 1; i >= 0; i--) texts->text[map->a[i]] = a->text[i];
cleanup:
  return status;
}

/* ---- one stage ---- */

/* A stage of one of the frames: the first is a stage too. */
static weeg_stage first_stage(const weeg_design *d) {
  return (weeg_stage){.element = d->element, .strata = d->strata, .units = d->psus, .unit_stratum = d->psu_stratum,
                      .stratum_units = d->stratum_psus, .stratum_fpc = d->stratum_fpc};
}

static int32_t find_number(const int32_t *numbers, int32_t count, int32_t wanted) {
  for (int32_t i = 0; i < count; i++) {
    if (numbers[i] == wanted) return i;
  }
  return -1;
}

/* Population sizes by new stratum, NULL where there are none; the first that is not the same in both is an error. */
static weeg_status join_fpc(const frame_join *join, const weeg_stage *a, const weeg_stage *b, const frame_map *strata,
                            int32_t count, int32_t stage, const double **fpc, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *sizes = NULL;
  int32_t differs = count;
  *fpc = NULL;
  if (a->stratum_fpc == NULL) return WEEG_OK;
  FRAME_NEW(join->sum, sizes, count);
  for (int32_t h = 0; h < count; h++) sizes[h] = NAN;
  for (int32_t h = a->strata - 1; h >= 0; h--) sizes[strata->a[h]] = a->stratum_fpc[h];
  for (int32_t h = 0; h < b->strata; h++) {
    const int32_t at = strata->b[h];
    if (isnan(sizes[at])) sizes[at] = b->stratum_fpc[h];
    else if (sizes[at] != b->stratum_fpc[h] && at < differs) differs = at;
  }
  if (differs < count) {
    status = weeg_i_frame_refuse(err, WEEG_FAULT_POPULATIONS);
    if (err != NULL) err->facts.stratum = find_number(strata->a, a->strata, differs);
    if (err != NULL) err->facts.stage = stage;
    goto cleanup;
  }
  *fpc = sizes;
cleanup:
  return status;
}

/* Refuses more sampled units than there are. facts.number: in which of the two tallies facts.stratum is. */
static weeg_status check_population(const int64_t *sampled, const double *fpc, int32_t count, const frame_map *strata,
                                    int32_t a_strata, int32_t b_strata, int32_t stage, weeg_error *err) {
  for (int32_t h = 0; h < count && fpc != NULL; h++) {
    if (!((double)sampled[h] > fpc[h])) continue;
    const weeg_status status = weeg_i_frame_refuse(err, WEEG_FAULT_MORE_SAMPLED);
    if (err == NULL) return status;
    const int32_t in_a = find_number(strata->a, a_strata, h);
    err->facts.stratum = in_a >= 0 ? in_a : find_number(strata->b, b_strata, h);
    err->facts.number = in_a < 0;
    err->facts.stage = stage;
    err->facts.value = (double)sampled[h];
    err->facts.limit = fpc[h];
    return status;
  }
  return WEEG_OK;
}

/* The rows of both, or the units by unit_stratum[units], of each of `count` strata. */
static weeg_status count_units(const frame_join *join, const weeg_stage *a, const weeg_stage *b, const frame_map *strata,
                               const int32_t *unit_stratum, int32_t units, int32_t count, const int64_t **counts,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *sampled = NULL;
  FRAME_NEW(join->sum, sampled, count);
  for (int32_t h = 0; h < a->strata && a->element; h++) sampled[strata->a[h]] += a->stratum_units[h];
  for (int32_t h = 0; h < b->strata && a->element; h++) sampled[strata->b[h]] += b->stratum_units[h];
  for (int32_t u = 0; u < units; u++) {
    if (unit_stratum[u] >= 0) sampled[unit_stratum[u]]++;
  }
  *counts = sampled;
cleanup:
  return status;
}

/* ---- the first stage ---- */

/* Two PSUs of one tally with the same name cannot be told apart; number: which tally. */
static weeg_status check_distinct(const int32_t *psu, int32_t psus, bool *seen, int32_t number, weeg_error *err) {
  for (int32_t u = 0; u < psus; u++) {
    if (!seen[psu[u]]) {
      seen[psu[u]] = true;
      continue;
    }
    const weeg_status status = weeg_i_frame_refuse(err, WEEG_FAULT_SAME_PSUS);
    if (err != NULL) err->facts.unit = u;
    if (err != NULL) err->facts.number = number;
    return status;
  }
  return WEEG_OK;
}

/* The stratum of each PSU, in which both must agree: stratum[psus], and the one in which b has it. */
static weeg_status join_strata_of(const frame_join *join, const frame_map *strata, const frame_map *psus, int32_t count,
                                  int32_t *stratum, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_design *a = &join->a->design, *b = &join->b->design;
  int32_t *of_b = NULL;
  FRAME_NEW(join->scratch, of_b, count); /* from 1 */
  for (int32_t u = 0; u < count; u++) stratum[u] = -1;
  for (int32_t u = 0; u < b->psus; u++) of_b[psus->b[u]] = b->psu_stratum[u] + 1;
  for (int32_t u = 0; u < a->psus; u++) {
    if (a->psu_stratum[u] >= 0) stratum[psus->a[u]] = strata->a[a->psu_stratum[u]];
  }
  for (int32_t u = 0; u < count; u++) {
    if (of_b[u] == 0) continue;
    const int32_t in_b = strata->b[of_b[u] - 1];
    if (stratum[u] >= 0 && stratum[u] != in_b) {
      status = weeg_i_frame_refuse(err, WEEG_FAULT_TWO_STRATA);
      if (err == NULL) goto cleanup;
      err->facts.unit = find_number(psus->a, a->psus, u);
      err->facts.stratum = find_number(strata->a, a->strata, stratum[u]);
      err->facts.other = of_b[u] - 1;
      goto cleanup;
    }
    stratum[u] = in_b;
  }
cleanup:
  return status;
}

/* The inclusion probability of each PSU, in which both must agree. */
static weeg_status join_probabilities(const frame_join *join, const frame_map *psus, int32_t count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_design *a = &join->a->design, *b = &join->b->design;
  double *probability = NULL;
  FRAME_NEW(join->sum, probability, count);
  for (int32_t u = 0; u < b->psus; u++) probability[psus->b[u]] = b->psu_probability[u];
  for (int32_t u = 0; u < a->psus; u++) {
    double *known = &probability[psus->a[u]];
    const double own = a->psu_probability[u];
    if (*known > 0 && own > 0 && *known != own) {
      status = weeg_i_frame_refuse(err, WEEG_FAULT_PROBABILITIES);
      if (err != NULL) err->facts.unit = u;
      goto cleanup;
    }
    if (!(*known > 0)) *known = own;
  }
  join->sum->frame.design.psu_probability = probability;
cleanup:
  return status;
}

static weeg_status join_psus(const frame_join *join, const frame_map *strata, frame_map *psus, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_frame *a = join->a, *b = join->b;
  const frame_names of_a = {a->psus.count, a->psus.text, NULL}, of_b = {b->psus.count, b->psus.text, NULL};
  weeg_frame *sum = &join->sum->frame;
  int32_t *stratum = NULL, count = 0;
  bool *in_a = NULL, *in_b = NULL;
  WEEG_TRY(new_map(join, of_a.count, of_b.count, psus, err));
  WEEG_TRY(weeg_i_frame_number(&of_a, &of_b, psus, &count, err));
  FRAME_NEW(join->scratch, in_a, count);
  FRAME_NEW(join->scratch, in_b, count);
  WEEG_TRY(check_distinct(psus->a, of_a.count, in_a, 0, err));
  WEEG_TRY(check_distinct(psus->b, of_b.count, in_b, 1, err));
  FRAME_NEW(join->sum, stratum, count);
  WEEG_TRY(join_strata_of(join, strata, psus, count, stratum, err));
  WEEG_TRY(join_texts(join, &of_a, &of_b, psus, count, &sum->psus, err));
  sum->design.psus = count;
  sum->design.psu_stratum = stratum;
  if (a->design.pps != WEEG_PPS_NONE) WEEG_TRY(join_probabilities(join, psus, count, err));
cleanup:
  return status;
}

/* ---- later stages ---- */

/* The new parents of a stage's strata, or the new strata of its units. */
static weeg_status new_parents(const frame_join *join, const int32_t *old, int32_t count, const int32_t *to, int32_t **parent,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  FRAME_NEW(join->scratch, *parent, count);
  for (int32_t i = 0; i < count; i++) (*parent)[i] = to[old[i]];
cleanup:
  return status;
}

/* Strata are in order of the units that they lie in: renumbers them so. parent[count]: of each, by its number until now. */
static weeg_status sort_by_parent(const frame_join *join, int32_t *parent, int32_t count, int32_t parents, const weeg_stage *a,
                                  const weeg_stage *b, frame_map *strata, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *next = NULL, *place = NULL, *sorted = NULL;
  FRAME_NEW(join->scratch, next, (int64_t)parents + 1);
  FRAME_NEW(join->scratch, place, count);
  FRAME_NEW(join->scratch, sorted, count);
  for (int32_t h = 0; h < count; h++) next[parent[h] + 1]++;
  for (int32_t p = 0; p < parents; p++) next[p + 1] += next[p];
  for (int32_t h = 0; h < count; h++) {
    place[h] = next[parent[h]]++;
    sorted[place[h]] = parent[h];
  }
  memcpy(parent, sorted, (size_t)count * sizeof *parent);
  for (int32_t h = 0; h < a->strata; h++) strata->a[h] = place[strata->a[h]];
  for (int32_t h = 0; h < b->strata; h++) strata->b[h] = place[strata->b[h]];
cleanup:
  return status;
}

/* Strata of stage s after the first; before: new numbers of the units that they lie in, of which there are `parents`. */
static weeg_status join_strata(const frame_join *join, int32_t s, const frame_map *before, int32_t parents, weeg_stage *stage,
                               weeg_stage_names *names, frame_map *strata, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_stage *a = &join->a->design.stages[s], *b = &join->b->design.stages[s];
  const weeg_texts *text_a = &join->a->stages[s].strata, *text_b = &join->b->stages[s].strata;
  int32_t *parent_a = NULL, *parent_b = NULL, *parent = NULL;
  WEEG_TRY(new_parents(join, a->stratum_parent, a->strata, before->a, &parent_a, err));
  WEEG_TRY(new_parents(join, b->stratum_parent, b->strata, before->b, &parent_b, err));
  const frame_names of_a = {a->strata, text_a->count == 0 ? NULL : text_a->text, parent_a};
  const frame_names of_b = {b->strata, text_b->count == 0 ? NULL : text_b->text, parent_b};
  WEEG_TRY(new_map(join, a->strata, b->strata, strata, err));
  WEEG_TRY(weeg_i_frame_number(&of_a, &of_b, strata, &stage->strata, err));
  FRAME_NEW(join->sum, parent, stage->strata);
  for (int32_t h = 0; h < a->strata; h++) parent[strata->a[h]] = parent_a[h];
  for (int32_t h = 0; h < b->strata; h++) parent[strata->b[h]] = parent_b[h];
  WEEG_TRY(sort_by_parent(join, parent, stage->strata, parents, a, b, strata, err));
  WEEG_TRY(join_texts(join, &of_a, &of_b, strata, stage->strata, &names->strata, err));
  stage->stratum_parent = parent;
cleanup:
  return status;
}

static weeg_status join_units(const frame_join *join, int32_t s, const frame_map *strata, weeg_stage *stage,
                              weeg_stage_names *names, frame_map *units, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_stage *a = &join->a->design.stages[s], *b = &join->b->design.stages[s];
  int32_t *stratum_a = NULL, *stratum_b = NULL, *stratum = NULL;
  WEEG_TRY(new_parents(join, a->unit_stratum, a->units, strata->a, &stratum_a, err));
  WEEG_TRY(new_parents(join, b->unit_stratum, b->units, strata->b, &stratum_b, err));
  const frame_names of_a = {a->units, join->a->stages[s].units.text, stratum_a};
  const frame_names of_b = {b->units, join->b->stages[s].units.text, stratum_b};
  WEEG_TRY(new_map(join, a->units, b->units, units, err));
  WEEG_TRY(weeg_i_frame_number(&of_a, &of_b, units, &stage->units, err));
  FRAME_NEW(join->sum, stratum, stage->units);
  for (int32_t u = 0; u < a->units; u++) stratum[units->a[u]] = stratum_a[u];
  for (int32_t u = 0; u < b->units; u++) stratum[units->b[u]] = stratum_b[u];
  WEEG_TRY(join_texts(join, &of_a, &of_b, units, stage->units, &names->units, err));
  stage->unit_stratum = stratum;
cleanup:
  return status;
}

/* units: of the stage before, `parents` together; then of this one, and *parents is how many. */
static weeg_status join_stage(const frame_join *join, int32_t s, frame_map *units, int32_t *parents, weeg_stage *stage,
                              weeg_stage_names *names, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_stage *a = &join->a->design.stages[s], *b = &join->b->design.stages[s];
  frame_map strata = {NULL, NULL};
  *stage = (weeg_stage){.element = a->element};
  WEEG_TRY(join_strata(join, s, units, *parents, stage, names, &strata, err));
  if (a->element) *units = strata;
  else WEEG_TRY(join_units(join, s, &strata, stage, names, units, err));
  *parents = stage->units;
  WEEG_TRY(count_units(join, a, b, &strata, stage->unit_stratum, stage->units, stage->strata, &stage->stratum_units, err));
  WEEG_TRY(join_fpc(join, a, b, &strata, stage->strata, s + 1, &stage->stratum_fpc, err));
  WEEG_TRY(check_population(stage->stratum_units, stage->stratum_fpc, stage->strata, &strata, a->strata, b->strata, s + 1, err));
cleanup:
  return status;
}

static weeg_status join_later(const frame_join *join, frame_map *units, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_frame *sum = &join->sum->frame;
  int32_t parents = sum->design.psus;
  weeg_stage *stages = NULL;
  weeg_stage_names *names = NULL;
  if (sum->design.later == 0) return WEEG_OK;
  FRAME_NEW(join->sum, stages, sum->design.later);
  FRAME_NEW(join->sum, names, sum->design.later);
  for (int32_t s = 0; s < sum->design.later; s++) {
    WEEG_TRY(join_stage(join, s, units, &parents, &stages[s], &names[s], err));
  }
  sum->design.stages = stages;
  sum->stages = names;
cleanup:
  return status;
}

/* ---- all of them ---- */

static bool has_all_labels(const weeg_frame *f) {
  bool all = f->strata.count == f->design.strata && (f->design.element || f->psus.count == f->design.psus);
  for (int32_t s = 0; s < f->design.later && all; s++) {
    const weeg_stage *stage = &f->design.stages[s];
    const weeg_stage_names *names = &f->stages[s];
    all = (names->strata.count == 0 || names->strata.count == stage->strata) &&
          (stage->element || names->units.count == stage->units);
  }
  return all;
}

weeg_status weeg_i_frame_join_designs(const frame_join *join, frame_map *units, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_frame *a = join->a, *b = join->b;
  const frame_names of_a = {a->strata.count, a->strata.text, NULL}, of_b = {b->strata.count, b->strata.text, NULL};
  const weeg_stage stage_a = first_stage(&a->design), stage_b = first_stage(&b->design);
  weeg_design *d = &join->sum->frame.design;
  frame_map strata = {NULL, NULL};
  if (!has_all_labels(a) || !has_all_labels(b)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "labels and design differ in number");
  }
  WEEG_TRY(new_map(join, of_a.count, of_b.count, &strata, err));
  WEEG_TRY(weeg_i_frame_number(&of_a, &of_b, &strata, &d->strata, err));
  WEEG_TRY(join_texts(join, &of_a, &of_b, &strata, d->strata, &join->sum->frame.strata, err));
  WEEG_TRY(join_fpc(join, &stage_a, &stage_b, &strata, d->strata, 0, &d->stratum_fpc, err));
  *units = strata;
  if (!d->element) WEEG_TRY(join_psus(join, &strata, units, err));
  WEEG_TRY(count_units(join, &stage_a, &stage_b, &strata, d->psu_stratum, d->psus, d->strata, &d->stratum_psus, err));
  WEEG_TRY(check_population(d->stratum_psus, d->stratum_fpc, d->strata, &strata, of_a.count, of_b.count, 0, err));
  WEEG_TRY(join_later(join, units, err));
cleanup:
  return status;
}
