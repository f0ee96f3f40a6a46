#include "variance/stage.h"

#include <math.h>

weeg_stage weeg_i_stage_view(const weeg_design *design, int32_t stage) {
  if (stage > 0) return design->stages[stage - 1];
  return (weeg_stage){.element = design->element,
                      .strata = design->strata,
                      .units = design->psus,
                      .unit_stratum = design->psu_stratum,
                      .stratum_units = design->stratum_psus,
                      .stratum_fpc = design->stratum_fpc};
}

static bool fits_before(const weeg_stage *before, const weeg_stage *stage) {
  if (before->element) return false;
  for (int32_t h = 0; h < stage->strata; h++) {
    const int32_t parent = stage->stratum_parent[h];
    if (parent < 0 || parent >= before->units || (h > 0 && parent < stage->stratum_parent[h - 1])) return false;
  }
  return true;
}

weeg_status weeg_i_check_stages(const weeg_design *design, const weeg_tally *tally, weeg_error *err) {
  weeg_stage last = weeg_i_stage_view(design, 0);
  for (int32_t k = 1; k <= design->later; k++) {
    const weeg_stage stage = weeg_i_stage_view(design, k);
    if (!fits_before(&last, &stage)) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "the strata of stage %d are not in order of the units before", k + 1);
    }
    last = stage;
  }
  if (tally->element != last.element || tally->units != (last.element ? last.strata : last.units)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "tally and design do not have the same PSUs or strata");
  }
  return WEEG_OK;
}

int32_t weeg_i_stage_unit(const weeg_design *design, int32_t stage, int32_t tally_unit) {
  int32_t unit = tally_unit;
  for (int32_t k = design->later; k > stage && unit >= 0; k--) {
    const weeg_stage *at = &design->stages[k - 1];
    const int32_t stratum = at->element ? unit : at->unit_stratum[unit];
    unit = stratum < 0 ? -1 : at->stratum_parent[stratum];
  }
  return unit;
}

static double fraction(const weeg_stage *stage, int32_t stratum) {
  if (stage->stratum_fpc == NULL || !isfinite(stage->stratum_fpc[stratum])) return 0;
  return (double)stage->stratum_units[stratum] / stage->stratum_fpc[stratum];
}

void weeg_i_stage_shares(const weeg_design *design, int32_t stage, double *share) {
  const weeg_stage at = weeg_i_stage_view(design, stage);
  for (int32_t h = 0; h < at.strata; h++) {
    int32_t unit = at.stratum_parent == NULL ? -1 : at.stratum_parent[h];
    share[h] = 1;
    for (int32_t k = stage - 1; k >= 0 && unit >= 0; k--) {
      const weeg_stage before = weeg_i_stage_view(design, k);
      const int32_t stratum = before.unit_stratum[unit];
      const bool unequal = k == 0 && design->pps != WEEG_PPS_NONE;
      share[h] *= stratum < 0 ? 0 : unequal ? design->psu_probability[unit] : fraction(&before, stratum);
      unit = stratum < 0 || k == 0 ? -1 : before.stratum_parent[stratum];
    }
  }
}
