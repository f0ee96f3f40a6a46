/*
 * Where fields end among some bytes: a bit for each byte that is a delimiter, an end of a line, or a quote, 64 at a time, and a
 * list of them. Quotes enclose whole fields here; where they do not, the list stops.
 */
#include "io/marks.h"

#include <string.h>

#include "base/bits.h"

#if WEEG_HAS_TARGETS || defined(__SSE2__)
#include <immintrin.h>
#endif
#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

/* ---- bits ---- */

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* A bit for each of eight bytes that is c: its highest bit first, then all of these side by side. */
WEEG_INLINE uint64_t bits_of_8(uint64_t x, char c) {
  const uint64_t other = x ^ (unsigned char)c * (uint64_t)0x0101010101010101u, low = 0x7f7f7f7f7f7f7f7fu;
  const uint64_t found = ~(((other & low) + low) | other | low);
  return (found >> 7) * 0x0102040810204080u >> 56;
}

WEEG_INLINE mark_bits plain_bits(const char *s, char delimiter, char quote) {
  mark_bits b = {0, 0, 0, 0, 0};
  for (int i = 0; i < WEEG_MARK_BLOCK; i += 8) {
    uint64_t x;
    memcpy(&x, s + i, sizeof x);
    b.delimiter |= bits_of_8(x, delimiter) << i;
    b.lf |= bits_of_8(x, '\n') << i;
    b.cr |= bits_of_8(x, '\r') << i;
    b.quote |= bits_of_8(x, quote) << i;
    b.blank |= (bits_of_8(x, ' ') | bits_of_8(x, '\t')) << i;
  }
  return b;
}
#else
WEEG_INLINE mark_bits plain_bits(const char *s, char delimiter, char quote) {
  mark_bits b = {0, 0, 0, 0, 0};
  for (int i = 0; i < WEEG_MARK_BLOCK; i++) {
    const uint64_t bit = (uint64_t)1 << i;
    if (s[i] == delimiter) b.delimiter |= bit;
    if (s[i] == '\n') b.lf |= bit;
    if (s[i] == '\r') b.cr |= bit;
    if (s[i] == quote) b.quote |= bit;
    if (s[i] == ' ' || s[i] == '\t') b.blank |= bit;
  }
  return b;
}
#endif

static void look_plainly(const char *s, int blocks, char delimiter, char quote, mark_bits *to) {
  for (int k = 0; k < blocks; k++) to[k] = plain_bits(s + k * WEEG_MARK_BLOCK, delimiter, quote);
}

/* Sixteen bytes side by side, as x86-64 and WebAssembly have them. */
#if defined(__SSE2__)
#define WEEG_HAS_SIXTEEN 1
typedef __m128i sixteen;
WEEG_INLINE sixteen sixteen_at(const char *s) { return _mm_loadu_si128((const __m128i *)(const void *)s); }
WEEG_INLINE sixteen sixteen_of(char c) { return _mm_set1_epi8(c); }
WEEG_INLINE sixteen equal(sixteen x, sixteen y) { return _mm_cmpeq_epi8(x, y); }
WEEG_INLINE sixteen either(sixteen x, sixteen y) { return _mm_or_si128(x, y); }
WEEG_INLINE sixteen least(sixteen x, sixteen y) { return _mm_min_epu8(x, y); }
WEEG_INLINE uint32_t highest_bits(sixteen x) { return (uint32_t)_mm_movemask_epi8(x); }
#elif defined(__wasm_simd128__)
#define WEEG_HAS_SIXTEEN 1
typedef v128_t sixteen;
WEEG_INLINE sixteen sixteen_at(const char *s) { return wasm_v128_load(s); }
WEEG_INLINE sixteen sixteen_of(char c) { return wasm_i8x16_splat(c); }
WEEG_INLINE sixteen equal(sixteen x, sixteen y) { return wasm_i8x16_eq(x, y); }
WEEG_INLINE sixteen either(sixteen x, sixteen y) { return wasm_v128_or(x, y); }
WEEG_INLINE sixteen least(sixteen x, sixteen y) { return wasm_u8x16_min(x, y); }
WEEG_INLINE uint32_t highest_bits(sixteen x) { return (uint32_t)wasm_i8x16_bitmask(x); }
#else
#define WEEG_HAS_SIXTEEN 0
#endif

