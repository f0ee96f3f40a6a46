/*
 * Running out of memory at every allocation, one after the other: WEEG_ERR_MEMORY, nothing leaked, nothing returned.
 * Models and further tests are in test_memory_models.c, files in test_memory_files.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "failing.h"

#include "csv_sample.h"
#include "sample.h"
#include "stats/sets.h"
#include "variance/alone.h"

/* ---- what is called ---- */

enum { ROWS = 6000, UNITS = 300, ROW_LEVELS = 3, COLUMN_LEVELS = 4, CELLS = (ROW_LEVELS + 1) * (COLUMN_LEVELS + 1) };
enum { MANY_ROWS = 300000, SPARSE_UNITS = 2000000, OUTPUTS = ROW_LEVELS * COLUMN_LEVELS };

static int32_t row[MANY_ROWS], column[MANY_ROWS], unit[MANY_ROWS], stratum[ROWS];
static double weight[MANY_ROWS];
static int32_t cell_row[CELLS], cell_column[CELLS], cell_place[CELLS], zero[CELLS * OUTPUTS], domain_of[CELLS];
static uint8_t use[CELLS];
static sample element, clustered;
static const sample *at_hand;

/* A tally: variants are bits for element, weights, sparse, two threads. */
static weeg_status call_build(int variant, weeg_error *err) {
  const weeg_column columns[] = {sample_column(row, ROW_LEVELS), sample_column(column, COLUMN_LEVELS)};
  const weeg_column units = sample_column(unit, variant & 4 ? SPARSE_UNITS : UNITS);
  const weeg_hooks hooks = {NULL, NULL, variant & 8 ? 2 : 1};
  weeg_tally *t = NULL;
  const weeg_status status = weeg_tally_build(ROWS_OF(columns, 2, &units, variant & 1, variant & 2 ? weight : NULL,
                                                      variant & 2 ? 10 : 1, NULL, variant & 8 ? MANY_ROWS : ROWS),
                                              &hooks, &t, err);
  CHECK((t == NULL) == (status != WEEG_OK));
  weeg_tally_free(t);
  return status;
}

/* Means, ratios, comparisons, a test. */
static weeg_status call_means(const weeg_survey *survey, int which, weeg_error *err) {
  static const int64_t start[] = {0, 1, 2, 4};
  static const int32_t group[] = {0, 1, 0, 1}, first = 0, second[] = {1, 2};
  static const weeg_measure measure = WEEG_DIFFERENCE;
  const weeg_places places = {cell_row, ROW_LEVELS, NULL, 1, NULL, 0};
  weeg_mean means[ROW_LEVELS];
  weeg_contrast contrast;
  weeg_test test;
  if (which == 0) {
    return weeg_means_each(survey, &places, &(weeg_mean_choice){0, 0.95, WEEG_FIGURE_MEAN, 0}, 1, NULL, means, err);
  }
  if (which == 1) {
    return weeg_means(survey, &places, &(weeg_mean_choice){0, 0.95, WEEG_FIGURE_RATIO, 0}, means, err);
  }
  if (which == 4) return weeg_test_means(survey, &places, 1, &test, err);
  const weeg_comparison what = {&first, &second[which - 2], 1, &measure, 1, NULL, NULL, 0.95};
  return weeg_compare_sets(survey, &(weeg_sets){&places, which, start, group, 1}, &what, &contrast, err);
}

/* Measures of a tally, and a sum with itself; from variant 8 on, means, and from 18 on by replicates. Variants: element. */
static weeg_status call_measures(int variant, weeg_error *err) {
  static const double ones[] = {1, 1};
  static double value[ROWS], replicated[4 * CELLS];
  weeg_replicates r;
  const weeg_column columns[] = {sample_column(row, ROW_LEVELS), sample_column(column, COLUMN_LEVELS)};
  const weeg_column units = sample_column(variant & 1 ? stratum : unit, variant & 1 ? 5 : UNITS);
  const weeg_rows *rows = ROWS_OF(columns, 2, &units, variant & 1, weight, 10, NULL, ROWS);
  const double *const values[] = {value};
  const long at = atomic_load(&fail_at);
  weeg_tally *t = NULL, *sum = NULL;
  for (int i = 0; i < ROWS; i++) value[i] = i;
  atomic_store(&fail_at, 0); /* only what follows is to fail */
  CHECK_OK(weeg_tally_build(rows, NULL, &t, NULL));
  if (variant >= 2) CHECK_OK(weeg_tally_measure(&(weeg_measured){rows, 1, values}, NULL, t, NULL));
  atomic_store(&calls, 0);
  atomic_store(&fail_at, at);
  weeg_design design = variant & 1 ? element.design : clustered.design;
  if (variant >= 18) {
    for (int i = 0; i < 4 * CELLS; i++) replicated[i] = 1 + (i * 7) % 11;
    r = (weeg_replicates){.count = 2, .totals = replicated, .scale = 1, .rscales = ones, .df = 7};
    design.replicates = &r;
  }
  const weeg_survey survey = {t, &design};
  weeg_status status = variant < 2 ? weeg_tally_measure(&(weeg_measured){rows, 1, values}, NULL, t, err)
                       : variant < 4 ? weeg_tally_merge(PART(t, NULL, NULL), PART(t, NULL, NULL), t->units, t->cells, &sum, err)
                                     : call_means(&survey, variant < 18 ? (variant - 8) / 2 : (variant - 18) / 2 + 3, err);
  CHECK(variant >= 2 || (t->measures == 1) == (status == WEEG_OK));
  CHECK(variant < 2 || variant >= 4 || (sum != NULL) == (status == WEEG_OK));
  weeg_tally_free(t);
  weeg_tally_free(sum);
  return status;
}

