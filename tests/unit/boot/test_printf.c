/* SPDX-License-Identifier: MIT */
/* The log's vsnprintf, against the C library's where both know the format. */
#include "boot/cmocka_all.h"

#include <stdio.h>

int argon_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define SAME(...)                                                        \
	do {                                                             \
		char ours[128], libc[128];                               \
		int a = argon_snprintf(ours, sizeof(ours), __VA_ARGS__); \
		int b = snprintf(libc, sizeof(libc), __VA_ARGS__);       \
                                                                         \
		assert_string_equal(ours, libc);                         \
		assert_int_equal(a, b);                                  \
	} while (0)

static void test_numbers(void **state)
{
	(void)state;
	SAME("%d %i %u", -5, 7, 4000000000U);
	SAME("%ld %lld %zu", -5000000000L, 9000000000LL, (size_t)12);
	SAME("%x %X %#x %lx", 0xabcU, 0xabcU, 0xffU, 0xfedcba9876543210UL);
	SAME("%5d|%-5d|%05d|%5u", 42, 42, 42, 7U);
	SAME("%#011lx|%016lx|%8x", 0x1234UL, 0xbeefUL, 0x12U);
	SAME("%06d|%-6d|%6d|%06u", -42, -42, -42, 42U);
	SAME("%d %d", -2147483647 - 1, 0);
	SAME("%ld %lu", -9223372036854775807L - 1, ~0UL);
}

static void test_texts(void **state)
{
	(void)state;
	SAME("%s|%10s|%-10s", "abc", "abc", "abc");
	SAME("%c%c%%", 'x', 'y');
}

static void test_pointer(void **state)
{
	char out[32];

	(void)state;
	argon_snprintf(out, sizeof(out), "%p", (void *)0xffff820000001234);
	assert_string_equal(out, "ffff820000001234");
}

static void test_room(void **state)
{
	char out[8] = "zzzzzzz";

	(void)state;
	assert_int_equal(argon_snprintf(out, 4, "%s", "abcdef"), 6);
	assert_string_equal(out, "abc");
	assert_int_equal(out[4], 'z');
	assert_int_equal(argon_snprintf(out, 0, "%s", "abc"), 3);
	assert_int_equal(out[0], 'a');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_pointer),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
