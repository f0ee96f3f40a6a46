/* Contrasts of the proportions of groups: named ones, and the slope over groups in order. */
#include <math.h>

#include "base/memory.h"
#include "tally/places.h"
#include "weeg.h"

/* A sum with what rounding took from it: Knuth's two-sum. */
typedef struct exactly {
  double high, low;
} exactly;

static void add(exactly *sum, double x) {
  const double high = sum->high + x, of_x = high - sum->high;
  sum->low += (sum->high - (high - of_x)) + (x - of_x);
  sum->high = high;
}

/* Beyond these a coefficient's square, times a variance, has no digits or is infinite. */
static const double smallest = 1e-100, largest = 1e100;

/*
 * The slope of the least-squares line through the proportions of groups with rows: coef = (x - m) / sum (x - m)^2, x their scores
 * with mean m; 0 for the others.
 */
static weeg_status find_trend(const double *score, const int64_t *n, int32_t groups, double *coef, weeg_error *err) {
  exactly sum = {0, 0}, size = {0, 0};
  double count = 0, least = INFINITY, most = -INFINITY;
  for (int32_t g = 0; g < groups; g++) {
    if (n[g] == 0) continue;
    add(&sum, score[g]);
    count++;
    least = fmin(least, score[g]);
    most = fmax(most, score[g]);
  }
  if (count < 2) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "there are fewer than two groups with data: no trend");
  const double about = sum.high / count, mean = about + (fma(-about, count, sum.high) + sum.low) / count;
  for (int32_t g = 0; g < groups; g++) {
    coef[g] = n[g] == 0 ? 0 : score[g] - mean;
    add(&size, coef[g] * coef[g]);
  }
  if (!(size.high >= smallest * smallest && size.high <= largest * largest)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1,
                     "a trend needs levels that are numbers, %g to %g apart, but they are from %g to %g", smallest, largest,
                     least, most);
  }
  for (int32_t g = 0; g < groups; g++) coef[g] /= size.high + size.low;
  return WEEG_OK;
}

static weeg_status check_contrast(const double *coef, int32_t groups, int32_t number, weeg_error *err) {
  exactly sum = {0, 0};
  double most = 0;
  for (int32_t g = 0; g < groups; g++) {
    if (!isfinite(coef[g])) return weeg_fail(err, WEEG_ERR_ARGUMENT, number, "has coefficients that are not finite");
    add(&sum, coef[g]);
    most = fmax(most, fabs(coef[g]));
  }
  if (most == 0) return weeg_fail(err, WEEG_ERR_ARGUMENT, number, "has coefficients that are all 0");
  if (most < smallest || most > largest) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, number, "has %g as its largest coefficient: multiply all, to between %g and %g",
                     most, smallest, largest);
  }
  if (fabs(sum.high) <= 1e-8 * most) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_ARGUMENT, number, "has coefficients that sum to %.7g, not to 0", sum.high);
}

/* The coefficients that are not 0, as functions of sets of one group each. */
typedef struct functions {
  int64_t *set_start, *start; /* [groups + 1], [contrasts + 1] */
  int32_t *group, *set;       /* [groups], [contrasts * groups] */
  double *coef;               /* [contrasts * groups] */
} functions;

static weeg_status make_functions(functions *f, const double *coef, int32_t contrasts, int32_t groups, const int64_t *group_n,
                                  int64_t *n, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(f->set_start, (int64_t)groups + 1);
  WEEG_NEW(f->group, groups);
  WEEG_NEW(f->start, (int64_t)contrasts + 1);
  WEEG_NEW(f->set, (int64_t)contrasts * groups);
  WEEG_NEW(f->coef, (int64_t)contrasts * groups);
  for (int32_t g = 0; g < groups; g++) {
    f->set_start[g + 1] = g + 1;
    f->group[g] = g;
  }
  for (int32_t i = 0; i < contrasts; i++) {
    int64_t used = f->start[i];
    n[i] = 0;
    for (int32_t g = 0; g < groups; g++) {
      const double x = coef[(int64_t)i * groups + g];
      if (x == 0) continue;
      f->set[used] = g;
      f->coef[used++] = x;
      n[i] += group_n[g];
    }
    f->start[i + 1] = used;
  }
cleanup:
  return status;
}

static void clear_functions(functions *f) {
  weeg_free(f->set_start);
  weeg_free(f->start);
  weeg_free(f->group);
  weeg_free(f->set);
  weeg_free(f->coef);
}

/* Rows with an answer in each group: n[groups]. */
static void count_groups(const weeg_tally *tally, const weeg_places *places, int64_t *n) {
  for (int64_t e = 0; e < tally->entries; e++) {
    const int32_t c = tally->cell[e];
    if (weeg_i_in_table(places, c)) n[weeg_i_group_of(places, c)] += tally->n[e];
  }
}

weeg_status weeg_compare_contrasts(const weeg_survey *survey, const weeg_places *places, const weeg_coefficients *what,
                                   int64_t *n, weeg_contrast *contrasts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = weeg_i_groups(places), count = what->coef == NULL ? 1 : what->contrasts;
  const double *coef = what->coef;
  functions f = {.set_start = NULL};
  int64_t *group_n = NULL;
  double *trend = NULL;
  WEEG_TRY(weeg_i_check_places(survey->tally, places, err));
  WEEG_NEW(group_n, groups);
  count_groups(survey->tally, places, group_n);
  if (coef == NULL) {
    WEEG_NEW(trend, groups);
    WEEG_TRY(find_trend(what->score, group_n, groups, trend, err));
    coef = trend;
  }
  for (int32_t i = 0; i < what->contrasts && what->coef != NULL; i++) {
    WEEG_TRY(check_contrast(&coef[(int64_t)i * groups], groups, i, err));
  }
  WEEG_TRY(make_functions(&f, coef, count, groups, group_n, n, err));
  const weeg_sets sets = {places, groups, f.set_start, f.group, what->measure};
  const weeg_combinations of = {.outputs = count, .start = f.start, .set = f.set, .coef = f.coef, .level = what->level};
  WEEG_TRY(weeg_combine_sets(survey, &sets, &of, contrasts, err));
cleanup:
  clear_functions(&f);
  weeg_free(group_n);
  weeg_free(trend);
  return status;
}
