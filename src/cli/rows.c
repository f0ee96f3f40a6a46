/* Rows of a file as a tally with names: the sample is checked, and one pass makes the tally. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static void free_tally(void *tally) { weeg_tally_free((weeg_tally *)tally); }

/* ---- columns ---- */

const char *cli_shown_path(const char *path) { return strcmp(path, "-") == 0 ? "standard input" : path; }

int32_t cli_find_column(const cli_rows *r, const char *name, const char *where) {
  int32_t found = -1;
  for (int32_t c = 0; c < r->known.count; c++) {
    if (strcmp(r->known.item[c], name) != 0) continue;
    if (found >= 0) cli_fail("%s has two columns %s", cli_shown_path(r->path), name);
    found = c;
  }
  if (found >= 0) return found;
  const char *near = cli_near(name, &r->known);
  if (near != NULL) cli_fail("there is no variable %s (in %s); did you mean %s?", name, where, near);
  cli_fail("there is no variable %s (in %s); there are %s", name, where, cli_join(&r->known, ", "));
}

static bool is_sav(const char *path) {
  static const char *const endings[] = {".sav", ".zsav", ".por"};
  const char *end = strrchr(path, '.');
  for (int i = 0; i < 3 && end != NULL; i++) {
    if (strcmp(end, endings[i]) == 0) return true;
  }
  return false;
}

static void open_file(cli_rows *r) {
  r->weight = r->options->weight;
  if (is_sav(r->path)) cli_open_sav(r);
  else cli_open_csv(r);
}

static void read_file(cli_rows *r) {
  if (r->sav != NULL) cli_read_sav(r);
  else cli_read_csv(r);
  if (r->count == 0) cli_fail("%s has no rows", cli_shown_path(r->path));
}

/* Adds a column to those that are read, unless it is among them. */
static void want(cli_rows *r, const char *name, bool number, const char *where) {
  if (name == NULL) return;
  for (int32_t k = 0; k < r->columns; k++) {
    if (strcmp(r->column[k].name, name) != 0) continue;
    if (r->column[k].number == number) return;
    cli_fail("%s cannot be read as numbers and as categories at once; give the file a second column of it", name);
  }
  (void)cli_find_column(r, name, where);
  row_column *more = CLI_NEW(row_column, (int64_t)r->columns + 1);
  if (r->columns > 0) memcpy(more, r->column, (size_t)r->columns * sizeof *more);
  more[r->columns++] = (row_column){.name = name, .number = number};
  r->column = more;
}

static const row_column *column_of(const cli_rows *r, const char *name) {
  for (int32_t k = 0; k < r->columns && name != NULL; k++) {
    if (strcmp(r->column[k].name, name) == 0) return &r->column[k];
  }
  return NULL;
}

int32_t cli_row_code(const row_column *c, int64_t row) {
  if (c->type == WEEG_CODE_U8) return ((const uint8_t *)c->codes)[row];
  return c->type == WEEG_CODE_U16 ? ((const uint16_t *)c->codes)[row] : ((const int32_t *)c->codes)[row];
}

/* There are no more levels than texts, but for FALSE and TRUE, so that the type has room for them. */
void cli_set_code(row_column *c, int64_t row, int32_t code) {
  if (c->type == WEEG_CODE_U8) ((uint8_t *)c->codes)[row] = (uint8_t)code;
  else if (c->type == WEEG_CODE_U16) ((uint16_t *)c->codes)[row] = (uint16_t)code;
  else ((int32_t *)c->codes)[row] = code;
}

/* ---- the sample ---- */

static weeg_column coded(const row_column *c) {
  if (c == NULL) return (weeg_column){NULL, WEEG_CODE_I32, 1};
  return (weeg_column){c->codes, c->type, c->variable.levels.count};
}

static weeg_texts labels_of(const row_column *c) {
  static char all[] = "all";
  weeg_texts texts = {1, CLI_NEW(char *, 1)};
  texts.text[0] = all;
  return c == NULL ? texts : c->variable.levels;
}

/* The file, and of CSV the line, of the row that a message is about. */
static const char *place_of(const cli_rows *r, const weeg_error *problem) {
  weeg_error err = {0};
  int64_t line = 0;
  const weeg_hooks hooks = cli_hooks(r->options);
  const char *path = cli_shown_path(r->path);
  if (r->csv == NULL || problem->where < 0) return path;
  /* standard input cannot be read again: then the message has the row only */
  if (weeg_csv_line(r->csv, r->fields, r->columns, problem->where, &hooks, &line, &err) != WEEG_OK) return path;
  return cli_format("%s: line %lld", path, (long long)line);
}

