/* SPDX-License-Identifier: MIT */
/* What guests ask for: binding, and the table of operations (see evtchn.h). */
#include "core/evtchn.h"

#include <asm/guest_access.h>

#include "arch/cpu.h"
#include "core/hypercall.h"
#include "core/pirq.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "xen/hypercall.h"

int evtchn_alloc_unbound(struct evtchn_alloc_unbound *a)
{
	struct domain *d = domain_lookup_any(a->dom);
	int rc = -ESRCH;

	if (!d) {
		return rc;
	}
	if (d != current->domain && !current->domain->is_privileged) {
		domain_put(d);
		return -EPERM;
	}
	spin_lock(&d->evtchn->lock);
	rc = evtchn_get_port(d);
	if (rc > 0) {
		struct evtchn *c = evtchn_of(d, (evtchn_port_t)rc);

		a->port = (evtchn_port_t)rc;
		c->notify_vcpu = 0;
		c->remote_domid = a->remote_dom == DOMID_SELF ? current->domain->id : a->remote_dom;
		evtchn_activate(d, c, EVTCHNSTAT_unbound);
		rc = 0;
	}
	spin_unlock(&d->evtchn->lock);
	domain_put(d);
	return rc;
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
	port = evtchn_get_port(l);
	if (port < 0) {
		return port;
	}
	lc = evtchn_of(l, (evtchn_port_t)port);
	lc->remote = r;
	lc->remote_port = b->remote_port;
	lc->remote_domid = r->id;
	lc->notify_vcpu = 0;
	rc->remote = l;
	rc->remote_port = (evtchn_port_t)port;
	rc->remote_domid = l->id;
	evtchn_activate(l, lc, EVTCHNSTAT_interdomain);
	__atomic_store_n(&rc->state, EVTCHNSTAT_interdomain, __ATOMIC_RELEASE);
	/* What the peer sent before we were bound must not be lost. */
	l->evtchn->layout->set_pending(l->vcpu[lc->notify_vcpu], (evtchn_port_t)port, lc);
	b->local_port = (evtchn_port_t)port;
	return 0;
}

static int evtchn_bind_interdomain(struct evtchn_bind_interdomain *b)
{
	struct domain *l = current->domain;
	struct domain *r = domain_lookup_any(b->remote_dom);
	int rc;

	if (!r) {
		return -ESRCH;
	}
	spin_lock_pair(&l->evtchn->lock, &r->evtchn->lock);
	rc = bind_interdomain_locked(l, r, b);
	spin_unlock_pair(&l->evtchn->lock, &r->evtchn->lock);
	domain_put(r);
	return rc;
}

static int evtchn_bind_virq(struct evtchn_bind_virq *b)
{
	struct domain *d = current->domain;
	struct vcpu *v;
	int port;

	if (b->virq >= NR_VIRQS || (virq_is_global(b->virq) && b->vcpu != 0)) {
		return -EINVAL;
	}
	v = domain_vcpu(d, b->vcpu);
	if (!v) {
		return -ENOENT;
	}
	spin_lock(&d->evtchn->lock);
	port = v->virq_port[b->virq] ? -EEXIST : evtchn_get_port(d);
	if (port > 0) {
		struct evtchn *c = evtchn_of(d, (evtchn_port_t)port);

		c->virq = b->virq;
		c->notify_vcpu = (uint16_t)b->vcpu;
		evtchn_activate(d, c, EVTCHNSTAT_virq);
		b->port = (evtchn_port_t)port;
		__atomic_store_n(&v->virq_port[b->virq], b->port, __ATOMIC_RELEASE);
	}
	spin_unlock(&d->evtchn->lock);
	return port < 0 ? port : 0;
}

static int evtchn_bind_ipi(struct evtchn_bind_ipi *b)
{
	struct domain *d = current->domain;
	int port;

	if (!domain_vcpu(d, b->vcpu)) {
		return -ENOENT;
	}
	spin_lock(&d->evtchn->lock);
	port = evtchn_get_port(d);
	if (port > 0) {
		struct evtchn *c = evtchn_of(d, (evtchn_port_t)port);

		c->notify_vcpu = (uint16_t)b->vcpu;
		evtchn_activate(d, c, EVTCHNSTAT_ipi);
		b->port = (evtchn_port_t)port;
	}
	spin_unlock(&d->evtchn->lock);
	return port < 0 ? port : 0;
}

