/* SPDX-License-Identifier: MIT */
/* vcpu-pin, vcpu-set, mem-set, mem-max, sched-credit2: what they ask for, and what they refuse. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../dom0-tools/axl/cpumap.h"
#include "fake.h"
#include "fake_run.h"

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_domain(3, "web");
	fake_domain(12, "db");
	fake_store_set("/local/domain/3/memory/target", "131072");
	fake_store_set("/local/domain/3/memory/static-max", "262144");
	return 0;
}

static const char *parsed(const char *text, unsigned int cpus)
{
	static char back[CPUMAP_TEXT];
	static struct axl run;
	struct config_cpumap map;

	if (cpumap_parse(&run, "it", text, cpus, &map)) {
		return run.err.cause;
	}
	cpumap_format(&map, cpus, back);
	return back;
}

static void test_cpumap(void **state)
{
	(void)state;
	assert_string_equal(parsed("0", 8), "0");
	assert_string_equal(parsed("0-3,^2", 8), "0-1,3");
	assert_string_equal(parsed("7,1,2", 8), "1-2,7");
	assert_string_equal(parsed("all", 8), "all");
	assert_string_equal(parsed("all,^0", 1024), "1-1023");
	assert_string_equal(parsed("0-7", 8), "all");
	assert_string_equal(parsed("node:1", 2), "1");
	assert_string_equal(parsed("nodes:0-1,^node:0", 2), "1");
	assert_string_equal(parsed("nodes:all,^1", 2), "0");
	assert_string_equal(parsed("all,^nodes:1", 2), "0");
	assert_string_equal(parsed("8", 8), "there is no CPU 8");
	assert_string_equal(parsed("0-99999999999999999999", 8),
			    "there is no CPU 18446744073709551615");
	assert_string_equal(parsed("node:7", 2), "there is no node 7");
	assert_string_equal(parsed("^0", 8), "no CPU is left");
	assert_string_equal(parsed("0,^0", 8), "no CPU is left");
	for (const char *
		     bad[] = {"", ",", "0,", "-1", "3-1", "x", "0x1", "0 1", "all1", "node:", "^"},
		    **b = bad;
	     b < bad + 11; b++) {
		assert_string_equal(parsed(*b, 8), "it is no list of CPUs");
	}
}

static void test_vcpu_pin(void **state)
{
	(void)state;
	run("vcpu-pin web 1 0");
	assert_int_equal(result, 0);
	assert_string_equal(printed, "");
	assert_int_equal(fake.hard[3][1], 1);
	assert_true(fake.soft[3][1] == ~0ULL && fake.hard[3][0] == ~0ULL && !fake.forced);
	run("vcpu-pin -f web all - 1");
	assert_int_equal(result, 0);
	for (int v = 0; v < 4; v++) {
		assert_int_equal(fake.soft[3][v], 2);
	}
	assert_int_equal(fake.hard[3][1], 1);
	assert_true(fake.forced);
	run("vcpu-pin web 1 all all");
	assert_int_equal(fake.hard[3][1] & 3, 3);
	refused("vcpu-pin web 4 0", "out-of-range", "valid are 0 to 3");
	refused("vcpu-pin web 0 2", "bad-cpus", "there is no CPU 2");
	refused("vcpu-pin web 0 0 ^1", "bad-cpus", "no CPU is left");
	run("vcpu-pin web 0");
	assert_string_equal(axl.err.id, "usage");
	run("vcpu-pin nope 0 0");
	assert_string_equal(axl.err.id, "no-such-domain");
	fake.fail_at = fake.calls + 2;
	refused("vcpu-pin web 0 0", "hypercall-failed", "none of these CPUs is in its CPU pool");
	run_json("vcpu-pin web 0 1");
	assert_string_equal(YAJL_GET_STRING(get("vcpus/0/affinity_hard")), "1");
}

/* Configurations name nodes, too. */
static void test_config_nodes(void **state)
{
	struct config_cpumap map;

	(void)state;
	assert_null(config_node_cpus);
	cpumap_serve_config(&axl);
	assert_int_equal(config_node_cpus("node:1", &map), 0);
	assert_int_equal(map.bits[0], 2);
	assert_int_equal(config_node_cpus("nodes:0-1,^node:1", &map), 0);
	assert_int_equal(map.bits[0], 1);
	assert_int_equal(config_node_cpus("node:2", &map), -EINVAL);
	config_node_cpus = NULL;
}

static void test_vcpu_set(void **state)
{
	(void)state;
	run("vcpu-set web 1");
	assert_int_equal(result, 0);
	assert_string_equal(fake_store_get("/local/domain/3/cpu/0/availability"), "online");
	assert_string_equal(fake_store_get("/local/domain/3/cpu/1/availability"), "offline");
	assert_string_equal(fake_store_get("/local/domain/3/cpu/3/availability"), "offline");
	refused("vcpu-set web 3", "overcommitted", "this machine has 2 CPUs");
	run("vcpu-set -i web 3");
	assert_string_equal(fake_store_get("/local/domain/3/cpu/2/availability"), "online");
	refused("vcpu-set web 0", "out-of-range", "valid are 1 to 4");
	refused("vcpu-set web 5", "out-of-range", "valid are 1 to 4");
	refused("vcpu-set web two", "out-of-range", "valid are 1 to 4");
	run_json("vcpu-set web 2");
	assert_int_equal(YAJL_GET_INTEGER(get("max_vcpus")), 4);
}

