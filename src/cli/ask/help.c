/* Help, of the program and of a command: from the tables of options, commands and columns. */
#include <string.h>

#include "ask/options.h"

typedef struct page {
  cli_text *out;
  int width;
  int commands;   /* bits of those that it is about */
} page;

enum { INDENT = 25, FEW = 5 };

/* What is typed, and beside or under it what it means. */
static void add_entry(const page *p, const char *typed, const char *meaning) {
  cli_list lines = {0};
  const bool beside = cli_width(typed) + 4 <= INDENT;
  cli_wrap(&lines, meaning, p->width - INDENT, 0);
  cli_addf(p->out, "  %s%s", beside ? cli_pad_right(typed, INDENT - 2) : typed, beside ? "" : "\n");
  for (int32_t i = 0; i < lines.count; i++) {
    cli_addf(p->out, "%*s%s\n", beside && i == 0 ? 0 : INDENT, "", lines.item[i]);
  }
}

static void add_paragraph(const page *p, const char *text) {
  cli_list lines = {0};
  cli_wrap(&lines, text, p->width, 0);
  for (int32_t i = 0; i < lines.count; i++) cli_addf(p->out, "%s\n", lines.item[i]);
}

static bool is_one(int commands) { return (commands & (commands - 1)) == 0; }

static const char *option_meaning(const page *p, const cli_option *o) {
  cli_list names = {0};
  for (int i = 0; cli_commands[i].name != NULL; i++) {
    if ((o->commands & 1 << i) != 0) cli_push(&names, cli_commands[i].name);
  }
  if (is_one(p->commands) || names.count > FEW || o->section == THE_ITEMS) return o->text;
  return cli_format("%s: %s", cli_join(&names, ", "), o->text);
}

static void add_section(const page *p, cli_section section, const char *heading) {
  bool any = false;
  for (const cli_option *o = cli_known_options; o->name != NULL; o++) {
    if (o->section != section || o->text == NULL || (o->commands & p->commands) == 0) continue;
    if (!any) cli_addf(p->out, "\n%s\n", heading);
    any = true;
    const char *letter = o->letter == '\0' ? "" : cli_format("-%c, ", o->letter);
    add_entry(p, cli_format("%s--%s%s%s", letter, o->name, o->value == NULL ? "" : " ", o->value == NULL ? "" : o->value),
              option_meaning(p, o));
  }
}

static void add_options(const page *p) {
  static const char *const headings[SECTIONS] = {"The analysis", "Multiple-response questions", "The sample", "CSV files",
                                                 "The output"};
  for (cli_section s = THE_ANALYSIS; s < SECTIONS; s++) add_section(p, s, headings[s]);
}

static void add_columns(const page *p) {
  bool any = false;
  for (const cli_about_column *c = cli_columns_known; c->name != NULL; c++) {
    if ((c->commands & p->commands) == 0) continue;
    if (!any) cli_add(p->out, "\nColumns of csv and json\n");
    any = true;
    add_entry(p, c->name, c->meaning);
  }
}

static void add_end(const page *p) {
  cli_add(p->out, "\n");
  add_paragraph(p, "Exit status: 0 done; 1 something is wrong with the data or a file, or the data have no such variable, "
                   "level or group; 2 with the command line, whatever the data are; 130 after Ctrl-C.");
}

static const char file_text[] =
    "FILE is a tally (.weeg), a CSV file or an SPSS file (.sav, .zsav, .por); - is standard input. Databases and Parquet files "
    "come by a pipe, such as duckdb -csv -c 'select ...' | weeg test - 'a ~ g'; others: man weeg. Waves in several files are "
    "'round=2013:a.sav,2014:b.sav', whose samples were drawn apart (else --panel). A tally contains its own "
    "sample: of the options of the sample it takes --lonely, --lonely-domain, --domain, --conventions and --missing.";

static void add_command(const page *p, const cli_command *c) {
  add_paragraph(p, cli_format("weeg %s: %s", c->name, c->summary));
  cli_addf(p->out, "\n  weeg %s %s [options]\n\n", c->name, c->arguments);
  if (c->more != NULL) add_paragraph(p, c->more);
  if ((p->commands & READS) != 0) add_paragraph(p, file_text);
  add_options(p);
  add_columns(p);
  cli_add(p->out, "\nExamples\n");
  for (int i = 0; i < 2; i++) cli_addf(p->out, "  %s\n", c->examples[i]);
  cli_add(p->out, "\n");
  add_paragraph(p, "More about each option, under the same headings: man weeg.");
  add_end(p);
}

static void add_program(const page *p) {
  add_paragraph(p, "weeg: survey-weighted proportions, intervals, cross-tabulations and tests for complex samples");
  cli_add(p->out, "\n");
  for (const cli_command *c = cli_commands; c->name != NULL; c++) {
    add_entry(p, cli_format("weeg %s %s", c->name, c->arguments), c->summary);
  }
  add_entry(p, "weeg help COMMAND", "its options, the columns of its result, and examples");
  cli_add(p->out, "\n");
  add_paragraph(p, file_text);
  add_paragraph(p, "A formula may have several outcomes (a + b ~ g), several groups (a ~ g + h) or none (~ a).");
  add_options(p);
  add_end(p);
}

void cli_help(const char *command, cli_text *out) {
  page p = {out, cli_line_width(), EVERY};
  for (int i = 0; cli_commands[i].name != NULL && command != NULL; i++) {
    if (strcmp(cli_commands[i].name, command) != 0) continue;
    p.commands = 1 << i;
    add_command(&p, &cli_commands[i]);
    return;
  }
  add_program(&p);
}
