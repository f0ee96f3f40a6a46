/* Several sources as one, rounds of a survey, whose rows come one after the other: see weeg_waves_source(). */
#include "io/waves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/said.h"

/* ---- one read ---- */

static void end_read(waves *w) {
  for (int32_t k = 0; k < w->joint.fields && w->joint.seen != NULL; k++) weeg_i_sav_column_free(&w->joint.seen[k]);
  weeg_free(w->joint.seen);
  weeg_free(w->field);
  weeg_free(w->texts);
  w->joint.seen = NULL;
  w->field = NULL;
  w->texts = NULL;
  w->joint.fields = 0;
  for (int32_t c = 0; c < w->columns && w->found != NULL; c++) {
    weeg_free(w->found[c]);
    w->found[c] = NULL;
  }
}

/* The levels of the wave are its codes. */
static weeg_status number_waves(waves *w, sav_column *seen, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int32_t f = 0; f < w->count; f++) {
    weeg_sav_value value = {0, NULL};
    int32_t number = 0;
    WEEG_TRY(weeg_i_copy_text(w->file[f].label, &value.text, err));
    WEEG_TRY(weeg_i_sav_number_value(seen, value, &number, err));
  }
cleanup:
  return status;
}

static weeg_status begin_read(waves *w, const weeg_fields *fields, weeg_error *err) {
  weeg_status status = WEEG_OK;
  end_read(w);
  WEEG_NEW(w->joint.seen, fields->count);
  w->joint.fields = fields->count;
  WEEG_NEW(w->field, fields->count);
  WEEG_NEW(w->texts, (int64_t)fields->count * w->count);
  for (int32_t f = 0; f < w->count; f++) w->file[f].first = w->file[f].rows = 0;
  for (int32_t k = 0; k < fields->count; k++) {
    const weeg_field *field = &fields->field[k];
    if (field->column < 0 || field->column >= w->columns) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, k, "there is no column %d", (int)field->column);
      goto cleanup;
    }
    w->field[k] = *field;
    w->joint.seen[k] = (sav_column){.variable = &w->joint.about.variable[field->column], .numbers = field->numbers,
                                    .user_missing = field->user_missing};
    if (w->problem[field->column] != NULL && !field->listed) {
      status = weeg_fail(err, WEEG_ERR_FILE, k, "%s", w->problem[field->column]);
      goto cleanup;
    }
    if (field->column == 0 && field->numbers) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, k, "%s is the wave, not a number", w->joint.about.variable[0].name);
      goto cleanup;
    }
    if (field->column == 0) WEEG_TRY(number_waves(w, &w->joint.seen[k], err));
  }
cleanup:
  return status;
}

/* ---- what codes of a source stand for in the whole ---- */

/* The only value with a label; NULL: none, or several. */
static const weeg_sav_value *labelled(const weeg_sav_variable *v, const char *label) {
  const weeg_sav_value *found = NULL;
  for (int32_t k = 0; k < v->labels; k++) {
    if (strcmp(v->value_label[k], label) != 0) continue;
    if (found != NULL) return NULL;
    found = &v->value[k];
  }
  return found;
}

/* The text of a number with a point. */
static weeg_status with_point(const char *text, weeg_numerals how, char **copy, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const size_t length = strlen(text);
  WEEG_NEW(*copy, (int64_t)length + 1);
  const size_t used = how.thousands == 0 ? 0 : weeg_number_ungroup(text, length, how.decimal, how.thousands, *copy);
  if (used == 0) memcpy(*copy, text, length);
  (*copy)[used == 0 ? length : used] = '\0';
  char *mark = strchr(*copy, how.decimal);
  if (mark != NULL) *mark = '.';
cleanup:
  return status;
}

/* A text of a column that no SPSS file has. */
static weeg_status take_text(waves *w, int32_t file, int32_t field, const char *text, weeg_sav_value *value, weeg_error *err) {
  const weeg_numerals how = w->file[file].source.numerals;
  wave_texts *texts = &w->texts[(int64_t)field * w->count + file];
  bool number = false;
  double ignored = 0;
  const weeg_status status = weeg_text_number(text, how, &number, &ignored, err);
  if (status != WEEG_OK) return status;
  *(number ? &texts->number : &texts->text) = true;
  const bool other = how.decimal != w->numerals.decimal || how.thousands != w->numerals.thousands;
  return number && other && !w->field[field].text ? with_point(text, how, &value->text, err)
                                                  : weeg_i_copy_text(text, &value->text, err);
}

