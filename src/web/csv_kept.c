/*
 * In front of the core's weeg_csv_read(), which is called web_csv_read() here (see the Makefile): columns of a CSV file that are
 * kept are handed on as one chunk, as if they were read; those that are read as texts are kept, a number being read of its text
 * then. What is said of errors in a file is the reader's alone, so that only what was read without any is kept.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "kept.h"

weeg_status web_csv_read(weeg_csv *csv, const weeg_fields *fields, weeg_sink sink, void *ctx, weeg_error *err);

/* A file that is read as usual. */
static bool is_usual(const weeg_csv_options *o) {
  return o->delimiter == 0 && o->decimal == 0 && o->quote == 0 && !o->no_header && o->encoding == WEEG_UTF8 &&
         o->missing == NULL && o->missing_count == 0 && !o->skip &&
         o->max_field == 0 && o->thousands == 0 && o->skip_before == 0 && o->skip_after == 0;
}

/* ---- reading what is kept ---- */

typedef struct replay {
  kept_column *column;     /* [fields] */
  int32_t **codes;         /* [fields] NULL: numbers */
  double **numbers;        /* [fields] NULL: codes */
  weeg_csv_place *place;
  int64_t places, rows;
} replay;

/* The value of each code; false: a text is no number, of which the reader says where it stands. */
static bool read_values(const weeg_csv *csv, const weeg_strings *texts, double *value) {
  bool numbers = true;
  value[0] = NAN;
  for (int32_t k = 1; k <= texts->levels && numbers; k++) {
    const char *text = weeg_i_strings_text(texts, k);
    numbers = weeg_i_number_read(text, strlen(text), csv->dialect.decimal, &value[k]);
  }
  return numbers;
}

static bool open_field(replay *r, const weeg_csv *csv, const weeg_field *field, int32_t f) {
  kept_column *c = &r->column[f];
  double *value = NULL;
  if (!web_kept_read(c, csv->path, 'c', field->column)) return false;
  bool ready = f == 0 || c->rows == r->rows;
  r->rows = c->rows;
  if (field->numbers) {
    value = weeg_i_alloc((int64_t)c->values.levels + 1, sizeof *value);
    r->numbers[f] = weeg_i_alloc(c->rows, sizeof **r->numbers);
    ready = ready && value != NULL && r->numbers[f] != NULL && read_values(csv, &c->values, value);
    for (int64_t i = 0; i < c->rows && ready; i++) r->numbers[f][i] = value[kept_code(c, i)];
  } else {
    r->codes[f] = weeg_i_alloc(c->rows, sizeof **r->codes);
    ready = ready && r->codes[f] != NULL;
    for (int64_t i = 0; i < c->rows && ready; i++) r->codes[f][i] = kept_code(c, i);
  }
  weeg_free(value);
  return ready;
}

static FILE *places_of(const weeg_csv *csv, const char *mode) {
  char name[KEPT_NAME];
  web_kept_name(name, "places", csv->path);
  return fopen(name, mode);
}

static bool open_places(replay *r, const weeg_csv *csv) {
  FILE *file = places_of(csv, "rb");
  if (file == NULL) return false;
  bool read = fread(&r->places, sizeof r->places, 1, file) == 1;
  if (read) r->place = weeg_i_alloc(r->places, sizeof *r->place);
  read = read && r->place != NULL && fread(r->place, sizeof *r->place, (size_t)r->places, file) == (size_t)r->places;
  (void)fclose(file);
  return read;
}

/* Whether all fields are kept. */
static bool open_replay(replay *r, const weeg_csv *csv, const weeg_fields *fields) {
  *r = (replay){0};
  for (int32_t f = 0; f < fields->count; f++) {
    if (!web_is_kept(csv->path, 'c', fields->field[f].column)) return false;
  }
  r->column = weeg_i_alloc(fields->count, sizeof *r->column);
  r->codes = weeg_i_alloc(fields->count, sizeof *r->codes);
  r->numbers = weeg_i_alloc(fields->count, sizeof *r->numbers);
  bool ready = r->column != NULL && r->codes != NULL && r->numbers != NULL && fields->count > 0 && open_places(r, csv);
  for (int32_t f = 0; f < fields->count && ready; f++) ready = open_field(r, csv, &fields->field[f], f);
  return ready;
}

static void close_replay(replay *r, int32_t fields) {
  for (int32_t f = 0; f < fields; f++) {
    if (r->column != NULL) web_kept_clear(&r->column[f]);
    if (r->codes != NULL) weeg_free(r->codes[f]);
    if (r->numbers != NULL) weeg_free(r->numbers[f]);
  }
  weeg_free(r->column);
  weeg_free(r->codes);
  weeg_free(r->numbers);
  weeg_free(r->place);
}

