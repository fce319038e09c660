/* SPDX-License-Identifier: MIT */
/* Backends in driver domains: what the control domain writes, waits for, and never believes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

#define VBD "/local/domain/3/backend/vbd/1/51712"
#define VIF "/local/domain/3/backend/vif/1/0"
#define FRONT "/local/domain/1/device/vbd/51712"

static struct devices_ctx ctx;
static struct ctl_error err;
static size_t nodes_before;

static const char *value(const char *path)
{
	const char *found = fake_store_value(ctx.store, path);

	return found ? found : "(none)";
}

/* The driver domain as it should be: connects what waits, removes what is closed. */
static bool good_devd(struct store *store)
{
	static const char *const dirs[] = {VBD, VIF};
	bool changed = false;

	for (size_t i = 0; i < 2; i++) {
		char path[96];
		const char *state;

		snprintf(path, sizeof(path), "%s/state", dirs[i]);
		state = fake_store_value(store, path);
		snprintf(path, sizeof(path), "%s/hotplug-status", dirs[i]);
		if (state && strcmp(state, "2") == 0 && !fake_store_value(store, path)) {
			fake_store_set(store, path, "connected");
			changed = true;
		} else if (state && strcmp(state, "6") == 0) {
			store_rm(store, 0, dirs[i]);
			changed = true;
		}
	}
	return changed;
}

static bool failing_devd(struct store *store)
{
	if (!fake_store_value(store, VBD "/state") ||
	    fake_store_value(store, VBD "/hotplug-status")) {
		return good_devd(store);
	}
	fake_store_set(store, VBD "/hotplug-error", "no\033[2Jsuch\nfile");
	fake_store_set(store, VBD "/hotplug-status", "error");
	return true;
}

static int setup(void **state)
{
	(void)state;
	ctx = (struct devices_ctx){0};
	world_start(&ctx);
	fake_kernel.devd = good_devd;
	fake_store_set(ctx.store, "/local/domain/3/name", "storage");
	nodes_before = fake_store_count(ctx.store);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_store_close(ctx.store);
	return 0;
}

static int attach_disk(const char *text)
{
	return world_attach_disk(&ctx, text, &err);
}

static int attach_nic(const char *text)
{
	return world_attach_nic(&ctx, text, &err);
}

static void expect_clean(void)
{
	assert_int_equal(fake_store_count(ctx.store), nodes_before);
	assert_int_equal(fake_loops + fake_nbds + fake_guards + fake_ports, 0);
}

static void nodes(void **state)
{
	struct device_info *list;
	size_t count;

	(void)state;
	/* the path is the driver domain's: nobody here looks for it */
	assert_int_equal(attach_disk("/nowhere/disk.img,raw,xvda,w,backend=storage"), 0);
	assert_string_equal(value(VBD "/params"), "/nowhere/disk.img");
	assert_string_equal(value(VBD "/mode"), "w");
	assert_string_equal(value(VBD "/frontend"), FRONT);
	assert_string_equal(value(VBD "/physical-device"), "(none)");
	assert_string_equal(value(FRONT "/backend"), VBD);
	assert_string_equal(value(FRONT "/backend-id"), "3");
	assert_string_equal(value("/libxl/1/device/vbd/51712/backend"), VBD);
	assert_true(fake_store_writable(ctx.store, VBD "/state", 3));
	assert_true(fake_store_readable(ctx.store, VBD "/state", 1));
	assert_false(fake_store_writable(ctx.store, VBD "/state", 1));
	assert_true(fake_store_writable(ctx.store, FRONT "/state", 1));
	assert_true(fake_store_readable(ctx.store, FRONT "/state", 3));
	assert_false(fake_store_writable(ctx.store, FRONT "/state", 3));
	assert_false(fake_store_readable(ctx.store, "/libxl/1/device/vbd/51712/backend", 3));
	assert_int_equal(fake_loops, 0);
	assert_int_equal(attach_disk("/other,raw,xvda,w,backend=storage"), -EEXIST);
	/* what it makes of its nodes later is not what we show */
	fake_store_set(ctx.store, VBD "/params", "/etc/shadow");
	assert_int_equal(devices_list(&ctx, 1, DEVICE_VBD, &list, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].backend_domid, 3);
	assert_string_equal(list[0].backend_path, VBD);
	assert_string_equal(list[0].target, "/nowhere/disk.img");
	devices_list_free(list, count);
	assert_int_equal(devices_clean_up(&ctx, 1, &err), 0);
	expect_clean();
}

