/* SPDX-License-Identifier: MIT */
/* The toolstack's operations on the host: what the files sysctl*.c share. */
#ifndef ARGON_CORE_SYSCTL_H
#define ARGON_CORE_SYSCTL_H

#include "lib/types.h"
#include "xen/sysctl.h"

/* One operation on a copy of the caller's structure: 0 or -errno. */
typedef long (*sysctl_fn)(struct xen_sysctl *op);

#define SYSCTL_OUT (1U << 0)        /* the structure goes back on success */
#define SYSCTL_OUT_ALWAYS (1U << 1) /* and on failure */

/* sysctl.c: domains, console, keys, scheduler, pools. */
long sysctl_readconsole(struct xen_sysctl *op);
long sysctl_debug_keys(struct xen_sysctl *op);
long sysctl_getdomaininfolist(struct xen_sysctl *op);
long sysctl_sched_id(struct xen_sysctl *op);
long sysctl_scheduler_op(struct xen_sysctl *op);
long sysctl_cpupool_op(struct xen_sysctl *op);

/* sysctl_host.c: what the machine is and has. */
long sysctl_physinfo(struct xen_sysctl *op);
long sysctl_getcpuinfo(struct xen_sysctl *op);
long sysctl_availheap(struct xen_sysctl *op);
long sysctl_cputopoinfo(struct xen_sysctl *op);
long sysctl_numainfo(struct xen_sysctl *op);
long sysctl_pcitopoinfo(struct xen_sysctl *op);
long sysctl_get_cpu_levelling_caps(struct xen_sysctl *op);
long sysctl_get_cpu_featureset(struct xen_sysctl *op);
long sysctl_get_cpu_policy(struct xen_sysctl *op);

#endif
