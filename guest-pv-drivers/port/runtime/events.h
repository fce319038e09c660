/* SPDX-License-Identifier: MIT */
/*
 * Event channels of the runtime: 2-level, on vCPU 0. Ports are masked until given a handler;
 * handlers run with upcalls masked, from the upcall or from events_poll().
 */
#ifndef RUNTIME_EVENTS_H
#define RUNTIME_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/event.h>

typedef void event_handler_t(evtchn_port_t port, void *arg);

/* One event_channel_op; 0 or negative errno. */
long events_op(unsigned int cmd, void *arg);

/* Masks all ports, hooks the upcall and unmasks the vCPU. After traps_init(). */
void events_init(void);

/* Sets (or with NULL removes, masking the port) the handler. */
void events_handle(evtchn_port_t port, event_handler_t *handler, void *arg);

/* These return a port, or panic. */
evtchn_port_t events_bind_virq(unsigned int virq);
evtchn_port_t events_alloc_unbound(xen_domid_t remote);
evtchn_port_t events_bind_interdomain(xen_domid_t remote, evtchn_port_t port);

void events_close(evtchn_port_t port);
long events_send(evtchn_port_t port);

/* The caller's domain id, learnt from a channel to itself: nothing else names it to a PV guest. */
xen_domid_t events_own_domid(void);

/* Switches upcalls on and delivers what came meanwhile. */
void events_enable(void);

/* Delivers what is pending, without upcall. */
void events_poll(void);

/* Blocks until some event was delivered; returns at once when something came before. */
void events_wait(void);

bool events_is_pending(evtchn_port_t port);

#endif /* RUNTIME_EVENTS_H */
