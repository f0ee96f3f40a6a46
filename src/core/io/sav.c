/* .sav, .zsav and .por files: what a child process reads (sav_child.c) becomes variables and columns. */
#define _POSIX_C_SOURCE 200809L

#include "io/sav.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/said.h"
#include "io/bytes.h"
#include "io/collect.h"
#include "io/sav_column.h"

static const uint32_t MOST_FRAME = (uint32_t)1 << 30, FIRST_ROOM = (uint32_t)1 << 16;

/* ---- the child process ---- */

typedef struct process {
  sav_process child;
  const weeg_hooks *hooks;
  uint8_t *frame;       /* the last one */
  uint32_t size, room;
} process;

static weeg_status start(process *p, const char *path, const sav_request *request, const weeg_hooks *hooks, weeg_error *err) {
  *p = (process){.child = {.pipe = -1}, .hooks = hooks};
  return weeg_i_sav_start(&p->child, path, request, err);
}

static int stop(process *p) {
  const int how = weeg_i_sav_stop(&p->child);
  weeg_free(p->frame);
  *p = (process){.child = {.pipe = -1}};
  return how;
}

/* Exactly `size` bytes; *ended when the child has closed its end before. */
static weeg_status receive(process *p, uint8_t *to, uint32_t size, bool *ended, weeg_error *err) {
  for (uint32_t got = 0; got < size;) {
    struct pollfd wait = {p->child.pipe, POLLIN, 0};
    const int ready = poll(&wait, 1, 100);
    if (p->hooks != NULL && p->hooks->interrupt != NULL && p->hooks->interrupt(p->hooks->ctx)) {
      return weeg_fail(err, WEEG_ERR_INTERRUPTED, -1, "stopped by the caller");
    }
    if (ready <= 0) continue;
    const ssize_t step = read(p->child.pipe, to + got, size - got);
    if (step < 0 && errno == EINTR) continue;
    if (step <= 0) {
      *ended = true;
      return WEEG_OK;
    }
    got += (uint32_t)step;
  }
  return WEEG_OK;
}

static weeg_status bad_frame(weeg_error *err) {
  return weeg_fail(err, WEEG_ERR_FILE, -1, "unexpected data from the reader of SPSS files: the file is probably damaged");
}

/*
 * The content of a frame. Memory grows with what comes, not by what a damaged head says is to come. *ended as in receive().
 */
static weeg_status receive_frame(process *p, uint32_t size, bool *ended, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (uint32_t got = 0; got < size && !*ended;) {
    if (got == p->room) {
      const uint32_t room = p->room == 0 ? FIRST_ROOM : 2 * p->room;
      uint8_t *larger = weeg_i_larger(p->frame, (int64_t)got, (int64_t)room, 1);
      if (larger == NULL) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
      p->frame = larger;
      p->room = room;
    }
    const uint32_t step = size < p->room ? size - got : p->room - got;
    WEEG_TRY(receive(p, p->frame + got, step, ended, err));
    got += step;
  }
  p->size = size;
cleanup:
  return status;
}

/* The next frame in p->frame; *tag 0 when the child ended without one. */
static weeg_status next_frame(process *p, uint32_t *tag, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint8_t head[8];
  bool ended = false;
  *tag = 0;
  WEEG_TRY(receive(p, head, sizeof head, &ended, err));
  if (ended) return WEEG_OK;
  byte_reader r = {.bytes = head, .size = sizeof head};
  const uint32_t found = weeg_i_get_u32(&r), size = weeg_i_get_u32(&r);
  if (found < SAV_VARIABLE || found > SAV_END || size > MOST_FRAME) return bad_frame(err);
  WEEG_TRY(receive_frame(p, size, &ended, err));
  if (!ended) *tag = found;
cleanup:
  return status;
}

/* ---- variables ---- */

/* After something could not be read from a frame. */
static weeg_status broken(const byte_reader *r, weeg_error *err) {
  return r->no_memory ? weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory") : bad_frame(err);
}

