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

/* x with three PSUs in one stratum, in which what was the first stage is the second one: without names of strata, or with. */
static inline void labelled_stages(weeg_labelled_tally *x, weeg_stage *second, weeg_stage_names *names,
                                   const double *fpc) {
  static const int32_t parent[] = {0, 1, 2}, psu_stratum[] = {0, 0, 0};
  static const int64_t psus[] = {3};
  static const double population[] = {5};
  const weeg_design first = x->design;
  *second = (weeg_stage){.element = first.element, .strata = 3, .units = first.psus, .stratum_parent = parent,
                         .unit_stratum = first.psu_stratum, .stratum_units = first.stratum_psus, .stratum_fpc = fpc};
  *names = (weeg_stage_names){{first.element ? 3 : 0, x->strata.text}, {first.psus, x->psus.text}};
  x->design = (weeg_design){.strata = 1, .psus = 3, .psu_stratum = psu_stratum, .stratum_psus = psus, .stratum_fpc = population,
                            .later = 1, .stages = second};
  x->stages = names;
  x->psus = x->strata;
  x->strata.count = 1;
}

#endif
