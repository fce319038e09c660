/* SPDX-License-Identifier: MIT */
/* Birth and death of a domain as transactions: whatever fails, nothing is left. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/axl/domains.h"
#include "../../../dom0-tools/axl/records.h"
#include "../../../dom0-tools/axl/start.h"
#include "fake.h"

static struct axl axl;
static struct domain_config *cfg;

static const char text[] = "name=\"web\"\nmemory=256\nmaxmem=512\nvcpus=2\nmaxvcpus=4\n"
			   "kernel=\"/boot/k\"\nramdisk=\"/boot/r\"\nextra=\"quiet\"\n"
			   "cpu_weight=512\ncpus=\"0\"\nrtc_timeoffset=60\n"
			   "uuid=\"01234567-89ab-cdef-0123-456789abcdef\"\n";

static int setup(void **state)
{
	struct config_diags diags = {.list = NULL};

	(void)state;
	fake_reset();
	memset(&axl, 0, sizeof(axl));
	assert_int_equal(config_parse_string("web.cfg", text, strlen(text), NULL, 0, &cfg, &diags),
			 0);
	config_diags_free(&diags);
	return axl_need(&axl);
}

static int teardown(void **state)
{
	(void)state;
	config_free(cfg);
	return 0;
}

static void test_records(void **state)
{
	static const char *const expected[][2] = {
		{"/local/domain/41/name", "web"},
		{"/local/domain/41/domid", "41"},
		{"/local/domain/41/vm", "/vm/01234567-89ab-cdef-0123-456789abcdef"},
		{"/local/domain/41/cpu/0/availability", "online"},
		{"/local/domain/41/cpu/1/availability", "online"},
		{"/local/domain/41/cpu/2/availability", "offline"},
		{"/local/domain/41/memory/target", "262144"},
		{"/local/domain/41/memory/static-max", "524288"},
		{"/local/domain/41/control/shutdown", ""},
		{"/local/domain/41/store/port", "1"},
		{"/local/domain/41/store/ring-ref", "1001"},
		{"/local/domain/41/console/port", "2"},
		{"/local/domain/41/console/ring-ref", "1002"},
		{"/local/domain/41/console/type", "xenconsoled"},
		{"/vm/01234567-89ab-cdef-0123-456789abcdef/name", "web"},
		{"/vm/01234567-89ab-cdef-0123-456789abcdef/image/kernel", "/boot/k"},
		{"/vm/01234567-89ab-cdef-0123-456789abcdef/image/cmdline", "quiet"},
		{"/libxl/41/type", "pv"},
		{"/local/domain/0/name", "Domain-0"},
		{"/local/pool/0/name", "Pool-0"},
	};
	xen_domid_t domid;

	(void)state;
	assert_int_equal(domain_start(&axl, cfg, &domid), 0);
	assert_int_equal(domid, 41);
	assert_int_equal(fake.introduced, 41);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_non_null(fake_store_get(expected[i][0]));
		assert_string_equal(fake_store_get(expected[i][0]), expected[i][1]);
	}
	assert_int_equal(fake.domains[1].max_pages, (512 + 1) * 256);
	assert_int_equal(fake.built, 1);
	assert_int_equal(fake.devices, 1);
	assert_int_equal(fake.kernels_open, 0);
}

static void expect_clean(const char *before, uint64_t free_pages)
{
	char *after = fake_store_dump();

	assert_string_equal(after, before);
	assert_int_equal(fake.domain_count, 1);
	assert_int_equal(fake.built, 0);
	assert_int_equal(fake.devices, 0);
	assert_int_equal(fake.kernels_open, 0);
	assert_int_equal(fake.free_pages, free_pages);
	free(after);
}

static void test_round(void **state)
{
	xen_domid_t domid;
	char *before;
	uint64_t free_pages = fake.free_pages;

	(void)state;
	/* as the first domain leaves it: the control domain's own entries stay */
	assert_int_equal(records_init_dom0(&axl), 0);
	fake_store_set("/vm", "");
	fake_store_set("/libxl", "");
	before = fake_store_dump();
	for (int i = 0; i < 5; i++) {
		assert_int_equal(domain_start(&axl, cfg, &domid), 0);
		assert_int_equal(domain_remove(&axl, domid), 0);
		expect_clean(before, free_pages);
	}
	/* once more is no mistake */
	assert_int_equal(domain_remove(&axl, 41), 0);
	free(before);
}

