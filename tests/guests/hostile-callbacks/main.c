/* SPDX-License-Identifier: MIT */
/*
 * Claim: entry points, stacks and segment bases that the processor would choke on are refused
 * when they are registered, or harm the guest alone when they are used.
 */
#include <errno.h>
#include <stdio.h>

#include <xen/callback.h>
#include <xen/version.h>

#include "claim.h"
#include "events.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "hostile-callbacks: odd entry points, stacks, segment bases";

static const uint64_t odd[] = {
	0x0000800000000000UL,
	0x8000000000000000UL,
	0xffff7fffffffffffUL,
	0x00008000ffffffffUL,
};
#define ODD_COUNT (sizeof(odd) / sizeof(odd[0]))

static long callback(uint16_t type, uint64_t address)
{
	struct callback_register reg = {.type = type, .address = address};

	return hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, ptr_arg(&reg));
}

static void check_callbacks(void)
{
	static const uint16_t types[] = {
		CALLBACKTYPE_event, CALLBACKTYPE_failsafe, CALLBACKTYPE_syscall,
		CALLBACKTYPE_nmi,   CALLBACKTYPE_sysenter, CALLBACKTYPE_syscall32,
	};
	struct callback_unregister undo = {.type = CALLBACKTYPE_event};

	for (unsigned int t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
		for (unsigned int i = 0; i < ODD_COUNT; i++) {
			CHECK_EQ(callback(types[t], odd[i]), -EINVAL);
		}
	}
	CHECK_EQ(callback(CALLBACKTYPE_sysenter_deprecated, 0x1000), -ENOSYS);
	CHECK_EQ(callback(99, 0x1000), -ENOSYS);
	CHECK_EQ(hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_unregister, ptr_arg(&undo)),
		 -EINVAL);
	undo.type = 99;
	CHECK_EQ(hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_unregister, ptr_arg(&undo)),
		 -ENOSYS);
	CHECK_EQ(hypercall2(__HYPERVISOR_callback_op, 9, ptr_arg(&undo)), -ENOSYS);
}

static volatile unsigned int upcalls;

static void count_upcall(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
	upcalls++;
}

/* The old call has no error for one of its three addresses; what counts is that none is used. */
static void check_old_call(void)
{
	evtchn_port_t in, out;

	for (unsigned int i = 0; i < ODD_COUNT; i++) {
		hypercall3(__HYPERVISOR_set_callbacks, odd[i], odd[i], odd[i]);
	}
	events_init();
	in = events_alloc_unbound(DOMID_SELF);
	out = events_bind_interdomain(DOMID_SELF, in);
	events_handle(in, count_upcall, NULL);
	upcalls = 0;
	CHECK_EQ(events_send(out), 0);
	CHECK_EQ(upcalls, 1);
}

static void check_trap_table(void)
{
	for (unsigned int i = 0; i < ODD_COUNT; i++) {
		struct trap_info table[2] = {
			{.vector = VECTOR_OF, .cs = FLAT_KERNEL_CS, .address = odd[i]},
		};

		CHECK_EQ(hypercall1(__HYPERVISOR_set_trap_table, ptr_arg(table)), -EINVAL);
	}
	traps_init();
}

static void check_bases(void)
{
	for (unsigned int which = SEGBASE_FS; which <= SEGBASE_GS_KERNEL; which++) {
		for (unsigned int i = 0; i < ODD_COUNT; i++) {
			CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, which, odd[i]), -EINVAL);
		}
	}
	/* any selector: a bad one is as good as null */
	for (unsigned int s = 0; s < 0x10000; s += s < 0x40 || s >= 0xe000 ? 1 : 0x333) {
		CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER_SEL, s), 0);
		if (s > 0xe0a0) {
			break;
		}
	}
	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER_SEL, 0), 0);
	for (uint32_t msr = 0xc0000100; msr <= 0xc0000102; msr++) {
		for (unsigned int i = 0; i < ODD_COUNT; i++) {
			CHECK_EQ(TRY("wrmsr",
				     :
				     : "c"(msr), "a"((uint32_t)odd[i]),
				       "d"((uint32_t)(odd[i] >> 32))),
				 VECTOR_GP);
		}
	}
}

/* MSRs that would move the processor's own entry points or switch off what protects. */
static void check_msrs(void)
{
	static const uint32_t entry_msrs[] = {
		0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0x174,
		0x175,      0x176,      0x277,      0x1d9,      0x200,
		0x2ff,      0xc0010010, 0xc0010114, 0xc0010117, 0x1b,
	};

	for (unsigned int i = 0; i < sizeof(entry_msrs) / sizeof(entry_msrs[0]); i++) {
		uint32_t lo = 0, hi = 0;
		int trap = TRY("rdmsr", : "=a"(lo), "=d"(hi) : "c"(entry_msrs[i]));
		uint32_t lo_after = 0, hi_after = 0;

		if (trap != -1) {
			CHECK_EQ(trap, VECTOR_GP);
			/* a write is refused too, or dropped: what follows shows it */
			TRY("wrmsr", : : "c"(entry_msrs[i]), "a"(0xdead0000), "d"(0));
			CHECK_EQ(hypercall2(__HYPERVISOR_xen_version, XENVER_version, 0), 0x40011);
			continue;
		}
		TRY("wrmsr", : : "c"(entry_msrs[i]), "a"(~lo), "d"(hi));
		TRY("rdmsr", : "=a"(lo_after), "=d"(hi_after) : "c"(entry_msrs[i]));
		CHECK_EQ(lo_after, lo);
	}
	/* EFER: no change of NX, SVME, LMA */
	for (unsigned int bit = 0; bit < 16; bit++) {
		uint32_t lo = 0, hi = 0;

		TRY("rdmsr", : "=a"(lo), "=d"(hi) : "c"(0xc0000080));
		TRY("wrmsr", : : "c"(0xc0000080), "a"(lo ^ 1U << bit), "d"(hi));
		TRY("rdmsr", : "=a"(hi) : "c"(0xc0000080) : "edx");
		CHECK_EQ(hi, lo);
	}
}

static void check_stack(void)
{
	/* registered without complaint or not: a stack is only looked at when used */
	for (unsigned int s = 0; s < 0x40; s++) {
		hypercall2(__HYPERVISOR_stack_switch, s, ptr_arg(trap_stack_end));
	}
	CHECK_EQ(hypercall2(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, ptr_arg(trap_stack_end)), 0);
}

void test_main(void)
{
	traps_init();
	check_callbacks();
	check_old_call();
	check_trap_table();
	check_bases();
	check_msrs();
	check_stack();
}
