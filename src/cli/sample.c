/* The sample design of the units that occur in a file: each combination of strata and clusters is treated as one row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

/* The core counts combinations where it counts rows. */
typedef struct sample {
  const row_stream *stream;
  const cli_rows *rows;
  cli_data *data;
  int64_t count;      /* combinations */
  weeg_column column[2 * CLI_MAX_STAGES + 1];
  weeg_sample_stage stage[CLI_MAX_STAGES];
  weeg_texts strata, psus; /* labels of the first stage */
} sample;

/* ---- what is asked ---- */

/* The variables of an option, one for each stage; none for a 1 alone. */
static cli_list stages_of(const cli_rows *r, const char *option, int32_t stages, const char *name) {
  cli_list list = option == NULL ? (cli_list){0} : cli_split(option);
  if (list.count == 1 && cli_is_none(r, list.item[0])) list.count = 0;
  if (list.count > stages) {
    cli_usage("%s has %d variables, one for each stage, but the design has %s; the variables of --cluster are the "
              "stages, from large to small", name, (int)list.count, cli_counted(stages, "stage", "stages"));
  }
  return list;
}

bool cli_draws_sample(const cli_options *o, const char *column) {
  const char *const options[] = {o->strata, o->cluster};
  for (int k = 0; k < 2; k++) {
    const cli_list list = options[k] == NULL ? (cli_list){0} : cli_split(options[k]);
    for (int32_t i = 0; i < list.count; i++) {
      if (strcmp(list.item[i], column) == 0) return true;
    }
  }
  return false;
}

const char *cli_stages_name(const cli_rows *r, const char *option) {
  if (option == NULL) return NULL;
  const cli_list list = cli_split(option);
  return list.count == 1 && cli_is_none(r, list.item[0]) ? NULL : cli_join(&list, " + ");
}

const char *cli_strata_name(const cli_rows *r) {
  const char *strata = cli_stages_name(r, r->options->strata);
  if (!cli_crosses_waves(r)) return strata;
  cli_list list = strata == NULL ? (cli_list){0} : cli_split(r->options->strata);
  if (list.count == 0) return r->waves->name;
  const bool own = cli_is_none(r, list.item[0]) || strcmp(list.item[0], r->waves->name) == 0;
  list.item[0] = own ? r->waves->name : cli_format("%s:%s", r->waves->name, list.item[0]);
  return cli_join(&list, " + ");
}

static int32_t add_key(row_stream *s, int32_t column) {
  s->key[s->core.keys] = column;
  return s->core.keys++;
}

/* A stage behind the first one with replacement does not count: its variables are not read, but must be there. */
void cli_plan_sample(row_stream *s, cli_rows *r) {
  const cli_options *o = r->options;
  const cli_list clusters = stages_of(r, o->cluster, CLI_MAX_STAGES, "--cluster");
  const int32_t stages = clusters.count == 0 ? 1 : clusters.count;
  const cli_list strata = stages_of(r, o->strata, stages, "--strata"), fpc = stages_of(r, o->fpc, stages, "--fpc");
  if (o->pps != NULL) {
    (void)cli_choice(o->pps, WEEG_WORDS_PPS, "--pps");
    if (fpc.count == 0) cli_usage("--pps needs --fpc, which names the inclusion probabilities of the PSUs");
    if (clusters.count == 0) cli_usage("--pps needs --cluster, a variable that numbers the PSUs");
  }
  s->stages = fpc.count + 1 < stages ? fpc.count + 1 : stages;
  s->wave_key = -1;
  if (cli_crosses_waves(r)) {
    if (o->repweights != NULL) {
      cli_usage("--repweights of several files: replicates of samples that were drawn apart do not belong together by their "
                "numbers; give --panel if these do");
    }
    s->wave_key = add_key(s, cli_want(r, r->waves->name, false, cli_said("the files")));
  }
  for (int32_t k = 0; k < stages; k++) {
    const bool counts = k < s->stages, stratified = k < strata.count && !cli_is_none(r, strata.item[k]);
    s->stratum_key[k] = s->cluster_key[k] = -1;
    if (stratified && !counts) (void)cli_find_column(r, strata.item[k], "--strata");
    if (stratified && counts) s->stratum_key[k] = add_key(s, cli_want(r, strata.item[k], false, "--strata"));
    if (k < clusters.count && !counts) (void)cli_find_column(r, clusters.item[k], "--cluster");
    if (k >= clusters.count || !counts) continue;
    s->cluster_key[k] = add_key(s, cli_want(r, clusters.item[k], false, "--cluster"));
  }
  for (int32_t k = 0; k < fpc.count; k++) s->fpc[s->core.fpcs++] = cli_want(r, fpc.item[k], true, "--fpc");
}

