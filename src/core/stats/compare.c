/* Comparisons of proportions in sets of groups: of pairs of sets, with figures from elsewhere, and by linear functions. */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "stats/effective_sets.h"
#include "stats/mean_sets.h"
#include "stats/measure.h"
#include "stats/sets.h"
#include "tally/places.h"
#include "variance/alone.h"
#include "variance/prepared.h"
#include "weeg.h"

/* Of a contrast: its quantile and its tail. */
enum { STEPS = 1 << 12 };

/* Sets, and what is known of them. */
typedef struct known {
  const weeg_survey *survey;
  const weeg_sets *sets;
  int32_t answers;
  int64_t *n;
  double *base, *p;            /* [sets], [sets * answers] */
  double *variance, *t_rows;   /* [answers * sets] of proportions, [sets] as in two_shares: where ratios ask for them */
  uint8_t *has;     /* [sets] weeg_i_set_own_variance */
  bool effective;   /* contrasts are begun, and get their limits by the law of few PSUs */
  mean_sets means;  /* of measures; p is then less means.centre, in units of 2^means.scale */
  uint8_t *lost;    /* [sets] */
  students own, *students; /* those of other tables too, where there are any */
  pulse pulse;
} known;

static void clear_known(known *k) {
  weeg_free(k->n);
  weeg_free(k->base);
  weeg_free(k->p);
  weeg_free(k->variance);
  weeg_free(k->t_rows);
  weeg_free(k->has);
  weeg_free(k->lost);
  weeg_i_mean_sets_clear(&k->means);
}

static bool of_means(const known *k) { return k->sets->measure > 0; }

static weeg_status check_means(const weeg_sets *sets, weeg_error *err) {
  if (sets->measure == 0 || weeg_i_answers_of(sets->places) == 1) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "means have one answer, not %d", weeg_i_answers_of(sets->places));
}

static weeg_status make_known(known *k, const weeg_survey *survey, const weeg_sets *sets, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *k = (known){.survey = survey, .sets = sets, .pulse.hooks = survey->design->hooks};
  k->effective = weeg_i_is_effective(survey->design);
  k->students = weeg_i_prepared_students(survey->tally);
  if (k->students == NULL) k->students = &k->own;
  WEEG_TRY(weeg_i_check_places(survey->tally, sets->places, err));
  WEEG_TRY(check_means(sets, err));
  k->answers = weeg_i_answers_of(sets->places);
  WEEG_NEW(k->n, sets->sets);
  WEEG_NEW(k->base, sets->sets);
  WEEG_NEW(k->p, (int64_t)sets->sets * k->answers);
  WEEG_NEW(k->has, sets->sets);
  WEEG_NEW(k->lost, sets->sets);
  if (sets->measure == 0) {
    WEEG_TRY(weeg_i_set_proportions(survey, sets, k->n, k->base, k->p, err));
  } else {
    WEEG_TRY(weeg_i_mean_sets_make(&k->means, survey, sets, err));
    weeg_i_set_means(&k->means, k->n, k->base, k->p, k->lost);
  }
  WEEG_TRY(weeg_i_set_own_variance(survey, sets, k->has, err));
cleanup:
  return status;
}

/* Variances of linear functions of proportions of an answer, or of means. */
static weeg_status vary(known *k, int32_t answer, const weeg_combinations *c, double *variance, weeg_error *err) {
  if (of_means(k)) return weeg_i_set_mean_variance(&k->means, k->survey, k->base, k->p, c, variance, err);
  return weeg_i_set_variance(k->survey, k->sets, k->base, k->p, answer, c, variance, err);
}

/* A difference of means, or a limit of it, in units of the measure. */
static void scale_contrast(const known *k, weeg_contrast *c) {
  if (!of_means(k)) return;
  double *const all[] = {&c->estimate, &c->std_error, &c->low, &c->high};
  for (int i = 0; i < 4; i++) *all[i] = ldexp(*all[i], k->means.scale);
}

