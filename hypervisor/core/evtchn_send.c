/* SPDX-License-Identifier: MIT */
/* Sending: events of other domains, virtual and physical interrupts (see evtchn.h). */
#include "core/evtchn.h"

#include "arch/cpu.h"
#include "lib/errno.h"

static struct domain *virq_handler[NR_VIRQS]; /* NULL: dom0; holds a reference */
static spinlock_t virq_handler_lock = SPINLOCK(RANK_DOMAIN);

bool virq_is_global(unsigned int virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	default:
		return true;
	}
}

void vcpu_mark_events_pending(struct vcpu *v)
{
	bool was = __atomic_exchange_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);

	/* The exit path looks for the current vCPU, unless it is about to block. */
	if (v == current && !v->blocked) {
		return;
	}
	if (!was || __atomic_load_n(&v->blocked, __ATOMIC_SEQ_CST) & VCPU_BLOCKED) {
		vcpu_kick(v);
	}
}

bool evtchn_is_pending(const struct domain *d, evtchn_port_t port)
{
	return evtchn_of(d, port) && d->evtchn->layout->is_pending(d, port);
}

static void wake_pollers(struct domain *d, struct evtchn *c, evtchn_port_t port)
{
	struct vcpu *v;
	unsigned int i;

	(void)c;
	for_each_vcpu(d, v, i) {
		if ((__atomic_load_n(&v->blocked, __ATOMIC_SEQ_CST) & VCPU_POLLING) &&
		    (v->poll_port == 0 || v->poll_port == port)) {
			vcpu_unblock(v);
		}
	}
}

static void set_pending(struct domain *d, evtchn_port_t port, struct evtchn *c)
{
	struct vcpu *v = d->vcpu[c->notify_vcpu];

	if (!v) {
		return; /* still being built */
	}
	d->evtchn->layout->set_pending(v, port, c);
	if (__atomic_load_n(&d->pollers, __ATOMIC_SEQ_CST)) {
		wake_pollers(d, c, port);
	}
}

void evtchn_raise(struct domain *d, evtchn_port_t port)
{
	struct evtchn *c = evtchn_of(d, port);

	if (c && !d->dying) {
		set_pending(d, port, c);
	}
}

int evtchn_send(struct domain *d, evtchn_port_t port)
{
	struct evtchn *c = evtchn_of(d, port);

	if (!c) {
		return -EINVAL;
	}
	switch (__atomic_load_n(&c->state, __ATOMIC_ACQUIRE)) {
	case EVTCHNSTAT_interdomain: {
		struct domain *r = __atomic_load_n(&c->remote, __ATOMIC_ACQUIRE);
		evtchn_port_t rport = __atomic_load_n(&c->remote_port, __ATOMIC_ACQUIRE);
		struct evtchn *rc = r ? evtchn_of(r, rport) : NULL;

		/* Closed and bound anew meanwhile: the port may be another domain's. */
		if (rc && __atomic_load_n(&c->remote, __ATOMIC_RELAXED) == r) {
			set_pending(r, rport, rc);
		}
		return 0;
	}
	case EVTCHNSTAT_ipi:
		set_pending(d, port, c);
		return 0;
	case EVTCHNSTAT_unbound:
		return 0; /* nobody there yet: dropped */
	default:
		return -EINVAL;
	}
}

void vcpu_send_virq(struct vcpu *v, unsigned int virq)
{
	evtchn_port_t port = __atomic_load_n(&v->virq_port[virq], __ATOMIC_ACQUIRE);

	if (port) {
		evtchn_raise(v->domain, port);
	}
}

void send_global_virq(unsigned int virq)
{
	struct domain *d = virq_handler[virq] ? virq_handler[virq] : dom0;

	if (d && domain_vcpu(d, 0)) {
		vcpu_send_virq(d->vcpu[0], virq);
	}
}

int set_global_virq_handler(struct domain *d, unsigned int virq)
{
	struct domain *old;

	if (virq >= NR_VIRQS || !virq_is_global(virq)) {
		return -EINVAL;
	}
	domain_get(d);
	spin_lock(&virq_handler_lock);
	old = virq_handler[virq];
	virq_handler[virq] = d;
	spin_unlock(&virq_handler_lock);
	if (old) {
		domain_put(old);
	}
	return 0;
}

void virq_handlers_drop(struct domain *d)
{
	unsigned int i;

	spin_lock(&virq_handler_lock);
	for (i = 0; i < NR_VIRQS; i++) {
		if (virq_handler[i] == d) {
			virq_handler[i] = NULL;
			domain_put(d);
		}
	}
	spin_unlock(&virq_handler_lock);
}
