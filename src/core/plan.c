#include "plan.h"

#include <math.h>

#include "memory.h"
#include "sum.h"

weeg_status weeg_plan_make(plan *p, const weeg_tally *tally, const weeg_design *design, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t units = tally->units, strata = design->strata;
  *p = (plan){0};
  if (tally->element != design->element || units != (design->element ? strata : design->psus)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "tally and design do not have the same PSUs or strata");
  }
  WEEG_NEW(p->w, tally->entries);
  for (int64_t i = 0; i < tally->entries; i++) p->w[i] = weeg_sum_value(tally->w[i], tally->scale);
  WEEG_NEW(p->unit_start, (int64_t)units + 1);
  WEEG_NEW(p->order, units);
  WEEG_NEW(p->stratum_start, (int64_t)strata + 1);
  for (int64_t i = 0; i < tally->entries; i++) p->unit_start[tally->unit[i] + 1]++;
  for (int32_t u = 0; u < units; u++) p->unit_start[u + 1] += p->unit_start[u];
  /* counting sort of units by stratum; PSUs without rows (stratum < 0) are in no stratum */
  for (int32_t u = 0; u < units; u++) {
    const int32_t h = design->element ? u : design->psu_stratum[u];
    if (h >= 0) p->stratum_start[h + 1]++;
  }
  for (int32_t h = 0; h < strata; h++) p->stratum_start[h + 1] += p->stratum_start[h];
  for (int32_t u = 0; u < units; u++) {
    const int32_t h = design->element ? u : design->psu_stratum[u];
    if (h >= 0) p->order[p->stratum_start[h]++] = u;
  }
  for (int32_t h = strata; h > 0; h--) p->stratum_start[h] = p->stratum_start[h - 1];
  p->stratum_start[0] = 0;
cleanup:
  if (status != WEEG_OK) weeg_plan_clear(p);
  return status;
}

void weeg_plan_clear(plan *p) {
  weeg_free(p->w);
  weeg_free(p->unit_start);
  weeg_free(p->order);
  weeg_free(p->stratum_start);
  *p = (plan){0};
}

double weeg_sampling_left(const weeg_design *design, int32_t stratum) {
  if (design->stratum_fpc == NULL || !isfinite(design->stratum_fpc[stratum])) return 1;
  const double size = design->stratum_fpc[stratum];
  return (size - (double)design->stratum_psus[stratum]) / size;
}

bool weeg_is_certainty(const weeg_design *design, int32_t stratum) {
  return weeg_sampling_left(design, stratum) < 1e-7;
}
