/* SPDX-License-Identifier: MIT */
/* Attaching writes what the protocol wants, and leaves nothing behind when it fails. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "world.h"

#define BACK "/local/domain/0/backend/"
#define FRONT "/local/domain/1/device/"

struct bench {
	struct devices_ctx ctx;
	struct ctl_error err;
	struct domain_config *cfg;
	char image[2][IMAGE_PATH];
	size_t nodes; /* before anything was attached */
};

static struct domain_config *parse(const char *devices)
{
	struct config_diags diags = {0};
	struct domain_config *cfg;
	char text[1024];

	snprintf(text, sizeof(text),
		 "name='guest'; memory=8; kernel='/k'\n"
		 "uuid='ee0e5ab7-4c11-4b6e-9d4e-0f6ea1b3a6e2'\n%s",
		 devices);
	config_parse_string("test.cfg", text, strlen(text), NULL, 0, &cfg, &diags);
	config_diags_print(&diags, stderr);
	assert_non_null(cfg);
	config_diags_free(&diags);
	return cfg;
}

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	char devices[512];

	world_start(&bench->ctx);
	if (world_image(bench->image[0]) < 0 || world_image(bench->image[1]) < 0) {
		return -1;
	}
	snprintf(devices, sizeof(devices),
		 "disk=['%s,raw,xvda,rw', '%s,raw,xvdb,ro,no-discard,untrusted']\n"
		 "vif=['rate=10Mb/s,mtu=1400,vifname=foo0,ip=10.0.0.2']\n",
		 bench->image[0], bench->image[1]);
	bench->cfg = parse(devices);
	bench->nodes = fake_store_count(bench->ctx.store);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	unlink(bench->image[0]);
	unlink(bench->image[1]);
	config_free(bench->cfg);
	fake_store_close(bench->ctx.store);
	free(bench);
	return 0;
}

static int attach_all(struct bench *bench)
{
	return devices_attach_all(&bench->ctx, 1, bench->cfg, &bench->err);
}

static void expect(struct bench *bench, const char *path, const char *value)
{
	const char *found = fake_store_value(bench->ctx.store, path);

	if (!found) {
		fail_msg("no %s", path);
	}
	assert_string_equal(found, value);
}

static void expect_clean(struct bench *bench)
{
	assert_int_equal(fake_store_count(bench->ctx.store), bench->nodes);
	assert_int_equal(fake_loops, 0);
}

static void nodes_are_what_xl_writes(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(attach_all(bench), 0);
	expect(bench, BACK "vbd/1/51712/frontend", FRONT "vbd/51712");
	expect(bench, BACK "vbd/1/51712/frontend-id", "1");
	expect(bench, BACK "vbd/1/51712/physical-device", "7:0");
	expect(bench, BACK "vbd/1/51712/mode", "w");
	expect(bench, BACK "vbd/1/51712/params", bench->image[0]);
	expect(bench, BACK "vbd/1/51712/node", "/dev/loop0");
	expect(bench, BACK "vbd/1/51712/discard-enable", "1");
	expect(bench, BACK "vbd/1/51712/online", "1");
	expect(bench, BACK "vbd/1/51712/state", "2");
	expect(bench, BACK "vbd/1/51728/mode", "r");
	expect(bench, BACK "vbd/1/51728/discard-enable", "0");
	expect(bench, FRONT "vbd/51712/backend", BACK "vbd/1/51712");
	expect(bench, FRONT "vbd/51712/backend-id", "0");
	expect(bench, FRONT "vbd/51712/virtual-device", "51712");
	expect(bench, FRONT "vbd/51712/state", "1");
	expect(bench, FRONT "vbd/51712/trusted", "1");
	expect(bench, FRONT "vbd/51728/trusted", "0");
	expect(bench, BACK "vif/1/0/bridge", "xenbr0");
	expect(bench, BACK "vif/1/0/rate", "62500,50000");
	expect(bench, BACK "vif/1/0/hotplug-status", "connected");
	expect(bench, FRONT "vif/0/mtu", "1400");
	expect(bench, FRONT "vif/0/mac", fake_store_value(bench->ctx.store, BACK "vif/1/0/mac"));
	expect(bench, "/libxl/1/device/vbd/51712/backend", BACK "vbd/1/51712");
	expect(bench, "/libxl/1/device/vbd/51712/frontend", FRONT "vbd/51712");
	expect(bench, "/libxl/1/device/vbd/51712/params", bench->image[0]);
	expect(bench, "/libxl/1/device/vbd/51728/mode", "r");
	expect(bench, "/libxl/1/device/vif/0/bridge", "xenbr0");
	assert_null(fake_store_value(bench->ctx.store, "/libxl/1/device/vbd/51712/node"));
	assert_int_equal(fake_loops, 2);
	assert_int_equal(fake_ports, 1);
}

