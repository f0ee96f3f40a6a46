/* Cells of a tally in a table. Internal to the core. */
#ifndef WEEG_PLACES_H
#define WEEG_PLACES_H

#include <stdint.h>

#include "base/vector.h"
#include "weeg.h"

WEEG_INLINE int32_t weeg_i_group_of(const weeg_places *p, int32_t cell) { return p->group == NULL ? 0 : p->group[cell]; }
WEEG_INLINE int32_t weeg_i_answer_of(const weeg_places *p, int32_t cell) { return p->answer == NULL ? 0 : p->answer[cell]; }
WEEG_INLINE int32_t weeg_i_layer_of(const weeg_places *p, int32_t cell) { return p->layer == NULL ? 0 : p->layer[cell]; }

/* How many there are: one where all cells have the same. */
WEEG_INLINE int32_t weeg_i_groups(const weeg_places *p) { return p->group == NULL ? 1 : p->groups; }
WEEG_INLINE int32_t weeg_i_answers_of(const weeg_places *p) { return p->answer == NULL ? 1 : p->answers; }
WEEG_INLINE int32_t weeg_i_layers(const weeg_places *p) { return p->layer == NULL ? 1 : p->layers; }

/* Whether rows of the cell are in the table. */
WEEG_INLINE bool weeg_i_in_table(const weeg_places *p, int32_t cell) {
  return weeg_i_group_of(p, cell) >= 0 && weeg_i_answer_of(p, cell) >= 0 && weeg_i_layer_of(p, cell) >= 0;
}

/* Refuses a table of more places than can be numbered, and cells that are placed outside it. */
weeg_status weeg_i_check_places(const weeg_tally *tally, const weeg_places *places, weeg_error *err);

/* The group of each cell that is in the table, else -1: group_of[tally->cells]. */
void weeg_i_groups_in_table(const weeg_tally *tally, const weeg_places *places, int32_t *group_of);

#endif
