/* The places of a table: which cell is which group, answer and layer, and what they are called. */
#include <stdlib.h>
#include <string.h>

#include "numbers.h"

static const char *const *labels_of(const weeg_variable *v) { return (const char *const *)v->levels.text; }

const char *cli_group_level(const cli_places *places, int32_t g, int32_t v) {
  const cli_data *data = places->data;
  for (int32_t later = places->group_names.count - 1; later > v; later--) {
    g /= data->variable[later].levels.count;
  }
  return labels_of(&data->variable[v])[g % data->variable[v].levels.count];
}

const char *cli_group_key(const cli_places *places, int64_t g) {
  return places->group_names.count == 0 ? places->outcome : places->group_label[g];
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

/* The levels of combination g of some variables, the last one fastest. */
static const char *join_levels(const weeg_variable *variable, int32_t count, int32_t g, bool quoted) {
  cli_list levels = {0};
  const char **level = CLI_NEW(const char *, count);
  for (int32_t v = count - 1; v >= 0; v--) {
    level[v] = variable[v].levels.text[g % variable[v].levels.count];
    g /= variable[v].levels.count;
  }
  for (int32_t v = 0; v < count; v++) cli_push(&levels, quoted ? quote_level(level[v]) : level[v]);
  return cli_join(&levels, ", ");
}

static int by_label(const void *a, const void *b) {
  return strcmp(**(const char **const *)a, **(const char **const *)b);
}

/* The combinations of variables; where ("a, b", "c") and ("a", "b, c") would have the same label, the levels are in quotes. */
static const char **label_places(const weeg_variable *variable, int32_t count, int32_t places) {
  const char **label = CLI_NEW(const char *, places), ***sorted = CLI_NEW(const char **, places);
  bool *same = CLI_NEW(bool, (int64_t)places + 1);
  for (int32_t g = 0; g < places; g++) label[g] = count == 0 ? "all" : join_levels(variable, count, g, false);
  if (count < 2) return label;
  for (int32_t g = 0; g < places; g++) sorted[g] = &label[g];
  qsort(sorted, (size_t)places, sizeof *sorted, by_label);
  for (int32_t g = 1; g < places; g++) {
    if (strcmp(*sorted[g], *sorted[g - 1]) == 0) same[sorted[g] - label] = same[sorted[g - 1] - label] = true;
  }
  for (int32_t g = 0; g < places; g++) {
    if (same[g]) label[g] = join_levels(variable, count, g, true);
  }
  return label;
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

/* The place of each cell in the variables first .. first + count - 1. */
static const int32_t *cross(const weeg_frame *frame, int32_t first, int32_t count, int32_t *places) {
  weeg_error err = cli_error();
  int32_t *which = CLI_NEW(int32_t, count), *place = CLI_NEW(int32_t, frame->tally->cells);
  for (int32_t i = 0; i < count; i++) which[i] = first + i;
  cli_check_frame(weeg_frame_places(frame, which, count, place, places, &err), &err);
  return place;
}

cli_net cli_parse_net(const char *text) {
  const char *equals = strchr(text, '=');
  if (equals == NULL || equals == text || equals[1] == '\0') {
    cli_usage("--net is a name and its answers, as in 'top 2=agree,strongly agree', not \"%s\"", text);
  }
  return (cli_net){cli_copy(text, (size_t)(equals - text)), cli_split(equals + 1)};
}

static int32_t level_at(const weeg_variable *v, const char *text) {
  for (int32_t k = 0; k < v->levels.count; k++) {
    if (strcmp(v->levels.text[k], text) == 0) return k;
  }
  return -1;
}

static void check_name(const weeg_variable *v, const char *name) {
  if (level_at(v, name) < 0) return;
  cli_fail("the net \"%s\" (in --net) has the name of an answer of %s; give it another name", name, v->name);
}

bool cli_has_net(const weeg_variable *v, const cli_net *net) {
  for (int32_t i = 0; i < net->answers.count; i++) {
    if (level_at(v, net->answers.item[i]) < 0) return false;
  }
  check_name(v, net->name);
  return true;
}

static void check_net(const cli_list *answers, const char *name, const weeg_variable *v, uint8_t *inside) {
  cli_list levels = {0};
  check_name(v, name);
  for (int32_t k = 0; k < v->levels.count; k++) cli_push(&levels, v->levels.text[k]);
  for (int32_t i = 0; i < answers->count; i++) {
    bool found = false;
    for (int32_t k = 0; k < levels.count; k++) {
      if (strcmp(answers->item[i], levels.item[k]) != 0) continue;
      inside[k] = 1;
      found = true;
    }
    if (found) continue;
    const char *near = cli_near(answers->item[i], &levels);
    if (near != NULL) {
      cli_fail("\"%s\" (in --net) is not a level of %s; did you mean %s?", answers->item[i], v->name, near);
    }
    cli_fail("\"%s\" (in --net) is not a level of %s; its levels are %s", answers->item[i], v->name, cli_listed(&levels, ", "));
  }
}

/* The data with an outcome, variable `at`, that is the net or another answer. */
static const cli_data *fold_net(const cli_data *data, int32_t at, const cli_net *net) {
  weeg_error err = cli_error();
  weeg_frame *made = NULL;
  const weeg_frame frame = cli_frame(data);
  uint8_t *inside = CLI_NEW(uint8_t, data->variable[at].levels.count);
  check_net(&net->answers, net->name, &data->variable[at], inside);
  cli_check_frame(weeg_frame_net(&frame, &(weeg_net){at, inside, net->name}, &made, &err), &err);
  return cli_with_frame(data, made);
}

static const char **level_labels(const weeg_variable *v) {
  const char **label = CLI_NEW(const char *, v->levels.count);
  for (int32_t k = 0; k < v->levels.count; k++) label[k] = v->levels.text[k];
  return label;
}

cli_places cli_net_places(const cli_places *of, const cli_net *net) {
  const int32_t groups = of->group_names.count;
  cli_places p = *of;
  p.data = fold_net(of->data, groups, net);
  const weeg_frame frame = cli_frame(p.data);
  p.group = p.table.group = cross(&frame, 0, groups, &p.table.groups);
  p.level = p.table.answer = cross(&frame, groups, 1, &p.table.answers);
  p.levels = p.table.answers;
  p.level_label = level_labels(&p.data->variable[groups]);
  return p;
}

cli_places cli_prepare(const cli_options *options, const cli_data *data, const cli_formula *formula, const char *outcome) {
  const int32_t groups = formula->groups.count, given = formula->given.count;
  const int32_t at = formula->composed ? groups + given : groups, layer = formula->composed ? groups : groups + 1;
  cli_list names = formula->groups;
  if (!formula->composed) cli_push(&names, outcome);
  for (int32_t i = 0; i < given; i++) cli_push(&names, formula->given.item[i]);
  if (formula->composed) cli_push(&names, outcome);
  const cli_data *treated = cli_treat_missing(data, &names, options->missing);
  if (options->net.count > 1) cli_usage("--net is given twice");
  if (options->net.count == 1) {
    const cli_net net = cli_parse_net(options->net.item[0]);
    treated = fold_net(treated, at, &net);
  }
  const weeg_frame frame = cli_frame(treated);
  const weeg_variable *answer = &treated->variable[at];
  weeg_places table = {0};
  table.group = cross(&frame, 0, groups, &table.groups);
  table.answer = cross(&frame, at, 1, &table.answers);
  if (given > 0) table.layer = cross(&frame, layer, given, &table.layers);
  cli_places p = {.data = treated, .outcome = outcome, .group_names = formula->groups, .given = formula->given, .table = table};
  p.group = table.group;
  p.groups = table.groups;
  p.level = table.answer;
  p.levels = table.answers;
  p.level_label = level_labels(answer);
  p.group_label = label_places(treated->variable, groups, p.groups);
  p.layer_label = label_places(treated->variable + layer, given, table.layers);
  return p;
}

cli_places cli_prepare_numbers(const cli_options *options, const cli_data *data, const cli_formula *formula,
                               const char *outcome, const cli_list *numbers) {
  cli_list names = {0};
  const cli_list *const parts[] = {&formula->groups, numbers};
  for (int k = 0; k < 2; k++) {
    for (int32_t i = 0; i < parts[k]->count; i++) cli_push(&names, parts[k]->item[i]);
  }
  cli_places p = {.data = cli_treat_missing(data, &names, options->missing), .outcome = outcome, .group_names = formula->groups};
  const weeg_frame frame = cli_frame(p.data);
  const int32_t groups = formula->groups.count;
  p.group = p.table.group = cross(&frame, 0, groups, &p.table.groups);
  p.level = p.table.answer = cross(&frame, groups, names.count - groups, &p.table.answers);
  p.groups = p.table.groups;
  p.levels = p.table.answers;
  p.group_label = label_places(p.data->variable, groups, p.groups);
  return p;
}

void cli_need_order(const weeg_variable *v, const char *purpose) {
  if (weeg_has_order(v)) return;
  cli_fail("%s needs levels in order, but %s is not ordered; give its answers from low to high, of rows or when the tally is "
           "made: --levels '%s=%s,...'", purpose, v->name, v->name, v->levels.count > 0 ? v->levels.text[0] : cli_said("low"));
}

/* The values of a number, else 1, 2, ... */
const double *cli_level_scores(const weeg_variable *v) {
  double *score = CLI_NEW(double, v->levels.count);
  for (int32_t k = 0; k < v->levels.count; k++) score[k] = weeg_level_score(v, k);
  return score;
}