static void test_mem_set(void **state)
{
	(void)state;
	run("mem-set web 200");
	assert_int_equal(result, 0);
	assert_string_equal(fake_store_get("/local/domain/3/memory/target"), "204800");
	assert_int_equal(fake.domains[1].max_pages, (204800 + 1024) / 4);
	run("mem-set web 150000k");
	assert_string_equal(fake_store_get("/local/domain/3/memory/target"), "150000");
	run("mem-set web 134217728b");
	assert_string_equal(fake_store_get("/local/domain/3/memory/target"), "131072");
	refused("mem-set web 1m", "out-of-range", "valid are 104 to 256 MiB");
	assert_int_equal(axl.err.numbers[0].value, 104 * 1024);
	refused("mem-set web 1g", "out-of-range", "valid are 104 to 256 MiB");
	assert_string_equal(fake_store_get("/local/domain/3/memory/target"), "131072");
	run("mem-set -f web 64m");
	assert_int_equal(result, 0);
	assert_string_equal(fake_store_get("/local/domain/3/memory/target"), "65536");
	refused("mem-set Domain-0 100", "out-of-range", "valid are 128 to 1024 MiB");
	for (const char *bad[] = {"x", "1x", "1mm", "-1", "99999999999999999999"}, **b = bad;
	     b < bad + 5; b++) {
		char line[64];

		snprintf(line, sizeof(line), "mem-set web %s", *b);
		run(line);
		assert_string_equal(axl.err.id, "usage");
	}
	fake.free_pages = 1024;
	run("mem-set web 255");
	assert_string_equal(axl.err.id, "too-little-memory");
	run("mem-set -f web 255");
	assert_int_equal(result, 0);
	run_json("mem-set web 128");
	assert_int_equal(YAJL_GET_INTEGER(get("least_kib")), 104 * 1024);
}

static void test_mem_max(void **state)
{
	(void)state;
	run("mem-max web 300m");
	assert_int_equal(result, 0);
	assert_string_equal(fake_store_get("/local/domain/3/memory/static-max"), "307200");
	assert_int_equal(fake.domains[1].max_pages, (307200 + 1024) / 4);
	refused("mem-max web 100m", "out-of-range", "valid are 128 to 3072 MiB");
	refused("mem-max web 4t", "out-of-range", "valid are 128 to 3072 MiB");
}

static void test_sched_credit2(void **state)
{
	(void)state;
	run("sched-credit2");
	assert_string_equal(printed, "Cpupool Pool-0: ratelimit=1000us\n"
				     "Name                                ID Weight  Cap\n"
				     "Domain-0                             0    256    0\n"
				     "web                                  3    256    0\n"
				     "db                                  12    256    0\n");
	run("sched-credit2 -d web -w 512 -c 50");
	assert_int_equal(result, 0);
	assert_string_equal(printed, "");
	assert_int_equal(fake.shares[3].weight, 512);
	run("sched-credit2 -d web -c 0");
	assert_int_equal(fake.shares[3].weight, 512);
	assert_int_equal(fake.shares[3].cap, 0);
	run("sched-credit2 --domain=web");
	assert_string_equal(printed, "Name                                ID Weight  Cap\n"
				     "web                                  3    512    0\n");
	refused("sched-credit2 -d web -w 0", "out-of-range", "valid are 1 to 65535");
	refused("sched-credit2 -d web -w 65536", "out-of-range", "valid are 1 to 65535");
	refused("sched-credit2 -d web -c 401", "out-of-range", "valid are 0 to 400");
	refused("sched-credit2 -w 5", "usage", "-w and -c need -d");
	refused("sched-credit2 -r 500", "usage", "-r needs -s");
	refused("sched-credit2 -s -r 99", "out-of-range", "valid are 100 to 500000");
	refused("sched-credit2 -s -r 500001", "out-of-range", "valid are 100 to 500000");
	run("sched-credit2 -s -r 2000");
	assert_int_equal(fake.ratelimit_us, 2000);
	run("sched-credit2 -s -p Pool-0");
	assert_string_equal(printed, "Cpupool Pool-0: ratelimit=2000us\n");
	run("sched-credit2 -s -r 0");
	assert_int_equal(fake.ratelimit_us, 0);
	run("sched-credit2 -p nope");
	assert_string_equal(axl.err.id, "no-such-pool");
	fake.pools[0].sched_id = XEN_SCHEDULER_NULL;
	refused("sched-credit2 -d web", "other-scheduler", "its scheduler is null");
	run("sched-credit2");
	assert_string_equal(printed, "");
}

static void test_sched_json(void **state)
{
	(void)state;
	run_json("sched-credit2");
	assert_int_equal(get("domains")->u.array.len, 3);
	assert_int_equal(YAJL_GET_INTEGER(get("cpupools/0/ratelimit_us")), 1000);
	run_json("sched-credit2 -d web -w 77");
	assert_int_equal(YAJL_GET_INTEGER(get("domains/0/weight")), 77);
	run_json("sched-credit2 -s");
	assert_null(get("domains"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpumap),
		cmocka_unit_test_setup(test_vcpu_pin, setup),
		cmocka_unit_test_setup(test_config_nodes, setup),
		cmocka_unit_test_setup(test_vcpu_set, setup),
		cmocka_unit_test_setup(test_mem_set, setup),
		cmocka_unit_test_setup(test_mem_max, setup),
		cmocka_unit_test_setup(test_sched_credit2, setup),
		cmocka_unit_test_setup(test_sched_json, setup),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
