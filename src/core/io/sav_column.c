#include "io/sav_column.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "base/memory.h"
#include "io/reader.h"

/* ---- distinct values ---- */

static inline uint64_t hash_of(const void *owner, int32_t number, const weeg_secret *secret) {
  const sav_column *c = owner;
  const weeg_sav_value *value = &c->value[number];
  uint64_t word = 0, hash = 0;
  if (!c->variable->text) {
    memcpy(&word, &value->number, sizeof word);
    return weeg_i_scatter(secret, word);
  }
  const size_t n = strlen(value->text);
  for (size_t i = 0; i <= n; i += sizeof word) { /* with the NUL at the end */
    word = 0;
    memcpy(&word, value->text + i, n + 1 - i < sizeof word ? n + 1 - i : sizeof word);
    hash = weeg_i_scatter(secret, hash ^ word);
  }
  return hash;
}

static bool is_same(const weeg_sav_value *a, const weeg_sav_value *b, bool text) {
  return text ? strcmp(a->text, b->text) == 0 : a->number == b->number;
}

static inline bool are_same(const void *owner, int32_t number, int32_t other) {
  const sav_column *c = owner;
  return is_same(&c->value[number], &c->value[other], c->variable->text);
}

weeg_status weeg_i_sav_number_value(sav_column *c, weeg_sav_value value, int32_t *number, weeg_error *err) {
  static const weeg_keys keys = {hash_of, are_same};
  weeg_status status = WEEG_OK;
  const int32_t values = c->known.count;
  WEEG_TRY(weeg_i_numbering_room(&c->known, &keys, c, err));
  WEEG_GROW(c->value, values, c->value_room);
  c->value[values] = value;
  *number = weeg_i_numbering_find(&c->known, &keys, c) + 1;
  if (*number == values + 1) value.text = NULL;
cleanup:
  weeg_free(value.text);
  return status;
}

/* ---- rows ---- */

static weeg_status make_room(sav_column *c, int32_t rows, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (rows <= c->room) return status;
  weeg_i_sav_column_rest(c);
  if (c->numbers) WEEG_NEW(c->number, rows);
  if (!c->numbers) WEEG_NEW(c->code, rows);
  c->room = rows;
cleanup:
  return status;
}

bool weeg_sav_is_declared(const weeg_sav_variable *v, const weeg_sav_value *value) {
  for (int32_t k = 0; k < v->ranges; k++) {
    if (v->text ? strcmp(value->text, v->low[k].text) == 0
                : value->number >= v->low[k].number && value->number <= v->high[k].number) {
      return true;
    }
  }
  return false;
}

/* The code of a value, whose text then belongs to the column, or is released; 0: it is missing. */
static weeg_status code_of(sav_column *c, weeg_sav_value value, int32_t *code, weeg_error *err) {
  const bool missing = (!c->user_missing && weeg_sav_is_declared(c->variable, &value)) ||
                       (!c->variable->text && isnan(value.number));
  if (!missing) return weeg_i_sav_number_value(c, value, code, err);
  weeg_free(value.text);
  *code = 0;
  return WEEG_OK;
}

/* Where a value may be that was met before. */
static inline sav_recent *recent_of(const sav_column *c, uint64_t bits) {
  return &c->recent[weeg_i_place(bits, SAV_RECENT_BITS)];
}

/* The first eight bytes of a text, and the last eight. */
static inline uint64_t ends_of(const uint8_t *s, size_t n) {
  uint64_t first = 0, last = 0;
  if (n < sizeof first) {
    memcpy(&first, s, n);
    return first;
  }
  memcpy(&first, s, sizeof first);
  memcpy(&last, s + n - sizeof last, sizeof last);
  return first ^ (last << 1 | last >> 63);
}

