/* --adjust-for of weeg proportion and weeg compare: adjusted figures, as adjust_for gives in R. */
#include <string.h>

#include "results.h"

void cli_parse_covariates(const cli_options *options, cli_formula *formula) {
  if (options->adjust_for == NULL) return;
  if (formula->groups.count == 0) cli_usage("adjustment needs groups: 'outcome ~ group'");
  formula->given = cli_parse_terms(options->adjust_for);
  formula->composed = true;
  for (int32_t i = 0; i < formula->given.count; i++) {
    const char *name = formula->given.item[i];
    bool twice = false;
    for (int32_t k = 0; k < formula->groups.count; k++) twice = twice || strcmp(name, formula->groups.item[k]) == 0;
    for (int32_t k = 0; k < formula->outcomes.count; k++) twice = twice || strcmp(name, formula->outcomes.item[k]) == 0;
    if (twice) cli_usage("%s is in the formula and in --adjust-for", name);
  }
}

static void release(void *adjusted) { weeg_adjusted_free((weeg_adjusted *)adjusted); }

const weeg_adjusted *cli_adjust(const cli_places *p, weeg_interval_choice choice) {
  weeg_error err = cli_error();
  weeg_adjusted *made = NULL;
  const weeg_frame frame = cli_frame(p->data);
  const weeg_status status = weeg_frame_adjust(&frame, p->group_names.count, &choice, &made, &err);
  if (made != NULL) cli_keep(made, release);
  cli_check_model(status, &err, p->data, NULL);
  return made;
}

void cli_say_adjusted(cli_result *result, const cli_places *p) {
  cli_list labels = {0};
  cli_block *title = &result->block[result->blocks - 1];
  for (int32_t i = 0; i < p->given.count; i++) cli_push(&labels, cli_label(p->data, p->given.item[i]));
  if (labels.count > 0) title->by = cli_format("%s, adjusted for %s", title->by, cli_join(&labels, ", "));
}

void cli_adjusted_convention(cli_list *own, const cli_formula *formula) {
  if (formula->given.count == 0) return;
  cli_push(own, cli_format("adjusted for %s by logistic models, standardised to all rows", cli_join(&formula->given, " + ")));
}
