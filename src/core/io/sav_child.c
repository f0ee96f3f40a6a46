/*
 * Reading .sav, .zsav and .por by ReadStat, of which this file is the sole user. It runs in a process of its own, so that a
 * crash in a damaged file takes nothing else down, and writes what it finds to a pipe: frames of a u32 tag, a u32 length and
 * that many bytes (numbers as in bytes.h). sav.c reads them, and trusts none.
 */
#include "io/sav.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifdef WEEG_HAVE_READSTAT
#include <readstat.h>

#include "base/memory.h"
#include "io/bytes.h"
#include "io/file.h"
#include "io/sav_sets.h"

typedef struct child {
  int pipe;
  const sav_request *request;
  byte_writer frame;   /* under construction */
  byte_writer labels;  /* frames of value labels, which come before the variables, to be sent after them */
  byte_writer *column; /* [request->count] values of the rows at hand */
  int32_t *place;      /* [variables] place of a variable among the wanted ones, -1: not wanted */
  int32_t variables;
  int32_t rows;        /* at hand */
  size_t bytes;        /* of their values */
  int64_t all_rows;
  double share;        /* of the file that was read; NaN: not known */
  char message[200];
} child;

/* Rows that are sent together: fewer when their values take many bytes. */
enum { ROWS_PER_FRAME = 8192, BYTES_PER_FRAME = 1 << 24 };

/* Sends the frame at hand and begins a new one. Value labels wait until the variables have gone. */
static bool send(child *c, sav_tag tag) {
  byte_writer head = {0};
  weeg_i_put_u32(&head, (uint32_t)tag);
  weeg_i_put_u32(&head, (uint32_t)c->frame.used);
  bool sent = !head.failed && !c->frame.failed && c->frame.used <= INT32_MAX;
  if (tag == SAV_LABEL) {
    weeg_i_put_bytes(&c->labels, head.bytes, head.used);
    weeg_i_put_bytes(&c->labels, c->frame.bytes, c->frame.used);
    sent = sent && !c->labels.failed;
  } else {
    if (tag == SAV_ROWS || tag == SAV_END) {
      sent = sent && weeg_i_write_all(c->pipe, c->labels.bytes, (int64_t)c->labels.used);
      c->labels.used = 0;
    }
    sent = sent && weeg_i_write_all(c->pipe, head.bytes, (int64_t)head.used) &&
           weeg_i_write_all(c->pipe, c->frame.bytes, (int64_t)c->frame.used);
    weeg_i_sav_more_time();
  }
  c->frame.used = 0;
  weeg_free(head.bytes);
  return sent;
}

/* ReadStat has NULL for some texts that are not there. */
static void put_text(byte_writer *w, const char *text) { weeg_i_put_text(w, text == NULL ? "" : text); }

static void put_value(byte_writer *w, readstat_value_t value, bool text) {
  if (text) {
    put_text(w, readstat_string_value(value));
  } else {
    weeg_i_put_double(w, readstat_double_value(value));
  }
}

static int take_variable(int index, readstat_variable_t *variable, const char *labels, void *ctx) {
  child *c = ctx;
  const bool text = readstat_variable_get_type_class(variable) == READSTAT_TYPE_CLASS_STRING;
  int32_t place = -1;
  for (int32_t k = 0; k < c->request->count; k++) {
    if (c->request->variable[k] == index) place = k;
  }
  if (index != c->variables || index >= SAV_MOST_VARIABLES) return READSTAT_HANDLER_ABORT;
  c->place[c->variables++] = place;
  weeg_i_put_u8(&c->frame, text);
  weeg_i_put_u8(&c->frame, readstat_variable_get_measure(variable) == READSTAT_MEASURE_ORDINAL);
  put_text(&c->frame, readstat_variable_get_name(variable));
  put_text(&c->frame, readstat_variable_get_label(variable));
  put_text(&c->frame, labels);
  put_text(&c->frame, readstat_variable_get_format(variable));
  const int ranges = readstat_variable_get_missing_ranges_count(variable);
  weeg_i_put_u32(&c->frame, (uint32_t)ranges);
  for (int k = 0; k < ranges; k++) {
    put_value(&c->frame, readstat_variable_get_missing_range_lo(variable, k), text);
    put_value(&c->frame, readstat_variable_get_missing_range_hi(variable, k), text);
  }
  if (!send(c, SAV_VARIABLE)) return READSTAT_HANDLER_ABORT;
  return place < 0 ? READSTAT_HANDLER_SKIP_VARIABLE : READSTAT_HANDLER_OK;
}

static int take_label(const char *labels, readstat_value_t value, const char *label, void *ctx) {
  child *c = ctx;
  const bool text = readstat_value_type_class(value) == READSTAT_TYPE_CLASS_STRING;
  put_text(&c->frame, labels);
  weeg_i_put_u8(&c->frame, text);
  put_value(&c->frame, value, text);
  put_text(&c->frame, label);
  return send(c, SAV_LABEL) ? READSTAT_HANDLER_OK : READSTAT_HANDLER_ABORT;
}

static int take_weight(readstat_variable_t *variable, void *ctx) {
  child *c = ctx;
  weeg_i_put_u32(&c->frame, (uint32_t)readstat_variable_get_index(variable));
  return send(c, SAV_WEIGHT) ? READSTAT_HANDLER_OK : READSTAT_HANDLER_ABORT;
}

