/* Logistic models of tallies with names: from terms to patterns and columns, and from estimates to what is reported. */
#include <math.h>
#include <string.h>

#include "base/said.h"
#include "frame/model.h"
#include "stats/effective.h"
#include "stats/measure.h"

typedef struct made_regression {
  weeg_regression regression; /* first: callers have its address */
  made_frame *room;
} made_regression;

typedef struct regression {
  weeg_regression *to;
  made_frame *room, *scratch;  /* what is given; what is needed meanwhile */
  const weeg_frame *frame, *whole; /* of the model; before some answers became one */
  weeg_survey survey;
  const weeg_terms *terms;
  model_table table;
  int32_t outcome, levels, *cell_level, *cell_pattern, patterns, *first; /* [patterns] the first cell of each, as counted */
  int64_t *start;              /* [patterns + 1] */
  int32_t *column, columns;
  int32_t *term_start;         /* [terms + 1] the columns of each term */
  int32_t size;                /* columns, then cuts */
  double *estimate, *covariance;
  weeg_few *few;               /* [size] */
} regression;

void weeg_regression_free(weeg_regression *r) {
  if (r != NULL) weeg_i_frame_drop(((made_regression *)r)->room);
}

/* ---- the outcome ------------------------------------------------------------------------------------------------ */

/* Without two sides: where some answers are modelled, others may be there that are on their side. */
static weeg_status refuse_level(const regression *r, bool some, weeg_error *err) {
  weeg_status status = WEEG_OK;
  model_table whole = {0};
  WEEG_TRY(weeg_i_model_table(r->whole, r->scratch, &whole, err));
  status = some && whole.size[r->outcome] > 1
             ? weeg_i_model_refuse(err, WEEG_ERR_ARGUMENT, WEEG_FAULT_ONE_SIDE, r->outcome, -1)
             : weeg_i_model_refuse(err, WEEG_ERR_ARGUMENT, WEEG_FAULT_ONE_LEVEL, r->outcome, whole.kept[r->outcome][0]);
cleanup:
  return status;
}

/* The level of each counted cell: those that are modelled against the others, or all that have rows. */
static weeg_status find_levels(regression *r, const uint8_t *modelled, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const model_table *t = &r->table;
  const weeg_variable *v = &r->frame->variable[r->outcome];
  const int32_t used = t->size[r->outcome], *kept = t->kept[r->outcome], *at = t->at + (int64_t)r->outcome * t->counted;
  int32_t *answer = NULL;
  if (used < 2) return refuse_level(r, modelled != NULL, err);
  r->to->ordinal = modelled == NULL && v->levels.count > 2;
  if (r->to->ordinal && !v->ordered && !v->number) {
    (void)weeg_i_model_refuse(err, WEEG_ERR_ARGUMENT, WEEG_FAULT_UNORDERED, r->outcome, kept[used - 1]);
    if (err != NULL) err->facts.value = v->levels.count;
    return WEEG_ERR_ARGUMENT;
  }
  FRAME_NEW(r->scratch, r->cell_level, r->frame->tally->cells);
  memset(r->cell_level, -1, (size_t)r->frame->tally->cells * sizeof *r->cell_level);
  for (int32_t i = 0; i < t->counted; i++) {
    r->cell_level[t->cell[i]] = modelled == NULL ? at[i] : modelled[kept[at[i]]] != 0;
  }
  r->levels = r->to->levels = modelled == NULL ? used : 2;
  if (modelled != NULL) goto cleanup;
  FRAME_NEW(r->room, answer, used);
  memcpy(answer, kept, (size_t)used * sizeof *answer);
  r->to->answer = answer;
cleanup:
  return status;
}

/* ---- patterns and columns ---------------------------------------------------------------------------------------- */

static int32_t level_at(const regression *r, int32_t variable, int32_t counted) {
  return r->table.at[(int64_t)variable * r->table.counted + counted];
}

/* Numbers the combinations of covariates by first appearance. */
static weeg_status find_patterns(regression *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const model_table *t = &r->table;
  int64_t product = 1; /* at most as many as there are cells */
  int32_t *number = NULL;
  for (int32_t v = 0; v < r->outcome; v++) product *= t->size[v];
  FRAME_NEW(r->scratch, number, product);
  FRAME_NEW(r->scratch, r->first, t->counted);
  FRAME_NEW(r->scratch, r->cell_pattern, r->frame->tally->cells);
  memset(r->cell_pattern, -1, (size_t)r->frame->tally->cells * sizeof *r->cell_pattern);
  for (int32_t i = 0; i < t->counted; i++) {
    int64_t place = 0;
    for (int32_t v = 0; v < r->outcome; v++) place = place * t->size[v] + level_at(r, v, i);
    if (number[place] == 0) {
      r->first[r->patterns++] = i;
      number[place] = r->patterns;
    }
    r->cell_pattern[t->cell[i]] = number[place] - 1;
  }
cleanup:
  return status;
}

