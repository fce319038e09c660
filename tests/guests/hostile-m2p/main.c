/* SPDX-License-Identifier: MIT */
/*
 * Claim: the machine-to-physical table is the hypervisor's: readable, never writable, changed for
 * own frames only; and the hypervisor's address range holds nothing else for the guest.
 */
#include <errno.h>
#include <stdio.h>

#include <xen/memory.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "hostile-m2p: writing the M2P, reaching into the hypervisor's range";

static void check_writes(void)
{
	uint64_t own = va_to_mfn(page_alloc());
	uint64_t *slot = (uint64_t *)MACH2PHYS_VIRT_START + own;

	CHECK_EQ(*slot, mfn_to_pfn(own));
	CHECK_EQ(TRY("movq $0, (%0)", : : "r"(slot) : "memory"), VECTOR_PF);
	CHECK_EQ(TRY("lock orq $1, (%0)", : : "r"(slot) : "memory"), VECTOR_PF);
	/* as the place of an answer */
	CHECK(hypercall2(__HYPERVISOR_xen_version, 5, ptr_arg(slot)) < 0);
	CHECK(pt_remap(slot, own << 12 | PTE_KERNEL) < 0);
}

static long update(uint64_t mfn, uint64_t pfn)
{
	struct mmu_update req = {.ptr = mfn << 12 | MMU_MACHPHYS_UPDATE, .val = pfn};

	return hypercall4(__HYPERVISOR_mmu_update, ptr_arg(&req), 1, 0, DOMID_SELF);
}

static void check_updates(void)
{
	long max = hypercall2(__HYPERVISOR_memory_op, XENMEM_maximum_ram_page, 0);
	uint64_t own = va_to_mfn(page_alloc()), pfn = mfn_to_pfn(own), taken = 0;

	CHECK(max > 0);
	/* foreign and free frames: all of them from 1 MiB up that are not in our p2m */
	for (uint64_t mfn = 256; mfn <= (uint64_t)max; mfn += 397) {
		uint64_t now = 0;

		if (TRY("mov (%1), %0",
			: "+r"(now)
			: "r"(MACH2PHYS_VIRT_START + mfn * 8)) != -1 ||
		    (now < start_info->nr_pages && pfn_to_mfn(now) == mfn)) {
			continue;
		}
		if (update(mfn, 5) == 0) {
			taken++;
			update(mfn, now);
		}
	}
	/* at most our own grant and shared pages, which have no pfn */
	CHECK(taken <= 4);
	CHECK(update((uint64_t)max + 1, 5) < 0);
	CHECK(update(0x7fffffffffffUL, 5) < 0);
	/* any value for an own frame, and back */
	CHECK_EQ(update(own, ~0UL), 0);
	CHECK_EQ(update(own, 0x1234567890abcdefUL), 0);
	CHECK_EQ(update(own, pfn), 0);
}

/* The rest of the range can't be read, whatever it holds. */
static void check_range(void)
{
	uint64_t readable = 0;

	for (uint64_t va = HYPERVISOR_VIRT_START + (1UL << 39); va < HYPERVISOR_VIRT_END;
	     va += 1UL << 30) {
		readable += TRY("mov (%0), %%al", : : "r"(va) : "al") == -1;
		readable += TRY("mov (%0), %%al", : : "r"(va + 0x200000) : "al") == -1;
	}
	for (uint64_t va = 0xffff82d040000000UL; va < 0xffff82d080000000UL; va += 0x10000) {
		readable += TRY("mov (%0), %%al", : : "r"(va) : "al") == -1;
	}
	for (uint64_t va = 0xffff830000000000UL; va < 0xffff830040000000UL; va += 0x40000) {
		readable += TRY("mov (%0), %%al", : : "r"(va) : "al") == -1;
	}
	for (uint64_t va = 0xffff820000000000UL; va < 0xffff820001000000UL; va += 0x1000) {
		readable += TRY("mov (%0), %%al", : : "r"(va) : "al") == -1;
	}
	CHECK_EQ(readable, 0);
}

void test_main(void)
{
	traps_init();
	check_writes();
	check_updates();
	check_range();
}
