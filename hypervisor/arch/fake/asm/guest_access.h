/* SPDX-License-Identifier: MIT */
/* A few words of guest memory: hosted builds have one way for all sizes. */
#ifndef ARGON_ASM_GUEST_ACCESS_H
#define ARGON_ASM_GUEST_ACCESS_H

#include "lib/guest_copy.h"

static inline int get_guest_u32(uint32_t *dst, gptr_t p)
{
	return copy_from_guest(dst, p, sizeof(*dst));
}

static inline int put_guest_u16(gptr_t p, uint16_t v)
{
	return copy_to_guest(p, &v, sizeof(v));
}

static inline int put_guest_u64(gptr_t p, uint64_t v)
{
	return copy_to_guest(p, &v, sizeof(v));
}

static inline int get_guest_words(void *dst, gptr_t p, unsigned int n)
{
	return copy_from_guest(dst, p, n * sizeof(uint64_t));
}

static inline int put_guest_words(gptr_t p, const void *src, unsigned int n)
{
	return copy_to_guest(p, src, n * sizeof(uint64_t));
}

#endif
