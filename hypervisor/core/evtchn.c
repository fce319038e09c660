/* SPDX-License-Identifier: MIT */
/* Life of a channel: a domain's table of them, opening, closing (see evtchn.h). */
#include "core/evtchn.h"

#include "arch/cpu.h"
#include "core/hypercall.h"
#include "core/pirq.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "mm/page.h"

/* One chunk of channels more: 0, -ENOMEM. */
static int grow(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;
	struct evtchn **chunk = &t->chunks[t->valid / EVTCHNS_PER_CHUNK];
	unsigned int i;

	/* Perhaps left over from when a larger layout was given up: all closed. */
	if (!*chunk) {
		*chunk = hv_alloc(EVTCHNS_PER_CHUNK * sizeof(**chunk));
		if (!*chunk) {
			return -ENOMEM;
		}
		for (i = 0; i < EVTCHNS_PER_CHUNK; i++) {
			(*chunk)[i].port = t->valid + i;
			(*chunk)[i].owner = d;
		}
	}
	__atomic_store_n(&t->valid, t->valid + EVTCHNS_PER_CHUNK, __ATOMIC_RELEASE);
	return 0;
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
	t->chunks_max = d->max_evtchn_port / EVTCHNS_PER_CHUNK + 1;
	t->chunks = hv_alloc(t->chunks_max * sizeof(*t->chunks));
	if (!t->chunks) {
		return -ENOMEM;
	}
	return grow(d);
}

void evtchn_free(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;
	unsigned int i;

	if (!t) {
		return;
	}
	if (t->chunks) {
		for (i = 0; i < t->chunks_max && t->chunks[i]; i++) {
			hv_free(t->chunks[i]);
		}
		hv_free(t->chunks);
	}
	hv_free(t->fifo);
	hv_free(t);
	d->evtchn = NULL;
}

/* The first port in [from, end) that may be given out; 0: none, -ENOMEM. */
static int find_port(struct domain *d, unsigned int from, unsigned int end)
{
	struct evtchn_table *t = d->evtchn;
	unsigned int port;

	for (port = from; port < end; port++) {
		if (port >= t->valid && grow(d)) {
			return -ENOMEM;
		}
		if (evtchn_of(d, port)->state == EVTCHNSTAT_closed &&
		    !(t->layout->is_busy && t->layout->is_busy(d, port))) {
			return (int)port;
		}
	}
	return 0;
}

int evtchn_get_port(struct domain *d, struct evtchn **c)
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
	if (port <= 0) {
		return port ? port : -ENOSPC;
	}
	t->first_free = (unsigned int)port;
	*c = evtchn_of(d, (evtchn_port_t)port);
	return port;
}

void evtchn_activate(struct domain *d, struct evtchn *c, uint8_t state)
{
	__atomic_store_n(&c->state, state, __ATOMIC_RELEASE);
	d->evtchn->in_use++;
	if (d->evtchn->layout == &evtchn_fifo) {
		c->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	}
}

/* Under the lock(s): back to closed. */
static void release_port(struct domain *d, evtchn_port_t port, struct evtchn *c)
{
	struct evtchn_table *t = d->evtchn;

	__atomic_store_n(&c->state, EVTCHNSTAT_closed, __ATOMIC_RELEASE);
	__atomic_store_n(&c->peer, NULL, __ATOMIC_RELEASE);
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
		v = domain_vcpu(d, virq_is_global(c->source) ? 0 : c->notify_vcpu);
		if (v && v->virq_port[c->source] == port) {
			__atomic_store_n(&v->virq_port[c->source], 0, __ATOMIC_RELEASE);
		}
		break;
	case EVTCHNSTAT_pirq:
		pirq_unbind(d, c->source);
		break;
	default:
		break;
	}
}

/* The peer of a closed channel goes back to waiting for us. */
static void unbind_peer(struct evtchn *peer)
{
	__atomic_store_n(&peer->peer, NULL, __ATOMIC_RELEASE);
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
		if (r == c->peer->owner) {
			unbind_peer(c->peer);
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
		r = c->peer->owner;
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
	int rc = close_all(d);

	if (rc) {
		return rc;
	}
	virq_handlers_drop(d);
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
