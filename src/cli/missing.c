/* What becomes of rows in which a variable of the table is missing: as in R/missing.R. */
#include <string.h>

#include "cli.h"

static const char missing_level[] = "(missing)";

/* Whether some entry has each variable missing. */
static bool has_missing(const cli_data *data, int32_t v) {
  const int32_t *position = cli_positions(data, v);
  for (int64_t i = 0; i < data->tally->entries; i++) {
    if (position[data->tally->cell[i]] == data->variable[v].levels.count) return true;
  }
  return false;
}

static weeg_variable with_level(const weeg_variable *v) {
  weeg_variable more = *v;
  for (int32_t k = 0; k < v->levels.count; k++) {
    if (strcmp(v->levels.text[k], missing_level) == 0) {
      cli_fail("%s has a level \"%s\" and missing values besides; use --missing domain", v->name, missing_level);
    }
  }
  more.levels.text = CLI_NEW(char *, (int64_t)v->levels.count + 1);
  memcpy(more.levels.text, v->levels.text, (size_t)v->levels.count * sizeof *more.levels.text);
  more.levels.text[more.levels.count++] = cli_copy(missing_level, sizeof missing_level - 1);
  more.ordered = more.number = false;
  more.values = NULL;
  return more;
}

/* Every variable with missing values gets a level for them: the position that missing values had. */
static cli_data *level_of_missing(const cli_data *data) {
  weeg_variable *variable = CLI_NEW(weeg_variable, data->variables);
  int32_t *cell = CLI_NEW(int32_t, data->tally->cells);
  for (int32_t v = 0; v < data->variables; v++) {
    variable[v] = has_missing(data, v) ? with_level(&data->variable[v]) : data->variable[v];
  }
  (void)cli_cells(variable, data->variables);
  for (int32_t v = 0; v < data->variables; v++) {
    const int32_t *position = cli_positions(data, v);
    for (int32_t c = 0; c < data->tally->cells; c++) cell[c] = cell[c] * (variable[v].levels.count + 1) + position[c];
  }
  return cli_with_cells(data, cell, variable, data->variables);
}

static cli_data *complete(const cli_data *data) {
  int32_t *cell = CLI_NEW(int32_t, data->tally->cells);
  for (int32_t c = 0; c < data->tally->cells; c++) cell[c] = c;
  for (int32_t v = 0; v < data->variables; v++) {
    const int32_t *position = cli_positions(data, v);
    for (int32_t c = 0; c < data->tally->cells; c++) {
      if (position[c] == data->variable[v].levels.count) cell[c] = -1;
    }
  }
  return cli_with_cells(data, cell, data->variable, data->variables);
}

/* The design in which only the PSUs (rows) with entries were sampled. */
static void keep_units(weeg_design *design, const weeg_tally *tally) {
  int64_t *sampled = CLI_NEW(int64_t, design->strata);
  int32_t *stratum = CLI_NEW(int32_t, design->psus);
  for (int32_t u = 0; u < design->psus; u++) stratum[u] = -1;
  for (int64_t i = 0; i < tally->entries; i++) {
    if (design->element) sampled[tally->unit[i]] += tally->n[i];
    else stratum[tally->unit[i]] = design->psu_stratum[tally->unit[i]];
  }
  for (int32_t u = 0; u < design->psus; u++) {
    if (stratum[u] >= 0) sampled[stratum[u]]++;
  }
  design->stratum_psus = sampled;
  if (!design->element) design->psu_stratum = stratum;
}

static cli_data *omit_missing(const cli_data *data, const cli_list *names) {
  if (data->narrowed) {
    cli_fail("--missing omit cannot be applied to a tally of a domain, which has lost the PSUs outside it; "
             "use --missing domain");
  }
  cli_data *kept = complete(cli_fold(data, names));
  const cli_data *whole = data->whole == NULL ? kept : complete(cli_fold(data->whole, names));
  /* replicate weights say themselves what a row adds to the variance */
  if (kept->design.replicates == NULL) keep_units(&kept->design, whole->tally);
  return kept;
}

cli_data *cli_treat_missing(const cli_data *data, const cli_list *names, const char *choice) {
  cli_missing how = cli_profile_of(data)->missing;
  cli_data *treated = NULL;
  if (choice != NULL) how = (cli_missing)cli_one_of(choice, cli_missing_choices, "--missing");
  switch (how) {
  case CLI_MISSING_DOMAIN: treated = cli_fold(data, names); break;
  case CLI_MISSING_OMIT: treated = omit_missing(data, names); break;
  case CLI_MISSING_LEVEL: treated = level_of_missing(cli_fold(data, names)); break;
  }
  treated->missing = how;
  return treated;
}
