/* Rows become a tally while they are read: windows of rows are tallied, and the tallies added. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/said.h"
#include "base/vector.h"
#include "weeg.h"

/* Rows of a window: more where tallies are large, so that they are not added too often. */
enum { FIRST_ROOM = 1 << 18, LAST_ROOM = 1 << 20 };

/* ---- windows ---- */

/* An infinite value of a measure. */
typedef struct infinite_value {
  int64_t row, line;    /* among all rows, from 1; 0: there is none */
  int32_t measure;
} infinite_value;

typedef struct weeg_stream_window {
  int64_t held, room;   /* rows */
  int32_t **code;       /* [variables + 1][room], or as many bytes */
  bool *wide;           /* [variables + 1] whether one byte is not enough for a code; it is for most */
  double **value;       /* [measures][room] */
  int *least;           /* [measures] the units of sums of the windows before; NULL: there were none */
  infinite_value *infinite; /* [classes] the first one, of rows with a weight */
  int64_t classes;      /* that there is memory for */
  int32_t *unit;        /* [room] */
  double *weights;      /* [room], or NULL */
  double largest;       /* weight of all rows */
  weeg_error refused;   /* the first weight that is none, and how many there are; WEEG_OK: all are weights */
  int64_t unit_room;    /* units that the arrays of the stream have memory for */
} stream_window;

static int32_t columns_of(const weeg_stream *s) { return s->variables + (s->classify != NULL); }

static bool is_measure(const weeg_stream *s, int32_t v) { return s->measured != NULL && v < s->variables && s->measured[v]; }

static int32_t measures_of(const weeg_stream *s) {
  int32_t measures = 0;
  for (int32_t v = 0; v < s->variables; v++) measures += is_measure(s, v);
  return measures;
}

/* The codes of a variable; behind the last one, the classes. */
static int32_t levels_of(const weeg_stream *s, int32_t v) {
  if (is_measure(s, v)) return 1;
  return s->code_count(s->ctx, v < s->variables ? s->variable[v] : -1);
}

/* Cells in the order of the tally, by other numbers of levels; missing values stay behind all levels. */
static void renumber_cells(weeg_stream *s, int32_t cells) {
  const int32_t columns = columns_of(s);
  for (int64_t i = 0; i < s->tally->entries; i++) {
    int32_t rest = s->tally->cell[i];
    int64_t cell = 0, each = 1;
    for (int32_t v = columns - 1; v >= 0; v--) {
      const int32_t position = rest % (s->levels[v] + 1), size = levels_of(s, v);
      rest /= s->levels[v] + 1;
      cell += each * (position == s->levels[v] ? size : position);
      each *= (int64_t)size + 1;
    }
    s->tally->cell[i] = (int32_t)cell;
  }
  s->tally->cells = cells;
}

static weeg_status add_tally(weeg_stream *s, weeg_tally *window, weeg_error *err) {
  weeg_tally *sum = NULL;
  weeg_status status = WEEG_OK;
  if (s->tally == NULL || s->tally->entries == 0) { /* one without entries has no scale of weights yet */
    weeg_tally_free(s->tally);
    s->tally = window;
  } else {
    if (s->tally->cells != window->cells) renumber_cells(s, window->cells);
    status = weeg_tally_merge(&(weeg_summand){s->tally, NULL, NULL}, &(weeg_summand){window, NULL, NULL}, window->units,
                              window->cells, &sum, err);
    weeg_tally_free(window);
    if (status == WEEG_OK) {
      weeg_tally_free(s->tally);
      s->tally = sum;
    }
  }
  for (int32_t v = 0; v < columns_of(s); v++) s->levels[v] = levels_of(s, v);
  return status;
}

/* Adds the sums of measures to the tally of a window, in units that are no finer than those of the windows before. */
static weeg_status measure_window(weeg_stream *s, const weeg_rows *rows, weeg_tally *tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  stream_window *w = s->window;
  const weeg_measured of = {rows, measures_of(s), (const double *const *)w->value, NULL, w->least};
  if (of.measures == 0) return WEEG_OK;
  WEEG_TRY(weeg_tally_measure(&of, s->hooks, tally, err));
  if (w->least == NULL) WEEG_NEW(w->least, of.measures);
  memcpy(w->least, tally->measure_scale, sizeof *w->least * (size_t)of.measures);
cleanup:
  return status;
}

