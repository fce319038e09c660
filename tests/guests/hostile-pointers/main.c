/* SPDX-License-Identifier: MIT */
/*
 * Claim: no pointer argument leads into the hypervisor: each one of each call, given an address
 * of the hypervisor, a non-canonical one or an unmapped one, costs the caller an error.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/callback.h>
#include <xen/event.h>
#include <xen/grant.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "hostile-pointers: hypervisor addresses in every pointer argument";

/*
 * From the start of the M2P through the hypervisor's image and direct map to the last byte, on
 * both sides of each edge. 0xffff82d0… is Xen's image, 0xffff8300… its direct map.
 */
static const uint64_t bad[] = {
	0xffff800000000000UL, 0xffff804000000000UL, 0xffff810000000000UL, 0xffff820000000000UL,
	0xffff82d040200000UL, 0xffff82d07fffffffUL, 0xffff82dfffdfe000UL, 0xffff82e000000000UL,
	0xffff830000000000UL, 0xffff830000100000UL, 0xffff83001f000000UL, 0xffff87fffffffff8UL,
	0xffff87ffffffffffUL, 0x00007ffffffffff9UL, 0x0000800000000000UL, 0x8000000000000000UL,
	0xffff7ffffffffff8UL, 0xfffffffffffffff9UL,
};
#define BAD_COUNT (sizeof(bad) / sizeof(bad[0]))

/*
 * One call: {number, up to five arguments}. BAD stands for the address. Any error will do; calls
 * whose result is a count may say that nothing was done.
 */
