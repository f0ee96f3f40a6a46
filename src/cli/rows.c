/* Files of rows: which columns are read, and what comes of them. */
#include <math.h>
#include <string.h>

#include "rows.h"

/* ---- the file ---- */

static void open_file(cli_rows *r) {
  r->files = 1;
  r->csv = CLI_NEW(const weeg_csv *, 1);
  if (r->options->panel) {
    cli_usage("--panel says that several files have the same PSUs, but there is one file: %s", cli_shown_path(r->path));
  }
  if (weeg_is_sav(r->path)) {
    cli_refuse_csv_options(r->options);
    r->source = weeg_sav_source(cli_open_sav(r, r->path));
    return;
  }
  weeg_csv *csv = cli_open_csv(r, r->path);
  r->source = weeg_csv_source(csv);
  r->csv[0] = csv;
}

void cli_open_rows(cli_rows *r) {
  r->weight = r->options->weights;
  cli_read_csv_options(r);
  r->waves = cli_find_waves(r->path);
  if (r->waves != NULL) cli_open_waves(r);
  else open_file(r);
  const weeg_sav *sav = r->source.sav;
  /* the file says what it is weighted by */
  if (r->weight == NULL && sav != NULL && sav->weight >= 0) r->weight = sav->variable[sav->weight].name;
  for (int32_t c = 0; c < r->source.columns; c++) cli_push(&r->known, r->source.name(r->source.ctx, c));
  cli_index_columns(r);
  cli_check_csv_options(r);
  r->unweighted = r->weight != NULL && cli_is_none(r, r->weight);
  if (r->unweighted) r->weight = NULL;
}

/* A sink that counts rows, and shows how far the reading is, before another one takes them. */
typedef struct watched_sink {
  cli_rows *rows;
  weeg_sink sink;
  void *ctx;
  cli_progress progress;
} watched_sink;

static weeg_status count_rows(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  watched_sink *watched = (watched_sink *)ctx;
  watched->rows->count += chunk->rows;
  watched->progress.rows = watched->rows->count;
  cli_show_progress(&watched->progress);
  return watched->sink(watched->ctx, chunk, err);
}

static void note_share(void *ctx, double share) { ((watched_sink *)ctx)->progress.share = share; }

weeg_status cli_read_rows(cli_rows *r, weeg_sink sink, void *ctx, weeg_error *err) {
  watched_sink watched = {r, sink, ctx, cli_start_progress()};
  weeg_hooks hooks = cli_hooks(r->options);
  hooks.progress = note_share;
  hooks.ctx = &watched;
  if (r->weighted != NULL) {
    cli_pass_known(r->weighted, sink, ctx);
    watched.sink = cli_take_known;
    watched.ctx = r->weighted;
  }
  weeg_field *field = CLI_NEW(weeg_field, r->columns);
  for (int32_t k = 0; k < r->columns; k++) {
    field[k] = cli_kind_of(r, k)->field(r, &r->column[k]);
    field[k].listed = r->listed;
  }
  const weeg_status status = r->source.read(r->source.ctx, &(weeg_fields){field, r->columns, &hooks}, count_rows, &watched, err);
  cli_end_progress(&watched.progress);
  if ((r->waves != NULL || r->source.sav != NULL) && status == WEEG_ERR_FILE) cli_check(status, err); /* which names the file */
  cli_list_skipped(r);
  for (int32_t k = 0; k < r->columns && status == WEEG_OK; k++) {
    row_column *c = &r->column[k];
    if (c->number) continue;
    if (cli_problem(r, k) == NULL) {
      cli_kind_of(r, k)->end(r, k);
      if (r->listed && r->column[k].variable.levels.count > cli_most_values(r)) r->column[k].many = cli_most_values(r);
      continue;
    }
    c->variable = (weeg_variable){.name = cli_copy(c->name, strlen(c->name))};
    c->level = CLI_NEW(int32_t, (int64_t)cli_code_count(r, k) + 1);
    c->seen = cli_see(&c->variable);
  }
  for (int32_t f = 0; r->waves != NULL && f < r->files && status == WEEG_OK; f++) {
    if (weeg_waves_rows(&r->source, f) == 0) cli_fail("%s has no rows", r->waves->path.item[f]);
  }
  if (status == WEEG_OK && r->count == 0) cli_fail("%s has no rows", cli_shown_path(r->path));
  if (status == WEEG_OK && cli_omitted_rows(r->weighted) == r->count) {
    cli_fail("%s: the weight is missing in every row", cli_place_of(r, 0, -1));
  }
  return status;
}

