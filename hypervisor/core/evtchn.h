/* SPDX-License-Identifier: MIT */
/*
 * Event channels: ports of a domain, bound to a port of another, to a virtual
 * or physical interrupt, or to a vCPU of its own.
 *
 * Binding and closing hold the domain's event lock (two domains: both, by
 * address).  Sending takes no lock: it finds the other end by one pointer,
 * channels are freed with their domain only, and a domain is freed only after
 * every CPU has passed a quiescent point.
 */
#ifndef ARGON_CORE_EVTCHN_H
#define ARGON_CORE_EVTCHN_H

#include "arch/cpu.h"
#include "core/domain.h"
#include "xen/event.h"

struct evtchn {
	uint8_t state;                   /* EVTCHNSTAT_* */
	uint8_t priority, last_priority; /* FIFO: its queue, the queue it was put on last */
	bool early;                      /* FIFO: raised before the guest gave its word's page */
	uint16_t notify_vcpu, last_vcpu;
	uint16_t remote_domid; /* unbound: who may bind; interdomain: the peer */
	uint16_t source;       /* of an interrupt: VIRQ_* or physical number */
	evtchn_port_t port;    /* its own; constant, as is its owner */
	struct domain *owner;
	struct evtchn *peer; /* interdomain, else NULL: all that a sender goes by */
};

/* How a domain's pending and mask bits are laid out. */
struct evtchn_layout {
	bool (*is_pending)(const struct domain *d, evtchn_port_t port);
	bool (*is_masked)(const struct domain *d, evtchn_port_t port);
	/* A closed port that must not be given out yet; NULL: none is. */
	bool (*is_busy)(const struct domain *d, evtchn_port_t port);
	void (*set_pending)(struct vcpu *v, evtchn_port_t port, struct evtchn *c);
	void (*clear_pending)(struct domain *d, evtchn_port_t port);
	void (*unmask)(struct domain *d, evtchn_port_t port, struct evtchn *c);
	int (*set_priority)(struct domain *d, struct evtchn *c, uint32_t priority);
	unsigned int max_ports;
};
extern const struct evtchn_layout evtchn_2level, evtchn_fifo;

#define EVTCHNS_PER_CHUNK 32U /* a power of two: sends divide by it */

struct evtchn_table {
	spinlock_t lock; /* RANK_EVENT */
	const struct evtchn_layout *layout;
	struct evtchn **chunks;   /* of channels, grown on demand */
	unsigned int chunks_max;  /* by the limit given at creation */
	unsigned int valid;       /* ports below this have a channel */
	unsigned int first_free;  /* no free port below, but such as were busy */
	unsigned int in_use;      /* active channels, for limits and tests */
	struct fifo_domain *fifo; /* evtchn_fifo.c */
};

int evtchn_init(struct domain *d);
/* Closes all ports of a dying domain: 0 or -ERESTART. */
int evtchn_destroy(struct domain *d);
void evtchn_free(struct domain *d);

/* The channel behind a port, or NULL.  Lock-free.  Port 0 has one, closed for ever. */
static inline struct evtchn *evtchn_at(const struct evtchn_table *t, evtchn_port_t port)
{
	unsigned int valid = __atomic_load_n(&t->valid, __ATOMIC_ACQUIRE);

	if (unlikely(port >= valid)) {
		return NULL;
	}
	port = (evtchn_port_t)index_nospec(port, valid);
	return &t->chunks[port / EVTCHNS_PER_CHUNK][port % EVTCHNS_PER_CHUNK];
}

static inline struct evtchn *evtchn_of(const struct domain *d, evtchn_port_t port)
{
	return port ? evtchn_at(d->evtchn, port) : NULL;
}

/* Sends on a port of d as d itself would: 0, -EINVAL. */
long evtchn_send(struct domain *d, evtchn_port_t port);
/* Raises a per-vCPU virtual interrupt if the guest has bound it. */
void vcpu_send_virq(struct vcpu *v, unsigned int virq);
/* Raises a global virtual interrupt at dom0, or at whoever was given it. */
void send_global_virq(unsigned int virq);
/* domctl set_virq_handler: d gets that global VIRQ from now on. */
int set_global_virq_handler(struct domain *d, unsigned int virq);
/* A dying domain handles no global VIRQ any more. */
void virq_handlers_drop(struct domain *d);
/* Global: one for the machine, bound on vCPU 0; others each vCPU has of its own. */
bool virq_is_global(unsigned int virq);
/* Raises the port a physical interrupt is bound to. */
void evtchn_raise(struct domain *d, evtchn_port_t port);

/* For layouts: the vCPU has news. */
static inline void vcpu_mark_events_pending(struct vcpu *v)
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

bool evtchn_is_pending(const struct domain *d, evtchn_port_t port);

/* Under d's event lock: a fresh port and its channel, closed, of vCPU 0; -ENOSPC, -ENOMEM. */
int evtchn_get_port(struct domain *d, struct evtchn **c);
/* Under d's event lock: makes a channel visible, its details first, then its state. */
void evtchn_activate(struct domain *d, struct evtchn *c, uint8_t state);
/* -EINVAL if it is closed already. */
int evtchn_close(struct domain *d, evtchn_port_t port);
/* EVTCHNOP_reset: closes all ports, leaves the FIFO layout: 0 or -ERESTART. */
int evtchn_reset(struct domain *d);
/*
 * Operations of evtchn_fifo.c.  init_control: -EINVAL (frame or offset not
 * acceptable, vCPU has one), -ENOENT (no such vCPU), -ENOMEM.  expand_array:
 * -EOPNOTSUPP (two-level layout in use), -ENOSPC, -EINVAL.
 */
struct guest_op;
long evtchn_fifo_init_control(struct guest_op *o);
long evtchn_fifo_expand_array(struct guest_op *o);
/* Under d's event lock: back to the two-level layout; the guest's frames go back. */
void evtchn_fifo_leave(struct domain *d);
/* Reports to the type oracle what the FIFO layout holds of d's frames. */
void evtchn_fifo_report(const struct domain *d);

#endif