static bool take_set(void *ctx, const sav_named_set *set) {
  child *c = ctx;
  weeg_i_put_text(&c->frame, set->name);
  weeg_i_put_text(&c->frame, set->label);
  weeg_i_put_u8(&c->frame, set->kind == 'C');
  weeg_i_put_u8(&c->frame, set->kind == 'E');
  weeg_i_put_text(&c->frame, set->counted);
  weeg_i_put_u32(&c->frame, (uint32_t)set->variables.count);
  for (int32_t k = 0; k < set->variables.count; k++) weeg_i_put_text(&c->frame, set->variables.text[k]);
  return send(c, SAV_SET);
}

static bool send_rows(child *c) {
  if (c->rows == 0) return true;
  weeg_i_put_double(&c->frame, c->share);
  weeg_i_put_u32(&c->frame, (uint32_t)c->rows);
  for (int32_t k = 0; k < c->request->count; k++) {
    weeg_i_put_bytes(&c->frame, c->column[k].bytes, c->column[k].used);
    c->frame.failed = c->frame.failed || c->column[k].failed;
    c->column[k].used = 0;
  }
  c->all_rows += c->rows;
  c->rows = 0;
  c->bytes = 0;
  return send(c, SAV_ROWS);
}

/* Members are read as they are: for the functions that ReadStat has for these, values would be copied each time. */
static int take_value(int row, readstat_variable_t *variable, readstat_value_t value, void *ctx) {
  child *c = ctx;
  const int index = variable->index;
  const int32_t place = index >= 0 && index < c->variables ? c->place[index] : -1;
  if (place < 0) return READSTAT_HANDLER_OK;
  byte_writer *column = &c->column[place];
  const size_t before = column->used;
  if (value.type == READSTAT_TYPE_DOUBLE) {
    weeg_i_put_double(column, value.is_system_missing || value.is_tagged_missing ? NAN : value.v.double_value);
  } else {
    put_value(column, value, readstat_value_type_class(value) == READSTAT_TYPE_CLASS_STRING);
  }
  c->bytes += column->used - before;
  if (place != c->request->last) return READSTAT_HANDLER_OK;
  c->rows = row + 1 - (int32_t)(c->all_rows & INT32_MAX);
  if (c->rows < ROWS_PER_FRAME && c->bytes < BYTES_PER_FRAME) return READSTAT_HANDLER_OK;
  return send_rows(c) ? READSTAT_HANDLER_OK : READSTAT_HANDLER_ABORT;
}

static int take_progress(double share, void *ctx) {
  ((child *)ctx)->share = share;
  return READSTAT_HANDLER_OK;
}

static void take_error(const char *message, void *ctx) {
  child *c = ctx;
  strncpy(c->message, message, sizeof c->message - 1);
}

/* The end, or what went wrong: in general, and what ReadStat said last, which may have been about something else. */
static bool finish(child *c, readstat_error_t code) {
  if (code == READSTAT_OK) {
    if (!send_rows(c)) return false;
    weeg_i_put_u64(&c->frame, (uint64_t)c->all_rows);
    return send(c, SAV_END);
  }
  const bool no_memory = c->frame.failed || c->labels.failed;
  const bool more = c->message[0] != '\0' && !no_memory;
  weeg_free(c->frame.bytes);
  c->frame = (byte_writer){0};
  put_text(&c->frame, no_memory ? "not enough memory" : readstat_error_message(code));
  put_text(&c->frame, more ? c->message : "");
  return send(c, SAV_ERROR);
}

bool weeg_i_sav_child(const char *path, const sav_request *request, int pipe) {
  child c = {.pipe = pipe, .request = request, .share = NAN};
  readstat_parser_t *parser = readstat_parser_init();
  c.place = weeg_i_alloc(SAV_MOST_VARIABLES, sizeof *c.place);
  c.column = weeg_i_alloc(request->count, sizeof *c.column);
  bool sent = true;
  if (parser == NULL || c.place == NULL || c.column == NULL) {
    sent = finish(&c, READSTAT_ERROR_MALLOC);
    goto cleanup;
  }
  readstat_set_variable_handler(parser, take_variable);
  readstat_set_value_label_handler(parser, take_label);
  readstat_set_fweight_handler(parser, take_weight);
  readstat_set_error_handler(parser, take_error);
  if (request->count > 0) {
    readstat_set_value_handler(parser, take_value);
    readstat_set_progress_handler(parser, take_progress);
  } else {
    readstat_set_row_limit(parser, 1);
  }
  const bool portable = request->portable;
  const readstat_error_t code = portable ? readstat_parse_por(parser, path, &c) : readstat_parse_sav(parser, path, &c);
  if (code == READSTAT_OK && !portable && request->count == 0) sent = weeg_i_sav_find_sets(path, take_set, &c);
  sent = sent && finish(&c, code);
cleanup:
  readstat_parser_free(parser);
  for (int32_t k = 0; c.column != NULL && k < request->count; k++) weeg_free(c.column[k].bytes);
  weeg_free(c.column);
  weeg_free(c.place);
  weeg_free(c.frame.bytes);
  weeg_free(c.labels.bytes);
  return sent;
}

bool weeg_sav_available(void) { return true; }

#else

bool weeg_i_sav_child(const char *path, const sav_request *request, int pipe) {
  (void)path;
  (void)request;
  (void)pipe;
  return false;
}

bool weeg_sav_available(void) { return false; }

#endif
