/* What weeg book is asked for, and the data of each question alone and by each variable. */
#include <math.h>
#include <string.h>

#include "commands/book.h"

static int32_t index_in(const cli_list *list, const char *text) {
  for (int32_t i = 0; i < list->count; i++) {
    if (strcmp(list->item[i], text) == 0) return i;
  }
  return -1;
}

/* ---- the command line ---- */

static void find_terms(book *b) {
  const cli_options *o = b->options;
  if (o->rows == NULL || o->columns == NULL) {
    cli_usage("weeg book needs --rows and --columns, as in --rows 'q1 + q2' --columns 'region + age'");
  }
  b->rows = cli_parse_terms(o->rows);
  b->columns = cli_parse_terms(o->columns);
  for (int32_t i = 0; i < b->rows.count; i++) {
    if (index_in(&b->columns, b->rows.item[i]) < 0) continue;
    cli_usage("%s is in --rows and in --columns at once; leave it out of one of them", b->rows.item[i]);
  }
  b->question = CLI_NEW(book_question, b->rows.count);
  for (int32_t i = 0; i < b->rows.count; i++) b->question[i].name = b->rows.item[i];
}

/* "q3=q2 == 'yes'": the name before the first =, and what stands behind it. */
static const char *split_named(const char *text, const char *option, const char *example, const char **behind) {
  const char *equals = strchr(text, '=');
  cli_list name = {0};
  if (equals != NULL && equals != text) name = cli_parse_terms(cli_copy(text, (size_t)(equals - text)));
  if (name.count != 1 || equals[1] == '\0') cli_usage("%s is to be like %s, not \"%s\"", option, example, text);
  *behind = equals + 1;
  return name.item[0];
}

static void find_filters(book *b) {
  const cli_list *asked = &b->options->filters;
  for (int32_t i = 0; i < asked->count; i++) {
    const char *condition = NULL;
    const char *name = split_named(asked->item[i], "--filters", "\"q3=q2 == 'yes'\"", &condition);
    const int32_t at = index_in(&b->rows, name);
    const char *near = at < 0 ? cli_near(name, &b->rows) : NULL;
    if (near != NULL) cli_usage("--filters has %s, which is not in --rows; did you mean %s?", name, near);
    if (at < 0) cli_usage("--filters has %s, which is not in --rows", name);
    if (b->question[at].filter != NULL) cli_usage("--filters has two conditions for %s; join them with &", name);
    b->question[at].filter = condition;
  }
}

static void find_nets(book *b) {
  const cli_list *asked = &b->options->net;
  b->nets = asked->count;
  b->net = CLI_NEW(cli_net, b->nets);
  for (int32_t i = 0; i < b->nets; i++) {
    b->net[i] = cli_parse_net(asked->item[i]);
    for (int32_t k = 0; k < i; k++) {
      if (strcmp(b->net[k].name, b->net[i].name) == 0) cli_usage("two nets are named \"%s\" (in --net)", b->net[i].name);
    }
  }
}

/* Of the texts of --labels those of a set's items, where these are variables. */
static void own_labels(cli_items *set) {
  cli_list labelled = {0}, text = {0};
  for (int32_t i = 0; i < set->labelled.count; i++) {
    if (index_in(&set->variables, set->labelled.item[i]) < 0) continue;
    cli_push(&labelled, set->labelled.item[i]);
    cli_push(&text, set->text.item[i]);
  }
  set->labelled = labelled;
  set->text = text;
}

static void find_sets(book *b) {
  const cli_list *asked = &b->options->sets;
  b->set_count = asked->count;
  b->set = CLI_NEW(cli_items, b->set_count);
  for (int32_t i = 0; i < b->set_count; i++) {
    const char *items = NULL;
    const char *name = split_named(asked->item[i], "--sets", "'media=tv + radio'", &items);
    const cli_formula formula = {.outcomes = cli_parse_terms(items)};
    b->set[i] = cli_read_question(b->options, &formula);
    b->set[i].variable = name;
    if (!b->set[i].categories) own_labels(&b->set[i]);
    if (index_in(&b->rows, name) < 0 && index_in(&b->columns, name) < 0) {
      cli_usage("--sets has %s, which is neither in --rows nor in --columns", name);
    }
    for (int32_t k = 0; k < i; k++) {
      if (strcmp(b->set[k].variable, name) == 0) cli_usage("--sets has %s twice", name);
    }
  }
}

