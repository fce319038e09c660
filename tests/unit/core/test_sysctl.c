/* SPDX-License-Identifier: MIT */
/* sysctl as tools call it: the host, its console ring. */
#include "core/world.h"

#include <stdlib.h>
#include <string.h>

#include "core/hypercall.h"
#include "lib/console_ring.h"
#include "lib/string.h"
#include "pv/cpuid.h"
#include "stubs.h"

static struct {
	uint8_t buffer[65536];
	struct xen_sysctl sys;
} memory;
static struct xen_sysctl *const sys = &memory.sys;

static int begin(void **state)
{
	memset(sys, 0, sizeof(*sys));
	return world_test_begin(state);
}

static long sysctl(uint32_t cmd)
{
	sys->cmd = cmd;
	return call_sysctl(sys);
}

static void test_host(void **state)
{
	struct xen_sysctl_cputopo topo[8];
	struct xen_sysctl_cpuinfo idle[8];
	uint32_t words[FEATURESET_WORDS];
	uint8_t cpus[1];

	(void)state;
	assert_int_equal(sysctl(XEN_SYSCTL_physinfo), 0);
	assert_int_equal(sys->u.physinfo.nr_cpus, CPUS);
	assert_int_equal(sys->u.physinfo.free_pages, frames_free_count());
	assert_int_equal(sys->u.physinfo.hw_cap[7], 0x107);
	memset(&sys->u, 0, sizeof(sys->u));
	assert_int_equal(sysctl(XEN_SYSCTL_cputopoinfo), 0);
	assert_int_equal(sys->u.cputopoinfo.num_cpus, CPUS);
	sys->u.cputopoinfo.cputopo = (uint64_t)topo;
	sys->u.cputopoinfo.num_cpus = 8;
	assert_int_equal(sysctl(XEN_SYSCTL_cputopoinfo), 0);
	assert_int_equal(sys->u.cputopoinfo.num_cpus, CPUS);
	memset(&sys->u, 0, sizeof(sys->u));
	sys->u.getcpuinfo.max_cpus = 8;
	sys->u.getcpuinfo.info = (uint64_t)idle;
	assert_int_equal(sysctl(XEN_SYSCTL_getcpuinfo), 0);
	assert_int_equal(sys->u.getcpuinfo.nr_cpus, CPUS);
	memset(&sys->u, 0, sizeof(sys->u));
	sys->u.cpupool_op = (struct xen_sysctl_cpupool_op){.op = XEN_SYSCTL_CPUPOOL_OP_INFO,
							   .cpumap = {(uint64_t)cpus, 8}};
	assert_int_equal(sysctl(XEN_SYSCTL_cpupool_op), 0);
	assert_int_equal(cpus[0], (1 << CPUS) - 1);
	sys->u.cpupool_op.cpupool_id = 1;
	assert_int_equal(sysctl(XEN_SYSCTL_cpupool_op), -ENOENT);
	memset(&sys->u, 0, sizeof(sys->u));
	sys->u.cpu_featureset.features = (uint64_t)words;
	sys->u.cpu_featureset.nr_features = 3;
	assert_int_equal(sysctl(XEN_SYSCTL_get_cpu_featureset), -ENOBUFS);
	assert_int_equal(sys->u.cpu_featureset.nr_features, 3);
	sys->u.cpu_featureset.nr_features = 100;
	assert_int_equal(sysctl(XEN_SYSCTL_get_cpu_featureset), 0);
	assert_int_equal(sys->u.cpu_featureset.nr_features, FEATURESET_WORDS);
	sys->u.cpu_featureset.index = 77;
	assert_int_equal(sysctl(XEN_SYSCTL_get_cpu_featureset), -EINVAL);
}

static void test_console_and_keys(void **state)
{
	struct xen_sysctl_readconsole *r = &sys->u.readconsole;
	char buf[8] = {0};

	(void)state;
	console_ring_put("hello world", 11);
	r->buffer = (uint64_t)buf;
	r->count = 5;
	assert_int_equal(sysctl(XEN_SYSCTL_readconsole), 0);
	assert_int_equal(r->count, 5);
	assert_string_equal(buf, "hello");
	r->incremental = 1;
	r->count = 7;
	r->clear = 1;
	assert_int_equal(sysctl(XEN_SYSCTL_readconsole), 0);
	assert_int_equal(r->count, 6);
	assert_memory_equal(buf, " world", 6);
	assert_int_equal(console_ring_start(), console_ring_end());
	console_ring_put("x", 1);
	r->count = 1;
	r->incremental = 0;
	r->buffer = 8;
	assert_int_equal(sysctl(XEN_SYSCTL_readconsole), -EFAULT);
	memset(&sys->u, 0, sizeof(sys->u));
	sys->u.debug_keys.keys = (uint64_t) "qr";
	sys->u.debug_keys.nr_keys = 2;
	assert_int_equal(sysctl(XEN_SYSCTL_debug_keys), 0);
	assert_string_equal(stub_keys, "qr");
	sys->u.debug_keys.nr_keys = ~0U;
	assert_int_equal(sysctl(XEN_SYSCTL_debug_keys), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_host, begin, world_test_end),
		cmocka_unit_test_setup_teardown(test_console_and_keys, begin, world_test_end),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
