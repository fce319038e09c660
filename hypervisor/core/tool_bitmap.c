/* SPDX-License-Identifier: MIT */
/* Bitmaps as tools hand them over: bytes, bit 0 of byte 0 first. */
#include "core/tool_bitmap.h"

#include "lib/errno.h"
#include "lib/guest_copy.h"

static uint64_t mask_of(unsigned int bits)
{
	return bits < 64 ? (1ULL << bits) - 1 : ~0ULL;
}

int tool_bitmap_read(const struct xenctl_bitmap *b, uint64_t *map, unsigned int bits)
{
	unsigned int have = MIN(b->nr_bits, bits);

	*map = 0;
	if (copy_from_guest(map, gptr(b->bitmap), DIV_ROUND_UP(have, 8U))) {
		return -EFAULT;
	}
	*map &= mask_of(have);
	return 0;
}

int tool_bitmap_write(const struct xenctl_bitmap *b, uint64_t map, unsigned int bits)
{
	uint64_t bytes = DIV_ROUND_UP((uint64_t)b->nr_bits, 8U);
	uint64_t data = MIN(bytes, sizeof(map));

	if (b->nr_bits > TOOL_BITMAP_BITS_MAX) {
		return -EINVAL;
	}
	map &= mask_of(bits);
	if (copy_to_guest(gptr(b->bitmap), &map, data) ||
	    clear_guest(gptr(b->bitmap + data), bytes - data)) {
		return -EFAULT;
	}
	return 0;
}