static int evtchn_bind_pirq(struct evtchn_bind_pirq *b)
{
	struct domain *d = current->domain;
	int port, rc;

	spin_lock(&d->evtchn->lock);
	port = evtchn_get_port(d);
	if (port > 0) {
		struct evtchn *c = evtchn_of(d, (evtchn_port_t)port);

		rc = pirq_bind(d, b->pirq, (evtchn_port_t)port, b->flags & BIND_PIRQ__WILL_SHARE);
		if (rc) {
			port = rc;
		} else {
			c->pirq = b->pirq;
			c->notify_vcpu = 0;
			evtchn_activate(d, c, EVTCHNSTAT_pirq);
			b->port = (evtchn_port_t)port;
		}
	}
	spin_unlock(&d->evtchn->lock);
	return port < 0 ? port : 0;
}

static int evtchn_status(struct evtchn_status *s)
{
	struct domain *d = domain_lookup_any(s->dom);
	struct evtchn *c;

	if (!d) {
		return -ESRCH;
	}
	if (d != current->domain && !current->domain->is_privileged) {
		domain_put(d);
		return -EPERM;
	}
	spin_lock(&d->evtchn->lock);
	/* Port 0 exists, closed for ever: listings start there. */
	c = s->port ? evtchn_of(d, s->port) : &d->evtchn->frames[0][0];
	if (!c) {
		spin_unlock(&d->evtchn->lock);
		domain_put(d);
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
		s->u.interdomain.port = c->remote_port;
		break;
	case EVTCHNSTAT_pirq:
		s->u.pirq = c->pirq;
		break;
	case EVTCHNSTAT_virq:
		s->u.virq = c->virq;
		break;
	default:
		break;
	}
	spin_unlock(&d->evtchn->lock);
	domain_put(d);
	return 0;
}

static int evtchn_bind_vcpu(const struct evtchn_bind_vcpu *b)
{
	struct domain *d = current->domain;
	struct evtchn *c;
	int rc = 0;

	if (!domain_vcpu(d, b->vcpu)) {
		return -ENOENT;
	}
	spin_lock(&d->evtchn->lock);
	c = evtchn_of(d, b->port);
	if (!c) {
		rc = -EINVAL;
	} else if (c->state == EVTCHNSTAT_virq && !virq_is_global(c->virq)) {
		rc = -EINVAL;
	} else if (c->state != EVTCHNSTAT_virq && c->state != EVTCHNSTAT_unbound &&
		   c->state != EVTCHNSTAT_interdomain && c->state != EVTCHNSTAT_pirq) {
		rc = -EINVAL;
	} else {
		c->notify_vcpu = (uint16_t)b->vcpu;
		if (c->state == EVTCHNSTAT_pirq) {
			pirq_set_vcpu(d, c->pirq, b->vcpu);
		}
	}
	spin_unlock(&d->evtchn->lock);
	return rc;
}

static int evtchn_unmask(const struct evtchn_unmask *u)
{
	struct domain *d = current->domain;
	struct evtchn *c = evtchn_of(d, u->port);

	if (!c) {
		return -EINVAL;
	}
	d->evtchn->layout->unmask(d, u->port, c);
	return 0;
}

static int evtchn_set_priority(const struct evtchn_set_priority *p)
{
	struct domain *d = current->domain;
	struct evtchn *c = evtchn_of(d, p->port);

	if (!c) {
		return -EINVAL;
	}
	return d->evtchn->layout->set_priority(d, c, p->priority);
}

static int op_reset(const struct evtchn_reset *r)
{
	struct domain *d = domain_lookup_any(r->dom);
	int rc;

	if (!d) {
		return -ESRCH;
	}
	rc = d == current->domain || current->domain->is_privileged ? evtchn_reset(d) : -EPERM;
	domain_put(d);
	return rc;
}

