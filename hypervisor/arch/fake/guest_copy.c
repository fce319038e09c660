/* SPDX-License-Identifier: MIT */
/* Guest memory of the fake machine: the process's own addresses. */
#include "lib/guest_copy.h"

#include <asm/layout.h>

#include "arch/fake/fake.h"
#include "lib/errno.h"
#include "lib/string.h"

uint64_t fake_bad_address = ~0ULL;
uint64_t fake_guest_start, fake_guest_end = ~0ULL;

bool guest_range_ok(gptr_t p, uint64_t bytes)
{
	uint64_t end = p.addr + bytes;

	return end >= p.addr && (end <= HOLE_START || p.addr >= HOLE_END);
}

static bool may_access(gptr_t p, size_t bytes)
{
	return guest_range_ok(p, bytes) && p.addr >= PAGE_SIZE && p.addr >= fake_guest_start &&
	       p.addr + bytes <= fake_guest_end &&
	       (fake_bad_address < p.addr || fake_bad_address >= p.addr + bytes);
}

int copy_from_guest(void *dst, gptr_t src, size_t bytes)
{
	if (!bytes) {
		return 0;
	}
	if (!may_access(src, bytes)) {
		return -EFAULT;
	}
	memcpy(dst, (const void *)src.addr, bytes);
	return 0;
}

int copy_to_guest(gptr_t dst, const void *src, size_t bytes)
{
	if (!bytes) {
		return 0;
	}
	if (!may_access(dst, bytes)) {
		return -EFAULT;
	}
	memcpy((void *)dst.addr, src, bytes);
	return 0;
}

int clear_guest(gptr_t dst, size_t bytes)
{
	if (!bytes) {
		return 0;
	}
	if (!may_access(dst, bytes)) {
		return -EFAULT;
	}
	memset((void *)dst.addr, 0, bytes);
	return 0;
}
