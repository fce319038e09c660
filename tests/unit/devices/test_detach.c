/* SPDX-License-Identifier: MIT */
/* Detaching with a guest that helps, that does not, that is dead; listing and finding. */
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

#define BACK "/local/domain/0/backend/vbd/1/51712"
#define FRONT "/local/domain/1/device/vbd/51712"

static struct devices_ctx ctx;
static struct ctl_error err;
static size_t nodes_before;
static char image[IMAGE_PATH];

/* One disk and one NIC, both connected. */
static int setup(void **state)
{
	char text[64];

	(void)state;
	world_start(&ctx);
	nodes_before = fake_store_count(ctx.store);
	if (world_image(image) < 0) {
		return -1;
	}
	snprintf(text, sizeof(text), "%s,raw,xvda,rw", image);
	if (world_attach_disk(&ctx, text, &err) < 0 || world_attach_nic(&ctx, "", &err) < 0) {
		return -1;
	}
	fake_store_set(ctx.store, FRONT "/state", "4");
	fake_store_set(ctx.store, FRONT "/ring-ref", "8");
	fake_store_set(ctx.store, FRONT "/event-channel", "12");
	fake_store_set(ctx.store, BACK "/state", "4");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_store_close(ctx.store);
	unlink(image);
	return 0;
}

static void guest_helps(void **state)
{
	(void)state;
	fake_kernel.guest_closes = true;
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VBD, 51712, false, &err), 0);
	assert_null(fake_store_value(ctx.store, BACK));
	assert_null(fake_store_value(ctx.store, FRONT));
	assert_int_equal(fake_loops, 0);
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VBD, 51712, false, &err), -ENOENT);
	assert_string_equal(err.id, "no-such-device");
}

static void guest_refuses(void **state)
{
	(void)state;
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VBD, 51712, false, &err), -EBUSY);
	assert_string_equal(err.id, "device-busy");
	assert_int_equal(fake_loops, 1);
	assert_non_null(fake_store_value(ctx.store, FRONT));
	/* it lets go later, and the second attempt finishes */
	fake_kernel.guest_closes = true;
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VBD, 51712, false, &err), 0);
	assert_int_equal(fake_loops, 0);
}

static void force_needs_no_guest(void **state)
{
	(void)state;
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VBD, 51712, true, &err), 0);
	assert_null(fake_store_value(ctx.store, BACK));
	assert_int_equal(fake_loops, 0);
	assert_non_null(fake_store_value(ctx.store, "/local/domain/0/backend/vif/1/0"));
}

/* A frontend that never came up is no reason to wait. */
static void unused_device_goes_at_once(void **state)
{
	(void)state;
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VIF, 0, false, &err), 0);
	assert_null(fake_store_value(ctx.store, "/local/domain/0/backend/vif"));
}

static void stuck_backend_is_reported_and_forgotten(void **state)
{
	(void)state;
	fake_kernel.stuck = true;
	assert_int_equal(devices_clean_up(&ctx, 1, &err), -ETIMEDOUT);
	assert_string_equal(err.id, "backend-stuck");
	assert_int_equal(fake_store_count(ctx.store), nodes_before);
	assert_int_equal(fake_loops, 0);
}

static void dead_domain_is_cleaned(void **state)
{
	(void)state;
	store_rm(ctx.store, 0, "/local/domain/1");
	assert_int_equal(devices_clean_up(&ctx, 1, &err), 0);
	assert_null(fake_store_value(ctx.store, "/local/domain/0/backend"));
	assert_null(fake_store_value(ctx.store, "/local/domain/1"));
	assert_int_equal(fake_loops, 0);
}

static void clean_up_without_drivers(void **state)
{
	(void)state;
	fake_kernel.has_driver = false;
	assert_int_equal(devices_clean_up(&ctx, 1, &err), 0);
	assert_int_equal(fake_store_count(ctx.store), nodes_before);
}

