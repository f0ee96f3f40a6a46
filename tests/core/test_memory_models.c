/*
 * Running out of memory in models, further tests, mixtures, several stages and checks of columns: see failing.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "failing.h"
#include "sample.h"
#include "reach_sample.h"
#include "world_sample.h"

enum { ROWS = 600, UNITS = 60, FIRST_UNITS = 12, MANY_ROWS = 300000 };
enum { ROW_LEVELS = 3, COLUMN_LEVELS = 4, CELLS = (ROW_LEVELS + 1) * (COLUMN_LEVELS + 1), PLACES = ROW_LEVELS * COLUMN_LEVELS };

static int32_t row[ROWS], column[ROWS], unit[ROWS];
static double weight[ROWS];
static int32_t cell_row[CELLS], cell_column[CELLS], cell_place[CELLS], cell_second[CELLS], zero[CELLS];
static sample element, clustered;
static const sample *at_hand;

/* ---- models ---- */

/* Binary (variants 0, 2) or proportional odds (1), by the row; 2: standardised. */
static weeg_status call_logistic(int variant, weeg_error *err) {
  enum { MOST = ROW_LEVELS + COLUMN_LEVELS };
  static const int64_t start[] = {0, 0, 1, 2};
  static const int32_t columns[] = {0, 1};
  const bool binary = variant != 1;
  const weeg_model model = {cell_row, binary ? cell_second : cell_column, ROW_LEVELS, ROW_LEVELS - 1,
                            binary ? 2 : COLUMN_LEVELS, start, columns};
  double estimate[MOST], covariance[MOST * MOST];
  weeg_fit fit = {.n = -7};
  const weeg_tally *t = at_hand->tally;
  const weeg_status status =
      variant == 2
          ? weeg_predictive_margins(&(weeg_survey){t, &at_hand->design}, &model, ROW_LEVELS,
                                    &(weeg_fitted){estimate, covariance}, &fit, err)
          : weeg_logistic(&(weeg_survey){t, &at_hand->design}, &model, &(weeg_fitted){estimate, covariance}, &fit, err);
  CHECK((fit.n == -7) == (status != WEEG_OK));
  return status;
}

/* Sum-to-zero contrasts: rows, columns, and their products. */
static void make_contrasts(double *x) {
  enum { ALL = PLACES - 1, A = ROW_LEVELS - 1, B = COLUMN_LEVELS - 1 };
  for (int r = 0; r < ROW_LEVELS; r++) {
    for (int c = 0; c < COLUMN_LEVELS; c++) {
      double *of = x + ALL * (r * COLUMN_LEVELS + c);
      for (int i = 0; i < A; i++) of[i] = r == A ? -1 : r == i;
      for (int j = 0; j < B; j++) of[A + j] = c == B ? -1 : c == j;
      for (int k = 0; k < A * B; k++) of[A + B + k] = of[k / B] * of[A + k % B];
    }
  }
}

/* The model of main effects, and its tests against the saturated one. */
static weeg_status call_loglinear(int variant, weeg_error *err) {
  static const weeg_test_method methods[] = {WEEG_TEST_RAO_SCOTT_F, WEEG_TEST_RAO_SCOTT_LR, WEEG_TEST_SADDLEPOINT,
                                             WEEG_TEST_LINCOM};
  enum { ALL = PLACES - 1, MAIN = ROW_LEVELS + COLUMN_LEVELS - 2 };
  double x[PLACES * ALL], main_x[PLACES * MAIN], estimate[ALL], covariance[ALL * ALL], deviance;
  make_contrasts(x);
  for (int k = 0; k < PLACES * MAIN; k++) main_x[k] = x[ALL * (k / MAIN) + k % MAIN];
  const weeg_loglinear_model all = {cell_place, PLACES, ALL, x}, smaller = {cell_place, PLACES, MAIN, main_x};
  weeg_loglinear_fit fit;
  weeg_test t = {.n = -7};
  if (variant == 0)
    return weeg_loglinear(&(weeg_survey){at_hand->tally, &at_hand->design}, &smaller,
                          &(weeg_fitted){estimate, covariance}, &fit, err);
  const weeg_status status =
      weeg_loglinear_test(&(weeg_survey){at_hand->tally, &at_hand->design}, &all,
                          &(weeg_loglinear_choice){MAIN, methods[variant - 1]}, &t, &deviance, err);
  CHECK((t.n == -7) == (status != WEEG_OK));
  return status;
}

