/* SPDX-License-Identifier: MIT */
/* Configurations of CPU pools: name, sched, cpus, nodes. */
#ifndef DOM0_TOOLS_AXL_POOLCFG_H
#define DOM0_TOOLS_AXL_POOLCFG_H

#include "axl.h"
#include "pools.h"

struct pool_config {
	char name[POOL_NAME_MAX];
	uint32_t sched_id;         /* the host's own scheduler if the file names none */
	bool cpus_set;             /* else the pool starts empty */
	struct config_cpumap cpus; /* from cpus= and nodes= */
};

/*
 * Reads a file in the syntax of xl.cfg (NULL: none) and then "key=value" overrides. Mistakes are
 * in axl->diags; -EINVAL or the file's error with axl->err.
 */
int pool_config_read(struct axl *axl, const char *file, char *const *overrides, int count,
		     struct pool_config *cfg);

#endif