static void check_units(const cli_rows *r, weeg_status status, const weeg_error *err) {
  if (status == WEEG_ERR_MISSING) {
    cli_fail("%s: %s; every row needs a stratum and a cluster", place_of(r, err), err->message);
  }
  cli_check(status, err);
}

/* The error names the cluster and its strata by their labels. */
static void check_nesting(weeg_status status, const weeg_error *err, const weeg_texts *strata, const weeg_texts *psus) {
  if (status != WEEG_ERR_NESTING) return;
  int psu = 0, first = 0, second = 0;
  long long row = 0;
  if (sscanf(err->message, "PSU %d occurs in stratum %d and in stratum %d (row %lld", &psu, &first, &second, &row) != 4 ||
      psu < 1 || psu > psus->count || first < 1 || first > strata->count || second < 1 || second > strata->count) {
    cli_check(status, err);
  }
  cli_fail("cluster %s occurs in stratum %s and in stratum %s (row %lld); if cluster numbers start again in each stratum, "
           "say --nest",
           psus->text[psu - 1], strata->text[first - 1], strata->text[second - 1], row);
}

/* PSU codes of pairs of stratum and cluster, labelled "stratum/cluster". */
static weeg_column nest_psus(const cli_rows *r, const row_column *stratum, const row_column *cluster, cli_data *data) {
  weeg_error err = {0};
  const weeg_column s = coded(stratum), c = coded(cluster);
  const weeg_hooks hooks = cli_hooks(r->options);
  int32_t *nested = CLI_NEW(int32_t, r->count), psus = 0, *pair_stratum = NULL, *pair_psu = NULL;
  check_units(r, weeg_nest_psus(&s, &c, r->count, &hooks, nested, &psus, &pair_stratum, &pair_psu, &err), &err);
  cli_keep(pair_stratum, weeg_free);
  cli_keep(pair_psu, weeg_free);
  data->psus = (weeg_texts){psus, CLI_NEW(char *, psus)};
  for (int32_t u = 0; u < psus; u++) {
    data->psus.text[u] = cli_format("%s/%s", stratum->variable.levels.text[pair_stratum[u]],
                                    cluster->variable.levels.text[pair_psu[u]]);
  }
  data->design.psu_stratum = pair_stratum;
  return (weeg_column){nested, WEEG_CODE_I32, psus};
}

static weeg_column find_psus(const cli_rows *r, const row_column *stratum, const row_column *cluster, cli_data *data) {
  weeg_error err = {0};
  const weeg_column s = coded(stratum), c = coded(cluster);
  const weeg_hooks hooks = cli_hooks(r->options);
  int32_t *psu_stratum = CLI_NEW(int32_t, c.levels);
  const weeg_status status = weeg_find_strata(&s, &c, r->count, &hooks, psu_stratum, &err);
  check_nesting(status, &err, &data->strata, &cluster->variable.levels);
  check_units(r, status, &err);
  data->psus = cluster->variable.levels;
  data->design.psu_stratum = psu_stratum;
  return c;
}

/* Strata and PSUs; gives the column that the tally is made by. */
static weeg_column find_units(const cli_rows *r, cli_data *data) {
  weeg_error err = {0};
  const cli_options *o = r->options;
  const row_column *stratum = column_of(r, o->strata), *cluster = column_of(r, o->cluster);
  const weeg_column s = coded(stratum);
  const weeg_hooks hooks = cli_hooks(o);
  data->strata = labels_of(stratum);
  data->design.strata = s.levels;
  int64_t *sampled = CLI_NEW(int64_t, s.levels);
  data->design.stratum_psus = sampled;
  data->design.element = cluster == NULL;
  if (cluster == NULL) {
    check_units(r, weeg_count_levels(&s, r->count, &hooks, sampled, &err), &err);
    return s;
  }
  const weeg_column unit = o->nest && stratum != NULL ? nest_psus(r, stratum, cluster, data)
                                                      : find_psus(r, stratum, cluster, data);
  data->design.psus = unit.levels;
  for (int32_t u = 0; u < unit.levels; u++) {
    if (data->design.psu_stratum[u] >= 0) sampled[data->design.psu_stratum[u]]++;
  }
  return unit;
}