/* ---- columns and labels ---- */

static const row_column *column_of(const sample *s, int32_t key) {
  return key < 0 ? NULL : &s->rows->column[s->stream->key[key]];
}

/* A key as a column of levels. */
static const weeg_column *coded(sample *s, int32_t key) {
  if (key < 0) return NULL;
  const weeg_combos *units = &s->stream->core.units;
  const row_column *column = column_of(s, key);
  int32_t *codes = CLI_NEW(int32_t, s->count);
  for (int64_t i = 0; i < s->count; i++) codes[i] = column->level[units->key[i * units->width + key]];
  s->column[key] = (weeg_column){codes, WEEG_CODE_I32, column->variable.levels.count};
  return &s->column[key];
}

/* Levels of a key (-1: all have one) within each wave that occur, as a column, and their names: "2013/north". */
static const weeg_column *crossed(sample *s, int32_t key, weeg_column *to, weeg_texts *labels) {
  const int32_t wave = s->stream->wave_key;
  const row_column *waves = column_of(s, wave), *column = column_of(s, key);
  const weeg_combos *units = &s->stream->core.units;
  const bool alone = key < 0 || key == wave;
  const int64_t levels = alone ? 1 : column->variable.levels.count;
  const int64_t pairs = levels * waves->variable.levels.count;
  if (pairs >= INT32_MAX) cli_fail("%s has too many levels for so many waves", column->name);
  int32_t *codes = CLI_NEW(int32_t, s->count), *number = CLI_NEW(int32_t, pairs + 1), count = 0;
  for (int64_t i = 0; i < s->count; i++) {
    const int32_t *unit = units->key + i * units->width;
    const int32_t level = alone ? 1 : column->level[unit[key]];
    codes[i] = level < 1 ? 0 : (int32_t)((waves->level[unit[wave]] - 1) * levels + level);
    number[codes[i]] = 1;
  }
  number[0] = 0;
  *labels = (weeg_texts){0, CLI_NEW(char *, pairs)};
  for (int64_t p = 1; p <= pairs; p++) {
    if (number[p] == 0) continue;
    const char *of = waves->variable.levels.text[(p - 1) / levels];
    const char *own = alone ? NULL : column->variable.levels.text[(p - 1) % levels];
    labels->text[count] = alone ? cli_copy(of, strlen(of)) : cli_format("%s/%s", of, own);
    number[p] = ++count;
  }
  labels->count = count;
  for (int64_t i = 0; i < s->count; i++) codes[i] = number[codes[i]];
  *to = (weeg_column){codes, WEEG_CODE_I32, count};
  return to;
}

static const double *sizes_of(const sample *s, int32_t stage) {
  const weeg_stream *core = &s->stream->core;
  if (stage >= core->fpcs) return NULL;
  double *fpc = CLI_NEW(double, s->count);
  for (int64_t i = 0; i < s->count; i++) fpc[i] = core->fpc_of[i * core->fpcs + stage];
  return fpc;
}

static weeg_texts labels_of(const row_column *c) {
  static char all[] = "all";
  weeg_texts texts = {1, CLI_NEW(char *, 1)};
  texts.text[0] = all;
  return c == NULL ? texts : c->variable.levels;
}

/* The labels of some levels of a key. */
static weeg_texts labels_at(const sample *s, int32_t key, const int32_t *level, int32_t count) {
  if (level == NULL || key < 0) return (weeg_texts){0, NULL};
  weeg_texts labels = {count, CLI_NEW(char *, count)};
  for (int32_t i = 0; i < count; i++) labels.text[i] = column_of(s, key)->variable.levels.text[level[i]];
  return labels;
}

/* PSUs of pairs of stratum and cluster are labelled "stratum/cluster". */
static weeg_texts label_psus(const sample *s, const weeg_sample *found) {
  if (found->pair_psu == NULL) return s->psus;
  weeg_texts labels = {found->design.psus, CLI_NEW(char *, found->design.psus)};
  for (int32_t u = 0; u < labels.count; u++) {
    labels.text[u] = cli_format("%s/%s", s->strata.text[found->design.psu_stratum[u]], s->psus.text[found->pair_psu[u]]);
  }
  return labels;
}

static const weeg_stage_names *label_stages(const sample *s, const weeg_sample *found) {
  weeg_stage_names *names = CLI_NEW(weeg_stage_names, found->design.later);
  for (int32_t k = 0; k < found->design.later; k++) {
    const weeg_stage *stage = &found->design.stages[k];
    names[k].strata = labels_at(s, s->stream->stratum_key[k + 1], found->levels[k].stratum, stage->strata);
    names[k].units = labels_at(s, s->stream->cluster_key[k + 1], found->levels[k].unit, stage->units);
  }
  return names;
}

