/* Tallies with names: which cell is what, summing variables out, domains, and the places of a table. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static void release_tally(void *tally) { weeg_tally_free((weeg_tally *)tally); }

int64_t cli_cells(const weeg_variable *variable, int32_t count) {
  int64_t cells = 1;
  for (int32_t v = 0; v < count; v++) {
    cells *= (int64_t)variable[v].levels.count + 1;
    if (cells > INT32_MAX) cli_fail("the table has more than 2^31 - 1 cells; use fewer variables at a time");
  }
  return cells;
}

cli_list cli_variable_names(const cli_data *data) {
  cli_list names = {0};
  for (int32_t v = 0; v < data->variables; v++) cli_push(&names, data->variable[v].name);
  return names;
}

int32_t cli_find_variable(const cli_data *data, const char *name, const char *where) {
  for (int32_t v = 0; v < data->variables; v++) {
    if (strcmp(data->variable[v].name, name) == 0) return v;
  }
  const cli_list names = cli_variable_names(data);
  const char *near = cli_near(name, &names);
  if (near != NULL) cli_fail("there is no variable %s (in %s); did you mean %s?", name, where, near);
  cli_fail("there is no variable %s (in %s); there are %s", name, where, cli_listed(&names, ", "));
}

int32_t *cli_positions(const cli_data *data, int32_t variable) {
  const int64_t cells = cli_cells(data->variable, data->variables);
  const int32_t size = data->variable[variable].levels.count + 1;
  int64_t each = 1;
  for (int32_t v = variable + 1; v < data->variables; v++) each *= (int64_t)data->variable[v].levels.count + 1;
  int32_t *position = CLI_NEW(int32_t, cells);
  for (int64_t c = 0; c < cells; c++) position[c] = (int32_t)((c / each) % size);
  return position;
}

cli_data *cli_with_cells(const cli_data *data, const int32_t *cell, weeg_variable *variable, int32_t count) {
  weeg_error err = {0};
  cli_data *copy = CLI_NEW(cli_data, 1);
  *copy = *data;
  copy->variable = variable;
  copy->variables = count;
  cli_check(weeg_tally_merge(data->tally, NULL, cell, NULL, NULL, NULL, data->tally->units,
                             (int32_t)cli_cells(variable, count), &copy->tally, &err),
            &err);
  cli_keep(copy->tally, release_tally);
  if (data->design.replicates != NULL) {
    copy->design.replicates = cli_fold_replicates(data->design.replicates, data->tally->cells, cell, copy->tally->cells);
  }
  return copy;
}

cli_data *cli_fold(const cli_data *data, const cli_list *names) {
  weeg_variable *wanted = CLI_NEW(weeg_variable, names->count);
  bool same = names->count == data->variables;
  for (int32_t i = 0; i < names->count; i++) {
    const int32_t v = cli_find_variable(data, names->item[i], "the formula");
    wanted[i] = data->variable[v];
    same = same && v == i;
  }
  if (same) {
    cli_data *copy = CLI_NEW(cli_data, 1);
    *copy = *data;
    return copy;
  }
  (void)cli_cells(wanted, names->count);
  int32_t *cell = CLI_NEW(int32_t, data->tally->cells);
  for (int32_t i = 0; i < names->count; i++) {
    const int32_t *position = cli_positions(data, cli_find_variable(data, names->item[i], "the formula"));
    for (int32_t c = 0; c < data->tally->cells; c++) cell[c] = cell[c] * (wanted[i].levels.count + 1) + position[c];
  }
  return cli_with_cells(data, cell, wanted, names->count);
}

/* ---- domains ---- */

typedef struct cell_place {
  int32_t **positions;
  int32_t cell;
} cell_place;

static int32_t position_in_cell(void *ctx, int32_t variable) {
  const cell_place *place = (const cell_place *)ctx;
  return place->positions[variable][place->cell];
}

cli_data *cli_domain(const cli_data *data, const cli_condition *condition) {
  cell_place place = {CLI_NEW(int32_t *, data->variables), 0};
  int32_t *cell = CLI_NEW(int32_t, data->tally->cells);
  cli_seen *seen = CLI_NEW(cli_seen, data->variables);
  for (int32_t v = 0; v < data->variables; v++) seen[v] = cli_see(&data->variable[v]);
  cli_condition_bind(condition, seen, data->variables);
  for (int32_t v = 0; v < data->variables; v++) place.positions[v] = cli_positions(data, v);
  for (int32_t c = 0; c < data->tally->cells; c++) {
    place.cell = c;
    cell[c] = cli_condition_holds(condition, position_in_cell, &place) == CLI_TRUE ? c : -1;
  }
  cli_data *inside = cli_with_cells(data, cell, data->variable, data->variables);
  cli_list conditions = {0};
  for (int32_t i = 0; i < data->conditions.count; i++) cli_push(&conditions, data->conditions.item[i]);
  cli_push(&conditions, cli_condition_text(condition));
  inside->conditions = conditions;
  inside->whole = data;
  return inside;
}

