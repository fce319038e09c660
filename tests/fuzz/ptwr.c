/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the instruction that hit a page table: first the place in the
 * entry, then RAX and RCX, then code.  Whatever is stored is a legal entry.
 */
#include "mm/world.h"

#include <stdlib.h>
#include <string.h>

#include "pv/pv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TABLE_VA (3UL << PAGE_SHIFT)
#define SLOT 40

static struct domain *d;
static struct tables t;

static void start(void)
{
	world_start_small(NULL);
	d = world_domain(1, false, 100);
	world_tables_live(d, &t);
	world_run(d);
	if (update_entry(t.l1, 3, t.l1 << PAGE_SHIFT | FLAGS_RO)) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpu_user_regs r = {.rflags = 0x202};
	uint8_t code[16] = {0};
	pte_t e;

	if (!d) {
		start();
	}
	if (size < 1 + 2 * sizeof(uint64_t)) {
		return 0;
	}
	memcpy(&r.rax, data + 1, sizeof(r.rax));
	memcpy(&r.rcx, data + 9, sizeof(r.rcx));
	memcpy(code, data + 17, MIN(size - 17, sizeof(code)));
	r.rip = (uint64_t)code;
	if (ptwr_handle_fault(TABLE_VA + SLOT * 8 + (data[0] & 7), &r)) {
		e = world_table(t.l1)[SLOT];
		if (r.rip - (uint64_t)code > 15 ||
		    (e & PTE_PRESENT && (!mfn_is_ram(pte_mfn(e)) || !(e & PTE_USER)))) {
			abort();
		}
	}
	if (update_entry(t.l1, SLOT, 0) || type_of(t.l1) != PT_L1 || types_of(t.l1) != 1) {
		abort();
	}
	return 0;
}
