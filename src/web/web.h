/* The page's door to the program: what it has besides its sub-commands. */
#ifndef WEEG_WEB_H
#define WEEG_WEB_H

#include "results.h"

/* weeg variables FILE: a file, as the page lists it. */
void web_variables(const cli_options *options);
/* weeg columns FILE...: the names of all columns of files of rows. */
void web_columns(const cli_options *options, int count, char *const *paths);

#endif
