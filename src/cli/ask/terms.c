/* The terms of a model: "a + b", "a:b", "a * b", "(a + b + c)^2". */
#include <ctype.h>
#include <string.h>

#include "cli.h"

enum { MOST_TERMS = 1000, MOST_IN_TERM = 16 };

/* Products of variables, which are numbers of `names`; each product is there once. */
typedef struct products {
  int32_t count, size[MOST_TERMS], variable[MOST_TERMS][MOST_IN_TERM];
} products;

typedef struct parser {
  const char *at, *whole;
  cli_list *names;
} parser;

static bool has_variable(const products *p, int32_t k, int32_t variable) {
  for (int32_t i = 0; i < p->size[k]; i++) {
    if (p->variable[k][i] == variable) return true;
  }
  return false;
}

/* Adds a product unless there is one of the same variables, in whatever order. */
static void add_product(const parser *in, products *p, const int32_t *variable, int32_t size) {
  for (int32_t k = 0; k < p->count; k++) {
    bool same = p->size[k] == size;
    for (int32_t i = 0; i < size && same; i++) same = has_variable(p, k, variable[i]);
    if (same) return;
  }
  if (p->count == MOST_TERMS) cli_usage("\"%s\" has more than %d terms", in->whole, (int)MOST_TERMS);
  memcpy(p->variable[p->count], variable, (size_t)size * sizeof *variable);
  p->size[p->count++] = size;
}

static void add_all(const parser *in, products *to, const products *from) {
  for (int32_t k = 0; k < from->count; k++) add_product(in, to, from->variable[k], from->size[k]);
}

/* Each product of a with each of b. */
static void add_crossed(const parser *in, products *to, const products *a, const products *b) {
  for (int32_t i = 0; i < a->count; i++) {
    for (int32_t k = 0; k < b->count; k++) {
      products both = {.count = 1, .size = {a->size[i]}};
      memcpy(both.variable[0], a->variable[i], sizeof both.variable[0]);
      for (int32_t v = 0; v < b->size[k]; v++) {
        if (has_variable(&both, 0, b->variable[k][v])) continue;
        if (both.size[0] == MOST_IN_TERM) cli_usage("a term of \"%s\" has more than %d variables", in->whole, (int)MOST_IN_TERM);
        both.variable[0][both.size[0]++] = b->variable[k][v];
      }
      add_product(in, to, both.variable[0], both.size[0]);
    }
  }
}

static bool take(parser *in, char mark) {
  while (isspace((unsigned char)*in->at)) in->at++;
  if (*in->at != mark) return false;
  in->at++;
  return true;
}

static int32_t number_of(const parser *in, const char *name) {
  for (int32_t i = 0; i < in->names->count; i++) {
    if (strcmp(in->names->item[i], name) == 0) return i;
  }
  cli_push(in->names, name);
  return in->names->count - 1;
}

static products *parse_sum(parser *in);

/* A name, in backticks or not, or a sum in parentheses. */
static products *parse_atom(parser *in) {
  products *p = CLI_NEW(products, 1);
  if (take(in, '(')) {
    p = parse_sum(in);
    if (!take(in, ')')) cli_usage("a ) is missing in \"%s\"", in->whole);
    return p;
  }
  const bool quoted = take(in, '`');
  const char *end = in->at;
  while (*end != '\0' && (quoted ? *end != '`' : strchr("+:*^()~", *end) == NULL)) end++;
  if (quoted && *end == '\0') cli_usage("a backtick is not closed in \"%s\"", in->whole);
  size_t length = (size_t)(end - in->at);
  while (!quoted && length > 0 && isspace((unsigned char)in->at[length - 1])) length--;
  if (length == 0) cli_usage("a variable is missing in \"%s\"; a model is \"outcome ~ a + b\"", in->whole);
  const int32_t variable = number_of(in, cli_copy(in->at, length));
  in->at = end + quoted;
  add_product(in, p, &variable, 1);
  return p;
}