static weeg_status call_wald(int variant, weeg_error *err) {
  static const double estimate[] = {1, 2, 3}, covariance[] = {2, 1, 0, 1, 2, 0, 0, 0, 1};
  static const int32_t which[] = {0, 2};
  weeg_wald wald;
  (void)variant;
  return weeg_wald_test(&(weeg_parameters){estimate, covariance, 3, 10}, which, 2, &wald, err);
}

/* ---- tests ---- */

static weeg_status call_given(int variant, weeg_error *err) {
  static const double row_score[] = {1, 2, 3}, column_score[] = {1, 2, 3, 4};
  static const weeg_test_method methods[] = {WEEG_TEST_RAO_SCOTT_F, WEEG_TEST_WALD, WEEG_TEST_LINCOM};
  const bool trend = variant % 2 == 1;
  weeg_test t = {.n = -7};
  const weeg_status status = weeg_test_given(
      &(weeg_survey){at_hand->tally, &at_hand->design},
      LAYERED(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS, zero, 1),
      BY(methods[variant / 2], .group_score = trend ? row_score : NULL, .answer_score = trend ? column_score : NULL),
      &t, err);
  CHECK((t.n == -7) == (status != WEEG_OK));
  return status;
}

static weeg_status call_rank(int variant, weeg_error *err) {
  weeg_test t = {.n = -7};
  const weeg_status status =
      weeg_test_rank(&(weeg_survey){at_hand->tally, &at_hand->design},
                     TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), (weeg_rank_score)variant, &t, err);
  CHECK((t.n == -7) == (status != WEEG_OK));
  return status;
}

static weeg_status call_residuals(int variant, weeg_error *err) {
  weeg_test_residuals found = {.test.n = -7};
  const weeg_status status = weeg_independence_residuals(
      &(weeg_survey){at_hand->tally, &at_hand->design}, TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), &found, err);
  (void)variant;
  CHECK((found.test.n == -7) == (status != WEEG_OK));
  weeg_free(found.estimate);
  weeg_free(found.covariance);
  return status;
}

static weeg_status call_differences(int variant, weeg_error *err) {
  weeg_test_residuals found = {.test.n = -7};
  const weeg_status status =
      weeg_rank_differences(&(weeg_survey){at_hand->tally, &at_hand->design},
                            TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), (weeg_rank_score)variant, &found, err);
  CHECK((found.test.n == -7) == (status != WEEG_OK));
  CHECK(status != WEEG_OK || found.size == ROW_LEVELS - 1);
  weeg_free(found.estimate);
  weeg_free(found.covariance);
  return status;
}

static weeg_status call_given_residuals(int variant, weeg_error *err) {
  static const double scores[] = {0, 1, 2, 3};
  weeg_test_residuals found = {.test.n = -7};
  const weeg_status status = weeg_given_residuals(
      &(weeg_survey){at_hand->tally, &at_hand->design}, TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS),
      BY(WEEG_TEST_ADJUSTED_WALD, .group_score = variant ? scores : NULL, .answer_score = variant ? scores : NULL), &found, err);
  CHECK((found.test.n == -7) == (status != WEEG_OK));
  CHECK(status != WEEG_OK || found.size == (variant ? 1 : (ROW_LEVELS - 1) * (COLUMN_LEVELS - 1)));
  weeg_free(found.estimate);
  weeg_free(found.covariance);
  return status;
}