/* ---- a file of rows as a tally with names ---- */

/* An item of a question is no part of the design, in which missing values that are declared would be others. */
static void want_item(cli_rows *r, const char *name) {
  if (cli_draws_sample(r->options, name)) cli_usage("%s is an item of the question and says how the sample was drawn", name);
  const int32_t at = cli_want(r, name, false, cli_said("the formula"));
  r->column[at].refusals = true;
}

/* --domain, and a condition of one tally besides. */
static const cli_condition *find_condition(const cli_options *o, const char *filter) {
  if (o->domain == NULL && filter == NULL) return NULL;
  if (o->domain == NULL || filter == NULL) return cli_parse_condition(filter == NULL ? o->domain : filter);
  return cli_parse_condition(cli_format("(%s) & (%s)", o->domain, filter));
}

/* Names that are of sets in the file become the questions that these are. */
static void use_sets(cli_rows *r, cli_wanted *wanted) {
  cli_list rest = {0};
  for (int32_t k = 0; k < wanted->names.count; k++) {
    const char *name = wanted->names.item[k];
    const int q = wanted->items[0] == NULL ? 0 : 1;
    if (!wanted->sets || wanted->items[q] != NULL || cli_find_set(r->source.sav, name) == NULL) {
      cli_push(&rest, name);
      continue;
    }
    wanted->items[q] = CLI_NEW(cli_items, 1);
    *wanted->items[q] = (cli_items){.variable = name};
    cli_push(&wanted->items[q]->variables, name);
  }
  wanted->names = rest;
  for (int q = 0; q < 2; q++) {
    cli_items *items = wanted->items[q];
    if (items == NULL) continue;
    cli_use_set(r->options, r->source.sav, items);
    if (items->set != NULL || !cli_has_column(r, items->variable)) continue;
    cli_fail("--sets has %s, which is a variable of the file, too; give the set another name", items->variable);
  }
}

static void want_variables(cli_rows *r, row_stream *s, const cli_wanted *wanted) {
  const cli_list *names = &wanted->names;
  cli_list of_condition = {0};
  const char *where = r->options->given != NULL ? cli_said("the formula or --given") : cli_said("the formula");
  s->core.variables = names->count;
  s->variable = CLI_NEW(int32_t, (int64_t)names->count + 1);
  s->measured = CLI_NEW(bool, (int64_t)names->count + 1);
  for (int32_t k = 0; k < names->count; k++) {
    for (int32_t i = 0; i < wanted->numbers.count; i++) {
      s->measured[k] = s->measured[k] || strcmp(names->item[k], wanted->numbers.item[i]) == 0;
    }
    s->variable[k] = cli_want(r, names->item[k], s->measured[k], where);
  }
  s->condition = find_condition(r->options, wanted->filter);
  if (s->condition != NULL) cli_condition_variables(s->condition, &of_condition);
  where = wanted->filter == NULL ? "--domain" : r->options->domain == NULL ? "--filters" : cli_said("--domain or --filters");
  for (int32_t k = 0; k < of_condition.count; k++) (void)cli_want(r, of_condition.item[k], false, where);
  for (int q = 0; q < 2; q++) {
    const cli_items *items = s->items[q] = wanted->items[q];
    for (int32_t k = 0; items != NULL && k < items->variables.count; k++) want_item(r, items->variables.item[k]);
  }
}