static weeg_status tally_window(weeg_stream *s, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t columns = columns_of(s);
  stream_window *w = s->window;
  weeg_tally *tally = NULL;
  weeg_column *column = NULL;
  if (w == NULL || w->held == 0) return WEEG_OK;
  const weeg_column unit = {w->unit, WEEG_CODE_I32, s->units.count};
  WEEG_NEW(column, columns);
  for (int32_t v = 0; v < columns; v++) {
    column[v] = (weeg_column){w->code[v], w->wide[v] ? WEEG_CODE_I32 : WEEG_CODE_U8, levels_of(s, v)};
  }
  const weeg_rows rows = {.rows = w->held, .columns = column, .count = columns, .unit = &unit, .element = s->element,
                          .weights = w->weights, .max_weight = w->largest};
  status = weeg_tally_build(&rows, s->hooks, &tally, err);
  w->held = 0;
  if (status == WEEG_OK) status = measure_window(s, &rows, tally, err);
  if (status == WEEG_OK) status = add_tally(s, tally, err);
  else weeg_tally_free(tally);
  if (status == WEEG_ERR_TOO_LARGE) {
    status = weeg_fail(err, status, -1, "the table has more than 2^31 - 1 cells; use fewer variables at a time");
  }
cleanup:
  weeg_free(column);
  return status;
}

/* Another size of the window, which holds nothing. */
static weeg_status resize_window(weeg_stream *s, int64_t room, weeg_error *err) {
  weeg_status status = WEEG_OK;
  stream_window *w = s->window;
  if (w->code == NULL) WEEG_NEW(w->code, (int64_t)s->variables + 1);
  if (w->wide == NULL) WEEG_NEW(w->wide, (int64_t)s->variables + 1);
  if (s->levels == NULL) WEEG_NEW(s->levels, (int64_t)s->variables + 1);
  w->room = 0;
  for (int32_t v = 0; v < columns_of(s); v++) {
    weeg_free(w->code[v]);
    WEEG_ROOM(w->code[v], room);
    w->wide[v] = w->wide[v] || v == s->variables || is_measure(s, v);
  }
  if (w->value == NULL) WEEG_NEW(w->value, (int64_t)s->variables + 1);
  for (int32_t k = 0; k < measures_of(s); k++) {
    weeg_free(w->value[k]);
    WEEG_ROOM(w->value[k], room);
  }
  weeg_free(w->unit);
  weeg_free(w->weights);
  w->weights = NULL;
  WEEG_ROOM(w->unit, room);
  if (s->weight >= 0) WEEG_ROOM(w->weights, room);
  w->room = room;
cleanup:
  return status;
}

/* Room for a row at least. */
static weeg_status make_room(weeg_stream *s, weeg_error *err) {
  const stream_window *w = s->window;
  if (w->held < w->room) return WEEG_OK;
  const weeg_status status = tally_window(s, err);
  if (status != WEEG_OK) return status;
  int64_t room = w->room == 0 ? FIRST_ROOM : w->room;
  while (s->tally != NULL && room < LAST_ROOM && room < s->tally->entries) room *= 2;
  return room == w->room ? WEEG_OK : resize_window(s, room, err);
}

/* ---- checks ---- */

static void check_weights(weeg_stream *s, const weeg_chunk *chunk, const weeg_error *err) {
  double largest = 0;
  weeg_error found = weeg_i_error_like(err);
  weeg_error *refused = &s->window->refused;
  if (weeg_check_weights(chunk->numbers[s->weight], chunk->rows, NULL, &largest, &found) == WEEG_OK) {
    s->window->largest = fmax(s->window->largest, largest);
    return;
  }
  found.count += refused->count;
  if (refused->code == WEEG_OK) {
    weeg_error_in_chunk(&found, chunk, found.facts.row);
    *refused = found;
  }
  refused->count = found.count;
}

