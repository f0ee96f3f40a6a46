#include "scores.h"

#include "memory.h"

/* 2^25 terms take 400 MB: more is a table that nobody reads. */
static const int64_t MAX_TERMS = (int64_t)1 << 25;

weeg_status weeg_scores_new(score_list *list, int32_t cells, int32_t outputs, int64_t terms, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *list = (score_list){0};
  if (terms < 0 || terms > MAX_TERMS) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "too many levels: the variances need more than %lld terms",
                     (long long)MAX_TERMS);
  }
  WEEG_NEW(list->start, (int64_t)cells + 1);
  WEEG_NEW(list->index, terms);
  WEEG_NEW(list->coef, terms);
  list->scores = (weeg_scores){.cells = cells, .outputs = outputs, .start = list->start, .index = list->index,
                               .coef = list->coef};
cleanup:
  if (status != WEEG_OK) weeg_scores_clear(list);
  return status;
}

void weeg_scores_add(score_list *list, int32_t output, double coef) {
  list->index[list->used] = output;
  list->coef[list->used++] = coef;
}

void weeg_scores_close(score_list *list, int32_t cell) { list->start[cell + 1] = list->used; }

weeg_status weeg_scores_ratio(score_list *list, int32_t bases, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(list->cell_base, list->scores.cells);
  WEEG_NEW(list->output_base, list->scores.outputs);
  list->scores.bases = bases;
  list->scores.cell_base = list->cell_base;
  list->scores.output_base = list->output_base;
cleanup:
  return status;
}

void weeg_scores_clear(score_list *list) {
  weeg_free(list->cell_base);
  weeg_free(list->output_base);
  weeg_free(list->start);
  weeg_free(list->index);
  weeg_free(list->coef);
  *list = (score_list){0};
}
