#include "variance/walk.h"

#include <math.h>

#include "base/memory.h"
#include "base/sum.h"
#include "base/vector.h"
#include "variance/unequal.h"

weeg_status weeg_i_walk_begin(walk *w, const scored_sample *of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t outputs = of->scores->outputs, cells = of->scores->cells;
  const weeg_lonely rule = of->survey.design->lonely;
  *w = (walk){.of = of,
              .by_family = rule == WEEG_LONELY_ADJUST || rule == WEEG_LONELY_AVERAGE,
              .terms = 1 + of->scores->start[cells] / (1 + cells),
              .pulse.hooks = of->survey.design->hooks};
  WEEG_TRY(weeg_i_segments_make(&w->segments, of->scores, err));
  WEEG_NEW(w->domain, of->domains.count);
  WEEG_NEW(w->here, of->domains.count);
  WEEG_NEW(w->sum, outputs);
  WEEG_NEW(w->mean, outputs);
  WEEG_NEW(w->centre, outputs);
  WEEG_NEW(w->z, outputs);
  if (of->survey.design->pps != WEEG_PPS_NONE) {
    WEEG_NEW(w->vector, outputs);
    WEEG_NEW(w->cross, outputs);
  }
  WEEG_NEW(w->touched, w->segments.count);
  WEEG_NEW(w->of_psu, w->segments.count);
  WEEG_NEW(w->stamp, w->segments.count);
  WEEG_NEW(w->is_touched, w->segments.count);
  WEEG_NEW(w->cell_w, cells);
  WEEG_NEW(w->cells, cells);
  WEEG_NEW(w->is_listed, cells);
cleanup:
  return status;
}

void weeg_i_walk_clear(walk *w) {
  weeg_i_nest_clear(&w->nest);
  weeg_i_segments_clear(&w->segments);
  weeg_free(w->domain);
  weeg_free(w->here);
  weeg_free(w->sum);
  weeg_free(w->mean);
  weeg_free(w->centre);
  weeg_free(w->z);
  weeg_free(w->vector);
  weeg_free(w->cross);
  weeg_free(w->touched);
  weeg_free(w->of_psu);
  weeg_free(w->stamp);
  weeg_free(w->is_touched);
  weeg_free(w->cell_w);
  weeg_free(w->cells);
  weeg_free(w->is_listed);
}

WEEG_INLINE void add_scores(const walk *w, int32_t cell, double weight, double *z) {
  weeg_scores_sum(w->of->scores, &w->segments, cell, weight, z);
}

/* ---- the rule for single-PSU strata ---- */

/* Notes that entry i, of PSU u in stratum h, is in domain k. */
static void note_domain(walk *w, int32_t h, int32_t u, int64_t i, int32_t k) {
  walk_domain *d = &w->domain[k];
  if (d->stratum != h + 1) {
    d->stratum = h + 1;
    d->psus = 0;
    d->psu = 0;
    w->here[w->heres++] = k;
  }
  if (w->nest.element) {
    d->psus += w->of->survey.tally->n[i];
  } else if (d->psu != u + 1) {
    d->psu = u + 1;
    d->psus++;
  }
}

static bool is_single(const walk *w, int32_t h, const walk_domain *d) {
  return weeg_i_is_lonely(&w->nest, h) || (w->of->survey.design->lonely_domain && w->nest.pps == WEEG_PPS_NONE && d->psus == 1);
}

double weeg_i_walk_unit(const walk *w) {
  return w->of->scores->value != NULL ? 1 : ldexp(1, w->of->survey.tally->scale);
}

bool weeg_i_walk_is_lonely(const walk *w, int32_t domain) {
  const walk_domain *d = &w->domain[domain];
  return w->by_family && d->stratum == w->stratum + 1 && is_single(w, w->stratum, d);
}

double weeg_i_walk_average(const walk *w, int32_t domain) {
  const walk_domain *d = &w->domain[domain];
  if (w->of->survey.design->lonely != WEEG_LONELY_AVERAGE || d->usable >= d->strata) return 1;
  return d->usable > 0 ? (double)d->strata / (double)d->usable : NAN;
}

