/*
 * --domain while rows stream by. What the levels are, and of a CSV file whether texts are numbers, and so what a comparison
 * means, is known at the end only. Rows are therefore told apart by all that the comparisons could say of them, which is
 * little, and what is true is found out at the end, of one text for each of these classes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

typedef struct domain_class {
  int32_t *of;        /* [room] the class, from 0, of each code */
  int32_t known;      /* codes that have one */
  int64_t room;
  cli_list answers;   /* of each class what the comparisons say */
  int32_t *code;      /* [codes] one code of each class, 0 for missing */
  int64_t codes;
} domain_class;

static void release(void *domain) {
  row_domain *d = (row_domain *)domain;
  for (int32_t k = 0; k < d->count; k++) {
    free(d->classes[k].of);
    free(d->classes[k].code);
  }
  weeg_combos_clear(&d->combos);
}

row_domain *cli_new_domain(const cli_rows *r, const cli_condition *condition, cli_items *const *items) {
  if (condition == NULL && items[0] == NULL && items[1] == NULL) return NULL;
  row_domain *d = CLI_NEW(row_domain, 1);
  cli_list names = {0};
  if (condition != NULL) cli_condition_variables(condition, &names);
  *d = (row_domain){.condition = condition, .items = items, .count = names.count, .places = 1};
  for (int q = 0; q < 2; q++) {
    for (int32_t k = 0; items[q] != NULL && k < items[q]->variables.count; k++) cli_push(&names, items[q]->variables.item[k]);
  }
  d->answers = names.count - d->count;
  d->column = CLI_NEW(int32_t, names.count);
  d->classes = CLI_NEW(domain_class, d->count);
  d->combos.width = names.count;
  for (int32_t k = 0; k < names.count; k++) d->column[k] = cli_column_number(r, names.item[k]);
  cli_keep(d, release);
  return d;
}

/* Numbers have no levels here, so that the condition cannot name them. */
static void bind(row_domain *d, const cli_rows *r) {
  static char nameless[] = "";
  static const weeg_variable none = {.name = nameless};
  cli_seen *seen = CLI_NEW(cli_seen, r->columns);
  for (int32_t k = 0; k < r->columns; k++) {
    seen[k] = r->column[k].number ? (cli_seen){.variable = &none} : r->column[k].seen;
  }
  cli_condition_bind(d->condition, seen, r->columns);
}

static bool add_class(domain_class *c, const cli_text *answers, int32_t code) {
  const int32_t count = c->answers.count;
  if (count >= c->codes) {
    const int64_t room = 2 * (int64_t)count + 8;
    if (!cli_enlarge((void **)&c->code, room, sizeof *c->code)) return false;
    c->codes = room;
  }
  c->code[count] = code;
  cli_push(&c->answers, cli_copy(answers->bytes, answers->used));
  return true;
}

/* The class of a code, a new one if need be; -1: no memory. */
static int32_t class_of(row_domain *d, const cli_rows *r, int32_t variable, int32_t code, cli_text *answers) {
  domain_class *c = &d->classes[variable];
  answers->used = 0;
  const bool missing = code == 0 || cli_kind_of(r, d->column[variable])->refusal(r, d->column[variable], code);
  cli_add(answers, missing ? "-" : "+");
  if (!missing) cli_kind_of(r, d->column[variable])->answers(r, d->condition, d->column[variable], code, answers);
  for (int32_t k = 0; k < c->answers.count; k++) {
    if (strcmp(c->answers.item[k], answers->bytes) == 0) return k;
  }
  return add_class(c, answers, code) ? c->answers.count - 1 : -1;
}

/* Classes of the codes that are new. */
static bool learn_codes(row_domain *d, const cli_rows *r, int32_t variable) {
  domain_class *c = &d->classes[variable];
  const int32_t count = cli_code_count(r, d->column[variable]) + 1;
  cli_text answers = {0};
  if (count > c->room) {
    const int64_t room = 2 * (int64_t)count;
    if (!cli_enlarge((void **)&c->of, room, sizeof *c->of)) return false;
    c->room = room;
  }
  for (; c->known < count; c->known++) {
    c->of[c->known] = class_of(d, r, variable, c->known, &answers);
    if (c->of[c->known] < 0) return false;
  }
  return true;
}

