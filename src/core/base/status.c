/*
 * Statuses, reasons and the filling of error structs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/interrupt.h"
#include "base/said.h"

weeg_status weeg_fail(weeg_error *err, weeg_status code, int64_t where, const char *format, ...) {
  if (err != NULL) {
    err->code = code;
    err->where = where;
    err->count = 0;
    err->line = 0;
    err->column = 0;
    err->names_file = false;
    err->facts = (weeg_facts){.row = -1, .unit = -1, .stratum = -1, .other = -1, .stage = -1, .number = -1, .value = NAN,
                              .limit = NAN};
    va_list args;
    va_start(args, format);
    int length = vsnprintf(err->message, sizeof err->message, weeg_i_said(err, format), args);
    va_end(args);
    if (length < 0) err->message[0] = '\0';
  }
  return code;
}

void weeg_i_say(const weeg_error *err, char *to, size_t size, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const int length = vsnprintf(to, size, weeg_i_said(err, format), args);
  va_end(args);
  if (length < 0 && size > 0) to[0] = '\0';
}

const char *weeg_fault_text(weeg_fault fault) {
  switch (fault) {
  case WEEG_FAULT_MISSING: return "is missing";
  case WEEG_FAULT_NEGATIVE: return "is negative";
  case WEEG_FAULT_INFINITE: return "is infinite";
  case WEEG_FAULT_TOO_LARGE: return "is larger than 2^480";
  case WEEG_FAULT_DIFFERS: return "differs from earlier rows of the same stratum";
  case WEEG_FAULT_MISSING_LEVEL: return "has a level for missing values and missing values besides";
  case WEEG_FAULT_VARIABLES: return "their variables differ";
  case WEEG_FAULT_CALIBRATED: return "calibrated weights belong to one sample as a whole";
  case WEEG_FAULT_CLUSTERS: return "one has clusters, the other has none";
  case WEEG_FAULT_CONVENTIONS: return "their conventions differ";
  case WEEG_FAULT_SENDER: return "both have PSUs that one sender numbered";
  case WEEG_FAULT_LONELY: return "their rules for single-PSU strata differ";
  case WEEG_FAULT_DOMAINS: return "their domains differ";
  case WEEG_FAULT_ONE_FINITE: return "only one has a finite population";
  case WEEG_FAULT_ONE_WEIGHTED: return "only one has weights";
  case WEEG_FAULT_ONE_WEIGHTED_BY_FPC: return "only one has weights from fpc";
  case WEEG_FAULT_ONE_REPLICATED: return "only one has replicates";
  case WEEG_FAULT_MADE_APART: return "their replicates were made for each apart";
  case WEEG_FAULT_REPLICATES: return "their replicates differ in type, number, scale, rscales, mse or df";
  case WEEG_FAULT_LONELY_DOMAIN: return "their rules for single-PSU strata in domains differ";
  case WEEG_FAULT_GIVEN_DF: return "the degrees of freedom that they were given differ";
  case WEEG_FAULT_STAGES: return "their stages differ";
  case WEEG_FAULT_ORDERED_LEVELS: return "the ordered levels of a variable differ";
  case WEEG_FAULT_POPULATIONS: return "the population size of a stratum differs";
  case WEEG_FAULT_SAME_PSUS: return "two PSUs of one of them have one name";
  case WEEG_FAULT_TWICE: return "all rows of one seem to be in the other, and would be counted twice";
  case WEEG_FAULT_INEXACT: return "is not what exact arithmetic gives";
  case WEEG_FAULT_NO_ROWS: return "no rows have a value of all variables";
  case WEEG_FAULT_ONE_LEVEL: return "has one level with data";
  case WEEG_FAULT_MANY_VALUES: return "is a number with many values, but covariates are categories";
  case WEEG_FAULT_UNORDERED: return "has levels without an order";
  case WEEG_FAULT_ONE_SIDE: return "one side of the answers has no data";
  case WEEG_FAULT_UNEQUAL: return "PSUs were drawn with unequal probabilities";
  case WEEG_FAULT_NO_PROBABILITY: return "is not above 0 and at most 1";
  case WEEG_FAULT_DIFFERS_IN_PSU: return "differs from earlier rows of the same PSU";
  case WEEG_FAULT_DRAWN: return "their PSUs were drawn in different ways (pps)";
  case WEEG_FAULT_JOINT: return "joint inclusion probabilities are those of one sample as a whole";
  case WEEG_FAULT_PROBABILITIES: return "the inclusion probability of a PSU differs";
  case WEEG_FAULT_SAME_ANSWER: return "the model has no finite estimates: all rows of a level have the same answer";
  case WEEG_FAULT_SEPARATED: return "the model has no finite estimates: a combination of its terms separates the answers";
  case WEEG_FAULT_NONE:
  case WEEG_FAULT_MANY_CELLS:
  case WEEG_FAULT_MANY_COLUMNS:
  case WEEG_FAULT_TWO_STRATA:
  case WEEG_FAULT_MORE_SAMPLED:
  case WEEG_FAULT_MIXED_STAGES:
  case WEEG_FAULT_NOTHING_VARIES:
  case WEEG_FAULT_ONE_PSU:
  case WEEG_FAULT_HAS_STRATA:
  case WEEG_FAULT_HAS_POPULATION:
  case WEEG_FAULT_NOT_TWO: break;
  }
  return "";
}

weeg_status weeg_fail_row(weeg_error *err, weeg_status code, const char *subject, int64_t row, weeg_fault fault) {
  (void)weeg_fail(err, code, row, "the %s in row %lld %s", weeg_i_said(err, subject), (long long)row + 1,
                  weeg_i_said(err, weeg_fault_text(fault)));
  if (err != NULL) {
    err->facts.fault = fault;
    err->facts.subject = subject;
    err->facts.row = row;
  }
  return code;
}

void weeg_error_move(weeg_error *err, int64_t row) {
  const weeg_error was = *err;
  if (was.facts.row < 0) return;
  if (was.facts.subject != NULL && was.facts.number >= 0) {
    (void)weeg_fail(err, was.code, row, "%s %d in row %lld %s", weeg_i_said(err, was.facts.subject),
                    (int)was.facts.number + 1, (long long)row + 1, weeg_i_said(err, weeg_fault_text(was.facts.fault)));
  } else if (was.facts.subject != NULL) {
    (void)weeg_fail_row(err, was.code, was.facts.subject, row, was.facts.fault);
  }
  err->count = was.count;
  err->facts = was.facts;
  err->facts.row = row;
}

void weeg_error_in_chunk(weeg_error *err, const weeg_chunk *chunk, int64_t i) {
  if (err == NULL) return;
  weeg_error_move(err, chunk->row == NULL ? chunk->first + i : chunk->row[i]);
  err->line = weeg_chunk_line(chunk, i);
}

int64_t weeg_chunk_line(const weeg_chunk *chunk, int64_t i) {
  int64_t low = 0, high = chunk->places; /* the last place at or before the row is among low .. high - 1 */
  if (high == 0) return 0;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    if (chunk->place[middle].row <= i) low = middle;
    else high = middle;
  }
  return chunk->place[low].line + (i - chunk->place[low].row);
}

