/* Quantiles within groups, with limits from intervals of shares. */
#include <math.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "stats/ranked.h"
#include "tally/places.h"
#include "weeg.h"

static const double SAME_SHARE = 1e-12;

/*
 * Where the intervals of shares come from: of a tally, its cells; where these can be summed, a tally of what is at most a value
 * of each group, and what is not; and of rows, such a tally, made by another pass.
 */
typedef struct inverter {
  const weeg_survey *survey;    /* or NULL: */
  const weeg_survey_rows *rows;
  const weeg_design *design;
  int32_t cells;
  const weeg_places *places;
  const weeg_quantile_choice *choice;
  ranked o;
  bool summed;       /* whether there is a tally for each question: not with replicates and calibration */
  int32_t *group;    /* [cells], or of rows [rows]; -1: in none */
  uint8_t *byte;     /* [rows] cells of that tally, from 1; or, where these are many, */
  int32_t *number;   /* [rows] */
  double *most;      /* [groups] of rows: the values of a group that are at or below; NaN: none */
  int32_t *rank;     /* [cells] of a cell's value among those of its group, from 0; -1: has none */
  int32_t *cell;     /* [cells] as the question has them */
  int32_t *small_group, *small_answer; /* [3 groups + 1] of summed cells */
  int32_t *at;       /* [groups] the question: how many of a group's values are at or below */
  weeg_share *share; /* [2 groups] the answer; of the rows at or below, and of the others */
} inverter;

/* What a cell has. */
typedef struct cell_sum {
  int64_t n;
  weeg_sum w;
} cell_sum;

/* The place of a cell in the order of groups and values; -1: it has no rows, or is in none. */
static int64_t place_of(const inverter *v, const cell_sum *sums, int32_t c) {
  const int64_t k = weeg_i_answer_of(v->places, c), g = v->group[c];
  return k < 0 || g < 0 || sums[c].n == 0 ? -1 : g * weeg_i_answers_of(v->places) + k;
}

/* sorted[count] gets the cells that have rows, a group and a value, by group and then value; start[g] where group g begins. */
static weeg_status sort_cells(const inverter *v, const cell_sum *sums, int32_t *sorted, int64_t *start, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t answers = weeg_i_answers_of(v->places);
  int64_t *first = NULL;
  int32_t *by_answer = NULL;
  WEEG_NEW(first, (int64_t)answers + 1);
  WEEG_NEW(by_answer, v->cells);
  for (int32_t c = 0; c < v->cells; c++) {
    if (place_of(v, sums, c) < 0) continue;
    first[weeg_i_answer_of(v->places, c) + 1]++;
    start[v->group[c] + 1]++;
  }
  for (int32_t k = 0; k < answers; k++) first[k + 1] += first[k];
  for (int32_t g = 0; g < v->o.groups; g++) start[g + 1] += start[g];
  const int64_t count = first[answers];
  for (int32_t c = 0; c < v->cells; c++) {
    if (place_of(v, sums, c) >= 0) by_answer[first[weeg_i_answer_of(v->places, c)]++] = c;
  }
  for (int64_t i = 0; i < count; i++) sorted[start[v->group[by_answer[i]]]++] = by_answer[i];
  for (int32_t g = v->o.groups; g > 0; g--) start[g] = start[g - 1];
  start[0] = 0;
cleanup:
  weeg_free(first);
  weeg_free(by_answer);
  return status;
}

/* The values of a group, of its sorted cells. */
static void order_group(inverter *v, int32_t g, const int32_t *sorted, const cell_sum *sums, int scale) {
  ranked *o = &v->o;
  weeg_step *step = o->step + o->start[g];
  int64_t *n = o->n + o->start[g];
  weeg_sum sum = {0};
  int32_t at = -1;
  for (int64_t i = o->start[g]; i < o->start[g + 1]; i++) {
    const int32_t c = sorted[i];
    const double value = v->choice->value[weeg_i_answer_of(v->places, c)];
    if (at < 0 || value != step[at].value) step[++at].value = value;
    weeg_i_sum_add(&sum, sums[c].w);
    n[at] += sums[c].n;
    step[at].upto = weeg_sum_value(sum, scale);
    v->rank[c] = at;
    o->group_n[g] += sums[c].n;
  }
  o->group_w[g] = weeg_sum_value(sum, scale);
  o->values[g] = at + 1;
}

