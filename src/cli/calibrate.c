/*
 * --margins: weights that give the counts of a population. A file is read twice: the factors follow from the combinations of
 * levels that occur in it, and then each row's weight is multiplied before anything else is made of it. Both readings have the
 * same columns, so that they leave out the same records, and give the same codes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

struct cli_calibration {
  const cli_rows *rows;
  int32_t count;              /* margins */
  cli_margin *margin;
  weeg_calibration_choice choice;
  const char *how;            /* "raked" */
  int32_t variables;          /* of all margins, once each */
  int32_t *column;            /* [variables] their columns of the file */
  int32_t weight;             /* column of the weights; -1: none */
  int32_t *codes;             /* [variables] that the first reading met */
  cli_sampled sampled;
  int32_t *cell;              /* [sampled.cells] of the layout of the variables, ascending */
  double *g;                  /* [sampled.cells] */
  weeg_calibration_model basis;
  weeg_sink sink;             /* where rows go on to */
  void *ctx;
  int64_t room;               /* rows of a chunk that there is memory for */
  weeg_column *level;         /* [variables] of a chunk */
  int32_t **level_code, *code; /* [variables][room], [room] */
  double *weights;            /* [room] */
};

static void release(void *calibration) {
  cli_calibration *k = (cli_calibration *)calibration;
  for (int32_t v = 0; v < k->variables; v++) free(k->level_code[v]);
  free(k->code);
  free(k->weights);
  weeg_free(k->basis.start);
  weeg_free(k->basis.index);
  weeg_free(k->basis.value);
}

static void release_tally(void *tally) { weeg_tally_free((weeg_tally *)tally); }

/* ---- what is asked ---- */

static double bound_of(const char *text) {
  char *end = NULL;
  const double value = strtod(text, &end);
  return end == text || *end != '\0' ? NAN : value;
}

static weeg_calibration_choice read_choice(const cli_options *o) {
  weeg_calibration_choice choice = {WEEG_CALIBRATION_LINEAR, -INFINITY, INFINITY};
  if (o->calibrate != NULL) {
    choice.method = (weeg_calibration_method)cli_choice(o->calibrate, WEEG_WORDS_CALIBRATION, "--calibrate");
  }
  if (choice.method == WEEG_CALIBRATION_LOGIT && o->bounds == NULL) {
    cli_usage("--calibrate logit needs --bounds, such as 0.3,3: the smallest and the largest factor for a weight");
  }
  if (o->bounds == NULL) return choice;
  if (choice.method == WEEG_CALIBRATION_RAKING) cli_usage("raking takes no --bounds; use --calibrate logit, or linear");
  const cli_list bounds = cli_split(o->bounds);
  if (bounds.count == 2) {
    choice.lower = bound_of(bounds.item[0]);
    choice.upper = bound_of(bounds.item[1]);
  }
  if (bounds.count != 2 || !(choice.lower > 0 && choice.lower < 1) || !(choice.upper > 1) || !isfinite(choice.upper)) {
    cli_usage("--bounds must be two factors for the weights, low,high with 0 < low < 1 < high, not \"%s\"", o->bounds);
  }
  return choice;
}

void cli_check_calibration(const cli_rows *r) {
  const cli_options *o = r->options;
  if (o->margins.count == 0) {
    if (o->calibrate != NULL || o->bounds != NULL) cli_usage("--calibrate and --bounds go with --margins");
    return;
  }
  if (strcmp(r->path, "-") == 0) cli_usage("--margins reads the data twice, and standard input can be read once; give a file");
  if (o->repweights != NULL) {
    cli_usage("--margins: a design with replicate weights cannot be calibrated, as each replicate would have to be too; ask for "
              "replicate weights that already are");
  }
  if (o->make_replicates != NULL) {
    cli_usage("--margins: the calibration cannot be repeated for every replicate; without --make-replicates, the linearised "
              "variances account for it");
  }
}

cli_calibration *cli_new_calibration(cli_rows *r) {
  const cli_options *o = r->options;
  cli_list names = {0};
  if (o->margins.count == 0) return NULL;
  cli_calibration *k = CLI_NEW(cli_calibration, 1);
  *k = (cli_calibration){.rows = r, .count = o->margins.count, .choice = read_choice(o), .margin = cli_read_margins(r)};
  k->how = k->choice.method == WEEG_CALIBRATION_RAKING ? cli_said("raked") : cli_said("calibrated");
  if (k->count == 1 && o->calibrate == NULL && o->bounds == NULL) k->how = cli_said("post-stratified");
  for (int32_t i = 0; i < k->count; i++) {
    const cli_list *of = &k->margin[i].variables;
    for (int32_t v = 0; v < of->count; v++) {
      bool known = false;
      for (int32_t n = 0; n < names.count; n++) known = known || strcmp(names.item[n], of->item[v]) == 0;
      if (!known) cli_push(&names, of->item[v]);
    }
  }
  k->column = CLI_NEW(int32_t, names.count);
  k->codes = CLI_NEW(int32_t, names.count);
  k->level = CLI_NEW(weeg_column, names.count);
  k->level_code = CLI_NEW(int32_t *, names.count);
  for (int32_t v = 0; v < names.count; v++) k->column[v] = cli_want(r, names.item[v], false, "--margins");
  k->variables = names.count;
  cli_keep(k, release);
  return k;
}

