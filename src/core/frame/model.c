/* The table of a model: which cells are used, and which levels occur in them. */
#include "frame/model.h"

#include <string.h>

#include "base/said.h"

weeg_status weeg_i_model_refuse(weeg_error *err, weeg_status code, weeg_fault fault, int32_t variable, int32_t level) {
  const weeg_status status = weeg_fail(err, code, variable, "%s", weeg_i_said(err, weeg_fault_text(fault)));
  if (err != NULL) {
    err->facts.fault = fault;
    err->facts.number = level;
  }
  return status;
}

static weeg_status too_many(weeg_error *err, weeg_fault fault, const char *what, int64_t value, int64_t limit) {
  const weeg_status status = weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "%lld %s, more than %lld", (long long)value,
                                       weeg_i_said(err, what), (long long)limit);
  if (err != NULL) {
    err->facts.fault = fault;
    err->facts.value = (double)value;
    err->facts.limit = (double)limit;
  }
  return status;
}

weeg_status weeg_i_model_cells(int64_t cells, int64_t limit, weeg_error *err) {
  return cells <= limit ? WEEG_OK : too_many(err, WEEG_FAULT_MANY_CELLS, "cells", cells, limit);
}

weeg_status weeg_i_model_columns(int64_t columns, weeg_error *err) {
  if (columns <= WEEG_MODEL_COLUMNS) return WEEG_OK;
  return too_many(err, WEEG_FAULT_MANY_COLUMNS, "coefficients", columns, WEEG_MODEL_COLUMNS);
}

/* The position of each variable in a cell; false where one is missing. */
static bool positions_of(const weeg_frame *f, int32_t cell, int32_t *position) {
  bool known = true;
  for (int32_t v = f->variables - 1; v >= 0; v--) {
    const int32_t positions = f->variable[v].levels.count + 1;
    position[v] = cell % positions;
    known = known && position[v] < positions - 1;
    cell /= positions;
  }
  return known;
}

/* Numbers the levels that occur: number[v][level] is 1 where it does, and becomes its number. */
static weeg_status number_levels(model_table *t, int32_t **number, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int32_t v = 0; v < t->frame->variables; v++) {
    const int32_t levels = t->frame->variable[v].levels.count;
    FRAME_NEW(t->room, t->kept[v], levels);
    for (int32_t k = 0; k < levels; k++) {
      if (number[v][k] == 0) continue;
      number[v][k] = t->size[v];
      t->kept[v][t->size[v]++] = k;
    }
  }
cleanup:
  return status;
}

weeg_status weeg_i_model_table(const weeg_frame *frame, made_frame *room, model_table *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t cells = frame->tally->cells, variables = frame->variables;
  int32_t *position = NULL, **number = NULL;
  *t = (model_table){.frame = frame, .room = room};
  WEEG_TRY(weeg_i_model_cells(cells, WEEG_MODEL_CELLS, err));
  FRAME_NEW(room, t->n, cells);
  FRAME_NEW(room, t->weighted, cells);
  FRAME_NEW(room, t->size, variables);
  FRAME_NEW(room, t->kept, variables);
  FRAME_NEW(room, number, variables);
  FRAME_NEW(room, position, variables);
  WEEG_TRY(weeg_tally_totals(frame->tally, t->n, t->weighted, err));
  for (int32_t v = 0; v < variables; v++) FRAME_NEW(room, number[v], frame->variable[v].levels.count);
  for (int32_t c = 0; c < cells; c++) {
    if (t->n[c] == 0 || !positions_of(frame, c, position)) continue;
    for (int32_t v = 0; v < variables; v++) number[v][position[v]] = 1;
    t->counted++;
  }
  if (t->counted == 0) {
    status = weeg_i_model_refuse(err, WEEG_ERR_ARGUMENT, WEEG_FAULT_NO_ROWS, -1, -1);
    goto cleanup;
  }
  WEEG_TRY(number_levels(t, number, err));
  FRAME_NEW(room, t->cell, t->counted);
  FRAME_NEW(room, t->at, (int64_t)t->counted * variables);
  for (int32_t c = 0, i = 0; c < cells; c++) {
    if (t->n[c] == 0 || !positions_of(frame, c, position)) continue;
    for (int32_t v = 0; v < variables; v++) t->at[(int64_t)v * t->counted + i] = number[v][position[v]];
    t->cell[i++] = c;
  }
cleanup:
  return status;
}