weeg_status weeg_set_proportions(const weeg_survey *survey, const weeg_sets *sets, int64_t *n, double *estimate,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *base = NULL;
  uint8_t *lost = NULL;
  mean_sets x = {.sets = NULL};
  WEEG_NEW(base, sets->sets);
  WEEG_NEW(lost, sets->sets);
  if (sets->measure == 0) {
    WEEG_TRY(weeg_i_set_proportions(survey, sets, n, base, estimate, err));
    goto cleanup;
  }
  WEEG_TRY(weeg_i_mean_sets_make(&x, survey, sets, err));
  weeg_i_set_means(&x, n, base, estimate, lost);
  for (int32_t s = 0; s < sets->sets; s++) estimate[s] = ldexp(x.centre + estimate[s], x.scale);
cleanup:
  weeg_i_mean_sets_clear(&x);
  weeg_free(base);
  weeg_free(lost);
  return status;
}

/* ---- pairs of sets ---- */

static bool is_ratio(weeg_measure measure) { return measure == WEEG_RISK_RATIO || measure == WEEG_ODDS_RATIO; }

/* Room for variances of the proportions of all sets, where the law of few PSUs asks for them, and what their rows are worth. */
static weeg_status make_variances(known *k, const weeg_comparison *what, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t sets = k->sets->sets;
  bool ratios = false;
  for (int32_t m = 0; m < what->measures; m++) ratios = ratios || is_ratio(what->measure[m]);
  if (!ratios || !k->effective || of_means(k)) return WEEG_OK;
  WEEG_NEW(k->variance, (int64_t)sets * k->answers);
  WEEG_NEW(k->t_rows, sets);
  for (int32_t s = 0; s < sets; s++) {
    k->t_rows[s] = INFINITY;
    if (k->n[s] > 1) WEEG_TRY(weeg_t_quantile(0.975, (double)k->n[s] - 1, &k->t_rows[s], err));
  }
cleanup:
  return status;
}

/* All measures of all pairs, for one answer: output = measure * pairs + pair; then `sets` proportions, where ratios need them. */
typedef struct compared {
  const weeg_comparison *what;
  int32_t outputs, sets;
  int64_t *df;       /* [pairs] */
  int64_t *start;    /* [outputs + sets + 1] */
  int32_t *set;      /* [outputs * 2 + sets] */
  double *coef;
  double *value, *added; /* [outputs]; added: what a figure's variance brings */
  double *variance;      /* [outputs + sets] */
  weeg_reason *reason;
} compared;

static void clear_compared(compared *c) {
  weeg_free(c->df);
  weeg_free(c->start);
  weeg_free(c->set);
  weeg_free(c->coef);
  weeg_free(c->value);
  weeg_free(c->variance);
  weeg_free(c->added);
  weeg_free(c->reason);
}

static weeg_status check_comparison(const weeg_comparison *what, const weeg_sets *of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t sets = of->sets;
  for (int32_t m = 0; m < what->measures; m++) {
    WEEG_TRY(weeg_i_check_measure(what->measure[m], err));
    if (of->measure == 0 || what->measure[m] <= WEEG_RISK_RATIO) continue;
    return weeg_fail(err, WEEG_ERR_ARGUMENT, m, "means have no measure %d", (int)what->measure[m]);
  }
  if ((int64_t)what->pairs * what->measures > INT32_MAX / 2) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "there are more than 2^30 comparisons");
  }
  for (int32_t i = 0; i < what->pairs; i++) {
    const int32_t a = what->first[i], b = what->figure == NULL ? what->second[i] : a;
    if (a >= 0 && a < sets && b >= 0 && b < sets) continue;
    return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "sets %d and %d of %d", a + 1, b + 1, sets);
  }
cleanup:
  return status;
}

static weeg_status make_compared(compared *c, const known *k, const weeg_comparison *what, weeg_error *err) {
  weeg_status status = WEEG_OK;
  c->what = what;
  c->outputs = what->pairs * what->measures;
  c->sets = k->variance == NULL ? 0 : k->sets->sets;
  WEEG_NEW(c->df, what->pairs);
  WEEG_NEW(c->start, (int64_t)(c->outputs > what->pairs ? c->outputs : what->pairs) + c->sets + 1);
  WEEG_NEW(c->set, 2 * (int64_t)(c->outputs > what->pairs ? c->outputs : what->pairs) + c->sets);
  WEEG_NEW(c->coef, 2 * (int64_t)c->outputs + c->sets);
  WEEG_NEW(c->value, c->outputs);
  WEEG_NEW(c->variance, (int64_t)c->outputs + c->sets);
  WEEG_NEW(c->added, c->outputs);
  WEEG_NEW(c->reason, c->outputs);
cleanup:
  return status;
}