/* Counts and measures: in one pass, of values of which nothing is known before it, and without clusters. */
static weeg_status call_both(int variant, weeg_error *err) {
  static double value[ROWS];
  const weeg_column columns[] = {sample_column(row, ROW_LEVELS), sample_column(column, COLUMN_LEVELS)};
  const weeg_column units = sample_column(variant == 2 ? stratum : unit, variant == 2 ? 5 : UNITS);
  const weeg_rows *rows = ROWS_OF(columns, 2, &units, variant == 2, weight, 10, NULL, ROWS);
  const double *const values[] = {value};
  weeg_tally *t = NULL;
  for (int i = 0; i < ROWS; i++) value[i] = variant == 1 ? 0 : i;
  const weeg_status status = weeg_tally_build_measured(&(weeg_measured){rows, 1, values}, NULL, &t, NULL, err);
  CHECK((t != NULL) == (status == WEEG_OK));
  weeg_tally_free(t);
  return status;
}

/* Codes of few values and of many, cells that occur; quantiles of a tally, and of rows, with limits of both kinds. */
static weeg_status call_quantiles(int variant, weeg_error *err) {
  static double value[ROWS];
  static int32_t code[ROWS];
  static const double answers[] = {1, 2, 3, 4}, probs[] = {0.3};
  const weeg_column columns[] = {sample_column(row, ROW_LEVELS), sample_column(column, COLUMN_LEVELS)};
  const weeg_column units = sample_column(unit, UNITS);
  weeg_quantile found[ROW_LEVELS];
  double *values = NULL;
  int32_t *occurring = NULL, count = 0;
  weeg_status status = WEEG_OK;
  const weeg_quantile_choice choice = {answers, probs, 1, variant & 1 ? WEEG_QUANTILE_HF7 : WEEG_QUANTILE_MATH,
                                       variant & 1 ? WEEG_LIMITS_WOODRUFF : WEEG_LIMITS_TEST, {WEEG_INTERVAL_WALD, 0.95}};
  if (variant < 2) {
    for (int i = 0; i < ROWS; i++) value[i] = variant == 0 ? i % 7 : i;
    status = weeg_value_codes(value, ROWS, code, &values, &count, err);
    CHECK((values == NULL) == (status != WEEG_OK));
  } else if (variant == 2) {
    status = weeg_occurring_cells(columns, 2, ROWS, code, &occurring, &count, err);
    CHECK((occurring == NULL) == (status != WEEG_OK));
  } else if (variant < 5) {
    status = weeg_quantiles(&(weeg_survey){at_hand->tally, &at_hand->design},
                            TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), &choice, found, err);
  } else {
    for (int i = 0; i < ROWS; i++) value[i] = i % 5;
    const weeg_places places = {.group = cell_row, .groups = ROW_LEVELS};
    weeg_quantile_choice of_rows = choice;
    of_rows.value = value;
    status = weeg_row_quantiles(&(weeg_survey_rows){ROWS_OF(columns, 2, &units, false, weight, 10, NULL, ROWS), &clustered.design,
                                                    NULL}, &places, &of_rows, found, err);
  }
  weeg_free(values);
  weeg_free(occurring);
  return status;
}

/* A tally of sums, without weights and with them; from variant 2 on, with a measure, in clusters and not. */
static weeg_status call_sums(int variant, weeg_error *err) {
  static const double counts[] = {1, 3}, zeros[] = {0, 0};
  static const int32_t units[] = {1, 0}, cells[] = {2, 1};
  const double *const sums[] = {counts, zeros};
  const double *const values[] = {counts};
  const weeg_part_sums from = {.element = variant == 3, .units = 2, .cells = 3, .max_weight = 1, .parts = 2, .bits = 4,
                               .lowest = -4, .rows = 2, .unit = units, .cell = cells, .n = counts,
                               .sums = variant == 1 ? sums : NULL};
  weeg_tally *t = NULL;
  weeg_status status = weeg_tally_from_sums(&from, &t, err);
  CHECK((t == NULL) == (status != WEEG_OK));
  if (variant >= 2 && status == WEEG_OK) {
    bool exact = false;
    status = weeg_tally_measure_sums(&(weeg_sum_values){&from, NULL, 1, values}, t, &exact, err);
    CHECK((t->measures == 1) == (status == WEEG_OK) && (t->wy == NULL) == (status != WEEG_OK));
  }
  weeg_tally_free(t);
  return status;
}

static weeg_status call_new(int variant, weeg_error *err) {
  weeg_tally *t = NULL;
  const weeg_status status = weeg_tally_new(&(weeg_tally){variant, 3, 4, 5, -70}, &t, err);
  CHECK((t == NULL) == (status != WEEG_OK));
  weeg_tally_free(t);
  return status;
}

static weeg_status call_merge(int variant, weeg_error *err) {
  weeg_tally *t = NULL;
  const weeg_tally *a = at_hand->tally;
  const weeg_status status =
      weeg_tally_merge(PART(a, NULL, NULL), PART(variant ? a : NULL, NULL, NULL), a->units, a->cells, &t, err);
  CHECK((t == NULL) == (status != WEEG_OK));
  weeg_tally_free(t);
  return status;
}

