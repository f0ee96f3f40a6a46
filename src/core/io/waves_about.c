/* The columns of several sources as one, and what SPSS files say of them together. Texts are borrowed from the sources. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/said.h"
#include "io/waves.h"

enum { LONGEST_SHOWN = 60 };

weeg_sav_value weeg_i_waves_no_value(bool text) {
  static const char none[] = "\xff"; /* which is no UTF-8 */
  return text ? (weeg_sav_value){0, (char *)(uintptr_t)none} : (weeg_sav_value){-DBL_MAX, NULL};
}

/* ---- columns by name ---- */

/* A column of a source: the how-manieth of its name there, and the first source and column that have as many of that name. */
typedef struct named {
  const char *name;
  int32_t file, column, times, first_file, first_column;
} named;

static int compare(int32_t a, int32_t b) { return (a > b) - (a < b); }

static int by_name(const void *a, const void *b) {
  const named *x = (const named *)a, *y = (const named *)b;
  const int name = strcmp(x->name, y->name), file = compare(x->file, y->file);
  return name != 0 ? name : file != 0 ? file : compare(x->column, y->column);
}

static int by_times(const void *a, const void *b) {
  const named *x = (const named *)a, *y = (const named *)b;
  const int name = strcmp(x->name, y->name), times = compare(x->times, y->times);
  return name != 0 ? name : times != 0 ? times : compare(x->file, y->file);
}

static int by_first(const void *a, const void *b) {
  const named *x = (const named *)a, *y = (const named *)b;
  const int file = compare(x->first_file, y->first_file), column = compare(x->first_column, y->first_column);
  return file != 0 ? file : column != 0 ? column : compare(x->file, y->file);
}

static bool same_column(const named *a, const named *b) { return strcmp(a->name, b->name) == 0 && a->times == b->times; }

static void order_columns(named *all, int64_t count) {
  if (count == 0) return;
  qsort(all, (size_t)count, sizeof *all, by_name);
  for (int64_t i = 1; i < count; i++) {
    const bool again = strcmp(all[i].name, all[i - 1].name) == 0 && all[i].file == all[i - 1].file;
    all[i].times = again ? all[i - 1].times + 1 : 0;
  }
  qsort(all, (size_t)count, sizeof *all, by_times);
  for (int64_t i = 0; i < count; i++) {
    const named *first = i > 0 && same_column(&all[i], &all[i - 1]) ? &all[i - 1] : NULL;
    all[i].first_file = first != NULL ? first->first_file : all[i].file;
    all[i].first_column = first != NULL ? first->first_column : all[i].column;
  }
  qsort(all, (size_t)count, sizeof *all, by_first);
}

static weeg_status find_columns(waves *w, const char *wave, weeg_error *err) {
  weeg_status status = WEEG_OK;
  named *all = NULL;
  int64_t count = 0, at = 0;
  for (int32_t f = 0; f < w->count; f++) count += w->file[f].source.columns;
  if (count >= INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the files have too many columns");
  WEEG_NEW(all, count);
  for (int32_t f = 0; f < w->count; f++) {
    const weeg_source *source = &w->file[f].source;
    for (int32_t c = 0; c < source->columns; c++) {
      all[at++] = (named){.name = source->name(source->ctx, c), .file = f, .column = c};
      if (strcmp(all[at - 1].name, wave) != 0) continue;
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, f,
                         "%s has a variable %s, which is the name of the wave; give that another name", w->file[f].name, wave);
      goto cleanup;
    }
  }
  order_columns(all, count);
  w->columns = 1;
  for (int64_t i = 0; i < count; i++) w->columns += i == 0 || !same_column(&all[i], &all[i - 1]);
  WEEG_NEW(w->joint.about.variable, w->columns);
  for (int32_t f = 0; f < w->count; f++) {
    WEEG_NEW(w->file[f].column, w->columns);
    for (int32_t c = 0; c < w->columns; c++) w->file[f].column[c] = -1;
  }
  WEEG_TRY(weeg_i_copy_text(wave, &w->joint.about.variable[0].name, err));
  int32_t c = 0;
  for (int64_t i = 0; i < count; i++) {
    c += i == 0 || !same_column(&all[i], &all[i - 1]);
    w->joint.about.variable[c].name = (char *)(uintptr_t)all[i].name;
    w->file[all[i].file].column[c] = all[i].column;
  }
  w->joint.about.variables = w->columns;
cleanup:
  weeg_free(all);
  return status;
}

