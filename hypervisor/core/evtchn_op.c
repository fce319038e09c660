/* SPDX-License-Identifier: MIT */
/* What guests ask for: binding, and the table of operations (see evtchn.h). */
#include <asm/guest_access.h>

#include "arch/cpu.h"
#include "core/evtchn.h"
#include "core/guest_op.h"
#include "core/hypercall.h"
#include "core/pirq.h"
#include "xen/hypercall.h"

static long alloc_unbound(struct guest_op *o)
{
	struct evtchn_alloc_unbound *a = o->arg;
	struct evtchn *c;
	int port = evtchn_get_port(o->d, &c);

	if (port < 0) {
		return port;
	}
	a->port = (evtchn_port_t)port;
	c->remote_domid = a->remote_dom == DOMID_SELF ? current->domain->id : a->remote_dom;
	evtchn_activate(o->d, c, EVTCHNSTAT_unbound);
	return 0;
}

static int bind_interdomain_locked(struct domain *l, struct domain *r,
				   struct evtchn_bind_interdomain *b)
{
	struct evtchn *rc = evtchn_of(r, b->remote_port);
	struct evtchn *lc;
	int port;

	if (!rc || rc->state != EVTCHNSTAT_unbound || rc->remote_domid != l->id) {
		return -EINVAL;
	}
	port = evtchn_get_port(l, &lc);
	if (port < 0) {
		return port;
	}
	lc->remote_domid = r->id;
	__atomic_store_n(&lc->peer, rc, __ATOMIC_RELEASE);
	__atomic_store_n(&rc->peer, lc, __ATOMIC_RELEASE);
	evtchn_activate(l, lc, EVTCHNSTAT_interdomain);
	__atomic_store_n(&rc->state, EVTCHNSTAT_interdomain, __ATOMIC_RELEASE);
	/* What the peer sent before we were bound must not be lost. */
	l->evtchn->layout->set_pending(l->vcpu[lc->notify_vcpu], (evtchn_port_t)port, lc);
	b->local_port = (evtchn_port_t)port;
	return 0;
}

static long bind_interdomain(struct guest_op *o)
{
	struct evtchn_bind_interdomain *b = o->arg;
	struct domain *r = domain_lookup_any(b->remote_dom);
	int rc;

	if (!r) {
		return -ESRCH;
	}
	spin_lock_pair(&o->d->evtchn->lock, &r->evtchn->lock);
	rc = bind_interdomain_locked(o->d, r, b);
	spin_unlock_pair(&o->d->evtchn->lock, &r->evtchn->lock);
	domain_put(r);
	return rc;
}

static long bind_virq(struct guest_op *o)
{
	struct evtchn_bind_virq *b = o->arg;
	struct vcpu *v = domain_vcpu(o->d, b->vcpu);
	struct evtchn *c;
	int port;

	if (b->virq >= NR_VIRQS || (virq_is_global(b->virq) && b->vcpu != 0)) {
		return -EINVAL;
	}
	if (!v) {
		return -ENOENT;
	}
	port = v->virq_port[b->virq] ? -EEXIST : evtchn_get_port(o->d, &c);
	if (port < 0) {
		return port;
	}
	c->source = (uint16_t)b->virq;
	c->notify_vcpu = (uint16_t)b->vcpu;
	evtchn_activate(o->d, c, EVTCHNSTAT_virq);
	b->port = (evtchn_port_t)port;
	__atomic_store_n(&v->virq_port[b->virq], b->port, __ATOMIC_RELEASE);
	return 0;
}

static long bind_ipi(struct guest_op *o)
{
	struct evtchn_bind_ipi *b = o->arg;
	struct evtchn *c;
	int port = domain_vcpu(o->d, b->vcpu) ? evtchn_get_port(o->d, &c) : -ENOENT;

	if (port < 0) {
		return port;
	}
	c->notify_vcpu = (uint16_t)b->vcpu;
	evtchn_activate(o->d, c, EVTCHNSTAT_ipi);
	b->port = (evtchn_port_t)port;
	return 0;
}

static long bind_pirq(struct guest_op *o)
{
	struct evtchn_bind_pirq *b = o->arg;
	struct evtchn *c;
	int port = evtchn_get_port(o->d, &c);
	int rc = port < 0 ? port
			  : pirq_bind(o->d, b->pirq, (evtchn_port_t)port,
				      b->flags & BIND_PIRQ__WILL_SHARE);

	if (rc) {
		return rc;
	}
	c->source = (uint16_t)b->pirq;
	evtchn_activate(o->d, c, EVTCHNSTAT_pirq);
	b->port = (evtchn_port_t)port;
	return 0;
}

