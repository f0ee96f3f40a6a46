/* The command line: options may stand before or after arguments, as --name value or --name=value. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli.h"

const char *const cli_commands[] = {"proportion", "crosstab", "test", "compare", "tally", "merge", "describe", "pspp",
                                    "multiple", "logistic", "association", "standardise", "decompose",
                                    "total", "item-tests", "loglinear", "loglinear-tests", NULL};

/* Which commands an option is for: bits in the order of cli_commands. */
enum {
  PROPORTION = 1, CROSSTAB = 2, TEST = 4, COMPARE = 8, TALLY = 16, MERGE = 32, DESCRIBE = 64, PSPP = 128,
  MULTIPLE = 256,
  LOGISTIC = 512,
  ASSOCIATION = 1024,
  STANDARDISE = 2048,
  DECOMPOSE = 4096,
  TOTAL = 8192,
  ITEM_TESTS = 16384,
  LOGLINEAR = 32768,
  LOGLINEAR_TESTS = 65536,
  ITEMS = MULTIPLE | ITEM_TESTS,
  FIGURES = PROPORTION | CROSSTAB | COMPARE | MULTIPLE | LOGISTIC | LOGLINEAR | ASSOCIATION | STANDARDISE | DECOMPOSE |
            TOTAL,
  TABLES = FIGURES | TEST | ITEM_TESTS | LOGLINEAR_TESTS,
  READS = TABLES | TALLY | DESCRIBE,
  EVERY = READS | MERGE | PSPP
};

typedef enum option_kind { IS_FLAG, IS_TEXT, IS_LIST } option_kind;

typedef struct option {
  const char *name;
  char letter;
  option_kind kind;
  int commands;
  size_t offset;  /* of the member of cli_options */
} option;

#define MEMBER(member) offsetof(cli_options, member)

static const option known_options[] = {
    {"interval", 0, IS_TEXT, PROPORTION | CROSSTAB | MULTIPLE, MEMBER(interval)},
    {"level", 0, IS_TEXT, FIGURES, MEMBER(level_text)},
    {"percent", 0, IS_TEXT, CROSSTAB, MEMBER(percent)},
    {"method", 0, IS_TEXT, TEST | CROSSTAB | LOGLINEAR_TESTS, MEMBER(method)},
    {"given", 0, IS_TEXT, TEST, MEMBER(given)},
    {"p", 0, IS_TEXT, TEST, MEMBER(p)},
    {"proportions", 0, IS_TEXT, TEST | CROSSTAB, MEMBER(proportions)},
    {"measures", 0, IS_LIST, COMPARE | ASSOCIATION, MEMBER(measures)},
    {"adjust", 0, IS_TEXT, COMPARE, MEMBER(adjust)},
    {"pairs", 0, IS_LIST, COMPARE | DECOMPOSE, MEMBER(pairs)},
    {"answers", 0, IS_LIST, COMPARE | LOGISTIC | DECOMPOSE, MEMBER(answers)},
    {"against", 0, IS_LIST, COMPARE, MEMBER(against)},
    {"contrasts", 0, IS_LIST, COMPARE, MEMBER(contrasts)},
    {"against-n", 0, IS_TEXT, COMPARE, MEMBER(against_n)},
    {"adjust-for", 0, IS_TEXT, PROPORTION | COMPARE, MEMBER(adjust_for)},
    {"by", 0, IS_TEXT, STANDARDISE | DECOMPOSE, MEMBER(by)},
    {"population", 0, IS_LIST, STANDARDISE, MEMBER(population)},
    {"base", 0, IS_TEXT, MULTIPLE, MEMBER(base)},
    {"yes", 0, IS_TEXT, ITEMS, MEMBER(yes)},
    {"unnamed", 0, IS_TEXT, ITEMS, MEMBER(unnamed)},
    {"coding", 0, IS_TEXT, ITEMS, MEMBER(coding)},
    {"separator", 0, IS_TEXT, ITEMS, MEMBER(separator)},
    {"labels", 0, IS_LIST, ITEMS, MEMBER(labels)},
    {"missing", 0, IS_TEXT, TABLES, MEMBER(missing)},
    {"weights", 'w', IS_TEXT, READS, MEMBER(weights)},
    {"na-weights", 0, IS_TEXT, READS, MEMBER(na_weights)},
    {"strata", 's', IS_TEXT, READS, MEMBER(strata)},
    {"cluster", 'c', IS_TEXT, READS, MEMBER(cluster)},
    {"fpc", 0, IS_TEXT, READS, MEMBER(fpc)},
    {"nest", 0, IS_FLAG, READS, MEMBER(nest)},
    {"lonely", 0, IS_TEXT, READS, MEMBER(lonely)},
    {"lonely-domain", 0, IS_FLAG, READS, MEMBER(lonely_domain)},
    {"repweights", 0, IS_TEXT, TABLES, MEMBER(repweights)},
    {"type", 0, IS_TEXT, TABLES, MEMBER(type)},
    {"scale", 0, IS_TEXT, TABLES, MEMBER(scale)},
    {"rscales", 0, IS_TEXT, TABLES, MEMBER(rscales)},
    {"mse", 0, IS_FLAG, TABLES, MEMBER(mse)},
    {"no-mse", 0, IS_FLAG, TABLES, MEMBER(no_mse)},
    {"rho", 0, IS_TEXT, TABLES, MEMBER(rho)},
    {"df", 0, IS_TEXT, TABLES, MEMBER(df)},
    {"no-combined", 0, IS_FLAG, TABLES, MEMBER(no_combined)},
    {"make-replicates", 0, IS_TEXT, TABLES, MEMBER(make_replicates)},
    {"replicates", 0, IS_TEXT, TABLES, MEMBER(replicates)},
    {"seed", 0, IS_TEXT, TABLES, MEMBER(seed)},
    {"margins", 0, IS_LIST, TABLES | TALLY, MEMBER(margins)},
    {"calibrate", 0, IS_TEXT, TABLES, MEMBER(calibrate)},
    {"bounds", 0, IS_TEXT, TABLES, MEMBER(bounds)},
    {"domain", 0, IS_TEXT, READS, MEMBER(domain)},
    {"conventions", 0, IS_TEXT, READS, MEMBER(conventions)},
    {"delimiter", 0, IS_TEXT, READS, MEMBER(delimiter)},
    {"decimal", 0, IS_TEXT, READS, MEMBER(decimal)},
    {"thousands", 0, IS_TEXT, READS, MEMBER(thousands)},
    {"skip-before", 0, IS_TEXT, READS, MEMBER(skip_before)},
    {"skip-after", 0, IS_TEXT, READS, MEMBER(skip_after)},
    {"text", 0, IS_TEXT, READS, MEMBER(text)},
    {"levels", 0, IS_LIST, READS, MEMBER(levels)},
    {"na", 0, IS_TEXT, READS, MEMBER(na)},
    {"encoding", 0, IS_TEXT, READS, MEMBER(encoding)},
    {"on-error", 0, IS_TEXT, READS, MEMBER(on_error)},
    {"no-header", 0, IS_FLAG, READS, MEMBER(no_header)},
    {"format", 'f', IS_TEXT, TABLES | DESCRIBE, MEMBER(format_text)},
    {"output", 'o', IS_TEXT, EVERY, MEMBER(output)},
    {"threads", 0, IS_TEXT, EVERY, MEMBER(threads_text)},
    {"help", 'h', IS_FLAG, EVERY, MEMBER(help)},
    {"version", 0, IS_FLAG, EVERY, MEMBER(version)},
};

