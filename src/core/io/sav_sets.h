/* Multiple-response sets of a .sav file (MRSETS), which ReadStat passes over. Internal to the core. */
#ifndef WEEG_SAV_SETS_H
#define WEEG_SAV_SETS_H

#include <stdbool.h>
#include <stdint.h>

#include "weeg.h"

/* A set as the file has it: kind 'C' (categories), 'D' or 'E' (dichotomies; E: items have the label of the counted value). */
typedef struct sav_named_set {
  char kind;
  char *name, *label, *counted; /* counted: "" of categories */
  weeg_texts variables;         /* long names, where the file has them */
} sav_named_set;

/*
 * Hands on the sets of the file, as texts of UTF-8, until `take` gives false: whether it never did. What cannot be read is no
 * set: that the file is sound, ReadStat says.
 */
bool weeg_i_sav_find_sets(const char *path, bool (*take)(void *ctx, const sav_named_set *set), void *ctx);

#endif