#define BAD 0xbadbadbadbadUL
static const struct call {
	const char *name;
	unsigned long nr;
	unsigned long args[5];
} calls[] = {
	{"set_trap_table", __HYPERVISOR_set_trap_table, {BAD}},
	{"mmu_update", __HYPERVISOR_mmu_update, {BAD, 1, 0, DOMID_SELF}},
	{"mmuext_op", __HYPERVISOR_mmuext_op, {BAD, 1, 0, DOMID_SELF}},
	{"set_gdt", __HYPERVISOR_set_gdt, {BAD, 512}},
	{"memory_op increase", __HYPERVISOR_memory_op, {XENMEM_increase_reservation, BAD}},
	{"memory_op decrease", __HYPERVISOR_memory_op, {XENMEM_decrease_reservation, BAD}},
	{"memory_op populate", __HYPERVISOR_memory_op, {XENMEM_populate_physmap, BAD}},
	{"memory_op current", __HYPERVISOR_memory_op, {XENMEM_current_reservation, BAD}},
	{"memory_op mfn list", __HYPERVISOR_memory_op, {XENMEM_machphys_mfn_list, BAD}},
	{"memory_op map", __HYPERVISOR_memory_op, {XENMEM_memory_map, BAD}},
	{"memory_op machine map", __HYPERVISOR_memory_op, {XENMEM_machine_memory_map, BAD}},
	{"memory_op exchange", __HYPERVISOR_memory_op, {XENMEM_exchange, BAD}},
	{"memory_op mapping", __HYPERVISOR_memory_op, {XENMEM_machphys_mapping, BAD}},
	{"memory_op set map", __HYPERVISOR_memory_op, {XENMEM_set_memory_map, BAD}},
	{"memory_op resource", __HYPERVISOR_memory_op, {XENMEM_acquire_resource, BAD}},
	{"memory_op claim", __HYPERVISOR_memory_op, {XENMEM_claim_pages, BAD}},
	{"multicall", __HYPERVISOR_multicall, {BAD, 1}},
	{"version extra", __HYPERVISOR_xen_version, {XENVER_extraversion, BAD}},
	{"version compile", __HYPERVISOR_xen_version, {XENVER_compile_info, BAD}},
	{"version caps", __HYPERVISOR_xen_version, {XENVER_capabilities, BAD}},
	{"version changeset", __HYPERVISOR_xen_version, {XENVER_changeset, BAD}},
	{"version platform", __HYPERVISOR_xen_version, {XENVER_platform_parameters, BAD}},
	{"version features", __HYPERVISOR_xen_version, {XENVER_get_features, BAD}},
	{"version handle", __HYPERVISOR_xen_version, {XENVER_guest_handle, BAD}},
	{"version cmdline", __HYPERVISOR_xen_version, {XENVER_commandline, BAD}},
	{"grant map", __HYPERVISOR_grant_table_op, {GNTTABOP_map_grant_ref, BAD, 1}},
	{"grant unmap", __HYPERVISOR_grant_table_op, {GNTTABOP_unmap_grant_ref, BAD, 1}},
	{"grant setup", __HYPERVISOR_grant_table_op, {GNTTABOP_setup_table, BAD, 1}},
	{"grant copy", __HYPERVISOR_grant_table_op, {GNTTABOP_copy, BAD, 1}},
	{"grant query", __HYPERVISOR_grant_table_op, {GNTTABOP_query_size, BAD, 1}},
	{"grant replace", __HYPERVISOR_grant_table_op, {GNTTABOP_unmap_and_replace, BAD, 1}},
	{"grant version", __HYPERVISOR_grant_table_op, {GNTTABOP_set_version, BAD, 1}},
	{"vcpu initialise", __HYPERVISOR_vcpu_op, {VCPUOP_initialise, 0, BAD}},
	{"vcpu runstate", __HYPERVISOR_vcpu_op, {VCPUOP_get_runstate_info, 0, BAD}},
	{"vcpu area", __HYPERVISOR_vcpu_op, {VCPUOP_register_runstate_memory_area, 0, BAD}},
	{"vcpu periodic", __HYPERVISOR_vcpu_op, {VCPUOP_set_periodic_timer, 0, BAD}},
	{"vcpu timer", __HYPERVISOR_vcpu_op, {VCPUOP_set_singleshot_timer, 0, BAD}},
	{"vcpu info", __HYPERVISOR_vcpu_op, {VCPUOP_register_vcpu_info, 0, BAD}},
	{"sched poll", __HYPERVISOR_sched_op, {SCHEDOP_poll, BAD}},
	{"sched shutdown", __HYPERVISOR_sched_op, {SCHEDOP_shutdown, BAD}},
	{"sched watchdog", __HYPERVISOR_sched_op, {SCHEDOP_watchdog, BAD}},
	{"sched remote", __HYPERVISOR_sched_op, {SCHEDOP_remote_shutdown, BAD}},
	{"callback", __HYPERVISOR_callback_op, {CALLBACKOP_register, BAD}},
	{"callback undo", __HYPERVISOR_callback_op, {CALLBACKOP_unregister, BAD}},
	{"event bind", __HYPERVISOR_event_channel_op, {EVTCHNOP_bind_interdomain, BAD}},
	{"event virq", __HYPERVISOR_event_channel_op, {EVTCHNOP_bind_virq, BAD}},
	{"event close", __HYPERVISOR_event_channel_op, {EVTCHNOP_close, BAD}},
	{"event send", __HYPERVISOR_event_channel_op, {EVTCHNOP_send, BAD}},
	{"event status", __HYPERVISOR_event_channel_op, {EVTCHNOP_status, BAD}},
	{"event alloc", __HYPERVISOR_event_channel_op, {EVTCHNOP_alloc_unbound, BAD}},
	{"event ipi", __HYPERVISOR_event_channel_op, {EVTCHNOP_bind_ipi, BAD}},
	{"event vcpu", __HYPERVISOR_event_channel_op, {EVTCHNOP_bind_vcpu, BAD}},
	{"event unmask", __HYPERVISOR_event_channel_op, {EVTCHNOP_unmask, BAD}},
	{"event control", __HYPERVISOR_event_channel_op, {EVTCHNOP_init_control, BAD}},
	{"physdev iopl", __HYPERVISOR_physdev_op, {PHYSDEVOP_set_iopl, BAD}},
	{"physdev bitmap", __HYPERVISOR_physdev_op, {PHYSDEVOP_set_iobitmap, BAD}},
	{"physdev status", __HYPERVISOR_physdev_op, {PHYSDEVOP_irq_status_query, BAD}},
	{"physdev pirq", __HYPERVISOR_physdev_op, {PHYSDEVOP_map_pirq, BAD}},
	{"platform_op", __HYPERVISOR_platform_op, {BAD}},
	{"domctl", __HYPERVISOR_domctl, {BAD}},
	{"sysctl", __HYPERVISOR_sysctl, {BAD}},
	{"console write", __HYPERVISOR_console_io, {0, 16, BAD}},
};

/* Reservation calls answer with a count: 0 says that nothing was done. */
static bool answers_a_count(const struct call *c)
{
	return c->nr == __HYPERVISOR_memory_op &&
	       (c->args[0] == XENMEM_increase_reservation ||
		c->args[0] == XENMEM_decrease_reservation || c->args[0] == XENMEM_populate_physmap);
}

