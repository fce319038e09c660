/* SPDX-License-Identifier: MIT */
/*
 * The machine's memory map as dom0 is told.  Local APIC and IOAPICs, which
 * firmware seldom lists, become reserved entries: dom0 must not take their
 * addresses for free address space.
 */
#include "mm/machine_map.h"

#include "arch/pagetable.h"
#include "lib/bug.h"
#include "mm/boot_info.h"
#include "mm/page.h"

/* Where chipsets have the interrupt controllers. */
#define PRIVATE_FIRST 0xfe000UL
#define PRIVATE_END 0x100000UL
#define ENTRIES_MAX (PAGE_SIZE / sizeof(struct e820_entry))

struct e820_entry *machine_map;
unsigned int machine_map_count;

static void entry_add(maddr_t start, maddr_t end, uint32_t type)
{
	if (start < end && machine_map_count < ENTRIES_MAX) {
		machine_map[machine_map_count++] =
			(struct e820_entry){.addr = start, .size = end - start, .type = type};
	}
}

/* Reserves Argon's device pages in [start, end), which the map leaves out. */
static void gap_fill(maddr_t start, maddr_t end)
{
	uint64_t m = MAX(start >> PAGE_SHIFT, PRIVATE_FIRST);
	uint64_t last = MIN(end >> PAGE_SHIFT, PRIVATE_END);

	while (m < last) {
		uint64_t first = m;

		while (m < last && mmio_is_private(mfn(m))) {
			m++;
		}
		entry_add(first << PAGE_SHIFT, m << PAGE_SHIFT, E820_RESERVED);
		m += m == first;
	}
}

void machine_map_init(const struct boot_info *bi)
{
	maddr_t at = 0;

	machine_map = frames_alloc(0);
	if (!machine_map) {
		panic("machine_map_init: out of memory");
	}
	for (unsigned int i = 0; i < bi->map_count; i++) {
		gap_fill(at, bi->map[i].start);
		entry_add(bi->map[i].start, bi->map[i].end, bi->map[i].type);
		at = bi->map[i].end;
	}
	gap_fill(at, PRIVATE_END << PAGE_SHIFT);
}
