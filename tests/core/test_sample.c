/*
 * The sample of rows: strata and PSUs of their columns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

enum { ROWS = 6 };

static const int32_t stratum[ROWS] = {1, 1, 2, 2, 2, 1}, psu[ROWS] = {1, 2, 1, 3, 3, 1}, own[ROWS] = {1, 4, 2, 3, 3, 1};
static const int64_t repeats[ROWS] = {10, 1, 1, 5, 2, 100};

static weeg_column column(const int32_t *codes, int32_t levels) { return (weeg_column){codes, WEEG_CODE_I32, levels}; }

int main(void) {
  const weeg_column s = column(stratum, 3), p = column(psu, 3), o = column(own, 5), none = {NULL, WEEG_CODE_I32, 1};
  weeg_sample *found = NULL;
  weeg_error err = {0};

  /* rows */
  CHECK_OK(weeg_sample_find(&(weeg_sampled_rows){&s, NULL, ROWS}, false, NULL, &found, &err));
  CHECK(found->design.element && found->design.strata == 3 && found->design.psus == 0 && found->unit.codes == stratum);
  CHECK(found->design.stratum_psus[0] == 3 && found->design.stratum_psus[1] == 3 && found->design.stratum_psus[2] == 0);
  weeg_sample_free(found);
  CHECK_OK(weeg_sample_find(&(weeg_sampled_rows){&s, NULL, ROWS}, false, repeats, &found, &err));
  CHECK(found->design.stratum_psus[0] == 111 && found->design.stratum_psus[1] == 8 && found->design.stratum_psus[2] == 0);
  weeg_sample_free(found);
  CHECK_OK(weeg_sample_find(&(weeg_sampled_rows){&none, NULL, ROWS}, false, repeats, &found, &err));
  CHECK(found->design.strata == 1 && found->design.stratum_psus[0] == 119);
  weeg_sample_free(found);

  /* PSUs with numbers of their own; one of them has no rows */
  CHECK_OK(weeg_sample_find(&(weeg_sampled_rows){&s, &o, ROWS}, false, repeats, &found, &err));
  const int32_t of_own[] = {0, 1, 1, 0, -1};
  CHECK(!found->design.element && found->design.psus == 5 && found->unit.codes == own && found->pair_psu == NULL);
  for (int u = 0; u < 5; u++) CHECK(found->design.psu_stratum[u] == of_own[u]);
  CHECK(found->design.stratum_psus[0] == 2 && found->design.stratum_psus[1] == 2);
  weeg_sample_free(found);

  /* numbers that start again in each stratum: 1/1, 1/2, 2/1, 2/3 */
  CHECK_OK(weeg_sample_find(&(weeg_sampled_rows){&s, &p, ROWS}, true, NULL, &found, &err));
  const int32_t of_nested[] = {0, 0, 1, 1}, number[] = {0, 1, 0, 2}, codes[] = {1, 2, 3, 4, 4, 1};
  CHECK(found->design.psus == 4 && found->unit.levels == 4);
  for (int u = 0; u < 4; u++) CHECK(found->design.psu_stratum[u] == of_nested[u] && found->pair_psu[u] == number[u]);
  for (int i = 0; i < ROWS; i++) CHECK(((const int32_t *)found->unit.codes)[i] == codes[i]);
  CHECK(found->design.stratum_psus[0] == 2 && found->design.stratum_psus[1] == 2 && found->design.stratum_psus[2] == 0);
  weeg_sample_free(found);
  CHECK_OK(weeg_sample_find(&(weeg_sampled_rows){&none, &p, ROWS}, true, NULL, &found,
                            &err)); /* in one stratum they do not */
  CHECK(found->design.psus == 3 && found->design.stratum_psus[0] == 3 && found->pair_psu == NULL);
  weeg_sample_free(found);

  found = NULL;
  CHECK_STATUS(weeg_sample_find(&(weeg_sampled_rows){&s, &p, ROWS}, false, NULL, &found, &err), WEEG_ERR_NESTING);
  CHECK(found == NULL && err.facts.unit == 0 && err.facts.stratum == 0 && err.facts.other == 1 && err.facts.row == 2);
  const int32_t gap[ROWS] = {1, 1, 0, 1, 1, 1};
  const weeg_column missing = column(gap, 1);
  CHECK_STATUS(weeg_sample_find(&(weeg_sampled_rows){&missing, NULL, ROWS}, false, repeats, &found, &err),
               WEEG_ERR_MISSING);
  CHECK(found == NULL && err.facts.row == 2);
  weeg_sample_free(NULL);
  return test_report("sample");
}
