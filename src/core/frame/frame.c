/* Tallies with names: which cell is what, summing variables out, domains, and the places of a table. */
#include "frame/frame.h"

#include <stdlib.h>
#include <string.h>

weeg_status weeg_frame_cells(const weeg_variable *variable, int32_t variables, int32_t *cells, weeg_error *err) {
  int64_t product = 1;
  for (int32_t v = 0; v < variables; v++) {
    product *= (int64_t)variable[v].levels.count + 1;
    if (product > INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, v, "the table has more than 2^31 - 1 cells");
  }
  *cells = (int32_t)product;
  return WEEG_OK;
}

int32_t weeg_frame_find(const weeg_frame *frame, const char *name) {
  for (int32_t v = 0; v < frame->variables; v++) {
    if (strcmp(frame->variable[v].name, name) == 0) return v;
  }
  return -1;
}

double weeg_level_score(const weeg_variable *v, int32_t level) {
  if (!v->number) return level + 1;
  return v->values != NULL ? v->values[level] : strtod(v->levels.text[level], NULL);
}

static const char others_level[] = "(others)";

/* ---- cells ---- */

/* Cells that are side by side and have the same position of a variable. */
static int32_t run_of(const weeg_frame *frame, int32_t variable) {
  int32_t run = 1;
  for (int32_t v = variable + 1; v < frame->variables; v++) run *= frame->variable[v].levels.count + 1;
  return run;
}

void weeg_frame_positions(const weeg_frame *frame, int32_t variable, int32_t *position) {
  const int32_t cells = frame->tally->cells, last = frame->variable[variable].levels.count, run = run_of(frame, variable);
  for (int32_t c = 0, p = 0; c < cells; p = p == last ? 0 : p + 1) {
    for (int32_t k = 0; k < run && c < cells; k++) position[c++] = p;
  }
}

void weeg_i_frame_append(const weeg_frame *frame, int32_t variable, const int32_t *level, int32_t size, int32_t *cell) {
  const int32_t cells = frame->tally->cells, last = frame->variable[variable].levels.count, run = run_of(frame, variable);
  for (int32_t c = 0, p = 0; c < cells; p = p == last ? 0 : p + 1) {
    const int32_t at = level == NULL ? p : p == last ? size : level[p];
    for (int32_t k = 0; k < run && c < cells; k++, c++) cell[c] = cell[c] * (size + 1) + at;
  }
}

weeg_status weeg_frame_places(const weeg_frame *frame, const int32_t *which, int32_t count, int32_t *place, int32_t *places,
                              weeg_error *err) {
  const int32_t cells = frame->tally->cells;
  int64_t size = 1;
  for (int32_t c = 0; c < cells; c++) place[c] = 0;
  for (int32_t i = 0; i < count; i++) {
    if (which[i] < 0 || which[i] >= frame->variables) return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "there is no such variable");
    const int32_t levels = frame->variable[which[i]].levels.count, run = run_of(frame, which[i]);
    size *= levels;
    if (size > INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, i, "the groups cross to more than 2^31 - 1 combinations");
    for (int32_t from = 0, p = 0; from < cells; p = p == levels ? 0 : p + 1) {
      const int32_t to = cells - from < run ? cells : from + run, missing = p == levels ? -1 : 0;
      for (int32_t c = from; c < to; c++) place[c] = place[c] < 0 ? -1 : (place[c] * levels + p) | missing;
      from = to;
    }
  }
  *places = (int32_t)size;
  return WEEG_OK;
}

/* Variables first .. first + count - 1, crossed. */
static weeg_status cross(const weeg_frame *frame, int32_t first, int32_t count, int32_t *place, int32_t *places,
                         weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *which = NULL;
  WEEG_NEW(which, count);
  for (int32_t i = 0; i < count; i++) which[i] = first + i;
  WEEG_TRY(weeg_frame_places(frame, which, count, place, places, err));
cleanup:
  weeg_free(which);
  return status;
}