static weeg_status order_cells(inverter *v, weeg_error *err) {
  weeg_status status = WEEG_OK;
  ranked *o = &v->o;
  const weeg_tally *t = v->survey->tally;
  int32_t *sorted = NULL;
  cell_sum *sums = NULL;
  WEEG_NEW(sorted, v->cells);
  WEEG_NEW(sums, v->cells);
  for (int64_t i = 0; i < t->entries; i++) {
    sums[t->cell[i]].n += t->n[i];
    weeg_i_sum_add(&sums[t->cell[i]].w, t->w[i]);
  }
  WEEG_NEW(o->start, (int64_t)o->groups + 1);
  WEEG_TRY(sort_cells(v, sums, sorted, o->start, err));
  WEEG_NEW(o->values, o->groups);
  WEEG_NEW(o->step, o->start[o->groups]);
  WEEG_NEW(o->n, o->start[o->groups]);
  WEEG_NEW(o->group_n, o->groups);
  WEEG_NEW(o->group_w, o->groups);
  WEEG_NEW(v->rank, v->cells);
  for (int32_t c = 0; c < v->cells; c++) v->rank[c] = -1;
  for (int32_t g = 0; g < o->groups; g++) order_group(v, g, sorted, sums, t->scale);
cleanup:
  weeg_free(sorted);
  weeg_free(sums);
  return status;
}

/* The positions of the rules need to know how many rows have a value. */
static weeg_status order_values(inverter *v, weeg_error *err) {
  if (v->rows == NULL) return order_cells(v, err);
  return weeg_i_rank_rows(v->rows, v->places, v->choice->value, v->choice->rule > WEEG_QUANTILE_SCHOOL, v->group, &v->o, err);
}

/* ---- the quantile of a share ---- */

/* Of the k-th value of a group, from 0. */
static double value_of(const inverter *v, int32_t g, int32_t k) { return v->o.step[v->o.start[g] + k].value; }

static int32_t values_of(const inverter *v, int32_t g) { return v->o.values[g]; }

/* How many of a group's values have a share F below p; SAME_SHARE is no difference. */
static int32_t count_below(const inverter *v, int32_t g, double p) {
  const weeg_step *step = v->o.step + v->o.start[g];
  int32_t low = 0, high = values_of(v, g);
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (step[middle].upto / v->o.group_w[g] < p - SAME_SHARE) low = middle + 1; else high = middle;
  }
  return low;
}

static double between(double a, double b, double part) { return part <= 0 ? a : part >= 1 ? b : (1 - part) * a + part * b; }

/* Of all rows with a value. */
static double weight_of(const ranked *o, int32_t g, int64_t at) {
  return o->step[at].upto - (at > o->start[g] ? o->step[at - 1].upto : 0);
}

/* Where the first and the last row of the k-th value are, by definitions 4 to 9 of Hyndman and Fan (1996). */
static void position(const inverter *v, int32_t g, int32_t k, double *first, double *last) {
  static const double forms[][2] = { /* weight of a row that counts as below it; of the last row, in the sum of all */
      [WEEG_QUANTILE_HF4] = {1, 0},       [WEEG_QUANTILE_HF5] = {0.5, 0},         [WEEG_QUANTILE_HF6] = {1, 1},
      [WEEG_QUANTILE_HF7] = {0, -1},      [WEEG_QUANTILE_HF8] = {2.0 / 3, 1.0 / 3}, [WEEG_QUANTILE_HF9] = {0.625, 0.25}};
  const ranked *o = &v->o;
  const double *form = forms[v->choice->rule];
  const int64_t at = o->start[g] + k, end = o->start[g] + o->values[g] - 1;
  const double w = weight_of(o, g, at) / (double)o->n[at];
  const double all = o->group_w[g] + form[1] * weight_of(o, g, end) / (double)o->n[end];
  *first = (o->step[at].upto - weight_of(o, g, at) + form[0] * w) / all;
  *last = (o->step[at].upto - w + form[0] * w) / all;
}

static double interpolate(const inverter *v, int32_t g, double p) {
  int32_t low = 0, high = values_of(v, g);
  double first, last, before;
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    position(v, g, middle, &first, &last);
    if (last < p - SAME_SHARE) low = middle + 1; else high = middle;
  }
  if (low == values_of(v, g)) return value_of(v, g, low - 1);
  position(v, g, low, &first, &last);
  if (low == 0 || p >= first - SAME_SHARE) return value_of(v, g, low);
  position(v, g, low - 1, &last, &before);
  return between(value_of(v, g, low - 1), value_of(v, g, low), (p - before) / (first - before));
}