static weeg_status call_shares(int variant, weeg_error *err) {
  static const double shares[] = {0.1, 0.2, 0.3, 0.4};
  static const weeg_test_method methods[] = {WEEG_TEST_RAO_SCOTT_F, WEEG_TEST_ADJUSTED_WALD, WEEG_TEST_SADDLEPOINT};
  weeg_test t = {.n = -7};
  const weeg_status status =
      weeg_test_shares(&(weeg_survey){at_hand->tally, &at_hand->design}, ANSWERS_OF(cell_column, COLUMN_LEVELS),
                       BY(methods[variant], .shares = shares), &t, err);
  CHECK((t.n == -7) == (status != WEEG_OK));
  return status;
}

static weeg_status call_mixture(int variant, weeg_error *err) {
  static const double lambda[] = {3, 1, 0.5, 0.5, 0};
  double p = -7;
  const double df = variant % 2 ? (double)INFINITY : 12;
  const weeg_status status = variant < 2 ? weeg_mixture_tail(9, &(weeg_mixture){lambda, 5, df}, &p, err)
                                         : weeg_mixture_saddlepoint(9, &(weeg_mixture){lambda, 5, df}, &p, err);
  CHECK((p == -7) == (status != WEEG_OK));
  return status;
}

static weeg_status call_intervals(int variant, weeg_error *err) {
  static const double p[] = {0.2, 0.3, 0.9}, v[] = {0.001, 0.002, 0.001};
  static const int64_t n[] = {100, 100, 50}, df[] = {10, 10, 20};
  const weeg_interval_choice choice = {variant == 0 ? WEEG_INTERVAL_BETA_NCHS : WEEG_INTERVAL_LOGIT, 0.95};
  weeg_share shares[3];
  for (int i = 0; i < 3; i++) {
    shares[i] = (weeg_share){.estimate = p[i], .variance = v[i], .base_n = n[i], .df = df[i]};
  }
  return weeg_finish_shares(shares, 3, &choice, NULL, err);
}

/* Figures of three completed data sets. */
static weeg_status call_pool(int variant, weeg_error *err) {
  static const double p[] = {0.2, 0.3, 0.4}, v[] = {0.001, 0.002, 0.001}, df[] = {10, 10, 20};
  const weeg_completed of = {p, v, df, 3};
  weeg_pooled_share share = {.share.base_n = 100};
  weeg_contrast contrast = {.df = -7};
  double missing;
  if (variant == 2) {
    static const double units[] = {1, 0, 0, 1, 1, 0, 0, 1}, two[] = {1, 2, 3, 2};
    weeg_pooled_test test = {.df1 = -7};
    const weeg_status tested = weeg_pool_wald(&(weeg_completed_estimates){two, units, df, 2, 2}, &test, err);
    CHECK((test.df1 == -7) == (tested != WEEG_OK));
    return tested;
  }
  const weeg_pool_shares_choice logit = {{WEEG_INTERVAL_LOGIT, 0.95}, true};
  if (variant == 0) return weeg_pool_shares(&of, 1, &logit, &share, err);
  const weeg_status status =
      weeg_pool_contrast(&of, &(weeg_pool_choice){WEEG_ODDS_RATIO, false, 0, 0.95}, &contrast, &missing, err);
  CHECK((contrast.df == -7) == (status != WEEG_OK));
  return status;
}

/* ---- designs ---- */

