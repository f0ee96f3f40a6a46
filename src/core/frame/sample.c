/* The sample that rows were drawn in: strata, units and population sizes of its stages, from their columns. */
#include <math.h>

#include "tally/column.h"
#include "base/memory.h"
#include "weeg.h"

enum { AT_A_TIME = 2048 };

/* What is found of a stage. */
typedef struct found_stage {
  int64_t *sampled;              /* [strata] */
  double *fpc;                   /* [strata] or NULL */
  double *probability;           /* [units] of PSUs drawn with unequal ones, or NULL */
  int32_t *unit_stratum, *stratum_parent;
  int32_t *stratum_code, *unit_code; /* of rows: the column of pairs, where one was made */
  int32_t *stratum_level, *unit_level;
} found_stage;

/* A sample, and what it says that its maker allocated. */
typedef struct made_sample {
  weeg_sample sample; /* first: callers have its address */
  found_stage first, *later;
  weeg_stage *stages;
  weeg_sample_levels *levels;
} made_sample;

static void clear_stage(found_stage *f) {
  weeg_free(f->sampled);
  weeg_free(f->fpc);
  weeg_free(f->probability);
  weeg_free(f->unit_stratum);
  weeg_free(f->stratum_parent);
  weeg_free(f->stratum_code);
  weeg_free(f->unit_code);
  weeg_free(f->stratum_level);
  weeg_free(f->unit_level);
}

void weeg_sample_free(weeg_sample *sample) {
  made_sample *made = (made_sample *)sample;
  if (made == NULL) return;
  clear_stage(&made->first);
  for (int32_t k = 0; k < made->sample.design.later; k++) clear_stage(&made->later[k]);
  weeg_free(made->later);
  weeg_free(made->stages);
  weeg_free(made->levels);
  weeg_free(made);
}

/* Strata and units among which pairs are looked for. */
static weeg_sampled_rows pairs_of(const weeg_column *stratum, const weeg_column *unit, const weeg_sampled_stages *of) {
  return (weeg_sampled_rows){stratum, unit, of->rows, of->hooks};
}

/* What is missing of a pair, by its name: pairs are always of a stratum and a PSU to weeg_nest_psus(). */
static weeg_status name_missing(weeg_status status, const char *what, weeg_error *err) {
  if (status == WEEG_ERR_MISSING && err != NULL) (void)weeg_fail_row(err, status, what, err->facts.row, WEEG_FAULT_MISSING);
  return status;
}

/* Rows in each stratum, which stand for so many. */
static weeg_status count_rows(const weeg_column *stratum, const weeg_sampled_stages *of, int64_t *sampled, weeg_error *err) {
  int32_t at[AT_A_TIME];
  const weeg_status status = weeg_count_levels(stratum, of->rows, of->hooks, sampled, err);
  if (status != WEEG_OK || of->repeats == NULL) return status;
  for (int32_t h = 0; h < stratum->levels; h++) sampled[h] = 0;
  for (int64_t from = 0; from < of->rows; from += AT_A_TIME) {
    const int64_t size = of->rows - from < AT_A_TIME ? of->rows - from : AT_A_TIME;
    weeg_i_column_read(stratum, from, size, at);
    for (int64_t i = 0; i < size; i++) sampled[at[i]] += of->repeats[from + i];
  }
  return WEEG_OK;
}

static int64_t rows_together(const weeg_sampled_stages *of) {
  int64_t sum = 0;
  for (int64_t i = 0; i < of->rows && of->repeats != NULL; i++) sum += of->repeats[i];
  return of->repeats == NULL ? of->rows : sum;
}

/* ---- population sizes ---- */

