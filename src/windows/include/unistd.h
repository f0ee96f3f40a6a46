/* What MinGW's lacks. */
#ifndef WEEG_WINDOWS_UNISTD_H
#define WEEG_WINDOWS_UNISTD_H

#include_next <unistd.h>

enum { _SC_NPROCESSORS_ONLN = 84 };

/* Of the one name above. */
long sysconf(int name);

#endif
