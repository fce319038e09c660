/* SPDX-License-Identifier: MIT */
/* Bitmaps of CPUs and nodes as tools hand them over (struct xenctl_bitmap). */
#ifndef ARGON_CORE_TOOL_BITMAP_H
#define ARGON_CORE_TOOL_BITMAP_H

#include "lib/types.h"
#include "xen/types.h"

/*
 * Reads the first bits (1..64) of the tool's bitmap; what it does not have
 * is 0, what it has beyond is ignored.  -EFAULT.
 */
int tool_bitmap_read(const struct xenctl_bitmap *b, uint64_t *map, unsigned int bits);
/*
 * Fills the tool's bitmap, as long as it is, with the first bits of map.
 * -EFAULT, -EINVAL (longer than TOOL_BITMAP_BITS_MAX).
 */
#define TOOL_BITMAP_BITS_MAX 65536U
int tool_bitmap_write(const struct xenctl_bitmap *b, uint64_t map, unsigned int bits);

#endif