static weeg_status get_value(byte_reader *r, bool text, weeg_kind kind, weeg_sav_value *value, weeg_error *err) {
  if (text) {
    value->text = weeg_i_sav_text(r);
  } else {
    value->number = weeg_i_sav_number(kind, weeg_i_get_double(r));
  }
  return r->failed ? broken(r, err) : WEEG_OK;
}

static weeg_status add_variable(weeg_sav *sav, const process *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  byte_reader r = {.bytes = p->frame, .size = p->size};
  int32_t room = weeg_i_grown(sav->variables);
  if (sav->variables >= SAV_MOST_VARIABLES) return bad_frame(err);
  WEEG_GROW(sav->variable, sav->variables, room);
  weeg_sav_variable *v = &sav->variable[sav->variables];
  *v = (weeg_sav_variable){.text = weeg_i_get_u8(&r) != 0, .ordinal = weeg_i_get_u8(&r) != 0};
  sav->variables++;
  v->name = weeg_i_get_text(&r);
  v->label = weeg_i_get_text(&r);
  v->label_set = weeg_i_get_text(&r);
  if (v->label != NULL && v->label[0] == '\0') {
    weeg_free(v->label);
    v->label = NULL;
  }
  char *format = weeg_i_get_text(&r);
  v->kind = v->text ? WEEG_KIND_NUMBER : weeg_i_sav_kind(format);
  weeg_free(format);
  const int32_t ranges = weeg_i_get_count(&r, 8);
  WEEG_NEW(v->low, ranges);
  WEEG_NEW(v->high, ranges);
  v->ranges = ranges;
  for (int32_t k = 0; k < ranges; k++) {
    WEEG_TRY(get_value(&r, v->text, v->kind, &v->low[k], err));
    WEEG_TRY(get_value(&r, v->text, v->kind, &v->high[k], err));
  }
  if (r.failed) status = broken(&r, err);
cleanup:
  return status;
}

static weeg_status add_label(weeg_sav *sav, const process *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  byte_reader r = {.bytes = p->frame, .size = p->size};
  char *set = weeg_i_get_text(&r);
  const bool text = weeg_i_get_u8(&r) != 0;
  const size_t start_of_value = r.at;
  if (r.failed) {
    status = broken(&r, err);
    goto cleanup;
  }
  for (int32_t i = 0; i < sav->variables; i++) {
    weeg_sav_variable *v = &sav->variable[i];
    if (v->text != text || set[0] == '\0' || strcmp(v->label_set, set) != 0) continue;
    int32_t value_room = weeg_i_grown(v->labels), label_room = value_room;
    WEEG_GROW(v->value, v->labels, value_room);
    WEEG_GROW(v->value_label, v->labels, label_room);
    v->value[v->labels] = (weeg_sav_value){0};
    v->value_label[v->labels] = NULL;
    v->labels++;
    r.at = start_of_value;
    WEEG_TRY(get_value(&r, text, v->kind, &v->value[v->labels - 1], err));
    v->value_label[v->labels - 1] = weeg_i_get_text(&r);
    if (v->value_label[v->labels - 1] == NULL) {
      status = broken(&r, err);
      goto cleanup;
    }
  }
cleanup:
  weeg_free(set);
  return status;
}

static weeg_status child_error(const weeg_sav *sav, const process *p, weeg_error *err) {
  byte_reader r = {.bytes = p->frame, .size = p->size};
  char *text = weeg_i_get_text(&r);
  char *more = weeg_i_get_text(&r); /* which has no words in another language */
  const bool say_more = more != NULL && more[0] != '\0' && (err == NULL || err->say == NULL);
  const weeg_status status = weeg_fail(err, WEEG_ERR_FILE, -1, "%.100s cannot be read: %.120s%s%.120s%s", sav->path,
                                       weeg_i_said(err, text == NULL ? "it is damaged" : text), say_more ? " (" : "",
                                       say_more ? more : "", say_more ? ")" : "");
  weeg_free(text);
  weeg_free(more);
  return weeg_i_names_file(err, status);
}