static weeg_status take_texts(sav_column *c, byte_reader *r, int32_t rows, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int32_t i = 0; i < rows; i++) {
    const size_t at = r->at;
    const int32_t n = weeg_i_get_count(r, 1);
    if (r->failed) break;
    const uint8_t *bytes = r->bytes + r->at;
    const uint64_t bits = ends_of(bytes, (size_t)n);
    sav_recent *recent = recent_of(c, bits);
    if (recent->next > 1 && recent->bits == bits && recent->length == n &&
        memcmp(c->value[recent->next - 2].text, bytes, (size_t)n) == 0) {
      c->code[i] = recent->next - 1;
      r->at += (size_t)n;
      continue;
    }
    r->at = at;
    const weeg_sav_value value = {0, weeg_i_sav_text(r)};
    if (value.text == NULL) break;
    const size_t kept = strlen(value.text);
    WEEG_TRY(code_of(c, value, &c->code[i], err));
    if (kept == (size_t)n) *recent = (sav_recent){bits, n, c->code[i] + 1};
  }
cleanup:
  return status;
}

/* A number as one of its kind. */
static inline double number_of(const sav_column *c, double number) {
  if (c->variable->kind != WEEG_KIND_NUMBER) number = weeg_i_sav_number(c->variable->kind, number);
  return number + 0.0; /* -0 is 0 */
}

static weeg_status take_codes(sav_column *c, const uint8_t *bytes, int32_t rows, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int32_t i = 0; i < rows; i++, bytes += sizeof(double)) {
    const double number = weeg_i_double_at(bytes);
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    sav_recent *recent = recent_of(c, bits);
    if (recent->bits != bits || recent->next == 0) {
      WEEG_TRY(code_of(c, (weeg_sav_value){number_of(c, number), NULL}, &c->code[i], err));
      *recent = (sav_recent){bits, 0, c->code[i] + 1};
    }
    c->code[i] = recent->next - 1;
  }
cleanup:
  return status;
}

static void take_numbers(sav_column *c, const uint8_t *bytes, int32_t rows) {
  const bool all = c->user_missing || c->variable->ranges == 0;
  for (int32_t i = 0; i < rows; i++, bytes += sizeof(double)) {
    const weeg_sav_value value = {number_of(c, weeg_i_double_at(bytes)), NULL};
    const bool missing = isnan(value.number) || (!all && weeg_sav_is_declared(c->variable, &value));
    c->number[i] = missing ? NAN : value.number;
  }
}

weeg_status weeg_i_sav_take(sav_column *c, byte_reader *r, int32_t rows, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(make_room(c, rows, err));
  if (!c->numbers && c->recent == NULL) WEEG_NEW(c->recent, SAV_RECENT);
  if (c->variable->text) {
    WEEG_TRY(take_texts(c, r, rows, err));
  } else {
    const uint8_t *bytes = weeg_i_get_bytes(r, (size_t)rows * sizeof(double));
    if (bytes != NULL && c->numbers) take_numbers(c, bytes, rows);
    if (bytes != NULL && !c->numbers) WEEG_TRY(take_codes(c, bytes, rows, err));
  }
  if (r->no_memory) status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
cleanup:
  return status;
}

/* ---- levels ---- */

/* A level: a value, and the number that it has among those that occur, 0 where it only has a label. */
typedef struct level {
  weeg_sav_value value;
  const char *label;  /* NULL: none */
  int32_t number;
} level;

static int by_number(const void *a, const void *b) {
  const double x = ((const level *)a)->value.number, y = ((const level *)b)->value.number;
  return (x > y) - (x < y);
}

static int by_text(const void *a, const void *b) {
  return strcmp(((const level *)a)->value.text, ((const level *)b)->value.text);
}

