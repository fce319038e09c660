/* SPDX-License-Identifier: MIT */
/* 128-bit intermediate results without a runtime library. */
#ifndef ARGON_LIB_MULDIV_H
#define ARGON_LIB_MULDIV_H

#include "lib/types.h"

/* a * b / c, rounded down; the result must fit 64 bits (a * b < c << 64). */
static inline uint64_t muldiv64(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t low, high;

	__asm__("mulq %3; divq %4" : "=a"(low), "=&d"(high) : "0"(a), "r"(b), "r"(c) : "cc");
	return low;
}

#endif
