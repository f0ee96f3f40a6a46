/* Log-linear models of tallies with names: from terms to the columns of contrasts, and from estimates to effects of levels. */
#include <math.h>
#include <string.h>

#include "frame/model.h"
#include "stats/measure.h"
#include "stats/rao_scott.h"

typedef struct made_table_model {
  weeg_table_model model; /* first: callers have its address */
  made_frame *room;
} made_table_model;

/* The table of a model, and its columns. */
typedef struct log_table {
  made_frame *room, *scratch; /* what is given; what is needed meanwhile */
  const weeg_frame *frame;
  weeg_survey survey;
  const weeg_terms *terms;
  model_table table;
  int32_t places, *cell_place;
  int32_t *start;       /* [variables + 1] the first level of each variable, of those that have rows */
  uint8_t *alone;       /* [start[variables]] */
  bool any_alone;
  int32_t *term_start, columns;
  double *x;            /* [places * columns] */
} log_table;

void weeg_table_model_free(weeg_table_model *m) {
  if (m != NULL) weeg_i_frame_drop(((made_table_model *)m)->room);
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

static int32_t level_at(const log_table *l, int32_t variable, int32_t counted) {
  return l->table.at[(int64_t)variable * l->table.counted + counted];
}

/* The number of a counted cell among the combinations of levels, without one variable (-1: of all). */
static int32_t place_of(const log_table *l, int32_t counted, int32_t without) {
  int32_t place = 0;
  for (int32_t v = 0; v < l->frame->variables; v++) {
    if (v != without) place = place * l->table.size[v] + level_at(l, v, counted);
  }
  return place;
}

static weeg_status find_places(log_table *l, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const model_table *t = &l->table;
  const int32_t variables = l->frame->variables, cells = l->frame->tally->cells;
  int64_t places = 1; /* at most as many as there are cells */
  FRAME_NEW(l->room, l->start, (int64_t)variables + 1);
  for (int32_t v = 0; v < variables; v++) {
    places *= t->size[v];
    l->start[v + 1] = l->start[v] + t->size[v];
  }
  WEEG_TRY(weeg_i_model_cells(places, WEEG_MODEL_SIZE, err));
  l->places = (int32_t)places;
  FRAME_NEW(l->scratch, l->cell_place, cells);
  memset(l->cell_place, -1, (size_t)cells * sizeof *l->cell_place);
  for (int32_t i = 0; i < t->counted; i++) l->cell_place[t->cell[i]] = place_of(l, i, -1);
cleanup:
  return status;
}

/* Levels for which the table has no variance, each variable against the combinations of the others. */
static weeg_status find_alone(log_table *l, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const model_table *t = &l->table;
  const int32_t variables = l->frame->variables, cells = l->frame->tally->cells;
  int32_t *group = NULL, *other = NULL;
  uint8_t *alone = NULL;
  FRAME_NEW(l->room, l->alone, l->start[variables]);
  FRAME_NEW(l->scratch, group, cells);
  FRAME_NEW(l->scratch, other, cells);
  FRAME_NEW(l->scratch, alone, 2 * (int64_t)l->places);
  memset(group, -1, (size_t)cells * sizeof *group);
  memset(other, -1, (size_t)cells * sizeof *other);
  for (int32_t v = 0; v < variables; v++) {
    for (int32_t i = 0; i < t->counted; i++) {
      group[t->cell[i]] = level_at(l, v, i);
      other[t->cell[i]] = place_of(l, i, v);
    }
    const weeg_places places = {.group = group, .groups = t->size[v], .answer = other, .answers = l->places / t->size[v]};
    WEEG_TRY(weeg_levels_alone(&l->survey, &places, alone, err));
    for (int32_t k = 0; k < t->size[v]; k++) {
      l->alone[l->start[v] + k] = alone[k];
      l->any_alone = l->any_alone || alone[k] != 0;
    }
  }
cleanup:
  return status;
}

/* ---- columns ------------------------------------------------------------------------------------------------------ */

/* Column number `column` of a term (its first variable is the fastest) at a combination of levels, by variable. */
static double contrast_of(const log_table *l, int32_t term, int32_t column, const int32_t *level) {
  double value = 1;
  for (int32_t i = l->terms->start[term]; i < l->terms->start[term + 1] && value != 0; i++) {
    const int32_t v = l->terms->variable[i], free_levels = l->table.size[v] - 1;
    if (level[v] == free_levels) value = -value;
    else if (level[v] != column % free_levels) value = 0;
    column /= free_levels;
  }
  return value;
}

static weeg_status find_columns(log_table *l, int64_t columns, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *level = NULL;
  if (columns >= l->places) { /* terms that are there twice */
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a log-linear model of %d cells cannot have %lld columns", l->places,
                     (long long)columns);
  }
  l->columns = (int32_t)columns;
  FRAME_NEW(l->scratch, level, l->frame->variables);
  FRAME_NEW(l->scratch, l->x, l->places * columns);
  for (int32_t p = 0; p < l->places; p++) {
    int32_t left = p;
    double *row = l->x + p * columns;
    for (int32_t v = l->frame->variables - 1; v >= 0; v--) {
      level[v] = left % l->table.size[v];
      left /= l->table.size[v];
    }
    for (int32_t t = 0; t < l->terms->terms; t++) {
      for (int32_t j = l->term_start[t]; j < l->term_start[t + 1]; j++) row[j] = contrast_of(l, t, j - l->term_start[t], level);
    }
  }
cleanup:
  return status;
}

