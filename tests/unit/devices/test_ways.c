/* SPDX-License-Identifier: MIT */
/* The ways of connecting: images, NAT, routes; what they need is made once and taken away again. */
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

#include "devices/vif.h"
#include "world.h"

#define BACK "/local/domain/0/backend/"

static struct devices_ctx ctx;
static struct ctl_error err;
static size_t nodes_before;
static char image[IMAGE_PATH];

static int setup(void **state)
{
	(void)state;
	world_start(&ctx);
	nodes_before = fake_store_count(ctx.store);
	return world_image(image);
}

static int teardown(void **state)
{
	(void)state;
	fake_store_close(ctx.store);
	unlink(image);
	return 0;
}

static int attach_disk(const char *options)
{
	char text[128];

	snprintf(text, sizeof(text), "%s,%s", image, options);
	return world_attach_disk(&ctx, text, &err);
}

static int attach_nic(const char *text)
{
	return world_attach_nic(&ctx, text, &err);
}

static void expect_clean(void)
{
	assert_int_equal(devices_clean_up(&ctx, 1, &err), 0);
	assert_int_equal(fake_store_count(ctx.store), nodes_before);
	assert_int_equal(fake_loops, 0);
	assert_int_equal(fake_nbds, 0);
	assert_int_equal(fake_translated, 0);
}

static void images(void **state)
{
	(void)state;
	assert_int_equal(attach_disk("qcow2,xvda"), 0);
	assert_string_equal(fake_store_value(ctx.store, BACK "vbd/1/51712/node"), "/dev/nbd0");
	assert_string_equal(fake_store_value(ctx.store, BACK "vbd/1/51712/physical-device"),
			    "2b:0");
	assert_null(fake_store_value(ctx.store, BACK "vbd/1/51712/loop-file"));
	assert_int_equal(fake_nbds, 1);
	assert_int_equal(fake_loops, 0);
	/* the image is what is in use, not the device it is served to */
	assert_int_equal(attach_disk("qcow2,xvdb"), -EBUSY);
	assert_int_equal(fake_nbds, 1);
	expect_clean();
	fake_kernel.fails = true;
	assert_int_equal(attach_disk("qcow2,xvda"), -EIO);
	expect_clean();
	assert_int_equal(attach_disk("qcow2,xvda,backendtype=phy"), -ENOTSUP);
	assert_string_equal(err.id, "disk-unsupported");
	expect_clean();
}

/* Not one of ours: the nodes that xl's block script leaves. */
static void loops_of_xl_go(void **state)
{
	(void)state;
	assert_int_equal(attach_disk("raw,xvda"), 0);
	fake_store_set(ctx.store, BACK "vbd/1/51712/loop-file", "gone");
	assert_int_equal(devices_detach(&ctx, 1, DEVICE_VBD, 51712, true, &err), 0);
	expect_clean();
	fake_store_set(ctx.store, BACK "console/1/0/state", "1");
	assert_int_equal(devices_clean_up(&ctx, 1, &err), 0);
	assert_null(fake_store_value(ctx.store, BACK "console/1/0/state"));
}

static void interfaces(void **state)
{
	(void)state;
	assert_int_equal(attach_nic("script=vif-nat,gatewaydev=eth0"), 0);
	assert_string_equal(fake_store_value(ctx.store, BACK "vif/1/0/ip"), "10.0.1.1");
	assert_null(fake_store_value(ctx.store, BACK "vif/1/0/bridge"));
	assert_string_equal(fake_store_value(ctx.store, BACK "vif/1/0/script"),
			    "/etc/xen/scripts/vif-nat");
	assert_int_equal(fake_translated, 1);
	assert_int_equal(fake_guards, 1);
	assert_int_equal(attach_nic("script=/etc/xen/scripts/vif-route,ip=192.0.2.1"), 0);
	assert_int_equal(fake_translated, 1);
	assert_int_equal(attach_nic("script=vif-route"), -EINVAL);
	assert_string_equal(err.id, "vif-without-ip");
	assert_int_equal(attach_nic("script=vif-nat,vlan=5"), -EINVAL);
	assert_string_equal(err.id, "vif-vlan");
	assert_int_equal(attach_nic("script=/nonexistent/vif-mine"), -ENOENT);
	assert_string_equal(err.id, "no-such-script");
	expect_clean();
}

static void changes(void **state)
{
	struct config_diags diags = {0};
	struct config_nic nic;

	(void)state;
	assert_int_equal(attach_nic("rate=1Mb/s"), 0);
	assert_int_equal(config_parse_nic("rate=8Mb/s,ip=10.0.0.1", &nic, &diags), 0);
	assert_int_equal(devices_set_nic(&ctx, 1, 0, &nic, false, &err), 0);
	assert_string_equal(fake_store_value(ctx.store, BACK "vif/1/0/rate"), "50000,50000");
	assert_string_equal(fake_store_value(ctx.store, "/libxl/1/device/vif/0/ip"), "10.0.0.1");
	assert_int_equal(fake_guards, 1);
	assert_int_equal(devices_set_nic(&ctx, 1, 0, &nic, true, &err), 0);
	assert_null(fake_store_value(ctx.store, BACK "vif/1/0/rate"));
	assert_int_equal(devices_set_nic(&ctx, 1, 7, &nic, false, &err), -ENOENT);
	config_nic_free(&nic);
	assert_int_equal(config_parse_nic("mtu=1400", &nic, &diags), 0);
	assert_int_equal(devices_set_nic(&ctx, 1, 0, &nic, false, &err), -ENOTSUP);
	assert_non_null(strstr(err.cause, "mtu="));
	config_nic_free(&nic);
	expect_clean();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(images),
		TEST(loops_of_xl_go),
		TEST(interfaces),
		TEST(changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
