/* weeg merge: the sum of tallies, matched by the labels of strata, PSUs and levels, as `+` does in R. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

static void release_tally(void *tally) { weeg_tally_free((weeg_tally *)tally); }

/* ---- labels by name ---- */

typedef struct label { const char *text; int64_t at; } label; /* at: its place among all of them */

static int by_text(const void *a, const void *b) {
  const label *x = a, *y = b;
  const int order = strcmp(x->text, y->text);
  return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

/* The first place of each label's text, [a->count + b->count]. */
static int64_t *first_places(const weeg_texts *a, const weeg_texts *b) {
  const int64_t all = (int64_t)a->count + b->count;
  label *sorted = CLI_NEW(label, all);
  int64_t *first = CLI_NEW(int64_t, all);
  for (int64_t i = 0; i < all; i++) sorted[i] = (label){i < a->count ? a->text[i] : b->text[i - a->count], i};
  qsort(sorted, (size_t)all, sizeof *sorted, by_text);
  for (int64_t k = 0; k < all; k++) {
    const bool again = k > 0 && strcmp(sorted[k].text, sorted[k - 1].text) == 0;
    first[sorted[k].at] = again ? first[sorted[k - 1].at] : sorted[k].at;
  }
  return first;
}

/* The labels of a, then those of b that are new; where each label of a and of b has come. */
typedef struct joined { weeg_texts texts; int32_t *a, *b; } joined;

static joined join_texts(const weeg_texts *a, const weeg_texts *b) {
  const int64_t most = (int64_t)a->count + b->count;
  if (most > 1 << 29) cli_fail("the tallies have too many labels together");
  joined j = {{0, CLI_NEW(char *, most)}, CLI_NEW(int32_t, a->count), CLI_NEW(int32_t, b->count)};
  const int64_t *first = first_places(a, b);
  int32_t *number = CLI_NEW(int32_t, most);
  for (int64_t i = 0; i < most; i++) {
    if (first[i] == i) {
      number[i] = j.texts.count;
      j.texts.text[j.texts.count++] = i < a->count ? a->text[i] : b->text[i - a->count];
    }
    number[i] = number[first[i]];
    if (i < a->count) j.a[i] = number[i];
    else j.b[i - a->count] = number[i];
  }
  return j;
}

/* ---- levels ---- */

typedef struct numbered { double value; int32_t from; } numbered;

static int by_value(const void *a, const void *b) {
  const double x = ((const numbered *)a)->value, y = ((const numbered *)b)->value;
  return (x > y) - (x < y);
}

/* The numbers that levels stand for, joined; false: a level has two, or two levels have one. */
static bool join_values(const joined *j, const weeg_variable *a, const weeg_variable *b, numbered *value) {
  bool *known = CLI_NEW(bool, j->texts.count);
  for (int side = 0; side < 2; side++) {
    const weeg_variable *v = side == 0 ? a : b;
    for (int32_t k = 0; k < v->levels.count; k++) {
      const int32_t at = (side == 0 ? j->a : j->b)[k];
      const double found = cli_level_score(v, k);
      if (known[at] && value[at].value != found) return false;
      known[at] = true;
      value[at] = (numbered){found, at};
    }
  }
  qsort(value, (size_t)j->texts.count, sizeof *value, by_value);
  for (int32_t k = 1; k < j->texts.count; k++) {
    if (value[k].value == value[k - 1].value) return false;
  }
  return true;
}

/* Puts levels that are numbers in order of size; where that cannot be, they are numbers no more. */
static void sort_levels(joined *j, const weeg_variable *a, const weeg_variable *b, weeg_variable *sum) {
  const int32_t count = j->texts.count;
  numbered *sorted = CLI_NEW(numbered, count);
  int32_t *place = CLI_NEW(int32_t, count);
  char **text = CLI_NEW(char *, count);
  sum->values = NULL;
  sum->number = join_values(j, a, b, sorted);
  if (!sum->number) return;
  if (a->values != NULL || b->values != NULL) sum->values = CLI_NEW(double, count);
  for (int32_t k = 0; k < count; k++) {
    text[k] = j->texts.text[sorted[k].from];
    place[sorted[k].from] = k;
    if (sum->values != NULL) sum->values[k] = sorted[k].value;
  }
  j->texts.text = text;
  for (int32_t k = 0; k < a->levels.count; k++) j->a[k] = place[j->a[k]];
  for (int32_t k = 0; k < b->levels.count; k++) j->b[k] = place[j->b[k]];
}

static bool same_texts(const weeg_texts *a, const weeg_texts *b) {
  if (a->count != b->count) return false;
  for (int32_t i = 0; i < a->count; i++) {
    if (strcmp(a->text[i], b->text[i]) != 0) return false;
  }
  return true;
}

static joined join_levels(const weeg_variable *a, const weeg_variable *b, weeg_variable *sum) {
  if (a->ordered && b->ordered && !same_texts(&a->levels, &b->levels)) {
    cli_fail("these tallies cannot be merged: the ordered levels of %s differ", a->name);
  }
  joined j = join_texts(&a->levels, &b->levels);
  *sum = *a;
  sum->number = a->number && b->number;
  sum->ordered = a->ordered && b->ordered;
  sum->values = NULL;
  if (sum->number) sort_levels(&j, a, b, sum);
  sum->levels = j.texts;
  return j;
}

/* Where the cells of one tally come in the sum: place[v] has the new number of each level of variable v. */
static int32_t *cell_map(const cli_data *data, const weeg_variable *sum, int32_t **place) {
  int32_t *cell = CLI_NEW(int32_t, data->tally->cells);
  for (int32_t v = 0; v < data->variables; v++) {
    const int32_t *position = cli_positions(data, v), missing = data->variable[v].levels.count;
    const int32_t size = sum[v].levels.count;
    for (int32_t c = 0; c < data->tally->cells; c++) {
      cell[c] = cell[c] * (size + 1) + (position[c] == missing ? size : place[v][position[c]]);
    }
  }
  return cell;
}

/* ---- designs ---- */

static void check_alike(const cli_data *a, const cli_data *b) {
  static const char refused[] = "these tallies cannot be merged:";
  const cli_list first = cli_variable_names(a), second = cli_variable_names(b);
  const char *names[] = {cli_join(&first, ", "), cli_join(&second, ", ")};
  const char *domain[] = {cli_domain_text(a), cli_domain_text(b)};
  const weeg_design *d = &a->design, *e = &b->design;
  if (strcmp(names[0], names[1]) != 0) {
    cli_fail("%s one has variables %s, another %s; weeg tally leaves variables out", refused, cli_listed(&first, ", "),
             cli_listed(&second, ", "));
  }
  if (d->element != e->element) cli_fail("%s one has clusters, another has none", refused);
  if (cli_profile_of(a) != cli_profile_of(b)) {
    cli_fail("%s their conventions differ (%s, %s)", refused, cli_profile_of(a)->name, cli_profile_of(b)->name);
  }
  if (d->lonely != e->lonely) {
    cli_fail("%s their rules for single-PSU strata differ (%s, %s)", refused, cli_lonely_rules[d->lonely],
             cli_lonely_rules[e->lonely]);
  }
  if ((domain[0] == NULL) != (domain[1] == NULL) || (domain[0] != NULL && strcmp(domain[0], domain[1]) != 0)) {
    cli_fail("%s their domains differ", refused);
  }
  if ((d->stratum_fpc == NULL) != (e->stratum_fpc == NULL)) cli_fail("%s only one has a finite population", refused);
  if ((a->weights == NULL) != (b->weights == NULL)) cli_fail("%s only one has weights", refused);
  if (cli_weighted_by_fpc(a) != cli_weighted_by_fpc(b)) cli_fail("%s only one has weights from fpc", refused);
  if (d->lonely_domain != e->lonely_domain) cli_fail("%s their rules for single-PSU strata in domains differ", refused);
}

static const double *join_fpc(const cli_data *a, const cli_data *b, const joined *strata) {
  if (a->design.stratum_fpc == NULL) return NULL;
  double *sum = CLI_NEW(double, strata->texts.count);
  for (int32_t h = 0; h < strata->texts.count; h++) sum[h] = NAN;
  for (int32_t h = 0; h < a->design.strata; h++) sum[strata->a[h]] = a->design.stratum_fpc[h];
  for (int32_t h = 0; h < b->design.strata; h++) {
    const int32_t place = strata->b[h];
    if (!isnan(sum[place]) && sum[place] != b->design.stratum_fpc[h]) {
      cli_fail("the population size of stratum %s differs between the tallies", strata->texts.text[place]);
    }
    sum[place] = b->design.stratum_fpc[h];
  }
  return sum;
}

/* The stratum of each PSU of both, which must agree. */
static void join_psus(const cli_data *a, const cli_data *b, const joined *strata, const joined *psus, cli_data *sum) {
  int32_t *of = CLI_NEW(int32_t, psus->texts.count), *seen = CLI_NEW(int32_t, psus->texts.count);
  int64_t *sampled = CLI_NEW(int64_t, strata->texts.count);
  for (int32_t u = 0; u < psus->texts.count; u++) of[u] = -1;
  for (int32_t side = 0; side < 2; side++) {
    const cli_data *data = side == 0 ? a : b;
    for (int32_t u = 0; u < data->design.psus; u++) {
      const int32_t place = (side == 0 ? psus->a : psus->b)[u];
      if (seen[place] == side + 1) cli_fail("two PSUs of one tally are called %s", psus->texts.text[place]);
      seen[place] = side + 1;
      if (data->design.psu_stratum[u] < 0) continue;
      const int32_t stratum = (side == 0 ? strata->a : strata->b)[data->design.psu_stratum[u]];
      if (of[place] >= 0 && of[place] != stratum) {
        cli_fail("PSU %s is in stratum %s of one tally and in %s of another", psus->texts.text[place],
                 strata->texts.text[of[place]], strata->texts.text[stratum]);
      }
      of[place] = stratum;
    }
  }
  for (int32_t u = 0; u < psus->texts.count; u++) {
    if (of[u] >= 0) sampled[of[u]]++;
  }
  sum->psus = psus->texts;
  sum->design.psus = psus->texts.count;
  sum->design.psu_stratum = of;
  sum->design.stratum_psus = sampled;
}

static void join_designs(const cli_data *a, const cli_data *b, cli_data *sum, int32_t **a_unit, int32_t **b_unit) {
  const joined strata = join_texts(&a->strata, &b->strata);
  sum->strata = strata.texts;
  sum->design.strata = strata.texts.count;
  sum->design.stratum_fpc = join_fpc(a, b, &strata);
  if (a->design.element) {
    int64_t *sampled = CLI_NEW(int64_t, strata.texts.count);
    for (int32_t h = 0; h < a->design.strata; h++) sampled[strata.a[h]] += a->design.stratum_psus[h];
    for (int32_t h = 0; h < b->design.strata; h++) sampled[strata.b[h]] += b->design.stratum_psus[h];
    sum->design.stratum_psus = sampled;
    *a_unit = strata.a;
    *b_unit = strata.b;
  } else {
    const joined psus = join_texts(&a->psus, &b->psus);
    join_psus(a, b, &strata, &psus, sum);
    *a_unit = psus.a;
    *b_unit = psus.b;
  }
  for (int32_t h = 0; h < sum->design.strata && sum->design.stratum_fpc != NULL; h++) {
    if ((double)sum->design.stratum_psus[h] > sum->design.stratum_fpc[h]) {
      cli_fail("stratum %s has %lld sampled PSUs in the tallies together, but %g in the population", sum->strata.text[h],
               (long long)sum->design.stratum_psus[h], sum->design.stratum_fpc[h]);
    }
  }
}

/* The senders of both, whose numbers of PSUs would be taken for the same PSUs were one of them in both. */
static cli_list join_senders(const cli_data *a, const cli_data *b) {
  cli_list all = {0};
  for (int32_t i = 0; i < a->senders.count; i++) cli_push(&all, a->senders.item[i]);
  for (int32_t i = 0; i < b->senders.count; i++) {
    for (int32_t k = 0; k < a->senders.count; k++) {
      if (strcmp(a->senders.item[k], b->senders.item[i]) == 0) {
        cli_fail("these tallies cannot be merged: both have PSUs that %s numbered, and these numbers are not those of the same "
                 "PSUs. It must send all rows in one tally",
                 b->senders.item[i]);
      }
    }
    cli_push(&all, b->senders.item[i]);
  }
  return all;
}

static void refuse_twice(const cli_data *sum, const cli_data *a, const int32_t *unit, const int32_t *cell) {
  weeg_error err = {0};
  bool twice = false;
  cli_check(weeg_tally_twice(sum->tally, a->tally, unit, cell, &twice, &err), &err);
  if (twice) {
    cli_fail("these tallies cannot be merged: all rows of one seem to be in the other, and would be counted twice");
  }
}

cli_data *cli_add_tallies(const cli_data *a, const cli_data *b) {
  weeg_error err = {0};
  cli_data *sum = CLI_NEW(cli_data, 1);
  int32_t *a_unit = NULL, *b_unit = NULL;
  check_alike(a, b);
  *sum = *a;
  if (a->name == NULL || b->name == NULL || strcmp(a->name, b->name) != 0) sum->name = NULL;
  sum->omitted += b->omitted;
  sum->senders = join_senders(a, b);
  sum->variable = CLI_NEW(weeg_variable, a->variables);
  int32_t **a_place = CLI_NEW(int32_t *, a->variables), **b_place = CLI_NEW(int32_t *, a->variables);
  for (int32_t v = 0; v < a->variables; v++) {
    const joined j = join_levels(&a->variable[v], &b->variable[v], &sum->variable[v]);
    a_place[v] = j.a;
    b_place[v] = j.b;
  }
  const int32_t cells = (int32_t)cli_cells(sum->variable, sum->variables);
  join_designs(a, b, sum, &a_unit, &b_unit);
  const int32_t units = sum->design.element ? sum->design.strata : sum->design.psus;
  int32_t *a_cell = cell_map(a, sum->variable, a_place), *b_cell = cell_map(b, sum->variable, b_place);
  cli_check(weeg_tally_merge(a->tally, a_unit, a_cell, b->tally, b_unit, b_cell, units, cells, &sum->tally, &err), &err);
  cli_keep(sum->tally, release_tally);
  refuse_twice(sum, a, a_unit, a_cell);
  refuse_twice(sum, b, b_unit, b_cell);
  cli_weigh_by_fpc(sum);
  return sum;
}

/* A file that is named twice, by whatever names. */
static void refuse_same_files(const cli_list *paths) {
  struct stat *file = CLI_NEW(struct stat, paths->count);
  for (int32_t i = 0; i < paths->count; i++) {
    if (strcmp(paths->item[i], "-") == 0 || stat(paths->item[i], &file[i]) != 0 || !S_ISREG(file[i].st_mode)) continue;
    for (int32_t k = 0; k < i; k++) {
      if (file[k].st_ino == file[i].st_ino && file[k].st_dev == file[i].st_dev && S_ISREG(file[k].st_mode)) {
        cli_fail("%s and %s are one file, whose rows would be counted twice", paths->item[k], paths->item[i]);
      }
    }
  }
}

void cli_merge(const cli_options *options) {
  refuse_same_files(&options->arguments);
  const cli_data *sum = cli_load(options, options->arguments.item[0], NULL);
  for (int32_t i = 1; i < options->arguments.count; i++) {
    sum = cli_add_tallies(sum, cli_load(options, options->arguments.item[i], NULL));
  }
  cli_write_tally(options, sum);
}

void cli_tally(const cli_options *options) {
  const cli_list names = cli_parse_terms(options->arguments.item[1]);
  const cli_data *data = cli_load(options, options->arguments.item[0], &names);
  cli_write_tally(options, cli_fold(data, &names));
}
