/* SPDX-License-Identifier: MIT */
/*
 * Claim: a guest that floods the hypervisor's log gets a few lines a second into it; the others
 * are counted, and nobody waits for them.
 */
#include <stdio.h>
#include <string.h>

#include <xen/mmu.h>

#include "claim.h"
#include "events.h"
#include "hypercall.h"
#include "runtime.h"
#include "storm.h"
#include "traps.h"

const char test_title[] = "storm-console: the log flooded";

static char text[64 * 64];

static void storm_round(unsigned long n)
{
	(void)n;
	hypercall3(__HYPERVISOR_console_io, CONSOLEIO_write, sizeof(text), ptr_arg(text));
}

void test_main(void)
{
	if (runtime_is_dom0()) {
		SKIP("dom0's lines are not limited");
		return;
	}
	traps_init();
	events_init();
	memset(text, 'x', sizeof(text));
	for (unsigned int i = 63; i < sizeof(text); i += 64) {
		text[i] = '\n';
	}
	storm_run(storm_round, 20);
}
