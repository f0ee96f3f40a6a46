/* Bootstrap replicates as multipliers of the weights of PSUs. */
#include <math.h>

#include "base/memory.h"
#include "weeg.h"

typedef struct state {
  weeg_bootstrap kind;
  const weeg_design *design;
  const weeg_random *random;
  int32_t count;
  double *multipliers;
  int32_t *start;     /* [strata + 1] */
  int32_t *order;     /* [psus] PSUs with rows by stratum; a stratum's sampled PSUs may be more */
  int32_t *chosen;    /* [largest n_h] times chosen, or PSUs not yet chosen */
} state;

/* 1 - n_h / N_h */
static double sampling_left(const weeg_design *d, int32_t h) {
  if (d->stratum_fpc == NULL || !isfinite(d->stratum_fpc[h])) return 1;
  return (d->stratum_fpc[h] - (double)d->stratum_psus[h]) / d->stratum_fpc[h];
}

/* Counting sort of PSUs by stratum; returns the largest n_h. */
static int64_t sort_psus(state *s) {
  const weeg_design *d = s->design;
  int64_t largest = 0;
  for (int32_t u = 0; u < d->psus; u++) {
    if (d->psu_stratum[u] >= 0) s->start[d->psu_stratum[u] + 1]++;
  }
  for (int32_t h = 0; h < d->strata; h++) s->start[h + 1] += s->start[h];
  for (int32_t u = 0; u < d->psus; u++) {
    if (d->psu_stratum[u] >= 0) s->order[s->start[d->psu_stratum[u]]++] = u;
  }
  for (int32_t h = d->strata; h > 0; h--) s->start[h] = s->start[h - 1];
  s->start[0] = 0;
  for (int32_t h = 0; h < d->strata; h++) {
    if (d->stratum_psus[h] > largest) largest = d->stratum_psus[h];
  }
  return largest;
}

static void set(state *s, int32_t h, int32_t j, int32_t r, double multiplier) {
  if (j < s->start[h + 1] - s->start[h]) s->multipliers[(int64_t)s->order[s->start[h] + j] * s->count + r] = multiplier;
}

/* 1 - l + l n/(n - 1) times chosen, l = sqrt(1 - f): eq. 2.4 of Rao, Wu and Yue (1992) with n - 1 draws. */
static void draw_rao_wu(state *s, int32_t h, int32_t r, int32_t n) {
  const double l = sqrt(sampling_left(s->design, h)), each = l * n / (n - 1);
  for (int32_t j = 0; j < n; j++) s->chosen[j] = 0;
  for (int32_t k = 0; k < n - 1; k++) s->chosen[s->random->below(s->random->ctx, n)]++;
  for (int32_t j = 0; j < n; j++) set(s, h, j, r, 1 - l + each * s->chosen[j]);
}

/* 1 - l + l n/m for the m = floor(n/2) chosen, 1 - l for the others, l = sqrt(m (1 - f)/(n - m)): Preston (2009). */
static void draw_preston(state *s, int32_t h, int32_t r, int32_t n) {
  const int32_t m = n / 2;
  const double l = sqrt(m * sampling_left(s->design, h) / (n - m));
  for (int32_t j = 0; j < n; j++) s->chosen[j] = j;
  for (int32_t k = 0; k < n; k++) { /* the first m steps of a random permutation */
    const int32_t at = k < m ? k + s->random->below(s->random->ctx, n - k) : k, j = s->chosen[at];
    s->chosen[at] = s->chosen[k];
    set(s, h, j, r, k < m ? 1 - l + l * n / m : 1 - l);
  }
}

static void draw_replicate(state *s, int32_t r) {
  for (int32_t h = 0; h < s->design->strata; h++) {
    const int64_t n = s->design->stratum_psus[h];
    if (n <= 1 || sampling_left(s->design, h) < 1e-7) continue; /* multipliers of 1, as they are */
    if (s->kind == WEEG_BOOTSTRAP_RAO_WU) {
      draw_rao_wu(s, h, r, (int32_t)n);
    } else {
      draw_preston(s, h, r, (int32_t)n);
    }
  }
}

weeg_status weeg_bootstrap_multipliers(const weeg_design *design, const weeg_bootstrap_choice *choice,
                                       const weeg_random *random, double *factor, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_hooks *hooks = design->hooks;
  state s = {.kind = choice->kind, .design = design, .random = random, .count = choice->count, .multipliers = factor};
  if (design->element) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "replicates are made from PSUs: the design has none");
  for (int64_t i = 0; i < (int64_t)design->psus * choice->count; i++) factor[i] = 1;
  WEEG_NEW(s.start, (int64_t)design->strata + 1);
  WEEG_NEW(s.order, design->psus);
  const int64_t largest = sort_psus(&s);
  if (largest > INT32_MAX) {
    status = weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "a stratum has more than 2^31 - 1 PSUs");
    goto cleanup;
  }
  WEEG_NEW(s.chosen, largest);
  for (int32_t r = 0; r < choice->count; r++) {
    draw_replicate(&s, r);
    if (r % 64 == 63 && hooks != NULL && hooks->interrupt != NULL && hooks->interrupt(hooks->ctx)) {
      status = weeg_fail(err, WEEG_ERR_INTERRUPTED, -1, "stopped by the caller");
      goto cleanup;
    }
  }
cleanup:
  weeg_free(s.start);
  weeg_free(s.order);
  weeg_free(s.chosen);
  return status;
}
