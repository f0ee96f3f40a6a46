/* The sum of two tallies, matched by the names of variables, levels, strata and PSUs. */
#include <string.h>

#include "frame/frame.h"

/* ---- variables ---- */

static bool same_levels(const weeg_texts *a, const weeg_texts *b) {
  bool same = a->count == b->count;
  for (int32_t k = 0; k < a->count && same; k++) same = strcmp(a->text[k], b->text[k]) == 0;
  return same;
}

/* Variable v of the sum; map: the new numbers of its levels. */
static weeg_status join_variable(const frame_join *join, int32_t v, weeg_variable *sum, frame_map *map, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_variable *a = &join->a->variable[v], *b = &join->b->variable[v];
  weeg_joined_levels joined = {0};
  if (a->ordered && b->ordered && !same_levels(&a->levels, &b->levels)) {
    status = weeg_i_frame_refuse(err, WEEG_FAULT_ORDERED_LEVELS);
    if (err != NULL) err->where = v;
    return status;
  }
  FRAME_NEW(join->scratch, map->a, a->levels.count);
  FRAME_NEW(join->scratch, map->b, b->levels.count);
  *sum = *a;
  joined = (weeg_joined_levels){map->a, map->b};
  WEEG_TRY(weeg_join_levels(a, b, &joined, err));
  sum->ordered = a->ordered && b->ordered;
  sum->number = joined.number;
  sum->values = NULL;
  sum->levels = (weeg_texts){joined.count, NULL};
  FRAME_NEW(join->sum, sum->levels.text, joined.count);
  if (sum->number && (a->values != NULL || b->values != NULL)) FRAME_NEW(join->sum, sum->values, joined.count);
  for (int32_t k = 0; k < b->levels.count; k++) {
    sum->levels.text[map->b[k]] = b->levels.text[k];
    if (sum->values != NULL) sum->values[map->b[k]] = weeg_level_score(b, k);
  }
  for (int32_t k = 0; k < a->levels.count; k++) {
    sum->levels.text[map->a[k]] = a->levels.text[k];
    if (sum->values != NULL) sum->values[map->a[k]] = weeg_level_score(a, k);
  }
cleanup:
  return status;
}

/* The variables of the sum, and where the cells of both come. */
static weeg_status join_variables(const frame_join *join, frame_map *cells, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t count = join->a->variables;
  weeg_variable *variable = NULL;
  frame_map *level = NULL;
  int32_t size = 0;
  FRAME_NEW(join->sum, variable, count);
  FRAME_NEW(join->scratch, level, count);
  for (int32_t v = 0; v < count; v++) WEEG_TRY(join_variable(join, v, &variable[v], &level[v], err));
  WEEG_TRY(weeg_frame_cells(variable, count, &size, err));
  FRAME_NEW(join->scratch, cells->a, join->a->tally->cells);
  FRAME_NEW(join->scratch, cells->b, join->b->tally->cells);
  for (int32_t v = 0; v < count; v++) {
    weeg_i_frame_append(join->a, v, level[v].a, variable[v].levels.count, cells->a);
    weeg_i_frame_append(join->b, v, level[v].b, variable[v].levels.count, cells->b);
  }
  join->sum->frame.variable = variable;
cleanup:
  return status;
}

/* ---- tallies ---- */

static weeg_status join_replicates(const frame_join *join, const frame_map *cells, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_frame *a = join->a, *b = join->b;
  const weeg_tally *of = join->sum->tally;
  const int32_t measures = of->measures;
  const frame_fold fold_a = {a->design.replicates, a->tally->cells, cells->a, of->cells, measures, NULL, measures};
  const frame_fold fold_b = {b->design.replicates, b->tally->cells, cells->b, of->cells, measures, NULL, measures};
  weeg_replicates *of_a = NULL, *of_b = NULL, *sum = NULL;
  if (a->design.replicates == NULL) return WEEG_OK;
  WEEG_TRY(weeg_i_frame_fold(join->scratch, &fold_a, &of_a, err));
  WEEG_TRY(weeg_i_frame_fold(join->scratch, &fold_b, &of_b, err));
  WEEG_TRY(weeg_i_frame_add(join->sum, of_a, of_b, of, &sum, err));
  join->sum->frame.design.replicates = sum;
cleanup:
  return status;
}

static weeg_status refuse_twice(const frame_join *join, const frame_map *units, const frame_map *cells, weeg_error *err) {
  const weeg_tally *sum = join->sum->tally, *a = join->a->tally, *b = join->b->tally;
  bool in_b = a == b, in_a = false;
  weeg_status status = in_b ? WEEG_OK : weeg_tally_twice(sum, &(weeg_summand){a, units->a, cells->a}, &in_b, err);
  if (status == WEEG_OK && !in_b) status = weeg_tally_twice(sum, &(weeg_summand){b, units->b, cells->b}, &in_a, err);
  return status == WEEG_OK && (in_a || in_b) ? weeg_i_frame_refuse(err, WEEG_FAULT_TWICE) : status;
}

/* Weights that follow from the population sizes are those of all rows together. */
static weeg_status weigh_by_fpc(const frame_join *join, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *weight = NULL;
  if (!weeg_i_frame_weighted_by_fpc(join->a)) return WEEG_OK;
  FRAME_NEW(join->scratch, weight, join->sum->tally->units);
  WEEG_TRY(weeg_fpc_weights(&join->sum->frame.design, weight, err));
  WEEG_TRY(weeg_tally_weigh(join->sum->tally, weight, err));
cleanup:
  return status;
}

static int32_t tally_units(const weeg_design *d) {
  const weeg_stage *last = d->later > 0 ? &d->stages[d->later - 1] : NULL;
  if (last != NULL) return last->element ? last->strata : last->units;
  return d->element ? d->strata : d->psus;
}

static weeg_status join_tallies(const frame_join *join, const frame_map *units, const frame_map *cells, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_frame *sum = &join->sum->frame;
  int32_t size = 0;
  WEEG_TRY(weeg_frame_cells(sum->variable, sum->variables, &size, err));
  WEEG_TRY(weeg_tally_merge(&(weeg_summand){join->a->tally, units->a, cells->a},
                            &(weeg_summand){join->b->tally, units->b, cells->b}, tally_units(&sum->design), size,
                            &join->sum->tally, err));
  sum->tally = join->sum->tally;
  WEEG_TRY(refuse_twice(join, units, cells, err));
  WEEG_TRY(join_replicates(join, cells, err));
  WEEG_TRY(weigh_by_fpc(join, err));
cleanup:
  return status;
}

weeg_status weeg_frame_join(const weeg_frame *a, const weeg_frame *b, weeg_frame **sum, weeg_error *err) {
  weeg_status status = WEEG_OK;
  frame_join join = {a, b, NULL, NULL};
  frame_map units = {NULL, NULL}, cells = {NULL, NULL};
  FRAME_LIKE(join.sum, a);
  FRAME_LIKE(join.scratch, a);
  WEEG_TRY(weeg_i_frame_check_alike(&join, err));
  WEEG_TRY(weeg_i_frame_join_notes(&join, err));
  WEEG_TRY(join_variables(&join, &cells, err));
  WEEG_TRY(weeg_i_frame_join_designs(&join, &units, err));
  WEEG_TRY(join_tallies(&join, &units, &cells, err));
  *sum = &join.sum->frame;
  join.sum = NULL;
cleanup:
  weeg_i_frame_drop(join.sum);
  weeg_i_frame_drop(join.scratch);
  return status;
}