/* ---- what is wrong ---- */

static const char *level_text(const sample *s, int32_t key, int64_t combination) {
  const weeg_combos *units = &s->stream->core.units;
  const row_column *column = column_of(s, key);
  return column->variable.levels.text[column->level[units->key[combination * units->width + key]] - 1];
}

/* The stratum of a stage that a combination is in: "school 3/girls", a stratum of a later stage by the units that it lies in. */
static const char *stratum_text(const sample *s, int32_t stage, int64_t combination) {
  const row_stream *stream = s->stream;
  cli_list parts = {0};
  const bool named = stage == 0 || s->rows->options->nest;
  if (stage == 0 && stream->wave_key >= 0 && stream->wave_key != stream->stratum_key[0]) {
    cli_push(&parts, level_text(s, stream->wave_key, combination));
  }
  if (named && stream->stratum_key[0] >= 0) cli_push(&parts, level_text(s, stream->stratum_key[0], combination));
  for (int32_t k = 0; k < stage; k++) cli_push(&parts, level_text(s, stream->cluster_key[k], combination));
  if (stage > 0 && stream->stratum_key[stage] >= 0) cli_push(&parts, level_text(s, stream->stratum_key[stage], combination));
  return parts.count == 0 ? "all" : cli_join(&parts, "/");
}

/* The error names the cluster and its strata by their labels. */
static void fail_nesting(const sample *s, const weeg_error *err, int32_t stage, const char *where) {
  const weeg_facts *facts = &err->facts;
  const weeg_texts strata = stage == 0 ? s->strata : labels_of(column_of(s, s->stream->stratum_key[stage]));
  const weeg_texts units = stage == 0 ? s->psus : labels_of(column_of(s, s->stream->cluster_key[stage]));
  cli_fail("%s: %scluster %s occurs in stratum %s and in stratum %s (row %lld); if cluster numbers start again in each "
           "stratum, use --nest", cli_place_of(s->rows, err->line, facts->row), where, units.text[facts->unit],
           strata.text[facts->stratum], strata.text[facts->other], cli_row_number(s->rows, facts->row));
}

const char *cli_stage_text(int32_t stage) { return stage <= 0 ? "" : cli_format("at stage %d, ", (int)stage + 1); }

const char *cli_fpc_advice(const cli_options *options, int32_t stage) {
  if (stage <= 0 && options->pps != NULL) {
    return cli_said(
        "with --pps, --fpc of the first stage is the probability that the PSU is in the sample: above 0 and at most 1, "
        "the same in all rows of a PSU");
  }
  if (stage <= 0) {
    return cli_format("%s is the number of PSUs in the population of the stratum, or the fraction sampled",
                      cli_in_pspp(options, "/FPC", "--fpc"));
  }
  return cli_said("--fpc of a later stage is the number of units in the population of each unit of the stage before (and its "
                  "stratum), or the fraction sampled");
}

/* What a stream says of fpc, where that has inclusion probabilities. */
static void say_probability(weeg_error *err) {
  const int64_t line = err->line;
  const weeg_facts facts = err->facts;
  const weeg_fault fault = facts.fault == WEEG_FAULT_DIFFERS    ? WEEG_FAULT_DIFFERS_IN_PSU
                           : facts.fault == WEEG_FAULT_NEGATIVE ? WEEG_FAULT_NO_PROBABILITY
                                                                : facts.fault;
  (void)weeg_fail_row(err, err->code, "inclusion probability", facts.row, fault);
  err->line = line;
}

static void check_sample(const sample *s, weeg_status status, weeg_error *err) {
  const bool unequal = s->rows->options->pps != NULL && err->facts.stage <= 0;
  if (status == WEEG_ERR_FPC && unequal && err->facts.row >= 0) say_probability(err);
  const weeg_facts *facts = &err->facts;
  const int32_t stage = facts->stage < 0 ? 0 : facts->stage;
  const char *where = cli_stage_text(stage), *advice = cli_fpc_advice(s->rows->options, stage);
  if (status == WEEG_ERR_NESTING) fail_nesting(s, err, stage, where);
  if (status == WEEG_ERR_MISSING && stage > 0) {
    cli_fail("%s: the %s of stage %d in row %lld is missing; every row needs a stratum and a cluster",
             cli_place_of(s->rows, err->line, facts->row), cli_said(facts->subject), (int)stage + 1,
             cli_row_number(s->rows, facts->row));
  }
  if (status != WEEG_ERR_FPC) {
    cli_check_rows(s->rows, status, err);
    return;
  }
  if (facts->fault == WEEG_FAULT_MIXED_STAGES) {
    const cli_list names = cli_split(s->rows->options->fpc);
    cli_fail(
        "%s mixes population sizes (%s) with sampling fractions (%s); give sizes at all stages, or fractions at all "
        "stages",
        cli_in_pspp(s->rows->options, cli_said("the plan"), "--fpc"), names.item[facts->stage],
        names.item[facts->number]);
  }
  if (facts->fault == WEEG_FAULT_MORE_SAMPLED) {
    const char *units = stage == 0 ? (facts->value == 1 ? "PSU" : "PSUs") : facts->value == 1 ? "unit" : "units";
    cli_fail("%sstratum %s has %.15g %s in the sample but %.15g in the population; %s", where,
             stratum_text(s, stage, facts->row), facts->value, cli_said(units), facts->limit, advice);
  }
  const int64_t row = facts->row, line = err->line;
  if (row >= 0 && s->rows->waves != NULL) weeg_error_move(err, cli_row_number(s->rows, row) - 1);
  cli_fail("%s: %s%s; %s", cli_place_of(s->rows, line, row), where, err->message, advice);
}

