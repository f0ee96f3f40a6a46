/*
 * Effect sizes of a two-way table with Taylor standard errors. Each is a smooth function of the cell proportions p_rc that does
 * not change when all of them are multiplied by the same number, so the score of a row in cell (r, c) is the derivative
 * with respect to p_rc over the sum of weights; these scores sum to 0.
 */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "stats/effective_scores.h"
#include "stats/rao_scott.h"
#include "stats/shares.h"
#include "stats/table.h"
#include "tally/places.h"
#include "variance/scores.h"
#include "weeg.h"

typedef struct crossed {
  table t;
  int32_t rows, columns, cells; /* as in t */
  double *p;            /* [cells] proportions */
  double *row, *column; /* margins */
  double *with, *against; /* [cells] proportion of rows concordant and discordant with one in the cell */
  double *row_other, *column_other; /* proportion in other rows, in other columns */
  double *gradient;     /* [effects * cells] */
  double *size;         /* [effects] what it was computed of: see weeg_scores.size */
  double *variance;     /* [effects] */
  weeg_test test;       /* Rao-Scott F under independence: n, design effects, p-value; only for Cramer's V */
} crossed;

static void clear_crossed(crossed *x) {
  weeg_i_table_clear(&x->t);
  weeg_free(x->p);
  weeg_free(x->row);
  weeg_free(x->column);
  weeg_free(x->with);
  weeg_free(x->against);
  weeg_free(x->row_other);
  weeg_free(x->column_other);
  weeg_free(x->gradient);
  weeg_free(x->size);
  weeg_free(x->variance);
}

/* Adds to sums the proportion of the rows beyond each cell in one of the four diagonal directions. Nothing is subtracted. */
static void add_quadrant(const crossed *x, bool down, bool right, double *beyond, double *sums) {
  for (int32_t c = 0; c < x->columns; c++) beyond[c] = 0;
  for (int32_t i = 0; i < x->rows; i++) {
    const int32_t r = down ? i : x->rows - 1 - i;
    double sum = 0;
    for (int32_t j = 0; j < x->columns; j++) {
      const int32_t c = right ? j : x->columns - 1 - j;
      sums[r * x->columns + c] += sum;
      sum += beyond[c];
      beyond[c] += x->p[r * x->columns + c];
    }
  }
}

/* other[k] = sum of the margin but for k, without cancellation. */
static void sum_others(const double *margin, int32_t size, double *other) {
  double before = 0, after = 0;
  for (int32_t k = 0; k < size; k++) {
    other[k] += before;
    before += margin[k];
    other[size - 1 - k] += after;
    after += margin[size - 1 - k];
  }
}

static weeg_status fill_table(crossed *x, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *beyond = NULL;
  WEEG_NEW(beyond, x->columns);
  if (x->t.total_n > 0) weeg_i_table_proportions(&x->t, x->p, x->row, x->column);
  add_quadrant(x, true, true, beyond, x->with);
  add_quadrant(x, false, false, beyond, x->with);
  add_quadrant(x, true, false, beyond, x->against);
  add_quadrant(x, false, true, beyond, x->against);
  sum_others(x->row, x->rows, x->row_other);
  sum_others(x->column, x->columns, x->column_other);
cleanup:
  weeg_free(beyond);
  return status;
}

static weeg_status make_crossed(crossed *x, const weeg_tally *tally, const weeg_places *places, int count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(weeg_i_table_make(&x->t, tally, places, err));
  x->rows = x->t.groups;
  x->columns = x->t.answers;
  x->cells = x->t.places;
  if (x->cells > INT32_MAX / 8) {
    status = weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table is too large");
    goto cleanup;
  }
  WEEG_NEW(x->p, x->cells);
  WEEG_NEW(x->row, x->rows);
  WEEG_NEW(x->column, x->columns);
  WEEG_NEW(x->with, x->cells);
  WEEG_NEW(x->against, x->cells);
  WEEG_NEW(x->row_other, x->rows);
  WEEG_NEW(x->column_other, x->columns);
  WEEG_NEW(x->gradient, (int64_t)count * x->cells);
  WEEG_NEW(x->size, count);
  WEEG_NEW(x->variance, count);
  WEEG_TRY(fill_table(x, err));
cleanup:
  return status;
}

/* ---- measures and their gradients ------------------------------------------------------------------------------- */

