/* SPDX-License-Identifier: MIT */
/* Event channels: operations, virtual interrupts, and the FIFO event word. */
#ifndef XEN_EVENT_H
#define XEN_EVENT_H

#include "types.h"

/* Virtual interrupts. Per-vCPU ones may be bound once on each vCPU, global ones only on vCPU 0. */
#define VIRQ_TIMER		0	/* per vCPU: timer expired */
#define VIRQ_DEBUG		1	/* per vCPU: asks the guest for a state dump */
#define VIRQ_CONSOLE		2	/* console input for dom0 */
#define VIRQ_DOM_EXC		3	/* some domain shut down or died */
#define VIRQ_TBUF		4	/* trace buffer */
#define VIRQ_DEBUGGER		6
#define VIRQ_XENOPROF		7
#define VIRQ_CON_RING		8	/* hypervisor's console ring grew */
#define VIRQ_PCPU_STATE		9	/* a physical CPU went on- or offline */
#define VIRQ_MEM_EVENT		10
#define VIRQ_ARGO		11
#define VIRQ_ENOMEM		12	/* hypervisor is low on memory */
#define VIRQ_XENPMU		13	/* per vCPU */
#define VIRQ_ARCH_0		16	/* x86: machine check */
#define VIRQ_ARCH_1		17
#define VIRQ_ARCH_2		18
#define VIRQ_ARCH_3		19
#define VIRQ_ARCH_4		20
#define VIRQ_ARCH_5		21
#define VIRQ_ARCH_6		22
#define VIRQ_ARCH_7		23
#define NR_VIRQS		24

#define EVTCHNOP_bind_interdomain	0
#define EVTCHNOP_bind_virq		1
#define EVTCHNOP_bind_pirq		2
#define EVTCHNOP_close			3
#define EVTCHNOP_send			4
#define EVTCHNOP_status			5
#define EVTCHNOP_alloc_unbound		6
#define EVTCHNOP_bind_ipi		7
#define EVTCHNOP_bind_vcpu		8
#define EVTCHNOP_unmask			9
#define EVTCHNOP_reset			10
#define EVTCHNOP_init_control		11
#define EVTCHNOP_expand_array		12
#define EVTCHNOP_set_priority		13

/* New port in dom that remote_dom may later bind to. */
struct evtchn_alloc_unbound {
	xen_domid_t dom;
	xen_domid_t remote_dom;
	evtchn_port_t port;		/* out */
};
ABI_SIZE(struct evtchn_alloc_unbound, 8);

/* Connects to a port that remote_dom holds open for the caller. */
struct evtchn_bind_interdomain {
	xen_domid_t remote_dom;
	evtchn_port_t remote_port;
	evtchn_port_t local_port;	/* out */
};
ABI_SIZE(struct evtchn_bind_interdomain, 12);

struct evtchn_bind_virq {
	uint32_t virq;
	uint32_t vcpu;
	evtchn_port_t port;		/* out */
};
ABI_SIZE(struct evtchn_bind_virq, 12);

struct evtchn_bind_pirq {
	uint32_t pirq;
	uint32_t flags;			/* BIND_PIRQ__WILL_SHARE */
	evtchn_port_t port;		/* out */
};
#define BIND_PIRQ__WILL_SHARE	1
ABI_SIZE(struct evtchn_bind_pirq, 12);

struct evtchn_bind_ipi {
	uint32_t vcpu;
	evtchn_port_t port;		/* out */
};
ABI_SIZE(struct evtchn_bind_ipi, 8);

struct evtchn_close {
	evtchn_port_t port;
};
ABI_SIZE(struct evtchn_close, 4);

struct evtchn_send {
	evtchn_port_t port;
};
ABI_SIZE(struct evtchn_send, 4);

