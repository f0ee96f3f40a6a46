/*
 * Simulates samples of few PSUs from known populations, and counts how often intervals hold the truth and tests reject, under
 * the conventions "nchs" and "weeg". bench/few_psus.R says which populations, and makes tables of what this prints.
 *
 * Reads settings, one a line: a number (of the seed), the samples, what is measured (share, contrast, test or power), how PSUs
 * vary (joint: cells; apart: groups and answers each; nested: answers, each PSU being of one group), the coefficients of
 * variation of PSUs' numbers of rows and of rows' weights within a stratum, how many times the weight of other rows those
 * with the first answer have (they are sampled less often), the numbers of groups, answers and strata; then of each stratum
 * its PSUs, the weight of a row, rows of a PSU, the intracluster correlations of answers and of groups, and its shares of
 * groups x answers, answers fastest. The first group is the domain of shares; contrasts are of its first answer with that
 * of the second group.
 *
 * Prints lines of comma-separated figures: see `print_line`. Only rows and sums of weights of PSUs and cells are drawn: a tally.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weeg.h"

enum { MOST_CELLS = 20, MOST_STRATA = 20, MOST_PSUS = 200, METHODS = 2, MEASURES = 3, SCALE = -40 };
typedef enum { SHARE, CONTRAST, TEST, POWER } kind;
typedef enum { JOINT, APART, NESTED } variation;

typedef struct {
  int psus;
  double weight, rows, answer_icc, group_icc, share[MOST_CELLS];
} stratum;

typedef struct {
  long number;
  int samples, groups, answers, strata;
  kind what;
  variation how;
  double cv_rows, cv_weights, first_weight;
  stratum at[MOST_STRATA];
} setting;

static _Noreturn void stop(const char *why) {
  fprintf(stderr, "few_psus: %s\n", why);
  exit(1);
}

static void *room(size_t count, size_t size) {
  void *memory = calloc(count > 0 ? count : 1, size);
  if (memory == NULL) stop("out of memory");
  return memory;
}

/* ---- random numbers ----------------------------------------------------------------------------------------------- */

/* xoshiro256** (Blackman and Vigna 2018), begun by splitmix64. */
static uint64_t state[4];

static uint64_t rotate(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

static uint64_t random_bits(void) {
  const uint64_t result = rotate(state[1] * 5, 7) * 9, shifted = state[1] << 17;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = rotate(state[3], 45);
  return result;
}

static void seed(uint64_t x) {
  for (int i = 0; i < 4; i++) {
    uint64_t z = x += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    state[i] = z ^ (z >> 31);
  }
}

/* Between 0 and 1, neither included. */
static double uniform(void) { return ((double)(random_bits() >> 12) + 0.5) * 0x1p-52; }

static double normal(void) { return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()); }

/* Of mean and variance `shape`: Marsaglia and Tsang (2000). */
static double gamma_draw(double shape) {
  if (shape < 1) return gamma_draw(shape + 1) * pow(uniform(), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    const double x = normal(), root = 1 + c * x, v = root * root * root;
    if (v > 0 && log(uniform()) < x * x / 2 + d - d * v + d * log(v)) return d * v;
  }
}

/* A lognormal factor with mean 1 for sizes, or median 1 for weights, whose scale does not matter. */
static double lognormal(double cv, bool mean_1) {
  const double variance = log1p(cv * cv);
  return cv > 0 ? exp(sqrt(variance) * normal() - (mean_1 ? variance / 2 : 0)) : 1;
}

static int choose(const double *p, int count) {
  double u = uniform();
  for (int k = 0; k < count - 1; k++) {
    if (u < p[k]) return k;
    u -= p[k];
  }
  return count - 1;
}

/* Shares of a PSU with these means and this intracluster correlation. */
static void dirichlet(const double *mean, int count, double icc, double *share) {
  double sum = 0;
  for (int k = 0; k < count; k++) {
    share[k] = icc <= 0 ? mean[k] : mean[k] > 0 ? gamma_draw(mean[k] * (1 / icc - 1)) : 0;
    sum += share[k];
  }
  if (!(sum > 0)) { /* all too small for a double: one has everything */
    const int all = choose(mean, count);
    for (int k = 0; k < count; k++) share[k] = k == all;
    return;
  }
  for (int k = 0; k < count; k++) share[k] /= sum;
}

/* ---- samples ------------------------------------------------------------------------------------------------------ */

