/* Answers a CSTABULATE request: figures of each table, and the syntax with which PSPP prints them as pivot tables. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "pspp/pspp.h"

/* A figure of a table, percentages as such. */
typedef struct figure {
  bool use;
  double estimate, se, low, high, deff;
} figure;

/* A table; without BY it has no columns. Levels without cases are left out. */
typedef struct table {
  const pspp_request *request;
  const cli_data *data;
  const char *name, *by, *layer;         /* labels; layer NULL: of all */
  int32_t rows, columns;
  const char **row_label, **column_label; /* one more than there are: "Total" */
  int32_t *row, *column, *both;          /* of each cell of the tally, -1: none; both: row * columns + column */
  int64_t *n;                            /* [(rows + 1) * (columns + 1)] */
  double df;
  figure *figure;                        /* likewise */
} table;

/* What is said below the tables. */
typedef struct remarks {
  cli_list list;
  double low, high;   /* degrees of freedom, of all tables */
} remarks;

/* ---- PSPP's syntax ---- */

/* In double quotes, those within doubled. */
static void add_quoted(cli_text *out, const char *text) {
  cli_add(out, "\"");
  for (text = cli_visible(text); *text != '\0'; text++) {
    cli_add_bytes(out, text, 1);
    if (*text == '"') cli_add_bytes(out, text, 1);
  }
  cli_add(out, "\"");
}

/* A number as MATRIX reads it; what does not exist is the system-missing value. */
static void add_number(cli_text *out, double x) { cli_addf(out, "%.17g", isfinite(x) ? x : -DBL_MAX); }

static void print_matrix(cli_text *out, const char *title, const double *x, const cli_list *rows, const cli_list *columns,
                         const char *format) {
  cli_add(out, "PRINT {");
  for (int32_t i = 0; i < rows->count; i++) {
    for (int32_t k = 0; k < columns->count; k++) {
      if (k > 0) cli_add(out, ",");
      add_number(out, x[i * columns->count + k]);
    }
    cli_add(out, i + 1 < rows->count ? ";\n" : "}\n");
  }
  cli_addf(out, "  /FORMAT=%s /TITLE=", format);
  add_quoted(out, title);
  for (int side = 0; side < 2; side++) {
    const cli_list *labels = side == 0 ? rows : columns;
    cli_add(out, side == 0 ? "\n  /RLABELS=" : "\n  /CLABELS=");
    for (int32_t i = 0; i < labels->count; i++) {
      if (i > 0) cli_add(out, ",\n    ");
      add_quoted(out, labels->item[i]);
    }
  }
  cli_add(out, ".\n");
}

void pspp_add_note(cli_text *out, const char *text) {
  cli_add(out, "ECHO ");
  add_quoted(out, text);
  cli_add(out, ".\n");
}

/* ---- which cell is where ---- */

static const char *label_of(const weeg_variable *v) {
  return v->label == NULL || v->label[0] == '\0' ? v->name : cli_format("%s (%s)", v->label, v->name);
}

/* Numbers the levels of a variable that occur where both variables are known, and names them. */
static int32_t number_levels(const cli_data *data, int32_t v, const bool *known, const int64_t *n, int32_t **position,
                             const char ***labels) {
  const weeg_variable *variable = &data->variable[v];
  const int32_t levels = variable->levels.count;
  int32_t *number = CLI_NEW(int32_t, (int64_t)levels + 1), count = 0;
  *position = cli_positions(data, v);
  *labels = CLI_NEW(const char *, (int64_t)levels + 1);
  for (int32_t c = 0; c < data->tally->cells; c++) {
    if (known[c] && n[c] > 0) number[(*position)[c]] = 1;
  }
  for (int32_t k = 0; k < levels; k++) {
    if (number[k] != 0) (*labels)[count] = variable->levels.text[k];
    number[k] = number[k] != 0 ? count++ : -1;
  }
  number[levels] = -1;
  (*labels)[count] = "Total";
  for (int32_t c = 0; c < data->tally->cells; c++) (*position)[c] = number[(*position)[c]];
  return count;
}

