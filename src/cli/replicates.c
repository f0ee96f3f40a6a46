/*
 * Replicate weights of a file of rows: --repweights. Weights of all rows and replicates are kept until the levels are known;
 * then they are summed by cell. Settings are those of weeg_replicate_design() in R, and so are the warnings about odd
 * columns.
 */
#define _POSIX_C_SOURCE 200809L

#include <ctype.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

struct cli_replicates {
  cli_list names;
  int32_t count;
  const row_stream *stream;
  int64_t rows, room;
  const double **given; /* [count] of the rows at hand */
  double **weights;    /* [count + 1] of each row; the last are those of the sample */
  int32_t **codes;     /* [variables + 1] of each row; the last are the numbers of the domain */
  double **values;     /* [measures] of each row */
  int32_t measures;
};

static void release(void *x) {
  cli_replicates *r = (cli_replicates *)x;
  for (int32_t k = 0; k <= r->count && r->weights != NULL; k++) free(r->weights[k]);
  for (int32_t v = 0; r->codes != NULL && v <= r->stream->core.variables; v++) free(r->codes[v]);
  for (int32_t k = 0; k < r->measures; k++) free(r->values[k]);
}

/* ---- which columns ---- */

static void refuse_others(const cli_options *o) {
  const char *const values[] = {o->strata, o->cluster, o->fpc, o->lonely, o->pps};
  static const char *const names[] = {"--strata", "--cluster", "--fpc", "--lonely", "--pps"};
  for (int i = 0; i < 5; i++) {
    if (values[i] == NULL) continue;
    cli_usage("%s and --repweights do not go together: replicate weights have the design in them", names[i]);
  }
  if (o->nest || o->lonely_domain) cli_usage("--repweights goes with neither --nest nor --lonely-domain");
}

cli_replicates *cli_new_replicates(const cli_rows *r) {
  const cli_options *o = r->options;
  regex_t pattern;
  if (o->repweights == NULL) {
    const bool made = o->make_replicates != NULL; /* which has two of these too */
    if (o->type != NULL || o->scale != NULL || o->rscales != NULL || (o->mse && !made) || o->no_mse ||
        (o->rho != NULL && !made) || o->no_combined) {
      cli_usage("--type, --scale, --rscales, --mse, --no-mse, --rho and --no-combined go with --repweights");
    }
    return NULL;
  }
  if (o->make_replicates != NULL) cli_usage("--make-replicates and --repweights do not go together");
  refuse_others(o);
  if (r->weight == NULL) cli_usage("--repweights needs --weights");
  if (o->type == NULL) cli_usage("--repweights needs --type");
  if (regcomp(&pattern, o->repweights, REG_EXTENDED | REG_NOSUB) != 0) {
    cli_usage("--repweights is not a regular expression: %s", o->repweights);
  }
  cli_replicates *x = CLI_NEW(cli_replicates, 1);
  for (int32_t c = 0; c < r->known.count; c++) {
    if (regexec(&pattern, r->known.item[c], 0, NULL, 0) == 0) cli_push(&x->names, r->known.item[c]);
  }
  regfree(&pattern);
  x->count = x->names.count;
  if (x->count == 0) cli_fail("no variable matches \"%s\" (in --repweights)", o->repweights);
  if (x->count == 1) cli_fail("there must be at least two replicates, but only %s matches --repweights", x->names.item[0]);
  for (int32_t k = 0; k < x->count; k++) {
    if (strcmp(x->names.item[k], r->weight) != 0) continue;
    cli_fail("--repweights matches %s, which is the weights themselves; correct the pattern, such as '^repw[0-9]+$'",
             r->weight);
  }
  return x;
}

const cli_list *cli_replicate_names(const cli_replicates *x) { return &x->names; }

/* ---- the rows ---- */

void cli_start_replicates(cli_replicates *x, const row_stream *s) {
  x->stream = s;
  x->given = CLI_NEW(const double *, x->count);
  x->weights = CLI_NEW(double *, (int64_t)x->count + 1);
  x->codes = CLI_NEW(int32_t *, (int64_t)s->core.variables + 1);
  x->values = CLI_NEW(double *, s->core.variables);
  for (int32_t v = 0; v < s->core.variables; v++) x->measures += s->measured[v];
  cli_keep(x, release);
}

