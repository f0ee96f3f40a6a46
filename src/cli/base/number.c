/* Numbers as people read them; NaN is "-". */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

const char *cli_number(double x, int digits) {
  if (isnan(x)) return "-";
  if (isinf(x)) return x > 0 ? "Inf" : "-Inf";
  char *text = cli_format("%.*f", digits, x);
  return text[0] == '-' && strspn(text, "-0.") == strlen(text) ? text + 1 : text;
}

const char *cli_percent(double x) { return cli_number(100 * x, 1); }

/* With a space between thousands. */
static const char *grouped(double x) {
  const char *digits = cli_number(x, 0);
  const size_t sign = digits[0] == '-', length = strlen(digits) - sign;
  cli_text text = {0};
  cli_add_bytes(&text, digits, sign);
  for (size_t i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0) cli_add(&text, " ");
    cli_add_bytes(&text, digits + sign + i, 1);
  }
  return text.bytes;
}

static bool has_five_digits(double x) { return isfinite(x) && fabs(x) >= 9999.5; }

/* From five digits on, with a space between thousands. */
const char *cli_count(double x) { return has_five_digits(x) ? grouped(x) : cli_number(x, 0); }

const char *cli_counted(double n, const char *one, const char *many) {
  return cli_format("%s %s", cli_count(n), cli_said(n == 1 ? one : many));
}

/* From four digits on, as sizes of designs are printed. */
const char *cli_count_plain(double x) { return x < 1000 ? cli_number(x, 0) : grouped(x); }

/* Sums of weights: a decimal where they are all small. */
const char *cli_weighted(double x, bool large) { return large ? cli_count(x) : cli_number(x, 1); }

/* So many significant digits, but all digits before the point. */
const char *cli_significant(double x, int digits) {
  if (x == 0 || !isfinite(x) || has_five_digits(x)) return cli_count(x);
  char scientific[64];
  (void)snprintf(scientific, sizeof scientific, "%.*e", digits - 1, x);
  const char *mark = strchr(scientific, 'e');
  const int exponent = mark == NULL ? 0 : (int)strtol(mark + 1, NULL, 10);
  const int decimals = digits - 1 - exponent;
  return cli_format("%.*f", decimals > 0 ? decimals : 0, x);
}

const char *cli_df(double df) { return fabs(df - round(df)) < 1e-8 ? cli_count(df) : cli_significant(df, 3); }

/* "< .001", ".0123", ".345": no more than three significant digits, and never 0 or 1. */
const char *cli_p(double p) {
  if (isnan(p)) return "-";
  if (p < 0.001) return "< .001";
  if (p > 0.9995) return "> .999";
  const char *text = cli_format("%.4f", p);
  if (strtod(text, NULL) >= 0.1) text = cli_format("%.3f", p);
  return text[0] == '0' ? text + 1 : text;
}

/* Two decimals, more below 0.1. */
const char *cli_ratio(double x) { return x < 0.1 ? cli_significant(x, 2) : cli_number(x, 2); }