/* A text of a CSV file as a value of a variable that an SPSS file has. */
static weeg_status take_value(waves *w, int32_t file, int32_t field, const char *text, weeg_sav_value *value, weeg_error *err) {
  const weeg_sav_variable *v = w->joint.seen[field].variable;
  const weeg_sav_value *known = labelled(v, text);
  weeg_kind kind = WEEG_KIND_NUMBER;
  bool number = false;
  if (v->text) return weeg_i_copy_text(known == NULL ? text : known->text, &value->text, err);
  if (known != NULL) {
    value->number = known->number;
    return WEEG_OK;
  }
  const weeg_status status = weeg_text_number(text, w->file[file].source.numerals, &number, &value->number, err);
  if (status != WEEG_OK || (number && v->kind == WEEG_KIND_NUMBER)) return status;
  if (v->kind != WEEG_KIND_NUMBER && weeg_kind_read(text, &kind, &value->number) && kind == v->kind) return WEEG_OK;
  weeg_error said = weeg_i_error_like(err);
  (void)weeg_fail(&said, WEEG_ERR_FILE, field,
                  "%.60s is \"%.60s\" in %.60s, which is neither a number nor a label of another file", v->name, text,
                  w->file[file].name);
  value->number = NAN; /* which is missing: the read goes on, and says so at its end */
  char **found = &w->found[w->field[field].column];
  return *found != NULL ? WEEG_OK : weeg_i_copy_text(said.message, found, err);
}

static weeg_status take_code(waves *w, int32_t file, int32_t field, weeg_sav_value own, int32_t *number, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const wave_file *f = &w->file[file];
  const int32_t column = w->field[field].column;
  const weeg_sav_variable *joint = &w->joint.about.variable[column];
  weeg_sav_value value = {0, NULL};
  if (joint->plain) {
    WEEG_TRY(take_text(w, file, field, own.text, &value, err));
  } else if (f->source.sav == NULL) {
    WEEG_TRY(take_value(w, file, field, own.text, &value, err));
  } else {
    const weeg_sav_variable *v = &f->source.sav->variable[f->column[column]];
    const bool alone = weeg_sav_is_declared(v, &own) && !weeg_sav_is_declared(joint, &own);
    if (alone) own = weeg_i_waves_no_value(joint->text);
    value.number = own.number;
    if (joint->text) WEEG_TRY(weeg_i_copy_text(own.text, &value.text, err));
  }
  *number = 0;
  if (!joint->text && isnan(value.number)) return WEEG_OK;
  return weeg_i_sav_number_value(&w->joint.seen[field], value, number, err);
cleanup:
  return status;
}

/* ---- rows ---- */

/* A source that is being read: its chunks, as those of the whole. */
typedef struct passing {
  waves *w;
  int32_t file;
  const weeg_fields *fields;
  weeg_sink sink;
  void *to;
  bool refused;           /* the sink did: the error is its own */
  wave_codes *codes;      /* [fields] */
  int32_t **code;         /* [fields][room] codes of the whole */
  double *unknown;        /* [room] NaN */
  const int32_t **chunk_codes; /* [fields] */
  const double **chunk_numbers;
  int64_t room;
  const weeg_hooks *hooks;
} passing;

static weeg_status learn_codes(passing *p, int32_t field, weeg_error *err) {
  weeg_status status = WEEG_OK;
  wave_codes *c = &p->codes[field];
  const weeg_source *source = &p->w->file[p->file].source;
  const int32_t count = source->codes(source->ctx, c->own) + 1;
  if (c->known == 0) {
    WEEG_GROW(c->joint, c->known, c->room);
    c->joint[c->known++] = 0;
  }
  while (c->known < count) {
    WEEG_GROW(c->joint, c->known, c->room);
    WEEG_TRY(take_code(p->w, p->file, field, source->value(source->ctx, c->own, c->known), &c->joint[c->known], err));
    c->known++;
  }
cleanup:
  return status;
}

