/* The columns of a file of rows, by name; and where a row is, for messages. */
#include <stdlib.h>
#include <string.h>

#include "numbers.h"
#include "rows.h"

const char *cli_shown_path(const char *path) { return strcmp(path, "-") == 0 ? cli_said("standard input") : path; }

/* The place in by_name of the first column that does not come before a name: halved, as files may have very many columns. */
static int32_t place_by_name(const cli_rows *r, const char *name) {
  int32_t low = 0, high = r->known.count;
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (strcmp(r->known.item[r->by_name[middle]], name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

static bool is_named(const cli_rows *r, int32_t place, const char *name) {
  return place < r->known.count && strcmp(r->known.item[r->by_name[place]], name) == 0;
}

typedef struct named_column {
  const char *name;
  int32_t number;
} named_column;

static int compare_names(const void *a, const void *b) {
  const named_column *x = (const named_column *)a, *y = (const named_column *)b;
  const int order = strcmp(x->name, y->name);
  return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

void cli_index_columns(cli_rows *r) {
  named_column *sorted = CLI_NEW(named_column, r->known.count);
  r->by_name = CLI_NEW(int32_t, r->known.count);
  r->wanted = CLI_NEW(int32_t, r->known.count);
  r->column = CLI_NEW(row_column, r->known.count);
  for (int32_t c = 0; c < r->known.count; c++) {
    sorted[c] = (named_column){r->known.item[c], c};
    r->wanted[c] = -1;
  }
  qsort(sorted, (size_t)r->known.count, sizeof *sorted, compare_names);
  for (int32_t c = 0; c < r->known.count; c++) r->by_name[c] = sorted[c].number;
}

bool cli_has_column(const cli_rows *r, const char *name) { return is_named(r, place_by_name(r, name), name); }

bool cli_is_none(const cli_rows *r, const char *name) {
  return (strcmp(name, "1") == 0 || strcmp(name, "0") == 0) && !cli_has_column(r, name);
}

int32_t cli_find_column(const cli_rows *r, const char *name, const char *where) {
  const int32_t place = place_by_name(r, name);
  if (is_named(r, place + 1, name)) {
    cli_fail("%s has two columns %s: variables need names of their own", cli_shown_path(r->path), name);
  }
  if (is_named(r, place, name)) return r->by_name[place];
  const char *hint = cli_expression_hint(name), *near = hint[0] == '\0' ? cli_near(name, &r->known) : NULL;
  if (near != NULL) cli_fail("there is no variable %s (in %s); did you mean %s?", name, where, near);
  cli_fail("there is no variable %s (in %s); there are %s%s", name, where, cli_listed(&r->known, ", "), hint);
}

int32_t cli_column_number(const cli_rows *r, const char *name) {
  const int32_t place = name == NULL ? r->known.count : place_by_name(r, name);
  return name != NULL && is_named(r, place, name) ? r->wanted[r->by_name[place]] : -1;
}

int32_t cli_code_count(const cli_rows *r, int32_t column) {
  return r->source.codes(r->source.ctx, column);
}

const char *cli_problem(const cli_rows *r, int32_t column) {
  return r->waves == NULL
             ? NULL
             : weeg_waves_problem(&r->source, cli_find_column(r, r->column[column].name, cli_said("the files")));
}

const weeg_sav_variable *cli_sav_variable(const cli_rows *r, const char *name) {
  if (r->source.sav == NULL) return NULL;
  const weeg_sav_variable *v = &r->source.sav->variable[cli_find_column(r, name, cli_said("the formula"))];
  return v->plain ? NULL : v;
}

const char *cli_file_of(const cli_rows *r, int64_t row) {
  if (r->waves == NULL || row < 0) return cli_shown_path(r->path);
  return r->waves->path.item[weeg_waves_file(&r->source, row, NULL)];
}

long long cli_row_number(const cli_rows *r, int64_t row) {
  int64_t first = 0;
  if (r->waves != NULL && row >= 0) (void)weeg_waves_file(&r->source, row, &first);
  return (long long)(row - first + 1);
}

const char *cli_place_of(const cli_rows *r, int64_t line, int64_t row) {
  const char *path = cli_in_pspp(r->options, "CSTABULATE", cli_file_of(r, row));
  return line > 0 ? cli_format("%s: line %lld", path, (long long)line) : path;
}

void cli_check_rows(const cli_rows *r, weeg_status status, const weeg_error *said) {
  weeg_error own = *said;
  const weeg_error *err = &own;
  const int64_t row = said->facts.row;
  if (r->waves != NULL && status != WEEG_OK && row >= 0) {
    weeg_error_move(&own, cli_row_number(r, row) - 1); /* the row of its file */
    own.line = said->line;
  }
  switch (status) {
  case WEEG_OK: break;
  case WEEG_ERR_CSV:
    cli_fail("%s%s; correct the file, or leave such records out with --on-error skip",
             r->waves != NULL ? "" : cli_format("%s: ", cli_shown_path(r->path)), err->message);
  case WEEG_ERR_FILE: cli_fail("%s: %s", cli_shown_path(r->path), err->message);
  case WEEG_ERR_WEIGHT:
    cli_fail("%s: %s%s; weights are numbers from 0 up (%s leaves out rows without one)", cli_place_of(r, err->line, row),
             err->message, err->count > 1 ? cli_format("; %s rows have this problem", cli_count((double)err->count)) : "",
             cli_in_pspp(r->options, "/MISSING WEIGHT=OMIT", "--na-weights omit"));
  case WEEG_ERR_MISSING:
    cli_fail("%s: %s; every row needs a stratum and a cluster", cli_place_of(r, err->line, row), err->message);
  default: cli_check(status, err);
  }
}

int32_t cli_want(cli_rows *r, const char *name, bool number, const char *where) {
  const int32_t at = cli_column_number(r, name);
  if (at >= 0 && r->column[at].number == number) return at;
  if (at >= 0) cli_fail("%s cannot be read as numbers and as categories at once; give the file a second column of it", name);
  r->wanted[cli_find_column(r, name, where)] = r->columns;
  r->column[r->columns] = (row_column){.name = name, .number = number};
  return r->columns++;
}