/* Where units that are new begin. */
static weeg_status keep_places(weeg_stream *s, const weeg_chunk *chunk, int32_t known, int64_t from, weeg_error *err) {
  weeg_status status = WEEG_OK;
  stream_window *w = s->window;
  if (s->units.count > w->unit_room) {
    const int64_t room = 2 * (int64_t)s->units.count;
    WEEG_LARGER(s->unit_row, w->unit_room, room);
    WEEG_LARGER(s->unit_line, w->unit_room, room);
    WEEG_LARGER(s->fpc_of, w->unit_room * s->fpcs, room * s->fpcs);
    w->unit_room = room;
  }
  for (int32_t u = known; u < s->units.count; u++) {
    const int64_t i = from + s->units.first[u] - s->count;
    s->unit_row[u] = chunk->row == NULL ? chunk->first + i : chunk->row[i];
    s->unit_line[u] = weeg_chunk_line(chunk, i);
  }
cleanup:
  return status;
}

/* Keeps the population sizes of new units, and the first one that is not that of its unit. */
static void keep_fpc(weeg_stream *s, const weeg_chunk *chunk, int32_t known, int64_t from, int64_t rows) {
  const stream_window *w = s->window;
  if (s->fpcs == 0) return;
  for (int64_t i = 0; i < rows; i++) {
    const int32_t unit = w->unit[w->held + i] - 1;
    const bool first = unit >= known && s->units.first[unit] == s->count + i;
    for (int32_t k = 0; k < s->fpcs; k++) {
      const double fpc = chunk->numbers[s->fpc[k]][from + i];
      double *of = &s->fpc_of[(int64_t)unit * s->fpcs + k];
      if (first) *of = fpc;
      if (first || *of == fpc || s->odd_fpc.code != WEEG_OK) continue;
      const weeg_fault fault = isnan(fpc) ? WEEG_FAULT_MISSING : fpc < 0 ? WEEG_FAULT_NEGATIVE : WEEG_FAULT_DIFFERS;
      (void)weeg_fail_row(&s->odd_fpc, WEEG_ERR_FPC, "fpc", from + i, fault);
      weeg_error_in_chunk(&s->odd_fpc, chunk, from + i);
      if (k > 0) s->odd_fpc.facts.stage = k;
    }
  }
}

/* ---- rows ---- */

/* The first infinite value of each class of rows, which are outside the domain or not when all were read. */
static weeg_status note_infinite(weeg_stream *s, const weeg_chunk *chunk, int64_t from, int64_t i, int32_t measure,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  stream_window *w = s->window;
  if (s->weight >= 0 && !(chunk->numbers[s->weight][from + i] > 0)) return WEEG_OK;
  const int64_t number = s->classify == NULL ? 0 : w->code[s->variables][w->held + i];
  if (number >= w->classes) {
    WEEG_LARGER(w->infinite, w->classes, 2 * (number + 1));
    w->classes = 2 * (number + 1);
  }
  const int64_t row = (chunk->row == NULL ? chunk->first + from + i : chunk->row[from + i]) + 1;
  const int64_t line = weeg_chunk_line(chunk, from + i);
  infinite_value *first = &w->infinite[number];
  if (first->row == 0 || row < first->row) *first = (infinite_value){row, line, measure};
cleanup:
  return status;
}

/* A measure as numbers, and as codes: 1 where there is one. Infinite ones are noted, and are missing from then on. */
static weeg_status take_measure(weeg_stream *s, const weeg_chunk *chunk, int64_t from, int64_t rows, int32_t v, int32_t measure,
                                weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double *given = chunk->numbers[s->variable[v]] + from;
  double *value = s->window->value[measure] + s->window->held;
  int32_t *code = s->window->code[v] + s->window->held;
  for (int64_t i = 0; i < rows && status == WEEG_OK; i++) {
    const bool infinite = isinf(given[i]);
    value[i] = infinite ? NAN : given[i];
    code[i] = !isnan(value[i]);
    if (infinite) status = note_infinite(s, chunk, from, i, measure, err);
  }
  return status;
}

/* Codes as bytes; false: they are not. */
WEEG_CLONED static bool narrow(const int32_t *from, int64_t rows, uint8_t *to) {
  uint32_t all = 0;
  _Pragma("omp simd reduction(|:all)")
  for (int64_t i = 0; i < rows; i++) {
    all |= (uint32_t)from[i];
    to[i] = (uint8_t)from[i];
  }
  return all <= UINT8_MAX;
}

