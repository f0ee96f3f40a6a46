/* --threshold: what of a table is not shown, to protect small groups. See weeg_suppress() in weeg.h. */
#include <math.h>
#include <string.h>

#include "results.h"

int64_t cli_threshold(const cli_options *o) {
  if (o->threshold == NULL) return 0;
  if (o->margins.count > 0 || o->calibrate != NULL) {
    cli_usage("--threshold protects tables whose weights do not depend on answers: not with --margins");
  }
  return cli_whole_number(o->threshold, "--threshold", 2, 1000000);
}

static cli_hidden *new_hidden(const cli_options *o, const cli_places *p, int32_t answers) {
  const int32_t groups = p->groups + 1;
  cli_hidden *h = CLI_NEW(cli_hidden, 1);
  if (p->data->design.calibration != NULL) {
    cli_fail("--threshold protects tables whose weights do not depend on answers, and those of this tally are calibrated");
  }
  h->of = (weeg_suppressed){.threshold = cli_threshold(o), .groups = groups, .answers = answers,
                            .group = CLI_NEW(uint8_t, groups), .answer = CLI_NEW(uint8_t, answers),
                            .cell = CLI_NEW(uint8_t, (int64_t)groups * answers)};
  return h;
}

const cli_hidden *cli_hidden_cells(const cli_options *o, const cli_places *p, bool by_answer) {
  weeg_error err = cli_error();
  const weeg_places table = p->table;
  if (cli_threshold(o) == 0) return NULL;
  cli_hidden *h = new_hidden(o, p, by_answer ? p->levels : 1);
  cli_check(weeg_suppress_table(p->data->tally, &table, &h->of, &err), &err);
  h->any = weeg_hides_any(&h->of);
  return h;
}

const cli_hidden *cli_hidden_item(const cli_options *o, const cli_places *p, const weeg_answers *answers, int32_t item) {
  weeg_error err = cli_error();
  if (cli_threshold(o) == 0) return NULL;
  cli_hidden *h = new_hidden(o, p, 2);
  cli_check(weeg_suppress_item(p->data->tally, answers, item, &h->of, &err), &err);
  h->any = weeg_hides_any(&h->of);
  return h;
}

weeg_shown cli_shown(const cli_hidden *h, weeg_percent percent, int32_t group, int32_t answer) {
  return h == NULL ? WEEG_SHOWN : weeg_shown_cell(&h->of, percent, group, answer);
}

void cli_hide(cli_table *table, int64_t row, weeg_shown shown) {
  if (shown == WEEG_SHOWN) return;
  for (int32_t k = 0; k < table->fields; k++) {
    cli_field *field = &table->field[k];
    if (field->group) continue;
    if (field->number != NULL && strcmp(field->name, "prob") != 0 &&
        !(shown == WEEG_BASE_SHOWN && strcmp(field->name, "n.base") == 0)) {
      field->number[row] = NAN;
    }
    if (field->text != NULL && strncmp(field->name, "reliability", strlen("reliability")) == 0) field->text[row] = NULL;
  }
  cli_set_reason(table, row, WEEG_REASON_PROTECTED, NULL);
}

void cli_round(cli_table *table) {
  for (int32_t k = 0; k < table->fields; k++) {
    double *x = strcmp(table->field[k].name, "prob") == 0 ? NULL : table->field[k].number;
    for (int64_t i = 0; x != NULL && i < table->rows; i++) x[i] = weeg_shown_number(x[i]);
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

/*
 * An answer that is hidden in some groups is hidden of all respondents, too, as in a cross-tab (weeg_shown_margin): the rows and
 * the weights of two groups together, whose other answers tell what a row weighs, are two equations.
 */
void cli_withhold(cli_table *table, int64_t all, int64_t row, bool withheld) {
  if (table->withheld == NULL) table->withheld = CLI_NEW(bool, all);
  table->all = all;
  table->withheld[row] = withheld;
}

void cli_hide_withheld(const cli_table *table, cli_table *all) {
  if (table->withheld == NULL) return;
  for (int64_t k = 0; k < all->rows; k++) {
    if (k >= table->all || table->withheld[k]) cli_hide(all, k, WEEG_BASE_SHOWN);
  }
  cli_round(all);
}

void cli_hide_cells(cli_table *table, const cli_hidden *h, int32_t each) {
  if (h == NULL) return;
  for (int32_t k = 0; k < each; k++) cli_withhold(table, each, k, h->of.answer[h->of.answers == 1 ? 0 : k] != 0);
  cli_hide_empty(table);
  for (int64_t i = 0; i < table->rows; i++) {
    cli_hide(table, i, cli_shown(h, WEEG_OF_ROW, (int32_t)(i / each), h->of.answers == 1 ? 0 : (int32_t)(i % each)));
  }
  if (h->any) cli_round(table);
}

void cli_push_protection(cli_list *own, const cli_options *o) {
  if (o->threshold != NULL) cli_push(own, cli_format("counts below %lld not shown", (long long)cli_threshold(o)));
}
