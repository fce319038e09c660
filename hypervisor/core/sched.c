/* SPDX-License-Identifier: MIT */
/* The scheduling mechanism (see sched.h). */
#include "core/sched.h"

#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/time.h"
#include "core/vcpu_time.h"
#include "lib/bug.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "mm/page.h"
#include "xen/mmu.h"
#include "xen/vcpu.h"

spinlock_t sched_lock = SPINLOCK(RANK_SCHED);
cpumask_t sched_idle_cpus;
struct vcpu *idle_vcpu[MAX_CPUS];

static const struct scheduler *policy = &sched_fair;
static struct domain idle_domain = {.id = IDLE_DOMID, .is_idle = true};
static struct vcpu_info idle_info;     /* never pending */
static struct vcpu *running[MAX_CPUS]; /* under sched_lock */
static struct timer slice_timer[MAX_CPUS];

struct vcpu *sched_current(unsigned int cpu)
{
	return running[cpu];
}

const struct scheduler *sched_policy(void)
{
	return policy;
}

/* Where v stands for the scheduler; guarded by sched_lock. */
static bool is_on_cpu(const struct vcpu *v)
{
	return running[v->cpu] == v;
}

static bool is_queued(const struct vcpu *v)
{
	return !list_is_empty(&v->run_link);
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

static void slice_over(void *data)
{
	(void)data;
	cpu_raise_self(WORK_SCHEDULE);
}

void sched_init(void)
{
	memset(running, 0, sizeof(running));
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
	list_init(&v->run_link);
	idle_vcpu[cpu] = v;
	timer_init(&slice_timer[cpu], slice_over, NULL, cpu);
	spin_lock_quiet(&sched_lock);
	running[cpu] = v;
	cpumask_set_atomic(&sched_idle_cpus, cpu);
	spin_unlock(&sched_lock);
	cpu_set_current(v);
}

void sched_vcpu_init(struct vcpu *v)
{
	list_init(&v->run_link);
	v->hard_affinity = v->soft_affinity = ~0ULL;
	v->runstate = RUNSTATE_offline;
	v->runstate_since = now_ns();
	v->cpu = smp_processor_id();
	policy->vcpu_init(v);
}

void sched_vcpu_remove(struct vcpu *v)
{
	spin_lock_quiet(&sched_lock);
	if (is_queued(v)) {
		policy->dequeue(v);
	}
	spin_unlock(&sched_lock);
}

/* Tells the CPU that should take v, which is queued. */
static void tickle(struct vcpu *v, stime_t now)
{
	stime_t at = now;
	int cpu = policy->choose_cpu(v, now, &at);

	if (cpu < 0) {
		return;
	}
	if (at > now) {
		if (slice_timer[cpu].expires > at) {
			timer_set(&slice_timer[cpu], at);
		}
	} else {
		/* Until it has looked it counts as taken: the next one goes elsewhere. */
		cpumask_clear_atomic(&sched_idle_cpus, (unsigned int)cpu);
		cpu_raise((unsigned int)cpu, WORK_SCHEDULE);
	}
}

void sched_wake(struct vcpu *v)
{
	stime_t now = now_ns();

	spin_lock_quiet(&sched_lock);
	if (vcpu_is_runnable(v) && !is_on_cpu(v) && !is_queued(v)) {
		runstate_change(v, RUNSTATE_runnable, now);
		policy->enqueue(v, now);
		tickle(v, now);
	}
	spin_unlock(&sched_lock);
}

void sched_sleep_nosync(struct vcpu *v)
{
	spin_lock_quiet(&sched_lock);
	if (!vcpu_is_runnable(v)) {
		if (is_on_cpu(v)) {
			cpu_raise(v->cpu, WORK_SCHEDULE);
		} else {
			if (is_queued(v)) {
				policy->dequeue(v);
			}
			runstate_change(v, stopped_runstate(v), now_ns());
		}
	}
	spin_unlock(&sched_lock);
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
	spin_lock_quiet(&sched_lock);
	policy->yield(current);
	spin_unlock(&sched_lock);
	cpu_raise_self(WORK_SCHEDULE);
}

void sched_affinity_changed(struct vcpu *v)
{
	spin_lock_quiet(&sched_lock);
	if (is_on_cpu(v)) {
		if (!cpumask_test(v->hard_affinity, v->cpu)) {
			cpu_raise(v->cpu, WORK_SCHEDULE);
		}
	} else if (is_queued(v)) {
		tickle(v, now_ns());
	}
	spin_unlock(&sched_lock);
}

/* Decides who runs next on this CPU.  Returns it, marked running. */
static struct vcpu *choose_next(unsigned int cpu, struct vcpu *prev, stime_t now)
{
	struct vcpu *next;
	uint64_t slice = 0;

	if (!vcpu_is_idle(prev)) {
		policy->charge(prev, now - prev->runstate_since);
		if (vcpu_is_runnable(prev)) {
			policy->enqueue(prev, now);
		}
	}
	next = policy->pick(cpu, prev, now, &slice);
	if (!next) {
		next = idle_vcpu[cpu];
	}
	runstate_change(prev,
			vcpu_is_idle(prev) || is_queued(prev) ? RUNSTATE_runnable
							      : stopped_runstate(prev),
			now);
	runstate_change(next, RUNSTATE_running, now);
	running[cpu] = next;
	if (vcpu_is_idle(next)) {
		cpumask_set_atomic(&sched_idle_cpus, cpu);
		timer_stop(&slice_timer[cpu]);
	} else {
		cpumask_clear_atomic(&sched_idle_cpus, cpu);
		next->cpu = cpu;
		__atomic_store_n(&next->is_running, true, __ATOMIC_RELEASE);
		timer_set(&slice_timer[cpu], now + slice);
	}
	return next;
}

/* prev's state is saved: others may take it now. */
static void release_prev(struct vcpu *prev)
{
	__atomic_store_n(&prev->is_running, false, __ATOMIC_SEQ_CST);
	if (vcpu_is_idle(prev)) {
		return;
	}
	spin_lock_quiet(&sched_lock);
	if (is_queued(prev)) {
		tickle(prev, now_ns());
	}
	spin_unlock(&sched_lock);
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

	spin_lock_quiet(&sched_lock);
	next = choose_next(cpu, prev, now_ns());
	spin_unlock(&sched_lock);
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
	stime_t now = now_ns();

	memset(out, 0, sizeof(*out));
	spin_lock_quiet(&sched_lock);
	out->state = v->runstate;
	out->state_entry_time = v->runstate_since;
	memcpy(out->time, v->runstate_time, sizeof(out->time));
	if (now > v->runstate_since) {
		out->time[v->runstate] += now - v->runstate_since;
	}
	spin_unlock(&sched_lock);
}

void vcpu_runstate_publish(struct vcpu *v)
{
	struct vcpu_runstate_info info = {0};
	gptr_t area = v->runstate_area;
	bool flag = v->domain->pv.vm_assist & (1UL << VMASST_TYPE_runstate_update_flag);
	gptr_t entry = gptr_add(area, offsetof(struct vcpu_runstate_info, state_entry_time));

	if (gptr_is_null(area)) {
		return;
	}
	info.state = v->runstate;
	info.state_entry_time = v->runstate_since;
	memcpy(info.time, v->runstate_time, sizeof(info.time));
	if (flag) {
		/* Readers retry while the update bit stands. */
		uint64_t busy = info.state_entry_time | XEN_RUNSTATE_UPDATE;

		if (copy_to_guest_kernel(entry, &busy, sizeof(busy))) {
			return;
		}
		__atomic_thread_fence(__ATOMIC_RELEASE);
		info.state_entry_time = busy;
	}
	if (copy_to_guest_kernel(area, &info, sizeof(info))) {
		return;
	}
	if (flag) {
		info.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
		__atomic_thread_fence(__ATOMIC_RELEASE);
		(void)!copy_to_guest_kernel(entry, &info.state_entry_time, sizeof(uint64_t));
	}
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