static void place_cells(table *t) {
  weeg_error err = cli_error();
  const cli_data *data = t->data;
  const int32_t cells = data->tally->cells;
  int64_t *n = CLI_NEW(int64_t, cells);
  bool *known = CLI_NEW(bool, cells);
  cli_check(weeg_tally_totals(data->tally, n, NULL, &err), &err);
  for (int32_t c = 0; c < cells; c++) known[c] = true;
  for (int32_t v = 0; v < data->variables; v++) {
    const int32_t *position = cli_positions(data, v);
    for (int32_t c = 0; c < cells; c++) known[c] = known[c] && position[c] < data->variable[v].levels.count;
  }
  t->rows = number_levels(data, 0, known, n, &t->row, &t->row_label);
  if (data->variables > 1) t->columns = number_levels(data, 1, known, n, &t->column, &t->column_label);
  t->both = CLI_NEW(int32_t, cells);
  const int32_t width = t->columns + 1;
  t->n = CLI_NEW(int64_t, (int64_t)(t->rows + 1) * width);
  for (int32_t c = 0; c < cells; c++) {
    const bool there = t->row[c] >= 0 && (t->column == NULL || t->column[c] >= 0);
    t->both[c] = !there ? -1 : t->column == NULL ? t->row[c] : t->row[c] * t->columns + t->column[c];
    if (!there) continue;
    if (t->column != NULL) t->n[t->row[c] * width + t->column[c]] += n[c];
    if (t->column != NULL) t->n[t->rows * width + t->column[c]] += n[c];
    t->n[t->row[c] * width + t->columns] += n[c];
    t->n[t->rows * width + t->columns] += n[c];
  }
}

/* ---- figures ---- */

static figure *at(const table *t, int32_t r, int32_t c) { return &t->figure[r * (t->columns + 1) + c]; }

static figure share_figure(const weeg_share *s) {
  return (figure){true, 100 * s->estimate, 100 * s->std_error, 100 * s->low, 100 * s->high, s->deff};
}

static weeg_share *shares_of(const table *t, const int32_t *group, int32_t groups, const int32_t *level, int32_t levels) {
  return cli_find_shares(t->data, &(weeg_places){group, groups, level, levels, NULL, 0}, "logit", t->request->level);
}

/* In one group: all cells, as level[] has them where both variables are known. */
static weeg_share *margin_of(const table *t, const int32_t *level, int32_t levels) {
  int32_t *where = CLI_NEW(int32_t, t->data->tally->cells);
  for (int32_t c = 0; c < t->data->tally->cells; c++) where[c] = t->both[c] < 0 ? -1 : level[c];
  return shares_of(t, NULL, 1, where, levels);
}

static void fill_margins(const table *t, bool rows, bool columns) {
  const weeg_share *r = margin_of(t, t->row, t->rows), *c = margin_of(t, t->column, t->columns);
  for (int32_t i = 0; i < t->rows && rows; i++) *at(t, i, t->columns) = share_figure(&r[i]);
  for (int32_t k = 0; k < t->columns && columns; k++) *at(t, t->rows, k) = share_figure(&c[k]);
}

static void fill_percentages(const table *t, int kind) {
  if (t->by == NULL) {
    const weeg_share *s = margin_of(t, t->row, t->rows);
    for (int32_t i = 0; i < t->rows; i++) *at(t, i, 0) = share_figure(&s[i]);
    return;
  }
  const weeg_share *s = kind == PSPP_ROWPCT   ? shares_of(t, t->row, t->rows, t->column, t->columns)
                        : kind == PSPP_COLPCT ? shares_of(t, t->column, t->columns, t->row, t->rows)
                                              : margin_of(t, t->both, t->rows * t->columns);
  for (int32_t i = 0; i < t->rows; i++) {
    for (int32_t k = 0; k < t->columns; k++) {
      *at(t, i, k) = share_figure(&s[kind == PSPP_COLPCT ? k * t->rows + i : i * t->columns + k]);
    }
  }
  fill_margins(t, kind != PSPP_ROWPCT, kind != PSPP_COLPCT);
}