/* A tally file as bytes (variant 0) and back (variant 1). */
static weeg_status call_file(int variant, weeg_error *err) {
  static char names[8][3] = {"a", "b", "c", "d", "e", "f", "g", "h"};
  static char *text[UNITS];
  for (int k = 0; k < UNITS; k++) text[k] = names[k % 8];
  weeg_variable v[2] = {{.name = text[0], .label = text[1], .levels = {ROW_LEVELS, text}},
                        {.name = text[1], .levels = {COLUMN_LEVELS, text}}};
  const weeg_design *d = &at_hand->design;
  const weeg_labelled_tally x = {.variables = 2, .variable = v, .strata = {d->strata, text}, .psus = {d->psus, text},
                                 .notes = {2, text}, .design = *d, .tally = *at_hand->tally};
  weeg_labelled_tally *back = NULL;
  uint8_t *bytes = NULL;
  int64_t size = 0;
  const long at = atomic_load(&fail_at);
  if (variant == 1) atomic_store(&fail_at, 0); /* only the reading is to fail */
  weeg_status status = weeg_tally_encode(&x, &bytes, &size, err);
  CHECK((bytes == NULL) == (status != WEEG_OK));
  if (variant == 1) {
    atomic_store(&calls, 0);
    atomic_store(&fail_at, at);
    status = weeg_tally_decode(bytes, size, &back, err);
  }
  CHECK((back == NULL) == (variant == 0 || status != WEEG_OK));
  weeg_labelled_tally_free(back);
  weeg_free(bytes);
  return status;
}

static weeg_status call_totals(int variant, weeg_error *err) {
  int64_t n[CELLS];
  double w[CELLS];
  (void)variant;
  return weeg_tally_totals(at_hand->tally, n, w, err);
}

static weeg_status call_nest(int variant, weeg_error *err) {
  static int32_t nested[ROWS];
  const weeg_column h = sample_column(stratum, 5), j = sample_column(unit, UNITS);
  weeg_nested_psus pairs = {.psus = -1};
  (void)variant;
  const weeg_status status = weeg_nest_psus(&(weeg_sampled_rows){&h, &j, ROWS}, nested, &pairs, err);
  CHECK((pairs.stratum == NULL) == (status != WEEG_OK) && (pairs.psu == NULL) == (status != WEEG_OK));
  CHECK((pairs.psus == -1) == (status != WEEG_OK));
  weeg_free(pairs.stratum);
  weeg_free(pairs.psu);
  return status;
}

static const int64_t score_start[CELLS + 1] = {0, 1, 2, 3};
static const int32_t score_index[] = {0, 1, 0};
static const double score_coef[] = {1, 2, 3};

static weeg_scores few_scores(int64_t *start) {
  for (int c = 0; c <= CELLS; c++) start[c] = c < 4 ? score_start[c] : 3;
  return (weeg_scores){CELLS, 2, start, score_index, score_coef};
}

static weeg_status call_variance(int variant, weeg_error *err) {
  int64_t start[CELLS + 1];
  double v[2];
  const weeg_scores scores = few_scores(start);
  (void)variant;
  return weeg_variance(&(weeg_survey){at_hand->tally, &at_hand->design}, &scores, &(weeg_domains){domain_of, 1, zero},
                       v, err);
}

static weeg_status call_covariance(int variant, weeg_error *err) {
  int64_t start[CELLS + 1];
  double v[4];
  const weeg_scores scores = few_scores(start);
  (void)variant;
  return weeg_covariance(&(weeg_survey){at_hand->tally, &at_hand->design}, &scores, use, v, err);
}

static weeg_status call_df(int variant, weeg_error *err) {
  int64_t df;
  (void)variant;
  return weeg_design_df(&(weeg_survey){at_hand->tally, &at_hand->design}, domain_of, 1, &df, err);
}

static weeg_status call_proportions(int variant, weeg_error *err) {
  int64_t n[OUTPUTS], base[ROW_LEVELS], df[ROW_LEVELS];
  double w[OUTPUTS], p[OUTPUTS], v[OUTPUTS];
  return weeg_proportions(
      &(weeg_survey){at_hand->tally, &at_hand->design}, TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS),
      INTO(.n = n, .weighted = w, .estimate = p, .variance = variant ? v : NULL, .base_n = base, .df = df), err);
}

static weeg_status call_reported(int variant, weeg_error *err) {
  static const weeg_interval_choice choice = {WEEG_INTERVAL_BETA_NCHS, 0.95};
  weeg_share share[OUTPUTS];
  (void)variant;
  return weeg_shares(&(weeg_survey){at_hand->tally, &at_hand->design},
                     TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), &choice, share, err);
}

static weeg_status call_proportion_covariance(int variant, weeg_error *err) {
  double v[OUTPUTS * OUTPUTS];
  const weeg_survey survey = {at_hand->tally, &at_hand->design};
  const weeg_places *places = TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS);
  return variant == 0 ? weeg_proportion_covariance(&survey, places, v, err) : weeg_total_covariance(&survey, places, v, err);
}

static weeg_status call_population(int variant, weeg_error *err) {
  weeg_total totals[OUTPUTS];
  (void)variant;
  return weeg_totals(&(weeg_survey){at_hand->tally, &at_hand->design}, ANSWERS_OF(cell_place, OUTPUTS), 0.95, totals,
                     err);
}

