/*
 * Reading a CSV file: a window of bytes, split into parts at ends of records, parsed on threads, handed on in order.
 *
 * Where records end is known by the parity of quotes: exactly, up to the first error. In a file with errors that are skipped,
 * what was split beyond an error is thrown away, and reading goes on at the line after the one where the bad record begins,
 * for a while in small steps, so that many errors do not mean much vain work.
 *
 * With more threads than one, a window is handed on, and the bytes of the one after the next are read and split, while the next
 * one is parsed (read_on). The windows are the same. Should a record that is skipped be found in the former, then the next one
 * was parsed in vain: its bytes wait to be read once more.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/said.h"
#include "base/vector.h"
#include "io/reader.h"

enum { PARTS = 16, SMALL_STEP = 4096 };

/* Parts of a window. */
typedef struct batch {
  weeg_part parts[PARTS];
  int count;           /* in use */
  bool cut;            /* the one part is a whole window without an end of a record */
} batch;

typedef struct reader {
  weeg_csv *csv;
  weeg_dialect dialect;
  batch batches[2];
  batch *now, *before; /* that is split and parsed; that was parsed and is to be handed on */
  int64_t at;          /* where the next record begins in the window */
  int64_t line;        /* its line, from 1 */
  int64_t rows;        /* that were handed on */
  int64_t step;        /* bytes to look at */
  bool within_line;    /* the window begins within a line that is skipped */
  int threads;
  bool gaps;           /* parts have numbered texts that were not handed on */
  const char *reached; /* how far records were handed on */
  bool stopped;        /* at a record that is skipped, with which the parts do not end */
  char *spare;         /* a second window, once there is one */
  int64_t spare_filled;
  int64_t fresh;       /* where the bytes in the window begin that the spare one does not have */
  int64_t waiting, waiting_end; /* bytes in the spare window that come after those in the window */
  weeg_status waiting_status;   /* and what came after them */
  weeg_error waiting_error;
  bool waiting_last;
  const int32_t **codes;
  const double **numbers;
  weeg_sink sink;
  void *ctx;
} reader;

/* ---- beginning ---- */

weeg_status weeg_i_csv_begin(weeg_csv *csv, const weeg_fields *fields, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t count = fields->count;
  for (int32_t f = 0; f < csv->field_count; f++) weeg_i_strings_clear(&csv->levels[f]);
  weeg_free(csv->levels);
  weeg_free(csv->many);
  weeg_free(csv->fields);
  weeg_free(csv->wanted);
  csv->levels = NULL;
  csv->many = NULL;
  csv->fields = NULL;
  csv->wanted = NULL;
  csv->field_count = 0;
  csv->skipped_count = 0;
  csv->skipped_mark = 0;
  WEEG_NEW(csv->levels, count);
  WEEG_NEW(csv->many, count);
  csv->field_count = count;
  WEEG_NEW(csv->fields, count);
  WEEG_NEW(csv->wanted, csv->dialect.columns);
  for (int32_t c = 0; c < csv->dialect.columns; c++) csv->wanted[c] = -1;
  for (int32_t f = 0; f < count; f++) {
    const int32_t column = fields->field[f].column;
    if (column < 0 || column >= csv->dialect.columns || csv->wanted[column] >= 0) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, f, "field %d is not a column of the file, or is asked for twice", (int)f + 1);
      goto cleanup;
    }
    csv->wanted[column] = f;
    csv->fields[f] = fields->field[f];
  }
cleanup:
  return status;
}

/* The window with the first bytes of the file. */
static weeg_status go_to_start(weeg_csv *csv, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (csv->fresh) goto cleanup;
  /* no input: it could not be opened again the last time */
  if (csv->input != NULL && !weeg_i_input_again(csv->input)) {
    status = weeg_fail(err, WEEG_ERR_FILE, -1, "standard input and pipes can be read once only");
    goto cleanup;
  }
  weeg_i_input_close(csv->input);
  csv->input = NULL;
  csv->filled = 0;
  WEEG_TRY(weeg_i_input_open(csv->path, &csv->input, err));
  WEEG_TRY(weeg_i_csv_fill(csv, err));
  if (csv->filled < csv->data) status = weeg_fail(err, WEEG_ERR_FILE, -1, "the file has changed while it was read");
cleanup:
  csv->fresh = false;
  return status;
}

