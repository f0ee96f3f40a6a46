/* Degrees of freedom of replicate weights: the rank of the weights of a domain's rows, minus 1. */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/vector.h"
#include "variance/nest.h"
#include "variance/replicates.h"

/* As qr(tol = 1e-5) of survey's degf(): a column that keeps less than this part of its length depends on the others. */
static const double TOLERANCE2 = 1e-5 * 1e-5;

int32_t weeg_i_sketch_rows(int32_t width) { return width + width / 2 + 16; }

typedef struct row_list {
  const double **row;  /* [room] */
  int64_t rows;
  pulse *pulse;
} row_list;

/*
 * Rank of `count` vectors of `length` numbers, side by side (destroyed), by Gram and Schmidt's method as modified, which leaves
 * out vectors that depend on earlier ones. Sums of products would not do: their rounding is that of the largest vector, squared.
 */
static int32_t rank_of_vectors(double *vectors, int32_t count, int64_t length, pulse *p) {
  int32_t rank = 0;
  for (int32_t j = 0; j < count && !weeg_i_stops(p, 2 * (rank + 1) * length); j++) {
    double *v = vectors + j * length, *kept = vectors + rank * length;
    double before = 0, after = 0;
    for (int64_t i = 0; i < length; i++) before += v[i] * v[i];
    for (int32_t k = 0; k < rank; k++) {
      const double *q = vectors + k * length;
      double along = 0;
      for (int64_t i = 0; i < length; i++) along += q[i] * v[i];
      WEEG_VECTORISED
      for (int64_t i = 0; i < length; i++) v[i] -= along * q[i];
    }
    for (int64_t i = 0; i < length; i++) after += v[i] * v[i];
    if (!(after > TOLERANCE2 * before)) continue;
    const double size = sqrt(after);
    for (int64_t i = 0; i < length; i++) kept[i] = v[i] / size;
    rank++;
  }
  return rank;
}

/* Columns side by side (more rows than columns), or rows. */
static void copy_vectors(const row_list *list, int32_t width, bool by_column, double *to) {
  for (int64_t i = 0; i < list->rows; i++) {
    for (int64_t b = 0; b < width; b++) to[by_column ? b * list->rows + i : i * width + b] = list->row[i][b];
  }
}

static weeg_status rank_of_rows(const row_list *list, int32_t width, int32_t *rank, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t most = weeg_i_sketch_rows(width);
  double *sketch = NULL, *vectors = NULL;
  const double **sketched = NULL;
  row_list rows = *list;
  if (list->rows > most) { /* random sums of the rows have the same rank */
    WEEG_NEW(sketch, (int64_t)most * width);
    WEEG_NEW(sketched, most);
    for (int64_t i = 0; i < list->rows && !weeg_i_stops(list->pulse, (int64_t)WEEG_SKETCH_PLACES * width); i++) {
      int32_t place[WEEG_SKETCH_PLACES];
      double multiplier[WEEG_SKETCH_PLACES];
      weeg_i_sketch_places((uint64_t)i, most, place, multiplier);
      for (int k = 0; k < WEEG_SKETCH_PLACES; k++) {
        double *to = sketch + (int64_t)place[k] * width;
        const double *x = list->row[i], factor = multiplier[k];
        WEEG_VECTORISED
        for (int32_t b = 0; b < width; b++) to[b] += factor * x[b];
      }
    }
    for (int32_t i = 0; i < most; i++) sketched[i] = sketch + (int64_t)i * width;
    rows = (row_list){sketched, most, list->pulse};
  }
  const bool by_column = rows.rows > width;
  WEEG_NEW(vectors, rows.rows * width);
  copy_vectors(&rows, width, by_column, vectors);
  *rank = by_column ? rank_of_vectors(vectors, width, rows.rows, list->pulse)
                    : rank_of_vectors(vectors, (int32_t)rows.rows, width, list->pulse);
  WEEG_TRY(weeg_i_pulse_status(list->pulse, err));
cleanup:
  weeg_free(sketch);
  weeg_free((void *)sketched);
  weeg_free(vectors);
  return status;
}

