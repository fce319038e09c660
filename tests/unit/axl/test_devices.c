/* SPDX-License-Identifier: MIT */
/* block-*, network-*, info -n: specifications reach the device library, tables are xl's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "../../../dom0-tools/libstore/store.h"
#include "fake_run.h"

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_domain(3, "web");
	fake_domain(12, "db");
	return 0;
}

static void test_lists(void **state)
{
	(void)state;
	run("block-list web db");
	assert_string_equal(
		printed,
		"Vdev  BE  handle state evt-ch ring-ref BE-path                       \n"
		"51712 0   3      4     17     8        /local/domain/0/backend/vbd/3/51712\n");
	run("network-list web");
	assert_string_equal(
		printed,
		"Idx BE Mac Addr.         handle state evt-ch   tx-/rx-ring-ref BE-path       "
		"                \n"
		"0   0  00:16:3e:01:02:03     0     4     17     8/9           "
		"/local/domain/0/backend/vif/3/0\n");
	run("block-list");
	assert_string_equal(axl.err.id, "usage");
	run("network-list nope");
	assert_string_equal(axl.err.id, "no-such-domain");
	run_json("block-list web");
	assert_string_equal(YAJL_GET_STRING(get("devices/0/vdev")), "xvda");
	run_json("network-list web");
	assert_string_equal(YAJL_GET_STRING(get("devices/0/mac")), "00:16:3e:01:02:03");
}

static void test_attach(void **state)
{
	(void)state;
	run("block-attach web /dev/ram1,raw,xvdb,w");
	assert_int_equal(result, 0);
	assert_string_equal(printed, "");
	assert_int_equal(fake.last_devid, 51728);
	run("block-attach web format=raw vdev=xvdc access=ro target=/dev/ram2");
	assert_int_equal(result, 0);
	assert_int_equal(fake.last_devid, 51744);
	run("block-attach web");
	assert_string_equal(axl.err.id, "usage");
	run("block-attach web nonsense");
	assert_string_equal(axl.err.id, "bad-config");
	assert_true(axl.err.cause[0]);
	run_json("block-attach web /dev/ram1,raw,xvdb,w");
	assert_string_equal(YAJL_GET_STRING(get("vdev")), "xvdb");
	run_json("network-attach web bridge=xenbr0");
	assert_int_equal(YAJL_GET_INTEGER(get("devid")), 1);
	run("network-attach web");
	assert_int_equal(result, 0);
	run("network-attach web bogus=1");
	assert_string_equal(axl.err.id, "bad-config");
	assert_int_equal(fake.devices, 5);
}

static void test_detach(void **state)
{
	(void)state;
	fake.devices = 2;
	run("block-detach web xvda");
	assert_int_equal(result, 0);
	assert_int_equal(fake.last_devid, 51712);
	run("network-detach web 0");
	assert_int_equal(fake.devices, 0);
	run("block-detach web xvdz");
	assert_string_equal(axl.err.id, "no-such-device");
	run("block-detach web");
	assert_string_equal(axl.err.id, "usage");
	fake.fail_at = fake.calls + 2; /* opening the store comes first */
	run("block-detach web xvda");
	assert_string_equal(axl.err.id, "device-busy");
	run("block-detach --force web xvda");
	assert_int_equal(result, 0);
	assert_true(fake.forced);
}

static void test_changes(void **state)
{
	(void)state;
	run_json("block-resize web xvda 64");
	assert_int_equal(YAJL_GET_INTEGER(get("sectors")), 131072);
	run_json("block-resize web xvda");
	assert_int_equal(YAJL_GET_INTEGER(get("sectors")), 100);
	run("block-resize web");
	assert_string_equal(axl.err.id, "usage");
	run("block-resize web xvda 1x");
	assert_string_equal(axl.err.id, "usage");
	run("block-resize web xvdz 1g");
	assert_string_equal(axl.err.id, "no-such-device");
	run("network-set web 0 bridge=br1,rate=none,ip=10.0.0.1");
	assert_int_equal(result, 0);
	assert_true(fake.forced);
	run("network-set web 0 rate=1Mb/s");
	assert_int_equal(result, 0);
	assert_false(fake.forced);
	run("network-set web 0 rate=nonesuch");
	assert_string_equal(axl.err.id, "bad-config");
	run("network-set web 0 mac=00:16:3e:00:00:01");
	assert_string_equal(axl.err.id, "vif-fixed");
	run("network-set web 0");
	assert_string_equal(axl.err.id, "usage");
	run("channel-list web");
	assert_string_equal(printed, "Idx BE state evt-ch ring-ref connection"
				     "                               \n");
	run("channel-list");
	assert_string_equal(axl.err.id, "usage");
	/* a guest of xl's writes the terminal's name: ours does not obey it */
	assert_int_equal(store_writef(NULL, STORE_NO_TX, "/libxl/3/device/console/1/name", "c"), 0);
	store_writef(NULL, STORE_NO_TX, "/libxl/3/device/console/1/connection", "pty");
	store_writef(NULL, STORE_NO_TX, "/local/domain/3/device/console/1/tty", "\033]0;x\007\n");
	run("channel-list web");
	assert_non_null(strstr(printed, " pty        ?]0;x??   "));
	assert_null(strchr(printed, '\033'));
}

static void test_info_numa(void **state)
{
	(void)state;
	run("info -n");
	assert_non_null(strstr(printed, "\ncpu_topology           :\n"
					"cpu:    core    socket     node\n"
					"  0:       0        0        0\n"
					"  1:       1        0        1\n"
					"device topology        :\n"));
	assert_non_null(strstr(printed, "\nnode:    memsize    memfree    distances\n"
					"   0:         0          0      10,20\n"));
	run_json("info -n");
	assert_int_equal(YAJL_GET_INTEGER(get("numa_nodes/1/distances/0")), 20);
	run("info extra");
	assert_string_equal(axl.err.id, "usage");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lists, setup),
		cmocka_unit_test_setup(test_attach, setup),
		cmocka_unit_test_setup(test_detach, setup),
		cmocka_unit_test_setup(test_changes, setup),
		cmocka_unit_test_setup(test_info_numa, setup),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
