/* SPDX-License-Identifier: MIT */
/* Time as a vCPU sees it (see the header). */
#include "core/vcpu_time.h"

#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/time.h"
#include "core/evtchn.h"
#include "core/sched.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "xen/mmu.h"
#include "xen/vcpu.h"

void vcpu_time_update(struct vcpu *v)
{
	volatile struct vcpu_time_info *t = &v->info->time;
	struct vcpu_time_info now = {
		.tsc_to_system_mul = tsc_scale.mul,
		.tsc_shift = tsc_scale.shift,
		.flags = tsc_scale.stable ? XEN_PVCLOCK_TSC_STABLE_BIT : 0,
	};

	time_snapshot(&now.tsc_timestamp, &now.system_time);
	/* Odd while we write: a guest reading meanwhile tries again. */
	v->time_version = (v->time_version + 1) | 1;
	t->version = v->time_version;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	t->tsc_timestamp = now.tsc_timestamp;
	t->system_time = now.system_time;
	t->tsc_to_system_mul = now.tsc_to_system_mul;
	t->tsc_shift = now.tsc_shift;
	t->flags = now.flags;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	v->time_version++;
	t->version = v->time_version;

	if (!gptr_is_null(v->time_area) && v == current) {
		now.version = v->time_version;
		(void)!copy_to_guest_kernel(v->time_area, &now, sizeof(now));
	}
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

void domain_wallclock_update(struct domain *d)
{
	volatile struct shared_info *s = d->shared;
	uint64_t sec;
	uint32_t nsec;

	wallclock_get(&sec, &nsec);
	sec += (uint64_t)d->time_offset;
	s->wc_version = (s->wc_version + 1) | 1;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	s->wc_sec = (uint32_t)sec;
	s->wc_nsec = nsec;
	s->wc_sec_hi = (uint32_t)(sec >> 32);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	s->wc_version++;
}

static void singleshot_fired(void *data)
{
	vcpu_send_virq(data, VIRQ_TIMER);
}

static void periodic_fired(void *data)
{
	struct vcpu *v = data;
	stime_t now = now_ns();
	stime_t next = v->periodic_timer.expires + v->periodic_ns;

	vcpu_send_virq(v, VIRQ_TIMER);
	if (v->periodic_ns) {
		/* Missed ticks are not made up for. */
		timer_set(&v->periodic_timer, next > now ? next : now + v->periodic_ns);
	}
}

static void poll_timed_out(void *data)
{
	vcpu_unblock(data);
}

void vcpu_timers_init(struct vcpu *v)
{
	timer_init(&v->periodic_timer, periodic_fired, v, v->cpu);
	timer_init(&v->singleshot_timer, singleshot_fired, v, v->cpu);
	timer_init(&v->poll_timer, poll_timed_out, v, v->cpu);
}

void vcpu_timers_kill(struct vcpu *v)
{
	timer_kill(&v->periodic_timer);
	timer_kill(&v->singleshot_timer);
	timer_kill(&v->poll_timer);
}

void vcpu_set_singleshot(struct vcpu *v, stime_t deadline)
{
	if (!deadline) {
		timer_stop(&v->singleshot_timer);
		return;
	}
	timer_migrate(&v->singleshot_timer, v == current ? smp_processor_id() : v->cpu);
	timer_set(&v->singleshot_timer, deadline);
}

void vcpu_set_periodic(struct vcpu *v, uint64_t period_ns)
{
	timer_stop(&v->periodic_timer);
	v->periodic_ns = period_ns;
	if (period_ns) {
		timer_set(&v->periodic_timer, now_ns() + period_ns);
	}
}