/* Which columns are read, and what for. */
static row_stream *plan_stream(cli_rows *r, cli_wanted *wanted) {
  row_stream *s = CLI_NEW(row_stream, 1);
  s->rows = r;
  use_sets(r, wanted);
  want_variables(r, s, wanted);
  cli_plan_sample(s, r);
  s->core.weight = r->weight == NULL ? -1 : cli_want(r, r->weight, true, "--weights");
  s->replicates = cli_new_replicates(r);
  if (s->replicates != NULL) {
    const cli_list *columns = cli_replicate_names(s->replicates);
    s->replicate = CLI_NEW(int32_t, columns->count);
    for (int32_t k = 0; k < columns->count; k++) s->replicate[k] = cli_want(r, columns->item[k], true, "--repweights");
  }
  s->calibration = cli_new_calibration(r);
  if (s->calibration != NULL) cli_plan_calibration(s->calibration, s);
  /* whether the units of the last of several stages are rows is known at the end */
  s->core.element = (s->cluster_key[0] < 0 || s->stages > 1) && s->replicates == NULL;
  s->domain = cli_new_domain(r, s->condition, s->items);
  cli_start_stream(s);
  if (s->replicates != NULL) cli_start_replicates(s->replicates, s);
  return s;
}

static weeg_status take_rows(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  row_stream *s = (row_stream *)ctx;
  const weeg_status status = weeg_stream_rows(&s->core, chunk, err);
  return status != WEEG_OK || s->replicates == NULL ? status : cli_keep_replicates(s->replicates, chunk, err);
}

/* Only where missing values are taken out of the design, the rows outside the domain matter; of a calibrated one they are not. */
static bool needs_outside(const cli_options *o) {
  if (o->repweights != NULL || o->make_replicates != NULL || o->margins.count > 0) return false;
  if (o->missing != NULL) return strcmp(o->missing, "omit") == 0;
  return o->conventions != NULL && cli_find_profile(o->conventions)->missing == WEEG_MISSING_OMIT;
}

static void release_tally(void *tally) { weeg_tally_free((weeg_tally *)tally); }

/* The tally of what is inside (NULL: all). */
static void add_tally(cli_data *data, row_stream *s, const cli_units *units, const bool *inside) {
  if (s->calibration != NULL) {
    cli_finish_calibration(s->calibration, s, units, inside, data);
    return;
  }
  data->tally = cli_finish_stream(s, units, inside);
  cli_keep(data->tally, release_tally);
  cli_weigh_by_fpc(data);
}

/* Whether there is a population size to make weights of: one that is infinite stands for none. */
static bool has_population(const weeg_design *d) {
  if (d->pps != WEEG_PPS_NONE) return true;
  for (int32_t h = 0; h < d->strata && d->stratum_fpc != NULL; h++) {
    if (isfinite(d->stratum_fpc[h])) return true;
  }
  return false;
}

/* A number whose values are summed: that a row has one is its only level. */
static weeg_variable measure_of(const cli_rows *r, const char *name) {
  weeg_variable v = {.name = cli_copy(name, strlen(name)), .measure = true, .levels = {1, CLI_NEW(char *, 1)}};
  v.levels.text[0] = cli_copy("known", strlen("known"));
  const weeg_sav_variable *of = cli_sav_variable(r, name);
  if (of != NULL) v.label = of->label;
  return v;
}

/* They are known when all rows were summed. */
static void refuse_fpc_weights(const cli_data *data) {
  bool measures = false;
  for (int32_t v = 0; v < data->variables; v++) measures = measures || data->variable[v].measure;
  if (!measures || !cli_weighted_by_fpc(data)) return;
  cli_usage("sums of numbers need weights that are a column, and these follow from population sizes (--fpc); name the weights "
            "(--weights), or 1 to weight all rows equally");
}