/* Mean square contingency and its gradient: sum p_rc^2 / (p_r. p_.c) - 1, computed from the deviations. */
static double mean_square(const crossed *x, double *gradient) {
  double phi2 = 0;
  for (int32_t r = 0; r < x->rows; r++) { /* here gradient holds p / e - 1, the relative deviation */
    for (int32_t c = 0; c < x->columns; c++) {
      const double e = x->row[r] * x->column[c], p = x->p[r * x->columns + c];
      const double deviation = e > 0 ? (p - e) / e : 0;
      gradient[r * x->columns + c] = deviation;
      phi2 += e * deviation * deviation;
    }
  }
  return phi2;
}

/*
 * d phi2 / d p_rc = 2 (d_rc + 1) - sum_b p_.b (d_rb + 1)^2 - sum_a p_a. (d_ac + 1)^2 with d the relative deviations, whose
 * means with weights p_.b and p_a. are 0: 2 d_rc - sum_b p_.b d_rb^2 - sum_a p_a. d_ac^2. Times `factor`.
 */
static weeg_status score_mean_square(const crossed *x, double factor, double *gradient, double *size, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *row = NULL, *column = NULL;
  WEEG_NEW(row, x->rows);
  WEEG_NEW(column, x->columns);
  for (int32_t o = 0; o < x->cells; o++) {
    const int32_t r = o / x->columns, c = o % x->columns;
    row[r] += x->column[c] * gradient[o] * gradient[o];
    column[c] += x->row[r] * gradient[o] * gradient[o];
  }
  for (int32_t o = 0; o < x->cells; o++) {
    const double others = row[o / x->columns] + column[o % x->columns];
    *size += x->p[o] * factor * (2 * (fabs(gradient[o]) + 1) + others); /* a deviation is p / e - 1 */
    gradient[o] = factor * (2 * gradient[o] - others);
  }
cleanup:
  weeg_free(row);
  weeg_free(column);
  return status;
}

/* phi^2 below this is rounding noise: squares of relative deviations of 1e-10. */
static const double NO_ASSOCIATION = 1e-20;

/*
 * What Bergsma (2013) subtracts from phi^2, and what he divides by, with the mean generalised design effect: under
 * independence the expectation of phi^2 is that many times what it is in a simple random sample.
 */
static weeg_reason correct_bias(const crossed *x, double *bias, double *divisor) {
  const double r = x->t.groups_used - 1, c = x->t.answers_used - 1, n = (double)(x->test.n - 1) / x->test.delta_mean;
  if (x->test.reason != WEEG_REASON_NONE) return x->test.reason;
  *bias = r * c / n;
  *divisor = fmin(r - r * r / n, c - c * c / n);
  return n > 0 && *divisor > 0 ? WEEG_REASON_NONE : WEEG_REASON_FEW_ROWS;
}

static weeg_status cramers_v(const crossed *x, bool corrected, double *value, double *gradient, double *size,
                             weeg_reason *reason, weeg_error *err) {
  double bias = 0, divisor = fmin(x->t.groups_used, x->t.answers_used) - 1;
  if (corrected) *reason = correct_bias(x, &bias, &divisor);
  if (*reason != WEEG_REASON_NONE) return WEEG_OK;
  const double phi2 = mean_square(x, gradient);
  *value = sqrt(fmax(0, phi2 - bias) / divisor);
  if (phi2 < NO_ASSOCIATION || *value == 0) {
    *value = 0;
    *reason = corrected ? WEEG_REASON_NO_EXCESS : WEEG_REASON_AT_BOUND;
    return WEEG_OK;
  }
  return score_mean_square(x, 1 / (2 * divisor * *value), gradient, size, err);
}

