/* SPDX-License-Identifier: MIT */
/* Sets of physical CPUs as users write and read them: "all", "0-3,^2", "node:0". */
#ifndef DOM0_TOOLS_AXL_CPUMAP_H
#define DOM0_TOOLS_AXL_CPUMAP_H

#include <stddef.h>

#include "axl.h"

#define CPUMAP_TEXT 256

/* Number of CPUs, online or not, that maps are about: 1 … CONFIG_MAX_CPUS. */
unsigned int cpumap_host_cpus(struct axl *axl);

/*
 * Reads a list of CPUs and ranges, each of which ^ takes away, and of nodes ("node:1",
 * "nodes:0-1"). -EINVAL with axl->err "bad-cpus" if it is none, names a CPU or node that does not
 * exist, or is empty; `what` is for messages.
 */
int cpumap_parse(struct axl *axl, const char *what, const char *text, unsigned int cpus,
		 struct config_cpumap *map);

/* Lets configurations name nodes in cpus= and cpus_soft=; asks the machine through `axl`. */
void cpumap_serve_config(struct axl *axl);

/* "all", "none", "0-3,6". `cpus` CPUs exist. */
void cpumap_format(const struct config_cpumap *map, unsigned int cpus, char text[CPUMAP_TEXT]);

static inline bool cpumap_has(const struct config_cpumap *map, unsigned int cpu)
{
	return cpu < CONFIG_MAX_CPUS && map->bits[cpu / 64] >> (cpu % 64) & 1;
}

#endif
