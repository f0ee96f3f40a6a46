/* The sample that rows were drawn in: strata and PSUs, from their columns. */
#include "tally/column.h"
#include "base/memory.h"
#include "weeg.h"

enum { AT_A_TIME = 2048 };

/* A sample, and what it says that its maker allocated. */
typedef struct made_sample {
  weeg_sample sample; /* first: callers have its address */
  int64_t *sampled;
  int32_t *psu_stratum, *code, *pair_psu;
} made_sample;

void weeg_sample_free(weeg_sample *sample) {
  made_sample *made = (made_sample *)sample;
  if (made == NULL) return;
  weeg_free(made->sampled);
  weeg_free(made->psu_stratum);
  weeg_free(made->code);
  weeg_free(made->pair_psu);
  weeg_free(made);
}

/* Rows in each stratum, which stand for so many. */
static weeg_status count_rows(const weeg_column *stratum, const int64_t *repeats, int64_t rows, const weeg_hooks *hooks,
                              int64_t *sampled, weeg_error *err) {
  int32_t at[AT_A_TIME];
  const weeg_status status = weeg_count_levels(stratum, rows, hooks, sampled, err);
  if (status != WEEG_OK || repeats == NULL) return status;
  for (int32_t h = 0; h < stratum->levels; h++) sampled[h] = 0;
  for (int64_t from = 0; from < rows; from += AT_A_TIME) {
    const int64_t size = rows - from < AT_A_TIME ? rows - from : AT_A_TIME;
    weeg_i_column_read(stratum, from, size, at);
    for (int64_t i = 0; i < size; i++) sampled[at[i]] += repeats[from + i];
  }
  return WEEG_OK;
}

/* PSUs, whose numbers start again in each stratum where they are nested. */
static weeg_status find_psus(made_sample *m, const weeg_column *stratum, const weeg_column *psu, bool nest, int64_t rows,
                             const weeg_hooks *hooks, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_design *d = &m->sample.design;
  if (nest && stratum->codes != NULL) {
    WEEG_NEW(m->code, rows);
    WEEG_TRY(weeg_nest_psus(stratum, psu, rows, hooks, m->code, &d->psus, &m->psu_stratum, &m->pair_psu, err));
    m->sample.unit = (weeg_column){m->code, WEEG_CODE_I32, d->psus};
    m->sample.pair_psu = m->pair_psu;
  } else {
    d->psus = psu->levels;
    WEEG_NEW(m->psu_stratum, d->psus);
    WEEG_TRY(weeg_find_strata(stratum, psu, rows, hooks, m->psu_stratum, err));
    m->sample.unit = *psu;
  }
  d->psu_stratum = m->psu_stratum;
  for (int32_t u = 0; u < d->psus; u++) {
    if (d->psu_stratum[u] >= 0) m->sampled[d->psu_stratum[u]]++;
  }
cleanup:
  return status;
}

weeg_status weeg_sample_find(const weeg_column *stratum, const weeg_column *psu, bool nest, const int64_t *repeats, int64_t rows,
                             const weeg_hooks *hooks, weeg_sample **sample, weeg_error *err) {
  weeg_status status = WEEG_OK;
  made_sample *m = NULL;
  WEEG_NEW(m, 1);
  WEEG_NEW(m->sampled, stratum->levels);
  m->sample.design = (weeg_design){.element = psu == NULL, .strata = stratum->levels, .stratum_psus = m->sampled};
  m->sample.unit = *stratum;
  if (psu == NULL) WEEG_TRY(count_rows(stratum, repeats, rows, hooks, m->sampled, err));
  else WEEG_TRY(find_psus(m, stratum, psu, nest, rows, hooks, err));
  *sample = &m->sample;
  m = NULL;
cleanup:
  weeg_sample_free(m == NULL ? NULL : &m->sample);
  return status;
}
