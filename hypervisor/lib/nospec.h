/* SPDX-License-Identifier: MIT */
/*
 * Indexes that a guest gave and a comparison has bounded: while a processor
 * still guesses the outcome of that comparison, it shall find entry 0.
 */
#ifndef ARGON_LIB_NOSPEC_H
#define ARGON_LIB_NOSPEC_H

#include "lib/types.h"

/* i if i < n, else 0, without a branch. */
static inline uint64_t index_nospec(uint64_t i, uint64_t n)
{
	uint64_t mask;

	__asm__("cmp %2, %1\n\tsbb %0, %0" : "=r"(mask) : "r"(i), "rme"(n) : "cc");
	return i & mask;
}

#endif
