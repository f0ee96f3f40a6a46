/*
 * One table whose small counts are not shown: what is hidden besides, so that nothing that is shown tells them. The argument
 * stands with weeg_suppress() in weeg.h.
 */
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "weeg.h"

/* A table of rows: the groups that are shown, and one for all that are not. */
typedef struct table {
  int32_t rows, answers;
  int64_t threshold;
  const int64_t *n;      /* [groups * answers] as it was given */
  int64_t *m, *total;    /* [rows * answers], [answers] */
  int32_t *row;          /* [groups] -1: nobody is in it */
  uint8_t *hidden, *rare; /* [rows] whether they are in U; [answers] whether the table without groups hides them */
  uint8_t *answer;       /* [answers] whether they are in S: the caller's */
} table;

static int64_t size_of(const table *t, int32_t g) {
  int64_t sum = 0;
  for (int32_t a = 0; a < t->answers; a++) sum += t->n[(int64_t)g * t->answers + a];
  return sum;
}

/* Hides the small groups, with those of fewest respondents that they need. */
static weeg_status hide_groups(const table *t, int32_t groups, uint8_t *group, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *size = NULL, sum = 0, count = 0;
  WEEG_NEW(size, groups + (int64_t)1);
  for (int32_t g = 0; g < groups; g++) {
    size[g] = size_of(t, g);
    group[g] = size[g] > 0 && size[g] < t->threshold;
    count += group[g];
    sum += group[g] ? size[g] : 0;
  }
  while (count > 0 && (count < 2 || sum < t->threshold + count - 1)) {
    int32_t least = -1;
    for (int32_t g = 0; g < groups; g++) {
      if (!group[g] && size[g] > 0 && (least < 0 || size[g] < size[least])) least = g;
    }
    if (least < 0) break;
    group[least] = 1;
    sum += size[least];
    count++;
  }
cleanup:
  weeg_free(size);
  return status;
}

/* The rows of the table, those of hidden groups as one. */
static void fill_rows(table *t, int32_t groups, const uint8_t *group) {
  int32_t one = -1;
  for (int32_t g = 0; g < groups; g++) {
    t->row[g] = -1;
    if (size_of(t, g) == 0) continue;
    if (group[g] && one < 0) one = t->rows++;
    t->row[g] = group[g] ? one : t->rows++;
    for (int32_t a = 0; a < t->answers; a++) {
      const int64_t n = t->n[(int64_t)g * t->answers + a];
      t->m[(int64_t)t->row[g] * t->answers + a] += n;
      t->total[a] += n;
    }
  }
}

/* The answer that fewest gave, of those that are not marked; -1: there is none. */
static int32_t rarest(const table *t, const uint8_t *marked) {
  int32_t least = -1;
  for (int32_t a = 0; a < t->answers; a++) {
    if (!marked[a] && (least < 0 || t->total[a] < t->total[least])) least = a;
  }
  return least;
}

/* Respondents of a row with marked answers. */
static int64_t within(const int64_t *row, int32_t answers, const uint8_t *marked) {
  int64_t sum = 0;
  for (int32_t a = 0; a < answers; a++) sum += marked[a] ? row[a] : 0;
  return sum;
}

/* Answers that the table without groups hides. */
static void find_rare(table *t) {
  int32_t count = 0, more = 0;
  for (int32_t a = 0; a < t->answers; a++) count += t->rare[a] = t->total[a] < t->threshold;
  while (count > 0 && (count < 2 || within(t->total, t->answers, t->rare) < t->threshold)) {
    more = rarest(t, t->rare);
    if (more < 0) break;
    t->rare[more] = 1;
    count++;
  }
  memcpy(t->answer, t->rare, (size_t)t->answers * sizeof *t->rare);
}

/* Whether S is too small for the rows that are in U. */
static bool needs_answer(const table *t) {
  int32_t count = 0, rows = 0;
  bool needs = false;
  for (int32_t a = 0; a < t->answers; a++) count += t->answer[a];
  for (int32_t r = 0; r < t->rows; r++) {
    if (!t->hidden[r]) continue;
    rows++;
    needs = needs || within(t->m + (int64_t)r * t->answers, t->answers, t->answer) < t->threshold;
  }
  return rows > 0 && (count < 2 || needs);
}