/* The quantile of a group that has rows. */
static double quantile_of(const inverter *v, int32_t g, double p) {
  const int32_t values = values_of(v, g);
  if (v->o.group_n[g] == 1) return value_of(v, g, 0);
  if (v->choice->rule > WEEG_QUANTILE_SCHOOL) return interpolate(v, g, p);
  const int32_t below = count_below(v, g, p), k = below < values ? below : values - 1;
  const bool at = fabs(v->o.step[v->o.start[g] + k].upto / v->o.group_w[g] - p) <= SAME_SHARE;
  if (v->choice->rule == WEEG_QUANTILE_MATH || !at || k + 1 == values) return value_of(v, g, k);
  return between(value_of(v, g, k), value_of(v, g, k + 1), 0.5);
}

/* How many of a group's values are at or below x. */
static int32_t count_upto(const inverter *v, int32_t g, double x) {
  int32_t low = 0, high = values_of(v, g);
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (value_of(v, g, middle) <= x) low = middle + 1; else high = middle;
  }
  return low;
}

/* ---- shares of the rows at or below a value ---- */

static weeg_status prepare(inverter *v, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = v->o.groups;
  v->summed = v->design->calibration == NULL && v->design->replicates == NULL && groups < INT32_MAX / 4;
  if (v->rows != NULL && !v->summed) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "with replicates or calibration, quantiles are made of a tally");
  }
  const int64_t rows = v->rows == NULL ? 0 : v->rows->rows->rows;
  WEEG_NEW(v->group, v->rows != NULL ? rows : v->cells);
  for (int32_t c = 0; c < v->cells && v->rows == NULL; c++) v->group[c] = weeg_i_group_of(v->places, c);
  if (v->rows == NULL) WEEG_NEW(v->cell, v->cells);
  if (v->rows != NULL) WEEG_NEW(v->most, groups);
  WEEG_NEW(v->at, groups);
  WEEG_NEW(v->share, 2 * (int64_t)groups);
  WEEG_NEW(v->small_group, v->summed ? 3 * (int64_t)groups + 1 : 0);
  WEEG_NEW(v->small_answer, v->summed ? 3 * (int64_t)groups + 1 : 0);
  for (int32_t i = 0; i <= 3 * groups && v->summed; i++) {
    v->small_group[i] = i < 3 * groups ? i / 3 : -1;
    v->small_answer[i] = i < 3 * groups && i % 3 < 2 ? i % 3 : -1;
  }
  if (v->rows != NULL && 3 * groups < UINT8_MAX) WEEG_NEW(v->byte, rows);
  if (v->rows != NULL && v->byte == NULL) WEEG_NEW(v->number, rows);
cleanup:
  return status;
}

/* Where rows are in the tally of a question, as it has them from 1. */
static weeg_status place_rows(void *ctx, int thread, int64_t from, int64_t to) {
  const inverter *v = ctx;
  const double *value = v->choice->value;
  (void)thread;
  for (int64_t i = from; i < to; i++) {
    const int32_t g = v->group[i];
    const int32_t answer = isnan(value[i]) ? 2 : g >= 0 && value[i] <= v->most[g] ? 0 : 1;
    const int32_t cell = 1 + 3 * (g < 0 ? v->o.groups : g) + (g < 0 ? 0 : answer);
    if (v->byte != NULL) v->byte[i] = (uint8_t)cell; else v->number[i] = cell;
  }
  return WEEG_OK;
}

/* The tally of the question, by another pass over the rows. */
static weeg_status tally_rows(inverter *v, weeg_tally **small, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_rows rows = *v->rows->rows;
  const weeg_column column = {v->byte != NULL ? (const void *)v->byte : v->number,
                              v->byte != NULL ? WEEG_CODE_U8 : WEEG_CODE_I32, 3 * v->o.groups};
  for (int32_t g = 0; g < v->o.groups; g++) v->most[g] = v->at[g] == 0 ? NAN : value_of(v, g, v->at[g] - 1);
  status = weeg_i_for_rows(rows.rows, weeg_i_threads(v->rows->hooks, rows.rows), v->rows->hooks, place_rows, v);
  if (status != WEEG_OK) return weeg_fail(err, status, -1, "stopped by the caller");
  rows.columns = &column;
  rows.count = 1;
  return weeg_tally_build(&rows, v->rows->hooks, small, err);
}

