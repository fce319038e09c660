/* SPDX-License-Identifier: MIT */
/*
 * Claim: a system call whose kernel stack is a page of the guest's, but under the hypervisor's
 * address for it, ends the domain: nothing is written through that address.
 */
#include <stdio.h>

#include <xen/callback.h>

#include "claim.h"
#include "console.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "crash-syscall: a kernel stack in the hypervisor's map of all memory";

#define USER_TEXT 0x400000UL
#define DIRECT_MAP 0xffff830000000000UL /* of Argon, and of Xen */

extern char user_start[];

__asm__(".pushsection .user, \"ax\"\n"
	".balign 4096\n"
	"syscall\n"
	".popsection\n");

/* Where a system call ends that found its stack: on another one. */
void landed(void);
void landed(void)
{
	FAIL("still alive");
	test_end();
}

extern char landing[];
__asm__("landing:\n"
	"lea trap_stack_end(%rip), %rsp\n"
	"call landed\n"
	"ud2\n");

void test_main(void)
{
	struct callback_register entry = {
		.type = CALLBACKTYPE_syscall,
		.address = (uint64_t)landing,
	};
	struct trap_frame frame;
	uint64_t *l4 = pt_user_create();
	uint64_t stack = DIRECT_MAP + (va_to_mfn(page_alloc()) << 12) + 4096;

	traps_init();
	CHECK_EQ(hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, ptr_arg(&entry)), 0);
	pt_map(l4, USER_TEXT, va_to_mfn(user_start) << 12 | PTE_KERNEL_RO);
	pt_user_set(l4);
	user_frame_init(&frame, USER_TEXT, 0);
	printf("about to make a system call onto a stack in the hypervisor\n");
	console_flush();
	hypercall2(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, stack);
	user_run(&frame);
	FAIL("still alive");
}
