/* What becomes of rows in which a variable of the table is missing: as --missing or the conventions say. */
#include "cli.h"

cli_data *cli_treat_missing(const cli_data *data, const cli_list *names, const char *choice) {
  weeg_error err = cli_error();
  weeg_frame *made = NULL;
  weeg_missing how = cli_profile_of(data)->missing;
  cli_data *folded = cli_fold(data, names);
  if (choice != NULL) how = (weeg_missing)cli_choice(choice, WEEG_WORDS_MISSING, "--missing");
  if (how == WEEG_MISSING_OMIT && data->narrowed) {
    cli_fail("--missing omit cannot be applied to a tally of a domain, which has lost the PSUs outside it; "
             "use --missing domain");
  }
  if (how == WEEG_MISSING_OMIT && data->design.calibration != NULL) {
    cli_usage("--missing omit is not available for calibrated designs, whose margins need all rows; use --missing domain");
  }
  const weeg_frame frame = cli_frame(folded);
  const bool outside = how == WEEG_MISSING_OMIT && data->whole != NULL;
  const weeg_frame whole = outside ? cli_frame(cli_fold(data->whole, names)) : frame;
  const weeg_status status = weeg_frame_treat(&frame, &whole, how, &made, &err);
  if (err.facts.fault == WEEG_FAULT_MISSING_LEVEL) {
    cli_fail("%s has a level \"(missing)\" and missing values besides; use --missing domain", frame.variable[err.where].name);
  }
  cli_check_frame(status, &err);
  cli_data *treated = cli_with_frame(folded, made);
  treated->missing = how;
  return treated;
}
