/* The catalogues of messages: one row a text or format in English, and what it is in another language. */
#ifndef WEEG_CLI_PHRASES_H
#define WEEG_CLI_PHRASES_H

#include <stddef.h>

typedef struct cli_phrase {
  const char *english, *words;
} cli_phrase;

/* Dutch: of the core, of the program's data and options, and of its commands and results. Ended by one without texts. */
extern const cli_phrase cli_dutch_core[], cli_dutch_data[], cli_dutch_results[];

#endif
