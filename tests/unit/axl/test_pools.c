/* SPDX-License-Identifier: MIT */
/* cpupool-*: tables as xl's, CPUs that are free or not, and nothing left behind by a failure. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "fake_run.h"

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_domain(3, "web");
	return 0;
}

static void refused_as(const char *line, const char *id)
{
	run(line);
	assert_true(result < 0);
	assert_string_equal(axl.err.id, id);
	assert_string_equal(printed, "");
}

static void test_list(void **state)
{
	(void)state;
	run("cpupool-list");
	assert_string_equal(printed, "Name               CPUs   Sched     Active   Domain count\n"
				     "Pool-0               2   credit2       y          2\n");
	run("cpupool-list -c Pool-0");
	assert_string_equal(printed, "Name               CPU list\n"
				     "Pool-0             0,1\n");
	refused_as("cpupool-list nope", "no-such-pool");
	run_json("cpupool-list");
	assert_int_equal(YAJL_GET_INTEGER(get("cpupools/0/cpus/1")), 1);
}

static void test_life(void **state)
{
	(void)state;
	refused_as("cpupool-create name=\"p\" cpus=\"1\"", "cpu-in-use");
	run("cpupool-cpu-remove Pool-0 1");
	assert_int_equal(result, 0);
	assert_int_equal(fake.pools[0].cpus[0], 1);
	run("cpupool-create name=\"p\" sched=\"credit2\" cpus=[\"1\"]");
	assert_int_equal(result, 0);
	assert_string_equal(printed, "cpupool name:   p\nscheduler:      credit2\n");
	assert_string_equal(fake_store_get("/local/pool/1/name"), "p");
	assert_int_equal(strlen(fake_store_get("/local/pool/1/uuid")), 36);
	assert_int_equal(fake.pools[1].cpus[0], 2);
	refused_as("cpupool-create name=\"p\"", "name-in-use");
	run("cpupool-migrate web p");
	assert_int_equal(fake.domains[1].cpupool, 1);
	run("list -c web");
	assert_non_null(strstr(printed, "1.5               p\n"));
	refused_as("cpupool-destroy p", "pool-in-use");
	refused_as("cpupool-destroy Pool-0", "pool-in-use");
	run("cpupool-rename p q");
	assert_string_equal(fake_store_get("/local/pool/1/name"), "q");
	run("cpupool-migrate 3 0");
	run("cpupool-destroy q");
	assert_int_equal(result, 0);
	assert_null(fake_store_get("/local/pool/1"));
	assert_int_equal(fake.pool_count, 1);
	run("cpupool-cpu-add Pool-0 node:1");
	assert_int_equal(fake.pools[0].cpus[0], 3);
	refused_as("cpupool-cpu-add Pool-0 1", "cpu-in-use");
	refused_as("cpupool-cpu-add Pool-0 9", "bad-cpus");
	run("cpupool-create name=\"empty\"");
	refused_as("cpupool-migrate web empty", "empty-pool");
	refused_as("cpupool-cpu-remove empty 0", "cpu-not-in-pool");
	refused_as("cpupool-numa-split", "not-here");
}

static void test_bad_config(void **state)
{
	static const char *const bad[] = {
		"sched=\"credit2\"",
		"name=\"p\" sched=\"fair\"",
		"name=5",
		"name=\"p\" cpus=\"9\"",
		"name=\"a/b\"",
		"name=\"p\" bogus=1",
		"name=\"0p\"",
		"name=\"p\" nodes=[\"7\"]",
		"name=\"p",
		"/nonexistent.cfg",
	};
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "cpupool-create %s", bad[i]);
		run_json(line);
		assert_int_not_equal(result, 0);
		assert_string_equal(axl.err.id, "bad-config");
	}
	assert_int_equal(fake.pool_count, 1);
}

/* Whichever call fails: the pool is not half there. */
static void test_undone(void **state)
{
	unsigned int failures = 0;

	for (unsigned int at = 1; at < 12; at++) {
		setup(state);
		fake.pools[0].cpus[0] = 0;
		fake.fail_at = at;
		run("cpupool-create name=\"p\" cpus=[\"0\",\"1\"]");
		if (result) {
			failures++;
			assert_int_equal(fake.pool_count, 1);
			assert_null(fake_store_get("/local/pool/1"));
		}
	}
	assert_true(failures >= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_list, setup),
		cmocka_unit_test_setup(test_life, setup),
		cmocka_unit_test_setup(test_bad_config, setup),
		cmocka_unit_test(test_undone),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