/* Labelled values and those that occur, but for user-missing ones, each once and in order. */
static weeg_status list_levels(const sav_column *c, level **levels, int32_t *count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_sav_variable *v = c->variable;
  level *all = NULL;
  int32_t used = 0, kept = 0;
  WEEG_NEW(all, (int64_t)c->known.count + v->labels);
  for (int32_t k = 0; k < c->known.count; k++) all[used++] = (level){c->value[k], NULL, k + 1};
  for (int32_t k = 0; k < v->labels; k++) {
    const bool exists = (v->text || !isnan(v->value[k].number)) && (c->user_missing || !weeg_sav_is_declared(v, &v->value[k]));
    if (exists) all[used++] = (level){v->value[k], v->value_label[k], 0};
  }
  qsort(all, (size_t)used, sizeof *all, v->text ? by_text : by_number);
  for (int32_t k = 0; k < used; k++) {
    if (kept > 0 && is_same(&all[kept - 1].value, &all[k].value, v->text)) {
      if (all[kept - 1].label == NULL) all[kept - 1].label = all[k].label;
      if (all[kept - 1].number == 0) all[kept - 1].number = all[k].number;
    } else {
      all[kept++] = all[k];
    }
  }
  *levels = all;
  *count = kept;
cleanup:
  return status;
}

/* Bytes that a value needs as text. */
static size_t value_size(const weeg_sav_value *value, bool text) { return text ? strlen(value->text) + 1 : 48; }

/* A number in 15 digits, or in the 17 that tell it from all others. */
static void show_value(const weeg_sav_variable *v, const weeg_sav_value *value, int digits, char *to, size_t size) {
  if (v->text) {
    (void)snprintf(to, size, "%s", value->text);
  } else {
    weeg_kind_show(v->kind, value->number, digits, to, size);
  }
}

/* The label, else the value in so many digits. */
static weeg_status name_level(const weeg_sav_variable *v, const level *l, int digits, char **name, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const size_t size = l->label != NULL ? strlen(l->label) + 1 : value_size(&l->value, v->text);
  WEEG_NEW(*name, (int64_t)size);
  if (l->label != NULL) {
    memcpy(*name, l->label, size);
  } else {
    show_value(v, &l->value, digits, *name, size);
  }
cleanup:
  return status;
}

