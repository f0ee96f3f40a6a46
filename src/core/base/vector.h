/* Asking for vector code. Internal to the core. */
#ifndef WEEG_VECTOR_H
#define WEEG_VECTOR_H

#include <string.h>

/*
 * Before a plain loop: the compiler may turn it into vector code, which it holds back at -O2. Needs
 * -fopenmp-simd, which is no OpenMP at run time, and is ignored without.
 */
#define WEEG_VECTORISED _Pragma("omp simd")

/*
 * Before a static function of such loops (others GCC shows outside a library, whatever their visibility): it is compiled for
 * newer processors too, and the loader picks. Only for integers, or numbers that are never summed across lanes, so the
 * results are the same; it takes a tenth off the pass. Not with AddressSanitizer, which starts after the loader.
 */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WEEG_CLONED __attribute__((target_clones("avx2", "default")))
#define WEEG_CLONED_MORE __attribute__((target_clones("avx512f", "avx2", "default"))) /* where most of the time goes */
#else
#define WEEG_CLONED
#define WEEG_CLONED_MORE
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

/* Before a loop of at most eight turns, as many each time: one behind the other. */
#if defined(__GNUC__) && !defined(__clang__)
#define WEEG_UNROLLED _Pragma("GCC unroll 8")
#else
#define WEEG_UNROLLED
#endif

/*
 * Two numbers side by side, and what they are together: sums in pairs are the same on all processors. One where the compiler
 * has none.
 */
#if defined(__GNUC__)
typedef double weeg_pair __attribute__((vector_size(16)));
#define WEEG_PAIR_SUM(x) ((x)[0] + (x)[1])
#define WEEG_PAIR_PRODUCT(x) ((x)[0] * (x)[1])
#else
typedef double weeg_pair;
#define WEEG_PAIR_SUM(x) (x)
#define WEEG_PAIR_PRODUCT(x) (x)
#endif

enum { WEEG_PAIR = sizeof(weeg_pair) / sizeof(double) };

WEEG_INLINE weeg_pair weeg_i_pair(const double *from) {
  weeg_pair x;
  memcpy(&x, from, sizeof x);
  return x;
}

#endif
