/* Where the data are from: a tally file, or a file of rows. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "numbers.h"
#include "rows.h"

static const unsigned char TALLY_MAGIC[4] = {0x89, 'W', 'G', 'T'};

static void release_labelled(void *x) { weeg_labelled_tally_free((weeg_labelled_tally *)x); }

static void close_file(void *file) { (void)fclose((FILE *)file); }

char *cli_read_all(const char *path, size_t *size) {
  const bool standard = strcmp(path, "-") == 0;
  FILE *file = standard ? stdin : fopen(path, "rb");
  if (file == NULL) cli_fail("cannot open %s: %s", path, cli_said(strerror(errno)));
  if (!standard) cli_keep(file, close_file);
  cli_text all = {0};
  char chunk[65536];
  size_t got = 0;
  while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) cli_add_bytes(&all, chunk, got);
  if (ferror(file)) cli_fail("cannot read %s: %s", standard ? cli_said("standard input") : path, cli_said(strerror(errno)));
  *size = all.used;
  return all.bytes == NULL ? cli_copy("", 0) : all.bytes;
}

/* All processors, unless fewer threads are asked for. */
/* The value of a note; NULL where there is none. */
static const char *find_note(const weeg_texts *notes, const char *key) {
  for (int32_t i = 0; i + 1 < notes->count; i += 2) {
    if (strcmp(notes->text[i], key) == 0) return notes->text[i + 1];
  }
  return NULL;
}

void cli_read_notes(cli_data *data, const weeg_texts *notes) {
  const char *omitted = find_note(notes, "omitted"), *asked = find_note(notes, "lonely_asked");
  data->profile = find_note(notes, "conventions");
  data->name = find_note(notes, "data");
  data->weights = find_note(notes, "weights");
  data->strata_name = find_note(notes, "strata");
  data->cluster = find_note(notes, "cluster");
  data->fpc = find_note(notes, "fpc");
  data->omitted = omitted == NULL ? 0 : strtoll(omitted, NULL, 10);
  if (data->omitted < 0) data->omitted = 0;
  data->lonely_asked = asked != NULL && strcmp(asked, "yes") == 0;
  data->conditions = data->senders = (cli_list){0};
  for (int32_t i = 0; i + 1 < notes->count; i += 2) {
    if (strcmp(notes->text[i], "condition") == 0) cli_push(&data->conditions, notes->text[i + 1]);
    if (strcmp(notes->text[i], "sender") == 0) cli_push(&data->senders, notes->text[i + 1]);
  }
}

/* Keys and values by turns, as R writes them. */
weeg_texts cli_notes(const cli_data *data) {
  const char *omitted = data->omitted == 0 ? NULL : cli_format("%lld", (long long)data->omitted);
  const char *const keys[] = {"data", "weights", "strata", "cluster", "fpc", "omitted"};
  const char *const values[] = {data->name, data->weights, data->strata_name, data->cluster, data->fpc, omitted};
  cli_list notes = {0};
  if (data->profile != NULL) {
    cli_push(&notes, "conventions");
    cli_push(&notes, data->profile);
  }
  cli_push(&notes, "lonely_asked");
  cli_push(&notes, data->lonely_asked ? "yes" : "no");
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    if (values[i] == NULL) continue;
    cli_push(&notes, keys[i]);
    cli_push(&notes, values[i]);
  }
  for (int32_t i = 0; i < data->conditions.count; i++) {
    cli_push(&notes, "condition");
    cli_push(&notes, data->conditions.item[i]);
  }
  for (int32_t i = 0; i < data->senders.count; i++) {
    cli_push(&notes, "sender");
    cli_push(&notes, data->senders.item[i]);
  }
  weeg_texts texts = {notes.count, CLI_NEW(char *, notes.count)};
  for (int32_t i = 0; i < notes.count; i++) texts.text[i] = cli_copy(notes.item[i], strlen(notes.item[i]));
  return texts;
}

static cli_data *from_labelled(weeg_labelled_tally *x, const char *path) {
  cli_data *data = CLI_NEW(cli_data, 1);
  *data = (cli_data){.variables = x->variables, .variable = x->variable, .design = x->design, .strata = x->strata,
                     .psus = x->psus, .stages = x->stages, .tally = &x->tally};
  cli_read_notes(data, &x->notes);
  data->narrowed = data->conditions.count > 0;
  for (int32_t v = 0; v < x->variables; v++) {
    for (int32_t other = 0; other < v; other++) {
      if (strcmp(x->variable[v].name, x->variable[other].name) == 0) {
        cli_fail("%s has two variables %s", path, x->variable[v].name);
      }
    }
  }
  return data;
}