static weeg_status call_test(int variant, weeg_error *err) {
  weeg_test t = {.n = -7};
  const weeg_status status = weeg_test_independence(
      &(weeg_survey){at_hand->tally, &at_hand->design}, TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS),
      BY((weeg_test_method)(variant / 2), .null_proportions = variant % 2), &t, err);
  CHECK((t.n == -7) == (status != WEEG_OK));
  return status;
}

static weeg_status call_exact(int variant, weeg_error *err) {
  return call_test(2 * WEEG_TEST_RAO_SCOTT_EXACT + variant, err);
}

/* Two replicates of which the degrees of freedom are found in one of three ways. */
static const weeg_replicates *two_replicates(weeg_replicate_rank rank) {
  static double totals[CELLS * 2], basis[MANY_ROWS * 2], rscales[2] = {1, 1};
  static int64_t basis_start[CELLS + 1];
  static weeg_replicates r;
  for (int c = 0; c < CELLS; c++) basis_start[c + 1] = basis_start[c] + 10;
  r = (weeg_replicates){.count = 2, .totals = totals, .scale = 1, .rscales = rscales, .df = -1, .rank = rank, .basis = basis,
                        .basis_start = basis_start};
  return &r;
}

/* The first group against all, in the first level; with replicates too. */
static weeg_status call_set_variance(int variant, weeg_error *err) {
  static const int64_t start[] = {0, 2};
  static const int32_t set[] = {0, 1};
  static const double coef[] = {1, -1};
  const int64_t begin[] = {0, 1, ROW_LEVELS + 1};
  int32_t group[ROW_LEVELS + 1] = {0};
  int64_t n[2], df;
  double base[2], estimate[2 * COLUMN_LEVELS], variance;
  for (int g = 0; g < ROW_LEVELS; g++) group[g + 1] = g;
  const weeg_sets sets = {TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), 2, begin, group};
  const weeg_combinations combinations = {.outputs = 1, .start = start, .set = set, .coef = coef};
  weeg_design design = at_hand->design;
  weeg_status status = weeg_i_set_proportions(&(weeg_survey){at_hand->tally, &design}, &sets, n, base, estimate, err);
  if (variant == 0 || status != WEEG_OK) return status;
  if (variant > 2) design.replicates = two_replicates(WEEG_RANK_CELLS);
  if (variant % 2 == 1) return weeg_i_set_df(&(weeg_survey){at_hand->tally, &design}, &sets, &combinations, &df, err);
  return weeg_i_set_variance(&(weeg_survey){at_hand->tally, &design}, &sets, base, estimate, 0, &combinations,
                             &variance, err);
}

/* The first group against all, as a comparison, and as a linear function. */
static weeg_status call_compare_sets(int variant, weeg_error *err) {
  static const int64_t start[] = {0, 2};
  static const int32_t set[] = {0, 1};
  static const double coef[] = {1, -1};
  static const weeg_measure measure[] = {WEEG_DIFFERENCE, WEEG_RISK_RATIO};
  const int64_t begin[] = {0, 1, ROW_LEVELS + 1};
  int32_t group[ROW_LEVELS + 1] = {0};
  weeg_contrast contrasts[2 * COLUMN_LEVELS];
  for (int g = 0; g < ROW_LEVELS; g++) group[g + 1] = g;
  const weeg_sets sets = {TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), 2, begin, group};
  const weeg_combinations combinations = {.outputs = 1, .start = start, .set = set, .coef = coef, .level = 0.95};
  const weeg_comparison what = {&set[0], &set[1], 1, measure, 2, NULL, NULL, 0.95};
  if (variant == 0)
    return weeg_compare_sets(&(weeg_survey){at_hand->tally, &at_hand->design}, &sets, &what, contrasts, err);
  return weeg_combine_sets(&(weeg_survey){at_hand->tally, &at_hand->design}, &sets, &combinations, contrasts, err);
}

/* A contrast, and the trend. */
static weeg_status call_contrasts(int variant, weeg_error *err) {
  static const double coef[] = {1, -1, 0}, score[] = {1, 2, 4};
  const weeg_coefficients what = {.contrasts = 1, .coef = variant == 0 ? coef : NULL, .score = score, .level = 0.95};
  weeg_contrast contrasts[COLUMN_LEVELS];
  int64_t n;
  return weeg_compare_contrasts(&(weeg_survey){at_hand->tally, &at_hand->design},
                                TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), &what, &n, contrasts, err);
}

/* Whether groups have a variance of their own: of domains (even variants) and of sets, by PSUs or by replicates. */
static weeg_status call_own_variance(int variant, weeg_error *err) {
  static const int64_t begin[] = {0, 1, 3};
  static const int32_t group[] = {0, 1, 2};
  const weeg_sets sets = {TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), 2, begin, group};
  weeg_design design = at_hand->design;
  uint8_t has[ROW_LEVELS];
  if (variant > 1) design.replicates = two_replicates(variant > 3 ? WEEG_RANK_UNITS : WEEG_RANK_CELLS);
  if (variant % 2 == 0)
    return weeg_own_variance(&(weeg_survey){at_hand->tally, &design}, cell_row, ROW_LEVELS, has, err);
  return weeg_i_set_own_variance(&(weeg_survey){at_hand->tally, &design}, &sets, has, err);
}

