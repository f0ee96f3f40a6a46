/* How tallies with names are made. Internal to the core. */
#ifndef WEEG_FRAME_H
#define WEEG_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "weeg.h"

/* A frame, its tally unless that is borrowed, and what else is its own (made.c). */
typedef struct made_frame {
  weeg_frame frame; /* first: callers have its address */
  weeg_tally *tally;
  union frame_block *blocks;
} made_frame;

/* A frame that shares everything with another one, for the caller to change what differs. NULL when memory runs out. */
made_frame *weeg_i_frame_like(const weeg_frame *frame);
void weeg_i_frame_drop(made_frame *made);

/* Zeroed memory that lives as long as the frame; NULL as weeg_i_alloc(). */
void *weeg_i_frame_alloc(made_frame *made, int64_t count, size_t size);

/* As WEEG_NEW, of a frame's own. */
#define FRAME_NEW(made, pointer, count)                                  \
  do {                                                                   \
    (pointer) = weeg_i_frame_alloc((made), (count), sizeof *(pointer));    \
    if ((pointer) == NULL) {                                             \
      status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory"); \
      goto cleanup;                                                      \
    }                                                                    \
  } while (0)

/* A frame like another one, into `made`. */
#define FRAME_LIKE(made, frame)                                          \
  do {                                                                   \
    (made) = weeg_i_frame_like(frame);                                     \
    if ((made) == NULL) {                                                \
      status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory"); \
      goto cleanup;                                                      \
    }                                                                    \
  } while (0)

/* Says which fault it is; callers add further facts. */
weeg_status weeg_i_frame_refuse(weeg_error *err, weeg_fault fault);

/*
 * Appends a variable to cell[tally->cells], the numbers of cells in another layout, where it has `size` levels. level: the new
 * number of each level; NULL: all positions keep theirs.
 */
void weeg_i_frame_append(const weeg_frame *frame, int32_t variable, const int32_t *level, int32_t size, int32_t *cell);

/*
 * Renumbers the cells of the tally that a frame shares with another one, for its own variables, and its measures, as a
 * weeg_summand does.
 */
weeg_status weeg_i_frame_move(made_frame *made, const int32_t *cell, const int32_t *measure, weeg_error *err);

/* What becomes of replicates: their `before` cells, and measures_before measures (measure: NULL, they stay), are renumbered. */
typedef struct frame_fold {
  const weeg_replicates *from;
  int32_t before;
  const int32_t *cell;
  int32_t cells, measures_before;
  const int32_t *measure;
  int32_t measures;
} frame_fold;

/* fold.c */
weeg_status weeg_i_frame_fold(made_frame *made, const frame_fold *fold, weeg_replicates **folded, weeg_error *err);
/* The sum of two that are folded. */
weeg_status weeg_i_frame_add(made_frame *made, const weeg_replicates *a, const weeg_replicates *b, const weeg_tally *tally,
                             weeg_replicates **sum, weeg_error *err);

/* ---- joining two ------------------------------------------------------------------------------------------------ */

/* Two frames, their sum, and what is of use only until there is one. */
typedef struct frame_join {
  const weeg_frame *a, *b;
  made_frame *sum, *scratch;
} frame_join;

/* The new numbers of what is in a and in b. */
typedef struct frame_map {
  int32_t *a, *b;
} frame_map;

/* Names, each within a parent (NULL: all within one). */
typedef struct frame_names {
  int32_t count;
  char *const *text;     /* NULL: all are "" */
  const int32_t *parent;
} frame_names;

/* Numbers the names of a, then those of b that are new, in order of appearance: map->a[a->count], map->b[b->count]. */
weeg_status weeg_i_frame_number(const frame_names *a, const frame_names *b, frame_map *map, int32_t *count, weeg_error *err);

/* Whether two frames are of one kind, and the notes of their sum (notes.c). */
weeg_status weeg_i_frame_check_alike(const frame_join *join, weeg_error *err);
weeg_status weeg_i_frame_join_notes(const frame_join *join, weeg_error *err);
bool weeg_i_frame_weighted_by_fpc(const weeg_frame *frame);

/* The design of the sum with its labels, and the new numbers of the units of both tallies (join_design.c). */
weeg_status weeg_i_frame_join_designs(const frame_join *join, frame_map *units, weeg_error *err);

#endif
