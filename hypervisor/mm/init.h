/* SPDX-License-Identifier: MIT */
/* Start of the memory room: from the boot memory map to a running heap. */
#ifndef ARGON_MM_INIT_H
#define ARGON_MM_INIT_H

struct boot_info;

/*
 * Builds the frame table and the machine-to-physical table for all RAM and
 * moves bi->free into the heap.  The direct map must exist.  Panics when
 * there is not enough memory for the tables.
 */
void mm_init(struct boot_info *bi);

#endif
