/* Whether a figure is fit to be published: the presentation standards of the US National Center for Health Statistics. */
#include <math.h>
#include <stdbool.h>

#include "stats/shares.h"
#include "weeg.h"

typedef struct rule_words {
  const char *code, *text;
} rule_words;

static const rule_words rules[] = {
    [WEEG_RULE_NONE] = {"", ""},
    [WEEG_RULE_FEW_ROWS] = {"small-n", "effective sample size below 30"},
    [WEEG_RULE_NO_INTERVAL] = {"no-interval", "no confidence interval"},
    [WEEG_RULE_WIDE] = {"wide", "95% interval at least 30 points wide"},
    [WEEG_RULE_RELATIVE] = {"wide-relative", "95% interval wider than 130% of the estimate"},
    [WEEG_RULE_COMPLEMENT] = {"wide-complement", "95% interval wider than 130% of the complement"},
    [WEEG_RULE_FEW_DF] = {"low-df", "fewer than 8 degrees of freedom"},
    [WEEG_RULE_EXTREME] = {"extreme", "estimate of 0% or 100%"},
    [WEEG_RULE_FEW_COUNTED] = {"few-counted", "fewer than 10 observations"},
    [WEEG_RULE_WIDE_COUNT] = {"wide-count", "95% interval wider than 160% of the estimate"},
};

static rule_words words_of(weeg_reliability_rule rule) {
  const size_t i = (size_t)rule; /* a negative one is large */
  return rules[i < sizeof rules / sizeof rules[0] ? i : WEEG_RULE_NONE];
}

const char *weeg_reliability_text(weeg_reliability_rule rule) { return words_of(rule).text; }

const char *weeg_reliability_code(weeg_reliability_rule rule) { return words_of(rule).code; }

/* The verdict on an interval of this width around p. */
static weeg_reliability judge(double width, double p, int64_t df, bool extreme, weeg_reliability_rule *rule) {
  *rule = WEEG_RULE_NONE;
  if (width >= 0.30) *rule = WEEG_RULE_WIDE;
  else if (width > 0.05 && width > 1.30 * p) *rule = WEEG_RULE_RELATIVE;
  if (*rule != WEEG_RULE_NONE) return WEEG_SUPPRESS;
  if (df < 8) *rule = WEEG_RULE_FEW_DF;
  else if (extreme) *rule = WEEG_RULE_EXTREME;
  if (*rule != WEEG_RULE_NONE) return WEEG_REVIEW;
  if (width > 0.05 && width > 1.30 * (1 - p)) *rule = WEEG_RULE_COMPLEMENT;
  return WEEG_SHOW;
}

/* Quantile of Beta(a, b), a and b above 1, to about one per cent: Abramowitz and Stegun (1964), 26.5.22. y: normal, upper. */
static double rough_quantile(double y, double a, double b) {
  const double r = (y * y - 3) / 6, s = 1 / (2 * a - 1), t = 1 / (2 * b - 1), h = 2 / (s + t);
  const double w = y * sqrt(h + r) / h - (t - s) * (r + 5.0 / 6 - 2 / (3 * h));
  return a / (a + b * exp(2 * w));
}

/* Rows and degrees of freedom, t(df), and [t(n-1)/t(df)]^2 about: many proportions of a table share them. */
typedef struct setting {
  int64_t n, df;
  double t, ratio;
  students *known; /* or NULL */
} setting;

/* n >= 30: t(n-1) by its expansion, Abramowitz and Stegun (1964), 26.7.5, is right to 1e-4. */
static weeg_status find_ratio(setting *s, int64_t n, int64_t df, weeg_error *err) {
  const double z = 1.959963984540054, z3 = z * z * z, x = 1 / ((double)n - 1);
  weeg_status status = WEEG_OK;
  if (s->df != df) status = weeg_i_student_quantile(s->known, 0.975, df, &s->t, err);
  if (status != WEEG_OK) return status;
  s->n = n;
  s->df = df;
  const double ratio = (z + (z3 + z) * x / 4 + (5 * z3 * z * z + 16 * z3 + 3 * z) * x * x / 96) / s->t;
  s->ratio = ratio * ratio;
  return WEEG_OK;
}

/*
 * Most widths are far from all thresholds: the width of rough limits, which is within 2.2 % of the true one wherever the
 * effective numbers of yes and no are above 1, is then enough, and takes a hundredth of the time. False where it is not.
 */
static bool judge_roughly(double p, double v, const setting *s, weeg_reliability *verdict, weeg_reliability_rule *rule) {
  const double y = 1.959963984540054, part = 0.04;
  const double size = fmin(p * (1 - p) / v * s->ratio, (double)s->n), x = size * p;
  weeg_reliability_rule other;
  if (!(x > 1 && size - x > 1)) return false;
  const double width = 1 - rough_quantile(y, size - x, x + 1) - rough_quantile(y, x, size - x + 1);
  const weeg_reliability wide = judge(width * (1 + part), p, s->df, false, &other);
  *verdict = judge(width * (1 - part), p, s->df, false, rule);
  return *verdict == wide && *rule == other;
}

/* By the limits of Korn and Graubard, with the effective n capped at n, whatever interval is shown. */
static weeg_status judge_exactly(double p, double v, int64_t n, int64_t df, weeg_reliability *verdict,
                                 weeg_reliability_rule *rule, weeg_error *err) {
  weeg_interval limits;
  const weeg_status status = weeg_i_proportion_interval(WEEG_INTERVAL_BETA_NCHS, p, v, n, df, 0.95, &limits, err);
  if (status != WEEG_OK) return status;
  *verdict = WEEG_SUPPRESS;
  *rule = WEEG_RULE_NO_INTERVAL;
  if (!isnan(limits.low)) {
    *verdict = judge(limits.high - limits.low, p, df, limits.reason == WEEG_REASON_NO_VARIATION, rule);
  }
  return WEEG_OK;
}

/* The variance is that of the standard error, as a reader of the table finds it: the verdict is one on what is shown. */
weeg_status weeg_i_judge_shares(weeg_share *shares, int64_t count, students *known, weeg_error *err) {
  setting at_hand = {.known = known};
  for (int64_t i = 0; i < count; i++) {
    weeg_share *x = &shares[i];
    const double p = x->estimate, v = x->std_error * x->std_error;
    x->rule = WEEG_RULE_NONE;
    if (x->base_n == 0 || isnan(p)) {
      x->verdict = WEEG_NO_ESTIMATE;
      continue;
    }
    if (fmin((double)x->base_n, weeg_n_effective(p, v, x->base_n)) < 30) {
      x->verdict = WEEG_SUPPRESS;
      x->rule = WEEG_RULE_FEW_ROWS;
      continue;
    }
    weeg_status status = WEEG_OK;
    if (v > 0 && x->df >= 1) {
      status = find_ratio(&at_hand, x->base_n, x->df, err);
      if (status == WEEG_OK && judge_roughly(p, v, &at_hand, &x->verdict, &x->rule)) continue;
    }
    if (status == WEEG_OK) status = judge_exactly(p, v, x->base_n, x->df, &x->verdict, &x->rule, err);
    if (status != WEEG_OK) return status;
  }
  return WEEG_OK;
}
