/* weeg merge: the sum of tallies, matched by the labels of strata, PSUs and levels, as `+` does in R. */
#include <string.h>

#include "numbers.h"

/* What differs between two tallies, with its names. */
static void refuse_difference(const cli_data *a, const cli_data *b, const weeg_facts *facts) {
  const cli_list first = cli_variable_names(a), second = cli_variable_names(b);
  switch (facts->fault) {
  case WEEG_FAULT_VARIABLES:
    cli_fail("these tallies cannot be merged: one has variables %s, another %s; weeg tally leaves variables out",
             cli_listed(&first, ", "), cli_listed(&second, ", "));
  case WEEG_FAULT_CLUSTERS: cli_fail("these tallies cannot be merged: one has clusters, another has none");
  case WEEG_FAULT_CONVENTIONS:
    cli_fail("these tallies cannot be merged: their conventions differ (%s, %s)", cli_profile_of(a)->name,
             cli_profile_of(b)->name);
  case WEEG_FAULT_LONELY:
    cli_fail("these tallies cannot be merged: their rules for single-PSU strata differ (%s, %s)",
             weeg_words(WEEG_WORDS_LONELY)[a->design.lonely], weeg_words(WEEG_WORDS_LONELY)[b->design.lonely]);
  case WEEG_FAULT_SENDER:
    cli_fail("these tallies cannot be merged: both have PSUs that %s numbered, and these numbers are not those of the same PSUs. "
             "It must send all rows in one tally", facts->subject);
  default: break;
  }
}

/* Strata and PSUs that cannot be those of one sample. */
static void refuse_sample(const cli_data *a, const cli_data *b, const weeg_facts *facts) {
  const cli_data *of = facts->number == 1 ? b : a;
  const char *later = facts->stage > 0 ? cli_format("a stratum of stage %d", (int)facts->stage + 1) : NULL;
  if (later != NULL && facts->fault == WEEG_FAULT_POPULATIONS) {
    cli_fail("the population size of %s differs between the tallies", later);
  }
  if (later != NULL && facts->fault == WEEG_FAULT_MORE_SAMPLED) {
    cli_fail("%s has more sampled units in the tallies together than in the population", later);
  }
  switch (facts->fault) {
  case WEEG_FAULT_POPULATIONS:
    cli_fail("the population size of stratum %s differs between the tallies", a->strata.text[facts->stratum]);
  case WEEG_FAULT_SAME_PSUS: cli_fail("two PSUs of one tally are called %s", of->psus.text[facts->unit]);
  case WEEG_FAULT_TWO_STRATA:
    cli_fail("PSU %s is in stratum %s of one tally and in %s of another", a->psus.text[facts->unit],
             a->strata.text[facts->stratum], b->strata.text[facts->other]);
  case WEEG_FAULT_MORE_SAMPLED:
    cli_fail("stratum %s has %.0f sampled PSUs in the tallies together, but %g in the population",
             of->strata.text[facts->stratum], facts->value, facts->limit);
  default: break;
  }
}

static void check_join(weeg_status status, const weeg_error *err, const cli_data *a, const cli_data *b) {
  if (status == WEEG_OK) return;
  refuse_difference(a, b, &err->facts);
  refuse_sample(a, b, &err->facts);
  if (err->facts.fault == WEEG_FAULT_ORDERED_LEVELS) {
    cli_fail("these tallies cannot be merged: the ordered levels of %s differ", a->variable[err->where].name);
  }
  if (err->facts.fault != WEEG_FAULT_NONE) {
    cli_fail("these tallies cannot be merged: %s", cli_said(weeg_fault_text(err->facts.fault)));
  }
  cli_check_fpc_weights(status, err);
  cli_check_frame(status, err);
}

cli_data *cli_add_tallies(const cli_data *a, const cli_data *b) {
  weeg_error err = cli_error();
  weeg_frame *made = NULL, first = cli_frame(a), second = cli_frame(b);
  first.notes = cli_notes(a);
  second.notes = cli_notes(b);
  check_join(weeg_frame_join(&first, &second, &made, &err), &err, a, b);
  cli_data *sum = cli_with_frame(a, made);
  cli_read_notes(sum, &made->notes);
  return sum;
}

