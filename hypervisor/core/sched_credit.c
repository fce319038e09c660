/* SPDX-License-Identifier: MIT */
/*
 * The policy in the manner of credit2: a queue ordered by virtual run time
 * (time run divided by the domain's weight), caps as a budget of each period,
 * a rate limit, soft affinity.
 */
#include "core/sched.h"
#include "xen/domctl.h"

#define DEFAULT_WEIGHT 256
#define SLICE_NS (10 * NSEC_PER_MSEC)
#define SLICE_MIN_NS (1 * NSEC_PER_MSEC)
/* How far a runner may be ahead of a waker before it is preempted. */
#define PREEMPT_NS (1 * NSEC_PER_MSEC)
#define CAP_PERIOD_NS (10 * NSEC_PER_MSEC)
#define CAP_SLICE_MIN_NS (100 * NSEC_PER_USEC)

/* The time v has when it has run for ns. */
static uint64_t weighted(const struct vcpu *v, uint64_t ns)
{
	return ns * DEFAULT_WEIGHT / v->domain->weight;
}

static uint64_t vruntime_at(const struct vcpu *v, stime_t now)
{
	return v->sched.vruntime + weighted(v, now - v->sched.charged_at);
}

/* The virtual time on a CPU: of who would be next there, else of who runs; 0: nobody's. */
static uint64_t clock_of(struct runqueue *q, const struct vcpu *v, unsigned int cpu, stime_t now,
			 const struct vcpu **whose)
{
	const struct vcpu *w;

	for (w = q->head[0]; w; w = w->sched.next[0]) {
		if (cpumask_test(w->hard_affinity, cpu)) {
			*whose = w;
			return w->sched.vruntime;
		}
	}
	w = sched_current(cpu);
	if (w == v || vcpu_is_idle(w)) {
		return 0;
	}
	*whose = w;
	return vruntime_at(w, now);
}

/*
 * Virtual times of vCPUs that did not compete so far say nothing about each
 * other.  Who joins starts with the clock of its CPU that is furthest, where
 * there is most room; who slept has saved one slice at most.
 */
static void join(struct runqueue *q, struct vcpu *v, stime_t now)
{
	const struct vcpu *whose = NULL, *w;
	uint64_t clock = 0, t, saved;
	unsigned int cpu;

	/* It runs at once.  With others waiting they may be taken first, again and again. */
	if (!q->waiting && (v->hard_affinity & q->cpus & sched_idle_cpus)) {
		return;
	}
	for_each_cpu_in(cpu, v->hard_affinity & q->cpus)
	{
		t = clock_of(q, v, cpu, now, &w);
		if (t > clock) {
			clock = t;
			whose = w;
		}
	}
	if (whose) {
		saved = MIN(clock, weighted(whose, SLICE_NS));
		v->sched.vruntime = MIN(MAX(v->sched.vruntime, clock - saved),
					clock + weighted(v, 2 * SLICE_NS));
	}
}

/* Who goes on is not further behind than the slices of who waits explain, nor ahead. */
static void rejoin(struct runqueue *q, struct vcpu *v, stime_t now)
{
	const struct vcpu *whose;
	uint64_t clock = clock_of(q, v, v->cpu, now, &whose);

	if (clock) {
		uint64_t behind = MIN(clock, weighted(whose, 2 * SLICE_NS));

		v->sched.vruntime =
			MAX(v->sched.vruntime, v->sched.yielding ? clock + 1 : clock - behind);
		/* Who just woke may have saved as much: that pulls nobody back. */
		v->sched.vruntime =
			MIN(v->sched.vruntime, clock + behind + weighted(v, 2 * SLICE_NS));
	}
}

static void credit_order(struct runqueue *q, struct vcpu *v, stime_t now)
{
	if (v->sched.load && cpumask_test(v->hard_affinity, v->cpu)) {
		rejoin(q, v, now);
	} else {
		join(q, v, now);
	}
}

static void credit_charge(struct vcpu *v, uint64_t ns)
{
	v->sched.vruntime += weighted(v, ns);
	if (v->domain->cap) {
		__atomic_fetch_sub(&v->domain->budget, (int64_t)ns, __ATOMIC_RELAXED);
	}
}