static weeg_status make_room(passing *p, int64_t rows, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (rows <= p->room) return status;
  for (int32_t k = 0; k < p->fields->count; k++) {
    weeg_free(p->code[k]);
    p->code[k] = NULL;
    if (p->fields->field[k].numbers) continue;
    WEEG_NEW(p->code[k], rows);
    if (p->fields->field[k].column != 0) continue;
    for (int64_t i = 0; i < rows; i++) p->code[k][i] = p->file + 1;
  }
  weeg_free(p->unknown);
  p->unknown = NULL;
  WEEG_NEW(p->unknown, rows);
  for (int64_t i = 0; i < rows; i++) p->unknown[i] = NAN;
  p->room = rows;
cleanup:
  return status;
}

static weeg_status pass_rows(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  weeg_status status = WEEG_OK;
  passing *p = (passing *)ctx;
  wave_file *file = &p->w->file[p->file];
  WEEG_TRY(make_room(p, chunk->rows, err));
  for (int32_t k = 0; k < p->fields->count; k++) {
    const int32_t own = p->codes[k].own;
    const bool numbers = p->fields->field[k].numbers;
    p->chunk_codes[k] = p->code[k];
    p->chunk_numbers[k] = !numbers ? NULL : own < 0 ? p->unknown : chunk->numbers[own];
    if (numbers || own < 0) continue;
    WEEG_TRY(learn_codes(p, k, err));
    const int32_t *joint = p->codes[k].joint, *from = chunk->codes[own];
    for (int64_t i = 0; i < chunk->rows; i++) p->code[k][i] = joint[from[i]];
  }
  file->rows = chunk->first + chunk->rows;
  weeg_chunk whole = *chunk;
  whole.first += file->first;
  whole.codes = p->chunk_codes;
  whole.numbers = p->chunk_numbers;
  status = p->sink(p->to, &whole, err);
  p->refused = status != WEEG_OK;
cleanup:
  return status;
}

static int poll_interrupt(void *ctx) {
  const weeg_hooks *hooks = ((const passing *)ctx)->hooks;
  return hooks->interrupt(hooks->ctx);
}

static void show_progress(void *ctx, double done) {
  const passing *p = (const passing *)ctx;
  p->hooks->progress(p->hooks->ctx, (p->file + done) / p->w->count);
}

static weeg_hooks hooks_of(passing *p) {
  if (p->hooks == NULL) return (weeg_hooks){0};
  weeg_hooks hooks = *p->hooks;
  if (hooks.interrupt != NULL) hooks.interrupt = poll_interrupt;
  if (hooks.progress != NULL) hooks.progress = show_progress;
  hooks.ctx = p;
  return hooks;
}

/* An error of reading a file names it. */
static void say_file(const wave_file *file, weeg_error *err) {
  const weeg_error was = err == NULL ? (weeg_error){0} : *err;
  if (err == NULL || was.names_file) return;
  (void)weeg_fail(err, was.code, was.where, "%s: %s", file->name, was.message);
  err->count = was.count;
  err->line = was.line;
  err->column = was.column;
  err->facts = was.facts;
  err->names_file = true;
}

