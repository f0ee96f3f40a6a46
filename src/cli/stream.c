/* The core's stream of rows, whose codes become levels at the end. */
#include "rows.h"

static void release(void *stream) { weeg_stream_clear(&((row_stream *)stream)->core); }

static int32_t count_codes(void *ctx, int32_t field) {
  const row_stream *s = (const row_stream *)ctx;
  if (field == s->rows->columns) return s->fitted;
  return field < 0 ? s->domain->combos.count : cli_code_count(s->rows, field);
}

static weeg_status classify(void *ctx, const weeg_chunk *chunk, int64_t from, int64_t rows, int32_t *number, weeg_error *err) {
  row_stream *s = (row_stream *)ctx;
  if (cli_number_domain(s->domain, s->rows, chunk, from, rows, number)) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
}

void cli_start_stream(row_stream *s) {
  weeg_hooks *hooks = CLI_NEW(weeg_hooks, 1);
  *hooks = cli_hooks(s->rows->options);
  s->core.variable = s->variable;
  s->core.measured = s->measured;
  s->core.key = s->key;
  s->core.fpc = s->fpc;
  s->core.code_count = count_codes;
  s->core.classify = s->domain == NULL ? NULL : classify;
  s->core.ctx = s;
  s->core.hooks = hooks;
  cli_keep(s, release);
}

/* Of each class of the domain its place among patterns of items (behind these where there is none); -1 outside. */
static int32_t *places_of_classes(const row_stream *s, const bool *inside, int32_t *places) {
  if (s->domain == NULL) return NULL;
  const int32_t classes = s->domain->combos.count;
  int32_t *place = CLI_NEW(int32_t, classes);
  *places = s->domain->places;
  for (int32_t k = 0; k < classes; k++) place[k] = inside != NULL && !inside[k] ? -1 : s->domain->place[k];
  return place;
}

/* Of a column that is an item besides: refusals are missing here. */
static const int32_t *levels_of(const row_stream *s, int32_t column) {
  const row_column *c = &s->rows->column[column];
  if (!c->refusals) return c->level;
  const int32_t codes = cli_code_count(s->rows, column);
  int32_t *level = CLI_NEW(int32_t, (int64_t)codes + 1);
  for (int32_t k = 0; k <= codes; k++) level[k] = c->level[k] < 0 ? 0 : c->level[k];
  return level;
}

/* The codes of calibration cells are what they are, and so is that of a value that is known. */
static const int32_t *same_levels(int32_t levels) {
  int32_t *level = CLI_NEW(int32_t, (int64_t)levels + 1);
  for (int32_t l = 1; l <= levels; l++) level[l] = l;
  return level;
}

static _Noreturn void refuse_infinite(const row_stream *s, const weeg_error *err) {
  int32_t v = 0;
  for (int32_t k = -1; v < s->core.variables; v++) {
    k += s->measured[v];
    if (k == err->facts.number) break;
  }
  cli_fail("%s: %s is infinite in row %lld, and there is no mean of that; make it missing in the file, or leave such rows out "
           "(--domain)",
           cli_place_of(s->rows, err->line, err->facts.row), s->rows->column[s->variable[v]].name,
           cli_row_number(s->rows, err->facts.row));
}

weeg_tally *cli_finish_stream(row_stream *s, const cli_units *units, const bool *inside) {
  weeg_error err = cli_error();
  weeg_tally *sum = NULL;
  int32_t places = 1;
  const int32_t **level = CLI_NEW(const int32_t *, s->core.variables);
  int32_t *levels = CLI_NEW(int32_t, s->core.variables);
  for (int32_t v = 0; v < s->core.variables; v++) {
    const bool fitted = s->variable[v] == s->rows->columns, measured = s->measured != NULL && s->measured[v];
    levels[v] = measured ? 1 : fitted ? s->fitted : s->rows->column[s->variable[v]].variable.levels.count;
    level[v] = measured || fitted ? same_levels(levels[v]) : levels_of(s, s->variable[v]);
  }
  const int32_t *place = places_of_classes(s, inside, &places);
  const weeg_stream_levels by = {level, levels, place, places, units->of, units->count, !units->element};
  const weeg_status status = weeg_stream_finish(&s->core, &by, &sum, &err);
  if (err.facts.fault == WEEG_FAULT_INFINITE) refuse_infinite(s, &err);
  cli_check(status, &err);
  return sum;
}
