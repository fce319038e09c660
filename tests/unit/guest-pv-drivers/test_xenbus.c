/* SPDX-License-Identifier: MIT */
/* The xenstore client: calls, watches, and a daemon that lies. */
#include "cmocka_first.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port/hosted/hosted.h"
#include "xenbus/xenbus.h"

static int setup(void **state)
{
	(void)state;
	hosted_reset(NULL);
	return xenbus_init();
}

static void test_read_write(void **state)
{
	char value[64], small[4];

	(void)state;
	hosted_store_set("/local/domain/5/name", "probe");
	assert_int_equal(xenbus_read("name", value, sizeof(value)), 5);
	assert_string_equal(value, "probe");
	assert_int_equal(xenbus_read("/local/domain/5/name", value, sizeof(value)), 5);
	/* cut to fit, always ended */
	assert_int_equal(xenbus_read("name", small, sizeof(small)), 3);
	assert_string_equal(small, "pro");
	assert_int_equal(xenbus_read("nothing", value, sizeof(value)), -ENOENT);
	assert_int_equal(xenbus_write("data/x", "some text"), 0);
	assert_string_equal(hosted_store_get("/local/domain/5/data/x"), "some text");
	assert_int_equal(xenbus_write("data/x", ""), 0);
	assert_int_equal(xenbus_read("data/x", value, sizeof(value)), 0);
	assert_int_equal(xenbus_write_key_number("data", "n", 4711), 0);
	assert_int_equal(xenbus_read_number("data/n"), 4711);
	assert_int_equal(xenbus_read_key_number("data", "n"), 4711);
}

static void test_numbers(void **state)
{
	static const char *const bad[] = {"", "x", "12x", " "};

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		hosted_store_set("/local/domain/5/n", bad[i]);
		assert_int_equal(xenbus_read_number("n"), -EINVAL);
	}
	hosted_store_set("/local/domain/5/n", "0x1f");
	assert_int_equal(xenbus_read_number("n"), 31);
}

static void test_directory(void **state)
{
	char names[64];

	(void)state;
	hosted_store_set("/local/domain/5/device/vbd/51712/state", "1");
	hosted_store_set("/local/domain/5/device/vbd/51728/state", "1");
	assert_int_equal(xenbus_directory("device/vbd", names, sizeof(names)), 2);
	assert_string_equal(names, "51712");
	assert_string_equal(names + 6, "51728");
	assert_int_equal(names[12], '\0');
	assert_int_equal(xenbus_directory("device/vif", names, sizeof(names)), -ENOENT);
}

static void test_watch(void **state)
{
	(void)state;
	assert_int_equal(xenbus_watch("control/shutdown", "s"), 0);
	/* fires once when set */
	assert_int_equal(xenbus_read_number("x"), -ENOENT);
	assert_true(xenbus_changed());
	assert_false(xenbus_changed());
	hosted_store_set("/local/domain/5/control/shutdown", "poweroff");
	hosted_store_serve();
	assert_true(xenbus_changed());
	hosted_store_set("/local/domain/5/control/sysrq", "h");
	hosted_store_serve();
	assert_false(xenbus_changed());
	assert_int_equal(xenbus_unwatch("control/shutdown", "s"), 0);
	assert_int_equal(xenbus_unwatch("control/shutdown", "s"), -ENOENT);
}

/* Longer than the ring, in both directions; and byte by byte. */
static void test_ring_wrap(void **state)
{
	char text[140], value[200];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (unsigned int i = 0; i < 100; i++) {
		text[0] = (char)('a' + i % 26);
		assert_int_equal(xenbus_write("data/long", text), 0);
		assert_int_equal(xenbus_read("data/long", value, sizeof(value)), 139);
		assert_string_equal(value, text);
	}
	hosted_store_misbehave(STORE_BYTEWISE);
	assert_int_equal(xenbus_read("data/long", value, sizeof(value)), 139);
	assert_string_equal(value, text);
}

static void test_liar(void **state)
{
	char value[64];
	enum hosted_store_fault fault = (enum hosted_store_fault)(uintptr_t)*state;

	hosted_store_set("/local/domain/5/name", "probe");
	hosted_store_misbehave(fault);
	assert_int_equal(xenbus_read("name", value, sizeof(value)), -EIO);
	/* and nothing is believed any more */
	hosted_store_misbehave(STORE_HONEST);
	assert_int_equal(xenbus_read("name", value, sizeof(value)), -EIO);
	assert_int_equal(xenbus_write("name", "y"), -EIO);
	assert_false(xenbus_changed());
}

static int setup_liar(void **state)
{
	void *fault = *state;
	int rc = setup(state);

	*state = fault;
	return rc;
}

static unsigned int turn_count;

static void back_connects(void)
{
	if (++turn_count == 5) {
		hosted_store_set("/back/state", "2");
	}
}

static void test_wait_state(void **state)
{
	(void)state;
	turn_count = 0;
	hosted_reset(back_connects);
	assert_int_equal(xenbus_init(), 0);
	hosted_store_set("/back/state", "1");
	assert_int_equal(xenbus_wait_state("/back", 1U << XenbusStateInitWait, 0), 2);
	/* never comes */
	assert_int_equal(xenbus_wait_state("/back", 1U << XenbusStateConnected, 1000000000),
			 -ETIMEDOUT);
	hosted_store_remove("/back");
	assert_int_equal(xenbus_wait_state("/back", 1U << XenbusStateConnected, 0), -ENOENT);
}

int main(void)
{
#define LIAR(fault) \
	cmocka_unit_test_prestate_setup_teardown(test_liar, setup_liar, NULL, (void *)(fault))
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_read_write, setup),
		cmocka_unit_test_setup(test_numbers, setup),
		cmocka_unit_test_setup(test_directory, setup),
		cmocka_unit_test_setup(test_watch, setup),
		cmocka_unit_test_setup(test_ring_wrap, setup),
		LIAR(STORE_WRONG_ID),
		LIAR(STORE_WRONG_TYPE),
		LIAR(STORE_HUGE_LENGTH),
		LIAR(STORE_BAD_INDEX),
		cmocka_unit_test_setup(test_wait_state, setup),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	hosted_reset(NULL);
	return failed;
}