static bool make_room(cli_replicates *x, int64_t rows) {
  if (rows <= x->room) return true;
  const int64_t room = 2 * rows;
  for (int32_t k = 0; k <= x->count; k++) {
    if (!cli_enlarge((void **)&x->weights[k], room, sizeof **x->weights)) return false;
  }
  for (int32_t v = 0; v <= x->stream->core.variables; v++) {
    if (!cli_enlarge((void **)&x->codes[v], room, sizeof **x->codes)) return false;
  }
  for (int32_t k = 0; k < x->measures; k++) {
    if (!cli_enlarge((void **)&x->values[k], room, sizeof **x->values)) return false;
  }
  x->room = room;
  return true;
}

/* The codes of a variable; of a measure its values too, and codes of whether there is one: infinite ones are refused later. */
static void keep_variable(cli_replicates *x, const weeg_chunk *chunk, int32_t v, int32_t *measure) {
  const row_stream *s = x->stream;
  int32_t *code = x->codes[v] + x->rows;
  if (!s->measured[v]) {
    memcpy(code, chunk->codes[s->variable[v]], (size_t)chunk->rows * sizeof *code);
    return;
  }
  const double *given = chunk->numbers[s->variable[v]];
  double *value = x->values[(*measure)++] + x->rows;
  for (int64_t i = 0; i < chunk->rows; i++) {
    value[i] = isinf(given[i]) ? NAN : given[i];
    code[i] = !isnan(value[i]);
  }
}

weeg_status cli_keep_replicates(cli_replicates *x, const weeg_chunk *chunk, weeg_error *err) {
  const row_stream *s = x->stream;
  const int32_t variables = s->core.variables;
  if (!make_room(x, x->rows + chunk->rows)) {
    return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory for %d replicate weights of %lld rows", (int)x->count,
                     (long long)(x->rows + chunk->rows));
  }
  for (int32_t k = 0; k < x->count; k++) x->given[k] = chunk->numbers[s->replicate[k]];
  const weeg_status status = weeg_check_replicates(x->given, x->count, chunk->rows, NULL, err);
  if (status != WEEG_OK) {
    if (err->facts.row >= 0) weeg_error_in_chunk(err, chunk, err->facts.row);
    return status;
  }
  for (int32_t k = 0; k <= x->count; k++) {
    const int32_t column = k < x->count ? s->replicate[k] : s->core.weight;
    memcpy(x->weights[k] + x->rows, chunk->numbers[column], (size_t)chunk->rows * sizeof **x->weights);
  }
  int32_t measure = 0;
  for (int32_t v = 0; v < variables; v++) keep_variable(x, chunk, v, &measure);
  if (s->domain != NULL && !cli_number_domain(s->domain, s->rows, chunk, 0, chunk->rows, x->codes[variables] + x->rows)) {
    return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  }
  x->rows += chunk->rows;
  return WEEG_OK;
}

/* Messages name the column and the line. */
void cli_check_replicates(const cli_replicates *x, weeg_status status, const weeg_error *err) {
  if (status != WEEG_ERR_WEIGHT || err->facts.number < 0) return;
  cli_fail("%s: replicate weight %s in row %lld %s", cli_place_of(x->stream->rows, err->line, err->facts.row),
           x->names.item[err->facts.number], cli_row_number(x->stream->rows, err->facts.row),
           cli_said(weeg_fault_text(err->facts.fault)));
}

/* ---- settings ---- */

static double number_of(const char *text, const char *option) {
  char *end = NULL;
  const double value = strtod(text, &end);
  if (end == text || *end != '\0' || !isfinite(value) || value < 0) {
    cli_usage("%s must be a number of at least 0, not \"%s\"", option, text);
  }
  return value;
}

/* Upper or lower case, as in R. */
static weeg_replicate_type find_type(const cli_options *o) {
  char *word = cli_copy(o->type, strlen(o->type));
  for (char *c = word; *c != '\0'; c++) *c = (char)tolower((unsigned char)*c);
  return (weeg_replicate_type)cli_choice(word, WEEG_WORDS_REPLICATES, "--type");
}

