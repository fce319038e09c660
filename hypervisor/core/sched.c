/* SPDX-License-Identifier: MIT */
/* The scheduling mechanism (see sched.h). */
#include "core/sched.h"

#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/time.h"
#include "core/cpupool.h"
#include "core/vcpu_time.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "mm/page.h"
#include "xen/mmu.h"
#include "xen/vcpu.h"

cpumask_t sched_idle_cpus;
struct vcpu *idle_vcpu[MAX_CPUS];

static struct domain idle_domain = {.id = IDLE_DOMID, .is_idle = true, .weight = 1};
static struct vcpu_info idle_info; /* never pending */
/*
 * A CPU in a pool takes from the queue of the first CPU of its group; there
 * are as many as CPUs.  running[]: under the lock of the CPU's queue.
 */
static struct runqueue queues[MAX_CPUS];
static struct runqueue *cpu_queue[MAX_CPUS];
static struct vcpu *running[MAX_CPUS];
static struct timer slice_timer[MAX_CPUS];

static const struct scheduler *const policies[] = {&sched_credit, &sched_null};

const struct scheduler *sched_find(const char *name, uint32_t id)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(policies); i++) {
		if (name ? !strcmp(name, policies[i]->name) : id == policies[i]->sysctl_id) {
			return policies[i];
		}
	}
	return NULL;
}

struct vcpu *sched_current(unsigned int cpu)
{
	return __atomic_load_n(&running[cpu], __ATOMIC_RELAXED);
}

struct runqueue *sched_queue_of(unsigned int cpu)
{
	return __atomic_load_n(&cpu_queue[cpu], __ATOMIC_RELAXED);
}

/* The queue whose lock guards v, locked; v may be moved while we wait. */
static struct runqueue *queue_lock(struct vcpu *v)
{
	for (;;) {
		struct runqueue *q = __atomic_load_n(&v->sched.queue, __ATOMIC_ACQUIRE);

		spin_lock_quiet(&q->lock);
		if (q == v->sched.queue) {
			return q;
		}
		spin_unlock(&q->lock);
	}
}

static bool is_on_cpu(const struct vcpu *v)
{
	return sched_current(v->cpu) == v;
}

static void runstate_change(struct vcpu *v, int state, stime_t now)
{
	if (now > v->runstate_since) {
		v->runstate_time[v->runstate] += now - v->runstate_since;
	}
	v->runstate_since = now;
	v->runstate = state;
}

static int stopped_runstate(const struct vcpu *v)
{
	return v->blocked & (VCPU_BLOCKED | VCPU_POLLING) ? RUNSTATE_blocked : RUNSTATE_offline;
}

/* v counts in the queue's load as long as it waits or runs there. */
static void load_add(struct runqueue *q, struct vcpu *v)
{
	if (!v->sched.load) {
		v->sched.load = v->domain->weight;
		q->load += v->sched.load;
	}
}

static void load_remove(struct runqueue *q, struct vcpu *v)
{
	q->load -= v->sched.load;
	v->sched.load = 0;
}

static bool is_before(const struct vcpu *a, const struct vcpu *b)
{
	return a->sched.vruntime < b->sched.vruntime ||
	       (a->sched.vruntime == b->sched.vruntime && a->sched.sequence < b->sched.sequence);
}

/* path[level]: the links of the last one before v (Pugh, "Skip lists", CACM 1990). */
static void find(struct runqueue *q, const struct vcpu *v, struct vcpu **path[SCHED_LEVELS])
{
	struct vcpu **links = q->head;

	for (int level = (int)SCHED_LEVELS - 1; level >= 0; level--) {
		while (links[level] && is_before(links[level], v)) {
			links = links[level]->sched.next;
		}
		path[level] = links;
	}
}

static void enqueue(struct runqueue *q, struct vcpu *v, stime_t now)
{
	struct vcpu **path[SCHED_LEVELS];

	if (q->pool->sched->order) {
		q->pool->sched->order(q, v, now);
	}
	v->sched.sequence = ++q->sequence;
	find(q, v, path);
	for (unsigned int level = 0; level < v->sched.levels; level++) {
		v->sched.next[level] = path[level][level];
		path[level][level] = v;
	}
	v->sched.queued = true;
	q->waiting++;
	load_add(q, v);
}

static void dequeue(struct runqueue *q, struct vcpu *v)
{
	struct vcpu **path[SCHED_LEVELS];

	find(q, v, path);
	for (unsigned int level = 0; level < v->sched.levels; level++) {
		path[level][level] = v->sched.next[level];
	}
	v->sched.queued = false;
	q->waiting--;
}

void sched_drop(struct runqueue *q, struct vcpu *v)
{
	dequeue(q, v);
	load_remove(q, v);
}