weeg_status weeg_frame_table(const weeg_frame *frame, int32_t groups, weeg_places **places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t layers = frame->variables - groups - 1, cells = frame->tally->cells;
  weeg_places *table = NULL;
  if (groups < 0 || layers < 0) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a table needs a variable behind its groups");
  const int64_t size = (int64_t)sizeof *table + (layers > 0 ? 3 : 2) * (int64_t)cells * (int64_t)sizeof(int32_t);
  table = weeg_i_alloc(size, 1);
  if (table == NULL) {
    status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
    goto cleanup;
  }
  int32_t *group = (int32_t *)(void *)(table + 1), *answer = group + cells, *layer = answer + cells;
  table->group = group;
  table->answer = answer;
  WEEG_TRY(cross(frame, 0, groups, group, &table->groups, err));
  WEEG_TRY(cross(frame, groups, 1, answer, &table->answers, err));
  if (layers > 0) {
    table->layer = layer;
    WEEG_TRY(cross(frame, groups + 1, layers, layer, &table->layers, err));
  }
  *places = table;
  table = NULL;
cleanup:
  weeg_free(table);
  return status;
}

/* ---- other cells ---- */

/* What is visible of a calibrated design, after renumbering. */
static weeg_status renumber(made_frame *made, const int32_t *visible, int64_t count, const int32_t *cell, const int32_t **to,
                            weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *moved = NULL;
  FRAME_NEW(made, moved, count);
  for (int64_t i = 0; i < count; i++) moved[i] = visible[i] < 0 ? -1 : cell[visible[i]];
  *to = moved;
cleanup:
  return status;
}

/* The numbers that measures have in the calibration's tally, after renumbering. */
static weeg_status move_measures(made_frame *made, const int32_t *measure, int32_t measures, const int32_t **to,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t *before = made->frame.design.calibration->measure;
  int32_t *moved = NULL;
  FRAME_NEW(made, moved, measures);
  for (int32_t k = 0; k < measures; k++) {
    if (measure[k] >= 0) moved[measure[k]] = before == NULL ? k : before[k];
  }
  *to = moved;
cleanup:
  return status;
}

/* measures: of the tally before. */
static weeg_status move_calibration(made_frame *made, const int32_t *cell, const int32_t *measure, int32_t measures,
                                    weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_calibration *from = made->frame.design.calibration;
  weeg_calibration *c = NULL;
  FRAME_NEW(made, c, 1);
  *c = *from;
  WEEG_TRY(renumber(made, from->visible, from->tally->cells, cell, &c->visible, err));
  WEEG_TRY(renumber(made, from->pair_visible, from->pairs, cell, &c->pair_visible, err));
  if (measure != NULL) WEEG_TRY(move_measures(made, measure, measures, &c->measure, err));
  made->frame.design.calibration = c;
cleanup:
  return status;
}

weeg_status weeg_i_frame_move(made_frame *made, const int32_t *cell, const int32_t *measure, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_frame *f = &made->frame;
  const weeg_tally *from = f->tally;
  weeg_replicates *folded = NULL;
  int32_t cells = 0;
  WEEG_TRY(weeg_frame_cells(f->variable, f->variables, &cells, err));
  WEEG_TRY(weeg_tally_merge(&(weeg_summand){from, NULL, cell, measure}, NULL, from->units, cells, &made->tally, err));
  f->tally = made->tally;
  if (f->design.calibration != NULL) WEEG_TRY(move_calibration(made, cell, measure, from->measures, err));
  if (f->design.replicates == NULL) goto cleanup;
  const frame_fold fold = {f->design.replicates, from->cells, cell, cells, from->measures, measure, f->tally->measures};
  WEEG_TRY(weeg_i_frame_fold(made, &fold, &folded, err));
  f->design.replicates = folded;
cleanup:
  return status;
}

/* measure: the new numbers of measures, NULL: as they are. */
static weeg_status recell(const weeg_frame *frame, const int32_t *cell, const int32_t *measure, const weeg_variable *variable,
                          int32_t variables, weeg_frame **made, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t measures = 0;
  made_frame *m = NULL;
  weeg_variable *copy = NULL;
  FRAME_LIKE(m, frame);
  FRAME_NEW(m, copy, variables);
  if (variables > 0) memcpy(copy, variable, (size_t)variables * sizeof *copy);
  m->frame.variable = copy;
  m->frame.variables = variables;
  WEEG_TRY(weeg_i_frame_move(m, cell, measure, err));
  for (int32_t v = 0; v < variables; v++) measures += variable[v].measure;
  if (measures != m->frame.tally->measures) {
    status = weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the measures of a tally are not those of its variables");
    goto cleanup;
  }
  *made = &m->frame;
  m = NULL;
cleanup:
  weeg_i_frame_drop(m);
  return status;
}

