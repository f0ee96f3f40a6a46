/* Tables of a book: figures, tests and comparisons of many tables, on several threads. */
#include <math.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "math/student.h"
#include "tally/places.h"
#include "variance/prepared.h"
#include "weeg.h"

/* Of a table that is left to the calling thread, which asks whether to go on while it works on it. */
enum { MANY_GROUPS = 64 };

/* The groups in column k. */
static const int32_t *members_of(const weeg_book_table *t, int32_t k, int64_t *count) {
  const int64_t from = t->columns == NULL ? 0 : t->columns->start[k];
  *count = t->columns == NULL ? 1 : t->columns->start[k + 1] - from;
  return t->columns == NULL ? NULL : t->columns->group + from;
}

/* The columns that are compared as sets of groups: start[compared + 1], *group. */
static weeg_status sets_of(const weeg_book_table *t, int64_t *start, int32_t **group, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t count = 0;
  for (int32_t a = 0; a < t->compared; a++) {
    (void)members_of(t, t->group[a], &count);
    start[a + 1] = start[a] + count;
  }
  WEEG_NEW(*group, start[t->compared] + 1);
  for (int32_t a = 0; a < t->compared; a++) {
    const int32_t *member = members_of(t, t->group[a], &count);
    for (int64_t i = 0; i < count; i++) (*group)[start[a] + i] = member == NULL ? t->group[a] : member[i];
  }
cleanup:
  return status;
}

static weeg_status compare(const weeg_survey *survey, const weeg_book_table *t, double level, weeg_error *err) {
  weeg_status status = WEEG_OK;
  static const weeg_measure difference = WEEG_DIFFERENCE;
  const int32_t count = t->compared;
  int32_t *first = NULL, *second = NULL, *group = NULL, pairs = 0;
  int64_t *start = NULL;
  WEEG_NEW(first, (int64_t)count * count);
  WEEG_NEW(second, (int64_t)count * count);
  WEEG_NEW(start, (int64_t)count + 1);
  WEEG_TRY(sets_of(t, start, &group, err));
  for (int32_t a = 0; a < count; a++) {
    for (int32_t b = a + 1; b < count; b++) {
      first[pairs] = a;
      second[pairs++] = b;
    }
  }
  const weeg_sets sets = {&t->places, count, start, group, t->measure};
  const weeg_comparison what = {
      .first = first, .second = second, .pairs = pairs, .measure = &difference, .measures = 1, .level = level};
  WEEG_TRY(weeg_set_proportions(survey, &sets, t->n, t->estimate, err));
  WEEG_TRY(weeg_compare_sets(survey, &sets, &what, t->contrasts, err));
cleanup:
  weeg_free(first);
  weeg_free(second);
  weeg_free(group);
  weeg_free(start);
  return status;
}

/* Of the groups of places, which are the columns from `column` on. */
static weeg_status figures(const weeg_survey *survey, const weeg_book *book, const weeg_book_table *t, const weeg_places *places,
                           int32_t column, weeg_error *err) {
  if (t->measure == 0) return weeg_shares(survey, places, &book->interval, t->shares + (int64_t)column * places->answers, err);
  const weeg_mean_choice choice = {t->measure - 1, book->interval.level, WEEG_FIGURE_MEAN, 0};
  return weeg_means(survey, places, &choice, t->means + column, err);
}

static weeg_status fill_columns(const weeg_survey *survey, const weeg_book *book, const weeg_book_table *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint8_t *inside = NULL;
  int32_t *group = NULL;
  const int32_t cells = survey->tally->cells;
  WEEG_NEW(inside, (int64_t)t->places.groups + 1);
  WEEG_NEW(group, (int64_t)cells + 1);
  for (int32_t k = 0; k < t->columns->sets; k++) {
    int64_t count = 0;
    const int32_t *member = members_of(t, k, &count);
    for (int32_t g = 0; g < t->places.groups; g++) inside[g] = 0;
    for (int64_t i = 0; i < count; i++) inside[member[i]] = 1;
    for (int32_t c = 0; c < cells; c++) group[c] = t->places.group[c] >= 0 && inside[t->places.group[c]] ? 0 : -1;
    weeg_places places = t->places;
    places.group = group;
    places.groups = 1;
    WEEG_TRY(figures(survey, book, t, &places, k, err));
  }
cleanup:
  weeg_free(inside);
  weeg_free(group);
  return status;
}