/* Totals of the cells with each output, to figure index[output]. */
static void add_totals(const table *t, const int32_t *output, int32_t outputs, const int32_t *index) {
  weeg_error err = cli_error();
  weeg_total *totals = CLI_NEW(weeg_total, outputs);
  const weeg_places places = {.answer = output, .answers = outputs};
  cli_check_estimate(weeg_totals(cli_survey(t->data), &places, t->request->level, totals, &err), &err, t->data);
  for (int32_t o = 0; o < outputs; o++) {
    const weeg_total *x = &totals[o];
    t->figure[index[o]] = (figure){true, x->estimate, x->std_error, x->low, x->high, NAN};
  }
}

static void fill_sizes(const table *t) {
  const int32_t width = t->columns + 1, cells = t->data->tally->cells, places = (t->rows + 1) * width;
  int32_t *output = CLI_NEW(int32_t, cells), *index = CLI_NEW(int32_t, places);
  /* cells, totals of rows, totals of columns and of all are sets of cells that overlap: one call for each kind */
  for (int kind = 0; kind < 4; kind++) {
    const bool total_column = kind % 2 == 1, total_row = kind >= 2;
    if (t->by == NULL && !total_column) continue;
    const int32_t rows = total_row ? 1 : t->rows, columns = total_column ? 1 : t->columns;
    for (int32_t o = 0; o < rows * columns; o++) {
      index[o] = (total_row ? t->rows : o / columns) * width + (total_column ? t->columns : o % columns);
    }
    for (int32_t c = 0; c < cells; c++) {
      const int32_t r = total_row ? 0 : t->row[c], k = total_column ? 0 : t->column[c];
      output[c] = t->both[c] < 0 ? -1 : r * columns + k;
    }
    add_totals(t, output, rows * columns, index);
  }
}

/* ---- printing ---- */

static const char *title_of(const table *t, const char *what) {
  const char *of = t->by == NULL ? t->name : cli_format("%s by %s", t->name, t->by);
  return t->layer == NULL ? cli_format("%s: %s", of, what) : cli_format("%s: %s. %s", of, what, t->layer);
}

static double statistic(const figure *f, int which) {
  switch (which) {
  case PSPP_SE: return f->se;
  case PSPP_CV: return f->estimate > 0 ? (f->se / f->estimate) : NAN;
  case PSPP_DEFF: return f->deff;
  default: return sqrt(f->deff);
  }
}

/* The name of a column of the table. */
static cli_list columns_of(const pspp_request *r, int kind) {
  static const char *const names[] = {"Standard Error", "Coefficient of Variation", "Design Effect",
                                      "Square Root Design Effect"};
  cli_list columns = {0};
  const char *level = cli_format("%.7g%% CI", 100 * r->level);
  cli_push(&columns, "Estimate");
  if (r->statistic[PSPP_CUMULATIVE]) cli_push(&columns, "Cumulative");
  for (int i = PSPP_SE; i <= PSPP_DEFFSQRT; i++) {
    if (r->statistic[i] && (kind != PSPP_POPSIZE || i < PSPP_DEFF)) cli_push(&columns, names[i]);
  }
  if (r->statistic[PSPP_CIN]) {
    cli_push(&columns, cli_format("%s Lower", level));
    cli_push(&columns, cli_format("%s Upper", level));
  }
  return columns;
}

static const char *line_label(const table *t, int32_t r, int32_t k) {
  return t->by == NULL ? t->row_label[r] : cli_format("%s: %s", t->row_label[r], t->column_label[k]);
}

