/*
 * The samples of tests/reference/logistic_rows.csv, on which models are compared with values of 50-digit arithmetic, and rows for
 * models that are known by hand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_TEST_MODEL_ROWS_H
#define WEEG_TEST_MODEL_ROWS_H

#include "sample.h"

enum { MODEL_ROWS = 1024, MODEL_VARIABLES = 3 };

typedef struct model_rows {
  char name[64];
  int count;
  bool element;                  /* each row is a PSU */
  int32_t size[MODEL_VARIABLES]; /* levels of each variable: the answer, then two others */
  int32_t stratum[MODEL_ROWS], psu[MODEL_ROWS], code[MODEL_VARIABLES][MODEL_ROWS];
  double weight[MODEL_ROWS];
} model_rows;

static void model_rows_sample(const model_rows *r, sample *s) {
  weeg_column columns[MODEL_VARIABLES];
  for (int v = 0; v < MODEL_VARIABLES; v++) columns[v] = sample_column(r->code[v], r->size[v]);
  sample_make(s, r->count, r->stratum, 3, r->element ? NULL : r->psu, 12, columns, MODEL_VARIABLES, r->weight);
}

static void model_rows_add(model_rows *r, int32_t stratum, double weight, int32_t y, int32_t g, int32_t h) {
  const int k = r->count++;
  r->stratum[k] = stratum, r->weight[k] = weight;
  r->code[0][k] = y, r->code[1][k] = g, r->code[2][k] = h;
}

/* Gives each sample of the file to `check`, which says whether it is among those compared; returns how many are. */
static int model_rows_each(bool (*check)(const model_rows *)) {
  char line[256], name[64];
  int levels, stratum, psu, y, g, h, compared = 0;
  double weight;
  static model_rows r;
  FILE *file = test_open_reference("logistic_rows.csv");
  r.count = 0;
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "%63[^,],%d,%d,%d,%lf,%d,%d,%d", name, &levels, &stratum, &psu, &weight, &y, &g, &h) != 8) continue;
    if (r.count > 0 && strcmp(name, r.name) != 0) {
      compared += check(&r);
      r.count = 0;
    }
    strcpy(r.name, name);
    r.element = psu == 0;
    r.size[0] = levels, r.size[1] = 3, r.size[2] = 3;
    r.psu[r.count] = psu;
    model_rows_add(&r, stratum, weight, y, g, h);
  }
  if (r.count > 0) compared += check(&r);
  if (file != NULL) fclose(file);
  return compared;
}

#endif