static void by_number_and_format(void **state)
{
	(void)state;
	assert_int_equal(attach_disk("/x.qcow2,qcow2,xvda,w,backend=3"), 0);
	assert_string_equal(value(VBD "/params"), "qcow2:/x.qcow2");
	assert_int_equal(attach_nic("backend=3,bridge=br7,mac=00:16:3e:01:02:03"), 0);
	assert_string_equal(value(VIF "/bridge"), "br7");
	assert_int_equal(devices_set_nic(&ctx, 1, 0, &(struct config_nic){.devid = -1, .ip = "1"},
					 false, &err),
			 -ENOTSUP);
	assert_string_equal(err.id, "device-elsewhere");
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VIF, 0, false, &err), 0);
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VBD, 51712, false, &err), 0);
	expect_clean();
}

static void nobody_there(void **state)
{
	(void)state;
	assert_int_equal(attach_disk("/x,raw,xvda,w,backend=nobody"), -ENOENT);
	assert_string_equal(err.id, "no-backend-domain");
	assert_int_equal(attach_nic("backend=77"), -ENOENT);
	assert_int_equal(attach_disk("/x,raw,xvda,w,backend=1"), -EINVAL);
	assert_string_equal(err.id, "backend-is-guest");
	expect_clean();
}

/* Its kernel is there, but no devd: an end, a reason, and nothing left. */
static void no_devd(void **state)
{
	(void)state;
	fake_kernel.devd = NULL;
	assert_int_equal(attach_disk("/x,raw,xvda,w,backend=storage"), -ETIMEDOUT);
	assert_string_equal(err.id, "hotplug-timeout");
	assert_non_null(strstr(err.hint, "axl devd"));
	expect_clean();
	fake_kernel.has_driver = false;
	assert_int_equal(attach_disk("/x,raw,xvda,w,backend=storage"), -ETIMEDOUT);
	assert_string_equal(err.id, "no-backend-driver");
	assert_non_null(strstr(err.hint, "modprobe xen-blkback"));
	expect_clean();
}

static void it_fails(void **state)
{
	(void)state;
	fake_kernel.devd = failing_devd;
	assert_int_equal(attach_disk("/x,raw,xvda,w,backend=storage"), -EREMOTEIO);
	assert_string_equal(err.id, "hotplug-failed");
	assert_string_equal(err.cause, "it says: no?[2Jsuch?file");
	expect_clean();
}

static void it_does_not_let_go(void **state)
{
	(void)state;
	assert_int_equal(attach_disk("/x,raw,xvda,w,backend=storage"), 0);
	fake_store_set(ctx.store, FRONT "/state", "4");
	fake_kernel.guest_closes = true;
	fake_kernel.devd = NULL;
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VBD, 51712, false, &err), -ETIMEDOUT);
	assert_string_equal(err.id, "backend-stuck");
	assert_non_null(strstr(err.hint, "axl devd"));
	assert_string_equal(value(VBD "/online"), "0");
	/* by force, or with the guest's end, nothing stays */
	assert_int_equal(devices_clean_up(&ctx, 1, &err), -ETIMEDOUT);
	expect_clean();
}

static void it_is_gone(void **state)
{
	(void)state;
	assert_int_equal(attach_disk("/x,raw,xvda,w,backend=storage"), 0);
	fake_store_set(ctx.store, FRONT "/state", "4");
	store_rm(ctx.store, 0, "/local/domain/3");
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VBD, 51712, false, &err), 0);
	fake_store_set(ctx.store, "/local/domain/3/name", "storage");
	expect_clean();
}

/* Whatever stands where the tools' own record should be. */
static void odd_records(void **state)
{
	static const char *const odd[] = {"", "/local/domain/3/backend/vbd/2/51712",
					  "/local/domain/x", "/local/domain/4294967296/backend"};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct device dev;

		fake_store_set(ctx.store, "/libxl/1/device/vbd/51712/backend", odd[i]);
		device_open(&ctx, &dev, DEVICE_VBD, 1, 51712);
		assert_false(dev.elsewhere);
		assert_string_equal(dev.backend, "/local/domain/0/backend/vbd/1/51712");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nodes),    TEST(by_number_and_format), TEST(nobody_there), TEST(no_devd),
		TEST(it_fails), TEST(it_does_not_let_go),   TEST(it_is_gone),   TEST(odd_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
