/* The core's stream of rows, whose codes become levels at the end. */
#include "rows.h"

static void release(void *stream) { weeg_stream_clear(&((row_stream *)stream)->core); }

static int32_t count_codes(void *ctx, int32_t field) {
  const row_stream *s = (const row_stream *)ctx;
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
  s->core.key = s->key;
  s->core.key_name = s->key_name;
  s->core.fpc = s->fpc;
  s->core.code_count = count_codes;
  s->core.classify = s->domain == NULL ? NULL : classify;
  s->core.ctx = s;
  s->core.hooks = hooks;
  cli_keep(s, release);
}

/* The cell by levels of a cell by codes; -1 outside the domain. */
static int32_t final_cell(const row_stream *s, int32_t cell, const bool *inside) {
  const weeg_stream *core = &s->core;
  int64_t final = 0, each = 1;
  if (s->domain != NULL) {
    const int32_t size = core->levels[core->variables] + 1;
    if (inside != NULL && !inside[cell % size]) return -1;
    if (s->rows->items != NULL) {
      const int32_t patterns = s->rows->items->patterns, pattern = s->domain->pattern[cell % size];
      final = pattern < 0 ? patterns : pattern;
      each = (int64_t)patterns + 1;
    }
    cell /= size;
  }
  for (int32_t v = core->variables - 1; v >= 0; v--) {
    const row_column *column = &s->rows->column[s->variable[v]];
    const int32_t codes = core->levels[v], position = cell % (codes + 1), levels = column->variable.levels.count;
    const int32_t level = position == codes ? 0 : column->level[position + 1];
    cell /= codes + 1;
    final += each * (level == 0 ? levels : level - 1);
    each *= (int64_t)levels + 1;
  }
  return (int32_t)final;
}

weeg_tally *cli_finish_stream(row_stream *s, const cli_units *units, const bool *inside) {
  weeg_error err = {0};
  weeg_tally *sum = NULL;
  int64_t cells = 1;
  cli_check(weeg_stream_end(&s->core, &err), &err);
  for (int32_t v = 0; v < s->core.variables; v++) {
    cells *= (int64_t)s->rows->column[s->variable[v]].variable.levels.count + 1;
  }
  if (s->rows->items != NULL) cells *= (int64_t)s->rows->items->patterns + 1;
  weeg_tally final = *s->core.tally; /* of which the cells are other ones, and squares of weights may not be wanted */
  final.element = units->element;
  if (!final.element) final.w2 = NULL;
  final.cell = CLI_NEW(int32_t, final.entries);
  for (int64_t i = 0; i < final.entries; i++) final.cell[i] = final_cell(s, s->core.tally->cell[i], inside);
  cli_check(weeg_tally_merge(&(weeg_summand){&final, units->of, NULL}, NULL, units->count, (int32_t)cells, &sum, &err), &err);
  return sum;
}