/* The variable of an SPSS file that is a column; NULL: it is no SPSS file, or has none. */
static const weeg_sav_variable *variable_of(const waves *w, int32_t file, int32_t column) {
  const wave_file *f = &w->file[file];
  return f->source.sav == NULL || f->column[column] < 0 ? NULL : &f->source.sav->variable[f->column[column]];
}

/* ---- ranges ---- */

/* Into *both the values that are in ranges of a and of v; both->low and high have room. */
static void intersect(const weeg_sav_variable *a, const weeg_sav_variable *v, weeg_sav_variable *both) {
  both->ranges = 0;
  for (int32_t i = 0; i < a->ranges; i++) {
    for (int32_t k = 0; k < v->ranges; k++) {
      weeg_sav_value low = a->low[i], high = a->high[i];
      if (v->text && strcmp(a->low[i].text, v->low[k].text) != 0) continue;
      if (!v->text) {
        low.number = fmax(low.number, v->low[k].number);
        high.number = fmin(high.number, v->high[k].number);
        if (!(low.number <= high.number)) continue;
      }
      both->low[both->ranges] = low;
      both->high[both->ranges++] = high;
    }
  }
}

static bool same_ranges(const weeg_sav_variable *a, const weeg_sav_variable *b) {
  bool same = a->ranges == b->ranges;
  for (int32_t k = 0; k < a->ranges && same; k++) {
    same = b->text ? strcmp(a->low[k].text, b->low[k].text) == 0
                   : a->low[k].number == b->low[k].number && a->high[k].number == b->high[k].number;
  }
  return same;
}

/* The ranges of *joint become those that are of v too. */
static weeg_status narrow_ranges(weeg_sav_variable *joint, const weeg_sav_variable *v, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_sav_variable both = {0};
  const int64_t room = (int64_t)joint->ranges * v->ranges + 1; /* one more for no_value */
  WEEG_NEW(both.low, room);
  WEEG_NEW(both.high, room);
  intersect(joint, v, &both);
  weeg_free(joint->low);
  weeg_free(joint->high);
  joint->ranges = both.ranges;
  joint->low = both.low;
  joint->high = both.high;
  both.low = both.high = NULL;
cleanup:
  weeg_free(both.low);
  weeg_free(both.high);
  return status;
}

/* What all sources with a column declare to be missing; and a range for what only some do. */
static weeg_status join_ranges(waves *w, int32_t column, weeg_error *err) {
  weeg_status status = WEEG_OK;
  static const weeg_sav_variable nothing = {0};
  weeg_sav_variable *joint = &w->joint.about.variable[column];
  const weeg_sav_variable *first = NULL;
  for (int32_t f = 0; f < w->count; f++) {
    const weeg_sav_variable *v = variable_of(w, f, column);
    if (w->file[f].column[column] < 0) continue;
    if (v == NULL) v = &nothing;
    if (first == NULL) {
      first = v;
      WEEG_NEW(joint->low, (int64_t)v->ranges + 1);
      WEEG_NEW(joint->high, (int64_t)v->ranges + 1);
      joint->ranges = v->ranges;
      for (int32_t k = 0; k < v->ranges; k++) joint->low[k] = v->low[k], joint->high[k] = v->high[k];
    } else if (!same_ranges(first, v)) {
      w->some_declared[column] = true;
      WEEG_TRY(narrow_ranges(joint, v, err));
    }
  }
  if (w->some_declared[column]) {
    joint->low[joint->ranges] = joint->high[joint->ranges] = weeg_i_waves_no_value(joint->text);
    joint->ranges++;
  }
cleanup:
  return status;
}

/* ---- labels ---- */

typedef struct label {
  weeg_sav_value value;
  char *text;
  int32_t file;
  bool everywhere; /* the value is missing in all sources */
} label;

static int by_number(const void *a, const void *b) {
  const label *x = (const label *)a, *y = (const label *)b;
  const int order = (x->value.number > y->value.number) - (x->value.number < y->value.number);
  return order != 0 ? order : compare(x->file, y->file);
}

static int by_text(const void *a, const void *b) {
  const label *x = (const label *)a, *y = (const label *)b;
  const int order = strcmp(x->value.text, y->value.text);
  return order != 0 ? order : compare(x->file, y->file);
}

static bool same_value(const weeg_sav_value *a, const weeg_sav_value *b, bool text) {
  return text ? strcmp(a->text, b->text) == 0 : a->number == b->number;
}

