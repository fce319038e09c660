/* SPDX-License-Identifier: MIT */
/* A driver domain: backends come, go, were there before, and ask for what is not to be had. */
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

#include "devices/serve.h"
#include "world.h"

#define HERE "/local/domain/3/backend"
#define VBD HERE "/vbd/1/51712"
#define VIF HERE "/vif/1/0"

static struct devices_ctx ctx;
static struct serve serve;
static char image[IMAGE_PATH], last[1024];

static void tell(const struct device *dev, const char *what, const struct ctl_error *err)
{
	(void)dev;
	snprintf(last, sizeof(last), "%s%s%s", what, err ? ": " : "", err ? err->cause : "");
}

static int setup(void **state)
{
	(void)state;
	ctx = (struct devices_ctx){.self = 3};
	world_start(&ctx);
	serve = (struct serve){.ctx = &ctx, .tell = tell};
	last[0] = '\0';
	return world_image(image);
}

static int teardown(void **state)
{
	(void)state;
	serve_end(&serve);
	fake_store_close(ctx.store);
	unlink(image);
	return 0;
}

static void set(const char *dir, const char *key, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	fake_store_set(ctx.store, path, value);
}

static const char *get(const char *dir, const char *key)
{
	char path[128];
	const char *found;

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	found = fake_store_value(ctx.store, path);
	return found ? found : "(none)";
}

/* As the control domain writes it and the kernel's driver takes it up. */
static void want_disk(const char *dir, const char *params)
{
	set(dir, "params", params);
	set(dir, "mode", "w");
	set(dir, "script", BLOCK_SCRIPT);
	set(dir, "online", "1");
	set(dir, "state", "2");
}

static void want_nic(const char *key, const char *value)
{
	set(VIF, "mac", "00:16:3e:00:00:01");
	set(VIF, "bridge", "xenbr0");
	set(VIF, "script", "/etc/xen/scripts/vif-bridge");
	set(VIF, "online", "1");
	if (key) {
		set(VIF, key, value);
	}
	set(VIF, "state", "2");
}

static void close_it(const char *dir)
{
	set(dir, "online", "0");
	set(dir, "state", "6");
	serve_scan(&serve);
}

static void comes_and_goes(void **state)
{
	(void)state;
	set(VBD, "state", "1");
	serve_event(&serve, VBD "/state");
	assert_int_equal(serve.count, 0); /* the kernel's driver first */
	want_disk(VBD, image);
	serve_event(&serve, VBD "/params");
	assert_int_equal(serve.count, 0);
	serve_event(&serve, VBD "/state");
	assert_string_equal(last, "set up");
	assert_string_equal(get(VBD, "physical-device"), "7:0");
	assert_string_equal(get(VBD, "node"), "/dev/loop0");
	assert_string_equal(get(VBD, "hotplug-status"), "connected");
	serve_event(&serve, VBD "/state");
	serve_scan(&serve);
	assert_int_equal(fake_loops, 1); /* once */
	/* a guest that goes down is not one whose disk goes */
	set(VBD, "state", "6");
	serve_event(&serve, VBD "/state");
	assert_int_equal(serve.count, 1);
	set(VBD, "online", "0");
	serve_event(&serve, VBD "/online");
	assert_string_equal(last, "taken away");
	assert_int_equal(serve.count, 0);
	assert_null(fake_store_value(ctx.store, VBD));
}

static void images(void **state)
{
	char params[64];

	(void)state;
	snprintf(params, sizeof(params), "qcow2:%s", image);
	want_disk(VBD, params);
	serve_scan(&serve);
	assert_string_equal(get(VBD, "node"), "/dev/nbd0");
	assert_int_equal(fake_nbds, 1);
	close_it(VBD);
	assert_int_equal(fake_nbds, 0);
}

/* Two guests do not get the same disk, in a driver domain either. */
static void one_at_a_time(void **state)
{
	(void)state;
	want_disk(VBD, image);
	serve_scan(&serve);
	want_disk(HERE "/vbd/2/51712", image);
	serve_scan(&serve);
	assert_string_equal(get(HERE "/vbd/2/51712", "hotplug-status"), "error");
	assert_non_null(strstr(get(HERE "/vbd/2/51712", "hotplug-error"), "for writing"));
	assert_string_equal(get(HERE "/vbd/2/51712", "physical-device"), "(none)");
	close_it(HERE "/vbd/2/51712");
	assert_int_equal(fake_loops, 1);
	close_it(VBD);
	want_disk(HERE "/vbd/2/51712", image);
	serve_scan(&serve);
	assert_string_equal(last, "set up");
}

