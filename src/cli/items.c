/* Who names what in a multiple-response question, as in R/multiple.R. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"

/* ---- the question ---- */

static int32_t index_in(const cli_list *list, const char *text) {
  for (int32_t i = 0; i < list->count; i++) {
    if (strcmp(list->item[i], text) == 0) return i;
  }
  return -1;
}

static void add_new(cli_list *list, const char *text) {
  if (index_in(list, text) < 0) cli_push(list, text);
}

/* --labels NAME=TEXT, by the name of an item or an answer. */
static void read_labels(const cli_options *options, cli_items *items) {
  for (int32_t i = 0; i < options->labels.count; i++) {
    const char *asked = options->labels.item[i], *equals = strchr(asked, '=');
    if (equals == NULL || equals == asked || equals[1] == '\0') {
      cli_usage("--labels is an item and its text, as in 'tv=Television', not \"%s\"", asked);
    }
    const char *name = cli_copy(asked, (size_t)(equals - asked));
    if (index_in(&items->labelled, name) >= 0) cli_usage("--labels is given twice for %s", name);
    if (index_in(&items->text, equals + 1) >= 0) cli_usage("--labels gives two items the text \"%s\"", equals + 1);
    cli_push(&items->labelled, name);
    cli_push(&items->text, equals + 1);
  }
}

static void check_labels(const cli_items *items) {
  for (int32_t i = 0; i < items->labelled.count && !items->categories; i++) {
    if (index_in(&items->variables, items->labelled.item[i]) >= 0) continue;
    cli_usage("--labels has a text for %s, which is not an item of the formula", items->labelled.item[i]);
  }
}

cli_items cli_read_question(const cli_options *options, const cli_formula *formula) {
  static const char *const meanings[] = {"blank", NULL};
  cli_items items = {.variables = formula->outcomes, .yes = options->yes, .separator = options->separator,
                     .variable = "..items", .categories = options->separator != NULL};
  if (options->unnamed != NULL) items.blank = cli_one_of(options->unnamed, meanings, "--unnamed") == 0;
  if (options->coding != NULL) items.categories = cli_choice(options->coding, WEEG_WORDS_CODING, "--coding") == 1;
  if (options->separator != NULL && options->separator[0] == '\0') {
    cli_usage("--separator must be the text between two answers, such as \";\"");
  }
  if (options->separator != NULL && !items.categories) cli_usage("--separator goes with --coding categories");
  if (options->yes != NULL && items.categories) {
    cli_usage("--yes is for data with a column per item, but here each answer is an item");
  }
  while (index_in(&formula->groups, items.variable) >= 0) items.variable = cli_format(".%s", items.variable);
  read_labels(options, &items);
  return items;
}

const weeg_sav_set *cli_find_set(const weeg_sav *sav, const char *name) {
  if (sav == NULL) return NULL;
  for (int32_t i = 0; i < sav->variables; i++) {
    if (strcmp(sav->variable[i].name, name) == 0) return NULL;
  }
  for (int32_t k = 0; k < sav->sets; k++) {
    const char *own = sav->set[k].name;
    if (strcasecmp(own, name) == 0 || (own[0] == '$' && strcasecmp(own + 1, name) == 0)) return &sav->set[k];
  }
  return NULL;
}

void cli_use_set(const cli_options *options, const weeg_sav *sav, cli_items *items) {
  cli_list names = {0}, known = {0};
  const char *asked = items->variables.item[0];
  for (int32_t k = 0; sav != NULL && k < sav->sets; k++) cli_push(&known, sav->set[k].name);
  for (int32_t k = 0; sav != NULL && k < items->variables.count; k++) {
    const weeg_sav_set *set = cli_find_set(sav, items->variables.item[k]);
    if (set != NULL && items->variables.count > 1) cli_fail("the set %s has items of its own: use it alone", set->name);
    if (set != NULL) items->set = set;
  }
  if (items->set == NULL) {
    if (asked[0] == '$' && known.count > 0) cli_fail("there is no set %s; there are %s", asked, cli_listed(&known, ", "));
    return;
  }
  if (options->coding != NULL || options->separator != NULL || options->yes != NULL) {
    cli_usage("the set %s itself defines what names an item: leave out --coding, --separator and --yes", items->set->name);
  }
  for (int32_t k = 0; k < items->set->count; k++) cli_push(&names, sav->variable[items->set->variable[k]].name);
  items->variables = names;
  items->categories = items->set->categories;
  if (!items->categories) items->counted = CLI_NEW(int32_t, names.count);
}