/* A sample: the tally, whose arrays have room for all PSUs and cells, and its design. */
typedef struct {
  weeg_tally tally;
  weeg_design design;
  int32_t psus, stratum_of[MOST_PSUS];
  int64_t stratum_psus[MOST_STRATA];
} sample;

static void sample_make(sample *x, const setting *s) {
  *x = (sample){0};
  for (int h = 0; h < s->strata; h++) {
    x->stratum_psus[h] = s->at[h].psus;
    for (int i = 0; i < s->at[h].psus; i++) {
      if (x->psus == MOST_PSUS) stop("too many PSUs");
      x->stratum_of[x->psus++] = h;
    }
  }
  const size_t most = (size_t)x->psus * (size_t)(s->groups * s->answers);
  x->tally = (weeg_tally){.units = x->psus, .cells = s->groups * s->answers, .scale = SCALE};
  x->tally.unit = room(most, sizeof *x->tally.unit);
  x->tally.cell = room(most, sizeof *x->tally.cell);
  x->tally.n = room(most, sizeof *x->tally.n);
  x->tally.w = room(most, sizeof *x->tally.w);
  x->design = (weeg_design){.strata = s->strata,
                            .psus = x->psus,
                            .psu_stratum = x->stratum_of,
                            .stratum_psus = x->stratum_psus,
                            .lonely = WEEG_LONELY_FAIL};
}

static void sample_clear(sample *x) {
  free(x->tally.unit);
  free(x->tally.cell);
  free(x->tally.n);
  free(x->tally.w);
}

/* The shares of the cells in a PSU, of group `group` where groups are nested. */
static void draw_shares(const setting *s, const stratum *at, int group, double *share) {
  double groups[MOST_CELLS] = {0}, answers[MOST_CELLS] = {0}, g[MOST_CELLS] = {0}, a[MOST_CELLS];
  if (s->how == JOINT) {
    dirichlet(at->share, s->groups * s->answers, at->answer_icc, share);
    return;
  }
  for (int i = 0; i < s->groups; i++) {
    for (int k = 0; k < s->answers; k++) {
      const double p = at->share[i * s->answers + k];
      groups[i] += p;
      if (s->how == APART || i == group) answers[k] += p;
    }
  }
  if (s->how == NESTED)
    for (int k = 0; k < s->answers; k++) answers[k] /= groups[group];
  dirichlet(answers, s->answers, at->answer_icc, a);
  if (s->how == NESTED) g[group] = 1;
  else dirichlet(groups, s->groups, at->group_icc, g);
  for (int i = 0; i < s->groups; i++)
    for (int k = 0; k < s->answers; k++) share[i * s->answers + k] = g[i] * a[k];
}

/* Rows of a PSU. Where those of the first answer have more weight, they are drawn less often: estimates stay consistent. */
static void draw_psu(const setting *s, const stratum *at, int32_t psu, int group, weeg_tally *t) {
  const int cells = t->cells;
  double share[MOST_CELLS], w[MOST_CELLS] = {0}, norm = 0;
  int64_t n[MOST_CELLS] = {0};
  draw_shares(s, at, group, share);
  for (int c = 0; c < cells; c++) norm += share[c] /= c % s->answers == 0 ? s->first_weight : 1;
  for (int c = 0; c < cells; c++) share[c] /= norm;
  const double rows = fmax(1, floor(at->rows * lognormal(s->cv_rows, true) + 0.5));
  for (int64_t i = 0; i < (int64_t)rows; i++) {
    const int c = choose(share, cells);
    n[c]++;
    w[c] += at->weight * norm * (c % s->answers == 0 ? s->first_weight : 1) * lognormal(s->cv_weights, false);
  }
  for (int c = 0; c < cells; c++) {
    if (n[c] == 0) continue;
    t->unit[t->entries] = psu;
    t->cell[t->entries] = c;
    t->n[t->entries] = n[c];
    if (!(w[c] < 0x1p22)) stop("weights are too large");
    t->w[t->entries++] = (weeg_sum){0, (uint64_t)ldexp(w[c], -SCALE)};
  }
}

static void sample_draw(sample *x, const setting *s) {
  int32_t psu = 0;
  x->tally.entries = 0;
  for (int h = 0; h < s->strata; h++)
    for (int i = 0; i < s->at[h].psus; i++) draw_psu(s, &s->at[h], psu++, i % s->groups, &x->tally);
}

/* ---- results ------------------------------------------------------------------------------------------------------ */

/* Of one measure by one method, over samples. */
typedef struct {
  int found, covered, below, above;
  double width, *df;
} tally_of_limits;