/* Goodman and Kruskal (1954); Kendall (1945); Somers (1962). C and D: twice the share of concordant, discordant pairs. */
static void ordinal(const crossed *x, weeg_effect_kind kind, double *value, double *gradient, double *size) {
  double C = 0, D = 0, untied_row = 0, untied_column = 0;
  for (int32_t o = 0; o < x->cells; o++) {
    C += x->p[o] * x->with[o];
    D += x->p[o] * x->against[o];
  }
  for (int32_t r = 0; r < x->rows; r++) untied_row += x->row[r] * x->row_other[r];
  for (int32_t c = 0; c < x->columns; c++) untied_column += x->column[c] * x->column_other[c];
  const double scale = sqrt(untied_row) * sqrt(untied_column);
  *value = kind == WEEG_GAMMA ? (C - D) / (C + D) : kind == WEEG_TAU_B ? (C - D) / scale : (C - D) / untied_row;
  for (int32_t o = 0; o < x->cells; o++) {
    const double row = x->row_other[o / x->columns] / untied_row;
    const double column = x->column_other[o % x->columns] / untied_column;
    const double difference = 2 * (x->with[o] - x->against[o]), pairs = 2 * (x->with[o] + x->against[o]);
    if (kind == WEEG_GAMMA) {
      gradient[o] = 4 * (D * x->with[o] - C * x->against[o]) / (C + D) / (C + D);
      *size += x->p[o] * 4 * (D * x->with[o] + C * x->against[o]) / (C + D) / (C + D);
    } else if (kind == WEEG_TAU_B) {
      gradient[o] = difference / scale - *value * (row + column);
      *size += x->p[o] * (pairs / scale + fabs(*value) * (row + column));
    } else {
      gradient[o] = difference / untied_row - 2 * *value * row;
      *size += x->p[o] * (pairs / untied_row + 2 * fabs(*value) * row);
    }
  }
}

/* Weight of a disagreement of levels a and b: 0 to 1. */
static double disagreement(weeg_effect_kind kind, int32_t a, int32_t b, int32_t size) {
  const double apart = fabs((double)(a - b)) / fmax(1, size - 1);
  return kind == WEEG_KAPPA ? a != b : kind == WEEG_KAPPA_LINEAR ? apart : apart * apart;
}

/* Cohen (1960, 1968), as 1 - (observed disagreement) / (disagreement expected under independence). */
static weeg_reason kappa(const crossed *x, pulse *p, weeg_effect_kind kind, double *value, double *gradient, double *scale) {
  const int32_t size = x->rows;
  double observed = 0, expected = 0;
  for (int32_t o = 0; o < x->cells; o++) {
    const double weight = disagreement(kind, o / size, o % size, size);
    observed += weight * x->p[o];
    expected += weight * x->row[o / size] * x->column[o % size];
  }
  if (!(expected > 0)) return WEEG_REASON_ONE_LEVEL;
  *value = 1 - observed / expected;
  for (int32_t o = 0; o < x->cells && !weeg_i_stops(p, 8 * (int64_t)size); o++) {
    const int32_t r = o / size, c = o % size;
    double mean = 0; /* of the weights, over the columns and over the rows: the derivative of `expected` */
    for (int32_t k = 0; k < size; k++) {
      mean += disagreement(kind, r, k, size) * x->column[k] + disagreement(kind, k, c, size) * x->row[k];
    }
    const double plus = observed * mean / expected / expected, minus = (disagreement(kind, r, c, size) + observed) / expected;
    gradient[o] = plus - minus;
    *scale += x->p[o] * (plus + minus);
  }
  return WEEG_REASON_NONE;
}

/* ---- together --------------------------------------------------------------------------------------------------- */

static bool is_cramer(weeg_effect_kind kind) { return kind == WEEG_CRAMERS_V || kind == WEEG_CRAMERS_V_CORRECTED; }

static bool is_kappa(weeg_effect_kind kind) { return kind >= WEEG_KAPPA; }

static weeg_status measure(const crossed *x, pulse *p, weeg_effect_kind kind, double *gradient, double *size, weeg_effect *e,
                           weeg_error *err) {
  *e = (weeg_effect){.estimate = NAN, .std_error = NAN, .low = NAN, .high = NAN};
  if (!(x->t.total_w > 0)) {
    e->reason = WEEG_REASON_EMPTY;
  } else if (is_kappa(kind)) {
    e->reason = kappa(x, p, kind, &e->estimate, gradient, size);
    return weeg_i_pulse_status(p, err);
  } else if (x->t.groups_used < 2 || x->t.answers_used < 2) {
    e->reason = WEEG_REASON_ONE_LEVEL;
  } else if (is_cramer(kind)) {
    return cramers_v(x, kind == WEEG_CRAMERS_V_CORRECTED, &e->estimate, gradient, size, &e->reason, err);
  } else {
    ordinal(x, kind, &e->estimate, gradient, size);
  }
  return WEEG_OK;
}

