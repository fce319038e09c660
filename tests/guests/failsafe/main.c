/* SPDX-License-Identifier: MIT */
/*
 * Claim: an iret whose frame cannot be loaded comes back as the failsafe callback, with the data
 * selectors as they were, each in its place, and the frame as the guest gave it. (Xen 4.17 sends
 * the processor's exception instead, with that frame.)
 */
#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "failsafe: selectors and frame of an iret that faults";

#define NOWHERE 0x400000UL
#define STACK_TOP 0x601000UL
/* Four that can be told apart: flat data, flat code that may be read, two null ones. */
#define DS_HERE 0xe02bUL
#define ES_HERE 0xe023UL
#define FS_HERE 2UL
#define GS_HERE 1UL

static void load_selectors(uint64_t ds, uint64_t es, uint64_t fs, uint64_t gs)
{
	__asm__ volatile("mov %w0, %%ds\n"
			 "mov %w1, %%es\n"
			 "mov %w2, %%fs\n"
			 "mov %w3, %%gs\n" ::"r"(ds),
			 "r"(es), "r"(fs), "r"(gs)
			 : "memory");
}

static void check(const char *what, uint64_t cs, uint64_t ss)
{
	struct trap_frame frame;
	int vector;

	user_frame_init(&frame, NOWHERE, STACK_TOP);
	frame.cs = (uint16_t)cs;
	frame.ss = ss;
	for (unsigned int i = 0; i < 4; i++) {
		failsafe_selectors[i] = ~0UL;
	}
	load_selectors(DS_HERE, ES_HERE, FS_HERE, GS_HERE);
	vector = frame_run(&frame);
	load_selectors(0, 0, 0, 0);
	if (vector == TRAP_FAILSAFE) {
		CHECK_EQ(failsafe_selectors[0], DS_HERE);
		CHECK_EQ(failsafe_selectors[1], ES_HERE);
		CHECK_EQ(failsafe_selectors[2], FS_HERE);
		CHECK_EQ(failsafe_selectors[3], GS_HERE);
	} else if (vector != VECTOR_GP) {
		FAIL("%s: trap %d", what, vector);
		return;
	}
	CHECK_EQ(last_fault.frame.rip, NOWHERE);
	CHECK_EQ(last_fault.frame.rsp, STACK_TOP);
	CHECK_EQ(last_fault.frame.cs & 0xffff, cs);
	CHECK_EQ(last_fault.frame.ss & 0xffff, ss);
}

void test_main(void)
{
	traps_init();
	pt_user_set(pt_user_create());
	check("CS beyond the table", 0xfff3, FLAT_USER_SS);
	check("CS of data", DS_HERE, FLAT_USER_SS);
	check("SS of code", FLAT_USER_CS, ES_HERE);
	check("SS beyond the table", FLAT_USER_CS, 0xfffb);
}
