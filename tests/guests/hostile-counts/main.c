/* SPDX-License-Identifier: MIT */
/*
 * Claim: counts, orders, offsets and lengths beyond reason are refused or cut, whichever call
 * they are given to, and none of them keeps the hypervisor busy for long.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/event.h>
#include <xen/grant.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "claim.h"
#include "events.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "hostile-counts: overflowing counts, orders, lengths";

static const uint64_t counts[] = {
	0x7fffffff,         0x80000000,         0xffffffff,         0x100000000, 0x1fffffffffffffff,
	0x2000000000000000, 0x7fffffffffffffff, 0x8000000000000000, ~0UL,
};
#define COUNT_COUNT (sizeof(counts) / sizeof(counts[0]))

/* An array at the end of what is mapped: any honest walk over it faults soon. */
static char *edge;

static void find_edge(void)
{
	uint64_t va = (entry_state.rsp + 0xfff) & ~0xfffUL;

	while (pt_entry(pt_kernel_l4(), va, 1) != NULL && (*pt_entry(pt_kernel_l4(), va, 1) & 1)) {
		va += 4096;
	}
	edge = (char *)va - 256;
}

static void check_lists(void)
{
	for (unsigned int i = 0; i < COUNT_COUNT; i++) {
		uint64_t n = counts[i];
		/* counts have 31 bits: above them is the mark of a call gone on with */
		bool nothing = (n & 0x7fffffff) == 0;

		memset(edge, 0xff, 256);
		CHECK(nothing ||
		      hypercall4(__HYPERVISOR_mmu_update, ptr_arg(edge), n, 0, DOMID_SELF) < 0);
		CHECK(nothing ||
		      hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(edge), n, 0, DOMID_SELF) < 0);
		CHECK(nothing || hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref,
					    ptr_arg(edge), n) < 0);
		CHECK(nothing ||
		      hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, ptr_arg(edge), n) < 0);
		CHECK(nothing || hypercall2(__HYPERVISOR_multicall, ptr_arg(edge), n) < 0);
		CHECK(nothing || hypercall2(__HYPERVISOR_set_gdt, ptr_arg(edge), n) < 0);
	}
}

static void check_trap_table(void)
{
	/* never ended by address 0 */
	for (unsigned int i = 0; i < 256 / sizeof(struct trap_info); i++) {
		((struct trap_info *)edge)[i] = (struct trap_info){
			.vector = 0x40,
			.cs = FLAT_KERNEL_CS,
			.address = VIRT_BASE,
		};
	}
	CHECK_EQ(hypercall1(__HYPERVISOR_set_trap_table, ptr_arg(edge)), -EFAULT);
	traps_init();
}

static void check_memory(void)
{
	static xen_pfn_t list[4];

	for (unsigned int i = 0; i < COUNT_COUNT; i++) {
		struct xen_memory_reservation r = {
			.extent_start = ptr_arg(edge),
			.nr_extents = counts[i],
			.domid = DOMID_SELF,
		};

		memset(edge, 0xff, 256);
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation,
				 ptr_arg(&r)) <= 0);
	}
	for (unsigned int order = 10; order < 256; order += 7) {
		struct xen_memory_reservation r = {
			.extent_start = ptr_arg(list),
			.nr_extents = 1,
			.extent_order = order,
			.domid = DOMID_SELF,
		};
		struct xen_memory_exchange x = {.in = r, .out = r};

		list[0] = 0;
		if (order > 20) {
			CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap,
					 ptr_arg(&r)) <= 0);
		}
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_exchange, ptr_arg(&x)) < 0);
	}
	/* a place in the call that was never reached */
	hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation | ~0UL << 6, ptr_arg(edge));
}

static void check_lengths(void)
{
	struct sched_poll poll = {.ports = ptr_arg(edge), .nr_ports = 0xffffffff};
	struct vcpu_register_vcpu_info info = {.mfn = va_to_mfn(page_alloc())};
	static const uint32_t offsets[] = {4033, 4095, 4096, 0x7fffffff, 0xffffffc0, 0xffffffff};

	CHECK(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, ptr_arg(&poll)) < 0);
	for (unsigned int i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		info.offset = offsets[i];
		CHECK(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 0,
				 ptr_arg(&info)) < 0);
	}
	/* console: a negative count, a huge one */
	CHECK(hypercall3(__HYPERVISOR_console_io, 0, 0xffffffff, ptr_arg(edge + 255)) <= 0);
	CHECK(hypercall3(__HYPERVISOR_console_io, 1, 0xffffffff, ptr_arg(edge + 255)) <= 0);
}

/* What the domain has, in pages: calls that are refused don't change it. */
static long pages_owned(void)
{
	xen_domid_t self = DOMID_SELF;

	return hypercall2(__HYPERVISOR_memory_op, XENMEM_current_reservation, ptr_arg(&self));
}