static weeg_status find_variances(crossed *x, const weeg_design *design, int count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *domain_of = NULL, *zero = NULL;
  int64_t counted = 0;
  const weeg_tally *tally = x->t.tally;
  WEEG_NEW(domain_of, tally->cells);
  WEEG_NEW(zero, count);
  for (int32_t c = 0; c < tally->cells; c++) domain_of[c] = x->t.use[c] ? 0 : -1;
  for (int32_t c = 0; c < tally->cells; c++) counted += x->t.place[c] >= 0;
  WEEG_TRY(weeg_i_scores_new(&list, tally->cells, count, counted * count, err));
  WEEG_TRY(weeg_i_scores_size(&list, err));
  for (int k = 0; k < count; k++) list.size[k] = x->size[k];
  for (int32_t c = 0; c < tally->cells; c++) {
    for (int32_t k = 0; k < count && x->t.place[c] >= 0; k++) {
      weeg_i_scores_add(&list, k, x->gradient[(int64_t)k * x->cells + x->t.place[c]] / x->t.total_w);
    }
    weeg_i_scores_close(&list, c);
  }
  WEEG_TRY(weeg_variance(&(weeg_survey){tally, design}, &list.scores, &(weeg_domains){domain_of, 1, zero}, x->variance,
                         err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(domain_of);
  weeg_free(zero);
  return status;
}

/* ---- few PSUs --------------------------------------------------------------------------------------------------- */

/* What the laws of all measures of a table have in common, and room for one. */
typedef struct law_room {
  scored_table table;
  double *p;              /* [cells] of the answers in each row, moved towards those of all by one respondent */
  double *score, *lever;  /* [rows + 1][cells], [rows + 1][rows] */
} law_room;

static void law_room_clear(law_room *x) {
  weeg_i_scored_table_clear(&x->table);
  weeg_free(x->p);
  weeg_free(x->score);
  weeg_free(x->lever);
}

static weeg_status law_room_make(law_room *room, const crossed *x, const weeg_survey *survey, const weeg_places *places,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(weeg_i_scored_table_make(&room->table, survey, places, err));
  WEEG_NEW(room->p, x->cells);
  WEEG_NEW(room->score, ((int64_t)x->rows + 1) * x->cells);
  WEEG_NEW(room->lever, ((int64_t)x->rows + 1) * x->rows);
  for (int32_t o = 0; o < x->cells; o++) {
    const int32_t r = o / x->columns;
    const double n = (double)x->t.group_n[r], own = x->row[r] > 0 ? x->p[o] / x->row[r] : 0;
    room->p[o] = (own * n + x->column[o % x->columns]) / (n + 1);
  }
cleanup:
  return status;
}

/*
 * The law of a measure: its deviation is the sum of those of each row's answers and of how many are in which row. What does
 * not vary is left out.
 */
static weeg_status find_law(const crossed *x, law_room *room, const double *gradient, double level, weeg_few *few,
                            weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *mean = NULL, *spread = NULL, all = 0;
  effective_scores of = {.target = -1, .p = room->p, .score = room->score, .lever = room->lever};
  WEEG_NEW(mean, x->rows);
  WEEG_NEW(spread, (int64_t)x->rows + 1);
  for (int32_t o = 0; o < x->cells; o++) mean[o / x->columns] += room->p[o] * gradient[o];
  for (int32_t o = 0; o < x->cells; o++) {
    const int32_t r = o / x->columns;
    spread[r] += x->row[r] * room->p[o] * (gradient[o] - mean[r]) * (gradient[o] - mean[r]);
  }
  for (int32_t r = 0; r < x->rows; r++) spread[x->rows] += x->row[r] * mean[r] * mean[r];
  for (int32_t r = 0; r <= x->rows; r++) all += spread[r];
  for (int32_t a = 0; a <= x->rows; a++) {
    if (!(spread[a] > 1e-12 * all)) continue;
    double *score = room->score + (int64_t)of.parameters * x->cells, *lever = room->lever + (int64_t)of.parameters++ * x->rows;
    for (int32_t o = 0; o < x->cells; o++) {
      const int32_t r = o / x->columns;
      score[o] = a == x->rows ? mean[r] : a == r ? gradient[o] - mean[r] : 0;
    }
    for (int32_t r = 0; r < x->rows; r++) lever[r] = a == x->rows ? 1 : a == r ? 1 / x->row[r] : 0;
  }
  WEEG_TRY(weeg_i_effective_few(&room->table, &of, level, NAN, few, err));
cleanup:
  weeg_free(mean);
  weeg_free(spread);
  return status;
}

/* ---- limits ------------------------------------------------------------------------------------------------------- */

/* An estimate nearer to its bound than this is at it, but for rounding. */
static const double BOUND = 1 - 1e-12;

/* Limits of atanh(estimate) with the t quantile, or that of the law of few PSUs, transformed back. */
static weeg_status find_limits(double variance, int64_t df, double level, const weeg_few *few, weeg_effect *e,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  double t = NAN;
  if (e->reason != WEEG_REASON_NONE) return WEEG_OK;
  if (isnan(variance)) {
    e->reason = WEEG_REASON_NO_VARIANCE;
  } else if (fabs(e->estimate) > BOUND) {
    e->reason = WEEG_REASON_AT_BOUND;
  } else {
    e->std_error = variance > 0 ? sqrt(variance) : 0;
    if (!(variance > 0)) {
      e->reason = WEEG_REASON_ZERO_VARIANCE;
    } else if (df < 1) {
      e->reason = WEEG_REASON_NO_DF;
    } else {
      WEEG_TRY(weeg_t_quantile(1 - (1 - level) / 2, (double)df, &t, err));
      if (few->quantile > 0) t = few->quantile;
      const double half = t * e->std_error / (1 - e->estimate * e->estimate);
      e->low = tanh(atanh(e->estimate) - half);
      e->high = tanh(atanh(e->estimate) + half);
    }
  }
cleanup:
  return status;
}

/* The corrected value that belongs to an uncorrected V. */
static double correct(const crossed *x, double v) {
  double bias = 0, divisor = 0;
  (void)correct_bias(x, &bias, &divisor);
  const double phi2 = v * v * (fmin(x->t.groups_used, x->t.answers_used) - 1);
  return sqrt(fmax(0, phi2 - bias) / divisor);
}

/*
 * Limits of V are not below 0, and the lower one is 0 where the Rao-Scott test at 1 - level does not reject independence.
 * Those of the corrected V are what the correction makes of them: where V has none, at 1 say, whose variance is rounding
 * noise, it has none either.
 */
static void bound_cramer(const crossed *x, double level, const weeg_effect *plain, weeg_effect *e, bool corrected) {
  if (isnan(plain->low)) {
    if (e->reason != WEEG_REASON_NONE && e->reason != WEEG_REASON_ZERO_VARIANCE) return;
    e->reason = plain->reason;
    e->low = e->high = NAN;
    if (isnan(plain->std_error)) e->std_error = NAN;
    return;
  }
  const double low = x->test.p_value >= 1 - level ? 0 : fmax(0, plain->low);
  if (!corrected) {
    e->low = low;
  } else if (e->reason == WEEG_REASON_NONE || e->reason == WEEG_REASON_NO_EXCESS) {
    e->low = correct(x, low);
    e->high = correct(x, plain->high);
  }
}

/* What is asked for, and how. */
typedef struct question {
  const weeg_survey *survey;
  const weeg_places *places;
  const weeg_effect_choice *choice;
  int64_t df;
} question;

/* The laws of all measures with a standard error; the last one is the uncorrected V. few[count + 1] */
static weeg_status find_laws(crossed *x, const question *q, const weeg_effect *effects, weeg_few *few, weeg_error *err) {
  weeg_status status = WEEG_OK;
  law_room room = {.p = NULL};
  if (!weeg_i_is_effective(q->survey->design) || x->rows >= WEEG_MOST_PARAMETERS) return WEEG_OK;
  WEEG_TRY(law_room_make(&room, x, q->survey, q->places, err));
  for (int k = 0; k <= q->choice->count; k++) {
    if (effects[k].reason != WEEG_REASON_NONE || !(x->variance[k] > 0)) continue;
    WEEG_TRY(find_law(x, &room, x->gradient + (int64_t)k * x->cells, q->choice->level, &few[k], err));
  }
cleanup:
  law_room_clear(&room);
  return status;
}

static weeg_status find_effects(crossed *x, const question *q, weeg_effect *effects, weeg_error *err) {
  weeg_status status = WEEG_OK;
  pulse beat = {.hooks = q->survey->design->hooks};
  const int count = q->choice->count;
  const weeg_effect_kind *kinds = q->choice->kind;
  weeg_few *few = NULL;
  WEEG_NEW(few, (int64_t)count + 1);
  /* the last one is the uncorrected V, on whose limits those of both V are based */
  for (int k = 0; k <= count; k++) {
    WEEG_TRY(measure(x, &beat, k < count ? kinds[k] : WEEG_CRAMERS_V, x->gradient + (int64_t)k * x->cells, &x->size[k],
                     &effects[k], err));
    if (effects[k].reason == WEEG_REASON_NONE) continue;
    for (int32_t o = 0; o < x->cells; o++) x->gradient[(int64_t)k * x->cells + o] = 0;
  }
  WEEG_TRY(find_variances(x, q->survey->design, count + 1, err));
  WEEG_TRY(find_laws(x, q, effects, few, err));
  for (int k = 0; k <= count; k++) {
    /* V is about the differences that the test is about */
    const bool none = x->test.reason == WEEG_REASON_NO_VARIANCE && (k == count || is_cramer(kinds[k]));
    WEEG_TRY(find_limits(none ? NAN : x->variance[k], q->df, q->choice->level, &few[k], &effects[k], err));
  }
  for (int k = 0; k < count; k++) {
    const weeg_few *own = is_cramer(kinds[k]) ? &few[count] : &few[k];
    if (is_cramer(kinds[k])) {
      bound_cramer(x, q->choice->level, &effects[count], &effects[k], kinds[k] == WEEG_CRAMERS_V_CORRECTED);
    }
    effects[k].n = x->t.total_n;
    effects[k].df = q->df;
    effects[k].df_used = own->quantile > 0 && !isnan(effects[k].low) ? own->df_used : (double)q->df;
    if (own->quantile > 0 && !isnan(effects[k].low) && effects[k].reason == WEEG_REASON_NONE) {
      effects[k].reason = weeg_i_caution(own->df_used, own->largest);
    }
  }
cleanup:
  weeg_free(few);
  return status;
}

/* The test whose design effects correct V, and whose p-value says whether V may be 0: by the law of few PSUs, if asked. */
static weeg_status test_independence(crossed *x, const weeg_survey *survey, const weeg_places *places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_test exact = {.reason = WEEG_REASON_EMPTY};
  weeg_test_choice choice = {.method = WEEG_TEST_RAO_SCOTT_F, .null_proportions = true};
  WEEG_TRY(weeg_test_independence(survey, places, &choice, &x->test, err));
  if (!weeg_i_is_effective(survey->design) || x->test.reason != WEEG_REASON_NONE) goto cleanup;
  choice.method = WEEG_TEST_RAO_SCOTT_EXACT;
  WEEG_TRY(weeg_test_independence(survey, places, &choice, &exact, err));
  if (!isnan(exact.p_value)) x->test.p_value = exact.p_value;
cleanup:
  return status;
}

static weeg_status check_choice(const weeg_effect_choice *choice, int32_t rows, int32_t columns, bool *cramer,
                                weeg_error *err) {
  const weeg_effect_kind *kinds = choice->kind;
  if (!(choice->level > 0 && choice->level < 1)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  }
  for (int k = 0; k < choice->count; k++) {
    if ((int)kinds[k] < WEEG_CRAMERS_V || kinds[k] > WEEG_KAPPA_QUADRATIC) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "measure %d is not a weeg_effect_kind", (int)kinds[k]);
    }
    if (is_kappa(kinds[k]) && rows != columns) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "kappa needs as many rows as columns, not %d and %d", rows, columns);
    }
    *cramer |= is_cramer(kinds[k]);
  }
  return WEEG_OK;
}

weeg_status weeg_association(const weeg_survey *survey, const weeg_places *places, const weeg_effect_choice *choice,
                             weeg_effect *effects, weeg_error *err) {
  weeg_status status = WEEG_OK;
  crossed x = {0};
  weeg_effect *found = NULL;
  int64_t df = 0;
  bool cramer = false;
  WEEG_TRY(check_choice(choice, weeg_i_groups(places), weeg_i_answers_of(places), &cramer, err));
  WEEG_NEW(found, (int64_t)choice->count + 1);
  WEEG_TRY(make_crossed(&x, survey->tally, places, choice->count + 1, err));
  WEEG_TRY(weeg_i_test_df(survey, NULL, &df, err));
  if (cramer) WEEG_TRY(test_independence(&x, survey, places, err));
  WEEG_TRY(find_effects(&x, &(question){survey, places, choice, df}, found, err));
  for (int k = 0; k < choice->count; k++) effects[k] = found[k];
cleanup:
  clear_crossed(&x);
  weeg_free(found);
  return status;
}
