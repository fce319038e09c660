/* SPDX-License-Identifier: MIT */
/* The hypervisor's own frames. */
#include "mm/buddy.h"
#include "mm/page.h"

#include <asm/directmap.h>

#include "arch/cpu.h"
#include "lib/bug.h"

void *frames_alloc(unsigned int order)
{
	struct page_info *p = buddy_alloc(order, 64, BUDDY_IGNORE_CLAIMS, true);

	if (!p) {
		return NULL;
	}
	for (uint64_t i = 0; i < 1ULL << order; i++) {
		p[i].word = PGW_RAM | PGW_HYPERVISOR | PGW_REF_ONE;
	}
	return mfn_to_virt(page_to_mfn(p));
}

void frames_free(void *va, unsigned int order)
{
	struct page_info *p;

	if (!va) {
		return;
	}
	p = mfn_to_page(virt_to_mfn(va));
	for (uint64_t i = 0; i < 1ULL << order; i++) {
		BUG_ON(p[i].word != (PGW_RAM | PGW_HYPERVISOR | PGW_REF_ONE));
		p[i].word = PGW_RAM;
		p[i].tlb_stamp = tlb_clock();
	}
	buddy_free_run(p, p + (1UL << order));
}
