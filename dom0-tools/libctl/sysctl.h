/* SPDX-License-Identifier: MIT */
/* Operations on the machine, XEN_SYSCTL_*: thin wrappers, no policy. */
#ifndef DOM0_TOOLS_LIBCTL_SYSCTL_H
#define DOM0_TOOLS_LIBCTL_SYSCTL_H

#include <stdbool.h>

#include "ctl.h"
#include "xen/domctl.h"
#include "xen/sysctl.h"

int ctl_physinfo(struct ctl *ctl, struct xen_sysctl_physinfo *info);

/* XEN_SCHEDULER_* of the machine. */
int ctl_sched_id(struct ctl *ctl, uint32_t *id);

/* States of the domains from id `first` on, at most `max`; returns how many were filled in. */
int ctl_domain_list(struct ctl *ctl, xen_domid_t first, unsigned int max,
		    struct xen_domctl_getdomaininfo *list);

/* All domains in order of id, in a malloc'ed array; returns their number. */
int ctl_domain_list_all(struct ctl *ctl, struct xen_domctl_getdomaininfo **list);

/*
 * Reads the hypervisor's console ring from its start, or from *index on when `incremental`, up to
 * `size` bytes; returns the number and moves *index behind them. `clear` empties it afterwards.
 */
int ctl_console_read(struct ctl *ctl, bool clear, bool incremental, uint32_t *index, char *text,
		     size_t size);

int ctl_debug_keys(struct ctl *ctl, const char *keys);

/* The call itself, for what is not wrapped above. Fills in the version; *op is in/out. */
int ctl_sysctl(struct ctl *ctl, struct xen_sysctl *op);

#endif
