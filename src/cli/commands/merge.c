/* weeg merge: the sum of tallies, matched by the labels of strata, PSUs and levels, as `+` does in R. */
#define _POSIX_C_SOURCE 200809L

#include <string.h>
#include <sys/stat.h>

#include "numbers.h"

static const char *const refused = "these tallies cannot be merged:";

/* What differs between two tallies, with its names. */
static void refuse_difference(const cli_data *a, const cli_data *b, const weeg_facts *facts) {
  const cli_list first = cli_variable_names(a), second = cli_variable_names(b);
  switch (facts->fault) {
  case WEEG_FAULT_VARIABLES:
    cli_fail("%s one has variables %s, another %s; weeg tally leaves variables out", refused, cli_listed(&first, ", "),
             cli_listed(&second, ", "));
  case WEEG_FAULT_CLUSTERS: cli_fail("%s one has clusters, another has none", refused);
  case WEEG_FAULT_CONVENTIONS:
    cli_fail("%s their conventions differ (%s, %s)", refused, cli_profile_of(a)->name, cli_profile_of(b)->name);
  case WEEG_FAULT_LONELY:
    cli_fail("%s their rules for single-PSU strata differ (%s, %s)", refused, weeg_words(WEEG_WORDS_LONELY)[a->design.lonely],
             weeg_words(WEEG_WORDS_LONELY)[b->design.lonely]);
  case WEEG_FAULT_SENDER:
    cli_fail("%s both have PSUs that %s numbered, and these numbers are not those of the same PSUs. It must send all rows in one "
             "tally", refused, facts->subject);
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
    cli_fail("%s the ordered levels of %s differ", refused, a->variable[err->where].name);
  }
  if (err->facts.fault != WEEG_FAULT_NONE) cli_fail("%s %s", refused, weeg_fault_text(err->facts.fault));
  cli_check_fpc_weights(status, err);
  cli_check_frame(status, err);
}

cli_data *cli_add_tallies(const cli_data *a, const cli_data *b) {
  weeg_error err = {0};
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
  struct stat *file = CLI_NEW(struct stat, paths->count);
  for (int32_t i = 0; i < paths->count; i++) {
    if (strcmp(paths->item[i], "-") == 0 || stat(paths->item[i], &file[i]) != 0 || !S_ISREG(file[i].st_mode)) continue;
    for (int32_t k = 0; k < i; k++) {
      if (file[k].st_ino == file[i].st_ino && file[k].st_dev == file[i].st_dev && S_ISREG(file[k].st_mode)) {
        cli_fail("%s and %s are one file, whose rows would be counted twice", paths->item[k], paths->item[i]);
      }
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

void cli_tally(const cli_options *options) {
  cli_list numbers = {0};
  const cli_list names = read_variables(options->arguments.item[1], &numbers);
  if (options->margins.count > 0) cli_usage("a tally file cannot hold calibrated weights; write the tally without --margins");
  const cli_data *data = cli_load_numbers(options, options->arguments.item[0], &names, &numbers);
  cli_write_tally(options, cli_fold(data, &names));
}