static weeg_status read_file(waves *w, int32_t at, const weeg_fields *fields, weeg_sink sink, void *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t count = fields->count;
  wave_file *file = &w->file[at];
  passing p = {.w = w, .file = at, .fields = fields, .sink = sink, .to = to, .hooks = fields->hooks};
  weeg_field *field = NULL;
  int32_t wanted = 0;
  const weeg_hooks hooks = hooks_of(&p);
  WEEG_NEW(p.codes, count);
  WEEG_NEW(p.code, count);
  WEEG_NEW(p.chunk_codes, count);
  WEEG_NEW(p.chunk_numbers, count);
  WEEG_NEW(field, (int64_t)count + 1);
  for (int32_t k = 0; k < count; k++) {
    const int32_t column = fields->field[k].column, own = w->problem[column] != NULL ? -1 : file->column[column];
    p.codes[k].own = own < 0 ? -1 : wanted;
    if (own < 0) continue;
    field[wanted] = fields->field[k];
    field[wanted].most = 0; /* values of several files are matched one by one */
    field[wanted++].column = own;
  }
  wanted += wanted == 0 && file->source.columns > 0; /* the first column, whose rows count */
  const weeg_fields own = {field, wanted, fields->hooks == NULL ? NULL : &hooks};
  status = file->source.read(file->source.ctx, &own, pass_rows, &p, err);
  if (status != WEEG_OK && !p.refused && status != WEEG_ERR_INTERRUPTED && status != WEEG_ERR_MEMORY) say_file(file, err);
cleanup:
  for (int32_t k = 0; k < count; k++) {
    if (p.codes != NULL) weeg_free(p.codes[k].joint);
    if (p.code != NULL) weeg_free(p.code[k]);
  }
  weeg_free(p.codes);
  weeg_free(p.code);
  weeg_free(p.unknown);
  weeg_free(p.chunk_codes);
  weeg_free(p.chunk_numbers);
  weeg_free(field);
  return status;
}

/* ---- the source ---- */

static const char *waves_name(const void *ctx, int32_t column) {
  return ((const waves *)ctx)->joint.about.variable[column].name;
}

/* Numbers in one file and texts in another are no levels of one variable, unless it is said that all are texts. */
static weeg_status check_texts(waves *w, int32_t field, weeg_error *err) {
  weeg_error said = weeg_i_error_like(err);
  int32_t numbers = -1, text = -1;
  char **found = &w->found[w->field[field].column];
  for (int32_t f = 0; f < w->count; f++) {
    const wave_texts *texts = &w->texts[(int64_t)field * w->count + f];
    if (texts->text) text = text < 0 ? f : text;
    else if (texts->number) numbers = numbers < 0 ? f : numbers;
  }
  if (w->field[field].text || numbers < 0 || text < 0 || *found != NULL) return WEEG_OK;
  (void)weeg_fail(&said, WEEG_ERR_FILE, field, "%.60s is a number in %.60s and text in %.60s",
                  w->joint.seen[field].variable->name, w->file[numbers].name, w->file[text].name);
  return weeg_i_copy_text(said.message, found, err);
}

static weeg_status waves_read(void *ctx, const weeg_fields *fields, weeg_sink sink, void *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  waves *w = (waves *)ctx;
  int64_t rows = 0;
  const char *problem = NULL;
  WEEG_TRY(begin_read(w, fields, err));
  for (int32_t f = 0; f < w->count; f++) {
    w->file[f].first = rows;
    WEEG_TRY(read_file(w, f, fields, sink, to, err));
    rows += w->file[f].rows;
  }
  for (int32_t k = 0; k < fields->count; k++) {
    if (!fields->field[k].numbers) WEEG_TRY(check_texts(w, k, err));
    if (problem == NULL && !fields->field[k].listed) problem = w->found[fields->field[k].column];
  }
  if (problem != NULL) status = weeg_fail(err, WEEG_ERR_FILE, -1, "%s", problem);
cleanup:
  return status;
}

static int32_t waves_codes(const void *ctx, int32_t field) { return ((const waves *)ctx)->joint.seen[field].known.count; }

static weeg_sav_value waves_value(const void *ctx, int32_t field, int32_t code) {
  return ((const waves *)ctx)->joint.seen[field].value[code - 1];
}

/* All waves, in order. */
static weeg_status wave_levels(const waves *w, weeg_field_levels *found, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *found = (weeg_field_levels){.variable = {.ordered = true}, .labelled = true};
  WEEG_TRY(weeg_i_copy_text(w->joint.about.variable[0].name, &found->variable.name, err));
  WEEG_NEW(found->level, (int64_t)w->count + 1);
  WEEG_NEW(found->variable.levels.text, w->count);
  found->variable.levels.count = w->count;
  for (int32_t f = 0; f < w->count; f++) {
    found->level[f + 1] = f + 1;
    WEEG_TRY(weeg_i_copy_text(w->file[f].label, &found->variable.levels.text[f], err));
  }
cleanup:
  if (status != WEEG_OK) weeg_field_levels_clear(found);
  return status;
}

