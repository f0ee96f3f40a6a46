#include "math/hadamard.h"

#include <stdbool.h>

static bool is_prime(int32_t q) {
  if (q < 2) return false;
  for (int32_t d = 2; (int64_t)d * d <= q; d++) {
    if (q % d == 0) return false;
  }
  return true;
}

typedef enum construction { NONE, SYLVESTER, PALEY_ONE, PALEY_TWO } construction;

/* How a matrix of an order above 2 is made; by Sylvester's way of one of half the order. */
static construction how_to_make(int32_t order) {
  if (order % 4 != 0) return NONE;
  if (is_prime(order - 1)) return PALEY_ONE;
  if (is_prime(order / 2 - 1) && (order / 2 - 1) % 4 == 1) return PALEY_TWO;
  return order / 2 <= 2 || how_to_make(order / 2) != NONE ? SYLVESTER : NONE;
}

int32_t weeg_i_hadamard_order(int32_t size) {
  int32_t order = size <= 4 ? 4 : 4 * ((size - 1) / 4 + 1);
  while (how_to_make(order) == NONE) order += 4;
  return order;
}

/* Whether d is a square modulo the prime q: Euler's criterion. */
static int jacobi(int32_t d, int32_t q) {
  int64_t base = ((int64_t)d % q + q) % q, power = 1;
  if (base == 0) return 0;
  for (int32_t e = (q - 1) / 2; e > 0; e /= 2) {
    if (e % 2 == 1) power = power * base % q;
    base = base * base % q;
  }
  return power == 1 ? 1 : -1;
}

/* An element of the conference matrix of a prime q = order - 1, whose first column has this sign. */
static int conference(int32_t i, int32_t j, int32_t q, int sign) {
  if (i == 0) return j == 0 ? 0 : 1;
  return j == 0 ? sign : jacobi(i - j, q);
}

static int paley_two(int32_t i, int32_t j, int32_t q) {
  const bool second = i % 2 == 1, other = j % 2 == 1;
  const int of_one = second && other ? -1 : 1, of_diagonal = second || other ? -1 : 1;
  return conference(i / 2, j / 2, q, 1) * of_one + (i / 2 == j / 2 ? of_diagonal : 0);
}

static int element(int32_t order, int32_t i, int32_t j) {
  int sign = 1;
  for (;;) {
    if (order <= 2) return i == 1 && j == 1 ? -sign : sign;
    const construction how = how_to_make(order);
    if (how == PALEY_ONE) return sign * (conference(i, j, order - 1, -1) + (i == j));
    if (how == PALEY_TWO) return sign * paley_two(i, j, order / 2 - 1);
    order /= 2;
    if (i >= order && j >= order) sign = -sign;
    i %= order;
    j %= order;
  }
}

void weeg_i_hadamard(int32_t order, int8_t *matrix) {
  for (int32_t i = 0; i < order; i++) {
    const int first = element(order, i, 0);
    for (int32_t j = 0; j < order; j++) matrix[(int64_t)i * order + j] = (int8_t)(first * element(order, i, j));
  }
}
