/* SPDX-License-Identifier: MIT */
/* Channels: tables, binding, closing, sending (see evtchn.h). */
#include "core/evtchn.h"

#include <asm/guest_access.h>

#include "arch/cpu.h"
#include "core/hypercall.h"
#include "core/pirq.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/printk.h"
#include "mm/page.h"
#include "xen/hypercall.h"

static struct domain *virq_handler[NR_VIRQS]; /* NULL: dom0; holds a reference */
static spinlock_t virq_handler_lock = SPINLOCK(RANK_DOMAIN);

static bool virq_is_global(unsigned int virq)
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

struct evtchn *evtchn_of(const struct domain *d, evtchn_port_t port)
{
	struct evtchn_table *t = d->evtchn;

	if (!port || port >= __atomic_load_n(&t->valid, __ATOMIC_ACQUIRE)) {
		return NULL;
	}
	return &t->frames[port / EVTCHNS_PER_FRAME][port % EVTCHNS_PER_FRAME];
}

int evtchn_init(struct domain *d)
{
	struct evtchn_table *t = hv_alloc(sizeof(*t));

	if (!t) {
		return -ENOMEM;
	}
	d->evtchn = t;
	spin_lock_init(&t->lock, RANK_EVENT);
	t->layout = &evtchn_2level;
	t->first_free = 1;
	t->frames = frames_alloc(1);
	if (!t->frames) {
		return -ENOMEM;
	}
	t->frames[0] = frames_alloc(0);
	if (!t->frames[0]) {
		return -ENOMEM;
	}
	t->valid = EVTCHNS_PER_FRAME;
	return 0;
}

void evtchn_free(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;
	unsigned int i;

	if (!t) {
		return;
	}
	if (t->frames) {
		for (i = 0; i < EVTCHN_FRAMES_MAX && t->frames[i]; i++) {
			frames_free(t->frames[i], 0);
		}
		frames_free(t->frames, 1);
	}
	hv_free(t->fifo);
	hv_free(t);
	d->evtchn = NULL;
}

static int grow(struct evtchn_table *t)
{
	unsigned int n = t->valid / EVTCHNS_PER_FRAME;

	/* Left over when a larger layout was given up: all closed. */
	if (!t->frames[n]) {
		t->frames[n] = frames_alloc(0);
	}
	if (!t->frames[n]) {
		return -ENOMEM;
	}
	__atomic_store_n(&t->valid, t->valid + EVTCHNS_PER_FRAME, __ATOMIC_RELEASE);
	return 0;
}

/* The first port in [from, end) that may be given out; 0: none, -ENOMEM. */
static int find_port(struct domain *d, unsigned int from, unsigned int end)
{
	struct evtchn_table *t = d->evtchn;
	unsigned int port;

	for (port = from; port < end; port++) {
		if (port >= t->valid && grow(t)) {
			return -ENOMEM;
		}
		if (evtchn_of(d, port)->state == EVTCHNSTAT_closed &&
		    !(t->layout->is_busy && t->layout->is_busy(d, port))) {
			return (int)port;
		}
	}
	return 0;
}

int evtchn_get_port(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;
	unsigned int limit = MIN(t->layout->max_ports, d->max_evtchn_port + 1);
	int port;

	if (d->dying) {
		return -EINVAL;
	}
	if (t->in_use + 1 >= limit) {
		return -ENOSPC;
	}
	port = find_port(d, t->first_free, limit);
	if (!port) {
		/* Ports that were busy when we passed them may be so no more. */
		port = find_port(d, 1, MIN(t->first_free, limit));
	}
	if (port > 0) {
		t->first_free = (unsigned int)port;
	}
	return port ? port : -ENOSPC;
}

/* Makes a channel visible: its details first, then its state. */
static void activate(struct domain *d, struct evtchn *c, uint32_t state)
{
	__atomic_store_n(&c->state, state, __ATOMIC_RELEASE);
	d->evtchn->in_use++;
	if (d->evtchn->layout == &evtchn_fifo) {
		c->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	}
}

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
		activate(d, c, EVTCHNSTAT_unbound);
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
	activate(l, lc, EVTCHNSTAT_interdomain);
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
		activate(d, c, EVTCHNSTAT_virq);
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
		activate(d, c, EVTCHNSTAT_ipi);
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
			activate(d, c, EVTCHNSTAT_pirq);
			b->port = (evtchn_port_t)port;
		}
	}
	spin_unlock(&d->evtchn->lock);
	return port < 0 ? port : 0;
}

