/* SPDX-License-Identifier: MIT */
/* The hypercall fuzzer's scheduling policy: who runs where is the input's choice. */
#include "hv_world.h"

#include "core/sched.h"
#include "xen/domctl.h"

static bool may_run(const struct vcpu *v, unsigned int cpu, const struct vcpu *prev)
{
	return vcpu_is_runnable(v) && cpumask_test(v->hard_affinity, cpu) &&
	       (v == prev || !v->is_running);
}

static struct vcpu *policy_pick(struct runqueue *q, unsigned int cpu, struct vcpu *prev,
				stime_t now, uint64_t *slice)
{
	struct vcpu *v, *best = NULL;

	(void)now;
	*slice = NSEC_PER_SEC;
	if (prev->sched.yielding && hv_wanted[cpu] == prev) {
		hv_wanted[cpu] = NULL;
	}
	prev->sched.yielding = false;
	for (v = q->head[0]; v; v = v->sched.next[0]) {
		if (may_run(v, cpu, prev) && (!best || v == hv_wanted[cpu])) {
			best = v;
		}
	}
	return best;
}

static int policy_choose_cpu(struct runqueue *q, struct vcpu *v, stime_t now, stime_t *at)
{
	(void)q;
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

static int policy_place(struct vcpu *v, stime_t now)
{
	(void)now;
	return vcpu_cpus(v) ? (int)bit_first(vcpu_cpus(v)) : -1;
}

/* In the place of the hypervisor's own. */
const struct scheduler sched_credit = {
	.name = "fuzz",
	.sysctl_id = XEN_SCHEDULER_CREDIT2,
	.place = policy_place,
	.pick = policy_pick,
	.choose_cpu = policy_choose_cpu,
};