/* Sizes at all stages, or fractions at all: whether they are sizes. */
static weeg_status check_fpc(const weeg_sampled_stages *of, bool *sizes, weeg_error *err) {
  int32_t with_sizes = -1, with_fractions = -1;
  for (int32_t s = of->pps == WEEG_PPS_NONE ? 0 : 1; s < of->stages; s++) {
    const double *fpc = of->stage[s].fpc;
    bool above = false, below = false;
    for (int64_t i = 0; i < of->rows && fpc != NULL; i++) {
      above = above || fpc[i] > 1;
      below = below || fpc[i] < 1;
    }
    if (above && with_sizes < 0) with_sizes = s;
    if (below && !above && with_fractions < 0) with_fractions = s;
  }
  *sizes = with_sizes >= 0;
  if (with_sizes < 0 || with_fractions < 0) return WEEG_OK;
  const weeg_status status =
      weeg_fail(err, WEEG_ERR_FPC, -1, "fpc has population sizes at stage %d and sampling fractions at stage %d",
                (int)with_sizes + 1, (int)with_fractions + 1);
  if (err != NULL) err->facts.fault = WEEG_FAULT_MIXED_STAGES;
  if (err != NULL) err->facts.stage = with_sizes;
  if (err != NULL) err->facts.number = with_fractions;
  return status;
}

static int64_t first_row(const weeg_column *column, int32_t level, int64_t rows) {
  int32_t code = 0;
  for (int64_t i = 0; i < rows; i++) {
    weeg_i_column_read(column, i, 1, &code);
    if (code == level) return i;
  }
  return -1;
}

/* sizes: those of another stage are sizes. */
static weeg_status find_fpc(found_stage *f, const weeg_column *stratum, const double *fpc, bool sizes,
                            const weeg_sampled_stages *of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (fpc == NULL) return WEEG_OK;
  WEEG_NEW(f->fpc, stratum->levels);
  status = weeg_i_find_fpc(fpc, stratum, of->rows, f->sampled, sizes, f->fpc, err);
  if (status != WEEG_OK && err != NULL && err->facts.fault == WEEG_FAULT_MORE_SAMPLED) {
    err->facts.row = first_row(stratum, err->facts.stratum, of->rows);
  }
cleanup:
  return status;
}

/* ---- inclusion probabilities ---- */

/* A probability that is none, or not that of earlier rows of its PSU. */
static weeg_status probability_error(double value, int64_t row, weeg_error *err) {
  const weeg_fault fault = isnan(value)               ? WEEG_FAULT_MISSING
                           : !(value > 0 && value <= 1) ? WEEG_FAULT_NO_PROBABILITY
                                                        : WEEG_FAULT_DIFFERS_IN_PSU;
  const weeg_status status = weeg_fail_row(err, WEEG_ERR_FPC, "inclusion probability", row, fault);
  if (err != NULL) err->facts.value = value;
  return status;
}

/* Of each of the sample's PSUs; NaN of one without rows. */
static weeg_status find_probabilities(made_sample *m, const double *of_row, const weeg_sampled_stages *of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t at[AT_A_TIME];
  if (m->sample.design.element || of_row == NULL) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "PSUs drawn with unequal probabilities need clusters and fpc");
  }
  WEEG_NEW(m->first.probability, m->sample.design.psus);
  for (int32_t u = 0; u < m->sample.design.psus; u++) m->first.probability[u] = NAN;
  for (int64_t from = 0; from < of->rows; from += AT_A_TIME) {
    const int64_t size = of->rows - from < AT_A_TIME ? of->rows - from : AT_A_TIME;
    weeg_i_column_read(&m->sample.unit, from, size, at);
    for (int64_t i = 0; i < size; i++) {
      const double value = of_row[from + i];
      double *known = &m->first.probability[at[i]];
      if (isnan(*known) && value > 0 && value <= 1) *known = value;
      if (*known != value) return probability_error(value, from + i, err);
    }
  }
  m->sample.design.pps = of->pps;
  m->sample.design.psu_probability = m->first.probability;
cleanup:
  return status;
}

/* ---- the first stage ---- */

