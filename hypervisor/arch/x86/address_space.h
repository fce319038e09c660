/* SPDX-License-Identifier: MIT */
/* Building the hypervisor's address space at boot. */
#ifndef ARGON_X86_ADDRESS_SPACE_H
#define ARGON_X86_ADDRESS_SPACE_H

#include "lib/types.h"

struct boot_info;

/*
 * New page tables: all RAM in the direct map (not executable; Argon's code
 * and constants read-only there too), the image with each part's own
 * permissions; then switches to them.
 */
void address_space_init(struct boot_info *bi);
/* Makes what was written during boot only read-only. */
void address_space_seal(void);
/* Gives boot code and data back to the heap. */
void address_space_free_init(void);

/* A CPU's stack block with its guard page; returns its top, where struct
 * cpu_info ends.  Panics without memory. */
uint64_t cpu_stack_create(unsigned int cpu);

/* Where the image lies: machine address of something in it. */
maddr_t image_to_maddr(const void *p);

#endif
