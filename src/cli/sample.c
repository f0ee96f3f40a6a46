/* The sample design of the units that occur in a file: each combination of strata and clusters is treated as one row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

/* The core's messages count combinations where they count rows; err->where and texts are brought back to rows of the file. */
typedef struct sample {
  const row_stream *stream;
  const cli_rows *rows;
  cli_data *data;
  int64_t count;      /* combinations */
  weeg_column unit;   /* of the stage at hand, by combination */
} sample;

static int64_t row_of(const sample *s, int64_t combination) {
  return cli_row_of_file(s->rows->weighted, s->stream->core.units.first[combination]);
}

static const row_column *column_of(const sample *s, int32_t key) {
  return key < 0 ? NULL : &s->rows->column[s->stream->key[key]];
}

/* A key as a column of levels. */
static weeg_column coded(const sample *s, int32_t key) {
  if (key < 0) return (weeg_column){NULL, WEEG_CODE_I32, 1};
  const weeg_combos *units = &s->stream->core.units;
  const row_column *column = column_of(s, key);
  int32_t *codes = CLI_NEW(int32_t, s->count);
  for (int64_t i = 0; i < s->count; i++) codes[i] = column->level[units->key[i * units->width + key]];
  return (weeg_column){codes, WEEG_CODE_I32, column->variable.levels.count};
}

static weeg_texts labels_of(const row_column *c) {
  static char all[] = "all";
  weeg_texts texts = {1, CLI_NEW(char *, 1)};
  texts.text[0] = all;
  return c == NULL ? texts : c->variable.levels;
}

/* ---- the first stage ---- */

/* The error names the cluster and its strata by their labels. */
static void check_nesting(const sample *s, weeg_status status, const weeg_error *err) {
  const weeg_texts *strata = &s->data->strata, *psus = &s->data->psus;
  const weeg_facts *facts = &err->facts;
  if (status != WEEG_ERR_NESTING) return;
  cli_fail("cluster %s occurs in stratum %s and in stratum %s (row %lld); if cluster numbers start again in each stratum, "
           "use --nest",
           psus->text[facts->unit], strata->text[facts->stratum], strata->text[facts->other],
           (long long)row_of(s, facts->row) + 1);
}

/* Pairs of two columns, numbered in order: of each combination, and of each pair its parts. */
static weeg_column pairs_of(const sample *s, const weeg_column *outer, const weeg_column *inner, int32_t **first,
                            int32_t **second) {
  weeg_error err = {0};
  int32_t *number = CLI_NEW(int32_t, s->count), pairs = 0;
  cli_check(weeg_nest_psus(outer, inner, s->count, NULL, number, &pairs, first, second, &err), &err);
  cli_keep(*first, weeg_free);
  cli_keep(*second, weeg_free);
  return (weeg_column){number, WEEG_CODE_I32, pairs};
}

/* PSUs of pairs of stratum and cluster, labelled "stratum/cluster". */
static weeg_column nest_psus(const sample *s, const weeg_column *stratum, const weeg_column *cluster) {
  const row_column *strata = column_of(s, s->stream->stratum_key[0]), *clusters = column_of(s, s->stream->cluster_key[0]);
  int32_t *pair_stratum = NULL, *pair_psu = NULL;
  const weeg_column unit = pairs_of(s, stratum, cluster, &pair_stratum, &pair_psu);
  s->data->psus = (weeg_texts){unit.levels, CLI_NEW(char *, unit.levels)};
  for (int32_t u = 0; u < unit.levels; u++) {
    s->data->psus.text[u] = cli_format("%s/%s", strata->variable.levels.text[pair_stratum[u]],
                                       clusters->variable.levels.text[pair_psu[u]]);
  }
  s->data->design.psu_stratum = pair_stratum;
  return unit;
}

static weeg_column find_psus(const sample *s, const weeg_column *stratum, const weeg_column *cluster) {
  weeg_error err = {0};
  int32_t *psu_stratum = CLI_NEW(int32_t, cluster->levels);
  s->data->psus = labels_of(column_of(s, s->stream->cluster_key[0]));
  const weeg_status status = weeg_find_strata(stratum, cluster, s->count, NULL, psu_stratum, &err);
  check_nesting(s, status, &err);
  cli_check(status, &err);
  s->data->design.psu_stratum = psu_stratum;
  return *cluster;
}

/* Rows of the file in each level of a column, or the units in each stratum. */
static const int64_t *count_rows(const sample *s, const weeg_column *column) {
  int64_t *count = CLI_NEW(int64_t, column->levels);
  const int32_t *code = column->codes;
  for (int64_t i = 0; i < s->count; i++) count[code == NULL ? 0 : code[i] - 1] += s->stream->core.units.rows[i];
  return count;
}

static const int64_t *count_units(const int32_t *stratum_of, int32_t units, int32_t strata) {
  int64_t *count = CLI_NEW(int64_t, strata);
  for (int32_t u = 0; u < units; u++) {
    if (stratum_of[u] >= 0) count[stratum_of[u]]++;
  }
  return count;
}

