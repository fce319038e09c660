/* SPDX-License-Identifier: MIT */
/* Bits in arrays of 64-bit words: plain and atomic. */
#ifndef ARGON_LIB_BITOPS_H
#define ARGON_LIB_BITOPS_H

#include "lib/types.h"

#define BITS_TO_WORDS(n) (((n) + 63) / 64)

static inline bool bit_test(const uint64_t *map, unsigned int n)
{
	return (__atomic_load_n(&map[n / 64], __ATOMIC_RELAXED) >> (n % 64)) & 1;
}

/* Atomic; full barrier; return the previous value of the bit. */
static inline bool bit_test_and_set(uint64_t *map, unsigned int n)
{
	uint64_t m = 1ULL << (n % 64);

	return __atomic_fetch_or(&map[n / 64], m, __ATOMIC_SEQ_CST) & m;
}

static inline bool bit_test_and_clear(uint64_t *map, unsigned int n)
{
	uint64_t m = 1ULL << (n % 64);

	return __atomic_fetch_and(&map[n / 64], ~m, __ATOMIC_SEQ_CST) & m;
}

/* Index of the lowest set bit; x must not be 0. */
static inline unsigned int bit_first(uint64_t x)
{
	return (unsigned int)__builtin_ctzll(x);
}

/* Index of the highest set bit; x must not be 0. */
static inline unsigned int bit_last(uint64_t x)
{
	return 63 - (unsigned int)__builtin_clzll(x);
}

#endif
