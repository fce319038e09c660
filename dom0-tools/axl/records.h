/* SPDX-License-Identifier: MIT */
/* What xenstore holds about a domain: written at birth, as libxl would, and removed at death. */
#ifndef DOM0_TOOLS_AXL_RECORDS_H
#define DOM0_TOOLS_AXL_RECORDS_H

#include "../config/config.h"
#include "axl.h"
#include "xen/types.h"

/* Makes the entries of the control domain that guests, libxl and the daemons expect, as far as
 * they are missing. */
int records_init_dom0(struct axl *axl);

/* Writes the nodes of a new domain in one transaction. -EEXIST with "name-in-use". */
int records_write(struct axl *axl, xen_domid_t domid, const struct domain_config *cfg);

/* Adds where its xenstore and console rings are; the console daemon starts on that. */
int records_write_rings(struct axl *axl, xen_domid_t domid, evtchn_port_t store_port,
			uint64_t store_mfn, evtchn_port_t console_port, uint64_t console_mfn);

/* Removes everything there is about the domain. 0 when there is nothing. */
int records_remove(struct axl *axl, xen_domid_t domid);

/* Gives a domain another name, in one transaction. -EEXIST with "name-in-use". */
int records_rename(struct axl *axl, xen_domid_t domid, const char *name);

#endif
