/* SPDX-License-Identifier: MIT */
/*
 * The fair policy: one queue for all CPUs, ordered by virtual run time (time
 * run divided by the domain's weight).  A waking vCPU starts a little behind
 * the front, so that sleepers get in soon but cannot save up.
 */
#include "arch/cpu.h"
#include "core/sched.h"
#include "xen/domctl.h"

#define DEFAULT_WEIGHT 256
#define SLICE_NS (10 * NSEC_PER_MSEC)
#define WAKE_CREDIT_NS (5 * NSEC_PER_MSEC)
/* How far a runner may be ahead of a waker before it is preempted. */
#define PREEMPT_NS (1 * NSEC_PER_MSEC)
/* How long it runs at least: else each answer a backend gives would stop it. */
#define RATELIMIT_NS (1 * NSEC_PER_MSEC)

/* Our words in struct vcpu. */
#define VRUNTIME 0

static struct list queue = LIST_INIT(queue); /* ascending virtual run time */
static uint64_t min_vruntime;

static uint64_t *vruntime(struct vcpu *v)
{
	return &v->sched_priv[VRUNTIME];
}

static void fair_vcpu_init(struct vcpu *v)
{
	*vruntime(v) = min_vruntime;
}

static void fair_enqueue(struct vcpu *v, stime_t now)
{
	struct vcpu *at;
	uint64_t floor = min_vruntime > WAKE_CREDIT_NS ? min_vruntime - WAKE_CREDIT_NS : 0;

	(void)now;
	if (*vruntime(v) < floor) {
		*vruntime(v) = floor;
	}
	list_for_each(at, &queue, run_link) {
		if (*vruntime(at) > *vruntime(v)) {
			break;
		}
	}
	list_add_tail(&v->run_link, &at->run_link);
}

static void fair_dequeue(struct vcpu *v)
{
	list_del(&v->run_link);
}

static void fair_charge(struct vcpu *v, uint64_t ns)
{
	unsigned int weight = v->domain->weight ? v->domain->weight : DEFAULT_WEIGHT;

	*vruntime(v) += ns * DEFAULT_WEIGHT / weight;
}

static void fair_yield(struct vcpu *v)
{
	struct vcpu *at;

	/* Behind the first that waits for this CPU. */
	list_for_each(at, &queue, run_link) {
		if (cpumask_test(at->hard_affinity, v->cpu) && *vruntime(at) >= *vruntime(v)) {
			*vruntime(v) = *vruntime(at) + 1;
			return;
		}
	}
}

static struct vcpu *fair_pick(unsigned int cpu, struct vcpu *prev, stime_t now, uint64_t *slice)
{
	struct vcpu *v, *tmp;

	(void)now;
	*slice = SLICE_NS;
	list_for_each_safe(v, tmp, &queue, run_link)
	{
		if (!vcpu_is_runnable(v)) {
			list_del(&v->run_link);
			continue;
		}
		if (!cpumask_test(v->hard_affinity, cpu)) {
			continue;
		}
		/* Another CPU has not saved its state yet. */
		if (v != prev && __atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE)) {
			continue;
		}
		list_del(&v->run_link);
		if (*vruntime(v) > min_vruntime) {
			min_vruntime = *vruntime(v);
		}
		return v;
	}
	return NULL;
}

static int fair_choose_cpu(struct vcpu *v, stime_t now, stime_t *at)
{
	cpumask_t allowed = v->hard_affinity & cpu_online_map;
	cpumask_t idle = allowed & sched_idle_cpus;
	unsigned int cpu;
	int worst = -1;
	uint64_t worst_vruntime = *vruntime(v) + PREEMPT_NS;

	if (idle) {
		return (int)(cpumask_test(idle, v->cpu) ? v->cpu : bit_first(idle));
	}
	for_each_cpu_in(cpu, allowed)
	{
		struct vcpu *cur = sched_current(cpu);
		uint64_t vr;

		if (!cur || vcpu_is_idle(cur)) {
			continue;
		}
		vr = *vruntime(cur) + (now - cur->runstate_since);
		if (vr > worst_vruntime) {
			worst_vruntime = vr;
			worst = (int)cpu;
			*at = MAX(now, cur->runstate_since + RATELIMIT_NS);
		}
	}
	return worst;
}

const struct scheduler sched_fair = {
	.name = "fair",
	.sysctl_id = XEN_SCHEDULER_CREDIT2,
	.ratelimit_us = RATELIMIT_NS / NSEC_PER_USEC,
	.vcpu_init = fair_vcpu_init,
	.enqueue = fair_enqueue,
	.dequeue = fair_dequeue,
	.charge = fair_charge,
	.yield = fair_yield,
	.pick = fair_pick,
	.choose_cpu = fair_choose_cpu,
};
