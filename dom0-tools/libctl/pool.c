/* SPDX-License-Identifier: MIT */
/* XEN_SYSCTL_cpupool_op, scheduler_op, and what the CPUs are like. */
#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sysctl.h"

#define MAX_NODES 64

static int pool_op(struct ctl *ctl, struct xen_sysctl_cpupool_op *arg)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_cpupool_op};
	int ret;

	op.u.cpupool_op = *arg;
	ret = ctl_sysctl(ctl, &op);
	*arg = op.u.cpupool_op;
	return ret;
}

/* An operation that tells nothing; what it does not look at is 0. */
static int pool_change(struct ctl *ctl, uint32_t what, uint32_t id, uint32_t cpu, xen_domid_t domid)
{
	struct xen_sysctl_cpupool_op arg = {
		.op = what,
		.cpupool_id = id,
		.cpu = cpu,
		.domid = domid,
	};

	return pool_op(ctl, &arg);
}

/* An operation that tells CPUs. */
static int pool_op_cpus(struct ctl *ctl, struct xen_sysctl_cpupool_op *arg,
			uint8_t cpus[CTL_MAX_CPUS / 8])
{
	uint8_t *map = ctl_buffer_alloc(ctl, CTL_MAX_CPUS / 8);
	int ret;

	if (!map) {
		return -ENOMEM;
	}
	arg->cpumap.bitmap = (uintptr_t)map;
	arg->cpumap.nr_bits = CTL_MAX_CPUS;
	ret = pool_op(ctl, arg);
	memcpy(cpus, map, CTL_MAX_CPUS / 8);
	ctl_buffer_free(ctl, map, CTL_MAX_CPUS / 8);
	return ret;
}

int ctl_pool_next(struct ctl *ctl, uint32_t from, struct ctl_pool *pool)
{
	struct xen_sysctl_cpupool_op arg = {
		.op = XEN_SYSCTL_CPUPOOL_OP_INFO,
		.cpupool_id = from,
	};
	int ret = pool_op_cpus(ctl, &arg, pool->cpus);

	pool->id = arg.cpupool_id;
	pool->sched_id = arg.sched_id;
	pool->domain_count = arg.n_dom;
	/* A hypervisor that went backwards would make its callers loop. */
	return !ret && pool->id < from ? -ENOENT : ret;
}

int ctl_pool_create(struct ctl *ctl, uint32_t sched_id, uint32_t *id)
{
	struct xen_sysctl_cpupool_op arg = {
		.op = XEN_SYSCTL_CPUPOOL_OP_CREATE,
		.cpupool_id = *id,
		.sched_id = sched_id,
	};
	int ret = pool_op(ctl, &arg);

	*id = ret ? *id : arg.cpupool_id;
	return ret;
}

int ctl_pool_destroy(struct ctl *ctl, uint32_t id)
{
	return pool_change(ctl, XEN_SYSCTL_CPUPOOL_OP_DESTROY, id, 0, 0);
}

int ctl_pool_add_cpu(struct ctl *ctl, uint32_t id, uint32_t cpu)
{
	return pool_change(ctl, XEN_SYSCTL_CPUPOOL_OP_ADDCPU, id, cpu, 0);
}

int ctl_pool_remove_cpu(struct ctl *ctl, uint32_t id, uint32_t cpu)
{
	return pool_change(ctl, XEN_SYSCTL_CPUPOOL_OP_RMCPU, id, cpu, 0);
}

int ctl_pool_move_domain(struct ctl *ctl, uint32_t id, xen_domid_t domid)
{
	return pool_change(ctl, XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, id, 0, domid);
}

int ctl_pool_free_cpus(struct ctl *ctl, uint8_t cpus[CTL_MAX_CPUS / 8])
{
	struct xen_sysctl_cpupool_op arg = {.op = XEN_SYSCTL_CPUPOOL_OP_FREEINFO};

	return pool_op_cpus(ctl, &arg, cpus);
}

/* Of the schedulers we know only credit2 has a limit at this place of the union. */
static int ratelimit_op(struct ctl *ctl, uint32_t cmd, uint32_t id, uint32_t sched_id, uint32_t *us)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_scheduler_op};
	struct xen_sysctl_scheduler_op *arg = &op.u.scheduler_op;
	int ret;

	if (sched_id != XEN_SCHEDULER_CREDIT2) {
		return -EOPNOTSUPP;
	}
	arg->cpupool_id = id;
	arg->sched_id = sched_id;
	arg->cmd = cmd;
	arg->u.sched_credit2.ratelimit_us = *us;
	ret = ctl_sysctl(ctl, &op);
	*us = arg->u.sched_credit2.ratelimit_us;
	return ret;
}

