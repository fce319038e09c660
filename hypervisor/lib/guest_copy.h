/* SPDX-License-Identifier: MIT */
/*
 * The one way to guest virtual memory.  Addresses are of the current guest's
 * page tables (kernel or user, whichever is loaded); anything that touches
 * the hypervisor's hole or faults is refused.  Copy once, then look at the
 * copy.
 */
#ifndef ARGON_LIB_GUEST_COPY_H
#define ARGON_LIB_GUEST_COPY_H

#include "lib/types.h"

/* Each returns 0, or -EFAULT with an undefined part of the target written. */
int __must_check copy_from_guest(void *dst, gptr_t src, size_t bytes);
int __must_check copy_to_guest(gptr_t dst, const void *src, size_t bytes);
int __must_check clear_guest(gptr_t dst, size_t bytes);

/* True if [p, p+bytes) lies outside the hypervisor's hole and does not wrap. */
bool guest_range_ok(gptr_t p, uint64_t bytes);

/* Element i of a guest array whose elements have the type of *dst / *src. */
#define copy_from_guest_index(dst, base, i) \
	copy_from_guest((dst), gptr_add((base), (uint64_t)(i) * sizeof(*(dst))), sizeof(*(dst)))
#define copy_to_guest_index(base, i, src) \
	copy_to_guest(gptr_add((base), (uint64_t)(i) * sizeof(*(src))), (src), sizeof(*(src)))

#endif