/* What two rules need beforehand: the strata that each domain has rows in, and the mean score. */
static void survey_family(walk *w, int32_t from, int32_t to) {
  const scored_sample *of = w->of;
  for (int32_t k = 0; k < of->domains.count; k++) w->domain[k].strata = w->domain[k].usable = w->domain[k].sampled = 0;
  for (int32_t o = 0; o < of->scores->outputs; o++) w->centre[o] = 0;
  for (int32_t h = from; h < to; h++) {
    w->heres = 0;
    for (int32_t place = w->nest.stratum_start[h]; place < w->nest.stratum_start[h + 1]; place++) {
      const int32_t u = w->nest.order[place];
      for (int64_t i = w->nest.unit_start[u]; i < w->nest.unit_start[u + 1]; i++) {
        const int32_t cell = w->nest.cell[i];
        if (of->domains.cell[cell] < 0) continue;
        if (weeg_i_stops(&w->pulse, w->terms)) return;
        note_domain(w, h, u, i, of->domains.cell[cell]);
        add_scores(w, cell, w->nest.w[i], w->centre);
      }
    }
    for (int32_t j = 0; j < w->heres; j++) {
      walk_domain *d = &w->domain[w->here[j]];
      d->strata++;
      d->usable += weeg_i_adds_nothing(&w->nest, h) || !is_single(w, h, d);
      d->sampled += w->nest.stratum_units[h];
    }
  }
  for (int32_t o = 0; o < of->scores->outputs; o++) {
    const int64_t count = w->domain[of->domains.output[o]].sampled;
    w->centre[o] = count > 0 ? w->centre[o] / (double)count : 0;
  }
  for (int32_t k = 0; k < of->domains.count; k++) w->domain[k].stratum = 0;
}

/* ---- a stratum ---- */

/* Sums of weights by cell of the entries in domains, and which domains they are, where it matters. Returns how many cells. */
static int32_t list_cells(walk *w, int32_t h, bool noted) {
  const nest p = w->nest;
  const int32_t *domain_of = w->of->domains.cell;
  int32_t count = 0, *cells = w->cells;
  bool *is_listed = w->is_listed;
  double *cell_w = w->cell_w;
  for (int32_t place = p.stratum_start[h]; place < p.stratum_start[h + 1]; place++) {
    const int32_t u = p.order[place];
    for (int64_t i = p.unit_start[u]; i < p.unit_start[u + 1]; i++) {
      const int32_t cell = p.cell[i];
      if (domain_of[cell] < 0) continue;
      if (noted) note_domain(w, h, u, i, domain_of[cell]);
      if (!is_listed[cell]) cells[count++] = cell;
      is_listed[cell] = true;
      cell_w[cell] += p.w[i];
    }
  }
  return count;
}

/* Sums of scores over the stratum, by cell first, and the segments that it touches. False: it has no rows of a domain. */
static bool sum_by_cell(walk *w, int32_t h, bool noted) {
  const int32_t cells = list_cells(w, h, noted);
  for (int32_t j = 0; j < cells; j++) {
    const int32_t cell = w->cells[j];
    if (!weeg_i_stops(&w->pulse, w->terms)) add_scores(w, cell, w->cell_w[cell], w->sum);
    for (int64_t k = w->segments.start[cell]; k < w->segments.start[cell + 1]; k++) {
      const int32_t segment = w->segments.segment[k];
      if (!w->is_touched[segment]) w->touched[w->touches++] = segment;
      w->is_touched[segment] = true;
    }
    w->cell_w[cell] = 0;
    w->is_listed[cell] = false;
  }
  return cells > 0;
}

/* The same by entry; all segments count as touched. */
WEEG_CLONED static bool sum_by_entry(walk *w, int32_t h, bool noted) {
  const int32_t *domain_of = w->of->domains.cell;
  bool any = false;
  for (int32_t place = w->nest.stratum_start[h]; place < w->nest.stratum_start[h + 1]; place++) {
    const int32_t u = w->nest.order[place];
    const int64_t from = w->nest.unit_start[u], end = w->nest.unit_start[u + 1];
    if (weeg_i_stops(&w->pulse, (end - from) * w->terms)) break;
    for (int64_t i = from; i < end; i++) {
      const int32_t cell = w->nest.cell[i];
      if (domain_of[cell] < 0) continue;
      if (noted) note_domain(w, h, u, i, domain_of[cell]);
      add_scores(w, cell, w->nest.w[i], w->sum);
      any = true;
    }
  }
  for (; any && w->touches < w->segments.count; w->touches++) w->touched[w->touches] = w->touches;
  return any;
}

/* Divides the sums by n_h, and afterwards makes both 0 again. */
static void find_means(walk *w) {
  for (int32_t j = 0; j < w->touches; j++) {
    const int32_t first = w->segments.first[w->touched[j]], end = first + w->segments.size[w->touched[j]];
    for (int32_t o = first; o < end; o++) w->mean[o] = w->sum[o] / w->n_h;
  }
}