static void print_figures(const table *t, int kind, cli_text *out) {
  const char *const titles[] = {"Population Size", "% within", "% within", "% of Total"};
  const pspp_request *request = t->request;
  const int32_t places = (t->rows + 1) * (t->columns + 1);
  const cli_list columns = columns_of(request, kind);
  cli_list lines = {0};
  double *x = CLI_NEW(double, (int64_t)places * columns.count);
  int64_t used = 0;
  double cumulative = 0;
  memset(t->figure, 0, (size_t)places * sizeof *t->figure);
  if (kind == PSPP_POPSIZE) fill_sizes(t);
  else fill_percentages(t, kind);
  for (int32_t i = 0; i < places; i++) {
    const figure *f = &t->figure[i];
    if (!f->use) continue;
    cli_push(&lines, line_label(t, i / (t->columns + 1), i % (t->columns + 1)));
    x[used++] = f->estimate;
    if (request->statistic[PSPP_CUMULATIVE]) x[used++] = i < t->rows ? (cumulative += f->estimate) : NAN;
    for (int k = PSPP_SE; k <= PSPP_DEFFSQRT; k++) {
      if (request->statistic[k] && (kind != PSPP_POPSIZE || k < PSPP_DEFF)) x[used++] = statistic(f, k);
    }
    if (!request->statistic[PSPP_CIN]) continue;
    x[used++] = f->low;
    x[used++] = f->high;
  }
  const bool within = kind == PSPP_ROWPCT || kind == PSPP_COLPCT;
  const char *what = within ? cli_format("%s %s", titles[kind], kind == PSPP_ROWPCT ? t->name : t->by) : titles[kind];
  /* persons are whole, unless the weights are small or a coefficient needs its decimals */
  const bool whole = t->figure[places - 1].estimate >= 1e4 && !request->statistic[PSPP_CV];
  print_matrix(out, title_of(t, what), x, &lines, &columns, kind != PSPP_POPSIZE ? "F10.3" : whole ? "F12.0" : "F15.3");
}

static void print_counts(const table *t, cli_text *out) {
  const int32_t width = t->columns + 1;
  cli_list rows = {0}, columns = {0};
  double *x = CLI_NEW(double, (int64_t)(t->rows + 1) * width);
  for (int32_t i = 0; i <= t->rows; i++) cli_push(&rows, t->row_label[i]);
  for (int32_t k = 0; k <= t->columns; k++) cli_push(&columns, t->by == NULL ? "Count" : t->column_label[k]);
  for (int32_t i = 0; i < (t->rows + 1) * width; i++) x[i] = (double)t->n[i];
  print_matrix(out, title_of(t, "Unweighted Count"), x, &rows, &columns, "F10.0");
}

static weeg_test find_test(const table *t) {
  weeg_error err = cli_error();
  weeg_test test = {0};
  double *shares = CLI_NEW(double, t->rows);
  for (int32_t k = 0; k < t->rows; k++) shares[k] = 1.0 / t->rows;
  const weeg_places crossed = {t->row, t->rows, t->column, t->columns, NULL, 0}, alone = {.answer = t->row, .answers = t->rows};
  const weeg_test_choice choice = {.method = WEEG_TEST_RAO_SCOTT_F, .shares = shares};
  const weeg_survey *survey = cli_survey(t->data);
  cli_check_estimate(t->by != NULL ? weeg_test_independence(survey, &crossed, &choice, &test, &err)
                                   : weeg_test_shares(survey, &alone, &choice, &test, &err),
                     &err, t->data);
  return test;
}

static void print_test(const table *t, cli_text *out, remarks *notes) {
  static const char *const names[] = {"Pearson Chi-Square", "Adjusted F", "df1", "df2", "Sig."};
  const weeg_test test = find_test(t);
  const double x[] = {test.chisq, test.statistic, test.df1, test.df2, test.p_value};
  cli_list rows = {0}, columns = {0};
  cli_push(&rows, t->by != NULL ? "Independence" : "Homogeneity");
  for (int k = 0; k < 5; k++) cli_push(&columns, names[k]);
  print_matrix(out, title_of(t, t->by != NULL ? "Test of Independence" : "Test of Homogeneity"), x, &rows, &columns, "F12.4");
  if (test.reason != WEEG_REASON_NONE) {
    cli_push(&notes->list, cli_format("%s: no test: %s.", title_of(t, "test"), weeg_reason_text(test.reason)));
  }
}