void cli_plan_calibration(cli_calibration *k, row_stream *s) {
  k->weight = s->core.weight;
  s->variable[s->core.variables++] = s->rows->columns;
  s->core.weight = s->rows->columns + 1;
}

/* ---- the sample ---- */

row_stream *cli_start_sample(const cli_calibration *k) {
  row_stream *s = CLI_NEW(row_stream, 1);
  s->rows = k->rows;
  s->variable = k->column;
  s->core.variables = k->variables;
  s->core.weight = k->weight;
  s->core.element = true;
  cli_start_stream(s);
  return s;
}

/* The combinations that have a weight, in the order of their cells. */
static void find_sampled(cli_calibration *k, row_stream *sample) {
  weeg_error err = cli_error();
  const cli_rows *r = k->rows;
  cli_sampled *s = &k->sampled;
  weeg_tally *tally = cli_finish_stream(sample, &(cli_units){1, CLI_NEW(int32_t, 1), true}, NULL);
  cli_keep(tally, release_tally);
  if (tally->entries == 0) cli_fail("all weights are 0");
  if (tally->entries > INT32_MAX) cli_fail("the margins have more than 2^31 - 1 combinations; combine levels");
  s->variables = k->variables;
  s->cells = (int32_t)tally->entries; /* of one unit, and so a cell each, ascending */
  k->cell = CLI_NEW(int32_t, s->cells);
  memcpy(k->cell, tally->cell, (size_t)s->cells * sizeof *k->cell);
  s->n = CLI_NEW(int64_t, s->cells);
  s->weight = CLI_NEW(double, s->cells);
  int32_t *own = CLI_NEW(int32_t, s->cells);
  for (int32_t i = 0; i < s->cells; i++) own[i] = i;
  weeg_tally renumbered = *tally;
  renumbered.cell = own;
  renumbered.cells = s->cells;
  cli_check(weeg_tally_totals(&renumbered, s->n, s->weight, &err), &err);
  s->variable = CLI_NEW(const weeg_variable *, k->variables);
  s->level = CLI_NEW(int32_t *, k->variables);
  int32_t each = 1;
  for (int32_t v = k->variables - 1; v >= 0; v--) {
    int64_t missing = 0;
    s->variable[v] = &r->column[k->column[v]].variable;
    s->level[v] = CLI_NEW(int32_t, s->cells);
    const int32_t size = s->variable[v]->levels.count + 1;
    for (int32_t i = 0; i < s->cells; i++) {
      s->level[v][i] = k->cell[i] / each % size + 1;
      if (s->level[v][i] == size) missing += s->n[i];
    }
    each *= size;
    if (missing == 0) continue;
    cli_fail("calibration variable %s is missing in %s; fill it in, or give missing values a text of their own with a "
             "target", r->column[k->column[v]].name, cli_counted((double)missing, "row", "rows"));
  }
}

/* ---- the fit ---- */

/* Says which levels stay off their targets: the three that are furthest. */
static _Noreturn void fail_unmet(const cli_calibration *k, const weeg_margins *m, const weeg_calibration_fit *fit) {
  double *off = CLI_NEW(double, m->columns), *got = CLI_NEW(double, m->columns), most = 0, before = 0, wanted = 0;
  cli_list said = {0};
  for (int32_t c = 0; c < m->cells; c++) {
    for (int32_t i = 0; i < m->margins; i++) got[m->column[c * m->margins + i]] += m->weight[c] * k->g[c];
    before += m->weight[c];
  }
  for (int32_t j = 0; j < m->columns; j++) {
    off[j] = got[j] == m->target[j] ? 0 : got[j] / m->target[j] - 1;
    most = fmax(most, fabs(off[j]));
  }
  for (int32_t j = 0; j < k->margin[0].columns; j++) wanted += m->target[j];
  while (said.count < 3) {
    int32_t worst = 0, margin = 0;
    for (int32_t j = 1; j < m->columns; j++) worst = fabs(off[j]) > fabs(off[worst]) ? j : worst;
    if (said.count > 0 && !(fabs(off[worst]) > 0.01 * most)) break;
    int32_t of = worst;
    while (of >= k->margin[margin].columns) of -= k->margin[margin++].columns;
    cli_push(&said, cli_format("%s has %.6g instead of %.6g (%+.3g%%)", cli_margin_level(&k->margin[margin], of), got[worst],
                               m->target[worst], 100 * off[worst]));
    off[worst] = 0;
  }
  const char *advice = cli_said("the combinations of levels in the sample do not allow these margins together; combine levels, "
                                "or leave a margin out");
  if (wanted / before < k->choice.lower || wanted / before > k->choice.upper) {
    advice = cli_format("the targets are %.6g times the sum of weights, outside the bounds; give shares, or scale the weights",
                        wanted / before);
  } else if (isfinite(k->choice.upper)) {
    advice = cli_said("widen the bounds, or combine levels");
  }
  cli_fail("the margins cannot be met%s: %s; %s",
           fit->iterations > 0 ? cli_format(" (%d iterations)", (int)fit->iterations) : "", cli_join(&said, "; "), advice);
}