/* Whether U is too small for the answers that are in S. */
static bool needs_row(const table *t) {
  int32_t rows = 0;
  bool needs = false;
  for (int32_t r = 0; r < t->rows; r++) rows += t->hidden[r];
  for (int32_t a = 0; a < t->answers; a++) {
    int64_t sum = 0;
    if (!t->answer[a] || t->rare[a]) continue;
    for (int32_t r = 0; r < t->rows; r++) sum += t->hidden[r] ? t->m[(int64_t)r * t->answers + a] : 0;
    needs = needs || sum < t->threshold;
  }
  return rows > 0 && (rows < 2 || needs);
}

/* The row outside U that has fewest respondents with answers of S; -1: there is none. */
static int32_t cheapest_row(const table *t) {
  int32_t best = -1;
  int64_t least = 0;
  for (int32_t r = 0; r < t->rows; r++) {
    const int64_t own = within(t->m + (int64_t)r * t->answers, t->answers, t->answer);
    if (t->hidden[r] || (best >= 0 && own >= least)) continue;
    best = r;
    least = own;
  }
  return best;
}

/* Finds U and S. Rows that are added have no small cell, so that S is not too small for them. */
static void find_cells(table *t) {
  find_rare(t);
  for (int32_t r = 0; r < t->rows; r++) {
    for (int32_t a = 0; a < t->answers; a++) {
      if (t->m[(int64_t)r * t->answers + a] < t->threshold) t->hidden[r] = t->answer[a] = 1;
    }
  }
  for (;;) {
    const int32_t answer = needs_answer(t) ? rarest(t, t->answer) : -1;
    const int32_t row = answer < 0 && needs_row(t) ? cheapest_row(t) : -1;
    if (answer >= 0) t->answer[answer] = 1;
    else if (row >= 0) t->hidden[row] = 1;
    else return;
  }
}

static weeg_status check_counts(const int64_t *n, int32_t groups, int32_t answers, int64_t threshold, weeg_error *err) {
  int64_t sum = 0;
  if (groups < 0 || answers < 0 || threshold < 2) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the threshold must be 2 or more");
  }
  for (int64_t i = 0; i < (int64_t)groups * answers; i++) {
    if (n[i] < 0 || n[i] > INT64_MAX / 4 - sum) return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "a count is negative or too large");
    sum += n[i];
  }
  return WEEG_OK;
}

weeg_status weeg_suppress(const int64_t *n, const weeg_suppressed *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = to->groups, answers = to->answers;
  const int64_t threshold = to->threshold;
  table t = {.answers = answers, .threshold = threshold, .n = n, .answer = to->answer};
  int64_t all = 0;
  WEEG_TRY(check_counts(n, groups, answers, threshold, err));
  WEEG_NEW(t.m, (int64_t)groups * answers + 1);
  WEEG_NEW(t.total, answers + (int64_t)1);
  WEEG_NEW(t.row, groups + (int64_t)1);
  WEEG_NEW(t.hidden, groups + (int64_t)1);
  WEEG_NEW(t.rare, answers + (int64_t)1);
  memset(to->answer, 0, (size_t)answers);
  WEEG_TRY(hide_groups(&t, groups, to->group, err));
  fill_rows(&t, groups, to->group);
  for (int32_t a = 0; a < answers; a++) all += t.total[a];
  if (all < threshold) { /* of groups and answers, whatever there is */
    memset(to->group, 1, (size_t)groups);
    memset(to->answer, 1, (size_t)answers);
  } else {
    find_cells(&t);
  }
  for (int32_t g = 0; g < groups; g++) {
    for (int32_t a = 0; a < answers; a++) {
      const bool row_hidden = t.row[g] >= 0 && t.hidden[t.row[g]];
      to->cell[(int64_t)g * answers + a] = to->group[g] || (row_hidden && to->answer[a]);
    }
  }
cleanup:
  weeg_free(t.m);
  weeg_free(t.total);
  weeg_free(t.row);
  weeg_free(t.hidden);
  weeg_free(t.rare);
  return status;
}
