/* SPDX-License-Identifier: MIT */
/* The address window of the runtime. */
#include "pagetable.h"
#include "window.h"

#define WINDOW_START (VIRT_BASE + 0x30000000)
#define WINDOW_PAGES 4096U

static unsigned int used;

void *window_alloc(unsigned int count)
{
	uint64_t va = WINDOW_START + (uint64_t)used * 4096;

	if (count > WINDOW_PAGES - used) {
		runtime_panic("address window: %u pages wanted, %u of %u left", count,
			      WINDOW_PAGES - used, WINDOW_PAGES);
	}
	for (unsigned int i = 0; i < count; i++) {
		pt_map(pt_kernel_l4(), va + (uint64_t)i * 4096, 0);
	}
	used += count;
	return (void *)va;
}

uint64_t *window_entry(const void *va)
{
	return pt_entry(pt_kernel_l4(), (uint64_t)va, 1);
}