static weeg_status say_labels(waves *w, int32_t column, const label *a, const label *b, weeg_error *err) {
  const weeg_sav_variable *v = &w->joint.about.variable[column];
  char value[64];
  weeg_error said = weeg_i_error_like(err);
  if (v->text) (void)snprintf(value, sizeof value, "\"%.*s\"", LONGEST_SHOWN - 4, a->value.text);
  else weeg_kind_show(v->kind, a->value.number, 15, value, sizeof value);
  (void)weeg_fail(&said, WEEG_ERR_FILE, -1, "the value %s of %.60s has two labels, \"%.60s\" in %.60s and \"%.60s\" in %.60s: "
                  "make the labels the same in the files, or recode the value in one of them",
                  value, v->name, a->text, w->file[a->file].name, b->text, w->file[b->file].name);
  return weeg_i_copy_text(said.message, &w->problem[column], err);
}

/* Labels of values that are not missing in their own file, or are so everywhere, each value once. */
static weeg_status join_labels(waves *w, int32_t column, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_sav_variable *joint = &w->joint.about.variable[column];
  label *all = NULL;
  int64_t room = 0, used = 0;
  for (int32_t f = 0; f < w->count; f++) {
    const weeg_sav_variable *v = variable_of(w, f, column);
    room += v == NULL ? 0 : v->labels;
  }
  if (room >= INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "%s has too many value labels", joint->name);
  WEEG_NEW(all, room);
  for (int32_t f = 0; f < w->count; f++) {
    const weeg_sav_variable *v = variable_of(w, f, column);
    for (int32_t k = 0; v != NULL && k < v->labels; k++) {
      const bool everywhere = weeg_sav_is_declared(joint, &v->value[k]);
      if ((!v->text && isnan(v->value[k].number)) || (!everywhere && weeg_sav_is_declared(v, &v->value[k]))) continue;
      all[used++] = (label){v->value[k], v->value_label[k], f, everywhere};
    }
  }
  if (used > 0) qsort(all, (size_t)used, sizeof *all, joint->text ? by_text : by_number);
  WEEG_NEW(joint->value, used);
  WEEG_NEW(joint->value_label, used);
  const label *first = NULL;
  for (int64_t i = 0; i < used; i++) {
    if (first == NULL || !same_value(&first->value, &all[i].value, joint->text)) {
      first = &all[i];
      joint->value[joint->labels] = first->value;
      joint->value_label[joint->labels++] = first->text;
    } else if (!first->everywhere && first->file != all[i].file && strcmp(first->text, all[i].text) != 0 &&
               w->problem[column] == NULL) {
      WEEG_TRY(say_labels(w, column, first, &all[i], err));
    }
  }
cleanup:
  weeg_free(all);
  return status;
}

/* ---- variables ---- */

static const char *kind_of(const weeg_sav_variable *v) {
  static const char *const kinds[] = {"a number", "a date", "a date with a time", "a time"};
  return v->text ? "text" : kinds[v->kind];
}

static weeg_status join_variable(waves *w, int32_t column, weeg_error *err) {
  static const char none[] = "";
  weeg_sav_variable *joint = &w->joint.about.variable[column];
  const weeg_sav_variable *first = NULL;
  int32_t of = 0;
  joint->label_set = (char *)(uintptr_t)none;
  joint->plain = joint->text = true;
  for (int32_t f = 0; f < w->count; f++) {
    const weeg_sav_variable *v = variable_of(w, f, column);
    if (v == NULL) continue;
    if (joint->label == NULL) joint->label = v->label;
    if (first == NULL) {
      first = v;
      of = f;
      joint->plain = false;
      joint->text = v->text;
      joint->kind = v->kind;
      joint->ordinal = v->ordinal;
    } else if (v->text != first->text || (!v->text && v->kind != first->kind)) {
      weeg_error said = weeg_i_error_like(err);
      (void)weeg_fail(&said, WEEG_ERR_FILE, -1, "%.60s is %s in %.60s and %s in %.60s", joint->name,
                      weeg_i_said(err, kind_of(first)), w->file[of].name, weeg_i_said(err, kind_of(v)),
                      w->file[f].name);
      return weeg_i_copy_text(said.message, &w->problem[column], err);
    }
    joint->ordinal = joint->ordinal && v->ordinal;
  }
  if (joint->plain) return WEEG_OK;
  const weeg_status status = join_ranges(w, column, err);
  return status != WEEG_OK ? status : join_labels(w, column, err);
}

/* ---- weights and sets ---- */

/* The column of the whole that is one of a file. */
static int32_t column_of(const waves *w, int32_t file, int32_t own) {
  int32_t c = w->columns - 1;
  while (c >= 0 && w->file[file].column[c] != own) c--;
  return c;
}