/* A copy of the set of --sets with a name, NULL: there is none; which patterns occur is of a tally. */
static cli_items *set_named(const book *b, const char *name) {
  for (int32_t i = 0; i < b->set_count; i++) {
    if (strcmp(b->set[i].variable, name) != 0) continue;
    cli_items *items = CLI_NEW(cli_items, 1);
    *items = b->set[i];
    return items;
  }
  return NULL;
}

/* ---- data ---- */

static cli_formula formula_of(const char *outcome, const char *by) {
  cli_formula formula = {.right = by};
  cli_push(&formula.outcomes, outcome);
  if (by[0] != '\0') cli_push(&formula.groups, by);
  return formula;
}

/* Of a file of rows there is a tally for each part, as there may be no room for that of all variables together. */
static cli_wanted wanted_of(const book *b, int32_t part) {
  const book_question *q = book_of(b, part);
  const char *const names[] = {b->parts[part].by, q->name};
  cli_wanted w = {.filter = q->filter, .sets = true};
  for (int k = 0; k < 2; k++) {
    cli_items *set = set_named(b, names[k]);
    if (set != NULL) w.items[w.items[0] != NULL] = set;
    else if (names[k][0] != '\0') cli_push(&w.names, names[k]);
  }
  if (q->kind == BOOK_MEAN) cli_push(&w.numbers, q->name);
  else w.unless_number = q->name;
  return w;
}

static cli_wanted *all_wanted(const book *b, int32_t *which, int32_t count) {
  cli_wanted *wanted = CLI_NEW(cli_wanted, count);
  for (int32_t i = 0; i < count; i++) wanted[i] = wanted_of(b, which[i]);
  return wanted;
}

static void refuse_pipe(const char *path, const char *why) {
  if (strcmp(path, "-") != 0) return;
  cli_usage("weeg book reads rows twice, for %s, which a pipe cannot be: give a file or a tally", why);
}

/* The multiple-response questions that were found among the names. */
static void note_items(book_part *x, const book_question *q, const cli_wanted *w) {
  for (int k = 0; k < 2; k++) {
    if (w->items[k] == NULL) continue;
    if (strcmp(w->items[k]->variable, q->name) == 0) x->items = w->items[k];
    else x->over = w->items[k];
  }
}

/* The data of parts first .. end - 1 that are of means, or are not; those that turn out to be of a number have none. */
static void load_parts(book *b, const cli_options *o, const char *path, cli_data **data, const int32_t *range, bool means) {
  int32_t *which = CLI_NEW(int32_t, b->count), count = 0;
  for (int32_t i = range[0]; i < range[1]; i++) {
    if ((book_of(b, i)->kind == BOOK_MEAN) == means) which[count++] = i;
  }
  if (count == 0) return;
  cli_wanted *wanted = all_wanted(b, which, count);
  cli_data **loaded = cli_load_together(o, path, wanted, count);
  for (int32_t k = 0; k < count; k++) {
    data[which[k]] = loaded[k];
    note_items(&b->parts[which[k]], book_of(b, which[k]), &wanted[k]);
  }
}

/* Numbers are read for their sums: together, or each on its own where conditions of other questions may be about it. */
static void load_means(book *b, const cli_options *o, const char *path, cli_data **data) {
  const int32_t step = b->options->filters.count > 0 ? b->each : b->count;
  for (int32_t i = 0; i < b->count; i += step) load_parts(b, o, path, data, (int32_t[]){i, i + step}, true);
}

static cli_data **read_rows(book *b, const char *path) {
  cli_data **data = CLI_NEW(cli_data *, b->count);
  cli_options *again = CLI_NEW(cli_options, 1);
  bool means = false;
  load_parts(b, b->options, path, data, (int32_t[]){0, b->count}, false);
  for (int32_t i = 0; i < b->count; i++) {
    if (data[i] != NULL) continue;
    b->question[i / b->each].kind = BOOK_MEAN;
    means = true;
  }
  if (!means) return data;
  refuse_pipe(path, cli_said("means of numbers"));
  *again = *b->options;
  again->again = true;
  load_means(b, again, path, data);
  return data;
}

