/*
 * A tally with names, labels and notes, as files hold it, for the tests and the fuzzer of tally files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef LABELLED_SAMPLE_H
#define LABELLED_SAMPLE_H

#include "sample.h"

/* x borrows from v (two variables) and s, whose tally is the caller's to free. element: no clusters. */
static void labelled_sample(weeg_labelled_tally *x, weeg_variable *v, sample *s, bool element) {
  enum { ROWS = 60, TEXTS = 16 };
  static char texts[TEXTS][24] = {"provider", "werkplein", "dagbesteding \xe2\x82\xac", "h1", "h2", "h3", "a", "b", "c", "d",
                                  "e",        "f",         "conventions",             "weeg", "Vraag", ""};
  static char *text[TEXTS];
  int32_t stratum[ROWS], psu[ROWS], a[ROWS], b[ROWS];
  double weight[ROWS];
  for (int k = 0; k < TEXTS; k++) text[k] = texts[k];
  for (int i = 0; i < ROWS; i++) {
    psu[i] = i % 6 + 1;
    stratum[i] = (psu[i] + 1) / 2;
    a[i] = i * 7 % 3;
    b[i] = i * 5 % 4;
    weight[i] = 0.25 + i * 0.37;
  }
  const weeg_column columns[] = {sample_column(a, 2), sample_column(b, 3)};
  sample_make(s, ROWS, stratum, 3, element ? NULL : psu, 6, columns, 2, weight);
  v[0] = (weeg_variable){.name = text[0], .label = text[14], .ordered = true, .levels = {2, text + 1}};
  v[1] = (weeg_variable){.name = text[3], .number = true, .levels = {3, text + 6}};
  *x = (weeg_labelled_tally){.variables = 2, .variable = v, .strata = {3, text + 3}, .psus = {element ? 0 : 6, text + 6},
                             .notes = {2, text + 12}, .design = s->design, .tally = *s->tally};
}

#endif