static void forget_sums(walk *w) {
  for (int32_t j = 0; j < w->touches; j++) {
    const int32_t first = w->segments.first[w->touched[j]], end = first + w->segments.size[w->touched[j]];
    for (int32_t o = first; o < end; o++) w->sum[o] = w->mean[o] = 0;
    w->is_touched[w->touched[j]] = false;
  }
}

/* Where each row is a PSU: rows of a cell differ only in what their coefficients multiply, so that its moments suffice. */
static void visit_rows(walk *w, const accumulator *to, void *sums) {
  const weeg_tally *t = w->of->survey.tally;
  const double *within = w->of->scores->within;
  const int32_t h = w->stratum;
  for (int64_t i = w->nest.unit_start[h]; i < w->nest.unit_start[h + 1]; i++) {
    if (w->of->domains.cell[t->cell[i]] < 0) continue;
    if (weeg_i_stops(&w->pulse, 2 * w->terms)) return;
    /* of weights in the tally's units: squares of very small or large ones are no numbers */
    to->add_rows(sums, w, i, within != NULL ? within[i] : weeg_i_sum_deviations(t->w[i], t->w2[i], t->n[i], 0));
  }
}

static void visit_stratum(walk *w, const accumulator *to, void *sums) {
  w->lonelies = 0;
  for (int32_t j = 0; j < w->heres; j++) w->lonelies += weeg_i_walk_is_lonely(w, w->here[j]);
  if (w->n_h > 1 && (w->heres == 0 || w->lonelies < w->heres)) {
    find_means(w);
    if (w->nest.element) {
      visit_rows(w, to, sums);
    } else {
      to->add_psus(sums, w);
    }
    to->end_stratum(sums, w);
  }
  if (w->lonelies > 0 && w->of->survey.design->lonely == WEEG_LONELY_ADJUST) to->add_lonely(sums, w);
}

static weeg_status add_stratum(walk *w, int32_t h, const accumulator *to, void *sums, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t psus = w->nest.stratum_units[h];
  const bool lonely = weeg_i_is_lonely(&w->nest, h);
  const bool noted = lonely || w->of->survey.design->lonely_domain; /* only these look at domains */
  w->heres = w->touches = 0;
  const bool any = to->by_cell ? sum_by_cell(w, h, noted) : sum_by_entry(w, h, noted);
  w->stratum = h;
  w->n_h = (double)psus;
  if (!any || weeg_i_adds_nothing(&w->nest, h)) {
    /* nothing to add */
  } else if (lonely && w->of->survey.design->lonely == WEEG_LONELY_FAIL) {
    status = weeg_i_lonely_error(&w->nest, h, err);
  } else if (!lonely && w->nest.pps != WEEG_PPS_NONE) {
    find_means(w);
    weeg_i_add_unequal(w, to, sums);
  } else {
    w->scale = weeg_i_stratum_factor(&w->nest, h);
    if (psus > 1) w->scale = w->scale * w->n_h / (w->n_h - 1);
    visit_stratum(w, to, sums);
  }
  forget_sums(w);
  return status;
}

/* ---- stages ---- */

static weeg_status add_stage(walk *w, int32_t stage, const accumulator *to, void *sums, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(weeg_i_nest_make(&w->nest, &w->of->survey, w->of->scores->value, stage, err));
  for (int32_t k = 0; k < w->of->domains.count; k++) w->domain[k].stratum = 0;
  for (int32_t k = 0; k < w->segments.count; k++) w->stamp[k] = 0;
  for (int32_t from = 0, end; from < w->nest.strata; from = end) {
    const bool as_whole = w->nest.blocks != NULL; /* all strata at once, as blocks pass over their bounds */
    end = w->by_family && !as_whole ? weeg_i_family_end(&w->nest, from) : w->nest.strata;
    if (w->by_family) survey_family(w, from, end);
    if (as_whole) weeg_i_add_blocks(w, to, sums);
    for (int32_t h = from; h < end && !as_whole && !w->pulse.stopped; h++) WEEG_TRY(add_stratum(w, h, to, sums, err));
    to->end_family(sums, w);
    (void)weeg_i_stops(&w->pulse, w->of->scores->outputs);
    WEEG_TRY(weeg_i_pulse_status(&w->pulse, err));
  }
cleanup:
  weeg_i_nest_clear(&w->nest);
  return status;
}

weeg_status weeg_i_walk(walk *w, const accumulator *to, void *sums, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int32_t stage = 0; stage <= w->of->survey.design->later; stage++) WEEG_TRY(add_stage(w, stage, to, sums, err));
cleanup:
  return status;
}
