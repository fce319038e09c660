/* SPDX-License-Identifier: MIT */
/* The least memory that a Linux guest gets along with: one figure for all who take from guests. */
#ifndef DOM0_TOOLS_LIBCTL_NEED_H
#define DOM0_TOOLS_LIBCTL_NEED_H

#include <stdint.h>

/*
 * In KiB, of a guest made for at most `most` KiB. It pays page descriptors and tables for all of
 * it, so its need grows with that: the steps are those that Xen's Linux kernels once refused to
 * balloon below. Further down, Linux dies rather than swaps.
 */
static inline uint64_t memory_need_kib(uint64_t most)
{
	const uint64_t mib = 1024;
	uint64_t least;

	if (most < 128 * mib) {
		least = 8 * mib + most / 2;
	} else if (most < 512 * mib) {
		least = 40 * mib + most / 4;
	} else if (most < 2048 * mib) {
		least = 104 * mib + most / 8;
	} else {
		least = 296 * mib + most / 32;
	}
	return least < most ? least : most;
}

#endif