static double find_rho(const cli_options *o, weeg_replicate_type type) {
  if (type != WEEG_REPLICATES_FAY && o->rho != NULL) cli_usage("--rho goes with --type fay only");
  if (type != WEEG_REPLICATES_FAY) return 0;
  if (o->rho == NULL) cli_usage("--type fay needs --rho, the factor by which the replicates were made");
  const double rho = number_of(o->rho, "--rho");
  if (rho >= 1) cli_usage("--rho must be below 1");
  return rho;
}

static double largest(const double *x, int64_t rows) {
  double most = -INFINITY;
  for (int64_t i = 0; i < rows; i++) most = fmax(most, x[i]);
  return most;
}

/* Factors as they are asked for, or as they are usual for the type. */
static void find_factors(const cli_replicates *x, const cli_options *o, weeg_replicate_type type, weeg_replicates *r) {
  double *rscales = CLI_NEW(double, x->count), *most = o->no_combined ? CLI_NEW(double, x->count) : NULL;
  const cli_list given = o->rscales == NULL ? (cli_list){0} : cli_split(o->rscales);
  for (int32_t k = 0; k < x->count && most != NULL; k++) most[k] = largest(x->weights[k], x->rows);
  weeg_replicate_defaults(&(weeg_replicate_method){type, x->count, find_rho(o, type), most}, r, rscales);
  if (o->scale != NULL) r->scale = number_of(o->scale, "--scale");
  if (isnan(r->scale)) cli_usage("--type other needs --scale");
  if (isnan(rscales[0]) && o->rscales == NULL) {
    cli_usage("--type jkn needs --rscales: (n - 1) / n with n the number of PSUs of the stratum, for each replicate");
  }
  if (given.count > 1 && given.count != x->count) {
    cli_fail("--rscales must be one number, or %d with commas between them: one for each replicate", (int)x->count);
  }
  for (int32_t k = 0; k < x->count && o->rscales != NULL; k++) {
    rscales[k] = number_of(given.item[given.count > 1 ? k : 0], "--rscales");
  }
  r->rscales = rscales;
  if (o->mse && o->no_mse) cli_usage("only one of --mse and --no-mse can be given");
  r->mse = o->mse || (r->mse && !o->no_mse);
}

/* ---- what is odd ---- */

static void check_sense(const cli_replicates *x, bool combined, weeg_replicate_type type) {
  weeg_error err = cli_error();
  weeg_replicate_look look;
  cli_check(weeg_look_at_replicates(
                &(weeg_replicate_columns){(const double *const *)x->weights, x->count, x->weights[x->count], x->rows},
                !combined, &look, &err),
            &err);
  if (look.other_kind && combined) {
    cli_warn("the columns of --repweights look like multipliers of the weights: in most rows their mean is about 1, and not the "
             "weight; if so, use --no-combined");
  } else if (look.other_kind) {
    cli_warn("the columns of --repweights look like weights, not multipliers of them: in most rows their mean is about the "
             "weight, and not 1; if so, leave out --no-combined");
  }
  const char *leave = cli_said("if it is no replicate weight, leave it out of --repweights");
  if (look.constants > 0 && look.constants < x->count && x->rows > 1) {
    const double value = x->weights[look.constant][0];
    const char *what = cli_format("%s (in --repweights) is %.7g in every row", x->names.item[look.constant], value);
    if (combined && value != 0 && look.weights_differ) {
      cli_fail("%s, but replicate weights differ as the weights do; %s", what, leave);
    }
    cli_warn("%s; %s", what, leave);
  }
  if (look.sames == 1 && x->count > 2) {
    const char *times = look.same_ratio == 1 ? cli_said("the same as") : cli_format("%.3g times", look.same_ratio);
    cli_warn("%s (in --repweights) is %s the weights in every row; %s", x->names.item[look.same], times, leave);
  }
  if (look.odds > 0 && type != WEEG_REPLICATES_OTHER) {
    const char *others =
        look.odds == 1 ? "" : cli_format(look.odds == 2 ? " and %d other" : " and %d others", (int)look.odds - 1);
    cli_warn("the total of %s%s (in --repweights) is %.2g times that of the weights: are they replicate weights?",
             x->names.item[look.odd], others, look.odd_ratio);
  }
}