int ctl_pool_get_ratelimit(struct ctl *ctl, uint32_t id, uint32_t sched_id, uint32_t *us)
{
	*us = 0;
	return ratelimit_op(ctl, XEN_SYSCTL_SCHEDOP_getinfo, id, sched_id, us);
}

int ctl_pool_set_ratelimit(struct ctl *ctl, uint32_t id, uint32_t sched_id, uint32_t us)
{
	return ratelimit_op(ctl, XEN_SYSCTL_SCHEDOP_putinfo, id, sched_id, &us);
}

/* A copy of the first `count` elements of a buffer, which is freed. */
static void *take_copy(struct ctl *ctl, void *buffer, size_t buffer_size, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (copy) {
		memcpy(copy, buffer, size);
	}
	ctl_buffer_free(ctl, buffer, buffer_size);
	return copy;
}

/*
 * An operation about each CPU, asked for CTL_MAX_CPUS of them: `handle` is where op wants its
 * buffer, `filled` where it says how many it told of. Returns their number, or -errno.
 */
static int list_cpus(struct ctl *ctl, struct xen_sysctl *op, guest_handle_t *handle,
		     const uint32_t *filled, size_t element, void **list)
{
	size_t size = CTL_MAX_CPUS * element;
	void *buffer = ctl_buffer_alloc(ctl, size);
	uint32_t count;
	int ret;

	*list = NULL;
	if (!buffer) {
		return -ENOMEM;
	}
	*handle = (uintptr_t)buffer;
	ret = ctl_sysctl(ctl, op);
	count = ret ? 0 : *filled;
	count = count < CTL_MAX_CPUS ? count : CTL_MAX_CPUS;
	*list = take_copy(ctl, buffer, size, count * element);
	return ret ? ret : *list ? (int)count : -ENOMEM;
}

int ctl_cpu_topology(struct ctl *ctl, struct xen_sysctl_cputopo **list)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_cputopoinfo};
	struct xen_sysctl_cputopoinfo *arg = &op.u.cputopoinfo;
	void *copy;
	int ret;

	arg->num_cpus = CTL_MAX_CPUS;
	ret = list_cpus(ctl, &op, &arg->cputopo, &arg->num_cpus, sizeof(**list), &copy);
	*list = copy;
	return ret;
}

int ctl_cpu_idle(struct ctl *ctl, uint64_t **list)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_getcpuinfo};
	struct xen_sysctl_getcpuinfo *arg = &op.u.getcpuinfo;
	void *copy;
	int ret;

	arg->max_cpus = CTL_MAX_CPUS;
	ret = list_cpus(ctl, &op, &arg->info, &arg->nr_cpus, sizeof(**list), &copy);
	*list = copy;
	return ret;
}

int ctl_numa_info(struct ctl *ctl, struct xen_sysctl_meminfo **memory, uint32_t **distances)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_numainfo};
	size_t memory_size = MAX_NODES * sizeof(**memory);
	size_t size = memory_size + MAX_NODES * MAX_NODES * sizeof(**distances);
	uint8_t *buffer = ctl_buffer_alloc(ctl, size);
	uint32_t count;
	int ret;

	*memory = NULL;
	*distances = NULL;
	if (!buffer) {
		return -ENOMEM;
	}
	op.u.numainfo.num_nodes = MAX_NODES;
	op.u.numainfo.meminfo = (uintptr_t)buffer;
	op.u.numainfo.distance = (uintptr_t)(buffer + memory_size);
	ret = ctl_sysctl(ctl, &op);
	count = ret ? 0 : op.u.numainfo.num_nodes;
	count = count < MAX_NODES ? count : MAX_NODES;
	*distances = malloc(count * count * sizeof(**distances) + 1);
	if (*distances) {
		memcpy(*distances, buffer + memory_size, count * count * sizeof(**distances));
	}
	*memory = take_copy(ctl, buffer, size, count * sizeof(**memory));
	return ret ? ret : *memory && *distances ? (int)count : -ENOMEM;
}
