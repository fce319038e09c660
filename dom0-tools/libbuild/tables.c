/* SPDX-License-Identifier: MIT */
/* Filling a PV guest's first page tables, as layout.h describes them. */
#include "layout.h"

#include "xen/arch.h"

#define ENTRIES 512
#define UPPER_FLAGS (PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define LEAF_FLAGS (PTE_PRESENT | PTE_RW | PTE_ACCESSED)

/* One range of virtual addresses, and the tables that map it, side by side: L3s, L2s, L1s. */
struct mapping {
	const struct layout *layout;
	const uint64_t *p2m;
	uint64_t *l4;
	uint64_t *tables;    /* the first of the L3 tables */
	uint64_t tables_pfn; /* its frame */
	struct table_counts of;
	uint64_t virt;
	struct pfn_range pages;
};

static bool in_range(const struct pfn_range *range, uint64_t pfn)
{
	return pfn - range->first < range->count;
}

/*
 * Enters the `count` tables that stand at index `lower` into the ones at `upper` (NULL: the
 * top level): which slot each belongs to follows from the address its first entry maps.
 */
static void link_level(const struct mapping *map, uint64_t *upper, uint64_t lower, uint64_t count,
		       unsigned int level)
{
	unsigned int shift = XEN_PAGE_SHIFT + 9 * level;
	uint64_t first = (map->virt & 0xffffffffffffUL) >> shift;
	/* entries counted from the start of the first table of the upper level */
	uint64_t base = first / ENTRIES * ENTRIES;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t mfn = map->p2m[map->tables_pfn + lower + i];

		upper[first + i - base] = (mfn << XEN_PAGE_SHIFT) | UPPER_FLAGS;
	}
}

static void fill_mapping(const struct mapping *map)
{
	uint64_t l2 = map->of.l3;
	uint64_t l1 = l2 + map->of.l2;
	uint64_t *leaf = map->tables + l1 * ENTRIES;
	uint64_t slot = (map->virt >> XEN_PAGE_SHIFT) % ENTRIES;

	link_level(map, map->l4, 0, map->of.l3, 3);
	link_level(map, map->tables, l2, map->of.l2, 2);
	link_level(map, map->tables + l2 * ENTRIES, l1, map->of.l1, 1);
	for (uint64_t i = 0; i < map->pages.count; i++) {
		uint64_t pfn = map->pages.first + i;
		uint64_t flags = LEAF_FLAGS;

		if (in_range(&map->layout->tables, pfn) ||
		    in_range(&map->layout->p2m_tables, pfn)) {
			flags &= ~PTE_RW;
		}
		leaf[slot + i] = (map->p2m[pfn] << XEN_PAGE_SHIFT) | flags;
	}
}

void layout_fill_tables(const struct layout *layout, const uint64_t *p2m, uint64_t *tables,
			uint64_t *p2m_tables)
{
	struct mapping first = {
		.layout = layout,
		.p2m = p2m,
		.l4 = tables,
		.tables = tables + ENTRIES,
		.tables_pfn = layout->tables.first + 1,
		.of = layout->tables_of,
		.virt = layout->virt_base,
		.pages = {.first = 0, .count = layout->mapped},
	};
	struct mapping of_p2m = {
		.layout = layout,
		.p2m = p2m,
		.l4 = tables,
		.tables = p2m_tables,
		.tables_pfn = layout->p2m_tables.first,
		.of = layout->p2m_tables_of,
		.virt = layout->p2m_virt,
		.pages = layout->p2m,
	};

	fill_mapping(&first);
	if (layout->p2m_tables.count) {
		fill_mapping(&of_p2m);
	}
}
