/*
 * Rows become a tally while they are read. Windows of rows are tallied by the codes that the file has so far, and the tallies
 * added: memory depends on what there is to tell apart, not on the rows. Sums are exact, so that the windows cannot be seen in
 * the result (but where weights are less than 2^-18 of the largest one: such a one may then lose its last bits after it was
 * added, not before). At the end, codes become levels.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

/* Rows of a window: more where tallies are large, so that they are not added too often. */
enum { FIRST_ROOM = 1 << 17, LAST_ROOM = 1 << 20 };

static void release(void *stream) {
  row_stream *s = (row_stream *)stream;
  for (int32_t v = 0; v <= s->variables && s->code != NULL; v++) free(s->code[v]);
  free(s->unit);
  free(s->weights);
  free(s->fpc_of);
  cli_clear_combos(&s->units);
  weeg_tally_free(s->tally);
}

void cli_start_stream(row_stream *s) {
  s->units.width = s->keys;
  s->largest = s->weight < 0 ? 1 : 0;
  s->code = CLI_NEW(int32_t *, (int64_t)s->variables + 1);
  s->levels = CLI_NEW(int32_t, (int64_t)s->variables + 1);
  cli_keep(s, release);
}

void cli_replace_tally(weeg_tally **tally, weeg_tally *with) {
  weeg_tally_free(*tally);
  *tally = with;
}

/* ---- windows ---- */

static int32_t columns_of(const row_stream *s) { return s->variables + (s->domain != NULL); }

/* The codes of a variable; behind the last one, of the domain. */
static int32_t levels_of(const row_stream *s, int32_t v) {
  return v < s->variables ? cli_code_count(s->rows, s->variable[v]) : s->domain->combos.count;
}