/* ---- columns ---- */

static const char *trimmed(const char *text) {
  text += strspn(text, " \t\r\n");
  size_t length = strlen(text);
  while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL) length--;
  return cli_copy(text, length);
}

/* A variable of the question. A column without any value has the levels of a logical one, which are no answers. */
typedef struct item_column {
  const weeg_variable *v;
  cli_list answers;     /* levels that are not blank */
  int32_t yes;          /* the level, from 1, that says that the item is named; 0: nobody does */
  int32_t **item;       /* [levels] of answers in columns or in one text, the items of each level, -1 behind the last */
} item_column;

static item_column *read_columns(const cli_items *items, const weeg_variable *const *variable, int32_t *level, int32_t rows) {
  const int32_t count = items->variables.count;
  item_column *column = CLI_NEW(item_column, count);
  for (int32_t k = 0; k < count; k++) {
    const weeg_variable *v = column[k].v = variable[k];
    bool *blank = CLI_NEW(bool, v->levels.count), any = false, logical = true;
    for (int32_t l = 0; l < v->levels.count; l++) {
      const char *text = v->levels.text[l];
      blank[l] = trimmed(text)[0] == '\0';
      logical = logical && (strcmp(text, "FALSE") == 0 || strcmp(text, "TRUE") == 0);
    }
    for (int32_t i = 0; i < rows; i++) {
      int32_t *at = &level[(int64_t)i * count + k];
      if (*at > 0 && blank[*at - 1]) *at = 0;
      any = any || *at > 0;
    }
    for (int32_t l = 0; l < v->levels.count; l++) {
      if (!blank[l] && (any || !logical)) cli_push(&column[k].answers, v->levels.text[l]);
    }
  }
  return column;
}

static int32_t level_number(const weeg_variable *v, const char *text) {
  for (int32_t l = 0; l < v->levels.count; l++) {
    if (strcmp(v->levels.text[l], text) == 0) return l + 1;
  }
  return 0;
}

static bool all_in(const cli_list *answers, const cli_list *known) {
  for (int32_t i = 0; i < answers->count; i++) {
    if (index_in(known, answers->item[i]) < 0) return false;
  }
  return true;
}

static _Noreturn void no_item(const item_column *column) {
  cli_list shown = {0};
  for (int32_t i = 0; i < column->answers.count && i < 8; i++) cli_push(&shown, column->answers.item[i]);
  const char *own =
      column->answers.count > 1 ? "" : cli_said("For items that hold their own text or nothing, use --unnamed blank; ");
  cli_fail("%s is not an item: its levels are %s%s. Items are logical, 0 or 1; or give the level that means that an item is "
           "named: --yes. %s%s first, second and third answers in columns, use --coding categories; for answers in one "
           "text, --separator ';'",
           column->v->name, cli_join(&shown, ", "), column->answers.count > shown.count ? ", ..." : "", own,
           own[0] == '\0' ? cli_said("For") : cli_said("for"));
}

/* ---- a column per item ---- */