static weeg_status test(const weeg_survey *survey, const weeg_book *book, const weeg_book_table *t, weeg_error *err) {
  if (t->columns != NULL) {
    *t->test = (weeg_test){.statistic = NAN, .df1 = NAN, .df2 = NAN, .p_value = NAN, .chisq = NAN, .delta_mean = NAN,
                           .cramers_v = NAN, .n = -1, .df = -1, .reason = WEEG_REASON_OVERLAPPING};
    return WEEG_OK;
  }
  if (t->measure > 0) return weeg_test_means(survey, &t->places, t->measure, t->test, err);
  return weeg_test_independence(survey, &t->places, &book->test, t->test, err);
}

static weeg_status fill(const weeg_survey *of, const weeg_book *book, const weeg_book_table *t, students *known,
                        weeg_error *err) {
  weeg_status status = WEEG_OK;
  prepared_tally p = {0};
  weeg_survey own = *of;
  /* sums of weights by PSU, which figures of measures do not use */
  if (t->measure == 0) {
    WEEG_TRY(weeg_i_prepare(&p, of, err));
    p.made.students = known;
    own.tally = &p.tally;
  }
  if (t->columns == NULL) WEEG_TRY(figures(&own, book, t, &t->places, 0, err));
  else WEEG_TRY(fill_columns(&own, book, t, err));
  if (t->test != NULL) WEEG_TRY(test(&own, book, t, err));
  if (t->compared > 1) WEEG_TRY(compare(&own, t, book->interval.level, err));
cleanup:
  weeg_i_prepared_clear(&p);
  return status;
}

typedef struct filling {
  const weeg_book *book;
  weeg_error *errors; /* [tables] */
  students *known;    /* [threads] */
} filling;

static bool is_large(const weeg_book_table *t) { return weeg_i_groups(&t->places) > MANY_GROUPS; }

/* The caller's interrupt is asked between tables, as it may not be on other threads. */
static weeg_status fill_small(void *ctx, int thread, int64_t from, int64_t to) {
  weeg_status status = WEEG_OK;
  const filling *f = ctx;
  for (int64_t i = from; i < to && status == WEEG_OK; i++) {
    const weeg_book_table *t = &f->book->tables[i];
    if (is_large(t)) continue;
    weeg_design design = *t->survey->design;
    design.hooks = NULL;
    status = fill(&(weeg_survey){t->survey->tally, &design}, f->book, t, &f->known[thread], &f->errors[i]);
  }
  return status;
}

weeg_status weeg_fill_book(const weeg_book *book, const weeg_hooks *hooks, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_error *errors = NULL;
  students *known = NULL;
  int64_t failed = 0;
  const int threads = hooks == NULL || hooks->threads < 1 ? 1 : hooks->threads < book->count ? hooks->threads : book->count;
  WEEG_NEW(errors, book->count);
  WEEG_NEW(known, (int64_t)threads + 1);
  status = weeg_i_for_items(book->count, threads, hooks, fill_small, &(filling){book, errors, known});
  /* tables are begun in their order: that of the first failure is the same for any number of threads */
  while (failed < book->count && errors[failed].code == WEEG_OK) failed++;
  if (status == WEEG_ERR_INTERRUPTED || (status != WEEG_OK && failed == book->count)) {
    status = weeg_fail(err, status, -1, status == WEEG_ERR_INTERRUPTED ? "stopped by the caller" : "not enough memory");
  } else if (status != WEEG_OK) {
    if (err != NULL) *err = errors[failed];
    status = errors[failed].code;
  }
  for (int64_t i = 0; i < book->count && status == WEEG_OK; i++) {
    if (is_large(&book->tables[i])) status = fill(book->tables[i].survey, book, &book->tables[i], known, err);
  }
cleanup:
  weeg_free(errors);
  weeg_free(known);
  return status;
}