/* ---- sums by cell ---- */

/* The cell by levels of each row, -1 outside the domain, and the rows of each cell. */
static int32_t *find_cells(const cli_replicates *x, const bool *inside, int64_t *counts) {
  const row_stream *s = x->stream;
  const int32_t variables = s->core.variables;
  int32_t *cell = CLI_NEW(int32_t, x->rows);
  for (int32_t v = 0; v < variables; v++) {
    const row_column *column = &s->rows->column[s->variable[v]];
    const bool measured = s->measured[v];
    const int32_t levels = measured ? 1 : column->variable.levels.count;
    for (int64_t i = 0; i < x->rows; i++) {
      const int32_t code = x->codes[v][i], level = code == 0 || measured ? code : column->level[code];
      cell[i] = cell[i] * (levels + 1) + (level < 1 ? levels : level - 1);
    }
  }
  for (int64_t i = 0; i < x->rows && s->domain != NULL; i++) {
    cell[i] = cell[i] * s->domain->places + s->domain->place[x->codes[variables][i] - 1];
  }
  for (int64_t i = 0; i < x->rows; i++) {
    if (inside != NULL && !inside[x->codes[variables][i] - 1]) cell[i] = -1;
    if (cell[i] >= 0) counts[cell[i]]++;
  }
  return cell;
}

void cli_finish_replicates(const cli_replicates *x, cli_data *data, const bool *inside) {
  const cli_options *o = x->stream->rows->options;
  const weeg_replicate_type type = find_type(o);
  const weeg_hooks hooks = cli_hooks(o);
  const int32_t cells = data->tally->cells;
  weeg_error err = cli_error();
  weeg_replicates *r = CLI_NEW(weeg_replicates, 1);
  check_sense(x, !o->no_combined, type);
  *r = (weeg_replicates){.count = x->count, .df = -1, .rank = WEEG_RANK_BOUND};
  find_factors(x, o, type, r);
  int64_t *counts = CLI_NEW(int64_t, cells), *start = CLI_NEW(int64_t, (int64_t)cells + 1);
  const int32_t *cell = find_cells(x, inside, counts);
  double *totals = CLI_NEW(double, (1 + x->measures) * (int64_t)cells * x->count), *basis = NULL;
  if (weeg_replicate_basis(counts, cells, x->count, start)) {
    basis = CLI_NEW(double, start[cells] * x->count);
    r->rank = WEEG_RANK_CELLS;
  }
  cli_check(weeg_replicate_totals(&(weeg_replicate_columns){(const double *const *)x->weights, x->count,
                                                            o->no_combined ? x->weights[x->count] : NULL, x->rows},
                                  &(weeg_replicate_sums){cell, cells, totals, start, basis, x->measures,
                                                       (const double *const *)x->values}, &hooks, &err),
            &err);
  r->totals = totals;
  r->basis = basis;
  r->basis_start = basis == NULL ? NULL : start;
  data->design.replicates = r;
  data->replicates_text =
      cli_format("%s, %s replicates", cli_said(weeg_words(WEEG_TEXTS_REPLICATES)[type]), cli_count_plain(x->count));
}

/* ---- replicates made of the design ---- */

/* Vigna's splitmix64, of which below() takes numbers that are not above the largest multiple of the size. */
static int32_t draw_below(void *ctx, int32_t size) {
  uint64_t *state = (uint64_t *)ctx, x = 0;
  const uint64_t each = (uint64_t)size, most = UINT64_MAX - UINT64_MAX % each;
  do {
    *state += 0x9e3779b97f4a7c15u;
    x = *state;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
  } while (x >= most);
  return (int32_t)(x % each);
}

