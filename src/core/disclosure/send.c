/* A tally that leaves the organisation that made it: PSUs lose their names and their order, and small ones are refused. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/said.h"
#include "weeg.h"

/* A PSU, and what is in it: entries from .. to - 1, by cell. */
typedef struct sent {
  const weeg_tally *tally;
  int64_t rows, from, to;
  double probability;
  int32_t unit, stratum;
} sent;

static const char *reason_not(const weeg_survey *s) {
  const weeg_design *d = s->design;
  if (d->later > 0) return "tallies of multistage designs cannot be sent";
  if (d->psu_form != NULL) return "tallies with joint inclusion probabilities cannot be sent";
  if (d->psu_blocks != NULL) return "tallies of designs of two phases cannot be sent";
  if (d->replicates != NULL) return "replicate weights are by person, and cannot be sent";
  if (s->tally->measures > 0) return "sums of numbers are not protected yet, and cannot be sent";
  if (d->calibration != NULL) return "calibrated tallies cannot be added: send that of the uncalibrated design";
  return NULL;
}

static int by_size(double a, double b) { return (a > b) - (a < b); }

/* The largest first; then by stratum, and by what is in them: never by their names, which made their numbers. */
static int by_content(const void *first, const void *second) {
  const sent *a = (const sent *)first, *b = (const sent *)second;
  const weeg_tally *t = a->tally;
  int order = (a->rows < b->rows) - (a->rows > b->rows);
  if (order == 0) order = (a->stratum > b->stratum) - (a->stratum < b->stratum);
  for (int64_t i = a->from, k = b->from; order == 0 && i < a->to && k < b->to; i++, k++) {
    if (t->cell[i] != t->cell[k]) order = t->cell[i] > t->cell[k] ? 1 : -1;
    else if (t->n[i] != t->n[k]) order = t->n[i] > t->n[k] ? 1 : -1;
    else if (t->w[i].hi != t->w[k].hi) order = t->w[i].hi > t->w[k].hi ? 1 : -1;
    else if (t->w[i].lo != t->w[k].lo) order = t->w[i].lo > t->w[k].lo ? 1 : -1;
  }
  return order != 0 ? order : by_size(a->probability, b->probability);
}

static weeg_status refuse(weeg_error *err, int64_t rows, int64_t threshold, const char *what, int64_t count) {
  const weeg_status status = weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a %s has %lld rows, fewer than %lld",
                                       weeg_i_said(err, what), (long long)rows, (long long)threshold);
  if (err == NULL) return status;
  err->count = count;
  err->facts.value = (double)rows;
  err->facts.limit = (double)threshold;
  return status;
}

/* Of rows that are PSUs, whose cells have to be large. */
static weeg_status check_cells(const weeg_tally *t, int64_t threshold, weeg_error *err) {
  int64_t small = -1, count = 0;
  for (int64_t e = 0; e < t->entries; e++) {
    if (t->n[e] >= threshold) continue;
    if (small < 0) small = e;
    count++;
  }
  if (small < 0) return WEEG_OK;
  const weeg_status status = refuse(err, t->n[small], threshold, "cell", count);
  if (err != NULL) {
    err->where = t->cell[small];
    err->facts.stratum = t->unit[small];
  }
  return status;
}

static weeg_status check_units(const sent *psu, int32_t units, int64_t threshold, weeg_error *err) {
  int32_t small = -1;
  int64_t count = 0;
  for (int32_t u = 0; u < units; u++) {
    if (psu[u].rows == 0 || psu[u].rows >= threshold) continue;
    if (small < 0) small = u;
    count++;
  }
  if (small < 0) return WEEG_OK;
  const weeg_status status = refuse(err, psu[small].rows, threshold, "PSU", count);
  if (err != NULL) err->facts.unit = small;
  return status;
}

weeg_status weeg_send_units(const weeg_survey *survey, int64_t threshold, int32_t *unit, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = survey->tally;
  const char *not = reason_not(survey);
  sent *psu = NULL;
  if (not != NULL) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "%s", weeg_i_said(err, not));
  if (threshold < 2) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the threshold must be 2 or more");
  if (t->element) return check_cells(t, threshold, err);
  WEEG_NEW(psu, t->units + (int64_t)1);
  for (int32_t u = 0; u < t->units; u++) {
    psu[u] = (sent){.tally = t, .unit = u, .stratum = survey->design->psu_stratum[u]};
    if (survey->design->psu_probability != NULL && psu[u].stratum >= 0) psu[u].probability = survey->design->psu_probability[u];
  }
  for (int64_t e = 0; e < t->entries; e++) {
    sent *to = &psu[t->unit[e]];
    if (to->to == 0) to->from = e;
    to->to = e + 1;
    to->rows += t->n[e];
  }
  WEEG_TRY(check_units(psu, t->units, threshold, err));
  qsort(psu, (size_t)t->units, sizeof *psu, by_content);
  for (int32_t u = 0; u < t->units; u++) unit[psu[u].unit] = u;
cleanup:
  weeg_free(psu);
  return status;
}