static weeg_status call_decompose(int variant, weeg_error *err) {
  /* the cells of one column are taken for categories, those of the other for groups and answers */
  const weeg_places where = {cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS, cell_column, COLUMN_LEVELS};
  static const int32_t first[] = {0, 1}, second[] = {1, 0};
  const weeg_comparison pairs = {.first = first, .second = second, .pairs = 2, .level = 0.95};
  weeg_contrast components[2 * COLUMN_LEVELS * WEEG_COMPONENTS];
  (void)variant;
  return weeg_decompose(&(weeg_survey){at_hand->tally, &at_hand->design}, &where, &pairs, components, err);
}

static weeg_status call_association(int variant, weeg_error *err) {
  static const weeg_effect_kind kinds[] = {WEEG_CRAMERS_V_CORRECTED, WEEG_GAMMA};
  weeg_effect effects[2] = {{.estimate = -7}};
  const weeg_status status = weeg_association(&(weeg_survey){at_hand->tally, &at_hand->design},
                                              TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS),
                                              &(weeg_effect_choice){kinds + variant, 1, 0.95}, effects, err);
  CHECK((effects[0].estimate == -7) == (status != WEEG_OK));
  return status;
}

static weeg_status call_functions(int variant, weeg_error *err) {
  double slope[ROW_LEVELS * COLUMN_LEVELS] = {1, -1};
  weeg_function_value value = {.n = -7};
  if (variant == 1) slope[COLUMN_LEVELS] = 2;
  const weeg_share_function function = {slope, 0.25, 0};
  return weeg_share_functions(&(weeg_survey){at_hand->tally, &at_hand->design},
                              TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), &function, 1, 0.95, &value, err);
}

/* Of shares, of means of codes, and of a book with columns that overlap. */
static weeg_status call_code_means(int variant, weeg_error *err) {
  static const double codes[COLUMN_LEVELS] = {1, 2};
  static const int64_t start[] = {0, 1, 2};
  static const int32_t member[] = {0, 1}, both[] = {0, 1};
  const weeg_survey survey = {at_hand->tally, &at_hand->design};
  const weeg_places *table = TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS);
  weeg_function_value values[ROW_LEVELS];
  weeg_share shares[2 * COLUMN_LEVELS];
  weeg_contrast contrasts[COLUMN_LEVELS];
  int64_t n[2];
  double estimate[2 * COLUMN_LEVELS];
  if (variant == 0) return weeg_code_means(&survey, table, &(weeg_codes){codes, 0.95}, values, err);
  const weeg_sets columns = {.sets = 2, .start = start, .group = member};
  const weeg_book_table of = {.survey = &survey, .places = *table, .columns = &columns, .shares = shares, .group = both,
                              .compared = 2, .n = n, .estimate = estimate, .contrasts = contrasts};
  return weeg_fill_book(&(weeg_book){&of, 1, {WEEG_INTERVAL_WALD, 0.95}, {.method = WEEG_TEST_RAO_SCOTT_F}}, NULL, err);
}

static weeg_status call_test_deff(int variant, weeg_error *err) {
  weeg_test t = {.n = -7};
  const weeg_status status = weeg_test_independence(
      &(weeg_survey){at_hand->tally, &at_hand->design}, TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS),
      BY(WEEG_TEST_RAO_SCOTT_DEFF, .null_proportions = variant == 1), &t, err);
  CHECK((t.n == -7) == (status != WEEG_OK));
  return status;
}

/* Two items: the column is 0; the row is 0. Variant 0: shares of persons, 1: of answers, 2: the test, 3: what it is of. */
static weeg_status call_multiple(int variant, weeg_error *err) {
  enum { ITEMS = 2, MOST = 256 };
  int32_t items[ITEMS * MOST], size[MOST];
  int64_t n[ITEMS * ROW_LEVELS], base_n[ROW_LEVELS], df[ROW_LEVELS];
  double weighted[ITEMS * ROW_LEVELS], estimate[ITEMS * ROW_LEVELS], variance[ITEMS * ROW_LEVELS];
  CHECK(at_hand->tally->cells <= MOST);
  for (int32_t c = 0; c < at_hand->tally->cells; c++) {
    items[ITEMS * c] = cell_column[c] == 0;
    items[ITEMS * c + 1] = cell_row[c] == 0;
    size[c] = cell_column[c] < 0 ? -1 : variant == 1 ? items[ITEMS * c] + items[ITEMS * c + 1] : 1;
  }
  const weeg_answers answers = {cell_row, ROW_LEVELS, items, ITEMS, size};
  if (variant < 2) {
    return weeg_multiple(
        &(weeg_survey){at_hand->tally, &at_hand->design}, &answers,
        INTO(.n = n, .weighted = weighted, .estimate = estimate, .variance = variance, .base_n = base_n, .df = df),
        err);
  }
  weeg_test_residuals of = {.test.n = -7};
  const weeg_survey survey = {at_hand->tally, &at_hand->design};
  const weeg_status status = variant == 2 ? weeg_multiple_test(&survey, &answers, &of.test, err)
                                          : weeg_multiple_differences(&survey, &answers, &of, err);
  CHECK((of.test.n == -7) == (status != WEEG_OK));
  weeg_free(of.estimate);
  weeg_free(of.covariance);
  return status;
}

static weeg_status call_residuals(int variant, weeg_error *err) {
  weeg_residual residuals[OUTPUTS];
  (void)variant;
  return weeg_residuals(&(weeg_survey){at_hand->tally, &at_hand->design},
                        TABLE(cell_row, ROW_LEVELS, cell_column, COLUMN_LEVELS), residuals, err);
}

