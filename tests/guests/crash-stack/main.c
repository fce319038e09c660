/* SPDX-License-Identifier: MIT */
/* Claim: a trap that finds no kernel stack ends the domain, and the domain alone. */
#include <stdio.h>

#include "claim.h"
#include "console.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "crash-stack: a kernel stack inside the hypervisor";

#define USER_TEXT 0x400000UL

extern char user_start[];

__asm__(".pushsection .user, \"ax\"\n"
	".balign 4096\n"
	"ud2\n"
	".popsection\n");

void test_main(void)
{
	struct trap_frame frame;
	uint64_t *l4 = pt_user_create();

	traps_init();
	pt_map(l4, USER_TEXT, va_to_mfn(user_start) << 12 | PTE_KERNEL_RO);
	pt_user_set(l4);
	user_frame_init(&frame, USER_TEXT, 0);
	printf("about to trap from user mode onto a stack in the hypervisor\n");
	console_flush();
	hypercall2(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, 0xffff82d040400000UL);
	user_run(&frame);
	FAIL("still alive");
}
