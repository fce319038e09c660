/* SPDX-License-Identifier: MIT */
/*
 * A few words of guest memory, inline, under the same rules as
 * lib/guest_copy.h.  The hole begins at the lowest canonical high address:
 * what starts below it cannot run into it without faulting first, so looking
 * at the first byte is enough for anything shorter than a page.
 */
#ifndef ARGON_ASM_GUEST_ACCESS_H
#define ARGON_ASM_GUEST_ACCESS_H

#include <asm/layout.h>

#include "lib/errno.h"
#include "lib/types.h"

#define GUEST_HOLE_TAG (HOLE_START >> 43)
_Static_assert(HOLE_END >> 43 == GUEST_HOLE_TAG + 1, "the hole is one block of 2^43 bytes");

static inline bool guest_start_ok(gptr_t p)
{
	return likely(p.addr >> 43 != GUEST_HOLE_TAG);
}

/* An access whose fault goes to the label. */
#define GUEST_FAULT_AT(n)                   \
	".pushsection .ex_table, \"a\"\n\t" \
	".quad 1b, 2b, %l[" #n "]\n\t"      \
	".popsection"

#define GUEST_LOAD(dst, p, offset, label)                               \
	__asm__ goto("1: mov %c2(%1), %0\n2:\n\t" GUEST_FAULT_AT(label) \
		     : "=r"(dst)                                        \
		     : "r"((p).addr), "i"(offset)                       \
		     : "memory"                                         \
		     : label)
#define GUEST_STORE(p, offset, val, label)                              \
	__asm__ goto("1: mov %0, %c2(%1)\n2:\n\t" GUEST_FAULT_AT(label) \
		     :                                                  \
		     : "r"(val), "r"((p).addr), "i"(offset)             \
		     : "memory"                                         \
		     : label)

static inline __attribute__((always_inline)) int get_guest_u32(uint32_t *dst, gptr_t p)
{
	uint32_t v;

	if (!guest_start_ok(p)) {
		return -EFAULT;
	}
	GUEST_LOAD(v, p, 0, fault);
	*dst = v;
	return 0;
fault:
	return -EFAULT;
}

static inline __attribute__((always_inline)) int put_guest_u16(gptr_t p, uint16_t v)
{
	if (!guest_start_ok(p)) {
		return -EFAULT;
	}
	GUEST_STORE(p, 0, v, fault);
	return 0;
fault:
	return -EFAULT;
}

static inline __attribute__((always_inline)) int put_guest_u64(gptr_t p, uint64_t v)
{
	if (!guest_start_ok(p)) {
		return -EFAULT;
	}
	GUEST_STORE(p, 0, v, fault);
	return 0;
fault:
	return -EFAULT;
}

/* n words, n a small constant: unrolled. */
static inline __attribute__((always_inline)) int get_guest_words(void *dst, gptr_t p,
								 unsigned int n)
{
	uint64_t *to = dst;

	if (!guest_start_ok(p)) {
		return -EFAULT;
	}
#pragma GCC unroll 16
	for (unsigned int i = 0; i < n; i++) {
		uint64_t v;

		GUEST_LOAD(v, p, 8 * i, fault);
		to[i] = v;
	}
	return 0;
fault:
	return -EFAULT;
}

static inline __attribute__((always_inline)) int put_guest_words(gptr_t p, const void *src,
								 unsigned int n)
{
	const uint64_t *from = src;

	if (!guest_start_ok(p)) {
		return -EFAULT;
	}
#pragma GCC unroll 16
	for (unsigned int i = 0; i < n; i++) {
		GUEST_STORE(p, 8 * i, from[i], fault);
	}
	return 0;
fault:
	return -EFAULT;
}

#endif