static int32_t draw_zero(void *unused, int32_t size) {
  (void)unused;
  (void)size;
  return 0;
}

/* Replicates: variance, covariance, degrees of freedom in three ways, totals of columns and of a tally. */
static weeg_status call_replicates(int variant, weeg_error *err) {
  static double totals[CELLS * 2], v[4];
  static const double *const columns[2] = {weight, weight};
  static int64_t start[CELLS + 1];
  const weeg_hooks hooks = {.threads = 2};
  const weeg_replicate_rank rank = variant == 5 ? WEEG_RANK_UNITS : variant == 6 ? WEEG_RANK_DESIGN : WEEG_RANK_CELLS;
  const weeg_scores scores = few_scores(start);
  weeg_design design = at_hand->design;
  int64_t df;
  design.replicates = two_replicates(rank);
  switch (variant) {
  case 0:
    return weeg_variance(&(weeg_survey){at_hand->tally, &design}, &scores, &(weeg_domains){domain_of, 1, zero}, v, err);
  case 1: return weeg_covariance(&(weeg_survey){at_hand->tally, &design}, &scores, use, v, err);
  case 3: return weeg_replicate_multiply(at_hand->tally, &(weeg_multipliers){weight, 2}, &hooks, totals, err);
  case 4:
    return weeg_replicate_totals(&(weeg_replicate_columns){columns, 2, NULL, CELLS},
                                 &(weeg_replicate_sums){zero, CELLS, totals}, &hooks, err);
  default: return weeg_design_df(&(weeg_survey){at_hand->tally, &design}, domain_of, 1, &df, err);
  }
}

static weeg_status call_bootstrap(int variant, weeg_error *err) {
  static double multipliers[UNITS * 2];
  const weeg_random random = {draw_zero, NULL};
  return weeg_bootstrap_multipliers(&at_hand->design, &(weeg_bootstrap_choice){(weeg_bootstrap)variant, 2}, &random,
                                    multipliers, err);
}

/* The jackknife; half-samples of two strata of two. */
static weeg_status call_multipliers(int variant, weeg_error *err) {
  static const int32_t of[] = {0, 0, 1, 1};
  static const int64_t two[] = {2, 2};
  const weeg_design d = {.strata = 2, .psus = 4, .psu_stratum = of, .stratum_psus = two};
  weeg_made_replicates *made = NULL;
  const weeg_replication how = {.kind = variant == 0 ? WEEG_REPLICATION_JKN : WEEG_REPLICATION_BRR};
  const weeg_status status = weeg_replicates_make(&how, &d, &made, err);
  CHECK((made == NULL) == (status != WEEG_OK));
  weeg_made_replicates_free(made);
  return status;
}

static weeg_status call_adjust(int variant, weeg_error *err) {
  static const double p[] = {0.01, 0.04, NAN, 0.03};
  double adjusted[4];
  return weeg_adjust_p((weeg_adjustment)(WEEG_ADJUST_HOLM + variant), p, 4, adjusted, err);
}

static weeg_status call_adjust_hypotheses(int variant, weeg_error *err) {
  static const double p[] = {0.01, 0.01, NAN, 0.03}, share1[] = {.6, .4, .6, .4}, share2[] = {.5, .5, .5, .5};
  static const int32_t first[] = {0, 0, 0, 0}, second[] = {1, 1, 2, 2}, answer[] = {0, 1, 0, 1};
  double adjusted[4];
  const weeg_hypotheses tests = {4, p, first, second, answer, share1, share2};
  return weeg_adjust_hypotheses((weeg_adjustment)(WEEG_ADJUST_HOLM + variant), &tests, adjusted, NULL, err);
}

/* A table of 3 x 4 calibration cells. */
static weeg_margins calibration_margins(void) {
  static int32_t place[2 * OUTPUTS];
  static double sum[OUTPUTS], target[ROW_LEVELS + COLUMN_LEVELS];
  for (int c = 0; c < OUTPUTS; c++) {
    place[2 * c] = c / COLUMN_LEVELS;
    place[2 * c + 1] = ROW_LEVELS + c % COLUMN_LEVELS;
    sum[c] = 1 + c;
  }
  for (int j = 0; j < ROW_LEVELS + COLUMN_LEVELS; j++) target[j] = j < ROW_LEVELS ? COLUMN_LEVELS : ROW_LEVELS;
  return (weeg_margins){OUTPUTS, 2, ROW_LEVELS + COLUMN_LEVELS, place, sum, target};
}

static weeg_status call_calibrate(int variant, weeg_error *err) {
  const weeg_margins m = calibration_margins();
  weeg_calibration_fit fit = {.iterations = -7};
  double g[OUTPUTS];
  const weeg_status status =
      weeg_calibrate(&m, &(weeg_calibration_choice){(weeg_calibration_method)variant, 0.01, 100}, g, &fit, err);
  CHECK((fit.iterations == -7) == (status != WEEG_OK));
  return status;
}

static weeg_status call_calibration_basis(int variant, weeg_error *err) {
  const weeg_margins m = calibration_margins();
  weeg_calibration_model basis = {.columns = -7};
  (void)variant;
  const weeg_status status = weeg_calibration_basis(&m, &basis, err);
  CHECK((basis.columns == -7) == (status != WEEG_OK) && (basis.start == NULL) == (status != WEEG_OK));
  weeg_free(basis.start);
  weeg_free(basis.index);
  weeg_free(basis.value);
  return status;
}

