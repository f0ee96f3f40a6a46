/* Tables of a book: figures, tests and comparisons of many tables, on several threads. */
#include "base/memory.h"
#include "base/parallel.h"
#include "math/student.h"
#include "tally/places.h"
#include "variance/prepared.h"
#include "weeg.h"

/* Of a table that is left to the calling thread, which asks whether to go on while it works on it. */
enum { MANY_GROUPS = 64 };

static weeg_status compare(const weeg_survey *survey, const weeg_book_table *t, double level, weeg_error *err) {
  weeg_status status = WEEG_OK;
  static const weeg_measure difference = WEEG_DIFFERENCE;
  const int32_t count = t->compared;
  int32_t *first = NULL, *second = NULL, pairs = 0;
  int64_t *start = NULL;
  WEEG_NEW(first, (int64_t)count * count);
  WEEG_NEW(second, (int64_t)count * count);
  WEEG_NEW(start, (int64_t)count + 1);
  for (int32_t a = 0; a <= count; a++) start[a] = a;
  for (int32_t a = 0; a < count; a++) {
    for (int32_t b = a + 1; b < count; b++) {
      first[pairs] = a;
      second[pairs++] = b;
    }
  }
  const weeg_sets sets = {&t->places, count, start, t->group, 0};
  const weeg_comparison what = {
      .first = first, .second = second, .pairs = pairs, .measure = &difference, .measures = 1, .level = level};
  WEEG_TRY(weeg_set_proportions(survey, &sets, t->n, t->estimate, err));
  WEEG_TRY(weeg_compare_sets(survey, &sets, &what, t->contrasts, err));
cleanup:
  weeg_free(first);
  weeg_free(second);
  weeg_free(start);
  return status;
}

static weeg_status fill(const weeg_survey *of, const weeg_book *book, const weeg_book_table *t, students *known,
                        weeg_error *err) {
  weeg_status status = WEEG_OK;
  prepared_tally p = {0};
  const weeg_survey own = {&p.tally, of->design}, *survey = &own;
  WEEG_TRY(weeg_i_prepare(&p, of, err));
  p.made.students = known;
  WEEG_TRY(weeg_shares(survey, &t->places, &book->interval, t->shares, err));
  if (t->test != NULL) WEEG_TRY(weeg_test_independence(survey, &t->places, &book->test, t->test, err));
  if (t->compared > 1) WEEG_TRY(compare(survey, t, book->interval.level, err));
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
