/* Several tallies of the same rows, and sums of squared weights: of few rows on several threads, a tally on each. */
#include <stddef.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "tally/column.h"
#include "tally/tally.h"
#include "weeg.h"

typedef struct many {
  const weeg_rows *rows;
  weeg_tally **tallies;
  double *const *squares;
  weeg_error *errors;
} many;

static weeg_status build_one(void *ctx, int thread, int64_t from, int64_t to) {
  const many *m = ctx;
  (void)thread;
  (void)to;
  return weeg_tally_build(&m->rows[from], NULL, &m->tallies[from], &m->errors[from]);
}

static weeg_status square_one(void *ctx, int thread, int64_t from, int64_t to) {
  const many *m = ctx;
  (void)thread;
  (void)to;
  return weeg_cell_squares(&m->rows[from], m->squares[from], &m->errors[from]);
}

/* Items are begun in their order: the first failure is the same for any number of threads. */
static weeg_status all_of(many *m, int32_t count, const weeg_hooks *hooks, weeg_chunk_function one, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t failed = 0;
  WEEG_NEW(m->errors, count);
  const int threads = hooks == NULL || hooks->threads < 1 ? 1 : hooks->threads;
  status = weeg_i_for_items(count, threads < count ? threads : count, hooks, one, m);
  while (failed < count && m->errors[failed].code == WEEG_OK) failed++;
  if (status == WEEG_ERR_INTERRUPTED || (status != WEEG_OK && failed == count)) {
    status = weeg_fail(err, status, -1, status == WEEG_ERR_INTERRUPTED ? "stopped by the caller" : "not enough memory");
  } else if (status != WEEG_OK) {
    if (err != NULL) *err = m->errors[failed];
    status = m->errors[failed].code;
  }
cleanup:
  weeg_free(m->errors);
  return status;
}

weeg_status weeg_tally_build_many(const weeg_rows *rows, int32_t count, const weeg_hooks *hooks, weeg_tally **tallies,
                                  weeg_error *err) {
  weeg_status status = WEEG_OK;
  many m = {.rows = rows, .tallies = tallies};
  for (int32_t k = 0; k < count; k++) tallies[k] = NULL;
  if (count > 0 && weeg_i_threads(hooks, rows->rows) == 1) return all_of(&m, count, hooks, build_one, err);
  for (int32_t k = 0; k < count && status == WEEG_OK; k++) status = weeg_tally_build(&rows[k], hooks, &tallies[k], err);
  return status;
}

/* Sums of the rows of a chunk are added to those before, so that few roundings stand behind each other. */
weeg_status weeg_cell_squares(const weeg_rows *rows, double *squares, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t cells = 0;
  double *sum = NULL;
  int32_t place[WEEG_CHUNK_ROWS];
  WEEG_TRY(weeg_layout_cells(rows->columns, rows->count, &cells, err));
  WEEG_NEW(sum, cells);
  for (int32_t c = 0; c < cells; c++) squares[c] = 0;
  for (int64_t from = 0; from < rows->rows; from += WEEG_CHUNK_ROWS) {
    const int64_t some = rows->rows - from < WEEG_CHUNK_ROWS ? rows->rows - from : WEEG_CHUNK_ROWS;
    for (int64_t i = 0; i < some; i++) place[i] = 0;
    for (int v = 0; v < rows->count; v++) weeg_i_column_cross(&rows->columns[v], from, some, place);
    for (int64_t i = 0; i < some; i++) {
      const double w = rows->weights == NULL ? 1 : rows->weights[from + i];
      const bool counts = rows->domain == NULL || rows->domain[from + i] != 0;
      sum[place[i]] += counts ? w * w : 0;
    }
    if (cells > WEEG_CHUNK_ROWS && from + some < rows->rows) continue;
    for (int32_t c = 0; c < cells; c++) {
      squares[c] += sum[c];
      sum[c] = 0;
    }
  }
cleanup:
  weeg_free(sum);
  return status;
}

weeg_status weeg_cell_squares_many(const weeg_rows *rows, int32_t count, const weeg_hooks *hooks, double *const *squares,
                                   weeg_error *err) {
  return all_of(&(many){.rows = rows, .squares = squares}, count, hooks, square_one, err);
}
