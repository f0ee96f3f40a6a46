/* Conditions of --domain, such as: leeftijd < 36 & ronde == "ronde 1". */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

typedef enum node_kind { NODE_OR, NODE_AND, NODE_NOT, NODE_COMPARE } node_kind;

static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="}; /* in the order of cli_sign */

/* The values that have a label, and those that have the one that is asked for. */
typedef struct sav_labels {
  bool known;
  cli_labelled any, asked;
} sav_labels;

struct cli_condition {
  node_kind kind;
  const cli_condition *left, *right;
  bool in_brackets;
  cli_sign sign;             /* of a comparison */
  const char *name;
  cli_constant constant;
  int32_t *variable;         /* set by cli_condition_bind */
  int8_t **holds;            /* at each position of the variable */
  sav_labels *labels;        /* of an SPSS variable, once they were asked for */
};

typedef struct parser {
  const char *whole, *at;
} parser;

static _Noreturn void confused(const parser *p, const char *what) {
  if (*p->at == '\0') cli_usage("--domain '%s': %s is missing at the end", p->whole, what);
  cli_usage("--domain '%s': %s is missing before \"%s\"", p->whole, what, p->at);
}

static void skip_blanks(parser *p) {
  while (isspace((unsigned char)*p->at)) p->at++;
}

