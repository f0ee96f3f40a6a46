/* --threshold: what of a table is not shown, to protect small groups. See weeg_suppress() in weeg.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"

int64_t cli_threshold(const cli_options *o) {
  if (o->threshold == NULL) return 0;
  if (o->margins.count > 0 || o->calibrate != NULL) {
    cli_usage("--threshold protects tables whose weights do not depend on answers: not with --margins");
  }
  return cli_whole_number(o->threshold, "--threshold", 2, 1000000);
}

/* n: [groups * answers], and those without a group behind them */
const cli_hidden *cli_hidden_counts(const cli_options *o, const int64_t *n, int32_t groups, int32_t answers) {
  weeg_error err = {0};
  const int64_t threshold = cli_threshold(o);
  if (threshold == 0) return NULL;
  cli_hidden *h = CLI_NEW(cli_hidden, 1);
  h->group = CLI_NEW(uint8_t, groups + (int64_t)1);
  h->answer = CLI_NEW(uint8_t, answers);
  h->cell = CLI_NEW(uint8_t, (groups + (int64_t)1) * answers);
  const weeg_suppressed to = {h->group, h->answer, h->cell};
  cli_check(weeg_suppress(n, groups + 1, answers, threshold, &to, &err), &err);
  for (int32_t a = 0; a < answers; a++) h->any = h->any || h->answer[a];
  for (int32_t g = 0; g <= groups; g++) h->groups = h->groups || h->group[g];
  h->any = h->any || h->groups;
  h->total = h->group[groups]; /* else what is left of it would be the size of a group */
  return h;
}

const cli_hidden *cli_hidden_cells(const cli_options *o, const cli_places *p, bool by_answer) {
  const weeg_tally *tally = p->data->tally;
  const int32_t answers = by_answer ? p->levels : 1;
  int64_t *n = CLI_NEW(int64_t, (p->groups + (int64_t)1) * answers);
  if (cli_threshold(o) > 0 && p->data->design.calibration != NULL) {
    cli_fail("--threshold protects tables whose weights do not depend on answers, and those of this tally are calibrated");
  }
  for (int64_t e = 0; e < tally->entries; e++) {
    const int32_t c = tally->cell[e], g = p->group[c] < 0 ? p->groups : p->group[c];
    if (p->level[c] >= 0) n[(int64_t)g * answers + (by_answer ? p->level[c] : 0)] += tally->n[e];
  }
  return cli_hidden_counts(o, n, p->groups, answers);
}

void cli_hide(cli_table *table, int64_t row, bool keep_base) {
  for (int32_t k = 0; k < table->fields; k++) {
    cli_field *field = &table->field[k];
    if (field->group) continue;
    if (field->number != NULL && strcmp(field->name, "prob") != 0 && !(keep_base && strcmp(field->name, "n.base") == 0)) {
      field->number[row] = NAN;
    }
    if (field->text != NULL && strncmp(field->name, "reliability", strlen("reliability")) == 0) field->text[row] = NULL;
  }
  cli_set_reason(table, row, WEEG_REASON_PROTECTED, NULL);
}

/* The last bits of a figure are those of sums over all cells, hidden ones too. */
void cli_round(cli_table *table) {
  enum { DIGITS = 9 };
  for (int32_t k = 0; k < table->fields; k++) {
    double *x = table->field[k].number;
    for (int64_t i = 0; x != NULL && i < table->rows; i++) {
      if (isfinite(x[i]) && x[i] != round(x[i])) x[i] = strtod(cli_format("%.*g", DIGITS, x[i]), NULL);
    }
  }
}

/* Of a group without an answer: those who might have given one, where rows are the PSUs. */
void cli_hide_empty(cli_table *table) {
  const char *const *code = cli_texts(table, "reason.code");
  for (int32_t k = 0; k < table->fields; k++) {
    if (table->field[k].number == NULL || strcmp(table->field[k].name, "df") != 0) continue;
    for (int64_t i = 0; i < table->rows; i++) {
      const bool empty = code[i] != NULL && strcmp(code[i], weeg_reason_code(WEEG_REASON_EMPTY)) == 0;
      if (empty) table->field[k].number[i] = NAN;
    }
  }
}

void cli_hide_cells(cli_table *table, const cli_hidden *h, int32_t each) {
  if (h != NULL) cli_hide_empty(table);
  for (int64_t i = 0; h != NULL && i < table->rows; i++) {
    if (h->cell[i]) cli_hide(table, i, !h->group[i / each]);
  }
  if (h != NULL && h->any) cli_round(table);
}

void cli_push_protection(cli_list *own, const cli_options *o) {
  if (o->threshold != NULL) cli_push(own, cli_format("counts below %lld not shown", (long long)cli_threshold(o)));
}