/* The options that describe rows have no meaning for a tally, which has its design. */
static void refuse_row_options(const cli_options *o) {
  const bool made = o->make_replicates != NULL;
  const struct {
    const char *name;
    bool given;
  } options[] = {
      {"--weights", o->weights != NULL},         {"--na-weights", o->na_weights != NULL},
      {"--strata", o->strata != NULL},           {"--cluster", o->cluster != NULL},
      {"--fpc", o->fpc != NULL},                 {"--nest", o->nest},                       {"--panel", o->panel},
      {"--pps", o->pps != NULL},
      {"--repweights", o->repweights != NULL},   {"--type", o->type != NULL},
      {"--scale", o->scale != NULL},             {"--rscales", o->rscales != NULL},
      {"--mse", o->mse && !made},                         {"--no-mse", o->no_mse},
      {"--rho", o->rho != NULL && !made},                 {"--no-combined", o->no_combined},
      {"--margins", o->margins.count > 0},
      {"--delimiter", o->delimiter != NULL},     {"--decimal", o->decimal != NULL},
      {"--thousands", o->thousands != NULL},     {"--skip-before", o->skip_before != NULL},
      {"--skip-after", o->skip_after != NULL},   {"--text", o->text != NULL},
      {"--levels", o->levels.count > 0},         {"--na", o->na != NULL},
      {"--encoding", o->encoding != NULL},       {"--on-error", o->on_error != NULL},
      {"--no-header", o->no_header},
  };
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    if (options[i].given) cli_usage("%s is for files of rows: a tally has its design already", options[i].name);
  }
}

static cli_data *load_tally(const cli_options *options, const char *path, const char *bytes, size_t size) {
  weeg_error err = cli_error();
  weeg_labelled_tally *x = NULL;
  refuse_row_options(options);
  if (weeg_tally_decode((const uint8_t *)bytes, (int64_t)size, &x, &err) != WEEG_OK) cli_fail("%s: %s", path, err.message);
  cli_keep(x, release_labelled);
  return from_labelled(x, path);
}

static void hold(cli_data *data, const weeg_profile *profile) {
  data->profile = profile->name;
  data->design.df = profile->df;
  if (!data->lonely_asked) data->design.lonely = profile->lonely;
}

/* --conventions, --df, --lonely and --lonely-domain. */
static void apply_rules(const cli_options *options, cli_data *data) {
  if (options->conventions != NULL) hold(data, cli_find_profile(options->conventions));
  if (options->df != NULL) data->design.given_df = cli_whole_number(options->df, "--df", 1, INT32_MAX);
  if (options->lonely != NULL) {
    data->design.lonely = (weeg_lonely)cli_choice(options->lonely, WEEG_WORDS_LONELY, "--lonely");
    data->lonely_asked = true;
  }
  if (!options->lonely_domain) return;
  if (data->design.pps != WEEG_PPS_NONE) cli_usage("--lonely-domain does not go with --pps");
  if (data->design.lonely != WEEG_LONELY_ADJUST && data->design.lonely != WEEG_LONELY_AVERAGE) {
    cli_usage("--lonely-domain goes with --lonely adjust and --lonely average only");
  }
  data->design.lonely_domain = true;
}

const char *cli_source_path(const char *path) {
  struct stat about;
  if (strcmp(path, "-") == 0 || stat(path, &about) != 0 || S_ISREG(about.st_mode)) return path;
  if (S_ISDIR(about.st_mode)) cli_fail("%s is a folder, not a file", path);
  if (freopen(path, "rb", stdin) == NULL) cli_fail("cannot open %s: %s", path, cli_said(strerror(errno)));
  return "-";
}

/* Of standard input one byte can be looked at; no text begins with that of a tally. */
bool cli_is_tally(const char *path) {
  unsigned char first[sizeof TALLY_MAGIC] = {0};
  const cli_waves *waves = cli_find_waves(path);
  if (waves != NULL) cli_check_waves(waves);
  for (int32_t f = 0; waves != NULL && f < waves->path.count; f++) {
    if (!cli_is_tally(waves->path.item[f])) continue;
    cli_fail("%s is a tally, and waves are files of rows; weeg merge adds tallies", waves->path.item[f]);
  }
  if (waves != NULL) return false;
  if (strcmp(path, "-") == 0) {
    const int byte = getc(stdin);
    if (byte != EOF) (void)ungetc(byte, stdin);
    return byte == TALLY_MAGIC[0];
  }
  FILE *file = fopen(path, "rb");
  if (file == NULL) cli_fail("cannot open %s: %s", path, cli_said(strerror(errno)));
  const size_t got = fread(first, 1, sizeof first, file);
  (void)fclose(file);
  return got == sizeof first && memcmp(first, TALLY_MAGIC, sizeof first) == 0;
}

static bool is_listed(const cli_list *list, const char *name) {
  bool found = false;
  for (int32_t i = 0; list != NULL && i < list->count; i++) found = found || strcmp(list->item[i], name) == 0;
  return found;
}