/* Degrees of freedom of the rows of both sets of each pair. */
static weeg_status find_df(const known *k, compared *c, weeg_error *err) {
  const bool figures = c->what->figure != NULL;
  for (int32_t i = 0; i < c->what->pairs; i++) {
    int64_t used = c->start[i];
    c->set[used++] = c->what->first[i];
    if (!figures) c->set[used++] = c->what->second[i];
    c->start[i + 1] = used;
  }
  const weeg_combinations both = {.outputs = c->what->pairs, .start = c->start, .set = c->set};
  return weeg_i_set_df(k->survey, k->sets, &both, c->df, err);
}

/* What a set is compared by: of ratios of means these whole, of their differences less the centre. */
static double figure_of(const known *k, const weeg_comparison *what, int32_t set, int32_t answer, weeg_measure measure) {
  const double figure = set < 0 ? what->figure[answer] : k->p[(int64_t)set * k->answers + answer];
  if (!of_means(k)) return figure;
  const bool whole = measure != WEEG_DIFFERENCE;
  if (set < 0) return ldexp(figure, -k->means.scale) - (whole ? 0 : k->means.centre);
  return figure + (whole ? k->means.centre : 0);
}

/* What a figure's own variance adds to that of a contrast with this slope, in units of the sets' figures. */
static double added_variance(const known *k, const weeg_comparison *what, int32_t answer, double slope) {
  if (!of_means(k)) return what->figure_variance == NULL ? 0 : slope * slope * what->figure_variance[answer];
  const double error = what->figure_error == NULL ? 0 : slope * ldexp(what->figure_error[answer], -k->means.scale);
  return error * error;
}

/* Values and slopes of all contrasts of an answer. */
static void linearise(const known *k, compared *c, int32_t answer) {
  const weeg_comparison *what = c->what;
  for (int32_t i = 0; i < c->outputs; i++) {
    const int32_t pair = i % what->pairs, a = what->first[pair], b = what->figure == NULL ? what->second[pair] : -1;
    const weeg_measure measure = what->measure[i / what->pairs];
    const double first = figure_of(k, what, a, answer, measure), second = figure_of(k, what, b, answer, measure);
    double slope[2] = {0, 0};
    c->reason[i] = weeg_i_contrast_slopes(measure, first, second, &c->value[i], &slope[0], &slope[1]);
    if (of_means(k) && c->reason[i] == WEEG_REASON_ZERO_BASE) c->reason[i] = WEEG_REASON_NOT_POSITIVE;
    if (k->lost[a] || (b >= 0 && k->lost[b])) c->reason[i] = WEEG_REASON_LOST_DIGITS;
    int64_t used = c->start[i];
    for (int side = 0; side < (b < 0 ? 1 : 2) && c->reason[i] == WEEG_REASON_NONE; side++) {
      c->set[used] = side == 0 ? a : b;
      c->coef[used++] = slope[side];
    }
    c->start[i + 1] = used;
    c->added[i] = b < 0 ? added_variance(k, what, answer, slope[1]) : 0;
  }
  for (int32_t i = 0; i < c->sets; i++) {
    const int64_t used = c->start[c->outputs + i];
    c->set[used] = i;
    c->coef[used] = 1;
    c->start[c->outputs + i + 1] = used + 1;
  }
}

static weeg_status compare_answer(known *k, compared *c, int32_t answer, weeg_contrast *contrasts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_comparison *what = c->what;
  linearise(k, c, answer);
  const weeg_combinations combinations = {.outputs = c->outputs + c->sets, .start = c->start, .set = c->set, .coef = c->coef};
  WEEG_TRY(vary(k, answer, &combinations, c->variance, err));
  for (int32_t i = 0; i < c->sets; i++) k->variance[(int64_t)answer * c->sets + i] = c->variance[c->outputs + i];
  for (int32_t i = 0; i < c->outputs; i++) {
    const int32_t pair = i % what->pairs, a = what->first[pair], b = what->figure == NULL ? what->second[pair] : a;
    const double variance = k->has[a] && k->has[b] ? c->variance[i] : NAN;
    weeg_contrast *to = &contrasts[(int64_t)i * k->answers + answer];
    (void)weeg_i_stops(&k->pulse, STEPS);
    WEEG_TRY(weeg_i_pulse_status(&k->pulse, err));
    if (c->reason[i] != WEEG_REASON_NONE) {
      *to = weeg_i_no_contrast(c->reason[i], c->df[pair]);
      continue;
    }
    WEEG_TRY(weeg_i_contrast_begin(c->value[i], variance + c->added[i], c->df[pair], what->level, to, err));
    if (!k->effective) WEEG_TRY(weeg_i_contrast_student(what->level, k->students, to, err));
  }
cleanup:
  return status;
}

