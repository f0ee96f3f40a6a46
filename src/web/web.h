/* The page's door to the program: what it has besides its sub-commands. */
#ifndef WEEG_WEB_H
#define WEEG_WEB_H

#include "results.h"

/* weeg variables FILE: a file, as the page lists it. */
void web_variables(const cli_options *options);

#endif
