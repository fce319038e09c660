/* SPDX-License-Identifier: MIT */
/* Guest virtual memory through the loaded page tables (lib/guest_copy.h). */
#include "lib/guest_copy.h"

#include <asm/layout.h>

#include "lib/errno.h"

size_t guest_copy_raw(void *dst, const void *src, size_t n);
size_t guest_clear_raw(void *dst, size_t n);

bool guest_range_ok(gptr_t p, uint64_t bytes)
{
	uint64_t end = p.addr + bytes;

	if (end < p.addr) {
		return false;
	}
	return end <= HOLE_START || p.addr >= HOLE_END;
}

int copy_from_guest(void *dst, gptr_t src, size_t bytes)
{
	if (!guest_range_ok(src, bytes) || guest_copy_raw(dst, (const void *)src.addr, bytes)) {
		return -EFAULT;
	}
	return 0;
}

int copy_to_guest(gptr_t dst, const void *src, size_t bytes)
{
	if (!guest_range_ok(dst, bytes) || guest_copy_raw((void *)dst.addr, src, bytes)) {
		return -EFAULT;
	}
	return 0;
}

int clear_guest(gptr_t dst, size_t bytes)
{
	if (!guest_range_ok(dst, bytes) || guest_clear_raw((void *)dst.addr, bytes)) {
		return -EFAULT;
	}
	return 0;
}
