/* SPDX-License-Identifier: MIT */
/*
 * Scheduling: the mechanism (sched.c: who is runnable, run states, switching,
 * which queue), and behind struct scheduler the policies (sched_credit.c,
 * sched_null.c: who of a queue runs next).  See docs/scheduler.md.
 */
#ifndef ARGON_CORE_SCHED_H
#define ARGON_CORE_SCHED_H

#include "core/domain.h"
#include "lib/cpumask.h"
#include "lib/types.h"

#define QUEUE_CPUS_MAX 8 /* CPUs of one socket that share a run queue */

/*
 * vCPUs that wait for one of a few CPUs.  The lock guards it, those CPUs'
 * current vCPUs, and v->sched and the run state of every vCPU whose
 * v->sched.queue it is.  Nobody holds two of them.
 */
struct runqueue {
	spinlock_t lock;
	cpumask_t cpus;                  /* that take from it */
	struct cpupool *pool;            /* these CPUs' */
	struct vcpu *head[SCHED_LEVELS]; /* skip list by virtual run time */
	uint64_t sequence;               /* of entries */
	uint64_t load;                   /* sum of the weights that wait or run */
	unsigned int waiting;
} __aligned(64);

struct cpupool {
	uint32_t id;
	bool used;
	cpumask_t cpus; /* atomic */
	const struct scheduler *sched;
	uint32_t ratelimit_us; /* how long a vCPU runs at least, if it wants to */
};

/*
 * A policy.  place() may be called with another queue's lock held and only
 * gives a hint; the others run with q's lock held, q being v's queue.
 */
struct scheduler {
	const char *name;   /* as sched= calls it */
	uint32_t sysctl_id; /* XEN_SCHEDULER_* */
	/* The CPU whose queue a runnable v should join, or -1: none for now. */
	int (*place)(struct vcpu *v, stime_t now);
	/* Sets v->sched.vruntime, by which the queue is ordered, before v joins it; may be NULL. */
	void (*order)(struct runqueue *q, struct vcpu *v, stime_t now);
	/* v ran for ns; may be NULL. */
	void (*charge)(struct vcpu *v, uint64_t ns);
	/*
	 * The queued vCPU to run on cpu next, or NULL for idle; prev, if it can
	 * go on, is queued.  *slice: ns until somebody should look again, or 0.
	 */
	struct vcpu *(*pick)(struct runqueue *q, unsigned int cpu, struct vcpu *prev, stime_t now,
			     uint64_t *slice);
	/* After v was queued: the CPU that should look again, *at that time, or -1. */
	int (*choose_cpu)(struct runqueue *q, struct vcpu *v, stime_t now, stime_t *at);
};

extern const struct scheduler sched_credit, sched_null;
/* By name, or by XEN_SCHEDULER_* if name is NULL; NULL: there is none. */
const struct scheduler *sched_find(const char *name, uint32_t id);

/* For policies.  CPUs that have nothing to do and were not rung yet. */
extern cpumask_t sched_idle_cpus;
struct vcpu *sched_current(unsigned int cpu);
struct runqueue *sched_queue_of(unsigned int cpu);
/* Where v may run at present. */
static inline cpumask_t vcpu_cpus(const struct vcpu *v)
{
	return v->hard_affinity & __atomic_load_n(&v->domain->pool->cpus, __ATOMIC_SEQ_CST);
}
/* Of some CPUs, those v would rather have, if there are such. */
static inline cpumask_t vcpu_prefers(const struct vcpu *v, cpumask_t cpus)
{
	return cpus & v->soft_affinity ? cpus & v->soft_affinity : cpus;
}
/* Takes v off the queue without running it. */
void sched_drop(struct runqueue *q, struct vcpu *v);

/* Called by each CPU, the boot CPU first: its idle vCPU becomes current. */
void sched_init_cpu(unsigned int cpu);
/* pool: NULL for the first. */
void sched_domain_init(struct domain *d, struct cpupool *pool);
void sched_vcpu_init(struct vcpu *v);
/* Takes v out of the scheduler for good; it must not be runnable or running. */
void sched_vcpu_remove(struct vcpu *v);

/* A reason to run or not to run v changed: puts it where it belongs. */
void sched_wake(struct vcpu *v);
void sched_sleep_nosync(struct vcpu *v);
/* The same, and waits until no CPU has its state.  No lock held. */
void sched_sleep_sync(struct vcpu *v);
void vcpu_yield(void);
/* v's affinity, pool or share, or the pool's CPUs changed. */
void sched_changed(struct vcpu *v);
/* Weight 1..65535; cap in percent of a CPU, 0: none, at most 100 per vCPU.  -EINVAL. */
int sched_set_share(struct domain *d, unsigned int weight, unsigned int cap);
void sched_softirq(void);

/* An idle CPU becomes the pool's; one becomes nobody's: the caller then tells all vCPUs. */
void sched_cpu_join(unsigned int cpu, struct cpupool *pool);
void sched_cpu_leave(unsigned int cpu);

/* Sum of the time v has run, ns. */
uint64_t vcpu_run_time(struct vcpu *v);
/* Consistent copy of v's run state, brought up to now. */
struct vcpu_runstate_info;
void vcpu_runstate_get(struct vcpu *v, struct vcpu_runstate_info *out);
/* ns the CPU was idle. */
uint64_t cpu_idle_time(unsigned int cpu);

#endif