/* What cannot be replicated so says which stratum it is. */
static void check_made(weeg_status status, const weeg_error *err, const cli_data *data) {
  const weeg_facts *f = &err->facts;
  const char *stratum = f->stratum >= 0 && f->stratum < data->strata.count ? data->strata.text[f->stratum] : "";
  switch (f->fault) {
  case WEEG_FAULT_ONE_PSU:
    cli_fail("stratum %s has only one PSU, for which replicates have no rule \"%s\"; combine it with a similar stratum, or use "
             "--lonely certainty, or --lonely average or adjust with --make-replicates jkn", stratum,
             weeg_words(WEEG_WORDS_LONELY)[data->design.lonely]);
  case WEEG_FAULT_HAS_STRATA:
    cli_fail("--make-replicates jk1 is for designs without strata; use --make-replicates jkn");
  case WEEG_FAULT_HAS_POPULATION:
    cli_fail("half-samples (BRR) cannot use a finite population correction (--fpc); use --make-replicates jkn");
  case WEEG_FAULT_UNEQUAL:
    cli_fail("replicates cannot be made of PSUs drawn with unequal probabilities (--pps); name the weights, and leave out --pps");
  case WEEG_FAULT_NOT_TWO:
    cli_fail("half-samples (BRR) need two PSUs in each stratum, but stratum %s has %.15g; use --make-replicates jkn, or a "
             "bootstrap", stratum, f->value);
  default: cli_check(status, err);
  }
}

static weeg_replication read_replication(const cli_options *o, weeg_random *random, uint64_t *state) {
  weeg_replication how = {.rho = 0.5, .count = 1000, .random = random};
  how.kind = (weeg_replication_kind)cli_choice(o->make_replicates, WEEG_WORDS_MADE_REPLICATES, "--make-replicates");
  const bool bootstrap = how.kind == WEEG_REPLICATION_RAO_WU || how.kind == WEEG_REPLICATION_PRESTON;
  if (o->rho != NULL && how.kind != WEEG_REPLICATION_FAY) cli_usage("--rho goes with --make-replicates fay only");
  if (!bootstrap && (o->replicates != NULL || o->seed != NULL)) {
    cli_usage("--replicates and --seed go with the bootstraps: %s has as many replicates as the design asks for",
              o->make_replicates);
  }
  if (o->rho != NULL) how.rho = number_of(o->rho, "--rho");
  if (how.rho >= 1) cli_usage("--rho must be below 1");
  if (o->replicates != NULL) how.count = cli_whole_number(o->replicates, "--replicates", 2, 1000000);
  *state = (uint64_t)(o->seed == NULL ? 1 : cli_whole_number(o->seed, "--seed", 0, INT32_MAX));
  *random = (weeg_random){draw_below, state};
  return how;
}

static void check_design(const weeg_design *d) {
  if (d->later > 0) {
    cli_fail("replicates are made of the first stage only, but this design has %d stages whose variance counts; leave out the "
             "fpc of the first stage, and name --weights, or leave out the later stages", (int)d->later + 1);
  }
  if (d->element) {
    cli_fail("replicates are made of PSUs, and here each row is its own: name a variable that numbers them, --cluster");
  }
}

static void release_multipliers(void *made) { weeg_made_replicates_free((weeg_made_replicates *)made); }

void cli_make_replicates(const cli_options *o, cli_data *data) {
  weeg_error err = cli_error();
  weeg_random random;
  uint64_t state = 0;
  weeg_made_replicates *made = NULL;
  if (o->make_replicates == NULL) {
    if (o->replicates != NULL || o->seed != NULL) cli_usage("--replicates and --seed go with --make-replicates");
    return;
  }
  const weeg_hooks hooks = cli_hooks(o);
  const weeg_replication how = read_replication(o, &random, &state);
  check_design(&data->design);
  check_made(weeg_replicates_make(&how, &data->design, &made, &err), &err, data);
  cli_keep(made, release_multipliers);
  const int32_t cells = data->tally->cells;
  double *totals = CLI_NEW(double, (1 + data->tally->measures) * (int64_t)cells * made->count);
  const weeg_multipliers multipliers = {made->multiplier, made->count};
  cli_check(weeg_replicate_multiply(data->tally, &multipliers, &hooks, totals, &err), &err);
  weeg_replicates *r = CLI_NEW(weeg_replicates, 1);
  *r = (weeg_replicates){.count = made->count, .totals = totals, .scale = made->scale, .rscales = made->rscales, .mse = o->mse,
                         .df = -1, .rank = made->rank, .basis = made->multiplier};
  data->design.replicates = r;
  data->replicates_text = cli_format("%s, %s replicates", cli_said(weeg_words(WEEG_TEXTS_MADE_REPLICATES)[how.kind]),
                                     cli_count_plain(made->count));
}