static weeg_status hand_on(replay *r, weeg_csv *csv, const weeg_fields *fields, weeg_sink sink, void *ctx, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(weeg_i_csv_begin(csv, fields, err));
  for (int32_t f = 0; f < fields->count; f++) {
    if (fields->field[f].numbers) continue;
    csv->levels[f] = r->column[f].values;
    r->column[f].values = (weeg_strings){0};
  }
  const weeg_chunk chunk = {0, r->rows, (const int32_t *const *)r->codes, (const double *const *)r->numbers, NULL,
                            r->place, r->places};
  status = sink(ctx, &chunk, err);
cleanup:
  return status;
}

/* ---- keeping what is read ---- */

typedef struct recording {
  const weeg_csv *csv;
  const weeg_fields *fields;
  weeg_sink sink;
  void *ctx;
  kept_column *column; /* [fields] */
  weeg_csv_place *place;
  int64_t places, places_size, rows, bytes;
  bool given_up;
} recording;

/* Not where values are no longer told apart. */
static bool is_recorded(const recording *r, int32_t f) {
  const weeg_field *field = &r->fields->field[f];
  return !field->numbers && !r->csv->many[f].many && !web_is_kept(r->csv->path, 'c', field->column);
}

static weeg_status keep_places(recording *r, const weeg_chunk *chunk, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int64_t k = 0; k < chunk->places; k++) {
    WEEG_GROW(r->place, r->places, r->places_size);
    r->place[r->places++] = (weeg_csv_place){r->rows + chunk->place[k].row, chunk->place[k].line};
  }
cleanup:
  return status;
}

/* Keeps nothing where there is no memory for it. */
static weeg_status record(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  recording *r = (recording *)ctx;
  r->bytes = r->places * (int64_t)sizeof *r->place;
  for (int32_t f = 0; f < r->fields->count && !r->given_up; f++) {
    if (r->csv->many[f].many) web_kept_clear(&r->column[f]);
    if (!is_recorded(r, f)) continue;
    r->given_up = !web_kept_put(&r->column[f], chunk->codes[f], chunk->rows);
    r->bytes += web_kept_bytes(&r->column[f]);
  }
  r->given_up = r->given_up || r->bytes > KEPT_MOST || keep_places(r, chunk, err) != WEEG_OK;
  r->rows += chunk->rows;
  for (int32_t f = 0; f < r->fields->count && r->given_up; f++) web_kept_clear(&r->column[f]);
  return r->sink(r->ctx, chunk, err);
}

static bool write_places(const recording *r) {
  FILE *file = places_of(r->csv, "wb");
  if (file == NULL) return false;
  const bool written = fwrite(&r->places, sizeof r->places, 1, file) == 1 &&
                       fwrite(r->place, sizeof *r->place, (size_t)r->places, file) == (size_t)r->places;
  return fclose(file) == 0 && written;
}

static void write_recording(recording *r) {
  if (r->given_up || r->rows == 0 || !web_kept_may(r->bytes) || !write_places(r)) return;
  for (int32_t f = 0; f < r->fields->count; f++) {
    if (!is_recorded(r, f)) continue;
    kept_column *c = &r->column[f];
    c->values = r->csv->levels[f]; /* which it has the codes of */
    (void)web_kept_write(c, r->csv->path, 'c', r->fields->field[f].column);
    c->values = (weeg_strings){0};
  }
}

weeg_status weeg_csv_read(weeg_csv *csv, const weeg_fields *fields, weeg_sink sink, void *ctx, weeg_error *err) {
  replay kept = {0};
  recording r = {.csv = csv, .fields = fields, .sink = sink, .ctx = ctx};
  weeg_status status = WEEG_OK;
  if (!is_usual(&csv->options)) return web_csv_read(csv, fields, sink, ctx, err);
  if (open_replay(&kept, csv, fields)) {
    status = hand_on(&kept, csv, fields, sink, ctx, err);
    goto cleanup;
  }
  WEEG_NEW(r.column, fields->count);
  WEEG_TRY(web_csv_read(csv, fields, record, &r, err));
  write_recording(&r);
cleanup:
  close_replay(&kept, fields->count);
  for (int32_t f = 0; f < fields->count && r.column != NULL; f++) web_kept_clear(&r.column[f]);
  weeg_free(r.column);
  weeg_free(r.place);
  return status;
}
