/* SPDX-License-Identifier: MIT */
/* Claim: grants mapped, unmapped and copied without end keep nobody from work. */
#include <stdio.h>

#include "claim.h"
#include "events.h"
#include "gnttab/gnttab.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "storm.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "storm-grants: grants mapped, unmapped and copied without end";

#define COUNT 64U

static struct gnttab_map_grant_ref maps[COUNT];
static struct gnttab_unmap_grant_ref unmaps[COUNT];
static struct gnttab_copy copies[COUNT];

static void storm_round(unsigned long n)
{
	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, ptr_arg(maps), COUNT);
	for (unsigned int i = 0; i < COUNT; i++) {
		unmaps[i].handle = maps[i].handle;
		unmaps[i].host_addr = maps[i].host_addr;
	}
	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, ptr_arg(copies), COUNT);
	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, ptr_arg(unmaps), COUNT);
	if (maps[n % COUNT].status != 0 || unmaps[n % COUNT].status != 0) {
		FAIL("round %lu: map %d, unmap %d", n, maps[n % COUNT].status,
		     unmaps[n % COUNT].status);
	}
}

void test_main(void)
{
	xen_domid_t self;
	char *window, *page;
	int ref;

	traps_init();
	events_init();
	self = events_own_domid();
	window = window_alloc(COUNT);
	page = page_alloc();
	CHECK_EQ(gnttab_init(1), 0);
	ref = gnttab_grant(self, page, false);
	for (unsigned int i = 0; i < COUNT; i++) {
		maps[i] = (struct gnttab_map_grant_ref){
			.host_addr = ptr_arg(window + i * 4096UL),
			.flags = GNTMAP_host_map | (i % 2 ? GNTMAP_readonly : 0),
			.ref = (grant_ref_t)ref,
			.dom = self,
		};
		copies[i] = (struct gnttab_copy){
			.source = {.u.ref = (grant_ref_t)ref, .domid = self},
			.dest = {.u.ref = (grant_ref_t)ref, .domid = self, .offset = 2048},
			.len = 2048,
			.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref,
		};
	}
	storm_run(storm_round, 10);
}
