/* SPDX-License-Identifier: MIT */
/*
 * Claim: an iret frame on a page of the guest's, but under the hypervisor's address for it, ends
 * the domain: nothing is read through that address.
 */
#include <stdio.h>

#include "claim.h"
#include "console.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "crash-iret: a frame in the hypervisor's map of all memory";

#define DIRECT_MAP 0xffff830000000000UL /* of Argon, and of Xen */

static _Noreturn void landed(void)
{
	FAIL("still alive");
	test_end();
}

void test_main(void)
{
	uint64_t *page = page_alloc();

	traps_init();
	pt_user_set(pt_user_create());
	/* RAX R11 RCX flags RIP CS RFLAGS RSP SS */
	page[4] = ptr_arg((void *)(uint64_t)landed);
	page[5] = FLAT_KERNEL_CS & ~3UL;
	page[6] = 0x2; /* events masked: a pending one would take another way out */
	page[7] = ptr_arg(trap_stack_end) - 8;
	page[8] = FLAT_KERNEL_SS;
	printf("about to return by a frame in the hypervisor\n");
	console_flush();
	__asm__ volatile("mov %0, %%rsp; syscall"
			 :
			 : "r"(DIRECT_MAP + (va_to_mfn(page) << 12)), "a"(__HYPERVISOR_iret)
			 : "memory");
	FAIL("still alive");
}
