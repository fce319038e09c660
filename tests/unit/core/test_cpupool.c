/* SPDX-License-Identifier: MIT */
/* CPU pools and shares as tools set them: what is refused, and where vCPUs then run. */
#include "core/world.h"

#include <string.h>

#include "core/cpupool.h"

#define ANY XEN_SYSCTL_CPUPOOL_PAR_ANY

static struct xen_sysctl sys;
static struct xen_domctl dom;

static long pool_op(uint32_t op, uint32_t id, uint32_t arg)
{
	long rc;

	memset(&sys, 0, sizeof(sys));
	sys.cmd = XEN_SYSCTL_cpupool_op;
	sys.u.cpupool_op = (struct xen_sysctl_cpupool_op){
		.op = op,
		.cpupool_id = id,
		.sched_id = op == XEN_SYSCTL_CPUPOOL_OP_CREATE ? arg : 0,
		.domid = arg,
		.cpu = arg,
	};
	rc = call_sysctl(&sys);
	world_settle();
	return rc;
}

static uint64_t cpus_of(uint32_t op, uint32_t id)
{
	uint64_t map = 0;

	memset(&sys, 0, sizeof(sys));
	sys.cmd = XEN_SYSCTL_cpupool_op;
	sys.u.cpupool_op = (struct xen_sysctl_cpupool_op){
		.op = op,
		.cpupool_id = id,
		.cpumap = {(uintptr_t)&map, 64},
	};
	assert_int_equal(call_sysctl(&sys), 0);
	return map;
}

static long share(xen_domid_t id, uint16_t weight, uint16_t cap)
{
	dom = (struct xen_domctl){.cmd = XEN_DOMCTL_scheduler_op, .domain = id};
	dom.u.scheduler_op = (struct xen_domctl_scheduler_op){
		.sched_id = XEN_SCHEDULER_CREDIT2,
		.cmd = XEN_DOMCTL_SCHEDOP_putinfo,
		.u.credit2 = {.weight = weight, .cap = cap},
	};
	return call_domctl(&dom);
}

/* By dom0's vCPU, which is nowhere in the scheduler here; the CPUs go their way. */
static void test_pools(void **state)
{
	struct domain *d = world_domain(1, 2);
	uint32_t id;

	(void)state;
	world_unpause(d);
	assert_int_equal(cpus_of(XEN_SYSCTL_CPUPOOL_OP_INFO, 0), 0xf);
	assert_int_equal(sys.u.cpupool_op.n_dom, 2);
	assert_int_equal(cpus_of(XEN_SYSCTL_CPUPOOL_OP_FREEINFO, 0), 0);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_CREATE, ANY, 99), -EINVAL);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_CREATE, 0, 6), -EEXIST);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_CREATE, 5000, 6), -ENOSPC);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_CREATE, ANY, XEN_SCHEDULER_CREDIT2), 0);
	id = sys.u.cpupool_op.cpupool_id;
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, id, 3), -ENODEV); /* not free */
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, id, CPUS), -EINVAL);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, CPUS), -EINVAL);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_RMCPU, id, 3), -ENODEV);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_RMCPU, id + 1, 3), -ENOENT);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, id, 1), -ENOENT); /* no CPU */

	/* A vCPU bound to the CPU that goes may run on the others. */
	d->vcpu[0]->hard_affinity = 8;
	sched_changed(d->vcpu[0]);
	world_settle();
	assert_int_equal(d->vcpu[0]->cpu, 3);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 3), 0);
	assert_int_equal(cpus_of(XEN_SYSCTL_CPUPOOL_OP_FREEINFO, 0), 8);
	assert_int_equal(d->vcpu[0]->hard_affinity, ~0ULL);
	assert_true(d->vcpu[0]->is_running && d->vcpu[0]->cpu != 3);
	assert_true(vcpu_is_idle(sched_current(3)));

	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, id, 3), 0);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, id, DOM0_ID), -EPERM);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, id, 77), -ESRCH);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, id, 1), 0);
	world_pass(100 * NSEC_PER_MSEC);
	assert_int_equal(d->vcpu[0]->cpu, 3);
	assert_int_equal(d->vcpu[1]->cpu, 3);
	assert_int_equal(cpus_of(XEN_SYSCTL_CPUPOOL_OP_INFO, 1), 8);
	assert_int_equal(sys.u.cpupool_op.n_dom, 1);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_RMCPU, id, 3), -EBUSY);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_DESTROY, id, 0), -EBUSY);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 0, 0), -EBUSY);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, 0, 1), 0);
	world_pass(100 * NSEC_PER_MSEC);
	assert_true(vcpu_is_idle(sched_current(3)));
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_RMCPU, id, 3), 0);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_DESTROY, id, 0), 0);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_DESTROY, id, 0), -ENOENT);

	/* One of the other policy. */
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_CREATE, ANY, XEN_SCHEDULER_NULL), 0);
	id = sys.u.cpupool_op.cpupool_id;
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, id, 3), 0);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, id, 1), 0);
	assert_true(d->vcpu[0]->is_running != d->vcpu[1]->is_running);
	assert_int_equal(share(1, 512, 0), -EINVAL); /* not this pool's scheduler */
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, 0, 1), 0);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_RMCPU, id, 3), 0);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_DESTROY, id, 0), 0);
	assert_int_equal(pool_op(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 0, 3), 0);
	assert_int_equal(cpus_of(XEN_SYSCTL_CPUPOOL_OP_INFO, 0), 0xf);
}

static void test_shares(void **state)
{
	struct domain *d = world_domain(1, 2);

	(void)state;
	assert_int_equal(share(1, 512, 200), 0);
	assert_int_equal(d->weight, 512);
	assert_int_equal(d->cap, 200);
	assert_int_equal(share(1, 0, UINT16_MAX), 0); /* as they are */
	assert_int_equal(d->weight, 512);
	assert_int_equal(d->cap, 200);
	assert_int_equal(share(1, 512, 201), -EINVAL);
	assert_int_equal(share(1, UINT16_MAX, 0), 0);
	assert_int_equal(d->cap, 0);
}

static long ratelimit(uint32_t cmd, uint32_t us)
{
	memset(&sys, 0, sizeof(sys));
	sys.cmd = XEN_SYSCTL_scheduler_op;
	sys.u.scheduler_op = (struct xen_sysctl_scheduler_op){
		.sched_id = XEN_SCHEDULER_CREDIT2,
		.cmd = cmd,
		.u.sched_credit2 = {.ratelimit_us = us},
	};
	return call_sysctl(&sys);
}

static void test_ratelimit(void **state)
{
	(void)state;
	assert_int_equal(ratelimit(XEN_SYSCTL_SCHEDOP_putinfo, 2000), 0);
	assert_int_equal(ratelimit(XEN_SYSCTL_SCHEDOP_getinfo, 0), 0);
	assert_int_equal(sys.u.scheduler_op.u.sched_credit2.ratelimit_us, 2000);
	assert_int_equal(ratelimit(XEN_SYSCTL_SCHEDOP_putinfo, 99), -EINVAL);
	assert_int_equal(ratelimit(XEN_SYSCTL_SCHEDOP_putinfo, 500001), -EINVAL);
	assert_int_equal(ratelimit(XEN_SYSCTL_SCHEDOP_putinfo, 0), 0);
	assert_int_equal(ratelimit(XEN_SYSCTL_SCHEDOP_putinfo, 1000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_pools),
		WORLD_TEST(test_shares),
		WORLD_TEST(test_ratelimit),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
