/* A tally with its names as bytes, and back. The format is in weeg.h. */
#include "io/bytes.h"
#include "io/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/said.h"
#include "base/sum.h"

static const uint8_t MAGIC[8] = {0x89, 'W', 'G', 'T', 0x0d, 0x0a, 0x1a, 0x0a};

enum { VERSION = 4, HEADER = 20, CHECKSUM = 8 };
enum { IS_ORDERED = 1, IS_NUMBER = 2, HAS_LABEL = 4, HAS_VALUES = 8, IS_MEASURE = 16 };
enum { IS_ELEMENT = 1, LONELY_DOMAIN = 2, HAS_FPC = 4, HAS_STAGES = 8, HAS_STRATA = 8, HAS_PPS = 16 };

/* ---- writing ---- */

static void put_texts(byte_writer *w, const weeg_texts *texts) {
  weeg_i_put_u32(w, (uint32_t)texts->count);
  for (int32_t i = 0; i < texts->count; i++) weeg_i_put_text(w, texts->text[i]);
}

static void put_variable(byte_writer *w, const weeg_variable *v) {
  weeg_i_put_text(w, v->name);
  const bool has_values = v->number && v->values != NULL;
  weeg_i_put_u8(w, (uint8_t)((v->ordered ? IS_ORDERED : 0) | (v->number ? IS_NUMBER : 0) | (v->label != NULL ? HAS_LABEL : 0) |
                             (has_values ? HAS_VALUES : 0) | (v->measure ? IS_MEASURE : 0)));
  if (v->label != NULL) weeg_i_put_text(w, v->label);
  put_texts(w, &v->levels);
  for (int32_t k = 0; has_values && k < v->levels.count; k++) weeg_i_put_double(w, v->values[k]);
}

static void put_stage(byte_writer *w, const weeg_stage *s, const weeg_stage_names *names) {
  const bool has_strata = names->strata.count > 0;
  weeg_i_put_u8(w, (uint8_t)((s->element ? IS_ELEMENT : 0) | (s->stratum_fpc != NULL ? HAS_FPC : 0) |
                             (has_strata ? HAS_STRATA : 0)));
  weeg_i_put_u32(w, (uint32_t)s->strata);
  for (int32_t h = 0; h < s->strata; h++) {
    if (has_strata) weeg_i_put_text(w, names->strata.text[h]);
    weeg_i_put_u32(w, (uint32_t)s->stratum_parent[h]);
    weeg_i_put_u64(w, (uint64_t)s->stratum_units[h]);
    if (s->stratum_fpc != NULL) weeg_i_put_double(w, s->stratum_fpc[h]);
  }
  if (s->element) return;
  weeg_i_put_u32(w, (uint32_t)s->units);
  for (int32_t u = 0; u < s->units; u++) {
    weeg_i_put_text(w, names->units.text[u]);
    weeg_i_put_u32(w, (uint32_t)s->unit_stratum[u]);
  }
}

/* The first that has what is to be written, so that programs of before read what they can. */
static uint32_t version_of(const weeg_labelled_tally *x) {
  const weeg_design *d = &x->design;
  return x->tally.measures > 0 ? 4 : d->pps != WEEG_PPS_NONE ? 3 : d->given_df > 0 ? 2 : 1;
}

static void put_design(byte_writer *w, const weeg_labelled_tally *x) {
  const weeg_design *d = &x->design;
  weeg_i_put_u8(w, (uint8_t)((d->element ? IS_ELEMENT : 0) | (d->lonely_domain ? LONELY_DOMAIN : 0) |
                             (d->stratum_fpc != NULL ? HAS_FPC : 0) | (d->later > 0 ? HAS_STAGES : 0) |
                             (d->pps != WEEG_PPS_NONE ? HAS_PPS : 0)));
  weeg_i_put_u8(w, (uint8_t)d->lonely);
  weeg_i_put_u8(w, (uint8_t)d->df);
  if (version_of(x) > 1) weeg_i_put_u32(w, (uint32_t)d->given_df);
  if (d->pps != WEEG_PPS_NONE) weeg_i_put_u8(w, (uint8_t)d->pps);
  weeg_i_put_u32(w, (uint32_t)d->strata);
  for (int32_t h = 0; h < d->strata; h++) {
    weeg_i_put_text(w, x->strata.text[h]);
    weeg_i_put_u64(w, (uint64_t)d->stratum_psus[h]);
    if (d->stratum_fpc != NULL) weeg_i_put_double(w, d->stratum_fpc[h]);
  }
  if (d->element) return;
  weeg_i_put_u32(w, (uint32_t)d->psus);
  for (int32_t u = 0; u < d->psus; u++) {
    weeg_i_put_text(w, x->psus.text[u]);
    weeg_i_put_u32(w, (uint32_t)(d->psu_stratum[u] + 1));
    if (d->pps != WEEG_PPS_NONE) weeg_i_put_double(w, d->psu_stratum[u] < 0 ? 0 : d->psu_probability[u]);
  }
  if (d->later == 0) return;
  weeg_i_put_u32(w, (uint32_t)d->later);
  for (int32_t k = 0; k < d->later; k++) put_stage(w, &d->stages[k], &x->stages[k]);
}