/* The shares of all groups. Rows without a value stay in their group, as degrees of freedom count them. */
static weeg_status ask(inverter *v, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = v->o.groups;
  weeg_tally *small = NULL;
  for (int32_t c = 0; c < v->cells && v->rows == NULL; c++) {
    const int32_t g = v->group[c], answer = v->rank[c] < 0 ? -1 : v->rank[c] >= v->at[g];
    v->cell[c] = !v->summed ? answer : g < 0 ? 3 * groups : 3 * g + (answer < 0 ? 2 : answer);
  }
  if (v->summed) {
    const weeg_places places = {.group = v->small_group, .groups = groups, .answer = v->small_answer, .answers = 2};
    if (v->rows != NULL) {
      WEEG_TRY(tally_rows(v, &small, err));
    } else {
      const weeg_tally *t = v->survey->tally;
      WEEG_TRY(weeg_tally_merge(&(weeg_summand){.tally = t, .cell = v->cell}, NULL, t->units, 3 * groups + 1, &small, err));
    }
    WEEG_TRY(weeg_shares(&(weeg_survey){small, v->design}, &places, &v->choice->interval, v->share, err));
  } else {
    const weeg_places places = {.group = v->group, .groups = groups, .answer = v->cell, .answers = 2};
    WEEG_TRY(weeg_shares(v->survey, &places, &v->choice->interval, v->share, err));
  }
cleanup:
  weeg_tally_free(small);
  return status;
}

/* ---- limits by tests ---- */

/* A search in one group: the condition does not hold at `no`, and does at `yes`. */
typedef struct search {
  int32_t no, yes, steps;
} search;

static bool is_met(const weeg_share *s, double p, bool upper) {
  return upper ? s->low > p + SAME_SHARE : s->high >= p - SAME_SHARE;
}

/*
 * Where to ask next: where the condition would change, were intervals as wide as the one that is known; beside what is known
 * where that says nothing new, and after some steps in the middle.
 */
static int32_t next_place(const inverter *v, int32_t g, const search *s, double p, bool upper) {
  enum { GUESSES = 6 };
  const weeg_share *share = &v->share[2 * g];
  if (s->steps > GUESSES) return s->no + (s->yes - s->no) / 2;
  const double wide = upper ? share->estimate - share->low : share->high - share->estimate;
  const int32_t guess = count_below(v, g, upper ? p + wide : p - wide) + 1;
  return guess <= s->no ? s->no + 1 : guess >= s->yes ? s->yes - 1 : guess;
}

/*
 * Whether the condition holds at the end that matters: where the share is 0, or 1. There intervals are of another kind, and may
 * be wider than beside it.
 */
static weeg_status ask_ends(inverter *v, double p, bool upper, bool *met, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int32_t g = 0; g < v->o.groups; g++) v->at[g] = upper ? values_of(v, g) : 0;
  WEEG_TRY(ask(v, err));
  for (int32_t g = 0; g < v->o.groups; g++) met[g] = is_met(&v->share[2 * g], p, upper);
cleanup:
  return status;
}

/*
 * limit[groups]: how many values are up to the limit, of groups that `has` says have one; 0: below all values, more than there
 * are: above. v->share has the shares at the quantiles, whose numbers of values are `here`; met_at_end: of ask_ends().
 */
