/* SPDX-License-Identifier: MIT */
/* Running and not running: pauses, blocking, shutdown, crash. */
#include <stdarg.h>

#include "arch/cpu.h"
#include "core/domain.h"
#include "core/evtchn.h"
#include "core/sched.h"
#include "debug/panic.h"
#include "lib/bug.h"
#include "lib/printk.h"
#include "xen/sched.h"

void vcpu_kick(struct vcpu *v)
{
	vcpu_unblock(v);
	if (v != current && __atomic_load_n(&v->is_running, __ATOMIC_SEQ_CST)) {
		cpu_raise(v->cpu, WORK_EVENT);
	}
}

void vcpu_unblock(struct vcpu *v)
{
	uint32_t was = __atomic_fetch_and(&v->blocked, ~(uint32_t)(VCPU_BLOCKED | VCPU_POLLING),
					  __ATOMIC_SEQ_CST);

	if (was & VCPU_POLLING && __atomic_exchange_n(&v->polling, false, __ATOMIC_SEQ_CST)) {
		__atomic_fetch_sub(&v->domain->pollers, 1, __ATOMIC_SEQ_CST);
		timer_stop(&v->poll_timer);
	}
	if (was & (VCPU_BLOCKED | VCPU_POLLING)) {
		sched_wake(v);
	}
}

static void each_vcpu(struct domain *d, void (*fn)(struct vcpu *v))
{
	struct vcpu *v;
	unsigned int i;

	for_each_vcpu(d, v, i) {
		fn(v);
	}
}

void domain_pause_nosync(struct domain *d)
{
	__atomic_fetch_add(&d->pause_count, 1, __ATOMIC_SEQ_CST);
	each_vcpu(d, sched_sleep_nosync);
}

void domain_pause_sync(struct domain *d)
{
	__atomic_fetch_add(&d->pause_count, 1, __ATOMIC_SEQ_CST);
	each_vcpu(d, sched_sleep_sync);
}

void domain_unpause(struct domain *d)
{
	if (__atomic_sub_fetch(&d->pause_count, 1, __ATOMIC_SEQ_CST) == 0) {
		each_vcpu(d, sched_wake);
	}
}

void vcpu_pause_sync(struct vcpu *v)
{
	__atomic_fetch_add(&v->pause_count, 1, __ATOMIC_SEQ_CST);
	sched_sleep_sync(v);
}

void vcpu_unpause(struct vcpu *v)
{
	if (__atomic_sub_fetch(&v->pause_count, 1, __ATOMIC_SEQ_CST) == 0) {
		sched_wake(v);
	}
}

static void dom0_shutdown(int reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
		log_info("dom0 halted: machine off\n");
		machine_halt();
	case SHUTDOWN_crash:
		panic("dom0 crashed");
	default:
		log_info("dom0 asks for a restart (reason %d)\n", reason);
		machine_restart();
	}
}

void domain_shutdown(struct domain *d, int reason)
{
	if (d->is_privileged) {
		dom0_shutdown(reason);
	}
	spin_lock(&d->lock);
	if (d->is_shutting_down) {
		spin_unlock(&d->lock);
		return;
	}
	d->is_shutting_down = true;
	if (d->shutdown_code < 0) {
		d->shutdown_code = reason;
	}
	spin_unlock(&d->lock);

	/* Held until resumed or destroyed; the caller's vCPU stops on its way out. */
	domain_pause_nosync(d);
	spin_lock(&d->lock);
	d->is_shut_down = true;
	spin_unlock(&d->lock);
	send_global_virq(VIRQ_DOM_EXC);
}

void domain_resume(struct domain *d)
{
	bool was;

	spin_lock(&d->lock);
	was = d->is_shut_down;
	d->is_shutting_down = d->is_shut_down = false;
	d->shutdown_code = -1;
	spin_unlock(&d->lock);
	if (was) {
		domain_unpause(d);
	}
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk(LOG_WARNING, "d%u crashed: %s\n", d->id, text);
	if (d == current->domain) {
		guest_state_print(current);
	}
	domain_shutdown(d, SHUTDOWN_crash);
}
