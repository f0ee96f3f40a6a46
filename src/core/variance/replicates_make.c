/* Replicates of a design as multipliers of the weights of its PSUs: jackknife and half-samples; bootstraps are next door. */
#include <math.h>

#include "base/memory.h"
#include "math/hadamard.h"
#include "weeg.h"

/* Doubles that multipliers may take: 1 GB. */
static const int64_t MOST_DOUBLES = (int64_t)1 << 27;

/* What is being made, and strata with sampling variance. */
typedef struct maker {
  const weeg_design *design;
  weeg_made_replicates *made;
  int32_t *free_place;  /* [strata] the number of a stratum that varies, from 0; -1 */
  int32_t *free_stratum; /* [free] and back */
  int32_t free;
  int32_t lonely;       /* strata with one PSU of several in the population */
  int32_t strata;       /* strata with PSUs */
  int32_t *seen;        /* [strata] PSUs of a stratum that were met */
} maker;

static double sampling_left(const weeg_design *d, int32_t h) {
  return d->stratum_fpc == NULL || !isfinite(d->stratum_fpc[h]) ? 1 : 1 - (double)d->stratum_psus[h] / d->stratum_fpc[h];
}

static weeg_status refuse(weeg_error *err, weeg_status code, weeg_fault fault, int32_t stratum, const char *what) {
  (void)weeg_fail(err, code, stratum, "%s", what);
  if (err != NULL) err->facts.fault = fault;
  if (err != NULL) err->facts.stratum = stratum;
  return code;
}

/*
 * Strata that are wholly sampled, or have one PSU where that adds nothing, stay as they are. A jackknife also has rules for
 * those with one PSU: to take the average of the others, as many times more variance as there are PSUs for each that is left
 * out in turn; and to be left out in turn too, as one of all strata.
 */
static weeg_status find_free(maker *m, bool jackknife, weeg_error *err) {
  const weeg_design *d = m->design;
  const bool adjust = jackknife && d->lonely == WEEG_LONELY_ADJUST;
  int32_t alone = -1;
  for (int32_t h = 0; h < d->strata; h++) {
    const bool varies = sampling_left(d, h) >= 1e-7;
    if (d->stratum_psus[h] == 1 && varies && m->lonely++ == 0) alone = h;
    m->free_place[h] = -1;
    m->strata += d->stratum_psus[h] > 0;
    if (d->stratum_psus[h] < 2 || !varies) continue;
    m->free_stratum[m->free] = h;
    m->free_place[h] = m->free++;
  }
  if (m->free == 0 && !(adjust && alone >= 0 && m->strata > 1)) {
    return refuse(err, WEEG_ERR_LONELY_PSU, WEEG_FAULT_NOTHING_VARIES, -1,
                  "no stratum has two PSUs or more that were sampled from a larger population: there is nothing to replicate");
  }
  if (alone < 0 || d->lonely == WEEG_LONELY_REMOVE || d->lonely == WEEG_LONELY_CERTAINTY) return WEEG_OK;
  if (adjust || (jackknife && d->lonely == WEEG_LONELY_AVERAGE)) return WEEG_OK;
  return refuse(err, WEEG_ERR_LONELY_PSU, WEEG_FAULT_ONE_PSU, alone,
                "a stratum has only one PSU, for which replicates have no rule");
}

/* Multipliers, for which the caller may have room, and factors of 1. */
static weeg_status allocate(weeg_made_replicates *made, const weeg_design *d, int64_t count, bool room, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (count > INT32_MAX || count * d->psus > MOST_DOUBLES) {
    (void)weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "%lld replicates of %d PSUs take more than a gigabyte", (long long)count,
                    (int)d->psus);
    if (err != NULL) err->facts.value = (double)count;
    return WEEG_ERR_TOO_LARGE;
  }
  made->count = (int32_t)count;
  made->rank = WEEG_RANK_DESIGN;
  if (!room) WEEG_NEW(made->multiplier, count * d->psus);
  WEEG_NEW(made->rscales, count);
  for (int64_t r = 0; r < count; r++) made->rscales[r] = 1;
