/* Which effect sizes two variables can have. */
#include <string.h>

#include "weeg.h"

bool weeg_has_order(const weeg_variable *variable) {
  return variable->ordered || variable->number || variable->levels.count <= 2;
}

int weeg_usual_effects(const weeg_variable *group, const weeg_variable *answer, weeg_effect_kind *kind) {
  static const weeg_effect_kind usual[] = {WEEG_CRAMERS_V, WEEG_CRAMERS_V_CORRECTED, WEEG_GAMMA, WEEG_TAU_B, WEEG_SOMERS_D};
  const int count = weeg_has_order(group) && weeg_has_order(answer) ? 5 : 2;
  for (int k = 0; k < count; k++) kind[k] = usual[k];
  return count;
}

static bool same_levels(const weeg_texts *a, const weeg_texts *b) {
  bool same = a->count == b->count;
  for (int32_t k = 0; k < a->count && same; k++) same = strcmp(a->text[k], b->text[k]) == 0;
  return same;
}

weeg_status weeg_check_effect(weeg_effect_kind kind, const weeg_variable *group, const weeg_variable *answer, weeg_error *err) {
  const weeg_variable *const variable[] = {group, answer};
  const bool ranks = kind == WEEG_GAMMA || kind == WEEG_TAU_B || kind == WEEG_SOMERS_D;
  const bool weighted = kind == WEEG_KAPPA_LINEAR || kind == WEEG_KAPPA_QUADRATIC;
  for (int v = 0; v < 2 && (ranks || weighted); v++) {
    if (weeg_has_order(variable[v])) continue;
    return weeg_fail(err, WEEG_ERR_ARGUMENT, v, "the levels of %s have no order", variable[v]->name);
  }
  if ((kind != WEEG_KAPPA && !weighted) || same_levels(&group->levels, &answer->levels)) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "kappa needs two variables with the same levels in the same order");
}