static void permissions_are_the_protocols(void **state)
{
	static const char *const kinds[] = {"vbd/51712", "vif/0"};
	static const char *const backs[] = {"vbd/1/51712", "vif/1/0"};
	struct bench *bench = *state;
	char path[128];

	assert_int_equal(attach_all(bench), 0);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), FRONT "%s/state", kinds[i]);
		assert_true(fake_store_writable(bench->ctx.store, path, 1));
		assert_true(fake_store_readable(bench->ctx.store, path, 0));
		assert_false(fake_store_readable(bench->ctx.store, path, 2));
		snprintf(path, sizeof(path), BACK "%s/state", backs[i]);
		assert_true(fake_store_readable(bench->ctx.store, path, 1));
		assert_false(fake_store_writable(bench->ctx.store, path, 1));
		assert_false(fake_store_readable(bench->ctx.store, path, 2));
	}
	/* what may be removed by path later must not be the guest's to change */
	snprintf(path, sizeof(path), BACK "vbd/1");
	assert_false(fake_store_writable(bench->ctx.store, path, 1));
}

static void attach_and_clean_up_leave_nothing(void **state)
{
	struct bench *bench = *state;

	for (int round = 0; round < 5; round++) {
		assert_int_equal(attach_all(bench), 0);
		assert_int_equal(devices_clean_up(&bench->ctx, 1, &bench->err), 0);
		expect_clean(bench);
	}
	assert_int_equal(devices_clean_up(&bench->ctx, 1, &bench->err), 0);
}

static void transactions_are_repeated(void **state)
{
	struct bench *bench = *state;

	fake_store_conflicts = 3;
	assert_int_equal(attach_all(bench), 0);
	assert_int_equal(devices_clean_up(&bench->ctx, 1, &bench->err), 0);
	expect_clean(bench);
}

/* The store runs full at every possible write. */
static void full_store_leaves_nothing(void **state)
{
	struct bench *bench = *state;
	int writes;

	for (writes = 0; writes < 1000; writes++) {
		fake_store_fail_after = writes;
		if (attach_all(bench) == 0) {
			break;
		}
		fake_store_fail_after = -1;
		/* a backend whose "close" could not be written is finished by a clean-up */
		devices_clean_up(&bench->ctx, 1, &bench->err);
		expect_clean(bench);
	}
	assert_in_range(writes, 50, 300);
}

static void failing_steps_leave_nothing(void **state)
{
	struct bench *bench = *state;

	fake_loop_fails = true;
	assert_int_equal(attach_all(bench), -ENODEV);
	assert_string_equal(bench->err.id, "loop-device");
	expect_clean(bench);
	fake_loop_fails = false;

	fake_join_error = "network";
	assert_true(attach_all(bench) < 0);
	assert_string_equal(bench->err.id, "network");
	expect_clean(bench);
	fake_join_error = NULL;

	fake_kernel.fails = true;
	assert_int_equal(attach_all(bench), -EIO);
	assert_string_equal(bench->err.id, "backend-failed");
	expect_clean(bench);
	fake_kernel.fails = false;

	fake_kernel.has_driver = false;
	assert_int_equal(attach_all(bench), -ETIMEDOUT);
	assert_string_equal(bench->err.id, "no-backend-driver");
	assert_non_null(strstr(bench->err.hint, "modprobe xen-blkback"));
	expect_clean(bench);
}