static void find_yes(const cli_items *items, item_column *column) {
  static const char *logical[] = {"FALSE", "TRUE"}, *digits[] = {"0", "1"};
  const cli_list logicals = {logical, 2, 2}, numbers = {digits, 2, 2};
  cli_list others = {0}; /* what those who do not name an item say */
  for (int32_t k = 0; k < items->variables.count && items->yes != NULL; k++) {
    const cli_list *answers = &column[k].answers;
    for (int32_t i = 0; i < answers->count && index_in(answers, items->yes) >= 0; i++) add_new(&others, answers->item[i]);
  }
  for (int32_t k = 0; k < items->variables.count; k++) {
    const cli_list *answers = &column[k].answers;
    const char *said = NULL;
    if (items->counted != NULL) column[k].yes = items->counted[k];
    if (answers->count == 0 || items->counted != NULL) continue;
    if (items->yes != NULL && all_in(answers, &others)) said = items->yes;
    if (items->yes != NULL && index_in(answers, items->yes) >= 0) said = items->yes;
    if (items->yes == NULL && all_in(answers, &logicals)) said = "TRUE";
    else if (items->yes == NULL && all_in(answers, &numbers)) said = "1";
    else if (items->yes == NULL && items->blank && answers->count == 1) said = answers->item[0];
    if (said == NULL) no_item(&column[k]);
    column[k].yes = level_number(column[k].v, said);
  }
}

/* Items without an answer but yes: their blanks seem to be what others call no. Those of respondents who left out the whole
   question carry no information, if there is a level for no. */
static void refuse_only_yes(const cli_items *items, const item_column *column, const int32_t *level, int32_t rows) {
  const int32_t count = items->variables.count;
  cli_list only = {0}, said = {0};
  bool *skipped = CLI_NEW(bool, rows);
  for (int32_t i = 0; i < rows; i++) {
    skipped[i] = true;
    for (int32_t k = 0; k < count; k++) skipped[i] = skipped[i] && level[(int64_t)i * count + k] == 0;
  }
  for (int32_t k = 0; k < count; k++) {
    bool named = false, other = false, blank = false;
    for (int32_t i = 0; i < rows; i++) {
      const int32_t at = level[(int64_t)i * count + k];
      named = named || (at > 0 && at == column[k].yes);
      other = other || (at > 0 && at != column[k].yes);
      blank = blank || (at == 0 && !(column[k].answers.count > 1 && skipped[i]));
    }
    if (!named || other || !blank) continue;
    cli_push(&only, column[k].v->name);
    add_new(&said, cli_format("\"%s\"", column[k].v->levels.text[column[k].yes - 1]));
  }
  if (only.count == 0) return;
  cli_fail(only.count == 1 ? "%s has no answer but %s and blanks, so that all who answered would name it. If a blank "
                             "means that an item is not "
                             "named, use --unnamed blank. If it is no answer, give the item a level for those who do "
                             "not name it, such as FALSE"
                           : "%s have no answer but %s and blanks, so that all who answered would name them. If a "
                             "blank means that an item is "
                             "not named, use --unnamed blank. If it is no answer, give the items a level for those who "
                             "do not name them, such "
                             "as FALSE",
           cli_listed(&only, ", "), cli_listed(&said, ", "));
}

static void name_variables(cli_items *items, const item_column *column) {
  items->items = items->variables.count;
  items->name = CLI_NEW(const char *, items->items);
  items->label = CLI_NEW(const char *, items->items);
  for (int32_t k = 0; k < items->items; k++) {
    const weeg_variable *v = column[k].v;
    const char *text = column[k].yes == 0 ? NULL : v->levels.text[column[k].yes - 1];
    bool own = items->yes == NULL && text != NULL && strcmp(text, "TRUE") != 0 && strcmp(text, "1") != 0;
    if (items->set != NULL) own = items->set->value_labels && text != NULL;
    items->name[k] = v->name;
    items->label[k] = own ? text : v->label != NULL ? v->label : v->name;
  }
}

/* named[items]; whether the row answers the question. */
static bool read_items(const cli_items *items, const item_column *column, const int32_t *level, bool *named) {
  bool known = true;
  for (int32_t k = 0; k < items->items; k++) {
    named[k] = level[k] > 0 && level[k] == column[k].yes;
    known = known && (level[k] > 0 || (level[k] == 0 && items->blank));
  }
  return known;
}

/* ---- answers in columns of their own, or in one text ---- */

