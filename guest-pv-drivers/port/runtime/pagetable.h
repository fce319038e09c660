/* SPDX-License-Identifier: MIT */
/*
 * Page tables of a PV guest: frame number arithmetic, walking, and changes by hypercall. Every
 * frame the runtime knows (boot tables included) is mapped at VIRT_BASE + pfn * 4 KiB.
 */
#ifndef RUNTIME_PAGETABLE_H
#define RUNTIME_PAGETABLE_H

#include <stdint.h>

#include <xen/arch.h>
#include <xen/mmu.h>

#include "runtime.h"

/* Kernel data and user pages; PV kernels run in ring 3, so the user bit is always wanted. */
#define PTE_KERNEL (PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define PTE_KERNEL_RO (PTE_PRESENT | PTE_USER | PTE_ACCESSED)
#define PTE_TABLE (PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED)

static inline uint64_t pfn_to_mfn(uint64_t pfn)
{
	return ((const uint64_t *)start_info->mfn_list)[pfn];
}

static inline uint64_t mfn_to_pfn(uint64_t mfn)
{
	return ((const uint64_t *)MACH2PHYS_VIRT_START)[mfn];
}

static inline uint64_t va_to_mfn(const volatile void *va)
{
	return pfn_to_mfn(((uint64_t)va - VIRT_BASE) >> 12);
}

static inline void *mfn_to_va(uint64_t mfn)
{
	return (void *)(VIRT_BASE + (mfn_to_pfn(mfn) << 12));
}

static inline uint64_t va_to_maddr(const volatile void *va)
{
	return va_to_mfn(va) << 12 | ((uint64_t)va & 0xfff);
}

static inline uint64_t pte_frame(uint64_t pte)
{
	return (pte & PTE_FRAME_MASK) >> 12;
}

static inline unsigned int pt_index(uint64_t va, unsigned int level)
{
	return (va >> (12 + 9 * (level - 1))) & 511;
}

/* The kernel's top-level table as booted. */
static inline uint64_t *pt_kernel_l4(void)
{
	return (uint64_t *)start_info->pt_base;
}

/* The entry that maps va at the level (1..4), or NULL when a table above it is missing. */
uint64_t *pt_entry(uint64_t *l4, uint64_t va, unsigned int level);

/* One mmu_update of the entry at this machine address; 0 or negative errno. */
long pt_write_maddr(uint64_t maddr, uint64_t value);

/* The same for an entry named by where it is mapped. */
static inline long pt_write(uint64_t *entry, uint64_t value)
{
	return pt_write_maddr(va_to_maddr(entry), value);
}

/* update_va_mapping with a local INVLPG. */
long pt_remap(const volatile void *va, uint64_t pte);

/* Changes the mapping of a page of ours to read-only, or back. Panics when refused. */
void pt_make_readonly(const void *va);
void pt_make_writable(const void *va);

/* One mmuext_op; arg1 and arg2 as the command wants them. */
long pt_ext(uint32_t command, uint64_t arg1, uint64_t arg2);

/* Pins (level 1..4) and unpins a table by where it is mapped. */
long pt_pin(const void *table, unsigned int level);
long pt_unpin(const void *table);

/*
 * A zeroed page, mapped read-only, fit to become a page table. pt_page_free() undoes it once no
 * reference as a table is left.
 */
uint64_t *pt_page_alloc(void);
void pt_page_free(uint64_t *table);

/* Maps va in the tree of l4 (which may be in use), allocating tables. Panics when refused. */
void pt_map(uint64_t *l4, uint64_t va, uint64_t pte);

/* A new, pinned user top-level table with nothing in it, and its installation. */
uint64_t *pt_user_create(void);
void pt_user_set(const uint64_t *l4);

#endif /* RUNTIME_PAGETABLE_H */
