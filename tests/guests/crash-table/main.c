/* SPDX-License-Identifier: MIT */
/* Claim: trap handlers at addresses inside the hypervisor give the guest a fault, not a jump. */
#include <stdio.h>

#include "claim.h"
#include "console.h"
#include "hypercall.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "crash-table: trap handlers inside the hypervisor";

void test_main(void)
{
	struct trap_info table[] = {
		{.vector = VECTOR_PF, .cs = 0xe008, .address = 0xffff82d040204b38UL},
		{.vector = VECTOR_GP, .cs = 0xe008, .address = 0xffff82d040204b38UL},
		{.vector = VECTOR_UD, .cs = 0xe010, .address = 0xffff820000003000UL},
		{.address = 0},
	};
	static char guard[65536] __attribute__((aligned(4096)));
	uint64_t old;

	printf("about to run a trap handler of the hypervisor's, set: %ld\n",
	       hypercall1(__HYPERVISOR_set_trap_table, ptr_arg(table)));
	console_flush();
	/* each fetch faults and pushes another frame: down to where nothing is mapped */
	__asm__ volatile("mov %%rsp, %0; mov %1, %%rsp; ud2"
			 : "=&r"(old)
			 : "r"(guard + 4096)
			 : "memory");
	FAIL("still alive");
}