/* PSUs, whose numbers start again in each stratum where they are nested. */
static weeg_status find_psus(made_sample *m, const weeg_column *stratum, const weeg_column *psu, const weeg_sampled_stages *of,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_design *d = &m->sample.design;
  found_stage *f = &m->first;
  weeg_nested_psus pairs = {0};
  const weeg_sampled_rows rows = pairs_of(stratum, psu, of);
  if (of->nest && stratum->codes != NULL && stratum->levels > 0) {
    WEEG_NEW(f->unit_code, of->rows);
    WEEG_TRY(weeg_nest_psus(&rows, f->unit_code, &pairs, err));
    d->psus = pairs.psus;
    f->unit_stratum = pairs.stratum;
    f->unit_level = pairs.psu;
    m->sample.unit = (weeg_column){f->unit_code, WEEG_CODE_I32, d->psus};
    m->sample.pair_psu = f->unit_level;
  } else {
    d->psus = psu->levels;
    WEEG_NEW(f->unit_stratum, d->psus);
    WEEG_TRY(weeg_find_strata(&rows, f->unit_stratum, err));
    m->sample.unit = *psu;
  }
  d->psu_stratum = f->unit_stratum;
  for (int32_t u = 0; u < d->psus; u++) {
    if (d->psu_stratum[u] >= 0) f->sampled[d->psu_stratum[u]]++;
  }
cleanup:
  return status;
}

static weeg_status find_first(made_sample *m, const weeg_sampled_stages *of, bool sizes, weeg_error *err) {
  static const weeg_column whole = {NULL, WEEG_CODE_I32, 1};
  weeg_status status = WEEG_OK;
  const weeg_sample_stage *stage = &of->stage[0];
  const weeg_column *stratum = stage->stratum == NULL ? &whole : stage->stratum, *psu = stage->unit;
  WEEG_NEW(m->first.sampled, stratum->levels);
  m->sample.design = (weeg_design){.element = psu == NULL, .strata = stratum->levels, .stratum_psus = m->first.sampled};
  m->sample.unit = *stratum;
  if (psu == NULL) WEEG_TRY(count_rows(stratum, of, m->first.sampled, err));
  else WEEG_TRY(find_psus(m, stratum, psu, of, err));
  if (of->pps != WEEG_PPS_NONE) WEEG_TRY(find_probabilities(m, stage->fpc, of, err));
  else WEEG_TRY(find_fpc(&m->first, stratum, stage->fpc, sizes, of, err));
  m->sample.design.stratum_fpc = m->first.fpc;
cleanup:
  return status;
}

/* ---- later stages ---- */

/* The strata of units that are not nested in these by their numbers: they may be so in fact. Facts have levels of columns. */
static weeg_status check_units(found_stage *f, const weeg_column *within, const weeg_column *unit, const weeg_sampled_stages *of,
                               weeg_error *err) {
  const weeg_sampled_rows rows = pairs_of(within, unit, of);
  const weeg_status status = weeg_find_strata(&rows, f->unit_stratum, err);
  if (status == WEEG_ERR_NESTING && err != NULL) {
    err->facts.unit = f->unit_level[err->facts.unit];
    err->facts.stratum = f->stratum_level[err->facts.stratum];
    err->facts.other = f->stratum_level[err->facts.other];
  }
  return status;
}

/* The strata of a stage within the units of the one before, which are these where it has none. */
static weeg_status find_within(found_stage *f, const weeg_column *parent, const weeg_column *stratum,
                               const weeg_sampled_stages *of, weeg_column *within, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_nested_psus pairs = {0};
  const weeg_sampled_rows rows = pairs_of(parent, stratum, of);
  *within = *parent;
  if (stratum == NULL) {
    WEEG_NEW(f->stratum_parent, parent->levels);
    for (int32_t u = 0; u < parent->levels; u++) f->stratum_parent[u] = u;
    return WEEG_OK;
  }
  WEEG_NEW(f->stratum_code, of->rows);
  WEEG_TRY(name_missing(weeg_nest_psus(&rows, f->stratum_code, &pairs, err), "stratum", err));
  f->stratum_parent = pairs.stratum;
  f->stratum_level = pairs.psu;
  *within = (weeg_column){f->stratum_code, WEEG_CODE_I32, pairs.psus};
cleanup:
  return status;
}