static weeg_status waves_levels(const void *ctx, int32_t field, weeg_field_levels *found, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const waves *w = (const waves *)ctx;
  const sav_column *seen = &w->joint.seen[field];
  const char **text = NULL;
  *found = (weeg_field_levels){0};
  if (w->field[field].column == 0) return wave_levels(w, found, err);
  if (!seen->variable->plain) return weeg_i_sav_source_levels(ctx, field, found, err);
  WEEG_NEW(text, seen->known.count);
  for (int32_t k = 0; k < seen->known.count; k++) text[k] = seen->value[k].text;
  status = weeg_i_plain_levels(seen->variable->name, text, seen->known.count, w->field[field].text, w->numerals, found, err);
cleanup:
  weeg_free(text);
  return status;
}

static void release(waves *w) {
  end_read(w);
  weeg_i_waves_columns_free(w);
  for (int32_t f = 0; f < w->count && w->file != NULL; f++) {
    weeg_free(w->file[f].label);
    weeg_free(w->file[f].name);
    weeg_free(w->file[f].column);
  }
  weeg_free(w->file);
  weeg_free(w);
}

static void waves_close(void *ctx) {
  waves *w = (waves *)ctx;
  for (int32_t f = 0; f < w->count; f++) w->file[f].source.close(w->file[f].source.ctx);
  release(w);
}

int32_t weeg_waves_file(const weeg_source *source, int64_t row, int64_t *first) {
  const waves *w = (const waves *)source->ctx;
  int32_t file = w->count - 1;
  while (file > 0 && (w->file[file].rows == 0 || row < w->file[file].first)) file--;
  if (first != NULL) *first = w->file[file].first;
  return file;
}

const char *weeg_waves_problem(const weeg_source *source, int32_t column) {
  const waves *w = (const waves *)source->ctx;
  return w->problem[column] != NULL ? w->problem[column] : w->found[column];
}

int64_t weeg_waves_rows(const weeg_source *source, int32_t file) { return ((const waves *)source->ctx)->file[file].rows; }

static weeg_status check_waves(const weeg_wave *of, int32_t count, const char *wave, weeg_error *err) {
  if (count < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "there are no files");
  if (wave == NULL || wave[0] == '\0') return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the variable of the wave has no name");
  for (int32_t f = 0; f < count; f++) {
    if (of[f].label == NULL || of[f].label[0] == '\0') {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, f, "%s is a wave without a label", of[f].name);
    }
    if (of[f].source.value == NULL) return weeg_fail(err, WEEG_ERR_ARGUMENT, f, "%s cannot be one of several", of[f].name);
    for (int32_t k = 0; k < f; k++) {
      if (strcmp(of[k].label, of[f].label) != 0) continue;
      return weeg_fail(err, WEEG_ERR_ARGUMENT, f, "%s and %s are both \"%s\"; waves need labels of their own", of[k].name,
                       of[f].name, of[f].label);
    }
  }
  return WEEG_OK;
}

weeg_status weeg_waves_source(const weeg_wave *of, int32_t count, const char *wave, weeg_source *source, weeg_error *err) {
  weeg_status status = WEEG_OK;
  waves *w = NULL;
  WEEG_TRY(check_waves(of, count, wave, err));
  WEEG_NEW(w, 1);
  WEEG_NEW(w->file, count);
  w->count = count;
  for (int32_t f = 0; f < count; f++) {
    w->file[f].source = of[f].source;
    WEEG_TRY(weeg_i_copy_text(of[f].label, &w->file[f].label, err));
    WEEG_TRY(weeg_i_copy_text(of[f].name, &w->file[f].name, err));
  }
  WEEG_TRY(weeg_i_waves_columns(w, wave, err));
  *source = (weeg_source){w, w->columns, waves_name, waves_read, waves_codes, waves_levels, waves_close,
                          waves_value, w->any_sav ? &w->joint.about : NULL, w->numerals};
  w = NULL;
cleanup:
  if (w != NULL) release(w);
  return status;
}
