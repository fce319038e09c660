/* SPDX-License-Identifier: MIT */
/* Walking page tables like the processor, for the tests. */
#ifndef TESTS_UNIT_LIBBUILD_WALK_H
#define TESTS_UNIT_LIBBUILD_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/arch.h"

/* Finds the L1 entry of `virt`; table(mfn) gives a frame's 512 entries or NULL. False: not mapped,
 * or something on the way is not as upper levels must be. */
static inline bool walk(uint64_t root_mfn, uint64_t virt, uint64_t *(*table)(uint64_t mfn),
			uint64_t *entry)
{
	uint64_t mfn = root_mfn;

	for (int level = 4; level >= 1; level--) {
		uint64_t *entries = table(mfn);
		unsigned int shift = 12 + 9 * ((unsigned int)level - 1);

		if (!entries) {
			return false;
		}
		*entry = entries[virt >> shift & 511];
		if (!(*entry & PTE_PRESENT)) {
			return false;
		}
		if (level > 1 &&
		    (*entry & (PTE_RW | PTE_USER | PTE_PSE | PTE_GLOBAL)) != (PTE_RW | PTE_USER)) {
			return false;
		}
		mfn = (*entry & PTE_FRAME_MASK) >> 12;
	}
	return true;
}

#endif
