/* Whole columns of a file: every chunk is kept in the narrowest codes that hold it, and copied out at the end. */
#include "io/collect.h"

#include <string.h>

#include "base/memory.h"

/*
 * Blocks are larger than the other memory that is released while reading, so that the C library gives their pages back as
 * soon as they are released. Pages that are not used yet take no memory.
 */
enum { BLOCK_BYTES = 9 << 19 };

typedef struct block {
  int64_t rows, size; /* used, and room */
  weeg_code_type type;
  void *data;
} block;

typedef struct kept_field {
  bool numbers;
  int32_t largest;  /* code */
  block *block;     /* [size], blocks[] of them used */
  int64_t blocks, size;
} kept_field;

struct weeg_csv_data {
  int32_t count;
  int64_t rows;
  kept_field *field;
  weeg_csv_place *place;  /* [places] */
  int64_t places, place_size;
};

static weeg_code_type type_of(int32_t largest) {
  return largest <= UINT8_MAX ? WEEG_CODE_U8 : largest <= UINT16_MAX ? WEEG_CODE_U16 : WEEG_CODE_I32;
}

static int64_t width_of(weeg_code_type type) { return type == WEEG_CODE_U8 ? 1 : type == WEEG_CODE_U16 ? 2 : 4; }

static int32_t code_at(const void *codes, weeg_code_type type, int64_t i) {
  switch (type) {
    case WEEG_CODE_U8: return ((const uint8_t *)codes)[i];
    case WEEG_CODE_U16: return ((const uint16_t *)codes)[i];
    default: return ((const int32_t *)codes)[i];
  }
}

/* Codes of one type to another that holds them. */
static void convert(const void *from, weeg_code_type type, int64_t rows, weeg_code_type to_type, void *to) {
  switch (to_type) {
    case WEEG_CODE_U8:
      for (int64_t i = 0; i < rows; i++) ((uint8_t *)to)[i] = (uint8_t)code_at(from, type, i);
      break;
    case WEEG_CODE_U16:
      for (int64_t i = 0; i < rows; i++) ((uint16_t *)to)[i] = (uint16_t)code_at(from, type, i);
      break;
    default:
      for (int64_t i = 0; i < rows; i++) ((int32_t *)to)[i] = code_at(from, type, i);
  }
}

/* Likewise, with the level of each code. */
static void recode(const void *from, weeg_code_type type, int64_t rows, const int32_t *level, weeg_code_type to_type, void *to) {
  switch (to_type) {
    case WEEG_CODE_U8:
      for (int64_t i = 0; i < rows; i++) ((uint8_t *)to)[i] = (uint8_t)level[code_at(from, type, i)];
      break;
    case WEEG_CODE_U16:
      for (int64_t i = 0; i < rows; i++) ((uint16_t *)to)[i] = (uint16_t)level[code_at(from, type, i)];
      break;
    default:
      for (int64_t i = 0; i < rows; i++) ((int32_t *)to)[i] = level[code_at(from, type, i)];
  }
}

/* A new block for codes of a type, or numbers. */
static weeg_status add_block(kept_field *field, weeg_code_type type, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t width = field->numbers ? (int64_t)sizeof(double) : width_of(type);
  block b = {0, BLOCK_BYTES / width, type, NULL};
  WEEG_GROW(field->block, field->blocks, field->size);
  b.data = weeg_i_alloc(b.size, (size_t)width);
  if (b.data == NULL) {
    status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
    goto cleanup;
  }
  field->block[field->blocks++] = b;
cleanup:
  return status;
}

static weeg_status keep_field(kept_field *field, const int32_t *codes, const double *numbers, int64_t rows, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t largest = 0;
  for (int64_t i = 0; i < rows && codes != NULL; i++) largest = codes[i] > largest ? codes[i] : largest;
  if (largest > field->largest) field->largest = largest;
  for (int64_t done = 0; done < rows;) {
    block *b = field->blocks == 0 ? NULL : &field->block[field->blocks - 1];
    if (b == NULL || b->rows == b->size || type_of(largest) > b->type) {
      WEEG_TRY(add_block(field, type_of(field->largest), err));
      continue;
    }
    const int64_t part = rows - done < b->size - b->rows ? rows - done : b->size - b->rows;
    if (field->numbers) {
      memcpy((double *)b->data + b->rows, numbers + done, sizeof *numbers * (size_t)part);
    } else {
      convert(codes + done, WEEG_CODE_I32, part, b->type, (char *)b->data + b->rows * width_of(b->type));
    }
    b->rows += part;
    done += part;
  }
cleanup:
  return status;
}

