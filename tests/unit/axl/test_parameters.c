/* SPDX-License-Identifier: MIT */
/* set-parameters: all of the words or none, and what may be said instead of what was refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "fake_hypfs.h"
#include "fake_run.h"

static int setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static void now(const char *want)
{
	run("set-parameters -l");
	assert_int_equal(result, 0);
	assert_string_equal(printed, want);
}

static void test_set(void **state)
{
	(void)state;
	now("gnttab_max_frames=64\nglobal-pages=on\nloglvl=info\n");
	run("set-parameters loglvl=all gnttab_max_frames=70");
	assert_int_equal(result, 0);
	assert_string_equal(printed, "");
	now("gnttab_max_frames=70\nglobal-pages=on\nloglvl=all\n");
	run("set-parameters no-global-pages");
	now("gnttab_max_frames=70\nglobal-pages=off\nloglvl=all\n");
	run("set-parameters global-pages");
	now("gnttab_max_frames=70\nglobal-pages=on\nloglvl=all\n");
	run_json("set-parameters loglvl=info");
	assert_string_equal(YAJL_GET_STRING(get("parameters/0/name")), "loglvl");
	assert_string_equal(YAJL_GET_STRING(get("parameters/0/value")), "info");
	assert_string_equal(YAJL_GET_STRING(get("parameters/0/before")), "all");
	run_json("set-parameters --list");
	assert_string_equal(YAJL_GET_STRING(get("parameters/2/value")), "info");
}

/* Names are looked for first; a value that is refused takes those before it back. */
static void test_refusals(void **state)
{
	static const char all[] = "there are gnttab_max_frames=64, global-pages=on, loglvl=info";
	char line[200];

	(void)state;
	refused("set-parameters loglvl=all nope=1", "no-such-parameter", all);
	assert_non_null(strstr(axl.err.what, "\"nope\""));
	refused("set-parameters =1", "no-such-parameter", all);
	refused("set-parameters log=all", "no-such-parameter", all);
	refused("set-parameters loglvl/=all", "no-such-parameter", all);
	refused("set-parameters no-pcid", "no-such-parameter", all);
	refused("set-parameters loglvl", "bad-parameter", "");
	refused("set-parameters no-loglvl", "bad-parameter", "");
	refused("set-parameters loglvl=loud", "bad-parameter",
		"it is none, error, warning, info, debug, all");
	assert_string_equal(axl.err.hint, "it is info now");
	refused("set-parameters gnttab_max_frames=x", "bad-parameter",
		"it is a whole number, decimal or 0x");
	refused("set-parameters loglvl=all gnttab_max_frames=5000", "out-of-range",
		"valid are 0 to 2147483647"); /* the played hypervisor is a Xen */
	snprintf(line, sizeof(line), "set-parameters loglvl=%0100d", 1);
	refused(line, "bad-parameter", "it is none, error, warning, info, debug, all");
	now("gnttab_max_frames=64\nglobal-pages=on\nloglvl=info\n");
	run("set-parameters");
	assert_string_equal(axl.err.id, "usage");
	run("set-parameters -l loglvl=all");
	assert_string_equal(axl.err.id, "usage");
	run("set-parameters -x");
	assert_string_equal(axl.err.id, "usage");
}

static void test_no_hypfs(void **state)
{
	(void)state;
	fake_no_hypfs = true;
	refused("set-parameters -l", "not-here", "Function not implemented");
	refused("set-parameters loglvl=all", "no-such-parameter", "there are none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_set, setup),
		cmocka_unit_test_setup(test_refusals, setup),
		cmocka_unit_test_setup(test_no_hypfs, setup),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