static cli_data *make_data(const cli_rows *r, row_stream *s, const cli_list *names) {
  const cli_options *o = r->options;
  const cli_condition *condition = s->condition;
  cli_data *data = CLI_NEW(cli_data, 1);
  *data = (cli_data){.variables = names->count, .weights = r->weight,
                     .strata_name = cli_strata_name(r), .cluster = cli_stages_name(r, o->cluster),
                     .fpc = cli_stages_name(r, o->fpc), .omitted = cli_omitted_rows(r->weighted)};
  if (strcmp(r->path, "-") != 0) data->name = r->waves == NULL ? cli_base_name(r->path) : cli_waves_name(r->waves);
  data->variable = CLI_NEW(weeg_variable, (int64_t)names->count + 2);
  for (int32_t k = 0; k < names->count; k++) {
    data->variable[k] = s->measured[k] ? measure_of(r, names->item[k]) : r->column[s->variable[k]].variable;
  }
  const bool *in_domain = s->domain == NULL ? NULL : cli_finish_domain(s->domain, r);
  for (int q = 0; q < 2; q++) {
    if (s->items[q] != NULL) data->variable[data->variables++] = cli_pattern_variable(s->items[q]);
  }
  (void)cli_cells(data->variable, data->variables);
  const cli_units units = cli_find_sample(s, data);
  if (r->weight == NULL && !r->unweighted && has_population(&data->design)) data->weights = WEEG_FPC_WEIGHTS;
  refuse_fpc_weights(data);
  if (condition == NULL || needs_outside(o)) add_tally(data, s, &units, NULL);
  if (condition == NULL) {
    if (s->replicates != NULL) cli_finish_replicates(s->replicates, data, NULL);
    return data;
  }
  cli_data *inside = CLI_NEW(cli_data, 1);
  *inside = *data;
  inside->whole = data->tally == NULL ? NULL : data;
  add_tally(inside, s, &units, in_domain);
  if (s->replicates != NULL) cli_finish_replicates(s->replicates, inside, in_domain);
  cli_push(&inside->conditions, cli_condition_text(condition));
  return inside;
}

/* The first of two readings. */
static void fit_calibration(cli_rows *r, row_stream *s) {
  weeg_error err = cli_error();
  row_stream *sample = cli_start_sample(s->calibration);
  r->weighted = cli_new_known(r);
  r->again = true;
  weeg_status status = cli_read_rows(r, weeg_stream_rows, &sample->core, &err);
  if (status == WEEG_OK) status = weeg_stream_end(&sample->core, &err);
  cli_check_rows(r, status, &err);
  r->again = r->options->again;
  r->count = 0;
  cli_fit_calibration(s->calibration, sample, s);
  cli_pass_calibrated(s->calibration, take_rows, s);
}

/* Streams of the same rows. */
typedef struct streams {
  row_stream **stream;
  int32_t count;
} streams;

static weeg_status take_all(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  const streams *all = (const streams *)ctx;
  weeg_status status = WEEG_OK;
  for (int32_t i = 0; i < all->count && status == WEEG_OK; i++) status = take_rows(all->stream[i], chunk, err);
  return status;
}

static weeg_status end_all(const streams *all, weeg_status status, weeg_error *err) {
  for (int32_t i = 0; i < all->count; i++) {
    row_stream *s = all->stream[i];
    if (status == WEEG_OK) status = weeg_stream_end(&s->core, err);
    if (s->replicates != NULL) cli_check_replicates(s->replicates, status, err);
  }
  return status;
}

/* A number without names of its values. */
static bool is_number(const cli_rows *r, const char *name) {
  const int32_t at = cli_column_number(r, name);
  return at >= 0 && r->column[at].variable.number && r->column[at].variable.values == NULL;
}

cli_data **cli_load_rows(const cli_options *o, const char *path, cli_wanted *wanted, int32_t count) {
  weeg_error err = cli_error();
  cli_rows r = {.options = o, .path = path, .again = o->again};
  cli_check_calibration(&r);
  cli_open_rows(&r);
  streams all = {CLI_NEW(row_stream *, count), count};
  cli_data **data = CLI_NEW(cli_data *, count);
  for (int32_t i = 0; i < count; i++) all.stream[i] = plan_stream(&r, &wanted[i]);
  cli_calibration *calibration = all.stream[0]->calibration;
  if (calibration != NULL) fit_calibration(&r, all.stream[0]);
  r.weighted = cli_new_known(&r);
  weeg_status status = calibration == NULL ? cli_read_rows(&r, take_all, &all, &err)
                                           : cli_read_rows(&r, cli_take_calibrated, calibration, &err);
  status = end_all(&all, status, &err);
  cli_check_rows(&r, status, &err);
  for (int32_t i = 0; i < count; i++) {
    if (!is_number(&r, wanted[i].unless_number)) data[i] = make_data(&r, all.stream[i], &wanted[i].names);
  }
  return data;
}