weeg_status weeg_i_pulse_status(const pulse *p, weeg_error *err) {
  return p->stopped ? weeg_fail(err, WEEG_ERR_INTERRUPTED, -1, "stopped by the caller") : WEEG_OK;
}

const char *weeg_version(void) { return WEEG_VERSION; }

const char *weeg_status_name(weeg_status status) {
  switch (status) {
  case WEEG_OK: return "ok";
  case WEEG_ERR_ARGUMENT: return "invalid argument";
  case WEEG_ERR_MEMORY: return "out of memory";
  case WEEG_ERR_TOO_LARGE: return "too large";
  case WEEG_ERR_WEIGHT: return "invalid weight";
  case WEEG_ERR_MISSING: return "missing design variable";
  case WEEG_ERR_NESTING: return "PSU not nested in stratum";
  case WEEG_ERR_FPC: return "invalid finite population";
  case WEEG_ERR_LONELY_PSU: return "stratum with one PSU";
  case WEEG_ERR_NUMERIC: return "no convergence";
  case WEEG_ERR_INTERRUPTED: return "interrupted";
  case WEEG_ERR_FILE: return "file";
  case WEEG_ERR_CSV: return "malformed CSV";
  }
  return "unknown status";
}

/* The words of a reason, and its code. */
typedef struct reason_words {
  const char *code, *text;
} reason_words;