/* Under the lock(s): back to closed. */
static void release_port(struct domain *d, evtchn_port_t port, struct evtchn *c)
{
	struct evtchn_table *t = d->evtchn;

	__atomic_store_n(&c->state, EVTCHNSTAT_closed, __ATOMIC_RELEASE);
	c->remote = NULL;
	c->remote_port = 0;
	c->notify_vcpu = 0;
	t->layout->clear_pending(d, port);
	t->in_use--;
	if (port < t->first_free) {
		t->first_free = port;
	}
}

static void unbind_source(struct domain *d, struct evtchn *c, evtchn_port_t port)
{
	struct vcpu *v;

	switch (c->state) {
	case EVTCHNSTAT_virq:
		v = domain_vcpu(d, virq_is_global(c->virq) ? 0 : c->notify_vcpu);
		if (v && v->virq_port[c->virq] == port) {
			__atomic_store_n(&v->virq_port[c->virq], 0, __ATOMIC_RELEASE);
		}
		break;
	case EVTCHNSTAT_pirq:
		pirq_unbind(d, c->pirq);
		break;
	default:
		break;
	}
}

/* The peer of a closed channel goes back to waiting for us. */
static void unbind_peer(struct domain *d, struct evtchn *c)
{
	struct evtchn *peer = evtchn_of(c->remote, c->remote_port);

	peer->remote_domid = d->id;
	peer->remote = NULL;
	__atomic_store_n(&peer->state, EVTCHNSTAT_unbound, __ATOMIC_RELEASE);
}

int evtchn_close(struct domain *d, evtchn_port_t port)
{
	struct evtchn_table *t = d->evtchn;
	struct domain *r = NULL;
	struct evtchn *c;
	int rc = 0;

	spin_lock(&t->lock);
	for (;;) {
		c = evtchn_of(d, port);
		if (!c || c->state == EVTCHNSTAT_closed) {
			rc = -EINVAL;
			break;
		}
		if (c->state != EVTCHNSTAT_interdomain) {
			unbind_source(d, c, port);
			release_port(d, port, c);
			break;
		}
		if (r == c->remote) {
			unbind_peer(d, c);
			release_port(d, port, c);
			break;
		}
		/* Take both locks in order, then look again. */
		if (r) {
			spin_unlock_pair(&t->lock, &r->evtchn->lock);
			domain_put(r);
			spin_lock(&t->lock);
			r = NULL;
			continue;
		}
		r = c->remote;
		domain_get(r);
		spin_unlock(&t->lock);
		spin_lock_pair(&t->lock, &r->evtchn->lock);
	}
	if (r) {
		spin_unlock_pair(&t->lock, &r->evtchn->lock);
		domain_put(r);
	} else {
		spin_unlock(&t->lock);
	}
	return rc;
}

/* 0 or -ERESTART; a call that comes again finds at least 64 more closed. */
static int close_all(struct domain *d)
{
	unsigned int closed = 0;
	evtchn_port_t port;

	for (port = 1; port < d->evtchn->valid; port++) {
		if (evtchn_close(d, port) == 0 && ++closed % 64 == 0 && preempt_needed()) {
			return -ERESTART;
		}
	}
	return 0;
}

int evtchn_destroy(struct domain *d)
{
	unsigned int i;
	int rc = close_all(d);

	if (rc) {
		return rc;
	}
	spin_lock(&virq_handler_lock);
	for (i = 0; i < NR_VIRQS; i++) {
		if (virq_handler[i] == d) {
			virq_handler[i] = NULL;
			domain_put(d);
		}
	}
	spin_unlock(&virq_handler_lock);
	spin_lock(&d->evtchn->lock);
	evtchn_fifo_leave(d);
	spin_unlock(&d->evtchn->lock);
	return 0;
}

int evtchn_reset(struct domain *d)
{
	int rc = close_all(d);

	if (rc) {
		return rc;
	}
	spin_lock(&d->evtchn->lock);
	if (d->evtchn->in_use == 0) {
		evtchn_fifo_leave(d);
	}
	spin_unlock(&d->evtchn->lock);
	return 0;
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

void evtchn_dump(struct domain *d)
{
	evtchn_port_t port;

	for (port = 1; port < d->evtchn->valid; port++) {
		struct evtchn *c = evtchn_of(d, port);

		if (c->state != EVTCHNSTAT_closed) {
			log_info("  port %u: state %u vcpu %u remote d%u:%u%s%s\n", port, c->state,
				 c->notify_vcpu, c->remote_domid, c->remote_port,
				 d->evtchn->layout->is_pending(d, port) ? " pending" : "",
				 d->evtchn->layout->is_masked(d, port) ? " masked" : "");
		}
	}
}
