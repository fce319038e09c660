/* SPDX-License-Identifier: MIT */
/*
 * Claim: a long call is interrupted when an event comes: the guest sees it before the call is
 * done, and the call goes on after that where it was.
 */
#include <stdio.h>

#include <xen/grant.h>

#include "claim.h"
#include "clock.h"
#include "events.h"
#include "gnttab/gnttab.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "hostile-long: events come in the middle of long calls";

#define COUNT 8192U

static struct mmu_update updates[COUNT];
static struct mmuext_op flushes[COUNT];
static struct multicall_entry calls[COUNT];
static struct gnttab_copy copies[COUNT];

static unsigned long awaited; /* number of the call that is being made */
static volatile unsigned int inside;

/* At a syscall instruction with that number: the call is continued from there. */
static bool look(struct trap_frame *frame)
{
	const uint8_t *insn = (const uint8_t *)frame->rip;

	if (frame->rax == awaited && insn[0] == 0x0f && insn[1] == 0x05) {
		inside++;
	}
	return false;
}

static void nothing(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
}

/* Makes the call until a timer has gone off in the middle of it three times. */
static void check(const char *what, unsigned long nr, const unsigned long a[4])
{
	unsigned int tries = 0;

	awaited = nr;
	inside = 0;
	while (inside < 3) {
		/* at different places of the call */
		clock_set_timer(clock_now() + 20000 + tries % 64 * 5000);
		CHECK_EQ(hypercall4(nr, a[0], a[1], a[2], a[3]), 0);
		tries++;
	}
	awaited = ~0UL;
	printf("%s: interrupted %u times in %u calls\n", what, inside, tries);
}

void test_main(void)
{
	uint64_t *window, frame;
	char *page;
	uint32_t done = 0;
	int ref;

	traps_init();
	events_init();
	trap_handle(TRAP_EVENT, look);
	events_handle(events_bind_virq(VIRQ_TIMER), nothing, NULL);
	window = window_alloc(1);
	page = page_alloc();
	frame = va_to_mfn(page_alloc()) << 12;
	CHECK_EQ(gnttab_init(1), 0);
	ref = gnttab_grant(events_own_domid(), page, false);
	for (unsigned int i = 0; i < COUNT; i++) {
		updates[i].ptr = va_to_maddr(window_entry(window));
		updates[i].val = i % 2 ? 0 : frame | PTE_KERNEL;
		flushes[i].cmd = MMUEXT_TLB_FLUSH_LOCAL;
		calls[i].op = __HYPERVISOR_xen_version;
		copies[i] = (struct gnttab_copy){
			.source = {.u.ref = (grant_ref_t)ref, .domid = DOMID_SELF},
			.dest = {.u.ref = (grant_ref_t)ref, .domid = DOMID_SELF, .offset = 2048},
			.len = 2048,
			.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref,
		};
	}
	check("mmu_update", __HYPERVISOR_mmu_update,
	      (unsigned long[4]){ptr_arg(updates), COUNT, ptr_arg(&done), DOMID_SELF});
	CHECK_EQ(done, COUNT);
	check("mmuext_op", __HYPERVISOR_mmuext_op,
	      (unsigned long[4]){ptr_arg(flushes), COUNT, ptr_arg(&done), DOMID_SELF});
	CHECK_EQ(done, COUNT);
	check("multicall", __HYPERVISOR_multicall, (unsigned long[4]){ptr_arg(calls), COUNT, 0, 0});
	check("grant copy", __HYPERVISOR_grant_table_op,
	      (unsigned long[4]){GNTTABOP_copy, ptr_arg(copies), COUNT, 0});
}