/* Gives the domain the budget of the periods that began since; true if any is left. */
static bool has_budget(struct domain *d, stime_t now)
{
	int64_t quota = (int64_t)(d->cap * (CAP_PERIOD_NS / 100)), left, full;
	stime_t due = __atomic_load_n(&d->refill_at, __ATOMIC_RELAXED);
	uint64_t periods;

	if (!quota) {
		return true;
	}
	if (now >= due) {
		periods = 1 + (now - due) / CAP_PERIOD_NS;
		if (__atomic_compare_exchange_n(&d->refill_at, &due, due + periods * CAP_PERIOD_NS,
						false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			left = __atomic_load_n(&d->budget, __ATOMIC_RELAXED);
			full = MIN(left + quota * (int64_t)periods, quota);
			__atomic_fetch_add(&d->budget, full - left, __ATOMIC_RELAXED);
		}
	}
	if (__atomic_load_n(&d->budget, __ATOMIC_RELAXED) > 0) {
		return true;
	}
	timer_set(&d->cap_timer, __atomic_load_n(&d->refill_at, __ATOMIC_RELAXED));
	return false;
}

/* How long v runs on cpu before somebody looks again; 0: until something happens. */
static uint64_t slice_for(const struct runqueue *q, const struct vcpu *v, unsigned int cpu)
{
	const struct domain *d = v->domain;

	if (d->cap) {
		int64_t part = __atomic_load_n(&d->budget, __ATOMIC_RELAXED) / d->max_vcpus;

		return MIN((uint64_t)MAX(part, (int64_t)CAP_SLICE_MIN_NS), SLICE_NS);
	}
	if (q->waiting > 1) {
		/* Shared by those who wait: whoever runs may be spinning for the last of them. */
		uint64_t share = SLICE_NS * cpumask_count(q->cpus) / q->waiting;

		share = MAX(share, SLICE_MIN_NS);
		return MIN(share, SLICE_NS);
	}
	return q->cpus != q->pool->cpus || !cpumask_test(v->soft_affinity, cpu) ? SLICE_NS : 0;
}

static struct vcpu *credit_pick(struct runqueue *q, unsigned int cpu, struct vcpu *prev,
				stime_t now, uint64_t *slice)
{
	uint64_t limit = q->pool->ratelimit_us * NSEC_PER_USEC, ran = now - prev->runstate_since;
	bool stays = prev->sched.queued && !prev->sched.yielding && ran < limit &&
		     cpumask_test(prev->hard_affinity, cpu);
	struct vcpu *v, *next;

	prev->sched.yielding = false;
	if (stays && has_budget(prev->domain, now)) {
		*slice = slice_for(q, prev, cpu);
		if (q->waiting > 1) {
			*slice = MIN(*slice, limit - ran);
		}
		return prev;
	}
	for (v = q->head[0]; v; v = next) {
		next = v->sched.next[0];
		/* Not on this CPU; or another has not saved its state yet. */
		if (!cpumask_test(v->hard_affinity, cpu) ||
		    (v != prev && __atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE))) {
			continue;
		}
		if (vcpu_is_runnable(v) && has_budget(v->domain, now)) {
			*slice = slice_for(q, v, cpu);
			return v;
		}
		sched_drop(q, v);
	}
	return NULL;
}

/* The CPU among these whose vCPU v may stop soonest, and when. */
static int worst_runner(const struct vcpu *v, cpumask_t cpus, stime_t now, stime_t *at)
{
	uint64_t limit = v->sched.queue->pool->ratelimit_us * NSEC_PER_USEC;
	uint64_t mine = v->sched.vruntime + PREEMPT_NS;
	unsigned int cpu;
	int worst = -1;

	*at = STIME_MAX;
	for_each_cpu_in(cpu, cpus)
	{
		const struct vcpu *cur = sched_current(cpu);
		stime_t when = now;
		uint64_t theirs;

		if (vcpu_is_idle(cur)) {
			continue;
		}
		theirs = vruntime_at(cur, now);
		if (theirs < mine) {
			when += MIN((mine - theirs) * cur->domain->weight / DEFAULT_WEIGHT,
				    SLICE_NS);
		}
		when = MAX(when, cur->runstate_since + limit);
		if (when < *at) {
			*at = when;
			worst = (int)cpu;
		}
	}
	return worst;
}

static int credit_choose_cpu(struct runqueue *q, struct vcpu *v, stime_t now, stime_t *at)
{
	cpumask_t allowed = vcpu_cpus(v) & q->cpus;
	cpumask_t idle = vcpu_prefers(v, allowed & sched_idle_cpus);
	int cpu;

	if (idle) {
		return (int)(cpumask_test(idle, v->cpu) ? v->cpu : bit_first(idle));
	}
	cpu = worst_runner(v, vcpu_prefers(v, allowed), now, at);
	return cpu >= 0 && *at <= now ? cpu : worst_runner(v, allowed, now, at);
}

/* Per CPU, in units that leave room for the division. */
static uint64_t load_per_cpu(const struct runqueue *q)
{
	return (q->load << 8) / MAX(cpumask_count(q->cpus), 1U);
}

static int credit_place(struct vcpu *v, stime_t now)
{
	cpumask_t allowed = vcpu_cpus(v), left;
	cpumask_t idle = vcpu_prefers(v, allowed & sched_idle_cpus);
	uint64_t least = ~0ULL;
	int best = -1;

	if (!allowed || !has_budget(v->domain, now)) {
		return -1;
	}
	if (idle) {
		left = idle & v->sched.queue->cpus ? idle & v->sched.queue->cpus : idle;
		return (int)(cpumask_test(idle, v->cpu) ? v->cpu : bit_first(left));
	}
	for (left = vcpu_prefers(v, allowed); left;) {
		unsigned int cpu = bit_first(left);
		const struct runqueue *q = sched_queue_of(cpu);
		uint64_t load = load_per_cpu(q);

		/* Where it was it has warm caches: another must be better by a quarter. */
		load = q == v->sched.queue ? load / 4 * 3 : load;
		if (load < least) {
			least = load;
			best = (int)cpu;
		}
		left &= ~(q->cpus | cpumask_of(cpu));
	}
	return best;
}

const struct scheduler sched_credit = {
	.name = "credit2",
	.sysctl_id = XEN_SCHEDULER_CREDIT2,
	.place = credit_place,
	.order = credit_order,
	.charge = credit_charge,
	.pick = credit_pick,
	.choose_cpu = credit_choose_cpu,
};
