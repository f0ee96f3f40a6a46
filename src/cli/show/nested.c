/* Tables whose lines stand under headings. */
#include <math.h>
#include <string.h>

#include "results.h"

cli_nest cli_new_nest(int64_t most) { return (cli_nest){CLI_NEW(int32_t, most), CLI_NEW(const char *, most), 0, 0}; }

void cli_nest_add(cli_nest *nest, int32_t row, const char *name) {
  nest->row[nest->count] = row;
  nest->name[nest->count++] = name;
  nest->rows += row >= 0;
}

const char *cli_two_decimals(double x) { return cli_number(x, 2); }
const char *cli_three_decimals(double x) { return cli_number(x, 3); }

/* p-values under each other: their decimal marks align. */
const char *cli_p_cell(double p) {
  const char *text = cli_p(p);
  return isnan(p) || text[0] == '<' || text[0] == '>' ? text : cli_format("  %s", text);
}

const char **cli_nest_shown(const cli_nest *nest, const double *x, cli_shown_as format) {
  const char **cells = CLI_NEW(const char *, nest->rows);
  int32_t k = 0;
  for (int32_t i = 0; i < nest->count; i++) {
    if (nest->row[i] >= 0) cells[k++] = format(x[nest->row[i]]);
  }
  return cells;
}

const char **cli_nest_marks(const cli_nest *nest, const cli_marks *marks) {
  const char **cells = CLI_NEW(const char *, nest->rows);
  int32_t k = 0;
  for (int32_t i = 0; i < nest->count; i++) {
    if (nest->row[i] >= 0) cells[k++] = marks->mark[nest->row[i]];
  }
  return cells;
}

cli_grid *cli_nest_grid(const cli_nest *nest, const char *above, const char *header) {
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  grid->heading = CLI_NEW(bool, nest->count);
  for (int32_t i = 0; i < nest->count; i++) grid->heading[i] = nest->row[i] < 0;
  cli_grid_add(grid, header, nest->name, nest->count, true);
  if (above != NULL) cli_grid_header(grid, 0, above, header);
  return grid;
}

void cli_nest_column(cli_grid *grid, const cli_nest *nest, const char *above, const char *header, const char *const *cells) {
  const char **lines = CLI_NEW(const char *, nest->count);
  int32_t k = 0;
  for (int32_t i = 0; i < nest->count; i++) lines[i] = nest->row[i] < 0 ? "" : cells[k++];
  cli_grid_add(grid, header, lines, nest->count, false);
  if (above != NULL) cli_grid_header(grid, grid->columns - 1, above, header);
}

static bool is_nested(const cli_nested *of) {
  for (int64_t i = 1; i < of->rows; i++) {
    if (strcmp(of->outer[i], of->outer[i - 1]) == 0) return true;
  }
  return false;
}

static bool same_inner(const cli_nested *of) {
  for (int64_t i = 1; i < of->rows; i++) {
    if (strcmp(of->inner[i], of->inner[0]) != 0) return false;
  }
  return true;
}

cli_nest cli_nest_rows(const cli_nested *of, cli_grid **grid) {
  cli_nest nest = cli_new_nest(2 * of->rows);
  const bool nested = is_nested(of), same = same_inner(of);
  for (int64_t i = 0; i < of->rows; i++) {
    const char *outer = of->outer[i], *inner = of->inner[i];
    if (nested && (i == 0 || strcmp(outer, of->outer[i - 1]) != 0)) {
      cli_nest_add(&nest, -1, of->note == NULL ? outer : cli_format("%s%s", outer, of->note[i]));
    }
    cli_nest_add(&nest, (int32_t)i, nested ? cli_format("  %s", inner) : same ? outer : cli_format("%s: %s", outer, inner));
  }
  *grid = nested ? cli_nest_grid(&nest, of->outer_name, cli_format("  %s", of->inner_name))
                 : cli_nest_grid(&nest, NULL, of->outer_name);
  return nest;
}

void cli_nest_interval(cli_grid *grid, const cli_nest *nest, const cli_limits *limits, const cli_marks *marks) {
  const char **low = cli_nest_shown(nest, limits->low, limits->format);
  const char **high = cli_nest_shown(nest, limits->high, limits->format);
  const char *between = limits->to ? cli_said(" to ") : cli_either("\u2013", "-");
  cli_nest_column(grid, nest, NULL, cli_level_header(limits->level),
                  cli_interval_cells(low, high, nest->rows, between, cli_nest_marks(nest, marks)));
}

void cli_nest_p(cli_grid *grid, const cli_nest *nest, const double *p) {
  const char **cells = cli_nest_shown(nest, p, cli_p_cell);
  cli_align(cells, nest->rows, true);
  cli_nest_column(grid, nest, NULL, "p", cells);
}