#if WEEG_HAS_SIXTEEN
/* Bits of those of 64 bytes that equal others. */
WEEG_INLINE uint64_t bits_of_16(const sixteen *x, const sixteen *y, size_t step) {
  uint64_t bits = 0;
  for (size_t i = 0; i < 4; i++) bits |= (uint64_t)highest_bits(equal(x[i], y[step * i])) << 16 * i;
  return bits;
}

/* CR and quotes are mostly not there, so that one question is enough for both. */
static void look_by_16(const char *s, int blocks, char delimiter, char quote, mark_bits *to) {
  const sixteen d = sixteen_of(delimiter), lf = sixteen_of('\n'), cr = sixteen_of('\r'), q = sixteen_of(quote);
  const sixteen blank = sixteen_of(' ');
  for (int k = 0; k < blocks; k++, s += WEEG_MARK_BLOCK) {
    sixteen x[4], low[4], rare = sixteen_of(0);
    for (int i = 0; i < 4; i++) {
      x[i] = sixteen_at(s + 16 * i);
      low[i] = least(x[i], blank);
      rare = either(rare, either(equal(x[i], cr), equal(x[i], q)));
    }
    to[k] = (mark_bits){bits_of_16(x, &d, 0), bits_of_16(x, &lf, 0), 0, 0, bits_of_16(x, low, 1)};
    if (highest_bits(rare) == 0) continue;
    to[k].cr = bits_of_16(x, &cr, 0);
    to[k].quote = bits_of_16(x, &q, 0);
  }
}
#endif

#if WEEG_HAS_TARGETS
#define WEEG_THIRTY_TWO(x, c) ((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, c)))
#define WEEG_BITS_32(x, y, c, d) (WEEG_THIRTY_TWO(x, c) | WEEG_THIRTY_TWO(y, d) << 32)

__attribute__((target("avx2"))) static void look_by_32(const char *s, int blocks, char delimiter, char quote, mark_bits *to) {
  const __m256i d = _mm256_set1_epi8(delimiter), lf = _mm256_set1_epi8('\n'), cr = _mm256_set1_epi8('\r');
  const __m256i q = _mm256_set1_epi8(quote), blank = _mm256_set1_epi8(' ');
  for (int k = 0; k < blocks; k++, s += WEEG_MARK_BLOCK) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)s);
    const __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(s + 32));
    const __m256i in_x = _mm256_or_si256(_mm256_cmpeq_epi8(x, cr), _mm256_cmpeq_epi8(x, q));
    const __m256i rare = _mm256_or_si256(in_x, _mm256_or_si256(_mm256_cmpeq_epi8(y, cr), _mm256_cmpeq_epi8(y, q)));
    to[k] = (mark_bits){WEEG_BITS_32(x, y, d, d), WEEG_BITS_32(x, y, lf, lf), 0, 0,
                        WEEG_BITS_32(x, y, _mm256_min_epu8(x, blank), _mm256_min_epu8(y, blank))};
    if (_mm256_testz_si256(rare, rare)) continue;
    to[k].cr = WEEG_BITS_32(x, y, cr, cr);
    to[k].quote = WEEG_BITS_32(x, y, q, q);
  }
}
#endif

/* ---- the list ---- */

/* Of each bit, whether an odd number of those up to it are set. */
WEEG_INLINE uint64_t parity_up_to(uint64_t bits) {
  for (int i = 1; i < WEEG_MARK_BLOCK; i *= 2) bits ^= bits << i;
  return bits;
}

/* What is known of the bytes before a block. */
typedef struct before_block {
  uint64_t inside; /* all bits: it begins within quotes */
  uint64_t ended;  /* 1: a field ends right before it */
} before_block;

