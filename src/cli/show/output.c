/* Where results go: standard output, or a file that is written whole or not at all. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "show/workbook.h"

enum { MODE = 0644 };

static void write_bytes(const cli_options *options, const cli_text *out) {
  weeg_error err = cli_error();
  if (options->output != NULL && strcmp(options->output, "-") != 0) {
    cli_check(weeg_file_write(options->output, out->bytes, (int64_t)out->used, MODE, &err), &err);
    return;
  }
  if (fwrite(out->bytes, 1, out->used, stdout) != out->used || fflush(stdout) != 0) {
    cli_fail("cannot write to standard output: %s", cli_said(strerror(errno)));
  }
}

void cli_write(const cli_options *options, const cli_result *result) {
  cli_text out = {0};
  cli_add(&out, "");
  switch (options->format) {
  case CLI_FORMAT_TEXT: cli_text_format(result, &out, cli_line_width()); break;
  case CLI_FORMAT_CSV: cli_csv_format(result, &out); break;
  case CLI_FORMAT_JSON: cli_json_format(result, &out); break;
  case CLI_FORMAT_MARKDOWN: cli_markdown_format(result, &out); break;
  case CLI_FORMAT_HTML: cli_html_format(result, &out); break;
  case CLI_FORMAT_XLSX:
    if (options->output == NULL && isatty(STDOUT_FILENO)) {
      cli_usage("a workbook cannot be shown on a terminal: give a file to --output, or a pipe");
    }
    cli_workbook_format(result, &out);
    break;
  }
  write_bytes(options, &out);
}

static void free_bytes(void *bytes) { weeg_free(bytes); }

void cli_write_tally(const cli_options *options, const cli_data *data) {
  weeg_error err = cli_error();
  const weeg_labelled_tally x = {.variables = data->variables, .variable = data->variable, .strata = data->strata,
                                 .psus = data->psus, .notes = cli_notes(data), .design = data->design,
                                 .tally = *data->tally, .stages = (weeg_stage_names *)data->stages};
  if (strcmp(options->output, "-") != 0) {
    cli_check(weeg_tally_write(&x, options->output, &err), &err);
    return;
  }
  uint8_t *bytes = NULL;
  int64_t size = 0;
  if (isatty(STDOUT_FILENO)) cli_usage("a tally cannot be shown on a terminal: give a file to --output, or a pipe");
  cli_check(weeg_tally_encode(&x, &bytes, &size, &err), &err);
  cli_keep(bytes, free_bytes);
  write_bytes(options, &(cli_text){(char *)bytes, (size_t)size, (size_t)size});
}