/* Cells in the order of the tally, by other numbers of levels; missing values stay behind all levels. */
static void renumber_cells(row_stream *s, int32_t cells) {
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

static weeg_status add_tally(row_stream *s, weeg_tally *window, weeg_error *err) {
  weeg_tally *sum = NULL;
  weeg_status status = WEEG_OK;
  if (s->tally == NULL || s->tally->entries == 0) { /* one without entries has no scale of weights yet */
    cli_replace_tally(&s->tally, window);
  } else {
    if (s->tally->cells != window->cells) renumber_cells(s, window->cells);
    status = weeg_tally_merge(s->tally, NULL, NULL, window, NULL, NULL, window->units, window->cells, &sum, err);
    weeg_tally_free(window);
    if (status == WEEG_OK) cli_replace_tally(&s->tally, sum);
  }
  for (int32_t v = 0; v < columns_of(s); v++) s->levels[v] = levels_of(s, v);
  return status;
}

static weeg_status tally_window(row_stream *s, weeg_error *err) {
  const int32_t columns = columns_of(s);
  const weeg_hooks hooks = cli_hooks(s->rows->options);
  const weeg_column unit = {s->unit, WEEG_CODE_I32, s->units.count};
  weeg_tally *window = NULL;
  if (s->held == 0) return WEEG_OK;
  weeg_column *column = malloc(((size_t)columns + 1) * sizeof *column);
  if (column == NULL) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  for (int32_t v = 0; v < columns; v++) column[v] = (weeg_column){s->code[v], WEEG_CODE_I32, levels_of(s, v)};
  weeg_status status = weeg_tally_build(column, columns, &unit, s->element, s->weights, s->largest, NULL, s->held, &hooks,
                                        &window, err);
  free(column);
  s->held = 0;
  if (status == WEEG_OK) status = add_tally(s, window, err);
  if (status == WEEG_ERR_TOO_LARGE) {
    return weeg_fail(err, status, -1, "the table has more than 2^31 - 1 cells; use fewer variables at a time");
  }
  return status;
}

/* Another size of the window, which holds nothing. */
static bool resize_window(row_stream *s, int64_t room) {
  bool done = true;
  for (int32_t v = 0; v < columns_of(s); v++) {
    free(s->code[v]);
    s->code[v] = malloc((size_t)room * sizeof **s->code);
    done = done && s->code[v] != NULL;
  }
  free(s->unit);
  free(s->weights);
  s->unit = malloc((size_t)room * sizeof *s->unit);
  s->weights = s->weight < 0 ? NULL : malloc((size_t)room * sizeof *s->weights);
  s->room = room;
  return done && s->unit != NULL && (s->weight < 0 || s->weights != NULL);
}

/* Room for a row at least. */
static weeg_status make_room(row_stream *s, weeg_error *err) {
  if (s->held < s->room) return WEEG_OK;
  const weeg_status status = tally_window(s, err);
  if (status != WEEG_OK) return status;
  int64_t room = s->room == 0 ? FIRST_ROOM : s->room;
  while (s->tally != NULL && room < LAST_ROOM && room < s->tally->entries) room *= 2;
  if (room == s->room || resize_window(s, room)) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
}

/* ---- checks ---- */

static weeg_status check_weights(row_stream *s, const double *weights, int64_t rows, weeg_error *err) {
  double largest = 0;
  weeg_error found = {0};
  const weeg_status status = weeg_check_weights(weights, rows, NULL, &largest, &found);
  if (status == WEEG_OK) {
    s->largest = fmax(s->largest, largest);
    return status;
  }
  const char *what = strstr(found.message, " is ");
  const int64_t row = s->count + found.where;
  if (status != WEEG_ERR_WEIGHT || what == NULL) return weeg_fail(err, status, -1, "%s", found.message);
  return weeg_fail(err, status, row, "the weight in row %lld%s", (long long)row + 1, what);
}

static weeg_status check_units(const row_stream *s, const weeg_chunk *chunk, weeg_error *err) {
  int64_t first = chunk->rows;
  int32_t of = 0;
  for (int32_t k = 0; k < s->keys; k++) {
    const int32_t *code = chunk->codes[s->key[k]];
    int64_t i = 0;
    while (i < first && code[i] != 0) i++;
    if (i == first) continue;
    first = i;
    of = k;
  }
  if (first == chunk->rows) return WEEG_OK;
  const long long row = s->count + first;
  const char *what = of == s->stratum_key[0] ? "stratum" : of == s->cluster_key[0] ? "PSU" : s->rows->column[s->key[of]].name;
  return weeg_fail(err, WEEG_ERR_MISSING, row, "the %s in row %lld is missing", what, row + 1);
}

/* Keeps the population sizes of new units; WEEG_ERR_FPC where one is impossible or differs within a unit. */
static weeg_status keep_fpc(row_stream *s, const weeg_chunk *chunk, int32_t known, int64_t from, int64_t rows,
                            weeg_error *err) {
  if (s->fpcs > 0 && s->units.count > s->fpc_room) {
    double *larger = realloc(s->fpc_of, (size_t)(s->units.room * s->fpcs) * sizeof *larger);
    if (larger == NULL) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
    s->fpc_of = larger;
    s->fpc_room = s->units.room;
  }
  for (int32_t k = 0; k < s->fpcs; k++) {
    const double *fpc = chunk->numbers[s->fpc[k]] + from;
    for (int64_t i = 0; i < rows; i++) {
      const int32_t unit = s->unit[s->held + i] - 1;
      double *of = &s->fpc_of[(int64_t)unit * s->fpcs + k];
      if (unit >= known && s->units.first[unit] == s->count + i) *of = fpc[i];
      if (*of == fpc[i] && fpc[i] >= 0) continue;
      while (s->units.first[s->units.count - 1] > s->count + i) s->units.count--; /* those behind it are not known */
      return weeg_fail(err, WEEG_ERR_FPC, s->count + i, "the fpc in row %lld differs from earlier rows of the same stratum",
                       (long long)(s->count + i) + 1);
    }
  }
  return WEEG_OK;
}

/* ---- rows ---- */

/* As many rows of a chunk, from one on, as the window has room for. */
static weeg_status take_rows(row_stream *s, const weeg_chunk *chunk, int64_t from, int64_t rows, weeg_error *err) {
  const int32_t *keys[2 * CLI_MAX_STAGES];
  const int32_t known = s->units.count;
  for (int32_t k = 0; k < s->keys; k++) keys[k] = chunk->codes[s->key[k]] + from;
  bool done = cli_number_combos(&s->units, keys, s->count, rows, s->unit + s->held);
  if (done && s->domain != NULL) {
    done = cli_number_domain(s->domain, s->rows, chunk, from, rows, s->code[s->variables] + s->held);
  }
  if (!done) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  const weeg_status status = keep_fpc(s, chunk, known, from, rows, err);
  if (status != WEEG_OK) return status;
  for (int32_t v = 0; v < s->variables; v++) {
    memcpy(s->code[v] + s->held, chunk->codes[s->variable[v]] + from, (size_t)rows * sizeof **s->code);
  }
  if (s->weight >= 0) memcpy(s->weights + s->held, chunk->numbers[s->weight] + from, (size_t)rows * sizeof *s->weights);
  s->held += rows;
  s->count += rows;
  return WEEG_OK;
}

weeg_status cli_stream_rows(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  row_stream *s = (row_stream *)ctx;
  weeg_status status = check_units(s, chunk, err);
  if (status == WEEG_OK && s->weight >= 0) status = check_weights(s, chunk->numbers[s->weight], chunk->rows, err);
  for (int64_t from = 0; from < chunk->rows && status == WEEG_OK;) {
    status = make_room(s, err);
    if (status != WEEG_OK) break;
    const int64_t left = chunk->rows - from, rows = left < s->room - s->held ? left : s->room - s->held;
    status = take_rows(s, chunk, from, rows, err);
    from += rows;
  }
  return status;
}

/* ---- the end ---- */

/* The cell by levels of a cell by codes; -1 outside the domain. */
static int32_t final_cell(const row_stream *s, int32_t cell, const bool *inside) {
  int64_t final = 0, each = 1;
  if (s->domain != NULL) {
    const int32_t size = s->levels[s->variables] + 1;
    if (inside != NULL && !inside[cell % size]) return -1;
    cell /= size;
  }
  for (int32_t v = s->variables - 1; v >= 0; v--) {
    const row_column *column = &s->rows->column[s->variable[v]];
    const int32_t codes = s->levels[v], position = cell % (codes + 1), levels = column->variable.levels.count;
    const int32_t level = position == codes ? 0 : column->level[position + 1];
    cell /= codes + 1;
    final += each * (level == 0 ? levels : level - 1);
    each *= (int64_t)levels + 1;
  }
  return (int32_t)final;
}

weeg_tally *cli_finish_stream(row_stream *s, const int32_t *unit_of, int32_t units, const bool *inside) {
  weeg_error err = {0};
  weeg_tally *sum = NULL;
  int64_t cells = 1;
  cli_check(tally_window(s, &err), &err);
  for (int32_t v = 0; v < s->variables; v++) cells *= (int64_t)s->rows->column[s->variable[v]].variable.levels.count + 1;
  weeg_tally final = *s->tally; /* of which the cells alone are other ones */
  final.cell = CLI_NEW(int32_t, final.entries);
  for (int64_t i = 0; i < final.entries; i++) final.cell[i] = final_cell(s, s->tally->cell[i], inside);
  cli_check(weeg_tally_merge(&final, unit_of, NULL, NULL, NULL, NULL, units, (int32_t)cells, &sum, &err), &err);
  return sum;
}
