/* sched_getaffinity */
#define _GNU_SOURCE

#include <R.h>
#include <R_ext/Rdynload.h>
#include <R_ext/Visibility.h>
#include <Rinternals.h>
#include <gsl/gsl_errno.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <sched.h>
#include <unistd.h>
#endif

SEXP glue_adjust(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_book(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_calibrate(SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_calibrate_rows(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_calibration_record(SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_association(SEXP, SEXP, SEXP, SEXP);
SEXP glue_usual_effects(SEXP);
SEXP glue_check_effect(SEXP, SEXP);
SEXP glue_make_replicates(SEXP, SEXP, SEXP, SEXP);
SEXP glue_check_replicates(SEXP, SEXP, SEXP);
SEXP glue_look_at_replicates(SEXP, SEXP, SEXP);
SEXP glue_replicate_defaults(SEXP, SEXP, SEXP, SEXP);
SEXP glue_check_weights(SEXP, SEXP);
SEXP glue_code(SEXP, SEXP, SEXP);
SEXP glue_some_values(SEXP);
SEXP glue_spread(SEXP, SEXP, SEXP);
SEXP glue_inside(SEXP, SEXP);
SEXP glue_compare(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_compare_contrasts(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_decompose(SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_shares(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_share_functions(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_item_residuals(SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_code_means(SEXP, SEXP, SEXP, SEXP);
SEXP glue_test_residuals(SEXP, SEXP);
SEXP glue_pool_wald(SEXP, SEXP, SEXP, SEXP);
SEXP glue_pool_shares(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_pool_contrasts(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_sets(SEXP, SEXP, SEXP, SEXP);
SEXP glue_wave_pairs(SEXP, SEXP, SEXP);
SEXP glue_prints(SEXP);
SEXP glue_sav_open(SEXP, SEXP);
SEXP glue_sav_read(SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_csv_open(SEXP, SEXP);
SEXP glue_csv_read(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_waves_open(SEXP, SEXP);
SEXP glue_waves_read(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_stream(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_stream_finish(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_fpc_weights(SEXP);
SEXP glue_differ(SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_unbroken(SEXP, SEXP);
SEXP glue_fingerprint(SEXP, SEXP);
SEXP glue_hold(SEXP, SEXP, SEXP);
SEXP glue_held(SEXP, SEXP);
SEXP glue_key(void);
SEXP glue_kinds(SEXP);
SEXP glue_same(SEXP, SEXP);
SEXP glue_frame_domain(SEXP, SEXP);
SEXP glue_frame_net(SEXP, SEXP, SEXP, SEXP);
SEXP glue_frame_join(SEXP, SEXP, SEXP, SEXP);
SEXP glue_frame_levels(SEXP, SEXP);
SEXP glue_frame_places(SEXP, SEXP);
SEXP glue_frame_positions(SEXP);
SEXP glue_frame_recell(SEXP, SEXP, SEXP);
SEXP glue_frame_select(SEXP, SEXP);
SEXP glue_frame_treat(SEXP, SEXP, SEXP);
SEXP glue_find_sample(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_levels_alone(SEXP, SEXP);
SEXP glue_standardise(SEXP, SEXP, SEXP, SEXP);
SEXP glue_frame_logistic(SEXP, SEXP, SEXP, SEXP);
SEXP glue_frame_loglinear(SEXP, SEXP, SEXP);
SEXP glue_frame_loglinear_test(SEXP, SEXP, SEXP, SEXP);
SEXP glue_numbers_as(SEXP);
SEXP glue_own_variance(SEXP, SEXP, SEXP);
SEXP glue_no_level(SEXP, SEXP);
SEXP glue_seems_missing(SEXP);
SEXP glue_proportion_contrasts(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_proportions(SEXP, SEXP, SEXP, SEXP);
SEXP glue_recode(SEXP, SEXP, SEXP);
SEXP glue_replicate_multiply(SEXP, SEXP, SEXP);
SEXP glue_replicate_totals(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_reach_make(SEXP);
SEXP glue_reach_next(SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_reach_show(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_world_figures(SEXP);
SEXP glue_world_is_safe(SEXP, SEXP);
SEXP glue_world_tables(SEXP, SEXP);
SEXP glue_world_classes(SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_residuals(SEXP, SEXP);
SEXP glue_reasons(void);
SEXP glue_frame_adjust(SEXP, SEXP, SEXP, SEXP);
SEXP glue_tally_builds(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_tallies_like(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_tallies_release(SEXP);
SEXP glue_group_squares(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_tally_build(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_sum_exponent(SEXP);
SEXP glue_suppress(SEXP, SEXP, SEXP, SEXP);
SEXP glue_suppress_item(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_suppress_sizes(SEXP, SEXP);
SEXP glue_send_units(SEXP, SEXP);
SEXP glue_shown_numbers(SEXP);
SEXP glue_adjust_shown(SEXP, SEXP, SEXP);
SEXP glue_tally_from_sums(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_tally_merge(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_tally_missing(SEXP, SEXP);
SEXP glue_tally_weigh(SEXP, SEXP);
SEXP glue_file_write(SEXP, SEXP);
SEXP glue_file_regular(SEXP);
SEXP glue_fork_ended(SEXP);
SEXP glue_tally_read(SEXP);
SEXP glue_tally_totals(SEXP);
SEXP glue_tally_write(SEXP, SEXP, SEXP);
SEXP glue_multiple(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_item_tests(SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_test(SEXP, SEXP, SEXP, SEXP);
SEXP glue_test_given(SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_test_rank(SEXP, SEXP, SEXP);
SEXP glue_rank_differences(SEXP, SEXP, SEXP);
SEXP glue_given_residuals(SEXP, SEXP, SEXP, SEXP);
SEXP glue_test_means(SEXP, SEXP, SEXP);
SEXP glue_test_shares(SEXP, SEXP, SEXP, SEXP);
SEXP glue_text_levels(SEXP, SEXP, SEXP, SEXP);
SEXP glue_threads(void);
SEXP glue_judge(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_totals(SEXP, SEXP, SEXP, SEXP);
SEXP glue_covariance(SEXP, SEXP, SEXP, SEXP);
SEXP glue_means(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_quantiles(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_row_quantiles(SEXP, SEXP, SEXP, SEXP, SEXP, SEXP, SEXP);
SEXP glue_value_codes(SEXP);
SEXP glue_occurring(SEXP, SEXP, SEXP);
SEXP glue_tally_sums(SEXP);
SEXP glue_texts_of(SEXP, SEXP);
SEXP glue_visible(SEXP);
SEXP glue_conventions(void);

/* Processors that this process may use. */
SEXP glue_threads(void) {
#ifdef _WIN32
  SYSTEM_INFO system;
  GetSystemInfo(&system);
  return Rf_ScalarInteger((int)system.dwNumberOfProcessors);
#else
#ifdef CPU_COUNT
  cpu_set_t ours;
  if (sched_getaffinity(0, sizeof ours, &ours) == 0) return Rf_ScalarInteger(CPU_COUNT(&ours));
#endif
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  return Rf_ScalarInteger(processors < 1 ? 1 : processors > 1024 ? 1024 : (int)processors);
#endif
}

#define ENTRY(name, count) {#name, (DL_FUNC)(void (*)(void))&glue_##name, count}

static const R_CallMethodDef entries[] = {
    ENTRY(calibrate, 5),    ENTRY(calibrate_rows, 6), ENTRY(calibration_record, 5),
    ENTRY(usual_effects, 1), ENTRY(check_effect, 2),
    ENTRY(association, 4),  ENTRY(compare_contrasts, 6), ENTRY(sets, 4),         ENTRY(decompose, 5),      ENTRY(wave_pairs, 3),
    ENTRY(prints, 1),
    ENTRY(make_replicates, 4),    ENTRY(check_replicates, 3), ENTRY(look_at_replicates, 3),
    ENTRY(replicate_defaults, 4),
    ENTRY(replicate_multiply, 3), ENTRY(replicate_totals, 7),
    ENTRY(adjust, 8),       ENTRY(check_weights, 2), ENTRY(code, 3),        ENTRY(compare, 9),
    ENTRY(some_values, 1),  ENTRY(spread, 3),       ENTRY(inside, 2),
    ENTRY(find_sample, 7),  ENTRY(book, 11),        ENTRY(tally_builds, 10),
    ENTRY(group_squares, 7), ENTRY(tallies_like, 6), ENTRY(tallies_release, 1),
    ENTRY(code_means, 4),
    ENTRY(unbroken, 2),     ENTRY(share_functions, 6), ENTRY(pool_shares, 7), ENTRY(pool_contrasts, 7), ENTRY(test_residuals, 2),
    ENTRY(item_residuals, 5), ENTRY(pool_wald, 4),
    ENTRY(differ, 5),       ENTRY(fingerprint, 2),  ENTRY(hold, 3),         ENTRY(held, 2),         ENTRY(key, 0),
    ENTRY(kinds, 1),
    ENTRY(same, 2),
    ENTRY(fpc_weights, 1),
    ENTRY(frame_loglinear, 3), ENTRY(frame_loglinear_test, 4),
    ENTRY(multiple, 7),     ENTRY(item_tests, 5), ENTRY(own_variance, 3), ENTRY(levels_alone, 2),
    ENTRY(no_level, 2),
    ENTRY(seems_missing, 1),
    ENTRY(proportions, 4),   ENTRY(recode, 3),      ENTRY(reasons, 0),      ENTRY(residuals, 2),
    ENTRY(tally_build, 10), ENTRY(tally_merge, 8),   ENTRY(tally_missing, 2), ENTRY(tally_totals, 1), ENTRY(tally_weigh, 2),
    ENTRY(sum_exponent, 1), ENTRY(tally_from_sums, 11),
    ENTRY(frame_select, 2), ENTRY(frame_recell, 3),  ENTRY(frame_domain, 2), ENTRY(frame_treat, 3),  ENTRY(frame_join, 4),
    ENTRY(frame_levels, 2), ENTRY(frame_net, 4), ENTRY(frame_positions, 1), ENTRY(frame_places, 2),
    ENTRY(file_write, 2),   ENTRY(file_regular, 1), ENTRY(fork_ended, 1),   ENTRY(tally_read, 1),
    ENTRY(tally_write, 3),  ENTRY(test, 4),
    ENTRY(csv_open, 2),     ENTRY(csv_read, 6),     ENTRY(sav_open, 2),     ENTRY(sav_read, 5),
    ENTRY(waves_open, 2),   ENTRY(waves_read, 6),   ENTRY(stream, 7),        ENTRY(stream_finish, 6),
    ENTRY(test_given, 5),   ENTRY(test_rank, 3),     ENTRY(rank_differences, 3), ENTRY(given_residuals, 4),
    ENTRY(test_means, 3),     ENTRY(test_shares, 4),
    ENTRY(text_levels, 4),  ENTRY(threads, 0),      ENTRY(totals, 4),        ENTRY(frame_logistic, 4), ENTRY(standardise, 4),
    ENTRY(covariance, 4), ENTRY(means, 7),        ENTRY(tally_sums, 1),     ENTRY(judge, 6),
    ENTRY(quantiles, 6),    ENTRY(row_quantiles, 7), ENTRY(value_codes, 1),    ENTRY(occurring, 3),
    ENTRY(frame_adjust, 4),
    ENTRY(numbers_as, 1),   ENTRY(texts_of, 2),     ENTRY(visible, 1),      ENTRY(conventions, 0),
    ENTRY(proportion_contrasts, 8), ENTRY(shares, 6), ENTRY(world_figures, 1), ENTRY(world_is_safe, 2),
    ENTRY(suppress, 4),     ENTRY(suppress_item, 7), ENTRY(suppress_sizes, 2), ENTRY(shown_numbers, 1), ENTRY(adjust_shown, 3),
    ENTRY(send_units, 2),
    ENTRY(reach_make, 1),   ENTRY(reach_next, 5),    ENTRY(reach_show, 6),
    ENTRY(world_tables, 2), ENTRY(world_classes, 5),
    {NULL, NULL, 0}};

void attribute_visible R_init_weeg(DllInfo *dll);

void attribute_visible R_init_weeg(DllInfo *dll) {
  /* one static pointer for the whole process: GSL's default handler would abort R */
  gsl_set_error_handler_off();
  R_registerRoutines(dll, NULL, entries, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
  R_forceSymbols(dll, TRUE);
}
