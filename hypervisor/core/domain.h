/* SPDX-License-Identifier: MIT */
/*
 * Domains and their virtual CPUs.
 *
 * Life of a domain: domain_create -> (built) -> running -> dying (kill) ->
 * resources given back -> last reference -> freed.  domain_lookup takes a
 * reference, domain_put gives it back.
 */
#ifndef ARGON_CORE_DOMAIN_H
#define ARGON_CORE_DOMAIN_H

#include "core/timer.h"
#include "lib/cpumask.h"
#include "lib/list.h"
#include "lib/nospec.h"
#include "lib/spinlock.h"
#include "lib/types.h"
#include "pv/state.h"
#include "xen/event.h"
#include "xen/vcpu.h"

struct evtchn_table; /* core/evtchn.c */
struct grant_table;  /* core/grant.c */
struct cpu_policy;   /* pv/cpuid.c */
struct xsave_area;   /* arch */
struct pci_domain;   /* physdev */

/* Why a vCPU does not run; it is runnable when all are clear and no pause counts. */
enum vcpu_block {
	VCPU_DOWN = 1U << 0,    /* not brought up yet, or taken down */
	VCPU_BLOCKED = 1U << 1, /* sched_op block: until an event */
	VCPU_POLLING = 1U << 2, /* sched_op poll: until one of the ports or time */
};

#define POLL_PORTS_MAX 128

struct cpupool;  /* core/sched.h */
struct runqueue; /* core/sched.h */

/* A vCPU's place in the scheduler; under the lock of its queue. */
#define SCHED_LEVELS 5U
struct sched_vcpu {
	struct runqueue *queue;          /* where it waits or runs, or did last */
	struct vcpu *next[SCHED_LEVELS]; /* in the queue: a skip list */
	uint64_t vruntime, sequence;     /* its order there */
	stime_t charged_at;              /* running: up to when it was accounted */
	uint32_t load;                   /* what it adds to the queue's */
	uint8_t levels;                  /* that it takes part in */
	bool queued, yielding;
};

struct vcpu {
	/* Read by the assembly paths; keep together and first. */
	struct vcpu_info *info; /* (asm) events and time as the guest sees them */
	struct domain *domain;  /* (asm) */
	unsigned int id;
	struct pv_vcpu pv; /* (asm) */

	/* Set by others, atomically. */
	uint32_t blocked; /* enum vcpu_block bits */
	int pause_count;  /* > 0: held by the toolstack or Argon */

	/* Where it runs; guarded by the lock of its run queue. */
	unsigned int cpu; /* CPU it runs on or ran last */
	bool is_running;  /* some CPU has its state loaded */
	bool initialised; /* a context was set */
	bool loading;     /* somebody is setting one; atomic */
	cpumask_t hard_affinity, soft_affinity;
	struct sched_vcpu sched;

	struct cpu_user_regs regs; /* guest registers while descheduled */
	struct xsave_area *xsave;  /* FPU and vector state while descheduled */
	uint64_t xcr0;

	/* Accounting; written by its CPU. */
	int runstate; /* RUNSTATE_* */
	stime_t runstate_since;
	uint64_t runstate_time[4];
	gptr_t runstate_area;  /* registered copy for the guest, or null */
	gptr_t time_area;      /* registered vcpu_time_info, or null */
	uint32_t time_version; /* of info->time */

	/* Timers of the guest's. */
	struct timer periodic_timer;
	uint64_t periodic_ns;
	struct timer singleshot_timer;
	struct timer poll_timer;

	/* Events. */
	struct page_info *info_page;       /* registered vcpu_info frame, or NULL */
	evtchn_port_t virq_port[NR_VIRQS]; /* 0: not bound; under the event lock */
	evtchn_port_t poll_port;           /* 0: none or several */
	bool polling;                      /* counted in domain.pollers */
};

enum domain_dying { DOMAIN_ALIVE, DOMAIN_DYING, DOMAIN_DEAD };

struct domain {
	xen_domid_t id;
	uint32_t refs;
	uint8_t handle[16];
	bool is_privileged; /* dom0 */
	bool is_idle;

	spinlock_t lock; /* RANK_DOMAIN: the fields up to the next heading */
	enum domain_dying dying;
	bool is_shutting_down, is_shut_down;
	int shutdown_code; /* SHUTDOWN_*, -1: none */
	bool creation_finished;
	unsigned int relinquish_step; /* how far teardown came */
	int ctrl_pause_count;         /* pauses of the toolstack */

	int pause_count; /* atomic; > 0: no vCPU of it runs */
	unsigned int max_vcpus;
	struct vcpu **vcpu;         /* max_vcpus pointers, NULL until max_vcpus op */
	cpumask_t dirty_cpus;       /* atomic: CPUs that may hold TLB entries of it */
	unsigned int node_affinity; /* nodes its memory should rather be on; 0: any */
	bool log_dirty;             /* the toolstack wants written frames reported */

	/* Memory; guarded by page_lock (RANK_PAGE_LIST). */
	spinlock_t page_lock;
	uint32_t page_list;   /* first frame, PAGE_LINK_END: none */
	uint32_t dying_list;  /* frames teardown has been at, still referenced */
	uint32_t shared_list; /* hypervisor frames shared with it */
	uint64_t tot_pages, max_pages, outstanding_pages;
	uint64_t shared_pages; /* frames on shared_list */

