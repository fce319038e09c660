/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's own address space (slots 256..271 of every L4).  Page
 * tables come from boot_alloc until the heap runs, from frames_alloc then.
 */
#ifndef ARGON_ARCH_PAGETABLE_H
#define ARGON_ARCH_PAGETABLE_H

#include "lib/types.h"

/* Permissions for hvmap_map: x86 page-table bits; PRESENT, A and D are added. */
#define HVMAP_RW (1ULL << 1)
#define HVMAP_USER (1ULL << 2) /* readable by guests; set at every level */
#define HVMAP_NX (1ULL << 63)
#define HVMAP_UC ((1ULL << 3) | (1ULL << 4)) /* device registers */
#define HVMAP_WC (1ULL << 12) /* frame buffers: PAT entry 4, bit as in a large page */
#define HVMAP_4K (1ULL << 9)  /* never by large pages, though alignment allows */

/*
 * Entries 256..271 of the hypervisor's root, to be copied into each guest L4
 * (slot 257, the per-domain area, is 0 here: each domain has its own).  Fixed
 * once address_space_init has filled it: later mappings go into the L3s.
 */
extern uint64_t hole_l4_template[16];
/* Physical address of the hypervisor's own root (idle vCPUs run on it). */
extern maddr_t hv_root;

/*
 * Maps count frames from first at va (page aligned, inside the hole, not
 * mapped yet), by the largest pages that alignment allows.
 * -ENOMEM, -EEXIST, -EINVAL; may leave a part mapped on error.
 */
int __must_check hvmap_map(uint64_t va, mfn_t first, uint64_t count, uint64_t prot);
/* Unmaps pages mapped by 4K entries; the caller flushes TLBs. */
void hvmap_unmap(uint64_t va, uint64_t count);
/* Changes the permissions of pages mapped by 4K entries; the caller flushes. */
void hvmap_protect(uint64_t va, uint64_t count, uint64_t prot);
/* The frame behind va, or INVALID_MFN. */
mfn_t hvmap_lookup(uint64_t va);

/* Maps device registers (uncached); any alignment. NULL if no room. */
void *ioremap(maddr_t addr, uint64_t bytes);
/* Shows memory that firmware filled, read-only and cached; any alignment. NULL if no room. */
const void *firmware_map(maddr_t addr, uint64_t bytes);

/* True for hypervisor-private MMIO (local APIC, IOAPICs, MSI window ...) that no guest may map. */
bool mmio_is_private(mfn_t m);
/* Makes count frames from first so; at boot. */
void mmio_set_private(mfn_t first, uint64_t count);

#endif