static weeg_status make_reader(reader *r, weeg_csv *csv, weeg_error *err) {
  weeg_status status = WEEG_OK;
  r->csv = csv;
  r->dialect = csv->dialect;
  r->dialect.wanted = csv->wanted;
  r->dialect.count = csv->field_count;
  r->dialect.fields = csv->fields;
  r->at = csv->data;
  r->line = csv->data_line;
  r->step = csv->size;
  r->waiting_error = weeg_i_error_like(err);
  r->now = &r->batches[0];
  r->before = &r->batches[1];
  WEEG_NEW(r->codes, csv->field_count);
  WEEG_NEW(r->numbers, csv->field_count);
  for (int k = 0; k < 2 * PARTS; k++) {
    if (weeg_i_part_new(&r->batches[k / PARTS].parts[k % PARTS], &r->dialect) == WEEG_OK) continue;
    status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
    goto cleanup;
  }
cleanup:
  return status;
}

static void clear_reader(reader *r) {
  for (int k = 0; k < 2 * PARTS; k++) weeg_i_part_clear(&r->batches[k / PARTS].parts[k % PARTS]);
  weeg_free(r->spare);
  weeg_free(r->codes);
  weeg_free(r->numbers);
}

/* ---- splitting ---- */

/* Bytes that wait in the spare window; *none: there are none. */
static weeg_status take_waiting(reader *r, weeg_error *err, bool *none) {
  weeg_csv *csv = r->csv;
  const int64_t room = csv->size - csv->filled, left = r->waiting_end - r->waiting, some = left < room ? left : room;
  *none = left == 0 && r->waiting_status == WEEG_OK;
  if (left == 0 && r->waiting_status != WEEG_OK) {
    if (err != NULL) *err = r->waiting_error;
    return r->waiting_status;
  }
  if (some > 0) memcpy(csv->window + csv->filled, r->spare + r->waiting, (size_t)some);
  csv->filled += some;
  r->waiting += some;
  if (left > 0 && some == left) csv->end = r->waiting_last;
  return WEEG_OK;
}

/* Moves what is left to the front of the window and reads on. */
static weeg_status refill(reader *r, weeg_error *err) {
  weeg_csv *csv = r->csv;
  bool none = true;
  if (csv->end) return WEEG_OK;
  csv->filled -= r->at;
  memmove(csv->window, csv->window + r->at, (size_t)csv->filled);
  r->at = 0;
  const weeg_status status = take_waiting(r, err, &none);
  return status == WEEG_OK && none ? weeg_i_csv_fill(csv, err) : status;
}

static void add_part(batch *b, const char *from, const char *to) {
  weeg_part *part = &b->parts[b->count++];
  part->from = from;
  part->to = to;
}

/* Parts of equal size, but for the ends of records. */
static void add_parts(const reader *r, batch *b, const char *from, const char *to, int64_t quotes, char ending) {
  const char quote = r->dialect.quote, *begin = from, *counted = from;
  const int64_t most = r->threads > 1 ? r->csv->size / PARTS + 1 : r->csv->size;
  const int64_t pieces = (to - from + most - 1) / most;
  int64_t before = 0;
  for (int64_t k = 1; k < pieces && k < PARTS; k++) {
    const char *target = from + (to - from) * k / pieces;
    if (target <= begin) continue;
    if (quotes > 0) before += weeg_i_count_byte(counted, target, quote);
    counted = target;
    const char *end = weeg_i_next_record(target, to, before, quote, ending);
    if (end == to) break;
    add_part(b, begin, end);
    begin = end;
  }
  if (begin < to) add_part(b, begin, to);
}

/* Parts of the bytes in the window that are known to be whole records; none: more bytes are needed. */
static void split(reader *r, batch *b) {
  weeg_csv *csv = r->csv;
  const char *from = csv->window + r->at, *const filled = csv->window + csv->filled;
  const char *to = filled - from > r->step ? from + r->step : filled, *last = NULL;
  int64_t quotes = 0;
  char ending = '\n';
  b->count = 0;
  b->cut = false;
  for (;;) {
    last = weeg_i_last_record(from, to, r->dialect.quote, &quotes, &ending);
    if (last != NULL || to == filled) break;
    r->step *= 2;
    to = filled - from > r->step ? from + r->step : filled;
  }
  if (csv->end && to == filled) last = to;
  if (last != NULL) {
    add_parts(r, b, from, last, quotes, ending);
  } else if (r->at == 0 && csv->filled == csv->size) {
    b->cut = true;
    add_part(b, from, filled);
  }
}