static weeg_status rank_by_basis(const weeg_tally *tally, const weeg_replicates *r, const int32_t *domain_of,
                                 int32_t domain, row_list *list, int32_t *rank, weeg_error *err) {
  list->rows = 0;
  if (r->rank == WEEG_RANK_CELLS) {
    for (int32_t c = 0; c < tally->cells; c++) {
      for (int64_t i = r->basis_start[c]; i < r->basis_start[c + 1] && domain_of[c] == domain; i++) {
        list->row[list->rows++] = r->basis + i * r->count;
      }
    }
  } else {
    int32_t last = -1;
    for (int64_t i = 0; i < tally->entries; i++) {
      if (tally->unit[i] == last || domain_of[tally->cell[i]] != domain) continue;
      last = tally->unit[i];
      list->row[list->rows++] = r->basis + (int64_t)last * r->count;
    }
  }
  return rank_of_rows(list, r->count, rank, err);
}

/*
 * Multipliers of the PSUs of a stratum sum to the same number in each replicate: n_h. So m PSUs, f of whose strata are in
 * the domain with all their PSUs, span m - f + 1 dimensions, or m if f = 0. A PSU whose multiplier is always 1 (alone in
 * its stratum, or taken with certainty) spans what the sum of a stratum does.
 */
static int32_t rank_by_design(const weeg_design *design, const int32_t *domain_of, int32_t domain, const nest *p) {
  int64_t free_psus = 0, whole = 0;
  bool constant = false;
  for (int32_t h = 0; h < design->strata; h++) {
    int64_t psus = 0;
    for (int32_t place = p->stratum_start[h]; place < p->stratum_start[h + 1]; place++) {
      const int32_t u = p->order[place];
      bool here = false;
      for (int64_t i = p->unit_start[u]; i < p->unit_start[u + 1]; i++) {
        here = here || domain_of[p->cell[i]] == domain;
      }
      psus += here;
    }
    const bool fixed = design->stratum_psus[h] <= 1 || weeg_i_adds_nothing(p, h);
    if (fixed) {
      constant = constant || psus > 0;
    } else {
      free_psus += psus;
      whole += psus == design->stratum_psus[h];
    }
  }
  const int64_t found = free_psus - whole + (whole > 0 || constant);
  return (int32_t)(found < design->replicates->count ? found : design->replicates->count);
}

weeg_status weeg_i_replicate_df(const weeg_survey *survey, const int32_t *domain_of, int32_t domains, int64_t *df,
                                weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *tally = survey->tally;
  const weeg_replicates *r = survey->design->replicates;
  pulse beat = {.hooks = survey->design->hooks};
  row_list list = {.pulse = &beat};
  nest p = {0};
  int64_t *rows = NULL;
  WEEG_NEW(rows, domains);
  for (int64_t i = 0; i < tally->entries; i++) {
    if (domain_of[tally->cell[i]] >= 0) rows[domain_of[tally->cell[i]]] += tally->n[i];
  }
  if (r->df < 0 && r->rank == WEEG_RANK_DESIGN) WEEG_TRY(weeg_i_nest_make(&p, survey, NULL, 0, err));
  if (r->rank == WEEG_RANK_CELLS) WEEG_NEW(list.row, r->basis_start[tally->cells]);
  if (r->rank == WEEG_RANK_UNITS) WEEG_NEW(list.row, tally->units);
  for (int32_t k = 0; k < domains; k++) {
    int32_t rank = rows[k] < r->count ? (int32_t)rows[k] : r->count;
    (void)weeg_i_stops(&beat, r->rank == WEEG_RANK_BOUND ? 1 : tally->entries + tally->cells);
    WEEG_TRY(weeg_i_pulse_status(&beat, err));
    if (rows[k] > 0 && r->df < 0 && r->rank == WEEG_RANK_DESIGN) {
      rank = rank_by_design(survey->design, domain_of, k, &p);
    } else if (rows[k] > 0 && r->df < 0 && r->rank != WEEG_RANK_BOUND) {
      WEEG_TRY(rank_by_basis(tally, r, domain_of, k, &list, &rank, err));
    }
    df[k] = rows[k] == 0 ? 0 : r->df >= 0 ? r->df : rank > 0 ? rank - 1 : 0;
  }
cleanup:
  weeg_i_nest_clear(&p);
  weeg_free((void *)list.row);
  weeg_free(rows);
  return status;
}
