/* Whose conventions hold, and the line that says so. */
#include <string.h>

#include "cli.h"

const weeg_profile *cli_find_profile(const char *name) {
  int32_t count = 0;
  const weeg_profile *profiles = weeg_profiles(&count);
  const char **names = CLI_NEW(const char *, count + 1);
  for (int32_t i = 0; i < count; i++) names[i] = profiles[i].name;
  return &profiles[cli_one_of(name, names, "--conventions")];
}

/* A design that does not say so has those of package survey, as in R. */
const weeg_profile *cli_profile_of(const cli_data *data) {
  return cli_find_profile(data->profile == NULL ? "survey" : data->profile);
}

static const char *conventions_line(const cli_data *data, const cli_list *own, bool few, const char *less) {
  const weeg_profile *profile = cli_profile_of(data);
  cli_text text = {0};
  cli_addf(&text, "Conventions: %s; ", profile->name);
  for (int32_t i = 0; i < own->count; i++) cli_addf(&text, "%s; ", own->item[i]);
  const weeg_replicates *r = data->design.replicates;
  const char *missing = cli_said(weeg_words(WEEG_TEXTS_MISSING)[data->missing]);
  if (r != NULL) {
    const char *df = data->design.given_df > 0 ? cli_said("given") : cli_said("rank of the replicates - 1");
    cli_addf(&text, "df %s%s; variance %s; centre %s; missing %s.", df, less, data->replicates_text,
             r->mse ? cli_said("estimate") : cli_said("mean of the replicates"), missing);
    return text.bytes;
  }
  const char *fpc = data->design.stratum_fpc == NULL ? "" : cli_said(", fpc");
  if (data->design.pps != WEEG_PPS_NONE) fpc = cli_format(", PPS (%s)", weeg_words(WEEG_TITLES_PPS)[data->design.pps - 1]);
  if (data->design.later > 0) fpc = cli_format("%s at %d stages", fpc, (int)data->design.later + 1);
  if (data->design.calibration != NULL) fpc = cli_format("%s, calibrated", fpc);
  const bool law = few && weeg_has_law(&data->design);
  const weeg_df_rule df = profile->df == WEEG_DF_EFFECTIVE && !law ? WEEG_DF_DOMAIN : profile->df;
  const char *rule = data->design.given_df > 0 ? cli_said("given") : cli_said(weeg_words(WEEG_TEXTS_DF)[df]);
  if (few && less[0] != '\0') {
    cli_addf(&text, "df %s (tests of several coefficients: %s%s); ", rule,
             cli_said(weeg_words(WEEG_TEXTS_DF)[WEEG_DF_DOMAIN]), less);
  } else {
    cli_addf(&text, "df %s%s; ", rule, less);
  }
  cli_addf(&text, "lonely %s%s; variance Taylor%s; missing %s.",
           cli_said(weeg_words(WEEG_WORDS_LONELY)[data->design.lonely]),
           data->design.lonely_domain ? cli_said(" (in domains too)") : "", fpc, missing);
  return text.bytes;
}

const char *cli_conventions_line(const cli_data *data, const cli_list *own, bool few) {
  return conventions_line(data, own, few, "");
}

const char *cli_model_conventions(const cli_data *data, const cli_list *own, bool few) {
  return conventions_line(data, own, few, cli_said(" - slopes"));
}

/* "50 PSUs in 2 strata" */
const char *cli_design_text(const cli_data *data) {
  const weeg_design *d = &data->design;
  int64_t psus = 0, strata = 0;
  if (data->replicates_text != NULL) return data->replicates_text;
  for (int32_t u = 0; u < d->psus && !d->element; u++) psus += d->psu_stratum[u] >= 0;
  for (int32_t h = 0; h < d->strata; h++) strata += d->stratum_psus[h] > 0;
  const char *clusters = d->element ? cli_said("no clusters")
                                    : cli_format(psus == 1 ? "%s PSU" : "%s PSUs", cli_count_plain((double)psus));
  const char *stages = d->later == 0 ? "" : cli_format(", %d stages", (int)d->later + 1);
  if (strata <= 1) return cli_format("%s%s", clusters, stages);
  return cli_format("%s%s%s strata%s", clusters, d->element ? ", " : cli_said(" in "), cli_count_plain((double)strata), stages);
}

/* In every result, or a design that was forgotten would not be seen. */
const char *cli_weights_text(const cli_data *data) {
  if (data->weights == NULL) return cli_said("unweighted");
  if (data->omitted == 0) return cli_format("weights %s", data->weights);
  return cli_format("weights %s (%s without one left out)", data->weights, cli_counted((double)data->omitted, "row", "rows"));
}

/* NULL: no domain. */
const char *cli_domain_text(const cli_data *data) {
  if (data->conditions.count == 0) return NULL;
  if (data->conditions.count == 1) return data->conditions.item[0];
  cli_list each = {0};
  for (int32_t i = 0; i < data->conditions.count; i++) cli_push(&each, cli_format("(%s)", data->conditions.item[i]));
  return cli_join(&each, " & ");
}