static void slice_over(void *data)
{
	(void)data;
	cpu_raise_self(WORK_SCHEDULE);
}

/* A queue of the pool's that has room for cpu, or a new one. */
static struct runqueue *queue_for(unsigned int cpu, const struct cpupool *pool)
{
	unsigned int other, i;

	for_each_cpu_in(other, pool->cpus)
	{
		if (cpu_topology[other].socket == cpu_topology[cpu].socket &&
		    cpumask_count(cpu_queue[other]->cpus) < QUEUE_CPUS_MAX) {
			return cpu_queue[other];
		}
	}
	for (i = 0; queues[i].cpus; i++) {
	}
	return &queues[i];
}

void sched_cpu_join(unsigned int cpu, struct cpupool *pool)
{
	struct runqueue *q = queue_for(cpu, pool);
	struct runqueue *old = queue_lock(idle_vcpu[cpu]);

	__atomic_store_n(&idle_vcpu[cpu]->sched.queue, q, __ATOMIC_RELEASE);
	__atomic_store_n(&cpu_queue[cpu], q, __ATOMIC_RELEASE);
	spin_unlock(&old->lock);
	spin_lock_quiet(&q->lock);
	q->pool = pool;
	q->cpus |= cpumask_of(cpu);
	cpumask_set_atomic(&pool->cpus, cpu);
	spin_unlock(&q->lock);
}

void sched_cpu_leave(unsigned int cpu)
{
	struct runqueue *q = queue_lock(idle_vcpu[cpu]);

	cpumask_clear_atomic(&q->pool->cpus, cpu);
	q->cpus &= ~cpumask_of(cpu);
	spin_unlock(&q->lock);
	cpu_raise(cpu, WORK_SCHEDULE);
}

void sched_init_cpu(unsigned int cpu)
{
	struct vcpu *v = hv_alloc(sizeof(*v));

	if (!v) {
		panic("cpu %u: no memory for its idle vcpu", cpu);
	}
	v->id = cpu;
	v->domain = &idle_domain;
	v->info = &idle_info;
	v->cpu = cpu;
	v->is_running = true;
	v->runstate = RUNSTATE_running;
	v->runstate_since = now_ns();
	v->pv.kernel_mode = 1;
	v->sched.queue = &queues[cpu];
	spin_lock_init(&queues[cpu].lock, RANK_SCHED);
	idle_vcpu[cpu] = v;
	timer_init(&slice_timer[cpu], slice_over, NULL, cpu);
	__atomic_store_n(&running[cpu], v, __ATOMIC_RELEASE);
	cpumask_set_atomic(&sched_idle_cpus, cpu);
	cpu_set_current(v);
	sched_cpu_join(cpu, cpupool_default());
}

void sched_vcpu_init(struct vcpu *v)
{
	unsigned int cpu = smp_processor_id();
	cpumask_t cpus = v->domain->pool->cpus;
	static uint32_t created;
	uint32_t number = __atomic_add_fetch(&created, 1, __ATOMIC_RELAXED);

	v->hard_affinity = v->soft_affinity = ~0ULL;
	v->runstate = RUNSTATE_offline;
	v->runstate_since = now_ns();
	v->cpu = cpumask_test(cpus, cpu) || !cpus ? cpu : bit_first(cpus);
	v->sched.queue = cpu_queue[v->cpu];
	/* Every fourth takes part in the second level of the skip list, and so on. */
	v->sched.levels = (uint8_t)MIN(1U + bit_first(number | 1U << 31) / 2, SCHED_LEVELS);
}

void sched_vcpu_remove(struct vcpu *v)
{
	struct runqueue *q = queue_lock(v);

	if (v->sched.queued) {
		sched_drop(q, v);
	}
	spin_unlock(&q->lock);
}

/* Tells the CPU that should take v, which is queued. */
static void tickle(struct runqueue *q, struct vcpu *v, stime_t now)
{
	stime_t at = now;
	int cpu = q->pool->sched->choose_cpu(q, v, now, &at);

	if (cpu < 0) {
		return;
	}
	if (at > now) {
		if (!slice_timer[cpu].pending || slice_timer[cpu].expires > at) {
			timer_set(&slice_timer[cpu], at);
		}
	} else {
		/* Until it has looked it counts as taken: the next one goes elsewhere. */
		cpumask_clear_atomic(&sched_idle_cpus, (unsigned int)cpu);
		cpu_raise((unsigned int)cpu, WORK_SCHEDULE);
	}
}

/*
 * Queues v if it should run and is nowhere. The policy's advice is from
 * outside the target's lock, so v moves first and all is looked at again;
 * where it may run it then stays.
 */
