/* Taylor variances of many outputs at once: the diagonal only, so that thousands of cells stay cheap. */
#include <math.h>

#include "base/memory.h"
#include "base/vector.h"
#include "variance/prepared.h"
#include "variance/scores.h"
#include "variance/taylor.h"
#include "variance/walk.h"

typedef struct diagonal {
  double unit;      /* weeg_i_walk_unit() */
  double *squares;  /* [outputs] sum of squared deviations over the PSUs of the stratum at hand */
  int64_t *seen;    /* [segments] those PSUs (rows when element) with scores of their own */
  double *family;   /* [outputs] variances of the family at hand */
  double *variance; /* [outputs] */
} diagonal;

WEEG_CLONED static void add_psus(void *sums, walk *w) {
  diagonal *s = sums;
  const int32_t end = w->nest.stratum_start[w->stratum + 1];
  for (int32_t place = w->nest.stratum_start[w->stratum]; place < end && !w->pulse.stopped; place++) {
    (void)weeg_walk_psu(w, place);
    for (int32_t j = 0; j < w->of_psus; j++) {
      const int32_t segment = w->of_psu[j], first = w->segments.first[segment], size = w->segments.size[segment];
      double *z = w->z + first, *squares = s->squares + first;
      const double *mean = w->mean + first;
      s->seen[segment]++;
      WEEG_VECTORISED
      for (int32_t k = 0; k < size; k++) {
        const double deviation = z[k] - mean[k];
        squares[k] += deviation * deviation;
        z[k] = 0;
      }
    }
  }
}

static void add_rows(void *sums, walk *w, int64_t entry, double within) {
  diagonal *s = sums;
  const weeg_tally *t = w->of->survey.tally;
  const weeg_scores *scores = w->of->scores;
  const int32_t cell = t->cell[entry];
  const double n = (double)t->n[entry], weight = w->nest.w[entry] / n;
  for (int64_t k = scores->start[cell]; k < scores->start[cell + 1]; k++) {
    const int32_t o = scores->index[k];
    const double a = scores->coef[k], deviation = weight * a - w->mean[o], in_units = a * s->unit;
    s->squares[o] += n * deviation * deviation + within * in_units * in_units;
  }
  for (int64_t k = w->segments.start[cell]; k < w->segments.start[cell + 1]; k++) {
    s->seen[w->segments.segment[k]] += t->n[entry];
  }
}

static void end_stratum(void *sums, walk *w) {
  diagonal *s = sums;
  for (int32_t j = 0; j < w->touches; j++) {
    const int32_t segment = w->touched[j], first = w->segments.first[segment], end = first + w->segments.size[segment];
    const double unseen = w->n_h - (double)s->seen[segment];
    for (int32_t o = first; o < end; o++) {
      const double squares = s->squares[o] + unseen * w->mean[o] * w->mean[o];
      if (w->lonelies == 0 || !weeg_i_walk_is_lonely(w, w->of->domains.output[o])) s->family[o] += w->scale * squares;
      s->squares[o] = 0;
    }
    s->seen[segment] = 0;
  }
}

static void add_square(void *sums, walk *w, const double *vector, double factor) {
  diagonal *s = sums;
  for (int32_t o = 0; o < w->of->scores->outputs; o++) s->family[o] += factor * (vector[o] * vector[o]);
}

static void add_lonely(void *sums, walk *w) {
  diagonal *s = sums;
  const double others = w->n_h - 1;
  for (int32_t o = 0; o < w->of->scores->outputs; o++) {
    if (!weeg_i_walk_is_lonely(w, w->of->domains.output[o])) continue;
    const double deviation = w->sum[o] - w->centre[o], centre = w->centre[o];
    s->family[o] += others > 0 ? w->scale * (deviation * deviation + others * centre * centre)
                               : w->scale * deviation * deviation;
  }
}

static void end_family(void *sums, walk *w) {
  diagonal *s = sums;
  for (int32_t o = 0; o < w->of->scores->outputs; o++) {
    s->variance[o] += weeg_i_walk_average(w, w->of->domains.output[o]) * s->family[o];
    s->family[o] = 0;
  }
}

/* s->variance is that of all outputs */
static weeg_status add_all(const scored_sample *x, diagonal *s, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const accumulator to = {true, add_psus, add_rows, end_stratum, add_lonely, end_family, add_square};
  const int32_t outputs = x->scores->outputs;
  walk w;
  WEEG_TRY(weeg_i_walk_begin(&w, x, err));
  s->unit = weeg_i_walk_unit(&w);
  WEEG_NEW(s->squares, outputs);
  WEEG_NEW(s->seen, w.segments.count);
  WEEG_NEW(s->family, outputs);
  WEEG_TRY(weeg_i_walk(&w, &to, s, err));
cleanup:
  weeg_i_walk_clear(&w);
  weeg_free(s->squares);
  weeg_free(s->seen);
  weeg_free(s->family);
  return status;
}

weeg_status weeg_i_taylor_variance(const scored_sample *x, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t outputs = x->scores->outputs;
  diagonal s = {0};
  double *rounding = NULL;
  WEEG_NEW(s.variance, outputs);
  WEEG_NEW(rounding, outputs);
  WEEG_TRY(weeg_i_scores_rounding(x->scores, x->survey.tally, rounding, err));
  WEEG_TRY(weeg_i_has_matrix(x) ? weeg_i_matrix_variance(x, s.variance, err) : add_all(x, &s, err));
  for (int32_t o = 0; o < outputs; o++) variance[o] = weeg_i_known_variance(s.variance[o], rounding[o]);
cleanup:
  weeg_free(s.variance);
  weeg_free(rounding);
  return status;
}