/* PSUs of UNITS / FIRST_UNITS units each. */
static weeg_status call_stages(int variant, weeg_error *err) {
  static const int64_t score_start[CELLS + 1] = {0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
  static const int32_t index[] = {0, 1, 0}, first_stratum[FIRST_UNITS] = {0};
  static const int64_t first_units[] = {FIRST_UNITS};
  static const double coef[] = {1, 2, 3}, first_fpc[] = {40};
  static const uint8_t use[CELLS] = {1, 1, 1};
  int32_t parent[FIRST_UNITS], stratum[UNITS];
  int64_t units[FIRST_UNITS], df;
  double fpc[FIRST_UNITS], v[4];
  for (int k = 0; k < FIRST_UNITS; k++) {
    parent[k] = k;
    units[k] = UNITS / FIRST_UNITS;
    fpc[k] = 20;
  }
  for (int u = 0; u < UNITS; u++) stratum[u] = u / (UNITS / FIRST_UNITS);
  const weeg_stage second = {.strata = FIRST_UNITS, .units = UNITS, .stratum_parent = parent, .unit_stratum = stratum,
                             .stratum_units = units, .stratum_fpc = fpc};
  const weeg_design design = {.strata = 1, .psus = FIRST_UNITS, .psu_stratum = first_stratum, .stratum_psus = first_units,
                              .stratum_fpc = first_fpc, .later = 1, .stages = &second, .lonely = WEEG_LONELY_AVERAGE};
  const weeg_scores scores = {CELLS, 2, score_start, index, coef, 0, NULL, NULL};
  switch (variant) {
  case 0:
    return weeg_variance(&(weeg_survey){clustered.tally, &design}, &scores, &(weeg_domains){zero, 1, zero}, v, err);
  case 1: return weeg_covariance(&(weeg_survey){clustered.tally, &design}, &scores, use, v, err);
  default: return weeg_design_df(&(weeg_survey){clustered.tally, &design}, zero, 1, &df, err);
  }
}

/* Checks of columns, on two threads. */
static weeg_status call_columns(int variant, weeg_error *err) {
  static int32_t code[MANY_ROWS], cell[MANY_ROWS], psu_stratum[UNITS];
  static double number[MANY_ROWS];
  static int64_t counts[(UNITS + 1) * 2];
  const double *const replicates[] = {number, number};
  const weeg_hooks hooks = {.threads = 2};
  const weeg_column psu = sample_column(code, UNITS), one = {NULL, WEEG_CODE_U8, 1}, columns[] = {psu, one};
  double most;
  for (int i = 0; i < MANY_ROWS; i++) {
    code[i] = 1 + i % UNITS;
    number[i] = 0.5;
  }
  switch (variant) {
    case 0: return weeg_check_weights(number, MANY_ROWS, &hooks, &most, err);
    case 1: return weeg_count_levels(&psu, MANY_ROWS, &hooks, counts, err);
    case 2: return weeg_find_strata(&(weeg_sampled_rows){&one, &psu, MANY_ROWS, &hooks}, psu_stratum, err);
    case 3: return weeg_check_replicates(replicates, 2, MANY_ROWS, &hooks, err);
    case 4: {
      weeg_replicate_look look;
      return weeg_look_at_replicates(&(weeg_replicate_columns){replicates, 2, NULL, MANY_ROWS}, false, &look, err);
    }
    case 5:
      return weeg_replicate_cells(&(weeg_rows){.rows = MANY_ROWS, .columns = columns, .count = 2}, &hooks, cell, counts,
                                  err);
    default: {
      static const int64_t psus[] = {MANY_ROWS};
      return weeg_find_fpc(number, &one, MANY_ROWS, psus, &most, err);
    }
  }
}

/* Sums by the row, and by pairs of it and a calibration cell; for rows that are units, and in clusters. */
static weeg_tally *plain[2], *crossed[2], *rest[2];

static void prepare_measured(void) {
  static double value[ROWS];
  static uint8_t inside[ROWS], outside[ROWS];
  static int32_t known[ROWS], stratum[ROWS];
  const double *const values[] = {value};
  for (int i = 0; i < ROWS; i++) {
    value[i] = i;
    inside[i] = i % 5 != 0;
    outside[i] = !inside[i];
    known[i] = 1 + i % COLUMN_LEVELS;
    stratum[i] = 1;
  }
  for (int kind = 0; kind < 2; kind++) {
    const weeg_column u = kind == 0 ? sample_column(stratum, 1) : sample_column(unit, UNITS);
    const weeg_column columns[] = {sample_column(row, ROW_LEVELS), sample_column(known, COLUMN_LEVELS)};
    weeg_tally **const made[] = {&plain[kind], &crossed[kind], &rest[kind]};
    for (int k = 0; k < 3; k++) {
      const weeg_rows *rows = ROWS_OF(k == 2 ? columns + 1 : columns, k == 1 ? 2 : 1, &u, kind == 0, weight, 10,
                                      k == 2 ? outside : inside, ROWS);
      CHECK_OK(weeg_tally_build(rows, NULL, made[k], NULL));
      if (k < 2) CHECK_OK(weeg_tally_measure(&(weeg_measured){rows, 1, values}, NULL, *made[k], NULL));
    }
  }
}

/* The record of a calibration with measures, and means by it; by replicates; covariances. Variants + 4: in clusters. */
static weeg_status call_measured(int variant, weeg_error *err) {
  static const double g[] = {1, 1, 1, 1}, basis[] = {0.1, 0.1, 0.1, 0.1}, rscales[] = {1, 1};
  static double totals[4 * CELLS], answers[ROWS], covariance[9];
  static const int64_t start[] = {0, 1, 2, 3, 4}, from[] = {0, 1, 2, 3, 3};
  static const int32_t index[] = {0, 1, 2, 3}, place[] = {0, 1, 2, -1}, answer[] = {0, 0, 0, -1};
  static const double coef[] = {1, 1, 1};
  static const weeg_centre centre[ROW_LEVELS];
  const int kind = variant / 4, what = variant % 4;
  const weeg_deviations of = {0, 0, centre, place};
  weeg_design design = kind == 0 ? element.design : clustered.design;
  const weeg_survey survey = {plain[kind], &design};
  const weeg_replicates replicates = {.count = 2, .totals = totals, .scale = 1, .rscales = rscales, .df = 1};
  weeg_mean means[ROW_LEVELS];
  weeg_calibrated *record = NULL;
  weeg_calibration c = {0};
  weeg_status status = WEEG_OK;
  if (what == 1) {
    design.replicates = &replicates;
  } else {
    const weeg_calibrated_tallies tallies = {ROW_LEVELS + 1, COLUMN_LEVELS, crossed[kind], rest[kind], NULL, NULL};
    status = weeg_calibration_record(&tallies, &record, err);
    CHECK((record == NULL) == (status != WEEG_OK));
    if (status != WEEG_OK || what == 0) goto cleanup;
    c = record->calibration;
    c.g = g;
    c.columns = COLUMN_LEVELS;
    c.start = start;
    c.index = index;
    c.value = basis;
    design.calibration = &c;
  }
  if (what == 3) {
    const weeg_scores scores = {.cells = ROW_LEVELS + 1, .outputs = ROW_LEVELS, .start = from, .index = index, .coef = coef,
                                .value = answers, .deviations = &of};
    status = weeg_covariance(&survey, &scores, NULL, answers, err);
    if (status != WEEG_OK) goto cleanup;
    status = weeg_mean_covariance(&survey, &(weeg_places){.group = place, .groups = ROW_LEVELS, .answer = answer, .answers = 1},
                                  &(weeg_mean_choice){0, 0.95, WEEG_FIGURE_RATIO, 0}, covariance, err);
  } else {
    status = weeg_means(&survey, &(weeg_places){.group = place, .groups = ROW_LEVELS, .answer = answer, .answers = 1},
                        &(weeg_mean_choice){0, 0.95, WEEG_FIGURE_MEAN, 0}, means, err);
  }
cleanup:
  weeg_calibrated_free(record);
  return status;
}

static void prepare(void) {
  for (int i = 0; i < ROWS; i++) {
    row[i] = sample_draw(ROW_LEVELS + 1);
    column[i] = sample_draw(COLUMN_LEVELS + 1);
    unit[i] = 1 + i % UNITS;
    weight[i] = 1 + sample_draw(90) / 10.0;
  }
  for (int c = 0; c < CELLS; c++) {
    cell_row[c] = c / (COLUMN_LEVELS + 1) < ROW_LEVELS ? c / (COLUMN_LEVELS + 1) : -1;
    cell_column[c] = c % (COLUMN_LEVELS + 1) < COLUMN_LEVELS ? c % (COLUMN_LEVELS + 1) : -1;
    cell_second[c] = cell_column[c] < 0 ? -1 : cell_column[c] > 1;
    cell_place[c] = cell_row[c] < 0 || cell_column[c] < 0 ? -1 : cell_row[c] * COLUMN_LEVELS + cell_column[c];
  }
  const weeg_column columns[] = {sample_column(row, ROW_LEVELS), sample_column(column, COLUMN_LEVELS)};
  sample_make(&element, ROWS, NULL, 1, NULL, 0, columns, 2, weight);
  sample_make(&clustered, ROWS, NULL, 1, unit, UNITS, columns, 2, weight);
}

/* A search for tables (0), and the figures of one. */
static weeg_status call_world(int variant, weeg_error *err) {
  static toy t;
  double value[TOY_PARTS] = {-7}, num[TOY_PARTS], errors[2][TOY_FIGURES], *error[2] = {errors[0], errors[1]};
  bool safe = false;
  toy_state = 1;
  toy_large(&t, 6);
  const weeg_status status = variant == 0 ? weeg_world_is_safe(&t.world, 2, NULL, &safe, err)
                                          : weeg_world_figures(&t.world, value, num, error, err);
  CHECK((variant == 0 ? !safe : value[0] == -7) == (status != WEEG_OK));
  return status;
}

/* All tables, and classes of these. */
static weeg_status call_tables(int variant, weeg_error *err) {
  static toy t;
  static const int32_t class_of[] = {0, 1, 0, 1}, count[] = {0, 0, 3, 3};
  weeg_world_list list = {.tables = -7};
  int32_t apart[2] = {-7, -7};
  toy_state = 1;
  toy_large(&t, 4);
  const weeg_status status =
      variant == 0 ? weeg_world_tables(&t.world, 10, NULL, &list, err)
                   : weeg_world_classes(&(weeg_world_division){4, 2, 1, class_of, count}, 3, 0, apart, err);
  CHECK((variant == 0 ? list.tables == -7 : apart[0] == -7) == (status != WEEG_OK));
  return status;
}

/* How far counts can go. */
static weeg_status call_reach(int variant, weeg_error *err) {
  int32_t count;
  return grid_ask(4 + variant, 3, NULL, &count, err);
}

int main(void) {
  static const call_case of_design[] = {{call_logistic, 3, 5}, {call_loglinear, 5, 5}, {call_given, 6, 5},
                                        {call_rank, 3, 5},     {call_shares, 3, 5},   {call_residuals, 1, 5},
                                        {call_differences, 3, 5}, {call_given_residuals, 2, 5}};
  static const call_case others[] = {{call_wald, 1, 1}, {call_mixture, 4, 0}, {call_intervals, 2, 0}, {call_pool, 3, 2},
                                     {call_stages, 3, 3}, {call_columns, 7, 0}, {call_world, 2, 5}, {call_tables, 2, 2},
                                     {call_measured, 8, 8}, {call_reach, 2, 5}};
  prepare();
  prepare_measured();
  for (int design = 0; design < 2; design++) {
    at_hand = design == 0 ? &element : &clustered;
    exhaust_all(of_design, sizeof of_design / sizeof *of_design);
  }
  exhaust_all(others, sizeof others / sizeof *others);
  weeg_tally_free(element.tally);
  weeg_tally_free(clustered.tally);
  for (int kind = 0; kind < 2; kind++) {
    weeg_tally_free(plain[kind]);
    weeg_tally_free(crossed[kind]);
    weeg_tally_free(rest[kind]);
  }
  CHECK(atomic_load(&live) == 0);
  return test_report("memory_models");
}