typedef struct {
  setting *s;
  sample sample;
  weeg_places places;
  int32_t group[MOST_CELLS], answer[MOST_CELLS];
  double truth[MEASURES], *estimate[MEASURES], *variance[MEASURES];
  int drawn[MEASURES]; /* samples with an estimate */
  tally_of_limits limits[MEASURES][METHODS];
  double *p[METHODS]; /* p-values of tests */
  int tested[METHODS];
} study;

static const weeg_profile *method(int m) {
  static const char *const names[METHODS] = {"nchs", "weeg"};
  int32_t count;
  const weeg_profile *all = weeg_profiles(&count);
  for (int32_t i = 0; i < count; i++)
    if (strcmp(all[i].name, names[m]) == 0) return &all[i];
  stop("no such conventions");
}

static void require(weeg_status status, const weeg_error *err) {
  if (status != WEEG_OK) stop(err->message);
}

static void add_limits(study *y, int measure, int m, double low, double high, double df) {
  tally_of_limits *to = &y->limits[measure][m];
  if (isnan(low) || isnan(high)) return;
  to->df[to->found++] = df;
  to->below += low > y->truth[measure];
  to->above += high < y->truth[measure];
  to->covered += low <= y->truth[measure] && y->truth[measure] <= high;
  to->width += measure == 0 ? high - low : log(high) - log(low);
}

static void add_estimate(study *y, int measure, double estimate, double variance) {
  y->estimate[measure][y->drawn[measure]] = estimate;
  y->variance[measure][y->drawn[measure]++] = variance;
}

static void add_shares(study *y, const weeg_survey *survey, int m) {
  const weeg_interval_choice choice = {method(m)->interval, 0.95};
  weeg_share shares[MOST_CELLS];
  weeg_error err = {0};
  require(weeg_shares(survey, &y->places, &choice, shares, &err), &err);
  if (m == 0 && shares[0].df >= 1 && isfinite(shares[0].variance))
    add_estimate(y, 0, shares[0].estimate, shares[0].variance);
  add_limits(y, 0, m, shares[0].low, shares[0].high, shares[0].df_used);
}

static void add_contrasts(study *y, const weeg_survey *survey, int m) {
  static const int64_t start[] = {0, 1, 2};
  static const int32_t one[] = {0}, other[] = {1}, groups[] = {0, 1};
  static const weeg_measure measures[MEASURES] = {WEEG_DIFFERENCE, WEEG_RISK_RATIO, WEEG_ODDS_RATIO};
  const weeg_sets sets = {&y->places, 2, start, groups};
  const weeg_comparison what = {
      .first = one, .second = other, .pairs = 1, .measure = measures, .measures = MEASURES, .level = 0.95};
  weeg_contrast contrasts[MEASURES * MOST_CELLS];
  weeg_error err = {0};
  require(weeg_compare_sets(survey, &sets, &what, contrasts, &err), &err);
  for (int k = 0; k < MEASURES; k++) {
    const weeg_contrast *x = &contrasts[k * y->s->answers];
    if (m == 0 && x->std_error > 0 && x->df >= 1)
      add_estimate(y, k, k == 0 ? x->estimate : log(x->estimate), x->std_error * x->std_error);
    add_limits(y, k, m, x->low, x->high, x->df_used);
  }
}

static void add_test(study *y, const weeg_survey *survey, int m) {
  const weeg_test_choice choice = {.method = method(m)->test};
  weeg_test test;
  weeg_error err = {0};
  require(weeg_test_independence(survey, &y->places, &choice, &test, &err), &err);
  if (!isnan(test.p_value)) y->p[m][y->tested[m]++] = test.p_value;
}

static void run(study *y) {
  setting *s = y->s;
  seed((uint64_t)s->number);
  for (int m = 0; m < METHODS; m++) y->tested[m] = 0;
  for (int i = 0; i < s->samples; i++) {
    sample_draw(&y->sample, s);
    for (int m = 0; m < METHODS; m++) {
      y->sample.design.df = method(m)->df;
      const weeg_survey survey = {&y->sample.tally, &y->sample.design};
      if (s->what == SHARE) add_shares(y, &survey, m);
      if (s->what == CONTRAST) add_contrasts(y, &survey, m);
      if (s->what == TEST || s->what == POWER) add_test(y, &survey, m);
    }
  }
}

/* ---- what is printed ---------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double moments(const double *x, int count, double *mean) {
  double sum = 0, squares = 0;
  for (int i = 0; i < count; i++) sum += x[i];
  *mean = sum / count;
  for (int i = 0; i < count; i++) squares += (x[i] - *mean) * (x[i] - *mean);
  return squares / (count - 1);
}

/*
 * The mean width of intervals of which the variance is known: Wilson's for shares, in which the variance is that at the truth
 * times p(1 - p), Wald's otherwise.
 */