/* A stratum with one PSU is said in the words of the request, before anything else is estimated. */
static void find_df(table *t) {
  weeg_error err = cli_error();
  int64_t df = 0;
  const weeg_places places = {.answer = t->both, .answers = t->rows * (t->columns > 0 ? t->columns : 1)};
  const weeg_estimates to = {.variance = CLI_NEW(double, (int64_t)t->rows * (t->columns + 1)), .df = &df};
  const weeg_status status = weeg_proportions(cli_survey(t->data), &places, &to, &err);
  const char *lonely = cli_lonely_text(status, &err, t->data);
  if (lonely != NULL) {
    cli_fail("CSTABULATE: %s; combine it with a similar stratum, or choose what it should contribute: /LONELY=ADJUST (or "
             "REMOVE, CERTAINTY, AVERAGE)", lonely);
  }
  cli_check(status, &err);
  t->df = (double)df;
}

static void print_table(const pspp_request *request, const cli_data *data, const char *layer, cli_text *out,
                        remarks *notes) {
  table t = {.request = request, .data = data, .layer = layer, .name = label_of(&data->variable[0])};
  if (data->variables > 1) t.by = label_of(&data->variable[1]);
  place_cells(&t);
  if (t.rows == 0) {
    cli_push(&notes->list, cli_format("%s: no valid cases.", title_of(&t, "table")));
    return;
  }
  t.figure = CLI_NEW(figure, (int64_t)(t.rows + 1) * (t.columns + 1));
  find_df(&t);
  if (!(notes->low <= t.df)) notes->low = t.df;
  if (!(notes->high >= t.df)) notes->high = t.df;
  for (int kind = 0; kind < PSPP_CELLS; kind++) {
    if (request->cell[kind]) print_figures(&t, kind, out);
  }
  if (request->statistic[PSPP_COUNT]) print_counts(&t, out);
  if (request->independence || request->homogeneity) print_test(&t, out, notes);
}

/* ---- the whole answer ---- */

/* The cells with this combination of levels of the last `count` variables, and with all variables known where asked. */
static cli_data *part_of(const cli_data *data, int32_t count, const int32_t *level, bool complete) {
  int32_t *cell = CLI_NEW(int32_t, data->tally->cells);
  for (int32_t c = 0; c < data->tally->cells; c++) cell[c] = c;
  for (int32_t k = 0; k < data->variables; k++) {
    const int32_t *position = cli_positions(data, k), layer = k - (data->variables - count);
    for (int32_t c = 0; c < data->tally->cells; c++) {
      if (complete && position[c] == data->variable[k].levels.count) cell[c] = -1;
      if (layer >= 0 && position[c] != level[layer]) cell[c] = -1;
    }
  }
  return cli_with_cells(data, cell, data->variable, data->variables);
}

/* The next combination of levels, the last variable fastest; false after the last one. */
static bool next_layer(const cli_data *data, int32_t count, int32_t *level) {
  for (int32_t k = count - 1; k >= 0; k--) {
    if (++level[k] < data->variable[data->variables - count + k].levels.count) return true;
    level[k] = 0;
  }
  return false;
}

/* The tables of one variable: one, or one for each subpopulation. names: what the tally is of, the variable first. */
static void print_variable(const pspp_request *r, const cli_data *data, int32_t v, cli_text *out, remarks *notes) {
  const int32_t count = r->subpop.count, first = data->variables - count;
  int32_t *level = CLI_NEW(int32_t, (int64_t)count + 1);
  cli_list names = {0};
  cli_push(&names, data->variable[v].name);
  if (r->by != NULL) cli_push(&names, data->variable[first - 1].name);
  for (int32_t k = 0; k < count; k++) {
    if (data->variable[first + k].levels.count == 0) return;
  }
  do {
    const cli_data *part = part_of(data, count, level, r->listwise);
    cli_list layers = {0};
    for (int32_t k = 0; k < count; k++) {
      const weeg_variable *layer = &data->variable[first + k];
      cli_push(&layers, cli_format("%s: %s", label_of(layer), layer->levels.text[level[k]]));
    }
    if (count > 0 && part->tally->entries == 0) continue;
    print_table(r, cli_fold(part, &names), count == 0 ? NULL : cli_join(&layers, "; "), out, notes);
  } while (next_layer(data, count, level));
}

