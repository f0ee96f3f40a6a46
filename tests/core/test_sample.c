/*
 * The sample of rows: strata, units and population sizes of its stages.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

enum { ROWS = 6 };

static const int32_t stratum[ROWS] = {1, 1, 2, 2, 2, 1}, psu[ROWS] = {1, 2, 1, 3, 3, 1}, own[ROWS] = {1, 4, 2, 3, 3, 1};
static const int64_t repeats[ROWS] = {10, 1, 1, 5, 2, 100};

static weeg_column column(const int32_t *codes, int32_t levels) { return (weeg_column){codes, WEEG_CODE_I32, levels}; }

static weeg_status find(const weeg_column *s, const weeg_column *p, bool nest, const int64_t *each, weeg_sample **found,
                        weeg_error *err) {
  const weeg_sample_stage stage = {s, p, NULL};
  const weeg_sampled_stages of = {.rows = ROWS, .repeats = each, .stages = 1, .stage = &stage, .nest = nest};
  return weeg_sample_find(&of, found, err);
}

/*
 * Two PSUs: of 1, units 1 (rows 0, 1) and 2 (row 2) in stratum 1 of the second stage; of 2, unit 1 in stratum 1 (row 3) and unit
 * 2 in stratum 2 (rows 4, 5). 4 PSUs in the population; 5 units of PSU 1, 2 and 3 of the strata of PSU 2.
 */
static const int32_t primary[ROWS] = {1, 1, 1, 2, 2, 2}, second_stratum[ROWS] = {1, 1, 1, 1, 2, 2},
                     second[ROWS] = {1, 1, 2, 1, 2, 2}, row_number[ROWS] = {1, 2, 3, 4, 5, 6};

static void test_two_stages(void) {
  const weeg_column p = column(primary, 2), s = column(second_stratum, 2), u = column(second, 2);
  const double psus[ROWS] = {4, 4, 4, 4, 4, 4}, units[ROWS] = {5, 5, 5, 2, 3, 3};
  const weeg_sample_stage stages[] = {{NULL, &p, psus}, {&s, &u, units}};
  weeg_sampled_stages of = {.rows = ROWS, .stages = 2, .stage = stages};
  weeg_sample *found = NULL;
  weeg_error err = {0};
  const int32_t parent[] = {0, 1, 1}, unit_stratum[] = {0, 0, 1, 2}, unit_level[] = {0, 1, 0, 1}, stratum_level[] = {0, 0, 1};
  const int32_t code[ROWS] = {1, 1, 2, 3, 4, 4};
  const int64_t sampled[] = {2, 1, 1};
  const double size[] = {5, 2, 3};
  CHECK_OK(weeg_sample_find(&of, &found, &err));
  const weeg_design *d = &found->design;
  const weeg_stage *later = &d->stages[0];
  CHECK(d->later == 1 && d->psus == 2 && d->strata == 1 && d->stratum_psus[0] == 2 && d->stratum_fpc[0] == 4);
  CHECK(!later->element && later->strata == 3 && later->units == 4 && found->unit.levels == 4);
  for (int h = 0; h < 3; h++) {
    CHECK(later->stratum_parent[h] == parent[h] && later->stratum_units[h] == sampled[h] && later->stratum_fpc[h] == size[h]);
    CHECK(found->levels[0].stratum[h] == stratum_level[h]);
  }
  for (int k = 0; k < 4; k++) CHECK(later->unit_stratum[k] == unit_stratum[k] && found->levels[0].unit[k] == unit_level[k]);
  for (int i = 0; i < ROWS; i++) CHECK(((const int32_t *)found->unit.codes)[i] == code[i]);
  weeg_sample_free(found);

  /* with replacement at the first stage, the second one does not count, unless that is asked for */
  const weeg_sample_stage replaced[] = {{NULL, &p, NULL}, {&s, &u, units}};
  of.stage = replaced;
  CHECK_OK(weeg_sample_find(&of, &found, &err));
  CHECK(found->design.later == 0 && found->unit.codes == primary);
  weeg_sample_free(found);
  of.every_stage = true;
  CHECK_OK(weeg_sample_find(&of, &found, &err));
  CHECK(found->design.later == 1 && found->design.stratum_fpc == NULL && found->design.stages[0].stratum_fpc[0] == 5);
  weeg_sample_free(found);
  of.every_stage = false;

  /* units that are rows: the tally is by their strata, and a row that stands for two is none */
  const weeg_column r = column(row_number, 6);
  const double some[ROWS] = {9, 9, 9, 8, 8, 8};
  const weeg_sample_stage rows[] = {{NULL, &p, psus}, {NULL, &r, some}};
  const int64_t twice[ROWS] = {1, 1, 1, 1, 1, 2};
  of.stage = rows;
  CHECK_OK(weeg_sample_find(&of, &found, &err));
  CHECK(found->design.stages[0].element && found->design.stages[0].strata == 2 && found->unit.codes == primary);
  CHECK(found->design.stages[0].stratum_units[1] == 3 && found->design.stages[0].units == 0 && found->levels[0].unit == NULL);
  weeg_sample_free(found);
  of.repeats = twice;
  CHECK_OK(weeg_sample_find(&of, &found, &err));
  CHECK(!found->design.stages[0].element && found->design.stages[0].units == 6);
  weeg_sample_free(found);
}