/* Ends of fields in a block that has quotes, or is within some; *odd gets where these are not as usual. */
WEEG_INLINE uint64_t with_quotes(const mark_bits *b, uint64_t next_ends, before_block *before, uint64_t *odd) {
  const uint64_t inside = parity_up_to(b->quote) ^ before->inside, ends = b->delimiter | b->lf;
  const uint64_t opening = b->quote & inside, closing = b->quote & ~inside, after = (ends | b->cr) >> 1 | next_ends << 63;
  *odd |= (opening & ~(ends << 1 | before->ended)) | (closing & ~after) | ((b->lf | b->cr) & inside);
  before->inside = inside >> 63 != 0 ? ~(uint64_t)0 : 0;
  return ends & ~inside;
}

WEEG_INLINE void list_marks(const mark_bits *bits, int blocks, field_marks *m) {
  before_block before = {0, 1};
  uint16_t *to = m->start;
  uint64_t around = 0, blank = 0; /* bits of what is around fields; 1: a blank stands right before a block */
  int lines = 0;
  *to = 0;
  for (int k = 0; k < blocks; k++) {
    const mark_bits *b = &bits[k], *next = &bits[k + 1];
    const uint64_t raw = b->delimiter | b->lf;
    uint64_t ends = raw, lf = b->lf, odd = 0;
    if ((b->quote | b->cr | before.inside) != 0) {
      around = 1;
      odd = b->cr & ~(b->lf >> 1 | next->lf << 63);
      ends = with_quotes(b, (next->delimiter | next->lf | next->cr) & 1, &before, &odd);
      if (odd != 0) ends &= (odd & (0 - odd)) - 1;
      lf &= ends;
    }
    const uint64_t blanks = b->blank & ~raw;
    around |= (blanks & (raw << 1 | before.ended)) | (raw & (blanks << 1 | blank));
    blank = blanks >> 63;
    lines += weeg_i_ones(lf);
    before.ended = raw >> 63;
    for (const int at = k * WEEG_MARK_BLOCK + 1; ends != 0; ends &= ends - 1) *++to = (uint16_t)(at + weeg_i_first_bit(ends));
    if (odd != 0) break;
  }
  m->count = (int)(to - m->start);
  m->lines = lines;
  m->plain = around == 0;
}

#if WEEG_HAS_TARGETS
__attribute__((target("bmi,bmi2,popcnt"))) static void list_newer(const mark_bits *bits, int blocks, field_marks *m) {
  list_marks(bits, blocks, m);
}
#endif

static void list_plainly(const mark_bits *bits, int blocks, field_marks *m) { list_marks(bits, blocks, m); }

int weeg_i_marks_kinds(marks_kind kinds[WEEG_MARKS_KINDS]) {
  int count = 0;
#if WEEG_HAS_TARGETS
  const bool newer = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
  if (newer && __builtin_cpu_supports("avx2")) kinds[count++] = (marks_kind){look_by_32, list_newer, true};
#endif
#if WEEG_HAS_SIXTEEN
  kinds[count++] = (marks_kind){look_by_16, list_plainly, false};
#endif
  kinds[count++] = (marks_kind){look_plainly, list_plainly, false};
  return count;
}

void weeg_i_marks_find(const char *from, const char *to, char delimiter, char quote, const marks_kind *kind, field_marks *m) {
  mark_bits bits[WEEG_MARK_BYTES / WEEG_MARK_BLOCK + 1];
  const int64_t size = to - from, most = WEEG_MARK_BYTES / WEEG_MARK_BLOCK;
  const int64_t there = size / WEEG_MARK_BLOCK + (size % WEEG_MARK_BLOCK != 0), seen = there > most ? most + 1 : there;
  kind->look(from, (int)seen, delimiter, quote, bits);
  if (seen == there && size % WEEG_MARK_BLOCK != 0) {
    const uint64_t within = ((uint64_t)1 << size % WEEG_MARK_BLOCK) - 1;
    mark_bits *last = &bits[seen - 1];
    const mark_bits all = *last;
    *last = (mark_bits){all.delimiter & within, all.lf & within, all.cr & within, all.quote & within, all.blank & within};
  }
  if (seen <= most) bits[seen] = (mark_bits){0, 0, 0, 0, 0};
  kind->list(bits, (int)(seen > most ? most : seen), m);
}
