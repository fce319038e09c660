/* SPDX-License-Identifier: MIT */
/*
 * Claim: the longest lists a guest can hand in, over and over, with flushes of every TLB and page
 * tables that come and go, keep nobody from work.
 */
#include <stdio.h>

#include "claim.h"
#include "events.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "storm.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "storm-lists: long lists of updates, flushes and calls";

#define COUNT 2048U

static struct mmu_update updates[COUNT];
static struct mmuext_op flushes[COUNT];
static struct multicall_entry calls[COUNT];
static uint64_t *table, *user_root;

static void storm_round(unsigned long n)
{
	(void)n;
	hypercall4(__HYPERVISOR_mmu_update, ptr_arg(updates), COUNT, 0, DOMID_SELF);
	hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(flushes), COUNT, 0, DOMID_SELF);
	hypercall2(__HYPERVISOR_multicall, ptr_arg(calls), COUNT);
	/* beyond the list's end lies what is no list */
	hypercall4(__HYPERVISOR_mmu_update, ptr_arg(updates), 0x7fffffff, 0, DOMID_SELF);
	pt_pin(table, 1);
	pt_unpin(table);
	pt_unpin(user_root);
	pt_pin(user_root, 4);
}

void test_main(void)
{
	uint64_t *window, frame;

	traps_init();
	events_init();
	window = window_alloc(1);
	frame = va_to_mfn(page_alloc()) << 12;
	for (unsigned int i = 0; i < COUNT; i++) {
		updates[i].ptr = va_to_maddr(window_entry(window));
		updates[i].val = i % 2 ? 0 : frame | (i % 4 ? PTE_KERNEL : PTE_KERNEL_RO);
		flushes[i].cmd = i % 2 ? MMUEXT_TLB_FLUSH_ALL : MMUEXT_INVLPG_ALL;
		flushes[i].arg1.linear_addr = ptr_arg(window);
		calls[i].op = i % 2 ? __HYPERVISOR_sched_op : __HYPERVISOR_xen_version;
	}
	table = page_alloc();
	for (unsigned int i = 0; i < 512; i++) {
		table[i] = frame | PTE_KERNEL_RO;
	}
	pt_make_readonly(table);
	user_root = pt_user_create();
	storm_run(storm_round, 3);
}