static void note_design(const pspp_request *r, const cli_data *data, remarks *notes) {
  const double df[] = {notes->low, notes->high};
  const char *of_df = cli_df_text(df, NULL, 2);
  const char *omitted = data->omitted == 0 ? "" : cli_format(" (%s case%s without one left out)",
                                                             cli_count((double)data->omitted), data->omitted == 1 ? "" : "s");
  cli_push(&notes->list,
           cli_format("Design%s: weight %s%s; strata %s; clusters %s%s; population %s; %s%s.",
                      r->plan == NULL ? "" : cli_format(" (plan %s)", r->plan),
                      data->weights == NULL ? "none (1)" : data->weights, omitted,
                      data->strata_name == NULL ? "none" : data->strata_name,
                      data->cluster == NULL ? "none (cases)" : data->cluster,
                      data->cluster != NULL && data->strata_name != NULL ? " (numbered within strata)" : "",
                      data->fpc == NULL ? "infinite" : data->fpc,
                      cli_design_text(data), of_df == NULL ? "" : cli_format("; %s", of_df)));
}

static void note_conventions(const pspp_request *r, const cli_data *data, remarks *notes) {
  static const char *const lonely[] = {"an error", "no contribution", "no contribution", "distance from the overall mean",
                                       "average of the other strata"};
  const bool deff = r->statistic[PSPP_DEFF] || r->statistic[PSPP_DEFFSQRT];
  const char *scope = r->listwise ? "cases with all variables known are used, as a domain (SPSS: SCOPE=LISTWISE)"
                                  : "each table is of the cases known there, as a domain (SPSS: SCOPE=TABLE)";
  const char *classes = r->user_missing ? "; user-missing values are answers (SPSS: CLASSMISSING=INCLUDE)" : "";
  note_design(r, data, notes);
  const char *df = r->df == NULL ? "PSUs - strata of each domain" : "given";
  cli_push(&notes->list, cli_format("Conventions (weeg %s): variance Taylor; df %s; percentages logit limits, sizes t limits; "
                                      "test second-order Rao-Scott F, observed proportions; one PSU in a stratum: %s.",
                                      WEEG_VERSION, df, lonely[data->design.lonely]));
  cli_push(&notes->list, cli_format("Missing values: %s%s.", scope, classes));
  if (deff) {
    cli_push(&notes->list, cli_format("Design effects: against simple random sampling with replacement%s.",
                                        r->cell[PSPP_POPSIZE] ? "; of percentages, not of population sizes" : ""));
  }
  cli_push(&notes->list,
           "Cases that FILTER or SELECT IF leaves out are not in this design (/SUBPOP keeps it whole); SPLIT FILE is "
           "ignored.");
}

static void close_sav(void *x) { weeg_sav_close((weeg_sav *)x); }

/* A variable as the file spells it: names in SPSS are the same in upper and lower case. */
static const char *spelled(const weeg_sav *sav, const char *name, const char *where, bool number) {
  cli_list names = {0};
  if (name == NULL) return NULL;
  for (int32_t v = 0; v < sav->variables; v++) {
    cli_push(&names, sav->variable[v].name);
    if (!pspp_same(sav->variable[v].name, name)) continue;
    if (number && sav->variable[v].text) cli_fail("CSTABULATE: %s (in %s) is text, not a number", name, where);
    return sav->variable[v].name;
  }
  const char *near = cli_near(name, &names);
  if (near != NULL) cli_fail("CSTABULATE: there is no variable %s (in %s); did you mean %s?", name, where, near);
  cli_fail("CSTABULATE: there is no variable %s (in %s)", name, where);
}

