#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "weeg.h"

void *weeg_i_alloc(int64_t count, size_t size) {
  if (count < 0 || (uint64_t)count > SIZE_MAX / size) return NULL;
  return calloc(count == 0 ? 1 : (size_t)count, size);
}

void *weeg_i_room(int64_t count, size_t size) {
  if (count < 0 || (uint64_t)count > SIZE_MAX / size) return NULL;
  return malloc(count == 0 ? size : (size_t)count * size);
}

void *weeg_i_larger(void *old, int64_t used, int64_t count, size_t size) {
  void *larger = weeg_i_alloc(count, size);
  if (larger == NULL) return NULL;
  if (used > 0) memcpy(larger, old, (size_t)used * size);
  weeg_free(old);
  return larger;
}

void weeg_free(void *memory) { free(memory); }