static void check_positive(const cli_calibration *k) {
  const cli_sampled *s = &k->sampled;
  int64_t rows = 0;
  int32_t worst = 0;
  cli_list levels = {0};
  for (int32_t c = 0; c < s->cells; c++) {
    if (k->g[c] <= 0) rows += s->n[c];
    if (k->g[c] < k->g[worst]) worst = c;
  }
  if (rows == 0) return;
  for (int32_t v = 0; v < s->variables; v++) {
    cli_push(&levels, cli_format("%s = %s", s->variable[v]->name, s->variable[v]->levels.text[s->level[v][worst] - 1]));
  }
  cli_fail("linear calibration gives %s a negative weight or 0; the lowest factor is %.4g, for %s; use --calibrate raking, "
           "or bounds such as --bounds 0.1,10", cli_counted((double)rows, "row", "rows"), k->g[worst], cli_join(&levels, ", "));
}

void cli_fit_calibration(cli_calibration *k, row_stream *sample, row_stream *stream) {
  weeg_error err = cli_error();
  const weeg_hooks hooks = cli_hooks(k->rows->options);
  weeg_calibration_fit fit = {0};
  find_sampled(k, sample);
  const cli_sampled *s = &k->sampled;
  int32_t *column = CLI_NEW(int32_t, (int64_t)s->cells * k->count), *own = CLI_NEW(int32_t, s->cells), columns = 0;
  for (int32_t v = 0; v < k->variables; v++) k->codes[v] = cli_code_count(k->rows, k->column[v]);
  cli_scale_margins(k->margin, k->count, s->weight, s->cells);
  for (int32_t i = 0; i < k->count; i++) {
    const int32_t count = cli_match_margin(&k->margin[i], s, own);
    for (int32_t c = 0; c < s->cells; c++) column[(int64_t)c * k->count + i] = columns + own[c];
    columns += count;
  }
  double *target = CLI_NEW(double, columns);
  for (int32_t i = 0, j = 0; i < k->count; i++) {
    for (int32_t l = 0; l < k->margin[i].columns; l++) target[j++] = k->margin[i].value[k->margin[i].kept[l]];
  }
  k->g = CLI_NEW(double, s->cells);
  const weeg_margins margins = {.cells = s->cells, .margins = k->count, .columns = columns, .column = column,
                                .weight = s->weight, .target = target, .hooks = &hooks};
  cli_check(weeg_calibrate(&margins, &k->choice, k->g, &fit, &err), &err);
  if (!fit.converged) fail_unmet(k, &margins, &fit);
  check_positive(k);
  cli_check(weeg_calibration_basis(&margins, &k->basis, &err), &err);
  stream->fitted = s->cells;
}

/* ---- rows ---- */

void cli_pass_calibrated(cli_calibration *k, weeg_sink sink, void *ctx) {
  k->sink = sink;
  k->ctx = ctx;
}

static bool make_room(cli_calibration *k, int64_t rows) {
  if (rows <= k->room) return true;
  bool enough = cli_enlarge((void **)&k->code, rows, sizeof *k->code) &&
                cli_enlarge((void **)&k->weights, rows, sizeof *k->weights);
  for (int32_t v = 0; v < k->variables && enough; v++) {
    enough = cli_enlarge((void **)&k->level_code[v], rows, sizeof **k->level_code);
  }
  if (enough) k->room = rows;
  return enough;
}

