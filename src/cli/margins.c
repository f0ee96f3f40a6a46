/* Margins of a population: the files of --margins, and what they say of the combinations of levels that a sample has. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

/* ---- the files ---- */

/* What comes of the rows of such a file. */
typedef struct margin_rows {
  int32_t columns, numbers;  /* of the file; which of them has the numbers */
  int64_t rows, room;
  int32_t **code;            /* [columns][room] */
  double *value;             /* [room] */
} margin_rows;

static weeg_status take_margin(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  margin_rows *x = (margin_rows *)ctx;
  const int64_t rows = x->rows + chunk->rows;
  if (rows > INT32_MAX / 2) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "a margin has more than 2^30 rows");
  if (rows > x->room) {
    x->room = 2 * rows;
    for (int32_t c = 0; c < x->columns; c++) {
      int32_t *larger = CLI_NEW(int32_t, x->room);
      if (x->rows > 0) memcpy(larger, x->code[c], (size_t)x->rows * sizeof *larger);
      x->code[c] = larger;
    }
    double *larger = CLI_NEW(double, x->room);
    if (x->rows > 0) memcpy(larger, x->value, (size_t)x->rows * sizeof *larger);
    x->value = larger;
  }
  for (int32_t c = 0; c < x->columns; c++) {
    if (c != x->numbers) memcpy(x->code[c] + x->rows, chunk->codes[c], (size_t)chunk->rows * sizeof **x->code);
    else memcpy(x->value + x->rows, chunk->numbers[c], (size_t)chunk->rows * sizeof *x->value);
  }
  x->rows = rows;
  return WEEG_OK;
}

/* The column of numbers: the only one that is no variable of the data, else Freq or n, which may be variables as well. */
static int32_t find_numbers(const cli_rows *r, const char *path, const cli_list *columns) {
  int32_t other = -1, usual = -1, others = 0, usuals = 0;
  for (int32_t c = 0; c < columns->count; c++) {
    const char *name = columns->item[c];
    if (!cli_has_column(r, name)) other = c, others++;
    if (strcmp(name, "Freq") == 0 || strcmp(name, "n") == 0) usual = c, usuals++;
  }
  if (others == 1) return other;
  if (usuals == 1) return usual;
  cli_fail("%s: cannot tell which column of a margin has the numbers (%s); call it Freq or n", path,
           cli_listed(columns, ", "));
}

static void clear_levels(void *levels) { weeg_field_levels_clear((weeg_field_levels *)levels); }

static void close_csv(void *csv) { weeg_csv_close((weeg_csv *)csv); }

/* The names of the columns, which are all different. */
static cli_list columns_of(const weeg_csv *csv, const char *path) {
  cli_list columns = {0};
  for (int32_t c = 0; c < weeg_csv_columns(csv); c++) {
    const char *name = weeg_csv_name(csv, c);
    for (int32_t k = 0; k < c; k++) {
      if (strcmp(columns.item[k], name) == 0) cli_fail("%s has two columns %s: variables need names of their own", path, name);
    }
    cli_push(&columns, name);
  }
  if (columns.count < 2) cli_fail("%s: a margin has the columns of its variables, and one of numbers", path);
  return columns;
}

/* Texts of a column are read as those of the data are: as --text says. */
static bool read_as_text(const cli_rows *r, const char *name) {
  for (int32_t i = 0; i < r->text.count; i++) {
    if (strcmp(r->text.item[i], name) == 0) return true;
  }
  return false;
}

static const char *name_of_row(const cli_margin *m, int32_t row) {
  cli_list parts = {0};
  for (int32_t v = 0; v < m->variables.count; v++) cli_push(&parts, m->levels[v].text[m->level[v][row] - 1]);
  return cli_join(&parts, ", ");
}

const char *cli_margin_label(const cli_margin *m) { return cli_join(&m->variables, " + "); }

/* Each combination of levels stands there once, with a number. */
static void check_margin(cli_margin *m) {
  weeg_error err = cli_error();
  double sum = 0;
  int32_t *number = CLI_NEW(int32_t, m->rows);
  if (m->rows == 0) cli_fail("%s has no rows", m->path);
  for (int32_t i = 0; i < m->rows; i++) {
    for (int32_t v = 0; v < m->variables.count; v++) {
      if (m->level[v][i] < 1) cli_fail("%s: %s is missing in row %d", m->path, m->variables.item[v], (int)i + 1);
    }
    if (!isfinite(m->value[i]) || m->value[i] < 0) {
      cli_fail("%s: the number for %s is %s; it must be a count or a share", m->path, name_of_row(m, i),
               isnan(m->value[i]) ? cli_said("missing") : cli_format("%.7g", m->value[i]));
    }
    sum += m->value[i];
  }
  if (!(sum > 0)) cli_fail("%s is 0 for all levels", m->path);
  m->combos.width = m->variables.count;
  cli_check(weeg_combos_number(&m->combos, (const int32_t *const *)m->level, 0, m->rows, number, &err), &err);
  for (int32_t i = 0; i < m->rows; i++) {
    if (number[i] != i + 1) cli_fail("%s has %s twice", m->path, name_of_row(m, i));
  }
}

