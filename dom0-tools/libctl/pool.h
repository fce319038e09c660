/* SPDX-License-Identifier: MIT */
/* CPU pools, their schedulers and the machine's CPUs, XEN_SYSCTL_*: thin wrappers, no policy. */
#ifndef DOM0_TOOLS_LIBCTL_POOL_H
#define DOM0_TOOLS_LIBCTL_POOL_H

#include "ctl.h"
#include "xen/sysctl.h"

#define CTL_MAX_CPUS 1024
#define CTL_POOL_ANY XEN_SYSCTL_CPUPOOL_PAR_ANY

struct ctl_pool {
	uint32_t id;
	uint32_t sched_id; /* XEN_SCHEDULER_* */
	uint32_t domain_count;
	uint8_t cpus[CTL_MAX_CPUS / 8]; /* bit 0 of byte 0 is CPU 0 */
};

/* The first pool whose id is `from` or higher; -ENOENT when there is none. */
int ctl_pool_next(struct ctl *ctl, uint32_t from, struct ctl_pool *pool);

/* Makes an empty pool. *id: the id wanted, or CTL_POOL_ANY; the id given. */
int ctl_pool_create(struct ctl *ctl, uint32_t sched_id, uint32_t *id);

/* -EBUSY while it has domains or CPUs. */
int ctl_pool_destroy(struct ctl *ctl, uint32_t id);

/* Moves a CPU of no pool into this one (CTL_POOL_ANY: whichever is free), and back. */
int ctl_pool_add_cpu(struct ctl *ctl, uint32_t id, uint32_t cpu);
int ctl_pool_remove_cpu(struct ctl *ctl, uint32_t id, uint32_t cpu);

int ctl_pool_move_domain(struct ctl *ctl, uint32_t id, xen_domid_t domid);

/* CPUs of no pool. */
int ctl_pool_free_cpus(struct ctl *ctl, uint8_t cpus[CTL_MAX_CPUS / 8]);

/* Shortest time a vCPU of the pool runs before another may take its CPU, 100 to 500000 us or 0.
 * -EOPNOTSUPP for other schedulers than credit2. */
int ctl_pool_get_ratelimit(struct ctl *ctl, uint32_t id, uint32_t sched_id, uint32_t *us);
int ctl_pool_set_ratelimit(struct ctl *ctl, uint32_t id, uint32_t sched_id, uint32_t us);

/* Core, socket and node of each CPU, in a malloc'ed array; returns their number. */
int ctl_cpu_topology(struct ctl *ctl, struct xen_sysctl_cputopo **list);

/* Nanoseconds that each CPU was idle, in a malloc'ed array; returns their number. */
int ctl_cpu_idle(struct ctl *ctl, uint64_t **list);

/* Memory of the nodes and, row by row, the distances between them; both malloc'ed. Returns the
 * number of nodes. */
int ctl_numa_info(struct ctl *ctl, struct xen_sysctl_meminfo **memory, uint32_t **distances);

#endif
