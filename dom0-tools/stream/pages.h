/* SPDX-License-Identifier: MIT */
/* Kinds of pages in an image, and what an entry of a page table holds. */
#ifndef DOM0_TOOLS_STREAM_PAGES_H
#define DOM0_TOOLS_STREAM_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/domctl.h"
#include "xen/types.h"

#define PAGES_BATCH 1024U /* pages of a record; as many as getpageframeinfo3 takes */

#define TABLE_ENTRIES 512U
#define ENTRY_PRESENT 1UL
#define ENTRY_LARGE (1UL << 7)
#define ENTRY_FRAME_MASK 0x000ffffffffff000UL
#define ENTRY_FRAME(pte) (((pte)&ENTRY_FRAME_MASK) >> XEN_PAGE_SHIFT)

/* The hypervisor's own slots of a top-level table. */
#define HYPERVISOR_SLOT_FIRST 256U
#define HYPERVISOR_SLOT_LAST 271U

/* Whether a page of that XEN_DOMCTL_PFINFO_* type has contents in the image. */
static inline bool page_has_data(uint32_t type)
{
	return type != XEN_DOMCTL_PFINFO_BROKEN && type != XEN_DOMCTL_PFINFO_XALLOC &&
	       type != XEN_DOMCTL_PFINFO_XTAB;
}

/* 1 to 4 for a page table, else 0. */
static inline unsigned int page_table_level(uint32_t type)
{
	uint32_t level = (type & XEN_DOMCTL_PFINFO_LTABTYPE_MASK) >> XEN_DOMCTL_PFINFO_LTAB_SHIFT;

	return page_has_data(type) && level <= 4 ? level : 0;
}

#endif
