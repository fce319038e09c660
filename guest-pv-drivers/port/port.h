/* SPDX-License-Identifier: MIT */
/*
 * What the driver libraries (gnttab, xenbus, blkfront, netfront) ask of the system they are
 * linked into. port/runtime is a PV guest of its own, port/hosted a host process under test.
 * Each function may be called from port_wait() upwards only, never from an event handler.
 */
#ifndef GUEST_PORT_H
#define GUEST_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/types.h>

/* A zeroed page of 4096 bytes, aligned; NULL when there is none. */
void *port_page_alloc(void);
void port_page_free(void *page);

/* The frame number to put into a grant for a page of port_page_alloc(). */
uint64_t port_page_frame(const void *page);

/* Hypercalls of the two subjects; 0 or negative errno (see xen/grant.h, xen/event.h). */
long port_grant_op(unsigned int cmd, void *arg, unsigned int count);
long port_evtchn_op(unsigned int cmd, void *arg);

/* Maps count frames that the hypervisor shares with us, side by side; NULL on failure. */
void *port_map_frames(const xen_pfn_t *frames, unsigned int count);

/*
 * Events. A handler runs when its port was signalled, in port_wait() or between any two
 * instructions, so it should do no more than set a flag; NULL removes it. port_wait() sleeps
 * until something was signalled since it last returned, at most until the deadline (system time
 * in ns, 0: none).
 */
typedef void port_handler_t(void *arg);
void port_event_handle(uint32_t port, port_handler_t *handler, void *arg);
void port_wait(uint64_t deadline);

/* System time in ns. */
uint64_t port_now(void);

/* The xenstore page and the port to signal its daemon; NULL when there is none. */
void *port_xenstore_ring(uint32_t *port);

#endif /* GUEST_PORT_H */