static void missing_domain_is_named(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(devices_attach_all(&bench->ctx, 7, bench->cfg, &bench->err), -ENOENT);
	assert_string_equal(bench->err.id, "no-such-domain");
	expect_clean(bench);
}

static void disk_of_another_is_refused(void **state)
{
	struct bench *bench = *state;
	char text[128];
	struct config_diags diags = {0};
	struct config_disk disk;

	assert_int_equal(attach_all(bench), 0);
	snprintf(text, sizeof(text), "%s,raw,xvdc,ro", bench->image[0]);
	assert_int_equal(config_parse_disk(text, &disk, &diags), 0);
	assert_int_equal(devices_attach_disk(&bench->ctx, 1, &disk, &bench->err), -EBUSY);
	assert_string_equal(bench->err.id, "disk-in-use");
	assert_non_null(strstr(bench->err.cause, "disk xvda of domain 1 (guest)"));
	config_disk_free(&disk);

	snprintf(text, sizeof(text), "%s,raw,xvdc,rw", bench->image[1]);
	assert_int_equal(config_parse_disk(text, &disk, &diags), 0);
	assert_int_equal(devices_attach_disk(&bench->ctx, 1, &disk, &bench->err), -EBUSY);
	config_disk_free(&disk);

	/* two readers do no harm */
	snprintf(text, sizeof(text), "%s,raw,xvdc,ro", bench->image[1]);
	assert_int_equal(config_parse_disk(text, &disk, &diags), 0);
	assert_int_equal(devices_attach_disk(&bench->ctx, 1, &disk, &bench->err), 0);
	assert_int_equal(devices_attach_disk(&bench->ctx, 1, &disk, &bench->err), -EEXIST);
	config_disk_free(&disk);
}

static void checks_change_nothing(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(devices_check_all(&bench->ctx, bench->cfg, &bench->err), 0);
	expect_clean(bench);
	unlink(bench->image[1]);
	assert_int_equal(devices_check_all(&bench->ctx, bench->cfg, &bench->err), -ENOENT);
	assert_string_equal(bench->err.id, "no-such-disk");
	assert_non_null(strstr(bench->err.what, "test.cfg:3"));
	expect_clean(bench);
}

static void nics_are_numbered(void **state)
{
	static const uint8_t uuid[16] = {1};
	struct bench *bench = *state;

	for (int i = 0; i < 3; i++) {
		struct config_diags diags = {0};
		struct config_nic nic;

		assert_int_equal(config_parse_nic("", &nic, &diags), 0);
		assert_int_equal(devices_attach_nic(&bench->ctx, 1, uuid, &nic, &bench->err), 0);
		assert_int_equal(nic.devid, i);
		assert_true(nic.mac_set);
		config_nic_free(&nic);
	}
	assert_int_equal(devices_clean_up(&bench->ctx, 1, &bench->err), 0);
	expect_clean(bench);
}

static void bad_nics_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *id;
	} cases[] = {{"bridge=br9", "no-such-bridge"}, {"vifname=taken0", "vifname-taken"}};
	static const uint8_t uuid[16] = {1};
	struct bench *bench = *state;

	for (size_t i = 0; i < 2; i++) {
		struct config_diags diags = {0};
		struct config_nic nic;

		assert_int_equal(config_parse_nic(cases[i].text, &nic, &diags), 0);
		assert_true(devices_attach_nic(&bench->ctx, 1, uuid, &nic, &bench->err) < 0);
		assert_string_equal(bench->err.id, cases[i].id);
		config_nic_free(&nic);
		expect_clean(bench);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nodes_are_what_xl_writes),
		TEST(permissions_are_the_protocols),
		TEST(attach_and_clean_up_leave_nothing),
		TEST(transactions_are_repeated),
		TEST(full_store_leaves_nothing),
		TEST(failing_steps_leave_nothing),
		TEST(missing_domain_is_named),
		TEST(disk_of_another_is_refused),
		TEST(checks_change_nothing),
		TEST(nics_are_numbered),
		TEST(bad_nics_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