static long op_status(struct guest_op *o)
{
	struct evtchn_status *s = o->arg;
	/* Listings start at port 0. */
	const struct evtchn *c = evtchn_at(o->d->evtchn, s->port);

	if (!c) {
		return -EINVAL;
	}
	s->status = c->state;
	s->vcpu = c->notify_vcpu;
	switch (c->state) {
	case EVTCHNSTAT_unbound:
		s->u.unbound.dom = c->remote_domid;
		break;
	case EVTCHNSTAT_interdomain:
		s->u.interdomain.dom = c->remote_domid;
		s->u.interdomain.port = c->peer->port;
		break;
	case EVTCHNSTAT_pirq:
		s->u.pirq = c->source;
		break;
	case EVTCHNSTAT_virq:
		s->u.virq = c->source;
		break;
	default:
		break;
	}
	return 0;
}

static bool may_move(const struct evtchn *c)
{
	switch (c->state) {
	case EVTCHNSTAT_virq:
		return virq_is_global(c->source);
	case EVTCHNSTAT_unbound:
	case EVTCHNSTAT_interdomain:
	case EVTCHNSTAT_pirq:
		return true;
	default:
		return false;
	}
}

static long bind_vcpu(struct guest_op *o)
{
	const struct evtchn_bind_vcpu *b = o->arg;
	struct evtchn *c = evtchn_of(o->d, b->port);

	if (!domain_vcpu(o->d, b->vcpu)) {
		return -ENOENT;
	}
	if (!c || !may_move(c)) {
		return -EINVAL;
	}
	c->notify_vcpu = (uint16_t)b->vcpu;
	if (c->state == EVTCHNSTAT_pirq) {
		pirq_set_vcpu(o->d, c->source, b->vcpu);
	}
	return 0;
}

static long op_unmask(struct guest_op *o)
{
	const struct evtchn_unmask *u = o->arg;
	struct evtchn *c = evtchn_of(o->d, u->port);

	if (!c) {
		return -EINVAL;
	}
	o->d->evtchn->layout->unmask(o->d, u->port, c);
	return 0;
}

static long op_set_priority(struct guest_op *o)
{
	const struct evtchn_set_priority *p = o->arg;
	struct evtchn *c = evtchn_of(o->d, p->port);

	return c ? o->d->evtchn->layout->set_priority(o->d, c, p->priority) : -EINVAL;
}

static long op_close(struct guest_op *o)
{
	const struct evtchn_close *c = o->arg;

	return evtchn_close(o->d, c->port);
}

static long op_reset(struct guest_op *o)
{
	int rc = evtchn_reset(o->d);

	return rc == -ERESTART ? hypercall_continue(__HYPERVISOR_event_channel_op, 2, o->cmd,
						    o->at.addr, 0, 0)
			       : rc;
}

static const struct guest_op_entry evtchn_ops[] = {
	[EVTCHNOP_bind_interdomain] = GUEST_OP(bind_interdomain, evtchn_bind_interdomain, OP_OUT),
	[EVTCHNOP_bind_virq] = GUEST_OP(bind_virq, evtchn_bind_virq, OP_OUT | OP_EVENT_LOCK),
	[EVTCHNOP_bind_pirq] = GUEST_OP(bind_pirq, evtchn_bind_pirq, OP_OUT | OP_EVENT_LOCK),
	[EVTCHNOP_close] = GUEST_OP(op_close, evtchn_close, 0),
	[EVTCHNOP_status] = GUEST_OP_ON(op_status, evtchn_status, dom, OP_OUT | OP_EVENT_LOCK),
	[EVTCHNOP_alloc_unbound] =
		GUEST_OP_ON(alloc_unbound, evtchn_alloc_unbound, dom, OP_OUT | OP_EVENT_LOCK),
	[EVTCHNOP_bind_ipi] = GUEST_OP(bind_ipi, evtchn_bind_ipi, OP_OUT | OP_EVENT_LOCK),
	[EVTCHNOP_bind_vcpu] = GUEST_OP(bind_vcpu, evtchn_bind_vcpu, OP_EVENT_LOCK),
	[EVTCHNOP_unmask] = GUEST_OP(op_unmask, evtchn_unmask, 0),
	[EVTCHNOP_reset] = GUEST_OP_ON(op_reset, evtchn_reset, dom, 0),
	[EVTCHNOP_init_control] =
		GUEST_OP(evtchn_fifo_init_control, evtchn_init_control, OP_OUT | OP_EVENT_LOCK),
	[EVTCHNOP_expand_array] =
		GUEST_OP(evtchn_fifo_expand_array, evtchn_expand_array, OP_EVENT_LOCK),
	[EVTCHNOP_set_priority] = GUEST_OP(op_set_priority, evtchn_set_priority, 0),
};

static long __attribute__((noinline)) other_op(uint32_t cmd, gptr_t arg)
{
	struct guest_op o = {.cmd = cmd, .at = arg};

	return guest_op_call(evtchn_ops, ARRAY_SIZE(evtchn_ops), &o);
}

long do_event_channel_op(uint32_t cmd, gptr_t arg)
{
	evtchn_port_t port;

	if (unlikely(cmd != EVTCHNOP_send)) {
		return other_op(cmd, arg);
	}
	return get_guest_u32(&port, arg) ? -EFAULT : evtchn_send(current->domain, port);
}
