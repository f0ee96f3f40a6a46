/* What WASI's lacks: the page has no users, and no links. */
#ifndef WEEG_WEB_UNISTD_H
#define WEEG_WEB_UNISTD_H

#include_next <unistd.h>

static inline uid_t geteuid(void) { return 0; }

/* There are no links: lacking.c. */
char *realpath(const char *path, char *resolved);

#endif