static void find_fpc(const cli_rows *r, cli_data *data) {
  weeg_error err = {0};
  const row_column *fpc = column_of(r, r->options->fpc);
  if (fpc == NULL) return;
  const weeg_column s = coded(column_of(r, r->options->strata));
  double *sizes = CLI_NEW(double, s.levels);
  int stratum = 0, after = 0;
  const weeg_status status = weeg_find_fpc(fpc->numbers, &s, r->count, data->design.stratum_psus, sizes, &err);
  data->design.stratum_fpc = sizes;
  if (status == WEEG_OK) return;
  if (sscanf(err.message, "stratum %d has %n", &stratum, &after) == 1 && after > 0 && stratum >= 1 && stratum <= s.levels) {
    cli_fail("stratum %s has %s; --fpc is the number of PSUs in the population, or the fraction sampled",
             data->strata.text[stratum - 1], err.message + after);
  }
  cli_fail("%s: %s; --fpc is the number of PSUs in the population of the stratum, or the fraction sampled", place_of(r, &err),
           err.message);
}

/* ---- the tally ---- */

typedef struct row_place {
  const cli_rows *rows;
  int64_t row;
} row_place;

static int32_t position_in_row(void *ctx, int32_t variable) {
  const row_place *place = (const row_place *)ctx;
  const row_column *c = &place->rows->column[variable];
  const int32_t code = cli_row_code(c, place->row);
  return code < 1 ? c->variable.levels.count : code - 1;
}

/* For each row whether the condition holds. Numbers have no levels here, so that it cannot name them. */
static uint8_t *find_domain(const cli_rows *r, const cli_condition *condition) {
  weeg_variable *variable = CLI_NEW(weeg_variable, r->columns);
  uint8_t *inside = CLI_NEW(uint8_t, r->count);
  row_place place = {r, 0};
  for (int32_t k = 0; k < r->columns; k++) {
    variable[k] = r->column[k].values;
    if (r->column[k].number) variable[k].name = cli_copy("", 0);
  }
  cli_condition_bind(condition, variable, r->columns);
  for (place.row = 0; place.row < r->count; place.row++) {
    inside[place.row] = cli_condition_holds(condition, position_in_row, &place) == CLI_TRUE;
  }
  return inside;
}

static weeg_tally *make_tally(const cli_rows *r, const cli_list *names, const weeg_column *unit, bool element,
                              const uint8_t *domain) {
  weeg_error err = {0};
  weeg_tally *tally = NULL;
  const row_column *weight = column_of(r, r->weight);
  const weeg_hooks hooks = cli_hooks(r->options);
  weeg_column *columns = CLI_NEW(weeg_column, names->count);
  double largest = 1;
  if (weight != NULL) {
    const weeg_status status = weeg_check_weights(weight->numbers, r->count, &hooks, &largest, &err);
    if (status != WEEG_OK) cli_fail("%s: %s; weights are numbers from 0 up", place_of(r, &err), err.message);
  }
  for (int32_t k = 0; k < names->count; k++) columns[k] = coded(column_of(r, names->item[k]));
  cli_check(weeg_tally_build(columns, names->count, unit, element, weight == NULL ? NULL : weight->numbers, largest, domain,
                             r->count, &hooks, &tally, &err),
            &err);
  cli_keep(tally, free_tally);
  return tally;
}

static cli_data *make_data(cli_rows *r, const cli_list *names, const cli_condition *condition) {
  const cli_options *o = r->options;
  cli_data *data = CLI_NEW(cli_data, 1);
  const char *slash = strrchr(r->path, '/');
  *data = (cli_data){.variables = names->count, .profile = "weeg", .weights = r->weight, .strata_name = o->strata,
                     .cluster = o->cluster, .fpc = o->fpc};
  if (strcmp(r->path, "-") != 0) data->name = slash == NULL ? r->path : slash + 1;
  data->variable = CLI_NEW(weeg_variable, names->count);
  for (int32_t k = 0; k < names->count; k++) data->variable[k] = column_of(r, names->item[k])->variable;
  (void)cli_cells(data->variable, data->variables);
  const weeg_column unit = find_units(r, data);
  find_fpc(r, data);
  if (condition == NULL) {
    data->tally = make_tally(r, names, &unit, data->design.element, NULL);
    return data;
  }
  cli_data *inside = CLI_NEW(cli_data, 1);
  const bool by_profile = o->missing == NULL && o->conventions != NULL;
  *inside = *data;
  inside->tally = make_tally(r, names, &unit, data->design.element, find_domain(r, condition));
  cli_push(&inside->conditions, cli_condition_text(condition));
  /* only where missing values are taken out of the design, the rows outside the domain matter */
  if ((o->missing != NULL && strcmp(o->missing, "omit") == 0) ||
      (by_profile && cli_find_profile(o->conventions)->missing == CLI_MISSING_OMIT)) {
    data->tally = make_tally(r, names, &unit, data->design.element, NULL);
    inside->whole = data;
  }
  return inside;
}

