/* SPDX-License-Identifier: MIT */
/* sched_op: giving up the CPU, shutting down, waiting for event channels. */
#ifndef XEN_SCHED_H
#define XEN_SCHED_H

#include "types.h"

#define SCHEDOP_yield		0	/* no argument */
#define SCHEDOP_block		1	/* no argument; unmasks upcalls, returns on an event */
#define SCHEDOP_shutdown	2	/* sched_shutdown */
#define SCHEDOP_poll		3	/* sched_poll */
#define SCHEDOP_remote_shutdown	4	/* sched_remote_shutdown */
#define SCHEDOP_shutdown_code	5	/* sched_shutdown: only records the reason */
#define SCHEDOP_watchdog	6	/* sched_watchdog */
#define SCHEDOP_pin_override	7	/* sched_pin_override */

struct sched_shutdown {
	uint32_t reason;		/* SHUTDOWN_* */
};
ABI_SIZE(struct sched_shutdown, 4);

/* Blocks until one of the ports is pending, or system time reaches timeout. */
struct sched_poll {
	guest_handle_t ports;		/* evtchn_port_t[nr_ports] */
	uint32_t nr_ports;
	uint64_t timeout;		/* absolute ns, 0: none */
};
ABI_SIZE(struct sched_poll, 24);
ABI_OFFSET(struct sched_poll, timeout, 16);

struct sched_remote_shutdown {
	xen_domid_t domain_id;
	uint32_t reason;
};
ABI_SIZE(struct sched_remote_shutdown, 8);

struct sched_watchdog {
	uint32_t id;			/* 0: new one, its id is returned */
	uint32_t timeout;		/* seconds, 0: stop */
};
ABI_SIZE(struct sched_watchdog, 8);

struct sched_pin_override {
	int32_t pcpu;			/* -1: back to normal */
};
ABI_SIZE(struct sched_pin_override, 4);

#define SHUTDOWN_poweroff	0
#define SHUTDOWN_reboot		1
#define SHUTDOWN_suspend	2
#define SHUTDOWN_crash		3
#define SHUTDOWN_watchdog	4
#define SHUTDOWN_soft_reset	5
#define SHUTDOWN_MAX		5

#endif /* XEN_SCHED_H */