weeg_status weeg_frame_recell(const weeg_frame *frame, const int32_t *cell, const weeg_variable *variable, int32_t variables,
                              weeg_frame **made, weeg_error *err) {
  return recell(frame, cell, NULL, variable, variables, made, err);
}

/* The number of the measure that a variable is. */
static int32_t measure_of(const weeg_frame *frame, int32_t variable) {
  int32_t number = 0;
  for (int32_t v = 0; v < variable; v++) number += frame->variable[v].measure;
  return number;
}

weeg_status weeg_frame_select(const weeg_frame *frame, const int32_t *which, int32_t count, weeg_frame **made, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_variable *variable = NULL;
  int32_t *cell = NULL, *measure = NULL, cells = 0, kept = 0;
  WEEG_NEW(variable, count);
  WEEG_NEW(measure, frame->tally->measures);
  for (int32_t k = 0; k < frame->tally->measures; k++) measure[k] = -1;
  for (int32_t i = 0; i < count; i++) {
    if (which[i] < 0 || which[i] >= frame->variables) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, i, "there is no such variable");
      goto cleanup;
    }
    variable[i] = frame->variable[which[i]];
    const int32_t k = measure_of(frame, which[i]);
    if (variable[i].measure && k < frame->tally->measures) measure[k] = kept++;
  }
  WEEG_TRY(weeg_frame_cells(variable, count, &cells, err));
  WEEG_NEW(cell, frame->tally->cells);
  for (int32_t i = 0; i < count; i++) weeg_i_frame_append(frame, which[i], NULL, variable[i].levels.count, cell);
  WEEG_TRY(recell(frame, cell, measure, variable, count, made, err));
cleanup:
  weeg_free(variable);
  weeg_free(cell);
  weeg_free(measure);
  return status;
}

weeg_status weeg_frame_domain(const weeg_frame *frame, const uint8_t *inside, weeg_frame **made, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *cell = NULL;
  WEEG_NEW(cell, frame->tally->cells);
  for (int32_t c = 0; c < frame->tally->cells; c++) cell[c] = inside[c] ? c : -1;
  WEEG_TRY(weeg_frame_recell(frame, cell, frame->variable, frame->variables, made, err));
cleanup:
  weeg_free(cell);
  return status;
}

/* Two levels of its own for a variable: what is called `name`, and all else. */
static weeg_status two_levels(made_frame *made, const char *name, weeg_variable *v, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const char *const said[] = {name, strcmp(name, others_level) == 0 ? "(all others)" : others_level};
  char **text = NULL;
  FRAME_NEW(made, text, 2);
  for (int k = 0; k < 2; k++) {
    const size_t size = strlen(said[k]) + 1;
    FRAME_NEW(made, text[k], (int64_t)size);
    memcpy(text[k], said[k], size);
  }
  v->levels = (weeg_texts){2, text};
  v->ordered = v->number = false;
  v->values = NULL;
cleanup:
  return status;
}

weeg_status weeg_frame_net(const weeg_frame *frame, const weeg_net *net, weeg_frame **made, weeg_error *err) {
  const int32_t variable = net->variable;
  weeg_status status = WEEG_OK;
  made_frame *m = NULL;
  weeg_variable *copy = NULL;
  int32_t *cell = NULL, *level = NULL;
  if (variable < 0 || variable >= frame->variables || frame->variable[variable].measure) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, variable, "there is no such variable with levels");
  }
  const int32_t levels = frame->variable[variable].levels.count;
  FRAME_LIKE(m, frame);
  WEEG_NEW(cell, frame->tally->cells);
  WEEG_NEW(level, levels);
  FRAME_NEW(m, copy, frame->variables);
  memcpy(copy, frame->variable, (size_t)frame->variables * sizeof *copy);
  WEEG_TRY(two_levels(m, net->name, &copy[variable], err));
  for (int32_t k = 0; k < levels; k++) level[k] = net->inside[k] ? 0 : 1;
  for (int32_t v = 0; v < frame->variables; v++) {
    weeg_i_frame_append(frame, v, v == variable ? level : NULL, copy[v].levels.count, cell);
  }
  m->frame.variable = copy;
  WEEG_TRY(weeg_i_frame_move(m, cell, NULL, err));
  *made = &m->frame;
  m = NULL;
cleanup:
  weeg_free(cell);
  weeg_free(level);
  weeg_i_frame_drop(m);
  return status;
}
