/* SPDX-License-Identifier: MIT */
/*
 * Pools of CPUs, each with a scheduler of its own; a domain runs on the CPUs
 * of its pool.  Changed by toolstack operations only, which run one at a time.
 */
#ifndef ARGON_CORE_CPUPOOL_H
#define ARGON_CORE_CPUPOOL_H

#include "core/sched.h"

/* The first pool, dom0's; CPUs and domains are in it unless told otherwise. */
struct cpupool *cpupool_default(void);
/* The first pool's policy and rate limit, before any CPU is in it; nonsense is logged. */
void cpupool_init(const char *sched, uint32_t ratelimit_us);
/* us: 0 (none) or XEN_SYSCTL_SCHED_RATELIMIT_MIN to _MAX, else -EINVAL. */
int cpupool_set_ratelimit(struct cpupool *p, uint32_t us);
/* The pool with that id or NULL. */
struct cpupool *cpupool_by_id(uint32_t id);

#endif
