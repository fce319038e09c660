/* SPDX-License-Identifier: MIT */
/* Which NUMA node a new domain's memory comes from, and where its vCPUs would rather run. */
#ifndef DOM0_TOOLS_AXL_PLACEMENT_H
#define DOM0_TOOLS_AXL_PLACEMENT_H

#include "axl.h"
#include "pools.h"

/*
 * Places a domain that has its vCPUs and no memory yet. If cpus= or cpus_soft= name CPUs, its
 * memory is to come from their nodes. If they do not, the node of those with CPUs in the pool that
 * has most memory free is taken, if all of the domain's fits there, and its CPUs become the soft
 * affinity. On a machine of one node, and where nothing fits, nothing is done. 0, or -errno of the
 * hypervisor, without axl->err: all of this is a preference.
 */
int placement_apply(struct axl *axl, xen_domid_t domid, const struct domain_config *cfg,
		    const struct pool *pool);

#endif