static bool labels_fit(const weeg_labelled_tally *x) {
  const weeg_design *d = &x->design;
  int32_t measures = 0;
  for (int32_t v = 0; v < x->variables; v++) measures += x->variable[v].measure;
  bool fit = x->strata.count == d->strata && (d->element || x->psus.count == d->psus) && x->notes.count % 2 == 0 &&
             measures == x->tally.measures;
  for (int32_t k = 0; k < d->later && fit; k++) {
    const weeg_stage_names *names = &x->stages[k];
    fit = (names->strata.count == 0 || names->strata.count == d->stages[k].strata) &&
          (d->stages[k].element || names->units.count == d->stages[k].units);
  }
  return fit;
}

static void put_sum(byte_writer *w, weeg_sum sum) {
  weeg_i_put_u64(w, sum.hi);
  weeg_i_put_u64(w, sum.lo);
}

static void put_entries(byte_writer *w, const weeg_tally *t) {
  weeg_i_put_u32(w, (uint32_t)t->scale);
  weeg_i_put_u64(w, (uint64_t)t->entries);
  for (int64_t i = 0; i < t->entries; i++) {
    weeg_i_put_u32(w, (uint32_t)t->unit[i]);
    weeg_i_put_u32(w, (uint32_t)t->cell[i]);
    weeg_i_put_u64(w, (uint64_t)t->n[i]);
    put_sum(w, t->w[i]);
    if (!t->element) continue;
    const weeg_square w2 = weeg_i_square_settled(t->w2[i]);
    put_sum(w, w2.high);
    put_sum(w, w2.low);
  }
}

static void put_measures(byte_writer *w, const weeg_tally *t) {
  const int64_t pairs = t->element ? weeg_tally_pairs(t->measures) : 0;
  for (int32_t k = 0; k < t->measures; k++) weeg_i_put_u32(w, (uint32_t)t->measure_scale[k]);
  for (int64_t i = 0; i < t->entries * t->measures; i++) put_sum(w, t->wy[i]);
  for (int64_t i = 0; i < t->entries * pairs; i++) {
    for (int limb = 3; limb >= 0; limb--) weeg_i_put_u64(w, t->products[i].limb[limb]);
  }
}

weeg_status weeg_tally_encode(const weeg_labelled_tally *x, uint8_t **bytes, int64_t *size, weeg_error *err) {
  byte_writer body = {0}, all = {0};
  weeg_status status = WEEG_OK;
  if (x->design.calibration != NULL || x->design.replicates != NULL) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a tally file has no calibration or replicates");
  }
  if (x->design.given_df > INT32_MAX) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "given degrees of freedom of 2^31 or more");
  if (x->design.psu_form != NULL || x->design.psu_blocks != NULL) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a tally file has no joint inclusion probabilities, or of two phases");
  }
  if (!labels_fit(x)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "labels and design differ in number");
  }
  put_texts(&body, &x->notes);
  weeg_i_put_u32(&body, (uint32_t)x->variables);
  for (int32_t v = 0; v < x->variables; v++) put_variable(&body, &x->variable[v]);
  put_design(&body, x);
  put_entries(&body, &x->tally);
  put_measures(&body, &x->tally);
  weeg_i_put_bytes(&all, MAGIC, sizeof MAGIC);
  weeg_i_put_u32(&all, version_of(x));
  weeg_i_put_u64(&all, body.used);
  weeg_i_put_bytes(&all, body.bytes, body.used);
  weeg_i_put_u64(&all, weeg_i_crc64(all.bytes, all.used));
  if (body.failed || all.failed) {
    status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory, or a text beyond 2^31 bytes");
    weeg_free(all.bytes);
  } else {
    *bytes = all.bytes;
    *size = (int64_t)all.used;
  }
  weeg_free(body.bytes);
  return status;
}