enum { OPTIONS = sizeof known_options / sizeof *known_options };

/* The option called name[0 .. length - 1], or NULL. */
static const option *find_option(const char *name, size_t length) {
  for (int i = 0; i < OPTIONS; i++) {
    if (strlen(known_options[i].name) == length && strncmp(known_options[i].name, name, length) == 0) return &known_options[i];
  }
  return NULL;
}

static const option *find_letter(char letter) {
  for (int i = 0; i < OPTIONS; i++) {
    if (known_options[i].letter == letter) return &known_options[i];
  }
  return NULL;
}

static _Noreturn void unknown_option(const char *name) {
  cli_list names = {0};
  for (int i = 0; i < OPTIONS; i++) cli_push(&names, known_options[i].name);
  const char *near = cli_near(name, &names);
  if (near != NULL) cli_usage("there is no option --%s; did you mean --%s?", name, near);
  cli_usage("there is no option --%s; see weeg --help", name);
}

static void set_option(cli_options *options, const option *o, const char *value) {
  char *member = (char *)options + o->offset;
  if (o->kind == IS_FLAG) {
    *(bool *)(void *)member = true;
  } else if (o->kind == IS_LIST) {
    cli_push((cli_list *)(void *)member, value);
  } else {
    const char **text = (const char **)(void *)member;
    if (*text != NULL) cli_usage("--%s is given twice", o->name);
    *text = value;
  }
}

/* Reads the option at word *i; its value may be the next word. */
static const option *read_option(int count, char **words, int *i, cli_options *options) {
  const char *word = words[*i];
  const bool is_long = word[1] == '-';
  const char *name = word + (is_long ? 2 : 1), *equals = is_long ? strchr(name, '=') : NULL;
  const size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
  const option *o = is_long ? find_option(name, length) : find_letter(name[0]);
  if (o == NULL && is_long) unknown_option(cli_copy(name, length));
  if (o == NULL) cli_usage("there is no option -%c; see weeg --help", name[0]);
  const char *value = equals != NULL ? equals + 1 : !is_long && name[1] != '\0' ? name + 1 : NULL;
  if (o->kind == IS_FLAG) {
    if (value != NULL) cli_usage("--%s takes no value", o->name);
  } else if (value == NULL) {
    if (*i + 1 >= count) cli_usage("--%s needs a value", o->name);
    value = words[++*i];
  }
  set_option(options, o, value);
  return o;
}

