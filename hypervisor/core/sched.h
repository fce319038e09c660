/* SPDX-License-Identifier: MIT */
/*
 * Scheduling: the mechanism (sched.c: who is runnable, run states, switching)
 * and behind struct scheduler the policy (sched_fair.c: who runs next).
 */
#ifndef ARGON_CORE_SCHED_H
#define ARGON_CORE_SCHED_H

#include "core/domain.h"
#include "lib/cpumask.h"
#include "lib/types.h"

/*
 * A policy.  All functions run with sched_lock held.  v->run_link, sched_priv
 * and the CPU choice are the policy's.
 */
struct scheduler {
	const char *name;      /* as sched= and xl info call it */
	uint32_t sysctl_id;    /* XEN_SCHEDULER_* */
	uint32_t ratelimit_us; /* how long a vCPU runs at least, as tools are told */
	void (*vcpu_init)(struct vcpu *v);
	/* v became runnable and runs nowhere: queue it. */
	void (*enqueue)(struct vcpu *v, stime_t now);
	/* v is queued and must not be any more. */
	void (*dequeue)(struct vcpu *v);
	/* v ran on its CPU for ns. */
	void (*charge)(struct vcpu *v, uint64_t ns);
	/* v gives way to others of its queue. */
	void (*yield)(struct vcpu *v);
	/*
	 * The vCPU to run on cpu next (dequeued), or NULL for idle; prev is
	 * still runnable and already queued, or not queued.  *slice: ns until
	 * somebody should look again.
	 */
	struct vcpu *(*pick)(unsigned int cpu, struct vcpu *prev, stime_t now, uint64_t *slice);
	/* After v was queued: the CPU that should look again, *at that time, or -1. */
	int (*choose_cpu)(struct vcpu *v, stime_t now, stime_t *at);
};

extern const struct scheduler sched_fair;

/* Run-queue state, readable under sched_lock by policies. */
extern spinlock_t sched_lock;
extern cpumask_t sched_idle_cpus;
struct vcpu *sched_current(unsigned int cpu);

void sched_init(void);
/* Called by each CPU, the boot CPU first: its idle vCPU becomes current. */
void sched_init_cpu(unsigned int cpu);
void sched_vcpu_init(struct vcpu *v);
/* Takes v out of the scheduler for good; it must not be runnable or running. */
void sched_vcpu_remove(struct vcpu *v);

/* A reason to run or not to run v changed: puts it where it belongs. */
void sched_wake(struct vcpu *v);
void sched_sleep_nosync(struct vcpu *v);
/* The same, and waits until no CPU has its state.  No lock held. */
void sched_sleep_sync(struct vcpu *v);
void vcpu_yield(void);
/* v's affinity changed. */
void sched_affinity_changed(struct vcpu *v);
void sched_softirq(void);

/* Sum of the time v has run, ns. */
uint64_t vcpu_run_time(struct vcpu *v);
/* Consistent copy of v's run state, brought up to now. */
struct vcpu_runstate_info;
void vcpu_runstate_get(struct vcpu *v, struct vcpu_runstate_info *out);
/* Copies the current vCPU's run state to where the guest registered it. */
void vcpu_runstate_publish(struct vcpu *v);
/* ns the CPU was idle. */
uint64_t cpu_idle_time(unsigned int cpu);
const struct scheduler *sched_policy(void);

#endif