static void test_stages_that_do_not_fit(void) {
  const weeg_column p = column(primary, 2), u = column(second, 2);
  const int32_t crossed[ROWS] = {1, 2, 1, 1, 1, 1}, gap[ROWS] = {1, 1, 0, 1, 1, 1};
  const weeg_column s = column(crossed, 2), holes = column(gap, 1);
  const double psus[ROWS] = {4, 4, 4, 4, 4, 4}, ones[ROWS] = {1, 1, 1, 1, 1, 1}, half[ROWS] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
  const double few[ROWS] = {5, 5, 5, 1.5, 1.5, 1.5}, differs[ROWS] = {5, 5, 5, 5, 6, 5};
  const struct {
    weeg_sample_stage second;
    weeg_status status;
    weeg_fault fault;
    int64_t row;
    int32_t unit, stratum, stage, number;
  } cases[] = {
      {{&s, &u, psus}, WEEG_ERR_NESTING, WEEG_FAULT_TWO_STRATA, 1, 0, 0, 1, -1}, /* unit 1 of PSU 1, by its level */
      {{NULL, &u, ones}, WEEG_ERR_FPC, WEEG_FAULT_MORE_SAMPLED, 0, -1, 0, 1, -1}, /* sizes at stage 1, so 1 is a size */
      {{NULL, &u, few}, WEEG_ERR_FPC, WEEG_FAULT_MORE_SAMPLED, 3, -1, 1, 1, -1},
      {{NULL, &u, half}, WEEG_ERR_FPC, WEEG_FAULT_MIXED_STAGES, -1, -1, -1, 0, 1},
      {{NULL, &u, differs}, WEEG_ERR_FPC, WEEG_FAULT_DIFFERS, 4, -1, -1, 1, -1},
      {{NULL, &holes, psus}, WEEG_ERR_MISSING, WEEG_FAULT_MISSING, 2, -1, -1, 1, -1},
      {{NULL, NULL, psus}, WEEG_ERR_ARGUMENT, WEEG_FAULT_NONE, -1, -1, -1, -1, -1},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const weeg_sample_stage stages[] = {{NULL, &p, psus}, cases[k].second};
    weeg_sample *found = NULL;
    weeg_error err = {0};
    CHECK_STATUS(weeg_sample_find(&(weeg_sampled_stages){.rows = ROWS, .stages = 2, .stage = stages}, &found, &err),
                 cases[k].status);
    CHECK(found == NULL && err.facts.fault == cases[k].fault && err.facts.row == cases[k].row);
    CHECK(err.facts.unit == cases[k].unit && err.facts.stage == cases[k].stage && err.facts.number == cases[k].number);
    if (cases[k].fault != WEEG_FAULT_DIFFERS) CHECK(err.facts.stratum == cases[k].stratum);
  }
  /* numbers of units that start again in each stratum */
  const weeg_sample_stage stages[] = {{NULL, &p, psus}, cases[0].second};
  weeg_sample *found = NULL;
  CHECK_OK(weeg_sample_find(&(weeg_sampled_stages){.rows = ROWS, .stages = 2, .stage = stages, .nest = true}, &found, NULL));
  CHECK(found->design.stages[0].units == 5);
  weeg_sample_free(found);
}