/* ---- the sample ---- */

static void release_sample(void *found) { weeg_sample_free((weeg_sample *)found); }

/* Replicates know of more than one PSU. */
static cli_units take_one_psu(const sample *s) {
  int64_t *one = CLI_NEW(int64_t, 1);
  one[0] = 1;
  s->data->design.psus = 1;
  s->data->design.psu_stratum = CLI_NEW(int32_t, 1);
  s->data->design.strata = 1;
  s->data->design.stratum_psus = one;
  s->data->psus = labels_of(NULL);
  return (cli_units){1, CLI_NEW(int32_t, s->count), false};
}

cli_units cli_find_sample(const row_stream *stream, cli_data *data) {
  weeg_error err = cli_error();
  weeg_sample *found = NULL;
  sample s = {.stream = stream, .rows = stream->rows, .data = data, .count = stream->core.units.count};
  weeg_column strata, clusters;
  s.strata = labels_of(column_of(&s, stream->stratum_key[0]));
  s.psus = labels_of(column_of(&s, stream->cluster_key[0]));
  data->strata = s.strata;
  if (stream->replicates != NULL) return take_one_psu(&s);
  for (int32_t k = 0; k < stream->stages; k++) {
    s.stage[k] = (weeg_sample_stage){coded(&s, stream->stratum_key[k]), coded(&s, stream->cluster_key[k]), sizes_of(&s, k)};
  }
  if (stream->wave_key >= 0) {
    s.stage[0].stratum = crossed(&s, stream->stratum_key[0], &strata, &s.strata);
    data->strata = s.strata;
    /* which within strata are of one wave already */
    const bool nested = s.rows->options->nest || stream->cluster_key[0] < 0;
    if (!nested) s.stage[0].unit = crossed(&s, stream->cluster_key[0], &clusters, &s.psus);
  }
  const char *pps = s.rows->options->pps;
  const weeg_status status = weeg_sample_find(
      &(weeg_sampled_stages){.rows = s.count, .repeats = stream->core.units.rows, .stages = stream->stages, .stage = s.stage,
                          .nest = s.rows->options->nest,
                          .pps = pps == NULL ? WEEG_PPS_NONE : (weeg_pps)(cli_choice(pps, WEEG_WORDS_PPS, "--pps") + 1)},
      &found, &err);
  check_sample(&s, weeg_stream_said(&stream->core, status, &err), &err);
  cli_keep(found, release_sample);
  const weeg_design *d = &found->design;
  data->design = *d;
  if (!d->element) data->psus = label_psus(&s, found);
  data->stages = label_stages(&s, found);
  int32_t *unit_of = CLI_NEW(int32_t, s.count);
  for (int64_t i = 0; i < s.count && found->unit.codes != NULL; i++) unit_of[i] = ((const int32_t *)found->unit.codes)[i] - 1;
  return (cli_units){found->unit.levels, unit_of, d->later > 0 ? d->stages[d->later - 1].element : d->element};
}

/* ---- weights of population sizes ---- */

bool cli_weighted_by_fpc(const cli_data *data) {
  return data->weights != NULL && strcmp(data->weights, WEEG_FPC_WEIGHTS) == 0;
}

void cli_check_fpc_weights(weeg_status status, const weeg_error *err) {
  if (status == WEEG_ERR_FPC) cli_fail("%s; name the weights, or 1 as the weight to weight all rows equally", err->message);
  cli_check(status, err);
}

void cli_weigh_by_fpc(cli_data *data) {
  weeg_error err = cli_error();
  if (!cli_weighted_by_fpc(data)) return;
  double *weight = CLI_NEW(double, data->tally->units);
  cli_check_fpc_weights(weeg_fpc_weights(&data->design, weight, &err), &err);
  cli_check(weeg_tally_weigh(data->tally, weight, &err), &err);
}
