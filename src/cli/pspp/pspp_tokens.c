/* The words of a request, as PSPP writes it: with blanks between them, in any case; texts in quotes are one word. */
#include <ctype.h>
#include <string.h>

#include "pspp/pspp.h"

bool pspp_same(const char *a, const char *b) {
  for (; *a != '\0' && toupper((unsigned char)*a) == toupper((unsigned char)*b); a++) b++;
  return *a == *b;
}

static bool is_mark(char c) { return c != '\0' && strchr("/=(),", c) != NULL; }

static bool is_quote(char c) { return c == '\'' || c == '"'; }

/* A text in quotes: the quote, and what is in it; a doubled quote within stands for one. */
static const char *quoted(const char **text) {
  const char quote = **text;
  cli_text word = {0};
  cli_add_bytes(&word, &quote, 1);
  for ((*text)++; **text != '\0'; (*text)++) {
    if (**text == quote && *++*text != quote) break;
    cli_add_bytes(&word, *text, 1);
  }
  return word.bytes;
}

pspp_words pspp_split(const char *text) {
  pspp_words w = {0};
  while (*text != '\0') {
    size_t length = 1;
    if (isspace((unsigned char)*text)) {
      text++;
      continue;
    }
    if (is_quote(*text)) {
      cli_push(&w.list, quoted(&text));
      continue;
    }
    while (!is_mark(*text) && text[length] != '\0' && !isspace((unsigned char)text[length]) && !is_mark(text[length]) &&
           !is_quote(text[length])) {
      length++;
    }
    cli_push(&w.list, cli_copy(text, length));
    text += length;
  }
  return w;
}

const char *pspp_peek(const pspp_words *w) { return w->at < w->list.count ? w->list.item[w->at] : ""; }

bool pspp_take(pspp_words *w, const char *word) {
  if (!pspp_same(pspp_peek(w), word)) return false;
  w->at++;
  return true;
}

/* Where the next word is, for messages. */
static const char *place_of(const pspp_words *w) {
  return w->subcommand == NULL ? "as a subcommand" : cli_format("in /%s", w->subcommand);
}

static _Noreturn void unknown(const pspp_words *w, const char *const *known) {
  cli_list names = {0};
  for (int i = 0; known[i] != NULL; i++) cli_push(&names, known[i]);
  const char *word = pspp_peek(w), *all = cli_join(&names, ", ");
  if (*word == '\0') cli_fail("%s: it ends too early %s; there may come %s", w->command, place_of(w), all);
  cli_fail("%s: \"%s\" (word %d) is not known %s; known are %s", w->command, word, (int)w->at + 1, place_of(w), all);
}

int pspp_one_of(pspp_words *w, const char *const *known) {
  for (int i = 0; known[i] != NULL; i++) {
    if (pspp_take(w, known[i])) return i;
  }
  unknown(w, known);
}

bool pspp_at_end(const pspp_words *w) { return *pspp_peek(w) == '\0' || *pspp_peek(w) == '/'; }

const char *pspp_name(pspp_words *w) {
  const char *word = pspp_peek(w);
  if (pspp_at_end(w) || is_mark(*word) || is_quote(*word)) {
    cli_fail("%s: /%s needs the name of a variable, not \"%s\" (word %d)", w->command, w->subcommand, word, (int)w->at + 1);
  }
  w->at++;
  return word;
}

const char *pspp_one_name(pspp_words *w, const char *what) {
  const char *first = pspp_name(w);
  /* a keyword with its = may follow */
  const bool keyword = w->at + 1 < w->list.count && strcmp(w->list.item[w->at + 1], "=") == 0;
  if (pspp_at_end(w) || keyword) return first;
  cli_fail("%s: %s (in /%s) is one variable here, and \"%s\" (word %d) is a second; COMPUTE one from them", w->command, what,
           w->subcommand, pspp_peek(w), (int)w->at + 1);
}

const char *pspp_file(pspp_words *w) {
  pspp_need(w, "FILE");
  pspp_need(w, "=");
  const char *word = pspp_peek(w);
  if (!is_quote(*word) || word[1] == '\0') {
    cli_fail("%s: /%s FILE= needs the name of a file in quotes, not \"%s\" (word %d)", w->command, w->subcommand, word,
             (int)w->at + 1);
  }
  w->at++;
  return word + 1;
}

void pspp_need(pspp_words *w, const char *word) {
  if (pspp_take(w, word)) return;
  cli_fail("%s: /%s needs %s where \"%s\" stands (word %d)", w->command, w->subcommand, word, pspp_peek(w), (int)w->at + 1);
}

void pspp_need_end(const pspp_words *w) {
  if (pspp_at_end(w)) return;
  cli_fail("%s: \"%s\" (word %d) is not known in /%s", w->command, pspp_peek(w), (int)w->at + 1, w->subcommand);
}

int pspp_next_subcommand(pspp_words *w, const char *const *known, bool *seen) {
  (void)pspp_take(w, "/");
  w->subcommand = NULL;
  if (*pspp_peek(w) == '\0') return -1;
  const int which = pspp_one_of(w, known);
  w->subcommand = known[which];
  if (seen[which]) cli_fail("%s: /%s is given twice", w->command, known[which]);
  seen[which] = true;
  return which;
}