/* The name, which another level has too, becomes "name [value]", or where that is a value, all its digits. */
static weeg_status tell_apart(const weeg_sav_variable *v, const level *l, char **name, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const size_t length = strlen(*name), value = value_size(&l->value, v->text);
  char *longer = NULL;
  if (l->label == NULL) {
    WEEG_TRY(name_level(v, l, 17, &longer, err));
  } else {
    WEEG_NEW(longer, (int64_t)(length + value + 4));
    memcpy(longer, *name, length);
    memcpy(longer + length, " [", 2);
    show_value(v, &l->value, 17, longer + length + 2, value);
    longer[strlen(longer)] = ']';
  }
  weeg_free(*name);
  *name = longer;
cleanup:
  return status;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool is_twice(const char *name, char *const *sorted, int32_t count) {
  char *const *found = bsearch(&name, sorted, (size_t)count, sizeof *sorted, by_name);
  if (found == NULL) return false;
  return (found > sorted && strcmp(found[-1], name) == 0) || (found + 1 < sorted + count && strcmp(found[1], name) == 0);
}

/*
 * Two values with one label, or with the same first 15 digits, get names that tell them apart. Such a name may be another
 * value's label: then again.
 */
static weeg_status name_levels(const weeg_sav_variable *v, const level *levels, int32_t count, weeg_texts *names,
                               weeg_error *err) {
  enum { MOST_ROUNDS = 100 };
  weeg_status status = WEEG_OK;
  char **sorted = NULL;
  bool *twice = NULL, any = true;
  WEEG_NEW(names->text, count);
  names->count = count;
  WEEG_NEW(sorted, count);
  WEEG_NEW(twice, count);
  for (int32_t k = 0; k < count; k++) WEEG_TRY(name_level(v, &levels[k], 15, &names->text[k], err));
  for (int round = 0; any && round < MOST_ROUNDS; round++) {
    if (count > 0) memcpy(sorted, names->text, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, by_name);
    any = false;
    for (int32_t k = 0; k < count; k++) any = (twice[k] = is_twice(names->text[k], sorted, count)) || any;
    for (int32_t k = 0; k < count; k++) {
      if (twice[k]) WEEG_TRY(tell_apart(v, &levels[k], &names->text[k], err));
    }
  }
  if (any) status = weeg_fail(err, WEEG_ERR_FILE, -1, "the value labels of a variable cannot be told apart");
cleanup:
  weeg_free(sorted);
  weeg_free(twice);
  return status;
}

/* The first number in a label, of plain digits; NaN: none. */
static double number_in(const char *label) {
  const char *at = label + strcspn(label, "0123456789");
  double number = 0;
  const size_t whole = strspn(at, "0123456789");
  const size_t rest = at[whole] == '.' ? strspn(at + whole + 1, "0123456789") : 0;
  const size_t length = whole + (rest > 0 ? rest + 1 : 0);
  return length < 32 && weeg_i_number_read(at, length, '.', &number) ? number : NAN;
}

/* As weeg_sav_column.scale; R/column.R has the same. */
static bool is_scale(const level *levels, int32_t count, bool text) {
  bool falls = false;
  if (text) return false;
  for (int32_t k = 0; k < count; k++) {
    if (levels[k].label == NULL) return true;
  }
  for (int32_t k = 1; k < count; k++) falls = falls || !(number_in(levels[k].label) >= number_in(levels[k - 1].label));
  return !falls && (count == 0 || number_in(levels[count - 1].label) > number_in(levels[0].label));
}

/* The values of the levels. */
static weeg_status copy_values(const level *levels, int32_t count, bool text, weeg_sav_column *column, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (!text) WEEG_NEW(column->number, count);
  if (text) WEEG_NEW(column->texts.text, count);
  if (text) column->texts.count = count;
  for (int32_t k = 0; k < count; k++) {
    if (!text) {
      column->number[k] = levels[k].value.number;
    } else {
      const size_t size = strlen(levels[k].value.text) + 1;
      WEEG_NEW(column->texts.text[k], (int64_t)size);
      memcpy(column->texts.text[k], levels[k].value.text, size);
    }
  }
cleanup:
  return status;
}

/* ---- the column ---- */

int32_t weeg_sav_values(const weeg_sav *sav, int32_t field) { return weeg_i_sav_file(sav)->seen[field].known.count; }

const weeg_sav_value *weeg_sav_value_of(const weeg_sav *sav, int32_t field, int32_t code) {
  return &weeg_i_sav_file(sav)->seen[field].value[code - 1];
}

weeg_status weeg_sav_levels(const weeg_sav *sav, int32_t field, weeg_sav_column *column, int32_t *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const sav_column *c = &weeg_i_sav_file(sav)->seen[field];
  level *levels = NULL;
  int32_t count = 0;
  *column = (weeg_sav_column){0};
  WEEG_TRY(list_levels(c, &levels, &count, err));
  WEEG_TRY(name_levels(c->variable, levels, count, &column->levels, err));
  WEEG_TRY(copy_values(levels, count, c->variable->text, column, err));
  column->scale = is_scale(levels, count, c->variable->text);
  for (int32_t k = 0; k < count; k++) to[levels[k].number] = k + 1;
  to[0] = 0; /* which was the number of those that are labels alone */
  column->type = count <= UINT8_MAX ? WEEG_CODE_U8 : count <= UINT16_MAX ? WEEG_CODE_U16 : WEEG_CODE_I32;
cleanup:
  if (status != WEEG_OK) weeg_sav_column_clear(column);
  weeg_free(levels);
  return status;
}

void weeg_i_sav_column_rest(sav_column *c) {
  weeg_free(c->code);
  weeg_free(c->number);
  c->code = NULL;
  c->number = NULL;
  c->room = 0;
}

void weeg_i_sav_column_free(sav_column *c) {
  for (int32_t v = 0; v < c->known.count; v++) weeg_free(c->value[v].text);
  weeg_free(c->value);
  weeg_free(c->recent);
  weeg_i_numbering_clear(&c->known);
  weeg_i_sav_column_rest(c);
  *c = (sav_column){0};
}

void weeg_sav_column_clear(weeg_sav_column *column) {
  weeg_i_texts_clear(&column->levels);
  weeg_i_texts_clear(&column->texts);
  weeg_free(column->number);
  weeg_free(column->codes);
  weeg_free(column->numbers);
  *column = (weeg_sav_column){0};
}