int cli_one_of(const char *word, const char *const *known, const char *option_name) {
  cli_list names = {0};
  for (int i = 0; known[i] != NULL; i++) {
    if (strcmp(word, known[i]) == 0) return i;
    cli_push(&names, known[i]);
  }
  const char *near = cli_near(word, &names);
  if (near != NULL) cli_usage("%s cannot be \"%s\"; did you mean \"%s\"?", option_name, word, near);
  cli_usage("%s cannot be \"%s\"; choose one of %s", option_name, word, cli_join(&names, ", "));
}

int cli_choice(const char *word, weeg_vocabulary which, const char *option_name) {
  return cli_one_of(word, weeg_words(which), option_name);
}

int cli_whole_number(const char *text, const char *name, int least, int most) {
  char *end = NULL;
  const long value = strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < least || value > most) {
    cli_usage("%s must be a whole number from %d to %d, not \"%s\"", name, least, most, text);
  }
  return (int)value;
}

double cli_number_between(const char *text, double low, double high, const char *what) {
  char *end = NULL;
  const double x = strtod(text, &end);
  if (end == text || *end != '\0' || !(x >= low && x <= high)) cli_usage("%s, not \"%s\"", what, text);
  return x;
}

static double confidence_level(const char *text) {
  if (text == NULL) return 0.95;
  char *end = NULL;
  const double level = strtod(text, &end);
  if (end == text || *end != '\0' || !(level > 0 && level < 1)) {
    if (end != text && *end == '\0' && level > 1 && level < 100) {
      cli_usage("--level is a proportion: write %g for %s%%", level / 100, text);
    }
    cli_usage("--level must be between 0 and 1, not \"%s\"", text);
  }
  return level;
}

static const char *const format_names[] = {"text", "csv", "json", "markdown", "html", NULL};

/* The place of the ending of --output among those known (a NULL after them), -1 without an ending; any other is no file that
   can be written, as what is in it would be something else than its name says. */
static int known_ending(const char *output, const char *const *known, const char *hint) {
  const char *slash = strrchr(output, '/');
  const char *name = slash == NULL ? output : slash + 1;
  const char *end = name[0] == '\0' ? NULL : strrchr(name + 1, '.');
  cli_list names = {0};
  if (end == NULL) return -1;
  for (int i = 0; known[i] != NULL; i++) {
    if (strcasecmp(end, known[i]) == 0) return i;
    cli_push(&names, known[i]);
  }
  cli_usage("--output %s: the ending %s is not one of %s%s", output, end, cli_join(&names, ", "), hint);
}

/* By --format, else by the ending of --output, else text. */
static cli_format_kind find_format(const cli_options *options, int bit) {
  static const char *const results[] = {".txt", ".csv", ".json", ".md", ".html", NULL};
  static const char *const tallies[] = {".weeg", NULL}, *const macros[] = {".sps", NULL};
  int ending = -1;
  if (options->format_text != NULL) return (cli_format_kind)cli_one_of(options->format_text, format_names, "--format");
  if (options->output == NULL) return CLI_FORMAT_TEXT;
  if ((bit & (TABLES | DESCRIBE)) != 0) {
    ending = known_ending(options->output, results, "; spreadsheets read .csv, or use --format");
  } else {
    (void)known_ending(options->output, (bit & (TALLY | MERGE)) != 0 ? tallies : macros, "");
  }
  return ending < 0 ? CLI_FORMAT_TEXT : (cli_format_kind)ending;
}

static int command_bit(const char *command) { return 1 << cli_one_of(command, cli_commands, "the command"); }

const char *cli_in_pspp(const cli_options *options, const char *pspp, const char *shell) { return options->pspp ? pspp : shell; }

void cli_parse_options(int count, char **words, cli_options *options) {
  const option *used[OPTIONS] = {NULL};
  bool only_arguments = false;
  for (int i = 1; i < count; i++) {
    const char *word = words[i];
    if (!only_arguments && strcmp(word, "--") == 0) {
      only_arguments = true;
    } else if (!only_arguments && word[0] == '-' && word[1] != '\0') {
      const option *o = read_option(count, words, &i, options);
      used[o - known_options] = o;
    } else if (options->command == NULL) {
      options->command = word;
    } else {
      cli_push(&options->arguments, word);
    }
  }
  if (options->help || options->version) return;
  if (options->command == NULL) {
    cli_list commands = {0};
    for (int i = 0; cli_commands[i] != NULL; i++) cli_push(&commands, cli_commands[i]);
    cli_usage("say what to do: weeg %s; see weeg --help", cli_join(&commands, "|"));
  }
  const int bit = command_bit(options->command);
  for (int i = 0; i < OPTIONS; i++) {
    if (used[i] != NULL && (used[i]->commands & bit) == 0) {
      cli_usage("--%s is not an option of weeg %s; see weeg --help, or man weeg", used[i]->name, options->command);
    }
  }
  options->level = confidence_level(options->level_text);
  options->threads = options->threads_text == NULL ? 0 : cli_whole_number(options->threads_text, "--threads", 1, 1024);
  options->format = find_format(options, bit);
}

weeg_hooks cli_hooks(const cli_options *options) {
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  const int most = processors < 1 ? 1 : processors > 64 ? 64 : (int)processors;
  return (weeg_hooks){.threads = options->threads > 0 ? options->threads : most};
}