static weeg_status search_limits(inverter *v, double p, bool upper, const int32_t *here, const bool *has,
                                 const bool *met_at_end, int32_t *limit, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = v->o.groups;
  search *of = NULL;
  bool open = false;
  WEEG_NEW(of, groups);
  for (int32_t g = 0; g < groups; g++) {
    if (!has[g]) continue;
    const int32_t below = count_below(v, g, p); /* an interval has its share in it */
    of[g] = upper ? (search){.no = below, .yes = values_of(v, g) + 1} : (search){.no = -1, .yes = below + 1};
    const bool met = is_met(&v->share[2 * g], p, upper);
    if (met && here[g] < of[g].yes) of[g].yes = here[g];
    if (!met && here[g] > of[g].no) of[g].no = here[g];
    const int32_t end = upper ? values_of(v, g) : 0; /* what holds there rules */
    if (met_at_end[g] && (!upper || end < of[g].yes)) of[g] = (search){.no = upper ? of[g].no : -1, .yes = end};
    if (!met_at_end[g] && (upper || end > of[g].no)) of[g] = (search){.no = end, .yes = upper ? end + 1 : of[g].yes};
  }
  do {
    open = false;
    for (int32_t g = 0; g < groups; g++) {
      const bool known = !has[g] || of[g].yes - of[g].no <= 1;
      v->at[g] = known ? here[g] : next_place(v, g, &of[g], p, upper);
      open = open || !known;
    }
    if (open) WEEG_TRY(ask(v, err));
    for (int32_t g = 0; g < groups; g++) {
      if (!has[g] || of[g].yes - of[g].no <= 1) continue;
      of[g].steps++;
      if (is_met(&v->share[2 * g], p, upper)) of[g].yes = v->at[g]; else of[g].no = v->at[g];
    }
  } while (open);
  for (int32_t g = 0; g < groups; g++) limit[g] = of[g].yes;
cleanup:
  weeg_free(of);
  return status;
}

/* Widens the limits of quantile k of each group to those of the tests. at_quantile: the shares there. */
static weeg_status limit_by_tests(inverter *v, int32_t k, const int32_t *here, weeg_quantile *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = v->o.groups, count = v->choice->count;
  const double p = v->choice->probs[k];
  weeg_share *at_quantile = NULL;
  int32_t *limit = NULL;
  bool *has = NULL, *met = NULL;
  WEEG_NEW(met, groups);
  WEEG_NEW(at_quantile, 2 * (int64_t)groups);
  WEEG_NEW(limit, groups);
  WEEG_NEW(has, groups);
  for (int32_t i = 0; i < 2 * groups; i++) at_quantile[i] = v->share[i];
  for (int32_t g = 0; g < groups; g++) has[g] = v->o.group_n[g] > 0 && !isnan(v->share[2 * g].low);
  for (int upper = 0; upper < 2; upper++) {
    WEEG_TRY(ask_ends(v, p, upper != 0, met, err));
    for (int32_t i = 0; i < 2 * groups; i++) v->share[i] = at_quantile[i];
    WEEG_TRY(search_limits(v, p, upper != 0, here, has, met, limit, err));
    for (int32_t g = 0; g < groups; g++) {
      weeg_quantile *q = &to[(int64_t)g * count + k];
      if (!has[g] || limit[g] < 1 || limit[g] > values_of(v, g)) continue;
      const double x = value_of(v, g, limit[g] - 1);
      if (upper != 0) q->high = fmax(x, q->estimate); else q->low = fmin(x, q->estimate);
    }
  }
  for (int32_t i = 0; i < 2 * groups; i++) v->share[i] = at_quantile[i];
cleanup:
  weeg_free(at_quantile);
  weeg_free(limit);
  weeg_free(met);
  weeg_free(has);
  return status;
}

/* ---- what is reported ---- */

/* The quantiles of the limits of F(q). */
static void limit_by_shares(const inverter *v, int32_t g, weeg_quantile *q) {
  const weeg_share *s = &v->share[2 * g];
  if (s->low > 0) q->low = quantile_of(v, g, s->low);
  if (s->high < 1) q->high = quantile_of(v, g, s->high);
}

/* Reason, standard error and degrees of freedom, of what has limits now, where it can have. */
static weeg_status report(const inverter *v, int32_t g, double p, weeg_quantile *q, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_share *s = &v->share[2 * g];
  double t = s->quantile;
  q->df = s->df;
  q->df_used = s->df_used;
  if (q->n == 0) {
    q->reason = WEEG_REASON_EMPTY;
    return WEEG_OK;
  }
  if (isnan(s->low)) {
    q->reason = s->reason;
    return WEEG_OK;
  }
  if (p <= 0 || p >= 1) q->low = q->high = NAN;
  const bool open = isnan(q->low) || isnan(q->high), extreme = s->reason == WEEG_REASON_NO_VARIATION ||
                                                               s->reason == WEEG_REASON_NO_VARIATION_KISH;
  q->reason = open ? WEEG_REASON_OPEN_LIMIT : q->low == q->high ? WEEG_REASON_SAME_LIMITS
              : extreme ? WEEG_REASON_NONE : s->reason;
  if (open || s->df < 1) return WEEG_OK;
  if (!(t > 0)) WEEG_TRY(weeg_t_quantile(1 - (1 - v->choice->interval.level) / 2, (double)s->df, &t, err));
  q->std_error = (q->high - q->low) / (2 * t);
cleanup:
  return status;
}

