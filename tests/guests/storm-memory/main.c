/* SPDX-License-Identifier: MIT */
/* Claim: frames taken and given back without end neither run out nor keep anybody from work. */
#include <stdio.h>

#include <xen/memory.h>

#include "claim.h"
#include "events.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "storm.h"
#include "traps.h"

const char test_title[] = "storm-memory: frames taken, exchanged and given back without end";

#define COUNT 32U

static xen_pfn_t list[COUNT], fresh[COUNT];

static long adjust(unsigned int cmd, unsigned int count)
{
	struct xen_memory_reservation r = {
		.extent_start = ptr_arg(list),
		.nr_extents = count,
		.domid = DOMID_SELF,
	};

	return hypercall2(__HYPERVISOR_memory_op, cmd, ptr_arg(&r));
}

static void storm_round(unsigned long n)
{
	struct xen_memory_exchange x = {
		.in = {.extent_start = ptr_arg(list), .nr_extents = COUNT, .domid = DOMID_SELF},
		.out = {.extent_start = ptr_arg(fresh), .nr_extents = COUNT, .domid = DOMID_SELF},
	};

	(void)n;
	CHECK_EQ(adjust(XENMEM_increase_reservation, COUNT), COUNT);
	for (unsigned int i = 0; i < COUNT; i++) {
		fresh[i] = 0x40000 + i;
	}
	CHECK_EQ(hypercall2(__HYPERVISOR_memory_op, XENMEM_exchange, ptr_arg(&x)), 0);
	for (unsigned int i = 0; i < COUNT; i++) {
		list[i] = fresh[i];
	}
	CHECK_EQ(adjust(XENMEM_decrease_reservation, COUNT), COUNT);
}

void test_main(void)
{
	traps_init();
	events_init();
	/* room for the storm: pages of ours given up */
	for (unsigned int i = 0; i < COUNT; i++) {
		void *page = page_alloc();

		list[i] = va_to_mfn(page);
		CHECK_EQ(pt_remap(page, 0), 0);
	}
	CHECK_EQ(adjust(XENMEM_decrease_reservation, COUNT), COUNT);
	storm_run(storm_round, 10);
}