static weeg_loglinear_model model_of(const log_table *l) {
  return (weeg_loglinear_model){l->cell_place, l->places, l->columns, l->x};
}

static bool has_main_effects(const weeg_terms *terms, int32_t variables) {
  int32_t single = 0;
  for (int32_t t = 0; t < terms->terms; t++) single += terms->start[t + 1] - terms->start[t] == 1;
  return single == variables && weeg_i_model_terms(terms, variables);
}

static weeg_status start_table(log_table *l, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (!has_main_effects(l->terms, l->frame->variables)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a log-linear model needs a main effect of each variable");
  }
  FRAME_LIKE(l->room, l->frame);
  FRAME_LIKE(l->scratch, l->frame);
  WEEG_TRY(weeg_i_model_table(l->frame, l->room, &l->table, err));
  for (int32_t v = 0; v < l->frame->variables; v++) WEEG_TRY(weeg_i_model_check(&l->table, v, err));
  WEEG_TRY(find_places(l, err));
  WEEG_TRY(find_alone(l, err));
cleanup:
  return status;
}

/* ---- effects of levels ---------------------------------------------------------------------------------------------- */

/* An effect as a sum of estimates: of columns of its term, each times 1 or -1. */
typedef struct effect_sum {
  int32_t count, *column;
  double *sign;
} effect_sum;

static int64_t combinations(const log_table *l, int32_t term) {
  int64_t count = 1;
  for (int32_t i = l->terms->start[term]; i < l->terms->start[term + 1]; i++) count *= l->table.size[l->terms->variable[i]];
  return count;
}

/* The sum that is combination `number` of the term's levels, the first variable fastest. */
static weeg_status sum_of(const log_table *l, int32_t term, int64_t number, effect_sum *sum, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t first = l->term_start[term], columns = l->term_start[term + 1] - first;
  int32_t *level = NULL;
  FRAME_NEW(l->scratch, level, l->frame->variables);
  FRAME_NEW(l->scratch, sum->column, columns);
  FRAME_NEW(l->scratch, sum->sign, columns);
  for (int32_t i = l->terms->start[term]; i < l->terms->start[term + 1]; i++) {
    const int32_t v = l->terms->variable[i];
    level[v] = (int32_t)(number % l->table.size[v]);
    number /= l->table.size[v];
  }
  for (int32_t j = 0; j < columns; j++) {
    const double value = contrast_of(l, term, j, level);
    if (value == 0) continue;
    sum->column[sum->count] = first + j;
    sum->sign[sum->count++] = value;
  }
cleanup:
  return status;
}