void sched_wake(struct vcpu *v)
{
	bool moved = false;

	for (;;) {
		struct runqueue *q = queue_lock(v);
		stime_t now = now_ns();
		int cpu;

		if (!vcpu_is_runnable(v) || is_on_cpu(v) || v->sched.queued) {
			spin_unlock(&q->lock);
			return;
		}
		if (v->runstate != RUNSTATE_runnable) {
			runstate_change(v, RUNSTATE_runnable, now);
		}
		cpu = v->domain->pool->sched->place(v, now);
		if (cpu >= 0 && (sched_queue_of((unsigned int)cpu) == q || moved) &&
		    vcpu_cpus(v) & q->cpus) {
			enqueue(q, v, now);
			tickle(q, v, now);
		} else if (cpu >= 0) {
			__atomic_store_n(&v->sched.queue, sched_queue_of((unsigned int)cpu),
					 __ATOMIC_RELEASE);
			moved = true;
			spin_unlock(&q->lock);
			continue;
		}
		spin_unlock(&q->lock);
		return;
	}
}

/* The domain's vCPUs have time again. */
static void cap_refilled(void *domain)
{
	const struct domain *d = domain;
	struct vcpu *v;
	unsigned int i;

	for_each_vcpu(d, v, i) {
		sched_wake(v);
	}
}

void sched_domain_init(struct domain *d, struct cpupool *pool)
{
	d->weight = 256;
	d->pool = pool ? pool : cpupool_default();
	timer_init(&d->cap_timer, cap_refilled, d, smp_processor_id());
}

void sched_sleep_nosync(struct vcpu *v)
{
	struct runqueue *q = queue_lock(v);

	if (!vcpu_is_runnable(v)) {
		if (is_on_cpu(v)) {
			cpu_raise(v->cpu, WORK_SCHEDULE);
		} else {
			if (v->sched.queued) {
				sched_drop(q, v);
			}
			runstate_change(v, stopped_runstate(v), now_ns());
		}
	}
	spin_unlock(&q->lock);
}

void sched_sleep_sync(struct vcpu *v)
{
	sched_sleep_nosync(v);
	while (__atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE) && !vcpu_is_runnable(v) &&
	       v != current) {
		cpu_relax_serve();
	}
}

void vcpu_yield(void)
{
	current->sched.yielding = true;
	cpu_raise_self(WORK_SCHEDULE);
}

void sched_changed(struct vcpu *v)
{
	struct runqueue *q = queue_lock(v);

	if (is_on_cpu(v)) {
		cpu_raise(v->cpu, WORK_SCHEDULE);
	} else if (v->sched.queued) {
		sched_drop(q, v);
	}
	spin_unlock(&q->lock);
	sched_wake(v);
}

int sched_set_share(struct domain *d, unsigned int weight, unsigned int cap)
{
	struct vcpu *v;
	unsigned int i;

	if (weight < 1 || weight > UINT16_MAX || cap > 100 * d->max_vcpus) {
		return -EINVAL;
	}
	d->weight = (uint16_t)weight;
	d->cap = (uint16_t)cap;
	for_each_vcpu(d, v, i) {
		sched_changed(v);
	}
	return 0;
}

/* prev goes on waiting for this CPU's queue, not for another's. */
static bool stays_here(const struct runqueue *q, const struct vcpu *prev, unsigned int cpu)
{
	cpumask_t cpus = vcpu_cpus(prev);

	return cpus & q->cpus && (cpumask_test(prev->soft_affinity, cpu) ||
				  !(cpus & prev->soft_affinity & sched_idle_cpus));
}

/* Decides who runs next on this CPU.  Returns it, marked running. */
static struct vcpu *choose_next(struct runqueue *q, unsigned int cpu, struct vcpu *prev,
				stime_t now)
{
	struct vcpu *next = NULL;
	bool goes_on = vcpu_is_runnable(prev);
	uint64_t slice = 0;

	if (!vcpu_is_idle(prev)) {
		if (q->pool->sched->charge) {
			q->pool->sched->charge(prev, now - prev->sched.charged_at);
		}
		prev->sched.charged_at = now;
		if (goes_on && stays_here(q, prev, cpu)) {
			enqueue(q, prev, now);
		} else {
			load_remove(q, prev);
		}
	}
	if (cpumask_test(q->cpus, cpu)) {
		next = q->pool->sched->pick(q, cpu, prev, now, &slice);
	}
	if (next) {
		dequeue(q, next);
	} else {
		next = idle_vcpu[cpu];
	}
	if (next != prev) {
		runstate_change(prev, goes_on ? RUNSTATE_runnable : stopped_runstate(prev), now);
		runstate_change(next, RUNSTATE_running, now);
		__atomic_store_n(&running[cpu], next, __ATOMIC_RELAXED);
		next->cpu = cpu;
		next->sched.charged_at = now;
		__atomic_store_n(&next->is_running, true, __ATOMIC_RELEASE);
	}
	if (vcpu_is_idle(next)) {
		cpumask_set_atomic(&sched_idle_cpus, cpu);
	} else {
		cpumask_clear_atomic(&sched_idle_cpus, cpu);
	}
	if (slice) {
		timer_set(&slice_timer[cpu], now + slice);
	} else {
		timer_stop(&slice_timer[cpu]);
	}
	return next;
}