static weeg_status read_part(void *ctx, int thread, int64_t item, int64_t end) {
  reader *r = ctx;
  (void)thread;
  for (; item < end; item++) {
    weeg_part *part = &r->now->parts[item];
    if (weeg_i_part_begin(part)) weeg_i_part_scan(part);
  }
  return WEEG_OK;
}

/* ---- handing on ---- */

/* What a value is; false: a text of no kind. */
static bool kind_of(const weeg_csv *csv, int32_t f, const char *text, weeg_kind *kind) {
  const size_t n = strlen(text);
  const char decimal = csv->dialect.decimal == ',' ? ',' : '.';
  double value;
  *kind = WEEG_KIND_NUMBER;
  if (!csv->fields[f].text && weeg_i_number_read(text, n, decimal, &value)) return true;
  if (!csv->fields[f].text && weeg_i_number_read_grouped(text, n, decimal, csv->dialect.thousands, &value)) return true;
  return weeg_kind_read(text, kind, &value);
}

static void see_value(weeg_csv *csv, int32_t f, const char *text) {
  weeg_kind kind;
  weeg_many *so_far = &csv->many[f];
  if (!so_far->texts) so_far->texts = !kind_of(csv, f, text, &kind) || kind != so_far->kind;
}

/* Of a field with more values than are told apart, none is kept. */
static void give_up(weeg_csv *csv, int32_t f) {
  const weeg_strings *levels = &csv->levels[f];
  weeg_kind kind;
  csv->many[f].many = true;
  csv->many[f].texts = !kind_of(csv, f, weeg_i_strings_text(levels, 1), &kind);
  csv->many[f].kind = kind;
  for (int32_t k = 2; k <= levels->levels; k++) see_value(csv, f, weeg_i_strings_text(levels, k));
  weeg_i_strings_clear(&csv->levels[f]);
}

/* The code in the file of a code in the part that was not met before: a new level; or 1, where there are too many. */
static weeg_status new_level(reader *r, weeg_part *part, int32_t f, int32_t code, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_part_field *field = &part->fields[f];
  weeg_strings *levels = &r->csv->levels[f];
  const char *text = weeg_i_strings_text(&field->strings, code);
  size_t n = strlen(text);
  char *utf8 = NULL;
  if (r->dialect.windows_1252) {
    WEEG_NEW(utf8, (int64_t)(3 * n + WEEG_PADDING));
    n = weeg_i_text_from_1252(text, n, utf8);
    text = utf8;
  }
  if (r->csv->many[f].many) {
    see_value(r->csv, f, text);
    field->map[code] = 1;
    goto cleanup;
  }
  weeg_string_slot *slot = weeg_i_strings_find(levels, text, n);
  if (slot == NULL || (slot->code < 0 && weeg_i_strings_add(levels, slot, text, n, false) != WEEG_OK)) {
    status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
    goto cleanup;
  }
  field->map[code] = slot->code;
  if (r->csv->fields[f].most > 0 && levels->levels > r->csv->fields[f].most) give_up(r->csv, f);
cleanup:
  weeg_free(utf8);
  return status;
}

static weeg_status make_map(weeg_part_field *field, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *map = NULL;
  const int64_t size = 2 * ((int64_t)field->strings.levels + 1);
  if (field->map_size > field->strings.levels) return WEEG_OK;
  WEEG_NEW(map, size);
  for (int64_t k = 0; k < size; k++) map[k] = k < field->map_size ? field->map[k] : -1;
  map[0] = 0;
  weeg_free(field->map);
  field->map = map;
  field->map_size = size;
cleanup:
  return status;
}

WEEG_CLONED static void renumber(int32_t *codes, const int32_t *map, int64_t rows) {
  WEEG_VECTORISED
  for (int64_t i = 0; i < rows; i++) codes[i] = map[codes[i]];
}