cleanup:
  return status;
}

static weeg_status allocate_ones(weeg_made_replicates *made, const weeg_design *d, int64_t count, weeg_error *err) {
  const weeg_status status = allocate(made, d, count, false, err);
  for (int64_t i = 0; i < count * d->psus && status == WEEG_OK; i++) made->multiplier[i] = 1;
  return status;
}

/*
 * Replicates from `r` on without each PSU that is alone in turn. What the others sum to is then as much more as if strata
 * were the PSUs, so that replicates are no longer alike in each stratum.
 */
static void leave_out_lonely(maker *m, int64_t r) {
  const weeg_design *d = m->design;
  const double n = m->strata;
  for (int32_t alone = 0; alone < d->psus; alone++) {
    const int32_t h = d->psu_stratum[alone];
    if (h < 0 || d->stratum_psus[h] != 1 || sampling_left(d, h) < 1e-7) continue;
    for (int32_t u = 0; u < d->psus; u++) {
      m->made->multiplier[(int64_t)u * m->made->count + r] = u == alone ? 0 : n / (n - 1);
    }
    m->made->rscales[r++] = (n - 1) / n * sampling_left(d, h);
    m->made->rank = WEEG_RANK_UNITS;
  }
}

/* A replicate without each PSU in turn. PSUs of which a domain has lost all rows are replicated too. */
static weeg_status make_jackknife(maker *m, bool unstratified, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_design *d = m->design;
  int64_t *start = NULL;
  if (unstratified && d->strata > 1) {
    return refuse(err, WEEG_ERR_ARGUMENT, WEEG_FAULT_HAS_STRATA, -1, "the jackknife JK1 is for designs without strata");
  }
  WEEG_NEW(start, (int64_t)m->free + 1);
  for (int32_t k = 0; k < m->free; k++) start[k + 1] = start[k] + d->stratum_psus[m->free_stratum[k]];
  const bool adjust = d->lonely == WEEG_LONELY_ADJUST;
  WEEG_TRY(allocate_ones(m->made, d, start[m->free] + (adjust ? m->lonely : 0), err));
  const int32_t count = m->made->count;
  for (int32_t u = 0; u < d->psus; u++) {
    const int32_t h = d->psu_stratum[u], k = h < 0 ? -1 : m->free_place[h];
    if (k < 0) continue;
    const double n = (double)d->stratum_psus[h];
    for (int64_t r = start[k]; r < start[k + 1]; r++) m->made->multiplier[(int64_t)u * count + r] = n / (n - 1);
    m->made->multiplier[(int64_t)u * count + start[k] + m->seen[h]++] = 0;
  }
  for (int32_t k = 0; k < m->free; k++) {
    const int32_t h = m->free_stratum[k];
    const double n = (double)d->stratum_psus[h];
    for (int64_t r = start[k]; r < start[k + 1]; r++) m->made->rscales[r] = (n - 1) / n * sampling_left(d, h);
  }
  if (adjust) leave_out_lonely(m, start[m->free]);
  m->made->scale = d->lonely == WEEG_LONELY_AVERAGE ? (double)d->psus / (d->psus - m->lonely) : 1;
  if (unstratified) {
    m->made->scale = m->made->rscales[0];
    for (int32_t r = 0; r < count; r++) m->made->rscales[r] = 1;
  }
cleanup:
  weeg_free(start);
  return status;
}

