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
  const weeg_facts *facts = &err->facts;
  if (status != WEEG_ERR_NESTING) return;
  const weeg_texts strata = s->data->strata, psus = labels_of(column_of(s, s->stream->cluster_key[0]));
  cli_fail("cluster %s occurs in stratum %s and in stratum %s (row %lld); if cluster numbers start again in each stratum, "
           "use --nest",
           psus.text[facts->unit], strata.text[facts->stratum], strata.text[facts->other], (long long)row_of(s, facts->row) + 1);
}

static void release_sample(void *found) { weeg_sample_free((weeg_sample *)found); }

/* PSUs of pairs of stratum and cluster are labelled "stratum/cluster". */
static weeg_texts label_psus(const sample *s, const weeg_sample *found) {
  const row_column *strata = column_of(s, s->stream->stratum_key[0]), *clusters = column_of(s, s->stream->cluster_key[0]);
  if (found->pair_psu == NULL) return labels_of(clusters);
  weeg_texts labels = {found->design.psus, CLI_NEW(char *, found->design.psus)};
  for (int32_t u = 0; u < labels.count; u++) {
    labels.text[u] = cli_format("%s/%s", strata->variable.levels.text[found->design.psu_stratum[u]],
                                clusters->variable.levels.text[found->pair_psu[u]]);
  }
  return labels;
}

/* Replicates know of more than one PSU. */
static void take_one_psu(sample *s, const weeg_column *stratum) {
  int64_t *one = CLI_NEW(int64_t, stratum->levels);
  one[0] = 1;
  s->data->design.psus = 1;
  s->data->design.psu_stratum = CLI_NEW(int32_t, 1);
  s->data->design.strata = stratum->levels;
  s->data->design.stratum_psus = one;
  s->data->psus = labels_of(NULL);
  s->unit = *stratum;
}

/* Strata and PSUs. */
static void find_units(sample *s, const weeg_column *stratum) {
  weeg_error err = {0};
  weeg_sample *found = NULL;
  const int32_t cluster_key = s->stream->cluster_key[0];
  const weeg_column cluster = coded(s, cluster_key);
  s->data->strata = labels_of(column_of(s, s->stream->stratum_key[0]));
  if (cluster_key < 0 && s->stream->replicates != NULL) {
    take_one_psu(s, stratum);
    return;
  }
  const weeg_status status =
      weeg_sample_find(&(weeg_sampled_rows){stratum, cluster_key < 0 ? NULL : &cluster, s->count},
                       s->rows->options->nest, s->stream->core.units.rows, &found, &err);
  check_nesting(s, status, &err);
  cli_check(status, &err);
  cli_keep(found, release_sample);
  s->data->design = found->design;
  if (!found->design.element) s->data->psus = label_psus(s, found);
  s->unit = found->unit;
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
  const weeg_column stratum = coded(&s, stream->stratum_key[0]);
  find_units(&s, &stratum);
  data->design.stratum_fpc = find_fpc(&s, 0, &stratum, data->design.stratum_psus, first_label);
  int32_t *unit_of = CLI_NEW(int32_t, s.count);
  for (int64_t i = 0; i < s.count && s.unit.codes != NULL; i++) unit_of[i] = ((const int32_t *)s.unit.codes)[i] - 1;
  *units = s.unit.levels;
  return unit_of;
}