static weeg_tally *crossed[2], *rest[2]; /* for the next: whether rows are units */

static weeg_status call_calibration_record(int variant, weeg_error *err) {
  static const int32_t place[] = {1, 2, 1, 2}, one[] = {1, 1, 2, 2};
  static const uint8_t inside[] = {1, 1, 1, 0}, outside[] = {0, 0, 0, 1};
  const weeg_column u = sample_column(one, 2), columns[] = {u, sample_column(place, 2)};
  weeg_calibrated *made = NULL;
  if (crossed[variant] == NULL) {
    CHECK_OK(weeg_tally_build(ROWS_OF(columns, 2, &u, variant == 1, NULL, 1, inside, 4), NULL, &crossed[variant], NULL));
    CHECK_OK(weeg_tally_build(ROWS_OF(columns + 1, 1, &u, variant == 1, NULL, 1, outside, 4), NULL, &rest[variant], NULL));
  }
  const weeg_calibrated_tallies from = {3, 2, crossed[variant], rest[variant], NULL, NULL};
  const weeg_status status = weeg_calibration_record(&from, &made, err);
  CHECK((made == NULL) == (status != WEEG_OK));
  weeg_calibrated_free(made);
  return status;
}

static weeg_status call_calibrate_rows(int variant, weeg_error *err) {
  static const int32_t cell[] = {0, 1};
  static const double g[] = {1, 2};
  static int32_t code[ROWS];
  static double calibrated[ROWS];
  const weeg_column columns[] = {sample_column(row, ROW_LEVELS)};
  (void)variant;
  return weeg_calibrate_rows(&(weeg_rows){.rows = ROWS, .columns = columns, .count = 1, .weights = weight},
                             &(weeg_calibration_factors){2, cell, g}, code, calibrated, err);
}

/* Variances with two calibration cells that each plain cell is in one of. */
static weeg_status call_calibrated(int variant, weeg_error *err) {
  static const double g[] = {1, 2}, value[] = {0.1, 0.2};
  static const int64_t basis_start[] = {0, 1, 2};
  static const int32_t index[] = {0, 1};
  static double pair_weight[CELLS];
  static int32_t visible[CELLS], place[CELLS];
  for (int c = 0; c < CELLS; c++) {
    visible[c] = c;
    place[c] = c % 2;
    pair_weight[c] = 1 + c;
  }
  const weeg_calibration k = {2, g, 2, basis_start, index, value, CELLS, visible, place, pair_weight, at_hand->tally, visible,
                              place, NULL};
  weeg_design design = at_hand->design;
  int64_t start[CELLS + 1];
  double v[4];
  const weeg_scores scores = few_scores(start);
  design.calibration = &k;
  if (variant == 0)
    return weeg_variance(&(weeg_survey){at_hand->tally, &design}, &scores, &(weeg_domains){domain_of, 1, zero}, v, err);
  return weeg_covariance(&(weeg_survey){at_hand->tally, &design}, &scores, use, v, err);
}

/*
 * CSV files: variants are bits for quotes, records that are skipped (none of which make other work vain: memory that runs out
 * there does not matter), two threads; more rows and texts than there is room for at first.
 */
static void write_csv(int variant) {
  static char text[1 << 16];
  size_t n = (size_t)snprintf(text, sizeof text, "w,%s,long\n", variant & 1 ? "\"g\"" : "g");
  for (int i = 0; i < 2600; i++) {
    const char *quote = variant & 1 && i % 10 == 0 ? "\"" : "";
    n += (size_t)snprintf(text + n, sizeof text - n, "%d,%sg%d%s,%s\n", i, quote, i % 100, quote, i % 7 ? "" : "a long text");
    if (variant & 2 && i % 100 == 0) n += (size_t)snprintf(text + n, sizeof text - n, "1,2\n");
  }
  sample_write(text, n);
}

static weeg_status call_csv(int variant, weeg_error *err) {
  static const weeg_field fields[] = {{0, true}, {1, false}, {2, false}};
  const weeg_csv_options options = {.encoding = variant & 4 ? WEEG_WINDOWS_1252 : WEEG_UTF8, .skip = true, .window = 1 << 18};
  const weeg_hooks hooks = {NULL, NULL, variant & 4 ? 2 : 1, NULL};
  weeg_csv *csv = NULL;
  weeg_csv_data *data = NULL;
  weeg_status status = weeg_csv_open(sample_path(), &options, &csv, err);
  CHECK((csv == NULL) == (status != WEEG_OK));
  if (status == WEEG_OK) status = weeg_csv_collect(csv, &(weeg_fields){fields, 3, &hooks}, &data, err);
  CHECK((data == NULL) == (status != WEEG_OK));
  if (data != NULL) CHECK(weeg_csv_data_rows(data) == 2600 && weeg_csv_levels(csv, 1) == 100);
  weeg_csv_data_free(data);
  weeg_csv_close(csv);
  return status;
}

