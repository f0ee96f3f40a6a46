/*
 * Tallies with names: what is made of a tally is the tally of the rows that it stands for, to the byte.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "frame_sample.h"

/* ---- cells ---- */

static void test_places(void) {
  named_sample s;
  int32_t position[64], place[64], places = 0, cells = 0;
  const int32_t both[] = {0, 2}, wrong[] = {0, 3};
  weeg_error err = {0};
  named_make(&s, all_rows, NULL, false);
  CHECK(weeg_frame_find(&s.frame, "c") == 2 && weeg_frame_find(&s.frame, "d") == -1);
  CHECK_OK(weeg_frame_cells(s.variable, VARIABLES, &cells, &err));
  CHECK(cells == 3 * 4 * 3 && cells == s.frame.tally->cells);
  weeg_frame_positions(&s.frame, 1, position);
  CHECK_OK(weeg_frame_places(&s.frame, both, 2, place, &places, &err));
  CHECK(places == 2 * 2);
  for (int32_t c = 0; c < cells; c++) {
    const int32_t a = c / 12, b = c / 3 % 4, k = c % 3;
    CHECK(position[c] == b);
    CHECK(place[c] == (a < 2 && k < 2 ? a * 2 + k : -1));
  }
  CHECK_OK(weeg_frame_places(&s.frame, both, 0, place, &places, &err));
  CHECK(places == 1 && place[0] == 0 && place[cells - 1] == 0);
  CHECK_STATUS(weeg_frame_places(&s.frame, wrong, 2, place, &places, &err), WEEG_ERR_ARGUMENT);
  weeg_places *table = NULL;
  CHECK_OK(weeg_frame_table(&s.frame, 1, &table, &err));
  CHECK(table->groups == 2 && table->answers == 3 && table->layers == 2);
  for (int32_t c = 0; c < cells; c++) {
    const int32_t a = c / 12, b = c / 3 % 4, k = c % 3;
    CHECK(table->group[c] == (a < 2 ? a : -1) && table->answer[c] == (b < 3 ? b : -1) && table->layer[c] == (k < 2 ? k : -1));
  }
  weeg_free(table);
  CHECK_OK(weeg_frame_table(&s.frame, 2, &table, &err));
  CHECK(table->groups == 2 * 3 && table->answers == 2 && table->layer == NULL && table->layers == 0);
  for (int32_t c = 0; c < cells; c++) CHECK(table->group[c] == (c / 12 < 2 && c / 3 % 4 < 3 ? c / 12 * 3 + c / 3 % 4 : -1));
  weeg_free(table);
  CHECK_STATUS(weeg_frame_table(&s.frame, 3, &table, &err), WEEG_ERR_ARGUMENT);
  weeg_variable large[3] = {s.variable[0], s.variable[1], s.variable[2]};
  for (int v = 0; v < 3; v++) large[v].levels.count = 2000;
  CHECK_STATUS(weeg_frame_cells(large, 3, &cells, &err), WEEG_ERR_TOO_LARGE);
  CHECK(err.where == 2);
  weeg_variable number = {.number = true, .levels = {2, s.variable[1].levels.text}};
  CHECK(weeg_level_score(&s.variable[0], 1) == 2 && weeg_level_score(&number, 0) == 10);
  number.values = (double[]){4, 5};
  CHECK(weeg_level_score(&number, 1) == 5);
  named_clear(&s);
}

static void test_select(bool element) {
  static const int32_t wanted[][3] = {{0}, {2, 0}, {1, 2, 0}, {0, 1, 2}};
  named_sample s;
  weeg_error err = {0};
  named_make(&s, all_rows, NULL, element);
  for (int k = 0; k < 4; k++) {
    const int32_t count = k < 1 ? 1 : k < 2 ? 2 : 3;
    weeg_frame *made = NULL;
    weeg_tally *direct = named_tally(all_rows, NULL, wanted[k], count, element);
    CHECK_OK(weeg_frame_select(&s.frame, wanted[k], count, &made, &err));
    CHECK(same_tally(made->tally, direct));
    CHECK(made->variables == count && made->variable[count - 1].levels.text == s.variable[wanted[k][count - 1]].levels.text);
    weeg_frame_free(made);
    weeg_tally_free(direct);
  }
  weeg_frame *made = NULL;
  CHECK_STATUS(weeg_frame_select(&s.frame, (int32_t[]){3}, 1, &made, &err), WEEG_ERR_ARGUMENT);
  CHECK(made == NULL);
  named_clear(&s);
  weeg_frame_free(NULL);
}

