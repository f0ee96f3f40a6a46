/* "a + b ~ g + h": names joined by +, on either side of ~. */
#include <ctype.h>
#include <string.h>

#include "numbers.h"

/* The text between two marks, without blanks around it and, of one name, without its backticks. */
static const char *trimmed(const char *text, size_t length) {
  while (length > 0 && isspace((unsigned char)text[0])) text++, length--;
  while (length > 0 && isspace((unsigned char)text[length - 1])) length--;
  const bool quoted = length >= 2 && text[0] == '`' && text[length - 1] == '`';
  if (quoted && memchr(text + 1, '`', length - 2) == NULL) text++, length -= 2;
  return cli_copy(text, length);
}

/* The first of `marks` outside backticks, or the end. */
static const char *find_mark(const char *text, const char *marks) {
  bool quoted = false;
  for (; *text != '\0'; text++) {
    if (*text == '`') quoted = !quoted;
    else if (!quoted && strchr(marks, *text) != NULL) break;
  }
  return text;
}

static cli_list terms_of(const char *side, const char *whole) {
  cli_list terms = {0};
  while (true) {
    const char *end = find_mark(side, "+");
    const char *name = trimmed(side, (size_t)(end - side));
    if (name[0] == '\0') cli_usage("a variable is missing in \"%s\"; a formula is \"outcome ~ group\"", whole);
    for (int32_t i = 0; i < terms.count; i++) {
      if (strcmp(terms.item[i], name) == 0) cli_usage("%s occurs twice in \"%s\"", name, whole);
    }
    cli_push(&terms, name);
    if (*end == '\0') return terms;
    side = end + 1;
  }
}

bool cli_has_outcomes(const char *text) {
  const char *mark = find_mark(text, "~");
  return *mark == '~' && trimmed(text, (size_t)(mark - text))[0] != '\0';
}

const char *cli_expression_hint(const char *name) {
  if (strpbrk(name, "()*/^") == NULL) return "";
  return cli_said("; a formula has names with + between them, and expressions are not read: make a column of it in the file (a "
                  "name with such characters goes in backticks)");
}

cli_list cli_parse_terms(const char *text) {
  const char *mark = find_mark(text, "~");
  if (*mark == '\0') return terms_of(text, text);
  if (trimmed(text, (size_t)(mark - text))[0] != '\0') cli_usage("\"%s\" is to be variables joined by +, without ~", text);
  return terms_of(mark + 1, text);
}

void cli_check_ratios(const char *text) {
  if (*find_mark(text, "~") == '\0') cli_usage("\"%s\" is not a formula; write \"a / b ~ group\", or \"~ a / b\"", text);
}

cli_list cli_parse_ratio(const char *ratio, const char *whole) {
  cli_list sides = {0};
  const char *mark = find_mark(ratio, "/");
  if (*mark == '/' && *find_mark(mark + 1, "/") == '\0') {
    cli_push(&sides, trimmed(ratio, (size_t)(mark - ratio)));
    cli_push(&sides, trimmed(mark + 1, strlen(mark + 1)));
  }
  if (sides.count == 2 && sides.item[0][0] != '\0' && sides.item[1][0] != '\0') return sides;
  if (*find_mark(whole, "()") != '\0') {
    cli_usage("\"%s\" has an expression, and these are not read: a ratio has a variable on each side of its /, as in "
              "\"a / b ~ group\", and + between several; make a column of the expression in the file", whole);
  }
  cli_usage("%s is not a ratio in \"%s\"; ratios are \"a / b ~ group\", or \"~ a / b\"", ratio, whole);
}

cli_formula cli_formula_sides(const char *text) {
  cli_formula formula = {.right = NULL};
  const char *mark = find_mark(text, "~");
  if (*mark == '\0') cli_usage("\"%s\" is not a formula; write \"outcome ~ group\", or \"~ outcome\" without groups", text);
  if (*find_mark(mark + 1, "~") != '\0') cli_usage("\"%s\" has two ~; a formula is \"outcome ~ group\"", text);
  if (trimmed(text, (size_t)(mark - text))[0] != '\0') formula.outcomes = terms_of(cli_copy(text, (size_t)(mark - text)), text);
  formula.right = cli_copy(mark + 1, strlen(mark + 1));
  while (isspace((unsigned char)formula.right[0])) formula.right++;
  return formula;
}

const char *cli_without_groups(const char *text) {
  if (!cli_has_outcomes(text)) return NULL;
  return cli_format("~ %s", cli_copy(text, (size_t)(find_mark(text, "~") - text)));
}

cli_list cli_formula_variables(const cli_formula *formula) {
  const cli_list *const sides[] = {&formula->groups, formula->composed ? &formula->given : &formula->outcomes,
                                   formula->composed ? &formula->outcomes : &formula->given};
  cli_list names = {0};
  for (int k = 0; k < 3; k++) {
    for (int32_t i = 0; i < sides[k]->count; i++) cli_push(&names, sides[k]->item[i]);
  }
  return names;
}

cli_formula cli_parse_formula(const char *text) {
  cli_formula formula = cli_formula_sides(text);
  if (formula.outcomes.count == 0) {
    formula.outcomes = terms_of(formula.right, text);
    return formula;
  }
  if (strcmp(trimmed(formula.right, strlen(formula.right)), "1") == 0) return formula;
  formula.groups = terms_of(formula.right, text);
  for (int32_t i = 0; i < formula.outcomes.count; i++) {
    for (int32_t k = 0; k < formula.groups.count; k++) {
      if (strcmp(formula.outcomes.item[i], formula.groups.item[k]) == 0) {
        cli_usage("%s is outcome and group at once in \"%s\"", formula.groups.item[k], text);
      }
    }
  }
  return formula;
}