/* Codes in the part become those in the file. Only texts of rows that are handed on become levels, in order. */
static weeg_status map_codes(reader *r, weeg_part *part, int32_t f, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_part_field *field = &part->fields[f];
  WEEG_TRY(make_map(field, err));
  if (r->gaps) {
    for (int64_t i = 0; i < part->rows; i++) {
      const int32_t code = field->codes[i];
      if (field->map[code] < 0) WEEG_TRY(new_level(r, part, f, code, err));
    }
  } else { /* the part has numbered them in that order */
    int32_t code = field->strings.levels;
    while (field->map[code] < 0) code--;
    while (code < field->strings.levels) WEEG_TRY(new_level(r, part, f, ++code, err));
  }
  bool same = true;
  if (r->csv->many[f].many) { /* codes of before are in the maps of all parts */
    for (int32_t code = 1; code <= field->strings.levels; code++) field->map[code] = field->map[code] < 0 ? -1 : 1;
  }
  for (int32_t code = 1; code <= field->strings.levels && same; code++) same = field->map[code] == code;
  if (!same) renumber(field->codes, field->map, part->rows);
cleanup:
  return status;
}

static weeg_status hand_on(reader *r, weeg_part *part, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int32_t f = 0; f < r->dialect.count; f++) {
    weeg_part_field *field = &part->fields[f];
    r->codes[f] = field->codes;
    r->numbers[f] = field->numbers;
    if (field->codes == NULL) continue;
    WEEG_TRY(map_codes(r, part, f, err));
  }
  for (int64_t k = 0; k < part->places; k++) part->place[k].line += r->line;
  const weeg_chunk chunk = {r->rows, part->rows, r->codes, r->numbers, NULL, part->place, part->places};
  WEEG_TRY(r->sink(r->ctx, &chunk, err));
  r->rows += part->rows;
cleanup:
  return status;
}

/* Counts all, and keeps as many as somebody may read. The mark is a polynomial of the lines, once these are scattered. */
static weeg_status add_skip(weeg_csv *csv, weeg_csv_skip skip, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint64_t line = (uint64_t)skip.line * 0x9e3779b97f4a7c15u;
  if (csv->skipped_count < WEEG_SKIPS_LISTED) {
    WEEG_GROW(csv->skipped, csv->skipped_count, csv->skipped_size);
    csv->skipped[csv->skipped_count] = skip;
  }
  line ^= line >> 29;
  csv->skipped_mark = csv->skipped_mark * 0xbf58476d1ce4e5b9u + line;
  csv->skipped_count++;
cleanup:
  return status;
}

static int32_t column_of(const weeg_dialect *dialect, const weeg_trouble *t) {
  return t->problem == WEEG_PROBLEM_LONG ? dialect->columns + 1 : t->field + 1;
}

/* The records of a part that were left out although they could be told apart. */
static weeg_status list_skipped(reader *r, const weeg_part *part, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_csv_walk walk = {part->from, 0, 0};
  for (int64_t i = 0; i < part->skipped_count; i++) {
    const weeg_trouble *t = &part->skipped[i];
    weeg_i_csv_walk_to(&walk, &r->dialect, part->to, t->record);
    const int64_t lines = weeg_i_csv_walk_lines(&walk, &r->dialect, part->to);
    const weeg_csv_skip skip = {r->line + walk.line, lines, column_of(&r->dialect, t), (int)t->problem};
    WEEG_TRY(add_skip(r->csv, skip, err));
  }
cleanup:
  return status;
}

/* ---- errors ---- */

