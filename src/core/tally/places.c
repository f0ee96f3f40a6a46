#include "tally/places.h"

weeg_status weeg_i_check_places(const weeg_tally *tally, const weeg_places *places, weeg_error *err) {
  const int64_t groups = weeg_i_groups(places), answers = weeg_i_answers_of(places), layers = weeg_i_layers(places);
  if (groups < 0 || answers < 0 || layers < 0 || groups * answers > INT32_MAX ||
      groups * answers * layers > INT32_MAX) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table is too large: it has more than 2^31 - 1 cells");
  }
  for (int32_t c = 0; c < tally->cells; c++) {
    if (weeg_i_group_of(places, c) >= groups || weeg_i_answer_of(places, c) >= answers ||
        weeg_i_layer_of(places, c) >= layers) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, c, "cell %d is placed outside the table", c + 1);
    }
  }
  return WEEG_OK;
}

void weeg_i_groups_in_table(const weeg_tally *tally, const weeg_places *places, int32_t *group_of) {
  for (int32_t c = 0; c < tally->cells; c++) group_of[c] = weeg_i_in_table(places, c) ? weeg_i_group_of(places, c) : -1;
}
