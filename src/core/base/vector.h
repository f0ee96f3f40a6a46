/* Asking for vector code. Internal to the core. */
#ifndef WEEG_VECTOR_H
#define WEEG_VECTOR_H

#include <stdint.h>
#include <string.h>

/*
 * Before a plain loop: the compiler may turn it into vector code, which it holds back at -O2. Needs
 * -fopenmp-simd, which is no OpenMP at run time, and is ignored without.
 */
#define WEEG_VECTORISED _Pragma("omp simd")

/*
 * Before a static function of such loops (others GCC shows outside a library, whatever their visibility): it is compiled for
 * newer processors too, and the loader picks. Only for integers, or numbers that are never summed across lanes or in lanes
 * that are told (weeg_quad), so the results are the same; it takes a tenth off the pass. Not with AddressSanitizer, which
 * starts after the loader.
 */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WEEG_CLONED __attribute__((target_clones("avx2", "default")))
#define WEEG_CLONED_MORE __attribute__((target_clones("avx512f", "avx2", "default"))) /* where most of the time goes */
#else
#define WEEG_CLONED
#define WEEG_CLONED_MORE
#endif

/*
 * Whether a function can be compiled for some newer processor, for a caller that asks __builtin_cpu_supports() which one there
 * is: where what it does differs (WEEG_CLONED is one text for all). And fma(), as one instruction where that is known here.
 */
#if defined(__x86_64__) && defined(__GNUC__)
#define WEEG_HAS_TARGETS 1
#else
#define WEEG_HAS_TARGETS 0
#endif
#if defined(__GNUC__)
#define WEEG_FMA(a, b, c) __builtin_fma(a, b, c)
#else
#define WEEG_FMA(a, b, c) fma(a, b, c)
#endif
#if defined(__FMA__) || defined(__aarch64__)
#define WEEG_ALWAYS_FMA 1
#else
#define WEEG_ALWAYS_FMA 0
#endif

/* Adds two integers of 64 bits, side by side and aligned, to two others: each for itself. */
#if defined(__GNUC__)
typedef uint64_t weeg_two __attribute__((vector_size(16), may_alias));
#define WEEG_ADD_TWO(to, from) (*(weeg_two *)(void *)(to) += *(const weeg_two *)(const void *)(from))
#else
#define WEEG_ADD_TWO(to, from)                         \
  do {                                                 \
    ((uint64_t *)(to))[0] += ((const uint64_t *)(from))[0]; \
    ((uint64_t *)(to))[1] += ((const uint64_t *)(from))[1]; \
  } while (0)
#endif

/*
 * Asks for the cache line at an address that will be read soon. A function that does nothing else must be WEEG_INLINE:
 * to GCC it has no effect, and its calls are left out.
 */
#if defined(__GNUC__)
#define WEEG_PREFETCH(address) __builtin_prefetch(address)
#define WEEG_INLINE static inline __attribute__((always_inline))
#else
#define WEEG_PREFETCH(address) ((void)(address))
#define WEEG_INLINE static inline
#endif

/* Asks for `count` elements from an address. */
#define WEEG_FETCH(from, count)                                                                              \
  do {                                                                                                       \
    const char *const fetched_ = (const char *)(from);                                                       \
    for (size_t byte_ = 0; byte_ < (size_t)(count) * sizeof *(from); byte_ += 64) WEEG_PREFETCH(fetched_ + byte_); \
  } while (0)

/* Before a loop of at most eight turns, as many each time: one behind the other. */
#if defined(__GNUC__) && !defined(__clang__)
#define WEEG_UNROLLED _Pragma("GCC unroll 8")
#else
#define WEEG_UNROLLED
#endif

/*
 * Two or four numbers side by side, and what they are together: sums in pairs and quads are the same on all processors. One
 * where the compiler has none. Quads are for cloned functions, and never an argument or a result, which older processors pass
 * in other ways.
 */
#if defined(__GNUC__)
typedef double weeg_quad __attribute__((vector_size(32)));
typedef double weeg_quad_anywhere __attribute__((vector_size(32), aligned(8), may_alias));
#define WEEG_QUAD_SET(x, first, second) ((x) = (weeg_quad){(first), (second), 0, 0})
#define WEEG_QUAD_AT(x, k) ((x)[k])
#define WEEG_QUAD_OF(from) (*(const weeg_quad_anywhere *)(const void *)(from))
#define WEEG_QUAD_SUM(x) (((x)[0] + (x)[1]) + ((x)[2] + (x)[3]))
#define WEEG_QUAD_PRODUCT(x) (((x)[0] * (x)[1]) * ((x)[2] * (x)[3]))
typedef double weeg_pair __attribute__((vector_size(16)));
#define WEEG_PAIR_SUM(x) ((x)[0] + (x)[1])
#define WEEG_PAIR_PRODUCT(x) ((x)[0] * (x)[1])
#else
typedef double weeg_quad;
#define WEEG_QUAD_SET(x, first, second) ((x) = (first))
#define WEEG_QUAD_AT(x, k) (x)
#define WEEG_QUAD_OF(from) (*(from))
#define WEEG_QUAD_SUM(x) (x)
#define WEEG_QUAD_PRODUCT(x) (x)
typedef double weeg_pair;
#define WEEG_PAIR_SUM(x) (x)
#define WEEG_PAIR_PRODUCT(x) (x)
#endif

enum { WEEG_PAIR = sizeof(weeg_pair) / sizeof(double), WEEG_QUAD = sizeof(weeg_quad) / sizeof(double) };

WEEG_INLINE weeg_pair weeg_i_pair(const double *from) {
  weeg_pair x;
  memcpy(&x, from, sizeof x);
  return x;
}

/* The first numbers of a quad: a constant, WEEG_QUAD, 2 or 1, and 0 for the others; and back. */
WEEG_INLINE void weeg_i_load(weeg_quad *to, const double *from, int count) {
  if (count == WEEG_QUAD) memcpy(to, from, sizeof *to);
  else WEEG_QUAD_SET(*to, from[0], count > 1 ? from[1] : 0);
}

WEEG_INLINE void weeg_i_store(double *to, const weeg_quad *from, int count) {
  if (count == WEEG_QUAD) memcpy(to, from, sizeof *from);
  if (count < WEEG_QUAD) to[0] = WEEG_QUAD_AT(*from, 0);
  if (count < WEEG_QUAD && count > 1) to[1] = WEEG_QUAD_AT(*from, 1);
}

#endif