/* The column of a term that is 1 in a pattern, from 0 in the term; -1: none. The first variable is the fastest. */
static int32_t column_of(const regression *r, int32_t term, int32_t pattern) {
  int32_t stride = 1, number = 0;
  for (int32_t i = r->terms->start[term]; i < r->terms->start[term + 1]; i++) {
    const int32_t v = r->terms->variable[i], level = level_at(r, v, r->first[pattern]);
    if (level == 0) return -1;
    number += (level - 1) * stride;
    stride *= r->table.size[v] - 1;
  }
  return number;
}

static weeg_status find_columns(regression *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t terms = r->terms->terms;
  int64_t columns = 0, used = 0;
  WEEG_TRY(weeg_i_model_starts(&r->table, r->terms, r->scratch, &r->term_start, &columns, err));
  WEEG_TRY(weeg_i_model_columns(columns, err));
  r->columns = (int32_t)columns;
  FRAME_NEW(r->scratch, r->start, (int64_t)r->patterns + 1);
  FRAME_NEW(r->scratch, r->column, (int64_t)r->patterns * terms);
  for (int32_t p = 0; p < r->patterns; p++) {
    for (int32_t t = 0; t < terms; t++) {
      const int32_t column = column_of(r, t, p);
      if (column >= 0) r->column[used++] = r->term_start[t] + column;
    }
    r->start[p + 1] = used;
  }
cleanup:
  return status;
}

/* ---- the fit ---------------------------------------------------------------------------------------------------- */

/* A level of a covariate of which all rows have the lowest or the highest answer. */
static bool find_same_answer(const regression *r, int32_t *variable, int32_t *level, int64_t *rows) {
  const model_table *t = &r->table;
  for (int32_t v = 0; v < r->outcome; v++) {
    for (int32_t k = 0; k < t->size[v]; k++) {
      int32_t low = r->levels, high = -1;
      *rows = 0;
      for (int32_t i = 0; i < t->counted; i++) {
        const int32_t answer = r->cell_level[t->cell[i]];
        if (level_at(r, v, i) != k) continue;
        low = answer < low ? answer : low;
        high = answer > high ? answer : high;
        *rows += t->n[t->cell[i]];
      }
      if (low != high || (low > 0 && low < r->levels - 1)) continue;
      *variable = v;
      *level = t->kept[v][k];
      return true;
    }
  }
  return false;
}

/* Says which level, or else which coefficient, has no finite estimate. */
static weeg_status explain(const regression *r, weeg_status status, weeg_error *err) {
  int32_t variable = -1, level = -1, term = 0;
  int64_t rows = 0;
  const int64_t where = status == WEEG_ERR_NUMERIC && err != NULL ? err->where : -1;
  if (where < 0) return status;
  if (find_same_answer(r, &variable, &level, &rows)) {
    (void)weeg_i_model_refuse(err, status, WEEG_FAULT_SAME_ANSWER, variable, level);
    err->facts.value = (double)rows;
    return status;
  }
  const char *text = "", *between = weeg_i_said(err, "the intercept");
  while (term < r->terms->terms && where >= r->term_start[term + 1]) term++;
  if (term < r->terms->terms) {
    between = r->frame->variable[r->terms->variable[r->terms->start[term]]].name;
    (void)weeg_i_model_level(&r->table, r->terms, term, where - r->term_start[term], 1, r->scratch, &text, err);
    if (r->terms->start[term + 1] > r->terms->start[term] + 1) between = weeg_i_said(err, "the interaction");
  }
  (void)weeg_fail(err, status, where, "%s; it shows in %.60s%s%.80s",
                  weeg_i_said(err, weeg_fault_text(WEEG_FAULT_SEPARATED)), between, text[0] == '\0' ? "" : " ", text);
  err->facts.fault = WEEG_FAULT_SEPARATED;
  return status;
}

