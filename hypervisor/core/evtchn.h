/* SPDX-License-Identifier: MIT */
/*
 * Event channels: ports of a domain, bound to a port of another, to a virtual
 * or physical interrupt, or to a vCPU of its own.
 *
 * Binding and closing hold the domain's event lock (two domains: both, by
 * address).  Sending takes no lock: what it reads of a channel it
 * checks again before use, and a domain is freed only after every CPU has
 * passed a quiescent point.
 */
#ifndef ARGON_CORE_EVTCHN_H
#define ARGON_CORE_EVTCHN_H

#include "core/domain.h"
#include "xen/event.h"

struct evtchn {
	uint32_t state; /* EVTCHNSTAT_* */
	uint16_t notify_vcpu;
	uint16_t remote_domid; /* unbound: who may bind; interdomain: the peer */
	union {
		struct {
			struct domain *remote; /* interdomain; lives while bound */
			evtchn_port_t remote_port;
		};
		uint32_t virq;
		uint32_t pirq;
	};
	/* FIFO ABI only. */
	uint8_t priority;
	uint8_t last_priority; /* queue it was put on last */
	uint16_t last_vcpu;
	bool early; /* raised before the guest gave its word's page */
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

/* The channel behind a port, or NULL.  Lock-free. */
struct evtchn *evtchn_of(const struct domain *d, evtchn_port_t port);

/* Sends on a port of d as d itself would: 0, -EINVAL. */
int evtchn_send(struct domain *d, evtchn_port_t port);
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
void vcpu_mark_events_pending(struct vcpu *v);
bool evtchn_is_pending(const struct domain *d, evtchn_port_t port);

/* Under d's event lock: a fresh port and its channel, closed, of vCPU 0; -ENOSPC, -ENOMEM. */
int evtchn_get_port(struct domain *d, struct evtchn **c);
/* Under d's event lock: makes a channel visible, its details first, then its state. */
void evtchn_activate(struct domain *d, struct evtchn *c, uint32_t state);
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
/* Prints all channels of d (debug key). */
void evtchn_dump(struct domain *d);

#endif
