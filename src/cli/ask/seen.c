/* Variables as the comparisons of --domain see them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { DAY = 86400 };

/* ---- dates and times ---- */

cli_seen cli_see(const weeg_variable *v) {
  cli_seen seen = {.variable = v, .number = v->number, .value = v->values};
  double *value = CLI_NEW(double, v->levels.count);
  weeg_kind kind = WEEG_KIND_NUMBER;
  bool alike = v->levels.count > 0;
  for (int32_t k = 0; k < v->levels.count && alike; k++) {
    weeg_kind this = WEEG_KIND_NUMBER;
    alike = weeg_kind_read(v->levels.text[k], &this, &value[k]) && (k == 0 || this == kind);
    kind = this;
  }
  if (alike) {
    seen.kind = kind;
    seen.value = value;
  } else if (v->number && v->values == NULL) {
    for (int32_t k = 0; k < v->levels.count; k++) value[k] = strtod(v->levels.text[k], NULL);
    seen.value = value;
  }
  return seen;
}

bool cli_holds(cli_sign sign, double a, double b) {
  switch (sign) {
  case CLI_EQUAL: return a == b;
  case CLI_OTHER: return a != b;
  case CLI_LESS: return a < b;
  case CLI_LESS_EQUAL: return a <= b;
  case CLI_MORE: return a > b;
  case CLI_MORE_EQUAL: return a >= b;
  }
  return false;
}

bool cli_comparable(weeg_kind kind, const cli_constant *c) {
  if (kind == WEEG_KIND_NUMBER || c->kind == WEEG_KIND_NUMBER) return false;
  return (kind == WEEG_KIND_TIME) == (c->kind == WEEG_KIND_TIME);
}

bool cli_compare_kind(cli_sign sign, weeg_kind kind, double value, const cli_constant *c) {
  if (kind == WEEG_KIND_DATETIME && c->kind == WEEG_KIND_DATE) value = floor(value / DAY);
  if (kind == WEEG_KIND_DATE && c->kind == WEEG_KIND_DATETIME) value *= DAY;
  return cli_holds(sign, value, c->value);
}

/* ---- levels by name ---- */

static int by_number(const void *a, const void *b) {
  const double x = ((const cli_coded *)a)->number, y = ((const cli_coded *)b)->number;
  return (x > y) - (x < y);
}

static int by_text(const void *a, const void *b) {
  return strcmp(((const cli_coded *)a)->text, ((const cli_coded *)b)->text);
}

cli_labelled cli_find_labelled(const weeg_sav_variable *v, const char *label) {
  cli_labelled found = {.text = v->text, .value = CLI_NEW(cli_coded, v->labels)};
  for (int32_t k = 0; k < v->labels; k++) {
    if ((label != NULL && strcmp(v->value_label[k], label) != 0) || (!v->text && isnan(v->value[k].number))) continue;
    found.value[found.count++] = (cli_coded){v->value[k].number, v->value[k].text, v->value_label[k]};
  }
  qsort(found.value, (size_t)found.count, sizeof *found.value, v->text ? by_text : by_number);
  return found;
}

const cli_coded *cli_labelled_at(const cli_labelled *labelled, double number, const char *text) {
  const cli_coded key = {.number = number, .text = text};
  if (labelled->count == 0 || (labelled->text ? text == NULL : isnan(number))) return NULL;
  return bsearch(&key, labelled->value, (size_t)labelled->count, sizeof key, labelled->text ? by_text : by_number);
}

/* named[k]: whether a level goes by a name; how many do. Of text variables values come first, of numbers labels. */
static int32_t find_named(const cli_seen *seen, const char *name, bool *named) {
  const weeg_variable *v = seen->variable;
  const bool values_first = seen->sav != NULL && seen->sav->text;
  const cli_labelled labelled = seen->sav == NULL ? (cli_labelled){0} : cli_find_labelled(seen->sav, name);
  for (int round = 0; round < 2; round++) {
    int32_t count = 0;
    for (int32_t k = 0; k < v->levels.count; k++) {
      const bool by_value = seen->text != NULL && strcmp(seen->text[k], name) == 0;
      const bool by_label = strcmp(v->levels.text[k], name) == 0 ||
                            cli_labelled_at(&labelled, seen->value == NULL ? NAN : seen->value[k],
                                            seen->text == NULL ? NULL : seen->text[k]) != NULL;
      named[k] = (round == 0) == values_first && seen->text != NULL ? by_value : by_label;
      count += named[k];
    }
    if (count > 0) return count;
  }
  return 0;
}

/* Whether it is the label of a user-missing value. */
static bool is_missing_label(const cli_seen *seen, const char *name) {
  for (int32_t k = 0; seen->sav != NULL && k < seen->sav->labels; k++) {
    if (strcmp(seen->sav->value_label[k], name) == 0) return true;
  }
  return false;
}

/* "1 = yes, 2 = no", or the levels alone. */
static const char *list_levels(const cli_seen *seen) {
  cli_list levels = {0};
  for (int32_t k = 0; k < seen->variable->levels.count; k++) {
    const char *shown = seen->variable->levels.text[k];
    const bool labelled = seen->text != NULL && strcmp(shown, seen->text[k]) != 0;
    cli_push(&levels, labelled ? cli_format("%s = %s", seen->text[k], shown) : shown);
  }
  return cli_listed(&levels, ", ");
}