void cli_check_kinds(const cli_data *data, const cli_list *names, const cli_list *numbers) {
  const weeg_frame frame = cli_frame(data);
  for (int32_t i = 0; names != NULL && i < names->count; i++) {
    const char *name = names->item[i];
    const int32_t at = weeg_frame_find(&frame, name);
    if (at < 0 || data->variable[at].measure == is_listed(numbers, name)) continue;
    if (data->variable[at].measure) {
      cli_fail("the tally has sums of %s, which is a number, and no levels of it; weeg mean TALLY '%s ~ group' has its means",
               name, name);
    }
    cli_fail("the tally has levels of %s, and no sums of its values; make it with %s on the left: weeg tally FILE '%s ~ group'",
             name, name, name);
  }
}

cli_data *cli_narrow(const cli_data *data, const cli_condition *condition) {
  cli_list names = {0};
  const weeg_frame frame = cli_frame(data);
  cli_condition_variables(condition, &names);
  for (int32_t i = 0; i < names.count; i++) {
    const int32_t at = weeg_frame_find(&frame, names.item[i]);
    if (at < 0 || !data->variable[at].measure) continue;
    cli_fail("a tally has sums of %s, not its values, which --domain needs; make the tally of the domain", names.item[i]);
  }
  return cli_domain(data, condition);
}

static cli_data *rule_rows(const cli_options *options, cli_data *rows) {
  int32_t count = 0;
  hold(rows, weeg_profiles(&count)); /* the first is the default */
  apply_rules(options, rows);
  cli_make_replicates(options, rows);
  return rows;
}

cli_data **cli_load_together(const cli_options *options, const char *path, cli_wanted *wanted, int32_t count) {
  const bool calibrated = options->margins.count > 0;
  cli_data **all = calibrated ? CLI_NEW(cli_data *, count) : cli_load_rows(options, path, wanted, count);
  cli_options *again = CLI_NEW(cli_options, 1);
  *again = *options;
  for (int32_t i = 0; i < count; i++) {
    if (calibrated) all[i] = cli_load_rows(again, path, &wanted[i], 1)[0];
    again->again = true;
    if (all[i] != NULL) (void)rule_rows(options, all[i]);
  }
  return all;
}

static cli_data *load(const cli_options *options, const char *path, const cli_list *names, const cli_list *numbers,
                      cli_items *items) {
  path = cli_source_path(path);
  if (!cli_is_tally(path)) {
    if (names == NULL) cli_fail("%s is not a tally file; make one with weeg tally", cli_shown_path(path));
    cli_wanted wanted = {.names = *names, .items = {items, NULL}};
    if (numbers != NULL) wanted.numbers = *numbers;
    return rule_rows(options, cli_load_rows(options, path, &wanted, 1)[0]);
  }
  size_t size = 0;
  const char *bytes = cli_read_all(path, &size);
  cli_data *data = load_tally(options, path, bytes, size);
  cli_check_kinds(data, names, numbers);
  apply_rules(options, data);
  cli_make_replicates(options, data);
  if (options->domain != NULL) data = cli_narrow(data, cli_parse_condition(options->domain));
  return items == NULL ? data : cli_tally_patterns(data, names, items);
}

cli_data *cli_load(const cli_options *options, const char *path, const cli_list *names) {
  return load(options, path, names, NULL, NULL);
}

cli_data *cli_load_numbers(const cli_options *options, const char *path, const cli_list *names, const cli_list *numbers) {
  return load(options, path, names, numbers, NULL);
}

cli_data *cli_load_items(const cli_options *options, const char *path, const cli_list *groups, cli_items *items) {
  return load(options, path, groups, NULL, items);
}

enum { MOST_VALUES = 20 };

static bool is_date(const char *text) {
  static const char pattern[] = "0000-00-00";
  size_t i = 0;
  while (pattern[i] != '\0' && (pattern[i] == '-' ? text[i] == '-' : text[i] >= '0' && text[i] <= '9')) i++;
  return pattern[i] == '\0';
}

void cli_say_many_values(const cli_data *data, const cli_list *outcomes, const char *place) {
  for (int32_t v = 0; v < data->variables; v++) {
    const weeg_variable *x = &data->variable[v];
    bool dates = true, wanted = false;
    for (int32_t i = 0; i < outcomes->count; i++) wanted = wanted || strcmp(outcomes->item[i], x->name) == 0;
    for (int32_t k = 0; k < x->levels.count && dates; k++) dates = is_date(x->levels.text[k]);
    if (!wanted || x->levels.count <= MOST_VALUES || !(x->number || dates)) continue;
    cli_warn("%s has %d values, each a %s of its own; make classes of it in the file", x->name, (int)x->levels.count,
             cli_said(place));
  }
}
