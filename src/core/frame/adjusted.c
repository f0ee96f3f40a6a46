/*
 * Adjusted proportions of tallies with names: what the answers would be if all groups had the covariates of all rows, from a
 * logistic model of each answer.
 */
#include <math.h>
#include <string.h>

#include "frame/model.h"

typedef struct made_adjusted {
  weeg_adjusted adjusted; /* first: callers have its address */
  made_frame *room;
} made_adjusted;

typedef struct adjustment {
  weeg_adjusted *to;
  made_frame *room, *scratch;
  const weeg_frame *frame;
  weeg_survey survey;
  model_table table;
  int32_t group_variables, outcome, groups; /* groups: those with data */
  int32_t *place, *number, *group;          /* [cells] of all groups; [all] among those with data, -1; [groups] back */
  int32_t others, *first;                   /* combinations of covariates, and the counted cell where each is first */
  int32_t *cell_pattern, *cell_level, *used;/* [cells] used: the answer of counted cells, else -1 */
  int64_t *start;
  int32_t *column, columns;
  weeg_share *shares;                       /* [all groups * answers] */
  double *covariance, *estimate;
} adjustment;

void weeg_adjusted_free(weeg_adjusted *adjusted) {
  if (adjusted != NULL) weeg_i_frame_drop(((made_adjusted *)adjusted)->room);
}