static double sum_up(const effect_sum *sum, const double *x) {
  double value = 0;
  for (int32_t i = 0; i < sum->count; i++) value += sum->sign[i] * x[sum->column[i]];
  return value;
}

/* The terms and levels of all effects, and what each is the sum of; NULL: a level without rows. */
static weeg_status list_effects(const log_table *l, weeg_table_model *to, effect_sum **sum, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_table_effect *effect = NULL;
  int64_t effects = 0;
  int32_t at = 0;
  for (int32_t t = 0; t < l->terms->terms; t++) effects += combinations(l, t) + weeg_i_model_empty(&l->table, l->terms, t);
  if (effects > INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the model has too many effects");
  FRAME_NEW(l->room, effect, effects);
  FRAME_NEW(l->scratch, *sum, effects);
  for (int32_t t = 0; t < l->terms->terms; t++) {
    const int64_t count = combinations(l, t);
    const int32_t empty = weeg_i_model_empty(&l->table, l->terms, t), v = l->terms->variable[l->terms->start[t]];
    for (int64_t k = 0; k < count; k++, at++) {
      effect[at].term = t;
      WEEG_TRY(weeg_i_model_level(&l->table, l->terms, t, k, 0, l->room, &effect[at].level, err));
      WEEG_TRY(sum_of(l, t, k, &(*sum)[at], err));
    }
    for (int32_t k = 0; k < empty; k++, at++) {
      effect[at].term = t;
      WEEG_TRY(weeg_i_model_empty_level(&l->table, v, k, l->room, &effect[at].level, err));
    }
  }
  to->effect = effect;
  to->effects = at;
cleanup:
  return status;
}

/* S C S', S the sums in rows. */
static weeg_status find_covariance(const log_table *l, weeg_table_model *to, const effect_sum *sum, const double *c,
                                   weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t effects = to->effects, columns = l->columns;
  double *covariance = NULL, *row = NULL;
  FRAME_NEW(l->room, covariance, effects * effects);
  FRAME_NEW(l->scratch, row, columns);
  for (int64_t i = 0; i < effects; i++) {
    memset(row, 0, (size_t)columns * sizeof *row);
    for (int32_t k = 0; k < sum[i].count; k++) {
      for (int64_t j = 0; j < columns; j++) row[j] += sum[i].sign[k] * c[sum[i].column[k] * columns + j];
    }
    for (int64_t j = 0; j < effects; j++) {
      covariance[j * effects + i] = sum[i].count == 0 || sum[j].count == 0 ? NAN : sum_up(&sum[j], row);
    }
  }
  to->covariance = covariance;
cleanup:
  return status;
}

static weeg_status find_values(weeg_table_model *to, const effect_sum *sum, const double *theta, double level, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_table_effect *effect = (weeg_table_effect *)(uintptr_t)to->effect;
  for (int64_t i = 0; i < to->effects; i++) {
    const double variance = to->covariance[i * (to->effects + 1)];
    effect[i].value = weeg_i_no_contrast(WEEG_REASON_EMPTY, to->fit.df);
    if (sum[i].count == 0) continue;
    WEEG_TRY(weeg_contrast_value(sum_up(&sum[i], theta), variance < 0 ? 0 : variance, to->fit.df, level, &effect[i].value, err));
    if (to->fit.reason != WEEG_REASON_NONE) effect[i].value.reason = to->fit.reason;
  }
cleanup:
  return status;
}

/* ---- what is reported --------------------------------------------------------------------------------------------- */

/* Neumaier's sum: to the last digit, or nearly so. */
static double total_of(const double *x, int64_t count) {
  double sum = 0, lost = 0;
  for (int64_t i = 0; i < count; i++) {
    const double next = sum + x[i];
    lost += fabs(sum) >= fabs(x[i]) ? (sum - next) + x[i] : (x[i] - next) + sum;
    sum = next;
  }
  return sum + lost;
}

static weeg_status report_places(const log_table *l, weeg_table_model *to, const double *theta, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const model_table *t = &l->table;
  int32_t *level = NULL;
  double *n = NULL, *weighted = NULL, *fitted = NULL;
  FRAME_NEW(l->room, n, l->places);
  FRAME_NEW(l->room, weighted, l->places);
  FRAME_NEW(l->room, fitted, l->places);
  FRAME_NEW(l->room, level, l->start[l->frame->variables]);
  for (int32_t i = 0; i < t->counted; i++) { /* a place has one cell */
    n[l->cell_place[t->cell[i]]] = (double)t->n[t->cell[i]];
    weighted[l->cell_place[t->cell[i]]] = t->weighted[t->cell[i]];
  }
  for (int64_t p = 0; p < l->places; p++) {
    double eta = 0;
    for (int32_t j = 0; j < l->columns; j++) eta += l->x[p * l->columns + j] * theta[j];
    fitted[p] = exp(eta);
  }
  const double sum = total_of(fitted, l->places);
  for (int32_t p = 0; p < l->places; p++) fitted[p] /= sum;
  for (int32_t v = 0; v < l->frame->variables; v++) {
    memcpy(level + l->start[v], t->kept[v], (size_t)t->size[v] * sizeof *level);
  }
  to->places = l->places;
  to->parameters = l->columns;
  to->start = l->start;
  to->level = level;
  to->alone = l->alone;
  to->n = n;
  to->weighted = weighted;
  to->fitted = fitted;
cleanup:
  return status;
}

weeg_status weeg_frame_loglinear(const weeg_frame *frame, const weeg_terms *terms, double level, weeg_table_model **made,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  log_table l = {.frame = frame, .survey = {frame->tally, &frame->design}, .terms = terms};
  made_table_model *result = NULL;
  effect_sum *sum = NULL;
  double *theta = NULL, *covariance = NULL;
  int64_t columns = 0;
  WEEG_TRY(start_table(&l, err));
  WEEG_TRY(weeg_i_model_starts(&l.table, terms, l.scratch, &l.term_start, &columns, err));
  WEEG_TRY(weeg_i_model_columns(columns, err));
  WEEG_TRY(find_columns(&l, columns, err));
  FRAME_NEW(l.room, result, 1);
  FRAME_NEW(l.scratch, theta, columns);
  FRAME_NEW(l.scratch, covariance, columns * columns);
  const weeg_loglinear_model model = model_of(&l);
  WEEG_TRY(weeg_loglinear(&l.survey, &model, &(weeg_fitted){theta, covariance}, &result->model.fit, err));
  for (int64_t i = 0; i < columns * columns && l.any_alone; i++) covariance[i] = NAN;
  WEEG_TRY(list_effects(&l, &result->model, &sum, err));
  WEEG_TRY(find_covariance(&l, &result->model, sum, covariance, err));
  WEEG_TRY(find_values(&result->model, sum, theta, level, err));
  WEEG_TRY(report_places(&l, &result->model, theta, err));
  result->room = l.room;
  *made = &result->model;
  l.room = NULL;
cleanup:
  weeg_i_frame_drop(l.room);
  weeg_i_frame_drop(l.scratch);
  return status;
}

/* ---- nested models -------------------------------------------------------------------------------------------------- */

/* Variables of a term as bits: a table of at most WEEG_MODEL_SIZE places has few variables. */
static uint32_t bits_of(const weeg_terms *terms, int32_t term) {
  uint32_t bits = 0;
  for (int32_t i = terms->start[term]; i < terms->start[term + 1]; i++) bits |= 1u << terms->variable[i];
  return bits;
}

/* The next choice of `size` of `count` numbers, in their order; false: there is no other one. */
static bool next_choice(int32_t *chosen, int32_t size, int32_t count) {
  int32_t i = size - 1;
  while (i >= 0 && chosen[i] == count - size + i) i--;
  if (i < 0) return false;
  chosen[i]++;
  while (++i < size) chosen[i] = chosen[i - 1] + 1;
  return true;
}

/* The terms and behind them all further interactions of their variables, by size, in the order of main effects. */
static weeg_status saturate(const log_table *l, weeg_terms *all, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_terms *terms = l->terms;
  const int32_t variables = l->frame->variables;
  const int64_t most = (int64_t)1 << variables;
  int32_t *start = NULL, *variable = NULL, *main = NULL, *chosen = NULL, count = 0;
  uint8_t *known = NULL;
  FRAME_NEW(l->scratch, start, most + terms->terms);
  FRAME_NEW(l->scratch, variable, most * variables + terms->start[terms->terms]);
  FRAME_NEW(l->scratch, main, variables);
  FRAME_NEW(l->scratch, chosen, variables);
  FRAME_NEW(l->scratch, known, most);
  for (int32_t t = 0; t < terms->terms; t++) {
    known[bits_of(terms, t)] = 1;
    if (terms->start[t + 1] - terms->start[t] == 1) main[count++] = terms->variable[terms->start[t]];
  }
  *all = (weeg_terms){terms->terms, start, variable};
  memcpy(start, terms->start, ((size_t)terms->terms + 1) * sizeof *start);
  memcpy(variable, terms->variable, (size_t)start[terms->terms] * sizeof *variable);
  for (int32_t size = 1; size <= count; size++) {
    for (int32_t i = 0; i < size; i++) chosen[i] = i;
    do {
      uint32_t bits = 0;
      for (int32_t i = 0; i < size; i++) bits |= 1u << main[chosen[i]];
      if (known[bits]) continue;
      for (int32_t i = 0; i < size; i++) variable[start[all->terms] + i] = main[chosen[i]];
      start[all->terms + 1] = start[all->terms] + size;
      all->terms++;
    } while (next_choice(chosen, size, count));
  }
cleanup:
  return status;
}

/* Of a model that has all terms. */
static weeg_status no_larger(const log_table *l, weeg_nested_test *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *to = (weeg_nested_test){.test = weeg_i_test_none()};
  WEEG_TRY(weeg_i_test_df(&l->survey, NULL, &to->test.df, err));
  for (int32_t i = 0; i < l->table.counted; i++) to->test.n += l->table.n[l->table.cell[i]];
  to->test.chisq = 0;
  to->test.reason = WEEG_REASON_SATURATED;
cleanup:
  return status;
}

weeg_status weeg_frame_loglinear_test(const weeg_frame *frame, const weeg_terms *terms, const weeg_loglinear_choice *choice,
                                      weeg_nested_test *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  log_table l = {.frame = frame, .survey = {frame->tally, &frame->design}, .terms = terms};
  weeg_nested_test found = {.deviance = NAN};
  weeg_terms all = *terms;
  int64_t columns = 0;
  WEEG_TRY(start_table(&l, err));
  if (choice->base < 1 || choice->base > terms->terms) {
    status = weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the smaller model has %d of %d terms", choice->base, terms->terms);
    goto cleanup;
  }
  if (choice->base == terms->terms) WEEG_TRY(saturate(&l, &all, err));
  l.terms = &all;
  WEEG_TRY(weeg_i_model_starts(&l.table, &all, l.scratch, &l.term_start, &columns, err));
  if (all.terms == choice->base) {
    WEEG_TRY(no_larger(&l, &found, err));
  } else {
    WEEG_TRY(find_columns(&l, columns, err));
    const weeg_loglinear_model model = model_of(&l);
    const weeg_loglinear_choice chosen = {l.term_start[choice->base], choice->method};
    WEEG_TRY(weeg_loglinear_test(&l.survey, &model, &chosen, &found.test, &found.deviance, err));
    if (l.any_alone) {
      found.test.statistic = found.test.df1 = found.test.df2 = found.test.p_value = found.test.delta_mean = NAN;
      found.test.reason = WEEG_REASON_NO_VARIANCE;
    }
  }
  *to = found;
cleanup:
  weeg_i_frame_drop(l.room);
  weeg_i_frame_drop(l.scratch);
  return status;
}
