/* Means of codes of answers, as functions of shares. */
#include <math.h>

#include "base/memory.h"
#include "tally/places.h"
#include "weeg.h"

weeg_status weeg_code_means(const weeg_survey *survey, const weeg_places *places, const weeg_codes *codes,
                            weeg_function_value *values, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t groups = weeg_i_groups(places), answers = places->answers;
  const weeg_interval_choice choice = {WEEG_INTERVAL_WALD, codes->level};
  weeg_share *shares = NULL;
  weeg_share_function *of = NULL;
  double *slope = NULL;
  WEEG_NEW(shares, groups * answers);
  WEEG_NEW(of, groups);
  WEEG_NEW(slope, groups * answers * groups);
  WEEG_TRY(weeg_shares(survey, places, &choice, shares, err));
  for (int64_t g = 0; g < groups; g++) {
    const weeg_share *share = shares + g * answers;
    double *own = slope + (g * groups + g) * answers, mean = 0;
    for (int64_t k = 0; k < answers; k++) mean += share[k].estimate * codes->code[k];
    for (int64_t k = 0; k < answers; k++) own[k] = codes->code[k] - mean;
    /* a group without answers gets a slope, which gives the reason */
    for (int64_t k = 0; k < answers && isnan(mean); k++) own[k] = k == 0;
    of[g] = (weeg_share_function){slope + g * groups * answers, mean, 0};
  }
  WEEG_TRY(weeg_share_functions(survey, places, of, (int32_t)groups, codes->level, values, err));
cleanup:
  weeg_free(shares);
  weeg_free(of);
  weeg_free(slope);
  return status;
}