/* Strata and PSUs. */
static void find_units(sample *s) {
  const cli_options *o = s->rows->options;
  weeg_design *design = &s->data->design;
  const int32_t stratum_key = s->stream->stratum_key[0], cluster_key = s->stream->cluster_key[0];
  const weeg_column stratum = coded(s, stratum_key);
  s->data->strata = labels_of(column_of(s, stratum_key));
  design->strata = stratum.levels;
  design->element = cluster_key < 0 && s->stream->replicates == NULL;
  s->unit = stratum;
  if (design->element) {
    design->stratum_psus = count_rows(s, &stratum);
    return;
  }
  if (cluster_key < 0) { /* replicates know of more than one PSU */
    design->psus = 1;
    design->psu_stratum = CLI_NEW(int32_t, 1);
    design->stratum_psus = count_units(design->psu_stratum, 1, 1);
    s->data->psus = labels_of(NULL);
    return;
  }
  const weeg_column cluster = coded(s, cluster_key);
  s->unit = o->nest && stratum_key >= 0 ? nest_psus(s, &stratum, &cluster) : find_psus(s, &stratum, &cluster);
  design->psus = s->unit.levels;
  design->stratum_psus = count_units(design->psu_stratum, design->psus, design->strata);
}

/* ---- population sizes ---- */

/* Population sizes of the strata of a stage, from 0; labels: of the strata. */
static const double *find_fpc(const sample *s, int32_t stage, const weeg_column *stratum, const int64_t *sampled,
                              const char *(*label)(const sample *s, int32_t stratum)) {
  weeg_error err = {0};
  if (stage >= s->stream->core.fpcs) return NULL;
  double *fpc = CLI_NEW(double, s->count), *sizes = CLI_NEW(double, stratum->levels);
  for (int64_t i = 0; i < s->count; i++) fpc[i] = s->stream->core.fpc_of[i * s->stream->core.fpcs + stage];
  const weeg_status status = weeg_find_fpc(fpc, stratum, s->count, sampled, sizes, &err);
  if (status == WEEG_OK) return sizes;
  const char *units = stage == 0 ? "PSUs" : "units";
  const char *first_advice = cli_format("%s is the number of PSUs in the population of the stratum, or the fraction sampled",
                                        cli_in_pspp(s->rows->options, "/FPC", "--fpc"));
  const char *advice = stage == 0 ? first_advice
                                  : "--fpc of a later stage is the number of units in the population of each unit of the "
                                    "stage before (and its stratum), or the fraction sampled";
  const char *where = stage == 0 ? "" : cli_format("at stage %d, ", (int)stage + 1);
  if (err.facts.fault == WEEG_FAULT_MORE_SAMPLED) {
    cli_fail("%sstratum %s has %.15g %s in the sample but %.15g in the population; %s", where, label(s, err.facts.stratum),
             err.facts.value, units, err.facts.limit, advice);
  }
  if (err.facts.row < 0) cli_fail("%s: %s; %s", cli_place_of(s->rows, -1), err.message, advice);
  const int64_t first = row_of(s, err.facts.row);
  weeg_error_move(&err, first);
  cli_fail("%s: %s%s; %s", cli_place_of(s->rows, first), where, err.message, advice);
}

bool cli_weighted_by_fpc(const cli_data *data) {
  return data->weights != NULL && strcmp(data->weights, WEEG_FPC_WEIGHTS) == 0;
}

void cli_check_fpc_weights(weeg_status status, const weeg_error *err) {
  if (status == WEEG_ERR_FPC) cli_fail("%s; name the weights, or 1 as the weight to weight all rows equally", err->message);
  cli_check(status, err);
}

void cli_weigh_by_fpc(cli_data *data) {
  weeg_error err = {0};
  if (!cli_weighted_by_fpc(data)) return;
  double *weight = CLI_NEW(double, data->tally->units);
  cli_check_fpc_weights(weeg_fpc_weights(&data->design, weight, &err), &err);
  cli_check(weeg_tally_weigh(data->tally, weight, &err), &err);
}

static const char *first_label(const sample *s, int32_t stratum) { return s->data->strata.text[stratum]; }

const int32_t *cli_find_sample(const row_stream *stream, cli_data *data, int32_t *units) {
  sample s = {.stream = stream, .rows = stream->rows, .data = data, .count = stream->core.units.count};
  find_units(&s);
  const weeg_column stratum = coded(&s, stream->stratum_key[0]);
  data->design.stratum_fpc = find_fpc(&s, 0, &stratum, data->design.stratum_psus, first_label);
  int32_t *unit_of = CLI_NEW(int32_t, s.count);
  for (int64_t i = 0; i < s.count && s.unit.codes != NULL; i++) unit_of[i] = ((const int32_t *)s.unit.codes)[i] - 1;
  *units = s.unit.levels;
  return unit_of;
}
