/* SPDX-License-Identifier: MIT */
/* Claim: a fault without a handler ends the domain, and the domain alone. */
#include <stdio.h>

#include "claim.h"
#include "console.h"
#include "hypercall.h"
#include "runtime.h"

const char test_title[] = "crash-triple: a fault that has no handler";

void test_main(void)
{
	hypercall1(__HYPERVISOR_set_trap_table, 0);
	printf("about to fault without a trap table\n");
	console_flush();
	*(volatile char *)0x123456789000UL = 1;
	FAIL("still alive");
}