/* Fails, or goes on at the line after the one where the bad record begins. */
static weeg_status stop_or_skip(reader *r, const batch *b, const weeg_part *part, weeg_error *err) {
  weeg_csv *csv = r->csv;
  const weeg_trouble *t = &part->fatal;
  weeg_csv_walk walk = {part->from, 0, 0};
  weeg_i_csv_walk_to(&walk, &r->dialect, part->to, t->record);
  if (!r->dialect.skip || t->problem == WEEG_PROBLEM_MEMORY) {
    int64_t line = walk.line;
    const bool whole = t->problem == WEEG_PROBLEM_SHORT || t->problem == WEEG_PROBLEM_LONG;
    const char *at = whole ? walk.at : weeg_i_csv_walk_field(&walk, &r->dialect, part->to, t->field, &line);
    const weeg_text text = {at, weeg_i_text_of_field(&r->dialect, at, part->to)};
    return weeg_i_csv_fail(csv, err, t->problem, r->line + line, t->field, &text);
  }
  const char *next = weeg_i_next_line(walk.at, part->to);
  const weeg_csv_skip skip = {r->line + walk.line, 1, column_of(&r->dialect, t), (int)t->problem};
  r->line += walk.line + 1;
  r->reached = next;
  r->stopped = true;
  r->step = SMALL_STEP;
  r->within_line = b->cut && next == part->to && next[-1] != '\n' && next[-1] != '\r';
  if (r->within_line) r->line--;
  return add_skip(csv, skip, err);
}

/* Hands on what the parts of a window have, in order, up to an error. */
static weeg_status deliver(reader *r, batch *b, weeg_error *err) {
  weeg_status status = WEEG_OK;
  r->stopped = false;
  for (int k = 0; k < b->count; k++) {
    weeg_part *part = &b->parts[k];
    if (b->cut) {
      part->rows = part->skipped_count = 0;
      if (part->fatal.problem == WEEG_PROBLEM_NONE) part->fatal.problem = WEEG_PROBLEM_LINE_SIZE;
    }
    r->gaps = r->gaps || part->skipped_count > 0 || part->fatal.problem != WEEG_PROBLEM_NONE;
    if (part->rows > 0) WEEG_TRY(hand_on(r, part, err));
    WEEG_TRY(list_skipped(r, part, err));
    if (part->fatal.problem != WEEG_PROBLEM_NONE) {
      status = stop_or_skip(r, b, part, err);
      goto cleanup;
    }
    r->reached = part->to;
    r->line += part->lines;
  }
  if (r->step < r->csv->size) r->step *= 2;
cleanup:
  return status;
}

/* The rest of a line that is skipped and did not fit into the window. */
static void leave_line(reader *r) {
  const char *from = r->csv->window + r->at, *to = r->csv->window + r->csv->filled;
  const char *next = weeg_i_next_line(from, to);
  r->within_line = next == to && !r->csv->end && (next == from || (next[-1] != '\n' && next[-1] != '\r'));
  if (!r->within_line) r->line++;
  r->at = next - r->csv->window;
}

/* ---- a window handed on while the next one is parsed ---- */

static void swap_windows(reader *r) {
  char *window = r->csv->window;
  const int64_t filled = r->csv->filled;
  r->csv->window = r->spare;
  r->csv->filled = r->spare_filled;
  r->spare = window;
  r->spare_filled = filled;
}

/*
 * The other window becomes the one that is split: what is left of this one, whose parts may be parsed meanwhile, and what the
 * input has next. Its parts are those to be parsed after these.
 */
static void next_window(reader *r) {
  weeg_csv *csv = r->csv;
  const char *from = r->now->parts[r->now->count - 1].to;
  r->spare_filled = csv->window + csv->filled - from;
  memcpy(r->spare, from, (size_t)r->spare_filled);
  swap_windows(r);
  r->at = 0;
  r->fresh = csv->filled;
  r->waiting_status = csv->end ? WEEG_OK : weeg_i_csv_fill(csv, &r->waiting_error);
  r->before->count = 0;
  if (r->waiting_status == WEEG_OK) split(r, r->before);
}

typedef struct delivery {
  reader *r;
  weeg_status status;
  weeg_error err;
} delivery;

/* Hands on the parts of the window before, if there are any; then that window is free for what comes next. */
static void deliver_before(void *ctx) {
  delivery *d = ctx;
  d->status = deliver(d->r, d->r->before, &d->err);
  if (d->status == WEEG_OK && !d->r->stopped) next_window(d->r);
}

/* After a record in the window before was skipped: that one is the window again, and new bytes of the other one wait. */
static void step_back(reader *r) {
  r->waiting = r->fresh;
  r->waiting_end = r->csv->filled;
  r->waiting_last = r->csv->end;
  swap_windows(r);
  r->csv->end = r->waiting == r->waiting_end && r->waiting_status == WEEG_OK && r->waiting_last;
  r->at = r->reached - r->csv->window;
}

