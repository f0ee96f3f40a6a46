/* The memory of frames: blocks that are released with them. */
#include <stddef.h>

#include "base/said.h"
#include "frame/frame.h"

typedef union frame_block {
  union frame_block *next;
  max_align_t align;
} frame_block;

made_frame *weeg_i_frame_like(const weeg_frame *frame) {
  made_frame *made = weeg_i_alloc(1, sizeof *made);
  if (made != NULL) made->frame = *frame;
  return made;
}

void *weeg_i_frame_alloc(made_frame *made, int64_t count, size_t size) {
  if (count < 0 || (uint64_t)count > (SIZE_MAX / 2 - sizeof(frame_block)) / size) return NULL;
  frame_block *block = weeg_i_alloc((int64_t)((size_t)count * size + sizeof *block), 1);
  if (block == NULL) return NULL;
  block->next = made->blocks;
  made->blocks = block;
  return block + 1;
}

void weeg_i_frame_drop(made_frame *made) {
  if (made == NULL) return;
  for (frame_block *block = made->blocks, *next = NULL; block != NULL; block = next) {
    next = block->next;
    weeg_free(block);
  }
  weeg_tally_free(made->tally);
  weeg_free(made);
}

void weeg_frame_free(weeg_frame *frame) { weeg_i_frame_drop((made_frame *)frame); }

weeg_status weeg_i_frame_refuse(weeg_error *err, weeg_fault fault) {
  const char *words = fault == WEEG_FAULT_TWO_STRATA     ? "a PSU of both is not in the same stratum of both"
                      : fault == WEEG_FAULT_MORE_SAMPLED ? "a stratum has more sampled units than the population"
                                                         : weeg_fault_text(fault);
  const weeg_status status = weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "these tallies cannot be added: %s", weeg_i_said(err, words));
  if (err != NULL) err->facts.fault = fault;
  return status;
}