static bool is_name_part(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.' || (unsigned char)c >= 0x80; }

/* Text in quotes, in which a backslash stands before what is meant as such. */
static const char *quoted_text(parser *p) {
  const char quote = *p->at++;
  cli_text text = {0};
  cli_add(&text, "");
  while (*p->at != '\0' && *p->at != quote) {
    if (*p->at == '\\' && p->at[1] != '\0') p->at++;
    cli_add_bytes(&text, p->at++, 1);
  }
  if (*p->at != quote) cli_usage("--domain '%s': a quote is not closed", p->whole);
  p->at++;
  return text.bytes;
}

static const char *read_name(parser *p) {
  skip_blanks(p);
  if (*p->at == '`') return quoted_text(p);
  const char *start = p->at;
  if (isdigit((unsigned char)*start)) confused(p, cli_said("the name of a variable"));
  while (is_name_part(*p->at)) p->at++;
  if (p->at == start) confused(p, cli_said("the name of a variable"));
  return cli_copy(start, (size_t)(p->at - start));
}

static cli_sign read_sign(parser *p) {
  skip_blanks(p);
  for (int length = 2; length > 0; length--) {
    for (int i = 0; i < 6; i++) {
      if ((int)strlen(signs[i]) != length || strncmp(p->at, signs[i], (size_t)length) != 0) continue;
      p->at += length;
      return (cli_sign)i;
    }
  }
  if (*p->at == '=') cli_usage("--domain '%s': equality is written ==", p->whole);
  confused(p, cli_said("one of == != < <= > >="));
}

/* A date or a time without quotes, 2020-12-31; false: there is none. */
static bool read_date(parser *p, cli_constant *c) {
  const size_t length = strspn(p->at, "0123456789-:.T");
  const char *text = cli_copy(p->at, length);
  if (strpbrk(text, "-:") == NULL || !weeg_kind_read(text, &c->kind, &c->value) || is_name_part(p->at[length])) return false;
  p->at += length;
  c->text = text;
  c->quoted = true;
  return true;
}

static void read_constant(parser *p, cli_constant *c) {
  skip_blanks(p);
  if (*p->at == '"' || *p->at == '\'') {
    c->quoted = true;
    c->text = quoted_text(p);
    if (!weeg_kind_read(c->text, &c->kind, &c->value)) c->kind = WEEG_KIND_NUMBER;
    return;
  }
  if (read_date(p, c)) return;
  char *end = NULL;
  const double value = strtod(p->at, &end);
  if (end == p->at || is_name_part(*end) || !isfinite(value)) {
    if (isalpha((unsigned char)*p->at)) cli_usage("--domain '%s': text goes in quotes: \"%s\"", p->whole, read_name(p));
    confused(p, cli_said("a number or a text in quotes"));
  }
  c->kind = WEEG_KIND_NUMBER;
  c->text = cli_copy(p->at, (size_t)(end - p->at));
  p->at = end;
}

static cli_condition *read_or(parser *p, int depth);

static cli_condition *read_single(parser *p, int depth) {
  if (depth > 200) cli_usage("--domain '%s': too many brackets", p->whole);
  cli_condition *node = CLI_NEW(cli_condition, 1);
  skip_blanks(p);
  if (*p->at == '!' && p->at[1] != '=') {
    p->at++;
    node->kind = NODE_NOT;
    node->left = read_single(p, depth + 1);
    return node;
  }
  if (*p->at == '(') {
    p->at++;
    node = read_or(p, depth + 1);
    skip_blanks(p);
    if (*p->at != ')') confused(p, "a )");
    p->at++;
    node->in_brackets = true;
    return node;
  }
  node->kind = NODE_COMPARE;
  node->variable = CLI_NEW(int32_t, 1);
  node->holds = CLI_NEW(int8_t *, 1);
  node->labels = CLI_NEW(sav_labels, 1);
  node->name = read_name(p);
  node->sign = read_sign(p);
  read_constant(p, &node->constant);
  return node;
}

/* Singles joined by & (and = true), or such groups joined by |. */
static cli_condition *read_joined(parser *p, int depth, bool and) {
  const char mark = and ? '&' : '|';
  cli_condition *left = and ? read_single(p, depth) : read_joined(p, depth, true);
  while (true) {
    skip_blanks(p);
    if (*p->at != mark) return left;
    if (*++p->at == mark) p->at++;
    cli_condition *node = CLI_NEW(cli_condition, 1);
    node->kind = and ? NODE_AND : NODE_OR;
    node->left = left;
    node->right = and ? read_single(p, depth) : read_joined(p, depth, true);
    left = node;
  }
}

static cli_condition *read_or(parser *p, int depth) { return read_joined(p, depth, false); }

const cli_condition *cli_parse_condition(const char *text) {
  parser p = {text, text};
  const cli_condition *condition = read_or(&p, 0);
  skip_blanks(&p);
  if (*p.at != '\0') confused(&p, cli_said("& or |"));
  return condition;
}

/* ---- as text ---- */

static void add_quoted(cli_text *text, const char *value, char quote) {
  cli_add_bytes(text, &quote, 1);
  for (; *value != '\0'; value++) {
    if (*value == quote || *value == '\\') cli_add(text, "\\");
    cli_add_bytes(text, value, 1);
  }
  cli_add_bytes(text, &quote, 1);
}

static void add_condition(cli_text *text, const cli_condition *node) {
  if (node->in_brackets) cli_add(text, "(");
  if (node->kind == NODE_NOT) {
    cli_add(text, "!");
    add_condition(text, node->left);
  } else if (node->kind == NODE_COMPARE) {
    bool plain = !isdigit((unsigned char)node->name[0]);
    for (const char *c = node->name; *c != '\0'; c++) plain = plain && is_name_part(*c);
    if (plain) cli_add(text, node->name);
    else add_quoted(text, node->name, '`');
    cli_addf(text, " %s ", signs[node->sign]);
    if (node->constant.quoted) add_quoted(text, node->constant.text, '"');
    else cli_add(text, node->constant.text);
  } else {
    add_condition(text, node->left);
    cli_add(text, node->kind == NODE_AND ? " & " : " | ");
    add_condition(text, node->right);
  }
  if (node->in_brackets) cli_add(text, ")");
}

const char *cli_condition_text(const cli_condition *condition) {
  cli_text text = {0};
  add_condition(&text, condition);
  return text.bytes;
}

void cli_condition_variables(const cli_condition *node, cli_list *names) {
  if (node == NULL) return;
  if (node->kind == NODE_COMPARE) {
    for (int32_t i = 0; i < names->count; i++) {
      if (strcmp(names->item[i], node->name) == 0) return;
    }
    cli_push(names, node->name);
  }
  cli_condition_variables(node->left, names);
  cli_condition_variables(node->right, names);
}

/* ---- evaluation ---- */

/* Whether the comparison holds at each level; CLI_UNKNOWN where the variable is missing. */
static void bind_comparison(const cli_condition *node, const cli_seen *seen) {
  const int32_t levels = seen->variable->levels.count;
  int8_t *holds = CLI_NEW(int8_t, (int64_t)levels + 1);
  cli_compare_levels(seen, node->sign, &node->constant, holds);
  holds[levels] = CLI_UNKNOWN;
  *node->holds = holds;
}

void cli_condition_bind(const cli_condition *node, const cli_seen *variables, int32_t count) {
  if (node == NULL) return;
  if (node->kind == NODE_COMPARE) {
    cli_list known = {0};
    for (int32_t v = 0; v < count; v++) {
      cli_push(&known, variables[v].variable->name);
      if (strcmp(variables[v].variable->name, node->name) != 0) continue;
      *node->variable = v;
      bind_comparison(node, &variables[v]);
      return;
    }
    const char *near = cli_near(node->name, &known);
    if (near != NULL) cli_fail("there is no variable %s (in --domain); did you mean %s?", node->name, near);
    cli_fail("there is no variable %s (in --domain); there are %s", node->name, cli_listed(&known, ", "));
  }
  cli_condition_bind(node->left, variables, count);
  cli_condition_bind(node->right, variables, count);
}

/* ---- what comparisons can tell apart ---- */

/* What one comparison says of a level with this label: as text, and as a number. */
static void add_answers(const cli_condition *node, const char *label, bool number, cli_text *out) {
  const int order = strcmp(label, node->constant.text);
  cli_add(out, order == 0 ? "=" : number || order < 0 ? "<" : ">"); /* texts may have an order, which is bytewise */
  if (number) cli_add(out, cli_holds(node->sign, strtod(label, NULL), strtod(node->constant.text, NULL)) ? "1" : "0");
}

/* And of a date or a time. */
static void add_kind(const cli_condition *node, weeg_kind kind, double value, cli_text *out) {
  if (!cli_comparable(kind, &node->constant)) return;
  cli_add(out, cli_compare_kind(node->sign, kind, value, &node->constant) ? "1" : "0");
}

void cli_condition_answers(const cli_condition *node, const char *name, const char *text, weeg_numerals how,
                           cli_text *out) {
  if (node == NULL) return;
  weeg_error err = cli_error();
  bool number = false;
  double value = 0;
  weeg_kind kind = WEEG_KIND_NUMBER;
  if (node->kind == NODE_COMPARE && strcmp(node->name, name) == 0) {
    add_answers(node, text, false, out);
    cli_check(weeg_text_number(text, how, &number, &value, &err), &err);
    if (number) {
      char label[40];
      for (int digits = 15; digits <= 17; digits += 2) {
        (void)snprintf(label, sizeof label, "%.*g", digits, value);
        add_answers(node, label, true, out);
      }
      cli_add(out, weeg_same_digits(text, node->constant.text) ? "1" : "0");
    }
    if (weeg_kind_read(text, &kind, &value)) add_kind(node, kind, value, out);
  }
  cli_condition_answers(node->left, name, text, how, out);
  cli_condition_answers(node->right, name, text, how, out);
}

/* A value against the values that have the label that is asked for, and their names. */
static void add_labels(const cli_condition *node, const weeg_sav_variable *v, const weeg_sav_value *value, const char *text,
                       cli_text *out) {
  const char *asked = node->constant.text;
  sav_labels *labels = node->labels;
  if (!labels->known) *labels = (sav_labels){true, cli_find_labelled(v, NULL), cli_find_labelled(v, asked)};
  const bool alike = node->sign == CLI_EQUAL || node->sign == CLI_OTHER;
  if (alike) cli_add(out, cli_labelled_at(&labels->asked, value->number, value->text) != NULL ? "=" : "!");
  for (int32_t k = 0; !alike && k < labels->asked.count; k++) {
    const cli_coded *other = &labels->asked.value[k];
    const int order = v->text ? strcmp(value->text, other->text)
                              : (value->number > other->number) - (value->number < other->number);
    cli_add(out, order == 0 ? "=" : order < 0 ? "<" : ">");
  }
  const cli_coded *own = cli_labelled_at(&labels->any, value->number, value->text);
  if (own != NULL) cli_add(out, strcmp(cli_format("%s [%s]", own->label, text), asked) == 0 ? "1" : "0");
}

void cli_condition_answers_sav(const cli_condition *node, const weeg_sav_variable *v, const weeg_sav_value *value,
                               cli_text *out) {
  if (node == NULL) return;
  if (node->kind == NODE_COMPARE && strcmp(node->name, v->name) == 0) {
    char shown[48];
    for (int digits = 15; digits <= 17; digits += 2) {
      if (!v->text) weeg_kind_show(v->kind, value->number, digits, shown, sizeof shown);
      const char *text = v->text ? value->text : shown;
      add_answers(node, text, false, out);
      add_labels(node, v, value, text, out);
    }
    if (!v->text) cli_add(out, cli_holds(node->sign, value->number, strtod(node->constant.text, NULL)) ? "1" : "0");
    add_kind(node, v->text ? WEEG_KIND_NUMBER : v->kind, value->number, out);
  }
  cli_condition_answers_sav(node->left, v, value, out);
  cli_condition_answers_sav(node->right, v, value, out);
}

/* ---- truth ---- */

int cli_condition_holds(const cli_condition *node, int32_t (*position)(void *ctx, int32_t variable), void *ctx) {
  if (node->kind == NODE_COMPARE) return (*node->holds)[position(ctx, *node->variable)];
  const int left = cli_condition_holds(node->left, position, ctx);
  if (node->kind == NODE_NOT) return left == CLI_UNKNOWN ? CLI_UNKNOWN : left == CLI_FALSE ? CLI_TRUE : CLI_FALSE;
  const int right = cli_condition_holds(node->right, position, ctx), decides = node->kind == NODE_AND ? CLI_FALSE : CLI_TRUE;
  if (left == decides || right == decides) return decides;
  return left == CLI_UNKNOWN || right == CLI_UNKNOWN ? CLI_UNKNOWN : decides == CLI_TRUE ? CLI_FALSE : CLI_TRUE;
}
