/* Several files of rows as one, waves of a survey: "round=2013:clients2013.sav,2014:clients2014.sav". */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "rows.h"

/* ---- as they are written ---- */

/* The first of some characters in a text that no backslash stands before; NULL: there is none. */
static const char *find_mark(const char *text, const char *marks) {
  for (; *text != '\0'; text++) {
    if (*text == '\\' && text[1] != '\0' && strchr(",:=\\", text[1]) != NULL) text++;
    else if (strchr(marks, *text) != NULL) return text;
  }
  return NULL;
}

/* A part of it, without blanks in front and the backslashes before marks. */
static const char *plain_part(const char *from, const char *end) {
  cli_text part = {0};
  cli_add(&part, "");
  while (from < end && *from == ' ') from++;
  for (; from < end; from++) {
    if (*from == '\\' && from + 1 < end && strchr(",:=\\", from[1]) != NULL) from++;
    cli_add_bytes(&part, from, 1);
  }
  return part.bytes;
}

const cli_waves *cli_find_waves(const char *path) {
  struct stat about;
  const char *equals = find_mark(path, "="), *at = equals == NULL ? NULL : equals + 1;
  const char *colon = at == NULL ? NULL : find_mark(at, ":,");
  if (strcmp(path, "-") == 0 || equals == NULL || equals == path || colon == NULL || *colon != ':') return NULL;
  if (stat(path, &about) == 0) return NULL;
  cli_waves *waves = CLI_NEW(cli_waves, 1);
  waves->name = plain_part(path, equals);
  while (at != NULL) {
    const char *comma = find_mark(at, ","), *end = comma == NULL ? at + strlen(at) : comma;
    colon = find_mark(at, ":,");
    if (colon == NULL || *colon != ':') {
      cli_usage("each wave is a label and a file, as in 'round=2013:a.csv,2014:b.csv', not \"%s\"; a comma in a name is written "
                "\\,", plain_part(at, end));
    }
    cli_push(&waves->label, plain_part(at, colon));
    cli_push(&waves->path, plain_part(colon + 1, end));
    at = comma == NULL ? NULL : comma + 1;
  }
  return waves;
}

const char *cli_waves_name(const cli_waves *waves) {
  cli_list names = {0};
  for (int32_t f = 0; f < waves->path.count; f++) cli_push(&names, cli_base_name(waves->path.item[f]));
  return cli_join(&names, ", ");
}

/* ---- opening ---- */

/* Files are there, regular ones, and each is another one. */
void cli_check_waves(const cli_waves *waves) {
  const int32_t count = waves->path.count;
  struct stat about;
  for (int32_t f = 0; f < count; f++) {
    const char *path = waves->path.item[f];
    if (waves->label.item[f][0] == '\0') cli_usage("%s is a wave without a label", path[0] == '\0' ? cli_said("a file") : path);
    if (path[0] == '\0') cli_usage("wave %s has no file", waves->label.item[f]);
    if (stat(path, &about) != 0) cli_fail("there is no file %s (wave %s)", path, waves->label.item[f]);
    if (!S_ISREG(about.st_mode)) cli_fail("%s is not a file, and waves are read from files", path);
    for (int32_t k = 0; k < f; k++) {
      if (!cli_are_one_file(waves->path.item[k], path)) continue;
      cli_fail("waves %s and %s are the same file, %s", waves->label.item[k], waves->label.item[f], path);
    }
  }
}

/* Rows are not weighted by the files where these do not agree, which is never so in silence. */
static void say_weights(const cli_rows *r, const weeg_wave *wave, int32_t count) {
  const weeg_sav *joint = r->source.sav;
  if (r->weight != NULL || joint == NULL || joint->weight >= 0 || r->options->again) return;
  for (int32_t f = 0; f < count; f++) {
    const weeg_sav *sav = wave[f].source.sav;
    if (sav == NULL || sav->weight < 0) continue;
    cli_warn("%s is weighted by %s, and not all of the files are: rows are not weighted; name the weights with --weights, or 1",
             wave[f].name, sav->variable[sav->weight].name);
    return;
  }
}

/* The files are closed by themselves. */
static void leave_open(void *ctx) { (void)ctx; }

static void close_waves(void *source) {
  const weeg_source *waves = (const weeg_source *)source;
  waves->close(waves->ctx);
}

void cli_open_waves(cli_rows *r) {
  weeg_error err = cli_error();
  const int32_t count = r->waves->path.count;
  weeg_wave *wave = CLI_NEW(weeg_wave, count);
  bool any_csv = false;
  cli_check_waves(r->waves);
  r->files = count;
  r->csv = CLI_NEW(const weeg_csv *, count);
  for (int32_t f = 0; f < count; f++) any_csv = any_csv || !weeg_is_sav(r->waves->path.item[f]);
  if (!any_csv) cli_refuse_csv_options(r->options);
  for (int32_t f = 0; f < count; f++) {
    const char *path = r->waves->path.item[f];
    wave[f] = (weeg_wave){.label = r->waves->label.item[f], .name = path};
    if (weeg_is_sav(path)) {
      wave[f].source = weeg_sav_source(cli_open_sav(r, path));
    } else {
      weeg_csv *csv = cli_open_csv(r, path);
      wave[f].source = weeg_csv_source(csv);
      r->csv[f] = csv;
    }
    wave[f].source.close = leave_open;
  }
  cli_check(weeg_waves_source(wave, count, r->waves->name, &r->source, &err), &err);
  weeg_source *kept = CLI_NEW(weeg_source, 1);
  *kept = r->source;
  cli_keep(kept, close_waves);
  say_weights(r, wave, count);
}

bool cli_crosses_waves(const cli_rows *r) { return r->waves != NULL && !r->options->panel; }

/* ---- columns ---- */

const cli_kind *cli_kind_of(const cli_rows *r, int32_t column) {
  return cli_sav_variable(r, r->column[column].name) == NULL ? &cli_csv_kind : &cli_sav_kind;
}