/* The proportions of a ratio, or of one and a figure. */
static two_shares ratio_of(const known *k, const weeg_comparison *what, weeg_measure measure, const int32_t set[2],
                           int32_t answer) {
  two_shares x = {.measure = measure};
  for (int i = 0; i < 2; i++) {
    const bool figure = set[i] < 0, varies = figure ? what->figure_variance != NULL : k->variance != NULL;
    x.p[i] = figure_of(k, what, set[i], answer, measure);
    if (!figure && k->variance != NULL) x.t_rows[i] = k->t_rows[set[i]];
    if (varies) x.variance[i] = figure ? what->figure_variance[answer] : k->variance[(int64_t)answer * k->sets->sets + set[i]];
  }
  return x;
}

/* Contrasts of a pair by the law of few PSUs. */
static weeg_status refer_pair(const known *k, effective_sets *x, const weeg_comparison *what, int32_t pair,
                              weeg_contrast *contrasts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const bool figures = what->figure != NULL;
  const int32_t set[2] = {what->first[pair], figures ? -1 : what->second[pair]};
  for (int64_t i = 0; i < (int64_t)k->answers * what->measures; i++) { /* measures of one answer have much in common */
    const int32_t answer = (int32_t)(i / what->measures), m = (int32_t)(i % what->measures);
    const weeg_measure measure = what->measure[m];
    const bool logarithm = is_ratio(measure);
    const two_shares two = ratio_of(k, what, measure, set, answer);
    double value = 0, slope[2] = {0, 0};
    if (weeg_i_contrast_slopes(measure, two.p[0], two.p[1], &value, &slope[0], &slope[1]) != WEEG_REASON_NONE) continue;
    const effective_scale scale = {!logarithm, logarithm ? &two : NULL}, plain = {false, NULL};
    WEEG_TRY(weeg_i_effective_contrast(x, &(effective_slopes){set, slope, figures ? 1 : 2, answer},
                                       of_means(k) ? plain : scale, what->level,
                                       &contrasts[((int64_t)m * what->pairs + pair) * k->answers + answer], err));
  }
cleanup:
  return status;
}

static weeg_status refer_pairs(known *k, const weeg_comparison *what, weeg_contrast *contrasts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  effective_sets x = {0};
  if (!k->effective) return WEEG_OK;
  WEEG_TRY(weeg_i_effective_sets_make(&x, k->survey, k->sets, err));
  for (int32_t i = 0; i < what->pairs; i++) {
    const int32_t set[2] = {what->first[i], what->figure != NULL ? -1 : what->second[i]};
    WEEG_TRY(weeg_i_effective_sets_take(&x, set, what->figure != NULL ? 1 : 2, err));
    WEEG_TRY(refer_pair(k, &x, what, i, contrasts, err));
    (void)weeg_i_stops(&k->pulse, WEEG_STEPS_A_POLL);
    WEEG_TRY(weeg_i_pulse_status(&k->pulse, err));
  }
cleanup:
  weeg_i_effective_sets_clear(&x);
  return status;
}

weeg_status weeg_compare_sets(const weeg_survey *of, const weeg_sets *sets, const weeg_comparison *what,
                              weeg_contrast *contrasts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  prepared_tally p = {0};
  const weeg_survey own = {&p.tally, of->design}, *survey = &own;
  known k = {0};
  compared c = {0};
  WEEG_TRY(check_comparison(what, sets, err));
  WEEG_TRY(weeg_i_prepare(&p, of, err));
  WEEG_TRY(make_known(&k, survey, sets, err));
  WEEG_TRY(make_variances(&k, what, err));
  WEEG_TRY(make_compared(&c, &k, what, err));
  WEEG_TRY(find_df(&k, &c, err));
  for (int32_t answer = 0; answer < k.answers; answer++) WEEG_TRY(compare_answer(&k, &c, answer, contrasts, err));
  WEEG_TRY(refer_pairs(&k, what, contrasts, err));
  for (int64_t i = 0; i < (int64_t)c.outputs * k.answers; i++) {
    const weeg_measure measure = what->measure[i / k.answers / what->pairs];
    if (contrasts[i].reason == WEEG_REASON_NONE || !isnan(contrasts[i].estimate)) {
      weeg_i_contrast_back(measure, &contrasts[i]);
    }
    if (measure == WEEG_DIFFERENCE) scale_contrast(&k, &contrasts[i]);
  }
cleanup:
  clear_known(&k);
  clear_compared(&c);
  weeg_i_prepared_clear(&p);
  return status;
}