int main(void) {
  const weeg_column s = column(stratum, 3), p = column(psu, 3), o = column(own, 5), none = {NULL, WEEG_CODE_I32, 1};
  weeg_sample *found = NULL;
  weeg_error err = {0};

  /* rows */
  CHECK_OK(find(&s, NULL, false, NULL, &found, &err));
  CHECK(found->design.element && found->design.strata == 3 && found->design.psus == 0 && found->unit.codes == stratum);
  CHECK(found->design.stratum_psus[0] == 3 && found->design.stratum_psus[1] == 3 && found->design.stratum_psus[2] == 0);
  weeg_sample_free(found);
  CHECK_OK(find(&s, NULL, false, repeats, &found, &err));
  CHECK(found->design.stratum_psus[0] == 111 && found->design.stratum_psus[1] == 8 && found->design.stratum_psus[2] == 0);
  weeg_sample_free(found);
  CHECK_OK(find(&none, NULL, false, repeats, &found, &err));
  CHECK(found->design.strata == 1 && found->design.stratum_psus[0] == 119);
  weeg_sample_free(found);

  /* PSUs with numbers of their own; one of them has no rows */
  CHECK_OK(find(&s, &o, false, repeats, &found, &err));
  const int32_t of_own[] = {0, 1, 1, 0, -1};
  CHECK(!found->design.element && found->design.psus == 5 && found->unit.codes == own && found->pair_psu == NULL);
  for (int u = 0; u < 5; u++) CHECK(found->design.psu_stratum[u] == of_own[u]);
  CHECK(found->design.stratum_psus[0] == 2 && found->design.stratum_psus[1] == 2);
  weeg_sample_free(found);

  /* numbers that start again in each stratum: 1/1, 1/2, 2/1, 2/3 */
  CHECK_OK(find(&s, &p, true, NULL, &found, &err));
  const int32_t of_nested[] = {0, 0, 1, 1}, number[] = {0, 1, 0, 2}, codes[] = {1, 2, 3, 4, 4, 1};
  CHECK(found->design.psus == 4 && found->unit.levels == 4);
  for (int u = 0; u < 4; u++) CHECK(found->design.psu_stratum[u] == of_nested[u] && found->pair_psu[u] == number[u]);
  for (int i = 0; i < ROWS; i++) CHECK(((const int32_t *)found->unit.codes)[i] == codes[i]);
  CHECK(found->design.stratum_psus[0] == 2 && found->design.stratum_psus[1] == 2 && found->design.stratum_psus[2] == 0);
  weeg_sample_free(found);
  CHECK_OK(find(&none, &p, true, NULL, &found, &err)); /* in one stratum they do not */
  CHECK(found->design.psus == 3 && found->design.stratum_psus[0] == 3 && found->pair_psu == NULL);
  weeg_sample_free(found);

  found = NULL;
  CHECK_STATUS(find(&s, &p, false, NULL, &found, &err), WEEG_ERR_NESTING);
  CHECK(found == NULL && err.facts.unit == 0 && err.facts.stratum == 0 && err.facts.other == 1 && err.facts.row == 2);
  const int32_t gap[ROWS] = {1, 1, 0, 1, 1, 1};
  const weeg_column missing = column(gap, 1);
  CHECK_STATUS(find(&missing, NULL, false, repeats, &found, &err), WEEG_ERR_MISSING);
  CHECK(found == NULL && err.facts.row == 2);
  weeg_sample_free(NULL);
  test_two_stages();
  test_stages_that_do_not_fit();
  return test_report("sample");
}