static void join_weight(waves *w) {
  int32_t found = -1;
  for (int32_t f = 0; f < w->count; f++) {
    const weeg_sav *sav = w->file[f].source.sav;
    const int32_t column = sav == NULL || sav->weight < 0 ? -1 : column_of(w, f, sav->weight);
    found = f == 0 || column == found ? column : -1;
    if (found < 0) break;
  }
  w->joint.about.weight = found;
}

/* Whether a set of a file is the same as one of another. */
static bool same_set(const waves *w, int32_t f, const weeg_sav_set *a, int32_t g, const weeg_sav_set *b) {
  bool same = strcasecmp(a->name, b->name) == 0 && a->categories == b->categories && a->count == b->count &&
              strcmp(a->counted, b->counted) == 0;
  for (int32_t k = 0; k < a->count && same; k++) {
    const weeg_sav_variable *x = &w->file[f].source.sav->variable[a->variable[k]];
    const weeg_sav_variable *y = &w->file[g].source.sav->variable[b->variable[k]];
    same = strcmp(x->name, y->name) == 0;
  }
  return same;
}

static bool is_in_all(const waves *w, int32_t file, const weeg_sav_set *set) {
  for (int32_t f = 0; f < w->count; f++) {
    const weeg_sav *sav = w->file[f].source.sav;
    bool found = sav == NULL;
    for (int32_t k = 0; !found && k < sav->sets; k++) found = same_set(w, file, set, f, &sav->set[k]);
    if (!found) return false;
  }
  return true;
}

static weeg_status join_sets(waves *w, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_sav *about = &w->joint.about;
  int32_t first = 0;
  while (first < w->count && w->file[first].source.sav == NULL) first++;
  const weeg_sav *sav = first == w->count ? NULL : w->file[first].source.sav;
  if (sav == NULL) return WEEG_OK;
  WEEG_NEW(about->set, sav->sets);
  for (int32_t s = 0; s < sav->sets; s++) {
    const weeg_sav_set *from = &sav->set[s];
    if (!is_in_all(w, first, from)) continue;
    weeg_sav_set *set = &about->set[about->sets++];
    *set = *from;
    set->variable = NULL;
    WEEG_NEW(set->variable, from->count);
    for (int32_t k = 0; k < from->count; k++) set->variable[k] = column_of(w, first, from->variable[k]);
  }
cleanup:
  return status;
}

/* ---- all of it ---- */

static void find_numerals(waves *w) {
  bool known = false;
  w->numerals = (weeg_numerals){'.', 0};
  for (int32_t f = 0; f < w->count; f++) {
    const weeg_source *source = &w->file[f].source;
    if (source->sav != NULL) continue;
    if (!known) w->numerals = source->numerals;
    known = true;
    if (source->numerals.decimal != w->numerals.decimal || source->numerals.thousands != w->numerals.thousands) {
      w->numerals = (weeg_numerals){'.', 0};
      return;
    }
  }
}

weeg_status weeg_i_waves_columns(waves *w, const char *wave, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int32_t f = 0; f < w->count; f++) w->any_sav = w->any_sav || w->file[f].source.sav != NULL;
  WEEG_TRY(find_columns(w, wave, err));
  WEEG_NEW(w->problem, w->columns);
  WEEG_NEW(w->found, w->columns);
  WEEG_NEW(w->some_declared, w->columns);
  for (int32_t c = 0; c < w->columns; c++) WEEG_TRY(join_variable(w, c, err));
  join_weight(w);
  WEEG_TRY(join_sets(w, err));
  find_numerals(w);
cleanup:
  return status;
}

void weeg_i_waves_columns_free(waves *w) {
  weeg_sav *about = &w->joint.about;
  for (int32_t c = 0; c < w->columns && about->variable != NULL; c++) {
    weeg_sav_variable *v = &about->variable[c];
    if (c == 0) weeg_free(v->name);
    weeg_free(v->low);
    weeg_free(v->high);
    weeg_free(v->value);
    weeg_free(v->value_label);
    if (w->problem != NULL) weeg_free(w->problem[c]);
    if (w->found != NULL) weeg_free(w->found[c]);
  }
  for (int32_t s = 0; s < about->sets; s++) weeg_free(about->set[s].variable);
  weeg_free(about->set);
  weeg_free(about->variable);
  weeg_free(w->problem);
  weeg_free(w->found);
  weeg_free(w->some_declared);
}