/* The answers that a level stands for. */
static cli_list pieces_of(const cli_items *items, const char *level) {
  cli_list pieces = {0};
  if (items->separator == NULL) {
    if (trimmed(level)[0] != '\0') cli_push(&pieces, level);
    return pieces;
  }
  while (level != NULL) {
    const char *end = strstr(level, items->separator);
    const char *piece = trimmed(end == NULL ? level : cli_copy(level, (size_t)(end - level)));
    if (piece[0] != '\0') add_new(&pieces, piece);
    level = end == NULL ? NULL : end + strlen(items->separator);
  }
  return pieces;
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static int by_value(const void *a, const void *b) {
  const double x = strtod(*(const char *const *)a, NULL), y = strtod(*(const char *const *)b, NULL);
  return x == y ? by_text(a, b) : (x > y) - (x < y);
}

static void sort_list(cli_list *list, int (*compare)(const void *, const void *)) {
  if (list->count > 0) qsort(list->item, (size_t)list->count, sizeof *list->item, compare);
}

/* -12, 3.5 */
static bool is_plain_number(const char *text) {
  text += *text == '-';
  const size_t whole = strspn(text, "0123456789");
  if (whole == 0 || text[whole] == '\0') return whole > 0;
  const size_t rest = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
  return rest > 0 && text[whole + 1 + rest] == '\0';
}

static void insert(cli_list *list, int32_t at, const char *text) {
  cli_push(list, text);
  for (int32_t i = list->count - 1; i > at; i--) list->item[i] = list->item[i - 1];
  list->item[at] = text;
}

/* Adds what is new in a column: before the first answer behind it there that is known already, else at the end. */
static void join_order(cli_list *order, const cli_list *of) {
  const cli_list before = {of->item, of->count, of->count};
  cli_list fresh = {0};
  for (int32_t i = 0; i < before.count; i++) {
    if (index_in(order, before.item[i]) < 0) cli_push(&fresh, before.item[i]);
  }
  for (int32_t i = fresh.count - 1; i >= 0; i--) {
    int32_t at = -1;
    for (int32_t k = index_in(&before, fresh.item[i]) + 1; k < before.count && at < 0; k++) at = index_in(order, before.item[k]);
    insert(order, at < 0 ? order->count : at, fresh.item[i]);
  }
}

/* All answers of the columns: sorted where each column's are, else in the order that the columns have. */
static cli_list order_answers(const cli_items *items, const item_column *column, const cli_list *answers) {
  cli_list all = {0}, order = {0};
  bool numbers = true, plain = items->separator != NULL, sorted = true;
  for (int32_t k = 0; k < items->variables.count; k++) {
    if (column[k].answers.count > 0) numbers = numbers && column[k].v->number && column[k].v->values == NULL;
    for (int32_t i = 0; i < answers[k].count; i++) {
      add_new(&all, answers[k].item[i]);
      plain = plain && is_plain_number(answers[k].item[i]);
      sorted = sorted && (i == 0 || strcmp(answers[k].item[i - 1], answers[k].item[i]) <= 0);
    }
  }
  if (numbers || plain) {
    sort_list(&all, by_value);
  } else if (items->separator != NULL || sorted) {
    sort_list(&all, by_text);
  } else {
    for (int32_t k = 0; k < items->variables.count; k++) join_order(&order, &answers[k]);
    return order;
  }
  return all;
}

/* Those with a text of the user first, in that order. */
static cli_list find_answers(const cli_items *items, const item_column *column, const cli_list *answers) {
  const cli_list all = order_answers(items, column, answers);
  cli_list found = {0}, other = {0};
  const char *unknown = NULL;
  if (all.count == 0) cli_fail("there is no answer in %s", cli_listed(&items->variables, ", "));
  for (int32_t i = 0; i < items->labelled.count; i++) {
    cli_push(&found, items->labelled.item[i]);
    if (unknown == NULL && index_in(&all, items->labelled.item[i]) < 0) unknown = items->labelled.item[i];
  }
  for (int32_t i = 0; i < all.count; i++) {
    if (index_in(&items->labelled, all.item[i]) < 0) cli_push(&other, all.item[i]);
  }
  if (unknown != NULL && other.count > 0) {
    cli_fail("--labels has a text for \"%s\", which nobody answers, and none for \"%s\"; answers that nobody gave can have a "
             "text if all others have one",
             unknown, other.item[0]);
  }
  for (int32_t i = 0; i < other.count; i++) cli_push(&found, other.item[i]);
  return found;
}

static void name_answers(cli_items *items, item_column *column) {
  const int32_t count = items->variables.count;
  cli_list *answers = CLI_NEW(cli_list, count);
  for (int32_t k = 0; k < count; k++) {
    for (int32_t l = 0; l < column[k].answers.count; l++) {
      const cli_list pieces = pieces_of(items, column[k].answers.item[l]);
      for (int32_t i = 0; i < pieces.count; i++) add_new(&answers[k], pieces.item[i]);
    }
  }
  const cli_list found = find_answers(items, column, answers);
  items->items = found.count;
  items->name = found.item;
  items->label = CLI_NEW(const char *, found.count);
  memcpy(items->label, found.item, (size_t)found.count * sizeof *found.item);
  for (int32_t k = 0; k < count; k++) {
    const weeg_texts *levels = &column[k].v->levels;
    column[k].item = CLI_NEW(int32_t *, levels->count);
    for (int32_t l = 0; l < levels->count; l++) {
      const cli_list pieces = pieces_of(items, levels->text[l]);
      column[k].item[l] = CLI_NEW(int32_t, (int64_t)pieces.count + 1);
      for (int32_t i = 0; i < pieces.count; i++) column[k].item[l][i] = index_in(&found, pieces.item[i]);
      column[k].item[l][pieces.count] = -1;
    }
  }
}

static bool read_answers(const cli_items *items, const item_column *column, const int32_t *level, bool *named) {
  bool any = false, refused = false;
  memset(named, 0, (size_t)items->items * sizeof *named);
  for (int32_t k = 0; k < items->variables.count; k++) {
    refused = refused || level[k] < 0;
    for (int32_t i = 0; level[k] > 0 && column[k].item[level[k] - 1][i] >= 0; i++) {
      any = named[column[k].item[level[k] - 1][i]] = true;
    }
  }
  return any || (items->blank && !refused);
}

/* ---- patterns: combinations of items that are named together ---- */

/* The texts of the user in place of their own; names where two are alike. */
static void label_items(cli_items *items) {
  bool twice = false;
  for (int32_t i = 0; i < items->items; i++) {
    const int32_t at = index_in(&items->labelled, items->name[i]);
    if (at >= 0) items->label[i] = items->text.item[at];
  }
  for (int32_t i = 0; i < items->items; i++) {
    for (int32_t k = 0; k < i; k++) twice = twice || strcmp(items->label[i], items->label[k]) == 0;
  }
  for (int32_t i = 0; i < items->items && twice; i++) items->label[i] = items->name[i];
}

/* Distinct patterns in the order of their texts, as in R: sums have the same bits then. */
static int32_t *number_patterns(cli_items *items, const char *const *pattern, int32_t rows) {
  int32_t *number = CLI_NEW(int32_t, rows), used = 0;
  const char **sorted = CLI_NEW(const char *, rows);
  for (int32_t i = 0; i < rows; i++) {
    if (pattern[i] != NULL) sorted[used++] = pattern[i];
  }
  if (used > 0) qsort(sorted, (size_t)used, sizeof *sorted, by_text);
  for (int32_t i = 0; i < used; i++) {
    if (i == 0 || strcmp(sorted[items->patterns - 1], sorted[i]) != 0) sorted[items->patterns++] = sorted[i];
  }
  for (int32_t i = 0; i < rows; i++) {
    const char **found = NULL;
    if (pattern[i] != NULL) found = bsearch(&pattern[i], sorted, (size_t)items->patterns, sizeof *sorted, by_text);
    number[i] = found == NULL ? -1 : (int32_t)(found - sorted);
  }
  items->named = CLI_NEW(bool, (int64_t)items->patterns * items->items);
  items->levels = (weeg_texts){items->patterns, CLI_NEW(char *, items->patterns)};
  for (int32_t p = 0; p < items->patterns; p++) {
    items->levels.text[p] = cli_copy(sorted[p], strlen(sorted[p]));
    for (const char *at = sorted[p]; at != NULL && *at != '\0'; at = strchr(at + 1, ',')) {
      items->named[(int64_t)p * items->items + strtol(at + 1, NULL, 10) - 1] = true;
    }
  }
  return number;
}

int32_t *cli_find_patterns(cli_items *items, const weeg_variable *const *variable, int32_t *level, int32_t rows) {
  const int32_t count = items->variables.count;
  item_column *column = read_columns(items, variable, level, rows);
  items->patterns = 0;
  check_labels(items);
  if (items->categories) {
    name_answers(items, column);
  } else {
    find_yes(items, column);
    if (!items->blank) refuse_only_yes(items, column, level, rows);
    name_variables(items, column);
  }
  label_items(items);
  bool *named = CLI_NEW(bool, items->items);
  const char **pattern = CLI_NEW(const char *, rows);
  for (int32_t i = 0; i < rows; i++) {
    const int32_t *at = level + (int64_t)i * count;
    cli_text text = {0};
    cli_add(&text, "");
    if (!(items->categories ? read_answers(items, column, at, named) : read_items(items, column, at, named))) continue;
    for (int32_t k = 0; k < items->items; k++) {
      if (named[k]) cli_addf(&text, ",%d", (int)k + 1);
    }
    pattern[i] = text.bytes;
  }
  return number_patterns(items, pattern, rows);
}

weeg_variable cli_pattern_variable(const cli_items *items) {
  return (weeg_variable){.name = cli_copy(items->variable, strlen(items->variable)), .levels = items->levels};
}

/* ---- of a tally ---- */

/* The same tally by groups and patterns; of a domain, also what lies outside it. */
cli_data *cli_tally_patterns(const cli_data *data, const cli_list *groups, cli_items *items) {
  cli_list names = {0};
  for (int32_t i = 0; i < groups->count; i++) cli_push(&names, groups->item[i]);
  for (int32_t i = 0; i < items->variables.count; i++) cli_push(&names, items->variables.item[i]);
  const cli_data *folded = cli_fold(data, &names);
  const weeg_tally *tally = folded->tally;
  const int32_t count = items->variables.count, first = groups->count;
  int32_t *place = CLI_NEW(int32_t, tally->cells), rows = 0; /* the number of a cell that occurs, from 1 */
  for (int64_t i = 0; i < tally->entries; i++) place[tally->cell[i]] = 1;
  for (int32_t c = 0; c < tally->cells; c++) {
    if (place[c] != 0) place[c] = ++rows;
  }
  int32_t *level = CLI_NEW(int32_t, (int64_t)rows * count), *group = CLI_NEW(int32_t, rows);
  const weeg_variable **variable = CLI_NEW(const weeg_variable *, count);
  for (int32_t k = 0; k < count; k++) variable[k] = &folded->variable[first + k];
  for (int32_t c = 0; c < tally->cells; c++) {
    int32_t rest = c;
    for (int32_t k = count - 1; k >= 0; k--) {
      const int32_t size = variable[k]->levels.count + 1, position = rest % size;
      rest /= size;
      if (place[c] > 0) level[(int64_t)(place[c] - 1) * count + k] = position == size - 1 ? 0 : position + 1;
    }
    if (place[c] > 0) group[place[c] - 1] = rest;
  }
  const int32_t *number = cli_find_patterns(items, variable, level, rows);
  weeg_variable *wanted = CLI_NEW(weeg_variable, (int64_t)first + 1);
  for (int32_t k = 0; k < first; k++) wanted[k] = folded->variable[k];
  wanted[first] = cli_pattern_variable(items);
  (void)cli_cells(wanted, first + 1);
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t at = place[c] - 1;
    place[c] = at < 0 ? -1 : group[at] * (items->patterns + 1) + (number[at] < 0 ? items->patterns : number[at]);
  }
  cli_data *made = cli_with_cells(folded, place, wanted, first + 1);
  if (data->whole == NULL) return made;
  cli_items outside = *items;
  made->whole = cli_tally_patterns(data->whole, groups, &outside);
  return made;
}
