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
static weeg_status count_rows(const weeg_sampled_rows *of, const int64_t *repeats, int64_t *sampled, weeg_error *err) {
  int32_t at[AT_A_TIME];
  const weeg_column *stratum = of->stratum;
  const int64_t rows = of->rows;
  const weeg_status status = weeg_count_levels(stratum, rows, of->hooks, sampled, err);
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
static weeg_status find_psus(made_sample *m, const weeg_sampled_rows *of, bool nest, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_nested_psus pairs = {0};
  weeg_design *d = &m->sample.design;
  if (nest && of->stratum->codes != NULL) {
    WEEG_NEW(m->code, of->rows);
    WEEG_TRY(weeg_nest_psus(of, m->code, &pairs, err));
    d->psus = pairs.psus;
    m->psu_stratum = pairs.stratum;
    m->pair_psu = pairs.psu;
    m->sample.unit = (weeg_column){m->code, WEEG_CODE_I32, d->psus};
    m->sample.pair_psu = m->pair_psu;
  } else {
    d->psus = of->psu->levels;
    WEEG_NEW(m->psu_stratum, d->psus);
    WEEG_TRY(weeg_find_strata(of, m->psu_stratum, err));
    m->sample.unit = *of->psu;
  }
  d->psu_stratum = m->psu_stratum;
  for (int32_t u = 0; u < d->psus; u++) {
    if (d->psu_stratum[u] >= 0) m->sampled[d->psu_stratum[u]]++;
  }
cleanup:
  return status;
}

weeg_status weeg_sample_find(const weeg_sampled_rows *of, bool nest, const int64_t *repeats, weeg_sample **sample,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_column *stratum = of->stratum;
  made_sample *m = NULL;
  WEEG_NEW(m, 1);
  WEEG_NEW(m->sampled, stratum->levels);
  m->sample.design = (weeg_design){.element = of->psu == NULL, .strata = stratum->levels, .stratum_psus = m->sampled};
  m->sample.unit = *stratum;
  if (of->psu == NULL) WEEG_TRY(count_rows(of, repeats, m->sampled, err));
  else WEEG_TRY(find_psus(m, of, nest, err));
  *sample = &m->sample;
  m = NULL;
cleanup:
  weeg_sample_free(m == NULL ? NULL : &m->sample);
  return status;
}