struct evtchn_status {
	xen_domid_t dom;		/* in: whose port */
	evtchn_port_t port;		/* in */
	uint32_t status;		/* out: EVTCHNSTAT_* */
	uint32_t vcpu;			/* out: notified vCPU */
	union {				/* out, as status says */
		struct {
			xen_domid_t dom;	/* who may bind */
		} unbound;
		struct {
			xen_domid_t dom;
			evtchn_port_t port;
		} interdomain;
		uint32_t pirq;
		uint32_t virq;
	} u;
};
#define EVTCHNSTAT_closed	0
#define EVTCHNSTAT_unbound	1
#define EVTCHNSTAT_interdomain	2
#define EVTCHNSTAT_pirq		3
#define EVTCHNSTAT_virq		4
#define EVTCHNSTAT_ipi		5
ABI_SIZE(struct evtchn_status, 24);
ABI_OFFSET(struct evtchn_status, status, 8);
ABI_OFFSET(struct evtchn_status, u, 16);

struct evtchn_bind_vcpu {
	evtchn_port_t port;
	uint32_t vcpu;
};
ABI_SIZE(struct evtchn_bind_vcpu, 8);

struct evtchn_unmask {
	evtchn_port_t port;
};
ABI_SIZE(struct evtchn_unmask, 4);

struct evtchn_reset {
	xen_domid_t dom;
};
ABI_SIZE(struct evtchn_reset, 2);

/* Switches the caller to FIFO events and registers one vCPU's control block. */
struct evtchn_init_control {
	uint64_t control_gfn;		/* frame of the control block */
	uint32_t offset;		/* its byte offset in the frame, multiple of 8 */
	uint32_t vcpu;
	uint8_t link_bits;		/* out: EVTCHN_FIFO_LINK_BITS */
	uint8_t _pad[7];
};
ABI_SIZE(struct evtchn_init_control, 24);
ABI_OFFSET(struct evtchn_init_control, link_bits, 16);

/* Adds one page of event words. */
struct evtchn_expand_array {
	uint64_t array_gfn;
};
ABI_SIZE(struct evtchn_expand_array, 8);

struct evtchn_set_priority {
	evtchn_port_t port;
	uint32_t priority;		/* EVTCHN_FIFO_PRIORITY_MAX (0) .. _MIN (15) */
};
ABI_SIZE(struct evtchn_set_priority, 8);

/* Argument of the superseded one-argument event hypercall (16). */
struct evtchn_op {
	uint32_t cmd;			/* EVTCHNOP_* up to unmask */
	union {
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
	} u;
};
ABI_SIZE(struct evtchn_op, 28);

#define EVTCHN_2L_NR_CHANNELS	4096	/* 64 words of 64 bits */

#define EVTCHN_FIFO_PRIORITY_MAX	0	/* most urgent */
#define EVTCHN_FIFO_PRIORITY_DEFAULT	7
#define EVTCHN_FIFO_PRIORITY_MIN	15
#define EVTCHN_FIFO_MAX_QUEUES		(EVTCHN_FIFO_PRIORITY_MIN + 1)

/* FIFO event word: four flag bits over a link to the next queued port. */
typedef uint32_t event_word_t;
#define EVTCHN_FIFO_PENDING	31
#define EVTCHN_FIFO_MASKED	30
#define EVTCHN_FIFO_LINKED	29
#define EVTCHN_FIFO_BUSY	28
#define EVTCHN_FIFO_LINK_BITS	17
#define EVTCHN_FIFO_LINK_MASK	((1 << EVTCHN_FIFO_LINK_BITS) - 1)
#define EVTCHN_FIFO_NR_CHANNELS	(1 << EVTCHN_FIFO_LINK_BITS)

struct evtchn_fifo_control_block {
	uint32_t ready;				/* bit n: queue n has events */
	uint32_t _rsvd;
	uint32_t head[EVTCHN_FIFO_MAX_QUEUES];	/* first port of each queue, 0: empty */
};
ABI_SIZE(struct evtchn_fifo_control_block, 72);

#endif /* XEN_EVENT_H */