static void take_codes(stream_window *w, int32_t v, const int32_t *from, int64_t rows) {
  uint8_t *bytes = (uint8_t *)w->code[v];
  if (!w->wide[v] && narrow(from, rows, bytes + w->held)) return;
  if (!w->wide[v]) { /* from the last one on, so that none is written over before it was read */
    for (int64_t i = w->held - 1; i >= 0; i--) w->code[v][i] = bytes[i];
  }
  w->wide[v] = true;
  memcpy(w->code[v] + w->held, from, (size_t)rows * sizeof *from);
}

static weeg_status take_variables(weeg_stream *s, const weeg_chunk *chunk, int64_t from, int64_t rows, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t measures = 0;
  for (int32_t v = 0; v < s->variables && status == WEEG_OK; v++) {
    if (is_measure(s, v)) status = take_measure(s, chunk, from, rows, v, measures++, err);
    else take_codes(s->window, v, chunk->codes[s->variable[v]] + from, rows);
  }
  return status;
}

/* As many rows of a chunk, from one on, as the window has room for. */
static weeg_status take_rows(weeg_stream *s, const weeg_chunk *chunk, int64_t from, int64_t rows, weeg_error *err) {
  weeg_status status = WEEG_OK;
  stream_window *w = s->window;
  const int32_t known = s->units.count, **keys = NULL;
  WEEG_NEW(keys, s->keys);
  for (int32_t k = 0; k < s->keys; k++) keys[k] = chunk->codes[s->key[k]] + from;
  s->units.width = s->keys;
  WEEG_TRY(weeg_combos_number(&s->units, keys, s->count, rows, w->unit + w->held, err));
  if (s->classify != NULL) WEEG_TRY(s->classify(s->ctx, chunk, from, rows, w->code[s->variables] + w->held, err));
  WEEG_TRY(keep_places(s, chunk, known, from, err));
  keep_fpc(s, chunk, known, from, rows);
  WEEG_TRY(take_variables(s, chunk, from, rows, err));
  if (s->weight >= 0) memcpy(w->weights + w->held, chunk->numbers[s->weight] + from, (size_t)rows * sizeof *w->weights);
  w->held += rows;
  s->count += rows;
cleanup:
  weeg_free(keys);
  return status;
}

weeg_status weeg_stream_rows(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  weeg_stream *s = ctx;
  weeg_status status = WEEG_OK;
  if (s->window == NULL) {
    WEEG_NEW(s->window, 1);
    s->odd_fpc = weeg_i_error_like(err);
  }
  if (s->weight >= 0) check_weights(s, chunk, err);
  for (int64_t from = 0; from < chunk->rows && s->window->refused.code == WEEG_OK;) {
    WEEG_TRY(make_room(s, err));
    const int64_t left = chunk->rows - from, space = s->window->room - s->window->held, rows = left < space ? left : space;
    WEEG_TRY(take_rows(s, chunk, from, rows, err));
    from += rows;
  }
cleanup:
  return status;
}

weeg_status weeg_stream_end(weeg_stream *s, weeg_error *err) {
  if (s->window == NULL || s->window->refused.code == WEEG_OK) return tally_window(s, err);
  if (err != NULL) *err = s->window->refused;
  return s->window->refused.code;
}

weeg_status weeg_stream_said(const weeg_stream *s, weeg_status status, weeg_error *err) {
  const int64_t unit = status == WEEG_OK ? -1 : err->facts.row;
  const bool by_row = unit >= 0 && unit < s->units.count && err->facts.fault != WEEG_FAULT_MORE_SAMPLED;
  const bool later = status == WEEG_ERR_FPC && (!by_row || s->unit_row[unit] > s->odd_fpc.facts.row);
  if (s->odd_fpc.code != WEEG_OK && (status == WEEG_OK || later)) {
    *err = s->odd_fpc;
    return s->odd_fpc.code;
  }
  if (by_row) {
    weeg_error_move(err, s->unit_row[unit]);
    err->where = s->unit_row[unit];
    err->line = s->unit_line[unit];
  }
  return status;
}

/* ---- what codes mean ---- */