/* A tally by a question and a variable, of which either may be a multiple-response question. */
static cli_data *with_items(const book *b, const cli_data *data, book_part *x, const char *name) {
  x->items = set_named(b, name);
  x->over = set_named(b, x->by);
  cli_data *made = CLI_NEW(cli_data, 1);
  *made = *data;
  if (x->items != NULL) {
    cli_list groups = x->over != NULL ? x->over->variables : x->formula.groups;
    made = cli_tally_patterns(made, &groups, x->items);
  }
  if (x->over != NULL) made = cli_tally_patterns(made, &x->formula.outcomes, x->over);
  return made;
}

/* A tally is read once, with all variables. */
static cli_data **read_tally(book *b, const char *path) {
  cli_data *data = cli_load(b->options, path, NULL);
  cli_data **all = CLI_NEW(cli_data *, b->count);
  cli_check_kinds(data, &b->columns, NULL); /* of those that it has */
  b->tally = data;
  for (int32_t i = 0; i < b->rows.count; i++) {
    book_question *q = &b->question[i];
    if (set_named(b, q->name) == NULL && data->variable[cli_find_variable(data, q->name, "--rows")].measure) q->kind = BOOK_MEAN;
    cli_data *own = q->filter == NULL ? data : cli_narrow(data, cli_parse_condition(q->filter));
    for (int32_t k = 0; k < b->each; k++) all[i * b->each + k] = with_items(b, own, &b->parts[i * b->each + k], q->name);
  }
  return all;
}

/* ---- places ---- */

static cli_places places_of(const book *b, const cli_options *o, const cli_data *data, int32_t part) {
  const cli_formula *formula = &b->parts[part].formula;
  const book_question *q = book_of(b, part);
  const cli_list number = {(const char **)&formula->outcomes.item[0], 1, 1};
  cli_options plain = *o;
  plain.net = (cli_list){0};
  cli_places p = q->kind == BOOK_MEAN ? cli_prepare_numbers(&plain, data, formula, q->name, &number)
                                      : cli_prepare(&plain, data, formula, q->name);
  if (formula->groups.count == 0) p.group_label[0] = cli_said("Total");
  return p;
}

/* Columns that overlap: of each item the patterns that name it. */
static void find_columns(book_part *x) {
  x->columns = x->p.groups;
  x->column = x->p.group_label;
  if (x->over == NULL) return;
  const cli_items *over = x->over;
  int64_t *start = CLI_NEW(int64_t, (int64_t)over->items + 1);
  int32_t *group = CLI_NEW(int32_t, (int64_t)over->items * over->patterns + 1);
  for (int32_t i = 0; i < over->items; i++) {
    start[i + 1] = start[i];
    for (int32_t g = 0; g < over->patterns; g++) {
      if (over->named[(int64_t)g * over->items + i]) group[start[i + 1]++] = g;
    }
  }
  x->columns = over->items;
  x->column = over->label;
  x->sets = (weeg_sets){.sets = over->items, .start = start, .group = group};
}

/* Sums over the groups of each column. */
static double *by_column(const book_part *x, double *by_group) {
  double *sums = CLI_NEW(double, x->columns);
  if (x->over == NULL) return by_group;
  for (int32_t k = 0; k < x->columns; k++) {
    for (int64_t i = x->sets.start[k]; i < x->sets.start[k + 1]; i++) sums[k] += by_group[x->sets.group[i]];
  }
  return sums;
}

/* Whether the rows of a cell answer the question; a level for those who do not is none of its patterns. */
static bool answers(const book_part *x, const cli_places *p, int32_t cell) {
  return p->level[cell] >= 0 && (x->items == NULL || p->level[cell] < x->items->patterns);
}

/* Sums of weights of each column's rows with an answer, of the totals of cells, as R has them. */
static double *weights_of(const book_part *x) {
  const weeg_tally *t = x->p.data->tally;
  weeg_error err = cli_error();
  double *total = CLI_NEW(double, t->cells), *sums = CLI_NEW(double, x->p.groups);
  cli_check(weeg_tally_totals(t, NULL, total, &err), &err);
  for (int32_t c = 0; c < t->cells; c++) {
    if (x->p.group[c] >= 0 && answers(x, &x->p, c)) sums[x->p.group[c]] += total[c];
  }
  return by_column(x, sums);
}

/* The same of squares of weights, in a tally that has these; or of weights that follow from population sizes, which are the same
   in all rows of a unit. */