/* ---- the places of a table ---- */

static const char *const *labels_of(const weeg_variable *v) { return (const char *const *)v->levels.text; }

const char *cli_group_level(const cli_places *places, int32_t g, int32_t v) {
  const cli_data *data = places->data;
  for (int32_t later = places->group_names.count - 1; later > v; later--) {
    g /= data->variable[later].levels.count;
  }
  return labels_of(&data->variable[v])[g % data->variable[v].levels.count];
}

/* Crosses places of cells with the levels of a variable. */
static void cross(const cli_data *data, int32_t v, int32_t *place, int32_t *places) {
  const int32_t *position = cli_positions(data, v), size = data->variable[v].levels.count;
  const int64_t groups = (int64_t)*places * size;
  if (groups > INT32_MAX) cli_fail("the groups cross to more than 2^31 - 1 combinations; use fewer variables");
  for (int32_t c = 0; c < data->tally->cells; c++) {
    place[c] = place[c] < 0 || position[c] == size ? -1 : place[c] * size + position[c];
  }
  *places = (int32_t)groups;
}

/* In quotes, as R writes a text. */
static const char *quote_level(const char *level) {
  cli_text out = {0};
  cli_add(&out, "\"");
  for (; *level != '\0'; level++) {
    if (*level == '"' || *level == '\\') cli_add(&out, "\\");
    cli_add_bytes(&out, level, 1);
  }
  cli_add(&out, "\"");
  return out.bytes;
}

static const char *join_group(const cli_places *p, int32_t g, bool quoted) {
  cli_list levels = {0};
  for (int32_t v = 0; v < p->group_names.count; v++) {
    const char *level = cli_group_level(p, g, v);
    cli_push(&levels, quoted ? quote_level(level) : level);
  }
  return cli_join(&levels, ", ");
}

static int by_label(const void *a, const void *b) {
  return strcmp(**(const char **const *)a, **(const char **const *)b);
}

/* Where ("a, b", "c") and ("a", "b, c") would have the same label, the levels of such groups are in quotes. */
static void label_groups(cli_places *p) {
  p->group_label = CLI_NEW(const char *, p->groups);
  for (int32_t g = 0; g < p->groups; g++) p->group_label[g] = p->group_names.count == 0 ? "all" : join_group(p, g, false);
  if (p->group_names.count < 2) return;
  const char ***sorted = CLI_NEW(const char **, p->groups);
  bool *same = CLI_NEW(bool, (int64_t)p->groups + 1);
  for (int32_t g = 0; g < p->groups; g++) sorted[g] = &p->group_label[g];
  qsort(sorted, (size_t)p->groups, sizeof *sorted, by_label);
  for (int32_t g = 1; g < p->groups; g++) {
    if (strcmp(*sorted[g], *sorted[g - 1]) == 0) same[sorted[g] - p->group_label] = same[sorted[g - 1] - p->group_label] = true;
  }
  for (int32_t g = 0; g < p->groups; g++) {
    if (same[g]) p->group_label[g] = join_group(p, g, true);
  }
}

cli_places cli_prepare(const cli_options *options, const cli_data *data, const cli_formula *formula, const char *outcome) {
  cli_list names = {0};
  for (int32_t i = 0; i < formula->groups.count; i++) cli_push(&names, formula->groups.item[i]);
  cli_push(&names, outcome);
  for (int32_t i = 0; i < formula->given.count; i++) cli_push(&names, formula->given.item[i]);
  cli_places p = {.data = cli_treat_missing(data, &names, options->missing), .outcome = outcome, .groups = 1, .layers = 1};
  p.group_names = formula->groups;
  p.given = formula->given;
  p.group = CLI_NEW(int32_t, p.data->tally->cells);
  p.layer = CLI_NEW(int32_t, p.data->tally->cells);
  for (int32_t v = 0; v < p.group_names.count; v++) cross(p.data, v, p.group, &p.groups);
  for (int32_t v = p.group_names.count + 1; v < names.count; v++) cross(p.data, v, p.layer, &p.layers);
  const weeg_variable *answer = &p.data->variable[p.group_names.count];
  p.level = cli_positions(p.data, p.group_names.count);
  p.levels = answer->levels.count;
  for (int32_t c = 0; c < p.data->tally->cells; c++) {
    if (p.level[c] == p.levels) p.level[c] = -1;
  }
  p.level_label = CLI_NEW(const char *, p.levels);
  for (int32_t k = 0; k < p.levels; k++) p.level_label[k] = answer->levels.text[k];
  label_groups(&p);
  return p;
}

void cli_check_estimate(weeg_status status, const weeg_error *err, const cli_data *data) {
  if (status == WEEG_ERR_LONELY_PSU && err->where >= 0 && err->where < data->strata.count) {
    cli_fail("stratum %s has only one PSU; combine it with a similar stratum, or choose what it should contribute, "
             "such as --lonely adjust",
             data->strata.text[err->where]);
  }
  cli_check(status, err);
}
