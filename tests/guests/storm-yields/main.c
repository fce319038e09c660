/* SPDX-License-Identifier: MIT */
/* Claim: giving up the CPU without end does not take it from others. */
#include <stdio.h>

#include <xen/sched.h>

#include "claim.h"
#include "clock.h"
#include "events.h"
#include "hypercall.h"
#include "storm.h"
#include "traps.h"

const char test_title[] = "storm-yields: yielding and polling without end";

static void storm_round(unsigned long n)
{
	struct sched_poll poll = {.timeout = n % 2 ? 1 : clock_now() + n % 5000};

	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, ptr_arg(&poll));
}

void test_main(void)
{
	traps_init();
	events_init();
	storm_run(storm_round, 500);
}