static weeg_status fit_model(regression *r, double level, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_model model = {r->cell_pattern, r->cell_level, r->patterns, r->columns, r->levels, r->start, r->column};
  r->size = r->columns + r->levels - 1;
  FRAME_NEW(r->scratch, r->estimate, r->size);
  FRAME_NEW(r->scratch, r->covariance, (int64_t)r->size * r->size);
  FRAME_NEW(r->scratch, r->few, r->size);
  const weeg_fitted to = {r->estimate, r->covariance, r->few, level};
  WEEG_TRY(weeg_logistic(&r->survey, &model, &to, &r->to->fit, err));
  r->to->df = r->to->fit.df - r->to->fit.slopes;
  if (r->to->ordinal && r->levels == 2) { /* an intercept, minus the threshold */
    const int64_t cut = r->size - 1, size = r->size;
    r->estimate[cut] = -r->estimate[cut];
    for (int64_t i = 0; i < cut; i++) {
      r->covariance[cut * size + i] = -r->covariance[cut * size + i];
      r->covariance[i * size + cut] = -r->covariance[i * size + cut];
    }
  }
cleanup:
  return explain(r, status, err);
}

/* ---- what has no variance ----------------------------------------------------------------------------------------- */

static void withhold(regression *r, int64_t i) {
  for (int64_t k = 0; k < r->size; k++) r->covariance[i * r->size + k] = r->covariance[k * r->size + i] = NAN;
}

/* Which levels of a term have a variance of their own, its columns numbered from 1, has[0]: all others. */
static weeg_status own_levels(const regression *r, int32_t term, int32_t *place, uint8_t *has, weeg_error *err) {
  const int32_t columns = r->term_start[term + 1] - r->term_start[term];
  for (int32_t c = 0; c < r->frame->tally->cells; c++) {
    const int32_t pattern = r->cell_pattern[c];
    place[c] = pattern < 0 ? -1 : column_of(r, term, pattern) + 1;
  }
  return weeg_own_variance(&r->survey, place, columns + 1, has, err);
}

/*
 * Coefficients that compare levels of which one has no variance of its own have none; the intercept is about the first levels of
 * all. Main effects come first, as interactions are about their first levels as well.
 */
static weeg_status withhold_alone(regression *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_terms *terms = r->terms;
  int32_t *place = NULL;
  uint8_t *has = NULL, *reference = NULL;
  bool any = false;
  FRAME_NEW(r->scratch, place, r->frame->tally->cells);
  FRAME_NEW(r->scratch, has, (int64_t)r->columns + 1);
  FRAME_NEW(r->scratch, reference, r->frame->variables);
  for (int32_t i = 0; i < 2 * terms->terms; i++) {
    const int32_t t = i % terms->terms, first = terms->start[t], end = terms->start[t + 1];
    const bool single = end - first == 1;
    bool against = false;
    if (single != (i < terms->terms)) continue;
    WEEG_TRY(own_levels(r, t, place, has, err));
    if (single) reference[terms->variable[first]] = !has[0];
    for (int32_t k = first; k < end; k++) against = against || reference[terms->variable[k]];
    any = any || (single && against);
    for (int32_t j = r->term_start[t]; j < r->term_start[t + 1]; j++) {
      if (!has[j - r->term_start[t] + 1] || against) withhold(r, j);
    }
  }
  for (int32_t j = r->columns; j < r->size && any; j++) withhold(r, j);
cleanup:
  return status;
}

/* ---- what is reported --------------------------------------------------------------------------------------------- */

static weeg_status threshold_text(const regression *r, int32_t cut, const char **text, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_texts *levels = &r->frame->variable[r->outcome].levels;
  const char *below = levels->text[r->to->answer[cut]], *above = levels->text[r->to->answer[cut + 1]];
  const size_t m = strlen(below), n = strlen(above);
  char *to = NULL;
  FRAME_NEW(r->room, to, (int64_t)(m + n) + 2);
  memcpy(to, below, m);
  to[m] = '|';
  memcpy(to + m + 1, above, n);
  *text = to;
cleanup:
  return status;
}

/* Coefficient i of the fit, -1: a level without rows. */
static weeg_status report(const regression *r, weeg_coefficient *c, int32_t i, double level, weeg_error *err) {
  weeg_status status = WEEG_OK;
  c->odds_ratio = NAN;
  if (i < 0) {
    c->value = weeg_i_no_contrast(WEEG_REASON_EMPTY, r->to->df);
    return WEEG_OK;
  }
  WEEG_TRY(weeg_contrast_value(r->estimate[i], r->covariance[(int64_t)i * r->size + i], r->to->df, level, &c->value, err));
  weeg_i_contrast_few(&c->value, &r->few[i]);
  if (isnan(r->estimate[i])) c->value.reason = WEEG_REASON_ALIASED;
  if (i < r->columns) c->odds_ratio = exp(c->value.estimate);
cleanup:
  return status;
}

