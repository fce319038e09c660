/* SPDX-License-Identifier: MIT */
/* The hypercall fuzzer's scheduling policy: who runs where is the input's choice. */
#include "hv_world.h"

#include "core/sched.h"

struct list hv_queue;

static void policy_init(struct vcpu *v)
{
	(void)v;
}

static void policy_enqueue(struct vcpu *v, stime_t now)
{
	(void)now;
	list_add_tail(&v->run_link, &hv_queue);
}

static void policy_dequeue(struct vcpu *v)
{
	list_del(&v->run_link);
}

static void policy_charge(struct vcpu *v, uint64_t ns)
{
	(void)v;
	(void)ns;
}

static void policy_yield(struct vcpu *v)
{
	/* It is enqueued last when its CPU looks. */
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		if (hv_wanted[cpu] == v) {
			hv_wanted[cpu] = NULL;
		}
	}
}

static bool may_run(const struct vcpu *v, unsigned int cpu, const struct vcpu *prev)
{
	return vcpu_is_runnable(v) && cpumask_test(v->hard_affinity, cpu) &&
	       (v == prev || !v->is_running);
}

static struct vcpu *policy_pick(unsigned int cpu, struct vcpu *prev, stime_t now, uint64_t *slice)
{
	struct vcpu *v, *best = NULL;

	(void)now;
	*slice = NSEC_PER_SEC;
	list_for_each(v, &hv_queue, run_link) {
		if (may_run(v, cpu, prev) && (!best || v == hv_wanted[cpu])) {
			best = v;
		}
	}
	if (best) {
		list_del(&best->run_link);
	}
	return best;
}

static int policy_choose_cpu(struct vcpu *v, stime_t now, stime_t *at)
{
	(void)now;
	(void)at;
	for (int pass = 0; pass < 2; pass++) {
		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			if (may_run(v, cpu, v) &&
			    (pass ? vcpu_is_idle(sched_current(cpu)) : hv_wanted[cpu] == v)) {
				return (int)cpu;
			}
		}
	}
	return -1;
}

/* In the place of the hypervisor's own policy. */
const struct scheduler sched_fair = {
	.name = "fuzz",
	.vcpu_init = policy_init,
	.enqueue = policy_enqueue,
	.dequeue = policy_dequeue,
	.charge = policy_charge,
	.yield = policy_yield,
	.pick = policy_pick,
	.choose_cpu = policy_choose_cpu,
};