/* The frontend's directory belongs to the guest; what it writes there leads nowhere. */
static void guest_cannot_misdirect_clean_up(void **state)
{
	(void)state;
	fake_store_set(ctx.store, FRONT "/backend", "/local/domain/0/name");
	fake_store_set(ctx.store, FRONT "/backend-id", "99");
	fake_store_set(ctx.store, FRONT "/state", "4444444444444444444444");
	fake_store_set(ctx.store, FRONT "/ring-ref", "99999999999999999999");
	fake_store_set(ctx.store, "/local/domain/1/device/vbd/junk/backend", "/local/domain/0");
	store_rm(ctx.store, 0, "/local/domain/1/device/vbd/junk");
	assert_int_equal(devices_clean_up(&ctx, 1, &err), 0);
	assert_int_equal(fake_store_count(ctx.store), nodes_before);
	assert_string_equal(fake_store_value(ctx.store, "/local/domain/0/name"), "Domain-0");
}

static void list_shows_both_sides(void **state)
{
	struct device_info *list;
	size_t count;

	(void)state;
	assert_int_equal(devices_list(&ctx, 1, DEVICE_VBD, &list, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].vdev, "xvda");
	assert_string_equal(list[0].target, image);
	assert_string_equal(list[0].node, "/dev/loop0");
	assert_true(list[0].readwrite);
	assert_int_equal(list[0].frontend_state, BUS_CONNECTED);
	assert_int_equal(list[0].ring_ref, 8);
	assert_int_equal(list[0].event_channel, 12);
	devices_list_free(list, count);
	assert_int_equal(devices_list(&ctx, 1, DEVICE_VIF, &list, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].node, "vif1.0");
	assert_string_equal(list[0].bridge, "xenbr0");
	devices_list_free(list, count);
	assert_int_equal(devices_list(&ctx, 2, DEVICE_VBD, &list, &count, &err), 0);
	assert_int_equal(count, 0);
	devices_list_free(list, count);
}

static void devices_are_found_by_any_name(void **state)
{
	const char *mac = fake_store_value(ctx.store, "/local/domain/0/backend/vif/1/0/mac");
	uint32_t devid;

	(void)state;
	assert_int_equal(devices_find(&ctx, 1, DEVICE_VBD, "xvda", &devid, &err), 0);
	assert_int_equal(devid, 51712);
	assert_int_equal(devices_find(&ctx, 1, DEVICE_VBD, "51712", &devid, &err), 0);
	assert_int_equal(devices_find(&ctx, 1, DEVICE_VIF, "0", &devid, &err), 0);
	assert_int_equal(devices_find(&ctx, 1, DEVICE_VIF, mac, &devid, &err), 0);
	assert_int_equal(devid, 0);
	assert_int_equal(devices_find(&ctx, 1, DEVICE_VBD, "xvdb", &devid, &err), -ENOENT);
	assert_string_equal(err.cause, "it has: xvda");
	assert_int_equal(devices_find(&ctx, 1, DEVICE_VIF, "1", &devid, &err), -ENOENT);
	assert_int_equal(devices_find(&ctx, 3, DEVICE_VIF, "", &devid, &err), -ENOENT);
}

static void connection_is_awaited(void **state)
{
	(void)state;
	assert_int_equal(devices_wait_connected(&ctx, 1, DEVICE_VBD, 51712, &err), 0);
	assert_int_equal(devices_wait_connected(&ctx, 1, DEVICE_VIF, 0, &err), -ETIMEDOUT);
	assert_string_equal(err.id, "device-timeout");
	assert_int_equal(devices_wait_connected(&ctx, 1, DEVICE_VIF, 9, &err), -EIO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(guest_helps),
		TEST(guest_refuses),
		TEST(force_needs_no_guest),
		TEST(unused_device_goes_at_once),
		TEST(stuck_backend_is_reported_and_forgotten),
		TEST(dead_domain_is_cleaned),
		TEST(clean_up_without_drivers),
		TEST(guest_cannot_misdirect_clean_up),
		TEST(list_shows_both_sides),
		TEST(devices_are_found_by_any_name),
		TEST(connection_is_awaited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
