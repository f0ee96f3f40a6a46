/* What a part of a file makes of its fields: codes, numbers, and what is wrong. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "io/reader.h"

bool weeg_i_dialect_missing(const weeg_dialect *dialect, const char *s, size_t n) {
  for (int i = 0; i < dialect->missing_count; i++) {
    if (dialect->missing[i].length == n && (n == 0 || memcmp(dialect->missing[i].bytes, s, n) == 0)) return true;
  }
  return false;
}

/* The first problem of a record is the one that is reported. */
static void note(weeg_part *part, weeg_problem problem, int32_t field) {
  if (part->now.problem == WEEG_PROBLEM_NONE) part->now = (weeg_trouble){problem, field, part->record};
}

int32_t weeg_i_part_code(weeg_part *part, weeg_part_field *field, const char *s, size_t n, weeg_problem *problem) {
  weeg_problem found = WEEG_PROBLEM_NONE;
  weeg_string_slot *slot = weeg_i_strings_find(&field->strings, s, n);
  if (slot == NULL) {
    found = WEEG_PROBLEM_MEMORY;
  } else if (slot->code < 0) { /* a new text is looked at once */
    const bool missing = weeg_i_dialect_missing(part->dialect, s, n);
    const bool readable = part->dialect->windows_1252 ? memchr(s, 0, n) == NULL : weeg_i_text_is_utf8(s, n);
    if (!missing && !readable) found = WEEG_PROBLEM_ENCODING;
    else if (weeg_i_strings_add(&field->strings, slot, s, n, missing) != WEEG_OK) found = WEEG_PROBLEM_MEMORY;
  }
  *problem = found;
  return found == WEEG_PROBLEM_NONE ? slot->code : -1;
}

weeg_problem weeg_i_part_number(const weeg_part *part, const char *s, size_t n, double *x) {
  const weeg_dialect *dialect = part->dialect;
  *x = NAN;
  if (n == 0 || (dialect->missing_number && weeg_i_dialect_missing(dialect, s, n))) return WEEG_PROBLEM_NONE;
  if (weeg_i_number_read(s, n, dialect->decimal, x)) return WEEG_PROBLEM_NONE;
  if (weeg_i_number_read_grouped(s, n, dialect->decimal, dialect->thousands, x)) return WEEG_PROBLEM_NONE;
  *x = NAN;
  return weeg_i_dialect_missing(dialect, s, n) ? WEEG_PROBLEM_NONE : WEEG_PROBLEM_NUMBER;
}

void weeg_i_part_value(weeg_part *part, int32_t wanted, const char *s, size_t n) {
  weeg_problem problem = WEEG_PROBLEM_NONE;
  if (n > (size_t)part->dialect->max_field) note(part, WEEG_PROBLEM_FIELD_SIZE, part->field - 1);
  if (wanted < 0 || part->now.problem != WEEG_PROBLEM_NONE) return;
  weeg_part_field *to = &part->fields[wanted];
  if (part->dialect->fields[wanted].numbers) {
    problem = weeg_i_part_number(part, s, n, &to->numbers[part->rows]);
  } else {
    to->codes[part->rows] = weeg_i_part_code(part, to, s, n, &problem);
  }
  if (problem != WEEG_PROBLEM_NONE) note(part, problem, part->field - 1);
}

static bool skip(weeg_part *part) {
  weeg_status status = WEEG_OK;
  weeg_error *err = NULL; /* what is wrong is said of the record */
  WEEG_GROW(part->skipped, part->skipped_count, part->skipped_size);
  part->skipped[part->skipped_count++] = part->now;
cleanup:
  return status == WEEG_OK;
}

/* Those of `used` elements are kept, in room for `count`. */
static void *larger(void *old, int64_t used, int64_t count, size_t size) {
  void *new = weeg_i_room(count, size);
  if (new == NULL) return NULL;
  if (used > 0) memcpy(new, old, (size_t)used * size);
  weeg_free(old);
  return new;
}

/* Room for some rows more than the part has, and another one. */
static bool make_room(weeg_part *part, int64_t rows) {
  int64_t capacity = part->capacity == 0 ? 1024 : part->capacity;
  if (capacity <= part->rows + rows) capacity = 2 * capacity > part->rows + rows ? 2 * capacity : part->rows + rows + 1;
  if (capacity == part->capacity) return true;
  for (int32_t i = 0; i < part->dialect->count; i++) {
    weeg_part_field *field = &part->fields[i];
    const bool number = part->dialect->fields[i].numbers;
    void *new = number ? larger(field->numbers, part->rows, capacity, sizeof *field->numbers)
                       : larger(field->codes, part->rows, capacity, sizeof *field->codes);
    if (new == NULL) return false; /* the others may be larger than they are said to be */
    if (number) {
      field->numbers = new;
    } else {
      field->codes = new;
    }
  }
  part->capacity = capacity;
  return true;
}