bool cli_number_domain(row_domain *d, const cli_rows *r, const weeg_chunk *chunk, int64_t from, int64_t count,
                       int32_t *number) {
  enum { SOME = 1024 };
  const int32_t **codes = malloc(((size_t)d->count + (size_t)d->answers) * sizeof *codes);
  int32_t *classes = malloc(((size_t)d->count + 1) * SOME * sizeof *classes);
  bool done = codes != NULL && classes != NULL;
  for (int32_t v = 0; v < d->count && done; v++) {
    codes[v] = classes + (int64_t)v * SOME;
    done = learn_codes(d, r, v);
  }
  for (int64_t at = 0; at < count && done; at += SOME) {
    const int64_t some = count - at < SOME ? count - at : SOME;
    for (int32_t v = 0; v < d->count; v++) {
      const int32_t *code = chunk->codes[d->column[v]] + from + at;
      for (int64_t i = 0; i < some; i++) classes[v * SOME + i] = d->classes[v].of[code[i]];
    }
    for (int32_t k = 0; k < d->answers; k++) codes[d->count + k] = chunk->codes[d->column[d->count + k]] + from + at;
    done = weeg_combos_number(&d->combos, codes, 0, some, number + at, NULL) == WEEG_OK;
  }
  free(codes);
  free(classes);
  return done;
}

typedef struct combo_place {
  const row_domain *domain;
  const cli_rows *rows;
  const int32_t *key;
} combo_place;

static int32_t position_of(void *ctx, int32_t column) {
  const combo_place *place = (const combo_place *)ctx;
  const row_domain *d = place->domain;
  const row_column *c = &place->rows->column[column];
  int32_t v = 0;
  while (d->column[v] != column) v++;
  const int32_t level = c->level[d->classes[v].code[place->key[v]]];
  return level < 1 ? c->variable.levels.count : level - 1;
}

/* from: which of the variables in combos is the first item. */
static void find_patterns(row_domain *d, const cli_rows *r, cli_items *items, int32_t from) {
  const int32_t count = items->variables.count, combos = d->combos.count;
  const weeg_variable **variable = CLI_NEW(const weeg_variable *, count);
  int32_t *level = CLI_NEW(int32_t, (int64_t)combos * count);
  for (int32_t v = 0; v < count; v++) {
    const row_column *c = &r->column[d->column[from + v]];
    variable[v] = &c->variable;
    if (items->counted != NULL) items->counted[v] = cli_level_of_value(c, items->set->counted);
    for (int32_t k = 0; k < combos; k++) {
      level[(int64_t)k * count + v] = c->level[d->combos.key[(int64_t)k * d->combos.width + from + v]];
    }
  }
  const int32_t *pattern = cli_find_patterns(items, variable, level, combos), size = items->patterns + 1;
  if ((int64_t)d->places * size > INT32_MAX) cli_fail("these questions together have too many combinations of answers");
  for (int32_t k = 0; k < combos; k++) d->place[k] = d->place[k] * size + (pattern[k] < 0 ? items->patterns : pattern[k]);
  d->places *= size;
}

bool *cli_finish_domain(row_domain *d, const cli_rows *r) {
  combo_place place = {d, r, NULL};
  bool *inside = CLI_NEW(bool, d->combos.count);
  int32_t from = d->count;
  d->place = CLI_NEW(int32_t, d->combos.count);
  for (int q = 0; q < 2; q++) {
    if (d->items[q] == NULL) continue;
    find_patterns(d, r, d->items[q], from);
    from += d->items[q]->variables.count;
  }
  if (d->condition != NULL) bind(d, r);
  for (int32_t k = 0; k < d->combos.count; k++) {
    place.key = d->combos.key + (int64_t)k * d->combos.width;
    inside[k] = d->condition == NULL || cli_condition_holds(d->condition, position_of, &place) == CLI_TRUE;
  }
  return inside;
}
