/* A result as something to read: titles, tables and notes, which each format lays out in its own way. */
#include <math.h>
#include <string.h>

#include "results.h"

static cli_block *add_block(cli_result *result, cli_block_kind kind) {
  if (result->blocks == result->room) {
    const int32_t room = 2 * result->room + 16;
    cli_block *blocks = CLI_NEW(cli_block, room);
    if (result->blocks > 0) memcpy(blocks, result->block, (size_t)result->blocks * sizeof *blocks);
    result->block = blocks;
    result->room = room;
  }
  cli_block *block = &result->block[result->blocks++];
  block->kind = kind;
  return block;
}

void cli_say(cli_result *result, cli_block_kind kind, const char *text, const char *by) {
  cli_block *block = add_block(result, kind);
  block->text = text;
  block->by = by;
}

void cli_say_grid(cli_result *result, const cli_grid *grid) { add_block(result, CLI_GRID)->grid = grid; }

/* ---- titles ---- */

const char *cli_label(const cli_data *data, const char *name) {
  const char *label = data->variable[cli_find_variable(data, name, cli_said("the formula"))].label;
  if (label == NULL || strcmp(label, name) == 0) return name;
  return cli_format("%s (%s)", label, name);
}

void cli_say_title(cli_result *result, const cli_data *data, const char *what, const cli_list *groups) {
  cli_list labels = {0};
  for (int32_t i = 0; i < groups->count; i++) cli_push(&labels, cli_label(data, groups->item[i]));
  cli_say(result, CLI_TITLE, what, groups->count == 0 ? NULL : cli_format("by %s", cli_join(&labels, cli_said(" and "))));
}

void cli_say_source(cli_result *result, const cli_data *data, const char *pieces) {
  cli_list parts = {0};
  if (data->name != NULL) cli_push(&parts, data->name);
  cli_push(&parts, cli_design_text(data));
  cli_push(&parts, cli_weights_text(data));
  if (pieces != NULL) cli_push(&parts, pieces);
  cli_say(result, CLI_PIECES, cli_join(&parts, "; "), NULL);
  const char *domain = cli_domain_text(data);
  if (domain != NULL) cli_say(result, CLI_WORDS, cli_format("Domain: %s", domain), NULL);
}

/* Infinite ones are effective, too. */
static bool is_effective(double df) { return !isnan(df) && !(fabs(df - round(df)) < 1e-8); }

bool cli_effective_df(const cli_table *table) {
  const double *df = cli_numbers(table, "df");
  for (int64_t i = 0; i < table->rows; i++) {
    if (is_effective(df[i])) return true;
  }
  return false;
}

const char *cli_df_range(const double *df, const bool *use, int64_t count, bool *effective) {
  double low = NAN, high = NAN;
  *effective = false;
  for (int64_t i = 0; i < count; i++) {
    if ((use != NULL && !use[i]) || isnan(df[i])) continue;
    if (!(low <= df[i])) low = df[i];
    if (!(high >= df[i])) high = df[i];
    *effective = *effective || is_effective(df[i]);
  }
  const char *first = *effective ? cli_significant(low, 3) : cli_df(low);
  const char *last = *effective ? cli_significant(high, 3) : cli_df(high);
  if (isnan(low) || strcmp(first, last) == 0) return first;
  return cli_format("%s%s%s", first, cli_either("\u2013", "-"), last);
}

const char *cli_df_text(const double *df, const bool *use, int64_t count) {
  bool effective = false;
  bool any = false;
  const char *range = cli_df_range(df, use, count, &effective);
  for (int64_t i = 0; i < count; i++) any = any || ((use == NULL || use[i]) && !isnan(df[i]));
  return any ? cli_format(effective ? "effective df %s" : "design df %s", range) : NULL;
}

const char *cli_counted_text(double n, const char *df) {
  const char *counted = isnan(n) ? cli_said("n not shown") : cli_format("n = %s", cli_count(n));
  return df == NULL ? counted : cli_format("%s; %s", counted, df);
}

const char *cli_level_header(double level) { return cli_format("%.7g%% CI", 100 * level); }

/* ---- notes ---- */

cli_marks cli_mark_reasons(const char *const *reason, const bool *use, int64_t count) {
  cli_marks marks = {CLI_NEW(const char *, count), {0}};
  for (int64_t i = 0; i < count; i++) {
    marks.mark[i] = "";
    if (reason[i] == NULL || (use != NULL && !use[i])) continue;
    int32_t k = 0;
    while (k < marks.reasons.count && strcmp(marks.reasons.item[k], reason[i]) != 0) k++;
    if (k == marks.reasons.count) cli_push(&marks.reasons, reason[i]);
    marks.mark[i] = cli_format("%c", 'a' + k);
  }
  return marks;
}