static const reason_words reasons[] = {
    [WEEG_REASON_NONE] = {"", ""},
    [WEEG_REASON_EMPTY] = {"empty", "no observations"},
    [WEEG_REASON_NO_VARIATION] =
        {"no-variation", "the estimate is 0 or 1: the limits are Clopper-Pearson's with the unweighted number of observations"},
    [WEEG_REASON_NO_DF] = {"no-df", "no design degrees of freedom"},
    [WEEG_REASON_NO_VARIANCE] =
        {"no-variance", "the variance cannot be estimated: all rows, or all of a group, are in one PSU or in single-PSU strata"},
    [WEEG_REASON_ZERO_VARIANCE] = {"zero-variance", "the estimated variance is 0"},
    [WEEG_REASON_ONE_LEVEL] = {"one-level", "fewer than two rows or columns with data"},
    [WEEG_REASON_SINGULAR] = {"singular", "the covariance matrix is singular: too few PSUs or empty cells"},
    [WEEG_REASON_ZERO_BASE] = {"zero-base", "the proportion to compare with is 0, or the odds are infinite"},
    [WEEG_REASON_FEW_DF] = {"few-df", "fewer design degrees of freedom than the test needs"},
    [WEEG_REASON_AT_BOUND] = {"at-bound", "the estimate is at the boundary of its range: no standard error"},
    [WEEG_REASON_NO_EXCESS] = {"no-excess", "the bias-corrected estimate is 0: no standard error"},
    [WEEG_REASON_FEW_ROWS] = {"few-rows", "too few observations for the bias correction"},
    [WEEG_REASON_SPANS_ZERO] =
        {"spans-zero", "the difference may be 0: the interval is below conf.low and above conf.high, through infinity"},
    [WEEG_REASON_EMPTY_CATEGORY] =
        {"empty-category", "a category of the composition has observations in one of the groups only: combine it with another"},
    [WEEG_REASON_NOT_FINITE] =
        {"not-finite", "no finite estimates: empty cells, or one with next to no weight; combine levels"},
    [WEEG_REASON_TOO_LARGE] = {"too-large", "too many items, groups and respondents for a test of all items"},
    [WEEG_REASON_ALIASED] = {"aliased", "not estimable: a linear combination of earlier coefficients"},
    [WEEG_REASON_ALL_ALIASED] = {"all-aliased", "no coefficient is estimable"},
    [WEEG_REASON_EMPTY_STANDARD] = {"empty-standard", "a category of the standard has no observations in the group"},
    [WEEG_REASON_NO_LIMITS] = {"no-limits", "the estimate is 0 or 1: no limits"},
    [WEEG_REASON_SEPARATED] =
        {"separated", "the model has no finite estimates: a group or level of a covariate has only this answer, or never has it"},
    [WEEG_REASON_CONFOUNDED] =
        {"confounded", "the covariates determine the group in part: its effect is not estimable"},
    [WEEG_REASON_MANY_GROUPS] = {"many-groups", "too many groups for a test"},
    [WEEG_REASON_SATURATED] = {"saturated", "the model is saturated: it fits every table"},
    [WEEG_REASON_NO_VARIATION_KISH] =
        {"no-variation-kish", "the estimate is 0 or 1: the limits are Clopper-Pearson's with Kish's effective number of rows"},
    [WEEG_REASON_ONE_PSU] =
        {"one-psu", "one PSU has more than half of the variance: the figure depends mainly on that PSU"},
    [WEEG_REASON_FEW_EFFECTIVE] =
        {"few-effective-df", "fewer than 4 effective degrees of freedom: the standard error itself is very uncertain"},
    [WEEG_REASON_FEW_ANSWERS] =
        {"few-answers", "fewer than 5 effective observations with the answer, or without it: the limits are rough"},
    [WEEG_REASON_LOST_DIGITS] =
        {"lost-digits", "the values are too small beside the largest of all groups, or cancel: their sums have no digits"},
    [WEEG_REASON_ZERO_DENOMINATOR] = {"zero-denominator", "the denominator of the ratio is 0"},
    [WEEG_REASON_OPEN_LIMIT] = {"open-limit", "the values in the sample do not reach as far as a limit"},
    [WEEG_REASON_SAME_LIMITS] =
        {"same-limits", "both limits are one value, which many observations have: the standard error is not informative"},
    [WEEG_REASON_NOT_POSITIVE] = {"not-positive", "the ratio is compared by its logarithm, and a mean is not above 0"},
    [WEEG_REASON_NO_LOGARITHM] = {"no-logarithm", "limits of the logarithm need an estimate above 0"},
    [WEEG_REASON_PROTECTED] = {"protected", "not shown, to protect small groups"},
    [WEEG_REASON_OVERLAPPING] = {"overlapping", "respondents are in several of the columns"},
};

static reason_words words_of(weeg_reason reason) {
  static const reason_words unknown = {"unknown", "unknown reason"};
  const size_t i = (size_t)reason; /* a negative one is large */
  return i < sizeof reasons / sizeof reasons[0] ? reasons[i] : unknown;
}

const char *weeg_reason_text(weeg_reason reason) { return words_of(reason).text; }

const char *weeg_reason_code(weeg_reason reason) { return words_of(reason).code; }