/* ---- reading ---- */

static weeg_status bad(weeg_error *err, const char *what) {
  return weeg_fail(err, WEEG_ERR_FILE, -1, "this is not a valid tally file: %s", weeg_i_said(err, what));
}

/* After a failure to read: of memory, or of what is there. */
static weeg_status broken(const byte_reader *r, weeg_error *err) {
  if (r->no_memory) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  return bad(err, "it ends too early, or a number or a text in it is impossible");
}

static weeg_status get_texts(byte_reader *r, weeg_texts *texts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t count = weeg_i_get_count(r, 4);
  WEEG_NEW(texts->text, count);
  texts->count = count;
  for (int32_t i = 0; i < count && !r->failed; i++) texts->text[i] = weeg_i_get_text(r);
  if (r->failed) status = broken(r, err);
cleanup:
  return status;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Levels of one name would be one level to some who read this, and two to others. */
static weeg_status check_distinct(const weeg_texts *texts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  char **sorted = NULL;
  WEEG_NEW(sorted, texts->count);
  if (texts->count > 0) memcpy(sorted, texts->text, (size_t)texts->count * sizeof *sorted);
  qsort(sorted, (size_t)texts->count, sizeof *sorted, by_text);
  for (int32_t i = 1; i < texts->count && status == WEEG_OK; i++) {
    if (strcmp(sorted[i - 1], sorted[i]) == 0) status = bad(err, "a variable has two levels of the same name");
  }
cleanup:
  weeg_free(sorted);
  return status;
}

/* The values of a number's levels. */
static weeg_status get_values(byte_reader *r, weeg_variable *v, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(v->values, v->levels.count);
  for (int32_t k = 0; k < v->levels.count && status == WEEG_OK; k++) {
    v->values[k] = weeg_i_get_double(r);
    if (r->failed) return broken(r, err);
    const bool rises = k == 0 || v->values[k] > v->values[k - 1];
    if (!isfinite(v->values[k]) || !rises) status = bad(err, "the values of a variable's levels do not increase");
  }
cleanup:
  return status;
}

static weeg_status get_variable(byte_reader *r, uint32_t version, weeg_variable *v, int64_t *cells, weeg_error *err) {
  weeg_status status = WEEG_OK;
  v->name = weeg_i_get_text(r);
  const uint8_t flags = weeg_i_get_u8(r);
  if (flags & HAS_LABEL) v->label = weeg_i_get_text(r);
  v->ordered = (flags & IS_ORDERED) != 0;
  v->number = (flags & IS_NUMBER) != 0;
  v->measure = version > 3 && (flags & IS_MEASURE) != 0;
  const uint8_t known = v->measure ? HAS_LABEL | IS_MEASURE : IS_ORDERED | IS_NUMBER | HAS_LABEL | HAS_VALUES;
  if (r->failed || (flags & ~known) != 0) return broken(r, err);
  WEEG_TRY(get_texts(r, &v->levels, err));
  WEEG_TRY(check_distinct(&v->levels, err));
  if (flags & HAS_VALUES) WEEG_TRY(get_values(r, v, err));
  if (v->measure && v->levels.count != 1) {
    status = bad(err, "a number has levels");
    goto cleanup;
  }
  *cells *= (int64_t)v->levels.count + 1; /* both below 2^31 */
  if (*cells > INT32_MAX) status = bad(err, "its variables have more than 2^31 - 1 cells");
cleanup:
  return status;
}

static weeg_status get_variables(byte_reader *r, weeg_labelled_tally *x, uint32_t version, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t cells = 1;
  const int32_t count = weeg_i_get_count(r, 9);
  if (r->failed || count == 0) return broken(r, err);
  WEEG_NEW(x->variable, count);
  x->variables = count;
  for (int32_t v = 0; v < count; v++) {
    WEEG_TRY(get_variable(r, version, &x->variable[v], &cells, err));
    x->tally.measures += x->variable[v].measure; /* fewer than 31, as there are fewer than 2^31 cells */
  }
  x->tally.cells = (int32_t)cells;
cleanup:
  return status;
}

/* counts[h]: PSUs that say they are in stratum h. */
static weeg_status get_psus(byte_reader *r, weeg_labelled_tally *x, int64_t *counts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_design *d = &x->design;
  int32_t *stratum = NULL;
  double *probability = NULL;
  const bool unequal = d->pps != WEEG_PPS_NONE;
  const int32_t psus = weeg_i_get_count(r, unequal ? 16 : 8);
  WEEG_NEW(x->psus.text, psus);
  x->psus.count = d->psus = psus;
  WEEG_NEW(stratum, psus);
  d->psu_stratum = stratum;
  if (unequal) WEEG_NEW(probability, psus);
  d->psu_probability = probability;
  for (int32_t u = 0; u < psus && !r->failed; u++) {
    x->psus.text[u] = weeg_i_get_text(r);
    const uint32_t place = weeg_i_get_u32(r);
    if (place > (uint32_t)d->strata) return bad(err, "a PSU is in a stratum that is not there");
    stratum[u] = (int32_t)place - 1;
    if (place > 0) counts[place - 1]++;
    if (!unequal) continue;
    probability[u] = weeg_i_get_double(r);
    if (place > 0 && !(probability[u] > 0 && probability[u] <= 1)) return bad(err, "an inclusion probability is impossible");
  }
  if (r->failed) status = broken(r, err);
cleanup:
  return status;
}

static weeg_status get_strata(byte_reader *r, weeg_labelled_tally *x, bool has_fpc, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_design *d = &x->design;
  int64_t *sampled = NULL;
  double *fpc = NULL;
  const int32_t strata = weeg_i_get_count(r, 12);
  if (r->failed || strata == 0) return broken(r, err);
  WEEG_NEW(x->strata.text, strata);
  x->strata.count = d->strata = strata;
  WEEG_NEW(sampled, strata);
  d->stratum_psus = sampled;
  if (has_fpc) WEEG_NEW(fpc, strata);
  d->stratum_fpc = fpc;
  for (int32_t h = 0; h < strata && !r->failed; h++) {
    x->strata.text[h] = weeg_i_get_text(r);
    const uint64_t count = weeg_i_get_u64(r);
    if (count > (uint64_t)1 << 53) return bad(err, "a stratum has more than 2^53 PSUs");
    sampled[h] = (int64_t)count;
    if (has_fpc) fpc[h] = weeg_i_get_double(r);
    if (has_fpc && count > 0 && !(fpc[h] >= (double)count)) return bad(err, "a population is smaller than its sample");
  }
  if (r->failed) status = broken(r, err);
cleanup:
  return status;
}

/* The strata of a later stage, within `parents` units of the stage before it. */
static weeg_status get_stage_strata(byte_reader *r, weeg_stage *s, weeg_texts *names, int32_t parents, uint8_t flags,
                                    weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *parent = NULL;
  int64_t *sampled = NULL;
  double *fpc = NULL;
  const int32_t strata = weeg_i_get_count(r, 12);
  s->strata = strata;
  WEEG_NEW(parent, strata);
  s->stratum_parent = parent;
  WEEG_NEW(sampled, strata);
  s->stratum_units = sampled;
  if (flags & HAS_FPC) WEEG_NEW(fpc, strata);
  s->stratum_fpc = fpc;
  if (flags & HAS_STRATA) WEEG_NEW(names->text, strata);
  names->count = names->text == NULL ? 0 : strata;
  for (int32_t h = 0; h < strata && !r->failed; h++) {
    if (names->text != NULL) names->text[h] = weeg_i_get_text(r);
    const uint32_t place = weeg_i_get_u32(r);
    const uint64_t count = weeg_i_get_u64(r);
    if (fpc != NULL) fpc[h] = weeg_i_get_double(r);
    if (r->failed) break;
    if (place >= (uint32_t)parents || (h > 0 && (int32_t)place < parent[h - 1])) {
      return bad(err, "a stratum of a later stage is in a unit that is not there, or out of order");
    }
    if (count > (uint64_t)1 << 53) return bad(err, "a stratum has more than 2^53 units");
    parent[h] = (int32_t)place;
    sampled[h] = (int64_t)count;
    if (fpc != NULL && count > 0 && !(fpc[h] >= (double)count)) return bad(err, "a population is smaller than its sample");
  }
  if (r->failed) status = broken(r, err);
cleanup:
  return status;
}

static weeg_status get_stage_units(byte_reader *r, weeg_stage *s, weeg_texts *names, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *stratum = NULL;
  int64_t *counts = NULL;
  const int32_t units = weeg_i_get_count(r, 8);
  s->units = units;
  WEEG_NEW(stratum, units);
  s->unit_stratum = stratum;
  WEEG_NEW(names->text, units);
  names->count = units;
  WEEG_NEW(counts, s->strata);
  for (int32_t u = 0; u < units && !r->failed; u++) {
    names->text[u] = weeg_i_get_text(r);
    const uint32_t place = weeg_i_get_u32(r);
    if (r->failed) break;
    if (place >= (uint32_t)s->strata) {
      status = bad(err, "a unit is in a stratum that is not there");
      goto cleanup;
    }
    stratum[u] = (int32_t)place;
    counts[place]++;
  }
  if (r->failed) {
    status = broken(r, err);
    goto cleanup;
  }
  for (int32_t h = 0; h < s->strata && status == WEEG_OK; h++) {
    if (counts[h] != s->stratum_units[h]) status = bad(err, "a stratum does not have the stated number of units");
  }
cleanup:
  weeg_free(counts);
  return status;
}

/* Stages after the first, each within the units of the one before, which therefore are not rows. */
static weeg_status get_stages(byte_reader *r, weeg_labelled_tally *x, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_design *d = &x->design;
  weeg_stage *stages = NULL;
  const int32_t count = weeg_i_get_count(r, 9);
  if (r->failed || count == 0) return broken(r, err);
  WEEG_NEW(x->stages, count);
  WEEG_NEW(stages, count);
  d->stages = stages;
  d->later = count;
  for (int32_t k = 0; k < count; k++) {
    const uint8_t flags = weeg_i_get_u8(r);
    const bool rows_before = k > 0 && stages[k - 1].element;
    if (r->failed || (flags & ~(IS_ELEMENT | HAS_FPC | HAS_STRATA)) != 0 || rows_before) return broken(r, err);
    stages[k].element = (flags & IS_ELEMENT) != 0;
    WEEG_TRY(get_stage_strata(r, &stages[k], &x->stages[k].strata, k == 0 ? d->psus : stages[k - 1].units, flags, err));
    if (!stages[k].element) WEEG_TRY(get_stage_units(r, &stages[k], &x->stages[k].units, err));
  }
cleanup:
  return status;
}

static weeg_status get_design(byte_reader *r, weeg_labelled_tally *x, uint32_t version, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_design *d = &x->design;
  int64_t *counts = NULL;
  const uint8_t flags = weeg_i_get_u8(r), lonely = weeg_i_get_u8(r), df = weeg_i_get_u8(r);
  const uint32_t given_df = version > 1 ? weeg_i_get_u32(r) : 0;
  const bool unequal = (flags & HAS_PPS) != 0, rows_staged = (flags & IS_ELEMENT) != 0 && (flags & (HAS_STAGES | HAS_PPS)) != 0;
  const uint8_t pps = unequal ? weeg_i_get_u8(r) : WEEG_PPS_NONE;
  const bool bad_pps = unequal && (pps == WEEG_PPS_NONE || pps > WEEG_PPS_POISSON || (flags & (HAS_FPC | LONELY_DOMAIN)) != 0);
  if (r->failed || flags > (IS_ELEMENT | LONELY_DOMAIN | HAS_FPC | HAS_STAGES | HAS_PPS) || rows_staged || bad_pps ||
      lonely > WEEG_LONELY_AVERAGE || df > WEEG_DF_EFFECTIVE || given_df > INT32_MAX) {
    return broken(r, err);
  }
  d->element = (flags & IS_ELEMENT) != 0;
  d->lonely_domain = (flags & LONELY_DOMAIN) != 0;
  d->lonely = (weeg_lonely)lonely;
  d->df = (weeg_df_rule)df;
  d->given_df = given_df;
  d->pps = (weeg_pps)pps;
  WEEG_TRY(get_strata(r, x, (flags & HAS_FPC) != 0, err));
  if (d->element) goto cleanup;
  WEEG_NEW(counts, d->strata);
  WEEG_TRY(get_psus(r, x, counts, err));
  for (int32_t h = 0; h < d->strata; h++) {
    if (counts[h] != d->stratum_psus[h]) {
      status = bad(err, "a stratum does not have the stated number of PSUs");
      goto cleanup;
    }
  }
  if (flags & HAS_STAGES) WEEG_TRY(get_stages(r, x, err));
cleanup:
  weeg_free(counts);
  return status;
}

static weeg_sum get_sum(byte_reader *r) {
  const uint64_t hi = weeg_i_get_u64(r);
  return (weeg_sum){hi, weeg_i_get_u64(r)};
}

/* Of a stratum of rows no more than were sampled. */
static weeg_status check_rows(weeg_tally *t, const int64_t *sampled, weeg_error *err) {
  int64_t in_unit = 0;
  for (int64_t i = 0; i < t->entries; i++) {
    if (t->element) t->w2[i] = weeg_i_square_settled(t->w2[i]); /* which early files have not */
    in_unit = t->n[i] + (i > 0 && t->unit[i] == t->unit[i - 1] ? in_unit : 0);
    if (t->element && in_unit > sampled[t->unit[i]]) return bad(err, "a stratum has more rows than stated");
  }
  return WEEG_OK;
}

static weeg_status get_measures(byte_reader *r, weeg_tally *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t sums = t->entries * t->measures, products = t->element ? t->entries * weeg_tally_pairs(t->measures) : 0;
  WEEG_NEW(t->measure_scale, t->measures);
  for (int32_t k = 0; k < t->measures; k++) {
    t->measure_scale[k] = (int32_t)weeg_i_get_u32(r);
    if (t->measure_scale[k] < -3000 || t->measure_scale[k] > 3000) return broken(r, err);
  }
  if (r->failed || (uint64_t)sums > (r->size - r->at) / 16 || (uint64_t)products > (r->size - r->at) / 32) return broken(r, err);
  WEEG_NEW(t->wy, sums);
  for (int64_t i = 0; i < sums; i++) t->wy[i] = get_sum(r);
  if (t->element) WEEG_NEW(t->products, products);
  for (int64_t i = 0; i < products; i++) {
    for (int limb = 3; limb >= 0; limb--) t->products[i].limb[limb] = weeg_i_get_u64(r);
  }
  if (r->failed) status = broken(r, err);
cleanup:
  return status;
}

static weeg_status get_entries(byte_reader *r, weeg_labelled_tally *x, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_tally *t = &x->tally;
  const weeg_design *d = &x->design;
  const weeg_stage *last = d->later > 0 ? &d->stages[d->later - 1] : NULL;
  const bool element = last == NULL ? d->element : last->element;
  const size_t each = element ? 64 : 32;
  const int32_t scale = (int32_t)weeg_i_get_u32(r);
  const uint64_t entries = weeg_i_get_u64(r);
  if (r->failed || entries > (r->size - r->at) / each || scale < -1100 || scale > 500) return broken(r, err);
  t->element = element;
  t->units = last == NULL ? (element ? d->strata : d->psus) : element ? last->strata : last->units;
  t->entries = (int64_t)entries;
  t->scale = scale;
  WEEG_NEW(t->unit, t->entries);
  WEEG_NEW(t->cell, t->entries);
  WEEG_NEW(t->n, t->entries);
  WEEG_NEW(t->w, t->entries);
  if (t->element) WEEG_NEW(t->w2, t->entries);
  for (int64_t i = 0; i < t->entries; i++) {
    t->unit[i] = (int32_t)weeg_i_get_u32(r);
    t->cell[i] = (int32_t)weeg_i_get_u32(r);
    t->n[i] = (int64_t)weeg_i_get_u64(r);
    t->w[i] = get_sum(r);
    if (t->element) t->w2[i].high = get_sum(r);
    if (t->element) t->w2[i].low = get_sum(r);
    if (r->failed) return broken(r, err);
  }
  if (t->measures > 0) WEEG_TRY(get_measures(r, t, err));
  if (weeg_tally_check(t, true, NULL) != WEEG_OK) {
    status = bad(err, "an entry is impossible or out of order");
    goto cleanup;
  }
  status = check_rows(t, last == NULL ? d->stratum_psus : last->stratum_units, err);
cleanup:
  return status;
}

static weeg_status check_frame(byte_reader *r, uint32_t *version, weeg_error *err) {
  if (r->size < HEADER + CHECKSUM || memcmp(r->bytes, MAGIC, sizeof MAGIC) != 0) {
    return weeg_fail(err, WEEG_ERR_FILE, -1, "this is not a tally file, or it was changed by a transfer as text");
  }
  r->at = sizeof MAGIC;
  *version = weeg_i_get_u32(r);
  if (*version < 1 || *version > VERSION) {
    return weeg_fail(err, WEEG_ERR_FILE, -1, "this tally file has version %u of the format; this program reads versions 1 to %d",
                     (unsigned)*version, VERSION);
  }
  if (weeg_i_get_u64(r) != r->size - HEADER - CHECKSUM) return bad(err, "its length is not the stated one: it was truncated");
  byte_reader end = {.bytes = r->bytes, .at = r->size - CHECKSUM, .size = r->size};
  if (weeg_i_get_u64(&end) != weeg_i_crc64(r->bytes, r->size - CHECKSUM)) return bad(err, "its checksum is wrong");
  r->size -= CHECKSUM;
  return WEEG_OK;
}

weeg_status weeg_tally_decode(const uint8_t *bytes, int64_t size, weeg_labelled_tally **x, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_labelled_tally *made = NULL;
  uint32_t version = 0;
  byte_reader r = {.bytes = bytes, .size = size < 0 ? 0 : (size_t)size};
  WEEG_TRY(check_frame(&r, &version, err));
  WEEG_NEW(made, 1);
  WEEG_TRY(get_texts(&r, &made->notes, err));
  if (made->notes.count % 2 != 0) {
    status = bad(err, "a note has no value");
    goto cleanup;
  }
  WEEG_TRY(get_variables(&r, made, version, err));
  WEEG_TRY(get_design(&r, made, version, err));
  WEEG_TRY(get_entries(&r, made, err));
  if (r.at != r.size) {
    status = bad(err, "there are bytes after its end");
    goto cleanup;
  }
  *x = made;
  made = NULL;
cleanup:
  weeg_labelled_tally_free(made);
  return status;
}

void weeg_labelled_tally_free(weeg_labelled_tally *x) {
  if (x == NULL) return;
  for (int32_t v = 0; v < x->variables; v++) {
    weeg_free(x->variable[v].name);
    weeg_free(x->variable[v].label);
    weeg_i_texts_clear(&x->variable[v].levels);
    weeg_free(x->variable[v].values);
  }
  weeg_free(x->variable);
  weeg_i_texts_clear(&x->strata);
  weeg_i_texts_clear(&x->psus);
  weeg_i_texts_clear(&x->notes);
  for (int32_t k = 0; k < x->design.later; k++) {
    const weeg_stage *stage = &x->design.stages[k];
    weeg_i_texts_clear(&x->stages[k].strata);
    weeg_i_texts_clear(&x->stages[k].units);
    weeg_free((void *)stage->stratum_parent);
    weeg_free((void *)stage->unit_stratum);
    weeg_free((void *)stage->stratum_units);
    weeg_free((void *)stage->stratum_fpc);
  }
  weeg_free(x->stages);
  weeg_free((void *)x->design.stages);
  weeg_free((void *)x->design.psu_stratum);
  weeg_free((void *)x->design.psu_probability);
  weeg_free((void *)x->design.stratum_psus);
  weeg_free((void *)x->design.stratum_fpc);
  weeg_free(x->tally.unit);
  weeg_free(x->tally.cell);
  weeg_free(x->tally.n);
  weeg_free(x->tally.w);
  weeg_free(x->tally.w2);
  weeg_free(x->tally.measure_scale);
  weeg_free(x->tally.wy);
  weeg_free(x->tally.products);
  weeg_free(x);
}

/* ---- files ---- */

weeg_status weeg_tally_write(const weeg_labelled_tally *x, const char *path, weeg_error *err) {
  uint8_t *bytes = NULL;
  int64_t size = 0;
  weeg_status status = weeg_tally_encode(x, &bytes, &size, err);
  if (status == WEEG_OK) status = weeg_file_write_hooked(path, bytes, size, 0600, x->design.hooks, err);
  weeg_free(bytes);
  return status;
}

weeg_status weeg_tally_read(const char *path, weeg_labelled_tally **x, weeg_error *err) {
  uint8_t *bytes = NULL;
  int64_t size = 0;
  weeg_status status = weeg_i_file_read(path, &bytes, &size, err);
  if (status == WEEG_OK) {
    status = weeg_tally_decode(bytes, size, x, err);
    if (status == WEEG_ERR_FILE && err != NULL) {
      const weeg_error of_bytes = *err; /* which do not know whose they are */
      status = weeg_fail(err, of_bytes.code, of_bytes.where, "%s: %s", of_bytes.message, path);
    }
  }
  weeg_free(bytes);
  return status;
}
