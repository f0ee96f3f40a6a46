/* Conditions of --domain, such as: leeftijd < 36 & ronde == "ronde 1". */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

typedef enum node_kind { NODE_OR, NODE_AND, NODE_NOT, NODE_COMPARE } node_kind;
typedef enum comparison { IS_EQUAL, IS_OTHER, IS_LESS, IS_LESS_EQUAL, IS_MORE, IS_MORE_EQUAL } comparison;

static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};

struct cli_condition {
  node_kind kind;
  const cli_condition *left, *right;
  bool in_brackets;
  comparison comparison;
  const char *name, *value;  /* of a comparison */
  bool is_text;              /* the value was quoted */
  int32_t *variable;         /* set by cli_condition_bind */
  int8_t **holds;            /* at each position of the variable */
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
  if (isdigit((unsigned char)*start)) confused(p, "the name of a variable");
  while (is_name_part(*p->at)) p->at++;
  if (p->at == start) confused(p, "the name of a variable");
  return cli_copy(start, (size_t)(p->at - start));
}

static comparison read_sign(parser *p) {
  skip_blanks(p);
  for (int length = 2; length > 0; length--) {
    for (int i = 0; i < 6; i++) {
      if ((int)strlen(signs[i]) != length || strncmp(p->at, signs[i], (size_t)length) != 0) continue;
      p->at += length;
      return (comparison)i;
    }
  }
  if (*p->at == '=') cli_usage("--domain '%s': equality is written ==", p->whole);
  confused(p, "one of == != < <= > >=");
}

static void read_value(parser *p, cli_condition *node) {
  skip_blanks(p);
  if (*p->at == '"' || *p->at == '\'') {
    node->is_text = true;
    node->value = quoted_text(p);
    return;
  }
  char *end = NULL;
  const double value = strtod(p->at, &end);
  if (end == p->at || is_name_part(*end) || !isfinite(value)) {
    if (isalpha((unsigned char)*p->at)) cli_usage("--domain '%s': text goes in quotes: \"%s\"", p->whole, read_name(p));
    confused(p, "a number or a text in quotes");
  }
  node->value = cli_copy(p->at, (size_t)(end - p->at));
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
  node->name = read_name(p);
  node->comparison = read_sign(p);
  read_value(p, node);
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
  if (*p.at != '\0') confused(&p, "& or |");
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
    cli_addf(text, " %s ", signs[node->comparison]);
    if (node->is_text) add_quoted(text, node->value, '"');
    else cli_add(text, node->value);
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

static bool compare_values(comparison sign, double a, double b) {
  switch (sign) {
  case IS_EQUAL: return a == b;
  case IS_OTHER: return a != b;
  case IS_LESS: return a < b;
  case IS_LESS_EQUAL: return a <= b;
  case IS_MORE: return a > b;
  case IS_MORE_EQUAL: return a >= b;
  }
  return false;
}

static int32_t level_number(const weeg_variable *v, const char *value) {
  for (int32_t k = 0; k < v->levels.count; k++) {
    if (strcmp(v->levels.text[k], value) == 0) return k;
  }
  return -1;
}

static _Noreturn void unknown_level(const weeg_variable *v, const char *value) {
  cli_list levels = {0};
  for (int32_t k = 0; k < v->levels.count; k++) cli_push(&levels, v->levels.text[k]);
  const char *near = cli_near(value, &levels);
  if (near != NULL) cli_fail("%s has no level \"%s\"; did you mean \"%s\"?", v->name, value, near);
  cli_fail("%s has no level \"%s\"; its levels are %s", v->name, value, cli_join(&levels, ", "));
}

/* Whether the comparison holds at each level; CLI_UNKNOWN where the variable is missing. */
static void bind_comparison(const cli_condition *node, const weeg_variable *v) {
  const bool in_order = node->comparison != IS_EQUAL && node->comparison != IS_OTHER;
  const double value = strtod(node->value, NULL);
  int8_t *holds = CLI_NEW(int8_t, (int64_t)v->levels.count + 1);
  const bool as_number = v->number && !node->is_text;
  const int32_t level = as_number ? -1 : level_number(v, node->value);
  if (in_order && !as_number && !v->ordered) {
    cli_fail(v->number ? "%s is a number: compare it with a number, without quotes"
                       : "the levels of %s have no order: use == or != in --domain",
             v->name);
  }
  if (!as_number && level < 0 && v->levels.count > 0) unknown_level(v, node->value);
  for (int32_t k = 0; k < v->levels.count; k++) {
    holds[k] = as_number ? compare_values(node->comparison, strtod(v->levels.text[k], NULL), value)
                         : compare_values(node->comparison, k, level);
  }
  holds[v->levels.count] = CLI_UNKNOWN;
  *node->holds = holds;
}

void cli_condition_bind(const cli_condition *node, const weeg_variable *variables, int32_t count) {
  if (node == NULL) return;
  if (node->kind == NODE_COMPARE) {
    cli_list known = {0};
    for (int32_t v = 0; v < count; v++) {
      cli_push(&known, variables[v].name);
      if (strcmp(variables[v].name, node->name) != 0) continue;
      *node->variable = v;
      bind_comparison(node, &variables[v]);
      return;
    }
    const char *near = cli_near(node->name, &known);
    if (near != NULL) cli_fail("there is no variable %s (in --domain); did you mean %s?", node->name, near);
    cli_fail("there is no variable %s (in --domain); there are %s", node->name, cli_join(&known, ", "));
  }
  cli_condition_bind(node->left, variables, count);
  cli_condition_bind(node->right, variables, count);
}

/* What one comparison says of a level with this label: as text, and as a number. */
static void add_answers(const cli_condition *node, const char *label, bool number, cli_text *out) {
  const int order = strcmp(label, node->value);
  cli_add(out, order == 0 ? "=" : number || order < 0 ? "<" : ">"); /* texts may have an order, which is bytewise */
  if (number) cli_add(out, compare_values(node->comparison, strtod(label, NULL), strtod(node->value, NULL)) ? "1" : "0");
}

void cli_condition_answers(const cli_condition *node, const char *name, const char *text, cli_notation how,
                           cli_text *out) {
  if (node == NULL) return;
  double value = 0;
  if (node->kind == NODE_COMPARE && strcmp(node->name, name) == 0) {
    add_answers(node, text, false, out);
    if (cli_text_number(text, how, &value)) {
      char label[40];
      for (int digits = 15; digits <= 17; digits += 2) {
        (void)snprintf(label, sizeof label, "%.*g", digits, value);
        add_answers(node, label, true, out);
      }
      cli_add(out, cli_same_digits(text, node->value) ? "1" : "0");
    }
  }
  cli_condition_answers(node->left, name, text, how, out);
  cli_condition_answers(node->right, name, text, how, out);
}

int cli_condition_holds(const cli_condition *node, int32_t (*position)(void *ctx, int32_t variable), void *ctx) {
  if (node->kind == NODE_COMPARE) return (*node->holds)[position(ctx, *node->variable)];
  const int left = cli_condition_holds(node->left, position, ctx);
  if (node->kind == NODE_NOT) return left == CLI_UNKNOWN ? CLI_UNKNOWN : left == CLI_FALSE ? CLI_TRUE : CLI_FALSE;
  const int right = cli_condition_holds(node->right, position, ctx), decides = node->kind == NODE_AND ? CLI_FALSE : CLI_TRUE;
  if (left == decides || right == decides) return decides;
  return left == CLI_UNKNOWN || right == CLI_UNKNOWN ? CLI_UNKNOWN : decides == CLI_TRUE ? CLI_FALSE : CLI_TRUE;
}
