/* SPDX-License-Identifier: MIT */
/*
 * Claim: returning to user mode without a user page table ends the domain, and the domain alone.
 */
#include <stddef.h>
#include <stdio.h>

#include "claim.h"
#include "console.h"
#include "hypercall.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "crash-root: user mode without a page table";

void test_main(void)
{
	struct trap_frame frame;

	traps_init();
	pt_user_set(NULL);
	user_frame_init(&frame, 0x400000, 0x600000);
	printf("about to enter user mode without a page table\n");
	console_flush();
	user_run(&frame);
	FAIL("still alive");
}