/* Parses a window; before it, where that is wanted, the calling thread hands on the one before, and reads the next one. */
static weeg_status parse(reader *r, int threads, bool around, const weeg_hooks *hooks, weeg_error *err) {
  delivery d = {.r = r, .status = WEEG_OK, .err = weeg_i_error_like(err)};
  const weeg_status status = weeg_i_for_items_after(r->now->count, threads < r->now->count ? threads : r->now->count, hooks,
                                                    read_part, r, around ? deliver_before : NULL, &d);
  if (d.status != WEEG_OK) {
    if (err != NULL) *err = d.err;
    return d.status;
  }
  if (status == WEEG_OK) return status;
  return weeg_fail(err, status, -1, status == WEEG_ERR_INTERRUPTED ? "stopped by the caller" : "not enough memory");
}

static void show_progress(const reader *r, const weeg_hooks *hooks) {
  const double done = weeg_i_input_share(r->csv->input);
  if (hooks != NULL && hooks->progress != NULL && !isnan(done)) hooks->progress(hooks->ctx, done);
}

/* From a window that was split, until one that is not as usual. */
static weeg_status read_on(reader *r, int threads, const weeg_hooks *hooks, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (r->spare == NULL) WEEG_NEW(r->spare, r->csv->size + WEEG_PADDING);
  r->before->count = 0;
  r->stopped = false;
  do {
    WEEG_TRY(parse(r, threads, true, hooks, err));
    show_progress(r, hooks);
    if (r->stopped) break;
    batch *parsed = r->now;
    r->now = r->before;
    r->before = parsed;
  } while (r->now->count > 0 && !r->now->cut);
  if (!r->stopped) WEEG_TRY(deliver(r, r->before, err));
  if (r->stopped) {
    step_back(r);
  } else if (r->waiting_status != WEEG_OK) {
    status = r->waiting_status;
    if (err != NULL) *err = r->waiting_error;
  }
cleanup:
  return status;
}

/* ---- the loop ---- */

static weeg_status read_all(reader *r, const weeg_hooks *hooks, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_csv *csv = r->csv;
  const int threads = r->threads = hooks == NULL || hooks->threads < 1 ? 1 : hooks->threads;
  while (r->at < csv->filled || !csv->end) {
    r->now->count = 0;
    if (r->within_line) {
      leave_line(r);
    } else {
      split(r, r->now);
    }
    if (r->now->count == 0) {
      WEEG_TRY(refill(r, err));
      continue;
    }
    if (threads > 1 && r->step >= csv->size && !r->now->cut && r->waiting == r->waiting_end &&
        r->waiting_status == WEEG_OK) {
      WEEG_TRY(read_on(r, threads, hooks, err));
      continue;
    }
    WEEG_TRY(parse(r, threads, false, hooks, err));
    WEEG_TRY(deliver(r, r->now, err));
    r->at = r->reached - csv->window;
    show_progress(r, hooks);
  }
cleanup:
  return status;
}

weeg_status weeg_csv_read(weeg_csv *csv, const weeg_fields *fields, weeg_sink sink, void *ctx, weeg_error *err) {
  weeg_status status = WEEG_OK;
  reader *r = NULL;
  WEEG_TRY(weeg_i_csv_begin(csv, fields, err));
  WEEG_TRY(go_to_start(csv, err));
  WEEG_NEW(r, 1);
  r->sink = sink;
  r->ctx = ctx;
  WEEG_TRY(make_reader(r, csv, err));
  WEEG_TRY(read_all(r, fields->hooks, err));
cleanup:
  if (r != NULL) clear_reader(r);
  weeg_free(r);
  return status;
}

/* ---- what was read ---- */

int32_t weeg_csv_levels(const weeg_csv *csv, int32_t field) { return csv->levels[field].levels; }

const char *weeg_csv_level(const weeg_csv *csv, int32_t field, int32_t code) {
  return weeg_i_strings_text(&csv->levels[field], code);
}

int64_t weeg_csv_skipped(const weeg_csv *csv, const weeg_csv_skip **list, uint64_t *mark) {
  *list = csv->skipped;
  if (mark != NULL) *mark = csv->skipped_mark;
  return csv->skipped_count;
}
