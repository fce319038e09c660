/* SPDX-License-Identifier: MIT */
/*
 * What a scheduling decision costs: instructions of a wake-up and of the end
 * of a slice, from 2 to 1,000 vCPUs that want one CPU. Counted by the trap
 * flag, so they are the same on every machine; built without sanitizers.
 */
#include <signal.h>
#include <stdio.h>

#include "core/sched_sim.h"

static volatile uint64_t count;

static void on_trap(int sig)
{
	(void)sig;
	count++;
}

static void count_start(void)
{
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "cc", "memory");
}

static void count_end(void)
{
	__asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "cc", "memory");
}

/* The current vCPU's slice is over. */
static uint64_t slice_end(void)
{
	fake_now += 10 * NSEC_PER_MSEC;
	count = 0;
	count_start();
	sched_softirq();
	count_end();
	fake_cpus[0].work = 0;
	return count;
}

/* One that slept is woken; whom it preempts is not counted. */
static uint64_t wake(struct sim_vcpu *s)
{
	fake_now += NSEC_PER_MSEC;
	__atomic_fetch_or(&s->v.blocked, VCPU_BLOCKED, __ATOMIC_SEQ_CST);
	sched_sleep_nosync(&s->v);
	sched_softirq();
	count = 0;
	count_start();
	vcpu_unblock(&s->v);
	count_end();
	sched_softirq();
	fake_cpus[0].work = 0;
	return count;
}

int main(void)
{
	static const unsigned int sizes[] = {2, 10, 100, 1000};

	signal(SIGTRAP, on_trap);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t ends = 0, wakes = 0;

		sim_start(1, 64, &sched_credit);
		for (unsigned int n = 0; n < sizes[i]; n++) {
			sim_add(sim_domain(256, 0), (struct sim_script){.burst = 1});
		}
		sim_run(sizes[i] * 10 * NSEC_PER_MSEC);
		for (unsigned int n = 0; n < 200; n++) {
			ends += slice_end();
			wakes += wake(sim.all[n % sim.count]);
		}
		printf("%4u vCPUs: %lu instructions the end of a slice, %lu a wake-up\n", sizes[i],
		       ends / 200, wakes / 200);
		sim_end();
	}
	return 0;
}