/* Those rows that do not begin on the line after that of the row before. */
static weeg_status keep_places(weeg_csv_data *data, const weeg_chunk *chunk, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int64_t k = 0; k < chunk->places; k++) {
    const weeg_csv_place here = {data->rows + chunk->place[k].row, chunk->place[k].line};
    const weeg_csv_place *last = data->places == 0 ? NULL : &data->place[data->places - 1];
    if (last != NULL && here.line - last->line == here.row - last->row) continue;
    WEEG_GROW(data->place, data->places, data->place_size);
    data->place[data->places++] = here;
  }
cleanup:
  return status;
}

weeg_status weeg_i_data_keep(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  weeg_csv_data *data = ctx;
  weeg_status status = WEEG_OK;
  for (int32_t f = 0; f < data->count; f++) {
    data->field[f].numbers = chunk->codes[f] == NULL;
    WEEG_TRY(keep_field(&data->field[f], chunk->codes[f], chunk->numbers[f], chunk->rows, err));
  }
  WEEG_TRY(keep_places(data, chunk, err));
  data->rows += chunk->rows;
cleanup:
  return status;
}

weeg_status weeg_i_data_new(int32_t count, weeg_csv_data **data, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_csv_data *d = NULL;
  WEEG_NEW(d, 1);
  WEEG_NEW(d->field, count);
  d->count = count;
  *data = d;
  d = NULL;
cleanup:
  weeg_csv_data_free(d);
  return status;
}

weeg_status weeg_csv_collect(weeg_csv *csv, const weeg_fields *fields, weeg_csv_data **data, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_csv_data *d = NULL;
  WEEG_TRY(weeg_i_data_new(fields->count, &d, err));
  WEEG_TRY(weeg_csv_read(csv, fields, weeg_i_data_keep, d, err));
  *data = d;
  d = NULL;
cleanup:
  weeg_csv_data_free(d);
  return status;
}

weeg_status weeg_source_collect(const weeg_source *source, const weeg_fields *fields, weeg_csv_data **data, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_csv_data *d = NULL;
  WEEG_TRY(weeg_i_data_new(fields->count, &d, err));
  WEEG_TRY(source->read(source->ctx, fields, weeg_i_data_keep, d, err));
  *data = d;
  d = NULL;
cleanup:
  weeg_csv_data_free(d);
  return status;
}

int64_t weeg_csv_data_rows(const weeg_csv_data *data) { return data->rows; }

int64_t weeg_csv_data_places(const weeg_csv_data *data, const weeg_csv_place **list) {
  *list = data->place;
  return data->places;
}

weeg_code_type weeg_csv_data_type(const weeg_csv_data *data, int32_t field) { return type_of(data->field[field].largest); }

/* Each block is released as soon as it is copied, so that a column is never there twice. level: NULL for codes as they are. */
static void take_blocks(kept_field *from, const int32_t *level, weeg_code_type type, char *at) {
  const int64_t width = from->numbers ? (int64_t)sizeof(double) : width_of(type);
  for (int64_t k = 0; k < from->blocks; k++) {
    block *b = &from->block[k];
    if (from->numbers) {
      memcpy(at, b->data, (size_t)(b->rows * width));
    } else if (level != NULL) {
      recode(b->data, b->type, b->rows, level, type, at);
    } else {
      convert(b->data, b->type, b->rows, type, at);
    }
    at += b->rows * width;
    weeg_free(b->data);
    b->data = NULL;
  }
  from->blocks = 0;
}

void weeg_csv_data_take(weeg_csv_data *data, int32_t field, void *to) {
  take_blocks(&data->field[field], NULL, weeg_csv_data_type(data, field), to);
}

void weeg_csv_data_take_levels(weeg_csv_data *data, int32_t field, const int32_t *level, weeg_code_type type, void *to) {
  take_blocks(&data->field[field], level, type, to);
}

void weeg_csv_data_free(weeg_csv_data *data) {
  if (data == NULL) return;
  for (int32_t f = 0; f < data->count; f++) {
    for (int64_t k = 0; k < data->field[f].blocks; k++) weeg_free(data->field[f].block[k].data);
    weeg_free(data->field[f].block);
  }
  weeg_free(data->field);
  weeg_free(data->place);
  weeg_free(data);
}
