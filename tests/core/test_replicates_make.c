/*
 * Replicates that are made of a design: multipliers and factors written out, and designs that cannot be replicated so. (Variances
 * by them are held against package survey in tests/testthat/test-replicates.R.)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

/* PSUs 0, 3 and 4 in a stratum of three, 1 in one that is wholly sampled with 5, 2 and 6 in one of two; 5 has no rows. */
enum { PSUS = 7, STRATA = 3 };
static const int32_t psu_stratum[PSUS] = {0, 1, 2, 0, 0, -1, 2};
static const int64_t sampled[STRATA] = {3, 1, 2};
static const double population[STRATA] = {6, 1, 8};

static weeg_status make(weeg_replication_kind kind, const weeg_design *d, weeg_made_replicates **made, weeg_error *err) {
  return weeg_replicates_make(&(weeg_replication){.kind = kind, .rho = 0.25, .count = 2}, d, made, err);
}

static void test_jackknife(void) {
  const weeg_design d = {.strata = STRATA, .psus = PSUS, .psu_stratum = psu_stratum, .stratum_psus = sampled,
                         .stratum_fpc = population};
  /* each PSU in turn is left out: of stratum 0 (the others times 3/2), then of stratum 2 (the other times 2) */
  const double want[PSUS][5] = {{0, 1.5, 1.5, 1, 1}, {1, 1, 1, 1, 1}, {1, 1, 1, 0, 2}, {1.5, 0, 1.5, 1, 1},
                                {1.5, 1.5, 0, 1, 1}, {1, 1, 1, 1, 1}, {1, 1, 1, 2, 0}};
  const double left0 = 2.0 / 3 * 0.5, left2 = 0.5 * 0.75, rscales[] = {left0, left0, left0, left2, left2};
  weeg_made_replicates *made = NULL;
  CHECK_OK(make(WEEG_REPLICATION_JKN, &d, &made, NULL));
  CHECK(made->count == 5 && made->scale == 1);
  for (int i = 0; i < PSUS * 5; i++) CHECK(made->multiplier[i] == want[i / 5][i % 5]);
  for (int r = 0; r < 5; r++) CHECK_CLOSE(made->rscales[r], rscales[r], 1e-15);
  weeg_made_replicates_free(made);
  /* without strata the factors are one scale */
  const int32_t one_stratum[] = {0, 0};
  const int64_t two[] = {2};
  const weeg_design whole = {.strata = 1, .psus = 2, .psu_stratum = one_stratum, .stratum_psus = two};
  CHECK_OK(make(WEEG_REPLICATION_JK1, &whole, &made, NULL));
  CHECK(made->count == 2 && made->scale == 0.5 && made->rscales[0] == 1 && made->rscales[1] == 1);
  weeg_made_replicates_free(made);
}

/* Two strata of two: the signs of each sum to 0 over the replicates, and so do their products. */
static void test_half_samples(void) {
  const int32_t of[] = {0, 0, 1, 1};
  const int64_t two[] = {2, 2};
  const weeg_design d = {.strata = 2, .psus = 4, .psu_stratum = of, .stratum_psus = two};
  for (int fay = 0; fay < 2; fay++) {
    const double rho = fay ? 0.25 : 0;
    weeg_made_replicates *made = NULL;
    CHECK_OK(make(fay ? WEEG_REPLICATION_FAY : WEEG_REPLICATION_BRR, &d, &made, NULL));
    CHECK(made->count == 4);
    CHECK_CLOSE(made->scale, 1 / (4 * (1 - rho) * (1 - rho)), 1e-15);
    double sums[2] = {0, 0}, product = 0;
    for (int r = 0; r < 4; r++) {
      const double *m = made->multiplier;
      CHECK(m[r] + m[4 + r] == 2 && m[8 + r] + m[12 + r] == 2 && (m[r] == rho || m[r] == 2 - rho));
      sums[0] += m[r] - 1;
      sums[1] += m[8 + r] - 1;
      product += (m[r] - 1) * (m[8 + r] - 1);
    }
    CHECK(sums[0] == 0 && sums[1] == 0 && product == 0);
    weeg_made_replicates_free(made);
  }
}