/* The levels of a chunk, by what the first reading found; false where that did not meet a code. */
static bool find_levels(cli_calibration *k, const weeg_chunk *chunk) {
  for (int32_t v = 0; v < k->variables; v++) {
    const row_column *c = &k->rows->column[k->column[v]];
    const int32_t *code = chunk->codes[k->column[v]];
    for (int64_t i = 0; i < chunk->rows; i++) {
      if (code[i] > k->codes[v]) return false;
      const int32_t level = code[i] == 0 ? 0 : c->level[code[i]];
      k->level_code[v][i] = level < 1 ? 0 : level;
    }
    k->level[v] = (weeg_column){k->level_code[v], WEEG_CODE_I32, c->variable.levels.count};
  }
  return true;
}

weeg_status cli_take_calibrated(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  cli_calibration *k = (cli_calibration *)ctx;
  const int32_t columns = k->rows->columns;
  const weeg_hooks hooks = {.threads = 1};
  if (!make_room(k, chunk->rows)) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  if (!find_levels(k, chunk)) return weeg_fail(err, WEEG_ERR_FILE, -1, "it was changed while it was read");
  const weeg_rows rows = {.rows = chunk->rows, .columns = k->level, .count = k->variables,
                          .weights = k->weight < 0 ? NULL : chunk->numbers[k->weight]};
  const weeg_calibration_factors factors = {k->sampled.cells, k->cell, k->g, &hooks};
  weeg_status status = weeg_calibrate_rows(&rows, &factors, k->code, k->weights, err);
  const int32_t **codes = calloc((size_t)columns + 2, sizeof *codes);
  const double **numbers = calloc((size_t)columns + 2, sizeof *numbers);
  if (codes == NULL || numbers == NULL) status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  if (status == WEEG_OK) {
    memcpy(codes, chunk->codes, (size_t)columns * sizeof *codes);
    memcpy(numbers, chunk->numbers, (size_t)columns * sizeof *numbers);
    codes[columns] = k->code;
    numbers[columns + 1] = k->weights;
    weeg_chunk calibrated = *chunk;
    calibrated.codes = codes;
    calibrated.numbers = numbers;
    status = k->sink(k->ctx, &calibrated, err);
  }
  free(codes);
  free(numbers);
  return status;
}

/* ---- the tally, and what variances need ---- */

/* Items have their patterns behind the calibration cells: they become part of the cell of the table. */
static weeg_tally *cross(row_stream *s, const cli_units *units, const bool *inside, bool shown) {
  const int32_t patterns = s->domain == NULL ? 1 : s->domain->places, size = s->fitted + 1;
  weeg_tally *tally = cli_finish_stream(s, units, inside);
  cli_keep(tally, release_tally);
  for (int64_t i = 0; i < tally->entries; i++) {
    const int32_t rest = tally->cell[i] / patterns, place = rest % size;
    tally->cell[i] = shown ? (rest / size * patterns + tally->cell[i] % patterns) * size + place : place;
  }
  if (!shown) tally->cells = size;
  return tally;
}

/* The rows that are not in the domain: their calibration cell is all that is to be known. */
static const weeg_tally *cross_outside(row_stream *s, const cli_units *units, const bool *inside) {
  bool *outside = CLI_NEW(bool, s->domain->combos.count);
  for (int32_t k = 0; k < s->domain->combos.count; k++) outside[k] = !inside[k];
  return cross(s, units, outside, false);
}

static void release_calibrated(void *made) { weeg_calibrated_free((weeg_calibrated *)made); }

void cli_finish_calibration(const cli_calibration *k, row_stream *s, const cli_units *units, const bool *inside,
                            cli_data *data) {
  weeg_error err = cli_error();
  weeg_calibrated *made = NULL;
  if (cli_weighted_by_fpc(data)) {
    cli_usage("weights that follow from population sizes (--fpc) cannot be calibrated here; name the weights, or 1 as the weight "
              "to weight all rows equally");
  }
  const int64_t shown = cli_cells(data->variable, data->variables);
  if (shown * (s->fitted + 1) > INT32_MAX) {
    cli_fail("crossing these variables with the %d calibration cells gives more than 2^31 - 1 cells; use fewer variables at a "
             "time, or combine levels", (int)s->fitted);
  }
  const weeg_calibrated_tallies from = {.shown = (int32_t)shown, .cells = s->fitted, .crossed = cross(s, units, inside, true),
                                        .outside = inside == NULL ? NULL : cross_outside(s, units, inside)};
  cli_check(weeg_calibration_record(&from, &made, &err), &err);
  cli_keep(made, release_calibrated);
  made->calibration.g = k->g;
  made->calibration.columns = k->basis.columns;
  made->calibration.start = k->basis.start;
  made->calibration.index = k->basis.index;
  made->calibration.value = k->basis.value;
  data->tally = made->plain;
  data->design.calibration = &made->calibration;
  data->weights = data->weights == NULL ? k->how : cli_format("%s, %s", data->weights, k->how);
}
