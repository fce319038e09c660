/* SPDX-License-Identifier: MIT */
/* Making one sound memory map out of what firmware says. */
#ifndef ARGON_BOOT_MEMORY_MAP_H
#define ARGON_BOOT_MEMORY_MAP_H

#include "mm/boot_info.h"

/* Adds bytes [start, start+size) as type (unknown types count as reserved). */
void memory_map_add(struct boot_info *bi, uint64_t start, uint64_t size, uint32_t type);
/* Sorts, cuts overlaps (the more restricted type wins) and aligns to pages. */
void memory_map_normalise(struct boot_info *bi);
/*
 * Makes bi->free: RAM without the first MiB, the image and the modules.
 * boot_alloc stays below limit until boot_alloc_limit raises it.
 */
void memory_map_find_free(struct boot_info *bi, maddr_t limit);
void boot_alloc_limit(maddr_t limit);
void memory_map_print(const struct boot_info *bi);

#endif