static weeg_status crashed(const weeg_sav *sav, process *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int by = stop(p);
  if (by == SAV_TOO_LONG) {
    status = weeg_fail(err, WEEG_ERR_FILE, -1, "%.100s cannot be read: the reader found nothing in %d s; the file is damaged",
                       sav->path, SAV_MOST_SECONDS);
  } else if (by != 0) {
    status = weeg_fail(err, WEEG_ERR_FILE, -1, "%.100s cannot be read: the reader crashed on it (signal %d); it is damaged",
                       sav->path, by);
  } else {
    status = weeg_fail(err, WEEG_ERR_FILE, -1, "%.100s cannot be read: the reader ended early", sav->path);
  }
  return weeg_i_names_file(err, status);
}

static weeg_status set_weight(weeg_sav *sav, const process *p, weeg_error *err) {
  byte_reader r = {.bytes = p->frame, .size = p->size};
  const uint32_t weight = weeg_i_get_u32(&r);
  if (r.failed || weight >= (uint32_t)sav->variables) return bad_frame(err);
  sav->weight = (int32_t)weight;
  return WEEG_OK;
}

/* The number of a variable, upper and lower case alike; -1: there is none. */
static int32_t find_variable(const weeg_sav *sav, const char *name) {
  for (int32_t i = 0; i < sav->variables; i++) {
    if (strcasecmp(sav->variable[i].name, name) == 0) return i;
  }
  return -1;
}

static void clear_set(weeg_sav_set *set) {
  weeg_free(set->name);
  weeg_free(set->label);
  weeg_free(set->counted);
  weeg_free(set->variable);
}

/* A set of which a variable is not there is none. */
static weeg_status add_set(weeg_sav *sav, const process *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  byte_reader r = {.bytes = p->frame, .size = p->size};
  weeg_sav_set set = {0};
  int32_t room = weeg_i_grown(sav->sets);
  set.name = weeg_i_get_text(&r);
  set.label = weeg_i_get_text(&r);
  set.categories = weeg_i_get_u8(&r) != 0;
  set.value_labels = weeg_i_get_u8(&r) != 0;
  set.counted = weeg_i_get_text(&r);
  const int32_t count = weeg_i_get_count(&r, 4); /* the length of a text */
  bool known = count > 0;
  WEEG_NEW(set.variable, count);
  for (; set.count < count && !r.failed; set.count++) {
    char *name = weeg_i_get_text(&r);
    set.variable[set.count] = name == NULL ? -1 : find_variable(sav, name);
    known = known && set.variable[set.count] >= 0;
    weeg_free(name);
  }
  if (r.failed) {
    status = broken(&r, err);
    goto cleanup;
  }
  if (set.label[0] == '\0') {
    weeg_free(set.label);
    set.label = NULL;
  }
  WEEG_GROW(sav->set, sav->sets, room);
  if (known) {
    sav->set[sav->sets++] = set;
    set = (weeg_sav_set){0};
  }
cleanup:
  clear_set(&set);
  return status;
}

static bool is_portable(const char *path) {
  const size_t length = strlen(path);
  return length > 4 && strcasecmp(path + length - 4, ".por") == 0;
}

static weeg_status check_available(weeg_error *err) {
  if (weeg_sav_available()) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_FILE, -1, "weeg was built without ReadStat, which SPSS files need: install it "
                   "(Debian: libreadstat-dev, Fedora: readstat-devel, brew: readstat), then reinstall weeg");
}

weeg_status weeg_sav_open(const char *path, const weeg_hooks *hooks, weeg_sav **sav, weeg_error *err) {
  weeg_status status = WEEG_OK;
  sav_file *file = NULL;
  weeg_sav *made = NULL;
  process p = {.child = {.pipe = -1}};
  uint32_t tag = 0;
  WEEG_TRY(check_available(err));
  WEEG_NEW(file, 1);
  made = &file->about;
  made->weight = -1;
  made->portable = is_portable(path);
  WEEG_NEW(made->path, (int64_t)strlen(path) + 1);
  memcpy(made->path, path, strlen(path));
  const sav_request request = {.portable = made->portable, .last = -1};
  WEEG_TRY(start(&p, path, &request, hooks, err));
  while (tag != SAV_END) {
    WEEG_TRY(next_frame(&p, &tag, err));
    switch (tag) {
      case SAV_VARIABLE: status = add_variable(made, &p, err); break;
      case SAV_LABEL: status = add_label(made, &p, err); break;
      case SAV_WEIGHT: status = set_weight(made, &p, err); break;
      case SAV_SET: status = add_set(made, &p, err); break;
      case SAV_ERROR: status = child_error(made, &p, err); break;
      case SAV_END: break;
      case 0: status = crashed(made, &p, err); break;
      default: status = bad_frame(err);
    }
    if (status != WEEG_OK) goto cleanup;
  }
  *sav = made;
  made = NULL;
cleanup:
  (void)stop(&p);
  weeg_sav_close(made);
  return status;
}

