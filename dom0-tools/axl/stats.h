/* SPDX-License-Identifier: MIT */
/* What the machine, its domains, their vCPUs, disks and NICs have done so far. */
#ifndef DOM0_TOOLS_AXL_STATS_H
#define DOM0_TOOLS_AXL_STATS_H

#include <time.h>

#include "../libctl/sysctl.h"
#include "axl.h"
#include "domains.h"

struct stats_vbd { /* blkback's counters */
	uint32_t devid;
	uint64_t full; /* requests that found the ring full of grants: xentop's OO */
	uint64_t reads, writes;
	uint64_t read_sectors, written_sectors;
};

struct stats_flow {
	uint64_t bytes, packets, errors, dropped;
};

struct stats_vif { /* as dom0's interface counts them: rx is what the guest sent */
	uint32_t devid;
	char name[16];
	struct stats_flow rx, tx;
};

struct stats_domain {
	struct domain domain;
	struct xen_domctl_getvcpuinfo *vcpus; /* max_vcpu_id + 1 of them, NULL if none */
	struct stats_vbd *vbds;
	size_t vbd_count;
	struct stats_vif *vifs;
	size_t vif_count;
};

struct stats {
	struct timespec when; /* monotonic */
	struct xen_sysctl_physinfo machine;
	uint64_t *cpu_idle_ns; /* NULL if the hypervisor does not tell */
	int cpu_count;
	struct stats_domain *domains;
	int count;
};

/* Takes everything once; -errno with axl->err. The store is used for names if it is there. */
int stats_take(struct axl *axl, struct stats *stats);
void stats_free(struct stats *stats);

/* Per cent of one CPU that the domain used between two takes; 0 if it was not in the first. */
double stats_cpu_percent(const struct stats *before, const struct stats *now,
			 const struct stats_domain *domain);

/* Where backends show their counters; tests put their own here. */
extern const char *stats_backends;

#endif
