#include "variance/scores.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"

/* 2^25 terms take 400 MB: more is a table that nobody reads. */
static const int64_t MAX_TERMS = (int64_t)1 << 25;

weeg_status weeg_i_scores_new(score_list *list, int32_t cells, int32_t outputs, int64_t terms, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *list = (score_list){0};
  if (terms < 0 || terms > MAX_TERMS) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "too many levels: the variances need %lld terms, and there can be %lld; "
                     "combine levels, or ask about fewer of them at a time", (long long)terms, (long long)MAX_TERMS);
  }
  WEEG_NEW(list->start, (int64_t)cells + 1);
  WEEG_NEW(list->index, terms);
  WEEG_NEW(list->coef, terms);
  list->scores = (weeg_scores){.cells = cells, .outputs = outputs, .start = list->start, .index = list->index,
                               .coef = list->coef};
cleanup:
  if (status != WEEG_OK) weeg_i_scores_clear(list);
  return status;
}

void weeg_i_scores_add(score_list *list, int32_t output, double coef) {
  list->index[list->used] = output;
  list->coef[list->used++] = coef;
}

void weeg_i_scores_close(score_list *list, int32_t cell) { list->start[cell + 1] = list->used; }

weeg_status weeg_i_scores_ratio(score_list *list, int32_t bases, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(list->cell_base, list->scores.cells);
  WEEG_NEW(list->output_base, list->scores.outputs);
  list->scores.bases = bases;
  list->scores.cell_base = list->cell_base;
  list->scores.output_base = list->output_base;
cleanup:
  return status;
}

weeg_status weeg_i_scores_size(score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(list->size, list->scores.outputs);
  list->scores.size = list->size;
cleanup:
  return status;
}

void weeg_i_scores_clear(score_list *list) {
  weeg_free(list->size);
  weeg_free(list->cell_base);
  weeg_free(list->output_base);
  weeg_free(list->start);
  weeg_free(list->index);
  weeg_free(list->coef);
  *list = (score_list){0};
}

/*
 * A coefficient is off by some units in the last place of the numbers that it was computed of, a PSU's score by those of its
 * terms, and by how often a partial sum was rounded: about the root of how many there were. So the scores of all PSUs
 * together are off by no more than this part of the sum of all sizes. In random designs with weights over six orders of
 * magnitude, standard errors that are 0 stay below a hundredth of it, others are 10 000 times above.
 */
double weeg_i_rounding(double size, int64_t entries) {
  const double error = DBL_EPSILON * (64 + sqrt((double)entries)) * size;
  return error * error;
}

weeg_status weeg_i_scores_rounding(const weeg_scores *scores, const weeg_tally *tally, double *bound, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *w = NULL;
  WEEG_NEW(w, tally->cells);
  if (scores->value == NULL) WEEG_TRY(weeg_tally_totals(tally, NULL, w, err));
  for (int64_t i = 0; i < tally->entries && scores->value != NULL; i++) w[tally->cell[i]] += fabs(scores->value[i]);
  for (int32_t o = 0; o < scores->outputs; o++) bound[o] = 0;
  for (int32_t c = 0; c < scores->cells; c++) {
    for (int64_t k = scores->start[c]; k < scores->start[c + 1]; k++) bound[scores->index[k]] += w[c] * fabs(scores->coef[k]);
  }
  for (int32_t o = 0; o < scores->outputs; o++) {
    bound[o] = weeg_i_rounding(scores->size == NULL ? bound[o] : fmax(bound[o], scores->size[o]), tally->entries);
  }
cleanup:
  weeg_free(w);
  return status;
}

void weeg_i_covariance_round(double *covariance, int64_t outputs, const double *rounding) {
  for (int64_t a = 0; a < outputs; a++) {
    if (!(covariance[a * outputs + a] <= rounding[a])) continue;
    const double none = covariance[a * outputs + a] < -rounding[a] ? NAN : 0;
    for (int64_t b = 0; b < outputs; b++) covariance[a * outputs + b] = covariance[b * outputs + a] = none;
  }
}

/* of[o]: the segment of output o, whose number of segments is returned. */
static int32_t number_segments(const weeg_scores *s, const int64_t *cells, const int64_t *followed, int32_t *of) {
  int32_t count = 0;
  for (int32_t o = 0; o < s->outputs; o++) {
    const bool same = o > 0 && cells[o - 1] > 0 && followed[o - 1] == cells[o - 1] && cells[o] == cells[o - 1];
    of[o] = same ? count - 1 : count++;
  }
  return count;
}

weeg_status weeg_i_segments_make(segment_list *list, const weeg_scores *scores, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t terms = scores->start[scores->cells];
  int64_t *cells = NULL, *followed = NULL; /* [outputs] lists with the output; in which the next output is the next term */
  int32_t *of = NULL;
  *list = (segment_list){0};
  WEEG_NEW(cells, scores->outputs);
  WEEG_NEW(followed, scores->outputs);
  WEEG_NEW(of, scores->outputs);
  for (int32_t c = 0; c < scores->cells; c++) {
    for (int64_t k = scores->start[c]; k < scores->start[c + 1]; k++) {
      cells[scores->index[k]]++;
      followed[scores->index[k]] += k + 1 < scores->start[c + 1] && scores->index[k + 1] == scores->index[k] + 1;
    }
  }
  list->count = number_segments(scores, cells, followed, of);
  WEEG_NEW(list->first, list->count);
  WEEG_NEW(list->size, list->count);
  WEEG_NEW(list->start, (int64_t)scores->cells + 1);
  WEEG_NEW(list->segment, terms);
  for (int32_t o = scores->outputs - 1; o >= 0; o--) {
    list->first[of[o]] = o;
    list->size[of[o]]++;
  }
  int64_t used = 0;
  for (int32_t c = 0; c < scores->cells; c++) {
    for (int64_t k = scores->start[c]; k < scores->start[c + 1]; k += list->size[list->segment[used++]]) {
      list->segment[used] = of[scores->index[k]];
    }
    list->start[c + 1] = used;
  }
cleanup:
  weeg_free(cells);
  weeg_free(followed);
  weeg_free(of);
  if (status != WEEG_OK) weeg_i_segments_clear(list);
  return status;
}

void weeg_i_segments_clear(segment_list *list) {
  weeg_free(list->first);
  weeg_free(list->size);
  weeg_free(list->start);
  weeg_free(list->segment);
  *list = (segment_list){0};
}
