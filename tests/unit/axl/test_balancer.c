/* SPDX-License-Identifier: MIT */
/* axl balancer: what it shows of the balancer's decisions, and the bounds it sets and refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"
#include "fake_run.h"

static int setup(void **state)
{
	char text[64];

	(void)state;
	fake_reset();
	fake_domain(3, "web");
	fake_domain(12, "db");
	fake_store_set("/local/domain/3/memory/target", "131072");
	fake_store_set("/local/domain/3/memory/static-max", "262144");
	snprintf(text, sizeof(text), "%d 10 262144 0 0 -2048 7", (int)getpid());
	fake_store_set("/tool/argon-balancer/state", text);
	fake_store_set("/tool/argon-balancer/domain/3/last",
		       "3 106496 262144 90000 145000 140288 takes");
	fake_store_set("/tool/argon-balancer/domain/12/last",
		       "12 65536 131072 - 131072 131072 silent");
	return 0;
}

static void test_show(void **state)
{
	(void)state;
	run("balancer");
	assert_int_equal(result, 0);
	assert_non_null(strstr(printed, "round 7, every 10 s, -2 MiB to spare beyond 256 MiB"));
	assert_non_null(strstr(printed, "104      256       87      141      137  takes\n"));
	assert_non_null(strstr(printed, "64      128        -      128      128  silent\n"));
	run_json("balancer");
	assert_int_equal(YAJL_GET_INTEGER(get("rounds")), 7);
	assert_true(YAJL_IS_ARRAY(get("domains")));
	assert_string_equal(YAJL_GET_STRING(get("domains/0/last")), "takes");
}

/* What is no decision, in the store or of a process that has gone, is not shown as one. */
static void test_not_there(void **state)
{
	(void)state;
	fake_store_set("/tool/argon-balancer/domain/3/last", "3 so it goes");
	run_json("balancer");
	assert_null(get("domains/1"));
	fake_store_set("/tool/argon-balancer/state", "0 10 262144 0 0 0 7");
	refused("balancer", "no-balancer",
		"its process is gone; the store still has its last decisions");
	fake_store_set("/tool/argon-balancer/state", "x");
	refused("balancer", "no-balancer", "there are no decisions of it in the store");
}

static void test_bounds(void **state)
{
	(void)state;
	run("balancer --min=110 --max=200m web");
	assert_int_equal(result, 0);
	assert_string_equal(fake_store_get("/local/domain/3/memory/dynamic-min"), "112640");
	assert_string_equal(fake_store_get("/local/domain/3/memory/dynamic-max"), "204800");
	run("balancer -m 120 web");
	assert_string_equal(fake_store_get("/local/domain/3/memory/dynamic-min"), "122880");
	assert_string_equal(fake_store_get("/local/domain/3/memory/dynamic-max"), "204800");
	refused("balancer -m 60 web", "out-of-range", "bounds lie within 104 and 256 MiB");
	refused("balancer -M 300 web", "out-of-range", "bounds lie within 104 and 256 MiB");
	refused("balancer -m 201 web", "out-of-range", "bounds lie within 104 and 256 MiB");
	refused("balancer -m 201 Domain-0", "out-of-range", "the balancer leaves domain 0 alone");
	assert_string_equal(fake_store_get("/local/domain/3/memory/dynamic-min"), "122880");
	run("balancer -f -m 60 web");
	assert_int_equal(result, 0);
	assert_string_equal(fake_store_get("/local/domain/3/memory/dynamic-min"), "61440");
	for (const char *
		     bad[] = {"balancer web", "balancer -m 60", "balancer -m x web", "balancer -x"},
		    **b = bad;
	     b < bad + 4; b++) {
		run(*b);
		assert_string_equal(axl.err.id, "usage");
	}
	run("balancer -m 60 nobody");
	assert_string_equal(axl.err.id, "no-such-domain");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_show, setup),
		cmocka_unit_test_setup(test_not_there, setup),
		cmocka_unit_test_setup(test_bounds, setup),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
