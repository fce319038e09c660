/* SPDX-License-Identifier: MIT */
/* Entries of another domain's grant table. */
#ifndef DOM0_TOOLS_LIBCTL_GRANTS_H
#define DOM0_TOOLS_LIBCTL_GRANTS_H

#include "ctl.h"

/* A ring of a PV domain and who serves it. */
struct ctl_ring {
	uint64_t mfn;
	xen_domid_t server;
};

/* Enters the two rings at their reserved places of the domain's table, so that the daemons reach
 * them by grants that the guest never has to make. */
int ctl_grants_seed(struct ctl *ctl, xen_domid_t domid, const struct ctl_ring *store,
		    const struct ctl_ring *console);

#endif
