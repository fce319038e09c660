/* SPDX-License-Identifier: MIT */
/* Sending: events of other domains, virtual and physical interrupts (see evtchn.h). */
#include "core/evtchn.h"

#include "core/evtchn_2level.h"
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

bool evtchn_is_pending(const struct domain *d, evtchn_port_t port)
{
	return evtchn_of(d, port) && d->evtchn->layout->is_pending(d, port);
}

static void wake_pollers(struct domain *d, evtchn_port_t port)
{
	struct vcpu *v;
	unsigned int i;

	for_each_vcpu(d, v, i) {
		if ((__atomic_load_n(&v->blocked, __ATOMIC_SEQ_CST) & VCPU_POLLING) &&
		    (v->poll_port == 0 || v->poll_port == port)) {
			vcpu_unblock(v);
		}
	}
}

/* The general way; after the bit is set, who polls must be woken. */
static void __attribute__((noinline))
set_pending_any(struct domain *d, struct vcpu *v, evtchn_port_t port, struct evtchn *c)
{
	d->evtchn->layout->set_pending(v, port, c);
	if (__atomic_load_n(&d->pollers, __ATOMIC_SEQ_CST)) {
		wake_pollers(d, port);
	}
}

static void __attribute__((noinline)) wake_and_select(struct vcpu *v, evtchn_port_t port)
{
	wake_pollers(v->domain, port);
	if (!bit_test(v->domain->shared->evtchn_mask, port)) {
		evtchn_2level_select(v, port);
	}
}

/* Inline for two levels, and without a frame of its own: every call is the last thing done. */
static inline __attribute__((always_inline)) void set_pending(struct domain *d, evtchn_port_t port,
							      struct evtchn *c)
{
	struct vcpu *v = d->vcpu[c->notify_vcpu];

	if (unlikely(!v)) {
		return; /* still being built */
	}
	if (unlikely(d->evtchn->layout != &evtchn_2level)) {
		set_pending_any(d, v, port, c);
	} else if (bit_test_and_set(d->shared->evtchn_pending, port)) {
		return;
	} else if (unlikely(__atomic_load_n(&d->pollers, __ATOMIC_SEQ_CST))) {
		wake_and_select(v, port);
	} else if (!bit_test(d->shared->evtchn_mask, port)) {
		evtchn_2level_select(v, port);
	}
}

void evtchn_raise(struct domain *d, evtchn_port_t port)
{
	struct evtchn *c = evtchn_of(d, port);

	if (c && !d->dying) {
		set_pending(d, port, c);
	}
}

long evtchn_send(struct domain *d, evtchn_port_t port)
{
	struct evtchn *c = evtchn_at(d->evtchn, port), *peer;

	if (!c) {
		return -EINVAL;
	}
	switch (__atomic_load_n(&c->state, __ATOMIC_ACQUIRE)) {
	case EVTCHNSTAT_interdomain:
		peer = __atomic_load_n(&c->peer, __ATOMIC_ACQUIRE);
		/* Closed meanwhile, or even bound to another. */
		if (unlikely(!peer) || __atomic_load_n(&peer->peer, __ATOMIC_RELAXED) != c) {
			return 0;
		}
		c = peer;
		break;
	case EVTCHNSTAT_ipi:
		break;
	case EVTCHNSTAT_unbound:
		return 0; /* nobody there yet: dropped */
	default:
		return -EINVAL;
	}
	set_pending(c->owner, c->port, c);
	return 0;
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