/* Stage s, within the sample's units so far, which become its own, or its strata where its units are rows. */
static weeg_status find_later(made_sample *m, int32_t s, bool last, bool sizes, const weeg_sampled_stages *of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  found_stage *f = &m->later[s - 1];
  weeg_stage *stage = &m->stages[s - 1];
  const weeg_sample_stage *from = &of->stage[s];
  const weeg_column parent = m->sample.unit;
  weeg_column within = parent;
  weeg_nested_psus pairs = {0};
  WEEG_TRY(find_within(f, &parent, from->stratum, of, &within, err));
  WEEG_NEW(f->sampled, within.levels);
  WEEG_NEW(f->unit_code, of->rows);
  const weeg_sampled_rows rows = pairs_of(of->nest ? &within : &parent, from->unit, of);
  WEEG_TRY(name_missing(weeg_nest_psus(&rows, f->unit_code, &pairs, err), "cluster", err));
  f->unit_stratum = pairs.stratum;
  f->unit_level = pairs.psu;
  const weeg_column unit = {f->unit_code, WEEG_CODE_I32, pairs.psus};
  *stage = (weeg_stage){.element = last && unit.levels == rows_together(of), .strata = within.levels,
                        .stratum_parent = f->stratum_parent, .stratum_units = f->sampled};
  m->levels[s - 1].stratum = f->stratum_level;
  if (stage->element) {
    WEEG_TRY(count_rows(&within, of, f->sampled, err));
    m->sample.unit = within;
  } else {
    if (!of->nest && from->stratum != NULL) WEEG_TRY(check_units(f, &within, &unit, of, err));
    for (int32_t u = 0; u < unit.levels; u++) f->sampled[f->unit_stratum[u]]++;
    stage->units = unit.levels;
    stage->unit_stratum = f->unit_stratum;
    m->levels[s - 1].unit = f->unit_level;
    m->sample.unit = unit;
  }
  WEEG_TRY(find_fpc(f, &within, from->fpc, sizes, of, err));
  stage->stratum_fpc = f->fpc;
cleanup:
  return status;
}

/* A stage that is with replacement is the last one that counts. */
static int32_t count_stages(const weeg_sampled_stages *of) {
  int32_t count = 1;
  while (count < of->stages && (of->every_stage || of->stage[count - 1].fpc != NULL)) count++;
  return count;
}

weeg_status weeg_sample_find(const weeg_sampled_stages *of, weeg_sample **sample, weeg_error *err) {
  weeg_status status = WEEG_OK;
  made_sample *m = NULL;
  const int32_t count = count_stages(of);
  int32_t s = 0;
  bool sizes = false;
  for (int32_t k = 0; k < count && count > 1; k++) {
    if (of->stage[k].unit == NULL) return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "stage %d has no units", (int)k + 1);
  }
  WEEG_NEW(m, 1);
  WEEG_NEW(m->later, count - 1);
  WEEG_NEW(m->stages, count - 1);
  WEEG_NEW(m->levels, count - 1);
  WEEG_TRY(check_fpc(of, &sizes, err));
  WEEG_TRY(find_first(m, of, sizes, err));
  m->sample.levels = m->levels;
  m->sample.design.stages = m->stages;
  m->sample.design.later = count - 1;
  for (s = 1; s < count; s++) WEEG_TRY(find_later(m, s, s == count - 1, sizes, of, err));
  *sample = &m->sample;
  m = NULL;
cleanup:
  if (status != WEEG_OK && s > 0 && err != NULL) err->facts.stage = s;
  weeg_sample_free(m == NULL ? NULL : &m->sample);
  return status;
}