/* Balanced half-samples; rho: of the weights of PSUs that are not in one (Fay's method). */
static weeg_status make_half_samples(maker *m, double rho, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_design *d = m->design;
  int8_t *signs = NULL;
  if (d->stratum_fpc != NULL) {
    return refuse(err, WEEG_ERR_ARGUMENT, WEEG_FAULT_HAS_POPULATION, -1,
                  "half-samples (BRR) cannot use a finite population correction");
  }
  for (int32_t k = 0; k < m->free; k++) {
    const int32_t h = m->free_stratum[k];
    if (d->stratum_psus[h] == 2) continue;
    status = refuse(err, WEEG_ERR_ARGUMENT, WEEG_FAULT_NOT_TWO, h, "half-samples (BRR) need two PSUs in each stratum");
    if (err != NULL) err->facts.value = (double)d->stratum_psus[h];
    return status;
  }
  const int32_t count = weeg_i_hadamard_order(m->free + 1);
  WEEG_TRY(allocate_ones(m->made, d, count, err));
  WEEG_NEW(signs, (int64_t)count * count);
  weeg_i_hadamard(count, signs);
  for (int32_t u = 0; u < d->psus; u++) {
    const int32_t h = d->psu_stratum[u], k = h < 0 ? -1 : m->free_place[h];
    if (k < 0) continue;
    const double step = (m->seen[h]++ == 0 ? 1 : -1) * (1 - rho);
    double *multiplier = m->made->multiplier + (int64_t)u * count;
    for (int32_t r = 0; r < count; r++) multiplier[r] = 1 + step * signs[(int64_t)r * count + k + 1];
  }
  m->made->scale = 1 / (count * ((1 - rho) * (1 - rho)));
cleanup:
  weeg_free(signs);
  return status;
}

static weeg_status make_bootstrap(maker *m, const weeg_replication *how, weeg_error *err) {
  const weeg_bootstrap kind = how->kind == WEEG_REPLICATION_RAO_WU ? WEEG_BOOTSTRAP_RAO_WU : WEEG_BOOTSTRAP_PRESTON;
  weeg_status status = allocate(m->made, m->design, how->count, how->multiplier != NULL, err);
  if (status != WEEG_OK) return status;
  m->made->scale = 1 / ((double)how->count - 1);
  double *multiplier = how->multiplier != NULL ? how->multiplier : m->made->multiplier;
  return weeg_bootstrap_multipliers(m->design, &(weeg_bootstrap_choice){kind, how->count}, how->random, multiplier, err);
}

weeg_status weeg_replicates_make(const weeg_replication *how, const weeg_design *design, weeg_made_replicates **made,
                                  weeg_error *err) {
  weeg_status status = WEEG_OK;
  maker m = {.design = design};
  if (design->element) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "replicates are made from PSUs: the design has none");
  if (design->later > 0) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "replicates are made of the first stage only");
  if (design->pps != WEEG_PPS_NONE) {
    return refuse(err, WEEG_ERR_ARGUMENT, WEEG_FAULT_UNEQUAL, -1,
                  "replicates cannot be made of PSUs drawn with unequal probabilities (pps)");
  }
  WEEG_NEW(m.made, 1);
  WEEG_NEW(m.free_place, design->strata);
  WEEG_NEW(m.free_stratum, design->strata);
  WEEG_NEW(m.seen, design->strata);
  WEEG_TRY(find_free(&m, how->kind == WEEG_REPLICATION_JKN, err));
  switch (how->kind) {
  case WEEG_REPLICATION_JKN:
  case WEEG_REPLICATION_JK1: WEEG_TRY(make_jackknife(&m, how->kind == WEEG_REPLICATION_JK1, err)); break;
  case WEEG_REPLICATION_BRR:
  case WEEG_REPLICATION_FAY: WEEG_TRY(make_half_samples(&m, how->kind == WEEG_REPLICATION_FAY ? how->rho : 0, err)); break;
  case WEEG_REPLICATION_RAO_WU:
  case WEEG_REPLICATION_PRESTON: WEEG_TRY(make_bootstrap(&m, how, err)); break;
  }
  *made = m.made;
  m.made = NULL;
cleanup:
  weeg_made_replicates_free(m.made);
  weeg_free(m.free_place);
  weeg_free(m.free_stratum);
  weeg_free(m.seen);
  return status;
}

void weeg_made_replicates_free(weeg_made_replicates *made) {
  if (made == NULL) return;
  weeg_free(made->multiplier);
  weeg_free(made->rscales);
  weeg_free(made);
}
