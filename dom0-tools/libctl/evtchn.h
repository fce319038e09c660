/* SPDX-License-Identifier: MIT */
/*
 * Event channels through /dev/xen/evtchn: thin wrappers, no policy. Every descriptor owns the
 * ports bound through it; closing it unbinds them.
 */
#ifndef DOM0_TOOLS_LIBCTL_EVTCHN_H
#define DOM0_TOOLS_LIBCTL_EVTCHN_H

#include "xen/types.h"

/* Functions return 0 or a value >= 0, and -errno on failure. None blocks: an open descriptor is
 * non-blocking and close-on-exec. */

/* Opens the device; the descriptor polls readable while a bound port is pending. */
int ctl_evtchn_open(void);

/* Binds a global or vCPU 0 VIRQ; returns the local port. EEXIST: somebody else holds it. */
int ctl_evtchn_bind_virq(int fd, unsigned int virq);

/* Connects to the unbound port `remote_port` of `domid`; returns the local port. The new port
 * starts pending, so that nothing sent before is lost. */
int ctl_evtchn_bind_interdomain(int fd, xen_domid_t domid, evtchn_port_t remote_port);

/* Makes a port that `domid` may connect to; returns it. */
int ctl_evtchn_bind_unbound(int fd, xen_domid_t domid);

int ctl_evtchn_unbind(int fd, evtchn_port_t port);

/* Tells the other end. */
int ctl_evtchn_notify(int fd, evtchn_port_t port);

/* Takes one pending port and masks it until ctl_evtchn_unmask(); -EAGAIN if none is pending. */
int ctl_evtchn_next(int fd);

int ctl_evtchn_unmask(int fd, evtchn_port_t port);

#endif
