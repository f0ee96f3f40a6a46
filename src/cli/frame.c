/* Tallies with names: which cell is what, summing variables out, domains, and the places of a table. */
#include "numbers.h"

static void release_frame(void *frame) { weeg_frame_free((weeg_frame *)frame); }

const weeg_survey *cli_survey(const cli_data *data) {
  weeg_survey *survey = CLI_NEW(weeg_survey, 1);
  *survey = (weeg_survey){data->tally, &data->design};
  return survey;
}

weeg_frame cli_frame(const cli_data *data) {
  return (weeg_frame){.variables = data->variables, .variable = data->variable, .strata = data->strata, .psus = data->psus,
                      .stages = data->stages, .design = data->design, .tally = data->tally};
}

cli_data *cli_with_frame(const cli_data *data, weeg_frame *made) {
  cli_data *copy = CLI_NEW(cli_data, 1);
  cli_keep(made, release_frame);
  *copy = *data;
  copy->variables = made->variables;
  copy->variable = (weeg_variable *)made->variable; /* which nobody changes */
  copy->strata = made->strata;
  copy->psus = made->psus;
  copy->stages = made->stages;
  copy->design = made->design;
  copy->tally = (weeg_tally *)made->tally;
  return copy;
}

void cli_check_frame(weeg_status status, const weeg_error *err) {
  if (status == WEEG_ERR_TOO_LARGE && err->where >= 0) cli_fail("%s; use fewer variables at a time", err->message);
  cli_check(status, err);
}

int64_t cli_cells(const weeg_variable *variable, int32_t count) {
  weeg_error err = cli_error();
  int32_t cells = 0;
  cli_check_frame(weeg_frame_cells(variable, count, &cells, &err), &err);
  return cells;
}

cli_list cli_variable_names(const cli_data *data) {
  cli_list names = {0};
  for (int32_t v = 0; v < data->variables; v++) cli_push(&names, data->variable[v].name);
  return names;
}

int32_t cli_find_variable(const cli_data *data, const char *name, const char *where) {
  const weeg_frame frame = cli_frame(data);
  const int32_t found = weeg_frame_find(&frame, name);
  if (found >= 0) return found;
  const cli_list names = cli_variable_names(data);
  const char *hint = cli_expression_hint(name), *near = hint[0] == '\0' ? cli_near(name, &names) : NULL;
  if (near != NULL) cli_fail("there is no variable %s (in %s); did you mean %s?", name, where, near);
  cli_fail("there is no variable %s (in %s); there are %s%s", name, where, cli_listed(&names, ", "), hint);
}

int32_t *cli_positions(const cli_data *data, int32_t variable) {
  const weeg_frame frame = cli_frame(data);
  int32_t *position = CLI_NEW(int32_t, data->tally->cells);
  weeg_frame_positions(&frame, variable, position);
  return position;
}

cli_data *cli_with_cells(const cli_data *data, const int32_t *cell, const weeg_variable *variable, int32_t count) {
  weeg_error err = cli_error();
  weeg_frame *made = NULL;
  const weeg_frame frame = cli_frame(data);
  cli_check_frame(weeg_frame_recell(&frame, cell, variable, count, &made, &err), &err);
  return cli_with_frame(data, made);
}

cli_data *cli_fold(const cli_data *data, const cli_list *names) {
  weeg_error err = cli_error();
  weeg_frame *made = NULL;
  const weeg_frame frame = cli_frame(data);
  int32_t *which = CLI_NEW(int32_t, names->count);
  bool same = names->count == data->variables;
  for (int32_t i = 0; i < names->count; i++) {
    which[i] = cli_find_variable(data, names->item[i], cli_said("the formula"));
    same = same && which[i] == i;
  }
  if (same) {
    cli_data *copy = CLI_NEW(cli_data, 1);
    *copy = *data;
    return copy;
  }
  cli_check_frame(weeg_frame_select(&frame, which, names->count, &made, &err), &err);
  return cli_with_frame(data, made);
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
  weeg_error err = cli_error();
  weeg_frame *made = NULL;
  const weeg_frame frame = cli_frame(data);
  uint8_t *holds = CLI_NEW(uint8_t, data->tally->cells);
  cli_seen *seen = CLI_NEW(cli_seen, data->variables);
  for (int32_t v = 0; v < data->variables; v++) seen[v] = cli_see(&data->variable[v]);
  cli_condition_bind(condition, seen, data->variables);
  for (int32_t v = 0; v < data->variables; v++) place.positions[v] = cli_positions(data, v);
  for (int32_t c = 0; c < data->tally->cells; c++) {
    place.cell = c;
    holds[c] = cli_condition_holds(condition, position_in_cell, &place) == CLI_TRUE;
  }
  cli_check_frame(weeg_frame_domain(&frame, holds, &made, &err), &err);
  cli_data *inside = cli_with_frame(data, made);
  cli_list conditions = {0};
  for (int32_t i = 0; i < data->conditions.count; i++) cli_push(&conditions, data->conditions.item[i]);
  cli_push(&conditions, cli_condition_text(condition));
  inside->conditions = conditions;
  inside->whole = data;
  return inside;
}

/* "school 3/girls": the units that a stratum of a later stage lies in, from the first stage on, and its own name. */
static const char *stratum_text(const cli_data *data, int32_t stage, int32_t stratum) {
  if (stage == 0) return data->strata.text[stratum];
  const weeg_stage_names *names = &data->stages[stage - 1];
  const char *text = names->strata.count == 0 ? NULL : names->strata.text[stratum];
  int32_t unit = data->design.stages[stage - 1].stratum_parent[stratum];
  for (int32_t s = stage - 2; s >= 0; s--) {
    const char *of_unit = data->stages[s].units.text[unit];
    text = text == NULL ? of_unit : cli_format("%s/%s", of_unit, text);
    unit = data->design.stages[s].stratum_parent[data->design.stages[s].unit_stratum[unit]];
  }
  return text == NULL ? data->psus.text[unit] : cli_format("%s/%s", data->psus.text[unit], text);
}

const char *cli_lonely_text(weeg_status status, const weeg_error *err, const cli_data *data) {
  const weeg_facts *f = &err->facts;
  if (status != WEEG_ERR_LONELY_PSU || f->stratum < 0) return NULL;
  if (f->stage <= 0) return cli_format("stratum %s has only one PSU", stratum_text(data, 0, f->stratum));
  return cli_format("at stage %d, %s has only one sampled unit", (int)f->stage + 1, stratum_text(data, f->stage, f->stratum));
}

void cli_check_estimate(weeg_status status, const weeg_error *err, const cli_data *data) {
  const char *lonely = cli_lonely_text(status, err, data);
  if (lonely != NULL) {
    cli_fail("%s; combine it with a similar stratum, or choose what it should contribute, such as --lonely adjust", lonely);
  }
  cli_check(status, err);
}
