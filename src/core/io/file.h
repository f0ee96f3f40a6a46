/* Whole files. Internal to the core; weeg_file_write is in weeg.h. */
#ifndef WEEG_FILE_H
#define WEEG_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "weeg.h"

/* All bytes of a file of at most 2^31, to be released by weeg_free. */
weeg_status weeg_i_file_read(const char *path, uint8_t **bytes, int64_t *size, weeg_error *err);

/* Writes all bytes to an open file or pipe; false, with errno, where that fails: EINTR when a signal waits to end the program. */
bool weeg_i_write_all(int file, const uint8_t *bytes, int64_t size);

#endif