/* The operations: size of the argument, whether it is written back. */
union evtchn_arg {
	struct evtchn_alloc_unbound alloc_unbound;
	struct evtchn_bind_interdomain bind_interdomain;
	struct evtchn_bind_virq bind_virq;
	struct evtchn_bind_pirq bind_pirq;
	struct evtchn_bind_ipi bind_ipi;
	struct evtchn_close close;
	struct evtchn_send send;
	struct evtchn_status status;
	struct evtchn_bind_vcpu bind_vcpu;
	struct evtchn_unmask unmask;
	struct evtchn_reset reset;
	struct evtchn_init_control init_control;
	struct evtchn_expand_array expand_array;
	struct evtchn_set_priority set_priority;
};

#define OP(name, fn)                              \
	static int op_##name(union evtchn_arg *a) \
	{                                         \
		return fn(&a->name);              \
	}
OP(alloc_unbound, evtchn_alloc_unbound)
OP(bind_interdomain, evtchn_bind_interdomain)
OP(bind_virq, evtchn_bind_virq)
OP(bind_pirq, evtchn_bind_pirq)
OP(bind_ipi, evtchn_bind_ipi)
OP(status, evtchn_status)
OP(bind_vcpu, evtchn_bind_vcpu)
OP(unmask, evtchn_unmask)
OP(init_control, evtchn_fifo_init_control)
OP(expand_array, evtchn_fifo_expand_array)
OP(set_priority, evtchn_set_priority)
#undef OP

static int op_close(union evtchn_arg *a)
{
	return evtchn_close(current->domain, a->close.port);
}

static int op_reset_any(union evtchn_arg *a)
{
	return op_reset(&a->reset);
}

static const struct {
	int (*fn)(union evtchn_arg *a);
	uint8_t size;
	bool out;
} evtchn_ops[] = {
	[EVTCHNOP_bind_interdomain] = {op_bind_interdomain, sizeof(struct evtchn_bind_interdomain),
				       true},
	[EVTCHNOP_bind_virq] = {op_bind_virq, sizeof(struct evtchn_bind_virq), true},
	[EVTCHNOP_bind_pirq] = {op_bind_pirq, sizeof(struct evtchn_bind_pirq), true},
	[EVTCHNOP_close] = {op_close, sizeof(struct evtchn_close), false},
	[EVTCHNOP_status] = {op_status, sizeof(struct evtchn_status), true},
	[EVTCHNOP_alloc_unbound] = {op_alloc_unbound, sizeof(struct evtchn_alloc_unbound), true},
	[EVTCHNOP_bind_ipi] = {op_bind_ipi, sizeof(struct evtchn_bind_ipi), true},
	[EVTCHNOP_bind_vcpu] = {op_bind_vcpu, sizeof(struct evtchn_bind_vcpu), false},
	[EVTCHNOP_unmask] = {op_unmask, sizeof(struct evtchn_unmask), false},
	[EVTCHNOP_reset] = {op_reset_any, sizeof(struct evtchn_reset), false},
	[EVTCHNOP_init_control] = {op_init_control, sizeof(struct evtchn_init_control), true},
	[EVTCHNOP_expand_array] = {op_expand_array, sizeof(struct evtchn_expand_array), false},
	[EVTCHNOP_set_priority] = {op_set_priority, sizeof(struct evtchn_set_priority), false},
};

long do_event_channel_op(uint32_t cmd, gptr_t arg)
{
	union evtchn_arg a;
	int rc;

	if (likely(cmd == EVTCHNOP_send)) {
		if (get_guest_u32(&a.send.port, arg)) {
			return -EFAULT;
		}
		return evtchn_send(current->domain, a.send.port);
	}
	if (cmd >= ARRAY_SIZE(evtchn_ops) || !evtchn_ops[cmd].fn) {
		return -ENOSYS;
	}
	if (copy_from_guest(&a, arg, evtchn_ops[cmd].size)) {
		return -EFAULT;
	}
	rc = evtchn_ops[cmd].fn(&a);
	if (rc == -ERESTART) {
		return hypercall_continue(__HYPERVISOR_event_channel_op, 2, cmd, arg.addr, 0, 0);
	}
	if (!rc && evtchn_ops[cmd].out && copy_to_guest(arg, &a, evtchn_ops[cmd].size)) {
		rc = -EFAULT;
	}
	return rc;
}