static _Noreturn void unknown_level(const cli_seen *seen, const char *name) {
  const weeg_variable *v = seen->variable;
  cli_list levels = {0};
  for (int32_t k = 0; k < v->levels.count; k++) cli_push(&levels, v->levels.text[k]);
  const char *near = cli_near(name, &levels);
  if (near != NULL) cli_fail("%s has no level \"%s\"; did you mean \"%s\"?", v->name, name, near);
  cli_fail("%s has no level \"%s\"; its levels are %s", v->name, name, list_levels(seen));
}

/* ---- comparisons ---- */

static _Noreturn void not_comparable(const cli_seen *seen) {
  const char *name = seen->variable->name;
  switch (seen->kind) {
  case WEEG_KIND_TIME: cli_fail("%s is a time: compare it with one, such as \"08:30:00\"", name);
  case WEEG_KIND_DATE: cli_fail("%s is a date: compare it with one, such as \"2020-12-31\"", name);
  case WEEG_KIND_DATETIME: cli_fail("%s is a date with a time: compare it with one, such as \"2020-12-31 08:30\"", name);
  case WEEG_KIND_NUMBER: break;
  }
  cli_fail("%s is a number: compare it with a number, without quotes", name);
}

/* < and the like, with the level of a name. */
static void compare_order(const cli_seen *seen, cli_sign sign, int32_t level, int8_t *holds) {
  const weeg_variable *v = seen->variable;
  if (!v->ordered && seen->number) {
    if (seen->text == NULL || level < 0) not_comparable(seen);
    cli_fail("%s is a number: compare it with one, without quotes (\"%s\" is %s)", v->name, v->levels.text[level],
             seen->text[level]);
  }
  if (!v->ordered) cli_fail("the levels of %s have no order: use == or != in --domain", v->name);
  for (int32_t k = 0; k < v->levels.count; k++) holds[k] = cli_holds(sign, k, level);
}

/* With the levels of a name. */
static void compare_names(const cli_seen *seen, cli_sign sign, const char *name, int8_t *holds) {
  const weeg_variable *v = seen->variable;
  const bool in_order = sign != CLI_EQUAL && sign != CLI_OTHER;
  bool *named = CLI_NEW(bool, v->levels.count);
  const int32_t count = find_named(seen, name, named);
  int32_t first = 0;
  if (in_order && !v->ordered && !seen->number) compare_order(seen, sign, -1, holds);
  if (count == 0 && v->levels.count > 0 && is_missing_label(seen, name)) {
    if (sign != CLI_OTHER) cli_fail("\"%s\" is a user-missing value of %s: no row has it", name, v->name);
  } else if (count == 0 && v->levels.count > 0) {
    if (in_order && !v->ordered) not_comparable(seen);
    unknown_level(seen, name);
  }
  while (first < v->levels.count && !named[first]) first++;
  if (in_order && count > 0) {
    compare_order(seen, sign, first, holds);
    return;
  }
  for (int32_t k = 0; k < v->levels.count; k++) holds[k] = (int8_t)(named[k] == (sign == CLI_EQUAL));
}

/* Numbers that no row can have: user-missing ones, and where all values have labels, others than these. */
static void refuse_code(const cli_seen *seen, cli_sign sign, double value, const char *text) {
  const weeg_sav_variable *v = seen->sav;
  const char *name = seen->variable->name;
  bool known = v == NULL || seen->variable->levels.count == 0, missing = false;
  for (int32_t k = 0; k < seen->variable->levels.count; k++) known = known || seen->value[k] == value;
  if (known) return;
  for (int32_t k = 0; k < v->ranges; k++) missing = missing || (value >= v->low[k].number && value <= v->high[k].number);
  if (missing && sign != CLI_OTHER) cli_fail("%s is a user-missing value of %s: no row has it", text, name);
  if (!missing && v->labels > 0 && !seen->variable->number) {
    cli_fail("%s has no value %s; its levels are %s", name, text, list_levels(seen));
  }
}

void cli_compare_levels(const cli_seen *seen, cli_sign sign, const cli_constant *constant, int8_t *holds) {
  const weeg_variable *v = seen->variable;
  const bool dates = seen->kind != WEEG_KIND_NUMBER;
  if (cli_comparable(seen->kind, constant)) {
    for (int32_t k = 0; k < v->levels.count; k++) {
      holds[k] = cli_compare_kind(sign, seen->kind, seen->value[k], constant);
    }
    return;
  }
  if (dates && !constant->quoted) not_comparable(seen);
  if (seen->number && !dates && !constant->quoted) {
    const double value = strtod(constant->text, NULL);
    if (sign == CLI_EQUAL || sign == CLI_OTHER) refuse_code(seen, sign, value, constant->text);
    for (int32_t k = 0; k < v->levels.count; k++) holds[k] = cli_holds(sign, seen->value[k], value);
    return;
  }
  compare_names(seen, sign, constant->text, holds);
}