static double known_width(const study *y, int measure, double variance, double t) {
  double sum = 0;
  if (y->s->what != SHARE) return 2 * t * sqrt(variance);
  for (int i = 0; i < y->drawn[0]; i++) {
    const double truth = y->truth[0], p = y->estimate[measure][i], k = t * t * variance / (truth * (1 - truth));
    sum += 2 * sqrt(k) * sqrt(p * (1 - p) + k / 4) / (1 + k);
  }
  return sum / y->drawn[0];
}

/*
 * number, measure, method, samples, those with limits or a p-value, of these the share that holds the truth or is rejected at
 * 5 %, that below and that above the truth, mean width (ratios: of logarithms), mean width of intervals that know the variance:
 * of the normal distribution, and of Student's t with the df of the variance, 2 mean^2 / variance; these df; the median df used;
 * the share that is rejected where there is an association, and that at the p-value that 5 % have without; the variance of
 * the estimate.
 */
static void print_line(const study *y, const char *measure, int m, const double figures[12]) {
  printf("%ld,%s,%s,%d", y->s->number, measure, method(m)->name, y->s->samples);
  for (int i = 0; i < 12; i++) {
    if (isnan(figures[i])) printf(",NA");
    else printf(",%.6g", figures[i]);
  }
  printf("\n");
}

static void print_limits(const study *y) {
  static const char *const names[] = {"difference", "risk-ratio", "odds-ratio"};
  for (int k = 0; k < (y->s->what == SHARE ? 1 : MEASURES); k++) {
    double mean, of_variance;
    const double variance = moments(y->estimate[k], y->drawn[k], &mean);
    const double spread = moments(y->variance[k], y->drawn[k], &of_variance),
                 df = 2 * of_variance * of_variance / spread;
    for (int m = 0; m < METHODS; m++) {
      const tally_of_limits *x = &y->limits[k][m];
      double t = NAN;
      weeg_error err = {0};
      require(weeg_t_quantile(0.975, df, &t, &err), &err);
      qsort(x->df, (size_t)x->found, sizeof *x->df, ascending);
      print_line(y, y->s->what == SHARE ? "share" : names[k], m,
                 (double[12]){x->found, (double)x->covered / x->found, (double)x->below / x->found,
                              (double)x->above / x->found, x->width / x->found,
                              known_width(y, k, variance, 1.959963984540054), known_width(y, k, variance, t), df,
                              x->df[x->found / 2], NAN, NAN, variance});
    }
  }
}

static double rejected(const double *p, int count, double at) {
  int sum = 0;
  for (int i = 0; i < count; i++) sum += p[i] <= at;
  return (double)sum / count;
}

/* The same shares of groups and answers in each stratum, but independent. */
static void take_association_away(setting *s) {
  for (int h = 0; h < s->strata; h++) {
    double groups[MOST_CELLS] = {0}, answers[MOST_CELLS] = {0};
    for (int c = 0; c < s->groups * s->answers; c++) {
      groups[c / s->answers] += s->at[h].share[c];
      answers[c % s->answers] += s->at[h].share[c];
    }
    for (int c = 0; c < s->groups * s->answers; c++)
      s->at[h].share[c] = groups[c / s->answers] * answers[c % s->answers];
  }
}

static void run_tests(study *y) {
  setting with = *y->s;
  double size[METHODS], power[METHODS] = {NAN, NAN}, adjusted[METHODS] = {NAN, NAN}, critical[METHODS];
  int tested[METHODS];
  take_association_away(y->s);
  run(y);
  for (int m = 0; m < METHODS; m++) {
    tested[m] = y->tested[m];
    size[m] = rejected(y->p[m], tested[m], 0.05);
    qsort(y->p[m], (size_t)tested[m], sizeof *y->p[m], ascending);
    critical[m] = y->p[m][tested[m] / 20];
  }
  if (with.what == POWER) {
    *y->s = with;
    y->s->number += 1000000; /* other samples than those that gave the critical p-values */
    run(y);
    y->s->number -= 1000000;
    for (int m = 0; m < METHODS; m++) {
      power[m] = rejected(y->p[m], y->tested[m], 0.05);
      adjusted[m] = rejected(y->p[m], y->tested[m], critical[m]);
    }
  }
  for (int m = 0; m < METHODS; m++)
    print_line(y, "test", m,
               (double[12]){tested[m], size[m], NAN, NAN, NAN, NAN, NAN, NAN, NAN, power[m], adjusted[m], NAN});
}

