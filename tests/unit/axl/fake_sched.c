/* SPDX-License-Identifier: MIT */
/* The scheduler, the CPU pools and the CPUs of the tests: two CPUs on two nodes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../../dom0-tools/libctl/sysctl.h"
#include "fake.h"

void fake_sched_reset(void)
{
	fake.pool_count = 1;
	fake.pools[0] = (struct ctl_pool){.sched_id = XEN_SCHEDULER_CREDIT2, .cpus = {3}};
	fake.ratelimit_us = 1000;
	for (size_t i = 0; i < sizeof(fake.shares) / sizeof(fake.shares[0]); i++) {
		fake.shares[i].weight = 256;
		for (size_t v = 0; v < 8; v++) {
			fake.hard[i][v] = fake.soft[i][v] = ~0ULL;
		}
	}
}

int ctl_sched_id(struct ctl *ctl, uint32_t *id)
{
	(void)ctl;
	*id = XEN_SCHEDULER_CREDIT2;
	return 0;
}

int ctl_domain_set_share(struct ctl *ctl, xen_domid_t domid, uint32_t sched_id, uint16_t weight,
			 uint16_t cap)
{
	(void)ctl;
	if (fake_fails() || sched_id != XEN_SCHEDULER_CREDIT2) {
		return -EINVAL;
	}
	fake.shares[domid % 64].weight = weight;
	fake.shares[domid % 64].cap = cap;
	return 0;
}

int ctl_domain_get_share(struct ctl *ctl, xen_domid_t domid, uint32_t sched_id, uint16_t *weight,
			 uint16_t *cap)
{
	(void)ctl;
	*weight = fake.shares[domid % 64].weight;
	*cap = fake.shares[domid % 64].cap;
	return sched_id == XEN_SCHEDULER_CREDIT2 ? 0 : -EINVAL;
}

int ctl_vcpu_set_affinity(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			  const uint8_t *hard, const uint8_t *soft, unsigned int bits, bool force)
{
	(void)ctl;
	(void)bits;
	if (fake_fails()) {
		return -EINVAL;
	}
	if (hard) {
		memcpy(&fake.hard[domid % 64][vcpu % 8], hard, 8);
	}
	if (soft) {
		memcpy(&fake.soft[domid % 64][vcpu % 8], soft, 8);
	}
	fake.forced = force;
	return 0;
}

int ctl_vcpu_get_affinity(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu, uint8_t *hard,
			  uint8_t *soft, unsigned int bits)
{
	(void)ctl;
	(void)bits;
	memcpy(hard, &fake.hard[domid % 64][vcpu % 8], 8);
	memcpy(soft, &fake.soft[domid % 64][vcpu % 8], 8);
	return 0;
}

int ctl_domain_get_nodes(struct ctl *ctl, xen_domid_t domid, uint64_t *nodes)
{
	(void)ctl;
	(void)domid;
	*nodes = 1;
	return 0;
}

int ctl_domain_set_nodes(struct ctl *ctl, xen_domid_t domid, uint64_t nodes)
{
	(void)ctl;
	if (fake_fails()) {
		return -EINVAL;
	}
	fake.nodes[domid % 64] = nodes;
	return 0;
}

static struct ctl_pool *find(uint32_t id)
{
	for (unsigned int i = 0; i < fake.pool_count; i++) {
		if (fake.pools[i].id == id) {
			return &fake.pools[i];
		}
	}
	return NULL;
}

int ctl_pool_next(struct ctl *ctl, uint32_t from, struct ctl_pool *pool)
{
	(void)ctl;
	for (unsigned int i = 0; i < fake.pool_count; i++) {
		if (fake.pools[i].id >= from) {
			*pool = fake.pools[i];
			pool->domain_count = 0;
			for (unsigned int d = 0; d < fake.domain_count; d++) {
				pool->domain_count += fake.domains[d].cpupool == pool->id;
			}
			return 0;
		}
	}
	return -ENOENT;
}

int ctl_pool_create(struct ctl *ctl, uint32_t sched_id, uint32_t *id)
{
	(void)ctl;
	if (fake_fails() || fake.pool_count == FAKE_MAX_POOLS) {
		return -ENOSPC;
	}
	*id = *id == CTL_POOL_ANY ? fake.pools[fake.pool_count - 1].id + 1 : *id;
	fake.pools[fake.pool_count++] = (struct ctl_pool){.id = *id, .sched_id = sched_id};
	return 0;
}

int ctl_pool_destroy(struct ctl *ctl, uint32_t id)
{
	struct ctl_pool *pool = find(id);

	(void)ctl;
	if (!pool || pool->cpus[0]) {
		return pool ? -EBUSY : -ENOENT;
	}
	*pool = fake.pools[--fake.pool_count];
	return 0;
}

int ctl_pool_free_cpus(struct ctl *ctl, uint8_t cpus[CTL_MAX_CPUS / 8])
{
	(void)ctl;
	memset(cpus, 0, CTL_MAX_CPUS / 8);
	cpus[0] = (1 << FAKE_CPUS) - 1;
	for (unsigned int i = 0; i < fake.pool_count; i++) {
		cpus[0] &= (uint8_t)~fake.pools[i].cpus[0];
	}
	return 0;
}

int ctl_pool_add_cpu(struct ctl *ctl, uint32_t id, uint32_t cpu)
{
	uint8_t unused[CTL_MAX_CPUS / 8];

	ctl_pool_free_cpus(ctl, unused);
	if (fake_fails() || !(unused[0] >> cpu & 1)) {
		return -EBUSY;
	}
	find(id)->cpus[0] |= (uint8_t)(1 << cpu);
	return 0;
}

int ctl_pool_remove_cpu(struct ctl *ctl, uint32_t id, uint32_t cpu)
{
	struct ctl_pool *pool = find(id);

	(void)ctl;
	if (!(pool->cpus[0] >> cpu & 1)) {
		return -EINVAL;
	}
	pool->cpus[0] &= (uint8_t) ~(1 << cpu);
	return 0;
}

int ctl_pool_move_domain(struct ctl *ctl, uint32_t id, xen_domid_t domid)
{
	(void)ctl;
	for (unsigned int i = 0; i < fake.domain_count; i++) {
		if (fake.domains[i].domain == domid) {
			fake.domains[i].cpupool = id;
			return 0;
		}
	}
	return -ESRCH;
}

int ctl_pool_get_ratelimit(struct ctl *ctl, uint32_t id, uint32_t sched_id, uint32_t *us)
{
	(void)ctl;
	(void)id;
	*us = fake.ratelimit_us;
	return sched_id == XEN_SCHEDULER_CREDIT2 ? 0 : -EOPNOTSUPP;
}

int ctl_pool_set_ratelimit(struct ctl *ctl, uint32_t id, uint32_t sched_id, uint32_t us)
{
	(void)ctl;
	(void)id;
	fake.ratelimit_us = us;
	return sched_id == XEN_SCHEDULER_CREDIT2 ? 0 : -EOPNOTSUPP;
}

int ctl_cpu_topology(struct ctl *ctl, struct xen_sysctl_cputopo **list)
{
	(void)ctl;
	*list = calloc(FAKE_CPUS, sizeof(**list));
	for (unsigned int i = 0; i < FAKE_CPUS; i++) {
		(*list)[i] = (struct xen_sysctl_cputopo){.core = i, .node = i};
	}
	return FAKE_CPUS;
}

int ctl_cpu_idle(struct ctl *ctl, uint64_t **list)
{
	(void)ctl;
	*list = calloc(FAKE_CPUS, sizeof(**list));
	(*list)[0] = 3000000000;
	return FAKE_CPUS;
}

int ctl_numa_info(struct ctl *ctl, struct xen_sysctl_meminfo **memory, uint32_t **distances)
{
	(void)ctl;
	*memory = calloc(2, sizeof(**memory));
	(*memory)[0].memfree = fake.node_free[0] * 1024;
	(*memory)[1].memfree = fake.node_free[1] * 1024;
	*distances = calloc(4, sizeof(**distances));
	for (unsigned int i = 0; i < 4; i++) {
		(*distances)[i] = i == 0 || i == 3 ? 10 : 20;
	}
	return 2;
}
