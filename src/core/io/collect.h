/* Keeping all rows that a reader of files hands on. Internal to the core. */
#ifndef WEEG_COLLECT_H
#define WEEG_COLLECT_H

#include "weeg.h"

/* Room for the columns of so many fields. */
weeg_status weeg_i_data_new(int32_t count, weeg_csv_data **data, weeg_error *err);
/* A sink; ctx: that data. */
weeg_status weeg_i_data_keep(void *ctx, const weeg_chunk *chunk, weeg_error *err);

#endif