/* What the last read has met. */
static void forget(sav_file *file) {
  for (int32_t k = 0; k < file->fields; k++) weeg_i_sav_column_free(&file->seen[k]);
  weeg_free(file->seen);
  file->seen = NULL;
  file->fields = 0;
}

void weeg_sav_close(weeg_sav *sav) {
  if (sav == NULL) return;
  for (int32_t i = 0; i < sav->variables; i++) {
    weeg_sav_variable *v = &sav->variable[i];
    weeg_free(v->name);
    weeg_free(v->label);
    weeg_free(v->label_set);
    for (int32_t k = 0; k < v->ranges; k++) {
      weeg_free(v->low[k].text);
      weeg_free(v->high[k].text);
    }
    for (int32_t k = 0; k < v->labels; k++) {
      weeg_free(v->value[k].text);
      weeg_free(v->value_label[k]);
    }
    weeg_free(v->low);
    weeg_free(v->high);
    weeg_free(v->value);
    weeg_free(v->value_label);
  }
  for (int32_t k = 0; k < sav->sets; k++) clear_set(&sav->set[k]);
  weeg_free(sav->set);
  forget(weeg_i_sav_file(sav));
  weeg_free(sav->variable);
  weeg_free(sav->path);
  weeg_free(sav);
}

/* ---- rows ---- */

/* Where the rows go, and what a chunk of them is made of. */
typedef struct row_output {
  weeg_sav *sav;
  weeg_sink sink;
  void *ctx;
  const weeg_hooks *hooks;
  int64_t rows;            /* handed on */
  const int32_t **codes;   /* [fields] */
  const double **numbers;  /* [fields] */
} row_output;

static void tell_share(const weeg_hooks *hooks, double share) {
  if (hooks == NULL || hooks->progress == NULL || !(share >= 0 && share <= 1)) return;
  hooks->progress(hooks->ctx, share);
}

/* Values of all wanted variables for some rows, one variable after the other. */
static weeg_status hand_on(row_output *out, const process *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const sav_file *file = weeg_i_sav_file(out->sav);
  byte_reader r = {.bytes = p->frame, .size = p->size};
  const double share = weeg_i_get_double(&r);
  const int32_t rows = weeg_i_get_count(&r, 4); /* the length of a text */
  for (int32_t k = 0; k < file->fields && !r.failed; k++) {
    sav_column *c = &file->seen[k];
    WEEG_TRY(weeg_i_sav_take(c, &r, rows, err));
    out->codes[k] = c->code;
    out->numbers[k] = c->number;
  }
  if (r.failed || r.at != r.size) return bad_frame(err);
  tell_share(out->hooks, share);
  const weeg_chunk chunk = {out->rows, rows, out->codes, out->numbers};
  if (rows > 0) status = out->sink(out->ctx, &chunk, err);
  out->rows += rows;
cleanup:
  return status;
}

static weeg_status read_rows(row_output *out, process *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint32_t tag = 0;
  while (tag != SAV_END && status == WEEG_OK) {
    WEEG_TRY(next_frame(p, &tag, err));
    switch (tag) {
      case SAV_ROWS: status = hand_on(out, p, err); break;
      case SAV_ERROR: status = child_error(out->sav, p, err); break;
      case 0: status = crashed(out->sav, p, err); break;
      default: break; /* what weeg_sav_open has seen, and the end */
    }
  }
cleanup:
  return status;
}