/* The cell by levels of a cell by codes; missing values stay behind all levels. -1: it is left out. */
static int32_t final_cell(const weeg_stream *s, const weeg_stream_levels *by, int32_t cell) {
  int64_t final = 0, each = 1;
  if (s->classify != NULL) {
    const int32_t size = s->levels[s->variables] + 1, place = by->class_place == NULL ? 0 : by->class_place[cell % size];
    if (place < 0) return -1;
    cell /= size;
    if (by->class_places > 1) final = place, each = by->class_places;
  }
  for (int32_t v = s->variables - 1; v >= 0; v--) {
    const int32_t codes = s->levels[v], position = cell % (codes + 1), levels = by->levels[v];
    const int32_t level = position == codes ? 0 : by->level[v][position + 1];
    cell /= codes + 1;
    final += each * (level < 1 ? levels : level - 1);
    each *= (int64_t)levels + 1;
  }
  return (int32_t)final;
}

/* The first infinite value of a row that is not left out. */
static weeg_status check_infinite(const weeg_stream *s, const weeg_stream_levels *by, weeg_error *err) {
  const stream_window *w = s->window;
  const infinite_value *first = NULL;
  for (int64_t k = 0; k < w->classes; k++) {
    const infinite_value *x = &w->infinite[k];
    if (x->row == 0) continue; /* there is memory for more classes than there are */
    const bool inside = s->classify == NULL || by->class_place == NULL || by->class_place[k - 1] >= 0;
    if (inside && (first == NULL || x->row < first->row)) first = x;
  }
  if (first == NULL) return WEEG_OK;
  (void)weeg_fail(err, WEEG_ERR_ARGUMENT, first->row - 1, "the value of measure %d in row %lld is infinite",
                  first->measure + 1, (long long)first->row);
  if (err != NULL) {
    err->facts.fault = WEEG_FAULT_INFINITE;
    err->facts.number = first->measure;
    err->facts.row = first->row - 1;
    err->line = first->line;
  }
  return WEEG_ERR_ARGUMENT;
}

weeg_status weeg_stream_finish(const weeg_stream *s, const weeg_stream_levels *by, weeg_tally **tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t cells = s->classify != NULL && by->class_places > 1 ? by->class_places : 1;
  int32_t *cell = NULL;
  if (s->tally == NULL) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "no rows were read");
  if (check_infinite(s, by, err) != WEEG_OK) return WEEG_ERR_ARGUMENT;
  for (int32_t v = 0; v < s->variables && cells <= INT32_MAX; v++) cells *= (int64_t)by->levels[v] + 1;
  if (cells > INT32_MAX) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table has more than 2^31 - 1 cells; use fewer variables at a time");
  }
  weeg_tally final = *s->tally; /* of which the cells are other ones, and squares of weights may not be wanted */
  WEEG_NEW(cell, final.entries);
  for (int64_t i = 0; i < final.entries; i++) cell[i] = final_cell(s, by, final.cell[i]);
  final.cell = cell;
  final.cells = (int32_t)cells;
  final.element = final.element && !by->clusters;
  if (!final.element) final.w2 = NULL, final.products = NULL;
  status = weeg_tally_merge(&(weeg_summand){&final, by->unit, NULL}, NULL, by->unit == NULL ? final.units : by->units,
                            (int32_t)cells, tally, err);
cleanup:
  weeg_free(cell);
  return status;
}

void weeg_stream_clear(weeg_stream *s) {
  stream_window *w = s->window;
  for (int32_t v = 0; w != NULL && w->code != NULL && v <= s->variables; v++) weeg_free(w->code[v]);
  for (int32_t k = 0; w != NULL && w->value != NULL && k < s->variables; k++) weeg_free(w->value[k]);
  if (w != NULL) {
    weeg_free(w->code);
    weeg_free(w->wide);
    weeg_free(w->value);
    weeg_free(w->least);
    weeg_free(w->infinite);
    weeg_free(w->unit);
    weeg_free(w->weights);
  }
  weeg_free(w);
  weeg_free(s->levels);
  weeg_free(s->fpc_of);
  weeg_free(s->unit_row);
  weeg_free(s->unit_line);
  weeg_combos_clear(&s->units);
  weeg_tally_free(s->tally);
  s->window = NULL;
  s->levels = NULL;
  s->fpc_of = NULL;
  s->unit_row = s->unit_line = NULL;
  s->odd_fpc.code = WEEG_OK;
  s->tally = NULL;
}