void cli_say_notes(cli_result *result, const cli_marks *marks) {
  for (int32_t k = 0; k < marks->reasons.count; k++) {
    cli_say(result, CLI_NOTE, cli_format("%c", 'a' + k), marks->reasons.item[k]);
  }
}

const char *cli_reliability_mark(const char *verdict) {
  if (verdict == NULL) return "";
  if (strcmp(verdict, "review") == 0) return cli_either("\u2020", "*");
  return strcmp(verdict, "suppress") == 0 ? cli_either("\u2021", "**") : "";
}

void cli_say_reliability(cli_result *result, const char *const *verdict, const bool *use, int64_t count) {
  static const char *const verdicts[] = {"review", "suppress"};
  const char *const meanings[] = {cli_said("NCHS presentation standards: to be reviewed before publication"),
                            cli_said("NCHS presentation standards: too imprecise to publish")};
  for (int k = 0; k < 2; k++) {
    bool found = false;
    for (int64_t i = 0; i < count; i++) {
      found = found || ((use == NULL || use[i]) && verdict[i] != NULL && strcmp(verdict[i], verdicts[k]) == 0);
    }
    if (found) cli_say(result, CLI_NOTE, cli_reliability_mark(verdicts[k]), meanings[k]);
  }
}

void cli_say_empty(cli_result *result, const cli_list *names) {
  if (names->count > 0) cli_say(result, CLI_WORDS, cli_format("No observations: %s.", cli_join(names, "; ")), NULL);
}

/* ---- columns of cells ---- */

int32_t cli_grid_keys(const cli_grid *grid) { return grid->keys > 1 ? grid->keys : 1; }

bool cli_grid_repeats(const cli_grid *grid, int32_t column, int32_t row) {
  bool same = row > 0 && column + 1 < cli_grid_keys(grid);
  for (int32_t k = 0; k <= column && same; k++) {
    same = strcmp(grid->column[k].cells.item[row], grid->column[k].cells.item[row - 1]) == 0;
  }
  return same;
}

void cli_grid_add(cli_grid *grid, const char *header, const char *const *cells, int32_t count, bool left) {
  cli_column *columns = CLI_NEW(cli_column, (int64_t)grid->columns + 1);
  if (grid->columns > 0) memcpy(columns, grid->column, (size_t)grid->columns * sizeof *columns);
  grid->column = columns;
  cli_column *added = &columns[grid->columns++];
  added->left = left;
  cli_push(&added->header, header);
  for (int32_t i = 0; i < count; i++) cli_push(&added->cells, cells[i]);
}

void cli_grid_header(cli_grid *grid, int32_t column, const char *above, const char *header) {
  cli_list lines = {0};
  cli_push(&lines, above);
  cli_push(&lines, header);
  grid->column[column].header = lines;
}

void cli_align(const char **cells, int32_t count, bool left) {
  int width = 0;
  for (int32_t i = 0; i < count; i++) {
    if (cli_width(cells[i]) > width) width = cli_width(cells[i]);
  }
  for (int32_t i = 0; i < count; i++) cells[i] = left ? cli_pad_right(cells[i], width) : cli_pad_left(cells[i], width);
}

const char **cli_interval_cells(const char **low, const char **high, int32_t count, const char *between,
                                const char *const *marks) {
  const char **cells = CLI_NEW(const char *, count);
  bool marked = false;
  cli_align(low, count, false);
  for (int32_t i = 0; i < count; i++) {
    const bool none = strcmp(high[i], "-") == 0;
    cells[i] = none ? "" : cli_format("%s%s%s", low[i], between, high[i]);
    marked = marked || (marks != NULL && marks[i][0] != '\0');
  }
  cli_align(cells, count, true);
  if (!marked) return cells;
  for (int32_t i = 0; i < count; i++) cells[i] = cli_format("%s %s", cells[i], marks[i]);
  cli_align(cells, count, true);
  return cells;
}

void cli_say_outcomes(cli_result *result, cli_table *const *tables, int32_t outcomes, cli_say_outcome *say, const void *ctx,
                      bool of_rows) {
  cli_table *all = CLI_NEW(cli_table, 1);
  int64_t at = 0;
  *all = *tables[0];
  for (int32_t i = 1; i < outcomes; i++) cli_append(all, tables[i]);
  bool *use = CLI_NEW(bool, all->rows);
  for (int64_t i = 0; i < all->rows; i++) use[i] = !of_rows || !(cli_numbers(all, "n")[i] == 0);
  const cli_marks marks = cli_mark_reasons(cli_texts(all, "reason"), use, all->rows);
  for (int32_t i = 0; i < outcomes; i++) {
    const cli_marks mine = {marks.mark + at, {0}};
    say(ctx, result, i, tables[i], &mine);
    at += tables[i]->rows;
  }
  cli_say_notes(result, &marks);
  result->table = all;
}
