/* SPDX-License-Identifier: MIT */
/*
 * Where everything goes in a new PV guest's memory before its first instruction: pure arithmetic.
 *
 * From pfn 0 on, mapped at virt_base in this order: kernel, [ramdisk], [p2m], start_info,
 * xenstore page, console page, page tables, boot stack, slack up to a multiple of 4 MiB. Kernels
 * that can take them there get the ramdisk behind that, unmapped, and then the p2m with page
 * tables of its own, mapped at init_p2m.
 */
#ifndef DOM0_TOOLS_LIBBUILD_LAYOUT_H
#define DOM0_TOOLS_LIBBUILD_LAYOUT_H

#include "elf.h"

/* Frames in a row. */
struct pfn_range {
	uint64_t first;
	uint64_t count;
};

/* The tables that map one range of virtual addresses: how many of each level. */
struct table_counts {
	uint64_t l3;
	uint64_t l2;
	uint64_t l1;
};

struct layout {
	uint64_t page_count; /* the guest's memory */
	uint64_t virt_base;  /* where pfn 0 is mapped */
	uint64_t mapped;     /* pages mapped there from pfn 0 on */
	struct pfn_range kernel;
	struct pfn_range ramdisk; /* count 0: none */
	bool ramdisk_mapped;      /* if not, the kernel is told its pfn */
	struct pfn_range p2m;     /* the array itself */
	uint64_t p2m_virt;
	uint64_t start_info;           /* pfn */
	uint64_t store;                /* pfn */
	uint64_t console;              /* pfn */
	struct pfn_range tables;       /* top-level table first */
	struct table_counts tables_of; /* without the top level */
	struct pfn_range p2m_tables;   /* count 0: the p2m is in the first mapping */
	struct table_counts p2m_tables_of;
	uint64_t stack;  /* pfn */
	uint64_t needed; /* pages the guest must have for all this */
};

/*
 * Computes *layout for a guest of `page_count` frames. -EINVAL with *err: "guest-too-large",
 * "too-little-memory-for-kernel" (layout->needed pages would be enough), or "bad-kernel-image" if
 * the kernel asks for addresses that cannot be had.
 */
int layout_compute(const struct kernel_info *kernel, const char *name, uint64_t page_count,
		   uint64_t ramdisk_bytes, struct layout *layout, struct ctl_error *err);

/* Virtual address of a pfn of the first mapping. */
uint64_t layout_virt(const struct layout *layout, uint64_t pfn);

/*
 * Fills the page tables of a layout: `tables` has room for layout->tables.count tables of 512
 * entries, `p2m_tables` for layout->p2m_tables.count; both zeroed by the caller. p2m[pfn] is the
 * machine frame of each of the guest's pages. Tables themselves are mapped read-only.
 */
void layout_fill_tables(const struct layout *layout, const uint64_t *p2m, uint64_t *tables,
			uint64_t *p2m_tables);

#endif
