/* SPDX-License-Identifier: MIT */
/*
 * Claim: the flags a guest enters the hypervisor with (TF, NT, AC, DF, ID, RF) change nothing
 * there, and come back as they were; so do they through traps.
 */
#include <stdio.h>

#include <stdio.h>
#include <string.h>

#include <xen/version.h>

#include "claim.h"
#include "events.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "hostile-flags: entering with TF, NT, AC, DF set";

#define FLAG_TF 0x100UL
#define FLAG_DF 0x400UL
#define FLAG_NT 0x4000UL
#define FLAG_AC 0x40000UL
#define FLAG_ID 0x200000UL

static volatile unsigned int steps;

static bool count_step(struct trap_frame *frame)
{
	steps++;
	/* single steps go on until the code switches them off */
	if (steps > 64) {
		frame->rflags &= ~FLAG_TF;
	}
	return true;
}

/* xen_version(0) with the flags in force at the syscall; returns what they are afterwards. */
static uint64_t call_with(uint64_t flags, long *rc)
{
	uint64_t after;

	__asm__ volatile("pushfq\n"
			 "pushfq\n"
			 "or %[flags], (%%rsp)\n"
			 "popfq\n"
			 "syscall\n"
			 "pushfq\n"
			 "pop %[after]\n"
			 "popfq\n"
			 : "=a"(*rc), [after] "=&r"(after)
			 : "0"(17UL), "D"(0UL), "S"(0UL), [flags] "r"(flags)
			 : "rcx", "r11", "memory", "cc");
	return after;
}

/* An answer of many bytes, asked for with DF set: it is where it belongs, and all of it. */
static void check_answer(void)
{
	static char room[3 * 4096], with[4096];
	char *answer = room + 4096;
	long rc;

	memset(room, 0x5a, sizeof(room));
	memset(with, 0x5a, sizeof(with));
	CHECK_EQ(hypercall2(__HYPERVISOR_xen_version, XENVER_capabilities, ptr_arg(with)), 0);
	__asm__ volatile("std; syscall; cld"
			 : "=a"(rc)
			 : "0"((uint64_t)__HYPERVISOR_xen_version),
			   "D"((uint64_t)XENVER_capabilities), "S"(answer)
			 : "rcx", "r11", "memory", "cc");
	CHECK_EQ(rc, 0);
	CHECK_EQ(memcmp(answer, with, sizeof(with)), 0);
	for (unsigned int i = 0; i < 4096; i++) {
		if (room[i] != 0x5a) {
			FAIL("a byte %u before the answer is %x", 4096 - i, room[i]);
			break;
		}
	}
}

static void check_hypercall(void)
{
	static const uint64_t sets[] = {
		FLAG_NT, FLAG_AC, FLAG_DF, FLAG_ID, FLAG_NT | FLAG_AC | FLAG_DF | FLAG_ID,
	};
	long rc;

	for (unsigned int i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		uint64_t after = call_with(sets[i], &rc);

		CHECK_EQ(rc, 0x40011);
		/* NT and AC may be dropped on the way, never gained */
		CHECK_EQ(after & ~sets[i] & (FLAG_NT | FLAG_AC | FLAG_DF | FLAG_ID), 0);
	}
	check_answer();
	trap_handle(VECTOR_DB, count_step);
	steps = 0;
	call_with(FLAG_TF, &rc);
	CHECK_EQ(rc, 0x40011);
	/* the guest is stepped, the hypervisor is not */
	CHECK(steps > 0 && steps < 16);
	trap_handle(VECTOR_DB, NULL);
}

/* Faults and emulated instructions under odd flags. */
static void check_traps(void)
{
	static const uint64_t sets[] = {FLAG_NT, FLAG_DF, FLAG_AC, FLAG_NT | FLAG_DF};

	for (unsigned int i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		int trap = TRY("pushfq\n pushfq\n or %0, (%%rsp)\n popfq\n ud2a\n",
			       :
			       : "r"(sets[i])
			       : "cc", "memory");

		CHECK_EQ(trap, VECTOR_UD);
		CHECK_EQ(last_fault.frame.rflags & FLAG_DF, sets[i] & FLAG_DF);
		__asm__ volatile("popfq" : : : "cc", "memory");
		trap = TRY("pushfq\n pushfq\n or %0, (%%rsp)\n popfq\n"
			   "mov %%cr0, %%rax\n popfq\n",
			   :
			   : "r"(sets[i])
			   : "cc", "memory", "rax");
		CHECK_EQ(trap, -1);
	}
}

/* The step after an emulated instruction belongs to it. */
static void check_step_over_emulation(void)
{
	trap_handle(VECTOR_DB, count_step);
	steps = 0;
	__asm__ volatile("pushfq\n"
			 "orq $0x100, (%%rsp)\n"
			 "popfq\n"
			 "mov %%cr0, %%rax\n"
			 "mov %%cr0, %%rax\n"
			 "pushfq\n"
			 "andq $~0x100, (%%rsp)\n"
			 "popfq\n"
			 :
			 :
			 : "rax", "memory", "cc");
	CHECK(steps >= 4 && steps <= 6);
	trap_handle(VECTOR_DB, NULL);
}

static volatile unsigned int upcalls;

static void count_upcall(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
	upcalls++;
}

/* NT makes IRET fault, and a call that brings an event ends with one. */
static void check_event(void)
{
	static struct evtchn_send send;
	evtchn_port_t end;
	long rc;

	events_init();
	end = events_alloc_unbound(DOMID_SELF);
	send.port = events_bind_interdomain(DOMID_SELF, end);
	events_handle(end, count_upcall, NULL);
	upcalls = 0;
	__asm__ volatile("pushfq\n"
			 "pushfq\n"
			 "orq $0x4000, (%%rsp)\n"
			 "popfq\n"
			 "syscall\n"
			 "popfq\n"
			 : "=a"(rc)
			 : "0"((uint64_t)__HYPERVISOR_event_channel_op),
			   "D"((uint64_t)EVTCHNOP_send), "S"(&send)
			 : "rcx", "r11", "memory", "cc");
	CHECK_EQ(rc, 0);
	CHECK_EQ(upcalls, 1);
}

void test_main(void)
{
	traps_init();
	check_event();
	check_hypercall();
	check_traps();
	check_step_over_emulation();
}
