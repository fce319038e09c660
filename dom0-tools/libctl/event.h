/* SPDX-License-Identifier: MIT */
/* Event channels on behalf of another domain. */
#ifndef DOM0_TOOLS_LIBCTL_EVENT_H
#define DOM0_TOOLS_LIBCTL_EVENT_H

#include "ctl.h"

/* Makes a port of `domid` that `remote` may connect to; returns the port. */
int ctl_event_alloc_unbound(struct ctl *ctl, xen_domid_t domid, xen_domid_t remote);

#endif