static void test_domain(bool element) {
  named_sample s;
  weeg_error err = {0};
  weeg_frame *made = NULL;
  int32_t position[64];
  uint8_t inside[64], rows_inside[ROWS];
  named_make(&s, all_rows, NULL, element);
  weeg_frame_positions(&s.frame, 1, position);
  for (int32_t c = 0; c < s.frame.tally->cells; c++) inside[c] = position[c] == 1 || position[c] == 3;
  for (int i = 0; i < ROWS; i++) rows_inside[i] = code_of(1, i) == 2 || code_of(1, i) == 0;
  weeg_tally *direct = named_tally(all_rows, rows_inside, (int32_t[]){0, 1, 2}, 3, element);
  CHECK_OK(weeg_frame_domain(&s.frame, inside, &made, &err));
  CHECK(same_tally(made->tally, direct) && made->design.stratum_psus == s.frame.design.stratum_psus);
  weeg_frame_free(made);
  weeg_tally_free(direct);
  named_clear(&s);
}

/* Levels 1 and 3 of the second variable as one, against a tally of rows that were recoded so. */
static void test_net(bool element) {
  static const uint8_t inside[] = {1, 0, 1};
  named_sample s;
  sample direct;
  weeg_error err = {0};
  weeg_frame *made = NULL;
  int32_t codes[VARIABLES][ROWS], stratum[ROWS], psu[ROWS];
  double weight[ROWS];
  weeg_column columns[VARIABLES];
  named_make(&s, all_rows, NULL, element);
  for (int i = 0; i < ROWS; i++) {
    for (int v = 0; v < VARIABLES; v++) codes[v][i] = code_of(v, i);
    if (codes[1][i] != 0) codes[1][i] = inside[codes[1][i] - 1] ? 1 : 2;
    stratum[i] = stratum_of(i);
    psu[i] = psu_of(i);
    weight[i] = weight_of(i);
  }
  for (int v = 0; v < VARIABLES; v++) columns[v] = sample_column(codes[v], 2);
  sample_make(&direct, ROWS, stratum, STRATA, element ? NULL : psu, PSUS, columns, VARIABLES, weight);
  CHECK_OK(weeg_frame_net(&s.frame, &(weeg_net){1, inside, "top 2"}, &made, &err));
  CHECK(same_tally(made->tally, direct.tally));
  CHECK(made->variables == VARIABLES && made->variable[1].levels.count == 2);
  CHECK(strcmp(made->variable[1].levels.text[0], "top 2") == 0 && strcmp(made->variable[1].levels.text[1], "(others)") == 0);
  CHECK(strcmp(made->variable[1].name, "b") == 0 && made->variable[0].levels.text == s.variable[0].levels.text);
  CHECK(s.frame.variable[1].levels.count == 3);
  weeg_frame_free(made);
  made = NULL;
  CHECK_OK(weeg_frame_net(&s.frame, &(weeg_net){1, inside, "(others)"}, &made, &err));
  CHECK(strcmp(made->variable[1].levels.text[0], made->variable[1].levels.text[1]) != 0);
  weeg_frame_free(made);
  made = NULL;
  CHECK_STATUS(weeg_frame_net(&s.frame, &(weeg_net){3, inside, "x"}, &made, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_frame_net(&s.frame, &(weeg_net){-1, inside, "x"}, &made, &err), WEEG_ERR_ARGUMENT);
  s.variable[1].measure = true;
  CHECK_STATUS(weeg_frame_net(&s.frame, &(weeg_net){1, inside, "x"}, &made, &err), WEEG_ERR_ARGUMENT);
  CHECK(made == NULL);
  weeg_tally_free(direct.tally);
  named_clear(&s);
}

/* ---- missing values ---- */

static bool is_complete(int i) { return code_of(0, i) != 0 && code_of(1, i) != 0 && code_of(2, i) != 0; }

static void test_omit(bool element) {
  named_sample s, part;
  weeg_error err = {0};
  weeg_frame *made = NULL, *domain = NULL, *same = NULL;
  uint8_t keep[ROWS], inside[64];
  int32_t position[64];
  named_make(&s, all_rows, NULL, element);
  for (int i = 0; i < ROWS; i++) keep[i] = is_complete(i);
  named_make(&part, all_rows, keep, element); /* whose design counts the rows that are kept */
  CHECK_OK(weeg_frame_treat(&s.frame, NULL, WEEG_MISSING_OMIT, &made, &err));
  CHECK(same_tally(made->tally, part.frame.tally));
  for (int h = 0; h < STRATA; h++) CHECK(made->design.stratum_psus[h] == part.frame.design.stratum_psus[h]);
  for (int u = 0; u < PSUS && !element; u++) CHECK(made->design.psu_stratum[u] == part.frame.design.psu_stratum[u]);
  CHECK(element || made->design.psu_stratum[PSUS - 1] == -1); /* all its rows lack an answer */
  /* of a domain, what lies outside it is sampled too */
  weeg_frame_positions(&s.frame, 0, position);
  for (int32_t c = 0; c < s.frame.tally->cells; c++) inside[c] = position[c] == 0;
  CHECK_OK(weeg_frame_domain(&s.frame, inside, &domain, &err));
  CHECK_OK(weeg_frame_treat(domain, &s.frame, WEEG_MISSING_OMIT, &same, &err));
  CHECK(same->tally->entries < made->tally->entries);
  for (int h = 0; h < STRATA; h++) CHECK(same->design.stratum_psus[h] == made->design.stratum_psus[h]);
  weeg_frame_free(same);
  weeg_frame_free(domain);
  weeg_frame_free(made);
  CHECK_OK(weeg_frame_treat(&s.frame, NULL, WEEG_MISSING_DOMAIN, &made, &err));
  CHECK(made->tally == s.frame.tally && made->design.stratum_psus == s.frame.design.stratum_psus);
  weeg_frame_free(made);
  made = NULL;
  CHECK_STATUS(weeg_frame_treat(&s.frame, NULL, (weeg_missing)3, &made, &err), WEEG_ERR_ARGUMENT);
  weeg_frame staged = s.frame;
  staged.design.later = 1;
  made = NULL;
  CHECK_STATUS(weeg_frame_treat(&staged, NULL, WEEG_MISSING_OMIT, &made, &err), WEEG_ERR_ARGUMENT);
  CHECK(made == NULL);
  named_clear(&part);
  named_clear(&s);
}

static void test_level(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_frame *made = NULL;
  named_make(&s, all_rows, NULL, false);
  s.variable[1].ordered = s.variable[1].number = true;
  CHECK_OK(weeg_frame_treat(&s.frame, NULL, WEEG_MISSING_LEVEL, &made, &err));
  for (int v = 0; v < VARIABLES; v++) {
    const weeg_variable *x = &made->variable[v];
    const bool grows = v < 2; /* c has no missing values */
    CHECK(x->levels.count == levels_of(v) + grows && !x->ordered && !x->number);
    if (grows) CHECK_TEXT(x->levels.text[x->levels.count - 1], "(missing)");
  }
  int32_t recoded[2][ROWS];
  for (int i = 0; i < ROWS; i++) {
    for (int v = 0; v < 2; v++) recoded[v][i] = code_of(v, i) == 0 ? levels_of(v) + 1 : code_of(v, i);
  }
  weeg_tally *direct = tally_of_codes(recoded[0], levels_of(0) + 1, recoded[1], levels_of(1) + 1);
  CHECK(same_tally(made->tally, direct));
  weeg_tally_free(direct);
  weeg_frame_free(made);
  char name[] = "(missing)", *text[] = {s.variable[0].levels.text[0], name};
  s.variable[0].levels = (weeg_texts){2, text};
  made = NULL;
  CHECK_STATUS(weeg_frame_treat(&s.frame, NULL, WEEG_MISSING_LEVEL, &made, &err), WEEG_ERR_ARGUMENT);
  CHECK(made == NULL && err.facts.fault == WEEG_FAULT_MISSING_LEVEL && err.where == 0);
  named_clear(&s);
}

/* ---- calibration and replicates ---- */

static void test_carried(void) {
  enum { REPLICATES = 2 };
  named_sample s;
  weeg_error err = {0};
  weeg_frame *made = NULL;
  double totals[36 * REPLICATES], basis[40 * REPLICATES];
  int64_t start[37];
  int32_t visible[36], pair_visible[3] = {5, -1, 35};
  named_make(&s, all_rows, NULL, false);
  for (int c = 0; c < 36; c++) {
    for (int r = 0; r < REPLICATES; r++) totals[c * REPLICATES + r] = basis[c * REPLICATES + r] = c + 0.25 * r;
    start[c] = c;
    visible[c] = 35 - c;
  }
  start[36] = 36;
  const weeg_replicates replicates = {.count = REPLICATES, .totals = totals, .rank = WEEG_RANK_CELLS, .basis = basis,
                                      .basis_start = start};
  const weeg_calibration calibration = {.pairs = 3, .pair_visible = pair_visible, .tally = s.frame.tally, .visible = visible};
  s.frame.design.replicates = &replicates;
  s.frame.design.calibration = &calibration;
  CHECK_OK(weeg_frame_select(&s.frame, (int32_t[]){0}, 1, &made, &err)); /* cell c is of level c / 12 */
  const weeg_replicates *r = made->design.replicates;
  const weeg_calibration *k = made->design.calibration;
  for (int a = 0; a < 3; a++) {
    double sum = 0;
    for (int c = 0; c < 12; c++) sum += 12 * a + c;
    CHECK(r->totals[a * REPLICATES] == sum && r->totals[a * REPLICATES + 1] == sum + 3);
    CHECK(r->basis_start[a] == 12 * a && r->basis[12 * a * REPLICATES] == 12 * a);
  }
  for (int c = 0; c < 36; c++) CHECK(k->visible[c] == (35 - c) / 12);
  CHECK(k->pair_visible[0] == 0 && k->pair_visible[1] == -1 && k->pair_visible[2] == 2);
  weeg_frame_free(made);
  named_clear(&s);
}

int main(void) {
  test_places();
  for (int element = 0; element < 2; element++) {
    test_select(element);
    test_domain(element);
    test_net(element);
    test_omit(element);
  }
  test_level();
  test_carried();
  return test_report("frame");
}