static double *squares_of(const book_part *x, const cli_places *p, bool of_units) {
  const weeg_tally *t = p->data->tally;
  double *sums = CLI_NEW(double, p->groups);
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t g = p->group[t->cell[i]];
    if (g < 0 || !answers(x, p, t->cell[i]) || t->n[i] <= 0) continue;
    const double w = weeg_sum_value(t->w[i], t->scale);
    sums[g] += of_units ? w * w / (double)t->n[i] : weeg_square_value(t->w2[i], t->scale);
  }
  return by_column(x, sums);
}

/* The same rows as samples without strata and clusters, whose tallies have the squares; rows that are left out for want of an
   answer count in none of the groups. */
static void read_squares(book *b, const char *path) {
  cli_options *o = CLI_NEW(cli_options, 1);
  cli_data **data = CLI_NEW(cli_data *, b->count);
  refuse_pipe(path, cli_said("the sums of weights and of their squares"));
  *o = *b->options;
  o->strata = o->cluster = o->fpc = o->pps = o->repweights = o->make_replicates = o->lonely = o->df = NULL;
  o->type = o->scale = o->rscales = o->rho = o->replicates = o->seed = NULL;
  o->nest = o->lonely_domain = o->mse = o->no_mse = o->no_combined = false;
  o->again = true;
  o->missing = o->missing != NULL && strcmp(o->missing, "level") == 0 ? "level" : "domain";
  load_parts(b, o, path, data, (int32_t[]){0, b->count}, false);
  load_means(b, o, path, data);
  for (int32_t i = 0; i < b->count; i++) {
    const cli_places p = places_of(b, o, data[i], i);
    b->parts[i].squares = squares_of(&b->parts[i], &p, false);
  }
}

/* Of Kish's effective bases: sums of squares; none where weights of rows are not known, or all are equal. */
static void find_squares(book *b, const char *path) {
  const cli_data *data = b->parts[0].p.data;
  bool known = true;
  if (b->tally != NULL || data->weights == NULL) return;
  for (int32_t i = 0; i < b->count; i++) known = known && b->parts[i].p.data->tally->w2 != NULL;
  const bool units = cli_weighted_by_fpc(data);
  if (!known && !units) {
    read_squares(b, path);
    return;
  }
  for (int32_t i = 0; i < b->count; i++) {
    book_part *x = &b->parts[i];
    x->squares = squares_of(x, &x->p, units);
  }
}

/* The conditions of the data are those of all questions. */
static void find_about(book *b) {
  cli_data *about = CLI_NEW(cli_data, 1);
  *about = *b->parts[0].p.data;
  if (b->tally != NULL) about->conditions = b->tally->conditions;
  else if (b->question[0].filter != NULL) about->conditions = (cli_list){0};
  if (b->tally == NULL && b->question[0].filter != NULL && b->options->domain != NULL) {
    cli_push(&about->conditions, cli_condition_text(cli_parse_condition(b->options->domain)));
  }
  b->about = about;
}

const char *book_letter(const book_part *x, int32_t column) {
  return x->by[0] == '\0' || x->columns > BOOK_MOST_LETTERS ? NULL : cli_format("%c", 'A' + column);
}

void book_read(book *b) {
  find_terms(b);
  find_filters(b);
  find_nets(b);
  find_sets(b);
  b->each = b->columns.count + 1;
  if ((int64_t)b->rows.count * b->each > INT16_MAX) cli_usage("a book has at most %d tables", (int)INT16_MAX);
  b->count = b->rows.count * b->each;
  b->parts = CLI_NEW(book_part, b->count);
  for (int32_t i = 0; i < b->count; i++) {
    const int32_t k = i % b->each;
    b->parts[i].by = k == 0 ? "" : b->columns.item[k - 1];
    b->parts[i].formula = formula_of(b->rows.item[i / b->each], b->parts[i].by);
  }
  const char *path = cli_source_path(b->options->arguments.item[0]);
  cli_data **data = cli_is_tally(path) ? read_tally(b, path) : read_rows(b, path);
  for (int32_t i = 0; i < b->count; i++) {
    book_part *x = &b->parts[i];
    if (i % b->each == 0 && x->items == NULL) cli_say_many_values(data[i], &x->formula.outcomes, "row");
    if (i > 0 && i < b->each) cli_say_many_values(data[i], &x->formula.groups, "column");
    x->p = places_of(b, b->options, data[i], i);
    find_columns(x);
    x->weighted = weights_of(x);
    x->squares = CLI_NEW(double, x->columns);
    x->effective = CLI_NEW(double, x->columns);
  }
  find_squares(b, path);
  find_about(b);
}