static void check_calls(void)
{
	for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (unsigned int j = 0; j < BAD_COUNT; j++) {
			unsigned long a[5];
			long rc;

			for (unsigned int k = 0; k < 5; k++) {
				a[k] = calls[i].args[k] == BAD ? bad[j] : calls[i].args[k];
			}
			rc = hypercall5(calls[i].nr, a[0], a[1], a[2], a[3], a[4]);
			/* the M2P's own pages may be read: what they hold is no valid argument */
			if (rc >= answers_a_count(&calls[i]) &&
			    (bad[j] != HYPERVISOR_VIRT_START ||
			     calls[i].nr == __HYPERVISOR_xen_version)) {
				FAIL("%s takes %lx: %ld", calls[i].name, bad[j], rc);
			}
		}
	}
}

/* Pointers inside structures. */
static void check_inner(void)
{
	for (unsigned int j = 0; j < BAD_COUNT; j++) {
		uint64_t p = bad[j];
		struct xen_memory_reservation r = {
			.extent_start = p,
			.nr_extents = 1,
			.domid = DOMID_SELF,
		};
		struct xen_machphys_mfn_list list = {.max_extents = 1, .extent_start = p};
		struct xen_memory_map map = {.nr_entries = 128, .buffer = p};
		struct gnttab_setup_table setup = {
			.dom = DOMID_SELF,
			.nr_frames = 1,
			.frame_list = p,
		};
		struct sched_poll poll = {.ports = p, .nr_ports = 1, .timeout = 1};
		struct mmuext_op flush = {
			.cmd = MMUEXT_TLB_FLUSH_MULTI,
			.arg2.vcpumask = p,
		};
		struct physdev_set_iobitmap ports = {.bitmap = p, .nr_ports = 65536};
		uint32_t done = 0;
		struct mmuext_op nothing = {.cmd = MMUEXT_TLB_FLUSH_LOCAL};
		bool readable = p == HYPERVISOR_VIRT_START;

		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation,
				 ptr_arg(&r)) <= 0);
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, ptr_arg(&r)) <=
		      0);
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_machphys_mfn_list, ptr_arg(&list)) <
		      0);
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_machine_memory_map, ptr_arg(&map)) <
		      0);
		/* by status or by error */
		CHECK(hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, ptr_arg(&setup),
				 1) < 0 ||
		      setup.status < 0);
		CHECK(readable ||
		      hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, ptr_arg(&poll)) < 0);
		CHECK(readable || hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(&flush), 1,
					     ptr_arg(&done), DOMID_SELF) < 0);
		/* read whenever a port is used, so refused at once */
		CHECK(p < HYPERVISOR_VIRT_START || p >= HYPERVISOR_VIRT_END ||
		      hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, ptr_arg(&ports)) <
			      0);
		/* the done count goes nowhere */
		hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(&nothing), 1, p, DOMID_SELF);
	}
}

/* XSA-212: the offset of an exchange already begun, added to its output pointer. */
static void check_exchange(void)
{
	static xen_pfn_t in[1], out[1];
	struct xen_memory_exchange x = {
		.in = {.extent_start = ptr_arg(in), .nr_extents = 1, .domid = DOMID_SELF},
		.out = {.nr_extents = 1, .domid = DOMID_SELF},
	};

	in[0] = ~0UL;
	for (unsigned int j = 0; j < BAD_COUNT; j++) {
		x.out.extent_start = bad[j];
		x.nr_exchanged = 0;
		x.in.nr_extents = 1;
		x.out.nr_extents = 1;
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_exchange, ptr_arg(&x)) < 0);
		/* an in-range pointer whose element would lie in the hypervisor */
		x.out.extent_start = ptr_arg(out);
		x.nr_exchanged = (bad[j] - ptr_arg(out)) / 8;
		x.in.nr_extents = x.nr_exchanged + 1;
		x.out.nr_extents = x.nr_exchanged + 1;
		CHECK(hypercall2(__HYPERVISOR_memory_op, XENMEM_exchange, ptr_arg(&x)) < 0);
	}
}

void test_main(void)
{
	/* an area is written long after its registration, so that one must be refused at once */
	check_calls();
	check_inner();
	check_exchange();
	/* after all that the hypervisor still answers */
	CHECK_EQ(hypercall2(__HYPERVISOR_xen_version, XENVER_version, 0), 0x40011);
}
