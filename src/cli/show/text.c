/* Results as aligned text. */
#include <string.h>

#include "results.h"

static const char *without_end(const char *line) {
  size_t length = strlen(line);
  while (length > 0 && line[length - 1] == ' ') length--;
  return cli_copy(line, length);
}

static bool is_heading(const cli_grid *grid, int32_t column, int32_t row) {
  return column == 0 && grid->heading != NULL && grid->heading[row];
}

static int column_width(const cli_grid *grid, int32_t column) {
  const cli_column *c = &grid->column[column];
  int width = 0;
  for (int32_t i = 0; i < c->header.count; i++) {
    if (cli_width(c->header.item[i]) > width) width = cli_width(c->header.item[i]);
  }
  for (int32_t i = 0; i < c->cells.count; i++) {
    if (!is_heading(grid, column, i) && cli_width(c->cells.item[i]) > width) width = cli_width(c->cells.item[i]);
  }
  return width;
}

/* Line `line` of a column: its header first, at the bottom of `height` lines. */
static const char *cell_at(const cli_grid *grid, int32_t column, int32_t line, int32_t height, int width) {
  const cli_column *c = &grid->column[column];
  const int32_t blank = height - c->header.count;
  const char *text = line < blank ? "" : line < height ? c->header.item[line - blank] : c->cells.item[line - height];
  return c->left ? cli_pad_right(text, width) : cli_pad_left(text, width);
}

/* The columns that name the rows, and columns first .. last - 1 beside them. */
static void add_part(cli_list *lines, const cli_grid *grid, const int *width, int32_t first, int32_t last) {
  int32_t height = 1;
  for (int32_t k = 0; k < grid->columns; k++) {
    if (grid->column[k].header.count > height) height = grid->column[k].header.count;
  }
  const int32_t count = height + grid->column[0].cells.count;
  for (int32_t i = 0; i < count; i++) {
    cli_text line = {0};
    cli_add(&line, i >= height && is_heading(grid, 0, i - height) ? grid->column[0].cells.item[i - height]
                                                                  : cell_at(grid, 0, i, height, width[0]));
    for (int32_t k = 1; k < cli_grid_keys(grid); k++) cli_addf(&line, "  %s", cell_at(grid, k, i, height, width[k]));
    for (int32_t k = first; k < last; k++) cli_addf(&line, "  %s", cell_at(grid, k, i, height, width[k]));
    const char *text = without_end(line.bytes);
    if (text[0] != '\0') cli_push(lines, text);
  }
}

/* The lines of a text that may begin with blanks. */
static cli_list indented_lines(const char *text, int most) {
  cli_list cut = {0}, lines = {0};
  if (cli_width(text) <= most) {
    cli_push(&lines, text);
    return lines;
  }
  const int indent = (int)strspn(text, " ");
  cli_wrap(&cut, text, most - indent, 2);
  for (int32_t i = 0; i < cut.count; i++) cli_push(&lines, cli_format("%*s%s", indent, "", cut.item[i]));
  return lines;
}

/* How wide names of rows may be: half of the line for all of them, where not everything fits. */
static int most_of_names(const cli_grid *grid, const int *width, int most) {
  int total = -2;
  for (int32_t k = 0; k < grid->columns; k++) total += width[k] + 2;
  if (total <= most) return most;
  for (int limit = most;; limit--) {
    int used = 0;
    for (int32_t k = 0; k < cli_grid_keys(grid); k++) used += width[k] < limit ? width[k] : limit;
    if (used <= most / 2 || limit <= 20) return limit;
  }
}

/* The lines of the names of the rows: of key k of row i, line l. */
typedef struct name_lines {
  cli_list *cut;   /* [keys * rows] */
  int32_t *height; /* [rows] */
  int32_t rows, lines;
} name_lines;

static name_lines cut_names(const cli_grid *grid, int limit, int most) {
  name_lines n = {.rows = grid->column[0].cells.count};
  const int32_t keys = cli_grid_keys(grid);
  n.cut = CLI_NEW(cli_list, (int64_t)keys * n.rows);
  n.height = CLI_NEW(int32_t, n.rows);
  for (int32_t i = 0; i < n.rows; i++) {
    for (int32_t k = 0; k < keys; k++) {
      const char *name = cli_grid_repeats(grid, k, i) ? "" : grid->column[k].cells.item[i];
      cli_list *cut = &n.cut[k * n.rows + i];
      *cut = indented_lines(name, is_heading(grid, k, i) ? most : limit);
      if (cut->count > n.height[i]) n.height[i] = cut->count;
    }
    n.lines += n.height[i];
  }
  return n;
}