static void release_combos(void *combos) { weeg_combos_clear((weeg_combos *)combos); }

static void read_margin(const cli_rows *r, const char *path, cli_margin *m) {
  weeg_error err = cli_error();
  weeg_csv *csv = NULL;
  const weeg_hooks hooks = cli_hooks(r->options);
  const char *shown = cli_format("--margins %s", cli_shown_path(path));
  if (weeg_csv_open(path, NULL, &csv, &err) != WEEG_OK) cli_fail("%s: %s", shown, err.message);
  cli_keep(csv, close_csv);
  const weeg_source source = weeg_csv_source(csv);
  const cli_list columns = columns_of(csv, shown);
  margin_rows x = {.columns = columns.count, .numbers = find_numbers(r, shown, &columns)};
  weeg_field *field = CLI_NEW(weeg_field, columns.count);
  x.code = CLI_NEW(int32_t *, columns.count);
  for (int32_t c = 0; c < columns.count; c++) {
    field[c] = (weeg_field){.column = c, .numbers = c == x.numbers, .text = read_as_text(r, columns.item[c])};
  }
  if (source.read(source.ctx, &(weeg_fields){field, columns.count, &hooks}, take_margin, &x, &err) != WEEG_OK) {
    cli_fail("%s: %s", shown, err.message);
  }
  *m = (cli_margin){.path = shown, .rows = (int32_t)x.rows, .value = x.value};
  m->level = CLI_NEW(int32_t *, columns.count);
  m->levels = CLI_NEW(weeg_texts, columns.count);
  for (int32_t c = 0; c < columns.count; c++) {
    if (c == x.numbers) continue;
    weeg_field_levels *found = CLI_NEW(weeg_field_levels, 1);
    cli_check(source.levels(source.ctx, c, found, &err), &err);
    cli_keep(found, clear_levels);
    const int32_t v = m->variables.count;
    for (int32_t i = 0; i < m->rows; i++) x.code[c][i] = found->level[x.code[c][i]];
    m->level[v] = x.code[c];
    m->levels[v] = found->variable.levels;
    cli_push(&m->variables, columns.item[c]);
  }
  cli_keep(&m->combos, release_combos);
  check_margin(m);
}

static bool same_variables(const cli_margin *a, const cli_margin *b) {
  int32_t same = 0;
  for (int32_t i = 0; i < a->variables.count; i++) {
    for (int32_t k = 0; k < b->variables.count; k++) same += strcmp(a->variables.item[i], b->variables.item[k]) == 0;
  }
  return same == a->variables.count && same == b->variables.count;
}

cli_margin *cli_read_margins(const cli_rows *r) {
  const cli_list *paths = &r->options->margins;
  cli_margin *margins = CLI_NEW(cli_margin, paths->count);
  for (int32_t i = 0; i < paths->count; i++) {
    read_margin(r, paths->item[i], &margins[i]);
    for (int32_t k = 0; k < i; k++) {
      if (same_variables(&margins[k], &margins[i])) cli_fail("there are two margins of %s", cli_margin_label(&margins[i]));
    }
  }
  return margins;
}

/* ---- one population ---- */

/* As R's sum(). */
static double sum_of(const double *x, int32_t count) {
  long double sum = 0;
  for (int32_t i = 0; i < count; i++) sum += x[i];
  return (double)sum;
}

static bool all_below_one(const cli_margin *m) {
  for (int32_t i = 0; i < m->rows; i++) {
    if (m->value[i] > 1) return false;
  }
  return true;
}

/* The total of the margins that are counts; of shares alone, the sum of weights. */
static double find_total(const cli_margin *margins, int32_t count, const double *totals, double weights) {
  double total = weights;
  cli_list said = {0};
  bool known = false, differ = false;
  for (int32_t i = 0; i < count; i++) {
    if (fabs(totals[i] - 1) < 1e-6) continue;
    if (all_below_one(&margins[i])) {
      cli_fail("%s: the shares sum to %.6g, not 1; divide them by their sum, if that is what you mean", margins[i].path,
               totals[i]);
    }
    if (!known) total = totals[i];
    known = true;
    cli_push(&said, cli_format("%.10g (%s)", totals[i], cli_margin_label(&margins[i])));
    differ = differ || fabs(totals[i] / total - 1) > 1e-6;
  }
  if (differ) {
    cli_fail("the margins contradict one another: their totals are %s; give shares, or scale the counts to one total",
             cli_join(&said, ", "));
  }
  return total;
}

void cli_scale_margins(cli_margin *margins, int32_t count, const double *weight, int32_t cells) {
  double *totals = CLI_NEW(double, count);
  const double weights = sum_of(weight, cells);
  for (int32_t i = 0; i < count; i++) totals[i] = sum_of(margins[i].value, margins[i].rows);
  const double total = find_total(margins, count, totals, weights);
  for (int32_t i = 0; i < count; i++) {
    /* rounded percentages; of about 100 people they may be counts */
    if (fabs(totals[i] - 100) < 0.55 && fabs(log(weights / 100)) > log(1.5)) {
      cli_fail("%s: the numbers sum to %.6g, as percentages do, but are taken as counts of people; divide percentages by "
               "their sum: shares, which sum to 1, are understood", margins[i].path, totals[i]);
    }
    for (int32_t k = 0; k < margins[i].rows; k++) margins[i].value[k] = margins[i].value[k] / totals[i] * total;
  }
}

