/* Rows whose weight is known: --na-weights omit leaves the others out before anything is made of them, and counts them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

struct cli_known {
  int32_t weight, columns;
  weeg_sink sink;            /* where the others go */
  void *ctx;
  int64_t omitted, passed, room;
  int64_t *at;               /* [room] of a chunk, those that go on */
  int64_t *row;              /* [room] their places among all rows */
  weeg_csv_place *place;     /* [room] and in the file */
  int32_t **codes;           /* [columns][room]; NULL: numbers */
  double **numbers;
  bool **seen;               /* [columns][seen_room] whether a code was met in a row that went on */
  int64_t *seen_room;
};

static void release(void *known) {
  cli_known *k = (cli_known *)known;
  for (int32_t c = 0; c < k->columns; c++) {
    free(k->codes[c]);
    free(k->numbers[c]);
    free(k->seen[c]);
  }
  free(k->at);
  free(k->row);
  free(k->place);
}

cli_known *cli_new_known(const cli_rows *r) {
  const char *rule = r->options->na_weights;
  if (rule == NULL || cli_choice(rule, WEEG_WORDS_NA_WEIGHTS, "--na-weights") == 0) return NULL;
  if (r->weight == NULL) {
    const char *omit = cli_in_pspp(r->options, "/MISSING WEIGHT=OMIT", "--na-weights omit");
    cli_usage("%s is for missing weights, but %s names none", omit, cli_in_pspp(r->options, "/WEIGHT", "--weights"));
  }
  cli_known *k = CLI_NEW(cli_known, 1);
  k->weight = cli_column_number(r, r->weight);
  k->columns = r->columns;
  k->codes = CLI_NEW(int32_t *, k->columns);
  k->numbers = CLI_NEW(double *, k->columns);
  k->seen = CLI_NEW(bool *, k->columns);
  k->seen_room = CLI_NEW(int64_t, k->columns);
  cli_keep(k, release);
  return k;
}

void cli_pass_known(cli_known *k, weeg_sink sink, void *ctx) {
  k->sink = sink;
  k->ctx = ctx;
}

int64_t cli_omitted_rows(const cli_known *k) { return k == NULL ? 0 : k->omitted; }

static bool make_room(cli_known *k, const weeg_chunk *chunk) {
  if (chunk->rows <= k->room) return true;
  bool enough = cli_enlarge((void **)&k->at, chunk->rows, sizeof *k->at) &&
                cli_enlarge((void **)&k->row, chunk->rows, sizeof *k->row) &&
                cli_enlarge((void **)&k->place, chunk->rows, sizeof *k->place);
  for (int32_t c = 0; c < k->columns && enough; c++) {
    enough = chunk->codes[c] != NULL ? cli_enlarge((void **)&k->codes[c], chunk->rows, sizeof **k->codes)
                                     : cli_enlarge((void **)&k->numbers[c], chunk->rows, sizeof **k->numbers);
  }
  if (enough) k->room = chunk->rows;
  return enough;
}

static bool take_codes(cli_known *k, int32_t c, const int32_t *codes, int64_t rows) {
  int32_t largest = 0;
  for (int64_t i = 0; i < rows; i++) {
    k->codes[c][i] = codes[k->at[i]];
    if (k->codes[c][i] > largest) largest = k->codes[c][i];
  }
  if (largest >= k->seen_room[c]) {
    const int64_t room = 2 * ((int64_t)largest + 1);
    if (!cli_enlarge((void **)&k->seen[c], room, sizeof **k->seen)) return false;
    memset(k->seen[c] + k->seen_room[c], 0, (size_t)(room - k->seen_room[c]) * sizeof **k->seen);
    k->seen_room[c] = room;
  }
  for (int64_t i = 0; i < rows; i++) k->seen[c][k->codes[c][i]] = true;
  return true;
}

weeg_status cli_take_known(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  cli_known *k = (cli_known *)ctx;
  const double *weight = chunk->numbers[k->weight];
  int64_t rows = 0;
  bool enough = make_room(k, chunk);
  for (int64_t i = 0; i < chunk->rows && enough; i++) {
    if (isnan(weight[i])) continue;
    k->row[rows] = chunk->row == NULL ? chunk->first + i : chunk->row[i];
    k->place[rows] = (weeg_csv_place){rows, weeg_chunk_line(chunk, i)};
    k->at[rows++] = i;
  }
  for (int32_t c = 0; c < k->columns && enough; c++) {
    if (chunk->codes[c] != NULL) enough = take_codes(k, c, chunk->codes[c], rows);
    else for (int64_t i = 0; i < rows; i++) k->numbers[c][i] = chunk->numbers[c][k->at[i]];
  }
  if (!enough) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  const weeg_chunk known = {.first = k->passed, .rows = rows, .codes = (const int32_t *const *)k->codes,
                            .numbers = (const double *const *)k->numbers, .row = k->row,
                            .place = k->place, .places = chunk->places > 0 ? rows : 0};
  k->omitted += chunk->rows - rows;
  k->passed += rows;
  return rows == 0 ? WEEG_OK : k->sink(k->ctx, &known, err);
}

int32_t cli_drop_unseen(const cli_known *k, int32_t column, int32_t codes, int32_t levels, const bool *declared, int32_t *level,
                        int32_t *number) {
  bool *kept = CLI_NEW(bool, levels);
  int32_t count = 0;
  for (int32_t l = 0; l < levels; l++) kept[l] = k == NULL || (declared != NULL && declared[l]);
  for (int32_t code = 1; code <= codes && k != NULL; code++) {
    if (level[code] > 0 && code < k->seen_room[column] && k->seen[column][code]) kept[level[code] - 1] = true;
  }
  for (int32_t l = 0; l < levels; l++) number[l] = kept[l] ? ++count : 0;
  for (int32_t code = 1; code <= codes; code++) level[code] = level[code] > 0 ? number[level[code] - 1] : 0;
  return count;
}