/* That the record at hand, which becomes a row, does not begin on the line after that of the row before. */
static bool note_place(weeg_part *part) {
  weeg_status status = WEEG_OK;
  weeg_error *err = NULL;
  WEEG_GROW(part->place, part->places, part->places_size);
  part->place[part->places++] = (weeg_csv_place){part->rows, part->begun};
  part->lag = part->begun - part->rows;
cleanup:
  return status == WEEG_OK;
}

bool weeg_i_part_end(weeg_part *part) {
  const int32_t fields = part->field, columns = part->dialect->columns;
  if (fields != columns) note(part, fields < columns ? WEEG_PROBLEM_SHORT : WEEG_PROBLEM_LONG, fields);
  if (part->now.problem == WEEG_PROBLEM_NONE) {
    if (part->begun - part->rows != part->lag && !note_place(part)) {
      note(part, WEEG_PROBLEM_MEMORY, 0);
    } else if (++part->rows == part->capacity && !make_room(part, 0)) {
      part->rows--;
      note(part, WEEG_PROBLEM_MEMORY, 0);
    }
  }
  if (part->now.problem != WEEG_PROBLEM_NONE) {
    if (part->dialect->skip && part->now.problem != WEEG_PROBLEM_MEMORY && !skip(part)) part->now.problem = WEEG_PROBLEM_MEMORY;
    if (!part->dialect->skip || part->now.problem == WEEG_PROBLEM_MEMORY) {
      part->fatal = part->now;
      return false;
    }
    part->now.problem = WEEG_PROBLEM_NONE;
  }
  part->field = 0;
  part->record++;
  return true;
}

/* Room for a part of such rows: the next ones are mostly as long. */
bool weeg_i_part_begin_rows(weeg_part *part, int64_t rows, int64_t bytes) {
  const int64_t all = (int64_t)((double)(part->to - part->from) / (double)bytes * (double)rows * 1.1);
  if (part->rows + rows < part->capacity) return true;
  return make_room(part, part->rows + rows < all ? all - part->rows : rows);
}

bool weeg_i_part_end_rows(weeg_part *part, int64_t rows) {
  part->begun = part->lines;
  if (rows > 0 && part->begun - part->rows != part->lag && !note_place(part)) return false;
  part->rows += rows;
  part->record += rows;
  part->lines += rows;
  part->begun = part->lines;
  return true;
}

weeg_status weeg_i_part_new(weeg_part *part, const weeg_dialect *dialect) {
  part->dialect = dialect;
  part->fields = weeg_i_alloc(dialect->count, sizeof *part->fields);
  return part->fields == NULL ? WEEG_ERR_MEMORY : WEEG_OK;
}

void weeg_i_part_clear(weeg_part *part) {
  for (int32_t i = 0; part->fields != NULL && i < part->dialect->count; i++) {
    weeg_i_strings_clear(&part->fields[i].strings);
    weeg_free(part->fields[i].near);
    weeg_free(part->fields[i].map);
    weeg_free(part->fields[i].codes);
    weeg_free(part->fields[i].numbers);
  }
  weeg_free(part->fields);
  weeg_free(part->place);
  weeg_free(part->skipped);
  *part = (weeg_part){0};
}

/*
 * Texts that a part keeps for the next windows. Of a column with very many, all parts would come to have all of them: then
 * those of one window are enough, and the file's own list has the others.
 */
enum { KEPT_TEXTS = 1 << 13 };

static void forget_texts(weeg_part_field *field) {
  if (field->strings.levels <= KEPT_TEXTS) return;
  weeg_i_strings_clear(&field->strings);
  weeg_free(field->near);
  weeg_free(field->map);
  field->near = NULL;
  field->map = NULL;
  field->map_size = 0;
}

bool weeg_i_part_begin(weeg_part *part) {
  for (int32_t i = 0; i < part->dialect->count; i++) forget_texts(&part->fields[i]);
  part->field = 0;
  part->record = part->rows = part->skipped_count = part->lines = part->begun = part->places = 0;
  part->lag = -1; /* of no row: the first one is listed */
  part->now = part->fatal = (weeg_trouble){WEEG_PROBLEM_NONE, 0, 0};
  if (part->capacity == 0 && !make_room(part, 0)) part->fatal.problem = WEEG_PROBLEM_MEMORY;
  return part->fatal.problem == WEEG_PROBLEM_NONE;
}
