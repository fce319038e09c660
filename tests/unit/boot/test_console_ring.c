/* SPDX-License-Identifier: MIT */
/* The console ring: wrapping, reading on, clearing, growing. */
#include "boot/cmocka_all.h"

#include <stdlib.h>

#include "lib/console_ring.h"
#include "lib/printk.h"

#define SIZE 32768U

void printk_lock(void)
{
}

void printk_unlock(void)
{
}

static void put_text(const char *s)
{
	console_ring_put(s, strlen(s));
}

static void test_read_on(void **state)
{
	uint32_t at = console_ring_end();
	char buf[16];

	(void)state;
	put_text("hello ");
	assert_int_equal(console_ring_read(&at, buf, sizeof(buf)), 6);
	assert_memory_equal(buf, "hello ", 6);
	assert_int_equal(console_ring_read(&at, buf, sizeof(buf)), 0);
	put_text("world");
	assert_int_equal(console_ring_read(&at, buf, 3), 3);
	assert_int_equal(console_ring_read(&at, buf + 3, 10), 2);
	assert_memory_equal(buf, "world", 5);
}

static void test_old_text_is_lost_from_the_front(void **state)
{
	uint32_t at = console_ring_start();
	char buf[4];

	(void)state;
	for (unsigned int i = 0; i < SIZE; i++) {
		console_ring_put(i % 2 ? "b" : "a", 1);
	}
	put_text("end");
	assert_int_equal(console_ring_end() - console_ring_start(), SIZE);
	assert_int_equal(console_ring_read(&at, buf, 2), 2);
	assert_memory_equal(buf, "ba", 2);
	assert_int_equal(at, console_ring_start() + 2);
}

static void test_positions_outside_are_moved_in(void **state)
{
	uint32_t at = console_ring_end() + 1000;
	char c;

	(void)state;
	assert_int_equal(console_ring_read(&at, &c, 1), 1);
	assert_int_equal(at, console_ring_start() + 1);
}

static void test_clear(void **state)
{
	uint32_t at = 0;
	char buf[8];

	(void)state;
	put_text("xyz");
	console_ring_clear(console_ring_end() - 3);
	assert_int_equal(console_ring_read(&at, buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "xyz", 3);
	console_ring_clear(console_ring_end() + 5); /* nonsense: nothing happens */
	assert_int_equal(console_ring_end() - console_ring_start(), 3);
}

static void test_grow_keeps_text(void **state)
{
	char *big = malloc(2 * SIZE), buf[8];
	uint32_t at = console_ring_start();

	(void)state;
	console_ring_grow(big, 2 * SIZE);
	assert_int_equal(console_ring_read(&at, buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "xyz", 3);
	for (unsigned int i = 0; i < 2 * SIZE; i++) {
		console_ring_put("c", 1);
	}
	assert_int_equal(console_ring_end() - console_ring_start(), 2 * SIZE);
	console_ring_grow(buf, 4); /* smaller: refused */
	put_text("d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_on),
		cmocka_unit_test(test_old_text_is_lost_from_the_front),
		cmocka_unit_test(test_positions_outside_are_moved_in),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_grow_keeps_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