/* prev's state is saved: others may take it now. */
static void release_prev(struct vcpu *prev)
{
	struct runqueue *q;

	__atomic_store_n(&prev->is_running, false, __ATOMIC_SEQ_CST);
	if (vcpu_is_idle(prev)) {
		return;
	}
	q = queue_lock(prev);
	if (prev->sched.queued) {
		tickle(q, prev, now_ns());
	}
	spin_unlock(&q->lock);
	sched_wake(prev); /* if it is to wait elsewhere */
}

/*
 * Of a queue, the first that may as well wait for cpu, taken off it; or NULL.
 * A busy CPU takes none that would make its queue the busier one.
 */
static struct vcpu *take_for(struct runqueue *q, unsigned int cpu, bool is_idle)
{
	const struct runqueue *mine = cpu_queue[cpu];
	uint64_t here = cpumask_count(mine->cpus), there = cpumask_count(q->cpus);
	struct vcpu *v;

	spin_lock_quiet(&q->lock);
	for (v = q->head[0]; v; v = v->sched.next[0]) {
		if (cpumask_test(v->hard_affinity, cpu) && !v->is_running &&
		    (is_idle || q->load * here > (mine->load + v->sched.load) * there)) {
			sched_drop(q, v);
			__atomic_store_n(&v->sched.queue, cpu_queue[cpu], __ATOMIC_RELEASE);
			break;
		}
	}
	spin_unlock(&q->lock);
	return v;
}

/* Gets work from another queue of the pool. */
static void balance(unsigned int cpu, bool is_idle)
{
	const struct runqueue *mine = cpu_queue[cpu];
	cpumask_t left = mine->pool ? mine->pool->cpus & ~mine->cpus : 0;

	while (left && cpumask_test(mine->cpus, cpu)) {
		unsigned int other = bit_first(left);
		struct runqueue *q = sched_queue_of(other);
		struct vcpu *v;

		left &= ~(q->cpus | cpumask_of(other));
		while (__atomic_load_n(&q->waiting, __ATOMIC_RELAXED) &&
		       (v = take_for(q, cpu, is_idle)) != NULL) {
			sched_wake(v);
			if (v->sched.queued) {
				return;
			}
		}
	}
}

static void move_timers(struct vcpu *v, unsigned int cpu)
{
	timer_migrate(&v->periodic_timer, cpu);
	timer_migrate(&v->singleshot_timer, cpu);
	timer_migrate(&v->poll_timer, cpu);
}

void sched_softirq(void)
{
	struct vcpu *prev = current, *next;
	unsigned int cpu = smp_processor_id();
	struct runqueue *q;

	q = queue_lock(prev);
	next = choose_next(q, cpu, prev, now_ns());
	spin_unlock(&q->lock);
	balance(cpu, vcpu_is_idle(next));
	if (next == prev) {
		return;
	}
	if (!vcpu_is_idle(prev)) {
		vcpu_runstate_publish(prev);
	}
	arch_context_switch(prev, next);
	release_prev(prev);
	if (!vcpu_is_idle(next)) {
		move_timers(next, cpu);
		vcpu_time_update(next);
		vcpu_runstate_publish(next);
	}
}

void vcpu_runstate_get(struct vcpu *v, struct vcpu_runstate_info *out)
{
	struct runqueue *q;
	stime_t now;

	memset(out, 0, sizeof(*out));
	q = queue_lock(v);
	now = now_ns();
	out->state = v->runstate;
	out->state_entry_time = v->runstate_since;
	memcpy(out->time, v->runstate_time, sizeof(out->time));
	if (now > v->runstate_since) {
		out->time[v->runstate] += now - v->runstate_since;
	}
	spin_unlock(&q->lock);
}

uint64_t vcpu_run_time(struct vcpu *v)
{
	struct vcpu_runstate_info info;

	vcpu_runstate_get(v, &info);
	return info.time[RUNSTATE_running];
}

uint64_t cpu_idle_time(unsigned int cpu)
{
	return idle_vcpu[cpu] ? vcpu_run_time(idle_vcpu[cpu]) : 0;
}