/* A file that is named twice, by whatever names. */
static void refuse_same_files(const cli_list *paths) {
  for (int32_t i = 0; i < paths->count; i++) {
    for (int32_t k = 0; k < i && strcmp(paths->item[i], "-") != 0; k++) {
      if (strcmp(paths->item[k], "-") == 0 || !cli_are_one_file(paths->item[k], paths->item[i])) continue;
      cli_fail("%s and %s are one file, whose rows would be counted twice", paths->item[k], paths->item[i]);
    }
  }
}

void cli_merge(const cli_options *options) {
  refuse_same_files(&options->arguments);
  const cli_data *sum = cli_load(options, options->arguments.item[0], NULL);
  for (int32_t i = 1; i < options->arguments.count; i++) {
    sum = cli_add_tallies(sum, cli_load(options, options->arguments.item[i], NULL));
  }
  cli_write_tally(options, sum);
}

/* Variables; numbers, of which there are to be sums, stand on the left of a ~. */
static cli_list read_variables(const char *text, cli_list *numbers) {
  if (!cli_has_outcomes(text)) return cli_parse_terms(text);
  cli_formula formula = cli_parse_formula(text);
  *numbers = formula.outcomes;
  return cli_formula_variables(&formula);
}

/* ---- sending ---- */

static void check_sent(weeg_status status, const weeg_error *err, const cli_data *data, int64_t threshold) {
  const weeg_facts *f = &err->facts;
  if (status == WEEG_OK) return;
  const char *rows = cli_format("%s, fewer than %lld", cli_counted(f->value, "row", "rows"), (long long)threshold);
  if (status == WEEG_ERR_ARGUMENT && f->unit >= 0) {
    cli_fail("PSU %s has %s (--threshold)%s; combine it with a PSU of the same stratum in the file. Where PSUs are persons, no "
             "tally can be sent", data->psus.text[f->unit], rows, err->count > 1 ? cli_said(", and others have so few") : "");
  }
  if (status == WEEG_ERR_ARGUMENT && err->where >= 0) {
    cli_fail("a combination of levels in stratum %s has %s (--threshold), and without clusters each row is a PSU; take fewer "
             "variables, or combine levels in the file", data->strata.text[f->stratum], rows);
  }
  cli_check(status, err);
}

/* As weeg_protect_tally() in R. */
static const cli_data *send(const cli_options *o, const cli_data *data) {
  weeg_error err = cli_error();
  const int64_t threshold = o->threshold == NULL ? 10 : cli_threshold(o);
  const int32_t units = data->tally->units;
  const weeg_design *design = &data->design;
  int32_t *unit = CLI_NEW(int32_t, units), *stratum = CLI_NEW(int32_t, units);
  double *probability = design->psu_probability == NULL ? NULL : CLI_NEW(double, units);
  const weeg_summand summand = {.tally = data->tally, .unit = unit};
  if (o->sender[0] == '\0') cli_usage("--sender is one name, which keeps the PSUs of several senders apart");
  check_sent(weeg_send_units(cli_survey(data), threshold, unit, &err), &err, data, threshold);
  if (data->tally->element) return data;
  cli_data *sent = CLI_NEW(cli_data, 1);
  *sent = *data;
  sent->senders = (cli_list){0};
  cli_push(&sent->senders, o->sender);
  sent->psus.text = CLI_NEW(char *, units);
  for (int32_t u = 0; u < units; u++) {
    const char *name = cli_format("%s: %d", o->sender, (int)u + 1);
    sent->psus.text[u] = cli_copy(name, strlen(name));
    stratum[unit[u]] = design->psu_stratum[u];
    if (probability != NULL) probability[unit[u]] = design->psu_probability[u];
  }
  sent->design.psu_stratum = stratum;
  sent->design.psu_probability = probability;
  cli_check(weeg_tally_merge(&summand, NULL, units, data->tally->cells, &sent->tally, &err), &err);
  return sent;
}

void cli_tally(const cli_options *options) {
  cli_list numbers = {0};
  const cli_list names = read_variables(options->arguments.item[1], &numbers);
  if (options->threshold != NULL && options->sender == NULL) cli_usage("--threshold of a tally goes with --sender");
  if (options->margins.count > 0) cli_usage("a tally file cannot hold calibrated weights; write the tally without --margins");
  const cli_data *data = cli_load_numbers(options, options->arguments.item[0], &names, &numbers);
  data = cli_fold(data, &names);
  cli_write_tally(options, options->sender == NULL ? data : send(options, data));
}
