/* Results as aligned text. */
#include <string.h>

#include "cli.h"

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

/* The first column, and columns first .. last - 1 beside it. */
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

/* Names of rows that are too long have several lines: what stands beside them is on the last. */
static const cli_grid *wrap_names(const cli_grid *grid, const int *width, int most) {
  int total = -2;
  for (int32_t k = 0; k < grid->columns; k++) total += width[k] + 2;
  const int half = total <= most ? most : most / 2;
  const int32_t rows = grid->column[0].cells.count;
  cli_grid *cut = CLI_NEW(cli_grid, 1);
  cli_list names = {0}, source = {0};
  for (int32_t i = 0; i < rows; i++) {
    const cli_list text = indented_lines(grid->column[0].cells.item[i], is_heading(grid, 0, i) ? most : half);
    for (int32_t l = 0; l < text.count; l++) {
      cli_push(&names, text.item[l]);
      cli_push(&source, l + 1 == text.count ? "last" : "");
    }
  }
  if (names.count == rows) return grid;
  *cut = (cli_grid){.columns = grid->columns, .column = CLI_NEW(cli_column, grid->columns), .paired = grid->paired,
                    .heading = grid->heading == NULL ? NULL : CLI_NEW(bool, names.count)};
  cut->column[0] = (cli_column){.left = grid->column[0].left, .cells = names};
  for (int32_t i = 0; i < grid->column[0].header.count; i++) {
    const cli_list text = indented_lines(grid->column[0].header.item[i], half);
    for (int32_t l = 0; l < text.count; l++) cli_push(&cut->column[0].header, text.item[l]);
  }
  for (int32_t k = 1; k < grid->columns; k++) {
    cut->column[k] = (cli_column){.left = grid->column[k].left, .header = grid->column[k].header};
    for (int32_t i = 0, row = 0; i < names.count; i++) {
      const bool last = source.item[i][0] != '\0';
      cli_push(&cut->column[k].cells, last ? grid->column[k].cells.item[row] : "");
      if (grid->heading != NULL) cut->heading[i] = grid->heading[row];
      row += last;
    }
  }
  return cut;
}

/* Columns that do not fit follow in more parts, each with the first column. */
static void add_grid(cli_list *lines, const cli_grid *grid, int most) {
  int *width = CLI_NEW(int, grid->columns);
  for (int32_t k = 0; k < grid->columns; k++) width[k] = column_width(grid, k);
  grid = wrap_names(grid, width, most);
  width[0] = column_width(grid, 0);
  int32_t first = 1;
  int used = width[0];
  for (int32_t k = 1; k < grid->columns; k++) {
    if (k > first && used + 2 + width[k] > most) {
      add_part(lines, grid, width, first, k);
      cli_push(lines, "");
      first = k;
      used = width[0];
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
