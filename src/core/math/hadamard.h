/* Hadamard matrices. Internal to the core. */
#ifndef WEEG_HADAMARD_H
#define WEEG_HADAMARD_H

#include <stdint.h>

/*
 * The smallest order of at least `size` of a Hadamard matrix, 4 or more, that the constructions of Sylvester and Paley (1933)
 * give; and that matrix, row-major, its first column 1: Wolter (2007), appendix A.
 */
int32_t weeg_i_hadamard_order(int32_t size);
void weeg_i_hadamard(int32_t order, int8_t *matrix);

#endif