/* All rows, and from[] the coefficient of the fit that each is about. */
static weeg_status report_coefficients(regression *r, double level, int32_t *from, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_coefficient *all = NULL;
  int32_t count = 0;
  FRAME_NEW(r->room, all, r->to->coefficients);
  for (int32_t k = 0; k < r->levels - 1; k++) {
    all[count].term = -1;
    if (r->to->ordinal) WEEG_TRY(threshold_text(r, k, &all[count].level, err));
    from[count++] = r->columns + k;
  }
  for (int32_t t = 0; t < r->terms->terms; t++) {
    const int32_t v = r->terms->variable[r->terms->start[t]], empty = weeg_i_model_empty(&r->table, r->terms, t);
    for (int32_t j = r->term_start[t]; j < r->term_start[t + 1]; j++) {
      all[count].term = t;
      WEEG_TRY(weeg_i_model_level(&r->table, r->terms, t, j - r->term_start[t], 1, r->room, &all[count].level, err));
      from[count++] = j;
    }
    for (int32_t k = 0; k < empty; k++) {
      all[count].term = t;
      WEEG_TRY(weeg_i_model_empty_level(&r->table, v, k, r->room, &all[count].level, err));
      from[count++] = -1;
    }
  }
  for (int32_t i = 0; i < count; i++) WEEG_TRY(report(r, &all[i], from[i], level, err));
  r->to->coefficient = all;
cleanup:
  return status;
}

static weeg_status report_covariance(regression *r, const int32_t *from, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t count = r->to->coefficients;
  double *covariance = NULL;
  FRAME_NEW(r->room, covariance, count * count);
  for (int64_t i = 0; i < count; i++) {
    for (int64_t k = 0; k < count; k++) {
      covariance[i * count + k] = from[i] < 0 || from[k] < 0 ? NAN : r->covariance[(int64_t)from[i] * r->size + from[k]];
    }
  }
  r->to->covariance = covariance;
cleanup:
  return status;
}

/* The test of one coefficient is that of its row, where the law of few PSUs gives it. */
static weeg_status refer_test(const regression *r, int32_t which, weeg_term_test *test, weeg_error *err) {
  const weeg_few *few = &r->few[which];
  test->df2 = (double)r->to->df;
  if (!(few->quantile > 0) || test->count != 1 || test->wald.reason != WEEG_REASON_NONE) return WEEG_OK;
  test->wald.p_value = few->p_value;
  return weeg_i_equivalent_df(sqrt(test->wald.f), few->p_value, &test->df2, err);
}

/* A Wald test of each term's coefficients that have an estimate. */
static weeg_status report_tests(regression *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_parameters parameters = {r->estimate, r->covariance, r->size, r->to->df};
  weeg_term_test *test = NULL;
  int32_t *which = NULL;
  FRAME_NEW(r->room, test, r->terms->terms);
  FRAME_NEW(r->scratch, which, (int64_t)r->columns + 1);
  for (int32_t t = 0; t < r->terms->terms; t++) {
    for (int32_t j = r->term_start[t]; j < r->term_start[t + 1]; j++) {
      if (!isnan(r->estimate[j])) which[test[t].count++] = j;
    }
    test[t].wald = (weeg_wald){NAN, NAN, WEEG_REASON_ALL_ALIASED};
    if (test[t].count > 0) WEEG_TRY(weeg_wald_test(&parameters, which, test[t].count, &test[t].wald, err));
    WEEG_TRY(refer_test(r, which[0], &test[t], err));
  }
  r->to->test = test;
cleanup:
  return status;
}