	struct shared_info *shared; /* one hypervisor frame */
	struct evtchn_table *evtchn;
	struct grant_table *grant;

	/* Limits given at creation. */
	unsigned int max_evtchn_port;
	unsigned int max_grant_frames, max_maptrack_frames;
	unsigned int grant_version_max;

	/* Time. */
	int64_t time_offset; /* seconds added to the wall clock */
	uint32_t tsc_mode, tsc_khz;

	/* Scheduler parameters: cap in percent of a CPU, 0: none. */
	uint16_t weight, cap;
	int64_t budget;         /* atomic; ns left of what the cap allows a period */
	stime_t refill_at;      /* atomic; when the next period begins */
	struct timer cap_timer; /* for those who wait for it */
	struct cpupool *pool;   /* atomic */

	struct pv_domain pv;
	struct cpu_policy *policy; /* CPUID/MSR policy; owned */
	struct pirq_table *pirqs;  /* physical interrupts bound; core/pirq.c */
	struct timer watchdog[2];
	uint32_t watchdog_inuse; /* bit n: watchdog n is armed */
	uint32_t pollers;        /* atomic: vCPUs in sched_op poll */
	spinlock_t console_lock; /* RANK_CONSOLE_LINE: line buffer of console_io */
	char *console_line;
	unsigned int console_len;
	uint64_t gprintk_window; /* rate limit of the guest's log lines */
	unsigned int gprintk_count;
};

#define DOM0_ID 0
#define IDLE_DOMID 0x7fff /* DOMID_IDLE */

extern struct domain *dom0;
extern struct vcpu *idle_vcpu[MAX_CPUS];

/*
 * Creates a domain with max_vcpus slots and no vCPU, memory or page; id must
 * be free.  Returns it with one reference, or NULL and *err = -errno.
 */
struct domain_params {
	uint8_t handle[16];
	unsigned int max_vcpus;
	unsigned int max_evtchn_port;
	unsigned int max_grant_frames, max_maptrack_frames;
	unsigned int grant_version_max;
	bool is_privileged;
	struct cpupool *pool; /* NULL: the first */
};
struct domain *domain_create(xen_domid_t id, const struct domain_params *p, int *err);
/* Adds vCPU id (descheduled, VCPU_DOWN); NULL if out of memory. */
struct vcpu *vcpu_create(struct domain *d, unsigned int id);

/* The domain with that id, without a reference (for owners of frames), or NULL. */
struct domain *domain_by_id(xen_domid_t id);
/* The domain with that id and one reference more, or NULL.  Dying ones too. */
struct domain *domain_lookup(xen_domid_t id);
/* The same for an argument of a hypercall: DOMID_SELF is the caller. */
struct domain *domain_lookup_any(xen_domid_t id);
/* First domain with id >= from (one reference), or NULL: for listings. */
struct domain *domain_lookup_from(xen_domid_t from);
void domain_get(struct domain *d);
void domain_put(struct domain *d);

/* Starts or continues teardown: 0 done, -ERESTART call again. */
int domain_kill(struct domain *d);
/* The guest (or its crash) asks to stop: reason SHUTDOWN_*. */
void domain_shutdown(struct domain *d, int reason);
void domain_resume(struct domain *d);
/*
 * The current domain broke a rule it cannot survive: logs why and stops it.
 * Returns; the caller gets out to the exit path, where it is descheduled.
 */
void domain_crash(struct domain *d, const char *fmt, ...) __printf(2, 3);

/* Counted pauses.  _sync waits until no CPU runs it: no lock may be held. */
void domain_pause_sync(struct domain *d);
void domain_pause_nosync(struct domain *d);
void domain_unpause(struct domain *d);
void vcpu_pause_sync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);

static inline bool vcpu_is_runnable(const struct vcpu *v)
{
	return !(__atomic_load_n(&v->blocked, __ATOMIC_SEQ_CST) ||
		 __atomic_load_n(&v->pause_count, __ATOMIC_SEQ_CST) ||
		 __atomic_load_n(&v->domain->pause_count, __ATOMIC_SEQ_CST));
}

static inline bool vcpu_is_idle(const struct vcpu *v)
{
	return v->domain->is_idle;
}

static inline struct vcpu *domain_vcpu(const struct domain *d, unsigned int id)
{
	return id < d->max_vcpus ? d->vcpu[index_nospec(id, d->max_vcpus)] : NULL;
}

#define for_each_vcpu(d, v, i)                     \
	for ((i) = 0; (i) < (d)->max_vcpus; (i)++) \
		if (((v) = (d)->vcpu[i]) != NULL)

/* Brings the guest out of a block or poll because an event became pending. */
void vcpu_unblock(struct vcpu *v);
/* Makes the vCPU look at its pending events soon, wherever it runs. */
void vcpu_kick(struct vcpu *v);

/*
 * vcpu_set_context for a vCPU that does not run, by one caller at a time:
 * -EBUSY to others, -EEXIST if only_new and it has a context already.
 */
struct vcpu_guest_context;
int vcpu_load_context(struct vcpu *v, const struct vcpu_guest_context *ctx, bool only_new);
/* (pv/vcpu_context.c) */
int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *ctx);
void vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *ctx);

#endif