/* ---- settings ----------------------------------------------------------------------------------------------------- */

static double number_in(char **text) {
  char *end;
  const double x = strtod(*text, &end);
  if (end == *text) stop("a setting ends too early");
  *text = end;
  return x;
}

static int word_in(char **text, const char *const *words, int count) {
  *text += strspn(*text, " ");
  const size_t length = strcspn(*text, " ");
  for (int i = 0; i < count; i++) {
    if (strlen(words[i]) == length && strncmp(words[i], *text, length) == 0) {
      *text += length;
      return i;
    }
  }
  stop("an unknown word in a setting");
}

static int count_in(char **text, int most) {
  const double x = number_in(text);
  if (!(x >= 1 && x <= most)) stop("a count in a setting is out of range");
  return (int)x;
}

static void read_setting(setting *s, char *text) {
  static const char *const kinds[] = {"share", "contrast", "test", "power"}, *const ways[] = {"joint", "apart",
                                                                                              "nested"};
  *s = (setting){0};
  s->number = (long)number_in(&text);
  s->samples = count_in(&text, 1000000);
  s->what = (kind)word_in(&text, kinds, 4);
  s->how = (variation)word_in(&text, ways, 3);
  s->cv_rows = number_in(&text);
  s->cv_weights = number_in(&text);
  s->first_weight = number_in(&text);
  s->groups = count_in(&text, MOST_CELLS);
  s->answers = count_in(&text, MOST_CELLS / s->groups);
  s->strata = count_in(&text, MOST_STRATA);
  for (int h = 0; h < s->strata; h++) {
    stratum *at = &s->at[h];
    at->psus = count_in(&text, MOST_PSUS);
    at->weight = number_in(&text);
    at->rows = number_in(&text);
    at->answer_icc = number_in(&text);
    at->group_icc = number_in(&text);
    for (int c = 0; c < s->groups * s->answers; c++) at->share[c] = number_in(&text);
  }
}

/* The proportion of the first answer in a group of the population. */
static double population_share(const setting *s, int group) {
  double answer = 0, all = 0;
  for (int h = 0; h < s->strata; h++) {
    const stratum *at = &s->at[h];
    for (int k = 0; k < s->answers; k++) {
      const double w = at->psus * at->weight * at->rows * at->share[group * s->answers + k];
      all += w;
      answer += k == 0 ? w : 0;
    }
  }
  return answer / all;
}

static void study_make(study *y, setting *s) {
  *y = (study){.s = s};
  sample_make(&y->sample, s);
  for (int c = 0; c < s->groups * s->answers; c++) {
    y->group[c] = s->what == SHARE && c >= s->answers ? -1 : c / s->answers; /* shares are of a domain */
    y->answer[c] = c % s->answers;
  }
  y->places = (weeg_places){.group = y->group, .groups = s->groups, .answer = y->answer, .answers = s->answers};
  const double first = population_share(s, 0), second = s->groups > 1 ? population_share(s, 1) : NAN;
  y->truth[0] = s->what == SHARE ? first : first - second;
  y->truth[1] = first / second;
  y->truth[2] = first / (1 - first) / (second / (1 - second));
  for (int k = 0; k < MEASURES; k++) {
    y->estimate[k] = room((size_t)s->samples, sizeof(double));
    y->variance[k] = room((size_t)s->samples, sizeof(double));
    for (int m = 0; m < METHODS; m++) y->limits[k][m].df = room((size_t)s->samples, sizeof(double));
  }
  for (int m = 0; m < METHODS; m++) y->p[m] = room((size_t)s->samples, sizeof(double));
}

static void study_clear(study *y) {
  for (int k = 0; k < MEASURES; k++) {
    free(y->estimate[k]);
    free(y->variance[k]);
    for (int m = 0; m < METHODS; m++) free(y->limits[k][m].df);
  }
  for (int m = 0; m < METHODS; m++) free(y->p[m]);
  sample_clear(&y->sample);
}

int main(void) {
  static char line[1 << 16];
  static setting s;
  static study y;
  while (fgets(line, sizeof line, stdin) != NULL) {
    read_setting(&s, line);
    study_make(&y, &s);
    if (s.what == TEST || s.what == POWER) {
      run_tests(&y);
    } else {
      run(&y);
      print_limits(&y);
    }
    fflush(stdout);
    study_clear(&y);
  }
  return 0;
}