weeg_status weeg_i_model_check(const model_table *t, int32_t variable, weeg_error *err) {
  const int32_t size = t->size[variable];
  if (size < 2) {
    return weeg_i_model_refuse(err, WEEG_ERR_ARGUMENT, WEEG_FAULT_ONE_LEVEL, variable, t->kept[variable][0]);
  }
  if (!t->frame->variable[variable].number || size <= WEEG_MODEL_VALUES) return WEEG_OK;
  const weeg_status status = weeg_i_model_refuse(err, WEEG_ERR_ARGUMENT, WEEG_FAULT_MANY_VALUES, variable, -1);
  if (err != NULL) err->facts.value = size;
  return status;
}

/* ---- terms ------------------------------------------------------------------------------------------------------ */

bool weeg_i_model_terms(const weeg_terms *terms, int32_t variables) {
  if (terms->terms < 1 || terms->start[0] != 0) return false;
  for (int32_t t = 0; t < terms->terms; t++) {
    if (terms->start[t + 1] <= terms->start[t]) return false;
  }
  for (int32_t i = 0; i < terms->start[terms->terms]; i++) {
    if (terms->variable[i] < 0 || terms->variable[i] >= variables) return false;
  }
  return true;
}

weeg_status weeg_i_model_starts(const model_table *t, const weeg_terms *terms, made_frame *room, int32_t **start,
                                int64_t *columns, weeg_error *err) {
  weeg_status status = WEEG_OK;
  FRAME_NEW(room, *start, (int64_t)terms->terms + 1);
  *columns = 0;
  for (int32_t k = 0; k < terms->terms; k++) {
    int64_t count = 1;
    for (int32_t i = terms->start[k]; i < terms->start[k + 1] && count < INT32_MAX; i++) {
      count *= t->size[terms->variable[i]] - 1;
    }
    *columns += count;
    (*start)[k + 1] = *columns > INT32_MAX ? INT32_MAX : (int32_t)*columns;
  }
cleanup:
  return status;
}

int32_t weeg_i_model_empty(const model_table *t, const weeg_terms *terms, int32_t term) {
  const int32_t v = terms->variable[terms->start[term]];
  if (terms->start[term + 1] - terms->start[term] != 1) return 0;
  return t->frame->variable[v].levels.count - t->size[v];
}

weeg_status weeg_i_model_empty_level(const model_table *t, int32_t variable, int32_t k, made_frame *room, const char **text,
                                     weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t *kept = t->kept[variable];
  char *copy = NULL;
  int32_t level = 0, found = 0;
  for (;; level++) {
    if (found < t->size[variable] && kept[found] == level) found++;
    else if (k-- == 0) break;
  }
  const char *label = t->frame->variable[variable].levels.text[level];
  FRAME_NEW(room, copy, (int64_t)strlen(label) + 1);
  memcpy(copy, label, strlen(label));
  *text = copy;
cleanup:
  return status;
}

weeg_status weeg_i_model_level(const model_table *t, const weeg_terms *terms, int32_t term, int64_t number, int32_t skip,
                               made_frame *room, const char **text, weeg_error *err) {
  weeg_status status = WEEG_OK;
  size_t length = 0;
  char *to = NULL;
  for (int pass = 0; pass < 2; pass++) {
    int64_t left = number;
    if (pass == 1) FRAME_NEW(room, to, (int64_t)length + 1);
    length = 0;
    for (int32_t i = terms->start[term]; i < terms->start[term + 1]; i++) {
      const int32_t v = terms->variable[i], levels = t->size[v] - skip;
      const char *label = t->frame->variable[v].levels.text[t->kept[v][left % levels + skip]];
      const size_t size = strlen(label);
      left /= levels;
      if (i > terms->start[term]) {
        if (to != NULL) to[length] = ':';
        length++;
      }
      if (to != NULL) memcpy(to + length, label, size);
      length += size;
    }
  }
  *text = to;
cleanup:
  return status;
}
