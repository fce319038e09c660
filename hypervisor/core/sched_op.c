/* SPDX-License-Identifier: MIT */
/* sched_op: yield, block, poll, shutdown, watchdog. */
#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/time.h"
#include "core/domain.h"
#include "core/evtchn.h"
#include "core/hypercall.h"
#include "core/sched.h"
#include "core/vcpu_time.h"
#include "lib/guest_copy.h"
#include "xen/sched.h"

static bool events_pending(const struct vcpu *v)
{
	return __atomic_load_n(&v->info->evtchn_upcall_pending, __ATOMIC_SEQ_CST) &&
	       !v->info->evtchn_upcall_mask;
}

static long sched_block(void)
{
	struct vcpu *v = current;

	v->info->evtchn_upcall_mask = 0;
	__atomic_fetch_or(&v->blocked, VCPU_BLOCKED, __ATOMIC_SEQ_CST);
	/* An event that came before the flag was seen would be slept through. */
	if (events_pending(v)) {
		__atomic_fetch_and(&v->blocked, ~(uint32_t)VCPU_BLOCKED, __ATOMIC_SEQ_CST);
	} else {
		cpu_raise_self(WORK_SCHEDULE);
	}
	return 0;
}

static bool any_pending(const struct domain *d, const evtchn_port_t *ports, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (evtchn_is_pending(d, ports[i])) {
			return true;
		}
	}
	return false;
}

static long sched_poll(gptr_t arg)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;
	evtchn_port_t ports[POLL_PORTS_MAX];
	struct sched_poll p;
	unsigned int i;

	if (copy_from_guest(&p, arg, sizeof(p))) {
		return -EFAULT;
	}
	if (p.nr_ports > POLL_PORTS_MAX) {
		return -EINVAL;
	}
	if (copy_from_guest(ports, gptr(p.ports), p.nr_ports * sizeof(ports[0]))) {
		return -EFAULT;
	}
	for (i = 0; i < p.nr_ports; i++) {
		if (!evtchn_of(d, ports[i])) {
			return -EINVAL;
		}
	}
	v->poll_port = p.nr_ports == 1 ? ports[0] : 0;
	__atomic_fetch_add(&d->pollers, 1, __ATOMIC_SEQ_CST);
	v->polling = true; /* the count is given back by whoever unblocks us */
	if (p.timeout) {
		timer_migrate(&v->poll_timer, smp_processor_id());
		timer_set(&v->poll_timer, p.timeout);
	}
	__atomic_fetch_or(&v->blocked, VCPU_POLLING, __ATOMIC_SEQ_CST);
	if (any_pending(d, ports, p.nr_ports) || events_pending(v) ||
	    (p.timeout && p.timeout <= now_ns())) {
		vcpu_unblock(v);
		return 0;
	}
	cpu_raise_self(WORK_SCHEDULE);
	return 0;
}

static long sched_shutdown(gptr_t arg, bool record_only)
{
	struct domain *d = current->domain;
	struct sched_shutdown s;

	if (copy_from_guest(&s, arg, sizeof(s))) {
		return -EFAULT;
	}
	if (record_only) {
		if (s.reason > SHUTDOWN_MAX) {
			return -EINVAL;
		}
		spin_lock(&d->lock);
		if (d->shutdown_code < 0) {
			d->shutdown_code = (int)s.reason;
		}
		spin_unlock(&d->lock);
		return 0;
	}
	domain_shutdown(d, (int)(s.reason & 0xff));
	return 0;
}

static long sched_remote_shutdown(gptr_t arg)
{
	struct sched_remote_shutdown s;
	struct domain *d;

	if (copy_from_guest(&s, arg, sizeof(s))) {
		return -EFAULT;
	}
	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	d = domain_lookup(s.domain_id);
	if (!d) {
		return -ESRCH;
	}
	domain_shutdown(d, (int)(s.reason & 0xff));
	domain_put(d);
	return 0;
}

static void watchdog_fired(void *data)
{
	domain_shutdown(data, SHUTDOWN_watchdog);
}

#define WATCHDOGS 2
static long sched_watchdog(gptr_t arg)
{
	struct domain *d = current->domain;
	struct sched_watchdog w;
	long id;

	if (copy_from_guest(&w, arg, sizeof(w))) {
		return -EFAULT;
	}
	if (w.id > WATCHDOGS || (!w.id && !w.timeout)) {
		return -EINVAL;
	}
	spin_lock(&d->lock);
	if (!w.id) {
		for (id = 0; id < WATCHDOGS && (d->watchdog_inuse & (1U << id)); id++) {
		}
		if (id == WATCHDOGS) {
			spin_unlock(&d->lock);
			return -ENOSPC;
		}
		d->watchdog_inuse |= 1U << id;
		timer_init(&d->watchdog[id], watchdog_fired, d, smp_processor_id());
	} else {
		id = w.id - 1;
		if (!(d->watchdog_inuse & (1U << id))) {
			spin_unlock(&d->lock);
			return -EINVAL;
		}
	}
	if (w.timeout) {
		timer_set(&d->watchdog[id], now_ns() + w.timeout * NSEC_PER_SEC);
	} else {
		timer_stop(&d->watchdog[id]);
		d->watchdog_inuse &= ~(1U << id);
	}
	spin_unlock(&d->lock);
	return w.id ? 0 : id + 1;
}

long do_sched_op(uint32_t cmd, gptr_t arg)
{
	switch (cmd) {
	case SCHEDOP_yield:
		vcpu_yield();
		return 0;
	case SCHEDOP_block:
		return sched_block();
	case SCHEDOP_shutdown:
		return sched_shutdown(arg, false);
	case SCHEDOP_poll:
		return sched_poll(arg);
	case SCHEDOP_remote_shutdown:
		return sched_remote_shutdown(arg);
	case SCHEDOP_shutdown_code:
		return sched_shutdown(arg, true);
	case SCHEDOP_watchdog:
		return sched_watchdog(arg);
	default:
		return -ENOSYS;
	}
}

long do_sched_op_compat(uint32_t cmd, uint64_t arg)
{
	(void)arg;
	return cmd <= SCHEDOP_block ? do_sched_op(cmd, gptr(0)) : -ENOSYS;
}

long do_set_timer_op(uint64_t deadline)
{
	vcpu_set_singleshot(current, deadline);
	return 0;
}