/* Orders beyond what is allowed (Xen allows dom0 18), for frames that are there. */
static void check_orders(void)
{
	static xen_pfn_t in[2], out[4];
	long pages = pages_owned();

	for (unsigned int order = 19; order < 72; order++) {
		struct xen_memory_reservation r = {
			.extent_start = ptr_arg(in),
			.nr_extents = 1,
			.extent_order = order,
			.domid = DOMID_SELF,
		};
		struct xen_memory_exchange x = {.in = r, .out = r};

		in[0] = va_to_mfn(page_alloc());
		CHECK_EQ(hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation,
				    ptr_arg(&r)),
			 0);
		CHECK_EQ(pages_owned(), pages);
		CHECK_EQ(hypercall2(__HYPERVISOR_memory_op, XENMEM_exchange, ptr_arg(&x)), -EPERM);
	}
	/* more or less out than in */
	for (unsigned int n = 0; n < 2; n++) {
		void *page = page_alloc();

		in[n] = va_to_mfn(page);
		CHECK_EQ(pt_remap(page, 0), 0);
	}
	for (unsigned int n = 1; n <= 4; n++) {
		struct xen_memory_exchange x = {
			.in = {.extent_start = ptr_arg(in), .nr_extents = 2, .domid = DOMID_SELF},
			.out = {.extent_start = ptr_arg(out), .nr_extents = n, .domid = DOMID_SELF},
		};

		if (n != 2) {
			CHECK_EQ(hypercall2(__HYPERVISOR_memory_op, XENMEM_exchange, ptr_arg(&x)),
				 -EINVAL);
			CHECK_EQ(x.nr_exchanged, 0);
			CHECK_EQ(pages_owned(), pages);
		}
	}
}

/* Lists whose entries are all fine, only too many. */
static void check_too_many(void)
{
	static evtchn_port_t ports[1024];
	struct sched_poll poll = {.ports = ptr_arg(ports), .timeout = 1};
	struct evtchn_init_control control = {.control_gfn = va_to_mfn(page_alloc())};
	struct evtchn_expand_array expand = {.array_gfn = va_to_mfn(page_alloc())};
	long rc = 0;
	unsigned int n;

	ports[0] = events_bind_virq(VIRQ_DEBUG);
	for (n = 1; n < 1024; n++) {
		ports[n] = ports[0];
	}
	for (n = 129; n <= 1024; n += 179) {
		poll.nr_ports = n;
		CHECK_EQ(hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, ptr_arg(&poll)), -EINVAL);
	}
	/* an LDT of one entry too many */
	CHECK_EQ(pt_ext(MMUEXT_SET_LDT, ptr_arg(page_alloc()), 8193), -EINVAL);
	/* the event array takes a page as often as one likes, but has an end */
	CHECK_EQ(events_op(EVTCHNOP_init_control, &control), 0);
	for (n = 0; n < 200 && rc == 0; n++) {
		rc = events_op(EVTCHNOP_expand_array, &expand);
	}
	CHECK_EQ(rc, -ENOSPC);
	CHECK_EQ(n, 129);
}

/* Numbers of calls and of sub-operations that nobody has. */
static void check_unknown(void)
{
	static const unsigned int direct[] = {
		__HYPERVISOR_vcpu_op,    __HYPERVISOR_event_channel_op, __HYPERVISOR_sched_op,
		__HYPERVISOR_physdev_op, __HYPERVISOR_callback_op,      __HYPERVISOR_grant_table_op,
	};
	static char area[256] __attribute__((aligned(64)));
	static struct multicall_entry call;

	for (uint64_t n = 100; n < 1UL << 32; n = n < 1200 ? n + 1 : n * 2 + 1) {
		for (unsigned int i = 0; i < sizeof(direct) / sizeof(direct[0]); i++) {
			/* vCPU 0, a count of 1 */
			long rc = hypercall3(direct[i], n,
					     direct[i] == __HYPERVISOR_vcpu_op ? 0 : ptr_arg(area),
					     direct[i] == __HYPERVISOR_vcpu_op ? ptr_arg(area) : 1);

			if (rc >= 0) {
				FAIL("call %u has a sub-operation %lx: %ld", direct[i], n, rc);
			}
		}
		CHECK(pt_ext((uint32_t)n, 0, 0) < 0);
		call = (struct multicall_entry){.op = n};
		CHECK_EQ(hypercall2(__HYPERVISOR_multicall, ptr_arg(&call), 1), 0);
		CHECK_EQ((long)call.result, -ENOSYS);
	}
	for (unsigned int n = 40; n < 64; n++) {
		CHECK_EQ(hypercall2(__HYPERVISOR_memory_op, n, ptr_arg(area)), -ENOSYS);
	}
}

static void check_grant_sizes(void)
{
	static xen_pfn_t frames[8];
	struct gnttab_setup_table setup = {
		.dom = DOMID_SELF,
		.nr_frames = 0xffffffff,
		.frame_list = ptr_arg(frames),
	};
	struct gnttab_copy copy = {
		.source = {.u.gmfn = va_to_mfn(page_alloc()), .domid = DOMID_SELF},
		.dest = {.u.gmfn = va_to_mfn(page_alloc()), .domid = DOMID_SELF},
	};
	static const uint16_t triples[][3] = {
		/* source offset, destination offset, length */
		{0, 0, 4097},  {4095, 0, 2},  {0, 4095, 2},
		{65535, 0, 1}, {0, 65535, 1}, {65535, 65535, 65535},
		{1, 0, 65535}, {0, 1, 4096},  {4096, 0, 0xf000},
	};

	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, ptr_arg(&setup), 1);
	CHECK(setup.status < 0);
	for (unsigned int i = 0; i < sizeof(triples) / sizeof(triples[0]); i++) {
		copy.source.offset = triples[i][0];
		copy.dest.offset = triples[i][1];
		copy.len = triples[i][2];
		copy.status = 0;
		hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, ptr_arg(&copy), 1);
		CHECK(copy.status < 0);
	}
}

void test_main(void)
{
	traps_init();
	find_edge();
	check_lists();
	check_trap_table();
	check_memory();
	check_lengths();
	check_grant_sizes();
	check_orders();
	check_unknown();
	events_init();
	check_too_many();
}