static void test_refusals(void) {
  static const int32_t of[] = {0, 0, 1}, pairs[] = {0, 0, 0};
  static const int64_t two_one[] = {2, 1}, three[] = {3};
  static const double finite[] = {9, 9}, all[] = {3};
  const weeg_design alone = {.strata = 2, .psus = 3, .psu_stratum = of, .stratum_psus = two_one};
  const weeg_design many = {.strata = 1, .psus = 3, .psu_stratum = pairs, .stratum_psus = three};
  weeg_design certain = alone, with_population = alone, census = many, average = alone, adjust = alone;
  const weeg_design element = {.element = true, .strata = 1, .stratum_psus = three};
  certain.lonely = with_population.lonely = WEEG_LONELY_CERTAINTY;
  average.lonely = WEEG_LONELY_AVERAGE;
  adjust.lonely = WEEG_LONELY_ADJUST;
  adjust.stratum_fpc = finite;
  with_population.stratum_fpc = finite;
  census.stratum_fpc = all;
  const struct {
    weeg_replication_kind kind;
    const weeg_design *design;
    weeg_status status;
    weeg_fault fault;
    int32_t stratum;
  } cases[] = {
      {WEEG_REPLICATION_JKN, &alone, WEEG_ERR_LONELY_PSU, WEEG_FAULT_ONE_PSU, 1},
      {WEEG_REPLICATION_JKN, &certain, WEEG_OK, WEEG_FAULT_NONE, -1},
      {WEEG_REPLICATION_JKN, &average, WEEG_OK, WEEG_FAULT_NONE, -1},
      {WEEG_REPLICATION_JKN, &adjust, WEEG_OK, WEEG_FAULT_NONE, -1},
      {WEEG_REPLICATION_BRR, &adjust, WEEG_ERR_LONELY_PSU, WEEG_FAULT_ONE_PSU, 1},
      {WEEG_REPLICATION_BRR, &average, WEEG_ERR_LONELY_PSU, WEEG_FAULT_ONE_PSU, 1},
      {WEEG_REPLICATION_JK1, &certain, WEEG_ERR_ARGUMENT, WEEG_FAULT_HAS_STRATA, -1},
      {WEEG_REPLICATION_BRR, &certain, WEEG_OK, WEEG_FAULT_NONE, -1},
      {WEEG_REPLICATION_BRR, &with_population, WEEG_ERR_ARGUMENT, WEEG_FAULT_HAS_POPULATION, -1},
      {WEEG_REPLICATION_FAY, &many, WEEG_ERR_ARGUMENT, WEEG_FAULT_NOT_TWO, 0},
      {WEEG_REPLICATION_JKN, &census, WEEG_ERR_LONELY_PSU, WEEG_FAULT_NOTHING_VARIES, -1},
      {WEEG_REPLICATION_JKN, &element, WEEG_ERR_ARGUMENT, WEEG_FAULT_NONE, -1},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_made_replicates *made = NULL;
    weeg_error err = {0};
    CHECK_STATUS(make(cases[k].kind, cases[k].design, &made, &err), cases[k].status);
    CHECK((made == NULL) == (cases[k].status != WEEG_OK));
    if (cases[k].status != WEEG_OK) CHECK(err.facts.fault == cases[k].fault && err.facts.stratum == cases[k].stratum);
    if (cases[k].design == &average && made != NULL) CHECK_CLOSE(made->scale, 1.5, 1e-15); /* three PSUs, two in turn */
    if (cases[k].design == &adjust && made != NULL) { /* two strata: the other times two, half of the squares; of 9, 8 are left */
      static const double want[] = {0, 2, 2, 2, 0, 2, 1, 1, 0};
      CHECK(made->count == 3 && made->rank == WEEG_RANK_UNITS && made->scale == 1);
      for (int i = 0; i < 9 && made->count == 3; i++) CHECK(made->multiplier[i] == want[i]);
      CHECK_CLOSE(made->rscales[2], 0.5 * 8 / 9, 1e-15);
      CHECK_CLOSE(made->rscales[0], 0.5 * 7 / 9, 1e-15);
    }
    weeg_made_replicates_free(made);
  }
  /* 2^27 doubles at most */
  weeg_made_replicates *made = NULL;
  weeg_error err = {0};
  const weeg_replication large = {.kind = WEEG_REPLICATION_PRESTON, .count = (1 << 27) / 3 + 1};
  CHECK_STATUS(weeg_replicates_make(&large, &many, &made, &err), WEEG_ERR_TOO_LARGE);
  CHECK(made == NULL && err.facts.value == (1 << 27) / 3 + 1);
}

int main(void) {
  test_jackknife();
  test_half_samples();
  test_refusals();
  weeg_made_replicates_free(NULL);
  return test_report("replicates_make");
}
