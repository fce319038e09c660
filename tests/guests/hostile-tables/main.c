/* SPDX-License-Identifier: MIT */
/*
 * Claim: no way leads to writing a page table other than the checked ones: no writable mapping,
 * no hypercall that writes its answer there, no shared area put over it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/event.h>
#include <xen/grant.h>
#include <xen/memory.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include "claim.h"
#include "events.h"
#include "gnttab/gnttab.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "hostile-tables: writing page tables by the back door";

#define PTE_OF(page, flags) (va_to_mfn(page) << 12 | (flags))

static uint64_t *table; /* an L1 in use, empty */

static void expect_empty(const char *after)
{
	for (unsigned int i = 0; i < 512; i++) {
		if (table[i] != 0) {
			FAIL("after %s the table holds %lx at %u", after, table[i], i);
			pt_write(&table[i], 0);
		}
	}
}

static void check_mappings(void)
{
	uint64_t *window = window_alloc(1);
	uint64_t *entry = window_entry(window);
	uint64_t *second = page_alloc();

	CHECK(pt_write(entry, PTE_OF(table, PTE_KERNEL)) < 0);
	CHECK(pt_remap(window, PTE_OF(table, PTE_KERNEL)) < 0);
	/* from read-only to writable, same frame: a fast path's favourite mistake */
	CHECK_EQ(pt_write(entry, PTE_OF(table, PTE_KERNEL_RO)), 0);
	CHECK(pt_write(entry, PTE_OF(table, PTE_KERNEL)) < 0);
	CHECK(pt_write(entry, PTE_OF(table, PTE_KERNEL_RO | PTE_RW)) < 0);
	/* written through the read-only mapping: checked like any update (this one is bad) */
	CHECK_EQ(TRY("movq %1, (%0)",
		     :
		     : "r"(window), "r"(PTE_OF(table, PTE_KERNEL))
		     : "memory"),
		 VECTOR_PF);
	CHECK_EQ(pt_write(entry, 0), 0);
	/* a table that maps itself writable */
	second[0] = PTE_OF(second, PTE_KERNEL);
	pt_make_readonly(second);
	CHECK(pt_pin(second, 1) < 0);
	pt_make_writable(second);
	second[0] = 0;
	page_free(second);
	expect_empty("mappings");
}

/* Levels through which a table would become writable: RW in an L2 that leads to itself. */
static void check_linear(void)
{
	uint64_t *l2 = page_alloc();

	l2[0] = PTE_OF(l2, PTE_TABLE);
	pt_make_readonly(l2);
	CHECK(pt_pin(l2, 2) < 0);
	pt_make_writable(l2);
	l2[0] = 0;
	page_free(l2);
}

static void check_answers(void)
{
	struct mmuext_op op = {.cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = va_to_mfn(table)};
	char *source = page_alloc();

	memset(source, 0x5a, 4096);
	/* answers of calls, written through the mapping: it is read-only */
	CHECK_EQ(hypercall2(__HYPERVISOR_xen_version, XENVER_compile_info, ptr_arg(table)),
		 -EFAULT);
	CHECK_EQ(hypercall2(__HYPERVISOR_memory_op, XENMEM_machphys_mapping, ptr_arg(table)),
		 -EFAULT);

	/* a list inside the table: zeroes, which drop the trap table; its result goes nowhere */
	CHECK(hypercall2(__HYPERVISOR_multicall, ptr_arg(table), 1) < 0 || table[1] == 0);
	traps_init();
	CHECK_EQ(pt_ext(MMUEXT_COPY_PAGE, va_to_mfn(table), va_to_mfn(source)), -EINVAL);
	CHECK_EQ(hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(&op), 1, 0, DOMID_SELF), -EINVAL);
	/* the done count */
	op.cmd = MMUEXT_TLB_FLUSH_LOCAL;
	hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(&op), 1, ptr_arg(table + 8), DOMID_SELF);
	expect_empty("answers");
	page_free(source);
}