static void interfaces(void **state)
{
	(void)state;
	want_nic("ip", "10.0.0.2");
	serve_scan(&serve);
	assert_string_equal(last, "set up");
	assert_int_equal(fake_ports, 1);
	assert_int_equal(fake_guards, 1);
	assert_string_equal(get(VIF, "hotplug-status"), "connected");
	close_it(VIF);
	assert_null(fake_store_value(ctx.store, VIF));
	want_nic("bridge", "nobr0");
	serve_scan(&serve);
	assert_string_equal(get(VIF, "hotplug-status"), "error");
	assert_non_null(strstr(get(VIF, "hotplug-error"), "no such bridge"));
}

/* One that was ended is followed by one that goes on. */
static void restarts(void **state)
{
	(void)state;
	want_disk(VBD, image);
	want_nic("script", "/etc/xen/scripts/vif-nat");
	set(VIF, "ip", "10.0.0.2");
	set(VIF, "gatewaydev", "eth0");
	serve_scan(&serve);
	assert_int_equal(fake_translated, 1);
	serve_end(&serve);
	set(VBD, "state", "4");
	set(VIF, "state", "4");
	serve_scan(&serve);
	assert_string_equal(last, "found as it was");
	assert_int_equal(serve.count, 2);
	assert_int_equal(fake_loops, 1);
	close_it(VIF);
	assert_int_equal(fake_translated, 0);
	/* closed while nobody looked */
	serve_end(&serve);
	close_it(VBD);
	assert_null(fake_store_value(ctx.store, VBD));
	assert_int_equal(serve.count, 0);
}

/* The control domain takes the nodes away without waiting for us. */
static void vanishes(void **state)
{
	(void)state;
	want_disk(VBD, image);
	want_nic("script", "/etc/xen/scripts/vif-nat");
	set(VIF, "ip", "10.0.0.2");
	serve_scan(&serve);
	assert_int_equal(serve.count, 2);
	store_rm(ctx.store, 0, VIF);
	serve_event(&serve, VIF);
	assert_int_equal(serve.count, 1);
	assert_int_equal(fake_translated, 0);
	store_rm(ctx.store, 0, HERE);
	serve_event(&serve, HERE);
	assert_int_equal(serve.count, 0);
}

static void bad_disks(void **state)
{
	static const char *const bad[] = {"",          "x.img",   "../x",         "qcow2:x",
					  "raw:../x",  "evil:/x", "/nonexistent", "/",
					  "qcow2:/dev"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		want_disk(VBD, bad[i]);
		serve_scan(&serve);
		assert_string_equal(get(VBD, "hotplug-status"), "error");
		assert_string_equal(get(VBD, "physical-device"), "(none)");
		close_it(VBD);
		assert_null(fake_store_value(ctx.store, VBD));
	}
	assert_int_equal(fake_loops + fake_nbds, 0);
}

static void bad_scripts(void **state)
{
	static const char *const bad[] = {"/tmp/evil",
					  "../evil",
					  "/etc/xen/scripts/../../evil",
					  "/etc/xen/scripts/",
					  "/etc/xen/scripts/.hidden",
					  "/etc/xen/scripts//tmp/evil"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		want_disk(VBD, image);
		set(VBD, "script", bad[i]);
		serve_scan(&serve);
		assert_non_null(strstr(get(VBD, "hotplug-error"), "node script is not one of"));
		close_it(VBD);
		want_nic("script", bad[i]);
		serve_scan(&serve);
		assert_string_equal(get(VIF, "hotplug-status"), "error");
		close_it(VIF);
	}
}

static void bad_nics(void **state)
{
	static const char *const bad[][2] = {
		{"mac", "nonsense"}, {"bridge", "a/b"},     {"bridge", "xenbr0,ip=::"},
		{"vifname", "../x"}, {"ip", "10.0.0.1/99"}, {"vlan", "4095"},
		{"mtu", "1"},        {"vifname", "taken0"}, {"gatewaydev", "a b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		want_nic(bad[i][0], bad[i][1]);
		serve_scan(&serve);
		assert_string_equal(get(VIF, "hotplug-status"), "error");
		store_rm(ctx.store, 0, VIF);
		serve_scan(&serve);
	}
	assert_int_equal(fake_ports, 0);
}

static void odd_paths(void **state)
{
	static const char *const odd[] = {
		"",
		"/",
		HERE,
		HERE "/vbd",
		HERE "/qdisk/1/51712/state",
		HERE "/vbd/99999/1/state",
		HERE "/vbd/1/99999999999/state",
		HERE "/vbd/01/51712/state",
		HERE "/vbd/-1/1/state",
		HERE "/vbd/1/51712x/state",
		"/local/domain/4/backend/vbd/1/51712/state",
	};

	(void)state;
	set(HERE, "vbd/x/1/state", "2");
	set(HERE, "vbd/70000/1/state", "2");
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		serve_event(&serve, odd[i]);
	}
	assert_int_equal(serve.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(comes_and_goes), TEST(images),    TEST(one_at_a_time), TEST(interfaces),
		TEST(restarts),       TEST(vanishes),  TEST(bad_disks),     TEST(bad_scripts),
		TEST(bad_nics),       TEST(odd_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
