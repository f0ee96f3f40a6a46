/*
 * Statuses, reasons and the filling of error structs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdarg.h>
#include <stdio.h>

#include "interrupt.h"
#include "weeg.h"

weeg_status weeg_fail(weeg_error *err, weeg_status code, int64_t where, const char *format, ...) {
  if (err != NULL) {
    err->code = code;
    err->where = where;
    err->count = 0;
    err->line = 0;
    err->column = 0;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    if (length < 0) err->message[0] = '\0';
  }
  return code;
}

weeg_status weeg_pulse_status(const pulse *p, weeg_error *err) {
  return p->stopped ? weeg_fail(err, WEEG_ERR_INTERRUPTED, -1, "stopped by the caller") : WEEG_OK;
}

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

const char *weeg_reason_text(weeg_reason reason) {
  switch (reason) {
  case WEEG_REASON_NONE: return "";
  case WEEG_REASON_EMPTY: return "no observations";
  case WEEG_REASON_NO_VARIATION:
    return "the estimate is 0 or 1: the limits are Clopper-Pearson's with the unweighted number of observations";
  case WEEG_REASON_NO_DF: return "no design degrees of freedom";
  case WEEG_REASON_NO_VARIANCE:
    return "the variance cannot be estimated: all rows, or all of a group, are in one PSU or in strata with one";
  case WEEG_REASON_ZERO_VARIANCE: return "the estimated variance is 0";
  case WEEG_REASON_ONE_LEVEL: return "fewer than two rows or columns with data";
  case WEEG_REASON_SINGULAR: return "the covariance matrix is singular: too few PSUs or empty cells";
  case WEEG_REASON_ZERO_BASE: return "the proportion to compare with is 0, or the odds are infinite";
  case WEEG_REASON_FEW_DF: return "fewer design degrees of freedom than the test needs";
  case WEEG_REASON_AT_BOUND: return "the estimate is at the end of its range: no standard error";
  case WEEG_REASON_NO_EXCESS: return "no more association than sampling gives: no standard error";
  case WEEG_REASON_FEW_ROWS: return "too few observations for the bias correction";
  case WEEG_REASON_SPANS_ZERO:
    return "the difference may be 0: the interval is below conf.low and above conf.high, through infinity";
  case WEEG_REASON_EMPTY_CATEGORY:
    return "a category of the composition has observations in one of the groups only: join it with another";
  case WEEG_REASON_NOT_FINITE: return "no finite estimates: empty cells, or one with next to no weight; join levels";
  }
  return "unknown reason";
}