/* Names of rows that are too long have several lines: what stands beside them is on the last. */
static const cli_grid *wrap_names(const cli_grid *grid, const int *width, int most) {
  const int limit = most_of_names(grid, width, most);
  const name_lines n = cut_names(grid, limit, most);
  const int32_t keys = cli_grid_keys(grid);
  cli_grid *cut = CLI_NEW(cli_grid, 1);
  if (n.lines == n.rows && keys == 1) return grid;
  *cut = (cli_grid){.columns = grid->columns, .column = CLI_NEW(cli_column, grid->columns), .paired = grid->paired, .keys = keys,
                    .heading = grid->heading == NULL ? NULL : CLI_NEW(bool, n.lines)};
  for (int32_t k = 0; k < grid->columns; k++) {
    cli_column *to = &cut->column[k];
    *to = (cli_column){.left = grid->column[k].left, .header = grid->column[k].header};
    for (int32_t i = 0; i < n.rows; i++) {
      for (int32_t l = 0; l < n.height[i]; l++) {
        const cli_list *name = k < keys ? &n.cut[k * n.rows + i] : NULL;
        if (grid->heading != NULL) cut->heading[to->cells.count] = grid->heading[i];
        if (name != NULL) cli_push(&to->cells, l < name->count ? name->item[l] : "");
        else cli_push(&to->cells, l + 1 == n.height[i] ? grid->column[k].cells.item[i] : "");
      }
    }
    if (k >= keys || n.lines == n.rows) continue;
    to->header = (cli_list){0};
    for (int32_t i = 0; i < grid->column[k].header.count; i++) {
      const cli_list text = indented_lines(grid->column[k].header.item[i], limit);
      for (int32_t l = 0; l < text.count; l++) cli_push(&to->header, text.item[l]);
    }
  }
  return cut;
}

/* Columns that do not fit follow in more parts, each with the names of the rows. */
static void add_grid(cli_list *lines, const cli_grid *grid, int most) {
  int *width = CLI_NEW(int, grid->columns);
  const int32_t keys = cli_grid_keys(grid);
  int names = -2;
  for (int32_t k = 0; k < grid->columns; k++) width[k] = column_width(grid, k);
  grid = wrap_names(grid, width, most);
  for (int32_t k = 0; k < keys; k++) {
    width[k] = column_width(grid, k);
    names += width[k] + 2;
  }
  int32_t first = keys;
  int used = names;
  for (int32_t k = keys; k < grid->columns; k++) {
    if (k > first && used + 2 + width[k] > most) {
      add_part(lines, grid, width, first, k);
      cli_push(lines, "");
      first = k;
      used = names;
    }
    used += 2 + width[k];
  }
  add_part(lines, grid, width, first, grid->columns);
}

static void add_title(cli_list *lines, const cli_block *block, int width) {
  if (block->by == NULL) {
    cli_wrap(lines, block->text, width, 2);
    return;
  }
  const char *both = cli_format("%s %s", block->text, block->by);
  if (cli_width(both) <= width) {
    cli_push(lines, both);
    return;
  }
  cli_list by = {0};
  cli_wrap(lines, block->text, width, 2);
  cli_wrap(&by, block->by, width - 2, 2);
  for (int32_t i = 0; i < by.count; i++) cli_push(lines, cli_format("  %s", by.item[i]));
}

/* A mark and its meaning, which hangs under itself where it takes several lines. */
static void add_note(cli_list *lines, const cli_block *block, int width) {
  const int indent = cli_width(block->text);
  cli_list meaning = {0};
  cli_wrap(&meaning, block->by, width - indent - 2, 0);
  for (int32_t i = 0; i < meaning.count; i++) {
    cli_push(lines, cli_format("%s  %s", i == 0 ? block->text : cli_pad_right("", indent), meaning.item[i]));
  }
}

void cli_text_format(const cli_result *result, cli_text *out, int width) {
  cli_list lines = {0};
  for (int32_t i = 0; i < result->blocks; i++) {
    const cli_block *block = &result->block[i];
    switch (block->kind) {
    case CLI_TITLE: add_title(&lines, block, width); break;
    case CLI_PIECES: cli_wrap_pieces(&lines, block->text, width); break;
    case CLI_CAPTION:
    case CLI_WORDS: cli_wrap(&lines, block->text, width, 2); break;
    case CLI_LINE: cli_push(&lines, block->text); break;
    case CLI_NOTE: add_note(&lines, block, width); break;
    case CLI_GRID: add_grid(&lines, block->grid, width); break;
    case CLI_SPACE: cli_push(&lines, ""); break;
    }
  }
  if (result->conventions != NULL) cli_wrap(&lines, result->conventions, width, 2);
  for (int32_t i = 0; i < lines.count; i++) cli_addf(out, "%s\n", cli_visible(lines.item[i]));
}