/* P(Y > k) where the linear predictor is eta; of two levels the last parameter is an intercept. */
static double above(const regression *r, double eta, int32_t k) {
  const double cut = r->estimate[r->columns + k], x = r->to->ordinal ? eta - cut : eta + cut;
  return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

/* What is seen of each combination of covariates and answer, and what the model makes of it. */
static weeg_status report_patterns(regression *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const model_table *t = &r->table;
  const int64_t size = (int64_t)r->patterns * r->levels;
  int32_t *level = NULL;
  double *n = NULL, *weighted = NULL, *fitted = NULL;
  FRAME_NEW(r->room, level, (int64_t)r->patterns * r->outcome);
  FRAME_NEW(r->room, n, size);
  FRAME_NEW(r->room, weighted, size);
  FRAME_NEW(r->room, fitted, size);
  for (int32_t i = 0; i < t->counted; i++) {
    const int32_t c = t->cell[i];
    const int64_t at = (int64_t)r->cell_pattern[c] * r->levels + r->cell_level[c];
    n[at] += (double)t->n[c];
    weighted[at] += t->weighted[c];
  }
  for (int32_t p = 0; p < r->patterns; p++) {
    double eta = 0, before = 1;
    for (int32_t v = 0; v < r->outcome; v++) level[(int64_t)p * r->outcome + v] = t->kept[v][level_at(r, v, r->first[p])];
    for (int64_t i = r->start[p]; i < r->start[p + 1]; i++) {
      if (!isnan(r->estimate[r->column[i]])) eta += r->estimate[r->column[i]]; /* what is not estimable is left to the others */
    }
    for (int32_t k = 0; k < r->levels; k++) {
      const double next = k < r->levels - 1 ? above(r, eta, k) : 0;
      fitted[(int64_t)p * r->levels + k] = before - next;
      before = next;
    }
  }
  r->to->patterns = r->patterns;
  r->to->pattern_level = level;
  r->to->n = n;
  r->to->weighted = weighted;
  r->to->fitted = fitted;
cleanup:
  return status;
}

static weeg_status report_model(regression *r, double level, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *from = NULL, *reference = NULL;
  r->to->terms = r->terms->terms;
  r->to->coefficients = r->size;
  for (int32_t t = 0; t < r->terms->terms; t++) r->to->coefficients += weeg_i_model_empty(&r->table, r->terms, t);
  FRAME_NEW(r->scratch, from, r->to->coefficients);
  FRAME_NEW(r->room, reference, r->frame->variables);
  for (int32_t v = 0; v < r->frame->variables; v++) reference[v] = r->table.kept[v][0];
  r->to->reference = reference;
  WEEG_TRY(report_coefficients(r, level, from, err));
  WEEG_TRY(report_covariance(r, from, err));
  WEEG_TRY(report_tests(r, err));
  WEEG_TRY(report_patterns(r, err));
cleanup:
  return status;
}

static weeg_status regress(regression r, const uint8_t *modelled, double level, weeg_regression **made, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_frame *frame = r.frame;
  const weeg_terms *terms = r.terms;
  made_regression *result = NULL;
  r.survey = (weeg_survey){frame->tally, &frame->design};
  r.outcome = frame->variables - 1;
  if (frame->variables < 2 || !weeg_i_model_terms(terms, r.outcome)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a model needs an outcome and terms of other variables");
  }
  FRAME_LIKE(r.room, frame);
  FRAME_LIKE(r.scratch, frame);
  FRAME_NEW(r.room, result, 1);
  result->room = r.room;
  r.to = &result->regression;
  WEEG_TRY(weeg_i_model_table(frame, r.scratch, &r.table, err));
  for (int32_t v = 0; v < r.outcome; v++) WEEG_TRY(weeg_i_model_check(&r.table, v, err));
  WEEG_TRY(find_levels(&r, modelled, err));
  WEEG_TRY(find_patterns(&r, err));
  WEEG_TRY(find_columns(&r, err));
  WEEG_TRY(fit_model(&r, level, err));
  WEEG_TRY(withhold_alone(&r, err));
  WEEG_TRY(report_model(&r, level, err));
  *made = &result->regression;
  r.room = NULL;
cleanup:
  weeg_i_frame_drop(r.room);
  weeg_i_frame_drop(r.scratch);
  return status;
}

/* Answers that are modelled together become one, so that laws and degrees of freedom are those of the outcome recoded so. */
weeg_status weeg_frame_logistic(const weeg_frame *frame, const weeg_terms *terms, const uint8_t *modelled, double level,
                                weeg_regression **made, weeg_error *err) {
  static const uint8_t first[] = {1, 0};
  weeg_status status = WEEG_OK;
  weeg_frame *folded = NULL;
  if (modelled == NULL) return regress((regression){.frame = frame, .whole = frame, .terms = terms}, NULL, level, made, err);
  WEEG_TRY(weeg_frame_net(frame, &(weeg_net){frame->variables - 1, modelled, ""}, &folded, err));
  WEEG_TRY(regress((regression){.frame = folded, .whole = frame, .terms = terms}, first, level, made, err));
cleanup:
  weeg_frame_free(folded);
  return status;
}
