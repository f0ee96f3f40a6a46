/* The places of a table: which cell is which group, answer and layer, and what they are called. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char *const *labels_of(const weeg_variable *v) { return (const char *const *)v->levels.text; }

const char *cli_group_level(const cli_places *places, int32_t g, int32_t v) {
  const cli_data *data = places->data;
  for (int32_t later = places->group_names.count - 1; later > v; later--) {
    g /= data->variable[later].levels.count;
  }
  return labels_of(&data->variable[v])[g % data->variable[v].levels.count];
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

bool *cli_chosen_levels(const cli_list *asked, const char *outcome, const char *const *level, int32_t count) {
  bool *chosen = CLI_NEW(bool, count);
  cli_list levels = {0};
  for (int32_t k = 0; k < count; k++) {
    chosen[k] = asked->count == 0;
    cli_push(&levels, level[k]);
  }
  for (int32_t i = 0; i < asked->count; i++) {
    bool found = false;
    for (int32_t k = 0; k < count; k++) {
      if (strcmp(asked->item[i], level[k]) == 0) found = chosen[k] = true;
    }
    if (!found) {
      cli_fail("\"%s\" (in --answers) is not a level of %s; its levels are %s", asked->item[i], outcome,
               cli_listed(&levels, ", "));
    }
  }
  return chosen;
}

cli_places cli_prepare(const cli_options *options, const cli_data *data, const cli_formula *formula, const char *outcome) {
  cli_list names = {0};
  for (int32_t i = 0; i < formula->groups.count; i++) cli_push(&names, formula->groups.item[i]);
  cli_push(&names, outcome);
  for (int32_t i = 0; i < formula->given.count; i++) cli_push(&names, formula->given.item[i]);
  weeg_error err = {0};
  weeg_places *table = NULL;
  const cli_data *treated = cli_treat_missing(data, &names, options->missing);
  const weeg_frame frame = cli_frame(treated);
  cli_check_frame(weeg_frame_table(&frame, formula->groups.count, &table, &err), &err);
  cli_keep(table, weeg_free);
  const weeg_variable *answer = &treated->variable[formula->groups.count];
  cli_places p = {.data = treated, .outcome = outcome, .group_names = formula->groups, .given = formula->given, .table = *table};
  p.group = table->group;
  p.groups = table->groups;
  p.level = table->answer;
  p.levels = table->answers;
  p.level_label = CLI_NEW(const char *, p.levels);
  for (int32_t k = 0; k < p.levels; k++) p.level_label[k] = answer->levels.text[k];
  label_groups(&p);
  return p;
}

void cli_need_order(const weeg_variable *v, const char *purpose) {
  if (weeg_has_order(v)) return;
  cli_fail("%s needs levels in order, but %s is not ordered; make it an ordered factor before the tally is made", purpose,
           v->name);
}

/* The values of a number, else 1, 2, ... */
const double *cli_level_scores(const weeg_variable *v) {
  double *score = CLI_NEW(double, v->levels.count);
  for (int32_t k = 0; k < v->levels.count; k++) score[k] = weeg_level_score(v, k);
  return score;
}