/* Every call that can fail does so once. */
static void test_every_failure(void **state)
{
	unsigned int total;
	xen_domid_t domid;
	char *before;

	assert_int_equal(domain_start(&axl, cfg, &domid), 0);
	total = fake.calls;
	assert_true(total > 30);
	for (unsigned int n = 2; n <= total; n++) { /* the first was opening the store */
		uint64_t free_pages;

		teardown(state);
		setup(state);
		assert_int_equal(records_init_dom0(&axl), 0);
		fake_store_set("/vm", "");
		fake_store_set("/libxl", "");
		before = fake_store_dump();
		free_pages = fake.free_pages;
		fake.calls = 0;
		fake.fail_at = n;
		if (domain_start(&axl, cfg, &domid)) {
			assert_true(axl.err.id[0] && axl.err.what[0]);
			expect_clean(before, free_pages);
		} else {
			/* past the last: dom0's entries were there already */
			assert_true(fake.calls < n);
		}
		free(before);
	}
}

static void test_name_in_use(void **state)
{
	xen_domid_t domid;
	char *before, *after;

	(void)state;
	fake_domain(7, "web");
	assert_int_equal(records_init_dom0(&axl), 0);
	before = fake_store_dump();
	assert_int_not_equal(domain_start(&axl, cfg, &domid), 0);
	assert_string_equal(axl.err.id, "name-in-use");
	assert_non_null(strstr(axl.err.what, "7"));
	assert_int_equal(fake.domain_count, 2);
	after = fake_store_dump();
	assert_string_equal(after, before);
	free(after);
	free(before);
}

/* A record that no domain stands behind does not block its name. */
static void test_leftover_record(void **state)
{
	xen_domid_t domid;

	(void)state;
	fake_store_set("/local/domain/41/name", "old");
	fake_store_set("/local/domain/41/device/vif/0/state", "4");
	assert_int_equal(domain_start(&axl, cfg, &domid), 0);
	assert_null(fake_store_get("/local/domain/41/device/vif/0/state"));
}

static void test_too_little_memory(void **state)
{
	xen_domid_t domid;

	(void)state;
	fake_domain(7, "greedy")->tot_pages = 40000;
	fake.free_pages = 25600;
	assert_int_not_equal(domain_start(&axl, cfg, &domid), 0);
	assert_string_equal(axl.err.id, "too-little-memory");
	assert_non_null(strstr(axl.err.cause, "256 MiB needed, 100 MiB free"));
	assert_non_null(strstr(axl.err.cause, "Domain-0 has 1024 MiB, greedy has 156 MiB"));
	assert_string_equal(axl.err.numbers[0].name, "needed_kib");
	assert_int_equal(axl.err.numbers[0].value, 262144);
	assert_int_equal(axl.err.numbers[1].value, 102400);
	assert_int_equal(fake.domain_count, 2);
}

/* Ctrl-C in the middle undoes what was done. */
static void test_interrupted(void **state)
{
	sigset_t old;
	xen_domid_t domid;
	char *before;

	(void)state;
	assert_int_equal(records_init_dom0(&axl), 0);
	fake_store_set("/vm", "");
	fake_store_set("/libxl", "");
	before = fake_store_dump();
	signals_hold(&old);
	assert_false(signals_pending());
	kill(getpid(), SIGINT);
	assert_true(signals_pending());
	assert_int_not_equal(domain_start(&axl, cfg, &domid), 0);
	assert_string_equal(axl.err.id, "interrupted");
	expect_clean(before, fake.free_pages);
	signal(SIGINT, SIG_IGN); /* drops it */
	signals_release(&old);
	free(before);
}

static void test_rename(void **state)
{
	(void)state;
	fake_domain(7, "one");
	fake_domain(8, "two");
	fake_store_set("/local/domain/7/vm", "/vm/u");
	assert_int_not_equal(records_rename(&axl, 7, "two"), 0);
	assert_string_equal(axl.err.id, "name-in-use");
	assert_string_equal(fake_store_get("/local/domain/7/name"), "one");
	assert_int_equal(records_rename(&axl, 7, "three"), 0);
	assert_string_equal(fake_store_get("/local/domain/7/name"), "three");
	assert_string_equal(fake_store_get("/vm/u/name"), "three");
	assert_int_equal(records_rename(&axl, 7, "three"), 0);
}

/* A record that points anywhere else than to a /vm entry takes nothing with it. */
static void test_remove_strange_record(void **state)
{
	(void)state;
	fake_store_set("/vm/x/name", "x");
	fake_store_set("/local/domain/9/vm", "/vm/");
	assert_int_equal(records_remove(&axl, 9), 0);
	fake_store_set("/local/domain/9/vm", "/local/domain/0");
	assert_int_equal(records_remove(&axl, 9), 0);
	fake_store_set("/local/domain/0/name", "Domain-0");
	fake_store_set("/local/domain/9/vm", "/vm/x/name");
	assert_int_equal(records_remove(&axl, 9), 0);
	assert_non_null(fake_store_get("/vm/x/name"));
	assert_non_null(fake_store_get("/local/domain/0/name"));
	assert_null(fake_store_get("/local/domain/9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_records, setup, teardown),
		cmocka_unit_test_setup_teardown(test_round, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_failure, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name_in_use, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leftover_record, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_little_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interrupted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rename, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remove_strange_record, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