/* The fields, in place of those of the read before; their variables to `variable`, and which stands last to *last. */
static weeg_status set_fields(weeg_sav *sav, const weeg_fields *wanted, int32_t *variable, int32_t *last,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_field *fields = wanted->field;
  const int32_t count = wanted->count;
  sav_file *file = weeg_i_sav_file(sav);
  forget(file);
  WEEG_NEW(file->seen, count);
  file->fields = count;
  for (int32_t k = 0; k < count; k++) {
    variable[k] = fields[k].column;
    bool twice = fields[k].column < 0 || fields[k].column >= sav->variables;
    for (int32_t j = 0; j < k; j++) twice = twice || variable[j] == variable[k];
    if (twice) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "variable %d is not there, or asked for twice", fields[k].column + 1);
    }
    if (variable[k] > variable[*last]) *last = k;
    const weeg_sav_variable *v = &sav->variable[variable[k]];
    file->seen[k] = (sav_column){.variable = v, .numbers = fields[k].numbers, .user_missing = fields[k].user_missing};
    if (fields[k].numbers && v->text) return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "%.60s is text, not a number", v->name);
  }
cleanup:
  return status;
}

weeg_status weeg_sav_read(weeg_sav *sav, const weeg_fields *fields, weeg_sink sink, void *ctx, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t count = fields->count;
  sav_file *file = weeg_i_sav_file(sav);
  int32_t *variable = NULL;
  process p = {.child = {.pipe = -1}};
  sav_request request = {.portable = sav->portable, .count = count};
  row_output out = {.sav = sav, .sink = sink, .ctx = ctx, .hooks = fields->hooks};
  WEEG_TRY(check_available(err));
  WEEG_NEW(variable, count);
  WEEG_NEW(out.codes, count);
  WEEG_NEW(out.numbers, count);
  WEEG_TRY(set_fields(sav, fields, variable, &request.last, err));
  request.variable = variable;
  if (count > 0) WEEG_TRY(start(&p, sav->path, &request, fields->hooks, err));
  if (count > 0) WEEG_TRY(read_rows(&out, &p, err));
cleanup:
  (void)stop(&p);
  for (int32_t k = 0; k < file->fields; k++) weeg_i_sav_column_rest(&file->seen[k]);
  weeg_free(out.codes);
  weeg_free(out.numbers);
  weeg_free(variable);
  return status;
}

/* ---- whole columns ---- */

/* A field that was kept, as a column with its levels. */
static weeg_status make_column(const weeg_sav *sav, weeg_csv_data *data, int32_t field, weeg_sav_column *column,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t rows = weeg_csv_data_rows(data);
  int32_t *level = NULL;
  *column = (weeg_sav_column){0};
  if (weeg_i_sav_file(sav)->seen[field].numbers) {
    WEEG_NEW(column->numbers, rows);
    weeg_csv_data_take(data, field, column->numbers);
  } else {
    WEEG_NEW(level, (int64_t)weeg_sav_values(sav, field) + 1);
    WEEG_TRY(weeg_sav_levels(sav, field, column, level, err));
    const size_t width = column->type == WEEG_CODE_U8 ? sizeof(uint8_t)
                         : column->type == WEEG_CODE_U16 ? sizeof(uint16_t) : sizeof(int32_t);
    column->codes = weeg_i_alloc(rows, width);
    if (column->codes == NULL) {
      status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
      goto cleanup;
    }
    weeg_csv_data_take_levels(data, field, level, column->type, column->codes);
  }
  column->rows = rows;
cleanup:
  if (status != WEEG_OK) weeg_sav_column_clear(column);
  weeg_free(level);
  return status;
}

weeg_status weeg_sav_collect(weeg_sav *sav, const weeg_fields *fields, weeg_sav_column *columns, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_csv_data *data = NULL;
  int32_t made = 0;
  WEEG_TRY(weeg_i_data_new(fields->count, &data, err));
  WEEG_TRY(weeg_sav_read(sav, fields, weeg_i_data_keep, data, err));
  while (made < fields->count) {
    WEEG_TRY(make_column(sav, data, made, &columns[made], err));
    made++;
  }
cleanup:
  for (int32_t k = 0; k < made && status != WEEG_OK; k++) weeg_sav_column_clear(&columns[k]);
  weeg_csv_data_free(data);
  return status;
}
