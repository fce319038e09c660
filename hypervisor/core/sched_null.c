/* SPDX-License-Identifier: MIT */
/*
 * The null policy: a vCPU keeps its CPU until it blocks, and finds it free
 * when it wakes, as long as there are no more vCPUs than CPUs; those beyond
 * wait until one is idle.  For measurements: nobody is ever preempted.
 */
#include "core/sched.h"
#include "xen/domctl.h"

static int null_place(struct vcpu *v, stime_t now)
{
	cpumask_t cpus = vcpu_cpus(v);
	cpumask_t preferred = vcpu_prefers(v, cpus & sched_idle_cpus);

	(void)now;
	cpus = preferred ? preferred : cpus;
	return !cpus ? -1 : (int)(cpumask_test(cpus, v->cpu) ? v->cpu : bit_first(cpus));
}

static struct vcpu *null_pick(struct runqueue *q, unsigned int cpu, struct vcpu *prev, stime_t now,
			      uint64_t *slice)
{
	struct vcpu *v;

	(void)now;
	*slice = 0;
	if (prev->sched.queued && cpumask_test(prev->hard_affinity, cpu)) {
		return prev;
	}
	for (v = q->head[0]; v; v = v->sched.next[0]) {
		if (cpumask_test(v->hard_affinity, cpu) && vcpu_is_runnable(v) &&
		    (v == prev || !__atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE))) {
			return v;
		}
	}
	return NULL;
}

static int null_choose_cpu(struct runqueue *q, struct vcpu *v, stime_t now, stime_t *at)
{
	cpumask_t idle = vcpu_prefers(v, vcpu_cpus(v) & q->cpus & sched_idle_cpus);

	*at = now;
	return !idle ? -1 : (int)(cpumask_test(idle, v->cpu) ? v->cpu : bit_first(idle));
}

const struct scheduler sched_null = {
	.name = "null",
	.sysctl_id = XEN_SCHEDULER_NULL,
	.place = null_place,
	.pick = null_pick,
	.choose_cpu = null_choose_cpu,
};
