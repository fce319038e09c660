/* SPDX-License-Identifier: MIT */
/* The work word of a CPU, and its idle loop. */
#include "core/idle.h"

#include "arch/context.h"
#include "arch/cpu.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "core/sched.h"
#include "core/timer.h"
#include "debug/keys.h"
#include "mm/page.h"

void cpu_do_work(void)
{
	uint32_t work = cpu_work_take();

	if (work & (WORK_FLUSH | WORK_CALL)) {
		cpu_work_add(work & (WORK_FLUSH | WORK_CALL));
		cpu_serve_requests();
	}
	if (work & WORK_TIMER) {
		timer_softirq();
	}
	if (work & WORK_DEBUG_KEY) {
		keys_softirq();
	}
	/* Last: it may change whose state is on this CPU. */
	if (work & WORK_SCHEDULE) {
		sched_softirq();
	}
}

void idle_loop(void)
{
	for (;;) {
		cpu_do_work();
		if (!vcpu_is_idle(current)) {
			arch_run_current();
		}
		while (!preempt_needed() && frames_scrub()) {
		}
		if (!cpu_work_pending()) {
			cpu_idle_wait();
		}
	}
}
