/* SPDX-License-Identifier: MIT */
/* Which NUMA node a new domain gets: CPU 0 is in node 0, CPU 1 in node 1. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../dom0-tools/axl/placement.h"
#include "fake.h"
#include "fake_run.h"

static struct domain_config cfg;
static struct pool pool;
static struct axl tool;

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_domain(3, "web");
	fake.node_free[0] = 300 << 10;
	fake.node_free[1] = 500 << 10;
	memset(fake.hard, 0, sizeof(fake.hard));
	memset(fake.soft, 0, sizeof(fake.soft));
	cfg = (struct domain_config){.memory_kib = 256 << 10, .maxvcpus = 2};
	pool = (struct pool){.info = {.cpus = {3}}};
	return 0;
}

static void place(uint64_t nodes, uint64_t soft)
{
	assert_int_equal(placement_apply(&tool, 3, &cfg, &pool), 0);
	assert_int_equal(fake.nodes[3], nodes);
	assert_int_equal(fake.soft[3][0], soft);
	assert_int_equal(fake.soft[3][1], soft);
	assert_int_equal(fake.hard[3][0], 0);
}

static void test_most_free(void **state)
{
	(void)state;
	place(2, 2);
	fake.node_free[0] = 600 << 10;
	place(1, 1);
}

/* What fits nowhere is taken from everywhere. */
static void test_too_large(void **state)
{
	(void)state;
	cfg.memory_kib = 500 << 10; /* and something for the hypervisor */
	place(0, 0);
}

static void test_pool(void **state)
{
	(void)state;
	pool.info.cpus[0] = 1;
	place(1, 1);
	cfg.memory_kib = 400 << 10;
	fake.nodes[3] = 0;
	memset(fake.soft, 0, sizeof(fake.soft));
	place(0, 0);
}

/* Who says where vCPUs run says where the memory is. */
static void test_told(void **state)
{
	static struct config_cpumap first = {.bits = {1}}, second = {.bits = {2}};

	(void)state;
	cfg.cpus_soft = &second;
	cfg.cpus_soft_count = 1;
	place(2, 0);
	cfg.cpus = &first;
	cfg.cpus_count = 1;
	place(1, 0);
}

static void test_refused(void **state)
{
	(void)state;
	fake.fail_at = fake.calls + 1;
	assert_int_equal(placement_apply(&tool, 3, &cfg, &pool), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_most_free, setup),
		cmocka_unit_test_setup(test_too_large, setup),
		cmocka_unit_test_setup(test_pool, setup),
		cmocka_unit_test_setup(test_told, setup),
		cmocka_unit_test_setup(test_refused, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