static void check_shared_areas(void)
{
	struct vcpu_register_vcpu_info info = {.mfn = va_to_mfn(table)};
	struct vcpu_register_runstate_memory_area runstate = {.addr.h = ptr_arg(table)};
	struct evtchn_init_control control = {.control_gfn = va_to_mfn(table)};

	CHECK(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 0, ptr_arg(&info)) < 0);
	expect_empty("register_vcpu_info");
	/* the area is written through its address: refused now, or never written */
	hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area, 0,
		   ptr_arg(&runstate));
	hypercall2(__HYPERVISOR_sched_op, 0, 0);
	expect_empty("runstate area");
	runstate.addr.h = 0;
	hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area, 0,
		   ptr_arg(&runstate));
	CHECK(events_op(EVTCHNOP_init_control, &control) < 0);
	expect_empty("event control block");
	control.control_gfn = va_to_mfn(page_alloc());
	if (events_op(EVTCHNOP_init_control, &control) == 0) {
		struct evtchn_expand_array expand = {.array_gfn = va_to_mfn(table)};

		CHECK(events_op(EVTCHNOP_expand_array, &expand) < 0);
		expect_empty("event array");
	}
}

static void check_grants(void)
{
	char *window = window_alloc(1);
	char *source = page_alloc();
	xen_domid_t self = events_own_domid();
	int ref, ref_source;
	struct gnttab_map_grant_ref map;
	struct gnttab_copy copy;

	CHECK_EQ(gnttab_init(1), 0);
	memset(source, 0x5a, 4096);
	ref = gnttab_grant(self, table, false);
	ref_source = gnttab_grant(self, source, true);
	map = (struct gnttab_map_grant_ref){
		.host_addr = ptr_arg(window),
		.flags = GNTMAP_host_map,
		.ref = (grant_ref_t)ref,
		.dom = self,
	};
	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, ptr_arg(&map), 1);
	CHECK(map.status < 0);
	copy = (struct gnttab_copy){
		.source = {.u.ref = (grant_ref_t)ref_source, .domid = DOMID_SELF},
		.dest = {.u.ref = (grant_ref_t)ref, .domid = DOMID_SELF},
		.len = 64,
		.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref,
	};
	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, ptr_arg(&copy), 1);
	CHECK(copy.status < 0);
	copy.dest.u.gmfn = va_to_mfn(table);
	copy.flags = GNTCOPY_source_gref;
	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, ptr_arg(&copy), 1);
	CHECK(copy.status < 0);
	expect_empty("grants");
}

/* Given back while in use: the frame must not come round again as a plain page. */
static void check_give_back(void)
{
	xen_pfn_t list[1] = {va_to_mfn(table)};
	struct xen_memory_reservation r = {
		.extent_start = ptr_arg(list),
		.nr_extents = 1,
		.domid = DOMID_SELF,
	};
	uint64_t mfn = list[0];
	uint64_t *window = window_alloc(1);

	/* more than once is no more than once: who maps it keeps it */
	for (unsigned int i = 0; i < 3; i++) {
		hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, ptr_arg(&r));
	}
	CHECK(pt_write(window_entry(window), mfn << 12 | PTE_KERNEL) < 0);
	/* and what it maps still follows the rules */
	expect_empty("giving it back");
}

void test_main(void)
{
	uint64_t *window;

	traps_init();
	CHECK_EQ(hypercall2(__HYPERVISOR_vm_assist, VMASST_CMD_enable,
			    VMASST_TYPE_writable_pagetables),
		 0);
	window = window_alloc(1);
	table = pt_page_alloc();
	/* in use through an L2, 128 MiB up from the window */
	CHECK_EQ(pt_write(pt_entry(pt_kernel_l4(), ptr_arg(window) + (128UL << 20), 2),
			  PTE_OF(table, PTE_TABLE)),
		 0);
	check_mappings();
	check_linear();
	check_answers();
	check_shared_areas();
	check_grants();
	check_give_back();
}