cli_data *cli_load_rows(const cli_options *options, const char *path, const cli_list *names) {
  cli_rows r = {.options = options, .path = path};
  const cli_condition *condition = options->domain == NULL ? NULL : cli_parse_condition(options->domain);
  cli_list of_condition = {0};
  if (names == NULL) cli_fail("%s is not a tally file; make one with weeg tally", cli_shown_path(path));
  open_file(&r);
  for (int32_t k = 0; k < names->count; k++) want(&r, names->item[k], false, "the formula");
  cli_condition_variables(condition, &of_condition);
  for (int32_t k = 0; k < of_condition.count; k++) want(&r, of_condition.item[k], false, "--domain");
  want(&r, options->strata, false, "--strata");
  want(&r, options->cluster, false, "--cluster");
  want(&r, r.weight, true, "--weight");
  want(&r, options->fpc, true, "--fpc");
  read_file(&r);
  return make_data(&r, names, condition);
}

/* ---- what a file holds ---- */

static const char *kind_of(const weeg_variable *v) {
  if (v->number) return "numbers";
  return v->levels.count == 2 && strcmp(v->levels.text[0], "FALSE") == 0 && strcmp(v->levels.text[1], "TRUE") == 0
             ? "logical"
             : "text";
}

/* Some levels, as many as fit into so many characters. */
static const char *some_levels(const weeg_variable *v, int most) {
  cli_text text = {0};
  cli_add(&text, "");
  for (int32_t k = 0; k < v->levels.count; k++) {
    if (k > 0 && cli_width(text.bytes) + cli_width(v->levels.text[k]) + 2 > most) {
      cli_add(&text, ", ...");
      break;
    }
    cli_addf(&text, "%s%s", k > 0 ? ", " : "", v->levels.text[k]);
  }
  return text.bytes;
}

static cli_table *describe_columns(const cli_rows *r) {
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "rows", .rows = r->columns};
  const char **variable = cli_add_texts(table, "variable"), **kind = cli_add_texts(table, "kind");
  double *levels = cli_add_numbers(table, "levels"), *n = cli_add_numbers(table, "n");
  double *missing = cli_add_numbers(table, "missing");
  const char **values = cli_add_texts(table, "values");
  for (int32_t k = 0; k < r->columns; k++) {
    const row_column *c = &r->column[k];
    variable[k] = c->name;
    kind[k] = kind_of(&c->variable);
    levels[k] = c->variable.levels.count;
    values[k] = some_levels(&c->variable, 24);
    for (int64_t i = 0; i < r->count; i++) missing[k] += cli_row_code(c, i) == 0;
    n[k] = (double)r->count - missing[k];
  }
  return table;
}

void cli_describe_rows(const cli_options *options, const char *path, cli_result *result) {
  cli_rows r = {.options = options, .path = path};
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  open_file(&r);
  for (int32_t c = 0; c < r.known.count; c++) want(&r, r.known.item[c], false, "the file");
  read_file(&r);
  cli_table *table = describe_columns(&r);
  const char **levels = CLI_NEW(const char *, r.columns), **missing = CLI_NEW(const char *, r.columns);
  for (int32_t k = 0; k < r.columns; k++) {
    levels[k] = cli_count(cli_numbers(table, "levels")[k]);
    missing[k] = cli_count(cli_numbers(table, "missing")[k]);
  }
  cli_say(result, CLI_TITLE, cli_shown_path(path), NULL);
  cli_say(result, CLI_WORDS, cli_format("%s rows, %d columns", cli_count((double)r.count), (int)r.columns), NULL);
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_grid_add(grid, "variable", cli_texts(table, "variable"), r.columns, true);
  cli_grid_add(grid, "kind", cli_texts(table, "kind"), r.columns, true);
  cli_grid_add(grid, "levels", levels, r.columns, false);
  cli_grid_add(grid, "missing", missing, r.columns, false);
  cli_grid_add(grid, "values", cli_texts(table, "values"), r.columns, true);
  cli_say_grid(result, grid);
  result->table = table;
}