/* The k-th quantiles of all groups. */
static weeg_status find(inverter *v, int32_t k, weeg_quantile *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = v->o.groups, count = v->choice->count;
  const double p = v->choice->probs[k];
  int32_t *here = NULL;
  WEEG_NEW(here, groups);
  for (int32_t g = 0; g < groups; g++) {
    const bool some = v->o.group_n[g] > 0;
    weeg_quantile *q = &to[(int64_t)g * count + k];
    *q = (weeg_quantile){.n = v->o.group_n[g], .weighted = v->o.group_w[g], .std_error = NAN, .low = NAN, .high = NAN};
    q->estimate = some ? quantile_of(v, g, p) : NAN;
    v->at[g] = here[g] = some ? count_upto(v, g, q->estimate) : 0;
  }
  WEEG_TRY(ask(v, err));
  if (v->choice->limits == WEEG_LIMITS_TEST) WEEG_TRY(limit_by_tests(v, k, here, to, err));
  for (int32_t g = 0; g < groups; g++) {
    weeg_quantile *q = &to[(int64_t)g * count + k];
    if (v->choice->limits == WEEG_LIMITS_WOODRUFF && q->n > 0) limit_by_shares(v, g, q);
    WEEG_TRY(report(v, g, p, q, err));
  }
cleanup:
  weeg_free(here);
  return status;
}

static weeg_status check_choice(const weeg_places *places, const weeg_quantile_choice *choice, bool of_rows, weeg_error *err) {
  if ((int)choice->rule < WEEG_QUANTILE_MATH || choice->rule > WEEG_QUANTILE_HF9) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "rule %d is not a weeg_quantile_rule", (int)choice->rule);
  }
  if ((int)choice->limits < WEEG_LIMITS_TEST || choice->limits > WEEG_LIMITS_WOODRUFF) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "limits %d are no weeg_quantile_limits", (int)choice->limits);
  }
  if (!(choice->interval.level > 0 && choice->interval.level < 1)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  }
  for (int32_t k = 0; k < choice->count; k++) {
    if (!(choice->probs[k] >= 0 && choice->probs[k] <= 1)) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "probability %d must be between 0 and 1", k + 1);
    }
  }
  for (int32_t k = 0; k < weeg_i_answers_of(places) && !of_rows; k++) {
    if (isnan(choice->value[k]) || (k > 0 && !(choice->value[k - 1] < choice->value[k]))) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "value %d is not above the one before", k + 1);
    }
  }
  return WEEG_OK;
}

static weeg_status make(inverter *v, weeg_quantile *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  v->o.groups = weeg_i_groups(v->places);
  WEEG_TRY(check_choice(v->places, v->choice, v->rows != NULL, err));
  WEEG_TRY(weeg_i_check_places(&(weeg_tally){.cells = v->cells}, v->places, err));
  WEEG_TRY(prepare(v, err));
  WEEG_TRY(order_values(v, err));
  for (int32_t k = 0; k < v->choice->count; k++) WEEG_TRY(find(v, k, to, err));
cleanup:
  weeg_i_ranked_clear(&v->o);
  weeg_free(v->group);
  weeg_free(v->rank);
  weeg_free(v->most);
  weeg_free(v->cell);
  weeg_free(v->small_group);
  weeg_free(v->small_answer);
  weeg_free(v->at);
  weeg_free(v->share);
  weeg_free(v->byte);
  weeg_free(v->number);
  return status;
}

weeg_status weeg_quantiles(const weeg_survey *survey, const weeg_places *places, const weeg_quantile_choice *choice,
                           weeg_quantile *to, weeg_error *err) {
  inverter v = {.survey = survey, .design = survey->design, .cells = survey->tally->cells, .places = places, .choice = choice};
  return make(&v, to, err);
}

weeg_status weeg_row_quantiles(const weeg_survey_rows *survey, const weeg_places *places, const weeg_quantile_choice *choice,
                               weeg_quantile *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  inverter v = {.rows = survey, .design = survey->design, .places = places, .choice = choice};
  WEEG_TRY(weeg_layout_cells(survey->rows->columns, survey->rows->count, &v.cells, err));
  status = make(&v, to, err);
cleanup:
  return status;
}
