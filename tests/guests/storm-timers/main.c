/* SPDX-License-Identifier: MIT */
/* Claim: timers armed without end, in the past or just ahead, cost the caller's own time. */
#include <stdio.h>

#include <xen/vcpu.h>

#include "claim.h"
#include "clock.h"
#include "events.h"
#include "hypercall.h"
#include "storm.h"
#include "traps.h"

const char test_title[] = "storm-timers: timers armed without end";

static void op(unsigned int cmd, void *arg)
{
	hypercall3(__HYPERVISOR_vcpu_op, cmd, 1, ptr_arg(arg));
}

static void storm_round(unsigned long n)
{
	struct vcpu_set_singleshot_timer once = {.timeout_abs_ns = 1};
	struct vcpu_set_periodic_timer often = {.period_ns = 1000000};

	op(VCPUOP_set_singleshot_timer, &once);
	once.timeout_abs_ns = clock_now() + n % 10000;
	op(VCPUOP_set_singleshot_timer, &once);
	op(VCPUOP_set_periodic_timer, &often);
	often.period_ns = 1;
	op(VCPUOP_set_periodic_timer, &often);
	hypercall1(__HYPERVISOR_set_timer_op, clock_now() + n % 100);
	hypercall1(__HYPERVISOR_set_timer_op, 1);
	if (n % 8 == 0) {
		op(VCPUOP_stop_periodic_timer, NULL);
	}
}

void test_main(void)
{
	struct evtchn_bind_virq bind = {.virq = VIRQ_TIMER, .vcpu = 1};

	traps_init();
	events_init();
	events_op(EVTCHNOP_bind_virq, &bind);
	storm_run(storm_round, 2000);
}