static int32_t level_at(const adjustment *a, int32_t variable, int32_t counted) {
  return a->table.at[(int64_t)variable * a->table.counted + counted];
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

/* The groups with data, numbered in their order; and which answer each counted cell has. */
static weeg_status find_groups(adjustment *a, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const model_table *t = &a->table;
  const int32_t cells = a->frame->tally->cells;
  int32_t *which = NULL, *at = NULL;
  FRAME_NEW(a->scratch, which, a->group_variables);
  FRAME_NEW(a->scratch, a->place, cells);
  FRAME_NEW(a->scratch, a->used, cells);
  FRAME_NEW(a->scratch, at, cells);
  for (int32_t v = 0; v < a->group_variables; v++) which[v] = v;
  WEEG_TRY(weeg_frame_places(a->frame, which, a->group_variables, a->place, &a->to->groups, err));
  weeg_frame_positions(a->frame, a->outcome, at);
  a->to->answers = a->frame->variable[a->outcome].levels.count;
  FRAME_NEW(a->scratch, a->number, a->to->groups);
  FRAME_NEW(a->scratch, a->group, a->to->groups);
  memset(a->used, -1, (size_t)cells * sizeof *a->used);
  for (int32_t i = 0; i < t->counted; i++) {
    a->number[a->place[t->cell[i]]] = 1;
    a->used[t->cell[i]] = at[t->cell[i]];
  }
  for (int32_t g = 0; g < a->to->groups; g++) {
    if (a->number[g] > 0) a->group[a->groups++] = g;
    a->number[g] = a->number[g] > 0 ? a->groups - 1 : -1;
  }
cleanup:
  return status;
}

/* Patterns are groups by combinations of covariates, these numbered by first appearance. */
static weeg_status find_patterns(adjustment *a, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const model_table *t = &a->table;
  const int32_t cells = a->frame->tally->cells;
  int64_t product = 1;
  int32_t *seen = NULL, *other = NULL;
  for (int32_t v = a->group_variables; v < a->outcome; v++) product *= t->size[v];
  FRAME_NEW(a->scratch, seen, product);
  FRAME_NEW(a->scratch, other, t->counted);
  FRAME_NEW(a->scratch, a->first, t->counted);
  FRAME_NEW(a->scratch, a->cell_pattern, cells);
  memset(a->cell_pattern, -1, (size_t)cells * sizeof *a->cell_pattern);
  for (int32_t i = 0; i < t->counted; i++) {
    int64_t place = 0;
    for (int32_t v = a->group_variables; v < a->outcome; v++) place = place * t->size[v] + level_at(a, v, i);
    if (seen[place] == 0) {
      a->first[a->others++] = i;
      seen[place] = a->others;
    }
    other[i] = seen[place] - 1;
  }
  for (int32_t i = 0; i < t->counted; i++) {
    a->cell_pattern[t->cell[i]] = a->number[a->place[t->cell[i]]] * a->others + other[i];
  }
cleanup:
  return status;
}

/* Groups come last: covariates that depend on each other do no harm, groups that depend on covariates do. */
static weeg_status find_columns(adjustment *a, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t patterns = (int64_t)a->groups * a->others;
  int64_t columns = a->groups - 1, used = 0;
  for (int32_t v = a->group_variables; v < a->outcome; v++) columns += a->table.size[v] - 1;
  WEEG_TRY(weeg_i_model_columns(columns, err));
  a->columns = (int32_t)columns;
  FRAME_NEW(a->scratch, a->start, patterns + 1);
  FRAME_NEW(a->scratch, a->column, patterns * (a->outcome - a->group_variables + 1));
  for (int64_t p = 0; p < patterns; p++) {
    const int32_t i = a->first[p % a->others], group = (int32_t)(p / a->others);
    int32_t before = 0;
    for (int32_t v = a->group_variables; v < a->outcome; v++) {
      if (level_at(a, v, i) > 0) a->column[used++] = before + level_at(a, v, i) - 1;
      before += a->table.size[v] - 1;
    }
    if (group > 0) a->column[used++] = before + group - 1;
    a->start[p + 1] = used;
  }
cleanup:
  return status;
}

/* ---- the answers ------------------------------------------------------------------------------------------------- */

/* Whether rows have the answer, and whether rows have another one. */
static int32_t sides_of(adjustment *a, int32_t answer) {
  int32_t sides = 0;
  for (int32_t c = 0; c < a->frame->tally->cells; c++) {
    a->cell_level[c] = a->used[c] < 0 ? -1 : a->used[c] == answer;
    if (a->used[c] >= 0) sides |= 1 << a->cell_level[c];
  }
  return sides;
}

static weeg_status adjust_answer(adjustment *a, int32_t answer, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t sides = sides_of(a, answer);
  const int64_t size = (int64_t)a->groups * a->groups, all = a->to->groups;
  double *covariance = a->covariance + answer * all * all, *own = NULL;
  weeg_reason reason = WEEG_REASON_NONE;
  weeg_fit fit;
  FRAME_NEW(a->scratch, own, size);
  for (int32_t g = 0; g < a->groups; g++) a->estimate[g] = sides == 2;
  if (sides == 3) {
    const weeg_model model = {a->cell_pattern, a->cell_level, a->groups * a->others, a->columns, 2, a->start, a->column};
    status = weeg_predictive_margins(&a->survey, &model, a->groups, &(weeg_fitted){a->estimate, own}, &fit, err);
    if (status == WEEG_ERR_NUMERIC && err != NULL && err->where >= 0) {
      status = WEEG_OK;
      reason = WEEG_REASON_SEPARATED;
    }
    if (status != WEEG_OK) goto cleanup;
    if (reason == WEEG_REASON_NONE && isnan(a->estimate[0])) reason = WEEG_REASON_CONFOUNDED;
  }
  for (int32_t g = 0; g < a->groups; g++) {
    weeg_share *s = &a->shares[(int64_t)a->group[g] * a->to->answers + answer];
    s->estimate = reason == WEEG_REASON_NONE ? a->estimate[g] : NAN;
    s->variance = reason == WEEG_REASON_NONE ? own[(int64_t)g * a->groups + g] : NAN;
    s->reason = reason;
    for (int32_t h = 0; h < a->groups; h++) {
      covariance[a->group[g] * all + a->group[h]] = reason == WEEG_REASON_NONE ? own[(int64_t)g * a->groups + h] : NAN;
    }
  }
cleanup:
  return status;
}

/* Rows and weights of the counted cells, whose degrees of freedom are those of all figures. */
static weeg_status count_rows(adjustment *a, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const model_table *t = &a->table;
  const int32_t answers = a->to->answers;
  int32_t *domain = NULL;
  FRAME_NEW(a->scratch, domain, a->frame->tally->cells);
  memset(domain, -1, (size_t)a->frame->tally->cells * sizeof *domain);
  for (int32_t i = 0; i < t->counted; i++) {
    const int32_t c = t->cell[i];
    weeg_share *group = a->shares + (int64_t)a->place[c] * answers;
    domain[c] = 0;
    group[a->used[c]].n += t->n[c];
    group[a->used[c]].weighted += t->weighted[c];
    for (int32_t k = 0; k < answers; k++) group[k].base_n += t->n[c];
  }
  WEEG_TRY(weeg_design_df(&a->survey, domain, 1, &a->to->df, err));
  for (int64_t i = 0; i < (int64_t)a->to->groups * answers; i++) a->shares[i].df = a->to->df;
cleanup:
  return status;
}

static weeg_status adjust_all(adjustment *a, const weeg_interval_choice *choice, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t all = a->to->groups, size = all * a->to->answers;
  weeg_reason *reason = NULL;
  FRAME_NEW(a->room, a->shares, size);
  FRAME_NEW(a->room, a->covariance, size * all);
  FRAME_NEW(a->scratch, a->estimate, a->groups);
  FRAME_NEW(a->scratch, reason, size);
  FRAME_NEW(a->scratch, a->cell_level, a->frame->tally->cells);
  for (int64_t i = 0; i < size * all; i++) a->covariance[i] = NAN;
  for (int64_t i = 0; i < size; i++) {
    a->shares[i] = (weeg_share){.estimate = NAN, .variance = NAN, .reason = WEEG_REASON_EMPTY};
  }
  WEEG_TRY(count_rows(a, err));
  for (int32_t k = 0; k < a->to->answers; k++) WEEG_TRY(adjust_answer(a, k, err));
  for (int64_t i = 0; i < size; i++) reason[i] = a->shares[i].reason;
  WEEG_TRY(weeg_finish_shares(a->shares, size, choice, a->frame->design.hooks, err));
  for (int64_t i = 0; i < size; i++) {
    if (reason[i] != WEEG_REASON_NONE) a->shares[i].reason = reason[i];
  }
  a->to->shares = a->shares;
  a->to->covariance = a->covariance;
cleanup:
  return status;
}

weeg_status weeg_frame_adjust(const weeg_frame *frame, int32_t groups, const weeg_interval_choice *choice, weeg_adjusted **made,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  adjustment a = {.frame = frame, .survey = {frame->tally, &frame->design}, .group_variables = groups,
                  .outcome = frame->variables - 1};
  made_adjusted *result = NULL;
  if (groups < 1 || groups >= a.outcome) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "adjusted proportions need groups, covariates and an outcome");
  }
  FRAME_LIKE(a.room, frame);
  FRAME_LIKE(a.scratch, frame);
  FRAME_NEW(a.room, result, 1);
  result->room = a.room;
  a.to = &result->adjusted;
  WEEG_TRY(weeg_i_model_table(frame, a.scratch, &a.table, err));
  for (int32_t v = groups; v < a.outcome; v++) WEEG_TRY(weeg_i_model_check(&a.table, v, err));
  WEEG_TRY(find_groups(&a, err));
  WEEG_TRY(find_patterns(&a, err));
  WEEG_TRY(find_columns(&a, err));
  WEEG_TRY(adjust_all(&a, choice, err));
  *made = &result->adjusted;
  a.room = NULL;
cleanup:
  weeg_i_frame_drop(a.room);
  weeg_i_frame_drop(a.scratch);
  return status;
}