static void prepare(void) {
  for (int i = 0; i < MANY_ROWS; i++) {
    row[i] = sample_draw(ROW_LEVELS + 1);
    column[i] = sample_draw(COLUMN_LEVELS + 1);
    unit[i] = 1 + sample_draw(UNITS);
    weight[i] = 1 + sample_draw(90) / 10.0;
  }
  for (int i = 0; i < ROWS; i++) stratum[i] = 1 + sample_draw(5);
  for (int c = 0; c < CELLS; c++) {
    cell_row[c] = c / (COLUMN_LEVELS + 1) < ROW_LEVELS ? c / (COLUMN_LEVELS + 1) : -1;
    cell_column[c] = c % (COLUMN_LEVELS + 1) < COLUMN_LEVELS ? c % (COLUMN_LEVELS + 1) : -1;
    const bool known = cell_row[c] >= 0 && cell_column[c] >= 0;
    cell_place[c] = known ? cell_row[c] * COLUMN_LEVELS + cell_column[c] : -1;
    use[c] = known;
    domain_of[c] = known ? 0 : -1;
  }
  const weeg_column columns[] = {sample_column(row, ROW_LEVELS), sample_column(column, COLUMN_LEVELS)};
  sample_make(&element, ROWS, stratum, 5, NULL, 0, columns, 2, weight);
  sample_make(&clustered, ROWS, NULL, 1, unit, UNITS, columns, 2, weight);
}

int main(void) {
  static const call_case calls_of_design[] = {
      {call_merge, 2, 6}, {call_totals, 1, 1}, {call_variance, 1, 10}, {call_covariance, 1, 6},
      {call_df, 1, 4}, {call_proportions, 2, 8}, {call_reported, 1, 8}, {call_proportion_covariance, 2, 10},
      {call_population, 1, 10}, {call_test, 14, 15}, {call_residuals, 1, 15}, {call_association, 2, 20}, {call_functions, 2, 20},
      {call_code_means, 2, 8},
      {call_test_deff, 2, 40}, {call_set_variance, 5, 6}, {call_compare_sets, 2, 10}, {call_contrasts, 2, 12},
      {call_calibrated, 2, 10}, {call_decompose, 1, 12},
      {call_multiple, 4, 15}, {call_replicates, 7, 3}, {call_own_variance, 6, 1}, {call_file, 2, 3}};
  static const call_case calls_of_few_psus[] = {{call_reported, 1, 60}, {call_exact, 1, 40}, {call_compare_sets, 2, 60},
                                                {call_contrasts, 2, 60}};
  prepare();
  for (int variant = 0; variant < 8; variant++) exhaust(call_build, variant, 6);
  for (int variant = 0; variant < 4; variant++) exhaust(call_measures, variant, 4);
  for (int variant = 8; variant < 22; variant++) exhaust(call_measures, variant, 12);
  for (int variant = 0; variant < 3; variant++) exhaust(call_both, variant, 6);
  at_hand = &clustered;
  for (int variant = 0; variant < 7; variant++) exhaust(call_quantiles, variant, 3);
  exhaust(call_build, 8 + 4 + 2 + 1, 8);
  exhaust(call_build, 8 + 4 + 2, 8);
  exhaust(call_build, 8 + 2 + 1, 8);
  for (int variant = 0; variant < 4; variant++) exhaust(call_sums, variant, variant < 2 ? 7 : variant + 8);
  exhaust(call_new, 0, 4);
  exhaust(call_new, 1, 5);
  exhaust(call_nest, 0, 8);
  for (int variant = 0; variant < 3; variant++) exhaust(call_calibrate, variant, 7);
  exhaust(call_calibration_basis, 0, 9);
  for (int k = 0; k < 2; k++) {
    CHECK_OK(call_calibration_record(k, NULL)); /* its tallies are made */
    exhaust(call_calibration_record, k, 15);
    weeg_tally_free(crossed[k]);
    weeg_tally_free(rest[k]);
  }
  exhaust(call_calibrate_rows, 0, 1);
  for (int variant = 0; variant < 3; variant++) exhaust(call_adjust, variant, 0);
  for (int variant = 0; variant < 2; variant++) exhaust(call_adjust_hypotheses, variant, 0);
  for (int design = 0; design < 2; design++) {
    at_hand = design == 0 ? &element : &clustered;
    exhaust_all(calls_of_design, sizeof calls_of_design / sizeof *calls_of_design);
  }
  clustered.design.df = WEEG_DF_EFFECTIVE;
  for (int variant = 8; variant < 18; variant += 2) exhaust(call_measures, variant, 40);
  exhaust_all(calls_of_few_psus, sizeof calls_of_few_psus / sizeof *calls_of_few_psus);
  for (int variant = 0; variant < 2; variant++) exhaust(call_bootstrap, variant, 3);
  for (int variant = 0; variant < 2; variant++) exhaust(call_multipliers, variant, 7);
  for (int variant = 0; variant < 8; variant += variant == 0 ? 3 : 4) {
    write_csv(variant);
    exhaust(call_csv, variant, 40);
  }
  (void)unlink(sample_path());
  weeg_tally_free(element.tally);
  weeg_tally_free(clustered.tally);
  CHECK(atomic_load(&live) == 0);
  /* sizes that do not fit */
  CHECK(weeg_i_alloc(-1, 8) == NULL);
  CHECK(weeg_i_alloc(INT64_MAX, 8) == NULL);
  CHECK(weeg_i_alloc((int64_t)(SIZE_MAX / 8) + 1, 16) == NULL);
  void *nothing = weeg_i_alloc(0, 8);
  CHECK(nothing != NULL); /* an empty array is no failure */
  weeg_free(nothing);
  weeg_free(NULL);
  return test_report("memory");
}