/* Variables of stages, with commas between them; 1 stands for none. */
static const char *spelled_stages(const weeg_sav *sav, const char *names, const char *where, bool number) {
  cli_list spelled_names = {0};
  if (names == NULL) return NULL;
  const cli_list given = cli_split(names);
  for (int32_t k = 0; k < given.count; k++) {
    const bool none = given.count > 1 && strcmp(given.item[k], "1") == 0;
    cli_push(&spelled_names, none ? "1" : spelled(sav, given.item[k], where, number));
  }
  return cli_join(&spelled_names, ",");
}

/* The request with the names of the file. */
static pspp_request with_names(const pspp_request *asked, const char *path) {
  weeg_error err = cli_error();
  weeg_sav *sav = NULL;
  pspp_request r = *asked;
  cli_check(weeg_sav_open(path, NULL, &sav, &err), &err);
  cli_keep(sav, close_sav);
  r.variables = r.subpop = (cli_list){0};
  for (int32_t i = 0; i < asked->variables.count; i++) {
    cli_push(&r.variables, spelled(sav, asked->variables.item[i], "/TABLES", false));
  }
  r.by = spelled(sav, asked->by, "/TABLES", false);
  for (int32_t i = 0; i < asked->subpop.count; i++) {
    cli_push(&r.subpop, spelled(sav, asked->subpop.item[i], "/SUBPOP", false));
  }
  const char *plan = asked->plan == NULL ? NULL : cli_format("the plan %s", asked->plan);
  const bool unweighted = asked->weight != NULL && strcmp(asked->weight, "1") == 0; /* which is no name in SPSS */
  r.weight = unweighted ? "1" : spelled(sav, asked->weight, plan == NULL ? "/WEIGHT" : plan, true);
  r.strata = spelled_stages(sav, asked->strata, plan == NULL ? "/STRATA" : plan, false);
  r.cluster = spelled_stages(sav, asked->cluster, plan == NULL ? "/CLUSTER" : plan, false);
  r.fpc = spelled_stages(sav, asked->fpc, plan == NULL ? "/FPC" : plan, true);
  return r;
}

void pspp_answer(const pspp_request *asked, const char *path, cli_text *out) {
  const pspp_request named = with_names(asked, path), *r = &named;
  /* clusters lie within strata, as in SPSS */
  const cli_options options = {.weights = r->weight, .strata = r->strata, .cluster = r->cluster, .fpc = r->fpc, .nest = true,
                               .pspp = true, .user_missing = r->user_missing,
                               .na_weights = r->omit_unweighted ? "omit" : NULL};
  cli_data *data = NULL;
  remarks notes = {.low = NAN, .high = NAN};
  cli_add(out, "PRESERVE.\nSET MDISPLAY=TABLES.\nMATRIX.\n");
  for (int32_t i = 0; i < r->variables.count; i++) {
    cli_list names = {0};
    /* with SCOPE=LISTWISE one tally of all variables, else one for each: the cells of all together may be too many */
    for (int32_t k = 0; k < r->variables.count; k++) {
      if (r->listwise || k == i) cli_push(&names, r->variables.item[k]);
    }
    if (r->by != NULL) cli_push(&names, r->by);
    for (int32_t k = 0; k < r->subpop.count; k++) cli_push(&names, r->subpop.item[k]);
    if (i == 0 || !r->listwise) data = cli_load_rows(&options, path, &(cli_wanted){.names = names}, 1)[0];
    if (r->lonely != NULL) data->design.lonely = (weeg_lonely)cli_choice(r->lonely, WEEG_WORDS_LONELY, "/LONELY");
    if (r->df != NULL) data->design.given_df = cli_whole_number(r->df, "CSTABULATE: /DF", 1, INT32_MAX);
    print_variable(r, data, r->listwise ? i : 0, out, &notes);
  }
  note_conventions(r, data, &notes);
  cli_add(out, "END MATRIX.\nRESTORE.\n");
  for (int32_t i = 0; i < notes.list.count; i++) pspp_add_note(out, notes.list.item[i]);
}