/* ---- linear functions ---- */

static double most_of(const weeg_combinations *c, int32_t o) {
  double most = 0;
  for (int64_t i = c->start[o]; i < c->start[o + 1]; i++) most = fmax(most, fabs(c->coef[i]));
  return most;
}

/* The value of output o, and whether it has a variance: all sets that it is made of do. */
static double combine(const known *k, const weeg_combinations *c, int32_t o, int32_t answer, bool *has) {
  double value = 0, sum = 0;
  *has = true;
  for (int64_t i = c->start[o]; i < c->start[o + 1]; i++) {
    value += c->coef[i] * k->p[(int64_t)c->set[i] * k->answers + answer];
    sum += c->coef[i];
    *has = *has && k->has[c->set[i]];
  }
  if (c->exists != NULL) *has = c->exists[o];
  /* coefficients that cancel but for rounding sum to 0: the centre is one number */
  return of_means(k) && fabs(sum) > 1e-8 * most_of(c, o) ? value + sum * k->means.centre : value;
}

/* By the law of few PSUs. */
static weeg_status refer_combinations(known *k, const weeg_combinations *c, weeg_contrast *contrasts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  effective_sets x = {0};
  if (!k->effective) return WEEG_OK;
  WEEG_TRY(weeg_i_effective_sets_make(&x, k->survey, k->sets, err));
  for (int32_t o = 0; o < c->outputs; o++) {
    const int32_t count = (int32_t)(c->start[o + 1] - c->start[o]), *set = c->set + c->start[o];
    WEEG_TRY(weeg_i_effective_sets_take(&x, set, count, err));
    for (int32_t answer = 0; answer < k->answers; answer++) {
      WEEG_TRY(weeg_i_effective_contrast(&x, &(effective_slopes){set, c->coef + c->start[o], count, answer},
                                         (effective_scale){false, NULL}, c->level,
                                         &contrasts[(int64_t)o * k->answers + answer], err));
    }
    (void)weeg_i_stops(&k->pulse, WEEG_STEPS_A_POLL);
    WEEG_TRY(weeg_i_pulse_status(&k->pulse, err));
  }
cleanup:
  weeg_i_effective_sets_clear(&x);
  return status;
}

weeg_status weeg_combine_sets(const weeg_survey *survey, const weeg_sets *sets, const weeg_combinations *combinations,
                              weeg_contrast *contrasts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t outputs = combinations->outputs;
  known k = {0};
  int64_t *df = NULL;
  double *variance = NULL;
  WEEG_TRY(make_known(&k, survey, sets, err));
  WEEG_NEW(df, outputs);
  WEEG_NEW(variance, outputs);
  WEEG_TRY(weeg_i_set_df(survey, sets, combinations, df, err));
  for (int32_t answer = 0; answer < k.answers; answer++) {
    WEEG_TRY(vary(&k, answer, combinations, variance, err));
    for (int32_t o = 0; o < outputs; o++) {
      bool has = true;
      const double value = combine(&k, combinations, o, answer, &has);
      (void)weeg_i_stops(&k.pulse, STEPS);
      WEEG_TRY(weeg_i_pulse_status(&k.pulse, err));
      weeg_contrast *to = &contrasts[(int64_t)o * k.answers + answer];
      WEEG_TRY(weeg_i_contrast_begin(value, has ? variance[o] : NAN, df[o], combinations->level, to, err));
      if (!k.effective) WEEG_TRY(weeg_i_contrast_student(combinations->level, k.students, to, err));
    }
  }
  WEEG_TRY(refer_combinations(&k, combinations, contrasts, err));
  for (int64_t i = 0; i < (int64_t)outputs * k.answers; i++) scale_contrast(&k, &contrasts[i]);
cleanup:
  clear_known(&k);
  weeg_free(df);
  weeg_free(variance);
  return status;
}
