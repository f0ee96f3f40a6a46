/* Messages in the language that was asked for: the one place that knows which it is. */
#include <stdlib.h>
#include <string.h>

#include "base/phrases.h"
#include "cli.h"

enum { MOST_PHRASES = 2000 }; /* tests/cli/words.py compares it with the rows that there are */

/* By their English, once a language is asked for. */
static const cli_phrase *phrase[MOST_PHRASES];
static size_t phrases;

static int by_english(const void *a, const void *b) {
  const cli_phrase *const *x = (const cli_phrase *const *)a, *const *y = (const cli_phrase *const *)b;
  return strcmp((*x)->english, (*y)->english);
}

void cli_speak_dutch(void) {
  const cli_phrase *const catalogues[] = {cli_dutch_core, cli_dutch_data, cli_dutch_results};
  phrases = 0;
  for (size_t k = 0; k < sizeof catalogues / sizeof *catalogues; k++) {
    for (const cli_phrase *x = catalogues[k]; x->english != NULL && phrases < MOST_PHRASES; x++) phrase[phrases++] = x;
  }
  qsort(phrase, phrases, sizeof *phrase, by_english);
}

const char *cli_language(void) { return phrases == 0 ? "en" : "nl"; }

const char *cli_said(const char *english) {
  if (phrases == 0 || english == NULL) return english;
  const cli_phrase wanted = {english, NULL}, *key = &wanted;
  const cli_phrase *const *found = (const cli_phrase *const *)bsearch(&key, phrase, phrases, sizeof *phrase, by_english);
  return found == NULL ? english : (*found)->words;
}

/* The core's door: it makes errors on other threads too, which only read. */
static const char *say(const char *english) { return cli_said(english); }

weeg_error cli_error(void) { return (weeg_error){.say = phrases == 0 ? NULL : say}; }