/* (a + b)^2: all products of as many. */
static products *parse_power(parser *in) {
  products *p = parse_atom(in);
  while (take(in, '^')) {
    while (isspace((unsigned char)*in->at)) in->at++;
    const char digit = *in->at;
    if (digit < '1' || digit > '9' || isdigit((unsigned char)in->at[1])) {
      cli_usage("in \"%s\", ^ is followed by a whole number from 1 to 9: (a + b + c)^2", in->whole);
    }
    in->at++;
    products *powers = CLI_NEW(products, 1);
    *powers = *p;
    for (int k = '1'; k < digit; k++) {
      const products before = *powers;
      add_crossed(in, powers, &before, p);
    }
    p = powers;
  }
  return p;
}

static products *parse_interaction(parser *in) {
  products *p = parse_power(in);
  while (take(in, ':')) {
    products *crossed = CLI_NEW(products, 1);
    add_crossed(in, crossed, p, parse_power(in));
    p = crossed;
  }
  return p;
}

static products *parse_product(parser *in) {
  products *p = parse_interaction(in);
  while (take(in, '*')) {
    const products *right = parse_interaction(in), left = *p;
    add_all(in, p, right);
    add_crossed(in, p, &left, right);
  }
  return p;
}

static products *parse_sum(parser *in) {
  products *p = parse_product(in);
  while (take(in, '+')) add_all(in, p, parse_product(in));
  return p;
}

/* Main effects come first, then interactions by the number of their variables, each in the order that they are in. */
static void sort_terms(const parser *in, const products *p, cli_terms *terms) {
  cli_list *names = &terms->variables;
  int32_t *place = CLI_NEW(int32_t, in->names->count), *start = CLI_NEW(int32_t, (int64_t)p->count + 1);
  int32_t *variable = CLI_NEW(int32_t, (int64_t)p->count * MOST_IN_TERM);
  terms->name = CLI_NEW(const char *, p->count);
  for (int32_t size = 1; size <= MOST_IN_TERM; size++) {
    for (int32_t k = 0; k < p->count; k++) {
      cli_list parts = {0};
      if (p->size[k] != size) continue;
      for (int32_t i = 0; i < size; i++) {
        const int32_t v = p->variable[k][i];
        const char *name = in->names->item[v];
        if (size == 1) {
          cli_push(names, name);
          place[v] = names->count;
        } else if (place[v] == 0) {
          cli_usage("%s is in an interaction, but not by itself; a * b stands for a + b + a:b", name);
        }
        variable[start[terms->of.terms] + i] = place[v] - 1;
        cli_push(&parts, name);
      }
      terms->name[terms->of.terms++] = cli_join(&parts, ":");
      start[terms->of.terms] = start[terms->of.terms - 1] + size;
    }
  }
  terms->of.start = start;
  terms->of.variable = variable;
}

cli_terms cli_parse_model_terms(const char *text, const char *whole) {
  cli_terms terms = {{0}, {0}, NULL};
  cli_list names = {0};
  parser in = {text, whole, &names};
  const products *p = parse_sum(&in);
  if (*in.at != '\0') cli_usage("\"%s\" is not understood in \"%s\"", in.at, whole);
  sort_terms(&in, p, &terms);
  return terms;
}

cli_terms cli_parse_model(const char *text, const char **outcome) {
  const cli_formula formula = cli_formula_sides(text);
  if (formula.outcomes.count == 0) cli_usage("a model needs an outcome and covariates: 'outcome ~ a + b'");
  if (formula.outcomes.count > 1) cli_usage("a model has one outcome: 'outcome ~ a + b'");
  if (strcmp(formula.right, "1") == 0) cli_usage("a model needs covariates: 'outcome ~ a + b'");
  *outcome = formula.outcomes.item[0];
  const cli_terms terms = cli_parse_model_terms(formula.right, text);
  for (int32_t i = 0; i < terms.variables.count; i++) {
    if (strcmp(terms.variables.item[i], *outcome) == 0) cli_usage("%s is outcome and covariate at once", *outcome);
  }
  return terms;
}