/* ---- the levels of the sample ---- */

typedef struct numbered_text {
  const char *text;
  int32_t level;
} numbered_text;

static int by_text(const void *a, const void *b) {
  return strcmp(((const numbered_text *)a)->text, ((const numbered_text *)b)->text);
}

/* Of each of some texts its place, from 1, among others; 0: it is not there. */
static int32_t *places_among(const weeg_texts *texts, const weeg_texts *others) {
  int32_t *place = CLI_NEW(int32_t, texts->count);
  numbered_text *sorted = CLI_NEW(numbered_text, others->count);
  for (int32_t l = 0; l < others->count; l++) sorted[l] = (numbered_text){others->text[l], l + 1};
  qsort(sorted, (size_t)others->count, sizeof *sorted, by_text);
  for (int32_t l = 0; l < texts->count; l++) {
    const numbered_text key = {texts->text[l], 0};
    const numbered_text *found = bsearch(&key, sorted, (size_t)others->count, sizeof *sorted, by_text);
    place[l] = found == NULL ? 0 : found->level;
  }
  return place;
}

static int32_t place_of_variable(const cli_sampled *s, const char *name) {
  int32_t v = 0;
  while (strcmp(s->variable[v]->name, name) != 0) v++;
  return v;
}

static int64_t rows_at(const cli_sampled *s, const int32_t *number, int32_t which) {
  int64_t rows = 0;
  for (int32_t c = 0; c < s->cells; c++) rows += number[c] == which ? s->n[c] : 0;
  return rows;
}

/* Levels with rows have a target, and levels with a target have rows. */
static void check_levels(const cli_margin *m, const cli_sampled *s, const int32_t *of, const int32_t *number) {
  const char *label = cli_margin_label(m);
  bool *met = CLI_NEW(bool, m->rows);
  for (int32_t c = 0; c < s->cells; c++) {
    if (number[c] <= m->rows) {
      met[number[c] - 1] = true;
      continue;
    }
    cli_list parts = {0};
    for (int32_t v = 0; v < m->variables.count; v++) {
      cli_push(&parts, s->variable[of[v]]->levels.text[s->level[of[v]][c] - 1]);
    }
    cli_fail("there is no target for %s = %s (in %s), which %s; give it a target, or combine levels", label,
             cli_join(&parts, ", "), m->path, cli_counted((double)rows_at(s, number, number[c]), "row has", "rows have"));
  }
  for (int32_t i = 0; i < m->rows; i++) {
    if (!met[i] && m->value[i] > 0) {
      cli_fail("no row has %s = %s, for which the target is %.7g (in %s); combine it with another level, in the data and in "
               "the target", label, name_of_row(m, i), m->value[i], m->path);
    }
    if (met[i] && m->value[i] == 0) {
      cli_fail("the target for %s = %s is 0 (in %s), but %s it; leave these rows out of the file, or give a target",
               label, name_of_row(m, i), m->path, cli_counted((double)rows_at(s, number, i + 1), "row has", "rows have"));
    }
  }
}

int32_t cli_match_margin(cli_margin *m, const cli_sampled *s, int32_t *column) {
  weeg_error err = cli_error();
  const int32_t variables = m->variables.count;
  int32_t **codes = CLI_NEW(int32_t *, variables), *of = CLI_NEW(int32_t, variables);
  int32_t *number = CLI_NEW(int32_t, s->cells), *kept = CLI_NEW(int32_t, m->rows), count = 0;
  for (int32_t v = 0; v < variables; v++) {
    of[v] = place_of_variable(s, m->variables.item[v]);
    const int32_t *place = places_among(&s->variable[of[v]]->levels, &m->levels[v]);
    codes[v] = CLI_NEW(int32_t, s->cells);
    for (int32_t c = 0; c < s->cells; c++) codes[v][c] = place[s->level[of[v]][c] - 1];
  }
  /* combinations that the margin does not have get numbers behind its own */
  cli_check(weeg_combos_number(&m->combos, (const int32_t *const *)codes, m->rows, s->cells, number, &err), &err);
  check_levels(m, s, of, number);
  for (int32_t c = 0; c < s->cells; c++) kept[number[c] - 1] = 1;
  m->kept = CLI_NEW(int32_t, m->rows);
  for (int32_t i = 0; i < m->rows; i++) {
    if (kept[i] == 0) continue;
    m->kept[count] = i;
    kept[i] = ++count;
  }
  for (int32_t c = 0; c < s->cells; c++) column[c] = kept[number[c] - 1] - 1;
  m->columns = count;
  return count;
}

const char *cli_margin_level(const cli_margin *m, int32_t column) {
  return cli_format("%s = %s", cli_margin_label(m), name_of_row(m, m->kept[column]));
}
