#include "memory.h"

#include <stdlib.h>

#include "weeg.h"

void *weeg_alloc(int64_t count, size_t size) {
  if (count < 0 || (uint64_t)count > SIZE_MAX / (size == 0 ? 1 : size)) return NULL;
  return calloc(count == 0 ? 1 : (size_t)count, size == 0 ? 1 : size);
}

void weeg_free(void *memory) { free(memory); }
