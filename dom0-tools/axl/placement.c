/* SPDX-License-Identifier: MIT */
/* Choosing nodes for a new domain. */
#include "placement.h"

#include <errno.h>
#include <stdlib.h>

#include "../libctl/domctl.h"
#include "cpumap.h"

#define OVERHEAD_KIB 4096 /* of the hypervisor, beside a domain's own memory */
#define MAX_NODES 64

struct machine {
	struct xen_sysctl_cputopo *cpus;
	int cpu_count;
	struct xen_sysctl_meminfo *nodes;
	uint32_t *distances;
	int node_count;
};

static uint64_t node_bit(const struct machine *machine, int cpu)
{
	uint32_t node = machine->cpus[cpu].node;

	return node < MAX_NODES ? 1ULL << node : 0;
}

static uint64_t nodes_of_maps(const struct machine *machine, const struct config_cpumap *maps,
			      size_t count)
{
	uint64_t nodes = 0;

	for (size_t i = 0; i < count; i++) {
		for (int cpu = 0; cpu < machine->cpu_count; cpu++) {
			nodes |= cpumap_has(&maps[i], (unsigned int)cpu) ? node_bit(machine, cpu)
									 : 0;
		}
	}
	return nodes;
}

static bool pool_has(const struct pool *pool, int cpu)
{
	return cpu < CTL_MAX_CPUS && pool->info.cpus[cpu / 8] >> (cpu % 8) & 1;
}

/* The node with CPUs and most free memory, or 0 if not even there the domain fits. */
static uint64_t choose(const struct machine *machine, const struct domain_config *cfg,
		       const struct pool *pool)
{
	uint64_t with_cpus = 0, most = 0, chosen = 0;

	for (int cpu = 0; cpu < machine->cpu_count; cpu++) {
		with_cpus |= pool_has(pool, cpu) ? node_bit(machine, cpu) : 0;
	}
	for (int i = 0; i < machine->node_count && i < MAX_NODES; i++) {
		uint64_t free_kib = machine->nodes[i].memfree / 1024;

		if ((with_cpus >> i & 1) && free_kib > most) {
			most = free_kib;
			chosen = 1ULL << i;
		}
	}
	return most >= cfg->memory_kib + OVERHEAD_KIB ? chosen : 0;
}

static int prefer_cpus(struct axl *axl, xen_domid_t domid, const struct domain_config *cfg,
		       const struct machine *machine, uint64_t nodes)
{
	struct config_cpumap soft = {0};
	int ret = 0;

	for (int cpu = 0; cpu < machine->cpu_count && cpu < CONFIG_MAX_CPUS; cpu++) {
		if (node_bit(machine, cpu) & nodes) {
			soft.bits[cpu / 64] |= 1ULL << (cpu % 64);
		}
	}
	for (uint32_t i = 0; !ret && i < cfg->maxvcpus; i++) {
		ret = ctl_vcpu_set_affinity(axl->ctl, domid, i, NULL, (const uint8_t *)soft.bits,
					    CONFIG_MAX_CPUS, false);
	}
	return ret;
}

static int place(struct axl *axl, xen_domid_t domid, const struct domain_config *cfg,
		 const struct machine *machine, const struct pool *pool)
{
	bool told = cfg->cpus_count || cfg->cpus_soft_count;
	uint64_t nodes;
	int ret;

	if (cfg->cpus_count) {
		nodes = nodes_of_maps(machine, cfg->cpus, cfg->cpus_count);
	} else if (cfg->cpus_soft_count) {
		nodes = nodes_of_maps(machine, cfg->cpus_soft, cfg->cpus_soft_count);
	} else {
		nodes = choose(machine, cfg, pool);
	}
	if (!nodes) {
		return 0;
	}
	axl_note(axl, "memory from the nodes 0x%llx", (unsigned long long)nodes);
	ret = ctl_domain_set_nodes(axl->ctl, domid, nodes);
	return ret || told ? ret : prefer_cpus(axl, domid, cfg, machine, nodes);
}

int placement_apply(struct axl *axl, xen_domid_t domid, const struct domain_config *cfg,
		    const struct pool *pool)
{
	struct machine machine = {.cpus = NULL};
	int ret = 0;

	machine.node_count = ctl_numa_info(axl->ctl, &machine.nodes, &machine.distances);
	if (machine.node_count > 1) {
		machine.cpu_count = ctl_cpu_topology(axl->ctl, &machine.cpus);
		ret = place(axl, domid, cfg, &machine, pool);
	}
	free(machine.cpus);
	free(machine.nodes);
	free(machine.distances);
	return ret;
}
